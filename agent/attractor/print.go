package attractor

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Print writes a graph as DOT that Graphviz accepts too; parsing it gives the same graph again.
func Print(g *Graph) string {
	var b strings.Builder
	fmt.Fprintf(&b, "digraph %s {\n", g.Name)
	if len(g.Attrs) > 0 {
		fmt.Fprintf(&b, "    graph%s\n", block(g.Attrs))
	}
	scope := ""
	for _, n := range g.Nodes {
		if !n.Declared {
			continue
		}
		if n.Scope != scope {
			if scope != "" {
				b.WriteString("    }\n")
			}
			if scope = n.Scope; scope != "" {
				fmt.Fprintf(&b, "    subgraph cluster_%s {\n        label=%s\n", strings.ReplaceAll(scope, "-", "_"), quote(scope))
			}
		}
		fmt.Fprintf(&b, "    %s%s\n", n.ID, block(n.Attrs))
	}
	if scope != "" {
		b.WriteString("    }\n")
	}
	for _, e := range g.Edges {
		fmt.Fprintf(&b, "    %s -> %s%s\n", e.From, e.To, block(e.Attrs))
	}
	b.WriteString("}\n")
	return b.String()
}

func block(a Attrs) string {
	if len(a) == 0 {
		return ""
	}
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(a)) {
		parts = append(parts, quote(k)+"="+quote(a[k]))
	}
	if s := strings.Join(parts, ", "); len(s) <= 100 {
		return " [" + s + "]"
	}
	return " [\n        " + strings.Join(parts, ",\n        ") + "\n    ]"
}

// plainWord needs no quotes in Graphviz either, unlike a.b, 900s or summary:high.
var plainWord = regexp.MustCompile(`^([A-Za-z_][A-Za-z0-9_]*|-?[0-9]+|-?[0-9]*\.[0-9]+)$`)

var escapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\t", `\t`)

func quote(s string) string {
	if plainWord.MatchString(s) && !slices.Contains(keywords, strings.ToLower(s)) {
		return s
	}
	return `"` + escapes.Replace(s) + `"`
}
