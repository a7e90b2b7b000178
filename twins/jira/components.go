package jira

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"twinset.dev/kit/twin"
)

func (j *Jira) componentsOperations() {
	j.on(twin.Full, "findComponentsForProjects", j.findComponentsForProjects).public()
	j.on(twin.Full, "createComponent", j.createComponent)
	j.on(twin.Full, "getComponent", j.getComponent).public()
	j.on(twin.Full, "updateComponent", j.updateComponent)
	j.on(twin.Full, "deleteComponent", j.deleteComponent)
	j.on(twin.Full, "getComponentRelatedIssues", j.getComponentRelatedIssues).public()
	j.on(twin.Full, "getProjectComponentsPaginated", j.getProjectComponentsPaginated).public()
	j.on(twin.Full, "getProjectComponents", j.getProjectComponents).public()
}

// componentShown is a component, and who gets its issues.
func (c *call) componentShown(x Component) obj {
	p, _ := c.j.projects.Get(c.Tx, key(x.Project))
	v := obj{"self": c.api("/component/" + id(x.ID)), "id": id(x.ID), "name": x.Name, "assigneeType": x.Assignee, "project": p.Key, "projectId": p.ID}
	if x.Description != "" {
		v["description"] = x.Description
	}
	if who := c.userShown(x.Lead); who != nil {
		v["lead"] = who
	}
	wanted, really, who := c.componentAssignee(x, p)
	if a := c.userShown(wanted); a != nil {
		v["assignee"] = a
	}
	if a := c.userShown(who); a != nil {
		v["realAssignee"] = a
	}
	v["realAssigneeType"], v["isAssigneeTypeValid"] = really, really == x.Assignee && x.Assignee != "PROJECT_DEFAULT"
	return v
}

// componentAssignee is whom a component says its issues go to, and to whom they go: the project says if that one cannot have them.
func (c *call) componentAssignee(x Component, p Project) (wanted, really, who string) {
	usual := ""
	if p.Assignee == "PROJECT_LEAD" {
		usual = p.Lead
	}
	switch x.Assignee {
	case "COMPONENT_LEAD":
		wanted = x.Lead
	case "PROJECT_LEAD":
		wanted = p.Lead
	case "UNASSIGNED":
		return "", "UNASSIGNED", ""
	default:
		return usual, "PROJECT_DEFAULT", usual
	}
	if wanted != "" && c.userMay(wanted, "ASSIGNABLE_USER", &p, nil) {
		return wanted, x.Assignee, wanted
	}
	return wanted, "PROJECT_DEFAULT", usual
}

// component finds the component that the path names, in a project that the caller sees.
func (c *call) component() (Component, Project, error) {
	x, ok := c.j.components.Get(c.Tx, key(number(c.param("id"))))
	p, _ := c.j.projects.Get(c.Tx, key(x.Project))
	if !ok || p.Trashed != 0 || !c.visible(p) {
		return x, p, notFound("The component with id %s does not exist.", c.param("id"))
	}
	return x, p, nil
}

// managedComponent finds the component that the path names, in a project that the caller administers.
func (c *call) managedComponent() (Component, Project, error) {
	x, p, err := c.component()
	if err == nil && !c.may("ADMINISTER_PROJECTS", &p, nil) {
		err = c.notAllowed()
	}
	return x, p, err
}

// notAllowed refuses the caller by name.
func (c *call) notAllowed() error {
	return forbidden("The user %s does not have permission to complete this operation.", c.who.Name)
}

// componentDetails reads what a caller says of a component.
func (c *call) componentDetails(x *Component, doc obj) error {
	bad := problems{}
	if v, ok := doc["name"]; ok || x.ID == 0 {
		x.Name = strings.TrimSpace(text(v))
		switch {
		case x.Name == "":
			bad.add(wrong("name", "The component name specified is invalid - cannot be an empty string."))
		case utf8.RuneCountInString(x.Name) > 255:
			bad.add(wrong("name", "The component name is too long. It must be 255 characters or less."))
		}
		for other := range c.j.componentsOf.All(c.Tx, key(x.Project)) {
			if other.ID != x.ID && strings.EqualFold(other.Name, x.Name) {
				bad.add(wrong("name", "A component with the name %s already exists in this project.", x.Name))
			}
		}
	}
	if v, ok := doc["description"]; ok {
		x.Description = text(v)
	}
	lead, led := doc["leadAccountId"]
	if !led {
		lead, led = doc["leadUserName"]
	}
	if led {
		if x.Lead = text(lead); x.Lead != "" && !c.j.users.Has(c.Tx, x.Lead) {
			bad.add(wrong("leadAccountId", "The user %s does not exist.", x.Lead))
		}
	}
	if v, ok := doc["assigneeType"]; ok {
		if x.Assignee = text(v); !slices.Contains([]string{"PROJECT_DEFAULT", "COMPONENT_LEAD", "PROJECT_LEAD", "UNASSIGNED"}, x.Assignee) {
			bad.add(wrong("assigneeType", "The default assignee is not valid."))
		}
	}
	if len(bad) > 0 {
		return bad.refusal()
	}
	return nil
}

// findComponentsForProjects returns the components of some projects, or of all that the caller sees.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-components/#api-rest-api-3-component-get
func (j *Jira) findComponentsForProjects(c *call) (any, error) {
	ps := c.liveProjects()
	if names := c.qs("projectIdsOrKeys"); len(names) > 0 {
		ps = nil
		for _, name := range names {
			p, err := c.seenProject(name)
			if err != nil {
				return nil, err
			}
			ps = append(ps, p)
		}
	}
	var all []Component
	for _, p := range ps {
		all = slices.AppendSeq(all, j.componentsOf.All(c.Tx, key(p.ID)))
	}
	return c.componentPage(all, func(x Component) any { return c.componentBrief(x) })
}

// componentPage is the page of components that the caller asks for, of those that fit.
func (c *call) componentPage(all []Component, view func(Component) any) (any, error) {
	query := c.q("query")
	fit := filtered(slices.Values(all), func(x Component) bool { return holding(x.Name, query) || holding(x.Description, query) })
	lead := func(x Component) string { return c.nameOf(x.Lead) }
	sorted, err := byOrder(c, fit, "name", map[string]func(a, b Component) int{
		"name":        func(a, b Component) int { return inOrder(a.Name, b.Name) },
		"description": func(a, b Component) int { return inOrder(a.Description, b.Description) },
		"lead":        func(a, b Component) int { return inOrder(lead(a), lead(b)) },
		"issueCount": func(a, b Component) int {
			return cmp.Compare(c.countBy("components", a.ID), c.countBy("components", b.ID))
		},
	})
	if err != nil {
		return nil, err
	}
	return pageBean(c, sorted, 100, view)
}

// countBy is how many issues have something in a field.
func (c *call) countBy(field string, value int64) (n int) {
	for range c.j.issuesByValue.All(c.Tx, field+"="+id(value)) {
		n++
	}
	return n
}

// getProjectComponentsPaginated returns the components of a project page by page.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-components/#api-rest-api-3-project-projectidorkey-component-get
func (j *Jira) getProjectComponentsPaginated(c *call) (any, error) {
	p, err := c.seenProject(c.param("projectIdOrKey"))
	if err != nil {
		return nil, err
	}
	return c.componentPage(c.componentsIn(p), func(x Component) any {
		v := c.componentShown(x)
		return with(v, obj{"issueCount": c.countBy("components", x.ID), "componentBean": v})
	})
}

// componentsIn are the components of a project, from where the caller asks for them: Jira itself has them, Compass has none here.
func (c *call) componentsIn(p Project) []Component {
	if c.q("componentSource") == "compass" {
		return nil
	}
	return slices.SortedFunc(c.j.componentsOf.All(c.Tx, key(p.ID)), func(a, b Component) int { return inOrder(a.Name, b.Name) })
}

// getProjectComponents returns the components of a project in one list.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-components/#api-rest-api-3-project-projectidorkey-components-get
func (j *Jira) getProjectComponents(c *call) (any, error) {
	p, err := c.seenProject(c.param("projectIdOrKey"))
	if err != nil {
		return nil, err
	}
	out := []any{}
	for _, x := range c.componentsIn(p) {
		out = append(out, c.componentShown(x))
	}
	return out, nil
}

// createComponent makes a component.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-components/#api-rest-api-3-component-post
func (j *Jira) createComponent(c *call) (any, error) {
	doc := object(c.body)
	name := text(doc["project"])
	if n := number(doc["projectId"]); name == "" && n != 0 {
		name = id(n)
	}
	if name == "" {
		return nil, wrong("project", "The project key or id must be specified.")
	}
	p, err := c.seenProject(name)
	switch {
	case err != nil:
		return nil, err
	case !c.may("ADMINISTER_PROJECTS", &p, nil):
		return nil, c.notAllowed()
	}
	x := Component{Project: p.ID, Assignee: "PROJECT_DEFAULT"}
	if err := c.componentDetails(&x, doc); err != nil {
		return nil, err
	}
	x.ID = c.next("component", firstID)
	j.components.Put(c.Tx, x)
	c.audited("Project component created", "projects", c.componentItem(x, p), changedValues([3]string{"Name", "", x.Name}, [3]string{"Description", "", x.Description}, [3]string{"Component Lead", "", c.nameOf(x.Lead)}, [3]string{"Default Assignee", "", x.Assignee})...)
	return created(c.componentShown(x)), nil
}

func (c *call) componentItem(x Component, p Project) obj {
	return with(item(id(x.ID), x.Name, "PROJECT_COMPONENT"), obj{"parentId": id(p.ID), "parentName": p.Name})
}

// getComponent returns a component.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-components/#api-rest-api-3-component-id-get
func (j *Jira) getComponent(c *call) (any, error) {
	x, _, err := c.component()
	if err != nil {
		return nil, err
	}
	return c.componentShown(x), nil
}

// updateComponent changes a component.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-components/#api-rest-api-3-component-id-put
func (j *Jira) updateComponent(c *call) (any, error) {
	x, p, err := c.managedComponent()
	if err != nil {
		return nil, err
	}
	was := x
	if err := c.componentDetails(&x, object(c.body)); err != nil {
		return nil, err
	}
	j.components.Put(c.Tx, x)
	c.audited("Project component updated", "projects", c.componentItem(x, p), changedValues([3]string{"Name", was.Name, x.Name}, [3]string{"Description", was.Description, x.Description}, [3]string{"Component Lead", c.nameOf(was.Lead), c.nameOf(x.Lead)}, [3]string{"Default Assignee", was.Assignee, x.Assignee})...)
	return c.componentShown(x), nil
}

// deleteComponent deletes a component, and gives its issues another one if the caller says so.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-components/#api-rest-api-3-component-id-delete
func (j *Jira) deleteComponent(c *call) (any, error) {
	x, p, err := c.managedComponent()
	if err != nil {
		return nil, err
	}
	to := c.q("moveIssuesTo")
	if to != "" {
		other, ok := j.components.Get(c.Tx, key(number(componentID(to))))
		if !ok || other.Project != x.Project || other.ID == x.ID {
			return nil, notFound("The component with id %s does not exist.", to)
		}
	}
	c.replaceIn("components", x.ID, number(componentID(to)))
	j.components.Delete(c.Tx, key(x.ID))
	c.audited("Project component deleted", "projects", c.componentItem(x, p))
	return nil, nil
}

// componentID is the id of a component that is given by its address.
func componentID(s string) string {
	if u, err := url.Parse(s); err == nil {
		return u.Path[strings.LastIndexByte(u.Path, '/')+1:]
	}
	return s
}

// replaceIn takes something out of a field of all issues that have it, and puts another in its place unless that is 0.
func (c *call) replaceIn(field string, gone, instead int64) {
	for _, was := range slices.Collect(c.j.issuesByValue.All(c.Tx, field+"="+id(gone))) {
		i := was
		i.Fields = clone(i.Fields)
		left := slices.DeleteFunc(clone(list(i.Fields[field])), func(v any) bool { return v == id(gone) })
		if instead != 0 && !slices.Contains(left, any(id(instead))) {
			left = append(left, id(instead))
		}
		i.Fields[field] = left
		c.save(was, i, nil)
	}
}

// getComponentRelatedIssues returns how many issues have a component.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-components/#api-rest-api-3-component-id-relatedissuecounts-get
func (j *Jira) getComponentRelatedIssues(c *call) (any, error) {
	x, _, err := c.component()
	if err != nil {
		return nil, err
	}
	return obj{"self": c.api("/component/" + id(x.ID)), "issueCount": c.countBy("components", x.ID)}, nil
}
