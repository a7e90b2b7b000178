package gsheets

import (
	"slices"
	"strings"

	"twinset.dev/twins/gsheets/internal/api"
	"twinset.dev/twins/gsheets/internal/formula"
	"twinset.dev/twins/internal/google/files"
)

// A protected range can be changed by its editors and by the owner of the spreadsheet, unless it only warns.
//
// https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets/sheets#ProtectedRange

// guard refuses to write where the caller may not.
func (t *tab) guard(a formula.Area) error {
	if t.DataSource != nil {
		return errDataSheet
	}
	for _, p := range t.Protected {
		if p["warningOnly"] == true || t.b.edits(p) {
			continue
		}
		sheet, over := t.b.protects(p)
		if sheet != t.ID || over.Intersect(a).Empty() {
			continue
		}
		open, _ := p["unprotectedRanges"].([]any)
		if !slices.ContainsFunc(open, func(r any) bool { return areaOf(r.(Obj)).Covers(a) }) {
			return errProtected
		}
	}
	return nil
}

// protects is what a protected range is of: its own range, or that of a name or a table.
func (b *book) protects(p Obj) (sheet int, a formula.Area) {
	if id, _ := p["namedRangeId"].(string); id != "" {
		if i := b.nameID(id); i >= 0 {
			return b.Names[i].Sheet, b.Names[i].Area
		}
	}
	r, _ := p["range"].(Obj)
	return numberIn(r, "sheetId", 0), areaOf(r)
}

// edits reports whether the caller may change what is protected.
func (b *book) edits(p Obj) bool {
	if b.role == files.Owner {
		return true
	}
	e, _ := p["editors"].(Obj)
	if e["domainUsersCanEdit"] == true && b.c.Who.User.Domain != "" {
		if o, ok := b.s.Users.Get(b.c.Tx, b.file.Owner); ok && strings.EqualFold(o.Domain, b.c.Who.User.Domain) {
			return true
		}
	}
	for _, kind := range []string{"users", "groups"} {
		list, _ := e[kind].([]any)
		for _, x := range list {
			if s, ok := x.(string); ok && slices.Contains(b.s.Mine(b.c), strings.ToLower(s)) {
				return true
			}
		}
	}
	return false
}

// protectedView is a protected range as the caller sees it: who may change it is for those to know who may.
func (b *book) protectedView(p Obj) Obj {
	may := b.edits(p) || p["warningOnly"] == true
	out := Obj{}
	for k, v := range p {
		out[k] = v
	}
	delete(out, "requestingUserCanEdit")
	if may {
		out["requestingUserCanEdit"] = true
	} else {
		delete(out, "editors")
	}
	return out
}

// protection reads what a request says of a protected range.
func (b *book) protection(in *api.ProtectedRange) (*tab, Obj, error) {
	p := kept(in)
	delete(p, "requestingUserCanEdit")
	t, err := b.protectedOn(in)
	if err != nil {
		return nil, nil, err
	}
	if in.Range != nil {
		p["range"] = t.gridRange(rangeOf(in.Range))
	}
	var open []any
	for _, r := range in.UnprotectedRanges {
		a := rangeOf(&r)
		if !rangeOf(in.Range).Covers(a) {
			return nil, nil, no("Unprotected ranges must be within the protected range.")
		}
		open = append(open, t.gridRange(a))
	}
	delete(p, "unprotectedRanges")
	if open != nil {
		p["unprotectedRanges"] = open
	}
	if in.WarningOnly == nil || !*in.WarningOnly {
		delete(p, "warningOnly")
	}
	if e, ok := p["editors"].(Obj); ok {
		for _, kind := range []string{"users", "groups"} {
			list, _ := e[kind].([]any)
			for _, x := range list {
				_, user := b.s.ByEmail(b.c.Tx, x.(string))
				_, group := b.s.GroupByEmail(b.c.Tx, x.(string))
				if kind == "users" && !user || kind == "groups" && !group {
					return nil, nil, no("Invalid email address: %s", x)
				}
			}
		}
	}
	return t, p, nil
}

// protectedOn is the sheet that a protected range is on.
func (b *book) protectedOn(in *api.ProtectedRange) (*tab, error) {
	switch {
	case in.NamedRangeID != nil && in.Range != nil:
		return nil, no("Only one of range or namedRangeId can be set.")
	case in.NamedRangeID != nil:
		i := b.nameID(*in.NamedRangeID)
		if i < 0 {
			return nil, no("No named range with id: %s", *in.NamedRangeID)
		}
		t, _ := b.tab(b.Names[i].Sheet)
		return t, nil
	case in.Range == nil:
		return nil, no("One of range or namedRangeId must be set.")
	}
	t, err := b.grid(in.Range.SheetID)
	if err != nil {
		return nil, err
	}
	_, err = t.clipped(in.Range)
	return t, err
}

// addProtectedRange protects cells from being changed.
func (b *book) addProtectedRange(in *api.AddProtectedRangeRequest) (Obj, error) {
	if in.ProtectedRange == nil {
		return nil, no("protectedRange must be specified.")
	}
	t, p, err := b.protection(in.ProtectedRange)
	if err != nil {
		return nil, err
	}
	if in.ProtectedRange.ProtectedRangeID == nil {
		p["protectedRangeId"] = float64(b.number())
	} else if _, _, ok := b.protected(*in.ProtectedRange.ProtectedRangeID); ok {
		return nil, no("Duplicate protected range id: %d", *in.ProtectedRange.ProtectedRangeID)
	}
	reply := Obj{}
	for k, v := range p {
		reply[k] = v
	}
	reply["requestingUserCanEdit"] = true
	// Its maker can always change it.
	e, _ := p["editors"].(Obj)
	if e == nil {
		e = Obj{}
	}
	reply["editors"] = e
	users, _ := e["users"].([]any)
	if !slices.ContainsFunc(users, func(x any) bool { return strings.EqualFold(x.(string), b.c.Who.User.Email) }) {
		e = with(e, "users", append(slices.Clone(users), b.c.Who.User.Email))
	}
	p["editors"] = e
	t.Protected = append(slices.Clone(t.Protected), p)
	t.touch()
	return Obj{"protectedRange": reply}, nil
}

// protected finds a protected range by its id.
func (b *book) protected(id int32) (*tab, int, bool) {
	for _, t := range b.tabs {
		if i := indexOf(t.Protected, "protectedRangeId", int(id)); i >= 0 {
			return t, i, true
		}
	}
	return nil, 0, false
}

// updateProtectedRange changes what is protected, and from whom.
func (b *book) updateProtectedRange(in *api.UpdateProtectedRangeRequest) (Obj, error) {
	m, err := fields(in.Fields, api.ProtectedRange{})
	if err != nil {
		return nil, err
	}
	given := in.ProtectedRange
	if given == nil {
		return nil, no("protectedRange must be specified.")
	}
	t, i, ok := b.protected(deref(given.ProtectedRangeID))
	switch {
	case !ok:
		return nil, no("No protected range with id: %d", deref(given.ProtectedRangeID))
	case !b.edits(t.Protected[i]):
		return nil, errProtected
	}
	was := t.Protected[i]
	now := updated(was, kept(given), m)
	now["protectedRangeId"] = was["protectedRangeId"]
	if m.Has("editors") && given.Editors == nil && m == nil {
		now["editors"] = was["editors"]
	}
	var full api.ProtectedRange
	fromTree(now, &full)
	to, p, err := b.protection(&full)
	if err != nil {
		return nil, err
	}
	t.Protected = slices.Delete(slices.Clone(t.Protected), i, i+1)
	to.Protected = append(slices.Clone(to.Protected), p)
	t.touch()
	to.touch()
	return nil, nil
}

// deleteProtectedRange lets everybody change what was protected.
func (b *book) deleteProtectedRange(in *api.DeleteProtectedRangeRequest) (Obj, error) {
	t, i, ok := b.protected(deref(in.ProtectedRangeID))
	switch {
	case !ok:
		return nil, no("No protected range with id: %d", deref(in.ProtectedRangeID))
	case !b.edits(t.Protected[i]):
		return nil, errProtected
	}
	t.Protected = slices.Delete(slices.Clone(t.Protected), i, i+1)
	t.touch()
	return nil, nil
}
