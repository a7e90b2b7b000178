package okta

import (
	"net/http"
	"slices"
	"strings"

	"twinset.dev/kit/twin"
)

// groupRuleKind puts people into groups by what is true of them.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/GroupRule/
var groupRuleKind = &kind{name: "groupRules", noun: "GroupRule", prefix: "0pr", path: "/api/v1/groups/rules/%s", event: "group.rule"}

func init() { groupRuleKind.check = checkGroupRule }

const statusInvalid = "INVALID" // of a rule one of whose groups is gone

func (o *Okta) groupRulesOperations() {
	o.on(twin.Full, "listGroupRules", o.listGroupRules)
	o.on(twin.Full, "createGroupRule", o.createGroupRule)
	o.on(twin.Full, "getGroupRule", o.getGroupRule)
	o.on(twin.Full, "replaceGroupRule", o.replaceGroupRule)
	o.on(twin.Full, "deleteGroupRule", o.deleteGroupRule)
	o.on(twin.Full, "activateGroupRule", o.activateGroupRule)
	o.on(twin.Full, "deactivateGroupRule", o.deactivateGroupRule)
}

// listGroupRules finds rules by the beginning of their name.
func (o *Okta) listGroupRules(c *call) (any, error) {
	search := strings.ToLower(c.query.Get("search"))
	rules := func(yield func(Record) bool) {
		for r := range c.all(groupRuleKind, "") {
			if strings.Contains(strings.ToLower(r.Name), search) && !yield(r) {
				return
			}
		}
	}
	return paged(c, rules, func(r Record) string { return r.ID }, 50, 200, func(r Record) any { return c.groupRule(r) })
}

func (o *Okta) createGroupRule(c *call) (any, error) {
	if c.body == nil {
		return nil, errMalformed
	}
	doc := clone(without(c.body, "id", "created", "lastUpdated", "status", "allGroupsValid", "_embedded"))
	if err := checkGroupRule(c, doc, nil); err != nil {
		return nil, err
	}
	r := c.keep(groupRuleKind, Record{ID: c.id("0pr"), Status: "INACTIVE", Created: c.at(), Updated: c.at(), Order: c.order(), Doc: doc})
	c.logged("group.rule.create", "SUCCESS", groupRuleKind.target(r))
	return c.groupRule(r), nil
}

func (o *Okta) getGroupRule(c *call) (any, error) {
	r, err := c.fetch(groupRuleKind, "", c.param("groupRuleId"))
	if err != nil {
		return nil, err
	}
	return c.groupRule(r), nil
}

// replaceGroupRule changes a rule that is not active; where it puts people cannot be changed.
func (o *Okta) replaceGroupRule(c *call) (any, error) {
	r, err := c.fetch(groupRuleKind, "", c.param("groupRuleId"))
	switch {
	case err != nil:
		return nil, err
	case r.Status != "INACTIVE":
		return nil, invalid("status", "Cannot update a group rule in "+r.Status+" status. Deactivate the rule first.")
	}
	if r, err = c.replace(groupRuleKind, r, without(c.body, "allGroupsValid")); err != nil {
		return nil, err
	}
	return c.groupRule(r), nil
}

// deleteGroupRule deletes a rule, and takes those out of its groups whom it alone has put there, if asked to.
func (o *Okta) deleteGroupRule(c *call) (any, error) {
	r, err := c.fetch(groupRuleKind, "", c.param("groupRuleId"))
	switch {
	case err != nil:
		return nil, err
	case r.Status == "ACTIVE":
		return nil, invalid("status", "Cannot delete a group rule in ACTIVE status. Deactivate the rule first.")
	}
	remove := c.query.Get("removeUsers") == "true"
	for _, id := range ruleGroups(r) {
		for m := range o.members.All(c.Tx, id+"/") {
			if slices.Contains(m.Rules, r.ID) {
				c.released(m, r.ID, remove)
			}
		}
	}
	o.tables[groupRuleKind].records.Delete(c.Tx, r.ID)
	c.logged("group.rule.delete", "SUCCESS", groupRuleKind.target(r))
	return answer{status: http.StatusAccepted, body: obj{}}, nil
}

// activateGroupRule makes a rule apply, to all who are there already too.
func (o *Okta) activateGroupRule(c *call) (any, error) {
	r, err := c.fetch(groupRuleKind, "", c.param("groupRuleId"))
	switch {
	case err != nil:
		return nil, err
	case r.Status == statusInvalid:
		return nil, invalid("status", "Cannot activate a group rule in INVALID status.")
	case r.Status == "ACTIVE":
		return nil, nil
	}
	r.Status, r.Updated = "ACTIVE", c.at()
	c.keep(groupRuleKind, r)
	c.logged("group.rule.activate", "SUCCESS", groupRuleKind.target(r))
	if lag := c.Lag(); lag > 0 {
		c.At(c.Now.Add(lag), "okta", afterRule, r.ID)
		return nil, nil
	}
	c.applyToAll(r)
	return nil, nil
}

// Timers of rules in a world where they lag.
const (
	afterRules = "group_rules" // of somebody who has changed
	afterRule  = "group_rule"  // that was activated
)

// applyToAll puts everybody where an active rule wants them.
func (c *call) applyToAll(r Record) {
	rules := []rule{c.compiledRule(r)}
	for u := range c.o.users.All(c.Tx, "") {
		c.apply(rules, u)
	}
}

// deactivateGroupRule makes a rule apply no longer; people stay where they are.
func (o *Okta) deactivateGroupRule(c *call) (any, error) {
	r, err := c.fetch(groupRuleKind, "", c.param("groupRuleId"))
	if err != nil || r.Status != "ACTIVE" {
		return nil, err
	}
	r.Status, r.Updated = "INACTIVE", c.at()
	c.keep(groupRuleKind, r)
	c.logged("group.rule.deactivate", "SUCCESS", groupRuleKind.target(r))
	return nil, nil
}

func checkGroupRule(c *call, doc obj, was *Record) error {
	name := text(doc["name"])
	if err := nameFits(name, 50); err != nil {
		return err
	}
	if kind := text(doc["type"]); kind != "" && kind != "group_rule" {
		return invalid("type", "type: The field has an invalid value")
	}
	if c.taken(groupRuleKind, "", name, was) {
		return invalid("name", "name: Policy rule name already in use")
	}
	doc["type"] = "group_rule"
	conditions := object(doc["conditions"])
	source := text(dig(conditions, "expression", "value"))
	if source == "" {
		return blank("conditions")
	}
	e, err := parseExpression(source)
	if err != nil {
		return invalid("validateRule", "Invalid expression: "+source)
	}
	// Who is meant does not matter: an expression is as wrong of one as of another.
	if v, err := e.value(c.userScope(c.who.user)); err != nil {
		return invalid("validateRule", err.Error()+" in expression "+source)
	} else if _, ok := v.(bool); !ok && v != nil {
		return invalid("validateRule", "The expression must evaluate to a boolean value: "+source)
	}
	people := object(conditions["people"])
	doc["conditions"] = with(conditions, obj{"expression": with(obj{"type": "urn:okta:expression:1.0"}, object(conditions["expression"])), "people": obj{
		"users": with(obj{"exclude": []any{}}, object(people["users"])), "groups": with(obj{"exclude": []any{}}, object(people["groups"]))}})
	ids := texts(dig(doc, "actions", "assignUserToGroups", "groupIds"))
	if len(ids) == 0 {
		return blank("actions")
	}
	if was != nil && !slices.Equal(ids, ruleGroups(*was)) {
		return invalid("actions", "The group assignments of a group rule can't be changed.")
	}
	for _, id := range ids {
		if g, ok := c.o.groups.Get(c.Tx, id); !ok || g.Type != "OKTA_GROUP" {
			return invalid("groupIds", "Invalid group id: "+id)
		}
	}
	return nil
}

func ruleGroups(r Record) []string {
	return texts(dig(r.Doc, "actions", "assignUserToGroups", "groupIds"))
}

// groupRule is a rule as the caller sees it.
func (c *call) groupRule(r Record) obj {
	v := with(r.Doc, obj{"id": r.ID, "status": r.Status, "created": stamp(r.Created), "lastUpdated": stamp(r.Updated), "allGroupsValid": r.Status != statusInvalid})
	if c.query.Get("expand") == "groupIdToGroupNameMap" {
		names := obj{}
		for _, id := range ruleGroups(r) {
			if g, ok := c.o.groups.Get(c.Tx, id); ok {
				names[id] = g.name()
			}
		}
		v["_embedded"] = obj{"groupIdToGroupNameMap": names}
	}
	return v
}

// A rule is one that is ready to be asked about people.
type rule struct {
	id             string
	groups         []string
	holds          *expression
	exclude        []string
	excludedGroups []string
}

// never is true of nobody.
var never, _ = parseExpression("false")

func (c *call) compiledRule(r Record) rule {
	e, err := parseExpression(text(dig(r.Doc, "conditions", "expression", "value")))
	if err != nil { // in a seed; what is sent is read first
		e = never
	}
	return rule{r.ID, ruleGroups(r), e, texts(dig(r.Doc, "conditions", "people", "users", "exclude")), texts(dig(r.Doc, "conditions", "people", "groups", "exclude"))}
}

// applyRules puts somebody who has changed where the active rules want them. A rule may ask what another has done, so it goes on for as long as something moves.
func (c *call) applyRules(u User) {
	if lag := c.Lag(); lag > 0 {
		c.At(c.Now.Add(lag), "okta", afterRules, u.ID)
		return
	}
	c.applyRulesNow(u)
}

// applyRulesNow does so in a world whose rules do not lag, or when it is time.
func (c *call) applyRulesNow(u User) {
	var rules []rule
	for r := range c.all(groupRuleKind, "") {
		if r.Status == "ACTIVE" {
			rules = append(rules, c.compiledRule(r))
		}
	}
	for range len(rules) {
		if !c.apply(rules, u) {
			return
		}
	}
}

// apply asks rules about somebody, and reports whether they were moved.
func (c *call) apply(rules []rule, u User) (moved bool) {
	s := c.userScope(u)
	for _, r := range rules {
		holds := u.Status != statusDeprovisioned && !slices.Contains(r.exclude, u.ID) && r.holds.holds(s) &&
			!slices.ContainsFunc(r.excludedGroups, func(id string) bool { return c.o.members.Has(c.Tx, id+"/"+u.ID) })
		for _, id := range r.groups {
			m, in := c.o.members.Get(c.Tx, id+"/"+u.ID)
			is := in && slices.Contains(m.Rules, r.id)
			switch {
			case holds && !is:
				c.enlist(id, u, r.id)
				moved = true
			case !holds && is && u.Status != statusDeprovisioned:
				c.released(m, r.id, true)
				moved = true
			}
		}
	}
	return moved
}

// enlist puts somebody into a group on behalf of a rule.
func (c *call) enlist(group string, u User, rule string) {
	g, ok := c.o.groups.Get(c.Tx, group)
	if !ok {
		return
	}
	m, was := c.o.members.Get(c.Tx, group+"/"+u.ID)
	if !was {
		m = Member{Group: group, User: u.ID, Since: c.at()}
	}
	m.Rules = append(slices.Clone(m.Rules), rule)
	c.o.members.Put(c.Tx, m)
	if !was {
		c.joined(g, u)
	}
}

// released undoes what a rule did for somebody: they leave the group if nothing else keeps them there.
func (c *call) released(m Member, rule string, leaves bool) {
	m.Rules = slices.DeleteFunc(slices.Clone(m.Rules), func(id string) bool { return id == rule })
	if len(m.Rules) == 0 && !leaves {
		m.Manual = true
	}
	if len(m.Rules) > 0 || m.Manual {
		c.o.members.Put(c.Tx, m)
		return
	}
	g, ok := c.o.groups.Get(c.Tx, m.Group)
	u, ok2 := c.o.users.Get(c.Tx, m.User)
	if ok && ok2 {
		c.leave(g, u)
	}
}

// userScope is what an expression may say of somebody.
func (c *call) userScope(u User) *scope {
	known := c.schema(u.Type)
	attributes := obj{}
	for _, name := range known.names() {
		attributes[name] = u.Profile[name]
	}
	attributes["profile"] = attributes
	return &scope{vars: obj{"user": attributes}, function: func(name string, args []any) (any, error) { return c.memberFunction(u, name, args) }, member: func(_ any, name string, args []any) (any, bool) {
		switch {
		case name == "getInternalProperty" && len(args) == 1:
			return map[string]any{"id": u.ID, "status": u.Status, "created": stamp(u.Created), "lastUpdated": stamp(u.Updated), "passwordChanged": stamp(u.PasswordChanged), "lastLogin": stamp(u.LastLogin)}[text(args[0])], true
		case name == "isMemberOf":
			return slices.ContainsFunc(args, func(a any) bool { return c.memberOf(u, object(a)) }), true
		}
		return nil, false
	}}
}

// memberFunction are the functions that ask which groups somebody is in.
func (c *call) memberFunction(u User, name string, args []any) (any, error) {
	if len(args) == 0 && strings.HasPrefix(name, "isMemberOf") {
		return nil, errExpression("Parameter count mismatch for function " + name)
	}
	named := func(test func(name, want string) bool) bool {
		for g := range c.groupsOf(u) {
			if slices.ContainsFunc(args, func(a any) bool { return test(g.name(), text(a)) }) {
				return true
			}
		}
		return false
	}
	switch name {
	case "isMemberOfGroup", "isMemberOfAnyGroup":
		return slices.ContainsFunc(args, func(a any) bool { return c.o.members.Has(c.Tx, text(a)+"/"+u.ID) }), nil
	case "isMemberOfGroupName":
		return named(func(name, want string) bool { return name == want }), nil
	case "isMemberOfGroupNameStartsWith":
		return named(strings.HasPrefix), nil
	case "isMemberOfGroupNameContains":
		return named(strings.Contains), nil
	case "isMemberOfGroupNameRegex":
		return named(func(name, want string) bool { v, _ := method(name, "matches", []any{want}, true); return v == true }), nil
	case "hasDirectoryUser", "hasWorkdayUser":
		return false, nil
	}
	return nil, errExpression("Invalid function name " + name)
}

// memberOf is user.isMemberOf({'group.id': …}).
func (c *call) memberOf(u User, asked obj) bool {
	for g := range c.groupsOf(u) {
		all := len(asked) > 0
		for k, want := range asked {
			value := map[string]string{"group.id": g.ID, "group.profile.name": g.name(), "group.type": g.Type}[k]
			wants := texts(want)
			if s, ok := want.(string); ok {
				wants = []string{s}
			}
			all = all && (k == "operator" || slices.ContainsFunc(wants, func(w string) bool {
				switch text(asked["operator"]) {
				case "STARTS_WITH":
					return strings.HasPrefix(value, w)
				case "CONTAINS":
					return strings.Contains(value, w)
				}
				return value == w
			}))
		}
		if all {
			return true
		}
	}
	return false
}
