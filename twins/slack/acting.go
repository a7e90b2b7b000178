package slack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"twinset.dev/kit/outbox"
	"twinset.dev/kit/twin"
	"twinset.dev/twins/slack/internal/blockkit"
	"twinset.dev/twins/slack/internal/mrkdwn"
)

// A spot is where somebody does something: a message, a modal, or an app's Home tab.
type spot struct {
	User    string
	Channel string
	TS      string
	ViewID  string `json:"view_id"`
	App     string // of a Home tab
}

// A surface is what is at a spot.
type surface struct {
	app        App
	in         Install
	ch         Channel
	msg        Message
	view       View
	blocks     blockkit.Blocks // all of them, those in attachments too
	attachment map[string]int  // block_ids that are in one of the message's attachments
}

// where is what a surface's inputs are kept under.
func (p surface) where() string {
	if p.view.ID != "" {
		return p.view.ID
	}
	return messageKey(p.ch.ID, p.msg.TS)
}

// at finds what is at a spot. Without a message or a view it is the modal on top.
func (c *call) at(at spot) (p surface, err error) {
	app := ""
	switch {
	case at.TS != "":
		if p.ch, p.msg, err = c.messageAt(at.Channel, at.TS); err != nil {
			return p, err
		}
		app = p.msg.App
		json.Unmarshal(p.msg.Blocks, &p.blocks)
		p.attachment = map[string]int{}
		var list []struct {
			ID     int
			Blocks blockkit.Blocks
		}
		json.Unmarshal(p.msg.Attachments, &list)
		for i, a := range list {
			for _, b := range a.Blocks {
				p.attachment[b.Str("block_id")] = i + 1
			}
			p.blocks = append(p.blocks, a.Blocks...)
		}
	case at.ViewID != "":
		v, ok := c.s.views.Get(c.Tx, at.ViewID)
		if !ok || v.User != c.user.ID {
			return p, errors.New("they have no such view before them")
		}
		p.view = v
	case at.App != "":
		a, err := c.appNamed(at.App)
		if err != nil {
			return p, err
		}
		v, ok := c.s.viewsByHome.Get(c.Tx, a.ID+"/"+c.user.ID)
		if !ok {
			return p, fmt.Errorf("%s shows nothing in its Home tab", a.Name)
		}
		p.view = v
	default:
		v, ok := c.onTop(c.user.ID)
		if !ok {
			return p, errors.New("they have no modal before them; say which message with channel and ts")
		}
		p.view = v
	}
	if p.view.ID != "" {
		app = p.view.App
		p.blocks = p.view.content().Blocks
		if ch, ok := c.s.channels.Get(c.Tx, p.view.Channel); ok {
			p.ch = ch
		}
	}
	var ok bool
	if p.app, ok = c.s.apps.Get(c.Tx, app); !ok {
		return p, errors.New("no app answers for this message")
	}
	if p.in, ok = c.s.installs.Get(c.Tx, app+"/"+c.token.Team); !ok {
		return p, fmt.Errorf("%s is not installed any more", p.app.Name)
	}
	return p, nil
}

// messageAt finds a message that the person can see.
func (c *call) messageAt(channel, ts string) (Channel, Message, error) {
	ch, ok := c.channel(c.channelID(channel))
	if !ok {
		return ch, Message{}, errChannelNotFound
	}
	m, ok := c.s.messages.Get(c.Tx, messageKey(ch.ID, ts))
	if !ok || m.Ephemeral != "" && m.Ephemeral != c.user.ID {
		return ch, m, errMessageNotFound
	}
	return ch, m, nil
}

// asked is an interaction on its way, and what the app may do with it.
type asked struct {
	app      App
	delivery outbox.Delivery
	trigger  string // key
	version  uint64
}

// click uses an element: presses a button, picks from a menu, ticks a box, chooses a date, or writes into an input.
//
// https://docs.slack.dev/reference/interaction-payloads/block_actions-payload
func (s *Slack) click(ctx context.Context, r *twin.Request, in *struct {
	spot
	BlockID  string          `json:"block_id"`
	ActionID string          `json:"action_id"`
	Value    json.RawMessage `json:"value"`
	Selected json.RawMessage `json:"selected"`
	Name     string          `json:"name"` // of an action from before Block Kit
	Wait     string          `json:"wait"`
}) (any, error) {
	given := in.Value
	if in.Selected != nil {
		given = in.Selected
	}
	if in.Name != "" {
		return s.clickAttachment(ctx, r, in.spot, in.Name, given, in.Wait)
	}
	var q asked
	told := false
	var p surface
	err := r.Update(func(tc *twin.Call) error {
		c, err := s.person(tc, in.User)
		if err != nil {
			return err
		}
		if p, err = c.at(in.spot); err != nil {
			return err
		}
		e, ok := blockkit.Find(p.blocks, in.BlockID, in.ActionID)
		if !ok {
			return fmt.Errorf("there is nothing here with action_id %q", in.ActionID)
		}
		if e.Type() == "workflow_button" {
			return c.runLink(e.Object)
		}
		action, err := blockkit.Action(e, given, formatTS(tc.Now.UnixMicro()))
		if _, wrong := blockkit.State(p.blocks, blockkit.Inputs{e.BlockID(): {e.ActionID(): or2(given, "null")}}); wrong == nil {
			c.fill(p.where(), e.BlockID(), e.ActionID(), or2(given, "null"))
		} else if err == nil && wrong[e.BlockID()] != "" && !stateless(e.Type()) {
			return errors.New(wrong[e.BlockID()])
		}
		if err != nil {
			if e.Block.Str("type") == "input" && e.Block.Get("dispatch_action") != true {
				return nil // the app hears of it when the view is submitted
			}
			return err
		}
		told = true
		q = c.blockActions(p, e, action)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if told {
		if _, err := s.ask(ctx, r.World, q.app, q.delivery); err != nil {
			return nil, err
		}
		if err := s.await(ctx, r.World, in.Wait, q.trigger, r.World.Version()); err != nil {
			return nil, err
		}
	}
	return s.see(r, in.User, s.messageNow(r, in.User, p))
}

func stateless(kind string) bool {
	return slices.Contains([]string{"button", "icon_button", "overflow", "feedback_buttons", "workflow_button"}, kind)
}

func or2(j json.RawMessage, otherwise string) json.RawMessage {
	if len(j) == 0 {
		return json.RawMessage(otherwise)
	}
	return j
}

// blockActions is the interaction of somebody who uses an element.
func (c *call) blockActions(p surface, e blockkit.Element, action blockkit.Object) asked {
	t := Trigger{App: p.app.ID, Channel: p.ch.ID, Execution: p.view.Execution}
	if p.view.Type == "modal" {
		t.View = p.view.ID
	}
	trigger := c.trigger(t)
	payload := c.interaction("block_actions", p.app, reply{"trigger_id": trigger, "actions": []blockkit.Object{action}})
	c.place(payload, p, e.BlockID())
	if p.view.Execution != "" {
		c.functionData(payload, p.view.Execution, trigger)
	}
	return asked{p.app, c.toApp(p.app, toInteract, "block_actions", p.app.InteractivityURL, payload), c.World.Unseal(trigger), 0}
}

// place says in an interaction where it was done.
func (c *call) place(payload reply, p surface, block string) {
	if p.view.ID != "" {
		payload["container"] = reply{"type": "view", "view_id": p.view.ID}
		payload["view"] = c.viewView(p.view)
		return
	}
	container := reply{"type": "message", "message_ts": p.msg.TS, "channel_id": p.ch.ID, "is_ephemeral": p.msg.Ephemeral != ""}
	if n := p.attachment[block]; n > 0 {
		container["type"], container["attachment_id"], container["is_app_unfurl"] = "message_attachment", n, false
	}
	if p.msg.ThreadTS != "" {
		container["thread_ts"] = p.msg.ThreadTS
	}
	payload["container"], payload["channel"] = container, channelNamed(p.ch)
	payload["message"] = viewOf(c.messageView(p.msg))
	payload["state"] = reply{"values": c.state(c.user.ID, p.where(), p.blocks)}
	if payload["type"] == "block_actions" {
		payload["response_url"] = c.replyURL(ReplyURL{App: p.app.ID, Channel: p.ch.ID, TS: p.msg.TS})
	}
}

// messageNow is the message of a surface as the person sees it once the app has had its say.
func (s *Slack) messageNow(r *twin.Request, user string, p surface) reply {
	out := reply{}
	if p.msg.TS == "" {
		return out
	}
	out["message"] = nil
	r.View(func(tc *twin.Call) error {
		c, err := s.person(tc, user)
		if err != nil {
			return err
		}
		if m, ok := s.messages.Get(tc.Tx, messageKey(p.ch.ID, p.msg.TS)); ok {
			out["message"] = viewOf(c.messageView(m))
		}
		return nil
	})
	return out
}

// clickAttachment uses a button or a menu of a message from before Block Kit. What the app answers takes the message's place.
//
// https://docs.slack.dev/legacy/legacy-messaging/legacy-making-messages-interactive
func (s *Slack) clickAttachment(ctx context.Context, r *twin.Request, at spot, name string, value json.RawMessage, wait string) (any, error) {
	var q asked
	var p surface
	var u ReplyURL
	err := r.Update(func(tc *twin.Call) error {
		c, err := s.person(tc, at.User)
		if err != nil {
			return err
		}
		if p, err = c.at(at); err != nil {
			return err
		}
		given := ""
		json.Unmarshal(value, &given)
		a, attachment, err := legacyAction(p.msg, name, given)
		if err != nil {
			return err
		}
		action := reply{"name": name, "type": a.Type}
		if a.Type == "select" {
			action["selected_options"] = []reply{{"value": given}}
		} else {
			action["value"] = a.Value
		}
		trigger := c.trigger(Trigger{App: p.app.ID, Channel: p.ch.ID})
		u = ReplyURL{App: p.app.ID, Channel: p.ch.ID, TS: p.msg.TS, User: c.user.ID, Team: c.token.Team}
		payload := c.interaction("interactive_message", p.app, reply{
			"actions": []reply{action}, "callback_id": attachment.Callback, "channel": channelNamed(p.ch), "action_ts": formatTS(tc.Now.UnixMicro()),
			"message_ts": p.msg.TS, "attachment_id": strconv.Itoa(attachment.ID), "is_app_unfurl": false, "trigger_id": trigger,
			"original_message": viewOf(c.messageView(p.msg)), "response_url": c.replyURL(u),
		})
		q = asked{p.app, c.toApp(p.app, toInteract, "interactive_message", p.app.InteractivityURL, payload), tc.World.Unseal(trigger), 0}
		return nil
	})
	if err != nil {
		return nil, err
	}
	a, err := s.ask(ctx, r.World, q.app, q.delivery)
	if err != nil {
		return nil, err
	}
	if strings.TrimSpace(a.Body) != "" {
		said, err := parseSaid([]byte(a.Body))
		if err == nil && said.ResponseType != "ephemeral" && !given(a.Body, "replace_original") {
			said.ReplaceOriginal = true
		}
		if err == nil {
			err = r.Update(func(tc *twin.Call) error { return s.actor(tc, p.in).respond(u, said) })
		}
		if err != nil {
			return nil, fmt.Errorf("%s answered with something that is no message", p.app.Name)
		}
	}
	if err := s.await(ctx, r.World, wait, q.trigger, r.World.Version()); err != nil {
		return nil, err
	}
	return s.see(r, at.User, s.messageNow(r, at.User, p))
}

// given reports whether a JSON object has the key.
func given(body, key string) bool {
	var o map[string]json.RawMessage
	json.Unmarshal([]byte(body), &o)
	return o[key] != nil
}

type legacyAttachment struct {
	ID       int
	Callback string `json:"callback_id"`
	Actions  []legacyButton
}

type legacyButton struct {
	Name, Type, Value string
	DataSource        string `json:"data_source"`
	Options           []struct{ Value string }
	OptionGroups      []struct{ Options []struct{ Value string } } `json:"option_groups"`
}

func legacyAction(m Message, name, value string) (legacyButton, legacyAttachment, error) {
	var list []legacyAttachment
	json.Unmarshal(m.Attachments, &list)
	for i, at := range list {
		at.ID = i + 1
		for _, a := range at.Actions {
			if a.Name != name || a.Type != "select" && value != "" && a.Value != value {
				continue
			}
			if a.Type == "select" && (a.DataSource == "" || a.DataSource == "static") {
				known := false
				for _, o := range a.Options {
					known = known || o.Value == value
				}
				for _, g := range a.OptionGroups {
					for _, o := range g.Options {
						known = known || o.Value == value
					}
				}
				if !known {
					return a, at, fmt.Errorf("there is no option %q here", value)
				}
			}
			return a, at, nil
		}
	}
	return legacyButton{}, legacyAttachment{}, fmt.Errorf("there is nothing here called %q", name)
}

// submitView presses a modal's submit button, with these inputs filled in.
//
// https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload#view_submission
func (s *Slack) submitView(ctx context.Context, r *twin.Request, in *struct {
	User   string
	ViewID string          `json:"view_id"`
	Values blockkit.Inputs `json:"values"`
	Wait   string          `json:"wait"`
}) (any, error) {
	var q asked
	var p surface
	var wrong map[string]string
	err := r.Update(func(tc *twin.Call) error {
		c, err := s.person(tc, in.User)
		if err != nil {
			return err
		}
		if p, err = c.at(spot{ViewID: in.ViewID}); err != nil {
			return err
		}
		top, _ := c.onTop(c.user.ID)
		switch {
		case p.view.Type != "modal":
			return errors.New("this is no modal")
		case top.ID != p.view.ID:
			return errors.New("another modal lies on top of this one")
		case p.view.content().Submit == nil:
			return errors.New("this modal has no submit button")
		}
		for block, actions := range in.Values {
			for action, raw := range actions {
				if _, ok := blockkit.Find(p.blocks, block, action); !ok {
					return fmt.Errorf("there is no input with block_id %q and action_id %q", block, action)
				}
				c.fill(p.view.ID, block, action, raw)
			}
		}
		held, _ := s.inputs.Get(tc.Tx, c.user.ID+"/"+p.view.ID)
		values, bad := blockkit.Submit(p.blocks, held.in(p.blocks))
		if bad != nil {
			wrong = bad
			return nil
		}
		trigger := c.trigger(Trigger{App: p.app.ID, View: p.view.ID, Channel: p.view.Channel, Execution: p.view.Execution})
		shown := c.viewView(p.view)
		shown["state"] = reply{"values": values}
		payload := c.interaction("view_submission", p.app, reply{"trigger_id": trigger, "view": shown, "response_urls": c.responseURLs(p, values)})
		if p.view.Execution != "" {
			c.functionData(payload, p.view.Execution, trigger)
		}
		q = asked{p.app, c.toApp(p.app, toInteract, "view_submission", p.app.InteractivityURL, payload), tc.World.Unseal(trigger), 0}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if wrong != nil {
		return s.see(r, in.User, reply{"errors": wrong})
	}
	a, err := s.ask(ctx, r.World, q.app, q.delivery)
	if err != nil {
		return nil, err
	}
	err = r.Update(func(tc *twin.Call) (err error) {
		wrong, err = s.actor(tc, p.in).answerSubmission(p, q.trigger, a.Body)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("there was some trouble connecting; try again? (%s answered: %w)", p.app.Name, err)
	}
	if wrong != nil {
		return s.see(r, in.User, reply{"errors": wrong})
	}
	if err := s.await(ctx, r.World, in.Wait, q.trigger, r.World.Version()); err != nil {
		return nil, err
	}
	return s.see(r, in.User, nil)
}

// responseURLs are addresses for the conversations that were picked in menus which ask for them.
func (c *call) responseURLs(p surface, values blockkit.Object) []reply {
	urls := []reply{}
	for e := range blockkit.Interactive(p.blocks) {
		if e.Object.Get("response_url_enabled") != true || e.Block.Str("type") != "input" {
			continue
		}
		picked := values.Obj(e.BlockID()).Obj(e.ActionID())
		channel := picked.Str("selected_conversation") + picked.Str("selected_channel")
		if channel == "" {
			continue
		}
		urls = append(urls, reply{"block_id": e.BlockID(), "action_id": e.ActionID(), "channel_id": channel,
			"response_url": c.replyURL(ReplyURL{App: p.app.ID, Channel: channel})})
	}
	return urls
}

// answerSubmission does what an app answers to a submission; it returns what the app says is wrong with it, by block.
//
// https://docs.slack.dev/surfaces/modals#response_actions
func (c *call) answerSubmission(p surface, trigger, body string) (map[string]string, error) {
	var a struct {
		Action string            `json:"response_action"`
		View   json.RawMessage   `json:"view"`
		Errors map[string]string `json:"errors"`
	}
	v, open := c.s.views.Get(c.Tx, p.view.ID)
	if strings.TrimSpace(body) != "" {
		if err := json.Unmarshal([]byte(body), &a); err != nil {
			return nil, errors.New("this is no JSON")
		}
	}
	if !open { // closed while the app was answering
		return nil, nil
	}
	switch a.Action {
	case "":
		c.closeViews(v)
		return nil, nil
	case "clear":
		c.closeViews(c.stack(v)...)
		return nil, nil
	case "errors":
		for block := range a.Errors {
			if !slices.ContainsFunc(p.blocks, func(b blockkit.Object) bool { return b.Str("block_id") == block && b.Str("type") == "input" }) {
				return nil, fmt.Errorf("there is no input block %q", block)
			}
		}
		if len(a.Errors) == 0 {
			return nil, errors.New("there are no errors in the answer")
		}
		return a.Errors, nil
	case "update", "push":
		content, err := c.checkView(a.View, "modal")
		if err != nil {
			code := Error("")
			errors.As(err, &code)
			return nil, errors.New(sentence(err, code))
		}
		if a.Action == "update" {
			_, err = c.putView(v, content)
		} else {
			_, err = c.openView(Trigger{App: v.App, Team: v.Team, User: v.User, Channel: v.Channel}, content, v)
		}
		return nil, err
	}
	return nil, fmt.Errorf("there is no response_action %q", a.Action)
}

// closeView closes the modal on top, or the whole stack.
//
// https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload#view_closed
func (s *Slack) closeView(ctx context.Context, r *twin.Request, in *struct {
	User   string
	ViewID string `json:"view_id"`
	Clear  bool   `json:"clear"`
}) (any, error) {
	var told []asked
	err := r.Update(func(tc *twin.Call) error {
		c, err := s.person(tc, in.User)
		if err != nil {
			return err
		}
		p, err := c.at(spot{ViewID: in.ViewID})
		if err != nil {
			return err
		}
		if p.view.Type != "modal" {
			return errors.New("this is no modal")
		}
		closing := []View{p.view}
		cleared := in.Clear || p.view.Clear
		if cleared {
			closing = c.stack(p.view)
			slices.Reverse(closing)
		} else if top, _ := c.onTop(c.user.ID); top.ID != p.view.ID {
			return errors.New("another modal lies on top of this one")
		}
		for _, v := range closing {
			if v.Notify {
				payload := c.interaction("view_closed", p.app, reply{"view": c.viewView(v), "is_cleared": cleared})
				told = append(told, asked{app: p.app, delivery: c.toApp(p.app, toInteract, "view_closed", p.app.InteractivityURL, payload)})
			}
		}
		c.closeViews(closing...)
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, q := range told {
		if _, err := s.ask(ctx, r.World, q.app, q.delivery); err != nil {
			break // the person has closed it and sees nothing of this
		}
	}
	return s.see(r, in.User, nil)
}

// slash types a command.
//
// https://docs.slack.dev/interactivity/implementing-slash-commands
func (s *Slack) slash(ctx context.Context, r *twin.Request, in *struct{ User, Channel, Command, Text, Wait string }) (any, error) {
	var q asked
	var u ReplyURL
	var inst Install
	err := r.Update(func(tc *twin.Call) error {
		c, err := s.person(tc, in.User)
		if err != nil {
			return err
		}
		ch, err := c.addressee(in.Channel)
		if err != nil {
			return err
		}
		if !c.isMember(ch) {
			return errNotInChannel
		}
		var cmd Command
		if q.app, inst, cmd, err = c.command(in.Command); err != nil {
			return err
		}
		text := strings.TrimSpace(in.Text)
		if cmd.Escape {
			text = mrkdwn.Store(text, mrkdwn.Options{LinkNames: true, IDs: c.mention})
			for _, id := range mrkdwn.Mentions(text).Users {
				u, _ := s.users.Get(tc.Tx, id)
				text = strings.ReplaceAll(text, "<@"+id+">", "<@"+id+"|"+u.Name+">")
			}
		}
		trigger := c.trigger(Trigger{App: q.app.ID, Channel: ch.ID})
		u = ReplyURL{App: q.app.ID, Channel: ch.ID, Command: true, User: c.user.ID, Team: c.token.Team}
		t, _ := s.teams.Get(tc.Tx, c.token.Team)
		payload := reply{
			"token": tc.World.Seal(q.app.Verification), "team_id": t.ID, "team_domain": t.Domain, "channel_id": ch.ID, "channel_name": channelNamed(ch)["name"],
			"user_id": c.user.ID, "user_name": c.user.Name, "command": cmd.Command, "text": text, "api_app_id": q.app.ID, "is_enterprise_install": "false",
			"response_url": c.replyURL(u), "trigger_id": trigger,
		}
		if t.Enterprise != "" {
			org, _ := s.teams.Get(tc.Tx, t.Enterprise)
			payload["enterprise_id"], payload["enterprise_name"] = org.ID, org.Name
		}
		q.delivery = c.toApp(q.app, toCommand, "slash_commands", or(cmd.URL, or(q.app.InteractivityURL, q.app.RequestURL)), payload)
		q.trigger = tc.World.Unseal(trigger)
		return nil
	})
	if err != nil {
		return nil, err
	}
	a, err := s.ask(ctx, r.World, q.app, q.delivery)
	if no, ok := errors.AsType[noAnswer](err); ok {
		return nil, fmt.Errorf("%s failed with the error %q", in.Command, no.why)
	} else if err != nil {
		return nil, err
	}
	out := reply{}
	if strings.TrimSpace(a.Body) != "" {
		say := said{Text: a.Body}
		if m, err := parseSaid([]byte(a.Body)); err == nil {
			say = m
		}
		err := r.Update(func(tc *twin.Call) error {
			c := s.actor(tc, inst)
			if say.Text == "" && present(say.Blocks) == nil && present(say.Attachments) == nil {
				return nil
			}
			ts := formatTS(0)
			if ch, ok := s.channels.Get(tc.Tx, u.Channel); ok {
				ts = formatTS(ch.LastTS)
			}
			if err := c.respond(u, say); err != nil {
				return err
			}
			for m := range s.messages.Range(tc.Tx, prefix(u.Channel+"/")) {
				if m.TS > ts {
					out["message"] = viewOf(c.messageView(m))
				}
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("%s failed with the error %q", in.Command, "invalid_command_response")
		}
	}
	if err := s.await(ctx, r.World, in.Wait, q.trigger, r.World.Version()); err != nil {
		return nil, err
	}
	return s.see(r, in.User, out)
}

// command finds the app that a slash command belongs to. Of two apps with the same command the one installed last has it.
func (c *call) command(name string) (app App, in Install, cmd Command, err error) {
	for i := range c.s.installsByTeam.All(c.Tx, c.token.Team) {
		a, _ := c.s.apps.Get(c.Tx, i.App)
		for _, k := range a.Commands {
			if k.Command == name && !a.Disabled && (app.ID == "" || i.At > in.At) {
				app, in, cmd = a, i, k
			}
		}
	}
	if app.ID == "" {
		return app, in, cmd, fmt.Errorf("%s is not a valid command", name)
	}
	return app, in, cmd, nil
}

// shortcut picks a global shortcut, or one in a message's menu.
//
// https://docs.slack.dev/reference/interaction-payloads/shortcuts-interactions-payload
func (s *Slack) shortcut(ctx context.Context, r *twin.Request, in *struct {
	spot
	CallbackID string `json:"callback_id"`
	Wait       string `json:"wait"`
}) (any, error) {
	var q asked
	err := r.Update(func(tc *twin.Call) error {
		c, err := s.person(tc, in.User)
		if err != nil {
			return err
		}
		found := false
		for i := range s.installsByTeam.All(tc.Tx, c.token.Team) {
			a, _ := s.apps.Get(tc.Tx, i.App)
			if slices.ContainsFunc(a.Shortcuts, func(sc Shortcut) bool { return sc.Callback == in.CallbackID && sc.Message == (in.TS != "") }) {
				q.app, found = a, true
			}
		}
		if !found {
			return fmt.Errorf("there is no shortcut %q", in.CallbackID)
		}
		kind, t := "shortcut", Trigger{App: q.app.ID}
		more := reply{"callback_id": in.CallbackID, "action_ts": formatTS(tc.Now.UnixMicro())}
		if in.TS != "" {
			ch, m, err := c.messageAt(in.Channel, in.TS)
			if err != nil {
				return err
			}
			kind, t.Channel = "message_action", ch.ID
			merge(more, reply{"message_ts": m.TS, "channel": channelNamed(ch), "message": viewOf(c.messageView(m)),
				"response_url": c.replyURL(ReplyURL{App: q.app.ID, Channel: ch.ID, TS: m.TS})})
		}
		trigger := c.trigger(t)
		more["trigger_id"] = trigger
		q.delivery = c.toApp(q.app, toInteract, kind, q.app.InteractivityURL, c.interaction(kind, q.app, more))
		q.trigger = tc.World.Unseal(trigger)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if _, err := s.ask(ctx, r.World, q.app, q.delivery); err != nil {
		return nil, err
	}
	if err := s.await(ctx, r.World, in.Wait, q.trigger, r.World.Version()); err != nil {
		return nil, err
	}
	return s.see(r, in.User, nil)
}

// options types into a menu whose options the app provides.
//
// https://docs.slack.dev/reference/interaction-payloads/block_suggestion-payload
func (s *Slack) options(ctx context.Context, r *twin.Request, in *struct {
	spot
	BlockID  string `json:"block_id"`
	ActionID string `json:"action_id"`
	Name     string `json:"name"` // of a menu in a dialog
	Value    string `json:"value"`
}) (any, error) {
	var q asked
	err := r.Update(func(tc *twin.Call) error {
		c, err := s.person(tc, in.User)
		if err != nil {
			return err
		}
		if in.Name != "" {
			q, err = c.dialogSuggestion(in.Name, in.Value)
			return err
		}
		p, err := c.at(in.spot)
		if err != nil {
			return err
		}
		e, ok := blockkit.Find(p.blocks, in.BlockID, in.ActionID)
		if !ok || !strings.HasSuffix(e.Type(), "external_select") {
			return fmt.Errorf("there is no menu here with action_id %q whose options the app provides", in.ActionID)
		}
		least := 3
		if n, ok := e.Object.Get("min_query_length").(json.Number); ok {
			least, _ = strconv.Atoi(n.String())
		}
		if len([]rune(in.Value)) < least {
			return fmt.Errorf("type at least %d characters", least)
		}
		payload := c.interaction("block_suggestion", p.app, reply{"action_id": e.ActionID(), "block_id": e.BlockID(), "value": in.Value})
		c.place(payload, p, e.BlockID())
		q = asked{app: p.app, delivery: c.toApp(p.app, toInteract, "block_suggestion", or(p.app.OptionsURL, p.app.InteractivityURL), payload)}
		return nil
	})
	if err != nil {
		return nil, err
	}
	a, err := s.ask(ctx, r.World, q.app, q.delivery)
	if err != nil {
		return nil, err
	}
	var found struct {
		Options json.RawMessage `json:"options"`
		Groups  json.RawMessage `json:"option_groups"`
	}
	if json.Unmarshal([]byte(a.Body), &found) != nil || found.Options == nil && found.Groups == nil {
		return nil, fmt.Errorf("%s answered with no options", q.app.Name)
	}
	out := reply{}
	if found.Options != nil {
		out["options"] = found.Options
	}
	if found.Groups != nil {
		out["option_groups"] = found.Groups
	}
	return out, nil
}

// openHome looks at an app's Home or Messages tab.
//
// https://docs.slack.dev/reference/events/app_home_opened
func (s *Slack) openHome(ctx context.Context, r *twin.Request, in *struct{ User, App, Tab string }) (out any, err error) {
	err = r.Update(func(tc *twin.Call) error {
		c, app, inst, err := s.personAt(tc, in.User, in.App)
		if err != nil {
			return err
		}
		tab := or(in.Tab, "home")
		switch {
		case inst.BotUser == "":
			return fmt.Errorf("%s is not installed here", app.Name)
		case tab != "home" && tab != "messages":
			return fmt.Errorf("there is no tab %q", tab)
		case tab == "home" && !app.HomeTab:
			return fmt.Errorf("%s has no Home tab", app.Name)
		case tab == "messages" && !app.MessagesTab:
			return fmt.Errorf("%s takes no messages", app.Name)
		}
		ch, _ := c.openIM(inst.BotUser)
		body := reply{"user": c.user.ID, "channel": ch.ID, "tab": tab}
		shown := reply{"channel": ch.ID, "tab": tab, "view": nil}
		if v, ok := s.viewsByHome.Get(tc.Tx, app.ID+"/"+c.user.ID); ok && tab == "home" {
			body["view"], shown["view"] = c.viewView(v), c.viewView(v)
		}
		c.emit(event{Type: "app_home_opened", Channel: ch, To: []string{inst.BotUser}, Body: body})
		out = shown
		return nil
	})
	return out, err
}
