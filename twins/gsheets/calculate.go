package gsheets

import (
	"slices"
	"strings"
	"sync"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/gsheets/internal/calc"
	"twinset.dev/twins/gsheets/internal/formula"
	"twinset.dev/twins/internal/google/files"
)

// graphs remembers which formulas of a spreadsheet read which cells. It can be made again of the cells at any time: one is good
// for exactly the record that it was kept with, so that a world that was rolled back, restored or forked makes its own.
type graphs struct {
	mu    sync.Mutex
	kept  map[graphKey]*graph
	order []graphKey // the one that was used last comes last
}

type graphKey struct {
	world *twin.World
	book  string
}

type graph struct {
	*calc.Book
	of *Book
}

// maxGraphs is how many graphs are kept.
const maxGraphs = 64

// take gives the graph of a spreadsheet away, if there is a good one.
func (g *graphs) take(k graphKey, of *Book) *calc.Book {
	g.mu.Lock()
	defer g.mu.Unlock()
	x := g.kept[k]
	g.drop(k)
	if x == nil || x.of != of {
		return nil
	}
	return x.Book
}

// keep keeps a graph for the record that it is good for.
func (g *graphs) keep(k graphKey, x *graph) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.kept == nil {
		g.kept = map[graphKey]*graph{}
	}
	g.drop(k)
	g.kept[k], g.order = x, append(g.order, k)
	if len(g.order) > maxGraphs {
		g.drop(g.order[0])
	}
}

func (g *graphs) drop(k graphKey) {
	if _, ok := g.kept[k]; ok {
		delete(g.kept, k)
		g.order = slices.DeleteFunc(g.order, func(x graphKey) bool { return x == k })
	}
}

// recalculate computes the formulas that what has changed reaches, and returns what to remember once the record is written.
func (b *book) recalculate() *calc.Book {
	var rec *Book
	if w, ok := b.s.books.Row(b.c.Tx, b.ID); ok {
		rec = w.Value()
	}
	g := b.s.graphs.take(graphKey{b.c.World, b.ID}, rec)
	set := b.setting()
	if b.rebuilt {
		g = b.rebuild(set)
	} else {
		if g == nil {
			g = b.graph(set)
		}
		b.tell(g, set)
	}
	g.Recalculate(b, set)
	if b.Pivots {
		b.changed = nil
		b.pivots()
		b.tell(g, set)
		g.Recalculate(b, set)
	}
	return g
}

// tell tells a graph what has changed.
func (b *book) tell(g *calc.Book, set *calc.Setting) {
	for _, at := range b.changed {
		t, _ := b.tab(at.Sheet)
		if x := t.cell(at.Row, at.Col); x != nil && x.Formula != "" {
			g.Set(b, set, at, x.Formula)
			continue
		} else if x != nil && x.Rows > 0 {
			x = t.edit(at.Row, at.Col)
			x.Rows, x.Cols = 0, 0
		}
		g.Remove(b, at)
	}
}

// graph makes the graph of the formulas as they are stored. What has changed since is told to it afterwards; of a cell that has another
// formula now, or none, it needs to know what the one before filled.
func (b *book) graph(set *calc.Setting) *calc.Book {
	g := calc.NewBook()
	if was, ok := b.s.load(b.c, b.file); ok {
		was.eachFormula(func(t *tab, row, col int, x *Cell) {
			g.Load(b, set, calc.Position{Sheet: t.ID, Row: row, Col: col}, x.Formula, max(1, int(x.Rows)), max(1, int(x.Cols)))
		})
	}
	return g
}

// rebuild makes a graph after cells have moved, in which everything has to be computed.
func (b *book) rebuild(set *calc.Setting) *calc.Book {
	g := calc.NewBook()
	for _, t := range b.tabs {
		var read []formula.Area // what data sources filled
		t.walk(t.all(), func(row, col int, x *Cell) bool {
			if x.Rest.ofSource() {
				read = append(read, formula.Area{Row0: row, Row1: row + x.Rest.PivotRows, Col0: col, Col1: col + x.Rest.PivotCols})
			}
			if x.Spilled && !slices.ContainsFunc(read, func(a formula.Area) bool { return a.Contains(row, col) }) {
				y := t.edit(row, col)
				y.Value, y.Spilled = calc.Empty, false
			}
			return true
		})
	}
	b.eachFormula(func(t *tab, row, col int, x *Cell) {
		g.Load(b, set, calc.Position{Sheet: t.ID, Row: row, Col: col}, x.Formula, 1, 1)
	})
	g.TouchAll()
	return g
}

func (b *book) eachFormula(f func(t *tab, row, col int, x *Cell)) {
	for _, t := range b.tabs {
		t.walk(t.all(), func(row, col int, x *Cell) bool {
			if x.Formula != "" {
				f(t, row, col, x)
			}
			return true
		})
	}
}

// all is the area of the whole sheet.
func (t *tab) all() formula.Area { return formula.Area{Row1: t.RowCount, Col1: t.ColCount} }

// setting is what formulas may know beyond the cells.
func (b *book) setting() *calc.Setting {
	s := &calc.Setting{Locale: b.loc, Now: b.now(), Seed: uint64(b.c.Chance() * (1 << 53)), Import: b.importRange, Pivot: b.pivotData}
	if b.Iterate != nil {
		n, _ := b.Iterate["maxIterations"].(float64)
		s.Iterations = int(n)
		s.Threshold, _ = b.Iterate["convergenceThreshold"].(float64)
	}
	return s
}

// importRange is the cells of another spreadsheet, if the caller may see them.
//
// https://support.google.com/docs/answer/3093340
func (b *book) importRange(spreadsheet, cells string) calc.Value {
	id := spreadsheet
	if _, rest, ok := strings.Cut(spreadsheet, "/spreadsheets/d/"); ok {
		id, _, _ = strings.Cut(rest, "/")
	}
	f, ok := b.s.Files.Get(b.c.Tx, id)
	if !ok || f.Type != files.Spreadsheet {
		return calc.Fail(calc.CodeRef, "Spreadsheet cannot be found.")
	}
	if b.s.Role(b.c, f) == files.None {
		return calc.Fail(calc.CodeRef, "You don't have permissions to access that sheet.")
	}
	from := b
	if id != b.ID {
		if from, ok = b.s.load(b.c, f); !ok {
			return calc.Fail(calc.CodeRef, "Spreadsheet cannot be found.")
		}
	}
	r, err := from.span(cells)
	if err != nil {
		return calc.Fail(calc.CodeRef, "Cannot find range or sheet for imported range.")
	}
	a := r.area()
	out := calc.NewArray(a.Rows(), a.Cols())
	from.Walk(r.ID, a, func(row, col int, v calc.Value) bool {
		out.Set(row-a.Row0, col-a.Col0, v)
		return true
	})
	return out.Value()
}

// What follows makes a book the cells that formulas compute with: calc.Store.

// Sheet finds a sheet by its name.
func (b *book) Sheet(name string) (int, bool) {
	t, ok := b.named(name)
	if !ok {
		return 0, false
	}
	return t.ID, true
}

// SheetName is the name of a sheet.
func (b *book) SheetName(id int) string {
	t, ok := b.tab(id)
	if !ok {
		return ""
	}
	return t.Title
}

// Size is how many rows and columns a sheet has.
func (b *book) Size(sheet int) (rows, cols int) {
	if sheet < 0 {
		f, _ := b.resultOf(sheet)
		return f.Size(frameSheet)
	}
	t, ok := b.tab(sheet)
	if !ok {
		return 0, 0
	}
	return t.RowCount, t.ColCount
}

// Value is what a cell has.
func (b *book) Value(sheet, row, col int) calc.Value {
	if sheet < 0 {
		f, _ := b.resultOf(sheet)
		return f.Value(frameSheet, row, col)
	}
	if t, ok := b.tab(sheet); ok {
		if x := t.cell(row, col); x != nil {
			return x.hinted()
		}
	}
	return calc.Empty
}

// hinted is a cell's value, a number with the hint of its number format.
func (x *Cell) hinted() calc.Value {
	v := x.Value
	if v.Kind == calc.KindNumber && x.Format != nil && x.Format.Type != "" {
		v.Hint, v.Text = calc.HintOf(x.Format.Type), x.Format.Pattern
	}
	return v
}

// Walk gives the cells of an area that have a value.
func (b *book) Walk(sheet int, a formula.Area, yield func(row, col int, v calc.Value) bool) {
	if sheet < 0 {
		f, _ := b.resultOf(sheet)
		f.Walk(frameSheet, a, yield)
	} else if t, ok := b.tab(sheet); ok {
		t.walk(a, func(row, col int, x *Cell) bool {
			return x.Value.Kind == calc.KindEmpty || yield(row, col, x.hinted())
		})
	}
}

// Formula is the formula of a cell.
func (b *book) Formula(sheet, row, col int) (string, bool) {
	if t, ok := b.tab(sheet); ok {
		if x := t.cell(row, col); x != nil && x.Formula != "" {
			return x.Formula, true
		}
	}
	return "", false
}

// Name finds a named range, or a column of a data source.
func (b *book) Name(name string) (calc.Ref, bool) {
	for _, n := range b.Names {
		if strings.EqualFold(n.Name, name) {
			if t, ok := b.tab(n.Sheet); ok {
				return calc.Ref{Sheet: n.Sheet, Area: n.Area.Clip(t.RowCount, t.ColCount)}, true
			}
		}
	}
	return b.sourceColumn(name)
}

// Table finds cells of a table.
//
// https://support.google.com/docs/answer/14239833
func (b *book) Table(name, column string, at calc.Position) (calc.Ref, bool) {
	t, a, ok := b.table(name)
	if !ok {
		return calc.Ref{}, false
	}
	a = a.Clip(t.RowCount, t.ColCount)
	head, data := a, a
	head.Row1, data.Row0 = a.Row0+1, a.Row0+1
	switch column {
	case "", "#DATA":
		return calc.Ref{Sheet: t.ID, Area: data}, true
	case "#ALL":
		return calc.Ref{Sheet: t.ID, Area: a}, true
	case "#HEADERS":
		return calc.Ref{Sheet: t.ID, Area: head}, true
	}
	column, own := strings.CutPrefix(column, "@")
	for c := a.Col0; c < a.Col1; c++ {
		if x := t.cell(a.Row0, c); x != nil && strings.EqualFold(b.shown(x), column) {
			data.Col0, data.Col1 = c, c+1
			if own {
				if at.Sheet != t.ID || at.Row < data.Row0 || at.Row >= data.Row1 {
					return calc.Ref{}, false
				}
				data.Row0, data.Row1 = at.Row, at.Row+1
			}
			return calc.Ref{Sheet: t.ID, Area: data}, true
		}
	}
	return calc.Ref{}, false
}

// Entered says if a cell has a value or a formula of its own.
func (b *book) Entered(sheet, row, col int) bool {
	t, ok := b.tab(sheet)
	if !ok {
		return false
	}
	x := t.cell(row, col)
	return x != nil && (x.Formula != "" || x.Value.Kind != calc.KindEmpty && !x.Spilled)
}

// Put keeps what a cell's formula gave.
func (b *book) Put(at calc.Position, v calc.Value, rows, cols int) {
	if t, ok := b.tab(at.Sheet); ok {
		x := t.edit(at.Row, at.Col)
		x.Value, x.Rows, x.Cols = v, 0, 0
		if rows > 1 || cols > 1 {
			x.Rows, x.Cols = int32(rows), int32(cols)
		}
	}
}

// Fill keeps what a formula elsewhere gave a cell.
func (b *book) Fill(at calc.Position, v calc.Value) {
	if t, ok := b.tab(at.Sheet); ok && (v.Kind != calc.KindEmpty || t.cell(at.Row, at.Col) != nil) {
		x := t.edit(at.Row, at.Col)
		x.Value, x.Spilled = v, v.Kind != calc.KindEmpty
	}
}
