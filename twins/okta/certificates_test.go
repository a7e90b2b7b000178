package okta

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"
)

// signed is a certificate for a host and a key, good until so long after the scripts' day.
func signed(t *testing.T, host string, public, private any, good time.Duration) []byte {
	t.Helper()
	from := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	c := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{host}, NotBefore: from, NotAfter: from.Add(good)}
	der, err := x509.CreateCertificate(rand.Reader, c, c, public, private)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// jwk is a public key of its own id.
func jwk(i int) obj {
	return obj{"kty": "RSA", "kid": fmt.Sprint("key", i), "use": "sig", "alg": "RS256", "e": "AQAB", "n": strings.Repeat("v", 342), "status": "ACTIVE"}
}

// TestCertificates refuses keys and certificates that a script cannot hold, for they are made of keys, or too many.
func TestCertificates(t *testing.T) {
	o, w := world(t)
	a := asker{t, o, w, mint(t, o, w, "ana")}
	refused := func(method, path string, body any, why string) {
		t.Helper()
		if said := a.ask(400, method, path, body); text(dig(list(said["errorCauses"])[0], "errorSummary")) != why {
			t.Errorf("got %v, want %s", said, why)
		}
	}
	day := 24 * time.Hour

	app := "/api/v1/apps/" + text(a.ask(200, "POST", "/api/v1/apps", obj{"name": "bookmark", "label": "Own", "settings": obj{"app": obj{"url": "https://own.example.com"}}})["id"])
	idp := "/api/v1/idps/" + text(a.ask(200, "POST", "/api/v1/idps", obj{"type": "GOOGLE", "name": "Google", "protocol": obj{"type": "OIDC", "scopes": []any{"openid"}, "credentials": obj{"client": obj{"client_id": "a", "client_secret": "b"}}},
		"policy": obj{"subject": obj{"userNameTemplate": obj{"template": "idpuser.email"}, "matchType": "USERNAME"}}})["id"])
	for _, of := range []string{app, idp} {
		csr := text(a.ask(201, "POST", of+"/credentials/csrs", obj{"subject": obj{"commonName": "own"}})["id"])
		key, publish := o.privateKey(csr), of+"/credentials/csrs/"+csr+"/lifecycle/publish"
		refused("POST", publish, signed(t, "own", &key.PublicKey, key, 30*day), "The certificate validity period is less than 90 days.")
		if got := a.ask(201, "POST", publish, signed(t, "own", &key.PublicKey, key, 365*day)); got["kid"] != csr {
			t.Errorf("the key is %v, want %s", got["kid"], csr)
		}
	}

	oidc := text(a.ask(200, "POST", "/api/v1/apps", obj{"name": "oidc_client", "label": "Keys", "credentials": obj{"oauthClient": obj{"token_endpoint_auth_method": "private_key_jwt"}},
		"settings": obj{"oauthClient": obj{"application_type": "service", "grant_types": []any{"client_credentials"}, "response_types": []any{"token"}, "jwks": obj{"keys": []any{jwk(0)}}}}})["id"])
	for i := range maxKeys - 1 {
		a.ask(201, "POST", "/api/v1/apps/"+oidc+"/credentials/jwks", jwk(i+1))
	}
	refused("POST", "/api/v1/apps/"+oidc+"/credentials/jwks", jwk(maxKeys), "You have reached the maximum number of keys per client.")

	domain := text(a.ask(201, "POST", "/api/v1/domains", obj{"domain": "id.rockets.localhost", "certificateSourceType": "MANUAL"})["id"])
	a.ask(200, "POST", "/api/v1/domains/"+domain+"/verify", nil)
	mine, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	armour := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	secret, err := x509.MarshalPKCS8PrivateKey(mine)
	if err != nil {
		t.Fatal(err)
	}
	for why, der := range map[string][]byte{
		"privateKey: The private key does not match the certificate.": signed(t, "id.rockets.localhost", &other.PublicKey, other, 365*day),
		"certificate: The certificate is not for this domain.":        signed(t, "ships.localhost", &mine.PublicKey, mine, 365*day),
	} {
		cert := armour("CERTIFICATE", der)
		refused("PUT", "/api/v1/domains/"+domain+"/certificate", obj{"type": "PEM", "privateKey": armour("PRIVATE KEY", secret), "certificate": cert, "certificateChain": cert}, why)
	}
	a.ask(400, "PUT", "/api/v1/domains/"+domain+"/certificate", obj{"type": "DER", "privateKey": "k", "certificate": "c", "certificateChain": "c"})
}
