package jira

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"twinset.dev/kit/store"
	"twinset.dev/twins/jira/internal/adf"
	"twinset.dev/twins/jira/internal/jql"
	"twinset.dev/twins/jira/internal/words"
)

// written asks about text. Each text that an issue has in the field is asked by itself, and one that answers is enough.
type written struct {
	texts func(f *finder, i *Issue) []string
	// under gives the issues that have a word in a part of the index by word, if there is one.
	under func(f *finder, g store.Range) []source
}

func (w *written) ask(a *asked) condition {
	if len(a.values) == 0 { // of a function that knows of nothing
		return never
	}
	v := a.values[0]
	if v.empty {
		has := func(i *Issue) bool { return len(w.texts(a.finder, i)) > 0 }
		if a.negative() {
			return condition{holds: has}
		}
		return condition{holds: func(i *Issue) bool { return !has(i) }}
	}
	text := v.text
	if v.from != "" {
		text = v.key
	}
	query, message := readText(text, a.name())
	if message != "" {
		return a.wrong(message)
	}
	if a.negative() {
		return condition{slow: true, holds: func(i *Issue) bool {
			texts := w.texts(a.finder, i)
			return len(texts) > 0 && !slices.ContainsFunc(texts, func(s string) bool { return scoreOf(query, words.Split(s)) > 0 })
		}}
	}
	known := map[int64]float64{}
	score := func(i *Issue) (best float64) {
		best, ok := known[i.ID]
		if !ok {
			for _, s := range w.texts(a.finder, i) {
				best = max(best, scoreOf(query, words.Split(s)))
			}
			known[i.ID] = best
		}
		return best
	}
	a.scores = append(a.scores, score)
	return condition{slow: true, holds: func(i *Issue) bool { return score(i) > 0 }, from: w.sources(a.finder, query)}
}

// readText reads what is right of ~.
func readText(text, field string) (jql.TextQuery, string) {
	trimmed := strings.TrimSpace(text)
	if trimmed == "" {
		return nil, fmt.Sprintf("The field '%s' does not support searching for an empty string.", field)
	}
	if strings.ContainsRune("*?", rune(trimmed[0])) {
		return nil, fmt.Sprintf("The text query '%s' for field '%s' is not allowed to start with '%c'.", text, field, trimmed[0])
	}
	query, err := jql.ParseText(text)
	if err != nil {
		return nil, fmt.Sprintf("Unable to parse the text '%s' for field '%s'.", text, field)
	}
	return query, ""
}

// sources are the choices for a text query: those of every word that must be there.
func (w *written) sources(f *finder, q jql.TextQuery) (from [][]source) {
	if w.under == nil {
		return nil
	}
	switch q := q.(type) {
	case *jql.TextGroup:
		for _, m := range q.Must {
			from = append(from, w.sources(f, m)...)
		}
		if len(q.Must) > 0 || len(q.Should) == 0 {
			return from
		}
		var all []source
		for _, s := range q.Should {
			choices := w.sources(f, s)
			if len(choices) == 0 {
				return nil
			}
			sources, _ := cheapest(choices)
			all = append(all, sources...)
		}
		return [][]source{all}
	case *jql.TextTerm:
		switch {
		case q.Fuzzy > 0 && !q.Phrase:
			return nil
		case q.Wildcard():
			return [][]source{w.beginning(f, q.Words[0])}
		}
		for _, word := range q.Words {
			for _, s := range words.Split(word) {
				from = append(from, w.under(f, exactly(words.Stem(s))))
			}
		}
	}
	return from
}

// beginning are the sources for a word with wildcards: stems that begin as it does, and stems that its beginning goes on from.
func (w *written) beginning(f *finder, pattern string) (all []source) {
	start := strings.ToLower(pattern[:strings.IndexAny(pattern, "*?")])
	all = append(all, w.under(f, store.Range{Prefix: start})...)
	for n := range start {
		if n > 0 {
			all = append(all, w.under(f, exactly(start[:n]))...)
		}
	}
	if stem, ok := strings.CutSuffix(start, "y"); ok {
		all = append(all, w.under(f, exactly(stem+"i"))...)
	}
	return all
}

// scoreOf is how well a text answers a query, 0 if it does not.
func scoreOf(q jql.TextQuery, text []string) float64 {
	switch q := q.(type) {
	case *jql.TextGroup:
		return groupScore(q, text)
	case *jql.TextTerm:
		return q.Boost * float64(hits(q, text)) / math.Sqrt(float64(len(text)+1))
	}
	return 0
}

func groupScore(g *jql.TextGroup, text []string) (sum float64) {
	for _, q := range g.MustNot {
		if scoreOf(q, text) > 0 {
			return 0
		}
	}
	for _, q := range g.Must {
		s := scoreOf(q, text)
		if s == 0 {
			return 0
		}
		sum += s
	}
	for _, q := range g.Should {
		sum += scoreOf(q, text)
	}
	if len(g.Must) == 0 && len(g.Should) == 0 {
		return 1 // all that was asked is that something is not there
	}
	return sum
}

// hits is how often a term is in a text. Words are compared by their stems, those of a phrase and those with wildcards as they are.
func hits(t *jql.TextTerm, text []string) (n int) {
	count := func(is func(word string) bool) int {
		for _, w := range text {
			if is(w) {
				n++
			}
		}
		return n
	}
	if t.Wildcard() {
		pattern := strings.ToLower(t.Words[0])
		return count(func(w string) bool { return wildcard(pattern, w) })
	}
	var wanted []string
	for _, w := range t.Words {
		wanted = append(wanted, words.Split(w)...)
	}
	switch {
	case len(wanted) == 0:
		return 0
	case t.Fuzzy > 0 && !t.Phrase:
		return count(func(w string) bool { return alike(wanted[0], w) >= t.Fuzzy })
	case len(wanted) > 1 || t.Phrase:
		for at := range text {
			if phraseAt(wanted, text, at, t.Slop) {
				n++
			}
		}
		return n
	}
	stem := words.Stem(wanted[0])
	return count(func(w string) bool { return w[0] == stem[0] && words.Stem(w) == stem }) // no stem begins otherwise than its word
}

// phraseAt reports whether the words of a phrase begin at a place, with as many others between them as slop allows.
func phraseAt(phrase, text []string, at, slop int) bool {
	if text[at] != phrase[0] {
		return false
	}
	for _, p := range phrase[1:] {
		at++
		for at < len(text) && text[at] != p && slop > 0 {
			at, slop = at+1, slop-1
		}
		if at >= len(text) || text[at] != p {
			return false
		}
	}
	return true
}

// wildcard reports whether a word fits a pattern in which * is any characters and ? any one.
func wildcard(pattern, word string) bool {
	p, w := []rune(pattern), []rune(word)
	star, retry := -1, 0
	i, j := 0, 0
	for j < len(w) {
		switch {
		case i < len(p) && (p[i] == '?' || p[i] == w[j] && p[i] != '*'):
			i, j = i+1, j+1
		case i < len(p) && p[i] == '*':
			star, retry = i, j
			i++
		case star >= 0:
			retry++
			i, j = star+1, retry
		default:
			return false
		}
	}
	for i < len(p) && p[i] == '*' {
		i++
	}
	return i == len(p)
}

// alike is how much two words have in common, from 0 to 1: what is not edited of the shorter one.
func alike(a, b string) float64 {
	x, y := []rune(a), []rune(b)
	shorter := min(len(x), len(y))
	if shorter == 0 || len(x) > 100 || len(y) > 100 {
		return 0
	}
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i, r := range x {
		diagonal := row[0]
		row[0] = i + 1
		for j, s := range y {
			change := diagonal
			if r != s {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return max(0, 1-float64(row[len(y)])/float64(shorter))
}

// plainText is the text in a value, whatever its form; the marks of wiki markup are no words.
func plainText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case obj:
		return adf.ToText(v)
	}
	return ""
}

// stems are the keys of an issue in the index by word: the stems of all its own text.
func (i *Issue) stems() []string {
	var all strings.Builder
	for id, v := range i.Fields {
		if id == "summary" || id == "description" || id == "environment" || strings.HasPrefix(id, customPrefix) && id != rankField {
			all.WriteString(plainText(v))
			all.WriteByte('\n')
		}
	}
	return words.Stems(all.String())
}
