package okta

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"twinset.dev/kit/twin"
)

// FuzzFilter reads anything at all as an expression of the SCIM filter grammar, and asks it of a person.
func FuzzFilter(f *testing.F) {
	for _, s := range []string{`status eq "ACTIVE"`, `profile.lastName co "a" and (created gt "2020-01-01T00:00:00.000Z" or not (id pr))`, `emails[type eq "work" and value sw "x"]`, `a eq null`, `((((`, `a eq "\"`, `x eq 1e9`} {
		f.Add(s)
	}
	person := obj{"id": "00u1", "status": "ACTIVE", "profile": obj{"lastName": "Silva", "n": 1.5, "list": []any{"a", nil, obj{"type": "work"}}}}
	f.Fuzz(func(t *testing.T, s string) {
		if m, ok := parseFilter(s); ok {
			m(person)
		}
	})
}

// FuzzExpression works out anything at all as an expression of the Okta Expression Language.
func FuzzExpression(f *testing.F) {
	for _, s := range []string{`user.firstName + "." + user.lastName`, `String.substringBefore(user.login, "@")`, `isMemberOfAnyGroup("00g1") && user.department == "x" ? 1 : 2`, `Arrays.contains({"a"}, user.title)`, `user.a[0].b?.c`, `((`, `!`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		evaluate(s, obj{"user": obj{"firstName": "Ana", "login": "ana@acme.example", "list": []any{"a"}}})
	})
}

// FuzzSAMLRequest reads anything at all as what a service provider asks for.
func FuzzSAMLRequest(f *testing.F) {
	f.Add(base64.StdEncoding.EncodeToString([]byte(`<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="a"/>`)), false)
	f.Add("fZDBasMwDIZfxejuOE7bpRFJyqGXQnfpNhi9FMd1GkNiBcuGPf7SjsK2w44C/d8n/Zv9V2/EJ4U4OqrBFBJEINc7H4ca3k6vWQU", true)
	f.Fuzz(func(t *testing.T, s string, compressed bool) { readSAMLRequest(s, compressed) })
}

// FuzzRequest sends anything at all to the API: it is answered or refused in Okta's words, and is never our fault.
func FuzzRequest(f *testing.F) {
	f.Add("POST", "/api/v1/users", "activate=false", "application/json", `{"profile":{"login":"a@b.co","email":"a@b.co","firstName":"A","lastName":"B"}}`)
	f.Add("POST", "/api/v1/apps", "", "application/json", `{"name":"oidc_client","label":"x","signOnMode":"OPENID_CONNECT","settings":{"oauthClient":{"grant_types":[1]}}}`)
	f.Add("GET", "/api/v1/users", "search=status+eq+%22ACTIVE%22&limit=2", "", "")
	f.Add("POST", "/oauth2/default/v1/token", "", "application/x-www-form-urlencoded", "grant_type=authorization_code&code=x&client_id=y")
	f.Add("POST", "/api/v1/authn", "", "application/json", `{"username":{},"password":[]}`)
	f.Fuzz(func(t *testing.T, verb, path, query, kind, body string) {
		switch verb {
		case "GET", "POST", "PUT", "DELETE":
		default:
			verb = "POST"
		}
		if !strings.HasPrefix(path, "/api/v1/") && !strings.HasPrefix(path, "/oauth2/") || strings.ContainsAny(path, " ?#%\x00\n\r\t") {
			return
		}
		o, w := fuzzed(t)
		r := httptest.NewRequest(verb, "/", strings.NewReader(body))
		r.URL.Path, r.URL.RawQuery = "/w/"+w.Name()+path, query
		r.Header.Set("Authorization", mint(t, o, w, "ana"))
		r.Header.Set("Content-Type", kind)
		res := httptest.NewRecorder()
		o.Echo.ServeHTTP(res, r)
		if res.Code == http.StatusInternalServerError {
			t.Fatalf("%s %s?%s %s: %s", verb, path, query, body, res.Body)
		}
	})
}

// fuzzed is a world that all requests of a fuzzer go to.
var fuzzWorld = sync.OnceValue(func() *twin.World {
	o := host()
	w, _ := o.World(twin.DefaultWorld)
	f, err := o.Fork(w.Snapshot(), "fuzz", false)
	if err != nil {
		panic(err)
	}
	return f
})

func fuzzed(*testing.T) (*Okta, *twin.World) { return host(), fuzzWorld() }

// TestConcurrentRequests has many people at work in one world, for the race detector to look at.
func TestConcurrentRequests(t *testing.T) {
	o, w := world(t)
	token := mint(t, o, w, "ana")
	send := func(verb, path, body string) int {
		r := httptest.NewRequest(verb, "/w/"+w.Name()+path, strings.NewReader(body))
		r.Header.Set("Authorization", token)
		r.Header.Set("Content-Type", "application/json")
		res := httptest.NewRecorder()
		o.Echo.ServeHTTP(res, r)
		return res.Code
	}
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for n := range 15 {
				name := string(rune('a'+i)) + strings.Repeat("x", n)
				send("POST", "/api/v1/users", `{"profile":{"login":"`+name+`@c.example","email":"`+name+`@c.example","firstName":"A","lastName":"B"},"credentials":{"password":{"value":"Rocket-2026!x"}}}`)
				send("GET", "/api/v1/users?limit=5", "")
				send("POST", "/api/v1/authn", `{"username":"`+name+`@c.example","password":"Rocket-2026!x"}`)
				send("GET", "/api/v1/logs?limit=5", "")
				send("GET", "/oauth2/default/v1/keys", "")
			}
		})
	}
	wg.Wait()
	if code := send("GET", "/api/v1/users/axx@c.example", ""); code != http.StatusOK {
		t.Fatalf("one of the people is not there: %d", code)
	}
}
