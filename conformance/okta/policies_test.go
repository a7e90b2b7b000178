package okta

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/http"
	"testing"

	"github.com/okta/okta-sdk-golang/v2/okta"
	"github.com/okta/okta-sdk-golang/v2/okta/query"
)

// everybody is the id of the group of all people.
func (e *env) everybody() string {
	e.t.Helper()
	found, _, err := e.Group.ListGroups(e.ctx, query.NewQueryParams(query.WithQ("Everyone")))
	must(e.t, err)
	want(e.t, "groups called Everyone", len(found), 1)
	return found[0].Id
}

// login signs the demo's person in, and returns how that stands, or the code of the refusal.
func (e *env) login() string {
	said := e.authenticate()
	return cmp.Or(said.ErrorCode, said.Status)
}

// authenticate is what Okta says to the demo's person who signs in without a page.
func (e *env) authenticate() (said struct{ Status, ErrorCode, SessionToken string }) {
	e.t.Helper()
	b, err := json.Marshal(map[string]string{"username": e.creds.Env["OKTA_TEST_USERNAME"], "password": e.creds.Env["OKTA_TEST_PASSWORD"]})
	must(e.t, err)
	res, err := http.Post(e.url+"/api/v1/authn", "application/json", bytes.NewReader(b))
	must(e.t, err)
	defer res.Body.Close()
	must(e.t, json.NewDecoder(res.Body).Decode(&said))
	return said
}

// denied is how login says that a policy does not let people in.
const denied = "E0000085"

// signOnPolicy makes a policy for everybody that has no rule yet.
func (e *env) signOnPolicy(name string, qp *query.Params) *okta.OktaSignOnPolicy {
	e.t.Helper()
	p := okta.NewOktaSignOnPolicy()
	p.Name = name
	p.Conditions = &okta.OktaSignOnPolicyConditions{People: &okta.PolicyPeopleCondition{Groups: &okta.GroupCondition{Include: []string{e.everybody()}}}}
	_, _, err := e.Policy.CreatePolicy(e.ctx, p, qp)
	must(e.t, err)
	return p
}

// signOnRule is a rule that lets people in, or does not: ALLOW, DENY.
func signOnRule(name, access string) okta.PolicyRule {
	return okta.PolicyRule{Name: name, Type: "SIGN_ON", Actions: &okta.PolicyRuleActions{Signon: &okta.OktaSignOnPolicyRuleSignonActions{Access: access}}}
}

// lockout makes a policy with a rule by which nobody gets in.
func (e *env) lockout(qp *query.Params) (*okta.OktaSignOnPolicy, *okta.PolicyRule) {
	e.t.Helper()
	p := e.signOnPolicy("Night", qp)
	r, _, err := e.Policy.CreatePolicyRule(e.ctx, p.Id, signOnRule("Nobody", "DENY"))
	must(e.t, err)
	return p, r
}

// ownPolicy is the policy of a type that came with the org.
func (e *env) ownPolicy(kind string) *okta.Policy {
	e.t.Helper()
	found, _, err := e.Policy.ListPolicies(e.ctx, query.NewQueryParams(query.WithType(kind)))
	must(e.t, err)
	for _, p := range found {
		if p := p.(*okta.Policy); *p.System {
			return p
		}
	}
	e.t.Fatalf("no policy of type %s came with the org", kind)
	return nil
}

func init() {
	row("Policy", "CreatePolicy", func(t *testing.T) {
		e := world(t)
		p := e.signOnPolicy("Day", nil)
		want(t, "priority", p.Priority, 1)
		e.signOnPolicy("Night", query.NewQueryParams(query.WithActivate(false)))
		found, _, err := e.Policy.ListPolicies(e.ctx, query.NewQueryParams(query.WithType("OKTA_SIGN_ON")))
		must(t, err)
		for i, of := range []struct{ name, status string }{{"Day", "ACTIVE"}, {"Night", "INACTIVE"}, {"Default Policy", "ACTIVE"}} {
			p := found[i].(*okta.Policy)
			want(t, "name", p.Name, of.name)
			want(t, "status", p.Status, of.status)
			want(t, "priority", p.Priority, int64(i+1))
		}
		again := okta.NewOktaSignOnPolicy()
		again.Name = "Day"
		_, _, err = e.Policy.CreatePolicy(e.ctx, again, nil)
		refused(t, err, "E0000001", "Policy name already in use")
	})
	row("Policy", "GetPolicy", func(t *testing.T) {
		e := world(t)
		got := okta.NewPasswordPolicy()
		_, _, err := e.Policy.GetPolicy(e.ctx, e.ownPolicy("PASSWORD").Id, got, query.NewQueryParams(query.WithExpand("rules")))
		must(t, err)
		want(t, "length", *got.Settings.Password.Complexity.MinLengthPtr, 8)
		rules := got.Embedded.(map[string]any)["rules"].([]any)
		want(t, "rules", len(rules), 1)
		_, _, err = e.Policy.GetPolicy(e.ctx, "00pnone", got, nil)
		refused(t, err, "E0000007", "00pnone (Policy)")
	})
	row("Policy", "ListPolicies", func(t *testing.T) {
		e := world(t)
		e.signOnPolicy("Night", nil)
		found, _, err := e.Policy.ListPolicies(e.ctx, query.NewQueryParams(query.WithType("OKTA_SIGN_ON")))
		must(t, err)
		want(t, "policies", len(found), 2)
		found, _, err = e.Policy.ListPolicies(e.ctx, query.NewQueryParams(query.WithType("PASSWORD")))
		must(t, err)
		want(t, "policies of another type", len(found), 1)
		_, _, err = e.Policy.ListPolicies(e.ctx, nil)
		refused(t, err, "E0000028", "missing a required parameter")
		_, _, err = e.Policy.ListPolicies(e.ctx, query.NewQueryParams(query.WithType("NIGHT")))
		refused(t, err, "E0000002", "Invalid policy type")
	})
	row("Policy", "UpdatePolicy", func(t *testing.T) {
		e := world(t)
		e.signOnPolicy("Day", nil)
		p := e.signOnPolicy("Night", nil)
		p.Name, p.Description, p.Priority = "Dusk", "The sun is low", 1
		_, _, err := e.Policy.UpdatePolicy(e.ctx, p.Id, p)
		must(t, err)
		got := okta.NewOktaSignOnPolicy()
		_, _, err = e.Policy.GetPolicy(e.ctx, p.Id, got, nil)
		must(t, err)
		want(t, "name", got.Name, "Dusk")
		want(t, "description", got.Description, "The sun is low")
		found, _, err := e.Policy.ListPolicies(e.ctx, query.NewQueryParams(query.WithType("OKTA_SIGN_ON")))
		must(t, err)
		want(t, "second policy", found[1].(*okta.Policy).Name, "Day")
		_, _, err = e.Policy.UpdatePolicy(e.ctx, p.Id, &okta.OktaSignOnPolicy{Type: "OKTA_SIGN_ON", Name: "Day"})
		refused(t, err, "E0000001", "Policy name already in use")
	})
	row("Policy", "DeletePolicy", func(t *testing.T) {
		e := world(t)
		p, _ := e.lockout(nil)
		want(t, "login under the policy", e.login(), denied)
		_, err := e.Policy.DeletePolicy(e.ctx, p.Id)
		must(t, err)
		want(t, "login without it", e.login(), "SUCCESS")
		_, _, err = e.Policy.GetPolicy(e.ctx, p.Id, p, nil)
		refused(t, err, "E0000007", p.Id)
		_, err = e.Policy.DeletePolicy(e.ctx, e.ownPolicy("OKTA_SIGN_ON").Id)
		refused(t, err, "E0000077", "read-only")
	})
	row("Policy", "ActivatePolicy", func(t *testing.T) {
		e := world(t)
		p, _ := e.lockout(query.NewQueryParams(query.WithActivate(false)))
		want(t, "login before", e.login(), "SUCCESS")
		_, err := e.Policy.ActivatePolicy(e.ctx, p.Id)
		must(t, err)
		want(t, "login after", e.login(), denied)
		_, err = e.Policy.ActivatePolicy(e.ctx, "00pnone")
		refused(t, err, "E0000007", "00pnone (Policy)")
	})
	row("Policy", "DeactivatePolicy", func(t *testing.T) {
		e := world(t)
		p, _ := e.lockout(nil)
		want(t, "login before", e.login(), denied)
		_, err := e.Policy.DeactivatePolicy(e.ctx, p.Id)
		must(t, err)
		want(t, "login after", e.login(), "SUCCESS")
		_, err = e.Policy.DeactivatePolicy(e.ctx, e.ownPolicy("OKTA_SIGN_ON").Id)
		refused(t, err, "E0000077", "status")
	})
	row("Policy", "CreatePolicyRule", func(t *testing.T) {
		e := world(t)
		p := e.signOnPolicy("Night", nil)
		want(t, "login before", e.login(), "SUCCESS")
		r, _, err := e.Policy.CreatePolicyRule(e.ctx, p.Id, signOnRule("Nobody", "DENY"))
		must(t, err)
		want(t, "from", r.Conditions.Network.Connection, "ANYWHERE")
		want(t, "login after", e.login(), denied)
		_, _, err = e.Policy.CreatePolicyRule(e.ctx, p.Id, signOnRule("Nobody", "ALLOW"))
		refused(t, err, "E0000001", "Policy rule name already in use")
	})
	row("Policy", "GetPolicyRule", func(t *testing.T) {
		e := world(t)
		p, r := e.lockout(nil)
		got, _, err := e.Policy.GetPolicyRule(e.ctx, p.Id, r.Id)
		must(t, err)
		want(t, "access", got.Actions.Signon.Access, "DENY")
		_, _, err = e.Policy.GetPolicyRule(e.ctx, e.ownPolicy("OKTA_SIGN_ON").Id, r.Id)
		refused(t, err, "E0000007", r.Id+" (PolicyRule)")
	})
	row("Policy", "ListPolicyRules", func(t *testing.T) {
		e := world(t)
		p, _ := e.lockout(nil)
		first := signOnRule("Everybody", "ALLOW")
		first.PriorityPtr = okta.Int64Ptr(1)
		_, _, err := e.Policy.CreatePolicyRule(e.ctx, p.Id, first)
		must(t, err)
		rules, _, err := e.Policy.ListPolicyRules(e.ctx, p.Id)
		must(t, err)
		want(t, "rules", len(rules), 2)
		want(t, "first", rules[0].Name, "Everybody")
		want(t, "second", rules[1].Name, "Nobody")
		want(t, "login, which the first decides", e.login(), "SUCCESS")
	})
	row("Policy", "UpdatePolicyRule", func(t *testing.T) {
		e := world(t)
		p, r := e.lockout(nil)
		want(t, "login before", e.login(), denied)
		_, _, err := e.Policy.UpdatePolicyRule(e.ctx, p.Id, r.Id, signOnRule("Somebody", "ALLOW"))
		must(t, err)
		want(t, "login after", e.login(), "SUCCESS")
		got, _, err := e.Policy.GetPolicyRule(e.ctx, p.Id, r.Id)
		must(t, err)
		want(t, "name", got.Name, "Somebody")
		_, _, err = e.Policy.UpdatePolicyRule(e.ctx, p.Id, r.Id, okta.PolicyRule{Name: "Somebody", Type: "PASSWORD"})
		refused(t, err, "E0000002", "Invalid policy rule type")
	})
	row("Policy", "DeletePolicyRule", func(t *testing.T) {
		e := world(t)
		p, r := e.lockout(nil)
		_, err := e.Policy.DeletePolicyRule(e.ctx, p.Id, r.Id)
		must(t, err)
		want(t, "login", e.login(), "SUCCESS")
		rules, _, err := e.Policy.ListPolicyRules(e.ctx, p.Id)
		must(t, err)
		want(t, "rules", len(rules), 0)
		own := e.ownPolicy("OKTA_SIGN_ON").Id
		rules, _, err = e.Policy.ListPolicyRules(e.ctx, own)
		must(t, err)
		_, err = e.Policy.DeletePolicyRule(e.ctx, own, rules[0].Id)
		refused(t, err, "E0000077", "read-only")
	})
	row("Policy", "DeactivatePolicyRule", func(t *testing.T) {
		e := world(t)
		p, r := e.lockout(nil)
		_, err := e.Policy.DeactivatePolicyRule(e.ctx, p.Id, r.Id)
		must(t, err)
		want(t, "login", e.login(), "SUCCESS")
		got, _, err := e.Policy.GetPolicyRule(e.ctx, p.Id, r.Id)
		must(t, err)
		want(t, "status", got.Status, "INACTIVE")
	})
	row("Policy", "ActivatePolicyRule", func(t *testing.T) {
		e := world(t)
		p, r := e.lockout(nil)
		_, err := e.Policy.DeactivatePolicyRule(e.ctx, p.Id, r.Id)
		must(t, err)
		want(t, "login before", e.login(), "SUCCESS")
		_, err = e.Policy.ActivatePolicyRule(e.ctx, p.Id, r.Id)
		must(t, err)
		want(t, "login after", e.login(), denied)
		_, err = e.Policy.ActivatePolicyRule(e.ctx, p.Id, "0prnone")
		refused(t, err, "E0000007", "0prnone (PolicyRule)")
	})
}
