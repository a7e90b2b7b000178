package jira

import (
	"encoding/base64"
	"net/http"
	"strings"
)

// A credential is what a caller shows.
type credential struct {
	scheme string // "Basic", "Bearer", "session"; "" for nobody
	email  string // of Basic
	secret string
}

// sessionCookie holds the secret of somebody who is signed in.
const sessionCookie = "cloud.session.token"

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
		}
	}
	if ck, err := r.Cookie(sessionCookie); err == nil {
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
	case "Basic", "Bearer":
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
