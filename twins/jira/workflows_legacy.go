package jira

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"twinset.dev/kit/twin"
)

// The operations on workflows that were there before readWorkflows and its like.
func (j *Jira) legacyWorkflowsOperations() {
	j.on(twin.Full, "getAllWorkflows", j.getAllWorkflows)
	j.on(twin.Full, "getWorkflowsPaginated", j.getWorkflowsPaginated)
	j.on(twin.Full, "createWorkflow", j.createWorkflow)
	j.on(twin.Full, "getWorkflowTransitionProperties", j.getWorkflowTransitionProperties)
	j.on(twin.Full, "createWorkflowTransitionProperty", j.createWorkflowTransitionProperty)
	j.on(twin.Full, "updateWorkflowTransitionProperty", j.updateWorkflowTransitionProperty)
	j.on(twin.Full, "deleteWorkflowTransitionProperty", j.deleteWorkflowTransitionProperty)
	j.on(twin.Full, "getWorkflowTransitionRuleConfigurations", j.getWorkflowTransitionRuleConfigurations)
	j.on(twin.Full, "updateWorkflowTransitionRuleConfigurations", j.updateWorkflowTransitionRuleConfigurations)
	j.on(twin.Full, "deleteWorkflowTransitionRuleConfigurations", j.deleteWorkflowTransitionRuleConfigurations)
}

const errWorkflows = "Only Jira administrators can access workflows."

// getAllWorkflows lists the workflows that all projects share, or returns one by its name.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflows/#api-rest-api-3-workflow-get
func (j *Jira) getAllWorkflows(c *call) (any, error) {
	if err := c.adminOnly(); err != nil {
		return nil, err
	}
	only, out := c.q("workflowName"), []any{}
	for w := range j.workflows.All(c.Tx, "") {
		if w.Project != 0 {
			continue
		}
		v := obj{"name": w.Name, "description": w.Description, "steps": len(w.Statuses), "default": w.Name == classicWorkflow, "lastModifiedDate": msTime(w.Updated).UTC().Format("02-01-2006")}
		if w.By != "" {
			u, _ := j.users.Get(c.Tx, w.By)
			v["lastModifiedUser"], v["lastModifiedUserAccountId"] = u.Name, w.By
		}
		if w.Name == only {
			return v, nil
		}
		out = append(out, v)
	}
	if only != "" {
		return nil, notFound("The workflow '%s' was not found.", only)
	}
	return out, nil
}

// getWorkflowsPaginated lists workflows page by page, with what the caller expands.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflows/#api-rest-api-3-workflow-search-get
func (j *Jira) getWorkflowsPaginated(c *call) (any, error) {
	if err := c.admins(errWorkflows); err != nil {
		return nil, err
	}
	names, query, active := c.qs("workflowName"), c.q("queryString"), c.q("isActive")
	rows := filtered(j.workflows.All(c.Tx, ""), func(w Workflow) bool {
		return w.Project == 0 && (len(names) == 0 || slices.Contains(names, w.Name)) && (holding(w.Name, query) || holding(w.Description, query)) && (active == "" || c.isActive(w) == (active == "true"))
	})
	rows, err := byOrder(c, rows, "name", map[string]func(a, b Workflow) int{
		"name": func(a, b Workflow) int { return inOrder(a.Name, b.Name) }, "created": func(a, b Workflow) int { return cmp.Compare(a.Created, b.Created) },
		"updated": func(a, b Workflow) int { return cmp.Compare(a.Updated, b.Updated) },
	})
	if err != nil {
		return nil, err
	}
	return pageBean(c, rows, 50, func(w Workflow) any { return c.legacyWorkflow(w) })
}

func (c *call) legacyWorkflow(w Workflow) obj {
	v := obj{"id": obj{"name": w.Name, "entityId": w.ID}, "description": w.Description, "created": stamp(w.Created), "updated": stamp(w.Updated)}
	statuses, transitions := []any{}, []any{}
	for _, x := range w.Statuses {
		s, _ := c.j.statuses.Get(c.Tx, key(x.Status))
		shown := properties(x.Properties)
		shown["issueEditable"] = x.Properties["jira.issue.editable"] != "false"
		statuses = append(statuses, obj{"id": id(s.ID), "name": s.Name, "properties": shown})
	}
	for _, t := range w.Transitions {
		to := ""
		if t.To != 0 {
			to = id(t.To)
		}
		shown := obj{"id": strconv.Itoa(t.ID), "name": t.Name, "description": t.Description, "from": ids(t.From), "to": to, "type": t.Type, "properties": properties(t.Properties)}
		if s, ok := c.j.screens.Get(c.Tx, key(t.Screen)); ok {
			shown["screen"] = obj{"id": id(s.ID), "name": s.Name}
			shown["properties"] = with(properties(t.Properties), obj{"jira.fieldscreen.id": s.ID})
		}
		if c.expands("transitions.rules") {
			shown["rules"] = c.legacyRules(t)
		}
		transitions = append(transitions, shown)
	}
	var schemes []any
	for s := range c.j.workflowSchemes.All(c.Tx, "") {
		if s.uses(w.ID) {
			schemes = append(schemes, obj{"id": id(s.ID), "name": s.Name})
		}
	}
	projects := []any{}
	for p := range c.projectsUsing(func(p Project) bool { return len(c.typesBy(p, func(x Workflow) bool { return x.ID == w.ID })) > 0 }) {
		projects = append(projects, c.projectBrief(p))
	}
	if c.expands("statuses") || c.expands("statuses.properties") {
		v["statuses"] = statuses
	}
	if c.expands("transitions") || c.expands("transitions.rules") || c.expands("transitions.properties") {
		v["transitions"] = transitions
	}
	for part, shown := range map[string][2]any{"default": {"isDefault", w.Name == classicWorkflow}, "schemes": {"schemes", rulesShown(schemes)}, "projects": {"projects", projects}, "hasDraftWorkflow": {"hasDraftWorkflow", false},
		"operations": {"operations", obj{"canEdit": w.Name != classicWorkflow, "canDelete": w.Name != classicWorkflow && len(schemes) == 0}}} {
		if c.expands(part) {
			v[text(shown[0])] = shown[1]
		}
	}
	return v
}

// createWorkflow makes a workflow of statuses that are there: {name, description, statuses: [{id, properties}], transitions: [{name,
// from, to, type, rules, screen, properties}]}.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflows/#api-rest-api-3-workflow-post
func (j *Jira) createWorkflow(c *call) (any, error) {
	doc, err := c.configuring(errWorkflows)
	if err != nil {
		return nil, err
	}
	w := Workflow{Version: 1, Created: c.at(), Updated: c.at(), By: c.who.ID}
	if w.Name, err = readName(doc, 255); err != nil {
		return nil, err
	}
	if _, taken := c.workflowNamed(w.Name); taken {
		return nil, badRequest("The workflow name '%s' is already in use.", w.Name)
	}
	if w.Description, err = readDescription(doc, "", 4000); err != nil {
		return nil, err
	}
	for _, x := range list(doc["statuses"]) {
		s, ok := j.statuses.Get(c.Tx, key(number(object(x)["id"])))
		switch {
		case !ok:
			return nil, badRequest("The status with id '%s' was not found.", plainWords(object(x)["id"]))
		case w.has(s.ID):
			return nil, badRequest("The status with id '%d' must not be repeated.", s.ID)
		}
		w.Statuses = append(w.Statuses, WorkflowStatus{Status: s.ID, Properties: propertiesRead(object(x)["properties"])})
	}
	if len(w.Statuses) == 0 {
		return nil, badRequest("The statuses have to be provided.")
	}
	initial := 0
	for n, x := range list(doc["transitions"]) {
		t, err := c.legacyTransition(w, object(x))
		if err != nil {
			return nil, err
		}
		if t.ID = 11 + 10*n; t.Type == "initial" {
			t.ID, initial = 1, initial+1
		}
		w.Transitions = append(w.Transitions, t)
	}
	if initial != 1 {
		return nil, badRequest("The workflow must contain exactly one initial transition.")
	}
	for _, s := range w.Statuses {
		if !slices.ContainsFunc(w.Transitions, func(t Transition) bool { return t.To == s.Status }) {
			return nil, badRequest("The status with id '%d' has no incoming transition.", s.Status)
		}
	}
	w.ID = c.uuid()
	j.workflows.Put(c.Tx, w)
	c.audited("Workflow created", "workflows", item(w.ID, w.Name, "WORKFLOW"))
	return created(obj{"name": w.Name, "entityId": w.ID}), nil
}

func (c *call) legacyTransition(w Workflow, m obj) (t Transition, err error) {
	t = Transition{Name: strings.TrimSpace(text(m["name"])), Description: text(m["description"]), Type: text(m["type"]), To: number(m["to"]), From: numbers(m["from"]), Properties: propertiesRead(m["properties"])}
	switch {
	case t.Name == "":
		return t, badRequest("The transition name has to be provided.")
	case len(t.Name) > 60:
		return t, badRequest("The length of the transition name must not exceed 60 characters.")
	case !slices.Contains([]string{"initial", "global", "directed"}, t.Type):
		return t, badRequest("The transition type must be 'initial', 'global' or 'directed'.")
	case !w.has(t.To):
		return t, badRequest("The status with id '%s' is not in the workflow.", plainWords(m["to"]))
	case t.Type == "directed" && len(t.From) == 0:
		return t, badRequest("The 'from' of a directed transition has to be provided.")
	case t.Type != "directed" && len(t.From) > 0:
		return t, badRequest("Only directed transitions can have 'from'.")
	}
	for _, n := range t.From {
		if !w.has(n) {
			return t, badRequest("The status with id '%d' is not in the workflow.", n)
		}
	}
	if screen := object(m["screen"]); screen != nil {
		if !c.j.screens.Has(c.Tx, key(number(screen["id"]))) {
			return t, badRequest("The screen with id '%s' was not found.", plainWords(screen["id"]))
		}
		t.Screen = number(screen["id"])
	}
	rules := object(m["rules"])
	if t.Conditions, err = c.conditionsRead(object(rules["conditions"])); err != nil {
		return t, err
	}
	if t.Validators, err = c.legacyRead(rules["validators"], "Validator"); err != nil {
		return t, err
	}
	t.Actions, err = c.legacyRead(rules["postFunctions"], "Function")
	return t, err
}

// theTransition is the one that the path names in the workflow that the query names.
func (c *call) theTransition() (w Workflow, n int, err error) {
	if err := c.adminOnly(); err != nil {
		return w, 0, err
	}
	name, mode := c.q("workflowName"), c.q("workflowMode")
	switch {
	case name == "":
		return w, 0, badRequest("The workflowName has to be provided.")
	case mode != "" && mode != "live" && mode != "draft":
		return w, 0, badRequest("The workflowMode must be 'live' or 'draft'.")
	}
	w, ok := c.workflowNamed(name)
	if !ok || mode == "draft" {
		return w, 0, notFound("The workflow '%s' was not found.", name)
	}
	n = slices.IndexFunc(w.Transitions, func(t Transition) bool { return strconv.Itoa(t.ID) == c.param("transitionId") })
	if n < 0 {
		return w, 0, notFound("The transition with id '%s' was not found.", c.param("transitionId"))
	}
	w.Transitions = slices.Clone(w.Transitions)
	return w, n, nil
}

// isReserved reports whether a property is one that Jira itself reads.
func isReserved(key string) bool { return strings.HasPrefix(key, "jira.") }

// getWorkflowTransitionProperties lists the properties of a transition, or returns one.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflow-transition-properties/#api-rest-api-3-workflow-transitions-transitionid-properties-get
func (j *Jira) getWorkflowTransitionProperties(c *call) (any, error) {
	w, n, err := c.theTransition()
	if err != nil {
		return nil, err
	}
	one, reserved, out := c.q("key"), c.qtrue("includeReservedKeys", false), []any{}
	for _, k := range sorted(w.Transitions[n].Properties) {
		v := obj{"id": k, "key": k, "value": w.Transitions[n].Properties[k]}
		if k == one {
			return v, nil
		}
		if reserved || !isReserved(k) {
			out = append(out, v)
		}
	}
	if one != "" {
		return nil, notFound("The property '%s' was not found.", one)
	}
	return out, nil
}

// setTransitionProperty writes a property of a transition; it has to be there already, or must not be.
func (c *call) setTransitionProperty(there bool) (any, error) {
	w, n, err := c.theTransition()
	if err != nil {
		return nil, err
	}
	t, k := &w.Transitions[n], c.q("key")
	value, given := object(c.body)["value"].(string)
	was, has := t.Properties[k]
	switch {
	case k == "":
		return nil, badRequest("The key has to be provided.")
	case !given:
		return nil, badRequest("The value has to be provided.")
	case w.Name == classicWorkflow:
		return nil, badRequest("The default workflow cannot be edited.")
	case !there && has:
		return nil, badRequest("The property '%s' already exists.", k)
	case there && has && was == value:
		return answer{status: http.StatusNotModified}, nil
	}
	props := map[string]string{k: value}
	for name, s := range t.Properties {
		if name != k {
			props[name] = s
		}
	}
	t.Properties = props
	c.rewrite(w)
	return obj{"id": k, "key": k, "value": value}, nil
}

// rewrite keeps a workflow that has changed.
func (c *call) rewrite(w Workflow) {
	w.Updated, w.By = c.at(), c.who.ID
	c.j.workflows.Put(c.Tx, w)
	c.audited("Workflow updated", "workflows", item(w.ID, w.Name, "WORKFLOW"))
}

// createWorkflowTransitionProperty adds a property to a transition.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflow-transition-properties/#api-rest-api-3-workflow-transitions-transitionid-properties-post
func (j *Jira) createWorkflowTransitionProperty(c *call) (any, error) {
	return c.setTransitionProperty(false)
}

// updateWorkflowTransitionProperty sets a property of a transition.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflow-transition-properties/#api-rest-api-3-workflow-transitions-transitionid-properties-put
func (j *Jira) updateWorkflowTransitionProperty(c *call) (any, error) {
	return c.setTransitionProperty(true)
}

// deleteWorkflowTransitionProperty takes a property from a transition.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflow-transition-properties/#api-rest-api-3-workflow-transitions-transitionid-properties-delete
func (j *Jira) deleteWorkflowTransitionProperty(c *call) (any, error) {
	w, n, err := c.theTransition()
	if err != nil {
		return nil, err
	}
	t, k := &w.Transitions[n], c.q("key")
	_, has := t.Properties[k]
	switch {
	case k == "":
		return nil, badRequest("The key has to be provided.")
	case w.Name == classicWorkflow:
		return nil, badRequest("The default workflow cannot be edited.")
	case !has:
		return answer{status: http.StatusNotModified}, nil
	}
	props := map[string]string{}
	for name, s := range t.Properties {
		if name != k {
			props[name] = s
		}
	}
	t.Properties = props
	c.rewrite(w)
	return obj{}, nil
}

// errAppsOnly refuses who is not an app; people use the other operations.
var errAppsOnly = forbidden("Only Connect and Forge apps can use this operation.")

// ruleKinds are the rules of a transition as the lists for apps have them.
var ruleKinds = map[string]string{"postfunction": "postFunctions", "condition": "conditions", "validator": "validators"}

// isOwnRule reports whether a rule is one of the app that calls.
func (c *call) isOwnRule(v any) bool {
	r := ruleOf(v)
	return (strings.HasPrefix(r.key, "connect:") || strings.HasPrefix(r.key, "forge:")) && (r.says("appKey") == "" || r.says("appKey") == c.connect)
}

// appRules are the rules of one kind that a workflow has from the app that calls, with their transitions if the caller expands them.
func (c *call) appRules(w Workflow, kind string) (out []any) {
	for _, t := range w.Transitions {
		for _, x := range map[string][]any{"postfunction": t.Actions, "condition": flat(t.Conditions), "validator": t.Validators}[kind] {
			if !c.isOwnRule(x) {
				continue
			}
			r := ruleOf(x)
			v := obj{"id": object(x)["id"], "key": r.key, "configuration": obj{"value": r.says("config"), "disabled": r.says("disabled") == "true", "tag": r.says("tag")}}
			if c.expands("transition") {
				v["transition"] = obj{"id": t.ID, "name": t.Name}
			}
			out = append(out, v)
		}
	}
	return out
}

// flat are the conditions of a tree without its branches.
func flat(tree obj) []any {
	out := slices.Clone(list(tree["conditions"]))
	for _, g := range list(tree["conditionGroups"]) {
		out = append(out, flat(object(g))...)
	}
	return out
}

// getWorkflowTransitionRuleConfigurations lists the rules of the app that calls, by workflow.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflow-transition-rules/#api-rest-api-3-workflow-rule-config-get
func (j *Jira) getWorkflowTransitionRuleConfigurations(c *call) (any, error) {
	types, keys, names, tags := c.qs("types"), c.qs("keys"), c.qs("workflowNames"), c.qs("withTags")
	for _, t := range types {
		if ruleKinds[t] == "" {
			return nil, badRequest("The type '%s' is not one of: postfunction, condition, validator.", t)
		}
	}
	switch {
	case c.connect == "":
		return nil, errAppsOnly
	case len(types) == 0:
		return nil, badRequest("The types have to be provided.")
	}
	rows := filtered(j.workflows.All(c.Tx, ""), func(w Workflow) bool { return len(names) == 0 || slices.Contains(names, w.Name) })
	return pageOf(c, rows, 10, 50, func(w Workflow) any {
		v := obj{"workflowId": obj{"name": w.Name, "draft": false}}
		for _, kind := range types {
			found := []any{}
			for _, r := range c.appRules(w, kind) {
				if (len(keys) == 0 || slices.Contains(keys, text(dig(r, "key")))) && (len(tags) == 0 || slices.Contains(tags, text(dig(r, "configuration", "tag")))) {
					found = append(found, r)
				}
			}
			v[ruleKinds[kind]] = found
		}
		return v
	})
}

// changeRules changes or deletes rules of apps: {workflows: [{workflowId: {name, draft}, …}]}. What goes wrong is said for each
// workflow and each rule.
func (c *call) changeRules(change func(w Workflow, m obj) (Workflow, map[string][]any)) (any, error) {
	doc, ok := c.body.(obj)
	written := list(doc["workflows"])
	switch {
	case !ok || len(written) == 0:
		return nil, errPayload
	case c.connect == "":
		return nil, errAppsOnly
	}
	results := []any{}
	for _, x := range written {
		m := object(x)
		name, draft := text(dig(m, "workflowId", "name")), truth(dig(m, "workflowId", "draft"))
		result := obj{"workflowId": obj{"name": name, "draft": draft}, "ruleUpdateErrors": obj{}, "updateErrors": []any{}}
		if w, ok := c.workflowNamed(name); ok && !draft {
			w, bad := change(w, m)
			c.rewrite(w)
			said := obj{}
			for rule, why := range bad {
				said[rule] = why
			}
			result["ruleUpdateErrors"] = said
		} else {
			result["updateErrors"] = []any{"Workflow not found: WorkflowIdBean{name=" + name + ", draft=" + strconv.FormatBool(draft) + "}"}
		}
		results = append(results, result)
	}
	return obj{"updateResults": results}, nil
}

// eachRule goes through the rules of a workflow that are of the app that calls, and keeps what is returned for each; nil deletes it.
func (c *call) eachRule(w Workflow, f func(rule obj) obj) Workflow {
	some := func(rules []any) (out []any) {
		for _, x := range rules {
			if c.isOwnRule(x) {
				if x = f(object(x)); x.(obj) == nil {
					continue
				}
			}
			out = append(out, x)
		}
		return out
	}
	var tree func(m obj) obj
	tree = func(m obj) obj {
		if m == nil {
			return nil
		}
		groups := []any{}
		for _, g := range list(m["conditionGroups"]) {
			groups = append(groups, tree(object(g)))
		}
		return obj{"operation": m["operation"], "conditions": rulesShown(some(list(m["conditions"]))), "conditionGroups": groups}
	}
	w.Transitions = slices.Clone(w.Transitions)
	for n := range w.Transitions {
		t := &w.Transitions[n]
		t.Actions, t.Validators, t.Conditions = some(t.Actions), some(t.Validators), tree(t.Conditions)
	}
	return w
}

func unknownRule(named string) []any { return []any{"The rule with this id does not exist: " + named} }

// updateWorkflowTransitionRuleConfigurations sets up rules of the app that calls.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflow-transition-rules/#api-rest-api-3-workflow-rule-config-put
func (j *Jira) updateWorkflowTransitionRuleConfigurations(c *call) (any, error) {
	return c.changeRules(func(w Workflow, m obj) (Workflow, map[string][]any) {
		wanted, bad := map[string]obj{}, map[string][]any{}
		for _, kind := range ruleKinds {
			for _, x := range list(m[kind]) {
				named := text(object(x)["id"])
				wanted[named], bad[named] = object(object(x)["configuration"]), unknownRule(named)
			}
		}
		return c.eachRule(w, func(r obj) obj {
			named := text(r["id"])
			to, ok := wanted[named]
			if !ok {
				return r
			}
			delete(bad, named)
			return with(r, obj{"parameters": with(object(r["parameters"]), obj{"config": text(to["value"]), "disabled": strconv.FormatBool(truth(to["disabled"])), "tag": text(to["tag"])})})
		}), bad
	})
}

// deleteWorkflowTransitionRuleConfigurations deletes rules of the app that calls.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflow-transition-rules/#api-rest-api-3-workflow-rule-config-delete-put
func (j *Jira) deleteWorkflowTransitionRuleConfigurations(c *call) (any, error) {
	return c.changeRules(func(w Workflow, m obj) (Workflow, map[string][]any) {
		bad := map[string][]any{}
		for _, named := range texts(m["workflowRuleIds"]) {
			bad[named] = unknownRule(named)
		}
		return c.eachRule(w, func(r obj) obj {
			if _, gone := bad[text(r["id"])]; !gone {
				return r
			}
			delete(bad, text(r["id"]))
			return nil
		}), bad
	})
}
