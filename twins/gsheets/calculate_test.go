package gsheets

import (
	"fmt"
	"testing"
	"time"

	"twinset.dev/twins/gsheets/internal/calc"
	"twinset.dev/twins/internal/google/files"
)

// What is computed does not depend on whether the graph of the formulas is still known from the call before.
func TestForgottenGraph(t *testing.T) {
	s, w := world(t)
	var id string
	step := func(f func(sh *tab)) {
		inCall(t, s, w, func(c *call) {
			file, _ := s.Files.Get(c.Tx, id)
			b, _ := s.load(c, file)
			f(b.tabs[0])
			b.commit()
		})
		s.graphs = graphs{}
	}
	inCall(t, s, w, func(c *call) {
		f, err := s.Create(c, files.File{Type: files.Spreadsheet})
		if err != nil {
			t.Fatal(err)
		}
		id = f.ID
	})
	want := func(row, col int, want calc.Value) {
		t.Helper()
		step(func(sh *tab) {
			got := calc.Empty
			if x := sh.cell(row, col); x != nil {
				got = x.Value
			}
			if got.Kind != want.Kind || got.Num != want.Num || got.Code != want.Code {
				t.Errorf("row %d, column %d has %+v, want %+v", row, col, got, want)
			}
		})
	}
	step(func(sh *tab) { sh.typed(0, 0, "=SEQUENCE(3)"); sh.typed(0, 1, "=A3*10") })
	want(2, 0, calc.Number(3))
	step(func(sh *tab) { sh.typed(0, 0, "=SEQUENCE(2)") })
	want(2, 0, calc.Empty)
	want(0, 1, calc.Number(0))
	step(func(sh *tab) { sh.typed(0, 0, "=SEQUENCE(3)") })
	want(0, 1, calc.Number(30))
	step(func(sh *tab) { sh.typed(1, 0, "7") })
	want(0, 0, calc.Fail(calc.CodeRef, ""))
	want(2, 0, calc.Empty)
	step(func(sh *tab) { sh.enter(1, 0, "", calc.Empty) })
	want(2, 0, calc.Number(3))
	step(func(sh *tab) { sh.typed(0, 0, "x") })
	want(1, 0, calc.Empty)
	want(0, 1, calc.Number(0))
}

// BenchmarkOneChange types into a cell of a spreadsheet with 100,000 formulas.
func BenchmarkOneChange(b *testing.B) {
	s, w := world(b)
	var id string
	inCall(b, s, w, func(c *call) {
		f, err := s.Create(c, files.File{Type: files.Spreadsheet})
		if err != nil {
			b.Fatal(err)
		}
		id = f.ID
		k, _ := s.load(c, f)
		sh := k.tabs[0]
		sh.RowCount = 50_000
		sh.touch()
		for row := range 50_000 {
			sh.typed(row, 0, fmt.Sprint(row))
			sh.typed(row, 1, fmt.Sprintf("=A%d*2", row+1))
			sh.typed(row, 2, fmt.Sprintf("=SUM(A%d:B%d)", row+1, row+1))
		}
		start := time.Now()
		k.commit()
		b.Logf("100,000 formulas are computed in %v", time.Since(start))
	})
	n := 0
	for b.Loop() {
		n++
		inCall(b, s, w, func(c *call) {
			f, _ := s.Files.Get(c.Tx, id)
			k, _ := s.load(c, f)
			k.tabs[0].typed(100, 0, fmt.Sprint(n))
			k.commit()
		})
	}
}
