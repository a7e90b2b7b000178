package slack

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"strings"
	"testing"
)

// verifyIDToken finds the key that an id_token was signed with as any client does, checks the signature and returns
// what the token says.
func verifyIDToken(t *testing.T, e *env, token string) map[string]any {
	t.Helper()
	get := func(url string, into any) {
		res, err := http.Get(url)
		must(t, err)
		defer res.Body.Close()
		must(t, json.NewDecoder(res.Body).Decode(into))
	}
	var conf struct {
		Issuer string
		Keys   string `json:"jwks_uri"`
	}
	get(e.url+"/.well-known/openid-configuration", &conf)
	var set struct {
		Keys []struct{ Kid, N, E, Alg string }
	}
	get(conf.Keys, &set)
	parts := strings.Split(token, ".")
	want(t, "parts", len(parts), 3)
	decode := func(s string) []byte {
		b, err := base64.RawURLEncoding.DecodeString(s)
		must(t, err)
		return b
	}
	var head struct{ Alg, Kid string }
	must(t, json.Unmarshal(decode(parts[0]), &head))
	want(t, "algorithm", head.Alg, "RS256")
	want(t, "key", head.Kid, set.Keys[0].Kid)
	key := rsa.PublicKey{N: new(big.Int).SetBytes(decode(set.Keys[0].N)), E: int(new(big.Int).SetBytes(decode(set.Keys[0].E)).Int64())}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	must(t, rsa.VerifyPKCS1v15(&key, crypto.SHA256, sum[:], decode(parts[2])))
	var claims map[string]any
	must(t, json.Unmarshal(decode(parts[1]), &claims))
	want(t, "issuer", claims["iss"], any(conf.Issuer))
	return claims
}
