package calc

import "strings"

// The database functions ask a table, whose first row has the names of its fields, for the records that meet the criteria: of one row
// all, of several rows one.
//
// https://support.google.com/docs/table/25273 (Database)
func init() {
	function("DCOUNT", "a v a", func(c *Call, a []Value) Value {
		n := 0
		failed := c.records(a, func(v Value) {
			if v.Kind == KindNumber {
				n++
			}
		})
		if failed.IsError() {
			return failed
		}
		return Number(float64(n))
	})
	function("DCOUNTA", "a v a", func(c *Call, a []Value) Value {
		n := 0
		failed := c.records(a, func(v Value) {
			if v.Kind != KindEmpty {
				n++
			}
		})
		if failed.IsError() {
			return failed
		}
		return Number(float64(n))
	})
	function("DGET", "a v a", func(c *Call, a []Value) Value {
		found, n := Empty, 0
		failed := c.records(a, func(v Value) { found = v; n++ })
		switch {
		case failed.IsError():
			return failed
		case n == 0:
			return Fail(CodeValue, "No match found in DGET evaluation.")
		case n > 1:
			return Fail(CodeNum, "More than one match found in DGET evaluation.")
		}
		return found
	})
	for name, of := range map[string]string{"DSUM": "SUM", "DAVERAGE": "AVERAGE", "DMAX": "MAX", "DMIN": "MIN", "DPRODUCT": "PRODUCT",
		"DSTDEV": "STDEV", "DSTDEVP": "STDEVP", "DVAR": "VAR", "DVARP": "VARP"} {
		function(name, "a v a", func(c *Call, a []Value) Value {
			var cells []Value
			failed := c.records(a, func(v Value) { cells = append(cells, v) })
			if failed.IsError() {
				return failed
			}
			f := *functions[of]
			f.Name = name
			return c.Run(&f, []Value{Column(cells)})
		})
	}
}

// records gives the field of every record that meets the criteria.
func (c *Call) records(a []Value, yield func(v Value)) Value {
	table, criteria := c.Array(a[0]), c.Array(a[2])
	field := -1
	column := func(name Value) int {
		for i := range table.Cols {
			if h := table.At(0, i); !name.Blank() && strings.EqualFold(c.TextOf(h), c.TextOf(name)) {
				return i
			}
		}
		return -1
	}
	switch a[1].Kind {
	case KindNumber:
		field = int(a[1].Num) - 1
	case KindText:
		field = column(a[1])
	}
	if field < 0 || field >= table.Cols {
		return Fail(CodeValue, "Field '"+c.TextOf(a[1])+"' is not found in the database of "+c.Func.Name+".")
	}
	columns := make([]int, criteria.Cols)
	for i := range columns {
		columns[i] = column(criteria.At(0, i))
	}
	rows := make([][]criterion, 0, criteria.Rows)
	for row := 1; row < criteria.Rows; row++ {
		asked := make([]criterion, criteria.Cols)
		for i := range asked {
			if v := criteria.At(row, i); v.Kind != KindEmpty {
				asked[i] = c.criterionOf(v)
			}
		}
		rows = append(rows, asked)
	}
	for row := 1; row < table.Rows; row++ {
		for _, asked := range rows {
			meets := true
			for i, k := range asked {
				if k.op == 0 {
					continue
				}
				if columns[i] < 0 || !k.holds(table.At(row, columns[i])) {
					meets = false
					break
				}
			}
			if meets {
				yield(table.At(row, field))
				break
			}
		}
	}
	return Empty
}
