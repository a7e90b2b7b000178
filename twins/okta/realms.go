package okta

import (
	"net/http"
	"slices"
	"strings"

	"twinset.dev/kit/twin"
)

// realmKind is a part of the org's people.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Realm/
var realmKind = &kind{name: "realms", noun: "Realm", prefix: "guo", path: "/api/v1/realms/%s", event: "realm"}

// realmAssignmentKind puts people into realms by what is true of them.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/RealmAssignment/
var realmAssignmentKind = &kind{name: "realmAssignments", noun: "RealmAssignment", prefix: "rul", path: "/api/v1/realm-assignments/%s", event: "realm_assignment"}

func init() {
	realmKind.check, realmKind.view, realmKind.deletes = checkRealm, viewRealm, deletesRealm
	realmAssignmentKind.check, realmAssignmentKind.view, realmAssignmentKind.deletes = checkRealmAssignment, viewRealmAssignment, deletesRealmAssignment
}

func (o *Okta) realmsOperations() {
	o.on(twin.Full, "listRealms", o.listRealms)
	o.serveKind(twin.Full, realmKind, crud{create: "createRealm", get: "getRealm", replace: "replaceRealm", delete: "deleteRealm"}, nil)
	o.serveKind(twin.Full, realmAssignmentKind, crud{get: "getRealmAssignment", replace: "replaceRealmAssignment", delete: "deleteRealmAssignment"}, nil)
	o.on(twin.Full, "listRealmAssignments", o.listRealmAssignments)
	o.on(twin.Full, "createRealmAssignment", o.createRealmAssignment)
	o.on(twin.Full, "activateRealmAssignment", o.turnRealmAssignment("ACTIVE"))
	o.on(twin.Full, "deactivateRealmAssignment", o.turnRealmAssignment("INACTIVE"))
	o.on(twin.Full, "executeRealmAssignment", o.executeRealmAssignment)
	o.on(twin.Full, "listRealmAssignmentOperations", o.listRealmAssignmentOperations)
}

// listRealms finds realms by an expression, in the order of a property.
func (o *Okta) listRealms(c *call) (any, error) {
	match, err := c.filtered("search")
	if err != nil {
		return nil, err
	}
	var realms []Record
	for r := range c.all(realmKind, "") {
		if match(c.shown(realmKind, r).(obj)) {
			realms = append(realms, r)
		}
	}
	if sortBy := c.query.Get("sortBy"); sortBy != "" {
		path := strings.Split(sortBy, ".")
		key := func(r Record) string { return text(valueAt(c.shown(realmKind, r), path)) }
		slices.SortStableFunc(realms, func(a, b Record) int { return strings.Compare(key(a), key(b)) })
		if strings.EqualFold(c.query.Get("sortOrder"), "desc") {
			slices.Reverse(realms)
		}
	}
	return paged(c, slices.Values(realms), func(r Record) string { return r.ID }, 200, 200, func(r Record) any { return c.shown(realmKind, r) })
}

func checkRealm(c *call, doc obj, was *Record) error {
	p := object(doc["profile"])
	name := text(p["name"])
	switch {
	case p == nil:
		return blank("profile")
	case name == "":
		return blank("name")
	case was != nil && was.System:
		return invalid("realm", "The default realm can't be changed.")
	}
	for r := range c.all(realmKind, "") {
		if strings.EqualFold(text(dig(r.Doc, "profile", "name")), name) && (was == nil || r.ID != was.ID) {
			return invalid("name", "name: An object with this field already exists in the current organization")
		}
	}
	if kind := text(p["realmType"]); kind != "" && kind != "DEFAULT" && kind != "PARTNER" {
		return invalid("realmType", "realmType: The field has an invalid value")
	}
	doc["profile"] = fill(clone(p), obj{"domains": []any{}})
	return nil
}

func viewRealm(c *call, r Record, v obj) {
	v["isDefault"] = r.System
	v["_links"] = obj{"self": relation(c.address(realmKind, r), "self")}
}

func deletesRealm(c *call, r Record) error {
	if r.System {
		return invalid("realm", "The default realm can't be deleted.")
	}
	for u := range c.o.users.All(c.Tx, "") {
		if u.Realm == r.ID {
			return invalid("realm", "A realm that has users can't be deleted.")
		}
	}
	for a := range c.all(realmAssignmentKind, "") {
		if text(dig(a.Doc, "actions", "assignUserToRealm", "realmId")) == r.ID {
			return invalid("realm", "A realm that is used by a realm assignment can't be deleted.")
		}
	}
	return nil
}

// defaultRealm is where people are that no other realm has.
func (c *call) defaultRealm() string { return seedID("guo", "default") }

func (c *call) bootstrapRealms(born int64) {
	c.keep(realmKind, Record{ID: seedID("guo", "default"), System: true, Created: born, Updated: born, Doc: obj{"profile": obj{"name": "Default Realm"}}})
	c.keep(realmAssignmentKind, Record{ID: seedID("rul", "default"), System: true, Status: "ACTIVE", Created: born, Updated: born, Priority: 499, Doc: obj{"name": "Catch-all Rule", "priority": 499.0,
		"conditions": obj{"expression": obj{}}, "actions": obj{"assignUserToRealm": obj{"realmId": seedID("guo", "default")}}}})
}

// listRealmAssignments returns them in the order in which they are asked.
func (o *Okta) listRealmAssignments(c *call) (any, error) {
	return paged(c, slices.Values(c.realmAssignments()), func(r Record) string { return r.ID }, 20, 200, func(r Record) any { return c.shown(realmAssignmentKind, r) })
}

func (c *call) realmAssignments() []Record {
	return slices.SortedStableFunc(c.all(realmAssignmentKind, ""), func(a, b Record) int { return a.Priority - b.Priority })
}

// createRealmAssignment makes one, that is not active yet.
func (o *Okta) createRealmAssignment(c *call) (any, error) {
	r, err := c.make(realmAssignmentKind, "", c.body)
	if err != nil {
		return nil, err
	}
	p, _ := r.Doc["priority"].(float64)
	r.Status, r.Priority = "INACTIVE", int(p)
	return c.shown(realmAssignmentKind, c.keep(realmAssignmentKind, r)), nil
}

func checkRealmAssignment(c *call, doc obj, was *Record) error {
	realm := text(dig(doc, "actions", "assignUserToRealm", "realmId"))
	switch {
	case text(doc["name"]) == "":
		return blank("name")
	case realm == "":
		return blank("actions")
	case was != nil && was.System:
		return invalid("realmAssignment", "The default realm assignment can't be changed.")
	}
	if _, err := c.fetch(realmKind, "", realm); err != nil {
		return err
	}
	if e := text(dig(doc, "conditions", "expression", "value")); e != "" {
		if _, err := parseExpression(e); err != nil {
			return invalid("conditions", "Invalid expression: "+e)
		}
	}
	if doc["priority"] == nil {
		doc["priority"] = 0.0
	}
	if was != nil {
		doc["operations"] = was.Doc["operations"]
	}
	return nil
}

func viewRealmAssignment(c *call, r Record, v obj) {
	v["status"], v["isDefault"] = r.Status, r.System
	delete(v, "operations")
	v["_links"] = obj{"self": relation(c.address(realmAssignmentKind, r), "self")}
}

func deletesRealmAssignment(c *call, r Record) error {
	switch {
	case r.System:
		return invalid("realmAssignment", "The default realm assignment can't be deleted.")
	case r.Status == "ACTIVE":
		return invalid("realmAssignment", "A realm assignment must be deactivated before it is deleted.")
	}
	return nil
}

func (o *Okta) turnRealmAssignment(status string) func(*call) (any, error) {
	return func(c *call) (any, error) {
		r, err := c.fetch(realmAssignmentKind, "", c.param("assignmentId"))
		switch {
		case err != nil:
			return nil, err
		case r.System:
			return nil, invalid("realmAssignment", "The default realm assignment can't be changed.")
		}
		_, err = c.turn(realmAssignmentKind, r, status)
		return nil, err
	}
}

// assignRealm puts somebody into the realm of the first assignment that holds.
func (c *call) assignRealm(u *User) {
	for _, r := range c.realmAssignments() {
		if r.Status == "ACTIVE" && !r.System && c.realmAssignmentHolds(r, *u) {
			u.Realm = text(dig(r.Doc, "actions", "assignUserToRealm", "realmId"))
			return
		}
	}
}

func (c *call) realmAssignmentHolds(r Record, u User) bool {
	e, err := parseExpression(text(dig(r.Doc, "conditions", "expression", "value")))
	return err == nil && e.holds(c.userScope(u))
}

// executeRealmAssignment applies an assignment to those who are there already.
func (o *Okta) executeRealmAssignment(c *call) (any, error) {
	r, err := c.fetch(realmAssignmentKind, "", text(c.body["assignmentId"]))
	if err != nil {
		return nil, err
	}
	users := 0
	for u := range o.users.All(c.Tx, "") {
		if realm := text(dig(r.Doc, "actions", "assignUserToRealm", "realmId")); u.Realm != realm && c.realmAssignmentHolds(r, u) {
			u.Realm, u.Updated = realm, c.at()
			o.users.Put(c.Tx, u)
			users++
		}
	}
	run := obj{"id": c.id("rre"), "type": "realm:assignment", "status": "COMPLETED", "created": stamp(c.at()), "started": stamp(c.at()), "completed": stamp(c.at()), "assignmentOperation": obj{"configuration": obj{
		"id": r.ID, "name": r.Name, "conditions": r.Doc["conditions"], "actions": r.Doc["actions"]}}, "numUserMoved": float64(users), "realmId": dig(r.Doc, "actions", "assignUserToRealm", "realmId"), "realmName": c.realmName(text(dig(r.Doc, "actions", "assignUserToRealm", "realmId"))),
		"_links": obj{"self": relation(c.link("/api/v1/operations/"+r.ID), "self")}}
	r.Doc = with(r.Doc, obj{"operations": append(slices.Clone(list(r.Doc["operations"])), run)})
	c.keep(realmAssignmentKind, r)
	return answer{status: http.StatusCreated, body: run}, nil
}

func (c *call) realmName(id string) string {
	r, _ := c.o.tables[realmKind].records.Get(c.Tx, id)
	return text(dig(r.Doc, "profile", "name"))
}

// listRealmAssignmentOperations returns what has been executed.
func (o *Okta) listRealmAssignmentOperations(c *call) (any, error) {
	var runs []any
	for r := range c.all(realmAssignmentKind, "") {
		runs = append(runs, list(r.Doc["operations"])...)
	}
	return paged(c, slices.Values(runs), func(v any) string { return text(object(v)["id"]) }, 20, 200, func(v any) any { return v })
}
