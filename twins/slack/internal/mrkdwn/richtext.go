package mrkdwn

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

type richElement struct {
	Type     string `json:"type"`
	Elements []any  `json:"elements"`
	Style    string `json:"style,omitempty"`
	Indent   *int   `json:"indent,omitempty"`
	Offset   int    `json:"offset,omitempty"`
	Border   *int   `json:"border,omitempty"`
}

type richStyle struct {
	Bold   bool `json:"bold,omitempty"`
	Italic bool `json:"italic,omitempty"`
	Strike bool `json:"strike,omitempty"`
	Code   bool `json:"code,omitempty"`
}

// richSpan holds the members of every element a section can have.
type richSpan struct {
	Type        string     `json:"type"`
	UserID      string     `json:"user_id,omitempty"`
	ChannelID   string     `json:"channel_id,omitempty"`
	UsergroupID string     `json:"usergroup_id,omitempty"`
	Range       string     `json:"range,omitempty"`
	Name        string     `json:"name,omitempty"`
	SkinTone    int        `json:"skin_tone,omitempty"`
	Timestamp   *int64     `json:"timestamp,omitempty"`
	Format      string     `json:"format,omitempty"`
	Fallback    string     `json:"fallback,omitempty"`
	URL         string     `json:"url,omitempty"`
	Text        string     `json:"text,omitempty"`
	Style       *richStyle `json:"style,omitempty"`
}

// RichText makes the rich_text block that Slack attaches to a message typed by a person, from its stored text.
// The block has no block_id yet.
//
// https://docs.slack.dev/reference/block-kit/blocks/rich-text-block
func RichText(text string) json.RawMessage {
	if plain(text) { // as most texts are
		quoted, _ := json.Marshal(text)
		return slices.Concat([]byte(`{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":`), quoted, []byte(`}]}]}`))
	}
	return richText(text)
}

func richText(text string) json.RawMessage {
	elements := []any{}
	for paragraphs := parse(text, true); len(paragraphs) > 0; {
		p := paragraphs[0]
		n := 1
		switch p.shape {
		case prose:
			elements = append(elements, richElement{Type: "rich_text_section", Elements: richSpans(p.spans)})
		case quote:
			elements = append(elements, richElement{Type: "rich_text_quote", Elements: richSpans(p.spans)})
		case preformatted:
			for i := range p.spans {
				p.spans[i].style = 0
			}
			elements = append(elements, richElement{Type: "rich_text_preformatted", Elements: richSpans(p.spans), Border: new(int)})
		case item:
			list := richElement{Type: "rich_text_list", Style: "bullet", Indent: &p.indent, Border: new(int)}
			if p.ordered {
				list.Style, list.Offset = "ordered", max(p.number-1, 0)
			}
			for n = 0; n < len(paragraphs); n++ {
				if q := paragraphs[n]; q.shape != item || q.ordered != p.ordered || q.indent != p.indent {
					break
				}
				list.Elements = append(list.Elements, richElement{Type: "rich_text_section", Elements: richSpans(paragraphs[n].spans)})
			}
			elements = append(elements, list)
		}
		paragraphs = paragraphs[n:]
	}
	b, err := json.Marshal(struct {
		Type     string `json:"type"`
		Elements []any  `json:"elements"`
	}{"rich_text", elements})
	if err != nil {
		panic(err) // strings and numbers always marshal
	}
	return b
}

func richSpans(spans []span) []any {
	out := []any{}
	for _, s := range spans {
		e := richSpan{Type: "text", Text: s.text}
		if s.style != 0 {
			e.Style = &richStyle{s.style&bold != 0, s.style&italic != 0, s.style&strike != 0, s.style&code != 0}
		}
		if s.kind != literal && s.kind != link && e.Style != nil {
			e.Style.Code = false // only text and links can be code
			if *e.Style == (richStyle{}) {
				e.Style = nil
			}
		}
		switch s.kind {
		case user:
			e.Type, e.UserID = "user", s.target
		case channel:
			e.Type, e.ChannelID = "channel", s.target
		case subteam:
			e.Type, e.UsergroupID = "usergroup", s.target
		case broadcast:
			e.Type, e.Range = "broadcast", s.target
			if s.target == "group" {
				e.Range = "channel"
			}
		case link:
			e.Type, e.URL, e.Text = "link", s.target, s.label
		case emoji:
			e = richSpan{Type: "emoji", Name: s.text, SkinTone: s.tone, Style: e.Style}
		case date:
			when, format, _ := strings.Cut(s.target, "^")
			format, e.URL, _ = strings.Cut(format, "^")
			stamp, _ := strconv.ParseInt(when, 10, 64)
			e.Type, e.Timestamp, e.Format, e.Fallback = "date", &stamp, format, s.label
		}
		out = append(out, e)
	}
	return out
}
