package slack

import (
	"context"
	"fmt"

	"twinset.dev/kit/twin"
)

// byHandOf does something as a person who is named by id or by name.
func (s *Slack) byHandOf(r *twin.Request, who string, do func(*call) (any, error)) (out any, err error) {
	err = r.Update(func(tc *twin.Call) error {
		c, err := s.person(tc, who)
		if err != nil {
			return err
		}
		r.Actor = c.user.ID
		out, err = do(c)
		return err
	})
	return out, err
}

// askForApp asks administrators to let an app be installed.
func (s *Slack) askForApp(_ context.Context, r *twin.Request, in *struct{ User, App, Message string }) (any, error) {
	return s.byHandOf(r, in.User, func(c *call) (any, error) {
		app, err := c.appNamed(in.App)
		if err != nil {
			return nil, err
		}
		return c.appRequestView(c.requestApp(AppRequest{App: app.ID, BotScopes: app.BotScopes, UserScopes: app.UserScopes, Message: in.Message})), nil
	})
}

// askForInvite asks administrators to invite somebody.
func (s *Slack) askForInvite(_ context.Context, r *twin.Request, in *struct {
	User, Email, Name, Type, Reason string
	Channels                        []string
}) (any, error) {
	return s.byHandOf(r, in.User, func(c *call) (any, error) {
		return inviteRequestView(c.requestInvite(InviteRequest{Email: in.Email, Name: in.Name, Type: or(in.Type, "full_member"), Reason: in.Reason, Channels: in.Channels})), nil
	})
}

// signInOn signs someone in on a device and returns the token that its client has.
func (s *Slack) signInOn(_ context.Context, r *twin.Request, in *struct {
	User                          string
	Mobile                        bool
	Hardware, OS, Version, Client string
}) (any, error) {
	return s.byHandOf(r, in.User, func(c *call) (any, error) {
		t := Token{Key: "xoxs-" + c.Rand(12, "0123456789") + "-" + c.Rand(12, "0123456789") + "-" + c.Rand(32, hexAlphabet), Kind: tokenLegacy, User: c.user.ID, Team: c.token.Team,
			Scopes: []string{"identify", "read", "post", "client", "apps"}, Created: c.Now.Unix()}
		if rule, ok := s.sessionRules.Get(c.Tx, c.user.ID); ok && rule.Duration > 0 {
			t.Expires = c.Now.Unix() + rule.Duration
		}
		s.tokens.Put(c.Tx, t)
		x := c.signIn(Session{Token: t.Key, Mobile: in.Mobile, Hardware: or(in.Hardware, "Apple"), OS: or(in.OS, "Mac OS"), OSVersion: or(in.Version, "15.3.1"),
			Client: or(in.Client, "4.42.120"), IP: c.Request.Echo.RealIP()})
		c.emit(event{Type: "accounts_changed", To: []string{c.user.ID}, Body: reply{}})
		return reply{"session_id": x.ID, "token": c.World.Reveal(t.Key)}, nil
	})
}

// signOut ends someone's session.
func (s *Slack) signOut(_ context.Context, r *twin.Request, in *struct {
	User    string
	Session int64 `json:"session_id"`
}) (any, error) {
	return s.byHandOf(r, in.User, func(c *call) (any, error) {
		x, ok := s.devices.Get(c.Tx, Session{ID: in.Session}.key())
		if !ok || x.User != c.user.ID {
			return nil, fmt.Errorf("%s has no session %d", c.user.Name, in.Session)
		}
		c.endSession(x)
		c.audit("user_logout", aboutUser(c.user), nil)
		return reply{}, nil
	})
}
