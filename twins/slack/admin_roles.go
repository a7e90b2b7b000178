package slack

import (
	"slices"
	"strconv"
	"strings"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/slack/internal/api"
)

// An Assignment gives someone a role in the organisation, a workspace or a channel.
type Assignment struct {
	Role   string `json:"role"`
	Entity string `json:"entity"`
	User   string `json:"user"`
	Since  int64  `json:"since"`
}

// roles are those that can be assigned, with the kinds of entity that they are for (channel, team, organisation)
// and the methods that they open to people who are no administrators.
//
// https://docs.slack.dev/reference/methods/admin.roles.addAssignments#roles
var roles = map[string]struct{ name, on, opens string }{
	"Rl01": {"Channel Admin", "TE", "admin.conversations."},
	"Rl02": {"Role Admin", "TE", "admin.roles."},
	"Rl03": {"User Admin", "TE", "admin.users."},
	"Rl04": {"Legal Holds Admin", "E", ""},
	"Rl05": {"Conversation Admin", "TE", ""},
	"Rl09": {"DLP Admin", "E", ""},
	"Rl0A": {"Channel Manager", "CTE", ""},
	"Rl0B": {"Slack Platform Developer", "TE", ""},
	"Rl0C": {"Audit Logs Admin", "TE", ""},
	"Rl0D": {"Integrations Manager", "E", "admin.apps."},
	"Rl0E": {"Message Activity Manager", "E", ""},
	"Rl0F": {"Exports Admin", "E", ""},
	"Rl0G": {"Sales Admin", "E", ""},
	"Rl0J": {"Security Admin", "E", "admin.users.session."},
	"Rl0K": {"Workflow Admin", "E", "admin.workflows."},
	"Rl0L": {"Analytics Admin", "TE", "admin.analytics."},
}

// adminRolesMethods are the admin.roles.* methods.
//
// https://docs.slack.dev/reference/methods?family=admin.roles
func (s *Slack) adminRolesMethods() {
	write(s, "admin.roles.addAssignments", about{twin.Full, tier2, "-", "admin.roles:write"}, s.adminRolesAddAssignments)
	read(s, "admin.roles.listAssignments", about{twin.Full, tier3, "-", "admin.roles:read"}, s.adminRolesListAssignments)
	write(s, "admin.roles.removeAssignments", about{twin.Full, tier2, "-", "admin.roles:write"}, s.adminRolesRemoveAssignments)
}

// adminRolesAddAssignments gives people a role in each of the entities. What it could not do it says, and does the rest.
//
// https://docs.slack.dev/reference/methods/admin.roles.addAssignments
func (s *Slack) adminRolesAddAssignments(c *call, in *api.AdminRolesAddAssignmentsRequest) (any, error) {
	users, entities, refused, err := c.assignees(in.RoleID, in.EntityIDs, in.UserIDs)
	if err != nil {
		return nil, err
	}
	for _, e := range entities {
		for _, u := range users {
			a := Assignment{Role: in.RoleID, Entity: e, User: u.ID, Since: c.Now.Unix()}
			if s.assignments.Has(c.Tx, a.Role+"/"+a.Entity+"/"+a.User) {
				continue
			}
			s.assignments.Put(c.Tx, a)
			c.audit("role_assigned", aboutRole(in.RoleID), reply{"target_user": u.ID, "target_entity": e})
		}
	}
	return nil, refused
}

func aboutRole(id string) reply {
	return reply{"type": "role", "role": reply{"id": id, "name": roles[id].name, "type": "SYSTEM"}}
}

// assignees reads whom a role is for and where. The second error is what is refused of it, while the rest is done.
func (c *call) assignees(role string, entityIDs, userIDs []string) (users []User, entities []string, refused, err error) {
	if err := c.require("role_id", "entity_ids", "user_ids"); err != nil {
		return nil, nil, nil, err
	}
	org, err := c.admin(errInvalidActor, errFeatureNotEnabled)
	if err != nil {
		return nil, nil, nil, err
	}
	switch {
	case roles[role].name == "":
		return nil, nil, nil, Error("invalid_role_id")
	case len(entityIDs) > 10:
		return nil, nil, nil, Error("too_many_entities")
	case len(userIDs) > 10:
		return nil, nil, nil, errTooManyUsers
	}
	var badUsers, badEntities []reply
	for _, id := range userIDs {
		if u, ok := c.person(org, id); !ok {
			badUsers = append(badUsers, reply{"id": id, "error": errUserNotFound})
		} else if u.Deleted || u.Bot || u.Restricted || u.UltraRestricted {
			badUsers = append(badUsers, reply{"id": id, "error": errInvalidUser})
		} else {
			users = append(users, u)
		}
	}
	for _, id := range entityIDs {
		if code := c.roleFits(org, role, id); code != "" {
			badEntities = append(badEntities, reply{"id": id, "error": code})
		} else {
			entities = append(entities, id)
		}
	}
	facts := reply{}
	if badUsers != nil {
		facts["rejected_users"] = badUsers
	}
	if badEntities != nil {
		facts["rejected_entities"] = badEntities
	}
	switch {
	case len(users) == 0:
		return nil, nil, nil, Error("no_valid_users").with(facts)
	case len(entities) == 0:
		return nil, nil, nil, Error("no_valid_entities").with(facts)
	case badUsers != nil && badEntities != nil:
		refused = Error("failed_for_some_users_and_entities").with(facts)
	case badUsers != nil:
		refused = errFailedForSomeUsers.with(facts)
	case badEntities != nil:
		refused = Error("failed_for_some_entities").with(facts)
	}
	if refused != nil {
		refused = twin.Keep(refused)
	}
	return users, entities, refused, nil
}

// roleFits says what is wrong with giving a role in an entity; "" is nothing.
func (c *call) roleFits(org Team, role, id string) Error {
	kind := "E"
	if _, ok := c.orgTeam(org, id); ok {
		kind = "T"
	} else if _, ok := c.orgChannel(org, id); ok {
		kind = "C"
	} else if id != org.ID {
		return errInvalidAuth
	}
	if !strings.Contains(roles[role].on, kind) {
		return Error("invalid_entity_type")
	}
	return ""
}

// adminRolesListAssignments returns who has which role where.
//
// https://docs.slack.dev/reference/methods/admin.roles.listAssignments
func (s *Slack) adminRolesListAssignments(c *call, in *api.AdminRolesListAssignmentsRequest) (any, error) {
	n, err := c.between(in.Limit, 200, 200)
	if err != nil {
		return nil, err
	}
	if _, err := c.admin(errInvalidActor, errFeatureNotEnabled); err != nil {
		return nil, err
	}
	for _, id := range in.RoleIDs {
		if roles[id].name == "" {
			return nil, Error("invalid_role_id")
		}
	}
	if d := strings.ToUpper(in.SortDir); d != "" && d != "ASC" && d != "DESC" {
		return nil, errInvalidSort
	}
	var all []Assignment
	for a := range s.assignments.All(c.Tx, "") {
		if (len(in.RoleIDs) == 0 || slices.Contains(in.RoleIDs, a.Role)) && (len(in.EntityIDs) == 0 || slices.Contains(in.EntityIDs, a.Entity)) {
			all = append(all, a)
		}
	}
	slices.SortStableFunc(all, func(a, b Assignment) int {
		if strings.ToUpper(in.SortDir) == "ASC" {
			return int(a.Since - b.Since)
		}
		return int(b.Since - a.Since)
	})
	all, next, err := page(all, "role", in.Cursor, n, func(a Assignment) string {
		return a.Role + "/" + a.Entity + "/" + a.User + "/" + strconv.FormatInt(a.Since, 10)
	})
	if err != nil {
		return nil, err
	}
	views := []reply{}
	for _, a := range all {
		views = append(views, reply{"role_id": a.Role, "entity_id": a.Entity, "user_id": a.User, "date_create": a.Since})
	}
	return reply{"role_assignments": views, "response_metadata": reply{"next_cursor": next}}, nil
}

// adminRolesRemoveAssignments takes a role from people in each of the entities.
//
// https://docs.slack.dev/reference/methods/admin.roles.removeAssignments
func (s *Slack) adminRolesRemoveAssignments(c *call, in *api.AdminRolesRemoveAssignmentsRequest) (any, error) {
	users, entities, refused, err := c.assignees(in.RoleID, in.EntityIDs, in.UserIDs)
	if err != nil {
		return nil, err
	}
	for _, e := range entities {
		for _, u := range users {
			if s.assignments.Delete(c.Tx, in.RoleID+"/"+e+"/"+u.ID) {
				c.audit("role_removed", aboutRole(in.RoleID), reply{"target_user": u.ID, "target_entity": e})
			}
		}
	}
	return nil, refused
}

// hasRole reports whether the caller has a role in an entity.
func (c *call) hasRole(role, entity string) bool {
	return c.s.assignments.Has(c.Tx, role+"/"+entity+"/"+c.user.ID)
}
