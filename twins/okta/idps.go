package okta

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"net/http"
	"slices"
	"strings"

	"twinset.dev/kit/twin"
)

// idpKind is somebody else's word for who a person is: a SAML or OpenID Connect provider, a social network, a smart card.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/IdentityProvider/
var idpKind = &kind{name: "idps", noun: "IdentityProvider", prefix: "0oa", path: "/api/v1/idps/%s", event: "system.idp.lifecycle", lifecycle: true}

func init() { idpKind.check, idpKind.view, idpKind.deletes = checkIDP, viewIDP, deleteIDP }

func (o *Okta) idpsOperations() {
	o.serveKind(twin.Full, idpKind, crud{get: "getIdentityProvider", delete: "deleteIdentityProvider", activate: "activateIdentityProvider", deactivate: "deactivateIdentityProvider"}, nil)
	o.on(twin.Full, "listIdentityProviders", o.listIdentityProviders)
	o.on(twin.Full, "createIdentityProvider", o.createIdentityProvider)
	o.on(twin.Full, "replaceIdentityProvider", o.replaceIdentityProvider)
	o.beyond(twin.Full, "getIdentityProviderMetadata", http.MethodGet, "/api/v1/idps/{idpId}/metadata.xml", o.getIdentityProviderMetadata).needs("okta.idps")

	o.on(twin.Full, "listIdentityProviderApplicationUsers", o.listIdentityProviderApplicationUsers)
	o.on(twin.Full, "linkUserToIdentityProvider", o.linkUserToIdentityProvider)
	o.on(twin.Full, "getIdentityProviderApplicationUser", o.getIdentityProviderApplicationUser)
	o.on(twin.Full, "unlinkUserFromIdentityProvider", o.unlinkUserFromIdentityProvider)
	o.on(twin.Full, "listSocialAuthTokens", o.listSocialAuthTokens)
}

// An idpType is one sort of identity provider.
type idpType struct {
	protocol         string // SAML2, OIDC, OAUTH2, MTLS or ID_PROOFING
	authorize, token string // where a social network asks people and gives tokens
	scopes           []string
	source           string // what mappings call it
	maps             map[string]string
}

// Where mappings take a person's attributes from.
var (
	fromSAML = map[string]string{"login": "source.userName", "firstName": "source.firstName", "lastName": "source.lastName", "email": "source.email", "mobilePhone": "source.mobilePhone"}
	fromOIDC = map[string]string{"login": "appuser.email", "displayName": "appuser.displayName", "nickName": "appuser.nickname", "firstName": "appuser.firstName", "middleName": "appuser.middleName", "lastName": "appuser.lastName",
		"email": "appuser.email", "profileUrl": "appuser.profile", "timezone": `appuser.zoneinfo == null ? "America/Los_Angeles" : appuser.zoneinfo`, "primaryPhone": "appuser.phoneNumber", "streetAddress": "appuser.street_address",
		"city": "appuser.locality", "state": "appuser.region", "zipCode": "appuser.postalCode", "countryCode": "appuser.country"}
	fromSocial = map[string]string{"login": "appuser.email", "email": "appuser.email", "firstName": "appuser.firstName", "middleName": "appuser.middleName", "lastName": "appuser.lastName", "honorificPrefix": "appuser.honorificPrefix",
		"honorificSuffix": "appuser.honorificSuffix", "displayName": "appuser.displayName", "profileUrl": "appuser.profileUrl"}
)

var idpTypes = map[string]idpType{
	"SAML2": {protocol: "SAML2", source: "saml_idp", maps: fromSAML}, "OIDC": {protocol: "OIDC", source: "oidc_idp", maps: fromOIDC}, "OKTA_INTEGRATION": {protocol: "OIDC", source: "okta_integration_idp", maps: fromOIDC},
	"X509":      {protocol: "MTLS", source: "x509_idp", maps: map[string]string{}},
	"AMAZON":    social("OIDC", "amazon", "https://www.amazon.com/ap/oa", "https://api.amazon.com/auth/o2/token", "profile"),
	"APPLE":     social("OIDC", "apple", "https://appleid.apple.com/auth/authorize", "https://appleid.apple.com/auth/token", "openid", "email", "name"),
	"DISCORD":   social("OAUTH2", "discord", "https://discord.com/api/oauth2/authorize", "https://discord.com/api/oauth2/token", "identify", "email"),
	"FACEBOOK":  social("OAUTH2", "facebook", "https://www.facebook.com/dialog/oauth", "https://graph.facebook.com/v2.8/oauth/access_token", "public_profile", "email"),
	"GITHUB":    social("OAUTH2", "github", "https://github.com/login/oauth/authorize", "https://github.com/login/oauth/access_token", "user"),
	"GITLAB":    social("OIDC", "gitlab", "https://gitlab.com/oauth/authorize", "https://gitlab.com/oauth/token", "openid", "read_user", "profile", "email"),
	"GOOGLE":    social("OIDC", "google", "https://accounts.google.com/o/oauth2/auth", "https://www.googleapis.com/oauth2/v3/token", "profile", "email", "openid"),
	"LINKEDIN":  social("OAUTH2", "linkedin", "https://www.linkedin.com/uas/oauth2/authorization", "https://www.linkedin.com/uas/oauth2/accessToken", "r_basicprofile", "r_emailaddress"),
	"LOGINGOV":  social("OIDC", "logingov", "https://secure.login.gov/openid_connect/authorize", "https://secure.login.gov/api/openid_connect/token", "email", "profile", "profile:name"),
	"MICROSOFT": social("OIDC", "microsoft", "https://login.microsoftonline.com/common/oauth2/v2.0/authorize", "https://login.microsoftonline.com/common/oauth2/v2.0/token", "openid", "email", "profile", "https://graph.microsoft.com/User.Read"),
	"PAYPAL":    social("OIDC", "paypal", "https://www.paypal.com/signin/authorize", "https://api.paypal.com/v1/oauth2/token", "openid", "email", "profile"),
	"SPOTIFY":   social("OIDC", "spotify", "https://accounts.spotify.com/authorize", "https://accounts.spotify.com/api/token", "user-read-email", "user-read-private"),
	"XERO":      social("OIDC", "xero", "https://login.xero.com/identity/connect/authorize", "https://identity.xero.com/connect/token", "openid", "profile", "email"),
	"YAHOO":     social("OIDC", "yahoo", "https://api.login.yahoo.com/oauth2/request_auth", "https://api.login.yahoo.com/oauth2/get_token", "openid", "profile", "email"),
	"YAHOOJP":   social("OIDC", "yahoojp", "https://auth.login.yahoo.co.jp/yconnect/v2/authorization", "https://auth.login.yahoo.co.jp/yconnect/v2/token", "openid", "profile", "email"),

	"LOGINGOV_SANDBOX": social("OIDC", "logingov_sandbox", "https://idp.int.identitysandbox.gov/openid_connect/authorize", "https://idp.int.identitysandbox.gov/api/openid_connect/token", "email", "profile", "profile:name"),
	"PAYPAL_SANDBOX":   social("OIDC", "paypal_sandbox", "https://www.sandbox.paypal.com/signin/authorize", "https://api.sandbox.paypal.com/v1/oauth2/token", "openid", "email", "profile"),
	"SALESFORCE":       social("OIDC", "salesforce", "https://login.salesforce.com/services/oauth2/authorize", "https://login.salesforce.com/services/oauth2/token", "id", "email", "profile"),

	"IDV_CLEAR":   {protocol: "ID_PROOFING", source: "idv_clear", authorize: "https://verified.clearme.com/oauth/authorize", token: "https://verified.clearme.com/oauth/token", scopes: []string{"profile", "identity_assurance", "openid"}},
	"IDV_INCODE":  {protocol: "ID_PROOFING", source: "idv_incode", authorize: "https://auth.incode.com/oauth2/authorize", token: "https://auth.incode.com/oauth2/token", scopes: []string{"profile", "identity_assurance", "openid"}},
	"IDV_PERSONA": {protocol: "ID_PROOFING", source: "idv_persona", authorize: "https://inquiry.withpersona.com/verify", token: "https://withpersona.com/api/v1/oauth/token", scopes: []string{"openid", "profile", "identity_assurance"}},
}

func social(protocol, name, authorize, token string, scopes ...string) idpType {
	return idpType{protocol, authorize, token, scopes, name + "_idp", fromSocial}
}

func idpTypeOf(r Record) idpType { return idpTypes[text(r.Doc["type"])] }

func withinIDP(c *call, id string) error {
	_, err := c.fetch(idpKind, "", id)
	return err
}

// listIdentityProviders finds identity providers: q by the beginning of the name, type by what they are.
func (o *Okta) listIdentityProviders(c *call) (any, error) {
	q, kind := strings.ToLower(c.query.Get("q")), c.query.Get("type")
	idps := slices.DeleteFunc(slices.Collect(c.all(idpKind, "")), func(r Record) bool {
		return !strings.HasPrefix(strings.ToLower(r.Name), q) || kind != "" && r.Doc["type"] != kind
	})
	return paged(c, slices.Values(idps), func(r Record) string { return r.ID }, 20, 200, func(r Record) any { return c.shown(idpKind, r) })
}

func (o *Okta) createIdentityProvider(c *call) (any, error) {
	r, err := c.make(idpKind, "", c.body)
	if err != nil {
		return nil, err
	}
	key := c.orgKey(r.ID)
	if idpTypeOf(r).protocol == "SAML2" {
		r.Doc = clone(r.Doc)
		fill(object(dig(r.Doc, "protocol", "credentials")), obj{"signing": obj{"kid": key.ID}})
		r = c.keep(idpKind, r)
	}
	for _, t := range c.userTypes() {
		c.mapIDPTo(r, t.id, t.name)
	}
	return c.shown(idpKind, r), nil
}

// replaceIdentityProvider changes an identity provider. When it was made the answer does not say.
func (o *Okta) replaceIdentityProvider(c *call) (any, error) {
	r, err := c.fetch(idpKind, "", c.param("idpId"))
	if err != nil {
		return nil, err
	}
	if r, err = c.replace(idpKind, r, c.body); err != nil {
		return nil, err
	}
	v := c.shown(idpKind, r).(obj)
	v["created"] = nil
	return v, nil
}

// idpObjects are what of an identity provider is an object.
var idpObjects = strings.Fields("protocol protocol.endpoints protocol.issuer protocol.settings protocol.algorithms protocol.credentials protocol.credentials.client protocol.credentials.trust protocol.credentials.signing " +
	"policy policy.provisioning policy.provisioning.groups policy.provisioning.conditions policy.accountLink policy.subject policy.subject.userNameTemplate")

// checkIDP refuses an identity provider that nobody could sign in through, and completes one that will do.
func checkIDP(c *call, doc obj, was *Record) error {
	t, ok := idpTypes[text(doc["type"])]
	name := text(doc["name"])
	for _, e := range object(dig(doc, "protocol", "endpoints")) {
		if e != nil && object(e) == nil {
			return errMalformed
		}
	}
	if misshapen(doc, idpObjects, []string{"protocol.scopes"}) {
		return errMalformed
	}
	if err := nameFits(name, 100); err != nil {
		return err
	}
	switch {
	case !ok:
		return invalid("type", "type: Not one of the allowed values.")
	case was != nil && was.Doc["type"] != doc["type"]:
		return invalid("type", "type: The field cannot be modified")
	case object(doc["protocol"]) == nil:
		return blank("protocol")
	case object(doc["policy"]) == nil:
		return blank("policy")
	}
	if c.taken(idpKind, "", name, was) {
		return invalid("name", "name: An object with this field already exists in the current organization")
	}
	if err := checkProtocol(c, t, object(doc["protocol"]), was); err != nil {
		return err
	}
	policy := object(doc["policy"])
	dropNulls(policy)
	fill(policy, obj{"provisioning": obj{"action": "AUTO", "profileMaster": false, "groups": obj{"action": "NONE"}, "conditions": obj{"deprovisioned": obj{"action": "NONE"}, "suspended": obj{"action": "NONE"}}},
		"accountLink": obj{"filter": nil, "action": "AUTO"}, "subject": obj{"userNameTemplate": obj{"template": "idpuser.email"}, "filter": nil, "matchType": "USERNAME", "matchAttribute": nil}, "maxClockSkew": float64(0),
		"transformedUsernameMatchingEnabled": false})
	for field, allowed := range map[string][]string{"provisioning": {"AUTO", "CALLOUT", "DISABLED"}, "accountLink": {"AUTO", "DISABLED"}} {
		if !slices.Contains(allowed, text(dig(policy, field, "action"))) {
			return invalid("policy."+field+".action", "policy."+field+".action: Not one of the allowed values.")
		}
	}
	for _, id := range texts(dig(policy, "provisioning", "groups", "assignments")) {
		if !c.o.groups.Has(c.Tx, id) {
			return invalid("policy.provisioning.groups", "Invalid group id: "+id)
		}
	}
	kind := doc["type"]
	if kind == "SAML2" || kind == "OIDC" {
		fill(policy, obj{"trustClaims": false})
	}
	if kind == "SAML2" || kind == "X509" {
		delete(doc, "issuerMode")
	} else {
		fill(doc, obj{"issuerMode": "DYNAMIC"})
	}
	return nil
}

// checkProtocol refuses a protocol without what it must know, and adds what is known of it.
func checkProtocol(c *call, t idpType, p obj, was *Record) error {
	if text(p["type"]) == "" {
		p["type"] = t.protocol
	}
	if p["type"] != t.protocol {
		return invalid("protocol.type", "protocol.type: Not one of the allowed values.")
	}
	dropNulls(p)
	must := map[string][][]string{
		"SAML2": {{"endpoints", "sso", "url"}, {"credentials", "trust", "issuer"}, {"credentials", "trust", "kid"}},
		"MTLS":  {{"credentials", "trust", "kid"}},
	}[t.protocol]
	if t.protocol == "OIDC" || t.protocol == "OAUTH2" || t.protocol == "ID_PROOFING" {
		must = [][]string{{"credentials", "client", "client_id"}}
		if t.authorize == "" {
			must = append(must, []string{"endpoints", "authorization", "url"}, []string{"endpoints", "token", "url"}, []string{"endpoints", "jwks", "url"}, []string{"issuer", "url"})
		}
	}
	for _, path := range must {
		if text(dig(p, path...)) == "" {
			return blank("protocol." + strings.Join(path, "."))
		}
	}
	if kid := text(dig(p, "credentials", "trust", "kid")); kid != "" && !c.o.tables[idpKeyKind].records.Has(c.Tx, kid) {
		return invalid("protocol.credentials.trust.kid", "kid: Invalid key id")
	}
	switch t.protocol {
	case "SAML2":
		audience, signing := text(dig(p, "credentials", "trust", "audience")), any(nil)
		if was != nil {
			audience = text(dig(was.Doc, "protocol", "credentials", "trust", "audience"))
			signing = dig(was.Doc, "protocol", "credentials", "signing")
		}
		if audience == "" {
			audience = "https://www.okta.com/saml2/service-provider/sp" + c.Rand(18, "abcdefghijklmnopqrstuvwxyz")
		}
		fill(p, obj{"endpoints": obj{"sso": obj{"binding": "HTTP-POST", "destination": dig(p, "endpoints", "sso", "url")}, "acs": obj{"binding": "HTTP-POST", "type": "INSTANCE"}},
			"algorithms": obj{"request": obj{"signature": obj{"algorithm": "SHA-256", "scope": "REQUEST"}}, "response": obj{"signature": obj{"algorithm": "SHA-256", "scope": "ANY"}}},
			"settings":   obj{"nameFormat": "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified", "honorPersistentNameId": true}, "credentials": obj{"trust": obj{"audience": audience, "revocation": nil, "revocationCacheLifetime": float64(0)}}})
		if signing != nil {
			fill(object(p["credentials"]), obj{"signing": signing})
		}
	case "OIDC", "OAUTH2", "ID_PROOFING":
		endpoints := object(p["endpoints"])
		if endpoints == nil {
			endpoints = obj{}
			p["endpoints"] = endpoints
		}
		if t.authorize != "" {
			fill(endpoints, obj{"authorization": obj{"url": t.authorize}, "token": obj{"url": t.token}})
			fill(p, obj{"scopes": anys(t.scopes)})
		} else {
			settings := object(p["settings"])
			p["settings"] = with(obj{"nameFormat": nil}, without(settings, "honorPersistentNameId"))
		}
		for name, e := range endpoints {
			binding := "HTTP-REDIRECT"
			if name == "token" {
				binding = "HTTP-POST"
			}
			fill(object(e), obj{"binding": binding})
		}
	}
	return nil
}

// dropNulls removes what is null from an object, all the way down.
func dropNulls(v obj) {
	for k, x := range v {
		if x == nil {
			delete(v, k)
		} else if m := object(x); m != nil {
			dropNulls(m)
		}
	}
}

func viewIDP(c *call, r Record, v obj) {
	at := c.link("/api/v1/idps/" + r.ID)
	links := object(v["_links"])
	delete(links, "self")
	links["users"] = hints(at+"/users", http.MethodGet)
	switch idpTypeOf(r).protocol {
	case "SAML2":
		links["metadata"] = with(hints(at+"/metadata.xml", http.MethodGet), obj{"type": "application/xml"})
		links["acs"] = with(hints(c.link("/sso/saml2/"+r.ID), http.MethodPost), obj{"type": "application/xml"})
	case "OIDC", "OAUTH2", "ID_PROOFING":
		links["authorize"] = with(hints(c.link("/oauth2/v1/authorize?idp="+r.ID+"&client_id={clientId}&response_type={responseType}&response_mode={responseMode}&scope={scopes}&redirect_uri={redirectUri}&state={state}&nonce={nonce}"), http.MethodGet), obj{"templated": true})
		links["clientRedirectUri"] = hints(c.link("/oauth2/v1/authorize/callback"), http.MethodPost)
	case "MTLS":
		links["keys"] = hints(c.link("/api/v1/idps/credentials/keys/"+text(dig(r.Doc, "protocol", "credentials", "trust", "kid"))), http.MethodGet)
	}
}

func deleteIDP(c *call, r Record) error {
	for _, l := range slices.Collect(c.o.linked.All(c.Tx, r.ID+"/")) {
		c.o.linked.Delete(c.Tx, l.IDP+"/"+l.User)
	}
	for _, k := range slices.Collect(c.o.keys.All(c.Tx, r.ID+"/")) {
		c.o.keys.Delete(c.Tx, k.Parent+"/"+k.ID)
	}
	for s := range c.all(csrKind, r.ID) {
		c.o.tables[csrKind].records.Delete(c.Tx, s.ID)
	}
	c.unmap(r.ID)
	return nil
}

// A provider is the metadata of Okta as a SAML service provider.
type provider struct {
	XMLName xml.Name `xml:"md:EntityDescriptor"`
	ID      string   `xml:"entityID,attr"`
	MD      string   `xml:"xmlns:md,attr"`
	SP      struct {
		Signed   bool   `xml:"AuthnRequestsSigned,attr"`
		Wants    bool   `xml:"WantAssertionsSigned,attr"`
		Protocol string `xml:"protocolSupportEnumeration,attr"`
		Format   string `xml:"md:NameIDFormat"`
		ACS      struct {
			samlService
			Index   int  `xml:"index,attr"`
			Default bool `xml:"isDefault,attr"`
		} `xml:"md:AssertionConsumerService"`
	} `xml:"md:SPSSODescriptor"`
}

// getIdentityProviderMetadata describes Okta to a SAML identity provider.
func (o *Okta) getIdentityProviderMetadata(c *call) (any, error) {
	r, err := c.fetch(idpKind, "", c.param("idpId"))
	if err != nil {
		return nil, err
	}
	if idpTypeOf(r).protocol != "SAML2" {
		return nil, errMediaType
	}
	p := provider{ID: text(dig(r.Doc, "protocol", "credentials", "trust", "audience")), MD: "urn:oasis:names:tc:SAML:2.0:metadata"}
	p.SP.Signed, p.SP.Wants, p.SP.Protocol = dig(r.Doc, "protocol", "algorithms", "request", "signature", "scope") == "REQUEST", true, "urn:oasis:names:tc:SAML:2.0:protocol"
	p.SP.Format = text(dig(r.Doc, "protocol", "settings", "nameFormat"))
	p.SP.ACS.samlService, p.SP.ACS.Default = samlService{bindingPost, c.link("/sso/saml2/" + r.ID)}, true
	doc, err := xml.Marshal(p)
	return answer{status: http.StatusOK, body: slices.Concat([]byte(`<?xml version="1.0" encoding="UTF-8"?>`), doc), kind: "application/xml"}, err
}

func (o *Okta) listIdentityProviderApplicationUsers(c *call) (any, error) {
	id := c.param("idpId")
	if err := withinIDP(c, id); err != nil {
		return nil, err
	}
	users := inOrder(slices.Collect(o.linked.All(c.Tx, id+"/")), func(l LinkedUser) int64 { return l.Created }, func(l LinkedUser) string { return l.User })
	return paged(c, slices.Values(users), func(l LinkedUser) string { return l.User }, 20, 200, func(l LinkedUser) any { return c.linkedUser(l) })
}

// linkUserToIdentityProvider says by what name an identity provider knows somebody.
func (o *Okta) linkUserToIdentityProvider(c *call) (any, error) {
	id := c.param("idpId")
	if err := withinIDP(c, id); err != nil {
		return nil, err
	}
	u, err := c.user()
	if err != nil {
		return nil, err
	}
	external := text(c.body["externalId"])
	if external == "" {
		return nil, blank("externalId")
	}
	for l := range o.linked.All(c.Tx, id+"/") {
		if l.External == external && l.User != u.ID {
			return nil, invalid("externalId", "externalId: An object with this field already exists in the current organization")
		}
	}
	l, was := o.linked.Get(c.Tx, id+"/"+u.ID)
	if !was {
		l = LinkedUser{IDP: id, User: u.ID, Created: c.at(), Profile: obj{}}
	}
	l.External, l.Updated = external, c.at()
	o.linked.Put(c.Tx, l)
	c.logged("user.account.link", "SUCCESS", u.target())
	return c.linkedUser(l), nil
}

func (o *Okta) getIdentityProviderApplicationUser(c *call) (any, error) {
	l, err := c.linkOf()
	if err != nil {
		return nil, err
	}
	return c.linkedUser(l), nil
}

func (o *Okta) unlinkUserFromIdentityProvider(c *call) (any, error) {
	l, err := c.linkOf()
	if err != nil {
		return nil, err
	}
	o.linked.Delete(c.Tx, l.IDP+"/"+l.User)
	u, _ := o.users.Get(c.Tx, l.User)
	c.logged("user.account.unlink", "SUCCESS", u.target())
	return nil, nil
}

// listSocialAuthTokens returns the token that an identity provider gave when somebody last came through it.
func (o *Okta) listSocialAuthTokens(c *call) (any, error) {
	l, err := c.linkOf()
	if err != nil {
		return nil, err
	}
	if l.Token == "" {
		return []any{}, nil
	}
	sum := sha256.Sum256([]byte(l.Token))
	return []any{obj{"id": "dsz" + hex.EncodeToString(sum[:9])[:17], "token": l.Token, "tokenType": "urn:ietf:params:oauth:token-type:access_token", "tokenAuthScheme": l.TokenType,
		"expiresAt": stamp(l.TokenExpires), "scopes": anys(l.TokenScopes)}}, nil
}

func (c *call) linkOf() (LinkedUser, error) {
	id := c.param("idpId")
	if err := withinIDP(c, id); err != nil {
		return LinkedUser{}, err
	}
	user := c.param("userId")
	l, ok := c.o.linked.Get(c.Tx, id+"/"+user)
	if !ok {
		return l, notFound(user, "User")
	}
	return l, nil
}

func (c *call) linkedUser(l LinkedUser) obj {
	at := c.link("/api/v1/idps/" + l.IDP)
	return obj{"id": l.User, "externalId": l.External, "created": stamp(l.Created), "lastUpdated": stamp(l.Updated), "profile": with(obj{}, l.Profile),
		"_links": obj{"self": hints(at+"/users/"+l.User, http.MethodGet, http.MethodDelete), "idp": href(at), "user": href(c.link("/api/v1/users/" + l.User))}}
}
