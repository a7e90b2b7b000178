package okta

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"twinset.dev/kit/outbox"
)

// importPage is how many people Okta asks an app for at once.
const importPage = 100

// askApp sends an app a request that is about nobody in particular.
func (c *call) askApp(a App, step, path string) {
	c.Deliver(outbox.Delivery{Twin: "okta", Kind: toSCIM, Topic: step, Subject: a.ID + "/", Method: http.MethodGet, URL: strings.TrimRight(text(a.Connection["baseUrl"]), "/") + path})
}

// importPeople asks an app for all its people, page by page.
//
// https://help.okta.com/oie/en-us/content/topics/users-groups-profiles/usgp-import-users-main.htm
func (c *call) importPeople(a App) error {
	if !a.provisions() {
		return errNoProvisioning
	}
	c.logged("system.import.start", "SUCCESS", a.target())
	c.askApp(a, "import.1", "/Users?startIndex=1&count="+strconv.Itoa(importPage))
	return nil
}

// importNow is the button of an administrator who does not want to wait for the next import.
func (o *Okta) importNow(c *call, in struct{ App string }) (any, error) {
	a, ok := o.apps.Get(c.Tx, in.App)
	if !ok {
		return nil, notFound(in.App, "AppInstance")
	}
	return obj{}, c.importPeople(a)
}

// imported takes over a page of people, and asks for the next.
func (c *call) imported(a App, d outbox.Delivery, last outbox.Attempt, said scimAnswer) {
	if !last.OK() {
		c.loggedBecause(map[bool]string{true: "application.integration.api_query", false: "system.import.complete"}[d.Topic == "test"], "FAILURE",
			"Error authenticating: "+cmp.Or(said.Detail, last.Error, fmt.Sprintf("HTTP %d", last.Status)), a.target())
		return
	}
	if d.Topic == "test" {
		return
	}
	for _, r := range said.Resources {
		c.importPerson(a, r)
	}
	from, _ := strconv.Atoi(strings.TrimPrefix(d.Topic, "import."))
	if next := from + importPage; len(said.Resources) > 0 && next <= said.TotalResults {
		c.askApp(a, "import."+strconv.Itoa(next), "/Users?"+url.Values{"startIndex": {strconv.Itoa(next)}, "count": {strconv.Itoa(importPage)}}.Encode())
		return
	}
	c.logged("system.import.complete", "SUCCESS", a.target())
	c.provision()
}

// importPerson links somebody of an app to the person whom they match, or makes a new one, as far as the app's rules for
// imports confirm that without asking anybody.
func (c *call) importPerson(a App, r obj) {
	rules := object(dig(fill(clone(with(obj{}, object(a.Features[inboundProvisioning]))), appFeatures[inboundProvisioning]), "importRules", "userCreateAndMatch"))
	login, email := text(r["userName"]), emailIn(r)
	if !strings.Contains(login, "@") {
		login = email
	}
	u, found := c.o.usersByLogin.Get(c.Tx, strings.ToLower(login))
	if rules["exactMatchCriteria"] == "EMAIL" {
		u, found = c.o.usersByEmail.Get(c.Tx, strings.ToLower(email))
	}
	switch {
	case found && c.o.appUsers.Has(c.Tx, a.ID+"/"+u.ID):
		return
	case found && !truth(rules["autoConfirmExactMatch"]), !found && !truth(rules["autoConfirmNewUsers"]):
		return
	case !found:
		u = User{ID: c.id("00u"), Order: c.order(), Status: statusStaged, Type: defaultType, Realm: c.defaultRealm(), Created: c.at(), Updated: c.at(), Profile: obj{}}
		p := obj{"login": login, "email": cmp.Or(email, login), "firstName": dig(r, "name", "givenName"), "lastName": dig(r, "name", "familyName")}
		if err := c.profile(&u, p, true); err != nil {
			c.loggedBecause("system.import.object_creation.aggregated_error_message", "FAILURE", err.Error(), a.target())
			return
		}
		if truth(rules["autoActivateNewUsers"]) {
			u.activate(c)
		}
		c.o.users.Put(c.Tx, u)
		c.logged("user.lifecycle.create", "SUCCESS", u.target())
		if everyone, ok := c.o.everyone(c); ok {
			c.join(everyone, u)
		}
	}
	c.o.appUsers.Put(c.Tx, AppUser{App: a.ID, User: u.ID, Scope: "USER", Created: c.at(), Updated: c.at(), Changed: c.at(), Credentials: obj{"userName": r["userName"]}})
	p := Provisioned{App: a.ID, ID: u.ID, External: text(r["id"]), Active: r["active"] != false, Synced: c.at()}
	if au, ok := c.appUserOf(a, u.ID); ok {
		p.Wanted = string(encoded(c.scimUser(a, u, au)))
		p.Told = p.Wanted
	}
	c.o.provisioned.Put(c.Tx, p)
	c.logged("application.provision.user.import", "SUCCESS", u.target(), a.target())
}

// emailIn is the address of a person of SCIM: the primary one, or the first.
func emailIn(r obj) (first string) {
	for _, e := range list(r["emails"]) {
		v := text(object(e)["value"])
		if truth(object(e)["primary"]) {
			return v
		}
		first = cmp.Or(first, v)
	}
	return first
}
