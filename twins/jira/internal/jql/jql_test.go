package jql

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// What is read, and how it is written again.
func TestParse(t *testing.T) {
	for query, want := range map[string]string{
		"":                                      "",
		"project=ABC":                           "project = ABC",
		"a = b AND c = d OR e = f":              "a = b AND c = d OR e = f",
		"a = b and (c = d or e = f)":            "a = b AND (c = d OR e = f)",
		"a = b && c = d || e = f":               "a = b AND c = d OR e = f",
		"a = b & c = d | e = f":                 "a = b AND c = d OR e = f",
		"not a = b":                             "NOT a = b",
		"!(a = b or ! c = d)":                   "NOT (a = b OR NOT c = d)",
		"not not a = b":                         "NOT NOT a = b",
		"((a = b))":                             "a = b",
		"status in (Open, 'In Progress')":       `status in (Open, "In Progress")`,
		"status NOT  IN(Open)":                  "status not in (Open)",
		"status not\nin (open)":                 "status not in (open)",
		"a in ((b), c, f())":                    "a in ((b), c, f())",
		"assignee is null":                      "assignee is EMPTY",
		"assignee IS NOT empty":                 "assignee is not EMPTY",
		"assignee = empty":                      "assignee = EMPTY",
		"labels in (a, EMPTY)":                  "labels in (a, EMPTY)",
		"a = -5":                                "a = -5",
		`a = "-5"`:                              `a = "-5"`,
		"created >= -1w":                        "created >= -1w",
		"created > 2024-01-31":                  "created > 2024-01-31",
		`created > "2024/01/31 10:00"`:          `created > "2024/01/31 10:00"`,
		"due < endOfWeek(-1w)":                  "due < endOfWeek(-1w)",
		"a = f(one, \"t w o\", 3)":              `a = f(one, "t w o", 3)`,
		"a = 'f g'()":                           `a = "f g"()`,
		"status was Open":                       "status was Open",
		"status was not in (a,b) by c":          "status was not in (a, b) by c",
		"status was Open during (a, now())":     "status was Open during (a, now())",
		"status CHANGED":                        "status changed",
		"status changed from a to b on now()":   "status changed from a to b on now()",
		"status changed and a = b":              "status changed AND a = b",
		"(status changed)":                      "status changed",
		"status changed order by key":           "status changed ORDER BY key",
		"cf[10010] ~ x":                         "cf[10010] ~ x",
		"cf [ 10010 ] !~ x":                     "cf[10010] !~ x",
		`"Story Points" > 5`:                    `"Story Points" > 5`,
		`"Epic Link" = A-1`:                     `"Epic Link" = A-1`,
		`Team\ Name = x`:                        `"Team Name" = x`,
		`issue.property["sp here"].value = x`:   `issue.property["sp here"].value = x`,
		"issue.property[a].b.c >= 2":            "issue.property[a].b.c >= 2",
		"development[commits].all > 0":          "development[commits].all > 0",
		"development [ commits ] .all > 0":      "development[commits].all > 0",
		`summary ~ "\"a phrase\""`:              `summary ~ "\"a phrase\""`,
		`summary ~ 'it\'s'`:                     `summary ~ "it's"`,
		"summary ~ \"caf\\u00e9 \u65e5\u672c\"": "summary ~ \"café \u65e5\u672c\"",
		"project = \"and\"":                     `project = "and"`,
		"order by created":                      "ORDER BY created",
		"ORDER BY a asc, \"b c\" DESC, cf[1]":   `ORDER BY a ASC, "b c" DESC, cf[1]`,
		"a = b ORDER BY rank":                   "a = b ORDER BY rank",
		"12345 = v":                             "12345 = v",
	} {
		q, err := Parse(query)
		if err != nil {
			t.Errorf("%q: %v", query, err)
		} else if got := q.String(); got != want {
			t.Errorf("%q: got %q, want %q", query, got, want)
		}
	}
}

// The sentences, without their beginning and without the operators that one of them lists.
func TestRefusals(t *testing.T) {
	for query, want := range map[string]string{
		"comment ~ 'test":                "The quoted string 'test' has not been completed. (line 1, character 11)",
		"comment ~ 'test\n":              "The quoted string 'test ' has not been completed. (line 1, character 11)",
		"priority=\"test\nword":          "The quoted string 'test word' has not been completed. (line 1, character 10)",
		"comment ~ '":                    "The quoted string has not been completed. (line 1, character 11)",
		"what = hrejw'ewj":               "The quoted string 'ewj' has not been completed. (line 1, character 13)",
		`comme\unt ~ 'test`:              `'\un' is an illegal JQL escape sequence.` + escapes + ` (line 1, character 6)`,
		"status =\n\n\n\n\n\n \\c":       `'\c' is an illegal JQL escape sequence.` + escapes + ` (line 7, character 2)`,
		"status =\n\n\n\n\\":             `The escape sequence has not been completed.` + escapes + ` (line 5, character 1)`,
		"status =\n\n\n\n\\u":            `'\u' is an illegal JQL escape sequence.` + escapes + ` (line 5, character 1)`,
		"status =\n\n\n\n'\\u'":          `'\u'' is an illegal JQL escape sequence.` + escapes + ` (line 5, character 2)`,
		`a = b\u278q`:                    `'\u278q' is an illegal JQL escape sequence.` + escapes + ` (line 1, character 6)`,
		"mine{www = qwwr":                `The character '{' is a reserved JQL character. You must enclose it in a string or use the escape '\u007b' instead. (line 1, character 5)`,
		"minewww# = qwwr":                `The character '#' is a reserved JQL character. You must enclose it in a string or use the escape '\u0023' instead. (line 1, character 8)`,
		"reporter = a@b":                 `The character '@' is a reserved JQL character. You must enclose it in a string or use the escape '\u0040' instead. (line 1, character 13)`,
		"minewww =\u007fqwwr":            `The character 'U+007F' on line 1 at position 10 must be escaped. Use the escape '\u007f' instead. (line 1, character 10)`,
		"mqwwr=\"\u007f broken\"":        `The character 'U+007F' on line 1 at position 8 must be escaped. Use the escape '\u007f' instead. (line 1, character 8)`,
		"control = 'char\t'":             `The character 'U+0009' on line 1 at position 16 must be escaped. Use the escape '\u0009' instead. (line 1, character 16)`,
		"aaaaa=-3482094382084092840":     "",
		"aaaaa=-34820943820840928409328": "'-34820943820840928409328' is not a valid number. Numbers must be between -9,223,372,036,854,775,808 and 9,223,372,036,854,775,807. (line 1, character 7)",
		"cf[10020202020020202020202]=a":  "'10020202020020202020202' is not a valid number. Numbers must be between -9,223,372,036,854,775,808 and 9,223,372,036,854,775,807. (line 1, character 4)",
		"a =b order":                     "Expecting 'by' before the end of the query.",
		"a =b order summary":             "Expecting 'by' but got 'summary'. (line 1, character 12)",
		"a =b order by":                  "Expecting a field name at the end of the query.",
		"a =b order by asc":              "Expecting a field name but got 'asc'. You must surround 'asc' in quotation marks to use it as a field name. (line 1, character 15)",
		"a =b order by ajsks blah":       "Expecting either 'ASC' or 'DESC' but got 'blah'. (line 1, character 21)",
		"order by a desc d":              "Expecting ',' but got 'd'. (line 1, character 17)",
		"a =b order by \"\" desc":        "A field name cannot be empty. (line 1, character 15)",
		"'' = c":                         "A field name cannot be empty. (line 1, character 1)",
		"summary ~ bad and \n\\  ~ cool": "A field name cannot be empty. (line 2, character 1)",
		"a = ''()":                       "A function name cannot be empty. (line 1, character 5)",
		"a":                              "Expecting operator before the end of the query." + operators,
		"a blah >":                       "Expecting operator but got 'blah'." + operators + " (line 1, character 3)",
		"invalid query":                  "Expecting operator but got 'query'." + operators + " (line 1, character 9)",
		"a =a and j not is empty":        "Expecting 'IN' but got 'is'. (line 1, character 16)",
		"a =a and j is ! empty":          "Expecting 'NOT' but got '!'. (line 1, character 15)",
		"a not was \"Open\"":             "Expecting 'IN' but got 'was'. (line 1, character 7)",
		"cf":                             "Expecting '[' before the end of the query.",
		"a = b and not (cf = 6)":         "Expecting '[' but got '='. (line 1, character 19)",
		"cf[":                            "Expecting a custom field id (a positive number) before the end of the query.",
		"cf[ = 9":                        "Expecting a custom field id (a positive number) but got '='. (line 1, character 5)",
		"cf[29829k] = ":                  "Expecting a custom field id (a positive number) but got '29829k'. (line 1, character 4)",
		"cf[-29829] = ":                  "Expecting a custom field id (a positive number) but got '-29829'. (line 1, character 4)",
		"cf[29829 = world":               "Expecting ']' but got '='. (line 1, character 10)",
		"cf[29829":                       "Expecting ']' before the end of the query.",
		"a = func(":                      "Expecting ')' before the end of the query.",
		"a = func(, and not (a = x)":     "Expecting ')' but got ','. (line 1, character 10)",
		"b=func(bad":                     "Expecting ')' before the end of the query.",
		"bas=func(bad,)":                 "Function argument must be specified. (line 1, character 14)",
		"bas=func(bad,":                  "Expecting a function argument at the end of the query.",
		"k = func(!":                     "Expecting a function argument but got '!'. You must surround '!' in quotation marks to use it as an argument. (line 1, character 10)",
		"k = func(abc, jk!)":             "Expecting ')' or ',' but got '!'. (line 1, character 17)",
		"(a=b and c = d":                 "Expecting ')' before the end of the query.",
		"b in ((12, (288)":               "Expecting ')' before the end of the query.",
		"abc IN ((foo) abc = a":          "Expecting ')' but got 'abc'. (line 1, character 15)",
		"abc in (foo bar)":               "Expecting ',' or ')' but got 'bar'. (line 1, character 13)",
		"a=":                             "Expecting either a value, list or function before the end of the query.",
		"a=!":                            "Expecting either a value, list or function but got '!'. You must surround '!' in quotation marks to use it as a value. (line 1, character 3)",
		"a = OR":                         "Expecting either a value, list or function but got 'OR'. You must surround 'OR' in quotation marks to use it as a value. (line 1, character 5)",
		"a in ()":                        "Expecting either a value, list or function but got ')'. You must surround ')' in quotation marks to use it as a value. (line 1, character 7)",
		"a=b c=d":                        "Expecting either 'OR' or 'AND' but got 'c'. (line 1, character 5)",
		"a=b !c=d":                       "Expecting either 'OR' or 'AND' but got '!'. (line 1, character 5)",
		"abc in (foo))":                  "Expecting either 'OR' or 'AND' but got ')'. (line 1, character 13)",
		"a=(a,":                          "Expecting either a value, list or function before the end of the query.",
		"a=(a,(,bad))":                   "Expecting either a value, list or function but got ','. You must surround ',' in quotation marks to use it as a value. (line 1, character 7)",
		"a = ((c,d), d, yyy) and":        "Expecting a field name at the end of the query.",
		", a = b":                        "Expecting a field name but got ','. You must surround ',' in quotation marks to use it as a field name. (line 1, character 1)",
		"[brenden] = a":                  "Expecting a field name but got '['. Did you mean 'cf['? (line 1, character 1)",
		"a was":                          "Expecting either a value, list or function before the end of the query.",
		"a is":                           "Expecting either a value, list or function before the end of the query.",
		"status = \"Open\" by admin":     `The EQUALS operator does not support the use of the by "admin" predicate.`,
		"fixVersion changed 4 by \"x\"":  "The CHANGED operator does not support the use of values without predicates. You must prefix the 4 value with a suitable predicate.",
		"pri notin (x)":                  "'notin' is a reserved JQL word. You must surround it in quotation marks to use it in a query. (line 1, character 5)",
		"project = AS":                   "'AS' is a reserved JQL word. You must surround it in quotation marks to use it in a query. (line 1, character 11)",
		"foo bar = select":               "'select' is a reserved JQL word. You must surround it in quotation marks to use it in a query. (line 1, character 11)",
		strings.Repeat("(", 600):         "The query is nested too deeply. (line 1, character 501)",
		strings.Repeat("not ", 600):      "The query is nested too deeply. (line 1, character 2001)",
	} {
		_, err := Parse(query)
		var refused *Error
		switch {
		case want == "":
			if err != nil {
				t.Errorf("%q: %v", query, err)
			}
		case !errors.As(err, &refused):
			t.Errorf("%q is accepted", query)
		default:
			start := prefix
			if strings.HasPrefix(want, "Expecting either a value") {
				start = "Error in JQL Query: "
			}
			if got := refused.Message; got != start+want {
				t.Errorf("%q:\n got %q\nwant %q", query, got, start+want)
			}
		}
	}
}

// Every reserved word is refused as a value and written in quotes.
func TestReserved(t *testing.T) {
	for _, w := range Reserved() {
		if _, err := Parse("a = " + w); w != "empty" && w != "null" && err == nil {
			t.Errorf("%s is accepted", w)
		}
		if got, want := Quote(strings.ToUpper(w)), fmt.Sprintf("%q", strings.ToUpper(w)); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// Whatever is read is written so that it is read again as the same query.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"a = b and (c ~ 'x y' or not d in (1, f(2), EMPTY)) order by e desc", `cf[1] was not in (a, "b") by c during ("2020-01-01", now())`,
		`issue.property[ "k 1" ].p."x" changed from 1 to EMPTY`, `a\ b != "\u0041\n\\"`, "| & !! (((", "a is not null or b changed",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, query string) {
		q, err := Parse(query)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "Error in ") {
				t.Errorf("%q: %v", query, err)
			}
			return
		}
		again, err := Parse(q.String())
		if err != nil || !reflect.DeepEqual(q, again) {
			t.Errorf("%q is written %q: %v", query, q, err)
		}
	})
}

func TestParseText(t *testing.T) {
	for text, want := range map[string]string{
		"one":                   "one",
		"one two":               "+(one two)",
		"one AND two":           "+(one two)",
		"one OR two":            "?(one two)",
		"one && two || three":   "+(one) ?(two three)",
		"one -two":              "+(one) -(two)",
		"one NOT two":           "+(one) -(two)",
		"+one !two":             "+(one) -(two)",
		"lcls-ii":               "lcls-ii",
		`"a phrase"`:            `"a phrase"`,
		`"a phrase"~3 b`:        `+("a phrase"~3 b)`,
		"wild* w?ld":            "+(wild* w?ld)",
		"rain~ roam~0.8":        "+(rain~0.5 roam~0.8)",
		"jira^4 atlassian":      "+(jira^4 atlassian)",
		"(one OR two) three":    "+(?(one two) three)",
		`a\:b \"c`:              `+(a:b "c)`,
		"ANDROID ORB NOTHING":   "+(ANDROID ORB NOTHING)",
		"AND":                   "",
		"one AND":               "",
		"OR one":                "",
		"(one":                  "",
		"one)":                  "",
		`"one`:                  "",
		"":                      "",
		"one^":                  "",
		"[a TO b]":              "",
		strings.Repeat("(", 99): "",
	} {
		q, err := ParseText(text)
		if want == "" {
			if err == nil {
				t.Errorf("%q is read as %s", text, shownText(q))
			}
		} else if err != nil {
			t.Errorf("%q: %v", text, err)
		} else if got := shownText(q); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}

func shownText(q TextQuery) string {
	switch q := q.(type) {
	case *TextTerm:
		text := strings.Join(q.Words, " ")
		if q.Phrase {
			text = `"` + text + `"`
		}
		if n := float64(q.Slop) + q.Fuzzy; n != 0 {
			text += fmt.Sprintf("~%v", n)
		}
		if q.Boost != 1 {
			text += fmt.Sprintf("^%v", q.Boost)
		}
		return text
	case *TextGroup:
		var parts []string
		for mark, list := range map[string][]TextQuery{"+": q.Must, "-": q.MustNot, "?": q.Should} {
			var inside []string
			for _, q := range list {
				inside = append(inside, shownText(q))
			}
			if inside != nil {
				parts = append(parts, mark+"("+strings.Join(inside, " ")+")")
			}
		}
		slices.Sort(parts)
		return strings.Join(parts, " ")
	}
	return ""
}

func FuzzParseText(f *testing.F) {
	f.Add(`+a -b OR (c* AND "d e"~2)^3 f~0.5 \"`)
	f.Fuzz(func(t *testing.T, text string) { ParseText(text) })
}
