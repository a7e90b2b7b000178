package jira

import (
	"net/http"
	"strings"

	"twinset.dev/kit/twin"
)

// sessionOperations are the cookies that older clients sign in with. People sign in with their mail address and an API token.
//
// https://developer.atlassian.com/server/jira/platform/cookie-based-authentication/
func (j *Jira) sessionOperations() {
	j.beyond(twin.Full, "auth.login", http.MethodPost, "/rest/auth/1/session", j.startSession).public()
	j.beyond(twin.Full, "auth.currentUser", http.MethodGet, "/rest/auth/1/session", j.currentSession)
	j.beyond(twin.Full, "auth.logout", http.MethodDelete, "/rest/auth/1/session", j.endSession)
}

func (j *Jira) startSession(c *call) (any, error) {
	m := object(c.body)
	t, ok := j.tokens.Get(c.Tx, c.World.Unseal(text(m["password"])))
	u, known := j.users.Get(c.Tx, t.User)
	if !ok || !known || !u.Active || !strings.EqualFold(u.Email, text(m["username"])) {
		return nil, refuse(http.StatusUnauthorized, "Login failed")
	}
	was := u.LastLogin
	ck := c.signIn(u)
	ck.Name = oldSessionCookie
	c.more.Set("Set-Cookie", ck.String())
	login := obj{"failedLoginCount": 0, "loginCount": 1}
	if was != 0 {
		login["previousLoginTime"] = stamp(was)
	}
	return obj{"session": obj{"name": ck.Name, "value": ck.Value}, "loginInfo": login}, nil
}

func (j *Jira) currentSession(c *call) (any, error) {
	login := obj{"failedLoginCount": 0, "loginCount": 1}
	if c.who.LoginThen != 0 {
		login["previousLoginTime"] = stamp(c.who.LoginThen)
	}
	return obj{"self": c.api("/user?accountId=" + c.who.ID), "name": c.who.Email, "loginInfo": login}, nil
}

func (j *Jira) endSession(c *call) (any, error) {
	k := credentialOf(c.r.Echo.Request())
	if k.scheme != "session" || !j.sessions.Delete(c.Tx, c.World.Unseal(k.secret)) {
		return nil, errAnonymous
	}
	return nil, nil
}
