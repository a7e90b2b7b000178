package jira

import (
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"twinset.dev/kit/twin"
)

func (j *Jira) uiModificationsOperations() {
	j.on(twin.Full, "getUiModifications", j.getUIModifications)
	j.on(twin.Full, "createUiModification", j.createUIModification)
	j.on(twin.Full, "updateUiModification", j.updateUIModification)
	j.on(twin.Full, "deleteUiModification", j.deleteUIModification)
}

// Bounds of UI modifications.
const (
	maxModificationContexts = 1000
	maxModifications        = 3000
	maxModificationData     = 50000
)

// viewTypes are the views that an app can modify.
var viewTypes = []string{"GIC", "IssueView", "IssueTransition", "JSMRequestCreate"}

// getUIModifications lists what the app that calls does to views.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-ui-modifications-apps/#api-rest-api-3-uimodifications-get
func (j *Jira) getUIModifications(c *call) (any, error) {
	if c.connect == "" {
		return nil, errAppsOnly
	}
	rows := filtered(j.uiModifications.All(c.Tx, ""), func(m UIModification) bool { return m.App == c.connect })
	return pageBean(c, rows, 100, func(m UIModification) any {
		v := obj{"id": m.ID, "name": m.Name, "self": c.api("/uiModifications/" + m.ID)}
		if m.Description != "" {
			v["description"] = m.Description
		}
		if c.expands("data") && m.Data != "" {
			v["data"] = m.Data
		}
		if c.expands("contexts") {
			v["contexts"] = c.modificationContexts(m)
		}
		return v
	})
}

// modificationContexts are where a modification applies, and whether that is still there.
func (c *call) modificationContexts(m UIModification) []any {
	out := []any{}
	for _, x := range m.Contexts {
		v := with(object(x), obj{"isAvailable": true})
		if n := object(x)["projectId"]; n != nil {
			_, v["isAvailable"] = c.project(text(n))
		}
		if n := object(x)["issueTypeId"]; n != nil && !c.j.issueTypes.Has(c.Tx, key(number(n))) {
			v["isAvailable"] = false
		}
		out = append(out, v)
	}
	return out
}

// theUIModification is the one of the app that the path names.
func (c *call) theUIModification() (UIModification, error) {
	m, ok := c.j.uiModifications.Get(c.Tx, c.param("uiModificationId"))
	switch {
	case c.connect == "":
		return m, errAppsOnly
	case !ok || m.App != c.connect:
		return m, notFound("The UI modification was not found.")
	}
	return m, nil
}

// readUIModification reads {name, description, data, contexts}; what is not there stays.
func (c *call) readUIModification(m UIModification, doc obj) (_ UIModification, err error) {
	if doc["name"] != nil || m.ID == "" {
		if m.Name, err = readName(doc, 255); err != nil {
			return m, err
		}
	}
	if m.Description, err = readDescription(doc, m.Description, 255); err != nil {
		return m, err
	}
	if s, ok := doc["data"].(string); ok {
		m.Data = s
	}
	if utf8.RuneCountInString(m.Data) > maxModificationData {
		return m, badRequest("The length of the data must not exceed 50000 characters.")
	}
	if doc["contexts"] == nil {
		return m, nil
	}
	m.Contexts = nil
	var lost []any
	unknown := map[string][]any{}
	for _, x := range list(doc["contexts"]) {
		v := object(x)
		project, kind, view := plainWords(v["projectId"]), plainWords(v["issueTypeId"]), plainWords(v["viewType"])
		wild := 0
		for _, s := range []string{project, kind, view} {
			if s == "" {
				wild++
			}
		}
		switch {
		case wild > 1:
			return m, badRequest("At most one of projectId, issueTypeId and viewType can be null.")
		case view != "" && !slices.Contains(viewTypes, view):
			return m, badRequest("The viewType must be one of: %s.", strings.Join(viewTypes, ", "))
		}
		p, ok := c.project(project)
		switch {
		case project != "" && !ok:
			lost = append(lost, project)
		case kind != "" && project != "" && !slices.ContainsFunc(c.issueTypesOf(p.ID), func(t IssueType) bool { return id(t.ID) == kind }):
			unknown[project] = append(unknown[project], kind)
		}
		m.Contexts = append(m.Contexts, obj{"id": c.uuid(), "projectId": orNull(project), "issueTypeId": orNull(kind), "viewType": orNull(view)})
	}
	if len(m.Contexts) > maxModificationContexts {
		return m, badRequest("The contexts must contain no more than 1,000 items.")
	}
	if len(lost)+len(unknown) > 0 {
		return m, modificationLost(lost, unknown)
	}
	return m, nil
}

// orNull is text, or null if there is none.
func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// modificationLost refuses contexts of projects and types that are not there.
func modificationLost(lost []any, unknown map[string][]any) error {
	messages, types := []any{}, obj{}
	for _, p := range lost {
		messages = append(messages, "Project with ID '"+text(p)+"' was not found.")
	}
	for _, p := range sorted(unknown) {
		messages = append(messages, "Project with ID '"+p+"'. The following issue types were not found: ["+strings.Join(texts(unknown[p]), ", ")+"]")
		types[p] = unknown[p]
	}
	r := refuse(http.StatusNotFound, "%s", text(messages[0]))
	r.body = obj{"errorMessages": messages, "errors": obj{}, "details": obj{"projectNotFound": rulesShown(lost), "issueTypesNotFound": types}}
	return r
}

// createUIModification makes an app change views.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-ui-modifications-apps/#api-rest-api-3-uimodifications-post
func (j *Jira) createUIModification(c *call) (any, error) {
	doc, ok := c.body.(obj)
	switch {
	case !ok:
		return nil, errPayload
	case c.connect == "":
		return nil, errAppsOnly
	}
	m, err := c.readUIModification(UIModification{App: c.connect}, doc)
	if err != nil {
		return nil, err
	}
	n := 0
	for other := range j.uiModifications.All(c.Tx, "") {
		if other.App == m.App {
			n++
		}
	}
	if n >= maxModifications {
		return nil, badRequest("The number of UI modifications must not exceed 3000.")
	}
	m.ID = c.uuid()
	j.uiModifications.Put(c.Tx, m)
	return created(obj{"id": m.ID, "self": c.api("/uiModifications/" + m.ID)}), nil
}

// updateUIModification changes what an app does to views; contexts replace those that were there.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-ui-modifications-apps/#api-rest-api-3-uimodifications-uimodificationid-put
func (j *Jira) updateUIModification(c *call) (any, error) {
	doc, ok := c.body.(obj)
	if !ok {
		return nil, errPayload
	}
	m, err := c.theUIModification()
	if err != nil {
		return nil, err
	}
	if m, err = c.readUIModification(m, doc); err != nil {
		return nil, err
	}
	j.uiModifications.Put(c.Tx, m)
	return nil, nil
}

// deleteUIModification deletes one, with its contexts.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-ui-modifications-apps/#api-rest-api-3-uimodifications-uimodificationid-delete
func (j *Jira) deleteUIModification(c *call) (any, error) {
	m, err := c.theUIModification()
	if err != nil {
		return nil, err
	}
	j.uiModifications.Delete(c.Tx, m.ID)
	return nil, nil
}
