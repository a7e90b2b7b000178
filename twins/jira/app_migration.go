package jira

import (
	"encoding/json"
	"net/http"
	"regexp"

	"twinset.dev/kit/twin"
)

// appMigrationOperations are for apps that move their data from a server, and their modules from Connect to Forge.
func (j *Jira) appMigrationOperations() {
	j.on(twin.Full, "MigrationResource.updateEntityPropertiesValue_put", j.updateEntityProperties)
	j.on(twin.Full, "AppIssueFieldValueUpdateResource.updateIssueFields_put", j.updateIssueFields)
	j.on(twin.Full, "MigrationResource.workflowRuleSearch_post", j.workflowRuleSearch).readsOnly()
	j.on(twin.Full, "fetchMigrationTask", j.fetchMigrationTask)
	j.beyond(twin.Partial, "submitTask", http.MethodPost, "/rest/atlassian-connect/1/migration/{connectKey}/{jiraIssueFieldsKey}/task", j.submitTask).
		noted("The Forge field has the values and the type that the Connect field has.")
	j.task(migrateField, (*call).migrateFieldTask)
}

var errNoTransfer = forbidden("The request is not from a Connect app with a valid transfer.")

// transferring refuses who is no Connect app that moves in.
func (c *call) transferring() error {
	if c.connect == "" || c.r.Echo.Request().Header.Get("Atlassian-Transfer-Id") == "" {
		return errNoTransfer
	}
	return nil
}

// updateEntityProperties sets properties of many things of one kind, for an app that moves its data in.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-app-migration/#api-rest-atlassian-connect-1-migration-properties-entitytype-put
func (j *Jira) updateEntityProperties(c *call) (any, error) {
	if err := c.transferring(); err != nil {
		return nil, err
	}
	kinds := map[string]string{"IssueProperty": "issue", "CommentProperty": "comment", "DashboardItemProperty": "dashboardItem", "IssueTypeProperty": "issuetype", "ProjectProperty": "project", "UserProperty": "user", "WorklogProperty": "worklog", "BoardProperty": "board", "SprintProperty": "sprint"}
	of, ok := kinds[c.param("entityType")]
	items := list(c.body)
	switch {
	case !ok:
		return nil, badRequest("The entity type '%s' is not valid.", c.param("entityType"))
	case len(items) == 0 || len(items) > 50:
		return nil, badRequest("Between 1 and 50 properties have to be specified.")
	}
	for _, x := range items {
		x := object(x)
		n := number(x["entityId"])
		if n == 0 || text(x["key"]) == "" {
			return nil, badRequest("The entity id and the key of a property have to be specified.")
		}
		if of == "issue" && !j.issues.Has(c.Tx, key(n)) || of == "project" && !j.projects.Has(c.Tx, key(n)) {
			return nil, badRequest("The entity with id '%d' does not exist.", n)
		}
		var value any = x["value"]
		if s, ok := value.(string); ok && json.Valid([]byte(s)) {
			json.Unmarshal([]byte(s), &value)
		}
		c.setProperty(of+"/"+id(n), text(x["key"]), value)
	}
	return answer{status: http.StatusOK, body: obj{}}, nil
}

// fieldMembers are where an app has the value of a field, by the kind of the field.
var fieldMembers = map[string]string{"StringIssueField": "string", "NumberIssueField": "number", "RichTextIssueField": "richText", "SingleSelectIssueField": "optionID", "MultiSelectIssueField": "optionID", "TextIssueField": "text"}

// updateIssueFields sets fields of issues, for an app that moves its data in: all of them or none.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-app-migration/#api-rest-atlassian-connect-1-migration-field-put
func (j *Jira) updateIssueFields(c *call) (any, error) {
	if err := c.transferring(); err != nil {
		return nil, err
	}
	values := list(object(c.body)["updateValueList"])
	if len(values) == 0 || len(values) > 200 {
		return nil, badRequest("Between 1 and 200 values have to be specified.")
	}
	for _, x := range values {
		x := object(x)
		member, ok := fieldMembers[text(x["_type"])]
		i, known := j.issues.Get(c.Tx, key(number(x["issueID"])))
		f, custom := c.field(customPrefix + id(number(x["fieldID"])))
		switch {
		case !ok:
			return nil, badRequest("The field type '%s' is not valid.", text(x["_type"]))
		case !known:
			return nil, badRequest("The issue with id '%d' does not exist.", number(x["issueID"]))
		case !custom:
			return nil, badRequest("The field with id '%d' does not exist.", number(x["fieldID"]))
		}
		value := x[member]
		if member == "optionID" {
			value = obj{"id": value}
			if f.kind.Type == "array" {
				value = []any{value}
			}
		}
		p, _ := j.projects.Get(c.Tx, key(i.Project))
		if _, err := c.edit(p, i, obj{"fields": obj{f.ID: value}}); err != nil {
			return nil, err
		}
	}
	return answer{status: http.StatusOK, body: obj{}}, nil
}

var entityID = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// workflowRuleSearch returns rules of a workflow that the app which asks has brought with it, by their ids; what is none of them is invalid.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-app-migration/#api-rest-atlassian-connect-1-migration-workflow-rule-search-post
func (j *Jira) workflowRuleSearch(c *call) (any, error) {
	if err := c.transferring(); err != nil {
		return nil, err
	}
	doc := object(c.body)
	named, wanted := text(doc["workflowEntityId"]), texts(doc["ruleIds"])
	switch {
	case !entityID.MatchString(named):
		return nil, badRequest("The workflow entity id '%s' is not valid.", named)
	case len(wanted) < 1 || len(wanted) > 10:
		return nil, badRequest("Between 1 and 10 rule ids have to be specified.")
	}
	w, _ := j.workflows.Get(c.Tx, named)
	found, some := obj{"workflowId": obj{"name": w.Name, "draft": false}}, false
	invalid := map[string]bool{}
	for _, n := range wanted {
		invalid[n] = true
	}
	for kind, name := range ruleKinds {
		rules := []any{}
		for _, r := range c.appRules(w, kind) {
			if n := text(object(r)["id"]); invalid[n] {
				delete(invalid, n)
				rules, some = append(rules, r), true
			}
		}
		found[name] = rules
	}
	valid := []any{}
	if some {
		valid = append(valid, found)
	}
	return obj{"workflowEntityId": named, "invalidRules": anys(sorted(invalid)), "validRules": valid}, nil
}

// migrateField is the task that moves a field of a Connect app to the app's Forge version.
const migrateField = "field.migrate"

var (
	errNoMigration = spoken(http.StatusNotFound, "No ongoing migration task for the custom field.")
	errNoForge     = spoken(http.StatusNotFound, "No migrated Forge module with given key is found.")
	errMigrating   = spoken(http.StatusConflict, "Failed to trigger migration task because of already in progress task for the field.")
)

// migration finds the latest task that moves the field which the path names, of the app that asks.
func (c *call) migration() (field string, t Task, ok bool, err error) {
	if c.app() == "" {
		return "", t, false, errNotApp
	}
	field = c.param("connectKey") + "__" + c.param("jiraIssueFieldsKey")
	for x := range c.j.tasks.All(c.Tx, "") {
		if x.Kind == migrateField && dig(x.Input, "field") == field && c.connect == c.param("connectKey") {
			t, ok = x, true
		}
	}
	return field, t, ok, nil
}

// fetchMigrationTask returns how far the migration of a field of a Connect app is.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-migration-of-connect-modules-to-forge/#api-rest-atlassian-connect-1-migration-connectkey-jiraissuefieldskey-task-get
func (j *Jira) fetchMigrationTask(c *call) (any, error) {
	_, t, ok, err := c.migration()
	if err == nil && !ok {
		err = errNoMigration
	}
	if err != nil {
		return nil, err
	}
	v := c.taskShown(t)
	for name, at := range map[string]int64{"submitted": t.Submitted, "lastUpdate": t.Updated, "started": t.Started, "finished": t.Finished} {
		if at != 0 {
			v[name] = stamp(at)
		}
	}
	return v, nil
}

// submitTask begins to move a field of a Connect app to the app's Forge version. One that has been moved is moved again only if the
// caller says so.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-migration-of-connect-modules-to-forge/#api-rest-atlassian-connect-1-migration-connectkey-jiraissuefieldskey-task-post
func (j *Jira) submitTask(c *call) (any, error) {
	field, t, ok, err := c.migration()
	if err != nil {
		return nil, err
	}
	if _, err := c.fieldOfType(field); err != nil || c.connect != c.param("connectKey") {
		return nil, errNoForge
	}
	again := c.qtrue("retriggerCompletedMigration", false)
	switch {
	case ok && t.Status == "ENQUEUED":
		return nil, errMigrating
	case ok && t.Status == "COMPLETE" && !again:
	default:
		c.begin(migrateField, "Migrate "+field+" to Forge", obj{"field": field})
	}
	return answer{status: http.StatusAccepted}, nil
}

// migrateFieldTask counts the issues whose values move.
func (c *call) migrateFieldTask(t *Task) (any, error) {
	f, err := c.fieldOfType(text(dig(t.Input, "field")))
	if err != nil {
		return nil, err
	}
	moved := 0
	for i := range c.j.issues.All(c.Tx, "") {
		if i.Fields[f.ID] != nil {
			moved++
		}
	}
	return obj{"migratedIssues": float64(moved)}, nil
}
