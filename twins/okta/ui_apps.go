package okta

import (
	"net/url"
	"slices"
	"strings"
)

// An appSort is a sort of app that administrators make on the pages.
type appSort struct {
	Key, Label, Says string
	body             obj // what every one of them is
	fields           []formField
}

var (
	labelField    = formField{At: "label", Label: "App name", Need: true}
	redirectField = formField{At: "settings.oauthClient.redirect_uris", Label: "Sign-in redirect URIs", Kind: asLines, Hint: "One to a line"}
	logoutField   = formField{At: "settings.oauthClient.post_logout_redirect_uris", Label: "Sign-out redirect URIs", Kind: asLines, Hint: "One to a line"}
	consentField  = formField{At: "settings.oauthClient.consent_method", Label: "Consent", Kind: asChoice, Of: []string{"TRUSTED Not asked for", "REQUIRED Asked for"}}
)

func grantField(grants ...string) formField {
	return formField{At: "settings.oauthClient.grant_types", Label: "Grant types", Kind: asMany, Of: grants}
}

func oauthApp(kind, method string, grants ...string) obj {
	responses := []any{"code"}
	if kind == "service" {
		responses = []any{"token"}
	}
	return obj{"name": "oidc_client", "signOnMode": modeOIDC, "credentials": obj{"oauthClient": obj{"token_endpoint_auth_method": method}},
		"settings": obj{"oauthClient": obj{"application_type": kind, "response_types": responses, "grant_types": anys(grants)}}}
}

// appSorts are the sorts of apps, in the order in which they are offered.
var appSorts = []appSort{
	{"web", "Web app", "OpenID Connect with a server that keeps a secret", oauthApp("web", "client_secret_basic", "authorization_code"),
		[]formField{labelField, redirectField, logoutField, grantField("authorization_code", "refresh_token", "client_credentials", "implicit"), consentField}},
	{"spa", "Single-page app", "OpenID Connect in a browser, with PKCE", oauthApp("browser", "none", "authorization_code"),
		[]formField{labelField, redirectField, logoutField, grantField("authorization_code", "refresh_token", "implicit"), consentField}},
	{"native", "Native app", "OpenID Connect on a phone or a desktop, with PKCE", oauthApp("native", "none", "authorization_code"),
		[]formField{labelField, redirectField, logoutField, grantField("authorization_code", "refresh_token", "password", "urn:ietf:params:oauth:grant-type:device_code"), consentField}},
	{"service", "API service", "Machine to machine: client credentials", oauthApp("service", "client_secret_basic", "client_credentials"), []formField{labelField}},
	{"saml", "SAML 2.0", "A service provider that trusts assertions", obj{"signOnMode": modeSAML20, "settings": obj{"signOn": obj{"defaultRelayState": nil, "responseSigned": true, "assertionSigned": true, "signatureAlgorithm": "RSA_SHA256", "digestAlgorithm": "SHA256",
		"honorForceAuthn": true, "authnContextClassRef": "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport", "subjectNameIdTemplate": "${user.userName}", "attributeStatements": []any{}}}},
		[]formField{labelField, {At: "settings.signOn.ssoAcsUrl", Label: "Single sign-on URL", Need: true, Hint: "Where assertions are sent (ACS)"}, {At: "settings.signOn.audience", Label: "Audience URI (SP Entity ID)", Need: true},
			{At: "settings.signOn.subjectNameIdFormat", Label: "Name ID format", Kind: asChoice, Of: []string{"urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified Unspecified", "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress Email address",
				"urn:oasis:names:tc:SAML:2.0:nameid-format:persistent Persistent", "urn:oasis:names:tc:SAML:2.0:nameid-format:transient Transient"}}}},
	{"bookmark", "Bookmark", "A link on people's pages", obj{"name": "bookmark", "signOnMode": modeBookmark, "settings": obj{"app": obj{"requestIntegration": false}}},
		[]formField{labelField, {At: "settings.app.url", Label: "URL", Need: true}}},
}

func appSortOf(key string) (appSort, bool) {
	i := slices.IndexFunc(appSorts, func(s appSort) bool { return s.Key == key })
	if i < 0 {
		return appSort{}, false
	}
	return appSorts[i], true
}

// sort is the sort that an app is of, if it is one of these.
func (a App) sort() (appSort, bool) {
	switch {
	case a.System:
	case a.Name == "oidc_client":
		return appSortOf(map[string]string{"web": "web", "browser": "spa", "native": "native", "service": "service"}[text(dig(a.Doc, "settings", "oauthClient", "application_type"))])
	case a.own() && a.SignOnMode == modeSAML20:
		return appSortOf("saml")
	case a.Name == "bookmark":
		return appSortOf("bookmark")
	}
	return appSort{}, false
}

// newAppScreen offers the sorts of apps, and then the form of one.
func (o *Okta) newAppScreen(c *call) (obj, error) {
	s, chosen := appSortOf(c.query.Get("sort"))
	if chosen {
		return obj{"Sort": s, "Inputs": inputs(s.fields, s.body)}, nil
	}
	return obj{"Sorts": appSorts}, nil
}

// newApp is what the form for a new app sends.
func newApp(_ *call, f url.Values) obj {
	s, _ := appSortOf(f.Get("sort"))
	return samlEnds(answered(s.fields, f, clone(s.body)))
}

// changedApp is an app as the API has it, with what the form says.
func changedApp(c *call, f url.Values) obj {
	a, err := c.appOf()
	s, ok := a.sort()
	if err != nil || !ok {
		return nil
	}
	return samlEnds(answered(s.fields, f, without(c.app(a), "_links", "features")))
}

// samlEnds has assertions arrive where they are sent.
func samlEnds(doc obj) obj {
	if on := object(dig(doc, "settings", "signOn")); on["ssoAcsUrl"] != nil {
		on["recipient"], on["destination"] = on["ssoAcsUrl"], on["ssoAcsUrl"]
	}
	return doc
}

// appAddress is the page of an app that an operation has answered.
func appAddress(out any) string {
	return "/admin/app/" + text(object(out)["name"]) + "/instance/" + text(object(out)["id"])
}

// saidOfNewApp tells the secret of a new client, which is shown in full this once.
func saidOfNewApp(out any) string {
	if secret := text(dig(out, "credentials", "oauthClient", "client_secret")); secret != "" {
		return "The app is created. Its client secret is " + secret
	}
	return "The app is created."
}

// provisioningFields are how people are brought to an app.
var provisioningFields = []formField{
	{At: "create.lifecycleCreate.on", Label: "Create users", Kind: asCheck}, {At: "update.profile.on", Label: "Update user attributes", Kind: asCheck}, {At: "update.lifecycleDeactivate.on", Label: "Deactivate users", Kind: asCheck},
}

// provisioningOf is how people are brought to an app, as its page shows it.
func (c *call) provisioningOf(a App) obj {
	if !catalog[a.Name].provides {
		return nil
	}
	doc := obj{}
	for _, f := range provisioningFields {
		path := strings.Split(f.At, ".")
		part(doc, path[:2]...)["on"] = a.does(path[:2]...)
	}
	var failed []obj
	for p := range c.o.provisioned.All(c.Tx, a.ID+"/") {
		if p.Failed != "" {
			u, isUser := c.o.users.Get(c.Tx, p.ID)
			g, _ := c.o.groups.Get(c.Tx, p.ID)
			name := g.name()
			if isUser {
				name = u.display()
			}
			failed = append(failed, obj{"ID": p.ID, "Name": name, "Why": p.Failed})
		}
	}
	return obj{"Status": c.connection(a)["status"], "URL": text(a.Connection["baseUrl"]), "On": a.provisions(), "Inputs": inputs(provisioningFields, doc), "Failed": failed}
}

// changedFeature is what the form of provisioning sends.
func changedFeature(_ *call, f url.Values) obj {
	doc := answered(provisioningFields, f, obj{})
	for _, x := range provisioningFields {
		path := strings.Split(x.At, ".")
		p := part(doc, path[:2]...)
		p["status"] = map[bool]string{true: "ENABLED", false: "DISABLED"}[truth(p["on"])]
		delete(p, "on")
	}
	return doc
}

// retryProvisioning tells an app once more what it did not take.
func (o *Okta) retryProvisioning(c *call) (any, error) {
	a, err := c.appOf()
	if err != nil {
		return nil, err
	}
	for _, p := range slices.Collect(o.provisioned.All(c.Tx, a.ID+"/")) {
		if p.Failed != "" {
			p.Failed = ""
			o.provisioned.Put(c.Tx, p)
			c.syncUser(a, p.ID)
			c.syncGroup(a, p.ID)
		}
	}
	return nil, nil
}

// importFromApp asks an app for its people.
func (o *Okta) importFromApp(c *call) (any, error) {
	a, err := c.appOf()
	if err != nil {
		return nil, err
	}
	return nil, c.importPeople(a)
}
