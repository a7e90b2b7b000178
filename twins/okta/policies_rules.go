package okta

import "slices"

// listPolicyRules returns the rules of a policy in the order in which they are asked.
func (o *Okta) listPolicyRules(c *call) (any, error) {
	p, err := c.policyOf()
	if err != nil {
		return nil, err
	}
	return paged(c, slices.Values(c.rules(p.ID)), func(r Record) string { return r.ID }, 200, 200, func(r Record) any { return c.rule(p, r) })
}

// createPolicyRule adds a rule to a policy.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Policy/#tag/Policy/operation/createPolicyRule
func (o *Okta) createPolicyRule(c *call) (any, error) {
	p, err := c.policyOf()
	if err != nil {
		return nil, err
	}
	r := Record{ID: c.id(p.sort().rule), Parent: p.ID, Status: "ACTIVE", Created: c.at()}
	if c.query.Get("activate") == "false" {
		r.Status = "INACTIVE"
	}
	if r, err = c.writeRule(p, r); err != nil {
		return nil, err
	}
	c.logged("policy.rule.add", "SUCCESS", ruleKind.target(r), policyKind.target(p))
	return c.rule(p, r), nil
}

func (o *Okta) getPolicyRule(c *call) (any, error) {
	p, r, err := c.ruleOf()
	if err != nil {
		return nil, err
	}
	return c.rule(p, r), nil
}

func (o *Okta) replacePolicyRule(c *call) (any, error) {
	p, r, err := c.ruleOf()
	if err != nil {
		return nil, err
	}
	if r, err = c.writeRule(p, r); err != nil {
		return nil, err
	}
	c.logged("policy.rule.update", "SUCCESS", ruleKind.target(r), policyKind.target(p))
	return c.rule(p, r), nil
}

func (o *Okta) deletePolicyRule(c *call) (any, error) {
	p, r, err := c.ruleOf()
	if err != nil {
		return nil, err
	}
	if r.System {
		return nil, readOnly("system")
	}
	if err := c.remove(ruleKind, r); err != nil {
		return nil, err
	}
	if !p.sort().gaps {
		c.closeRanks(ruleKind, c.rules(p.ID))
	}
	return nil, nil
}

func (o *Okta) activatePolicyRule(c *call) (any, error) { return nil, c.turnRule("ACTIVE") }

func (o *Okta) deactivatePolicyRule(c *call) (any, error) { return nil, c.turnRule("INACTIVE") }

func (c *call) turnRule(status string) error {
	_, r, err := c.ruleOf()
	if err != nil {
		return err
	}
	if r.System && r.Status != status {
		return readOnly("status")
	}
	_, err = c.turn(ruleKind, r, status)
	return err
}

// ruleOf is the rule that the path names, and its policy.
func (c *call) ruleOf() (p, r Record, err error) {
	if p, err = c.policyOf(); err != nil {
		return p, r, err
	}
	r, err = c.fetch(ruleKind, p.ID, c.param("ruleId"))
	return p, r, err
}

// rules are those of a policy in the order in which they are asked.
func (c *call) rules(policy string) []Record { return ranked(c.all(ruleKind, policy)) }

// writeRule takes what was sent into a rule, with what Okta adds, and finds its place among the others.
func (c *call) writeRule(p, r Record) (Record, error) {
	sort, name := p.sort(), text(c.body["name"])
	switch kind := text(c.body["type"]); {
	case c.body == nil:
		return r, errMalformed
	case kind != "" && kind != sort.ruleType:
		return r, illegal("Invalid policy rule type specified.")
	case name == "":
		return r, blank("name")
	case r.System && name != r.Name:
		return r, readOnly("name")
	case r.System && c.body["conditions"] != nil && r.Doc["conditions"] == nil:
		return r, readOnly("conditions")
	case r.System && c.body["priority"] != nil && number(c.body["priority"]) != float64(r.Priority):
		return r, readOnly("priority")
	}
	for _, other := range c.rules(p.ID) {
		if other.ID != r.ID && other.Name == name {
			return r, invalid("name", "name: Policy rule name already in use")
		}
	}
	doc := obj{"name": name, "type": sort.ruleType}
	for _, k := range []string{"conditions", "actions"} {
		if m := object(c.body[k]); m != nil {
			doc[k] = pruned(m)
		}
	}
	switch {
	case r.System:
	case sort.gaps:
		c.makeRoom(&r, c.rules(p.ID), c.body["priority"])
	default:
		c.rank(ruleKind, &r, c.rules(p.ID), c.body["priority"])
	}
	if err := sort.fillRule(doc, r.Priority); err != nil {
		return r, err
	}
	if r.System {
		doc["conditions"] = r.Doc["conditions"]
	}
	r.Doc, r.Updated = doc, c.at()
	return c.keep(ruleKind, r), nil
}

// makeRoom gives a rule the priority that is wanted, and moves those that are there up to the first gap by one: also those
// behind the place that the rule itself has, as if it were another.
func (c *call) makeRoom(r *Record, rules []Record, want any) {
	at := map[int]Record{}
	last := -1
	for _, x := range rules {
		if !x.System {
			at[x.Priority] = x
			last = max(last, x.Priority)
		}
	}
	n, ok := want.(float64)
	if !ok {
		if r.Updated == 0 {
			r.Priority = last + 1
		}
		return
	}
	r.Priority = int(n)
	for i := r.Priority; ; i++ {
		x, there := at[i]
		if !there {
			return
		}
		if x.ID != r.ID {
			x.Priority, x.Updated = i+1, c.at()
			c.keep(ruleKind, x)
		}
	}
}

// lastRule gives a policy the rule that comes after all others.
func (c *call) lastRule(p Record, name string, priority int, actions obj) Record {
	r := Record{ID: c.id(p.sort().rule), Parent: p.ID, Status: "ACTIVE", System: true, Priority: priority, Created: p.Created, Updated: p.Updated,
		Doc: obj{"name": name, "type": p.sort().ruleType, "conditions": nil, "actions": actions}}
	return c.keep(ruleKind, r)
}

// rule is a rule as the caller sees it.
func (c *call) rule(p, r Record) any {
	at := c.policyAt(p) + "/rules/" + r.ID
	links := obj{"self": hints(at, "GET", "PUT", "DELETE")}
	if r.System {
		links["self"] = hints(at, "GET", "PUT")
	} else {
		turnLink(links, at, r.Status)
	}
	return with(r.Doc, obj{"id": r.ID, "status": r.Status, "priority": r.Priority, "system": r.System, "created": stamp(r.Created), "lastUpdated": stamp(r.Updated), "_links": links})
}
