package gsheets

import (
	"slices"
	"strconv"
	"time"

	"twinset.dev/twins/gsheets/internal/api"
	"twinset.dev/twins/gsheets/internal/format"
	"twinset.dev/twins/internal/google/gapi"
)

// setProperties takes what a new spreadsheet's properties say.
func (b *book) setProperties(p *api.SpreadsheetProperties) error {
	if p.Locale != nil && *p.Locale != "" {
		if !format.Known(*p.Locale) {
			return gapi.Invalid("Invalid value for field properties.locale: Unsupported locale: %s", *p.Locale)
		}
		b.setLocale(*p.Locale)
	}
	if p.TimeZone != nil && *p.TimeZone != "" {
		if !knownZone(*p.TimeZone) {
			return gapi.Invalid("Invalid value for field properties.timeZone: Unknown time zone: %s", *p.TimeZone)
		}
		b.TimeZone = *p.TimeZone
	}
	if r := p.AutoRecalc; r != nil && slices.Contains([]string{"ON_CHANGE", "MINUTE", "HOUR"}, *r) {
		b.Recalc = *r
	}
	if p.IterativeCalculationSettings != nil {
		b.Iterate = treeOf(p.IterativeCalculationSettings)
	}
	if p.ImportFunctionsExternalURLAccessAllowed != nil {
		b.Imports = *p.ImportFunctionsExternalURLAccessAllowed
	}
	if p.SpreadsheetTheme != nil {
		b.Theme = treeOf(p.SpreadsheetTheme)
	}
	b.touch()
	return nil
}

// knownZone reports whether a name is a time zone's.
func knownZone(name string) bool {
	_, err := time.LoadLocation(name)
	return err == nil && name != "Local"
}

// addGiven adds a sheet as a new spreadsheet has it.
func (b *book) addGiven(in *api.Sheet, path string) error {
	p := in.Properties
	if p == nil {
		p = &api.SheetProperties{}
	}
	sh := b.newSheet(0, "")
	if p.Title != nil {
		sh.Title = *p.Title
	}
	if sh.Title == "" {
		sh.Title = b.freeTitle()
	}
	if _, taken := b.named(sh.Title); taken {
		return gapi.Invalid("Invalid %s: A sheet with the name \"%s\" already exists. Please enter another name.", path, sh.Title)
	}
	if p.SheetID != nil {
		sh.ID = int(*p.SheetID)
		if _, taken := b.tab(sh.ID); taken {
			return gapi.Invalid("Invalid %s: Duplicate sheet id: %d", path, sh.ID)
		}
	} else {
		sh.ID = b.newSheetID()
	}
	sh.Hidden, sh.Right = deref(p.Hidden), deref(p.RightToLeft)
	if g := p.GridProperties; g != nil {
		if g.RowCount != nil && *g.RowCount > 0 {
			sh.RowCount = int(*g.RowCount)
		}
		if g.ColumnCount != nil && *g.ColumnCount > 0 {
			sh.ColCount = int(*g.ColumnCount)
		}
		sh.FrozenRows, sh.FrozenCols, sh.NoLines = int(deref(g.FrozenRowCount)), int(deref(g.FrozenColumnCount)), deref(g.HideGridlines)
		sh.RowsAfter, sh.ColsAfter = deref(g.RowGroupControlAfter), deref(g.ColumnGroupControlAfter)
	}
	b.add(sh)
	if b.cells() > maxCells {
		return errTooMany
	}
	return nil
}

// freeTitle is the title of a sheet that is given none: Sheet and the first number that is free.
func (b *book) freeTitle() string {
	for n := len(b.tabs) + 1; ; n++ {
		title := "Sheet" + strconv.Itoa(n)
		if _, taken := b.named(title); !taken {
			return title
		}
	}
}

func deref[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}
