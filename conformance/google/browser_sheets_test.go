package google

import (
	"testing"

	"google.golang.org/api/sheets/v4"

	"twinset.dev/conformance/internal/lab"
)

// TestBrowserSheets types numbers and a formula into a grid, sees what it gives, and sees it through the API; and sees what the
// API writes.
func TestBrowserSheets(t *testing.T) {
	browser := lab.Browser(t)
	for _, at := range lab.Screens {
		t.Run(at.Name, func(t *testing.T) {
			e := world(t)
			ana := e.as("ana")
			made, err := ana.sheets.Spreadsheets.Create(&sheets.Spreadsheet{Properties: &sheets.SpreadsheetProperties{Title: "Fuel"}}).Do()
			must(t, err)
			p := lab.Open(t, browser, "ana", at.Width, at.Height)
			p.Goes(e.url + "/spreadsheets/d/" + made.SpreadsheetId + "/edit")
			p.Sees("h1", "Sign in")
			p.Presses(`button[title="Ana Silva"]`, "")
			p.Sees("h1", "Fuel")
			p.Listens()
			for _, cell := range []struct{ at, typed, shown string }{{"A1", "1", "1"}, {"A2", "2", "2"}, {"A3", "$3", "$3"}, {"A4", "=SUM(A1:A3)", "6"}} {
				p.Types("#where", cell.at+"\r")
				p.Types("#value", cell.typed+"\r")
				p.Sees("#"+cell.at, cell.shown)
			}
			p.Shoot("sums")
			got, err := ana.sheets.Spreadsheets.Values.Get(made.SpreadsheetId, "A4").ValueRenderOption("UNFORMATTED_VALUE").Do()
			must(t, err)
			want(t, "the sum", got.Values[0][0], any(6.0))
			_, err = ana.sheets.Spreadsheets.Values.Update(made.SpreadsheetId, "A1", &sheets.ValueRange{Values: [][]any{{10}}}).ValueInputOption("RAW").Do()
			must(t, err)
			p.Sees("#A4", "15")
			p.Presses("#add", "")
			p.Sees("#tabs", "Sheet2")
			p.Shoot("two-sheets")
			p.Quiet()
		})
	}
}
