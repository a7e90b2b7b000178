package okta

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"twinset.dev/kit/outbox"
	"twinset.dev/kit/twin"
)

// securityEventsKind is somebody whom the org believes when they tell of threats to its people.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/SSFReceiver/
var securityEventsKind = &kind{name: "security_events_providers", noun: "SecurityEventsProvider", prefix: "sse", path: "/api/v1/security-events-providers/%s", event: "security.events.provider", lifecycle: true}

func init() {
	securityEventsKind.check, securityEventsKind.view = checkSecurityEvents, viewSecurityEvents
}

func (o *Okta) securityEventsOperations() {
	o.serveKind(twin.Full, securityEventsKind, crud{list: "listSecurityEventsProviderInstances", create: "createSecurityEventsProviderInstance", get: "getSecurityEventsProviderInstance",
		replace: "replaceSecurityEventsProviderInstance", delete: "deleteSecurityEventsProviderInstance", activate: "activateSecurityEventsProviderInstance", deactivate: "deactivateSecurityEventsProviderInstance"}, nil)
	o.on(twin.Full, "publishSecurityEventTokens", o.publishSecurityEventTokens).public()
}

func checkSecurityEvents(c *call, doc obj, was *Record) error {
	name, kind, settings := text(doc["name"]), text(doc["type"]), object(doc["settings"])
	if err := nameFits(name, 100); err != nil {
		return err
	}
	switch {
	case kind == "":
		return blank("type")
	case settings == nil:
		return blank("settings")
	}
	if c.taken(securityEventsKind, "", name, was) {
		return invalid("name", "name: An object with this field already exists")
	}
	kept := obj{}
	if known := text(settings["well_known_url"]); known != "" {
		if !isURL(known) {
			return invalid("settings.well_known_url", "settings.well_known_url: The field must be a valid URL.")
		}
		kept["well_known_url"] = known
	} else {
		for _, k := range []string{"issuer", "jwks_url"} {
			if kept[k] = text(settings[k]); kept[k] == "" {
				return blank("settings." + k)
			}
		}
		if !isURL(text(kept["jwks_url"])) {
			return invalid("settings.jwks_url", "settings.jwks_url: The field must be a valid URL.")
		}
	}
	for other := range c.all(securityEventsKind, "") {
		if was == nil && kept["issuer"] != nil && dig(other.Doc, "settings", "issuer") == kept["issuer"] {
			return invalid("settings.issuer", "settings.issuer: An object with this field already exists")
		}
	}
	clear(doc)
	doc["name"], doc["type"], doc["settings"] = name, kind, kept
	return nil
}

func viewSecurityEvents(c *call, r Record, v obj) {
	delete(v, "created")
	delete(v, "lastUpdated")
}

// notAccepted is how a security event token is refused: not as Okta says it elsewhere.
//
// https://datatracker.ietf.org/doc/html/rfc8935#section-2.4
func notAccepted(code, why string) (any, error) {
	return answer{status: http.StatusBadRequest, body: obj{"err": code, "description": why}}, nil
}

// publishSecurityEventTokens takes a signed token that tells of something, from a provider that the org knows, and writes
// it into the log.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/SSFSecurityEventToken/
func (o *Okta) publishSecurityEventTokens(c *call) (any, error) {
	token, err := jose.ParseSignedCompact(string(c.sent), []jose.SignatureAlgorithm{jose.RS256, jose.ES256})
	if err != nil {
		return notAccepted("invalid_request", "The request body is not a valid security event token.")
	}
	var claims struct {
		Issuer string         `json:"iss"`
		ID     string         `json:"jti"`
		At     int64          `json:"iat"`
		Events map[string]obj `json:"events"`
	}
	if json.Unmarshal(token.UnsafePayloadWithoutVerification(), &claims) != nil || claims.ID == "" || len(claims.Events) == 0 {
		return notAccepted("invalid_request", "The security event token lacks a required claim.")
	}
	if at := time.Unix(claims.At, 0); at.After(c.Now.Add(5 * time.Minute)) {
		return notAccepted("invalid_request", "The security event token was issued in the future.")
	}
	var provider Record
	for r := range c.all(securityEventsKind, "") {
		settings := object(r.Doc["settings"])
		if r.Status == "ACTIVE" && claims.Issuer != "" && (text(settings["issuer"]) == claims.Issuer || strings.HasPrefix(text(settings["well_known_url"]), claims.Issuer+"/")) {
			provider = r
		}
	}
	if provider.ID == "" {
		return notAccepted("invalid_issuer", "The issuer of the security event token is not known.")
	}
	read := func(url string, v any, then func(*call) (any, error)) question {
		d := outbox.Delivery{Twin: "okta", Kind: toReceiver, Topic: "jwks", Method: http.MethodGet, URL: url, Header: map[string]string{"Accept": "application/json"}, Subject: provider.ID}
		return question{delivery: d, then: func(c *call, a outbox.Attempt) (any, error) {
			if !a.OK() || json.Unmarshal([]byte(a.Body), v) != nil {
				return notAccepted("jwks_error", "The keys of the issuer could not be read.")
			}
			return then(c)
		}}
	}
	var set jose.JSONWebKeySet
	verify := func(c *call) (any, error) {
		for _, key := range set.Key(token.Signatures[0].Header.KeyID) {
			if _, err := token.Verify(key); err == nil {
				for event := range claims.Events {
					c.loggedBecause("security.events.provider.receive_event", "SUCCESS", event, securityEventsKind.target(provider))
				}
				return answer{status: http.StatusAccepted, body: []byte{}}, nil
			}
		}
		return notAccepted("authentication_failed", "The signature of the security event token is not valid.")
	}
	if known := text(dig(provider.Doc, "settings", "well_known_url")); known != "" {
		var said struct {
			Keys string `json:"jwks_uri"`
		}
		return read(known, &said, func(*call) (any, error) { return read(said.Keys, &set, verify), nil }), nil
	}
	return read(text(dig(provider.Doc, "settings", "jwks_url")), &set, verify), nil
}
