package blockkit

import (
	"encoding/json"
	"slices"
	"strconv"
)

// A View is a modal or a Home tab as views.open and views.publish were given it.
//
// https://docs.slack.dev/reference/views
type View struct {
	Type            string `json:"type"`
	Blocks          Blocks `json:"blocks"`
	PrivateMetadata string `json:"private_metadata"`
	CallbackID      string `json:"callback_id"`
	Title           Object `json:"title"` // a text object, or null; so are Close and Submit
	ClearOnClose    bool   `json:"clear_on_close"`
	NotifyOnClose   bool   `json:"notify_on_close"`
	Close           Object `json:"close"`
	Submit          Object `json:"submit"`
	ExternalID      string `json:"external_id"`
	SubmitDisabled  bool   `json:"submit_disabled,omitempty"` // of a workflow_step alone
}

// ValidateView holds a view to Slack's rules, as Validate does blocks. Slack's error for what it refuses here is
// invalid_arguments.
//
// https://docs.slack.dev/reference/views
func ValidateView(raw json.RawMessage, random func(n int) string) (View, []string) {
	const at = "/view"
	c := newCheck(Modal, random)
	v, _ := decode(unwrap(raw))
	o, ok := v.(Object)
	if !ok {
		c.refuse(at, "must provide an object")
		return View{}, c.errs
	}
	list := req("blocks", func(c *check, at string, v any) any { return c.list(at, v) })
	common := []field{
		opt("private_metadata", str(0, 3000)),
		opt("callback_id", str(0, 255)),
		opt("external_id", str(0, 255)),
	}
	button := text(24, plainOnly...)
	modal := slices.Concat([]field{req("title", button), list, opt("close", button), opt("submit", button),
		opt("clear_on_close", boolean), opt("notify_on_close", boolean)}, common)
	var known []field
	switch o.Str("type") {
	case "modal":
		known = modal
	case "home":
		c.surface = Home
		known = append(common, list)
	case "workflow_step":
		known = append(common, list, opt("submit_disabled", boolean))
	}
	switch _, isString := o.Get("type").(string); {
	case !o.Has("type"): // a view of no type is missing what a modal must have
		for _, f := range modal {
			if f.required && !o.Has(f.name) {
				c.refuse(at, "missing required field: %s", f.name)
			}
		}
		c.refuse(at, "missing required field: type")
		return View{}, c.errs
	case !isString:
		c.refuse(at+"/type", "must provide a string")
		return View{}, c.errs
	case known == nil:
		c.refuse(at+"/type", "unsupported type: %s", o.Str("type"))
		return View{}, c.errs
	}
	checked := all(object(append([]field{kind}, known...)...))(c, at, v).(Object)
	c.then(func() {
		for i, b := range checked.Get("blocks").(Blocks) {
			if b.Str("type") == "input" && o.Str("type") == "modal" && !checked.Has("submit") {
				c.refuse(at+"/blocks/"+strconv.Itoa(i)+"/input", "must define `submit` to use `input` block")
			}
		}
	})
	if !c.finish() {
		return View{}, c.errs
	}
	return View{
		Type:            o.Str("type"),
		Blocks:          checked.Get("blocks").(Blocks),
		PrivateMetadata: checked.Str("private_metadata"),
		CallbackID:      checked.Str("callback_id"),
		Title:           checked.Obj("title"),
		ClearOnClose:    checked.Get("clear_on_close") == true,
		NotifyOnClose:   checked.Get("notify_on_close") == true,
		Close:           checked.Obj("close"),
		Submit:          checked.Obj("submit"),
		ExternalID:      checked.Str("external_id"),
		SubmitDisabled:  checked.Get("submit_disabled") == true,
	}, nil
}
