package jira

import (
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"twinset.dev/kit/twin"
)

// organizationsOperations are about customers who belong together.
//
// https://developer.atlassian.com/cloud/jira/service-desk/rest/api-group-organization/
func (j *Jira) organizationsOperations() {
	on := func(id, method, path string, serve func(*call) (any, error)) {
		j.beyond(twin.Full, "servicedesk."+id, method, "/rest/servicedeskapi/organization"+path, serve)
	}
	on("getOrganizations", http.MethodGet, "", j.getOrganizations)
	on("createOrganization", http.MethodPost, "", j.createOrganization)
	on("getOrganization", http.MethodGet, "/{organizationId}", j.getOrganization)
	on("deleteOrganization", http.MethodDelete, "/{organizationId}", j.deleteOrganization)
	on("getOrganizationPropertyKeys", http.MethodGet, "/{organizationId}/property", j.getOrganizationPropertyKeys)
	on("getOrganizationProperty", http.MethodGet, "/{organizationId}/property/{propertyKey}", j.getOrganizationProperty)
	on("setOrganizationProperty", http.MethodPut, "/{organizationId}/property/{propertyKey}", j.setOrganizationProperty)
	on("deleteOrganizationProperty", http.MethodDelete, "/{organizationId}/property/{propertyKey}", j.deleteOrganizationProperty)
	on("getUsersInOrganization", http.MethodGet, "/{organizationId}/user", j.getUsersInOrganization)
	on("addUsersToOrganization", http.MethodPost, "/{organizationId}/user", j.addUsersToOrganization)
	on("removeUsersFromOrganization", http.MethodDelete, "/{organizationId}/user", j.removeUsersFromOrganization)
}

// maxOrganizationName bounds the name of an organization, in characters.
const maxOrganizationName = 200

var errNoOrganization = deskRefusal(http.StatusNotFound, "sd.customerorganisation.error.not.found", "The organization does not exist or you do not have permission to see it.")

// organization finds the organization that the path names. Agents see all; customers see their own.
func (c *call) organization() (Organization, error) {
	return c.organizationNumbered(c.param("organizationId"))
}

func (c *call) organizationNumbered(n any) (Organization, error) {
	o, ok := c.j.organizations.Get(c.Tx, key(number(n)))
	if !ok || !c.servesSomewhere() && !slices.Contains(o.Members, c.who.ID) {
		return o, errNoOrganization
	}
	return o, nil
}

// servesSomewhere reports whether the caller is an agent at a desk, or administers the site.
func (c *call) servesSomewhere() bool {
	for d := range c.j.desks.All(c.Tx, "") {
		if p, ok := c.j.projects.Get(c.Tx, key(d.Project)); ok && c.isAgent(p) {
			return true
		}
	}
	return c.isAdmin()
}

// managedOrganization finds the organization that the path names, which the caller may change.
func (c *call) managedOrganization() (Organization, error) {
	o, err := c.organization()
	if err == nil && !c.servesSomewhere() {
		err = errNotAgent
	}
	return o, err
}

func (c *call) organizationShown(o Organization) any {
	return obj{"id": id(o.ID), "uuid": o.UUID, "name": o.Name, "scimManaged": false, "_links": obj{"self": c.sd("/organization/" + id(o.ID))},
		"created": c.deskTime(o.Created)}
}

// getOrganizations lists the organizations that the caller sees, by name.
func (j *Jira) getOrganizations(c *call) (any, error) {
	account := c.q("accountId")
	all, mine := []Organization{}, !c.servesSomewhere()
	for o := range j.organizations.All(c.Tx, "") {
		if (account == "" || slices.Contains(o.Members, account)) && (!mine || slices.Contains(o.Members, c.who.ID)) {
			all = append(all, o)
		}
	}
	slices.SortStableFunc(all, func(a, b Organization) int { return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) })
	return deskPage(c, all, c.organizationShown)
}

// createOrganization makes an organization: {name}. One that is there already under that name is returned.
func (j *Jira) createOrganization(c *call) (any, error) {
	name := strings.TrimSpace(text(object(c.body)["name"]))
	switch {
	case !c.servesSomewhere():
		return nil, errNotAgent
	case name == "":
		return nil, deskRefusal(http.StatusBadRequest, "sd.customerorganisation.error.name.blank", "The organization name cannot be blank.")
	case utf8.RuneCountInString(name) > maxOrganizationName:
		return nil, deskRefusal(http.StatusBadRequest, "sd.customerorganisation.error.name.too.long", "The organization name cannot be longer than 200 characters.")
	}
	for o := range j.organizations.All(c.Tx, "") {
		if strings.EqualFold(o.Name, name) {
			return c.organizationShown(o), nil
		}
	}
	o := Organization{ID: c.next("organization", 1), UUID: c.uuid(), Name: name, Created: c.at()}
	j.organizations.Put(c.Tx, o)
	return created(c.organizationShown(o)), nil
}

// getOrganization returns an organization.
func (j *Jira) getOrganization(c *call) (any, error) {
	o, err := c.organization()
	if err != nil {
		return nil, err
	}
	return c.organizationShown(o), nil
}

// deleteOrganization deletes an organization. Its members stay customers.
func (j *Jira) deleteOrganization(c *call) (any, error) {
	o, err := c.organization()
	switch {
	case err != nil:
		return nil, err
	case !c.isAdmin():
		return nil, errNotAgent
	}
	for d := range j.desks.All(c.Tx, "") {
		if slices.Contains(d.Organizations, o.ID) {
			d.Organizations = without(d.Organizations, o.ID)
			j.desks.Put(c.Tx, d)
		}
	}
	c.dropProperties("organization/" + id(o.ID))
	j.organizations.Delete(c.Tx, key(o.ID))
	return nil, nil
}

// getOrganizationPropertyKeys lists the keys of an organization's properties.
func (j *Jira) getOrganizationPropertyKeys(c *call) (any, error) {
	o, err := c.organization()
	if err != nil {
		return nil, err
	}
	of, keys := "organization/"+id(o.ID), []any{}
	for x := range j.properties.All(c.Tx, of+"/") {
		keys = append(keys, obj{"key": x.Key, "self": c.sd("/" + of + "/property/" + x.Key)})
	}
	return obj{"keys": keys}, nil
}

// getOrganizationProperty returns a property of an organization.
func (j *Jira) getOrganizationProperty(c *call) (any, error) {
	o, err := c.organization()
	if err != nil {
		return nil, err
	}
	return c.getProperty("organization/" + id(o.ID))
}

// setOrganizationProperty keeps a property of an organization.
func (j *Jira) setOrganizationProperty(c *call) (any, error) {
	o, err := c.managedOrganization()
	if err != nil {
		return nil, err
	}
	return c.putProperty("organization/" + id(o.ID))
}

// deleteOrganizationProperty deletes a property of an organization.
func (j *Jira) deleteOrganizationProperty(c *call) (any, error) {
	o, err := c.managedOrganization()
	if err != nil {
		return nil, err
	}
	return c.deleteProperty("organization/" + id(o.ID))
}

// getUsersInOrganization lists the members of an organization.
func (j *Jira) getUsersInOrganization(c *call) (any, error) {
	o, err := c.organization()
	if err != nil {
		return nil, err
	}
	return deskPage(c, o.Members, c.customerShown)
}

// addUsersToOrganization makes people members of an organization.
func (j *Jira) addUsersToOrganization(c *call) (any, error) { return c.changeMembers(joined) }

// removeUsersFromOrganization takes members out of an organization.
func (j *Jira) removeUsersFromOrganization(c *call) (any, error) { return c.changeMembers(without) }

func (c *call) changeMembers(change func(now []string, named ...string) []string) (any, error) {
	o, err := c.managedOrganization()
	if err != nil {
		return nil, err
	}
	named, err := c.namedAccounts()
	if err != nil {
		return nil, err
	}
	o.Members = change(o.Members, named...)
	c.j.organizations.Put(c.Tx, o)
	return nil, nil
}
