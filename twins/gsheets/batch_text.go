package gsheets

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"

	"twinset.dev/twins/gsheets/internal/api"
	"twinset.dev/twins/gsheets/internal/calc"
	"twinset.dev/twins/gsheets/internal/formula"
)

// findReplace replaces text in values, and in formulas if it is told to. What is written is read as if it were typed.
func (b *book) findReplace(in *api.FindReplaceRequest) (Obj, error) {
	find := deref(in.Find)
	if find == "" {
		return nil, no("find must not be empty.")
	}
	type place struct {
		*tab
		formula.Area
	}
	var where []place
	switch {
	case in.Range != nil:
		t, a, err := b.area(in.Range)
		if err != nil {
			return nil, err
		}
		where = []place{{t, a}}
	case in.SheetID != nil:
		t, err := b.grid(in.SheetID)
		if err != nil {
			return nil, err
		}
		where = []place{{t, t.all()}}
	case deref(in.AllSheets):
		for _, t := range b.tabs {
			where = append(where, place{t, t.all()})
		}
	default:
		return nil, no("One of range, sheetId or allSheets must be set.")
	}
	pattern := find
	if !deref(in.SearchByRegex) {
		pattern = regexp.QuoteMeta(find)
	}
	if deref(in.MatchEntireCell) {
		pattern = "^(?:" + pattern + ")$"
	}
	if !deref(in.MatchCase) {
		pattern = "(?i)" + pattern
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, no("Invalid regular expression: %s", find)
	}
	with := deref(in.Replacement)
	if deref(in.SearchByRegex) {
		with = groups.ReplaceAllString(strings.ReplaceAll(with, "$$", "\x00"), "$${$1}")
		with = strings.ReplaceAll(with, "\x00", "$$")
	} else {
		with = strings.ReplaceAll(with, "$", "$$")
	}
	var values, formulas, occurrences, rows, sheets int
	for _, p := range where {
		type hit struct {
			r, c int
			text string
		}
		var hits []hit
		p.walk(p.Area, func(r, c int, x *Cell) bool {
			text := ""
			switch {
			case x.Formula != "" && deref(in.IncludeFormulas):
				text = x.Formula
			case x.Formula != "" || x.Spilled || x.Value.Kind == calc.KindEmpty:
				return true
			default:
				text = b.typedBack(x)
			}
			if n := len(re.FindAllStringIndex(text, -1)); n > 0 {
				hits = append(hits, hit{r, c, re.ReplaceAllString(text, with)})
				occurrences += n
				if x.Formula != "" {
					formulas++
				} else {
					values++
				}
			}
			return true
		})
		last := -1
		for _, h := range hits {
			if err := p.guard(formula.Cell(h.r, h.c)); err != nil {
				return nil, err
			}
			if h.text == "" {
				p.enter(h.r, h.c, "", calc.Empty)
			} else {
				p.typed(h.r, h.c, h.text)
			}
			if h.r != last {
				rows, last = rows+1, h.r
			}
		}
		if len(hits) > 0 {
			sheets++
		}
	}
	out := Obj{}
	for name, n := range map[string]int{"valuesChanged": values, "formulasChanged": formulas, "occurrencesChanged": occurrences, "rowsChanged": rows, "sheetsChanged": sheets} {
		if n > 0 {
			out[name] = float64(n)
		}
	}
	return out, nil
}

// groups are what a replacement takes of what was found.
var groups = regexp.MustCompile(`\$(\d)`)

// typedBack is what a person would have typed to get a value.
func (b *book) typedBack(x *Cell) string {
	if x.Value.Kind == calc.KindText {
		return x.Value.Text
	}
	return b.shown(x)
}

// textToColumns splits the texts of a column over the columns to the right of it.
func (b *book) textToColumns(in *api.TextToColumnsRequest) (Obj, error) {
	t, a, err := b.area(in.Source)
	if err != nil {
		return nil, err
	}
	if a.Cols() > 1 {
		return nil, no("The source must be a single column.")
	}
	sep := ""
	switch deref(in.DelimiterType) {
	case "SEMICOLON":
		sep = ";"
	case "PERIOD":
		sep = "."
	case "SPACE":
		sep = " "
	case "CUSTOM":
		if sep = deref(in.Delimiter); sep == "" {
			return nil, no("delimiter must be specified if delimiterType is CUSTOM.")
		}
	case "AUTODETECT":
		sep = t.detect(a)
	default: // COMMA
		sep = ","
	}
	if in.Delimiter != nil && deref(in.DelimiterType) != "CUSTOM" {
		return nil, no("delimiter can only be specified if delimiterType is CUSTOM.")
	}
	type line struct {
		r     int
		parts []string
	}
	var lines []line
	most := 1
	t.walk(a, func(r, _ int, x *Cell) bool {
		if parts := strings.Split(b.shown(x), sep); len(parts) > 1 {
			lines = append(lines, line{r, parts})
			most = max(most, len(parts))
		}
		return true
	})
	if n := a.Col0 + most - t.ColCount; n > 0 {
		t.ColCount += n
		t.touch()
	}
	if err := t.guard(formula.Area{Row0: a.Row0, Row1: a.Row1, Col0: a.Col0, Col1: a.Col0 + most}); err != nil {
		return nil, err
	}
	for _, l := range lines {
		for i, s := range l.parts {
			if s = strings.TrimSpace(s); s == "" {
				t.enter(l.r, a.Col0+i, "", calc.Empty)
			} else {
				t.typed(l.r, a.Col0+i, s)
			}
		}
	}
	return nil, nil
}

// detect is what parts the texts of a column: the sign that most of them have.
func (t *tab) detect(a formula.Area) string {
	best, most := ",", 0
	for _, sep := range []string{",", ";", ".", " "} {
		n := 0
		t.walk(a, func(_, _ int, x *Cell) bool {
			if strings.Contains(t.b.shown(x), sep) {
				n++
			}
			return true
		})
		if n > most {
			best, most = sep, n
		}
	}
	return best
}

// trimWhitespace takes blanks off the ends of texts, and leaves one of many within.
func (b *book) trimWhitespace(in *api.TrimWhitespaceRequest) (Obj, error) {
	t, a, err := b.area(in.Range)
	if err != nil {
		return nil, err
	}
	if err := t.guard(a); err != nil {
		return nil, err
	}
	type hit struct {
		r, c int
		text string
	}
	var hits []hit
	t.walk(a, func(r, c int, x *Cell) bool {
		if x.Formula == "" && !x.Spilled && x.Value.Kind == calc.KindText {
			if s := strings.Join(strings.Fields(x.Value.Text), " "); s != x.Value.Text {
				hits = append(hits, hit{r, c, s})
			}
		}
		return true
	})
	for _, h := range hits {
		t.enter(h.r, h.c, "", textOr(h.text))
	}
	if len(hits) == 0 {
		return Obj{}, nil
	}
	return Obj{"cellsChangedCount": float64(len(hits))}, nil
}

// deleteDuplicates takes rows out of a range that are the same as one before them in the columns that are compared.
// Letters of either case are the same, formats and formulas make no difference.
func (b *book) deleteDuplicates(in *api.DeleteDuplicatesRequest) (Obj, error) {
	t, a, err := b.area(in.Range)
	if err != nil {
		return nil, err
	}
	if err := t.guard(a); err != nil {
		return nil, err
	}
	var columns []int
	for i := range in.ComparisonColumns {
		r := in.ComparisonColumns[i]
		if deref(r.Dimension) != "COLUMNS" {
			return nil, no("comparisonColumns must be columns.")
		}
		l, err := b.lines(&r)
		if err != nil {
			return nil, err
		}
		if l.tab != t || l.lo < a.Col0 || l.hi > a.Col1 {
			return nil, no("comparisonColumns must be within the range.")
		}
		for c := l.lo; c < l.hi; c++ {
			columns = append(columns, c)
		}
	}
	if columns == nil {
		for c := a.Col0; c < a.Col1; c++ {
			columns = append(columns, c)
		}
	}
	for _, m := range t.Merges {
		if !m.Intersect(a).Empty() {
			return nil, no("You can't remove duplicates from a range with merged cells.")
		}
	}
	seen := map[string]bool{}
	var keep []int
	for r := a.Row0; r < a.Row1; r++ {
		if t.hiddenByFilter(r) {
			keep = append(keep, r)
			continue
		}
		key := ""
		for _, c := range columns {
			if x := t.cell(r, c); x != nil {
				key += string(rune('0'+x.Value.Kind)) + strings.ToLower(b.shown(x))
			}
			key += "\x00"
		}
		if !seen[key] || strings.Trim(key, "\x00") == "" {
			seen[key] = true
			keep = append(keep, r)
		}
	}
	removed := a.Rows() - len(keep)
	if removed == 0 {
		return Obj{}, nil
	}
	t.arrange(a, keep)
	return Obj{"duplicatesRemovedCount": float64(removed)}, nil
}

// arrange makes the rows of an area those that are given, in their order; what is left at the end is empty. Formulas go
// with their rows as if they were copied.
func (t *tab) arrange(a formula.Area, order []int) {
	rows := make([][]Cell, len(order))
	for i, r := range order {
		rows[i] = make([]Cell, a.Cols())
		if row := t.row(r); row != nil && a.Col0 < len(row.Cells) {
			copy(rows[i], row.Cells[a.Col0:min(a.Col1, len(row.Cells))])
		}
	}
	for i := range a.Rows() {
		to := a.Row0 + i
		if i < len(order) && order[i] == to {
			continue
		}
		for k := range a.Cols() {
			var x Cell
			if i < len(order) {
				if x = rows[i][k]; x.Formula != "" {
					x.Formula = formula.Rewrite(x.Formula, t.b.syntax(), t.Title, formula.Copy(to-order[i], 0))
				}
			}
			if old := t.cell(to, a.Col0+k); (old == nil || old.blank()) && x.blank() {
				continue
			}
			*t.enter(to, a.Col0+k, x.Formula, x.Value) = x
		}
	}
}

// randomizeRange puts the rows of a range in an order by chance.
func (b *book) randomizeRange(in *api.RandomizeRangeRequest) (Obj, error) {
	t, a, err := b.area(in.Range)
	if err != nil {
		return nil, err
	}
	if err := t.guard(a); err != nil {
		return nil, err
	}
	if slices.ContainsFunc(t.Merges, func(m formula.Area) bool { return !m.Intersect(a).Empty() && m.Rows() > 1 }) {
		return nil, no("You can't randomize a range with vertically merged cells.")
	}
	order := make([]int, a.Rows())
	for i := range order {
		order[i] = a.Row0 + i
	}
	b.random().Shuffle(len(order), func(i, k int) { order[i], order[k] = order[k], order[i] })
	t.arrange(a, order)
	return nil, nil
}

// random is chance for what draws many numbers.
func (b *book) random() *rand.Rand {
	return rand.New(rand.NewPCG(uint64(b.c.Chance()*(1<<53)), uint64(b.c.Chance()*(1<<53))))
}
