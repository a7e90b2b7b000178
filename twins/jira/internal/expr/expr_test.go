package expr

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

func evaluated(source string) string {
	e, err := Parse(source)
	if err != nil {
		var s *SyntaxError
		errors.As(err, &s)
		return s.Message
	}
	v, err := e.Evaluate(map[string]any{"n": 3.0, "m": map[string]any{"a": 1.0, "b": []any{1.0, 2.0}}, "nothing": nil}, func(class string, _ []any) (any, error) {
		return nil, errors.New("Unknown type: " + class)
	}, &Steps{})
	if err != nil {
		return err.Error()
	}
	b, _ := json.Marshal(Result(v))
	return string(b)
}

func TestExpressions(t *testing.T) {
	for source, want := range map[string]string{
		"1 + 2 * 3":                                           `7`,
		"(1 + 2) * 3 - -4 / 2 % 3":                            `11`,
		"'a' + 1 + true + null":                               `"a1truenull"`,
		"1 == 1 && 'a' != 'b' || false":                       `true`,
		"!n ? 'no' : n > 2 ? 'big' : 'small'":                 `"big"`,
		"[1, 'a', null, {a: [1]}]":                            `[1,"a",null,{"a":[1]}]`,
		"{a: 1, 'b c': 2, n}":                                 `{"a":1,"b c":2,"n":3}`,
		"m.a + m['b'][1]":                                     `3`,
		"m.c":                                                 `null`,
		"m.c?.d":                                              `null`,
		"nothing?.x || 'none'":                                `"none"`,
		"[1,2,3].map(x => x * 2).filter(x => x > 2)":          `[4,6]`,
		"[1,2,3].map((x, i) => ({x: x, i: i}))[1]":            `{"i":1,"x":2}`,
		"[3,1,2].sort()":                                      `[1,2,3]`,
		"[3,1,2].sort((a, b) => b - a)[0]":                    `3`,
		"[1,2,3].reduce((a, b) => a + b)":                     `6`,
		"[1,2,3].reduce((a, b) => a + b, 10)":                 `16`,
		"[].reduce((a, b) => a, 0)":                           `0`,
		"[1,2].some(x => x > 1) && ![1,2].every(x => x > 1)":  `true`,
		"[[1],[2,3]].flatten().length":                        `3`,
		"[1,2].flatMap(x => [x, x])":                          `[1,1,2,2]`,
		"[1,2,3].includes(2) && [1,2].indexOf(5) == -1":       `true`,
		"[1,2,3,4].slice(1, -1).join('-')":                    `"2-3"`,
		"[1] + [2]":                                           `[1,2]`,
		"[1,2].find(x => x > 1)":                              `2`,
		"' a,b '.trim().split(',').map(s => s.toUpperCase())": `["A","B"]`,
		"'hello'.slice(1, 3) + 'hello'.length + 'hello'[0] + 'hello'.replace('l', 'L')": `"el5hheLLo"`,
		"`${n} of ${m.a + 1}`":                     `"3 of 2"`,
		"let a = 2; let b = a * n; a + b":          `8`,
		"[1,2].map(x => { let y = x * x; y + 1 })": `[2,5]`,
		"typeof [] + typeof {a: 1} + typeof 'x' + typeof 1 + typeof null + typeof true": `"ListMapStringNumbernullBoolean"`,
		"Math.max(1, n, 2) + Math.round(1.5)":                                           `5`,
		"JSON.stringify({a: [1, true]})":                                                `"{\"a\":[1,true]}"`,
		"m.entries()":                                                                   `[["a",1],["b",[1,2]]]`,
		"m.set('c', 1).c":                                                               `1`,
		"{a: [1]} == {a: [1]}":                                                          `true`,
		"parseInt('12.7') + Number":                                                     "Evaluation failed: \"parseInt('12.7') + Number\" - Operator '+' can't be applied to Number and Function.",
		"x":                                                                             `Evaluation failed: "x" - Unrecognized variable: "x"`,
		"nothing.x":                                                                     `Evaluation failed: "nothing.x" - Cannot read property "x" of null`,
		"n.x":                                                                           "Evaluation failed: \"n.x\" - Unrecognized property of `n`: \"x\".",
		"n > 'a'":                                                                       `Evaluation failed: "n > 'a'" - Can't compare Number to String.`,
		"n()":                                                                           `Evaluation failed: "n()" - It is not a function`,
		"1 / 0":                                                                         `Evaluation failed: "1 / 0" - Division by zero`,
		"new Thing()":                                                                   `Evaluation failed: "new Thing()" - Unknown type: Thing`,
		"let f = x => x(x); f(f)":                                                       "The expression is too complex: it takes more than 10000 steps.",
		"let l = [1,1]; [1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1].reduce((a, b) => [a, a], l)": "The expression is too complex: it makes more than 10000 values.",
		"1 +":                    operand + " expected, EOF encountered.",
		"12 >> 3":                operand + " expected, > encountered.",
		"(1":                     ") expected, EOF encountered.",
		"[1, 2":                  ", or ] expected, EOF encountered.",
		"a.1":                    "IDENTIFIER expected, 1 encountered.",
		"1 2":                    "EOF expected, 2 encountered.",
		"'open":                  operand + " expected, ' encountered.",
		strings.Repeat("(", 200): "The expression is nested too deeply.",
	} {
		if got := evaluated(source); got != want {
			t.Errorf("%s: got %s, want %s", source, got, want)
		}
	}
}

func FuzzExpressions(f *testing.F) {
	for _, s := range []string{"let a = [1, {b: 'c'}]; a.map(x => x.b?.length || `${x}`).sort()[0] ? -1 : !2", "m.b.reduce((a, b) => a + b % 2 == 1 && typeof n)", "new X(1).y['z']"} {
		f.Add(s)
	}
	f.Fuzz(func(_ *testing.T, source string) {
		if len(source) <= MaxLength {
			evaluated(source)
		}
	})
}
