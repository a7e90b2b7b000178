package jira

import (
	"net/http"
	"strings"
	"testing"

	"github.com/andygrunwald/go-jira"
)

func init() {
	row("Project", "GetList", func(t *testing.T) {
		all, _, err := world(t).Project.GetList()
		must(t, err)
		var names []string
		for _, p := range *all {
			names = append(names, p.Key)
		}
		want(t, "projects", sorted(names), "OPS PEOPLE ROCK")
	})
	row("Project", "ListWithOptions", func(t *testing.T) {
		all, _, err := world(t).Project.ListWithOptions(&jira.GetQueryOptions{Expand: "issueTypes"})
		must(t, err)
		want(t, "issue types", len((*all)[0].IssueTypes) > 0, true)
	})
	row("Project", "Get", func(t *testing.T) {
		e := world(t)
		p, _, err := e.Project.Get("ROCK")
		must(t, err)
		want(t, "name", p.Name, "Rockets")
		want(t, "components", len(p.Components), 3)
		want(t, "lead", p.Lead.AccountID, e.id("ana"))
		_, _, err = e.Project.Get("NONE")
		refused(t, err, "No project could be found with key 'NONE'")
	})
	row("Project", "GetPermissionScheme", func(t *testing.T) {
		s, _, err := world(t).Project.GetPermissionScheme("ROCK")
		must(t, err)
		want(t, "scheme", s.Name, "Default software scheme")
	})
	row("PermissionScheme", "GetList", func(t *testing.T) {
		all, _, err := world(t).PermissionScheme.GetList()
		must(t, err)
		want(t, "schemes", len(all.PermissionSchemes), 2)
	})
	row("PermissionScheme", "Get", func(t *testing.T) {
		e := world(t)
		s, _, err := e.PermissionScheme.Get(10001)
		must(t, err)
		want(t, "scheme", s.Name, "Default software scheme")
		_, _, err = e.PermissionScheme.Get(99)
		want(t, "refused", err != nil, true)
	})
	row("Component", "Create", func(t *testing.T) {
		e := world(t)
		c, _, err := e.Component.Create(&jira.CreateComponentOptions{Name: "Paint", Project: "ROCK", AssigneeType: "PROJECT_LEAD"})
		must(t, err)
		p, _, err := e.Project.Get("ROCK")
		must(t, err)
		want(t, "components", len(p.Components), 4)
		want(t, "name", c.Name, "Paint")
	})
	row("Version", "Create", func(t *testing.T) {
		e := world(t)
		v, _, err := e.Version.Create(&jira.Version{Name: "Launch 9", ProjectID: 10000, StartDate: "2026-05-01"})
		must(t, err)
		want(t, "name", e.version(v.ID).Name, "Launch 9")
	})
	row("Version", "Get", func(t *testing.T) {
		want(t, "name", world(t).version("10001").Name, "Launch 7")
	})
	row("Version", "Update", func(t *testing.T) {
		e := world(t)
		v := e.version("10001")
		_, _, err := e.Version.Update(&jira.Version{ID: v.ID, Name: "Launch 7b"})
		must(t, err)
		want(t, "name", e.version(v.ID).Name, "Launch 7b")
	})
	listRows()
	filterRows()
	peopleRows()
	signInRows()
}

func (e *env) version(id string) *jira.Version {
	e.t.Helper()
	n := 0
	for _, r := range id {
		n = 10*n + int(r-'0')
	}
	v, _, err := e.Version.Get(n)
	must(e.t, err)
	return v
}

func listRows() {
	row("Field", "GetList", func(t *testing.T) {
		all, _, err := world(t).Field.GetList()
		must(t, err)
		found := map[string]string{}
		for _, f := range all {
			found[f.Name] = f.ID
		}
		want(t, "summary", found["Summary"], "summary")
		want(t, "sprint", found["Sprint"], "customfield_10020")
	})
	row("Priority", "GetList", func(t *testing.T) {
		all, _, err := world(t).Priority.GetList()
		must(t, err)
		want(t, "priorities", len(all), 5)
		want(t, "most urgent", all[0].Name, "Highest")
	})
	row("Resolution", "GetList", func(t *testing.T) {
		all, _, err := world(t).Resolution.GetList()
		must(t, err)
		want(t, "resolutions", len(all), 4)
	})
	row("Status", "GetAllStatuses", func(t *testing.T) {
		all, _, err := world(t).Status.GetAllStatuses()
		must(t, err)
		found := map[string]string{}
		for _, s := range all {
			found[s.Name] = s.StatusCategory.Key
		}
		want(t, "In Progress", found["In Progress"], "indeterminate")
		want(t, "Done", found["Done"], "done")
	})
	row("StatusCategory", "GetList", func(t *testing.T) {
		all, _, err := world(t).StatusCategory.GetList()
		must(t, err)
		want(t, "categories", len(all), 4)
	})
	row("Role", "GetList", func(t *testing.T) {
		all, _, err := world(t).Role.GetList()
		must(t, err)
		var names []string
		for _, r := range *all {
			names = append(names, r.Name)
		}
		want(t, "roles", sorted(names), "Administrators Developers atlassian-addons-project-access")
	})
	row("Role", "Get", func(t *testing.T) {
		e := world(t)
		r, _, err := e.Role.Get(10004)
		must(t, err)
		want(t, "role", r.Name, "Developers")
		_, _, err = e.Role.Get(99)
		want(t, "refused", err != nil, true)
	})
}

func filterRows() {
	row("Filter", "Get", func(t *testing.T) {
		e := world(t)
		f, _, err := e.Filter.Get(e.filter("Bugs", "issuetype = Bug"))
		must(t, err)
		want(t, "query", f.Jql, "issuetype = Bug")
		_, _, err = e.Filter.Get(99)
		refused(t, err, "The selected filter is not available to you")
	})
	row("Filter", "GetFavouriteList", func(t *testing.T) {
		e := world(t)
		e.filter("Bugs", "issuetype = Bug")
		all, _, err := e.Filter.GetFavouriteList()
		must(t, err)
		want(t, "filters", len(all), 1)
		want(t, "name", all[0].Name, "Bugs")
	})
	row("Filter", "GetMyFilters", func(t *testing.T) {
		e := world(t)
		e.filter("Bugs", "issuetype = Bug")
		all, _, err := e.Filter.GetMyFilters(&jira.GetMyFiltersQueryOptions{})
		must(t, err)
		mine := false
		for _, f := range all {
			mine = mine || f.Name == "Bugs"
		}
		want(t, "mine", mine, true)
	})
	row("Filter", "Search", func(t *testing.T) {
		e := world(t)
		e.filter("Bugs", "issuetype = Bug")
		l, _, err := e.Filter.Search(&jira.FilterSearchOptions{FilterName: "bug"})
		must(t, err)
		want(t, "filters", l.Total, 1)
		want(t, "name", l.Values[0].Name, "Bugs")
	})
	row("Filter", "GetList", func(t *testing.T) {
		e := world(t)
		fs, _, err := e.Filter.GetList()
		must(t, err)
		want(t, "filters", len(fs), 2) // of the boards
	})
}

func peopleRows() {
	row("User", "Get", func(t *testing.T) {
		e := world(t)
		u, _, err := e.User.Get(e.id("bo"))
		must(t, err)
		want(t, "name", u.DisplayName, "Bo Lindqvist")
	})
	row("User", "GetByAccountID", func(t *testing.T) {
		e := world(t)
		u, _, err := e.User.GetByAccountID(e.id("bo"))
		must(t, err)
		want(t, "mail", u.EmailAddress, "bo@acme.example")
		_, _, err = e.User.GetByAccountID("nobody")
		refused(t, err, "Specified user does not exist")
	})
	row("User", "GetSelf", func(t *testing.T) {
		u, _, err := world(t).as("bo").User.GetSelf()
		must(t, err)
		want(t, "name", u.DisplayName, "Bo Lindqvist")
	})
	row("User", "GetGroups", func(t *testing.T) {
		e := world(t)
		all, _, err := e.User.GetGroups(e.id("bo"))
		must(t, err)
		var names []string
		for _, g := range *all {
			names = append(names, g.Name)
		}
		want(t, "engineering", strings.Contains(sorted(names), "engineering"), true)
	})
	row("User", "Find", func(t *testing.T) {
		found, _, err := world(t).User.Find("lindq", jira.WithMaxResults(5))
		must(t, err)
		want(t, "people", len(found), 1)
		want(t, "who", found[0].DisplayName, "Bo Lindqvist")
	})
	row("User", "Create", func(t *testing.T) {
		e := world(t)
		e.call(http.MethodPost, "rest/api/2/user", map[string]any{"emailAddress": "noa@acme.example", "products": []string{"jira-software"}}, nil)
		found, _, err := e.User.Find("noa@acme.example")
		must(t, err)
		want(t, "people", len(found), 1)
		// go-jira has no field for the products.
		u, _, err := e.User.Create(&jira.User{EmailAddress: "mia@acme.example", DisplayName: "Mia"})
		must(t, err)
		want(t, "name", u.DisplayName, "Mia")
		_, res, err := e.User.Create(&jira.User{DisplayName: "Nobody"})
		want(t, "refused", err != nil, true)
		want(t, "status", res.StatusCode, http.StatusBadRequest)
	})
	row("User", "Delete", func(t *testing.T) {
		e := world(t)
		c, _, err := e.Customer.Create("mia@pilots.example", "Mia")
		must(t, err)
		_, err = e.User.Delete(c.AccountID)
		must(t, err)
		u, _, err := e.User.GetByAccountID(c.AccountID) // what is left is the name, for what they have written
		must(t, err)
		want(t, "active", u.Active, false)
	})
	members := func(e *env, group string) string {
		e.t.Helper()
		all, _, err := e.Group.GetWithOptions(group, &jira.GroupSearchOptions{MaxResults: 50})
		must(e.t, err)
		var names []string
		for _, m := range all {
			names = append(names, strings.Fields(m.DisplayName)[0])
		}
		return sorted(names)
	}
	row("Group", "Get", func(t *testing.T) {
		e := world(t)
		all, _, err := e.Group.Get("engineering")
		must(t, err)
		want(t, "members", len(all) > 1, true)
		_, _, err = e.Group.Get("nobody")
		want(t, "refused", err != nil, true)
	})
	row("Group", "GetWithOptions", func(t *testing.T) {
		e := world(t)
		all, _, err := e.Group.GetWithOptions("engineering", &jira.GroupSearchOptions{MaxResults: 1, StartAt: 1})
		must(t, err)
		want(t, "on the page", len(all), 1)
	})
	row("Group", "Add", func(t *testing.T) {
		e := world(t)
		_, _, err := e.Group.Add("engineering", e.id("dara")) // as a name
		must(t, err)
		want(t, "dara is in", strings.Contains(members(e, "engineering"), "Dara"), true)
	})
	row("Group", "Remove", func(t *testing.T) {
		e := world(t)
		_, err := e.Group.Remove("engineering", e.id("bo")) // as a name
		must(t, err)
		want(t, "bo is in", strings.Contains(members(e, "engineering"), "Bo"), false)
	})
}

func signInRows() {
	signIn := func(t *testing.T) (*env, *jira.Client) {
		t.Helper()
		e := world(t)
		c, err := jira.NewClient(nil, e.url)
		must(t, err)
		//lint:ignore SA1019 every symbol is driven, this one too
		ok, err := c.Authentication.AcquireSessionCookie(e.creds.Env["JIRA_USER"], e.creds.Env["JIRA_TOKEN"])
		must(t, err)
		want(t, "signed in", ok, true)
		return e, c
	}
	row("Authentication", "AcquireSessionCookie", func(t *testing.T) {
		e, c := signIn(t)
		_, _, err := c.Issue.Get("ROCK-1", nil)
		must(t, err)
		//lint:ignore SA1019 every symbol is driven, this one too
		ok, err := c.Authentication.AcquireSessionCookie(e.creds.Env["JIRA_USER"], "wrong")
		want(t, "refused", !ok && err != nil, true)
	})
	row("Authentication", "GetCurrentUser", func(t *testing.T) {
		e, c := signIn(t)
		s, err := c.Authentication.GetCurrentUser()
		must(t, err)
		want(t, "who", s.Name, e.creds.Env["JIRA_USER"])
	})
	row("Authentication", "Logout", func(t *testing.T) {
		e, c := signIn(t)
		//lint:ignore SA1019 every symbol is driven, this one too
		must(t, c.Authentication.Logout())
		_, _, err := c.User.GetSelf()
		want(t, "refused", err != nil, true)
		want(t, "world", e.url != "", true)
	})
	rows.Row("jira.CookieAuthTransport.RoundTrip", func(t *testing.T) {
		e := world(t)
		tp := jira.CookieAuthTransport{Username: e.creds.Env["JIRA_USER"], Password: e.creds.Env["JIRA_TOKEN"], AuthURL: e.url + "/rest/auth/1/session"}
		c, err := jira.NewClient(tp.Client(), e.url)
		must(t, err)
		u, _, err := c.User.GetSelf()
		must(t, err)
		want(t, "who", u.EmailAddress, e.creds.Env["JIRA_USER"])
	})
}
