package jira

import "slices"

// What an issue shows that is kept beside it.

func watchesShown(c *call, i *Issue) any {
	n := 0
	for range c.j.watches.All(c.Tx, key(i.ID)+"/") {
		n++
	}
	return obj{"self": c.api("/issue/" + c.keyOf(i) + "/watchers"), "watchCount": n, "isWatching": c.j.watches.Has(c.Tx, key(i.ID)+"/"+c.who.ID)}
}

func votesShown(c *call, i *Issue) any {
	n := 0
	for range c.j.votes.All(c.Tx, key(i.ID)+"/") {
		n++
	}
	return obj{"self": c.api("/issue/" + c.keyOf(i) + "/votes"), "votes": n, "hasVoted": c.j.votes.Has(c.Tx, key(i.ID)+"/"+c.who.ID)}
}

func linksShown(c *call, i *Issue) any {
	out := []any{}
	for l := range c.j.linksOf.All(c.Tx, key(i.ID)) {
		t, _ := c.j.linkTypes.Get(c.Tx, key(l.Type))
		v := obj{"id": id(l.ID), "self": c.api("/issueLink/" + id(l.ID)), "type": c.linkTypeShown(t)}
		side, at := "outwardIssue", l.Outward
		if l.Outward == i.ID {
			side, at = "inwardIssue", l.Inward
		}
		other, ok := c.j.issues.Get(c.Tx, key(at))
		p, _ := c.j.projects.Get(c.Tx, key(other.Project))
		if ok && c.may("BROWSE_PROJECTS", &p, &other) {
			v[side] = c.briefly(key(at))
			out = append(out, v)
		}
	}
	return out
}

func (c *call) linkTypeShown(t LinkType) obj {
	return obj{"id": id(t.ID), "name": t.Name, "inward": t.Inward, "outward": t.Outward, "self": c.api("/issueLinkType/" + id(t.ID))}
}

func subtasksShown(c *call, i *Issue) any {
	out := []any{}
	for _, x := range c.subtasks(i) {
		out = append(out, c.briefly(key(x.ID)))
	}
	return out
}

func attachmentsShown(c *call, i *Issue) any {
	out := []any{}
	for a := range c.j.attachmentsOf.All(c.Tx, key(i.ID)) {
		out = append(out, c.attachmentShown(a))
	}
	return out
}

func isPicture(kind string) bool {
	return slices.Contains([]string{"image/png", "image/jpeg", "image/gif"}, kind)
}

func commentsShown(c *call, i *Issue) any {
	xs := c.seenComments(i)
	return obj{"comments": shownWithin(window{0, len(xs)}, xs, c.commentShown), "self": c.api("/issue/" + id(i.ID) + "/comment"), "maxResults": len(xs), "total": len(xs), "startAt": 0}
}

func (c *call) commentShown(x Comment) obj {
	v := obj{"self": c.api("/issue/" + id(x.Issue) + "/comment/" + id(x.ID)), "id": id(x.ID), "body": c.richShown(x.Body), "created": stamp(x.Created), "updated": stamp(x.Updated), "jsdPublic": !x.Internal}
	c.authors(v, x.Author, x.Editor)
	if c.expands("renderedBody") {
		i, _ := c.j.issues.Get(c.Tx, key(x.Issue))
		v["renderedBody"] = c.rendered(x.Body, &i)
	}
	if c.expands("properties") {
		v["properties"] = c.propertyList("comment/" + id(x.ID))
	}
	if x.Visibility != nil {
		v["visibility"] = c.visibilityShown(x.Visibility)
	}
	if x.Parent != 0 {
		v["parentId"] = id(x.Parent)
	}
	return v
}

// authors adds who wrote something and who changed it last, unless that was nobody who is known.
func (c *call) authors(v obj, author, editor string) {
	for name, who := range map[string]string{"author": author, "updateAuthor": editor} {
		if u := c.userShown(who); u != nil {
			v[name] = u
		}
	}
}

// seesVisibility reports whether the caller is in the group or has the role that a comment or a worklog is for.
func (c *call) seesVisibility(v obj, i *Issue) bool {
	switch text(v["type"]) {
	case "group":
		return c.inGroup(c.who.ID, text(v["identifier"]))
	case "role":
		return c.inRole(c.who.ID, i.Project, number(v["identifier"]))
	}
	return true
}

// worklogsInIssue is how many worklogs an issue shows as a field.
const worklogsInIssue = 20

func worklogsShown(c *call, i *Issue) any {
	xs := c.seenWorklogs(i)
	return obj{"startAt": 0, "maxResults": worklogsInIssue, "total": len(xs), "worklogs": shownWithin(window{0, worklogsInIssue}, xs, c.worklogShown)}
}

func (c *call) worklogShown(x Worklog) obj {
	v := obj{"self": c.api("/issue/" + id(x.Issue) + "/worklog/" + id(x.ID)), "id": id(x.ID), "issueId": id(x.Issue), "created": stamp(x.Created), "updated": stamp(x.Updated),
		"started": stamp(x.Started), "timeSpent": c.span(x.Seconds), "timeSpentSeconds": x.Seconds}
	c.authors(v, x.Author, x.Editor)
	if x.Comment != nil {
		v["comment"] = c.richShown(x.Comment)
	}
	if c.expands("properties") {
		v["properties"] = c.propertyList("worklog/" + id(x.ID))
	}
	if x.Visibility != nil {
		v["visibility"] = c.visibilityShown(x.Visibility)
	}
	return v
}

// seconds is a time span of an issue, and whether it has one.
func seconds(i *Issue, field string) (int64, bool) {
	n, ok := i.Fields[field].(float64)
	return int64(n), ok
}

func timeTrackingShown(c *call, i *Issue) any {
	v := obj{}
	for _, x := range []struct{ field, name string }{{"timeoriginalestimate", "originalEstimate"}, {"timeestimate", "remainingEstimate"}, {"timespent", "timeSpent"}} {
		if n, ok := seconds(i, x.field); ok {
			v[x.name], v[x.name+"Seconds"] = c.span(n), n
		}
	}
	return v
}

func progressShown(_ *call, i *Issue) any {
	return progress(secondsOf(i, "timespent"), secondsOf(i, "timeestimate"))
}

// secondsOf is that too, and none if it has none.
func secondsOf(i *Issue, field string) int64 { n, _ := seconds(i, field); return n }

func progress(done, left int64) obj {
	v := obj{"progress": done, "total": done + left}
	if done+left > 0 {
		v["percent"] = done * 100 / (done + left)
	}
	return v
}

func aggregateProgress(c *call, i *Issue) any {
	done, left := secondsOf(i, "timespent"), secondsOf(i, "timeestimate")
	for _, x := range c.subtasks(i) {
		done, left = done+secondsOf(&x, "timespent"), left+secondsOf(&x, "timeestimate")
	}
	return progress(done, left)
}

// aggregate is a time span with those of the subtasks.
func aggregate(field string) *fieldKind {
	return &fieldKind{Type: "number", computed: func(c *call, i *Issue) any {
		sum, any := seconds(i, field)
		for _, x := range c.subtasks(i) {
			n, ok := seconds(&x, field)
			sum, any = sum+n, any || ok
		}
		if !any {
			return nil
		}
		return sum
	}}
}

// workRatio is the time spent in percent of the estimate, -1 if there is none.
func workRatio(_ *call, i *Issue) any {
	estimate, ok := seconds(i, "timeoriginalestimate")
	if !ok || estimate == 0 {
		return -1
	}
	return secondsOf(i, "timespent") * 100 / estimate
}
