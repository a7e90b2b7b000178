package mrkdwn

import (
	"html/template"
	"slices"
	"strings"
)

// HTML shows a stored text as Slack's clients do. names finds the name for an id; nil shows ids. The answer holds
// no markup but its own: text, names and URLs are escaped, and only schemes that cannot run anything are linked.
func HTML(text string, names Lookup) template.HTML {
	var b strings.Builder
	paragraphs := parse(text, false)
	for i, p := range paragraphs {
		open, close := "", ""
		switch p.shape {
		case quote:
			open, close = "<blockquote>", "</blockquote>"
		case preformatted:
			open, close = "<pre>", "</pre>"
			for i := range p.spans {
				p.spans[i].style = 0
			}
		case prose: // what follows begins on a line of its own anyway
			if n := len(p.spans); i < len(paragraphs)-1 && n > 0 && p.spans[n-1].kind == literal {
				p.spans[n-1].text = strings.TrimSuffix(p.spans[n-1].text, "\n")
			}
		}
		b.WriteString(open)
		for _, s := range p.spans {
			writeSpan(&b, s, names, p.shape != preformatted)
		}
		b.WriteString(close)
	}
	return template.HTML(b.String())
}

// LiteralHTML shows the text of a message that was posted with mrkdwn=false: mentions and links work, the rest is
// what it is.
func LiteralHTML(text string, names Lookup) template.HTML {
	var b strings.Builder
	for t := range tokens(text) {
		writeSpan(&b, span{kind: t.kind, text: Unescape(t.raw), target: Unescape(t.target), label: Unescape(t.label)}, names, true)
	}
	return template.HTML(b.String())
}

var tags = []struct {
	style       style
	open, close string
}{
	{bold, "<b>", "</b>"},
	{italic, "<i>", "</i>"},
	{strike, "<s>", "</s>"},
	{code, "<code>", "</code>"},
}

func writeSpan(b *strings.Builder, s span, names Lookup, breaks bool) {
	for _, t := range tags {
		if s.style&t.style != 0 {
			b.WriteString(t.open)
		}
	}
	shown := template.HTMLEscapeString(s.show(names))
	switch s.kind {
	case literal:
		if breaks {
			shown = strings.ReplaceAll(shown, "\n", "<br>")
		}
		b.WriteString(shown)
	case user, channel, subteam, broadcast:
		b.WriteString(`<span class="mention">` + shown + `</span>`)
	case emoji:
		b.WriteString(`<span class="emoji">` + shown + `</span>`)
	case link, date:
		target := s.target
		if s.kind == date {
			_, target, _ = strings.Cut(target, "^")
			_, target, _ = strings.Cut(target, "^")
		}
		if scheme, _, ok := strings.Cut(strings.ToLower(target), ":"); ok && slices.Contains(linkable, scheme) {
			shown = `<a href="` + template.HTMLEscapeString(target) + `" rel="noopener noreferrer" target="_blank">` + shown + `</a>`
		}
		b.WriteString(shown)
	}
	for _, t := range slices.Backward(tags) {
		if s.style&t.style != 0 {
			b.WriteString(t.close)
		}
	}
}

var linkable = []string{"http", "https", "mailto", "tel", "sms", "slack", "ftp"}

// Plain is a stored text as a notification shows it: names for ids, labels for links, no formatting.
func Plain(text string, names Lookup) string {
	var b strings.Builder
	paragraphs := parse(text, false)
	for i, p := range paragraphs {
		if i > 0 && !strings.HasSuffix(b.String(), "\n") {
			b.WriteByte('\n')
		}
		for _, s := range p.spans {
			b.WriteString(s.show(names))
		}
	}
	return b.String()
}

// show is what a reader sees of a span.
func (s span) show(names Lookup) string {
	name := func(k Kind, sigil string) string {
		if names != nil {
			if n, ok := names(k, s.target); ok {
				return sigil + n
			}
		}
		if s.label != "" {
			return sigil + strings.TrimPrefix(s.label, sigil)
		}
		return sigil + s.target
	}
	switch s.kind {
	case user:
		return name(User, "@")
	case channel:
		return name(Channel, "#")
	case subteam:
		return name(Subteam, "@")
	case broadcast:
		return "@" + s.target
	case emoji:
		return ":" + s.text + ":"
	case link:
		if s.label != "" {
			return s.label
		}
		return strings.TrimPrefix(s.target, "mailto:")
	case date:
		return s.label
	}
	return s.text
}
