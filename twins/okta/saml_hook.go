package okta

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/beevik/etree"
)

// askAboutAssertion lets the inline hook of an app change what it is told of a person. Without an answer it is told what
// it was going to be.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/InlineHook/#tag/InlineHook/operation/createSAMLAssertionInlineHook
func (c *oauthCall) askAboutAssertion(app App, u User, s Session, acs string) (commands []any, err error) {
	so := object(dig(app.Doc, "settings", "signOn"))
	for _, h := range list(so["inlineHooks"]) {
		r, err := c.fetch(inlineHookKind, "", text(object(h)["id"]))
		if err != nil || r.Status != "ACTIVE" {
			continue
		}
		claims := obj{}
		for _, e := range c.samlAttributes(app, u).ChildElements() {
			values := []any{}
			for _, v := range e.ChildElements() {
				values = append(values, obj{"attributes": obj{"xsi:type": "xs:string"}, "value": v.Text()})
			}
			claims[e.SelectAttrValue("Name", "")] = obj{"attributes": obj{"NameFormat": e.SelectAttrValue("NameFormat", "")}, "attributeValues": values}
		}
		context := obj{"request": c.hookRequest(), "protocol": obj{"type": "SAML2.0", "issuer": obj{"id": app.ID, "name": app.Label, "uri": "http://www.okta.com/" + app.Key}},
			"session": obj{"id": s.ID, "userId": u.ID, "login": u.login(), "createdAt": stamp(s.Created), "expiresAt": stamp(s.Expires), "status": "ACTIVE", "amr": anys(s.AMR)},
			"user":    obj{"id": u.ID, "passwordChanged": stamp(u.PasswordChanged), "profile": u.Profile, "_links": obj{"groups": href(c.link("/api/v1/users/" + u.ID + "/groups")), "factors": href(c.link("/api/v1/users/" + u.ID + "/factors"))}}}
		assertion := obj{"subject": obj{"nameId": c.userNameAt(app, u), "nameFormat": so["subjectNameIdFormat"], "confirmation": obj{"method": "urn:oasis:names:tc:SAML:2.0:cm:bearer", "data": obj{"recipient": acs}}},
			"authentication": obj{"authnContext": obj{"authnContextClassRef": so["authnContextClassRef"]}}, "conditions": obj{"audienceRestriction": []any{so["audience"]}},
			"claims": claims, "lifetime": obj{"expiration": int(samlLife / time.Second)}}
		said, _, err := c.hear(r, obj{"data": obj{"context": context, "assertion": assertion}})
		if err != nil {
			return nil, err
		}
		for _, command := range list(said["commands"]) {
			if object(command)["type"] == "com.okta.assertion.patch" {
				commands = append(commands, list(object(command)["value"])...)
			}
		}
	}
	return commands, nil
}

// patchAssertion changes an assertion as a hook has said: its attributes, how somebody has signed in, who they are, and
// for how long it is good.
func patchAssertion(a *etree.Element, commands []any, now time.Time) {
	for _, x := range commands {
		path, value := text(object(x)["path"]), object(x)["value"]
		keys := strings.Split(strings.TrimPrefix(path, "/"), "/")
		switch {
		case keys[0] == "claims" && len(keys) == 2:
			putAttribute(a, keys[1], object(value))
		case keys[0] == "claims" && len(keys) == 5 && keys[4] == "value":
			e := attributeNamed(a, keys[1])
			if i, err := strconv.Atoi(keys[3]); e != nil && err == nil && i >= 0 && i < len(e.ChildElements()) {
				e.ChildElements()[i].SetText(text(value))
			}
		case path == "/authentication/authnContext" || path == "/authentication/authnContext/authnContextClassRef":
			a.FindElement("./AuthnStatement/AuthnContext/AuthnContextClassRef").SetText(firstText(value, dig(value, "authnContextClassRef")))
		case path == "/subject/nameId":
			a.FindElement("./Subject/NameID").SetText(text(value))
		case path == "/lifetime/expiration":
			until := now.Add(time.Duration(number(value)) * time.Second).UTC().Format("2006-01-02T15:04:05.000Z")
			a.FindElement("./Conditions").CreateAttr("NotOnOrAfter", until)
			a.FindElement("./Subject/SubjectConfirmation/SubjectConfirmationData").CreateAttr("NotOnOrAfter", until)
		}
	}
}

func attributeNamed(a *etree.Element, name string) *etree.Element {
	all := a.FindElements("./AttributeStatement/Attribute")
	if i := slices.IndexFunc(all, func(e *etree.Element) bool { return e.SelectAttrValue("Name", "") == name }); i >= 0 {
		return all[i]
	}
	return nil
}

// putAttribute writes an attribute into an assertion, in the place of one of its name.
func putAttribute(a *etree.Element, name string, claim obj) {
	statement := a.FindElement("./AttributeStatement")
	if statement == nil {
		statement = a.CreateElement("saml2:AttributeStatement")
	}
	if was := attributeNamed(a, name); was != nil {
		statement.RemoveChild(was)
	}
	var values []string
	for _, v := range list(claim["attributeValues"]) {
		values = append(values, inText(object(v)["value"])...)
	}
	addAttribute(statement, name, text(dig(claim, "attributes", "NameFormat")), values)
}

// addAttribute writes an attribute with its values into a statement.
func addAttribute(statement *etree.Element, name, format string, values []string) {
	e := statement.CreateElement("saml2:Attribute")
	e.CreateAttr("Name", name)
	e.CreateAttr("NameFormat", otherwise(format, "urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified"))
	for _, v := range values {
		x := e.CreateElement("saml2:AttributeValue")
		x.CreateAttr("xmlns:xs", "http://www.w3.org/2001/XMLSchema")
		x.CreateAttr("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance")
		x.CreateAttr("xsi:type", "xs:string")
		x.SetText(v)
	}
}
