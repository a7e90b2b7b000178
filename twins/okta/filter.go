package okta

import (
	"cmp"
	"slices"
	"strings"
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

var filterParser = participle.MustBuild[filterExpr](
	participle.Lexer(lexer.MustSimple([]lexer.SimpleRule{
		{Name: "String", Pattern: `"(?:\\.|[^"\\])*"`},
		{Name: "Number", Pattern: `-?[0-9]+(?:\.[0-9]+)?`},
		{Name: "Word", Pattern: `[A-Za-z_$][A-Za-z0-9_.$:-]*`},
		{Name: "Punct", Pattern: `[()\[\]]`},
		{Name: "space", Pattern: `\s+`},
	})),
	participle.Unquote("String"), participle.CaseInsensitive("Word"), participle.UseLookahead(2),
)

// A matcher says whether an object is among those asked for.
type matcher func(obj) bool

func everything(obj) bool { return true }

// maxFilter bounds what is parsed.
const maxFilter = 16 << 10

// parseFilter reads an expression.
func parseFilter(text string) (matcher, bool) {
	if len(text) > maxFilter || strings.Count(text, "(") > 200 {
		return nil, false
	}
	e, err := filterParser.ParseString("", text)
	if err != nil {
		return nil, false
	}
	return e.matches, true
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

func (e *filterExpr) matches(v obj) bool {
	return slices.ContainsFunc(e.Or, func(a *filterAnd) bool {
		return !slices.ContainsFunc(a.And, func(t *filterTerm) bool { return !t.matches(v) })
	})
}

func (t *filterTerm) matches(v obj) bool {
	switch {
	case t.Not != nil:
		return !t.Not.matches(v)
	case t.Group != nil:
		return t.Group.matches(v)
	}
	found := valuesAt(v, strings.Split(t.Path, "."))
	if t.Items != nil {
		return slices.ContainsFunc(found, func(x any) bool { return t.Items.matches(object(x)) })
	}
	if t.Pr {
		return slices.ContainsFunc(found, func(x any) bool { return x != nil && x != "" })
	}
	if t.Op == "ne" {
		return !slices.ContainsFunc(found, func(x any) bool { return t.compare("eq", x) })
	}
	return slices.ContainsFunc(found, func(x any) bool { return t.compare(t.Op, x) })
}

// valuesAt are the values at a path, through lists; a value that is not there is null.
func valuesAt(v any, path []string) []any {
	if l, ok := v.([]any); ok {
		var out []any
		for _, x := range l {
			out = append(out, valuesAt(x, path)...)
		}
		return out
	}
	if len(path) == 0 {
		return []any{v}
	}
	m, ok := v.(obj)
	if !ok {
		return []any{nil}
	}
	for k, x := range m {
		if strings.EqualFold(k, path[0]) {
			return valuesAt(x, path[1:])
		}
	}
	return []any{nil}
}

func (t *filterTerm) compare(op string, v any) bool {
	switch {
	case t.Value.Number != nil:
		n, ok := v.(float64)
		return ok && ordered(op, cmp.Compare(n, *t.Value.Number))
	case t.Value.Word != nil:
		switch strings.ToLower(*t.Value.Word) {
		case "null":
			return op == "eq" && v == nil
		case "true":
			return op == "eq" && v == true
		}
		return op == "eq" && v == false
	}
	s, ok := v.(string)
	if !ok {
		return false
	}
	want := *t.Value.Text
	if a, ok := momentOf(s); ok {
		if b, ok := momentOf(want); ok {
			return ordered(op, a.Compare(b))
		}
	}
	s, want = strings.ToLower(s), strings.ToLower(want)
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
