package blockkit

import "math"

// richText is a rich_text block. Its texts are raw: Slack escapes none of them.
//
// https://docs.slack.dev/reference/block-kit/blocks/rich-text-block
var richText = object(kind, blockID, richContent)

// richValue is a rich text that is not a block of its own: what is in an input, a title, a cell.
var richValue = oneOf(map[string]rule{"rich_text": object(kind, opt("block_id", str(0, 255)), richContent)}, "rich_text")

var richContent = req("elements", array(1, 0,
	oneOf(richElements, "rich_text_section", "rich_text_list", "rich_text_quote", "rich_text_preformatted")))

// The styles that parts of a rich text take. Only text and links can look like code.
var (
	textStyle = object(opt("bold", boolean), opt("italic", boolean), opt("strike", boolean), opt("code", boolean),
		opt("underline", boolean), opt("highlight", boolean), opt("client_highlight", boolean), opt("unlink", boolean))
	mentionStyle = object(opt("bold", boolean), opt("italic", boolean), opt("strike", boolean),
		opt("underline", boolean), opt("highlight", boolean), opt("client_highlight", boolean), opt("unlink", boolean))
)

var richElements = map[string]rule{
	"rich_text_section": richSection,
	"rich_text_list": object(kind,
		req("elements", array(0, 0, oneOf(map[string]rule{"rich_text_section": richSection}, "rich_text_section"))),
		req("style", enum("bullet", "ordered")),
		opt("indent", integer(0, 8)),
		opt("offset", integer(0, math.MaxInt32)),
		opt("border", integer(0, 1)),
	),
	"rich_text_quote": object(kind, req("elements", richSpans), opt("border", integer(0, 1))),
	"rich_text_preformatted": object(kind,
		req("elements", array(0, 0, oneOf(richParts, "text", "link"))),
		opt("border", integer(0, 1)),
		opt("language", str(1, 0)),
	),
}

var richSection = object(kind, req("elements", richSpans))

var richSpans = array(0, 0, func(c *check, at string, v any) any {
	return typed(c, at, v, func(name string) rule { return richParts[name] })
})

// richParts is everything a line of rich text is made of.
//
// https://docs.slack.dev/reference/block-kit/block-elements
var richParts = map[string]rule{
	"text":      styled(textStyle, req("text", str(1, 0))),
	"link":      styled(textStyle, req("url", str(1, 0)), opt("text", str(0, 0)), opt("unsafe", boolean), opt("from_llm", boolean), opt("is_slack_url", boolean), opt("truncated", boolean)),
	"user":      styled(mentionStyle, req("user_id", str(1, 0)), opt("from_llm", boolean)),
	"channel":   styled(mentionStyle, req("channel_id", str(1, 0)), opt("tab_id", str(0, 0)), opt("from_llm", boolean)),
	"usergroup": styled(mentionStyle, req("usergroup_id", str(1, 0))),
	"team":      styled(mentionStyle, req("team_id", str(1, 0))),
	"broadcast": styled(mentionStyle, req("range", enum("here", "channel", "everyone"))),
	"color":     styled(mentionStyle, req("value", str(1, 0))),
	"emoji":     styled(mentionStyle, req("name", str(1, 0)), opt("skin_tone", integer(1, 6)), opt("unicode", str(0, 0)), opt("url", str(0, 0))),
	"date": styled(mentionStyle, req("timestamp", integer(-1<<53, 1<<53)), req("format", str(1, 0)),
		opt("timezone", str(1, 0)), opt("url", str(0, 0)), opt("fallback", str(0, 0))),
	"tag": styled(mentionStyle, req("text", str(1, 0)),
		opt("color", enum("gray", "brown", "purple", "indigo", "blue", "green", "yellow", "orange", "red"))),
	"citation": object(kind, req("url", str(1, 0)), req("text", str(0, 0)), req("index", number), req("details", citation),
		opt("from_llm", boolean), opt("is_slack_url", boolean)),
	"attachment_mention": styled(mentionStyle, req("url", str(1, 0)), opt("text", str(0, 0)), opt("app_id", str(0, 0)),
		opt("entity_id", str(0, 0)), opt("icon_url", str(0, 0)), opt("channel_id", str(0, 0)), opt("ts", str(0, 0)),
		opt("full_size_preview_enabled", boolean), opt("icon_name", str(0, 0)), opt("reference_object_type", str(0, 0)),
		opt("product_name", str(0, 0))),
	"work_object_mention": styled(mentionStyle, req("entity_id", str(1, 0)), req("app_id", str(1, 0)), req("text", str(0, 0)),
		req("url", str(1, 0)), opt("icon_url", str(0, 0)), opt("full_size_preview_enabled", boolean), opt("product_name", str(0, 0))),
	"workflow_mention": styled(mentionStyle, req("workflow_id", str(1, 0)), req("function_trigger_id", str(1, 0)),
		req("text", str(0, 0)), opt("url", str(0, 0)), opt("channel_id", str(0, 0)), opt("ts", str(0, 0))),
	"salesforce_data_field": styled(mentionStyle, req("salesforce_record_id", str(1, 0)), opt("salesforce_field_label", str(0, 0)),
		opt("salesforce_field_api_name", str(0, 0)), opt("salesforce_include_field_label", boolean),
		opt("has_withheld_salesforce_field_names", boolean)),
	"canvas": styled(mentionStyle, req("file_id", str(1, 0)), opt("label", str(0, 0)), opt("hide_title", boolean),
		opt("section_id", str(0, 0)), opt("text", str(0, 0)), opt("url", str(0, 0)), opt("is_skill_invocation", boolean)),
	"canvas_user_mention":   styled(mentionStyle, req("user_id", str(1, 0)), opt("thread_id", str(0, 0))),
	"canvas_message_unfurl": styled(mentionStyle, req("root_message_channel", str(1, 0)), req("root_message_ts", str(1, 0))),
	"file": styled(mentionStyle, req("file_id", str(1, 0)), opt("text", str(0, 0)), opt("url", str(0, 0)),
		opt("is_skill_invocation", boolean)),
	"list_record": styled(mentionStyle, req("file_id", str(1, 0)), opt("record_id", str(0, 0)), opt("view_id", str(0, 0)),
		opt("text", str(0, 0)), opt("url", str(0, 0))),
	"message_mention": styled(mentionStyle, req("channel_id", str(1, 0)), req("message_ts", str(1, 0)), opt("author_id", str(0, 0)),
		opt("thread_ts", str(0, 0)), opt("text", str(0, 0)), opt("url", str(0, 0))),
}

func styled(style rule, fields ...field) rule {
	return object(append(append([]field{kind}, fields...), opt("style", style))...)
}

// citation is where a citation points, told apart by citation_type.
func citation(c *check, at string, v any) any {
	o, _ := v.(Object)
	name := req("citation_type", enum("file", "external", "web", "message", "memory"))
	switch o.Str("citation_type") {
	case "file":
		return object(name, req("file_id", str(1, 0)), opt("descriptor", str(0, 0)))(c, at, v)
	case "external":
		return object(name, req("app_name", str(1, 0)), req("app_icon_url", str(1, 0)))(c, at, v)
	case "web":
		return object(name, req("display_name", str(1, 0)), opt("title", str(0, 0)), opt("snippet", str(0, 0)))(c, at, v)
	case "message":
		return object(name, req("channel", str(1, 0)), req("message_ts", str(1, 0)))(c, at, v)
	case "memory":
		return object(name, req("memory_id", str(1, 0)))(c, at, v)
	}
	return object(name)(c, at, v)
}
