package slack

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// An appServer is an app's own server, for the scripts of its stage. They point the app at $receiver; GET /received?type=TYPE
// is the next thing of that type that it was sent, and POST /answers what it answers from here on: {"status": 500} or
// {"type": "application/json", "body": "…"}, an empty object nothing.
type appServer struct {
	*httptest.Server
	mu     sync.Mutex
	got    map[string][]json.RawMessage
	status int
	kind   string
	body   string
}

func newAppServer(t *testing.T) *appServer {
	a := &appServer{got: map[string][]json.RawMessage{}}
	a.Server = httptest.NewServer(http.HandlerFunc(a.receive))
	t.Cleanup(a.Close)
	return a
}

func (a *appServer) receive(w http.ResponseWriter, r *http.Request) {
	b, _ := io.ReadAll(r.Body)
	kind, challenge := "", ""
	if form, err := url.ParseQuery(string(b)); strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") && err == nil {
		if b = []byte(form.Get("payload")); len(b) == 0 {
			cmd := map[string]string{}
			for k := range form {
				cmd[k] = form.Get(k)
			}
			kind = "slash_commands"
			b, _ = json.Marshal(cmd)
		}
	}
	var v struct {
		Type, Challenge string
		Event           struct{ Type string }
	}
	json.Unmarshal(b, &v)
	if kind == "" {
		if kind, challenge = v.Type, v.Challenge; v.Event.Type != "" {
			kind = v.Event.Type
		}
	}
	a.mu.Lock()
	a.got[kind] = append(a.got[kind], b)
	status, contentType, body := a.status, a.kind, a.body
	a.mu.Unlock()
	if kind == "url_verification" && status == 0 && body == "" {
		body = challenge
	}
	if contentType != "" {
		w.Header().Set("Content-Type", contentType)
	}
	if status != 0 {
		w.WriteHeader(status)
	}
	io.WriteString(w, body)
}

// serve answers a script's questions about the server; it reports whether it was one.
func (a *appServer) serve(w http.ResponseWriter, r *http.Request) bool {
	switch r.URL.Path {
	case "/answers":
		var in struct {
			Status int
			Type   string
			Body   json.RawMessage
		}
		json.NewDecoder(r.Body).Decode(&in)
		var text string
		if json.Unmarshal(in.Body, &text) != nil {
			text = string(in.Body)
			if in.Type == "" {
				in.Type = "application/json"
			}
		}
		a.mu.Lock()
		a.status, a.kind, a.body = in.Status, in.Type, text
		a.mu.Unlock()
		return true
	case "/received":
		kind := r.URL.Query().Get("type")
		for end := time.Now().Add(2 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
			a.mu.Lock()
			if q := a.got[kind]; len(q) > 0 {
				a.got[kind] = q[1:]
				a.mu.Unlock()
				w.Header().Set("Content-Type", "application/json")
				w.Write(bytes.ReplaceAll(q[0], []byte(a.URL), []byte("http://app.test")))
				return true
			}
			a.mu.Unlock()
		}
		w.WriteHeader(http.StatusNotFound)
		return true
	}
	return false
}
