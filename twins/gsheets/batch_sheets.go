package gsheets

import (
	"strconv"

	"twinset.dev/twins/gsheets/internal/api"
	"twinset.dev/twins/gsheets/internal/format"
	"twinset.dev/twins/gsheets/internal/formula"
)

// addSheet adds a sheet, by default after all others.
func (b *book) addSheet(in *api.AddSheetRequest) (Obj, error) {
	p := in.Properties
	if p == nil {
		p = &api.SheetProperties{}
	}
	if kind := deref(p.SheetType); kind != "" && kind != "GRID" && kind != "SHEET_TYPE_UNSPECIFIED" {
		return nil, no("Only sheets of type GRID can be added.")
	}
	sh := b.newSheet(0, deref(p.Title))
	if sh.Title == "" {
		sh.Title = b.numbered("Sheet", len(b.tabs)+1)
	}
	if _, taken := b.named(sh.Title); taken {
		return nil, no("A sheet with the name \"%s\" already exists. Please enter another name.", sh.Title)
	}
	if p.SheetID == nil {
		sh.ID = b.newSheetID()
	} else if sh.ID = int(*p.SheetID); sh.ID < 0 {
		return nil, no("Sheet ids must not be negative.")
	} else if _, taken := b.tab(sh.ID); taken {
		return nil, no("A sheet with the id %d already exists.", sh.ID)
	}
	if p.Index != nil {
		if sh.Index = int(*p.Index); sh.Index < 0 || sh.Index > len(b.tabs) {
			return nil, no("Sheet index %d is out of bounds.", sh.Index)
		}
	}
	sh.Hidden, sh.Right = deref(p.Hidden), deref(p.RightToLeft)
	if p.TabColor != nil || p.TabColorStyle != nil {
		sh.Color, _ = kept(api.SheetProperties{TabColor: p.TabColor, TabColorStyle: p.TabColorStyle})["tabColorStyle"].(Obj)
	}
	if g := p.GridProperties; g != nil {
		if err := sh.size(g.RowCount, g.ColumnCount); err != nil {
			return nil, err
		}
		sh.FrozenRows, sh.FrozenCols, sh.NoLines = int(deref(g.FrozenRowCount)), int(deref(g.FrozenColumnCount)), deref(g.HideGridlines)
		sh.RowsAfter, sh.ColsAfter = deref(g.RowGroupControlAfter), deref(g.ColumnGroupControlAfter)
	}
	if err := sh.frozen(); err != nil {
		return nil, err
	}
	t := b.add(sh)
	if b.cells() > maxCells {
		return nil, errTooMany
	}
	return Obj{"properties": t.properties()}, nil
}

// size takes the size that a sheet is given, where it is given one.
func (sh *Sheet) size(rows, cols *int32) error {
	for _, x := range []struct {
		given *int32
		to    *int
		most  int
		what  string
	}{{rows, &sh.RowCount, formula.MaxRows, "rowCount"}, {cols, &sh.ColCount, formula.MaxCols, "columnCount"}} {
		if x.given == nil {
			continue
		}
		if n := int(*x.given); n < 1 {
			return no("gridProperties.%s must be greater than 0.", x.what)
		} else if n > x.most {
			return no("gridProperties.%s[%d] must not be more than %d.", x.what, n, x.most)
		}
		*x.to = int(*x.given)
	}
	return nil
}

// frozen refuses a sheet of which nothing is left to scroll.
func (sh *Sheet) frozen() error {
	switch {
	case sh.FrozenRows < 0 || sh.FrozenCols < 0:
		return no("The number of frozen rows and columns must not be negative.")
	case sh.FrozenRows > 0 && sh.FrozenRows >= sh.RowCount:
		return no("You can't freeze all visible rows on the sheet.")
	case sh.FrozenCols > 0 && sh.FrozenCols >= sh.ColCount:
		return no("You can't freeze all visible columns on the sheet.")
	}
	return nil
}

// deleteSheet takes a sheet away: not the last one, nor the last that can be seen.
func (b *book) deleteSheet(in *api.DeleteSheetRequest) (Obj, error) {
	t, ok := b.tab(int(deref(in.SheetID)))
	switch {
	case !ok:
		return nil, no("No sheet with id: %d", deref(in.SheetID))
	case len(b.tabs) == 1:
		return nil, no("You can't remove all the sheets in a document.")
	case !t.Hidden && b.visible() == 1:
		return nil, no("You can't remove all the visible sheets in a document.")
	}
	if err := t.guard(t.all()); err != nil && t.DataSource == nil {
		return nil, err
	}
	b.dropSheet(t)
	return nil, nil
}

func (b *book) visible() (n int) {
	for _, t := range b.tabs {
		if !t.Hidden {
			n++
		}
	}
	return n
}

// dropSheet takes a sheet away, with the names and metadata that are of it; what refers to it refers to nothing.
func (b *book) dropSheet(t *tab) {
	b.disconnect(t)
	b.drop(t)
	b.rewrite(formula.DropSheet(t.Title))
	if len(t.Slicers) > 0 {
		b.sliced()
	}
	names, metadata := b.Names, b.Metadata
	b.Names, b.Metadata = nil, nil
	for _, n := range names {
		if n.Sheet != t.ID {
			b.Names = append(b.Names, n)
		}
	}
	for _, m := range metadata {
		if m.Where == "SPREADSHEET" || m.Sheet != t.ID {
			b.Metadata = append(b.Metadata, m)
		}
	}
	b.touch()
}

// duplicateSheet adds a sheet that is the same as another.
func (b *book) duplicateSheet(in *api.DuplicateSheetRequest) (Obj, error) {
	from, ok := b.tab(int(deref(in.SourceSheetID)))
	if !ok {
		return nil, no("No sheet with id: %d", deref(in.SourceSheetID))
	}
	if from.DataSource != nil {
		return nil, errDataSheet
	}
	sh := from.Sheet
	sh.Index, sh.Title = int(deref(in.InsertSheetIndex)), deref(in.NewSheetName)
	switch {
	case sh.Index < 0 || sh.Index > len(b.tabs):
		return nil, no("Sheet index %d is out of bounds.", sh.Index)
	case sh.Title == "":
		sh.Title = b.copyTitle(from.Title)
	default:
		if _, taken := b.named(sh.Title); taken {
			return nil, no("A sheet with the name \"%s\" already exists. Please enter another name.", sh.Title)
		}
	}
	if in.NewSheetID == nil {
		sh.ID = b.newSheetID()
	} else if sh.ID = int(*in.NewSheetID); sh.ID < 0 {
		return nil, no("Sheet ids must not be negative.")
	} else if _, taken := b.tab(sh.ID); taken {
		return nil, no("A sheet with the id %d already exists.", sh.ID)
	}
	t := b.copyOf(from, sh)
	if b.cells() > maxCells {
		return nil, errTooMany
	}
	b.renumber(t, from.ID)
	return Obj{"properties": t.properties()}, nil
}

// copyTitle is the title of a copy that is given none.
func (b *book) copyTitle(of string) string {
	title := "Copy of " + of
	for n := 2; ; n++ {
		if _, taken := b.named(title); !taken {
			return title
		}
		title = "Copy of " + of + " " + strconv.Itoa(n)
	}
}

// numbered is a title of a word and the first number from n on that is free.
func (b *book) numbered(word string, n int) string {
	for ; ; n++ {
		title := word + strconv.Itoa(n)
		if _, taken := b.named(title); !taken {
			return title
		}
	}
}

// renumber gives what lies on a copied sheet ids of its own, and lets it be of that sheet rather than of the other.
func (b *book) renumber(t *tab, from int) {
	for _, list := range t.laid() {
		var now []Obj
		for _, o := range *list {
			o = rehomed(o, from, t.ID).(Obj)
			for _, id := range []string{"chartId", "slicerId", "filterViewId", "protectedRangeId", "bandedRangeId"} {
				if o[id] != nil {
					o[id] = float64(b.number())
				}
			}
			if o["tableId"] != nil {
				o["tableId"], o["name"] = strconv.Itoa(b.number()), b.freeTable()
			}
			now = append(now, o)
		}
		*list = now
	}
	if t.Filter != nil {
		t.Filter = rehomed(t.Filter, from, t.ID).(Obj)
	}
	t.Anchors = nil // comments are of the sheet on which they were made
	t.touch()
}

// rehomed is a tree whose places of one sheet are of another.
func rehomed(v any, from, to int) any {
	switch v := v.(type) {
	case Obj:
		out := make(Obj, len(v))
		for k, x := range v {
			if out[k] = rehomed(x, from, to); k == "range" && from == 0 && len(x.(Obj)) == 0 {
				out[k] = Obj{"sheetId": float64(to)} // all of the first sheet is written as nothing
			}
		}
		_, says := v["sheetId"]
		if (says || isRange(v) || isCell(v) || v["dimension"] != nil && v["startIndex"] != nil) && numberIn(v, "sheetId", 0) == from {
			if out["sheetId"] = float64(to); to == 0 {
				delete(out, "sheetId")
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = rehomed(x, from, to)
		}
		return out
	}
	return v
}

// updateSheetProperties changes how a sheet is called, how large it is, where it stands and how it looks.
func (b *book) updateSheetProperties(in *api.UpdateSheetPropertiesRequest) (Obj, error) {
	m, err := fields(in.Fields, api.SheetProperties{})
	if err != nil {
		return nil, err
	}
	p := in.Properties
	if p == nil {
		p = &api.SheetProperties{}
	}
	t, ok := b.tab(int(deref(p.SheetID)))
	if !ok {
		return nil, no("No sheet with id: %d", deref(p.SheetID))
	}
	if m.Has("title") && (m != nil || p.Title != nil) {
		if err := b.rename(t, deref(p.Title)); err != nil {
			return nil, err
		}
	}
	if m.Has("hidden") {
		if deref(p.Hidden) && !t.Hidden && b.visible() == 1 {
			return nil, no("You can't hide all the sheets in a document.")
		}
		t.Hidden = deref(p.Hidden)
	}
	if m.Has("rightToLeft") {
		t.Right = deref(p.RightToLeft)
	}
	if m.Has("tabColor") && p.TabColor != nil || m.Has("tabColorStyle") && p.TabColorStyle != nil {
		t.Color, _ = kept(api.SheetProperties{TabColor: p.TabColor, TabColorStyle: p.TabColorStyle})["tabColorStyle"].(Obj)
	} else if m.Has("tabColor") || m.Has("tabColorStyle") {
		t.Color = nil
	}
	if m.Has("index") && p.Index != nil {
		if err := b.move(t, int(*p.Index)); err != nil {
			return nil, err
		}
	}
	if g := m.Sub("gridProperties"); m.Has("gridProperties") && (m != nil || p.GridProperties != nil) && t.Type == "GRID" {
		given := p.GridProperties
		if given == nil {
			given = &api.GridProperties{}
		}
		var rows, cols *int32
		if g.Has("rowCount") && (g != nil || given.RowCount != nil) {
			rows = ptr(deref(given.RowCount))
		}
		if g.Has("columnCount") && (g != nil || given.ColumnCount != nil) {
			cols = ptr(deref(given.ColumnCount))
		}
		if err := b.resize(t, rows, cols); err != nil {
			return nil, err
		}
		put(&t.FrozenRows, g.Has("frozenRowCount"), int(deref(given.FrozenRowCount)))
		put(&t.FrozenCols, g.Has("frozenColumnCount"), int(deref(given.FrozenColumnCount)))
		put(&t.NoLines, g.Has("hideGridlines"), deref(given.HideGridlines))
		put(&t.RowsAfter, g.Has("rowGroupControlAfter"), deref(given.RowGroupControlAfter))
		put(&t.ColsAfter, g.Has("columnGroupControlAfter"), deref(given.ColumnGroupControlAfter))
		if err := t.frozen(); err != nil {
			return nil, err
		}
	}
	t.touch()
	return nil, nil
}

// put sets what a mask names.
func put[T any](to *T, named bool, v T) {
	if named {
		*to = v
	}
}

func ptr[T any](v T) *T { return &v }

// rename gives a sheet another title, also in formulas.
func (b *book) rename(t *tab, title string) error {
	if other, taken := b.named(title); title == "" {
		return no("Sheet name cannot be empty.")
	} else if len([]rune(title)) > 100 {
		return no("Sheet name cannot be longer than 100 characters.")
	} else if taken && other != t {
		return no("A sheet with the name \"%s\" already exists. Please enter another name.", title)
	}
	if title != t.Title {
		was := t.Title
		t.Title = title
		b.rewrite(formula.RenameSheet(was, title))
		if t.DataSource != nil {
			b.formulas(func(_ *tab, src string) string { return formula.RenameSource(src, b.syntax(), was, title) })
		}
	}
	return nil
}

// move puts a sheet before the one that stands at an index.
func (b *book) move(t *tab, to int) error {
	if to < 0 || to > len(b.tabs) {
		return no("Sheet index %d is out of bounds.", to)
	}
	b.tabs = moved(b.tabs, t.Index, 1, to)
	b.reindex()
	return nil
}

// resize makes a sheet larger or smaller; what lies outside then is gone.
func (b *book) resize(t *tab, rows, cols *int32) error {
	was := t.Sheet
	if err := t.size(rows, cols); err != nil {
		return err
	}
	r, c := t.RowCount, t.ColCount
	t.RowCount, t.ColCount = was.RowCount, was.ColCount
	if r < t.RowCount {
		b.remove(t, formula.Rows, r, t.RowCount-r)
	} else if r > t.RowCount {
		t.RowCount = r
	}
	if c < t.ColCount {
		b.remove(t, formula.Cols, c, t.ColCount-c)
	} else if c > t.ColCount {
		t.ColCount = c
	}
	if b.cells() > maxCells {
		return errTooMany
	}
	return nil
}

// updateSpreadsheetProperties changes what a spreadsheet is called, and in which locale and time zone it computes.
func (b *book) updateSpreadsheetProperties(in *api.UpdateSpreadsheetPropertiesRequest) (Obj, error) {
	m, err := fields(in.Fields, api.SpreadsheetProperties{})
	if err != nil {
		return nil, err
	}
	p := in.Properties
	if p == nil {
		p = &api.SpreadsheetProperties{}
	}
	if m.Has("title") && (m != nil || p.Title != nil) {
		if deref(p.Title) == "" {
			return nil, no("Title cannot be empty.")
		}
		b.file.Name = *p.Title
		b.s.Files.Put(b.c.Tx, b.file)
	}
	if m.Has("locale") && (m != nil || p.Locale != nil) {
		if !format.Known(deref(p.Locale)) {
			return nil, no("Unsupported locale: %s", deref(p.Locale))
		}
		b.relocate(*p.Locale)
	}
	if m.Has("timeZone") && (m != nil || p.TimeZone != nil) {
		if deref(p.TimeZone) == "" || !knownZone(*p.TimeZone) {
			return nil, no("Invalid time zone: %s", deref(p.TimeZone))
		}
		b.TimeZone, b.rebuilt = *p.TimeZone, true
	}
	if m.Has("autoRecalc") && p.AutoRecalc != nil {
		b.Recalc = *p.AutoRecalc
	}
	if m.Has("iterativeCalculationSettings") {
		b.Iterate, b.rebuilt = nil, true
		if p.IterativeCalculationSettings != nil {
			b.Iterate = treeOf(p.IterativeCalculationSettings)
		}
	}
	if m.Has("spreadsheetTheme") && p.SpreadsheetTheme != nil {
		if len(p.SpreadsheetTheme.ThemeColors) != len(newTheme["themeColors"].([]any)) {
			return nil, no("All theme color pairs must be provided.")
		}
		b.Theme = colored(treeOf(p.SpreadsheetTheme))
	}
	if m.Has("importFunctionsExternalUrlAccessAllowed") {
		b.Imports = deref(p.ImportFunctionsExternalURLAccessAllowed)
	}
	if m != nil && m.Has("defaultFormat") {
		return nil, no("The default format cannot be changed.")
	}
	b.touch()
	return nil, nil
}

// relocate changes the locale; formulas are written in the new one's way.
func (b *book) relocate(locale string) {
	was := b.syntax()
	b.setLocale(locale)
	if is := b.syntax(); is != was {
		b.formulas(func(_ *tab, src string) string { return formula.Translate(src, was, is) })
	}
	b.rebuilt = true
}
