package slack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/slack/internal/api"
	"twinset.dev/twins/slack/internal/blockkit"
)

// A Function is a step that an app offers to workflows.
//
// https://docs.slack.dev/workflows/workflow-steps
type Function struct {
	ID          string      `json:"id"`
	App         string      `json:"app"`
	Callback    string      `json:"callback"`
	Title       string      `json:"title"`
	Description string      `json:"description"`
	Inputs      []Parameter `json:"inputs"`
	Outputs     []Parameter `json:"outputs"`
	Permission  string      `json:"permission"` // everyone, app_collaborators or named_entities
	Users       []string    `json:"users"`      // the named ones
	Teams       []string    `json:"teams"`
	Orgs        []string    `json:"orgs"`
	Created     int64       `json:"created"`
	Updated     int64       `json:"updated"`
}

// A Parameter is one input or output of a Function.
type Parameter struct {
	Type        string `json:"type"`
	Name        string `json:"name"`
	Description string `json:"description"`
	Title       string `json:"title"`
	IsRequired  bool   `json:"is_required"`
}

// An Execution is one run of a function.
type Execution struct {
	ID       string                     `json:"id"`
	Function string                     `json:"function"`
	App      string                     `json:"app"`
	Team     string                     `json:"team"`
	User     string                     `json:"user"`
	Inputs   map[string]json.RawMessage `json:"inputs"`
	Outputs  json.RawMessage            `json:"outputs"`
	Error    string                     `json:"error"`
	Done     bool                       `json:"done"`
	Token    string                     `json:"token"` // key of the token that the app was given for this run
	Workflow string                     `json:"workflow"`
	Started  int64                      `json:"started"`
	Ended    int64                      `json:"ended"`
}

// functionsMethods are the functions.* methods.
//
// https://docs.slack.dev/reference/methods?family=functions
func (s *Slack) functionsMethods() {
	write(s, "functions.completeSuccess", about{twin.Full, tier3, "", ""}, s.functionsCompleteSuccess)
	write(s, "functions.completeError", about{twin.Full, tier3, "", ""}, s.functionsCompleteError)
	write(s, "functions.distributions.permissions.add", about{twin.Full, tier3, "", ""}, s.functionsPermissionsAdd).anyToken = true
	read(s, "functions.distributions.permissions.list", about{twin.Full, tier3, "", ""}, s.functionsPermissionsList).anyToken = true
	write(s, "functions.distributions.permissions.remove", about{twin.Full, tier3, "", ""}, s.functionsPermissionsRemove).anyToken = true
	write(s, "functions.distributions.permissions.set", about{twin.Full, tier3, "", ""}, s.functionsPermissionsSet).anyToken = true
}

// functionsCompleteSuccess ends a run of one of the app's functions with its outputs.
//
// https://docs.slack.dev/reference/methods/functions.completeSuccess
func (s *Slack) functionsCompleteSuccess(c *call, in *api.FunctionsCompleteSuccessRequest) (any, error) {
	e, f, err := c.execution(in.FunctionExecutionID)
	if err != nil {
		return nil, err
	}
	outputs := map[string]json.RawMessage{}
	if len(in.Outputs) == 0 {
		return nil, missing("outputs")
	}
	if json.Unmarshal(in.Outputs, &outputs) != nil {
		return nil, invalid("[ERROR] must provide an object [json-pointer:/outputs]")
	}
	for _, p := range f.Outputs {
		if _, ok := outputs[p.Name]; !ok && p.IsRequired {
			return nil, Error("parameter_validation_failed").with(reply{"response_metadata": reply{"messages": []string{"[ERROR] missing required field: " + p.Name + " [json-pointer:/outputs]"}}})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(outputs)) {
		if !slices.ContainsFunc(f.Outputs, func(p Parameter) bool { return p.Name == name }) && len(f.Outputs) > 0 {
			return nil, Error("parameter_validation_failed").with(reply{"response_metadata": reply{"messages": []string{"[ERROR] invalid additional property: " + name + " [json-pointer:/outputs]"}}})
		}
	}
	e.Outputs, e.Done, e.Ended = encode(outputs), true, c.Now.Unix()
	c.endExecution(e)
	return nil, nil
}

// functionsCompleteError ends a run of one of the app's functions with what went wrong.
//
// https://docs.slack.dev/reference/methods/functions.completeError
func (s *Slack) functionsCompleteError(c *call, in *api.FunctionsCompleteErrorRequest) (any, error) {
	e, _, err := c.execution(in.FunctionExecutionID)
	if err != nil {
		return nil, err
	}
	if in.Error == "" {
		return nil, missing("error")
	}
	e.Error, e.Done, e.Ended = in.Error, true, c.Now.Unix()
	c.endExecution(e)
	return nil, nil
}

// execution finds a run of one of the calling app's functions that has not ended.
func (c *call) execution(id string) (Execution, Function, error) {
	if id == "" {
		return Execution{}, Function{}, missing("function_execution_id")
	}
	e, ok := c.s.executions.Get(c.Tx, id)
	f, _ := c.s.functions.Get(c.Tx, e.Function)
	switch {
	case !ok:
		return e, f, errFunctionExecutionNotFound
	case e.App != c.token.App:
		return e, f, errAccessDenied
	case e.Done:
		return e, f, Error("function_execution_not_in_running_state")
	}
	return e, f, nil
}

// endExecution stores how a run ended; the token it came with is good no more.
func (c *call) endExecution(e Execution) {
	c.s.executions.Put(c.Tx, e)
	if e.Error != "" {
		c.logExecution(e, "function_execution_result", "error", reply{"exec_outcome": "Error", "error": e.Error})
	} else {
		c.logExecution(e, "function_execution_result", "info", reply{"exec_outcome": "Success"})
	}
	if t, ok := c.s.tokens.Get(c.Tx, e.Token); ok {
		t.Revoked = true
		c.s.tokens.Put(c.Tx, t)
	}
}

// A functionRef says which function is meant, and who may use it.
type functionRef struct {
	FunctionID string   `json:"function_id"`
	CallbackID string   `json:"function_callback_id"`
	AppID      string   `json:"function_app_id"`
	Permission string   `json:"permission_type"`
	UserIDs    []string `json:"user_ids"`
	TeamIDs    []string `json:"team_ids"`
	OrgIDs     []string `json:"org_ids"`
}

// functionsPermissionsAdd lets more people use a function in their workflows.
//
// https://docs.slack.dev/reference/methods/functions.distributions.permissions.add
func (s *Slack) functionsPermissionsAdd(c *call, in *functionRef) (any, error) {
	f, err := c.ownFunction(in)
	if err != nil {
		return nil, err
	}
	if f.Permission != "named_entities" {
		return nil, Error("invalid_permission_type")
	}
	if len(in.UserIDs)+len(in.TeamIDs)+len(in.OrgIDs) == 0 {
		return nil, missing("user_ids")
	}
	if err := c.known(in.UserIDs, in.TeamIDs, in.OrgIDs, nil); err != nil {
		return nil, err
	}
	f.Users, f.Teams, f.Orgs = union(f.Users, in.UserIDs), union(f.Teams, in.TeamIDs), union(f.Orgs, in.OrgIDs)
	s.functions.Put(c.Tx, f)
	return c.permissionView(f), nil
}

// functionsPermissionsList says who may use a function.
//
// https://docs.slack.dev/reference/methods/functions.distributions.permissions.list
func (s *Slack) functionsPermissionsList(c *call, in *functionRef) (any, error) {
	f, err := c.ownFunction(in)
	if err != nil {
		return nil, err
	}
	return c.permissionView(f), nil
}

// functionsPermissionsRemove takes the use of a function away.
//
// https://docs.slack.dev/reference/methods/functions.distributions.permissions.remove
func (s *Slack) functionsPermissionsRemove(c *call, in *functionRef) (any, error) {
	f, err := c.ownFunction(in)
	if err != nil {
		return nil, err
	}
	if f.Permission != "named_entities" {
		return nil, Error("invalid_permission_type")
	}
	if len(in.UserIDs)+len(in.TeamIDs)+len(in.OrgIDs) == 0 {
		return nil, missing("user_ids")
	}
	if err := c.known(in.UserIDs, in.TeamIDs, in.OrgIDs, nil); err != nil {
		return nil, err
	}
	f.Users, f.Teams, f.Orgs = without(f.Users, in.UserIDs), without(f.Teams, in.TeamIDs), without(f.Orgs, in.OrgIDs)
	s.functions.Put(c.Tx, f)
	return c.permissionView(f), nil
}

// functionsPermissionsSet says who may use a function from now on.
//
// https://docs.slack.dev/reference/methods/functions.distributions.permissions.set
func (s *Slack) functionsPermissionsSet(c *call, in *functionRef) (any, error) {
	f, err := c.ownFunction(in)
	if err != nil {
		return nil, err
	}
	if !slices.Contains([]string{"everyone", "app_collaborators", "named_entities"}, in.Permission) {
		return nil, Error("invalid_permission_type")
	}
	if in.Permission == "named_entities" {
		if len(in.UserIDs)+len(in.TeamIDs)+len(in.OrgIDs) == 0 {
			return nil, Error("invalid_named_entities")
		}
		if err := c.known(in.UserIDs, in.TeamIDs, in.OrgIDs, nil); err != nil {
			return nil, err
		}
	}
	f.Permission, f.Users, f.Teams, f.Orgs = in.Permission, nil, nil, nil
	if in.Permission == "named_entities" {
		f.Users, f.Teams, f.Orgs = in.UserIDs, in.TeamIDs, in.OrgIDs
	}
	s.functions.Put(c.Tx, f)
	return c.permissionView(f), nil
}

// ownFunction finds a function of an app that the caller works on.
func (c *call) ownFunction(in *functionRef) (Function, error) {
	f, ok := c.s.functions.Get(c.Tx, in.FunctionID)
	if in.FunctionID == "" {
		if in.CallbackID == "" || in.AppID == "" {
			return f, missing("function_id")
		}
		if !c.s.apps.Has(c.Tx, in.AppID) {
			return f, errAppNotFound
		}
		f, ok = c.s.functionsByApp.Get(c.Tx, in.AppID+"/"+in.CallbackID)
	}
	if !ok {
		return f, Error("function_not_found")
	}
	app, _ := c.s.apps.Get(c.Tx, f.App)
	if app.ID != c.token.App && app.Owner != c.user.ID {
		return f, errAccessDenied
	}
	return f, nil
}

// known refuses ids that nobody has.
func (c *call) known(users, teams, orgs, channels []string) error {
	for _, id := range users {
		if u, ok := c.s.users.Get(c.Tx, id); !ok || u.Deleted {
			return errUserNotFound
		}
	}
	for _, id := range teams {
		if t, ok := c.s.teams.Get(c.Tx, id); !ok || t.Org {
			return errTeamNotFound
		}
	}
	for _, id := range orgs {
		if t, ok := c.s.teams.Get(c.Tx, id); !ok || !t.Org {
			return Error("org_not_found")
		}
	}
	for _, id := range channels {
		if _, ok := c.channel(id); !ok {
			return errChannelNotFound
		}
	}
	return nil
}

func (c *call) permissionView(f Function) reply {
	v := reply{"permission_type": f.Permission}
	if f.Permission == "named_entities" {
		users := []reply{}
		for _, id := range f.Users {
			u, _ := c.s.users.Get(c.Tx, id)
			users = append(users, reply{"user_id": u.ID, "username": u.Name, "email": u.Email})
		}
		teams := []reply{}
		for _, id := range f.Teams {
			t, _ := c.s.teams.Get(c.Tx, id)
			teams = append(teams, reply{"team_id": t.ID, "team_name": t.Name})
		}
		v["users"] = users
		if len(teams) > 0 {
			v["teams"] = teams
		}
		if len(f.Orgs) > 0 {
			v["org_ids"] = f.Orgs
		}
	}
	return v
}

// union is a, and what of b is not in it.
func union(a, b []string) []string {
	a = slices.Clone(a)
	for _, x := range b {
		if !slices.Contains(a, x) {
			a = append(a, x)
		}
	}
	return a
}

// without is a without what is in b.
func without(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(x string) bool { return slices.Contains(b, x) })
}

// runFunction runs a function, as a workflow that somebody starts does.
//
// https://docs.slack.dev/reference/events/function_executed
func (s *Slack) runFunction(ctx context.Context, r *twin.Request, in *struct {
	User, Function, App string
	Inputs              map[string]json.RawMessage
}) (out any, err error) {
	err = r.Update(func(tc *twin.Call) error {
		c, err := s.person(tc, in.User)
		if err != nil {
			return err
		}
		f, ok := s.functions.Get(tc.Tx, in.Function)
		if !ok {
			app, err := c.appNamed(in.App)
			if err != nil {
				return err
			}
			if f, ok = s.functionsByApp.Get(tc.Tx, app.ID+"/"+in.Function); !ok {
				return fmt.Errorf("%s has no function %q", app.Name, in.Function)
			}
		}
		app, _ := s.apps.Get(tc.Tx, f.App)
		switch {
		case f.Permission == "app_collaborators" && app.Owner != c.user.ID:
			return fmt.Errorf("%s is for those who work on %s", f.Callback, app.Name)
		case f.Permission == "named_entities" && !slices.Contains(f.Users, c.user.ID) && !slices.Contains(f.Teams, c.token.Team):
			return fmt.Errorf("%s is not for them", f.Callback)
		}
		e, err := c.execute(f, in.Inputs, "")
		if err != nil {
			return err
		}
		out = reply{"function_execution_id": e.ID}
		return nil
	})
	return out, err
}

// execute starts a run of a function and tells its app.
func (c *call) execute(f Function, inputs map[string]json.RawMessage, workflow string) (Execution, error) {
	in, ok := c.s.installs.Get(c.Tx, f.App+"/"+c.token.Team)
	app, _ := c.s.apps.Get(c.Tx, f.App)
	if !ok {
		return Execution{}, fmt.Errorf("%s is not installed here", app.Name)
	}
	if err := c.usable(f); err != nil {
		return Execution{}, err
	}
	for _, p := range f.Inputs {
		if _, given := inputs[p.Name]; !given && p.IsRequired {
			return Execution{}, fmt.Errorf("the input %q is needed", p.Name)
		}
	}
	for name := range inputs {
		if !slices.ContainsFunc(f.Inputs, func(p Parameter) bool { return p.Name == name }) {
			return Execution{}, fmt.Errorf("there is no input %q", name)
		}
	}
	t := Token{Key: "xwfp-" + c.Rand(12, "0123456789") + "-" + c.Rand(24, secretAlphabet), Kind: tokenBot, User: in.BotUser, Bot: in.Bot, App: f.App, Team: in.Team,
		Scopes: in.BotScopes, Created: c.Now.Unix()}
	c.s.tokens.Put(c.Tx, t)
	e := Execution{ID: c.id("Fx"), Function: f.ID, App: f.App, Team: in.Team, User: c.user.ID, Inputs: inputs, Token: t.Key, Workflow: workflow, Started: c.Now.Unix()}
	c.s.executions.Put(c.Tx, e)
	c.logExecution(e, "function_execution_started", "info", reply{})
	values := map[string]json.RawMessage{}
	maps.Copy(values, inputs)
	body := reply{
		"function": c.functionView(f), "inputs": values, "function_execution_id": e.ID, "workflow_execution_id": or(workflow, "Wx"+e.ID[2:]),
		"bot_access_token": c.World.Seal(t.Key),
	}
	c.s.emit(c.Call, c.user, event{Type: "function_executed", To: []string{in.BotUser}, Body: body})
	return e, nil
}

func (c *call) functionView(f Function) reply {
	return reply{"id": f.ID, "callback_id": f.Callback, "title": f.Title, "description": f.Description, "type": "app", "app_id": f.App,
		"input_parameters": parameters(f.Inputs), "output_parameters": parameters(f.Outputs), "date_created": f.Created, "date_updated": f.Updated, "date_deleted": 0,
		"form_enabled": false}
}

func parameters(ps []Parameter) []Parameter {
	if ps == nil {
		return []Parameter{}
	}
	return ps
}

// functionData says in an interaction which run of a function it belongs to.
func (c *call) functionData(payload reply, execution, pointer string) {
	e, _ := c.s.executions.Get(c.Tx, execution)
	f, _ := c.s.functions.Get(c.Tx, e.Function)
	payload["function_data"] = reply{"execution_id": e.ID, "function": reply{"callback_id": f.Callback}, "inputs": e.Inputs}
	payload["interactivity"] = reply{"interactivity_pointer": pointer, "interactor": reply{"id": c.user.ID, "secret": c.World.Seal(c.Rand(32, secretAlphabet))}}
	payload["bot_access_token"] = c.World.Seal(e.Token)
}

// A WorkflowTrigger starts a workflow: a link, or an address that other software posts to.
//
// https://docs.slack.dev/workflows/triggers
type WorkflowTrigger struct {
	ID         string   `json:"id"`
	App        string   `json:"app"`
	Team       string   `json:"team"`
	Name       string   `json:"name"`
	Type       string   `json:"type"` // shortcut or webhook
	Function   string   `json:"function"`
	Secret     string   `json:"secret"` // bare, of a webhook
	Permission string   `json:"permission"`
	Users      []string `json:"users"`
	Channels   []string `json:"channels"`
	Teams      []string `json:"teams"`
	Orgs       []string `json:"orgs"`
	Created    int64    `json:"created"`
}

// runLink runs what a workflow button starts.
func (c *call) runLink(e blockkit.Object) error {
	link := e.Obj("workflow").Obj("trigger")
	for t := range c.s.links.All(c.Tx, "") {
		if !strings.HasSuffix(link.Str("url"), "/"+t.ID) && !strings.Contains(link.Str("url"), "/"+t.ID+"/") {
			continue
		}
		f, ok := c.s.functions.Get(c.Tx, t.Function)
		if !ok {
			return errors.New("this workflow does nothing")
		}
		inputs := map[string]json.RawMessage{}
		for _, p := range link.List("customizable_input_parameters") {
			if o, ok := p.(blockkit.Object); ok {
				inputs[o.Str("name")] = encode(o.Get("value"))
			}
		}
		_, err := c.execute(f, inputs, "")
		return err
	}
	return errors.New("there is no such workflow any more")
}

// runWebhookTrigger starts a workflow for other software.
//
// https://docs.slack.dev/workflows/triggers/creating-webhook-triggers
func (s *Slack) runWebhookTrigger(r *twin.Request, team, id, secret string, inputs map[string]json.RawMessage, bad error) (twin.Answer, error) {
	code, status := "", http.StatusBadRequest
	err := r.Update(func(tc *twin.Call) error {
		t, ok := s.links.Get(tc.Tx, id)
		switch {
		case !ok || t.Team != team || t.Type != "webhook":
			code, status = "trigger_not_found", http.StatusNotFound
			return nil
		case t.Secret != tc.World.Unseal(secret):
			code, status = "invalid_auth", http.StatusUnauthorized
			return nil
		case bad != nil:
			code = "invalid_json"
			return nil
		}
		f, ok := s.functions.Get(tc.Tx, t.Function)
		in, installed := s.installs.Get(tc.Tx, t.App+"/"+t.Team)
		if !ok || !installed {
			code, status = "trigger_not_found", http.StatusNotFound
			return nil
		}
		if _, err := s.actor(tc, in).execute(f, inputs, ""); err != nil {
			code = "parameter_validation_failed"
		}
		return nil
	})
	if err != nil {
		return twin.Answer{}, err
	}
	if code != "" {
		return refuseReply(status, code), nil
	}
	return twin.Answer{Type: "application/json; charset=utf-8", Body: []byte(`{"ok":true}`)}, nil
}
