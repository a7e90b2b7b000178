package formula

import (
	"strconv"
	"strings"
)

// Limits of a spreadsheet: rows and columns that an A1 reference can name.
const (
	MaxRows = 10_000_000
	MaxCols = 18_278 // ZZZ
)

// Open is the last row or column of an area that has none: A2:B goes on to the sheet's end.
const Open = 1 << 24

// Area is a block of cells, from (Row0, Col0) up to but without (Row1, Col1), all counted from 0. Row1 or Col1 is Open where the block has no end.
type Area struct{ Row0, Col0, Row1, Col1 int }

// Cell is the area of one cell.
func Cell(row, col int) Area { return Area{row, col, row + 1, col + 1} }

// Contains says if a cell is in the area.
func (a Area) Contains(row, col int) bool {
	return row >= a.Row0 && row < a.Row1 && col >= a.Col0 && col < a.Col1
}

// Covers says if all of b is in a.
func (a Area) Covers(b Area) bool {
	return b.Row0 >= a.Row0 && b.Row1 <= a.Row1 && b.Col0 >= a.Col0 && b.Col1 <= a.Col1
}

// Intersect is the part of the area that lies in b too.
func (a Area) Intersect(b Area) Area {
	return Area{max(a.Row0, b.Row0), max(a.Col0, b.Col0), min(a.Row1, b.Row1), min(a.Col1, b.Col1)}
}

// Clip is the part of the area that lies in a sheet of so many rows and columns.
func (a Area) Clip(rows, cols int) Area {
	a.Row0, a.Row1 = min(a.Row0, rows), min(a.Row1, rows)
	a.Col0, a.Col1 = min(a.Col0, cols), min(a.Col1, cols)
	return a
}

// Rows and Cols are the area's size.
func (a Area) Rows() int { return a.Row1 - a.Row0 }
func (a Area) Cols() int { return a.Col1 - a.Col0 }

// Empty says if the area has no cell.
func (a Area) Empty() bool { return a.Row0 >= a.Row1 || a.Col0 >= a.Col1 }

// Ref is a reference as a formula writes it.
type Ref struct {
	Sheet    string // as a name, without quotes; "" is the formula's own sheet
	HasSheet bool
	From, To Corner
	Single   bool // one cell, without a colon
	Gone     bool // #REF! behind a sheet's name
}

// Corner is one end of a reference. Row or Col is -1 where it names none: A:C has no rows.
type Corner struct {
	Row, Col       int
	RowAbs, ColAbs bool // written with a $
}

// Area is the block that the reference names.
func (r Ref) Area() Area {
	a, b := r.From, r.To
	if r.Single {
		return Cell(a.Row, a.Col)
	}
	row0, row1 := span(a.Row, b.Row)
	col0, col1 := span(a.Col, b.Col)
	return Area{row0, col0, row1, col1}
}

// span orders two ends; where one is missing the span is open, where both are, it is everything.
func span(a, b int) (int, int) {
	switch {
	case a < 0 && b < 0:
		return 0, Open
	case a < 0:
		return b, Open
	case b < 0:
		return a, Open
	case a > b:
		return b, a + 1
	}
	return a, b + 1
}

// String writes the reference.
func (r Ref) String() string {
	var b strings.Builder
	if r.HasSheet {
		b.WriteString(QuoteSheet(r.Sheet))
		b.WriteByte('!')
	}
	if r.Gone {
		b.WriteString("#REF!")
		return b.String()
	}
	r.From.write(&b)
	if !r.Single {
		b.WriteByte(':')
		r.To.write(&b)
	}
	return b.String()
}

func (c Corner) write(b *strings.Builder) {
	if c.Col >= 0 {
		if c.ColAbs {
			b.WriteByte('$')
		}
		b.WriteString(ColumnName(c.Col))
	}
	if c.Row >= 0 {
		if c.RowAbs {
			b.WriteByte('$')
		}
		b.WriteString(strconv.Itoa(c.Row + 1))
	}
}

// ColumnName is A for 0, Z for 25, AA for 26.
func ColumnName(col int) string {
	var b [8]byte
	i := len(b)
	for col++; col > 0 && i > 0; col = (col - 1) / 26 {
		i--
		b[i] = 'A' + byte((col-1)%26)
	}
	return string(b[i:])
}

// CellName is the A1 name of a cell.
func CellName(row, col int) string { return ColumnName(col) + strconv.Itoa(row+1) }

// QuoteSheet writes a sheet's name as it stands before the ! of a reference: in quotes where it is not a plain word.
func QuoteSheet(sheet string) string {
	if n := nameLen(sheet); n == len(sheet) && n > 0 && !strings.Contains(sheet, ".") {
		if c, used, ok := readCorner(sheet); !ok || used < len(sheet) || c.Row < 0 {
			return sheet
		}
	}
	return "'" + strings.ReplaceAll(sheet, "'", "''") + "'"
}

// ParseRef reads a text that is a reference and nothing else.
func ParseRef(s string) (Ref, bool) {
	if s == "" {
		return Ref{}, false
	}
	r, n := readRef(s)
	return r, n > 0 && n == len(s)
}

// readRef reads the reference that s begins with and says how many bytes it took; 0 if there is none.
func readRef(s string) (Ref, int) {
	var r Ref
	n := 0
	switch c := s[0]; {
	case c == '\'':
		sheet, used := readQuotedSheet(s)
		if used == 0 {
			return Ref{}, 0
		}
		r.Sheet, r.HasSheet, n = sheet, true, used
	case isLetter(c), c == '_', c >= 0x80, isDigit(c):
		if i := sheetLen(s); i > 0 && i < len(s) && s[i] == '!' {
			r.Sheet, r.HasSheet, n = s[:i], true, i+1
		}
	case c != '$':
		return Ref{}, 0
	}
	if r.HasSheet && hasPrefixFold(s[n:], "#REF!") {
		r.Gone = true
		return r, n + len("#REF!")
	}
	a, used, ok := readCorner(s[n:])
	if !ok {
		return Ref{}, 0
	}
	n += used
	if rest := s[n:]; len(rest) > 1 && rest[0] == ':' {
		if b, used, ok := readCorner(rest[1:]); ok && !continues(rest[1+used:]) && pairs(a, b) {
			r.From, r.To = a, b
			return r, n + 1 + used
		}
	}
	if a.Row < 0 || a.Col < 0 || continues(s[n:]) {
		return Ref{}, 0
	}
	r.From, r.To, r.Single = a, a, true
	return r, n
}

// pairs says if two corners can be the ends of one range: at least one is a cell, or both are columns, or both rows.
func pairs(a, b Corner) bool {
	switch {
	case a.Row >= 0 && a.Col >= 0, b.Row >= 0 && b.Col >= 0:
		return true
	}
	return (a.Row < 0) == (b.Row < 0)
}

// continues says if s goes on as a name or a call, so that what stood before it was no reference: LOG10(, A1x, A1!
func continues(s string) bool {
	if s == "" {
		return false
	}
	c := s[0]
	return isLetter(c) || isDigit(c) || c == '_' || c == '.' || c == '(' || c == '!' || c == '[' || c == '$' || c >= 0x80
}

// sheetLen is how many bytes at the beginning of s are an unquoted sheet name.
func sheetLen(s string) int {
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	return n + nameLen(s[n:])
}

// readQuotedSheet reads 'name'! in which ” is an apostrophe.
func readQuotedSheet(s string) (string, int) {
	for i := 1; i < len(s); i++ {
		if s[i] != '\'' {
			continue
		}
		if i+1 < len(s) && s[i+1] == '\'' {
			i++
			continue
		}
		if i+1 < len(s) && s[i+1] == '!' && i > 1 {
			return strings.ReplaceAll(s[1:i], "''", "'"), i + 2
		}
		break
	}
	return "", 0
}

// readCorner reads $A$1, A, or 1.
func readCorner(s string) (c Corner, n int, ok bool) {
	c = Corner{Row: -1, Col: -1}
	i := 0
	abs := i < len(s) && s[i] == '$'
	if abs {
		i++
	}
	col, start := 0, i
	for i < len(s) && isLetter(s[i]) && i-start < 4 {
		col = col*26 + int(s[i]|0x20-'a') + 1
		i++
	}
	if i > start {
		if col > MaxCols || i-start > 3 {
			return c, 0, false
		}
		c.Col, c.ColAbs = col-1, abs
		abs = i < len(s) && s[i] == '$'
		if abs {
			i++
		}
	}
	row, start := 0, i
	for i < len(s) && isDigit(s[i]) && i-start < 9 {
		row = row*10 + int(s[i]-'0')
		i++
	}
	switch {
	case i > start && (row == 0 || row > MaxRows):
		return c, 0, false
	case i > start:
		c.Row, c.RowAbs = row-1, abs
	case abs:
		return c, 0, false
	}
	return c, i, c.Row >= 0 || c.Col >= 0
}
