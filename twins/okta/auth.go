package okta

import (
	"crypto/rand"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// A credential is what a caller shows: an API token, an access token or a session's cookie.
type credential struct {
	scheme string // "SSWS", "Bearer", "sid"
	secret string
}

const sessionCookie = "sid"

func credentialOf(r *http.Request) credential {
	if scheme, secret, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok {
		switch {
		case strings.EqualFold(scheme, "SSWS"):
			return credential{"SSWS", strings.TrimSpace(secret)}
		case strings.EqualFold(scheme, "Bearer"), strings.EqualFold(scheme, "DPoP"):
			return credential{scheme, strings.TrimSpace(secret)}
		}
	}
	if ck, err := r.Cookie(sessionCookie); err == nil {
		return credential{"sid", ck.Value}
	}
	return credential{}
}

// tagged is the part of a credential that says which world it is of.
func (k credential) tagged() string {
	if strings.Count(k.secret, ".") == 2 {
		return claimOf(k.secret, "jti")
	}
	return k.secret
}

// A principal is who calls: a person by their API token or session, or an app by its access token.
type principal struct {
	user    User
	token   APIToken
	session Session
	client  string   // of an access token
	scopes  []string // of an access token
	powers  *powers  // once they are known
}

func (p principal) actor() string {
	if p.user.ID != "" {
		return p.user.login()
	}
	return p.client
}

// authenticate finds out who is calling and whether they may.
//
// https://developer.okta.com/docs/reference/core-okta-api/#authentication
func (c *call) authenticate(k credential) error {
	if c.op.open {
		return nil
	}
	c.r.Need(c.op.Scopes)
	switch k.scheme {
	case "SSWS":
		t, ok := c.o.tokensBySecret.Get(c.Tx, c.World.Unseal(k.secret))
		if !ok {
			return errInvalidToken
		}
		u, ok := c.o.users.Get(c.Tx, t.User)
		if !ok || u.Status == statusDeprovisioned || u.Status == statusSuspended {
			return errInvalidToken
		}
		c.who = principal{user: u, token: t}
		return c.mayCall()
	case "Bearer", "DPoP":
		return c.authenticateBearer(k)
	case "sid":
		s, ok := c.signedIn(c.World.Unseal(k.secret))
		if !ok {
			return errInvalidSession
		}
		u, ok := c.o.users.Get(c.Tx, s.User)
		if !ok {
			return errInvalidSession
		}
		c.who = principal{user: u, session: s}
		return c.mayCall()
	}
	return errInvalidSession
}

// authenticateBearer takes an access token of the org's own authorization server, which opens what its scopes say to
// whoever may do that as an administrator. About themselves people need the scope alone.
//
// https://developer.okta.com/docs/guides/implement-oauth-for-okta/main/
func (c *call) authenticateBearer(k credential) error {
	t, claims, ok := c.bearer(k)
	if !ok || text(claims["iss"]) != c.base {
		return errBearer
	}
	c.who = principal{client: t.Client, scopes: t.Scopes}
	if t.User != "" {
		c.who.user, _ = c.o.users.Get(c.Tx, t.User)
	}
	has := func(need string) bool {
		manage := strings.TrimSuffix(need, ".read") + ".manage"
		return slices.Contains(t.Scopes, need) || slices.Contains(t.Scopes, manage) || c.aboutSelf() && (slices.Contains(t.Scopes, need+".self") || slices.Contains(t.Scopes, manage+".self"))
	}
	if len(c.op.Scopes) > 0 && !slices.ContainsFunc(c.op.Scopes, has) {
		return errInsufficientScope
	}
	return c.mayCall()
}

// limit counts the call against its bucket, in a world that keeps Okta's rate limits.
//
// https://developer.okta.com/docs/reference/rate-limits/
func (c *call) limit() error {
	bucket, most := bucketOf(c.op)
	reset := c.Now.Unix() - c.Now.Unix()%60 + 60
	left := most - 1
	if c.VendorLimits() {
		l, _ := c.o.limits.Get(c.Tx, bucket)
		if l.Reset != reset {
			l = Limit{Bucket: bucket, Reset: reset}
		}
		l.Calls++
		c.o.limits.Put(c.Tx, l)
		left = max(most-l.Calls, 0)
		if l.Calls > most {
			return &refusal{status: errTooMany.status, code: errTooMany.code, summary: errTooMany.summary, header: limitHeader(most, 0, reset)}
		}
	}
	for k, v := range limitHeader(most, left, reset) {
		c.more[k] = v
	}
	return nil
}

func limitHeader(most, left int, reset int64) http.Header {
	return http.Header{"X-Rate-Limit-Limit": {strconv.Itoa(most)}, "X-Rate-Limit-Remaining": {strconv.Itoa(left)}, "X-Rate-Limit-Reset": {strconv.FormatInt(reset, 10)}}
}

// bucketOf is what an operation's calls are counted as, and how many of them a minute an org may make.
func bucketOf(op *operation) (string, int) {
	p := op.Path
	switch {
	case strings.HasPrefix(p, "/api/v1/users") || strings.HasPrefix(p, "/api/v1/groups"):
		if strings.Contains(p, "{") {
			return strings.Join(strings.SplitN(p, "/", 6)[:5], "/"), 600
		}
		return p, 600
	case strings.HasPrefix(p, "/api/v1/apps"):
		return "/api/v1/apps", 100
	case strings.HasPrefix(p, "/api/v1/authn"), strings.HasPrefix(p, "/api/v1/sessions"):
		return "/api/v1/authn", 600
	case strings.HasPrefix(p, "/api/v1/logs"):
		return "/api/v1/logs", 120
	case strings.HasPrefix(p, "/oauth2/"):
		return "/oauth2", 1200
	}
	return "/api/v1", 1200
}

// requestID is what support would ask for. It is not part of the world, and so not of its chance.
func requestID() string { return rand.Text()[:26] }
