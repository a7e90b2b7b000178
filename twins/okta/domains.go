package okta

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"net/http"
	"regexp"
	"strings"

	"twinset.dev/kit/twin"
)

// domainKind is a domain by which people come to the org.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/CustomDomain/
var domainKind = &kind{name: "domains", noun: "Domain", prefix: "OcD", title: "domain", path: "/api/v1/domains/%s", event: "system.custom_url_domain"}

func (o *Okta) domainsOperations() {
	o.on(twin.Full, "listCustomDomains", o.listCustomDomains)
	o.on(twin.Full, "createCustomDomain", o.createCustomDomain)
	o.on(twin.Full, "getCustomDomain", o.getCustomDomain)
	o.on(twin.Full, "replaceCustomDomain", o.replaceCustomDomain)
	o.on(twin.Full, "deleteCustomDomain", o.deleteCustomDomain)
	o.on(twin.Full, "upsertCertificate", o.upsertCertificate)
	o.on(twin.Partial, "verifyDomain", o.verifyDomain).noted("asks no name server: names of localhost are verified, all others fail")
}

func (o *Okta) listCustomDomains(c *call) (any, error) {
	list := []any{}
	for d := range c.all(domainKind, "") {
		list = append(list, c.domainInList(d))
	}
	return obj{"domains": append(list, c.domainInList(c.ownDomain()))}, nil
}

// ownDomain is the domain that the org has from Okta. It belongs to the brand that came with the org.
func (c *call) ownDomain() Record {
	host := strings.TrimPrefix(strings.TrimPrefix(c.base, "http://"), "https://")
	return Record{ID: "default", Name: host, System: true, Doc: obj{"domain": host, "certificateSourceType": "OKTA_MANAGED", "validationStatus": "COMPLETED", "brandId": seedID("bnd", "default")}}
}

var domainName = regexp.MustCompile(`^([a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.)+[a-zA-Z]{2,}$`)

// createCustomDomain adds a domain, and a brand of its name for it.
func (o *Okta) createCustomDomain(c *call) (any, error) {
	name := strings.ToLower(text(c.body["domain"]))
	source := text(c.body["certificateSourceType"])
	switch {
	case name == "":
		return nil, blank("domain")
	case !domainName.MatchString(name):
		return nil, invalid("domain", "domain: The domain name is not valid.")
	case source == "":
		return nil, blank("certificateSourceType")
	case source != "MANUAL" && source != "OKTA_MANAGED":
		return nil, errMalformed
	}
	if _, ok := c.called(domainKind, "", name); ok {
		return nil, errDomainExists
	}
	brand, ok := c.called(brandKind, "", name)
	if !ok {
		var err error
		if brand, err = c.make(brandKind, "", obj{"name": name}); err != nil {
			return nil, err
		}
		c.bootstrapTheme(brand, c.id("the"))
	}
	d := c.keep(domainKind, Record{ID: c.id(domainKind.prefix), Created: c.at(), Updated: c.at(), Order: c.order(), Doc: obj{"domain": name, "certificateSourceType": source, "validationStatus": "NOT_STARTED",
		"brandId": brand.ID, "dnsRecords": c.dnsRecords(name, source)}})
	c.logged("system.custom_url_domain.initiate", "SUCCESS", domainKind.target(d))
	return created(c.domain(d)), nil
}

// dnsRecords are what the owner of a domain has to tell the world's name servers.
func (c *call) dnsRecords(name, source string) []any {
	org, _ := c.o.orgs.Get(c.Tx, "org")
	sub := org.Subdomain
	if sub == "" {
		sub = "org"
	}
	records := []any{obj{"recordType": "TXT", "fqdn": "_oktaverification." + name, "values": []any{c.Rand(32, "0123456789abcdef")}},
		obj{"recordType": "CNAME", "fqdn": name, "values": []any{sub + ".customdomains.oktapreview.com"}}}
	if source == "OKTA_MANAGED" {
		records = append(records, obj{"recordType": "CNAME", "fqdn": "_acme-challenge." + name, "values": []any{sub + ".customdomains.oktapreview.com"}})
	}
	return records
}

func (c *call) domainOf() (Record, error) {
	id := c.param("domainId")
	if id == "default" {
		return c.ownDomain(), nil
	}
	d, err := c.fetch(domainKind, "", id)
	if err != nil {
		return d, errDomainNotFound
	}
	return d, nil
}

func (o *Okta) getCustomDomain(c *call) (any, error) {
	d, err := c.domainOf()
	if err != nil {
		return nil, err
	}
	return c.domain(d), nil
}

// replaceCustomDomain gives a domain to another brand.
func (o *Okta) replaceCustomDomain(c *call) (any, error) {
	d, err := c.domainOf()
	if err != nil {
		return nil, err
	}
	id := text(c.body["brandId"])
	if id == "" {
		return nil, blank("brandId")
	}
	if _, err := c.fetch(brandKind, "", id); err != nil {
		return nil, err
	}
	if d.System {
		return nil, errBrandMapping
	}
	d.Doc, d.Updated = with(d.Doc, obj{"brandId": id}), c.at()
	c.keep(domainKind, d)
	c.logged("system.custom_url_domain.update", "SUCCESS", domainKind.target(d))
	return c.domain(d), nil
}

func (o *Okta) deleteCustomDomain(c *call) (any, error) {
	d, err := c.domainOf()
	switch {
	case err != nil:
		return nil, err
	case d.System:
		return nil, errForbidden
	}
	return nil, c.remove(domainKind, d)
}

// upsertCertificate gives a domain its certificate and key, which have to fit each other and the domain.
func (o *Okta) upsertCertificate(c *call) (any, error) {
	d, err := c.domainOf()
	switch {
	case err != nil:
		return nil, err
	case text(d.Doc["certificateSourceType"]) != "MANUAL":
		return nil, invalid("certificateSourceType", "certificateSourceType: A certificate that Okta manages cannot be replaced.")
	case text(d.Doc["validationStatus"]) != "VERIFIED" && text(d.Doc["validationStatus"]) != "COMPLETED":
		return nil, errDomainUnverified
	}
	for _, k := range []string{"type", "privateKey", "certificate", "certificateChain"} {
		if text(c.body[k]) == "" {
			return nil, blank(k)
		}
	}
	if text(c.body["type"]) != "PEM" {
		return nil, errMalformed
	}
	block, _ := pem.Decode([]byte(text(c.body["certificate"])))
	if block == nil {
		return nil, invalid("certificate", "certificate: The certificate is not valid.")
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, invalid("certificate", "certificate: The certificate is not valid.")
	}
	if _, err := tls.X509KeyPair([]byte(text(c.body["certificate"])), []byte(text(c.body["privateKey"]))); err != nil {
		return nil, invalid("privateKey", "privateKey: The private key does not match the certificate.")
	}
	if cert.VerifyHostname(d.Name) != nil {
		return nil, invalid("certificate", "certificate: The certificate is not for this domain.")
	}
	sum := sha256.Sum256(cert.Raw)
	d.Doc = with(d.Doc, obj{"validationStatus": "COMPLETED", "publicCertificate": obj{"subject": cert.Subject.String(), "fingerprint": hex.EncodeToString(sum[:]), "expiration": stamp(cert.NotAfter.UnixMilli())}})
	d.Hidden, d.Updated = obj{"privateKey": c.body["privateKey"], "certificate": c.body["certificate"], "certificateChain": c.body["certificateChain"]}, c.at()
	c.keep(domainKind, d)
	c.logged("system.custom_url_domain.cert_upload", "SUCCESS", domainKind.target(d))
	return nil, nil
}

// verifyDomain looks whether the world knows the domain by the records that the org asked for. The twin asks nobody: what
// ends in localhost is its own machine's, and every other name cannot be found.
func (o *Okta) verifyDomain(c *call) (any, error) {
	d, err := c.domainOf()
	if err != nil {
		return nil, err
	}
	if s := text(d.Doc["validationStatus"]); s == "NOT_STARTED" || s == "FAILED_TO_VERIFY" || s == "IN_PROGRESS" {
		status := verifiedName(d.Name)
		if status == "VERIFIED" && text(d.Doc["certificateSourceType"]) == "OKTA_MANAGED" {
			status = "COMPLETED"
		}
		if status == "" {
			status = "FAILED_TO_VERIFY"
		}
		d.Doc, d.Updated = with(d.Doc, obj{"validationStatus": status}), c.at()
		c.keep(domainKind, d)
		c.logged("system.custom_url_domain.verify", map[bool]string{true: "SUCCESS", false: "FAILURE"}[status != "FAILED_TO_VERIFY"], domainKind.target(d))
	}
	return c.domain(d), nil
}

// verifiedName is VERIFIED for a name that is this machine's.
func verifiedName(name string) string {
	if strings.HasSuffix(name, ".localhost") {
		return "VERIFIED"
	}
	return ""
}

// domain is a domain as the caller sees it.
func (c *call) domain(d Record) any {
	v := c.domainInList(d).(obj)
	for _, k := range []string{"dnsRecords", "publicCertificate"} {
		if x, ok := d.Doc[k]; ok {
			v[k] = x
		}
	}
	at := c.address(domainKind, d)
	links := object(v["_links"])
	switch {
	case d.System:
	case c.op.Method == http.MethodGet:
		links["self"] = hints(at, "DELETE")
	case c.op.ID != "verifyDomain":
		links["self"] = hints(at, "GET", "DELETE", "PUT")
	}
	switch text(d.Doc["validationStatus"]) {
	case "NOT_STARTED", "FAILED_TO_VERIFY", "IN_PROGRESS":
		if c.op.ID == "verifyDomain" {
			break // who has just tried is not told to
		}
		links["verify"] = hints(at+"/verify", "POST")
	case "VERIFIED", "COMPLETED":
		if text(d.Doc["certificateSourceType"]) == "MANUAL" {
			links["certificate"] = hints(at+"/certificate", "PUT")
		}
	}
	return v
}

// domainInList is a domain as lists show it, without its records.
func (c *call) domainInList(d Record) any {
	at := c.address(domainKind, d)
	brand := text(d.Doc["brandId"])
	links := obj{"self": hints(at, "GET", "DELETE"), "brand": hints(c.link("/api/v1/brands/"+brand), "GET", "PUT", "DELETE")}
	if d.System {
		links["self"] = hints(at, "GET")
	}
	return obj{"id": d.ID, "domain": d.Doc["domain"], "certificateSourceType": d.Doc["certificateSourceType"], "validationStatus": d.Doc["validationStatus"], "brandId": brand, "_links": links}
}
