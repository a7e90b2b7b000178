package gsheets

import (
	"encoding/json"
	"slices"
	"sort"
	"strconv"
	"time"

	"twinset.dev/twins/gsheets/internal/api"
	"twinset.dev/twins/gsheets/internal/calc"
	"twinset.dev/twins/gsheets/internal/formula"
)

// A data source object is what shows a data source's data: its sheet, a table, a pivot table, a formula or a chart. What a batch asks to
// be read is read when the batch is done: its replies say RUNNING, and every answer after it how that has ended.
type sourceObject struct {
	ref    Obj           // DataSourceObjectReference
	source string        // its id
	status Obj           // dataExecutionStatus; nil if there is no such object
	set    func(Obj)     // gives it another status
	show   func(*Result) // fills it
	unlink func()        // makes it a part of the spreadsheet like any other
}

const (
	previewRows = 500    // that a data source's sheet shows
	extractRows = 50_000 // that a data source table has at the most
)

// running is the status of what is read for the first time.
var running = Obj{"state": "RUNNING"}

// started is a status of what is to be read, after another.
func started(was any) Obj { return ended(was, running) }

// ended is a status that still knows when there was something to show.
func ended(was any, is Obj) Obj {
	if o, _ := was.(Obj); o["lastRefreshTime"] != nil {
		return with(is, "lastRefreshTime", o["lastRefreshTime"])
	}
	return is
}

// mention is a reference as an error speaks of it.
func mention(ref Obj) string {
	j, _ := json.Marshal(ref)
	return string(j)
}

// coordinate is a GridCoordinate.
func coordinate(sheet, row, col int) Obj {
	return Obj{"sheetId": float64(sheet), "rowIndex": float64(row), "columnIndex": float64(col)}
}

// sourceObjects are what shows a data source, or any if it is "".
func (b *book) sourceObjects(of string) (out []sourceObject) {
	add := func(tree Obj, x sourceObject) {
		x.source, _ = tree["dataSourceId"].(string)
		if x.status, _ = tree["dataExecutionStatus"].(Obj); x.status != nil && (of == "" || of == x.source) {
			out = append(out, x)
		}
	}
	for _, t := range b.tabs {
		if t.DataSource != nil {
			add(t.DataSource, sourceObject{
				ref:  Obj{"sheetId": strconv.Itoa(t.ID)},
				set:  func(s Obj) { t.DataSource = with(t.DataSource, "dataExecutionStatus", s); t.touch() },
				show: t.preview, unlink: func() {},
			})
		}
		t.walk(t.all(), func(r, c int, x *Cell) bool {
			if x.Rest == nil {
				return true
			}
			change := func(f func(rest *Rest)) { t.editRest(r, c, f) }
			at := coordinate(t.ID, r, c)
			add(x.Rest.Source, sourceObject{
				ref:  Obj{"dataSourceTableAnchorCell": at},
				set:  func(s Obj) { change(func(rest *Rest) { rest.Source = with(rest.Source, "dataExecutionStatus", s) }) },
				show: func(res *Result) { b.extract(t, r, c, res) },
				unlink: func() {
					t.settle(r, c)
					change(func(rest *Rest) { rest.Source, rest.PivotRows, rest.PivotCols = nil, 0, 0 })
				},
			})
			add(x.Rest.Pivot, sourceObject{
				ref:  Obj{"dataSourcePivotTableAnchorCell": at},
				set:  func(s Obj) { change(func(rest *Rest) { rest.Pivot = with(rest.Pivot, "dataExecutionStatus", s) }) },
				show: func(*Result) { b.pivot(t, r, c) },
				unlink: func() {
					t.settle(r, c)
					change(func(rest *Rest) { rest.Pivot, rest.PivotRows, rest.PivotCols = nil, 0, 0 })
				},
			})
			add(x.Rest.Sourced, sourceObject{
				ref:    Obj{"dataSourceFormulaCell": at},
				set:    func(s Obj) { change(func(rest *Rest) { rest.Sourced = with(rest.Sourced, "dataExecutionStatus", s) }) },
				show:   func(*Result) { t.wrote(r, c) },
				unlink: func() { change(func(rest *Rest) { rest.Sourced = nil }) },
			})
			return true
		})
		for i, chart := range t.Charts {
			spec, _ := chart["spec"].(Obj)
			props, _ := spec["dataSourceChartProperties"].(Obj)
			put := func(p Obj) {
				s := with(spec, "dataSourceChartProperties", p)
				if p == nil {
					delete(s, "dataSourceChartProperties")
				}
				t.replace(&t.Charts, i, with(t.Charts[i], "spec", s))
			}
			add(props, sourceObject{
				ref:  Obj{"chartId": chart["chartId"]},
				set:  func(s Obj) { put(with(props, "dataExecutionStatus", s)) },
				show: func(*Result) {}, unlink: func() { put(nil) },
			})
		}
	}
	return out
}

// ofSource reports whether a cell anchors a table or a pivot table of a data source.
func (r *Rest) ofSource() bool {
	return r != nil && (r.Source != nil || r.Pivot != nil && r.Pivot["dataSourceId"] != nil)
}

// editRest changes what few cells have.
func (t *tab) editRest(r, c int, change func(rest *Rest)) {
	x := t.edit(r, c)
	rest := Rest{}
	if x.Rest != nil {
		rest = *x.Rest
	}
	change(&rest)
	if x.Rest = &rest; rest.blank() {
		x.Rest = nil
	}
	t.touch()
}

// settle makes what a table or a pivot table fills cells like any others.
func (t *tab) settle(r, c int) {
	rest := t.cell(r, c).Rest
	for i := r; i < r+rest.PivotRows; i++ {
		for k := c; k < c+rest.PivotCols; k++ {
			if x := t.cell(i, k); x != nil && x.Spilled {
				t.edit(i, k).Spilled = false
			}
		}
	}
}

// read reads the data sources of the objects that are to be, each once, and fills these.
func (b *book) read() error {
	b.sourceFormulas()
	if !b.reading {
		return nil
	}
	b.reading = false
	if err := b.connects(); err != nil {
		return err
	}
	type answer struct {
		res *Result
		end Obj
	}
	known := map[string]answer{}
	for _, x := range b.sourceObjects("") {
		if x.status["state"] != "RUNNING" {
			continue
		}
		a, ok := known[x.source]
		if !ok {
			a.end = Obj{"state": "SUCCEEDED", "lastRefreshTime": b.c.Now.UTC().Format(time.RFC3339Nano)}
			if res, err := b.ask(b.DataSources[b.sourceAt(x.source)]); err != nil {
				a.end = Obj{"state": "FAILED", "errorCode": err.Code, "errorMessage": err.Message}
			} else {
				a.res = &Result{Book: b.ID, Source: x.source, Names: res.Names, Rows: res.Rows}
				b.s.results.Put(b.c.Tx, *a.res)
				b.rebuilt = true // formulas read it
			}
			known[x.source] = a
		}
		if a.res == nil {
			x.set(ended(x.status, a.end))
			continue
		}
		x.set(a.end)
		x.show(a.res)
	}
	return nil
}

// preview shows the first rows of a data source on its sheet.
func (t *tab) preview(res *Result) {
	t.b.wipe(t, t.all())
	t.RowCount, t.ColCount = max(1, min(previewRows, len(res.Rows))), max(1, len(res.Names))
	t.DataSource = with(t.DataSource, "columns", nil)
	source := t.b.DataSources[t.b.sourceAt(res.Source)]
	calculated, _ := source["calculatedColumns"].([]any)
	var columns []any
	was := t.Columns
	t.Columns = make([]Dimension, len(res.Names))
	for i, name := range res.Names {
		ref := Obj{"name": name}
		for _, d := range was {
			if d.Source["name"] == name {
				t.Columns[i] = d
			}
		}
		t.Columns[i].Source = ref
		column := Obj{"reference": ref}
		for _, c := range calculated {
			if columnName(c.(Obj)) == name {
				column = c.(Obj)
			}
		}
		columns = append(columns, column)
	}
	t.DataSource["columns"] = columns
	for r, row := range res.Rows[:min(previewRows, len(res.Rows))] {
		for c, v := range row {
			t.enter(r, c, "", v)
		}
	}
	t.touch()
}

// columnIn is a column of what a data source has given; -1 if there is none.
func (res *Result) columnIn(o Obj) int { return slices.Index(res.Names, columnName(o)) }

// setSourceTable anchors a data source table at a cell, or takes away the one that is there.
func (t *tab) setSourceTable(r, c int, rest *Rest, in *api.DataSourceTable) error {
	t.b.wipePivot(t, r, c, rest)
	rest.Source, rest.PivotRows, rest.PivotCols = nil, 0, 0
	if in == nil {
		return nil
	}
	switch {
	case t.b.sourceAt(deref(in.DataSourceID)) < 0:
		return noSource(in.DataSourceID)
	case in.RowLimit != nil && (*in.RowLimit < 1 || *in.RowLimit > extractRows):
		return no("dataSourceTable.rowLimit[%d] must be between 1 and %d.", *in.RowLimit, extractRows)
	case deref(in.ColumnSelectionType) == "SYNC_ALL" && len(in.Columns) > 0:
		return no("dataSourceTable.columns can only be set if columnSelectionType is SELECTED.")
	case deref(in.ColumnSelectionType) != "SYNC_ALL" && len(in.Columns) == 0:
		return no("dataSourceTable.columns must be specified.")
	}
	if err := t.b.connects(); err != nil {
		return err
	}
	rest.Source = kept(in)
	if rest.Source["columnSelectionType"] == nil {
		rest.Source["columnSelectionType"] = "SELECTED"
	}
	rest.Source["dataExecutionStatus"] = running
	t.b.reading = true
	return nil
}

// extract fills a data source table: the names of its columns, and its rows.
func (b *book) extract(t *tab, r, c int, res *Result) {
	o := t.cell(r, c).Rest.Source
	b.wipePivot(t, r, c, t.cell(r, c).Rest)
	columns := make([]int, len(res.Names))
	for i := range columns {
		columns[i] = i
	}
	if list, ok := o["columns"].([]any); ok && o["columnSelectionType"] != "SYNC_ALL" {
		columns = nil
		for _, x := range list {
			i := res.columnIn(x.(Obj))
			if i < 0 {
				t.editRest(r, c, func(rest *Rest) { rest.Source = with(rest.Source, "dataExecutionStatus", noColumn) })
				return
			}
			columns = append(columns, i)
		}
	}
	rows := slices.Clone(res.Rows)
	filters, _ := o["filterSpecs"].([]any)
	for _, f := range filters {
		f := f.(Obj)
		i := res.columnIn(f)
		criteria, _ := f["filterCriteria"].(Obj)
		if i >= 0 {
			rows = slices.DeleteFunc(rows, func(row []calc.Value) bool {
				return !t.letsCell(criteria, &Cell{Value: row[i]}, r, c, formula.Cell(r, c))
			})
		}
	}
	sorts, _ := o["sortSpecs"].([]any)
	sort.SliceStable(rows, func(i, k int) bool {
		for _, s := range sorts {
			s := s.(Obj)
			if col := res.columnIn(s); col >= 0 {
				n := calc.Compare(rows[i][col], rows[k][col])
				if s["sortOrder"] == "DESCENDING" {
					n = -n
				}
				if n != 0 {
					return n < 0
				}
			}
		}
		return false
	})
	rows = rows[:min(len(rows), numberIn(o, "rowLimit", extractRows))]
	grid := make([][]calc.Value, 1, len(rows)+1)
	for _, i := range columns {
		grid[0] = append(grid[0], calc.Text(res.Names[i]))
	}
	for _, row := range rows {
		var line []calc.Value
		for _, i := range columns {
			line = append(line, row[i])
		}
		grid = append(grid, line)
	}
	t.RowCount, t.ColCount = max(t.RowCount, r+len(grid)), max(t.ColCount, c+len(columns))
	t.fill(r, c, grid)
}

// sourcePivot fills a pivot table.
func (b *book) sourcePivot(t *tab, r, c int) {
	b.pivot(t, r, c)
	if _, ok := b.pivotTable(t.cell(r, c).Rest.Pivot); !ok {
		t.editRest(r, c, func(rest *Rest) { rest.Pivot = with(rest.Pivot, "dataExecutionStatus", noColumn) })
	}
}

// noColumn is the status of what asks for columns that there are not.
var noColumn = Obj{"state": "FAILED", "errorCode": "OBJECT_SPEC_INVALID", "errorMessage": "The data source does not have all of the columns that are asked for."}

// sourceFormulas says of the formulas that were entered which data source they read.
func (b *book) sourceFormulas() {
	if len(b.DataSources) == 0 {
		return
	}
	for _, at := range b.changed {
		t, ok := b.tab(at.Sheet)
		if !ok {
			continue
		}
		x := t.cell(at.Row, at.Col)
		if x == nil {
			continue
		}
		id := ""
		if x.Formula != "" {
			id = b.sourceIn(x.Formula)
		}
		switch was := x.Rest; {
		case id == "" && was != nil && was.Sourced != nil:
			t.editRest(at.Row, at.Col, func(rest *Rest) { rest.Sourced = nil })
		case id != "" && (was == nil || was.Sourced["dataSourceId"] != id):
			t.editRest(at.Row, at.Col, func(rest *Rest) { rest.Sourced = Obj{"dataSourceId": id, "dataExecutionStatus": running} })
			b.reading = true
		}
	}
}

// sourceIn is the data source that a formula reads; "" is none.
func (b *book) sourceIn(src string) (id string) {
	x, err := formula.Parse(src, b.syntax())
	if err != nil {
		return ""
	}
	formula.Walk(x, func(x formula.Expr) {
		name, _ := x.(formula.Name)
		if sheet, _, ok := formula.Column(string(name)); ok && sheet != "" {
			if t, ok := b.named(sheet); ok && t.DataSource != nil {
				id, _ = t.DataSource["dataSourceId"].(string)
			}
		}
	})
	return id
}
