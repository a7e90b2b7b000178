package gsheets

import (
	"twinset.dev/twins/internal/google/files"
)

// editor keeps what is in the files that are spreadsheets.
type editor struct{ *Sheets }

// New makes a spreadsheet of one empty sheet.
func (e editor) New(c *call, f files.File) error {
	b := e.make(c, f)
	b.add(b.newSheet(0, "Sheet1"))
	return b.create()
}

// make is a new spreadsheet without sheets.
func (s *Sheets) make(c *call, f files.File) *book {
	b := &book{Book: Book{ID: f.ID, Locale: "en_US", TimeZone: "Etc/GMT", Recalc: "ON_CHANGE"}, s: s, c: c, file: f, role: files.Owner}
	b.setLocale(b.Locale)
	return b
}

// The size of a new sheet.
const newRows, newCols = 1000, 26

// newSheet is an empty sheet of the usual size.
func (b *book) newSheet(id int, title string) Sheet {
	return Sheet{ID: id, Title: title, Index: len(b.tabs), Type: "GRID", RowCount: newRows, ColCount: newCols}
}

// Copy makes the same spreadsheet in another file.
func (e editor) Copy(c *call, from, to files.File) error {
	b, ok := e.load(c, from)
	if !ok {
		return nil
	}
	rec := b.Book
	rec.ID, rec.Version = to.ID, 0
	rec.Comments = nil
	n := &book{Book: rec, s: e.Sheets, c: c, file: to, role: files.Owner, loc: b.loc}
	for _, t := range b.tabs {
		n.copyOf(t, t.Sheet)
	}
	for _, o := range b.DataSources {
		id, _ := o["dataSourceId"].(string)
		if res, ok := b.result(id); ok {
			copied := *res
			copied.Book = to.ID
			e.results.Put(c.Tx, copied)
		}
	}
	return n.create()
}

// Delete forgets a spreadsheet.
func (e editor) Delete(c *call, f files.File) { e.forget(c, f.ID) }

func (s *Sheets) forget(c *call, id string) {
	var sheets, blocks, results []string
	for r := range s.results.All(c.Tx, id+"/") {
		results = append(results, resultKey(id, r.Source))
	}
	for sh := range s.sheets.All(c.Tx, id+"/") {
		sheets = append(sheets, sheetKey(id, sh.ID))
	}
	for bl := range s.blocks.All(c.Tx, id+"/") {
		blocks = append(blocks, blockKey(id, bl.Sheet, bl.ID))
	}
	for _, k := range sheets {
		s.sheets.Delete(c.Tx, k)
	}
	for _, k := range blocks {
		s.blocks.Delete(c.Tx, k)
	}
	for _, k := range results {
		s.results.Delete(c.Tx, k)
	}
	s.books.Delete(c.Tx, id)
}
