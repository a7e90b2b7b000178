package jira

import (
	"net/http"
	"slices"
	"strconv"

	"twinset.dev/kit/twin"
)

func (j *Jira) issueWorklogsOperations() {
	j.on(twin.Full, "getIssueWorklog", j.getIssueWorklog).public()
	j.on(twin.Full, "addWorklog", j.addWorklog).public()
	j.on(twin.Full, "bulkDeleteWorklogs", j.bulkDeleteWorklogs)
	j.on(twin.Full, "bulkMoveWorklogs", j.bulkMoveWorklogs)
	j.on(twin.Full, "getWorklog", j.getWorklog).public()
	j.on(twin.Full, "updateWorklog", j.updateWorklog).public()
	j.on(twin.Full, "deleteWorklog", j.deleteWorklog).public()
	j.on(twin.Full, "getIdsOfWorklogsDeletedSince", j.getIdsOfWorklogsDeletedSince)
	j.on(twin.Full, "getWorklogsForIds", j.getWorklogsForIds).readsOnly()
	j.on(twin.Full, "getIdsOfWorklogsModifiedSince", j.getIdsOfWorklogsModifiedSince)
	j.on(twin.Full, "getWorklogsByIssueIdAndWorklogId", j.getWorklogsByIssueIDAndWorklogID).readsOnly()

	j.on(twin.Full, "getWorklogPropertyKeys", j.getWorklogPropertyKeys).public()
	j.on(twin.Full, "getWorklogProperty", j.getWorklogProperty).public()
	j.on(twin.Full, "setWorklogProperty", j.setWorklogProperty).public()
	j.on(twin.Full, "deleteWorklogProperty", j.deleteWorklogProperty).public()
}

// maxWorklogs is how many worklogs an issue can have.
const maxWorklogs = 10000

// seenWorklogs are the worklogs of an issue that the caller sees, in the order in which they were written.
func (c *call) seenWorklogs(i *Issue) (xs []Worklog) {
	for x := range c.j.worklogs.All(c.Tx, key(i.ID)+"/") {
		if c.seesVisibility(x.Visibility, i) {
			xs = append(xs, x)
		}
	}
	return xs
}

// worklog finds a worklog of an issue that the caller sees.
func (c *call) worklog(i *Issue, n string) (Worklog, error) {
	x, ok := c.j.worklogs.Get(c.Tx, key(i.ID)+"/"+key(number(n)))
	if !ok || !c.seesVisibility(x.Visibility, i) {
		return x, notFound("Cannot find worklog with id: '%s'.", n)
	}
	return x, nil
}

// getIssueWorklog returns the worklogs of an issue.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-worklogs/#api-rest-api-3-issue-issueidorkey-worklog-get
func (j *Jira) getIssueWorklog(c *call) (any, error) {
	i, _, err := c.issue(c.param("issueIdOrKey"))
	if err != nil {
		return nil, err
	}
	w, err := c.window(5000, 5000)
	if err != nil {
		return nil, err
	}
	after, err := c.milliseconds("startedAfter", 0)
	if err != nil {
		return nil, err
	}
	before, err := c.milliseconds("startedBefore", 1<<62)
	if err != nil {
		return nil, err
	}
	xs := slices.DeleteFunc(c.seenWorklogs(&i), func(x Worklog) bool { return x.Started < after || x.Started > before })
	return obj{"startAt": w.start, "maxResults": w.max, "total": len(xs), "worklogs": shownWithin(w, xs, c.worklogShown)}, nil
}

// milliseconds reads a time of the query.
func (c *call) milliseconds(name string, otherwise int64) (int64, error) {
	s := c.q(name)
	if s == "" {
		return otherwise, nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0, badRequest("The value '%s' of the query parameter '%s' is not a number.", s, name)
	}
	return n, nil
}

// getWorklog returns a worklog.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-worklogs/#api-rest-api-3-issue-issueidorkey-worklog-id-get
func (j *Jira) getWorklog(c *call) (any, error) {
	i, _, err := c.issue(c.param("issueIdOrKey"))
	if err != nil {
		return nil, err
	}
	x, err := c.worklog(&i, c.param("id"))
	if err != nil {
		return nil, err
	}
	return c.worklogShown(x), nil
}

// An adjustment is what becomes of the remaining estimate of an issue.
type adjustment struct {
	mode   string // auto, leave, new, manual
	amount int64  // in seconds: the new estimate, or by how much it changes
}

// adjustment reads adjustEstimate and what goes with it; by is the name of the manual amount, "" if there can be none.
func (c *call) adjustment(q func(string) string, by string) (a adjustment, err error) {
	span := func(name, wanted string) error {
		if q(name) == "" {
			return wrong(name, "%s", wanted)
		}
		n, ok := c.parseSpan(q(name))
		if !ok {
			r := wrong(name, "You must supply a valid %s.", map[bool]string{true: "new estimate", false: "adjustment amount"}[name == "newEstimate"])
			r.messages = []string{"Worklog must not be null."}
			return r
		}
		a.amount = n
		return nil
	}
	switch a.mode = or(q("adjustEstimate"), "auto"); a.mode {
	case "AUTO":
		a.mode = "auto"
	case "auto", "leave":
	case "new":
		err = span("newEstimate", "Value is required when adjustEstimate is new")
	case "manual":
		if by == "" {
			return a, wrong("adjustEstimate", "Manual adjustment of remaining estimate not allowed when editing a worklog")
		}
		err = span(by, "A value is required for manual estimate adjustment")
	default:
		err = wrong("adjustEstimate", "Invalid adjustEstimate value '%s'. Supported values are: 'new', 'leave', 'manual', 'auto'.", a.mode)
	}
	return a, err
}

// spend changes the time spent on an issue by some seconds, adjusts what remains, and writes that into its history.
func (c *call) spend(kind string, i Issue, seconds int64, a adjustment, items ...ChangeItem) Issue {
	was := i
	i.Fields = clone(i.Fields)
	if spent := secondsOf(&i, "timespent") + seconds; spent > 0 {
		i.Fields["timespent"] = float64(spent)
	} else {
		delete(i.Fields, "timespent")
	}
	left := secondsOf(&i, "timeestimate")
	switch a.mode {
	case "auto":
		left -= seconds
	case "manual":
		if seconds < 0 {
			left += a.amount
		} else {
			left -= a.amount
		}
	case "new":
		left = a.amount
	}
	if a.mode != "leave" {
		i.Fields["timeestimate"] = float64(max(0, left))
	}
	return c.saveAs(kind, was, i, Change{Items: items})
}

// logged reads what somebody writes of a worklog: {timeSpent or timeSpentSeconds, started, comment, visibility}.
func (c *call) logged(x Worklog, i *Issue, doc obj) (Worklog, error) {
	x.Updated, x.Editor = c.at(), c.who.ID
	invalid := func(sentence string) error {
		r := wrong("timeLogged", "%s", sentence)
		r.messages = []string{"Worklog must not be null."}
		return r
	}
	switch spent, set := doc["timeSpent"]; {
	case set && spent != nil:
		n, ok := c.parseSpan(plainWords(spent))
		if !ok || n < 60 {
			return x, invalid("Invalid time duration entered.")
		}
		x.Seconds = n - n%60
	case doc["timeSpentSeconds"] != nil:
		n, ok := doc["timeSpentSeconds"].(float64)
		if s, is := doc["timeSpentSeconds"].(string); is {
			m, err := strconv.ParseInt(s, 10, 64)
			n, ok = float64(m), err == nil
		}
		if !ok || n < 60 {
			return x, invalid("Invalid time duration entered.")
		}
		x.Seconds = int64(n) - int64(n)%60
	case x.ID == 0:
		return x, invalid("You must indicate the time spent working.")
	}
	if s := doc["started"]; s != nil {
		at, ok := parseMoment(text(s))
		if !ok {
			return x, badRequest("Invalid request payload. Refer to the REST API documentation and try again.")
		}
		x.Started = at
	}
	var err error
	if v, set := doc["comment"]; set {
		if x.Comment = nil; v != nil {
			if x.Comment, err = c.richText("comment", v); err != nil {
				return x, err
			}
		}
	}
	if v, set := doc["visibility"]; set {
		if x.Visibility, err = c.visibility(i, v); err != nil {
			return x, err
		}
	}
	for _, v := range list(doc["properties"]) {
		if err := fitProperty(text(object(v)["key"]), object(v)["value"]); err != nil {
			return x, err
		}
	}
	return x, nil
}

// addWorklog logs work on an issue.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-worklogs/#api-rest-api-3-issue-issueidorkey-worklog-post
func (j *Jira) addWorklog(c *call) (any, error) {
	i, p, err := c.issue(c.param("issueIdOrKey"))
	if err != nil {
		return nil, err
	}
	c.quiet = !c.qtrue("notifyUsers", true)
	if err := c.editableNow(&p, &i); err != nil {
		return nil, err
	}
	x, a, err := c.newWorklog(&p, &i, object(c.body), c.q)
	if err != nil {
		return nil, err
	}
	x, _ = c.addedWorklog(i, x, a, list(object(c.body)["properties"]))
	return created(c.worklogShown(x)), nil
}

// newWorklog reads new work on an issue, and what becomes of the estimate. It is not kept yet.
func (c *call) newWorklog(p *Project, i *Issue, doc obj, q func(string) string) (Worklog, adjustment, error) {
	x := Worklog{Issue: i.ID, Author: c.who.ID, Created: c.at(), Started: c.at()}
	if !c.may("WORK_ON_ISSUES", p, i) {
		return x, adjustment{}, badRequest("%s, you do not have the permission to associate a worklog to this issue.", c.callerName())
	}
	a, err := c.adjustment(q, "reduceBy")
	if err != nil {
		return x, a, err
	}
	if x, err = c.logged(x, i, doc); err != nil {
		return x, a, err
	}
	if len(slices.Collect(c.j.worklogs.All(c.Tx, key(i.ID)+"/"))) >= maxWorklogs {
		return x, a, refuse(http.StatusRequestEntityTooLarge, "The issue has reached the limit of %d worklogs.", maxWorklogs)
	}
	return x, a, nil
}

// addedWorklog keeps new work, and tells of it.
func (c *call) addedWorklog(i Issue, x Worklog, a adjustment, properties []any) (Worklog, Issue) {
	x.ID = c.next("worklog", firstID)
	c.j.worklogs.Put(c.Tx, x)
	for _, v := range properties {
		c.setProperty("worklog/"+id(x.ID), text(object(v)["key"]), object(v)["value"])
	}
	i = c.spend("issue_work_logged", i, x.Seconds, a)
	c.told(event{Name: "worklog_created", Issue: &i, More: obj{"worklog": c.plainly().worklogShown(x)}})
	return x, i
}

// updateWorklog changes a worklog. What the body leaves out stays as it is.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-worklogs/#api-rest-api-3-issue-issueidorkey-worklog-id-put
func (j *Jira) updateWorklog(c *call) (any, error) {
	i, p, err := c.issue(c.param("issueIdOrKey"))
	if err != nil {
		return nil, err
	}
	c.quiet = !c.qtrue("notifyUsers", true)
	if err := c.editableNow(&p, &i); err != nil {
		return nil, err
	}
	x, _, err := c.editedWorklog(&p, i, c.param("id"), object(c.body), c.q)
	if err != nil {
		return nil, err
	}
	return c.worklogShown(x), nil
}

func (c *call) editedWorklog(p *Project, i Issue, n string, doc obj, q func(string) string) (Worklog, Issue, error) {
	was, err := c.ownWorklog(p, &i, n, "edit")
	if err != nil {
		return was, i, err
	}
	a, err := c.adjustment(q, "")
	if err != nil {
		return was, i, err
	}
	now, err := c.logged(was, &i, doc)
	if err != nil {
		return was, i, err
	}
	c.j.worklogs.Put(c.Tx, now)
	for _, v := range list(doc["properties"]) {
		c.setProperty("worklog/"+id(now.ID), text(object(v)["key"]), object(v)["value"])
	}
	items := []ChangeItem{workHistory("WorklogId", was.ID, id(was.ID))}
	if was.Seconds != now.Seconds {
		x := workHistory("WorklogTimeSpent", was.Seconds, c.span(was.Seconds))
		x.To, x.ToText = id(now.Seconds), c.span(now.Seconds)
		items = append(items, x)
	}
	i = c.spend("issue_worklog_updated", i, now.Seconds-was.Seconds, a, items...)
	c.told(event{Name: "worklog_updated", Issue: &i, More: obj{"worklog": c.plainly().worklogShown(now)}})
	return now, i, nil
}

func workHistory(field string, from int64, words string) ChangeItem {
	return ChangeItem{Field: field, FieldType: "jira", From: id(from), FromText: words}
}

// ownWorklog finds a worklog that the caller may edit or delete.
func (c *call) ownWorklog(p *Project, i *Issue, n, verb string) (Worklog, error) {
	x, err := c.worklog(i, n)
	if err != nil {
		return x, err
	}
	permission := map[string]string{"edit": "EDIT", "delete": "DELETE"}[verb]
	if !c.may(permission+"_ALL_WORKLOGS", p, i) && !(x.Author == c.who.ID && c.may(permission+"_OWN_WORKLOGS", p, i)) {
		return x, badRequest("You do not have permission to %s worklog with id: %d", verb, x.ID)
	}
	return x, nil
}

// deleteWorklog deletes a worklog.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-worklogs/#api-rest-api-3-issue-issueidorkey-worklog-id-delete
func (j *Jira) deleteWorklog(c *call) (any, error) {
	i, p, err := c.issue(c.param("issueIdOrKey"))
	if err != nil {
		return nil, err
	}
	c.quiet = !c.qtrue("notifyUsers", true)
	if err := c.editableNow(&p, &i); err != nil {
		return nil, err
	}
	_, err = c.removedWorklog(&p, i, c.param("id"), c.q)
	return nil, err
}

func (c *call) removedWorklog(p *Project, i Issue, n string, q func(string) string) (Issue, error) {
	x, err := c.ownWorklog(p, &i, n, "delete")
	if err != nil {
		return i, err
	}
	a, err := c.adjustment(q, "increaseBy")
	if err != nil {
		return i, err
	}
	return c.dropWorklog(i, x, a), nil
}

// dropWorklog deletes a worklog, and tells of it.
func (c *call) dropWorklog(i Issue, x Worklog, a adjustment) Issue {
	c.j.worklogs.Delete(c.Tx, key(i.ID)+"/"+key(x.ID))
	c.dropProperties("worklog/" + id(x.ID))
	c.j.worklogsGone.Put(c.Tx, DeletedWorklog{ID: x.ID, Deleted: c.at()})
	i = c.spend("issue_worklog_deleted", i, -x.Seconds, a, workHistory("WorklogId", x.ID, id(x.ID)), workHistory("WorklogTimeSpent", x.Seconds, c.span(x.Seconds)))
	c.told(event{Name: "worklog_deleted", Issue: &i, More: obj{"worklog": c.plainly().worklogShown(x)}})
	return i
}

// manyWorklogs finds the worklogs that the body names and the caller may delete, and how many it names besides.
func (c *call) manyWorklogs(p *Project, i *Issue) (xs []Worklog, others int, a adjustment, err error) {
	ids := list(object(c.body)["ids"])
	switch mode := or(c.q("adjustEstimate"), "auto"); {
	case len(ids) == 0:
		return nil, 0, a, badRequest("The list of worklog IDs cannot be empty.")
	case len(ids) > 5000:
		return nil, 0, a, badRequest("The number of worklog IDs cannot be greater than 5000.")
	case mode != "auto" && mode != "leave":
		return nil, 0, a, wrong("adjustEstimate", "Invalid adjustEstimate value '%s'. Supported values are: 'leave', 'auto'.", mode)
	default:
		a.mode = mode
	}
	if err := c.editableNow(p, i); err != nil {
		return nil, 0, a, err
	}
	for _, n := range ids {
		x, err := c.ownWorklog(p, i, plainWords(n), "delete")
		if err != nil {
			others++
			continue
		}
		xs = append(xs, x)
	}
	if len(xs) == 0 {
		return nil, 0, a, notFound("None of the worklogs could be found or you do not have permission to change them.")
	}
	return xs, others, a, nil
}

// partly answers with nothing if all has been done, and says how much has not.
func partly(others int) any {
	if others == 0 {
		return nil
	}
	return obj{"errorMessages": []any{strconv.Itoa(others) + " of the worklogs could not be found or you do not have permission to change them."}, "errors": obj{}}
}

// bulkDeleteWorklogs deletes several worklogs of an issue.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-worklogs/#api-rest-api-3-issue-issueidorkey-worklog-delete
func (j *Jira) bulkDeleteWorklogs(c *call) (any, error) {
	i, p, err := c.issue(c.param("issueIdOrKey"))
	if err != nil {
		return nil, err
	}
	xs, others, a, err := c.manyWorklogs(&p, &i)
	if err != nil {
		return nil, err
	}
	for _, x := range xs {
		i = c.dropWorklog(i, x, a)
	}
	return partly(others), nil
}

// bulkMoveWorklogs moves several worklogs to another issue.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-worklogs/#api-rest-api-3-issue-issueidorkey-worklog-move-post
func (j *Jira) bulkMoveWorklogs(c *call) (any, error) {
	i, p, err := c.issue(c.param("issueIdOrKey"))
	if err != nil {
		return nil, err
	}
	to, toProject, err := c.issue(plainWords(object(c.body)["issueIdOrKey"]))
	if err != nil {
		return nil, err
	}
	xs, others, a, err := c.manyWorklogs(&p, &i)
	switch {
	case err != nil:
		return nil, err
	case to.ID == i.ID:
		return nil, badRequest("The source and the destination issue cannot be the same.")
	case !c.may("WORK_ON_ISSUES", &toProject, &to):
		return nil, badRequest("%s, you do not have the permission to associate a worklog to this issue.", c.callerName())
	}
	for _, x := range xs {
		c.j.worklogs.Delete(c.Tx, key(i.ID)+"/"+key(x.ID))
		i = c.spend("issue_worklog_deleted", i, -x.Seconds, a, workHistory("WorklogId", x.ID, id(x.ID)))
		x.Issue, x.Updated, x.Editor = to.ID, c.at(), c.who.ID
		c.j.worklogs.Put(c.Tx, x)
		to = c.spend("issue_work_logged", to, x.Seconds, a)
		c.told(event{Name: "worklog_updated", Issue: &to, More: obj{"worklog": c.plainly().worklogShown(x)}})
	}
	return partly(others), nil
}

// getWorklogsForIds returns worklogs by their ids, wherever they are. Those that the caller does not see are left out.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-worklogs/#api-rest-api-3-worklog-list-post
func (j *Jira) getWorklogsForIds(c *call) (any, error) {
	ids, ok := object(c.body)["ids"].([]any)
	switch {
	case !ok:
		return nil, badRequest("The list of worklog IDs cannot be empty.")
	case len(ids) > 1000:
		return nil, badRequest("The number of worklog IDs cannot be greater than 1000.")
	}
	out := []any{}
	for _, n := range ids {
		if x, ok := c.j.worklogsByID.Get(c.Tx, key(number(n))); ok && c.seesWorklog(x) {
			out = append(out, c.worklogShown(x))
		}
	}
	return out, nil
}

func (c *call) seesWorklog(x Worklog) bool {
	i, _ := c.j.issues.Get(c.Tx, key(x.Issue))
	p, _ := c.j.projects.Get(c.Tx, key(i.Project))
	return c.may("BROWSE_PROJECTS", &p, &i) && c.seesVisibility(x.Visibility, &i)
}

// getWorklogsByIssueIDAndWorklogID tells which of some worklogs there are, each named with its issue.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-worklogs/#api-rest-internal-api-latest-worklog-bulk-post
func (j *Jira) getWorklogsByIssueIDAndWorklogID(c *call) (any, error) {
	requests, ok := object(c.body)["requests"].([]any)
	if !ok {
		return nil, badRequest("The list of requests cannot be empty.")
	}
	out := []any{}
	for _, r := range requests {
		issue, n := number(object(r)["issueId"]), number(object(r)["worklogId"])
		if x, ok := j.worklogs.Get(c.Tx, key(issue)+"/"+key(n)); ok && c.seesWorklog(x) {
			out = append(out, obj{"issueId": issue, "worklogId": n})
		}
	}
	return obj{"worklogs": out}, nil
}

// A changedWorklog is a worklog that has changed or is gone.
type changedWorklog struct{ id, at int64 }

// getIdsOfWorklogsModifiedSince lists worklogs that are new or have changed, the oldest change first.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-worklogs/#api-rest-api-3-worklog-updated-get
func (j *Jira) getIdsOfWorklogsModifiedSince(c *call) (any, error) {
	var xs []changedWorklog
	for x := range j.worklogs.All(c.Tx, "") {
		if c.seesWorklog(x) {
			xs = append(xs, changedWorklog{x.ID, x.Updated})
		}
	}
	return c.changedSince(xs)
}

// getIdsOfWorklogsDeletedSince lists worklogs that are gone, those first that went first.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-worklogs/#api-rest-api-3-worklog-deleted-get
func (j *Jira) getIdsOfWorklogsDeletedSince(c *call) (any, error) {
	var xs []changedWorklog
	for x := range j.worklogsGone.All(c.Tx, "") {
		xs = append(xs, changedWorklog{x.ID, x.Deleted})
	}
	return c.changedSince(xs)
}

// changedSince is a page of changes from the time that the caller names. Those of the last minute are still left out.
func (c *call) changedSince(xs []changedWorklog) (any, error) {
	since, err := c.milliseconds("since", 0)
	if err != nil {
		return nil, err
	}
	xs = slices.DeleteFunc(xs, func(x changedWorklog) bool { return x.at < since || x.at > c.at()-60*1000 })
	slices.SortFunc(xs, func(a, b changedWorklog) int { return int(a.at - b.at) })
	const most = 1000
	page := xs[:min(most, len(xs))]
	values, until := []any{}, since
	for _, x := range page {
		shown := []any{}
		if c.expands("properties") {
			shown = c.propertyList("worklog/" + id(x.id))
		}
		values, until = append(values, obj{"worklogId": x.id, "updatedTime": x.at, "properties": shown}), x.at
	}
	v := obj{"values": values, "since": since, "until": until, "self": c.self() + "?since=" + id(since), "lastPage": len(page) == len(xs)}
	if len(page) < len(xs) {
		v["nextPage"] = c.self() + "?since=" + id(until)
	}
	return v, nil
}

// pathWorklog finds the worklog that the path names, which the caller sees.
func (c *call) pathWorklog() (Worklog, Issue, Project, error) {
	i, p, err := c.issue(c.param("issueIdOrKey"))
	if err != nil {
		return Worklog{}, i, p, err
	}
	x, err := c.worklog(&i, c.param("worklogId"))
	return x, i, p, err
}

// getWorklogPropertyKeys lists the keys of a worklog's properties.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-worklog-properties/#api-rest-api-3-issue-issueidorkey-worklog-worklogid-properties-get
func (j *Jira) getWorklogPropertyKeys(c *call) (any, error) {
	x, i, _, err := c.pathWorklog()
	if err != nil {
		return nil, err
	}
	return c.propertyKeys("worklog/"+id(x.ID), "/issue/"+id(i.ID)+"/worklog/"+id(x.ID))
}

// getWorklogProperty returns a property of a worklog.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-worklog-properties/#api-rest-api-3-issue-issueidorkey-worklog-worklogid-properties-propertykey-get
func (j *Jira) getWorklogProperty(c *call) (any, error) {
	x, _, _, err := c.pathWorklog()
	if err != nil {
		return nil, err
	}
	return c.getProperty("worklog/" + id(x.ID))
}

// changeableWorklog finds the worklog that the path names, which the caller may edit.
func (c *call) changeableWorklog() (Worklog, error) {
	x, i, p, err := c.pathWorklog()
	if err != nil {
		return x, err
	}
	if _, err := c.ownWorklog(&p, &i, id(x.ID), "edit"); err != nil {
		return x, forbidden("You do not have permission to edit worklog with id: %d", x.ID)
	}
	return x, nil
}

// setWorklogProperty keeps a property of a worklog.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-worklog-properties/#api-rest-api-3-issue-issueidorkey-worklog-worklogid-properties-propertykey-put
func (j *Jira) setWorklogProperty(c *call) (any, error) {
	x, err := c.changeableWorklog()
	if err != nil {
		return nil, err
	}
	return c.putProperty("worklog/" + id(x.ID))
}

// deleteWorklogProperty deletes a property of a worklog.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-worklog-properties/#api-rest-api-3-issue-issueidorkey-worklog-worklogid-properties-propertykey-delete
func (j *Jira) deleteWorklogProperty(c *call) (any, error) {
	x, err := c.changeableWorklog()
	if err != nil {
		return nil, err
	}
	return c.deleteProperty("worklog/" + id(x.ID))
}

// writeWorklog adds, edits or removes work along with the issue: {add: {timeSpent, started, comment, adjustEstimate}}.
func writeWorklog(e *edit, verb string, v any) error {
	doc, c := object(v), e.c
	if doc == nil {
		return wrong("worklog", "data was not an object")
	}
	q := func(name string) string { return plainWords(doc[name]) }
	n := q("id")
	switch {
	case verb == "add":
		x, a, err := c.newWorklog(e.p, e.i, doc, q)
		if err != nil {
			return err
		}
		e.later = append(e.later, func(i *Issue) error {
			x.Issue = i.ID
			_, *i = c.addedWorklog(*i, x, a, list(doc["properties"]))
			return nil
		})
	case n == "":
		return wrong("worklog", "A worklog id is required.")
	case verb == "remove":
		e.later = append(e.later, func(i *Issue) (err error) {
			*i, err = c.removedWorklog(e.p, *i, n, q)
			return err
		})
	default:
		e.later = append(e.later, func(i *Issue) (err error) {
			_, *i, err = c.editedWorklog(e.p, *i, n, doc, q)
			return err
		})
	}
	return nil
}
