package gsheets

import (
	"regexp"
	"strconv"
	"strings"

	"twinset.dev/twins/gsheets/internal/formula"
	"twinset.dev/twins/internal/google/gapi"
)

// A span is cells of a sheet, as a caller names them.
type span struct {
	*tab
	asked formula.Area // open sides go on to the sheet's end
	one   bool         // a single cell, where a table of values may begin that is larger
}

// area is the part of it that is in the sheet.
func (r span) area() formula.Area { return r.asked.Clip(r.RowCount, r.ColCount) }

// span reads the A1 or R1C1 notation of a range, the name of one, of a table or of a sheet.
//
// https://developers.google.com/workspace/sheets/api/guides/concepts#cell
func (b *book) span(text string) (span, error) {
	refused := gapi.Invalid("Unable to parse range: %s", text)
	title, rest, qualified, ok := cutSheet(text)
	if !ok {
		return span{}, refused
	}
	t := b.first()
	if qualified {
		if t, ok = b.named(title); !ok {
			return span{}, refused
		}
		if rest == "" {
			return t.whole(), nil
		}
	}
	if a, one, ok := notation(rest); ok {
		r := span{t, a, one}
		return r, r.inGrid()
	}
	if qualified && title != "" && rest != "" {
		return span{}, refused
	}
	for _, n := range b.Names {
		if strings.EqualFold(n.Name, text) {
			if t, ok := b.tab(n.Sheet); ok {
				return span{t, n.Area, false}, nil
			}
		}
	}
	if t, a, ok := b.table(text); ok {
		return span{t, a, false}, nil
	}
	if t, ok := b.named(text); ok {
		return t.whole(), nil
	}
	return span{}, refused
}

// first is the sheet that is meant when none is named: the first that can be seen.
func (b *book) first() *tab {
	for _, t := range b.tabs {
		if !t.Hidden {
			return t
		}
	}
	return b.tabs[0]
}

// whole is all of a sheet.
func (t *tab) whole() span {
	return span{t, formula.Area{Row1: formula.Open, Col1: formula.Open}, false}
}

// table finds a table by its name.
func (b *book) table(name string) (*tab, formula.Area, bool) {
	for _, t := range b.tabs {
		for _, o := range t.Tables {
			if n, _ := o["name"].(string); strings.EqualFold(n, name) {
				r, _ := o["range"].(Obj)
				return t, areaOf(r), true
			}
		}
	}
	return nil, formula.Area{}, false
}

// cutSheet parts a sheet's name from what follows its !. A name in quotes alone is a sheet too.
func cutSheet(text string) (title, rest string, qualified, ok bool) {
	if !strings.HasPrefix(text, "'") {
		i := strings.LastIndexByte(text, '!')
		if i < 0 {
			return "", text, false, text != ""
		}
		return text[:i], text[i+1:], true, i > 0 && i+1 < len(text)
	}
	for i := 1; i < len(text); i++ {
		if text[i] != '\'' {
			continue
		}
		if i+1 < len(text) && text[i+1] == '\'' {
			i++
			continue
		}
		title = strings.ReplaceAll(text[1:i], "''", "'")
		switch rest = text[i+1:]; {
		case rest == "":
			return title, "", true, true
		case rest[0] == '!' && len(rest) > 1:
			return title, rest[1:], true, true
		}
		break
	}
	return "", "", false, false
}

var r1c1 = regexp.MustCompile(`^(?i)R(\d{1,8})C(\d{1,5})(?::R(\d{1,8})C(\d{1,5}))?$`)

// notation reads A1 or R1C1 notation without a sheet.
func notation(s string) (a formula.Area, one, ok bool) {
	if s == "" {
		return a, false, false
	}
	if r, ok := formula.ParseRef(s); ok && !r.HasSheet && !r.Gone {
		return r.Area(), r.Single, true
	}
	m := r1c1.FindStringSubmatch(s)
	if m == nil {
		return a, false, false
	}
	n := [4]int{}
	for i := range n {
		n[i], _ = strconv.Atoi(m[i+1])
		if m[i+1] != "" && (n[i] == 0 || n[i] > formula.MaxRows) {
			return a, false, false
		}
	}
	if m[3] == "" {
		return formula.Cell(n[0]-1, n[1]-1), true, true
	}
	return formula.Area{Row0: min(n[0], n[2]) - 1, Col0: min(n[1], n[3]) - 1, Row1: max(n[0], n[2]), Col1: max(n[1], n[3])}, false, true
}

// inGrid refuses a range that begins where the sheet has no cells any more.
func (r span) inGrid() error {
	if r.asked.Row0 >= r.RowCount || r.asked.Col0 >= r.ColCount {
		return r.errLimits(r.asked)
	}
	return nil
}

func (t *tab) errLimits(a formula.Area) error {
	return gapi.Invalid("Range (%s) exceeds grid limits. Max rows: %d, max columns: %d", t.a1(a), t.RowCount, t.ColCount)
}

// a1 is the A1 notation of an area of the sheet.
func (t *tab) a1(a formula.Area) string {
	s := formula.QuoteSheet(t.Title) + "!"
	rows, cols := a.Row1 != formula.Open, a.Col1 != formula.Open
	first := formula.CellName(a.Row0, a.Col0)
	switch {
	case rows && cols && a.Rows() == 1 && a.Cols() == 1:
		return s + first
	case rows && cols:
		return s + first + ":" + formula.CellName(a.Row1-1, a.Col1-1)
	case cols && a.Row0 == 0:
		return s + formula.ColumnName(a.Col0) + ":" + formula.ColumnName(a.Col1-1)
	case cols:
		return s + first + ":" + formula.ColumnName(a.Col1-1)
	case rows && a.Col0 == 0:
		return s + strconv.Itoa(a.Row0+1) + ":" + strconv.Itoa(a.Row1)
	case rows:
		return s + first + ":" + strconv.Itoa(a.Row1)
	}
	return strings.TrimSuffix(s, "!")
}

// areaOf is the area of a GridRange.
func areaOf(o Obj) formula.Area {
	n := func(name string, otherwise int) int {
		if x, ok := o[name].(float64); ok {
			return int(x)
		}
		return otherwise
	}
	return formula.Area{Row0: n("startRowIndex", 0), Row1: n("endRowIndex", formula.Open), Col0: n("startColumnIndex", 0), Col1: n("endColumnIndex", formula.Open)}
}
