package jira

import (
	"net/http"
	"strings"
	"testing"
)

// Whatever is sent to an operation on issues, it is answered or refused, and never fails.
func TestOddInput(t *testing.T) {
	j, _, ask := caller(t, "ana")
	bodies := []string{`{}`, `[]`, `null`, `7`, `"x"`, `{"fields": 1, "update": [1], "transition": 3}`, `{"body": 1, "visibility": [2], "properties": {"a": 1}, "parentId": {}}`,
		`{"timeSpent": {}, "started": 1, "comment": []}`, `{"type": 1, "inwardIssue": "x", "outwardIssue": []}`, `{"object": {"url": 1, "title": {}}, "application": 3}`,
		`{"issueIdsOrKeys": [1, {}, "ROCK-1"], "ids": [{}], "issueUpdates": [1, "x", {}], "jql": 1}`, `{"to": {"users": [1], "groups": "x"}, "restrict": {"permissions": [1]}}`,
		`{"selectedIssueIdsOrKeys": ["ROCK-1"], "selectedActions": ["labels", 1], "editedFieldsInput": {"labelsFields": [1], "priority": []}, "bulkTransitionInputs": [1], "targetToSourcesMapping": {"ROCK,10002": 1}}`,
		`{"fields": {"summary": {}, "labels": [1], "parent": 1, "assignee": [], "timetracking": 1, "priority": "High", "duedate": 5, "customfield_10020": {}, "description": 1}}`,
		`{"update": {"comment": [{"add": 1}], "worklog": [{"add": 1}], "issuelinks": [{"add": 1}], "labels": [{"add": {}}], "timetracking": [{"edit": []}]}}`}
	values := map[string]string{"issueIdOrKey": "ROCK-3", "id": "10000", "commentId": "10000", "worklogId": "10000", "linkId": "10000", "issueLinkTypeId": "10003", "propertyKey": "a", "projectIdOrKey": "ROCK", "issueTypeId": "10002", "taskId": "1", "jobId": "1", "name": "x"}
	for _, op := range j.Operations() {
		if !strings.HasPrefix(op.Path, "/rest/api/3/issue/") && !strings.HasPrefix(op.Path, "/rest/api/3/issueLink") && !strings.HasPrefix(op.Path, "/rest/api/3/bulk/") && !strings.HasPrefix(op.Path, "/rest/api/3/comment/") &&
			!strings.HasPrefix(op.Path, "/rest/api/3/worklog/") && !strings.HasPrefix(op.Path, "/rest/api/3/redact") && !strings.HasPrefix(op.Path, "/rest/api/3/changelog") && !strings.HasPrefix(op.Path, "/rest/api/3/attachment/") {
			continue
		}
		if op.ID == "deleteIssue" {
			continue // which leaves the others nothing to work on
		}
		path := op.Path
		for name, v := range values {
			path = strings.ReplaceAll(path, "{"+name+"}", v)
		}
		for _, query := range []string{"", "?maxResults=-1&startAt=99999999999&expand=renderedFields,operations,names,transitions.fields&orderBy=x&since=-1&adjustEstimate=new&newEstimate=-5&width=-1&fields=,,-x"} {
			for _, body := range bodies {
				if op.Method == http.MethodGet {
					body = ""
				}
				rec := ask(op.Method, path+query, "application/json", []byte(body))
				if rec.Code == http.StatusInternalServerError {
					t.Errorf("%s %s with %s: %d %.300s", op.Method, path+query, body, rec.Code, rec.Body)
				}
			}
		}
	}
}
