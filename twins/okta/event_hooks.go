package okta

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"twinset.dev/kit/outbox"
	"twinset.dev/kit/twin"
)

// eventHookKind is somebody who is told of what happens in the org.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/EventHook/
var eventHookKind = &kind{name: "event_hooks", noun: "Webhook", prefix: "who", path: "/api/v1/eventHooks/%s", event: "event_hook", past: true, lifecycle: true, restates: true,
	drops: []string{"verificationStatus", "createdBy"}}

func init() {
	eventHookKind.check, eventHookKind.links, eventHookKind.view, eventHookKind.deletes = checkEventHook, linksOfEventHook, viewEventHook, inactiveAlone
}

func (o *Okta) eventHooksOperations() {
	o.serveKind(twin.Full, eventHookKind, crud{list: "listEventHooks", create: "createEventHook", get: "getEventHook", replace: "replaceEventHook",
		delete: "deleteEventHook", activate: "activateEventHook", deactivate: "deactivateEventHook"}, nil)
	o.on(twin.Full, "verifyEventHook", o.verifyEventHook)
}

func checkEventHook(c *call, doc obj, was *Record) error {
	name := text(doc["name"])
	if err := nameFits(name, 255); err != nil {
		return err
	}
	if c.taken(eventHookKind, "", name, was) {
		return invalid("name", "name: An object with this field already exists")
	}
	events := object(doc["events"])
	switch {
	case events == nil:
		return blank("events")
	case text(events["type"]) != "EVENT_TYPE":
		return invalid("events.type", "events.type: The field must be one of EVENT_TYPE.")
	case len(texts(events["items"])) == 0:
		return blank("events.items")
	}
	for _, e := range texts(events["items"]) {
		if !eventTypeName.MatchString(e) {
			return invalid("events", "The event type is not valid: "+e)
		}
	}
	fill(events, obj{"filter": nil})
	for _, m := range list(dig(events, "filter", "eventFilterMap")) {
		expression := text(dig(m, "condition", "expression"))
		if _, ok := parseHookFilter(expression); !ok {
			return invalid("events.filter", "events.filter: The expression is not valid.")
		}
	}
	secret, err := checkChannel(object(doc["channel"]), was)
	if err != nil {
		return err
	}
	if dig(doc, "channel", "type") != "HTTP" {
		return invalid("channel.type", "channel.type: The field must be one of HTTP.")
	}
	fill(doc, obj{"description": nil, "verificationStatus": "UNVERIFIED", "createdBy": c.who.user.ID})
	if was != nil {
		doc["createdBy"] = was.Doc["createdBy"]
		if dig(was.Doc, "channel", "config", "uri") == dig(doc, "channel", "config", "uri") {
			doc["verificationStatus"] = was.Doc["verificationStatus"]
		}
	}
	doc["secret"] = secret
	return nil
}

var eventTypeName = regexp.MustCompile(`^[a-z0-9_]+(\.[a-z0-9_]+)+$`)

// checkChannel refuses a channel that a hook cannot call by, and takes its secret out of it.
func checkChannel(channel obj, was *Record) (secret obj, err error) {
	config := object(channel["config"])
	kind := text(channel["type"])
	switch {
	case channel == nil:
		return nil, blank("channel")
	case kind == "":
		return nil, blank("channel.type")
	case kind != "HTTP" && kind != "OAUTH":
		return nil, invalid("channel.type", "channel.type: The field must be one of HTTP, OAUTH.")
	case text(channel["version"]) == "":
		return nil, blank("channel.version")
	case config == nil:
		return nil, blank("channel.config")
	case text(config["uri"]) == "":
		return nil, blank("channel.config.uri")
	case !isURL(text(config["uri"])):
		return nil, invalid("channel.config.uri", "channel.config.uri: The field must be a valid URL.")
	}
	fill(config, obj{"headers": []any{}, "method": "POST"})
	if kind == "HTTP" {
		fill(config, obj{"authScheme": nil})
	} else if err := checkOAuthChannel(config, was); err != nil {
		return nil, err
	}
	secret = obj{}
	if was != nil {
		secret = clone(object(was.Doc["secret"]))
	}
	if s, ok := object(config["authScheme"])["value"].(string); ok {
		secret["value"] = s
		delete(object(config["authScheme"]), "value")
	}
	if s, ok := config["clientSecret"].(string); ok {
		secret["clientSecret"] = s
		delete(config, "clientSecret")
	}
	return secret, nil
}

// checkOAuthChannel refuses a channel that says too little of how to get an access token.
func checkOAuthChannel(config obj, was *Record) error {
	for _, k := range []string{"authType", "tokenUrl", "clientId"} {
		if text(config[k]) == "" {
			return blank("channel.config." + k)
		}
	}
	switch text(config["authType"]) {
	case "client_secret_post":
		if text(config["clientSecret"]) == "" && (was == nil || dig(was.Doc, "secret", "clientSecret") == nil) {
			return blank("channel.config.clientSecret")
		}
	case "private_key_jwt":
		if text(config["hookKeyId"]) == "" {
			return blank("channel.config.hookKeyId")
		}
	default:
		return errMalformed
	}
	if !isURL(text(config["tokenUrl"])) {
		return invalid("channel.config.tokenUrl", "channel.config.tokenUrl: The field must be a valid URL.")
	}
	return nil
}

func linksOfEventHook(c *call, r Record, links obj) {
	at := c.address(eventHookKind, r)
	if linksOfHook(at, r, links); r.Status == "ACTIVE" {
		links["verify"] = hints(at+"/lifecycle/verify", "POST")
	}
}

// linksOfHook are those of event hooks and inline hooks alike: one that is active cannot be deleted.
func linksOfHook(at string, r Record, links obj) {
	links["self"] = href(at)
	if r.Status == "INACTIVE" {
		links["delete"] = hints(at, "DELETE")
	}
}

func viewEventHook(c *call, r Record, v obj) { delete(v, "secret") }

// inactiveAlone lets only what is switched off be deleted.
func inactiveAlone(c *call, r Record) error {
	if r.Status == "ACTIVE" {
		return errForbidden
	}
	return nil
}

// hookHeader is what a hook is called with: its own headers, and the secret by which it knows who calls.
func hookHeader(r Record) map[string]string {
	h := map[string]string{"Accept": "application/json", "Content-Type": "application/json", "User-Agent": "Okta-Integrations"}
	config := object(dig(r.Doc, "channel", "config"))
	for _, x := range list(config["headers"]) {
		h[text(object(x)["key"])] = text(object(x)["value"])
	}
	if key := text(dig(config, "authScheme", "key")); key != "" {
		h[key] = text(dig(r.Doc, "secret", "value"))
	}
	return h
}

// verifyEventHook asks whoever answers at the hook's address to repeat a challenge.
//
// https://developer.okta.com/docs/concepts/event-hooks/#one-time-verification-request
func (o *Okta) verifyEventHook(c *call) (any, error) {
	r, err := c.fetch(eventHookKind, "", c.param("eventHookId"))
	if err != nil {
		return nil, err
	}
	challenge := c.Rand(40, idAlphabet)
	header := hookHeader(r)
	header["X-Okta-Verification-Challenge"] = challenge
	d := outbox.Delivery{Twin: "okta", Kind: toEventHook, Topic: "verification", Method: http.MethodGet, URL: text(dig(r.Doc, "channel", "config", "uri")), Header: header, Subject: r.ID}
	return question{delivery: d, then: func(c *call, a outbox.Attempt) (any, error) {
		var said struct{ Verification string }
		if json.Unmarshal([]byte(a.Body), &said) != nil || !a.OK() || said.Verification != challenge {
			return nil, invalid("eventHook", "Unable to verify event hook. Hook "+r.Name+" execution failed")
		}
		r, err := c.fetch(eventHookKind, "", r.ID)
		if err != nil {
			return nil, err
		}
		r.Doc, r.Updated = with(r.Doc, obj{"verificationStatus": "VERIFIED"}), c.at()
		c.keep(eventHookKind, r)
		c.logged("event_hook.verified", "SUCCESS", eventHookKind.target(r))
		return c.shown(eventHookKind, r), nil
	}}, nil
}

// tellHooks sends an event of the log to the hooks that listen for it.
//
// https://developer.okta.com/docs/concepts/event-hooks/#requests-sent-by-okta
func (c *call) tellHooks(kind string, event obj) {
	for r := range c.all(eventHookKind, "") {
		if r.Status != "ACTIVE" || text(r.Doc["verificationStatus"]) != "VERIFIED" || !slices.Contains(texts(dig(r.Doc, "events", "items")), kind) || !wanted(r, kind, event) {
			continue
		}
		body, _ := json.Marshal(obj{"eventType": "com.okta.event_hook", "eventTypeVersion": "1.0", "cloudEventsVersion": "0.1", "source": c.address(eventHookKind, r), "eventId": c.uuid(),
			"data": obj{"events": []any{event}}, "eventTime": stamp(c.Now.UnixMilli()), "contentType": "application/json"})
		c.Deliver(outbox.Delivery{Twin: "okta", Kind: toEventHook, Topic: kind, URL: text(dig(r.Doc, "channel", "config", "uri")), Header: hookHeader(r), Body: string(body), Subject: r.ID})
	}
}

// wanted reports whether a hook's filter lets an event through.
func wanted(r Record, kind string, event obj) bool {
	for _, m := range list(dig(r.Doc, "events", "filter", "eventFilterMap")) {
		if text(object(m)["event"]) == kind {
			match, ok := parseHookFilter(text(dig(m, "condition", "expression")))
			return !ok || match(event)
		}
	}
	return true
}

// parseHookFilter reads the part of Okta's expression language that filters of hooks are made of, which says of paths in
// an event what the log's own filter says, with == for eq: event.target.?[type eq 'User'].size()>0, event.outcome.result
// eq 'SUCCESS'.
//
// https://developer.okta.com/docs/concepts/event-hooks/#event-hook-filters
func parseHookFilter(expression string) (matcher, bool) {
	s := hookSelection.ReplaceAllString(expression, "$1[$2]")
	s = strings.NewReplacer("event.", "", "==", " eq ", "!=", " ne ", "&&", " and ", "||", " or ", "'", `"`).Replace(s)
	return parseFilter(s)
}

var hookSelection = regexp.MustCompile(`([A-Za-z.]+)\.\?\[(.*?)\](?:\.size\(\)\s*>\s*0)?`)
