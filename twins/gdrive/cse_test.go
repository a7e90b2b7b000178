package gdrive

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// TestKeyServiceTokens checks, as a key service does, who Google says may use the key of a file, and for what.
func TestKeyServiceTokens(t *testing.T) {
	_, base, token := served(t)
	ask := func(method, path, body string, into any) {
		t.Helper()
		if res, b := do(t, method, base+path, token, nil, strings.NewReader(body)); res.StatusCode != 200 || json.Unmarshal(b, into) != nil {
			t.Fatalf("%s: %d %s", path, res.StatusCode, b)
		}
	}
	var set jose.JSONWebKeySet
	ask("GET", "/service_accounts/v1/jwk/"+tokenIssuer, "", &set)
	check := func(raw, role, file string) {
		t.Helper()
		var said struct {
			Email    string `json:"email"`
			Role     string `json:"role"`
			Aud      string `json:"aud"`
			Resource string `json:"resource_name"`
		}
		signed, err := jwt.ParseSigned(raw, []jose.SignatureAlgorithm{jose.RS256})
		if err != nil {
			t.Fatal(err)
		}
		if err := signed.Claims(set, &said); err != nil {
			t.Fatal(err)
		}
		if said.Email != "ana@acme.example" || said.Role != role || said.Aud != "cse-authorization" || said.Resource != "//googleapis.com/drive/files/"+file {
			t.Errorf("the token says %+v", said)
		}
	}
	var made struct{ FileID, JWT, CurrentKaclsID string }
	ask("GET", "/drive/v3/files/generateCseToken", "", &made)
	check(made.JWT, "writer", made.FileID)
	var file struct {
		Details struct{ DecryptionMetadata struct{ JWT string } } `json:"clientEncryptionDetails"`
	}
	ask("POST", "/drive/v3/files?fields=clientEncryptionDetails", `{"id": "`+made.FileID+`", "clientEncryptionDetails": {"encryptionState": "encrypted", "decryptionMetadata": {"wrappedKey": "a", "kaclsId": "`+made.CurrentKaclsID+`"}}}`, &file)
	check(file.Details.DecryptionMetadata.JWT, "reader", made.FileID)
}
