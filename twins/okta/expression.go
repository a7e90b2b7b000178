package okta

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"
)

// An expression is one of the Okta Expression Language, as far as group rules, realm assignments, claims and mappings use it.
//
// https://developer.okta.com/docs/reference/okta-expression-language/
type expression struct {
	If   *elOr       `parser:"@@"`
	Then *expression `parser:"( '?' @@"`
	Else *expression `parser:"  ':' @@ )?"`
}

type elOr struct {
	Or []*elAnd `parser:"@@ ( ( 'or' | 'OR' | '||' ) @@ )*"`
}

type elAnd struct {
	And []*elNot `parser:"@@ ( ( 'and' | 'AND' | '&&' ) @@ )*"`
}

type elNot struct {
	Not     *elNot     `parser:"( '!' | 'not' | 'NOT' ) @@"`
	Compare *elCompare `parser:"| @@"`
}

type elCompare struct {
	Left  *elSum `parser:"@@"`
	Op    string `parser:"( @( '==' | '!=' | '<=' | '>=' | '<' | '>' | 'eq' | 'ne' | 'le' | 'ge' | 'lt' | 'gt' | 'EQ' | 'NE' | 'LE' | 'GE' | 'LT' | 'GT' | 'matches' )"`
	Right *elSum `parser:"  @@ )?"`
}

type elSum struct {
	First *elPath   `parser:"@@"`
	Rest  []*elPlus `parser:"@@*"`
}

type elPlus struct {
	Op    string  `parser:"@( '+' | '-' )"`
	Value *elPath `parser:"@@"`
}

type elPath struct {
	Head  *elHead   `parser:"@@"`
	Steps []*elStep `parser:"@@*"`
}

type elHead struct {
	Text   *string       `parser:"  @String"`
	Number *float64      `parser:"| @Number"`
	Call   *elCall       `parser:"| @@"`
	Group  *expression   `parser:"| '(' @@ ')'"`
	Map    []*elMember   `parser:"| '{' @@ ( ',' @@ )* '}'"`
	List   []*expression `parser:"| '{' ( @@ ( ',' @@ )* )? '}'"`
}

type elMember struct {
	Key   string      `parser:"( @String | @Word ) ':'"`
	Value *expression `parser:"@@"`
}

type elCall struct {
	Name   string        `parser:"@Word"`
	Called bool          `parser:"( @'('"`
	Args   []*expression `parser:"  ( @@ ( ',' @@ )* )? ')' )?"`
}

type elStep struct {
	Member *elCall     `parser:"( '.' | '?' '.' ) @@"`
	Index  *expression `parser:"| '[' @@ ']'"`
}

// expressionParser is made when there is a first expression.
var expressionParser = sync.OnceValue(func() *participle.Parser[expression] {
	return participle.MustBuild[expression](
		participle.Lexer(lexer.MustSimple([]lexer.SimpleRule{
			{Name: "String", Pattern: `"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'`},
			{Name: "Number", Pattern: `[0-9]+(?:\.[0-9]+)?`},
			{Name: "Word", Pattern: `[A-Za-z_][A-Za-z0-9_]*`},
			{Name: "Punct", Pattern: `==|!=|<=|>=|&&|\|\||[-+<>!?:.,()\[\]{}]`},
			{Name: "space", Pattern: `\s+`},
		})),
		participle.Unquote("String"), participle.UseLookahead(4),
	)
})

// parseExpression reads an expression.
func parseExpression(text string) (*expression, error) {
	if len(text) > maxFilter || strings.Count(text, "(") > 200 {
		return nil, errors.New("the expression is too long")
	}
	return expressionParser().ParseString("", text)
}

// A scope is what the names of an expression mean.
type scope struct {
	vars    obj
	lenient bool // what is not there is null
	// function answers a function that is not of the language itself: isMemberOfAnyGroup("00g…").
	function func(name string, args []any) (any, error)
	// member answers a member of a variable that is not in it: user.getInternalProperty("status").
	member func(of any, name string, args []any) (any, bool)
}

// evaluate works an expression out in which names stand for what vars has under them; null if it cannot be.
func evaluate(source string, vars obj) any {
	e, err := parseExpression(source)
	if err != nil {
		return nil
	}
	v, err := e.value(&scope{vars: vars, lenient: true})
	if err != nil {
		return nil
	}
	return v
}

// errExpression is what an expression cannot be worked out for.
type errExpression string

func (e errExpression) Error() string { return string(e) }

func (e *expression) value(s *scope) (any, error) {
	v, err := e.If.value(s)
	if err != nil || e.Then == nil {
		return v, err
	}
	if v == true {
		return e.Then.value(s)
	}
	return e.Else.value(s)
}

// holds reports whether an expression is true.
func (e *expression) holds(s *scope) bool {
	v, err := e.value(s)
	return err == nil && v == true
}

func (e *elOr) value(s *scope) (any, error) {
	v, err := e.Or[0].value(s)
	for _, next := range e.Or[1:] {
		if err != nil || v == true {
			return v, err
		}
		v, err = next.value(s)
	}
	return v, err
}

func (e *elAnd) value(s *scope) (any, error) {
	v, err := e.And[0].value(s)
	for _, next := range e.And[1:] {
		if err != nil || v != true {
			return v == true, err
		}
		v, err = next.value(s)
	}
	return v, err
}

func (e *elNot) value(s *scope) (any, error) {
	if e.Not == nil {
		return e.Compare.value(s)
	}
	v, err := e.Not.value(s)
	return v != true, err
}

func (e *elCompare) value(s *scope) (any, error) {
	a, err := e.Left.value(s)
	if err != nil || e.Right == nil {
		return a, err
	}
	b, err := e.Right.value(s)
	if err != nil {
		return nil, err
	}
	switch strings.ToLower(e.Op) {
	case "==", "eq":
		return equal(a, b), nil
	case "!=", "ne":
		return !equal(a, b), nil
	case "matches":
		re, err := regexp.Compile(`^(?:` + text(b) + `)$`)
		return err == nil && re.MatchString(text(a)), nil
	}
	c, ok := compared(a, b)
	if !ok {
		return false, nil
	}
	return ordered(map[string]string{"<": "lt", "<=": "le", ">": "gt", ">=": "ge"}[e.Op]+strings.ToLower(strings.Trim(e.Op, "<>=")), c), nil
}

func compared(a, b any) (int, bool) {
	if x, ok := a.(float64); ok {
		y, ok := b.(float64)
		return cmp.Compare(x, y), ok
	}
	x, ok := a.(string)
	y, ok2 := b.(string)
	return cmp.Compare(x, y), ok && ok2
}

func (e *elSum) value(s *scope) (any, error) {
	v, err := e.First.value(s)
	for _, p := range e.Rest {
		if err != nil {
			return nil, err
		}
		var w any
		if w, err = p.Value.value(s); err != nil {
			return nil, err
		}
		x, ok := v.(float64)
		y, ok2 := w.(float64)
		switch {
		case ok && ok2 && p.Op == "-":
			v = x - y
		case ok && ok2:
			v = x + y
		case p.Op == "-":
			return nil, errExpression("the operator '-' is not supported between these objects")
		default:
			v = shownValue(v) + shownValue(w)
		}
	}
	return v, err
}

// shownValue is a value as text.
func shownValue(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return fmt.Sprint(v)
}

func (e *elPath) value(s *scope) (any, error) {
	steps := e.Steps
	var v any
	if c := e.Head.Call; c != nil && !c.Called && len(steps) > 0 && steps[0].Member != nil && steps[0].Member.Called && namespaces[c.Name] {
		args, err := values(s, steps[0].Member.Args)
		if err != nil {
			return nil, err
		}
		if v, err = staticFunction(c.Name, steps[0].Member.Name, args); err != nil {
			return nil, err
		}
		steps = steps[1:]
	} else {
		var err error
		if v, err = e.Head.value(s); err != nil {
			return nil, err
		}
	}
	for _, step := range steps {
		if step.Index != nil {
			i, err := step.Index.value(s)
			if err != nil {
				return nil, err
			}
			v = indexed(v, i)
			continue
		}
		m := step.Member
		args, err := values(s, m.Args)
		if err != nil {
			return nil, err
		}
		if of, ok := v.(obj); ok && !m.Called {
			if x, ok := of[m.Name]; ok {
				v = x
				continue
			}
		}
		if _, ok := v.(obj); ok && !m.Called && s.lenient {
			v = nil
			continue
		}
		if s.member != nil {
			if x, ok := s.member(v, m.Name, args); ok {
				v = x
				continue
			}
		}
		if v, err = method(v, m.Name, args, m.Called); err != nil {
			return nil, err
		}
	}
	return v, nil
}

func indexed(v, i any) any {
	switch v := v.(type) {
	case obj:
		return v[text(i)]
	case []any:
		if n, ok := i.(float64); ok && n >= 0 && int(n) < len(v) {
			return v[int(n)]
		}
	}
	return nil
}

func values(s *scope, args []*expression) ([]any, error) {
	out := make([]any, len(args))
	for i, a := range args {
		v, err := a.value(s)
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

func (e *elHead) value(s *scope) (any, error) {
	switch {
	case e.Text != nil:
		return *e.Text, nil
	case e.Number != nil:
		return *e.Number, nil
	case e.Group != nil:
		return e.Group.value(s)
	case e.Map != nil:
		m := obj{}
		for _, x := range e.Map {
			v, err := x.Value.value(s)
			if err != nil {
				return nil, err
			}
			m[x.Key] = v
		}
		return m, nil
	case e.Call == nil:
		return values(s, e.List)
	case e.Call.Called:
		args, err := values(s, e.Call.Args)
		if err != nil {
			return nil, err
		}
		if s.function == nil {
			return nil, errExpression("Invalid function name " + e.Call.Name)
		}
		return s.function(e.Call.Name, args)
	}
	switch e.Call.Name {
	case "true":
		return true, nil
	case "false":
		return false, nil
	case "null":
		return nil, nil
	}
	v, ok := s.vars[e.Call.Name]
	if !ok {
		return nil, errExpression("Invalid property " + e.Call.Name)
	}
	return v, nil
}
