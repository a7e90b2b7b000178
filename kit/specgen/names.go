package main

import (
	"strings"
	"unicode"
)

// initialisms are the words that Go writes in capitals, and how: https://go.dev/wiki/CodeReviewComments#initialisms
var initialisms = map[string]string{
	"acl": "ACL", "adf": "ADF", "api": "API", "ascii": "ASCII", "cpu": "CPU", "csp": "CSP", "css": "CSS", "csv": "CSV", "dnd": "DND", "dns": "DNS",
	"dpop": "DPoP", "emm": "EMM", "eof": "EOF", "gid": "GID", "guid": "GUID", "html": "HTML", "http": "HTTP", "https": "HTTPS",
	"id": "ID", "ids": "IDs", "idp": "IDP", "im": "IM", "ims": "IMs", "ip": "IP", "ips": "IPs", "jql": "JQL", "json": "JSON", "jwk": "JWK", "jwks": "JWKS",
	"jwt": "JWT", "mfa": "MFA", "mpim": "MPIM", "mpims": "MPIMs", "oauth": "OAuth", "oauth2": "OAuth2", "oidc": "OIDC", "openid": "OpenID", "otp": "OTP",
	"pdf": "PDF", "pkce": "PKCE", "rgb": "RGB", "rtm": "RTM", "saml": "SAML", "scim": "SCIM", "sms": "SMS", "sso": "SSO", "tls": "TLS", "totp": "TOTP",
	"ts": "TS", "ttl": "TTL", "tz": "TZ", "ui": "UI", "uid": "UID", "uids": "UIDs", "uri": "URI", "uris": "URIs", "url": "URL", "urls": "URLs",
	"utf8": "UTF8", "uuid": "UUID", "xml": "XML",
}

// ident makes an exported Go name of a vendor's: chat.postMessage is ChatPostMessage, thread_ts is ThreadTS.
func ident(name string) string {
	var b strings.Builder
	for _, w := range words(name) {
		if i, ok := initialisms[strings.ToLower(w)]; ok {
			b.WriteString(i)
			continue
		}
		r := []rune(w)
		r[0] = unicode.ToUpper(r[0])
		b.WriteString(string(r))
	}
	if b.Len() == 0 || !unicode.IsLetter([]rune(b.String())[0]) {
		return "X" + b.String()
	}
	return b.String()
}

// words splits a name at what is neither letter nor digit and where a capital begins a word:
// getUploadURLExternal is get, Upload, URL, External.
func words(name string) []string {
	var all []string
	for _, part := range strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		r, start := []rune(part), 0
		for i := 1; i < len(r); i++ {
			lowerBefore := !unicode.IsUpper(r[i-1])
			plural := i+1 < len(r) && r[i+1] == 's' && (i+2 == len(r) || unicode.IsUpper(r[i+2])) // URLs
			endOfCapitals := i+1 < len(r) && unicode.IsLower(r[i+1]) && !plural
			if unicode.IsUpper(r[i]) && (lowerBefore || endOfCapitals) {
				all = append(all, string(r[start:i]))
				start = i
			}
		}
		all = append(all, string(r[start:]))
	}
	return all
}
