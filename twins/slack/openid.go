package slack

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/labstack/echo/v4"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/internal/keys"
	"twinset.dev/twins/slack/internal/api"
)

// idTokenLife is for how long an id_token is good.
const idTokenLife = 5 * time.Minute

// openidConnectToken exchanges a code of Sign in with Slack.
//
// https://docs.slack.dev/reference/methods/openid.connect.token
func (s *Slack) openidConnectToken(c *call, in *oauthRequest) (any, error) {
	app, err := c.client(in)
	if err != nil {
		return nil, err
	}
	var tok Token
	nonce := ""
	switch in.GrantType {
	case "", "authorization_code":
		code, err := c.redeemCode(app, in, flowOpenID)
		if err != nil {
			return nil, err
		}
		nonce = code.Nonce
		tok = Token{Key: "xoxp-" + c.Rand(12, "0123456789") + "-" + c.Rand(12, "0123456789") + "-" + c.Rand(24, hexAlphabet), Kind: tokenUser, User: code.User, App: app.ID,
			Team: code.Team, Scopes: code.Scopes, OpenID: true, Created: c.Now.Unix()}
		if app.Rotation {
			tok = c.rotated(tok)
		} else {
			s.tokens.Put(c.Tx, tok)
		}
	case "refresh_token":
		r, ok := s.tokens.Get(c.Tx, c.World.Unseal(in.RefreshToken))
		if !ok || r.Kind != tokenRefresh || r.Revoked || r.App != app.ID {
			return nil, errInvalidRefreshToken
		}
		r.Revoked = true
		s.tokens.Put(c.Tx, r)
		old, _ := s.tokens.Get(c.Tx, r.Refreshes)
		tok = c.rotated(old)
	default:
		return nil, errInvalidGrantType
	}
	u, _ := s.users.Get(c.Tx, tok.User)
	access := c.World.Seal(tok.Key)
	id, err := c.idToken(app, u, tok, access, nonce)
	if err != nil {
		return nil, err
	}
	v := reply{"access_token": access, "token_type": "Bearer", "id_token": id}
	if tok.Expires != 0 {
		v["expires_in"], v["refresh_token"] = tok.Expires-c.Now.Unix(), c.World.Seal(tok.Refreshes)
	}
	return v, nil
}

// openidConnectUserInfo says who has signed in.
//
// https://docs.slack.dev/reference/methods/openid.connect.userInfo
func (s *Slack) openidConnectUserInfo(c *call, in *api.OpenIDConnectUserInfoRequest) (any, error) {
	return c.claims(c.user, c.token), nil
}

// claims is what Slack says of somebody, as far as the token's scopes go.
func (c *call) claims(u User, tok Token) reply {
	t, _ := c.s.teams.Get(c.Tx, tok.Team)
	v := reply{"sub": u.ID, "https://slack.com/user_id": u.ID, "https://slack.com/team_id": t.ID}
	if slices.Contains(tok.Scopes, "email") {
		v["email"], v["email_verified"], v["date_email_verified"] = u.Email, true, u.Created
	}
	if slices.Contains(tok.Scopes, "profile") {
		first, last, _ := strings.Cut(u.RealName, " ")
		merge(v, reply{"name": u.RealName, "given_name": or(u.FirstName, first), "family_name": or(u.LastName, last), "locale": or(u.Locale, "en-US"),
			"picture": c.base + "/avatars/" + u.ID + "_512.png", "https://slack.com/team_name": t.Name, "https://slack.com/team_domain": t.Domain})
		if t.Enterprise != "" {
			org, _ := c.s.teams.Get(c.Tx, t.Enterprise)
			v["https://slack.com/enterprise_id"], v["https://slack.com/enterprise_name"], v["https://slack.com/enterprise_domain"] = org.ID, org.Name, org.Domain
		}
		for _, size := range []string{"24", "32", "48", "72", "192", "512"} {
			v["https://slack.com/user_image_"+size] = c.base + "/avatars/" + u.ID + "_" + size + ".png"
		}
		for _, size := range []string{"34", "44", "68", "88", "102", "132", "230"} {
			v["https://slack.com/team_image_"+size] = c.base + "/avatars/" + t.ID + "_" + size + ".png"
		}
		v["https://slack.com/team_image_default"] = t.Icon == ""
	}
	return v
}

// idToken is a signed statement of who has signed in.
//
// https://docs.slack.dev/authentication/sign-in-with-slack#response
func (c *call) idToken(app App, u User, tok Token, access, nonce string) (string, error) {
	sum := sha256.Sum256([]byte(access))
	claims := merge(c.claims(u, tok), reply{
		"iss": c.base, "aud": app.ClientID, "exp": c.Now.Add(idTokenLife).Unix(), "iat": c.Now.Unix(), "auth_time": c.Now.Unix(),
		"at_hash": base64.RawURLEncoding.EncodeToString(sum[:16]),
	})
	if nonce != "" {
		claims["nonce"] = nonce
	}
	key := c.s.openidKey()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: key, KeyID: keys.ID(&key.PublicKey)}}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return "", err
	}
	return jwt.Signed(signer).Claims(map[string]any(claims)).Serialize()
}

// openidRoutes are where software finds out how to sign people in.
//
// https://docs.slack.dev/authentication/sign-in-with-slack#discover
func (s *Slack) openidRoutes() {
	discovery := s.Operation(&twin.Operation{ID: "openid.configuration", Method: http.MethodGet, Path: "/.well-known/openid-configuration", Level: twin.Full})
	s.Echo.GET(discovery.Path, func(ec echo.Context) error {
		return s.Serve(ec, discovery, "", func(r *twin.Request) (twin.Answer, error) {
			base := s.URLIn(r.World, r)
			return twin.Answer{Type: "application/json; charset=utf-8", Body: encode(reply{
				"issuer": base, "authorization_endpoint": base + "/openid/connect/authorize", "token_endpoint": base + "/api/openid.connect.token",
				"userinfo_endpoint": base + "/api/openid.connect.userInfo", "jwks_uri": base + "/openid/connect/keys",
				"scopes_supported": []string{"openid", "profile", "email"}, "response_types_supported": []string{"code"}, "response_modes_supported": []string{"form_post"},
				"grant_types_supported": []string{"authorization_code"}, "subject_types_supported": []string{"public"},
				"id_token_signing_alg_values_supported": []string{"RS256"},
				"claims_supported":                      []string{"sub", "auth_time", "iss"}, "claims_parameter_supported": false, "request_parameter_supported": false,
				"request_uri_parameter_supported": true, "token_endpoint_auth_methods_supported": []string{"client_secret_post", "client_secret_basic"},
			})}, nil
		})
	})
	jwks := s.Operation(&twin.Operation{ID: "openid.keys", Method: http.MethodGet, Path: "/openid/connect/keys", Level: twin.Full})
	s.Echo.GET(jwks.Path, func(ec echo.Context) error {
		return s.Serve(ec, jwks, "", func(r *twin.Request) (twin.Answer, error) {
			key := s.openidKey()
			return twin.Answer{Type: "application/json; charset=utf-8", Body: encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{
				{Key: &key.PublicKey, KeyID: keys.ID(&key.PublicKey), Algorithm: "RS256", Use: "sig"}}})}, nil
		})
	})
}

// toolingTokensRotate exchanges the refresh token of a configuration token.
//
// https://docs.slack.dev/reference/methods/tooling.tokens.rotate
func (s *Slack) toolingTokensRotate(c *call, in *api.ToolingTokensRotateRequest) (any, error) {
	if in.RefreshToken == "" {
		return nil, missing("refresh_token")
	}
	r, ok := s.tokens.Get(c.Tx, c.World.Unseal(in.RefreshToken))
	if !ok || r.Kind != tokenRefresh || r.Revoked || r.App != "" {
		return nil, errInvalidRefreshToken
	}
	r.Revoked = true
	s.tokens.Put(c.Tx, r)
	next := c.rotated(Token{Kind: tokenConfig, User: r.User, Team: r.Team, Scopes: r.Scopes})
	return reply{"token": c.World.Seal(next.Key), "refresh_token": c.World.Seal(next.Refreshes), "team_id": next.Team, "user_id": next.User,
		"iat": next.Created, "exp": next.Expires}, nil
}
