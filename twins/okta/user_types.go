package okta

import (
	"regexp"

	"twinset.dev/kit/twin"
)

// userTypeKind is a sort of person, with a profile of its own.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/UserType/
var userTypeKind = &kind{name: "userTypes", noun: "CVDType", prefix: "oty", path: "/api/v1/meta/types/user/%s", event: "core.user_type"}

func init() {
	userTypeKind.check, userTypeKind.view, userTypeKind.deletes = checkUserType, viewUserType, deletesUserType
}

// defaultType is the type of those who have no other.
var defaultType = seedID("oty", "default")

func (o *Okta) userTypesOperations() {
	o.serveKind(twin.Full, userTypeKind, crud{list: "listUserTypes", get: "getUserType", replace: "replaceUserType", delete: "deleteUserType"}, nil)
	o.on(twin.Full, "createUserType", o.createUserType)
	o.on(twin.Full, "updateUserType", o.updateUserType)
}

// createUserType makes a type of people, and the mappings between it and all that knows people.
func (o *Okta) createUserType(c *call) (any, error) {
	r, err := c.make(userTypeKind, "", c.body)
	if err != nil {
		return nil, err
	}
	c.mapType(r.ID, r.Name)
	return c.shown(userTypeKind, r), nil
}

var typeName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

func checkUserType(c *call, doc obj, was *Record) error {
	name := text(doc["name"])
	switch {
	case was != nil && name != "" && name != was.Name:
		return invalid("name", "name: The name of a user type can't be changed")
	case was != nil:
		doc["name"] = was.Name
	case name == "":
		return blank("name")
	case !typeName.MatchString(name):
		return invalid("name", "name: Does not match required pattern")
	}
	if text(doc["displayName"]) == "" {
		return blank("displayName")
	}
	if was == nil {
		if _, taken := c.called(userTypeKind, "", name); taken {
			return invalid("name", "name: An object with this field already exists in the current organization")
		}
		doc["createdBy"] = c.who.user.ID
	} else {
		doc["createdBy"] = was.Doc["createdBy"]
	}
	doc["lastUpdatedBy"] = c.who.user.ID
	if _, ok := doc["description"]; !ok {
		doc["description"] = nil
	}
	return nil
}

func viewUserType(c *call, r Record, v obj) {
	v["default"] = r.System
	v["_links"] = obj{"self": relation(c.address(userTypeKind, r), "self"), "schema": relation(c.link("/api/v1/meta/schemas/user/"+schemaID(r.ID)), "schema")}
}

// relation is a link of the older sort.
func relation(url, rel string) obj { return obj{"rel": rel, "href": url, "method": "GET"} }

func deletesUserType(c *call, r Record) error {
	if r.System {
		return invalid("id", "The default user type can't be deleted.")
	}
	for u := range c.o.users.All(c.Tx, "") {
		if u.Type == r.ID {
			return invalid("id", "A user type that people are of can't be deleted.")
		}
	}
	c.o.schemas.Delete(c.Tx, r.ID)
	c.unmap(r.ID)
	return nil
}

// updateUserType changes what is sent of a type.
func (o *Okta) updateUserType(c *call) (any, error) {
	r, err := c.fetch(userTypeKind, "", c.param("typeId"))
	if err != nil {
		return nil, err
	}
	return c.patch(userTypeKind, r)
}

// typeOf finds the type of a person that a request names, by id or as "default".
func (c *call) typeOf(id string) (string, bool) {
	if id == "" || id == "default" {
		return defaultType, true
	}
	_, ok := c.o.tables[userTypeKind].records.Get(c.Tx, id)
	return id, ok
}

// A userType is a sort of person, by its id and name.
type userType struct{ id, name string }

// userTypes are those of the org, the default one first.
func (c *call) userTypes() (types []userType) {
	for r := range c.all(userTypeKind, "") {
		types = append(types, userType{r.ID, r.Name})
	}
	return types
}

// bootstrapUserTypes makes the type that every org has.
func (c *call) bootstrapUserTypes(born int64) {
	c.keep(userTypeKind, Record{ID: defaultType, System: true, Created: born, Updated: born, Doc: obj{"name": "user", "displayName": "User", "description": "Okta user profile template with default permission settings",
		"createdBy": "sprsystem00000000000", "lastUpdatedBy": "sprsystem00000000000"}})
}
