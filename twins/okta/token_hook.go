package okta

import (
	"slices"
	"strings"
	"time"
)

// askAboutTokens lets an inline hook change the tokens of a grant before they are made. Without an answer they are made
// as they were going to be.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/InlineHook/#tag/InlineHook/operation/createTokenInlineHook
func (c *oauthCall) askAboutTokens(r Record, app App, g *grant, u *User, life lifetimes) (any, error) {
	scopes := obj{}
	for _, s := range g.scopes {
		scopes[s] = obj{"id": s, "action": "GRANT"}
	}
	token := func(d time.Duration) obj { return obj{"lifetime": obj{"expiration": int64(d / time.Second)}} }
	context := obj{
		"request":  with(c.hookRequest(), obj{"url": obj{"value": c.link(c.r.Echo.Request().URL.Path)}}),
		"protocol": obj{"type": "OAUTH2.0", "request": obj{"scope": strings.Join(g.scopes, " "), "grant_type": c.form.Get("grant_type"), "redirect_uri": c.form.Get("redirect_uri"), "client_id": app.clientID()}, "issuer": obj{"uri": c.server.issuer}, "client": obj{"id": app.clientID(), "name": app.Label, "type": "PUBLIC"}},
		"policy":   obj{"id": life.policy, "rule": obj{"id": life.rule}},
	}
	access := obj{"ver": 1, "cid": app.clientID(), "iss": c.server.issuer, "aud": c.server.audience, "sub": app.clientID()}
	data := obj{"context": context, "access": obj{"claims": access, "token": token(life.access), "scopes": scopes}}
	if u != nil {
		context["user"] = obj{"id": u.ID, "passwordChanged": stamp(u.PasswordChanged), "profile": u.Profile, "_links": obj{"groups": href(c.link("/api/v1/users/" + u.ID + "/groups")), "factors": href(c.link("/api/v1/users/" + u.ID + "/factors"))}}
		access["sub"], access["uid"] = u.login(), u.ID
		if slices.Contains(g.scopes, "openid") {
			data["identity"] = obj{"claims": with(c.profileClaims(*u, g.scopes), obj{"sub": u.ID, "ver": 1, "iss": c.server.issuer, "aud": app.clientID(), "amr": g.amr}), "token": token(time.Hour)}
		}
	}
	payload := obj{"source": c.link(c.r.Echo.Request().URL.Path), "eventId": c.uuid(), "eventTime": stamp(c.Now.UnixMilli()), "eventTypeVersion": "1.0", "cloudEventVersion": "0.1", "contentType": "application/json",
		"eventType": "com.okta.oauth2.tokens.transform", "data": data}
	g.asked = true
	return c.askHook(r, payload, func(_ *call, said obj) (any, error) {
		if e := object(said["error"]); e != nil {
			return nil, badRequest("server_error", text(e["errorSummary"]))
		}
		g.commands = list(said["commands"])
		return c.issue(app, g)
	}, func(*refusal) (any, error) { return c.issue(app, g) })
}

// ownClaims are those that no hook changes.
var ownClaims = []string{"iss", "jti", "iat", "exp", "ver", "cid", "uid", "auth_time", "nonce", "at_hash", "c_hash", "amr", "idp", "scp", "cnf"}

// operations are what a hook said of a token: what to do where.
func (g *grant) operations(token string, do func(op, path string, value any)) {
	for _, command := range g.commands {
		if object(command)["type"] == token {
			for _, x := range list(object(command)["value"]) {
				do(text(object(x)["op"]), text(object(x)["path"]), object(x)["value"])
			}
		}
	}
}

// patch changes the claims of a token as the hook said.
func (g *grant) patch(token string, claims obj) {
	g.operations(token, func(op, path string, value any) {
		name, ok := strings.CutPrefix(path, "/claims/")
		if name = strings.NewReplacer("~1", "/", "~0", "~").Replace(name); !ok || slices.Contains(ownClaims, name) {
			return
		}
		if op == "remove" {
			delete(claims, name)
		} else {
			claims[name] = value
		}
	})
}

// lasting is for how long a token is good when the hook has been heard: from five minutes to a day.
func (g *grant) lasting(token string, usual time.Duration) time.Duration {
	g.operations(token, func(op, path string, value any) {
		if n, ok := value.(float64); ok && path == "/token/lifetime/expiration" && n >= 300 && n <= 86400 {
			usual = time.Duration(n) * time.Second
		}
	})
	return usual
}
