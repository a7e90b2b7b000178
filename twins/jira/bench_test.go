package jira

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// BenchmarkGetIssue reads one issue with all its fields.
func BenchmarkGetIssue(b *testing.B) {
	j, w := world(b)
	j.Schema.Check = false
	defer func() { j.Schema.Check = true }()
	auth := basic(b, j, w, "ana")
	for b.Loop() {
		r := httptest.NewRequest(http.MethodGet, "/w/"+w.Name()+"/rest/api/3/issue/ROCK-8", nil)
		r.Header.Set("Authorization", auth)
		res := httptest.NewRecorder()
		j.Echo.ServeHTTP(res, r)
		if res.Code != http.StatusOK {
			b.Fatal(res.Body)
		}
	}
}
