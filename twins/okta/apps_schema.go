package okta

import (
	"regexp"
	"slices"

	"twinset.dev/kit/twin"
)

// appSchemaOperations are what an app knows of its people.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Schema/
func (o *Okta) appSchemaOperations() {
	o.on(twin.Full, "getApplicationUserSchema", o.getApplicationUserSchema)
	o.on(twin.Full, "updateApplicationUserProfile", o.updateApplicationUserProfile)
}

func (o *Okta) getApplicationUserSchema(c *call) (any, error) {
	a, err := c.appOf()
	if err != nil {
		return nil, err
	}
	return c.appSchema(a), nil
}

var (
	attributeName   = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	attributeTypes  = []string{"array", "boolean", "integer", "number", "string", "object"}
	attributeFields = []string{"title", "description", "type", "scope", "items", "enum", "oneOf", "externalName", "externalNamespace", "required", "unique", "minLength", "maxLength", "minimum", "maximum", "pattern", "format", "mutability", "union"}
)

// updateApplicationUserProfile adds attributes of the org's own to what an app knows of people, changes them, and removes
// those that are null. Of the attributes that came with the app only title and necessity can be changed.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Schema/#tag/Schema/operation/updateApplicationUserProfile
func (o *Okta) updateApplicationUserProfile(c *call) (any, error) {
	a, err := c.appOf()
	if err != nil {
		return nil, err
	}
	s := obj{"base": obj{}, "custom": obj{}}
	fill(s, clone(with(obj{}, a.Schema)))
	for name, v := range object(dig(c.body, "definitions", "base", "properties")) {
		if _, ok := baseAttributes(a)[name]; !ok {
			return nil, invalid("base."+name, "The attribute "+name+" is not a base attribute of the schema.")
		}
		changed := obj{}
		for _, k := range []string{"title", "required"} {
			if x, ok := object(v)[k]; ok {
				changed[k] = x
			}
		}
		object(s["base"])[name] = changed
	}
	for name, v := range object(dig(c.body, "definitions", "custom", "properties")) {
		if v == nil {
			delete(object(s["custom"]), name)
			continue
		}
		p, err := appAttribute(a, name, object(v))
		if err != nil {
			return nil, err
		}
		object(s["custom"])[name] = p
	}
	a.Schema, a.SchemaUpdated = s, c.at()
	o.apps.Put(c.Tx, a)
	c.logged("application.user_schema.update", "SUCCESS", a.target())
	return c.appSchema(a), nil
}

// appAttribute checks an attribute of the org's own, and leaves of it what is kept.
func appAttribute(a App, name string, v obj) (obj, error) {
	where := "definitions.custom.properties." + name
	switch {
	case !attributeName.MatchString(name):
		return nil, invalid(where, name+": The attribute name must start with a letter or an underscore and contain only letters, digits and underscores.")
	case baseAttributes(a)[name] != nil:
		return nil, invalid(where, name+": An attribute with this name already exists in the schema.")
	case text(v["title"]) == "":
		return nil, invalid(where+".title", "title: The field cannot be left blank")
	case !slices.Contains(attributeTypes, text(v["type"])):
		return nil, invalid(where+".type", "type: Not one of the allowed values.")
	case v["type"] == "array" && dig(v, "items", "type") == nil:
		return nil, invalid(where+".items", "items: The field cannot be left blank")
	}
	p := obj{"scope": "NONE"}
	for _, k := range attributeFields {
		if x := v[k]; x != nil && x != false {
			p[k] = copied(x)
		}
	}
	if v["type"] == "array" {
		fill(p, obj{"union": "DISABLE"})
	} else {
		delete(p, "union")
	}
	return p, nil
}

// appAttributes are what an app knows of people, by name.
func (c *call) appAttributes(a App) obj {
	all := clone(baseAttributes(a))
	for name, changed := range object(a.Schema["base"]) {
		all[name] = with(object(all[name]), object(changed))
	}
	for name, p := range object(a.Schema["custom"]) {
		all[name] = p
	}
	return all
}

// appSchema is the schema of an app's people as the caller sees it.
func (c *call) appSchema(a App) obj {
	all := c.appAttributes(a)
	base, custom := obj{}, obj{}
	must := map[bool][]any{true: {}, false: {}}
	for _, name := range sortedKeys(all) {
		p := clone(object(all[name]))
		own := object(a.Schema["custom"])[name] != nil
		if truth(p["required"]) {
			must[own] = append(must[own], name)
		} else {
			delete(p, "required")
		}
		if own {
			custom[name] = p
		} else {
			base[name] = p
		}
	}
	baseDefinition := obj{"id": "#base", "type": "object", "properties": base, "required": must[false]}
	customDefinition := obj{"id": "#custom", "type": "object", "properties": custom}
	if len(custom) > 0 {
		customDefinition["required"] = must[true]
	}
	updated := max(a.SchemaUpdated, a.Created)
	return obj{"id": c.link("/meta/schemas/apps/" + a.ID + "/default"), "$schema": "http://json-schema.org/draft-04/schema#", "name": a.Name, "title": a.Label + " User", "lastUpdated": stamp(updated), "created": stamp(a.Created),
		"definitions": obj{"custom": customDefinition, "base": baseDefinition}, "type": "object",
		"properties": obj{"profile": obj{"allOf": []any{obj{"$ref": "#/definitions/custom"}, obj{"$ref": "#/definitions/base"}}}}}
}

func sortedKeys(m obj) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// baseAttributes are those that came with an app.
func baseAttributes(a App) obj {
	if a.Name == "oidc_client" {
		return oidcAttributes
	}
	return obj{"userName": obj{"title": "Username", "type": "string", "required": true, "scope": "NONE", "maxLength": float64(100)}}
}

// oidcAttributes are the claims about a person that OpenID Connect knows.
var oidcAttributes = func() obj {
	all := obj{}
	for _, a := range []struct{ name, title, description, external string }{
		{"userName", "Username", "", "preferred_username"},
		{"name", "Name", "End-User's full name in displayable form.", ""},
		{"nickname", "Nickname", "Casual name of the End-User (may or may not be the same as the given_name)", ""},
		{"given_name", "Given Name", "Given name or first name of the End-User.", ""},
		{"middle_name", "Middle Name", "Middle name of the End-User.", ""},
		{"family_name", "Family Name", "Surname or last name of the End-User.", ""},
		{"email", "Email", "End-User's preferred e-mail address.", ""},
		{"profile", "Profile URL", "URL of the End-User's profile page.", ""},
		{"picture", "Picture URL", "URL of the End-User's profile picture.", ""},
		{"website", "Website", "URL of the End-User's Web page or blog.", ""},
		{"gender", "Gender", "End-User's gender.", ""},
		{"birthdate", "Birthdate", "End-User's birthday, represented as an ISO 8601:2004 YYYY-MM-DD format.", ""},
		{"zoneinfo", "Time Zone", "String representing the End-User's time zone.", ""},
		{"locale", "Locale Name", "ISO3166‑1 country code in uppercase, separated by a dash (e.g. 'en-US')", ""},
		{"phone_number", "Phone Number", "End-User's preferred telephone number in E.164 format.", ""},
		{"street_address", "Street Address", "Full street address component.", "address.street_address"},
		{"locality", "Locality", "City or locality component.", "address.locality"},
		{"region", "Region", "State, province, prefecture, or region component.", "address.region"},
		{"postal_code", "Postal Code", "Zip code or postal code component.", "address.postal_code"},
		{"country", "Country", "Country name component.", "address.country"},
		{"formatted", "Formatted", "Full mailing address, formatted for display.", "address.formatted"},
	} {
		p := obj{"title": a.title, "type": "string", "scope": "SELF"}
		if a.description != "" {
			p["description"] = a.description
		}
		if a.external != "" {
			p["externalName"] = a.external
		}
		all[a.name] = p
	}
	object(all["userName"])["required"] = true
	return all
}()
