package calc

import (
	"strconv"
	"strings"

	"twinset.dev/twins/gsheets/internal/formula"
)

// https://support.google.com/docs/table/25273 (Lookup)
func init() {
	function("VLOOKUP", "v a n [b]", func(c *Call, a []Value) Value { return c.tableLookup(a, Cols) })
	function("HLOOKUP", "v a n [b]", func(c *Call, a []Value) Value { return c.tableLookup(a, Rows) })
	function("LOOKUP", "v a [a]", lookup)
	function("MATCH", "v a [n]", match)
	function("XMATCH", "v a [n] [n]", xmatch)
	function("XLOOKUP", "v a a [e] [n] [n]", xlookup)
	function("INDEX", "a [a] [a]", index_).Arrays = true
	function("OFFSET", "p a a [a] [a]", offset).Dynamic = true
	function("INDIRECT", "a [a]", indirect).Dynamic = true
	function("ADDRESS", "n n [n] [b] [t]", address)
	function("ROW", "[p]", func(c *Call, a []Value) Value { return c.places(a, Rows) })
	function("COLUMN", "[p]", func(c *Call, a []Value) Value { return c.places(a, Cols) })
	function("ROWS", "p", func(c *Call, a []Value) Value { return c.extent(a[0], Rows) })
	function("COLUMNS", "p", func(c *Call, a []Value) Value { return c.extent(a[0], Cols) })
	special("CHOOSE", "x x [x...]", choose)
	function("FORMULATEXT", "r", func(c *Call, a []Value) Value {
		r := a[0].Ref()
		if src, ok := c.Grid.Formula(r.Sheet, r.Area.Row0, r.Area.Col0); ok {
			return Text(src)
		}
		return Fail(CodeNA, "The cell "+formula.CellName(r.Area.Row0, r.Area.Col0)+" does not contain a formula.")
	})
	function("GETPIVOTDATA", "v r [(v v)...]", func(c *Call, a []Value) Value {
		if c.Pivot == nil {
			return errNoRef
		}
		var filters [][2]Value
		for i := 2; i+1 < len(a); i += 2 {
			filters = append(filters, [2]Value{a[i], a[i+1]})
		}
		return c.Pivot(c.TextOf(a[0]), a[1].Ref(), filters)
	}).Volatile = true
}

// line is a row or a column that is searched.
type line struct {
	c    *Call
	in   Value
	axis formula.Axis // Rows: one under the other
	n    int
}

// lineOf is the value as a line; it is none if it has both rows and columns.
func (c *Call) lineOf(v Value) (line, bool) {
	rows, cols := c.Size(v)
	if cols == 1 {
		return line{c, v, Rows, rows}, true
	}
	return line{c, v, Cols, cols}, rows == 1
}

func (l line) at(i int) Value {
	if l.axis == Rows {
		return l.c.at(l.in, i, 0)
	}
	return l.c.at(l.in, 0, i)
}

// equal finds the first element that is the key, or the last one; a text can have wildcards. It is -1 for none.
func (l line) equal(key Value, wild, last bool) int {
	found := -1
	var pattern *wildcard
	if wild && key.Kind == KindText && strings.ContainsAny(key.Text, "*?~") {
		pattern = newWildcard(key.Text)
	}
	if pattern == nil && !last && l.in.Kind == KindRef {
		if x := l.c.lookups.of(l.in.Ref()); x != nil {
			if places := x.of(l.c, l.in, key); len(places) > 0 {
				return int(places[0])
			}
			return -1
		}
	}
	l.c.Walk(l.in, func(row, col int, v Value) bool {
		if v.Kind != key.Kind {
			return true
		}
		if pattern != nil {
			if !pattern.matches(v.Text) {
				return true
			}
		} else if Compare(v, key) != 0 {
			return true
		}
		found = row + col
		return last
	})
	return found
}

// lookups are the ranges that formulas search more than once in a calculation.
type lookups map[Ref]*lookupIndex

// lookupIndex says where each value stands, row by row.
type lookupIndex struct {
	uses   int
	places map[lookupKey][]int32
}

type lookupKey struct {
	kind Kind
	num  float64
	text string
}

// of is the index of a range, nil when it is searched for the first time, which an index would only make slower.
func (l *lookups) of(r Ref) *lookupIndex {
	if *l == nil {
		*l = lookups{}
	}
	x := (*l)[r]
	if x == nil {
		x = &lookupIndex{}
		(*l)[r] = x
	}
	if x.uses++; x.uses == 1 {
		return nil
	}
	return x
}

// forget drops what is known of ranges in which cells changed.
func (l lookups) forget(sheet int, a Area) {
	for r := range l {
		if b := r.Area; r.Sheet == sheet && a.Row0 < b.Row1 && b.Row0 < a.Row1 && a.Col0 < b.Col1 && b.Col0 < a.Col1 {
			delete(l, r)
		}
	}
}

// of gives the places of a value in what the index is of; the index is made when it is asked for the first time.
func (x *lookupIndex) of(c *Call, in, key Value) []int32 {
	keyOf := func(v Value) lookupKey {
		if v.Kind != KindText {
			return lookupKey{v.Kind, v.Num, ""}
		}
		return lookupKey{v.Kind, 0, strings.ToLower(v.Text)}
	}
	if x.places == nil {
		x.places = map[lookupKey][]int32{}
		_, cols := c.Size(in)
		c.Walk(in, func(row, col int, v Value) bool {
			if v.Kind != KindError {
				k := keyOf(v)
				x.places[k] = append(x.places[k], int32(row*cols+col))
			}
			return true
		})
	}
	return x.places[keyOf(key)]
}

// sorted finds the last element that is not greater than the key in a line that ascends, or not less in one that descends. It looks at few
// elements, and passes over those of another kind. It is -1 for none.
func (l line) sorted(key Value, descends bool) int {
	found, low, high := -1, 0, l.n
	for low < high {
		mid := (low + high) / 2
		i, v := l.next(mid, high, key.Kind)
		n := Compare(v, key)
		if descends {
			n = -n
		}
		if i < 0 || n > 0 {
			high = mid
		} else {
			found, low = i, i+1
		}
	}
	return found
}

// next finds the first element of a kind from a place on.
func (l line) next(from, to int, kind Kind) (int, Value) {
	if v := l.at(from); v.Kind == kind {
		return from, v
	}
	part := area(from, 0, to, 1)
	if l.axis == Cols {
		part = area(0, from, 1, to)
	}
	found, value := -1, Empty
	l.c.Walk(l.c.part(l.in, part), func(row, col int, v Value) bool {
		if v.Kind != kind {
			return true
		}
		found, value = from+row+col, v
		return false
	})
	return found, value
}

// nearest finds the key, else the next smaller element, or the next larger; the line need not be sorted.
func (l line) nearest(key Value, larger, last bool) int {
	best := -1
	var value Value
	for i := range l.n {
		v := l.at(i)
		if v.Kind != key.Kind {
			continue
		}
		n := Compare(v, key)
		if larger {
			n = -n
		}
		if n > 0 {
			continue
		}
		closer := 1
		if best >= 0 {
			closer = Compare(v, value)
			if larger {
				closer = -closer
			}
		}
		if closer > 0 || closer == 0 && last {
			best, value = i, v
		}
	}
	return best
}

// tableLookup searches the first column for VLOOKUP, or the first row for HLOOKUP.
func (c *Call) tableLookup(a []Value, across formula.Axis) Value {
	key, table := a[0], a[1]
	if table.IsError() {
		return table
	}
	rows, cols := c.Size(table)
	n, width := int(a[2].Num), cols
	first := area(0, 0, rows, 1)
	if across == Rows {
		width, first = rows, area(0, 0, 1, cols)
	}
	switch {
	case n < 1:
		return c.Refuse(CodeValue, 3, "value is %s. It should be greater than or equal to 1.", c.plain(a[2].Num))
	case n > width:
		return Fail(CodeRef, c.Func.Name+" evaluates to an out of bounds range.")
	}
	l, _ := c.lineOf(c.part(table, first))
	i := -1
	if len(a) > 3 && a[3].Num == 0 {
		i = l.equal(key, true, false)
	} else {
		i = l.sorted(key, false)
	}
	switch {
	case i < 0:
		return c.notFound(key)
	case across == Rows:
		return c.at(table, n-1, i)
	}
	return c.at(table, i, n-1)
}

func lookup(c *Call, a []Value) Value {
	if a[1].IsError() {
		return a[1]
	}
	var search, result Value
	rows, cols := c.Size(a[1])
	switch {
	case len(a) > 2:
		search, result = a[1], a[2]
	case cols > rows:
		search, result = c.part(a[1], area(0, 0, 1, cols)), c.part(a[1], area(rows-1, 0, rows, cols))
	default:
		search, result = c.part(a[1], area(0, 0, rows, 1)), c.part(a[1], area(0, cols-1, rows, cols))
	}
	l, ok := c.lineOf(search)
	if !ok {
		return Fail(CodeNA, "LOOKUP search range must be a single row or a single column.")
	}
	i := l.sorted(a[0], false)
	if i < 0 {
		return c.notFound(a[0])
	}
	r, ok := c.lineOf(result)
	if !ok || i >= r.n {
		return Fail(CodeRef, "LOOKUP evaluates to an out of bounds range.")
	}
	return r.at(i)
}

func match(c *Call, a []Value) Value {
	if a[1].IsError() {
		return a[1]
	}
	l, ok := c.lineOf(a[1])
	if !ok {
		return Fail(CodeNA, "MATCH range must be a single row or a single column.")
	}
	i := -1
	switch mode := or(a, 2, 1); {
	case mode == 0:
		i = l.equal(a[0], true, false)
	case mode > 0:
		i = l.sorted(a[0], false)
	default:
		i = l.sorted(a[0], true)
	}
	if i < 0 {
		return c.notFound(a[0])
	}
	return Number(float64(i + 1))
}

// search finds a key as XLOOKUP and XMATCH do; modes is where their match mode stands among the arguments, the search mode behind it.
func (c *Call) search(a []Value, modes int) (int, Value) {
	if a[1].IsError() {
		return -1, a[1]
	}
	l, ok := c.lineOf(a[1])
	if !ok {
		return -1, Fail(CodeNA, c.Func.Name+" range must be a single row or a single column.")
	}
	matching, order := or(a, modes, 0), or(a, modes+1, 1)
	if order != 1 && order != -1 && order != 2 && order != -2 {
		return -1, c.Refuse(CodeValue, modes+2, "value is %s. Valid values are -2, -1, 1 and 2.", c.plain(order))
	}
	switch last := order == -1; matching {
	case 0:
		return l.equal(a[0], false, last), Empty
	case 2:
		return l.equal(a[0], true, last), Empty
	case 1, -1:
		return l.nearest(a[0], matching == 1, last), Empty
	}
	return -1, c.Refuse(CodeValue, modes+1, "value is %s. Valid values are between -1 and 2 inclusive.", c.plain(matching))
}

func xmatch(c *Call, a []Value) Value {
	i, failed := c.search(a, 2)
	switch {
	case failed.IsError():
		return failed
	case i < 0:
		return c.notFound(a[0])
	}
	return Number(float64(i + 1))
}

func xlookup(c *Call, a []Value) Value {
	i, failed := c.search(a, 4)
	if failed.IsError() {
		return failed
	}
	l, _ := c.lineOf(a[1])
	rows, cols := c.Size(a[2])
	if l.axis == Rows && rows != l.n || l.axis == Cols && cols != l.n {
		return Fail(CodeValue, "XLOOKUP has mismatched range sizes.")
	}
	switch {
	case i < 0 && len(a) > 3 && a[3].Kind != KindEmpty:
		return a[3]
	case i < 0:
		return c.notFound(a[0])
	case l.axis == Rows:
		return c.part(a[2], area(i, 0, i+1, cols))
	}
	return c.part(a[2], area(0, i, rows, i+1))
}

// index_ is INDEX: a cell, or with 0 a whole row or column. Of a single row the one index counts columns.
func index_(c *Call, a []Value) Value {
	if a[0].IsError() {
		return a[0]
	}
	if failed := c.firstNumbers(a[1:], 2); failed.IsError() {
		return failed
	}
	rows, cols := c.Size(a[0])
	row, col := int(or(a, 1, 0)), int(or(a, 2, 0))
	if len(a) == 2 && rows == 1 {
		row, col = 0, row
	}
	for i, n := range [2][2]int{{row, rows}, {col, cols}} {
		if n[0] < 0 || n[0] > n[1] {
			return c.OutOfRange(i+2, float64(n[0]), 0, n[1])
		}
	}
	part := area(0, 0, rows, cols)
	if row > 0 {
		part.Row0, part.Row1 = row-1, row
	}
	if col > 0 {
		part.Col0, part.Col1 = col-1, col
	}
	return c.part(a[0], part)
}

// firstNumbers makes numbers of arguments of which an array counts as its first element; the parameters count from 1.
func (c *Call) firstNumbers(a []Value, param int) Value {
	for i := range a {
		if a[i] = c.NumberOf(c.First(a[i]), param+i); a[i].IsError() {
			return a[i]
		}
	}
	return Empty
}

func offset(c *Call, a []Value) Value {
	if a[0].Kind != KindRef {
		return Fail(CodeNA, "Argument must be a range.")
	}
	if failed := c.firstNumbers(a[1:], 2); failed.IsError() {
		return failed
	}
	r := a[0].Ref()
	height, width := int(or(a, 3, float64(r.Area.Rows()))), int(or(a, 4, float64(r.Area.Cols())))
	if height == 0 || width == 0 {
		return errNoRef
	}
	row, col := r.Area.Row0+int(a[1].Num), r.Area.Col0+int(a[2].Num)
	if height < 0 {
		row, height = row+height+1, -height
	}
	if width < 0 {
		col, width = col+width+1, -width
	}
	r.Area = area(row, col, row+height, col+width)
	rows, cols := c.Grid.Size(r.Sheet)
	if row < 0 || col < 0 || r.Area.Row1 > rows || r.Area.Col1 > cols {
		return Fail(CodeRef, "Function OFFSET evaluates to an out of bounds range.")
	}
	return Reference(r)
}

func indirect(c *Call, a []Value) Value {
	if a[0] = c.textOf(c.First(a[0])); a[0].IsError() {
		return a[0]
	}
	text := strings.TrimSpace(a[0].Text)
	refused := Fail(CodeRef, "Function INDIRECT parameter 1 value is '"+a[0].Text+"'. It is not a valid cell/range reference.")
	if text == "" {
		return refused
	}
	if len(a) > 1 {
		if a[1] = c.BoolOf(c.First(a[1]), 2); a[1].IsError() {
			return a[1]
		}
	}
	if len(a) > 1 && a[1].Num == 0 {
		sheet, rest := "", text
		if i := strings.LastIndexByte(text, '!'); i >= 0 {
			sheet, rest = text[:i+1], text[i+1:]
		}
		var ok bool
		if text, ok = c.fromR1C1(rest); !ok {
			return refused
		}
		text = sheet + text
	}
	if ref, ok := formula.ParseRef(text); ok && !ref.Gone {
		x := &formula.Reference{Ref: ref, Area: ref.Area()}
		bind(x, c.Grid, c.At.Sheet)
		if x.Bound < 0 {
			return refused
		}
		return c.reference(x)
	}
	if r, ok := c.Grid.Name(text); ok {
		return Reference(r)
	}
	if x, err := formula.Parse("="+text, c.Syntax()); err == nil {
		if table, ok := x.(*formula.Table); ok {
			return c.table(table)
		}
	}
	return refused
}

// fromR1C1 writes R2C3 and R[1]C[-1], and ranges of them, as A1 references.
func (c *Call) fromR1C1(s string) (string, bool) {
	var ends []string
	for _, end := range strings.SplitN(upper(s), ":", 2) {
		rest, ok := strings.CutPrefix(end, "R")
		if !ok {
			return "", false
		}
		rowText, colText, ok := strings.Cut(rest, "C")
		row, rowOK := along(rowText, c.At.Row)
		col, colOK := along(colText, c.At.Col)
		if !ok || !rowOK || !colOK {
			return "", false
		}
		ends = append(ends, formula.CellName(row, col))
	}
	return strings.Join(ends, ":"), true
}

// along is a row or column, counted from 0, that R1C1 notation writes: 3, [2] from here, or nothing for here.
func along(s string, here int) (int, bool) {
	if s == "" {
		return here, true
	}
	inner, relative := strings.CutPrefix(s, "[")
	inner = strings.TrimSuffix(inner, "]")
	n, err := strconv.Atoi(inner)
	if err != nil {
		return 0, false
	}
	if relative {
		n += here + 1
	}
	return n - 1, n >= 1 && n <= formula.MaxRows
}

func address(c *Call, a []Value) Value {
	row, col := int(a[0].Num), int(a[1].Num)
	for i, n := range [2]int{row, col} {
		if n < 1 {
			return c.Refuse(CodeValue, i+1, "value is %d. It should be greater than or equal to 1.", n)
		}
	}
	mode := int(or(a, 2, 1))
	if mode < 1 || mode > 4 {
		return c.OutOfRange(3, float64(mode), 1, 4)
	}
	rowAbs, colAbs := mode <= 2, mode == 1 || mode == 3
	text := ""
	if len(a) > 3 && a[3].Num == 0 && a[3].Kind == KindBool {
		text = "R" + bracketed(row, !rowAbs) + "C" + bracketed(col, !colAbs)
	} else {
		corner := formula.Corner{Row: row - 1, Col: col - 1, RowAbs: rowAbs, ColAbs: colAbs}
		text = formula.Ref{From: corner, To: corner, Single: true}.String()
	}
	if len(a) > 4 && a[4].Text != "" {
		text = formula.QuoteSheet(a[4].Text) + "!" + text
	}
	return Text(text)
}

func bracketed(n int, relative bool) string {
	if relative {
		return "[" + itoa(n) + "]"
	}
	return itoa(n)
}

// places are the row or column numbers of a reference, of the formula's own cell without one; outside ARRAYFORMULA the first.
func (c *Call) places(a []Value, axis formula.Axis) Value {
	at := area(c.At.Row, c.At.Col, c.At.Row+1, c.At.Col+1)
	if len(a) > 0 {
		switch a[0].Kind {
		case KindRef:
		case KindError:
			return a[0]
		default:
			return Fail(CodeNA, "Argument must be a range.")
		}
		at = a[0].Ref().Area
	}
	first, n := at.Row0+1, at.Rows()
	if axis == Cols {
		first, n = at.Col0+1, at.Cols()
	}
	if !c.arrays || n == 1 {
		return Number(float64(first))
	}
	cells := make([]Value, n)
	for i := range cells {
		cells[i] = Number(float64(first + i))
	}
	if axis == Cols {
		return Row(cells)
	}
	return Column(cells)
}

func (c *Call) extent(v Value, axis formula.Axis) Value {
	if v.IsError() {
		return v
	}
	rows, cols := c.Size(v)
	if axis == Cols {
		rows = cols
	}
	return Number(float64(rows))
}

// choose computes only the argument that it takes.
func choose(c *Call, args []formula.Expr) Value {
	n := c.Scalar(c.eval(args[0]))
	pick := func(v Value) Value {
		c.Func = functions["CHOOSE"]
		v = c.NumberOf(v, 1)
		switch i := int(v.Num); {
		case v.IsError():
			return v
		case i < 1 || i >= len(args):
			return c.OutOfRange(1, v.Num, 1, len(args)-1)
		default:
			return c.eval(args[i])
		}
	}
	if n.Kind != KindArray {
		return pick(n)
	}
	in := n.array()
	out := NewArray(in.Rows, in.Cols)
	for i, v := range in.Cells {
		out.Cells[i] = c.Array(pick(v)).within(i/in.Cols, i%in.Cols)
	}
	return out.Value()
}
