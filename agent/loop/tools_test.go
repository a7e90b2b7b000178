package loop

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"
	"twinset.dev/agent/llm"
)

// dot is an image of one pixel.
const dot = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

func TestTools(t *testing.T) {
	long := strings.Repeat("line\n", readLines+5)
	png, _ := base64.StdEncoding.DecodeString(dot)
	env := folder(t, map[string]string{"a.go": "package a\n\nfunc A() { B() }\n", "sub/b.go": "package sub\n\nfunc B() {}\n", "long": long,
		"bin": "a\x00b", "latin": "caf\xe9", "empty": "", "dot.png": string(png), "twice": "x x", ".git/b.go": "func B() {}\n", ".ci/c.go": "func C() {}\n",
		"wide": "B() " + strings.Repeat("é", 1000)})
	past := time.Now().Add(-time.Hour)
	os.Chtimes(env.Dir+"/a.go", past, past)
	all := toolset{readFile, writeFile, editFile, grep, glob}
	for _, c := range []struct {
		tool string
		args []any
		want string // all of the output, or its beginning when it ends in …
		err  string
	}{
		{"read_file", []any{"file_path", "a.go"}, "1 | package a\n2 | \n3 | func A() { B() }\n", ""},
		{"read_file", []any{"path", "a.go", "offset", 3}, "3 | func A() { B() }\n", ""},
		{"read_file", []any{"file_path", env.Dir + "/a.go", "offset", 1, "limit", 1}, "1 | package a\n[2 more lines]\n", ""},
		{"read_file", []any{"file_path", "long", "offset", 2}, "2 | line\n…2001 | line\n[4 more lines]\n", ""},
		{"read_file", []any{"file_path", "empty"}, "empty is empty", ""},
		{"read_file", []any{"file_path", "dot.png"}, fmt.Sprintf("dot.png: %d bytes of image/png", len(png)), ""},
		{"read_file", []any{"file_path", "a.go", "offset", 4}, "", "a.go has 3 lines"},
		{"read_file", []any{"file_path", "a.go", "offset", -1}, "", "count from 1"},
		{"read_file", []any{"file_path", "none"}, "", "file not found: none"},
		{"read_file", []any{"file_path", "sub"}, "", "sub is a directory"},
		{"read_file", []any{"file_path", "bin"}, "", "binary file of 3 bytes"},
		{"read_file", []any{"file_path", "latin"}, "", "binary file"},
		{"read_file", []any{"file_path", "/dev/zero"}, "", "not a regular file"},
		{"write_file", []any{"file_path", "new/er.txt", "content", "hé"}, "Wrote 3 bytes to new/er.txt", ""},
		{"write_file", []any{"file_path", "sub", "content", "x"}, "", "is a directory"},
		{"edit_file", []any{"path", "a.go", "old_string", "B()", "new_string", "sub.B()"}, "Replaced 1 in a.go", ""},
		{"edit_file", []any{"file_path", "twice", "old_string", "x", "new_string", "y"}, "", "occurs 2 times"},
		{"edit_file", []any{"file_path", "twice", "old_string", "x", "new_string", "y", "replace_all", true}, "Replaced 2 in twice", ""},
		{"edit_file", []any{"file_path", "twice", "old_string", "z", "new_string", "y"}, "", "not found in twice"},
		{"edit_file", []any{"file_path", "twice", "old_string", "", "new_string", "y"}, "", "old_string is empty"},
		{"edit_file", []any{"file_path", "twice", "old_string", "y", "new_string", "y"}, "", "are the same"},
		{"edit_file", []any{"file_path", "none", "old_string", "y", "new_string", "z"}, "", "file not found: none"},
		{"grep", []any{"pattern", `func [A-Z]`}, "a.go:3:func A() { sub.B() }\nsub/b.go:3:func B() {}", ""},
		{"grep", []any{"pattern", `FUNC b`, "case_insensitive", true}, "sub/b.go:3:func B() {}", ""},
		{"grep", []any{"pattern", `func`, "glob_filter", "sub/*.go"}, "sub/b.go:3:func B() {}", ""},
		{"grep", []any{"pattern", `func`, "path", "sub"}, "sub/b.go:3:func B() {}", ""},
		{"grep", []any{"pattern", `func`, "path", ".ci"}, ".ci/c.go:1:func C() {}", ""},
		{"glob", []any{"pattern", "*.go", "path", ".ci"}, ".ci/c.go", ""},
		{"grep", []any{"pattern", `package|func`, "max_results", 1}, "a.go:1:package a", ""},
		{"grep", []any{"pattern", `package|func`, "output_mode", "count"}, "a.go:2\nsub/b.go:2", ""},
		{"grep", []any{"pattern", `package|func`, "output_mode", "files_with_matches"}, "a.go\nsub/b.go", ""},
		{"grep", []any{"pattern", `package`, "output_mode", "poem"}, "", `unknown output_mode "poem"`},
		{"grep", []any{"pattern", `^B\(`}, "wide:1:B() " + strings.Repeat("é", 248) + "…", ""},
		{"grep", []any{"pattern", `(`}, "", "missing closing"},
		{"grep", []any{"pattern", `x`, "path", "none"}, "", "file not found: none"},
		{"grep", []any{"pattern", `nowhere to be seen`}, "No matches.", ""},
		{"glob", []any{"pattern", "**/*.go"}, "a.go\nsub/b.go", ""},
		{"glob", []any{"pattern", "*.go", "path", "sub"}, "sub/b.go", ""},
		{"glob", []any{"pattern", "*.rs"}, "No files.", ""},
		{"glob", []any{"pattern", "[a"}, "", "invalid pattern"},
		{"glob", []any{"pattern", "*", "path", "none"}, "", "file not found: none"},
		// arguments that do not fit
		{"read_file", []any{}, "", "file_path"},
		{"read_file", []any{"file_path", 7}, "", "file_path"},
		{"read_file", []any{"file_path", "a.go", "colour", "red"}, "", "colour"},
		{"poem", []any{}, "", `unknown tool "poem"`},
	} {
		got, err := all.call(t.Context(), env, ask(c.tool, c.args...))
		head, tail, part := strings.Cut(c.want, "…")
		if part = part && c.tool == "read_file"; !part && got.Text != c.want || part && !(strings.HasPrefix(got.Text, head) && strings.HasSuffix(got.Text, tail)) {
			t.Errorf("%s %v: %q, want %q", c.tool, c.args, got.Text, c.want)
		}
		if (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s %v: error %v, want %q", c.tool, c.args, err, c.err)
		}
	}
	if out, _ := all.call(t.Context(), env, ask("read_file", "file_path", "dot.png")); out.Image == nil || string(out.Image.Data) != string(png) {
		t.Error("an image is not shown")
	}
	if out, err := all.call(t.Context(), env, llm.ToolCall{Name: "read_file", Args: `{"file_path": `}); err == nil {
		t.Errorf("broken JSON gives %q", out.Text)
	}
}

func TestToolset(t *testing.T) {
	tool := func(name, says string) Tool {
		return NewTool(name, says, func(context.Context, Environment, struct{}) (string, error) { return says, nil })
	}
	first := toolset{tool("a", "1"), tool("b", "2")}
	ts := first.with(tool("a", "3"), tool("c", "4"))
	var got []string
	for _, d := range ts.definitions() {
		got = append(got, d.Name+d.Description)
	}
	if want := []string{"a3", "b2", "c4"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v: the latest of a name wins, in its place", got, want)
	}
	if out, err := ts.call(t.Context(), nil, llm.ToolCall{Name: "a"}); out.Text != "3" || err != nil {
		t.Errorf("%q, %v", out.Text, err)
	}
	if len(first) != 2 || first[0].Description != "1" {
		t.Error("registering changed the set it began with")
	}
}

func TestProfileTools(t *testing.T) {
	for _, c := range []struct {
		profile Profile
		want    string
	}{
		{Anthropic("m"), "read_file write_file edit_file shell grep glob"},
		{OpenAI("m"), "read_file apply_patch write_file shell grep glob"},
	} {
		var names []string
		for _, d := range c.profile.Tools.definitions() {
			names = append(names, d.Name)
			var schema struct{ Type string }
			if json.Unmarshal(d.Schema, &schema); schema.Type != "object" || d.Description == "" {
				t.Errorf("%s: schema %s, description %q", d.Name, d.Schema, d.Description)
			}
		}
		if got := strings.Join(names, " "); got != c.want {
			t.Errorf("%s has %s, want %s", c.profile.Provider, got, c.want)
		}
	}
}

func TestProfileOf(t *testing.T) {
	for _, c := range []struct{ provider, model, is, edits string }{
		{"", "claude-unheard-of", "anthropic", "edit_file"},
		{"", "claude-opus-4-6", "anthropic", "edit_file"},
		{"", "gpt-unheard-of", "openai", "apply_patch"},
		{"", "somebody", "openai", "apply_patch"},
		{"openai-compatible", "qwen", "openai-compatible", "edit_file"},
		{"openai-compatible", "claude-x", "openai-compatible", "edit_file"},
		{"", "gemini-3", "gemini", "edit_file"},
	} {
		p := ProfileOf(c.provider, c.model)
		if _, edits := p.Tools.find(c.edits); p.Provider != c.is || p.Model != c.model || !edits {
			t.Errorf("%s %s: %s, %v", c.provider, c.model, p.Provider, p.Tools)
		}
	}
	if w := ProfileOf("", "claude-opus-4-6").Window; w != 200_000 {
		t.Errorf("the catalog's window is %d", w)
	}
}

func TestCut(t *testing.T) {
	abc := strings.Repeat("abcdefghij", 10)
	for _, c := range []struct {
		name       string
		limit      Limit
		in         string
		head, tail string
		marks      []string
	}{
		{"fits", Limit{Chars: 100, Lines: 1}, abc, abc, "", nil},
		{"middle", Limit{Chars: 21}, abc, abc[:10] + "\n\n[WARNING: Tool output was truncated. 79 characters were removed from the middle.", "]\n\n" + abc[89:], nil},
		{"tail", Limit{Chars: 5, Tail: true}, abc, "[WARNING: Tool output was truncated. 95 characters were removed from the beginning.", "]\n\nfghij", nil},
		{"runes", Limit{Chars: 4}, "ééééé", "éé\n\n[WARNING: Tool output was truncated. 1 characters", "\n\néé", nil},
		{"lines", Limit{Lines: 5}, "1\n2\n3\n4\n5\n6\n7", "1\n2\n[... 2 lines omitted ...]\n5\n6\n7", "", nil},
		{"chars before lines", Limit{Chars: 20, Lines: 4}, strings.Repeat("x", 10_000_000) + "\ny", strings.Repeat("x", 10) + "\n", "xxxxxxx\ny", []string{"lines omitted"}},
		{"none", Limit{}, abc, abc, "", nil},
	} {
		got := c.limit.Cut(c.in)
		ok := strings.HasPrefix(got, c.head) && strings.HasSuffix(got, c.tail) && len(got) < len(c.head)+len(c.tail)+200
		for _, m := range c.marks {
			ok = ok && strings.Contains(got, m)
		}
		if !ok {
			t.Errorf("%s: %.300q, want %q … %q", c.name, got, c.head, c.tail)
		}
	}
	want := map[string]Limit{"read_file": {50_000, 0, false}, "shell": {30_000, 256, false}, "grep": {20_000, 200, true}, "glob": {20_000, 500, true},
		"edit_file": {10_000, 0, true}, "apply_patch": {10_000, 0, true}, "write_file": {1_000, 0, true}, "spawn_agent": {20_000, 0, false}}
	for name, l := range want {
		if DefaultLimits[name] != l {
			t.Errorf("%s: %+v, want %+v", name, DefaultLimits[name], l)
		}
	}
}

// Whatever is cut stays valid text, keeps its ends, and is bounded.
func TestCutProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOf(rapid.SampledFrom([]rune("aé\n世🎉"))).Draw(t, "s")
		l := Limit{rapid.IntRange(1, 40).Draw(t, "chars"), rapid.IntRange(0, 5).Draw(t, "lines"), rapid.Bool().Draw(t, "tail")}
		got := l.Cut(s)
		switch n := utf8.RuneCountInString(s); {
		case !utf8.ValidString(got):
			t.Fatalf("%q is not valid", got)
		case utf8.RuneCountInString(got) > min(n, l.Chars)+300:
			t.Fatalf("%d characters became %d", n, utf8.RuneCountInString(got))
		case n > l.Chars && !strings.Contains(got, "[WARNING: Tool output was truncated.") && l.Lines == 0:
			t.Fatalf("nothing tells of the cut: %q", got)
		case n <= l.Chars && l.Lines == 0 && got != s:
			t.Fatalf("%q became %q", s, got)
		}
		if last, size := utf8.DecodeLastRuneInString(s); size > 0 && !strings.HasSuffix(got, string(last)) {
			t.Fatalf("the end of %q is gone: %q", s, got)
		}
	})
}

func TestLoops(t *testing.T) {
	for _, c := range []struct {
		calls  string
		window int
		want   bool
	}{
		{"aaaaaaaaaa", 10, true}, {"aaaaaaaaa", 10, false}, {"ababababab", 10, true}, {"babababab", 10, false},
		{"abcabcabca", 10, true}, {"xbcabcabca", 10, true}, {"abcabcabcx", 10, false}, {"abcdabcdab", 10, false},
		{"aaaaabaaaa", 10, false}, {"zzzzabababababab", 10, true}, {"aaa", 3, true}, {"aba", 3, false}, {"abab", 4, true}, {"a", 1, false},
	} {
		if got := loops(strings.Split(c.calls, ""), c.window); got != c.want {
			t.Errorf("%s in %d: %t, want %t", c.calls, c.window, got, c.want)
		}
	}
	if a, b := signature(ask("f", "x", 1, "y", 2)), signature(llm.ToolCall{Name: "f", Args: `{"y": 2,  "x": 1}`}); a != b {
		t.Errorf("%s and %s are the same call", a, b)
	}
	if a, b := signature(llm.ToolCall{Name: "f", Args: `{"y":`}), signature(llm.ToolCall{Name: "f", Args: `{"z":`}); a == b {
		t.Error("two broken calls are not the same")
	}
}
