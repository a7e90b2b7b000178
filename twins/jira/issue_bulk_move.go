package jira

import (
	"slices"
	"strconv"
	"strings"
)

// submitBulkMove moves issues to other projects and types, as a task: {targetToSourcesMapping: {"PROJECT,type,parent": {issueIdsOrKeys, …}}}.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-bulk-operations/#api-rest-api-3-bulk-issues-move-post
func (j *Jira) submitBulkMove(c *call) (any, error) {
	targets := object(object(c.body)["targetToSourcesMapping"])
	if len(targets) == 0 {
		return nil, wrongBulk("The targetToSourcesMapping must not be empty.")
	}
	var parts []obj
	total := 0
	for _, name := range sorted(targets) {
		sources := object(targets[name])
		ids, err := c.bulked(sources["issueIdsOrKeys"])
		if err != nil {
			return nil, err
		}
		total += len(ids)
		to := strings.Split(name, ",")
		if len(to) < 2 || len(to) > 3 {
			return nil, wrongBulk("The target '" + name + "' is not valid")
		}
		p, err := c.seenProject(strings.TrimSpace(to[0]))
		if err != nil {
			return nil, wrongBulk("The target project '" + to[0] + "' is not valid")
		}
		kind := number(strings.TrimSpace(to[1]))
		at := slices.IndexFunc(c.issueTypesOf(p.ID), func(t IssueType) bool { return t.ID == kind })
		if at < 0 {
			return nil, wrongBulk("The target issue type '" + to[1] + "' is not valid")
		}
		parent := ""
		if len(to) == 3 {
			above, _, err := c.issue(strings.TrimSpace(to[2]))
			if err != nil {
				return nil, wrongBulk("The target parent '" + to[2] + "' is not valid")
			}
			parent = id(above.ID)
		}
		if subtask := c.issueTypesOf(p.ID)[at].Level < 0; subtask && parent == "" {
			return nil, wrongBulk("A parent must be specified for the subtask issue type '" + to[1] + "'")
		}
		parts = append(parts, obj{"issues": ids, "project": id(p.ID), "type": id(kind), "parent": parent, "status": append([]any{}, clone(list(sources["targetStatus"]))...), "anyStatus": truth(sources["inferStatusDefaults"]),
			"fields": append([]any{}, clone(list(sources["targetMandatoryFields"]))...), "anyFields": truth(sources["inferFieldDefaults"]), "anySubtask": truth(sources["inferSubtaskTypeDefault"])})
	}
	if total > maxBulk {
		return nil, wrongBulk("The number of issues must not exceed the limit " + strconv.Itoa(maxBulk) + ".")
	}
	return c.submitted("move", parts...), nil
}

func bulkMove(c *call, i Issue, p Project, with obj) error {
	to, ok := c.j.projects.Get(c.Tx, key(number(with["project"])))
	if !ok {
		return badRequest("The target project does not exist.")
	}
	return c.move(i, p, to, with)
}

// move takes an issue to another project or type, and its subtasks to the project. What the project has not, the issue loses:
// components and versions of another name, a security level. The old key still finds it.
//
// https://support.atlassian.com/jira-software-cloud/docs/move-an-issue/
func (c *call) move(i Issue, from, to Project, with obj) error {
	switch {
	case !c.may("MOVE_ISSUES", &from, &i):
		return forbidden("You do not have permission to move issues in this project.")
	case from.ID != to.ID && !c.may("CREATE_ISSUES", &to, nil):
		return forbidden("You do not have permission to create issues in the target project.")
	}
	below := c.subtasks(&i)
	was := i
	i.Fields = clone(i.Fields)
	i.Fields["issuetype"] = with["type"]
	t, _ := c.j.issueTypes.Get(c.Tx, key(number(with["type"])))
	if t.Level < 0 && len(below) > 0 {
		return badRequest("An issue that has subtasks cannot become a subtask.")
	}
	c.enter(&i, &to)
	switch parent := text(with["parent"]); {
	case parent != "":
		if err := c.fitsBelow(&i, parent); err != nil {
			return err
		}
		i.Fields["parent"] = parent
	case i.Fields["parent"] != nil:
		if above, _ := c.j.issues.Get(c.Tx, key(number(i.Fields["parent"]))); c.fitsBelow(&i, id(above.ID)) != nil {
			delete(i.Fields, "parent")
		}
	}
	if err := c.landOn(&i, &to, with); err != nil {
		return err
	}
	if err := c.fillIn(&i, &to, with); err != nil {
		return err
	}
	if from.ID == to.ID {
		c.save(was, i, nil)
		return nil
	}
	for _, sub := range below {
		if c.subtaskTypeIn(&to, sub) == "" {
			return badRequest("The target project does not have a subtask issue type.")
		}
	}
	c.save(was, c.renumber(i, &was, to), nil)
	for _, sub := range below {
		subWas := sub
		sub.Fields = clone(sub.Fields)
		sub.Fields["issuetype"] = c.subtaskTypeIn(&to, sub)
		c.enter(&sub, &to)
		if err := c.landOn(&sub, &to, obj{"status": with["status"], "anyStatus": true}); err != nil {
			return err
		}
		c.save(subWas, c.renumber(sub, &subWas, to), nil)
	}
	return nil
}

// renumber gives an issue the next key of a project.
func (c *call) renumber(i Issue, was *Issue, to Project) Issue {
	to, _ = c.j.projects.Get(c.Tx, key(to.ID))
	to.Last++
	c.j.projects.Put(c.Tx, to)
	i.OldKeys = append(slices.Clone(i.OldKeys), c.keyOf(was))
	i.Project, i.Number = to.ID, to.Last
	return i
}

// enter takes out of an issue what a project does not have, or puts in what the project has under the same name.
func (c *call) enter(i *Issue, to *Project) {
	if i.Project == to.ID {
		return
	}
	rename := func(field string, names func(n int64) string, find func(name string) int64) {
		kept := []any{}
		for _, v := range list(i.Fields[field]) {
			if n := find(names(number(v))); n != 0 {
				kept = append(kept, id(n))
			}
		}
		if delete(i.Fields, field); len(kept) > 0 {
			i.Fields[field] = kept
		}
	}
	version := func(n int64) string { v, _ := c.j.versions.Get(c.Tx, key(n)); return v.Name }
	for _, field := range []string{"fixVersions", "versions"} {
		rename(field, version, func(name string) int64 {
			for v := range c.versionsOf(to.ID) {
				if v.Name == name {
					return v.ID
				}
			}
			return 0
		})
	}
	rename("components", func(n int64) string { x, _ := c.j.components.Get(c.Tx, key(n)); return x.Name }, func(name string) int64 {
		for x := range c.j.componentsOf.All(c.Tx, key(to.ID)) {
			if x.Name == name {
				return x.ID
			}
		}
		return 0
	})
	delete(i.Fields, "security")
}

// landOn gives an issue a status of the workflow that it has now: its own, the one that the caller maps it to, or the first.
func (c *call) landOn(i *Issue, to *Project, with obj) error {
	w, start := c.workflowOf(to, number(i.Fields["issuetype"]))
	has := func(status any) bool {
		return slices.ContainsFunc(w.Statuses, func(s WorkflowStatus) bool { return id(s.Status) == status })
	}
	now := i.Fields["status"]
	for _, v := range list(with["status"]) {
		for target, sources := range object(object(v)["statuses"]) {
			if slices.ContainsFunc(list(sources), func(s any) bool { return plainWords(s) == now }) && has(target) {
				i.Fields["status"] = target
				return nil
			}
		}
	}
	switch {
	case has(now):
	case truth(with["anyStatus"]):
		i.Fields["status"] = id(start.To)
	default:
		s, _ := c.status(now)
		return badRequest("The status '%s' does not exist in the target workflow.", s.Name)
	}
	return nil
}

// fillIn writes the fields that the project requires: as the caller says, or as new issues have them.
func (c *call) fillIn(i *Issue, to *Project, with obj) error {
	moved := *i
	moved.Project = to.ID
	e := c.editing(to, &moved, "create")
	bad := problems{}
	for _, v := range list(with["fields"]) {
		for name, x := range object(object(v)["fields"]) {
			in := object(x)
			if f, ok := c.field(name); ok && !truth(in["retain"]) {
				bad.add(e.set(name, movedValue(f, in)))
			}
		}
	}
	if truth(with["anyFields"]) {
		for name := range e.screen {
			if f, ok := c.field(name); ok && moved.Fields[name] == nil && f.kind.computed == nil {
				if v := c.defaultOf(f, to.ID, number(moved.Fields["issuetype"])); v != nil {
					e.put(f, v)
				}
			}
		}
	}
	e.required(&bad)
	if len(bad) > 0 {
		return bad.refusal()
	}
	i.Fields = moved.Fields
	return nil
}

// movedValue is a field of a bulk move as an edit takes it: {type: adf, value} or {type: raw, value: [ids or texts]}.
func movedValue(f *field, in obj) any {
	if in["type"] == "adf" {
		return in["value"]
	}
	one := func(v any) any {
		switch kind := or(f.kind.Items, f.kind.Type); kind {
		case "user":
			return obj{"accountId": v}
		case "option", "version", "component", "priority", "resolution", "securitylevel":
			return obj{"id": v}
		case "number":
			if n, err := strconv.ParseFloat(plainWords(v), 64); err == nil {
				return n
			}
		}
		return v
	}
	values := list(in["value"])
	if f.many() {
		out := []any{}
		for _, v := range values {
			out = append(out, one(v))
		}
		return out
	}
	if len(values) == 0 {
		return nil
	}
	return one(values[0])
}

// subtaskTypeIn is the type that a subtask has in a project: its own if the project has it, else the first of that level.
func (c *call) subtaskTypeIn(p *Project, sub Issue) string {
	first := ""
	for _, t := range c.issueTypesOf(p.ID) {
		if t.Level >= 0 {
			continue
		}
		if id(t.ID) == sub.Fields["issuetype"] {
			return id(t.ID)
		}
		first = or(first, id(t.ID))
	}
	return first
}
