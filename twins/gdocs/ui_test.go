package gdocs

import (
	"encoding/json"
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

// TestWritten: what has been typed is the least that has to be inserted and deleted, and never half a sign.
func TestWritten(t *testing.T) {
	for _, x := range []struct{ old, text, want string }{
		{"abc", "abc", `null`},
		{"abc", "abXc", `[{"insertText":{"location":{"index":12,"segmentId":"","tabId":"t.0"},"text":"X"}}]`},
		{"abc", "c", `[{"deleteContentRange":{"range":{"endIndex":12,"segmentId":"","startIndex":10,"tabId":"t.0"}}}]`},
		{"one two", "one 2", `[{"insertText":{"location":{"index":14,"segmentId":"","tabId":"t.0"},"text":"2"}},{"deleteContentRange":{"range":{"endIndex":18,"segmentId":"","startIndex":15,"tabId":"t.0"}}}]`},
		{"😀", "😁", `[{"insertText":{"location":{"index":10,"segmentId":"","tabId":"t.0"},"text":"😁"}},{"deleteContentRange":{"range":{"endIndex":14,"segmentId":"","startIndex":12,"tabId":"t.0"}}}]`},
		{"\U0001F600", "\U0002F600", `[{"insertText":{"location":{"index":10,"segmentId":"","tabId":"t.0"},"text":"` + "\U0002F600" + `"}},{"deleteContentRange":{"range":{"endIndex":14,"segmentId":"","startIndex":12,"tabId":"t.0"}}}]`},
		{"a\ufffcb", "ab", `[{"deleteContentRange":{"range":{"endIndex":12,"segmentId":"","startIndex":11,"tabId":"t.0"}}}]`},
		{"ab", "a\ufffcb", `null`},
	} {
		got, _ := json.Marshal(written(url.Values{"tab": {"t.0"}, "segment": {""}, "start": {"10"}, "old": {x.old}, "text": {x.text}}))
		if string(got) != x.want {
			t.Errorf("%q to %q:\ngot  %s\nwant %s", x.old, x.text, got, x.want)
		}
	}
}

// TestPage: who may read sees the page, who may write writes in it, who may neither is told so.
func TestPage(t *testing.T) {
	w := host().World(t)
	h := testbed.Handler(host().Base, w)
	jars := map[string]string{}
	ask := func(as, method, path string, form url.Values) (int, string, http.Header) {
		var body io.Reader
		if form != nil {
			body = strings.NewReader(form.Encode())
		}
		r := httptest.NewRequest(method, path, body)
		if form != nil {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Accept", "application/json")
		}
		if jars[as] != "" {
			r.Header.Set("Cookie", identity.SessionCookie+"="+jars[as])
		}
		res := httptest.NewRecorder()
		h.ServeHTTP(res, r)
		return res.Code, res.Body.String(), res.Header()
	}
	signIn := func(as string) {
		id := ""
		w.View(func(c *twin.Call) error {
			u, _ := host().Table.ByEmail(c.Tx, as+"@acme.example")
			id = u.ID
			return nil
		})
		_, _, head := ask("", "POST", "/AccountChooser", url.Values{"user": {id}})
		for _, ck := range (&http.Response{Header: head}).Cookies() {
			if ck.Name == identity.SessionCookie {
				jars[as] = ck.Value
			}
		}
		if jars[as] == "" {
			t.Fatal("not signed in")
		}
	}
	api := func(method, path, body string) string {
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+host().Token(t, w, "ana"))
		res := httptest.NewRecorder()
		h.ServeHTTP(res, r)
		return res.Body.String()
	}
	var made struct{ DocumentID, RevisionID string }
	if err := json.Unmarshal([]byte(api("POST", "/v1/documents", `{"title": "Page & <plan>"}`)), &made); err != nil {
		t.Fatal(err)
	}
	page := "/document/d/" + made.DocumentID + "/edit"
	if code, _, head := ask("", "GET", page, nil); code != http.StatusSeeOther || !strings.Contains(head.Get("Location"), "/ServiceLogin") {
		t.Errorf("a stranger got %d %s", code, head.Get("Location"))
	}
	signIn("ana")
	signIn("bo")
	code, body, _ := ask("ana", "GET", page, nil)
	if code != 200 || !strings.Contains(body, "Page &amp; &lt;plan&gt;") || !strings.Contains(body, `contenteditable="true"`) {
		t.Fatalf("got %d %s", code, body)
	}
	_, rest, _ := strings.Cut(body, `data-form="`)
	form, _, _ := strings.Cut(rest, `"`)
	if code, body, _ := ask("bo", "GET", page, nil); code != http.StatusForbidden || !strings.Contains(body, "You need access") {
		t.Errorf("bo got %d %s", code, body)
	}
	typed := url.Values{"form": {form}, "tab": {"t.0"}, "segment": {""}, "start": {"1"}, "old": {""}, "text": {"typed"}, "revision": {made.RevisionID}, "block": {"b1"}}
	if code, body, _ := ask("bo", "POST", "/document/do/"+made.DocumentID, typed); code != http.StatusForbidden || !strings.Contains(body, "Sign in and try again.") {
		t.Errorf("with another's form bo got %d %s", code, body)
	}
	if code, body, _ := ask("ana", "POST", "/document/do/"+made.DocumentID, typed); code != 200 || !strings.Contains(body, `"hash"`) {
		t.Errorf("got %d %s", code, body)
	}
	if got := api("GET", "/v1/documents/"+made.DocumentID+"?fields=body(content/paragraph/elements/textRun/content)", ""); !strings.Contains(got, `"typed\n"`) {
		t.Errorf("the API says %s", got)
	}
	if code, body, head := ask("ana", "GET", "/document/d/"+made.DocumentID+"/export?format=md", nil); code != 200 || body != "typed\n" || !strings.Contains(head.Get("Content-Disposition"), ".md") {
		t.Errorf("exported %d %q %v", code, body, head)
	}
	if code, _, _ := ask("ana", "GET", "/document/d/nope/edit", nil); code != http.StatusNotFound {
		t.Errorf("no document: %d", code)
	}
}
