package bigquery

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"twinset.dev/twins/gsheets/internal/calc"
	"twinset.dev/twins/gsheets/internal/format"
)

// aggregates are the functions that make one value of many rows.
var aggregates = []string{"COUNT", "COUNTIF", "SUM", "AVG", "MIN", "MAX", "ANY_VALUE"}

// Query answers a query. Its table is looked for by a project, a dataset and a name; the project may be empty. Parameters are by name.
func Query(sql string, find func(project, dataset, name string) (*Table, *Error), parameters map[string]calc.Value) (out *Result, err *Error) {
	s, err := parse(sql)
	if err != nil {
		return nil, err
	}
	q := &query{selection: s, reader: reader{src: sql}, parameters: parameters}
	defer func() {
		if p, ok := recover().(*Error); ok {
			out, err = nil, p
		}
	}()
	switch len(s.table) {
	case 1:
		q.fail(s.tableAt, "Table %q must be qualified with a dataset (e.g. dataset.table).", s.table[0])
	case 2:
		q.from, err = find("", s.table[0], s.table[1])
	case 3:
		q.from, err = find(s.table[0], s.table[1], s.table[2])
	default:
		q.fail(s.tableAt, "Invalid table name: %s", strings.Join(s.table, "."))
	}
	if err != nil {
		return nil, err
	}
	return q.run(), nil
}

// A query at work.
type query struct {
	*selection
	reader
	from       *Table
	parameters map[string]calc.Value
	out        []item // what is selected, with * written out
}

// A group is the rows that an expression is computed over: one, or all that a GROUP BY puts together.
type group struct {
	rows [][]calc.Value
	over bool // several rows are one: columns have a value only if they are grouped by
}

func (q *query) run() *Result {
	for _, it := range q.items {
		if !it.all {
			q.out = append(q.out, it)
			continue
		}
		for _, c := range q.from.Columns {
			q.out = append(q.out, item{node: node{op: "column", text: c.Name}, name: c.Name})
		}
	}
	q.check()
	res := &Result{}
	for _, it := range q.out {
		switch {
		case it.name == "":
			panic(fail("MISSING_COLUMN_ALIAS", "Every column must have a name. Give %s an alias with AS.", q.text(it.at)))
		case slices.ContainsFunc(res.Names, func(n string) bool { return strings.EqualFold(n, it.name) }):
			panic(fail("DUPLICATE_COLUMN_NAMES", "Duplicate column names in the result are not supported. Found duplicate(s): %s", it.name))
		case it.op == "column" && !shown[q.kind(it.node)]:
			panic(fail("UNSUPPORTED_DATA_TYPE", "Column %s has the type %s, which is not supported.", it.name, q.kind(it.node)))
		}
		res.Names = append(res.Names, it.name)
	}
	type made struct{ values, keys []calc.Value }
	var all []made
	for _, g := range q.groups() {
		if q.having != nil && !q.eval(*q.having, g).True() {
			continue
		}
		var m made
		for _, it := range q.out {
			m.values = append(m.values, q.eval(it.node, g))
		}
		for _, o := range q.order {
			m.keys = append(m.keys, q.eval(o.node, g))
		}
		all = append(all, m)
	}
	if q.distinct {
		seen := map[string]bool{}
		all = slices.DeleteFunc(all, func(m made) bool {
			k := key(m.values)
			was := seen[k]
			seen[k] = true
			return was
		})
	}
	slices.SortStableFunc(all, func(a, b made) int {
		for i, o := range q.order {
			n := compare(a.keys[i], b.keys[i])
			if o.down {
				n = -n
			}
			if n != 0 {
				return n
			}
		}
		return 0
	})
	all = all[min(q.offset, len(all)):]
	if q.limit >= 0 {
		all = all[:min(q.limit, len(all))]
	}
	for _, m := range all {
		res.Rows = append(res.Rows, m.values)
	}
	return res
}

// check refuses names and functions that there are not, also where no row asks for them.
func (q *query) check() {
	for _, it := range q.out {
		q.known(it.node)
	}
	if q.where != nil {
		q.known(*q.where)
	}
	if q.having != nil {
		q.having = ptr(q.aliased(*q.having))
		q.known(*q.having)
	}
	for i, x := range q.group {
		q.group[i] = q.named(x)
		q.known(q.group[i])
	}
	for i, o := range q.order {
		q.order[i].node = q.named(o.node)
		q.known(q.order[i].node)
	}
	if q.where != nil && aggregated(*q.where) {
		q.fail(q.where.at, "Aggregate function is not allowed in WHERE clause")
	}
}

// special are the functions that take NULL, or more than values.
var special = []string{"IF", "COALESCE", "IFNULL", "NULLIF", "SAFE_DIVIDE", "EXTRACT", "CAST", "SAFE_CAST"}

func (q *query) known(x node) {
	switch {
	case x.op == "column":
		q.column(x)
	case x.op == "call" && scalars[x.text].run == nil && !slices.Contains(special, x.text) && !slices.Contains(aggregates, x.text):
		q.fail(x.at, "Function not found: %s", x.text)
	}
	for _, a := range x.args {
		q.known(a)
	}
}

// text is a piece of the query, to be spoken of.
func (q *query) text(at int) string {
	s, _, _ := strings.Cut(q.src[at:], ",")
	if i := strings.Index(strings.ToUpper(s), " FROM "); i > 0 {
		s = s[:i]
	}
	return strings.TrimSpace(s)
}

// named is an expression of GROUP BY or ORDER BY, where a number or an alias is a column of what is selected.
func (q *query) named(x node) node {
	if n, err := strconv.Atoi(x.text); x.op == "literal" && x.kind == "number" && err == nil {
		if n < 1 || n > len(q.out) {
			q.fail(x.at, "ORDER BY and GROUP BY column number item is out of range: %d", n)
		}
		return q.out[n-1].node
	}
	if x.op == "column" {
		for _, it := range q.out {
			if strings.EqualFold(it.name, x.text) {
				return it.node
			}
		}
	}
	return x
}

// aliased is an expression in which names of what is selected stand for that, where the table has no such column.
func (q *query) aliased(x node) node {
	if x.op == "column" && !slices.ContainsFunc(q.from.Columns, func(c Column) bool { return strings.EqualFold(c.Name, x.text) }) {
		return q.named(x)
	}
	x.args = slices.Clone(x.args)
	for i, a := range x.args {
		x.args[i] = q.aliased(a)
	}
	return x
}

// groups are the rows that WHERE lets through, together as GROUP BY says.
func (q *query) groups() (out []group) {
	var rows [][]calc.Value
	for _, row := range q.from.Rows {
		values := q.from.values(row)
		if q.where == nil || q.eval(*q.where, group{rows: [][]calc.Value{values}}).True() {
			rows = append(rows, values)
		}
	}
	over := len(q.group) > 0 || q.having != nil || slices.ContainsFunc(q.out, func(it item) bool { return aggregated(it.node) })
	if !over {
		for _, row := range rows {
			out = append(out, group{rows: [][]calc.Value{row}})
		}
		return out
	}
	for _, it := range q.out {
		q.bound(it.node)
	}
	for _, o := range q.order {
		q.bound(o.node)
	}
	if len(q.group) == 0 {
		return []group{{rows, true}}
	}
	place := map[string]int{}
	for _, row := range rows {
		one := group{rows: [][]calc.Value{row}}
		var by []calc.Value
		for _, x := range q.group {
			by = append(by, q.eval(x, one))
		}
		k := key(by)
		i, ok := place[k]
		if !ok {
			i = len(out)
			place[k] = i
			out = append(out, group{over: true})
		}
		out[i].rows = append(out[i].rows, row)
	}
	return out
}

// bound refuses an expression that has one value per row where there is one per group.
func (q *query) bound(x node) {
	switch {
	case x.op == "call" && slices.Contains(aggregates, x.text), slices.ContainsFunc(q.group, func(g node) bool { return same(g, x) }):
		return
	case x.op == "column":
		q.column(x)
		q.fail(x.at, "SELECT list expression references column %s which is neither grouped nor aggregated", x.text)
	}
	for _, a := range x.args {
		q.bound(a)
	}
}

func same(a, b node) bool {
	return a.op == b.op && strings.EqualFold(a.text, b.text) && a.kind == b.kind && slices.EqualFunc(a.args, b.args, same)
}

func aggregated(x node) bool {
	return x.op == "call" && slices.Contains(aggregates, x.text) || slices.ContainsFunc(x.args, aggregated)
}

// column is which of the table's columns a name is of.
func (q *query) column(x node) int {
	i := slices.IndexFunc(q.from.Columns, func(c Column) bool { return strings.EqualFold(c.Name, x.text) })
	if i < 0 {
		q.fail(x.at, "Unrecognized name: %s", x.text)
	}
	return i
}

func (q *query) kind(x node) string { return q.from.Columns[q.column(x)].Type }

// eval is an expression's value. NULL is the empty one.
func (q *query) eval(x node, g group) calc.Value {
	switch x.op {
	case "literal":
		return q.literal(x)
	case "column":
		i := q.column(x)
		if len(g.rows) == 0 {
			return calc.Empty
		}
		return g.rows[0][i]
	case "parameter":
		v, ok := q.parameters[strings.ToLower(x.text)]
		if !ok {
			q.fail(x.at, "Query parameter '%s' not found", x.text)
		}
		return v
	case "case":
		for i := 0; i+1 < len(x.args); i += 2 {
			if q.eval(x.args[i], g).True() {
				return q.eval(x.args[i+1], g)
			}
		}
		if len(x.args)%2 == 1 {
			return q.eval(x.args[len(x.args)-1], g)
		}
		return calc.Empty
	case "call":
		if slices.Contains(aggregates, x.text) {
			return q.aggregate(x, g)
		}
		return q.call(x, g)
	case "AND", "OR":
		return both(x.op == "AND", q.eval(x.args[0], g), q.eval(x.args[1], g))
	}
	v := make([]calc.Value, len(x.args))
	for i, a := range x.args {
		v[i] = q.eval(a, g)
	}
	switch {
	case x.op == "IS NULL":
		return calc.Bool(v[0].Kind == calc.KindEmpty)
	case v[0].Kind == calc.KindEmpty || len(v) > 1 && x.op != "IN" && v[1].Kind == calc.KindEmpty:
		return calc.Empty
	}
	switch x.op {
	case "NOT":
		return calc.Bool(!v[0].True())
	case "IN":
		return calc.Bool(slices.ContainsFunc(v[1:], func(w calc.Value) bool { return w.Kind == v[0].Kind && compare(w, v[0]) == 0 }))
	case "LIKE":
		return calc.Bool(like(v[1].Text).MatchString(v[0].Text))
	case "||":
		return calc.Text(text(v[0]) + text(v[1]))
	case "+", "-", "*", "/":
		return q.arithmetic(x, v[0], v[1])
	}
	if v[0].Kind != v[1].Kind {
		q.fail(x.at, "No matching signature for operator %s for argument types: %s, %s", x.op, typeOf(v[0]), typeOf(v[1]))
	}
	n := compare(v[0], v[1])
	return calc.Bool(map[string]bool{"=": n == 0, "<>": n != 0, "<": n < 0, "<=": n <= 0, ">": n > 0, ">=": n >= 0}[x.op])
}

func (q *query) literal(x node) calc.Value {
	switch x.kind {
	case "number":
		n, _ := strconv.ParseFloat(x.text, 64)
		return calc.Number(n)
	case "text":
		return calc.Text(x.text)
	case "bool":
		return calc.Bool(x.text == "TRUE")
	case "null":
		return calc.Empty
	}
	v, err := moment(x.text, x.kind)
	if err != nil {
		q.fail(x.at, "Invalid %s literal", x.kind)
	}
	return v
}

// both is AND or OR of three values, of which NULL is one.
func both(and bool, a, b calc.Value) calc.Value {
	for _, v := range []calc.Value{a, b} {
		if v.Kind == calc.KindBool && v.True() != and {
			return v
		}
	}
	if a.Kind == calc.KindEmpty {
		return a
	}
	return b
}

func typeOf(v calc.Value) string {
	switch v.Kind {
	case calc.KindText:
		return "STRING"
	case calc.KindBool:
		return "BOOL"
	}
	return map[calc.Hint]string{calc.HintDate: "DATE", calc.HintDateTime: "DATETIME", calc.HintTime: "TIME"}[v.Hint] + map[bool]string{true: "FLOAT64"}[v.Hint == calc.HintNone]
}

func (q *query) arithmetic(x node, a, b calc.Value) calc.Value {
	if a.Kind != calc.KindNumber || b.Kind != calc.KindNumber {
		q.fail(x.at, "No matching signature for operator %s for argument types: %s, %s", x.op, typeOf(a), typeOf(b))
	}
	switch x.op {
	case "+":
		return calc.Number(a.Num + b.Num).Like(a)
	case "*":
		return calc.Number(a.Num * b.Num)
	case "/":
		if b.Num == 0 {
			panic(fail("ENGINE", "division by zero: %s / %s", text(a), text(b)))
		}
		return calc.Number(a.Num / b.Num)
	}
	if a.Hint == b.Hint {
		return calc.Number(a.Num - b.Num)
	}
	return calc.Number(a.Num - b.Num).Like(a)
}

// aggregate is one value of a group's rows. NULL counts for nothing.
func (q *query) aggregate(x node, g group) calc.Value {
	if x.star {
		return calc.Number(float64(len(g.rows)))
	}
	if len(x.args) != 1 {
		q.fail(x.at, "No matching signature for aggregate function %s", x.text)
	}
	if aggregated(x.args[0]) {
		q.fail(x.at, "Aggregations of aggregations are not allowed")
	}
	var all []calc.Value
	seen := map[string]bool{}
	for _, row := range g.rows {
		v := q.eval(x.args[0], group{rows: [][]calc.Value{row}})
		k := key([]calc.Value{v})
		if v.Kind != calc.KindEmpty && (!x.uniq || !seen[k]) {
			all = append(all, v)
		}
		seen[k] = true
	}
	switch x.text {
	case "COUNT":
		return calc.Number(float64(len(all)))
	case "COUNTIF":
		return calc.Number(float64(len(slices.DeleteFunc(all, func(v calc.Value) bool { return !v.True() }))))
	}
	if len(all) == 0 {
		return calc.Empty
	}
	switch x.text {
	case "MIN":
		return slices.MinFunc(all, compare)
	case "MAX":
		return slices.MaxFunc(all, compare)
	case "ANY_VALUE":
		return all[0]
	}
	sum := 0.0
	for _, v := range all {
		if v.Kind != calc.KindNumber || v.Hint != calc.HintNone {
			q.fail(x.at, "No matching signature for aggregate function %s for argument types: %s", x.text, typeOf(v))
		}
		sum += v.Num
	}
	if x.text == "AVG" {
		sum /= float64(len(all))
	}
	return calc.Number(sum)
}

// key is the same of values that are the same.
func key(values []calc.Value) string {
	var b strings.Builder
	for _, v := range values {
		b.WriteString(strconv.Itoa(int(v.Kind)) + " " + strconv.FormatFloat(v.Num, 'g', -1, 64) + " " + strconv.Quote(v.Text))
	}
	return b.String()
}

// compare puts NULL before all else, and texts by their letters' codes.
func compare(a, b calc.Value) int {
	if a.Kind != b.Kind {
		return int(a.Kind) - int(b.Kind)
	}
	if a.Kind == calc.KindText {
		return strings.Compare(a.Text, b.Text)
	}
	switch {
	case a.Num < b.Num:
		return -1
	case a.Num > b.Num:
		return 1
	}
	return 0
}

// like is a pattern in which % is any text and _ any letter.
func like(pattern string) *regexp.Regexp {
	return regexp.MustCompile("(?s)^" + strings.NewReplacer("%", ".*", "_", ".").Replace(regexp.QuoteMeta(pattern)) + "$")
}

// text is a value as CAST AS STRING writes it.
func text(v calc.Value) string {
	switch v.Kind {
	case calc.KindText:
		return v.Text
	case calc.KindBool:
		return strconv.FormatBool(v.True())
	case calc.KindNumber:
		pad := func(n, width int) string {
			s := strconv.Itoa(n)
			return strings.Repeat("0", max(0, width-len(s))) + s
		}
		year, month, day := format.Civil(v.Num)
		hour, minute, second, _ := format.Clock(v.Num)
		date, clock := pad(year, 4)+"-"+pad(month, 2)+"-"+pad(day, 2), pad(hour, 2)+":"+pad(minute, 2)+":"+pad(second, 2)
		switch v.Hint {
		case calc.HintDate:
			return date
		case calc.HintTime:
			return clock
		case calc.HintDateTime:
			return date + " " + clock
		}
		return strconv.FormatFloat(v.Num, 'f', -1, 64)
	}
	return ""
}
