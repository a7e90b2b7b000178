package jira

import (
	"encoding/base64"
	"net/http"
	"strings"
)

// A credential is what a caller shows.
type credential struct {
	scheme string // "Basic", "Bearer", "JWT", "session"; "" for nobody
	email  string // of Basic
	secret string
}

// These cookies hold the secret of somebody who is signed in: in a browser, and by the session API.
const (
	sessionCookie    = "cloud.session.token"
	oldSessionCookie = "JSESSIONID"
)

func credentialOf(r *http.Request) credential {
	if scheme, rest, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok {
		rest = strings.TrimSpace(rest)
		switch {
		case strings.EqualFold(scheme, "Basic"):
			b, err := base64.StdEncoding.DecodeString(rest)
			if email, secret, ok := strings.Cut(string(b), ":"); err == nil && ok {
				return credential{"Basic", email, secret}
			}
			return credential{scheme: "Basic"}
		case strings.EqualFold(scheme, "Bearer"):
			return credential{scheme: "Bearer", secret: rest}
		case strings.EqualFold(scheme, "JWT"):
			return credential{scheme: "JWT", secret: rest}
		}
	}
	if ck, err := r.Cookie(sessionCookie); err == nil {
		return credential{scheme: "session", secret: ck.Value}
	}
	if ck, err := r.Cookie(oldSessionCookie); err == nil {
		return credential{scheme: "session", secret: ck.Value}
	}
	return credential{}
}

// authenticate finds out who is calling. Nobody may call what is open.
//
// https://developer.atlassian.com/cloud/jira/platform/basic-auth-for-rest-apis/
func (c *call) authenticate(k credential) error {
	who := ""
	switch k.scheme {
	case "JWT":
		return c.authenticateConnect(k.secret)
	case "Basic", "Bearer":
		if t, ok := c.j.oauthTokens.Get(c.Tx, c.World.Unseal(k.secret)); ok && k.scheme == "Bearer" && t.Kind == tokenAccess && c.at() < t.Expires && (c.gateway || !strings.HasPrefix(c.op.Path, "/rest/")) {
			c.grant, who = &t, t.User
			if err := c.inScope(); err != nil {
				return err
			}
			break
		}
		t, ok := c.j.tokens.Get(c.Tx, c.World.Unseal(k.secret))
		u, known := c.j.users.Get(c.Tx, t.User)
		if !ok || !known || k.scheme == "Basic" && !strings.EqualFold(k.email, u.Email) {
			return badCredentials
		}
		who = t.User
	case "session":
		s, ok := c.j.sessions.Get(c.Tx, c.World.Unseal(k.secret))
		if ok {
			who = s.User
		}
	}
	if who != "" {
		if u, ok := c.j.users.Get(c.Tx, who); ok && u.Active {
			c.who = u
			return nil
		}
		return badCredentials
	}
	if !c.op.open {
		return errAnonymous
	}
	return nil
}

// rateLimit is how many calls a minute somebody has when the vendor's limits are kept.
const rateLimit = 600

// limit refuses calls beyond what Jira allows, while the world keeps the vendor's limits.
//
// https://developer.atlassian.com/cloud/jira/platform/rate-limiting/
func (c *call) limit() error {
	if !c.VendorLimits() {
		return nil
	}
	minute := c.Now.Unix() / 60
	n, _ := c.j.counters.Get(c.Tx, "calls/"+c.who.ID)
	if n.N>>20 != minute {
		n.N = minute << 20
	}
	n.Name = "calls/" + c.who.ID
	n.N++
	used := int(n.N & (1<<20 - 1))
	if used > rateLimit {
		return tooMany(int(60 - c.Now.Unix()%60))
	}
	c.j.counters.Put(c.Tx, n)
	c.more.Set("X-Ratelimit-Limit", id(rateLimit))
	c.more.Set("X-Ratelimit-Remaining", id(int64(rateLimit-used)))
	return nil
}
