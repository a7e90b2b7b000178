package blockkit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/mail"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"twinset.dev/twins/slack/internal/mrkdwn"
)

// Inputs is what a person put into a surface, by block_id and action_id: a string, a number, a list of strings, or
// the answer in the shape Slack gives it ({"selected_option": …}). Options may be named by their value; null takes
// a choice back.
type Inputs map[string]map[string]json.RawMessage

// An answer says where Slack keeps what was put into an element, and where the element says what it starts with.
type answer struct {
	member  string
	initial string
	list    bool
	read    func(e Object, v any) (any, string) // checks one value; says what is wrong with it
}

// answers holds every element that remembers something. Buttons and overflow menus do not.
//
// https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload
var answers = map[string]answer{
	"plain_text_input":           {"value", "initial_value", false, readText},
	"email_text_input":           {"value", "initial_value", false, readEmail},
	"url_text_input":             {"value", "initial_value", false, readURL},
	"number_input":               {"value", "initial_value", false, readNumber},
	"rich_text_input":            {"rich_text_value", "initial_value", false, readRichText},
	"static_select":              {"selected_option", "initial_option", false, readOption},
	"external_select":            {"selected_option", "initial_option", false, readForeignOption},
	"radio_buttons":              {"selected_option", "initial_option", false, readOption},
	"checkboxes":                 {"selected_options", "initial_options", true, readOption},
	"multi_static_select":        {"selected_options", "initial_options", true, readOption},
	"multi_external_select":      {"selected_options", "initial_options", true, readForeignOption},
	"users_select":               {"selected_user", "initial_user", false, readID},
	"conversations_select":       {"selected_conversation", "initial_conversation", false, readID},
	"channels_select":            {"selected_channel", "initial_channel", false, readID},
	"multi_users_select":         {"selected_users", "initial_users", true, readID},
	"multi_conversations_select": {"selected_conversations", "initial_conversations", true, readID},
	"multi_channels_select":      {"selected_channels", "initial_channels", true, readID},
	"datepicker":                 {"selected_date", "initial_date", false, readDate},
	"timepicker":                 {"selected_time", "initial_time", false, readTime},
	"datetimepicker":             {"selected_date_time", "initial_date_time", false, readDateTime},
	"file_input":                 {"files", "", true, readFile},
}

// InitialState is the state.values of blocks nobody has touched yet.
func InitialState(list Blocks) Object {
	values, _ := assemble(list, nil, false)
	return values
}

// State is the state.values of blocks into which somebody has put these inputs; what they left alone keeps its
// initial value. What Slack's client would not take is told by block_id.
func State(list Blocks, in Inputs) (Object, map[string]string) {
	return assemble(list, in, false)
}

// Submit is State for somebody who submits a view: inputs that are not optional must have been answered.
//
// https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload#view_submission
func Submit(list Blocks, in Inputs) (Object, map[string]string) {
	return assemble(list, in, true)
}

func assemble(list Blocks, in Inputs, submitting bool) (Object, map[string]string) {
	values := Object{}
	errs := map[string]string{}
	known := map[[2]string]bool{}
	for e := range Interactive(list) {
		a, ok := answers[e.Type()]
		if !ok {
			continue
		}
		known[[2]string{e.BlockID(), e.ActionID()}] = true
		v := e.Object.Get(a.initial)
		if raw, ok := in[e.BlockID()][e.ActionID()]; ok {
			given, wrong := e.put(raw)
			if wrong != "" {
				errs[e.BlockID()] = wrong
				continue
			}
			v = given
		}
		if a.list && v == nil {
			v = []any{}
		}
		if items, ok := v.([]any); submitting && (v == nil || v == "" || ok && len(items) == 0) &&
			e.Block.Str("type") == "input" && e.Block.Get("optional") != true {
			errs[e.BlockID()] = "this field is required"
			continue
		}
		kept := Object{{"type", e.Type()}}
		if e.Type() != "rich_text_input" || v != nil {
			kept = append(kept, Member{a.member, v})
		}
		if zone := e.Object.Get("timezone"); zone != nil {
			kept = append(kept, Member{"timezone", zone})
		}
		if n := len(values); n > 0 && values[n-1].Name == e.BlockID() {
			values[n-1].Value = append(values[n-1].Value.(Object), Member{e.ActionID(), kept})
		} else {
			values = append(values, Member{e.BlockID(), Object{{e.ActionID(), kept}}})
		}
	}
	for block, actions := range in {
		for action := range actions {
			if !known[[2]string{block, action}] {
				errs[block] = fmt.Sprintf("there is no input %q here", action)
			}
		}
	}
	if len(errs) > 0 {
		return nil, errs
	}
	return values, nil
}

// put reads what was put into an element, or says what is wrong with it.
func (e Element) put(raw json.RawMessage) (any, string) {
	v, err := decode(raw)
	if err != nil {
		return nil, "this is not JSON"
	}
	a := answers[e.Type()]
	if o, ok := v.(Object); ok && o.Has(a.member) {
		v = o.Get(a.member)
	}
	if !a.list {
		if v == nil {
			return nil, ""
		}
		return a.read(e.Object, v)
	}
	items, ok := v.([]any)
	if !ok {
		if v != nil {
			return nil, "a list is needed here"
		}
	}
	most := 0
	for _, name := range []string{"max_selected_items", "max_files"} {
		if n, ok := e.Object.Get(name).(json.Number); ok {
			i, _ := n.Int64()
			most = int(i)
		}
	}
	if e.Type() == "file_input" && most == 0 {
		most = 10
	}
	if most > 0 && len(items) > most {
		return nil, fmt.Sprintf("no more than %d can be chosen", most)
	}
	out := []any{}
	seen := map[string]bool{}
	for _, item := range items {
		got, wrong := a.read(e.Object, item)
		if wrong != "" {
			return nil, wrong
		}
		key, _ := json.Marshal(got)
		if !seen[string(key)] {
			out = append(out, got)
		}
		seen[string(key)] = true
	}
	return out, ""
}

func readText(e Object, v any) (any, string) {
	s, ok := v.(string)
	if !ok {
		return nil, "text is needed here"
	}
	n := int64(utf8.RuneCountInString(s))
	if low, ok := e.Get("min_length").(json.Number); ok {
		if low, _ := low.Int64(); n < low && n > 0 {
			return nil, fmt.Sprintf("at least %d characters are needed", low)
		}
	}
	high := int64(3000)
	if given, ok := e.Get("max_length").(json.Number); ok {
		high, _ = given.Int64()
	}
	if n > high {
		return nil, fmt.Sprintf("no more than %d characters fit", high)
	}
	if s == "" {
		return nil, ""
	}
	return s, ""
}

func readEmail(_ Object, v any) (any, string) {
	s, _ := v.(string)
	if v == "" {
		return nil, ""
	}
	at, err := mail.ParseAddress(s)
	if err != nil || at.Address != s || !strings.Contains(s[strings.LastIndexByte(s, '@'):], ".") {
		return nil, "an email address is needed here"
	}
	return s, ""
}

func readURL(_ Object, v any) (any, string) {
	s, _ := v.(string)
	if v == "" {
		return nil, ""
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || strings.ContainsAny(s, " \t\n") {
		return nil, "a URL is needed here"
	}
	return s, ""
}

func readNumber(e Object, v any) (any, string) {
	s, _ := v.(string)
	if n, ok := v.(json.Number); ok {
		s = n.String()
	}
	if v == "" {
		return nil, ""
	}
	decimal := e.Get("is_decimal_allowed") == true
	n, ok := parseNumber(s, decimal)
	switch {
	case !ok && decimal:
		return nil, "a number is needed here"
	case !ok:
		return nil, "a whole number is needed here"
	}
	if low, ok := parseNumber(e.Str("min_value"), true); ok && n.Cmp(low) < 0 {
		return nil, "the number must be at least " + e.Str("min_value")
	}
	if high, ok := parseNumber(e.Str("max_value"), true); ok && n.Cmp(high) > 0 {
		return nil, "the number must be at most " + e.Str("max_value")
	}
	return s, ""
}

func readRichText(_ Object, v any) (any, string) {
	if s, ok := v.(string); ok {
		if s == "" {
			return nil, ""
		}
		v, _ = decode(mrkdwn.RichText(mrkdwn.Store(s, mrkdwn.Options{})))
	}
	c := newCheck(Modal, nil)
	out := richValue(c, "", v)
	if len(c.errs) > 0 {
		return nil, "rich text is needed here"
	}
	return out, ""
}

// readOption finds the option that was meant among those offered.
func readOption(e Object, v any) (any, string) {
	value, ok := v.(string)
	if o, isOption := v.(Object); isOption {
		value, ok = o.Get("value").(string)
	}
	if !ok {
		return nil, "an option is needed here"
	}
	for _, offered := range options(e) {
		if offered.Str("value") == value {
			return slices.DeleteFunc(slices.Clone(offered), func(m Member) bool { return m.Name == "url" }), ""
		}
	}
	return nil, fmt.Sprintf("there is no option %q here", value)
}

// readForeignOption takes an option that the app offered when it was asked for some.
func readForeignOption(_ Object, v any) (any, string) {
	if s, ok := v.(string); ok {
		v = Object{{"text", Object{{"type", "plain_text"}, {"text", s}}}, {"value", s}}
	}
	c := newCheck(Modal, nil)
	out := plainOption(c, "", v)
	if len(c.errs) > 0 {
		return nil, "an option is needed here"
	}
	return out, ""
}

func readID(_ Object, v any) (any, string) {
	if s, ok := v.(string); ok && s != "" {
		return s, ""
	}
	return nil, "an id is needed here"
}

func readDate(_ Object, v any) (any, string) {
	s, _ := v.(string)
	if _, err := time.Parse("2006-01-02", s); err != nil {
		return nil, "a date like 2006-01-02 is needed here"
	}
	return s, ""
}

func readTime(_ Object, v any) (any, string) {
	s, _ := v.(string)
	if _, err := time.Parse("15:04", s); err != nil || len(s) != len("15:04") {
		return nil, "a time like 15:04 is needed here"
	}
	return s, ""
}

func readDateTime(_ Object, v any) (any, string) {
	n, _ := v.(json.Number)
	if i, err := n.Int64(); err != nil || i < 1_000_000_000 || i > 9_999_999_999 {
		return nil, "seconds since 1970 are needed here"
	}
	return n, ""
}

// readFile takes a file object; what kinds of file may be uploaded goes by its filetype.
func readFile(e Object, v any) (any, string) {
	o, ok := v.(Object)
	if !ok || o.Str("id") == "" {
		return nil, "a file is needed here"
	}
	if allowed := e.List("filetypes"); len(allowed) > 0 && !slices.Contains(allowed, any(o.Str("filetype"))) {
		b, _ := json.Marshal(allowed)
		return nil, "the file must be one of " + string(bytes.Trim(b, "[]"))
	}
	return o, ""
}
