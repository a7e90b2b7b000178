package okta

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"twinset.dev/kit/twin"
)

// identitySessionKind is a session in which people and groups of somewhere else are brought into the org, below the id of
// the source.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/IdentitySource/
var identitySessionKind = &kind{name: "identity_sessions", noun: "IdentitySourceSession", prefix: "aps"}

// sourcedKind is somebody or a group as a source knows them, below "source/users" or "source/groups", by the source's own
// id for them. It remembers who they are in the org.
var sourcedKind = &kind{name: "sourced", noun: "IdentitySourceEntity", prefix: "0ua", title: "externalId"}

// The states of a session.
const (
	sessionCreated   = "CREATED"
	sessionTriggered = "TRIGGERED"
	sessionCompleted = "COMPLETED"
)

// maxBulk is how many profiles may be sent at once.
const maxBulk = 200

func (o *Okta) identitySourcesOperations() {
	o.on(twin.Full, "listIdentitySourceSessions", o.listIdentitySourceSessions)
	o.on(twin.Full, "createIdentitySourceSession", o.createIdentitySourceSession)
	o.on(twin.Full, "getIdentitySourceSession", o.getIdentitySourceSession)
	o.on(twin.Full, "deleteIdentitySourceSession", o.deleteIdentitySourceSession)
	o.on(twin.Full, "startImportFromIdentitySource", o.startImportFromIdentitySource)
	for id, kind := range map[string]string{
		"uploadIdentitySourceDataForUpsert": "users.upsert", "uploadIdentitySourceDataForDelete": "users.delete",
		"uploadIdentitySourceGroupsForUpsert": "groups.upsert", "uploadIdentitySourceGroupsDataForDelete": "groups.delete",
		"uploadIdentitySourceGroupMembershipsForUpsert": "memberships.upsert", "uploadIdentitySourceGroupMembershipsForDelete": "memberships.delete",
	} {
		o.on(twin.Full, id, func(c *call) (any, error) { return c.uploadToSession(kind) })
	}
	const at = "/api/v1/identity-sources/{identitySourceId}/"
	o.beyond(twin.Full, "createIdentitySourceUser", http.MethodPost, at+"users", o.createIdentitySourceUser).needs("okta.identitySources")
	o.beyond(twin.Full, "getIdentitySourceUser", http.MethodGet, at+"users/{externalId}", o.getIdentitySourceUser).needs("okta.identitySources")
	o.beyond(twin.Full, "replaceIdentitySourceUser", http.MethodPut, at+"users/{externalId}", o.replaceIdentitySourceUser).needs("okta.identitySources")
	o.beyond(twin.Full, "updateIdentitySourceUser", http.MethodPatch, at+"users/{externalId}", o.replaceIdentitySourceUser).needs("okta.identitySources")
	o.beyond(twin.Full, "deleteIdentitySourceUser", http.MethodDelete, at+"users/{externalId}", o.deleteIdentitySourceUser).needs("okta.identitySources")
	o.beyond(twin.Full, "createIdentitySourceGroup", http.MethodPost, at+"groups", o.createIdentitySourceGroup).needs("okta.identitySources")
	o.beyond(twin.Full, "getIdentitySourceGroup", http.MethodGet, at+"groups/{groupId}", o.getIdentitySourceGroup).needs("okta.identitySources")
	o.beyond(twin.Full, "replaceIdentitySourceGroup", http.MethodPut, at+"groups/{groupId}", o.replaceIdentitySourceGroup).needs("okta.identitySources")
	o.beyond(twin.Full, "deleteIdentitySourceGroup", http.MethodDelete, at+"groups/{groupId}", o.deleteIdentitySourceGroup).needs("okta.identitySources")
	o.beyond(twin.Full, "listIdentitySourceGroupMembers", http.MethodGet, at+"groups/{groupId}/membership", o.listIdentitySourceGroupMembers).needs("okta.identitySources")
	o.beyond(twin.Full, "addIdentitySourceGroupMember", http.MethodPost, at+"groups/{groupId}/membership", o.addIdentitySourceGroupMember).needs("okta.identitySources")
	o.beyond(twin.Full, "removeIdentitySourceGroupMember", http.MethodDelete, at+"groups/{groupId}/membership/{externalId}", o.removeIdentitySourceGroupMember).needs("okta.identitySources")
}

func (c *call) source() string { return c.param("identitySourceId") }

func (c *call) identitySession(r Record) any {
	return obj{"id": r.ID, "identitySourceId": r.Parent, "status": r.Status, "importType": "INCREMENTAL", "created": stamp(r.Created), "lastUpdated": stamp(r.Updated)}
}

func (o *Okta) listIdentitySourceSessions(c *call) (any, error) {
	out := []any{}
	for r := range c.all(identitySessionKind, c.source()) {
		out = append(out, c.identitySession(r))
	}
	return out, nil
}

// createIdentitySourceSession begins a session. A source has one at a time that nothing was imported from.
func (o *Okta) createIdentitySourceSession(c *call) (any, error) {
	for r := range c.all(identitySessionKind, c.source()) {
		if r.Status == sessionCreated {
			return nil, invalid("identitySourceId", "There is already an existing import session in CREATED or IN_PROGRESS status for this identity source.")
		}
	}
	r := c.keep(identitySessionKind, Record{ID: c.id(identitySessionKind.prefix), Parent: c.source(), Status: sessionCreated, Created: c.at(), Updated: c.at(), Order: c.order(), Doc: obj{}})
	return created(c.identitySession(r)), nil
}

func (c *call) identitySessionOf() (Record, error) {
	return c.fetch(identitySessionKind, c.source(), c.param("sessionId"))
}

func (o *Okta) getIdentitySourceSession(c *call) (any, error) {
	r, err := c.identitySessionOf()
	if err != nil {
		return nil, err
	}
	return c.identitySession(r), nil
}

func (o *Okta) deleteIdentitySourceSession(c *call) (any, error) {
	r, err := c.identitySessionOf()
	switch {
	case err != nil:
		return nil, err
	case r.Status != sessionCreated:
		return nil, invalid("importSessionId", "Only a session that is in CREATED or IN_PROGRESS status can be canceled.")
	}
	o.tables[identitySessionKind].records.Delete(c.Tx, r.ID)
	return nil, nil
}

// uploadToSession adds to what a session will import.
func (c *call) uploadToSession(kind string) (any, error) {
	r, err := c.identitySessionOf()
	switch {
	case err != nil:
		return nil, err
	case c.body == nil:
		return nil, errMalformed
	case r.Status != sessionCreated:
		return nil, invalid("importSessionId", "Data can only be uploaded to a session that is in CREATED status.")
	}
	field := "profiles"
	switch {
	case kind == "groups.delete":
		field = "externalIds"
	case strings.HasPrefix(kind, "memberships"):
		field = "memberships"
	}
	items := list(c.body[field])
	switch {
	case len(items) == 0:
		return nil, blank(field)
	case len(items) > maxBulk:
		return nil, invalid(field, field+": The number of items exceeds the limit.")
	case strings.HasPrefix(kind, "users") && text(c.body["entityType"]) != "USERS":
		return nil, invalid("entityType", "entityType: The field must be one of USERS.")
	}
	for _, x := range items {
		if text(x) == "" && text(object(x)["externalId"]) == "" && text(object(x)["groupExternalId"]) == "" {
			return nil, blank("externalId")
		}
	}
	r.Doc = with(r.Doc, obj{kind: append(slices.Clone(list(r.Doc[kind])), copied(items).([]any)...)})
	c.keep(identitySessionKind, r)
	return answer{status: http.StatusAccepted, body: []byte{}}, nil
}

// afterImport is the timer that ends an import.
const afterImport = "identity_import"

// startImportFromIdentitySource brings in what was uploaded. It is done a moment later.
func (o *Okta) startImportFromIdentitySource(c *call) (any, error) {
	r, err := c.identitySessionOf()
	switch {
	case err != nil:
		return nil, err
	case r.Status != sessionCreated:
		return nil, invalid("importSessionId", "Only a session that is in CREATED status can be started.")
	}
	r.Status, r.Updated = sessionTriggered, c.at()
	c.keep(identitySessionKind, r)
	c.At(c.Now.Add(importTakes), "okta", afterImport, r.ID)
	return c.identitySession(r), nil
}

// importTakes is how long an import takes.
const importTakes = 30 * time.Second

// endImport does what a session was started for: groups first, then people, then who is in what.
func (c *call) endImport(id string) error {
	r, ok := c.o.tables[identitySessionKind].records.Get(c.Tx, id)
	if !ok || r.Status != sessionTriggered {
		return nil
	}
	for _, x := range list(r.Doc["groups.upsert"]) {
		c.sourceGroup(r.Parent, text(object(x)["externalId"]), object(object(x)["profile"]))
	}
	for _, x := range list(r.Doc["users.upsert"]) {
		if _, err := c.sourceUser(r.Parent, text(object(x)["externalId"]), object(object(x)["profile"])); err != nil {
			c.loggedBecause("system.import.object_creation.aggregated_error_message", "FAILURE", err.Error(), target{r.Parent, "AppInstance", ""})
		}
	}
	members := func(kind string, each func(group, user Record)) {
		for _, x := range list(r.Doc[kind]) {
			group, ok := c.called(sourcedKind, r.Parent+"/groups", text(object(x)["groupExternalId"]))
			for _, m := range texts(object(x)["memberExternalIds"]) {
				if user, known := c.called(sourcedKind, r.Parent+"/users", m); ok && known {
					each(group, user)
				}
			}
		}
	}
	members("memberships.upsert", c.sourceJoin)
	members("memberships.delete", c.sourceLeave)
	for _, x := range list(r.Doc["users.delete"]) {
		if s, ok := c.called(sourcedKind, r.Parent+"/users", text(object(x)["externalId"])); ok {
			c.unsourceUser(s)
		}
	}
	for _, x := range list(r.Doc["groups.delete"]) {
		if s, ok := c.called(sourcedKind, r.Parent+"/groups", text(x)); ok {
			c.unsourceGroup(s)
		}
	}
	r.Status, r.Updated = sessionCompleted, c.at()
	c.keep(identitySessionKind, r)
	c.logged("system.import.complete", "SUCCESS", target{r.Parent, "AppInstance", ""})
	return nil
}

// sourceUser makes the person that a source speaks of, or changes them.
func (c *call) sourceUser(source, external string, profile obj) (Record, error) {
	s, ok := c.called(sourcedKind, source+"/users", external)
	p := obj{}
	for k, v := range profile {
		if k == "userName" {
			k = "login"
		}
		p[k] = v
	}
	if !ok {
		s = Record{ID: c.id("0ua"), Parent: source + "/users", Created: c.at(), Order: c.order()}
		u := User{ID: c.id("00u"), Status: statusStaged, Type: seedID("oty", "default"), Created: c.at(), Updated: c.at(), Changed: c.at(), Profile: obj{}}
		if err := c.profile(&u, p, true); err != nil {
			return s, err
		}
		c.o.users.Put(c.Tx, u)
		if everyone, ok := c.o.everyone(c); ok {
			c.join(everyone, u)
		}
		c.logged("user.lifecycle.create", "SUCCESS", u.target())
		s.Doc = obj{"user": u.ID}
	} else if u, there := c.o.users.Get(c.Tx, text(s.Doc["user"])); there {
		u.Profile, u.Updated = with(u.Profile, p), c.at()
		c.o.users.Put(c.Tx, u)
		c.logged("user.account.update_profile", "SUCCESS", u.target())
	}
	s.Updated = c.at()
	s.Doc = with(s.Doc, obj{"externalId": external, "profile": with(obj{"mobilePhone": nil, "secondEmail": nil}, profile)})
	return c.keep(sourcedKind, s), nil
}

func (c *call) unsourceUser(s Record) {
	if u, ok := c.o.users.Get(c.Tx, text(s.Doc["user"])); ok && u.Status != statusDeprovisioned {
		u.Status, u.Changed, u.Updated = statusDeprovisioned, c.at(), c.at()
		c.o.users.Put(c.Tx, u)
		c.logged("user.lifecycle.deactivate", "SUCCESS", u.target())
	}
	c.o.tables[sourcedKind].records.Delete(c.Tx, s.ID)
}

func (c *call) sourceGroup(source, external string, profile obj) Record {
	s, ok := c.called(sourcedKind, source+"/groups", external)
	name := obj{"name": profile["displayName"], "description": profile["description"]}
	if g, there := c.o.groups.Get(c.Tx, text(s.Doc["group"])); ok && there {
		g.Profile, g.Updated = with(g.Profile, name), c.at()
		c.o.groups.Put(c.Tx, g)
	} else {
		g := Group{ID: c.id("00g"), Type: "APP_GROUP", Source: source, Created: c.at(), Updated: c.at(), Joined: c.at(), Profile: name}
		c.o.groups.Put(c.Tx, g)
		c.logged("group.lifecycle.create", "SUCCESS", g.target())
		s = Record{ID: g.ID, Parent: source + "/groups", Created: c.at(), Order: c.order(), Doc: obj{"group": g.ID}}
	}
	s.Updated, s.Doc = c.at(), with(s.Doc, obj{"externalId": external, "profile": copied(profile)})
	return c.keep(sourcedKind, s)
}

func (c *call) unsourceGroup(s Record) {
	id := text(s.Doc["group"])
	for m := range c.o.members.All(c.Tx, id+"/") {
		c.o.members.Delete(c.Tx, m.Group+"/"+m.User)
	}
	if g, ok := c.o.groups.Get(c.Tx, id); ok {
		c.o.groups.Delete(c.Tx, id)
		c.logged("group.lifecycle.delete", "SUCCESS", g.target())
	}
	c.o.tables[sourcedKind].records.Delete(c.Tx, s.ID)
}

func (c *call) sourceJoin(group, user Record) {
	g, ok := c.o.groups.Get(c.Tx, text(group.Doc["group"]))
	u, known := c.o.users.Get(c.Tx, text(user.Doc["user"]))
	if ok && known {
		c.join(g, u)
	}
}

func (c *call) sourceLeave(group, user Record) {
	g, ok := c.o.groups.Get(c.Tx, text(group.Doc["group"]))
	u, known := c.o.users.Get(c.Tx, text(user.Doc["user"]))
	if ok && known {
		c.leave(g, u)
	}
}

// sourced is the person or group that the path names: by the source's id for it, or by Okta's.
func (c *call) sourced(kind, param string) (Record, error) {
	id := c.param(param)
	if s, ok := c.called(sourcedKind, c.source()+"/"+kind, id); ok {
		return s, nil
	}
	return c.fetch(sourcedKind, c.source()+"/"+kind, id)
}

func (c *call) sourcedUser(s Record) any {
	return obj{"id": s.ID, "externalId": s.Name, "created": stamp(s.Created), "lastUpdated": stamp(s.Updated), "profile": s.Doc["profile"]}
}

func (c *call) sourcedGroup(s Record) any {
	return obj{"id": s.ID, "externalId": s.Name, "profile": s.Doc["profile"]}
}

func (o *Okta) createIdentitySourceUser(c *call) (any, error) {
	external := text(c.body["externalId"])
	if external == "" {
		return nil, blank("externalId")
	}
	s, err := c.sourceUser(c.source(), external, object(c.body["profile"]))
	if err != nil {
		return nil, err
	}
	return created(c.sourcedUser(s)), nil
}

func (o *Okta) getIdentitySourceUser(c *call) (any, error) {
	s, err := c.sourced("users", "externalId")
	if err != nil {
		return nil, err
	}
	return c.sourcedUser(s), nil
}

func (o *Okta) replaceIdentitySourceUser(c *call) (any, error) {
	s, err := c.sourced("users", "externalId")
	if err != nil {
		return nil, err
	}
	if s, err = c.sourceUser(c.source(), s.Name, with(object(s.Doc["profile"]), object(c.body["profile"]))); err != nil {
		return nil, err
	}
	return c.sourcedUser(s), nil
}

func (o *Okta) deleteIdentitySourceUser(c *call) (any, error) {
	s, err := c.sourced("users", "externalId")
	if err != nil {
		return nil, err
	}
	c.unsourceUser(s)
	return nil, nil
}

func (o *Okta) createIdentitySourceGroup(c *call) (any, error) {
	external, profile := text(c.body["externalId"]), object(c.body["profile"])
	switch {
	case external == "":
		return nil, blank("externalId")
	case text(profile["displayName"]) == "":
		return nil, blank("profile.displayName")
	}
	return c.sourcedGroup(c.sourceGroup(c.source(), external, profile)), nil
}

func (o *Okta) getIdentitySourceGroup(c *call) (any, error) {
	s, err := c.sourced("groups", "groupId")
	if err != nil {
		return nil, err
	}
	return c.sourcedGroup(s), nil
}

func (o *Okta) replaceIdentitySourceGroup(c *call) (any, error) {
	s, err := c.sourced("groups", "groupId")
	if err != nil {
		return nil, err
	}
	return c.sourcedGroup(c.sourceGroup(c.source(), s.Name, with(object(s.Doc["profile"]), object(c.body["profile"])))), nil
}

// deleteIdentitySourceGroup takes a group away. It answers nothing, and with 200.
func (o *Okta) deleteIdentitySourceGroup(c *call) (any, error) {
	s, err := c.sourced("groups", "groupId")
	if err != nil {
		return nil, err
	}
	c.unsourceGroup(s)
	return answer{body: []byte{}}, nil
}

func (o *Okta) listIdentitySourceGroupMembers(c *call) (any, error) {
	s, err := c.sourced("groups", "groupId")
	if err != nil {
		return nil, err
	}
	ids := []any{}
	for u := range c.all(sourcedKind, c.source()+"/users") {
		if _, in := o.members.Get(c.Tx, text(s.Doc["group"])+"/"+text(u.Doc["user"])); in {
			ids = append(ids, u.Name)
		}
	}
	return obj{"memberExternalIds": ids}, nil
}

func (o *Okta) addIdentitySourceGroupMember(c *call) (any, error) {
	group, err := c.sourced("groups", "groupId")
	if err != nil {
		return nil, err
	}
	ids := append(some(text(c.body["memberExternalId"])), texts(c.body["memberExternalIds"])...)
	if len(ids) == 0 {
		return nil, blank("memberExternalId")
	}
	for _, id := range ids {
		user, ok := c.called(sourcedKind, c.source()+"/users", id)
		if !ok {
			return nil, notFound(id, sourcedKind.noun)
		}
		c.sourceJoin(group, user)
	}
	return nil, nil
}

func (o *Okta) removeIdentitySourceGroupMember(c *call) (any, error) {
	group, err := c.sourced("groups", "groupId")
	if err != nil {
		return nil, err
	}
	user, err := c.sourced("users", "externalId")
	if err != nil {
		return nil, err
	}
	c.sourceLeave(group, user)
	return nil, nil
}
