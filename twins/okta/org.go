package okta

import (
	"net/http"
	"strings"
	"time"

	"twinset.dev/kit/twin"
)

// orgOperations are the org itself: its names, whom to speak to, and what it lets Okta do.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/OrgSettingGeneral/
func (o *Okta) orgOperations() {
	o.on(twin.Full, "getWellknownOrgMetadata", o.getWellknownOrgMetadata).public()
	o.on(twin.Full, "getOrgSettings", o.getOrgSettings)
	o.on(twin.Full, "updateOrgSettings", o.updateOrgSettings)
	o.on(twin.Full, "replaceOrgSettings", o.replaceOrgSettings)
	o.beyond(twin.Full, "uploadOrgLogo", http.MethodPost, "/api/v1/org/logo", o.uploadOrgLogo).needs("okta.orgs")
	o.on(twin.Full, "listOrgContactTypes", o.listOrgContactTypes)
	o.on(twin.Full, "getOrgContactUser", o.getOrgContactUser)
	o.on(twin.Full, "replaceOrgContactUser", o.replaceOrgContactUser)
	o.on(twin.Full, "getOrgPreferences", func(c *call) (any, error) { return c.preferences(), nil })
	o.on(twin.Full, "setOrgHideOktaUIFooter", func(c *call) (any, error) { return c.setFooter(false) })
	o.on(twin.Full, "setOrgShowOktaUIFooter", func(c *call) (any, error) { return c.setFooter(true) })
	o.on(twin.Shape, "createChildOrg", o.createChildOrg).noted("an org that may not make others: what is sent is checked, and then refused")
	o.on(twin.Full, "bulkRemoveEmailAddressBounces", o.bulkRemoveEmailAddressBounces)
	for _, s := range []struct{ get, set, name string }{
		{"getAutoAssignAdminAppSetting", "updateAutoAssignAdminAppSetting", "autoAssignAdminAppSetting"},
		{"getClientPrivilegesSetting", "assignClientPrivilegesSetting", "clientPrivilegesSetting"},
		{"getThirdPartyAdminSetting", "updateThirdPartyAdminSetting", "thirdPartyAdmin"},
	} {
		o.on(twin.Full, s.get, func(c *call) (any, error) { return obj{s.name: truth(c.settingOf("switches", obj{})[s.name])}, nil })
		o.on(twin.Full, s.set, func(c *call) (any, error) { return c.setSwitch(s.name) })
	}
	const security = "/api/internal/org/settings/security-notification-settings"
	o.beyond(twin.Partial, "getSecurityNotificationSettings", http.MethodGet, security, o.getSecurityNotificationSettings).needs("okta.orgs").noted("these mails are not sent")
	o.beyond(twin.Partial, "replaceSecurityNotificationSettings", http.MethodPut, security, o.replaceSecurityNotificationSettings).needs("okta.orgs").noted("these mails are not sent")
}

// setSwitch keeps a setting that is on or off.
func (c *call) setSwitch(name string) (any, error) {
	v, ok := c.body[name].(bool)
	if !ok {
		return nil, blank(name)
	}
	c.setting("switches", with(c.settingOf("switches", obj{}), obj{name: v}))
	c.logged("system.org.update", "SUCCESS", c.orgTarget())
	return obj{name: v}, nil
}

func (c *call) orgTarget() target {
	org, _ := c.o.orgs.Get(c.Tx, "org")
	return target{org.ID, "Org", org.Name}
}

// getWellknownOrgMetadata tells anybody which org answers here.
func (o *Okta) getWellknownOrgMetadata(c *call) (any, error) {
	org, _ := o.orgs.Get(c.Tx, "org")
	return obj{"id": org.ID, "cell": "op3", "_links": obj{"organization": href(c.base)}, "pipeline": "idx", "settings": obj{"analyticsCollectionEnabled": false, "bugReportingEnabled": true,
		"omEnabled": false, "pssoEnabled": false, "desktopMFAEnabled": false, "itpEnabled": false, "op4wEnabled": true}}, nil
}

// orgDetails are what an org says of itself, beside its name.
var orgDetails = []string{"website", "phoneNumber", "endUserSupportHelpURL", "supportPhoneNumber", "address1", "address2", "city", "state", "country", "postalCode"}

func (c *call) orgView() any {
	org, _ := c.o.orgs.Get(c.Tx, "org")
	at := c.link("/api/v1/org")
	logo := c.link(oktaLogo)
	if p := text(c.settingOf("logo", obj{})["path"]); p != "" {
		logo = c.link(p)
	}
	v := obj{"id": org.ID, "subdomain": org.Subdomain, "companyName": org.Name, "status": "ACTIVE", "expiresAt": nil, "created": stamp(org.Created), "lastUpdated": stamp(org.Updated),
		"_links": obj{"preferences": href(at + "/preferences"), "uploadLogo": hints(at+"/logo", "POST"), "oktaCommunication": href(at + "/privacy/oktaCommunication"), "logo": href(logo),
			"oktaSupport": href(at + "/privacy/oktaSupport"), "contacts": href(at + "/contacts")}}
	details := c.settingOf("details", obj{})
	for _, k := range orgDetails {
		v[k] = nil
		if x, ok := details[k]; ok {
			v[k] = x
		} else if k == "website" {
			v[k] = "https://developer.okta.com"
		} else if strings.Contains(k, "hone") || strings.HasSuffix(k, "URL") {
			v[k] = ""
		}
	}
	return v
}

func (o *Okta) getOrgSettings(c *call) (any, error) { return c.orgView(), nil }

// updateOrgSettings changes what was sent and leaves the rest.
func (o *Okta) updateOrgSettings(c *call) (any, error) {
	return c.writeOrg(clone(c.settingOf("details", obj{})))
}

// replaceOrgSettings takes away what was not sent.
func (o *Okta) replaceOrgSettings(c *call) (any, error) {
	details := obj{}
	for _, k := range orgDetails {
		details[k] = nil
	}
	if text(c.body["companyName"]) == "" {
		return nil, blank("companyName")
	}
	return c.writeOrg(details)
}

func (c *call) writeOrg(details obj) (any, error) {
	if c.body == nil {
		return nil, errMalformed
	}
	for _, k := range orgDetails {
		if v, ok := c.body[k]; ok {
			if _, is := v.(string); v != nil && !is {
				return nil, errMalformed
			}
			details[k] = v
		}
	}
	c.setting("details", details)
	org, _ := c.o.orgs.Get(c.Tx, "org")
	if name := text(c.body["companyName"]); name != "" {
		org.Name = name
	}
	org.Updated = c.at()
	c.o.orgs.Put(c.Tx, org)
	c.logged("system.org.update", "SUCCESS", c.orgTarget())
	return c.orgView(), nil
}

func (o *Okta) uploadOrgLogo(c *call) (any, error) {
	i, err := c.uploaded(pictureRules["org"])
	if err != nil {
		return nil, err
	}
	c.setting("logo", obj{"path": i.path()})
	return created(obj{}), nil
}

// contactTypes are what an org has contacts for.
var contactTypes = []string{"BILLING", "TECHNICAL"}

func (o *Okta) listOrgContactTypes(c *call) (any, error) {
	out := []any{}
	for _, t := range contactTypes {
		lower := strings.ToLower(t)
		out = append(out, obj{"contactType": t, "_links": obj{lower: href(c.link("/api/v1/org/contacts/" + lower))}})
	}
	return out, nil
}

func (c *call) contactType() (string, error) {
	for _, t := range contactTypes {
		if strings.EqualFold(t, c.param("contactType")) {
			return t, nil
		}
	}
	return "", notFound(c.param("contactType"), "OrgContactType")
}

func (c *call) contactView(t string) any {
	id := text(c.settingOf("contacts", obj{})[t])
	if id == "" {
		return obj{"userId": nil, "_links": obj{}}
	}
	return obj{"userId": id, "_links": obj{"user": href(c.link("/api/v1/users/" + id))}}
}

func (o *Okta) getOrgContactUser(c *call) (any, error) {
	t, err := c.contactType()
	if err != nil {
		return nil, err
	}
	return c.contactView(t), nil
}

func (o *Okta) replaceOrgContactUser(c *call) (any, error) {
	t, err := c.contactType()
	if err != nil {
		return nil, err
	}
	id := text(c.body["userId"])
	if id == "" {
		return nil, blank("userId")
	}
	u, ok := o.users.Get(c.Tx, id)
	if !ok {
		return nil, notFound(id, "User")
	}
	c.setting("contacts", with(c.settingOf("contacts", obj{}), obj{t: u.ID}))
	c.logged("system.org.update", "SUCCESS", c.orgTarget(), u.target())
	return c.contactView(t), nil
}

func (c *call) preferences() any {
	if truth(c.settingOf("preferences", obj{})["hideEndUserFooter"]) {
		return obj{"showEndUserFooter": false, "_links": obj{"showEndUserFooter": hints(c.link("/api/v1/org/preferences/showEndUserFooter"), "POST")}}
	}
	return obj{"showEndUserFooter": true, "_links": obj{"hideEndUserFooter": hints(c.link("/api/v1/org/preferences/hideEndUserFooter"), "POST")}}
}

func (c *call) setFooter(show bool) (any, error) {
	c.setting("preferences", with(c.settingOf("preferences", obj{}), obj{"hideEndUserFooter": !show}))
	return c.preferences(), nil
}

// bulkRemoveEmailAddressBounces lets emails go again to addresses from which they came back, those that look like none aside.
func (o *Okta) bulkRemoveEmailAddressBounces(c *call) (any, error) {
	emails := list(c.body["emailAddresses"])
	if emails == nil {
		return nil, blank("emailAddresses")
	}
	errors := []any{}
	for _, e := range emails {
		s := text(e)
		switch local, domain, ok := strings.Cut(s, "@"); {
		case !ok || local == "" || !domainName.MatchString(domain):
			errors = append(errors, obj{"emailAddress": e, "reason": "Invalid email address. The provided email address failed validation against RFC 3696."})
		default:
			known := false
			for range o.usersByEmail.All(c.Tx, strings.ToLower(s)) {
				known = true
			}
			if !known {
				errors = append(errors, obj{"emailAddress": e, "reason": "This email address does not belong to any user in your organization."})
			}
		}
	}
	return obj{"errors": errors}, nil
}

// privacyOperations are what the org lets Okta do.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/OrgSettingSupport/
func (o *Okta) privacyOperations() {
	o.on(twin.Full, "getOktaCommunicationSettings", func(c *call) (any, error) { return c.communication(), nil })
	o.on(twin.Full, "optInUsersToOktaCommunicationEmails", func(c *call) (any, error) { return c.setCommunication(false) })
	o.on(twin.Full, "optOutUsersFromOktaCommunicationEmails", func(c *call) (any, error) { return c.setCommunication(true) })
	o.on(twin.Full, "getOrgOktaSupportSettings", func(c *call) (any, error) { return c.support(), nil })
	o.on(twin.Full, "grantOktaSupport", o.grantOktaSupport)
	o.on(twin.Full, "extendOktaSupport", o.extendOktaSupport)
	o.on(twin.Full, "revokeOktaSupport", o.revokeOktaSupport)
	o.on(twin.Partial, "listOktaSupportCases", func(c *call) (any, error) { return obj{"supportCases": []any{}}, nil }).noted("nobody opens cases at a twin")
	o.on(twin.Partial, "updateOktaSupportCase", func(c *call) (any, error) { return nil, notFound(c.param("caseNumber"), "SupportCase") }).noted("nobody opens cases at a twin")
	o.on(twin.Full, "getAerialConsent", o.getAerialConsent)
	o.on(twin.Full, "grantAerialConsent", o.grantAerialConsent)
	o.on(twin.Full, "revokeAerialConsent", o.revokeAerialConsent)
}

func (c *call) communication() any {
	at := c.link("/api/v1/org/privacy/oktaCommunication/")
	if truth(c.settingOf("privacy", obj{"optOutEmailUsers": true})["optOutEmailUsers"]) {
		return obj{"optOutEmailUsers": true, "_links": obj{"optIn": hints(at+"optIn", "POST")}}
	}
	return obj{"optOutEmailUsers": false, "_links": obj{"optOut": hints(at+"optOut", "POST")}}
}

func (c *call) setCommunication(out bool) (any, error) {
	c.setting("privacy", with(c.settingOf("privacy", obj{}), obj{"optOutEmailUsers": out}))
	return c.communication(), nil
}

// How long Okta's people may look into the org, and how much longer at a time.
const (
	supportGranted  = 8 * time.Hour
	supportExtended = 24 * time.Hour
)

// supportUntil is when Okta's people may look into the org no longer, zero if they may not.
func (c *call) supportUntil() int64 {
	ms, _ := c.settingOf("privacy", obj{})["supportUntil"].(float64)
	if int64(ms) <= c.Now.UnixMilli() {
		return 0
	}
	return int64(ms)
}

func (c *call) support() any {
	at := c.link("/api/v1/org/privacy/oktaSupport")
	until := c.supportUntil()
	if until == 0 {
		return obj{"support": "DISABLED", "expiration": nil, "caseNumber": nil, "_links": obj{"grant": hints(at+"/grant", "POST")}}
	}
	return obj{"support": "ENABLED", "expiration": stamp(until), "caseNumber": nil, "_links": obj{"extend": hints(at+"/extend", "POST"), "revoke": hints(at+"/revoke", "POST")}}
}

func (c *call) setSupport(until int64, event string) (any, error) {
	c.setting("privacy", with(c.settingOf("privacy", obj{}), obj{"supportUntil": float64(until)}))
	c.logged("user.session.impersonation."+event, "SUCCESS", c.orgTarget())
	return c.support(), nil
}

func (o *Okta) grantOktaSupport(c *call) (any, error) {
	return c.setSupport(c.Now.Add(supportGranted).Unix()*1000, "grant")
}

func (o *Okta) extendOktaSupport(c *call) (any, error) {
	until := c.supportUntil()
	if until == 0 {
		return nil, invalid("support", "Okta Support access is not enabled.")
	}
	return c.setSupport(until+supportExtended.Milliseconds(), "extend")
}

func (o *Okta) revokeOktaSupport(c *call) (any, error) { return c.setSupport(0, "revoke") }

func (c *call) aerial() obj { return c.settingOf("aerial", obj{}) }

func (c *call) aerialView() any {
	return with(c.aerial(), obj{"_links": obj{"revoke": hints(c.link("/api/v1/org/privacy/aerial/revoke"), "POST")}})
}

func (o *Okta) getAerialConsent(c *call) (any, error) {
	if len(c.aerial()) == 0 {
		return nil, notFound(c.orgTarget().ID, "AerialConsent")
	}
	return c.aerialView(), nil
}

// grantAerialConsent lets an account manage the org from outside.
func (o *Okta) grantAerialConsent(c *call) (any, error) {
	id := text(c.body["accountId"])
	switch was := text(c.aerial()["accountId"]); {
	case id == "":
		return nil, blank("accountId")
	case was != "" && was != id:
		return nil, invalid("accountId", "accountId: Another account has consent already.")
	}
	c.setting("aerial", obj{"accountId": id, "grantedBy": c.who.user.ID, "grantedDate": stamp(c.at())})
	return c.aerialView(), nil
}

func (o *Okta) revokeAerialConsent(c *call) (any, error) {
	id := text(c.body["accountId"])
	switch was := text(c.aerial()["accountId"]); {
	case id == "":
		return nil, blank("accountId")
	case was != id:
		return nil, invalid("accountId", "accountId: The account does not have consent.")
	}
	c.setting("aerial", obj{})
	return obj{"_links": obj{"grant": hints(c.link("/api/v1/org/privacy/aerial/grant"), "POST")}}, nil
}

// createChildOrg makes an org of the org's own, which only those can that Okta lets.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/OrgCreator/
func (o *Okta) createChildOrg(c *call) (any, error) {
	for _, k := range []string{"name", "subdomain", "edition"} {
		if text(c.body[k]) == "" {
			return nil, blank(k)
		}
	}
	if object(c.body["admin"]) == nil {
		return nil, blank("admin")
	}
	return nil, errFeature
}

// securityNotifications are what people are told of by mail when it happens to their account.
//
// https://help.okta.com/en-us/content/topics/security/healthinsight/security-notification.htm
var securityNotifications = []string{"sendEmailForNewDeviceEnabled", "sendEmailForFactorEnrollmentEnabled", "sendEmailForFactorResetEnabled", "sendEmailForPasswordChangedEnabled", "reportSuspiciousActivityEnabled"}

func (o *Okta) getSecurityNotificationSettings(c *call) (any, error) {
	v := obj{}
	for _, k := range securityNotifications {
		v[k] = true
	}
	return with(v, c.settingOf("securityNotifications", obj{})), nil
}

func (o *Okta) replaceSecurityNotificationSettings(c *call) (any, error) {
	v := obj{}
	for _, k := range securityNotifications {
		on, ok := c.body[k].(bool)
		if !ok {
			return nil, blank(k)
		}
		v[k] = on
	}
	c.setting("securityNotifications", v)
	return v, nil
}
