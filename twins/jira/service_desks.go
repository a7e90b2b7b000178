package jira

import (
	"net/http"
	"net/mail"
	"slices"
	"strconv"
	"strings"

	"twinset.dev/kit/twin"
)

// serviceDesksOperations are the parts of the service desk API about customers and where they ask.
//
// https://developer.atlassian.com/cloud/jira/service-desk/rest/intro/
func (j *Jira) serviceDesksOperations() {
	j.beyond(twin.Full, "servicedesk.createCustomer", http.MethodPost, "/rest/servicedeskapi/customer", j.createCustomer)
	j.beyond(twin.Full, "servicedesk.getServiceDesks", http.MethodGet, "/rest/servicedeskapi/servicedesk", j.getServiceDesks)
	j.beyond(twin.Full, "servicedesk.getServiceDeskById", http.MethodGet, "/rest/servicedeskapi/servicedesk/{serviceDeskId}", j.getServiceDesk)
	j.beyond(twin.Full, "servicedesk.getRequestTypes", http.MethodGet, "/rest/servicedeskapi/servicedesk/{serviceDeskId}/requesttype", j.getRequestTypes)
	j.beyond(twin.Full, "servicedesk.getCustomers", http.MethodGet, "/rest/servicedeskapi/servicedesk/{serviceDeskId}/customer", j.getCustomers)
	j.beyond(twin.Full, "servicedesk.addCustomers", http.MethodPost, "/rest/servicedeskapi/servicedesk/{serviceDeskId}/customer", j.addCustomers)
	j.beyond(twin.Full, "servicedesk.removeCustomers", http.MethodDelete, "/rest/servicedeskapi/servicedesk/{serviceDeskId}/customer", j.removeCustomers)
	j.beyond(twin.Full, "servicedesk.getDeskOrganizations", http.MethodGet, "/rest/servicedeskapi/servicedesk/{serviceDeskId}/organization", j.getDeskOrganizations)
	j.beyond(twin.Full, "servicedesk.addOrganization", http.MethodPost, "/rest/servicedeskapi/servicedesk/{serviceDeskId}/organization", j.addDeskOrganization)
	j.beyond(twin.Full, "servicedesk.removeOrganization", http.MethodDelete, "/rest/servicedeskapi/servicedesk/{serviceDeskId}/organization", j.removeDeskOrganization)
}

// deskRefusal is a refusal as the service desk API says it.
func deskRefusal(status int, i18nKey, message string, parameters ...any) *refusal {
	if parameters == nil {
		parameters = []any{}
	}
	return &refusal{status: status, messages: []string{message}, body: obj{"errorMessage": message, "i18nErrorMessage": obj{"i18nKey": i18nKey, "parameters": parameters}}}
}

var (
	errNoDesk      = deskRefusal(http.StatusNotFound, "sd.project.not.found", "The service desk was not found or you do not have permission to see it.")
	errNotAgent    = deskRefusal(http.StatusForbidden, "sd.agent.servlet.no.access", "You do not have permission to perform this operation.")
	errDeskPayload = deskRefusal(http.StatusBadRequest, "sd.request.invalid", "Invalid request payload. Refer to the REST API documentation and try again.")
)

// openDesk makes a new service project one at which customers can ask, for one kind of thing for each of its issue types.
func (c *call) openDesk(p Project) {
	d := ServiceDesk{ID: c.next("serviceDesk", 1), Project: p.ID}
	c.j.desks.Put(c.Tx, d)
	for _, t := range c.issueTypesOf(p.ID) {
		if t.Level == 0 {
			c.j.requestTypes.Put(c.Tx, RequestType{ID: c.next("requestType", 1), Desk: d.ID, IssueType: t.ID, Name: t.Name, Description: t.Description})
		}
	}
}

// desk finds the service desk that the path or a body names, by its id or the key of its project.
func (c *call) desk(written string) (ServiceDesk, Project, error) {
	d, ok := c.j.desks.Get(c.Tx, key(number(written)))
	if p, known := c.project(written); !ok && known {
		d, ok = c.j.desksOf.Get(c.Tx, key(p.ID))
	}
	p, kept := c.j.projects.Get(c.Tx, key(d.Project))
	if !ok || !kept || p.Trashed != 0 || !c.isAgent(p) && !c.isCustomer(d, c.who.ID) && !c.may("BROWSE_PROJECTS", &p, nil) {
		return d, p, errNoDesk
	}
	return d, p, nil
}

// isAgent reports whether the caller works on what customers ask.
func (c *call) isAgent(p Project) bool {
	return c.may("SERVICEDESK_AGENT", &p, nil) || c.may("ADMINISTER_PROJECTS", &p, nil)
}

// isCustomer reports whether somebody may ask at a desk, alone or with an organization.
func (c *call) isCustomer(d ServiceDesk, who string) bool {
	return slices.Contains(d.Customers, who) || slices.ContainsFunc(d.Organizations, func(n int64) bool {
		o, _ := c.j.organizations.Get(c.Tx, key(n))
		return slices.Contains(o.Members, who)
	})
}

// servedDesk finds the desk that the path names, at which the caller is an agent.
func (c *call) servedDesk() (ServiceDesk, error) {
	d, p, err := c.desk(c.param("serviceDeskId"))
	if err == nil && !c.isAgent(p) {
		err = errNotAgent
	}
	return d, err
}

// sd is an address of the service desk API.
func (c *call) sd(path string) string { return c.base + "/rest/servicedeskapi" + path }

// deskPage is the page of a list that the caller asks for, as the service desk API writes it.
func deskPage[T any](c *call, all []T, view func(T) any) (any, error) {
	start, err := c.qint("start", 0)
	if err != nil {
		return nil, err
	}
	limit, err := c.qint("limit", usualPage)
	if err != nil {
		return nil, err
	}
	start, limit = min(max(start, 0), len(all)), min(max(limit, 0), 100)
	page := all[start:min(start+limit, len(all))]
	values := []any{}
	for _, x := range page {
		values = append(values, view(x))
	}
	links := obj{"base": c.base, "context": "", "self": c.self()}
	last := start+len(page) >= len(all)
	at := func(start int) string {
		return c.self() + "?start=" + strconv.Itoa(start) + "&limit=" + strconv.Itoa(limit)
	}
	if !last && limit > 0 {
		links["next"] = at(start + limit)
	}
	if start > 0 {
		links["prev"] = at(max(0, start-limit))
	}
	return obj{"_expands": []any{}, "size": len(page), "start": start, "limit": limit, "isLastPage": last, "_links": links, "values": values}, nil
}

// customerShown is an account as the service desk API shows it.
func (c *call) customerShown(who string) any {
	u, ok := c.j.users.Get(c.Tx, who)
	if !ok {
		return nil
	}
	at := c.api("/user?accountId=" + u.ID)
	return obj{"accountId": u.ID, "emailAddress": u.Email, "displayName": u.Name, "active": u.Active, "timeZone": u.TimeZone, "_links": obj{"jiraRest": at, "self": at, "avatarUrls": c.avatarsOf(u)}}
}

// createCustomer makes an account for somebody who asks for things: {email, displayName}.
//
// https://developer.atlassian.com/cloud/jira/service-desk/rest/api-group-customer/#api-rest-servicedeskapi-customer-post
func (j *Jira) createCustomer(c *call) (any, error) {
	doc := object(c.body)
	email, name := strings.TrimSpace(text(doc["email"])), strings.TrimSpace(text(doc["displayName"]))
	if name == "" {
		name = strings.TrimSpace(text(doc["fullName"])) // as it was called before
	}
	switch _, bad := mail.ParseAddress(email); {
	case !c.isAdmin():
		return nil, errNotAgent
	case email == "" || bad != nil:
		return nil, deskRefusal(http.StatusBadRequest, "sd.user.signup.invalid.email", "Specify a valid email address.")
	case name == "":
		return nil, deskRefusal(http.StatusBadRequest, "sd.user.signup.fullname.empty", "Specify a full name.")
	}
	if _, taken := j.usersByEmail.Get(c.Tx, strings.ToLower(email)); taken {
		return nil, deskRefusal(http.StatusBadRequest, "sd.user.signup.email.exists", "An account already exists for this email address.")
	}
	u := User{ID: "qm:" + c.uuid() + ":" + c.uuid(), Type: "customer", Name: name, Email: email, TimeZone: "UTC", Locale: "en_US", Active: true, Created: c.at()}
	j.users.Put(c.Tx, u)
	return created(c.customerShown(u.ID)), nil
}

func (c *call) deskShown(d ServiceDesk) any {
	p, _ := c.j.projects.Get(c.Tx, key(d.Project))
	return obj{"id": id(d.ID), "projectId": id(p.ID), "projectName": p.Name, "projectKey": p.Key, "_links": obj{"self": c.sd("/servicedesk/" + id(d.ID))}}
}

// getServiceDesks lists the service desks that the caller sees.
//
// https://developer.atlassian.com/cloud/jira/service-desk/rest/api-group-servicedesk/#api-rest-servicedeskapi-servicedesk-get
func (j *Jira) getServiceDesks(c *call) (any, error) {
	var seen []ServiceDesk
	for d := range j.desks.All(c.Tx, "") {
		if _, _, err := c.desk(id(d.ID)); err == nil {
			seen = append(seen, d)
		}
	}
	return deskPage(c, seen, c.deskShown)
}

// getServiceDesk returns a service desk.
//
// https://developer.atlassian.com/cloud/jira/service-desk/rest/api-group-servicedesk/#api-rest-servicedeskapi-servicedesk-servicedeskid-get
func (j *Jira) getServiceDesk(c *call) (any, error) {
	d, _, err := c.desk(c.param("serviceDeskId"))
	if err != nil {
		return nil, err
	}
	return c.deskShown(d), nil
}

// getRequestTypes lists what customers can ask for at a service desk.
//
// https://developer.atlassian.com/cloud/jira/service-desk/rest/api-group-servicedesk/#api-rest-servicedeskapi-servicedesk-servicedeskid-requesttype-get
func (j *Jira) getRequestTypes(c *call) (any, error) {
	d, _, err := c.desk(c.param("serviceDeskId"))
	if err != nil {
		return nil, err
	}
	words := strings.ToLower(c.q("searchQuery"))
	var all []RequestType
	for t := range j.requestTypes.All(c.Tx, key(d.ID)+"/") {
		if strings.Contains(strings.ToLower(t.Name+"\n"+t.Description), words) {
			all = append(all, t)
		}
	}
	return deskPage(c, all, func(t RequestType) any { return c.requestTypeShown(t) })
}

func (c *call) requestTypeShown(t RequestType) obj {
	return obj{"_expands": []any{"field"}, "id": id(t.ID), "name": t.Name, "description": t.Description, "helpText": "", "issueTypeId": id(t.IssueType), "serviceDeskId": id(t.Desk), "groupIds": []any{},
		"_links": obj{"self": c.sd("/servicedesk/" + id(t.Desk) + "/requesttype/" + id(t.ID))}}
}

// getCustomers lists those who may ask at a service desk.
//
// https://developer.atlassian.com/cloud/jira/service-desk/rest/api-group-servicedesk/#api-rest-servicedeskapi-servicedesk-servicedeskid-customer-get
func (j *Jira) getCustomers(c *call) (any, error) {
	d, err := c.servedDesk()
	if err != nil {
		return nil, err
	}
	words := strings.ToLower(c.q("query"))
	found := slices.DeleteFunc(slices.Clone(d.Customers), func(who string) bool {
		u, ok := j.users.Get(c.Tx, who)
		return !ok || !strings.Contains(strings.ToLower(u.Name+"\n"+u.Email), words)
	})
	return deskPage(c, found, c.customerShown)
}

// namedAccounts are the accounts that the body names: {accountIds}.
func (c *call) namedAccounts() ([]string, error) {
	doc := object(c.body)
	ids := slices.Concat(texts(doc["accountIds"]), texts(doc["accountIDs"]), texts(doc["usernames"]))
	if len(ids) == 0 {
		return nil, errDeskPayload
	}
	for _, who := range ids {
		if !c.j.users.Has(c.Tx, who) {
			return nil, deskRefusal(http.StatusBadRequest, "sd.user.not.found", "The user '"+who+"' does not exist.", who)
		}
	}
	return ids, nil
}

// joined are some values and others, each once.
func joined[T comparable](all []T, more ...T) []T {
	all = slices.Clone(all)
	for _, x := range more {
		if !slices.Contains(all, x) {
			all = append(all, x)
		}
	}
	return all
}

// without are some values, and none of others.
func without[T comparable](all []T, gone ...T) []T {
	return slices.DeleteFunc(slices.Clone(all), func(x T) bool { return slices.Contains(gone, x) })
}

// addCustomers lets people ask at a service desk.
//
// https://developer.atlassian.com/cloud/jira/service-desk/rest/api-group-servicedesk/#api-rest-servicedeskapi-servicedesk-servicedeskid-customer-post
func (j *Jira) addCustomers(c *call) (any, error) {
	d, err := c.servedDesk()
	if err != nil {
		return nil, err
	}
	ids, err := c.namedAccounts()
	if err != nil {
		return nil, err
	}
	d.Customers = joined(d.Customers, ids...)
	j.desks.Put(c.Tx, d)
	return nil, nil
}

// removeCustomers takes that from them.
//
// https://developer.atlassian.com/cloud/jira/service-desk/rest/api-group-servicedesk/#api-rest-servicedeskapi-servicedesk-servicedeskid-customer-delete
func (j *Jira) removeCustomers(c *call) (any, error) {
	d, err := c.servedDesk()
	if err != nil {
		return nil, err
	}
	ids, err := c.namedAccounts()
	if err != nil {
		return nil, err
	}
	d.Customers = without(d.Customers, ids...)
	j.desks.Put(c.Tx, d)
	return nil, nil
}

// getDeskOrganizations lists the organizations whose members may ask at a service desk.
//
// https://developer.atlassian.com/cloud/jira/service-desk/rest/api-group-organization/#api-rest-servicedeskapi-servicedesk-servicedeskid-organization-get
func (j *Jira) getDeskOrganizations(c *call) (any, error) {
	d, err := c.servedDesk()
	if err != nil {
		return nil, err
	}
	account := c.q("accountId")
	var all []Organization
	for _, n := range d.Organizations {
		if o, ok := j.organizations.Get(c.Tx, key(n)); ok && (account == "" || slices.Contains(o.Members, account)) {
			all = append(all, o)
		}
	}
	return deskPage(c, all, c.organizationShown)
}

// servedOrganization finds the desk of the path and the organization of the body: {organizationId}.
func (c *call) servedOrganization() (d ServiceDesk, o Organization, err error) {
	if d, err = c.servedDesk(); err == nil {
		o, err = c.organizationNumbered(object(c.body)["organizationId"])
	}
	return d, o, err
}

// addDeskOrganization lets the members of an organization ask at a service desk.
//
// https://developer.atlassian.com/cloud/jira/service-desk/rest/api-group-organization/#api-rest-servicedeskapi-servicedesk-servicedeskid-organization-post
func (j *Jira) addDeskOrganization(c *call) (any, error) {
	d, o, err := c.servedOrganization()
	if err != nil {
		return nil, err
	}
	d.Organizations = joined(d.Organizations, o.ID)
	j.desks.Put(c.Tx, d)
	return nil, nil
}

// removeDeskOrganization takes that from them.
//
// https://developer.atlassian.com/cloud/jira/service-desk/rest/api-group-organization/#api-rest-servicedeskapi-servicedesk-servicedeskid-organization-delete
func (j *Jira) removeDeskOrganization(c *call) (any, error) {
	d, o, err := c.servedOrganization()
	if err != nil {
		return nil, err
	}
	d.Organizations = without(d.Organizations, o.ID)
	j.desks.Put(c.Tx, d)
	return nil, nil
}
