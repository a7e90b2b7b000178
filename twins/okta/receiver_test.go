package okta

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

// A receiver is whom hooks call in tests: /verify repeats a challenge, /inline answers commands, /token an access token, /tokens what it was told to, /empty nothing, /broken
// fails, and /garbage does not speak JSON.
type receiver struct {
	*httptest.Server
	mu   sync.Mutex
	got  []heard
	said string // what /tokens answers
}

// heard is one call that a receiver got.
type heard struct {
	path, auth, body string
}

func newReceiver(t testing.TB) *receiver {
	r := &receiver{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		b, _ := io.ReadAll(req.Body)
		r.mu.Lock()
		r.got = append(r.got, heard{req.URL.Path, req.Header.Get("Authorization"), string(b)})
		r.mu.Unlock()
		switch req.URL.Path {
		case "/verify":
			json.NewEncoder(w).Encode(map[string]string{"verification": req.Header.Get("X-Okta-Verification-Challenge")})
		case "/inline":
			io.WriteString(w, `{"commands": [{"type": "com.okta.identity.patch", "value": [{"op": "add", "path": "/claims/level", "value": "gold"}]}]}`)
		case "/token":
			io.WriteString(w, `{"access_token": "of-the-hook", "token_type": "Bearer"}`)
		case "/tokens":
			io.WriteString(w, r.said)
		case "/empty":
			w.WriteHeader(http.StatusNoContent)
		case "/broken":
			w.WriteHeader(http.StatusInternalServerError)
		default:
			io.WriteString(w, "hello")
		}
	}))
	t.Cleanup(r.Close)
	return r
}

// say sets what the receiver answers at /tokens.
func (r *receiver) say(s string) { r.said = s }

// calls are what the receiver got at a path so far.
func (r *receiver) calls(path string) (out []heard) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, h := range r.got {
		if h.path == path {
			out = append(out, h)
		}
	}
	return out
}
