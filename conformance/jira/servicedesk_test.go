package jira

import (
	"net/http"
	"testing"

	"github.com/andygrunwald/go-jira"
)

// desk makes a service project, and returns the id of its service desk.
func (e *env) desk() int {
	e.t.Helper()
	e.call(http.MethodPost, "rest/api/3/project", map[string]any{"key": "HELP", "name": "Help", "projectTypeKey": "service_desk", "leadAccountId": e.id("ana"),
		"projectTemplateKey": "com.atlassian.servicedesk:simplified-it-service-management"}, nil)
	return 1
}

// organization makes an organization, and returns its id.
func (e *env) organization(name string) int {
	e.t.Helper()
	e.desk()
	_, _, err := e.Organization.CreateOrganization(name)
	must(e.t, err)
	return 1
}

// members are how many members an organization has.
func (e *env) members(org int) int {
	e.t.Helper()
	p, _, err := e.Organization.GetUsers(org, 0, 50)
	must(e.t, err)
	return p.Size
}

func init() {
	row("Customer", "Create", func(t *testing.T) {
		e := world(t)
		c, _, err := e.Customer.Create("mia@pilots.example", "Mia")
		must(t, err)
		u, _, err := e.User.GetByAccountID(c.AccountID)
		must(t, err)
		want(t, "name", u.DisplayName, "Mia")
		want(t, "kind", u.AccountType, "customer")
		_, _, err = e.Customer.Create("mia@pilots.example", "Mia")
		want(t, "refused", err != nil, true)
	})
	row("Organization", "CreateOrganization", func(t *testing.T) {
		e := world(t)
		org := e.organization("Pilots")
		o, _, err := e.Organization.GetOrganization(org)
		must(t, err)
		want(t, "name", o.Name, "Pilots")
		_, _, err = e.Organization.CreateOrganization("")
		want(t, "refused", err != nil, true)
	})
	row("Organization", "GetOrganization", func(t *testing.T) {
		e := world(t)
		o, _, err := e.Organization.GetOrganization(e.organization("Pilots"))
		must(t, err)
		want(t, "id", o.ID, "1")
		_, _, err = e.Organization.GetOrganization(99)
		want(t, "refused", err != nil, true)
	})
	row("Organization", "GetAllOrganizations", func(t *testing.T) {
		e := world(t)
		e.organization("Pilots")
		_, _, err := e.Organization.CreateOrganization("Mechanics")
		must(t, err)
		p, _, err := e.Organization.GetAllOrganizations(1, 1, "")
		must(t, err)
		want(t, "on the page", p.Size, 1)
		want(t, "name", p.Values[0].(map[string]any)["name"], any("Pilots"))
		want(t, "last", p.IsLastPage, true)
	})
	row("Organization", "DeleteOrganization", func(t *testing.T) {
		e := world(t)
		org := e.organization("Pilots")
		_, err := e.Organization.DeleteOrganization(org)
		must(t, err)
		_, _, err = e.Organization.GetOrganization(org)
		want(t, "refused", err != nil, true)
	})
	row("Organization", "AddUsers", func(t *testing.T) {
		e := world(t)
		org := e.organization("Pilots")
		_, err := e.Organization.AddUsers(org, jira.OrganizationUsersDTO{AccountIds: []string{e.id("emre"), e.id("bo")}})
		must(t, err)
		want(t, "members", e.members(org), 2)
	})
	row("Organization", "GetUsers", func(t *testing.T) {
		e := world(t)
		org := e.organization("Pilots")
		_, err := e.Organization.AddUsers(org, jira.OrganizationUsersDTO{AccountIds: []string{e.id("emre")}})
		must(t, err)
		p, _, err := e.Organization.GetUsers(org, 0, 10)
		must(t, err)
		want(t, "account", p.Values[0].(map[string]any)["accountId"], any(e.id("emre")))
	})
	row("Organization", "RemoveUsers", func(t *testing.T) {
		e := world(t)
		org := e.organization("Pilots")
		_, err := e.Organization.AddUsers(org, jira.OrganizationUsersDTO{AccountIds: []string{e.id("emre"), e.id("bo")}})
		must(t, err)
		// go-jira does not send whom.
		_, err = e.Organization.RemoveUsers(org, jira.OrganizationUsersDTO{AccountIds: []string{e.id("emre")}})
		want(t, "refused", err != nil, true)
		e.call(http.MethodDelete, "rest/servicedeskapi/organization/1/user", map[string]any{"accountIds": []string{e.id("emre")}}, nil)
		want(t, "members", e.members(org), 1)
	})
	propertyRows()
	deskRows()
}

// keep keeps a property of an organization. go-jira sends no value.
func (e *env) keep(name string) {
	e.t.Helper()
	e.call(http.MethodPut, "rest/servicedeskapi/organization/1/property/"+name, "gold", nil)
}

func propertyRows() {
	row("Organization", "SetProperty", func(t *testing.T) {
		e := world(t)
		org := e.organization("Pilots")
		e.keep("tier")
		res, err := e.Organization.SetProperty(org, "tier")
		want(t, "refused", err != nil, true)
		want(t, "status of a property without a value", res.StatusCode, http.StatusBadRequest)
		p, _, err := e.Organization.GetProperty(org, "tier")
		must(t, err)
		want(t, "value", p.Value, any("gold"))
	})
	row("Organization", "GetProperty", func(t *testing.T) {
		e := world(t)
		org := e.organization("Pilots")
		e.keep("tier")
		p, _, err := e.Organization.GetProperty(org, "tier")
		must(t, err)
		want(t, "value", p.Value, any("gold"))
		_, _, err = e.Organization.GetProperty(org, "none")
		want(t, "refused", err != nil, true)
	})
	row("Organization", "GetPropertiesKeys", func(t *testing.T) {
		e := world(t)
		org := e.organization("Pilots")
		e.keep("tier")
		all, _, err := e.Organization.GetPropertiesKeys(org)
		must(t, err)
		want(t, "keys", len(all.Keys), 1)
		want(t, "key", all.Keys[0].Key, "tier")
	})
	row("Organization", "DeleteProperty", func(t *testing.T) {
		e := world(t)
		org := e.organization("Pilots")
		e.keep("tier")
		_, err := e.Organization.DeleteProperty(org, "tier")
		must(t, err)
		_, _, err = e.Organization.GetProperty(org, "tier")
		want(t, "refused", err != nil, true)
	})
}

func deskRows() {
	organizations := func(e *env) int {
		e.t.Helper()
		p, _, err := e.ServiceDesk.GetOrganizations(1, 0, 50, "")
		must(e.t, err)
		return p.Size
	}
	customers := func(e *env) int {
		e.t.Helper()
		l, _, err := e.ServiceDesk.ListCustomers(1, nil)
		must(e.t, err)
		return len(l.Values)
	}
	row("ServiceDesk", "AddOrganization", func(t *testing.T) {
		e := world(t)
		_, err := e.ServiceDesk.AddOrganization(1, e.organization("Pilots"))
		must(t, err)
		want(t, "organizations", organizations(e), 1)
	})
	row("ServiceDesk", "GetOrganizations", func(t *testing.T) {
		e := world(t)
		e.organization("Pilots")
		want(t, "organizations", organizations(e), 0)
		_, _, err := e.ServiceDesk.GetOrganizations(99, 0, 50, "")
		want(t, "refused", err != nil, true)
	})
	row("ServiceDesk", "RemoveOrganization", func(t *testing.T) {
		e := world(t)
		org := e.organization("Pilots")
		_, err := e.ServiceDesk.AddOrganization(1, org)
		must(t, err)
		_, err = e.ServiceDesk.RemoveOrganization(1, org)
		must(t, err)
		want(t, "organizations", organizations(e), 0)
	})
	row("ServiceDesk", "AddCustomers", func(t *testing.T) {
		e := world(t)
		_, err := e.ServiceDesk.AddCustomers(e.desk(), e.id("emre"), e.id("bo"))
		must(t, err)
		want(t, "customers", customers(e), 2)
	})
	row("ServiceDesk", "RemoveCustomers", func(t *testing.T) {
		e := world(t)
		_, err := e.ServiceDesk.AddCustomers(e.desk(), e.id("emre"), e.id("bo"))
		must(t, err)
		_, err = e.ServiceDesk.RemoveCustomers(1, e.id("emre")) // as accountIDs
		must(t, err)
		want(t, "customers", customers(e), 1)
	})
	row("ServiceDesk", "ListCustomers", func(t *testing.T) {
		e := world(t)
		_, err := e.ServiceDesk.AddCustomers(e.desk(), e.id("emre"), e.id("bo"))
		must(t, err)
		l, _, err := e.ServiceDesk.ListCustomers(1, &jira.CustomerListOptions{Query: "emr"})
		must(t, err)
		want(t, "customers", len(l.Values), 1)
		want(t, "who", l.Values[0].AccountID, e.id("emre"))
	})
	ask := func(e *env) *jira.Request {
		e.t.Helper()
		e.desk()
		r, _, err := e.Request.Create(e.id("emre"), []string{e.id("bo")}, &jira.Request{ServiceDeskID: "1", TypeID: "2", FieldValues: []jira.RequestFieldValue{{FieldID: "summary", Value: "The door is stuck"}}})
		must(e.t, err)
		return r
	}
	row("Request", "Create", func(t *testing.T) {
		e := world(t)
		r := ask(e)
		want(t, "summary", e.read(r.IssueKey).Fields.Summary, "The door is stuck")
		want(t, "reporter", r.Reporter.AccountID, e.id("emre"))
	})
	row("Request", "CreateComment", func(t *testing.T) {
		e := world(t)
		r := ask(e)
		_, _, err := e.Request.CreateComment(r.IssueKey, &jira.RequestComment{Body: "Coming", Public: true})
		must(t, err)
		want(t, "comment", e.read(r.IssueKey).Fields.Comments.Comments[0].Body, "Coming")
	})
}
