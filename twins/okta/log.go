package okta

import (
	"fmt"
	"iter"
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
	"user.lifecycle.create":              "Create Okta user",
	"user.lifecycle.activate":            "Activate Okta user",
	"user.lifecycle.deactivate":          "Deactivate Okta user",
	"user.lifecycle.suspend":             "Suspend Okta user",
	"user.lifecycle.unsuspend":           "Unsuspend Okta user",
	"user.lifecycle.reactivate":          "Reactivate Okta user",
	"user.lifecycle.delete.initiated":    "Delete Okta user initiated",
	"user.lifecycle.delete.completed":    "Delete Okta user completed",
	"user.account.update_profile":        "Update user profile for Okta",
	"user.account.update_password":       "User update password for Okta",
	"user.account.reset_password":        "User reset password for Okta (by admin)",
	"user.account.expire_password":       "Expire all Okta user passwords",
	"user.account.lock":                  "Max sign in attempts exceeded",
	"user.account.unlock_by_admin":       "Okta user account unlocked by admin",
	"user.session.start":                 "User login to Okta",
	"user.session.end":                   "User logout from Okta",
	"user.session.clear":                 "Clear user session",
	"user.authentication.auth_via_mfa":   "Authentication of user via MFA",
	"user.mfa.factor.activate":           "User set up MFA factor",
	"user.mfa.factor.deactivate":         "Remove user's MFA factor",
	"user.mfa.factor.reset_all":          "Reset all factors for user",
	"group.lifecycle.create":             "Create Okta group",
	"group.lifecycle.delete":             "Delete Okta group",
	"group.profile.update":               "Update Okta group",
	"group.user_membership.add":          "Add user to group membership",
	"group.user_membership.remove":       "Remove user from group membership",
	"application.lifecycle.create":       "Create application",
	"application.lifecycle.update":       "Update application",
	"application.lifecycle.delete":       "Delete application",
	"application.lifecycle.activate":     "Activate application",
	"application.lifecycle.deactivate":   "Deactivate application",
	"application.user_membership.add":    "Add user to application membership",
	"application.user_membership.remove": "Remove user's application membership",
	"policy.lifecycle.create":            "Create policy",
	"policy.lifecycle.update":            "Update policy",
	"policy.lifecycle.delete":            "Delete policy",
	"policy.rule.add":                    "Add policy rule",
	"policy.rule.update":                 "Update policy rule",
	"policy.rule.delete":                 "Delete policy rule",
	"system.api_token.create":            "Create API token",
	"system.api_token.revoke":            "Revoke API token",
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
		"authenticationContext": obj{"authenticationProvider": nil, "credentialProvider": nil, "credentialType": nil, "issuer": nil, "interface": nil, "authenticationStep": 0.0, "externalSessionId": c.session()},
		"displayMessage":        displayed(kind),
		"eventType":             kind,
		"outcome":               obj{"result": result, "reason": outcomeReason},
		"securityContext":       obj{"asNumber": nil, "asOrg": nil, "isp": nil, "domain": nil, "isProxy": nil},
		"severity":              map[bool]string{true: "INFO", false: "WARN"}[result == "SUCCESS"],
		"debugContext":          obj{"debugData": obj{"requestId": "req" + c.Rand(20, idAlphabet), "requestUri": c.requestURI(), "url": c.requestURI()}},
		"legacyEventType":       nil,
		"transaction":           obj{"type": "WEB", "id": "req" + c.Rand(20, idAlphabet), "detail": obj{}},
		"version":               "0",
		"request":               obj{"ipChain": []any{obj{"ip": c.address1(), "geographicalContext": nil, "version": "V4", "source": nil}}},
		"target":                list,
	}
	n := c.Now.UnixMilli()
	id := fmt.Sprintf("%013d%s", n, c.Rand(8, idAlphabet))
	c.o.events.Put(c.Tx, Event{ID: id, Published: n, Doc: doc})
	c.heard(kind, doc)
}

func displayed(kind string) string {
	if s := eventOf[kind]; s != "" {
		return s
	}
	s := strings.ReplaceAll(strings.ReplaceAll(kind, ".", " "), "_", " ")
	return strings.ToUpper(s[:1]) + s[1:]
}

// heard is where hooks and log streams are told; nobody listens yet.
func (c *call) heard(string, obj) {}

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
	return obj{"userAgent": obj{"rawUserAgent": agent, "os": "Unknown", "browser": "UNKNOWN"}, "zone": "null", "device": "Unknown", "id": nil, "ipAddress": c.address1(), "geographicalContext": nil}
}

// logOperations are the system log.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/SystemLog/
func (o *Okta) logOperations() {
	o.on(twin.Partial, "listLogEvents", o.listLogEvents)
}

// listLogEvents returns the log between two times, the oldest first unless asked otherwise.
func (o *Okta) listLogEvents(c *call) (any, error) {
	since, err := c.moment("since", c.Now.Add(-7*24*time.Hour))
	if err != nil {
		return nil, err
	}
	until, err := c.moment("until", c.Now.Add(time.Second))
	if err != nil {
		return nil, err
	}
	match, err := c.filtered("filter")
	if err != nil {
		return nil, err
	}
	g := store.Range{From: fmt.Sprintf("%013d", since.UnixMilli()), To: fmt.Sprintf("%013d", until.UnixMilli()), Desc: c.query.Get("sortOrder") == "DESCENDING"}
	q := strings.ToLower(c.query.Get("q"))
	var events iter.Seq[Event] = func(yield func(Event) bool) {
		for e := range o.events.Range(c.Tx, g) {
			if match(e.Doc) && (q == "" || mentions(e.Doc, q)) && !yield(e) {
				return
			}
		}
	}
	return paged(c, events, func(e Event) string { return e.ID }, 100, 1000, func(e Event) any {
		return with(e.Doc, obj{"uuid": eventUUID(e.ID), "published": stamp(e.Published)})
	})
}

func (c *call) moment(name string, otherwise time.Time) (time.Time, error) {
	v := c.query.Get(name)
	if v == "" {
		return otherwise, nil
	}
	t, err := time.Parse(time.RFC3339, v)
	if err != nil {
		return t, invalid(name, name+": The date format in your query is not recognized. Please enter dates using ISO8601 string format.")
	}
	return t, nil
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
