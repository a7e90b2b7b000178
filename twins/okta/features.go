package okta

import (
	"slices"

	"twinset.dev/kit/twin"
)

// A feature is something that an administrator can switch on for the org. needs are the features without which it cannot be on.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Feature/
type feature struct {
	name, description, stage string
	on                       bool
	needs                    []string
}

// features are those of every org.
var features = []feature{
	{"Enable Custom Admin Roles for Inline Hooks and Event Hooks", "Permissions on hooks for custom admin roles", "EA", false, nil},
	{"Native to Web SSO", "Sign-on from a native app to a web app", "EA", false, nil},
	{"Create virtual roles with Collections", "Roles made of collections of apps and entitlements", "EA", false, nil},
	{"Active Directory DirSync", "Incremental imports from Active Directory by DirSync", "EA", false, nil},
	{"Force rematch imported users to Okta users", "Imported users are matched again", "EA", false, nil},
	{"Support SHA-256 Digest Algorithm for SAML IdP Authentication Requests", "SHA-256 digests in requests to SAML identity providers", "EA", false, nil},
	{"App settings permissions for custom admin roles", "Permissions on app settings for custom admin roles", "EA", false, nil},
	{"Enable custom admin roles for device permissions", "Permissions on devices for custom admin roles", "EA", false, nil},
	{"Custom languages for Okta Email Templates", "Emails in any language", "EA", false, nil},
	{"Device Authorization Grant", "Sign-on on devices without a browser", "EA", false, nil},
	{"Event Hook Filtering", "Event hooks that are told of some events alone", "BETA", false, nil},
	{"Early Access Realms", "Realms that divide an org", "EA", false, nil},
	{"Realm assignments for imports", "Imported users are put into realms", "BETA", false, []string{"Early Access Realms"}},
}

func (o *Okta) featuresOperations() {
	o.on(twin.Full, "listFeatures", o.listFeatures)
	o.on(twin.Full, "getFeature", o.getFeature)
	o.on(twin.Full, "listFeatureDependencies", o.listFeatureDependencies)
	o.on(twin.Full, "listFeatureDependents", o.listFeatureDependents)
	o.on(twin.Full, "updateFeatureLifecycle", o.updateFeatureLifecycle)
}

func (f feature) id() string { return seedID("ftr", f.name) }

// enabled reports whether a feature is on.
func (c *call) enabled(f feature) bool {
	if on, ok := c.settingOf("features", obj{})[f.id()].(bool); ok {
		return on
	}
	return f.on
}

func (c *call) feature() (feature, error) {
	id := c.param("featureId")
	for _, f := range features {
		if f.id() == id {
			return f, nil
		}
	}
	return feature{}, notFound(id, "Feature")
}

func (c *call) featureView(f feature) any {
	at := c.link("/api/v1/features/" + f.id())
	status, turn := "DISABLED", "enable"
	if c.enabled(f) {
		status, turn = "ENABLED", "disable"
	}
	stage := obj{"value": f.stage}
	if f.stage == "BETA" {
		stage["state"] = "OPEN"
	}
	return obj{"id": f.id(), "type": "self-service", "status": status, "name": f.name, "description": f.description, "stage": stage,
		"_links": obj{"self": href(at), turn: hints(at+"/"+turn, "POST"), "dependents": href(at + "/dependents"), "dependencies": href(at + "/dependencies")}}
}

func (c *call) featureViews(keep func(feature) bool) any {
	out := []any{}
	for _, f := range features {
		if keep(f) {
			out = append(out, c.featureView(f))
		}
	}
	return out
}

func (o *Okta) listFeatures(c *call) (any, error) {
	return c.featureViews(func(feature) bool { return true }), nil
}

func (o *Okta) getFeature(c *call) (any, error) {
	f, err := c.feature()
	if err != nil {
		return nil, err
	}
	return c.featureView(f), nil
}

func (o *Okta) listFeatureDependencies(c *call) (any, error) {
	f, err := c.feature()
	if err != nil {
		return nil, err
	}
	return c.featureViews(func(x feature) bool { return slices.Contains(f.needs, x.name) }), nil
}

func (o *Okta) listFeatureDependents(c *call) (any, error) {
	f, err := c.feature()
	if err != nil {
		return nil, err
	}
	return c.featureViews(func(x feature) bool { return slices.Contains(x.needs, f.name) }), nil
}

// updateFeatureLifecycle switches a feature on or off. With mode=force, what it needs is switched on with it, and what
// needs it off.
func (o *Okta) updateFeatureLifecycle(c *call) (any, error) {
	f, err := c.feature()
	if err != nil {
		return nil, err
	}
	turn := c.param("lifecycle")
	if turn == "ENABLE" || turn == "DISABLE" {
		turn = map[string]string{"ENABLE": "enable", "DISABLE": "disable"}[turn]
	}
	on := turn == "enable"
	if !on && turn != "disable" {
		return nil, errMethod
	}
	turning := []feature{f}
	for _, x := range features {
		inTheWay := on && slices.Contains(f.needs, x.name) && !c.enabled(x) || !on && slices.Contains(x.needs, f.name) && c.enabled(x)
		if inTheWay && c.query.Get("mode") != "force" {
			return nil, errFeatureConflict.because("Feature conflicts with: " + x.name)
		}
		if inTheWay {
			turning = append(turning, x)
		}
	}
	state := clone(c.settingOf("features", obj{}))
	for _, x := range turning {
		state[x.id()] = on
		c.logged("system.feature."+turn, "SUCCESS", target{x.id(), "Feature", x.name})
	}
	c.setting("features", state)
	return c.featureView(f), nil
}
