package calc

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"twinset.dev/twins/gsheets/internal/format"
	"twinset.dev/twins/gsheets/internal/formula"
)

// sheets is a spreadsheet in memory: a Grid as a twin keeps one.
type sheets struct {
	names  []string
	rows   int
	cells  []map[[2]int]*cell
	ranges map[string]Ref
}

type cell struct {
	value   Value
	formula string
	entered bool
	fills   [2]int
}

const testCols = 26

func newSheets(names ...string) *sheets {
	s := &sheets{names: names, rows: 200_000, ranges: map[string]Ref{}}
	for range names {
		s.cells = append(s.cells, map[[2]int]*cell{})
	}
	return s
}

func (s *sheets) Sheet(name string) (int, bool) {
	for i, n := range s.names {
		if strings.EqualFold(n, name) {
			return i, true
		}
	}
	return 0, false
}
func (s *sheets) SheetName(id int) string { return s.names[id] }
func (s *sheets) Size(int) (int, int)     { return s.rows, testCols }
func (s *sheets) Value(sheet, row, col int) Value {
	if c := s.cells[sheet][[2]int{row, col}]; c != nil {
		return c.value
	}
	return Empty
}
func (s *sheets) Walk(sheet int, a Area, yield func(row, col int, v Value) bool) {
	last := [2]int{}
	if a.Rows() > 1000 {
		for at := range s.cells[sheet] {
			last[0], last[1] = max(last[0], at[0]), max(last[1], at[1])
		}
		a = a.Clip(last[0]+1, last[1]+1)
	}
	for row := a.Row0; row < a.Row1; row++ {
		for col := a.Col0; col < a.Col1; col++ {
			if v := s.Value(sheet, row, col); v.Kind != KindEmpty && !yield(row, col, v) {
				return
			}
		}
	}
}
func (s *sheets) Formula(sheet, row, col int) (string, bool) {
	if c := s.cells[sheet][[2]int{row, col}]; c != nil && c.formula != "" {
		return c.formula, true
	}
	return "", false
}
func (s *sheets) Name(name string) (Ref, bool) {
	r, ok := s.ranges[strings.ToUpper(name)]
	return r, ok
}
func (s *sheets) Table(name, column string, _ Position) (Ref, bool) {
	if strings.EqualFold(name, "Fruit") && column == "Price" {
		return Ref{0, area(1, 1, 4, 2)}, true
	}
	return Ref{}, false
}

func (s *sheets) Entered(sheet, row, col int) bool {
	c := s.cells[sheet][[2]int{row, col}]
	return c != nil && c.entered
}
func (s *sheets) Put(at Position, v Value, rows, cols int) {
	c := s.cells[at.Sheet][[2]int{at.Row, at.Col}]
	c.value, c.fills = v, [2]int{rows, cols}
}
func (s *sheets) Fill(at Position, v Value) {
	if v.Kind == KindEmpty {
		delete(s.cells[at.Sheet], [2]int{at.Row, at.Col})
		return
	}
	s.cells[at.Sheet][[2]int{at.Row, at.Col}] = &cell{value: v}
}

// enter puts into a cell what a person types, a formula without computing it.
func (s *sheets) enter(sheet, row, col int, typed string) {
	at := [2]int{row, col}
	e := format.Enter(typed, us, testNow)
	switch e.Kind {
	case format.Empty:
		delete(s.cells[sheet], at)
	case format.FormulaValue:
		s.cells[sheet][at] = &cell{formula: e.Text, entered: true}
	case format.NumberValue:
		s.cells[sheet][at] = &cell{value: Value{Kind: KindNumber, Num: e.Number, Hint: HintOf(e.Type), Text: e.Pattern}, entered: true}
	case format.BoolValue:
		s.cells[sheet][at] = &cell{value: Bool(e.Bool), entered: true}
	case format.ErrorValue:
		s.cells[sheet][at] = &cell{value: writtenError(e.Text), entered: true}
	default:
		s.cells[sheet][at] = &cell{value: Text(e.Text), entered: true}
	}
}

var (
	us      = format.LocaleOf("en_US")
	testNow = time.Date(2026, 11, 21, 15, 30, 0, 0, time.UTC)
)

func testSetting() *Setting {
	return &Setting{Locale: us, Now: testNow, Seed: 1}
}

func (s *sheets) eval(t testing.TB, src string) Value {
	x, err := formula.Parse(src, formula.Point)
	if err != nil {
		return errParse
	}
	return Evaluate(x, s, testSetting(), Position{0, 99, 25})
}

// Each line of testdata/*.txt is a formula, a tab, and what Google Sheets makes of it: a constant expression, compared as a value; then,
// if there is another tab, an error's sentence, or how the value is shown. A line @B2 and more, parted by tabs, is typed into a row of
// cells from B2 on; @ alone clears all cells.
func TestGolden(t *testing.T) {
	files, _ := filepath.Glob("testdata/*.txt")
	rows, seen := 0, map[string]int{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		s := newSheets("Sheet1", "Other")
		for n, line := range strings.Split(string(data), "\n") {
			fields := strings.Split(line, "\t")
			switch {
			case line == "", strings.HasPrefix(line, "#"):
			case line == "@":
				s = newSheets("Sheet1", "Other")
			case line[0] == '@':
				r, ok := formula.ParseRef(fields[0][1:])
				if !ok {
					t.Fatalf("%s:%d: %s is no cell", file, n+1, fields[0])
				}
				for i, typed := range fields[1:] {
					s.enter(0, r.From.Row, r.From.Col+i, typed)
				}
			default:
				rows++
				x, err := formula.Parse(fields[0], formula.Point)
				if err == nil {
					formula.Walk(x, func(x formula.Expr) {
						if call, ok := x.(*formula.Call); ok {
							seen[call.Name]++
						}
					})
				}
				got, want := s.eval(t, fields[0]), Empty
				if len(fields) > 1 && fields[1] != "" {
					want = s.eval(t, "="+fields[1])
				}
				if !alike(got, want) {
					t.Errorf("%s:%d: %s is %s, want %s", file, n+1, fields[0], describe(got), describe(want))
				}
				if len(fields) > 2 {
					shown := Shown(got, us)
					if got.IsError() {
						shown = got.Text
					}
					if shown != fields[2] {
						t.Errorf("%s:%d: %s says %q, want %q", file, n+1, fields[0], shown, fields[2])
					}
				}
			}
		}
	}
	var without []string
	for name, f := range functions {
		if seen[name] == 0 && f.Run != nil || f.Special != nil && seen[name] == 0 {
			without = append(without, name)
		}
	}
	t.Logf("%d rows; %d functions, of which %d have no row: %s", rows, len(functions), len(without), strings.Join(without, " "))
}

func alike(a, b Value) bool {
	if a.Kind != b.Kind {
		return false
	}
	switch a.Kind {
	case KindNumber:
		return a.Num == b.Num || math.Abs(a.Num-b.Num) <= 1e-9*math.Max(math.Abs(a.Num), math.Abs(b.Num))
	case KindText:
		return a.Text == b.Text
	case KindBool:
		return a.Num == b.Num
	case KindError:
		return a.Code == b.Code
	case KindArray:
		x, y := a.array(), b.array()
		if x.Rows != y.Rows || x.Cols != y.Cols {
			return false
		}
		for i := range x.Cells {
			if !alike(x.Cells[i], y.Cells[i]) && !(x.Cells[i].Blank() && y.Cells[i].Blank()) {
				return false
			}
		}
	}
	return true
}

func describe(v Value) string {
	switch v.Kind {
	case KindText:
		return `"` + v.Text + `"`
	case KindNumber:
		return numberText(v.Num, '.')
	case KindError:
		return v.Code.String() + " " + v.Text
	case KindEmpty:
		return "(empty)"
	case KindArray:
		var b strings.Builder
		a := v.array()
		for i, e := range a.Cells {
			switch {
			case i == 0:
				b.WriteByte('{')
			case i%a.Cols == 0:
				b.WriteByte(';')
			default:
				b.WriteByte(',')
			}
			b.WriteString(describe(e))
		}
		return b.String() + "}"
	}
	return Shown(v, us)
}

// Functions are the names of all functions.
func Functions() []string {
	names := make([]string, 0, len(functions))
	for name := range functions {
		names = append(names, name)
	}
	return names
}
