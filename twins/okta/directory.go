package okta

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"twinset.dev/kit/twin"
)

// Twins of other products that share the org's host take their people and groups from it, as the products do.

// products are those whose people an org can choose by assigning an app of the catalog, by that app's name.
var products = map[string]string{"slack": "slack", "google": "google", "atlassian": "jira"}

// tellOthers tells them what a transaction has changed of some people, and of the groups that it has touched.
func (c *call) tellOthers(people map[string]bool) {
	if !c.o.Followed() {
		return
	}
	var apps []App
	for a := range c.o.apps.All(c.Tx, "") {
		if products[a.Name] != "" && a.Status == "ACTIVE" {
			apps = append(apps, a)
		}
	}
	groups := maps.Clone(c.touched.groups)
	for _, id := range slices.Sorted(maps.Keys(people)) {
		u, there := c.o.users.Get(c.Tx, id)
		if !there {
			u = User{ID: id}
		}
		if u.Status == statusStaged {
			continue
		}
		c.o.TellPerson(c.Call, c.asTold(u), c.withheld(apps, u)...)
		if !c.touched.moved[id] {
			continue
		}
		for m := range c.o.membersOf.All(c.Tx, id) { // they are in or out of these too
			groups[m.Group] = true
		}
	}
	for _, id := range slices.Sorted(maps.Keys(groups)) {
		c.tellGroup(id)
	}
}

// tellGroup tells of a group of the org's own, or that it is gone.
func (c *call) tellGroup(id string) {
	g, there := c.o.groups.Get(c.Tx, id)
	if there && g.Type != "OKTA_GROUP" {
		return
	}
	told := twin.Group{Key: id, Name: g.name(), Description: text(g.Profile["description"]), Deleted: !there}
	for m := range c.o.members.All(c.Tx, id+"/") {
		told.Members = append(told.Members, m.User)
	}
	c.o.TellGroup(c.Call, told)
}

// standings are what others make of a status. Who is locked out, or has yet to choose a password, has their accounts elsewhere.
var standings = map[string]twin.Standing{"": twin.Deleted, statusDeprovisioned: twin.Deactivated, statusSuspended: twin.Suspended}

// asTold is a person as others are told of them.
func (c *call) asTold(u User) twin.Person {
	p := func(name string) string { return text(u.Profile[name]) }
	t := twin.Person{Key: u.ID, Standing: cmp.Or(standings[u.Status], twin.Active), Login: u.login(), Email: p("email"), Given: p("firstName"), Family: p("lastName"),
		Name: u.display(), Title: p("title"), Phone: cmp.Or(p("mobilePhone"), p("primaryPhone")), TimeZone: p("timezone")}
	if m, ok := c.userCalled(cmp.Or(p("managerId"), p("manager"))); ok {
		t.Manager = text(m.Profile["email"])
	}
	return t
}

// withheld are the products that there are apps of, none of which somebody has been assigned.
func (c *call) withheld(apps []App, u User) (services []string) {
	for name, service := range products {
		of := func(a App) bool { return a.Name == name }
		has := func(a App) bool { _, ok := c.appUserOf(a, u.ID); return of(a) && ok }
		if slices.ContainsFunc(apps, of) && !slices.ContainsFunc(apps, has) {
			services = append(services, service)
		}
	}
	slices.Sort(services)
	return services
}

// moves reports whether an event may have changed which accounts somebody has.
func moves(event string) bool {
	return strings.HasPrefix(event, "user.lifecycle.") || strings.HasPrefix(event, "application.user_membership.")
}
