package okta

import (
	"net/url"
	"slices"
)

// The fields of authorization servers and what is below them.
var (
	authServerFields = []formField{nameField, describeField, {At: "audiences", Label: "Audience", Kind: asLines, Need: true, Hint: "What access tokens are for, as api://default"}}
	scopeFields      = []formField{nameField, describeField, {At: "consent", Label: "Consent", Kind: asChoice, Of: []string{"IMPLICIT Not asked for", "REQUIRED Asked for", "FLEXIBLE Flexible"}}, {At: "default", Label: "A default scope", Kind: asCheck}}
	claimFields      = []formField{nameField, {At: "claimType", Label: "In", Kind: asChoice, Of: []string{"RESOURCE Access tokens", "IDENTITY ID tokens"}}, {At: "valueType", Label: "Its value is", Kind: asChoice, Of: []string{"EXPRESSION An expression", "GROUPS Groups"}},
		{At: "value", Label: "Value", Need: true, Hint: "As user.department, or what the groups are called"}, {At: "group_filter_type", Label: "Groups whose name", Kind: asChoice, Of: []string{"STARTS_WITH Begins so", "EQUALS Is so", "CONTAINS Contains it", "REGEX Matches"}}}
)

func (o *Okta) authServersScreen(c *call) (obj, error) {
	var servers []any
	for r := range c.all(authServerKind, "") {
		servers = append(servers, c.shown(authServerKind, r))
	}
	return obj{"Servers": servers, "Inputs": inputs(authServerFields, obj{})}, nil
}

// authServerScreen is one server: whom its tokens are for, what may be asked for, what is in them and who gets them.
func (o *Okta) authServerScreen(c *call) (obj, error) {
	s, err := c.authServer()
	if err != nil {
		return nil, err
	}
	doc := object(c.shown(authServerKind, s))
	return obj{"ID": s.ID, "Server": doc, "Inputs": inputs(authServerFields, doc), "Metadata": c.link("/oauth2/" + s.ID + "/.well-known/oauth-authorization-server"),
		"Scopes": slices.Collect(c.all(scopeKind, s.ID)), "NewScope": inputs(scopeFields, obj{}), "Claims": slices.Collect(c.all(claimKind, s.ID)), "NewClaim": inputs(claimFields, obj{}),
		"Policies": c.policies(s.ID, "OAUTH_AUTHORIZATION_POLICY"), "NewPolicy": inputs([]formField{nameField, {At: "description", Label: "Description", Need: true}}, obj{})}, nil
}

// form makes what a form of some fields sends.
func form(fields []formField, base obj) func(*call, url.Values) obj {
	return func(_ *call, f url.Values) obj { return answered(fields, f, clone(base)) }
}

// changedServer is a server as it is, with what the form says.
func changedServer(c *call, f url.Values) obj {
	s, err := c.authServer()
	if err != nil {
		return nil
	}
	return answered(authServerFields, f, clone(s.Doc))
}

// newClaim is what the form for a claim sends. Only one of groups says which.
func newClaim(_ *call, f url.Values) obj {
	doc := answered(claimFields, f, obj{})
	if doc["valueType"] != "GROUPS" {
		delete(doc, "group_filter_type")
	}
	return doc
}
