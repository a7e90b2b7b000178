package slack

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/slack/internal/api"
	"twinset.dev/twins/slack/internal/blockkit"
)

// A View is a modal on somebody's screen, or what an app shows somebody in its Home tab.
//
// https://docs.slack.dev/surfaces/modals
type View struct {
	ID        string          `json:"id"`
	App       string          `json:"app"`
	Team      string          `json:"team"`
	User      string          `json:"user"`
	Bot       string          `json:"bot"` // whose screen it is on; whose bot it is
	Type      string          `json:"type"`
	Content   json.RawMessage `json:"content"` // as blockkit checked it
	Callback  string          `json:"callback"`
	External  string          `json:"external"`
	Hash      string          `json:"hash"`
	Root      string          `json:"root"`
	Previous  string          `json:"previous"`
	Order     int64           `json:"order"` // in which it came onto the screen
	Channel   string          `json:"channel"`
	Execution string          `json:"execution"` // the run of a function that it belongs to
	Notify    bool            `json:"notify"`
	Clear     bool            `json:"clear"` // on close
}

// Inputs is what somebody has put into a view or a message so far.
type Inputs struct {
	User   string          `json:"user"`
	Where  string          `json:"where"` // the view's id, or the message's key
	Values blockkit.Inputs `json:"values"`
}

// viewsMethods are the views.* methods.
//
// https://docs.slack.dev/reference/methods?family=views
func (s *Slack) viewsMethods() {
	write(s, "views.open", about{twin.Full, tier4, "", ""}, s.viewsOpen)
	write(s, "views.push", about{twin.Full, tier4, "", ""}, s.viewsPush)
	write(s, "views.update", about{twin.Full, tier4, "", ""}, s.viewsUpdate)
	write(s, "views.publish", about{twin.Full, tier4, "", ""}, s.viewsPublish)
}

// maxStack is how many views can lie on top of each other.
const maxStack = 3

// viewsOpen puts a modal before the person who triggered it.
//
// https://docs.slack.dev/reference/methods/views.open
func (s *Slack) viewsOpen(c *call, in *api.ViewsOpenRequest) (any, error) {
	content, err := c.checkView(in.View, "modal")
	if err != nil {
		return nil, err
	}
	t, err := c.viewTrigger(in.TriggerID, in.InteractivityPointer)
	if err != nil {
		return nil, err
	}
	v, err := c.openView(t, content, View{})
	if err != nil {
		return nil, err
	}
	return c.viewAnswer(v), nil
}

// viewsPush puts a modal on top of the one that triggered it.
//
// https://docs.slack.dev/reference/methods/views.push
func (s *Slack) viewsPush(c *call, in *api.ViewsPushRequest) (any, error) {
	content, err := c.checkView(in.View, "modal")
	if err != nil {
		return nil, err
	}
	t, err := c.viewTrigger(in.TriggerID, in.InteractivityPointer)
	if err != nil {
		return nil, err
	}
	below, ok := s.views.Get(c.Tx, t.View)
	if !ok || below.Type != "modal" {
		return nil, errNotFound
	}
	v, err := c.openView(t, content, below)
	if err != nil {
		return nil, err
	}
	return c.viewAnswer(v), nil
}

// viewsUpdate changes a modal that is open.
//
// https://docs.slack.dev/reference/methods/views.update
func (s *Slack) viewsUpdate(c *call, in *api.ViewsUpdateRequest) (any, error) {
	if in.ViewID == "" && in.ExternalID == "" {
		return nil, missing("view_id")
	}
	v, ok := s.views.Get(c.Tx, in.ViewID)
	if in.ViewID == "" {
		v, ok = s.viewsByExternal.Get(c.Tx, c.token.App+"/"+c.token.Team+"/"+in.ExternalID)
	}
	kind := "modal"
	if ok && v.App == c.token.App {
		kind = v.Type
	}
	content, err := c.checkView(in.View, kind)
	switch {
	case err != nil:
		return nil, err
	case !ok || v.App != c.token.App:
		return nil, errNotFound
	case in.Hash != "" && in.Hash != v.Hash:
		return nil, errHashConflict
	}
	if v, err = c.putView(v, content); err != nil {
		return nil, err
	}
	return c.viewAnswer(v), nil
}

// viewsPublish sets what a person sees in the app's Home tab.
//
// https://docs.slack.dev/reference/methods/views.publish
func (s *Slack) viewsPublish(c *call, in *api.ViewsPublishRequest) (any, error) {
	if in.UserID == "" {
		return nil, missing("user_id")
	}
	content, err := c.checkView(in.View, "home")
	if err != nil {
		return nil, err
	}
	app, _ := s.apps.Get(c.Tx, c.token.App)
	u, ok := s.users.Get(c.Tx, in.UserID)
	switch {
	case !ok || u.Deleted:
		return nil, errUserNotFound
	case !app.HomeTab:
		return nil, Error("not_enabled")
	}
	v, there := s.viewsByHome.Get(c.Tx, app.ID+"/"+u.ID)
	switch {
	case in.Hash != "" && (!there || in.Hash != v.Hash):
		return nil, errHashConflict
	case !there:
		v = View{ID: c.id("V"), App: app.ID, Team: c.token.Team, User: u.ID, Bot: c.token.Bot, Type: "home"}
		v.Root = v.ID
	}
	if v, err = c.putView(v, content); err != nil {
		return nil, err
	}
	return c.viewAnswer(v), nil
}

// checkView holds a view to Slack's rules.
func (c *call) checkView(raw json.RawMessage, kind string) (blockkit.View, error) {
	if len(raw) == 0 {
		return blockkit.View{}, missing("view")
	}
	if len(raw) > 250<<10 {
		return blockkit.View{}, errViewTooLarge
	}
	v, wrong := blockkit.ValidateView(raw, func(n int) string { return c.Rand(n, secretAlphabet) })
	if wrong != nil {
		return v, invalid(wrong...)
	}
	if v.Type != kind {
		return v, invalid("[ERROR] unsupported type: " + v.Type + " [json-pointer:/view/type]")
	}
	return v, nil
}

// viewTrigger takes the trigger of a view method.
func (c *call) viewTrigger(id, pointer string) (Trigger, error) {
	if id == "" {
		id = pointer
	}
	if id == "" {
		return Trigger{}, missing("trigger_id")
	}
	return c.exchange(id, errInvalidTriggerID, errExpiredTriggerID, Error("exchanged_trigger_id"))
}

// openView puts a modal onto the screen of whoever pulled the trigger, on top of the one below it if there is one.
func (c *call) openView(t Trigger, content blockkit.View, below View) (View, error) {
	v := View{ID: c.id("V"), App: t.App, Team: t.Team, User: t.User, Bot: c.token.Bot, Type: "modal", Channel: t.Channel, Execution: t.Execution}
	v.Root = v.ID
	if below.ID != "" {
		depth := 0
		for o := range c.s.viewsByUser.Range(c.Tx, prefix(t.User+"/")) {
			if o.Root == below.Root {
				depth++
			}
		}
		if depth >= maxStack {
			return v, errPushLimitReached
		}
		v.Root, v.Previous, v.Channel = below.Root, below.ID, below.Channel
		if v.Execution == "" {
			v.Execution = below.Execution
		}
	}
	for o := range c.s.viewsByUser.Range(c.Tx, prefix(t.User+"/")) {
		v.Order = max(v.Order, o.Order+1)
	}
	return c.putView(v, content)
}

// putView stores what a view shows now, under a new hash.
func (c *call) putView(v View, content blockkit.View) (View, error) {
	if content.ExternalID != "" {
		if o, taken := c.s.viewsByExternal.Get(c.Tx, v.App+"/"+v.Team+"/"+content.ExternalID); taken && o.ID != v.ID {
			return v, errDuplicateExternalID
		}
	}
	v.Content, v.External, v.Callback = encode(content), content.ExternalID, content.CallbackID
	v.Notify, v.Clear = content.NotifyOnClose, content.ClearOnClose
	v.Hash = fmt.Sprintf("%d.%s", c.Now.Unix(), c.Rand(8, secretAlphabet))
	c.s.views.Put(c.Tx, v)
	c.Notify(twin.Notice{Twin: "slack", Topic: "view", Payload: v})
	return v, nil
}

// viewAnswer is what the views methods answer: a view whose inputs nobody has touched has no values there.
func (c *call) viewAnswer(v View) reply {
	r := c.viewView(v)
	if !c.s.inputs.Has(c.Tx, v.User+"/"+v.ID) {
		r["state"] = reply{"values": reply{}}
	}
	return reply{"view": r}
}

func (v View) content() blockkit.View {
	var b blockkit.View
	json.Unmarshal(v.Content, &b)
	return b
}

// viewView is a view as Slack shows it.
//
// https://docs.slack.dev/reference/views
func (c *call) viewView(v View) reply {
	b := v.content()
	r := reply{
		"id": v.ID, "team_id": v.Team, "type": v.Type, "blocks": b.Blocks, "private_metadata": b.PrivateMetadata, "callback_id": b.CallbackID,
		"state": reply{"values": c.state(v.User, v.ID, b.Blocks)}, "hash": v.Hash, "title": b.Title, "clear_on_close": b.ClearOnClose, "notify_on_close": b.NotifyOnClose,
		"close": b.Close, "submit": b.Submit, "previous_view_id": null(v.Previous), "root_view_id": v.Root, "app_id": v.App,
		"external_id": b.ExternalID, "app_installed_team_id": v.Team, "bot_id": v.Bot,
	}
	if v.Type == "home" {
		r["title"] = blockkit.Object{{Name: "type", Value: "plain_text"}, {Name: "text", Value: "View Title"}, {Name: "emoji", Value: true}}
	}
	return r
}

// state is state.values: what is in the inputs of some blocks, for the person who looks at them.
func (c *call) state(user, where string, blocks blockkit.Blocks) blockkit.Object {
	in, _ := c.s.inputs.Get(c.Tx, user+"/"+where)
	values, wrong := blockkit.State(blocks, in.in(blocks))
	if wrong != nil {
		return blockkit.InitialState(blocks)
	}
	return values
}

// in returns the inputs that are still there after blocks have changed.
func (in Inputs) in(blocks blockkit.Blocks) blockkit.Inputs {
	kept := blockkit.Inputs{}
	for block, actions := range in.Values {
		for action, raw := range actions {
			if _, ok := blockkit.Find(blocks, block, action); ok {
				if kept[block] == nil {
					kept[block] = map[string]json.RawMessage{}
				}
				kept[block][action] = raw
			}
		}
	}
	return kept
}

// fill remembers what somebody put into an element.
func (c *call) fill(where, block, action string, raw json.RawMessage) {
	in, _ := c.s.inputs.Get(c.Tx, c.user.ID+"/"+where)
	in.User, in.Where = c.user.ID, where
	in.Values = maps.Clone(in.Values)
	if in.Values == nil {
		in.Values = blockkit.Inputs{}
	}
	in.Values[block] = maps.Clone(in.Values[block])
	if in.Values[block] == nil {
		in.Values[block] = map[string]json.RawMessage{}
	}
	in.Values[block][action] = raw
	c.s.inputs.Put(c.Tx, in)
}

// closeViews takes modals off a screen.
func (c *call) closeViews(vs ...View) {
	for _, v := range vs {
		c.s.views.Delete(c.Tx, v.ID)
		c.s.inputs.Delete(c.Tx, v.User+"/"+v.ID)
		c.Notify(twin.Notice{Twin: "slack", Topic: "view_closed", Payload: v})
	}
}

// stack returns the modals that lie on top of each other with v, the lowest first.
func (c *call) stack(v View) []View {
	var vs []View
	for o := range c.s.viewsByUser.Range(c.Tx, prefix(v.User+"/")) {
		if o.Root == v.Root {
			vs = append(vs, o)
		}
	}
	return vs
}

// onTop returns the modal that somebody has before them.
func (c *call) onTop(user string) (View, bool) {
	vs := slices.Collect(c.s.viewsByUser.Range(c.Tx, prefix(user+"/")))
	if len(vs) == 0 {
		return View{}, false
	}
	return vs[len(vs)-1], true
}
