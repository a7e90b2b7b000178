package gsheets

import "twinset.dev/twins/gsheets/internal/formula"

// guard refuses to write where the caller may not.
func (t *tab) guard(a formula.Area) error { return nil }

// insertDimension puts empty rows or columns into a sheet; everything that lies behind follows.
func (b *book) insertDimension(t *tab, axis formula.Axis, at, n int) error {
	t.insertRows(at, n)
	b.rewrite(formula.Insert(t.Title, axis, at, n))
	return nil
}
