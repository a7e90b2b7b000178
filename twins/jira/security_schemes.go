package jira

import (
	"iter"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"twinset.dev/kit/twin"
)

func (j *Jira) securitySchemesOperations() {
	j.on(twin.Full, "getIssueSecuritySchemes", j.getIssueSecuritySchemes)
	j.on(twin.Full, "createIssueSecurityScheme", j.createIssueSecurityScheme)
	j.on(twin.Full, "getIssueSecurityScheme", j.getIssueSecurityScheme)
	j.on(twin.Full, "updateIssueSecurityScheme", j.updateIssueSecurityScheme)
	j.on(twin.Full, "deleteSecurityScheme", j.deleteSecurityScheme)
	j.on(twin.Full, "searchSecuritySchemes", j.searchSecuritySchemes)
	j.on(twin.Full, "searchProjectsUsingSecuritySchemes", j.searchProjectsUsingSecuritySchemes)
	j.on(twin.Full, "associateSchemesToProjects", j.associateSchemesToProjects)
	j.on(twin.Full, "getSecurityLevels", j.getSecurityLevels)
	j.on(twin.Full, "setDefaultLevels", j.setDefaultLevels)
	j.on(twin.Full, "addSecurityLevel", j.addSecurityLevel)
	j.on(twin.Full, "updateSecurityLevel", j.updateSecurityLevel)
	j.on(twin.Full, "removeLevel", j.removeLevel)
	j.on(twin.Full, "getSecurityLevelMembers", j.getSecurityLevelMembers)
	j.on(twin.Full, "getIssueSecurityLevelMembers", j.getIssueSecurityLevelMembers)
	j.on(twin.Full, "addSecurityLevelMembers", j.addSecurityLevelMembers)
	j.on(twin.Full, "removeMemberFromSecurityLevel", j.removeMemberFromSecurityLevel)
	j.on(twin.Full, "getIssueSecurityLevel", j.getIssueSecurityLevel).public()
	j.on(twin.Full, "getProjectIssueSecurityScheme", j.getProjectIssueSecurityScheme)
	j.on(twin.Full, "getSecurityLevelsForProject", j.getSecurityLevelsForProject).public()
	j.task("securityLevel.remove", (*call).removeLevelTask)
	j.task("securityScheme.associate", (*call).associateSchemeTask)
}

// levelsOf yields the levels of a scheme.
func (c *call) levelsOf(scheme int64) iter.Seq[SecurityLevel] {
	return c.j.securityLevels.All(c.Tx, key(scheme)+"/")
}

func (c *call) securitySchemeShown(s SecurityScheme) obj {
	v := obj{"self": c.api("/issuesecurityschemes/" + id(s.ID)), "id": s.ID, "name": s.Name, "description": s.Description}
	if s.Default != 0 {
		v["defaultSecurityLevelId"] = s.Default
	}
	return v
}

func (c *call) securitySchemeWhole(s SecurityScheme) obj {
	v := c.securitySchemeShown(s)
	levels := []any{}
	for l := range c.levelsOf(s.ID) {
		levels = append(levels, c.securityLevelBrief(l))
	}
	v["levels"] = levels
	return v
}

// securityScheme finds a scheme by its id, as somebody wrote it, for an administrator.
func (c *call) securityScheme(written string) (SecurityScheme, error) {
	if err := c.admins(errNotAuthorized); err != nil {
		return SecurityScheme{}, err
	}
	n, err := strconv.ParseInt(written, 10, 64)
	if err != nil || n <= 0 {
		return SecurityScheme{}, badRequest("%s is not a valid value. The issue security scheme ID must be a positive integer.", written)
	}
	s, ok := c.j.securitySchemes.Get(c.Tx, key(n))
	if !ok {
		return s, notFound("Issue security scheme with ID %d not found.", n)
	}
	return s, nil
}

// askedLevel finds the level of a scheme that the path names, for an administrator.
func (c *call) askedLevel() (SecurityScheme, SecurityLevel, error) {
	s, err := c.securityScheme(c.param("schemeId"))
	if err != nil {
		return s, SecurityLevel{}, err
	}
	l, err := c.levelIn(s, c.param("levelId"))
	return s, l, err
}

func (c *call) levelIn(s SecurityScheme, written string) (SecurityLevel, error) {
	n, err := strconv.ParseInt(written, 10, 64)
	if err != nil || n <= 0 {
		return SecurityLevel{}, badRequest("%s is not a valid value. The issue security level ID must be a positive integer.", written)
	}
	l, ok := c.j.securityLevels.Get(c.Tx, key(s.ID)+"/"+key(n))
	if !ok {
		return l, notFound("Issue security level with ID %d not found.", n)
	}
	return l, nil
}

// nameAndDescription reads a name and a description; what is not there stays.
func nameAndDescription(doc obj, name, description *string, longestName, longestDescription int) error {
	if v, ok := doc["name"]; ok || *name == "" {
		*name = strings.TrimSpace(text(v))
	}
	if v, ok := doc["description"]; ok {
		*description = text(v)
	}
	switch {
	case *name == "":
		return badRequest("The name must not be empty.")
	case utf8.RuneCountInString(*name) > longestName:
		return badRequest("The length of the name must not exceed %d characters.", longestName)
	case utf8.RuneCountInString(*description) > longestDescription:
		return badRequest("The length of the description must not exceed %d characters.", longestDescription)
	}
	return nil
}

// readLevels reads levels: [{name, description, isDefault, members: [{type, parameter}]}]. Names are unique in a scheme.
func (c *call) readLevels(s *SecurityScheme, v any) (ls []SecurityLevel, err error) {
	taken := map[string]bool{}
	for l := range c.levelsOf(s.ID) {
		taken[strings.ToLower(l.Name)] = true
	}
	defaults := 0
	for _, x := range list(v) {
		l := SecurityLevel{Scheme: s.ID}
		if err := nameAndDescription(object(x), &l.Name, &l.Description, 60, 4000); err != nil {
			return nil, err
		}
		if taken[strings.ToLower(l.Name)] {
			return nil, badRequest("The issue security level name '%s' is already in use.", l.Name)
		}
		taken[strings.ToLower(l.Name)] = true
		if l.Members, err = c.readMembers(object(x)["members"]); err != nil {
			return nil, err
		}
		l.ID = c.next("securityLevel", firstID)
		if truth(object(x)["isDefault"]) {
			if defaults++; defaults > 1 {
				return nil, badRequest("Only one issue security level can be the default.")
			}
			s.Default = l.ID
		}
		ls = append(ls, l)
	}
	return ls, nil
}

func (c *call) readMembers(v any) (ms []LevelMember, err error) {
	for _, x := range list(v) {
		h, err := c.readHolder(x)
		if err != nil {
			r := err.(*refusal)
			return nil, badRequest("%s", r.fields["holder"])
		}
		ms = append(ms, LevelMember{ID: c.next("securityMember", firstID), Holder: h})
	}
	return ms, nil
}

// getIssueSecuritySchemes returns all schemes.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-security-schemes/#api-rest-api-3-issuesecurityschemes-get
func (j *Jira) getIssueSecuritySchemes(c *call) (any, error) {
	if err := c.adminOnly(); err != nil {
		return nil, err
	}
	out := []any{}
	for s := range j.securitySchemes.All(c.Tx, "") {
		out = append(out, c.securitySchemeShown(s))
	}
	return obj{"issueSecuritySchemes": out}, nil
}

// createIssueSecurityScheme makes a scheme and its levels.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-security-schemes/#api-rest-api-3-issuesecurityschemes-post
func (j *Jira) createIssueSecurityScheme(c *call) (any, error) {
	if err := c.admins(errNotAuthorized); err != nil {
		return nil, err
	}
	doc := object(c.body)
	s := SecurityScheme{}
	if err := c.securitySchemeDetails(&s, doc); err != nil {
		return nil, err
	}
	ls, err := c.readLevels(&s, doc["levels"])
	if err != nil {
		return nil, err
	}
	s.ID = c.next("securityScheme", firstID)
	for _, l := range ls {
		l.Scheme = s.ID
		j.securityLevels.Put(c.Tx, l)
	}
	j.securitySchemes.Put(c.Tx, s)
	c.audited("Issue security scheme created", "permissions", schemeItem(s.ID, s.Name), changedValues([3]string{"Name", "", s.Name}, [3]string{"Description", "", s.Description})...)
	return created(obj{"id": id(s.ID)}), nil
}

func (c *call) securitySchemeDetails(s *SecurityScheme, doc obj) error {
	if err := nameAndDescription(doc, &s.Name, &s.Description, 60, 255); err != nil {
		return err
	}
	for other := range c.j.securitySchemes.All(c.Tx, "") {
		if other.ID != s.ID && strings.EqualFold(other.Name, s.Name) {
			return badRequest("The issue security scheme name '%s' is already in use.", s.Name)
		}
	}
	return nil
}

// getIssueSecurityScheme returns a scheme and its levels.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-security-schemes/#api-rest-api-3-issuesecurityschemes-id-get
func (j *Jira) getIssueSecurityScheme(c *call) (any, error) {
	s, ok := j.securitySchemes.Get(c.Tx, key(number(c.param("id"))))
	may := c.isAdmin()
	for p := range c.projectsUsing(func(p Project) bool { return ok && p.Security == s.ID }) {
		may = may || c.may("ADMINISTER_PROJECTS", &p, nil)
	}
	switch {
	case !may:
		return nil, errAdminOnly
	case !ok:
		return nil, notFound("Issue security scheme with ID %s not found.", c.param("id"))
	}
	return c.securitySchemeWhole(s), nil
}

// updateIssueSecurityScheme renames a scheme.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-security-schemes/#api-rest-api-3-issuesecurityschemes-id-put
func (j *Jira) updateIssueSecurityScheme(c *call) (any, error) {
	s, err := c.securityScheme(c.param("id"))
	if err != nil {
		return nil, err
	}
	was := s
	if err := c.securitySchemeDetails(&s, object(c.body)); err != nil {
		return nil, err
	}
	j.securitySchemes.Put(c.Tx, s)
	c.audited("Issue security scheme updated", "permissions", schemeItem(s.ID, s.Name), changedValues([3]string{"Name", was.Name, s.Name}, [3]string{"Description", was.Description, s.Description})...)
	return nil, nil
}

// deleteSecurityScheme deletes a scheme that no project has.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-security-schemes/#api-rest-api-3-issuesecurityschemes-id-delete
func (j *Jira) deleteSecurityScheme(c *call) (any, error) {
	s, err := c.securityScheme(c.param("id"))
	if err != nil {
		return nil, err
	}
	for range c.projectsUsing(func(p Project) bool { return p.Security == s.ID }) {
		return nil, badRequest("You can't delete an issue security scheme if any projects are associated with it.")
	}
	for l := range c.levelsOf(s.ID) {
		j.securityLevels.Delete(c.Tx, key(s.ID)+"/"+key(l.ID))
	}
	j.securitySchemes.Delete(c.Tx, key(s.ID))
	c.audited("Issue security scheme deleted", "permissions", schemeItem(s.ID, s.Name))
	return nil, nil
}

// askedIDs reads a list of ids of the query: those of something that has to be zero or positive. It fits all if there is none.
func (c *call) askedIDs(name string) (func(int64) bool, error) {
	for _, s := range c.qs(name) {
		if n, err := strconv.ParseInt(s, 10, 64); err != nil || n < 0 {
			return nil, badRequest("%s is not a valid value. %s must be zero or a positive integer.", s, name)
		}
	}
	return c.chosenIDs(name), nil
}

// searchSecuritySchemes returns schemes and the projects that have them, page by page.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-security-schemes/#api-rest-api-3-issuesecurityschemes-search-get
func (j *Jira) searchSecuritySchemes(c *call) (any, error) {
	if err := c.admins(errNotAuthorized); err != nil {
		return nil, err
	}
	byID, err := c.askedIDs("id")
	if err != nil {
		return nil, err
	}
	byProject, err := c.askedIDs("projectId")
	if err != nil {
		return nil, err
	}
	of := func(s SecurityScheme) (ps []any) {
		ps = []any{}
		for p := range c.projectsUsing(func(p Project) bool { return p.Security == s.ID && byProject(p.ID) }) {
			ps = append(ps, p.ID)
		}
		return ps
	}
	fit := filtered(j.securitySchemes.All(c.Tx, ""), func(s SecurityScheme) bool {
		return byID(s.ID) && (len(c.qs("projectId")) == 0 || len(of(s)) > 0)
	})
	return pageBean(c, fit, 50, func(s SecurityScheme) any {
		v := obj{"id": s.ID, "self": c.api("/issuesecurityscheme/" + id(s.ID)), "name": s.Name, "description": s.Description, "projectIds": of(s)}
		if s.Default != 0 {
			v["defaultLevel"] = s.Default
		}
		return v
	})
}

// searchProjectsUsingSecuritySchemes returns which projects have which schemes.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-security-schemes/#api-rest-api-3-issuesecurityschemes-project-get
func (j *Jira) searchProjectsUsingSecuritySchemes(c *call) (any, error) {
	if err := c.admins(errNotAuthorized); err != nil {
		return nil, err
	}
	byScheme, err := c.askedIDs("issueSecuritySchemeId")
	if err != nil {
		return nil, err
	}
	byProject, err := c.askedIDs("projectId")
	if err != nil {
		return nil, err
	}
	fit := c.projectsUsing(func(p Project) bool { return p.Security != 0 && byScheme(p.Security) && byProject(p.ID) })
	return pageBean(c, fit, 50, func(p Project) any {
		return obj{"issueSecuritySchemeId": id(p.Security), "projectId": id(p.ID)}
	})
}

// associateSchemesToProjects gives a project another scheme, and its issues other levels, as a task.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-security-schemes/#api-rest-api-3-issuesecurityschemes-project-put
func (j *Jira) associateSchemesToProjects(c *call) (any, error) {
	doc := object(c.body)
	s, err := c.securityScheme(plainWords(doc["schemeId"]))
	if err != nil {
		return nil, err
	}
	p, ok := c.project(plainWords(doc["projectId"]))
	switch {
	case !ok:
		return nil, notFound("Project with ID %s not found.", plainWords(doc["projectId"]))
	case p.Team:
		return nil, badRequest("Only classic projects can have issue security schemes assigned.")
	}
	levels := obj{}
	for _, m := range list(doc["oldToNewSecurityLevelMappings"]) {
		to := plainWords(object(m)["newLevelId"])
		if to != "-1" {
			if _, err := c.levelIn(s, to); err != nil {
				return nil, err
			}
		}
		levels[plainWords(object(m)["oldLevelId"])] = to
	}
	return c.seeTask(c.begin("securityScheme.associate", "Associate issue security scheme with project", obj{"scheme": id(s.ID), "project": id(p.ID), "levels": levels})), nil
}

func (c *call) associateSchemeTask(t *Task) (any, error) {
	s, ok := c.j.securitySchemes.Get(c.Tx, key(number(dig(t.Input, "scheme"))))
	p, known := c.project(text(dig(t.Input, "project")))
	if !ok || !known {
		return nil, notFound("Issue security scheme with ID %s not found.", text(dig(t.Input, "scheme")))
	}
	p.Security = s.ID
	c.j.projects.Put(c.Tx, p)
	for _, was := range slices.Collect(c.j.issuesByValue.All(c.Tx, "project="+id(p.ID))) {
		if level := text(was.Fields["security"]); level != "" {
			c.relevel(was, number(dig(t.Input, "levels", level)))
		}
	}
	c.audited("Issue security scheme added to project", "permissions", schemeItem(s.ID, s.Name), changedValue("Project", "", p.Name))
	return nil, nil
}

// relevel gives an issue another security level, 0 for none.
func (c *call) relevel(was Issue, level int64) {
	i := was
	i.Fields = clone(i.Fields)
	if level == 0 {
		delete(i.Fields, "security")
	} else {
		i.Fields["security"] = id(level)
	}
	c.save(was, i, nil)
}

// getSecurityLevels returns levels of schemes, page by page.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-security-schemes/#api-rest-api-3-issuesecurityschemes-level-get
func (j *Jira) getSecurityLevels(c *call) (any, error) {
	if err := c.admins(errNotAuthorized); err != nil {
		return nil, err
	}
	byID, err := c.askedIDs("id")
	if err != nil {
		return nil, err
	}
	byScheme, err := c.askedIDs("schemeId")
	if err != nil {
		return nil, err
	}
	only := c.qtrue("onlyDefault", false)
	fit := filtered(j.securityLevels.All(c.Tx, ""), func(l SecurityLevel) bool {
		return byID(l.ID) && byScheme(l.Scheme) && (!only || c.isDefaultLevel(l))
	})
	return pageBean(c, fit, 50, func(l SecurityLevel) any {
		return obj{"id": id(l.ID), "name": l.Name, "description": l.Description, "isDefault": c.isDefaultLevel(l), "issueSecuritySchemeId": id(l.Scheme), "self": c.api("/issuesecurityscheme/level?id=" + id(l.ID))}
	})
}

func (c *call) isDefaultLevel(l SecurityLevel) bool {
	s, _ := c.j.securitySchemes.Get(c.Tx, key(l.Scheme))
	return s.Default == l.ID
}

// setDefaultLevels says which level new issues have, scheme by scheme.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-security-schemes/#api-rest-api-3-issuesecurityschemes-level-default-put
func (j *Jira) setDefaultLevels(c *call) (any, error) {
	if err := c.admins(errNotAuthorized); err != nil {
		return nil, err
	}
	values := list(object(c.body)["defaultValues"])
	if len(values) == 0 || len(values) > 1000 {
		return nil, badRequest("Between 1 and 1000 default values have to be specified.")
	}
	for _, v := range values {
		s, err := c.securityScheme(plainWords(object(v)["issueSecuritySchemeId"]))
		if err != nil {
			return nil, err
		}
		s.Default = 0
		if written := plainWords(object(v)["defaultLevelId"]); written != "-1" {
			l, err := c.levelIn(s, written)
			if err != nil {
				return nil, err
			}
			s.Default = l.ID
		}
		j.securitySchemes.Put(c.Tx, s)
	}
	return nil, nil
}

// addSecurityLevel adds levels to a scheme.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-security-schemes/#api-rest-api-3-issuesecurityschemes-schemeid-level-put
func (j *Jira) addSecurityLevel(c *call) (any, error) {
	s, err := c.securityScheme(c.param("schemeId"))
	if err != nil {
		return nil, err
	}
	ls, err := c.readLevels(&s, object(c.body)["levels"])
	switch {
	case err != nil:
		return nil, err
	case len(ls) == 0:
		return nil, badRequest("At least one issue security level has to be specified.")
	}
	for _, l := range ls {
		j.securityLevels.Put(c.Tx, l)
		c.audited("Issue security level created", "permissions", schemeItem(s.ID, s.Name), changedValue("Name", "", l.Name))
	}
	j.securitySchemes.Put(c.Tx, s)
	return nil, nil
}

// updateSecurityLevel renames a level.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-security-schemes/#api-rest-api-3-issuesecurityschemes-schemeid-level-levelid-put
func (j *Jira) updateSecurityLevel(c *call) (any, error) {
	s, l, err := c.askedLevel()
	if err != nil {
		return nil, err
	}
	was := l
	if err := nameAndDescription(object(c.body), &l.Name, &l.Description, 60, 255); err != nil {
		return nil, err
	}
	for other := range c.levelsOf(s.ID) {
		if other.ID != l.ID && strings.EqualFold(other.Name, l.Name) {
			return nil, badRequest("The issue security level name '%s' is already in use.", l.Name)
		}
	}
	j.securityLevels.Put(c.Tx, l)
	c.audited("Issue security level updated", "permissions", schemeItem(s.ID, s.Name), changedValues([3]string{"Name", was.Name, l.Name}, [3]string{"Description", was.Description, l.Description})...)
	return nil, nil
}

// removeLevel deletes a level, as a task, and gives its issues another one.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-security-schemes/#api-rest-api-3-issuesecurityschemes-schemeid-level-levelid-delete
func (j *Jira) removeLevel(c *call) (any, error) {
	s, l, err := c.askedLevel()
	if err != nil {
		return nil, err
	}
	to := c.q("replaceWith")
	if to != "" && to != "-1" {
		other, err := c.levelIn(s, to)
		if err != nil {
			return nil, err
		}
		if other.ID == l.ID {
			return nil, badRequest("An issue security level cannot be replaced with itself.")
		}
	}
	return c.seeTask(c.begin("securityLevel.remove", "Delete issue security level", obj{"scheme": id(s.ID), "level": id(l.ID), "to": to})), nil
}

func (c *call) removeLevelTask(t *Task) (any, error) {
	s, _ := c.j.securitySchemes.Get(c.Tx, key(number(dig(t.Input, "scheme"))))
	l, ok := c.j.securityLevels.Get(c.Tx, key(s.ID)+"/"+key(number(dig(t.Input, "level"))))
	if !ok {
		return nil, notFound("Issue security level with ID %s not found.", text(dig(t.Input, "level")))
	}
	for _, i := range slices.Collect(c.j.issuesByValue.All(c.Tx, "security="+id(l.ID))) {
		c.relevel(i, number(dig(t.Input, "to")))
	}
	if s.Default == l.ID {
		s.Default = 0
		c.j.securitySchemes.Put(c.Tx, s)
	}
	c.j.securityLevels.Delete(c.Tx, key(s.ID)+"/"+key(l.ID))
	c.audited("Issue security level deleted", "permissions", schemeItem(s.ID, s.Name), changedValue("Name", l.Name, ""))
	return nil, nil
}

// A levelMembership is somebody who sees the issues of a level.
type levelMembership struct {
	level  SecurityLevel
	member LevelMember
}

func (c *call) memberships(fits func(levelMembership) bool) iter.Seq[levelMembership] {
	return func(yield func(levelMembership) bool) {
		for l := range c.j.securityLevels.All(c.Tx, "") {
			for _, m := range l.Members {
				if x := (levelMembership{l, m}); fits(x) && !yield(x) {
					return
				}
			}
		}
	}
}

// getSecurityLevelMembers returns who sees the issues of which levels.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-security-schemes/#api-rest-api-3-issuesecurityschemes-level-member-get
func (j *Jira) getSecurityLevelMembers(c *call) (any, error) {
	if err := c.admins(errNotAuthorized); err != nil {
		return nil, err
	}
	var by [3]func(int64) bool
	for n, name := range []string{"id", "schemeId", "levelId"} {
		var err error
		if by[n], err = c.askedIDs(name); err != nil {
			return nil, err
		}
	}
	fit := c.memberships(func(x levelMembership) bool { return by[0](x.member.ID) && by[1](x.level.Scheme) && by[2](x.level.ID) })
	return pageBean(c, fit, 50, func(x levelMembership) any {
		return obj{"id": id(x.member.ID), "issueSecurityLevelId": id(x.level.ID), "issueSecuritySchemeId": id(x.level.Scheme), "holder": c.holderShown(x.member.Holder)}
	})
}

// getIssueSecurityLevelMembers returns who sees the issues of the levels of a scheme.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-security-level/#api-rest-api-3-issuesecurityschemes-issuesecurityschemeid-members-get
func (j *Jira) getIssueSecurityLevelMembers(c *call) (any, error) {
	s, err := c.securityScheme(c.param("issueSecuritySchemeId"))
	if err != nil {
		return nil, err
	}
	byLevel := c.chosenIDs("issueSecurityLevelId")
	fit := c.memberships(func(x levelMembership) bool { return x.level.Scheme == s.ID && byLevel(x.level.ID) })
	return pageBean(c, fit, 50, func(x levelMembership) any {
		return obj{"id": x.member.ID, "issueSecurityLevelId": x.level.ID, "holder": c.holderShown(x.member.Holder)}
	})
}

// addSecurityLevelMembers lets more people see the issues of a level.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-security-schemes/#api-rest-api-3-issuesecurityschemes-schemeid-level-levelid-member-put
func (j *Jira) addSecurityLevelMembers(c *call) (any, error) {
	s, l, err := c.askedLevel()
	if err != nil {
		return nil, err
	}
	ms, err := c.readMembers(object(c.body)["members"])
	switch {
	case err != nil:
		return nil, err
	case len(ms) == 0:
		return nil, badRequest("At least one member has to be specified.")
	}
	l.Members = slices.Clone(l.Members)
	for _, m := range ms {
		if slices.ContainsFunc(l.Members, func(x LevelMember) bool { return x.Holder == m.Holder }) {
			return nil, badRequest("The member is already in the issue security level.")
		}
		l.Members = append(l.Members, m)
	}
	j.securityLevels.Put(c.Tx, l)
	c.audited("Issue security level updated", "permissions", schemeItem(s.ID, s.Name), changedValue("Members", "", l.Name))
	return nil, nil
}

// removeMemberFromSecurityLevel lets somebody no longer see the issues of a level.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-security-schemes/#api-rest-api-3-issuesecurityschemes-schemeid-level-levelid-member-memberid-delete
func (j *Jira) removeMemberFromSecurityLevel(c *call) (any, error) {
	s, l, err := c.askedLevel()
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(l.Members, func(m LevelMember) bool { return id(m.ID) == c.param("memberId") })
	if at < 0 {
		return nil, notFound("Issue security level member with ID %s not found.", c.param("memberId"))
	}
	l.Members = slices.Delete(slices.Clone(l.Members), at, at+1)
	j.securityLevels.Put(c.Tx, l)
	c.audited("Issue security level updated", "permissions", schemeItem(s.ID, s.Name), changedValue("Members", l.Name, ""))
	return nil, nil
}

// getIssueSecurityLevel returns a level.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-security-level/#api-rest-api-3-securitylevel-id-get
func (j *Jira) getIssueSecurityLevel(c *call) (any, error) {
	for l := range j.securityLevels.All(c.Tx, "") {
		if id(l.ID) == c.param("id") {
			return c.securityLevelBrief(l), nil
		}
	}
	return nil, notFound("The security level with id '%s' does not exist.", c.param("id"))
}

// getProjectIssueSecurityScheme returns the scheme of a project.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-permission-schemes/#api-rest-api-3-project-projectkeyorid-issuesecuritylevelscheme-get
func (j *Jira) getProjectIssueSecurityScheme(c *call) (any, error) {
	p, err := c.managedProject(c.param("projectKeyOrId"))
	if err != nil {
		return nil, err
	}
	s, ok := j.securitySchemes.Get(c.Tx, key(p.Security))
	if !ok {
		return nil, notFound("The project '%s' has no issue security scheme.", p.Key)
	}
	return c.securitySchemeWhole(s), nil
}

// getSecurityLevelsForProject returns the levels of a project that the caller can give to issues.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-permission-schemes/#api-rest-api-3-project-projectkeyorid-securitylevel-get
func (j *Jira) getSecurityLevelsForProject(c *call) (any, error) {
	p, err := c.seenProject(c.param("projectKeyOrId"))
	if err != nil {
		return nil, err
	}
	levels := []any{}
	if c.may("SET_ISSUE_SECURITY", &p, nil) {
		for l := range c.levelsOf(p.Security) {
			if slices.ContainsFunc(l.Members, func(m LevelMember) bool { return c.holds(c.who.ID, m.Holder, &p, nil) }) {
				levels = append(levels, c.securityLevelBrief(l))
			}
		}
	}
	return obj{"levels": levels}, nil
}
