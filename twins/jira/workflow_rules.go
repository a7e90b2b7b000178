package jira

import (
	"cmp"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A rule is one condition, validator or function of a transition: what it is, and how it is set up. All parameters are text; ids and
// fields in lists have commas between.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflows/#api-rest-api-3-workflows-capabilities-get
type rule struct {
	key  string
	with obj
}

func ruleOf(v any) rule { return rule{text(object(v)["ruleKey"]), object(object(v)["parameters"])} }

func (r rule) says(name string) string { return plainWords(r.with[name]) }

func (r rule) list(name string) (out []string) {
	for s := range strings.SplitSeq(r.says(name), ",") {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// A systemRule is a rule that Jira itself has.
type systemRule struct {
	Key, Type, Name, Description string
	Initial, Hidden              bool     // Initial: can be of the transition that creates
	Needs                        []string // parameters that it cannot do without
	Without                      []string // rules that cannot stand beside it
}

// systemRules are Jira's own.
var systemRules = []systemRule{
	{Key: "system:check-field-value", Type: "Condition", Name: "Block transition until a field has a value", Description: "Only lets a work item be transitioned when a field has the value that is set.", Needs: []string{"fieldId", "comparator", "comparisonType"}},
	{Key: "system:restrict-issue-transition", Type: "Condition", Name: "Restrict who can move a work item", Description: "Only lets certain people move a work item using a particular transition."},
	{Key: "system:previous-status-condition", Type: "Condition", Name: "Restrict to when a work item has been through a particular status", Description: "Restricts a transition depending on the statuses that a work item has been in.", Needs: []string{"previousStatusIds"}},
	{Key: "system:parent-or-child-blocking-condition", Type: "Condition", Name: "Restrict based on the status of subtasks", Description: "Blocks a parent until its subtasks are in certain statuses.", Needs: []string{"blocker", "statusIds"}},
	{Key: "system:separation-of-duties", Type: "Condition", Name: "Restrict by who has moved a work item before", Description: "Keeps people from moving a work item that they have moved through a certain step.", Needs: []string{"toStatusId"}},
	{Key: "system:restrict-from-all-users", Type: "Condition", Name: "Restrict from all users", Description: "Hides a transition from all users, so that only automation or apps take it.", Needs: []string{"restrictMode"}},
	{Key: "system:block-in-progress-approval", Type: "Condition", Name: "Block a work item until it is approved", Description: "Blocks a transition while an approval is pending.", Hidden: true},
	{Key: "system:jsd-approvals-block-until-approved", Type: "Condition", Name: "Block until approved", Description: "Blocks a transition until a request is approved.", Hidden: true, Needs: []string{"approvalConfigurationJson"}},
	{Key: "system:jsd-approvals-block-until-rejected", Type: "Condition", Name: "Block until rejected", Description: "Blocks a transition until a request is rejected.", Hidden: true, Needs: []string{"approvalConfigurationJson"}},
	{Key: "system:check-permission-validator", Type: "Validator", Name: "Validate people's permissions", Description: "Checks that a person has a permission before they move a work item.", Initial: true, Needs: []string{"permissionKey"}},
	{Key: "system:parent-or-child-blocking-validator", Type: "Validator", Name: "Validate the parent's status", Description: "Checks that the parent of a subtask is in a certain status.", Initial: true, Needs: []string{"blocker", "statusIds"}},
	{Key: "system:previous-status-validator", Type: "Validator", Name: "Validate that a work item has been through a particular status", Description: "Checks the statuses that a work item has been in.", Needs: []string{"previousStatusIds"}},
	{Key: "system:validate-field-value", Type: "Validator", Name: "Validate a field", Description: "Checks the value of a field when a work item is moved.", Initial: true, Needs: []string{"ruleType"}},
	{Key: "system:proforma-forms-attached", Type: "Validator", Name: "Validate that forms are attached", Description: "Checks that a form is attached to the work item."},
	{Key: "system:proforma-forms-submitted", Type: "Validator", Name: "Validate that forms are submitted", Description: "Checks that all forms of the work item are submitted."},
	{Key: "system:change-assignee", Type: "Function", Name: "Assign a work item", Description: "Assigns a work item to somebody after it has been moved.", Initial: true, Needs: []string{"type"}},
	{Key: "system:copy-value-from-other-field", Type: "Function", Name: "Copy the value of one field to another", Description: "Copies a value of the work item or of its parent.", Initial: true, Needs: []string{"sourceFieldKey", "targetFieldKey"}},
	{Key: "system:update-field", Type: "Function", Name: "Update a work item field", Description: "Sets a field after a work item has been moved.", Initial: true, Needs: []string{"field"}},
	{Key: "system:trigger-webhook", Type: "Function", Name: "Trigger a webhook", Description: "Triggers a webhook after a work item has been moved.", Initial: true, Needs: []string{"webhookId"}},
	{Key: "system:remind-people-to-update-fields", Type: "Screen", Name: "Show a screen that reminds of fields", Description: "Reminds people to update fields when they move a work item.", Needs: []string{"remindingFieldIds"}},
	{Key: "system:transition-screen", Type: "Screen", Name: "Show a screen", Description: "Shows a screen when a work item is moved.", Needs: []string{"screenId"}},
}

// systemRule finds one of Jira's rules.
func systemRuleOf(key string) (systemRule, bool) {
	n := slices.IndexFunc(systemRules, func(r systemRule) bool { return r.Key == key })
	if n < 0 {
		return systemRule{}, false
	}
	return systemRules[n], true
}

// condition reports whether one condition of a transition lets the caller take it. Those of apps let everybody.
func (c *call) condition(name string, with obj, p *Project, i *Issue) bool {
	r := rule{name, with}
	switch name {
	case "system:check-field-value":
		return c.compares(r, i)
	case "system:restrict-issue-transition":
		return c.unrestricted(r, p, i)
	case "system:previous-status-condition", "system:previous-status-validator":
		return c.hasBeenIn(r, i) != (r.says("not") == "true")
	case "system:parent-or-child-blocking-condition":
		for _, sub := range c.subtasks(i) {
			if !slices.Contains(r.list("statusIds"), text(sub.Fields["status"])) {
				return false
			}
		}
		return true
	case "system:separation-of-duties":
		return !c.movedBefore(r, i)
	case "system:restrict-from-all-users":
		byAPI := c.op != nil && strings.HasPrefix(c.op.Path, "/rest/")
		return byAPI && r.says("restrictMode") == "users"
	case "system:jsd-approvals-block-until-approved", "system:jsd-approvals-block-until-rejected":
		return false // as nobody has been asked to approve
	}
	return true
}

// unrestricted reports whether the caller is one of those who may move the issue; all may if nobody is named.
func (c *call) unrestricted(r rule, p *Project, i *Issue) bool {
	who := c.who.ID
	in := func(field string) bool {
		v := i.Fields[field]
		return v == who || slices.Contains(list(v), any(who))
	}
	if slices.ContainsFunc(r.list("denyUserCustomFields"), in) {
		return false
	}
	named := false
	for name, is := range map[string]func(string) bool{
		"accountIds": func(s string) bool {
			return s == who || s == "allow-assignee" && i.Fields["assignee"] == who || s == "allow-reporter" && i.Fields["reporter"] == who
		},
		"roleIds":               func(s string) bool { return c.inRole(who, p.ID, number(s)) },
		"groupIds":              func(s string) bool { return c.inGroup(who, s) },
		"permissionKeys":        func(s string) bool { return c.may(s, p, i) },
		"groupCustomFields":     func(s string) bool { return c.holds(who, Holder{"groupCustomField", s}, p, i) },
		"allowUserCustomFields": in,
	} {
		for _, s := range r.list(name) {
			named = true
			if is(s) {
				return true
			}
		}
	}
	return !named
}

// statusesBefore are the statuses that an issue has been in, the first one first, without that it is in now.
func (c *call) statusesBefore(i *Issue, noLoops bool) (out []string) {
	for x := range c.j.changes.All(c.Tx, key(i.ID)+"/") {
		for _, it := range x.Items {
			if it.FieldID == "status" && !(noLoops && it.From == it.To) {
				out = append(out, text(it.From))
			}
		}
	}
	return out
}

// hasBeenIn reports whether an issue has been in one of the statuses of a rule.
func (c *call) hasBeenIn(r rule, i *Issue) bool {
	before := c.statusesBefore(i, r.says("ignoreLoopTransitions") == "true")
	if r.says("mostRecentStatusOnly") == "true" && len(before) > 0 {
		before = before[len(before)-1:]
	}
	if r.says("includeCurrentStatus") == "true" {
		before = append(before, text(i.Fields["status"]))
	}
	return slices.ContainsFunc(r.list("previousStatusIds"), func(s string) bool { return slices.Contains(before, s) })
}

// movedBefore reports whether the caller has taken the issue through the step that a rule names.
func (c *call) movedBefore(r rule, i *Issue) bool {
	from, to := r.says("fromStatusId"), r.says("toStatusId")
	for x := range c.j.changes.All(c.Tx, key(i.ID)+"/") {
		for _, it := range x.Items {
			if x.Author == c.who.ID && it.FieldID == "status" && (from == "" || text(it.From) == from) && text(it.To) == to {
				return true
			}
		}
	}
	return false
}

// compares reports whether a field has a value that a rule lets pass: {fieldId, fieldValue, comparator, comparisonType}.
func (c *call) compares(r rule, i *Issue) bool {
	f, ok := c.field(r.says("fieldId"))
	if !ok {
		return false
	}
	var wanted []any
	if json.Unmarshal([]byte(r.says("fieldValue")), &wanted) != nil {
		wanted = []any{r.says("fieldValue")}
	}
	has := c.wordsOf(f, i.Fields[f.ID])
	if r.says("comparisonType") == "OPTIONID" {
		has = nil
		for _, v := range append(slices.Clone(list(i.Fields[f.ID])), i.Fields[f.ID]) {
			if s := text(v); s != "" {
				has = append(has, s)
			}
		}
	}
	holds := func(v any) bool {
		return slices.ContainsFunc(has, func(s string) bool { return comparing(r.says("comparisonType"), s, plainWords(v)) == 0 })
	}
	switch comparator := r.says("comparator"); comparator {
	case "=":
		return slices.ContainsFunc(wanted, holds)
	case "!=":
		return !slices.ContainsFunc(wanted, holds)
	default:
		return len(has) > 0 && len(wanted) > 0 && fitsSign(comparator, comparing(r.says("comparisonType"), has[0], plainWords(wanted[0])))
	}
}

// comparing compares two values of a type as words.
func comparing(kind, a, b string) int {
	switch kind {
	case "NUMBER":
		x, err := strconv.ParseFloat(a, 64)
		y, err2 := strconv.ParseFloat(b, 64)
		if err != nil || err2 != nil {
			return -2
		}
		return cmp.Compare(x, y)
	case "DATE", "DATE_WITHOUT_TIME":
		x, ok := parseMoment(a)
		y, ok2 := parseMoment(b)
		if !ok || !ok2 {
			return -2
		}
		if kind == "DATE_WITHOUT_TIME" {
			x, y = x-x%day, y-y%day
		}
		return cmp.Compare(x, y)
	}
	return strings.Compare(a, b)
}

// fitsSign reports whether a comparison came out as a sign asks for.
func fitsSign(sign string, came int) bool {
	switch sign {
	case ">":
		return came == 1
	case ">=":
		return came == 1 || came == 0
	case "=":
		return came == 0
	case "<=":
		return came == -1 || came == 0
	case "<":
		return came == -1
	case "!=":
		return came != 0
	}
	return false
}

// validate refuses what a transition's validators do not let through: each its own sentence, the first field's first.
func (c *call) validate(was, i *Issue, t Transition, p *Project) error {
	var bad problems
	for _, v := range t.Validators {
		bad.add(c.validates(ruleOf(v), was, i, p))
	}
	if len(bad) > 0 {
		return bad.refusal()
	}
	return nil
}

func (c *call) validates(r rule, was, i *Issue, p *Project) error {
	switch r.key {
	case "system:check-permission-validator":
		if perm := r.says("permissionKey"); !c.may(perm, p, i) {
			known, _ := permissionOf(perm)
			return badRequest("User '%s' doesn't have the '%s' permission", c.who.Name, cmp.Or(known.Name, perm))
		}
	case "system:parent-or-child-blocking-validator":
		above, ok := c.j.issues.Get(c.Tx, key(number(i.Fields["parent"])))
		if ok && !slices.Contains(r.list("statusIds"), text(above.Fields["status"])) {
			s, _ := c.status(above.Fields["status"])
			return badRequest("Parent issue %s is in the status '%s', which does not allow this transition.", c.keyOf(&above), s.Name)
		}
	case "system:previous-status-validator":
		if c.hasBeenIn(r, was) == (r.says("not") == "true") {
			return badRequest("The issue has not been through the required status.")
		}
	case "system:validate-field-value":
		return c.validatesField(r, was, i)
	case "system:proforma-forms-attached":
		return badRequest("At least one form must be attached to the issue.")
	}
	return nil
}

// validatesField refuses an issue whose fields are not as a rule wants them.
func (c *call) validatesField(r rule, was, i *Issue) error {
	said := func(field, otherwise string) error {
		if s := r.says("errorMessage"); s != "" {
			return badRequest("%s", s)
		}
		return wrong(field, "%s", otherwise)
	}
	name := r.says("fieldKey")
	f, known := c.field(name)
	switch r.says("ruleType") {
	case "fieldRequired":
		var bad problems
		for _, name := range r.list("fieldsRequired") {
			f, ok := c.field(name)
			if !ok || r.says("ignoreContext") == "true" && f.custom != nil && !c.applies(f, i) {
				continue
			}
			if c.isEmpty(f, i) {
				bad.add(said(name, f.Name+" is required."))
			}
		}
		if len(bad) > 0 {
			return bad.refusal()
		}
	case "fieldChanged":
		exempt := slices.ContainsFunc(r.list("groupsExemptFromValidation"), func(g string) bool { return c.inGroup(c.who.ID, g) })
		if known && !exempt && slices.Equal(c.wordsOf(f, was.Fields[name]), c.wordsOf(f, i.Fields[name])) {
			return said(name, "Field '"+f.Name+"' has not been modified.")
		}
	case "fieldHasSingleValue":
		if known && len(list(i.Fields[name])) > 1 {
			return said(name, f.Name+" must have a single value.")
		}
	case "fieldMatchesRegularExpression":
		re, err := regexp.Compile("^(?:" + r.says("regexp") + ")$")
		if known && err == nil && !re.MatchString(strings.Join(c.wordsOf(f, i.Fields[name]), ", ")) {
			return said(name, f.Name+" does not match the regular expression.")
		}
	case "dateFieldComparison", "windowDateComparison":
		return c.validatesDates(r, i, said)
	}
	return nil
}

// validatesDates refuses an issue whose dates are not in the order, or not as close, as a rule wants them.
func (c *call) validatesDates(r rule, i *Issue, said func(field, otherwise string) error) error {
	one, ok := c.field(r.says("date1FieldKey"))
	two, ok2 := c.field(r.says("date2FieldKey"))
	if !ok || !ok2 {
		return nil
	}
	a, ok := c.moment(one, i)
	b, ok2 := c.moment(two, i)
	if !ok || !ok2 {
		return nil
	}
	if r.says("ruleType") == "windowDateComparison" {
		if days := number(r.says("numberOfDays")); a < b || a-b > days*day {
			return said(one.ID, one.Name+" must be within "+id(days)+" days of "+two.Name+".")
		}
		return nil
	}
	if r.says("includeTime") != "true" {
		a, b = a-a%day, b-b%day
	}
	if sign := r.says("conditionSelected"); !fitsSign(sign, cmp.Compare(a, b)) {
		return said(one.ID, one.Name+" must be "+sign+" "+two.Name+".")
	}
	return nil
}

// moment is the value of a date field in milliseconds.
func (c *call) moment(f *field, i *Issue) (int64, bool) {
	s := text(c.valueShown(f, i))
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return t.UnixMilli(), true
	}
	return parseMoment(s)
}

// isEmpty reports whether an issue has nothing in a field.
func (c *call) isEmpty(f *field, i *Issue) bool {
	if f.kind.computed == nil {
		return i.Fields[f.ID] == nil
	}
	switch v := f.kind.computed(c, i).(type) {
	case nil:
		return true
	case []any:
		return len(v) == 0
	case obj:
		total, counted := v["total"].(int)
		return counted && total == 0
	}
	return false
}

// act does what a transition does beside moving the issue.
func (c *call) act(t Transition, p *Project, i *Issue) {
	for _, v := range t.Actions {
		switch r := ruleOf(v); r.key {
		case "system:update-field":
			c.updateField(r, i)
		case "system:change-assignee":
			c.changeAssignee(r, p, i)
		case "system:copy-value-from-other-field":
			from := *i
			if r.says("issueSource") == "PARENT" {
				from, _ = c.j.issues.Get(c.Tx, key(number(i.Fields["parent"])))
			}
			source, ok := c.field(r.says("sourceFieldKey"))
			target, ok2 := c.field(r.says("targetFieldKey"))
			if ok && ok2 && target.kind.computed == nil && from.ID != 0 {
				c.copyValue(source, target, &from, i)
			}
		}
	}
}

// trigger tells the webhooks that a transition names, whatever events they want to know of.
//
// https://support.atlassian.com/jira-cloud-administration/docs/trigger-a-webhook-from-a-workflow-transition/
func (c *call) trigger(t Transition, was, i *Issue) {
	for _, v := range t.Actions {
		r := ruleOf(v)
		w, ok := c.j.webhooks.Get(c.Tx, key(number(r.says("webhookId"))))
		if r.key != "system:trigger-webhook" || !ok || w.Disabled {
			continue
		}
		from, _ := c.status(was.Fields["status"])
		to, _ := c.status(i.Fields["status"])
		e := event{Name: "jira:issue_updated", Kind: "issue_generic", Issue: i, More: obj{"transition": obj{"transitionId": t.ID, "transitionName": t.Name, "from_status": from.Name, "to_status": to.Name}}}
		body, _ := json.Marshal(c.payload(e))
		c.tellWebhook(w, e, body)
	}
}

// updateField sets a field to a value that a rule has, or adds it.
func (c *call) updateField(r rule, i *Issue) {
	f, ok := c.field(r.says("field"))
	if !ok || f.kind.computed != nil {
		return
	}
	value := r.says("value")
	switch {
	case value == "" && r.says("mode") != "append":
		delete(i.Fields, f.ID)
	case f.many():
		kept := []any{}
		if r.says("mode") == "append" {
			kept = slices.Clone(list(i.Fields[f.ID]))
		}
		for _, s := range r.list("value") {
			if !slices.Contains(kept, any(s)) {
				kept = append(kept, s)
			}
		}
		i.Fields[f.ID] = kept
	case f.kind.Type == "number":
		if n, err := strconv.ParseFloat(value, 64); err == nil {
			i.Fields[f.ID] = n
		}
	case r.says("mode") == "append" && f.kind.Type == "string":
		i.Fields[f.ID] = strings.TrimSpace(f.kind.words(c, f, i.Fields[f.ID]) + " " + value)
	default:
		i.Fields[f.ID] = value
	}
}

// changeAssignee gives an issue to whom a rule says, if they can have it.
func (c *call) changeAssignee(r rule, p *Project, i *Issue) {
	who := ""
	switch r.says("type") {
	case "to-selected-user":
		who = r.says("accountId")
	case "to-current-user":
		who = c.who.ID
	case "to-reporter":
		who = text(i.Fields["reporter"])
	case "to-lead":
		who = p.Lead
		for _, n := range list(i.Fields["components"]) {
			if x, _ := c.j.components.Get(c.Tx, key(number(n))); x.Lead != "" {
				who = x.Lead
				break
			}
		}
	case "to-default-user":
		i.Fields["assignee"] = automaticAssignee
		c.settleAssignee(p, i)
		return
	case "to-unassigned":
		delete(i.Fields, "assignee")
		return
	}
	if who != "" && c.userMay(who, "ASSIGNABLE_USER", p, i) {
		i.Fields["assignee"] = who
	}
}

// copyValue puts the value of one field into another: as it is if they are of a kind, and as words into one for text.
func (c *call) copyValue(source, target *field, from, to *Issue) {
	v := from.Fields[source.ID]
	switch {
	case v == nil:
		delete(to.Fields, target.ID)
	case source.kind == target.kind:
		to.Fields[target.ID] = clone(v)
	case target.kind.Type == "string" && target.kind.Items == "":
		to.Fields[target.ID] = strings.Join(c.wordsOf(source, v), ", ")
	case target.many() && source.kind.Type == target.kind.Items:
		to.Fields[target.ID] = []any{v}
	case source.many() && target.kind.Type == source.kind.Items && len(list(v)) > 0:
		to.Fields[target.ID] = list(v)[0]
	}
}
