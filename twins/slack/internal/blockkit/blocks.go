package blockkit

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"
)

// The blocks each surface takes.
//
// https://docs.slack.dev/reference/block-kit/blocks
var (
	everywhere = []string{"section", "actions", "context", "divider", "header", "image", "input", "rich_text", "video",
		"container", "layout", "auth_provider"}
	inMessages = append(slices.Clone(everywhere), "context_actions", "file", "markdown", "table", "data_table",
		"data_visualization", "task_card", "plan", "card", "carousel", "call")
	inModals = append(slices.Clone(everywhere), "alert")

	inContainers = []string{"actions", "context", "divider", "file", "header", "image", "input", "rich_text", "section",
		"table", "video", "layout"}
	inLayouts = []string{"context", "divider", "header", "image", "rich_text", "section", "table", "video", "actions",
		"alert", "card", "carousel", "container", "data_table", "data_visualization", "file", "input"}
	inFallbacks = []string{"context", "divider", "header", "image", "rich_text", "section", "table", "video"}
)

// blocks is every block by its type. It is filled at start because blocks hold blocks.
var blocks map[string]rule

func init() {
	blocks = map[string]rule{
		"section": related(block(
			opt("text", text(3000, both...)),
			opt("accessory", oneOf(elements, accessories...)),
			opt("fields", array(1, 10, text(2000, both...))),
			opt("expand", boolean),
		), func(c *check, at string, o Object) {
			if !o.Has("text") && !o.Has("fields") {
				c.refuse(at+"/section", "must define either `text` or `fields`")
			}
		}),
		"actions":         block(req("elements", array(1, 25, action))),
		"context":         block(req("elements", array(1, 10, contextElement))),
		"context_actions": block(req("elements", array(1, 5, oneOf(elements, contextActions...)))),
		"divider":         block(),
		"header":          block(req("text", text(150, plainOnly...)), opt("level", integer(1, 4))),
		"image":           image(blockID, opt("title", text(2000, plainOnly...))),
		"input": block(
			req("label", text(2000, plainOnly...)),
			or("optional", boolean, false),
			or("dispatch_action", boolean, false),
			opt("hint", text(2000, plainOnly...)),
			req("element", oneOf(elements, inputElements...)),
		),
		"file": block(req("external_id", str(1, 0)), req("source", enum("remote"))),
		"call": block(req("call_id", str(1, 0))),
		"video": block(
			req("title", text(200, plainOnly...)),
			opt("title_url", link(0, "https")),
			opt("description", text(200, plainOnly...)),
			req("video_url", link(0, "https")),
			req("thumbnail_url", link(0)),
			req("alt_text", str(1, 0)),
			opt("author_name", str(0, 50)),
			opt("provider_name", str(0, 0)),
			opt("provider_icon_url", link(0)),
		),
		"markdown":  object(kind, field{name: "block_id", rule: str(0, 255), drop: true}, req("text", markdown)),
		"rich_text": richText,

		"table": related(block(
			req("rows", array(1, 100, array(1, 20, cell))),
			opt("column_settings", array(0, 20, columnSetting)),
		), countCells),
		"data_table": related(block(
			req("caption", str(1, 0)),
			req("rows", array(2, 101, array(1, 20, cell))),
			opt("page_size", integer(1, 100)),
			opt("row_header_column_index", integer(0, math.MaxInt32)),
		), dataTable),
		"data_visualization": block(req("title", str(1, 50)), req("chart", oneOf(charts, "pie", "bar", "area", "line"))),

		"task_card": block(taskFields...),
		"plan":      block(req("title", str(1, 0)), opt("tasks", array(0, 0, task))),
		"alert": block(
			req("text", text(200, both...)),
			opt("level", enum("default", "info", "warning", "error", "success")),
		),
		"card": related(block(
			opt("hero_image", oneOf(elements, "image")),
			opt("icon", oneOf(elements, "image")),
			opt("slack_icon", slackIcon),
			opt("title", text(150, both...)),
			opt("subtitle", text(150, both...)),
			opt("body", text(200, both...)),
			opt("subtext", text(200, both...)),
			opt("actions", array(1, 3, oneOf(elements, "button"))),
		), func(c *check, at string, o Object) {
			if !o.Has("hero_image") && !o.Has("title") && !o.Has("actions") && !o.Has("body") {
				c.refuseRule(at, "must define at least one of `hero_image`, `title`, `actions` or `body`")
			}
			if o.Has("icon") && o.Has("slack_icon") {
				c.refuseRule(at, "must define either `icon` or `slack_icon`")
			}
		}),
		"carousel": block(req("elements", array(1, 10, child("card")))),
		"container": related(nesting("container", block(
			opt("title", text(150, plainOnly...)),
			opt("rich_text_title", richValue),
			opt("subtitle", text(150, both...)),
			opt("icon", oneOf(elements, "image")),
			opt("width", enum("narrow", "standard", "wide", "full")),
			opt("is_collapsible", boolean),
			opt("default_collapsed", boolean),
			opt("has_header_divider", boolean),
			req("child_blocks", array(1, 10, child(inContainers...))),
		)), func(c *check, at string, o Object) {
			if !o.Has("title") && !o.Has("rich_text_title") {
				c.refuseRule(at, "must define either `title` or `rich_text_title`")
			}
			if o.Get("has_header_divider") == true && o.Get("is_collapsible") == true {
				c.refuseRule(at+"/has_header_divider", "must not be true when `is_collapsible` is true")
			}
			if o.Get("default_collapsed") == true && o.Get("is_collapsible") != true {
				c.refuseRule(at+"/default_collapsed", "must not be true unless `is_collapsible` is true")
			}
		}),
		"layout": nesting("layout", block(
			req("label", str(1, 150)),
			req("rows", array(1, 5, object(req("items", array(1, 3, object(
				req("block", nestedBlock(child(inLayouts...))),
				opt("width", enum("narrow", "standard", "wide")),
				opt("horizontal_alignment", enum("start", "center", "end")),
			)))))),
			opt("is_label_visible", boolean),
			opt("grid_lines", enum("none", "rows", "outer")),
			or("fallback", array(0, 0, child(inFallbacks...)), []any{}),
		)),
		"auth_provider": block(
			req("value", str(1, 0)),
			req("name", text(3000, plainOnly...)),
			req("is_connected", boolean),
			opt("description", text(3000, plainOnly...)),
			opt("icon_url", link(0)),
			opt("auth_url", link(3000, "https")),
			opt("disconnect_url", link(3000, "https")),
			opt("connected_identity", text(3000, plainOnly...)),
			opt("connected_context", text(3000, plainOnly...)),
			opt("accessory", oneOf(elements, "overflow")),
			opt("fallback", array(0, 0, child(inFallbacks...))),
		),
	}
}

var blockID = field{name: "block_id", rule: uniqueBlock, id: true}

func uniqueBlock(c *check, at string, v any) any {
	str(0, 255)(c, at, v)
	c.then(func() {
		switch id := v.(string); {
		case id == "":
		case c.blockIDs[id]:
			c.refuseRule(at, "`block_id` %q already exists for another block", id)
		default:
			c.blockIDs[id] = true
		}
	})
	return v
}

// block is a block with these members besides its type and block_id. Its elements share one space of action_ids.
func block(fields ...field) rule {
	return scoped(object(append([]field{kind, blockID}, fields...)...))
}

func scoped(r rule) rule {
	return func(c *check, at string, v any) any {
		outer := c.actionIDs
		c.actionIDs = map[string]bool{}
		defer func() { c.actionIDs = outer }()
		return r(c, at, v)
	}
}

// child accepts a block of one of these types inside another block.
func child(names ...string) rule {
	return func(c *check, at string, v any) any { return oneOf(blocks, names...)(c, at, v) }
}

// nesting bounds how deep containers and layouts stand in each other.
func nesting(name string, r rule) rule {
	return func(c *check, at string, v any) any {
		if c.depth == 2 {
			c.refuse(at+"/type", "unsupported type: %s", name)
			return v
		}
		c.depth++
		defer func() { c.depth-- }()
		return r(c, at, v)
	}
}

func nestedBlock(r rule) rule {
	return func(c *check, at string, v any) any {
		c.nested++
		return r(c, at, v)
	}
}

// action is an element of an actions block. The schema knows multi-selects there; a rule refuses them.
func action(c *check, at string, v any) any {
	out := oneOf(elements, actionElements...)(c, at, v)
	c.then(func() {
		if slices.Contains(multis, out.(Object).Str("type")) {
			c.refuseRule(at+"/type", "unsupported element: multiselect")
		}
	})
	return out
}

func contextElement(c *check, at string, v any) any {
	return typed(c, at, v, func(name string) rule {
		switch name {
		case "image":
			return elements["image"]
		case "plain_text", "mrkdwn":
			return anyText
		}
		return nil
	})
}

// image is an image block or element: the picture is somewhere on the web or a file in Slack.
func image(fields ...field) rule {
	return related(object(slices.Concat([]field{kind}, fields, []field{
		opt("image_url", link(3000, "http", "https")),
		opt("slack_file", slackFile),
		req("alt_text", str(1, 2000)),
	})...), func(c *check, at string, o Object) { either(c, at, o, "image_url", "slack_file") })
}

// markdown is the text of a markdown block. All of a message's together are limited as one is.
func markdown(c *check, at string, v any) any {
	str(1, 12_000)(c, at, v)
	c.then(func() {
		n := utf8.RuneCountInString(v.(string))
		c.markdown += n
		if c.markdown > 12_000 {
			c.refuseRule(at, "must be less than 12001 characters")
		}
	})
	return v
}

// taskFields are the members of a task_card besides its type and block_id.
var taskFields = []field{
	req("task_id", str(1, 0)),
	req("title", str(1, 0)),
	opt("status", enum("pending", "in_progress", "complete", "error")),
	opt("details", richValue),
	opt("output", richValue),
	opt("sources", array(0, 0, object(req("type", enum("url")), req("url", link(0)), req("text", str(1, 0))))),
	opt("hide_title", boolean),
}

// task is a task_card in a plan, where its type may be left out.
func task(c *check, at string, v any) any {
	if o, ok := v.(Object); ok && !o.Has("type") {
		v = append(Object{{"type", "task_card"}}, o...)
	}
	return child("task_card")(c, at, v)
}

func columnSetting(c *check, at string, v any) any {
	if v == nil { // a column with nothing to set
		return nil
	}
	return object(opt("align", enum("left", "center", "right")), opt("is_wrapped", boolean))(c, at, v)
}

// cells is what a table's cells can be, and the member each must have.
var cells = []struct{ kind, member string }{
	{"rich_text", "elements"}, {"raw_text", "text"}, {"raw_number", "value"}, {"action_cell", "element"},
}

// cell is one cell of a table. Slack tries each kind, and when none fits it tells what each one missed.
func cell(c *check, at string, v any) any {
	o, ok := v.(Object)
	if !ok {
		c.refuse(at, "must provide an object")
		return v
	}
	var r rule
	plain := map[string]rule{
		"raw_text":   object(kind, req("text", str(1, 0))),
		"raw_number": object(kind, req("value", number), opt("text", str(1, 0))),
	}
	switch o.Str("type") {
	case "rich_text":
		r = richValue
	case "action_cell":
		r = scoped(object(kind, req("element", oneOf(elements, "button")), opt("fallback", oneOf(plain, "raw_text", "raw_number"))))
	default:
		r = plain[o.Str("type")]
	}
	before := len(c.errs)
	out := v
	if r != nil {
		out = r(c, at, v)
		if len(c.errs) == before {
			return out
		}
	}
	found := slices.Clone(c.errs[before:])
	c.errs = c.errs[:before]
	c.refuse(at, "failed to match any allowed schemas")
	for _, k := range cells {
		switch {
		case k.kind == o.Str("type"):
			c.errs = append(c.errs, found...)
		case !o.Has(k.member):
			c.refuse(at, "missing required field: %s", k.member)
		}
	}
	switch {
	case !o.Has("type"):
		c.refuse(at, "missing required field: type")
	case r == nil:
		c.refuse(at+"/type", "must be a valid enum value")
	}
	return out
}

// countCells holds all tables of a message together to 10,000 characters.
func countCells(c *check, at string, o Object) {
	for _, row := range o.List("rows") {
		for _, v := range row.([]any) {
			c.cells += textRunes(v)
		}
	}
	if c.cells > 10_000 {
		c.refuseRule(at+"/rows", "must be less than 10001 characters")
	}
}

// textRunes counts the characters of every text in a value.
func textRunes(v any) int {
	n := 0
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			n += textRunes(item)
		}
	case Object:
		for _, m := range v {
			if s, ok := m.Value.(string); ok && m.Name == "text" {
				n += utf8.RuneCountInString(s)
			} else {
				n += textRunes(m.Value)
			}
		}
	}
	return n
}

func dataTable(c *check, at string, o Object) {
	rows := o.List("rows")
	header := rows[0].([]any)
	for i, v := range header {
		if v.(Object).Str("type") == "rich_text" {
			c.refuseRule(at+"/rows/0/"+strconv.Itoa(i)+"/type", "unsupported type: rich_text")
		}
	}
	for i, row := range rows {
		if len(row.([]any)) != len(header) {
			c.refuseRule(at+"/rows/"+strconv.Itoa(i), "must provide %d items", len(header))
		}
	}
	index, _ := o.Get("row_header_column_index").(json.Number)
	if n, err := strconv.Atoi(string(index)); err == nil && n >= len(header) {
		c.refuseRule(at+"/row_header_column_index", "must be less than %d", len(header))
	}
	countCells(c, at, o)
}

// charts are the payloads of a data_visualization.
//
// https://docs.slack.dev/reference/block-kit/blocks/data-visualization-block
var charts = map[string]rule{
	"pie":  object(kind, req("segments", array(1, 6, object(req("label", str(1, 20)), req("value", positive))))),
	"bar":  seriesChart,
	"area": seriesChart,
	"line": seriesChart,
}

var seriesChart = related(object(kind,
	req("series", array(1, 6, object(
		req("name", str(1, 20)),
		req("data", array(1, 20, object(req("label", str(1, 20)), req("value", number)))),
	))),
	req("axis_config", object(
		req("categories", array(1, 0, str(1, 20))),
		opt("x_label", str(0, 50)),
		opt("y_label", str(0, 50)),
	)),
), func(c *check, at string, o Object) {
	categories := o.Obj("axis_config").List("categories")
	names := map[string]bool{}
	for i, v := range o.List("series") {
		series := v.(Object)
		at := at + "/series/" + strconv.Itoa(i)
		if name := series.Str("name"); names[name] {
			c.refuseRule(at+"/name", "must be unique")
		} else {
			names[name] = true
		}
		labels := map[string]bool{}
		for j, p := range series.List("data") {
			label := p.(Object).Str("label")
			if !slices.Contains(categories, any(label)) || labels[label] {
				c.refuseRule(at+"/data/"+strconv.Itoa(j)+"/label", "must be one of the provided categories")
			}
			labels[label] = true
		}
		if len(labels) < len(categories) {
			c.refuseRule(at+"/data", "must provide %d items", len(categories))
		}
	}
})

func positive(c *check, at string, v any) any {
	number(c, at, v)
	if n, ok := v.(json.Number); ok {
		if f, err := n.Float64(); err != nil || f <= 0 {
			c.refuse(at, "must be more than 0")
		}
	}
	return v
}
