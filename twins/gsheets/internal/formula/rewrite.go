package formula

import "strings"

// Normalize writes a formula as the service keeps what a person typed: functions that it knows, references, booleans and errors in
// capitals, what is open closed, arguments parted by the locale's sign, and everything else, blanks too, as it stands.
func Normalize(src string, syntax Syntax, known func(name string) bool) string {
	l := lexer{src: src, syntax: syntax}
	var b strings.Builder
	b.Grow(len(src) + 2)
	b.WriteByte('=')
	if strings.HasPrefix(src, "=") {
		l.pos = 1
	}
	var brackets []byte // what closes each bracket that is open
	for t := l.next(); t.kind != end; t = l.next() {
		switch t.kind {
		case function:
			if up := strings.ToUpper(t.text); known(up) {
				t.text = up
			}
		case reference:
			t.text = t.withRef(t.ref)
		case boolean, errorValue:
			t.text = strings.ToUpper(t.text)
		case text:
			if strings.Count(t.text, `"`)%2 == 1 {
				t.text += `"`
			}
		case open:
			brackets = append(brackets, ')')
		case openArray:
			brackets = append(brackets, '}')
		case shut, shutArray:
			brackets = brackets[:max(0, len(brackets)-1)]
		case separator:
			if n := len(brackets); t.text == ";" && n > 0 && brackets[n-1] == ')' {
				t.text = string(syntax.Argument)
			}
		}
		b.WriteString(t.text)
	}
	for i := len(brackets) - 1; i >= 0; i-- {
		b.WriteByte(brackets[i])
	}
	return b.String()
}

// Translate writes a formula of one locale in another's syntax.
func Translate(src string, from, to Syntax) string {
	if from == to {
		return src
	}
	var brackets []byte
	return rewrite(src, from, func(t token) string {
		switch t.kind {
		case number:
			return strings.Replace(t.text, string(from.Decimal), string(to.Decimal), 1)
		case open:
			brackets = append(brackets, ')')
		case openArray:
			brackets = append(brackets, '}')
		case shut, shutArray:
			brackets = brackets[:max(0, len(brackets)-1)]
		case separator:
			n := len(brackets)
			switch {
			case n > 0 && brackets[n-1] == ')':
				return string(to.Argument)
			case t.text[0] == from.Column:
				return string(to.Column)
			}
		}
		return t.text
	})
}

// withRef is a reference's token with another reference in it; the sheet stays as it was typed if it is the same.
func (t token) withRef(r Ref) string {
	if r.HasSheet == t.ref.HasSheet && r.Sheet == t.ref.Sheet {
		typed := ""
		if r.HasSheet {
			typed = t.text[:strings.LastIndexByte(t.text, '!')+1]
			if t.ref.Gone { // the last ! is that of #REF!
				typed = t.text[:len(t.text)-len("#REF!")]
			}
		}
		r.Sheet, r.HasSheet = "", false
		return typed + r.String()
	}
	return r.String()
}

// rewrite writes a formula again with each token as change has it.
func rewrite(src string, syntax Syntax, change func(token) string) string {
	l := lexer{src: src, syntax: syntax}
	var b strings.Builder
	b.Grow(len(src) + 8)
	if strings.HasPrefix(src, "=") {
		b.WriteByte('=')
		l.pos = 1
	}
	for t := l.next(); t.kind != end; t = l.next() {
		b.WriteString(change(t))
	}
	return b.String()
}

// Change says what becomes of a reference in a formula on the sheet home.
type Change func(home string, r Ref) Ref

// Rewrite changes the references of a formula that stands on the sheet home.
func Rewrite(src string, syntax Syntax, home string, change Change) string {
	return rewrite(src, syntax, func(t token) string {
		if t.kind != reference {
			return t.text
		}
		if r := change(home, t.ref); r != t.ref {
			return t.withRef(r)
		}
		return t.text
	})
}

// RenameName changes a named range's name in a formula.
func RenameName(src string, syntax Syntax, from, to string) string {
	return rewrite(src, syntax, func(t token) string {
		if t.kind == name && strings.EqualFold(t.text, from) {
			return to
		}
		return t.text
	})
}

// RenameSource changes the name of the sheet whose columns a formula names.
func RenameSource(src string, syntax Syntax, from, to string) string {
	return rewrite(src, syntax, func(t token) string {
		if t.kind == name {
			if sheet, column, ok := Column(t.text); ok && strings.EqualFold(sheet, from) {
				return QuoteSheet(to) + "!" + QuoteSheet(column)
			}
		}
		return t.text
	})
}

// Column parts a name such as Sales!amount, or 'the amount', which has no sheet.
func Column(name string) (sheet, column string, ok bool) {
	plain := func(s string) string {
		if quotedLen(s) == len(s) && s != "" {
			s = strings.ReplaceAll(s[1:len(s)-1], "''", "'")
		}
		return s
	}
	n := quotedLen(name)
	if n == 0 {
		n = nameLen(name)
	}
	if n < len(name) && name[n] == '!' {
		return plain(name[:n]), plain(name[n+1:]), true
	}
	return "", plain(name), n == quotedLen(name)
}

// RenameTable changes a table's name in a formula.
func RenameTable(src string, syntax Syntax, from, to string) string {
	return rewrite(src, syntax, func(t token) string {
		if i := strings.IndexByte(t.text, '['); t.kind == table && strings.EqualFold(t.text[:i], from) {
			return to + t.text[i:]
		}
		return t.text
	})
}

// RenameSheet is the change when a sheet gets another name.
func RenameSheet(from, to string) Change {
	return func(_ string, r Ref) Ref {
		if r.HasSheet && strings.EqualFold(r.Sheet, from) {
			r.Sheet = to
		}
		return r
	}
}

// DropSheet is the change when a sheet is deleted.
func DropSheet(sheet string) Change {
	return func(_ string, r Ref) Ref {
		if r.HasSheet && strings.EqualFold(r.Sheet, sheet) {
			return gone
		}
		return r
	}
}

var gone = Ref{Gone: true}

// on says if a reference in a formula on home is to the sheet.
func (r Ref) on(home, sheet string) bool {
	if r.HasSheet {
		home = r.Sheet
	}
	return strings.EqualFold(home, sheet)
}

// lost is the reference after its cells went: it keeps the sheet that it names.
func (r Ref) lost() Ref { return Ref{Sheet: r.Sheet, HasSheet: r.HasSheet, Gone: true} }

// Axis is one of a sheet's two dimensions.
type Axis uint8

const (
	Rows Axis = iota
	Cols
)

// Insert is the change when count rows or columns come in before the one at.
func Insert(sheet string, axis Axis, at, count int) Change {
	return func(home string, r Ref) Ref {
		if r.Gone || !r.on(home, sheet) {
			return r
		}
		for _, c := range []*Corner{&r.From, &r.To} {
			if p := c.on(axis); *p >= at {
				*p += count
			}
		}
		return r.checked()
	}
}

// Delete is the change when count rows or columns go, the first of them at.
func Delete(sheet string, axis Axis, at, count int) Change {
	return func(home string, r Ref) Ref {
		if r.Gone || !r.on(home, sheet) {
			return r
		}
		lo, hi := r.From.on(axis), r.To.on(axis)
		if *lo > *hi && *hi >= 0 {
			lo, hi = hi, lo
		}
		within := func(i int) bool { return i >= at && i < at+count }
		if within(*lo) && (r.Single || within(*hi)) {
			return r.lost()
		}
		switch {
		case *lo >= at+count:
			*lo -= count
		case within(*lo):
			*lo = at
		}
		switch {
		case *hi >= at+count:
			*hi -= count
		case within(*hi):
			*hi = at - 1
		}
		if r.Single {
			r.To = r.From
		}
		return r
	}
}

// Move is the change when count rows or columns, the first of them at, are taken out and put before the one that was at before.
func Move(sheet string, axis Axis, at, count, before int) Change {
	to := func(i int) int {
		switch {
		case i < 0:
			return i
		case i >= at && i < at+count && before > at:
			return i - at + before - count
		case i >= at && i < at+count:
			return i - at + before
		case i >= at+count && i < before:
			return i - count
		case i >= before && i < at:
			return i + count
		}
		return i
	}
	return func(home string, r Ref) Ref {
		if r.Gone || !r.on(home, sheet) {
			return r
		}
		from, end := r.From.on(axis), r.To.on(axis)
		*from, *end = to(*from), to(*end)
		return r
	}
}

// CutPaste is the change when the area of one sheet is cut and pasted on another, or the same, with its first cell at (row, col).
// References into the area follow it; what pointed at the cells that were pasted over points nowhere.
func CutPaste(sheet string, area Area, target string, row, col int) Change {
	dr, dc := row-area.Row0, col-area.Col0
	over := Area{row, col, area.Row1 + dr, area.Col1 + dc}
	return func(home string, r Ref) Ref {
		if r.Gone {
			return r
		}
		a := r.Area()
		switch {
		case r.on(home, sheet) && area.Covers(a):
			r.From, r.To = r.From.by(dr, dc), r.To.by(dr, dc)
			if !r.on(home, target) {
				r.Sheet, r.HasSheet = target, true
			}
		case r.on(home, target) && over.Covers(a):
			return r.lost()
		}
		return r
	}
}

// Rehome is the change for a formula that is cut from the sheet home and pasted on another: what it meant on home it names.
func Rehome(home string) Change {
	return func(_ string, r Ref) Ref {
		if !r.HasSheet && !r.Gone {
			r.Sheet, r.HasSheet = home, true
		}
		return r
	}
}

// Copy is the change for a formula that is copied so many rows down and columns right: what has no $ goes with it.
func Copy(rows, cols int) Change {
	return func(_ string, r Ref) Ref {
		if r.Gone {
			return r
		}
		for _, c := range []*Corner{&r.From, &r.To} {
			if c.Row >= 0 && !c.RowAbs {
				if c.Row += rows; c.Row < 0 {
					return r.lost()
				}
			}
			if c.Col >= 0 && !c.ColAbs {
				if c.Col += cols; c.Col < 0 {
					return r.lost()
				}
			}
		}
		return r.checked()
	}
}

// on is the corner's place on an axis.
func (c *Corner) on(axis Axis) *int {
	if axis == Rows {
		return &c.Row
	}
	return &c.Col
}

// by is the corner moved; where it names no row or column it stays without.
func (c Corner) by(rows, cols int) Corner {
	if c.Row >= 0 {
		c.Row += rows
	}
	if c.Col >= 0 {
		c.Col += cols
	}
	return c
}

// checked is the reference, or #REF! if it names what no sheet can have.
func (r Ref) checked() Ref {
	for _, c := range [2]Corner{r.From, r.To} {
		if c.Row >= MaxRows || c.Col >= MaxCols {
			return r.lost()
		}
	}
	return r
}
