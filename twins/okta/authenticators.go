package okta

import (
	"iter"
	"maps"
	"slices"
	"strings"

	"twinset.dev/kit/twin"
)

// authenticatorKind is a way in which people prove who they are, as the org has it set up. Its methods and, of security
// keys, the models are kept in it.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Authenticator/
var authenticatorKind = &kind{name: "authenticators", noun: "Authenticator", prefix: "aut", path: "/api/v1/authenticators/%s", event: "security.authenticator.lifecycle", lifecycle: true}

func init() { authenticatorKind.view = viewAuthenticator }

func (o *Okta) authenticatorsOperations() {
	o.on(twin.Full, "listAuthenticators", o.listAuthenticators)
	o.on(twin.Full, "createAuthenticator", o.createAuthenticator)
	o.on(twin.Full, "getAuthenticator", o.getAuthenticator)
	o.on(twin.Full, "replaceAuthenticator", o.replaceAuthenticator)
	o.on(twin.Full, "getWellKnownAppAuthenticatorConfiguration", o.getWellKnownAppAuthenticatorConfiguration).public()
	o.on(twin.Full, "activateAuthenticator", o.activateAuthenticator)
	o.on(twin.Full, "deactivateAuthenticator", o.deactivateAuthenticator)
	o.authenticatorMethodsOperations()
}

// An authenticatorSort is what is particular to the authenticators of one key.
type authenticatorSort struct {
	kind, name string
	first      string // its status on the org's first day; "" if the org gets it later
	many       bool   // the org may have several
	fixed      bool   // it can neither be made nor be switched
	settings   obj
	methods    []authenticatorMethod
}

// An authenticatorMethod is one way of using an authenticator.
type authenticatorMethod struct {
	kind     string
	status   string // if it is not ACTIVE always
	settings obj
}

// authenticatorSorts are the keys that Okta knows.
var authenticatorSorts = map[string]authenticatorSort{
	"okta_email":        {kind: "email", name: "Email", first: "ACTIVE", settings: obj{"allowedFor": "recovery", "tokenLifetimeInMinutes": 5.}, methods: []authenticatorMethod{{kind: "email"}}},
	"okta_password":     {kind: "password", name: "Password", first: "ACTIVE", fixed: true, methods: []authenticatorMethod{{kind: "password"}}},
	"phone_number":      {kind: "phone", name: "Phone", first: "INACTIVE", settings: obj{"allowedFor": "recovery"}, methods: []authenticatorMethod{{kind: "sms", status: "INACTIVE"}, {kind: "voice", status: "INACTIVE"}}},
	"security_question": {kind: "security_question", name: "Security Question", first: "ACTIVE", settings: obj{"allowedFor": "recovery"}, methods: []authenticatorMethod{{kind: "security_question"}}},
	"webauthn":          {kind: "security_key", name: "Security Key or Biometric", first: "INACTIVE", methods: []authenticatorMethod{{kind: "webauthn", settings: obj{"userVerification": "DISCOURAGED", "attachment": "ANY"}}}},
	"okta_verify": {kind: "app", name: "Okta Verify", first: "ACTIVE",
		settings: obj{"compliance": obj{"fips": "OPTIONAL"}, "channelBinding": obj{"style": "NUMBER_CHALLENGE", "required": "NEVER"}, "enrollmentSecurityLevel": "ANY", "userVerification": "PREFERRED", "userVerificationMethods": []any{"BIOMETRICS", "PIN"}, "appInstanceId": ""},
		methods: []authenticatorMethod{{kind: "totp", settings: obj{"timeIntervalInSeconds": 30., "encoding": "Base32", "algorithm": "HMACSHA1", "passCodeLength": 6.}},
			{kind: "push", status: "INACTIVE", settings: obj{"keyProtection": "ANY", "algorithms": []any{"ES256", "RS256"}, "transactionTypes": []any{"LOGIN"}}},
			{kind: "signed_nonce", status: "INACTIVE", settings: obj{"keyProtection": "ANY", "algorithms": []any{"ES256", "RS256"}, "showSignInWithOV": "NEVER"}}}},
	"google_otp":     {kind: "app", name: "Google Authenticator", settings: obj{}, methods: []authenticatorMethod{{kind: "otp", settings: obj{"timeIntervalInSeconds": 30., "encoding": "Base32", "algorithm": "HMACSHA1", "passCodeLength": 6., "protocol": "TOTP"}}}},
	"custom_otp":     {kind: "security_key", name: "Custom OTP", many: true, methods: []authenticatorMethod{{kind: "otp", settings: obj{"timeIntervalInSeconds": 30., "encoding": "base32", "algorithm": "HMacSHA512", "passCodeLength": 6., "protocol": "TOTP", "acceptableAdjacentIntervals": 3.}}}},
	"custom_app":     {kind: "app", name: "Custom App Authenticator", many: true, settings: obj{"userVerification": "PREFERRED"}, methods: []authenticatorMethod{{kind: "push", settings: obj{"keyProtection": "ANY", "algorithms": []any{"ES256", "RS256"}, "transactionTypes": []any{"LOGIN"}}}}},
	"duo":            {kind: "app", name: "Duo Security", methods: []authenticatorMethod{{kind: "duo"}}},
	"external_idp":   {kind: "federated", name: "IdP Authenticator", many: true, methods: []authenticatorMethod{{kind: "idp"}}},
	"onprem_mfa":     {kind: "security_key", name: "On-Prem MFA", methods: []authenticatorMethod{{kind: "otp"}}},
	"rsa_token":      {kind: "security_key", name: "RSA SecurID", methods: []authenticatorMethod{{kind: "otp"}}},
	"smart_card_idp": {kind: "app", name: "Smart Card Authenticator", methods: []authenticatorMethod{{kind: "cert"}}},
	"symantec_vip":   {kind: "app", name: "Symantec VIP", methods: []authenticatorMethod{{kind: "otp"}}},
	"tac":            {kind: "tac", name: "Temporary Access Code", methods: []authenticatorMethod{{kind: "tac"}}},
	"yubikey_token":  {kind: "security_key", name: "Yubikey", methods: []authenticatorMethod{{kind: "otp"}}},
}

// multiple reports whether an org may have several authenticators of a key, so that only the id tells them apart.
func multiple(key string) bool { return authenticatorSorts[key].many }

// authenticators are the org's, by name.
func (c *call) authenticators() []Record {
	return slices.SortedFunc(c.all(authenticatorKind, ""), func(a, b Record) int {
		return strings.Compare(strings.ToLower(a.Name)+a.ID, strings.ToLower(b.Name)+b.ID)
	})
}

func (o *Okta) listAuthenticators(c *call) (any, error) {
	var seq iter.Seq[Record] = slices.Values(c.authenticators())
	return paged(c, seq, func(r Record) string { return r.ID }, 200, 200, func(r Record) any { return c.shown(authenticatorKind, r) })
}

// createAuthenticator sets up a further authenticator, off unless asked otherwise.
func (o *Okta) createAuthenticator(c *call) (any, error) {
	key, name := text(c.body["key"]), text(c.body["name"])
	sort, known := authenticatorSorts[key]
	switch {
	case c.body == nil:
		return nil, errMalformed
	case key == "":
		return nil, blank("key")
	case !known || sort.first != "":
		return nil, invalid("com.okta.services.factors.iface.dto.AuthenticatorCatalog", "The field has an invalid value")
	case name == "":
		return nil, blank("name")
	}
	for _, other := range c.authenticators() {
		if other.Doc["key"] == key && !sort.many {
			return nil, &refusal{status: 409, code: "E0000157", summary: "Another authenticator with key: " + key + " is already active."}
		}
		if other.Name == name {
			return nil, invalid("name", "name: An object with this field already exists")
		}
	}
	r := sort.record(key, name)
	r.ID, r.Status, r.Created, r.Updated = c.id("aut"), "INACTIVE", c.at(), c.at()
	if c.query.Get("activate") == "true" {
		r.Status = "ACTIVE"
	}
	fill(r.Doc, only(clone(c.body), "provider", "settings"))
	if s := object(c.body["settings"]); s != nil {
		r.Doc["settings"] = with(object(r.Doc["settings"]), clone(s))
	}
	switch key {
	case "custom_app":
		if settings := object(r.Doc["settings"]); settings["appInstanceId"] != nil {
			settings["oauthClientId"] = settings["appInstanceId"]
		}
	case "onprem_mfa", "rsa_token":
		fill(part(r.Doc, "provider", "configuration"), obj{"instanceId": c.id("0oa"), "userNameTemplate": obj{"template": "global.assign.userName.login"}})
	case "duo":
		fill(part(r.Doc, "provider", "configuration"), obj{"userNameTemplate": obj{"template": "global.assign.userName.login"}})
	}
	r = c.keep(authenticatorKind, r)
	c.logged("security.authenticator.lifecycle.create", "SUCCESS", authenticatorKind.target(r))
	return c.shown(authenticatorKind, r), nil
}

func (o *Okta) getAuthenticator(c *call) (any, error) {
	r, err := c.authenticatorOf()
	if err != nil {
		return nil, err
	}
	return c.shown(authenticatorKind, r), nil
}

// getWellKnownAppAuthenticatorConfiguration tells an app how people enroll with it as their authenticator.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Authenticator/#tag/Authenticator/operation/getWellKnownAppAuthenticatorConfiguration
func (o *Okta) getWellKnownAppAuthenticatorConfiguration(c *call) (any, error) {
	client := c.query.Get("oauthClientId")
	if client == "" {
		return nil, errMissing
	}
	found := []any{}
	for _, r := range c.authenticators() {
		settings := object(r.Doc["settings"])
		if r.Doc["key"] != "custom_app" || r.Status != "ACTIVE" || settings["oauthClientId"] != client {
			continue
		}
		found = append(found, obj{"authenticatorId": r.ID, "orgId": seedID("00o", "org"), "key": "custom_app", "type": "app", "name": r.Name, "createdDate": stamp(r.Created), "lastUpdated": stamp(r.Updated),
			"settings": only(settings, "userVerification"), "supportedMethods": r.Doc["methods"], "appAuthenticatorEnrollEndpoint": c.link("/idp/authenticators")})
	}
	return found, nil
}

// replaceAuthenticator changes the name and the settings; those that are not sent stay.
func (o *Okta) replaceAuthenticator(c *call) (any, error) {
	r, err := c.authenticatorOf()
	if err != nil {
		return nil, err
	}
	name, key := text(c.body["name"]), text(r.Doc["key"])
	switch {
	case c.body == nil:
		return nil, errMalformed
	case name == "":
		return nil, blank("name")
	case c.body["key"] != nil && c.body["key"] != key:
		return nil, readOnly("key")
	case key == "phone_number" && !c.telephony():
		return nil, errNoTelephony
	}
	r.Doc, r.Updated = with(r.Doc, obj{"name": name}), c.at()
	for _, field := range []string{"settings", "provider"} {
		if m := object(c.body[field]); m != nil {
			r.Doc[field] = with(object(r.Doc[field]), clone(m))
		}
	}
	r = c.keep(authenticatorKind, r)
	c.logged("security.authenticator.lifecycle.update", "SUCCESS", authenticatorKind.target(r))
	return c.shown(authenticatorKind, r), nil
}

func (o *Okta) activateAuthenticator(c *call) (any, error) {
	r, err := c.authenticatorOf()
	switch {
	case err != nil:
		return nil, err
	case r.Doc["key"] == "phone_number" && !c.telephony():
		return nil, errNoTelephony
	}
	r, err = c.turn(authenticatorKind, r, "ACTIVE")
	return c.shown(authenticatorKind, r), err
}

// deactivateAuthenticator switches an authenticator off that no policy lets people use.
func (o *Okta) deactivateAuthenticator(c *call) (any, error) {
	r, err := c.authenticatorOf()
	switch {
	case err != nil:
		return nil, err
	case r.Status != "ACTIVE" || authenticatorSorts[text(r.Doc["key"])].fixed:
		return nil, invalid("api.authenticator.error.unsupported.active.deactivate")
	}
	if used := c.usesOf(r); len(used) > 0 {
		summary := "Cannot modify/disable this authenticator because it is enabled in one or more policies. To continue, disable the authenticator in these policies."
		if r.Doc["key"] == "okta_verify" {
			summary += ` Additionally, if disabling Okta Verify when Fastpass is active, the "Device state" must not be set to "registered" in app assurance policies.`
		}
		return nil, &refusal{status: 403, code: "E0000148", summary: summary, causes: used}
	}
	r, err = c.turn(authenticatorKind, r, "INACTIVE")
	return c.shown(authenticatorKind, r), err
}

// usesOf says in Okta's words which policies let people enroll an authenticator.
func (c *call) usesOf(r Record) []string {
	var names []string
	for _, p := range c.policies("", "MFA_ENROLL") {
		for _, row := range list(dig(p.Doc, "settings", "authenticators")) {
			row := object(row)
			if row["key"] == r.Doc["key"] && (row["id"] == nil || row["id"] == r.ID) && text(dig(row, "enroll", "self")) != "NOT_ALLOWED" {
				names = append(names, p.Name)
			}
		}
	}
	if names == nil {
		return nil
	}
	return []string{"Authenticator Enrollment Policies: " + strings.Join(names, ", ")}
}

var errNoTelephony = &refusal{status: 400, code: "E0000226", summary: "You must have an active telephony inline hook to activate and use the Phone authenticator."}

// telephony reports whether somebody places calls and sends messages for the org.
func (c *call) telephony() bool {
	for h := range c.all(inlineHookKind, "") {
		if h.Status == "ACTIVE" && h.Doc["type"] == "com.okta.telephony.provider" {
			return true
		}
	}
	return false
}

// authenticatorOf is the authenticator that the path names.
func (c *call) authenticatorOf() (Record, error) {
	return c.fetch(authenticatorKind, "", c.param("authenticatorId"))
}

// record is an authenticator as it is when it has just been set up.
func (s authenticatorSort) record(key, name string) Record {
	methods := make([]any, len(s.methods))
	for i, m := range s.methods {
		row := obj{"type": m.kind, "status": "ACTIVE"}
		if m.status != "" {
			row["status"] = m.status
		}
		if m.settings != nil {
			row["settings"] = clone(m.settings)
		}
		methods[i] = row
	}
	r := Record{Doc: obj{"key": key, "name": name, "type": s.kind, "methods": methods}}
	if s.settings != nil {
		r.Doc["settings"] = clone(s.settings)
	}
	return r
}

func viewAuthenticator(c *call, r Record, v obj) {
	delete(v, "methods")
	delete(v, "aaguids")
	if configuration := object(dig(v, "provider", "configuration")); configuration != nil {
		v["provider"] = with(object(v["provider"]), obj{"configuration": without(configuration, "secretKey", "sharedSecret")})
	}
	at, links := c.address(authenticatorKind, r), object(v["_links"])
	links["self"], links["methods"] = hints(at, "GET", "PUT"), hints(at+"/methods", "GET")
	switch key := text(r.Doc["key"]); {
	case authenticatorSorts[key].fixed:
		delete(links, "deactivate")
	case key == "okta_verify" || key == "custom_app":
		links["enroll"] = hints(c.link("/idp/authenticators"), "POST")
	}
}

// bootstrapAuthenticators sets up what every org has.
func (c *call) bootstrapAuthenticators() {
	for _, key := range slices.Sorted(maps.Keys(authenticatorSorts)) {
		sort := authenticatorSorts[key]
		if sort.first == "" {
			continue
		}
		r := c.comes(authenticatorKind, "", sort.name, sort.record(key, sort.name).Doc)
		r.Status = sort.first
		c.keep(authenticatorKind, r)
	}
}
