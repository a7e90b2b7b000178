package okta

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

// A signer makes the tokens of one authorization server.
type signer struct {
	key *rsa.PrivateKey
	kid string
}

// kidsOf are the names of the keys whose tokens a server vouches for, the one that it signs with first.
func (c *call) kidsOf(s oauthServer) []string {
	if s.id == "" {
		return []string{seedID("org", "oauth")}
	}
	var kids []string
	for _, status := range []string{"ACTIVE", "NEXT", "EXPIRED"} {
		for _, k := range list(s.record.Doc["keys"]) {
			if object(k)["status"] == status {
				kids = append(kids, text(object(k)["kid"]))
			}
		}
	}
	return kids
}

// signer is what the server of the call signs with.
func (c *oauthCall) signer() *signer {
	kid := c.kidsOf(c.server)[0]
	return &signer{c.o.privateKey(kid), kid}
}

// verified returns the claims of a token that a server has signed.
func (c *call) verified(s oauthServer, token string) (obj, bool) {
	j, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil || len(j.Signatures) != 1 || !slices.Contains(c.kidsOf(s), j.Signatures[0].Header.KeyID) {
		return nil, false
	}
	return (&signer{c.o.privateKey(j.Signatures[0].Header.KeyID), ""}).read(j)
}

// sign makes a JWT of claims; typ is its type, if it says one.
func (s *signer) sign(claims obj, typ string) (string, error) {
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	header := obj{"kid": s.kid, "alg": "RS256"}
	if typ != "" {
		header["typ"] = typ
	}
	head, err := json.Marshal(header)
	if err != nil {
		return "", err
	}
	enc := base64.RawURLEncoding
	signed := enc.EncodeToString(head) + "." + enc.EncodeToString(payload)
	sum := sha256.Sum256([]byte(signed))
	sig, err := rsa.SignPKCS1v15(nil, s.key, crypto.SHA256, sum[:])
	if err != nil {
		return "", err
	}
	return signed + "." + enc.EncodeToString(sig), nil
}

// read returns the claims of a token that this key has signed.
func (s *signer) read(j *jose.JSONWebSignature) (claims obj, ok bool) {
	payload, err := j.Verify(&s.key.PublicKey)
	return claims, err == nil && json.Unmarshal(payload, &claims) == nil
}

// public is the key as a JWKS has it.
func (s *signer) public() obj {
	b, _ := json.Marshal(jose.JSONWebKey{Key: &s.key.PublicKey, KeyID: s.kid, Algorithm: "RS256", Use: "sig"})
	v := obj{}
	json.Unmarshal(b, &v)
	return v
}

// claimOf reads a claim of a JWT without asking who has signed it: what world it is for is known by it.
func claimOf(token, name string) string {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return ""
	}
	b, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return ""
	}
	var claims obj
	json.Unmarshal(b, &claims)
	return text(claims[name])
}
