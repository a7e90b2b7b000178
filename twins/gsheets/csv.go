package gsheets

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"twinset.dev/twins/gsheets/internal/formula"
)

// texts are what the cells of a sheet show, as far as any has a value.
func (t *tab) texts() (rows [][]string) {
	var cols int
	t.valued(t.all(), func(_, col int) bool {
		cols = max(cols, col+1)
		return true
	})
	t.walk(t.all(), func(r, c int, x *Cell) bool {
		if x.hinted().Blank() {
			return true
		}
		for len(rows) <= r {
			rows = append(rows, make([]string, cols))
		}
		rows[r][c] = t.b.shown(x)
		return true
	})
	return rows
}

// csv is the sheet with commas between its cells.
func (t *tab) csv() []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	w.WriteAll(t.texts())
	return bytes.TrimSuffix(b.Bytes(), []byte("\r\n"))
}

// tsv is the sheet with tabs between its cells; what would be taken for the end of one is a blank.
func (t *tab) tsv() []byte {
	clean := strings.NewReplacer("\t", " ", "\r\n", " ", "\n", " ", "\r", " ")
	var lines []string
	for _, row := range t.texts() {
		for i := range row {
			row[i] = clean.Replace(row[i])
		}
		lines = append(lines, strings.Join(row, "\t"))
	}
	return []byte(strings.Join(lines, "\r\n"))
}

// readDelimited makes a sheet of lines, each entered as if it were typed.
func (b *book) readDelimited(content []byte, comma rune) error {
	content = bytes.TrimPrefix(content, []byte("\ufeff"))
	if !utf8.Valid(content) {
		content = latin1(content)
	}
	r := csv.NewReader(bytes.NewReader(content))
	r.Comma, r.FieldsPerRecord, r.LazyQuotes = comma, -1, true
	sh := b.newSheet(b.newSheetID(), "Sheet1")
	if b.file.Name != "" {
		sh.Title = b.file.Name
	}
	t := b.add(sh)
	for row := 0; ; row++ {
		line, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return errUnreadable
		}
		for col, text := range line {
			if text == "" {
				continue
			}
			if col >= formula.MaxCols || row >= formula.MaxRows || (row+1)*(col+1) > maxCells {
				return errUnreadable
			}
			t.typed(row, col, text)
		}
	}
	t.fit()
	return nil
}

// latin1 is text of the encoding that files without Unicode mostly have.
func latin1(b []byte) []byte {
	var out []byte
	for _, c := range b {
		out = utf8.AppendRune(out, rune(c))
	}
	return out
}

// fit gives a sheet that was read as many rows and columns as it needs, and not fewer than a new one has.
func (t *tab) fit() {
	rows, cols := t.used()
	t.RowCount, t.ColCount = max(newRows, rows), max(newCols, cols)
	t.touch()
}
