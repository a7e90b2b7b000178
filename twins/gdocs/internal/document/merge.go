package document

import (
	"reflect"

	"twinset.dev/twins/gdocs/internal/api"
)

// A Shift is how one edit moved what comes after it in a segment: the units from Start to End went, or N came at Start.
type Shift struct {
	Tab     string `json:"tab"`
	Segment string `json:"segment,omitempty"`
	Start   int    `json:"start"`
	End     int    `json:"end"`
	N       int    `json:"n,omitempty"`
}

func (s Shift) after(x int) int {
	switch {
	case s.End > s.Start && x >= s.End:
		return x - (s.End - s.Start)
	case s.End > s.Start:
		return min(x, s.Start)
	case x >= s.Start:
		return x + s.N
	}
	return x
}

func (s Shift) before(x int) int {
	switch {
	case s.End > s.Start && x > s.Start:
		return x + s.End - s.Start
	case s.End > s.Start:
		return x
	case x >= s.Start+s.N:
		return x - s.N
	}
	return min(x, s.Start)
}

// A merge lets somebody write to a document as they last saw it. What they write about is found again in the document as
// others have changed it since, and each of their own changes is known in both.
type merge struct {
	theirs []Shift
	seen   []Shift // the writer's own, where they saw them
	made   []Shift // the same, where they were made
}

// now is where a place that the writer means is.
func (m *merge) now(tab, segment string, x int) int {
	return across(m.seen, m.made, tab, segment, x, func(x int) int { return through(m.theirs, tab, segment, x) })
}

// then is where the writer would see a place of the document as it is.
func (m *merge) then(tab, segment string, x int) int {
	return across(m.made, m.seen, tab, segment, x, func(x int) int { return back(m.theirs, tab, segment, x) })
}

// across takes a place back to before the writer's own changes, over what others have done, and on through the same
// changes on the other side. A place in what the writer wrote, or at its ends, is the same place there.
func across(from, to []Shift, tab, segment string, x int, over func(int) int) int {
	for k := len(from) - 1; k >= 0; k-- {
		s := from[k]
		if s.Tab != tab || s.Segment != segment {
			continue
		}
		if s.N > 0 && x >= s.Start && x <= s.Start+s.N {
			return through(to[k+1:], tab, segment, to[k].Start+x-s.Start)
		}
		x = s.before(x)
	}
	return through(to, tab, segment, over(x))
}

func back(shifts []Shift, tab, segment string, x int) int {
	for k := len(shifts) - 1; k >= 0; k-- {
		if s := shifts[k]; s.Tab == tab && s.Segment == segment {
			x = s.before(x)
		}
	}
	return x
}

func through(shifts []Shift, tab, segment string, x int) int {
	for _, s := range shifts {
		if s.Tab == tab && s.Segment == segment {
			x = s.after(x)
		}
	}
	return x
}

// did notes what a request of the writer has moved.
func (m *merge) did(shifts []Shift) {
	if len(m.theirs) == 0 {
		return
	}
	for _, s := range shifts {
		seen := s
		seen.Start, seen.End = m.then(s.Tab, s.Segment, s.Start), m.then(s.Tab, s.Segment, s.End)
		m.seen, m.made = append(m.seen, seen), append(m.made, s)
	}
}

// move turns all places of a request into those of the document as it is; first is the tab that a request means by none.
func (m *merge) move(v reflect.Value, first string) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return
		}
		switch in := v.Interface().(type) {
		case *api.Location:
			m.index(in.Index, in.TabID, in.SegmentID, first)
		case *api.Range:
			m.index(in.StartIndex, in.TabID, in.SegmentID, first)
			m.index(in.EndIndex, in.TabID, in.SegmentID, first)
		default:
			m.move(v.Elem(), first)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			m.move(v.Field(i), first)
		}
	}
}

func (m *merge) index(x *int32, tab, segment *string, first string) {
	if x != nil {
		if tab != nil && *tab != "" {
			first = *tab
		}
		*x = int32(m.now(first, val(segment), int(*x)))
	}
}
