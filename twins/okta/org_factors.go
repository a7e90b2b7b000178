package okta

import (
	"net/http"
	"slices"

	"twinset.dev/kit/twin"
)

// An orgFactor is a kind of second factor that the org lets people use, as it was said before there were authenticators.
type orgFactor struct{ id, provider, kind string }

var orgFactors = []orgFactor{
	{"okta_otp", "OKTA", "token:software:totp"}, {"okta_push", "OKTA", "push"}, {"okta_sms", "OKTA", "sms"}, {"okta_call", "OKTA", "call"}, {"okta_email", "OKTA", "email"},
	{"okta_question", "OKTA", "question"}, {"okta_password", "OKTA", "password"}, {"google_otp", "GOOGLE", "token:software:totp"}, {"rsa_token", "RSA", "token"}, {"symantec_vip", "SYMANTEC", "token"},
	{"yubikey_token", "YUBICO", "token:hardware"}, {"duo", "DUO", "web"}, {"fido_u2f", "FIDO", "u2f"}, {"fido_webauthn", "FIDO", "webauthn"}, {"hotp", "CUSTOM", "token:hotp"},
}

// orgFactorsOperations are the factors of the org, and the YubiKeys that it hands out.
func (o *Okta) orgFactorsOperations() {
	o.beyond(twin.Full, "listOrgFactors", http.MethodGet, "/api/v1/org/factors", o.listOrgFactors).needs("okta.orgs")
	o.beyond(twin.Full, "getOrgFactor", http.MethodGet, "/api/v1/org/factors/{factorId}", o.getOrgFactor).needs("okta.orgs")
	o.beyond(twin.Full, "activateOrgFactor", http.MethodPost, "/api/v1/org/factors/{factorId}/lifecycle/activate", func(c *call) (any, error) { return c.turnOrgFactor("ACTIVE") }).needs("okta.orgs")
	o.beyond(twin.Full, "deactivateOrgFactor", http.MethodPost, "/api/v1/org/factors/{factorId}/lifecycle/deactivate", func(c *call) (any, error) { return c.turnOrgFactor("INACTIVE") }).needs("okta.orgs")
	o.on(twin.Full, "listYubikeyOtpTokens", o.listYubikeyOtpTokens)
	o.on(twin.Full, "uploadYubikeyOtpTokenSeed", o.uploadYubikeyOtpTokenSeed)
	o.on(twin.Full, "getYubikeyOtpTokenById", o.getYubikeyOtpTokenByID)
}

func (c *call) orgFactor() (orgFactor, error) {
	i := slices.IndexFunc(orgFactors, func(f orgFactor) bool { return f.id == c.param("factorId") })
	if i < 0 {
		return orgFactor{}, notFound(c.param("factorId"), "OrgFactor")
	}
	return orgFactors[i], nil
}

func (c *call) orgFactorView(f orgFactor) any {
	at := c.link("/api/v1/org/factors/" + f.id)
	status, turn := "INACTIVE", "activate"
	if text(c.settingOf("factors", obj{})[f.id]) == "ACTIVE" {
		status, turn = "ACTIVE", "deactivate"
	}
	return obj{"id": f.id, "provider": f.provider, "factorType": f.kind, "status": status, "_links": obj{"self": hints(at, "GET"), turn: hints(at+"/lifecycle/"+turn, "POST")}}
}

func (o *Okta) listOrgFactors(c *call) (any, error) {
	out := []any{}
	for _, f := range orgFactors {
		out = append(out, c.orgFactorView(f))
	}
	return out, nil
}

func (o *Okta) getOrgFactor(c *call) (any, error) {
	f, err := c.orgFactor()
	if err != nil {
		return nil, err
	}
	return c.orgFactorView(f), nil
}

func (c *call) turnOrgFactor(status string) (any, error) {
	f, err := c.orgFactor()
	if err != nil {
		return nil, err
	}
	c.setting("factors", with(c.settingOf("factors", obj{}), obj{f.id: status}))
	return c.orgFactorView(f), nil
}

// yubikeyTokenKind is a YubiKey that the org can hand out.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/OrgSettingMetadata/
var yubikeyTokenKind = &kind{name: "yubikey_tokens", noun: "YubikeyToken", prefix: "ykk", title: "serial", path: "/api/v1/org/factors/yubikey_token/tokens/%s"}

// listYubikeyOtpTokens finds YubiKeys by an expression, in the order of one of their members.
func (o *Okta) listYubikeyOtpTokens(c *call) (any, error) {
	match, err := c.filtered("filter")
	if err != nil {
		return nil, err
	}
	tokens := slices.DeleteFunc(slices.Collect(c.all(yubikeyTokenKind, "")), func(r Record) bool { return !match(c.yubikey(r).(obj)) })
	if c.query.Get("sortOrder") == "DESC" {
		slices.Reverse(tokens)
	}
	return paged(c, slices.Values(tokens), idOf, 20, 200, c.yubikey)
}

// uploadYubikeyOtpTokenSeed adds a YubiKey by what it was programmed with, which is never shown again.
func (o *Okta) uploadYubikeyOtpTokenSeed(c *call) (any, error) {
	secret := obj{}
	for _, k := range []string{"serialNumber", "publicId", "privateId", "aesKey"} {
		if text(c.body[k]) == "" {
			return nil, blank(k)
		}
		secret[k] = c.body[k]
	}
	if _, ok := c.called(yubikeyTokenKind, "", text(c.body["serialNumber"])); ok {
		return nil, invalid("serialNumber", "serialNumber: An object with this field already exists")
	}
	r := c.keep(yubikeyTokenKind, Record{ID: c.id(yubikeyTokenKind.prefix), Status: "UNASSIGNED", Created: c.at(), Updated: c.at(), Order: c.order(), Hidden: secret, Doc: obj{"serial": c.body["serialNumber"]}})
	return c.yubikey(r), nil
}

func (o *Okta) getYubikeyOtpTokenByID(c *call) (any, error) {
	r, err := c.fetch(yubikeyTokenKind, "", c.param("tokenId"))
	if err != nil {
		return nil, err
	}
	return c.yubikey(r), nil
}

func (c *call) yubikey(r Record) any {
	return obj{"id": r.ID, "status": r.Status, "created": stamp(r.Created), "lastUpdated": stamp(r.Updated), "lastVerified": nil, "profile": obj{"serial": r.Doc["serial"]},
		"_links": obj{"self": hints(c.address(yubikeyTokenKind, r), "GET")}}
}
