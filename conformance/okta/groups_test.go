package okta

import (
	"testing"

	"github.com/okta/okta-sdk-golang/v2/okta"
	"github.com/okta/okta-sdk-golang/v2/okta/query"
)

// group makes a group of that name.
func (e *env) group(name string) *okta.Group {
	e.t.Helper()
	g, _, err := e.Group.CreateGroup(e.ctx, okta.Group{Profile: &okta.GroupProfile{Name: name}})
	must(e.t, err)
	return g
}

func init() {
	row("Group", "CreateGroup", func(t *testing.T) {
		e := world(t)
		g, _, err := e.Group.CreateGroup(e.ctx, okta.Group{Profile: &okta.GroupProfile{Name: "Pilots", Description: "They fly"}})
		must(t, err)
		want(t, "type", g.Type, "OKTA_GROUP")
		got, _, err := e.Group.GetGroup(e.ctx, g.Id)
		must(t, err)
		want(t, "description", got.Profile.Description, "They fly")
		_, _, err = e.Group.CreateGroup(e.ctx, okta.Group{Profile: &okta.GroupProfile{Name: "Pilots"}})
		refused(t, err, "E0000001", "already exists")
	})
	row("Group", "GetGroup", func(t *testing.T) {
		e := world(t)
		got, _, err := e.Group.GetGroup(e.ctx, e.group("Pilots").Id)
		must(t, err)
		want(t, "name", got.Profile.Name, "Pilots")
		_, _, err = e.Group.GetGroup(e.ctx, "00gnone")
		refused(t, err, "E0000007", "00gnone (UserGroup)")
	})
	row("Group", "UpdateGroup", func(t *testing.T) {
		e := world(t)
		g := e.group("Pilots")
		_, _, err := e.Group.UpdateGroup(e.ctx, g.Id, okta.Group{Profile: &okta.GroupProfile{Name: "Test pilots"}})
		must(t, err)
		got, _, err := e.Group.GetGroup(e.ctx, g.Id)
		must(t, err)
		want(t, "name", got.Profile.Name, "Test pilots")
	})
	row("Group", "DeleteGroup", func(t *testing.T) {
		e := world(t)
		g := e.group("Pilots")
		_, err := e.Group.DeleteGroup(e.ctx, g.Id)
		must(t, err)
		_, _, err = e.Group.GetGroup(e.ctx, g.Id)
		refused(t, err, "E0000007", g.Id)
	})
	row("Group", "ListGroups", func(t *testing.T) {
		e := world(t)
		e.group("Pilots")
		found, _, err := e.Group.ListGroups(e.ctx, query.NewQueryParams(query.WithQ("Pil")))
		must(t, err)
		want(t, "groups", len(found), 1)
		all, res, err := e.Group.ListGroups(e.ctx, query.NewQueryParams(query.WithLimit(2)))
		must(t, err)
		want(t, "first page", len(all), 2)
		want(t, "more", res.HasNextPage(), true)
	})
}
