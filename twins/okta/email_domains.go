package okta

import (
	"regexp"
	"strings"

	"twinset.dev/kit/twin"
)

// emailDomainKind is a domain that the emails of brands are sent from.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/EmailDomain/
var emailDomainKind = &kind{name: "email_domains", noun: "EmailDomain", prefix: "OeD", title: "domain", path: "/api/v1/email-domains/%s", event: "system.email_domain"}

func init() {
	emailDomainKind.view = viewEmailDomain
}

func (o *Okta) emailDomainsOperations() {
	o.on(twin.Full, "listEmailDomains", o.listEmailDomains)
	o.on(twin.Full, "createEmailDomain", o.createEmailDomain)
	o.on(twin.Full, "getEmailDomain", o.getEmailDomain)
	o.on(twin.Full, "replaceEmailDomain", o.replaceEmailDomain)
	o.on(twin.Full, "deleteEmailDomain", o.deleteEmailDomain)
	o.on(twin.Partial, "verifyEmailDomain", o.verifyEmailDomain).noted("asks no name server: names of localhost are verified, all others fail")
}

func (o *Okta) listEmailDomains(c *call) (any, error) {
	out := []any{}
	for d := range c.all(emailDomainKind, "") {
		out = append(out, c.shown(emailDomainKind, d))
	}
	return out, nil
}

// mailAccount is who sends the emails of the cell that the org is in.
const mailAccount = "u17770251.wl002.sendgrid.net"

var mailboxName = regexp.MustCompile(`^[A-Za-z0-9._%+-]+$`)

// createEmailDomain adds a domain to a brand, and says what the world's name servers have to know of it.
func (o *Okta) createEmailDomain(c *call) (any, error) {
	brandID, name := text(c.body["brandId"]), text(c.body["domain"])
	switch {
	case brandID == "":
		return nil, blank("brandId")
	case name == "":
		return nil, blank("domain")
	case !domainName.MatchString(name):
		return nil, invalid("domain", "domain: The domain name is not valid.")
	}
	sender, err := c.emailSender()
	if err != nil {
		return nil, err
	}
	brand, err := c.fetch(brandKind, "", brandID)
	if err != nil {
		return nil, err
	}
	for d := range c.all(emailDomainKind, "") {
		if strings.EqualFold(d.Name, name) {
			return nil, errEmailDomainExists
		}
	}
	sub := text(c.body["validationSubdomain"])
	if sub == "" {
		sub = "mail"
	}
	lower := strings.ToLower(name)
	record := func(kind, fqdn, value string) any {
		return obj{"recordType": kind, "fqdn": fqdn, "verificationValue": value}
	}
	doc := with(sender, obj{"domain": name, "validationStatus": "NOT_STARTED", "validationSubdomain": sub, "dnsValidationRecords": []any{
		record("TXT", "_oktaverification."+name, c.Rand(32, "0123456789abcdef")),
		record("cname", sub+"."+lower, mailAccount),
		record("cname", "p03._domainkey."+lower, "p03.domainkey."+mailAccount),
		record("cname", "p032._domainkey."+lower, "p032.domainkey."+mailAccount),
	}})
	d := c.keep(emailDomainKind, Record{ID: c.id(emailDomainKind.prefix), Created: c.at(), Updated: c.at(), Order: c.order(), Doc: doc})
	brand.Doc = with(brand.Doc, obj{"emailDomainId": d.ID})
	c.keep(brandKind, brand)
	c.logged("system.email_domain.create", "SUCCESS", emailDomainKind.target(d))
	return created(c.shown(emailDomainKind, d)), nil
}

// emailSender is whom emails are from, as it was sent.
func (c *call) emailSender() (obj, error) {
	display, name := text(c.body["displayName"]), text(c.body["userName"])
	switch {
	case display == "":
		return nil, blank("displayName")
	case name == "":
		return nil, blank("userName")
	case !mailboxName.MatchString(name):
		return nil, invalid("userName", "userName: The user name is not valid.")
	}
	return obj{"displayName": display, "userName": name}, nil
}

func (c *call) emailDomain() (Record, error) {
	d, err := c.fetch(emailDomainKind, "", c.param("emailDomainId"))
	if err != nil {
		return d, errNoEmailDomain
	}
	return d, nil
}

func (o *Okta) getEmailDomain(c *call) (any, error) {
	d, err := c.emailDomain()
	if err != nil {
		return nil, err
	}
	return c.shown(emailDomainKind, d), nil
}

// replaceEmailDomain changes whom emails are from.
func (o *Okta) replaceEmailDomain(c *call) (any, error) {
	d, err := c.emailDomain()
	if err != nil {
		return nil, err
	}
	sender, err := c.emailSender()
	if err != nil {
		return nil, err
	}
	d.Doc, d.Updated = with(d.Doc, sender), c.at()
	c.keep(emailDomainKind, d)
	c.logged("system.email_domain.update", "SUCCESS", emailDomainKind.target(d))
	return c.shown(emailDomainKind, d), nil
}

// deleteEmailDomain takes a domain away from the brands that have it.
func (o *Okta) deleteEmailDomain(c *call) (any, error) {
	d, err := c.emailDomain()
	if err != nil {
		return nil, err
	}
	for _, b := range c.brandsOf(d) {
		b.Doc = without(b.Doc, "emailDomainId")
		c.keep(brandKind, b)
	}
	return nil, c.remove(emailDomainKind, d)
}

func (o *Okta) verifyEmailDomain(c *call) (any, error) {
	d, err := c.emailDomain()
	if err != nil {
		return nil, err
	}
	if s := text(d.Doc["validationStatus"]); s == "VERIFIED" || s == "DELETED" {
		return nil, errEmailDomainStatus
	}
	status := verifiedName(strings.ToLower(d.Name))
	if status == "" {
		status = "ERROR"
	}
	d.Doc, d.Updated = with(d.Doc, obj{"validationStatus": status}), c.at()
	c.keep(emailDomainKind, d)
	return c.shown(emailDomainKind, d), nil
}

func (c *call) brandsOf(d Record) (out []Record) {
	for b := range c.all(brandKind, "") {
		if text(b.Doc["emailDomainId"]) == d.ID {
			out = append(out, b)
		}
	}
	return out
}

func viewEmailDomain(c *call, d Record, v obj) {
	delete(v, "created")
	delete(v, "lastUpdated")
	delete(v, "_links")
	for _, e := range c.expanded() {
		if e == "brands" {
			brands := []any{}
			for _, b := range c.brandsOf(d) {
				brands = append(brands, with(b.Doc, obj{"id": b.ID, "isDefault": b.System}))
			}
			v["_embedded"] = obj{"brands": brands}
		}
	}
}
