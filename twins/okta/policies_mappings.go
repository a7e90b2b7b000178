package okta

import (
	"slices"

	"twinset.dev/kit/twin"
)

// policyMappingsOperations are the apps that a policy decides about.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Policy/#tag/Policy/operation/listPolicyMappings
func (o *Okta) policyMappingsOperations() {
	o.on(twin.Full, "listPolicyApps", o.listPolicyApps)
	o.on(twin.Full, "listPolicyMappings", o.listPolicyMappings)
	o.on(twin.Full, "mapResourceToPolicy", o.mapResourceToPolicy)
	o.on(twin.Full, "getPolicyMapping", o.getPolicyMapping)
	o.on(twin.Full, "deletePolicyResourceMapping", o.deletePolicyResourceMapping)
}

// appsUnder are the apps that a policy decides about.
func (c *call) appsUnder(p Record) []App {
	return slices.DeleteFunc(c.allApps(), func(a App) bool { return a.Policy != p.ID && a.Enrollment != p.ID })
}

func (o *Okta) listPolicyApps(c *call) (any, error) {
	p, err := c.policyOf()
	if err != nil {
		return nil, err
	}
	out := []any{}
	for _, a := range c.appsUnder(p) {
		out = append(out, c.app(a))
	}
	return out, nil
}

func (o *Okta) listPolicyMappings(c *call) (any, error) {
	p, err := c.policyOf()
	if err != nil {
		return nil, err
	}
	out := []any{}
	for _, a := range c.appsUnder(p) {
		out = append(out, c.policyMapping(p, a))
	}
	return out, nil
}

// mapResourceToPolicy is refused: an app is told which policy it has.
func (o *Okta) mapResourceToPolicy(c *call) (any, error) {
	if _, err := c.policyOf(); err != nil {
		return nil, err
	}
	return nil, invalid("Policy mappings are no longer supported on this endpoint.")
}

func (o *Okta) getPolicyMapping(c *call) (any, error) {
	p, a, err := c.policyMappingOf()
	if err != nil {
		return nil, err
	}
	return c.policyMapping(p, a), nil
}

// deletePolicyResourceMapping gives an app the org's own policy again.
func (o *Okta) deletePolicyResourceMapping(c *call) (any, error) {
	p, a, err := c.policyMappingOf()
	switch {
	case err != nil:
		return nil, err
	case p.System:
		return nil, readOnly("system")
	}
	c.release(p, a)
	return nil, nil
}

// release gives an app the org's own policy in the place of another.
func (c *call) release(p Record, a App) {
	if a.Policy == p.ID {
		a.Policy = c.systemPolicy("ACCESS_POLICY")
	} else {
		a.Enrollment = c.systemPolicy("PROFILE_ENROLLMENT")
	}
	c.o.apps.Put(c.Tx, a)
	c.logged("application.policy.sign_on.update", "SUCCESS", a.target())
}

func (c *call) policyMappingOf() (Record, App, error) {
	p, err := c.policyOf()
	if err != nil {
		return p, App{}, err
	}
	id := c.param("mappingId")
	for _, a := range c.appsUnder(p) {
		if mappingID(a) == id {
			return p, a, nil
		}
	}
	return p, App{}, notFound(id, "PolicyMapping")
}

// mappingID names what ties an app to its policy.
func mappingID(a App) string { return "rsm" + a.ID[3:] }

func (c *call) policyMapping(p Record, a App) any {
	at := c.policyAt(p)
	return obj{"id": mappingID(a), "_links": obj{"self": href(at + "/mappings/" + mappingID(a)), "policy": href(at), "application": href(c.link("/api/v1/apps/" + a.ID))}}
}
