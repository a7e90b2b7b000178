package okta

import (
	"cmp"
	"iter"
	"slices"
	"strings"

	"twinset.dev/kit/twin"
)

// Policies say who may do what, where from and how; those of an authorization server have it as their parent. Their rules
// have the policy as theirs.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Policy/
var (
	policyKind = &kind{name: "policies", noun: "Policy", prefix: "00p", event: "policy.lifecycle", lifecycle: true}
	ruleKind   = &kind{name: "rules", noun: "PolicyRule", prefix: "0pr", event: "policy.rule", lifecycle: true}
)

func (o *Okta) policiesOperations() {
	o.on(twin.Full, "listPolicies", o.listPolicies)
	o.on(twin.Full, "createPolicy", o.createPolicy)
	o.on(twin.Full, "getPolicy", o.getPolicy)
	o.on(twin.Full, "replacePolicy", o.replacePolicy)
	o.on(twin.Full, "deletePolicy", o.deletePolicy)
	o.on(twin.Full, "activatePolicy", o.activatePolicy)
	o.on(twin.Full, "deactivatePolicy", o.deactivatePolicy)
	o.on(twin.Full, "clonePolicy", o.clonePolicy)
	o.on(twin.Partial, "createPolicySimulation", o.createPolicySimulation).noted("behaviors, custom expressions and what identity providers say are not looked at")
	o.on(twin.Full, "listPolicyRules", o.listPolicyRules)
	o.on(twin.Full, "createPolicyRule", o.createPolicyRule)
	o.on(twin.Full, "getPolicyRule", o.getPolicyRule)
	o.on(twin.Full, "replacePolicyRule", o.replacePolicyRule)
	o.on(twin.Full, "deletePolicyRule", o.deletePolicyRule)
	o.on(twin.Full, "activatePolicyRule", o.activatePolicyRule)
	o.on(twin.Full, "deactivatePolicyRule", o.deactivatePolicyRule)
	o.policyMappingsOperations()
}

func (r Record) policyType() string { return text(r.Doc["type"]) }

// sort is what is particular to the policy's type.
func (r Record) sort() *policySort { return policySorts[r.policyType()] }

// listPolicies returns the policies of one type, in the order in which they are asked.
func (o *Okta) listPolicies(c *call) (any, error) {
	kind := c.query.Get("type")
	switch {
	case kind == "":
		return nil, errMissing
	case policySorts[kind] == nil:
		return nil, illegal("Invalid policy type specified.")
	}
	status, q := c.query.Get("status"), strings.ToLower(c.query.Get("q"))
	var found []Record
	for _, p := range c.policies("", kind) {
		if (status == "" || p.Status == status) && strings.HasPrefix(strings.ToLower(p.Name), q) {
			found = append(found, p)
		}
	}
	return paged(c, slices.Values(found), func(r Record) string { return r.ID }, 200, 200, func(p Record) any {
		v := object(c.policy(p))
		if kind == "ACCESS_POLICY" {
			part(v, "_embedded")["resourceType"] = cmp.Or(text(p.Doc["resourceType"]), "APP")
		}
		return v
	})
}

// createPolicy makes a policy, on unless asked otherwise.
func (o *Okta) createPolicy(c *call) (any, error) {
	p, err := c.newPolicy("")
	return c.policy(p), err
}

func (o *Okta) getPolicy(c *call) (any, error) {
	p, err := c.policyOf()
	return c.policy(p), err
}

func (o *Okta) replacePolicy(c *call) (any, error) {
	p, err := c.policyOf()
	if err != nil {
		return nil, err
	}
	p, err = c.changedPolicy(p)
	return c.policy(p), err
}

func (o *Okta) deletePolicy(c *call) (any, error) {
	p, err := c.policyOf()
	if err != nil {
		return nil, err
	}
	return nil, c.dropPolicy(p)
}

func (o *Okta) activatePolicy(c *call) (any, error) { return nil, c.turnPolicy("ACTIVE") }

func (o *Okta) deactivatePolicy(c *call) (any, error) { return nil, c.turnPolicy("INACTIVE") }

func (c *call) turnPolicy(status string) error {
	p, err := c.policyOf()
	if err != nil {
		return err
	}
	if p.System && p.Status != status {
		return readOnly("status")
	}
	_, err = c.turn(policyKind, p, status)
	return err
}

// clonePolicy copies an app's sign-in policy with its rules.
func (o *Okta) clonePolicy(c *call) (any, error) {
	p, err := c.policyOf()
	if err != nil {
		return nil, err
	}
	if p.policyType() != "ACCESS_POLICY" {
		return nil, illegal("Invalid policy type specified.")
	}
	was := p
	p.ID, p.System, p.Created, p.Updated = c.id(p.sort().id), false, c.at(), c.at()
	p.Doc = with(p.Doc, obj{"name": "[cloned] " + p.Name})
	p = c.keep(policyKind, p)
	for _, r := range c.rules(was.ID) {
		r.ID, r.Parent, r.Created, r.Updated = c.id(p.sort().rule), p.ID, c.at(), c.at()
		c.keep(ruleKind, r)
	}
	c.logged("policy.lifecycle.create", "SUCCESS", policyKind.target(p))
	// Okta does not say yet when the copy was made.
	return with(object(c.policy(p)), obj{"created": nil, "lastUpdated": nil}), nil
}

// policyOf is the policy that the path names: the org's, or that of the authorization server before it.
func (c *call) policyOf() (Record, error) {
	server := c.param("authServerId")
	if server != "" {
		if _, err := c.fetch(authServerKind, "", server); err != nil {
			return Record{}, err
		}
	}
	return c.fetch(policyKind, server, c.param("policyId"))
}

// policies are those of a type below a parent, in the order in which they are asked.
func (c *call) policies(parent, kind string) []Record {
	return ranked(func(yield func(Record) bool) {
		for p := range c.all(policyKind, parent) {
			if p.policyType() == kind && !yield(p) {
				return
			}
		}
	})
}

// ranked sorts by priority, and by age where it is the same.
func ranked(seq iter.Seq[Record]) []Record {
	return slices.SortedStableFunc(seq, func(a, b Record) int { return cmp.Compare(a.Priority, b.Priority) })
}

// systemPolicy is the id of the org's own policy of a type.
func (c *call) systemPolicy(kind string) string {
	for _, p := range c.policies("", kind) {
		if p.System {
			return p.ID
		}
	}
	return ""
}

// policyOfApp is the id of the policy of one of the org's own apps: the one that is called like it, if there is one.
func (c *call) policyOfApp(label string) string {
	for _, p := range c.policies("", "ACCESS_POLICY") {
		if p.Name == label {
			return p.ID
		}
	}
	return c.systemPolicy("ACCESS_POLICY")
}

// policyType is the type of a policy of the org, by its id.
func (c *call) policyType(id string) (string, bool) {
	p, err := c.fetch(policyKind, "", id)
	return p.policyType(), err == nil
}

// newPolicy makes a policy from what was sent.
func (c *call) newPolicy(parent string) (Record, error) {
	if c.body == nil {
		return Record{}, errMalformed
	}
	sort := policySorts[text(c.body["type"])]
	if sort == nil || sort.single || (parent == "") == (sort == policySorts["OAUTH_AUTHORIZATION_POLICY"]) {
		return Record{}, illegal("Invalid policy type specified.")
	}
	p := Record{ID: c.id(sort.id), Parent: parent, Status: "ACTIVE", Priority: 1, Created: c.at(), Updated: c.at()}
	if c.query.Get("activate") == "false" {
		p.Status = "INACTIVE"
	}
	if err := c.writePolicy(&p); err != nil {
		return p, err
	}
	if !sort.equal {
		c.rank(policyKind, &p, c.policies(parent, p.policyType()), c.body["priority"])
	}
	p = c.keep(policyKind, p)
	if sort.last != nil {
		c.lastRule(p, "Catch-all Rule", 99, sort.last)
	}
	c.logged("policy.lifecycle.create", "SUCCESS", policyKind.target(p))
	return p, nil
}

// changedPolicy puts what was sent in the place of a policy.
func (c *call) changedPolicy(p Record) (Record, error) {
	if c.body == nil {
		return p, errMalformed
	}
	if kind := text(c.body["type"]); kind != "" && kind != p.policyType() {
		return p, readOnly("type")
	}
	if p.sort().single || p.Doc["resourceType"] != nil {
		return p, illegal("Invalid policy type specified.")
	}
	want := c.body["priority"]
	if p.System && want != nil && number(want) != float64(p.Priority) {
		return p, readOnly("priority")
	}
	c.body["type"] = p.policyType()
	if err := c.writePolicy(&p); err != nil {
		return p, err
	}
	p.Updated = c.at()
	if !p.System && !p.sort().equal && want != nil {
		c.rank(policyKind, &p, c.policies(p.Parent, p.policyType()), want)
	}
	p = c.keep(policyKind, p)
	c.logged("policy.lifecycle.update", "SUCCESS", policyKind.target(p))
	return p, nil
}

// writePolicy takes what was sent into a policy, with what Okta adds.
func (c *call) writePolicy(p *Record) error {
	name := text(c.body["name"])
	if name == "" {
		return blank("name")
	}
	if p.System && name != p.Name {
		return readOnly("name")
	}
	sort := policySorts[text(c.body["type"])]
	if !sort.equal {
		for _, other := range c.policies(p.Parent, text(c.body["type"])) {
			if other.ID != p.ID && other.Name == name {
				return invalid("name", "name: Policy name already in use")
			}
		}
	}
	p.Doc = obj{"type": c.body["type"], "name": name, "conditions": nil}
	for _, k := range []string{"description", "conditions", "settings"} {
		if v := c.body[k]; v != nil {
			p.Doc[k] = pruned(v)
		}
	}
	if sort.equal {
		p.Doc["conditions"] = nil
	}
	if sort.fill != nil {
		sort.fill(c, p.Doc)
	}
	return nil
}

// dropPolicy deletes a policy and its rules. Those after it move up.
func (c *call) dropPolicy(p Record) error {
	if p.System || p.sort().single || p.Doc["resourceType"] != nil {
		return readOnly("system")
	}
	for _, a := range c.appsUnder(p) {
		c.release(p, a)
	}
	for _, r := range c.rules(p.ID) {
		c.o.tables[ruleKind].records.Delete(c.Tx, r.ID)
	}
	if err := c.remove(policyKind, p); err != nil {
		return err
	}
	if !p.sort().equal {
		c.closeRanks(policyKind, c.policies(p.Parent, p.policyType()))
	}
	return nil
}

// rank gives a record its priority among others that count from 1 on: the one wanted, or the last before the org's own.
// Those that make room for it have changed, too.
func (c *call) rank(k *kind, r *Record, others []Record, want any) {
	others = slices.DeleteFunc(others, func(o Record) bool { return o.ID == r.ID })
	n := len(slices.DeleteFunc(slices.Clone(others), func(o Record) bool { return o.System }))
	r.Priority = n + 1
	if want, ok := want.(float64); ok {
		r.Priority = max(1, min(int(want), n+1))
	}
	c.closeRanks(k, slices.Insert(others, r.Priority-1, *r))
}

// closeRanks numbers records from 1 on in their order, the org's own last.
func (c *call) closeRanks(k *kind, rs []Record) {
	slices.SortStableFunc(rs, func(a, b Record) int {
		switch {
		case a.System == b.System:
			return 0
		case a.System:
			return 1
		}
		return -1
	})
	for i, r := range rs {
		if r.Priority != i+1 {
			r.Priority, r.Updated = i+1, c.at()
			c.keep(k, r)
		}
	}
}

// policyAt is the address of a policy.
func (c *call) policyAt(p Record) string {
	if p.Parent != "" {
		return c.link("/api/v1/authorizationServers/" + p.Parent + "/policies/" + p.ID)
	}
	return c.link("/api/v1/policies/" + p.ID)
}

// policy is a policy as the caller sees it.
func (c *call) policy(p Record) any {
	if p.ID == "" {
		return nil
	}
	at := c.policyAt(p)
	v := with(without(p.Doc, "resourceType"), obj{"id": p.ID, "status": p.Status, "priority": p.Priority, "system": p.System, "created": stamp(p.Created), "lastUpdated": stamp(p.Updated)})
	links := obj{"self": hints(at, "GET", "PUT", "DELETE"), "rules": hints(at+"/rules", "GET", "POST")}
	switch {
	case p.Doc["resourceType"] != nil:
		links["self"] = hints(at, "GET")
	case p.System:
		links["self"] = hints(at, "GET", "PUT")
	default:
		turnLink(links, at, p.Status)
	}
	switch {
	case p.Parent != "":
		links["rules"] = hints(at+"/rules", "GET")
	case !p.System && p.Doc["resourceType"] == nil:
		links["mappings"] = hints(at+"/mappings", "GET", "POST")
	}
	v["_links"] = links
	if slices.Contains(strings.Split(c.query.Get("expand"), ","), "rules") {
		var rules []any
		for _, r := range c.rules(p.ID) {
			rules = append(rules, c.rule(p, r))
		}
		v["_embedded"] = obj{"rules": rules}
	}
	return v
}

// turnLink adds the link that switches something off, or on.
func turnLink(links obj, at, status string) {
	if status == "ACTIVE" {
		links["deactivate"] = hints(at+"/lifecycle/deactivate", "POST")
	} else {
		links["activate"] = hints(at+"/lifecycle/activate", "POST")
	}
}
