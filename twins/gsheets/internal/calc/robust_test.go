package calc

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"twinset.dev/twins/gsheets/internal/formula"
)

// oddSheet is a sheet with a cell of every kind.
func oddSheet() *sheets {
	s := newSheets("Sheet1", "Other")
	s.rows = 120
	for i, row := range []string{"1\tx\tTRUE\t1/2/2020", "2\t\tFALSE\t12:30", "-3\t#N/A\t\t50%", "4.5\ta b\t1\t$5"} {
		for j, typed := range strings.Split(row, "\t") {
			s.enter(0, i, j, typed)
		}
	}
	return s
}

var oddArguments = []string{
	"0", "1", "-1", "2", "3", "1.5", "-0.5", "10", "100", "1E+15", "-1E+20", "1E+308", "1E-300", `""`, `"x"`, `"5"`, `"1/2/2020"`, `"*"`, `"("`, `">1"`, `"3+4i"`, `"ff"`,
	"TRUE", "FALSE", "#N/A", "1/0", "A1", "B2", "C3", "D1", "Z99", "A1:D4", "A1:A4", "A1:D1", "B1:B4", "A:A", "D1:D4", "Other!A1:B2",
	"{1,2,3}", "{1;2;3}", "{1,2;3,4}", `{"a","b"}`, "{1,#N/A}", "LAMBDA(x,x)", "LAMBDA(x,y,x+y)", "", "x", "43831", "43831.75", `"yyyy-mm-dd"`, `"select Col1"`,
}

// Whatever a function is given, it gives a value that a cell can have, alone and within ARRAYFORMULA.
func TestNoFunctionPanics(t *testing.T) {
	s := oddSheet()
	names := Functions()
	slices.Sort(names)
	r := rand.New(rand.NewPCG(3, 4))
	for _, name := range names {
		f := functions[name]
		most := f.max
		if most < 0 {
			most = f.min + 4
		}
		for range 80 {
			args := make([]string, f.min+r.IntN(most-f.min+1))
			for i := range args {
				args[i] = oddArguments[r.IntN(len(oddArguments))]
			}
			src := "=" + name + "(" + strings.Join(args, ",") + ")"
			if r.IntN(3) == 0 {
				src = "=ARRAYFORMULA(" + src[1:] + ")"
			}
			value := make(chan Value, 1)
			go func() {
				defer func() {
					if p := recover(); p != nil {
						t.Errorf("%s panics: %v", src, p)
						value <- Empty
					}
				}()
				value <- s.eval(t, src)
			}()
			select {
			case v := <-value:
				sound(t, src, v)
			case <-time.After(5 * time.Second):
				t.Fatalf("%s has no end", src)
			}
		}
	}
}

// sound checks that a value is one that cells can have.
func sound(t *testing.T, src string, v Value) {
	switch v.Kind {
	case KindRef, KindLambda:
		t.Errorf("%s gives a value of kind %d", src, v.Kind)
	case KindNumber:
		if v.Num-v.Num != 0 {
			t.Errorf("%s gives the number %v", src, v.Num)
		}
	case KindError:
		if v.Code == 0 {
			t.Errorf("%s gives an error without a code", src)
		}
	case KindArray:
		a := v.array()
		if len(a.Cells) != a.Rows*a.Cols || len(a.Cells) == 0 {
			t.Errorf("%s gives %d cells as %d by %d", src, len(a.Cells), a.Rows, a.Cols)
		}
		for _, e := range a.Cells {
			if e.Kind == KindArray {
				t.Errorf("%s gives an array in an array", src)
				return
			}
			sound(t, src, e)
		}
	}
}

// Any text is a formula that has a value, or none that can be read.
func FuzzEvaluate(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.txt")
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for line := range strings.Lines(string(data)) {
			if strings.HasPrefix(line, "=") {
				f.Add(strings.Split(strings.TrimSuffix(line, "\n"), "\t")[0])
			}
		}
	}
	s := oddSheet()
	f.Fuzz(func(t *testing.T, src string) {
		digits := 0
		for _, c := range src {
			if c >= '0' && c <= '9' {
				digits++
			}
		}
		if digits > 12 || len(src) > 200 { // sizes are limited, but not to what a fuzzer can wait for
			return
		}
		x, err := formula.Parse(src, formula.Point)
		if err != nil {
			return
		}
		sound(t, src, Evaluate(x, s, testSetting(), Position{0, 50, 10}))
	})
}

// The query language reads any text without losing itself.
func FuzzQuery(f *testing.F) {
	for _, q := range []string{"select A, sum(B) where (A > 1 or B is null) group by A pivot C order by A desc limit 1 offset 2 label A 'x' format A '0'", "where A matches '('", "select ((((A", "`A`", "select A where date '2020-1-1' < now()"} {
		f.Add(q)
	}
	s := oddSheet()
	f.Fuzz(func(t *testing.T, q string) {
		src := fmt.Sprintf(`=QUERY(A1:D4,"%s")`, strings.ReplaceAll(q, `"`, `""`))
		sound(t, q, s.eval(t, src))
	})
}
