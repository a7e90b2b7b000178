package okta

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// The scopes of OpenID Connect, and what a person is told of them.
var openidScopes = map[string]string{
	"openid": "Know who you are", "profile": "See your name and profile", "email": "See your email address", "address": "See your address", "phone": "See your phone number",
	"offline_access": "Keep having access when you are not there", "groups": "See the groups that you are in", "device_sso": "Sign in to other apps on this device",
}

// scopes are those that the app asks for, if it may have them. u is nobody when it asks for itself.
func (c *oauthCall) scopes(app App, u *User) ([]string, error) {
	asked := strings.Fields(c.form.Get("scope"))
	if len(asked) == 0 {
		for r := range c.all(scopeKind, c.server.id) {
			if truth(r.Doc["default"]) {
				asked = append(asked, r.Name)
			}
		}
		if len(asked) == 0 {
			return nil, badRequest("invalid_scope", "The authorization server resource does not have any configured default scopes, 'scope' must be provided.")
		}
	}
	for _, s := range asked {
		switch {
		case c.server.id != "":
			if _, ok := c.called(scopeKind, c.server.id, s); !ok {
				return nil, errScope
			}
		case openidScopes[s] != "":
		case !strings.HasPrefix(s, "okta.") || !c.granted(app, s):
			return nil, errScope
		}
	}
	slices.Sort(asked)
	return slices.Compact(asked), nil
}

// policyFor finds the rule of the server's policies that lets an app have a grant, and for how long.
//
// https://developer.okta.com/docs/guides/configure-access-policy/main/
func (c *oauthCall) policyFor(app App, g *grant) (lifetimes, error) {
	life := lifetimes{access: time.Hour, refresh: 100 * 24 * time.Hour, window: 100 * 24 * time.Hour}
	if c.server.id == "" {
		return life, nil
	}
	for _, p := range ranked(c.all(policyKind, c.server.id)) {
		clients := texts(dig(p.Doc, "conditions", "clients", "include"))
		if p.Status != "ACTIVE" || !slices.Contains(clients, "ALL_CLIENTS") && !slices.Contains(clients, app.clientID()) {
			continue
		}
		for _, r := range ranked(c.all(ruleKind, p.ID)) {
			if r.Status != "ACTIVE" || !c.ruleFits(r, g) {
				continue
			}
			minutes := func(name string, d time.Duration) time.Duration {
				if n, ok := dig(r.Doc, "actions", "token", name).(float64); ok && n > 0 {
					return time.Duration(n) * time.Minute
				}
				return d
			}
			return lifetimes{hook: text(dig(r.Doc, "actions", "token", "inlineHook", "id")), policy: p.ID, rule: r.ID, access: minutes("accessTokenLifetimeMinutes", life.access), refresh: minutes("refreshTokenLifetimeMinutes", life.refresh), window: minutes("refreshTokenWindowMinutes", life.window)}, nil
		}
	}
	return life, errPolicy
}

// ruleFits reports whether a rule speaks of a grant: its type, who it is for, and what it is for.
func (c *oauthCall) ruleFits(r Record, g *grant) bool {
	kinds, scopes := texts(dig(r.Doc, "conditions", "grantTypes", "include")), texts(dig(r.Doc, "conditions", "scopes", "include"))
	if g.kind != "" && !slices.Contains(kinds, g.kind) {
		return false
	}
	if u, ok := c.o.users.Get(c.Tx, g.user); ok && !c.situationOf(u, text(c.address1())).fits(r) {
		return false
	}
	return slices.Contains(scopes, "*") || !slices.ContainsFunc(g.scopes, func(s string) bool { return !slices.Contains(scopes, s) })
}

// customClaims are those that a server is set up to write into tokens of a kind, RESOURCE or IDENTITY.
// lean leaves out those that an ID token holds only when there is no access token beside it.
func (c *oauthCall) customClaims(kind string, app App, g *grant, u *User, lean bool) obj {
	out := obj{}
	for r := range c.all(claimKind, c.server.id) {
		need := texts(dig(r.Doc, "conditions", "scopes"))
		switch {
		case text(r.Doc["status"]) != "ACTIVE" || text(r.Doc["claimType"]) != kind,
			lean && !truth(r.Doc["alwaysIncludeInToken"]),
			len(need) > 0 && !slices.ContainsFunc(need, func(s string) bool { return slices.Contains(g.scopes, s) }):
			continue
		}
		switch text(r.Doc["valueType"]) {
		case "SYSTEM":
			if u != nil {
				if v, ok := c.profileClaims(*u, []string{"profile", "email", "address", "phone"})[r.Name]; ok {
					out[r.Name] = v
				}
			}
		case "GROUPS":
			if u != nil {
				out[r.Name] = c.groupNames(*u, text(r.Doc["group_filter_type"]), text(r.Doc["value"]))
			}
		default:
			if v, ok := c.evaluated(text(r.Doc["value"]), app, u); ok {
				out[r.Name] = v
			}
		}
	}
	if name := text(app.IDToken["name"]); c.server.id == "" && name != "" && u != nil && kind == "IDENTITY" {
		if text(app.IDToken["valueType"]) != "GROUPS" {
			if v, ok := c.evaluated(text(app.IDToken["value"]), app, u); ok {
				out[name] = v
			}
		} else if slices.Contains(g.scopes, "groups") {
			out[name] = c.groupNames(*u, text(app.IDToken["groupFilterType"]), text(app.IDToken["value"]))
		}
	}
	return out
}

// granted reports whether an app has been granted a scope of the org's own API.
func (c *call) granted(app App, scope string) bool {
	_, ok := c.called(grantKind, app.ID, scope)
	return ok
}

// consentNeeded are the scopes that a person has to be asked for. again asks for those too that they have let the app have.
//
// https://developer.okta.com/docs/guides/request-user-consent/main/
func (c *oauthCall) consentNeeded(app App, u User, scopes []string, again bool) []string {
	if text(dig(app.Doc, "settings", "oauthClient", "consent_method")) != "REQUIRED" && !again {
		return nil
	}
	var ask []string
	for _, s := range scopes {
		r, ok := c.called(scopeKind, c.server.id, s)
		if ok && text(r.Doc["consent"]) != "IMPLICIT" && (again || !c.consented(app, u, s)) {
			ask = append(ask, s)
		}
	}
	return ask
}

// consented reports whether a person has let an app have a scope of the server.
func (c *oauthCall) consented(app App, u User, scope string) bool {
	return slices.ContainsFunc(c.grantsTo(u, app.clientID()), func(g Grant) bool {
		return g.Issuer == c.server.issuer && g.Scope == scope && g.Status == "ACTIVE"
	})
}

// consent keeps what a person has let an app have.
func (c *oauthCall) consent(app App, u User, scopes []string) {
	for _, s := range scopes {
		if !c.consented(app, u, s) {
			c.o.grants.Put(c.Tx, Grant{ID: c.id("oag"), User: u.ID, Client: app.clientID(), Issuer: c.server.issuer, Scope: s, Status: "ACTIVE", Created: c.at(), Updated: c.at()})
		}
	}
}

// scopesInWords are scopes as a person is told of them.
func (c *oauthCall) scopesInWords(scopes []string) (words []string) {
	for _, s := range scopes {
		w := openidScopes[s]
		if r, ok := c.called(scopeKind, c.server.id, s); ok && text(r.Doc["displayName"]) != "" {
			w = text(r.Doc["displayName"])
		}
		words = append(words, cmp.Or(w, s))
	}
	return words
}

// orgScopes are those of Okta's own APIs, without "okta.", in the order in which an org tells them.
//
// https://developer.okta.com/docs/api/oauth2/
var orgScopes = strings.Fields(`users.manage users.manage.self users.read users.read.self linkedObjects.manage linkedObjects.read profileMappings.manage profileMappings.read userTypes.manage
	userTypes.read clients.manage clients.register clients.read appGrants.manage appGrants.read policies.manage policies.read groups.manage groups.read inlineHooks.manage
	inlineHooks.read eventHooks.manage eventHooks.read events.read logs.read apps.manage apps.read governance.assignmentCandidates.read accessRequests.tasks.manage
	accessRequests.tasks.read schemas.manage schemas.read idps.manage idps.read factors.manage factors.read riskProviders.manage riskProviders.read roles.manage roles.read
	orgs.manage orgs.read domains.manage domains.read brands.manage brands.read sessions.manage sessions.read templates.manage templates.read trustedOrigins.manage
	trustedOrigins.read threatInsights.manage threatInsights.read behaviors.manage behaviors.read networkZones.manage networkZones.read agentPools.manage agentPools.read
	reports.read features.manage features.read certificateAuthorities.manage certificateAuthorities.read principalRateLimits.manage principalRateLimits.read rateLimits.manage
	rateLimits.read directories.manage directories.groups.manage apiTokens.manage apiTokens.read personal.adminSettings.manage personal.adminSettings.read`)

// scopesSupported are those that a server tells everybody of.
func (c *oauthCall) scopesSupported(all bool) []string {
	var out []string
	if c.server.id == "" {
		if all {
			for _, s := range orgScopes {
				out = append(out, "okta."+s)
			}
		}
		return append(out, "openid", "email", "profile", "address", "phone", "offline_access", "groups")
	}
	for r := range c.all(scopeKind, c.server.id) {
		if text(r.Doc["metadataPublish"]) == "ALL_CLIENTS" {
			out = append(out, r.Name)
		}
	}
	return out
}
