package gsheets

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"twinset.dev/twins/gsheets/internal/calc"
	"twinset.dev/twins/internal/google/files"
)

// TestRoundTrips writes random spreadsheets as workbooks and reads them again: values, formulas, what they give, merged
// cells and number formats are the same.
func TestRoundTrips(t *testing.T) {
	s, w := world(t)
	for _, mime := range []string{typeXLSX, typeODS} {
		for seed := range uint64(8) {
			r := rand.New(rand.NewPCG(seed, 7))
			inCall(t, s, w, func(c *call) {
				f, err := s.Create(c, files.File{Name: "Out", Type: files.Spreadsheet})
				if err != nil {
					t.Fatal(err)
				}
				b, _ := s.load(c, f)
				b.add(b.newSheet(7, "It's & <two>"))
				for range 60 {
					sh := b.tabs[r.IntN(2)]
					sh.typed(r.IntN(100), r.IntN(8), randomEntry(r))
				}
				b.commit()
				out, err := editor{s}.Export(c, f, mime)
				if err != nil {
					t.Fatal(err)
				}
				g := f
				g.ID = files.NewID(c, files.Spreadsheet)
				s.Files.Put(c.Tx, g)
				if err := (editor{s}).Import(c, g, mime, out); err != nil {
					t.Fatal(err)
				}
				again, _ := s.load(c, g)
				for i := range b.tabs {
					if got, want := cellsOf(again.tabs[i], mime), cellsOf(b.tabs[i], mime); !reflect.DeepEqual(got, want) {
						for k := range want {
							if got[k] != want[k] {
								t.Errorf("%s: %s: got %s, want %s", mime, k, got[k], want[k])
							}
						}
						t.Fatalf("%s, seed %d: %d cells, want %d", mime, seed, len(got), len(want))
					}
				}
			})
		}
	}
}

func randomEntry(r *rand.Rand) string {
	switch r.IntN(9) {
	case 0:
		return fmt.Sprint(r.IntN(1000))
	case 1:
		return fmt.Sprint(r.NormFloat64())
	case 2:
		return []string{"TRUE", "FALSE"}[r.IntN(2)]
	case 3:
		return []string{"plain", "'007", "a\nb", "<&>\"'", "naïve ☃", " blanks "}[r.IntN(6)]
	case 4:
		return fmt.Sprintf("%d/%d/2026", r.IntN(12)+1, r.IntN(28)+1)
	case 5:
		return fmt.Sprintf("%d.5%%", r.IntN(100))
	case 6:
		return fmt.Sprintf("=SUM(A%d:B%d)+%d", r.IntN(50)+1, r.IntN(50)+1, r.IntN(9))
	case 7:
		return fmt.Sprintf("='It''s & <two>'!C%d&\"; [.A1] \"", r.IntN(50)+1)
	}
	return fmt.Sprintf("=IF(Sheet1!A%d>=2,-1,\"no\")", r.IntN(50)+1)
}

func cellsOf(t *tab, mime string) map[string]string {
	out := map[string]string{}
	t.walk(t.all(), func(r, c int, x *Cell) bool {
		if x.Value.Kind != calc.KindEmpty || x.Formula != "" {
			v := x.Value
			if v.Kind == calc.KindNumber || mime == typeODS && x.Formula != "" {
				v.Text = "" // how a date is shown is not in every file
			}
			out[fmt.Sprint(r, ",", c)] = fmt.Sprint(strings.NewReplacer("(", "", ")", "").Replace(x.Formula), " ", v.Kind, v.Num, strings.TrimSpace(v.Text))
		}
		return true
	})
	return out
}

// TestExports looks at what is written for people and other programs.
func TestExports(t *testing.T) {
	s, w := world(t)
	inCall(t, s, w, func(c *call) {
		f, _ := s.Create(c, files.File{Name: "Out", Type: files.Spreadsheet})
		b, _ := s.load(c, f)
		for i, line := range [][]string{{"name", "share"}, {"a, \"b\"", "12%"}, {}, {"", "=B2"}} {
			for k, text := range line {
				if text != "" {
					b.tabs[0].typed(i, k, text)
				}
			}
		}
		b.commit()
		for mime, want := range map[string]string{
			typeCSV: "name,share\r\n\"a, \"\"b\"\"\",12%\r\n,\r\n,12%",
			typeTSV: "name\tshare\r\na, \"b\"\t12%\r\n\t\r\n\t12%",
		} {
			if got, err := (editor{s}).Export(c, f, mime); err != nil || string(got) != want {
				t.Errorf("%s: got %q (%v), want %q", mime, got, err, want)
			}
		}
		if got, err := (editor{s}).Export(c, f, typePDF); err != nil || !bytes.HasPrefix(got, []byte("%PDF-")) || !bytes.Contains(got, []byte("(12%) Tj")) {
			t.Errorf("no PDF: %v", err)
		}
		out, err := editor{s}.Export(c, f, typeZIP)
		if err != nil {
			t.Fatal(err)
		}
		z, err := zip.NewReader(bytes.NewReader(out), int64(len(out)))
		if err != nil {
			t.Fatal(err)
		}
		page, err := z.Open("Sheet1.html")
		if err != nil {
			t.Fatal(err)
		}
		html, _ := io.ReadAll(page)
		if !strings.Contains(string(html), ">a, &#34;b&#34;</td>") {
			t.Errorf("the page is %s", html)
		}
		if text := (editor{s}).Text(c, f); text != "Sheet1\nname\nshare\na, \"b\"\n12%\n12%\n" {
			t.Errorf("the text is %q", text)
		}
	})
}

// FuzzImports reads whatever comes: it is refused or becomes a spreadsheet.
func FuzzImports(f *testing.F) {
	f.Add("text/csv", []byte("a,b\n\"1\n"))
	f.Add(typeXLSX, []byte("PK"))
	f.Add(typeXLSX, drawnWorkbook(f))
	f.Add(typeODS, []byte("PK"))
	f.Add(typeTSV, []byte("\xff\tx"))
	s, w := world(f)
	f.Fuzz(func(t *testing.T, mime string, content []byte) {
		if imports[mime] == nil {
			return
		}
		inCall(t, s, w, func(c *call) {
			file, _ := s.Create(c, files.File{Name: "In", Type: files.Spreadsheet})
			_ = editor{s}.Import(c, file, mime, content)
		})
	})
}

// drawnWorkbook is a workbook of another program's: columns with a line over them, and a picture of which nothing is there.
func drawnWorkbook(t testing.TB) []byte {
	f := excelize.NewFile()
	for i, row := range [][]any{{"Team", "Cost", "Plan"}, {"red", 3, 4}, {"blue", 9, 8}} {
		if err := f.SetSheetRow("Sheet1", fmt.Sprint("A", i+1), &row); err != nil {
			t.Fatal(err)
		}
	}
	series := func(col string) []excelize.ChartSeries {
		return []excelize.ChartSeries{{Name: "Sheet1!$" + col + "$1", Categories: "Sheet1!$A$2:$A$3", Values: "Sheet1!$" + col + "$2:$" + col + "$3"}}
	}
	if err := f.AddChart("Sheet1", "E2", &excelize.Chart{Type: excelize.Col, Series: series("B"), Title: []excelize.RichTextRun{{Text: "Cost "}, {Text: "and plan"}}}, &excelize.Chart{Type: excelize.Line, Series: series("C")}); err != nil {
		t.Fatal(err)
	}
	if err := f.AddChart("Sheet1", "E30", &excelize.Chart{Type: excelize.Radar, Series: series("B")}); err != nil {
		t.Fatal(err)
	}
	if err := f.AddChart("Sheet1", "E60", &excelize.Chart{Type: excelize.Bar, Series: []excelize.ChartSeries{{Values: "Nowhere!$B$2:$B$3"}}}); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := f.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestForeignCharts: charts of kinds that Sheets has too come along; the others, and those of cells that are not there, do not.
func TestForeignCharts(t *testing.T) {
	s, w := world(t)
	inCall(t, s, w, func(c *call) {
		f, err := s.Create(c, files.File{Name: "In", Type: files.Spreadsheet})
		if err != nil {
			t.Fatal(err)
		}
		if err := (editor{s}).Import(c, f, typeXLSX, drawnWorkbook(t)); err != nil {
			t.Fatal(err)
		}
		b, _ := s.load(c, f)
		if len(b.tabs[0].Charts) != 1 {
			t.Fatalf("%d charts", len(b.tabs[0].Charts))
		}
		got, _ := json.Marshal(b.tabs[0].Charts[0]["spec"])
		source := func(col int) string {
			return fmt.Sprintf(`{"sourceRange":{"sources":[{"endColumnIndex":%d,"endRowIndex":3,"startColumnIndex":%d,"startRowIndex":0}]}}`, col+1, col)
		}
		want := `{"basicChart":{"chartType":"COMBO","domains":[{"domain":` + source(0) + `}],"headerCount":1,"legendPosition":"BOTTOM_LEGEND","series":[{"series":` + source(1) + `,"type":"COLUMN"},{"series":` + source(2) +
			`,"type":"LINE"}]},"fontName":"Roboto","hiddenDimensionStrategy":"SKIP_HIDDEN_ROWS_AND_COLUMNS","title":"Cost and plan"}`
		if string(got) != want {
			t.Errorf("\n got %s\nwant %s", got, want)
		}
	})
}

// TestWorkbookObjects writes what lies on sheets as a workbook and reads it again: what both know is the same.
func TestWorkbookObjects(t *testing.T) {
	s, w := world(t)
	inCall(t, s, w, func(c *call) {
		f, err := s.Create(c, files.File{Name: "Objects", Type: files.Spreadsheet})
		if err != nil {
			t.Fatal(err)
		}
		b, _ := s.load(c, f)
		if err := b.seedRequests([]json.RawMessage{json.RawMessage(`{"updateCells": {"start": {}, "fields": "*", "rows": [
			{"values": [{"userEnteredValue": {"stringValue": "Team"}, "note": "Who pays."}, {"userEnteredValue": {"stringValue": "Cost"}}]},
			{"values": [{"userEnteredValue": {"stringValue": "red"}}, {"userEnteredValue": {"numberValue": 3}}]},
			{"values": [{"userEnteredValue": {"stringValue": "blue"}}, {"userEnteredValue": {"numberValue": 9}}]}]}}`),
			json.RawMessage(`{"addTable": {"table": {"name": "Costs", "range": {"startRowIndex": 0, "endRowIndex": 3, "startColumnIndex": 0, "endColumnIndex": 2}}}}`),
			json.RawMessage(`{"setDataValidation": {"range": {"startRowIndex": 4, "endRowIndex": 6, "startColumnIndex": 0, "endColumnIndex": 1}, "rule": {"condition": {"type": "ONE_OF_LIST", "values": [{"userEnteredValue": "red"}, {"userEnteredValue": "blue"}]}, "strict": true, "showCustomUi": true, "inputMessage": "A team"}}}`),
			json.RawMessage(`{"setDataValidation": {"range": {"startRowIndex": 4, "endRowIndex": 5, "startColumnIndex": 1, "endColumnIndex": 2}, "rule": {"condition": {"type": "NUMBER_BETWEEN", "values": [{"userEnteredValue": "1"}, {"userEnteredValue": "10"}]}}}}`),
			json.RawMessage(`{"setDataValidation": {"range": {"startRowIndex": 5, "endRowIndex": 6, "startColumnIndex": 1, "endColumnIndex": 2}, "rule": {"condition": {"type": "ONE_OF_RANGE", "values": [{"userEnteredValue": "=$A$2:$A$3"}]}, "showCustomUi": true}}}`),
			json.RawMessage(`{"setDataValidation": {"range": {"startRowIndex": 6, "endRowIndex": 7, "startColumnIndex": 1, "endColumnIndex": 2}, "rule": {"condition": {"type": "CUSTOM_FORMULA", "values": [{"userEnteredValue": "=B7>2"}]}}}}`),
			json.RawMessage(`{"addConditionalFormatRule": {"rule": {"ranges": [{"startRowIndex": 1, "endRowIndex": 3, "startColumnIndex": 1, "endColumnIndex": 2}], "booleanRule": {"condition": {"type": "NUMBER_GREATER", "values": [{"userEnteredValue": "5"}]}, "format": {"backgroundColor": {"red": 1}}}}}}`),
			json.RawMessage(`{"addConditionalFormatRule": {"index": 1, "rule": {"ranges": [{"startRowIndex": 1, "endRowIndex": 3, "startColumnIndex": 2, "endColumnIndex": 3}], "booleanRule": {"condition": {"type": "CUSTOM_FORMULA", "values": [{"userEnteredValue": "=$B2>1"}]}, "format": {"textFormat": {"bold": true}}}}}}`),
			json.RawMessage(`{"addConditionalFormatRule": {"index": 2, "rule": {"ranges": [{"startRowIndex": 1, "endRowIndex": 3, "startColumnIndex": 3, "endColumnIndex": 4}], "booleanRule": {"condition": {"type": "TEXT_CONTAINS", "values": [{"userEnteredValue": "lu"}]}, "format": {"backgroundColor": {"green": 1}}}}}}`),
			json.RawMessage(`{"addConditionalFormatRule": {"index": 3, "rule": {"ranges": [{"startRowIndex": 1, "endRowIndex": 3, "startColumnIndex": 4, "endColumnIndex": 5}], "booleanRule": {"condition": {"type": "TEXT_NOT_CONTAINS", "values": [{"userEnteredValue": "lu"}]}, "format": {"backgroundColor": {"green": 1}}}}}}`),
			json.RawMessage(`{"addConditionalFormatRule": {"index": 4, "rule": {"ranges": [{"startRowIndex": 1, "endRowIndex": 3, "startColumnIndex": 5, "endColumnIndex": 6}], "booleanRule": {"condition": {"type": "TEXT_STARTS_WITH", "values": [{"userEnteredValue": "re"}]}, "format": {"backgroundColor": {"green": 1}}}}}}`),
			json.RawMessage(`{"addConditionalFormatRule": {"index": 5, "rule": {"ranges": [{"startRowIndex": 1, "endRowIndex": 3, "startColumnIndex": 6, "endColumnIndex": 7}], "booleanRule": {"condition": {"type": "TEXT_ENDS_WITH", "values": [{"userEnteredValue": "d"}]}, "format": {"backgroundColor": {"green": 1}}}}}}`),
			json.RawMessage(`{"addConditionalFormatRule": {"index": 6, "rule": {"ranges": [{"startRowIndex": 1, "endRowIndex": 3, "startColumnIndex": 7, "endColumnIndex": 8}], "booleanRule": {"condition": {"type": "TEXT_EQ", "values": [{"userEnteredValue": "red"}]}, "format": {"backgroundColor": {"green": 1}}}}}}`),
			json.RawMessage(`{"addConditionalFormatRule": {"index": 7, "rule": {"ranges": [{"startRowIndex": 1, "endRowIndex": 3, "startColumnIndex": 8, "endColumnIndex": 9}], "gradientRule": {"minpoint": {"type": "MIN", "color": {"red": 1}}, "midpoint": {"type": "PERCENTILE", "value": "40", "color": {"red": 1, "green": 1}}, "maxpoint": {"type": "NUMBER", "value": "9", "color": {"green": 1}}}}}}`),
			json.RawMessage(`{"addConditionalFormatRule": {"index": 8, "rule": {"ranges": [{"startRowIndex": 1, "endRowIndex": 3, "startColumnIndex": 9, "endColumnIndex": 10}], "gradientRule": {"minpoint": {"type": "PERCENT", "value": "10", "color": {"red": 1, "green": 1, "blue": 1}}, "maxpoint": {"type": "MAX", "color": {"blue": 1}}}}}}`),
			json.RawMessage(`{"addChart": {"chart": {"spec": {"basicChart": {"chartType": "BAR", "stackedType": "STACKED", "legendPosition": "RIGHT_LEGEND", "domains": [{"domain": {"sourceRange": {"sources": [{"startRowIndex": 1, "endRowIndex": 3, "startColumnIndex": 0, "endColumnIndex": 1}]}}}], "series": [{"series": {"sourceRange": {"sources": [{"startRowIndex": 1, "endRowIndex": 3, "startColumnIndex": 1, "endColumnIndex": 2}]}}}, {"series": {"sourceRange": {"sources": [{"startRowIndex": 1, "endRowIndex": 3, "startColumnIndex": 2, "endColumnIndex": 3}]}}}]}}, "position": {"overlayPosition": {"anchorCell": {"rowIndex": 20, "columnIndex": 4}, "offsetXPixels": 12, "offsetYPixels": 7, "widthPixels": 300, "heightPixels": 200}}}}}`),
			json.RawMessage(`{"addChart": {"chart": {"spec": {"title": "Where it went", "basicChart": {"chartType": "SCATTER", "legendPosition": "NO_LEGEND", "headerCount": 1, "domains": [{"domain": {"sourceRange": {"sources": [{"startRowIndex": 0, "endRowIndex": 3, "startColumnIndex": 1, "endColumnIndex": 2}]}}}], "series": [{"series": {"sourceRange": {"sources": [{"startRowIndex": 0, "endRowIndex": 3, "startColumnIndex": 1, "endColumnIndex": 2}]}}}]}}, "position": {"overlayPosition": {"anchorCell": {"rowIndex": 40, "columnIndex": 4}}}}}}`),
			json.RawMessage(`{"addChart": {"chart": {"spec": {"title": "Shares", "pieChart": {"legendPosition": "LEFT_LEGEND", "domain": {"sourceRange": {"sources": [{"startRowIndex": 1, "endRowIndex": 3, "startColumnIndex": 0, "endColumnIndex": 1}]}}, "series": {"sourceRange": {"sources": [{"startRowIndex": 1, "endRowIndex": 3, "startColumnIndex": 1, "endColumnIndex": 2}]}}, "pieHole": 0.5}}, "position": {"overlayPosition": {"anchorCell": {}}}}}}`),
			json.RawMessage(`{"addSheet": {"properties": {"sheetId": 11, "title": "Some", "gridProperties": {"rowCount": 40, "columnCount": 6}}}}`),
			json.RawMessage(`{"updateCells": {"start": {"sheetId": 11}, "fields": "*", "rows": [{"values": [{"userEnteredValue": {"stringValue": "free"}, "userEnteredFormat": {"textFormat": {"bold": true}}}, {"userEnteredValue": {"numberValue": 1}}]}]}}`),
			json.RawMessage(`{"addProtectedRange": {"protectedRange": {"range": {"sheetId": 11, "startRowIndex": 0, "endRowIndex": 4, "startColumnIndex": 1, "endColumnIndex": 3}}}}`),
			json.RawMessage(`{"addProtectedRange": {"protectedRange": {"range": {"sheetId": 11, "startRowIndex": 9, "endRowIndex": 10, "startColumnIndex": 4, "endColumnIndex": 6}}}}`),
			json.RawMessage(`{"addSheet": {"properties": {"sheetId": 12, "title": "All", "gridProperties": {"rowCount": 40, "columnCount": 6}}}}`),
			json.RawMessage(`{"updateCells": {"start": {"sheetId": 12}, "fields": "*", "rows": [{"values": [{"userEnteredValue": {"stringValue": "fixed"}}]}]}}`),
			json.RawMessage(`{"addProtectedRange": {"protectedRange": {"range": {"sheetId": 12}, "unprotectedRanges": [{"sheetId": 12, "startRowIndex": 2, "endRowIndex": 5, "startColumnIndex": 0, "endColumnIndex": 2}]}}}`),
			json.RawMessage(`{"addProtectedRange": {"protectedRange": {"range": {"startRowIndex": 0, "endRowIndex": 1}, "warningOnly": true}}}`),
			json.RawMessage(`{"updateSheetProperties": {"properties": {"gridProperties": {"frozenRowCount": 1, "frozenColumnCount": 1}}, "fields": "gridProperties(frozenRowCount,frozenColumnCount)"}}`),
			json.RawMessage(`{"updateDimensionProperties": {"range": {"dimension": "ROWS", "startIndex": 2, "endIndex": 3}, "properties": {"hiddenByUser": true}, "fields": "hiddenByUser"}}`),
			json.RawMessage(`{"updateDimensionProperties": {"range": {"dimension": "COLUMNS", "startIndex": 0, "endIndex": 1}, "properties": {"pixelSize": 210}, "fields": "pixelSize"}}`),
			json.RawMessage(`{"addNamedRange": {"namedRange": {"name": "all_costs", "range": {"startRowIndex": 1, "endRowIndex": 3, "startColumnIndex": 1, "endColumnIndex": 2}}}}`),
			json.RawMessage(`{"mergeCells": {"range": {"startRowIndex": 8, "endRowIndex": 10, "startColumnIndex": 1, "endColumnIndex": 3}, "mergeType": "MERGE_ALL"}}`),
			json.RawMessage(`{"addChart": {"chart": {"spec": {"title": "Costs", "basicChart": {"chartType": "COLUMN", "legendPosition": "BOTTOM_LEGEND", "headerCount": 1, "domains": [{"domain": {"sourceRange": {"sources": [{"startRowIndex": 0, "endRowIndex": 3, "startColumnIndex": 0, "endColumnIndex": 1}]}}}], "series": [{"series": {"sourceRange": {"sources": [{"startRowIndex": 0, "endRowIndex": 3, "startColumnIndex": 1, "endColumnIndex": 2}]}}}]}}, "position": {"overlayPosition": {"anchorCell": {"rowIndex": 2, "columnIndex": 4}}}}}}`),
		}); err != nil {
			t.Fatal(err)
		}
		b.tabs[0].typed(3, 0, "https://acme.example/plan")
		b.commit()
		out, err := editor{s}.Export(c, f, typeXLSX)
		if err != nil {
			t.Fatal(err)
		}
		g := f
		g.ID = files.NewID(c, files.Spreadsheet)
		s.Files.Put(c.Tx, g)
		if err := (editor{s}).Import(c, g, typeXLSX, out); err != nil {
			t.Fatal(err)
		}
		again, _ := s.load(c, g)
		for what, of := range map[string]func(b *book) any{
			"merges":              func(b *book) any { return b.tabs[0].Merges },
			"frozen":              func(b *book) any { return []int{b.tabs[0].FrozenRows, b.tabs[0].FrozenCols} },
			"hidden rows":         func(b *book) any { return []bool{b.tabs[0].row(2).Hidden, b.tabs[0].row(1).Hidden} },
			"widths":              func(b *book) any { return b.tabs[0].Columns[0].Size },
			"names":               func(b *book) any { return []any{b.Names[0].Name, b.Names[0].Area} },
			"conditional formats": func(b *book) any { return b.tabs[0].Conditional },
			"tables":              func(b *book) any { return []any{b.tabs[0].Tables[0]["name"], b.tabs[0].Tables[0]["range"]} },
			"protected": func(b *book) any {
				var all []any
				for _, t := range b.tabs[1:] {
					for _, p := range t.Protected {
						all = append(all, areaOf(p["range"].(Obj)), p["editors"])
						but, _ := p["unprotectedRanges"].([]any)
						for _, r := range but {
							all = append(all, areaOf(r.(Obj)))
						}
					}
				}
				return all
			},
			"charts": func(b *book) any {
				var all []any
				for _, o := range b.tabs[0].Charts {
					all = append(all, o["spec"], o["position"])
				}
				return all
			},
			"links": func(b *book) any { return linkIn(b.tabs[0].cell(3, 0)) },
			"notes": func(b *book) any { return b.tabs[0].cell(0, 0).Rest.Note },
			"validation": func(b *book) any {
				var all []Obj
				for _, at := range [][2]int{{4, 0}, {5, 0}, {4, 1}, {5, 1}, {6, 1}} {
					all = append(all, b.tabs[0].cell(at[0], at[1]).Rest.Validation)
				}
				return all
			},
		} {
			got, _ := json.Marshal(of(again))
			want, _ := json.Marshal(of(b))
			if string(got) != string(want) {
				t.Errorf("%s:\n got %s\nwant %s", what, got, want)
			}
		}
	})
}
