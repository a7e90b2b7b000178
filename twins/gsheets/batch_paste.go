package gsheets

import (
	"cmp"
	"encoding/csv"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"

	"twinset.dev/twins/gsheets/internal/api"
	"twinset.dev/twins/gsheets/internal/calc"
	"twinset.dev/twins/gsheets/internal/formula"
)

// pasteType is what is to be pasted: everything, if nothing is said.
//
// https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets/request#PasteType
func pasteType(s *string) string { return cmp.Or(deref(s), "PASTE_NORMAL") }

// copyPaste copies a range to another, as often as it fits into that.
func (b *book) copyPaste(in *api.CopyPasteRequest) (Obj, error) {
	from, a, err := b.area(in.Source)
	if err != nil {
		return nil, err
	}
	to, z, err := b.area(in.Destination)
	if err != nil {
		return nil, err
	}
	kind := pasteType(in.PasteType)
	turned := deref(in.PasteOrientation) == "TRANSPOSE"
	rows, cols := a.Rows(), a.Cols()
	if turned {
		rows, cols = cols, rows
	}
	// Smaller than what is copied, the target takes it once; larger, as often as it fits whole.
	timesDown, timesRight := max(1, z.Rows()/rows), max(1, z.Cols()/cols)
	if z.Rows()%rows != 0 {
		timesDown = 1
	}
	if z.Cols()%cols != 0 {
		timesRight = 1
	}
	z.Row1, z.Col1 = z.Row0+timesDown*rows, z.Col0+timesRight*cols
	if n := z.Row1 - to.RowCount; n > 0 {
		to.RowCount += n
		to.touch()
	}
	if n := z.Col1 - to.ColCount; n > 0 {
		to.ColCount += n
		to.touch()
	}
	if err := to.guard(z); err != nil {
		return nil, err
	}
	source := make([][]Cell, a.Rows())
	for r := range source {
		source[r] = make([]Cell, a.Cols())
		for c := range source[r] {
			if x := from.cell(a.Row0+r, a.Col0+c); x != nil {
				source[r][c] = *x
			}
		}
	}
	if kind == "PASTE_CONDITIONAL_FORMATTING" || kind == "PASTE_NORMAL" || kind == "PASTE_FORMAT" || kind == "PASTE_NO_BORDERS" {
		b.pasteRules(from, a, to, z)
	}
	for r := z.Row0; r < z.Row1; r++ {
		for c := z.Col0; c < z.Col1; c++ {
			i, k := (r-z.Row0)%rows, (c-z.Col0)%cols
			if turned {
				i, k = k, i
			}
			to.paste(r, c, &source[i][k], kind, from, a.Row0+i, a.Col0+k)
		}
	}
	if kind == "PASTE_NORMAL" {
		b.pasteMerges(from, a, to, z, rows, cols, turned)
	}
	return nil, nil
}

// paste gives a cell what is pasted of another, which was at a place of a sheet.
func (t *tab) paste(r, c int, x *Cell, kind string, from *tab, row, col int) {
	if old := t.cell(r, c); (old == nil || old.blank()) && x.blank() {
		return
	}
	now := *t.edit(r, c)
	wrote := false
	switch kind {
	case "PASTE_NORMAL", "PASTE_NO_BORDERS", "PASTE_FORMULA":
		now.Formula, now.Value, now.Spilled, wrote = x.Formula, x.Value, false, true
		if x.Spilled {
			now.Value = calc.Empty
		}
		if now.Formula != "" {
			now.Formula = formula.Rewrite(now.Formula, t.b.syntax(), from.Title, formula.Copy(r-row, c-col))
		}
	case "PASTE_VALUES":
		now.Formula, now.Value, now.Spilled, wrote = "", x.Value, false, true
	}
	switch kind {
	case "PASTE_NORMAL":
		now.Format, now.Rest = x.Format, x.Rest
	case "PASTE_FORMAT":
		now.Format = x.Format
	case "PASTE_NO_BORDERS":
		tree := with(x.Format.tree(), "borders", nil)
		delete(tree, "borders")
		now.Format, now.Rest = t.b.intern(tree), x.Rest
	case "PASTE_DATA_VALIDATION":
		rest := Rest{}
		if now.Rest != nil {
			rest = *now.Rest
		}
		rest.Validation = nil
		if x.Rest != nil {
			rest.Validation = x.Rest.Validation
		}
		if now.Rest = &rest; rest.blank() {
			now.Rest = nil
		}
	}
	*t.edit(r, c) = now
	if wrote {
		t.wrote(r, c)
	}
}

// pasteRules makes the conditional formats of an area count for another too.
func (b *book) pasteRules(from *tab, a formula.Area, to *tab, z formula.Area) {
	for _, o := range slices.Clone(from.Conditional) {
		ranges, _ := o["ranges"].([]any)
		if !slices.ContainsFunc(ranges, func(r any) bool { return areaOf(r.(Obj)).Covers(a) }) {
			continue
		}
		if from != to {
			to.Conditional = append(slices.Clone(to.Conditional), with(o, "ranges", []any{to.gridRange(z)}))
			to.touch()
			continue
		}
		if slices.ContainsFunc(ranges, func(r any) bool { return areaOf(r.(Obj)).Covers(z) }) {
			continue
		}
		i := slices.IndexFunc(to.Conditional, func(x Obj) bool { return sameTree(x, o) })
		to.replace(&to.Conditional, i, with(o, "ranges", append(slices.Clone(ranges), to.gridRange(z))))
	}
}

// pasteMerges merges the cells of what was pasted as those were that were copied.
func (b *book) pasteMerges(from *tab, a formula.Area, to *tab, z formula.Area, rows, cols int, turned bool) {
	var inside []formula.Area
	for _, m := range from.Merges {
		if a.Covers(m) {
			m = formula.Area{Row0: m.Row0 - a.Row0, Row1: m.Row1 - a.Row0, Col0: m.Col0 - a.Col0, Col1: m.Col1 - a.Col0}
			if turned {
				m = formula.Area{Row0: m.Col0, Row1: m.Col1, Col0: m.Row0, Col1: m.Row1}
			}
			inside = append(inside, m)
		}
	}
	if inside == nil && !slices.ContainsFunc(to.Merges, func(m formula.Area) bool { return z.Covers(m) }) {
		return
	}
	to.Merges = slices.DeleteFunc(slices.Clone(to.Merges), func(m formula.Area) bool { return z.Covers(m) && (to != from || !a.Covers(m)) })
	for r := z.Row0; r < z.Row1; r += rows {
		for c := z.Col0; c < z.Col1; c += cols {
			for _, m := range inside {
				m = formula.Area{Row0: m.Row0 + r, Row1: m.Row1 + r, Col0: m.Col0 + c, Col1: m.Col1 + c}
				if !slices.Contains(to.Merges, m) {
					to.Merges = append(to.Merges, m)
				}
			}
		}
	}
	to.touch()
}

// cutPaste moves a range to another place; references to it follow.
func (b *book) cutPaste(in *api.CutPasteRequest) (Obj, error) {
	from, a, err := b.area(in.Source)
	if err != nil {
		return nil, err
	}
	d := in.Destination
	if d == nil {
		return nil, no("destination must be specified.")
	}
	to, err := b.grid(d.SheetID)
	if err != nil {
		return nil, err
	}
	kind := pasteType(in.PasteType)
	row, col, err := to.place(d)
	if err != nil {
		return nil, err
	}
	z := formula.Area{Row0: row, Row1: row + a.Rows(), Col0: col, Col1: col + a.Cols()}
	if z.Row1 > to.RowCount || z.Col1 > to.ColCount {
		return nil, no("The destination is outside of the sheet.")
	}
	if err := from.guard(a); err != nil {
		return nil, err
	}
	if err := to.guard(z); err != nil {
		return nil, err
	}
	for _, m := range slices.Concat(from.Merges) {
		if x := m.Intersect(a); !x.Empty() && x != m {
			return nil, no("This operation would cut merged cells in two.")
		}
	}
	if kind != "PASTE_NORMAL" {
		for r := range a.Rows() {
			for c := range a.Cols() {
				if x := from.cell(a.Row0+r, a.Col0+c); x != nil {
					held := *x
					to.paste(row+r, col+c, &held, kind, from, row+r, col+c)
				}
			}
		}
		b.wipe(from, a)
		return nil, nil
	}
	b.cut(from, a, to, row, col)
	return nil, nil
}

// pasteData puts text into cells: lines of values with a sign between them, or the table of a page.
func (b *book) pasteData(in *api.PasteDataRequest) (Obj, error) {
	at := in.Coordinate
	if at == nil {
		return nil, no("coordinate must be specified.")
	}
	t, err := b.grid(at.SheetID)
	if err != nil {
		return nil, err
	}
	kind := pasteType(in.Type)
	switch {
	case in.Delimiter != nil && deref(in.HTML):
		return nil, no("Only one of delimiter or html can be set.")
	case in.Delimiter == nil && !deref(in.HTML):
		return nil, no("One of delimiter or html must be set.")
	case in.Delimiter != nil && *in.Delimiter == "":
		return nil, no("delimiter must not be empty.")
	}
	var rows [][]string
	if deref(in.HTML) {
		rows = tableIn(deref(in.Data))
	} else {
		rows = separated(deref(in.Data), *in.Delimiter)
	}
	row, col := int(deref(at.RowIndex)), int(deref(at.ColumnIndex))
	wide := 0
	for _, r := range rows {
		wide = max(wide, len(r))
	}
	if n := row + len(rows) - t.RowCount; n > 0 {
		t.RowCount += n
		t.touch()
	}
	if n := col + wide - t.ColCount; n > 0 {
		t.ColCount += n
		t.touch()
	}
	if b.cells() > maxCells {
		return nil, errTooMany
	}
	if err := t.guard(formula.Area{Row0: row, Row1: row + len(rows), Col0: col, Col1: col + wide}); err != nil {
		return nil, err
	}
	if kind == "PASTE_FORMAT" || kind == "PASTE_DATA_VALIDATION" || kind == "PASTE_CONDITIONAL_FORMATTING" {
		return nil, nil // text has none
	}
	for i, r := range rows {
		for k, s := range r {
			if s == "" {
				t.enter(row+i, col+k, "", calc.Empty)
			} else {
				t.typed(row+i, col+k, s)
			}
		}
	}
	return nil, nil
}

// separated parts text into values. Quotes hold what would part it otherwise.
func separated(text, sep string) [][]string {
	if sep := []rune(sep); len(sep) == 1 && sep[0] != '"' && sep[0] != '\n' && sep[0] != '\r' {
		r := csv.NewReader(strings.NewReader(text))
		r.Comma, r.FieldsPerRecord, r.LazyQuotes = sep[0], -1, true
		if rows, err := r.ReadAll(); err == nil {
			return rows
		}
	}
	var rows [][]string
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		rows = append(rows, strings.Split(strings.TrimSuffix(line, "\r"), sep))
	}
	return rows
}

// tableIn is the text of the first table in a page, or of the page in one cell.
func tableIn(page string) (rows [][]string) {
	doc, err := html.Parse(strings.NewReader(page))
	if err != nil {
		return nil
	}
	var all func(n *html.Node, tag string, f func(*html.Node) bool) bool
	all = func(n *html.Node, tag string, f func(*html.Node) bool) bool {
		if n.Type == html.ElementNode && n.Data == tag && !f(n) {
			return false
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if !all(c, tag, f) {
				return false
			}
		}
		return true
	}
	all(doc, "tr", func(tr *html.Node) bool {
		var row []string
		for _, tag := range []string{"th", "td"} {
			all(tr, tag, func(td *html.Node) bool {
				row = append(row, strings.TrimSpace(textOf(td)))
				return true
			})
		}
		rows = append(rows, row)
		return true
	})
	if rows == nil {
		rows = [][]string{{strings.TrimSpace(textOf(doc))}}
	}
	return rows
}

func textOf(n *html.Node) string {
	if n.Type == html.TextNode {
		return n.Data
	}
	s := ""
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		s += textOf(c)
	}
	return s
}

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
