package jira

import (
	"encoding/json"
	"strconv"
	"strings"
)

// A legacyRule is a rule as older operations have it: a type and a configuration with values of many shapes.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflows/#api-rest-api-3-workflow-post
type legacyRule struct {
	Type, Kind, Key string
	Fixed           obj // parameters that make a rule this one
	Parts           []legacyPart
}

// A legacyPart is one value of a configuration and the parameter that it is: Shape says what it looks like there.
type legacyPart struct {
	Name, Parameter string
	Shape           string // text, truth, list, json, thing {id}, things [{id}], groups (names)
}

var legacyRules = []legacyRule{
	{"AlwaysFalseCondition", "Condition", "system:restrict-from-all-users", obj{"restrictMode": "usersAndAPI"}, nil},
	{"RemoteOnlyCondition", "Condition", "system:restrict-from-all-users", obj{"restrictMode": "users"}, nil},
	{"BlockInProgressApprovalCondition", "Condition", "system:block-in-progress-approval", nil, nil},
	{"CompareNumberCFCondition", "Condition", "system:check-field-value", obj{"comparisonType": "NUMBER"}, []legacyPart{{"fieldId", "fieldId", "text"}, {"comparator", "comparator", "text"}, {"fieldValue", "fieldValue", "json"}}},
	{"ValueFieldCondition", "Condition", "system:check-field-value", nil, []legacyPart{{"fieldId", "fieldId", "text"}, {"comparator", "comparator", "text"}, {"fieldValue", "fieldValue", "json"}, {"comparisonType", "comparisonType", "text"}}},
	{"AllowOnlyAssignee", "Condition", "system:restrict-issue-transition", obj{"accountIds": "allow-assignee"}, nil},
	{"AllowOnlyReporter", "Condition", "system:restrict-issue-transition", obj{"accountIds": "allow-reporter"}, nil},
	{"InAnyProjectRoleCondition", "Condition", "system:restrict-issue-transition", nil, []legacyPart{{"projectRoles", "roleIds", "things"}}},
	{"InProjectRoleCondition", "Condition", "system:restrict-issue-transition", nil, []legacyPart{{"projectRole", "roleIds", "thing"}}},
	{"UserInAnyGroupCondition", "Condition", "system:restrict-issue-transition", nil, []legacyPart{{"groups", "groupIds", "groups"}}},
	{"PermissionCondition", "Condition", "system:restrict-issue-transition", nil, []legacyPart{{"permissionKey", "permissionKeys", "text"}}},
	{"InGroupCFCondition", "Condition", "system:restrict-issue-transition", nil, []legacyPart{{"fieldId", "groupCustomFields", "text"}}},
	{"PreviousStatusCondition", "Condition", "system:previous-status-condition", nil, []legacyPart{{"previousStatus", "previousStatusIds", "thing"}, {"reverseCondition", "not", "truth"}, {"mostRecentStatusOnly", "mostRecentStatusOnly", "truth"}, {"includeCurrentStatus", "includeCurrentStatus", "truth"}, {"ignoreLoopTransitions", "ignoreLoopTransitions", "truth"}}},
	{"SeparationOfDutiesCondition", "Condition", "system:separation-of-duties", nil, []legacyPart{{"fromStatus", "fromStatusId", "thing"}, {"toStatus", "toStatusId", "thing"}}},
	{"SubTaskBlockingCondition", "Condition", "system:parent-or-child-blocking-condition", obj{"blocker": "CHILD"}, []legacyPart{{"statuses", "statusIds", "things"}}},

	{"FieldRequiredValidator", "Validator", "system:validate-field-value", obj{"ruleType": "fieldRequired"}, []legacyPart{{"fields", "fieldsRequired", "list"}, {"ignoreContext", "ignoreContext", "truth"}, {"errorMessage", "errorMessage", "text"}}},
	{"FieldChangedValidator", "Validator", "system:validate-field-value", obj{"ruleType": "fieldChanged"}, []legacyPart{{"fieldId", "fieldKey", "text"}, {"errorMessage", "errorMessage", "text"}, {"exemptedGroups", "groupsExemptFromValidation", "groups"}}},
	{"FieldHasSingleValueValidator", "Validator", "system:validate-field-value", obj{"ruleType": "fieldHasSingleValue"}, []legacyPart{{"fieldId", "fieldKey", "text"}, {"excludeSubtasks", "excludeSubtasks", "truth"}}},
	{"RegexpFieldValidator", "Validator", "system:validate-field-value", obj{"ruleType": "fieldMatchesRegularExpression"}, []legacyPart{{"fieldId", "fieldKey", "text"}, {"regExp", "regexp", "text"}}},
	{"DateFieldValidator", "Validator", "system:validate-field-value", obj{"ruleType": "dateFieldComparison"}, []legacyPart{{"date1", "date1FieldKey", "text"}, {"date2", "date2FieldKey", "text"}, {"comparator", "conditionSelected", "text"}, {"includeTime", "includeTime", "truth"}}},
	{"WindowsDateValidator", "Validator", "system:validate-field-value", obj{"ruleType": "windowDateComparison"}, []legacyPart{{"date1", "date1FieldKey", "text"}, {"date2", "date2FieldKey", "text"}, {"windowsDays", "numberOfDays", "number"}}},
	{"ParentStatusValidator", "Validator", "system:parent-or-child-blocking-validator", obj{"blocker": "PARENT"}, []legacyPart{{"parentStatuses", "statusIds", "things"}}},
	{"PermissionValidator", "Validator", "system:check-permission-validator", nil, []legacyPart{{"permissionKey", "permissionKey", "text"}}},
	{"PreviousStatusValidator", "Validator", "system:previous-status-validator", nil, []legacyPart{{"previousStatus", "previousStatusIds", "thing"}, {"mostRecentStatusOnly", "mostRecentStatusOnly", "truth"}}},

	{"AssignToCurrentUserFunction", "Function", "system:change-assignee", obj{"type": "to-current-user"}, nil},
	{"AssignToLeadFunction", "Function", "system:change-assignee", obj{"type": "to-lead"}, nil},
	{"AssignToReporterFunction", "Function", "system:change-assignee", obj{"type": "to-reporter"}, nil},
	{"ClearFieldValuePostFunction", "Function", "system:update-field", obj{"value": ""}, []legacyPart{{"fieldId", "field", "text"}}},
	{"UpdateIssueCustomFieldPostFunction", "Function", "system:update-field", nil, []legacyPart{{"mode", "mode", "text"}, {"fieldId", "field", "text"}, {"fieldValue", "value", "text"}}},
	{"UpdateIssueFieldFunction", "Function", "system:update-field", nil, []legacyPart{{"fieldId", "field", "text"}, {"fieldValue", "value", "text"}}},
	{"CopyValueFromOtherFieldPostFunction", "Function", "system:copy-value-from-other-field", nil, []legacyPart{{"sourceFieldId", "sourceFieldKey", "text"}, {"destinationFieldId", "targetFieldKey", "text"}, {"copyType", "issueSource", "upper"}}},
	{"TriggerWebhookFunction", "Function", "system:trigger-webhook", nil, []legacyPart{{"webhook", "webhookId", "thing"}}},
}

// usualFunctions are those that every transition has, which newer operations do not show.
var usualFunctions = []string{"UpdateIssueStatusFunction", "CreateCommentFunction", "GenerateChangeHistoryFunction", "IssueReindexFunction", "FireIssueEventFunction"}

// legacyRead reads the rules of a kind: [{type, configuration}].
func (c *call) legacyRead(v any, kind string) (out []any, err error) {
	for _, x := range list(v) {
		m := object(x)
		if kind == "Function" && isUsual(text(m["type"])) {
			continue
		}
		r, err := c.legacyRule(text(m["type"]), kind, object(m["configuration"]))
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

func isUsual(name string) bool {
	for _, s := range usualFunctions {
		if s == name {
			return true
		}
	}
	return name == "IssueCreateFunction"
}

// legacyRule reads one rule as it is kept.
func (c *call) legacyRule(name, kind string, configuration obj) (obj, error) {
	for _, r := range legacyRules {
		if r.Type != name || r.Kind != kind {
			continue
		}
		parameters := with(obj{}, r.Fixed)
		for _, p := range r.Parts {
			if v, ok := configuration[p.Name]; ok {
				parameters[p.Parameter] = c.legacyValue(p.Shape, v)
			}
		}
		known, _ := systemRuleOf(r.Key)
		for _, need := range known.Needs {
			if _, ok := parameters[need]; !ok {
				return nil, badRequest("The configuration of the rule '%s' is not valid.", name)
			}
		}
		return obj{"id": c.uuid(), "ruleKey": r.Key, "parameters": parameters}, nil
	}
	return nil, badRequest("The rule type '%s' is not valid.", name)
}

// legacyValue is a value of a configuration as a parameter.
func (c *call) legacyValue(shape string, v any) string {
	var parts []string
	switch shape {
	case "truth":
		return strconv.FormatBool(truth(v))
	case "json":
		b, _ := json.Marshal([]any{v})
		return string(b)
	case "upper":
		return strings.ToUpper(text(v))
	case "list":
		parts = texts(v)
	case "thing":
		return plainWords(object(v)["id"])
	case "things":
		for _, x := range list(v) {
			parts = append(parts, plainWords(object(x)["id"]))
		}
	case "groups":
		for _, name := range texts(v) {
			if g, ok := c.groupBy("", name); ok {
				parts = append(parts, g.ID)
			}
		}
	default:
		return plainWords(v)
	}
	return strings.Join(parts, ",")
}

// conditionsRead reads a tree of conditions: {operator: AND or OR, conditions} or {type, configuration}.
func (c *call) conditionsRead(m obj) (obj, error) {
	if m == nil {
		return nil, nil
	}
	tree := obj{"operation": "ALL", "conditions": []any{}, "conditionGroups": []any{}}
	if m["type"] != nil {
		m = obj{"operator": "AND", "conditions": []any{m}}
	}
	switch m["operator"] {
	case "AND":
	case "OR":
		tree["operation"] = "ANY"
	default:
		return nil, badRequest("The operator of a condition must be 'AND' or 'OR'.")
	}
	rules, groups := []any{}, []any{}
	for _, x := range list(m["conditions"]) {
		child := object(x)
		if child["operator"] != nil {
			g, err := c.conditionsRead(child)
			if err != nil {
				return nil, err
			}
			groups = append(groups, g)
			continue
		}
		r, err := c.legacyRule(text(child["type"]), "Condition", object(child["configuration"]))
		if err != nil {
			return nil, err
		}
		rules = append(rules, r)
	}
	tree["conditions"], tree["conditionGroups"] = rules, groups
	return tree, nil
}

// legacyRules are the rules of a transition in their older form.
func (c *call) legacyRules(t Transition) obj {
	v := obj{"validators": c.legacyShown(t.Validators), "postFunctions": []any{}}
	if t.Conditions != nil {
		v["conditionsTree"] = c.legacyTree(t.Conditions)
	}
	functions := c.legacyShown(t.Actions)
	if t.Type == "initial" {
		functions = append(functions, obj{"type": "IssueCreateFunction"}, obj{"type": "IssueReindexFunction"}, obj{"type": "FireIssueEventFunction", "configuration": obj{"event": obj{"id": "1", "name": "Issue Created"}}})
	} else {
		for _, name := range usualFunctions {
			f := obj{"type": name}
			if name == "FireIssueEventFunction" {
				f["configuration"] = obj{"event": obj{"id": "13", "name": "Generic Event"}}
			}
			functions = append(functions, f)
		}
	}
	v["postFunctions"] = functions
	return v
}

func (c *call) legacyTree(m obj) obj {
	operator := "AND"
	if m["operation"] == "ANY" {
		operator = "OR"
	}
	children := []any{}
	for _, x := range c.legacyShown(list(m["conditions"])) {
		children = append(children, with(object(x), obj{"nodeType": "simple"}))
	}
	for _, g := range list(m["conditionGroups"]) {
		children = append(children, c.legacyTree(object(g)))
	}
	return obj{"nodeType": "compound", "operator": operator, "conditions": children}
}

// legacyShown are rules in their older form, with their parameters as they are if they have none.
func (c *call) legacyShown(rules []any) []any {
	out := []any{}
	for _, x := range rules {
		r := ruleOf(x)
		shown := obj{"type": r.key, "configuration": r.with}
		for _, old := range legacyRules {
			if old.Key != r.key || !old.says(r) {
				continue
			}
			shown = obj{"type": old.Type}
			configuration := obj{}
			for _, p := range old.Parts {
				if s, ok := r.with[p.Parameter]; ok {
					configuration[p.Name] = c.legacyPart(p.Shape, plainWords(s))
				}
			}
			if len(configuration) > 0 {
				shown["configuration"] = configuration
			}
			break
		}
		out = append(out, shown)
	}
	return out
}

// says reports whether a rule is this one: what is fixed is as it is here, and something of what is not is there.
func (old legacyRule) says(r rule) bool {
	for k, v := range old.Fixed {
		if s, ok := r.with[k]; !ok || s != v {
			return false
		}
	}
	if len(old.Parts) == 0 || len(old.Fixed) > 0 {
		return true
	}
	return r.says(old.Parts[0].Parameter) != ""
}

func (c *call) legacyPart(shape, s string) any {
	thing := func(n string) obj { return obj{"id": n} }
	some := []any{}
	each := func(f func(string) any) any {
		for n := range strings.SplitSeq(s, ",") {
			if n != "" {
				some = append(some, f(n))
			}
		}
		return some
	}
	switch shape {
	case "truth":
		return s == "true"
	case "number":
		return float64(number(s))
	case "json":
		var v []any
		if json.Unmarshal([]byte(s), &v) == nil && len(v) > 0 {
			return v[0]
		}
	case "upper":
		return strings.ToLower(s)
	case "list":
		return each(func(n string) any { return n })
	case "thing":
		return thing(s)
	case "things":
		return each(func(n string) any { return thing(n) })
	case "groups":
		return each(func(n string) any { g, _ := c.j.groups.Get(c.Tx, n); return g.Name })
	}
	return s
}
