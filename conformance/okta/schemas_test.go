package okta

import (
	"slices"
	"testing"

	"github.com/okta/okta-sdk-golang/v2/okta"
	"github.com/okta/okta-sdk-golang/v2/okta/query"
)

// wings is a schema with one property of the org's own; nil removes it.
func wings(a *okta.UserSchemaAttribute) okta.UserSchema {
	return okta.UserSchema{Definitions: &okta.UserSchemaDefinitions{Custom: &okta.UserSchemaPublic{Id: "#custom", Type: "object", Properties: map[string]*okta.UserSchemaAttribute{"wings": a}}}}
}

// userType makes a type of people.
func (e *env) userType(name string) *okta.UserType {
	e.t.Helper()
	ty, _, err := e.UserType.CreateUserType(e.ctx, okta.UserType{Name: name, DisplayName: "The " + name, Description: "They fly"})
	must(e.t, err)
	return ty
}

// relation makes a relation of captain and crew.
func (e *env) relation() okta.LinkedObject {
	e.t.Helper()
	r := okta.LinkedObject{Primary: &okta.LinkedObjectDetails{Name: "captain", Title: "Captain", Description: "Who leads", Type: "USER"},
		Associated: &okta.LinkedObjectDetails{Name: "crew", Title: "Crew", Description: "Who follows", Type: "USER"}}
	_, _, err := e.LinkedObject.AddLinkedObjectDefinition(e.ctx, r)
	must(e.t, err)
	return r
}

// related are the addresses of those whom a relation leads to from somebody.
func (e *env) related(u *okta.User, name string) string {
	e.t.Helper()
	links, _, err := e.User.GetLinkedObjectsForUser(e.ctx, u.Id, name, nil)
	must(e.t, err)
	return names(links, func(l *okta.ResponseLinks) string {
		return l.Links.(map[string]any)["self"].(map[string]any)["href"].(string)
	})
}

// mapping is the one from the default user type to an app, or the other way.
func (e *env) mapping(source, target string) *okta.ProfileMapping {
	e.t.Helper()
	all, _, err := e.ProfileMapping.ListProfileMappings(e.ctx, query.NewQueryParams(query.WithSourceId(source), query.WithTargetId(target)))
	must(e.t, err)
	want(e.t, "mappings", len(all), 1)
	return all[0]
}

func init() {
	row("UserType", "CreateUserType", func(t *testing.T) {
		e := world(t)
		ty := e.userType("pilot")
		want(t, "default", *ty.Default, false)
		who := newUser("Mia")
		who.Type = &okta.UserType{Id: ty.Id}
		u, _, err := e.User.CreateUser(e.ctx, who, nil)
		must(t, err)
		want(t, "the person's type", u.Type.Id, ty.Id)
		_, _, err = e.UserType.CreateUserType(e.ctx, okta.UserType{Name: "pilot", DisplayName: "Again"})
		refused(t, err, "E0000001", "already exists")
		_, _, err = e.UserType.CreateUserType(e.ctx, okta.UserType{Name: "a pilot", DisplayName: "Again"})
		refused(t, err, "E0000001", "name")
	})
	row("UserType", "GetUserType", func(t *testing.T) {
		e := world(t)
		got, _, err := e.UserType.GetUserType(e.ctx, e.userType("pilot").Id)
		must(t, err)
		want(t, "name", got.Name, "pilot")
		_, _, err = e.UserType.GetUserType(e.ctx, "otynone")
		refused(t, err, "E0000007", "otynone")
	})
	row("UserType", "ListUserTypes", func(t *testing.T) {
		e := world(t)
		e.userType("pilot")
		all, _, err := e.UserType.ListUserTypes(e.ctx)
		must(t, err)
		want(t, "types", names(all, func(ty *okta.UserType) string { return ty.Name }), "user, pilot")
		want(t, "the first is the default", *all[0].Default, true)
	})
	row("UserType", "UpdateUserType", func(t *testing.T) {
		e := world(t)
		ty := e.userType("pilot")
		_, _, err := e.UserType.UpdateUserType(e.ctx, ty.Id, okta.UserType{DisplayName: "Aviator"})
		must(t, err)
		got, _, err := e.UserType.GetUserType(e.ctx, ty.Id)
		must(t, err)
		want(t, "display name", got.DisplayName, "Aviator")
		want(t, "description", got.Description, "They fly")
	})
	row("UserType", "ReplaceUserType", func(t *testing.T) {
		e := world(t)
		ty := e.userType("pilot")
		_, _, err := e.UserType.ReplaceUserType(e.ctx, ty.Id, okta.UserType{Name: "pilot", DisplayName: "Aviator"})
		must(t, err)
		got, _, err := e.UserType.GetUserType(e.ctx, ty.Id)
		must(t, err)
		want(t, "display name", got.DisplayName, "Aviator")
		want(t, "description", got.Description, "")
		_, _, err = e.UserType.ReplaceUserType(e.ctx, ty.Id, okta.UserType{Name: "aviator", DisplayName: "Aviator"})
		refused(t, err, "E0000001", "name")
	})
	row("UserType", "DeleteUserType", func(t *testing.T) {
		e := world(t)
		ty := e.userType("pilot")
		_, err := e.UserType.DeleteUserType(e.ctx, ty.Id)
		must(t, err)
		_, _, err = e.UserType.GetUserType(e.ctx, ty.Id)
		refused(t, err, "E0000007", ty.Id)
		_, err = e.UserType.DeleteUserType(e.ctx, e.me().Type.Id)
		refused(t, err, "E0000001", "")
	})
	row("UserSchema", "GetUserSchema", func(t *testing.T) {
		e := world(t)
		s, _, err := e.UserSchema.GetUserSchema(e.ctx, "default")
		must(t, err)
		want(t, "title of login", s.Definitions.Base.Properties["login"].Title, "Username")
		want(t, "login is required", slices.Contains(s.Definitions.Base.Required, "login"), true)
		_, _, err = e.UserSchema.GetUserSchema(e.ctx, "oscnone")
		refused(t, err, "E0000007", "oscnone")
	})
	row("UserSchema", "UpdateUserProfile", func(t *testing.T) {
		e := world(t)
		u := e.user("Mia")
		fly := func(n any) error {
			_, _, err := e.User.PartialUpdateUser(e.ctx, u.Id, okta.User{Profile: &okta.UserProfile{"wings": n}}, nil)
			return err
		}
		refused(t, fly(2), "E0000003", "")
		_, _, err := e.UserSchema.UpdateUserProfile(e.ctx, "default", wings(&okta.UserSchemaAttribute{Title: "Wings", Type: "integer"}))
		must(t, err)
		must(t, fly(2))
		refused(t, fly("two"), "E0000001", "wings")
		s, _, err := e.UserSchema.UpdateUserProfile(e.ctx, "default", wings(nil))
		must(t, err)
		want(t, "custom properties", len(s.Definitions.Custom.Properties), 0)
		got, _, err := e.User.GetUser(e.ctx, u.Id)
		must(t, err)
		want(t, "wings", (*got.Profile)["wings"], nil) // it is gone with its values
	})
	row("UserSchema", "GetApplicationUserSchema", func(t *testing.T) {
		e := world(t)
		s, _, err := e.UserSchema.GetApplicationUserSchema(e.ctx, e.bookmark("Stars").Id)
		must(t, err)
		want(t, "title", s.Title, "Stars User")
		_, _, err = e.UserSchema.GetApplicationUserSchema(e.ctx, "0oanone")
		refused(t, err, "E0000007", "0oanone")
	})
	row("UserSchema", "UpdateApplicationUserProfile", func(t *testing.T) {
		e := world(t)
		app, _ := e.webApp()
		_, _, err := e.UserSchema.UpdateApplicationUserProfile(e.ctx, app, wings(&okta.UserSchemaAttribute{Title: "Wings", Type: "integer"}))
		must(t, err)
		s, _, err := e.UserSchema.GetApplicationUserSchema(e.ctx, app)
		must(t, err)
		want(t, "title", s.Definitions.Custom.Properties["wings"].Title, "Wings")
		u := e.user("Mia")
		given, _, err := e.Application.AssignUserToApplication(e.ctx, app, okta.AppUser{Id: u.Id, Profile: map[string]any{"wings": 2}})
		must(t, err)
		want(t, "wings", given.Profile.(map[string]any)["wings"], any(2.0))
		_, _, err = e.UserSchema.UpdateApplicationUserProfile(e.ctx, app, wings(&okta.UserSchemaAttribute{Title: "Wings", Type: "feathers"}))
		refused(t, err, "E0000001", "")
	})
	row("GroupSchema", "GetGroupSchema", func(t *testing.T) {
		e := world(t)
		s, _, err := e.GroupSchema.GetGroupSchema(e.ctx)
		must(t, err)
		want(t, "title of name", s.Definitions.Base.Properties["name"].Title, "Name")
		want(t, "name is required", slices.Contains(s.Definitions.Base.Required, "name"), true)
	})
	row("GroupSchema", "UpdateGroupSchema", func(t *testing.T) {
		e := world(t)
		plane := okta.Group{Profile: &okta.GroupProfile{Name: "Pilots", GroupProfileMap: okta.GroupProfileMap{"plane": "Comet"}}}
		_, _, err := e.Group.CreateGroup(e.ctx, plane)
		refused(t, err, "E0000003", "")
		_, _, err = e.GroupSchema.UpdateGroupSchema(e.ctx, okta.GroupSchema{Definitions: &okta.GroupSchemaDefinitions{Custom: &okta.GroupSchemaCustom{Id: "#custom", Type: "object",
			Properties: map[string]*okta.GroupSchemaAttribute{"plane": {Title: "Plane", Type: "string", Enum: []any{"Comet", "Meteor"}}}}}})
		must(t, err)
		g, _, err := e.Group.CreateGroup(e.ctx, plane)
		must(t, err)
		got, _, err := e.Group.GetGroup(e.ctx, g.Id)
		must(t, err)
		want(t, "plane", got.Profile.GroupProfileMap["plane"], any("Comet"))
		plane.Profile.GroupProfileMap["plane"] = "Kite"
		_, _, err = e.Group.UpdateGroup(e.ctx, g.Id, plane)
		refused(t, err, "E0000001", "plane")
	})
	linkedObjectRows()
	mappingRows()
}

func linkedObjectRows() {
	row("LinkedObject", "AddLinkedObjectDefinition", func(t *testing.T) {
		e := world(t)
		r := e.relation()
		got, _, err := e.LinkedObject.GetLinkedObjectDefinition(e.ctx, "crew")
		must(t, err)
		want(t, "primary", got.Primary.Title, "Captain")
		_, _, err = e.LinkedObject.AddLinkedObjectDefinition(e.ctx, r)
		refused(t, err, "E0000127", "")
	})
	row("LinkedObject", "GetLinkedObjectDefinition", func(t *testing.T) {
		e := world(t)
		e.relation()
		got, _, err := e.LinkedObject.GetLinkedObjectDefinition(e.ctx, "captain")
		must(t, err)
		want(t, "associated", got.Associated.Name, "crew")
		_, _, err = e.LinkedObject.GetLinkedObjectDefinition(e.ctx, "cook")
		refused(t, err, "E0000007", "cook")
	})
	row("LinkedObject", "ListLinkedObjectDefinitions", func(t *testing.T) {
		e := world(t)
		e.relation()
		all, _, err := e.LinkedObject.ListLinkedObjectDefinitions(e.ctx)
		must(t, err)
		want(t, "relations", names(all, func(l *okta.LinkedObject) string { return l.Primary.Name }), "captain")
	})
	row("LinkedObject", "DeleteLinkedObjectDefinition", func(t *testing.T) {
		e := world(t)
		e.relation()
		u := e.user("Mia")
		_, err := e.User.SetLinkedObjectForUser(e.ctx, u.Id, "captain", e.user("Noa").Id)
		must(t, err)
		_, err = e.LinkedObject.DeleteLinkedObjectDefinition(e.ctx, "captain")
		must(t, err)
		_, _, err = e.User.GetLinkedObjectsForUser(e.ctx, u.Id, "captain", nil)
		refused(t, err, "E0000007", "captain")
		e.relation()
		want(t, "captain", e.related(u, "captain"), "") // the links are gone with their relation
	})
	row("User", "SetLinkedObjectForUser", func(t *testing.T) {
		e := world(t)
		e.relation()
		mia, noa, zoe := e.user("Mia"), e.user("Noa"), e.user("Zoe")
		for _, captain := range []*okta.User{noa, zoe} { // the second takes the place of the first
			_, err := e.User.SetLinkedObjectForUser(e.ctx, mia.Id, "captain", captain.Id)
			must(t, err)
		}
		want(t, "captain", e.related(mia, "captain"), e.url+"/api/v1/users/"+zoe.Id)
		want(t, "crew of the first", e.related(noa, "crew"), "")
		_, err := e.User.SetLinkedObjectForUser(e.ctx, mia.Id, "cook", noa.Id)
		refused(t, err, "E0000007", "cook")
	})
	row("User", "GetLinkedObjectsForUser", func(t *testing.T) {
		e := world(t)
		e.relation()
		mia, noa, zoe := e.user("Mia"), e.user("Noa"), e.user("Zoe")
		for _, u := range []*okta.User{mia, noa} {
			_, err := e.User.SetLinkedObjectForUser(e.ctx, u.Id, "captain", zoe.Id)
			must(t, err)
		}
		links, _, err := e.User.GetLinkedObjectsForUser(e.ctx, zoe.Id, "crew", nil)
		must(t, err)
		want(t, "crew", len(links), 2)
		want(t, "captain", e.related(noa, "captain"), e.url+"/api/v1/users/"+zoe.Id)
	})
	row("User", "RemoveLinkedObjectForUser", func(t *testing.T) {
		e := world(t)
		e.relation()
		mia, zoe := e.user("Mia"), e.user("Zoe")
		_, err := e.User.SetLinkedObjectForUser(e.ctx, mia.Id, "captain", zoe.Id)
		must(t, err)
		_, err = e.User.RemoveLinkedObjectForUser(e.ctx, mia.Id, "captain")
		must(t, err)
		want(t, "captain", e.related(mia, "captain"), "")
		want(t, "crew", e.related(zoe, "crew"), "")
		_, err = e.User.RemoveLinkedObjectForUser(e.ctx, mia.Id, "cook")
		refused(t, err, "E0000007", "cook")
	})
}

func mappingRows() {
	row("ProfileMapping", "ListProfileMappings", func(t *testing.T) {
		e := world(t)
		app, _ := e.webApp()
		in, out := e.mapping(app, e.me().Type.Id), e.mapping(e.me().Type.Id, app)
		want(t, "from", in.Source.Type, "appuser")
		want(t, "to", out.Target.Type, "appuser")
		page, res, err := e.ProfileMapping.ListProfileMappings(e.ctx, query.NewQueryParams(query.WithLimit(1)))
		must(t, err)
		want(t, "on the first page", len(page), 1)
		want(t, "more", res.HasNextPage(), true)
	})
	row("ProfileMapping", "GetProfileMapping", func(t *testing.T) {
		e := world(t)
		app, _ := e.webApp()
		got, _, err := e.ProfileMapping.GetProfileMapping(e.ctx, e.mapping(e.me().Type.Id, app).Id)
		must(t, err)
		want(t, "given name", got.Properties["given_name"].Expression, "user.firstName")
		_, _, err = e.ProfileMapping.GetProfileMapping(e.ctx, "prmnone")
		refused(t, err, "E0000007", "prmnone")
	})
	row("ProfileMapping", "UpdateProfileMapping", func(t *testing.T) {
		e := world(t)
		app, _ := e.webApp()
		m := e.mapping(e.me().Type.Id, app)
		update := func(name string, to *okta.ProfileMappingProperty) error {
			_, _, err := e.ProfileMapping.UpdateProfileMapping(e.ctx, m.Id, okta.ProfileMapping{Properties: map[string]*okta.ProfileMappingProperty{name: to}})
			return err
		}
		must(t, update("nickname", &okta.ProfileMappingProperty{Expression: `user.firstName + " the pilot"`, PushStatus: "PUSH"}))
		must(t, update("locality", nil))
		got, _, err := e.ProfileMapping.GetProfileMapping(e.ctx, m.Id)
		must(t, err)
		want(t, "push status", got.Properties["nickname"].PushStatus, "PUSH")
		want(t, "given name", got.Properties["given_name"].Expression, "user.firstName")
		want(t, "locality is mapped", got.Properties["locality"] != nil, false)
		u, _, err := e.Application.AssignUserToApplication(e.ctx, app, okta.AppUser{Id: e.user("Mia").Id})
		must(t, err)
		want(t, "nickname", u.Profile.(map[string]any)["nickname"], any("Mia the pilot"))
		refused(t, update("wings", &okta.ProfileMappingProperty{Expression: "user.firstName"}), "E0000001", "Invalid target field wings")
	})
}
