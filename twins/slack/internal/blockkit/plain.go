package blockkit

import (
	"encoding/json"
	"slices"
	"strings"

	"twinset.dev/twins/slack/internal/mrkdwn"
)

// PlainText is what blocks say, as stored message text: what a message without text is found by and announced with.
func PlainText(blocks Blocks) string {
	var said []string
	for _, b := range blocks {
		said = append(said, blockText(b)...)
	}
	said = slices.DeleteFunc(said, func(s string) bool { return strings.TrimSpace(s) == "" })
	return strings.Join(said, "\n")
}

func blockText(b Object) []string {
	var said []string
	say := func(names ...string) {
		for _, name := range names {
			switch v := b.Get(name).(type) {
			case string:
				said = append(said, mrkdwn.Literal(v))
			case Object:
				said = append(said, objectText(v))
			}
		}
	}
	children := func(list []any) {
		for _, v := range list {
			if o, ok := v.(Object); ok {
				said = append(said, blockText(o)...)
			}
		}
	}
	switch b.Str("type") {
	case "section":
		say("text")
		for _, v := range b.List("fields") {
			if o, ok := v.(Object); ok {
				said = append(said, objectText(o))
			}
		}
	case "header", "alert", "markdown":
		say("text")
	case "context":
		for _, v := range b.List("elements") {
			if o, ok := v.(Object); ok && o.Str("type") != "image" {
				said = append(said, objectText(o))
			}
		}
	case "image":
		if b.Has("title") {
			say("title")
		} else {
			say("alt_text")
		}
	case "input":
		say("label")
	case "video":
		say("title", "description")
	case "rich_text":
		said = append(said, richMarkup(b))
	case "table", "data_table":
		say("caption")
		for _, row := range b.List("rows") {
			var line []string
			list, _ := row.([]any)
			for _, v := range list {
				if o, ok := v.(Object); ok {
					line = append(line, cellText(o))
				}
			}
			said = append(said, strings.Join(line, "\t"))
		}
	case "data_visualization":
		say("title")
	case "task_card":
		say("title", "details", "output")
	case "plan":
		say("title")
		children(b.List("tasks"))
	case "card":
		say("title", "subtitle", "body", "subtext")
	case "carousel":
		children(b.List("elements"))
	case "container":
		say("title", "rich_text_title", "subtitle")
		children(b.List("child_blocks"))
	case "layout":
		for _, v := range b.List("rows") {
			row, _ := v.(Object)
			for _, v := range row.List("items") {
				item, _ := v.(Object)
				said = append(said, blockText(item.Obj("block"))...)
			}
		}
	case "auth_provider":
		say("name", "description")
	}
	return said
}

// objectText is the stored text of a text object or a rich text.
func objectText(o Object) string {
	if o.Str("type") == "rich_text" {
		return richMarkup(o)
	}
	return o.Str("text")
}

// cellText is what a table's cell shows, as stored message text.
func cellText(o Object) string {
	switch o.Str("type") {
	case "rich_text":
		return richMarkup(o)
	case "action_cell":
		return o.Obj("element").Obj("text").Str("text")
	case "raw_number":
		if n, ok := o.Get("value").(json.Number); ok && !o.Has("text") {
			return n.String()
		}
	}
	return mrkdwn.Escape(o.Str("text"))
}

// richMarkup writes a rich text as message text.
func richMarkup(o Object) string {
	var b strings.Builder
	for _, v := range o.List("elements") {
		e, _ := v.(Object)
		if b.Len() > 0 && !strings.HasSuffix(b.String(), "\n") {
			b.WriteByte('\n')
		}
		switch e.Str("type") {
		case "rich_text_list":
			for _, v := range e.List("elements") {
				item, _ := v.(Object)
				b.WriteString("• ")
				writeParts(&b, item)
				b.WriteByte('\n')
			}
		case "rich_text_quote":
			b.WriteString("&gt; ")
			writeParts(&b, e)
		case "rich_text_preformatted":
			b.WriteString("```")
			writeParts(&b, e)
			b.WriteString("```")
		default:
			writeParts(&b, e)
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func writeParts(b *strings.Builder, section Object) {
	for _, v := range section.List("elements") {
		o, _ := v.(Object)
		switch o.Str("type") {
		case "user", "canvas_user_mention":
			b.WriteString("<@" + o.Str("user_id") + ">")
		case "channel":
			b.WriteString("<#" + o.Str("channel_id") + ">")
		case "usergroup":
			b.WriteString("<!subteam^" + o.Str("usergroup_id") + ">")
		case "broadcast":
			b.WriteString("<!" + o.Str("range") + ">")
		case "emoji":
			b.WriteString(":" + o.Str("name") + ":")
		case "color":
			b.WriteString(mrkdwn.Escape(o.Str("value")))
		case "date":
			b.WriteString(mrkdwn.Escape(o.Str("fallback")))
		case "link":
			if o.Str("text") != "" {
				b.WriteString("<" + mrkdwn.Escape(o.Str("url")) + "|" + mrkdwn.Escape(o.Str("text")) + ">")
			} else {
				b.WriteString("<" + mrkdwn.Escape(o.Str("url")) + ">")
			}
		default:
			b.WriteString(mrkdwn.Escape(o.Str("text")))
		}
	}
}
