package attractor

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Stylesheet gives nodes their models: rules by *, shape, .class and #id, the more specific ones winning, later ones
// winning among equals.
//
// https://github.com/strongdm/attractor/blob/main/attractor-spec.md#8-model-stylesheet
type Stylesheet []styleRule

type styleRule struct {
	selector string
	rank     int // 0 * · 1 shape · 2 .class · 3 #id
	props    map[string][]arm
}

// arm is one value of a property; a property with several arms is an experiment.
type arm struct {
	value string
	share float64 // of 1
}

var (
	styleProps    = []string{"llm_model", "llm_provider", "reasoning_effort"}
	rulePattern   = regexp.MustCompile(`^\s*(\*|#[A-Za-z_][A-Za-z0-9_]*|\.[A-Za-z0-9_-]+|[A-Za-z]+)\s*\{([^{}]*)\}`)
	armPattern    = regexp.MustCompile(`^("[^"]*"|[^\s"%]+)(?:\s+([0-9]+(?:\.[0-9]+)?)%)?$`)
	reasoningWord = []string{"low", "medium", "high"}
)

// ParseStylesheet reads a stylesheet. A property may name several values as an experiment, `llm_model: a | b 10%;`: values
// without a share divide what is left.
func ParseStylesheet(src string) (Stylesheet, error) {
	var sheet Stylesheet
	for rest := src; strings.TrimSpace(rest) != ""; {
		m := rulePattern.FindStringSubmatch(rest)
		if m == nil {
			return nil, fmt.Errorf("stylesheet: expected a rule like .class { llm_model: name; } at %q", head(strings.TrimSpace(rest), 40))
		}
		rest = rest[len(m[0]):]
		r := styleRule{m[1], map[byte]int{'*': 0, '.': 2, '#': 3}[m[1][0]], map[string][]arm{}}
		if identifier.MatchString(m[1]) {
			r.rank = 1
		}
		for _, decl := range strings.Split(m[2], ";") {
			if strings.TrimSpace(decl) == "" {
				continue
			}
			prop, value, ok := strings.Cut(decl, ":")
			prop = strings.TrimSpace(prop)
			if !ok || !slices.Contains(styleProps, prop) {
				return nil, fmt.Errorf("stylesheet: %s { %s }: a declaration is one of %s, a colon and a value", r.selector, strings.TrimSpace(decl), strings.Join(styleProps, ", "))
			}
			arms, err := parseArms(value)
			if err != nil {
				return nil, fmt.Errorf("stylesheet: %s { %s }: %w", r.selector, strings.TrimSpace(decl), err)
			}
			for _, a := range arms {
				if prop == "reasoning_effort" && !slices.Contains(reasoningWord, a.value) {
					return nil, fmt.Errorf("stylesheet: %s: reasoning_effort is low, medium or high, not %q", r.selector, a.value)
				}
			}
			r.props[prop] = arms
		}
		if len(r.props) == 0 {
			return nil, fmt.Errorf("stylesheet: %s has no declarations", r.selector)
		}
		sheet = append(sheet, r)
	}
	return sheet, nil
}

func parseArms(s string) ([]arm, error) {
	var arms []arm
	left, open := 1.0, 0
	for _, part := range strings.Split(s, "|") {
		m := armPattern.FindStringSubmatch(strings.TrimSpace(part))
		if m == nil {
			return nil, fmt.Errorf("%q is no value", strings.TrimSpace(part))
		}
		a := arm{value: strings.Trim(m[1], `"`), share: -1}
		if m[2] != "" {
			percent, _ := strconv.ParseFloat(m[2], 64)
			a.share = percent / 100
			left -= a.share
		} else {
			open++
		}
		arms = append(arms, a)
	}
	if left < -1e-9 || open == 0 && left > 1e-9 {
		return nil, fmt.Errorf("the shares must come to 100%%")
	}
	for i := range arms {
		if arms[i].share < 0 {
			arms[i].share = left / float64(open)
		}
	}
	return arms, nil
}

func (r styleRule) matches(g *Graph, n *Node) bool {
	switch r.rank {
	case 1:
		return or(n.Attrs["shape"], "box") == r.selector
	case 2:
		return slices.Contains(n.Classes(), r.selector[1:])
	case 3:
		return n.ID == r.selector[1:]
	}
	return true
}

// Apply is the transform that gives every node the properties it does not set itself. Experiments are drawn once for a run,
// by its seed, the node and the property, so that a resumed run keeps its arms; experiment.<property> on the node keeps what was offered.
func (sheet Stylesheet) Apply(g *Graph, seed uint64) *Graph {
	g = g.Clone()
	for _, n := range g.Nodes {
		for _, prop := range styleProps {
			var best *styleRule
			for i, r := range sheet {
				if r.props[prop] != nil && r.matches(g, n) && (best == nil || r.rank >= best.rank) {
					best = &sheet[i]
				}
			}
			if _, own := n.Attrs[prop]; best == nil || own {
				continue
			}
			arms := best.props[prop]
			n.Attrs[prop] = draw(arms, seed, n.ID+"/"+prop)
			if len(arms) > 1 {
				n.Attrs["experiment."+prop] = offer(arms)
			}
		}
	}
	return g
}

func draw(arms []arm, seed uint64, what string) string {
	h := fnv.New64a()
	h.Write([]byte(what))
	x := rand.New(rand.NewPCG(seed, h.Sum64())).Float64()
	for _, a := range arms {
		if x -= a.share; x < 0 {
			return a.value
		}
	}
	return arms[len(arms)-1].value
}

func offer(arms []arm) string {
	var parts []string
	for _, a := range arms {
		parts = append(parts, fmt.Sprintf("%s %g%%", a.value, a.share*100))
	}
	return strings.Join(parts, " | ")
}

// head is the beginning of a text, at most n bytes, cut between characters.
func head(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n]
}
