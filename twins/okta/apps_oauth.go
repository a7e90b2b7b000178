package okta

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"

	"twinset.dev/kit/twin"
)

// The values that an OAuth client can be configured to.
var (
	clientTypes   = []string{"browser", "native", "service", "web"}
	issuerModes   = []string{"CUSTOM_URL", "DYNAMIC", "ORG_URL"}
	authMethods   = []string{"client_secret_basic", "client_secret_jwt", "client_secret_post", "none", "private_key_jwt"}
	responseTypes = []string{"code", "id_token", "none", "token"}
	grantTypes    = []string{"authorization_code", "client_credentials", "implicit", "interaction_code", "password", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code",
		"urn:ietf:params:oauth:grant-type:jwt-bearer", "urn:ietf:params:oauth:grant-type:saml2-bearer", "urn:ietf:params:oauth:grant-type:token-exchange", "urn:openid:params:grant-type:ciba",
		"urn:okta:params:oauth:grant-type:oob", "urn:okta:params:oauth:grant-type:otp", "http://auth0.com/oauth/grant-type/mfa-oob", "http://auth0.com/oauth/grant-type/mfa-otp"}
)

const secretAlphabet = idAlphabet + "-_"

// clientOperations are the secrets and keys with which an OAuth client says who it is.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/ApplicationSSOCredentialOAuth2ClientAuth/
func (o *Okta) clientOperations() {
	o.serveKind(twin.Full, appSecretKind, crud{list: "listOAuth2ClientSecrets", get: "getOAuth2ClientSecret", delete: "deleteOAuth2ClientSecret", activate: "activateOAuth2ClientSecret",
		deactivate: "deactivateOAuth2ClientSecret"}, withinApp)
	o.on(twin.Full, "createOAuth2ClientSecret", o.createOAuth2ClientSecret)
	o.on(twin.Full, "listJwk", o.listJwk)
	o.serveKind(twin.Full, jwkKind, crud{create: "addJwk", get: "getJwk", delete: "deletejwk", activate: "activateOAuth2ClientJsonWebKey", deactivate: "deactivateOAuth2ClientJsonWebKey", made: http.StatusCreated}, withinApp)
}

// configureClient checks and completes what an app is as an OAuth client. was is what it was, nil for a new one.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Application/#tag/Application/operation/createApplication
func (c *call) configureClient(a *App, was obj, body obj) (secret string, err error) {
	settings := clone(with(obj{}, object(dig(body, "settings", "oauthClient"))))
	cr := clone(with(obj{}, object(dig(body, "credentials", "oauthClient"))))
	for _, m := range []obj{settings, cr} {
		for k, v := range m {
			if v == nil {
				delete(m, k)
			}
		}
	}
	kind := text(settings["application_type"])
	fill(settings, obj{"client_uri": nil, "logo_uri": nil, "redirect_uris": []any{}, "application_type": "web", "consent_method": "TRUSTED", "issuer_mode": "DYNAMIC", "wildcard_redirect": "DISABLED", "dpop_bound_access_tokens": false,
		"participate_slo": false, "idp_initiated_login": obj{"mode": "DISABLED", "default_scope": []any{}}})
	if kind == "service" {
		fill(settings, obj{"grant_types": []any{"client_credentials"}, "response_types": []any{"token"}})
	}
	fill(settings, obj{"grant_types": []any{"authorization_code"}, "response_types": []any{"code"}})
	grants := texts(settings["grant_types"])
	if slices.Contains(grants, "refresh_token") {
		rotation := "STATIC"
		if kind == "browser" {
			rotation = "ROTATE"
		}
		r := fill(with(obj{}, object(settings["refresh_token"])), obj{"rotation_type": rotation})
		if r["rotation_type"] == "ROTATE" {
			fill(r, obj{"leeway": float64(30)})
		}
		settings["refresh_token"] = r
	} else {
		delete(settings, "refresh_token")
	}
	if settings["frontchannel_logout_uri"] != nil {
		fill(settings, obj{"frontchannel_logout_session_required": false})
	}
	fill(cr, obj{"autoKeyRotation": true, "token_endpoint_auth_method": "client_secret_basic", "pkce_required": kind == "browser" || kind == "native"})
	if err := checkClient(settings, cr); err != nil {
		return "", err
	}

	secret = text(cr["client_secret"])
	if n := len(secret); n > 0 && (n < 14 || n > 100) {
		return "", invalid("client_secret", "client_secret: The client secret must be between 14 and 100 characters long.")
	}
	if err := c.identify(a, text(cr["client_id"]), was == nil); err != nil {
		return "", err
	}
	if keys, sent := dig(settings, "jwks", "keys").([]any); sent {
		if err := c.setJWKs(*a, keys); err != nil {
			return "", err
		}
	}
	delete(settings, "jwks")
	delete(cr, "client_secret")
	cr["client_id"] = a.ClientID
	object(a.Doc["settings"])["oauthClient"] = settings
	object(a.Doc["credentials"])["oauthClient"] = cr

	switch how := text(cr["token_endpoint_auth_method"]); {
	case !strings.HasPrefix(how, "client_secret"):
		return "", nil
	case secret == "" && len(c.secretsOf(*a)) == 0:
		return c.World.Seal(c.Rand(64, secretAlphabet)), nil
	}
	return secret, nil
}

// checkClient refuses what no OAuth client can be.
func checkClient(settings, cr obj) error {
	for _, f := range []struct {
		field   string
		value   any
		allowed []string
	}{
		{"application_type", settings["application_type"], clientTypes},
		{"issuer_mode", settings["issuer_mode"], issuerModes},
		{"consent_method", settings["consent_method"], []string{"REQUIRED", "TRUSTED"}},
		{"wildcard_redirect", settings["wildcard_redirect"], []string{"DISABLED", "SUBDOMAIN"}},
		{"token_endpoint_auth_method", cr["token_endpoint_auth_method"], authMethods},
	} {
		if !slices.Contains(f.allowed, text(f.value)) {
			return invalid(f.field, f.field+": Not one of the allowed values.")
		}
	}
	grants, responses, kind := texts(settings["grant_types"]), texts(settings["response_types"]), text(settings["application_type"])
	for field, l := range map[string][]string{"grant_types": grants, "response_types": responses} {
		for _, v := range l {
			if !slices.Contains(map[string][]string{"grant_types": grantTypes, "response_types": responseTypes}[field], v) {
				return invalid(field, field+": '"+v+"' is not one of the allowed values.")
			}
		}
	}
	has := func(l []string, v string) bool { return slices.Contains(l, v) }
	switch {
	case has(grants, "authorization_code") && !has(responses, "code"):
		return invalid("response_types", "response_types: 'code' must be specified when 'authorization_code' is one of the grant types.")
	case has(grants, "implicit") && !has(responses, "token") && !has(responses, "id_token"):
		return invalid("response_types", "response_types: 'token' or 'id_token' must be specified when 'implicit' is one of the grant types.")
	case kind != "service" && has(grants, "client_credentials") && kind != "web":
		return invalid("grant_types", "grant_types: 'client_credentials' is not allowed for applications of type '"+kind+"'.")
	case (has(grants, "authorization_code") || has(grants, "implicit")) && len(list(settings["redirect_uris"])) == 0:
		return invalid("redirect_uris", "redirect_uris: 'redirect_uris' must be specified when 'authorization_code' or 'implicit' is one of the grant types.")
	case has(grants, "client_credentials") && text(cr["token_endpoint_auth_method"]) == "none":
		return invalid("token_endpoint_auth_method", "token_endpoint_auth_method: 'none' is not allowed when 'client_credentials' is one of the grant types.")
	}
	for _, uri := range texts(settings["redirect_uris"]) {
		u, err := url.Parse(uri)
		switch {
		case err != nil || u.Scheme == "" || u.Fragment != "":
			return invalid("redirect_uris", "redirect_uris: '"+uri+"' is not a valid redirect URI.")
		case strings.Contains(uri, "*") && settings["wildcard_redirect"] != "SUBDOMAIN":
			return invalid("redirect_uris", "redirect_uris: '"+uri+"' contains a wildcard, and wildcards are not enabled.")
		}
	}
	return nil
}

var clientIDShape = regexp.MustCompile(`^[A-Za-z0-9$\-_.+!*'(),]{6,100}$`)

// identify gives an app the client id that it asks for, or its own id.
func (c *call) identify(a *App, id string, fresh bool) error {
	switch {
	case !fresh && (id == "" || id == a.ClientID):
		return nil
	case !fresh:
		return invalid("client_id", "client_id: The field cannot be modified")
	case id == "":
		id = a.ID
	case !clientIDShape.MatchString(id):
		return invalid("client_id", "client_id: The client ID must be between 6 and 100 characters long, of letters, digits and $-_.+!*'(),")
	}
	if _, taken := c.o.appsByClient.Get(c.Tx, id); taken {
		return invalid("client_id", "client_id: An object with this field already exists in the current organization")
	}
	a.ClientID = id
	return nil
}

// clientID is what an app is called as an OAuth client.
func (a App) clientID() string { return a.ClientID }

// clientCalled finds an app by its client id.
func (c *call) clientCalled(id string) (App, bool) { return c.o.appsByClient.Get(c.Tx, id) }

// appSecretKind is a client secret, kept as the key that World.Unseal makes of it.
var appSecretKind = &kind{name: "clientSecrets", noun: "OAuth2ClientSecret", prefix: "ocs", path: "/api/v1/apps/%s/credentials/secrets/%s", event: "app.oauth2.credentials.lifecycle", lifecycle: true, deletes: deleteSecret}

func init() { appSecretKind.view, appSecretKind.turns = viewSecret, turnSecret }

var (
	errManySecrets  = invalid("clientSecret", "You have reached the maximum number of client secrets per client.")
	errLastSecret   = invalid("clientSecret", "Cannot deactivate the last active client secret.")
	errActiveSecret = invalid("clientSecret", "Cannot delete an active client secret.")
	errActiveKey    = invalid("JsonWebKey", "Cannot delete an active JSON Web Key.")
)

// createOAuth2ClientSecret adds a second secret, so that one can take over from the other.
func (o *Okta) createOAuth2ClientSecret(c *call) (any, error) {
	a, err := c.oauthAppOf()
	if err != nil {
		return nil, err
	}
	if len(slices.Collect(c.all(appSecretKind, a.ID))) >= 2 {
		return nil, errManySecrets
	}
	secret := text(c.body["client_secret"])
	if n := len(secret); n > 0 && (n < 14 || n > 100) {
		return nil, invalid("client_secret", "client_secret: The client secret must be between 14 and 100 characters long.")
	}
	if secret == "" {
		secret = c.World.Seal(c.Rand(64, secretAlphabet))
	}
	r := c.addSecret(a, secret)
	if text(c.body["status"]) == "INACTIVE" {
		r.Status = "INACTIVE"
		c.keep(appSecretKind, r)
	}
	return created(c.shown(appSecretKind, r)), nil
}

// addSecret gives an app one secret more, as its holder presents it.
func (c *call) addSecret(a App, secret string) Record {
	r := Record{ID: c.id(appSecretKind.prefix), Parent: a.ID, Status: "ACTIVE", Created: c.at(), Order: c.order(), Updated: c.at(), Doc: obj{"client_secret": c.World.Unseal(secret)}}
	c.keep(appSecretKind, r)
	c.logged("app.oauth2.credentials.lifecycle.create", "SUCCESS", a.target())
	return r
}

// setSecret makes a secret one of an app's, in the place of the newest.
func (c *call) setSecret(a App, secret string) {
	secrets := slices.Collect(c.all(appSecretKind, a.ID))
	key := c.World.Unseal(secret)
	if slices.ContainsFunc(secrets, func(r Record) bool { return r.Doc["client_secret"] == key }) {
		return
	}
	if len(secrets) == 0 {
		c.addSecret(a, secret)
		return
	}
	r := secrets[len(secrets)-1]
	r.Doc, r.Updated = obj{"client_secret": key}, c.at()
	c.keep(appSecretKind, r)
}

// secretsOf are the secrets that an app may authenticate with, as World.Unseal makes them of what it presents.
func (c *call) secretsOf(a App) (keys []string) {
	for r := range c.all(appSecretKind, a.ID) {
		if r.Status == "ACTIVE" {
			keys = append(keys, text(r.Doc["client_secret"]))
		}
	}
	return keys
}

func viewSecret(c *call, r Record, v obj) {
	secret := c.World.Reveal(text(r.Doc["client_secret"]))
	v["client_secret"], v["secret_hash"] = secret, secretHash(secret)
	at := c.address(appSecretKind, r)
	v["_links"] = obj{"deactivate": hints(at+"/lifecycle/deactivate", "POST")}
	if r.Status != "ACTIVE" {
		v["_links"] = obj{"activate": hints(at+"/lifecycle/activate", "POST"), "delete": hints(at, "DELETE")}
	}
}

// secretHash is the left half of a secret's SHA-256.
func secretHash(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

func turnSecret(c *call, r *Record, status string) error {
	if status == "INACTIVE" && r.Status == "ACTIVE" {
		if app, _ := c.o.apps.Get(c.Tx, r.Parent); len(c.secretsOf(app)) == 1 {
			return errLastSecret
		}
	}
	return nil
}

func deleteSecret(c *call, r Record) error {
	if r.Status == "ACTIVE" {
		return errActiveSecret
	}
	return nil
}

// jwkKind is a public key with which an OAuth client signs what says who it is, or is written to.
var jwkKind = &kind{name: "clientKeys", noun: "OAuth2ClientJsonWebKey", prefix: "pks", path: "/api/v1/apps/%s/credentials/jwks/%s", title: "kid", event: "app.oauth2.credentials.lifecycle", lifecycle: true, deletes: deleteJWK}

func init() { jwkKind.check, jwkKind.view = checkJWK, viewJWK }

// maxKeys is how many keys a client may have.
const maxKeys = 50

func (o *Okta) listJwk(c *call) (any, error) {
	a, err := c.appOf()
	if err != nil {
		return nil, err
	}
	keys := []any{}
	for r := range c.all(jwkKind, a.ID) {
		keys = append(keys, c.shown(jwkKind, r))
	}
	return obj{"jwks": obj{"keys": keys}}, nil
}

func checkJWK(c *call, doc obj, was *Record) error {
	app := c.param("appId")
	if err := validJWK(doc); err != nil {
		return err
	}
	if _, taken := c.called(jwkKind, app, text(doc["kid"])); taken {
		return invalid("JsonWebKey", "A key with the same kid already exists for the client.")
	}
	if len(slices.Collect(c.all(jwkKind, app))) >= maxKeys {
		return invalid("JsonWebKey", "You have reached the maximum number of keys per client.")
	}
	fill(doc, obj{"use": nil})
	return nil
}

// validJWK refuses what is no public key. A point that is on no curve it lets by, as Okta does.
func validJWK(doc obj) error {
	switch {
	case text(doc["kty"]) == "RSA":
		n, err := base64.RawURLEncoding.DecodeString(text(doc["n"]))
		if err != nil || len(n) < 256 {
			return invalid("JsonWebKey", "RSA key length in the 'jwks' is less than '2,048' bits for the given key.")
		}
	case text(doc["kty"]) != "EC":
		return invalid("JsonWebKey", "The 'kty' of a key in the 'jwks' must be 'RSA' or 'EC'.")
	}
	if text(doc["kid"]) == "" {
		return invalid("JsonWebKey", "The 'kid' of a key in the 'jwks' must be specified.")
	}
	return nil
}

func viewJWK(c *call, r Record, v obj) {
	at := c.address(jwkKind, r)
	if r.Status == "ACTIVE" {
		v["_links"] = obj{"deactivate": hints(at+"/lifecycle/deactivate", "POST")}
		return
	}
	v["_links"] = obj{"activate": hints(at+"/lifecycle/activate", "POST"), "delete": hints(at, "DELETE")}
}

func deleteJWK(c *call, r Record) error {
	if r.Status == "ACTIVE" {
		return errActiveKey
	}
	return nil
}

// setJWKs makes keys the keys of an app. One that it has already keeps its id.
func (c *call) setJWKs(a App, keys []any) error {
	had := slices.Collect(c.all(jwkKind, a.ID))
	for _, k := range keys {
		doc := clone(without(object(k), "id", "status", "created", "lastUpdated", "_links"))
		if err := validJWK(doc); err != nil {
			return err
		}
		fill(doc, obj{"use": nil})
		if doc["kty"] == "EC" {
			fill(doc, obj{"crv": nil})
		}
		r := Record{ID: c.id(jwkKind.prefix), Parent: a.ID, Created: c.at(), Order: c.order()}
		if i := slices.IndexFunc(had, func(h Record) bool { return h.Name == text(doc["kid"]) }); i >= 0 {
			r = had[i]
			had = slices.Delete(had, i, i+1)
		}
		r.Doc, r.Updated, r.Status = doc, c.at(), "ACTIVE"
		if text(object(k)["status"]) == "INACTIVE" {
			r.Status = "INACTIVE"
		}
		c.keep(jwkKind, r)
	}
	for _, r := range had {
		c.o.tables[jwkKind].records.Delete(c.Tx, r.ID)
	}
	return nil
}

// jwksOf are the keys of an app as its settings show them, nil if it has none.
func (c *call) jwksOf(a App) obj {
	keys := []any{}
	for r := range c.all(jwkKind, a.ID) {
		keys = append(keys, with(r.Doc, obj{"id": r.ID, "status": r.Status}))
	}
	if len(keys) == 0 {
		return nil
	}
	return obj{"keys": keys}
}

// keysOf are the public keys that verify what an app has signed.
func (c *call) keysOf(a App) (keys []jose.JSONWebKey) {
	for r := range c.all(jwkKind, a.ID) {
		b, err := json.Marshal(r.Doc)
		var k jose.JSONWebKey
		if err == nil && r.Status == "ACTIVE" && r.Doc["use"] != "enc" && k.UnmarshalJSON(b) == nil {
			keys = append(keys, k)
		}
	}
	return keys
}
