package slack

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// discard is a ResponseWriter that keeps nothing.
type discard struct{ h http.Header }

func (d discard) Header() http.Header         { return d.h }
func (d discard) Write(b []byte) (int, error) { return len(b), nil }
func (d discard) WriteHeader(int)             {}

// BenchmarkCall measures methods without the network.
func BenchmarkCall(b *testing.B) {
	s, w := world(b)
	s.Schema.Check = false
	tok := mint(b, s, w, "bot")
	call := func(method, target, body string) *http.Request {
		r := httptest.NewRequest(method, "/w/"+w.Name()+target, strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+tok)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		return r
	}
	for range 120 {
		s.Echo.ServeHTTP(discard{http.Header{}}, call("POST", "/api/chat.postMessage", "channel=%23engineering&text=Deploy+412+of+telemetry+is+done"))
	}
	for _, c := range []struct{ name, method, target, body string }{
		{"auth.test", "GET", "/api/auth.test", ""},
		{"conversations.history", "GET", "/api/conversations.history?limit=100&channel=" + seedID("C", "engineering"), ""},
		{"chat.postMessage", "POST", "/api/chat.postMessage", "channel=%23engineering&text=Deploy+412+of+telemetry+is+done"},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s.Echo.ServeHTTP(discard{http.Header{}}, call(c.method, c.target, c.body))
			}
		})
	}
}
