package blockkit

import (
	"encoding/json"
	"fmt"
	"reflect"
	"testing"
)

// What each element remembers, and what it takes from a person.
func TestState(t *testing.T) {
	options := `"options":[{"text":` + P + `,"value":"v","description":` + P + `},{"text":` + P + `,"value":"w"}]`
	v := `{"text":` + P + `,"value":"v","description":` + P + `}`
	w := `{"text":` + P + `,"value":"w"}`
	rich := `{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"b","style":{"bold":true}}]}]}`
	file := `{"id":"F1","filetype":"pdf","name":"a.pdf"}`
	const bad = "!"
	for _, c := range []struct{ element, given, want string }{
		{`{"type":"plain_text_input"`, ``, `"value":null`},
		{`{"type":"plain_text_input","initial_value":"x"`, ``, `"value":"x"`},
		{`{"type":"plain_text_input","initial_value":"x"`, `null`, `"value":null`},
		{`{"type":"plain_text_input"`, `"a <b>"`, `"value":"a <b>"`},
		{`{"type":"plain_text_input"`, `{"value":"y"}`, `"value":"y"`},
		{`{"type":"plain_text_input"`, `5`, bad},
		{`{"type":"plain_text_input","min_length":2,"max_length":3`, `"é"`, bad},
		{`{"type":"plain_text_input","min_length":2,"max_length":3`, `"éé"`, `"value":"éé"`},
		{`{"type":"plain_text_input","min_length":2,"max_length":3`, `"ééé"`, `"value":"ééé"`},
		{`{"type":"plain_text_input","min_length":2,"max_length":3`, `"éééé"`, bad},
		{`{"type":"email_text_input"`, `"bo@x.com"`, `"value":"bo@x.com"`},
		{`{"type":"email_text_input"`, `"Bo <bo@x.com>"`, bad},
		{`{"type":"email_text_input"`, `"bo@x"`, bad},
		{`{"type":"url_text_input"`, `"https://x.y/z"`, `"value":"https://x.y/z"`},
		{`{"type":"url_text_input"`, `"x.y"`, bad},
		{`{"type":"number_input","is_decimal_allowed":false,"min_value":"-2","max_value":"10"`, `"10"`, `"value":"10"`},
		{`{"type":"number_input","is_decimal_allowed":false,"min_value":"-2","max_value":"10"`, `9`, `"value":"9"`},
		{`{"type":"number_input","is_decimal_allowed":false,"min_value":"-2","max_value":"10"`, `"11"`, bad},
		{`{"type":"number_input","is_decimal_allowed":false,"min_value":"-2","max_value":"10"`, `"-3"`, bad},
		{`{"type":"number_input","is_decimal_allowed":false`, `"1.5"`, bad},
		{`{"type":"number_input","is_decimal_allowed":true`, `"1.5"`, `"value":"1.5"`},
		{`{"type":"number_input","is_decimal_allowed":true`, `"1e5"`, bad},
		{`{"type":"rich_text_input"`, ``, ``},
		{`{"type":"rich_text_input"`, rich, `"rich_text_value":` + rich},
		{`{"type":"rich_text_input"`, `"*b*"`, `"rich_text_value":` + rich},
		{`{"type":"rich_text_input"`, `{"type":"section"}`, bad},
		{`{"type":"static_select",` + options, ``, `"selected_option":null`},
		{`{"type":"static_select","initial_option":` + v + `,` + options, ``, `"selected_option":` + v},
		{`{"type":"static_select",` + options, `"w"`, `"selected_option":` + w},
		{`{"type":"static_select",` + options, `{"selected_option":{"value":"v"}}`, `"selected_option":` + v},
		{`{"type":"static_select",` + options, `"x"`, bad},
		{`{"type":"static_select","option_groups":[{"label":` + P + `,` + options + `}]`, `"v"`, `"selected_option":` + v},
		{`{"type":"external_select"`, `{"text":` + p + `,"value":"z"}`, `"selected_option":{"text":` + P + `,"value":"z"}`},
		{`{"type":"external_select"`, `"z"`, `"selected_option":{"text":{"type":"plain_text","text":"z","emoji":true},"value":"z"}`},
		{`{"type":"external_select"`, `5`, bad},
		{`{"type":"radio_buttons",` + options, `"w"`, `"selected_option":` + w},
		{`{"type":"checkboxes",` + options, ``, `"selected_options":[]`},
		{`{"type":"checkboxes","initial_options":[` + v + `],` + options, ``, `"selected_options":[` + v + `]`},
		{`{"type":"checkboxes",` + options, `["w","v","w"]`, `"selected_options":[` + w + `,` + v + `]`},
		{`{"type":"checkboxes",` + options, `"w"`, bad},
		{`{"type":"multi_static_select","max_selected_items":1,` + options, `["w"]`, `"selected_options":[` + w + `]`},
		{`{"type":"multi_static_select","max_selected_items":1,` + options, `["w","v"]`, bad},
		{`{"type":"multi_external_select"`, `["z"]`, `"selected_options":[{"text":{"type":"plain_text","text":"z","emoji":true},"value":"z"}]`},
		{`{"type":"users_select"`, ``, `"selected_user":null`},
		{`{"type":"users_select","initial_user":"U1"`, ``, `"selected_user":"U1"`},
		{`{"type":"users_select"`, `"U2"`, `"selected_user":"U2"`},
		{`{"type":"users_select"`, `{}`, bad},
		{`{"type":"conversations_select"`, `"D1"`, `"selected_conversation":"D1"`},
		{`{"type":"channels_select"`, `"C1"`, `"selected_channel":"C1"`},
		{`{"type":"multi_users_select","initial_users":["U1"]`, ``, `"selected_users":["U1"]`},
		{`{"type":"multi_users_select"`, `["U2","U2","U1"]`, `"selected_users":["U2","U1"]`},
		{`{"type":"multi_conversations_select"`, `["C1"]`, `"selected_conversations":["C1"]`},
		{`{"type":"multi_channels_select"`, `null`, `"selected_channels":[]`},
		{`{"type":"datepicker","initial_date":"2026-01-31"`, ``, `"selected_date":"2026-01-31"`},
		{`{"type":"datepicker"`, `"2026-02-28"`, `"selected_date":"2026-02-28"`},
		{`{"type":"datepicker"`, `"2026-02-29"`, bad},
		{`{"type":"timepicker","timezone":"Europe/Lisbon"`, `"09:30"`, `"selected_time":"09:30","timezone":"Europe/Lisbon"`},
		{`{"type":"timepicker"`, `"9:30"`, bad},
		{`{"type":"datetimepicker","initial_date_time":1628633820`, ``, `"selected_date_time":1628633820`},
		{`{"type":"datetimepicker"`, `1628633821`, `"selected_date_time":1628633821`},
		{`{"type":"datetimepicker"`, `1`, bad},
		{`{"type":"file_input"`, ``, `"files":[]`},
		{`{"type":"file_input","filetypes":["pdf"]`, `[` + file + `]`, `"files":[` + file + `]`},
		{`{"type":"file_input","filetypes":["png"]`, `[` + file + `]`, bad},
		{`{"type":"file_input","max_files":1`, `[` + file + `,{"id":"F2"}]`, bad},
	} {
		list := accepted(t, Modal, `[{"type":"input","block_id":"b","optional":true,"label":`+p+`,"element":`+c.element+`,"action_id":"a"}}]`)
		in := Inputs{}
		if c.given != "" {
			in = Inputs{"b": {"a": json.RawMessage(c.given)}}
		}
		values, errs := State(list, in)
		if c.want == bad {
			if errs["b"] == "" {
				t.Errorf("%s takes %s: %s", c.element, c.given, render(t, values))
			}
			continue
		}
		want := fmt.Sprintf(`{"b":{"a":{"type":%q`, list[0].Obj("element").Str("type"))
		if c.want != "" {
			want += "," + c.want
		}
		if got := render(t, values); got != want+"}}}" || errs != nil {
			t.Errorf("%s with %s\n got %s %v\nwant %s}}}", c.element, c.given, got, errs, want)
		}
	}
}

func TestSubmit(t *testing.T) {
	list := accepted(t, Modal, `[
		{"type":"input","block_id":"a","label":`+p+`,"element":{"type":"plain_text_input","action_id":"x"}},
		{"type":"input","block_id":"b","label":`+p+`,"optional":true,"element":{"type":"multi_users_select","action_id":"x"}},
		{"type":"actions","block_id":"c","elements":[`+b+`,{"type":"datepicker","action_id":"d"},{"type":"users_select","action_id":"u"}]},
		{"type":"input","block_id":"d","label":`+p+`,"element":{"type":"checkboxes","action_id":"x","options":[`+o+`]}}]`)
	untouched := `"c":{"d":{"type":"datepicker","selected_date":null},"u":{"type":"users_select","selected_user":null}}`

	want := `{"a":{"x":{"type":"plain_text_input","value":null}},"b":{"x":{"type":"multi_users_select","selected_users":[]}},` + untouched +
		`,"d":{"x":{"type":"checkboxes","selected_options":[]}}}`
	if got := render(t, InitialState(list)); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if values, errs := Submit(list, nil); values != nil || len(errs) != 2 || errs["a"] == "" || errs["d"] == "" {
		t.Errorf("got %v %v", values, errs)
	}
	if _, errs := Submit(list, Inputs{"a": {"x": json.RawMessage(`""`)}, "d": {"x": json.RawMessage(`[]`)}}); len(errs) != 2 {
		t.Errorf("got %v", errs)
	}
	values, errs := Submit(list, Inputs{"a": {"x": json.RawMessage(`"hi"`)}, "d": {"x": json.RawMessage(`["v"]`)}})
	want = `{"a":{"x":{"type":"plain_text_input","value":"hi"}},"b":{"x":{"type":"multi_users_select","selected_users":[]}},` + untouched +
		`,"d":{"x":{"type":"checkboxes","selected_options":[` + O + `]}}}`
	if got := render(t, values); got != want || errs != nil {
		t.Errorf("got %s %v\nwant %s", got, errs, want)
	}
	_, errs = State(list, Inputs{"a": {"y": json.RawMessage(`""`)}, "z": {"x": json.RawMessage(`""`)}, "c": {"b": json.RawMessage(`""`)}})
	if len(errs) != 3 {
		t.Errorf("inputs that are not there: %v", errs)
	}
}

// The entry of a block_actions payload for each element.
func TestAction(t *testing.T) {
	options := `"options":[` + O + `]`
	const bad = "!"
	ids := func(name string) string { return fmt.Sprintf(`{"type":%q,"action_id":"a","block_id":"b"`, name) }
	feedback := `"type":"feedback_buttons","positive_button":{"text":` + P + `,"value":"+"},"negative_button":{"text":` + M + `,"value":"-"}`
	for _, c := range []struct{ element, given, want string }{
		{`"type":"button","text":` + P + `,"style":"danger","value":"v","url":"https://x.y"`, ``, ids("button") + `,"text":` + P + `,"value":"v","style":"danger","url":"https://x.y"`},
		{`"type":"button","text":` + P + `,"accessibility_label":"l"`, ``, ids("button") + `,"text":` + P},
		{`"type":"workflow_button","text":` + P, ``, bad},
		{`"type":"image"`, ``, bad},
		{`"type":"icon_button","icon":"trash","text":` + P + `,"value":"v"`, ``, ids("icon_button") + `,"icon":"trash","text":` + P + `,"value":"v"`},
		{feedback, `"-"`, ids("feedback_buttons") + `,"text":` + M + `,"value":"-"`},
		{feedback, `"?"`, bad},
		{feedback, ``, bad},
		{`"type":"overflow",` + options, `"v"`, ids("overflow") + `,"selected_option":` + O},
		{`"type":"overflow",` + options, `"w"`, bad},
		{`"type":"static_select","placeholder":` + P + `,"initial_option":` + O + `,` + options, `"v"`,
			ids("static_select") + `,"selected_option":` + O + `,"initial_option":` + O + `,"placeholder":` + P},
		{`"type":"static_select",` + options, ``, ids("static_select") + `,"selected_option":null`},
		{`"type":"static_select",` + options, `"w"`, bad},
		{`"type":"external_select","min_query_length":2`, `{"text":` + P + `,"value":"z"}`, ids("external_select") + `,"selected_option":{"text":` + P + `,"value":"z"},"min_query_length":2`},
		{`"type":"multi_static_select",` + options, `["v"]`, ids("multi_static_select") + `,"selected_options":[` + O + `]`},
		{`"type":"multi_users_select","initial_users":["U1"]`, `["U2"]`, ids("multi_users_select") + `,"selected_users":["U2"],"initial_users":["U1"]`},
		{`"type":"users_select"`, `"U1"`, ids("users_select") + `,"selected_user":"U1"`},
		{`"type":"conversations_select"`, `"C1"`, ids("conversations_select") + `,"selected_conversation":"C1"`},
		{`"type":"channels_select"`, `"C1"`, ids("channels_select") + `,"selected_channel":"C1"`},
		{`"type":"checkboxes",` + options, `[]`, ids("checkboxes") + `,"selected_options":[]`},
		{`"type":"radio_buttons",` + options, `"v"`, ids("radio_buttons") + `,"selected_option":` + O},
		{`"type":"datepicker","initial_date":"2026-01-01"`, `"2026-01-02"`, ids("datepicker") + `,"selected_date":"2026-01-02","initial_date":"2026-01-01"`},
		{`"type":"timepicker"`, `"10:00"`, ids("timepicker") + `,"selected_time":"10:00"`},
		{`"type":"datetimepicker"`, `1628633820`, ids("datetimepicker") + `,"selected_date_time":1628633820`},
		{`"type":"plain_text_input","initial_value":"x"`, `"y"`, ids("plain_text_input") + `,"value":"y"`},
		{`"type":"rich_text_input"`, r, ids("rich_text_input") + `,"rich_text_value":` + r},
	} {
		var element Object
		if err := json.Unmarshal([]byte(`{"action_id":"a",`+c.element+`}`), &element); err != nil {
			t.Fatal(err)
		}
		for _, block := range []Object{
			{{"type", "actions"}, {"block_id", "b"}},
			{{"type", "input"}, {"block_id", "b"}, {"dispatch_action", true}},
		} {
			got, err := Action(Element{block, element}, json.RawMessage(c.given), "1.000200")
			if c.want == bad {
				if err == nil {
					t.Errorf("%s with %s: %s", c.element, c.given, render(t, got))
				}
			} else if want := c.want + `,"action_ts":"1.000200"}`; err != nil || render(t, got) != want {
				t.Errorf("%s with %s\n got %s %v\nwant %s", c.element, c.given, render(t, got), err, want)
			}
		}
		if _, err := Action(Element{Object{{"type", "input"}, {"block_id", "b"}}, element}, json.RawMessage(c.given), "1.1"); err == nil {
			t.Errorf("%s is dispatched from an input that does not ask for it", c.element)
		}
	}
}

// Whatever is stored and read back is the same.
func TestObjectJSON(t *testing.T) {
	for _, raw := range []string{`{}`, `null`, `{"b":1,"a":{"c":[1.50,"<&>",null,true,[],{}]}}`} {
		var got Object
		if err := json.Unmarshal([]byte(raw), &got); err != nil || render(t, got) != raw {
			t.Errorf("%s became %s %v", raw, render(t, got), err)
		}
	}
	var twice Object
	if err := json.Unmarshal([]byte(`{"a":1,"b":2,"a":3}`), &twice); err != nil || !reflect.DeepEqual(twice, Object{{"a", json.Number("3")}, {"b", json.Number("2")}}) {
		t.Error(twice, err)
	}
	for _, raw := range []string{`[]`, `1`, `"x"`} {
		if err := json.Unmarshal([]byte(raw), &twice); err == nil {
			t.Errorf("%s is read as an object", raw)
		}
	}
}
