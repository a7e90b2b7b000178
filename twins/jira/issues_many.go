package jira

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"twinset.dev/kit/twin"
)

func (j *Jira) manyIssuesOperations() {
	j.on(twin.Full, "createIssues", j.createIssues)
	j.on(twin.Full, "bulkFetchIssues", j.bulkFetchIssues).public().readsOnly()
	j.on(twin.Full, "getIssueLimitReport", j.getIssueLimitReport)

	j.on(twin.Full, "getChangeLogs", j.getChangeLogs).public()
	j.on(twin.Full, "getChangeLogsByIds", j.getChangeLogsByIDs).public().readsOnly()
	j.on(twin.Full, "getBulkChangelogs", j.getBulkChangelogs).public().readsOnly()
}

// createIssues creates up to 50 issues. Those that are refused do not keep the others from being created.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-bulk-post
func (j *Jira) createIssues(c *call) (any, error) {
	docs := list(object(c.body)["issueUpdates"])
	switch {
	case len(docs) == 0:
		return nil, badRequest("issueUpdates is required and must not be empty.")
	case len(docs) > 50:
		return nil, badRequest("The number of issues to create must not exceed the limit '50'")
	}
	issues, errors := []any{}, []any{}
	for n, doc := range docs {
		out, err := c.createdIssue(object(doc))
		refused, ok := err.(*refusal)
		switch {
		case err == nil:
			issues = append(issues, out)
		case ok:
			errors = append(errors, obj{"status": refused.status, "elementErrors": refused.said(), "failedElementNumber": n})
		default:
			return nil, err
		}
	}
	status := http.StatusCreated
	if len(issues) == 0 {
		status = http.StatusBadRequest
	}
	return answer{status: status, body: obj{"issues": issues, "errors": errors}}, nil
}

// bulkFetchIssues returns up to 100 issues by their ids and keys, each once. Those that the caller does not see are left out.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-bulkfetch-post
func (j *Jira) bulkFetchIssues(c *call) (any, error) {
	doc := object(c.body)
	names, err := c.namedIssues(doc["issueIdsOrKeys"], 100)
	if err != nil {
		return nil, err
	}
	w := chosen(texts(doc["fields"]), "*navigable")
	issues := []any{}
	for _, i := range c.seenIssues(names) {
		v := c.issueShown(&i, w)
		if props := texts(doc["properties"]); len(props) > 0 {
			v["properties"] = c.propertiesShown("issue/"+id(i.ID), props)
		}
		issues = append(issues, v)
	}
	return obj{"expand": "schema,names", "issues": issues, "issueErrors": []any{}}, nil
}

// namedIssues reads a list of ids and keys of issues, of so many at most.
func (c *call) namedIssues(v any, most int) ([]string, error) {
	var names []string
	for _, x := range list(v) {
		names = append(names, plainWords(x))
	}
	switch {
	case len(names) == 0:
		return nil, badRequest("issueIdsOrKeys is required and must not be empty.")
	case len(names) > most:
		return nil, badRequest("The number of issueIdsOrKeys must not exceed the limit '%d'", most)
	}
	return names, nil
}

// seenIssues are those of some issues that the caller sees, each once, by their ids.
func (c *call) seenIssues(names []string) (seen []Issue) {
	for _, n := range names {
		if i, _, err := c.issue(n); err == nil {
			seen = append(seen, i)
		}
	}
	slices.SortFunc(seen, func(a, b Issue) int { return int(a.ID - b.ID) })
	return slices.CompactFunc(seen, func(a, b Issue) bool { return a.ID == b.ID })
}

// issueLimits are how many things of each kind an issue can have.
var issueLimits = map[string]int{"comment": maxComments, "worklog": maxWorklogs, "attachment": maxAttachments, "issuelinks": maxLinks, "remoteIssueLinks": maxLinks}

// getIssueLimitReport tells which issues have about as many comments, links and the like as they can.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-limit-report-get
func (j *Jira) getIssueLimitReport(c *call) (any, error) {
	if err := c.adminOnly(); err != nil {
		return nil, err
	}
	counts := map[string]map[int64]int{}
	for name := range issueLimits {
		counts[name] = map[int64]int{}
	}
	for x := range j.comments.All(c.Tx, "") {
		counts["comment"][x.Issue]++
	}
	for x := range j.worklogs.All(c.Tx, "") {
		counts["worklog"][x.Issue]++
	}
	for x := range j.attachments.All(c.Tx, "") {
		counts["attachment"][x.Issue]++
	}
	for x := range j.links.All(c.Tx, "") {
		counts["issuelinks"][x.Inward]++
		counts["issuelinks"][x.Outward]++
	}
	for x := range j.remoteLinks.All(c.Tx, "") {
		counts["remoteIssueLinks"][x.Issue]++
	}
	byKey := c.qtrue("isReturningKeys", false)
	near, beyond, limits := obj{}, obj{}, obj{}
	for name, most := range issueLimits {
		limits[name] = most
		approaching := most * 9 / 10
		if n := number(dig(c.body, "issuesApproachingLimitParams", name)); n != 0 {
			approaching = int(n)
		}
		for issue, n := range counts[name] {
			into := near
			switch {
			case n > most:
				into = beyond
			case n < approaching:
				continue
			}
			if into[name] == nil {
				into[name] = obj{}
			}
			label := id(issue)
			if i, ok := j.issues.Get(c.Tx, key(issue)); ok && byKey {
				label = c.keyOf(&i)
			}
			object(into[name])[label] = n
		}
	}
	return obj{"issuesApproachingLimit": near, "issuesBreachingLimit": beyond, "limits": limits}, nil
}

// getChangeLogs returns the history of an issue, the oldest line first.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-issueidorkey-changelog-get
func (j *Jira) getChangeLogs(c *call) (any, error) {
	i, _, err := c.issue(c.param("issueIdOrKey"))
	if err != nil {
		return nil, err
	}
	w, err := c.window(100, 100)
	if err != nil {
		return nil, err
	}
	return pageWithin(c, w, j.changes.All(c.Tx, key(i.ID)+"/"), func(x Change) any { return c.changeShown(x) }), nil
}

// getChangeLogsByIDs returns lines of the history of an issue by their ids.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-issueidorkey-changelog-list-post
func (j *Jira) getChangeLogsByIDs(c *call) (any, error) {
	i, _, err := c.issue(c.param("issueIdOrKey"))
	if err != nil {
		return nil, err
	}
	ids := list(object(c.body)["changelogIds"])
	if len(ids) == 0 {
		return nil, badRequest("changelogIds is required and must not be empty.")
	}
	out := []any{}
	for _, n := range ids {
		if x, ok := j.changes.Get(c.Tx, key(i.ID)+"/"+key(number(n))); ok {
			out = append(out, c.changeShown(x))
		}
	}
	return obj{"startAt": 0, "maxResults": len(out), "total": len(out), "histories": out}, nil
}

// getBulkChangelogs returns the histories of up to 1,000 issues, page by page, of some fields alone if the caller names them.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-changelog-bulkfetch-post
func (j *Jira) getBulkChangelogs(c *call) (any, error) {
	doc := object(c.body)
	names, err := c.namedIssues(doc["issueIdsOrKeys"], 1000)
	if err != nil {
		return nil, err
	}
	fields, most, after := texts(doc["fieldIds"]), 1000, [2]int64{}
	if n, ok := doc["maxResults"].(float64); ok {
		if most = int(n); most < 1 || most > 10000 {
			return nil, badRequest("maxResults must be between 1 and 10000.")
		}
	}
	switch {
	case len(fields) > 10:
		return nil, badRequest("The number of fieldIds must not exceed the limit '10'")
	case text(doc["nextPageToken"]) != "":
		if after, err = changelogPlace(text(doc["nextPageToken"])); err != nil {
			return nil, err
		}
	}
	out, n := []any{}, 0
	answer := obj{}
	var last [2]int64
	for _, i := range c.seenIssues(names) {
		lines := []any{}
		for x := range j.changes.All(c.Tx, key(i.ID)+"/") {
			if len(fields) > 0 {
				x.Items = slices.DeleteFunc(slices.Clone(x.Items), func(it ChangeItem) bool { return !slices.Contains(fields, it.FieldID) })
			}
			if len(x.Items) == 0 || i.ID < after[0] || i.ID == after[0] && x.ID <= after[1] {
				continue
			}
			if n == most {
				answer["nextPageToken"] = changelogToken(last)
				break
			}
			n++
			last = [2]int64{i.ID, x.ID}
			lines = append(lines, with(c.changeShown(x), obj{"created": x.Created})) // in milliseconds here alone
		}
		if len(lines) > 0 {
			out = append(out, obj{"issueId": id(i.ID), "changeHistories": lines})
		}
		if answer["nextPageToken"] != nil {
			break
		}
	}
	answer["issueChangeLogs"] = out
	return answer, nil
}

// changelogToken is where a page of histories ends: an issue, and a line of its history.
func changelogToken(at [2]int64) string {
	return base64.RawURLEncoding.EncodeToString([]byte(id(at[0]) + ":" + id(at[1])))
}

func changelogPlace(token string) (at [2]int64, err error) {
	b, err := base64.RawURLEncoding.DecodeString(token)
	parts := strings.Split(string(b), ":")
	if err != nil || len(parts) != 2 {
		return at, badRequest("The nextPageToken is not valid.")
	}
	for n := range at {
		if at[n], err = strconv.ParseInt(parts[n], 10, 64); err != nil {
			return at, badRequest("The nextPageToken is not valid.")
		}
	}
	return at, nil
}
