package trial

import (
	"strings"
	"testing"
)

const script = `# Somebody leaves.
listen
GET okta /api/v1/users
  -> hana = [profile.login=hana@acme.example].id
say "Shall I?"
listen
POST okta /api/v1/users/$hana/lifecycle/deactivate
POST slack /api/chat.postMessage
  channel=general
  text=Bye, $hana.
say "Done."
listen
say "Yes."
`

func lines(s *Script) string {
	var b []string
	for _, l := range s.lines {
		text := l.kind
		if l.text != "" {
			text += " " + l.text
		}
		if l.path != "" {
			text += " " + l.path
		}
		for _, k := range l.keep {
			text += " -> " + k.path
		}
		b = append(b, text)
	}
	return strings.Join(b, "\n")
}

func TestMutants(t *testing.T) {
	s, err := ParseScript(script)
	if err != nil {
		t.Fatal(err)
	}
	whole := lines(s)
	want := map[string]string{
		"skips POST /api/v1/users/$hana/lifecycle/deactivate in line 7": strings.Replace(whole, "POST /api/v1/users/$hana/lifecycle/deactivate\n", "", 1),
		"skips POST /api/chat.postMessage in line 8":                    strings.Replace(whole, "POST /api/chat.postMessage\n", "", 1),
		"takes another hana in line 3":                                  strings.Replace(whole, "[profile", "[!profile", 1),
		"says it is done before it is":                                  strings.Replace(whole, "POST /api/v1/users/$hana/lifecycle/deactivate\nPOST /api/chat.postMessage\nsay Done.\nlisten\n", "say Done.\nlisten\nPOST /api/v1/users/$hana/lifecycle/deactivate\nPOST /api/chat.postMessage\n", 1),
	}
	got := s.Mutants()
	if len(got) != len(want) {
		t.Errorf("%d mutants, want %d", len(got), len(want))
	}
	for _, m := range got {
		if lines(m.Script) != want[m.Name] {
			t.Errorf("%s:\n%s\nwant\n%s", m.Name, lines(m.Script), want[m.Name])
		}
	}
	if lines(s) != whole {
		t.Error("making mutants has changed the script")
	}
}

func TestScriptRejects(t *testing.T) {
	for src, want := range map[string]string{
		"":                                    "1: a script begins by listening",
		"say \"x\"":                           "1: a script begins by listening",
		"listen\n  channel=x":                 "2: an indented line",
		"listen\nsay hello":                   "2: \"say hello\" is none of",
		"listen\nGET octa /x":                 "2: ",
		"listen\nGET okta x":                  "2: ",
		"listen\nGET okta /x\n  -> = y":       "3: a value is kept with",
		"listen\nGET okta /x\n  -> a = [b].c": "3: \"[b].c\": what stands in []",
		"listen\nGET okta /x\n  -> a = b..c":  "3: \"b..c\" is no path",
		"listen\nGET okta /x\n  -> a = [b=c":  "3: ",
	} {
		if _, err := ParseScript(src); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, want %s", src, err, want)
		}
	}
}

func TestPath(t *testing.T) {
	v := map[string]any{"list": []any{map[string]any{"n": "a", "in": map[string]any{"x": "1"}}, map[string]any{"n": "b", "in": map[string]any{"x": "2"}}}}
	for src, want := range map[string]any{"list.0.n": "a", "list.[n=b].in.x": "2", "list[in.x=1].n": "a", "list.[!n=a].n": "b", "list.[in.x~2].n": "b", "list.2": nil, "list.[n=c].n": nil, "nothing": nil, "list.n": nil} {
		p, err := parsePath(src)
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := p.find(v); got != want {
			t.Errorf("%s is %v, want %v", src, got, want)
		}
	}
}

func FuzzScript(f *testing.F) {
	f.Add(script)
	f.Add(ScriptTemplate)
	f.Fuzz(func(t *testing.T, src string) {
		s, err := ParseScript(src)
		if err != nil {
			return
		}
		for _, m := range s.Mutants() {
			if m.Script.lines[0].kind != "listen" {
				t.Fatalf("%s does not begin by listening", m.Name)
			}
		}
	})
}
