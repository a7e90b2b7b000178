package replay

import (
	"net/http"
	"strings"
)

// A Primer makes in a world what a recording shows but never made.
type Primer struct {
	p *player
	r *Recording
}

// Foreign returns the objects that were there before the recording began, each as it is first shown: in a list, or in
// answer to a path that names it. Who is asked for without a name, as the caller is, has a twin of its own.
func (pr *Primer) Foreign() []map[string]any {
	var all []map[string]any
	seen := map[string]bool{}
	for i := range pr.r.Steps {
		s := &pr.r.Steps[i]
		var look func(v any)
		look = func(v any) {
			switch v := v.(type) {
			case []any:
				for _, one := range v {
					look(one)
				}
			case map[string]any:
				if id := identity(v); id != "" && pr.p.origin.foreign[id] && !seen[id] {
					seen[id] = true
					all = append(all, v)
				}
				for k, one := range v {
					if _, isList := one.([]any); isList && !strings.HasPrefix(k, "_") {
						look(one)
					}
				}
			}
		}
		one, isObject := s.Response.(map[string]any)
		if s.Method == http.MethodGet && s.Status < 300 && (!isObject || identity(one) == "" || strings.Contains(s.Path, identity(one))) {
			look(s.Response)
		}
	}
	return all
}

// Create posts body, and binds what the recording shows of thing to the answer. What the twin refuses stays foreign.
func (pr *Primer) Create(path string, thing, body map[string]any) {
	at, query, _ := strings.Cut(path, "?")
	s := Step{Method: http.MethodPost, Path: at, Query: query, Type: contentTypeJSON, Body: pr.p.bound.value(body)}
	got, err := pr.p.send(&s)
	if err != nil || got.Status >= 300 {
		return
	}
	c := comparison{o: pr.p.origin, b: pr.p.bound, svc: pr.p.svc}
	c.bind("", thing, got.Response)
	delete(pr.p.origin.foreign, identity(thing))
}
