package technique

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"twinset.dev/agent/pyramid"
)

// words answers with as many words of the text as are asked for.
func words(name string) (pyramid.Model, error) {
	if name == "none" {
		return pyramid.Model{}, fmt.Errorf("no model %s", name)
	}
	return pyramid.Model{Name: "words", Ask: func(_ context.Context, prompt, text string) (string, error) {
		var n int
		if _, err := fmt.Sscanf(prompt, "Summarise the text in at most %d words.", &n); err != nil {
			return "", err
		}
		f := strings.Fields(text)
		return strings.Join(f[:min(n, len(f))], " "), nil
	}}, nil
}

func TestPyramid(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, map[string]string{
		"items/a.md": "alpha beta gamma delta epsilon\n", "items/sub/b.md": "one two three four five six", "items/c.md": "x",
		".factory/pyramid/expand.txt": "sub/b.md\na.md\n",
	})
	expect := func(want int, contains string, args ...string) {
		t.Helper()
		if out, code := call(t, append([]string{"pyramid"}, args...)...); code != want || !strings.Contains(out, contains) {
			t.Fatalf("%v: exit %d: %s", args, code, out)
		}
	}
	expect(2, "index.tsv", "map")
	expect(0, "3 items", "index", "--in", "items")
	expect(1, "0 of 0", "verify")
	expect(2, "no model none", "map", "--model", "none")
	expect(0, "words was asked 6 times", "map", "--levels", "2,4")
	expect(0, "words was asked 0 times", "map", "--levels", "2,4") // all of it is in the store
	expect(0, "words was asked 3 times", "map", "--levels", "2,4,8")
	if b, err := os.ReadFile(".factory/pyramid/level-2.tsv"); err != nil || string(b) != "a.md\talpha beta\nc.md\tx\nsub/b.md\tone two\n" {
		t.Errorf("level-2.tsv: %q, %v", b, err)
	}
	expect(0, "9 of 9 levels lead back", "verify")

	level := func(content, complaint string) {
		t.Helper()
		write(t, map[string]string{".factory/pyramid/level-2.tsv": content})
		expect(1, complaint, "verify")
	}
	level("a.md\tmade up\nc.md\tx\nsub/b.md\tone two\n", "level-2.tsv: a.md: is not in the store")
	level("a.md\talpha beta gamma\nc.md\tx\nsub/b.md\tone two\n", "a.md: has 3 words")
	level("a.md\talpha beta\nc.md\tx\n", "sub/b.md: has 0 words")
	level("a.md\talpha beta\nc.md\tx\nsub/b.md\tone two\nz\tq\n", "z is no item")
	expect(0, "asked 0 times", "map", "--levels", "2,4,8")
	expect(0, "9 of 9", "verify")

	expect(0, "2 of 2 expanded", "expand")
	if b, err := os.ReadFile(".factory/pyramid/expanded/sub/b.md"); err != nil || string(b) != "one two three four five six" {
		t.Errorf("expanded %q, %v", b, err)
	}
	expect(0, "a.md does not fit any more\n1 of 2 expanded", "expand", "--max-tokens", "8")
	write(t, map[string]string{".factory/pyramid/expand.txt": "nowhere.md\n"})
	expect(1, "nowhere.md is no item", "expand")
	write(t, map[string]string{".factory/pyramid/expand.txt": "sub/b.md\r\n\na.md\n"})
	expect(0, "2 of 2 expanded", "expand")

	for answer, want := range map[string]string{
		"# Answer\n\nAll is well [a.md].\nStill [sub/b.md].\n\n- one [a.md, sub/b.md]\n- two [a.md]\n\n```\ncode\n```\n": "",
		"All is well.\n":                           "line 1: nothing is cited for: All is well.",
		"Well [c.md] and [a.md].":                  "line 1: [c.md] was not opened in full",
		"# A\n\nx [a.md]\n\n- one [a.md]\n- two\n": "line 6: nothing is cited for: two",
		"x [../index.tsv]":                         "was not opened in full",
		"x [sub]":                                  "was not opened in full",
		" \n":                                      "is empty",
	} {
		write(t, map[string]string{".factory/pyramid/answer.md": answer})
		code := 1
		if want == "" {
			code = 0
		}
		expect(code, want, "check-citations")
	}
	write(t, map[string]string{"items2/bad[1].md": "x"})
	expect(2, "square brackets", "index", "--in", "items2")
}
