package okta

import (
	"encoding/json"
	"net/http"
	"slices"
)

// wellknownOperations are where software finds out what the authorization servers can do.
func (o *Okta) wellknownOperations() {
	discovery := func(openid bool) func(*oauthCall) (any, error) {
		return func(c *oauthCall) (any, error) { return c.discovery(openid), nil }
	}
	for path, openid := range map[string]bool{"/.well-known/openid-configuration": true, "/.well-known/oauth-authorization-server": false} {
		for prefix, id := range map[string]string{"": "discovery", "/oauth2/{authServerId}": "discoveryCustom"} {
			op := &operation{open: true, reads: true}
			op.ID, op.Method, op.Path = id+path[len("/.well-known"):], http.MethodGet, prefix+path
			o.oauthRoute(op, discovery(openid))
		}
	}
}

// discovery is what an authorization server can do.
//
// https://openid.net/specs/openid-connect-discovery-1_0.html
func (c *oauthCall) discovery(openid bool) any {
	at := c.server.base + "/v1/"
	methods := []string{"client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "none"}
	grants := []string{"authorization_code", "implicit", "refresh_token", "password", "client_credentials", "urn:ietf:params:oauth:grant-type:device_code", "urn:okta:params:oauth:grant-type:otp",
		"http://auth0.com/oauth/grant-type/mfa-otp", "urn:okta:params:oauth:grant-type:oob", "http://auth0.com/oauth/grant-type/mfa-oob", "urn:ietf:params:oauth:grant-type:token-exchange"}
	claims := []string{"ver", "jti", "iss", "aud", "iat", "exp", "cid", "uid", "scp", "sub"}
	algs := []string{"HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "ES256", "ES384", "ES512"}
	v := obj{"issuer": c.server.issuer, "authorization_endpoint": at + "authorize", "token_endpoint": at + "token", "registration_endpoint": c.base + "/oauth2/v1/clients",
		"response_types_supported": []string{"code", "token", "id_token", "code id_token", "code token", "id_token token", "code id_token token"},
		"response_modes_supported": []string{"query", "fragment", "form_post", "okta_post_message"}, "grant_types_supported": grants, "subject_types_supported": []string{"public"},
		"scopes_supported": c.scopesSupported(!openid), "token_endpoint_auth_methods_supported": methods, "claims_supported": claims, "code_challenge_methods_supported": []string{"S256"},
		"introspection_endpoint": at + "introspect", "introspection_endpoint_auth_methods_supported": methods, "revocation_endpoint": at + "revoke", "revocation_endpoint_auth_methods_supported": methods,
		"end_session_endpoint": at + "logout", "request_parameter_supported": true, "request_object_signing_alg_values_supported": algs,
		"device_authorization_endpoint": at + "device/authorize", "pushed_authorization_request_endpoint": at + "par", "backchannel_token_delivery_modes_supported": []string{"poll"},
		"backchannel_authentication_request_signing_alg_values_supported": algs, "dpop_signing_alg_values_supported": algs[3:],
		"frontchannel_logout_supported": true, "frontchannel_logout_session_supported": true, "identity_chaining_requested_token_types_supported": []string{"urn:ietf:params:oauth:token-type:id-jag"}}
	if openid || c.server.id != "" {
		v["jwks_uri"] = at + "keys"
	}
	if openid {
		v["userinfo_endpoint"], v["id_token_signing_alg_values_supported"] = at+"userinfo", []string{"RS256"}
		v["claims_supported"] = slices.Concat([]string{"iss", "ver", "sub", "aud", "iat", "exp", "jti", "auth_time", "amr", "idp", "nonce", "name", "nickname", "preferred_username", "given_name", "middle_name", "family_name", "email", "email_verified",
			"profile", "zoneinfo", "locale", "address", "phone_number", "picture", "website", "gender", "birthdate", "updated_at", "at_hash", "c_hash"})
	}
	return v
}

func encodeJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // it is made of what JSON has
	}
	return b
}
