package blockkit

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"twinset.dev/twins/slack/internal/mrkdwn"
)

// MaxAttachments is how many attachments a message may have. Slack's error for more is too_many_attachments.
const MaxAttachments = 100

// What an attachment says where it cannot be shown and did not bring a fallback.
const (
	noPreview  = "[no preview available]"
	noFallback = "NO FALLBACK DEFINED"
)

// The members of an attachment that Slack keeps, in the order it answers them.
//
// https://docs.slack.dev/legacy/legacy-messaging/legacy-secondary-message-attachments
var (
	attachmentMarkup = []string{"pretext", "text"}
	attachmentTexts  = []string{"author_name", "author_subname", "title", "footer"}
	attachmentAsIs   = []string{"author_id", "author_link", "author_icon", "title_link", "image_url", "thumb_url", "footer_icon",
		"ts", "mrkdwn_in", "callback_id", "attachment_type", "service_name", "service_icon", "service_url", "from_url",
		"original_url", "video_html", "video_url", "video_html_width", "video_html_height", "is_app_unfurl", "app_unfurl_url",
		"preview", "hide_color", "hide_border"}

	// Slack takes blocks or these, and says invalid_keys to both.
	notWithBlocks = []string{"text", "title", "title_link", "fields", "actions", "callback_id", "indent"}
)

// colours are the names Slack has for some.
var colours = map[string]string{"good": "2eb886", "warning": "daa038", "danger": "a30200"}

// ValidateAttachments holds a message's attachments to Slack's rules. It returns them as Slack stores them, their
// fallbacks one to a line, or what Slack says of them under invalid_attachments.
//
// https://docs.slack.dev/legacy/legacy-messaging/legacy-secondary-message-attachments
func ValidateAttachments(raw json.RawMessage, random func(n int) string) (json.RawMessage, string, []string) {
	const at = "/attachments"
	c := newCheck(Message, random)
	raw = unwrap(raw)
	if len(raw) == 0 || string(raw) == "null" {
		raw = json.RawMessage("[]")
	}
	v, err := decode(raw)
	if err != nil {
		c.refuse(at, "must provide an array")
		return nil, "", c.errs
	}
	n := 0
	var fallbacks []string
	list := array(0, MaxAttachments, func(c *check, at string, v any) any {
		n++
		out, fallback := attachment(c, at, n, v)
		fallbacks = append(fallbacks, fallback)
		return out
	})(c, at, v)
	if !c.finish() {
		return nil, "", c.errs
	}
	b, err := encode(list)
	if err != nil {
		panic(err) // it was JSON a moment ago
	}
	return b, strings.Join(fallbacks, "\n"), nil
}

func attachment(c *check, at string, id int, v any) (Object, string) {
	o, ok := v.(Object)
	if !ok {
		c.refuse(at, "must provide an object")
		return nil, ""
	}
	out := Object{{"id", json.Number(strconv.Itoa(id))}}
	if o.Get("blocks") != nil {
		if slices.ContainsFunc(notWithBlocks, o.Has) {
			c.errs = append(c.errs, "[ERROR] invalid_keys")
		}
		list := c.list(at+"/blocks", o.Get("blocks"))
		out = append(out, Member{"blocks", list})
	}
	colour := strings.TrimPrefix(scalar(o.Get("color")), "#")
	if named, ok := colours[colour]; ok {
		colour = named
	}
	if colour != "" {
		out = append(out, Member{"color", colour})
	}
	fallback := fallbackOf(o)
	out = append(out, Member{"fallback", fallback})
	for _, name := range attachmentMarkup {
		if s := scalar(o.Get(name)); s != "" {
			out = append(out, Member{name, mrkdwn.Store(s, mrkdwn.Options{})})
		}
	}
	for _, name := range attachmentTexts {
		if s := scalar(o.Get(name)); s != "" {
			out = append(out, Member{name, mrkdwn.Literal(s)})
		}
	}
	for _, name := range attachmentAsIs {
		if v := o.Get(name); v != nil && v != "" {
			out = append(out, Member{name, v})
		}
	}
	if list, ok := o.Get("fields").([]any); ok {
		out = append(out, Member{"fields", attachmentFields(list)})
	}
	if v := o.Get("actions"); v != nil {
		if list := attachmentActions(c, at+"/actions", v); len(list) > 0 {
			out = append(out, Member{"actions", list})
		}
	}
	return out, fallback
}

// fallbackOf is what a client that cannot show an attachment says instead.
func fallbackOf(o Object) string {
	for _, name := range []string{"fallback", "text", "title", "pretext"} {
		if s := scalar(o.Get(name)); s != "" {
			return mrkdwn.Store(s, mrkdwn.Options{})
		}
	}
	if o.Get("blocks") != nil || o.Get("image_url") != nil {
		return noPreview
	}
	return noFallback
}

// scalar reads what legacy clients send where text belongs.
func scalar(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
}

func attachmentFields(list []any) []any {
	out := []any{}
	for _, v := range list {
		if o, ok := v.(Object); ok {
			short := o.Get("short")
			out = append(out, Object{
				{"title", mrkdwn.Literal(scalar(o.Get("title")))},
				{"value", mrkdwn.Store(scalar(o.Get("value")), mrkdwn.Options{})},
				{"short", short == true || short == "true" || short == json.Number("1")},
			})
		}
	}
	return out
}

// attachmentActions are the buttons and menus of interactive messages from before Block Kit, numbered from "1".
//
// https://docs.slack.dev/legacy/legacy-messaging/legacy-making-messages-interactive
func attachmentActions(c *check, at string, v any) []any {
	n := 0
	out, _ := array(0, 5, func(c *check, at string, v any) any {
		n++
		o, ok := v.(Object)
		if !ok {
			c.refuse(at, "must provide an object")
			return v
		}
		action := Object{{"id", strconv.Itoa(n)}}
		for _, name := range []string{"name", "text"} {
			action = append(action, Member{name, mrkdwn.Literal(scalar(o.Get(name)))})
		}
		kind := scalar(o.Get("type"))
		if kind == "" {
			c.refuse(at, "missing required field: type")
		} else if kind != "button" && kind != "select" {
			c.refuse(at+"/type", "unsupported type: %s", kind)
		}
		action = append(action, Member{"type", kind})
		if kind == "button" {
			action = append(action, Member{"value", scalar(o.Get("value"))}, Member{"style", scalar(o.Get("style"))})
		}
		if kind == "select" {
			source := scalar(o.Get("data_source"))
			if source == "" {
				source = "static"
			}
			action = append(action, Member{"data_source", source})
		}
		for _, name := range []string{"url", "options", "option_groups", "selected_options", "min_query_length"} {
			if v := o.Get(name); v != nil && v != "" {
				action = append(action, Member{name, v})
			}
		}
		if ask := o.Obj("confirm"); ask != nil {
			ok, dismiss := scalar(ask.Get("ok_text")), scalar(ask.Get("dismiss_text"))
			if ok == "" {
				ok = "Okay"
			}
			if dismiss == "" {
				dismiss = "Cancel"
			}
			action = append(action, Member{"confirm", Object{
				{"text", scalar(ask.Get("text"))}, {"title", scalar(ask.Get("title"))}, {"ok_text", ok}, {"dismiss_text", dismiss},
			}})
		}
		return action
	})(c, at, v).([]any)
	return out
}
