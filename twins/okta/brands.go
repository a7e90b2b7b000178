package okta

import (
	"maps"
	"slices"
	"strings"

	"twinset.dev/kit/twin"
)

// brandKind is a brand: how an org looks and speaks to people who come by one of its domains.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Brands/
var brandKind = &kind{name: "brands", noun: "Brand", prefix: "bnd", path: "/api/v1/brands/%s", event: "system.brand", drops: []string{"isDefault"}}

func init() {
	brandKind.check, brandKind.links, brandKind.view, brandKind.deletes = checkBrand, linksOfBrand, viewBrand, deleteBrand
}

func (o *Okta) brandsOperations() {
	o.serveKind(twin.Full, brandKind, crud{get: "getBrand", replace: "replaceBrand", delete: "deleteBrand"}, nil)
	o.on(twin.Full, "listBrands", o.listBrands)
	o.on(twin.Full, "createBrand", o.createBrand)
	o.on(twin.Full, "listBrandDomains", o.listBrandDomains)
}

// bootstrapBrands makes the brand that every org has, and the theme that every brand has.
func (c *call) bootstrapBrands(name string, born int64) {
	b := c.keep(brandKind, Record{ID: seedID("bnd", "default"), System: true, Created: born, Updated: born, Order: c.order(),
		Doc: obj{"name": name, "removePoweredByOkta": false, "customPrivacyPolicyUrl": nil, "agreeToCustomPrivacyPolicy": false, "defaultApp": obj{}}})
	c.bootstrapTheme(b, seedID("the", "default"))
}

// listBrands finds brands, q by a part of their name.
func (o *Okta) listBrands(c *call) (any, error) {
	q := strings.ToLower(c.query.Get("q"))
	brands := slices.DeleteFunc(slices.Collect(c.all(brandKind, "")), func(b Record) bool { return !strings.Contains(strings.ToLower(b.Name), q) })
	return paged(c, slices.Values(brands), func(b Record) string { return b.ID }, 20, 200, func(b Record) any { return c.shown(brandKind, b) })
}

// createBrand makes a brand of which only the name can be said.
func (o *Okta) createBrand(c *call) (any, error) {
	if c.body == nil {
		return nil, errMalformed
	}
	b, err := c.make(brandKind, "", obj{"name": c.body["name"]})
	if err != nil {
		return nil, err
	}
	c.bootstrapTheme(b, c.id("the"))
	return created(c.shown(brandKind, b)), nil
}

// listBrandDomains returns the domains by which people come to a brand.
func (o *Okta) listBrandDomains(c *call) (any, error) {
	b, err := c.brand()
	if err != nil {
		return nil, err
	}
	return obj{"domains": c.domainsOf(b)}, nil
}

// brand is the brand that the path names.
func (c *call) brand() (Record, error) { return c.fetch(brandKind, "", c.param("brandId")) }

// domainsOf are the domains of a brand as lists show them.
func (c *call) domainsOf(b Record) []any {
	out := []any{}
	for d := range c.all(domainKind, "") {
		if text(d.Doc["brandId"]) == b.ID {
			out = append(out, c.domainInList(d))
		}
	}
	return out
}

func checkBrand(c *call, doc obj, was *Record) error {
	name := text(doc["name"])
	if name == "" && was != nil {
		name = was.Name // before brands had names, one could be replaced without saying its own
	}
	if name == "" {
		return blank("name")
	}
	if c.taken(brandKind, "", name, was) {
		return errBrandName
	}
	url := text(doc["customPrivacyPolicyUrl"])
	if url != "" && !truth(doc["agreeToCustomPrivacyPolicy"]) {
		return invalid("agreeToCustomPrivacyPolicy", "agreeToCustomPrivacyPolicy: You must agree to use a custom privacy policy.")
	}
	if url != "" && !isURL(url) {
		return invalid("customPrivacyPolicyUrl", "customPrivacyPolicyUrl: The field must be a valid URL.")
	}
	email := text(doc["emailDomainId"])
	if email != "" {
		if _, err := c.fetch(emailDomainKind, "", email); err != nil {
			return err
		}
	}
	kept := obj{"name": name, "removePoweredByOkta": truth(doc["removePoweredByOkta"]), "agreeToCustomPrivacyPolicy": url != "", "customPrivacyPolicyUrl": orNull(url), "defaultApp": obj{}}
	if app := object(doc["defaultApp"]); app != nil {
		kept["defaultApp"] = app
	}
	if l := text(doc["locale"]); l != "" {
		kept["locale"] = l
	}
	if email != "" {
		kept["emailDomainId"] = email
	}
	clear(doc)
	maps.Copy(doc, kept)
	return nil
}

func linksOfBrand(c *call, r Record, links obj) {
	links["themes"] = hints(c.address(brandKind, r)+"/themes", "GET")
	if id := text(r.Doc["emailDomainId"]); id != "" {
		links["emailDomain"] = hints(c.link("/api/v1/email-domains/"+id), "GET", "PUT")
	}
}

func viewBrand(c *call, r Record, v obj) {
	delete(v, "created")
	delete(v, "lastUpdated")
	v["isDefault"] = r.System
	app := object(r.Doc["defaultApp"])
	v["defaultApp"] = obj{"appInstanceId": orNull(text(app["appInstanceId"])), "appLinkName": orNull(text(app["appLinkName"])), "classicApplicationUri": orNull(text(app["classicApplicationUri"]))}
	embedded := obj{}
	for _, e := range c.expanded() {
		switch e {
		case "domains":
			embedded[e] = c.domainsOf(r)
		case "themes":
			embedded[e] = c.themesOf(r)
		case "emailDomain":
			if d, err := c.fetch(emailDomainKind, "", text(r.Doc["emailDomainId"])); err == nil {
				embedded[e] = c.shown(emailDomainKind, d)
			}
		}
	}
	if len(c.expanded()) > 0 {
		v["_embedded"] = embedded
	}
}

// deleteBrand takes a brand away with all that is below it. One that has domains stays, and so does the org's own.
func deleteBrand(c *call, r Record) error {
	if r.System {
		return errBrandDefault
	}
	if len(c.domainsOf(r)) > 0 || text(r.Doc["emailDomainId"]) != "" {
		return errBrandUsed
	}
	for t := range c.all(themeKind, r.ID) {
		c.o.tables[themeKind].records.Delete(c.Tx, t.ID)
	}
	for p := range c.all(pageKind, r.ID) {
		c.o.tables[pageKind].records.Delete(c.Tx, p.ID)
	}
	for _, name := range emailTemplateNames {
		for e := range c.all(emailCustomizationKind, r.ID+"/"+name) {
			c.o.tables[emailCustomizationKind].records.Delete(c.Tx, e.ID)
		}
	}
	return nil
}

// expanded are the things that the caller wants to see with what was asked for.
func (c *call) expanded() (out []string) {
	for _, list := range c.query["expand"] {
		for _, e := range strings.Split(list, ",") {
			if e = strings.TrimSpace(e); e != "" {
				out = append(out, e)
			}
		}
	}
	return out
}
