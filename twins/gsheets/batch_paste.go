package gsheets

import (
	"cmp"
	"encoding/csv"
	"slices"
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
