package gsheets

import (
	"fmt"
	"strconv"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/gsheets/internal/api"
	"twinset.dev/twins/gsheets/internal/formula"
	"twinset.dev/twins/internal/google/files"
	"twinset.dev/twins/internal/google/gapi"
)

func (s *Sheets) sheetsOperations() {
	s.On(twin.Full, "spreadsheets.sheets.copyTo", s.sheetsCopyTo).Answers(api.SheetProperties{}, "")
}

// sheetsCopyTo copies a sheet to the end of another spreadsheet, or of the same.
//
// https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets.sheets/copyTo
func (s *Sheets) sheetsCopyTo(c *call) (any, error) {
	var in api.CopySheetToAnotherSpreadsheetRequest
	if err := c.Bind(&in); err != nil {
		return nil, err
	}
	id, err := strconv.ParseInt(c.Param("sheetId"), 10, 32)
	if err != nil {
		return nil, errNumber("sheet_id", c.Param("sheetId"))
	}
	from, err := s.open(c, c.Param("spreadsheetId"), files.Reader)
	if err != nil {
		return nil, err
	}
	t, ok := from.tab(int(id))
	if !ok {
		return nil, gapi.Invalid("No sheet with id: %d", id)
	}
	if t.DataSource != nil {
		return nil, errDataSheet
	}
	to, err := s.open(c, deref(in.DestinationSpreadsheetID), files.Writer)
	if err != nil {
		return nil, err
	}
	if to.ID == from.ID {
		t, _ = to.tab(t.ID)
	}
	sh := t.Sheet
	sh.ID, sh.Index, sh.Title, sh.Hidden = to.newSheetID(), len(to.tabs), to.copyTitle(t.Title), false
	n := to.copyOf(t, sh)
	if to.cells() > maxCells {
		return nil, errTooMany
	}
	to.renumber(n, t.ID)
	if from.syntax() != to.syntax() {
		n.translate(from.syntax())
	}
	if err := to.commit(); err != nil {
		return nil, err
	}
	return n.properties(), nil
}

// translate writes the formulas of a sheet that comes from a spreadsheet of another locale as this one's has them.
func (t *tab) translate(from formula.Syntax) {
	t.walk(t.all(), func(r, c int, x *Cell) bool {
		if x.Formula != "" {
			t.edit(r, c).Formula = formula.Translate(x.Formula, from, t.b.syntax())
		}
		return true
	})
}

// errNumber is for a number in a path that is none.
func errNumber(field, value string) error {
	said := fmt.Sprintf("Invalid value at '%s' (TYPE_INT32), %q", field, value)
	r := gapi.Invalid("%s", said)
	r.Details = []any{Obj{"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": []any{Obj{"field": field, "description": said}}}}
	return r
}
