package calc

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"twinset.dev/twins/gsheets/internal/formula"
)

// played is a spreadsheet whose formulas a book computes.
type played struct {
	*sheets
	book    *Book
	setting *Setting
}

func play() *played {
	return &played{newSheets("Sheet1", "Other"), NewBook(), testSetting()}
}

// typed types into a cell, as "A1", without computing.
func (p *played) typed(cellName, text string) {
	r, _ := formula.ParseRef(cellName)
	p.typedAt(0, r.From.Row, r.From.Col, text)
}

func (p *played) typedAt(sheet, row, col int, text string) {
	at := Position{sheet, row, col}
	if !p.Entered(sheet, row, col) && text == "" {
		return
	}
	p.enter(sheet, row, col, text)
	if src, ok := p.Formula(sheet, row, col); ok {
		p.book.Set(p, p.setting, at, src)
		return
	}
	p.book.Remove(p, at)
}

func (p *played) calculate() Counts { return p.book.Recalculate(p, p.setting) }

func (p *played) at(cellName string) Value {
	r, _ := formula.ParseRef(cellName)
	return p.Value(0, r.From.Row, r.From.Col)
}

func (p *played) want(t *testing.T, cellName, want string) {
	t.Helper()
	if got := describe(p.at(cellName)); got != want {
		t.Errorf("%s is %s, want %s", cellName, got, want)
	}
}

func TestBook(t *testing.T) {
	p := play()
	p.typed("A1", "1")
	p.typed("B1", "=A1+1")
	p.typed("C1", "=B1*2")
	p.typed("D1", "=AND(A1:A)")
	p.calculate()
	p.want(t, "C1", "4")
	p.typed("A1", "5")
	p.typed("E1", "=E2")
	if got, want := p.calculate(), (Counts{Computed: 4, Changed: 2, Rounds: 1}); got != want {
		t.Errorf("a change gives %+v, want %+v", got, want)
	}
	p.want(t, "C1", "12")
	p.typed("B1", "x")
	p.calculate()
	p.want(t, "C1", "#VALUE! Function MULTIPLY parameter 1 expects number values. But 'x' is a text and cannot be coerced to a number.")
	p.typed("B1", "")
	p.calculate()
	p.want(t, "C1", "0")
	p.typed("F1", `=SUMIF(G1:G3,"x",H1)`)
	p.typed("G3", "x")
	p.typed("H3", "4")
	p.calculate()
	p.want(t, "F1", "4")
	p.typed("H3", "5")
	p.calculate()
	p.want(t, "F1", "5")
}

func TestSpill(t *testing.T) {
	p := play()
	p.typed("A1", "={1;2;3}")
	p.typed("B1", "=A3*10")
	p.calculate()
	p.want(t, "A3", "3")
	p.want(t, "B1", "30")
	p.typed("A2", "x")
	p.calculate()
	p.want(t, "A1", "#REF! Array result was not expanded because it would overwrite data in A2.")
	p.want(t, "A2", `"x"`)
	p.want(t, "A3", "(empty)")
	p.want(t, "B1", "0")
	p.typed("A2", "")
	p.calculate()
	p.want(t, "A2", "2")
	p.want(t, "B1", "30")
	p.typed("A1", "={1;2}")
	p.calculate()
	p.want(t, "A3", "(empty)")
	p.want(t, "B1", "0")
	p.typed("C2", "={1,2}")
	p.calculate()
	p.typed("D1", "={7;8}")
	p.calculate()
	p.want(t, "C2", "1")
	p.want(t, "D2", "2")
	p.want(t, "D1", "#REF! Array result was not expanded because it would overwrite data in D2.")
	p.typed("C2", "")
	p.calculate()
	p.want(t, "D2", "8")
	p.typed("D1", "")
	p.calculate()
	p.want(t, "D2", "(empty)")
	p.typed("Z1", "={1,2}")
	p.calculate()
	p.want(t, "Z1", "#REF! Result was not automatically expanded, please insert more columns (1).")
}

func TestCircle(t *testing.T) {
	p := play()
	p.typed("A1", "=B1+1")
	p.typed("B1", "=A1+1")
	p.typed("C1", "=B1")
	p.typed("D1", "=D1")
	p.calculate()
	for _, c := range []string{"A1", "B1", "C1", "D1"} {
		p.want(t, c, "#REF! "+errCircular.Text)
	}
	p.typed("B1", "3")
	p.calculate()
	p.want(t, "A1", "4")
	p.want(t, "C1", "3")
	p.setting.Iterations, p.setting.Threshold = 20, 0.05
	p.typed("B1", "=A1/2+1")
	p.typed("A1", "=B1/2+1")
	p.calculate()
	if got := p.at("A1").Num; got < 1.9 || got > 2 {
		t.Errorf("A1 is %v, want nearly 2", got)
	}
}

// Whatever is typed in whatever order, every cell has what computing everything anew gives it.
func TestBookAgreesWithAFreshOne(t *testing.T) {
	texts := []string{"1", "2", "", "x", "=A1+1", "=B2", "=AND(A1:C3)", "=IF(A2>1,B1,C3)", "={1;2}", "={A1,B1}", "=A1:A3", "=C1&B3", "=OR(B:B)", "=XOR(1:2)", "=1/A1", "={MAP(A1:A2,LAMBDA(x,x&1))}", "=LET(q,B1,q+q)", "=SUM(A1:OFFSET(A1,1,B1))", "=INDIRECT(\"C\"&2)+1", "=VLOOKUP(1,A1:B4,2,FALSE)"}
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 7))
		p := play()
		for step := range 30 {
			for range 1 + r.IntN(3) {
				p.typedAt(0, r.IntN(4), r.IntN(4), texts[r.IntN(len(texts))])
			}
			p.calculate()
			fresh := play()
			for at, c := range p.cells[0] {
				if c.entered {
					fresh.cells[0][at] = &cell{value: c.value, formula: c.formula, entered: true}
				}
			}
			for at, c := range fresh.cells[0] {
				if c.formula != "" {
					fresh.book.Set(fresh, fresh.setting, Position{0, at[0], at[1]}, c.formula)
				}
			}
			fresh.calculate()
			for row := range 6 {
				for col := range 6 {
					got, want := p.Value(0, row, col), fresh.Value(0, row, col)
					if !same(got, want) && !contested(p) {
						t.Fatalf("seed %d, step %d: %s is %s, want %s", seed, step, formula.CellName(row, col), describe(got), describe(want))
					}
				}
			}
		}
	}
}

// contested says if what an array does depends on what it did before: of two that want the same cell the one that was there stays, and a
// circle that an array closes by filling a cell opens when it no longer does.
func contested(p *played) bool {
	for _, c := range p.cells[0] {
		if v := c.value; v.IsError() && (strings.HasPrefix(v.Text, "Array result") || same(v, errCircular) && strings.HasPrefix(c.formula, "={")) {
			return true
		}
	}
	return false
}

// big is a sheet of n rows with a number, a formula on it, and a formula with a range.
func big(n int) *played {
	p := play()
	for row := range n {
		p.enter(0, row, 0, fmt.Sprint(row))
		p.enter(0, row, 1, fmt.Sprintf("=A%d*2+1", row+1))
		p.enter(0, row, 2, fmt.Sprintf("=IF(B%d>0,AND(A$%d:A%d),0)", row+1, max(1, row-8), row+1))
	}
	return p
}

func (p *played) load() {
	for row := range 50_000 {
		for _, col := range []int{1, 2} {
			p.book.Load(p, p.setting, Position{0, row, col}, p.cells[0][[2]int{row, col}].formula, 1, 1)
		}
	}
}

func TestBigBook(t *testing.T) {
	p := big(50_000)
	start := time.Now()
	p.load()
	t.Logf("loading %d formulas took %v", p.book.Len(), time.Since(start))
	p.book.TouchAll()
	start = time.Now()
	p.calculate()
	t.Logf("computing all took %v", time.Since(start))
	p.typed("A100", "7")
	start = time.Now()
	counts := p.calculate()
	t.Logf("a change took %v: %+v", time.Since(start), counts)
	p.want(t, "B100", "15")
	if counts.Computed > 20 {
		t.Errorf("computed %d formulas", counts.Computed)
	}
}

func BenchmarkLoad100k(b *testing.B) {
	p := big(50_000)
	for b.Loop() {
		p.book = NewBook()
		p.load()
	}
}

func BenchmarkOneChangeIn100k(b *testing.B) {
	p := big(50_000)
	p.load()
	p.book.TouchAll()
	p.calculate()
	i := 0
	for b.Loop() {
		i++
		p.typed("A100", fmt.Sprint(i))
		p.calculate()
	}
}

func BenchmarkAllOf100k(b *testing.B) {
	p := big(50_000)
	p.load()
	for b.Loop() {
		p.book.TouchAll()
		p.calculate()
	}
}

// A long chain of formulas needs no deep stack.
func TestLongChain(t *testing.T) {
	p := play()
	p.typed("A1", "1")
	for row := 1; row < 20_000; row++ {
		p.typedAt(0, row, 0, fmt.Sprintf("=A%d+1", row))
	}
	p.calculate()
	p.want(t, "A20000", "20000")
	p.typed("A1", "=A20000")
	p.calculate()
	p.want(t, "A10000", "#REF! "+errCircular.Text)
}

// Many formulas that search one column do not each go through it, and see it as it is when formulas change it.
func TestManyLookups(t *testing.T) {
	p := play()
	for row := range 3000 {
		p.typedAt(0, row, 0, fmt.Sprintf("=B%d&\"\"", row+1))
		p.typedAt(0, row, 1, fmt.Sprint("K", row))
		p.typedAt(0, row, 3, fmt.Sprintf("=MATCH(\"k%d\",A:A,0)", 2999-row))
		p.typedAt(0, row, 4, fmt.Sprintf("=COUNTIF(A:A,\"k%d\")+SUMIFS(C:C,A:A,\"K%d\",C:C,\">1\")", row, row))
		p.typedAt(0, row, 2, fmt.Sprint(row))
	}
	start := time.Now()
	p.calculate()
	t.Logf("3000 searches of 3000 cells took %v", time.Since(start))
	p.want(t, "D1", "3000")
	p.typed("B3000", "K0")
	p.calculate()
	p.want(t, "D1", "#N/A Did not find value 'k2999' in MATCH evaluation.")
	p.want(t, "D3000", "1")
	p.want(t, "E1", "3001")
	p.want(t, "E3000", "0")
}

// What INDIRECT and OFFSET read is found when they run, and changes there reach them like any other.
func TestDynamic(t *testing.T) {
	p := play()
	p.typed("A1", "=INDIRECT(B1)+1")
	p.typed("B1", "C1")
	p.typed("C1", "=D1*2")
	p.typed("D1", "5")
	p.typed("E1", "=A1")
	p.typed("F1", "=SUM(OFFSET(C1,0,0,1,2))")
	p.calculate()
	p.want(t, "E1", "11")
	p.want(t, "F1", "15")
	p.typed("D1", "6")
	if got, want := p.calculate(), (Counts{Computed: 4, Changed: 4, Rounds: 1}); got != want {
		t.Errorf("a change gives %+v, want %+v", got, want)
	}
	p.want(t, "E1", "13")
	p.want(t, "F1", "18")
	p.typed("G1", "1")
	if got, want := p.calculate(), (Counts{Rounds: 1}); got != want {
		t.Errorf("a change that nothing reads gives %+v, want %+v", got, want)
	}
	p.typed("B1", "E1")
	p.calculate()
	p.want(t, "A1", "#REF! "+errCircular.Text)
	p.want(t, "E1", "#REF! "+errCircular.Text)
	p.typed("B1", "D1")
	p.calculate()
	p.want(t, "E1", "7")
}
