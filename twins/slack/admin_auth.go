package slack

import (
	"encoding/json"
	"maps"
	"net/netip"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/slack/internal/api"
)

// A PolicyEntity is someone to whom an authentication policy applies.
//
// https://docs.slack.dev/reference/methods/admin.auth.policy.assignEntities
type PolicyEntity struct {
	Policy string `json:"policy"`
	Type   string `json:"type"`
	Entity string `json:"entity"`
	Since  int64  `json:"since"`
}

// adminAuthMethods are the admin.auth.policy.* and the admin.audit.anomaly.* methods.
//
// https://docs.slack.dev/reference/methods?family=admin.auth
func (s *Slack) adminAuthMethods() {
	write(s, "admin.auth.policy.assignEntities", about{twin.Full, tier4, "-", "admin.users:write"}, s.adminAuthPolicyAssignEntities)
	read(s, "admin.auth.policy.getEntities", about{twin.Full, tier4, "-", "admin.users:read"}, s.adminAuthPolicyGetEntities)
	write(s, "admin.auth.policy.removeEntities", about{twin.Full, tier4, "-", "admin.users:write"}, s.adminAuthPolicyRemoveEntities)
	read(s, "admin.audit.anomaly.allow.getItem", about{twin.Full, tier2, "-", "admin"}, s.adminAuditAnomalyAllowGetItem)
	write(s, "admin.audit.anomaly.allow.updateItem", about{twin.Full, tier2, "-", "admin"}, s.adminAuditAnomalyAllowUpdateItem)
}

// policy checks what a policy method is about: there is one policy, and it is for people.
func (c *call) policy(name, kind string, required ...string) (Team, error) {
	if err := c.require(required...); err != nil {
		return Team{}, err
	}
	org, err := c.admin(errNotAnAdmin, errFeatureNotEnabled)
	switch {
	case err != nil:
		return org, err
	case name != "email_password":
		return org, Error("policy_not_found")
	case kind != "USER":
		return org, invalid("[ERROR] must be a valid enum value [json-pointer:/entity_type]")
	}
	return org, nil
}

// policyCount is how many a policy applies to.
func (c *call) policyCount(name string) (n int) {
	for range c.s.policies.All(c.Tx, name+"/") {
		n++
	}
	return n
}

// adminAuthPolicyAssignEntities lets people sign in with a password although their organisation uses single sign-on.
//
// https://docs.slack.dev/reference/methods/admin.auth.policy.assignEntities
func (s *Slack) adminAuthPolicyAssignEntities(c *call, in *api.AdminAuthPolicyAssignEntitiesRequest) (any, error) {
	org, err := c.policy(in.PolicyName, in.EntityType, "entity_ids", "entity_type", "policy_name")
	if err != nil {
		return nil, err
	}
	if err := atMost("entity_ids", in.EntityIDs, 1000); err != nil {
		return nil, err
	}
	for _, id := range in.EntityIDs {
		if u, ok := c.person(org, id); !ok || u.Deleted || u.Bot {
			return nil, Error("entity_not_found")
		}
		p := PolicyEntity{Policy: in.PolicyName, Type: in.EntityType, Entity: id, Since: c.Now.Unix()}
		if !s.policies.Has(c.Tx, p.Policy+"/"+p.Type+"/"+p.Entity) {
			s.policies.Put(c.Tx, p)
		}
	}
	return reply{"entity_total_count": c.policyCount(in.PolicyName)}, nil
}

// adminAuthPolicyGetEntities lists those to whom a policy applies.
//
// https://docs.slack.dev/reference/methods/admin.auth.policy.getEntities
func (s *Slack) adminAuthPolicyGetEntities(c *call, in *api.AdminAuthPolicyGetEntitiesRequest) (any, error) {
	n, err := c.between(in.Limit, 1000, 1000)
	if err != nil {
		return nil, err
	}
	if _, err := c.policy(in.PolicyName, or(in.EntityType, "USER"), "policy_name"); err != nil {
		return nil, err
	}
	var all []PolicyEntity
	for p := range s.policies.All(c.Tx, in.PolicyName+"/") {
		all = append(all, p)
	}
	all, next, err := page(all, "entity", in.Cursor, n, func(p PolicyEntity) string { return p.Entity })
	if err != nil {
		return nil, err
	}
	views := []reply{}
	for _, p := range all {
		views = append(views, reply{"entity_id": p.Entity, "entity_type": p.Type, "date_added": p.Since})
	}
	return reply{"entities": views, "entity_total_count": c.policyCount(in.PolicyName), "response_metadata": reply{"next_cursor": next}}, nil
}

// adminAuthPolicyRemoveEntities takes people out of a policy.
//
// https://docs.slack.dev/reference/methods/admin.auth.policy.removeEntities
func (s *Slack) adminAuthPolicyRemoveEntities(c *call, in *api.AdminAuthPolicyRemoveEntitiesRequest) (any, error) {
	if _, err := c.policy(in.PolicyName, in.EntityType, "entity_ids", "entity_type", "policy_name"); err != nil {
		return nil, err
	}
	for _, id := range in.EntityIDs {
		if !s.policies.Delete(c.Tx, in.PolicyName+"/"+in.EntityType+"/"+id) {
			return nil, Error("entity_not_found")
		}
	}
	return reply{"entity_total_count": c.policyCount(in.PolicyName)}, nil
}

// trusted is what an organisation does not want to be told of as an anomaly.
type trusted struct {
	CIDR []string `json:"trusted_cidr"`
	ASNs []int64  `json:"trusted_asns"`
}

// prefTrusted is the key of an organisation's prefs that has its trusted.
const prefTrusted = "audit_anomaly_allow"

// adminAuditAnomalyAllowGetItem returns the networks whose anomalies are none.
//
// https://docs.slack.dev/reference/methods/admin.audit.anomaly.allow.getItem
func (s *Slack) adminAuditAnomalyAllowGetItem(c *call, in *struct{}) (any, error) {
	org, err := c.admin(errNotAnAdmin, errNotAnEnterprise)
	if err != nil {
		return nil, err
	}
	t := trusted{CIDR: []string{}, ASNs: []int64{}}
	if j := org.Prefs[prefTrusted]; j != nil {
		json.Unmarshal(j, &t)
	}
	return t, nil
}

// adminAuditAnomalyAllowUpdateItem replaces the networks whose anomalies are none.
//
// https://docs.slack.dev/reference/methods/admin.audit.anomaly.allow.updateItem
func (s *Slack) adminAuditAnomalyAllowUpdateItem(c *call, in *adminAuditAnomalyAllowUpdateItemRequest) (any, error) {
	org, err := c.admin(errNotAnAdmin, errNotAnEnterprise)
	if err != nil {
		return nil, err
	}
	t := trusted{CIDR: []string{}, ASNs: []int64{}}
	if j := org.Prefs[prefTrusted]; j != nil {
		json.Unmarshal(j, &t)
	}
	if c.args.given("trusted_cidr") {
		t.CIDR = ids(in.CIDR)
		for _, block := range t.CIDR {
			if p, err := netip.ParsePrefix(block); err != nil || !p.Addr().Is4() {
				return nil, Error("invalid_field_or_data")
			}
		}
	}
	if c.args.given("trusted_asns") {
		t.ASNs = []int64{}
		if json.Unmarshal(in.ASNs, &t.ASNs) != nil {
			return nil, Error("invalid_field_or_data")
		}
	}
	org.Prefs = maps.Clone(org.Prefs)
	if org.Prefs == nil {
		org.Prefs = map[string]json.RawMessage{}
	}
	org.Prefs[prefTrusted] = encode(t)
	s.teams.Put(c.Tx, org)
	return nil, nil
}

type adminAuditAnomalyAllowUpdateItemRequest struct {
	CIDR []string        `json:"trusted_cidr"`
	ASNs json.RawMessage `json:"trusted_asns"`
}
