package query

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A word is where a text has one to find.
type word struct {
	text       string // in lower case
	start, end int
	marked     bool // highlighted when found; the words of a link's address are not
}

var control = regexp.MustCompile(`^<([@#!][^<>|]*|[a-zA-Z][a-zA-Z0-9+.-]*:[^<>|\s]+)(\|[^<>]*)?>`)

// split finds the words of a text, in a stored one without what is only markup: mentions have no words but their
// labels, and entities none.
func split(text string, stored bool) []word {
	var out []word
	for i := 0; i < len(text); {
		if stored && text[i] == '<' {
			if m := control.FindStringSubmatchIndex(text[i:]); m != nil {
				if first := text[i+m[2]]; first != '@' && first != '#' && first != '!' {
					out = appendWords(out, text, i+m[2], i+m[3], false)
				}
				if m[4] >= 0 {
					out = appendWords(out, text, i+m[4], i+m[5], true)
				}
				i += m[1]
				continue
			}
		}
		next := len(text)
		if stored {
			if n := strings.IndexByte(text[i+1:], '<'); n >= 0 {
				next = i + 1 + n
			}
		}
		out = appendWords(out, text, i, next, true)
		i = next
	}
	return out
}

func appendWords(out []word, text string, from, to int, marked bool) []word {
	start := -1
	flush := func(end int) {
		if start >= 0 {
			out = append(out, word{strings.ToLower(text[start:end]), start, end, marked})
		}
		start = -1
	}
	for i := from; i < to; {
		if text[i] == '&' {
			if entity := slices.IndexFunc(entities, func(e string) bool { return strings.HasPrefix(text[i:to], e) }); entity >= 0 {
				flush(i)
				i += len(entities[entity])
				continue
			}
		}
		r, size := utf8.DecodeRuneInString(text[i:to])
		switch {
		case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana): // written without spaces
			flush(i)
			start = i
			flush(i + size)
		case unicode.IsLetter(r), unicode.IsDigit(r), unicode.IsMark(r) && start >= 0, r == '_':
			if start < 0 {
				start = i
			}
		default:
			flush(i)
		}
		i += size
	}
	flush(to)
	return out
}

var entities = []string{"&amp;", "&lt;", "&gt;"}

// find lists where a term begins among the words of a text.
func (t Term) find(words []word) []int {
	var at []int
	for i := range words {
		if i+len(t.Words) > len(words) {
			break
		}
		if t.at(words[i:]) {
			at = append(at, i)
		}
	}
	return at
}

func (t Term) at(words []word) bool {
	for i, want := range t.Words {
		have := words[i].text
		if have != want && !(t.Prefix && i == len(t.Words)-1 && strings.HasPrefix(have, want)) {
			return false
		}
	}
	return true
}

// What Highlight puts around a word that was found.
//
// https://docs.slack.dev/reference/methods/search.messages
const (
	MarkStart = "\uE000"
	MarkEnd   = "\uE001"
)

// Highlight marks the words of a stored text that a query looks for, as search answers with highlight=true.
func (q Query) Highlight(text string) string {
	words := split(text, true)
	found := make([]bool, len(words))
	for _, t := range q.Terms {
		if t.Not {
			continue
		}
		for _, i := range t.find(words) {
			for j := range t.Words {
				found[i+j] = true
			}
		}
	}
	var b strings.Builder
	done := 0
	for i, w := range words {
		if found[i] && w.marked {
			b.WriteString(text[done:w.start] + MarkStart + text[w.start:w.end] + MarkEnd)
			done = w.end
		}
	}
	return b.String() + text[done:]
}
