package google

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/internal/demo"
	"twinset.dev/twins/internal/testbed"
)

// A desk is where a benchmark asks, in ana's name and in a world of its own.
type desk struct {
	b      *testing.B
	h      http.Handler
	bearer string
}

func atDesk(b *testing.B) desk {
	bed := host()
	bed.Schema.Check = false // that records come back from disk the same is for the tests
	b.Cleanup(func() { bed.Schema.Check = true })
	w := bed.World(b)
	return desk{b, testbed.Handler(bed.Base, w), "Bearer " + bed.Token(b, w, "ana")}
}

// ask returns what is answered, read into out if that is not nil.
func (d desk) ask(method, path, body string, out any) {
	d.b.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Authorization", d.bearer)
	rec := httptest.NewRecorder()
	d.h.ServeHTTP(rec, r)
	if rec.Code != http.StatusOK {
		d.b.Fatalf("%s %s: %d %s", method, path, rec.Code, rec.Body)
	}
	if out != nil {
		if err := json.Unmarshal(rec.Body.Bytes(), out); err != nil {
			d.b.Fatal(err)
		}
	}
}

// over asks the same again and again.
func (d desk) over(method, path, body string) {
	d.b.ReportAllocs()
	for d.b.Loop() {
		d.ask(method, path, body, nil)
	}
}

// table makes a spreadsheet of 1,000 rows of ten values, and returns its path.
func (d desk) table() string {
	var made struct{ SpreadsheetID string }
	d.ask("POST", "/v4/spreadsheets", `{}`, &made)
	path := "/v4/spreadsheets/" + made.SpreadsheetID
	var rows []string
	for r := range 1000 {
		rows = append(rows, fmt.Sprintf(`["part %d",%d,%d.5,true,"2026-03-02","bar",%d,"x","y","z"]`, r, r, r, r*40))
	}
	d.ask("PUT", path+"/values/A1:J1000?valueInputOption=RAW", `{"values":[`+strings.Join(rows, ",")+`]}`, nil)
	return path
}

func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		h := twin.NewHost(twin.Options{Demo: demo.YAML, WorldSeed: 1})
		Workspace(h)
		if err := h.Open(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkValuesGet(b *testing.B) {
	d := atDesk(b)
	d.over("GET", d.table()+"/values/A1:J1000?prettyPrint=false", "")
}

func BenchmarkBatchUpdate(b *testing.B) {
	d := atDesk(b)
	var changes []string
	for n := range 100 {
		changes = append(changes, fmt.Sprintf(`{"repeatCell":{"range":{"sheetId":0,"startRowIndex":%d,"endRowIndex":%d,"startColumnIndex":0,"endColumnIndex":3},"cell":{"userEnteredFormat":{"textFormat":{"bold":true}}},"fields":"userEnteredFormat.textFormat.bold"}}`, n, n+1))
	}
	d.over("POST", d.table()+":batchUpdate", `{"requests":[`+strings.Join(changes, ",")+`]}`)
}

func BenchmarkGridData(b *testing.B) {
	d := atDesk(b)
	d.over("GET", d.table()+"?includeGridData=true&prettyPrint=false", "")
}

func BenchmarkGridDataOfTwoFields(b *testing.B) {
	d := atDesk(b)
	d.over("GET", d.table()+"?prettyPrint=false&fields=sheets(properties(title),data.rowData.values(formattedValue,userEnteredFormat.textFormat.bold))", "")
}

func BenchmarkFilesList(b *testing.B) {
	d := atDesk(b)
	var folder struct{ ID string }
	d.ask("POST", "/drive/v3/files", `{"name":"Bench","mimeType":"application/vnd.google-apps.folder"}`, &folder)
	for n := range 150 {
		d.ask("POST", "/drive/v3/files", fmt.Sprintf(`{"name":"part %d","parents":[%q]}`, n, folder.ID), nil)
	}
	path := "/drive/v3/files?prettyPrint=false&pageSize=100&q=%27" + folder.ID + "%27+in+parents"
	b.Run("fields", func(b *testing.B) {
		desk{b, d.h, d.bearer}.over("GET", path+"&fields=nextPageToken,files(id,name,mimeType,modifiedTime,owners(emailAddress),parents)", "")
	})
	b.Run("all", func(b *testing.B) { desk{b, d.h, d.bearer}.over("GET", path+"&fields=*", "") })
}

func BenchmarkUpload(b *testing.B) {
	d := atDesk(b)
	content := strings.Repeat("0123456789abcdef", 1<<20)
	b.SetBytes(int64(len(content)))
	d.over("POST", "/upload/drive/v3/files?uploadType=media", content)
}
