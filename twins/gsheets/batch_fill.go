package gsheets

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"twinset.dev/twins/gsheets/internal/api"
	"twinset.dev/twins/gsheets/internal/calc"
	"twinset.dev/twins/gsheets/internal/formula"
)

// autoFill goes on with what is in a range: it repeats cells, or continues the series that they begin.
func (b *book) autoFill(in *api.AutoFillRequest) (Obj, error) {
	if d := in.SourceAndDestination; d != nil {
		t, a, err := b.area(d.Source)
		if err != nil {
			return nil, err
		}
		n := int(deref(d.FillLength))
		if n == 0 {
			return nil, no("fillLength must not be 0.")
		}
		down := deref(d.Dimension) != "COLUMNS"
		return nil, b.fill(t, a, n, down, deref(in.UseAlternateSeries))
	}
	if in.Range == nil {
		return nil, no("One of range or sourceAndDestination must be set.")
	}
	t, a, err := b.area(in.Range)
	if err != nil {
		return nil, err
	}
	// What is full at the beginning of the range goes on over the rest of it.
	rows, cols := 0, 0
	t.walk(a, func(r, c int, x *Cell) bool {
		if x.Value.Kind != calc.KindEmpty || x.Formula != "" {
			rows, cols = max(rows, r-a.Row0+1), max(cols, c-a.Col0+1)
		}
		return true
	})
	source := formula.Area{Row0: a.Row0, Row1: a.Row0 + rows, Col0: a.Col0, Col1: a.Col0 + cols}
	switch {
	case rows == 0:
		return nil, no("The range has no data to fill from.")
	case rows < a.Rows():
		source.Col1 = a.Col1
		return nil, b.fill(t, source, a.Rows()-rows, true, deref(in.UseAlternateSeries))
	case cols < a.Cols():
		return nil, b.fill(t, source, a.Cols()-cols, false, deref(in.UseAlternateSeries))
	}
	return nil, nil
}

// fill goes on with the cells of an area, n rows down or columns right, up or left if n is negative.
func (b *book) fill(t *tab, a formula.Area, n int, down, other bool) error {
	z := a
	switch {
	case down && n > 0:
		z.Row0, z.Row1 = a.Row1, a.Row1+n
	case down:
		z.Row0, z.Row1 = a.Row0+n, a.Row0
	case n > 0:
		z.Col0, z.Col1 = a.Col1, a.Col1+n
	default:
		z.Col0, z.Col1 = a.Col0+n, a.Col0
	}
	if z.Row0 < 0 || z.Col0 < 0 || z.Row1 > t.RowCount || z.Col1 > t.ColCount {
		return no("The destination is outside of the sheet.")
	}
	if err := t.guard(z); err != nil {
		return err
	}
	lines, length := a.Cols(), a.Rows()
	if !down {
		lines, length = length, lines
	}
	at := func(line, i int) (r, c int) { // i counts from the first cell of the source, and may be negative
		if down {
			return a.Row0 + i, a.Col0 + line
		}
		return a.Row0 + line, a.Col0 + i
	}
	for line := range lines {
		source := make([]Cell, length)
		for i := range source {
			r, c := at(line, i)
			if x := t.cell(r, c); x != nil {
				source[i] = *x
			}
		}
		next := series(source, other)
		for i := range abs(n) {
			k := length + i
			if n < 0 {
				k = -1 - i
			}
			from := ((k % length) + length) % length
			r, c := at(line, k)
			row, col := at(line, from)
			t.paste(r, c, &source[from], "PASTE_NORMAL", t, row, col)
			if v, ok := next(k); ok && source[from].Formula == "" {
				t.enter(r, c, "", v)
			}
		}
	}
	return nil
}

func abs(n int) int { return max(n, -n) }

// numbered is a text that ends in a number.
var numberedText = regexp.MustCompile(`^(.*?)(\d+)$`)

// words are the series that texts can be of.
var words = [][]string{
	{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"}, {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"},
	{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
	{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"}, {"Q1", "Q2", "Q3", "Q4"},
}

// series is what comes at a place of the series that cells begin; false where it is just them again. One number alone is
// repeated, unless the other way was asked for; one date goes on day by day.
func series(cells []Cell, other bool) func(k int) (calc.Value, bool) {
	none := func(int) (calc.Value, bool) { return calc.Empty, false }
	n := len(cells)
	kind := cells[0].Value.Kind
	for _, x := range cells {
		if x.Formula != "" || x.Value.Kind != kind {
			return none
		}
	}
	switch kind {
	case calc.KindNumber:
		dated := cells[0].Format != nil && strings.HasPrefix(string(cells[0].Format.Type), "DATE")
		if n == 1 && !dated != other {
			return none
		}
		step := 1.0
		if n > 1 {
			// The line that fits the numbers best.
			var sx, sy, sxy, sxx float64
			for i, x := range cells {
				sx, sy, sxy, sxx = sx+float64(i), sy+x.Value.Num, sxy+float64(i)*x.Value.Num, sxx+float64(i*i)
			}
			step = (float64(n)*sxy - sx*sy) / (float64(n)*sxx - sx*sx)
			first := (sy - step*sx) / float64(n)
			return func(k int) (calc.Value, bool) {
				v := cells[0].Value
				v.Num = clean(first + step*float64(k))
				return v, true
			}
		}
		return func(k int) (calc.Value, bool) {
			v := cells[0].Value
			v.Num += step * float64(k)
			return v, true
		}
	case calc.KindText:
		for _, list := range words {
			if i := slices.Index(list, cells[0].Value.Text); i >= 0 && !other {
				step := 1
				if n > 1 {
					k := slices.Index(list, cells[1].Value.Text)
					if k < 0 {
						continue
					}
					step = k - i
				}
				return func(k int) (calc.Value, bool) {
					return calc.Text(list[((i+step*k)%len(list)+len(list))%len(list)]), true
				}
			}
		}
		m := numberedText.FindStringSubmatch(cells[0].Value.Text)
		if m == nil || other {
			return none
		}
		first, _ := strconv.Atoi(m[2])
		step := 1
		for i, x := range cells[1:] {
			next := numberedText.FindStringSubmatch(x.Value.Text)
			if next == nil || next[1] != m[1] {
				return none
			}
			k, _ := strconv.Atoi(next[2])
			if i == 0 {
				step = k - first
			}
		}
		return func(k int) (calc.Value, bool) {
			s := strconv.Itoa(abs(first + step*k))
			for len(s) < len(m[2]) && m[2][0] == '0' {
				s = "0" + s
			}
			return calc.Text(m[1] + s), true
		}
	}
	return none
}

// clean takes off the dust that sums of fractions leave.
func clean(x float64) float64 {
	if x == 0 {
		return 0
	}
	at := math.Pow(10, 12-math.Ceil(math.Log10(math.Abs(x))))
	return math.Round(x*at) / at
}
