package attractor

import (
	"fmt"
	"regexp"
	"strings"
)

// Condition guards an edge: clauses joined by &&, each key=value, key!=value, or a key alone, which must be neither empty
// nor "false" nor "0". A value in double quotes may hold anything.
//
// https://github.com/strongdm/attractor/blob/main/attractor-spec.md#10-condition-expression-language
type Condition []clause

type clause struct{ key, op, value string }

var clausePattern = regexp.MustCompile(`^\s*([A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)\s*(?:(!=|=)\s*("[^"]*"|[^"&|=<>!]*[^"&|=<>!\s])\s*)?(&&|$)`)

// ParseCondition reads a condition; "" is always true.
func ParseCondition(s string) (Condition, error) {
	var c Condition
	for rest := s; strings.TrimSpace(rest) != ""; {
		m := clausePattern.FindStringSubmatch(rest)
		if m == nil {
			return nil, fmt.Errorf("condition %q: cannot read %q (clauses are key=value or key!=value, joined by &&)", s, strings.TrimSpace(rest))
		}
		c = append(c, clause{m[1], m[2], strings.Trim(m[3], `"`)})
		if rest = rest[len(m[0]):]; m[4] == "&&" && strings.TrimSpace(rest) == "" {
			return nil, fmt.Errorf("condition %q: nothing follows the last &&", s)
		}
	}
	return c, nil
}

// Holds says whether every clause is true of an outcome and the context.
func (c Condition) Holds(o *Outcome, ctx *Context) bool {
	for _, cl := range c {
		got := resolve(cl.key, o, ctx)
		switch {
		case cl.op == "=" && got != cl.value, cl.op == "!=" && got == cl.value:
			return false
		case cl.op == "" && (got == "" || got == "false" || got == "0"):
			return false
		}
	}
	return true
}

// resolve finds what a key stands for; a key that nobody set is "".
func resolve(key string, o *Outcome, ctx *Context) string {
	switch key {
	case "outcome":
		return string(o.Status)
	case "preferred_label":
		return o.PreferredLabel
	}
	if v := ctx.String(key); v != "" {
		return v
	}
	return ctx.String(strings.TrimPrefix(key, "context."))
}
