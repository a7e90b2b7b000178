package okta

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// browserSession is the session whose cookie a browser sends.
func (c *call) browserSession() (Session, bool) {
	ck, err := c.r.Echo.Request().Cookie(sessionCookie)
	if err != nil {
		return Session{}, false
	}
	return c.signedIn(c.World.Unseal(ck.Value))
}

// redeemSession opens a session for somebody who has proven themselves elsewhere: by a session token, which is good
// once, or by the token of a session that they have already.
func (c *oauthCall) redeemSession(token string) (Session, bool) {
	if s, ok := c.signedIn(c.World.Unseal(token)); ok {
		return s, true
	}
	s, ok := c.redeemSessionToken(token)
	if ok {
		c.cookie = c.World.Seal(s.Secret)
	}
	return s, ok
}

func (c *call) endSession(s Session) {
	c.o.sessions.Delete(c.Tx, s.ID)
	if u, ok := c.o.users.Get(c.Tx, s.User); ok {
		c.logged("user.session.end", "SUCCESS", u.target())
	}
}

// trusted reports whether a browser may be sent to an address: one of this org, or of an origin that it trusts.
func (c *call) trusted(to string) bool {
	if strings.HasPrefix(to, c.base+"/") {
		return true
	}
	return slices.Contains(c.trustedFor("REDIRECT"), originOf(to))
}

// appByKey is the app of the name that SAML has for it, or of its id.
func (c *call) appByKey(key string) (App, bool) {
	if a, ok := c.o.apps.Get(c.Tx, key); ok {
		return a, true
	}
	for a := range c.o.apps.All(c.Tx, "") {
		if a.Key == key {
			return a, true
		}
	}
	return App{}, false
}

// assigned reports whether somebody has an app, or everybody has it.
func (c *call) assigned(app App, u User) bool {
	if truth(dig(app.Doc, "settings", "implicitAssignment")) {
		return true
	}
	_, ok := c.appUserOf(app, u.ID)
	return ok
}

// evaluated works out an expression of a claim or an attribute statement for an app and somebody, who may be nobody.
//
// https://developer.okta.com/docs/reference/okta-expression-language/
func (c *call) evaluated(source string, app App, u *User) (any, bool) {
	source = strings.TrimSuffix(strings.TrimPrefix(source, "${"), "}")
	org, _ := c.o.orgs.Get(c.Tx, "org")
	s := &scope{lenient: true, vars: obj{"app": obj{"id": app.ID, "clientId": app.clientID(), "name": app.Name, "profile": object(app.Doc["profile"])}, "org": obj{"name": org.Name, "subDomain": org.Subdomain},
		"user": nil, "appuser": nil}}
	if u != nil {
		s = c.userScope(*u)
		s.lenient = true
		s.vars = with(s.vars, obj{"app": obj{"id": app.ID, "clientId": app.clientID(), "name": app.Name, "profile": object(app.Doc["profile"])}, "org": obj{"name": org.Name, "subDomain": org.Subdomain}})
		if au, ok := c.appUserOf(app, u.ID); ok {
			s.vars["appuser"] = with(au.Profile, obj{"userName": firstText(dig(au.Credentials, "userName"), u.login())})
		} else {
			s.vars["appuser"] = obj{"userName": u.login()}
		}
	}
	e, err := parseExpression(source)
	if err != nil {
		return nil, false
	}
	v, err := e.value(s)
	return v, err == nil && v != nil
}

// userNameAt is what an app is told that somebody is called.
func (c *call) userNameAt(app App, u User) string {
	if au, ok := c.appUserOf(app, u.ID); ok {
		if name := text(dig(au.Credentials, "userName")); name != "" {
			return name
		}
	}
	return c.appUserName(app, u)
}

// groupNames are those of somebody's groups that a filter lets through.
func (c *call) groupNames(u User, kind, value string) []string {
	names := []string{}
	for g := range c.groupsOf(u) {
		name, ok := g.name(), false
		switch kind {
		case "STARTS_WITH":
			ok = strings.HasPrefix(name, value)
		case "EQUALS":
			ok = name == value
		case "CONTAINS":
			ok = strings.Contains(name, value)
		case "REGEX":
			re, err := regexp.Compile("^(?:" + value + ")$")
			ok = err == nil && re.MatchString(name)
		}
		if ok {
			names = append(names, name)
		}
	}
	return names
}

// inText is a value as texts: a list is several.
func inText(v any) (out []string) {
	switch v := v.(type) {
	case nil:
	case []any:
		for _, x := range v {
			out = append(out, inText(x)...)
		}
	case string:
		out = append(out, v)
	default:
		out = append(out, fmt.Sprint(v))
	}
	return out
}
