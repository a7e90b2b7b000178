package identity

import (
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"html"
	"math/big"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/internal/keys"
)

// openidRoutes say who somebody is.
//
// https://developers.google.com/identity/openid-connect/openid-connect
func (i *Identity) openidRoutes() {
	both := func(path, id string, serve func(*flow) (any, error)) {
		i.endpoint(http.MethodGet, path, id, serve)
		i.endpoint(http.MethodPost, path, id+"ByPost", serve)
	}
	both("/tokeninfo", "oauth2.tokeninfo", (*flow).tokenInfo)
	both("/oauth2/v3/tokeninfo", "oauth2.tokeninfoV3", (*flow).tokenInfo)
	both("/oauth2/v2/tokeninfo", "oauth2.tokeninfoV2", (*flow).tokenInfoOlder)
	both("/oauth2/v1/tokeninfo", "oauth2.tokeninfoV1", (*flow).tokenInfoOlder)
	both("/v1/userinfo", "openid.userinfo", (*flow).userInfo)
	both("/oauth2/v3/userinfo", "oauth2.userinfoV3", (*flow).userInfo)
	both("/oauth2/v2/userinfo", "oauth2.userinfoV2", (*flow).userInfoOlder)
	both("/oauth2/v1/userinfo", "oauth2.userinfoV1", (*flow).userInfoOlder)
	both("/userinfo/v2/me", "oauth2.userinfoV2Me", (*flow).userInfoOlder)
	i.endpoint(http.MethodGet, "/.well-known/openid-configuration", "openid.discovery", (*flow).discovery)
	i.endpoint(http.MethodGet, "/oauth2/v3/certs", "oauth2.certs", func(f *flow) (any, error) { return keySet(f.i.signer), nil })
	i.endpoint(http.MethodGet, "/oauth2/v1/certs", "oauth2.certsPEM", func(f *flow) (any, error) {
		key := f.i.signer()
		return map[string]string{keys.ID(&key.PublicKey): certificate(key, "federated-signon.system.gserviceaccount.com")}, nil
	})
	i.endpoint(http.MethodGet, "/robot/v1/metadata/x509/:email", "oauth2.robotCerts", func(f *flow) (any, error) {
		u, ok := f.i.ByEmail(f.Tx, f.Request.Echo.Param("email"))
		if !ok || !u.Robot {
			return nil, &refusal{http.StatusNotFound, "invalid_request", "Service account not found: " + f.Request.Echo.Param("email")}
		}
		return map[string]string{f.World.Reveal(u.Key): certificate(f.i.key(), u.Sub)}, nil
	})
	i.endpoint(http.MethodGet, "/a/:id", "people.photo", (*flow).photo)
}

// keySet is the public half of a key, as JSON Web Keys.
func keySet(key func() *rsa.PrivateKey) any {
	public := &key().PublicKey
	return jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: public, KeyID: keys.ID(public), Algorithm: "RS256", Use: "sig"}}}
}

// certificate is the public half of a key, as it is handed to those who want a certificate.
func certificate(key *rsa.PrivateKey, name string) string {
	t := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2036, 1, 1, 0, 0, 0, 0, time.UTC)}
	der, err := x509.CreateCertificate(nil, t, t, &key.PublicKey, key)
	if err != nil {
		panic(err) // the key is good
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// signed is a JWT of claims that Google has signed.
func (f *flow) signed(claims map[string]any) (string, error) {
	key := f.i.signer()
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: key, KeyID: keys.ID(&key.PublicKey)}}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return "", err
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	j, err := s.Sign(payload)
	if err != nil {
		return "", err
	}
	return j.CompactSerialize()
}

// idToken says to a client who somebody is.
//
// https://developers.google.com/identity/openid-connect/openid-connect#an-id-tokens-payload
func (f *flow) idToken(u User, t Token, nonce, access string) (string, error) {
	claims := map[string]any{"iss": f.i.URL(f.Call), "azp": t.Client, "aud": t.Client, "iat": f.Now.Unix(), "exp": f.Now.Add(accessLives).Unix()}
	for k, v := range f.about(u, t.Scopes) {
		claims[k] = v
	}
	delete(claims, "locale")
	if nonce != "" {
		claims["nonce"] = nonce
	}
	if access != "" {
		sum := sha256.Sum256([]byte(access))
		claims["at_hash"] = base64.RawURLEncoding.EncodeToString(sum[:16])
	}
	return f.signed(claims)
}

// about is what scopes let know of somebody, in OpenID Connect's names.
func (f *flow) about(u User, scopes []string) map[string]any {
	m := map[string]any{"sub": u.Sub}
	if slices.Contains(scopes, scopeProfile) {
		m["name"], m["given_name"], m["picture"] = u.Name, u.Given, Photo(f.i.URL(f.Call), u)
		if u.Family != "" {
			m["family_name"] = u.Family
		}
	}
	if slices.Contains(scopes, scopeEmail) {
		m["email"], m["email_verified"] = u.Email, true
	}
	if u.Domain != "" {
		m["hd"] = u.Domain
	}
	return m
}

// holder is whose access token a request shows.
func (f *flow) holder() (User, Token, bool) {
	given, _ := Credential(f.req)
	if given == "" {
		given = f.form.Get("access_token")
	}
	t, ok := f.i.Access.Get(f.Tx, f.World.Unseal(given))
	u, known := f.i.Users.Get(f.Tx, t.User)
	return u, t, ok && known && !u.Suspended && (t.Expires == 0 || t.Expires > f.Now.Unix())
}

// userInfo says who holds a token.
func (f *flow) userInfo() (any, error) {
	u, t, ok := f.holder()
	if !ok || !slices.ContainsFunc(t.Scopes, signsIn) {
		return nil, &refusal{http.StatusUnauthorized, "invalid_request", "Invalid Credentials"}
	}
	return f.about(u, t.Scopes), nil
}

// userInfoOlder says it in the names that came before OpenID Connect's, and refuses as Google's APIs do.
func (f *flow) userInfoOlder() (any, error) {
	u, t, ok := f.holder()
	switch {
	case !ok:
		return errorOf(http.StatusUnauthorized, "UNAUTHENTICATED", "Request is missing required authentication credential. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project."), nil
	case !slices.ContainsFunc(t.Scopes, signsIn):
		return errorOf(http.StatusForbidden, "PERMISSION_DENIED", "Request had insufficient authentication scopes."), nil
	}
	m := f.about(u, t.Scopes)
	m["id"] = m["sub"]
	delete(m, "sub")
	if v, ok := m["email_verified"]; ok {
		m["verified_email"] = v
		delete(m, "email_verified")
	}
	return m, nil
}

func errorOf(code int, status, message string) twin.Answer {
	b, err := json.MarshalIndent(map[string]any{"error": map[string]any{"code": code, "message": message, "status": status}}, "", "  ")
	if err != nil {
		panic(err) // it is made of what JSON has
	}
	return twin.Answer{Status: code, Type: "application/json; charset=UTF-8", Header: http.Header{}, Body: b, Error: status}
}

// tokenInfo says what a token is good for. Everything in it is a string.
//
// https://developers.google.com/identity/sign-in/web/backend-auth#calling-the-tokeninfo-endpoint
func (f *flow) tokenInfo() (any, error) {
	if id := f.form.Get("id_token"); id != "" {
		claims, header, ok := f.vouched(id)
		if !ok {
			return nil, errTokenValue
		}
		out := map[string]string{"alg": header.Algorithm, "kid": header.KeyID, "typ": "JWT"}
		for k, v := range claims {
			switch v := v.(type) {
			case string:
				out[k] = v
			case bool:
				out[k] = strconv.FormatBool(v)
			case float64:
				out[k] = strconv.FormatInt(int64(v), 10)
			}
		}
		return out, nil
	}
	u, t, ok := f.holder()
	if !ok {
		return nil, errTokenValue
	}
	expires, in := f.until(t)
	out := map[string]string{"azp": t.Client, "aud": t.Client, "scope": strings.Join(t.Scopes, " "), "exp": strconv.FormatInt(expires, 10), "expires_in": strconv.FormatInt(in, 10), "access_type": accessType(t)}
	if slices.ContainsFunc(t.Scopes, signsIn) {
		out["sub"] = u.Sub
	}
	if slices.Contains(t.Scopes, scopeEmail) {
		out["email"], out["email_verified"] = u.Email, "true"
	}
	return out, nil
}

// tokenInfoOlder says it in older names.
func (f *flow) tokenInfoOlder() (any, error) {
	if id := f.form.Get("id_token"); id != "" {
		claims, _, ok := f.vouched(id)
		if !ok {
			return nil, errTokenValue
		}
		out := map[string]any{"issuer": claims["iss"], "issued_to": claims["azp"], "audience": claims["aud"], "user_id": claims["sub"], "issued_at": claims["iat"], "expires_in": claims["exp"].(float64) - float64(f.Now.Unix())}
		if e, ok := claims["email"]; ok {
			out["email"], out["email_verified"] = e, true
		}
		return out, nil
	}
	u, t, ok := f.holder()
	if !ok {
		return nil, errTokenValue
	}
	_, in := f.until(t)
	out := map[string]any{"issued_to": t.Client, "audience": t.Client, "scope": strings.Join(t.Scopes, " "), "expires_in": in, "access_type": accessType(t)}
	if slices.ContainsFunc(t.Scopes, signsIn) {
		out["user_id"] = u.Sub
	}
	if slices.Contains(t.Scopes, scopeEmail) {
		out["email"], out["verified_email"] = u.Email, true
	}
	return out, nil
}

// until is when a token expires, and in how many seconds. One that never does is always good for an hour.
func (f *flow) until(t Token) (at, in int64) {
	if t.Expires == 0 {
		t.Expires = f.Now.Add(accessLives).Unix()
	}
	return t.Expires, t.Expires - f.Now.Unix()
}

func accessType(t Token) string {
	if t.Offline {
		return "offline"
	}
	return "online"
}

// vouched are the claims of an id token that this world has signed and that is still good.
func (f *flow) vouched(token string) (claims map[string]any, h jose.Header, ok bool) {
	j, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		return nil, h, false
	}
	payload, err := j.Verify(&f.i.signer().PublicKey)
	if err != nil || json.Unmarshal(payload, &claims) != nil {
		return nil, h, false
	}
	exp, _ := claims["exp"].(float64)
	return claims, j.Signatures[0].Header, claims["iss"] == f.i.URL(f.Call) && exp > float64(f.Now.Unix())
}

// discovery says where everything is.
func (f *flow) discovery() (any, error) {
	at := f.i.URL(f.Call)
	return map[string]any{
		"issuer": at, "authorization_endpoint": at + "/o/oauth2/v2/auth", "device_authorization_endpoint": at + "/device/code", "token_endpoint": at + "/token",
		"userinfo_endpoint": at + "/v1/userinfo", "revocation_endpoint": at + "/revoke", "jwks_uri": at + "/oauth2/v3/certs",
		"response_types_supported": []string{"code", "token", "id_token", "code token", "code id_token", "token id_token", "code token id_token", "none"},
		"response_modes_supported": []string{"query", "fragment", "form_post"}, "subject_types_supported": []string{"public"}, "id_token_signing_alg_values_supported": []string{"RS256"},
		"scopes_supported": []string{"openid", "email", "profile"}, "token_endpoint_auth_methods_supported": []string{"client_secret_post", "client_secret_basic"},
		"claims_supported":                 []string{"aud", "email", "email_verified", "exp", "family_name", "given_name", "iat", "iss", "name", "picture", "sub"},
		"code_challenge_methods_supported": []string{"plain", "S256"},
		"grant_types_supported":            []string{"authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code", "urn:ietf:params:oauth:grant-type:jwt-bearer"},
	}, nil
}

// Photo is the address of somebody's picture.
func Photo(base string, u User) string { return base + "/a/" + u.Sub }

// hues are what pictures are painted in.
var hues = []string{"#7b1fa2", "#c2185b", "#00796b", "#1565c0", "#ef6c00", "#455a64", "#5d4037", "#2e7d32"}

// photo draws somebody's first letter. How large it is to be stands behind who it is: "=s64".
func (f *flow) photo() (any, error) {
	id, _, _ := strings.Cut(f.Request.Echo.Param("id"), "=")
	letter := "?"
	for u := range f.i.Users.All(f.Tx, "") {
		if (u.Sub == id || u.ID == id) && u.Name != "" {
			letter = strings.ToUpper(string([]rune(u.Name)[:1]))
		}
	}
	hue := 0
	for _, b := range []byte(id) {
		hue += int(b)
	}
	svg := `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" height="64" fill="` + hues[hue%len(hues)] + `"/><text x="32" y="43" font-family="sans-serif" font-size="32" fill="#fff" text-anchor="middle">` + html.EscapeString(letter) + `</text></svg>`
	return twin.Answer{Type: "image/svg+xml", Header: http.Header{"Cache-Control": {"private, max-age=3600"}, "X-Content-Type-Options": {"nosniff"}, "Content-Security-Policy": {"default-src 'none'; style-src 'unsafe-inline'"}}, Body: []byte(svg)}, nil
}
