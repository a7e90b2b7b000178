package jira

import (
	"slices"
	"strings"
)

// multiOptions are what can be done with fields that have several values.
var multiOptions = []any{"ADD", "REMOVE", "REPLACE", "REMOVE_ALL"}

// getBulkEditableFields lists the fields that the caller can edit of all of some issues.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-bulk-operations/#api-rest-api-3-bulk-issues-fields-get
func (j *Jira) getBulkEditableFields(c *call) (any, error) {
	issues, err := c.bulkQueried()
	if err != nil {
		return nil, err
	}
	count := map[string]int{}
	var meta obj
	var projects []string
	for _, i := range issues {
		p, _ := j.projects.Get(c.Tx, key(i.Project))
		if !slices.Contains(projects, p.Key) {
			projects = append(projects, p.Key)
		}
		meta = c.editFields(&p, &i, false, false)
		for name := range meta {
			count[name]++
		}
	}
	search := strings.ToLower(c.q("searchText"))
	all := []any{}
	for f := range c.fields() {
		m := object(meta[f.ID])
		if count[f.ID] < len(issues) || m == nil || bulkInputs[bulkInputOf(f)] == nil || !strings.Contains(strings.ToLower(f.Name), search) {
			continue
		}
		v := obj{"id": f.ID, "name": f.Name, "type": f.ID, "isRequired": m["required"]}
		if f.custom != nil {
			v["type"] = f.custom.Type
			if f.custom.Description != "" {
				v["description"] = f.custom.Description
			}
		}
		if f.many() {
			v["multiSelectFieldOptions"] = multiOptions
		}
		switch {
		case f.kind.Type == "user" || f.kind.Items == "user":
			v["searchUrl"] = c.api("/user/assignable/multiProjectSearch?projectKeys=" + strings.Join(projects, ",") + "&query=")
		case f.ID == "priority":
			options := []any{}
			for _, p := range c.prioritiesOf(issues[0].Project) {
				options = append(options, obj{"id": id(p.ID), "priority": p.Name, "description": p.Description})
			}
			v["fieldOptions"] = options
		case f.kind.allowed != nil:
			options := list(m["allowedValues"])
			if v["fieldOptions"] = options; len(options) == 0 && f.custom == nil {
				v["unavailableMessage"] = "{0}NOTE{1}: The project of the selected issue(s) does not have any " + strings.ToLower(f.Name) + "."
			}
		}
		all = append(all, v)
	}
	page, around, err := cursored(c, all, func(v any) string { return text(object(v)["id"]) })
	if err != nil {
		return nil, err
	}
	return with(obj{"fields": page}, around), nil
}

// A bulkInput reads one field of a bulk edit, as it is written for an edit of one issue: a value to set, or values to add,
// remove or set and what to do with them.
type bulkInput func(v obj) (value any, option string)

// bulkInputs are the kinds of fields that a bulk edit can have, by the name of its list of them.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-bulk-operations/#api-rest-api-3-bulk-issues-fields-post
var bulkInputs = map[string]bulkInput{
	"cascadingSelectFields": func(v obj) (any, string) {
		parent := chosenOption(v["parentOptionValue"])
		if child := chosenOption(v["childOptionValue"]); parent != nil && child != nil {
			object(parent)["child"] = child
		}
		return parent, ""
	},
	"clearableNumberFields":                   func(v obj) (any, string) { return v["value"], "" },
	"colorFields":                             func(v obj) (any, string) { return dig(v, "color", "name"), "" },
	"datePickerFields":                        func(v obj) (any, string) { return emptied(dig(v, "date", "formattedDate")), "" },
	"dateTimePickerFields":                    func(v obj) (any, string) { return emptied(dig(v, "dateTime", "formattedDateTime")), "" },
	"labelsFields":                            func(v obj) (any, string) { return each(v["labels"], func(m obj) any { return m["name"] }), option(v) },
	"multipleGroupPickerFields":               func(v obj) (any, string) { return each(v["groups"], groupNamed), "REPLACE" },
	"multipleSelectClearableUserPickerFields": func(v obj) (any, string) { return each(v["users"], account), "REPLACE" },
	"multipleSelectFields": func(v obj) (any, string) {
		return each(v["options"], func(m obj) any { return chosenOption(m) }), or(option(v), "REPLACE")
	},
	"multipleVersionPickerFields": func(v obj) (any, string) {
		return each(v["versions"], func(m obj) any { return byID(m["versionId"]) }), option(v)
	},
	"multiselectComponents": func(v obj) (any, string) {
		return each(v["components"], func(m obj) any { return byID(m["componentId"]) }), option(v)
	},
	"priority":                              func(v obj) (any, string) { return byID(v["priorityId"]), "" },
	"issueType":                             func(v obj) (any, string) { return byID(v["issueTypeId"]), "" },
	"richTextFields":                        func(v obj) (any, string) { return dig(v, "richText", "adfValue"), "" },
	"singleGroupPickerFields":               func(v obj) (any, string) { return groupNamed(object(v["group"])), "" },
	"singleLineTextFields":                  func(v obj) (any, string) { return v["text"], "" },
	"singleSelectClearableUserPickerFields": func(v obj) (any, string) { return account(object(v["user"])), "" },
	"singleSelectFields":                    func(v obj) (any, string) { return chosenOption(v["option"]), "" },
	"singleVersionPickerFields":             func(v obj) (any, string) { return byID(dig(v, "version", "versionId")), "" },
	"originalEstimateField":                 func(v obj) (any, string) { return obj{"originalEstimate": v["originalEstimateField"]}, "" },
	"timeTrackingField":                     func(v obj) (any, string) { return obj{"remainingEstimate": v["timeRemaining"]}, "" },
	"urlFields":                             func(v obj) (any, string) { return v["url"], "" },
}

// bulkInputOf is the list of a bulk edit in which a field stands, "" if it can be in none.
func bulkInputOf(f *field) string {
	switch f.ID {
	case "priority":
		return "priority"
	case "issuetype":
		return "issueType"
	case "components":
		return "multiselectComponents"
	case "timetracking":
		return "timeTrackingField"
	}
	switch {
	case f.kind == cascadeField:
		return "cascadingSelectFields"
	case f.kind == richField:
		return "richTextFields"
	case f.kind == urlField:
		return "urlFields"
	case f.many():
		return map[string]string{"string": "labelsFields", "version": "multipleVersionPickerFields", "option": "multipleSelectFields", "user": "multipleSelectClearableUserPickerFields", "group": "multipleGroupPickerFields"}[f.kind.Items]
	}
	return map[string]string{"string": "singleLineTextFields", "number": "clearableNumberFields", "date": "datePickerFields", "datetime": "dateTimePickerFields", "option": "singleSelectFields", "user": "singleSelectClearableUserPickerFields", "group": "singleGroupPickerFields", "version": "singleVersionPickerFields"}[f.kind.Type]
}

// bulkFieldOf is the field of an input that names none.
var bulkFieldOf = map[string]string{"priority": "priority", "issueType": "issuetype", "multiselectComponents": "components", "originalEstimateField": "timetracking", "timeTrackingField": "timetracking"}

func option(v obj) string { return text(v["bulkEditMultiSelectFieldOption"]) }

func emptied(v any) any {
	if v == "" {
		return nil
	}
	return v
}

// byID names a thing by its id; -1 and nothing are none.
func byID(v any) any {
	if n := plainWords(v); n != "" && n != "-1" {
		return obj{"id": n}
	}
	return nil
}

func chosenOption(v any) any { return byID(object(v)["optionId"]) }

func account(m obj) any {
	if s := text(m["accountId"]); s != "" {
		return obj{"accountId": s}
	}
	return nil
}

func groupNamed(m obj) any {
	if s := text(m["groupName"]); s != "" {
		return obj{"name": s}
	}
	return nil
}

func each(v any, read func(obj) any) []any {
	out := []any{}
	for _, x := range list(v) {
		if y := read(object(x)); y != nil {
			out = append(out, y)
		}
	}
	return out
}

// submitBulkEdit edits issues all in the same way, as a task.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-bulk-operations/#api-rest-api-3-bulk-issues-fields-post
func (j *Jira) submitBulkEdit(c *call) (any, error) {
	doc := object(c.body)
	ids, err := c.bulked(doc["selectedIssueIdsOrKeys"])
	if err != nil {
		return nil, err
	}
	actions := texts(doc["selectedActions"])
	if len(actions) == 0 {
		return nil, wrongBulk("At least one action must be selected.")
	}
	fields, update := obj{}, obj{}
	var extra []string
	for _, name := range sorted(object(doc["editedFieldsInput"])) {
		read := bulkInputs[name]
		if read == nil {
			return nil, wrongBulk("The editedFieldsInput value '" + name + "' is not valid")
		}
		inputs, several := object(doc["editedFieldsInput"])[name].([]any)
		if !several {
			inputs = []any{object(doc["editedFieldsInput"])[name]}
		}
		for _, v := range inputs {
			id := or(text(object(v)["fieldId"]), bulkFieldOf[name])
			if !slices.Contains(actions, id) {
				extra = append(extra, id)
				continue
			}
			value, option := read(object(v))
			switch option {
			case "":
				if was := object(fields[id]); was != nil && id == "timetracking" {
					value = with(was, object(value))
				}
				fields[id] = value
			case "REPLACE":
				fields[id] = value
			case "REMOVE_ALL":
				fields[id] = []any{}
			case "ADD", "REMOVE":
				verbs := []any{}
				for _, x := range list(value) {
					verbs = append(verbs, obj{strings.ToLower(option): x})
				}
				update[id] = verbs
			default:
				return nil, wrongBulk("The bulkEditMultiSelectFieldOption '" + option + "' is not valid")
			}
		}
	}
	if len(extra) > 0 {
		return nil, wrongBulk("The following editedFieldInput values are not listed as selectedActions : " + strings.Join(extra, ", "))
	}
	for _, id := range actions {
		if _, ok := fields[id]; !ok && update[id] == nil {
			return nil, wrongBulk("The following selectedActions have no editedFieldsInput : " + id)
		}
	}
	return c.submitted("edit", obj{"issues": ids, "fields": fields, "update": update}), nil
}

func bulkEdit(c *call, i Issue, p Project, with obj) error {
	if !c.may("EDIT_ISSUES", &p, &i) || !c.editable(&p, &i) {
		return forbidden("You do not have permission to edit issues in this project.")
	}
	_, err := c.edit(p, i, obj{"fields": with["fields"], "update": with["update"]})
	return err
}
