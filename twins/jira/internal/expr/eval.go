package expr

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// Values are nil, bool, float64, string, []any, map[string]any, a [Bean] and functions.

// A Bean is a thing of Jira's: an issue, a user, a date.
type Bean interface {
	Type() string
	Properties() []string             // sorted
	Property(name string) (any, bool) // what can be called is a [Method]
	JSON() any                        // how it looks as a result
}

// A Method is what a bean, a list or a text can do.
type Method func(arguments []any) (any, error)

// A function is what an expression defines.
type function func(arguments []any) (any, error)

// Comparable beans can be compared with < and >.
type Comparable interface {
	Compare(other any) (int, bool)
}

// Steps counts what an evaluation costs.
type Steps struct {
	Steps, Expensive, Beans, Primitives int
}

// Limits of an evaluation.
const (
	MaxSteps      = 10000
	MaxExpensive  = 10
	MaxBeans      = 1000
	MaxPrimitives = 10000
)

// An Error is why an expression has no value, in Jira's words.
type Error struct{ Message string }

func (e *Error) Error() string { return e.Message }

// A Reason is why a part of an expression has no value. Evaluate says of which part.
type Reason string

func (r Reason) Error() string { return string(r) }

type evaluation struct {
	source []rune
	new    func(class string, arguments []any) (any, error)
	cost   *Steps
}

type scope struct {
	name  string
	value any
	outer *scope
}

// Evaluate gives an expression's value where names mean what variables says, and new makes what new says.
func (e *Expression) Evaluate(variables map[string]any, new func(class string, arguments []any) (any, error), cost *Steps) (any, error) {
	ev := &evaluation{source: []rune(e.source), new: new, cost: cost}
	var s *scope
	for name, v := range variables {
		s = &scope{name, v, s}
	}
	return ev.eval(e.root, s)
}

func (ev *evaluation) fail(n *node, format string, args ...any) error {
	source := ""
	if n.to <= len(ev.source) {
		source = string(ev.source[n.from:n.to])
	}
	return &Error{fmt.Sprintf("Evaluation failed: \"%s\" - %s", source, fmt.Sprintf(format, args...))}
}

func (ev *evaluation) eval(n *node, s *scope) (any, error) {
	if ev.cost.Steps++; ev.cost.Steps > MaxSteps {
		return nil, &Error{fmt.Sprintf("The expression is too complex: it takes more than %d steps.", MaxSteps)}
	}
	switch n.op {
	case "number":
		return n.number, nil
	case "string":
		return n.text, nil
	case "name":
		return ev.name(n, s)
	case "nested":
		inner := &evaluation{source: []rune(n.text), new: ev.new, cost: ev.cost}
		return inner.eval(n.children[0], s)
	case "template":
		var b strings.Builder
		for _, c := range n.children {
			v, err := ev.eval(c, s)
			if err != nil {
				return nil, err
			}
			b.WriteString(Text(v))
		}
		return ev.sized(b.String())
	case "let":
		v, err := ev.eval(n.children[0], s)
		if err != nil {
			return nil, err
		}
		return ev.eval(n.children[1], &scope{n.text, v, s})
	case "if":
		v, err := ev.eval(n.children[0], s)
		if err != nil {
			return nil, err
		}
		if Truth(v) {
			return ev.eval(n.children[1], s)
		}
		return ev.eval(n.children[2], s)
	case "list":
		l, err := ev.all(n.children, s)
		if err != nil {
			return nil, err
		}
		return ev.sized(l)
	case "object":
		out := map[string]any{}
		for i, c := range n.children {
			v, err := ev.eval(c, s)
			if err != nil {
				return nil, err
			}
			out[n.params[i]] = v
		}
		return ev.sized(out)
	case "function":
		return function(func(arguments []any) (any, error) {
			inner := s
			for i, p := range n.params {
				var v any
				if i < len(arguments) {
					v = arguments[i]
				}
				inner = &scope{p, v, inner}
			}
			return ev.eval(n.children[0], inner)
		}), nil
	case "unary":
		return ev.unary(n, s)
	case "binary":
		return ev.binary(n, s)
	case "member", "optional":
		v, err := ev.eval(n.children[0], s)
		if err != nil || v == nil && n.op == "optional" {
			return nil, err
		}
		return ev.property(n, v, n.text, "")
	case "index":
		return ev.index(n, s)
	case "new":
		arguments, err := ev.all(n.children, s)
		if err != nil {
			return nil, err
		}
		v, err := ev.new(n.text, arguments)
		if err != nil {
			return nil, ev.fail(n, "%s", err)
		}
		return v, nil
	}
	return ev.call(n, s)
}

func (ev *evaluation) all(nodes []*node, s *scope) ([]any, error) {
	out := make([]any, 0, len(nodes))
	for _, n := range nodes {
		v, err := ev.eval(n, s)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

func (ev *evaluation) name(n *node, s *scope) (any, error) {
	switch n.text {
	case "null", "undefined":
		return nil, nil
	case "true", "false":
		return n.text == "true", nil
	case "Math", "JSON", "Number", "String":
		return library(n.text), nil
	case "parseInt", "parseFloat":
		return Method(func(a []any) (any, error) {
			f, err := strconv.ParseFloat(strings.TrimSpace(Text(first(a))), 64)
			if err != nil {
				return nil, nil
			}
			if n.text == "parseInt" {
				f = math.Trunc(f)
			}
			return f, nil
		}), nil
	}
	for ; s != nil; s = s.outer {
		if s.name == n.text {
			return s.value, nil
		}
	}
	return nil, ev.fail(n, "Unrecognized variable: \"%s\"", n.text)
}

func first(a []any) any {
	if len(a) == 0 {
		return nil
	}
	return a[0]
}

// library is one of the objects that are always there.
type library string

func (ev *evaluation) index(n *node, s *scope) (any, error) {
	v, err := ev.eval(n.children[0], s)
	if err != nil {
		return nil, err
	}
	k, err := ev.eval(n.children[1], s)
	if err != nil {
		return nil, err
	}
	if l, ok := v.([]any); ok {
		if i, ok := k.(float64); ok {
			if i < 0 || int(i) >= len(l) {
				return nil, nil
			}
			return l[int(i)], nil
		}
	}
	if text, ok := v.(string); ok {
		if i, ok := k.(float64); ok {
			if r := []rune(text); i >= 0 && int(i) < len(r) {
				return string(r[int(i)]), nil
			}
			return nil, nil
		}
	}
	from, to := n.children[1].from, n.children[1].to
	return ev.property(n, v, Text(k), string(ev.source[from:to]))
}

// property is a member of a value. written is how its name was computed, if it was.
func (ev *evaluation) property(n *node, v any, name, written string) (any, error) {
	on := n.children[0]
	of := ""
	if on.to <= len(ev.source) {
		of = string(ev.source[on.from:on.to])
	}
	switch v := v.(type) {
	case nil:
		return nil, ev.fail(n, "Cannot read property \"%s\" of null", name)
	case map[string]any:
		if m := mapMethod(v, name); m != nil {
			return m, nil
		}
		return v[name], nil
	case Bean:
		if x, ok := v.Property(name); ok {
			if _, bean := x.(Bean); bean {
				if ev.cost.Beans++; ev.cost.Beans > MaxBeans {
					return nil, &Error{fmt.Sprintf("The expression is too complex: it reads more than %d objects.", MaxBeans)}
				}
			}
			return x, nil
		}
		quoted := make([]string, 0)
		for _, p := range v.Properties() {
			quoted = append(quoted, "'"+p+"'")
		}
		if written != "" {
			written = " (" + written + ")"
		}
		return nil, ev.fail(n, "Unrecognized property of `%s`: \"%s\"%s. Available properties of type '%s' are: %s", of, name, written, v.Type(), strings.Join(quoted, ", "))
	case []any:
		if name == "length" {
			return float64(len(v)), nil
		}
		if m := listMethod(v, name); m != nil {
			return m, nil
		}
	case string:
		if name == "length" {
			return float64(len([]rune(v))), nil
		}
		if m := textMethod(v, name); m != nil {
			return m, nil
		}
	case float64:
		if name == "toString" {
			return Method(func([]any) (any, error) { return Text(v), nil }), nil
		}
	case library:
		if m := v.method(name); m != nil {
			return m, nil
		}
	}
	return nil, ev.fail(n, "Unrecognized property of `%s`: \"%s\".", of, name)
}

func (ev *evaluation) call(n *node, s *scope) (any, error) {
	f, err := ev.eval(n.children[0], s)
	if err != nil {
		return nil, err
	}
	if f == nil && n.children[0].op == "optional" {
		return nil, nil
	}
	arguments, err := ev.all(n.children[1:], s)
	if err != nil {
		return nil, err
	}
	switch f := f.(type) {
	case function:
		return f(arguments)
	case Method:
		v, err := f(arguments)
		if err != nil {
			if _, ours := err.(*Error); !ours {
				err = ev.fail(n, "%s", err)
			}
			return nil, err
		}
		return ev.sized(v)
	}
	return nil, ev.fail(n, "It is not a function")
}

// maxText bounds a text that an expression makes.
const maxText = 100000

// sized is a value that is small enough to go on with.
func (ev *evaluation) sized(v any) (any, error) {
	if s, ok := v.(string); ok && len(s) > maxText || !ok && Primitives(v) > MaxPrimitives {
		return nil, &Error{fmt.Sprintf("The expression is too complex: it makes more than %d values.", MaxPrimitives)}
	}
	return v, nil
}

func (ev *evaluation) unary(n *node, s *scope) (any, error) {
	v, err := ev.eval(n.children[0], s)
	if err != nil {
		return nil, err
	}
	switch n.text {
	case "!":
		return !Truth(v), nil
	case "typeof":
		return TypeOf(v), nil
	}
	x, ok := v.(float64)
	if !ok {
		return nil, ev.fail(n, "Can't negate %s.", TypeOf(v))
	}
	return -x, nil
}

func (ev *evaluation) binary(n *node, s *scope) (any, error) {
	a, err := ev.eval(n.children[0], s)
	if err != nil {
		return nil, err
	}
	switch n.text {
	case "&&":
		if !Truth(a) {
			return a, nil
		}
		return ev.eval(n.children[1], s)
	case "||":
		if Truth(a) {
			return a, nil
		}
		return ev.eval(n.children[1], s)
	}
	b, err := ev.eval(n.children[1], s)
	if err != nil {
		return nil, err
	}
	switch n.text {
	case "==", "===":
		return Equal(a, b), nil
	case "!=", "!==":
		return !Equal(a, b), nil
	case "+":
		_, x := a.(string)
		_, y := b.(string)
		if x || y {
			return ev.sized(Text(a) + Text(b))
		}
		if l, ok := a.([]any); ok {
			if m, ok := b.([]any); ok {
				return ev.sized(slices.Concat(l, m))
			}
		}
	case "<", ">", "<=", ">=":
		by, ok := compare(a, b)
		if !ok {
			return nil, ev.fail(n, "Can't compare %s to %s.", TypeOf(a), TypeOf(b))
		}
		return map[string]bool{"<": by < 0, ">": by > 0, "<=": by <= 0, ">=": by >= 0}[n.text], nil
	}
	x, ok := a.(float64)
	y, fine := b.(float64)
	if !ok || !fine {
		return nil, ev.fail(n, "Operator '%s' can't be applied to %s and %s.", n.text, TypeOf(a), TypeOf(b))
	}
	switch n.text {
	case "+":
		return x + y, nil
	case "-":
		return x - y, nil
	case "*":
		return x * y, nil
	}
	if y == 0 {
		return nil, ev.fail(n, "Division by zero")
	}
	if n.text == "/" {
		return x / y, nil
	}
	return math.Mod(x, y), nil
}

func compare(a, b any) (int, bool) {
	switch x := a.(type) {
	case float64:
		if y, ok := b.(float64); ok {
			switch {
			case x < y:
				return -1, true
			case x > y:
				return 1, true
			}
			return 0, true
		}
	case string:
		if y, ok := b.(string); ok {
			return strings.Compare(x, y), true
		}
	case Comparable:
		return x.Compare(b)
	}
	return 0, false
}

// Equal reports whether two values are the same.
func Equal(a, b any) bool {
	x, ok := a.(Bean)
	y, fine := b.(Bean)
	if ok && fine {
		if c, can := a.(Comparable); can {
			by, alike := c.Compare(b)
			return alike && by == 0
		}
		i, _ := x.Property("id")
		j, _ := y.Property("id")
		return x.Type() == y.Type() && i != nil && i == j
	}
	switch x := a.(type) {
	case []any:
		y, ok := b.([]any)
		return ok && slices.EqualFunc(x, y, Equal)
	case map[string]any:
		y, ok := b.(map[string]any)
		if !ok || len(x) != len(y) {
			return false
		}
		for k, v := range x {
			if w, has := y[k]; !has || !Equal(v, w) {
				return false
			}
		}
		return true
	case nil, bool, float64, string:
		switch b.(type) {
		case nil, bool, float64, string:
			return a == b
		}
	}
	return false
}

// Truth reports whether a value counts as true.
func Truth(v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case bool:
		return v
	case float64:
		return v != 0
	case string:
		return v != ""
	}
	return true
}

// TypeOf is what the language calls the type of a value.
func TypeOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return "Boolean"
	case float64:
		return "Number"
	case string:
		return "String"
	case []any:
		return "List"
	case map[string]any:
		return "Map"
	case Bean:
		return v.Type()
	}
	return "Function"
}

// Text is a value as a text.
func Text(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return strconv.FormatBool(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case string:
		return v
	}
	b, _ := json.Marshal(Result(v))
	return strings.Trim(string(b), `"`)
}

// Result is a value as JSON has it.
func Result(v any) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = Result(x)
		}
		return out
	case map[string]any:
		out := map[string]any{}
		for k, x := range v {
			out[k] = Result(x)
		}
		return out
	case Bean:
		return v.JSON()
	case function, Method, library:
		return nil
	case float64:
		if math.IsInf(v, 0) || math.IsNaN(v) {
			return nil
		}
	}
	return v
}

// Primitives is how many plain values a value has, counted no further than the limit.
func Primitives(v any) int {
	left := MaxPrimitives + 1
	spend(v, &left)
	return MaxPrimitives + 1 - left
}

func spend(v any, left *int) {
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			if *left > 0 {
				spend(x, left)
			}
		}
	case map[string]any:
		for _, x := range v {
			if *left > 0 {
				spend(x, left)
			}
		}
	default:
		*left--
	}
}

// invoke calls what was given as an argument.
func invoke(f any, arguments ...any) (any, error) {
	switch f := f.(type) {
	case function:
		return f(arguments)
	case Method:
		return f(arguments)
	}
	return nil, fmt.Errorf("a function was expected, %s was given", TypeOf(f))
}

func mapMethod(m map[string]any, name string) Method {
	keys := func() []string {
		var all []string
		for k := range m {
			all = append(all, k)
		}
		slices.Sort(all)
		return all
	}
	switch name {
	case "get":
		return func(a []any) (any, error) { return m[Text(first(a))], nil }
	case "set":
		return func(a []any) (any, error) {
			if len(a) != 2 {
				return nil, fmt.Errorf("set takes a key and a value")
			}
			out := map[string]any{}
			for k, v := range m {
				out[k] = v
			}
			out[Text(a[0])] = a[1]
			return out, nil
		}
	case "entries":
		return func([]any) (any, error) {
			out := []any{}
			for _, k := range keys() {
				out = append(out, []any{k, m[k]})
			}
			return out, nil
		}
	}
	return nil
}

func listMethod(l []any, name string) Method {
	// each calls the argument for every element until f says enough.
	each := func(a []any, f func(x, result any) bool) error {
		for i, x := range l {
			v, err := invoke(first(a), x, float64(i))
			if err != nil {
				return err
			}
			if !f(x, v) {
				return nil
			}
		}
		return nil
	}
	switch name {
	case "map", "flatMap":
		return func(a []any) (any, error) {
			out := []any{}
			err := each(a, func(_, v any) bool {
				if inner, ok := v.([]any); ok && name == "flatMap" {
					out = append(out, inner...)
				} else {
					out = append(out, v)
				}
				return true
			})
			return out, err
		}
	case "filter":
		return func(a []any) (any, error) {
			out := []any{}
			err := each(a, func(x, v any) bool {
				if Truth(v) {
					out = append(out, x)
				}
				return true
			})
			return out, err
		}
	case "some", "every":
		return func(a []any) (any, error) {
			result := name == "every"
			err := each(a, func(_, v any) bool {
				if Truth(v) != result {
					result = !result
					return false
				}
				return true
			})
			return result, err
		}
	case "find", "findIndex":
		return func(a []any) (any, error) {
			var found any
			at, i := -1.0, 0
			err := each(a, func(x, v any) bool {
				if Truth(v) {
					found, at = x, float64(i)
					return false
				}
				i++
				return true
			})
			if name == "findIndex" {
				return at, err
			}
			return found, err
		}
	case "reduce":
		return func(a []any) (any, error) {
			rest := l
			var so any
			switch {
			case len(a) > 1:
				so = a[1]
			case len(l) == 0:
				return nil, fmt.Errorf("an empty list has nothing to reduce")
			default:
				so, rest = l[0], l[1:]
			}
			for _, x := range rest {
				var err error
				if so, err = invoke(first(a), so, x); err != nil {
					return nil, err
				}
			}
			return so, nil
		}
	case "sort":
		return func(a []any) (any, error) {
			out := slices.Clone(l)
			var failed error
			sort.SliceStable(out, func(i, j int) bool {
				if len(a) == 0 {
					by, ok := compare(out[i], out[j])
					if !ok {
						failed = Reason(fmt.Sprintf("Can't compare %s to %s.", TypeOf(out[i]), TypeOf(out[j])))
					}
					return by < 0
				}
				v, err := invoke(a[0], out[i], out[j])
				if err != nil {
					failed = err
				}
				n, _ := v.(float64)
				return n < 0
			})
			return out, failed
		}
	case "includes", "indexOf":
		return func(a []any) (any, error) {
			at := slices.IndexFunc(l, func(x any) bool { return Equal(x, first(a)) })
			if name == "includes" {
				return at >= 0, nil
			}
			return float64(at), nil
		}
	case "slice":
		return func(a []any) (any, error) {
			from, to := bounds(a, len(l))
			return slices.Clone(l[from:to]), nil
		}
	case "concat":
		return func(a []any) (any, error) {
			out := slices.Clone(l)
			for _, x := range a {
				if m, ok := x.([]any); ok {
					out = append(out, m...)
				} else {
					out = append(out, x)
				}
			}
			return out, nil
		}
	case "flatten":
		return func([]any) (any, error) {
			out := []any{}
			for _, x := range l {
				if m, ok := x.([]any); ok {
					out = append(out, m...)
				} else {
					out = append(out, x)
				}
			}
			return out, nil
		}
	case "reverse":
		return func([]any) (any, error) { out := slices.Clone(l); slices.Reverse(out); return out, nil }
	case "join":
		return func(a []any) (any, error) {
			by := ","
			if len(a) > 0 {
				by = Text(a[0])
			}
			var parts []string
			for _, x := range l {
				parts = append(parts, Text(x))
			}
			return strings.Join(parts, by), nil
		}
	}
	return nil
}

// bounds are the arguments of slice: negative ones count from the end.
func bounds(a []any, length int) (from, to int) {
	at := func(i, otherwise int) int {
		if i >= len(a) {
			return otherwise
		}
		n, ok := a[i].(float64)
		if !ok {
			return otherwise
		}
		if n < 0 {
			n += float64(length)
		}
		return int(min(max(n, 0), float64(length)))
	}
	from, to = at(0, 0), at(1, length)
	return from, max(from, to)
}

func textMethod(s string, name string) Method {
	plain := func(f func(a string) any) Method {
		return func(a []any) (any, error) { return f(Text(first(a))), nil }
	}
	switch name {
	case "trim":
		return plain(func(string) any { return strings.TrimSpace(s) })
	case "toUpperCase":
		return plain(func(string) any { return strings.ToUpper(s) })
	case "toLowerCase":
		return plain(func(string) any { return strings.ToLower(s) })
	case "toString":
		return plain(func(string) any { return s })
	case "includes":
		return plain(func(a string) any { return strings.Contains(s, a) })
	case "startsWith":
		return plain(func(a string) any { return strings.HasPrefix(s, a) })
	case "endsWith":
		return plain(func(a string) any { return strings.HasSuffix(s, a) })
	case "indexOf":
		return plain(func(a string) any {
			at := strings.Index(s, a)
			if at > 0 {
				at = len([]rune(s[:at]))
			}
			return float64(at)
		})
	case "charAt":
		return func(a []any) (any, error) {
			n, _ := first(a).(float64)
			if r := []rune(s); n >= 0 && int(n) < len(r) {
				return string(r[int(n)]), nil
			}
			return "", nil
		}
	case "split":
		return plain(func(a string) any {
			out := []any{}
			for p := range strings.SplitSeq(s, a) {
				out = append(out, p)
			}
			return out
		})
	case "slice", "substring":
		return func(a []any) (any, error) {
			r := []rune(s)
			from, to := bounds(a, len(r))
			return string(r[from:to]), nil
		}
	case "replace":
		return func(a []any) (any, error) {
			if len(a) != 2 {
				return nil, fmt.Errorf("replace takes what is replaced and what by")
			}
			return strings.ReplaceAll(s, Text(a[0]), Text(a[1])), nil
		}
	}
	return nil
}

func (l library) method(name string) Method {
	numbers := func(f func(x []float64) float64) Method {
		return func(a []any) (any, error) {
			var x []float64
			for _, v := range a {
				n, ok := v.(float64)
				if !ok {
					return nil, fmt.Errorf("a Number was expected, %s was given", TypeOf(v))
				}
				x = append(x, n)
			}
			if len(x) == 0 {
				return nil, fmt.Errorf("a Number was expected")
			}
			return f(x), nil
		}
	}
	switch l + "." + library(name) {
	case "Math.abs":
		return numbers(func(x []float64) float64 { return math.Abs(x[0]) })
	case "Math.floor":
		return numbers(func(x []float64) float64 { return math.Floor(x[0]) })
	case "Math.ceil":
		return numbers(func(x []float64) float64 { return math.Ceil(x[0]) })
	case "Math.round":
		return numbers(func(x []float64) float64 { return math.Floor(x[0] + 0.5) })
	case "Math.sqrt":
		return numbers(func(x []float64) float64 { return math.Sqrt(x[0]) })
	case "Math.max":
		return numbers(slices.Max[[]float64])
	case "Math.min":
		return numbers(slices.Min[[]float64])
	case "Math.pow":
		return numbers(func(x []float64) float64 { return math.Pow(x[0], x[len(x)-1]) })
	case "JSON.stringify":
		return func(a []any) (any, error) {
			b, err := json.Marshal(Result(first(a)))
			return string(b), err
		}
	}
	return nil
}
