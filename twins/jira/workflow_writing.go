package jira

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// A drawing is what somebody wants workflows to be: {scope, statuses, workflows}. Statuses are named by references of the caller's
// own; one that is new has no id.
type drawing struct {
	c         *call
	project   int64
	statuses  map[string]Status // by reference
	order     []string
	workflows []Workflow
	wrong     []any // what is wrong with it: {code, level, message, type, elementReference}
}

// refuses notes what is wrong with a part of a drawing.
func (d *drawing) refuses(kind, code, message string, where obj) {
	v := obj{"code": code, "level": "ERROR", "message": message, "type": kind}
	if where != nil {
		v["elementReference"] = where
	}
	d.wrong = append(d.wrong, v)
}

// refusal is what is wrong with a drawing, as the refusal of a write.
func (d *drawing) refusal() error {
	if len(d.wrong) == 0 {
		return nil
	}
	r := &refusal{status: http.StatusBadRequest}
	for _, v := range d.wrong {
		if s := text(object(v)["message"]); !slices.Contains(r.messages, s) {
			r.messages = append(r.messages, s)
		}
	}
	return r
}

// lacks refuses a body without what it has to have, by where that is.
func lacks(path string) error { return badRequest("Missing required field '%s'", path) }

// newWorkflows reads workflows that are to be made.
func (c *call) newWorkflows(doc obj) (*drawing, error) {
	if len(list(doc["workflows"])) == 0 {
		return nil, lacks("workflows")
	}
	if doc["scope"] == nil {
		return nil, lacks("scope")
	}
	project, err := c.readScope(doc["scope"])
	if err != nil {
		return nil, err
	}
	d := &drawing{c: c, project: project, statuses: map[string]Status{}}
	d.readStatuses(doc["statuses"])
	names := map[string]bool{}
	for n, v := range list(doc["workflows"]) {
		m := object(v)
		w := Workflow{Project: project, Name: strings.TrimSpace(text(m["name"]))}
		taken := names[strings.ToLower(w.Name)]
		for other := range c.j.workflows.All(c.Tx, "") {
			taken = taken || strings.EqualFold(other.Name, w.Name) && other.Project == project
		}
		names[strings.ToLower(w.Name)] = true
		switch {
		case m["name"] == nil:
			return nil, lacks("workflows.[" + strconv.Itoa(n) + "].name")
		case w.Name == "":
			d.refuses("WORKFLOW", "WORKFLOW_NAME_EMPTY", "The workflow name must not be empty.", nil)
		case len(w.Name) > 255:
			d.refuses("WORKFLOW", "WORKFLOW_NAME_TOO_LONG", "The workflow name must not exceed 255 characters.", nil)
		case taken:
			d.refuses("WORKFLOW", "NON_UNIQUE_WORKFLOW_NAME", "You must use a unique workflow name.", nil)
		}
		d.draw(&w, m)
		d.workflows = append(d.workflows, w)
	}
	return d, nil
}

// readStatuses reads [{id, name, statusCategory, statusReference, description}].
func (d *drawing) readStatuses(v any) {
	names := map[string]bool{}
	for _, x := range list(v) {
		m := object(x)
		ref := plainWords(m["statusReference"])
		at := obj{"statusReference": ref}
		s, known := d.c.j.statuses.Get(d.c.Tx, key(number(m["id"])))
		if m["id"] != nil && plainWords(m["id"]) != "" && !known {
			d.refuses("STATUS", "STATUS_NOT_FOUND", "The status with id '"+plainWords(m["id"])+"' was not found.", at)
		}
		s.Name, s.Project = strings.TrimSpace(text(m["name"])), d.project
		if t, ok := m["description"].(string); ok {
			s.Description = t
		}
		if n := categoryNames[text(m["statusCategory"])]; n != 0 {
			s.Category = n
		} else {
			d.refuses("STATUS", "STATUS_CATEGORY_INVALID", "The status category must be TODO, IN_PROGRESS or DONE.", at)
		}
		taken := names[strings.ToLower(s.Name)]
		for other := range d.c.j.statuses.All(d.c.Tx, "") {
			taken = taken || other.ID != s.ID && other.Project == d.project && strings.EqualFold(other.Name, s.Name)
		}
		names[strings.ToLower(s.Name)] = true
		switch {
		case ref == "":
			d.refuses("STATUS", "STATUS_REFERENCE_EMPTY", "The status reference must not be empty.", nil)
		case s.Name == "":
			d.refuses("STATUS", "STATUS_NAME_EMPTY", "The status name must not be empty.", at)
		case len(s.Name) > 255:
			d.refuses("STATUS", "STATUS_NAME_TOO_LONG", "The status name must not exceed 255 characters.", at)
		case taken:
			d.refuses("STATUS", "NON_UNIQUE_STATUS_NAME", "You must use a unique status name.", at)
		}
		if _, twice := d.statuses[ref]; twice {
			d.refuses("STATUS", "NON_UNIQUE_STATUS_REFERENCE", "You must use a unique status reference.", at)
		} else {
			d.order = append(d.order, ref)
		}
		d.statuses[ref] = s
	}
}

// draw reads the statuses and transitions of a workflow. Statuses stay references until the drawing is kept: their places in the
// order stand for them.
func (d *drawing) draw(w *Workflow, m obj) {
	if s, ok := m["description"].(string); ok {
		w.Description = s
	}
	if v, ok := m["startPointLayout"].(obj); ok {
		w.Start = clone(v)
	}
	if v, ok := m["loopedTransitionContainerLayout"].(obj); ok {
		w.Loops = clone(v)
	}
	in := map[string]bool{}
	w.Statuses, w.Transitions = nil, nil
	for _, x := range list(m["statuses"]) {
		s := object(x)
		ref := plainWords(s["statusReference"])
		if in[ref] || !slices.Contains(d.order, ref) {
			d.refuses("STATUS", "STATUS_REFERENCE_INVALID", "The status reference '"+ref+"' is not one of the statuses.", obj{"statusReference": ref})
			continue
		}
		in[ref] = true
		w.Statuses = append(w.Statuses, WorkflowStatus{Status: d.place(ref), Properties: propertiesRead(s["properties"]), Layout: clone(object(s["layout"])), Approval: clone(object(s["approvalConfiguration"]))})
	}
	if len(w.Statuses) == 0 {
		d.refuses("WORKFLOW", "WORKFLOW_WITHOUT_STATUSES", "The workflow must contain at least one status.", nil)
	}
	taken, initial := map[int]bool{}, 0
	for _, x := range list(m["transitions"]) {
		t := d.transition(object(x), in)
		if taken[t.ID] {
			d.refuses("TRANSITION", "NON_UNIQUE_TRANSITION_ID", "You must use a unique transition ID.", obj{"transitionId": strconv.Itoa(t.ID)})
		}
		taken[t.ID] = true
		if t.Type == "initial" {
			initial++
		}
		w.Transitions = append(w.Transitions, t)
	}
	if initial != 1 {
		d.refuses("WORKFLOW", "INITIAL_TRANSITION_INVALID", "The workflow must contain exactly one initial transition.", nil)
	}
	d.reachable(w)
}

// place is what stands for a status until it is kept.
func (d *drawing) place(ref string) int64 { return int64(slices.Index(d.order, ref) + 1) }

func propertiesRead(v any) map[string]string {
	out := map[string]string{}
	for k, s := range object(v) {
		out[k] = plainWords(s)
	}
	return out
}

// transition reads one way from status to status.
func (d *drawing) transition(m obj, in map[string]bool) Transition {
	n, err := strconv.Atoi(plainWords(m["id"]))
	at := obj{"transitionId": plainWords(m["id"])}
	if err != nil || n < 1 {
		d.refuses("TRANSITION", "TRANSITION_ID_INVALID", "The transition ID must be a positive number.", at)
	}
	t := Transition{ID: n, Name: strings.TrimSpace(text(m["name"])), Description: text(m["description"]), Type: strings.ToLower(text(m["type"])), Properties: propertiesRead(m["properties"]), CustomIssueEvent: plainWords(m["customIssueEventId"])}
	to := plainWords(m["toStatusReference"])
	if v := object(m["to"]); v != nil {
		to = plainWords(v["statusReference"])
	}
	links := list(m["links"])
	for _, v := range list(m["from"]) {
		links = append(links, obj{"fromStatusReference": object(v)["statusReference"], "fromPort": object(v)["port"], "toPort": object(m["to"])["port"]})
	}
	switch {
	case t.Name == "":
		d.refuses("TRANSITION", "TRANSITION_NAME_EMPTY", "The transition name must not be empty.", at)
	case len(t.Name) > 60:
		d.refuses("TRANSITION", "TRANSITION_NAME_TOO_LONG", "The transition name must not exceed 60 characters.", at)
	case t.Type != "initial" && t.Type != "global" && t.Type != "directed":
		d.refuses("TRANSITION", "TRANSITION_TYPE_INVALID", "The transition type must be INITIAL, GLOBAL or DIRECTED.", at)
	case t.Type == "directed" && len(links) == 0:
		d.refuses("TRANSITION", "DIRECTED_TRANSITION_WITHOUT_LINKS", "A directed transition must have at least one link.", at)
	case t.Type != "directed" && len(links) > 0:
		d.refuses("TRANSITION", "TRANSITION_WITH_LINKS", "Only directed transitions can have links.", at)
	case to != "" && !in[to] || to == "" && t.Type == "initial":
		d.refuses("TRANSITION", "TRANSITION_TO_STATUS_INVALID", "The status that the transition goes to is not in the workflow.", at)
	}
	if in[to] {
		t.To = d.place(to)
	}
	for _, v := range links {
		from := plainWords(object(v)["fromStatusReference"])
		if !in[from] {
			d.refuses("TRANSITION", "TRANSITION_FROM_STATUS_INVALID", "The status that the transition comes from is not in the workflow.", at)
			continue
		}
		t.From = append(t.From, d.place(from))
		link := obj{}
		for _, port := range []string{"fromPort", "toPort"} {
			if n, ok := object(v)[port].(float64); ok {
				link[port] = n
			}
		}
		t.Links = append(t.Links, link)
	}
	t.Actions, t.Validators = d.rules(m["actions"], "Function", t, at), d.rules(m["validators"], "Validator", t, at)
	t.Conditions = d.conditions(object(m["conditions"]), t, at)
	for _, v := range list(m["triggers"]) {
		t.Triggers = append(t.Triggers, d.withID(object(v)))
	}
	if r := ruleOf(m["transitionScreen"]); r.key != "" {
		screen, ok := d.c.j.screens.Get(d.c.Tx, key(number(r.says("screenId"))))
		switch {
		case r.key == "system:remind-people-to-update-fields":
			t.Reminder = d.withID(object(m["transitionScreen"]))
		case r.key != "system:transition-screen":
			d.refuses("RULE", "RULE_KEY_INVALID", unsupportedRule, at)
		case !ok:
			d.refuses("RULE", "SCREEN_NOT_FOUND", "The screen with id '"+r.says("screenId")+"' was not found.", at)
		default:
			t.Screen = screen.ID
		}
	}
	return t
}

const unsupportedRule = "Rule cannot be applied to this type or is unsupported"

// withID is a rule as it is kept: with an id, and nothing but text in its parameters.
func (d *drawing) withID(m obj) obj {
	parameters := obj{}
	for k, v := range object(m["parameters"]) {
		parameters[k] = plainWords(v)
		if b, ok := v.(bool); ok {
			parameters[k] = strconv.FormatBool(b)
		}
	}
	named := text(m["id"])
	if named == "" {
		named = d.c.uuid()
	}
	return obj{"id": named, "ruleKey": text(m["ruleKey"]), "parameters": parameters}
}

// rules reads the rules of one kind that a transition has.
func (d *drawing) rules(v any, kind string, t Transition, at obj) (out []any) {
	for _, x := range list(v) {
		if r := d.rule(object(x), kind, t, at); r != nil {
			out = append(out, r)
		}
	}
	return out
}

// rule reads a rule, which has to be one that the transition can have, with all that it needs.
func (d *drawing) rule(m obj, kind string, t Transition, at obj) obj {
	name := text(m["ruleKey"])
	kept := d.withID(m)
	where := with(at, obj{"ruleId": kept["id"]})
	if strings.HasPrefix(name, "connect:") || strings.HasPrefix(name, "forge:") {
		return kept
	}
	known, ok := systemRuleOf(name)
	if !ok || known.Type != kind || t.Type == "initial" && !known.Initial {
		d.refuses("RULE", "RULE_KEY_INVALID", unsupportedRule, where)
		return nil
	}
	r := ruleOf(kept)
	for _, p := range known.Needs {
		if r.says(p) == "" {
			d.refuses("RULE", "RULE_PARAMETER_MISSING", "The parameter '"+p+"' is required for the rule '"+name+"'.", where)
		}
	}
	return kept
}

// conditions reads a tree of conditions: {operation: ALL or ANY, conditions, conditionGroups}.
func (d *drawing) conditions(m obj, t Transition, at obj) obj {
	if m == nil {
		return nil
	}
	operation := text(m["operation"])
	if operation != "ALL" && operation != "ANY" {
		d.refuses("RULE", "CONDITION_OPERATION_INVALID", "The operation of a condition group must be ALL or ANY.", at)
	}
	groups := []any{}
	for _, x := range list(m["conditionGroups"]) {
		if g := d.conditions(object(x), t, at); g != nil {
			groups = append(groups, g)
		}
	}
	rules := d.rules(m["conditions"], "Condition", t, at)
	if len(rules)+len(groups) == 0 {
		return nil
	}
	return obj{"operation": operation, "conditions": rulesShown(rules), "conditionGroups": groups}
}

// reachable refuses a status that no transition leads to.
func (d *drawing) reachable(w *Workflow) {
	for _, s := range w.Statuses {
		if !slices.ContainsFunc(w.Transitions, func(t Transition) bool { return t.To == s.Status }) {
			ref := d.order[s.Status-1]
			d.refuses("STATUS", "STATUS_WITHOUT_INCOMING_TRANSITION", "The status '"+d.statuses[ref].Name+"' has no incoming transition.", obj{"statusReference": ref})
		}
	}
}

// keep writes the statuses and workflows of a drawing.
func (d *drawing) keep() []Workflow {
	c := d.c
	for _, ref := range d.order {
		s := d.statuses[ref]
		if s.ID == 0 {
			s.ID = c.next("status", firstID)
		}
		d.statuses[ref] = s
		c.j.statuses.Put(c.Tx, s)
	}
	status := func(place int64) int64 {
		if place == 0 {
			return 0
		}
		return d.statuses[d.order[place-1]].ID
	}
	for n := range d.workflows {
		w := &d.workflows[n]
		for i := range w.Statuses {
			w.Statuses[i].Status = status(w.Statuses[i].Status)
		}
		for i := range w.Transitions {
			t := &w.Transitions[i]
			t.To = status(t.To)
			for k := range t.From {
				t.From[k] = status(t.From[k])
				object(t.Links[k])["fromStatusReference"] = id(t.From[k])
			}
			for _, r := range slices.Concat(t.Actions, t.Validators, flat(t.Conditions)) {
				d.named(object(object(r)["parameters"]))
			}
		}
		what := "Workflow updated"
		if w.ID == "" {
			what, w.ID, w.Created = "Workflow created", c.uuid(), c.at()
		}
		w.Updated, w.VersionID, w.By = c.at(), c.uuid(), c.who.ID
		c.j.workflows.Put(c.Tx, *w)
		c.audited(what, "workflows", item(w.ID, w.Name, "WORKFLOW"))
	}
	return d.workflows
}

// named puts the ids of statuses in the place of references to them in the parameters of a rule.
func (d *drawing) named(parameters obj) {
	for _, name := range []string{"statusIds", "previousStatusIds", "fromStatusId", "toStatusId"} {
		refs := strings.Split(text(parameters[name]), ",")
		for n, ref := range refs {
			if s, ok := d.statuses[strings.TrimSpace(ref)]; ok {
				refs[n] = id(s.ID)
			}
		}
		if parameters[name] != nil {
			parameters[name] = strings.Join(refs, ",")
		}
	}
}

// createWorkflows makes workflows and their statuses.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflows/#api-rest-api-3-workflows-create-post
func (j *Jira) createWorkflows(c *call) (any, error) {
	doc, ok := c.body.(obj)
	if !ok {
		return nil, errPayload
	}
	d, err := c.newWorkflows(doc)
	if err == nil {
		err = d.refusal()
	}
	if err != nil {
		return nil, err
	}
	return c.documents(d.keep()), nil
}

// validateCreateWorkflows says what is wrong with workflows that somebody wants to make: {payload, validationOptions: {levels}}.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflows/#api-rest-api-3-workflows-create-validation-post
func (j *Jira) validateCreateWorkflows(c *call) (any, error) {
	doc := object(dig(c.body, "payload"))
	if doc == nil {
		return nil, lacks("payload")
	}
	d, err := c.newWorkflows(doc)
	if err != nil {
		return nil, err
	}
	return obj{"errors": d.ofLevels(c.body)}, nil
}

// ofLevels are what is wrong at the levels that the caller asks for.
func (d *drawing) ofLevels(body any) []any {
	levels := texts(dig(body, "validationOptions", "levels"))
	if len(levels) > 0 && !slices.Contains(levels, "ERROR") || d.wrong == nil {
		return []any{}
	}
	return d.wrong
}

// changedWorkflows reads workflows that are to be changed, and where issues go whose status is no longer there.
func (c *call) changedWorkflows(doc obj) (d *drawing, jobs []any, err error) {
	if len(list(doc["workflows"])) == 0 {
		return nil, nil, lacks("workflows")
	}
	d = &drawing{c: c, statuses: map[string]Status{}}
	var old []Workflow
	for n, v := range list(doc["workflows"]) {
		m := object(v)
		w, ok := c.j.workflows.Get(c.Tx, text(m["id"]))
		path := "workflows.[" + strconv.Itoa(n) + "]."
		switch {
		case m["id"] == nil:
			return nil, nil, lacks(path + "id")
		case m["version"] == nil:
			return nil, nil, lacks(path + "version")
		case !ok:
			return nil, nil, badRequest("The workflow with id '%s' was not found.", text(m["id"]))
		case !c.administers(w.Project):
			return nil, nil, errNoRight
		}
		d.project = w.Project
		old = append(old, w)
	}
	d.readStatuses(doc["statuses"])
	for n, v := range list(doc["workflows"]) {
		m, w := object(v), old[n]
		is := versionOf(w)
		if dig(m, "version", "id") != is["id"] || dig(m, "version", "versionNumber") != float64(w.Version) {
			d.refuses("WORKFLOW", "WORKFLOW_VERSION_INVALID", "The workflow has been changed since this version. Read it again and try again.", nil)
		}
		if w.Name == classicWorkflow {
			d.refuses("WORKFLOW", "WORKFLOW_NOT_EDITABLE", "The workflow cannot be edited.", nil)
		}
		if name := strings.TrimSpace(text(m["name"])); name != "" && name != w.Name {
			for other := range c.j.workflows.All(c.Tx, "") {
				if other.ID != w.ID && other.Project == w.Project && strings.EqualFold(other.Name, name) {
					d.refuses("WORKFLOW", "NON_UNIQUE_WORKFLOW_NAME", "You must use a unique workflow name.", nil)
				}
			}
			w.Name = name
		}
		w.Past = append(slices.Clone(w.Past), PastWorkflow{Version: w.Version, Written: w.Updated, Document: c.historyDocument(w)})
		w.Version++
		d.draw(&w, m)
		d.workflows = append(d.workflows, w)
		jobs = append(jobs, d.moves(old[n], w, m)...)
	}
	return d, jobs, nil
}

// moves are where the issues of a workflow go whose status it no longer has: jobs of moveStatuses, where a status is still a
// reference. Every such status has to be mapped.
func (d *drawing) moves(was, now Workflow, m obj) (jobs []any) {
	c := d.c
	kept := map[int64]bool{}
	for _, s := range now.Statuses {
		kept[d.statuses[d.order[s.Status-1]].ID] = true
	}
	mapped := func(v any, from string) string {
		for _, x := range list(v) {
			if plainWords(object(x)["oldStatusReference"]) == from {
				return plainWords(object(x)["newStatusReference"])
			}
		}
		return ""
	}
	for p := range c.projectsUsing(func(Project) bool { return true }) {
		for _, kind := range c.typesBy(p, func(w Workflow) bool { return w.ID == was.ID }) {
			used := map[string]bool{}
			for i := range c.j.issuesByValue.All(c.Tx, "issuetype="+id(kind)) {
				if i.Project == p.ID {
					used[text(i.Fields["status"])] = true
				}
			}
			for _, from := range slices.Sorted(maps.Keys(used)) {
				if kept[number(from)] {
					continue
				}
				to := mapped(m["defaultStatusMappings"], from)
				for _, x := range list(m["statusMappings"]) {
					if number(object(x)["projectId"]) == p.ID && number(object(x)["issueTypeId"]) == kind {
						if s := mapped(object(x)["statusMigrations"], from); s != "" {
							to = s
						}
					}
				}
				if !slices.Contains(d.order, to) {
					d.refuses("STATUS_MAPPING", "MISSING_STATUS_MAPPING", "A status mapping is required for the status '"+from+"'.", obj{"statusMappingReference": obj{"projectId": id(p.ID), "issueTypeId": id(kind)}})
					continue
				}
				jobs = append(jobs, obj{"project": id(p.ID), "type": id(kind), "from": from, "to": to})
			}
		}
	}
	return jobs
}

// updateWorkflows changes workflows and their statuses. If issues have to be moved, a task does that.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflows/#api-rest-api-3-workflows-update-post
func (j *Jira) updateWorkflows(c *call) (any, error) {
	doc, ok := c.body.(obj)
	if !ok {
		return nil, errPayload
	}
	if err := c.conflict(); err != nil {
		return nil, err
	}
	d, jobs, err := c.changedWorkflows(doc)
	if err == nil {
		err = d.refusal()
	}
	if err != nil {
		return nil, err
	}
	ws := d.keep()
	out := c.documents(ws)
	if len(jobs) > 0 {
		for _, job := range jobs {
			object(job)["to"] = id(d.statuses[text(object(job)["to"])].ID)
		}
		out["taskId"] = id(c.begin("moveStatuses", "Migrate issues to the updated workflows", obj{"jobs": jobs}).ID)
	}
	return out, nil
}

// validateUpdateWorkflows says what is wrong with changes of workflows: {payload, validationOptions: {levels}}.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflows/#api-rest-api-3-workflows-update-validation-post
func (j *Jira) validateUpdateWorkflows(c *call) (any, error) {
	doc := object(dig(c.body, "payload"))
	if doc == nil {
		return nil, lacks("payload")
	}
	d, _, err := c.changedWorkflows(doc)
	if err != nil {
		return nil, err
	}
	return obj{"errors": d.ofLevels(c.body)}, nil
}
