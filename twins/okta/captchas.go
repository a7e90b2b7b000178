package okta

import (
	"slices"

	"twinset.dev/kit/twin"
)

// captchaKind is who tells people from machines for the org. It has at most one.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/CAPTCHA/
var captchaKind = &kind{name: "captchas", noun: "Captcha", prefix: "cap", path: "/api/v1/captchas/%s", event: "security.captcha"}

func init() {
	captchaKind.check, captchaKind.deletes, captchaKind.view = checkCaptcha, deletesCaptcha, viewCaptcha
}

func (o *Okta) captchasOperations() {
	o.serveKind(twin.Full, captchaKind, crud{list: "listCaptchaInstances", create: "createCaptchaInstance", get: "getCaptchaInstance", replace: "replaceCaptchaInstance", delete: "deleteCaptchaInstance", made: 201}, nil)
	o.on(twin.Full, "updateCaptchaInstance", o.updateCaptchaInstance)
	o.on(twin.Full, "getOrgCaptchaSettings", o.getOrgCaptchaSettings)
	o.on(twin.Full, "replacesOrgCaptchaSettings", o.replacesOrgCaptchaSettings)
	o.on(twin.Full, "deleteOrgCaptchaSettings", o.deleteOrgCaptchaSettings)
}

const tooManyCaptchas = "CAPTCHA count limit reached. At most one CAPTCHA instance is allowed per Org. Please remove existing CAPTCHA to create a new one."

func checkCaptcha(c *call, doc obj, was *Record) error {
	for _, field := range []string{"name", "type", "siteKey", "secretKey"} {
		if text(doc[field]) == "" {
			return blank(field)
		}
	}
	if kind := doc["type"]; kind != "HCAPTCHA" && kind != "RECAPTCHA_V2" {
		return invalid("type", "type: The field has an invalid value")
	}
	if was != nil {
		return nil
	}
	for range c.all(captchaKind, "") {
		return &refusal{status: 403, code: "E0000166", summary: tooManyCaptchas,
			details: []any{obj{"errorSummary": tooManyCaptchas, "reason": "EXCEEDS_MAX_VALUE", "locationType": "url", "domain": "captcha"}}}
	}
	return nil
}

func deletesCaptcha(c *call, r Record) error {
	if dig(c.orgCaptcha(), "captchaId") == r.ID {
		return &refusal{status: 403, code: "E0000168", summary: "CAPTCHA cannot be removed. This CAPTCHA is associated with org-wide CAPTCHA settings, please unassociate it before removing it."}
	}
	return nil
}

func viewCaptcha(c *call, r Record, v obj) {
	for _, k := range []string{"secretKey", "created", "lastUpdated"} {
		delete(v, k)
	}
	object(v["_links"])["self"] = c.captchaLink(r.ID)
}

func (c *call) captchaLink(id string) obj {
	return hints(c.link("/api/v1/captchas/"+id), "GET", "POST", "PUT", "DELETE")
}

// updateCaptchaInstance changes what is sent, and leaves the rest.
func (o *Okta) updateCaptchaInstance(c *call) (any, error) {
	r, err := c.fetch(captchaKind, "", c.param("captchaId"))
	if err != nil {
		return nil, err
	}
	return c.patch(captchaKind, r)
}

// orgCaptcha is where people have to show that they are people.
func (c *call) orgCaptcha() obj {
	return c.settingOf("captcha", obj{"captchaId": nil, "enabledPages": []any{}})
}

func (o *Okta) getOrgCaptchaSettings(c *call) (any, error) {
	v := c.orgCaptcha()
	links := obj{"self": hints(c.link("/api/v1/org/captcha"), "GET", "PUT")}
	if id := text(v["captchaId"]); id != "" {
		links["captcha"] = c.captchaLink(id)
	}
	v["_links"] = links
	return v, nil
}

// captchaPages are where a CAPTCHA may stand, in the order in which Okta answers them.
var captchaPages = []string{"SSR", "SSPR", "SIGN_IN"}

func (o *Okta) replacesOrgCaptchaSettings(c *call) (any, error) {
	if c.body == nil {
		return nil, errMalformed
	}
	id, wanted, pages := text(c.body["captchaId"]), texts(c.body["enabledPages"]), []any{}
	for _, page := range captchaPages {
		if slices.Contains(wanted, page) {
			pages = append(pages, page)
		}
	}
	if slices.ContainsFunc(wanted, func(page string) bool { return !slices.Contains(captchaPages, page) }) {
		return nil, invalid("enabledPages", "enabledPages: The field has an invalid value")
	}
	if id != "" {
		if _, err := c.fetch(captchaKind, "", id); err != nil {
			return nil, err
		}
	} else if len(pages) > 0 {
		return nil, blank("captchaId")
	}
	settings := obj{"enabledPages": pages, "captchaId": nil}
	if id != "" {
		settings["captchaId"] = id
	}
	c.setting("captcha", settings)
	return o.getOrgCaptchaSettings(c)
}

func (o *Okta) deleteOrgCaptchaSettings(c *call) (any, error) {
	c.setting("captcha", nil)
	return nil, nil
}

// setting keeps one of the org's settings; nil is as on the first day.
func (c *call) setting(name string, v obj) {
	org, _ := c.o.orgs.Get(c.Tx, "org")
	org.Settings = with(org.Settings, obj{name: v})
	if v == nil {
		org.Settings = without(org.Settings, name)
	}
	c.o.orgs.Put(c.Tx, org)
}

// settingOf is one of the org's settings, with what it is on the first day.
func (c *call) settingOf(name string, first obj) obj {
	org, _ := c.o.orgs.Get(c.Tx, "org")
	return with(first, object(org.Settings[name]))
}
