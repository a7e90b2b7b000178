package okta

import (
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"regexp"
	"slices"
	"strings"

	"twinset.dev/kit/outbox"
	"twinset.dev/kit/twin"
)

// emailCustomizationKind is an email of a brand in somebody's own words, below the brand and the template's name.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/CustomTemplates/
var emailCustomizationKind = &kind{name: "email_customizations", noun: "EmailTemplateCustomization", prefix: "oel", title: "language", event: "system.email.template"}

// An emailTemplate is one of the emails that Okta sends: what it is about, and what of it a link leads to.
type emailTemplate struct {
	name, subject, line string
	link                string // the variable with the link
	optional            bool   // people may be spared it
}

var emailTemplates = []emailTemplate{
	{"ADForgotPassword", "Account password reset", "Your Active Directory password can be reset.", "resetPasswordLink", false},
	{"ADForgotPasswordDenied", "Forgot password request", "Your Active Directory password cannot be reset here.", "", false},
	{"ADSelfServiceUnlock", "Account unlock", "Your Active Directory account can be unlocked.", "unlockAccountLink", false},
	{"ADUserActivation", "Welcome to ${org.name}!", "Your account is ready to be used with your Active Directory password.", "activationLink", false},
	{"AuthenticatorEnrolled", "Authenticator enrolled", "An authenticator was enrolled in your account.", "", true},
	{"AuthenticatorReset", "Authenticator reset", "An authenticator of your account was reset.", "", true},
	{"ChangeEmailConfirmation", "Confirm email address change", "Your email address is about to change.", "verificationLink", false},
	{"EmailChallenge", "One-time verification code", "Your code is ${oneTimePassword}.", "emailAuthenticationLink", false},
	{"EmailChangeConfirmation", "Notice of email address change", "Your email address has changed.", "", true},
	{"EmailFactorVerification", "Confirm your email address", "Your code is ${oneTimePassword}.", "verificationLink", false},
	{"ForgotPassword", "Account password reset", "Your password can be reset. The code for it is ${oneTimePassword}.", "resetPasswordLink", false},
	{"ForgotPasswordDenied", "Forgot password request", "Your password cannot be reset here.", "", false},
	{"IGAReviewerEndNotification", "Campaign ended", "A campaign that you review has ended.", "", true},
	{"IGAReviewerNotification", "Review access", "You have access to review.", "reviewLink", true},
	{"IGAReviewerPendingNotification", "Reviews are pending", "Reviews are waiting for you.", "reviewLink", true},
	{"IGAReviewerReassigned", "Reviews reassigned to you", "Reviews were reassigned to you.", "reviewLink", true},
	{"LDAPForgotPassword", "Account password reset", "Your LDAP password can be reset.", "resetPasswordLink", false},
	{"LDAPForgotPasswordDenied", "Forgot password request", "Your LDAP password cannot be reset here.", "", false},
	{"LDAPSelfServiceUnlock", "Account unlock", "Your LDAP account can be unlocked.", "unlockAccountLink", false},
	{"LDAPUserActivation", "Welcome to ${org.name}!", "Your account is ready to be used with your LDAP password.", "activationLink", false},
	{"MyAccountChangeConfirmation", "Confirm your account change", "Your account is about to change.", "verificationLink", false},
	{"NewSignOnNotification", "New sign-on notification", "There was a new sign-on to your account.", "", true},
	{"OktaVerifyActivation", "Set up Okta Verify", "Okta Verify can be set up on your device.", "activationLink", false},
	{"PasswordChanged", "Password changed", "The password of your account has changed.", "", true},
	{"PasswordResetByAdmin", "Password reset by admin", "Your administrator has reset your password.", "resetPasswordLink", false},
	{"PendingEmailChange", "Notice of pending email address change", "A change of your email address waits for your confirmation.", "", false},
	{"RegistrationActivation", "Activate account", "Your account is ready to be activated.", "registrationActivationLink", false},
	{"RegistrationEmailVerification", "Finish creating your account", "Your email address can be verified.", "registrationEmailVerificationLink", false},
	{"SelfServiceUnlock", "Account unlock", "Your account can be unlocked. The code for it is ${oneTimePassword}.", "unlockAccountLink", false},
	{"SelfServiceUnlockOnUnlockedAccount", "Account unlock request", "Your account is not locked.", "", false},
	{"UserActivation", "Welcome to ${org.name}!", "Your account is ready to be activated.", "activationLink", false},
}

// earlyNames are what templates were called in the first months of the API; clients of that time still say them.
var earlyNames = map[string]string{"welcome": "UserActivation", "forgotPassword": "ForgotPassword", "forgotPasswordDenied": "ForgotPasswordDenied", "tempPassword": "PasswordResetByAdmin",
	"ad.welcome": "ADUserActivation", "ad.forgotPassword": "ADForgotPassword", "ad.forgotPasswordReset": "ADForgotPasswordDenied",
	"ldap.welcome": "LDAPUserActivation", "ldap.forgotPassword": "LDAPForgotPassword", "ldap.forgotPasswordDenied": "LDAPForgotPasswordDenied"}

// emailTemplateNames are the names of all templates, in their order.
var emailTemplateNames = func() (out []string) {
	for _, t := range emailTemplates {
		out = append(out, t.name)
	}
	return out
}()

// emailLanguages are the languages that Okta's own words are translated to.
var emailLanguages = []string{"cs", "da", "de", "el", "en", "es", "fi", "fr", "hu", "id", "it", "ja", "ko", "ms", "nb", "nl-NL", "pl", "pt-BR", "ro", "ru", "sv", "th", "tr", "uk", "vi", "zh-CN", "zh-TW"}

func (o *Okta) emailTemplatesOperations() {
	o.on(twin.Full, "listEmailTemplates", o.listEmailTemplates)
	o.on(twin.Full, "getEmailTemplate", o.getEmailTemplate)
	o.on(twin.Full, "listEmailCustomizations", o.listEmailCustomizations)
	o.on(twin.Full, "createEmailCustomization", o.createEmailCustomization)
	o.on(twin.Full, "deleteAllCustomizations", o.deleteAllCustomizations)
	o.on(twin.Full, "getEmailCustomization", o.getEmailCustomization)
	o.on(twin.Full, "replaceEmailCustomization", o.replaceEmailCustomization)
	o.on(twin.Full, "deleteEmailCustomization", o.deleteEmailCustomization)
	o.on(twin.Full, "getCustomizationPreview", o.getCustomizationPreview)
	o.on(twin.Partial, "getEmailDefaultContent", o.getEmailDefaultContent).noted("the twin's own words, in English alone")
	o.on(twin.Partial, "getEmailDefaultPreview", o.getEmailDefaultPreview).noted("the twin's own words, in English alone")
	o.on(twin.Full, "getEmailSettings", o.getEmailSettings)
	o.on(twin.Full, "replaceEmailSettings", o.replaceEmailSettings)
	o.on(twin.Full, "sendTestEmail", o.sendTestEmail)
}

// A brandedTemplate is a template as a brand has it.
type brandedTemplate struct {
	emailTemplate
	brand Record
	at    string // its address
}

// template is the template that the path names.
func (c *call) template() (t brandedTemplate, err error) {
	if t.brand, err = c.brand(); err != nil {
		return t, err
	}
	name := c.param("templateName")
	t.at = c.address(brandKind, t.brand) + "/templates/email/" + name
	if now := earlyNames[name]; now != "" {
		name = now
	}
	i := slices.Index(emailTemplateNames, name)
	if i < 0 {
		return t, notFound(c.param("templateName"), "EmailTemplate")
	}
	t.emailTemplate = emailTemplates[i]
	return t, nil
}

// parent is what the customizations of a template are below.
func (t brandedTemplate) parent() string { return t.brand.ID + "/" + t.name }

func (o *Okta) listEmailTemplates(c *call) (any, error) {
	b, err := c.brand()
	if err != nil {
		return nil, err
	}
	at := c.address(brandKind, b) + "/templates/email/"
	return paged(c, slices.Values(emailTemplates), func(t emailTemplate) string { return t.name }, 20, 200, func(t emailTemplate) any {
		return c.templateView(brandedTemplate{t, b, at + t.name})
	})
}

func (o *Okta) getEmailTemplate(c *call) (any, error) {
	t, err := c.template()
	if err != nil {
		return nil, err
	}
	return c.templateView(t), nil
}

func (c *call) templateView(t brandedTemplate) any {
	v := obj{"name": t.name, "_links": obj{"self": hints(t.at, "GET"), "settings": hints(t.at+"/settings", "GET", "PUT"), "defaultContent": hints(t.at+"/default-content", "GET"),
		"customizations": hints(t.at+"/customizations", "GET", "POST", "DELETE"), "test": hints(t.at+"/test", "POST")}}
	embedded := obj{}
	for _, e := range c.expanded() {
		switch e {
		case "settings":
			embedded[e] = c.emailSettings(t)
		case "customizationCount":
			embedded[e] = len(slices.Collect(c.all(emailCustomizationKind, t.parent())))
		}
	}
	if len(embedded) > 0 {
		v["_embedded"] = embedded
	}
	return v
}

func (o *Okta) listEmailCustomizations(c *call) (any, error) {
	t, err := c.template()
	if err != nil {
		return nil, err
	}
	return paged(c, c.all(emailCustomizationKind, t.parent()), func(r Record) string { return r.ID }, 20, 200, func(r Record) any { return c.customization(t, r) })
}

// createEmailCustomization says an email in another language. The first one is the default, whatever it says.
func (o *Okta) createEmailCustomization(c *call) (any, error) {
	t, err := c.template()
	if err != nil {
		return nil, err
	}
	_, others := c.defaultEmail(t)
	if others && truth(c.body["isDefault"]) {
		return nil, errEmailDefault
	}
	doc, err := c.emailContent(t, "")
	if err != nil {
		return nil, err
	}
	doc["isDefault"] = !others
	r, err := c.make(emailCustomizationKind, t.parent(), doc)
	if err != nil {
		return nil, err
	}
	return created(c.customization(t, r)), nil
}

func (o *Okta) deleteAllCustomizations(c *call) (any, error) {
	t, err := c.template()
	if err != nil {
		return nil, err
	}
	for r := range c.all(emailCustomizationKind, t.parent()) {
		if err := c.remove(emailCustomizationKind, r); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

func (o *Okta) getEmailCustomization(c *call) (any, error) {
	t, r, err := c.templateAndCustomization()
	if err != nil {
		return nil, err
	}
	return c.customization(t, r), nil
}

// replaceEmailCustomization changes an email. When it becomes the default, the one that was ceases to be it.
func (o *Okta) replaceEmailCustomization(c *call) (any, error) {
	t, r, err := c.templateAndCustomization()
	if err != nil {
		return nil, err
	}
	isDefault, said := c.body["isDefault"].(bool)
	if said && !isDefault && truth(r.Doc["isDefault"]) {
		return nil, errEmailClear
	}
	doc, err := c.emailContent(t, r.ID)
	if err != nil {
		return nil, err
	}
	doc["isDefault"] = isDefault || truth(r.Doc["isDefault"])
	if was, ok := c.defaultEmail(t); ok && isDefault && was.ID != r.ID {
		was.Doc = with(was.Doc, obj{"isDefault": false})
		c.keep(emailCustomizationKind, was)
	}
	if r, err = c.replace(emailCustomizationKind, r, doc); err != nil {
		return nil, err
	}
	return c.customization(t, r), nil
}

func (o *Okta) deleteEmailCustomization(c *call) (any, error) {
	_, r, err := c.templateAndCustomization()
	if err != nil {
		return nil, err
	}
	if truth(r.Doc["isDefault"]) {
		return nil, errEmailDelete
	}
	return nil, c.remove(emailCustomizationKind, r)
}

func (c *call) templateAndCustomization() (brandedTemplate, Record, error) {
	t, err := c.template()
	if err != nil {
		return t, Record{}, err
	}
	r, err := c.fetch(emailCustomizationKind, t.parent(), c.param("customizationId"))
	return t, r, err
}

// defaultEmail is the customization for those whose language there is none for, if there is any.
func (c *call) defaultEmail(t brandedTemplate) (Record, bool) {
	for r := range c.all(emailCustomizationKind, t.parent()) {
		if truth(r.Doc["isDefault"]) {
			return r, true
		}
	}
	return Record{}, false
}

// emailContent is what was sent of an email, if it will do. id is the one that it replaces.
func (c *call) emailContent(t brandedTemplate, id string) (obj, error) {
	doc := obj{}
	for _, k := range []string{"language", "subject", "body"} {
		if text(c.body[k]) == "" {
			return nil, blank(k)
		}
		doc[k] = c.body[k]
	}
	if other, ok := c.called(emailCustomizationKind, t.parent(), text(doc["language"])); ok && other.ID != id {
		return nil, errEmailLanguage
	}
	return doc, nil
}

func (c *call) customization(t brandedTemplate, r Record) any {
	at := t.at + "/customizations/" + r.ID
	return with(r.Doc, obj{"id": r.ID, "created": stamp(r.Created), "lastUpdated": stamp(r.Updated), "_links": obj{"self": hints(at, "GET", "PUT", "DELETE"),
		"template": hints(t.at, "GET"), "settings": hints(t.at+"/settings", "GET", "PUT"), "preview": hints(at+"/preview", "GET"), "test": hints(t.at+"/test", "POST")}})
}

// getCustomizationPreview shows an email as the caller would get it.
func (o *Okta) getCustomizationPreview(c *call) (any, error) {
	t, r, err := c.templateAndCustomization()
	if err != nil {
		return nil, err
	}
	at := t.at + "/customizations/" + r.ID
	return c.preview(t, r.Doc, obj{"self": hints(at+"/preview", "GET"), "contentSource": hints(at, "GET", "PUT", "DELETE")}), nil
}

// getEmailDefaultContent returns Okta's own words.
func (o *Okta) getEmailDefaultContent(c *call) (any, error) {
	t, err := c.standardTemplate()
	if err != nil {
		return nil, err
	}
	return with(t.content(), obj{"_links": obj{"self": hints(t.at+"/default-content", "GET"), "template": hints(t.at, "GET"), "preview": hints(t.at+"/default-content/preview", "GET"), "test": hints(t.at+"/test", "POST")}}), nil
}

func (o *Okta) getEmailDefaultPreview(c *call) (any, error) {
	t, err := c.standardTemplate()
	if err != nil {
		return nil, err
	}
	return c.preview(t, t.content(), obj{"self": hints(t.at+"/default-content/preview", "GET"), "contentSource": hints(t.at+"/default-content", "GET"), "defaultContent": hints(t.at+"/default-content", "GET")}), nil
}

// standardTemplate is the template that the path names, in a language that Okta speaks.
func (c *call) standardTemplate() (brandedTemplate, error) {
	t, err := c.template()
	if l := c.query.Get("language"); err == nil && l != "" && !slices.Contains(emailLanguages, l) {
		err = invalid("language", "language: The language is not supported.")
	}
	return t, err
}

// content is what the twin says where Okta has words of its own.
func (t emailTemplate) content() obj {
	body := "<!DOCTYPE html><html><body><p>Hi ${user.profile.firstName},</p><p>" + t.line + "</p>"
	if t.link != "" {
		body += `<p><a id="` + t.link + `" href="${` + t.link + `}">${` + t.link + `}</a></p>`
	}
	return obj{"subject": t.subject, "body": body + "<p>${org.name}</p></body></html>"}
}

func (c *call) preview(t brandedTemplate, doc obj, links obj) any {
	links["template"], links["test"] = hints(t.at, "GET"), hints(t.at+"/test", "POST")
	values := c.emailValues(c.who.user, t.brand)
	if t.link != "" {
		values[t.link] = c.link("/signin/verify/preview")
	}
	return obj{"subject": filled(text(doc["subject"]), values, false), "body": filled(text(doc["body"]), values, true), "_links": links}
}

func (c *call) emailSettings(t brandedTemplate) any {
	recipients := text(object(t.brand.Hidden["recipients"])[t.name])
	if recipients == "" {
		recipients = "ALL_USERS"
	}
	return obj{"recipients": recipients, "_links": obj{"self": hints(t.at+"/settings", "GET", "PUT"), "template": hints(t.at, "GET")}}
}

func (o *Okta) getEmailSettings(c *call) (any, error) {
	t, err := c.template()
	if err != nil {
		return nil, err
	}
	return c.emailSettings(t), nil
}

// replaceEmailSettings says who gets an email. Those that people cannot do without go to all.
func (o *Okta) replaceEmailSettings(c *call) (any, error) {
	t, err := c.template()
	if err != nil {
		return nil, err
	}
	recipients := text(c.body["recipients"])
	switch {
	case recipients == "":
		return nil, blank("recipients")
	case !slices.Contains([]string{"ALL_USERS", "ADMINS_ONLY", "NO_USERS"}, recipients):
		return nil, errMalformed
	case recipients != "ALL_USERS" && !t.optional:
		return nil, errEmailRecipients
	}
	t.brand.Hidden = with(t.brand.Hidden, obj{"recipients": with(object(t.brand.Hidden["recipients"]), obj{t.name: recipients})})
	c.keep(brandKind, t.brand)
	c.logged("system.email.template.update", "SUCCESS", target{t.name, "EmailTemplate", t.name})
	return c.emailSettings(t), nil
}

// sendTestEmail sends an email to the caller's primary and secondary addresses.
func (o *Okta) sendTestEmail(c *call) (any, error) {
	t, err := c.standardTemplate()
	if err != nil {
		return nil, err
	}
	if c.who.user.ID == "" {
		return nil, errForbidden
	}
	values := map[string]string{}
	if t.link != "" {
		values[t.link] = c.link("/signin/verify/preview")
	}
	to := append(some(text(c.who.user.Profile["email"])), some(text(c.who.user.Profile["secondEmail"]))...)
	c.mail(t, c.who.user, to, c.query.Get("language"), values)
	return nil, nil
}

// toMailbox is the kind of the deliveries that are emails: the twin's outbox is everybody's mailbox.
const toMailbox = "email"

// email sends somebody the email of a template, in the words of the org's own brand. values are what its variables
// stand for, beside who it is for and from.
func (c *call) email(name string, u User, to string, values map[string]string) {
	i := slices.Index(emailTemplateNames, name)
	b, err := c.fetch(brandKind, "", seedID("bnd", "default"))
	if i < 0 || err != nil {
		return
	}
	t := brandedTemplate{emailTemplate: emailTemplates[i], brand: b}
	switch object(b.Hidden["recipients"])[name] {
	case "NO_USERS":
		return
	case "ADMINS_ONLY":
		admin := false
		for range c.o.assignments.All(c.Tx, u.ID+"/") {
			admin = true
		}
		if !admin {
			return
		}
	}
	c.mail(t, u, []string{to}, text(u.Profile["locale"]), values)
}

func (c *call) mail(t brandedTemplate, u User, to []string, language string, values map[string]string) {
	doc := t.content()
	if r, ok := c.called(emailCustomizationKind, t.parent(), language); ok {
		doc = r.Doc
	} else if r, ok := c.defaultEmail(t); ok {
		doc = r.Doc
	}
	all := c.emailValues(u, t.brand)
	maps.Copy(all, values)
	body, _ := json.Marshal(obj{"from": c.sender(t.brand), "to": to, "subject": filled(text(doc["subject"]), all, false), "body": filled(text(doc["body"]), all, true)})
	c.Deliver(outbox.Delivery{Twin: "okta", Kind: toMailbox, Topic: t.name, Subject: u.ID, Body: string(body)})
	c.logged("system.email.delivery", "SUCCESS", u.target())
}

// sender is whom the emails of a brand are from.
func (c *call) sender(b Record) string {
	if d, err := c.fetch(emailDomainKind, "", text(b.Doc["emailDomainId"])); err == nil && text(d.Doc["validationStatus"]) == "VERIFIED" {
		return fmt.Sprintf("%s <%s@%s>", text(d.Doc["displayName"]), text(d.Doc["userName"]), text(d.Doc["domain"]))
	}
	return "Okta <noreply@okta.com>"
}

// emailValues are what the variables of every email stand for.
func (c *call) emailValues(u User, b Record) map[string]string {
	org, _ := c.o.orgs.Get(c.Tx, "org")
	v := map[string]string{"org.name": org.Name, "org.subDomain": org.Subdomain, "brand.name": b.Name, "baseURL": c.base, "oneTimePassword": "123456", "user.firstName": text(u.Profile["firstName"]), "user.lastName": text(u.Profile["lastName"])}
	for k, x := range u.Profile {
		if s, ok := x.(string); ok {
			v["user.profile."+k] = s
		}
	}
	return v
}

var emailVariable = regexp.MustCompile(`\$\{[A-Za-z][A-Za-z0-9_.]*\}|\$\$?[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z][A-Za-z0-9_]*)*`)

// filled puts values in the place of variables; one that nobody knows stays.
func filled(s string, values map[string]string, markup bool) string {
	return emailVariable.ReplaceAllStringFunc(s, func(m string) string {
		v, ok := values[strings.Trim(m, "${}")]
		if !ok {
			return m
		}
		if markup {
			v = html.EscapeString(v)
		}
		return v
	})
}
