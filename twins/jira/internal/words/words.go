// Package words takes text apart into words the way Jira's search does, and brings English words to their stems.
package words

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	porter "github.com/blevesearch/go-porterstemmer"
)

// Split returns the words of a text in lower case, in their order: runs of letters, digits, underscores and apostrophes
// inside them, without a possessive 's. An ideograph is a word of its own.
func Split(text string) []string {
	var all []string
	for _, w := range strings.FieldsFunc(strings.ToLower(text), separates) {
		if strings.ContainsAny(w, "'’") {
			w = strings.TrimSuffix(strings.Trim(strings.ReplaceAll(w, "’", "'"), "'"), "'s")
		}
		for w != "" {
			at := strings.IndexFunc(w, ideograph)
			if at < 0 {
				all = append(all, w)
				break
			}
			if at > 0 {
				all = append(all, w[:at])
			}
			_, size := utf8.DecodeRuneInString(w[at:])
			all = append(all, w[at:at+size])
			w = w[at+size:]
		}
	}
	return all
}

// separates reports whether a character is in no word.
func separates(r rune) bool {
	if r < utf8.RuneSelf {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '_' && r != '\''
	}
	return !unicode.In(r, unicode.L, unicode.N, unicode.M) && r != '’'
}

func ideograph(r rune) bool {
	return r >= utf8.RuneSelf && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana)
}

// Stem returns what a word has in common with its other forms: "running" and "runs" are both "run".
func Stem(word string) string { return string(porter.StemWithoutLowerCasing([]rune(word))) }

// Stems returns the stems of a text's words, each once, sorted.
func Stems(text string) []string {
	all := Split(text)
	for n, w := range all {
		all[n] = Stem(w)
	}
	slices.Sort(all)
	return slices.Compact(all)
}
