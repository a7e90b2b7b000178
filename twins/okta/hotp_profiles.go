package okta

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"math"
	"net/http"
	"slices"

	"twinset.dev/kit/twin"
)

// hotpProfileKind is how the codes are made of a generator that is not Okta's: the Custom TOTP factor, or Custom OTP authenticator.
//
// https://help.okta.com/en-us/Content/Topics/Security/mfa-totp-seed.htm
var hotpProfileKind = &kind{name: "hotpProfiles", noun: "HotpFactorProfile", prefix: "fpr", path: "/api/v1/org/factors/hotp/profiles/%s", event: "system.mfa.factor"}

func init() { hotpProfileKind.check, hotpProfileKind.view = checkHOTPProfile, viewHOTPProfile }

func (o *Okta) hotpProfilesOperations() {
	const at = "/api/v1/org/factors/hotp/profiles"
	const guess = "what is refused is a guess: the documentation tells of the settings alone"
	one := func(f func(c *call, r Record) (any, error)) func(*call) (any, error) {
		return func(c *call) (any, error) {
			r, err := c.fetch(hotpProfileKind, "", c.param("profileId"))
			if err != nil {
				return nil, err
			}
			return f(c, r)
		}
	}
	o.beyond(twin.Partial, "createHotpFactorProfile", http.MethodPost, at, func(c *call) (any, error) {
		r, err := c.make(hotpProfileKind, "", c.body)
		if err != nil {
			return nil, err
		}
		return c.shown(hotpProfileKind, r), nil
	}).needs("okta.orgs").noted(guess)
	o.beyond(twin.Partial, "getHotpFactorProfile", http.MethodGet, at+"/{profileId}", one(func(c *call, r Record) (any, error) { return c.shown(hotpProfileKind, r), nil })).needs("okta.orgs").noted(guess)
	o.beyond(twin.Partial, "replaceHotpFactorProfile", http.MethodPut, at+"/{profileId}", one(func(c *call, r Record) (any, error) {
		r, err := c.replace(hotpProfileKind, r, c.body)
		return c.shown(hotpProfileKind, r), err
	})).needs("okta.orgs").noted(guess)
	o.beyond(twin.Partial, "deleteHotpFactorProfile", http.MethodDelete, at+"/{profileId}", one(func(c *call, r Record) (any, error) { return nil, c.remove(hotpProfileKind, r) })).needs("okta.orgs").noted(guess)
}

func checkHOTPProfile(c *call, doc obj, was *Record) error {
	if text(doc["name"]) == "" {
		return blank("name")
	}
	s := fill(clone(with(obj{}, object(doc["settings"]))), obj{"timeBased": true, "otpLength": 6.0, "timeStep": 15.0, "acceptableAdjacentIntervals": 3.0, "encoding": "base32", "hmacAlgorithm": "HMacSHA512"})
	for _, allowed := range []struct {
		name string
		ones []any
	}{{"otpLength", []any{6.0, 8.0, 10.0}}, {"timeStep", []any{15.0, 30.0, 60.0}}, {"acceptableAdjacentIntervals", []any{3.0, 5.0, 10.0}}, {"encoding", []any{"base32", "base64", "hexadecimal"}},
		{"hmacAlgorithm", []any{"HMacSHA1", "HMacSHA256", "HMacSHA512"}}} {
		if !slices.Contains(allowed.ones, s[allowed.name]) {
			return invalid("settings."+allowed.name, "settings."+allowed.name+": Not one of the allowed values.")
		}
	}
	if doc["default"] == nil {
		doc["default"] = false
	}
	doc["settings"] = s
	return nil
}

func viewHOTPProfile(c *call, r Record, v obj) {
	for _, k := range []string{"created", "lastUpdated"} {
		delete(v, k)
	}
}

var (
	otpHashes   = map[string]func() hash.Hash{"HMacSHA1": sha1.New, "HMacSHA256": sha256.New, "HMacSHA512": sha512.New}
	otpDecoders = map[string]func(string) ([]byte, error){
		"base32":      base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString,
		"base64":      base64.StdEncoding.DecodeString,
		"hexadecimal": hex.DecodeString,
	}
)

// otp is the code of a counter, as RFC 4226 makes it; "" if the secret is none.
func otp(settings obj, secret string, counter int64) string {
	key, err := otpDecoders[text(settings["encoding"])](secret)
	if err != nil {
		return ""
	}
	mac := hmac.New(otpHashes[text(settings["hmacAlgorithm"])], key)
	binary.Write(mac, binary.BigEndian, counter)
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 15
	digits := int(settings["otpLength"].(float64))
	return fmt.Sprintf("%0*d", digits, int64(binary.BigEndian.Uint32(sum[at:])&0x7fffffff)%int64(math.Pow10(digits)))
}

// generated refuses what is not the code of a generator, now or so many steps around, and remembers the step: a code is good once.
func (c *call) generated(f *Factor, settings obj, code string) error {
	now, around := c.Now.Unix()/int64(settings["timeStep"].(float64)), int64(settings["acceptableAdjacentIntervals"].(float64))
	for step := now - around; step <= now+around; step++ {
		if code == "" || otp(settings, f.Secret, step) != code {
			continue
		}
		if step <= f.LastStep {
			return errReplayed
		}
		f.LastStep, f.LastUsed = step, c.at()
		return nil
	}
	return errPassCode
}

// ownGenerator is how Okta Verify and Google Authenticator make codes.
var ownGenerator = obj{"otpLength": 6.0, "timeStep": 30.0, "acceptableAdjacentIntervals": 1.0, "encoding": "base32", "hmacAlgorithm": "HMacSHA1"}
