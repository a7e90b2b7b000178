package query

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

var lisbon = time.FixedZone("WEST", 3600)

// now is a Wednesday.
var now = time.Date(2026, 5, 13, 9, 30, 0, 0, lisbon)

func TestParseTerms(t *testing.T) {
	word := func(w ...string) Term { return Term{Words: w} }
	for in, want := range map[string][]Term{
		``:                         nil,
		`  `:                       nil,
		`Hello World`:              {word("hello"), word("world")},
		`"Hello World" x`:          {word("hello", "world"), word("x")},
		`“Hello World”`:            {word("hello", "world")},
		`"open ended`:              {word("open", "ended")},
		`-no -"not this" yes`:      {{Words: []string{"no"}, Not: true}, {Words: []string{"not", "this"}, Not: true}, word("yes")},
		`wild*`:                    {{Words: []string{"wild"}, Prefix: true}},
		`-wild*`:                   {{Words: []string{"wild"}, Prefix: true, Not: true}},
		`foo-bar don't a.b`:        {word("foo", "bar"), word("don", "t"), word("a", "b")},
		`- -- * !? "" -""`:         nil,
		`Ünïcode naïve`:            {word("ünïcode"), word("naïve")},
		`検索 search`:                {word("検", "索"), word("search")},
		`what:ever http://x.y/z`:   {word("what", "ever"), word("http", "x", "y", "z")},
		`before:never in: from:""`: {word("before", "never"), word("in"), word("from")},
		`snake_case`:               {word("snake_case")},
		`R&D`:                      {word("r", "d")},
	} {
		got := Parse(in, now)
		if !reflect.DeepEqual(got.Terms, want) || got.Filters != nil {
			t.Errorf("Parse(%q) = %+v", in, got)
		}
	}
}

func TestParseFilters(t *testing.T) {
	for in, want := range map[string][]Filter{
		`in:#general`:        {{Key: "in", Value: "#general"}},
		`-IN:general`:        {{Key: "in", Value: "general", Not: true}},
		`from:"Bo Li" x`:     {{Key: "from", Value: "Bo Li"}},
		`from:<@U1|bo>`:      {{Key: "from", Value: "<@U1|bo>"}},
		`has::eyes: to:me`:   {{Key: "has", Value: ":eyes:"}, {Key: "to", Value: "me"}},
		`hasmy::eyes: is:dm`: {{Key: "hasmy", Value: ":eyes:"}, {Key: "is", Value: "dm"}},
		`with:@bo`:           {{Key: "with", Value: "@bo"}},
	} {
		if got := Parse(in, now).Filters; !reflect.DeepEqual(got, want) {
			t.Errorf("Parse(%q) = %+v", in, got)
		}
	}
}

func TestDates(t *testing.T) {
	for value, want := range map[string]string{
		"today":           "2026-05-13 2026-05-14",
		"Yesterday":       "2026-05-12 2026-05-13",
		"wednesday":       "2026-05-13 2026-05-14",
		"thu":             "2026-05-07 2026-05-08",
		"week":            "2026-05-10 2026-05-17",
		"last week":       "2026-05-03 2026-05-10",
		"month":           "2026-05-01 2026-06-01",
		"last month":      "2026-04-01 2026-05-01",
		"year":            "2026-01-01 2027-01-01",
		"last year":       "2025-01-01 2026-01-01",
		"may":             "2026-05-01 2026-06-01",
		"June":            "2025-06-01 2025-07-01",
		"dec":             "2025-12-01 2026-01-01",
		"2024":            "2024-01-01 2025-01-01",
		"2024-02":         "2024-02-01 2024-03-01",
		"2/2024":          "2024-02-01 2024-03-01",
		"february 2024":   "2024-02-01 2024-03-01",
		"feb-2024":        "2024-02-01 2024-03-01",
		"2024-02-29":      "2024-02-29 2024-03-01",
		"2024/2/9":        "2024-02-09 2024-02-10",
		"02/09/2024":      "2024-02-09 2024-02-10",
		"2/9/24":          "2024-02-09 2024-02-10",
		"Feb 9, 2024":     "2024-02-09 2024-02-10",
		"9 February 2024": "2024-02-09 2024-02-10",
		"2023-02-29":      "",
		"0000":            "",
		"ma":              "",
		"soon":            "",
		"13/13/2024":      "",
	} {
		from, to, ok := dates(value, now)
		got := ""
		if ok {
			got = from.Format("2006-01-02") + " " + to.Format("2006-01-02")
		}
		if got != want || ok && (from.Location() != lisbon || from.Hour() != 0) {
			t.Errorf("%q means %q, want %q", value, got, want)
		}
	}
}

func doc() Doc {
	return Doc{
		Text:        "The *quick* brown fox &amp; <@U2> jumped, see <https://example.com/foxes|the foxes> :tada:",
		Author:      Named{"U1", []string{"ana", "Ana Reis"}},
		Channel:     Named{"C1", []string{"general"}},
		ChannelType: "public_channel",
		Time:        time.Date(2026, 5, 12, 23, 59, 59, 0, lisbon),
		Has:         []string{"pin", "saved"},
		Reactions:   map[string][]string{"eyes": {"U1", "U3"}, "+1": {"U2"}},
	}
}

func TestMatch(t *testing.T) {
	channel := doc()
	dm := doc()
	dm.Channel, dm.ChannelType = Named{ID: "D1"}, "im"
	dm.Members = []Named{{"U1", []string{"ana"}}, {"U2", []string{"bo", "Bo Li"}}}
	thread := doc()
	thread.Thread = []Named{{"U1", []string{"ana"}}, {"U3", []string{"cy"}}}
	for _, c := range []struct {
		q    string
		d    Doc
		want bool
	}{
		{``, channel, true},
		{`fox`, channel, true},
		{`FOX quick`, channel, true},
		{`fox wolf`, channel, false},
		{`fo`, channel, false},
		{`fo*`, channel, true},
		{`"brown fox"`, channel, true},
		{`"fox brown"`, channel, false},
		{`"quick bro*"`, channel, true},
		{`"quick bro"`, channel, false},
		{`-wolf`, channel, true},
		{`-fox`, channel, false},
		{`fox -"brown fox"`, channel, false},
		{`amp`, channel, false},
		{`U2`, channel, false},
		{`example.com`, channel, true},
		{`foxes`, channel, true},
		{`tada`, channel, true},

		{`in:general`, channel, true},
		{`in:#General`, channel, true},
		{`in:C1`, channel, true},
		{`in:<#C1|general>`, channel, true},
		{`in:random`, channel, false},
		{`in:random in:general`, channel, true},
		{`-in:general`, channel, false},
		{`-in:random`, channel, true},
		{`in:@general`, channel, false},
		{`in:@bo`, dm, true},
		{`in:@U2`, dm, true},
		{`in:@cy`, dm, false},
		{`in:#bo`, dm, false},
		{`in:@ana`, channel, false},

		{`from:@ana`, channel, true},
		{`from:"ana reis"`, channel, true},
		{`from:U1`, channel, true},
		{`from:<@U1>`, channel, true},
		{`from:me`, channel, false},
		{`from:bo`, channel, false},
		{`from:bo from:ana`, channel, true},
		{`-from:ana`, channel, false},
		{`to:me`, dm, true},
		{`to:@bo`, dm, true},
		{`to:ana`, dm, false},
		{`to:me`, channel, false},
		{`to:#general`, channel, true},
		{`with:@cy`, thread, true},
		{`with:@bo`, thread, false},
		{`with:@bo`, dm, true},
		{`with:@cy`, channel, false},

		{`has:link`, channel, true},
		{`has:pin`, channel, true},
		{`has:star`, channel, false},
		{`has:file`, channel, false},
		{`has:reaction`, channel, true},
		{`has::eyes:`, channel, true},
		{`has::+1:`, channel, true},
		{`has::no:`, channel, false},
		{`-has:pin`, channel, false},
		{`has:pin has:file`, channel, false},
		{`hasmy::+1:`, channel, true},
		{`hasmy::eyes:`, channel, false},
		{`hasmy:reaction`, channel, true},
		{`is:saved`, channel, true},
		{`is:thread`, channel, false},
		{`is:thread`, thread, true},
		{`is:dm`, dm, true},
		{`is:dm`, channel, false},
		{`is:odd`, channel, false},

		{`on:2026-05-12`, channel, true},
		{`on:yesterday`, channel, true},
		{`on:today`, channel, false},
		{`before:2026-05-13`, channel, true},
		{`before:2026-05-12`, channel, false},
		{`after:2026-05-11`, channel, true},
		{`after:2026-05-12`, channel, false},
		{`during:may`, channel, true},
		{`during:2025`, channel, false},
		{`-during:may`, channel, false},
		{`after:april before:today fox from:ana in:general`, channel, true},
	} {
		q := Parse(c.q, now)
		q.Me = "U2"
		if got, _ := q.Match(c.d); got != c.want {
			t.Errorf("%q: %v, want %v", c.q, got, c.want)
		}
	}
	if ok, _ := Parse("from:me", now).Match(Doc{}); ok {
		t.Error("nobody is me")
	}
}

func TestScore(t *testing.T) {
	score := func(q, text string) float64 {
		ok, s := Parse(q, now).Match(Doc{Text: text})
		if !ok {
			t.Fatalf("%q does not match %q", q, text)
		}
		return s
	}
	if score("in:", "in") == 0 || score("-x", "a") != 0 {
		t.Error("only what is found counts")
	}
	once, twice, many := score("a", "a"), score("a", "a a"), score("a", strings.Repeat("a ", 1000))
	if !(once < twice && twice < many && many < 2*once) {
		t.Error(once, twice, many)
	}
	if !(score("a b", "b a") > once) || !(score(`"a b"`, "a b") > once) {
		t.Error("more words are a better answer")
	}
}

func TestHighlight(t *testing.T) {
	for _, c := range []struct{ q, text, want string }{
		{`fox`, "A fox, a Fox and foxes", "A [fox], a [Fox] and foxes"},
		{`fo*`, "fox of food", "[fox] of [food]"},
		{`"a fox"`, "a fox, a dog", "[a] [fox], a dog"},
		{`-fox dog`, "fox dog", "fox [dog]"},
		{`in:fox`, "fox", "fox"},
		{`amp lt`, "&amp; amp &lt;lt&gt;", "&amp; [amp] &lt;[lt]&gt;"},
		{`example foxes U1`, "<https://example.com/foxes|foxes> <@U1> <@U1|U1>", "<https://example.com/foxes|[foxes]> <@U1> <@U1|[U1]>"},
		{`b`, "*b*_b_", "*[b]*_b_"},
		{`検索`, "日本語検索", "日本語[検][索]"},
		{`x`, "", ""},
		{``, "x", "x"},
	} {
		got := strings.NewReplacer(MarkStart, "[", MarkEnd, "]").Replace(Parse(c.q, now).Highlight(c.text))
		if got != c.want {
			t.Errorf("%q in %q: got %q, want %q", c.q, c.text, got, c.want)
		}
	}
}

func FuzzQuery(f *testing.F) {
	for _, s := range []string{
		``, `a "b c" -d e* in:#x from:me`, `before:2024-02-29 during:"last week" has::eyes: x:y`, `“q” -"" -- in: "`, `検索*`, "\xff <@U1|a>&amp;",
	} {
		f.Add(s, "The *quick* <https://example.com/foxes|fox> &amp; <@U1> 検索 a b c"+s)
	}
	f.Fuzz(func(t *testing.T, s, text string) {
		q := Parse(s, now)
		q.Me = "U1"
		for _, term := range q.Terms {
			if len(term.Words) == 0 {
				t.Fatalf("%q has a term without words", s)
			}
		}
		d := doc()
		d.Text = text
		matched, score := q.Match(d)
		if !matched && score != 0 || score < 0 {
			t.Fatalf("%q scores %v, matches: %v", s, score, matched)
		}
		shown := q.Highlight(text)
		if !strings.Contains(text, MarkStart) && !strings.Contains(text, MarkEnd) {
			if got := strings.NewReplacer(MarkStart, "", MarkEnd, "").Replace(shown); got != text {
				t.Fatalf("%q became %q", text, got)
			}
		}
		// A word of a text finds the text.
		for _, w := range split(text, true) {
			if ok, _ := (Query{Terms: []Term{{Words: []string{w.text}}}}).Match(d); !ok {
				t.Fatalf("%q does not find %q", w.text, text)
			}
		}
		_ = fmt.Sprint(q)
	})
}
