package gsheets

import (
	"slices"

	"twinset.dev/twins/gsheets/internal/api"
	"twinset.dev/twins/gsheets/internal/calc"
	"twinset.dev/twins/gsheets/internal/formula"
)

// mergeCells makes one cell of many: of all, or of those in each row or column. Only the first one keeps what it has.
func (b *book) mergeCells(in *api.MergeCellsRequest) (Obj, error) {
	t, a, err := b.area(in.Range)
	if err != nil {
		return nil, err
	}
	if err := t.guard(a); err != nil {
		return nil, err
	}
	for _, m := range t.Merges {
		if x := m.Intersect(a); !x.Empty() && x != m {
			return nil, no("You must select all cells in a merged range to merge or unmerge them.")
		}
	}
	if n := t.FrozenRows; a.Row0 < n && a.Row1 > n {
		return nil, no("You can't merge frozen and non-frozen rows.")
	}
	if n := t.FrozenCols; a.Col0 < n && a.Col1 > n {
		return nil, no("You can't merge frozen and non-frozen columns.")
	}
	var parts []formula.Area
	switch deref(in.MergeType) {
	case "MERGE_COLUMNS":
		for c := a.Col0; c < a.Col1; c++ {
			parts = append(parts, formula.Area{Row0: a.Row0, Row1: a.Row1, Col0: c, Col1: c + 1})
		}
	case "MERGE_ROWS":
		for r := a.Row0; r < a.Row1; r++ {
			parts = append(parts, formula.Area{Row0: r, Row1: r + 1, Col0: a.Col0, Col1: a.Col1})
		}
	default: // MERGE_ALL
		parts = []formula.Area{a}
	}
	t.Merges = slices.DeleteFunc(slices.Clone(t.Merges), func(m formula.Area) bool { return a.Covers(m) })
	for _, p := range parts {
		if p.Rows() == 1 && p.Cols() == 1 {
			continue
		}
		t.Merges = append(t.Merges, p)
		t.gather(p)
	}
	t.touch()
	return nil, nil
}

// gather leaves of an area's cells only what is in the first that has a value, in the first place.
func (t *tab) gather(a formula.Area) {
	var first *Cell
	var all [][2]int
	t.walk(a, func(r, c int, x *Cell) bool {
		if first == nil && (x.Value.Kind != calc.KindEmpty || x.Formula != "") {
			held := *x
			first = &held
		}
		all = append(all, [2]int{r, c})
		return true
	})
	for _, at := range all {
		if x := t.cell(at[0], at[1]); x.Value.Kind != calc.KindEmpty || x.Formula != "" {
			t.enter(at[0], at[1], "", calc.Empty)
		}
	}
	if first != nil {
		t.enter(a.Row0, a.Col0, first.Formula, first.Value)
	}
}

// unmergeCells makes cells of those that were merged.
func (b *book) unmergeCells(in *api.UnmergeCellsRequest) (Obj, error) {
	t, a, err := b.area(in.Range)
	if err != nil {
		return nil, err
	}
	if err := t.guard(a); err != nil {
		return nil, err
	}
	for _, m := range t.Merges {
		if x := m.Intersect(a); !x.Empty() && x != m {
			return nil, no("You must select all cells in a merged range to merge or unmerge them.")
		}
	}
	t.Merges = slices.DeleteFunc(slices.Clone(t.Merges), func(m formula.Area) bool { return a.Covers(m) })
	t.touch()
	return nil, nil
}
