package calc

import (
	"math"
	"regexp"
	"slices"
	"strings"

	"twinset.dev/twins/gsheets/internal/format"
	"twinset.dev/twins/gsheets/internal/formula"
)

// query answers a query in the language of Google's visualization API.
//
// https://developers.google.com/chart/interactive/docs/querylanguage
func query(c *Call, a []Value) Value {
	if a[0].IsError() {
		return a[0]
	}
	t := c.queryTable(a[0], int(or(a, 2, -1)))
	p := &queryParser{c: c, columns: t.ids}
	if len(a) > 1 {
		p.src = a[1].Text
	}
	q, ok := p.parse()
	if !ok {
		return queryError(p.failed)
	}
	return t.answer(c, q)
}

func queryError(detail string) Value {
	return Fail(CodeValue, "Unable to parse query string for Function QUERY parameter 2: "+detail)
}

// queryTable is the data of a query: each column has one type, and what is of another is nothing.
type queryTable struct {
	ids    []string // A, B, or Col1, Col2 of what is no range
	labels []string
	types  []queryType
	rows   [][]Value
	headed bool
}

// queryType is the type of a column.
type queryType uint8

const (
	queryText queryType = iota
	queryNumber
	queryBool
	queryDate
	queryDateTime
	queryTime
)

func queryTypeOf(v Value) queryType {
	switch v.Kind {
	case KindNumber:
		switch v.Hint {
		case HintDate:
			return queryDate
		case HintDateTime:
			return queryDateTime
		case HintTime, HintDuration:
			return queryTime
		}
		return queryNumber
	case KindBool:
		return queryBool
	}
	return queryText
}

// queryTable takes the head from a value and finds its columns' types, which most of their values have.
func (c *Call) queryTable(v Value, heads int) *queryTable {
	in := c.Array(v)
	t := &queryTable{}
	for col := range in.Cols {
		if v.Kind == KindRef {
			t.ids = append(t.ids, formula.ColumnName(v.Ref().Area.Col0+col))
		} else {
			t.ids = append(t.ids, "Col"+itoa(col+1))
		}
	}
	if heads < 0 {
		heads = in.heads()
	}
	heads = min(heads, in.Rows)
	t.headed = heads > 0
	t.labels = make([]string, in.Cols)
	for col := range in.Cols {
		var words []string
		for row := range heads {
			if s := c.TextOf(in.At(row, col)); s != "" {
				words = append(words, s)
			}
		}
		t.labels[col] = strings.Join(words, " ")
	}
	for row := heads; row < in.Rows; row++ {
		t.rows = append(t.rows, slices.Clone(in.Row(row)))
	}
	for col := range in.Cols {
		t.types = append(t.types, t.settle(col))
	}
	return t
}

// heads guesses whether the first row is a head: it is of texts alone, and below it are other things.
func (a *Array) heads() int {
	other := false
	for col := range a.Cols {
		if a.At(0, col).Kind != KindText {
			return 0
		}
		for row := 1; row < a.Rows && !other; row++ {
			k := a.At(row, col).Kind
			other = k == KindNumber || k == KindBool
		}
	}
	if other {
		return 1
	}
	return 0
}

// settle finds a column's type and empties what is of another.
func (t *queryTable) settle(col int) queryType {
	var counts [6]int
	for _, row := range t.rows {
		if k := row[col].Kind; k == KindNumber || k == KindText || k == KindBool {
			counts[queryTypeOf(row[col])]++
		}
	}
	most := queryText
	for k, n := range counts {
		if n > counts[most] {
			most = queryType(k)
		}
	}
	for _, row := range t.rows {
		if v := row[col]; v.Kind == KindError || v.Kind != KindEmpty && queryTypeOf(v) != most && !(most == queryDateTime && queryTypeOf(v) == queryDate) {
			row[col] = Empty
		}
	}
	return most
}

// queryExpr is a value that a query computes for a row or a group of rows.
type queryExpr struct {
	op    string // "column", "literal", a function, an operator of two operands
	col   int
	value Value
	args  []*queryExpr
	like  *regexp.Regexp // of matches and like
}

// String names the expression so that equal ones have the same name.
func (e *queryExpr) String() string {
	switch e.op {
	case "column":
		return "#" + itoa(e.col)
	case "literal":
		return identity(e.value)
	}
	args := make([]string, len(e.args))
	for i, a := range e.args {
		args[i] = a.String()
	}
	return e.op + "(" + strings.Join(args, ",") + ")"
}

var queryAggregates = map[string]bool{"sum": true, "avg": true, "count": true, "max": true, "min": true}

// queryFunctions are the scalar functions and how many arguments they take.
var queryFunctions = map[string]int{
	"year": 1, "month": 1, "day": 1, "hour": 1, "minute": 1, "second": 1, "millisecond": 1, "quarter": 1, "dayofweek": 1,
	"now": 0, "datediff": 2, "todate": 1, "upper": 1, "lower": 1,
}

// querySpelled are those whose names have capitals in labels.
var querySpelled = map[string]string{"dayofweek": "dayOfWeek", "datediff": "dateDiff", "todate": "toDate"}

// queryOperators are the names of the arithmetic in labels.
var queryOperators = map[string]string{"+": "sum", "-": "difference", "*": "product", "/": "quotient"}

func (e *queryExpr) any(test func(*queryExpr) bool) bool {
	return test(e) || slices.ContainsFunc(e.args, func(a *queryExpr) bool { return a.any(test) })
}

func (e *queryExpr) aggregates() bool {
	return e.any(func(e *queryExpr) bool { return queryAggregates[e.op] })
}

// label is what stands over the expression's column if the query does not say.
func (t *queryTable) label(e *queryExpr) string {
	switch {
	case e.op == "column":
		return t.labels[e.col]
	case e.op == "literal" && e.value.Kind == KindText:
		return `"` + e.value.Text + `"()`
	case e.op == "literal":
		return Shown(e.value, format.LocaleOf("en_US")) + "()"
	case queryAggregates[e.op]:
		return e.op + " " + t.label(e.args[0])
	}
	name := e.op
	if spelled := querySpelled[name]; spelled != "" {
		name = spelled
	}
	if spelled := queryOperators[name]; spelled != "" {
		name = spelled
	}
	args := ""
	for _, a := range e.args {
		args += t.label(a)
	}
	return name + "(" + args + ")"
}

// querySpec is a query that has been read.
type querySpec struct {
	selected      []*queryExpr
	where         *queryExpr
	group, pivot  []*queryExpr
	order         []queryOrder
	skipping      int // each so many rows the first
	limit, offset int // -1 for none
	labels        map[string]string
	formats       map[string]string
	unformatted   bool // options no_format
	headOnly      bool // options no_values
}

type queryOrder struct {
	by      *queryExpr
	descend bool
}

// queryColumn is a column of the answer: an expression, and of which pivot.
type queryColumn struct {
	expr  *queryExpr
	pivot string
	label string
}

// queryGroup is rows of the table that make one row of the answer.
type queryGroup struct {
	keys   []Value
	rows   [][]Value
	pivots map[string][][]Value
}

func (t *queryTable) answer(c *Call, q *querySpec) Value {
	if q.selected == nil {
		for col := range t.ids {
			q.selected = append(q.selected, &queryExpr{op: "column", col: col})
		}
	}
	if refused := t.check(q); refused != "" {
		return queryError(refused)
	}
	rows := t.rows
	if q.where != nil {
		rows = slices.DeleteFunc(slices.Clone(rows), func(row []Value) bool { return !c.queryTruth(q.where, row) })
	}
	groups, pivots := c.queryGroups(q, rows)
	columns := t.columns(q, pivots)
	if len(q.order) > 0 {
		slices.SortStableFunc(groups, func(x, y *queryGroup) int {
			for _, o := range q.order {
				n := queryCompare(c.queryOf(o.by, x, "", q), c.queryOf(o.by, y, "", q))
				if o.descend {
					n = -n
				}
				if n != 0 {
					return n
				}
			}
			return 0
		})
	}
	if q.skipping > 1 {
		n := 0
		for i := 0; i < len(groups); i += q.skipping {
			groups[n] = groups[i]
			n++
		}
		groups = groups[:n]
	}
	if q.offset > 0 {
		groups = groups[min(q.offset, len(groups)):]
	}
	if q.headOnly {
		groups = nil
	}
	if q.limit >= 0 {
		groups = groups[:min(q.limit, len(groups))]
	}
	out := &Array{Cols: len(columns)}
	if slices.ContainsFunc(columns, func(k queryColumn) bool { return k.label != "" }) {
		for _, k := range columns {
			out.Cells = append(out.Cells, Text(k.label))
		}
		out.Rows++
	}
	for _, g := range groups {
		for _, k := range columns {
			v := c.queryOf(k.expr, g, k.pivot, q)
			if pattern, ok := q.formats[k.expr.String()]; ok && v.Kind == KindNumber {
				v.Text = pattern
				if v.Hint == HintNone {
					v.Hint = HintNumber
				}
			}
			if q.unformatted {
				v = v.shownAs(Value{})
			}
			out.Cells = append(out.Cells, v)
		}
		out.Rows++
	}
	if out.Rows == 0 {
		return Fail(CodeNA, "Query completed with an empty output.")
	}
	return out.Value()
}

// check refuses a query that does not fit together; the answer is empty if it does.
func (t *queryTable) check(q *querySpec) string {
	grouped := len(q.group) > 0 || len(q.pivot) > 0
	for _, e := range q.selected {
		grouped = grouped || e.aggregates()
	}
	for _, e := range append(slices.Clone(q.group), q.pivot...) {
		if e.aggregates() {
			return "CANNOT_BE_IN_GROUP_BY: " + t.source(e)
		}
	}
	if q.where != nil && q.where.aggregates() {
		return "CANNOT_BE_IN_WHERE: " + t.source(q.where)
	}
	keys := map[string]bool{}
	for _, e := range q.group {
		keys[e.String()] = true
	}
	refused := ""
	var fits func(e *queryExpr) bool
	fits = func(e *queryExpr) bool {
		switch {
		case queryAggregates[e.op]:
			arg := e.args[0]
			if (e.op == "sum" || e.op == "avg") && arg.op == "column" && t.types[arg.col] != queryNumber && t.filled(arg.col) {
				refused = "AVG_SUM_ONLY_NUMERIC"
				return false
			}
			return true
		case keys[e.String()], e.op == "literal":
			return true
		case e.op == "column":
			refused = "ADD_COL_TO_GROUP_BY_OR_AGG: " + t.ids[e.col]
			return false
		}
		return !slices.ContainsFunc(e.args, func(a *queryExpr) bool { return !fits(a) })
	}
	if !grouped {
		return ""
	}
	for _, e := range q.selected {
		if !fits(e) {
			return refused
		}
	}
	for _, o := range q.order {
		if !fits(o.by) {
			return strings.Replace(refused, "ADD_COL_TO_GROUP_BY_OR_AGG", "COL_IN_ORDER_MUST_BE_IN_SELECT", 1)
		}
	}
	return ""
}

// filled says if a column has any value.
func (t *queryTable) filled(col int) bool {
	return slices.ContainsFunc(t.rows, func(row []Value) bool { return row[col].Kind != KindEmpty })
}

// source is an expression as the refusals write it.
func (t *queryTable) source(e *queryExpr) string {
	if e.op == "column" {
		return "`" + t.ids[e.col] + "`"
	}
	args := make([]string, len(e.args))
	for i, a := range e.args {
		args[i] = t.source(a)
	}
	return strings.ToUpper(e.op) + "(" + strings.Join(args, ", ") + ")"
}

// queryGroups puts rows together that have the same keys, ordered by them, and gives the pivots' values in their order.
func (c *Call) queryGroups(q *querySpec, rows [][]Value) ([]*queryGroup, []string) {
	aggregated := len(q.group) > 0 || len(q.pivot) > 0 || slices.ContainsFunc(q.selected, (*queryExpr).aggregates)
	if !aggregated {
		groups := make([]*queryGroup, len(rows))
		for i := range rows {
			groups[i] = &queryGroup{rows: rows[i : i+1]}
		}
		return groups, nil
	}
	valuesOf := func(es []*queryExpr, row []Value) ([]Value, string) {
		values, name := make([]Value, len(es)), ""
		for i, e := range es {
			values[i] = c.queryRow(e, row)
			name += identity(values[i]) + "\x00"
		}
		return values, name
	}
	type pivot struct {
		values []Value
		name   string
	}
	var groups []*queryGroup
	var pivots []pivot
	byName, seen := map[string]*queryGroup{}, map[string]bool{}
	for _, row := range rows {
		keys, name := valuesOf(q.group, row)
		g := byName[name]
		if g == nil {
			g = &queryGroup{keys: keys, pivots: map[string][][]Value{}}
			byName[name] = g
			groups = append(groups, g)
		}
		g.rows = append(g.rows, row)
		if len(q.pivot) > 0 {
			values, name := valuesOf(q.pivot, row)
			g.pivots[name] = append(g.pivots[name], row)
			if !seen[name] {
				seen[name] = true
				pivots = append(pivots, pivot{values, name})
			}
		}
	}
	if len(groups) == 0 && len(q.group) == 0 && len(q.pivot) == 0 {
		groups = append(groups, &queryGroup{})
	}
	slices.SortStableFunc(groups, func(x, y *queryGroup) int { return slices.CompareFunc(x.keys, y.keys, queryCompare) })
	slices.SortStableFunc(pivots, func(x, y pivot) int { return slices.CompareFunc(x.values, y.values, queryCompare) })
	var names []string
	for _, p := range pivots {
		names = append(names, p.name)
		if q.labels == nil {
			q.labels = map[string]string{}
		}
		texts := make([]string, len(p.values))
		for i, v := range p.values {
			texts[i] = c.Shown(v)
		}
		q.labels["pivot "+p.name] = strings.Join(texts, ",")
	}
	return groups, names
}

// columns are those of the answer: of each pivot value every aggregate.
func (t *queryTable) columns(q *querySpec, pivots []string) []queryColumn {
	var columns []queryColumn
	var aggregates []*queryExpr
	labelOf := func(e *queryExpr) string {
		if label, ok := q.labels[e.String()]; ok {
			return label
		}
		return t.label(e)
	}
	for _, e := range q.selected {
		if len(q.pivot) > 0 && e.aggregates() {
			aggregates = append(aggregates, e)
			continue
		}
		columns = append(columns, queryColumn{e, "", labelOf(e)})
	}
	for _, e := range aggregates {
		for _, p := range pivots {
			label := q.labels["pivot "+p]
			if len(aggregates) > 1 {
				label += " " + labelOf(e)
			}
			columns = append(columns, queryColumn{e, p, label})
		}
	}
	return columns
}

// queryOf is an expression's value for a group, or for the rows of it that have a pivot's value.
func (c *Call) queryOf(e *queryExpr, g *queryGroup, pivot string, q *querySpec) Value {
	rows := g.rows
	if pivot != "" && e.aggregates() {
		if rows = g.pivots[pivot]; len(rows) == 0 {
			return Empty
		}
	}
	for i, key := range q.group {
		if key.String() == e.String() {
			return g.keys[i]
		}
	}
	switch {
	case queryAggregates[e.op]:
		return c.queryAggregate(e, rows)
	case e.op == "column" || e.op == "literal":
		if len(rows) == 0 {
			return e.value
		}
		return c.queryRow(e, rows[0])
	}
	args := make([]Value, len(e.args))
	for i, a := range e.args {
		args[i] = c.queryOf(a, g, pivot, q)
	}
	return c.queryScalar(e, args)
}

func (c *Call) queryAggregate(e *queryExpr, rows [][]Value) Value {
	n, total, best := 0, 0.0, Empty
	for _, row := range rows {
		v := c.queryRow(e.args[0], row)
		if v.Kind == KindEmpty {
			continue
		}
		n++
		total += v.Num
		if best.Kind == KindEmpty || e.op == "max" && queryCompare(v, best) > 0 || e.op == "min" && queryCompare(v, best) < 0 {
			best = v
		}
	}
	switch {
	case e.op == "count":
		return Number(float64(n))
	case n == 0:
		return Empty
	case e.op == "sum":
		return Number(total).Like(best)
	case e.op == "avg":
		return Number(total / float64(n)).Like(best)
	}
	return best
}

// queryRow is an expression's value for one row.
func (c *Call) queryRow(e *queryExpr, row []Value) Value {
	switch e.op {
	case "column":
		return row[e.col]
	case "literal":
		return e.value
	}
	args := make([]Value, len(e.args))
	for i, a := range e.args {
		args[i] = c.queryRow(a, row)
	}
	return c.queryScalar(e, args)
}

// queryScalar is an operation or a function on values; on nothing it is nothing.
func (c *Call) queryScalar(e *queryExpr, a []Value) Value {
	if e.op == "now" {
		return Date(serialOf(c.Now.UTC()), HintDateTime)
	}
	for _, v := range a {
		if v.Kind == KindEmpty {
			return Empty
		}
	}
	x := a[0]
	switch e.op {
	case "upper":
		return Text(strings.ToUpper(x.Text))
	case "lower":
		return Text(strings.ToLower(x.Text))
	case "+":
		return Number(x.Num + a[1].Num)
	case "-":
		return Number(x.Num - a[1].Num)
	case "*":
		return Number(x.Num * a[1].Num)
	case "/":
		if a[1].Num == 0 {
			return Empty
		}
		return Number(x.Num / a[1].Num)
	case "datediff":
		return Number(math.Floor(x.Num) - math.Floor(a[1].Num))
	case "todate":
		if queryTypeOf(x) == queryNumber { // milliseconds since 1970
			return Date(math.Floor(x.Num/86_400_000)+format.Serial(1970, 1, 1), HintDate)
		}
		return Date(math.Floor(x.Num), HintDate)
	}
	if x.Kind != KindNumber {
		return Empty
	}
	year, month, day := format.Civil(x.Num)
	hour, minute, second, milli := format.Clock(x.Num)
	n := 0
	switch e.op {
	case "year":
		n = year
	case "month":
		n = month - 1
	case "day":
		n = day
	case "quarter":
		n = (month + 2) / 3
	case "dayofweek":
		n = format.Weekday(x.Num) + 1
	case "hour":
		n = hour
	case "minute":
		n = minute
	case "second":
		n = second
	case "millisecond":
		n = milli
	}
	return Number(float64(n))
}

// queryTruth says if a row meets a condition; what compares nothing is false.
func (c *Call) queryTruth(e *queryExpr, row []Value) bool {
	switch e.op {
	case "and":
		return c.queryTruth(e.args[0], row) && c.queryTruth(e.args[1], row)
	case "or":
		return c.queryTruth(e.args[0], row) || c.queryTruth(e.args[1], row)
	case "not":
		return !c.queryTruth(e.args[0], row)
	case "is null":
		return c.queryRow(e.args[0], row).Kind == KindEmpty
	}
	if len(e.args) < 2 || queryFunctions[e.op] > 0 || queryOperators[e.op] != "" {
		return c.queryRow(e, row).True()
	}
	a, b := c.queryRow(e.args[0], row), c.queryRow(e.args[1], row)
	if a.Kind == KindEmpty || b.Kind == KindEmpty {
		return false
	}
	switch e.op {
	case "contains":
		return strings.Contains(c.TextOf(a), b.Text)
	case "starts with":
		return strings.HasPrefix(c.TextOf(a), b.Text)
	case "ends with":
		return strings.HasSuffix(c.TextOf(a), b.Text)
	case "matches", "like":
		return e.like != nil && e.like.MatchString(c.TextOf(a))
	}
	if a.Kind != b.Kind || a.dated() != b.dated() && a.Kind == KindNumber {
		return e.op == "!="
	}
	n := queryCompare(a, b)
	switch e.op {
	case "=":
		return n == 0
	case "!=":
		return n != 0
	case "<":
		return n < 0
	case "<=":
		return n <= 0
	case ">":
		return n > 0
	}
	return n >= 0
}

// queryCompare orders values, nothing first and texts by their letters with their case.
func queryCompare(a, b Value) int {
	switch {
	case a.Kind == KindEmpty && b.Kind == KindEmpty:
		return 0
	case a.Kind == KindEmpty:
		return -1
	case b.Kind == KindEmpty:
		return 1
	case a.Kind == KindText && b.Kind == KindText:
		return strings.Compare(a.Text, b.Text)
	}
	return Compare(a, b)
}
