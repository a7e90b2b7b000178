package slack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/slack/internal/api"
)

// A Dialog is a form from before modals, on somebody's screen.
//
// https://docs.slack.dev/legacy/legacy-dialogs
type Dialog struct {
	ID      string          `json:"id"`
	App     string          `json:"app"`
	Team    string          `json:"team"`
	User    string          `json:"user"`
	Channel string          `json:"channel"`
	Dialog  json.RawMessage `json:"dialog"`
}

// dialogForm is what an app says of a dialog.
type dialogForm struct {
	Title          string          `json:"title"`
	Callback       string          `json:"callback_id"`
	State          string          `json:"state"`
	SubmitLabel    string          `json:"submit_label"`
	NotifyOnCancel bool            `json:"notify_on_cancel"`
	Elements       []dialogElement `json:"elements"`
}

type dialogElement struct {
	Label        string         `json:"label"`
	Name         string         `json:"name"`
	Type         string         `json:"type"`
	Subtype      string         `json:"subtype"`
	Placeholder  string         `json:"placeholder"`
	Hint         string         `json:"hint"`
	Value        string         `json:"value"`
	Optional     bool           `json:"optional"`
	MinLength    int            `json:"min_length"`
	MaxLength    int            `json:"max_length"`
	DataSource   string         `json:"data_source"`
	Options      []dialogOption `json:"options"`
	OptionGroups []struct {
		Label   string         `json:"label"`
		Options []dialogOption `json:"options"`
	} `json:"option_groups"`
}

type dialogOption struct {
	Label string `json:"label"`
	Value string `json:"value"`
}

// dialogMethods are the dialog.* methods.
//
// https://docs.slack.dev/reference/methods?family=dialog
func (s *Slack) dialogMethods() {
	write(s, "dialog.open", about{twin.Full, tier4, "", ""}, s.dialogOpen).op.Notes = "the documented errors that only Slack's own failures cause are drawn by faults"
}

// dialogOpen puts a dialog before the person who triggered it.
//
// https://docs.slack.dev/reference/methods/dialog.open
func (s *Slack) dialogOpen(c *call, in *api.DialogOpenRequest) (any, error) {
	switch {
	case present(in.Dialog) == nil:
		return nil, errMissingDialog
	case in.TriggerID == "":
		return nil, errMissingTrigger
	}
	var f dialogForm
	if err := json.Unmarshal(in.Dialog, &f); err != nil {
		return nil, errValidationErrors.with(reply{"response_metadata": reply{"messages": []string{"[ERROR] must provide an object [json-pointer:/dialog]"}}})
	}
	if wrong := f.check(); wrong != nil {
		return nil, errValidationErrors.with(reply{"response_metadata": reply{"messages": wrong}})
	}
	app, _ := s.apps.Get(c.Tx, c.token.App)
	if app.InteractivityURL == "" && !app.SocketMode {
		return nil, errAppMissingActionURL
	}
	t, err := c.exchange(in.TriggerID, errInvalidTrigger, errTriggerExpired, errTriggerExchanged)
	if err != nil {
		return nil, err
	}
	for d := range s.dialogsByUser.All(c.Tx, t.User) {
		s.dialogs.Delete(c.Tx, d.ID)
	}
	d := Dialog{ID: c.id("D"), App: t.App, Team: t.Team, User: t.User, Channel: t.Channel, Dialog: encode(f)}
	s.dialogs.Put(c.Tx, d)
	c.Notify(twin.Notice{Twin: "slack", Topic: "dialog", Payload: d})
	return nil, nil
}

// check says what is wrong with a dialog, in Slack's words.
//
// https://docs.slack.dev/legacy/legacy-dialogs#validation
func (f dialogForm) check() (wrong []string) {
	say := func(at, format string, args ...any) {
		wrong = append(wrong, "[ERROR] "+fmt.Sprintf(format, args...)+" [json-pointer:/dialog"+at+"]")
	}
	text := func(at, v string, required bool, most int) {
		switch n := utf8.RuneCountInString(v); {
		case required && n == 0:
			parent, name := at[:strings.LastIndex(at, "/")], at[strings.LastIndex(at, "/")+1:]
			say(parent, "missing required field: %s", name)
		case n > most:
			say(at, "must be less than %d characters", most+1)
		}
	}
	text("/title", f.Title, true, 24)
	text("/callback_id", f.Callback, true, 255)
	text("/state", f.State, false, 3000)
	text("/submit_label", f.SubmitLabel, false, 48)
	if strings.ContainsAny(f.SubmitLabel, " \t") {
		say("/submit_label", "must be a single word")
	}
	switch n := len(f.Elements); {
	case n == 0:
		say("", "missing required field: elements")
	case n > 10:
		say("/elements", "no more than 10 items allowed")
	}
	names := map[string]bool{}
	for i, e := range f.Elements {
		at := fmt.Sprintf("/elements/%d", i)
		text(at+"/label", e.Label, true, 48)
		text(at+"/name", e.Name, true, 300)
		if names[e.Name] && e.Name != "" {
			say(at+"/name", "must be unique")
		}
		names[e.Name] = true
		text(at+"/placeholder", e.Placeholder, false, 150)
		switch e.Type {
		case "text", "textarea":
			most := map[string]int{"text": 150, "textarea": 3000}[e.Type]
			text(at+"/hint", e.Hint, false, 150)
			text(at+"/value", e.Value, false, most)
			if e.MaxLength < 0 || e.MaxLength > most {
				say(at+"/max_length", "must be less than %d", most+1)
			}
			if e.MinLength < 0 || e.MinLength > most {
				say(at+"/min_length", "must be less than %d", most+1)
			}
			if e.Subtype != "" && !slices.Contains([]string{"email", "number", "tel", "url"}, e.Subtype) {
				say(at+"/subtype", "must be a valid enum value")
			}
		case "select":
			switch e.DataSource {
			case "", "static":
				if len(e.Options) == 0 && len(e.OptionGroups) == 0 {
					say(at, "missing required field: options")
				}
				if len(e.Options) > 100 || len(e.OptionGroups) > 100 {
					say(at+"/options", "no more than 100 items allowed")
				}
				for j, o := range e.Options {
					text(fmt.Sprintf("%s/options/%d/label", at, j), o.Label, true, 75)
					text(fmt.Sprintf("%s/options/%d/value", at, j), o.Value, true, 75)
				}
			case "users", "channels", "conversations", "external":
			default:
				say(at+"/data_source", "must be a valid enum value")
			}
		case "":
			say(at, "missing required field: type")
		default:
			say(at+"/type", "must be a valid enum value")
		}
	}
	return wrong
}

// dialog returns the dialog before somebody.
func (c *call) dialog() (d Dialog, f dialogForm, app App, err error) {
	found := false
	for d = range c.s.dialogsByUser.All(c.Tx, c.user.ID) {
		found = true
	}
	if !found {
		return d, f, app, errors.New("they have no dialog before them")
	}
	app, _ = c.s.apps.Get(c.Tx, d.App)
	return d, f, app, json.Unmarshal(d.Dialog, &f)
}

// dialogAbout is what every interaction of a dialog says.
func (c *call) dialogAbout(d Dialog, f dialogForm, app App, kind string, more reply) reply {
	ch, _ := c.s.channels.Get(c.Tx, d.Channel)
	v := c.interaction(kind, app, reply{"callback_id": f.Callback, "state": f.State, "action_ts": formatTS(c.Now.UnixMicro())})
	if ch.ID != "" {
		v["channel"] = channelNamed(ch)
	}
	return merge(v, more)
}

// submitDialog presses a dialog's submit button, with these answers.
//
// https://docs.slack.dev/legacy/legacy-dialogs#submit
func (s *Slack) submitDialog(ctx context.Context, r *twin.Request, in *struct {
	User   string
	Values map[string]string
	Wait   string
}) (any, error) {
	var q asked
	var d Dialog
	wrong := map[string]string{}
	err := r.Update(func(tc *twin.Call) error {
		c, err := s.person(tc, in.User)
		if err != nil {
			return err
		}
		var f dialogForm
		if d, f, q.app, err = c.dialog(); err != nil {
			return err
		}
		submission := map[string]any{}
		for name := range in.Values {
			if !slices.ContainsFunc(f.Elements, func(e dialogElement) bool { return e.Name == name }) {
				return fmt.Errorf("there is nothing in the dialog called %q", name)
			}
		}
		for _, e := range f.Elements {
			v, ok := in.Values[e.Name]
			if !ok {
				v = e.Value
			}
			if problem := e.accepts(v); problem != "" {
				wrong[e.Name] = problem
			}
			if submission[e.Name] = v; v == "" {
				submission[e.Name] = nil
			}
		}
		if len(wrong) > 0 {
			return nil
		}
		trigger := c.trigger(Trigger{App: d.App, Channel: d.Channel})
		q.trigger = tc.World.Unseal(trigger)
		payload := c.dialogAbout(d, f, q.app, "dialog_submission", reply{"submission": submission, "trigger_id": trigger,
			"response_url": c.replyURL(ReplyURL{App: d.App, Channel: d.Channel})})
		q.delivery = c.toApp(q.app, toInteract, "dialog_submission", q.app.InteractivityURL, payload)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(wrong) > 0 {
		return s.see(r, in.User, reply{"errors": wrong})
	}
	a, err := s.ask(ctx, r.World, q.app, q.delivery)
	if err != nil {
		return nil, err
	}
	var said struct {
		Errors []struct{ Name, Error string }
	}
	if strings.TrimSpace(a.Body) != "" && json.Unmarshal([]byte(a.Body), &said) != nil {
		return nil, fmt.Errorf("%s answered with something that is not JSON", q.app.Name)
	}
	for _, e := range said.Errors {
		wrong[e.Name] = e.Error
	}
	if len(wrong) > 0 {
		return s.see(r, in.User, reply{"errors": wrong})
	}
	err = r.Update(func(tc *twin.Call) error {
		s.dialogs.Delete(tc.Tx, d.ID)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if err := s.await(ctx, r.World, in.Wait, q.trigger, r.World.Version()); err != nil {
		return nil, err
	}
	return s.see(r, in.User, nil)
}

// accepts says what is wrong with an answer; "" is nothing.
func (e dialogElement) accepts(v string) string {
	n := utf8.RuneCountInString(v)
	most := e.MaxLength
	if most == 0 {
		most = map[string]int{"text": 150, "textarea": 3000}[e.Type]
	}
	switch {
	case v == "" && !e.Optional:
		return "this is required"
	case v == "":
		return ""
	case e.Type != "select" && n < e.MinLength:
		return fmt.Sprintf("at least %d characters are needed", e.MinLength)
	case e.Type != "select" && n > most:
		return fmt.Sprintf("no more than %d characters fit", most)
	case e.Type == "select" && (e.DataSource == "" || e.DataSource == "static"):
		is := func(o dialogOption) bool { return o.Value == v }
		known := slices.ContainsFunc(e.Options, is)
		for _, g := range e.OptionGroups {
			known = known || slices.ContainsFunc(g.Options, is)
		}
		if !known {
			return fmt.Sprintf("there is no option %q", v)
		}
	}
	return ""
}

// closeDialog cancels the dialog.
//
// https://docs.slack.dev/legacy/legacy-dialogs#cancel
func (s *Slack) closeDialog(ctx context.Context, r *twin.Request, in *struct{ User string }) (any, error) {
	var q asked
	told := false
	err := r.Update(func(tc *twin.Call) error {
		c, err := s.person(tc, in.User)
		if err != nil {
			return err
		}
		d, f, app, err := c.dialog()
		if err != nil {
			return err
		}
		s.dialogs.Delete(tc.Tx, d.ID)
		if told = f.NotifyOnCancel; told {
			payload := c.dialogAbout(d, f, app, "dialog_cancellation", reply{"response_url": c.replyURL(ReplyURL{App: d.App, Channel: d.Channel})})
			q = asked{app: app, delivery: c.toApp(app, toInteract, "dialog_cancellation", app.InteractivityURL, payload)}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if told {
		s.ask(ctx, r.World, q.app, q.delivery)
	}
	return s.see(r, in.User, nil)
}

// dialogSuggestion is the interaction of somebody who types into a menu of a dialog.
//
// https://docs.slack.dev/legacy/legacy-dialogs#select_elements
func (c *call) dialogSuggestion(name, value string) (asked, error) {
	d, f, app, err := c.dialog()
	if err != nil {
		return asked{}, err
	}
	if !slices.ContainsFunc(f.Elements, func(e dialogElement) bool { return e.Name == name && e.DataSource == "external" }) {
		return asked{}, fmt.Errorf("there is no menu called %q whose options the app provides", name)
	}
	payload := c.dialogAbout(d, f, app, "dialog_suggestion", reply{"name": name, "value": value})
	return asked{app: app, delivery: c.toApp(app, toInteract, "dialog_suggestion", or(app.OptionsURL, app.InteractivityURL), payload)}, nil
}
