package jira

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"twinset.dev/kit/twin"
)

func (j *Jira) issueBulkOperations() {
	j.on(twin.Full, "submitBulkDelete", j.submitBulkDelete)
	j.on(twin.Full, "getBulkEditableFields", j.getBulkEditableFields)
	j.on(twin.Full, "submitBulkEdit", j.submitBulkEdit)
	j.on(twin.Full, "submitBulkMove", j.submitBulkMove)
	j.on(twin.Full, "getAvailableTransitions", j.getAvailableTransitions)
	j.on(twin.Full, "submitBulkTransition", j.submitBulkTransition)
	j.on(twin.Full, "submitBulkUnwatch", j.submitBulkUnwatch)
	j.on(twin.Full, "submitBulkWatch", j.submitBulkWatch)
	j.on(twin.Full, "getBulkOperationProgress", j.getBulkOperationProgress)
	for kind, do := range map[string]func(c *call, i Issue, p Project, with obj) error{"delete": bulkDelete, "edit": bulkEdit, "move": bulkMove, "transition": bulkTransition, "watch": bulkWatch, "unwatch": bulkUnwatch} {
		j.task(bulkTask+kind, func(c *call, t *Task) (any, error) { return c.bulk(t, do) })
	}
}

// bulkTask begins the kinds of tasks that change many issues.
const bulkTask = "issue.bulk."

// maxBulk is how many issues a bulk operation can have.
const maxBulk = 1000

// wrongBulk is how bulk operations refuse.
func wrongBulk(sentence string) *refusal {
	return &refusal{status: http.StatusBadRequest, messages: []string{sentence}, body: obj{"errors": []any{obj{"message": sentence}}}}
}

// bulked finds the issues that a bulk operation is about, which the caller must see all.
func (c *call) bulked(v any) (ids []any, err error) {
	if !c.hasGlobal(c.who.ID, "BULK_CHANGE") {
		return nil, forbidden("You do not have permission to make bulk changes.")
	}
	names := list(v)
	switch {
	case len(names) == 0:
		return nil, wrongBulk("At least one issue must be selected.")
	case len(names) > maxBulk:
		return nil, wrongBulk("The number of issues must not exceed the limit " + strconv.Itoa(maxBulk) + ".")
	}
	for _, n := range names {
		i, _, err := c.issue(plainWords(n))
		if err != nil {
			return nil, wrongBulk("Some of the issues in the issueIdsOrKeys are not valid")
		}
		if !slices.Contains(ids, any(float64(i.ID))) {
			ids = append(ids, float64(i.ID))
		}
	}
	return ids, nil
}

// submitted begins a bulk operation: parts, each of which is {issues, and what is done to them}.
func (c *call) submitted(kind string, parts ...obj) answer {
	list := make([]any, len(parts))
	for n, p := range parts {
		list[n] = p
	}
	silent := object(c.body)["sendBulkNotification"] == false
	return created(obj{"taskId": id(c.begin(bulkTask+kind, "Bulk "+kind, obj{"parts": list, "silent": silent}).ID)})
}

// bulk does something to each issue of a bulk operation, and notes with which it has failed.
func (c *call) bulk(t *Task, do func(c *call, i Issue, p Project, with obj) error) (any, error) {
	c.speak("3")
	if c.quiet = truth(dig(t.Input, "silent")); !c.quiet {
		c.post = &bulkMail{map[string][]string{}}
		defer c.sendBulk(strings.TrimPrefix(t.Kind, bulkTask))
	}
	processed, failed, gone, total := []any{}, obj{}, 0., 0.
	for _, v := range list(object(t.Input)["parts"]) {
		part := object(v)
		for _, n := range list(part["issues"]) {
			total++
			i, p, err := c.issue(id(number(n)))
			if err != nil {
				gone++
				continue
			}
			refused := (*refusal)(nil)
			if err := do(c, i, p, part); errors.As(err, &refused) {
				failed[id(i.ID)] = anys(append(refused.messages, fieldSentences(refused)...))
				continue
			} else if err != nil {
				return nil, err
			}
			processed = append(processed, n)
		}
	}
	return obj{"processed": processed, "failed": failed, "gone": gone, "total": total}, nil
}

func fieldSentences(r *refusal) (out []string) {
	for _, f := range sorted(r.fields) {
		out = append(out, r.fields[f])
	}
	return out
}

// getBulkOperationProgress tells how far a bulk operation is.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-bulk-operations/#api-rest-api-3-bulk-queue-taskid-get
func (j *Jira) getBulkOperationProgress(c *call) (any, error) {
	t, err := c.taskOf()
	switch {
	case err != nil:
		return nil, err
	case !strings.HasPrefix(t.Kind, bulkTask):
		return nil, badRequest("The task associated with this taskId is not a bulk operation task")
	}
	v := obj{"taskId": id(t.ID), "status": t.Status, "progressPercent": t.Progress, "submittedBy": obj{"accountId": t.By}, "created": t.Submitted, "updated": t.Updated}
	if t.Started != 0 {
		v["started"] = t.Started
	}
	done := object(t.Result)
	if done == nil {
		total := 0
		for _, p := range list(object(t.Input)["parts"]) {
			total += len(list(object(p)["issues"]))
		}
		done = obj{"processed": []any{}, "failed": obj{}, "gone": 0, "total": total}
	}
	v["totalIssueCount"], v["processedAccessibleIssues"], v["invalidOrInaccessibleIssueCount"] = done["total"], done["processed"], done["gone"]
	if failed := object(done["failed"]); len(failed) > 0 {
		v["failedAccessibleIssues"] = failed
	}
	return v, nil
}

// submitBulkDelete deletes issues and their subtasks, as a task.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-bulk-operations/#api-rest-api-3-bulk-issues-delete-post
func (j *Jira) submitBulkDelete(c *call) (any, error) { return c.submitBulk("delete") }

// submitBulkWatch makes the caller watch issues, as a task.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-bulk-operations/#api-rest-api-3-bulk-issues-watch-post
func (j *Jira) submitBulkWatch(c *call) (any, error) { return c.submitBulk("watch") }

// submitBulkUnwatch makes the caller watch issues no longer, as a task.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-bulk-operations/#api-rest-api-3-bulk-issues-unwatch-post
func (j *Jira) submitBulkUnwatch(c *call) (any, error) { return c.submitBulk("unwatch") }

func (c *call) submitBulk(kind string) (any, error) {
	ids, err := c.bulked(object(c.body)["selectedIssueIdsOrKeys"])
	if err != nil {
		return nil, err
	}
	return c.submitted(kind, obj{"issues": ids}), nil
}

func bulkDelete(c *call, i Issue, p Project, _ obj) error {
	if !c.may("DELETE_ISSUES", &p, &i) {
		return forbidden("You do not have permission to delete issues in this project.")
	}
	for _, sub := range c.subtasks(&i) {
		c.erase(sub)
	}
	c.erase(i)
	return nil
}

func bulkWatch(c *call, i Issue, _ Project, _ obj) error {
	c.j.watches.Put(c.Tx, Watch{Issue: i.ID, User: c.who.ID})
	return nil
}

func bulkUnwatch(c *call, i Issue, _ Project, _ obj) error {
	c.j.watches.Delete(c.Tx, key(i.ID)+"/"+c.who.ID)
	return nil
}

// submitBulkTransition takes issues through transitions, as a task.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-bulk-operations/#api-rest-api-3-bulk-issues-transition-post
func (j *Jira) submitBulkTransition(c *call) (any, error) {
	var parts []obj
	total := 0
	for _, v := range list(object(c.body)["bulkTransitionInputs"]) {
		ids, err := c.bulked(object(v)["selectedIssueIdsOrKeys"])
		if err != nil {
			return nil, err
		}
		to := plainWords(object(v)["transitionId"])
		if number(to) == 0 {
			return nil, wrongBulk("The transitionId is not valid")
		}
		total += len(ids)
		parts = append(parts, obj{"issues": ids, "transition": to})
	}
	switch {
	case len(parts) == 0:
		return nil, wrongBulk("At least one issue must be selected.")
	case total > maxBulk:
		return nil, wrongBulk("The number of issues must not exceed the limit " + strconv.Itoa(maxBulk) + ".")
	}
	return c.submitted("transition", parts...), nil
}

func bulkTransition(c *call, i Issue, _ Project, with obj) error {
	_, err := c.transition(i, obj{"transition": obj{"id": with["transition"]}})
	return err
}

// bulkQueried are the issues that the query names, which the caller must see all.
func (c *call) bulkQueried() (found []Issue, err error) {
	ids, err := c.bulked(anys(c.qs("issueIdsOrKeys")))
	for _, n := range ids {
		i, _ := c.j.issues.Get(c.Tx, key(number(n)))
		found = append(found, i)
	}
	return found, err
}

// getAvailableTransitions lists the transitions that all of some issues can be taken through, by their workflows.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-bulk-operations/#api-rest-api-3-bulk-issues-transition-get
func (j *Jira) getAvailableTransitions(c *call) (any, error) {
	issues, err := c.bulkQueried()
	if err != nil {
		return nil, err
	}
	type group struct {
		keys   []any
		common []Transition
		seen   map[int]bool
	}
	groups := map[string]*group{}
	var order []string
	for _, i := range issues {
		p, _ := j.projects.Get(c.Tx, key(i.Project))
		w, _ := c.workflowOf(&p, number(i.Fields["issuetype"]))
		open := c.open(&p, &i)
		g := groups[w.ID]
		if g == nil {
			g = &group{common: open, seen: map[int]bool{}}
			groups[w.ID], order = g, append(order, w.ID)
		}
		g.keys = append(g.keys, c.keyOf(&i))
		g.common = slices.DeleteFunc(slices.Clone(g.common), func(t Transition) bool {
			return !slices.ContainsFunc(open, func(o Transition) bool { return o.ID == t.ID })
		})
		for _, t := range open {
			g.seen[t.ID] = true
		}
	}
	out := []any{}
	for _, name := range order {
		g := groups[name]
		transitions := []any{}
		for _, t := range g.common {
			s, _ := j.statuses.Get(c.Tx, key(t.To))
			transitions = append(transitions, obj{"transitionId": t.ID, "transitionName": t.Name, "to": obj{"statusId": s.ID, "statusName": s.Name}})
		}
		out = append(out, obj{"issues": g.keys, "isTransitionsFiltered": len(g.common) < len(g.seen), "transitions": transitions})
	}
	page, around, err := cursored(c, out, func(v any) string { return text(list(object(v)["issues"])[0]) })
	if err != nil {
		return nil, err
	}
	return with(obj{"availableTransitions": page}, around), nil
}

// bulkPage is how many entries a page of the two lists has.
const bulkPage = 50

// cursored is the page of a list after or before the entry that the caller names, and the names of those around it.
func cursored(c *call, all []any, name func(any) string) ([]any, obj, error) {
	after, before := c.q("startingAfter"), c.q("endingBefore")
	if after != "" && before != "" {
		return nil, nil, wrongBulk("Only one of startingAfter and endingBefore can be specified.")
	}
	from := 0
	if at := or(after, before); at != "" {
		n := slices.IndexFunc(all, func(v any) bool { return name(v) == at })
		switch {
		case n < 0:
			return nil, nil, wrongBulk("The cursor '" + at + "' is not valid.")
		case after != "":
			from = n + 1
		default:
			from = max(0, n-bulkPage)
			all = all[:n]
		}
	}
	page := all[from:min(len(all), from+bulkPage)]
	around := obj{}
	if len(page) > 0 && from > 0 {
		around["endingBefore"] = name(page[0])
	}
	if len(page) > 0 && from+len(page) < len(all) {
		around["startingAfter"] = name(page[len(page)-1])
	}
	return append([]any{}, page...), around, nil
}
