package jira

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
)

// TestQueries asks the demo site every query of testdata/queries.jql. There, a query begins a line; what follows it, set in, is the answer:
// the keys of the issues in their order, after "!" a sentence with which it is refused, after "~" one that comes beside
// the issues. "as bo" changes who asks, from ana at first, "as nobody" to nobody; "visit KEY" has them look at an issue.
func TestQueries(t *testing.T) {
	const file = "testdata/queries.jql"
	j, w := world(t)
	server := httptest.NewServer(j.Echo)
	defer server.Close()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	as, queries, refused := basic(t, j, w, "ana"), 0, 0
	var out strings.Builder
	lines := strings.Split(strings.TrimRight(string(b), "\n"), "\n")
	for n := 0; n < len(lines); n++ {
		line := lines[n]
		fmt.Fprintln(&out, line)
		name, visits := strings.CutPrefix(line, "visit ")
		switch {
		case line == "" || line[0] == '#':
			continue
		case strings.HasPrefix(line, "as "):
			if as = ""; line != "as nobody" {
				as = basic(t, j, w, line[3:])
			}
			continue
		case visits:
			ask(t, server.URL+"/w/"+w.Name(), http.MethodGet, "/rest/api/3/issue/"+name+"?updateHistory=true", as, nil)
			continue
		}
		var want []string
		for n+1 < len(lines) && strings.HasPrefix(lines[n+1], "  ") {
			n++
			want = append(want, strings.TrimSpace(lines[n]))
		}
		var query any
		if json.Unmarshal([]byte(line), &query) != nil { // one with characters that a line cannot have is a JSON string
			query = line
		}
		got := answered(ask(t, server.URL+"/w/"+w.Name(), http.MethodPost, "/rest/api/3/search", as, map[string]any{"jql": query, "fields": []string{"summary"}, "maxResults": 1000}))
		for _, s := range got {
			fmt.Fprintln(&out, "  "+s)
		}
		if strings.HasPrefix(got[0], "!") {
			refused++
		}
		queries++
		if strings.Join(got, "\n") != strings.Join(want, "\n") && !rewriting() {
			t.Errorf("line %d: %s\n got %q\nwant %q", n+1, line, got, want)
		}
	}
	t.Logf("%d queries, %d of them refused", queries, refused)
	if rewriting() {
		if err := os.WriteFile(file, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func rewriting() bool { f := flag.Lookup("rewrite"); return f != nil && f.Value.String() == "true" }

// ask makes a request and returns its answer, which must be JSON and no fault of ours.
func ask(t *testing.T, base, method, path, as string, body any) map[string]any {
	t.Helper()
	b, _ := json.Marshal(body)
	r, err := http.NewRequest(method, base+path, bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if as != "" {
		r.Header.Set("Authorization", as)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var out map[string]any
	if err := json.NewDecoder(res.Body).Decode(&out); err != nil || res.StatusCode >= 500 {
		t.Fatalf("%s %s %s: %d %v %v", method, path, b, res.StatusCode, out, err)
	}
	return out
}

// answered is the answer to a search as testdata/queries.jql has it.
func answered(out map[string]any) (lines []string) {
	for _, s := range list(out["errorMessages"]) {
		lines = append(lines, "! "+text(s))
	}
	for _, s := range list(out["warningMessages"]) {
		lines = append(lines, "~ "+text(s))
	}
	if out["issues"] != nil {
		var keys []string
		for _, i := range list(out["issues"]) {
			keys = append(keys, text(object(i)["key"]))
		}
		if keys == nil {
			keys = []string{"nothing"}
		}
		lines = append(lines, strings.Join(keys, " "))
	}
	return lines
}
