package jira

import (
	"encoding/base64"
	"fmt"
	"html"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/jira/internal/jql"
)

func (j *Jira) issueSearchOperations() {
	j.on(twin.Full, "searchForIssuesUsingJql", j.searchForIssuesUsingJql).public()
	j.on(twin.Full, "searchForIssuesUsingJqlPost", j.searchForIssuesUsingJql).public().readsOnly()
	j.on(twin.Full, "searchForIssuesUsingJqlEnhancedSearch", j.searchForIssuesUsingJqlEnhancedSearch).public()
	j.on(twin.Full, "searchForIssuesUsingJqlEnhancedSearchPost", j.searchForIssuesUsingJqlEnhancedSearch).public().readsOnly()
	j.on(twin.Full, "searchForIssuesIds", j.searchForIssuesIds).public().readsOnly()
	j.on(twin.Full, "countIssues", j.countIssues).public().readsOnly()
	j.on(twin.Full, "matchIssues", j.matchIssues).public().readsOnly()
	j.on(twin.Full, "getIssuePickerResource", j.getIssuePickerResource).public()
}

// searching is what somebody asks of a search, in the query or in the body.
type searching struct {
	jql, validate string
	startAt       int
	max           int
	fields        []string
	properties    []string
	token         string
}

func (c *call) searching() (s searching, err error) {
	b := object(c.body)
	if c.op.Method == http.MethodGet {
		b = obj{}
		for _, name := range []string{"jql", "validateQuery", "nextPageToken"} {
			if v := c.q(name); v != "" {
				b[name] = v
			}
		}
		for _, name := range []string{"startAt", "maxResults"} {
			v := c.q(name)
			n, bad := strconv.Atoi(v)
			if v != "" && bad != nil {
				return s, badRequest("The value '%s' for parameter '%s' is not a valid number.", v, name)
			}
			if v != "" {
				b[name] = float64(n)
			}
		}
		for _, name := range []string{"fields", "properties"} {
			if v := c.qs(name); v != nil {
				b[name] = anys(v)
			}
		}
	}
	for _, name := range []string{"fieldsByKeys", "failFast", "reconcileIssues"} { // which change nothing here: keys are ids, and no index is behind
		c.q(name)
	}
	if len(list(b["reconcileIssues"])) > 50 {
		return s, badRequest("The number of issues to reconcile must not be greater than 50.")
	}
	s = searching{jql: text(b["jql"]), validate: text(b["validateQuery"]), startAt: max(0, whole(b["startAt"], 0)), max: whole(b["maxResults"], 50), fields: texts(b["fields"]), properties: texts(b["properties"]), token: text(b["nextPageToken"])}
	if s.max < 0 {
		s.max = 50
	}
	return s, nil
}

// whole is a whole number of a JSON body.
func whole(v any, otherwise int) int {
	if n, ok := v.(float64); ok {
		return int(n)
	}
	return otherwise
}

// searchedFor reads and checks a query as strictly as the caller asks for.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-search/#api-rest-api-3-search-get
func (c *call) searchedFor(text, validate string) (f *finder, warnings []string, err error) {
	q, err := jql.Parse(text)
	if err != nil {
		return nil, nil, badRequest("%s", err)
	}
	f = c.find(q)
	switch strings.ToLower(validate) {
	case "none", "false":
		return f, nil, nil
	case "warn":
		return f, append(f.errors, f.warnings...), nil
	}
	if len(f.errors) > 0 {
		return nil, nil, &refusal{status: http.StatusBadRequest, messages: f.errors}
	}
	return f, f.warnings, nil
}

// bounded is searchedFor of what has to ask for something.
func (c *call) bounded(text string) (*finder, error) {
	f, _, err := c.searchedFor(text, "")
	if err == nil && f.query.Where == nil {
		err = badRequest("Unbounded JQL queries are not allowed here. Please add a search restriction to your query.")
	}
	return f, err
}

// searchForIssuesUsingJql returns a page of the issues that a query finds, and how many there are.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-search/#api-rest-api-3-search-get
func (j *Jira) searchForIssuesUsingJql(c *call) (any, error) {
	s, err := c.searching()
	if err != nil {
		return nil, err
	}
	f, warnings, err := c.index().searchedFor(s.jql, s.validate)
	if err != nil {
		return nil, err
	}
	s.max = min(s.max, 5000)
	before := min(s.startAt, j.issues.Len(f.Tx))
	page := f.first(before + s.max)
	total := len(page)
	if total == before+s.max { // there may be more
		total = f.count()
	}
	out := obj{"expand": "schema,names", "startAt": s.startAt, "maxResults": s.max, "total": total}
	c.showPage(out, c.current(page[min(before, len(page)):]), s, chosen(s.fields, "*navigable"))
	if len(warnings) > 0 {
		out["warningMessages"] = anys(warnings)
	}
	return out, nil
}

// showPage puts issues into an answer, with the names and the schema of their fields beside them if they are asked for.
func (c *call) showPage(out obj, page []*Issue, s searching, w choice) {
	issues := make([]any, len(page))
	for n, i := range page {
		v := c.issueShown(i, w)
		v["expand"] = "operations,versionedRepresentations,editmeta,changelog,renderedFields"
		for _, part := range []string{"names", "schema"} {
			if x, ok := v[part]; ok {
				out[part] = x
				delete(v, part)
			}
		}
		if len(s.properties) > 0 {
			v["properties"] = c.propertiesShown("issue/"+id(i.ID), s.properties)
		}
		issues[n] = v
	}
	out["issues"] = issues
}

// searchForIssuesUsingJqlEnhancedSearch returns a page of the issues that a query finds, and a token for the next one.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-search/#api-rest-api-3-search-jql-get
func (j *Jira) searchForIssuesUsingJqlEnhancedSearch(c *call) (any, error) {
	s, err := c.searching()
	if err != nil {
		return nil, err
	}
	page, next, err := c.pageOf(s)
	if err != nil {
		return nil, err
	}
	out := obj{"isLast": next == ""}
	if next != "" {
		out["nextPageToken"] = next
	}
	if len(s.fields) == 0 || slices.Equal(s.fields, []string{"id"}) {
		ids := make([]any, len(page))
		for n, i := range page {
			ids[n] = obj{"id": id(i.ID)}
		}
		out["issues"] = ids
		return out, nil
	}
	c.showPage(out, page, s, chosen(s.fields, "*navigable"))
	return out, nil
}

// searchForIssuesIds returns the ids alone.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-search/
func (j *Jira) searchForIssuesIds(c *call) (any, error) {
	s, err := c.searching()
	if err != nil {
		return nil, err
	}
	if object(c.body)["maxResults"] == nil {
		s.max = 1000
	}
	page, next, err := c.pageOf(s)
	if err != nil {
		return nil, err
	}
	ids := make([]any, len(page))
	for n, i := range page {
		ids[n] = i.ID
	}
	out := obj{"issueIds": ids}
	if next != "" {
		out["nextPageToken"] = next
	}
	return out, nil
}

// pageOf is a page of what a query finds, and the token of the next one. A token says how many issues came before it and which one
// was the last of them, so that a page goes on after that one though others have come or gone.
func (c *call) pageOf(s searching) (page []*Issue, next string, err error) {
	f, err := c.index().bounded(s.jql)
	if err != nil {
		return nil, "", err
	}
	size := min(max(s.max, 1), 5000)
	start := 0
	if s.token != "" {
		before, last, ok := readPageToken(s.token)
		if !ok {
			return nil, "", badRequest("The provided next page token is invalid or expired.")
		}
		start = before
		all := f.first(start + size + 1)
		if start > len(all) || all[start-1].ID != last {
			all = f.found()
			at := slices.IndexFunc(all, func(i *Issue) bool { return i.ID == last })
			if start = min(start, len(all)); at >= 0 {
				start = at + 1
			}
		}
		page = all[start:]
	} else {
		page = f.first(size + 1)
	}
	if len(page) > size {
		page = page[:size]
		next = pageToken(start+size, page[size-1].ID)
	}
	return c.current(page), next, nil
}

// index is the call on what searches know, which is what there is unless the world lags.
func (c *call) index() *call {
	then := *c
	then.Call = c.Call.Past()
	return &then
}

// current are issues that were found, as they are now, but for those that are gone or that the caller may not see any more.
func (c *call) current(found []*Issue) []*Issue {
	if c.Lag() == 0 {
		return found
	}
	page := []*Issue{}
	for _, i := range found {
		now, ok := c.j.issues.Get(c.Tx, key(i.ID))
		p, _ := c.j.projects.Get(c.Tx, key(now.Project))
		if ok && c.may("BROWSE_PROJECTS", &p, &now) {
			page = append(page, &now)
		}
	}
	return page
}

func pageToken(before int, last int64) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d/%d", before, last))
}

func readPageToken(s string) (before int, last int64, ok bool) {
	b, err := base64.RawURLEncoding.DecodeString(s)
	x, y, cut := strings.Cut(string(b), "/")
	before, bad := strconv.Atoi(x)
	last = number(y)
	return before, last, err == nil && cut && bad == nil && before > 0 && last > 0
}

// countIssues says how many issues a query finds.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-search/#api-rest-api-3-search-approximate-count-post
func (j *Jira) countIssues(c *call) (any, error) {
	f, err := c.index().bounded(text(object(c.body)["jql"]))
	if err != nil {
		return nil, err
	}
	return obj{"count": f.count()}, nil
}

// matchIssues says which of some issues each of some queries finds.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-search/#api-rest-api-3-jql-match-post
func (j *Jira) matchIssues(c *call) (any, error) {
	b := object(c.body)
	if b["jqls"] == nil || b["issueIds"] == nil {
		return nil, badRequest("Both issue IDs and JQL queries must be provided.")
	}
	matches := []any{}
	for _, q := range texts(b["jqls"]) {
		matched, errors := []any{}, []any{}
		f, _, err := c.searchedFor(q, "")
		if err != nil {
			errors = append(errors, "Invalid JQL: "+q)
		}
		for _, n := range list(b["issueIds"]) {
			i, ok := c.j.issues.Get(c.Tx, key(number(n)))
			if err == nil && ok && f.where.holds(&i) && f.sees(&i) {
				matched = append(matched, i.ID)
			}
		}
		matches = append(matches, obj{"matchedIssues": matched, "errors": errors})
	}
	return obj{"matches": matches}, nil
}

// pickerSize is how many issues a section of the picker has.
const pickerSize = 20

// getIssuePickerResource offers issues whose key or summary begins with what somebody types: of those that they have looked at
// lately, and of those that a query finds.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-search/#api-rest-api-3-issue-picker-get
func (j *Jira) getIssuePickerResource(c *call) (any, error) {
	typed := strings.ToLower(strings.TrimSpace(c.q("query")))
	subtasks, parent := c.qtrue("showSubTasks", true), c.qtrue("showSubTaskParent", true)
	project := number(c.q("currentProjectId"))
	current, _ := c.findIssue(c.q("currentIssueKey"))
	fits := func(i *Issue) bool {
		t, _ := c.j.issueTypes.Get(c.Tx, key(number(i.Fields["issuetype"])))
		switch {
		case i.ID == current.ID && current.ID != 0,
			project != 0 && i.Project != project,
			!subtasks && t.Level < 0,
			!parent && number(current.Fields["parent"]) == i.ID:
			return false
		}
		return c.typedIn(i, typed)
	}
	history, _, err := c.searchedFor("issue in issueHistory() ORDER BY lastViewed DESC", "")
	if err != nil {
		return nil, err
	}
	sections := []any{c.pickerSection("hs", "History Search", history, fits)}
	if q := c.q("currentJQL"); q != "" || c.query.Has("currentJQL") {
		f, _, err := c.searchedFor(q, "none")
		if err != nil {
			return nil, err
		}
		sections = append(sections, c.pickerSection("cs", "Current Search", f, fits))
	}
	return obj{"sections": sections}, nil
}

// typedIn reports whether an issue's key, its number or a word of its summary begins with what was typed.
func (c *call) typedIn(i *Issue, typed string) bool {
	summary := strings.ToLower(text(i.Fields["summary"]))
	return strings.HasPrefix(strings.ToLower(c.keyOf(i)), typed) || strings.HasPrefix(id(i.Number), typed) || strings.HasPrefix(summary, typed) || strings.Contains(summary, " "+typed)
}

func (c *call) pickerSection(name, label string, f *finder, fits func(*Issue) bool) obj {
	total, issues := 0, []any{}
	for _, i := range f.found() {
		if !fits(i) {
			continue
		}
		if total++; len(issues) < pickerSize {
			issues = append(issues, c.picked(i))
		}
	}
	s := obj{"id": name, "label": label, "issues": issues}
	if total == 0 {
		s["msg"] = "No matching issues found"
	} else {
		s["sub"] = fmt.Sprintf("Showing %d of %d matching issues", len(issues), total)
	}
	return s
}

func (c *call) picked(i *Issue) obj {
	t, _ := c.j.issueTypes.Get(c.Tx, key(number(i.Fields["issuetype"])))
	k, summary := c.keyOf(i), text(i.Fields["summary"])
	typed := strings.TrimSpace(c.q("query"))
	return obj{"id": i.ID, "key": k, "keyHtml": emphasized(k, typed), "img": "/rest/api/2/universal_avatar/view/type/issuetype/avatar/" + id(t.Avatar) + "?size=medium", "summary": emphasized(summary, typed), "summaryText": summary}
}

// emphasized is a text in HTML, with the place where it has what was typed in bold.
func emphasized(s, typed string) string {
	at := strings.Index(strings.ToLower(s), strings.ToLower(typed))
	if typed == "" || at < 0 || at+len(typed) > len(s) {
		return html.EscapeString(s)
	}
	return html.EscapeString(s[:at]) + "<b>" + html.EscapeString(s[at:at+len(typed)]) + "</b>" + html.EscapeString(s[at+len(typed):])
}
