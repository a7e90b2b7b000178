package okta

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"twinset.dev/kit/outbox"
	"twinset.dev/kit/twin"
)

// inlineHookKind is somebody who is asked in the middle of what Okta does.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/InlineHook/
var inlineHookKind = &kind{name: "inline_hooks", noun: "Callback", prefix: "cal", path: "/api/v1/inlineHooks/%s", event: "inline_hook", past: true, lifecycle: true}

func init() {
	inlineHookKind.check, inlineHookKind.links, inlineHookKind.view, inlineHookKind.deletes = checkInlineHook, linksOfInlineHook, viewEventHook, inactiveAlone
}

// inlineHookTypes are the places at which Okta asks.
var inlineHookTypes = []string{"com.okta.import.transform", "com.okta.oauth2.tokens.transform", "com.okta.saml.tokens.transform", "com.okta.user.credential.password.import",
	"com.okta.user.pre-registration", "com.okta.telephony.provider"}

func (o *Okta) inlineHooksOperations() {
	o.serveKind(twin.Full, inlineHookKind, crud{create: "createInlineHook", get: "getInlineHook", replace: "replaceInlineHook",
		delete: "deleteInlineHook", activate: "activateInlineHook", deactivate: "deactivateInlineHook"}, nil)
	o.on(twin.Full, "listInlineHooks", o.listInlineHooks)
	o.on(twin.Full, "updateInlineHook", o.updateInlineHook)
	o.on(twin.Full, "executeInlineHook", o.executeInlineHook)
}

func (o *Okta) listInlineHooks(c *call) (any, error) {
	kind := c.query.Get("type")
	if kind != "" && !slices.Contains(inlineHookTypes, kind) {
		return nil, invalid("type", "type: The inline hook type is not valid.")
	}
	out := []any{}
	for r := range c.all(inlineHookKind, "") {
		if kind == "" || kind == text(r.Doc["type"]) {
			out = append(out, c.shown(inlineHookKind, r))
		}
	}
	return out, nil
}

// updateInlineHook changes what was sent and leaves the rest.
func (o *Okta) updateInlineHook(c *call) (any, error) {
	r, err := c.fetch(inlineHookKind, "", c.param("inlineHookId"))
	switch {
	case err != nil:
		return nil, err
	case c.body == nil:
		return nil, errMalformed
	}
	doc := clone(r.Doc)
	merge(doc, c.body)
	if r, err = c.replace(inlineHookKind, r, doc); err != nil {
		return nil, err
	}
	return c.shown(inlineHookKind, r), nil
}

// merge puts the members of more into v, all the way down.
func merge(v, more obj) {
	for k, x := range more {
		if was, is := object(v[k]), object(x); was != nil && is != nil {
			merge(was, is)
		} else {
			v[k] = copied(x)
		}
	}
}

func checkInlineHook(c *call, doc obj, was *Record) error {
	name, kind := text(doc["name"]), text(doc["type"])
	if was != nil {
		kind = text(was.Doc["type"])
		doc["type"] = kind
	}
	if err := nameFits(name, 255); err != nil {
		return err
	}
	switch {
	case kind == "":
		return blank("type")
	case !slices.Contains(inlineHookTypes, kind):
		return invalid("type", "type: The inline hook type is not valid.")
	case text(doc["version"]) == "":
		return blank("version")
	case !strings.HasPrefix(text(doc["version"]), "1.0."):
		return invalid("version", "version: The version is not valid.")
	}
	if c.taken(inlineHookKind, "", name, was) {
		return invalid("name", "name: An object with this field already exists")
	}
	secret, err := checkChannel(object(doc["channel"]), was)
	if err != nil {
		return err
	}
	doc["secret"] = secret
	return nil
}

func linksOfInlineHook(c *call, r Record, links obj) {
	at := c.address(inlineHookKind, r)
	if linksOfHook(at, r, links); r.Status == "ACTIVE" {
		links["execute"] = hints(at+"/execute", "POST")
	}
}

// executeInlineHook asks a hook with what was sent, and answers what it said.
func (o *Okta) executeInlineHook(c *call) (any, error) {
	r, err := c.fetch(inlineHookKind, "", c.param("inlineHookId"))
	switch {
	case err != nil:
		return nil, err
	case r.Status != "ACTIVE":
		return nil, invalid("inlineHook", "Inline hook is not active.")
	case c.body == nil:
		return nil, errMalformed
	}
	return c.askHook(r, c.body, func(_ *call, answer obj) (any, error) { return answer, nil }, func(why *refusal) (any, error) { return nil, twin.Keep(why) })
}

// askHook is the question to an inline hook. then goes on with its answer, failed without one. A hook that wants an access
// token is asked with one, for which its authorization server is asked first.
//
// https://developer.okta.com/docs/concepts/inline-hooks/
func (c *call) askHook(r Record, payload obj, then func(*call, obj) (any, error), failed func(*refusal) (any, error)) (question, error) {
	body, err := json.Marshal(payload)
	if err != nil {
		return question{}, err
	}
	hook := func(header map[string]string) question {
		d := outbox.Delivery{Twin: "okta", Kind: toInlineHook, Topic: text(r.Doc["type"]), URL: text(dig(r.Doc, "channel", "config", "uri")), Header: header, Body: string(body), Subject: r.ID}
		return question{delivery: d, then: func(c *call, a outbox.Attempt) (any, error) {
			said := obj{}
			switch {
			case a.Error == "timeout":
				c.logged("inline_hook.executed", "FAILURE", inlineHookKind.target(r))
				return failed(errHookTimeout)
			case a.Status == http.StatusNoContent:
			case !a.OK() || json.Unmarshal([]byte(a.Body), &said) != nil:
				c.logged("inline_hook.executed", "FAILURE", inlineHookKind.target(r))
				return failed(errHookFailed)
			}
			c.logged("inline_hook.executed", "SUCCESS", inlineHookKind.target(r))
			return then(c, said)
		}}
	}
	header := hookHeader(r)
	if dig(r.Doc, "channel", "type") != "OAUTH" {
		return hook(header), nil
	}
	form, err := c.hookGrant(r)
	if err != nil {
		return question{}, err
	}
	d := outbox.Delivery{Twin: "okta", Kind: toInlineHook, Topic: "token", URL: text(dig(r.Doc, "channel", "config", "tokenUrl")), Body: form.Encode(), Subject: r.ID,
		Header: map[string]string{"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded", "User-Agent": "Okta-Integrations"}}
	return question{delivery: d, then: func(c *call, a outbox.Attempt) (any, error) {
		var said struct {
			Token string `json:"access_token"`
		}
		if !a.OK() || json.Unmarshal([]byte(a.Body), &said) != nil || said.Token == "" {
			c.logged("inline_hook.executed", "FAILURE", inlineHookKind.target(r))
			return failed(errHookFailed)
		}
		header["Authorization"] = "Bearer " + said.Token
		return hook(header), nil
	}}, nil
}

// A word is what a hook has said, or why it has said nothing.
type word struct {
	said obj
	why  *refusal
}

// unheard ends an operation that has to hear a hook first. Nothing of it has happened; it runs again with the hook's word.
type unheard struct {
	hook string
	ask  question
}

func (u *unheard) Error() string { return "unheard: " + u.hook }

// hear is what a hook says of something that is about to happen.
func (c *call) hear(r Record, payload obj) (said obj, why *refusal, err error) {
	if w, ok := c.heard[r.ID]; ok {
		return w.said, w.why, nil
	}
	source := c.link("/api/v1/inlineHooks/" + r.ID)
	full := with(obj{"source": source, "eventId": c.uuid(), "eventTime": stamp(c.Now.UnixMilli()), "eventTypeVersion": "1.0", "cloudEventVersion": "0.1", "contentType": "application/json", "eventType": r.Doc["type"]}, payload)
	keep := func(w word) (any, error) { c.heard[r.ID] = w; return nil, nil }
	q, err := c.askHook(r, full, func(_ *call, said obj) (any, error) { return keep(word{said: said}) }, func(why *refusal) (any, error) { return keep(word{why: why}) })
	if err != nil {
		return nil, nil, err
	}
	return nil, nil, &unheard{r.ID, q}
}

// hearing runs an operation, and again each time that it has to hear a hook first.
func hearing(ctx context.Context, run func(heard map[string]word) (*call, error)) error {
	heard := map[string]word{}
	for {
		c, err := run(heard)
		u := (*unheard)(nil)
		if !errors.As(err, &u) {
			return err
		}
		if _, err := c.hold(ctx, u.ask); err != nil {
			return err
		}
	}
}

// hookRequest is what a hook is told of the request that it is asked about.
func (c *call) hookRequest() obj {
	return obj{"id": c.requestName(), "method": c.r.Echo.Request().Method, "url": obj{"value": c.r.Echo.Request().URL.Path}, "ipAddress": c.address1()}
}

// hookGrant is what a hook's authorization server is asked with for an access token.
func (c *call) hookGrant(r Record) (url.Values, error) {
	config := object(dig(r.Doc, "channel", "config"))
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {text(config["clientId"])}}
	if s := text(config["scope"]); s != "" {
		form.Set("scope", s)
	}
	if text(config["authType"]) == "client_secret_post" {
		form.Set("client_secret", text(dig(r.Doc, "secret", "clientSecret")))
		return form, nil
	}
	key, err := c.fetch(hookKeyKind, "", text(config["hookKeyId"]))
	if err != nil {
		return nil, err
	}
	kid := text(key.Doc["keyId"])
	now := c.Now.Unix()
	assertion, err := (&signer{c.o.privateKey(kid), kid}).sign(obj{"iss": config["clientId"], "sub": config["clientId"], "aud": config["tokenUrl"], "iat": now, "exp": now + 300, "jti": c.Rand(32, idAlphabet)}, "JWT")
	form.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
	form.Set("client_assertion", assertion)
	return form, err
}
