package gsheets

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/gsheets/internal/bigquery"
	"twinset.dev/twins/gsheets/internal/calc"
	"twinset.dev/twins/gsheets/internal/formula"
	"twinset.dev/twins/internal/google/identity"
)

// A Result is what a data source has given when it was last read: columns, those that are calculated too, and all rows.
type Result struct {
	Book   string         `json:"book"`
	Source string         `json:"source"` // its id
	Names  []string       `json:"names"`
	Rows   [][]calc.Value `json:"rows,omitempty"`
}

// warehouse is what a seed says of BigQuery: projects, their datasets, and the tables in these.
type warehouse map[string]map[string]map[string]struct {
	Columns []bigquery.Column
	Rows    [][]any
	Readers []string
}

// stock puts tables into the warehouse.
func (s *Sheets) stock(c *twin.Call, w warehouse) error {
	for project, datasets := range w {
		for dataset, tables := range datasets {
			for name, t := range tables {
				x := bigquery.Table{Project: project, Dataset: dataset, Name: name, Columns: t.Columns, Rows: t.Rows, Readers: t.Readers}
				if err := x.Check(); err != nil {
					return fmt.Errorf("bigquery: %w", err)
				}
				s.warehouse.Put(c.Tx, x)
			}
		}
	}
	return nil
}

// ask reads a data source for the caller.
func (b *book) ask(source Obj) (*bigquery.Result, *bigquery.Error) {
	spec, _ := source["spec"].(Obj)
	big, _ := spec["bigQuery"].(Obj)
	billed, _ := big["projectId"].(string)
	if !b.projectKnown(billed) {
		return nil, &bigquery.Error{Code: "PERMISSION_DENIED", Message: fmt.Sprintf("Access Denied: Project %s: User does not have bigquery.jobs.create permission in project %[1]s.", billed)}
	}
	var res *bigquery.Result
	var err *bigquery.Error
	if query, ok := big["querySpec"].(Obj); ok {
		sql, _ := query["rawQuery"].(string)
		parameters, bad := b.parameters(spec)
		if bad != nil {
			return nil, bad
		}
		res, err = bigquery.Query(sql, b.finder(billed), parameters)
	} else {
		of, _ := big["tableSpec"].(Obj)
		text := func(name string) string { s, _ := of[name].(string); return s }
		var t *bigquery.Table
		if t, err = b.finder(billed)(text("tableProjectId"), text("datasetId"), text("tableId")); err == nil {
			res, err = t.All()
		}
	}
	if err != nil {
		return nil, err
	}
	for _, row := range res.Rows {
		for _, v := range row {
			switch {
			case math.IsInf(v.Num, 0) || math.IsNaN(v.Num):
				return nil, &bigquery.Error{Code: "ENGINE", Message: "Floating point error in function"}
			case len(v.Text) > maxText:
				return nil, &bigquery.Error{Code: "TOO_MANY_CHARS_PER_CELL", Message: fmt.Sprintf("A value has more than the maximum of %d characters in a single cell.", maxText)}
			}
		}
	}
	return res, b.calculated(source, res)
}

// projectKnown reports whether there is a Google Cloud project that queries can be charged to.
func (b *book) projectKnown(id string) bool {
	for range b.s.warehouse.All(b.c.Tx, id+"/") {
		return id != ""
	}
	return id == identity.Project
}

// finder looks for tables, by default those of a project, that the caller may read.
func (b *book) finder(home string) func(project, dataset, name string) (*bigquery.Table, *bigquery.Error) {
	return func(project, dataset, name string) (*bigquery.Table, *bigquery.Error) {
		if project == "" {
			project = home
		}
		t, ok := b.s.warehouse.Get(b.c.Tx, tableKey(project, dataset, name))
		switch {
		case ok && t.LetsRead(b.c.Who.User.Email):
			return &t, nil
		case ok:
			return nil, &bigquery.Error{Code: "PERMISSION_DENIED", Message: fmt.Sprintf("Access Denied: Table %s: User does not have permission to query table %[1]s, or perhaps it does not exist.", t.Path())}
		}
		for range b.s.warehouse.All(b.c.Tx, tableKey(project, dataset, "")) {
			return nil, &bigquery.Error{Code: "DATA_NOT_FOUND", Message: fmt.Sprintf("Not found: Table %s:%s.%s was not found in location US", project, dataset, name)}
		}
		return nil, &bigquery.Error{Code: "DATA_NOT_FOUND", Message: fmt.Sprintf("Not found: Dataset %s:%s was not found in location US", project, dataset)}
	}
}

// parameters are the values of cells that a query asks for by name.
func (b *book) parameters(spec Obj) (map[string]calc.Value, *bigquery.Error) {
	out := map[string]calc.Value{}
	list, _ := spec["parameters"].([]any)
	for _, p := range list {
		p := p.(Obj)
		name, _ := p["name"].(string)
		sheet, a, ok := b.parameterCell(p)
		t, known := b.tab(sheet)
		if !ok || !known || a.Row0 >= t.RowCount || a.Col0 >= t.ColCount {
			return nil, &bigquery.Error{Code: "PARAMETER_INVALID", Message: fmt.Sprintf("The parameter %s refers to no cell.", name)}
		}
		v := calc.Empty
		if x := t.cell(a.Row0, a.Col0); x != nil {
			v = x.hinted()
		}
		if v.IsError() {
			return nil, &bigquery.Error{Code: "PARAMETER_INVALID", Message: fmt.Sprintf("The cell of the parameter %s has an error.", name)}
		}
		if v.Kind == calc.KindNumber {
			v.Text = ""
		}
		out[strings.ToLower(name)] = v
	}
	return out, nil
}

// parameterCell is the one cell that a parameter names.
func (b *book) parameterCell(p Obj) (sheet int, a formula.Area, ok bool) {
	r, ok := p["range"].(Obj)
	if id, named := p["namedRangeId"].(string); named {
		i := b.nameID(id)
		if i < 0 {
			return 0, a, false
		}
		sheet, a, ok = b.Names[i].Sheet, b.Names[i].Area, true
	} else {
		sheet, a = numberIn(r, "sheetId", 0), areaOf(r)
	}
	return sheet, a, ok && a.Rows() == 1 && a.Cols() == 1
}

// calculated adds the columns that a data source has formulas for.
func (b *book) calculated(source Obj, res *bigquery.Result) *bigquery.Error {
	columns, _ := source["calculatedColumns"].([]any)
	for _, c := range columns {
		c := c.(Obj)
		name, src := columnName(c), ""
		src, _ = c["formula"].(string)
		if slices.ContainsFunc(res.Names, func(n string) bool { return strings.EqualFold(n, name) }) {
			return &bigquery.Error{Code: "DUPLICATE_COLUMN_NAMES", Message: "There is another column called " + name + "."}
		}
		x, err := formula.Parse(src, b.syntax())
		if err != nil {
			return &bigquery.Error{Code: "OBJECT_SPEC_INVALID", Message: "The formula of the calculated column " + name + " cannot be read: " + src}
		}
		f := frame{Grid: b, names: res.Names, rows: len(res.Rows), at: func(r, c int) calc.Value { return res.Rows[r][c] }}
		for r := range res.Rows {
			f.row = r
			res.Rows[r] = append(slices.Clip(res.Rows[r]), f.evaluate(x, b.setting()))
		}
		res.Names = append(slices.Clip(res.Names), name)
	}
	return nil
}

// columnName is the name in a reference to a column of a data source.
func columnName(o Obj) string {
	ref, _ := o["reference"].(Obj)
	if ref == nil {
		ref, _ = o["dataSourceColumnReference"].(Obj)
	}
	if ref == nil {
		ref = o
	}
	s, _ := ref["name"].(string)
	return s
}

// A frame is cells in which formulas can name columns of rows that are in no sheet: all of a column, or one row of it.
type frame struct {
	calc.Grid
	names []string
	rows  int
	at    func(row, col int) calc.Value
	row   int // -1 is all
}

// frameSheet is the number of the sheet that the rows of a frame are on.
const frameSheet = -1

func (f *frame) evaluate(x formula.Expr, s *calc.Setting) calc.Value {
	return calc.Evaluate(x, f, s, calc.Position{Sheet: frameSheet, Row: -1, Col: -1})
}

// Name finds a column.
func (f *frame) Name(name string) (calc.Ref, bool) {
	if sheet, plain, _ := formula.Column(name); sheet == "" {
		name = plain
	}
	for i, n := range f.names {
		if strings.EqualFold(n, name) {
			a := formula.Area{Row1: f.rows, Col0: i, Col1: i + 1}
			if f.row >= 0 {
				a.Row0, a.Row1 = f.row, f.row+1
			}
			return calc.Ref{Sheet: frameSheet, Area: a}, true
		}
	}
	return f.Grid.Name(name)
}

// Size is how many rows and columns there are.
func (f *frame) Size(sheet int) (rows, cols int) {
	if sheet == frameSheet {
		return f.rows, len(f.names)
	}
	return f.Grid.Size(sheet)
}

// Value is what a row has in a column.
func (f *frame) Value(sheet, row, col int) calc.Value {
	if sheet != frameSheet {
		return f.Grid.Value(sheet, row, col)
	}
	if row < 0 || row >= f.rows || col < 0 || col >= len(f.names) {
		return calc.Empty
	}
	return f.at(row, col)
}

// Walk gives what rows have in columns.
func (f *frame) Walk(sheet int, a calc.Area, yield func(row, col int, v calc.Value) bool) {
	if sheet != frameSheet {
		f.Grid.Walk(sheet, a, yield)
		return
	}
	for r := a.Row0; r < min(a.Row1, f.rows); r++ {
		for c := a.Col0; c < min(a.Col1, len(f.names)); c++ {
			if v := f.at(r, c); v.Kind != calc.KindEmpty && !yield(r, c, v) {
				return
			}
		}
	}
}

// The rows that a data source has given are, for formulas, on a sheet of their own: the data source's sheet shows only the first.

// resultSheet is the number of the sheet with all rows of what a data source's sheet shows, and the other way round.
func resultSheet(id int) int { return -2 - id }

// result is what a data source has given.
func (b *book) result(source string) (*Result, bool) {
	w, ok := b.s.results.Row(b.c.Tx, resultKey(b.ID, source))
	if !ok {
		return nil, false
	}
	return w.Value(), true
}

// resultOf is what the data source of a sheet has given, with its rows as cells.
func (b *book) resultOf(sheet int) (frame, bool) {
	t, ok := b.tab(resultSheet(sheet))
	if !ok {
		return frame{}, false
	}
	id, _ := t.DataSource["dataSourceId"].(string)
	res, ok := b.result(id)
	if !ok {
		return frame{}, false
	}
	return frame{names: res.Names, rows: len(res.Rows), at: func(r, c int) calc.Value { return res.Rows[r][c] }, row: -1}, true
}

// sourceColumn finds a column of a data source by a name such as Sales!amount.
func (b *book) sourceColumn(name string) (calc.Ref, bool) {
	sheet, column, _ := formula.Column(name)
	t, ok := b.named(sheet)
	if !ok || t.DataSource == nil {
		return calc.Ref{}, false
	}
	f, ok := b.resultOf(resultSheet(t.ID))
	if !ok {
		return calc.Ref{}, false
	}
	f.Grid = noGrid{b}
	ref, ok := f.Name(formula.QuoteSheet(column))
	return calc.Ref{Sheet: resultSheet(t.ID), Area: ref.Area}, ok
}

// noGrid has no names.
type noGrid struct{ *book }

// Name finds nothing.
func (noGrid) Name(string) (calc.Ref, bool) { return calc.Ref{}, false }
