package replay

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
)

var (
	timeShape = regexp.MustCompile(`^\d{4}-\d\d-\d\d([T ]\d\d:\d\d.*)?$|^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} `)
	uuidShape = regexp.MustCompile(`^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$`)
	slugShape = regexp.MustCompile(`^[a-zA-Z]+([._-][a-zA-Z]+)*$`) // a word: default, okta_password, INBOUND_PROVISIONING
	idKey     = regexp.MustCompile(`(^|_)(id|ids|uid|kid|ts|etag|nonce|jti|ticket|cursor|token|secret|password|hash|signature|revision|checksum)$|` +
		`(Id|ID|Ids|IDs|Token|Secret|Etag|Ts|Hash|Nonce|Signature|Revision|Checksum|Ticket|Cursor|PageToken)$|^(n|x|y|x5c|x5t|x5t#S256|k|csr|oauth_timestamp|etag)$`)
	timeKey = regexp.MustCompile(`(?i)(time|date|created|updated|modified|expires|expiry|issued|since|stamp|last)|(_at|At|_set|^iat|^exp|^nbf)$`)
)

// separators may stand in what a machine made up.
const separators = "-_./+=~"

// isTime says whether s is a date or a time.
func isTime(s string) bool { return timeShape.MatchString(s) }

// isURL says whether s is an absolute URL.
func isURL(s string) bool {
	i := strings.Index(s, "://")
	return i > 1 && i < 12 && !strings.ContainsAny(s, " \n")
}

// isOpaque says whether s looks like what a machine made up: a UUID, or a word of letters and digits well mixed.
func isOpaque(s string) bool {
	switch {
	case uuidShape.MatchString(s), strings.HasPrefix(s, "-----BEGIN "), strings.HasPrefix(s, "eyJ"):
		return true
	case len(s) < 9 || strings.ContainsFunc(s, func(r rune) bool { return r >= 0x80 || !wordByte(byte(r)) && !strings.ContainsRune(separators, r) }):
		return false
	case len(s) > 40 && strings.ContainsAny(s, "0123456789"):
		return !strings.Contains(s, ".") || strings.Count(s, ".") < 4
	}
	for _, word := range strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(separators, r) }) {
		if mixed(word) {
			return true
		}
	}
	return false
}

// mixed says whether a word goes to and fro between letters and digits, or between cases, as random ones do.
func mixed(word string) bool {
	return len(word) >= 9 && strings.ContainsAny(word, "0123456789") && turns(word) >= 3
}

// turns counts how often a word goes from one of digits, small and other letters to another.
func turns(word string) (n int) {
	kind := func(c byte) int {
		switch {
		case c >= '0' && c <= '9':
			return 1
		case c >= 'a' && c <= 'z':
			return 2
		}
		return 3
	}
	for i := 1; i < len(word); i++ {
		if kind(word[i]) != kind(word[i-1]) {
			n++
		}
	}
	return n
}

// isID says whether the service made up v, the value of key, to name something: a caller could not have known it.
func isID(key string, v any) bool {
	s, ok := str(v)
	if !ok || s == "" || isTime(s) || isURL(s) || isEpoch(key, v) {
		return false
	}
	if _, number := v.(json.Number); number {
		return len(s) >= 5 && idKey.MatchString(key)
	}
	return isOpaque(s) || idKey.MatchString(key) && (!slugShape.MatchString(s) || len(s) >= 16 && turns(s) >= 6) && len(s) >= 4
}

// isEpoch says whether v, the value of key, is a time as a number: seconds or milliseconds of this era.
func isEpoch(key string, v any) bool {
	s, ok := str(v)
	if !ok || !timeKey.MatchString(key) || strings.Trim(s, "0123456789.") != "" {
		return false
	}
	whole, _, _ := strings.Cut(s, ".")
	return len(whole) == 10 || len(whole) == 13
}

// walk visits every scalar of v with its key (the name of the field it is in, lists passed through) and every object's members in order.
func walk(v any, key string, visit func(key string, v any)) {
	switch v := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			walk(v[k], k, visit)
		}
	case []any:
		for _, one := range v {
			walk(one, key, visit)
		}
	default:
		visit(key, v)
	}
}

// identity is what names an object: its id, or for a key its kid; "" if it has none.
func identity(v any) string {
	m, ok := v.(map[string]any)
	if !ok {
		return ""
	}
	for _, k := range []string{"id", "kid"} {
		if s, ok := str(m[k]); ok {
			return s
		}
	}
	return ""
}

// wordByte says whether b may be inside a token.
func wordByte(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || b == '_' || b == '-' || b >= 0x80
}

// words are the tokens of s: the longest runs of letters, digits, "_" and "-".
func words(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r < 0x80 && !wordByte(byte(r)) })
}
