package okta

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"
)

// A filterExpr is an expression of the SCIM filter grammar, as search and filter take it.
//
// https://developer.okta.com/docs/api/#filter
type filterExpr struct {
	Or []*filterAnd `parser:"@@ ( 'or' @@ )*"`
}

type filterAnd struct {
	And []*filterTerm `parser:"@@ ( 'and' @@ )*"`
}

type filterTerm struct {
	Not   *filterExpr  `parser:"( 'not' '(' @@ ')'"`
	Group *filterExpr  `parser:"| '(' @@ ')'"`
	Path  string       `parser:"| @Word"`
	Items *filterExpr  `parser:"  ( '[' @@ ']'"`
	Pr    bool         `parser:"  | @'pr'"`
	Op    string       `parser:"  | @('eq'|'ne'|'gt'|'ge'|'lt'|'le'|'sw'|'ew'|'co')"`
	Value *filterValue `parser:"    @@ ) )"`
}

type filterValue struct {
	Text   *string  `parser:"  @String"`
	Number *float64 `parser:"| @Number"`
	Word   *string  `parser:"| @('true'|'false'|'null')"`
}

// filterParser is made when somebody first filters.
var filterParser = sync.OnceValue(func() *participle.Parser[filterExpr] {
	return participle.MustBuild[filterExpr](
		participle.Lexer(lexer.MustSimple([]lexer.SimpleRule{
			{Name: "String", Pattern: `"(?:\\.|[^"\\])*"`},
			{Name: "Number", Pattern: `-?[0-9]+(?:\.[0-9]+)?`},
			{Name: "Word", Pattern: `[A-Za-z_$][A-Za-z0-9_.$:-]*`},
			{Name: "Punct", Pattern: `[()\[\]]`},
			{Name: "space", Pattern: `\s+`},
		})),
		participle.Unquote("String"), participle.CaseInsensitive("Word"), participle.UseLookahead(2),
	)
})

// A matcher says whether an object is among those asked for.
type matcher func(obj) bool

func everything(obj) bool { return true }

// maxFilter bounds what is parsed.
const maxFilter = 16 << 10

// readFilter reads an expression.
func readFilter(text string) (*filterExpr, bool) {
	if len(text) > maxFilter || strings.Count(text, "(") > 200 {
		return nil, false
	}
	e, err := filterParser().ParseString("", text)
	return e, err == nil
}

// parseFilter makes a matcher of an expression.
func parseFilter(text string) (matcher, bool) {
	e, ok := readFilter(text)
	if !ok {
		return nil, false
	}
	return e.compiled(), true
}

// paths are the properties that an expression speaks of.
func (e *filterExpr) paths() (out []string) {
	for _, a := range e.Or {
		for _, t := range a.And {
			switch {
			case t.Not != nil:
				out = append(out, t.Not.paths()...)
			case t.Group != nil:
				out = append(out, t.Group.paths()...)
			default:
				out = append(out, t.Path)
			}
		}
	}
	return out
}

// filtered is what a parameter of the call asks for, everything if it is not there.
func (c *call) filtered(name string) (matcher, error) {
	text := c.query.Get(name)
	if text == "" {
		return everything, nil
	}
	m, ok := parseFilter(text)
	if !ok {
		return nil, errSearch.because("Invalid " + name + " criteria.")
	}
	return m, nil
}

// compiled is the expression as a function: it is asked of everything that is listed.
func (e *filterExpr) compiled() matcher {
	var or []matcher
	for _, a := range e.Or {
		var and []matcher
		for _, t := range a.And {
			and = append(and, t.compiled())
		}
		or = append(or, func(v obj) bool { return !slices.ContainsFunc(and, func(m matcher) bool { return !m(v) }) })
	}
	if len(or) == 1 {
		return or[0]
	}
	return func(v obj) bool { return slices.ContainsFunc(or, func(m matcher) bool { return m(v) }) }
}

func (t *filterTerm) compiled() matcher {
	switch {
	case t.Not != nil:
		m := t.Not.compiled()
		return func(v obj) bool { return !m(v) }
	case t.Group != nil:
		return t.Group.compiled()
	}
	path := strings.Split(t.Path, ".")
	switch {
	case t.Items != nil:
		m := t.Items.compiled()
		return func(v obj) bool { return someAt(v, path, func(x any) bool { return m(object(x)) }) }
	case t.Pr:
		return func(v obj) bool { return someAt(v, path, func(x any) bool { return x != nil && x != "" }) }
	case strings.EqualFold(t.Op, "ne"):
		is := t.Value.compared("eq")
		return func(v obj) bool { return !someAt(v, path, is) }
	}
	is := t.Value.compared(strings.ToLower(t.Op))
	return func(v obj) bool { return someAt(v, path, is) }
}

// someAt reports whether one of the values at a path, through lists, is as asked; a value that is not there is null.
func someAt(v any, path []string, is func(any) bool) bool {
	switch v := v.(type) {
	case []any:
		return slices.ContainsFunc(v, func(x any) bool { return someAt(x, path, is) })
	case obj:
		if len(path) == 0 {
			break
		}
		if x, ok := v[path[0]]; ok {
			return someAt(x, path[1:], is)
		}
		for k, x := range v {
			if strings.EqualFold(k, path[0]) {
				return someAt(x, path[1:], is)
			}
		}
	}
	if len(path) > 0 {
		return is(nil)
	}
	return is(v)
}

// compared is the comparison with a value, as a function of the other.
func (w *filterValue) compared(op string) func(any) bool {
	switch {
	case w.Number != nil:
		return func(v any) bool {
			n, ok := v.(float64)
			return ok && ordered(op, cmp.Compare(n, *w.Number))
		}
	case w.Word != nil:
		want := map[string]any{"true": true, "false": false}[strings.ToLower(*w.Word)]
		return func(v any) bool { return op == "eq" && v == want }
	}
	moment, isMoment := momentOf(*w.Text)
	want := strings.ToLower(*w.Text)
	return func(v any) bool {
		s, ok := v.(string)
		if !ok {
			return false
		}
		if isMoment {
			if m, ok := momentOf(s); ok {
				return ordered(op, m.Compare(moment))
			}
		}
		if op == "eq" {
			return strings.EqualFold(s, want)
		}
		s = strings.ToLower(s)
		switch op {
		case "sw":
			return strings.HasPrefix(s, want)
		case "ew":
			return strings.HasSuffix(s, want)
		case "co":
			return strings.Contains(s, want)
		}
		return ordered(op, cmp.Compare(s, want))
	}
}

func momentOf(s string) (time.Time, bool) {
	if len(s) < 20 || s[4] != '-' {
		return time.Time{}, false
	}
	t, err := time.Parse(time.RFC3339, s)
	return t, err == nil
}

func ordered(op string, c int) bool {
	switch op {
	case "eq":
		return c == 0
	case "gt":
		return c > 0
	case "ge":
		return c >= 0
	case "lt":
		return c < 0
	case "le":
		return c <= 0
	}
	return false
}
