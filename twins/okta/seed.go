package okta

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"net/url"
	"strings"
	"time"

	"twinset.dev/kit/twin"
)

// company is what a seed says of the people that all twins share.
type company struct {
	Name        string
	Domain      string
	EmailDomain string `json:"email_domain"`
	People      []struct {
		Handle, Name, Title, TZ, Email, Phone, Manager string
		Admin, Owner, Guest, Left                      bool
	}
	Groups []struct {
		Handle, Name string
		Members      []string
	}
}

// section is what a seed says of Okta alone.
type section struct {
	Password   string       // of everybody who has none of their own
	AgentPools []seededPool `json:"agent_pools"`
}

// defaultPassword is everybody's in the demo company.
const defaultPassword = "Rocket-2026!"

// seed fills an org: its own things first, then the company's people and groups.
func (o *Okta) seed(tc *twin.Call, rawCompany, rawSection json.RawMessage) error {
	var co company
	if len(rawCompany) > 0 {
		if err := json.Unmarshal(rawCompany, &co); err != nil {
			return err
		}
	}
	var se section
	if len(rawSection) > 0 {
		d := json.NewDecoder(bytes.NewReader(rawSection))
		d.DisallowUnknownFields()
		if err := d.Decode(&se); err != nil {
			return err
		}
	}
	if se.Password == "" {
		se.Password = defaultPassword
	}
	c := &call{Call: tc, o: o, base: o.URL(tc), query: url.Values{}}
	c.bootstrap(co)
	ids := map[string]User{}
	born := c.Now.Add(-30*24*time.Hour).Unix() * 1000
	everyone, _ := o.everyone(c)
	for i, p := range co.People {
		first, last, _ := strings.Cut(p.Name, " ")
		email := p.Email
		if email == "" {
			email = p.Handle + "@" + co.EmailDomain
		}
		at := born + int64(i)*1000
		u := User{ID: seedID("00u", p.Handle), Order: c.order(), Type: defaultType, Realm: c.defaultRealm(), Status: statusActive, Created: at, Updated: at, Activated: at, Changed: at, PasswordChanged: at, Password: hashed(se.Password),
			Profile: obj{"firstName": first, "lastName": last, "login": email, "email": email, "displayName": p.Name, "title": p.Title, "timezone": p.TZ, "organization": co.Name, "mobilePhone": nil, "secondEmail": nil}}
		if p.Phone != "" {
			u.Profile["mobilePhone"] = p.Phone
		}
		if p.Manager != "" {
			u.Profile["manager"], u.Profile["managerId"] = p.Manager, seedID("00u", p.Manager)
		}
		if p.Guest {
			u.Profile["userType"] = "Contractor"
		}
		if p.Left {
			u.Status, u.Password, u.PasswordChanged = statusDeprovisioned, "", 0
		}
		o.users.Put(c.Tx, u)
		o.members.Put(c.Tx, Member{Group: everyone.ID, User: u.ID, Manual: true, Since: at})
		ids[p.Handle] = u
	}
	for _, g := range co.Groups {
		group := Group{ID: seedID("00g", g.Handle), Order: c.order(), Type: "OKTA_GROUP", Created: born, Updated: born, Joined: born, Profile: obj{"name": g.Name, "description": nil}}
		o.groups.Put(c.Tx, group)
		for _, m := range g.Members {
			u, ok := ids[m]
			if !ok {
				return fmt.Errorf("group %s: nobody is called %s", g.Handle, m)
			}
			o.members.Put(c.Tx, Member{Group: group.ID, User: u.ID, Manual: true, Since: born})
		}
	}
	if len(co.People) > 0 {
		if err := c.seedPortal(co.Name, everyone, born); err != nil {
			return err
		}
	}
	c.seedAgentPools(se.AgentPools, born)
	devices := []obj{
		{"displayName": "MacBook Pro", "platform": "MACOS", "manufacturer": "APPLE", "model": "MacBookPro18,3", "osVersion": "15.5.0", "serialNumber": "C02XK0AAJGH5", "udid": "36A56558-1793-5B3A-8362-ECBAA14EDD2D", "registered": true, "secureHardwarePresent": true},
		{"displayName": "iPhone", "platform": "IOS", "manufacturer": "APPLE", "model": "iPhone15,4", "osVersion": "18.5.0", "serialNumber": "HQPWN2JYWK", "udid": "00008120-001C5D4A3E32601E", "registered": true, "secureHardwarePresent": true},
	}
	for i, p := range co.People {
		if u := ids[p.Handle]; i < len(devices) && u.Status == statusActive {
			c.seedDevice(p.Handle+"'s "+text(devices[i]["displayName"]), u, devices[i])
		}
		if p.Owner {
			o.assignments.Put(c.Tx, RoleAssignment{ID: seedID("ra1", p.Handle), Kind: "USER", Assignee: ids[p.Handle].ID, Type: "SUPER_ADMIN", Created: born, Updated: born})
		} else if p.Admin {
			o.assignments.Put(c.Tx, RoleAssignment{ID: seedID("ra1", p.Handle), Kind: "USER", Assignee: ids[p.Handle].ID, Type: "ORG_ADMIN", Created: born, Updated: born})
		}
		if p.Owner || p.Admin {
			secret := "00" + c.Rand(32, idAlphabet)
			o.tokens.Put(c.Tx, APIToken{ID: seedID("00T", p.Handle), Name: p.Handle + "'s token", User: ids[p.Handle].ID, Secret: secret, Created: born})
		}
	}
	for _, u := range ids {
		o.TellPerson(c.Call, c.asTold(u))
	}
	for g := range o.groups.All(c.Tx, "") {
		c.tellGroup(g.ID)
	}
	return nil
}

// bootstrap is what every org has from the day it is made.
func (c *call) bootstrap(co company) {
	born := c.Now.Add(-60*24*time.Hour).Unix() * 1000
	name := co.Name
	if name == "" {
		name = "Org"
	}
	if _, ok := c.o.orgs.Get(c.Tx, "org"); ok {
		return
	}
	c.o.orgs.Put(c.Tx, Org{ID: seedID("00o", "org"), Name: name, Subdomain: co.Domain, Created: born, Updated: born, Settings: obj{}})
	c.bootstrapBrands(name, born)
	c.o.groups.Put(c.Tx, Group{ID: seedID("00g", "everyone"), Order: c.order(), Type: "BUILT_IN", Created: born, Updated: born, Joined: born, Profile: obj{"name": "Everyone", "description": "All users in your organization"}})
	c.bootstrapUserTypes(born)
	c.bootstrapRealms(born)
	c.bootstrapZones()
	c.bootstrapBehaviors()
	c.bootstrapIntegrations()
	c.bootstrapAuthenticators()
	c.bootstrapPolicies()
	c.bootstrapAuthServers()
	c.bootstrapApps(born)
}

// seedID is the id of what a seed names: the same in every world, so that files can speak of it.
func seedID(prefix, name string) string {
	h := fnv.New64a()
	h.Write([]byte(name))
	n := h.Sum64()
	b := []byte(prefix)
	for len(b) < 20 {
		b = append(b, idAlphabet[n%uint64(len(idAlphabet))])
		n = n/uint64(len(idAlphabet))*31 + n%1000003*2654435761 + uint64(len(b))
	}
	return string(b)
}

// credentials are what a client of this world needs.
func (o *Okta) credentials(tc *twin.Call) (map[string]string, map[string]any) {
	base := o.URL(tc)
	env := map[string]string{"OKTA_CLIENT_ORGURL": base}
	for t := range o.tokens.All(tc.Tx, "") {
		if u, ok := o.users.Get(tc.Tx, t.User); ok {
			env["OKTA_CLIENT_TOKEN"] = tc.World.Seal(t.Secret)
			env["OKTA_TEST_USERNAME"] = u.login()
			env["OKTA_TEST_PASSWORD"] = defaultPassword
			break
		}
	}
	c := &call{Call: tc, o: o, base: base}
	if a, ok := o.apps.Get(tc.Tx, portalApp); ok {
		env["OKTA_OAUTH_ISSUER"], env["OKTA_OAUTH_CLIENT_ID"] = base+"/oauth2/default", a.ClientID
		if secrets := c.secretsOf(a); len(secrets) > 0 {
			env["OKTA_OAUTH_CLIENT_SECRET"] = tc.World.Reveal(secrets[0])
		}
	}
	return env, nil
}

// fire does what was due.
func (o *Okta) fire(tc *twin.Call, t twin.Timer) error {
	c := &call{Call: tc, o: o, base: o.URL(tc), query: url.Values{}}
	defer c.provision()
	switch t.Kind {
	case afterImport:
		return c.endImport(t.Key)
	case afterRotation:
		if s, err := c.fetch(authServerKind, "", t.Key); err == nil {
			c.rotate(s)
		}
	case afterAgentUpdate:
		return c.endAgentUpdate(t.Key)
	case afterDeactivation:
		if u, ok := o.users.Get(c.Tx, t.Key); ok && u.Transitioning != "" {
			c.deactivate(u)
		}
	case afterRules:
		if u, ok := o.users.Get(c.Tx, t.Key); ok {
			c.applyRulesNow(u)
		}
	case afterRule:
		if r, err := c.fetch(groupRuleKind, "", t.Key); err == nil && r.Status == "ACTIVE" {
			c.applyToAll(r)
		}
	case afterDeletion:
		if u, ok := o.users.Get(c.Tx, t.Key); ok && u.Status == statusDeprovisioned {
			c.erase(u)
		}
	}
	return nil
}
