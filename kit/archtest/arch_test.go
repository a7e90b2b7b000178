// Package archtest holds the house rules that a compiler does not: who imports whom.
package archtest

import (
	"encoding/json"
	"io"
	"os/exec"
	"path"
	"strings"
	"testing"
)

const house = "twinset.dev/"

// rules say, for the packages that match a pattern, which packages of ours they must not import, and why.
var rules = []struct{ from, not, why string }{
	{"kit/...", "twins/...", "the chassis knows no vendor"},
	{"kit/...", "harness/...", "the chassis does not know who drives it"},
	{"kit/...", "conformance/...", "the chassis does not know who tests it"},
	{"kit/...", "agent/...", "the chassis does not know who drives it"},
	{"twins/*", "twins/*", "twins meet in twins/google or in a test, never in each other"},
	{"twins/...", "harness/...", "a twin runs without the harness"},
	{"twins/...", "conformance/...", "a twin is tested from outside"},
	{"twins/...", "agent/...", "a twin runs without the agent"},
	{"conformance/...", "twins/...", "conformance sees only what a customer sees: HTTP"},
	{"conformance/...", "kit/...", "conformance sees only what a customer sees: HTTP"},
	{"conformance/...", "harness/...", "conformance sees only what a customer sees: HTTP"},
	{"agent/...", "twins/...", "an agent is a customer too"},
	{"agent/...", "kit/...", "an agent is a customer too"},
	{"agent/...", "harness/...", "the harness drives agents, not the other way round"},
}

// except are the imports that the rules above would forbid.
var except = map[string]string{
	"twins/google -> twins/gdrive":  "the workspace is where they meet",
	"twins/google -> twins/gsheets": "the workspace is where they meet",
	"twins/google -> twins/gdocs":   "the workspace is where they meet",

	"twins/gdrive/cmd/gdrive -> twins/google":   "its program serves the whole workspace",
	"twins/gsheets/cmd/gsheets -> twins/google": "its program serves the whole workspace",
	"twins/gdocs/cmd/gdocs -> twins/google":     "its program serves the whole workspace",
}

func TestImports(t *testing.T) {
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports,TestImports,XTestImports", "work").Output()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; n++ {
		var p struct {
			ImportPath                         string
			Imports, TestImports, XTestImports []string
		}
		if err := dec.Decode(&p); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		from := strings.TrimPrefix(p.ImportPath, house)
		for _, imp := range append(p.Imports, append(p.TestImports, p.XTestImports...)...) {
			to, ours := strings.CutPrefix(imp, house)
			if !ours || except[from+" -> "+to] != "" {
				continue
			}
			for _, why := range forbidden(from, to) {
				t.Errorf("%s imports %s: %s", from, to, why)
			}
		}
	}
	if n == 0 {
		t.Fatal("go list saw no packages; the rules would pass on nothing")
	}
	t.Logf("checked %d packages", n)
}

// TestRules proves that the rules forbid what they say, so that they cannot pass by matching nothing.
func TestRules(t *testing.T) {
	for _, c := range []struct {
		from, to string
		bad      bool
	}{
		{"kit/twin", "twins/slack", true},
		{"kit/twin", "kit/store", false},
		{"twins/slack", "twins/okta", true},
		{"twins/slack", "twins/slack/internal/api", false},
		{"twins/gdrive", "twins/internal/google/files", false},
		{"twins/slack/cmd/slack", "twins/slack", false},
		{"conformance/slack", "twins/slack", true},
		{"conformance/slack", "kit/twin", true},
		{"agent/loop", "twins/slack", true},
		{"harness/universe", "twins/slack", false},
	} {
		if got := len(forbidden(c.from, c.to)) > 0; got != c.bad {
			t.Errorf("%s -> %s: forbidden %v, want %v", c.from, c.to, got, c.bad)
		}
	}
}

func forbidden(from, to string) (why []string) {
	for _, r := range rules {
		if match(r.from, from) && match(r.not, to) && twin(from) != twin(to) {
			why = append(why, r.why)
		}
	}
	return why
}

func match(pattern, pkg string) bool {
	if base, ok := strings.CutSuffix(pattern, "/..."); ok {
		return pkg == base || strings.HasPrefix(pkg, base+"/")
	}
	// twins/* is any package of any twin, but not what they share.
	dir := path.Dir(pattern) + "/"
	return strings.HasPrefix(pkg, dir) && !strings.HasPrefix(pkg, dir+"internal/")
}

// twin is the twin that a package belongs to, or the top-level folder.
func twin(pkg string) string {
	parts := strings.SplitN(pkg, "/", 3)
	if parts[0] == "twins" && len(parts) > 1 {
		return "twins/" + parts[1]
	}
	return parts[0]
}
