package blockkit

import (
	"encoding/json"
	"math"
	"math/big"
	"slices"
	"strconv"
	"time"
)

// The lists of element types that blocks take.
var (
	selects = []string{"static_select", "external_select", "users_select", "conversations_select", "channels_select"}
	multis  = []string{"multi_static_select", "multi_external_select", "multi_users_select",
		"multi_conversations_select", "multi_channels_select"}
	pickers = []string{"datepicker", "timepicker", "checkboxes", "radio_buttons"}
	buttons = []string{"button", "workflow_button", "overflow"}

	accessories    = slices.Concat(buttons, selects, multis, pickers, []string{"image"})
	actionElements = slices.Concat(buttons, selects, multis, pickers, []string{"datetimepicker", "rich_text_input"})
	inputElements  = slices.Concat(selects, multis, pickers, []string{"datetimepicker", "plain_text_input", "rich_text_input",
		"email_text_input", "url_text_input", "number_input", "file_input"})
	contextActions = []string{"feedback_buttons", "icon_button"}
)

// elements is every element by its type.
//
// https://docs.slack.dev/reference/block-kit/block-elements
var elements = map[string]rule{
	"button": element(
		req("text", text(75, plainOnly...)),
		opt("style", enum("primary", "danger")),
		opt("value", str(0, 2000)),
		opt("url", link(3000)),
		opt("confirm", confirm),
		opt("accessibility_label", str(1, 75)),
		opt("agent_prompt", str(1, 0)),
		opt("agent_prompt_display", str(1, 0)),
		opt("visible_to_user_ids", array(0, 0, str(1, 0))),
	),
	"workflow_button": element(
		req("text", text(75, plainOnly...)),
		req("workflow", workflow),
		opt("style", enum("primary", "danger")),
		opt("accessibility_label", str(1, 75)),
	),
	"overflow": element(
		req("options", array(1, 5, option(plainOnly, opt("url", link(3000))))),
		opt("confirm", confirm),
	),
	"feedback_buttons": element(
		req("positive_button", feedbackButton),
		req("negative_button", feedbackButton),
	),
	"icon_button": element(
		req("icon", enum("trash")),
		req("text", text(3000, plainOnly...)),
		opt("value", str(0, 2000)),
		opt("confirm", confirm),
		opt("accessibility_label", str(1, 75)),
		opt("visible_to_user_ids", array(0, 0, str(1, 0))),
	),
	"image": image(),

	"static_select": choosing(menu(
		opt("options", array(1, 100, plainOption)),
		opt("option_groups", array(1, 100, optionGroup)),
		opt("initial_option", plainOption),
	)),
	"external_select": menu(
		opt("initial_option", plainOption),
		opt("min_query_length", integer(0, math.MaxInt32)),
	),
	"users_select": menu(opt("initial_user", str(1, 0))),
	"conversations_select": menu(
		opt("initial_conversation", str(1, 0)),
		opt("default_to_current_conversation", boolean),
		opt("response_url_enabled", boolean),
		opt("filter", conversationFilter),
	),
	"channels_select": menu(
		opt("initial_channel", str(1, 0)),
		opt("response_url_enabled", boolean),
	),
	"multi_static_select": choosing(menu(
		opt("options", array(1, 100, plainOption)),
		opt("option_groups", array(1, 100, optionGroup)),
		opt("initial_options", array(0, 0, plainOption)),
		maxSelected,
	)),
	"multi_external_select": menu(
		opt("initial_options", array(0, 0, plainOption)),
		opt("min_query_length", integer(0, math.MaxInt32)),
		maxSelected,
	),
	"multi_users_select": menu(opt("initial_users", array(0, 0, str(1, 0))), maxSelected),
	"multi_conversations_select": menu(
		opt("initial_conversations", array(0, 0, str(1, 0))),
		opt("default_to_current_conversation", boolean),
		opt("filter", conversationFilter),
		maxSelected,
	),
	"multi_channels_select": menu(opt("initial_channels", array(0, 0, str(1, 0))), maxSelected),

	"checkboxes": choosing(element(
		req("options", array(1, 10, anyOption)),
		opt("initial_options", array(0, 0, anyOption)),
		opt("confirm", confirm),
		focus,
		opt("visible_to_user_ids", array(0, 0, str(1, 0))),
	)),
	"radio_buttons": choosing(element(
		req("options", array(1, 10, anyOption)),
		opt("initial_option", anyOption),
		opt("confirm", confirm),
		focus,
	)),
	"datepicker": element(
		placeholder,
		opt("initial_date", stamp("2006-01-02", "date")),
		opt("confirm", confirm),
		focus,
	),
	"timepicker": element(
		placeholder,
		opt("initial_time", stamp("15:04", "time")),
		opt("timezone", str(1, 0)),
		opt("confirm", confirm),
		focus,
	),
	"datetimepicker": element(
		opt("initial_date_time", integer(1_000_000_000, 9_999_999_999)),
		opt("confirm", confirm),
		focus,
	),

	"plain_text_input": related(element(
		placeholder,
		opt("initial_value", str(0, 3000)),
		opt("multiline", boolean),
		opt("min_length", integer(0, 3000)),
		opt("max_length", integer(1, 3000)),
		dispatch,
		focus,
	), func(c *check, at string, o Object) { ascending(c, at, o, "min_length", "max_length") }),
	"email_text_input": element(placeholder, opt("initial_value", str(0, 0)), dispatch, focus),
	"url_text_input":   element(placeholder, opt("initial_value", str(0, 0)), dispatch, focus),
	"number_input": related(element(
		req("is_decimal_allowed", boolean),
		placeholder,
		opt("initial_value", str(1, 0)),
		opt("min_value", str(1, 0)),
		opt("max_value", str(1, 0)),
		dispatch,
		focus,
	), numberInput),
	"rich_text_input": related(element(
		placeholder,
		opt("initial_value", richValue),
		opt("dispatch_action_config", dispatchActionConfig),
		focus,
		opt("min_lines", integer(1, 100)),
		opt("max_lines", integer(1, 100)),
	), func(c *check, at string, o Object) { ascending(c, at, o, "min_lines", "max_lines") }),
	"file_input": element(
		opt("filetypes", array(1, 0, str(1, 0))),
		opt("max_files", integer(1, 10)),
	),
}

// The members that several elements have.
var (
	actionID = field{name: "action_id", rule: uniqueAction, id: true}

	placeholder = opt("placeholder", text(150, plainOnly...))
	maxSelected = opt("max_selected_items", integer(1, math.MaxInt32))
	dispatch    = or("dispatch_action_config", dispatchActionConfig, onEnter)
	focus       = opt("focus_on_load", oneFocus)

	feedbackButton = object(
		req("text", text(75, plainOnly...)),
		req("value", str(1, 2000)),
		opt("accessibility_label", str(1, 75)),
	)
)

// element is an element with these members besides its type and action_id.
func element(fields ...field) rule {
	return object(append([]field{kind, actionID}, fields...)...)
}

// menu is an element that opens a list.
func menu(fields ...field) rule {
	return element(slices.Concat([]field{placeholder}, fields, []field{opt("confirm", confirm), focus})...)
}

func uniqueAction(c *check, at string, v any) any {
	str(0, 255)(c, at, v)
	seen := c.actionIDs
	c.then(func() {
		switch id := v.(string); {
		case id == "":
		case seen[id]:
			c.refuseRule(at, "`action_id` %q already exists for another element", id)
		default:
			seen[id] = true
		}
	})
	return v
}

func oneFocus(c *check, at string, v any) any {
	boolean(c, at, v)
	c.then(func() {
		if v == true && c.focused {
			c.refuseRule(at, "only one element can have `focus_on_load` set to true")
		}
		c.focused = c.focused || v == true
	})
	return v
}

// choosing holds the initial choice of an element to the choices it offers.
func choosing(r rule) rule {
	return related(r, func(c *check, at string, o Object) {
		if t := o.Str("type"); t == "static_select" || t == "multi_static_select" {
			either(c, at, o, "options", "option_groups")
		}
		offered := options(o)
		foreign := func(v any) bool {
			return !slices.ContainsFunc(offered, func(have Object) bool { return sameOption(have, v.(Object)) })
		}
		if initial := o.Get("initial_option"); initial != nil && foreign(initial) {
			c.refuseRule(at+"/initial_option", "must be one of the provided options")
		}
		// Choosing nothing is said by leaving initial_options out; Slack finds no option in an empty list.
		if initial, ok := o.Get("initial_options").([]any); ok && (len(initial) == 0 || slices.ContainsFunc(initial, foreign)) {
			c.refuseRule(at+"/initial_options", "must be one of the provided options")
		}
	})
}

// options lists the options of an element, those in groups too.
func options(o Object) []Object {
	var list []Object
	for _, v := range o.List("options") {
		if option, ok := v.(Object); ok {
			list = append(list, option)
		}
	}
	for _, g := range o.List("option_groups") {
		if group, ok := g.(Object); ok {
			list = append(list, options(group)...)
		}
	}
	return list
}

func sameOption(a, b Object) bool {
	return a.Str("value") == b.Str("value") && a.Obj("text").Str("text") == b.Obj("text").Str("text")
}

// stamp accepts a date or a time of day in one layout.
func stamp(layout, name string) rule {
	return func(c *check, at string, v any) any {
		str(1, 0)(c, at, v)
		c.then(func() {
			if _, err := time.Parse(layout, v.(string)); err != nil || len(v.(string)) != len(layout) {
				c.refuseRule(at, "invalid %s", name)
			}
		})
		return v
	}
}

func ascending(c *check, at string, o Object, low, high string) {
	a, okA := o.Get(low).(json.Number)
	b, okB := o.Get(high).(json.Number)
	if !okA || !okB {
		return
	}
	x, _ := strconv.Atoi(string(a))
	y, _ := strconv.Atoi(string(b))
	if x > y {
		c.refuseRule(at+"/"+low, "must be less than or equal to `%s`", high)
	}
}

// numberInput holds the numbers of a number_input, which are strings, to being numbers in order.
func numberInput(c *check, at string, o Object) {
	read := func(name string) *big.Rat {
		if !o.Has(name) {
			return nil
		}
		n, ok := parseNumber(o.Str(name), o.Get("is_decimal_allowed") == true)
		if !ok {
			c.refuseRule(at+"/"+name, "must be a valid number")
			return nil
		}
		return n
	}
	low, high, initial := read("min_value"), read("max_value"), read("initial_value")
	if low != nil && high != nil && low.Cmp(high) > 0 {
		c.refuseRule(at+"/min_value", "must be less than or equal to `max_value`")
	}
	if initial != nil && (low != nil && initial.Cmp(low) < 0 || high != nil && initial.Cmp(high) > 0) {
		c.refuseRule(at+"/initial_value", "must be between `min_value` and `max_value`")
	}
}

// parseNumber reads what a person or an app writes into a number_input: digits, a sign, one point.
func parseNumber(s string, decimal bool) (*big.Rat, bool) {
	if len(s) > 100 {
		return nil, false
	}
	points := 0
	for i := range len(s) {
		switch {
		case s[i] == '.':
			points++
		case s[i] == '-' && i == 0 && len(s) > 1:
		case s[i] < '0' || s[i] > '9':
			return nil, false
		}
	}
	if points > 1 || points == 1 && !decimal {
		return nil, false
	}
	return new(big.Rat).SetString(s)
}
