package slack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/slack/internal/api"
)

// Featured are the workflows that a channel shows at its top.
type Featured struct {
	Channel  string   `json:"channel"`
	Triggers []string `json:"triggers"`
}

// maxFeatured is how many workflows a channel features.
const maxFeatured = 15

// A Step is one of an app's steps in a workflow from before functions: being set up, or running.
//
// https://docs.slack.dev/legacy/legacy-steps-from-apps
type Step struct {
	ID        string          `json:"id"`
	App       string          `json:"app"`
	Team      string          `json:"team"`
	User      string          `json:"user"`
	Callback  string          `json:"callback"`
	Edit      bool            `json:"edit"` // being set up
	Workflow  string          `json:"workflow"`
	Name      string          `json:"name"`
	Image     string          `json:"image"`
	Inputs    json.RawMessage `json:"inputs"`
	Outputs   json.RawMessage `json:"outputs"`
	Completed bool            `json:"completed"`
	Failed    bool            `json:"failed"`
	Error     string          `json:"error"`
}

// workflowsMethods are the workflows.* methods.
//
// https://docs.slack.dev/reference/methods?family=workflows
func (s *Slack) workflowsMethods() {
	const bookmarks = "bookmarks:write"
	write(s, "workflows.featured.add", about{twin.Full, tier3, bookmarks, bookmarks}, s.workflowsFeaturedAdd)
	read(s, "workflows.featured.list", about{twin.Full, tier3, "bookmarks:read", "bookmarks:read"}, s.workflowsFeaturedList)
	write(s, "workflows.featured.remove", about{twin.Full, tier3, bookmarks, bookmarks}, s.workflowsFeaturedRemove)
	write(s, "workflows.featured.set", about{twin.Full, tier3, bookmarks, bookmarks}, s.workflowsFeaturedSet)
	write(s, "workflows.triggers.permissions.add", about{twin.Full, tier3, "triggers:write", "triggers:write"}, s.workflowsPermissionsAdd)
	read(s, "workflows.triggers.permissions.list", about{twin.Full, tier3, "triggers:read", "triggers:read"}, s.workflowsPermissionsList)
	write(s, "workflows.triggers.permissions.remove", about{twin.Full, tier3, "triggers:write", "triggers:write"}, s.workflowsPermissionsRemove)
	write(s, "workflows.triggers.permissions.set", about{twin.Full, tier3, "triggers:write", "triggers:write"}, s.workflowsPermissionsSet)
	write(s, "workflows.stepCompleted", about{twin.Full, special, "workflow.steps:execute", "workflow.steps:execute"}, s.workflowsStepCompleted)
	write(s, "workflows.stepFailed", about{twin.Full, special, "workflow.steps:execute", "workflow.steps:execute"}, s.workflowsStepFailed)
	write(s, "workflows.updateStep", about{twin.Full, special, "workflow.steps:execute", "workflow.steps:execute"}, s.workflowsUpdateStep)
}

// workflowsFeaturedAdd puts workflows at the top of a channel.
//
// https://docs.slack.dev/reference/methods/workflows.featured.add
func (s *Slack) workflowsFeaturedAdd(c *call, in *api.WorkflowsFeaturedAddRequest) (any, error) {
	f, err := c.featurable(in.ChannelID, in.TriggerIDs)
	if err != nil {
		return nil, err
	}
	f.Triggers = union(f.Triggers, in.TriggerIDs)
	if len(f.Triggers) > maxFeatured {
		return nil, Error("too_many_triggers")
	}
	s.featured.Put(c.Tx, f)
	return nil, nil
}

// workflowsFeaturedList lists the workflows at the top of some channels.
//
// https://docs.slack.dev/reference/methods/workflows.featured.list
func (s *Slack) workflowsFeaturedList(c *call, in *api.WorkflowsFeaturedListRequest) (any, error) {
	if len(in.ChannelIDs) == 0 {
		return nil, missing("channel_ids")
	}
	unknown, list := []string{}, []reply{}
	for _, id := range in.ChannelIDs {
		if _, ok := c.channel(id); !ok {
			unknown = append(unknown, id)
			continue
		}
		f, _ := s.featured.Get(c.Tx, id)
		triggers := []reply{}
		for _, id := range f.Triggers {
			if t, ok := s.links.Get(c.Tx, id); ok {
				triggers = append(triggers, reply{"id": t.ID, "title": t.Name})
			}
		}
		list = append(list, reply{"channel_id": id, "triggers": triggers})
	}
	if len(unknown) > 0 {
		return nil, Error("invalid_channel_id").with(reply{"invalid_channel_ids": unknown})
	}
	return reply{"featured_workflows": list}, nil
}

// workflowsFeaturedRemove takes workflows from the top of a channel.
//
// https://docs.slack.dev/reference/methods/workflows.featured.remove
func (s *Slack) workflowsFeaturedRemove(c *call, in *api.WorkflowsFeaturedRemoveRequest) (any, error) {
	f, err := c.featurable(in.ChannelID, in.TriggerIDs)
	if err != nil {
		return nil, err
	}
	f.Triggers = without(f.Triggers, in.TriggerIDs)
	s.featured.Put(c.Tx, f)
	return nil, nil
}

// workflowsFeaturedSet says which workflows are at the top of a channel.
//
// https://docs.slack.dev/reference/methods/workflows.featured.set
func (s *Slack) workflowsFeaturedSet(c *call, in *api.WorkflowsFeaturedSetRequest) (any, error) {
	f, err := c.featurable(in.ChannelID, in.TriggerIDs)
	if err != nil {
		return nil, err
	}
	f.Triggers = union(nil, in.TriggerIDs)
	s.featured.Put(c.Tx, f)
	return nil, nil
}

// featurable finds a channel whose featured workflows the caller may change, and checks that the triggers are there.
func (c *call) featurable(channel string, triggers []string) (Featured, error) {
	f := Featured{Channel: channel}
	switch {
	case channel == "":
		return f, missing("channel_id")
	case len(triggers) == 0:
		return f, missing("trigger_ids")
	case len(triggers) > maxFeatured:
		return f, Error("too_many_triggers")
	}
	ch, ok := c.channel(channel)
	switch {
	case !ok:
		return f, errChannelNotFound
	case ch.IM || ch.MPIM:
		return f, Error("channel_type_not_supported")
	case !c.isMember(ch):
		return f, errNotInChannel
	}
	for _, id := range triggers {
		if t, ok := c.s.links.Get(c.Tx, id); !ok || t.Type != "shortcut" {
			return f, errTriggerNotFound
		}
	}
	if held, ok := c.s.featured.Get(c.Tx, channel); ok {
		f = held
	}
	return f, nil
}

// A triggerRef says which trigger is meant, and who may start it.
type triggerRef struct {
	TriggerID  string   `json:"trigger_id"`
	Permission string   `json:"permission_type"`
	ChannelIDs []string `json:"channel_ids"`
	UserIDs    []string `json:"user_ids"`
	TeamIDs    []string `json:"team_ids"`
	OrgIDs     []string `json:"org_ids"`
}

// workflowsPermissionsAdd lets more people start a workflow.
//
// https://docs.slack.dev/reference/methods/workflows.triggers.permissions.add
func (s *Slack) workflowsPermissionsAdd(c *call, in *triggerRef) (any, error) {
	t, err := c.ownTrigger(in)
	if err != nil {
		return nil, err
	}
	if err := c.namedEntities(t, in); err != nil {
		return nil, err
	}
	t.Users, t.Channels, t.Teams, t.Orgs = union(t.Users, in.UserIDs), union(t.Channels, in.ChannelIDs), union(t.Teams, in.TeamIDs), union(t.Orgs, in.OrgIDs)
	s.links.Put(c.Tx, t)
	return t.permissions(), nil
}

// workflowsPermissionsList says who may start a workflow.
//
// https://docs.slack.dev/reference/methods/workflows.triggers.permissions.list
func (s *Slack) workflowsPermissionsList(c *call, in *triggerRef) (any, error) {
	t, err := c.ownTrigger(in)
	if err != nil {
		return nil, err
	}
	return t.permissions(), nil
}

// workflowsPermissionsRemove lets fewer people start a workflow.
//
// https://docs.slack.dev/reference/methods/workflows.triggers.permissions.remove
func (s *Slack) workflowsPermissionsRemove(c *call, in *triggerRef) (any, error) {
	t, err := c.ownTrigger(in)
	if err != nil {
		return nil, err
	}
	if err := c.namedEntities(t, in); err != nil {
		return nil, err
	}
	t.Users, t.Channels, t.Teams, t.Orgs = without(t.Users, in.UserIDs), without(t.Channels, in.ChannelIDs), without(t.Teams, in.TeamIDs), without(t.Orgs, in.OrgIDs)
	s.links.Put(c.Tx, t)
	return t.permissions(), nil
}

// workflowsPermissionsSet says who may start a workflow from now on.
//
// https://docs.slack.dev/reference/methods/workflows.triggers.permissions.set
func (s *Slack) workflowsPermissionsSet(c *call, in *triggerRef) (any, error) {
	t, err := c.ownTrigger(in)
	if err != nil {
		return nil, err
	}
	if !slices.Contains([]string{"everyone", "app_collaborators", "named_entities"}, in.Permission) {
		return nil, Error("invalid_permission_type")
	}
	t.Permission, t.Users, t.Channels, t.Teams, t.Orgs = in.Permission, nil, nil, nil, nil
	if in.Permission == "named_entities" {
		if err := c.namedEntities(t, in); err != nil {
			return nil, err
		}
		t.Users, t.Channels, t.Teams, t.Orgs = in.UserIDs, in.ChannelIDs, in.TeamIDs, in.OrgIDs
	}
	s.links.Put(c.Tx, t)
	return t.permissions(), nil
}

// ownTrigger finds a trigger of an app that the caller is or works on.
func (c *call) ownTrigger(in *triggerRef) (WorkflowTrigger, error) {
	if in.TriggerID == "" {
		return WorkflowTrigger{}, missing("trigger_id")
	}
	t, ok := c.s.links.Get(c.Tx, in.TriggerID)
	if !ok {
		return t, errTriggerNotFound
	}
	app, _ := c.s.apps.Get(c.Tx, t.App)
	if c.token.App != t.App && app.Owner != c.user.ID {
		return t, errAccessDenied
	}
	return t, nil
}

// namedEntities refuses a list of those who may start a workflow that is not for named ones, or of nobody.
func (c *call) namedEntities(t WorkflowTrigger, in *triggerRef) error {
	switch {
	case t.Permission != "named_entities":
		return Error("invalid_permission_type")
	case len(in.UserIDs)+len(in.TeamIDs)+len(in.OrgIDs)+len(in.ChannelIDs) == 0:
		return Error("no_valid_named_entities")
	}
	return c.known(in.UserIDs, in.TeamIDs, in.OrgIDs, in.ChannelIDs)
}

func (t WorkflowTrigger) permissions() reply {
	v := reply{"permission_type": t.Permission}
	for key, list := range map[string][]string{"user_ids": t.Users, "channel_ids": t.Channels, "team_ids": t.Teams, "org_ids": t.Orgs} {
		if len(list) > 0 {
			v[key] = list
		}
	}
	return v
}

// workflowsStepCompleted says that an app's step has done its work.
//
// https://docs.slack.dev/legacy/legacy-steps-from-apps
func (s *Slack) workflowsStepCompleted(c *call, in *api.WorkflowsStepCompletedRequest) (any, error) {
	st, err := c.step(in.WorkflowStepExecuteID, "workflow_step_execute_id", false)
	if err != nil {
		return nil, err
	}
	outputs := map[string]json.RawMessage{}
	if in.Outputs != "" && json.Unmarshal([]byte(in.Outputs), &outputs) != nil {
		return nil, invalid("[ERROR] must provide an object [json-pointer:/outputs]")
	}
	st.Completed, st.Outputs = true, encode(outputs)
	s.steps.Put(c.Tx, st)
	return nil, nil
}

// workflowsStepFailed says that an app's step could not do its work.
//
// https://docs.slack.dev/legacy/legacy-steps-from-apps
func (s *Slack) workflowsStepFailed(c *call, in *api.WorkflowsStepFailedRequest) (any, error) {
	st, err := c.step(in.WorkflowStepExecuteID, "workflow_step_execute_id", false)
	if err != nil {
		return nil, err
	}
	var why struct{ Message string }
	if in.Error == "" {
		return nil, missing("error")
	}
	if json.Unmarshal([]byte(in.Error), &why) != nil || why.Message == "" {
		return nil, invalid("[ERROR] missing required field: message [json-pointer:/error]")
	}
	st.Failed, st.Error = true, why.Message
	s.steps.Put(c.Tx, st)
	return nil, nil
}

// workflowsUpdateStep saves how an app's step is set up.
//
// https://docs.slack.dev/legacy/legacy-steps-from-apps
func (s *Slack) workflowsUpdateStep(c *call, in *api.WorkflowsUpdateStepRequest) (any, error) {
	st, err := c.step(in.WorkflowStepEditID, "workflow_step_edit_id", true)
	if err != nil {
		return nil, err
	}
	inputs, outputs := map[string]json.RawMessage{}, []json.RawMessage{}
	if in.Inputs != "" && json.Unmarshal([]byte(in.Inputs), &inputs) != nil {
		return nil, invalid("[ERROR] must provide an object [json-pointer:/inputs]")
	}
	if in.Outputs != "" && json.Unmarshal([]byte(in.Outputs), &outputs) != nil {
		return nil, invalid("[ERROR] must provide an array [json-pointer:/outputs]")
	}
	st.Inputs, st.Outputs = encode(inputs), encode(outputs)
	st.Name, st.Image, st.Completed = in.StepName, in.StepImageURL, true
	s.steps.Put(c.Tx, st)
	return nil, nil
}

// step finds a step of the calling app that is being set up or is running.
func (c *call) step(id, argument string, edit bool) (Step, error) {
	if id == "" {
		return Step{}, missing(argument)
	}
	st, ok := c.s.steps.Get(c.Tx, id)
	switch {
	case !ok || st.App != c.token.App || st.Edit != edit:
		return st, Error("invalid_workflow_step")
	case st.Completed || st.Failed:
		return st, Error("already_completed")
	}
	return st, nil
}

// createTrigger makes a link or a webhook that starts one of an app's functions, as its developer does.
func (s *Slack) createTrigger(ctx context.Context, r *twin.Request, in *struct {
	App, Name, Function, Type string
}) (out any, err error) {
	err = r.Update(func(tc *twin.Call) error {
		c := &call{Call: tc, s: s, base: s.URL(tc)}
		app, err := c.appNamed(in.App)
		if err != nil {
			return err
		}
		kind := or(in.Type, "shortcut")
		if kind != "shortcut" && kind != "webhook" {
			return fmt.Errorf("there are shortcut and webhook triggers, no %q", kind)
		}
		t := WorkflowTrigger{ID: c.id("Ft"), App: app.ID, Team: app.Team, Name: or(in.Name, "Workflow"), Type: kind, Permission: "everyone", Created: tc.Now.Unix()}
		if in.Function != "" {
			f, ok := s.functionsByApp.Get(tc.Tx, app.ID+"/"+in.Function)
			if !ok {
				return fmt.Errorf("%s has no function %q", app.Name, in.Function)
			}
			t.Function = f.ID
		}
		view := reply{"id": t.ID, "type": t.Type, "name": t.Name, "shortcut_url": c.base + "/shortcuts/" + t.ID}
		if kind == "webhook" {
			t.Secret = tc.Rand(24, secretAlphabet)
			delete(view, "shortcut_url")
			view["webhook_url"] = c.base + "/triggers/" + t.Team + "/" + t.ID + "/" + tc.World.Seal(t.Secret)
		}
		s.links.Put(tc.Tx, t)
		out = reply{"trigger": view}
		return nil
	})
	return out, err
}

// workflowStep sets up or runs one of an app's steps from before functions.
//
// https://docs.slack.dev/reference/events/workflow_step_execute
func (s *Slack) workflowStep(ctx context.Context, r *twin.Request, in *struct {
	User, App string
	Callback  string                     `json:"callback_id"`
	Edit      bool                       `json:"edit"`
	Inputs    map[string]json.RawMessage `json:"inputs"`
	Wait      string                     `json:"wait"`
}) (any, error) {
	var q asked
	out := reply{}
	err := r.Update(func(tc *twin.Call) error {
		c, app, inst, err := s.personAt(tc, in.User, in.App)
		if err != nil {
			return err
		}
		if in.Callback == "" {
			return errors.New("callback_id says which step")
		}
		st := Step{ID: tc.Rand(12, "0123456789") + "." + tc.Rand(13, "0123456789"), App: app.ID, Team: inst.Team, User: c.user.ID, Callback: in.Callback, Edit: in.Edit,
			Workflow: tc.Rand(18, "0123456789")}
		if in.Inputs == nil {
			in.Inputs = map[string]json.RawMessage{}
		}
		st.Inputs = encode(in.Inputs)
		s.steps.Put(tc.Tx, st)
		step := reply{"workflow_id": st.Workflow, "step_id": uuid(tc), "inputs": in.Inputs, "outputs": []any{}}
		if !in.Edit {
			out["workflow_step_execute_id"] = st.ID
			step["workflow_step_execute_id"], step["workflow_instance_id"] = st.ID, tc.Rand(18, "0123456789")
			c.emit(event{Type: "workflow_step_execute", To: []string{inst.BotUser}, Body: reply{"callback_id": st.Callback, "workflow_step": step}})
			return nil
		}
		out["workflow_step_edit_id"] = st.ID
		step["workflow_step_edit_id"] = st.ID
		trigger := c.trigger(Trigger{App: app.ID})
		q = asked{app, c.toApp(app, toInteract, "workflow_step_edit", app.InteractivityURL, c.interaction("workflow_step_edit", app, reply{
			"callback_id": st.Callback, "trigger_id": trigger, "action_ts": formatTS(tc.Now.UnixMicro()), "workflow_step": step,
		})), tc.World.Unseal(trigger), 0}
		return nil
	})
	if err != nil || q.app.ID == "" {
		return out, err
	}
	if _, err := s.ask(ctx, r.World, q.app, q.delivery); err != nil {
		return nil, err
	}
	if err := s.await(ctx, r.World, in.Wait, q.trigger, r.World.Version()); err != nil {
		return nil, err
	}
	return s.see(r, in.User, out)
}
