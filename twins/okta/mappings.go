package okta

import (
	"slices"

	"twinset.dev/kit/twin"
)

// mappingKind says what becomes of a person's profile on its way between Okta and an app or an identity provider. It stands
// below that app.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/ProfileMapping/
var mappingKind = &kind{name: "mappings", noun: "ProfileMapping", prefix: "prm", path: "/api/v1/mappings/%s", event: "application.profile_mapping"}

func (o *Okta) mappingsOperations() {
	o.on(twin.Full, "listProfileMappings", o.listProfileMappings)
	o.on(twin.Full, "getProfileMapping", o.getProfileMapping)
	o.on(twin.Full, "updateProfileMapping", o.updateProfileMapping)
}

// listProfileMappings returns the mappings from one source, to one target, or all.
func (o *Okta) listProfileMappings(c *call) (any, error) {
	source, target := c.query.Get("sourceId"), c.query.Get("targetId")
	mappings := slices.DeleteFunc(slices.Collect(o.tables[mappingKind].records.All(c.Tx, "")), func(r Record) bool {
		return source != "" && dig(r.Doc, "source", "id") != source || target != "" && dig(r.Doc, "target", "id") != target
	})
	mappings = inOrder(mappings, func(r Record) int64 { return r.Order }, func(r Record) string { return r.ID })
	return paged(c, slices.Values(mappings), func(r Record) string { return r.ID }, 20, 200, func(r Record) any { return without(c.mapping(r), "properties") })
}

func (o *Okta) getProfileMapping(c *call) (any, error) {
	r, err := c.mappingOf()
	if err != nil {
		return nil, err
	}
	return c.mapping(r), nil
}

// updateProfileMapping adds to a mapping the properties that are sent, and removes those that are null.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/ProfileMapping/#tag/ProfileMapping/operation/updateProfileMapping
func (o *Okta) updateProfileMapping(c *call) (any, error) {
	r, err := c.mappingOf()
	if err != nil {
		return nil, err
	}
	properties, sent := c.body["properties"].(obj)
	if !sent {
		return nil, blank("properties")
	}
	attributes := c.attributesOf(object(r.Doc["target"]))
	next := clone(object(r.Doc["properties"]))
	for _, name := range sortedKeys(properties) {
		v := object(properties[name])
		switch {
		case !slices.Contains(attributes, name):
			return nil, invalid("updateMapping", "Invalid target field "+name)
		case v == nil:
			delete(next, name)
			continue
		case text(v["expression"]) == "":
			return nil, invalid("updateMapping", "Invalid expression for target field "+name)
		}
		push := text(v["pushStatus"])
		if push == "" {
			push = "DONT_PUSH"
		}
		if push != "PUSH" && push != "DONT_PUSH" {
			return nil, invalid("pushStatus", "pushStatus: Not one of the allowed values.")
		}
		next[name] = obj{"expression": v["expression"], "pushStatus": push}
	}
	r.Doc, r.Updated = with(r.Doc, obj{"properties": next}), c.at()
	c.keep(mappingKind, r)
	c.logged("application.profile_mapping.update", "SUCCESS", mappingKind.target(r))
	return c.mapping(r), nil
}

func (c *call) mappingOf() (Record, error) {
	id := c.param("mappingId")
	r, ok := c.o.tables[mappingKind].records.Get(c.Tx, id)
	if !ok {
		return r, notFound(id, mappingKind.noun)
	}
	return r, nil
}

// mapping is a mapping as the caller sees it.
func (c *call) mapping(r Record) obj {
	end := func(v obj) obj {
		id := text(v["id"])
		links := obj{"self": href(c.link("/api/v1/apps/" + id)), "schema": href(c.link("/api/v1/meta/schemas/apps/" + id + "/default"))}
		if v["type"] == "user" {
			links = obj{"self": href(c.link("/api/v1/meta/types/user/" + id)), "schema": href(c.link("/api/v1/meta/schemas/user/osc" + id[3:]))}
		}
		return with(v, obj{"_links": links})
	}
	return obj{"id": r.ID, "source": end(object(r.Doc["source"])), "target": end(object(r.Doc["target"])), "properties": r.Doc["properties"], "_links": obj{"self": href(c.address(mappingKind, r))}}
}

// attributesOf are what one end of a mapping has.
func (c *call) attributesOf(end obj) []string {
	id := text(end["id"])
	if end["type"] == "user" {
		return c.userAttributes(id)
	}
	if a, ok := c.o.apps.Get(c.Tx, id); ok {
		return sortedKeys(c.appAttributes(a))
	}
	return idpAttributes
}

// idpAttributes are what an identity provider knows of a person.
var idpAttributes = []string{"userName", "firstName", "lastName", "email", "mobilePhone", "displayName", "middleName", "nickname", "profile", "profileUrl", "honorificPrefix", "honorificSuffix", "zoneinfo", "phoneNumber",
	"street_address", "locality", "region", "postal_code", "country", "locale", "externalId", "subjectNameId"}

// mapApp makes the mappings between an app and each type of people.
func (c *call) mapApp(a App) {
	for _, t := range c.userTypes() {
		c.mapAppTo(a, t.id, t.name)
	}
}

func (c *call) mapAppTo(a App, typeID, typeName string) {
	app, user := obj{"id": a.ID, "name": a.Name, "type": "appuser"}, obj{"id": typeID, "name": typeName, "type": "user"}
	c.addMapping(a.ID, app, user, expressions(mappedFrom(a)))
	c.addMapping(a.ID, user, app, expressions(mappedTo(a)))
}

// mapType makes the mappings between all apps and a new type of people.
func (c *call) mapType(id, name string) {
	for _, a := range slices.Collect(c.o.apps.All(c.Tx, "")) {
		if !slices.Contains(unique, a.Name) {
			c.mapAppTo(a, id, name)
		}
	}
	for r := range c.all(idpKind, "") {
		c.mapIDPTo(r, id, name)
	}
}

// mapIDPTo makes the mappings between an identity provider and a type of people.
func (c *call) mapIDPTo(r Record, typeID, typeName string) {
	kind := idpTypeOf(r)
	idp, user := obj{"id": r.ID, "name": kind.source, "type": "appuser"}, obj{"id": typeID, "name": typeName, "type": "user"}
	c.addMapping(r.ID, idp, user, expressions(kind.maps))
	c.addMapping(r.ID, user, idp, obj{})
}

func (c *call) addMapping(parent string, source, target, properties obj) {
	c.keep(mappingKind, Record{ID: c.id(mappingKind.prefix), Parent: parent, Created: c.at(), Order: c.order(), Updated: c.at(), Doc: obj{"source": source, "target": target, "properties": properties}})
}

// unmap forgets the mappings of an app, an identity provider or a type of people.
func (c *call) unmap(id string) {
	for _, r := range slices.Collect(c.o.tables[mappingKind].records.All(c.Tx, "")) {
		if r.Parent == id || dig(r.Doc, "source", "id") == id || dig(r.Doc, "target", "id") == id {
			c.o.tables[mappingKind].records.Delete(c.Tx, r.ID)
		}
	}
}

func expressions(maps map[string]string) obj {
	out := obj{}
	for name, e := range maps {
		out[name] = obj{"expression": e, "pushStatus": "DONT_PUSH"}
	}
	return out
}

// mappedFrom is what a person has from an app from the first.
func mappedFrom(a App) map[string]string {
	if a.Name == authenticatorApp {
		return map[string]string{"email": "appuser.userName"}
	}
	return nil
}

// mappedTo is what an app learns of a person from the first.
func mappedTo(a App) map[string]string {
	if a.Name != "oidc_client" {
		return nil
	}
	return map[string]string{
		"name": `user.displayName != null ? user.displayName : user.firstName + " " + user.lastName`, "nickname": "user.nickName", "given_name": "user.firstName", "middle_name": "user.middleName", "family_name": "user.lastName",
		"email": "user.email", "website": "user.profileUrl", "zoneinfo": `user.timezone == null ? "America/Los_Angeles" : user.timezone`, "locale": `user.locale == null ? "en_US" : user.locale`, "phone_number": "user.primaryPhone",
		"street_address": "user.streetAddress", "locality": "user.city", "region": "user.state", "postal_code": "user.zipCode", "country": "user.countryCode", "formatted": "user.postalAddress",
	}
}

// mapped is what an app knows of a person by its mapping: all attributes of its schema, those without a value as null.
func (c *call) mapped(a App, u User) obj {
	out := obj{}
	for r := range c.all(mappingKind, a.ID) {
		if dig(r.Doc, "source", "id") != u.Type {
			continue
		}
		for name, p := range object(r.Doc["properties"]) {
			out[name] = evaluate(text(object(p)["expression"]), obj{"user": u.Profile, "source": u.Profile})
		}
	}
	if a.Name == "oidc_client" {
		for name := range oidcAttributes {
			if _, ok := out[name]; !ok && name != "userName" {
				out[name] = nil
			}
		}
	}
	return out
}
