package mrkdwn

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

type style uint8

const (
	bold style = 1 << iota
	italic
	strike
	code
)

var markers = [256]style{'*': bold, '_': italic, '~': strike}

// marks are the bytes at which parseInline may find something other than text.
const marks = "*_~`<:"

// emoji is the kind of a span that names one: :wave::skin-tone-3:
const emoji kind = 100

// A span is a stretch of a line in one style: text, or one thing that is not text.
type span struct {
	kind   kind
	text   string // literal: what a reader sees, unescaped; emoji: its name
	target string
	label  string
	tone   int
	style  style
}

type shape int

const (
	prose shape = iota
	quote
	preformatted
	item
)

// A paragraph is a part of a text that stands by itself.
type paragraph struct {
	shape   shape
	spans   []span
	ordered bool
	number  int
	indent  int
}

const fence = "```"

var (
	listItem  = regexp.MustCompile(`^([ \t]*)(•|◦|▪︎|▪|\*|-|([0-9]{1,9})[.)])[ \t]+(\S.*)$`)
	emojiName = regexp.MustCompile(`^:([a-z0-9_+'-]+)(?:::skin-tone-([2-6]))?:`)
)

// parse reads a stored text. Lists are read only where a person typed them: in the text of an app a dash is a dash.
func parse(text string, lists bool) []paragraph {
	var out []paragraph
	for text != "" {
		open := strings.Index(text, fence)
		size := -1
		if open >= 0 {
			size = strings.Index(text[open+len(fence):], fence)
		}
		if size <= 0 {
			return append(out, parseLines(text, lists)...)
		}
		out = append(out, parseLines(text[:open], lists)...)
		inside := text[open+len(fence):][:size]
		inside = strings.TrimSuffix(strings.TrimPrefix(inside, "\n"), "\n")
		p := paragraph{shape: preformatted}
		p.spans = appendCode(p.spans, inside, 0)
		out = append(out, p)
		text = strings.TrimPrefix(text[open+len(fence)+size+len(fence):], "\n")
	}
	return out
}

func parseLines(text string, lists bool) []paragraph {
	var out []paragraph
	var running strings.Builder // the lines of the prose or quote being read
	shape := prose
	flush := func() {
		lines := running.String()
		if shape == quote {
			lines = strings.TrimSuffix(lines, "\n") // Slack keeps the line end only in prose
		}
		if lines != "" {
			out = append(out, paragraph{shape: shape, spans: parseInline(lines, 0, nil)})
		}
		running.Reset()
	}
	for rest := text; rest != ""; {
		if all, ok := strings.CutPrefix(rest, "&gt;&gt;&gt;"); ok {
			flush()
			shape = quote
			running.WriteString(strings.TrimPrefix(all, " "))
			break
		}
		end := strings.IndexByte(rest, '\n') + 1
		if end == 0 {
			end = len(rest)
		}
		line := rest[:end]
		rest = rest[end:]
		if quoted, ok := strings.CutPrefix(line, "&gt;"); ok {
			if shape != quote {
				flush()
			}
			shape = quote
			running.WriteString(strings.TrimPrefix(quoted, " "))
			continue
		}
		var m []string
		if lists && mayBeItem(line) {
			m = listItem.FindStringSubmatch(strings.TrimSuffix(line, "\n"))
		}
		if m != nil {
			flush()
			shape = prose
			number, _ := strconv.Atoi(m[3])
			out = append(out, paragraph{
				shape:   item,
				spans:   parseInline(m[4], 0, nil),
				ordered: m[3] != "",
				number:  number,
				indent:  min(len(strings.ReplaceAll(m[1], "\t", "    "))/4, 8),
			})
			continue
		}
		if shape == quote {
			flush()
		}
		shape = prose
		running.WriteString(line)
	}
	flush()
	return out
}

// mayBeItem reports whether a line begins as items of lists do; • ◦ and ▪ begin with \xe2.
func mayBeItem(line string) bool {
	line = strings.TrimLeft(line, " \t")
	return line != "" && strings.IndexByte("*-0123456789\xe2", line[0]) >= 0
}

// plain reports whether a stored text is one line in which nothing is markup.
func plain(text string) bool {
	return text != "" && !strings.ContainsAny(text, marks+"&\n") && !mayBeItem(text)
}

// parseInline appends the spans of a text whose paragraphs have been told apart.
func parseInline(s string, st style, out []span) []span {
	var dead [256]int // for each marker, up to where it is known not to be closed
	start, i := 0, 0
	emit := func(to int) {
		out = appendText(out, s[start:to], st)
	}
	for i < len(s) {
		next := strings.IndexAny(s[i:], marks)
		if next < 0 {
			i = len(s)
			break
		}
		i += next
		c := s[i]
		switch bit := markers[c]; {
		case c == '`':
			if size := strings.IndexAny(s[i+1:], "`\n"); size > 0 && s[i+1+size] == '`' {
				emit(i)
				out = appendCode(out, s[i+1:i+1+size], st)
				i += size + 2
				start = i
				continue
			}
		case bit != 0 && st&bit == 0 && i >= dead[c] && opens(s, i):
			end, ok := closing(s, i)
			if !ok {
				dead[c] = end
				break
			}
			emit(i)
			out = parseInline(s[i+1:end], st|bit, out)
			i = end + 1
			start = i
			continue
		case c == '<':
			if t, ok := control(s[i:]); ok {
				emit(i)
				out = append(out, span{kind: t.kind, target: Unescape(t.target), label: Unescape(t.label), style: st})
				i += len(t.raw)
				start = i
				continue
			}
		case c == ':' && !wordBefore(s, i):
			if m := emojiName.FindStringSubmatch(s[i:min(len(s), i+120)]); m != nil && !isTime(m[1]) {
				emit(i)
				tone, _ := strconv.Atoi(m[2])
				out = append(out, span{kind: emoji, text: m[1], tone: tone, style: st})
				i += len(m[0])
				start = i
				continue
			}
		}
		i++
	}
	emit(i)
	return out
}

// appendCode appends what stands between backticks: nothing in it is formatting, though links stay links.
func appendCode(out []span, s string, st style) []span {
	for t := range tokens(s) {
		switch t.kind {
		case literal:
			out = appendText(out, t.raw, st|code)
		default:
			out = append(out, span{kind: t.kind, target: Unescape(t.target), label: Unescape(t.label), style: st | code})
		}
	}
	return out
}

func appendText(out []span, raw string, st style) []span {
	if raw == "" {
		return out
	}
	text := Unescape(raw)
	if n := len(out); n > 0 && out[n-1].kind == literal && out[n-1].style == st {
		out[n-1].text += text
		return out
	}
	return append(out, span{kind: literal, text: text, style: st})
}

// opens reports whether the marker at i may begin a style: at the edge of a word, before something to style.
func opens(s string, i int) bool {
	next, _ := utf8.DecodeRuneInString(s[i+1:])
	return !wordBefore(s, i) && (i == 0 || s[i-1] != s[i]) &&
		i+1 < len(s) && !unicode.IsSpace(next) && s[i+1] != s[i]
}

// closing finds the marker that ends the style begun at i, on the same line; without one it says how far it looked.
func closing(s string, i int) (int, bool) {
	for j := i + 1; j < len(s); j++ {
		switch s[j] {
		case '\n':
			return j, false
		case '<':
			if t, ok := control(s[j:]); ok {
				j += len(t.raw) - 1
			}
		case '`':
			if size := strings.IndexAny(s[j+1:], "`\n"); size > 0 && s[j+1+size] == '`' {
				j += size + 1
			}
		case s[i]:
			before, _ := utf8.DecodeLastRuneInString(s[:j])
			after, _ := utf8.DecodeRuneInString(s[j+1:])
			if j > i+1 && !unicode.IsSpace(before) && !isWord(after) && (j+1 == len(s) || s[j+1] != s[i]) {
				return j, true
			}
		}
	}
	return len(s), false
}

func wordBefore(s string, i int) bool {
	before, _ := utf8.DecodeLastRuneInString(s[:i])
	return isWord(before)
}

func isWord(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

// isTime tells the :30: of 10:30:15 and other numbers from the two emoji that are numbers.
func isTime(name string) bool {
	return name != "100" && name != "1234" && strings.Trim(name, "0123456789") == ""
}
