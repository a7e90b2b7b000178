package loop

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// A patch in the v4a form: files to add, delete or update, the last by hunks that are found by what is around them.
//
// https://github.com/strongdm/attractor, coding-agent-loop-spec.md, appendix A
type patch []change

// A change is what a patch does to one file.
type change struct {
	kind  string // add, delete, update
	path  string
	to    string // the new path of a file that an update renames
	text  string // of a file to add
	hunks []hunk
}

// A hunk is lines to find and what to put in their place.
type hunk struct {
	hints []string // lines somewhere above, each below the one before it
	lines []hunkLine
	end   bool // the lines are the file's last
}

type hunkLine struct {
	op   byte // ' ' stays, '-' goes, '+' comes
	text string
}

const (
	patchBegin = "*** Begin Patch"
	patchEnd   = "*** End Patch"
	patchEOF   = "*** End of File"
)

// parsePatch reads a patch. Its errors name the line, from 1.
func parsePatch(s string) (patch, error) {
	r := patchReader{lines: strings.Split(strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n")), "\n")}
	if !r.skip(patchBegin) {
		return nil, r.fail("the first line must be " + patchBegin)
	}
	var p patch
	for !r.skip(patchEnd) {
		c, err := r.change()
		if err != nil {
			return nil, err
		}
		p = append(p, c)
	}
	switch {
	case r.at < len(r.lines):
		return nil, r.fail("there is more after " + patchEnd)
	case len(p) == 0:
		return nil, errors.New("the patch changes nothing")
	}
	return p, nil
}

type patchReader struct {
	lines []string
	at    int
}

func (r *patchReader) fail(what string) error { return fmt.Errorf("patch, line %d: %s", r.at+1, what) }

// line is the one to be read; after the last it is the end of the patch's own kind of lines.
func (r *patchReader) line() (string, bool) {
	if r.at >= len(r.lines) {
		return "", false
	}
	return r.lines[r.at], true
}

func (r *patchReader) skip(want string) bool {
	l, ok := r.line()
	if ok = ok && strings.TrimRight(l, " \t") == want; ok {
		r.at++
	}
	return ok
}

// after reads a line that begins with a word, and gives its rest.
func (r *patchReader) after(word string) (string, bool) {
	l, _ := r.line()
	rest, ok := strings.CutPrefix(l, word)
	if !ok {
		return "", false
	}
	r.at++
	return strings.TrimSpace(rest), true
}

func (r *patchReader) change() (c change, err error) {
	start := r.at
	var is bool
	if c.path, is = r.after("*** Add File:"); is {
		c.kind = "add"
		for l, ok := r.line(); ok && strings.HasPrefix(l, "+"); l, ok = r.line() {
			c.text += l[1:] + "\n"
			r.at++
		}
	} else if c.path, is = r.after("*** Delete File:"); is {
		c.kind = "delete"
	} else if c.path, is = r.after("*** Update File:"); is {
		c.kind = "update"
		c.to, _ = r.after("*** Move to:")
		for l, ok := r.line(); ok && !strings.HasPrefix(l, "*** "); l, ok = r.line() {
			h, err := r.hunk()
			if err != nil {
				return c, err
			}
			c.hunks = append(c.hunks, h)
		}
		if len(c.hunks) == 0 && c.to == "" {
			return c, r.fail("an update needs a hunk")
		}
	} else {
		return c, r.fail("expected *** Add File:, *** Delete File:, *** Update File: or " + patchEnd)
	}
	if c.path == "" {
		r.at = start
		return c, r.fail("the path is missing")
	}
	return c, nil
}

func (r *patchReader) hunk() (h hunk, err error) {
	for l, ok := r.line(); ok && strings.HasPrefix(l, "@@"); l, ok = r.line() {
		if hint := strings.TrimSpace(l[2:]); hint != "" {
			h.hints = append(h.hints, hint)
		}
		r.at++
	}
	for !h.end {
		l, ok := r.line()
		switch {
		case !ok, strings.HasPrefix(l, "@@"):
			return h, r.check(h)
		case strings.TrimRight(l, " ") == patchEOF:
			h.end = true
		case strings.HasPrefix(l, "*** "):
			return h, r.check(h)
		case l == "": // an empty line that stays, whose blank got lost
			h.lines = append(h.lines, hunkLine{op: ' '})
		case strings.IndexByte(" -+", l[0]) >= 0:
			h.lines = append(h.lines, hunkLine{l[0], l[1:]})
		default:
			return h, r.fail("a line of a hunk begins with a blank, - or +")
		}
		r.at++
	}
	return h, r.check(h)
}

func (r *patchReader) check(h hunk) error {
	if !slices.ContainsFunc(h.lines, func(l hunkLine) bool { return l.op != ' ' }) {
		return r.fail("a hunk without - or + changes nothing")
	}
	return nil
}

// old is what a hunk expects to find.
func (h hunk) old() (lines []string) {
	for _, l := range h.lines {
		if l.op != '+' {
			lines = append(lines, l.text)
		}
	}
	return lines
}

// apply is a file's text after the hunks. They come in the order of the file.
func apply(text string, hunks []hunk) (string, error) {
	ending := "\n"
	if strings.Contains(text, "\r\n") && strings.Count(text, "\r\n") == strings.Count(text, "\n") {
		ending = "\r\n"
	}
	var lines []string
	if text != "" {
		lines = strings.Split(strings.TrimSuffix(text, ending), ending)
	}
	var out []string
	at := 0 // in lines: what is before it is in out
	for i, h := range hunks {
		n, err := h.place(lines, at)
		if err != nil {
			return "", fmt.Errorf("hunk %d: %w", i+1, err)
		}
		out = append(out, lines[at:n]...)
		at = n
		for _, l := range h.lines {
			switch l.op {
			case '+':
				out = append(out, l.text)
				continue
			case ' ':
				out = append(out, lines[at]) // the file's own, where the patch has it only nearly
			}
			at++
		}
	}
	out = append(out, lines[at:]...)
	if len(out) == 0 {
		return "", nil
	}
	if text == "" || strings.HasSuffix(text, ending) {
		out = append(out, "")
	}
	return strings.Join(out, ending), nil
}

// place is where in lines, from a line on, a hunk belongs.
func (h hunk) place(lines []string, from int) (int, error) {
	for _, hint := range h.hints {
		if from = find(lines, []string{hint}, from); from < 0 {
			return 0, fmt.Errorf("no line is like %q", hint)
		}
	}
	old := h.old()
	n := len(lines) - len(old) // at the end
	switch {
	case h.end:
		if n < from || find(lines[n:], old, 0) != 0 {
			n = -1
		}
	case len(old) > 0:
		n = find(lines, old, from)
	case len(h.hints) > 0: // below its hint
		n = from + 1
	}
	if n < 0 {
		return 0, fmt.Errorf("these lines are not in the file:\n%s", strings.Join(old, "\n"))
	}
	return n, nil
}

// likeness are ways to compare lines, the strictest first.
var likeness = []func(file, patch string) bool{
	func(f, p string) bool { return f == p },
	func(f, p string) bool { return strings.TrimRight(f, " \t") == strings.TrimRight(p, " \t") },
	func(f, p string) bool { return strings.TrimSpace(f) == strings.TrimSpace(p) },
	func(f, p string) bool {
		return plain.Replace(strings.TrimSpace(f)) == plain.Replace(strings.TrimSpace(p))
	},
}

// plain writes typographic signs as those of a keyboard.
var plain = strings.NewReplacer("\u2010", "-", "\u2011", "-", "\u2012", "-", "\u2013", "-", "\u2014", "-", "\u2212", "-",
	"\u2018", "'", "\u2019", "'", "\u201a", "'", "\u201b", "'", "\u201c", `"`, "\u201d", `"`, "\u201e", `"`, "\u201f", `"`,
	"\u00a0", " ", "\u2002", " ", "\u2003", " ", "\u2009", " ", "\u202f", " ", "\u3000", " ")

// find is the first place at or after from where want is in lines, as strictly alike as can be; or -1.
func find(lines, want []string, from int) int {
	for _, alike := range likeness {
		for n := from; n+len(want) <= len(lines); n++ {
			if slices.EqualFunc(lines[n:n+len(want)], want, alike) {
				return n
			}
		}
	}
	return -1
}

type patchIn struct {
	Patch string `json:"patch" jsonschema:"the patch, from *** Begin Patch to *** End Patch"`
}

var applyPatch = writing(NewTool("apply_patch", `Add, delete, update and rename files by a patch:
*** Begin Patch
*** Add File: PATH        (then every line with + before it)
*** Delete File: PATH
*** Update File: PATH     (then perhaps *** Move to: NEW PATH, then hunks)
@@ a line above the change, such as the function's first
 a line that stays
-a line that goes
+a line that comes
*** End Patch
Either all of a patch is done or nothing.`, func(ctx context.Context, env Environment, in patchIn) (string, error) {
	p, err := parsePatch(in.Patch)
	if err != nil {
		return "", err
	}
	return p.do(ctx, env)
}))

// do works out every file's new text first, so that a patch that does not fit changes nothing.
func (p patch) do(ctx context.Context, env Environment) (string, error) {
	type file struct {
		text string
		gone bool
	}
	after := map[string]file{}
	var order, said []string
	read := func(path string) (file, error) {
		if f, ok := after[path]; ok {
			return f, nil
		}
		data, err := env.ReadFile(ctx, path)
		if errors.Is(err, fs.ErrNotExist) {
			return file{gone: true}, nil
		}
		return file{text: string(data)}, err
	}
	put := func(path string, f file) {
		if _, ok := after[path]; !ok {
			order = append(order, path)
		}
		after[path] = f
	}
	for _, c := range p {
		f, err := read(c.path)
		switch {
		case err != nil:
			return "", err
		case c.kind == "add" && !f.gone:
			return "", fmt.Errorf("%s exists: update it", c.path)
		case c.kind != "add" && f.gone:
			return "", fmt.Errorf("file not found: %s", c.path)
		}
		switch c.kind {
		case "add":
			put(c.path, file{text: c.text})
			said = append(said, "A "+c.path)
		case "delete":
			put(c.path, file{gone: true})
			said = append(said, "D "+c.path)
		case "update":
			text, err := apply(f.text, c.hunks)
			if err != nil {
				return "", fmt.Errorf("%s: %w", c.path, err)
			}
			if c.to == "" || c.to == c.path {
				put(c.path, file{text: text})
				said = append(said, "M "+c.path)
				continue
			}
			if there, err := read(c.to); err != nil {
				return "", err
			} else if !there.gone {
				return "", fmt.Errorf("%s exists: %s cannot take its name", c.to, c.path)
			}
			put(c.path, file{gone: true})
			put(c.to, file{text: text})
			said = append(said, "R "+c.path+" -> "+c.to)
		}
	}
	for _, path := range order {
		f := after[path]
		var err error
		if f.gone {
			if err = env.Remove(ctx, path); errors.Is(err, fs.ErrNotExist) {
				err = nil // it came and went in the same patch
			}
		} else {
			err = env.WriteFile(ctx, path, []byte(f.text))
		}
		if err != nil {
			return "", fmt.Errorf("%w; done so far: %s", err, strings.Join(order[:slices.Index(order, path)], ", "))
		}
	}
	return strings.Join(said, "\n"), nil
}
