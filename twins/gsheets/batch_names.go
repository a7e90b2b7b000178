package gsheets

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"twinset.dev/twins/gsheets/internal/api"
	"twinset.dev/twins/gsheets/internal/formula"
)

// name is what a range can be called: not like a cell, and not like a truth value.
var (
	name     = regexp.MustCompile(`^[\pL_][\pL\pN_.]*$`)
	likeCell = regexp.MustCompile(`^(?i:[a-z]{1,3}[0-9]+|r[0-9]*c[0-9]*|true|false)$`)
)

// named refuses what no range can be called.
func (b *book) nameable(s, but string) error {
	switch {
	case s == "":
		return no("The name of the named range must be specified.")
	case len([]rune(s)) > 250 || !name.MatchString(s) || likeCell.MatchString(s):
		return no("The name of the named range is invalid: %s", s)
	}
	for _, n := range b.Names {
		if strings.EqualFold(n.Name, s) && n.ID != but {
			return no("A named range with the name %s already exists.", s)
		}
	}
	return nil
}

// addNamedRange gives cells a name that formulas can use.
func (b *book) addNamedRange(in *api.AddNamedRangeRequest) (Obj, error) {
	r := in.NamedRange
	if r == nil {
		return nil, no("namedRange must be specified.")
	}
	n := NamedRange{ID: deref(r.NamedRangeID), Name: deref(r.Name)}
	if err := b.nameable(n.Name, ""); err != nil {
		return nil, err
	}
	if n.ID == "" {
		n.ID = strconv.Itoa(b.number())
	} else if b.nameID(n.ID) >= 0 {
		return nil, no("A named range with the id %s already exists.", n.ID)
	}
	t, _, err := b.area(r.Range)
	if err != nil {
		return nil, err
	}
	n.Sheet, n.Area = t.ID, rangeOf(r.Range)
	b.Names = append(slices.Clone(b.Names), n)
	b.rebuilt = true
	b.touch()
	return Obj{"namedRange": n.view()}, nil
}

// nameID is the place of a named range.
func (b *book) nameID(id string) int {
	return slices.IndexFunc(b.Names, func(n NamedRange) bool { return n.ID == id })
}

// updateNamedRange gives a name to other cells, or other cells a name.
func (b *book) updateNamedRange(in *api.UpdateNamedRangeRequest) (Obj, error) {
	m, err := fields(in.Fields, api.NamedRange{})
	if err != nil {
		return nil, err
	}
	r := in.NamedRange
	if r == nil {
		return nil, no("namedRange must be specified.")
	}
	i := b.nameID(deref(r.NamedRangeID))
	if i < 0 {
		return nil, no("No named range with id: %s", deref(r.NamedRangeID))
	}
	b.Names = slices.Clone(b.Names)
	n := &b.Names[i]
	if m.Has("name") && deref(r.Name) != n.Name {
		if err := b.nameable(deref(r.Name), n.ID); err != nil {
			return nil, err
		}
		was := n.Name
		n.Name = *r.Name
		b.formulas(func(_ *tab, src string) string { return formula.RenameName(src, b.syntax(), was, n.Name) })
	}
	if m.Has("range") && (m != nil || r.Range != nil) {
		given := r.Range
		if part := m.Sub("range"); part != nil { // only some of its sides
			now := updated(gridRange(n.Sheet, n.Area), treeOf(r.Range), part)
			sheet := int32(numberIn(now, "sheetId", 0))
			given = &api.GridRange{SheetID: &sheet}
			for name, to := range map[string]**int32{"startRowIndex": &given.StartRowIndex, "endRowIndex": &given.EndRowIndex, "startColumnIndex": &given.StartColumnIndex, "endColumnIndex": &given.EndColumnIndex} {
				if now[name] != nil {
					*to = ptr(int32(numberIn(now, name, 0)))
				}
			}
		}
		t, _, err := b.area(given)
		if err != nil {
			return nil, err
		}
		n.Sheet, n.Area = t.ID, rangeOf(given)
	}
	b.rebuilt = true
	b.touch()
	return nil, nil
}

// deleteNamedRange takes a name away; formulas that use it do not know it any more.
func (b *book) deleteNamedRange(in *api.DeleteNamedRangeRequest) (Obj, error) {
	i := b.nameID(deref(in.NamedRangeID))
	if i < 0 {
		return nil, no("No named range with id: %s", deref(in.NamedRangeID))
	}
	b.Names = slices.Delete(slices.Clone(b.Names), i, i+1)
	b.rebuilt = true
	b.touch()
	return nil, nil
}

// createDeveloperMetadata keeps something for an app at a place of the spreadsheet.
func (b *book) createDeveloperMetadata(in *api.CreateDeveloperMetadataRequest) (Obj, error) {
	d := in.DeveloperMetadata
	if d == nil {
		return nil, no("developerMetadata must be specified.")
	}
	m := Metadata{Key: deref(d.MetadataKey), Value: deref(d.MetadataValue), Visibility: deref(d.Visibility), Client: b.c.Who.Client}
	if err := b.place(&m, d.Location); err != nil {
		return nil, err
	}
	switch {
	case m.Key == "":
		return nil, no("developerMetadata.metadataKey must be specified.")
	case m.Visibility != "DOCUMENT" && m.Visibility != "PROJECT":
		return nil, no("developerMetadata.visibility must be specified.")
	}
	if d.MetadataID == nil {
		for m.ID = b.number(); b.metadataID(m.ID) >= 0; m.ID = b.number() {
		}
	} else if m.ID = int(*d.MetadataID); m.ID <= 0 {
		return nil, no("developerMetadata.metadataId[%d] must be greater than 0.", m.ID)
	} else if b.metadataID(m.ID) >= 0 {
		return nil, no("Duplicate metadata id: %d", m.ID)
	}
	b.Metadata = append(slices.Clone(b.Metadata), m)
	if b.metadataSize(m) > maxMetadata {
		return nil, no("The developer metadata exceeds the limit of %d characters.", maxMetadata)
	}
	b.touch()
	return Obj{"developerMetadata": m.view()}, nil
}

// maxMetadata is how many characters of metadata a spreadsheet, and each sheet, may have.
//
// https://developers.google.com/workspace/sheets/api/guides/metadata
const maxMetadata = 30_000

// metadataSize is how many characters there are of what counts with m.
func (b *book) metadataSize(m Metadata) (n int) {
	for _, x := range b.Metadata {
		if (x.Where == "SPREADSHEET") == (m.Where == "SPREADSHEET") && x.Sheet == m.Sheet {
			n += len(x.Key) + len(x.Value)
		}
	}
	return n
}

func (b *book) metadataID(id int) int {
	return slices.IndexFunc(b.Metadata, func(m Metadata) bool { return m.ID == id })
}

// place reads where metadata is kept.
func (b *book) place(m *Metadata, at *api.DeveloperMetadataLocation) error {
	switch {
	case at == nil:
		return no("developerMetadata.location must be specified.")
	case deref(at.Spreadsheet):
		m.Where, m.Sheet, m.At = "SPREADSHEET", 0, 0
	case at.DimensionRange != nil:
		l, err := b.lines(at.DimensionRange)
		if err != nil {
			return err
		}
		if l.hi != l.lo+1 {
			return no("developerMetadata.location.dimensionRange must represent a single row or column.")
		}
		if l.hi > l.size() {
			return l.inside("attach metadata to")
		}
		m.Where, m.Sheet, m.At = "ROW", l.ID, l.lo
		if l.axis == formula.Cols {
			m.Where = "COLUMN"
		}
	case at.SheetID != nil:
		t, ok := b.tab(int(*at.SheetID))
		if !ok {
			return no("No sheet with id: %d", *at.SheetID)
		}
		m.Where, m.Sheet, m.At = "SHEET", t.ID, 0
	default:
		return no("developerMetadata.location must be specified.")
	}
	return nil
}

// updateDeveloperMetadata changes what is kept at places that filters choose.
func (b *book) updateDeveloperMetadata(in *api.UpdateDeveloperMetadataRequest) (Obj, error) {
	mask, err := fields(in.Fields, api.DeveloperMetadata{})
	if err != nil {
		return nil, err
	}
	d := in.DeveloperMetadata
	if d == nil {
		return nil, no("developerMetadata must be specified.")
	}
	found, err := b.described(in.DataFilters)
	if err != nil {
		return nil, err
	}
	b.Metadata = slices.Clone(b.Metadata)
	out := []any{}
	for _, i := range found {
		m := &b.Metadata[i]
		put(&m.Key, mask.Has("metadataKey") && (mask != nil || d.MetadataKey != nil), deref(d.MetadataKey))
		put(&m.Value, mask.Has("metadataValue"), deref(d.MetadataValue))
		put(&m.Visibility, mask.Has("visibility") && d.Visibility != nil, deref(d.Visibility))
		if mask.Has("location") && d.Location != nil {
			if err := b.place(m, d.Location); err != nil {
				return nil, err
			}
		}
		if m.Key == "" {
			return nil, no("developerMetadata.metadataKey must be specified.")
		}
		out = append(out, m.view())
	}
	b.touch()
	return Obj{"developerMetadata": out}, nil
}

// deleteDeveloperMetadata forgets what is kept at places that a filter chooses.
func (b *book) deleteDeveloperMetadata(in *api.DeleteDeveloperMetadataRequest) (Obj, error) {
	if in.DataFilter == nil {
		return nil, no("dataFilter must be specified.")
	}
	found, err := b.described([]api.DataFilter{*in.DataFilter})
	if err != nil {
		return nil, err
	}
	var left []Metadata
	out := []any{}
	for i, m := range b.Metadata {
		if slices.Contains(found, i) {
			out = append(out, m.view())
		} else {
			left = append(left, m)
		}
	}
	b.Metadata = left
	b.touch()
	return Obj{"deletedDeveloperMetadata": out}, nil
}

// described are the places of the metadata that filters describe, or that are where they point.
func (b *book) described(filters []api.DataFilter) (found []int, err error) {
	if len(filters) == 0 {
		return nil, no("At least one dataFilter must be specified.")
	}
	for _, f := range filters {
		matches, err := b.selects(f)
		if err != nil {
			return nil, err
		}
		for i, m := range b.Metadata {
			if m.seen(b.c) && matches(m) && !slices.Contains(found, i) {
				found = append(found, i)
			}
		}
	}
	slices.Sort(found)
	return found, nil
}
