package okta

import (
	"crypto/pbkdf2"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"strings"
)

// rounds is little for a password that guards something, and enough for one that guards a twin: many are checked a second.
const rounds = 16

// hashed is a secret as it is kept. Its salt is made of it, so that a world that is played again holds the same bytes.
func hashed(secret string) string {
	salt := sha256.Sum256([]byte("twinset okta " + secret))
	key, err := pbkdf2.Key(sha256.New, secret, salt[:16], rounds, 32)
	if err != nil {
		panic(err) // the lengths are right
	}
	return "pbkdf2:" + base64.RawStdEncoding.EncodeToString(key)
}

// imported is the hash of a password that came from elsewhere.
func imported(h obj) string {
	b, _ := json.Marshal(h)
	return "import:" + string(b)
}

// matches reports whether a secret is the one that was hashed.
func matches(kept, secret string) bool {
	return strings.HasPrefix(kept, "pbkdf2:") && subtle.ConstantTimeCompare([]byte(kept), []byte(hashed(secret))) == 1
}
