package gsheets

import (
	"cmp"
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"twinset.dev/twins/gsheets/internal/calc"
	"twinset.dev/twins/gsheets/internal/format"
	"twinset.dev/twins/gsheets/internal/formula"
)

// pivoting is a pivot table at work.
type pivoting struct {
	b          *book
	tab        *tab                 // on which formulas in filters stand
	names      []string             // of the source's columns
	cell       func(r, c int) *Cell // of the source, without its head
	values     []pivotValue
	rows, cols []pivotGroup
	slicers    []slicing
	all        []int // the rows of the source that count
	vertical   bool
}

// A pivotGroup is one group of a pivot table with what it is of.
type pivotGroup struct {
	column    int
	name      string
	down      bool // DESCENDING
	totals    bool
	repeat    bool
	limit     int
	order     int // of the limits
	rule      Obj
	byValue   int // which value it is sorted by; -1 is its own
	bucket    []string
	collapsed []string
}

// A pivotValue is one value of a pivot table.
type pivotValue struct {
	name, fn, show string
	column         int
	src            formula.Expr // of a calculated field
}

// valueOf reads a value; it is not ok if the source does not have its column.
func (p *pivoting) valueOf(o Obj) (v pivotValue, ok bool) {
	v.fn, _ = o["summarizeFunction"].(string)
	v.show, _ = o["calculatedDisplayType"].(string)
	v.name, _ = o["name"].(string)
	if src, ok := o["formula"].(string); ok {
		x, err := formula.Parse(src, p.b.syntax())
		if v.src = x; v.name == "" {
			v.name = "Calculated Field " + strconv.Itoa(len(p.values)+1)
		}
		return v, err == nil
	}
	if v.column, ok = p.column(o); ok && v.name == "" {
		v.name = v.fn + " of " + p.names[v.column]
	}
	return v, ok
}

// column is which of the source's columns is meant.
func (p *pivoting) column(o Obj) (int, bool) {
	n := numberIn(o, "sourceColumnOffset", 0)
	if o["dataSourceColumnReference"] != nil {
		n = slices.Index(p.names, columnName(o))
	}
	return n, n >= 0 && n < len(p.names)
}

// groups reads the groups of the rows, or of the columns.
func (p *pivoting) groups(list any) (out []pivotGroup, ok bool) {
	all, _ := list.([]any)
	for i, o := range all {
		o := o.(Obj)
		g := pivotGroup{down: o["sortOrder"] == "DESCENDING", totals: o["showTotals"] == true, repeat: o["repeatHeadings"] == true, order: i, byValue: -1}
		if g.column, ok = p.column(o); !ok {
			return nil, false
		}
		if g.name, _ = o["label"].(string); g.name == "" {
			g.name = p.names[g.column]
		}
		if l, ok := o["groupLimit"].(Obj); ok {
			g.limit, g.order = numberIn(l, "countLimit", 0), numberIn(l, "applyOrder", i)
		}
		g.rule, _ = o["groupRule"].(Obj)
		if by, ok := o["valueBucket"].(Obj); ok {
			g.byValue = numberIn(by, "valuesIndex", 0)
			buckets, _ := by["buckets"].([]any)
			for _, x := range buckets {
				g.bucket = append(g.bucket, p.extended(x))
			}
		}
		metadata, _ := o["valueMetadata"].([]any)
		for _, x := range metadata {
			if x := x.(Obj); x["collapsed"] == true {
				g.collapsed = append(g.collapsed, p.extended(x["value"]))
			}
		}
		out = append(out, g)
	}
	return out, true
}

// extended is what an ExtendedValue shows.
func (p *pivoting) extended(v any) string {
	o, _ := v.(Obj)
	switch {
	case o["numberValue"] != nil:
		n, _ := o["numberValue"].(float64)
		return p.b.plain(calc.Number(n))
	case o["boolValue"] != nil:
		return p.b.plain(calc.Bool(o["boolValue"] == true))
	}
	s, _ := o["stringValue"].(string)
	return s
}

// limit leaves only the rows that are in the first so many of each group that is limited.
func (p *pivoting) limit() {
	type limited struct {
		groups, other []pivotGroup
		order         int
	}
	var all []limited
	for i := range p.rows {
		all = append(all, limited{p.rows[:i+1], p.cols, p.rows[i].order})
	}
	for i := range p.cols {
		all = append(all, limited{p.cols[:i+1], p.rows, p.cols[i].order})
	}
	sort.SliceStable(all, func(i, k int) bool { return all[i].order < all[k].order })
	for _, l := range all {
		n := l.groups[len(l.groups)-1].limit
		if n == 0 {
			continue
		}
		var left []int
		var cut func(tree []branch, depth int)
		cut = func(tree []branch, depth int) {
			if depth == len(l.groups)-1 {
				tree = tree[:min(n, len(tree))]
			}
			for _, br := range tree {
				if depth == len(l.groups)-1 {
					left = append(left, br.rows...)
				} else {
					cut(br.under, depth+1)
				}
			}
		}
		cut(p.tree(p.all, l.groups, l.other), 0)
		slices.Sort(left)
		p.all = left
	}
}

// A bin is the value under which a group puts a row, and what it is sorted by.
type bin struct{ value, key calc.Value }

// A branch is the rows of a source that have one value in a group's column, parted by the next group.
type branch struct {
	bin
	label  string
	rows   []int
	closed bool // collapsed
	under  []branch
}

// tree parts rows by groups, in the order that these say.
func (p *pivoting) tree(rows []int, groups, other []pivotGroup) []branch {
	if len(groups) == 0 {
		return nil
	}
	g := groups[0]
	var out []branch
	place := map[string]int{}
	for _, r := range rows {
		v := p.grouped(r, g)
		shown := p.b.plain(v.value)
		label := strconv.Itoa(int(v.value.Kind)) + strings.ToLower(shown)
		i, ok := place[label]
		if !ok {
			i = len(out)
			place[label] = i
			out = append(out, branch{bin: v, label: label, closed: slices.Contains(g.collapsed, shown)})
		}
		out[i].rows = append(out[i].rows, r)
	}
	if g.byValue >= 0 {
		in := p.bucket(g.bucket, other)
		for i := range out {
			out[i].key = p.sum(p.values[g.byValue], meet(out[i].rows, in))
		}
	}
	sort.SliceStable(out, func(i, k int) bool {
		n := calc.Compare(out[i].key, out[k].key)
		if g.down {
			n = -n
		}
		return n < 0
	})
	for i := range out {
		out[i].under = p.tree(out[i].rows, groups[1:], other)
	}
	return out
}

// bucket is the rows that have the values of a path in groups.
func (p *pivoting) bucket(path []string, groups []pivotGroup) []int {
	return slices.DeleteFunc(slices.Clone(p.all), func(r int) bool {
		for i, want := range path {
			if i < len(groups) && !strings.EqualFold(p.b.plain(p.grouped(r, groups[i]).value), want) {
				return true
			}
		}
		return false
	})
}

// meet is the rows that are in both.
func meet(a, b []int) (out []int) {
	for _, r := range a {
		if _, ok := slices.BinarySearchFunc(b, r, cmp.Compare[int]); ok {
			out = append(out, r)
		}
	}
	return out
}

// grouped is where a group's rule puts a row.
func (p *pivoting) grouped(r int, g pivotGroup) bin {
	v := p.cell(r, g.column).hinted()
	if h, ok := g.rule["histogramRule"].(Obj); ok && v.Kind == calc.KindNumber {
		return p.histogram(v, h)
	}
	if m, ok := g.rule["manualRule"].(Obj); ok {
		list, _ := m["groups"].([]any)
		for _, one := range list {
			one := one.(Obj)
			items, _ := one["items"].([]any)
			if slices.ContainsFunc(items, func(item any) bool { return p.extended(item) == p.b.plain(v) }) {
				name := calc.Text(p.extended(one["groupName"]))
				return bin{name, name}
			}
		}
	}
	if d, ok := g.rule["dateTimeRule"].(Obj); ok && v.Kind == calc.KindNumber {
		kind, _ := d["type"].(string)
		return datePart(v.Num, kind)
	}
	return bin{v, v}
}

// histogram is the interval that a number is in.
func (p *pivoting) histogram(v calc.Value, rule Obj) bin {
	interval, _ := rule["interval"].(float64)
	start, hasStart := rule["start"].(float64)
	end, hasEnd := rule["end"].(float64)
	plain := func(n float64) string { return p.b.plain(calc.Number(n)) }
	switch {
	case hasStart && v.Num < start:
		return bin{calc.Text("< " + plain(start)), calc.Number(math.Inf(-1))}
	case hasEnd && v.Num > end:
		return bin{calc.Text("> " + plain(end)), calc.Number(math.Inf(1))}
	}
	lo := start + math.Floor((v.Num-start)/interval)*interval
	if hasEnd && lo >= end { // the end is in the last interval
		lo -= interval
	}
	hi := lo + interval
	if hasEnd {
		hi = min(hi, end)
	}
	return bin{calc.Text(plain(lo) + " - " + plain(hi)), calc.Number(lo)}
}

// value is a value over rows: a number of its function, and of the whole if it is shown as a part of that.
func (p *pivoting) value(k int, rows, inRow, inCol []int) calc.Value {
	v := p.values[k]
	one := p.sum(v, rows)
	whole, ok := map[string][]int{"PERCENT_OF_ROW_TOTAL": inRow, "PERCENT_OF_COLUMN_TOTAL": inCol, "PERCENT_OF_GRAND_TOTAL": p.all}[v.show]
	if !ok || one.IsError() {
		return one
	}
	total := p.sum(v, whole)
	if total.Num == 0 {
		return calc.Fail(calc.CodeDiv, "Function DIVIDE parameter 2 cannot be zero.")
	}
	return calc.Date(one.Num/total.Num, calc.HintPercent)
}

// sum is what a value's function makes of rows of the source. The formula of a calculated field can name the source's columns: of a
// custom one they are all rows, else the sum of what it gives for each row is taken.
func (p *pivoting) sum(v pivotValue, rows []int) calc.Value {
	column := make([]calc.Value, len(rows))
	f := frame{Grid: p.b, names: p.names, rows: len(rows), row: -1, at: func(r, c int) calc.Value { return p.cell(rows[r], c).hinted() }}
	switch {
	case v.fn == "CUSTOM":
		return f.evaluate(v.src, p.b.setting())
	case v.src != nil:
		for i := range rows {
			f.row = i
			if column[i] = f.evaluate(v.src, p.b.setting()); column[i].IsError() {
				return column[i]
			}
		}
	default:
		for i, r := range rows {
			column[i] = p.cell(r, v.column).hinted()
		}
	}
	return calc.Apply(v.fn, calc.Column(column), p.b.setting())
}

// datePart is the part of a date that a rule groups by, in the order of time.
func datePart(serial float64, kind string) bin {
	year, month, day := format.Civil(serial)
	hour, minute, second, _ := format.Clock(serial)
	two := func(n int) string { return string([]byte{byte('0' + n/10), byte('0' + n%10)}) }
	name := time.Month(month).String()[:3]
	number := func(n int) bin { return bin{calc.Number(float64(n)), calc.Number(float64(n))} }
	named := func(text string, n int) bin { return bin{calc.Text(text), calc.Number(float64(n))} }
	switch kind {
	case "SECOND":
		return number(second)
	case "MINUTE":
		return number(minute)
	case "HOUR":
		return number(hour)
	case "HOUR_MINUTE":
		return named(two(hour)+":"+two(minute), hour*60+minute)
	case "HOUR_MINUTE_AMPM":
		half := " AM"
		if hour >= 12 {
			half = " PM"
		}
		return named(strconv.Itoa((hour+11)%12+1)+":"+two(minute)+half, hour*60+minute)
	case "DAY_OF_WEEK":
		return named(time.Weekday(format.Weekday(serial)).String(), format.Weekday(serial))
	case "DAY_OF_YEAR":
		return number(int(math.Floor(serial)-format.Serial(year, 1, 1)) + 1)
	case "DAY_OF_MONTH":
		return number(day)
	case "DAY_MONTH":
		return named(strconv.Itoa(day)+"-"+name, month*100+day)
	case "MONTH":
		return named(name, month)
	case "QUARTER":
		return named("Q"+strconv.Itoa((month+2)/3), month)
	case "YEAR":
		return number(year)
	case "YEAR_MONTH":
		return named(strconv.Itoa(year)+"-"+name, year*100+month)
	case "YEAR_QUARTER":
		return named(strconv.Itoa(year)+" Q"+strconv.Itoa((month+2)/3), year*100+month)
	}
	return named(strconv.Itoa(year)+"-"+two(month)+"-"+two(day), int(math.Floor(serial)))
}
