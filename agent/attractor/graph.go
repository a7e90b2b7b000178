package attractor

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Graph is one pipeline: what a DOT file says once defaults, chains and subgraphs are resolved.
type Graph struct {
	Name  string
	Attrs Attrs
	Nodes []*Node // in order of first mention
	Edges []*Edge // in source order
}

// Node is one stage.
type Node struct {
	ID       string
	Attrs    Attrs
	Declared bool   // by a node statement; an edge alone also creates a node, which lint reports
	Scope    string // the class derived from the innermost labelled subgraph around it, or ""
}

// Edge is one way from a node to the next.
type Edge struct {
	From, To string
	Attrs    Attrs
}

// Attrs are attribute values as text, without quotes.
type Attrs map[string]string

// Bool says whether the attribute is "true".
func (a Attrs) Bool(key string) bool { return a[key] == "true" }

// Int is the attribute as a number, or the default when it is absent or no number; lint reports the latter.
func (a Attrs) Int(key string, otherwise int) int {
	if n, err := strconv.Atoi(a[key]); err == nil {
		return n
	}
	return otherwise
}

// Duration is the attribute as a time span (250ms, 90s, 15m, 2h, 1d; a bare number is seconds), or the default.
func (a Attrs) Duration(key string, otherwise time.Duration) time.Duration {
	if d, ok := parseDuration(a[key]); ok {
		return d
	}
	return otherwise
}

func parseDuration(s string) (time.Duration, bool) {
	if n, err := strconv.ParseInt(s, 10, 32); err == nil {
		return time.Duration(n) * time.Second, true
	}
	if days, ok := strings.CutSuffix(s, "d"); ok {
		n, err := strconv.ParseInt(days, 10, 16)
		return time.Duration(n) * 24 * time.Hour, err == nil
	}
	d, err := time.ParseDuration(s)
	return d, err == nil
}

// Goal is what the pipeline is for.
func (g *Graph) Goal() string { return g.Attrs["goal"] }

// Node finds a node by id; nil when there is none.
func (g *Graph) Node(id string) *Node {
	for _, n := range g.Nodes {
		if n.ID == id {
			return n
		}
	}
	return nil
}

// Out are the edges that leave a node, in source order.
func (g *Graph) Out(id string) []*Edge {
	var out []*Edge
	for _, e := range g.Edges {
		if e.From == id {
			out = append(out, e)
		}
	}
	return out
}

// Clone copies the graph so that a transform need not touch what it was given.
func (g *Graph) Clone() *Graph {
	c := &Graph{Name: g.Name, Attrs: maps.Clone(g.Attrs), Nodes: make([]*Node, len(g.Nodes)), Edges: make([]*Edge, len(g.Edges))}
	for i, n := range g.Nodes {
		c.Nodes[i] = &Node{ID: n.ID, Attrs: maps.Clone(n.Attrs), Declared: n.Declared, Scope: n.Scope}
	}
	for i, e := range g.Edges {
		c.Edges[i] = &Edge{From: e.From, To: e.To, Attrs: maps.Clone(e.Attrs)}
	}
	return c
}

// Label is what people call the node.
func (n *Node) Label() string { return or(n.Attrs["label"], n.ID) }

// Classes are the node's stylesheet classes, those of the subgraphs around it included.
func (n *Node) Classes() []string {
	return strings.FieldsFunc(n.Attrs["class"], func(r rune) bool { return r == ',' || r == ' ' })
}

// Label is the edge's caption and routing key.
func (e *Edge) Label() string { return e.Attrs["label"] }

// Condition guards the edge; "" is always open.
func (e *Edge) Condition() string { return strings.TrimSpace(e.Attrs["condition"]) }

// The stages that shapes stand for.
const (
	TypeStart       = "start"
	TypeExit        = "exit"
	TypeCodergen    = "codergen"
	TypeHuman       = "wait.human"
	TypeConditional = "conditional"
	TypeParallel    = "parallel"
	TypeFanIn       = "parallel.fan_in"
	TypeTool        = "tool"
	TypeManager     = "stack.manager_loop"
)

var typeOfShape = map[string]string{
	"Mdiamond": TypeStart, "Msquare": TypeExit, "box": TypeCodergen, "hexagon": TypeHuman, "diamond": TypeConditional,
	"component": TypeParallel, "tripleoctagon": TypeFanIn, "parallelogram": TypeTool, "house": TypeManager,
}

// Type is the kind of stage: the type attribute, else what the shape stands for, else codergen.
func (n *Node) Type() string {
	if t := or(n.Attrs["type"], typeOfShape[n.Attrs["shape"]]); t != "" {
		return t
	}
	return TypeCodergen
}

// TypeOf is the kind of stage that the node is in this graph: a node without type and shape that is called start, exit or
// end is one, unless another node says so by its shape.
func (g *Graph) TypeOf(n *Node) string {
	if n.Attrs["type"] == "" && n.Attrs["shape"] == "" {
		for t, names := range map[string][]string{TypeStart: {"start", "Start"}, TypeExit: {"exit", "end"}} {
			if slices.Contains(names, n.ID) && !slices.ContainsFunc(g.Nodes, func(m *Node) bool { return m.Type() == t }) {
				return t
			}
		}
	}
	return n.Type()
}

// OfType are the nodes of one kind.
func (g *Graph) OfType(t string) []*Node {
	return slices.DeleteFunc(slices.Clone(g.Nodes), func(n *Node) bool { return g.TypeOf(n) != t })
}

func or(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}
