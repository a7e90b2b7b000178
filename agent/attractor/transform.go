package attractor

import "strings"

// Transform makes a graph of a graph, between parsing and lint. It must not change the one it is given.
type Transform func(*Graph) (*Graph, error)

// ApplyStylesheet is the transform for the graph's model_stylesheet. One that cannot be read is left to lint.
func ApplyStylesheet(seed uint64) Transform {
	return func(g *Graph) (*Graph, error) {
		sheet, err := ParseStylesheet(g.Attrs["model_stylesheet"])
		if err != nil {
			return g, nil
		}
		return sheet.Apply(g, seed), nil
	}
}

// ExpandGoal is the transform that puts the goal where prompts say $goal.
func ExpandGoal(g *Graph) (*Graph, error) {
	g = g.Clone()
	for _, n := range g.Nodes {
		if prompt, ok := n.Attrs["prompt"]; ok {
			n.Attrs["prompt"] = strings.ReplaceAll(prompt, "$goal", g.Goal())
		}
	}
	return g, nil
}

// Prepare applies the built-in transforms and then the others, in order.
func Prepare(g *Graph, seed uint64, more ...Transform) (*Graph, error) {
	for _, t := range append([]Transform{ApplyStylesheet(seed), ExpandGoal}, more...) {
		var err error
		if g, err = t(g); err != nil {
			return nil, err
		}
	}
	return g, nil
}
