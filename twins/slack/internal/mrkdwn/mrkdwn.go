// Package mrkdwn is Slack's message markup: how a posted text is stored, whom it mentions, and how it looks.
//
// https://docs.slack.dev/messaging/formatting-message-text
package mrkdwn

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// MaxText is how many characters of a message's text Slack keeps.
//
// https://api.slack.com/changelog/2018-04-truncating-really-long-messages
const MaxText = 40_000

// A posted text that was cut short is answered with this warning and this message in response_metadata.
const (
	TruncatedWarning = "message_truncated"
	TruncatedMessage = "[WARN] Your message was truncated but still posted. The `text` field accepts up to 40,000 characters."
)

// Truncate cuts a posted text to MaxText characters and reports whether it had to.
func Truncate(text string) (string, bool) {
	if len(text) <= MaxText {
		return text, false
	}
	n := 0
	for i := range text {
		if n == MaxText {
			return text[:i], true
		}
		n++
	}
	return text, false
}

// Escape makes any string literal text: the three characters Slack's markup is made of become entities.
func Escape(s string) string { return escaper.Replace(s) }

// Unescape is the inverse of Escape. No other entity means anything to Slack.
func Unescape(s string) string { return unescaper.Replace(s) }

var (
	escaper   = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
	unescaper = strings.NewReplacer("&amp;", "&", "&lt;", "<", "&gt;", ">")
)

// Literal is how the text of a plain_text object is stored: nothing in it is markup, yet what is already an
// entity stays one.
func Literal(s string) string { return Escape(Unescape(s)) }

// Length counts the characters of a text as its author sees them: an entity is one, and the brackets that
// Store puts around a bare link are none, so that a text at a limit is still at it when it comes back.
func Length(text string) int {
	n := 0
	for t := range tokens(text) {
		switch {
		case t.kind == literal:
			n += utf8.RuneCountInString(Unescape(t.raw))
		case t.kind == link && t.label == "":
			n += utf8.RuneCountInString(Unescape(t.target))
		case t.kind == link && (t.target == "mailto:"+t.label || t.target == "http://"+t.label):
			n += utf8.RuneCountInString(Unescape(t.label))
		default:
			n += utf8.RuneCountInString(Unescape(t.raw))
		}
	}
	return n
}

type kind int

const (
	literal   kind = iota
	user           // <@U1>
	channel        // <#C1|general>
	subteam        // <!subteam^S1>
	broadcast      // <!here> <!channel> <!everyone>
	date           // <!date^1392734382^{date_num}^https://example.com|fallback>
	link           // <https://example.com|label>
)

// A token is a run of literal text or one control sequence of a stored text.
type token struct {
	kind   kind
	raw    string
	target string // id, range, URL, or what follows <!date^
	label  string
}

var controls = []struct {
	kind    kind
	pattern *regexp.Regexp
}{
	{user, regexp.MustCompile(`^@([UWB][A-Z0-9]+)(?:\|([^|]*))?$`)},
	{channel, regexp.MustCompile(`^#([CDG][A-Z0-9]+)(?:\|([^|]*))?$`)},
	{subteam, regexp.MustCompile(`^!subteam\^(S[A-Z0-9]+)(?:\|([^|]*))?$`)},
	{broadcast, regexp.MustCompile(`^!(here|channel|everyone|group)(?:\|([^|]*))?$`)},
	{date, regexp.MustCompile(`^!date\^(-?[0-9]+\^[^|]+)\|(.*)$`)},
	{link, regexp.MustCompile(`^((?:[a-zA-Z][a-zA-Z0-9+.-]*://|mailto:|tel:|sms:|skype:)[^\s|]+)(?:\|(.*))?$`)},
}

// control reads the control sequence that text starts with, if it does start with one.
func control(text string) (token, bool) {
	end := strings.IndexAny(text[1:], "<>\n") + 1
	if end == 0 || text[end] != '>' {
		return token{}, false
	}
	for _, c := range controls {
		if m := c.pattern.FindStringSubmatch(text[1:end]); m != nil {
			return token{kind: c.kind, raw: text[:end+1], target: m[1], label: m[2]}, true
		}
	}
	return token{}, false
}

// tokens splits a text into literal runs and control sequences, in order; their raw texts add up to text.
func tokens(text string) func(yield func(token) bool) {
	return func(yield func(token) bool) {
		start := 0
		for i := 0; i < len(text); {
			if text[i] != '<' {
				i++
				continue
			}
			t, ok := control(text[i:])
			if !ok {
				i++
				continue
			}
			if start < i && !yield(token{kind: literal, raw: text[start:i]}) {
				return
			}
			if !yield(t) {
				return
			}
			i += len(t.raw)
			start = i
		}
		if start < len(text) {
			yield(token{kind: literal, raw: text[start:]})
		}
	}
}
