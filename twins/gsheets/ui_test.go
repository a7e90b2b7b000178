package gsheets

import (
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/internal/google/identity"
	"twinset.dev/twins/internal/testbed"
)

// TestPages: whoever is signed in sees a spreadsheet, writes in it and downloads it; whoever is not is led to sign in, or told to.
func TestPages(t *testing.T) {
	s, w := world(t)
	h := testbed.Handler(s.Base, w)
	session, ana, id := "", "", ""
	ask := func(method, path string, form url.Values) *httptest.ResponseRecorder {
		var body io.Reader
		if form != nil {
			body = strings.NewReader(form.Encode())
		}
		r := httptest.NewRequest(method, path, body)
		if form != nil {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		if session != "" {
			r.AddCookie(&http.Cookie{Name: identity.SessionCookie, Value: session})
		}
		res := httptest.NewRecorder()
		h.ServeHTTP(res, r)
		return res
	}
	w.View(func(c *twin.Call) error {
		u, _ := s.ByEmail(c.Tx, "ana@acme.example")
		ana = u.ID
		for f := range s.ByName.All(c.Tx, "budget 2026") {
			id = f.ID
		}
		return nil
	})
	want := func(res *httptest.ResponseRecorder, status int, says string) {
		t.Helper()
		_, flash, _ := strings.Cut(res.Header().Get("Set-Cookie"), "=")
		said, _ := base64.RawURLEncoding.DecodeString(strings.Split(flash, ";")[0]) // what the next page says
		if all := res.Body.String() + res.Header().Get("Location") + string(said); res.Code != status || !strings.Contains(all, says) {
			t.Errorf("got %d, want %d and %q in %.300s", res.Code, status, says, all)
		}
	}
	page := "/spreadsheets/d/" + id
	want(ask("GET", page+"/edit", nil), http.StatusSeeOther, "continue=")
	want(ask("POST", page+"/do", url.Values{"press": {"add-sheet"}}), http.StatusSeeOther, "Sign in and try again.")
	for _, ck := range ask("POST", "/AccountChooser", url.Values{"user": {ana}}).Result().Cookies() {
		if ck.Name == identity.SessionCookie {
			session = ck.Value
		}
	}
	want(ask("GET", page+"/edit", nil), http.StatusOK, "Landing pad")
	want(ask("GET", page+"/export?format=csv&gid=1", nil), http.StatusOK, "Team,Planned,Actual")
	want(ask("GET", page+"/export?format=docx", nil), http.StatusBadRequest, "Unsupported export format: docx")
}

// TestTooManyCells: a spreadsheet has ten million cells at the most, however they come to be.
func TestTooManyCells(t *testing.T) {
	s, w := world(t)
	h := testbed.Handler(s.Base, w)
	ask := func(method, path, body string) string {
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+token(t, w, "ana"))
		res := httptest.NewRecorder()
		h.ServeHTTP(res, r)
		return res.Body.String()
	}
	id := strings.Split(ask("POST", "/v4/spreadsheets?fields=spreadsheetId", `{"sheets": [{"properties": {"sheetId": 1, "gridProperties": {"rowCount": 9000000, "columnCount": 1}}}]}`), `"`)[3]
	const says = "This action would increase the number of cells in the workbook above the limit of 10000000 cells."
	for _, request := range []string{
		`{"addSheet": {"properties": {"gridProperties": {"rowCount": 1000001, "columnCount": 1}}}}`,
		`{"duplicateSheet": {"sourceSheetId": 1}}`,
		`{"updateSheetProperties": {"properties": {"sheetId": 1, "gridProperties": {"columnCount": 2}}, "fields": "gridProperties.columnCount"}}`,
		`{"appendDimension": {"sheetId": 1, "dimension": "COLUMNS", "length": 1}}`,
		`{"insertDimension": {"range": {"sheetId": 1, "dimension": "COLUMNS", "startIndex": 0, "endIndex": 1}}}`,
	} {
		if got := ask("POST", "/v4/spreadsheets/"+id+":batchUpdate", `{"requests": [`+request+`]}`); !strings.Contains(got, says) {
			t.Errorf("%s: got %s", request, got)
		}
	}
}
