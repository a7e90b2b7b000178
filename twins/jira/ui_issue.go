package jira

import (
	html "html/template"
	"net/url"
	"slices"
	"strings"

	"twinset.dev/twins/jira/internal/adf"
)

// issueScreen is one issue; of a project's key it is the project.
func (j *Jira) issueScreen(c *call) (screen, error) {
	name := c.param("key")
	if p, ok := c.project(strings.ToUpper(name)); ok {
		return screen{V: obj{"Redirect": c.projectHome(p)}}, nil
	}
	i, p, err := c.issue(name)
	if err != nil {
		return screen{}, err
	}
	_, s, err := c.ofProject(p.Key, "issue")
	if err != nil {
		return s, err
	}
	s.Title = "[" + c.keyOf(&i) + "] " + text(i.Fields["summary"])
	s.V["Key"], s.V["Card"] = c.keyOf(&i), c.card(&i)
	s.V["Description"], s.V["DescriptionText"] = c.html(i.Fields["description"]), ""
	if d := i.Fields["description"]; d != nil {
		s.V["DescriptionText"] = c.wiki(d)
	}
	edit := c.may("EDIT_ISSUES", &p, &i)
	s.V["CanEdit"] = edit
	s.V["Transitions"] = slices.DeleteFunc(c.open(&p, &i), func(t Transition) bool { return id(t.To) == i.Fields["status"] })
	var details []obj
	for _, n := range []string{"assignee", "priority", "reporter", "labels", "parent", "components", "fixVersions", "versions", sprintField, storyPointsField, "duedate", "resolution", "timetracking", "environment"} {
		if f, ok := c.field(n); ok && (n != "assignee" && n != "priority" || !edit) {
			if said := c.inShort(f, &i); said != "" {
				details = append(details, obj{"Name": f.Name, "Value": said})
			}
		}
	}
	s.V["Details"] = details
	s.V["Created"], s.V["Updated"] = msTime(i.Created), msTime(i.Updated)
	var subs []card
	for _, x := range c.children(&i) {
		subs = append(subs, c.card(&x))
	}
	s.V["Children"] = subs
	var links []obj
	for l := range j.linksOf.All(c.Tx, key(i.ID)) {
		t, _ := j.linkTypes.Get(c.Tx, key(l.Type))
		how, at := t.Outward, l.Outward
		if l.Outward == i.ID {
			how, at = t.Inward, l.Inward
		}
		other, _ := j.issues.Get(c.Tx, key(at))
		op, _ := j.projects.Get(c.Tx, key(other.Project))
		if c.may("BROWSE_PROJECTS", &op, &other) {
			links = append(links, obj{"How": how, "Card": c.card(&other)})
		}
	}
	s.V["Links"] = links
	var comments []obj
	for x := range j.comments.All(c.Tx, key(i.ID)+"/") {
		if c.seesVisibility(x.Visibility, &i) {
			u, _ := j.users.Get(c.Tx, x.Author)
			comments = append(comments, obj{"ID": x.ID, "Who": u.Name, "At": msTime(x.Created), "Body": c.html(x.Body)})
		}
	}
	s.V["Comments"] = comments
	if c.may("VIEW_DEV_TOOLS", &p, &i) {
		s.V["Development"] = c.developmentPanel(i.ID)
	}
	var history []obj
	for x := range j.changes.All(c.Tx, key(i.ID)+"/") {
		u, _ := j.users.Get(c.Tx, x.Author)
		for _, it := range x.Items {
			history = append(history, obj{"Who": u.Name, "At": msTime(x.Created), "Field": it.Field, "From": it.FromText, "To": it.ToText})
		}
	}
	slices.Reverse(history)
	s.V["History"] = history
	s.V["People"], s.V["Priorities"] = c.assignable(&p, &i), c.prioritiesOf(p.ID)
	s.V["Assignee"], s.V["Priority"] = text(i.Fields["assignee"]), text(i.Fields["priority"])
	return s, nil
}

// developmentPanel is what tools have told of an issue, one line each.
func (c *call) developmentPanel(issue int64) (lines []obj) {
	kinds := map[string]string{"repository": "Commit", "branch": "Branch", "pullrequest": "Pull request", "build": "Build", "deployment-environment": "Deployment", "featureflag": "Feature flag", "link": "Link"}
	for _, w := range c.devWorks(issue) {
		said := ""
		for _, name := range []string{"title", "displayName", "message", "name", "key", "summary"} {
			said = or(said, text(w.Doc[name]))
		}
		lines = append(lines, obj{"Kind": kinds[w.kind], "Said": said, "URL": or(text(w.Doc["url"]), text(dig(w.Doc, "summary", "url"))), "State": strings.ToLower(w.state)})
	}
	return lines
}

// assignable are the people whom an issue can be given.
func (c *call) assignable(p *Project, i *Issue) (out []User) {
	for u := range c.j.users.All(c.Tx, "") {
		if u.Active && c.userMay(u.ID, "ASSIGNABLE_USER", p, i) {
			out = append(out, u)
		}
	}
	return out
}

// html is rich text for a page.
func (c *call) html(v any) html.HTML {
	if v == nil {
		return ""
	}
	if s, ok := v.(string); ok {
		return html.HTML(adf.WikiToHTML(s, c.linked()))
	}
	return html.HTML(adf.ToHTML(object(v), c.linked())) // both escape what they are given
}

// inShort is a field of an issue in one line.
func (c *call) inShort(f *field, i *Issue) string {
	if f.ID == "timetracking" {
		t := object(timeTrackingShown(c, i))
		var parts []string
		for _, k := range []string{"originalEstimate", "remainingEstimate", "timeSpent"} {
			if s := text(t[k]); s != "" {
				parts = append(parts, map[string]string{"originalEstimate": "estimated ", "remainingEstimate": "remaining ", "timeSpent": "spent "}[k]+s)
			}
		}
		return strings.Join(parts, ", ")
	}
	if f.ID == "parent" && i.Fields["parent"] != nil {
		above, _ := c.j.issues.Get(c.Tx, key(number(i.Fields["parent"])))
		return c.keyOf(&above) + " " + text(above.Fields["summary"])
	}
	return strings.Join(c.wordsOf(f, i.Fields[f.ID]), ", ")
}

// newIssueScreen is the form of a new issue.
func (j *Jira) newIssueScreen(c *call) (screen, error) {
	var projects []Project
	for p := range j.projects.All(c.Tx, "") {
		if p.Trashed == 0 && c.may("CREATE_ISSUES", &p, nil) {
			projects = append(projects, p)
		}
	}
	if len(projects) == 0 {
		return screen{}, forbidden("You do not have permission to create issues in any project.")
	}
	chosen := projects[0]
	for _, p := range projects {
		if p.Key == c.query.Get("project") {
			chosen = p
		}
	}
	_, s, err := c.ofProject(chosen.Key, "create")
	s.Title = "Create issue"
	var types []IssueType
	for _, t := range c.issueTypesOf(chosen.ID) {
		if t.Level >= 0 {
			types = append(types, t)
		}
	}
	s.V["Projects"], s.V["Types"], s.V["People"], s.V["Priorities"] = projects, types, c.assignable(&chosen, &Issue{Fields: obj{}}), c.prioritiesOf(chosen.ID)
	return s, err
}

// createForm is what the form of a new issue says, as the API is told it.
func (j *Jira) createForm(_ *call, f url.Values) (any, error) {
	fields := obj{"project": obj{"key": f.Get("project")}, "issuetype": obj{"id": f.Get("issuetype")}, "summary": f.Get("summary")}
	if s := f.Get("description"); s != "" {
		fields["description"] = s
	}
	if s := f.Get("assignee"); s != "" {
		fields["assignee"] = obj{"accountId": s}
	}
	if s := f.Get("priority"); s != "" {
		fields["priority"] = obj{"id": s}
	}
	if s := strings.Fields(f.Get("labels")); len(s) > 0 {
		fields["labels"] = anys(s)
	}
	return obj{"fields": fields}, nil
}

// editForm is what a form of the issue's page says: only the fields that it has.
func (j *Jira) editForm(_ *call, f url.Values) (any, error) {
	fields := obj{}
	for _, n := range []string{"summary", "description"} {
		if f.Has(n) {
			fields[n] = f.Get(n)
		}
	}
	if f.Has("assignee") {
		fields["assignee"] = nil
		if s := f.Get("assignee"); s != "" {
			fields["assignee"] = obj{"accountId": s}
		}
	}
	if f.Has("priority") {
		fields["priority"] = obj{"id": f.Get("priority")}
	}
	if f.Has("labels") {
		fields["labels"] = anys(strings.Fields(f.Get("labels")))
	}
	return obj{"fields": fields}, nil
}
