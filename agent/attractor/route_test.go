package attractor

import (
	"fmt"
	"sort"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// published is edge selection as the specification's prose has it, written down apart from ours: five steps, and nothing
// when no edge is eligible.
//
// https://github.com/strongdm/attractor/blob/main/attractor-spec.md#33-edge-selection-algorithm
func published(g *Graph, n *Node, o *Outcome, ctx *Context) *Edge {
	best := func(edges []*Edge) *Edge {
		sort.SliceStable(edges, func(i, j int) bool {
			wi, wj := edges[i].Attrs.Int("weight", 0), edges[j].Attrs.Int("weight", 0)
			if wi != wj {
				return wi > wj
			}
			return edges[i].To < edges[j].To
		})
		return edges[0]
	}
	value := func(key string) string {
		if key == "outcome" {
			return string(o.Status)
		}
		return ctx.String(key)
	}
	var matched, free []*Edge
	for _, e := range g.Edges {
		if e.From != n.ID {
			continue
		}
		if e.Condition() == "" {
			free = append(free, e)
			continue
		}
		all := true
		for _, clause := range strings.Split(e.Condition(), "&&") {
			if k, v, ok := strings.Cut(clause, "!="); ok {
				all = all && value(strings.TrimSpace(k)) != strings.TrimSpace(v)
			} else {
				k, v, _ := strings.Cut(clause, "=")
				all = all && value(strings.TrimSpace(k)) == strings.TrimSpace(v)
			}
		}
		if all {
			matched = append(matched, e)
		}
	}
	if len(matched) > 0 {
		return best(matched)
	}
	normal := func(s string) string {
		s = strings.TrimSpace(strings.ToLower(s))
		for _, prefix := range []string{"[y] ", "y) ", "y - "} {
			s = strings.TrimPrefix(s, prefix)
		}
		return strings.TrimSpace(s)
	}
	for _, e := range free {
		if o.PreferredLabel != "" && normal(e.Label()) == normal(o.PreferredLabel) {
			return e
		}
	}
	for _, id := range o.SuggestedNext {
		for _, e := range free {
			if e.To == id {
				return e
			}
		}
	}
	if len(free) == 0 {
		return nil
	}
	return best(free)
}

// TestSelectEdgeLikeThePublishedRule compares ours with the prose on random graphs and outcomes.
func TestSelectEdgeLikeThePublishedRule(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := &Graph{Attrs: Attrs{}, Nodes: []*Node{{ID: "from", Attrs: Attrs{}}}}
		ids := []string{"a", "b", "c", "d"}
		for _, id := range ids {
			g.Nodes = append(g.Nodes, &Node{ID: id, Attrs: Attrs{}})
		}
		labels := []string{"", "Yes", "[Y] Yes", "y) yes", "Y - YES ", "No"}
		conditions := []string{"", "", "outcome=success", "outcome!=success", "outcome=fail && context.k=1", "context.k=1", "context.k!=1 && outcome=success"}
		for range rapid.IntRange(0, 6).Draw(t, "edges") {
			g.Edges = append(g.Edges, &Edge{From: "from", To: rapid.SampledFrom(ids).Draw(t, "to"), Attrs: Attrs{
				"label": rapid.SampledFrom(labels).Draw(t, "label"), "condition": rapid.SampledFrom(conditions).Draw(t, "condition"),
				"weight": fmt.Sprint(rapid.IntRange(-1, 2).Draw(t, "weight")),
			}})
		}
		ctx := NewContext()
		ctx.Set("context.k", rapid.IntRange(0, 1).Draw(t, "k"))
		o := &Outcome{
			Status:         rapid.SampledFrom([]Status{Success, PartialSuccess, Fail}).Draw(t, "status"),
			PreferredLabel: rapid.SampledFrom(labels).Draw(t, "preferred"),
			SuggestedNext:  rapid.SliceOfN(rapid.SampledFrom(append(ids, "elsewhere")), 0, 3).Draw(t, "suggested"),
		}
		var got *Edge
		if w := selectEdge(g, g.Node("from"), o, ctx); w != nil {
			got = w.edge
		}
		if want := published(g, g.Node("from"), o, ctx); got != want {
			t.Fatalf("got %+v want %+v", got, want)
		}
	})
}

func TestSelectEdge(t *testing.T) {
	for name, c := range map[string]struct {
		edges   string
		outcome Outcome
		want    string // target and rule
	}{
		"condition wins over weight":      {`n -> a [weight=9] n -> b [condition="outcome=success"]`, Outcome{Status: Success}, "b condition"},
		"condition wins over label":       {`n -> a [label=x] n -> b [condition="outcome=success"]`, Outcome{Status: Success, PreferredLabel: "x"}, "b condition"},
		"heaviest condition":              {`n -> a [condition="outcome=success"] n -> b [condition="outcome!=fail", weight=1]`, Outcome{Status: Success}, "b condition"},
		"conditions by name":              {`n -> b [condition="outcome=success"] n -> a [condition="outcome=success"]`, Outcome{Status: Success}, "a condition"},
		"label normalised":                {`n -> a n -> b [label="[Y] Yes, Deploy "]`, Outcome{Status: Success, PreferredLabel: "yes, deploy"}, "b preferred_label"},
		"label with bracket":              {`n -> a n -> b [label="Y) Go"]`, Outcome{Status: Success, PreferredLabel: " GO "}, "b preferred_label"},
		"label with dash":                 {`n -> a n -> b [label="Y - Go"]`, Outcome{Status: Success, PreferredLabel: "[G] go"}, "b preferred_label"},
		"label of a closed edge":          {`n -> a n -> b [label=x, condition="outcome=fail"]`, Outcome{Status: Success, PreferredLabel: "x"}, "a weight"},
		"unknown label":                   {`n -> b n -> a`, Outcome{Status: Success, PreferredLabel: "zzz"}, "a weight"},
		"suggestions in their order":      {`n -> a n -> b n -> c`, Outcome{Status: Success, SuggestedNext: []string{"q", "c", "b"}}, "c suggested_next"},
		"weight":                          {`n -> a n -> b [weight=2] n -> c [weight=1]`, Outcome{Status: Success}, "b weight"},
		"lexical":                         {`n -> c n -> b n -> d`, Outcome{Status: Success}, "b weight"},
		"nothing open":                    {`n -> a [condition="outcome=fail"]`, Outcome{Status: Success}, ""},
		"fail: condition":                 {`n [retry_target=c] n -> a [condition="outcome=fail"] n -> b`, Outcome{Status: Fail}, "a condition"},
		"fail: any condition":             {`n [retry_target=c] n -> a [condition="context.k=1"] n -> b`, Outcome{Status: Fail}, "a condition"},
		"fail: retry target":              {`n [retry_target=c] n -> b`, Outcome{Status: Fail}, "c retry_target"},
		"fail: fallback":                  {`n [retry_target=zz, fallback_retry_target=d] n -> b`, Outcome{Status: Fail}, "d retry_target"},
		"fail: open edge":                 {`n -> c n -> b [label=x]`, Outcome{Status: Fail, PreferredLabel: "x"}, "b preferred_label"},
		"fail: nothing":                   {`n -> a [condition="outcome=success"]`, Outcome{Status: Fail}, ""},
		"parallel goes to its join":       {`n [shape=component] n -> a n -> b`, Outcome{Status: Success, next: "d"}, "d join"},
		"failed parallel too":             {`n [shape=component] n -> a`, Outcome{Status: Fail, next: "d"}, "d join"},
		"failed parallel, retry target":   {`n [shape=component, retry_target=c] n -> a`, Outcome{Status: Fail, next: "d"}, "c retry_target"},
		"human's choice, same label":      {`n [shape=hexagon] n -> a [label="Yes"] n -> b [label="No"]`, Outcome{Status: Success, PreferredLabel: "No", SuggestedNext: []string{"b"}}, "b preferred_label"},
		"retry exhausted is a failure":    {`n -> a [condition="outcome=retry"] n -> b [condition="outcome=fail"]`, Outcome{Status: Fail}, "b condition"},
		"partial success is not success":  {`n -> a [condition="outcome=success"] n -> b`, Outcome{Status: PartialSuccess}, "b weight"},
		"source order among equals":       {`n -> a [label=one] n -> a [label=two]`, Outcome{Status: Success}, "a weight"},
		"preferred label is a condition":  {`n -> a [condition="preferred_label=Fix"] n -> b`, Outcome{Status: Success, PreferredLabel: "Fix"}, "a condition"},
		"accelerators need their bracket": {`n -> a [label="Yes"] n -> b [label="es"]`, Outcome{Status: Success, PreferredLabel: "es"}, "b preferred_label"},
	} {
		t.Run(name, func(t *testing.T) {
			g := mustParse(t, "digraph G { "+c.edges+" a [] b [] c [] d [] }")
			ctx := NewContext()
			ctx.Set("k", 1)
			got := ""
			if w := route(g, g.Node("n"), &c.outcome, ctx); w != nil {
				got = w.to + " " + w.rule
			}
			if got != c.want {
				t.Errorf("got %q want %q", got, c.want)
			}
		})
	}
}

func TestAcceleratorKey(t *testing.T) {
	for label, want := range map[string]string{"[Y] Yes, deploy": "Y", "[y] yes": "Y", "Y) Yes": "Y", "Y - Yes": "Y", "Yes, deploy": "Y", "  no": "N", "": "", "Über": "Ü"} {
		if got := acceleratorKey(label); got != want {
			t.Errorf("%q: got %q want %q", label, got, want)
		}
	}
}
