package gsheets

import (
	"slices"

	"twinset.dev/twins/internal/google/files"
	"twinset.dev/twins/internal/google/gapi"
)

// MIME types that a spreadsheet can be written as or made of.
const (
	typeXLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	typeODS  = "application/vnd.oasis.opendocument.spreadsheet"
	typeXODS = "application/x-vnd.oasis.opendocument.spreadsheet"
	typeCSV  = "text/csv"
	typeTSV  = "text/tab-separated-values"
	typePDF  = "application/pdf"
	typeZIP  = "application/zip"
)

// exports writes a spreadsheet as each type that it can be written as.
//
// https://developers.google.com/workspace/drive/api/guides/ref-export-formats
var exports = map[string]func(b *book) ([]byte, error){
	typeXLSX: (*book).xlsx,
	typeODS:  (*book).ods, typeXODS: (*book).ods,
	typeCSV: func(b *book) ([]byte, error) { return b.tabs[0].csv(), nil },
	typeTSV: func(b *book) ([]byte, error) { return b.tabs[0].tsv(), nil },
	typePDF: (*book).pdf,
	typeZIP: (*book).htmlZip,
}

// imports reads a file of each type that a spreadsheet can be made of.
var imports = map[string]func(b *book, content []byte) error{
	typeXLSX: (*book).readXLSX,
	"application/vnd.openxmlformats-officedocument.spreadsheetml.template": (*book).readXLSX,
	"application/vnd.ms-excel.sheet.macroenabled.12":                       (*book).readXLSX,
	"application/vnd.ms-excel.template.macroenabled.12":                    (*book).readXLSX,
	typeODS: (*book).readODS, typeXODS: (*book).readODS,
	typeCSV:                       func(b *book, content []byte) error { return b.readDelimited(content, ',') },
	"text/comma-separated-values": func(b *book, content []byte) error { return b.readDelimited(content, ',') },
	typeTSV:                       func(b *book, content []byte) error { return b.readDelimited(content, '\t') },
}

func (e editor) Exports() []string { return sortedNames(exports) }

func (e editor) Imports() []string { return sortedNames(imports) }

func sortedNames[T any](m map[string]T) []string {
	var names []string
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Export writes a spreadsheet as a file of another type.
func (e editor) Export(c *call, f files.File, mime string) ([]byte, error) {
	b, ok := e.load(c, f)
	if !ok {
		return nil, errNotFound
	}
	return exports[mime](b)
}

// errUnreadable is for a file that cannot be made a spreadsheet.
var errUnreadable = gapi.Because(400, "badRequest", "Bad Request")

// Import makes a spreadsheet of a file of another type.
func (e editor) Import(c *call, f files.File, mime string, content []byte) error {
	e.forget(c, f.ID)
	b := e.make(c, f)
	if err := imports[mime](b, content); err != nil {
		return err
	}
	return b.create()
}

// Text is everything that the cells of a spreadsheet show.
func (e editor) Text(c *call, f files.File) string {
	b, ok := e.load(c, f)
	if !ok {
		return ""
	}
	var out []byte
	for _, t := range b.tabs {
		out = append(append(out, t.Title...), '\n')
		t.walk(t.all(), func(_, _ int, x *Cell) bool {
			if s := b.shown(x); s != "" {
				out = append(append(out, s...), '\n')
			}
			return len(out) < 1<<20
		})
	}
	return string(out)
}
