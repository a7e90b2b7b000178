package attractor

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

func stageFor(t *testing.T, src, node string, by *way) *Stage {
	t.Helper()
	g := mustParse(t, src)
	e := New(Options{})
	s := &Stage{Run: "r", Graph: g, Node: g.Node(node), Context: NewContext(), engine: e, state: newState("", "", NewContext())}
	s.Context.Set("last_stage", "before")
	remember(s, by)
	return s
}

func TestFidelity(t *testing.T) {
	edge := func(f string) *way { return &way{edge: &Edge{Attrs: Attrs{"fidelity": f}}} }
	for _, c := range []struct {
		graph, node string
		by          *way
		want        string
	}{
		{"", "", &way{}, "compact"},
		{"default_fidelity=truncate", "", &way{}, "truncate"},
		{"default_fidelity=truncate", "fidelity=summary:low", &way{}, "summary:low"},
		{"default_fidelity=truncate", "fidelity=summary:low", edge("full"), "full"},
		{"default_fidelity=truncate", "fidelity=nonsense", edge("nonsense"), "truncate"},
	} {
		s := stageFor(t, "digraph G { "+c.graph+" n ["+c.node+"] }", "n", c.by)
		if s.Fidelity != c.want || (s.Fidelity != "full") != (s.Thread == "") {
			t.Errorf("%+v: got %s, thread %q", c, s.Fidelity, s.Thread)
		}
	}
}

func TestThreads(t *testing.T) {
	edge := &way{edge: &Edge{Attrs: Attrs{"thread_id": "edge"}}}
	for _, c := range []struct {
		src  string
		by   *way
		want string
	}{
		{`thread_id=graph subgraph { label="Sub" n [fidelity=full, thread_id=node] }`, edge, "node"},
		{`thread_id=graph subgraph { label="Sub" n [fidelity=full] }`, edge, "edge"},
		{`thread_id=graph subgraph { label="Sub" n [fidelity=full] }`, &way{}, "graph"},
		{`subgraph { label="Sub" n [fidelity=full] }`, &way{}, "sub"},
		{`n [fidelity=full]`, &way{}, "before"},
	} {
		if s := stageFor(t, "digraph G { "+c.src+" }", "n", c.by); s.Thread != c.want || s.Preamble == "" {
			t.Errorf("%s: thread %q, preamble %q", c.src, s.Thread, s.Preamble)
		}
	}
	// A session in a branch is the branch's own.
	prompts := &scripted{}
	run(t, fan("", `a [prompt=a, fidelity=full, thread_id=x] b [prompt=b, fidelity=full, thread_id=x] p -> a -> j p -> b -> j`), func(o *Options) { o.Backend = prompts })
	all := strings.Join(prompts.prompts, "\n")
	if !strings.Contains(all, "thread=p/a:x\n") || !strings.Contains(all, "thread=p/b:x\n") {
		t.Errorf("prompts %s", all)
	}
}

// TestPreamble keeps every kind of preamble within its cap, however much has happened.
func TestPreamble(t *testing.T) {
	for fidelity, c := range map[string]struct {
		stages int
		known  bool
	}{"truncate": {0, false}, "compact": {5, true}, "summary:low": {3, false}, "summary:medium": {10, true}, "summary:high": {40, true}} {
		s := stageFor(t, `digraph G { goal="win" n [fidelity=`+fidelity+`] }`, "n", &way{})
		for i := range 40 {
			s.Context.Log("stage-%d: success", i)
			s.state.path = append(s.state.path, fmt.Sprint("stage-", i))
		}
		s.Context.Set("color", "green")
		p := preamble(s, fidelity)
		stages := strings.Count(p, "- stage-")
		if !strings.HasPrefix(p, "Goal: win\nRun: r\n") || strings.Contains(p, "color = green") != c.known || stages < c.stages || fidelity != "compact" && stages != c.stages {
			t.Errorf("%s: %d stages: %s", fidelity, stages, p)
		}
		if fidelity == "summary:low" && !strings.Contains(p, "Stages so far: 40") {
			t.Errorf("%s: %s", fidelity, p)
		}
		for i := range 5000 {
			s.Context.Log("%d: %s", i, strings.Repeat("long ", 100))
			s.Context.Set(fmt.Sprint("key", i), strings.Repeat("ä", 3000))
		}
		if got := preamble(s, fidelity); len(got) > preambleCaps[fidelity] || fidelity != "truncate" && len(got) < preambleCaps[fidelity]/4 {
			t.Errorf("%s: %d characters", fidelity, len(got))
		}
	}
}

// TestEveryEventKind finds each kind of event in a golden trace, or in the tests of what the traces cannot show.
func TestEveryEventKind(t *testing.T) {
	src, err := os.ReadFile("event.go")
	if err != nil {
		t.Fatal(err)
	}
	var traces strings.Builder
	for _, name := range []string{"linear", "human", "parallel", "retry", "gate", "restart", "failure", "experiment"} {
		b, err := os.ReadFile("testdata/" + name + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		traces.Write(b)
	}
	elsewhere := map[string]string{"pipeline_resumed": "TestResume", "pipeline_stopped": "TestServerCancelAndResume", "interview_timeout": "TestHumanTimeout", "tool_hook": "TestHooks", "backend": "a backend's own"}
	n := 0
	for _, l := range strings.Split(string(src), "\n") {
		_, rest, ok := strings.Cut(l, "EventKind = \"")
		if !ok {
			continue
		}
		n++
		kind, _, _ := strings.Cut(rest, `"`)
		if !strings.Contains(traces.String(), "\n"+kind) && !strings.HasPrefix(traces.String(), kind) && elsewhere[kind] == "" {
			t.Errorf("no trace has %s", kind)
		}
	}
	if n < 20 {
		t.Errorf("found %d kinds", n)
	}
}
