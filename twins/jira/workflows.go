package jira

import (
	"slices"
	"strconv"
)

// workflowOf is the workflow by which issues of a type go in a project, and the transition that starts it.
func (c *call) workflowOf(p *Project, issueType int64) (Workflow, Transition) {
	s, _ := c.j.workflowSchemes.Get(c.Tx, key(p.Workflows))
	name, ok := s.Mappings[id(issueType)]
	if !ok {
		name = s.Default
	}
	w, _ := c.j.workflows.Get(c.Tx, name)
	for _, t := range w.Transitions {
		if t.Type == "initial" {
			return w, t
		}
	}
	return w, Transition{}
}

// leaving are the transitions that lead from the status that an issue has, whoever may take them.
func (c *call) leaving(p *Project, i *Issue) (out []Transition) {
	w, _ := c.workflowOf(p, number(i.Fields["issuetype"]))
	at := number(i.Fields["status"])
	for _, t := range w.Transitions {
		if t.Type == "global" || t.Type == "directed" && slices.Contains(t.From, at) {
			out = append(out, t)
		}
	}
	return out
}

// open are the transitions that the caller can take an issue through now.
func (c *call) open(p *Project, i *Issue) (out []Transition) {
	if !c.may("TRANSITION_ISSUES", p, i) {
		return nil
	}
	return slices.DeleteFunc(c.leaving(p, i), func(t Transition) bool { return !c.conditions(t.Conditions, p, i) })
}

// conditions reports whether a transition's conditions let the caller take it.
func (c *call) conditions(tree obj, p *Project, i *Issue) bool {
	rules := append(slices.Clone(list(tree["conditions"])), list(tree["conditionGroups"])...)
	if len(rules) == 0 {
		return true
	}
	met := func(v any) bool {
		m := object(v)
		if m["conditions"] != nil || m["conditionGroups"] != nil {
			return c.conditions(m, p, i)
		}
		return c.condition(text(m["ruleKey"]), object(m["parameters"]), p, i)
	}
	if text(tree["operation"]) == "ANY" {
		return slices.ContainsFunc(rules, met)
	}
	return !slices.ContainsFunc(rules, func(v any) bool { return !met(v) })
}

// getTransitions lists the transitions that the caller can take an issue through.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-issueidorkey-transitions-get
func (j *Jira) getTransitions(c *call) (any, error) {
	i, p, err := c.issue(c.param("issueIdOrKey"))
	if err != nil {
		return nil, err
	}
	only := c.q("transitionId")
	c.q("skipRemoteOnlyCondition") // no condition here is for people alone
	open := c.open(&p, &i)
	all := open
	if c.qtrue("includeUnavailableTransitions", false) {
		all = c.leaving(&p, &i)
	}
	if c.qtrue("sortByOpsBarAndStatus", false) {
		slices.SortStableFunc(all, func(a, b Transition) int { return c.onTheBar(a) - c.onTheBar(b) })
	}
	out := []any{}
	for _, t := range all {
		if only == "" || only == strconv.Itoa(t.ID) {
			available := slices.ContainsFunc(open, func(o Transition) bool { return o.ID == t.ID })
			out = append(out, with(c.transitionShown(&p, &i, t), obj{"isAvailable": available}))
		}
	}
	return obj{"expand": "transitions", "transitions": out}, nil
}

// onTheBar is where a transition stands among those of an issue: as its property says, then by the category of its status.
func (c *call) onTheBar(t Transition) int {
	if n, err := strconv.Atoi(t.Properties["opsbar-sequence"]); err == nil {
		return n
	}
	s, _ := c.j.statuses.Get(c.Tx, key(t.To))
	return 1<<20 + [...]int{categoryNone: 0, categoryToDo: 1, categoryDoing: 2, categoryDone: 3}[max(s.Category, categoryNone)]
}

func (c *call) transitionShown(p *Project, i *Issue, t Transition) obj {
	to := t.To
	if to == 0 {
		to = number(i.Fields["status"])
	}
	s, _ := c.j.statuses.Get(c.Tx, key(to))
	v := obj{"id": strconv.Itoa(t.ID), "name": t.Name, "to": c.statusShown(s), "hasScreen": t.Screen != 0, "isGlobal": t.Type == "global", "isInitial": t.Type == "initial", "isAvailable": true,
		"isConditional": len(list(t.Conditions["conditions"])) > 0, "isLooped": to == number(i.Fields["status"])}
	if c.expands("transitions.fields") {
		v["fields"] = c.fieldsMeta(p, i, c.screenOf(t.Screen), "transition")
	}
	return v
}

// doTransition takes an issue through a transition.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-issueidorkey-transitions-post
func (j *Jira) doTransition(c *call) (any, error) {
	i, _, err := c.issue(c.param("issueIdOrKey"))
	if err != nil {
		return nil, err
	}
	_, err = c.transition(i, object(c.body))
	return nil, err
}

// transition takes an issue through the transition that somebody names: {transition: {id or name}, fields, update}.
func (c *call) transition(i Issue, doc obj) (Issue, error) {
	p, _ := c.j.projects.Get(c.Tx, key(i.Project))
	named := object(doc["transition"])
	if named == nil || named["id"] == nil && named["name"] == nil {
		return i, badRequest("Missing 'transition' identifier")
	}
	var t Transition
	found := false
	for _, x := range c.open(&p, &i) {
		if named["id"] != nil && plainWords(named["id"]) == strconv.Itoa(x.ID) || named["id"] == nil && text(named["name"]) == x.Name {
			t, found = x, true
		}
	}
	if !found {
		if n := plainWords(named["id"]); named["id"] != nil && number(n) == 0 {
			return i, badRequest("The transition identifier '%s' is not a number", n)
		}
		return i, badRequest("It seems that you have tried to perform an illegal workflow operation: transition id %v is not valid for this issue.", named["id"])
	}
	was, bad := i, problems{}
	i.Fields = clone(i.Fields)
	e := c.editing(&p, &i, "transition")
	e.screen = c.screenOf(t.Screen)
	e.screen["comment"] = true
	e.apply(doc, &bad)
	e.required(&bad)
	if len(bad) > 0 {
		return was, bad.refusal()
	}
	if err := c.validate(&was, &i, t, &p); err != nil {
		return was, err
	}
	if t.To != 0 {
		i.Fields["status"] = id(t.To)
	}
	c.act(t, &p, &i)
	i = c.saveAs(kindOfTransition(t, &was, &i), was, i, Change{Metadata: object(doc["historyMetadata"])})
	c.trigger(t, &was, &i)
	return i, e.rest(&i)
}
