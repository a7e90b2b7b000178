package okta

import (
	"cmp"
	"iter"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"twinset.dev/kit/twin"
)

// The sign-on modes of an app.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Application/
const (
	modeAutoLogin     = "AUTO_LOGIN"
	modeBasicAuth     = "BASIC_AUTH"
	modeBookmark      = "BOOKMARK"
	modeBrowserPlugin = "BROWSER_PLUGIN"
	modeOIDC          = "OPENID_CONNECT"
	modeSAML11        = "SAML_1_1"
	modeSAML20        = "SAML_2_0"
	modePasswordStore = "SECURE_PASSWORD_STORE"
	modeWSFed         = "WS_FEDERATION"
)

var allModes = []string{modeAutoLogin, modeBasicAuth, modeBookmark, modeBrowserPlugin, modeOIDC, modeSAML11, modeSAML20, modePasswordStore, modeWSFed}

var (
	errAppActive = &refusal{status: 403, code: "E0000056", summary: "Delete application forbidden.", causes: []string{"The application must be deactivated before deletion."}}
	errMetadata  = &refusal{status: 400, code: "E0000024", summary: "Bad request. This operation on app metadata is not yet supported.", causes: []string{"This operation on app metadata is not yet supported: No active instances."}}
)

// appsOperations are the apps of an org.
func (o *Okta) appsOperations() {
	o.on(twin.Full, "createApplication", o.createApplication)
	o.on(twin.Full, "listApplications", o.listApplications)
	o.on(twin.Full, "getApplication", o.getApplication)
	o.on(twin.Full, "replaceApplication", o.replaceApplication)
	o.on(twin.Full, "deleteApplication", o.deleteApplication)
	o.on(twin.Full, "activateApplication", o.activateApplication)
	o.on(twin.Full, "deactivateApplication", o.deactivateApplication)
	o.on(twin.Full, "uploadApplicationLogo", o.uploadApplicationLogo)
	o.on(twin.Full, "assignApplicationPolicy", o.assignApplicationPolicy)
	o.beyond(twin.Full, "getIdTokenSettings", http.MethodGet, "/api/v1/internal/apps/{appId}/settings/oauth/idToken", o.getIDTokenSettings).needs("okta.apps")
	o.beyond(twin.Full, "updateIdTokenSettings", http.MethodPost, "/api/v1/internal/apps/{appId}/settings/oauth/idToken", o.updateIDTokenSettings).needs("okta.apps")
}

// createApplication makes an app: one of the catalog by its name, or without a name one of the org's own.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Application/#tag/Application/operation/createApplication
func (o *Okta) createApplication(c *call) (any, error) {
	if c.body == nil {
		return nil, errMalformed
	}
	a := App{ID: c.id("0oa"), Status: "ACTIVE", Created: c.at(), Updated: c.at(), Policy: c.systemPolicy("ACCESS_POLICY"), Enrollment: c.systemPolicy("PROFILE_ENROLLMENT")}
	if c.query.Get("activate") == "false" {
		a.Status = "INACTIVE"
	}
	if err := c.named(&a); err != nil {
		return nil, err
	}
	if !c.may("okta.apps.manage", a) {
		return nil, errForbidden
	}
	secret, err := c.configure(&a, c.body)
	if err != nil {
		return nil, err
	}
	a.Key, a.Link = c.id("exk"), c.id("aln")
	c.giveKeys(&a)
	o.apps.Put(c.Tx, a)
	c.mapApp(a)
	c.logged("application.lifecycle.create", "SUCCESS", a.target())
	c.empower(a)
	v := c.app(a)
	if secret != "" {
		c.addSecret(a, secret)
		reveal(v, secret)
	}
	return v, nil
}

// listApplications finds apps: q by the beginning of the label or the name, filter by expression.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Application/#tag/Application/operation/listApplications
func (o *Okta) listApplications(c *call) (any, error) {
	expand := c.query.Get("expand")
	if expand != "" && !strings.HasPrefix(expand, "user/") && !strings.HasPrefix(expand, "group/") || strings.Contains(expand, ",") {
		return nil, invalid("RequestParams", "Expand query is malformed.")
	}
	match, err := c.filtered("filter")
	if err != nil {
		return nil, err
	}
	q, all := strings.ToLower(c.query.Get("q")), c.query.Get("filter") == "" // who has an app takes a while to find out
	apps := slices.DeleteFunc(c.allApps(), func(a App) bool {
		return !strings.HasPrefix(strings.ToLower(a.Label), q) && !strings.HasPrefix(strings.ToLower(a.Name), q) || !all && !match(c.appFiltered(a)) || !c.may("okta.apps.read", a)
	})
	return paged(c, slices.Values(apps), func(a App) string { return a.ID }, 20, 200, func(a App) any { return c.expandedApp(a, expand) })
}

// appFiltered is what a filter can ask of an app.
func (c *call) appFiltered(a App) obj {
	users := []any{}
	for _, u := range c.appUsersOf(a) {
		users = append(users, obj{"id": u.User})
	}
	groups := []any{}
	for g := range c.o.appGroups.All(c.Tx, a.ID+"/") {
		groups = append(groups, obj{"id": g.Group})
	}
	return obj{"id": a.ID, "name": a.Name, "label": a.Label, "status": a.Status, "lastUpdated": stamp(a.Updated), "user": users, "group": groups,
		"credentials": obj{"signing": obj{"kid": a.SigningKey}}}
}

// expandedApp is an app with one of its users or groups in it: expand is "user/" or "group/" and an id.
func (c *call) expandedApp(a App, expand string) any {
	v := c.app(a)
	kind, id, _ := strings.Cut(expand, "/")
	switch kind {
	case "user":
		if u, ok := c.appUserOf(a, id); ok {
			v["_embedded"] = obj{"user": c.appUser(a, u)}
		}
	case "group":
		if g, ok := c.o.appGroups.Get(c.Tx, a.ID+"/"+id); ok {
			v["_embedded"] = obj{"group": c.appGroup(a, g)}
		}
	}
	return v
}

// allApps are the apps that are in lists, in the order in which they came.
func (c *call) allApps() []App {
	apps := slices.DeleteFunc(slices.Collect(c.o.apps.All(c.Tx, "")), func(a App) bool { return a.Name == authenticatorApp })
	return inOrder(apps, func(a App) int64 { return a.Order }, func(a App) string { return a.ID })
}

func (o *Okta) getApplication(c *call) (any, error) {
	a, err := c.appOf()
	if err != nil {
		return nil, err
	}
	return c.expandedApp(a, c.query.Get("expand")), nil
}

// replaceApplication changes what an app is configured to; its name, sign-on mode and keys stay.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Application/#tag/Application/operation/replaceApplication
func (o *Okta) replaceApplication(c *call) (any, error) {
	a, err := c.appOf()
	if err != nil {
		return nil, err
	}
	if c.body == nil {
		return nil, errMalformed
	}
	if a.System {
		return nil, errForbidden
	}
	if n := text(c.body["name"]); n != "" && !strings.EqualFold(n, a.Name) {
		return nil, invalid("name", "name: The field cannot be modified")
	}
	if a.own() && a.Status != "ACTIVE" {
		return nil, errMetadata
	}
	secret, err := c.configure(&a, c.body)
	if err != nil {
		return nil, err
	}
	if kid := text(dig(c.body, "credentials", "signing", "kid")); kid != "" && kid != a.SigningKey {
		if _, ok := o.keys.Get(c.Tx, a.ID+"/"+kid); !ok {
			return nil, invalid("credentials.signing.kid", "kid: Invalid key id")
		}
		a.SigningKey = kid
	}
	a.Updated = c.at()
	o.apps.Put(c.Tx, a)
	c.logged("application.lifecycle.update", "SUCCESS", a.target())
	v := c.app(a)
	if secret != "" {
		c.setSecret(a, secret)
		reveal(v, secret)
	}
	return v, nil
}

// reveal shows a client secret in an app that shows its OAuth credentials.
func reveal(app obj, secret string) {
	if cr := object(dig(app, "credentials", "oauthClient")); cr != nil {
		cr["client_secret"] = secret
	}
}

// deleteApplication removes an app that is not active, and all that hangs on it.
func (o *Okta) deleteApplication(c *call) (any, error) {
	a, err := c.appOf()
	switch {
	case err != nil:
		return nil, err
	case a.System:
		return nil, errForbidden
	case a.Status == "ACTIVE":
		return nil, errAppActive
	}
	c.forgetApp(a)
	c.logged("application.lifecycle.delete", "SUCCESS", a.target())
	return nil, nil
}

// forgetApp deletes an app and what is below it.
func (c *call) forgetApp(a App) {
	for _, u := range slices.Collect(c.o.appUsers.All(c.Tx, a.ID+"/")) {
		c.o.appUsers.Delete(c.Tx, u.App+"/"+u.User)
	}
	for _, p := range slices.Collect(c.o.provisioned.All(c.Tx, a.ID+"/")) {
		c.o.provisioned.Delete(c.Tx, p.key())
	}
	for _, g := range slices.Collect(c.o.appGroups.All(c.Tx, a.ID+"/")) {
		c.o.appGroups.Delete(c.Tx, g.App+"/"+g.Group)
	}
	for _, k := range slices.Collect(c.o.keys.All(c.Tx, a.ID+"/")) {
		c.o.keys.Delete(c.Tx, k.Parent+"/"+k.ID)
	}
	for _, k := range []*kind{csrKind, appSecretKind, jwkKind, grantKind, pushKind, crossAppKind, federatedClaimKind} {
		for r := range c.all(k, a.ID) {
			c.o.tables[k].records.Delete(c.Tx, r.ID)
		}
	}
	c.unmap(a.ID)
	c.o.apps.Delete(c.Tx, a.ID)
}

func (o *Okta) activateApplication(c *call) (any, error) { return c.turnApp("ACTIVE", "activate") }

func (o *Okta) deactivateApplication(c *call) (any, error) {
	return c.turnApp("INACTIVE", "deactivate")
}

func (c *call) turnApp(status, verb string) (any, error) {
	a, err := c.appOf()
	if err != nil {
		return nil, err
	}
	if a.System {
		return nil, errForbidden
	}
	if a.Status != status {
		a.Status, a.Updated = status, c.at()
		c.o.apps.Put(c.Tx, a)
		c.logged("application.lifecycle."+verb, "SUCCESS", a.target())
	}
	return obj{}, nil
}

// uploadApplicationLogo gives an app a picture.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/ApplicationLogos/
func (o *Okta) uploadApplicationLogo(c *call) (any, error) {
	a, err := c.appOf()
	if err != nil {
		return nil, err
	}
	picture, err := c.uploaded(pictureRules["org"])
	if err != nil {
		return nil, err
	}
	a.Logo, a.Updated = picture.path(), c.at()
	o.apps.Put(c.Tx, a)
	c.logged("application.lifecycle.update", "SUCCESS", a.target())
	return answer{status: http.StatusCreated}, nil
}

// assignApplicationPolicy says which policy decides who may sign in to an app, or how they enroll.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/ApplicationPolicies/
func (o *Okta) assignApplicationPolicy(c *call) (any, error) {
	a, err := c.appOf()
	if err != nil {
		return nil, err
	}
	id := c.param("policyId")
	kind, ok := c.policyType(id)
	if !ok {
		return nil, notFound(id, "Policy")
	}
	switch {
	case kind == "PROFILE_ENROLLMENT":
		a.Enrollment = id
	case kind == "ACCESS_POLICY" && text(dig(a.Doc, "settings", "oauthClient", "application_type")) != "service":
		a.Policy = id
	default:
		s := `An invalid resource type ("` + id + `") was supplied in the request body. Valid types include ` + a.ID + "."
		return nil, invalid(s, s)
	}
	o.apps.Put(c.Tx, a)
	c.logged("application.policy.sign_on.update", "SUCCESS", a.target())
	return nil, nil
}

// idTokenClaim are the parts of the claim that the ID tokens of an app have besides the usual ones.
var idTokenClaim = []string{"name", "value", "valueType", "groupFilterType"}

// getIDTokenSettings says who issues the ID tokens of an app, and what they claim.
func (o *Okta) getIDTokenSettings(c *call) (any, error) {
	a, err := c.oauthAppOf()
	if err != nil {
		return nil, err
	}
	return with(a.IDToken, obj{"issuer": c.base, "orgUrl": nil, "customUrl": nil, "audience": a.ClientID, "issuerMode": dig(a.Doc, "settings", "oauthClient", "issuer_mode")}), nil
}

func (o *Okta) updateIDTokenSettings(c *call) (any, error) {
	a, err := c.oauthAppOf()
	if err != nil {
		return nil, err
	}
	mode := text(c.body["issuerMode"])
	if !slices.Contains(issuerModes, mode) {
		return nil, invalid("issuerMode", "issuerMode: Not one of the allowed values.")
	}
	a.IDToken = obj{}
	for _, k := range idTokenClaim {
		if v := text(c.body[k]); v != "" {
			a.IDToken[k] = v
		}
	}
	a.Doc = clone(a.Doc)
	object(dig(a.Doc, "settings", "oauthClient"))["issuer_mode"] = mode
	a.Updated = c.at()
	o.apps.Put(c.Tx, a)
	return with(a.IDToken, obj{"issuer": nil, "orgUrl": nil, "customUrl": nil, "audience": nil, "issuerMode": mode}), nil
}

// appOf is the app that the path names.
func (c *call) appOf() (App, error) {
	id := c.param("appId")
	a, ok := c.o.apps.Get(c.Tx, id)
	if !ok {
		return a, notFound(id, "AppInstance")
	}
	return a, nil
}

// withinApp finds the app that things stand below.
func withinApp(c *call, id string) error {
	if !c.o.apps.Has(c.Tx, id) {
		return notFound(id, "AppInstance")
	}
	return nil
}

// oauthAppOf is the app that the path names, if it is an OAuth client whose settings are its own.
func (c *call) oauthAppOf() (App, error) {
	a, err := c.appOf()
	if err == nil && dig(a.Doc, "settings", "oauthClient") == nil {
		return a, notFound(a.ID, "OAuth2AppInstance")
	}
	return a, err
}

func (a App) target() target { return target{a.ID, "AppInstance", a.Label} }

// links are the pages of an app that people open, in order.
func (a App) links() []string {
	if t, ok := catalog[a.Name]; ok {
		return t.links
	}
	return []string{a.Name + "_link"}
}

// app is an app as the caller sees it.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Application/
func (c *call) app(a App) obj {
	at := c.link("/api/v1/apps/" + a.ID)
	t, listed := catalog[a.Name]
	v := clone(a.Doc)
	v["id"], v["name"], v["label"], v["status"], v["created"], v["lastUpdated"] = a.ID, a.Name, a.Label, a.Status, stamp(a.Created), stamp(a.Updated)
	v["orn"] = "orn:okta:idp:" + seedID("00o", "org") + ":apps:" + a.Name + ":" + a.ID
	v["signOnMode"], v["features"] = nil, a.features()
	if a.SignOnMode != "" {
		v["signOnMode"] = a.SignOnMode
	}
	signing := obj{}
	if a.SigningKey != "" {
		signing["kid"] = a.SigningKey
	}
	object(v["credentials"])["signing"] = signing
	if client := object(dig(v, "settings", "oauthClient")); client != nil {
		if keys := c.jwksOf(a); keys != nil {
			client["jwks"] = keys
		}
	}

	pages := []any{}
	for i, name := range a.links() {
		place := a.Link
		if t.place > 0 {
			place = strconv.Itoa(t.place + i)
		}
		pages = append(pages, obj{"name": name, "href": c.link("/home/" + a.Name + "/" + a.ID + "/" + place), "type": "text/html"})
	}
	logo := obj{"name": "medium", "href": c.link(cmp.Or(a.Logo, defaultLogo)), "type": "image/png"}
	links := obj{"appLinks": pages, "logo": []any{logo}, "uploadLogo": hints(at+"/logo", "POST"), "users": href(at + "/users"), "groups": href(at + "/groups"),
		"policies": hints(at+"/policies", "PUT"), "accessPolicy": href(c.link("/api/v1/policies/" + a.Policy)), "profileEnrollment": href(c.link("/api/v1/policies/" + a.Enrollment))}
	if a.Status == "ACTIVE" {
		links["deactivate"] = href(at + "/lifecycle/deactivate")
	} else {
		links["activate"] = href(at + "/lifecycle/activate")
	}
	manual := "instructions"
	if listed && a.SignOnMode != modeSAML11 {
		manual = "external-doc"
	}
	help := obj{"href": c.link("/app/" + a.Name + "/" + a.ID + "/setup/help/" + a.SignOnMode + "/" + manual), "type": "text/html"}
	switch a.SignOnMode {
	case modeSAML20:
		links["help"] = help
		links["metadata"] = obj{"href": at + "/sso/saml/metadata", "type": "application/xml"}
	case modeSAML11, modeWSFed:
		links["help"] = help
	case modeOIDC:
		if !a.System {
			links["clientCredentials"] = []any{obj{"name": "secrets", "href": at + "/credentials/secrets"}}
		}
		if a.Name != "oidc_client" && !a.System {
			links["help"] = help
		}
	}
	v["_links"] = links
	return v
}

// appsIn yields the apps that a person has, by themselves or through a group, the oldest first.
func (c *call) appsIn(user string) iter.Seq[App] {
	var ids []string
	for au := range c.o.appUsersOf.All(c.Tx, user) {
		ids = append(ids, au.App)
	}
	for m := range c.o.membersOf.All(c.Tx, user) {
		for g := range c.o.appGroupsOf.All(c.Tx, m.Group) {
			ids = append(ids, g.App)
		}
	}
	return slices.Values(slices.DeleteFunc(c.appsOf(ids), func(a App) bool {
		_, has := c.appUserOf(a, user)
		return !has
	}))
}

// appsOf are the apps of some ids that are in lists, each once, in the order in which they came.
func (c *call) appsOf(ids []string) (apps []App) {
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		if a, ok := c.o.apps.Get(c.Tx, id); ok && a.Name != authenticatorApp {
			apps = append(apps, a)
		}
	}
	return inOrder(apps, func(a App) int64 { return a.Order }, func(a App) string { return a.ID })
}
