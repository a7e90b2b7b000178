package okta

import (
	"slices"
	"strconv"
	"strings"

	"twinset.dev/kit/store"
	"twinset.dev/kit/twin"
)

// The statuses of a person.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/User/
const (
	statusStaged        = "STAGED"
	statusProvisioned   = "PROVISIONED"
	statusActive        = "ACTIVE"
	statusRecovery      = "RECOVERY"
	statusExpired       = "PASSWORD_EXPIRED"
	statusLocked        = "LOCKED_OUT"
	statusSuspended     = "SUSPENDED"
	statusDeprovisioned = "DEPROVISIONED"
)

// usersOperations are people: who they are and what becomes of them.
func (o *Okta) usersOperations() {
	o.on(twin.Full, "createUser", o.createUser)
	o.on(twin.Full, "listUsers", o.listUsers)
	o.on(twin.Full, "getUser", o.getUser)
	o.on(twin.Full, "updateUser", o.updateUser)
	o.on(twin.Full, "replaceUser", o.replaceUser)
	o.on(twin.Full, "deleteUser", o.deleteUser)
	o.on(twin.Full, "listUserGroups", o.listUserGroups)
	o.on(twin.Full, "listUserBlocks", o.listUserBlocks)
	o.on(twin.Full, "listAppLinks", o.listAppLinks)
	o.on(twin.Full, "listUserIdentityProviders", o.listUserIdentityProviders)
}

// createUser makes a person. With a password they can sign in at once; without one they are sent a link.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/User/#tag/User/operation/createUser
func (o *Okta) createUser(c *call) (any, error) {
	if c.body == nil {
		return nil, errMalformed
	}
	u := c.newUser()
	var ok bool
	if u.Type, ok = c.typeOf(text(dig(c.body, "type", "id"))); !ok {
		return nil, notFound(text(dig(c.body, "type", "id")), "CVDType")
	}
	if id := text(c.body["realmId"]); id != "" {
		if _, err := c.fetch(realmKind, "", id); err != nil {
			return nil, err
		}
		u.Realm = id
	}
	if err := c.profile(&u, object(c.body["profile"]), true); err != nil {
		return nil, err
	}
	if err := c.setCredentials(&u, object(c.body["credentials"])); err != nil {
		return nil, err
	}
	activate := c.query.Get("activate") != "false"
	if c.query.Get("nextLogin")+c.query.Get("nextlogin") == "changePassword" {
		switch {
		case u.Password == "":
			return nil, errExpireNoPassword
		case !activate:
			return nil, errExpireNotActive
		}
		u.Temporary = true
	}
	if u.Password != "" || activate {
		u.Changed = c.at()
	}
	groups := []Group{}
	for _, id := range texts(c.body["groupIds"]) {
		g, ok := o.groups.Get(c.Tx, id)
		switch {
		case !ok:
			return nil, notFound(id, "UserGroup")
		case g.Type != "OKTA_GROUP":
			return nil, errUnsupported
		}
		groups = append(groups, g)
	}
	if !c.mayCreate(groups) {
		return nil, errForbidden
	}
	if activate {
		u.activate(c)
	}
	c.arrive(&u, groups)
	if u.Status == statusProvisioned {
		c.activation(u, true)
	}
	return c.person(u), nil
}

// newUser is somebody who is not yet kept.
func (c *call) newUser() User {
	return User{ID: c.id("00u"), Order: c.order(), Type: defaultType, Status: statusStaged, Created: c.at(), Updated: c.at(), Realm: c.defaultRealm(), Profile: obj{}}
}

// arrive keeps somebody who is new, and puts them into groups.
func (c *call) arrive(u *User, groups []Group) {
	c.assignRealm(u)
	c.o.users.Put(c.Tx, *u)
	c.logged("user.lifecycle.create", "SUCCESS", u.target())
	if u.Activated != 0 {
		c.logged("user.lifecycle.activate", "SUCCESS", u.target())
	}
	if everyone, ok := c.o.everyone(c); ok {
		groups = append(groups, everyone)
	}
	for _, g := range groups {
		c.join(g, *u)
	}
	c.applyRules(*u)
}

// activate puts somebody into the status that they have once they may sign in.
func (u *User) activate(c *call) {
	u.Activated, u.Changed, u.Updated = c.at(), c.at(), c.at()
	switch {
	case u.Temporary:
		u.Status = statusExpired
	case u.Password != "" || u.Provider != nil:
		u.Status = statusActive
	default:
		u.Status = statusProvisioned
	}
}

// getUser returns a person by id, login, or the part of the login before the @; "me" is the caller.
func (o *Okta) getUser(c *call) (any, error) {
	u, err := c.user()
	if err != nil {
		return nil, err
	}
	v := c.person(u).(obj)
	embedded := obj{}
	for _, e := range strings.Split(c.query.Get("expand"), ",") {
		switch e {
		case "blocks":
			embedded["blocks"] = blocks(u)
		case "classification":
			embedded["classification"] = classification(u)
		}
	}
	if len(embedded) > 0 {
		v["_embedded"] = embedded
	}
	return v, nil
}

// listUserBlocks returns what keeps somebody out.
func (o *Okta) listUserBlocks(c *call) (any, error) {
	u, err := c.user()
	if err != nil {
		return nil, err
	}
	return blocks(u), nil
}

func blocks(u User) []any {
	if !u.Blocked {
		return []any{}
	}
	return []any{obj{"type": "DEVICE_BASED", "appliesTo": "UNKNOWN_DEVICES"}}
}

// updateUser changes the members of a profile that are sent.
func (o *Okta) updateUser(c *call) (any, error) { return o.changeUser(c, false) }

// replaceUser changes a profile to what is sent.
func (o *Okta) replaceUser(c *call) (any, error) { return o.changeUser(c, true) }

func (o *Okta) changeUser(c *call, whole bool) (any, error) {
	u, err := c.user()
	switch {
	case err != nil:
		return nil, err
	case c.body == nil:
		return nil, errMalformed
	case u.Status == statusDeprovisioned:
		return nil, errStatus
	}
	if id := text(dig(c.body, "type", "id")); id != "" {
		if u.Type, whole = id, true; !o.tables[userTypeKind].records.Has(c.Tx, id) {
			return nil, notFound(id, "CVDType")
		}
	}
	if id := text(c.body["realmId"]); id != "" {
		if _, err := c.fetch(realmKind, "", id); err != nil {
			return nil, err
		}
		u.Realm = id
	}
	if c.body["credentials"] != nil && !c.may("okta.users.credentials.manage", u) {
		return nil, errForbidden
	}
	for name := range object(c.body["profile"]) {
		if !c.mayAttribute("okta.users.userprofile.manage", u, name) {
			return nil, errForbidden
		}
	}
	if p := object(c.body["profile"]); p != nil || whole && c.body["profile"] != nil {
		if err := c.profile(&u, p, whole); err != nil {
			return nil, err
		}
	}
	if c.query.Get("strict") == "true" {
		if p := text(dig(c.body, "credentials", "password", "value")); p != "" && c.usedBefore(u, p) {
			return nil, errCredentials.because("Password has been used too recently")
		}
	}
	if err := c.setCredentials(&u, object(c.body["credentials"])); err != nil {
		return nil, err
	}
	u.Updated = c.at()
	o.users.Put(c.Tx, u)
	c.logged("user.account.update_profile", "SUCCESS", u.target())
	c.applyRules(u)
	return c.person(u), nil
}

// deleteUser deactivates a person, and deletes one who is deactivated already.
func (o *Okta) deleteUser(c *call) (any, error) {
	u, err := c.user()
	if err != nil {
		return nil, err
	}
	if u.Status != statusDeprovisioned {
		c.deactivateWhenAsked(u)
		return nil, nil
	}
	c.logged("user.lifecycle.delete.initiated", "SUCCESS", u.target())
	if c.respondsAsync() {
		c.At(c.Now.Add(backgroundTakes), "okta", afterDeletion, u.ID)
		return nil, nil
	}
	c.erase(u)
	return nil, nil
}

// erase deletes somebody for good.
func (c *call) erase(u User) {
	c.forget(u)
	c.logged("user.lifecycle.delete.completed", "SUCCESS", u.target())
	c.o.users.Delete(c.Tx, u.ID)
}

// forget deletes what there is of somebody elsewhere.
func (c *call) forget(u User) {
	c.signOut(u)
	for m := range c.o.membersOf.All(c.Tx, u.ID) {
		c.o.members.Delete(c.Tx, m.Group+"/"+m.User)
	}
	for w := range c.o.owners.All(c.Tx, "") {
		if w.ID == u.ID {
			c.o.owners.Delete(c.Tx, w.Group+"/"+w.ID)
		}
	}
	for f := range c.o.factors.All(c.Tx, u.ID+"/") {
		c.o.factors.Delete(c.Tx, f.User+"/"+f.ID)
	}
	for a := range c.o.assignments.All(c.Tx, u.ID+"/") {
		c.o.assignments.Delete(c.Tx, a.Assignee+"/"+a.ID)
	}
	for g := range c.o.grantsOf.All(c.Tx, u.ID) {
		c.o.grants.Delete(c.Tx, g.ID)
	}
	for d := range c.o.devicesOf.All(c.Tx, u.ID) {
		c.o.deviceUsers.Delete(c.Tx, d.Device+"/"+d.User)
	}
	c.takeApps(u)
	for l := range c.o.linked.All(c.Tx, "") {
		if l.User == u.ID {
			c.o.linked.Delete(c.Tx, l.IDP+"/"+l.User)
		}
	}
	for l := range c.o.links.All(c.Tx, "") {
		if l.Primary == u.ID || l.Associated == u.ID {
			c.o.links.Delete(c.Tx, l.Name+"/"+l.Associated)
		}
	}
	for m := range c.o.messages.All(c.Tx, u.ID+"/") {
		c.o.messages.Delete(c.Tx, m.User+"/"+m.ID)
	}
	for t := range c.o.tokens.All(c.Tx, "") {
		if t.User == u.ID {
			c.o.tokens.Delete(c.Tx, t.ID)
		}
	}
}

// takeApps takes from somebody the apps that they have by themselves.
func (c *call) takeApps(u User) {
	for a := range c.o.appUsersOf.All(c.Tx, u.ID) {
		c.o.appUsers.Delete(c.Tx, a.App+"/"+a.User)
	}
}

// listUserGroups returns the groups that a person is in.
func (o *Okta) listUserGroups(c *call) (any, error) {
	u, err := c.user()
	if err != nil {
		return nil, err
	}
	groups := slices.DeleteFunc(slices.Collect(c.groupsOf(u)), func(g Group) bool { return !c.may("okta.groups.read", g) })
	return paged(c, slices.Values(groups), func(g Group) string { return g.ID }, 200, 200, func(g Group) any { return c.group(g) })
}

// listAppLinks returns the pages of the apps that somebody has, as their dashboard shows them.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/UserResources/
func (o *Okta) listAppLinks(c *call) (any, error) {
	u, err := c.user()
	if err != nil {
		return nil, err
	}
	views := []any{}
	for a := range c.appsIn(u.ID) {
		v := c.app(a)
		if a.Status != "ACTIVE" || truth(dig(v, "visibility", "hide", "web")) {
			continue
		}
		for i, page := range list(dig(v, "_links", "appLinks")) {
			views = append(views, obj{"id": a.ID + "." + strconv.Itoa(i), "label": a.Label, "linkUrl": object(page)["href"], "logoUrl": list(dig(v, "_links", "logo"))[0].(obj)["href"], "appName": a.Name, "appInstanceId": a.ID,
				"appAssignmentId": seedID("0ua", a.ID+u.ID), "credentialsSetup": false, "hidden": false, "sortOrder": len(views)})
		}
	}
	return views, nil
}

// listUserIdentityProviders returns those that know somebody.
func (o *Okta) listUserIdentityProviders(c *call) (any, error) {
	u, err := c.user()
	if err != nil {
		return nil, err
	}
	views := []any{}
	for l := range o.linked.All(c.Tx, "") {
		if r, err := c.fetch(idpKind, "", l.IDP); err == nil && l.User == u.ID {
			views = append(views, c.shown(idpKind, r))
		}
	}
	return views, nil
}

// user is the person that the path names.
func (c *call) user() (User, error) {
	name := ""
	for _, p := range []string{"userId", "id", "userIdOrLogin"} {
		if name == "" {
			name = c.param(p)
		}
	}
	u, ok := c.userCalled(name)
	if !ok {
		return u, notFound(name, "User")
	}
	return u, nil
}

// userCalled finds a person by id, login, or the part of the login before the @ when only one has it.
func (c *call) userCalled(name string) (User, bool) {
	if name == "me" && c.who.user.ID != "" {
		return c.o.users.Get(c.Tx, c.who.user.ID)
	}
	if u, ok := c.o.users.Get(c.Tx, name); ok {
		return u, true
	}
	if u, ok := c.o.usersByLogin.Get(c.Tx, strings.ToLower(name)); ok {
		return u, true
	}
	var found []User
	if name != "" && !strings.Contains(name, "@") {
		for u := range c.o.usersByLogin.Range(c.Tx, store.Range{Prefix: strings.ToLower(name) + "@"}) {
			found = append(found, u)
		}
	}
	if len(found) != 1 {
		return User{}, false
	}
	return found[0], true
}

// profile checks a profile against the schema, and takes it over: the whole of it, or what is there.
func (c *call) profile(u *User, p obj, whole bool) error {
	next := obj{}
	if !whole {
		next = clone(u.Profile)
	}
	for k, v := range p {
		next[k] = copied(v)
	}
	s := c.schema(u.Type)
	causes, unknown := s.check(next)
	if l := text(next["login"]); s.property("login")["pattern"] == nil && !emailShape.MatchString(l) {
		causes = append(causes, "login: Username must be in the form of an email address")
	}
	if other, taken := c.o.usersByLogin.Get(c.Tx, strings.ToLower(text(next["login"]))); taken && other.ID != u.ID {
		causes = append(causes, "login: An object with this field already exists in the current organization")
	}
	causes = append(causes, c.notUnique(s, *u, next)...)
	switch {
	case causes != nil:
		return invalid(causes[0][:strings.IndexByte(causes[0], ':')], causes...)
	case unknown:
		return errMalformed
	}
	for k, v := range next {
		if v == nil {
			delete(next, k)
		}
	}
	for _, k := range []string{"mobilePhone", "secondEmail"} { // these are always there
		if _, ok := next[k]; !ok {
			next[k] = nil
		}
	}
	u.Profile = next
	return nil
}

// notUnique says which properties have a value that must be somebody's alone, and is another's.
func (c *call) notUnique(s Schema, u User, next obj) (causes []string) {
	for _, name := range sorted(s.Custom) {
		v := next[name]
		if v == nil || text(object(s.Custom[name])["unique"]) != "UNIQUE_VALIDATED" || equal(v, u.Profile[name]) {
			continue
		}
		for other := range c.o.users.All(c.Tx, "") {
			unique := other.Type == s.Of || text(c.schema(other.Type).property(name)["unique"]) == "UNIQUE_VALIDATED"
			if other.ID != u.ID && unique && equal(other.Profile[name], v) {
				causes = append(causes, name+": An object with this field already exists in the current organization")
				break
			}
		}
	}
	return causes
}

// person is somebody as the caller sees them, with what can be done to them.
func (c *call) person(u User) any {
	v := c.personInList(u).(obj)
	at := c.link("/api/v1/users/" + u.ID)
	do := func(path string) obj { return obj{"href": at + path, "method": "POST"} }
	links := obj{"self": href(at), "schema": href(c.link("/api/v1/meta/schemas/user/" + schemaID(u.Type))), "type": href(c.link("/api/v1/meta/types/user/" + u.Type)), "resetFactors": do("/lifecycle/reset_factors")}
	add := func(names ...string) {
		for _, n := range names {
			links[n] = do(map[string]string{"suspend": "/lifecycle/suspend", "unsuspend": "/lifecycle/unsuspend", "resetPassword": "/lifecycle/reset_password", "forgotPassword": "/credentials/forgot_password",
				"expirePassword": "/lifecycle/expire_password", "changeRecoveryQuestion": "/credentials/change_recovery_question", "changePassword": "/credentials/change_password", "deactivate": "/lifecycle/deactivate",
				"activate": "/lifecycle/activate", "reactivate": "/lifecycle/reactivate", "unlock": "/lifecycle/unlock"}[n])
		}
	}
	switch u.Status {
	case statusStaged:
		add("activate")
	case statusProvisioned:
		add("suspend", "resetPassword", "reactivate", "deactivate")
	case statusDeprovisioned:
		add("activate")
		links["delete"] = obj{"href": at, "method": "DELETE"}
	case statusSuspended:
		add("unsuspend", "deactivate")
	case statusLocked:
		add("unlock", "resetPassword", "expirePassword", "deactivate")
	case statusRecovery:
		add("suspend", "resetPassword", "reactivate", "deactivate")
	default:
		add("suspend", "resetPassword", "forgotPassword", "expirePassword", "changeRecoveryQuestion", "changePassword", "deactivate")
	}
	v["_links"] = links
	return v
}

// personInList is somebody as they stand in a list.
func (c *call) personInList(u User) any {
	cr := u.credentials()
	if u.Status != statusProvisioned && u.Status != statusDeprovisioned {
		emails := []any{obj{"value": u.Profile["email"], "status": "VERIFIED", "type": "PRIMARY"}}
		if e := text(u.Profile["secondEmail"]); e != "" {
			emails = append(emails, obj{"value": e, "status": "VERIFIED", "type": "SECONDARY"})
		}
		cr["emails"] = emails
	}
	v := obj{"id": u.ID, "status": u.Status, "created": stamp(u.Created), "activated": stamp(u.Activated), "statusChanged": stamp(u.Changed), "lastLogin": stamp(u.LastLogin), "lastUpdated": stamp(u.Updated),
		"passwordChanged": stamp(u.PasswordChanged), "type": obj{"id": u.Type}, "realmId": u.Realm, "profile": c.seen(u), "credentials": cr, "_links": obj{"self": href(c.link("/api/v1/users/" + u.ID))}}
	if u.Transitioning != "" {
		v["transitioningToStatus"] = u.Transitioning
	}
	return v
}

// credentials are what somebody signs in with, as far as it is shown.
func (u *User) credentials() obj {
	cr := obj{"provider": u.provider()}
	if u.Password != "" {
		cr["password"] = obj{}
	}
	if u.Question != "" {
		cr["recovery_question"] = obj{"question": u.Question}
	}
	return cr
}

// provider is who keeps somebody's password.
func (u *User) provider() obj {
	switch {
	case u.Provider != nil:
		return u.Provider
	case strings.HasPrefix(u.Password, importedMark):
		return obj{"type": "IMPORT", "name": "IMPORT"}
	}
	return obj{"type": "OKTA", "name": "OKTA"}
}

func (u *User) display() string {
	if d := text(u.Profile["displayName"]); d != "" {
		return d
	}
	return strings.TrimSpace(text(u.Profile["firstName"]) + " " + text(u.Profile["lastName"]))
}

// inOrder sorts what is listed the oldest first, and by id among those of one second.
func inOrder[T any](list []T, created func(T) int64, id func(T) string) []T {
	slices.SortFunc(list, func(a, b T) int {
		if d := created(a) - created(b); d != 0 {
			return int(d)
		}
		return strings.Compare(id(a), id(b))
	})
	return list
}
