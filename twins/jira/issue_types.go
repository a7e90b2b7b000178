package jira

import (
	"slices"
	"strings"
	"unicode/utf8"

	"twinset.dev/kit/twin"
)

func (j *Jira) issueTypesOperations() {
	j.on(twin.Full, "getIssueAllTypes", j.getIssueAllTypes)
	j.on(twin.Full, "createIssueType", j.createIssueType)
	j.on(twin.Full, "getIssueTypesForProject", j.getIssueTypesForProject)
	j.on(twin.Full, "deleteIssueType", j.deleteIssueType)
	j.on(twin.Full, "getIssueType", j.getIssueType)
	j.on(twin.Full, "updateIssueType", j.updateIssueType)
	j.on(twin.Full, "getAlternativeIssueTypes", j.getAlternativeIssueTypes)
	j.on(twin.Full, "createIssueTypeAvatar", j.createIssueTypeAvatar).bytes()
	j.on(twin.Full, "getIssueTypePropertyKeys", j.getIssueTypePropertyKeys)
	j.on(twin.Full, "deleteIssueTypeProperty", j.deleteIssueTypeProperty)
	j.on(twin.Full, "getIssueTypeProperty", j.getIssueTypeProperty)
	j.on(twin.Full, "setIssueTypeProperty", j.setIssueTypeProperty)
}

// seesIssueType reports whether the caller sees a type: administrators see all, others those of the projects that they browse.
func (c *call) seesIssueType(t IssueType) bool {
	if c.isAdmin() {
		return true
	}
	for p := range c.j.projects.All(c.Tx, "") {
		if s, _ := c.j.issueTypeSchemes.Get(c.Tx, key(p.IssueTypes)); slices.Contains(s.Types, t.ID) && c.may("BROWSE_PROJECTS", &p, nil) {
			return true
		}
	}
	return false
}

// theIssueType is the type that the path names.
func (c *call) theIssueType(name string) (IssueType, error) {
	n := c.param(name)
	t, ok := c.j.issueTypes.Get(c.Tx, key(number(n)))
	if !ok || !c.seesIssueType(t) {
		return t, notFound("The issue type with id '%s' does not exist", n)
	}
	return t, nil
}

// getIssueAllTypes lists the types that the caller sees.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-types/#api-rest-api-3-issuetype-get
func (j *Jira) getIssueAllTypes(c *call) (any, error) {
	out := []any{}
	for t := range j.issueTypes.All(c.Tx, "") {
		if c.seesIssueType(t) {
			out = append(out, c.issueTypeShown(t))
		}
	}
	return out, nil
}

// getIssueTypesForProject lists the types of a project.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-types/#api-rest-api-3-issuetype-project-get
func (j *Jira) getIssueTypesForProject(c *call) (any, error) {
	named, level := c.q("projectId"), c.q("level")
	if number(named) == 0 {
		return nil, badRequest("The ID of a project has to be provided.")
	}
	p, err := c.seenProject(named)
	if err != nil {
		return nil, err
	}
	out := []any{}
	for _, t := range c.issueTypesOf(p.ID) {
		if level == "" || level == plainWords(float64(t.Level)) {
			out = append(out, c.issueTypeShown(t))
		}
	}
	return out, nil
}

// getIssueType returns a type.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-types/#api-rest-api-3-issuetype-id-get
func (j *Jira) getIssueType(c *call) (any, error) {
	t, err := c.theIssueType("id")
	if err != nil {
		return nil, err
	}
	return c.issueTypeShown(t), nil
}

// Pictures that new types have.
const (
	standardAvatar = 10300
	subtaskAvatar  = 10316
)

// createIssueType adds a type, to the default scheme too.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-types/#api-rest-api-3-issuetype-post
func (j *Jira) createIssueType(c *call) (any, error) {
	doc, err := c.configuring(errAdminOnly.messages[0])
	if err != nil {
		return nil, err
	}
	t := IssueType{Avatar: standardAvatar}
	if t, err = c.readIssueType(t, doc); err != nil {
		return nil, err
	}
	if v := doc["type"]; v != nil && v != "standard" && v != "subtask" {
		return nil, wrong("type", "The issue type must be either 'standard' or 'subtask'.")
	}
	level, _ := doc["hierarchyLevel"].(float64)
	if doc["hierarchyLevel"] != nil && level != 0 && level != -1 {
		return nil, wrong("hierarchyLevel", "The hierarchy level must be -1 or 0.")
	}
	if doc["type"] == "subtask" || level == -1 {
		t.Level, t.Avatar = -1, subtaskAvatar
	}
	t.ID = c.next("issueType", firstID)
	j.issueTypes.Put(c.Tx, t)
	s, _ := j.issueTypeSchemes.Get(c.Tx, key(defaultIssueTypes))
	s.Types = append(slices.Clone(s.Types), t.ID)
	j.issueTypeSchemes.Put(c.Tx, s)
	return created(c.issueTypeShown(t)), nil
}

// readIssueType reads {name, description, avatarId}; what is not there stays.
func (c *call) readIssueType(t IssueType, doc obj) (IssueType, error) {
	if v, ok := doc["name"]; ok || t.ID == 0 {
		name, _ := v.(string)
		switch name = strings.TrimSpace(name); {
		case name == "":
			return t, wrong("name", "You must specify a name.")
		case utf8.RuneCountInString(name) > 60:
			return t, wrong("name", "The name must not exceed 60 characters.")
		}
		for other := range c.j.issueTypes.All(c.Tx, "") {
			if other.ID != t.ID && other.Project == t.Project && strings.EqualFold(other.Name, name) {
				r := wrong("name", "An issue type with this name already exists.")
				r.status = 409
				return t, r
			}
		}
		t.Name = name
	}
	if v, ok := doc["description"].(string); ok {
		t.Description = v
	}
	if n := number(doc["avatarId"]); n != 0 {
		t.Avatar = n
	}
	return t, nil
}

// updateIssueType changes a type.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-types/#api-rest-api-3-issuetype-id-put
func (j *Jira) updateIssueType(c *call) (any, error) {
	doc, err := c.configuring(errAdminOnly.messages[0])
	if err != nil {
		return nil, err
	}
	t, err := c.theIssueType("id")
	if err != nil {
		return nil, err
	}
	if t, err = c.readIssueType(t, doc); err != nil {
		return nil, err
	}
	j.issueTypes.Put(c.Tx, t)
	return c.issueTypeShown(t), nil
}

// alternatives are the types that issues of a type could have instead: those on the same level whose issues go by the same workflow
// and are shown the same way in every project that has both.
func (c *call) alternatives(t IssueType) (out []IssueType) {
	for other := range c.j.issueTypes.All(c.Tx, "") {
		if other.ID == t.ID || other.Level != t.Level || other.Project != t.Project {
			continue
		}
		fits := true
		for p := range c.j.projects.All(c.Tx, "") {
			if c.countIssues(p.ID, t.ID) == 0 {
				continue
			}
			a, _ := c.workflowOf(&p, t.ID)
			b, _ := c.workflowOf(&p, other.ID)
			has := slices.ContainsFunc(c.issueTypesOf(p.ID), func(x IssueType) bool { return x.ID == other.ID })
			fits = fits && has && a.ID == b.ID && c.fieldConfigOf(&p, t.ID).ID == c.fieldConfigOf(&p, other.ID).ID
		}
		if fits {
			out = append(out, other)
		}
	}
	return out
}

// countIssues counts the issues of a type in a project.
func (c *call) countIssues(project, issueType int64) (n int) {
	for i := range c.j.issuesByValue.All(c.Tx, "issuetype="+id(issueType)) {
		if i.Project == project {
			n++
		}
	}
	return n
}

// getAlternativeIssueTypes lists the types that issues of a type could have instead.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-types/#api-rest-api-3-issuetype-id-alternatives-get
func (j *Jira) getAlternativeIssueTypes(c *call) (any, error) {
	t, err := c.theIssueType("id")
	if err != nil {
		return nil, err
	}
	out := []any{}
	for _, other := range c.alternatives(t) {
		out = append(out, c.issueTypeShown(other))
	}
	return out, nil
}

// deleteIssueType deletes a type; its issues get another one, which has to be named if there are any.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-types/#api-rest-api-3-issuetype-id-delete
func (j *Jira) deleteIssueType(c *call) (any, error) {
	if err := c.adminOnly(); err != nil {
		return nil, err
	}
	t, err := c.theIssueType("id")
	if err != nil {
		return nil, err
	}
	instead := c.q("alternativeIssueTypeId")
	used := false
	for range j.issuesByValue.All(c.Tx, "issuetype="+id(t.ID)) {
		used = true
		break
	}
	switch {
	case instead == id(t.ID):
		return nil, badRequest("The alternative issue type must be different from the issue type to delete.")
	case instead != "" && !slices.ContainsFunc(c.alternatives(t), func(x IssueType) bool { return id(x.ID) == instead }):
		return nil, notFound("The alternative issue type with id '%s' does not exist", instead)
	case instead == "" && used:
		return nil, refuse(409, "The issue type is in use and an alternative issue type has to be provided.")
	}
	if used {
		if err := c.replaceValue("issuetype", id(t.ID), instead); err != nil {
			return nil, err
		}
	}
	for s := range j.issueTypeSchemes.All(c.Tx, "") {
		if n := slices.Index(s.Types, t.ID); n >= 0 {
			s.Types = slices.Delete(slices.Clone(s.Types), n, n+1)
			if s.Default == t.ID {
				s.Default = 0
			}
			j.issueTypeSchemes.Put(c.Tx, s)
		}
	}
	c.dropProperties(issueTypeProperties(t))
	j.issueTypes.Delete(c.Tx, key(t.ID))
	return nil, nil
}

// createIssueTypeAvatar keeps a picture for a type.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-types/#api-rest-api-3-issuetype-id-avatar2-post
func (j *Jira) createIssueTypeAvatar(c *call) (any, error) {
	t, err := c.theIssueType("id")
	if err != nil {
		return nil, err
	}
	return c.keepAvatar("issuetype", id(t.ID))
}

func issueTypeProperties(t IssueType) string { return "issuetype/" + id(t.ID) }

// getIssueTypePropertyKeys lists the properties of a type.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-type-properties/#api-rest-api-3-issuetype-issuetypeid-properties-get
func (j *Jira) getIssueTypePropertyKeys(c *call) (any, error) {
	t, err := c.theIssueType("issueTypeId")
	if err != nil {
		return nil, err
	}
	return c.propertyKeys(issueTypeProperties(t), "/issuetype/"+id(t.ID))
}

// getIssueTypeProperty returns a property of a type.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-type-properties/#api-rest-api-3-issuetype-issuetypeid-properties-propertykey-get
func (j *Jira) getIssueTypeProperty(c *call) (any, error) {
	t, err := c.theIssueType("issueTypeId")
	if err != nil {
		return nil, err
	}
	return c.getProperty(issueTypeProperties(t))
}

// setIssueTypeProperty keeps a JSON value with a type.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-type-properties/#api-rest-api-3-issuetype-issuetypeid-properties-propertykey-put
func (j *Jira) setIssueTypeProperty(c *call) (any, error) {
	t, err := c.theIssueType("issueTypeId")
	switch {
	case err != nil:
		return nil, err
	case !c.isAdmin():
		return nil, errAdminOnly
	}
	return c.putProperty(issueTypeProperties(t))
}

// deleteIssueTypeProperty deletes a property of a type.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-type-properties/#api-rest-api-3-issuetype-issuetypeid-properties-propertykey-delete
func (j *Jira) deleteIssueTypeProperty(c *call) (any, error) {
	t, err := c.theIssueType("issueTypeId")
	switch {
	case err != nil:
		return nil, err
	case !c.isAdmin():
		return nil, errAdminOnly
	}
	return c.deleteProperty(issueTypeProperties(t))
}
