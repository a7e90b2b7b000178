package slack

import (
	"cmp"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/slack/internal/api"
)

// A FunctionRule is whom administrators let use a function in workflows.
//
// https://docs.slack.dev/reference/methods/admin.functions.permissions.set
type FunctionRule struct {
	Function   string   `json:"function"`
	Visibility string   `json:"visibility"`
	Users      []string `json:"users"`
}

// A WorkflowEdit is what has become of a workflow since its app's manifest declared it.
type WorkflowEdit struct {
	Workflow      string   `json:"workflow"`
	Collaborators []string `json:"collaborators"`
	Unpublished   bool     `json:"unpublished"`
	By            string   `json:"by"`
	Updated       int64    `json:"updated"`
}

// adminFunctionsMethods are the admin.functions.* and admin.workflows.* methods.
//
// https://docs.slack.dev/reference/methods?family=admin.functions
func (s *Slack) adminFunctionsMethods() {
	read(s, "admin.functions.list", about{twin.Full, tier2, "-", "admin.workflows:read"}, s.adminFunctionsList)
	read(s, "admin.functions.permissions.lookup", about{twin.Full, tier3, "-", "admin.workflows:read"}, s.adminFunctionsPermissionsLookup)
	write(s, "admin.functions.permissions.set", about{twin.Full, tier3, "-", "admin.workflows:write"}, s.adminFunctionsPermissionsSet)
	write(s, "admin.workflows.collaborators.add", about{twin.Full, tier2, "-", "admin.workflows:write"}, s.adminWorkflowsCollaboratorsAdd)
	write(s, "admin.workflows.collaborators.remove", about{twin.Full, tier2, "-", "admin.workflows:write"}, s.adminWorkflowsCollaboratorsRemove)
	read(s, "admin.workflows.permissions.lookup", about{twin.Partial, tier2, "-", "admin.workflows:read"}, s.adminWorkflowsPermissionsLookup).op.Notes = "everyone may run what is published; the permissions of triggers do not count"
	read(s, "admin.workflows.search", about{twin.Full, tier2, "-", "admin.workflows:read"}, s.adminWorkflowsSearch)
	write(s, "admin.workflows.unpublish", about{twin.Full, tier2, "-", "admin.workflows:write"}, s.adminWorkflowsUnpublish)
}

// adminFunctionsList lists the functions that apps offer to workflows.
//
// https://docs.slack.dev/reference/methods/admin.functions.list
func (s *Slack) adminFunctionsList(c *call, in *api.AdminFunctionsListRequest) (any, error) {
	if err := c.require("app_ids"); err != nil {
		return nil, err
	}
	if err := atMost("app_ids", in.AppIDs, 50); err != nil {
		return nil, err
	}
	n, err := c.between(in.Limit, 100, 1000)
	if err != nil {
		return nil, err
	}
	if _, err := c.admin(errNotAllowed, errFeatureNotEnabled); err != nil {
		return nil, err
	}
	var found []Function
	for f := range s.functions.All(c.Tx, "") {
		if slices.Contains(in.AppIDs, f.App) {
			found = append(found, f)
		}
	}
	found, next, err := page(found, "id", in.Cursor, n, func(f Function) string { return f.ID })
	if err != nil {
		return nil, err
	}
	views := []reply{}
	for _, f := range found {
		views = append(views, reply{"id": f.ID, "callback_id": f.Callback, "title": f.Title, "description": f.Description, "type": "app", "app_id": f.App,
			"input_parameters": parameterList(f.Inputs), "output_parameters": parameterList(f.Outputs), "date_created": f.Created, "date_updated": f.Updated, "date_deleted": 0})
	}
	return reply{"functions": views, "response_metadata": reply{"next_cursor": next}}, nil
}

func parameterList(ps []Parameter) []Parameter {
	if ps == nil {
		return []Parameter{}
	}
	return ps
}

// adminFunctionsPermissionsLookup says who may use functions: whom their apps let, and whom administrators let.
//
// https://docs.slack.dev/reference/methods/admin.functions.permissions.lookup
func (s *Slack) adminFunctionsPermissionsLookup(c *call, in *api.AdminFunctionsPermissionsLookupRequest) (any, error) {
	if err := c.require("function_ids"); err != nil {
		return nil, err
	}
	if err := atMost("function_ids", in.FunctionIDs, 1000); err != nil {
		return nil, err
	}
	if _, err := c.admin(errAccessDenied, errFeatureNotEnabled); err != nil {
		return nil, err
	}
	permissions, meta, failed := reply{}, reply{}, reply{}
	for _, id := range in.FunctionIDs {
		f, ok := s.functions.Get(c.Tx, id)
		if !ok {
			failed[id] = "function_not_found"
			continue
		}
		own, admin := reply{"type": or(f.Permission, "app_collaborators")}, reply{"type": "everyone"}
		allowed := reply{"type": or(f.Permission, "app_collaborators")}
		if f.Permission == "named_entities" {
			own["user_ids"] = ids(f.Users)
			allowed["user_ids"], allowed["team_ids"], allowed["org_ids"] = ids(f.Users), ids(f.Teams), ids(f.Orgs)
		}
		if r, set := s.functionRules.Get(c.Tx, id); set {
			admin["type"] = r.Visibility
			if r.Visibility == "named_entities" {
				admin["user_ids"] = ids(r.Users)
			}
		}
		permissions[id] = reply{"distribution": own, "allowed_by_admin": admin, "allowed_entities": allowed}
		meta[id] = reply{}
	}
	return reply{"permissions": permissions, "metadata": meta, "errors": failed}, nil
}

// adminFunctionsPermissionsSet says whom administrators let use a function.
//
// https://docs.slack.dev/reference/methods/admin.functions.permissions.set
func (s *Slack) adminFunctionsPermissionsSet(c *call, in *api.AdminFunctionsPermissionsSetRequest) (any, error) {
	if err := c.require("function_id", "visibility"); err != nil {
		return nil, err
	}
	org, err := c.admin(errAccessDenied, errFeatureNotEnabled)
	if err != nil {
		return nil, err
	}
	f, ok := s.functions.Get(c.Tx, in.FunctionID)
	if !ok {
		return nil, Error("function_not_found")
	}
	app, _ := s.apps.Get(c.Tx, f.App)
	switch {
	case !slices.Contains([]string{"everyone", "app_collaborators", "named_entities", "no_one"}, in.Visibility):
		return nil, Error("invalid_visibility")
	case in.Visibility == "app_collaborators" && !c.governs(org, app.Team):
		return nil, Error("invalid_setting")
	}
	r := FunctionRule{Function: f.ID, Visibility: in.Visibility}
	if in.Visibility == "named_entities" {
		if err := atMost("user_ids", in.UserIDs, 50); err != nil {
			return nil, err
		}
		for _, id := range in.UserIDs {
			if _, ok := c.person(org, id); !ok {
				return nil, invalid("[ERROR] user_not_found [json-pointer:/user_ids]")
			}
		}
		r.Users = in.UserIDs
	}
	s.functionRules.Put(c.Tx, r)
	return nil, nil
}

// usable refuses the caller a function that administrators do not let them use.
func (c *call) usable(f Function) error {
	r, ok := c.s.functionRules.Get(c.Tx, f.ID)
	app, _ := c.s.apps.Get(c.Tx, f.App)
	switch {
	case !ok || r.Visibility == "everyone", r.Visibility == "named_entities" && slices.Contains(r.Users, c.user.ID), r.Visibility == "app_collaborators" && app.Owner == c.user.ID:
		return nil
	}
	return errors.New("the admins of this workspace do not let " + c.user.Name + " use " + f.Title)
}

// A workflow is what an app's manifest declares, with what has become of it.
type workflow struct {
	ID, Callback    string
	app             App
	edit            WorkflowEdit
	Title           string
	Description     string
	InputParameters map[string]json.RawMessage
	Required        []string
	Steps           []json.RawMessage
}

// workflows lists the workflows of the apps of the organisation.
func (c *call) workflows(org Team) (ws []workflow) {
	for app := range c.s.apps.All(c.Tx, "") {
		if !c.governs(org, app.Team) || len(app.Workflows) == 0 {
			continue
		}
		var declared map[string]struct {
			Title, Description string
			InputParameters    struct {
				Properties map[string]json.RawMessage
				Required   []string
			} `json:"input_parameters"`
			Steps []json.RawMessage
		}
		json.Unmarshal(app.Workflows, &declared)
		for _, callback := range slices.Sorted(maps.Keys(declared)) {
			d := declared[callback]
			w := workflow{ID: seedID("Wf", app.ID+callback), Callback: callback, app: app, Title: d.Title, Description: d.Description,
				InputParameters: d.InputParameters.Properties, Required: d.InputParameters.Required, Steps: d.Steps}
			edit, ok := c.s.workflowEdits.Get(c.Tx, w.ID)
			if !ok {
				edit = WorkflowEdit{Workflow: w.ID, Collaborators: []string{app.Owner}, By: app.Owner, Updated: app.Updated}
			}
			w.edit = edit
			ws = append(ws, w)
		}
	}
	return ws
}

// view is a workflow as administrators see it.
func (w workflow) view(c *call) reply {
	inputs := reply{}
	for name, j := range w.InputParameters {
		p := struct{ Type, Title, Description string }{}
		json.Unmarshal(j, &p)
		inputs[name] = reply{"type": p.Type, "name": name, "title": or(p.Title, name), "description": p.Description, "is_required": slices.Contains(w.Required, name), "is_hidden": false}
	}
	steps := []reply{}
	for i, j := range w.Steps {
		st := struct {
			ID         string
			FunctionID string `json:"function_id"`
			Inputs     map[string]json.RawMessage
		}{}
		json.Unmarshal(j, &st)
		values := reply{}
		for name, v := range st.Inputs {
			values[name] = reply{"value": v, "locked": false, "hidden": false}
		}
		steps = append(steps, reply{"id": or(st.ID, strconv.Itoa(i)), "function_id": st.FunctionID, "inputs": values, "is_pristine": false})
	}
	v := reply{
		"id": w.ID, "team_id": w.app.Team, "workflow_function_id": seedID("Fn", w.app.ID+"workflow/"+w.Callback), "callback_id": w.Callback, "title": w.Title,
		"description": w.Description, "input_parameters": inputs, "steps": steps, "collaborators": ids(w.edit.Collaborators),
		"icons":        reply{"image_96": c.base + "/avatars/" + w.app.ID + "_96.png", "image_192": c.base + "/avatars/" + w.app.ID + "_192.png"},
		"is_published": !w.edit.Unpublished, "last_updated_by": w.edit.By, "unpublished_change_count": 0, "app_id": w.app.ID, "source": "code",
		"billing_type": "simple", "date_updated": w.edit.Updated, "is_billable": false, "trigger_ids": []string{}, "is_sales_home_workflow": false,
	}
	if !w.edit.Unpublished {
		v["last_published_version_id"], v["last_published_date"] = seedID("Wfv", w.ID), strconv.FormatInt(w.app.Updated, 10)
	}
	return v
}

// adminWorkflowsSearch finds workflows.
//
// https://docs.slack.dev/reference/methods/admin.workflows.search
func (s *Slack) adminWorkflowsSearch(c *call, in *api.AdminWorkflowsSearchRequest) (any, error) {
	n, err := c.between(in.Limit, 20, 50)
	if err != nil {
		return nil, err
	}
	org, err := c.admin(errNotAllowed, errFeatureNotEnabled)
	if err != nil {
		return nil, err
	}
	switch {
	case in.Sort != "" && in.Sort != "name":
		return nil, invalid("[ERROR] must be a valid enum value [json-pointer:/sort]")
	case in.SortDir != "" && in.SortDir != "asc" && in.SortDir != "desc":
		return nil, invalid("[ERROR] must be a valid enum value [json-pointer:/sort_dir]")
	case in.Source != "" && in.Source != "code" && in.Source != "workflow_builder" && in.Source != "sales_home":
		return nil, invalid("[ERROR] must be a valid enum value [json-pointer:/source]")
	}
	found := slices.DeleteFunc(c.workflows(org), func(w workflow) bool {
		q := strings.ToLower(in.Query)
		for _, id := range in.CollaboratorIDs {
			if !slices.Contains(w.edit.Collaborators, id) {
				return true
			}
		}
		return w.edit.Unpublished || in.AppID != "" && w.app.ID != in.AppID || in.NoCollaborators && len(w.edit.Collaborators) > 0 || in.Source != "" && in.Source != "code" ||
			!strings.Contains(strings.ToLower(w.Title), q) && !strings.Contains(strings.ToLower(w.Description), q)
	})
	slices.SortStableFunc(found, func(a, b workflow) int {
		if in.SortDir == "asc" {
			return cmp.Compare(a.Title, b.Title)
		}
		return cmp.Compare(b.Title, a.Title)
	})
	total := len(found)
	found, next, err := page(found, "id", in.Cursor, n, func(w workflow) string { return w.ID })
	if err != nil {
		return nil, err
	}
	views := []reply{}
	for _, w := range found {
		views = append(views, w.view(c))
	}
	return reply{"workflows": views, "total_found": total, "response_metadata": reply{"next_cursor": next}}, nil
}

// editable finds the workflows that are to be changed, and says which are not there.
func (c *call) editable(workflowIDs []string, also ...string) (org Team, ws []workflow, failed []reply, err error) {
	if err := c.require(append([]string{"workflow_ids"}, also...)...); err != nil {
		return org, nil, nil, err
	}
	if err := atMost("workflow_ids", workflowIDs, 50); err != nil {
		return org, nil, nil, err
	}
	if org, err = c.admin(errNotAllowed, errFeatureNotEnabled); err != nil {
		return org, nil, nil, err
	}
	all := c.workflows(org)
	for _, id := range workflowIDs {
		if i := slices.IndexFunc(all, func(w workflow) bool { return w.ID == id }); i >= 0 {
			ws = append(ws, all[i])
		} else {
			failed = append(failed, reply{"workflow": id, "message": "workflow_not_found"})
		}
	}
	return org, ws, failed, nil
}

// collaborate changes who works on workflows, and says what could not be changed.
func (c *call) collaborate(workflowIDs, userIDs []string, refused Error, change func(list []string, id string) []string) (any, error) {
	org, ws, failed, err := c.editable(workflowIDs, "collaborator_ids")
	if err != nil {
		return nil, err
	}
	if err := atMost("collaborator_ids", userIDs, 50); err != nil {
		return nil, err
	}
	for _, w := range ws {
		list := slices.Clone(w.edit.Collaborators)
		for _, id := range userIDs {
			if u, ok := c.person(org, id); !ok || u.Deleted || u.Bot {
				failed = append(failed, reply{"workflow": w.ID, "user": id, "message": "user_not_found"})
				continue
			}
			list = change(list, id)
		}
		w.edit.Collaborators, w.edit.By, w.edit.Updated = list, c.user.ID, c.Now.Unix()
		c.s.workflowEdits.Put(c.Tx, w.edit)
	}
	if failed != nil {
		return nil, twin.Keep(refused.with(reply{"errors": failed}))
	}
	return nil, nil
}

// adminWorkflowsCollaboratorsAdd lets people work on workflows.
//
// https://docs.slack.dev/reference/methods/admin.workflows.collaborators.add
func (s *Slack) adminWorkflowsCollaboratorsAdd(c *call, in *api.AdminWorkflowsCollaboratorsAddRequest) (any, error) {
	return c.collaborate(in.WorkflowIDs, in.CollaboratorIDs, Error("error_adding_collaborators"), func(list []string, id string) []string {
		if slices.Contains(list, id) {
			return list
		}
		return append(list, id)
	})
}

// adminWorkflowsCollaboratorsRemove lets people work on workflows no longer.
//
// https://docs.slack.dev/reference/methods/admin.workflows.collaborators.remove
func (s *Slack) adminWorkflowsCollaboratorsRemove(c *call, in *api.AdminWorkflowsCollaboratorsRemoveRequest) (any, error) {
	return c.collaborate(in.WorkflowIDs, in.CollaboratorIDs, Error("error_removing_collaborators"), func(list []string, id string) []string {
		return slices.DeleteFunc(list, func(u string) bool { return u == id })
	})
}

// adminWorkflowsPermissionsLookup says who may run workflows.
//
// https://docs.slack.dev/reference/methods/admin.workflows.permissions.lookup
func (s *Slack) adminWorkflowsPermissionsLookup(c *call, in *api.AdminWorkflowsPermissionsLookupRequest) (any, error) {
	_, ws, failed, err := c.editable(in.WorkflowIDs)
	if err != nil {
		return nil, err
	}
	if failed != nil {
		return nil, errWorkflowNotFound
	}
	v := reply{}
	for _, w := range ws {
		who := reply{"permission_type": "everyone"}
		if w.edit.Unpublished {
			who = reply{"permission_type": "named_entities", "user_ids": ids(w.edit.Collaborators), "channel_ids": []string{}, "team_ids": []string{}, "org_ids": []string{}}
		}
		v[w.ID] = reply{"complete": true, "who_can_run": who}
	}
	return reply{"permissions": v}, nil
}

// adminWorkflowsUnpublish takes workflows out of use.
//
// https://docs.slack.dev/reference/methods/admin.workflows.unpublish
func (s *Slack) adminWorkflowsUnpublish(c *call, in *api.AdminWorkflowsUnpublishRequest) (any, error) {
	_, ws, failed, err := c.editable(in.WorkflowIDs)
	if err != nil {
		return nil, err
	}
	for _, w := range ws {
		if w.edit.Unpublished {
			failed = append(failed, reply{"workflow": w.ID, "message": "workflow_not_published"})
			continue
		}
		w.edit.Unpublished, w.edit.By, w.edit.Updated = true, c.user.ID, c.Now.Unix()
		s.workflowEdits.Put(c.Tx, w.edit)
		c.audit("workflow_unpublished", reply{"type": "workflow", "workflow": reply{"id": w.ID, "name": w.Title}}, nil)
	}
	if failed != nil {
		return nil, twin.Keep(Error("error_unpublishing_workflows").with(reply{"errors": failed}))
	}
	return nil, nil
}
