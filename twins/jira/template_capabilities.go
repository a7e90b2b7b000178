package jira

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"twinset.dev/kit/store"
)

// A making is a project that is being made of the capabilities of a template. Each capability is the document of another
// operation, with references in the place of ids that are not known before, and that operation makes it.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-templates/#api-rest-api-3-project-template-post
type making struct {
	*call
	refs map[string]string // ids of what has been made, by reference: "status:todo"
	undo []func()
}

// do does what another operation would with a body.
func (m *making) do(serve func(*call) (any, error), body obj) (any, error) {
	c := *m.call
	c.body, c.query = body, url.Values{}
	out, err := serve(&c)
	if a, ok := out.(answer); ok {
		out = a.body
	}
	return out, err
}

// pcri reads the identifier of something in a template: an object, or pcri:[kind]:id|ref:[id].
func pcri(v any) (kind, by, id string, ok bool) {
	if m := object(v); m["entityId"] != nil {
		return text(m["entityType"]), text(m["type"]), plainWords(m["entityId"]), true
	} else if m["id"] != nil && len(m) <= 3 {
		v = m["id"]
	}
	parts := strings.SplitN(text(v), ":", 4)
	if len(parts) != 4 || parts[0] != "pcri" || parts[2] != "id" && parts[2] != "ref" {
		return "", "", "", false
	}
	return parts[1], parts[2], parts[3], true
}

// resolved is a part of a template with ids in the place of identifiers.
func (m *making) resolved(v any) (any, error) {
	if kind, by, named, ok := pcri(v); ok {
		if by == "id" {
			return named, nil
		}
		if made := m.refs[kind+":"+named]; made != "" {
			return made, nil
		}
		return nil, badRequest("The reference 'pcri:%s:ref:%s' is to nothing in the template.", kind, named)
	}
	switch v := v.(type) {
	case obj:
		out := obj{}
		for _, k := range sorted(v) {
			name, err := m.resolved(k)
			if err != nil {
				return nil, err
			}
			if out[text(name)], err = m.resolved(v[k]); err != nil {
				return nil, err
			}
		}
		return out, nil
	case []any:
		out := make([]any, len(v))
		for n, x := range v {
			var err error
			if out[n], err = m.resolved(x); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	return v, nil
}

// A capability is one kind of thing that a template makes.
type capability struct {
	conflict string                                // what happens if the name is taken and the template does not say: FAIL, USE or NEW
	named    func(c *call, name string) string     // the id of one by its name, if there is one
	make     func(m *making, doc obj) (any, error) // what it answers has an id
	remove   func(c *call, id string)
}

// capable is the capability to make what is in a collection; of is the name and the id of one that projects share.
func capable[T any](conflict string, in func(*Jira) *store.Collection[T], of func(T) (name, id string), make func(m *making, doc obj) (any, error)) capability {
	return capability{conflict, func(c *call, name string) string {
		for x := range in(c.j).All(c.Tx, "") {
			if n, id := of(x); strings.EqualFold(n, name) {
				return id
			}
		}
		return ""
	}, make, func(c *call, id string) {
		if n := number(id); n != 0 {
			id = key(n)
		}
		in(c.j).Delete(c.Tx, id)
	}}
}

// undone is the same capability with another way back.
func (x capability) undone(remove func(c *call, id string)) capability {
	x.remove = remove
	return x
}

// shared is the name of what has no project of its own.
func shared(project int64, name string) string {
	if project != 0 {
		return ""
	}
	return name
}

// thing makes one thing of a template, or takes the one that is there, and notes its id under its reference.
func (m *making) thing(x capability, v any) (string, error) {
	own := object(v)["pcri"]
	rest := with(object(v), nil)
	delete(rest, "pcri")
	filled, err := m.resolved(rest)
	if err != nil {
		return "", err
	}
	doc := object(filled)
	name := strings.TrimSpace(text(doc["name"]))
	there := ""
	if x.named != nil {
		there = x.named(m.call, name)
	}
	conflict := cmp.Or(text(doc["onConflict"]), x.conflict)
	for n := 2; there != "" && conflict == "NEW"; n++ {
		doc["name"] = name + " " + plainWords(float64(n))
		there = x.named(m.call, text(doc["name"]))
	}
	if there == "" || conflict != "USE" {
		out, err := x.make(m, doc)
		if err != nil {
			return "", err
		}
		there = fmt.Sprint(dig(out, "id"))
		m.undo = append(m.undo, func() { x.remove(m.call, there) })
	}
	if kind, by, ref, ok := pcri(own); ok && by == "ref" {
		m.refs[kind+":"+ref] = there
	}
	return there, nil
}

// things makes a list of them.
func (m *making) things(x capability, v any) error {
	for _, one := range list(v) {
		if _, err := m.thing(x, one); err != nil {
			return err
		}
	}
	return nil
}

var customFieldCapability = capable("USE", func(j *Jira) *store.Collection[CustomField] { return j.customFields }, func(x CustomField) (string, string) {
	return shared(x.Project+x.Trashed, x.Name), customPrefix + id(x.ID)
},
	func(m *making, doc obj) (any, error) {
		return m.do(m.j.createCustomField, obj{"name": doc["name"], "description": doc["description"], "type": doc["cfType"], "searcherKey": doc["searcherKey"]})
	}).undone(func(c *call, n string) { c.eraseField(number(strings.TrimPrefix(n, customPrefix))) })

var issueTypeCapability = capable("USE", func(j *Jira) *store.Collection[IssueType] { return j.issueTypes }, func(x IssueType) (string, string) { return shared(x.Project, x.Name), id(x.ID) },
	func(m *making, doc obj) (any, error) { return m.do(m.j.createIssueType, doc) }).undone(func(c *call, n string) {
	c.j.issueTypes.Delete(c.Tx, key(number(n)))
	s, _ := c.j.issueTypeSchemes.Get(c.Tx, key(defaultIssueTypes))
	s.Types = slices.DeleteFunc(slices.Clone(s.Types), func(t int64) bool { return t == number(n) })
	c.j.issueTypeSchemes.Put(c.Tx, s)
})

var issueTypeSchemeCapability = capable("NEW", func(j *Jira) *store.Collection[IssueTypeScheme] { return j.issueTypeSchemes }, func(x IssueTypeScheme) (string, string) { return x.Name, id(x.ID) },
	func(m *making, doc obj) (any, error) {
		out, err := m.do(m.j.createIssueTypeScheme, doc)
		return obj{"id": dig(out, "issueTypeSchemeId")}, err
	})

var statusCapability = capable("USE", func(j *Jira) *store.Collection[Status] { return j.statuses }, func(x Status) (string, string) { return shared(x.Project, x.Name), id(x.ID) },
	func(m *making, doc obj) (any, error) {
		out, err := m.do(m.j.createStatuses, obj{"scope": obj{"type": "GLOBAL"}, "statuses": []any{doc}})
		if err != nil {
			return nil, err
		}
		return list(out)[0], nil
	})

var screenCapability = capable("NEW", func(j *Jira) *store.Collection[Screen] { return j.screens }, func(x Screen) (string, string) { return shared(x.Project, x.Name), id(x.ID) },
	func(m *making, doc obj) (any, error) {
		out, err := m.do(m.j.newScreen, doc)
		if err != nil || len(list(doc["tabs"])) == 0 {
			return out, err
		}
		s, _ := m.j.screens.Get(m.Tx, key(dig(out, "id").(int64)))
		s.Tabs = nil
		for n, t := range list(doc["tabs"]) {
			s.Tabs = append(s.Tabs, Tab{ID: m.next("tab", firstID), Name: text(object(t)["name"])})
			m.j.screens.Put(m.Tx, s)
			for _, f := range texts(object(t)["fields"]) {
				s.Tabs = slices.Clone(s.Tabs)
				if _, err := m.putOnTab(&s, n, f); err != nil {
					m.j.screens.Delete(m.Tx, key(s.ID))
					return nil, err
				}
			}
		}
		return out, nil
	})

var screenSchemeCapability = capable("NEW", func(j *Jira) *store.Collection[ScreenScheme] { return j.screenSchemes }, func(x ScreenScheme) (string, string) { return x.Name, id(x.ID) },
	func(m *making, doc obj) (any, error) {
		return m.do(m.j.createScreenScheme, with(doc, obj{"screens": with(obj{"default": doc["defaultScreen"]}, object(doc["screens"]))}))
	})

var typeScreenSchemeCapability = capable("NEW", func(j *Jira) *store.Collection[TypeScreenScheme] { return j.typeScreenSchemes }, func(x TypeScreenScheme) (string, string) { return x.Name, id(x.ID) },
	func(m *making, doc obj) (any, error) {
		return m.do(m.j.createIssueTypeScreenScheme, with(doc, obj{"issueTypeMappings": mappingsOf(doc, "screenSchemeId", doc["defaultScreenScheme"])}))
	})

// mappingsOf are the mappings of a scheme by issue type, with the one for all others.
func mappingsOf(doc obj, to string, usual any) []any {
	out := []any{}
	mapped := object(doc["explicitMappings"])
	if usual != nil && mapped["default"] == nil {
		out = append(out, obj{"issueTypeId": "default", to: usual})
	}
	for _, kind := range sorted(mapped) {
		out = append(out, obj{"issueTypeId": kind, to: mapped[kind]})
	}
	return out
}

var fieldLayoutCapability = capable("NEW", func(j *Jira) *store.Collection[FieldConfig] { return j.fieldConfigs }, func(x FieldConfig) (string, string) { return x.Name, id(x.ID) },
	func(m *making, doc obj) (any, error) {
		out, err := m.do(m.j.createFieldConfiguration, doc)
		if err != nil {
			return nil, err
		}
		x, _ := m.j.fieldConfigs.Get(m.Tx, key(dig(out, "id").(int64)))
		x.Items = map[string]FieldItem{}
		for _, v := range list(doc["configuration"]) {
			shown, said := object(v)["field"].(bool)
			x.Items[text(object(v)["pcri"])] = FieldItem{Hidden: said && !shown, Required: truth(object(v)["required"])}
		}
		m.j.fieldConfigs.Put(m.Tx, x)
		return out, nil
	})

var fieldLayoutSchemeCapability = capable("NEW", func(j *Jira) *store.Collection[FieldConfigScheme] { return j.fieldConfigSchemes }, func(x FieldConfigScheme) (string, string) { return x.Name, id(x.ID) },
	func(m *making, doc obj) (any, error) {
		out, err := m.do(m.j.createFieldConfigurationScheme, doc)
		if err != nil {
			return nil, err
		}
		s, _ := m.j.fieldConfigSchemes.Get(m.Tx, key(number(dig(out, "id"))))
		s.Mappings = map[string]int64{"default": defaultFieldConfig}
		for _, v := range mappingsOf(doc, "fieldConfigurationId", doc["defaultFieldLayout"]) {
			s.Mappings[text(object(v)["issueTypeId"])] = number(object(v)["fieldConfigurationId"])
		}
		m.j.fieldConfigSchemes.Put(m.Tx, s)
		return out, nil
	})

var workflowCapability = capable("NEW", func(j *Jira) *store.Collection[Workflow] { return j.workflows }, func(x Workflow) (string, string) { return shared(x.Project, x.Name), x.ID },
	func(m *making, doc obj) (any, error) {
		out, err := m.do(m.j.createWorkflows, m.workflowDocument(doc))
		if err != nil {
			return nil, err
		}
		return list(object(out)["workflows"])[0], nil
	})

// workflowDocument is a workflow of a template as the operation that makes workflows has it. Ids of statuses are its references.
func (m *making) workflowDocument(doc obj) obj {
	statuses, places := []any{}, []any{}
	for _, v := range list(doc["statuses"]) {
		s, _ := m.j.statuses.Get(m.Tx, key(number(object(v)["pcri"])))
		statuses = append(statuses, with(m.statusDocument(s), obj{"id": id(s.ID), "statusReference": id(s.ID)}))
		places = append(places, with(object(v), obj{"statusReference": id(s.ID)}))
	}
	transitions := []any{}
	for _, v := range list(doc["transitions"]) {
		t := object(v)
		links := []any{}
		for _, from := range list(t["from"]) {
			links = append(links, obj{"fromStatusReference": object(from)["status"], "fromPort": object(from)["fromPort"], "toPort": cmp.Or[any](object(from)["toPortOverride"], dig(t, "to", "port"))})
		}
		shown := with(t, obj{"type": strings.ToUpper(text(t["type"])), "toStatusReference": dig(t, "to", "status"), "links": links, "conditions": conditionsOf(t["conditions"])})
		delete(shown, "to")
		delete(shown, "from")
		transitions = append(transitions, shown)
	}
	return obj{"scope": obj{"type": "GLOBAL"}, "statuses": statuses, "workflows": []any{with(doc, obj{"statuses": places, "transitions": transitions})}}
}

// conditionsOf is a group of conditions with its groups as workflows name them.
func conditionsOf(v any) any {
	g := object(v)
	if g == nil {
		return nil
	}
	groups := []any{}
	for _, x := range list(g["conditionGroup"]) {
		groups = append(groups, conditionsOf(x))
	}
	return obj{"operation": g["operation"], "conditions": g["conditions"], "conditionGroups": groups}
}

var workflowSchemeCapability = capable("NEW", func(j *Jira) *store.Collection[WorkflowScheme] { return j.workflowSchemes }, func(x WorkflowScheme) (string, string) { return x.Name, id(x.ID) },
	func(m *making, doc obj) (any, error) {
		body := obj{"name": doc["name"], "description": doc["description"]}
		if n := text(doc["defaultWorkflow"]); n != "" {
			body["defaultWorkflow"] = m.workflowName(n)
		}
		mapped := obj{}
		for kind, n := range object(doc["explicitMappings"]) {
			mapped[kind] = m.workflowName(text(n))
		}
		return m.do(m.j.createWorkflowScheme, with(body, obj{"issueTypeMappings": mapped}))
	})

var roleCapability = capable("USE", func(j *Jira) *store.Collection[Role] { return j.roles }, func(x Role) (string, string) { return shared(x.Project, x.Name), id(x.ID) },
	func(m *making, doc obj) (any, error) {
		out, err := m.do(m.j.createProjectRole, doc)
		if err == nil {
			r, _ := m.j.roles.Get(m.Tx, key(dig(out, "id").(int64)))
			err = m.cast(r, 0, list(doc["defaultActors"]))
		}
		return out, err
	})

// cast gives accounts and groups, by their ids, a role in a project, if they have it not already.
func (m *making) cast(r Role, project int64, who []any) error {
	for _, n := range texts(who) {
		a := Actor{User: n}
		if !m.j.users.Has(m.Tx, n) {
			g, ok := m.groupBy(n, "")
			if !ok {
				g, ok = m.groupBy("", n)
			}
			if !ok {
				return badRequest("The actor '%s' of the role '%s' does not exist.", n, r.Name)
			}
			a = Actor{Group: g.ID}
		}
		if m.isActor(r, project, a) {
			continue
		}
		if err := m.addActors(r, project, []Actor{a}); err != nil {
			return err
		}
	}
	return nil
}

var permissionSchemeCapability = capable("NEW", func(j *Jira) *store.Collection[PermissionScheme] { return j.permissionSchemes }, func(x PermissionScheme) (string, string) { return x.Name, id(x.ID) },
	func(m *making, doc obj) (any, error) {
		grants := []any{}
		for _, g := range list(doc["grants"]) {
			grants = append(grants, grantsOf(object(g))...)
		}
		return m.do(m.j.createPermissionScheme, obj{"name": doc["name"], "description": doc["description"], "permissions": grants})
	})

// grantsOf are grants one by one, of {permissionKeys, and who has them in lists by how they are named}.
func grantsOf(g obj) []any {
	holders := []any{}
	for _, s := range texts(g["specialGrants"]) {
		holders = append(holders, obj{"type": s})
	}
	for _, x := range []struct{ in, kind string }{{"applicationAccess", "applicationRole"}, {"groups", "group"}, {"groupCustomFields", "groupCustomField"}, {"projectRoles", "projectRole"}, {"users", "user"}, {"userCustomFields", "userCustomField"}} {
		for _, n := range texts(g[x.in]) {
			holders = append(holders, obj{"type": x.kind, "value": n})
		}
	}
	out := []any{}
	for _, p := range texts(g["permissionKeys"]) {
		for _, h := range holders {
			out = append(out, obj{"permission": p, "holder": h})
		}
	}
	return out
}

var notificationSchemeCapability = capable("NEW", func(j *Jira) *store.Collection[NotificationScheme] { return j.notificationSchemes }, func(x NotificationScheme) (string, string) { return x.Name, id(x.ID) },
	func(m *making, doc obj) (any, error) { return m.do(m.j.createNotificationScheme, doc) })

var securitySchemeCapability = capability{"FAIL", nil,
	func(m *making, doc obj) (any, error) {
		levels := []any{}
		for _, v := range list(doc["securityLevels"]) {
			members := []any{}
			for _, x := range list(object(v)["securityLevelMembers"]) {
				kind := text(object(x)["type"])
				members = append(members, obj{"type": strings.TrimSuffix(kind, "s"), "parameter": object(x)["parameter"]})
			}
			levels = append(levels, with(object(v), obj{"members": members}))
		}
		return m.do(m.j.createIssueSecurityScheme, with(doc, obj{"levels": levels}))
	}, func(c *call, n string) {
		for l := range c.levelsOf(number(n)) {
			c.j.securityLevels.Delete(c.Tx, key(l.Scheme)+"/"+key(l.ID))
		}
		c.j.securitySchemes.Delete(c.Tx, key(number(n)))
	}}

// board makes a board of the project with what it shows: its columns, its quick filters and whether it has sprints.
func (m *making) board(p Project, v any) error {
	filled, err := m.resolved(v)
	if err != nil {
		return err
	}
	doc := object(filled)
	name := cmp.Or(strings.TrimSpace(text(doc["name"])), p.Key+" board")
	jql := cmp.Or(text(doc["boardFilterJQL"]), "project = "+p.Key+" ORDER BY Rank ASC")
	out, err := m.do(m.j.createFilter, obj{"name": "Filter for " + name, "jql": jql, "sharePermissions": []any{obj{"type": "project", "project": obj{"id": id(p.ID)}}}})
	if err != nil {
		return err
	}
	filter := dig(out, "id")
	m.undo = append(m.undo, func() { m.j.filters.Delete(m.Tx, key(number(filter))) })
	kind := "kanban"
	if truth(doc["supportsSprint"]) {
		kind = "scrum"
	}
	out, err = m.do(m.j.createBoard, obj{"name": name, "type": kind, "filterId": filter, "location": obj{"type": "project", "projectKeyOrId": id(p.ID)}})
	if err != nil {
		return err
	}
	b, _ := m.j.boards.Get(m.Tx, key(dig(out, "id").(int64)))
	if columns := list(doc["columns"]); len(columns) > 0 {
		b.Columns = nil
		for _, x := range columns {
			c := object(x)
			b.Columns = append(b.Columns, BoardColumn{Name: text(c["name"]), Statuses: numbers(c["statusIds"]), Min: number(c["minimumIssueConstraint"]), Max: number(c["maximumIssueConstraint"])})
		}
	}
	for _, x := range list(doc["quickFilters"]) {
		q := object(x)
		if err := m.addQuickFilter(&b, QuickFilter{Name: text(q["name"]), JQL: text(q["jqlQuery"]), Description: text(q["description"])}); err != nil {
			return err
		}
	}
	for _, x := range list(doc["features"]) {
		if f := object(x); f["featureKey"] == "ESTIMATION" {
			b.Estimation = ""
			if truth(f["state"]) {
				b.Estimation = storyPointsField
			}
		}
	}
	m.j.boards.Put(m.Tx, b)
	return nil
}

// build makes a project of the capabilities of a template. If one of them cannot be made, none is.
func (m *making) build(p Project, template obj) (_ Project, err error) {
	defer func() {
		if err != nil {
			for _, back := range slices.Backward(m.undo) {
				back()
			}
		}
	}()
	part := func(keys ...string) any { return dig(template, keys...) }
	for _, x := range []struct {
		of   capability
		what any
	}{
		{customFieldCapability, part("field", "customFieldDefinitions")},
		{issueTypeCapability, part("issueType", "issueTypes")}, {issueTypeSchemeCapability, oneOrNone(part("issueType", "issueTypeScheme"))},
		{screenCapability, part("field", "screens")}, {screenSchemeCapability, part("field", "screenScheme")}, {typeScreenSchemeCapability, oneOrNone(part("field", "issueTypeScreenScheme"))},
		{fieldLayoutCapability, part("field", "fieldLayouts")}, {fieldLayoutSchemeCapability, oneOrNone(part("field", "fieldLayoutScheme"))},
		{statusCapability, part("workflow", "statuses")}, {workflowCapability, part("workflow", "workflows")}, {workflowSchemeCapability, oneOrNone(part("workflow", "workflowScheme"))},
		{roleCapability, part("role", "roles")}, {permissionSchemeCapability, oneOrNone(part("permissionScheme"))}, {notificationSchemeCapability, oneOrNone(part("notification"))}, {securitySchemeCapability, oneOrNone(part("security"))},
	} {
		if err := m.things(x.of, x.what); err != nil {
			return p, err
		}
	}
	if err := m.schemes(&p, object(part("project"))); err != nil {
		return p, err
	}
	p.ID, p.UUID = m.next("project", firstID), m.uuid()
	m.j.projects.Put(m.Tx, p)
	m.undo = append(m.undo, func() { m.eraseProject(p) })
	m.staff(p)
	actors, err := m.resolved(part("role", "roleToProjectActors"))
	if err != nil {
		return p, err
	}
	for _, n := range sorted(object(actors)) {
		r, ok := m.j.roles.Get(m.Tx, key(number(n)))
		if !ok {
			return p, badRequest("The project role with id '%s' does not exist.", n)
		}
		if err := m.cast(r, p.ID, list(object(actors)[n])); err != nil {
			return p, err
		}
	}
	if p.Type == "service_desk" {
		m.openDesk(p)
	}
	for _, b := range list(part("boards", "boards")) {
		if err := m.board(p, b); err != nil {
			return p, err
		}
	}
	return p, nil
}

// oneOrNone is a list of one thing, or of none.
func oneOrNone(v any) []any {
	if object(v) == nil {
		return nil
	}
	return []any{v}
}

// schemes gives a project the schemes that the template names, and the usual ones in the place of others.
func (m *making) schemes(p *Project, doc obj) error {
	p.IssueTypes, p.Screens, p.Type = defaultIssueTypes, defaultTypeScreens, cmp.Or(text(doc["projectTypeKey"]), "software")
	if !slices.ContainsFunc(projectKinds, func(x projectType) bool { return x.key == p.Type }) {
		return wrong("projectTypeKey", "An invalid project type was specified. Make sure the project type is one of software, service_desk, business.")
	}
	named := obj{}
	for _, x := range []struct{ from, to string }{{"fieldLayoutSchemeId", "fieldConfigurationScheme"}, {"issueSecuritySchemeId", "issueSecurityScheme"}, {"issueTypeSchemeId", "issueTypeScheme"}, {"issueTypeScreenSchemeId", "issueTypeScreenScheme"},
		{"notificationSchemeId", "notificationScheme"}, {"permissionSchemeId", "permissionScheme"}, {"workflowSchemeId", "workflowScheme"}} {
		if doc[x.from] == nil {
			continue
		}
		n, err := m.resolved(doc[x.from])
		if err != nil {
			return err
		}
		named[x.to] = n
	}
	if named["workflowScheme"] == nil {
		n, err := m.thing(workflowSchemeCapability, obj{"name": p.Key + ": Workflow Scheme"})
		if err != nil {
			return err
		}
		named["workflowScheme"] = n
	}
	bad := problems{}
	m.projectSchemes(p, named, &bad)
	if len(bad) > 0 {
		return bad.refusal()
	}
	return nil
}
