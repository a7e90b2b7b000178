package jira

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"twinset.dev/kit/twin"
)

// FuzzRequest sends anything at all to the API: it is answered or refused in Jira's words, and is never our fault.
func FuzzRequest(f *testing.F) {
	f.Add("POST", "/rest/api/3/issue", "", `{"fields":{"project":{"key":"ROCK"},"issuetype":{"id":"10001"},"summary":"x","labels":[1],"customfield_10016":"a","description":{"type":"doc"}},"update":{"labels":[{"add":{}}]}}`)
	f.Add("PUT", "/rest/api/2/issue/ROCK-1", "notifyUsers=x", `{"update":{"comment":[{"add":{"body":{}}}],"fixVersions":[{"remove":{"name":[]}}]}}`)
	f.Add("GET", "/rest/api/3/search/jql", "jql=status+was+in+%28Done%29+after+-1w&fields=*all&expand=changelog", "")
	f.Add("POST", "/rest/api/3/workflows/create", "", `{"scope":{"type":"GLOBAL"},"statuses":[{}],"workflows":[{"transitions":[{"id":"a"}]}]}`)
	f.Add("POST", "/rest/agile/1.0/sprint", "", `{"originBoardId":"x","name":[],"startDate":"y"}`)
	f.Add("POST", "/rest/api/3/bulk/issues/fields", "", `{"selectedIssueIdsOrKeys":["ROCK-1"],"selectedActions":["labels"],"editedFieldsInput":{"labelsFields":[{"fieldId":"labels","labels":[{}]}]}}`)
	f.Fuzz(func(t *testing.T, verb, path, query, body string) {
		switch verb {
		case http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete:
		default:
			verb = http.MethodPost
		}
		if !strings.HasPrefix(path, "/rest/") || strings.ContainsAny(path, " ?#%\x00\n\r\t") {
			return
		}
		j, w := host(), fuzzWorld()
		r := httptest.NewRequest(verb, "/", strings.NewReader(body))
		r.URL.Path, r.URL.RawQuery = "/w/"+w.Name()+path, query
		r.Header.Set("Authorization", basic(t, j, w, "ana"))
		r.Header.Set("Content-Type", "application/json")
		res := httptest.NewRecorder()
		j.Echo.ServeHTTP(res, r)
		if res.Code == http.StatusInternalServerError {
			t.Fatalf("%s %s?%s %s: %s", verb, path, query, body, res.Body)
		}
	})
}

// fuzzWorld is a world that all requests of a fuzzer go to.
var fuzzWorld = sync.OnceValue(func() *twin.World {
	j := host()
	w, _ := j.World(twin.DefaultWorld)
	f, err := j.Fork(w.Snapshot(), "fuzz", false)
	if err != nil {
		panic(err)
	}
	return f
})

// TestConcurrentRequests has several people at one site at once.
func TestConcurrentRequests(t *testing.T) {
	j, w := world(t)
	send := func(as, verb, path, body string) int {
		r := httptest.NewRequest(verb, "/w/"+w.Name()+path, strings.NewReader(body))
		r.Header.Set("Authorization", basic(t, j, w, as))
		r.Header.Set("Content-Type", "application/json")
		res := httptest.NewRecorder()
		j.Echo.ServeHTTP(res, r)
		return res.Code
	}
	var wg sync.WaitGroup
	for _, as := range []string{"ana", "bo", "chidi", "dara"} {
		wg.Go(func() {
			for n := range 15 {
				send(as, "POST", "/rest/api/3/issue", fmt.Sprintf(`{"fields":{"project":{"key":"OPS"},"issuetype":{"name":"Task"},"summary":"%s's %d"}}`, as, n))
				send(as, "POST", "/rest/api/2/issue/ROCK-8/comment", `{"body":"One *more*"}`)
				send(as, "GET", "/rest/api/3/search/jql?fields=*all&jql=project=OPS+order+by+created", "")
				send(as, "PUT", "/rest/api/3/issue/ROCK-8", `{"update":{"labels":[{"add":"`+as+`"}]}}`)
				send(as, "GET", "/rest/api/3/issue/ROCK-8?expand=changelog,renderedFields", "")
			}
		})
	}
	wg.Wait()
	if code := send("ana", "GET", "/rest/api/3/issue/OPS-64", ""); code != http.StatusOK {
		t.Fatalf("one of the issues is not there: %d", code)
	}
}
