package check

import "slices"

// Okta is the org.
type Okta struct {
	Users  []OktaUser                            `expr:"users"`
	Groups []OktaGroup                           `expr:"groups"`
	User   func(handle string) (OktaUser, error) `expr:"user"`
	Group  func(name string) (OktaGroup, error)  `expr:"group"`
}

// An OktaUser is a person in Okta.
type OktaUser struct {
	ID        string         `expr:"id"`
	Login     string         `expr:"login"`
	Handle    string         `expr:"handle"`
	Status    string         `expr:"status"` // STAGED, PROVISIONED, ACTIVE, RECOVERY, PASSWORD_EXPIRED, LOCKED_OUT, SUSPENDED, DEPROVISIONED
	FirstName string         `expr:"firstName"`
	LastName  string         `expr:"lastName"`
	Profile   map[string]any `expr:"profile"`
	Groups    []string       `expr:"groups"`   // names
	Apps      []string       `expr:"apps"`     // labels of those assigned to the person
	Sessions  int            `expr:"sessions"` // that are live
	Roles     []string       `expr:"roles"`    // ORG_ADMIN, …
}

// An OktaGroup is a group.
type OktaGroup struct {
	ID          string   `expr:"id"`
	Name        string   `expr:"name"`
	Description string   `expr:"description"`
	Members     []string `expr:"members"` // handles
	Apps        []string `expr:"apps"`    // labels
}

// The records as the twin keeps them, as far as the views need them.
type (
	oktaUser struct {
		ID, Status string
		Profile    map[string]any
	}
	oktaGroup struct {
		ID      string
		Profile struct{ Name, Description string }
	}
	oktaApp        struct{ ID, Label string }
	oktaMember     struct{ Group, User string }
	oktaAppUser    struct{ App, User string }
	oktaAppGroup   struct{ App, Group string }
	oktaAssignment struct{ Assignee, Type string }
	oktaSession    struct{ User string }
)

func (st *State) oktaUsers() naming {
	return names(st, "okta.users", func(u *oktaUser) (string, string) { return u.ID, st.handle(text(u.Profile["login"])) })
}

func (st *State) oktaGroups() naming {
	return names(st, "okta.groups", func(g *oktaGroup) (string, string) { return g.ID, g.Profile.Name })
}

func (st *State) oktaApps() naming {
	return names(st, "okta.apps", func(a *oktaApp) (string, string) { return a.ID, a.Label })
}

func (st *State) okta() Okta {
	return Okta{
		User: func(handle string) (OktaUser, error) {
			handle = st.handle(handle)
			for u := range records[oktaUser](st, "okta.users") {
				if st.handle(text(u.Profile["login"])) == handle {
					return st.oktaUser(u), nil
				}
			}
			return OktaUser{}, st.none("there is no %q in Okta", handle)
		},
		Group: func(name string) (OktaGroup, error) {
			for g := range records[oktaGroup](st, "okta.groups") {
				if g.Profile.Name == name {
					return st.oktaGroup(g), nil
				}
			}
			return OktaGroup{}, st.none("there is no group %q in Okta", name)
		},
	}
}

func (st *State) oktaUser(u *oktaUser) OktaUser {
	v := OktaUser{ID: u.ID, Login: text(u.Profile["login"]), Status: u.Status, FirstName: text(u.Profile["firstName"]), LastName: text(u.Profile["lastName"]), Profile: u.Profile}
	v.Handle = st.handle(v.Login)
	for _, m := range grouped(st, "okta.members", "user", func(m *oktaMember) string { return m.User })[u.ID] {
		v.Groups = append(v.Groups, st.oktaGroups().of(m.Group))
	}
	for _, a := range grouped(st, "okta.appUsers", "user", func(a *oktaAppUser) string { return a.User })[u.ID] {
		v.Apps = append(v.Apps, st.oktaApps().of(a.App))
	}
	for _, a := range grouped(st, "okta.assignments", "assignee", func(a *oktaAssignment) string { return a.Assignee })[u.ID] {
		v.Roles = append(v.Roles, a.Type)
	}
	v.Sessions = len(grouped(st, "okta.sessions", "user", func(s *oktaSession) string { return s.User })[u.ID])
	slices.Sort(v.Groups)
	slices.Sort(v.Apps)
	return v
}

func (st *State) oktaGroup(g *oktaGroup) OktaGroup {
	v := OktaGroup{ID: g.ID, Name: g.Profile.Name, Description: g.Profile.Description}
	for _, m := range grouped(st, "okta.members", "group", func(m *oktaMember) string { return m.Group })[g.ID] {
		v.Members = append(v.Members, st.oktaUsers().of(m.User))
	}
	for _, a := range grouped(st, "okta.appGroups", "group", func(a *oktaAppGroup) string { return a.Group })[g.ID] {
		v.Apps = append(v.Apps, st.oktaApps().of(a.App))
	}
	slices.Sort(v.Members)
	slices.Sort(v.Apps)
	return v
}
