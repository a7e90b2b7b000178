package jira

import (
	"crypto/subtle"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"twinset.dev/kit/twin"
	"twinset.dev/kit/ui"
)

// Kinds of OAuth tokens.
const (
	tokenCode    = "code"
	tokenAccess  = "access"
	tokenRefresh = "refresh"
)

// How long they are good.
const (
	codeLife    = 5 * time.Minute
	accessLife  = time.Hour
	refreshLife = 90 * 24 * time.Hour
)

// oauthRoutes are what apps sign people in with. In the real world they are at auth.atlassian.com and api.atlassian.com.
//
// https://developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps/
func (j *Jira) oauthRoutes() {
	route := func(method, path, name, note string, f func(*twin.Request) (twin.Answer, error)) {
		op := j.Operation(&twin.Operation{ID: name, Method: method, Path: path, Level: twin.Full, Notes: note})
		j.Echo.Add(method, path, func(ec echo.Context) error { return j.Serve(ec, op, credentialOf(ec.Request()).secret, f) })
	}
	route(http.MethodGet, "/authorize", "oauth.authorize", "asks a person whether an app may act for them", j.authorizeScreen)
	route(http.MethodPost, "/authorize", "oauth.consent", "what the person says", j.consent)
	token := j.Operation(&twin.Operation{ID: "oauth.token", Method: http.MethodPost, Path: "/oauth/token", Level: twin.Full})
	j.Echo.POST("/oauth/token", func(ec echo.Context) error {
		form, err := tokenForm(ec.Request())
		secret := form.Get("code")
		if secret == "" {
			secret = form.Get("refresh_token")
		}
		return j.Serve(ec, token, secret, func(r *twin.Request) (twin.Answer, error) {
			if err != nil {
				return oauthRefusal(http.StatusBadRequest, "invalid_request", "Invalid request body"), nil
			}
			return j.token(r, form)
		})
	})
	j.beyond(twin.Full, "oauth.accessibleResources", http.MethodGet, "/oauth/token/accessible-resources", j.accessibleResources)
	j.beyond(twin.Full, "oauth.me", http.MethodGet, "/me", j.me)
}

// tokenForm is what a token request says, in JSON or as a form.
func tokenForm(r *http.Request) (url.Values, error) {
	if !strings.Contains(r.Header.Get("Content-Type"), "json") {
		r.Body = http.MaxBytesReader(nil, r.Body, maxBody)
		err := r.ParseForm()
		f := r.PostForm
		if f == nil {
			f = url.Values{}
		}
		if id, secret, ok := r.BasicAuth(); ok && f.Get("client_id") == "" {
			f.Set("client_id", id)
			f.Set("client_secret", secret)
		}
		return f, err
	}
	var body map[string]any
	f := url.Values{}
	err := json.NewDecoder(http.MaxBytesReader(nil, r.Body, maxBody)).Decode(&body)
	for k, v := range body {
		f.Set(k, text(v))
	}
	return f, err
}

func oauthRefusal(status int, code, why string) twin.Answer {
	b, _ := json.Marshal(obj{"error": code, "error_description": why})
	return twin.Answer{Status: status, Type: "application/json", Body: b, Error: code}
}

// An authorization is what the address of a consent page asks for.
type authorization struct {
	app      OAuthApp
	redirect string
	scopes   []string
	state    string
}

// authorization reads the address of a consent page. What is wrong with it is told to the person and not to the app.
func (c *call) authorization(q url.Values) (a authorization, err error) {
	var ok bool
	if a.app, ok = c.j.oauthApps.Get(c.Tx, q.Get("client_id")); !ok {
		return a, badRequest("The app's client_id is not known.")
	}
	a.redirect, a.state, a.scopes = q.Get("redirect_uri"), q.Get("state"), strings.Fields(q.Get("scope"))
	switch {
	case !slices.Contains(a.app.Callbacks, a.redirect):
		return a, badRequest("The redirect_uri is not registered for the app.")
	case q.Get("response_type") != "code":
		return a, badRequest("The response_type has to be code.")
	case q.Get("audience") != "api.atlassian.com":
		return a, badRequest("The audience has to be api.atlassian.com.")
	case len(a.scopes) == 0:
		return a, badRequest("The request asks for no scope.")
	}
	for _, s := range a.scopes {
		if s != "offline_access" && !slices.Contains(a.app.Scopes, s) {
			return a, badRequest("The app does not have the scope %s.", s)
		}
	}
	return a, nil
}

// back is where the person's browser goes with what came of it.
func (a authorization) back(more url.Values) string {
	u, _ := url.Parse(a.redirect)
	q := u.Query()
	for k, v := range more {
		q[k] = v
	}
	if a.state != "" {
		q.Set("state", a.state)
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// authorizeScreen asks a person whether an app may act for them.
func (j *Jira) authorizeScreen(r *twin.Request) (twin.Answer, error) {
	return j.page(r, "consent", func(c *call) (screen, error) {
		a, err := c.authorization(c.query)
		if err != nil {
			return screen{}, err
		}
		s := screen{V: obj{"App": a.app.Name, "Scopes": a.scopes, "Query": c.query.Encode()}}
		s.Title = "Authorize " + a.app.Name
		return s, nil
	})
}

// consent hands out a code, if the person has said yes.
func (j *Jira) consent(r *twin.Request) (answer twin.Answer, err error) {
	form, err := r.Echo.FormParams()
	if err != nil {
		return oauthRefusal(http.StatusBadRequest, "invalid_request", "Invalid request body"), nil
	}
	said := ui.Flash{}
	err = r.Update(func(tc *twin.Call) error {
		c, in := j.visitor(r, tc)
		q, _ := url.ParseQuery(form.Get("query"))
		answer = seeOther(c.root() + "/authorize?" + q.Encode())
		if !in || subtle.ConstantTimeCompare([]byte(c.formOf(credentialOf(r.Echo.Request()))), []byte(form.Get("form"))) != 1 {
			return nil
		}
		a, err := c.authorization(q)
		if err != nil {
			return err
		}
		if form.Get("answer") != "accept" {
			answer = seeOther(a.back(url.Values{"error": {"access_denied"}, "error_description": {"User did not authorize the request"}}))
			return nil
		}
		t := OAuthToken{Kind: tokenCode, App: a.app.ID, User: c.who.ID, Scopes: a.scopes, Redirect: a.redirect, Family: c.uuid()}
		answer = seeOther(a.back(url.Values{"code": {c.mint(t, codeLife)}}))
		return nil
	})
	if refused, ok := err.(*refusal); ok {
		said.Error, err = refused.inWords(), nil
		ui.Say(r.Echo, said)
	}
	return answer, err
}

// mint keeps a new token and returns what its holder shows.
func (c *call) mint(t OAuthToken, life time.Duration) string {
	t.Secret, t.Expires = c.Rand(64, tokenAlphabet), c.Now.Add(life).UnixMilli()
	c.j.oauthTokens.Put(c.Tx, t)
	return c.World.Seal(t.Secret)
}

// token exchanges a code or a refresh token. Both are good once; a refresh token that is shown again ends all that came of it.
func (j *Jira) token(r *twin.Request, form url.Values) (a twin.Answer, err error) {
	err = r.Update(func(tc *twin.Call) error {
		c := j.newCall(tc)
		app, ok := j.oauthApps.Get(c.Tx, form.Get("client_id"))
		if !ok || subtle.ConstantTimeCompare([]byte(app.Secret), []byte(c.World.Unseal(form.Get("client_secret")))) != 1 {
			a = oauthRefusal(http.StatusUnauthorized, "access_denied", "Unauthorized")
			return nil
		}
		var t OAuthToken
		switch form.Get("grant_type") {
		case "authorization_code":
			t, ok = j.oauthTokens.Get(c.Tx, c.World.Unseal(form.Get("code")))
			if !ok || t.Kind != tokenCode || t.App != app.ID || t.Redirect != form.Get("redirect_uri") || c.at() > t.Expires {
				a = oauthRefusal(http.StatusForbidden, "invalid_grant", "Invalid authorization code")
				return nil
			}
			if t.Used {
				c.endFamily(t.Family)
				a = oauthRefusal(http.StatusForbidden, "invalid_grant", "Invalid authorization code")
				return nil
			}
		case "refresh_token":
			t, ok = j.oauthTokens.Get(c.Tx, c.World.Unseal(form.Get("refresh_token")))
			if !ok || t.Kind != tokenRefresh || t.App != app.ID || t.Used || c.at() > t.Expires {
				if t.Used {
					c.endFamily(t.Family)
				}
				a = oauthRefusal(http.StatusForbidden, "invalid_grant", "Unknown or invalid refresh token.")
				return nil
			}
		default:
			a = oauthRefusal(http.StatusBadRequest, "unsupported_grant_type", "Unsupported grant type: "+form.Get("grant_type"))
			return nil
		}
		t.Used = true
		j.oauthTokens.Put(c.Tx, t)
		out := obj{"token_type": "Bearer", "expires_in": int(accessLife / time.Second), "scope": strings.Join(t.Scopes, " ")}
		next := OAuthToken{Kind: tokenAccess, App: t.App, User: t.User, Scopes: t.Scopes, Family: t.Family}
		out["access_token"] = c.mint(next, accessLife)
		if slices.Contains(t.Scopes, "offline_access") {
			next.Kind = tokenRefresh
			out["refresh_token"] = c.mint(next, refreshLife)
		}
		b, err := json.Marshal(out)
		a = twin.Answer{Status: http.StatusOK, Type: "application/json", Header: http.Header{"Cache-Control": {"no-store"}}, Body: b}
		return err
	})
	return a, err
}

// endFamily ends every token that came of one consent.
func (c *call) endFamily(family string) {
	for t := range c.j.oauthTokens.All(c.Tx, "") {
		if t.Family == family {
			c.j.oauthTokens.Delete(c.Tx, t.Secret)
		}
	}
}

// accessibleResources lists the sites that a token is for, with what it may do there.
//
// https://developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps/#3-1-get-the-cloudid-for-your-site
func (j *Jira) accessibleResources(c *call) (any, error) {
	if c.grant == nil {
		return nil, &refusal{status: http.StatusUnauthorized, messages: []string{"Unauthorized"}, body: obj{"code": 401, "message": "Unauthorized"}}
	}
	scopes := slices.DeleteFunc(slices.Clone(c.grant.Scopes), func(s string) bool { return s == "offline_access" || strings.HasSuffix(s, ":me") })
	return []any{obj{"id": c.site.Cloud, "url": c.j.URL(c.Call), "name": c.site.Title, "scopes": anys(scopes), "avatarUrl": c.j.URL(c.Call) + "/images/icons/site.png"}}, nil
}

// me is who a token is for.
func (j *Jira) me(c *call) (any, error) {
	if c.grant == nil || !slices.Contains(c.grant.Scopes, "read:me") {
		return nil, errScope
	}
	u := c.who
	return obj{"account_type": u.Type, "account_id": u.ID, "email": u.Email, "name": u.Name, "picture": c.avatarsOf(u)["48x48"], "account_status": "active", "nickname": u.Name, "zoneinfo": u.TimeZone, "locale": "en-US", "characteristics": obj{"not_mentionable": false}}, nil
}

// errScope refuses a token that is not for what is asked.
var errScope = &refusal{status: http.StatusUnauthorized, messages: []string{"Unauthorized; scope does not match"}, body: obj{"code": 401, "message": "Unauthorized; scope does not match"}}

// inScope refuses an app whose token is not for an operation. What the specification names no scopes for takes those to read or
// to write work.
func (c *call) inScope() error {
	for _, s := range c.op.takes() {
		if !slices.Contains(c.grant.Scopes, s) {
			return errScope
		}
	}
	return nil
}

var readsWork, writesWork = []string{"read:jira-work"}, []string{"write:jira-work"}

// takes are the scopes that an app has to have for an operation, all of them.
func (op *operation) takes() []string {
	switch {
	case op.Scopes != nil || !strings.HasPrefix(op.Path, "/rest/"):
		return op.Scopes
	case op.Method == http.MethodGet:
		return readsWork
	}
	return writesWork
}
