package document

import (
	"cmp"
	"slices"

	"twinset.dev/twins/gdocs/internal/api"
)

// createNamedRange names a range. Names need not be unique.
func (e *edit) createNamedRange(in *api.CreateNamedRangeRequest) (*api.CreateNamedRangeResponse, error) {
	if n := units(val(in.Name)); n < 1 || n > 256 {
		return nil, bad("The name must be at least 1 character and no more than 256 characters.")
	}
	s, err := e.stretch(in.Range)
	if err != nil {
		return nil, err
	}
	n := Name{ID: e.ID("kix."), Name: *in.Name, Ranges: []Span{{s.seg.ID, s.start, s.end}}}
	s.tab.Names = append(s.tab.Names, n)
	return &api.CreateNamedRangeResponse{NamedRangeID: &n.ID}, nil
}

// deleteNamedRange forgets one range by its id, or all of a name.
func (e *edit) deleteNamedRange(in *api.DeleteNamedRangeRequest) error {
	hit, err := named(in.NamedRangeID, in.Name)
	if err != nil {
		return err
	}
	tabs, err := e.tabs(in.TabsCriteria)
	if err != nil {
		return err
	}
	n := 0
	for _, t := range tabs {
		n -= len(t.Names)
		t.Names = drop(t.Names, hit)
		n += len(t.Names)
	}
	if n == 0 {
		if in.NamedRangeID != nil {
			return bad("Named range with ID %s was not found.", *in.NamedRangeID)
		}
		return bad("Named range with name %s was not found.", *in.Name)
	}
	return nil
}

func named(id, name *string) (func(Name) bool, error) {
	switch {
	case id == nil && name == nil:
		return nil, bad("ID or name for named range must be set")
	case id != nil && name != nil:
		return nil, bad("Exactly one of named range ID or name must be specified.")
	}
	return func(n Name) bool { return id != nil && n.ID == *id || name != nil && n.Name == *name }, nil
}

// replaceNamedRangeContent puts text where a named range begins; the rest of it goes.
func (e *edit) replaceNamedRangeContent(in *api.ReplaceNamedRangeContentRequest) error {
	hit, err := named(in.NamedRangeID, in.NamedRangeName)
	if err != nil {
		return err
	}
	tabs, err := e.tabs(in.TabsCriteria)
	if err != nil {
		return err
	}
	found := false
	with := printable(val(in.Text))
	for _, t := range tabs {
		var ids []string
		for _, n := range t.Names {
			if hit(n) {
				ids = append(ids, n.ID)
			}
		}
		for _, id := range ids {
			i := slices.IndexFunc(t.Names, func(n Name) bool { return n.ID == id })
			if i < 0 {
				continue // another range's replacement swallowed it
			}
			found = true
			ranges := slices.Clone(t.Names[i].Ranges)
			slices.SortFunc(ranges, func(a, b Span) int { return cmp.Or(cmp.Compare(a.Segment, b.Segment), a.Start-b.Start) })
			for k, r := range slices.Backward(ranges) {
				seg, err := e.segment(t, r.Segment)
				if err != nil {
					return err
				}
				s := stretch{t, seg, r.Start, min(r.End, seg.Content.Size())}
				if s.end == seg.Content.Size() {
					s.end-- // the last newline stays
				}
				if k > 0 {
					if err := e.remove(s); err != nil {
						return err
					}
					continue
				}
				if s.start == s.end {
					continue
				}
				if err := e.swap(s, with); err != nil {
					return err
				}
			}
		}
	}
	if !found && in.NamedRangeID != nil {
		return bad("Named range with ID %s was not found.", *in.NamedRangeID)
	}
	return nil
}
