package okta

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"twinset.dev/kit/outbox"
)

// idpRoutes are where people come from identity providers, and are sent there.
//
// https://developer.okta.com/docs/concepts/identity-providers/
func (o *Okta) idpRoutes() {
	o.pageRoute("GET", "/sso/idps/{idpId}", "idp.start", func(c *oauthCall) (any, error) {
		r, err := c.fetch(idpKind, "", c.param("idpId"))
		if err != nil || r.Status != "ACTIVE" {
			return c.problem(badRequest("not_found", "The identity provider you are looking for is not here."))
		}
		p, ok := c.waiting()
		if t, begun := o.transactions.Get(c.Tx, c.World.Unseal(c.form.Get("stateToken"))); begun && t.Client != "" {
			p, ok = Pending{Client: t.Client, Server: t.Server, Query: t.Query, Interaction: t.Token}, true
		}
		if !ok {
			p = Pending{To: c.fromURI()}
		}
		return c.goThrough(r, p)
	})
	for _, method := range []string{"GET", "POST"} {
		o.pageRoute(method, "/oauth2/v1/authorize/callback", "idp.callback."+strings.ToLower(method), o.idpCallback)
	}
	o.pageRoute("POST", "/sso/saml2/{idpId}", "idp.acs", o.samlACS)
}

// goThrough sends a person to an identity provider. p is where they go on to when they come back.
func (c *oauthCall) goThrough(r Record, p Pending) (any, error) {
	c.o.pending.Delete(c.Tx, p.Key)
	p.Key, p.IDP, p.Form, p.Expires = c.Rand(43, idAlphabet), r.ID, c.Rand(24, idAlphabet), c.Now.Add(pendingLife).UnixMilli()
	c.o.pending.Put(c.Tx, p)
	if idpTypeOf(r).protocol == "SAML2" {
		return c.askSAML(r, p)
	}
	protocol := object(r.Doc["protocol"])
	q := url.Values{"client_id": {text(dig(protocol, "credentials", "client", "client_id"))}, "response_type": {"code"}, "response_mode": {"query"}, "scope": {strings.Join(texts(protocol["scopes"]), " ")},
		"redirect_uri": {c.link("/oauth2/v1/authorize/callback")}, "state": {c.World.Seal(p.Key)}, "nonce": {p.Form}}
	if truth(dig(protocol, "credentials", "client", "pkce_required")) {
		sum := sha256.Sum256([]byte(p.verifier()))
		q.Set("code_challenge", base64.RawURLEncoding.EncodeToString(sum[:]))
		q.Set("code_challenge_method", "S256")
	}
	return c.redirect(withQuery(text(dig(protocol, "endpoints", "authorization", "url")), q)), nil
}

// verifier is what the challenge of a request to an identity provider is made of.
func (p Pending) verifier() string { return p.Key + p.Form }

// idpCallback takes the code of an identity provider, and asks it whose that is.
func (o *Okta) idpCallback(c *oauthCall) (any, error) {
	p, ok := o.pending.Get(c.Tx, c.World.Unseal(c.form.Get("state")))
	r, err := c.fetch(idpKind, "", p.IDP)
	if !ok || err != nil || r.Status != "ACTIVE" || p.Expires < c.Now.UnixMilli() {
		return c.problem(badRequest("invalid_request", "The state of the answer of the identity provider is not known."))
	}
	o.pending.Delete(c.Tx, p.Key)
	if code := c.form.Get("error"); code != "" {
		return c.notThrough(r, p, otherwise(c.form.Get("error_description"), code))
	}
	protocol := object(r.Doc["protocol"])
	client := object(dig(protocol, "credentials", "client"))
	form := url.Values{"grant_type": {"authorization_code"}, "code": {c.form.Get("code")}, "redirect_uri": {c.link("/oauth2/v1/authorize/callback")}}
	if truth(client["pkce_required"]) {
		form.Set("code_verifier", p.verifier())
	}
	id, secret := text(client["client_id"]), text(client["client_secret"])
	header := map[string]string{"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
	if client["token_endpoint_auth_method"] == "client_secret_basic" {
		header["Authorization"] = "Basic " + base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(id)+":"+url.QueryEscape(secret)))
	} else {
		form.Set("client_id", id)
		form.Set("client_secret", secret)
	}
	d := outbox.Delivery{Twin: "okta", Kind: toIDP, Topic: "token", URL: text(dig(protocol, "endpoints", "token", "url")), Header: header, Body: form.Encode(), Subject: r.ID}
	return question{delivery: d, then: func(_ *call, a outbox.Attempt) (any, error) {
		var tokens idpTokens
		if !a.OK() || json.Unmarshal([]byte(a.Body), &tokens) != nil || tokens.Access == "" {
			return c.notThrough(r, p, "The identity provider gave no token.")
		}
		if tokens.ID != "" {
			return c.checkIDToken(r, p, tokens), nil
		}
		return c.askUserInfo(r, p, tokens, nil), nil
	}}, nil
}

// idpTokens are what an identity provider gives for a code.
type idpTokens struct {
	Access  string  `json:"access_token"`
	ID      string  `json:"id_token"`
	Type    string  `json:"token_type"`
	Scope   string  `json:"scope"`
	Expires float64 `json:"expires_in"`
}

// checkIDToken asks for the keys of an identity provider, and verifies its ID token with them.
func (c *oauthCall) checkIDToken(r Record, p Pending, tokens idpTokens) question {
	protocol := object(r.Doc["protocol"])
	d := outbox.Delivery{Twin: "okta", Kind: toIDP, Topic: "keys", Method: http.MethodGet, URL: text(dig(protocol, "endpoints", "jwks", "url")), Subject: r.ID}
	return question{delivery: d, then: func(_ *call, a outbox.Attempt) (any, error) {
		var keys jose.JSONWebKeySet
		claims := obj{}
		j, err := jose.ParseSignedCompact(tokens.ID, withKeys)
		if err != nil || !a.OK() || json.Unmarshal([]byte(a.Body), &keys) != nil {
			return c.notThrough(r, p, "The ID token of the identity provider cannot be verified.")
		}
		payload, err := j.Verify(keys)
		if err != nil || json.Unmarshal(payload, &claims) != nil {
			return c.notThrough(r, p, "The ID token of the identity provider cannot be verified.")
		}
		issuer, skew := text(dig(protocol, "issuer", "url")), int64(number(dig(r.Doc, "policy", "maxClockSkew"))/1000)
		switch {
		case issuer != "" && claims["iss"] != issuer:
			return c.notThrough(r, p, "The issuer of the ID token is not the identity provider's.")
		case !slices.Contains(append(texts(claims["aud"]), text(claims["aud"])), text(dig(protocol, "credentials", "client", "client_id"))):
			return c.notThrough(r, p, "The ID token is not for this org.")
		case claims["nonce"] != p.Form:
			return c.notThrough(r, p, "The nonce of the ID token is not the one that was sent.")
		case int64(number(claims["exp"]))+skew < c.Now.Unix():
			return c.notThrough(r, p, "The ID token has expired.")
		}
		if text(dig(protocol, "endpoints", "userInfo", "url")) != "" {
			return c.askUserInfo(r, p, tokens, claims), nil
		}
		return c.comeThrough(r, p, text(claims["sub"]), fromClaims(claims), tokens)
	}}
}

// askUserInfo asks an identity provider what else it knows of a person whose ID token says what known holds.
func (c *oauthCall) askUserInfo(r Record, p Pending, tokens idpTokens, known obj) question {
	d := outbox.Delivery{Twin: "okta", Kind: toIDP, Topic: "userinfo", Method: http.MethodGet, URL: text(dig(r.Doc, "protocol", "endpoints", "userInfo", "url")), Subject: r.ID, Header: map[string]string{"Authorization": "Bearer " + tokens.Access}}
	return question{delivery: d, then: func(_ *call, a outbox.Attempt) (any, error) {
		var claims obj
		if !a.OK() || json.Unmarshal([]byte(a.Body), &claims) != nil || known["sub"] != nil && claims["sub"] != known["sub"] {
			return c.notThrough(r, p, "The identity provider does not say who signs in.")
		}
		claims = with(known, claims)
		return c.comeThrough(r, p, text(claims["sub"]), fromClaims(claims), tokens)
	}}
}

// fromClaims are the claims of OpenID Connect by the names that a mapping has for them.
func fromClaims(claims obj) obj {
	out := with(claims, nil)
	for attribute, claim := range map[string]string{"firstName": "given_name", "lastName": "family_name", "middleName": "middle_name", "displayName": "name", "phoneNumber": "phone_number", "profileUrl": "profile", "externalId": "sub", "subjectNameId": "sub"} {
		if v := claims[claim]; v != nil {
			out[attribute] = v
		}
	}
	for k, v := range object(claims["address"]) {
		out[k] = v
	}
	return out
}

// notThrough sends somebody back to the app, or tells them, that an identity provider does not let them in.
func (c *oauthCall) notThrough(r Record, p Pending, why string) (any, error) {
	c.loggedBecause("user.authentication.auth_via_IDP", "FAILURE", why, idpKind.target(r))
	if p.Client == "" {
		return c.problem(badRequest("access_denied", why))
	}
	params, _ := url.ParseQuery(p.Query)
	return c.back(params, url.Values{"error": {"access_denied"}, "error_description": {why}}), nil
}

// comeThrough signs in whom an identity provider vouches for: who is linked to it, who is called so, or somebody new,
// as its policy says.
//
// https://developer.okta.com/docs/concepts/identity-providers/#account-linking-and-jit-provisioning
func (c *oauthCall) comeThrough(r Record, p Pending, external string, said obj, tokens idpTokens) (any, error) {
	policy := object(r.Doc["policy"])
	name := text(evaluate(strings.TrimSuffix(strings.TrimPrefix(text(dig(policy, "subject", "userNameTemplate", "template")), "${"), "}"), obj{"idpuser": said, "source": said, "appuser": said}))
	if external == "" || name == "" {
		return c.notThrough(r, p, "The identity provider does not say who signs in.")
	}
	if filter := text(dig(policy, "subject", "filter")); filter != "" {
		if re, err := regexp.Compile("^(?:" + filter + ")$"); err != nil || !re.MatchString(name) {
			return c.notThrough(r, p, "The username does not match the filter of the identity provider.")
		}
	}
	u, known := c.linkedTo(r, external)
	if !known {
		if u, known = c.subject(object(policy["subject"]), name); known {
			if why := c.mayLink(object(policy["accountLink"]), u); why != "" {
				return c.notThrough(r, p, why)
			}
			c.logged("user.account.link", "SUCCESS", u.target())
		}
	}
	provisioning := object(policy["provisioning"])
	if !known {
		if provisioning["action"] != "AUTO" {
			return c.notThrough(r, p, "User creation is not allowed by the identity provider's policy.")
		}
		u = c.newUser()
		if err := c.profile(&u, c.mappedByIDP(r, u, said, name), true); err != nil {
			return c.notThrough(r, p, "The user cannot be created from what the identity provider says.")
		}
		u.Provider = obj{"type": map[bool]string{true: "FEDERATION", false: "SOCIAL"}[slices.Contains([]string{"SAML2", "OIDC", "OKTA_INTEGRATION", "X509"}, text(r.Doc["type"]))], "name": r.Doc["type"]}
		u.activate(c.call)
		c.arrive(&u, nil)
	} else {
		reactivates := u.Status == statusDeprovisioned && dig(provisioning, "conditions", "deprovisioned", "action") == "REACTIVATE"
		unsuspends := u.Status == statusSuspended && dig(provisioning, "conditions", "suspended", "action") == "UNSUSPEND"
		switch {
		case reactivates || unsuspends:
			u.Status, u.Changed, u.Updated = statusActive, c.at(), c.at()
		case u.Status == statusDeprovisioned || u.Status == statusSuspended || u.Status == statusLocked:
			return c.notThrough(r, p, "User status is not active.")
		}
		if truth(provisioning["profileMaster"]) {
			if err := c.profile(&u, c.mappedByIDP(r, u, said, u.login()), false); err != nil {
				return c.notThrough(r, p, "The user cannot be updated from what the identity provider says.")
			}
			u.Updated = c.at()
		}
		c.o.users.Put(c.Tx, u)
	}
	c.joinByIDP(object(provisioning["groups"]), u, said)
	l, was := c.o.linked.Get(c.Tx, r.ID+"/"+u.ID)
	if !was {
		l = LinkedUser{IDP: r.ID, User: u.ID, Created: c.at()}
	}
	l.External, l.Updated, l.Profile = external, c.at(), said
	if tokens.Access != "" {
		l.Token, l.TokenType, l.TokenScopes, l.TokenExpires = tokens.Access, otherwise(tokens.Type, "Bearer"), strings.Fields(tokens.Scope), c.Now.Add(time.Duration(tokens.Expires)*time.Second).UnixMilli()
	}
	c.o.linked.Put(c.Tx, l)
	c.logged("user.authentication.auth_via_IDP", "SUCCESS", u.target(), idpKind.target(r))
	return c.passedFirst(p, u, []string{"fed"})
}

// linkedTo is whom an identity provider knows by a name of its own.
func (c *call) linkedTo(r Record, external string) (User, bool) {
	for l := range c.o.linked.All(c.Tx, r.ID+"/") {
		if l.External == external {
			return c.o.users.Get(c.Tx, l.User)
		}
	}
	return User{}, false
}

// subject is who is called as an identity provider says, by what its policy compares.
func (c *call) subject(s obj, name string) (User, bool) {
	kind := text(s["matchType"])
	if kind == "USERNAME" || kind == "USERNAME_OR_EMAIL" {
		if u, ok := c.o.usersByLogin.Get(c.Tx, strings.ToLower(name)); ok {
			return u, true
		}
	}
	index, key := c.o.usersByEmail, strings.ToLower(name)
	switch kind {
	case "EMAIL", "USERNAME_OR_EMAIL":
	case "CUSTOM_ATTRIBUTE":
		index, key = c.o.usersByAttribute, text(s["matchAttribute"])+"="+strings.ToLower(name)
	default:
		return User{}, false
	}
	found := slices.Collect(index.All(c.Tx, key))
	if len(found) != 1 {
		return User{}, false
	}
	return found[0], true
}

// mayLink says why somebody who is in the org already may not be linked; "" if they may.
func (c *call) mayLink(link obj, u User) string {
	if link["action"] != "AUTO" {
		return "User linking is not allowed by the identity provider's policy."
	}
	in := c.situationOf(u, "").groups
	include, exclude := texts(dig(link, "filter", "groups", "include")), texts(dig(link, "filter", "groups", "exclude"))
	if len(include) > 0 && !overlap(include, in) || overlap(exclude, in) || slices.Contains(texts(dig(link, "filter", "users", "exclude")), u.ID) {
		return "User linking was denied because the user is not in any of the specified groups."
	}
	return ""
}

// mappedByIDP is what a person's profile is by the mapping of an identity provider.
func (c *call) mappedByIDP(r Record, u User, said obj, login string) obj {
	out := obj{}
	for m := range c.all(mappingKind, r.ID) {
		if dig(m.Doc, "source", "id") != r.ID || dig(m.Doc, "target", "id") != u.Type {
			continue
		}
		for name, p := range object(m.Doc["properties"]) {
			if v := evaluate(text(object(p)["expression"]), obj{"appuser": said, "source": said, "idpuser": said}); v != nil && v != "" {
				out[name] = v
			}
		}
	}
	out["login"] = login
	return out
}

// joinByIDP puts somebody into the groups that an identity provider's policy gives everybody, or those that it names itself.
func (c *call) joinByIDP(groups obj, u User, said obj) {
	give := texts(groups["assignments"])
	if groups["action"] == "APPEND" || groups["action"] == "SYNC" {
		give = nil
		named := inText(said[text(groups["sourceAttributeName"])])
		for g := range c.o.groups.All(c.Tx, "") {
			if filter := texts(groups["filter"]); slices.Contains(named, g.name()) && (len(filter) == 0 || slices.Contains(filter, g.ID)) {
				give = append(give, g.ID)
			}
		}
		for m := range c.o.membersOf.All(c.Tx, u.ID) {
			if groups["action"] == "SYNC" && slices.Contains(texts(groups["filter"]), m.Group) && !slices.Contains(give, m.Group) {
				c.o.members.Delete(c.Tx, m.Group+"/"+m.User)
			}
		}
	} else if groups["action"] != "ASSIGN" {
		return
	}
	for _, id := range give {
		if g, ok := c.o.groups.Get(c.Tx, id); ok {
			c.join(g, u)
		}
	}
}

// routed are the identity providers that the routing rules offer to somebody who is not known.
//
// https://help.okta.com/oie/en-us/content/topics/security/identity-provider-discovery.htm
func (c *call) routed() (idps []Record) {
	_, rule, _ := c.governing("", "IDP_DISCOVERY", c.situationOf(User{}, text(c.address1())))
	for _, p := range list(dig(rule.Doc, "actions", "idp", "providers")) {
		if r, err := c.fetch(idpKind, "", text(object(p)["id"])); err == nil && r.Status == "ACTIVE" {
			idps = append(idps, r)
		}
	}
	return idps
}
