// Package words takes text apart into words the way Jira's search does, and brings English words to their stems.
package words

import (
	"strings"
	"unicode"

	"github.com/kljensen/snowball/english"
)

// Split returns the words of a text in lower case, in their order: runs of letters, digits, underscores and apostrophes
// inside them, without a possessive 's. An ideograph is a word of its own.
func Split(text string) []string {
	var all []string
	for _, w := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.In(r, unicode.L, unicode.N, unicode.M) && r != '_' && r != '\'' && r != '’'
	}) {
		w = strings.Trim(strings.ReplaceAll(w, "’", "'"), "'")
		w = strings.TrimSuffix(w, "'s")
		for w != "" {
			at := strings.IndexFunc(w, ideograph)
			if at < 0 {
				all = append(all, w)
				break
			}
			if at > 0 {
				all = append(all, w[:at])
			}
			r := []rune(w[at:])[0]
			all = append(all, string(r))
			w = w[at+len(string(r)):]
		}
	}
	return all
}

func ideograph(r rune) bool { return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) }

// Stem returns what a word has in common with its other forms: "running" and "runs" are both "run".
func Stem(word string) string { return english.Stem(word, true) }

// Stems returns the stems of a text's words, each once, in the order in which they come first.
func Stems(text string) []string {
	var all []string
	seen := map[string]bool{}
	for _, w := range Split(text) {
		if s := Stem(w); !seen[s] {
			seen[s] = true
			all = append(all, s)
		}
	}
	return all
}
