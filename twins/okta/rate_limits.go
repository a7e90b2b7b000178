package okta

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"twinset.dev/kit/twin"
)

// principalLimitKind is the part of the org's rate limits that a token or an app may use, where it is not the usual one.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/PrincipalRateLimit/
var principalLimitKind = &kind{name: "principal_limits", noun: "PrincipalRateLimitEntity", prefix: "prl", title: "principalId"}

// usualShare is the percentage of a limit that one principal may use.
const usualShare = 50.0

func (o *Okta) rateLimitsOperations() {
	o.on(twin.Full, "listPrincipalRateLimitEntities", o.listPrincipalRateLimitEntities)
	o.on(twin.Full, "createPrincipalRateLimitEntity", o.createPrincipalRateLimitEntity)
	o.on(twin.Full, "getPrincipalRateLimitEntity", o.getPrincipalRateLimitEntity)
	o.on(twin.Full, "replacePrincipalRateLimitEntity", o.replacePrincipalRateLimitEntity)
	o.on(twin.Full, "getRateLimitSettingsAdminNotifications", func(c *call) (any, error) { return c.limitSetting("notificationsEnabled", true), nil })
	o.on(twin.Full, "replaceRateLimitSettingsAdminNotifications", o.replaceRateLimitSettingsAdminNotifications)
	o.on(twin.Full, "getRateLimitSettingsWarningThreshold", func(c *call) (any, error) { return c.limitSetting("warningThreshold", 90), nil })
	o.on(twin.Full, "replaceRateLimitSettingsWarningThreshold", o.replaceRateLimitSettingsWarningThreshold)
	o.on(twin.Full, "getRateLimitSettingsPerClient", o.getRateLimitSettingsPerClient)
	o.on(twin.Full, "replaceRateLimitSettingsPerClient", o.replaceRateLimitSettingsPerClient)

	// Terraform and other clients from before these settings.
	const notification, mode = "/api/internal/orgSettings/rateLimitNotificationSetting", "/api/v1/internal/rateLimits/clientRateLimitMode"
	o.beyond(twin.Full, "getRateLimitNotificationSetting", http.MethodGet, notification, o.getRateLimitNotificationSetting).needs("okta.rateLimits")
	o.beyond(twin.Full, "setRateLimitNotificationSetting", http.MethodPost, notification, o.setRateLimitNotificationSetting).needs("okta.rateLimits")
	o.beyond(twin.Full, "getClientRateLimitMode", http.MethodGet, mode, o.getClientRateLimitMode).needs("okta.rateLimits")
	o.beyond(twin.Full, "setClientRateLimitMode", http.MethodPost, mode, o.setClientRateLimitMode).needs("okta.rateLimits")
}

// principalLimits are those of all API tokens, usual or not, and of apps for which there is one.
func (c *call) principalLimits() (out []Record) {
	for t := range c.o.tokens.All(c.Tx, "") {
		if r, ok := c.called(principalLimitKind, "", t.ID); ok {
			out = append(out, r)
			continue
		}
		out = append(out, Record{ID: "prl" + t.ID[3:], Name: t.ID, Created: t.Created, Updated: t.Created, Doc: obj{"principalId": t.ID, "principalType": "SSWS_TOKEN", "createdBy": t.User, "lastUpdatedBy": t.User,
			"defaultPercentage": usualShare, "defaultConcurrencyPercentage": usualShare}})
	}
	for r := range c.all(principalLimitKind, "") {
		if r.Doc["principalType"] != "SSWS_TOKEN" {
			out = append(out, r)
		}
	}
	return inOrder(out, func(r Record) int64 { return r.Created }, idOf)
}

func (c *call) principalLimit(r Record) any {
	org, _ := c.o.orgs.Get(c.Tx, "org")
	day := func(ms int64) any { return time.UnixMilli(ms).UTC().Format(time.RFC3339) }
	return with(r.Doc, obj{"id": r.ID, "orgId": org.ID, "createdDate": day(r.Created), "lastUpdate": day(r.Updated)})
}

// listPrincipalRateLimitEntities returns the limits of one type of principals, which the filter has to say.
func (o *Okta) listPrincipalRateLimitEntities(c *call) (any, error) {
	if !strings.Contains(c.query.Get("filter"), "principalType") {
		return nil, invalid("principalRateLimitMediated", `The provided filter parameter did not contain the required attrbute filter "principalType"`)
	}
	match, err := c.filtered("filter")
	if err != nil {
		return nil, err
	}
	limits := slices.DeleteFunc(c.principalLimits(), func(r Record) bool { return !match(r.Doc) })
	return paged(c, slices.Values(limits), idOf, 20, 50, c.principalLimit)
}

// share is the part of a limit that was sent.
func (c *call) share(name string) (float64, error) {
	n, ok := c.body[name].(float64)
	switch {
	case c.body[name] == nil:
		return usualShare, nil
	case !ok || n < 0 || n > 100:
		return 0, invalid(name, name+": The field must be between 0 and 100.")
	}
	return n, nil
}

func (c *call) principalLimitDoc() (obj, error) {
	id, kind := text(c.body["principalId"]), text(c.body["principalType"])
	switch {
	case id == "":
		return nil, blank("principalId")
	case kind == "":
		return nil, blank("principalType")
	case kind != "SSWS_TOKEN" && kind != "OAUTH_CLIENT":
		return nil, errMalformed
	}
	if _, ok := c.o.tokens.Get(c.Tx, id); kind == "SSWS_TOKEN" && !ok {
		return nil, notFound(id, "Token")
	}
	part, err := c.share("defaultPercentage")
	if err != nil {
		return nil, err
	}
	concurrent, err := c.share("defaultConcurrencyPercentage")
	return obj{"principalId": id, "principalType": kind, "defaultPercentage": part, "defaultConcurrencyPercentage": concurrent, "lastUpdatedBy": c.who.user.ID, "createdBy": c.who.user.ID}, err
}

func (o *Okta) createPrincipalRateLimitEntity(c *call) (any, error) {
	doc, err := c.principalLimitDoc()
	if err != nil {
		return nil, err
	}
	id := c.id(principalLimitKind.prefix)
	for _, r := range c.principalLimits() {
		if r.Name == doc["principalId"] {
			if doc["principalType"] == "OAUTH_CLIENT" {
				return nil, invalid("principalId", "principalId: An object with this field already exists")
			}
			id = r.ID
		}
	}
	return created(c.principalLimit(c.keep(principalLimitKind, Record{ID: id, Created: c.at(), Updated: c.at(), Order: c.order(), Doc: doc}))), nil
}

func (c *call) principalLimitOf() (Record, error) {
	id := c.param("principalRateLimitId")
	for _, r := range c.principalLimits() {
		if r.ID == id {
			return r, nil
		}
	}
	return Record{}, notFound(id, principalLimitKind.noun)
}

func (o *Okta) getPrincipalRateLimitEntity(c *call) (any, error) {
	r, err := c.principalLimitOf()
	if err != nil {
		return nil, err
	}
	return c.principalLimit(r), nil
}

func (o *Okta) replacePrincipalRateLimitEntity(c *call) (any, error) {
	r, err := c.principalLimitOf()
	if err != nil {
		return nil, err
	}
	doc, err := c.principalLimitDoc()
	switch {
	case err != nil:
		return nil, err
	case doc["principalId"] != r.Doc["principalId"]:
		return nil, invalid("principalId", "principalId: The field cannot be changed.")
	}
	doc["createdBy"] = r.Doc["createdBy"]
	r.Doc, r.Updated = doc, c.at()
	return c.principalLimit(c.keep(principalLimitKind, r)), nil
}

// limitSetting is a setting of the org's rate limits.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/RateLimitSettings/
func (c *call) limitSetting(name string, usual any) any {
	if v, ok := c.settingOf("rateLimits", obj{})[name]; ok {
		return obj{name: v}
	}
	return obj{name: usual}
}

func (c *call) setLimit(name string, v any) any {
	c.setting("rateLimits", with(c.settingOf("rateLimits", obj{}), obj{name: v}))
	c.logged("system.rate_limit.configuration.update", "SUCCESS", c.orgTarget())
	return obj{name: v}
}

func (o *Okta) replaceRateLimitSettingsAdminNotifications(c *call) (any, error) {
	on, ok := c.body["notificationsEnabled"].(bool)
	if !ok {
		return nil, blank("notificationsEnabled")
	}
	return c.setLimit("notificationsEnabled", on), nil
}

func (o *Okta) replaceRateLimitSettingsWarningThreshold(c *call) (any, error) {
	n, ok := c.body["warningThreshold"].(float64)
	switch {
	case !ok:
		return nil, blank("warningThreshold")
	case n < 30 || n > 90:
		return nil, invalid("warningThreshold", "warningThreshold: The field must be between 30 and 90.")
	}
	return c.setLimit("warningThreshold", n), nil
}

func (o *Okta) getRateLimitSettingsPerClient(c *call) (any, error) {
	if v := object(c.settingOf("rateLimits", obj{})["perClient"]); v != nil {
		return v, nil
	}
	return obj{"defaultMode": "ENFORCE"}, nil
}

// replaceRateLimitSettingsPerClient says what becomes of a client that asks too often, by default and in some places.
func (o *Okta) replaceRateLimitSettingsPerClient(c *call) (any, error) {
	modes := []string{"ENFORCE", "PREVIEW", "DISABLE"}
	v := obj{"defaultMode": text(c.body["defaultMode"])}
	switch {
	case v["defaultMode"] == "":
		return nil, blank("defaultMode")
	case !slices.Contains(modes, text(v["defaultMode"])):
		return nil, errMalformed
	}
	if overrides := object(c.body["useCaseModeOverrides"]); overrides != nil {
		for k, m := range overrides {
			if !slices.Contains([]string{"LOGIN_PAGE", "OAUTH2_AUTHORIZE", "OIE_APP_INTENT"}, k) || !slices.Contains(modes, text(m)) {
				return nil, errMalformed
			}
		}
		v["useCaseModeOverrides"] = copied(overrides)
	}
	c.setLimit("perClient", v)
	return v, nil
}

// getRateLimitNotificationSetting is getRateLimitSettingsAdminNotifications by its older name.
func (o *Okta) getRateLimitNotificationSetting(c *call) (any, error) {
	return obj{"rateLimitNotification": object(c.limitSetting("notificationsEnabled", true))["notificationsEnabled"]}, nil
}

func (o *Okta) setRateLimitNotificationSetting(c *call) (any, error) {
	on, ok := c.body["rateLimitNotification"].(bool)
	if !ok {
		return nil, blank("rateLimitNotification")
	}
	c.setLimit("notificationsEnabled", on)
	return obj{"rateLimitNotification": on}, nil
}

// getClientRateLimitMode is getRateLimitSettingsPerClient as it was before.
func (o *Okta) getClientRateLimitMode(c *call) (any, error) {
	now, err := o.getRateLimitSettingsPerClient(c)
	v := object(now)
	mode := text(v["defaultMode"])
	return obj{"mode": mode, "granularModeSettings": fill(with(obj{}, object(v["useCaseModeOverrides"])), obj{"OAUTH2_AUTHORIZE": mode, "LOGIN_PAGE": mode})}, err
}

func (o *Okta) setClientRateLimitMode(c *call) (any, error) {
	c.body = obj{"defaultMode": c.body["mode"], "useCaseModeOverrides": c.body["granularModeSettings"]}
	if _, err := o.replaceRateLimitSettingsPerClient(c); err != nil {
		return nil, err
	}
	return o.getClientRateLimitMode(c)
}
