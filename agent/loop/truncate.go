package loop

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// A Limit is how much of a tool's output the model sees. The events have all of it.
type Limit struct {
	Chars int  // Unicode code points; 0 is no limit
	Lines int  // 0 is no limit
	Tail  bool // keep the end alone, instead of the beginning and the end
}

// DefaultLimits are the limits by tool. Other tools have that of "".
var DefaultLimits = map[string]Limit{
	"read_file":   {Chars: 50_000},
	"shell":       {Chars: 30_000, Lines: 256},
	"grep":        {Chars: 20_000, Lines: 200, Tail: true},
	"glob":        {Chars: 20_000, Lines: 500, Tail: true},
	"edit_file":   {Chars: 10_000, Tail: true},
	"apply_patch": {Chars: 10_000, Tail: true},
	"write_file":  {Chars: 1_000, Tail: true},
	"spawn_agent": {Chars: 20_000},
	"wait":        {Chars: 20_000},
	"":            {Chars: 30_000},
}

// Cut shortens an output to the limit, first by its characters, which bounds every output, then by its lines. Where something is
// missing it says so.
func (l Limit) Cut(s string) string { return cutLines(l.cutChars(s), l.Lines) }

func (l Limit) cutChars(s string) string {
	n := utf8.RuneCountInString(s)
	if l.Chars <= 0 || n <= l.Chars {
		return s
	}
	const where = "The run's events hold the full output."
	if l.Tail {
		return fmt.Sprintf("[WARNING: Tool output was truncated. %d characters were removed from the beginning. %s]\n\n%s",
			n-l.Chars, where, s[fromEnd(s, l.Chars):])
	}
	tail := l.Chars - l.Chars/2
	return fmt.Sprintf("%s\n\n[WARNING: Tool output was truncated. %d characters were removed from the middle. %s Ask again for less "+
		"to see them.]\n\n%s", s[:fromStart(s, l.Chars/2)], n-l.Chars, where, s[fromEnd(s, tail):])
}

func cutLines(s string, most int) string {
	lines := strings.Split(s, "\n")
	if most <= 0 || len(lines) <= most {
		return s
	}
	head := most / 2
	tail := most - head
	return fmt.Sprintf("%s\n[... %d lines omitted ...]\n%s", strings.Join(lines[:head], "\n"), len(lines)-most,
		strings.Join(lines[len(lines)-tail:], "\n"))
}

// fromStart is where n characters from the start end, in bytes.
func fromStart(s string, n int) (at int) {
	for ; n > 0; n-- {
		_, size := utf8.DecodeRuneInString(s[at:])
		at += size
	}
	return at
}

// fromEnd is where the last n characters begin, in bytes.
func fromEnd(s string, n int) int {
	at := len(s)
	for ; n > 0; n-- {
		_, size := utf8.DecodeLastRuneInString(s[:at])
		at -= size
	}
	return at
}
