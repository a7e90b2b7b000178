package twin

import (
	"maps"
	"slices"
)

// Evidence is what callers have driven of a twin, and what that takes.
type Evidence struct {
	Twin       string          `json:"twin"`
	Operations map[string]*Use `json:"operations"`
	// Scopes are the fewest and least that a token has to have for what was not refused, and Permissions what its holder
	// has to be allowed besides.
	Scopes      []string `json:"scopes"`
	Permissions []string `json:"permissions"`
	Roles       []string `json:"roles,omitempty"` // the least of the vendor's roles that have all of these
}

// Use is how an operation was driven.
type Use struct {
	Calls       int            `json:"calls"`
	Errors      map[string]int `json:"errors,omitempty"`  // by the vendor's code
	Ignored     map[string]int `json:"ignored,omitempty"` // parameters that no one read
	Scopes      [][]string     `json:"scopes,omitempty"`  // of each one is needed
	Permissions []string       `json:"permissions,omitempty"`
}

// Need notes for the journal that the caller's token has to have one of some scopes, the least first.
func (r *Request) Need(anyOf []string) {
	if r != nil && len(anyOf) > 0 && !slices.ContainsFunc(r.needed, func(s []string) bool { return slices.Equal(s, anyOf) }) {
		r.needed = append(r.needed, anyOf)
	}
}

// Permit notes for the journal that the caller has to be allowed something, as the vendor names it.
func (r *Request) Permit(permission string) {
	if r != nil && !slices.Contains(r.permits, permission) {
		r.permits = append(r.permits, permission)
	}
}

// Evidence returns what the journal has of each twin that anybody has called, and whether it has everything.
func (w *World) Evidence() (all []Evidence, whole bool) {
	entries := w.Journal.Since(0, 0)
	for _, b := range w.Host.twins {
		e := Evidence{Twin: b.Service, Operations: map[string]*Use{}}
		for i := range entries {
			if x := &entries[i]; x.Twin == b.Service && b.byID[x.Operation] != nil {
				e.add(x)
			}
		}
		if len(e.Operations) > 0 {
			e.conclude(b)
			all = append(all, e)
		}
	}
	return all, len(entries) == 0 || entries[0].Seq == 1
}

func (e *Evidence) add(x *Entry) {
	u := e.Operations[x.Operation]
	if u == nil {
		u = &Use{}
		e.Operations[x.Operation] = u
	}
	u.Calls++
	for _, p := range x.Ignored {
		if u.Ignored == nil {
			u.Ignored = map[string]int{}
		}
		u.Ignored[p]++
	}
	if x.Error != "" {
		if u.Errors == nil {
			u.Errors = map[string]int{}
		}
		u.Errors[x.Error]++
		return // what was refused was not needed
	}
	for _, s := range x.Needed {
		if !slices.ContainsFunc(u.Scopes, func(o []string) bool { return slices.Equal(o, s) }) {
			u.Scopes = append(u.Scopes, s)
		}
	}
	for _, p := range x.Permissions {
		if !slices.Contains(u.Permissions, p) {
			u.Permissions = append(u.Permissions, p)
		}
	}
}

// conclude says what all operations together need.
func (e *Evidence) conclude(b *Base) {
	var clauses [][]string
	permissions := map[string]bool{}
	for _, op := range slices.Sorted(maps.Keys(e.Operations)) {
		clauses = append(clauses, e.Operations[op].Scopes...)
		for _, p := range e.Operations[op].Permissions {
			permissions[p] = true
		}
	}
	e.Scopes, e.Permissions = least(clauses), slices.AppendSeq([]string{}, maps.Keys(permissions))
	slices.Sort(e.Permissions)
	if b.Roles != nil {
		e.Roles = b.Roles(e.Permissions)
	}
}

// least are scopes of which each clause has one: those without an alternative, for the rest what comes first in a clause, and
// none that the others make needless.
func least(clauses [][]string) []string {
	chosen := map[string]bool{}
	met := func(clause []string) bool {
		return slices.ContainsFunc(clause, func(s string) bool { return chosen[s] })
	}
	slices.SortStableFunc(clauses, func(a, b []string) int { return len(a) - len(b) })
	for _, clause := range clauses {
		if !met(clause) {
			chosen[clause[0]] = true
		}
	}
	scopes := slices.Sorted(maps.Keys(chosen))
	return slices.DeleteFunc(append([]string{}, scopes...), func(s string) bool {
		chosen[s] = slices.ContainsFunc(clauses, func(clause []string) bool {
			delete(chosen, s)
			return !met(clause)
		})
		return !chosen[s]
	})
}
