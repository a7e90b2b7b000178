package slack

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/slack/internal/api"
)

// A Call is a call of a third party's that Slack shows.
//
// https://docs.slack.dev/apis/web-api/using-the-calls-api
type Call struct {
	ID         string        `json:"id"`
	App        string        `json:"app"`
	Team       string        `json:"team"`
	CreatedBy  string        `json:"created_by"`
	ExternalID string        `json:"external_id"`
	DisplayID  string        `json:"display_id"`
	Title      string        `json:"title"`
	JoinURL    string        `json:"join_url"`
	DesktopURL string        `json:"desktop_url"`
	Start      int64         `json:"start"`
	End        int64         `json:"end"`
	Users      []Participant `json:"users"`    // who is in it
	All        []Participant `json:"all"`      // who has ever been
	Shown      []Share       `json:"shown"`    // the messages that show it
	Rejected   []string      `json:"rejected"` // by whom
}

// A Participant of a call: somebody in Slack, somebody elsewhere, or both.
type Participant struct {
	SlackID     string `json:"slack_id,omitempty"`
	ExternalID  string `json:"external_id,omitempty"`
	DisplayName string `json:"display_name,omitempty"`
	AvatarURL   string `json:"avatar_url,omitempty"`
}

// is reports whether p and q are the same.
func (p Participant) is(q Participant) bool {
	return p.SlackID != "" && p.SlackID == q.SlackID || p.ExternalID != "" && p.ExternalID == q.ExternalID
}

// callsMethods are the calls.* methods.
//
// https://docs.slack.dev/reference/methods?family=calls
func (s *Slack) callsMethods() {
	write(s, "calls.add", about{twin.Full, tier3, "calls:write", "calls:write"}, s.callsAdd)
	write(s, "calls.update", about{twin.Full, tier3, "calls:write", "calls:write"}, s.callsUpdate)
	write(s, "calls.end", about{twin.Full, tier3, "calls:write", "calls:write"}, s.callsEnd)
	write(s, "calls.participants.add", about{twin.Full, tier3, "calls:write", "calls:write"}, s.callsParticipantsAdd)
	write(s, "calls.participants.remove", about{twin.Full, tier3, "calls:write", "calls:write"}, s.callsParticipantsRemove)
	read(s, "calls.info", about{twin.Full, tier3, "calls:read", "calls:read"}, s.callsInfo)
}

// callsAdd makes a call known. Adding the same one again returns it as it is.
//
// https://docs.slack.dev/reference/methods/calls.add
func (s *Slack) callsAdd(c *call, in *api.CallsAddRequest) (any, error) {
	switch {
	case in.ExternalUniqueID == "":
		return nil, missing("external_unique_id")
	case in.JoinURL == "":
		return nil, missing("join_url")
	case !isURL(in.JoinURL):
		return nil, invalid("[ERROR] must be a valid url [json-pointer:/join_url]")
	}
	by := in.CreatedBy
	if by == "" && c.token.Kind != tokenBot {
		by = c.user.ID
	}
	if u, ok := s.users.Get(c.Tx, by); !ok || u.Deleted {
		return nil, Error("invalid_created_by")
	}
	if c.args.given("date_start") && (in.DateStart < 0 || in.DateStart > c.Now.Unix()+366*24*3600) {
		return nil, Error("invalid_start_time")
	}
	users, err := c.participants(in.Users)
	if err != nil {
		return nil, err
	}
	v, again := s.callsByExternalID.Get(c.Tx, c.token.App+" "+in.ExternalUniqueID)
	if again && v.End == 0 {
		return reply{"call": c.callView(v)}, nil
	}
	v = Call{ID: c.id("R"), App: c.token.App, Team: c.token.Team, CreatedBy: by, ExternalID: in.ExternalUniqueID, DisplayID: in.ExternalDisplayID,
		Title: in.Title, JoinURL: in.JoinURL, DesktopURL: in.DesktopAppJoinURL, Start: in.DateStart, Users: users, All: users}
	if v.Start == 0 {
		v.Start = c.Now.Unix()
	}
	s.calls.Put(c.Tx, v)
	return reply{"call": c.callView(v)}, nil
}

// participants reads the users of a call, and refuses those who are not there.
func (c *call) participants(j json.RawMessage) (ps []Participant, err error) {
	if present(j) == nil {
		return nil, nil
	}
	if json.Unmarshal(j, &ps) != nil {
		return nil, invalid("[ERROR] must be a valid json array [json-pointer:/users]")
	}
	for _, p := range ps {
		switch {
		case p.SlackID == "" && p.ExternalID == "":
			return nil, errUserNotFound
		case p.SlackID != "" && !c.s.users.Has(c.Tx, p.SlackID):
			return nil, errUserNotFound
		}
	}
	return ps, nil
}

// ownCall finds a call of the calling app's.
func (c *call) ownCall(id string) (Call, error) {
	v, ok := c.s.calls.Get(c.Tx, id)
	if !ok || v.App != c.token.App || v.Team != c.token.Team {
		return v, Error("invalid_call_id")
	}
	return v, nil
}

// changed keeps a call and tells where it is shown that it has changed.
func (c *call) changed(v Call) {
	before := make([]messageView, len(v.Shown))
	for i, sh := range v.Shown {
		if m, ok := c.s.messages.Get(c.Tx, messageKey(sh.Channel, sh.TS)); ok {
			before[i] = c.messageView(m)
		}
	}
	c.s.calls.Put(c.Tx, v)
	for i, sh := range v.Shown {
		if m, ok := c.s.messages.Get(c.Tx, messageKey(sh.Channel, sh.TS)); ok {
			ch, _ := c.s.channels.Get(c.Tx, sh.Channel)
			c.emitChanged(ch, m, before[i])
		}
	}
}

// callsUpdate changes what a call is called and how it is joined.
//
// https://docs.slack.dev/reference/methods/calls.update
func (s *Slack) callsUpdate(c *call, in *api.CallsUpdateRequest) (any, error) {
	v, err := c.ownCall(in.ID)
	if err != nil {
		return nil, err
	}
	if in.JoinURL != "" && !isURL(in.JoinURL) {
		return nil, invalid("[ERROR] must be a valid url [json-pointer:/join_url]")
	}
	v.Title, v.JoinURL, v.DesktopURL = or(in.Title, v.Title), or(in.JoinURL, v.JoinURL), or(in.DesktopAppJoinURL, v.DesktopURL)
	c.changed(v)
	return reply{"call": c.callView(v)}, nil
}

// callsEnd ends a call.
//
// https://docs.slack.dev/reference/methods/calls.end
func (s *Slack) callsEnd(c *call, in *api.CallsEndRequest) (any, error) {
	v, err := c.ownCall(in.ID)
	if err != nil {
		return nil, err
	}
	if v.End != 0 {
		return nil, Error("inactive_call")
	}
	if v.End = c.Now.Unix(); in.Duration > 0 {
		v.End = v.Start + in.Duration
	}
	v.Users = nil
	c.changed(v)
	return reply{"call": c.callView(v)}, nil
}

// callsInfo returns a call.
//
// https://docs.slack.dev/reference/methods/calls.info
func (s *Slack) callsInfo(c *call, in *api.CallsInfoRequest) (any, error) {
	v, err := c.ownCall(in.ID)
	if err != nil {
		return nil, err
	}
	return reply{"call": c.callView(v)}, nil
}

// callsParticipantsAdd notes who has joined a call.
//
// https://docs.slack.dev/reference/methods/calls.participants.add
func (s *Slack) callsParticipantsAdd(c *call, in *api.CallsParticipantsAddRequest) (any, error) {
	v, users, err := c.activeCall(in.ID, in.Users)
	if err != nil {
		return nil, err
	}
	v.Users, v.All = slices.Clone(v.Users), slices.Clone(v.All)
	for _, p := range users {
		if slices.ContainsFunc(v.Users, p.is) {
			return nil, Error("bad_users")
		}
		v.Users = append(v.Users, p)
		if !slices.ContainsFunc(v.All, p.is) {
			v.All = append(v.All, p)
		}
	}
	c.changed(v)
	return reply{"call": c.callView(v)}, nil
}

// activeCall finds a call that has not ended, and reads who joins or leaves it.
func (c *call) activeCall(id string, j json.RawMessage) (v Call, users []Participant, err error) {
	if id == "" || present(j) == nil {
		return v, nil, errMissingArgument
	}
	if v, err = c.ownCall(id); err != nil {
		return v, nil, err
	}
	if v.End != 0 {
		return v, nil, Error("inactive_call")
	}
	users, err = c.participants(j)
	return v, users, err
}

// callsParticipantsRemove notes who has left a call.
//
// https://docs.slack.dev/reference/methods/calls.participants.remove
func (s *Slack) callsParticipantsRemove(c *call, in *api.CallsParticipantsRemoveRequest) (any, error) {
	v, users, err := c.activeCall(in.ID, in.Users)
	if err != nil {
		return nil, err
	}
	for _, p := range users {
		if !slices.ContainsFunc(v.Users, p.is) {
			return nil, Error("bad_users")
		}
		v.Users = slices.DeleteFunc(slices.Clone(v.Users), p.is)
	}
	c.changed(v)
	return reply{"call": c.callView(v)}, nil
}

// callView is a call as its app sees it.
func (c *call) callView(v Call) reply {
	view := reply{"id": v.ID, "date_start": v.Start, "external_unique_id": v.ExternalID, "join_url": v.JoinURL, "users": shown(v.Users)}
	for k, text := range map[string]string{"desktop_app_join_url": v.DesktopURL, "external_display_id": v.DisplayID, "title": v.Title} {
		if text != "" {
			view[k] = text
		}
	}
	if v.End != 0 {
		view["date_end"] = v.End
	}
	if chs := v.channels(); len(chs) > 0 {
		view["channels"] = chs
	}
	return view
}

func shown(ps []Participant) []Participant {
	if ps == nil {
		return []Participant{}
	}
	return ps
}

// channels are the conversations that a call is shown in.
func (v Call) channels() (chs []string) {
	for _, sh := range v.Shown {
		if !slices.Contains(chs, sh.Channel) {
			chs = append(chs, sh.Channel)
		}
	}
	return chs
}

// calls are the ids of the calls that blocks show.
func callsIn(blocks json.RawMessage) (ids []string) {
	if !bytes.Contains(blocks, []byte(`"call_id"`)) {
		return nil
	}
	var bs []struct {
		Type   string `json:"type"`
		CallID string `json:"call_id"`
	}
	json.Unmarshal(blocks, &bs)
	for _, b := range bs {
		if b.Type == "call" && b.CallID != "" {
			ids = append(ids, b.CallID)
		}
	}
	return ids
}

// showCalls notes that a message shows calls.
func (c *call) showCalls(m Message) {
	for _, id := range callsIn(m.Blocks) {
		if v, ok := c.s.calls.Get(c.Tx, id); ok {
			v.Shown = append(slices.Clone(v.Shown), Share{Channel: m.Channel, TS: m.TS, User: m.User})
			c.s.calls.Put(c.Tx, v)
		}
	}
}

// callBlocks are blocks with what there is to say of the calls in them.
//
// https://docs.slack.dev/reference/block-kit/blocks
func (c *call) callBlocks(blocks json.RawMessage) json.RawMessage {
	if callsIn(blocks) == nil {
		return blocks
	}
	var bs []map[string]any
	if json.Unmarshal(blocks, &bs) != nil {
		return blocks
	}
	for _, b := range bs {
		id, _ := b["call_id"].(string)
		v, ok := c.s.calls.Get(c.Tx, id)
		if b["type"] != "call" || !ok {
			continue
		}
		app, _ := c.s.apps.Get(c.Tx, v.App)
		icons := reply{}
		for _, size := range []string{"32", "36", "48", "64", "72", "96", "128", "192", "512", "1024"} {
			icons["image_"+size] = c.base + "/avatars/" + app.ID + "_" + size + ".png"
		}
		b["api_decoration_available"] = false
		b["call"] = reply{"media_backend_type": "platform_call", "v1": reply{
			"id": v.ID, "app_id": v.App, "app_icon_urls": icons, "date_start": v.Start, "date_end": v.End, "active_participants": shown(v.Users),
			"all_participants": shown(v.All), "display_id": v.DisplayID, "join_url": v.JoinURL, "desktop_app_join_url": v.DesktopURL, "name": v.Title,
			"created_by": v.CreatedBy, "channels": ids(v.channels()), "is_dm_call": false, "was_rejected": len(v.Rejected) > 0, "was_missed": false,
			"was_accepted": len(v.All) > 0, "has_ended": v.End != 0,
		}}
	}
	return encode(bs)
}

// rejectCall does what a person does who turns down a call that a direct message shows.
func (s *Slack) rejectCall(_ context.Context, w *twin.World, r *twin.Request, body json.RawMessage) (any, error) {
	var in struct {
		Call, User string
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, err
	}
	err := r.Update(func(tc *twin.Call) error {
		c := &call{Call: tc, s: s, args: &arguments{}, base: s.URL(tc)}
		u, ok := s.users.Get(tc.Tx, in.User)
		if !ok {
			u, ok = c.userByName(in.User)
		}
		v, is := s.calls.Get(tc.Tx, in.Call)
		if !ok || !is || v.End != 0 || len(v.Shown) == 0 {
			return errors.New("there is no such call for that user to reject")
		}
		c.user, c.token.Team = u, u.Team
		v.Rejected = append(slices.Clone(v.Rejected), u.ID)
		c.changed(v)
		install, _ := s.installs.Get(tc.Tx, v.App+"/"+v.Team)
		c.emit(event{Type: "call_rejected", To: []string{install.BotUser, v.CreatedBy}, Body: reply{
			"call_id": v.ID, "user_id": u.ID, "channel_id": v.Shown[len(v.Shown)-1].Channel, "external_unique_id": v.ExternalID,
		}})
		return nil
	})
	return reply{"ok": err == nil}, err
}
