package blockkit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// numbered is a source of names that a test can foresee: n1, n2, …
func numbered() func(int) string {
	n := 0
	return func(int) string {
		n++
		return fmt.Sprintf("n%d", n)
	}
}

func render(t *testing.T, v any) string {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(b.String())
}

// many is n of an item, as they stand in an array.
func many(item string, n int) string { return strings.TrimSuffix(strings.Repeat(item+",", n), ",") }

func accepted(t *testing.T, surface Surface, raw string) Blocks {
	t.Helper()
	list, errs := Validate(surface, json.RawMessage(raw), numbered())
	if len(errs) > 0 {
		t.Fatalf("%s\nis refused: %s", raw, strings.Join(errs, "\n"))
	}
	return list
}

func sentences(format string, args ...any) []string {
	text := strings.TrimSpace(fmt.Sprintf(format, args...))
	if text == "" {
		return nil
	}
	var out []string
	for line := range strings.Lines(text) {
		out = append(out, "[ERROR] "+strings.TrimSpace(line))
	}
	return out
}

func refused(t *testing.T, surface Surface, raw string, want []string) {
	t.Helper()
	_, got := Validate(surface, json.RawMessage(raw), numbered())
	if !slices.Equal(got, want) {
		t.Errorf("%.300s\n got %s\nwant %s", raw, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
	}
}

// Pieces of payloads: small as they are sent, capital as they come back where that differs.
const (
	p = `{"type":"plain_text","text":"p"}`
	P = `{"type":"plain_text","text":"p","emoji":true}`
	m = `{"type":"mrkdwn","text":"m"}`
	M = `{"type":"mrkdwn","text":"m","verbatim":false}`
	o = `{"text":{"type":"plain_text","text":"p"},"value":"v"}`
	O = `{"text":{"type":"plain_text","text":"p","emoji":true},"value":"v"}`
	r = `{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"r"}]}]}`
	i = `{"type":"image","image_url":"https://x.y/i.png","alt_text":"i"}`
	b = `{"type":"button","action_id":"b","text":{"type":"plain_text","text":"p"}}`
	B = `{"type":"button","action_id":"b","text":{"type":"plain_text","text":"p","emoji":true}}`
)

// Every block, as little of it as Slack takes, and how it comes back.
func TestBlocks(t *testing.T) {
	cards := `{"type":"card","title":` + m + `}`
	for _, c := range []struct {
		surface Surface
		in, out string
	}{
		{Message, `{"type":"section","text":` + m + `}`, `{"type":"section","block_id":"n1","text":` + M + `}`},
		{Message, `{"text":` + p + `,"type":"section"}`, `{"type":"section","block_id":"n1","text":` + P + `}`},
		{Message, `{"type":"section","block_id":"s","fields":[` + m + `,` + p + `],"accessory":` + i + `,"expand":true}`,
			`{"type":"section","block_id":"s","accessory":` + i + `,"fields":[` + M + `,` + P + `],"expand":true}`},
		{Message, `{"type":"section","block_id":"","text":{"type":"mrkdwn","text":"http://x.y & <@U1>","verbatim":true}}`,
			`{"type":"section","block_id":"n1","text":{"type":"mrkdwn","text":"http://x.y &amp; <@U1>","verbatim":true}}`},
		{Message, `{"type":"section","text":{"type":"mrkdwn","text":"http://x.y & <b> <@U1> &lt;"}}`,
			`{"type":"section","block_id":"n1","text":{"type":"mrkdwn","text":"<http://x.y> &amp; &lt;b&gt; <@U1> &lt;","verbatim":false}}`},
		{Message, `{"type":"section","text":{"type":"plain_text","text":"http://x.y & <@U1> &lt;","emoji":false}}`,
			`{"type":"section","block_id":"n1","text":{"type":"plain_text","text":"http://x.y &amp; &lt;@U1&gt; &lt;","emoji":false}}`},
		{Message, `{"type":"actions","elements":[` + b + `]}`, `{"type":"actions","block_id":"n1","elements":[` + B + `]}`},
		{Message, `{"type":"actions","elements":[{"type":"button","text":` + p + `},{"type":"button","text":` + p + `}]}`,
			`{"type":"actions","block_id":"n3","elements":[{"type":"button","action_id":"n1","text":` + P + `},{"type":"button","action_id":"n2","text":` + P + `}]}`},
		{Message, `{"type":"context","elements":[` + m + `,` + p + `,` + i + `]}`, `{"type":"context","block_id":"n1","elements":[` + M + `,` + P + `,` + i + `]}`},
		{Message, `{"type":"context_actions","elements":[{"type":"feedback_buttons","action_id":"f","positive_button":{"text":` + p + `,"value":"+"},"negative_button":{"text":` + p + `,"value":"-"}},{"type":"icon_button","action_id":"i","icon":"trash","text":` + p + `}]}`,
			`{"type":"context_actions","block_id":"n1","elements":[{"type":"feedback_buttons","action_id":"f","positive_button":{"text":` + P + `,"value":"+"},"negative_button":{"text":` + P + `,"value":"-"}},{"type":"icon_button","action_id":"i","icon":"trash","text":` + P + `}]}`},
		{Home, `{"type":"divider"}`, `{"type":"divider","block_id":"n1"}`},
		{Home, `{"type":"header","text":` + p + `,"level":2}`, `{"type":"header","block_id":"n1","text":` + P + `,"level":2}`},
		{Modal, `{"type":"image","slack_file":{"id":"F1"},"alt_text":"i","title":` + p + `}`,
			`{"type":"image","block_id":"n1","title":` + P + `,"slack_file":{"id":"F1"},"alt_text":"i"}`},
		{Message, `{"type":"input","label":` + p + `,"element":{"type":"datepicker","action_id":"d"}}`,
			`{"type":"input","block_id":"n1","label":` + P + `,"optional":false,"dispatch_action":false,"element":{"type":"datepicker","action_id":"d"}}`},
		{Message, `{"type":"file","external_id":"e","source":"remote"}`, `{"type":"file","block_id":"n1","external_id":"e","source":"remote"}`},
		{Message, `{"type":"call","call_id":"R1"}`, `{"type":"call","block_id":"n1","call_id":"R1"}`},
		{Message, `{"type":"video","title":` + p + `,"video_url":"https://x.y/v","thumbnail_url":"https://x.y/t","alt_text":"v"}`,
			`{"type":"video","block_id":"n1","title":` + P + `,"video_url":"https://x.y/v","thumbnail_url":"https://x.y/t","alt_text":"v"}`},
		{Message, `{"type":"markdown","text":"# <a>","block_id":"gone"}`, `{"type":"markdown","text":"# <a>"}`},
		{Message, r, strings.Replace(r, `"rich_text",`, `"rich_text","block_id":"n1",`, 1)},
		{Message, `{"type":"table","rows":[[{"type":"raw_text","text":"<a>"},` + r + `,{"type":"raw_number","value":1.5}]],"column_settings":[{"align":"right","is_wrapped":true},null]}`,
			`{"type":"table","block_id":"n1","rows":[[{"type":"raw_text","text":"<a>"},` + r + `,{"type":"raw_number","value":1.5}]],"column_settings":[{"align":"right","is_wrapped":true},null]}`},
		{Message, `{"type":"data_table","caption":"c","rows":[[{"type":"raw_text","text":"h"}],[{"type":"action_cell","element":` + b + `}]]}`,
			`{"type":"data_table","block_id":"n1","caption":"c","rows":[[{"type":"raw_text","text":"h"}],[{"type":"action_cell","element":` + B + `}]]}`},
		{Message, `{"type":"data_visualization","title":"t","chart":{"type":"pie","segments":[{"label":"l","value":1}]}}`,
			`{"type":"data_visualization","block_id":"n1","title":"t","chart":{"type":"pie","segments":[{"label":"l","value":1}]}}`},
		{Message, `{"type":"data_visualization","title":"t","chart":{"type":"line","series":[{"name":"s","data":[{"label":"a","value":-1}]}],"axis_config":{"categories":["a"]}}}`,
			`{"type":"data_visualization","block_id":"n1","title":"t","chart":{"type":"line","series":[{"name":"s","data":[{"label":"a","value":-1}]}],"axis_config":{"categories":["a"]}}}`},
		{Message, `{"type":"task_card","task_id":"1","title":"t","status":"complete","details":` + r + `,"sources":[{"type":"url","url":"https://x.y","text":"x"}]}`,
			`{"type":"task_card","block_id":"n1","task_id":"1","title":"t","status":"complete","details":` + r + `,"sources":[{"type":"url","url":"https://x.y","text":"x"}]}`},
		{Message, `{"type":"plan","title":"t","tasks":[{"task_id":"1","title":"t"}]}`,
			`{"type":"plan","block_id":"n2","title":"t","tasks":[{"type":"task_card","block_id":"n1","task_id":"1","title":"t"}]}`},
		{Modal, `{"type":"alert","text":` + m + `,"level":"error"}`, `{"type":"alert","block_id":"n1","text":` + M + `,"level":"error"}`},
		{Message, `{"type":"card","title":` + m + `,"slack_icon":{"type":"icon","name":"rocket"},"actions":[` + b + `]}`,
			`{"type":"card","block_id":"n1","slack_icon":{"type":"icon","name":"rocket"},"title":` + M + `,"actions":[` + B + `]}`},
		{Message, `{"type":"carousel","elements":[` + cards + `]}`,
			`{"type":"carousel","block_id":"n2","elements":[{"type":"card","block_id":"n1","title":` + M + `}]}`},
		{Modal, `{"type":"container","title":` + p + `,"child_blocks":[{"type":"divider"}]}`,
			`{"type":"container","block_id":"n2","title":` + P + `,"child_blocks":[{"type":"divider","block_id":"n1"}]}`},
		{Message, `{"type":"layout","label":"l","rows":[{"items":[{"block":{"type":"divider"},"width":"wide"}]}]}`,
			`{"type":"layout","block_id":"n2","label":"l","rows":[{"items":[{"block":{"type":"divider","block_id":"n1"},"width":"wide"}]}],"fallback":[]}`},
		{Message, `{"type":"auth_provider","value":"v","name":` + p + `,"is_connected":false}`,
			`{"type":"auth_provider","block_id":"n1","value":"v","name":` + P + `,"is_connected":false}`},
	} {
		list := accepted(t, c.surface, "["+c.in+"]")
		if got := render(t, list); got != "["+c.out+"]" {
			t.Errorf("%s\n got %s\nwant [%s]", c.in, got, c.out)
		}
	}
}

// Every element where it belongs, and how it comes back.
func TestElements(t *testing.T) {
	options := `"options":[` + o + `]`
	Options := `"options":[` + O + `]`
	onEnter := `"dispatch_action_config":{"trigger_actions_on":["on_enter_pressed"]}`
	same := func(s string) [2]string { return [2]string{s, s} }
	for _, c := range [][2]string{
		same(`{"type":"checkboxes","action_id":"a","options":[{"text":` + M + `,"value":"v","description":` + P + `}]}`),
		{`{"type":"radio_buttons","action_id":"a",` + options + `,"initial_option":` + o + `}`, `{"type":"radio_buttons","action_id":"a",` + Options + `,"initial_option":` + O + `}`},
		same(`{"type":"datepicker","action_id":"a","initial_date":"2026-02-28"}`),
		same(`{"type":"timepicker","action_id":"a","initial_time":"23:59","timezone":"Europe/Lisbon"}`),
		same(`{"type":"datetimepicker","action_id":"a","initial_date_time":1628633820}`),
		{`{"type":"static_select","action_id":"a","placeholder":` + p + `,` + options + `}`, `{"type":"static_select","action_id":"a","placeholder":` + P + `,` + Options + `}`},
		{`{"type":"static_select","action_id":"a","option_groups":[{"label":` + p + `,` + options + `}],"initial_option":` + o + `}`,
			`{"type":"static_select","action_id":"a","option_groups":[{"label":` + P + `,` + Options + `}],"initial_option":` + O + `}`},
		same(`{"type":"external_select","action_id":"a","min_query_length":0}`),
		same(`{"type":"users_select","action_id":"a","initial_user":"U1"}`),
		same(`{"type":"conversations_select","action_id":"a","default_to_current_conversation":true,"filter":{"include":["im"],"exclude_bot_users":true}}`),
		same(`{"type":"channels_select","action_id":"a","initial_channel":"C1","response_url_enabled":true}`),
		{`{"type":"multi_static_select","action_id":"a",` + options + `,"initial_options":[` + o + `],"max_selected_items":1}`,
			`{"type":"multi_static_select","action_id":"a",` + Options + `,"initial_options":[` + O + `],"max_selected_items":1}`},
		same(`{"type":"multi_external_select","action_id":"a"}`),
		same(`{"type":"multi_users_select","action_id":"a","initial_users":["U1"]}`),
		same(`{"type":"multi_conversations_select","action_id":"a","initial_conversations":["C1"]}`),
		same(`{"type":"multi_channels_select","action_id":"a","initial_channels":["C1"],"focus_on_load":true}`),
		{`{"type":"plain_text_input"}`, `{"type":"plain_text_input","action_id":"n1",` + onEnter + `}`},
		same(`{"type":"plain_text_input","action_id":"a","initial_value":"<x>","multiline":true,"min_length":0,"max_length":3000,"dispatch_action_config":{"trigger_actions_on":["on_character_entered"]}}`),
		{`{"type":"email_text_input","action_id":"a"}`, `{"type":"email_text_input","action_id":"a",` + onEnter + `}`},
		{`{"type":"url_text_input","action_id":"a"}`, `{"type":"url_text_input","action_id":"a",` + onEnter + `}`},
		{`{"type":"number_input","action_id":"a","is_decimal_allowed":true,"min_value":"-1.5","max_value":"2"}`,
			`{"type":"number_input","action_id":"a","is_decimal_allowed":true,"min_value":"-1.5","max_value":"2",` + onEnter + `}`},
		same(`{"type":"rich_text_input","action_id":"a","initial_value":` + r + `,"min_lines":1,"max_lines":100}`),
		same(`{"type":"file_input","action_id":"a","filetypes":["pdf"],"max_files":10}`),
	} {
		list := accepted(t, Modal, `[{"type":"input","block_id":"b","label":`+p+`,"element":`+c[0]+`}]`)
		if got := render(t, list[0].Obj("element")); got != c[1] {
			t.Errorf("%s\n got %s\nwant %s", c[0], got, c[1])
		}
	}
	ask := `{"title":` + P + `,"text":` + M + `,"confirm":` + P + `,"deny":` + P + `,"style":"danger"}`
	for _, c := range [][2]string{
		same(`{"type":"button","action_id":"a","text":` + P + `,"style":"primary","value":"v","url":"https://x.y","confirm":` + ask + `,"accessibility_label":"l"}`),
		same(`{"type":"workflow_button","action_id":"a","text":` + P + `,"workflow":{"trigger":{"url":"https://x.y","customizable_input_parameters":[{"name":"n","value":"v"}]}}}`),
		same(`{"type":"overflow","action_id":"a","options":[{"text":` + P + `,"value":"v","url":"https://x.y"}]}`),
		same(`{"type":"timepicker","action_id":"a","confirm":{"text":` + P + `}}`),
	} {
		for _, block := range []string{`{"type":"actions","block_id":"b","elements":[%s]}`, `{"type":"section","block_id":"b","text":` + M + `,"accessory":%s}`} {
			want := fmt.Sprintf("["+block+"]", c[1])
			if got := render(t, accepted(t, Message, fmt.Sprintf("["+block+"]", c[0]))); got != want {
				t.Errorf("%s\n got %s\nwant %s", c[0], got, want)
			}
		}
	}
}

// These sentences have been seen in answers of the real service.
func TestSentences(t *testing.T) {
	long := func(n int) string { return strings.Repeat("x", n) }
	field := `{"type":"mrkdwn","text":"` + long(2001) + `"}`
	for _, c := range []struct{ in, want string }{
		{`[{"type":"foo"}]`, `unsupported type: foo [json-pointer:/blocks/0/type]`},
		{`[{"type":"section","text":{"type":"invalid","text":"t"}}]`, `unsupported type: invalid [json-pointer:/blocks/0/text/type]`},
		{`[{"type":"section","text":{"type":"mrkdwn","text":"` + long(3001) + `"}}]`,
			`failed to match all allowed schemas [json-pointer:/blocks/0/text]
			must be less than 3001 characters [json-pointer:/blocks/0/text/text]`},
		{`[{"type":"section","text":{"type":"mrkdwn","text":""}}]`,
			`failed to match all allowed schemas [json-pointer:/blocks/0/text]
			must be more than 0 characters [json-pointer:/blocks/0/text/text]`},
		{`[{"type":"section","text":` + p + `,"block_id":null,"accessory":null,"fields":null}]`,
			`must provide a string [json-pointer:/blocks/0/block_id]
			must provide an object [json-pointer:/blocks/0/accessory]
			must provide an array [json-pointer:/blocks/0/fields]`},
		{`[` + strings.Repeat(`{"type":"divider"},`, 50) + `{"type":"divider"}]`, `no more than 50 items allowed [json-pointer:/blocks]`},
		{`[{"type":"section","fields":[` + strings.Repeat(m+",", 10) + m + `]}]`, `no more than 10 items allowed [json-pointer:/blocks/0/fields]`},
		{`[{"type":"divider"},{"type":"actions","elements":[` + strings.Repeat(b+",", 25) + b + `]}]`, `no more than 25 items allowed [json-pointer:/blocks/1/elements]`},
		{`[{"type":"section","fields":[` + field + `]}]`,
			`failed to match all allowed schemas [json-pointer:/blocks/0/fields/0]
			must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]`},
		{`[{"type":"actions","elements":[{"type":"button","text":` + p + `,"disabled":true}]}]`, `invalid additional property: disabled [json-pointer:/blocks/0/elements/0]`},
		{`[{"type":"actions","elements":[{"type":"multi_static_select","options":[` + o + `]}]}]`, `unsupported element: multiselect [json-pointer:/blocks/0/elements/0/type]`},
		{`[{"type":"actions","elements":[{"type":"plain_text_input"}]}]`, `unsupported type: plain_text_input [json-pointer:/blocks/0/elements/0/type]`},
		{`[{"type":"input","label":` + p + `,"element":{"type":"checkboxes","options":[` + o + `],"max_selected_items":1}}]`,
			`invalid additional property: max_selected_items [json-pointer:/blocks/0/element]`},
		{`[{"type":"section","text":` + p + `,"accessory":{"type":"static_select","options":[{"text":` + p + `,"value":"v","url":""}]}}]`,
			`invalid additional property: url [json-pointer:/blocks/0/accessory/options/0]`},
		{`[{"type":"section","text":` + p + `,"accessory":{"type":"image","image_url":"","alt_text":"a","slack_file":{"id":"F1"}}}]`,
			`must be more than 0 characters [json-pointer:/blocks/0/accessory/image_url]`},
		{`[{"type":"section","text":` + p + `,"accessory":{"type":"overflow","options":[]}}]`, `must provide at least 1 items [json-pointer:/blocks/0/accessory/options]`},
		{`[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":""}]}]}]`,
			`must be more than 0 characters [json-pointer:/blocks/0/elements/0/elements/0/text]`},
		{`[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text"}]}]}]`,
			`missing required field: text [json-pointer:/blocks/0/elements/0/elements/0]`},
		{`[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"user","user_id":"U1","style":{"code":false}}]}]}]`,
			`invalid additional property: code [json-pointer:/blocks/0/elements/0/elements/0/style]`},
		{`[{"type":"table","rows":[[{"type":"raw_text","text":""}]]}]`,
			`failed to match any allowed schemas [json-pointer:/blocks/0/rows/0/0]
			missing required field: elements [json-pointer:/blocks/0/rows/0/0]
			must be more than 0 characters [json-pointer:/blocks/0/rows/0/0/text]
			missing required field: value [json-pointer:/blocks/0/rows/0/0]
			missing required field: element [json-pointer:/blocks/0/rows/0/0]`},
	} {
		refused(t, Message, c.in, sentences("%s", c.want))
	}
	refused(t, Message, `[{"type":"section","text":{"type":"mrkdwn","text":"t","emoji":true}}]`, sentences(
		`failed to match all allowed schemas [json-pointer:/blocks/0/text]
		invalid additional property: emoji [json-pointer:/blocks/0/text]`))
}

// What the schema says about the kind of every value.
func TestKinds(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{`{}`, `must provide an array [json-pointer:/blocks]`},
		{`[1]`, `must provide an object [json-pointer:/blocks/0]`},
		{`[null]`, `must provide an object [json-pointer:/blocks/0]`},
		{`[{}]`, `missing required field: type [json-pointer:/blocks/0]`},
		{`[{"type":1}]`, `must provide a string [json-pointer:/blocks/0/type]`},
		{`not JSON`, `must provide an array [json-pointer:/blocks]`},
		{`[{"type":"divider","x":1,"y":2}]`, "invalid additional property: x [json-pointer:/blocks/0]\ninvalid additional property: y [json-pointer:/blocks/0]"},
		{`[{"type":"header"}]`, `missing required field: text [json-pointer:/blocks/0]`},
		{`[{"type":"header","text":"t"}]`, `must provide an object [json-pointer:/blocks/0/text]`},
		{`[{"type":"header","text":` + m + `}]`, `unsupported type: mrkdwn [json-pointer:/blocks/0/text/type]`},
		{`[{"type":"header","text":` + p + `,"level":"1"}]`, `must provide an integer [json-pointer:/blocks/0/level]`},
		{`[{"type":"header","text":` + p + `,"level":1.5}]`, `must provide an integer [json-pointer:/blocks/0/level]`},
		{`[{"type":"section","text":` + p + `,"expand":"yes"}]`, `must provide a boolean [json-pointer:/blocks/0/expand]`},
		{`[{"type":"section","text":{"type":"plain_text"}}]`, "failed to match all allowed schemas [json-pointer:/blocks/0/text]\nmissing required field: text [json-pointer:/blocks/0/text]"},
		{`[{"type":"section","text":{"type":"plain_text","text":1,"verbatim":true}}]`, "failed to match all allowed schemas [json-pointer:/blocks/0/text]\nmust provide a string [json-pointer:/blocks/0/text/text]\ninvalid additional property: verbatim [json-pointer:/blocks/0/text]"},
		{`[{"type":"context","elements":[{"type":"mrkdwn","text":""}]}]`, `must be more than 0 characters [json-pointer:/blocks/0/elements/0/text]`},
		{`[{"type":"context","elements":[` + b + `]}]`, `unsupported type: button [json-pointer:/blocks/0/elements/0/type]`},
		{`[{"type":"actions","elements":[{"type":"button","text":` + p + `,"style":"default"}]}]`, `must be a valid enum value [json-pointer:/blocks/0/elements/0/style]`},
		{`[{"type":"actions","elements":[{"type":"button"}]}]`, `missing required field: text [json-pointer:/blocks/0/elements/0]`},
		{`[{"type":"input","element":{"type":"button","text":` + p + `}}]`, "missing required field: label [json-pointer:/blocks/0]\nunsupported type: button [json-pointer:/blocks/0/element/type]"},
		{`[{"type":"input","label":` + p + `,"element":{"type":"number_input"}}]`, `missing required field: is_decimal_allowed [json-pointer:/blocks/0/element]`},
		{`[{"type":"section","text":` + p + `,"accessory":{"type":"datetimepicker"}}]`, `unsupported type: datetimepicker [json-pointer:/blocks/0/accessory/type]`},
		{`[{"type":"image","image_url":"https://x.y"}]`, `missing required field: alt_text [json-pointer:/blocks/0]`},
		{`[{"type":"rich_text","elements":[{"type":"rich_text_list","elements":[],"style":"dotted"}]}]`, `must be a valid enum value [json-pointer:/blocks/0/elements/0/style]`},
		{`[{"type":"rich_text","elements":[{"type":"rich_text_preformatted","elements":[],"border":3}]}]`, `must be less than 2 [json-pointer:/blocks/0/elements/0/border]`},
		{`[{"type":"rich_text","elements":[{"type":"rich_text_preformatted","elements":[{"type":"user","user_id":"U1"}]}]}]`, `unsupported type: user [json-pointer:/blocks/0/elements/0/elements/0/type]`},
		{`[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"citation","url":"u","text":"t","index":0.5,"details":{"citation_type":"web"}}]}]}]`, `missing required field: display_name [json-pointer:/blocks/0/elements/0/elements/0/details]`},
		{`[{"type":"table","rows":[[{"type":"odd"}]]}]`, `failed to match any allowed schemas [json-pointer:/blocks/0/rows/0/0]
			missing required field: elements [json-pointer:/blocks/0/rows/0/0]
			missing required field: text [json-pointer:/blocks/0/rows/0/0]
			missing required field: value [json-pointer:/blocks/0/rows/0/0]
			missing required field: element [json-pointer:/blocks/0/rows/0/0]
			must be a valid enum value [json-pointer:/blocks/0/rows/0/0/type]`},
		{`[{"type":"data_visualization","title":"t","chart":{"type":"pie","segments":[{"label":"l","value":0}]}}]`, `must be more than 0 [json-pointer:/blocks/0/chart/segments/0/value]`},
		{`[{"type":"carousel","elements":[{"type":"divider"}]}]`, `unsupported type: divider [json-pointer:/blocks/0/elements/0/type]`},
		{`[{"type":"container","title":` + p + `,"child_blocks":[{"type":"card","title":` + m + `}]}]`, `unsupported type: card [json-pointer:/blocks/0/child_blocks/0/type]`},
		{`[{"type":"layout","label":"l","rows":[{"items":[{}]}]}]`, `missing required field: block [json-pointer:/blocks/0/rows/0/items/0]`},
	} {
		refused(t, Message, c.in, sentences("%s", c.want))
	}
}

// Every limit, at it and one beyond.
func TestLimits(t *testing.T) {
	text := func(n int) string { return strings.Repeat("é", n) }
	list := func(item string) func(int) string {
		return func(n int) string { return many(item, n) }
	}
	plain := func(n int) string { return `{"type":"plain_text","text":"` + text(n) + `"}` }
	quoted := func(n int) string { return `"` + text(n) + `"` }
	address := func(n int) string { return `"https://x.y/` + strings.Repeat("z", n-len("https://x.y/")) + `"` }
	digits := func(n int) string { return fmt.Sprint(n) }
	chart := `{"type":"bar","series":[{"name":"s","data":[{"label":"a","value":1}]}],"axis_config":{"categories":["a"],"x_label":%s%s}}`
	input := `{"type":"input","label":` + p + `,"element":%s}`
	accessory := `{"type":"section","text":` + p + `,"accessory":%s}`
	const deep, flat, items, number = 0, 1, 2, 3
	for _, c := range []struct {
		block string
		make  func(int) string
		max   int
		kind  int
		at    string
	}{
		{`{"type":"section","text":%s}`, plain, 3000, deep, "/text"},
		{`{"type":"section","fields":[%s]}`, plain, 2000, deep, "/fields/0"},
		{`{"type":"section","fields":[%s]}`, list(p), 10, items, "/fields"},
		{`{"type":"divider","block_id":%s}`, quoted, 255, flat, "/block_id"},
		{`{"type":"header","text":%s}`, plain, 150, deep, "/text"},
		{`{"type":"context","elements":[%s]}`, list(m), 10, items, "/elements"},
		{`{"type":"actions","elements":[%s]}`, list(`{"type":"datepicker"}`), 25, items, "/elements"},
		{`{"type":"context_actions","elements":[%s]}`, list(`{"type":"icon_button","icon":"trash","text":` + p + `}`), 5, items, "/elements"},
		{`{"type":"image","image_url":"https://x.y","alt_text":%s}`, quoted, 2000, flat, "/alt_text"},
		{`{"type":"image","image_url":%s,"alt_text":"i"}`, address, 3000, flat, "/image_url"},
		{`{"type":"image","image_url":"https://x.y","alt_text":"i","title":%s}`, plain, 2000, deep, "/title"},
		{`{"type":"input","label":%s,"element":{"type":"datepicker"}}`, plain, 2000, deep, "/label"},
		{`{"type":"input","label":` + p + `,"hint":%s,"element":{"type":"datepicker"}}`, plain, 2000, deep, "/hint"},
		{`{"type":"markdown","text":%s}`, quoted, 12000, flat, "/text"},
		{`{"type":"video","title":%s,"video_url":"https://x.y/v","thumbnail_url":"https://x.y/t","alt_text":"v"}`, plain, 200, deep, "/title"},
		{`{"type":"video","title":` + p + `,"author_name":%s,"video_url":"https://x.y/v","thumbnail_url":"https://x.y/t","alt_text":"v"}`, quoted, 50, flat, "/author_name"},
		{`{"type":"table","rows":[%s]}`, list(`[{"type":"raw_text","text":"t"}]`), 100, items, "/rows"},
		{`{"type":"table","rows":[[%s]]}`, list(`{"type":"raw_text","text":"t"}`), 20, items, "/rows/0"},
		{`{"type":"table","rows":[[{"type":"raw_text","text":"t"}]],"column_settings":[%s]}`, list(`null`), 20, items, "/column_settings"},
		{`{"type":"data_table","caption":"c","rows":[%s]}`, list(`[{"type":"raw_text","text":"t"}]`), 101, items, "/rows"},
		{`{"type":"data_visualization","title":%s,"chart":{"type":"pie","segments":[{"label":"l","value":1}]}}`, quoted, 50, flat, "/title"},
		{`{"type":"data_visualization","title":"t","chart":{"type":"pie","segments":[{"label":%s,"value":1}]}}`, quoted, 20, flat, "/chart/segments/0/label"},
		{`{"type":"data_visualization","title":"t","chart":{"type":"pie","segments":[%s]}}`, list(`{"label":"l","value":1}`), 6, items, "/chart/segments"},
		{`{"type":"card","title":%s}`, plain, 150, deep, "/title"},
		{`{"type":"card","body":%s}`, plain, 200, deep, "/body"},
		{`{"type":"card","actions":[%s]}`, list(`{"type":"button","text":` + p + `}`), 3, items, "/actions"},
		{`{"type":"carousel","elements":[%s]}`, list(`{"type":"card","title":` + m + `}`), 10, items, "/elements"},
		{`{"type":"container","title":%s,"child_blocks":[{"type":"divider"}]}`, plain, 150, deep, "/title"},
		{`{"type":"container","title":` + p + `,"child_blocks":[%s]}`, list(`{"type":"divider"}`), 10, items, "/child_blocks"},
		{`{"type":"layout","label":%s,"rows":[{"items":[{"block":{"type":"divider"}}]}]}`, quoted, 150, flat, "/label"},
		{`{"type":"layout","label":"l","rows":[%s]}`, list(`{"items":[{"block":{"type":"divider"}}]}`), 5, items, "/rows"},
		{`{"type":"layout","label":"l","rows":[{"items":[%s]}]}`, list(`{"block":{"type":"divider"}}`), 3, items, "/rows/0/items"},

		{fmt.Sprintf(accessory, `{"type":"button","text":%s}`), plain, 75, deep, "/accessory/text"},
		{fmt.Sprintf(accessory, `{"type":"button","text":`+p+`,"value":%s}`), quoted, 2000, flat, "/accessory/value"},
		{fmt.Sprintf(accessory, `{"type":"button","text":`+p+`,"url":%s}`), address, 3000, flat, "/accessory/url"},
		{fmt.Sprintf(accessory, `{"type":"button","text":`+p+`,"action_id":%s}`), quoted, 255, flat, "/accessory/action_id"},
		{fmt.Sprintf(accessory, `{"type":"button","text":`+p+`,"accessibility_label":%s}`), quoted, 75, flat, "/accessory/accessibility_label"},
		{fmt.Sprintf(accessory, `{"type":"button","text":`+p+`,"confirm":{"text":`+p+`,"title":%s}}`), plain, 100, deep, "/accessory/confirm/title"},
		{fmt.Sprintf(accessory, `{"type":"button","text":`+p+`,"confirm":{"text":%s}}`), plain, 300, deep, "/accessory/confirm/text"},
		{fmt.Sprintf(accessory, `{"type":"button","text":`+p+`,"confirm":{"text":`+p+`,"deny":%s}}`), plain, 30, deep, "/accessory/confirm/deny"},
		{fmt.Sprintf(accessory, `{"type":"overflow","options":[%s]}`), list(o), 5, items, "/accessory/options"},
		{fmt.Sprintf(accessory, `{"type":"checkboxes","options":[%s]}`), list(o), 10, items, "/accessory/options"},
		{fmt.Sprintf(accessory, `{"type":"radio_buttons","options":[%s]}`), list(o), 10, items, "/accessory/options"},
		{fmt.Sprintf(accessory, `{"type":"static_select","options":[%s]}`), list(o), 100, items, "/accessory/options"},
		{fmt.Sprintf(accessory, `{"type":"multi_static_select","options":[%s]}`), list(o), 100, items, "/accessory/options"},
		{fmt.Sprintf(accessory, `{"type":"static_select","option_groups":[%s]}`), list(`{"label":` + p + `,"options":[` + o + `]}`), 100, items, "/accessory/option_groups"},
		{fmt.Sprintf(accessory, `{"type":"static_select","option_groups":[{"label":%s,"options":[`+o+`]}]}`), plain, 75, deep, "/accessory/option_groups/0/label"},
		{fmt.Sprintf(accessory, `{"type":"static_select","option_groups":[{"label":`+p+`,"options":[%s]}]}`), list(o), 100, items, "/accessory/option_groups/0/options"},
		{fmt.Sprintf(accessory, `{"type":"static_select","options":[{"text":%s,"value":"v"}]}`), plain, 75, deep, "/accessory/options/0/text"},
		{fmt.Sprintf(accessory, `{"type":"static_select","options":[{"text":`+p+`,"value":%s}]}`), quoted, 150, flat, "/accessory/options/0/value"},
		{fmt.Sprintf(accessory, `{"type":"static_select","options":[{"text":`+p+`,"value":"v","description":%s}]}`), plain, 75, deep, "/accessory/options/0/description"},
		{fmt.Sprintf(accessory, `{"type":"users_select","placeholder":%s}`), plain, 150, deep, "/accessory/placeholder"},
		{fmt.Sprintf(input, `{"type":"plain_text_input","initial_value":%s}`), quoted, 3000, flat, "/element/initial_value"},
		{fmt.Sprintf(input, `{"type":"plain_text_input","max_length":%s}`), digits, 3000, number, "/element/max_length"},
		{fmt.Sprintf(input, `{"type":"plain_text_input","min_length":%s}`), digits, 3000, number, "/element/min_length"},
		{`{"type":"header","text":` + p + `,"level":%s}`, digits, 4, number, "/level"},
		{`{"type":"video","title":` + p + `,"description":%s,"video_url":"https://x.y/v","thumbnail_url":"https://x.y/t","alt_text":"v"}`, plain, 200, deep, "/description"},
		{`{"type":"data_table","caption":"c","rows":[[{"type":"raw_text","text":"t"}],[{"type":"raw_text","text":"t"}]],"page_size":%s}`, digits, 100, number, "/page_size"},
		{`{"type":"data_visualization","title":"t","chart":` + fmt.Sprintf(chart, `%s`, ``) + `}`, quoted, 50, flat, "/chart/axis_config/x_label"},
		{`{"type":"data_visualization","title":"t","chart":` + fmt.Sprintf(chart, `""`, `,"y_label":%s`) + `}`, quoted, 50, flat, "/chart/axis_config/y_label"},
		{`{"type":"data_visualization","title":"t","chart":{"type":"bar","series":[{"name":%s,"data":[{"label":"a","value":1}]}],"axis_config":{"categories":["a"]}}}`, quoted, 20, flat, "/chart/series/0/name"},
		{`{"type":"card","title":` + m + `,"subtitle":%s}`, plain, 150, deep, "/subtitle"},
		{`{"type":"card","title":` + m + `,"subtext":%s}`, plain, 200, deep, "/subtext"},
		{`{"type":"container","title":` + p + `,"subtitle":%s,"child_blocks":[{"type":"divider"}]}`, plain, 150, deep, "/subtitle"},
		{`{"type":"auth_provider","value":"v","name":` + p + `,"is_connected":true,"auth_url":%s}`, address, 3000, flat, "/auth_url"},
		{`{"type":"actions","elements":[{"type":"workflow_button","text":%s,"workflow":{"trigger":{"url":"https://x.y"}}}]}`, plain, 75, deep, "/elements/0/text"},
		{`{"type":"actions","elements":[{"type":"overflow","options":[{"text":` + p + `,"value":"v","url":%s}]}]}`, address, 3000, flat, "/elements/0/options/0/url"},
		{`{"type":"context_actions","elements":[{"type":"icon_button","icon":"trash","text":` + p + `,"value":%s}]}`, quoted, 2000, flat, "/elements/0/value"},
		{`{"type":"context_actions","elements":[{"type":"icon_button","icon":"trash","text":` + p + `,"accessibility_label":%s}]}`, quoted, 75, flat, "/elements/0/accessibility_label"},
		{`{"type":"context_actions","elements":[{"type":"feedback_buttons","positive_button":{"text":%s,"value":"+"},"negative_button":{"text":` + p + `,"value":"-"}}]}`, plain, 75, deep, "/elements/0/positive_button/text"},
		{`{"type":"context_actions","elements":[{"type":"feedback_buttons","positive_button":{"text":` + p + `,"value":%s},"negative_button":{"text":` + p + `,"value":"-"}}]}`, quoted, 2000, flat, "/elements/0/positive_button/value"},
		{`{"type":"rich_text","elements":[{"type":"rich_text_list","style":"ordered","elements":[],"indent":%s}]}`, digits, 8, number, "/elements/0/indent"},
		{`{"type":"rich_text","elements":[{"type":"rich_text_list","style":"ordered","elements":[],"border":%s}]}`, digits, 1, number, "/elements/0/border"},
		{`{"type":"rich_text","elements":[{"type":"rich_text_quote","elements":[],"border":%s}]}`, digits, 1, number, "/elements/0/border"},
		{fmt.Sprintf(accessory, `{"type":"button","text":`+p+`,"confirm":{"text":`+p+`,"confirm":%s}}`), plain, 30, deep, "/accessory/confirm/confirm"},
		{fmt.Sprintf(accessory, `{"type":"multi_static_select","option_groups":[%s]}`), list(`{"label":` + p + `,"options":[` + o + `]}`), 100, items, "/accessory/option_groups"},
		{fmt.Sprintf(input, `{"type":"plain_text_input","dispatch_action_config":{"trigger_actions_on":[%s]}}`), list(`"on_enter_pressed"`), 2, items, "/element/dispatch_action_config/trigger_actions_on"},
		{fmt.Sprintf(input, `{"type":"rich_text_input","min_lines":%s}`), digits, 100, number, "/element/min_lines"},
		{fmt.Sprintf(input, `{"type":"rich_text_input","max_lines":%s}`), digits, 100, number, "/element/max_lines"},
		{fmt.Sprintf(input, `{"type":"file_input","max_files":%s}`), digits, 10, number, "/element/max_files"},
	} {
		accepted(t, Message, fmt.Sprintf("["+c.block+"]", c.make(c.max)))
		want := fmt.Sprintf("must be less than %d characters [json-pointer:/blocks/0%s]", c.max+1, c.at)
		switch c.kind {
		case deep:
			want = fmt.Sprintf("failed to match all allowed schemas [json-pointer:/blocks/0%s]\nmust be less than %d characters [json-pointer:/blocks/0%s/text]", c.at, c.max+1, c.at)
		case items:
			want = fmt.Sprintf("no more than %d items allowed [json-pointer:/blocks/0%s]", c.max, c.at)
		case number:
			want = fmt.Sprintf("must be less than %d [json-pointer:/blocks/0%s]", c.max+1, c.at)
		}
		refused(t, Message, fmt.Sprintf("["+c.block+"]", c.make(c.max+1)), sentences("%s", want))
	}

	alert := `[{"type":"alert","text":{"type":"plain_text","text":"` + text(200) + `%s"}}]`
	accepted(t, Modal, fmt.Sprintf(alert, ""))
	refused(t, Modal, fmt.Sprintf(alert, "x"), sentences("failed to match all allowed schemas [json-pointer:/blocks/0/text]\nmust be less than 201 characters [json-pointer:/blocks/0/text/text]"))

	divider := list(`{"type":"divider"}`)
	for surface, most := range map[Surface]int{Message: 50, Modal: 100, Home: 100} {
		accepted(t, surface, "["+divider(most)+"]")
		refused(t, surface, "["+divider(most+1)+"]", sentences("no more than %d items allowed [json-pointer:/blocks]", most))
	}
	// What is in a layout counts as if it stood beside it.
	layout := `{"type":"layout","label":"l","rows":[{"items":[{"block":{"type":"divider"}},{"block":{"type":"divider"}}]}]}`
	accepted(t, Message, "["+layout+","+divider(47)+"]")
	refused(t, Message, "["+layout+","+divider(48)+"]", sentences("no more than 50 items allowed [json-pointer:/blocks]"))

	// Characters are counted as the author sees them.
	for _, text := range []string{strings.Repeat("&", 3000), strings.Repeat("&amp;", 3000), "https://x.y/" + strings.Repeat("z", 2988)} {
		accepted(t, Message, `[{"type":"section","text":{"type":"mrkdwn","text":"`+text+`"}}]`)
		refused(t, Message, `[{"type":"section","text":{"type":"mrkdwn","text":"`+text+`z"}}]`, sentences(
			"failed to match all allowed schemas [json-pointer:/blocks/0/text]\nmust be less than 3001 characters [json-pointer:/blocks/0/text/text]"))
	}
}

// The rules that relate the parts of a payload, looked at once the schema has nothing to say.
func TestRules(t *testing.T) {
	table := func(n int) string {
		return `{"type":"table","rows":[[{"type":"raw_text","text":"` + strings.Repeat("x", n) + `"}]]}`
	}
	chart := `{"type":"data_visualization","title":"t","chart":{"type":"bar","series":[%s],"axis_config":{"categories":["a","b"]}}}`
	input := `{"type":"input","label":` + p + `,"element":%s}`
	for _, c := range []struct{ in, want string }{
		{`{"type":"section"}`, "must define either `text` or `fields` [json-pointer:/blocks/0/section]"},
		{`{"type":"image","alt_text":"i"}`, "must define either `image_url` or `slack_file` [json-pointer:/blocks/0]"},
		{`{"type":"image","image_url":"https://x.y","slack_file":{"id":"F1"},"alt_text":"i"}`, "must define either `image_url` or `slack_file` [json-pointer:/blocks/0]"},
		{`{"type":"image","slack_file":{"id":"F1","url":"https://x.y"},"alt_text":"i"}`, "must define either `id` or `url` [json-pointer:/blocks/0/slack_file]"},
		{`{"type":"image","image_url":"x.y","alt_text":"i"}`, `invalid url [json-pointer:/blocks/0/image_url]`},
		{`{"type":"actions","elements":[{"type":"button","text":` + p + `,"url":"/home"}]}`, `invalid url [json-pointer:/blocks/0/elements/0/url]`},
		{`{"type":"video","title":` + p + `,"video_url":"http://x.y/v","thumbnail_url":"https://x.y/t","alt_text":"v"}`, `invalid url [json-pointer:/blocks/0/video_url]`},
		{`{"type":"divider","block_id":"x"},{"type":"divider","block_id":"x"}`, "`block_id` \"x\" already exists for another block [json-pointer:/blocks/1/block_id]"},
		{`{"type":"actions","elements":[` + b + `,` + b + `]}`, "`action_id` \"b\" already exists for another element [json-pointer:/blocks/0/elements/1/action_id]"},
		{`{"type":"actions","elements":[` + b + `]},{"type":"actions","elements":[` + b + `]}`, ``}, // unique in its block is enough
		{fmt.Sprintf(input, `{"type":"static_select"}`), "must define either `options` or `option_groups` [json-pointer:/blocks/0/element]"},
		{fmt.Sprintf(input, `{"type":"static_select","options":[`+o+`],"initial_option":{"text":`+p+`,"value":"w"}}`), `must be one of the provided options [json-pointer:/blocks/0/element/initial_option]`},
		{fmt.Sprintf(input, `{"type":"checkboxes","options":[`+o+`],"initial_options":[]}`), `must be one of the provided options [json-pointer:/blocks/0/element/initial_options]`},
		{fmt.Sprintf(input, `{"type":"conversations_select","filter":{}}`), "must define at least one of `include`, `exclude_external_shared_channels` or `exclude_bot_users` [json-pointer:/blocks/0/element/filter]"},
		{fmt.Sprintf(input, `{"type":"datepicker","initial_date":"2026-02-29"}`), `invalid date [json-pointer:/blocks/0/element/initial_date]`},
		{fmt.Sprintf(input, `{"type":"timepicker","initial_time":"24:00"}`), `invalid time [json-pointer:/blocks/0/element/initial_time]`},
		{fmt.Sprintf(input, `{"type":"timepicker","initial_time":"9:00"}`), `invalid time [json-pointer:/blocks/0/element/initial_time]`},
		{fmt.Sprintf(input, `{"type":"plain_text_input","min_length":3,"max_length":2}`), "must be less than or equal to `max_length` [json-pointer:/blocks/0/element/min_length]"},
		{fmt.Sprintf(input, `{"type":"number_input","is_decimal_allowed":false,"min_value":"1.5"}`), `must be a valid number [json-pointer:/blocks/0/element/min_value]`},
		{fmt.Sprintf(input, `{"type":"number_input","is_decimal_allowed":true,"min_value":"10","max_value":"9"}`), "must be less than or equal to `max_value` [json-pointer:/blocks/0/element/min_value]"},
		{fmt.Sprintf(input, `{"type":"number_input","is_decimal_allowed":true,"min_value":"1","initial_value":"0.9"}`), "must be between `min_value` and `max_value` [json-pointer:/blocks/0/element/initial_value]"},
		{fmt.Sprintf(input, `{"type":"datepicker","focus_on_load":true}`) + "," + fmt.Sprintf(input, `{"type":"datepicker","focus_on_load":true}`),
			"only one element can have `focus_on_load` set to true [json-pointer:/blocks/1/element/focus_on_load]"},
		{fmt.Sprintf(chart, many(`{"name":"s","data":[{"label":"a","value":1}]}`, 7)), `no more than 6 items allowed [json-pointer:/blocks/0/chart/series]`},
		{fmt.Sprintf(chart, `{"name":"s","data":[`+many(`{"label":"a","value":1}`, 21)+`]}`), `no more than 20 items allowed [json-pointer:/blocks/0/chart/series/0/data]`},
		{fmt.Sprintf(chart, `{"name":"s","data":[{"label":"a","value":1},{"label":"b","value":1}]},{"name":"s","data":[{"label":"a","value":1},{"label":"b","value":1}]}`), `must be unique [json-pointer:/blocks/0/chart/series/1/name]`},
		{`{"type":"data_table","caption":"c","rows":[[` + many(`{"type":"raw_text","text":"t"}`, 21) + `],[` + many(`{"type":"raw_text","text":"t"}`, 21) + `]]}`,
			"no more than 20 items allowed [json-pointer:/blocks/0/rows/0]\nno more than 20 items allowed [json-pointer:/blocks/0/rows/1]"},
		{`{"type":"data_table","caption":"c","rows":[[{"type":"raw_text","text":"h"}],[{"type":"raw_text","text":"t"}]],"row_header_column_index":1}`, `must be less than 1 [json-pointer:/blocks/0/row_header_column_index]`},
		{table(10000), ``},
		{table(10001), `must be less than 10001 characters [json-pointer:/blocks/0/rows]`},
		{table(5000) + "," + table(5001), `must be less than 10001 characters [json-pointer:/blocks/1/rows]`},
		{`{"type":"markdown","text":"` + strings.Repeat("x", 6000) + `"},{"type":"markdown","text":"` + strings.Repeat("x", 6001) + `"}`, `must be less than 12001 characters [json-pointer:/blocks/1/text]`},
		{`{"type":"data_table","caption":"c","rows":[[` + r + `],[{"type":"raw_text","text":"t"},{"type":"raw_text","text":"t"}]]}`,
			"unsupported type: rich_text [json-pointer:/blocks/0/rows/0/0/type]\nmust provide 1 items [json-pointer:/blocks/0/rows/1]"},
		{`{"type":"card","subtitle":` + m + `}`, "must define at least one of `hero_image`, `title`, `actions` or `body` [json-pointer:/blocks/0]"},
		{`{"type":"card","title":` + m + `,"icon":` + i + `,"slack_icon":{"type":"icon","name":"bug"}}`, "must define either `icon` or `slack_icon` [json-pointer:/blocks/0]"},
		{`{"type":"container","child_blocks":[{"type":"divider"}]}`, "must define either `title` or `rich_text_title` [json-pointer:/blocks/0]"},
		{`{"type":"container","title":` + p + `,"default_collapsed":true,"child_blocks":[{"type":"divider"}]}`, "must not be true unless `is_collapsible` is true [json-pointer:/blocks/0/default_collapsed]"},
		{fmt.Sprintf(chart, `{"name":"s","data":[{"label":"a","value":1},{"label":"b","value":1}]}`), ``},
		{fmt.Sprintf(chart, `{"name":"s","data":[{"label":"a","value":1},{"label":"c","value":1}]}`), `must be one of the provided categories [json-pointer:/blocks/0/chart/series/0/data/1/label]`},
		{fmt.Sprintf(chart, `{"name":"s","data":[{"label":"a","value":1}]}`), `must provide 2 items [json-pointer:/blocks/0/chart/series/0/data]`},
	} {
		refused(t, Message, "["+c.in+"]", sentences("%s", c.want))
	}
	nested := func(n int) string {
		s := `{"type":"divider"}`
		for range n {
			s = `{"type":"container","title":` + p + `,"child_blocks":[{"type":"layout","label":"l","rows":[{"items":[{"block":` + s + `}]}]}]}`
		}
		return "[" + s + "]"
	}
	accepted(t, Message, nested(1))
	refused(t, Message, nested(2), sentences("unsupported type: container [json-pointer:/blocks/0/child_blocks/0/rows/0/items/0/block/type]"))
}

func TestSurfaces(t *testing.T) {
	minimal := map[string]string{
		"section": `"text":` + m, "actions": `"elements":[` + b + `]`, "context": `"elements":[` + m + `]`, "divider": ``,
		"context_actions": `"elements":[{"type":"icon_button","icon":"trash","text":` + p + `}]`,
		"header":          `"text":` + p, "image": `"image_url":"https://x.y","alt_text":"i"`,
		"input": `"label":` + p + `,"element":{"type":"datepicker"}`, "file": `"external_id":"e","source":"remote"`,
		"markdown": `"text":"m"`, "rich_text": `"elements":[{"type":"rich_text_section","elements":[]}]`, "call": `"call_id":"R1"`,
		"video": `"title":` + p + `,"video_url":"https://x.y/v","thumbnail_url":"https://x.y/t","alt_text":"v"`,
		"table": `"rows":[[{"type":"raw_text","text":"t"}]]`, "task_card": `"task_id":"1","title":"t"`, "plan": `"title":"t"`,
		"alert": `"text":` + m, "card": `"title":` + m, "carousel": `"elements":[{"type":"card","title":` + m + `}]`,
		"container":          `"title":` + p + `,"child_blocks":[{"type":"divider"}]`,
		"data_table":         `"caption":"c","rows":[[{"type":"raw_text","text":"h"}],[{"type":"raw_text","text":"t"}]]`,
		"data_visualization": `"title":"t","chart":{"type":"pie","segments":[{"label":"l","value":1}]}`,
		"layout":             `"label":"l","rows":[{"items":[{"block":{"type":"divider"}}]}]`,
		"auth_provider":      `"value":"v","name":` + p + `,"is_connected":true`,
	}
	if len(minimal) != len(blocks) {
		t.Errorf("%d blocks are known, %d are tested", len(blocks), len(minimal))
	}
	for name, members := range minimal {
		raw := strings.Replace(`[{"type":"`+name+`",`+members+`}]`, ",}", "}", 1)
		for surface, names := range map[Surface][]string{Message: inMessages, Modal: inModals, Home: everywhere} {
			if slices.Contains(names, name) {
				accepted(t, surface, raw)
			} else {
				refused(t, surface, raw, sentences("unsupported type: %s [json-pointer:/blocks/0/type]", name))
			}
		}
	}
}

func TestWrapped(t *testing.T) {
	for raw, want := range map[string]bool{
		`[]`: true, ` [ ] `: true, `"[]"`: true, `"[{\"type\":\"divider\"}]"`: true,
		``: false, `null`: false, `{}`: false, `"{}"`: false, `"\"[]\""`: false, `[`: false, `"[`: false, `1`: false,
	} {
		if got := IsArray(json.RawMessage(raw)); got != want {
			t.Errorf("IsArray(%s) = %v", raw, got)
		}
	}
	if got := render(t, accepted(t, Message, `"[{\"type\":\"divider\"}]"`)); got != `[{"type":"divider","block_id":"n1"}]` {
		t.Error(got)
	}
	for _, none := range []string{``, `null`, `""`, `[]`, `"[]"`} {
		if got := render(t, accepted(t, Message, none)); got != `[]` {
			t.Errorf("%q became %s", none, got)
		}
	}
}

func TestView(t *testing.T) {
	input := `{"type":"input","block_id":"i","label":` + p + `,"element":{"type":"datepicker","action_id":"d"}}`
	view, errs := ValidateView(json.RawMessage(`{"blocks":[`+input+`],"submit":`+p+`,"title":`+p+`,"type":"modal","private_metadata":"<&>","notify_on_close":true}`), numbered())
	want := `{"type":"modal","blocks":[{"type":"input","block_id":"i","label":` + P + `,"optional":false,"dispatch_action":false,"element":{"type":"datepicker","action_id":"d"}}],` +
		`"private_metadata":"<&>","callback_id":"","title":` + P + `,"clear_on_close":false,"notify_on_close":true,"close":null,"submit":` + P + `,"external_id":""}`
	if got := render(t, view); got != want || errs != nil {
		t.Errorf("got %s %q\nwant %s", got, errs, want)
	}
	text := func(n int) string { return `{"type":"plain_text","text":"` + strings.Repeat("x", n) + `"}` }
	quoted := func(n int) string { return `"` + strings.Repeat("x", n) + `"` }
	modal := func(members string) string { return `{"type":"modal","title":` + p + `,"blocks":[]` + members + `}` }
	for _, c := range []struct{ in, want string }{
		{modal(``), ``},
		{`"{\"type\":\"home\",\"blocks\":[]}"`, ``},
		{`{"type":"home","blocks":[` + input + `]}`, ``},
		{`{"type":"workflow_step","blocks":[],"submit_disabled":true}`, ``},
		{`{}`, "missing required field: title [json-pointer:/view]\nmissing required field: blocks [json-pointer:/view]\nmissing required field: type [json-pointer:/view]"},
		{`[]`, `must provide an object [json-pointer:/view]`},
		{`nonsense`, `must provide an object [json-pointer:/view]`},
		{`{"type":"page","title":` + p + `}`, `unsupported type: page [json-pointer:/view/type]`},
		{`{"type":null}`, `must provide a string [json-pointer:/view/type]`},
		{`{"type":"modal","blocks":[]}`, "failed to match all allowed schemas [json-pointer:/view]\nmissing required field: title [json-pointer:/view]"},
		{modal(`,"submit_disabled":true`), "failed to match all allowed schemas [json-pointer:/view]\ninvalid additional property: submit_disabled [json-pointer:/view]"},
		{modal(`,"submit":` + text(24)), ``},
		{modal(`,"submit":` + text(25)), "failed to match all allowed schemas [json-pointer:/view]\nfailed to match all allowed schemas [json-pointer:/view/submit]\nmust be less than 25 characters [json-pointer:/view/submit/text]"},
		{modal(`,"close":` + text(25)), "failed to match all allowed schemas [json-pointer:/view]\nfailed to match all allowed schemas [json-pointer:/view/close]\nmust be less than 25 characters [json-pointer:/view/close/text]"},
		{`{"type":"modal","blocks":[],"title":` + text(24) + `}`, ``},
		{`{"type":"modal","blocks":[],"title":` + text(25) + `}`, "failed to match all allowed schemas [json-pointer:/view]\nfailed to match all allowed schemas [json-pointer:/view/title]\nmust be less than 25 characters [json-pointer:/view/title/text]"},
		{modal(`,"private_metadata":` + quoted(3000)), ``},
		{modal(`,"private_metadata":` + quoted(3001)), "failed to match all allowed schemas [json-pointer:/view]\nmust be less than 3001 characters [json-pointer:/view/private_metadata]"},
		{modal(`,"callback_id":` + quoted(255)), ``},
		{modal(`,"callback_id":` + quoted(256)), "failed to match all allowed schemas [json-pointer:/view]\nmust be less than 256 characters [json-pointer:/view/callback_id]"},
		{modal(`,"external_id":` + quoted(256)), "failed to match all allowed schemas [json-pointer:/view]\nmust be less than 256 characters [json-pointer:/view/external_id]"},
		{`{"type":"home","blocks":[` + strings.Repeat(`{"type":"divider"},`, 100) + `{"type":"divider"}]}`,
			"failed to match all allowed schemas [json-pointer:/view]\nno more than 100 items allowed [json-pointer:/view/blocks]"},
		{`{"type":"home","blocks":[{"type":"alert","text":` + p + `}]}`,
			"failed to match all allowed schemas [json-pointer:/view]\nunsupported type: alert [json-pointer:/view/blocks/0/type]"},
		{`{"type":"modal","title":` + p + `,"submit":` + p + `,"blocks":[{"type":"input","label":` + p + `,"element":{"type":"static_select","options":[{"text":` + text(76) + `,"value":"v"}]}}]}`,
			`failed to match all allowed schemas [json-pointer:/view]
			failed to match all allowed schemas [json-pointer:/view/blocks/0/element/options/0/text]
			must be less than 76 characters [json-pointer:/view/blocks/0/element/options/0/text/text]`},

		{`{"type":"modal","title":` + p + `,"blocks":[{"type":"divider"},` + input + `]}`, "must define `submit` to use `input` block [json-pointer:/view/blocks/1/input]"},
		{`{"type":"home","blocks":[{"type":"section","text":` + p + `,"accessory":{"type":"button","text":` + p + `,"url":"undefined"}}]}`, `invalid url [json-pointer:view/blocks/0/accessory/url]`},
		{`{"type":"home","blocks":[{"type":"section","text":` + p + `,"accessory":{"type":"multi_static_select","options":[` + o + `],"initial_options":[]}}]}`,
			`must be one of the provided options [json-pointer:view/blocks/0/accessory/initial_options]`},
	} {
		_, got := ValidateView(json.RawMessage(c.in), numbered())
		if want := sentences("%s", c.want); !slices.Equal(got, want) {
			t.Errorf("%.200s\n got %q\nwant %q", c.in, got, want)
		}
	}
}

func TestAttachments(t *testing.T) {
	for _, c := range []struct{ in, out, fallback string }{
		{`[]`, `[]`, ``},
		{``, `[]`, ``},
		{`"[{\"text\":\"t\"}]"`, `[{"id":1,"fallback":"t","text":"t"}]`, `t`},
		{`[{"id":7,"text":"a & <b> http://x.y","fallback":"f"},{"color":"#36a64f","title":"<t>"}]`,
			`[{"id":1,"fallback":"f","text":"a &amp; &lt;b&gt; <http://x.y>"},{"id":2,"color":"36a64f","fallback":"&lt;t&gt;","title":"&lt;t&gt;"}]`, "f\n&lt;t&gt;"},
		{`[{"color":"danger","blocks":[{"type":"divider"}]}]`, `[{"id":1,"blocks":[{"type":"divider","block_id":"n1"}],"color":"a30200","fallback":"[no preview available]"}]`, `[no preview available]`},
		{`[{"footer":"f","ts":1}]`, `[{"id":1,"fallback":"NO FALLBACK DEFINED","footer":"f","ts":1}]`, `NO FALLBACK DEFINED`},
		{`[{"text":"t","unknown":1,"mrkdwn_in":["text"],"title":null,"fields":[{"title":"T","value":5},{"title":"U","value":"<@U1>","short":true}]}]`,
			`[{"id":1,"fallback":"t","text":"t","mrkdwn_in":["text"],"fields":[{"title":"T","value":"5","short":false},{"title":"U","value":"<@U1>","short":true}]}]`, `t`},
		{`[{"text":"t","callback_id":"c","actions":[{"id":"9","name":"n","text":"One","type":"button","value":"1","style":"danger","confirm":{"text":"sure?"}},{"name":"m","text":"Two","type":"select","options":[{"text":"x","value":"y"}]}]}]`,
			`[{"id":1,"fallback":"t","text":"t","callback_id":"c","actions":[` +
				`{"id":"1","name":"n","text":"One","type":"button","value":"1","style":"danger","confirm":{"text":"sure?","title":"","ok_text":"Okay","dismiss_text":"Cancel"}},` +
				`{"id":"2","name":"m","text":"Two","type":"select","data_source":"static","options":[{"text":"x","value":"y"}]}]}]`, `t`},
	} {
		got, fallback, errs := ValidateAttachments(json.RawMessage(c.in), numbered())
		if string(got) != c.out || fallback != c.fallback || errs != nil {
			t.Errorf("%s\n got %s %q %q\nwant %s %q", c.in, got, fallback, errs, c.out, c.fallback)
		}
	}
	for _, c := range []struct{ in, want string }{
		{`[` + many(`{"text":"t"}`, 100) + `]`, ``},
		{`[` + many(`{"text":"t"}`, 101) + `]`, `no more than 100 items allowed [json-pointer:/attachments]`},
		{`{"text":"t"}`, `must provide an array [json-pointer:/attachments]`},
		{`nonsense`, `must provide an array [json-pointer:/attachments]`},
		{`[1]`, `must provide an object [json-pointer:/attachments/0]`},
		{`[{"callback_id":"c","id":123,"indent":false,"title":"hi","blocks":[{"type":"divider","block_id":"123"}]}]`, `invalid_keys`},
		{`[{"blocks":[{"type":"foo"}]}]`, `unsupported type: foo [json-pointer:/attachments/0/blocks/0/type]`},
		{`[{"blocks":[{"type":"divider"},{"type":"section","fields":[{"type":"mrkdwn","text":"` + strings.Repeat("x", 2001) + `"}]}]}]`,
			"failed to match all allowed schemas [json-pointer:/attachments/0/blocks/1/fields/0]\nmust be less than 2001 characters [json-pointer:/attachments/0/blocks/1/fields/0/text]"},
		{`[{"text":"t","actions":[` + many(`{"type":"button"}`, 5) + `]}]`, ``},
		{`[{"text":"t","actions":[` + many(`{"type":"button"}`, 6) + `]}]`, `no more than 5 items allowed [json-pointer:/attachments/0/actions]`},
		{`[{"text":"t","actions":[{"type":"knob"}]}]`, `unsupported type: knob [json-pointer:/attachments/0/actions/0/type]`},
	} {
		_, _, got := ValidateAttachments(json.RawMessage(c.in), numbered())
		if want := sentences("%s", c.want); !slices.Equal(got, want) {
			t.Errorf("%.200s\n got %q\nwant %q", c.in, got, want)
		}
	}
}

func TestInteractive(t *testing.T) {
	list := accepted(t, Message, `[{"type":"section","block_id":"s","text":`+m+`,"accessory":`+b+`},
		{"type":"container","block_id":"c","title":`+p+`,"child_blocks":[{"type":"actions","block_id":"a","elements":[`+b+`,{"type":"datepicker","action_id":"d"}]}]},
		{"type":"data_table","block_id":"t","caption":"c","rows":[[{"type":"raw_text","text":"h"}],[{"type":"action_cell","element":`+b+`}]]},
		{"type":"input","block_id":"i","label":`+p+`,"element":{"type":"plain_text_input","action_id":"x"}}]`)
	var stored Blocks // as the store gives them back
	if err := json.Unmarshal([]byte(render(t, list)), &stored); err != nil {
		t.Fatal(err)
	}
	var got []string
	for e := range Interactive(stored) {
		got = append(got, e.BlockID()+"/"+e.ActionID()+"/"+e.Type())
	}
	want := []string{"s/b/button", "a/b/button", "a/d/datepicker", "t/b/button", "i/x/plain_text_input"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if e, ok := Find(stored, "a", "d"); !ok || e.Type() != "datepicker" {
		t.Error(e, ok)
	}
	if e, ok := Find(stored, "", "x"); !ok || e.BlockID() != "i" {
		t.Error(e, ok)
	}
	if _, ok := Find(stored, "a", "x"); ok {
		t.Error("found what is elsewhere")
	}
}

func TestPlainText(t *testing.T) {
	rich := `{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"<r> "},{"type":"user","user_id":"U1"},{"type":"link","url":"https://x.y","text":"l"},{"type":"emoji","name":"wave"}]},
		{"type":"rich_text_list","style":"bullet","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"one"}]}]},
		{"type":"rich_text_quote","elements":[{"type":"broadcast","range":"here"}]},{"type":"rich_text_preformatted","elements":[{"type":"text","text":"x<y"}]}]}`
	for raw, want := range map[string]string{
		`[]`:                   ``,
		`[{"type":"divider"}]`: ``,
		`[{"type":"header","text":` + p + `},{"type":"section","text":{"type":"mrkdwn","text":"a & b"},"fields":[` + m + `]}]`: "p\na &amp; b\nm",
		`[{"type":"context","elements":[` + i + `,` + m + `]},` + i + `]`:                                                      "m\ni",
		`[` + rich + `]`: "&lt;r&gt; <@U1><https://x.y|l>:wave:\n• one\n&gt; <!here>\n```x&lt;y```",
		`[{"type":"table","rows":[[{"type":"raw_text","text":"a"},{"type":"raw_number","value":2}],[` + r + `]]}]`:                                                  "a\t2\nr",
		`[{"type":"container","title":` + p + `,"child_blocks":[{"type":"layout","label":"l","rows":[{"items":[{"block":{"type":"header","text":` + p + `}}]}]}]}]`: "p\np",
		`[{"type":"plan","title":"t","tasks":[{"task_id":"1","title":"u","details":` + r + `}]}]`:                                                                   "t\nu\nr",
	} {
		if got := PlainText(accepted(t, Message, raw)); got != want {
			t.Errorf("%s\n got %q\nwant %q", raw, got, want)
		}
	}
}

func FuzzValidate(f *testing.F) {
	for _, s := range []string{
		`[]`, `"[]"`, `{}`, `null`, `[{"type":"section","text":` + m + `,"accessory":` + b + `}]`, `[{"type":"image","image_url":"https://x.y","alt_text":"i"}]`,
		`[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"r","style":{"bold":true}}]}]}]`,
		`[{"type":"section","text":{"type":"mrkdwn","text":"a & <b> http://x.y?&amp;. bo@x.com <@U1|x>"}},{"type":"divider","block_id":""}]`,
		`[{"type":"table","rows":[[{"type":"raw_text","text":""},{"type":"raw_number","value":1e9}]]}]`,
		`[{"type":"input","label":` + p + `,"element":{"type":"static_select","options":[` + o + `],"initial_option":` + o + `}}]`,
		`[{"type":"input","label":` + p + `,"element":{"type":"number_input","is_decimal_allowed":true,"min_value":"-.5"}}]`,
		`[{"type":"container","title":` + p + `,"child_blocks":[{"type":"layout","label":"l","rows":[{"items":[{"block":{"type":"divider"}}]}]}]}]`,
		`[{"type":"data_visualization","title":"t","chart":{"type":"line","series":[{"name":"s","data":[{"label":"a","value":-1}]}],"axis_config":{"categories":["a"]}}}]`,
		`{"type":"modal","title":` + p + `,"submit":` + p + `,"blocks":[{"type":"input","label":` + p + `,"element":{"type":"checkboxes","options":[` + o + `]}}]}`,
		`[{"text":"t & <b>","color":"good","fields":[{"title":1,"short":1}],"actions":[{"type":"select","confirm":{}}],"ts":1}]`,
		`[{"blocks":[{"type":"plan","title":"t","tasks":[{"task_id":"1","title":"t"}]}]}]`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		same := func(what string, first, second any, errs []string) {
			t.Helper()
			if len(errs) > 0 || !reflect.DeepEqual(first, second) {
				t.Fatalf("%s\n%s became %s\nthen %s %q", what, raw, render(t, first), render(t, second), errs)
			}
		}
		for _, surface := range []Surface{Message, Modal, Home} {
			list, errs := Validate(surface, json.RawMessage(raw), numbered())
			if len(errs) > 0 {
				continue
			}
			again, errs := Validate(surface, json.RawMessage(render(t, list)), func(int) string { t.Fatal("an id was missing"); return "" })
			same("blocks", list, again, errs)
			PlainText(list)
			values := InitialState(list)
			for e := range Interactive(list) {
				for _, given := range []string{``, `null`, `"v"`, `5`, `["v"]`, `{"value":"v"}`, raw} {
					Action(e, json.RawMessage(given), "1.1")
					State(list, Inputs{e.BlockID(): {e.ActionID(): json.RawMessage(given)}})
				}
			}
			render(t, values)
		}
		if view, errs := ValidateView(json.RawMessage(raw), numbered()); len(errs) == 0 {
			members := map[string]any{"type": view.Type, "blocks": view.Blocks, "private_metadata": view.PrivateMetadata, "callback_id": view.CallbackID, "external_id": view.ExternalID}
			for name, text := range map[string]Object{"title": view.Title, "close": view.Close, "submit": view.Submit} {
				if text != nil {
					members[name] = text
				}
			}
			if view.Type == "modal" {
				members["clear_on_close"], members["notify_on_close"] = view.ClearOnClose, view.NotifyOnClose
			}
			again, errs := ValidateView(json.RawMessage(render(t, members)), numbered())
			again.SubmitDisabled = view.SubmitDisabled
			same("view", view, again, errs)
		}
		if out, fallback, errs := ValidateAttachments(json.RawMessage(raw), numbered()); len(errs) == 0 {
			again, same2, errs := ValidateAttachments(out, numbered())
			same("attachments", string(out)+fallback, string(again)+same2, errs)
		}
	})
}
