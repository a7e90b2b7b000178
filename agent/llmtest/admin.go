package llmtest

import (
	"cmp"
	"io"
	"net/http"
	"strings"
)

// admin is the server's own part, by ?key=:
//
//	PUT  /__admin/scripts     a script in YAML for the key, instead of what it had
//	POST /__admin/reset       the key as if it had never been used; every key without ?key=
//	GET  /__admin/requests    the requests of the key
//	GET  /__admin/unconsumed  the steps of its script that nobody asked for
func (s *Server) admin(w http.ResponseWriter, r *http.Request) {
	key := r.URL.Query().Get("key")
	call := r.Method + " " + strings.TrimPrefix(r.URL.Path, "/__admin/")
	if key == "" && call != "POST reset" {
		send(w, http.StatusBadRequest, object{"error": "which key? say ?key="})
		return
	}
	switch call {
	case "PUT scripts":
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 16<<20))
		script := &Script{}
		if err == nil {
			script, err = ParseScript(body)
		}
		if err != nil {
			send(w, http.StatusBadRequest, object{"error": err.Error()})
			return
		}
		s.Play(key, script)
		send(w, http.StatusOK, object{"name": script.Name, "steps": len(script.Steps)})
	case "POST reset":
		s.mu.Lock()
		if delete(s.spaces, key); key == "" {
			clear(s.spaces)
		}
		s.mu.Unlock()
		w.WriteHeader(http.StatusNoContent)
	case "GET requests":
		send(w, http.StatusOK, append([]Logged{}, s.Requests(key)...))
	case "GET unconsumed":
		left := []string{}
		for _, step := range s.Unconsumed(key) {
			left = append(left, step.Title())
		}
		send(w, http.StatusOK, left)
	default:
		send(w, http.StatusNotFound, object{"error": "no such call: " + call})
	}
}

// Title is what a step is known by.
func (s Step) Title() string {
	switch {
	case s.Say != "":
		return s.Say
	case len(s.Call) > 0:
		return "call " + s.Call[0].Name
	case s.Fault != nil:
		return "fault " + cmp.Or(s.Fault.Message, http.StatusText(s.Fault.Status), "in the middle")
	}
	return "a step"
}
