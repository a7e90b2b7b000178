package v4a

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// What a patch leaves alone stays as it was, to the byte: endings of lines, and of the file.
func TestPatchKeepsTheRest(t *testing.T) {
	for _, c := range [][2]string{
		{"a\r\nb\r\nc\r\n", "a\r\nB\r\nc\r\n"},
		{"a\nb\nc", "a\nB\nc"},
		{"a\n  b \n c\n", "a\nB\n c\n"},
		{"“a”\nb\nc\n", "“a”\nB\nc\n"},
	} {
		got, err := Apply(c[0], []Hunk{{lines: []line{{' ', `"a"`}, {'-', "b"}, {'+', "B"}, {' ', "c"}}}})
		if c[0][0] == 'a' {
			got, err = Apply(c[0], []Hunk{{lines: []line{{' ', "a"}, {'-', "b"}, {'+', "B"}, {' ', "c"}}}})
		}
		if got != c[1] || err != nil {
			t.Errorf("%q became %q, %v; want %q", c[0], got, err, c[1])
		}
	}
}

// Any two texts whose lines are all different are one patch apart, and writing that patch down loses nothing.
func TestPatchRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.SliceOfNDistinct(rapid.StringMatching(`[ a-z+@*-]{0,12}`), 1, 40, func(s string) string { return strings.TrimSpace(s) }).Draw(t, "lines")
		var hunks []Hunk
		var want []string
		h := Hunk{}
		for i := 0; i < len(lines); {
			h = Hunk{}
			for n := rapid.IntRange(1, 4).Draw(t, "n"); n > 0 && i < len(lines); n, i = n-1, i+1 {
				switch op := rapid.SampledFrom([]byte(" -r")).Draw(t, "op"); op {
				case ' ':
					h.lines, want = append(h.lines, line{' ', lines[i]}), append(want, lines[i])
				case '-':
					h.lines = append(h.lines, line{'-', lines[i]})
				case 'r':
					h.lines = append(h.lines, line{'-', lines[i]}, line{'+', lines[i] + "!"})
					want = append(want, lines[i]+"!")
				}
			}
			if slices.ContainsFunc(h.lines, func(l line) bool { return l.op != ' ' }) {
				hunks = append(hunks, h)
			}
		}
		if len(hunks) == 0 {
			return
		}
		p, err := Parse(Patch{{Kind: "update", Path: "f", Hunks: hunks}}.String())
		if err != nil {
			t.Fatal(err)
		}
		got, err := Apply(strings.Join(lines, "\n")+"\n", p[0].Hunks)
		if exp := strings.Join(append(want, ""), "\n"); got != exp || err != nil {
			t.Fatalf("got %q, %v; want %q", got, err, exp)
		}
	})
}

// FuzzPatch has no patch break the parser, and every patch it takes survive being written down.
func FuzzPatch(f *testing.F) {
	f.Add("*** Begin Patch\n*** Add File: a\n+x\n*** Delete File: b\n*** Update File: c\n*** Move to: d\n@@ f\n a\n-b\n+c\n*** End of File\n*** End Patch")
	f.Add("*** Begin Patch\n*** Update File: c\n@@\n@@ x\n\n+\n*** End Patch\n")
	f.Fuzz(func(t *testing.T, s string) {
		p, err := Parse(s)
		if err != nil {
			return
		}
		again, err := Parse(p.String())
		if err != nil || fmt.Sprintf("%q", again) != fmt.Sprintf("%q", p) {
			t.Fatalf("%q: %v\nis   %q\nwant %q", p.String(), err, again, p)
		}
		for _, c := range p {
			Apply(s, c.Hunks)
		}
	})
}

func (p Patch) String() string {
	var b strings.Builder
	b.WriteString(opening + "\n")
	for _, c := range p {
		b.WriteString(map[string]string{"add": "*** Add File: ", "delete": "*** Delete File: ", "update": "*** Update File: "}[c.Kind] + c.Path + "\n")
		for line := range strings.Lines(c.Text) {
			b.WriteString("+" + line)
		}
		if c.To != "" {
			b.WriteString("*** Move to: " + c.To + "\n")
		}
		for _, h := range c.Hunks {
			if len(h.hints) == 0 {
				b.WriteString("@@\n")
			}
			for _, hint := range h.hints {
				b.WriteString("@@ " + hint + "\n")
			}
			for _, l := range h.lines {
				b.WriteString(string(l.op) + l.text + "\n")
			}
			if h.end {
				b.WriteString(fileEnd + "\n")
			}
		}
	}
	return b.String() + closing
}
