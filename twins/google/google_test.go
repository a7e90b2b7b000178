package google

import (
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"twinset.dev/kit/twin"
	"twinset.dev/kit/twintest"
	"twinset.dev/twins/gdocs"
	"twinset.dev/twins/gdrive"
	"twinset.dev/twins/gsheets"
	"twinset.dev/twins/internal/google/bed"
	"twinset.dev/twins/internal/google/files"
	"twinset.dev/twins/internal/google/gapi"
	"twinset.dev/twins/internal/testbed"
)

// host has the three twins on one file table; each test works in a world of its own.
var host = sync.OnceValue(func() *bed.Bed {
	return bed.Open(func(t *files.Table) *twin.Base {
		drive, sheets, docs := gdrive.New(t), gsheets.New(t), gdocs.New(t)
		gapi.Discovery(t.Identity, drive, sheets, docs)
		return docs
	})
})

// TestScripts plays what takes more than one twin.
func TestScripts(t *testing.T) { twintest.Play(t, "testdata/*.txt", host().Stage) }

// TestBatch makes calls of Sheets and of Docs in one request, at the address that they share; those of Drive go to its own.
func TestBatch(t *testing.T) {
	w := host().World(t)
	token := host().Token(t, w, "ana")
	send := func(path, kind, body string) string {
		r := httptest.NewRequest("POST", path, strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Content-Type", kind)
		rec := httptest.NewRecorder()
		testbed.Handler(host().Base, w).ServeHTTP(rec, r)
		if rec.Code != 200 {
			t.Fatalf("%s: %d %s", path, rec.Code, rec.Body)
		}
		return rec.Body.String()
	}
	id := func(answer string) string { return strings.Split(answer, `"`)[3] }
	book := id(send("/v4/spreadsheets?fields=spreadsheetId", "application/json", "{}"))
	doc := id(send("/v1/documents?fields=documentId", "application/json", `{"title": "Batched"}`))
	part := "--b\r\nContent-Type: application/http\r\n\r\n"
	out := send("/batch", "multipart/mixed; boundary=b", part+"PUT /v4/spreadsheets/"+book+"/values/A1?valueInputOption=RAW&fields=updatedCells\r\n\r\n{\"values\": [[1]]}\r\n"+
		part+"GET /v1/documents/"+doc+"?fields=title\r\n\r\n"+part+"GET /v4/spreadsheets/none\r\n\r\n"+part+"GET /drive/v3/files/"+doc+"\r\n\r\n--b--\r\n")
	for i, want := range []string{`"updatedCells": 1`, `"title": "Batched"`, "Requested entity was not found.", `"Not Found"`} {
		if got := strings.Split(out, "--batch_b"); len(got) != 6 || !strings.Contains(got[i+1], want) {
			t.Errorf("answer %d is not %s in %s", i+1, want, out)
		}
	}
}
