package mrkdwn

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

var people = map[Kind]map[string]string{
	User:    {"bo": "U1", "ana.b": "U2", "jo": "U3"},
	Channel: {"general": "C1", "dev-ops": "C2"},
	Subteam: {"crew": "S1"},
}

func ids(k Kind, name string) (string, bool) {
	id, ok := people[k][name]
	return id, ok
}

func names(k Kind, id string) (string, bool) {
	for name, i := range people[k] {
		if i == id {
			return name, true
		}
	}
	return "", false
}

func TestStore(t *testing.T) {
	none := Options{Parse: "none"}
	full := Options{Parse: "full", IDs: ids}
	linked := Options{LinkNames: true, IDs: ids}
	for _, c := range []struct {
		in   string
		o    Options
		want string
	}{
		{"Q&A", Options{}, "Q&amp;A"},
		{"a < b > c", Options{}, "a &lt; b &gt; c"},
		{"a &amp; b &lt; c &gt; d", Options{}, "a &amp; b &lt; c &gt; d"},
		{"&quot;", Options{}, "&amp;quot;"},
		{"&amp;lt;", Options{}, "&amp;lt;"},

		{"<@U1> <@W1> <@U1|bo>", Options{}, "<@U1> <@W1> <@U1|bo>"},
		{"<#C1|general> <#G1>", Options{}, "<#C1|general> <#G1>"},
		{"<!here> <!channel> <!everyone>", Options{}, "<!here> <!channel> <!everyone>"},
		{"<!subteam^S1> <!subteam^S1|@crew>", Options{}, "<!subteam^S1> <!subteam^S1|@crew>"},
		{"<!date^1392734382^{date_num}^https://x.com|then>", Options{}, "<!date^1392734382^{date_num}^https://x.com|then>"},
		{"<!date^1392734382^{date_num}>", Options{}, "&lt;!date^1392734382^{date_num}&gt;"}, // no fallback
		{"<mailto:bo@x.com|Bo>", Options{}, "<mailto:bo@x.com|Bo>"},
		{"<https://x.com?a=1&b=2|A & B>", Options{}, "<https://x.com?a=1&amp;b=2|A &amp; B>"},
		{"<b>bold</b>", Options{}, "&lt;b&gt;bold&lt;/b&gt;"},
		{"<@u1> <!all> <javascript:x>", Options{}, "&lt;@u1&gt; &lt;!all&gt; &lt;javascript:x&gt;"},
		{"<<@U1>>", Options{}, "&lt;<@U1>&gt;"},
		{"<https://x.com\n>", Options{}, "&lt;<https://x.com>\n&gt;"},

		{"see http://x.y.", Options{}, "see <http://x.y>."},
		{"(https://x.y/a_(b))", Options{}, "(<https://x.y/a_(b)>)"},
		{"https://x.y?a=1&b=2", Options{}, "<https://x.y?a=1&amp;b=2>"},
		{"&lt;https://x.y&gt;!", Options{}, "&lt;<https://x.y>&gt;!"},
		{"xhttp://x.y", Options{}, "xhttp://x.y"},
		{"http://", Options{}, "http://"},
		{"http://...", Options{}, "http://..."},
		{"write bo@x.com, now", Options{}, "write <mailto:bo@x.com|bo@x.com>, now"},
		{"x.com @bo #general", Options{}, "x.com @bo #general"},
		{"see http://x.y bo@x.com", none, "see http://x.y bo@x.com"},
		{"<http://x.y> & <@U1>", none, "<http://x.y> &amp; <@U1>"},

		{"hi @bo. and @ana.b", linked, "hi <@U1>. and <@U2>"},
		{"@bob @nobody bo@x.com", linked, "@bob @nobody <mailto:bo@x.com|bo@x.com>"},
		{"@here, @channel @everyone", linked, "<!here>, <!channel> <!everyone>"},
		{"#general #dev-ops #nope", linked, "<#C1|general> <#C2|dev-ops> #nope"},
		{"@crew a@bo", linked, "<!subteam^S1> a@bo"},
		{"@here @bo", Options{LinkNames: true}, "<!here> @bo"},
		{"go to example.com/a, @bo", full, "go to <http://example.com/a|example.com/a>, <@U1>"},
		{"v1.2.3 e.g. this", full, "v1.2.3 e.g. this"},
	} {
		got := Store(c.in, c.o)
		if got != c.want {
			t.Errorf("Store(%q, %+v)\n got %q\nwant %q", c.in, c.o.Parse, got, c.want)
		}
		if again := Store(got, c.o); again != got {
			t.Errorf("Store is not idempotent: %q became %q", got, again)
		}
	}
}

func TestLength(t *testing.T) {
	for in, want := range map[string]int{
		"":                                0,
		"ab":                              2,
		"é👍":                              2,
		"a & b":                           5,
		"a &amp; b":                       5,
		"http://x.y":                      10,
		"<http://x.y>":                    10,
		"<mailto:bo@x.com|bo@x.com>":      8,
		"<http://x.com|x.com>":            5,
		"<http://x.com|other>":            20,
		"<@U1>":                           5,
		strings.Repeat("http://x.y ", 10): 110,
	} {
		if got := Length(in); got != want {
			t.Errorf("Length(%q) = %d, want %d", in, got, want)
		}
	}
}

func TestTruncate(t *testing.T) {
	for _, n := range []int{0, 1, MaxText - 1, MaxText, MaxText + 1, 2 * MaxText} {
		in := strings.Repeat("é", n)
		got, cut := Truncate(in)
		if want := min(n, MaxText); got != in[:2*want] || cut != (n > MaxText) {
			t.Errorf("%d characters became %d, cut: %v", n, len(got)/2, cut)
		}
	}
}

func TestMentions(t *testing.T) {
	got := Mentions("<@U2> <@U1|bo> <@U2> <#C1|general> <!subteam^S1> <!here> &lt;@U9&gt; <http://x.y|@U8>")
	want := Mentioned{Users: []string{"U2", "U1"}, Channels: []string{"C1"}, Subteams: []string{"S1"}, Here: true}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := Mentions("<!channel|channel> <!everyone>"); !got.Channel || !got.Everyone || got.Here {
		t.Errorf("got %+v", got)
	}
}

func TestRichText(t *testing.T) {
	section := func(elements string) string {
		return `{"type":"rich_text_section","elements":[` + elements + `]}`
	}
	text := func(s string, styles ...string) string {
		style := ""
		for i, st := range styles {
			if i > 0 {
				style += ","
			}
			style += fmt.Sprintf("%q:true", st)
		}
		if style != "" {
			style = `,"style":{` + style + `}`
		}
		return fmt.Sprintf(`{"type":"text","text":%q%s}`, s, style)
	}
	for in, want := range map[string]string{
		"":                         ``,
		"hi":                       section(text("hi")),
		"a\nb":                     section(text("a\nb")),
		"a &amp; b":                section(text("a & b")),
		"a *b* c":                  section(text("a ") + "," + text("b", "bold") + "," + text(" c")),
		"_a_ ~b~ `c`":              section(text("a", "italic") + "," + text(" ") + "," + text("b", "strike") + "," + text(" ") + "," + text("c", "code")),
		"*a _b ~c~_*":              section(text("a ", "bold") + "," + text("b ", "bold", "italic") + "," + text("c", "bold", "italic", "strike")),
		"snake_case_name":          section(text("snake_case_name")),
		"2*3*4 * a *":              section(text("2*3*4 * a *")),
		"*a\nb*":                   section(text("*a\nb*")),
		"**a**":                    section(text("**a**")),
		"`*a*` *`b`*":              section(text("*a*", "code") + "," + text(" ") + "," + text("b", "bold", "code")),
		"*a `*` b*":                section(text("a ", "bold") + "," + text("*", "bold", "code") + "," + text(" b", "bold")),
		"`a\nb`":                   section(text("`a\nb`")),
		"<@U1> *<#C1|g>*":          section(`{"type":"user","user_id":"U1"},` + text(" ") + `,{"type":"channel","channel_id":"C1","style":{"bold":true}}`),
		"`<@U1>`":                  section(`{"type":"user","user_id":"U1"}`),
		"<!here>":                  section(`{"type":"broadcast","range":"here"}`),
		"<!subteam^S1>":            section(`{"type":"usergroup","usergroup_id":"S1"}`),
		"<https://x.y?a&amp;b|c>":  section(`{"type":"link","url":"https://x.y?a\u0026b","text":"c"}`),
		"<https://x.y>":            section(`{"type":"link","url":"https://x.y"}`),
		":wave: :+1::skin-tone-3:": section(`{"type":"emoji","name":"wave"},` + text(" ") + `,{"type":"emoji","name":"+1","skin_tone":3}`),
		"10:30:15 a:b: :100:":      section(text("10:30:15 a:b: ") + `,{"type":"emoji","name":"100"}`),
		"<!date^1392734382^{date_num}^https://x.y|then>": section(
			`{"type":"date","timestamp":1392734382,"format":"{date_num}","fallback":"then","url":"https://x.y"}`),
		"```a\n*b*```":       `{"type":"rich_text_preformatted","elements":[` + text("a\n*b*") + `],"border":0}`,
		"x\n```\na\n```\ny":  section(text("x\n")) + `,{"type":"rich_text_preformatted","elements":[` + text("a") + `],"border":0},` + section(text("y")),
		"```a":               section(text("```a")),
		"&gt; a\n&gt;*b*\nc": `{"type":"rich_text_quote","elements":[` + text("a\n") + `,` + text("b", "bold") + `]},` + section(text("c")),
		"&gt;&gt;&gt;a\n\nb": `{"type":"rich_text_quote","elements":[` + text("a\n\nb") + `]}`,
		"x:\n• a\n- b\ny":    section(text("x:\n")) + `,{"type":"rich_text_list","elements":[` + section(text("a")) + `,` + section(text("b")) + `],"style":"bullet","indent":0,"border":0},` + section(text("y")),
		"3. a\n4. b\n    ◦ c": `{"type":"rich_text_list","elements":[` + section(text("a")) + `,` + section(text("b")) + `],"style":"ordered","indent":0,"offset":2,"border":0},` +
			`{"type":"rich_text_list","elements":[` + section(text("c")) + `],"style":"bullet","indent":1,"border":0}`,
	} {
		var g, w any
		got := RichText(in)
		if long := richText(in); !bytes.Equal(got, long) {
			t.Errorf("RichText(%q) = %s, the long way %s", in, got, long)
		}
		if err := json.Unmarshal(got, &g); err != nil {
			t.Fatalf("%q: %v in %s", in, err, got)
		}
		if err := json.Unmarshal([]byte(`{"type":"rich_text","elements":[`+want+`]}`), &w); err != nil {
			t.Fatalf("%q: %v", in, err)
		}
		if !reflect.DeepEqual(g, w) {
			t.Errorf("RichText(%q)\n got %s\nwant %s", in, got, want)
		}
	}
}

func TestHTML(t *testing.T) {
	const a = ` rel="noopener noreferrer" target="_blank">`
	for in, want := range map[string]string{
		"a &lt;b&gt; &amp;":         `a &lt;b&gt; &amp;`,
		"<script>alert(1)</script>": `&lt;script&gt;alert(1)&lt;/script&gt;`,
		"*a* _b_ ~c~ `d`":           `<b>a</b> <i>b</i> <s>c</s> <code>d</code>`,
		"*_a_*":                     `<b><i>a</i></b>`,
		"a\nb":                      `a<br>b`,
		"a\n```b\nc```\nd":          "a<pre>b\nc</pre>d",
		"&gt;a\n&gt;b\nc":           `<blockquote>a<br>b</blockquote>c`,
		"- a":                       `- a`,
		"<@U1> <@U9> <@U9|zed>":     `<span class="mention">@bo</span> <span class="mention">@U9</span> <span class="mention">@zed</span>`,
		"<#C1> <#C9|far>":           `<span class="mention">#general</span> <span class="mention">#far</span>`,
		"<!here> <!subteam^S1>":     `<span class="mention">@here</span> <span class="mention">@crew</span>`,
		":wave:":                    `<span class="emoji">:wave:</span>`,
		"<https://x.y?a&amp;b>":     `<a href="https://x.y?a&amp;b"` + a + `https://x.y?a&amp;b</a>`,
		`<https://x.y"onx="|c>`:     `<a href="https://x.y&#34;onx=&#34;"` + a + `c</a>`,
		"<evil://x|c>":              `c`,
		"<mailto:bo@x.com>":         `<a href="mailto:bo@x.com"` + a + `bo@x.com</a>`,
		"<!date^1^{ago}^https://x.y|then> <!date^1^{ago}^evil://x|then>": `<a href="https://x.y"` + a + `then</a> then`,
		"<!date^1^{ago}^http|then>":                                      `then`,
	} {
		if got := string(HTML(in, names)); got != want {
			t.Errorf("HTML(%q)\n got %s\nwant %s", in, got, want)
		}
	}
	if got, want := string(LiteralHTML("*a* <@U1>\n&lt;", names)), `*a* <span class="mention">@bo</span><br>&lt;`; got != want {
		t.Errorf("LiteralHTML: got %s, want %s", got, want)
	}
}

func TestPlain(t *testing.T) {
	in := "*Hi* <@U1>, see <https://x.y|this> &amp; <https://x.z>\n&gt; _so_\n```code```\n<!date^1^{ago}|then> <mailto:bo@x.com> :wave:"
	want := "Hi @bo, see this & https://x.z\nso\ncode\nthen bo@x.com :wave:"
	if got := Plain(in, names); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := Plain("<@U1>", nil); got != "@U1" {
		t.Errorf("got %q", got)
	}
}

// A hostile text must not take longer than its length warrants.
func TestLongTexts(t *testing.T) {
	for _, unit := range []string{"*", "*a", "_a ", "`", "<", "<@U1", "```", "&gt;", "- a\n", ":", "http://", ")", "@bo", "&", "~ a~", "*_~`"} {
		text := strings.Repeat(unit, MaxText/len(unit))
		stored := Store(text, Options{Parse: "full", IDs: ids})
		RichText(stored)
		HTML(stored, names)
		Plain(text, names)
		Length(stored)
	}
	Store("http://x"+strings.Repeat(")", MaxText), Options{})
}

var ours = regexp.MustCompile(`</?(?:b|i|s|code|pre|blockquote)>|<br>|<span class="(?:mention|emoji)">|</span>|` +
	`<a href="(?i:https?|mailto|tel|sms|slack|ftp):[^"<>]*" rel="noopener noreferrer" target="_blank">|</a>`)

func FuzzMrkdwn(f *testing.F) {
	for _, s := range []string{
		"", "a & b", "<@U1|bo> *b* _i_ ~s~ `c`", "```x\ny``` &gt; q\n- l\n1. o", "http://x.y?a&b). bo@x.com x.com @bo #general",
		"<!date^1^{ago}^http://x|y> <http://x|<b>> <javascript:x> :a::skin-tone-2:", "\xff<\x00>&#x27;", "&lt;<@U1>&gt;@bo@x.com",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got := Unescape(Escape(s)); got != s {
			t.Fatalf("Unescape(Escape(%q)) = %q", s, got)
		}
		for _, o := range []Options{{}, {Parse: "none"}, {Parse: "full", IDs: ids}, {LinkNames: true, IDs: ids}} {
			stored := Store(s, o)
			if again := Store(stored, o); again != stored {
				t.Fatalf("Store(%q) = %q, then %q", s, stored, again)
			}
			if a, b := Length(s), Length(stored); o.Parse != "full" && !o.LinkNames && a != b {
				t.Fatalf("%q has length %d, stored %q has %d", s, a, stored, b)
			}
		}
		for _, shown := range []string{string(HTML(s, names)), string(LiteralHTML(s, nil))} {
			if left := ours.ReplaceAllString(shown, ""); strings.ContainsAny(left, "<>\"") {
				t.Fatalf("%q is shown as %s", s, shown)
			}
		}
		if strings.ContainsAny(s, "*_~`<:\n") || strings.Contains(s, "&gt;") {
			// formatting may change it
		} else if got, want := string(HTML(s, names)), html.EscapeString(Unescape(s)); strings.ReplaceAll(got, "\uFFFD", "\x00") != strings.ReplaceAll(want, "\uFFFD", "\x00") {
			t.Fatalf("%q without markup is shown as %q, want %q", s, got, want)
		}
		if rich, long := RichText(s), richText(s); !json.Valid(rich) || !bytes.Equal(rich, long) {
			t.Fatalf("RichText(%q) = %s, the long way %s", s, rich, long)
		}
		Plain(s, nil)
		Mentions(s)
		if short, _ := Truncate(s); Length(short) > Length(s) {
			t.Fatalf("Truncate(%q) = %q", s, short)
		}
	})
}
