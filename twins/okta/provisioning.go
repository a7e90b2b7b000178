package okta

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"twinset.dev/kit/outbox"
	"twinset.dev/kit/twin"
)

// People and groups are brought to an app by SCIM: what the app should know is held against what it was told last, and the
// request that comes next is sent, until there is no difference. Requests go out after the transaction that made them
// necessary; what the app answers is settled in another one.
//
// https://developer.okta.com/docs/api/openapi/okta-scim/guides/scim-20/

// toSCIM is the kind of deliveries to apps.
const toSCIM = "scim"

// How long an app may take to answer, and when it is asked again if it could not.
const scimPatience = 10 * time.Second

var scimWaits = []time.Duration{5 * time.Second, 30 * time.Second}

// The schemas of SCIM 2.0.
const (
	scimUser       = "urn:ietf:params:scim:schemas:core:2.0:User"
	scimGroup      = "urn:ietf:params:scim:schemas:core:2.0:Group"
	scimEnterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
	scimPatch      = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
)

// provisions reports whether people are brought to the app.
func (a App) provisions() bool {
	return a.Connection["status"] == "ENABLED" && text(a.Connection["baseUrl"]) != ""
}

// does reports whether a part of provisioning people is on.
func (a App) does(part ...string) bool {
	v := fill(clone(with(obj{}, object(a.Features[userProvisioning]))), appFeatures[userProvisioning])
	return dig(v, append(part, "status")...) == "ENABLED"
}

// features are what an app shows that it can do.
func (a App) features() []any {
	if !a.provisions() {
		return []any{}
	}
	names := []any{"SCIM_PROVISIONING", "GROUP_PUSH", "IMPORT_NEW_USERS", "IMPORT_PROFILE_UPDATES"}
	for _, f := range []struct {
		name string
		part []string
	}{
		{"PUSH_NEW_USERS", []string{"create", "lifecycleCreate"}}, {"PUSH_PROFILE_UPDATES", []string{"update", "profile"}}, {"PUSH_PASSWORD_UPDATES", []string{"update", "password"}},
		{"PUSH_USER_DEACTIVATION", []string{"update", "lifecycleDeactivate"}}, {"REACTIVATE_USERS", []string{"update", "lifecycleDeactivate"}},
	} {
		if a.does(f.part...) {
			names = append(names, f.name)
		}
	}
	return setOfTexts(names)
}

// Touched is what a transaction has changed that apps may have to be told of.
type touched struct {
	people, groups map[string]bool
	moved          map[string]bool // people whose accounts may have come or gone
	given          map[string]bool // groups to which an app was given, or from which it was taken
}

// touch notes what an event of the log was done to.
func (c *call) touch(event string, targets []target) {
	if c.touched.people == nil {
		c.touched = touched{map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}}
	}
	for _, t := range targets {
		switch t.Type {
		case "User":
			c.touched.people[t.ID] = true
			if moves(event) {
				c.touched.moved[t.ID] = true
			}
		case "UserGroup":
			c.touched.groups[t.ID] = true
			if strings.HasPrefix(event, "group.application_assignment.") {
				c.touched.given[t.ID] = true
			}
		}
	}
}

// provision brings what a transaction has changed to the apps. It is the transaction's last word.
func (c *call) provision() {
	if c.touched.people == nil {
		return
	}
	people := maps.Clone(c.touched.people)
	for g := range c.touched.given {
		for m := range c.o.members.All(c.Tx, g+"/") {
			people[m.User], c.touched.moved[m.User] = true, true
		}
	}
	c.tellOthers(people)
	for a := range c.o.appsProvisioned.All(c.Tx, "yes") {
		for _, id := range slices.Sorted(maps.Keys(people)) {
			c.syncUser(a, id)
		}
		for _, id := range slices.Sorted(maps.Keys(c.touched.groups)) {
			c.syncGroup(a, id)
		}
	}
}

// syncUser sends an app the next request about somebody, if one is needed and none is under way.
func (c *call) syncUser(a App, id string) {
	p, known := c.o.provisioned.Get(c.Tx, a.ID+"/"+id)
	u, there := c.o.users.Get(c.Tx, id)
	au, has := c.appUserOf(a, id)
	active := there && has && a.Status == "ACTIVE" && !slices.Contains([]string{statusStaged, statusSuspended, statusDeprovisioned}, u.Status)
	if !known && !active || p.Busy {
		return
	}
	p.App, p.ID = a.ID, id
	want := `{"active":false}`
	if active {
		want = string(encoded(c.scimUser(a, u, au)))
	}
	if p.Failed != "" && p.Wanted == want {
		return // it would fail again
	}
	p.Wanted, p.Failed, p.Busy = want, "", true
	at := "/Users/" + url.PathEscape(p.External)
	switch {
	case p.External == "" && active && a.does("create", "lifecycleCreate"):
		q := url.Values{"filter": {`userName eq "` + text(au.Credentials["userName"]) + `"`}, "startIndex": {"1"}, "count": {"100"}}
		c.send(a, p, "user.find", http.MethodGet, "/Users?"+strings.ReplaceAll(q.Encode(), "+", "%20"), nil)
	case p.External == "":
	case !active && p.Active && a.does("update", "lifecycleDeactivate"):
		c.send(a, p, "user.deactivate", http.MethodPatch, at, patched(obj{"op": "replace", "value": obj{"active": false}}))
	case active && !p.Active:
		c.send(a, p, "user.reactivate", http.MethodPatch, at, patched(obj{"op": "replace", "value": obj{"active": true}}))
	case active && p.Told != want && (p.Told == "" || a.does("update", "profile")):
		c.send(a, p, "user.get", http.MethodGet, at, nil)
	}
}

// syncGroup sends an app the next request about a group that is pushed to it.
func (c *call) syncGroup(a App, id string) {
	p, known := c.o.provisioned.Get(c.Tx, a.ID+"/"+id)
	push, mapped := c.called(pushKind, a.ID, id)
	if p.Busy || mapped && push.Status != "ACTIVE" || !mapped && !(known && p.Doomed) {
		return
	}
	g, _ := c.o.groups.Get(c.Tx, text(push.Doc["targetGroupId"]))
	p.App, p.ID = a.ID, id
	members := map[string]string{} // names, by the app's ids
	for m := range c.o.members.All(c.Tx, id+"/") {
		if u, ok := c.o.provisioned.Get(c.Tx, a.ID+"/"+m.User); ok && u.External != "" && u.Active {
			v := obj{}
			json.Unmarshal([]byte(u.Wanted), &v)
			members[u.External] = text(v["userName"])
		}
	}
	want := string(encoded(obj{"displayName": g.name(), "members": members}))
	if p.Failed != "" && p.Wanted == want {
		return
	}
	p.Wanted, p.Failed, p.Busy = want, "", true
	at := "/Groups/" + url.PathEscape(p.External)
	switch {
	case p.Doomed && p.External != "":
		c.send(a, p, "group.delete", http.MethodDelete, at, nil)
	case p.Doomed:
	case p.External == "":
		c.send(a, p, "group.create", http.MethodPost, "/Groups", obj{"schemas": []any{scimGroup}, "displayName": g.name(), "members": []any{}})
	case p.Told != want:
		told := struct{ Members map[string]string }{}
		json.Unmarshal([]byte(p.Told), &told)
		ops := []obj{{"op": "replace", "value": obj{"id": p.External, "displayName": g.name()}}}
		for _, m := range slices.Sorted(maps.Keys(told.Members)) {
			if _, stays := members[m]; !stays {
				ops = append(ops, obj{"op": "remove", "path": `members[value eq "` + m + `"]`})
			}
		}
		add := []any{}
		for _, m := range slices.Sorted(maps.Keys(members)) {
			if _, was := told.Members[m]; !was {
				add = append(add, obj{"value": m, "display": members[m]})
			}
		}
		if len(add) > 0 {
			ops = append(ops, obj{"op": "add", "path": "members", "value": add})
		}
		c.send(a, p, "group.update", http.MethodPatch, at, patched(ops...))
	}
}

func patched(ops ...obj) obj { return obj{"schemas": []any{scimPatch}, "Operations": ops} }

// send writes a request to an app into the outbox.
func (c *call) send(a App, p Provisioned, step, method, path string, body obj) {
	d := outbox.Delivery{Twin: "okta", Kind: toSCIM, Topic: step, Subject: p.key(), Method: method, URL: strings.TrimRight(text(a.Connection["baseUrl"]), "/") + path}
	if body != nil {
		d.Body = string(encoded(body))
	}
	c.o.provisioned.Put(c.Tx, p)
	c.Deliver(d)
}

// scimAnswer is what of an app's answer matters.
type scimAnswer struct {
	ID           string
	Active       *bool
	Resources    []obj
	TotalResults int
	Detail       string
}

// settled takes what became of a delivery. Those to apps are followed by the next request.
func (o *Okta) settled(tc *twin.Call, d outbox.Delivery) error {
	if d.Kind != toSCIM {
		return nil
	}
	c := &call{Call: tc, o: o, base: o.URL(tc), query: url.Values{}}
	app, id, _ := strings.Cut(d.Subject, "/")
	a, ok := o.apps.Get(c.Tx, app)
	if !ok {
		return nil // it was deleted since
	}
	last := d.Attempts[len(d.Attempts)-1]
	var said scimAnswer
	json.Unmarshal([]byte(last.Body), &said)
	if strings.HasPrefix(d.Topic, "import.") || d.Topic == "test" {
		c.imported(a, d, last, said)
		return nil
	}
	p, ok := o.provisioned.Get(c.Tx, d.Subject)
	if !ok {
		return nil
	}
	missing := last.Status == http.StatusNotFound && (d.Topic == "user.find" || d.Topic == "group.delete")
	p.Busy, p.Synced = false, c.at()
	switch {
	case !last.OK() && !missing:
		p.Failed = cmp.Or(said.Detail, last.Error, fmt.Sprintf("HTTP %d", last.Status))
	case d.Topic == "user.find" && len(said.Resources) > 0:
		found := said.Resources[0]
		p.External, p.Active, p.Told = text(found["id"]), found["active"] != false, ""
	case d.Topic == "user.find":
		p.Busy = true
		c.send(a, p, "user.create", http.MethodPost, "/Users", c.newSCIMUser(a, p))
		return nil
	case d.Topic == "user.get":
		p.Busy = true
		c.send(a, p, "user.update", http.MethodPut, "/Users/"+url.PathEscape(p.External), c.changedSCIMUser(a, p, last.Body))
		return nil
	case strings.HasSuffix(d.Topic, ".create") && said.ID == "":
		p.Failed = map[bool]string{true: "Create new user returned empty user.", false: "Create new group returned empty group."}[d.Topic == "user.create"]
	case d.Topic == "user.create":
		p.External, p.Active, p.Told = said.ID, true, p.Wanted
	case d.Topic == "group.create":
		p.External, p.Told = said.ID, `{}`
	case d.Topic == "user.update", d.Topic == "group.update":
		p.Told = p.Wanted
	case d.Topic == "user.deactivate":
		p.Active = false
	case d.Topic == "user.reactivate":
		p.Active, p.Told = true, ""
	}
	if o.provisioned.Put(c.Tx, p); d.Topic == "group.delete" {
		o.provisioned.Delete(c.Tx, d.Subject)
	}
	c.loggedSync(a, p, d.Topic)
	if _, isGroup := o.groups.Get(c.Tx, id); isGroup {
		c.syncGroup(a, id)
		return nil
	}
	c.syncUser(a, id)
	for m := range o.membersOf.All(c.Tx, id) {
		c.syncGroup(a, m.Group)
	}
	return nil
}

// syncEvents are what the log calls what was done in an app, and how it says that it failed.
var syncEvents = map[string][2]string{
	"user.create": {"application.provision.user.push", "Error while creating user"}, "user.find": {"", "Error while searching for user"}, "user.get": {"application.provision.user.push_profile", "Error while fetching user"},
	"user.update": {"application.provision.user.push_profile", "Error while trying to push profile update for"}, "user.deactivate": {"application.provision.user.deactivate", "Error while deactivating user"},
	"user.reactivate": {"application.provision.user.reactivate", "Error while reactivating user"}, "group.create": {"application.provision.group.add", "Error while creating user group"},
	"group.update": {"application.provision.group.update", "Error while updating user group"}, "group.delete": {"application.provision.group.remove", "Error while deleting user group"},
}

// loggedSync says in the log what came of a request.
func (c *call) loggedSync(a App, p Provisioned, step string) {
	names := syncEvents[step]
	kind := names[0]
	u, isUser := c.o.users.Get(c.Tx, p.ID)
	g, _ := c.o.groups.Get(c.Tx, p.ID)
	about, name := g.target(), g.name()
	if isUser {
		about, name = u.target(), u.display()
	}
	switch {
	case p.Failed == "" && kind != "":
		c.logged(kind, "SUCCESS", about, a.target())
	case p.Failed == "":
	case isUser:
		why := fmt.Sprintf("Automatic provisioning of user %s to app %s failed: %s %s: %s", u.display(), a.Label, names[1], name, p.Failed)
		c.loggedBecause(cmp.Or(kind, "application.provision.user.push"), "FAILURE", why, about, a.target())
	default:
		c.loggedBecause(kind, "FAILURE", fmt.Sprintf("%s %s: %s", names[1], name, p.Failed), about, a.target())
	}
}

// scimNames are what an app learns of a person from the first, and where it stands in SCIM.
var scimNames = []struct{ name, expression, at string }{
	{"givenName", "user.firstName", "name.givenName"}, {"middleName", "user.middleName", "name.middleName"}, {"familyName", "user.lastName", "name.familyName"},
	{"honorificPrefix", "user.honorificPrefix", "name.honorificPrefix"}, {"honorificSuffix", "user.honorificSuffix", "name.honorificSuffix"}, {"displayName", "user.displayName", "displayName"},
	{"nickName", "user.nickName", "nickName"}, {"profileUrl", "user.profileUrl", "profileUrl"}, {"title", "user.title", "title"}, {"userType", "user.userType", "userType"},
	{"preferredLanguage", "user.preferredLanguage", "preferredLanguage"}, {"locale", "user.locale", "locale"}, {"timezone", "user.timezone", "timezone"},
	{"employeeNumber", "user.employeeNumber", scimEnterprise + ".employeeNumber"}, {"costCenter", "user.costCenter", scimEnterprise + ".costCenter"}, {"organization", "user.organization", scimEnterprise + ".organization"},
	{"division", "user.division", scimEnterprise + ".division"}, {"department", "user.department", scimEnterprise + ".department"},
}

// scimUser is a person as an app is told of them: what is mapped, and what was said of them in the app itself.
func (c *call) scimUser(a App, u User, au AppUser) obj {
	v := obj{"userName": au.Credentials["userName"], "externalId": u.ID, "active": true, "groups": []any{}}
	schemas := []any{scimUser}
	known := with(c.mapped(a, u), au.Profile)
	set := func(at string, value any) {
		if value == nil || value == "" {
			return
		}
		if space, name, _ := cutLast(at, "."); space != "" {
			if strings.HasPrefix(space, "urn:") && !slices.Contains(schemas, any(space)) {
				schemas = append(schemas, space)
			}
			part(v, space)[name] = value
			return
		}
		v[at] = value
	}
	value := func(name, expression string) any {
		if x, ok := known[name]; ok {
			return x
		}
		return evaluate(expression, obj{"user": u.Profile})
	}
	for _, n := range scimNames {
		set(n.at, value(n.name, n.expression))
	}
	if email := value("email", "user.email"); email != nil {
		v["emails"] = []any{obj{"primary": true, "value": email, "type": "work"}}
	}
	if phone := value("mobilePhone", "user.mobilePhone"); phone != nil {
		v["phoneNumbers"] = []any{obj{"value": phone, "type": "mobile"}}
	}
	for name, attribute := range object(a.Schema["custom"]) {
		at := cmp.Or(text(object(attribute)["externalName"]), name)
		if space := text(object(attribute)["externalNamespace"]); space != "" && space != scimUser {
			at = space + "." + at
		}
		set(at, known[name])
	}
	v["schemas"] = schemas
	return v
}

// cutLast splits at the last separator; before is "" if there is none.
func cutLast(s, sep string) (before, after string, ok bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return "", s, false
	}
	return s[:i], s[i+len(sep):], true
}

// newSCIMUser is who an app shall make, with a password if they are to have one there.
func (c *call) newSCIMUser(a App, p Provisioned) obj {
	v := obj{}
	json.Unmarshal([]byte(p.Wanted), &v)
	if a.does("update", "password") {
		v["password"] = "A1a" + c.Rand(12, idAlphabet)
	}
	return v
}

// changedSCIMUser is what an app has of somebody, changed to what it should have. What is mapped for the beginning alone stays.
func (c *call) changedSCIMUser(a App, p Provisioned, has string) obj {
	v, want := obj{}, obj{}
	json.Unmarshal([]byte(has), &v)
	json.Unmarshal([]byte(p.Wanted), &want)
	u, _ := c.o.users.Get(c.Tx, p.ID)
	once := map[string]bool{}
	for r := range c.all(mappingKind, a.ID) {
		for name, m := range object(r.Doc["properties"]) {
			once[name] = dig(r.Doc, "source", "id") == u.Type && object(m)["pushStatus"] == "DONT_PUSH"
		}
	}
	for k, x := range want {
		was, had := v[k]
		switch {
		case had && once[k] && p.Told != "":
		case had && object(was) != nil && object(x) != nil:
			v[k] = with(object(was), object(x))
		default:
			v[k] = x
		}
	}
	return v
}

// provisionedAs are the members of an app user that say how it stands in the app.
func (c *call) provisionedAs(a App, user string) obj {
	if !a.provisions() {
		return obj{"externalId": nil, "status": "ACTIVE", "syncState": "DISABLED"}
	}
	p, ok := c.o.provisioned.Get(c.Tx, a.ID+"/"+user)
	v := obj{"externalId": orNull(p.External), "status": "PROVISIONED", "syncState": "SYNCHRONIZED", "lastSync": stamp(p.Synced)}
	switch {
	case !ok:
		v["status"], v["syncState"] = "STAGED", "OUT_OF_SYNC"
	case p.Failed != "":
		v["syncState"] = "ERROR"
	case p.Busy:
		v["syncState"] = "SYNCING"
	}
	if p.Synced == 0 {
		delete(v, "lastSync")
	}
	return v
}
