package okta

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"twinset.dev/kit/store"
	"twinset.dev/kit/twin"
)

// A target is what an event of the log was done to.
type target struct{ ID, Type, Name string }

func (u User) target() target { return target{u.ID, "User", u.display()} }

func (g Group) target() target { return target{g.ID, "UserGroup", g.name()} }

// eventOf says of a type of event how it reads in the log, where its name does not say it.
//
// https://developer.okta.com/docs/reference/api/event-types/
var eventOf = map[string]string{
	"user.lifecycle.create":                       "Create Okta user",
	"user.lifecycle.activate":                     "Activate Okta user",
	"user.lifecycle.deactivate":                   "Deactivate Okta user",
	"user.lifecycle.suspend":                      "Suspend Okta user",
	"user.lifecycle.unsuspend":                    "Unsuspend Okta user",
	"user.lifecycle.reactivate":                   "Reactivate Okta user",
	"user.lifecycle.delete.initiated":             "Delete Okta user initiated",
	"user.lifecycle.delete.completed":             "Delete Okta user completed",
	"user.account.update_profile":                 "Update user profile for Okta",
	"user.account.update_password":                "User update password for Okta",
	"user.account.reset_password":                 "User reset password for Okta (by admin)",
	"user.account.expire_password":                "Expire all Okta user passwords",
	"user.account.lock":                           "Max sign in attempts exceeded",
	"user.account.unlock_by_admin":                "Okta user account unlocked by admin",
	"user.session.start":                          "User login to Okta",
	"user.session.end":                            "User logout from Okta",
	"user.session.clear":                          "Clear user session",
	"user.authentication.auth_via_mfa":            "Authentication of user via MFA",
	"user.mfa.factor.activate":                    "User set up MFA factor",
	"user.mfa.factor.deactivate":                  "Remove user's MFA factor",
	"user.mfa.factor.reset_all":                   "Reset all factors for user",
	"group.lifecycle.create":                      "Create Okta group",
	"group.lifecycle.delete":                      "Delete Okta group",
	"group.profile.update":                        "Update Okta group",
	"group.user_membership.add":                   "Add user to group membership",
	"group.user_membership.remove":                "Remove user from group membership",
	"application.lifecycle.create":                "Create application",
	"application.policy.sign_on.update":           "Update application sign on policy",
	"application.profile_mapping.update":          "Change application's profile mapping",
	"application.user_schema.update":              "Update application user schema",
	"application.user_membership.change_username": "Change user's application username",
	"group.application_assignment.add":            "Add assigned application to group",
	"group.application_assignment.remove":         "Remove assigned application from group",
	"app.keys.generate":                           "Generate application key",
	"app.keys.clone":                              "Clone application key",
	"app.oauth2.credentials.lifecycle.create":     "Create OAuth2 client credentials",
	"app.oauth2.credentials.lifecycle.activate":   "Activate OAuth2 client credentials",
	"app.oauth2.credentials.lifecycle.deactivate": "Deactivate OAuth2 client credentials",
	"app.oauth2.credentials.lifecycle.delete":     "Delete OAuth2 client credentials",
	"system.idp.lifecycle.create":                 "Create identity provider",
	"system.idp.lifecycle.update":                 "Update identity provider",
	"system.idp.lifecycle.delete":                 "Delete identity provider",
	"system.idp.lifecycle.activate":               "Activate identity provider",
	"system.idp.lifecycle.deactivate":             "Deactivate identity provider",
	"application.lifecycle.update":                "Update application",
	"application.lifecycle.delete":                "Delete application",
	"application.lifecycle.activate":              "Activate application",
	"application.lifecycle.deactivate":            "Deactivate application",
	"application.user_membership.add":             "Add user to application membership",
	"application.user_membership.remove":          "Remove user's application membership",
	"policy.lifecycle.create":                     "Create policy",
	"policy.lifecycle.update":                     "Update policy",
	"policy.lifecycle.delete":                     "Delete policy",
	"policy.rule.add":                             "Add policy rule",
	"policy.rule.update":                          "Update policy rule",
	"policy.rule.delete":                          "Delete policy rule",
	"system.api_token.create":                     "Create API token",
	"system.api_token.revoke":                     "Revoke API token",
}

// logged writes what has happened into the system log.
func (c *call) logged(kind, result string, targets ...target) {
	c.loggedBecause(kind, result, "", targets...)
}

func (c *call) loggedBecause(kind, result, reason string, targets ...target) {
	list := make([]any, len(targets))
	for i, t := range targets {
		list[i] = obj{"id": t.ID, "type": t.Type, "alternateId": alternate(c, t), "displayName": t.Name, "detailEntry": nil}
	}
	var outcomeReason any
	if reason != "" {
		outcomeReason = reason
	}
	doc := obj{
		"actor":                 c.who.asActor(),
		"client":                c.client(),
		"authenticationContext": obj{"authenticationProvider": nil, "credentialProvider": nil, "credentialType": nil, "issuer": nil, "interface": nil, "authenticationStep": 0.0, "rootSessionId": c.session(), "externalSessionId": c.session()},
		"displayMessage":        displayed(kind),
		"eventType":             kind,
		"outcome":               obj{"result": result, "reason": outcomeReason},
		"securityContext":       obj{"asNumber": nil, "asOrg": nil, "isp": nil, "domain": nil, "isProxy": nil, "userBehaviors": []any{}},
		"severity":              map[bool]string{true: "INFO", false: "WARN"}[result == "SUCCESS"],
		"debugContext":          obj{"debugData": obj{"requestId": c.requestName(), "requestUri": c.requestURI(), "url": c.requestURI()}},
		"legacyEventType":       nil,
		"transaction":           obj{"type": "WEB", "id": c.requestName(), "detail": obj{}},
		"version":               "0",
		"request":               obj{"ipChain": []any{obj{"ip": c.address1(), "geographicalContext": nil, "version": "V4", "source": nil}}},
		"target":                list,
	}
	n := c.Now.UnixMilli()
	e := Event{ID: fmt.Sprintf("%013d%08d", n, c.order()), Published: n, Doc: doc}
	c.o.events.Put(c.Tx, e)
	c.Notify(twin.Notice{Twin: "okta", Topic: kind})
	c.touch(kind, targets)
	c.tellHooks(kind, e.view())
	c.tellStreams(kind, e.view())
	c.tellReceivers(kind, targets)
}

// view is an event as everybody sees it.
func (e Event) view() obj {
	return with(e.Doc, obj{"uuid": eventUUID(e.ID), "published": stamp(e.Published)})
}

// requestName is what all events of one request have in common.
func (c *call) requestName() string {
	if c.request == "" {
		c.request = "req" + c.Rand(20, idAlphabet)
	}
	return c.request
}

func displayed(kind string) string {
	if s := eventOf[kind]; s != "" {
		return s
	}
	s := strings.ReplaceAll(strings.ReplaceAll(kind, ".", " "), "_", " ")
	return strings.ToUpper(s[:1]) + s[1:]
}

func alternate(c *call, t target) any {
	if t.Type == "User" {
		if u, ok := c.o.users.Get(c.Tx, t.ID); ok {
			return u.login()
		}
	}
	if t.Name == "" {
		return "unknown"
	}
	return t.Name
}

func (p principal) asActor() obj {
	if p.user.ID == "" {
		return obj{"id": "unknown", "type": "SystemPrincipal", "alternateId": "system@okta.com", "displayName": "Okta System", "detailEntry": nil}
	}
	return obj{"id": p.user.ID, "type": "User", "alternateId": p.user.login(), "displayName": p.user.display(), "detailEntry": nil}
}

func (c *call) requestURI() any {
	if c.r == nil {
		return nil
	}
	return c.r.Echo.Request().URL.Path
}

func (c *call) address1() any {
	if c.r == nil {
		return nil
	}
	return c.r.Echo.RealIP()
}

func (c *call) session() any { return nil }

func (c *call) client() obj {
	agent := ""
	if c.r != nil {
		agent = c.r.Echo.Request().UserAgent()
	}
	system, device := "Unknown", "Unknown"
	for _, k := range []struct{ word, os, device string }{{"Android", "Android", "Mobile"}, {"iPhone", "iOS", "Mobile"}, {"Windows", "Windows 10", "Computer"}, {"Mac OS X", "Mac OS X", "Computer"}, {"Linux", "Linux", "Computer"}} {
		if strings.Contains(agent, k.word) {
			system, device = k.os, k.device
			break
		}
	}
	browser := "UNKNOWN"
	for _, k := range []string{"Edg", "Firefox", "Chrome", "Safari"} {
		if strings.Contains(agent, k+"/") {
			browser = strings.ToUpper(strings.Replace(k, "Edg", "Edge", 1))
			break
		}
	}
	return obj{"userAgent": obj{"rawUserAgent": agent, "os": system, "browser": browser}, "zone": "null", "device": device, "id": nil, "ipAddress": c.address1(), "geographicalContext": nil}
}

// logOperations are the system log.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/SystemLog/
func (o *Okta) logOperations() {
	o.on(twin.Full, "listLogEvents", o.listLogEvents)
}

// How much of the log one request may ask for, and how many words it may look for.
const (
	logPage     = 100
	logPageMost = 1000
	logWords    = 10
	logWordMost = 40
	logWindow   = 7 * 24 * time.Hour
)

// listLogEvents returns the log between two times, the oldest first unless asked otherwise. Who names no end gets a link
// to what comes next even when nothing has come yet, and so follows the log.
func (o *Okta) listLogEvents(c *call) (any, error) {
	until, err := c.moment("until", c.Now.Add(time.Millisecond))
	if err != nil {
		return nil, err
	}
	since, err := c.moment("since", until.Add(-logWindow))
	if err != nil {
		return nil, err
	}
	order := c.query.Get("sortOrder")
	follows := order != "DESCENDING" && c.query.Get("until") == ""
	words := strings.Fields(strings.ToLower(c.query.Get("q")))
	switch {
	case since.After(until):
		return nil, invalid("since", "since: The since date must be before the until date.")
	case order != "" && order != "ASCENDING" && order != "DESCENDING":
		return nil, invalid("sortOrder", "sortOrder: The field must be one of ASCENDING, DESCENDING.")
	case len(words) > logWords:
		return nil, invalid("q", "q: The query has too many keywords.")
	case slices.ContainsFunc(words, func(w string) bool { return len(w) > logWordMost }):
		return nil, invalid("q", "q: A keyword of the query is too long.")
	}
	match := everything
	if f := c.query.Get("filter"); f != "" {
		var ok bool
		if match, ok = parseFilter(f); !ok {
			return nil, &refusal{status: 400, code: "E0000053", summary: "Invalid filter '" + f + "'"}
		}
	}
	limit, err := c.limitOf(logPage, logPageMost)
	if err != nil {
		return nil, err
	}
	g := store.Range{From: fmt.Sprintf("%013d", since.UnixMilli()), To: fmt.Sprintf("%013d", until.UnixMilli()), Desc: order == "DESCENDING"}
	after := c.query.Get("after")
	switch {
	case after != "" && !logCursor.MatchString(after):
		return nil, errPaging
	case after != "" && g.Desc:
		g.To = after
	case after != "":
		g.From = after + "~"
	}
	p := page{items: []any{}}
	for e := range o.events.Range(c.Call.Past().Tx, g) {
		if !match(e.view()) || slices.ContainsFunc(words, func(w string) bool { return !mentions(e.Doc, w) }) {
			continue
		}
		if len(p.items) == limit {
			p.after = after
			break
		}
		p.items = append(p.items, e.view())
		after = e.ID
	}
	if follows && p.after == "" {
		if p.after = after; after == "" {
			p.after = g.From
		}
	}
	return p, nil
}

// logCursor is a place in the log: a time, and perhaps one of its events.
var logCursor = regexp.MustCompile(`^\d{13}(\d{8})?$`)

func (c *call) moment(name string, otherwise time.Time) (time.Time, error) {
	v := c.query.Get(name)
	if v == "" {
		return otherwise, nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05.000Z0700", "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05", "2006-01-02"} {
		if t, err := time.Parse(layout, strings.ReplaceAll(v, " ", "+")); err == nil {
			return t, nil
		}
	}
	return otherwise, errDate
}

// mentions reports whether a word is anywhere in what an event says.
func mentions(v any, word string) bool {
	switch v := v.(type) {
	case string:
		return strings.Contains(strings.ToLower(v), word)
	case obj:
		for _, x := range v {
			if mentions(x, word) {
				return true
			}
		}
	case []any:
		for _, x := range v {
			if mentions(x, word) {
				return true
			}
		}
	}
	return false
}

func eventUUID(id string) string {
	h := fmt.Sprintf("%x", id)
	h += strings.Repeat("0", 42)
	return h[10:18] + "-" + h[18:22] + "-11f0-" + h[22:26] + "-" + h[26:38]
}
