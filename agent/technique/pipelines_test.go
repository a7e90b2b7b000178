package technique

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"twinset.dev/agent/attractor"
)

// TestMain lets the test binary be the agent that the pipelines' stages call.
func TestMain(m *testing.M) {
	if os.Getenv("TECHNIQUE_AGENT") == "" {
		os.Exit(m.Run())
	}
	root := &cobra.Command{Use: "agent"}
	root.AddCommand(Commands(words)...)
	switch err := root.Execute(); {
	case errors.Is(err, ErrNot):
		os.Exit(1)
	case err != nil:
		os.Exit(2)
	}
	os.Exit(0)
}

// worker stands for the model: for each node, what it does in the work tree and what it says, by visit.
type worker map[string]func(visit int) string

func (w worker) Run(_ context.Context, s *attractor.Stage, _ string) (attractor.Reply, error) {
	if f := w[s.Node.ID]; f != nil {
		return attractor.Reply{Text: f(s.Visit)}, nil
	}
	return attractor.Reply{Text: "done"}, nil
}

// playPipeline runs one of the pipelines in the current directory, with the real commands.
func playPipeline(t *testing.T, name string, w worker, answers ...string) *attractor.Result {
	t.Helper()
	src, err := os.ReadFile(filepath.Join(pipelines, name+".dot"))
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	shim := fmt.Sprintf("#!/bin/sh\nTECHNIQUE_AGENT=1 exec %s \"$@\"\n", os.Args[0])
	if err := os.WriteFile(filepath.Join(bin, "agent"), []byte(shim), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	people := &attractor.Queue{}
	for _, a := range answers {
		people.Answers = append(people.Answers, attractor.Answer{Value: a})
	}
	var log strings.Builder
	res, err := attractor.New(attractor.Options{Logs: ".factory/runs/test", Work: ".", Backend: w, Interviewer: people, Observe: func(ev attractor.Event) {
		if ev.Outcome != nil {
			fmt.Fprintf(&log, "%s %s %s\n", ev.Node, ev.Outcome.Status, ev.Text)
		}
	}}).Run(t.Context(), src)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("%s: %s\n%s", res.Status, res.Reason, &log)
		}
	})
	return res
}

var pipelines, _ = filepath.Abs("../pipelines")

func path(res *attractor.Result) string { return strings.Join(res.Path, " ") }

// TestPipelinesAreClean wants no complaint at all about the pipelines that come with the agent.
func TestPipelinesAreClean(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(pipelines, "*.dot"))
	if len(files) < 5 {
		t.Fatalf("%d pipelines", len(files))
	}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		g, err := attractor.Parse(src)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range attractor.Lint(g, nil) {
			t.Errorf("%s: %s", filepath.Base(file), d)
		}
	}
	// A night shift that waits for a person is refused.
	night, err := os.ReadFile(filepath.Join(pipelines, "shift_work.dot"))
	if err != nil {
		t.Fatal(err)
	}
	g, err := attractor.Parse([]byte(strings.Replace(string(night), "start -> intent", "ask [shape=hexagon] start -> ask -> intent", 1)))
	if err != nil || attractor.Errors(attractor.Lint(g, nil)) == nil {
		t.Errorf("a night shift with a human gate is let through: %v", err)
	}
}

const clear = "## Greeting\nThe program must greet.\n### Example\nIt says hello.\n"

func TestFactoryLoop(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, map[string]string{
		"spec/a.md": "## Greeting\nThe program must greet. Whom?\n### Example\nIt says hello.\n",
		"Makefile":  "build:\n\t@true\ntest:\n\t@test -e product\n",
		"satisfy":   "grep -q hello product || { echo 'It did not greet me.' > .factory/complaints.md; exit 1; }\n",
	})
	t.Setenv("SATISFACTION", "sh ./satisfy")
	res := playPipeline(t, "factory_loop", worker{
		"plan": func(int) string { // by now somebody has answered the question
			return "planned"
		},
		"implement": func(visit int) string {
			product := "hi"
			if b, _ := os.ReadFile(".factory/complaints.md"); strings.Contains(string(b), "greet") {
				product = "hello"
			}
			if visit > 1 {
				write(t, map[string]string{"product": product})
			}
			return "built"
		},
		"mend": func(int) string { write(t, map[string]string{"product": "hi"}); return "mended" },
	}, "A", "Q")
	if res.Status != attractor.Fail || path(res) != "start intent ask intent ask give_up" {
		t.Errorf("with an open question: %s, %s", res.Status, path(res))
	}
	os.RemoveAll(".factory")
	write(t, map[string]string{"spec/a.md": clear})
	res = playPipeline(t, "factory_loop", worker{
		"implement": func(visit int) string {
			if b, _ := os.ReadFile(".factory/complaints.md"); strings.Contains(string(b), "greet") {
				write(t, map[string]string{"product": "hello"})
			}
			return "built"
		},
		"mend": func(int) string { write(t, map[string]string{"product": "hi"}); return "mended" },
	})
	if res.Status != attractor.Success || path(res) != "start intent plan implement build mend build validate implement build validate done" {
		t.Errorf("%s, %s", res.Status, path(res))
	}
}

func TestShiftWork(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, map[string]string{"spec/a.md": clear, "Makefile": "build test:\n\t@true\n"})
	w := worker{"review": func(visit int) string {
		if visit == 1 {
			return `Not all. {"preferred_label":"Incomplete"}`
		}
		return `All. {"preferred_label":"Complete"}`
	}}
	if res := playPipeline(t, "shift_work", w); res.Status != attractor.Success || path(res) != "start intent plan implement build review implement build review done" {
		t.Errorf("%s, %s", res.Status, path(res))
	}
	os.RemoveAll(".factory")
	write(t, map[string]string{"spec/a.md": clear + "## More\nIt must be nice.\n"})
	if res := playPipeline(t, "shift_work", w); res.Status != attractor.Fail || path(res) != "start intent refuse" {
		t.Errorf("%s, %s", res.Status, path(res))
	}
}

func TestGeneTransfusion(t *testing.T) {
	t.Chdir(t.TempDir())
	w := worker{
		"locate": func(int) string {
			write(t, map[string]string{".factory/gene/exemplar.md": "# Upper\nLicence: MIT\n"})
			return "found"
		},
		"extract": func(int) string {
			write(t, map[string]string{".factory/gene/gene.md": "# Upper case\nTags: text\n"})
			return "described"
		},
		"contract": func(int) string {
			write(t, map[string]string{".factory/gene/contract/a.json": `{"input":"abc","output":"ABC"}`})
			return "recorded"
		},
		"inline_it": func(int) string { write(t, map[string]string{".factory/gene/replay.sh": "cat"}); return "written" },
		"repair": func(int) string {
			write(t, map[string]string{".factory/gene/replay.sh": "tr a-z A-Z"})
			return "mended"
		},
	}
	res := playPipeline(t, "gene_transfusion", w, "I")
	if res.Status != attractor.Success || path(res) != "start locate licence extract contract mode inline_it equivalence repair equivalence publish done" {
		t.Errorf("%s, %s", res.Status, path(res))
	}
	if genes, _ := filepath.Glob(".factory/genes/*.json"); len(genes) != 1 {
		t.Errorf("bank %v", genes)
	}
	os.RemoveAll(".factory")
	w["locate"] = func(int) string {
		write(t, map[string]string{".factory/gene/exemplar.md": "Licence: GPL-3.0-only\n"})
		return "found"
	}
	if res := playPipeline(t, "gene_transfusion", w, "I"); res.Status != attractor.Fail || path(res) != "start locate licence refuse" {
		t.Errorf("%s, %s", res.Status, path(res))
	}
}

func TestPyramidPipeline(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, map[string]string{"items/a.md": "alpha beta gamma", "items/b.md": "one two three"})
	res := playPipeline(t, "pyramid", worker{
		"reduce": func(visit int) string {
			write(t, map[string]string{".factory/pyramid/expand.txt": []string{"nowhere\n", "b.md\n"}[visit-1]})
			return "reduced"
		},
		"answer": func(visit int) string {
			write(t, map[string]string{".factory/pyramid/answer.md": []string{"Three [a.md].\n", "Three [b.md].\n"}[visit-1]})
			return "answered"
		},
	})
	if res.Status != attractor.Success || path(res) != "start index map check cluster reduce expand reduce expand answer cites answer cites done" {
		t.Errorf("%s, %s", res.Status, path(res))
	}
}

// TestSemport carries one upstream change over and acknowledges another.
func TestSemport(t *testing.T) {
	t.Chdir(t.TempDir())
	git(t, ".", "init", "-q", "upstream")
	for _, subject := range []string{"docs: words", "double: twice as much"} {
		git(t, "upstream", "commit", "-q", "--allow-empty", "-m", subject)
	}
	git(t, ".", "init", "-q", "ours")
	write(t, map[string]string{
		"upstream/differential.sh": "read n; echo $((n * 2))\n", "ours/differential.sh": "go run . \n", "ours/corpus/1": "21\n",
		"ours/go.mod": "module ours\n\ngo 1.26\n", "ours/.gitignore": ".factory/runs\n",
		"ours/main.go": "package main\n\nimport \"fmt\"\n\nfunc main() {\n\tvar n int\n\tfmt.Scan(&n)\n\tfmt.Println(double(n))\n}\n\nfunc double(n int) int { return n }\n",
	})
	if err := os.Symlink("../upstream", "ours/upstream"); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GIT_AUTHOR_NAME", "t")
	t.Setenv("GIT_AUTHOR_EMAIL", "t@t")
	t.Setenv("GIT_COMMITTER_NAME", "t")
	t.Setenv("GIT_COMMITTER_EMAIL", "t@t")
	t.Setenv("GOFLAGS", "-buildvcs=false -vet=off")
	t.Setenv("GOWORK", "off")
	t.Chdir("ours")
	git(t, ".", "add", "-A")
	git(t, ".", "commit", "-qm", "ours")
	res := playPipeline(t, "semport", worker{
		"analyze": func(int) string {
			b, err := os.ReadFile(".factory/change.env")
			if err != nil {
				t.Error(err)
			}
			write(t, map[string]string{".factory/analysis.md": "because\n"})
			if strings.Contains(string(b), "docs") {
				return `{"preferred_label":"Acknowledge"}`
			}
			return `{"preferred_label":"Port"}`
		},
		"translate": func(visit int) string {
			want := []string{"3", "6"}[visit-1] // the first try proves nothing
			write(t, map[string]string{"main_test.go": "package main\n\nimport \"testing\"\n\nfunc TestDouble(t *testing.T) {\n\tif double(3) != " + want + " {\n\t\tt.Fatal(double(3))\n\t}\n}\n"})
			return "translated"
		},
		"port": func(int) string {
			b, _ := os.ReadFile("main.go")
			write(t, map[string]string{"main.go": strings.Replace(string(b), "return n }", "return 2 * n }", 1)})
			return "ported"
		},
	})
	if res.Status != attractor.Success || path(res) != "next_change done" || fmt.Sprint(res.Context["internal.restarts"]) != "2" {
		t.Errorf("%s, %s", res.Status, path(res))
	}
	ledger, err := os.ReadFile(".factory/ledger.json")
	if err != nil || strings.Count(string(ledger), `"acknowledged"`) != 1 || strings.Count(string(ledger), `"implemented"`) != 1 {
		t.Errorf("ledger %s, %v", ledger, err)
	}
	if got := git(t, ".", "log", "--format=%s"); got != "Carry over an upstream change\nours" {
		t.Errorf("history %q", got)
	}
}
