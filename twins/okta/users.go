package okta

import (
	"net/http"
	"regexp"
	"slices"
	"strings"

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
	o.on(twin.Partial, "createUser", o.createUser)
	o.on(twin.Partial, "listUsers", o.listUsers)
	o.on(twin.Partial, "getUser", o.getUser)
	o.on(twin.Partial, "updateUser", o.updateUser)
	o.on(twin.Partial, "replaceUser", o.replaceUser)
	o.on(twin.Partial, "deleteUser", o.deleteUser)
	o.on(twin.Full, "listUserGroups", o.listUserGroups)
	o.on(twin.Partial, "deactivateUser", o.deactivateUser)
}

// createUser makes a person. With a password they can sign in at once; without one they are sent a link.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/User/#tag/User/operation/createUser
func (o *Okta) createUser(c *call) (any, error) {
	u := User{ID: c.id("00u"), Type: seedID("oty", "default"), Created: c.at(), Updated: c.at(), Changed: c.at(), Profile: obj{}}
	if err := c.profile(&u, object(c.body["profile"]), true); err != nil {
		return nil, err
	}
	if err := c.credentials(&u, object(c.body["credentials"]), true); err != nil {
		return nil, err
	}
	u.Status = statusStaged
	if c.query.Get("activate") != "false" {
		u.Status, u.Activated = statusProvisioned, c.at()
		if u.Password != "" || u.Provider != nil {
			u.Status = statusActive
			if c.query.Get("nextlogin") == "changePassword" || c.query.Get("nextLogin") == "changePassword" {
				u.Status = statusExpired
			}
		}
	}
	o.users.Put(c.Tx, u)
	c.logged("user.lifecycle.create", "SUCCESS", u.target())
	if u.Activated != 0 {
		c.logged("user.lifecycle.activate", "SUCCESS", u.target())
	}
	if everyone, ok := o.everyone(c); ok {
		c.join(everyone, u)
	}
	for _, id := range texts(c.body["groupIds"]) {
		g, ok := o.groups.Get(c.Tx, id)
		if !ok {
			return nil, notFound(id, "UserGroup")
		}
		c.join(g, u)
	}
	return c.person(u), nil
}

// listUsers finds people. Without an expression those who are deactivated are left out.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/User/#tag/User/operation/listUsers
func (o *Okta) listUsers(c *call) (any, error) {
	return nil, errNotTwinned
}

// getUser returns a person by id, login, or the part of the login before the @; "me" is the caller.
func (o *Okta) getUser(c *call) (any, error) {
	u, err := c.user()
	if err != nil {
		return nil, err
	}
	return c.person(u), nil
}

// updateUser changes the members of a profile that are sent.
func (o *Okta) updateUser(c *call) (any, error) { return o.changeUser(c, false) }

// replaceUser changes a profile to what is sent.
func (o *Okta) replaceUser(c *call) (any, error) { return o.changeUser(c, true) }

func (o *Okta) changeUser(c *call, whole bool) (any, error) {
	u, err := c.user()
	if err != nil {
		return nil, err
	}
	if p := object(c.body["profile"]); p != nil {
		if err := c.profile(&u, p, whole); err != nil {
			return nil, err
		}
	}
	if err := c.credentials(&u, object(c.body["credentials"]), false); err != nil {
		return nil, err
	}
	u.Updated = c.at()
	o.users.Put(c.Tx, u)
	c.logged("user.account.update_profile", "SUCCESS", u.target())
	return c.person(u), nil
}

// deactivateUser takes a person out of service.
func (o *Okta) deactivateUser(c *call) (any, error) {
	u, err := c.user()
	if err != nil {
		return nil, err
	}
	if u.Status != statusDeprovisioned {
		c.deactivate(u)
	}
	return answer{status: http.StatusOK, body: obj{}}, nil
}

func (c *call) deactivate(u User) {
	u.Status, u.Changed, u.Updated = statusDeprovisioned, c.at(), c.at()
	u.Password, u.Question, u.Answer, u.PasswordChanged = "", "", "", 0
	c.o.users.Put(c.Tx, u)
	c.logged("user.lifecycle.deactivate", "SUCCESS", u.target())
}

// deleteUser deactivates a person, and deletes one who is deactivated already.
func (o *Okta) deleteUser(c *call) (any, error) {
	u, err := c.user()
	if err != nil {
		return nil, err
	}
	if u.Status != statusDeprovisioned {
		c.deactivate(u)
		return nil, nil
	}
	for m := range o.membersOf.All(c.Tx, u.ID) {
		o.members.Delete(c.Tx, m.Group+"/"+m.User)
	}
	c.logged("user.lifecycle.delete.initiated", "SUCCESS", u.target())
	c.logged("user.lifecycle.delete.completed", "SUCCESS", u.target())
	o.users.Delete(c.Tx, u.ID)
	return nil, nil
}

// listUserGroups returns the groups that a person is in.
func (o *Okta) listUserGroups(c *call) (any, error) {
	u, err := c.user()
	if err != nil {
		return nil, err
	}
	return paged(c, c.groupsOf(u), func(g Group) string { return g.ID }, 200, 200, func(g Group) any { return c.group(g) })
}

// user is the person that the path names.
func (c *call) user() (User, error) {
	name := c.param("userId")
	if name == "" {
		name = c.param("id")
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
	return c.o.usersByLogin.Get(c.Tx, strings.ToLower(name))
}

// profile checks a profile against the schema, and takes it over: the whole of it, or what is there.
func (c *call) profile(u *User, p obj, whole bool) error {
	next := obj{}
	if !whole {
		next = clone(u.Profile)
	}
	for k, v := range p {
		next[k] = v
	}
	var causes []string
	for _, k := range []string{"login", "firstName", "lastName", "email"} {
		if text(next[k]) == "" {
			causes = append(causes, k+": The field cannot be left blank")
		}
	}
	if causes != nil {
		return invalid(causes[0][:strings.IndexByte(causes[0], ':')], causes...)
	}
	if e := text(next["email"]); !emailShape.MatchString(e) {
		return invalid("email", "email: Does not match required pattern")
	}
	if l := text(next["login"]); !emailShape.MatchString(l) {
		return invalid("login", "login: Username must be in the form of an email address")
	}
	if other, taken := c.o.usersByLogin.Get(c.Tx, strings.ToLower(text(next["login"]))); taken && other.ID != u.ID {
		return invalid("login", "login: An object with this field already exists in the current organization")
	}
	for _, k := range []string{"mobilePhone", "secondEmail"} { // these are always there
		if _, ok := next[k]; !ok {
			next[k] = nil
		}
	}
	for k, v := range next {
		if v == nil && k != "mobilePhone" && k != "secondEmail" {
			delete(next, k)
		}
	}
	u.Profile = next
	return nil
}

var emailShape = regexp.MustCompile(`^[^@\s]+@[^@\s]+\.[^@\s]+$`)

// credentials takes over a password, a recovery question and who keeps the password.
func (c *call) credentials(u *User, cr obj, fresh bool) error {
	if p := object(cr["password"]); p != nil {
		if v := text(p["value"]); v != "" {
			u.Password, u.PasswordChanged = hashed(v), c.at()
		} else if h := object(p["hash"]); h != nil {
			u.Password, u.PasswordChanged = imported(h), c.at()
		}
	}
	if q := object(cr["recovery_question"]); q != nil {
		u.Question = text(q["question"])
		if a := text(q["answer"]); a != "" {
			u.Answer = hashed(strings.ToLower(a))
		}
	}
	if p := object(cr["provider"]); p != nil && fresh && text(p["type"]) != "OKTA" {
		u.Provider = clone(p)
	}
	return nil
}

// person is somebody as the caller sees them, with what can be done to them.
func (c *call) person(u User) any {
	v := c.personInList(u).(obj)
	at := c.link("/api/v1/users/" + u.ID)
	do := func(path string) obj { return obj{"href": at + path, "method": "POST"} }
	links := obj{"self": href(at), "schema": href(c.link("/api/v1/meta/schemas/user/" + "osc" + u.Type[3:])), "type": href(c.link("/api/v1/meta/types/user/" + u.Type)), "resetFactors": do("/lifecycle/reset_factors")}
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
	default:
		add("suspend", "resetPassword", "forgotPassword", "expirePassword", "changeRecoveryQuestion", "changePassword", "deactivate")
	}
	v["_links"] = links
	return v
}

// personInList is somebody as they stand in a list.
func (c *call) personInList(u User) any {
	cr := obj{"provider": obj{"type": "OKTA", "name": "OKTA"}}
	if u.Provider != nil {
		cr["provider"] = u.Provider
	}
	if u.Password != "" {
		cr["password"] = obj{}
	}
	if u.Question != "" {
		cr["recovery_question"] = obj{"question": u.Question}
	}
	if u.Status != statusProvisioned && u.Status != statusDeprovisioned {
		emails := []any{obj{"value": u.Profile["email"], "status": "VERIFIED", "type": "PRIMARY"}}
		if e := text(u.Profile["secondEmail"]); e != "" {
			emails = append(emails, obj{"value": e, "status": "VERIFIED", "type": "SECONDARY"})
		}
		cr["emails"] = emails
	}
	v := obj{"id": u.ID, "status": u.Status, "created": stamp(u.Created), "activated": stamp(u.Activated), "statusChanged": stamp(u.Changed), "lastLogin": stamp(u.LastLogin),
		"lastUpdated": stamp(u.Updated), "passwordChanged": stamp(u.PasswordChanged), "type": obj{"id": u.Type}, "profile": u.Profile, "credentials": cr, "_links": obj{"self": href(c.link("/api/v1/users/" + u.ID))}}
	if u.Realm != "" {
		v["realmId"] = u.Realm
	}
	if u.Transitioning != "" {
		v["transitioningToStatus"] = u.Transitioning
	}
	return v
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
