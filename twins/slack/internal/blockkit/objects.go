package blockkit

import (
	"unicode/utf8"

	"twinset.dev/twins/slack/internal/mrkdwn"
)

// text accepts a text object of these types, of 1 to max characters.
//
// https://docs.slack.dev/reference/block-kit/composition-objects/text-object
func text(max int, types ...string) rule {
	plain, marked := all(plainText(max)), all(mrkdwnText(max))
	return textOf(plain, marked, types)
}

// anyText is a text object without limits of its own.
var anyText = textOf(plainText(3000), mrkdwnText(3000), both)

// The types of text that a place for text can take.
var (
	both      = []string{"plain_text", "mrkdwn"}
	plainOnly = []string{"plain_text"}
)

func textOf(plain, marked rule, types []string) rule {
	return oneOf(map[string]rule{"plain_text": plain, "mrkdwn": marked}, types...)
}

func plainText(max int) rule {
	r := object(kind, req("text", textLength(max)), or("emoji", boolean, true))
	return func(c *check, at string, v any) any {
		out := r(c, at, v).(Object)
		for i := range out {
			if s, ok := out[i].Value.(string); ok && out[i].Name == "text" {
				out[i].Value = mrkdwn.Literal(s)
			}
		}
		return out
	}
}

func mrkdwnText(max int) rule {
	r := object(kind, req("text", textLength(max)), or("verbatim", boolean, false))
	return func(c *check, at string, v any) any {
		out := r(c, at, v).(Object)
		o := mrkdwn.Options{}
		if out.Get("verbatim") == true {
			o.Parse = "none"
		}
		for i := range out {
			if s, ok := out[i].Value.(string); ok && out[i].Name == "text" {
				out[i].Value = mrkdwn.Store(s, o)
			}
		}
		return out
	}
}

// textLength is str for text that Slack escapes.
func textLength(max int) rule {
	return func(c *check, at string, v any) any {
		s, ok := v.(string)
		switch {
		case !ok:
			c.refuse(at, "must provide a string")
		case s == "":
			c.refuse(at, "must be more than 0 characters")
		case utf8.RuneCountInString(s) > max && mrkdwn.Length(s) > max:
			c.refuse(at, "must be less than %d characters", max+1)
		}
		return v
	}
}

// confirm is the dialog that asks before an action is taken.
//
// https://docs.slack.dev/reference/block-kit/composition-objects/confirmation-dialog-object
var confirm = object(
	opt("title", text(100, plainOnly...)),
	req("text", text(300, both...)),
	opt("confirm", text(30, plainOnly...)),
	opt("deny", text(30, plainOnly...)),
	opt("style", enum("primary", "danger")),
)

// option is one item to choose; only the options of an overflow menu have a URL.
//
// https://docs.slack.dev/reference/block-kit/composition-objects/option-object
func option(types []string, more ...field) rule {
	return object(append([]field{
		req("text", text(75, types...)),
		req("value", str(1, 150)),
		opt("description", text(75, types...)),
	}, more...)...)
}

var (
	plainOption = option(plainOnly)
	anyOption   = option(both)
)

// https://docs.slack.dev/reference/block-kit/composition-objects/option-group-object
var optionGroup = object(
	req("label", text(75, plainOnly...)),
	req("options", array(1, 100, plainOption)),
)

// https://docs.slack.dev/reference/block-kit/composition-objects/dispatch-action-configuration-object
var dispatchActionConfig = object(
	opt("trigger_actions_on", array(1, 2, enum("on_enter_pressed", "on_character_entered"))),
)

// onEnter is the dispatch_action_config Slack answers for a text input that came without one.
var onEnter = Object{{"trigger_actions_on", []any{"on_enter_pressed"}}}

// https://docs.slack.dev/reference/block-kit/composition-objects/conversation-filter-object
var conversationFilter = related(object(
	opt("include", array(1, 0, enum("im", "mpim", "private", "public"))),
	opt("exclude_external_shared_channels", boolean),
	opt("exclude_bot_users", boolean),
), func(c *check, at string, o Object) {
	if len(o) == 0 {
		c.refuseRule(at, "must define at least one of `include`, `exclude_external_shared_channels` or `exclude_bot_users`")
	}
})

// https://docs.slack.dev/reference/block-kit/composition-objects/slack-file-object
var slackFile = related(object(
	opt("id", str(1, 0)),
	opt("url", str(1, 0)),
), func(c *check, at string, o Object) { either(c, at, o, "id", "url") })

// https://docs.slack.dev/reference/block-kit/composition-objects/slack-icon-object
var slackIcon = object(
	req("type", enum("icon")),
	req("name", enum("archive", "book", "bookmark", "bot", "bug", "calendar", "call", "caret-left", "caret-right", "check",
		"clipboard", "code", "comment", "compass", "copy", "cube", "download", "edit", "email", "eye-closed", "eye-open",
		"file", "flag", "folder", "gear", "globe", "heart", "help", "image", "info", "key", "lightbulb", "link", "map",
		"mobile", "new-window", "pin", "plus", "refine", "refresh", "rocket", "save", "screen", "share", "sparkle", "star",
		"star-filled", "tag", "thumbs-down", "thumbs-up", "trash", "upload", "user", "warning")),
)

// https://docs.slack.dev/reference/block-kit/composition-objects/workflow-object
var workflow = object(req("trigger", object(
	req("url", link(0)),
	opt("customizable_input_parameters", array(0, 0, object(req("name", str(1, 0)), req("value", str(0, 0))))),
)))

// either holds an object to having exactly one of two members.
func either(c *check, at string, o Object, a, b string) {
	if o.Has(a) == o.Has(b) {
		c.refuseRule(at, "must define either `%s` or `%s`", a, b)
	}
}
