package blockkit

import (
	"encoding/json"
	"errors"
)

// Action is the entry of a block_actions payload's actions for somebody who uses an element at ts. What they chose
// or wrote is given as in Inputs; a plain button needs none of it, and feedback buttons the value of the one pressed.
//
// https://docs.slack.dev/reference/interaction-payloads/block_actions-payload
func Action(e Element, given json.RawMessage, ts string) (Object, error) {
	if e.Block.Str("type") == "input" && e.Block.Get("dispatch_action") != true {
		return nil, errors.New("an input tells of its use only when dispatch_action is set")
	}
	o := e.Object
	out := Object{{"type", e.Type()}, {"action_id", e.ActionID()}, {"block_id", e.BlockID()}}
	keep := func(names ...string) {
		for _, name := range names {
			if o.Has(name) {
				out = append(out, Member{name, o.Get(name)})
			}
		}
	}
	switch e.Type() {
	case "button":
		keep("text", "value", "style", "url", "confirm")
	case "icon_button":
		keep("icon", "text", "value", "confirm")
	case "feedback_buttons":
		var pressed string
		if err := json.Unmarshal(given, &pressed); err != nil {
			return nil, errors.New("the value of one of the buttons is needed")
		}
		b := o.Obj("positive_button")
		if b.Str("value") != pressed {
			b = o.Obj("negative_button")
		}
		if b.Str("value") != pressed {
			return nil, errors.New("no button has this value")
		}
		out = append(out, Member{"text", b.Get("text")}, Member{"value", pressed})
	case "overflow":
		v, err := decode(given)
		if err != nil {
			return nil, errors.New("the value of an option is needed")
		}
		chosen, wrong := readOption(o, v)
		if wrong != "" {
			return nil, errors.New(wrong)
		}
		out = append(out, Member{"selected_option", chosen})
		keep("confirm")
	default:
		a, ok := answers[e.Type()]
		if !ok {
			return nil, errors.New("a " + e.Type() + " tells nobody of its use")
		}
		if len(given) == 0 {
			given = json.RawMessage("null")
		}
		v, wrong := e.put(given)
		if wrong != "" {
			return nil, errors.New(wrong)
		}
		out = append(out, Member{a.member, v})
		if a.initial != "initial_value" {
			keep(a.initial)
		}
		keep("placeholder", "min_query_length", "timezone", "confirm")
	}
	return append(out, Member{"action_ts", ts}), nil
}
