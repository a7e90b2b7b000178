package okta

import (
	"slices"

	"twinset.dev/kit/twin"
)

// sessionsOperations are people's being signed in.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Session/
func (o *Okta) sessionsOperations() {
	o.beyond(twin.Full, "createSession", "POST", "/api/v1/sessions", o.createSession).public()
	o.on(twin.Full, "getSession", o.getSession)
	o.on(twin.Full, "refreshSession", o.refreshSession)
	o.on(twin.Full, "revokeSession", o.revokeSession)
	o.on(twin.Full, "revokeUserSessions", o.revokeUserSessions)
}

// sessionEnds is when a session of somebody ends unless it is refreshed, as the sign-on policy says.
func (c *call) sessionEnds(u User, begun int64) int64 {
	const minute = 60 * 1000
	session := object(c.signOn(u)["session"])
	ends := c.at() + int64(number(session["maxSessionIdleMinutes"]))*minute
	if most := int64(number(session["maxSessionLifetimeMinutes"])); most > 0 {
		ends = min(ends, begun+most*minute)
	}
	return ends
}

// createSession signs somebody in who shows a session token, which is good once.
func (o *Okta) createSession(c *call) (any, error) {
	s, ok := c.redeemSessionToken(text(c.body["sessionToken"]))
	if !ok {
		return nil, errAuthentication
	}
	v := c.sessionView(s)
	switch c.query.Get("additionalFields") {
	case "cookieToken":
		v["cookieToken"] = c.World.Seal(s.Secret)
	case "cookieTokenUrl":
		v["cookieTokenUrl"] = c.link("/login/sessionCookieRedirect?token=" + c.World.Seal(s.Secret))
	}
	return v, nil
}

// redeemSessionToken signs in whom a transaction has given a session token.
func (c *call) redeemSessionToken(token string) (Session, bool) {
	t, ok := c.o.transactions.Get(c.Tx, token)
	u, known := c.o.users.Get(c.Tx, t.User)
	if !ok || !known || t.Client != "" || t.Status != authSuccess || c.Now.UnixMilli() > t.Expires {
		return Session{}, false
	}
	c.o.transactions.Delete(c.Tx, t.Token)
	return c.signIn(u, t.AMR), true
}

// signIn begins a session for somebody who has proven themselves in the ways that amr names.
func (c *call) signIn(u User, amr []string) Session {
	s := Session{ID: "102" + c.Rand(22, idAlphabet), User: u.ID, Secret: c.Rand(32, idAlphabet), Created: c.at(), Expires: c.sessionEnds(u, c.at()), AMR: amr}
	if slices.Contains(amr, "pwd") {
		s.PasswordVerified = c.at()
	}
	if slices.Contains(amr, "mfa") {
		s.MFAVerified = c.at()
	}
	c.o.sessions.Put(c.Tx, s)
	u.LastLogin = c.at()
	c.o.users.Put(c.Tx, u)
	c.logged("user.session.start", "SUCCESS", u.target())
	return s
}

// signedIn is the session with a secret, if it lasts still.
func (c *call) signedIn(secret string) (Session, bool) {
	s, ok := c.o.sessionsBySecret.Get(c.Tx, secret)
	return s, ok && c.Now.UnixMilli() < s.Expires
}

// signOut ends all sessions of somebody, and what they had begun.
func (c *call) signOut(u User) {
	for s := range c.o.sessionsOf.All(c.Tx, u.ID) {
		c.o.sessions.Delete(c.Tx, s.ID)
	}
	for t := range c.o.transactions.All(c.Tx, "") {
		if t.User == u.ID {
			c.o.transactions.Delete(c.Tx, t.Token)
		}
	}
}

// sessionOf is the session that the path names; "me" is the caller's own.
func (c *call) sessionOf() (Session, error) {
	id := c.param("sessionId")
	s, ok := c.o.sessions.Get(c.Tx, id)
	if id == "me" {
		s, ok = c.who.session, c.who.session.ID != ""
	}
	if !ok || c.Now.UnixMilli() >= s.Expires {
		return s, notFound(id, "AppSession")
	}
	return s, nil
}

func (o *Okta) getSession(c *call) (any, error) {
	s, err := c.sessionOf()
	if err != nil {
		return nil, err
	}
	return c.sessionView(s), nil
}

// refreshSession makes a session last as long again.
func (o *Okta) refreshSession(c *call) (any, error) {
	s, err := c.sessionOf()
	if err != nil {
		return nil, err
	}
	u, _ := o.users.Get(c.Tx, s.User)
	s.Expires = c.sessionEnds(u, s.Created)
	o.sessions.Put(c.Tx, s)
	return c.sessionView(s), nil
}

func (o *Okta) revokeSession(c *call) (any, error) {
	s, err := c.sessionOf()
	if err != nil {
		return nil, err
	}
	o.sessions.Delete(c.Tx, s.ID)
	if u, ok := o.users.Get(c.Tx, s.User); ok {
		c.logged("user.session.end", "SUCCESS", u.target())
	}
	return nil, nil
}

// revokeUserSessions signs somebody out everywhere; with oauthTokens what apps were given for them is good no longer either.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/UserSessions/
func (o *Okta) revokeUserSessions(c *call) (any, error) {
	u, err := c.user()
	if err != nil {
		return nil, err
	}
	c.signOut(u)
	if c.query.Get("oauthTokens") == "true" {
		c.revokeTokens(u.ID, "")
	}
	c.logged("user.session.clear", "SUCCESS", u.target())
	return nil, nil
}

// sessionView is a session as the caller sees it.
func (c *call) sessionView(s Session) obj {
	u, _ := c.o.users.Get(c.Tx, s.User)
	org, _ := c.o.orgs.Get(c.Tx, "org")
	idp := obj{"id": org.ID, "type": "OKTA"}
	if r, err := c.fetch(idpKind, "", s.IDP); err == nil {
		idp = obj{"id": r.ID, "type": map[bool]string{true: "FEDERATION", false: "SOCIAL"}[idpTypeOf(r).authorize == ""]}
	}
	me := c.link("/api/v1/sessions/me")
	return obj{"id": s.ID, "userId": s.User, "login": u.login(), "createdAt": stamp(s.Created), "expiresAt": stamp(s.Expires), "status": "ACTIVE", "lastPasswordVerification": stamp(s.PasswordVerified), "lastFactorVerification": stamp(s.MFAVerified),
		"amr": anys(s.AMR), "idp": idp, "mfaActive": true, "_links": obj{"self": hints(me, "GET", "DELETE"), "refresh": hints(me+"/lifecycle/refresh", "POST"),
			"user": with(hints(c.link("/api/v1/users/me"), "GET"), obj{"name": u.display()})}}
}
