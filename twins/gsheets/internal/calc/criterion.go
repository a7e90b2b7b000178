package calc

import (
	"math"
	"strings"
)

// criterion is what COUNTIF, FILTER-like sums and the database functions ask of a cell.
//
// https://support.google.com/docs/answer/3093480
type criterion struct {
	op      byte // = N < L > G, as formula.Binary has them
	value   Value
	pattern *wildcard // of a text with * or ?
}

// criterionOf reads ">5", "<>done", "a*" or a plain value.
func (c *Call) criterionOf(v Value) criterion {
	if v.Kind == KindEmpty {
		return criterion{op: '=', value: Number(0)}
	}
	if v.Kind != KindText {
		return criterion{op: '=', value: v}
	}
	k := criterion{op: '='}
	s := v.Text
	for _, o := range [...]struct {
		sign string
		op   byte
	}{{"<=", 'L'}, {">=", 'G'}, {"<>", 'N'}, {"<", '<'}, {">", '>'}, {"=", '='}} {
		if rest, ok := strings.CutPrefix(s, o.sign); ok {
			k.op, s = o.op, rest
			if s == "" && (k.op == '=' || k.op == 'N') {
				return k // against the empty cell
			}
			break
		}
	}
	k.value = Text(s)
	if n, ok := c.readNumber(s); ok {
		k.value = n
	} else if b := c.BoolOf(k.value, 1); s != "" && !b.IsError() {
		k.value = b
	} else if (k.op == '=' || k.op == 'N') && strings.ContainsAny(s, "*?~") {
		k.pattern = newWildcard(s)
	}
	return k
}

// holds says if a cell meets the criterion.
func (k *criterion) holds(v Value) bool {
	if k.op == 'N' {
		return !k.equals(v)
	}
	if k.op == '=' {
		return k.equals(v)
	}
	if v.Kind != k.value.Kind {
		return false
	}
	n := Compare(v, k.value)
	switch k.op {
	case '<':
		return n < 0
	case 'L':
		return n <= 0
	case '>':
		return n > 0
	}
	return n >= 0
}

func (k *criterion) equals(v Value) bool {
	switch {
	case k.value.Kind == KindEmpty:
		return v.Kind == KindEmpty
	case k.value.Kind == KindText && k.value.Text == "":
		return v.Blank()
	case k.pattern != nil:
		return v.Kind == KindText && k.pattern.matches(v.Text)
	case v.Kind != k.value.Kind:
		return false
	case v.Kind == KindNumber:
		return v.Num == k.value.Num || math.Abs(v.Num-k.value.Num) < 1e-15*math.Abs(v.Num)
	}
	return Compare(v, k.value) == 0
}

// wildcard is a text with * for any letters and ? for one; ~ takes the meaning from what follows it.
type wildcard struct {
	text []rune // in small letters
	wild []bool
}

func newWildcard(s string) *wildcard {
	w := &wildcard{}
	escaped := false
	for _, r := range strings.ToLower(s) {
		if r == '~' && !escaped {
			escaped = true
			continue
		}
		w.text = append(w.text, r)
		w.wild = append(w.wild, !escaped && (r == '*' || r == '?'))
		escaped = false
	}
	return w
}

func (w *wildcard) matches(s string) bool {
	text := []rune(strings.ToLower(s))
	i, j, star, mark := 0, 0, -1, 0
	for i < len(text) {
		switch {
		case j < len(w.text) && w.wild[j] && w.text[j] == '*':
			star, mark = j, i
			j++
		case j < len(w.text) && (w.wild[j] || w.text[j] == text[i]):
			i++
			j++
		case star >= 0:
			mark++
			i, j = mark, star+1
		default:
			return false
		}
	}
	for j < len(w.text) && w.wild[j] && w.text[j] == '*' {
		j++
	}
	return j == len(w.text)
}

// at is the value at a place of a reference or an array, counted from its corner.
func (c *Call) at(v Value, row, col int) Value {
	switch v.Kind {
	case KindRef:
		r := v.Ref()
		return c.Grid.Value(r.Sheet, r.Area.Row0+row, r.Area.Col0+col)
	case KindArray:
		return v.array().At(row, col)
	}
	return v
}

// conditions are ranges of one size and what is asked of each.
type conditions struct {
	ranges   []Value
	criteria []criterion
}

// conditionsOf reads pairs of a range and a criterion; all ranges have a size.
func (c *Call) conditionsOf(a []Value, rows, cols int) (conditions, Value) {
	var k conditions
	if len(a)%2 != 0 {
		return k, errCount(c.Func, len(c.Func.fixed)+len(a))
	}
	for i := 0; i < len(a); i += 2 {
		if a[i].IsError() {
			return k, a[i]
		}
		if r, s := c.Size(a[i]); r != rows || s != cols {
			return k, Fail(CodeValue, "Array arguments to "+c.Func.Name+" are of different size.")
		}
		k.ranges = append(k.ranges, a[i])
		k.criteria = append(k.criteria, c.criterionOf(a[i+1]))
	}
	return k, Empty
}

// hold says if all conditions do at a place; but is one that is known to hold.
func (k *conditions) hold(c *Call, row, col, but int) bool {
	for i := range k.ranges {
		if i != but && !k.criteria[i].holds(c.at(k.ranges[i], row, col)) {
			return false
		}
	}
	return true
}

// indexed gives the places of a range where the criterion holds, if it asks for one value and the range has an index.
func (k *criterion) indexed(c *Call, in Value) (places []int32, ok bool) {
	if in.Kind != KindRef || k.op != '=' || k.pattern != nil || k.value.Blank() {
		return nil, false
	}
	x := c.lookups.of(in.Ref())
	if x == nil {
		return nil, false
	}
	return x.of(c, in, k.value), true
}

// each gives the places where all conditions hold.
func (k *conditions) each(c *Call, yield func(row, col int)) {
	if k.few(c, yield) {
		return
	}
	for i := range k.criteria {
		if k.criteria[i].holds(Empty) {
			continue
		}
		c.Walk(k.ranges[i], func(row, col int, v Value) bool {
			if k.criteria[i].holds(v) && k.hold(c, row, col, i) {
				yield(row, col)
			}
			return true
		})
		return
	}
	rows, cols := c.Size(k.ranges[0])
	for row := range rows {
		for col := range cols {
			if k.hold(c, row, col, -1) {
				yield(row, col)
			}
		}
	}
}

// few is each for conditions of which one has an index; the answer says if one has.
func (k *conditions) few(c *Call, yield func(row, col int)) bool {
	_, cols := c.Size(k.ranges[0])
	for i := range k.criteria {
		places, ok := k.criteria[i].indexed(c, k.ranges[i])
		if !ok {
			continue
		}
		for _, p := range places {
			if row, col := int(p)/cols, int(p)%cols; k.hold(c, row, col, i) {
				yield(row, col)
			}
		}
		return true
	}
	return false
}

// values gives the cells of a range that are not empty where all conditions hold.
func (k *conditions) values(c *Call, of Value, yield func(v Value)) {
	if k.few(c, func(row, col int) {
		if v := c.at(of, row, col); v.Kind != KindEmpty {
			yield(v)
		}
	}) {
		return
	}
	c.Walk(of, func(row, col int, v Value) bool {
		if k.hold(c, row, col, -1) {
			yield(v)
		}
		return true
	})
}

func init() {
	function("COUNTIF", "a v", func(c *Call, a []Value) Value {
		if a[0].IsError() {
			return a[0]
		}
		k := c.criterionOf(a[1])
		if places, ok := k.indexed(c, a[0]); ok {
			return Number(float64(len(places)))
		}
		n, seen := 0, 0
		c.Walk(a[0], func(_, _ int, v Value) bool {
			seen++
			if k.holds(v) {
				n++
			}
			return true
		})
		if rows, cols := c.Size(a[0]); k.holds(Empty) {
			n += rows*cols - seen
		}
		return Number(float64(n))
	})
	function("PERCENTIF", "a v", func(c *Call, a []Value) Value {
		if a[0].IsError() {
			return a[0]
		}
		k := c.criterionOf(a[1])
		n, all := 0, 0
		c.Walk(a[0], func(_, _ int, v Value) bool {
			all++
			if k.holds(v) {
				n++
			}
			return true
		})
		if all == 0 {
			return c.divideByZero()
		}
		return percentage(Number(float64(n) / float64(all)))
	})
	function("COUNTIFS", "(a v)...", func(c *Call, a []Value) Value {
		rows, cols := c.Size(a[0])
		k, refused := c.conditionsOf(a, rows, cols)
		if refused.IsError() {
			return refused
		}
		n := 0
		k.each(c, func(_, _ int) { n++ })
		return Number(float64(n))
	})
	function("SUMIF", "a v [a]", func(c *Call, a []Value) Value {
		t, refused := c.single(a)
		if refused.IsError() {
			return refused
		}
		return c.finite(t.sum).shownAs(t.like)
	}).Extends = true
	function("AVERAGEIF", "a v [a]", func(c *Call, a []Value) Value {
		t, refused := c.single(a)
		switch {
		case refused.IsError():
			return refused
		case t.n == 0:
			return c.divideByZero()
		}
		return c.finite(t.sum / float64(t.n)).shownAs(t.like)
	}).Extends = true
	function("SUMIFS", "a (a v)...", func(c *Call, a []Value) Value {
		t, refused := c.several(a)
		if refused.IsError() {
			return refused
		}
		return c.finite(t.sum).shownAs(t.like)
	})
	function("AVERAGEIFS", "a (a v)...", func(c *Call, a []Value) Value {
		t, refused := c.several(a)
		switch {
		case refused.IsError():
			return refused
		case t.n == 0:
			return c.divideByZero()
		}
		return c.finite(t.sum / float64(t.n)).shownAs(t.like)
	})
	function("MAXIFS", "a (a v)...", func(c *Call, a []Value) Value {
		t, refused := c.several(a)
		if refused.IsError() {
			return refused
		}
		return Number(t.max).shownAs(t.like)
	})
	function("MINIFS", "a (a v)...", func(c *Call, a []Value) Value {
		t, refused := c.several(a)
		if refused.IsError() {
			return refused
		}
		return Number(t.min).shownAs(t.like)
	})
	function("COUNTUNIQUEIFS", "a (a v)...", func(c *Call, a []Value) Value {
		rows, cols := c.Size(a[0])
		k, refused := c.conditionsOf(a[1:], rows, cols)
		if refused.IsError() {
			return refused
		}
		seen := map[Value]bool{}
		k.values(c, a[0], func(v Value) { seen[v.bare()] = true })
		return Number(float64(len(seen)))
	})
}

// tally is what the conditional sums count up.
type tally struct {
	n             int
	sum, min, max float64
	like          Value
	failed        Value
}

func (t *tally) add(v Value) {
	switch v.Kind {
	case KindError:
		if t.failed.Kind == KindEmpty {
			t.failed = v
		}
	case KindNumber:
		if t.n == 0 || v.Num < t.min {
			t.min = v.Num
		}
		if t.n == 0 || v.Num > t.max {
			t.max = v.Num
		}
		if t.like.Hint == HintNone {
			t.like = v
		}
		t.sum += v.Num
		t.n++
	}
}

// single tallies for a range, a criterion, and where the values are if not in the range itself.
func (c *Call) single(a []Value) (tally, Value) {
	for _, v := range a {
		if v.IsError() {
			return tally{}, v
		}
	}
	of := a[0]
	rows, cols := c.Size(of)
	if len(a) > 2 && a[2].Kind != KindEmpty {
		if of = a[2]; of.Kind == KindRef {
			// The values begin where their range does and are as many as the range asked.
			r := of.Ref()
			height, width := c.Grid.Size(r.Sheet)
			r.Area.Row1, r.Area.Col1 = min(r.Area.Row0+rows, height), min(r.Area.Col0+cols, width)
			of = Reference(r)
		} else if r, s := c.Size(of); r != rows || s != cols {
			return tally{}, Fail(CodeValue, "Array arguments to "+c.Func.Name+" are of different size.")
		}
	}
	k, refused := c.conditionsOf(a[:2], rows, cols)
	var t tally
	k.values(c, of, t.add)
	if !refused.IsError() {
		refused = t.failed
	}
	return t, refused
}

// several tallies for a range of values and pairs of a range and a criterion.
func (c *Call) several(a []Value) (tally, Value) {
	if a[0].IsError() {
		return tally{}, a[0]
	}
	rows, cols := c.Size(a[0])
	k, refused := c.conditionsOf(a[1:], rows, cols)
	if refused.IsError() {
		return tally{}, refused
	}
	var t tally
	k.values(c, a[0], t.add)
	return t, t.failed
}

// bare is a value without the way it is shown, so that equal values are the same.
func (v Value) bare() Value {
	if v.Kind != KindText {
		v.Text = ""
	}
	v.Hint = HintNone
	return v
}
