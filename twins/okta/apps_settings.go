package okta

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// named says which app of the catalog a new app is, or gives one of the org's own its name.
func (c *call) named(a *App) error {
	mode, name := text(c.body["signOnMode"]), strings.ToLower(text(c.body["name"]))
	if mode != "" && !slices.Contains(allModes, mode) {
		return invalid("mediated", "Invalid signOnMode")
	}
	for other := range c.o.apps.All(c.Tx, "") {
		a.Order = max(a.Order, other.Order+1)
	}
	if name == "" {
		return c.ownNamed(a, mode)
	}
	t, ok := catalog[name]
	switch {
	case !ok && c.ownNumber(name) > 0:
		return invalid("mediated", "Cannot create an existing App Wizard App")
	case !ok:
		return notFound(name, "App")
	case slices.Contains(unique, name):
		return invalid("generalSettings", "Cannot create application instance. Maximum number of instances has been reached.")
	}
	a.Name = name
	switch {
	case len(t.modes) == 0:
	case mode == "":
		a.SignOnMode = t.modes[0]
	case slices.Contains(t.modes, mode):
		a.SignOnMode = mode
	case mode == modeAutoLogin && slices.Contains(t.modes, modeBrowserPlugin): // how a catalog app logs people in is not for its creator to say
		a.SignOnMode = modeBrowserPlugin
	default:
		return invalid("signOnMode", "signOnMode: Not one of the allowed values.")
	}
	return nil
}

// ownNamed names an app that is not of the catalog after its label, with a number of the org.
func (c *call) ownNamed(a *App, mode string) error {
	if mode != modeSAML20 && mode != modeAutoLogin {
		return invalid("mediated", "Invalid signOnMode", "The settings.signOn object doesn't match the type indicated by signOnMode value or is ill defined")
	}
	if dig(c.body, "settings", "signOn") == nil {
		return invalid("mediated", "Missing settings.signOn object")
	}
	n := 1
	for other := range c.o.apps.All(c.Tx, "") {
		n = max(n, c.ownNumber(other.Name)+1)
	}
	org, _ := c.o.orgs.Get(c.Tx, "org")
	a.SignOnMode = mode
	a.Name = org.Subdomain + "_" + notInName.ReplaceAllString(strings.ToLower(text(c.body["label"])), "") + "_" + strconv.Itoa(n)
	return nil
}

var notInName = regexp.MustCompile(`[^a-z0-9]+`)

// ownNumber is the number in the name of an app of the org's own, 0 if it is none.
func (c *call) ownNumber(name string) int {
	org, _ := c.o.orgs.Get(c.Tx, "org")
	if !strings.HasPrefix(name, org.Subdomain+"_") {
		return 0
	}
	n, _ := strconv.Atoi(name[strings.LastIndexByte(name, '_')+1:])
	return n
}

// What of an app is an object, and what a list.
var (
	appObjects = strings.Fields("accessibility credentials credentials.oauthClient credentials.userNameTemplate credentials.password credentials.signing settings settings.app settings.notes settings.notifications settings.notifications.vpn " +
		"settings.oauthClient settings.oauthClient.jwks settings.oauthClient.refresh_token settings.oauthClient.idp_initiated_login settings.signOn settings.signOn.slo settings.signOn.spCertificate visibility visibility.hide visibility.appLinks profile")
	appLists = strings.Fields("settings.oauthClient.redirect_uris settings.oauthClient.post_logout_redirect_uris settings.oauthClient.grant_types settings.oauthClient.response_types settings.oauthClient.jwks.keys " +
		"settings.signOn.attributeStatements settings.signOn.acsEndpoints settings.signOn.inlineHooks settings.signOn.spCertificate.x5c")
)

// misshapen reports whether something that has to be an object, or a list, is something else.
func misshapen(body obj, objects, lists []string) bool {
	return slices.ContainsFunc(objects, func(path string) bool {
		v := dig(body, strings.Split(path, ".")...)
		return v != nil && object(v) == nil
	}) || slices.ContainsFunc(lists, func(path string) bool {
		v := dig(body, strings.Split(path, ".")...)
		return v != nil && list(v) == nil
	})
}

// configure checks what was sent of an app and takes it over, with what Okta fills in. It returns the client secret that the
// app shall have, "" if that does not change.
func (c *call) configure(a *App, body obj) (secret string, err error) {
	label := text(body["label"])
	statements := list(dig(body, "settings", "signOn", "attributeStatements"))
	switch {
	case misshapen(body, appObjects, appLists), slices.ContainsFunc(statements, func(s any) bool { return object(s) == nil }):
		return "", errMalformed
	case strings.TrimSpace(label) == "":
		return "", blank("label")
	case len(label) > 100:
		return "", invalid("label", "label: The field is too long")
	}
	a.Label = label
	t := catalog[a.Name]
	app := object(dig(body, "settings", "app"))
	if err := needs(t, app); err != nil {
		return "", err
	}
	if a.Name == "office365" && text(app["wsFedConfigureType"]) == "AUTO" && a.SignOnMode != modeBrowserPlugin && !truth(app["requireAdminConsent"]) {
		return "", invalid("settings", "In order to continue using WS-FED Auto for SSO, you must grant admin consent.")
	}
	if err := checkCredentials(a.SignOnMode, object(body["credentials"])); err != nil {
		return "", err
	}
	if a.own() {
		if err := checkSignOn(a.SignOnMode, object(dig(body, "settings", "signOn"))); err != nil {
			return "", err
		}
	}
	was := a.Doc
	a.Doc = c.defaults(*a, body)
	if a.Name == "oidc_client" {
		return c.configureClient(a, was, body)
	}
	if a.SignOnMode == modeOIDC && a.ClientID == "" { // what else an OAuth client of the catalog is, the catalog knows
		a.ClientID = a.ID
		return c.World.Seal(c.Rand(64, secretAlphabet)), nil
	}
	return "", nil
}

// own reports whether an app is the org's own rather than one of the catalog.
func (a App) own() bool { _, ok := catalog[a.Name]; return !ok }

// needs refuses settings without those that a template must have.
func needs(t catalogApp, app obj) error {
	var causes []string
	for k, d := range t.settings {
		if d == needed && (app[k] == nil || app[k] == "") {
			causes = append(causes, k+": The field cannot be left blank")
		}
	}
	if causes == nil {
		return nil
	}
	slices.Sort(causes)
	return invalid(causes[0][:strings.IndexByte(causes[0], ':')], causes...)
}

var schemes = []string{"SHARED_USERNAME_AND_PASSWORD", "EXTERNAL_PASSWORD_SYNC", "EDIT_USERNAME_AND_PASSWORD", "EDIT_PASSWORD_ONLY", "ADMIN_SETS_CREDENTIALS"}

// keepsPasswords are the sign-on modes in which Okta fills in a username and password.
var keepsPasswords = []string{modeAutoLogin, modeBasicAuth, modeBrowserPlugin, modePasswordStore}

func checkCredentials(mode string, cr obj) error {
	if s := text(cr["scheme"]); s != "" && !slices.Contains(schemes, s) {
		return invalid("credentials.scheme", "credentials.scheme: Not one of the allowed values.")
	}
	if slices.Contains(keepsPasswords, mode) && text(cr["scheme"]) == "SHARED_USERNAME_AND_PASSWORD" && text(cr["userName"]) == "" {
		return blank("credentials.userName")
	}
	if k := text(dig(cr, "userNameTemplate", "type")); k != "" && !slices.Contains([]string{"NONE", "CUSTOM", "BUILT_IN"}, k) {
		return invalid("credentials.userNameTemplate.type", "credentials.userNameTemplate.type: Not one of the allowed values.")
	}
	return nil
}

// checkSignOn refuses settings that an app of the org's own cannot sign anybody on with.
func checkSignOn(mode string, so obj) error {
	must := []string{"loginUrl"}
	if mode == modeSAML20 {
		must = []string{"ssoAcsUrl", "audience", "recipient", "destination", "subjectNameIdFormat", "signatureAlgorithm", "digestAlgorithm", "authnContextClassRef"}
	}
	var causes []string
	for _, k := range must {
		if text(so[k]) == "" {
			causes = append(causes, k+": The field cannot be left blank")
		}
	}
	if causes != nil {
		return invalid("settings.signOn."+causes[0][:strings.IndexByte(causes[0], ':')], causes...)
	}
	if mode == modeSAML20 {
		for k, allowed := range map[string][]string{"signatureAlgorithm": {"RSA_SHA1", "RSA_SHA256"}, "digestAlgorithm": {"SHA1", "SHA256"}} {
			if !slices.Contains(allowed, text(so[k])) {
				return invalid("settings.signOn."+k, k+": Not one of the allowed values.")
			}
		}
	}
	return nil
}

// defaults is what an app is configured to: what was sent, and what Okta fills in.
func (c *call) defaults(a App, body obj) obj {
	doc := obj{"accessibility": fill(known(body["accessibility"], accessibility), accessibility), "credentials": credentialsOf(a, object(body["credentials"])), "features": []any{}, "visibility": visibilityOf(a, object(body["visibility"])),
		"settings": settingsOf(a, object(body["settings"])), "universalLogout": obj{"status": "UNSUPPORTED"}}
	if a.own() && a.SignOnMode == modeSAML20 || a.Name == "oidc_client" {
		doc["universalLogout"] = obj{"status": "DISABLED", "supportType": "FULL", "identityStack": "NOT_SHARED", "protocol": "GLOBAL_TOKEN_REVOCATION"}
	}
	if p := object(body["profile"]); p != nil {
		doc["profile"] = clone(p)
	}
	if l := object(body["licensing"]); l != nil {
		doc["licensing"] = clone(l)
	}
	return doc
}

var accessibility = obj{"selfService": false, "errorRedirectUrl": nil, "loginRedirectUrl": nil}

// known is the part of an object that has a name there is a default for. What is null or empty is as if it were not there.
func known(v any, defaults obj) obj {
	out := obj{}
	for k := range defaults {
		if x, ok := object(v)[k]; ok && x != nil && x != "" {
			out[k] = copied(x)
		}
	}
	return out
}

// notShown are the apps that do not stand on people's pages unless it is said that they should.
func notShown(a App) bool { return a.SignOnMode == modeOIDC && !a.System }

func visibilityOf(a App, v obj) obj {
	hidden := notShown(a)
	out := fill(known(v, obj{"autoLaunch": nil, "autoSubmitToolbar": nil, "hide": nil}), obj{"autoLaunch": false, "autoSubmitToolbar": false, "hide": obj{"iOS": hidden, "web": hidden}})
	pages := obj{}
	for _, name := range a.links() {
		shown, said := object(v["appLinks"])[name].(bool)
		pages[name] = shown || !said
	}
	out["appLinks"] = pages
	return out
}

func credentialsOf(a App, cr obj) obj {
	template := obj{"template": "${source.login}", "type": "BUILT_IN"}
	if t := object(cr["userNameTemplate"]); t["template"] != nil {
		template = fill(known(t, obj{"template": nil, "type": nil, "suffix": nil, "pushStatus": nil, "userSuffix": nil}), obj{"type": "BUILT_IN"})
		if template["type"] == "CUSTOM" {
			fill(template, obj{"pushStatus": "DONT_PUSH"})
		}
	}
	out := obj{"userNameTemplate": template}
	if !slices.Contains(keepsPasswords, a.SignOnMode) {
		return out
	}
	out["scheme"], out["revealPassword"] = "EDIT_USERNAME_AND_PASSWORD", truth(cr["revealPassword"])
	if s := text(cr["scheme"]); s != "" {
		out["scheme"] = s
	}
	if out["scheme"] == "SHARED_USERNAME_AND_PASSWORD" {
		out["userName"], out["password"] = cr["userName"], obj{}
	}
	return out
}

func settingsOf(a App, s obj) obj {
	t := catalog[a.Name]
	app := obj{}
	switch {
	case a.own():
	case t.settings == nil && s["app"] != nil:
		app = clone(object(s["app"]))
	default:
		for k, d := range t.settings {
			v := object(s["app"])[k]
			if v == nil || v == "" {
				v = d
			}
			app[k] = copied(v)
		}
	}
	out := obj{"app": app, "manualProvisioning": false, "implicitAssignment": truth(s["implicitAssignment"]), "emOptInStatus": "NONE", "notes": fill(known(s["notes"], notes), notes)}
	vpn := object(dig(s, "notifications", "vpn"))
	out["notifications"] = obj{"vpn": fill(known(vpn, obj{"network": nil, "message": nil, "helpUrl": nil}), obj{"network": obj{"connection": "DISABLED"}, "message": nil, "helpUrl": nil})}
	if v := s["identityStoreId"]; v != nil {
		out["identityStoreId"] = v
	}
	if so := signOnOf(a, object(s["signOn"])); so != nil {
		out["signOn"] = so
	}
	return out
}

var notes = obj{"admin": nil, "enduser": nil}

// ownSAML is what an app of the org's own is told about SAML if nobody says so.
var ownSAML = obj{"defaultRelayState": nil, "ssoAcsUrl": nil, "idpIssuer": "http://www.okta.com/${org.externalKey}", "audience": nil, "recipient": nil, "destination": nil, "subjectNameIdTemplate": "${user.userName}", "subjectNameIdFormat": nil,
	"responseSigned": true, "assertionSigned": true, "signatureAlgorithm": nil, "digestAlgorithm": nil, "honorForceAuthn": true, "authnContextClassRef": nil, "spIssuer": nil, "requestCompressed": false, "attributeStatements": []any{},
	"inlineHooks": []any{}, "acsEndpoints": []any{}, "allowMultipleAcsEndpoints": false, "samlSignedRequestEnabled": false, "slo": obj{"enabled": false}, "assertionEncryption": obj{"enabled": false}}

// overrides are what can be said about the SAML of an app of the catalog, by sign-on mode.
var overrides = map[string]obj{
	modeSAML20: {"defaultRelayState": nil, "ssoAcsUrlOverride": nil, "audienceOverride": nil, "recipientOverride": nil, "destinationOverride": nil, "attributeStatements": []any{}},
	modeSAML11: {"defaultRelayState": nil, "ssoAcsUrlOverride": nil, "audienceOverride": nil, "recipientOverride": nil},
}

func signOnOf(a App, so obj) obj {
	switch {
	case !a.own():
		if d := overrides[a.SignOnMode]; d != nil {
			out := fill(known(so, d), d)
			completeStatements(out)
			return out
		}
		return nil
	case a.SignOnMode == modeAutoLogin:
		return fill(clone(with(obj{}, so)), obj{"loginUrl": nil, "redirectUrl": nil})
	}
	out := clone(with(obj{}, so))
	for _, k := range []string{"ssoAcsUrlOverride", "audienceOverride", "recipientOverride", "destinationOverride"} {
		if text(out[k]) == "" {
			delete(out, k)
		}
	}
	for k, v := range out {
		if v == nil || k == "defaultRelayState" && v == "" {
			delete(out, k)
		}
	}
	fill(out, ownSAML)
	if slo := object(out["slo"]); truth(slo["enabled"]) && out["spIssuer"] == nil {
		out["spIssuer"] = slo["issuer"]
	}
	if cert := object(out["spCertificate"]); cert != nil {
		lines := []any{}
		for _, x := range texts(cert["x5c"]) {
			lines = append(lines, foldedCertificate(x))
		}
		cert["x5c"] = lines
	}
	completeStatements(out)
	return out
}

// completeStatements gives an attribute statement the parts that it lacks.
func completeStatements(so obj) {
	for _, s := range list(so["attributeStatements"]) {
		fill(object(s), obj{"type": "EXPRESSION", "namespace": "urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified"})
	}
}
