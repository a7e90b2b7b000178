package jira

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/jira/internal/expr"
	"twinset.dev/twins/jira/internal/jql"
)

func (j *Jira) jiraExpressionsOperations() {
	j.on(twin.Full, "evaluateJiraExpression", j.evaluateJiraExpression).public().readsOnly()
	j.on(twin.Full, "evaluateJiraExpressionUsingEnhancedSearch", j.evaluateJiraExpression).public().readsOnly()
	j.on(twin.Partial, "analyseExpression", j.analyseExpression).public().readsOnly().noted("types are found for the simplest expressions alone")
}

// A bean is a thing of Jira's in an expression. Its properties are read when they are asked for.
type bean struct {
	kind string
	get  map[string]func() any
}

func (b *bean) Type() string { return b.kind }

func (b *bean) Properties() []string { return sorted(b.get) }

func (b *bean) Property(name string) (any, bool) {
	get := b.get[name]
	if get == nil {
		return nil, false
	}
	return get(), true
}

// JSON is a bean's plain properties.
func (b *bean) JSON() any {
	out := obj{}
	for name, get := range b.get {
		if name == "properties" || expensive[name] {
			continue
		}
		switch v := get().(type) {
		case nil, bool, float64, string, moment, calendarDate:
			out[name] = expr.Result(v)
		}
	}
	return out
}

// A moment is a Date of an expression.
type moment struct{ time.Time }

func (m moment) Type() string { return "Date" }
func (m moment) JSON() any    { return m.UTC().Format("2006-01-02T15:04:05.000-0700") }

func (m moment) Compare(other any) (int, bool) {
	o, ok := other.(moment)
	return m.Time.Compare(o.Time), ok
}

// A calendarDate is a day.
type calendarDate struct{ time.Time }

func (d calendarDate) Type() string { return "CalendarDate" }
func (d calendarDate) JSON() any    { return d.Format(time.DateOnly) }

func (d calendarDate) Compare(other any) (int, bool) {
	o, ok := other.(calendarDate)
	return d.Time.Compare(o.Time), ok
}

func (m moment) Properties() []string       { return dateProperties(m.Time, m.wrap) }
func (d calendarDate) Properties() []string { return dateProperties(d.Time, d.wrap) }

func (m moment) wrap(t time.Time) any       { return moment{t} }
func (d calendarDate) wrap(t time.Time) any { return calendarDate{t} }

func (m moment) Property(name string) (any, bool) {
	if name == "toString" {
		return expr.Method(func([]any) (any, error) { return m.JSON(), nil }), true
	}
	f := dateMethods(m.Time, m.wrap)[name]
	return f, f != nil
}

func (d calendarDate) Property(name string) (any, bool) {
	if name == "toString" {
		return expr.Method(func([]any) (any, error) { return d.JSON(), nil }), true
	}
	f := dateMethods(d.Time, d.wrap)[name]
	return f, f != nil
}

func dateProperties(t time.Time, wrap func(time.Time) any) []string {
	return append(sorted(dateMethods(t, wrap)), "toString")
}

// dateMethods are what dates and days can do.
//
// https://developer.atlassian.com/cloud/jira/platform/jira-expressions-type-reference/#date
func dateMethods(t time.Time, wrap func(time.Time) any) map[string]expr.Method {
	number := func(n int) expr.Method { return func([]any) (any, error) { return float64(n), nil } }
	out := map[string]expr.Method{
		"getFullYear": number(t.Year()), "getMonth": number(int(t.Month()) - 1), "getDate": number(t.Day()), "getDay": number(int(t.Weekday())),
		"getHours": number(t.Hour()), "getMinutes": number(t.Minute()), "getSeconds": number(t.Second()), "getMilliseconds": number(t.Nanosecond() / 1e6), "getTime": number(int(t.UnixMilli())),
		"toCalendarDate": func([]any) (any, error) {
			y, m, d := t.Date()
			return calendarDate{time.Date(y, m, d, 0, 0, 0, 0, time.UTC)}, nil
		},
		"toDate": func([]any) (any, error) { return moment{t}, nil },
	}
	for name, move := range map[string]func(n int) time.Time{
		"Years": func(n int) time.Time { return monthsLater(t, 12*n) }, "Months": func(n int) time.Time { return monthsLater(t, n) }, "Weeks": func(n int) time.Time { return t.AddDate(0, 0, 7*n) }, "Days": func(n int) time.Time { return t.AddDate(0, 0, n) },
		"Hours": func(n int) time.Time { return t.Add(time.Duration(n) * time.Hour) }, "Minutes": func(n int) time.Time { return t.Add(time.Duration(n) * time.Minute) }, "Seconds": func(n int) time.Time { return t.Add(time.Duration(n) * time.Second) },
	} {
		for word, sign := range map[string]int{"plus": 1, "minus": -1} {
			out[word+name] = func(a []any) (any, error) {
				if len(a) != 1 {
					return nil, errors.New("a Number was expected")
				}
				n, ok := a[0].(float64)
				if !ok || n > 1e6 || n < -1e6 {
					return nil, fmt.Errorf("a Number was expected, %s was given", expr.TypeOf(a[0]))
				}
				return wrap(move(sign * int(n))), nil
			}
		}
	}
	return out
}

// expensive are the properties that Jira has to load.
var expensive = map[string]bool{"comments": true, "attachments": true, "worklogs": true, "changelogs": true, "links": true, "subtasks": true, "stories": true, "properties": true}

// beans makes things of Jira's for an expression.
type beans struct {
	*call
	cost *expr.Steps
}

// loads counts what is expensive.
func (b *beans) loads(get func() any) func() any {
	return func() any {
		b.cost.Expensive++
		return get()
	}
}

func (b *beans) moment(ms int64) any {
	if ms == 0 {
		return nil
	}
	return moment{time.UnixMilli(ms).In(b.zone())}
}

// called is a thing that has little more than a name.
func called(kind string, n int64, name, description string) *bean {
	return &bean{kind, map[string]func() any{"id": func() any { return float64(n) }, "name": func() any { return name }, "description": func() any { return description }}}
}

func (b *beans) user(who string) any {
	u, ok := b.j.users.Get(b.Tx, who)
	if !ok {
		return nil
	}
	return &bean{"User", map[string]func() any{
		"accountId": func() any { return u.ID }, "id": func() any { return u.ID }, "displayName": func() any { return u.Name }, "active": func() any { return u.Active }, "emailAddress": func() any { return u.Email },
		"timeZone": func() any { return u.TimeZone }, "properties": b.loads(func() any { return b.properties("user/" + u.ID) }),
		"groups": b.loads(func() any {
			out := []any{}
			for m := range b.j.groupsOf.All(b.Tx, u.ID) {
				g, _ := b.j.groups.Get(b.Tx, m.Group)
				out = append(out, g.Name)
			}
			return out
		}),
	}}
}

// properties are what apps keep with a thing, by key.
func (b *beans) properties(of string) any {
	out := obj{}
	for x := range b.j.properties.All(b.Tx, of+"/") {
		out[x.Key] = clone(x.Value)
	}
	return out
}

func (b *beans) rich(v any) any {
	if v == nil {
		return nil
	}
	return &bean{"RichText", map[string]func() any{"plainText": func() any { return strings.TrimSpace(b.wordsIn(v)) }, "export": func() any { return b.wiki(v) }}}
}

func (b *beans) status(v any) any {
	s, ok := b.call.status(v)
	if !ok {
		return nil
	}
	x := called("Status", s.ID, s.Name, s.Description)
	x.get["category"] = func() any {
		shown := b.statusCategoryShown(s.Category)
		return &bean{"StatusCategory", map[string]func() any{"id": func() any { return float64(s.Category) }, "key": func() any { return shown["key"] }, "name": func() any { return shown["name"] }, "colorName": func() any { return shown["colorName"] }}}
	}
	return x
}

func (b *beans) project(p *Project) any {
	x := called("Project", p.ID, p.Name, p.Description)
	x.get["key"] = func() any { return p.Key }
	x.get["projectTypeKey"] = func() any { return p.Type }
	x.get["style"] = func() any {
		if p.Team {
			return "next-gen"
		}
		return "classic"
	}
	x.get["lead"] = func() any { return b.user(p.Lead) }
	x.get["properties"] = b.loads(func() any { return b.properties("project/" + id(p.ID)) })
	return x
}

func (b *beans) sprint(n int64) any {
	s, ok := b.j.sprints.Get(b.Tx, key(n))
	if !ok {
		return nil
	}
	x := called("Sprint", s.ID, s.Name, "")
	delete(x.get, "description")
	x.get["state"] = func() any { return s.State }
	x.get["goal"] = func() any { return s.Goal }
	x.get["startDate"] = func() any { return b.moment(s.Start) }
	x.get["endDate"] = func() any { return b.moment(s.End) }
	x.get["completeDate"] = func() any { return b.moment(s.Complete) }
	x.get["properties"] = b.loads(func() any { return b.properties("sprint/" + id(s.ID)) })
	return x
}

// things is a list of the things that ids in a list stand for.
func things(v any, of func(n int64) any) any {
	out := []any{}
	for _, x := range list(v) {
		if y := of(number(x)); y != nil {
			out = append(out, y)
		}
	}
	return out
}

// issue is an issue with the fields that expressions have, and custom fields by their ids.
//
// https://developer.atlassian.com/cloud/jira/platform/jira-expressions-type-reference/#issue
func (b *beans) issue(i *Issue) any {
	f := i.Fields
	p, _ := b.j.projects.Get(b.Tx, key(i.Project))
	days := func(name string) func() any {
		return func() any {
			t, err := time.Parse(time.DateOnly, text(f[name]))
			if err != nil {
				return nil
			}
			return calendarDate{t}
		}
	}
	below := func(level func(int) bool) func() any {
		return b.loads(func() any {
			out := []any{}
			for _, x := range b.children(i) {
				if t, _ := b.j.issueTypes.Get(b.Tx, key(number(x.Fields["issuetype"]))); level(t.Level) {
					out = append(out, b.issue(&x))
				}
			}
			return out
		})
	}
	t, _ := b.j.issueTypes.Get(b.Tx, key(number(f["issuetype"])))
	sprints := func(states ...string) []any {
		out := []any{}
		for _, n := range list(f[sprintField]) {
			if s, ok := b.j.sprints.Get(b.Tx, key(number(n))); ok && slices.Contains(states, s.State) {
				out = append(out, b.sprint(s.ID))
			}
		}
		return out
	}
	x := &bean{"Issue", map[string]func() any{
		"id": func() any { return float64(i.ID) }, "key": func() any { return b.keyOf(i) }, "summary": func() any { return f["summary"] }, "description": func() any { return b.rich(f["description"]) }, "environment": func() any { return b.rich(f["environment"]) },
		"assignee": func() any { return b.user(text(f["assignee"])) }, "reporter": func() any { return b.user(text(f["reporter"])) }, "creator": func() any { return b.user(text(f["creator"])) },
		"issueType": func() any {
			x := called("IssueType", t.ID, t.Name, t.Description)
			x.get["hierarchyLevel"] = func() any { return float64(t.Level) }
			return x
		},
		"status": func() any { return b.status(f["status"]) },
		"priority": func() any {
			x, ok := b.j.priorities.Get(b.Tx, key(number(f["priority"])))
			if !ok {
				return nil
			}
			return called("Priority", x.ID, x.Name, x.Description)
		},
		"resolution": func() any {
			x, ok := b.j.resolutions.Get(b.Tx, key(number(f["resolution"])))
			if !ok {
				return nil
			}
			return called("Resolution", x.ID, x.Name, x.Description)
		},
		"project": func() any { return b.project(&p) },
		"created": func() any { return b.moment(i.Created) }, "updated": func() any { return b.moment(i.Updated) }, "dueDate": days("duedate"),
		"resolutionDate": func() any { ms, _ := f["resolutiondate"].(float64); return b.moment(int64(ms)) },
		"labels":         func() any { return slices.Clone(anys(texts(f["labels"]))) },
		"timeSpent":      func() any { return f["timespent"] }, "originalEstimate": func() any { return f["timeoriginalestimate"] }, "remainingEstimate": func() any { return f["timeestimate"] },
		"components": func() any {
			return things(f["components"], func(n int64) any {
				x, _ := b.j.components.Get(b.Tx, key(n))
				return called("Component", x.ID, x.Name, x.Description)
			})
		},
		"fixVersions": func() any { return things(f["fixVersions"], b.version) }, "versions": func() any { return things(f["versions"], b.version) },
		"parent":   func() any { return b.seen(number(f["parent"]), func(*IssueType) bool { return true }) },
		"epic":     func() any { return b.seen(number(f["parent"]), func(t *IssueType) bool { return t.Level == 1 }) },
		"isEpic":   func() any { return t.Level == 1 },
		"subtasks": below(func(level int) bool { return level < 0 }), "stories": below(func(level int) bool { return level == 0 }),
		"sprint": func() any {
			if all := sprints("active", "future"); len(all) > 0 {
				return all[0]
			}
			return nil
		},
		"closedSprints": func() any { return sprints("closed") },
		"comments":      b.loads(func() any { return b.comments(i) }), "attachments": b.loads(func() any { return b.attachments(i) }), "worklogs": b.loads(func() any { return b.worklogs(i) }),
		"changelogs": b.loads(func() any { return b.changelogs(i) }), "links": b.loads(func() any { return b.links(i) }), "properties": b.loads(func() any { return b.properties("issue/" + id(i.ID)) }),
	}}
	for field := range b.fields() {
		if field.custom != nil && field.ID != sprintField {
			x.get[field.ID] = func() any { return b.custom(i, field) }
		}
	}
	return x
}

// seen is an issue of a type that the caller sees.
func (b *beans) seen(n int64, fits func(*IssueType) bool) any {
	i, ok := b.j.issues.Get(b.Tx, key(n))
	if !ok {
		return nil
	}
	t, _ := b.j.issueTypes.Get(b.Tx, key(number(i.Fields["issuetype"])))
	p, _ := b.j.projects.Get(b.Tx, key(i.Project))
	if !fits(&t) || !b.may("BROWSE_PROJECTS", &p, &i) {
		return nil
	}
	return b.issue(&i)
}

func (b *beans) version(n int64) any {
	v, _ := b.j.versions.Get(b.Tx, key(n))
	x := called("Version", v.ID, v.Name, v.Description)
	x.get["archived"], x.get["released"] = func() any { return v.Archived }, func() any { return v.Released }
	x.get["releaseDate"] = func() any {
		t, err := time.Parse(time.DateOnly, v.Release)
		if err != nil {
			return nil
		}
		return calendarDate{t}
	}
	return x
}

// custom is the value of a custom field: people as users, texts as rich texts, the rest as the API shows it.
func (b *beans) custom(i *Issue, x *field) any {
	switch v := i.Fields[x.ID]; {
	case x.kind == userField:
		return b.user(text(v))
	case x.kind == richField:
		return b.rich(v)
	case x.kind == momentField:
		ms, _ := v.(float64)
		return b.moment(int64(ms))
	}
	return plainJSON(b.valueShown(x, i))
}

// plainJSON is a value as JSON would bring it back.
func plainJSON(v any) any {
	switch v := v.(type) {
	case int64:
		return float64(v)
	case int:
		return float64(v)
	case obj:
		out := obj{}
		for k, x := range v {
			out[k] = plainJSON(x)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for n, x := range v {
			out[n] = plainJSON(x)
		}
		return out
	}
	return v
}

func (b *beans) comments(i *Issue) any {
	out := []any{}
	for x := range b.j.comments.All(b.Tx, key(i.ID)+"/") {
		if b.seesVisibility(x.Visibility, i) {
			out = append(out, &bean{"Comment", map[string]func() any{
				"id": func() any { return float64(x.ID) }, "author": func() any { return b.user(x.Author) }, "updateAuthor": func() any { return b.user(x.Editor) }, "body": func() any { return b.rich(x.Body) },
				"created": func() any { return b.moment(x.Created) }, "updated": func() any { return b.moment(x.Updated) }, "properties": b.loads(func() any { return b.properties("comment/" + id(x.ID)) }),
			}})
		}
	}
	return out
}

func (b *beans) attachments(i *Issue) any {
	out := []any{}
	for x := range b.j.attachmentsOf.All(b.Tx, key(i.ID)) {
		out = append(out, &bean{"Attachment", map[string]func() any{
			"id": func() any { return float64(x.ID) }, "author": func() any { return b.user(x.Author) }, "filename": func() any { return x.Name }, "mimeType": func() any { return x.Type }, "size": func() any { return float64(x.Size) }, "created": func() any { return b.moment(x.Created) },
		}})
	}
	return out
}

func (b *beans) worklogs(i *Issue) any {
	out := []any{}
	for x := range b.j.worklogs.All(b.Tx, key(i.ID)+"/") {
		if b.seesVisibility(x.Visibility, i) {
			out = append(out, &bean{"Worklog", map[string]func() any{
				"id": func() any { return float64(x.ID) }, "author": func() any { return b.user(x.Author) }, "comment": func() any { return b.rich(x.Comment) }, "started": func() any { return b.moment(x.Started) }, "timeSpentSeconds": func() any { return float64(x.Seconds) },
				"created": func() any { return b.moment(x.Created) }, "updated": func() any { return b.moment(x.Updated) },
			}})
		}
	}
	return out
}

func (b *beans) changelogs(i *Issue) any {
	out := []any{}
	for x := range b.j.changes.All(b.Tx, key(i.ID)+"/") {
		items := []any{}
		for _, it := range x.Items {
			items = append(items, &bean{"ChangelogItem", map[string]func() any{
				"field": func() any { return it.Field }, "fieldId": func() any { return it.FieldID }, "fieldType": func() any { return it.FieldType }, "from": func() any { return it.From }, "fromString": func() any { return it.FromText }, "to": func() any { return it.To }, "toString": func() any { return it.ToText },
			}})
		}
		out = append(out, &bean{"Changelog", map[string]func() any{"id": func() any { return float64(x.ID) }, "author": func() any { return b.user(x.Author) }, "created": func() any { return b.moment(x.Created) }, "items": func() any { return items }}})
	}
	slices.Reverse(out)
	return out
}

func (b *beans) links(i *Issue) any {
	out := []any{}
	for l := range b.j.linksOf.All(b.Tx, key(i.ID)) {
		t, _ := b.j.linkTypes.Get(b.Tx, key(l.Type))
		direction, other := "outward", l.Outward
		if l.Outward == i.ID {
			direction, other = "inward", l.Inward
		}
		linked := b.seen(other, func(*IssueType) bool { return true })
		if linked == nil {
			continue
		}
		out = append(out, &bean{"IssueLink", map[string]func() any{
			"id": func() any { return float64(l.ID) }, "direction": func() any { return direction }, "linkedIssue": func() any { return linked },
			"type": func() any {
				x := called("IssueLinkType", t.ID, t.Name, "")
				x.get["inward"], x.get["outward"] = func() any { return t.Inward }, func() any { return t.Outward }
				return x
			},
		}})
	}
	return out
}

// make is new Issue('KEY'), new Date('…') and so on.
func (b *beans) make(class string, a []any) (any, error) {
	arg := ""
	if len(a) > 0 {
		arg = expr.Text(a[0])
	}
	switch class {
	case "Date":
		if len(a) == 0 {
			return moment{b.Now.In(b.zone())}, nil
		}
		if ms, ok := a[0].(float64); ok {
			return b.moment(int64(ms)), nil
		}
		if ms, ok := parseMoment(arg); ok {
			return b.moment(ms), nil
		}
		return nil, expr.Reason(fmt.Sprintf("Invalid date: %s", arg))
	case "CalendarDate":
		t, err := time.Parse(time.DateOnly, arg)
		if len(a) == 0 {
			y, m, d := b.Now.In(b.zone()).Date()
			t, err = time.Date(y, m, d, 0, 0, 0, 0, time.UTC), nil
		}
		if err != nil {
			return nil, expr.Reason(fmt.Sprintf("Invalid date: %s", arg))
		}
		return calendarDate{t}, nil
	case "Map":
		return obj{}, nil
	case "List":
		return []any{}, nil
	case "User":
		if u := b.user(arg); u != nil {
			return u, nil
		}
		return nil, expr.Reason(fmt.Sprintf("User does not exist: %s", arg))
	case "Issue":
		b.cost.Expensive++
		i, _, err := b.call.issue(arg)
		if err != nil {
			return nil, expr.Reason("Issue does not exist or you do not have permission to see it.")
		}
		return b.issue(&i), nil
	case "Project":
		p, err := b.seenProject(arg)
		if err != nil {
			return nil, expr.Reason("Project does not exist or you do not have permission to see it.")
		}
		return b.project(&p), nil
	}
	return nil, expr.Reason(fmt.Sprintf("Unknown type: %s", class))
}

// evaluateJiraExpression gives the value of an expression about the things that the caller names.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-jira-expressions/#api-rest-api-3-expression-eval-post
func (j *Jira) evaluateJiraExpression(c *call) (any, error) {
	body := object(c.body)
	source, ok := body["expression"].(string)
	if !ok || strings.TrimSpace(source) == "" {
		return nil, badRequest("Jira expression must not be empty.")
	}
	if len(source) > expr.MaxLength {
		return nil, badRequest("Jira expression is too long (%d), limit: %d characters", len(source), expr.MaxLength)
	}
	e, err := expr.Parse(source)
	if err != nil {
		s := err.(*expr.SyntaxError)
		return nil, badRequest("Parsing failed: line %d, column %d: %s", s.Line, s.Column, s.Message)
	}
	var cost expr.Steps
	b := &beans{c, &cost}
	meta := obj{}
	variables, err := b.context(object(body["context"]), meta)
	if err != nil {
		return nil, err
	}
	v, err := e.Evaluate(variables, b.make, &cost)
	switch {
	case err != nil:
		return nil, badRequest("%s", err)
	case cost.Expensive > expr.MaxExpensive:
		return nil, badRequest("The expression is too complex: it has %d expensive operations, limit: %d.", cost.Expensive, expr.MaxExpensive)
	}
	if cost.Primitives = expr.Primitives(v); cost.Primitives > expr.MaxPrimitives {
		return nil, badRequest("The expression is too complex: its result has more than %d values.", expr.MaxPrimitives)
	}
	out := obj{"value": expr.Result(v)}
	if c.expands("meta.complexity") || c.expands("meta") {
		limited := func(n, limit int) obj { return obj{"value": n, "limit": limit} }
		meta["complexity"] = obj{"steps": limited(cost.Steps, expr.MaxSteps), "expensiveOperations": limited(cost.Expensive, expr.MaxExpensive), "beans": limited(cost.Beans, expr.MaxBeans), "primitiveValues": limited(cost.Primitives, expr.MaxPrimitives)}
	}
	if len(meta) > 0 {
		out["meta"] = meta
	}
	return out, nil
}

// context is what the names in an expression mean: who asks, and what the caller puts beside it.
func (b *beans) context(in obj, meta obj) (map[string]any, error) {
	vars := map[string]any{"user": b.user(b.who.ID), "app": nil}
	if x := object(in["issue"]); x != nil {
		name := plainWords(x["key"])
		if name == "" {
			name = plainWords(x["id"])
		}
		i, p, err := b.call.issue(name)
		if err != nil {
			return nil, err
		}
		vars["issue"], vars["project"] = b.issue(&i), b.project(&p)
	}
	if x := object(in["project"]); x != nil {
		name := plainWords(x["key"])
		if name == "" {
			name = plainWords(x["id"])
		}
		p, err := b.seenProject(name)
		if err != nil {
			return nil, err
		}
		vars["project"] = b.project(&p)
	}
	if n := number(in["sprint"]); n != 0 {
		s := b.sprint(n)
		if s == nil {
			return nil, notFound("Sprint does not exist or you do not have permission to see it.")
		}
		vars["sprint"] = s
	}
	if n := number(in["board"]); n != 0 {
		x, ok := b.j.boards.Get(b.Tx, key(n))
		if !ok {
			return nil, notFound("Board does not exist or you do not have permission to see it.")
		}
		board := called("Board", x.ID, x.Name, "")
		delete(board.get, "description")
		board.get["type"] = func() any { return x.Type }
		vars["board"] = board
	}
	for _, v := range list(in["custom"]) {
		x := object(v)
		name := text(x["name"])
		switch text(x["type"]) {
		case "json":
			vars[name] = clone(x["value"])
		case "user":
			vars[name] = b.user(text(x["accountId"]))
		case "issue":
			i, _, err := b.call.issue(plainWords(x["key"]) + plainWords(x["id"]))
			if err != nil {
				return nil, err
			}
			vars[name] = b.issue(&i)
		}
	}
	if q := object(dig(in, "issues", "jql")); q != nil {
		issues, err := b.issuesOf(q, meta)
		if err != nil {
			return nil, err
		}
		vars["issues"] = issues
	}
	return vars, nil
}

// issuesOf are the issues that a query in the context finds: a page by number, or by token where the caller speaks of tokens.
func (b *beans) issuesOf(q obj, meta obj) ([]any, error) {
	out := []any{}
	size := min(whole(q["maxResults"], 1000), 1000)
	if strings.HasSuffix(b.op.Path, "/evaluate") {
		page, next, err := b.pageOf(searching{jql: text(q["query"]), max: size, token: text(q["nextPageToken"])})
		if err != nil {
			return nil, err
		}
		for _, i := range page {
			out = append(out, b.issue(i))
		}
		said := obj{"isLast": next == ""}
		if next != "" {
			said["nextPageToken"] = next
		}
		meta["issues"] = obj{"jql": said}
		return out, nil
	}
	parsed, err := jql.Parse(text(q["query"]))
	if err != nil {
		return nil, badRequest("%s", err)
	}
	f, warnings := b.find(parsed), []string{}
	switch strings.ToLower(text(q["validation"])) {
	case "warn":
		warnings = append(f.errors, f.warnings...)
	case "none":
	default:
		if len(f.errors) > 0 {
			return nil, &refusal{status: http.StatusBadRequest, messages: f.errors}
		}
		warnings = f.warnings
	}
	all := f.found()
	start := min(max(0, whole(q["startAt"], 0)), len(all))
	page := all[start:min(start+size, len(all))]
	for _, i := range page {
		out = append(out, b.issue(i))
	}
	said := obj{"startAt": start, "maxResults": size, "count": len(page), "totalCount": len(all)}
	if len(warnings) > 0 {
		said["validationWarnings"] = anys(warnings)
	}
	meta["issues"] = obj{"jql": said}
	return out, nil
}

// analyseExpression says whether expressions can be read, and what they cost.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-jira-expressions/#api-rest-api-3-expression-analyse-post
func (j *Jira) analyseExpression(c *call) (any, error) {
	check := c.q("check")
	if !slices.Contains([]string{"", "syntax", "type", "complexity"}, check) {
		return nil, badRequest("The check '%s' is not one of syntax, type and complexity.", check)
	}
	expressions := list(object(c.body)["expressions"])
	if len(expressions) == 0 {
		return nil, badRequest("The expressions have to be provided.")
	}
	results := []any{}
	for _, x := range expressions {
		source := text(x)
		e, err := expr.Parse(source)
		problems := []any{}
		if s := (*expr.SyntaxError)(nil); errors.As(err, &s) {
			problems = append(problems, obj{"line": s.Line, "column": s.Column, "message": s.Message, "type": "syntax"})
		}
		if len(source) > expr.MaxLength {
			problems = append(problems, obj{"message": fmt.Sprintf("Jira expression is too long (%d), limit: %d characters", len(source), expr.MaxLength), "type": "other"})
		}
		if err == nil && e.Leaves() > expr.MaxLeaves {
			problems = append(problems, obj{"message": fmt.Sprintf("Jira expression has too many nodes (%d), limit: %d leaves", e.Leaves(), expr.MaxLeaves), "type": "other"})
		}
		shown := obj{"expression": x, "valid": len(problems) == 0}
		results = append(results, shown)
		switch {
		case len(problems) > 0:
			shown["errors"] = problems
		case check == "type":
			shown["type"] = "Any"
			if v, err := e.Evaluate(nil, func(string, []any) (any, error) { return nil, errors.New("") }, &expr.Steps{}); err == nil {
				shown["type"] = expr.TypeOf(v)
			}
		case check == "complexity":
			shown["complexity"] = obj{"expensiveOperations": e.Expensive(expensive)}
		}
	}
	return obj{"results": results}, nil
}
