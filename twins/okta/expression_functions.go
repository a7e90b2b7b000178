package okta

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// namespaces are what functions of the language are named after.
var namespaces = map[string]bool{"String": true, "Arrays": true, "Convert": true}

// staticFunction is one of the language's own functions.
//
// https://developer.okta.com/docs/reference/okta-expression-language/#functions
func staticFunction(namespace, name string, args []any) (any, error) {
	f, ok := functions[namespace+"."+name]
	switch {
	case !ok:
		return nil, errExpression("Invalid function name " + namespace + "." + name)
	case len(args) < f.least || f.most > 0 && len(args) > f.most:
		return nil, errExpression("Parameter count mismatch for function " + namespace + "." + name)
	}
	return f.do(args), nil
}

// elArgs are the arguments of a function.
type elArgs []any

func (a elArgs) text(i int) string { return shownValue(a[i]) }

func (a elArgs) num(i int) int { n, _ := a[i].(float64); return int(n) }

// A function takes so many arguments; most is zero if there is no end to them.
type function struct {
	least, most int
	do          func(elArgs) any
}

var functions = map[string]function{
	"String.append": {2, 2, func(a elArgs) any { return a.text(0) + a.text(1) }},
	"String.len": {1, 1, func(a elArgs) any {
		return float64(utf8.RuneCountInString(a.text(0)))
	}},
	"String.removeSpaces": {1, 1, func(a elArgs) any {
		return strings.ReplaceAll(a.text(0), " ", "")
	}},
	"String.replace": {3, 3, func(a elArgs) any {
		return strings.ReplaceAll(a.text(0), a.text(1), a.text(2))
	}},
	"String.replaceFirst": {3, 3, func(a elArgs) any {
		return strings.Replace(a.text(0), a.text(1), a.text(2), 1)
	}},
	"String.startsWith": {2, 2, func(a elArgs) any {
		return strings.HasPrefix(a.text(0), a.text(1))
	}},
	"String.endsWith": {2, 2, func(a elArgs) any {
		return strings.HasSuffix(a.text(0), a.text(1))
	}},
	"String.stringContains": {2, 2, func(a elArgs) any {
		return strings.Contains(a.text(0), a.text(1))
	}},
	"String.toUpperCase": {1, 1, func(a elArgs) any { return strings.ToUpper(a.text(0)) }},
	"String.toLowerCase": {1, 1, func(a elArgs) any { return strings.ToLower(a.text(0)) }},
	"String.trim": {1, 1, func(a elArgs) any {
		return strings.TrimSpace(a.text(0))
	}},
	"String.substring": {3, 3, func(a elArgs) any {
		r := []rune(a.text(0))
		from := min(max(a.num(1), 0), len(r))
		return string(r[from:max(from, min(a.num(2), len(r)))])
	}},
	"String.substringAfter": {2, 2, func(a elArgs) any {
		_, after, _ := strings.Cut(a.text(0), a.text(1))
		return after
	}},
	"String.substringBefore": {2, 2, func(a elArgs) any {
		before, _, _ := strings.Cut(a.text(0), a.text(1))
		return before
	}},
	"String.join": {2, 0, func(a elArgs) any {
		var parts []string
		for i := 1; i < len(a); i++ {
			parts = append(parts, a.text(i))
		}
		return strings.Join(parts, a.text(0))
	}},
	// The value, what it is otherwise, then what to look for in it and what it is in that case.
	"String.stringSwitch": {2, 0, func(a elArgs) any {
		for i := 2; i+1 < len(a); i += 2 {
			if strings.Contains(a.text(0), a.text(i)) {
				return a.text(i + 1)
			}
		}
		return a.text(1)
	}},
	"Arrays.contains": {2, 2, func(a elArgs) any {
		return slices.ContainsFunc(list(a[0]), func(x any) bool { return equal(x, a[1]) })
	}},
	"Arrays.isEmpty": {1, 1, func(a elArgs) any {
		return len(list(a[0])) == 0
	}},
	"Arrays.size": {1, 1, func(a elArgs) any {
		return float64(len(list(a[0])))
	}},
	"Arrays.toCsvString": {1, 1, func(a elArgs) any {
		return strings.Join(texts(a[0]), ",")
	}},
	"Arrays.get": {2, 2, func(a elArgs) any {
		return indexed(a[0], a[1])
	}},
	"Arrays.clear": {1, 1, func(a elArgs) any { return []any{} }},
	"Arrays.add": {2, 2, func(a elArgs) any {
		return append(slices.Clone(list(a[0])), a[1])
	}},
	"Arrays.remove": {2, 2, func(a elArgs) any {
		return slices.DeleteFunc(slices.Clone(list(a[0])), func(x any) bool { return equal(x, a[1]) })
	}},
	"Arrays.flatten": {1, 0, func(a elArgs) any {
		out := []any{}
		for _, x := range a {
			if l, ok := x.([]any); ok {
				out = append(out, l...)
			} else {
				out = append(out, x)
			}
		}
		return out
	}},
	"Convert.toInt": {1, 1, func(a elArgs) any { return parsedNumber(a.text(0), true) }},
	"Convert.toNum": {1, 1, func(a elArgs) any { return parsedNumber(a.text(0), false) }},
}

func parsedNumber(s string, whole bool) any {
	n, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return nil
	}
	if whole {
		n = float64(int64(n))
	}
	return n
}

// method is what can be asked of a value: user.profile.login.contains("@").
func method(v any, name string, args []any, called bool) (any, error) {
	if !called {
		return nil, errExpression("Invalid property " + name)
	}
	if v == nil {
		return nil, nil
	}
	arg := ""
	if len(args) > 0 {
		arg = shownValue(args[0])
	}
	if l, ok := v.([]any); ok {
		switch name {
		case "contains":
			return len(args) == 1 && slices.ContainsFunc(l, func(x any) bool { return equal(x, args[0]) }), nil
		case "size", "length":
			return float64(len(l)), nil
		case "isEmpty":
			return len(l) == 0, nil
		}
	}
	if s, ok := v.(string); ok {
		switch name {
		case "contains":
			return strings.Contains(s, arg), nil
		case "startsWith":
			return strings.HasPrefix(s, arg), nil
		case "endsWith":
			return strings.HasSuffix(s, arg), nil
		case "equals":
			return s == arg, nil
		case "equalsIgnoreCase":
			return strings.EqualFold(s, arg), nil
		case "toUpperCase":
			return strings.ToUpper(s), nil
		case "toLowerCase":
			return strings.ToLower(s), nil
		case "trim":
			return strings.TrimSpace(s), nil
		case "length":
			return float64(utf8.RuneCountInString(s)), nil
		case "isEmpty":
			return s == "", nil
		case "matches":
			re, err := regexp.Compile(`^(?:` + arg + `)$`)
			return err == nil && re.MatchString(s), nil
		case "replace":
			if len(args) == 2 {
				return strings.ReplaceAll(s, arg, shownValue(args[1])), nil
			}
		case "substringBefore", "substringAfter", "removeSpaces", "len":
			return staticFunction("String", name, append([]any{s}, args...))
		}
	}
	return nil, errExpression("Invalid function name " + name)
}
