package jira

import (
	"reflect"

	"twinset.dev/kit/twin"
)

func (j *Jira) issuePropertiesOperations() {
	j.on(twin.Full, "getIssuePropertyKeys", j.getIssuePropertyKeys).public()
	j.on(twin.Full, "getIssueProperty", j.getIssueProperty).public()
	j.on(twin.Full, "setIssueProperty", j.setIssueProperty).public()
	j.on(twin.Full, "deleteIssueProperty", j.deleteIssueProperty).public()
	j.on(twin.Full, "bulkSetIssuesPropertiesList", j.bulkSetIssuesPropertiesList)
	j.on(twin.Full, "bulkSetIssuePropertiesByIssue", j.bulkSetIssuePropertiesByIssue)
	j.on(twin.Partial, "bulkSetIssueProperty", j.bulkSetIssueProperty).noted("values are given, not computed with Jira expressions")
	j.on(twin.Full, "bulkDeleteIssueProperty", j.bulkDeleteIssueProperty)
	j.task("issue.properties.set", taskSetIssueProperties)
	j.task("issue.properties.drop", taskDropIssueProperty)
}

// getIssuePropertyKeys lists the keys of an issue's properties.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-properties/#api-rest-api-3-issue-issueidorkey-properties-get
func (j *Jira) getIssuePropertyKeys(c *call) (any, error) {
	i, _, err := c.issue(c.param("issueIdOrKey"))
	if err != nil {
		return nil, err
	}
	return c.propertyKeys("issue/"+id(i.ID), "/issue/"+id(i.ID))
}

// getIssueProperty returns a property of an issue.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-properties/#api-rest-api-3-issue-issueidorkey-properties-propertykey-get
func (j *Jira) getIssueProperty(c *call) (any, error) {
	i, _, err := c.issue(c.param("issueIdOrKey"))
	if err != nil {
		return nil, err
	}
	return c.getProperty("issue/" + id(i.ID))
}

// editableIssue finds the issue that the path names, which the caller may edit.
func (c *call) editableIssue() (Issue, error) {
	i, p, err := c.issue(c.param("issueIdOrKey"))
	if err == nil && !c.may("EDIT_ISSUES", &p, &i) {
		err = forbidden("You do not have permission to edit issues in this project.")
	}
	return i, err
}

// setIssueProperty keeps a property of an issue.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-properties/#api-rest-api-3-issue-issueidorkey-properties-propertykey-put
func (j *Jira) setIssueProperty(c *call) (any, error) {
	i, err := c.editableIssue()
	if err != nil {
		return nil, err
	}
	v, err := c.putProperty("issue/" + id(i.ID))
	if err != nil {
		return nil, err
	}
	c.told(event{Name: "issue_property_set", Issue: &i, More: obj{"property": obj{"key": c.param("propertyKey"), "value": c.body}}})
	return v, nil
}

// deleteIssueProperty deletes a property of an issue.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-properties/#api-rest-api-3-issue-issueidorkey-properties-propertykey-delete
func (j *Jira) deleteIssueProperty(c *call) (any, error) {
	i, err := c.editableIssue()
	if err != nil {
		return nil, err
	}
	if _, err := c.deleteProperty("issue/" + id(i.ID)); err != nil {
		return nil, err
	}
	c.told(event{Name: "issue_property_deleted", Issue: &i, More: obj{"property": obj{"key": c.param("propertyKey")}}})
	return nil, nil
}

// Bounds of the tasks that set properties of many issues.
const (
	maxPropertyIssues = 10000
	maxMultiIssues    = 100
	maxMultiProps     = 10
)

// fitProperties refuses properties that cannot all be kept.
func fitProperties(m obj) error {
	switch {
	case len(m) == 0:
		return badRequest("At least one property must be specified.")
	case len(m) > maxMultiProps:
		return badRequest("The number of properties cannot be greater than %d.", maxMultiProps)
	}
	for _, name := range sorted(m) {
		if err := fitProperty(name, m[name]); err != nil {
			return err
		}
	}
	return nil
}

// bulkSetIssuesPropertiesList keeps the same properties with many issues, as a task.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-properties/#api-rest-api-3-issue-properties-post
func (j *Jira) bulkSetIssuesPropertiesList(c *call) (any, error) {
	doc := object(c.body)
	ids := list(doc["entitiesIds"])
	switch {
	case len(ids) == 0:
		return nil, badRequest("At least one issue id must be specified.")
	case len(ids) > maxPropertyIssues:
		return nil, badRequest("The number of issue ids cannot be greater than %d.", maxPropertyIssues)
	}
	if err := fitProperties(object(doc["properties"])); err != nil {
		return nil, err
	}
	issues := []any{}
	for _, n := range ids {
		issues = append(issues, obj{"issueID": n, "properties": doc["properties"]})
	}
	return c.seeTask(c.begin("issue.properties.set", "Bulk set issue properties", obj{"issues": issues})), nil
}

// bulkSetIssuePropertiesByIssue keeps properties with many issues, other ones with each, as a task.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-properties/#api-rest-api-3-issue-properties-multi-post
func (j *Jira) bulkSetIssuePropertiesByIssue(c *call) (any, error) {
	issues := list(object(c.body)["issues"])
	switch {
	case len(issues) == 0:
		return nil, badRequest("At least one issue must be specified.")
	case len(issues) > maxMultiIssues:
		return nil, badRequest("The number of issues cannot be greater than %d.", maxMultiIssues)
	}
	for _, v := range issues {
		if number(object(v)["issueID"]) == 0 {
			return nil, badRequest("At least one issue id must be specified.")
		}
		if err := fitProperties(object(object(v)["properties"])); err != nil {
			return nil, err
		}
	}
	return c.seeTask(c.begin("issue.properties.set", "Bulk set issue properties", obj{"issues": issues})), nil
}

// taskSetIssueProperties does what the two say. Issues that who asked may not edit are left alone.
func taskSetIssueProperties(c *call, t *Task) (any, error) {
	n := 0.
	for _, v := range list(object(t.Input)["issues"]) {
		i, p, err := c.issue(id(number(object(v)["issueID"])))
		if err != nil || !c.may("EDIT_ISSUES", &p, &i) {
			continue
		}
		for name, value := range object(object(v)["properties"]) {
			c.setProperty("issue/"+id(i.ID), name, value)
		}
		n++
	}
	return obj{"updatedIssues": n}, nil
}

// bulkSetIssueProperty keeps one property with the issues that a filter finds, as a task.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-properties/#api-rest-api-3-issue-properties-propertykey-put
func (j *Jira) bulkSetIssueProperty(c *call) (any, error) {
	doc, name := object(c.body), c.param("propertyKey")
	value, given := doc["value"]
	switch {
	case doc["expression"] != nil && given:
		return nil, badRequest("Only one of 'value' and 'expression' can be specified.")
	case doc["expression"] != nil:
		return nil, errNotTwinned
	case !given:
		return nil, badRequest("One of 'value' and 'expression' must be specified.")
	}
	if err := fitProperty(name, value); err != nil {
		return nil, err
	}
	issues := []any{}
	for _, n := range c.propertyFilter(name, object(doc["filter"]), false) {
		issues = append(issues, obj{"issueID": float64(n), "properties": obj{name: value}})
	}
	return c.seeTask(c.begin("issue.properties.set", "Bulk set issue property", obj{"issues": issues})), nil
}

// bulkDeleteIssueProperty deletes one property of the issues that a filter finds, as a task.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-properties/#api-rest-api-3-issue-properties-propertykey-delete
func (j *Jira) bulkDeleteIssueProperty(c *call) (any, error) {
	doc, name := object(c.body), c.param("propertyKey")
	if len(name) > maxPropertyKey {
		return nil, fitProperty(name, nil)
	}
	issues := []any{}
	for _, n := range c.propertyFilter(name, doc, true) {
		issues = append(issues, float64(n))
	}
	return c.seeTask(c.begin("issue.properties.drop", "Bulk delete issue property", obj{"key": name, "issues": issues})), nil
}

func taskDropIssueProperty(c *call, t *Task) (any, error) {
	in := object(t.Input)
	n := 0.
	for _, v := range list(in["issues"]) {
		i, p, err := c.issue(id(number(v)))
		if err == nil && c.may("EDIT_ISSUES", &p, &i) && c.j.properties.Delete(c.Tx, "issue/"+id(i.ID)+"/"+text(in["key"])) {
			n++
		}
	}
	return obj{"updatedIssues": n}, nil
}

// propertyFilter finds issues by {entityIds, currentValue, hasProperty}: those named, or all; with must, only such as have the property.
func (c *call) propertyFilter(name string, filter obj, must bool) (found []int64) {
	fits := func(n int64) bool {
		x, has := c.j.properties.Get(c.Tx, "issue/"+id(n)+"/"+name)
		if want, ok := filter["hasProperty"].(bool); ok && want != has || must && !has {
			return false
		}
		want, ok := filter["currentValue"]
		return !ok || has && reflect.DeepEqual(x.Value, want)
	}
	if ids, ok := filter["entityIds"].([]any); ok {
		for _, v := range ids {
			if n := number(v); n != 0 && c.j.issues.Has(c.Tx, key(n)) && fits(n) {
				found = append(found, n)
			}
		}
		return found
	}
	for i := range c.j.issues.All(c.Tx, "") {
		if fits(i.ID) {
			found = append(found, i.ID)
		}
	}
	return found
}
