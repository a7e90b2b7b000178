package jira

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// authenticateConnect takes the JWT of a Connect app: signed with the secret that the app and the site share, and for
// this request alone, whose hash it holds.
//
// https://developer.atlassian.com/cloud/jira/platform/understanding-jwt-for-connect-apps/
func (c *call) authenticateConnect(token string) error {
	t, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.HS256})
	if err != nil {
		return badCredentials
	}
	var unsafe jwt.Claims
	if t.UnsafeClaimsWithoutVerification(&unsafe) != nil {
		return badCredentials
	}
	app, ok := c.j.connectApps.Get(c.Tx, unsafe.Issuer)
	if !ok {
		return badCredentials
	}
	var claims struct {
		jwt.Claims
		QSH string `json:"qsh"`
	}
	if t.Claims([]byte(c.World.Reveal(app.Secret)), &claims) != nil || claims.Claims.ValidateWithLeeway(jwt.Expected{Time: c.Now}, 0) != nil {
		return badCredentials
	}
	if want := queryHash(c.r.Echo.Request()); claims.QSH != "context-qsh" && subtle.ConstantTimeCompare([]byte(claims.QSH), []byte(want)) != 1 {
		return badCredentials
	}
	c.connect = app.Key
	c.who, _ = c.j.users.Get(c.Tx, app.Account)
	return nil
}

// queryHash is the hash of a request's method, path and parameters in their canonical form.
//
// https://developer.atlassian.com/cloud/bitbucket/query-string-hash/
func queryHash(r *http.Request) string {
	var params []string
	for k, vs := range r.URL.Query() {
		if k == "jwt" {
			continue
		}
		for i := range vs {
			vs[i] = percent(vs[i])
		}
		slices.Sort(vs)
		params = append(params, percent(k)+"="+strings.Join(vs, ","))
	}
	slices.Sort(params)
	sum := sha256.Sum256([]byte(r.Method + "&" + strings.ReplaceAll(r.URL.Path, "&", "%26") + "&" + strings.Join(params, "&")))
	return hex.EncodeToString(sum[:])
}

// percent encodes as RFC 3986 has it.
func percent(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
