package gsheets

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/gsheets/internal/calc"
	"twinset.dev/twins/gsheets/internal/formula"
	"twinset.dev/twins/internal/google/files"
)

// TestGrid holds a sheet in blocks against a plain table, through random changes, commits and reads.
func TestGrid(t *testing.T) {
	s, w := world(t)
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 1))
		var id string
		model := make([][]float64, 300)
		for i := range model {
			model[i] = make([]float64, 12)
		}
		inCall(t, s, w, func(c *call) {
			f, err := s.Create(c, files.File{Type: files.Spreadsheet})
			if err != nil {
				t.Fatal(err)
			}
			b, _ := s.load(c, f)
			b.tabs[0].RowCount, b.tabs[0].ColCount = 300, 12
			b.tabs[0].touch()
			b.commit()
			id = f.ID
		})
		for range 30 {
			inCall(t, s, w, func(c *call) {
				f, _ := s.Files.Get(c.Tx, id)
				b, _ := s.load(c, f)
				sh := b.tabs[0]
				for range r.IntN(6) {
					rows, cols := sh.RowCount, sh.ColCount
					switch op := r.IntN(8); op {
					case 0, 1:
						row, col := r.IntN(rows), r.IntN(cols)
						v := float64(r.IntN(100) + 1)
						sh.enter(row, col, "", calc.Number(v))
						model[row][col] = v
					case 2:
						at, n := r.IntN(rows), r.IntN(100)+1
						sh.insertRows(at, n)
						model = insert(model, at, n, func() []float64 { return make([]float64, cols) })
					case 3:
						at := r.IntN(rows)
						n := r.IntN(min(100, rows-at)) + 1
						if n < rows {
							sh.deleteRows(at, n)
							model = append(model[:at:at], model[at+n:]...)
						}
					case 4:
						at := r.IntN(rows)
						n := r.IntN(rows-at) + 1
						before := r.IntN(rows + 1)
						if before <= at || before >= at+n {
							sh.moveRows(at, n, before)
							model = moved(model, at, n, before)
						}
					case 5:
						at, n := r.IntN(cols), r.IntN(3)+1
						sh.insertCols(at, n)
						for i := range model {
							model[i] = insert(model[i], at, n, func() float64 { return 0 })
						}
					case 6:
						at := r.IntN(cols)
						n := r.IntN(min(3, cols-at)) + 1
						if n < cols {
							sh.deleteCols(at, n)
							for i := range model {
								model[i] = append(model[i][:at:at], model[i][at+n:]...)
							}
						}
					case 7:
						at := r.IntN(cols)
						n := r.IntN(cols-at) + 1
						before := r.IntN(cols + 1)
						if before <= at || before >= at+n {
							sh.moveCols(at, n, before)
							for i := range model {
								model[i] = moved(model[i], at, n, before)
							}
						}
					}
					same(t, sh, model)
				}
				b.commit()
			})
			inCall(t, s, w, func(c *call) {
				f, _ := s.Files.Get(c.Tx, id)
				b, _ := s.load(c, f)
				same(t, b.tabs[0], model)
				n := 0
				for range s.blocks.All(c.Tx, id+"/") {
					n++
				}
				for _, st := range b.tabs[0].Blocks {
					if st.Block != 0 {
						n--
					}
				}
				if n != 0 {
					t.Fatalf("%d blocks are kept that no sheet has", n)
				}
			})
		}
	}
}

func insert[T any](s []T, at, n int, make func() T) []T {
	out := append([]T{}, s[:at]...)
	for range n {
		out = append(out, make())
	}
	return append(out, s[at:]...)
}

func same(t *testing.T, sh *tab, model [][]float64) {
	t.Helper()
	if sh.RowCount != len(model) || sh.ColCount != len(model[0]) {
		t.Fatalf("size: got %d×%d, want %d×%d", sh.RowCount, sh.ColCount, len(model), len(model[0]))
	}
	got := map[string]float64{}
	sh.walk(formula.Area{Row1: sh.RowCount, Col1: sh.ColCount}, func(r, c int, x *Cell) bool {
		got[fmt.Sprint(r, " ", c)] = x.Value.Num
		return true
	})
	want := map[string]float64{}
	for r := range model {
		for c, v := range model[r] {
			if v != 0 {
				want[fmt.Sprint(r, " ", c)] = v
				if x := sh.cell(r, c); x == nil || x.Value.Num != v {
					t.Fatalf("cell %d,%d: got %+v, want %v", r, c, x, v)
				}
			}
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("got %v, want %v", got, want)
	}
}

// inCall runs f as ana, in a transaction.
func inCall(t testing.TB, s *Sheets, w *twin.World, f func(c *call)) {
	t.Helper()
	if err := w.Update(func(tc *twin.Call) error {
		u, _ := s.ByEmail(tc.Tx, "ana@acme.example")
		f(s.API.By(tc, u))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// TestBlockJSON holds that a block is the same after a restart.
func TestBlockJSON(t *testing.T) {
	f := newFormat(Obj{"numberFormat": Obj{"type": "DATE", "pattern": "yyyy"}})
	was := Block{Book: "b", Sheet: 3, ID: 4, Rows: []Row{
		{Cells: []Cell{{Value: calc.Number(1.5)}, {}, {Value: calc.Text("<x>")}, {Value: calc.Bool(true), Format: f}, {Value: calc.Bool(false)}}},
		{Dimension: Dimension{Size: 30, Hidden: true}},
		{},
		{Cells: []Cell{{Value: calc.Fail(calc.CodeDiv, "zero"), Formula: "=1/0"}, {Value: calc.Date(40000, calc.HintDate), Formula: "=TODAY()", Format: f}, {Value: calc.Number(0), Spilled: true, Rest: &Rest{Note: "n"}}}},
	}}
	j, err := json.Marshal(was)
	if err != nil {
		t.Fatal(err)
	}
	var got Block
	if err := json.Unmarshal(j, &got); err != nil {
		t.Fatalf("%v in %s", err, j)
	}
	if !reflect.DeepEqual(got, was) {
		t.Errorf("got %+v, want %+v", got, was)
	}
}
