package attractor

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

var accelerator = regexp.MustCompile(`^\s*(?:\[\s*([^\]\s])\s*\]|([^\s)])\)|([^\s-]) -)\s+`)

// normalizeLabel is a label as labels are compared: without its accelerator, in lower case, trimmed.
func normalizeLabel(s string) string {
	return strings.ToLower(strings.TrimSpace(accelerator.ReplaceAllString(s, "")))
}

// acceleratorKey is the key that picks a label: K of "[K] Label", "K) Label" and "K - Label", else its first letter.
func acceleratorKey(label string) string {
	if m := accelerator.FindStringSubmatch(label); m != nil {
		return strings.ToUpper(or(m[1:]...))
	}
	for _, r := range strings.TrimSpace(label) {
		return strings.ToUpper(string(r))
	}
	return ""
}

// way is where a run goes after a stage, and by which rule.
type way struct {
	edge *Edge // nil for a jump
	to   string
	rule string
}

// selectEdge picks the edge to follow, nil when none is open: conditions that hold, then the preferred label, then the
// suggested nodes, then weight, then the target's name.
//
// https://github.com/strongdm/attractor/blob/main/attractor-spec.md#33-edge-selection-algorithm
func selectEdge(g *Graph, n *Node, o *Outcome, ctx *Context) *way {
	if w := byCondition(g, n, o, ctx); w != nil {
		return w
	}
	return byHints(g, n, o)
}

func byCondition(g *Graph, n *Node, o *Outcome, ctx *Context) *way {
	var open []*Edge
	for _, e := range g.Out(n.ID) {
		c, err := ParseCondition(e.Condition())
		if len(c) > 0 && err == nil && c.Holds(o, ctx) {
			open = append(open, e)
		}
	}
	return heaviest(open, "condition")
}

func byHints(g *Graph, n *Node, o *Outcome) *way {
	free := slices.DeleteFunc(g.Out(n.ID), func(e *Edge) bool { return e.Condition() != "" })
	if want := normalizeLabel(o.PreferredLabel); want != "" {
		for _, e := range free {
			if normalizeLabel(e.Label()) == want {
				return &way{e, e.To, "preferred_label"}
			}
		}
	}
	for _, id := range o.SuggestedNext {
		for _, e := range free {
			if e.To == id {
				return &way{e, e.To, "suggested_next"}
			}
		}
	}
	return heaviest(free, "weight")
}

func heaviest(edges []*Edge, rule string) *way {
	if len(edges) == 0 {
		return nil
	}
	e := slices.MinFunc(edges, func(a, b *Edge) int {
		return cmp.Or(cmp.Compare(b.Attrs.Int("weight", 0), a.Attrs.Int("weight", 0)), cmp.Compare(a.To, b.To))
	})
	return &way{e, e.To, rule}
}

// route is the way on from a finished stage, nil when there is none. A failure tries the conditions, then the node's retry
// targets, and only then the edges that are always open.
func route(g *Graph, n *Node, o *Outcome, ctx *Context) *way {
	if o.Status != Fail {
		if o.next != "" {
			return &way{nil, o.next, "join"}
		}
		return selectEdge(g, n, o, ctx)
	}
	if g.TypeOf(n) != TypeParallel {
		if w := byCondition(g, n, o, ctx); w != nil {
			return w
		}
	}
	if to := retryTarget(g, n.Attrs); to != "" {
		return &way{nil, to, "retry_target"}
	}
	if o.next != "" {
		return &way{nil, o.next, "join"}
	}
	if g.TypeOf(n) == TypeParallel {
		return nil
	}
	return byHints(g, n, o)
}

// retryTarget is the first of retry_target and fallback_retry_target that is a node.
func retryTarget(g *Graph, a Attrs) string {
	for _, k := range []string{"retry_target", "fallback_retry_target"} {
		if g.Node(a[k]) != nil {
			return a[k]
		}
	}
	return ""
}

// unmetGate finds the first goal gate that keeps the run from its exit: one that was visited and did not succeed, or, in
// strict_gates, one that was never visited.
func unmetGate(g *Graph, last map[string]*Outcome) *Node {
	for _, n := range g.Nodes {
		if !n.Attrs.Bool("goal_gate") {
			continue
		}
		o, visited := last[n.ID]
		if visited && !o.Status.OK() || !visited && g.Attrs.Bool("strict_gates") {
			return n
		}
	}
	return nil
}

func defaultRetries(g *Graph) int {
	return g.Attrs.Int("default_max_retries", g.Attrs.Int("default_max_retry", 0))
}
