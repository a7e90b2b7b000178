package okta

import (
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"twinset.dev/kit/twin"
)

// schemasOperations are what the profiles of people and groups may hold.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Schema/
func (o *Okta) schemasOperations() {
	o.on(twin.Full, "getUserSchema", o.getUserSchema)
	o.on(twin.Full, "updateUserProfile", o.updateUserProfile)
	o.on(twin.Full, "getGroupSchema", func(c *call) (any, error) { return c.groupSchemaView(c.schema("group")), nil })
	o.on(twin.Full, "updateGroupSchema", o.updateGroupSchema)
}

// A property is one of those that Okta defines. Their order is that in which they are checked.
type property struct {
	name, title, self string
	more              obj
}

const (
	selfWrites = "READ_WRITE"
	selfReads  = "READ_ONLY"
	selfNever  = "HIDE"
)

var userProperties = []property{
	{"login", "Username", selfReads, obj{"required": true, "minLength": 5.0, "maxLength": 100.0}},
	{"firstName", "First name", selfWrites, obj{"required": true, "minLength": 1.0, "maxLength": 50.0}},
	{"lastName", "Last name", selfWrites, obj{"required": true, "minLength": 1.0, "maxLength": 50.0}},
	{"email", "Primary email", selfWrites, obj{"required": true, "format": "email"}},
	{"middleName", "Middle name", selfReads, nil},
	{"honorificPrefix", "Honorific prefix", selfReads, nil},
	{"honorificSuffix", "Honorific suffix", selfReads, nil},
	{"title", "Title", selfReads, nil},
	{"displayName", "Display name", selfReads, nil},
	{"nickName", "Nickname", selfReads, nil},
	{"profileUrl", "Profile Url", selfReads, obj{"format": "uri"}},
	{"secondEmail", "Secondary email", selfWrites, obj{"format": "email"}},
	{"mobilePhone", "Mobile phone", selfWrites, obj{"maxLength": 100.0}},
	{"primaryPhone", "Primary phone", selfNever, obj{"maxLength": 100.0}},
	{"streetAddress", "Street address", selfNever, nil},
	{"city", "City", selfNever, nil},
	{"state", "State", selfNever, nil},
	{"zipCode", "Zip code", selfNever, nil},
	{"countryCode", "Country code", selfNever, obj{"format": "country-code"}},
	{"postalAddress", "Postal Address", selfNever, nil},
	{"preferredLanguage", "Preferred language", selfReads, obj{"format": "language-code"}},
	{"locale", "Locale", selfReads, obj{"format": "locale"}},
	{"timezone", "Time zone", selfReads, obj{"format": "timezone"}},
	{"userType", "User type", selfReads, nil},
	{"employeeNumber", "Employee number", selfReads, nil},
	{"costCenter", "Cost center", selfReads, nil},
	{"organization", "Organization", selfReads, nil},
	{"division", "Division", selfReads, nil},
	{"department", "Department", selfReads, nil},
	{"managerId", "ManagerId", selfReads, nil},
	{"manager", "Manager", selfReads, nil},
}

var groupProperties = []property{
	{"name", "Name", selfWrites, obj{"description": "Name", "required": true, "maxLength": 255.0}},
	{"description", "Description", selfWrites, obj{"description": "Description", "maxLength": 1024.0}},
}

// The definitions of what Okta defines, by name. They are shared: who changes one copies it.
var userDefinitions, groupDefinitions = definitions(userProperties), definitions(groupProperties)

func definitions(list []property) map[string]obj {
	m := map[string]obj{}
	for _, p := range list {
		m[p.name] = p.definition()
	}
	return m
}

// definition is a property as its schema has it.
func (p property) definition() obj {
	return with(obj{"title": p.title, "type": "string", "mutability": "READ_WRITE", "scope": "NONE", "permissions": []any{obj{"principal": "SELF", "action": p.self}}, "master": obj{"type": "PROFILE_MASTER"}}, p.more)
}

func schemaID(userType string) string { return "osc" + strings.TrimPrefix(userType, "oty") }

// schema is that of a user type, or of groups. It is kept once it differs from what every org has.
func (c *call) schema(of string) Schema {
	s, ok := c.o.schemas.Get(c.Tx, of)
	if !ok {
		s = Schema{Of: of}
		if t, ok := c.o.tables[userTypeKind].records.Get(c.Tx, of); ok {
			s.Created = t.Created
		} else if org, ok := c.o.orgs.Get(c.Tx, "org"); ok {
			s.Created = org.Created
		}
		s.Updated = s.Created
	}
	return s
}

// property is the definition of a property, nil if there is none.
func (s Schema) property(name string) obj {
	if d := object(s.Base[name]); d != nil {
		return d
	}
	defined := userDefinitions
	if s.Of == "group" {
		defined = groupDefinitions
	}
	if d := defined[name]; d != nil {
		return d
	}
	return object(s.Custom[name])
}

func (s Schema) properties() []property {
	if s.Of == "group" {
		return groupProperties
	}
	return userProperties
}

// names are those of all properties, in the order in which they are checked.
func (s Schema) names() []string {
	var names []string
	for _, p := range s.properties() {
		names = append(names, p.name)
	}
	return append(names, sorted(s.Custom)...)
}

// userAttributes are the names of what the profile of a user type may hold.
func (c *call) userAttributes(userType string) []string { return c.schema(userType).names() }

func sorted(m obj) []string {
	var names []string
	for k := range m {
		names = append(names, k)
	}
	slices.Sort(names)
	return names
}

// check says what a schema does not allow in a profile, and puts default values where there are none.
func (s Schema) check(profile obj) (causes []string, unknown bool) {
	names := s.names()
	for k := range profile {
		unknown = unknown || !slices.Contains(names, k)
	}
	for _, name := range names {
		d := s.property(name)
		v, ok := profile[name]
		if !ok && d["default"] != nil {
			v, profile[name] = d["default"], d["default"]
		}
		switch {
		case v == nil || v == "":
			if truth(d["required"]) {
				causes = append(causes, name+": The field cannot be left blank")
			}
		default:
			if cause := wrong(d, v); cause != "" {
				causes = append(causes, name+": "+cause)
			}
		}
	}
	return causes, unknown
}

var (
	emailShape  = regexp.MustCompile(`^[^@\s]+@[^@\s]+\.[^@\s.]+$`)
	localeShape = regexp.MustCompile(`^[A-Za-z]{2,3}([_-][A-Za-z0-9]{2,8})*$`)
)

// wrong says what is wrong with a value, if anything is.
func wrong(d obj, v any) string {
	if values := list(d["enum"]); len(values) > 0 && !slices.ContainsFunc(values, func(x any) bool { return equal(x, v) }) {
		return "The field has an invalid value"
	}
	switch text(d["type"]) {
	case "string":
		s, ok := v.(string)
		if !ok {
			return "The field should be a string"
		}
		n := float64(utf8.RuneCountInString(s))
		if most, ok := d["maxLength"].(float64); ok && n > most {
			return "The field is too long"
		}
		if least, ok := d["minLength"].(float64); ok && n < least {
			return "The field is too short"
		}
		if p := text(d["pattern"]); p != "" {
			if re, err := regexp.Compile(`^(?:` + p + `)$`); err == nil && !re.MatchString(s) {
				return "Does not match required pattern"
			}
		}
		switch text(d["format"]) {
		case "email":
			if !emailShape.MatchString(s) {
				return "Does not match required pattern"
			}
		case "country-code":
			if len(s) != 2 {
				return "The field has an invalid value"
			}
		case "locale", "language-code":
			if !localeShape.MatchString(s) {
				return "The field has an invalid value"
			}
		}
	case "boolean":
		if _, ok := v.(bool); !ok {
			return "The field should be a boolean"
		}
	case "integer":
		if n, ok := v.(float64); !ok || n != math.Trunc(n) {
			return "The field should be an integer"
		}
		return outside(d, v.(float64))
	case "number":
		n, ok := v.(float64)
		if !ok {
			return "The field should be a number"
		}
		return outside(d, n)
	case "array":
		l, ok := v.([]any)
		if !ok {
			return "The field should be an array"
		}
		for _, x := range l {
			if cause := wrong(object(d["items"]), x); cause != "" {
				return cause
			}
		}
	}
	return ""
}

func outside(d obj, n float64) string {
	if least, ok := d["minimum"].(float64); ok && n < least {
		return "The field is too small"
	}
	if most, ok := d["maximum"].(float64); ok && n > most {
		return "The field is too large"
	}
	return ""
}

// equal reports whether two JSON values that are not objects are the same.
func equal(a, b any) bool {
	la, ok := a.([]any)
	if !ok {
		_, ok := b.([]any)
		return !ok && a == b
	}
	lb, ok := b.([]any)
	return ok && slices.EqualFunc(la, lb, equal)
}

// getUserSchema returns the schema of a user type, by its own id or the type's; "default" is that of the default type.
func (o *Okta) getUserSchema(c *call) (any, error) {
	s, err := c.userSchema()
	if err != nil {
		return nil, err
	}
	return c.userSchemaView(s), nil
}

func (c *call) userSchema() (Schema, error) {
	id := c.param("schemaId")
	of, ok := c.typeOf(id)
	if !ok {
		of, ok = c.typeOf("oty" + strings.TrimPrefix(id, "osc"))
	}
	if !ok {
		return Schema{}, notFound(id, "CVDSchema")
	}
	return c.schema(of), nil
}

// updateUserProfile adds, changes and removes properties of a user type; null removes one, and its values with it.
func (o *Okta) updateUserProfile(c *call) (any, error) {
	s, err := c.userSchema()
	if err != nil {
		return nil, err
	}
	gone, err := c.amend(&s)
	if err != nil {
		return nil, err
	}
	if len(gone) > 0 {
		for u := range o.users.All(c.Tx, "") {
			if p := without(u.Profile, gone...); u.Type == s.Of && len(p) != len(u.Profile) {
				u.Profile = p
				o.users.Put(c.Tx, u)
			}
		}
	}
	return c.userSchemaView(s), nil
}

// updateGroupSchema does the same for groups.
func (o *Okta) updateGroupSchema(c *call) (any, error) {
	s := c.schema("group")
	gone, err := c.amend(&s)
	if err != nil {
		return nil, err
	}
	if len(gone) > 0 {
		for g := range o.groups.All(c.Tx, "") {
			if p := without(g.Profile, gone...); len(p) != len(g.Profile) {
				g.Profile = p
				o.groups.Put(c.Tx, g)
			}
		}
	}
	return c.groupSchemaView(s), nil
}

var (
	propertyName  = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	propertyTypes = []string{"string", "boolean", "number", "integer", "array"}
)

// amend changes a schema to what was sent, and returns the properties that are gone.
func (c *call) amend(s *Schema) (gone []string, err error) {
	if c.body == nil {
		return nil, errMalformed
	}
	base, custom := object(dig(c.body, "definitions", "base", "properties")), object(dig(c.body, "definitions", "custom", "properties"))
	s.Base, s.Custom = clone(s.Base), clone(s.Custom)
	if s.Base == nil {
		s.Base = obj{}
	}
	if s.Custom == nil {
		s.Custom = obj{}
	}
	for _, name := range sorted(base) {
		was, d := s.property(name), object(base[name])
		switch {
		case was == nil || s.Custom[name] != nil:
			return nil, invalid(name, "Cannot modify the "+name+" attribute because it is a reserved attribute for this application.")
		case d == nil:
			return nil, readOnly(name)
		}
		now := clone(was)
		for _, k := range []string{"permissions", "master", "title", "mutability"} {
			if v, ok := d[k]; ok {
				now[k] = copied(v)
			}
		}
		if required, ok := d["required"].(bool); ok && required != truth(was["required"]) {
			if name != "firstName" && name != "lastName" {
				return nil, invalid("required", "The required attribute of "+name+" can't be changed.")
			}
			delete(now, "required")
			if required {
				now["required"] = true
			}
		}
		if name == "login" {
			delete(now, "pattern")
			if p := text(d["pattern"]); p != "" {
				now["pattern"] = p
			}
		}
		s.Base[name] = now
	}
	for _, name := range sorted(custom) {
		d := object(custom[name])
		was := object(s.Custom[name])
		if d == nil {
			if was != nil {
				delete(s.Custom, name)
				gone = append(gone, name)
			}
			continue
		}
		if s.Custom[name] == nil && s.property(name) != nil {
			return nil, invalid(name, name+": An object with this field already exists")
		}
		now, err := customProperty(name, d, was)
		if err != nil {
			return nil, err
		}
		s.Custom[name] = now
	}
	s.Updated = c.at()
	c.o.schemas.Put(c.Tx, *s)
	c.logged("user.schema.update", "SUCCESS", target{s.Of, "UserSchema", s.Of})
	return gone, nil
}

// customProperty is a property as it is kept: what was sent, and what Okta puts where nothing was.
func customProperty(name string, d, was obj) (obj, error) {
	kind := text(d["type"])
	switch {
	case len(name) > 50 || !propertyName.MatchString(name):
		return nil, invalid(name, name+": Variable name must only contain letters, numbers, or underscores, and must not start with a number.")
	case text(d["title"]) == "":
		return nil, blank("title")
	case kind == "":
		return nil, blank("type")
	case !slices.Contains(propertyTypes, kind):
		return nil, invalid("type", "type: The field has an invalid value")
	case was != nil && text(was["type"]) != kind:
		return nil, invalid("type", "The type of a property can't be changed.")
	case kind == "array" && object(d["items"]) == nil:
		return nil, blank("items")
	}
	for _, of := range []obj{d, object(d["items"])} {
		if enum, ok := of["oneOf"].([]any); ok {
			var consts []any
			for _, x := range enum {
				consts = append(consts, object(x)["const"])
			}
			if !equal(consts, list(of["enum"])) {
				return nil, errEnumMismatch
			}
		}
	}
	now := obj{"mutability": "READ_WRITE", "scope": "NONE", "permissions": []any{obj{"principal": "SELF", "action": selfReads}}, "master": obj{"type": "PROFILE_MASTER"}}
	for k, v := range d {
		if v == nil || k == "required" && v == false || k == "unique" && v == "NOT_UNIQUE" {
			continue
		}
		now[k] = copied(v)
	}
	return now, nil
}

func (c *call) userSchemaView(s Schema) obj {
	id, title, description := "default", "User", any("Okta user profile template with default permission settings")
	t, _ := c.o.tables[userTypeKind].records.Get(c.Tx, s.Of)
	if s.Of != defaultType {
		id, title, description = schemaID(s.Of), text(t.Doc["displayName"]), t.Doc["description"]
	}
	v := c.schemaView(s, "user/"+id)
	v["name"], v["title"], v["description"] = t.Name, title, description
	v["_links"] = obj{"self": relation(c.link("/api/v1/meta/schemas/user/"+schemaID(s.Of)), "self"), "type": relation(c.link("/api/v1/meta/types/user/"+s.Of), "type")}
	return v
}

func (c *call) groupSchemaView(s Schema) obj {
	v := c.schemaView(s, "group/default")
	v["name"], v["title"], v["description"] = "group", "Okta group", "Okta group profile template"
	v["_links"] = obj{"self": relation(c.link("/api/v1/meta/schemas/group/default"), "self")}
	return v
}

func (c *call) schemaView(s Schema, path string) obj {
	base, requiredBase, requiredCustom := obj{}, []any{}, []any{}
	for _, p := range s.properties() {
		base[p.name] = s.property(p.name)
		if truth(s.property(p.name)["required"]) {
			requiredBase = append(requiredBase, p.name)
		}
	}
	for _, name := range sorted(s.Custom) {
		if truth(object(s.Custom[name])["required"]) {
			requiredCustom = append(requiredCustom, name)
		}
	}
	custom := s.Custom
	if custom == nil {
		custom = obj{}
	}
	return obj{"id": c.link("/meta/schemas/" + path), "$schema": "http://json-schema.org/draft-04/schema#", "created": stamp(s.Created), "lastUpdated": stamp(s.Updated), "type": "object",
		"definitions": obj{"custom": obj{"id": "#custom", "type": "object", "properties": custom, "required": requiredCustom}, "base": obj{"id": "#base", "type": "object", "properties": base, "required": requiredBase}},
		"properties":  obj{"profile": obj{"allOf": []any{obj{"$ref": "#/definitions/custom"}, obj{"$ref": "#/definitions/base"}}}}}
}
