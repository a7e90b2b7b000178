package jira

import (
	"cmp"
	"iter"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"twinset.dev/kit/twin"
)

func (j *Jira) versionsOperations() {
	j.on(twin.Full, "getProjectVersionsPaginated", j.getProjectVersionsPaginated).public()
	j.on(twin.Full, "getProjectVersions", j.getProjectVersions).public()
	j.on(twin.Full, "createVersion", j.createVersion)
	j.on(twin.Full, "getVersion", j.getVersion).public()
	j.on(twin.Full, "updateVersion", j.updateVersion)
	j.on(twin.Full, "deleteVersion", j.deleteVersion)
	j.on(twin.Full, "deleteAndReplaceVersion", j.deleteAndReplaceVersion)
	j.on(twin.Full, "mergeVersions", j.mergeVersions)
	j.on(twin.Full, "moveVersion", j.moveVersion)
	j.on(twin.Full, "getVersionRelatedIssues", j.getVersionRelatedIssues).public()
	j.on(twin.Full, "getVersionUnresolvedIssues", j.getVersionUnresolvedIssues).public()
	j.on(twin.Full, "getRelatedWork", j.getRelatedWork)
	j.on(twin.Full, "createRelatedWork", j.createRelatedWork)
	j.on(twin.Full, "updateRelatedWork", j.updateRelatedWork)
	j.on(twin.Full, "deleteRelatedWork", j.deleteRelatedWork)
}

// versionShown is a version of a project.
func (c *call) versionShown(v Version) obj {
	out := obj{"self": c.api("/version/" + id(v.ID)), "id": id(v.ID), "name": v.Name, "archived": v.Archived, "released": v.Released, "projectId": v.Project}
	if v.Description != "" {
		out["description"] = v.Description
	}
	for _, x := range []struct{ name, said, day string }{{"startDate", "userStartDate", v.Start}, {"releaseDate", "userReleaseDate", v.Release}} {
		if t, err := time.Parse(time.DateOnly, x.day); err == nil {
			out[x.name], out[x.said] = x.day, t.Format("02/Jan/06")
		}
	}
	if v.Release != "" && !v.Released {
		out["overdue"] = v.Release < c.Now.Format(time.DateOnly)
	}
	if c.expands("operations") {
		out["operations"] = c.versionOperations(v)
	}
	if c.expands("issuesstatus") {
		out["issuesStatusForFixVersion"] = c.versionProgress(v)
	}
	if c.expands("driver") && v.Driver != "" {
		out["driver"] = v.Driver
	}
	if c.expands("approvers") {
		out["approvers"] = v.Approvers
	}
	return out
}

// versionOperations are the pages on which people change a version.
func (c *call) versionOperations(v Version) []any {
	p, _ := c.j.projects.Get(c.Tx, key(v.Project))
	if !c.may("ADMINISTER_PROJECTS", &p, nil) {
		return []any{}
	}
	at := c.base + "/projects/" + p.Key + "/versions/" + id(v.ID)
	link := func(name, label string) obj {
		return obj{"id": name, "styleClass": "project-config-operations-" + name, "label": label, "href": at, "weight": 10}
	}
	out := []any{}
	if v.Released {
		out = append(out, link("unrelease", "Unrelease"))
	} else {
		out = append(out, link("release", "Release"))
	}
	return append(out, link("archive", "Archive"), link("merge", "Merge"), link("delete", "Delete"))
}

// versionProgress is how many of the issues that are fixed in a version are in which category of statuses.
func (c *call) versionProgress(v Version) obj {
	out := map[int]int{}
	for i := range c.j.issuesByValue.All(c.Tx, "fixVersions="+id(v.ID)) {
		s, _ := c.status(i.Fields["status"])
		out[s.Category]++
	}
	return obj{"unmapped": out[categoryNone], "toDo": out[categoryToDo], "inProgress": out[categoryDoing], "done": out[categoryDone]}
}

// releaseOf finds a version that the caller sees, and its project.
func (c *call) releaseOf(idText string) (Version, Project, error) {
	v, ok := c.j.versions.Get(c.Tx, key(number(idText)))
	p, _ := c.j.projects.Get(c.Tx, key(v.Project))
	if !ok || p.Trashed != 0 || !c.visible(p) {
		return v, p, notFound("Could not find version for id '%s'", idText)
	}
	return v, p, nil
}

// managedVersion finds a version of a project that the caller administers.
func (c *call) managedVersion(idText string) (Version, Project, error) {
	v, p, err := c.releaseOf(idText)
	if err == nil && !c.may("ADMINISTER_PROJECTS", &p, nil) {
		err = errVersionAdmin
	}
	return v, p, err
}

var errVersionAdmin = notFound("You must have global or project administrator rights in order to modify versions.")

// versionDetails reads what a caller says of a version.
func (c *call) versionDetails(v *Version, doc obj) error {
	bad := problems{}
	if x, ok := doc["name"]; ok || v.ID == 0 {
		v.Name = strings.TrimSpace(text(x))
		switch {
		case v.Name == "":
			bad.add(wrong("name", "You must specify a valid version name"))
		case utf8.RuneCountInString(v.Name) > 255:
			bad.add(wrong("name", "The version name is too long. It must be 255 characters or less."))
		}
		for other := range c.versionsOf(v.Project) {
			if other.ID != v.ID && strings.EqualFold(other.Name, v.Name) {
				bad.add(wrong("name", "A version with this name already exists in this project."))
			}
		}
	}
	if x, ok := doc["description"]; ok {
		v.Description = text(x)
	}
	for _, x := range []struct {
		name, said, sentence string
		day                  *string
	}{{"startDate", "userStartDate", "Please enter the start date in the following format: d/MMM/yy", &v.Start}, {"releaseDate", "userReleaseDate", "Please enter the release date in the following format: d/MMM/yy", &v.Release}} {
		if said, ok := doc[x.said]; ok {
			t, err := time.Parse("2/Jan/06", text(said))
			if err != nil && text(said) != "" {
				bad.add(wrong(x.name, "%s", x.sentence))
				continue
			}
			*x.day = t.Format(time.DateOnly)
			if text(said) == "" {
				*x.day = ""
			}
		}
		if written, ok := doc[x.name]; ok {
			if _, err := time.Parse(time.DateOnly, text(written)); err != nil && text(written) != "" {
				bad.add(badRequest("Can not deserialize value of type date from \"%s\": expected format yyyy-MM-dd", text(written)))
				continue
			}
			*x.day = text(written)
		}
	}
	if v.Start != "" && v.Release != "" && v.Start > v.Release {
		bad.add(wrong("startDate", "The start date must be before the release date."))
	}
	if x, ok := doc["released"].(bool); ok {
		v.Released = x
	}
	if x, ok := doc["archived"].(bool); ok {
		v.Archived = x
	}
	if x, ok := doc["driver"]; ok {
		if v.Driver = text(x); v.Driver != "" && !c.j.users.Has(c.Tx, v.Driver) {
			bad.add(wrong("driver", "The user %s does not exist.", v.Driver))
		}
	}
	if x, ok := doc["approvers"]; ok {
		v.Approvers = nil
		for _, a := range list(x) {
			who := text(object(a)["accountId"])
			if !c.j.users.Has(c.Tx, who) {
				bad.add(wrong("approvers", "The user %s does not exist.", who))
				continue
			}
			v.Approvers = append(v.Approvers, obj{"accountId": who, "status": cmp.Or(text(object(a)["status"]), "PENDING"), "description": text(object(a)["description"])})
		}
	}
	if len(bad) > 0 {
		return bad.refusal()
	}
	return nil
}

// versionOrders are the ways in which versions are sorted.
var versionOrders = map[string]func(a, b Version) int{
	"sequence":    func(a, b Version) int { return cmp.Compare(a.Order, b.Order) },
	"name":        func(a, b Version) int { return inOrder(a.Name, b.Name) },
	"description": func(a, b Version) int { return inOrder(a.Description, b.Description) },
	"releaseDate": func(a, b Version) int { return cmp.Compare(a.Release, b.Release) },
	"startDate":   func(a, b Version) int { return cmp.Compare(a.Start, b.Start) },
}

// getProjectVersionsPaginated returns the versions of a project page by page.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-versions/#api-rest-api-3-project-projectidorkey-version-get
func (j *Jira) getProjectVersionsPaginated(c *call) (any, error) {
	p, err := c.seenProject(c.param("projectIdOrKey"))
	if err != nil {
		return nil, err
	}
	query, states := c.q("query"), c.qs("status")
	for _, s := range states {
		if !slices.Contains([]string{"released", "unreleased", "archived"}, s) {
			return nil, badRequest("'%s' is not a valid value for the query parameter 'status'.", s)
		}
	}
	fit := filtered(c.versionsOf(p.ID), func(v Version) bool {
		state := "unreleased"
		switch {
		case v.Archived:
			state = "archived"
		case v.Released:
			state = "released"
		}
		return (holding(v.Name, query) || holding(v.Description, query)) && (len(states) == 0 || slices.Contains(states, state))
	})
	sorted, err := byOrder(c, fit, "sequence", versionOrders)
	if err != nil {
		return nil, err
	}
	return pageBean(c, sorted, 100, func(v Version) any { return c.versionShown(v) })
}

// getProjectVersions returns the versions of a project in one list.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-versions/#api-rest-api-3-project-projectidorkey-versions-get
func (j *Jira) getProjectVersions(c *call) (any, error) {
	p, err := c.seenProject(c.param("projectIdOrKey"))
	if err != nil {
		return nil, err
	}
	out := []any{}
	for v := range c.versionsOf(p.ID) {
		out = append(out, c.versionShown(v))
	}
	return out, nil
}

// createVersion makes a version, the last of its project.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-versions/#api-rest-api-3-version-post
func (j *Jira) createVersion(c *call) (any, error) {
	doc := object(c.body)
	name := text(doc["project"])
	if n := number(doc["projectId"]); n != 0 {
		name = id(n)
	}
	if name == "" {
		return nil, badRequest("The project key or id must be specified.")
	}
	p, err := c.seenProject(name)
	switch {
	case err != nil:
		return nil, err
	case !c.may("ADMINISTER_PROJECTS", &p, nil):
		return nil, errVersionAdmin
	}
	v := Version{Project: p.ID}
	if err := c.versionDetails(&v, doc); err != nil {
		return nil, err
	}
	v.ID = c.next("version", firstID)
	for last := range c.versionsOf(p.ID) {
		v.Order = last.Order
	}
	v.Order++
	j.versions.Put(c.Tx, v)
	c.audited("Project version created", "projects", c.versionItem(v, p), changedValues([3]string{"Name", "", v.Name}, [3]string{"Description", "", v.Description}, [3]string{"Start date", "", v.Start}, [3]string{"Release date", "", v.Release})...)
	c.toldVersion("jira:version_created", v, nil)
	return created(c.versionShown(v)), nil
}

func (c *call) versionItem(v Version, p Project) obj {
	return with(item(id(v.ID), v.Name, "PROJECT_VERSION"), obj{"parentId": id(p.ID), "parentName": p.Name})
}

// toldVersion tells of a version, and of what else has to do with it.
func (c *call) toldVersion(name string, v Version, more obj) {
	c.told(event{Name: name, More: with(obj{"version": c.plainly().versionShown(v)}, more)})
}

// getVersion returns a version.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-versions/#api-rest-api-3-version-id-get
func (j *Jira) getVersion(c *call) (any, error) {
	v, _, err := c.releaseOf(c.param("id"))
	if err != nil {
		return nil, err
	}
	return c.versionShown(v), nil
}

// updateVersion changes a version. Who releases it can move what is not done yet to another one.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-versions/#api-rest-api-3-version-id-put
func (j *Jira) updateVersion(c *call) (any, error) {
	v, p, err := c.managedVersion(c.param("id"))
	if err != nil {
		return nil, err
	}
	was, doc := v, object(c.body)
	if err := c.versionDetails(&v, doc); err != nil {
		return nil, err
	}
	to, err := c.swap(v, doc["moveUnfixedIssuesTo"])
	if err != nil {
		return nil, err
	}
	if to != 0 && v.Released {
		for _, i := range slices.Collect(j.issuesByValue.All(c.Tx, "fixVersions="+id(v.ID))) {
			if i.Fields["resolution"] == nil {
				c.swapVersion(i, "fixVersions", v.ID, to)
			}
		}
	}
	j.versions.Put(c.Tx, v)
	c.audited("Project version updated", "projects", c.versionItem(v, p), changedValues([3]string{"Name", was.Name, v.Name}, [3]string{"Description", was.Description, v.Description}, [3]string{"Start date", was.Start, v.Start}, [3]string{"Release date", was.Release, v.Release})...)
	c.toldVersion("jira:version_updated", v, nil)
	for name, changed := range map[string]bool{"jira:version_released": v.Released && !was.Released, "jira:version_unreleased": was.Released && !v.Released} {
		if changed {
			c.toldVersion(name, v, nil)
		}
	}
	return c.versionShown(v), nil
}

// swap reads which version takes the place of another: one of the same project, by its address or its id. It is 0 if none does.
func (c *call) swap(v Version, to any) (int64, error) {
	if to == nil || to == "" {
		return 0, nil
	}
	n := number(to)
	if s := text(to); s != "" {
		n = number(componentID(s))
	}
	other, ok := c.j.versions.Get(c.Tx, key(n))
	switch {
	case !ok:
		return 0, notFound("Could not find version for id '%s'", plainWords(to))
	case other.ID == v.ID:
		return 0, badRequest("You cannot move the issues to the version being deleted.")
	case other.Project != v.Project:
		return 0, badRequest("The version with id '%d' is not in the same project as the version with id '%d'.", other.ID, v.ID)
	}
	return other.ID, nil
}

// swapVersion takes a version out of a field of an issue and puts another in its place.
func (c *call) swapVersion(was Issue, field string, gone, instead int64) {
	i := was
	i.Fields = clone(i.Fields)
	left := slices.DeleteFunc(clone(list(i.Fields[field])), func(v any) bool { return v == id(gone) })
	if !slices.Contains(left, any(id(instead))) {
		left = append(left, id(instead))
	}
	i.Fields[field] = left
	c.save(was, i, nil)
}

// dropVersion deletes a version after its issues have got others, 0 for none.
func (c *call) dropVersion(v Version, p Project, fixed, affected int64, custom map[string]int64) {
	c.replaceIn("fixVersions", v.ID, fixed)
	c.replaceIn("versions", v.ID, affected)
	for f := range c.versionFields() {
		for _, was := range c.issuesShowing(f, v) {
			i := was
			i.Fields = clone(i.Fields)
			if to := custom[f.ID]; f.kind.Type == "array" {
				left := slices.DeleteFunc(clone(list(i.Fields[f.ID])), func(x any) bool { return x == id(v.ID) })
				if to != 0 {
					left = append(left, id(to))
				}
				i.Fields[f.ID] = left
			} else if delete(i.Fields, f.ID); to != 0 {
				i.Fields[f.ID] = id(to)
			}
			c.save(was, i, nil)
		}
	}
	c.j.versions.Delete(c.Tx, key(v.ID))
	c.audited("Project version deleted", "projects", c.versionItem(v, p))
}

// versionFields are the custom fields whose values are versions.
func (c *call) versionFields() iter.Seq[*field] {
	return filtered(c.fields(), func(f *field) bool {
		return f.custom != nil && (strings.HasSuffix(f.custom.Type, ":version") || strings.HasSuffix(f.custom.Type, ":multiversion"))
	})
}

// issuesShowing are the issues that have a version in a custom field.
func (c *call) issuesShowing(f *field, v Version) (out []Issue) {
	for i := range c.j.issuesByValue.All(c.Tx, "project="+id(v.Project)) {
		if x := i.Fields[f.ID]; x == any(id(v.ID)) || slices.Contains(list(x), any(id(v.ID))) {
			out = append(out, i)
		}
	}
	return out
}

// deleteVersion deletes a version.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-versions/#api-rest-api-3-version-id-delete
func (j *Jira) deleteVersion(c *call) (any, error) {
	v, p, err := c.managedVersion(c.param("id"))
	if err != nil {
		return nil, err
	}
	fixed, err := c.swap(v, c.q("moveFixIssuesTo"))
	if err != nil {
		return nil, err
	}
	affected, err := c.swap(v, c.q("moveAffectedIssuesTo"))
	if err != nil {
		return nil, err
	}
	c.dropVersion(v, p, fixed, affected, nil)
	c.toldVersion("jira:version_deleted", v, nil)
	return nil, nil
}

// deleteAndReplaceVersion deletes a version, and says what takes its place in which field.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-versions/#api-rest-api-3-version-id-removeandswap-post
func (j *Jira) deleteAndReplaceVersion(c *call) (any, error) {
	v, p, err := c.managedVersion(c.param("id"))
	if err != nil {
		return nil, err
	}
	doc := object(c.body)
	fixed, err := c.swap(v, doc["moveFixIssuesTo"])
	if err != nil {
		return nil, err
	}
	affected, err := c.swap(v, doc["moveAffectedIssuesTo"])
	if err != nil {
		return nil, err
	}
	custom := map[string]int64{}
	for _, x := range list(doc["customFieldReplacementList"]) {
		to, err := c.swap(v, object(x)["moveTo"])
		if err != nil {
			return nil, err
		}
		custom[customPrefix+plainWords(object(x)["customFieldId"])] = to
	}
	c.dropVersion(v, p, fixed, affected, custom)
	c.toldVersion("jira:version_deleted", v, nil)
	return nil, nil
}

// mergeVersions deletes a version and gives its issues another.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-versions/#api-rest-api-3-version-id-mergeto-moveissuesto-put
func (j *Jira) mergeVersions(c *call) (any, error) {
	v, p, err := c.managedVersion(c.param("id"))
	if err != nil {
		return nil, err
	}
	to, err := c.swap(v, c.param("moveIssuesTo"))
	if err != nil {
		return nil, err
	}
	custom := map[string]int64{}
	for f := range c.versionFields() {
		custom[f.ID] = to
	}
	c.dropVersion(v, p, to, to, custom)
	into, _ := j.versions.Get(c.Tx, key(to))
	c.toldVersion("jira:version_deleted", v, obj{"mergedTo": c.plainly().versionShown(into)})
	return nil, nil
}

// moveVersion changes where a version stands among those of its project.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-versions/#api-rest-api-3-version-id-move-post
func (j *Jira) moveVersion(c *call) (any, error) {
	v, p, err := c.managedVersion(c.param("id"))
	if err != nil {
		return nil, err
	}
	var all []Version
	at := 0
	for x := range c.versionsOf(p.ID) {
		if x.ID == v.ID {
			at = len(all)
		}
		all = append(all, x)
	}
	doc := object(c.body)
	after, position := text(doc["after"]), text(doc["position"])
	switch {
	case (after == "") == (position == ""):
		return nil, badRequest("Only one of 'after' and 'position' has to be specified.")
	case after != "":
		other, _, err := c.releaseOf(componentID(after))
		if err != nil {
			return nil, err
		}
		if other.Project != p.ID || other.ID == v.ID {
			return nil, badRequest("The version with id '%d' cannot be moved after the version with id '%d'.", v.ID, other.ID)
		}
		all = slices.Delete(all, at, at+1)
		all = slices.Insert(all, 1+slices.IndexFunc(all, func(x Version) bool { return x.ID == other.ID }), v)
	default:
		to, ok := map[string]int{"Earlier": max(at-1, 0), "Later": min(at+1, len(all)-1), "First": 0, "Last": len(all) - 1}[position]
		if !ok {
			return nil, badRequest("The position has to be one of Earlier, Later, First, Last.")
		}
		all = slices.Insert(slices.Delete(all, at, at+1), to, v)
	}
	for n, x := range all {
		if x.Order != int64(n+1) {
			x.Order = int64(n + 1)
			j.versions.Put(c.Tx, x)
		}
	}
	v, _ = j.versions.Get(c.Tx, key(v.ID))
	c.toldVersion("jira:version_moved", v, nil)
	return c.versionShown(v), nil
}

// getVersionRelatedIssues returns how many issues have a version in which field.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-versions/#api-rest-api-3-version-id-relatedissuecounts-get
func (j *Jira) getVersionRelatedIssues(c *call) (any, error) {
	v, _, err := c.releaseOf(c.param("id"))
	if err != nil {
		return nil, err
	}
	usage, showing := []any{}, map[int64]bool{}
	for f := range c.versionFields() {
		in := c.issuesShowing(f, v)
		for _, i := range in {
			showing[i.ID] = true
		}
		if len(in) > 0 {
			usage = append(usage, obj{"fieldName": f.Name, "customFieldId": f.custom.ID, "issueCountWithVersionInCustomField": len(in)})
		}
	}
	return obj{"self": c.api("/version/" + id(v.ID)), "issuesFixedCount": c.countBy("fixVersions", v.ID), "issuesAffectedCount": c.countBy("versions", v.ID),
		"issueCountWithCustomFieldsShowingVersion": len(showing), "customFieldUsage": usage}, nil
}

// getVersionUnresolvedIssues returns how many of a version's issues are not resolved.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-versions/#api-rest-api-3-version-id-unresolvedissuecount-get
func (j *Jira) getVersionUnresolvedIssues(c *call) (any, error) {
	v, _, err := c.releaseOf(c.param("id"))
	if err != nil {
		return nil, err
	}
	n, open := 0, 0
	for i := range j.issuesByValue.All(c.Tx, "fixVersions="+id(v.ID)) {
		if n++; i.Fields["resolution"] == nil {
			open++
		}
	}
	return obj{"self": c.api("/version/" + id(v.ID)), "issuesUnresolvedCount": open, "issuesCount": n}, nil
}

// getRelatedWork returns what else has to do with a version.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-versions/#api-rest-api-3-version-id-relatedwork-get
func (j *Jira) getRelatedWork(c *call) (any, error) {
	v, _, err := c.releaseOf(c.param("id"))
	if err != nil {
		return nil, err
	}
	return append([]any{}, v.Related...), nil
}

// relatedWork reads what a caller says of something that has to do with a version.
func (c *call) relatedWork() (obj, error) {
	doc := object(c.body)
	w := obj{}
	for _, name := range []string{"category", "title", "url", "issueId"} {
		if doc[name] != nil {
			w[name] = doc[name]
		}
	}
	if text(w["category"]) == "" {
		return nil, badRequest("The category is required.")
	}
	return w, nil
}

// createRelatedWork links something with a version.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-versions/#api-rest-api-3-version-id-relatedwork-post
func (j *Jira) createRelatedWork(c *call) (any, error) {
	v, _, err := c.managedVersion(c.param("id"))
	if err != nil {
		return nil, err
	}
	w, err := c.relatedWork()
	if err != nil {
		return nil, err
	}
	w["relatedWorkId"] = c.uuid()
	v.Related = append(slices.Clone(v.Related), w)
	j.versions.Put(c.Tx, v)
	return created(w), nil
}

// related is where a version has some work.
func (v Version) related(workID string) int {
	return slices.IndexFunc(v.Related, func(w any) bool { return object(w)["relatedWorkId"] == workID })
}

// updateRelatedWork changes what is linked with a version.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-versions/#api-rest-api-3-version-id-relatedwork-put
func (j *Jira) updateRelatedWork(c *call) (any, error) {
	v, _, err := c.managedVersion(c.param("id"))
	if err != nil {
		return nil, err
	}
	w, err := c.relatedWork()
	if err != nil {
		return nil, err
	}
	workID := text(object(c.body)["relatedWorkId"])
	at := v.related(workID)
	if at < 0 {
		return nil, notFound("Could not find related work for id '%s'", workID)
	}
	w["relatedWorkId"] = workID
	v.Related = slices.Clone(v.Related)
	v.Related[at] = w
	j.versions.Put(c.Tx, v)
	return w, nil
}

// deleteRelatedWork takes away what is linked with a version.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-versions/#api-rest-api-3-version-versionid-relatedwork-relatedworkid-delete
func (j *Jira) deleteRelatedWork(c *call) (any, error) {
	v, _, err := c.managedVersion(c.param("versionId"))
	if err != nil {
		return nil, err
	}
	at := v.related(c.param("relatedWorkId"))
	if at < 0 {
		return nil, notFound("Could not find related work for id '%s'", c.param("relatedWorkId"))
	}
	v.Related = slices.Delete(slices.Clone(v.Related), at, at+1)
	j.versions.Put(c.Tx, v)
	return nil, nil
}
