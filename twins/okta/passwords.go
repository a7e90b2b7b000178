package okta

import (
	"crypto/md5"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"hash"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/bcrypt"
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

// importedMark begins what is kept of a password that came as a hash.
const importedMark = "import:"

// hookedPassword stands for one that an inline hook verifies when somebody first signs in.
const hookedPassword = importedMark + `{"hook":"default"}`

// imported is a hash that came from elsewhere as it is kept, or what is wrong with it.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/User/#tag/User/operation/createUser!path=credentials/password/hash
func imported(h obj) (kept, cause string) {
	algorithm := text(h["algorithm"])
	rounds, _ := h["workFactor"].(float64)
	switch {
	case !slices.Contains([]string{"BCRYPT", "SHA-512", "SHA-256", "SHA-1", "MD5", "PBKDF2"}, algorithm):
		return "", "Unsupported password hash algorithm."
	case text(h["value"]) == "":
		return "", "Password hash value is required."
	case algorithm == "BCRYPT" && (len(text(h["salt"])) != 22 || len(text(h["value"])) != 31):
		return "", "The BCRYPT hash must have a salt of 22 and a value of 31 characters."
	case algorithm == "BCRYPT" && (rounds < 1 || rounds > 20):
		return "", "The workFactor must be between 1 and 20."
	}
	b, err := json.Marshal(h)
	if err != nil {
		panic(err) // it came from JSON
	}
	return importedMark + string(b), ""
}

// matches reports whether a secret is the one that was hashed.
func matches(kept, secret string) bool {
	if rest, ok := strings.CutPrefix(kept, importedMark); ok {
		var h obj
		return json.Unmarshal([]byte(rest), &h) == nil && matchesImported(h, secret)
	}
	return kept != "" && same(kept, hashed(secret))
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

func matchesImported(h obj, secret string) bool {
	salt, value := text(h["salt"]), text(h["value"])
	rounds, _ := h["workFactor"].(float64)
	sum := func(f hash.Hash) bool {
		raw, _ := base64.StdEncoding.DecodeString(salt)
		if text(h["saltOrder"]) == "PREFIX" {
			f.Write(raw)
		}
		f.Write([]byte(secret))
		if text(h["saltOrder"]) == "POSTFIX" {
			f.Write(raw)
		}
		return same(base64.StdEncoding.EncodeToString(f.Sum(nil)), value)
	}
	switch text(h["algorithm"]) {
	case "BCRYPT":
		return bcrypt.CompareHashAndPassword([]byte(fmt.Sprintf("$2a$%02d$%s%s", int(rounds), salt, value)), []byte(secret)) == nil
	case "SHA-512":
		return sum(sha512.New())
	case "SHA-256":
		return sum(sha256.New())
	case "SHA-1":
		return sum(sha1.New())
	case "MD5":
		return sum(md5.New())
	case "PBKDF2":
		raw, _ := base64.StdEncoding.DecodeString(salt)
		want, err := base64.StdEncoding.DecodeString(value)
		iterations, _ := h["iterationCount"].(float64)
		if err != nil || len(want) == 0 || len(want) > 128 || iterations < 1 || iterations > 1e6 {
			return false
		}
		f := sha256.New
		if text(h["digestAlgorithm"]) == "SHA512_HMAC" {
			f = sha512.New
		}
		key, err := pbkdf2.Key(f, secret, raw, int(iterations), len(want))
		return err == nil && subtle.ConstantTimeCompare(key, want) == 1
	}
	return false
}

// A passwordPolicy is what a password must be, and what comes of failing to enter it.
type passwordPolicy struct {
	length, lower, upper, digit, symbol int
	noLogin                             bool
	noAttributes                        []string
	history, attempts                   int
	showLocked                          bool          // to who tries
	age, unlock                         time.Duration // after which a password is too old, and a lock is over; never if zero
}

// passwordPolicy is the one for a person.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Policy/
func (c *call) passwordPolicy(u User) passwordPolicy {
	p, _, _ := c.governing("", "PASSWORD", c.situationOf(u, ""))
	s := dig(p.Doc, "settings", "password")
	n := func(part, name string) int { return int(number(dig(s, part, name))) }
	return passwordPolicy{
		length: n("complexity", "minLength"), lower: n("complexity", "minLowerCase"), upper: n("complexity", "minUpperCase"), digit: n("complexity", "minNumber"), symbol: n("complexity", "minSymbol"),
		noLogin: truth(dig(s, "complexity", "excludeUsername")), noAttributes: texts(dig(s, "complexity", "excludeAttributes")),
		age: time.Duration(n("age", "maxAgeDays")) * 24 * time.Hour, unlock: time.Duration(n("lockout", "autoUnlockMinutes")) * time.Minute,
		history: n("age", "historyCount"), attempts: n("lockout", "maxAttempts"), showLocked: truth(dig(s, "lockout", "showLockoutFailures")),
	}
}

// passwordFaults says in Okta's words what a password lacks, nil if it will do.
func (c *call) passwordFaults(u User, password string) []string {
	p := c.passwordPolicy(u)
	count := func(of func(rune) bool) (n int) {
		for _, r := range password {
			if of(r) {
				n++
			}
		}
		return n
	}
	faults := utf8.RuneCountInString(password) < p.length || count(unicode.IsLower) < p.lower || count(unicode.IsUpper) < p.upper || count(unicode.IsDigit) < p.digit ||
		count(func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) < p.symbol || p.noLogin && partOfLogin(u.login(), password) ||
		slices.ContainsFunc(p.noAttributes, func(name string) bool {
			v := strings.ToLower(text(u.Profile[name]))
			return len(v) >= 3 && strings.Contains(strings.ToLower(password), v)
		})
	if !faults {
		return nil
	}
	return []string{"Password requirements were not met. " + p.inWords()}
}

// inWords is what a password must be, as Okta says it.
func (p passwordPolicy) inWords() string {
	wants := []string{fmt.Sprintf("at least %d characters", p.length)}
	for _, w := range []struct {
		n    int
		what string
	}{{p.lower, "a lowercase letter"}, {p.upper, "an uppercase letter"}, {p.digit, "a number"}, {p.symbol, "a symbol"}} {
		if w.n > 0 {
			wants = append(wants, w.what)
		}
	}
	if p.noLogin {
		wants = append(wants, "no parts of your username")
	}
	for _, name := range p.noAttributes {
		wants = append(wants, map[string]string{"firstName": "does not include your first name", "lastName": "does not include your last name"}[name])
	}
	words := "Password requirements: " + strings.Join(wants, ", ") + "."
	if p.history > 0 {
		words += fmt.Sprintf(" Your password cannot be any of your last %d passwords.", p.history)
	}
	return words
}

// partOfLogin reports whether a password contains a part of the login, which is cut at marks; parts of less than four characters do not count.
func partOfLogin(login, password string) bool {
	name, _, _ := strings.Cut(strings.ToLower(login), "@")
	return slices.ContainsFunc(strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune(",.-_#@", r) }), func(part string) bool {
		return len(part) >= 4 && strings.Contains(strings.ToLower(password), part)
	})
}

// usedBefore reports whether a password is among the last that somebody had.
func (c *call) usedBefore(u User, password string) bool {
	last := append([]string{u.Password}, u.Passwords...)
	return slices.ContainsFunc(last[:min(len(last), c.passwordPolicy(u).history)], func(kept string) bool { return matches(kept, password) })
}
