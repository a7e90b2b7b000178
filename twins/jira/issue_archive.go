package jira

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"twinset.dev/kit/twin"
)

// An archived issue is kept and can be read by its key. Searches do not find it, and nobody can change it.

func (j *Jira) issueArchiveOperations() {
	j.on(twin.Full, "archiveIssues", j.archiveIssues)
	j.on(twin.Full, "archiveIssuesAsync", j.archiveIssuesAsync)
	j.on(twin.Full, "unarchiveIssues", j.unarchiveIssues)
	j.on(twin.Full, "exportArchivedIssues", j.exportArchivedIssues)
	j.beyond(twin.Full, "exportArchivedIssues.file", http.MethodGet, "/rest/api/3/issues/archive/export/{taskId}/file", j.exportedFile)
	j.task(taskArchive, archiveFound)
	j.task(taskExportArchived, func(*call, *Task) (any, error) { return nil, nil }) // the file is written when it is fetched
}

// Kinds of tasks, and bounds of what they archive.
const (
	taskArchive        = "issue.archive"
	taskExportArchived = "issue.archive.export"
	maxArchived        = 1000
	maxArchivedByQuery = 100000
)

// archivesIssues refuses who does not administer the site.
func (c *call) archivesIssues() error {
	if !c.isAdmin() {
		return forbidden("Only admins can archive or unarchive issues. Access denied.")
	}
	return nil
}

// archiveIssues archives issues, and the subtasks of each with it.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-archive-put
func (j *Jira) archiveIssues(c *call) (any, error) {
	return c.shelve(func(i Issue) bool { return i.Archived == 0 }, c.archive1)
}

// unarchiveIssues brings archived issues back, and the subtasks of each with it.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-unarchive-put
func (j *Jira) unarchiveIssues(c *call) (any, error) {
	return c.shelve(func(i Issue) bool { return i.Archived != 0 }, c.unarchive1)
}

// shelve does something with each of the issues that the body names and that it fits, and says which it has left alone.
func (c *call) shelve(fits func(Issue) bool, do func(Issue)) (any, error) {
	if err := c.archivesIssues(); err != nil {
		return nil, err
	}
	names := list(object(c.body)["issueIdsOrKeys"])
	if len(names) > maxArchived {
		return nil, refuse(http.StatusPreconditionFailed, "The number of issues to archive or unarchive exceeds the hard limit of %d. Precondition failed.", maxArchived)
	}
	left := map[string][]any{}
	n := 0
	for _, v := range names {
		name := plainWords(v)
		i, p, err := c.issue(name)
		t, _ := c.j.issueTypes.Get(c.Tx, key(number(i.Fields["issuetype"])))
		switch {
		case err != nil:
			left["issuesNotFound"] = append(left["issuesNotFound"], name)
		case p.Archived != 0:
			left["issuesInArchivedProjects"] = append(left["issuesInArchivedProjects"], name)
		case t.Level < 0:
			left["issueIsSubtask"] = append(left["issueIsSubtask"], name)
		case fits(i):
			for _, x := range append(c.subtasks(&i), i) {
				if fits(x) {
					do(x)
					n++
				}
			}
		}
	}
	if n == 0 && len(left) == 0 {
		return nil, badRequest("No valid issue to archive or unarchive. Bad request.")
	}
	errors := obj{}
	for kind, names := range left {
		errors[kind] = obj{"count": len(names), "issueIdsOrKeys": names, "message": map[string]string{"issuesNotFound": "Issue not found.", "issuesInArchivedProjects": "Issue exists in archived project.", "issueIsSubtask": "Issue is subtask."}[kind]}
	}
	return obj{"numberOfIssuesUpdated": n, "errors": errors}, nil
}

func (c *call) archive1(i Issue) {
	i.Archived, i.ArchivedBy = c.at(), c.who.ID
	c.j.issues.Put(c.Tx, i)
	c.told(event{Name: "jira:issue_updated", Kind: "issue_archived", Issue: &i})
}

func (c *call) unarchive1(i Issue) {
	i.Archived, i.ArchivedBy = 0, ""
	c.j.issues.Put(c.Tx, i)
	c.told(event{Name: "jira:issue_updated", Kind: "issue_restored", Issue: &i})
}

// archiveIssuesAsync archives what a query finds, as a task.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-archive-post
func (j *Jira) archiveIssuesAsync(c *call) (any, error) {
	if err := c.archivesIssues(); err != nil {
		return nil, err
	}
	f, err := c.bounded(text(object(c.body)["jql"]))
	if err != nil {
		return nil, badRequest("Invalid JQL. Bad request.")
	}
	if f.count() > maxArchivedByQuery {
		return nil, refuse(http.StatusPreconditionFailed, "The number of issues to archive or unarchive exceeds the hard limit of %d. Precondition failed.", maxArchivedByQuery)
	}
	if err := c.oneAtATime(taskArchive); err != nil {
		return nil, err
	}
	t := c.begin(taskArchive, "Archive issues", obj{"jql": object(c.body)["jql"]})
	return accepted(c.api("/task/" + id(t.ID))), nil
}

// oneAtATime refuses a task while another of its kind goes on.
func (c *call) oneAtATime(kind string) error {
	for t := range c.j.tasks.All(c.Tx, "") {
		if t.Kind == kind && (t.Status == "ENQUEUED" || t.Status == "RUNNING") {
			return refuse(http.StatusPreconditionFailed, "An issue archival task is already running with ID %d. To start a new one, cancel the task or wait for it to finish.", t.ID)
		}
	}
	return nil
}

func archiveFound(c *call, t *Task) (any, error) {
	f, err := c.bounded(text(object(t.Input)["jql"]))
	if err != nil {
		return nil, err
	}
	n := 0.
	for _, i := range f.found() {
		kind, _ := c.j.issueTypes.Get(c.Tx, key(number(i.Fields["issuetype"])))
		p, _ := c.j.projects.Get(c.Tx, key(i.Project))
		if kind.Level < 0 || p.Archived != 0 {
			continue
		}
		for _, x := range append(c.subtasks(i), *i) {
			if x.Archived == 0 {
				c.archive1(x)
				n++
			}
		}
	}
	return obj{"numberOfIssuesUpdated": n}, nil
}

// exportArchivedIssues writes the archived issues that a filter finds into a file, as a task.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issues-archive-export-put
func (j *Jira) exportArchivedIssues(c *call) (any, error) {
	if !c.isAdmin() {
		return nil, forbidden("User is not an admin.")
	}
	doc := object(c.body)
	if r := object(doc["archivedDateRange"]); r != nil {
		for _, name := range []string{"dateAfter", "dateBefore"} {
			if _, err := time.Parse(time.DateOnly, text(r[name])); err != nil {
				return nil, &refusal{status: http.StatusBadRequest, messages: []string{"invalid filter"}, body: []any{"Your filter contains invalid values archivedDateRange"}}
			}
		}
	}
	if err := c.oneAtATime(taskExportArchived); err != nil {
		return nil, err
	}
	input := obj{}
	var said []string
	for _, name := range []string{"projects", "reporters", "issueTypes", "archivedBy"} {
		if v := texts(doc[name]); len(v) > 0 {
			input[name] = anys(v)
			said = append(said, name+"=["+strings.Join(v, ", ")+"]")
		}
	}
	if r := object(doc["archivedDateRange"]); r != nil {
		input["archivedDateRange"] = clone(r)
		said = append(said, fmt.Sprintf("archivedDate={dateAfterInstant=%s, dateBeforeInstant=%s}", r["dateAfter"], r["dateBefore"]))
	}
	t := c.begin(taskExportArchived, "Export archived issues", input)
	return accepted(obj{"taskId": id(t.ID), "status": t.Status, "progress": t.Progress, "submittedTime": t.Submitted, "payload": "{" + strings.Join(said, ", ") + "}",
		"fileUrl": c.base + "/rest/api/3/issues/archive/export/" + id(t.ID) + "/file"}), nil
}

// exportedFile is the file of an export that has been done: a line for each archived issue.
func (j *Jira) exportedFile(c *call) (any, error) {
	t, err := c.taskOf()
	switch {
	case err != nil:
		return nil, err
	case t.Kind != taskExportArchived || t.Status != "COMPLETE":
		return nil, notFound("The export file was not found.")
	}
	filter := object(t.Input)
	among := func(name string, values ...string) bool {
		l := texts(filter[name])
		return l == nil || slices.ContainsFunc(l, func(s string) bool { return slices.Contains(values, s) })
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.Write([]string{"Issue key", "Issue id", "Summary", "Issue Type", "Status", "Project key", "Reporter", "Created", "Updated", "Archived", "Archived by"})
	for i := range j.issues.All(c.Tx, "") {
		p, _ := j.projects.Get(c.Tx, key(i.Project))
		day := msTime(i.Archived).Format(time.DateOnly)
		r := object(filter["archivedDateRange"])
		if i.Archived == 0 || i.Archived > t.Finished || !among("projects", p.Key, id(p.ID)) || !among("reporters", text(i.Fields["reporter"])) || !among("issueTypes", text(i.Fields["issuetype"])) || !among("archivedBy", i.ArchivedBy) ||
			r != nil && (day < text(r["dateAfter"]) || day > text(r["dateBefore"])) {
			continue
		}
		words := func(field string) string { return strings.Join(c.wordsOf(systemField[field], i.Fields[field]), ", ") }
		by, _ := j.users.Get(c.Tx, i.ArchivedBy)
		w.Write([]string{c.keyOf(&i), id(i.ID), text(i.Fields["summary"]), words("issuetype"), words("status"), p.Key, words("reporter"), text(stamp(i.Created)), text(stamp(i.Updated)), text(stamp(i.Archived)), by.Name})
	}
	w.Flush()
	return answer{body: b.Bytes(), kind: "text/csv;charset=UTF-8", header: fileHeader("attachment", "archived-issues.csv", "text/csv;charset=UTF-8")}, nil
}
