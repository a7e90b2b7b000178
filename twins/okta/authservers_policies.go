package okta

import "twinset.dev/kit/twin"

// authServersPoliciesOperations are who may get which tokens of a server, and for how long they are good.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/AuthorizationServerPolicies/
func (o *Okta) authServersPoliciesOperations() {
	o.on(twin.Full, "listAuthorizationServerPolicies", o.listAuthorizationServerPolicies)
	o.on(twin.Full, "createAuthorizationServerPolicy", o.createAuthorizationServerPolicy)
	o.on(twin.Full, "getAuthorizationServerPolicy", o.getPolicy)
	o.on(twin.Full, "replaceAuthorizationServerPolicy", o.replacePolicy)
	o.on(twin.Full, "deleteAuthorizationServerPolicy", o.deletePolicy)
	o.on(twin.Full, "activateAuthorizationServerPolicy", o.activatePolicy)
	o.on(twin.Full, "deactivateAuthorizationServerPolicy", o.deactivatePolicy)
	o.on(twin.Full, "listAuthorizationServerPolicyRules", o.listPolicyRules)
	o.on(twin.Full, "createAuthorizationServerPolicyRule", o.createAuthorizationServerPolicyRule)
	o.on(twin.Full, "getAuthorizationServerPolicyRule", o.getPolicyRule)
	o.on(twin.Full, "replaceAuthorizationServerPolicyRule", o.replacePolicyRule)
	o.on(twin.Full, "deleteAuthorizationServerPolicyRule", o.deletePolicyRule)
	o.on(twin.Full, "activateAuthorizationServerPolicyRule", o.activatePolicyRule)
	o.on(twin.Full, "deactivateAuthorizationServerPolicyRule", o.deactivatePolicyRule)
}

func (o *Okta) listAuthorizationServerPolicies(c *call) (any, error) {
	s, err := c.authServer()
	if err != nil {
		return nil, err
	}
	out := []any{}
	for _, p := range c.policies(s.ID, "OAUTH_AUTHORIZATION_POLICY") {
		out = append(out, c.policy(p))
	}
	return out, nil
}

func (o *Okta) createAuthorizationServerPolicy(c *call) (any, error) {
	s, err := c.authServer()
	if err != nil {
		return nil, err
	}
	p, err := c.newPolicy(s.ID)
	if err != nil {
		return nil, err
	}
	return created(c.policy(p)), nil
}

func (o *Okta) createAuthorizationServerPolicyRule(c *call) (any, error) {
	rule, err := o.createPolicyRule(c)
	if err != nil {
		return nil, err
	}
	return created(rule), nil
}
