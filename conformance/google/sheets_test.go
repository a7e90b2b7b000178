package google

import (
	"fmt"
	"strings"
	"testing"

	"google.golang.org/api/sheets/v4"
)

// table makes a spreadsheet with these rows in A1 and on.
func table(t *testing.T, e *env, rows ...[]any) string {
	t.Helper()
	s, err := e.sheets.Spreadsheets.Create(&sheets.Spreadsheet{Properties: &sheets.SpreadsheetProperties{Title: "Table"}}).Do()
	must(t, err)
	if len(rows) > 0 {
		_, err = e.sheets.Spreadsheets.Values.Update(s.SpreadsheetId, "A1", &sheets.ValueRange{Values: rows}).ValueInputOption("USER_ENTERED").Do()
		must(t, err)
	}
	return s.SpreadsheetId
}

// cells are the formatted values of a range: rows with "|" between, cells with ",".
func cells(t *testing.T, e *env, id, at string) string {
	t.Helper()
	got, err := e.sheets.Spreadsheets.Values.Get(id, at).Do()
	must(t, err)
	return flat(got.Values)
}

func flat(rows [][]any) string {
	var all []string
	for _, r := range rows {
		var one []string
		for _, c := range r {
			one = append(one, fmt.Sprint(c))
		}
		all = append(all, strings.Join(one, ","))
	}
	return strings.Join(all, "|")
}

// batch makes changes of a spreadsheet.
func batch(t *testing.T, e *env, id string, requests ...*sheets.Request) *sheets.BatchUpdateSpreadsheetResponse {
	t.Helper()
	out, err := e.sheets.Spreadsheets.BatchUpdate(id, &sheets.BatchUpdateSpreadsheetRequest{Requests: requests}).Do()
	must(t, err)
	return out
}

// tagged puts developer metadata on the second row of a table.
func tagged(t *testing.T, e *env, id string) int64 {
	t.Helper()
	out := batch(t, e, id, &sheets.Request{CreateDeveloperMetadata: &sheets.CreateDeveloperMetadataRequest{DeveloperMetadata: &sheets.DeveloperMetadata{
		MetadataKey: "row", MetadataValue: "two", Visibility: "DOCUMENT",
		Location: &sheets.DeveloperMetadataLocation{DimensionRange: &sheets.DimensionRange{SheetId: 0, Dimension: "ROWS", StartIndex: 1, EndIndex: 2, ForceSendFields: []string{"SheetId"}}},
	}}})
	return out.Replies[0].CreateDeveloperMetadata.DeveloperMetadata.MetadataId
}

// byKey finds what tagged has put there.
var byKey = &sheets.DataFilter{DeveloperMetadataLookup: &sheets.DeveloperMetadataLookup{MetadataKey: "row"}}

func init() {
	row("sheets", "SpreadsheetsCreateCall.Do", func(t *testing.T) {
		e := world(t)
		s, err := e.sheets.Spreadsheets.Create(&sheets.Spreadsheet{Properties: &sheets.SpreadsheetProperties{Title: "Budget"}, Sheets: []*sheets.Sheet{{Properties: &sheets.SheetProperties{Title: "2026"}}, {Properties: &sheets.SheetProperties{Title: "2027"}}}}).Do()
		must(t, err)
		want(t, "second sheet", s.Sheets[1].Properties.Title, "2027")
		f := e.sees(t, s.SpreadsheetId)
		want(t, "file", f.Name+" "+f.MimeType, "Budget "+spreadsheetType)
		_, err = e.as("bo").sheets.Spreadsheets.Get(s.SpreadsheetId).Do()
		refused(t, err, 403, "does not have permission")
	})
	row("sheets", "SpreadsheetsGetCall.Do", func(t *testing.T) {
		e := world(t)
		id := table(t, e, []any{"a", 1}, []any{"b", "=B1*2"})
		s, err := e.sheets.Spreadsheets.Get(id).Ranges("Sheet1!A2:B2").IncludeGridData(true).Do()
		must(t, err)
		cell := s.Sheets[0].Data[0].RowData[0].Values[1]
		want(t, "formula", *cell.UserEnteredValue.FormulaValue, "=B1*2")
		want(t, "value", *cell.EffectiveValue.NumberValue, 2.0)
		s, err = e.sheets.Spreadsheets.Get(id).Fields("sheets.properties.title").Do()
		must(t, err)
		want(t, "title", s.Sheets[0].Properties.Title, "Sheet1")
		want(t, "what was not asked for", s.SpreadsheetId, "")
		_, err = e.sheets.Spreadsheets.Get("nothing").Do()
		refused(t, err, 404, "Requested entity was not found.")
	})
	row("sheets", "SpreadsheetsGetByDataFilterCall.Do", func(t *testing.T) {
		e := world(t)
		id := table(t, e, []any{"a", 1}, []any{"b", 2})
		tagged(t, e, id)
		s, err := e.sheets.Spreadsheets.GetByDataFilter(id, &sheets.GetSpreadsheetByDataFilterRequest{DataFilters: []*sheets.DataFilter{byKey}, IncludeGridData: true}).Do()
		must(t, err)
		want(t, "cell", s.Sheets[0].Data[0].RowData[0].Values[0].FormattedValue, "b")
	})
	row("sheets", "SpreadsheetsBatchUpdateCall.Do", func(t *testing.T) {
		e := world(t)
		id := table(t, e, []any{"a", 1}, []any{"b", 2})
		out := batch(t, e, id, &sheets.Request{AddSheet: &sheets.AddSheetRequest{Properties: &sheets.SheetProperties{Title: "More"}}},
			&sheets.Request{FindReplace: &sheets.FindReplaceRequest{Find: "b", Replacement: "c", AllSheets: true}})
		want(t, "new sheet", out.Replies[0].AddSheet.Properties.Title, "More")
		want(t, "replaced", out.Replies[1].FindReplace.OccurrencesChanged, int64(1))
		want(t, "cell", cells(t, e, id, "Sheet1!A2"), "c")
		_, err := e.sheets.Spreadsheets.BatchUpdate(id, &sheets.BatchUpdateSpreadsheetRequest{Requests: []*sheets.Request{
			{UpdateSpreadsheetProperties: &sheets.UpdateSpreadsheetPropertiesRequest{Properties: &sheets.SpreadsheetProperties{Title: "half done"}, Fields: "title"}},
			{AddSheet: &sheets.AddSheetRequest{Properties: &sheets.SheetProperties{Title: "More"}}},
		}}).Do()
		refused(t, err, 400, `Invalid requests[1].addSheet: A sheet with the name "More" already exists. Please enter another name.`)
		want(t, "title, which the first request had changed", e.sees(t, id).Name, "Table")
	})
	row("sheets", "SpreadsheetsSheetsCopyToCall.Do", func(t *testing.T) {
		e := world(t)
		from, to := table(t, e, []any{"a", "=1+1"}), table(t, e)
		p, err := e.sheets.Spreadsheets.Sheets.CopyTo(from, 0, &sheets.CopySheetToAnotherSpreadsheetRequest{DestinationSpreadsheetId: to}).Do()
		must(t, err)
		want(t, "title", p.Title, "Copy of Sheet1")
		want(t, "cells", cells(t, e, to, "'Copy of Sheet1'!A1:B1"), "a,2")
	})
	row("sheets", "SpreadsheetsDeveloperMetadataGetCall.Do", func(t *testing.T) {
		e := world(t)
		id := table(t, e, []any{"a"}, []any{"b"})
		m, err := e.sheets.Spreadsheets.DeveloperMetadata.Get(id, tagged(t, e, id)).Do()
		must(t, err)
		want(t, "value", m.MetadataValue, "two")
		_, err = e.sheets.Spreadsheets.DeveloperMetadata.Get(id, 12345).Do()
		if err == nil {
			t.Fatal("there is metadata that nobody has made")
		}
	})
	row("sheets", "SpreadsheetsDeveloperMetadataSearchCall.Do", func(t *testing.T) {
		e := world(t)
		id := table(t, e, []any{"a"}, []any{"b"})
		n := tagged(t, e, id)
		got, err := e.sheets.Spreadsheets.DeveloperMetadata.Search(id, &sheets.SearchDeveloperMetadataRequest{DataFilters: []*sheets.DataFilter{byKey}}).Do()
		must(t, err)
		want(t, "found", got.MatchedDeveloperMetadata[0].DeveloperMetadata.MetadataId, n)
	})
	row("sheets", "SpreadsheetsValuesGetCall.Do", func(t *testing.T) {
		e := world(t)
		id := table(t, e, []any{"fuel", "1234.5", "50%", "=B1*C1"}, []any{}, []any{"x"})
		want(t, "formatted", cells(t, e, id, "A1:D4"), "fuel,1234.5,50%,617.25||x")
		got, err := e.sheets.Spreadsheets.Values.Get(id, "Sheet1!B1:D1").ValueRenderOption("FORMULA").MajorDimension("COLUMNS").Do()
		must(t, err)
		want(t, "formulas in columns", flat(got.Values), "1234.5|0.5|=B1*C1")
		_, err = e.sheets.Spreadsheets.Values.Get(id, "Nowhere!A1").Do()
		refused(t, err, 400, "Unable to parse range: Nowhere!A1")
	})
	row("sheets", "SpreadsheetsValuesUpdateCall.Do", func(t *testing.T) {
		e := world(t)
		id := table(t, e)
		out, err := e.sheets.Spreadsheets.Values.Update(id, "B2", &sheets.ValueRange{Values: [][]any{{"1", "=B2+1"}}}).ValueInputOption("USER_ENTERED").IncludeValuesInResponse(true).Do()
		must(t, err)
		want(t, "range", out.UpdatedRange, "Sheet1!B2:C2")
		want(t, "what is there now", flat(out.UpdatedData.Values), "1,2")
		_, err = e.sheets.Spreadsheets.Values.Update(id, "B2", &sheets.ValueRange{Values: [][]any{{"=B2+1"}}}).ValueInputOption("RAW").Do()
		must(t, err)
		want(t, "as it was written", cells(t, e, id, "B2"), "=B2+1")
		_, err = e.sheets.Spreadsheets.Values.Update(id, "B2", &sheets.ValueRange{Values: [][]any{{1}}}).Do()
		refused(t, err, 400, "'valueInputOption' is required but not specified")
	})
	row("sheets", "SpreadsheetsValuesAppendCall.Do", func(t *testing.T) {
		e := world(t)
		id := table(t, e, []any{"a", 1}, []any{"b", 2})
		out, err := e.sheets.Spreadsheets.Values.Append(id, "A1", &sheets.ValueRange{Values: [][]any{{"c", 3}}}).ValueInputOption("RAW").Do()
		must(t, err)
		want(t, "table", out.TableRange, "Sheet1!A1:B2")
		want(t, "range", out.Updates.UpdatedRange, "Sheet1!A3:B3")
		want(t, "cells", cells(t, e, id, "A1:B9"), "a,1|b,2|c,3")
	})
	row("sheets", "SpreadsheetsValuesClearCall.Do", func(t *testing.T) {
		e := world(t)
		id := table(t, e, []any{"a", 1}, []any{"b", "=B1+2"})
		out, err := e.sheets.Spreadsheets.Values.Clear(id, "B1", &sheets.ClearValuesRequest{}).Do()
		must(t, err)
		want(t, "range", out.ClearedRange, "Sheet1!B1")
		want(t, "cells", cells(t, e, id, "A1:B2"), "a|b,2")
	})
	row("sheets", "SpreadsheetsValuesBatchGetCall.Do", func(t *testing.T) {
		e := world(t)
		id := table(t, e, []any{"a", 1}, []any{"b", 2})
		got, err := e.sheets.Spreadsheets.Values.BatchGet(id).Ranges("A1:A2", "B2").Do()
		must(t, err)
		want(t, "ranges", got.ValueRanges[0].Range+" "+got.ValueRanges[1].Range, "Sheet1!A1:A2 Sheet1!B2")
		want(t, "values", flat(got.ValueRanges[0].Values)+" "+flat(got.ValueRanges[1].Values), "a|b 2")
	})
	row("sheets", "SpreadsheetsValuesBatchUpdateCall.Do", func(t *testing.T) {
		e := world(t)
		id := table(t, e)
		out, err := e.sheets.Spreadsheets.Values.BatchUpdate(id, &sheets.BatchUpdateValuesRequest{ValueInputOption: "RAW", Data: []*sheets.ValueRange{{Range: "A1", Values: [][]any{{"a"}}}, {Range: "B2:B3", MajorDimension: "COLUMNS", Values: [][]any{{1, 2}}}}}).Do()
		must(t, err)
		want(t, "cells", out.TotalUpdatedCells, int64(3))
		want(t, "values", cells(t, e, id, "A1:B3"), "a|,1|,2")
	})
	row("sheets", "SpreadsheetsValuesBatchClearCall.Do", func(t *testing.T) {
		e := world(t)
		id := table(t, e, []any{"a", 1}, []any{"b", 2})
		out, err := e.sheets.Spreadsheets.Values.BatchClear(id, &sheets.BatchClearValuesRequest{Ranges: []string{"A1", "B2"}}).Do()
		must(t, err)
		want(t, "ranges", strings.Join(out.ClearedRanges, " "), "Sheet1!A1 Sheet1!B2")
		want(t, "values", cells(t, e, id, "A1:B2"), ",1|b")
	})
	row("sheets", "SpreadsheetsValuesBatchGetByDataFilterCall.Do", func(t *testing.T) {
		e := world(t)
		id := table(t, e, []any{"a", 1}, []any{"b", 2})
		tagged(t, e, id)
		got, err := e.sheets.Spreadsheets.Values.BatchGetByDataFilter(id, &sheets.BatchGetValuesByDataFilterRequest{DataFilters: []*sheets.DataFilter{byKey, {A1Range: "A1"}}}).Do()
		must(t, err)
		want(t, "values", flat(got.ValueRanges[0].ValueRange.Values)+" "+flat(got.ValueRanges[1].ValueRange.Values), "b,2 a")
	})
	row("sheets", "SpreadsheetsValuesBatchUpdateByDataFilterCall.Do", func(t *testing.T) {
		e := world(t)
		id := table(t, e, []any{"a", 1}, []any{"b", 2})
		tagged(t, e, id)
		out, err := e.sheets.Spreadsheets.Values.BatchUpdateByDataFilter(id, &sheets.BatchUpdateValuesByDataFilterRequest{ValueInputOption: "RAW", Data: []*sheets.DataFilterValueRange{{DataFilter: byKey, MajorDimension: "ROWS", Values: [][]any{{"z"}}}}}).Do()
		must(t, err)
		want(t, "cells", out.TotalUpdatedCells, int64(1))
		want(t, "values", cells(t, e, id, "A1:B2"), "a,1|z,2")
	})
	row("sheets", "SpreadsheetsValuesBatchClearByDataFilterCall.Do", func(t *testing.T) {
		e := world(t)
		id := table(t, e, []any{"a", 1}, []any{"b", 2})
		tagged(t, e, id)
		_, err := e.sheets.Spreadsheets.Values.BatchClearByDataFilter(id, &sheets.BatchClearValuesByDataFilterRequest{DataFilters: []*sheets.DataFilter{byKey}}).Do()
		must(t, err)
		want(t, "values", cells(t, e, id, "A1:B2"), "a,1")
	})
}
