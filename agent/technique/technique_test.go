package technique

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// call runs a command line in the current directory; the code is what the program would exit with.
func call(t *testing.T, args ...string) (out string, code int) {
	t.Helper()
	root := &cobra.Command{Use: "agent", SilenceErrors: true, SilenceUsage: true}
	root.AddCommand(Commands(words)...)
	var b bytes.Buffer
	root.SetOut(&b)
	root.SetErr(&b)
	root.SetArgs(args)
	err := root.ExecuteContext(t.Context())
	switch {
	case errors.Is(err, ErrNot):
		code = 1
	case err != nil:
		code = 2
	}
	if err != nil {
		fmt.Fprintln(&b, err)
	}
	return b.String(), code
}

func write(t *testing.T, files map[string]string) {
	t.Helper()
	for name, content := range files {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(content), 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

func TestIntentCheck(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		code  int
		want  []string
	}{
		"complete":           {map[string]string{"spec/a.md": "# Product\n## Login\nA user must sign in within 3 seconds.\n### Example\nAda signs in.\n"}, 0, []string{"1 of 1 requirements are clear, 0 questions are open: score 1.00"}},
		"scenario elsewhere": {map[string]string{"spec/a.md": "## Login\n- [ ] A user must sign in.\n", "spec/scenarios/x.md": "# Login\nAda signs in.\n"}, 0, []string{"score 1.00"}},
		"open question":      {map[string]string{"spec/a.md": "## Login\nUsers must sign in.\nShould we allow guests?\nLogout: TBD.\n### Example\nAda.\n"}, 1, []string{"spec/a.md:3: open question: Should we allow guests?", "spec/a.md:4: open question: Logout: TBD.", "score 0.33"}},
		"untestable":         {map[string]string{"spec/a.md": "## Search\nSearch must be fast. Search must be fast: 200 ms.\n### Scenario: Ada searches\nx\n"}, 1, []string{"spec/a.md:2: untestable: Search must be fast.", "1 of 2"}},
		"no scenario":        {map[string]string{"spec/a.md": "## Login\nUsers must sign in.\n## Export\nIt must write CSV.\n## Scenarios\nLogin: Ada signs in.\n"}, 1, []string{"spec/a.md:4: no scenario: It must write CSV.", "1 of 2"}},
		"code is not read":   {map[string]string{"spec/a.md": "## A\nIt must hold.\n```\nwhat must be fast?\n```\nExample: it holds.\n"}, 0, []string{"1 of 1"}},
		"nothing said":       {map[string]string{"spec/a.md": "# Hello\nA product.\n"}, 1, []string{"nothing is said that must hold"}},
		"no files":           {map[string]string{"spec/a.txt": "x"}, 2, []string{"has no .md files"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			t.Setenv("ATTRACTOR_STAGE_DIR", ".")
			write(t, c.files)
			out, code := call(t, "intent", "check", "spec/")
			for _, w := range c.want {
				if !strings.Contains(out, w) {
					t.Errorf("no %q in %s", w, out)
				}
			}
			if code != c.code {
				t.Errorf("exit %d, want %d: %s", code, c.code, out)
			}
			if code < 2 {
				var status struct {
					Keys map[string]float64 `json:"context_updates"`
				}
				b, err := os.ReadFile("status.json")
				if err != nil || json.Unmarshal(b, &status) != nil || !strings.Contains(out, fmt.Sprintf("%.2f", status.Keys["intent.score"])) && name != "nothing said" {
					t.Errorf("status.json %s, %v", b, err)
				}
			}
		})
	}
	t.Chdir(t.TempDir())
	write(t, map[string]string{"spec/a.md": "## A\nIt must hold. It must be nice.\nExample: it holds.\n"})
	if out, code := call(t, "intent", "check", "spec", "--min", "0.5", "--json"); code != 0 || !strings.Contains(out, `"score":0.5`) {
		t.Errorf("exit %d: %s", code, out)
	}
}

func git(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=t", "-c", "user.email=t@t"}, args...)...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %v: %v: %s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// TestLedger deals with upstream changes one at a time, and says everything twice, as a killed run would.
func TestLedger(t *testing.T) {
	t.Chdir(t.TempDir())
	git(t, ".", "init", "-q", "upstream")
	var ids []string
	commit := func(subject string) {
		git(t, "upstream", "commit", "-q", "--allow-empty", "-m", subject)
		ids = append(ids, git(t, "upstream", "rev-parse", "HEAD"))
	}
	commit("one")
	commit("it's two")
	next := func(want int) {
		t.Helper()
		for range 2 {
			out, code := call(t, "ledger", "next")
			if want < 0 {
				if code != 1 || !strings.Contains(out, "dealt with") {
					t.Fatalf("exit %d: %s", code, out)
				}
				continue
			}
			if code != 0 || !strings.Contains(out, "CHANGE_ID='"+ids[want]+"'\n") {
				t.Fatalf("exit %d: %s, want %s", code, out, ids[want])
			}
			write(t, map[string]string{".factory/change.env": out})
		}
	}
	set := func(want int, args ...string) string {
		t.Helper()
		out, code := call(t, append([]string{"ledger", "set"}, args...)...)
		if code != want {
			t.Fatalf("%v: exit %d: %s", args, code, out)
		}
		return out
	}
	set(2, "implemented") // there is no change yet
	next(0)
	set(0, "implemented")
	set(0, "implemented") // a killed stage is run again: the next change is not touched
	next(1)
	if got, err := exec.Command("sh", "-c", ". .factory/change.env && echo $CHANGE_SUBJECT").Output(); err != nil || string(got) != "it's two\n" {
		t.Errorf("the shell reads %q, %v", got, err)
	}
	if out := set(2, "acknowledged"); !strings.Contains(out, "say why") {
		t.Error(out)
	}
	write(t, map[string]string{"why.md": "docs only\n"})
	set(0, "acknowledged", "--reason-file", "why.md")
	next(-1)
	commit("three")
	next(2)
	set(2, "acknowledged", "--id", ids[0], "--reason-file", "why.md") // implemented stays
	set(2, "ignored")
	set(2, "implemented", "--id", "nonsense")
	set(0, "implemented", "--id", ids[1])
	out, code := call(t, "ledger", "next", "--format", "json")
	var ch Change
	if err := json.Unmarshal([]byte(out), &ch); err != nil || code != 0 || ch.ID != ids[2] || ch.Subject != "three" || ch.State != "new" {
		t.Errorf("exit %d: %s", code, out)
	}
	if out, code := call(t, "ledger", "next", "--upstream", "nowhere"); code != 2 || !strings.Contains(out, "upstream nowhere") {
		t.Errorf("exit %d: %s", code, out)
	}
	write(t, map[string]string{".factory/ledger.json": "{"})
	if _, code := call(t, "ledger", "next"); code != 2 {
		t.Errorf("a broken ledger: exit %d", code)
	}
}

func TestExpectFail(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		want int
	}{
		"fails":     {[]string{"sh", "-c", "exit 3"}, 0},
		"succeeds":  {[]string{"true"}, 1},
		"no such":   {[]string{"no-such-command"}, 2},
		"not found": {[]string{"sh", "-c", "no-such-command"}, 2},
		"killed":    {[]string{"sh", "-c", "kill -9 $$"}, 2},
	} {
		if out, code := call(t, append([]string{"check", "expect-fail", "--"}, c.args...)...); code != c.want {
			t.Errorf("%s: exit %d: %s", name, code, out)
		}
	}
}

func TestDifferential(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, map[string]string{
		"upstream/differential.sh": "tr a-z A-Z; echo $1; [ $1 != c ] || exit 4", "ours/differential.sh": "tr a-z A-Z; echo $1; [ $1 != c ] || exit 4",
		"corpus/a": "one\ntwo\n", "corpus/b": "x", "corpus/c": "", "corpus/sub/d": "",
	})
	run := func() (string, int) {
		return call(t, "differential", "--upstream", "upstream", "--ours", "ours", "--corpus", "corpus")
	}
	if out, code := run(); code != 0 || out != "3 of 3 alike\n" {
		t.Errorf("exit %d: %s", code, out)
	}
	for script, want := range map[string]string{
		"tr a-w A-W; echo $1; [ $1 != c ] || exit 4":       "b: line 1: \"xb\", should be \"Xb\"\n2 of 3 alike\nno: 1 of 3 inputs are answered differently\n",
		"tr a-z A-Z; echo $1":                              "c: exits with 0, should with 4\n2 of 3 alike\n",
		"tr a-z A-Z; echo $1; echo; [ $1 != c ] || exit 4": "a: line 5: \"\" is too much\n",
		"tr a-z A-Z; [ $1 != c ] || exit 4":                "a: line 3: \"\", should be \"a\"\n",
	} {
		write(t, map[string]string{"ours/differential.sh": script})
		if out, code := run(); code != 1 || !strings.Contains(out, want) {
			t.Errorf("%s: exit %d: %s", script, code, out)
		}
	}
	os.Remove("ours/differential.sh")
	if out, code := run(); code != 1 { // sh itself exits with 2 or 127 when the script is missing
		if code != 2 {
			t.Errorf("exit %d: %s", code, out)
		}
	}
	if out, code := call(t, "differential", "--upstream", "upstream", "--ours", "ours", "--corpus", "nothing"); code != 2 || !strings.Contains(out, "no files") {
		t.Errorf("exit %d: %s", code, out)
	}
}

func TestLicence(t *testing.T) {
	for text, want := range map[string]string{
		"# X\n- Licence: MIT\n":                                "MIT true",
		"**License:** Apache-2.0\n":                            "Apache-2.0 true",
		"Licence: GPL-3.0-only\n":                              "GPL-3.0-only false",
		"Licence: GPL-2.0-only OR MIT\n":                       "GPL-2.0-only OR MIT true",
		"Licence: MIT AND GPL-2.0-only\n":                      "MIT AND GPL-2.0-only false",
		"Licence: (GPL-2.0-only OR MIT) AND ISC\n":             "(GPL-2.0-only OR MIT) AND ISC true",
		"Licence: Apache-2.0 WITH LLVM-exception\n":            "Apache-2.0 WITH LLVM-exception true",
		"Licence: GPL-2.0-only WITH Classpath-exception-2.0\n": "GPL-2.0-only WITH Classpath-exception-2.0 false",
		"Licence: MIT or so\n":                                 "error",
		"Licence: (MIT\n":                                      "error",
		"Licence: MIT OR\n":                                    "error",
		"Licence: MIT\nLicence: GPL-3.0-only\n":                "error",
		"nothing stated\n":                                     "error",
		"The licence is unknown.\n":                            "error",
	} {
		stated, ok, err := Licence(text, free)
		got := fmt.Sprint(stated, " ", ok)
		if err != nil {
			got = "error"
		}
		if got != want || err != nil && ok {
			t.Errorf("%q: got %s (%v) want %s", text, got, err, want)
		}
	}
	t.Chdir(t.TempDir())
	write(t, map[string]string{"x.md": "Licence: MPL-2.0\n"})
	if out, code := call(t, "gene", "licence", "x.md"); code != 1 {
		t.Errorf("exit %d: %s", code, out)
	}
	if out, code := call(t, "gene", "licence", "x.md", "--allow", "MPL-2.0"); code != 0 {
		t.Errorf("exit %d: %s", code, out)
	}
	if _, code := call(t, "gene", "licence", "none.md"); code != 2 {
		t.Errorf("exit %d", code)
	}
}

func FuzzLicence(f *testing.F) {
	f.Add("Licence: (MIT OR Apache-2.0) AND ISC WITH x")
	f.Fuzz(func(t *testing.T, text string) { Licence(text, free) })
}

func TestGeneReplay(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, map[string]string{
		".factory/gene/replay.sh": "tr a-z A-Z",
		"contract/a.json":         `[{"name":"text","input":"abc","output":"ABC\n"},{"input":{"k":[1,"X"]},"output":"{ \"K\": [1, \"X\"] }"}]`,
		"contract/b.json":         `{"input":"x","output":"X"}`,
	})
	if out, code := call(t, "gene", "replay", "contract"); code != 0 || out != "3 of 3 alike\n" {
		t.Errorf("exit %d: %s", code, out)
	}
	write(t, map[string]string{".factory/gene/replay.sh": "cat"})
	if out, code := call(t, "gene", "replay", "contract"); code != 1 || !strings.Contains(out, `text: answers "abc", should answer "ABC\n"`) {
		t.Errorf("exit %d: %s", code, out)
	}
	write(t, map[string]string{".factory/gene/replay.sh": "exit 3"})
	if out, code := call(t, "gene", "replay", "contract"); code != 1 || !strings.Contains(out, "b.json/1: exits with 3") {
		t.Errorf("exit %d: %s", code, out)
	}
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Key") != "k" {
			w.WriteHeader(403)
		}
		fmt.Fprintf(w, `{"path":%q,"n":1.0}`, r.URL.Path)
	}))
	defer web.Close()
	write(t, map[string]string{"http/a.json": `{"request":{"method":"GET","path":"/a","headers":{"X-Key":"k"}},"response":{"status":200,"body":{"n":1,"path":"/a"}}}`})
	if out, code := call(t, "gene", "replay", "http", "--url", web.URL); code != 0 {
		t.Errorf("exit %d: %s", code, out)
	}
	if out, code := call(t, "gene", "replay", "http"); code != 2 || !strings.Contains(out, "--url") {
		t.Errorf("exit %d: %s", code, out)
	}
	write(t, map[string]string{"http/a.json": `{"request":{"method":"GET","path":"/a"},"response":{"status":200}}`})
	if out, code := call(t, "gene", "replay", "http", "--url", web.URL); code != 1 || !strings.Contains(out, "status 403, should with 200") {
		t.Errorf("exit %d: %s", code, out)
	}
	for content, want := range map[string]string{`{"input":"x"}`: "must have", `[`: "unexpected end", `{"input":1,"output":2,"request":{},"response":{}}`: "must have"} {
		write(t, map[string]string{"bad/a.json": content})
		if out, code := call(t, "gene", "replay", "bad"); code != 2 || !strings.Contains(out, want) {
			t.Errorf("%s: exit %d: %s", content, code, out)
		}
	}
	if _, code := call(t, "gene", "replay", "nothing"); code != 2 {
		t.Errorf("no contract: exit %d", code)
	}
}

func TestGeneBank(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, map[string]string{"gene/gene.md": "# Renewal\nTags: tls, retry\n\n```\nten\n```\n", "gene/contract/a.json": `{"input":"x","output":"y"}`})
	first, code := call(t, "gene", "add", "gene")
	if code != 0 || !strings.HasSuffix(first, " Renewal\n") {
		t.Fatalf("exit %d: %s", code, first)
	}
	id, _, _ := strings.Cut(first, " ")
	if out, code := call(t, "gene", "get", id, "copy"); code != 0 || !strings.Contains(out, "used 1 times") {
		t.Errorf("exit %d: %s", code, out)
	}
	if again, _ := call(t, "gene", "add", "copy"); again != first {
		t.Errorf("the same gene is %s", again)
	}
	if out, _ := call(t, "gene", "get", id, "copy"); !strings.Contains(out, "used 2 times") { // adding again forgot nothing
		t.Error(out)
	}
	g, err := readGene(".factory/genes", id)
	if err != nil || strings.Join(g.Tags, " ") != "tls retry" || len(g.Files) != 2 {
		t.Errorf("%+v, %v", g, err)
	}
	write(t, map[string]string{filepath.Join(".factory/genes/blobs", g.Files["gene.md"]): "changed"})
	if out, code := call(t, "gene", "get", id, "copy"); code != 2 || !strings.Contains(out, "damaged") {
		t.Errorf("exit %d: %s", code, out)
	}
	write(t, map[string]string{"gene/gene.md": "# Copy\n```\n" + strings.Repeat("line\n", 11) + "```\n"})
	if out, code := call(t, "gene", "add", "gene"); code != 1 || !strings.Contains(out, "more than ten lines") {
		t.Errorf("exit %d: %s", code, out)
	}
	os.RemoveAll("gene/contract")
	write(t, map[string]string{"gene/gene.md": "# Bare\n"})
	if out, code := call(t, "gene", "add", "gene"); code != 2 || !strings.Contains(out, "no pairs") {
		t.Errorf("exit %d: %s", code, out)
	}
	if _, code := call(t, "gene", "get", "../../etc/passwd", "x"); code != 2 {
		t.Errorf("exit %d", code)
	}
}
