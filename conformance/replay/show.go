package replay

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// WriteUnlike writes each unlike step for a person who looks for the reason: what was asked, and the recorded and the
// answered JSON side by side where they differ, in width columns. What counts as equal although it is another (ids,
// times, links) is shown as it was recorded. "<" marks what only the recording has, ">" what only the twin has, "|" what both have
// differently; members that only the twin has are shown and do not count.
func (r *Report) WriteUnlike(w io.Writer, width int) {
	for _, s := range r.Unlike {
		fmt.Fprintf(w, "\n%s  step %d\n  %s %s\n", s.Recording, s.Index, s.step.Method, at(&s.step))
		if s.step.Body != "" {
			fmt.Fprintf(w, "  %s\n", compact(s.step.Body, 2*width))
		}
		fmt.Fprintf(w, "  %s  status %d, answered %d; keys %.2f, values %.2f\n", s.Operation, s.Want, s.Got, s.Keys, s.Values)
		if s.Want/100 != s.Got/100 {
			fmt.Fprintf(w, "    recorded %s\n    answered %s\n", compact(s.step.Response, 4*width), compact(s.answered, 4*width))
			continue
		}
		var rows []row
		sideBySide(&rows, "", "", s.step.Response, s.answered)
		writeRows(w, rows, width)
		for _, d := range s.Diffs {
			if s.step.Response == "" || !isJSON(s.step.Response) {
				fmt.Fprintf(w, "    %s\n", d)
			}
		}
	}
}

func isJSON(v any) bool { _, text := v.(string); return !text }

func at(s *Step) string {
	if s.Query != "" {
		return s.Path + "?" + s.Query
	}
	return s.Path
}

type row struct {
	left, right string
	mark        byte // ' ', '<', '>' or '|'
}

// sideBySide writes two values under one another, each member or item beside the other's.
func sideBySide(rows *[]row, indent, name string, left, right any) {
	one := func(l, r string, mark byte) { *rows = append(*rows, row{l, r, mark}) }
	l, isMap := left.(map[string]any)
	r, isMap2 := right.(map[string]any)
	ll, isList := left.([]any)
	rl, isList2 := right.([]any)
	_, gone := right.(absent)
	_, new := left.(absent)
	switch {
	case gone && (isMap || isList):
		var whole []row
		sideBySide(&whole, indent, name, left, left)
		for _, w := range whole {
			one(w.left, "", '<')
		}
	case gone:
		one(indent+name+compact(left, 400), "", '<')
	case new:
		one("", indent+name+compact(right, 400), '>')
	case isMap && isMap2:
		one(indent+name+"{", indent+name+"{", ' ')
		keys := maps.Clone(l)
		maps.Copy(keys, r)
		for _, k := range slices.Sorted(maps.Keys(keys)) {
			a, ok := l[k]
			b, ok2 := r[k]
			if !ok {
				a = absent{}
			}
			if !ok2 {
				b = absent{}
			}
			sideBySide(rows, indent+"  ", k+": ", a, b)
		}
		one(indent+"}", indent+"}", ' ')
	case isList && isList2:
		one(indent+name+"[", indent+name+"[", ' ')
		for i := range max(len(ll), len(rl)) {
			a, b := any(absent{}), any(absent{})
			if i < len(ll) {
				a = ll[i]
			}
			if i < len(rl) {
				b = rl[i]
			}
			sideBySide(rows, indent+"  ", "", a, b)
		}
		one(indent+"]", indent+"]", ' ')
	default:
		a, b := compact(left, 400), compact(right, 400)
		mark := byte(' ')
		if a != b {
			mark = '|'
		}
		one(indent+name+a, indent+name+b, mark)
	}
}

// writeRows writes the rows that differ and the two around each, so that what they are in is seen.
func writeRows(w io.Writer, rows []row, width int) {
	near := make([]bool, len(rows))
	for i, r := range rows {
		if r.mark != ' ' {
			for j := max(0, i-2); j < min(len(rows), i+3); j++ {
				near[j] = true
			}
		}
	}
	half := (width - 7) / 2
	skipped := false
	for i, r := range rows {
		if !near[i] {
			skipped = true
			continue
		}
		if skipped {
			fmt.Fprintf(w, "    …\n")
			skipped = false
		}
		fmt.Fprintf(w, "    %s %c %s\n", fit(r.left, half), r.mark, strings.TrimRight(fit(r.right, half), " "))
	}
}

// fit cuts or pads s to n columns.
func fit(s string, n int) string {
	if c := utf8.RuneCountInString(s); c <= n {
		return s + strings.Repeat(" ", n-c)
	}
	return string([]rune(s)[:n-1]) + "…"
}

// compact is a value as JSON, cut to n characters.
func compact(v any, n int) string {
	b, err := json.Marshal(v)
	if err != nil {
		return "?"
	}
	s := string(b)
	if t, ok := v.(string); ok && !isShort(t) {
		s = t
	}
	if utf8.RuneCountInString(s) > n {
		return string([]rune(s)[:n]) + "…"
	}
	return s
}

func isShort(s string) bool { return len(s) < 200 }
