package attractor

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func mustParse(t *testing.T, src string) *Graph {
	t.Helper()
	g, err := Parse([]byte(src))
	if err != nil {
		t.Fatalf("%v in\n%s", err, src)
	}
	return g
}

// TestParseRejects says, for what is not in the subset, where it is and what is wrong.
func TestParseRejects(t *testing.T) {
	for name, c := range map[string]struct{ src, want string }{
		"strict":           {"strict digraph G {}", "1:1: strict"},
		"graph":            {"graph G {}", "1:1: undirected graphs"},
		"empty":            {"", "1:1: expected digraph, found the end"},
		"other":            {"pipeline G {}", "1:1: expected digraph"},
		"upper":            {"Digraph G {}", "1:1: expected digraph"},
		"unnamed":          {"digraph {}", "1:9: expected the graph's name"},
		"quoted name":      {`digraph "a b" {}`, "1:9: the graph's name must be an identifier"},
		"undirected edge":  {"digraph G {\n  a -- b\n}", "2:5: undirected edge"},
		"second graph":     {"digraph G {}\ndigraph H {}", "2:1: one graph per file"},
		"trailing":         {"digraph G {} }", "1:14: nothing may follow"},
		"html":             {"digraph G { a [label=<b>] }", "1:22: HTML"},
		"hyphen":           {"digraph G { my-node [label=x] }", `1:13: "my-node" is no identifier`},
		"hyphen hint":      {"digraph G { my-node }", "put the name into label"},
		"hyphen target":    {"digraph G { a -> my-long-node }", `"my-long-node"`},
		"dotted id":        {"digraph G { a.b [label=x] }", `1:13: "a.b" is no identifier`},
		"digit id":         {"digraph G { 1a [label=x] }", `1:13: "1a" is no identifier`},
		"quoted id":        {`digraph G { "a" -> b }`, `1:13: a node's id must be an identifier without quotes`},
		"keyword id":       {"digraph G { a -> node }", "keyword"},
		"port":             {"digraph G { a:n -> b }", `"a:n" is no identifier`},
		"no comma":         {"digraph G { a [x=1 y=2] }", `1:20: expected a comma between attributes, found "y"`},
		"semicolon":        {"digraph G { a [x=1; y=2] }", "expected a comma"},
		"trailing comma":   {"digraph G { a [x=1,] }", "another attribute"},
		"two blocks":       {"digraph G { a [x=1] [y=2] }", "expected a node's id"},
		"no value":         {"digraph G { a [x=] }", "expected a value"},
		"no equals":        {"digraph G { a [x] }", `expected "="`},
		"bad key":          {"digraph G { a [1x=2] }", "attribute's name"},
		"bad quoted key":   {`digraph G { a ["x y"=2] }`, "attribute's name"},
		"bad number":       {"digraph G { a [x=1.2.3] }", "quote it"},
		"bad duration":     {"digraph G { a [x=12parsecs] }", "quote it"},
		"open string":      {"digraph G {\n a [x=\"abc\n] }", "2:7: this string is never closed"},
		"open escape":      {`digraph G { a [x="abc\`, "never closed"},
		"unknown escape":   {`digraph G { a [x="a\d"] }`, `1:20: unknown escape \d`},
		"open comment":     {"digraph G { /* a }", "1:13: this comment is never closed"},
		"open graph":       {"digraph G { a", "expected }, found the end"},
		"open block":       {"digraph G { a [x=1", `expected "]", found the end`},
		"edge to subgraph": {"digraph G { a -> subgraph s { b } }", "one node"},
		"edge to block":    {"digraph G { a -> { b } }", "one node"},
		"open edge":        {"digraph G { a -> }", "expected a node's id"},
		"anonymous block":  {"digraph G { { a } }", "expected a node's id"},
		"bare defaults":    {"digraph G { node }", "expected [ after node"},
		"minus":            {"digraph G { a - b }", "unexpected"},
		"stray":            {"digraph G { a ? b }", "1:15: unexpected '?'"},
		"preprocessor":     {"# line\ndigraph G {}", "1:1: unexpected '#'"},
		"columns in runes": {"digraph G { a [x=\"äöü\", y=?] }", "1:27: unexpected '?'"},
		"not UTF-8":        {"digraph G { a [x=\"\xff\"] }", "not UTF-8"},
		"deep":             {"digraph G {" + strings.Repeat("subgraph {", 60), "nest too deeply"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse([]byte(c.src))
			var syntax *SyntaxError
			if !errors.As(err, &syntax) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("Parse(%q)\n got %v\nwant %s", c.src, err, c.want)
			}
		})
	}
}

func TestParse(t *testing.T) {
	t.Run("graph attributes", func(t *testing.T) {
		g := mustParse(t, `digraph G { graph [goal="x", label=L] rankdir=LR; tool_hooks.pre="true" "stack.child_dotfile"="c.dot" }`)
		want := Attrs{"goal": "x", "label": "L", "rankdir": "LR", "tool_hooks.pre": "true", "stack.child_dotfile": "c.dot"}
		if !reflect.DeepEqual(g.Attrs, want) {
			t.Errorf("got %v want %v", g.Attrs, want)
		}
	})
	t.Run("values", func(t *testing.T) {
		g := mustParse(t, `digraph G { a [
			s="one", i=42, neg=-1, f=0.5, g=-.5, b=true,
			d=900s, ms=250ms, word=wait.human, colon=summary:high,
			"quoted.key"="v",
			human.default_choice=ship
		]; b []; }`)
		want := Attrs{"s": "one", "i": "42", "neg": "-1", "f": "0.5", "g": "-.5", "b": "true", "d": "900s", "ms": "250ms",
			"word": "wait.human", "colon": "summary:high", "quoted.key": "v", "human.default_choice": "ship"}
		if !reflect.DeepEqual(g.Node("a").Attrs, want) {
			t.Errorf("got %v want %v", g.Node("a").Attrs, want)
		}
	})
	t.Run("strings", func(t *testing.T) {
		g := mustParse(t, "digraph G { // a comment \"\n a [p=\"say \\\"hi\\\"\\n\\ttab \\\\ // not a comment /* nor this */\nnext line\"] /* b */ }")
		if got, want := g.Node("a").Attrs["p"], "say \"hi\"\n\ttab \\ // not a comment /* nor this */\nnext line"; got != want {
			t.Errorf("got %q want %q", got, want)
		}
	})
	t.Run("chains", func(t *testing.T) {
		g := mustParse(t, `digraph G { a -> b -> c [label="next", weight=3] }`)
		want := []*Edge{{"a", "b", Attrs{"label": "next", "weight": "3"}}, {"b", "c", Attrs{"label": "next", "weight": "3"}}}
		if !reflect.DeepEqual(g.Edges, want) {
			t.Errorf("got %v", g.Edges)
		}
		if g.Edges[0].Attrs["x"] = "y"; g.Edges[1].Attrs["x"] == "y" {
			t.Error("the edges of a chain share their attributes")
		}
	})
	t.Run("defaults", func(t *testing.T) {
		g := mustParse(t, `digraph G {
			early []
			node [timeout=900s, shape=box] edge [weight=2]
			late [timeout=5s] plain []
			late -> plain
			late -> early [weight=0]
			subgraph s { node [timeout=1s] edge [weight=9] inside [] inside -> plain }
			after []
			after -> early
		}`)
		got := map[string]string{}
		for _, n := range g.Nodes {
			got[n.ID] = n.Attrs["timeout"]
		}
		if want := map[string]string{"early": "", "late": "5s", "plain": "900s", "inside": "1s", "after": "900s"}; !reflect.DeepEqual(got, want) {
			t.Errorf("timeouts: got %v want %v", got, want)
		}
		var weights []string
		for _, e := range g.Edges {
			weights = append(weights, e.Attrs["weight"])
		}
		if want := []string{"2", "0", "9", "2"}; !reflect.DeepEqual(weights, want) {
			t.Errorf("weights: got %v want %v", weights, want)
		}
	})
	t.Run("subgraphs", func(t *testing.T) {
		g := mustParse(t, `digraph G {
			label="outer graph"
			subgraph cluster_loop {
				label = "Loop A (1)!"
				plan [class="deep"]
				subgraph { graph [label="Inner"] work [] }
				outside
			}
			free []
		}`)
		got := map[string][2]string{}
		for _, n := range g.Nodes {
			got[n.ID] = [2]string{n.Attrs["class"], n.Scope}
		}
		want := map[string][2]string{"plan": {"deep,loop-a-1", "loop-a-1"}, "work": {"inner,loop-a-1", "inner"}, "outside": {"loop-a-1", "loop-a-1"}, "free": {"", ""}}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got %v want %v", got, want)
		}
		if g.Attrs["label"] != "outer graph" {
			t.Error("a subgraph's label reached the graph")
		}
	})
	t.Run("mentioned", func(t *testing.T) {
		g := mustParse(t, `digraph G { node [timeout=9s] a -> b  b [] }`)
		if a, b := g.Node("a"), g.Node("b"); a.Declared || len(a.Attrs) > 0 || !b.Declared || b.Attrs["timeout"] != "9s" {
			t.Errorf("a %+v, b %+v", a, b)
		}
	})
}

func roundTrip(t *testing.T, src []byte) {
	t.Helper()
	g, err := Parse(src)
	if err != nil {
		return
	}
	printed := Print(g)
	again, err := Parse([]byte(printed))
	if err != nil {
		t.Fatalf("%v in what was printed:\n%s", err, printed)
	}
	if !reflect.DeepEqual(g, again) {
		t.Fatalf("not the same after printing\n%s", printed)
	}
	if Print(again) != printed {
		t.Fatal("printed twice, two texts")
	}
}

var samples = []string{
	`digraph A { a -> b -> c [x=summary:high] a [label="q\"\\\n"] }`,
	`digraph B { subgraph cluster_x { label="Loop A" node [timeout=900s] p [class="y"] subgraph { label=I q } } r -> p graph [goal="g", "a.b"=1] }`,
	`digraph C { strict_gates=true node [shape=box] s [shape=Mdiamond] s -> e [condition="outcome=success && context.x!=\"a b\""] e [shape=Msquare] }`,
}

func TestPrintRoundTrip(t *testing.T) {
	for _, s := range samples {
		roundTrip(t, []byte(s))
	}
	files, err := filepath.Glob("../pipelines/*.dot")
	if err != nil || len(files) == 0 {
		t.Fatal("no pipelines to print")
	}
	for _, f := range files {
		src, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		mustParse(t, string(src))
		roundTrip(t, src)
	}
}

// TestPrintQuotes wants what Graphviz cannot read bare in quotes.
func TestPrintQuotes(t *testing.T) {
	g := mustParse(t, `digraph G { a [timeout=900s, fidelity=summary:high, human.default_choice=b, max_retries=2, f=-.5, p="x\ny", w=node, e=""] }`)
	want := `digraph G {
    a [
        e="",
        f=-.5,
        fidelity="summary:high",
        "human.default_choice"=b,
        max_retries=2,
        p="x\ny",
        timeout="900s",
        w="node"
    ]
}
`
	if got := Print(g); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range samples {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) { roundTrip(t, src) })
}
