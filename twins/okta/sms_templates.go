package okta

import (
	"strings"

	"twinset.dev/kit/twin"
)

// smsTemplateKind is what an SMS says, in several languages.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Template/
var smsTemplateKind = &kind{name: "sms_templates", noun: "AppInstance", prefix: "cst", path: "/api/v1/templates/sms/%s", event: "system.sms.template"}

func init() {
	smsTemplateKind.check, smsTemplateKind.view = checkSMSTemplate, viewSMSTemplate
}

func (o *Okta) smsTemplatesOperations() {
	o.serveKind(twin.Full, smsTemplateKind, crud{create: "createSmsTemplate", get: "getSmsTemplate", delete: "deleteSmsTemplate"}, nil)
	o.on(twin.Full, "listSmsTemplates", o.listSMSTemplates)
	o.on(twin.Full, "updateSmsTemplate", o.updateSMSTemplate)
	o.on(twin.Full, "replaceSmsTemplate", o.replaceSMSTemplate)
}

// listSMSTemplates returns Okta's own template and then the org's.
func (o *Okta) listSMSTemplates(c *call) (any, error) {
	kind := c.query.Get("templateType")
	out := []any{}
	if kind == "" || kind == "SMS_VERIFY_CODE" {
		out = append(out, obj{"id": "default", "name": "Default", "type": "SMS_VERIFY_CODE", "template": "Your verification code is ${code}.", "created": stamp(c.at()), "lastUpdated": stamp(c.at())})
	}
	for r := range c.all(smsTemplateKind, "") {
		if kind == "" || kind == text(r.Doc["type"]) {
			out = append(out, c.shown(smsTemplateKind, r))
		}
	}
	return out, nil
}

func (c *call) smsTemplate() (Record, error) {
	return c.fetch(smsTemplateKind, "", c.param("templateId"))
}

// updateSMSTemplate changes what was sent; a translation without a text is taken away.
func (o *Okta) updateSMSTemplate(c *call) (any, error) {
	r, err := c.smsTemplate()
	switch {
	case err != nil:
		return nil, err
	case c.body == nil:
		return nil, errMalformed
	}
	doc := with(r.Doc, without(c.body, "translations"))
	words := with(object(r.Doc["translations"]), object(c.body["translations"]))
	for language, s := range words {
		if text(s) == "" {
			delete(words, language)
		}
	}
	doc["translations"] = words
	if r, err = c.replace(smsTemplateKind, r, doc); err != nil {
		return nil, err
	}
	return c.shown(smsTemplateKind, r), nil
}

// replaceSMSTemplate answers without the translations, though they are kept.
func (o *Okta) replaceSMSTemplate(c *call) (any, error) {
	r, err := c.smsTemplate()
	if err != nil {
		return nil, err
	}
	if r, err = c.replace(smsTemplateKind, r, c.body); err != nil {
		return nil, err
	}
	return without(c.shown(smsTemplateKind, r).(obj), "translations"), nil
}

func checkSMSTemplate(c *call, doc obj, was *Record) error {
	for _, k := range []string{"name", "type", "template"} {
		if text(doc[k]) == "" {
			return blank(k)
		}
	}
	switch {
	case text(doc["type"]) != "SMS_VERIFY_CODE":
		return invalid("type", "type: The field must be one of SMS_VERIFY_CODE.")
	case len(text(doc["name"])) > 50:
		return invalid("name", "name: The field is too long")
	case len([]rune(text(doc["template"]))) > 161:
		return invalid("template", "template: The field is too long")
	case !strings.Contains(text(doc["template"]), "${code}"):
		return invalid("template", "template: The template must contain ${code}.")
	}
	words := object(doc["translations"])
	for language, s := range words {
		if !strings.Contains(text(s), "${code}") {
			return invalid("translations", "translations."+language+": The template must contain ${code}.")
		}
	}
	if len(words) == 0 {
		delete(doc, "translations")
	}
	return nil
}

func viewSMSTemplate(c *call, r Record, v obj) { delete(v, "_links") }
