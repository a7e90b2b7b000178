package slack

import (
	"context"
	"errors"
	"slices"
	"strings"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/slack/internal/api"
)

// A PermissionRequest is what an app has asked a person for and waits for their answer to.
type PermissionRequest struct {
	ID       string   `json:"id"`
	App      string   `json:"app"`
	Team     string   `json:"team"`
	User     string   `json:"user"`    // who is asked
	Trigger  string   `json:"trigger"` // that the app asked with
	Scopes   []string `json:"scopes"`
	Personal bool     `json:"personal"` // to act as them, rather than in the workspace
}

// appsPermissionsMethods are the apps.permissions.* methods. Slack has retired the workspace apps that they were for; here
// an app's bot stands for one.
//
// https://docs.slack.dev/reference/methods?family=apps
func (s *Slack) appsPermissionsMethods() {
	read(s, "apps.permissions.info", about{twin.Full, tier2, "", "-"}, s.appsPermissionsInfo)
	write(s, "apps.permissions.request", about{twin.Full, tier2, "", "-"}, s.appsPermissionsRequest)
	read(s, "apps.permissions.resources.list", about{twin.Full, tier2, "", "-"}, s.appsPermissionsResourcesList)
	read(s, "apps.permissions.scopes.list", about{twin.Full, tier2, "", "-"}, s.appsPermissionsScopesList)
	read(s, "apps.permissions.users.list", about{twin.Full, tier2, "", "-"}, s.appsPermissionsUsersList)
	write(s, "apps.permissions.users.request", about{twin.Full, tier2, "", "-"}, s.appsPermissionsUsersRequest)
}

// resourceOf is the kind of resource that a scope is about.
func resourceOf(scope string) string {
	switch family, _, _ := strings.Cut(scope, ":"); family {
	case "channels":
		return "channel"
	case "groups":
		return "group"
	case "im", "mpim":
		return family
	case "app_mentions", "commands":
		return "app_home"
	}
	return "team"
}

// resources are the kinds of resources that an app can be let into.
var resources = []string{"app_home", "team", "channel", "group", "mpim", "im"}

// appsPermissionsInfo says what the app may do, by kind of resource.
//
// https://docs.slack.dev/reference/methods/apps.permissions.info
func (s *Slack) appsPermissionsInfo(c *call, in *api.AppsPermissionsInfoRequest) (any, error) {
	info := reply{}
	for _, kind := range resources {
		scopes := []string{}
		for _, sc := range c.token.Scopes {
			if resourceOf(sc) == kind {
				scopes = append(scopes, sc)
			}
		}
		info[kind] = reply{"scopes": scopes, "resources": reply{"ids": ids(c.letInto(kind)), "wildcard": false, "excluded_ids": []string{}}}
	}
	return reply{"info": info}, nil
}

// letInto lists what of a kind the app is in.
func (c *call) letInto(kind string) (list []string) {
	if kind == "team" {
		return []string{c.token.Team}
	}
	for m := range c.s.membersByUser.All(c.Tx, c.user.ID) {
		ch, _ := c.s.channels.Get(c.Tx, m.Channel)
		of := map[string]string{"public_channel": "channel", "private_channel": "group", "mpim": "mpim", "im": "im"}[typeOf(ch)]
		if of == kind {
			list = append(list, ch.ID)
		}
	}
	return list
}

// appsPermissionsRequest asks the person who triggered it for more scopes.
//
// https://docs.slack.dev/reference/methods/apps.permissions.request
func (s *Slack) appsPermissionsRequest(c *call, in *api.AppsPermissionsRequestRequest) (any, error) {
	return nil, c.requestPermissions(in.Scopes, in.TriggerID, "")
}

// requestPermissions puts a request for scopes before somebody.
func (c *call) requestPermissions(scopes, trigger, user string) error {
	asked := splitScopes(scopes)
	if len(asked) == 0 {
		return missing("scopes")
	}
	for _, sc := range asked {
		if !c.s.scopes[sc] {
			return errInvalidScope
		}
	}
	t, err := c.exchange(trigger, errInvalidTrigger, errInvalidTrigger, errTriggerExchanged)
	if err != nil {
		return err
	}
	p := PermissionRequest{ID: c.id("Pr"), App: c.token.App, Team: c.token.Team, User: t.User, Trigger: trigger, Scopes: asked}
	if user != "" {
		p.User, p.Personal = user, true
	}
	c.s.permissions.Put(c.Tx, p)
	return nil
}

// appsPermissionsResourcesList lists what the app has been let into.
//
// https://docs.slack.dev/reference/methods/apps.permissions.resources.list
func (s *Slack) appsPermissionsResourcesList(c *call, in *api.AppsPermissionsResourcesListRequest) (any, error) {
	var all []reply
	for _, kind := range resources {
		for _, id := range c.letInto(kind) {
			all = append(all, reply{"id": id, "type": kind})
		}
	}
	cut, next, err := page(all, "resource", in.Cursor, limit(in.Limit, 100, 1000), func(r reply) string { return r["id"].(string) })
	if err != nil {
		return nil, err
	}
	return reply{"resources": cut, "response_metadata": reply{"next_cursor": next}}, nil
}

// appsPermissionsScopesList lists the app's scopes, by kind of resource.
//
// https://docs.slack.dev/reference/methods/apps.permissions.scopes.list
func (s *Slack) appsPermissionsScopesList(c *call, in *api.AppsPermissionsScopesListRequest) (any, error) {
	v := reply{}
	for _, kind := range resources {
		scopes := []string{}
		for _, sc := range c.token.Scopes {
			if resourceOf(sc) == kind {
				scopes = append(scopes, sc)
			}
		}
		v[kind] = scopes
	}
	inst, _ := s.installs.Get(c.Tx, c.token.App+"/"+c.token.Team)
	user := []string{}
	for _, who := range sortedKeys(inst.UserScopes) {
		user = union(user, inst.UserScopes[who])
	}
	v["user"] = user
	return reply{"scopes": v}, nil
}

// appsPermissionsUsersList lists whom the app may act for.
//
// https://docs.slack.dev/reference/methods/apps.permissions.users.list
func (s *Slack) appsPermissionsUsersList(c *call, in *api.AppsPermissionsUsersListRequest) (any, error) {
	inst, _ := s.installs.Get(c.Tx, c.token.App+"/"+c.token.Team)
	cut, next, err := page(sortedKeys(inst.UserScopes), "user", in.Cursor, limit(in.Limit, 100, 1000), func(id string) string { return id })
	if err != nil {
		return nil, err
	}
	list := []reply{}
	for _, id := range cut {
		list = append(list, reply{"id": id, "scopes": inst.UserScopes[id]})
	}
	return reply{"resources": list, "response_metadata": reply{"next_cursor": next}}, nil
}

// appsPermissionsUsersRequest asks somebody to let the app act for them.
//
// https://docs.slack.dev/reference/methods/apps.permissions.users.request
func (s *Slack) appsPermissionsUsersRequest(c *call, in *api.AppsPermissionsUsersRequestRequest) (any, error) {
	if in.User == "" {
		return nil, missing("user")
	}
	if u, ok := s.users.Get(c.Tx, in.User); !ok || u.Deleted || u.Bot {
		return nil, errInvalidUser
	}
	return nil, c.requestPermissions(in.Scopes, in.TriggerID, in.User)
}

// answerPermissions is what somebody answers to an app that asks them for more scopes.
//
// https://docs.slack.dev/reference/events/scope_granted
func (s *Slack) answerPermissions(ctx context.Context, r *twin.Request, in *struct {
	User, App string
	Deny      bool
}) (out any, err error) {
	err = r.Update(func(tc *twin.Call) error {
		c, app, inst, err := s.personAt(tc, in.User, in.App)
		if err != nil {
			return err
		}
		found := PermissionRequest{}
		for p := range s.permissions.All(tc.Tx, "") {
			if p.App == app.ID && p.User == c.user.ID {
				found = p
			}
		}
		if found.ID == "" {
			return errors.New(app.Name + " has asked them for nothing")
		}
		s.permissions.Delete(tc.Tx, found.ID)
		body := reply{"scopes": found.Scopes, "trigger_id": found.Trigger}
		kind := map[bool]string{false: "scope_", true: "user_resource_"}[found.Personal]
		if found.Personal {
			body["user"] = c.user.ID
		}
		if in.Deny {
			c.tellApp(app, inst, kind+"denied", body)
			out = reply{"granted": []string{}}
			return nil
		}
		if found.Personal {
			c.userToken(inst, c.user.ID, found.Scopes)
		} else {
			c.install(app, Team{ID: inst.Team, Enterprise: inst.Enterprise}, inst.By, union(slices.Clone(inst.BotScopes), found.Scopes))
		}
		c.tellApp(app, inst, kind+"granted", body)
		out = reply{"granted": found.Scopes}
		return nil
	})
	return out, err
}
