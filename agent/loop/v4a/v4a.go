// Package v4a reads and applies patches in the v4a form, which OpenAI's models are trained on.
package v4a

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// A Patch is files to add, delete or update, the last by hunks that are found by what is around them.
//
// https://github.com/strongdm/attractor, coding-agent-loop-spec.md, appendix A
type Patch []Change

// A Change is what a patch does to one file.
type Change struct {
	Kind  string // add, delete, update
	Path  string
	To    string // the new path of a file that an update renames
	Text  string // of a file to add
	Hunks []Hunk
}

// A Hunk is lines to find and what to put in their place.
type Hunk struct {
	hints []string // lines somewhere above, each below the one before it
	lines []line
	end   bool // the lines are the file's last
}

type line struct {
	op   byte // ' ' stays, '-' goes, '+' comes
	text string
}

const (
	opening = "*** Begin Patch"
	closing = "*** End Patch"
	fileEnd = "*** End of File"
)

// Parse reads a patch. Its errors name the line, from 1.
func Parse(s string) (Patch, error) {
	r := reader{lines: strings.Split(strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n")), "\n")}
	if !r.skip(opening) {
		return nil, r.fail("the first line must be " + opening)
	}
	var p Patch
	for !r.skip(closing) {
		c, err := r.change()
		if err != nil {
			return nil, err
		}
		p = append(p, c)
	}
	switch {
	case r.at < len(r.lines):
		return nil, r.fail("there is more after " + closing)
	case len(p) == 0:
		return nil, errors.New("the patch changes nothing")
	}
	return p, nil
}

type reader struct {
	lines []string
	at    int
}

func (r *reader) fail(what string) error { return fmt.Errorf("patch, line %d: %s", r.at+1, what) }

// line is the one to be read; after the last it is the end of the patch's own kind of lines.
func (r *reader) line() (string, bool) {
	if r.at >= len(r.lines) {
		return "", false
	}
	return r.lines[r.at], true
}

func (r *reader) skip(want string) bool {
	l, ok := r.line()
	if ok = ok && strings.TrimRight(l, " \t") == want; ok {
		r.at++
	}
	return ok
}

// after reads a line that begins with a word, and gives its rest.
func (r *reader) after(word string) (string, bool) {
	l, _ := r.line()
	rest, ok := strings.CutPrefix(l, word)
	if !ok {
		return "", false
	}
	r.at++
	return strings.TrimSpace(rest), true
}

func (r *reader) change() (c Change, err error) {
	start := r.at
	var is bool
	if c.Path, is = r.after("*** Add File:"); is {
		c.Kind = "add"
		for l, ok := r.line(); ok && strings.HasPrefix(l, "+"); l, ok = r.line() {
			c.Text += l[1:] + "\n"
			r.at++
		}
	} else if c.Path, is = r.after("*** Delete File:"); is {
		c.Kind = "delete"
	} else if c.Path, is = r.after("*** Update File:"); is {
		c.Kind = "update"
		c.To, _ = r.after("*** Move to:")
		for l, ok := r.line(); ok && !strings.HasPrefix(l, "*** "); l, ok = r.line() {
			h, err := r.hunk()
			if err != nil {
				return c, err
			}
			c.Hunks = append(c.Hunks, h)
		}
		if len(c.Hunks) == 0 && c.To == "" {
			return c, r.fail("an update needs a hunk")
		}
	} else {
		return c, r.fail("expected *** Add File:, *** Delete File:, *** Update File: or " + closing)
	}
	if c.Path == "" {
		r.at = start
		return c, r.fail("the path is missing")
	}
	return c, nil
}

func (r *reader) hunk() (h Hunk, err error) {
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
		case strings.TrimRight(l, " ") == fileEnd:
			h.end = true
		case strings.HasPrefix(l, "*** "):
			return h, r.check(h)
		case l == "": // an empty line that stays, whose blank got lost
			h.lines = append(h.lines, line{op: ' '})
		case strings.IndexByte(" -+", l[0]) >= 0:
			h.lines = append(h.lines, line{l[0], l[1:]})
		default:
			return h, r.fail("a line of a hunk begins with a blank, - or +")
		}
		r.at++
	}
	return h, r.check(h)
}

func (r *reader) check(h Hunk) error {
	if !slices.ContainsFunc(h.lines, func(l line) bool { return l.op != ' ' }) {
		return r.fail("a hunk without - or + changes nothing")
	}
	return nil
}

// old is what a hunk expects to find.
func (h Hunk) old() (lines []string) {
	for _, l := range h.lines {
		if l.op != '+' {
			lines = append(lines, l.text)
		}
	}
	return lines
}

// Apply is a file's text after the hunks. They come in the order of the file.
func Apply(text string, hunks []Hunk) (string, error) {
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
func (h Hunk) place(lines []string, from int) (int, error) {
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
