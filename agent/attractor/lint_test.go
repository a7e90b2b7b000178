package attractor

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

const ends = "s [shape=Mdiamond] e [shape=Msquare] "

// found are the rules that a pipeline breaks, each with its severity.
func found(g *Graph) []string {
	var out []string
	for _, d := range Lint(g, []string{"mine"}) {
		if f := string(d.Severity) + " " + d.Rule; !slices.Contains(out, f) {
			out = append(out, f)
		}
	}
	return out
}

func TestLint(t *testing.T) {
	for name, c := range map[string]struct{ body, want string }{
		"start_node none":       {`e [shape=Msquare]`, "error start_node"},
		"start_node two":        {ends + `t [shape=Mdiamond] s -> e t -> e`, "error start_node"},
		"terminal_node":         {`s [shape=Mdiamond]`, "error terminal_node"},
		"reachability":          {ends + `lost [label=x] s -> e`, "error reachability"},
		"edge_target_exists":    {ends + `s -> a -> e`, "error edge_target_exists"},
		"start_no_incoming":     {ends + `a [label=x] s -> a -> e a -> s`, "error start_no_incoming"},
		"exit_no_outgoing":      {ends + `a [label=x] s -> a -> e e -> a`, "error exit_no_outgoing"},
		"condition_syntax":      {ends + `s -> e [condition="outcome == success"]`, "error condition_syntax"},
		"condition or":          {ends + `s -> e [condition="outcome=success || outcome=fail"]`, "error condition_syntax"},
		"stylesheet_syntax":     {ends + `model_stylesheet="box { temperature: 1; }" s -> e`, "error stylesheet_syntax"},
		"type_known":            {ends + `a [type=other, label=x] b [type=mine, label=x] s -> a -> b -> e`, "warning type_known"},
		"fidelity_valid":        {ends + `a [fidelity=most, label=x] s -> a -> e`, "warning fidelity_valid"},
		"retry_target_exists":   {ends + `a [retry_target=b, label=x] s -> a -> e`, "warning retry_target_exists"},
		"goal_gate_has_retry":   {ends + `a [goal_gate=true, label=x] s -> a -> e`, "warning goal_gate_has_retry"},
		"prompt_on_llm_nodes":   {ends + `a [] s -> a -> e`, "warning prompt_on_llm_nodes"},
		"bare_condition":        {ends + `s -> e [condition="context.ready"]`, "warning bare_condition"},
		"bare_condition key":    {ends + `s -> e [condition="ready=true"]`, "warning bare_condition"},
		"attribute_value":       {ends + `a [max_retries=often, label=x] s -> a -> e`, "error attribute_value"},
		"attribute_value time":  {ends + `a [timeout=soon, label=x] s -> a -> e`, "error attribute_value"},
		"attribute_value join":  {ends + `join_policy=any s -> e`, "error attribute_value"},
		"tool_command_set":      {ends + `a [shape=parallelogram] s -> a -> e`, "error tool_command_set"},
		"masked_exit":           {ends + `a [shape=parallelogram, tool_command="make test || true"] s -> a a -> e [condition="outcome=success"]`, "warning masked_exit"},
		"retried_signal":        {ends + `default_max_retries=2 a [shape=parallelogram, tool_command="make"] s -> a a -> e [condition="outcome=success"]`, "warning retried_signal"},
		"gate_bypassed":         {ends + `retry_target=a a [goal_gate=true, label=x] s -> a -> e s -> e`, "warning gate_bypassed"},
		"parallel_join none":    {ends + `p [shape=component] a [label=x] s -> p -> a -> e`, "error parallel_join"},
		"parallel_join two":     {ends + `p [shape=component] a [shape=tripleoctagon] b [shape=tripleoctagon] s -> p -> a -> e p -> b -> e`, "error parallel_join; warning parallel_join"},
		"parallel_join lonely":  {ends + `j [shape=tripleoctagon] s -> j -> e`, "warning parallel_join"},
		"gate_in_branch":        {ends + `retry_target=p p [shape=component] a [label=x, goal_gate=true] j [shape=tripleoctagon] s -> p -> a -> j -> e`, "warning gate_in_branch"},
		"branch_condition":      {ends + `p [shape=component] j [shape=tripleoctagon] s -> p p -> j [condition="outcome=fail"] j -> e`, "warning branch_condition"},
		"human_condition":       {ends + `h [shape=hexagon] s -> h h -> e [condition="outcome=success"]`, "error human_condition"},
		"human_choices":         {ends + `h [shape=hexagon] s -> h s -> e`, "error human_choices"},
		"stop_at_exit":          {ends + `h [shape=hexagon] s -> h h -> e [label="[S] Stop here"]`, "warning stop_at_exit"},
		"unattended":            {ends + `unattended=true h [shape=hexagon] s -> h -> e`, "error unattended"},
		"clean":                 {ends + `a [prompt=p, goal_gate=true, retry_target=a] s -> a -> e`, ""},
		"clean by names":        {`start [] exit [] start -> exit`, ""},
		"clean quoted literals": {ends + `s -> e [condition="context.a=\"x && y\" && context.b!=\"\""]`, ""},
		"clean by retry":        {ends + `a [label=x, retry_target=b] b [label=x] s -> a -> e b -> e`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := strings.Join(found(mustParse(t, "digraph G { "+c.body+" }")), "; "); got != c.want {
				t.Errorf("got %q want %q", got, c.want)
			}
		})
	}
	t.Run("diagnostic", func(t *testing.T) {
		ds := Lint(mustParse(t, "digraph G { "+ends+`lost [label=x] s -> e s -> e [condition="?"] }`), nil)
		want := []Diagnostic{
			{Rule: "reachability", Severity: SeverityError, Message: "node lost is unreachable (orphan)", Node: "lost", Fix: "lead an edge to it, or remove it"},
			{Rule: "condition_syntax", Severity: SeverityError, Message: `edge s -> e: condition "?": cannot read "?" (clauses are key=value or key!=value, joined by &&)`, Edge: &[2]string{"s", "e"}},
		}
		if fmt.Sprintf("%+v", ds[0]) != fmt.Sprintf("%+v", want[0]) || ds[1].String() != want[1].String() || *ds[1].Edge != *want[1].Edge {
			t.Errorf("got %+v", ds)
		}
		if err := Errors(ds); err == nil || !strings.Contains(err.Error(), "orphan") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("custom rule", func(t *testing.T) {
		mine := func(g *Graph) []Diagnostic {
			return []Diagnostic{{Rule: "mine", Severity: SeverityError, Message: g.Name}}
		}
		ds := Lint(mustParse(t, "digraph G { "+ends+"s -> e }"), nil, mine)
		if len(ds) != 1 || ds[0].Rule != "mine" {
			t.Errorf("got %v", ds)
		}
		_, err := New(Options{Logs: t.TempDir(), Rules: []Rule{mine}}).Run(t.Context(), []byte("digraph G { "+ends+"s -> e }"))
		var lint LintError
		if !errors.As(err, &lint) {
			t.Errorf("the engine ran it: %v", err)
		}
	})
}

// TestRefusesToRun wants no stage of a pipeline with an error to begin.
func TestRefusesToRun(t *testing.T) {
	for _, src := range []string{"digraph G { " + ends + "lost [label=x] s -> e }", "digraph G { a -- b }"} {
		seen := &observed{}
		dir := t.TempDir()
		_, err := New(Options{Logs: dir, Observe: seen.add}).Run(t.Context(), []byte(src))
		if err == nil {
			t.Fatal("it ran")
		}
		if last := seen.events[len(seen.events)-1]; last.Kind != PipelineFailed || slices.Contains(kinds(seen.events), "stage_started s") {
			t.Errorf("events %v", kinds(seen.events))
		}
	}
}

func TestCondition(t *testing.T) {
	ctx := NewContext()
	ctx.Apply(map[string]any{"context.a": "1", "b": true, "n": 3, "off": "false", "zero": 0, "quoted": "x && y = z", "Case": "A"})
	o := &Outcome{Status: Fail, PreferredLabel: "Fix it"}
	for src, want := range map[string]bool{
		"": true, "  ": true,
		"outcome=fail": true, "outcome!=fail": false, "outcome = fail": true, "outcome=Fail": false,
		"preferred_label=Fix it": true, `preferred_label="Fix it"`: true,
		"context.a=1": true, "a=1": false, "context.b=true": true, "b=true": true, "context.n=3": true,
		"context.missing=x": false, "context.missing!=x": true, `context.missing=""`: true,
		"outcome=fail && context.a=1": true, "outcome=fail && context.a=2": false, "outcome=success && context.a=1": false,
		`context.quoted="x && y = z"`: true, "context.Case=a": false,
		"b": true, "context.n": true, "off": false, "zero": false, "missing": false,
	} {
		c, err := ParseCondition(src)
		if err != nil {
			t.Errorf("%q: %v", src, err)
		} else if got := c.Holds(o, ctx); got != want {
			t.Errorf("%q: got %t", src, got)
		}
	}
	for _, src := range []string{"=x", "outcome=", "outcome==fail", "a=1 &&", "&& a=1", "a=1 || b=2", "a > 1", "a=1 & b=2", "!a", `a="open`, "a b"} {
		if c, err := ParseCondition(src); err == nil {
			t.Errorf("%q was read as %v", src, c)
		}
	}
}

func FuzzCondition(f *testing.F) {
	f.Add("outcome=success && context.a!=\"b && c\" && d")
	f.Fuzz(func(t *testing.T, src string) {
		if c, err := ParseCondition(src); err == nil {
			c.Holds(&Outcome{}, NewContext())
		}
	})
}

func FuzzStylesheet(f *testing.F) {
	f.Add("* { llm_model: a | b 10%; } .x { reasoning_effort: high }")
	g, err := Parse([]byte(`digraph G { a [class="x"] b [shape=diamond] }`))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, src string) {
		sheet, err := ParseStylesheet(src)
		if err != nil {
			return
		}
		for prop, arms := range sheetArms(sheet) {
			total := 0.0
			for _, a := range arms {
				total += a.share
			}
			if total < 0.999 || total > 1.001 {
				t.Errorf("%s: the shares come to %g", prop, total)
			}
		}
		roundTrip(t, []byte(Print(sheet.Apply(g, 1))))
	})
}

func sheetArms(sheet Stylesheet) map[string][]arm {
	out := map[string][]arm{}
	for i, r := range sheet {
		for prop, arms := range r.props {
			out[fmt.Sprint(i, prop)] = arms
		}
	}
	return out
}

const styled = `digraph G {
	model_stylesheet="
		* { llm_model: base; llm_provider: p0; reasoning_effort: low; }
		box { llm_model: boxed; }
		.Code_1 { llm_model: coder; llm_provider: p1 }
		.code { llm_model: \"second coder\"; }
		.code { llm_model: third; }
		#own { llm_model: mine; reasoning_effort: high; }
		.split { llm_model: a | b 10% | c; }
	"
	plain [label=x]
	dia [shape=diamond]
	coded [class="Code_1"]
	both [class="Code_1,code"]
	own [class="code"]
	set [class="code", llm_model="explicit"]
	drawn [class="split"]
}`

func TestStylesheet(t *testing.T) {
	g := mustParse(t, styled)
	before := Print(g)
	got, err := Prepare(g, 1)
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]string{
		"plain": "boxed p0 low", "dia": "base p0 low", "coded": "coder p1 low", "both": "third p1 low", "own": "mine p0 high", "set": "explicit p0 low",
	} {
		a := got.Node(id).Attrs
		if is := a["llm_model"] + " " + a["llm_provider"] + " " + a["reasoning_effort"]; is != want {
			t.Errorf("%s: got %q want %q", id, is, want)
		}
	}
	if Print(g) != before {
		t.Error("the transform changed the graph it was given")
	}
	for _, bad := range []string{"box", "box {", "box { llm_model }", "box { color: red; }", "box { llm_model: ; }", "box {}", "? { llm_model: a }",
		"* { reasoning_effort: most; }", ". { llm_model: a }", "* { llm_model: a 60% | b 60% }", "* { llm_model: a 50% | b 40% }"} {
		if _, err := ParseStylesheet(bad); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

// TestExperiment draws the arms in their shares, the same for the same seed.
func TestExperiment(t *testing.T) {
	g := mustParse(t, styled)
	count := map[string]int{}
	for seed := range uint64(2000) {
		one, _ := Prepare(g, seed)
		two, _ := Prepare(g, seed)
		m := one.Node("drawn").Attrs["llm_model"]
		if m != two.Node("drawn").Attrs["llm_model"] {
			t.Fatal("one seed, two draws")
		}
		count[m]++
		if p := paramsOf(one, one.Node("drawn")); p.Assigned != "random" || p.Use != "split" || paramsOf(one, one.Node("own")).Assigned != "rule" {
			t.Fatalf("params %+v", p)
		}
	}
	if a, b, c := count["a"], count["b"], count["c"]; a < 830 || a > 970 || b < 150 || b > 250 || a+b+c != 2000 {
		t.Errorf("got %v of 2000, wanted about 900, 200, 900", count)
	}
	_, events, _ := run(t, strings.Replace(styled, "plain [label=x]", `s [shape=Mdiamond] e [shape=Msquare] plain [label=x] s -> plain -> dia -> coded -> both -> own -> set -> drawn -> e`, 1), nil)
	i := slices.IndexFunc(events, func(ev Event) bool { return ev.Kind == ExperimentDrawn })
	if i < 0 || events[i].Node != "drawn" || events[i].Text != "llm_model: a 45% | b 10% | c 45%" || !strings.Contains("abc", events[i].Target) {
		t.Errorf("the draw is not told: %v", kinds(events))
	}
}

func TestTransforms(t *testing.T) {
	g := mustParse(t, `digraph G { goal="win" a [prompt="to $goal, $goal!", label="$goal"] }`)
	add := func(text string) Transform {
		return func(g *Graph) (*Graph, error) {
			g = g.Clone()
			g.Node("a").Attrs["prompt"] += text
			return g, nil
		}
	}
	got, err := Prepare(g, 1, add(" one"), add(" two"))
	if err != nil || got.Node("a").Attrs["prompt"] != "to win, win! one two" || got.Node("a").Attrs["label"] != "$goal" || g.Node("a").Attrs["prompt"] != "to $goal, $goal!" {
		t.Errorf("got %v, %v; given %v", got.Node("a").Attrs, err, g.Node("a").Attrs)
	}
	boom := errors.New("boom")
	if _, err := New(Options{Logs: t.TempDir(), Transforms: []Transform{func(*Graph) (*Graph, error) { return nil, boom }}}).Run(t.Context(), []byte("digraph G { "+ends+"s -> e }")); !errors.Is(err, boom) {
		t.Errorf("got %v", err)
	}
}
