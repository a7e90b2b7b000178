package replay

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// An origin says, of the ids in a recording, which things were made in it and which were there before it began,
// and which values are the caller's own. It is read from the recording alone.
//
// An id is born in the answer to a request that writes, or in an answer about something born. An id that is first seen
// in any other answer, or in a request, is foreign: of something that was there before.
type origin struct {
	born    map[string]bool
	foreign map[string]bool
	caller  map[string]bool // scalars that were sent before they were ever answered
	touched map[string]int  // foreign id: the first step that changed it
}

func newOrigin(r *Recording) *origin {
	o := &origin{born: map[string]bool{}, foreign: map[string]bool{}, caller: map[string]bool{}, touched: map[string]int{}}
	answered := map[string]bool{}
	for i := range r.Steps {
		s := &r.Steps[i]
		ours := false
		sent := s.sent()
		for _, v := range sent {
			for _, id := range v.ids() {
				if !answered[id] && !o.caller[id] {
					o.foreign[id] = true
				}
				if v.where != inPath {
					continue
				}
				ours = ours || o.born[id]
				if _, ok := o.touched[id]; !ok && o.foreign[id] && s.Method != "GET" && s.Status < 300 {
					o.touched[id] = i
				}
			}
		}
		for _, v := range sent {
			if !answered[v.value] && !o.foreign[v.value] {
				o.caller[v.value] = true
			}
		}
		birth := ours || s.Method != "GET" && s.Method != "HEAD" && s.Status < 300
		note := func(key string, v any) {
			id, ok := str(v)
			if !ok {
				return
			}
			answered[id] = true
			if !isID(key, v) || o.caller[id] || o.born[id] || o.foreign[id] {
				return
			}
			if birth {
				o.born[id] = true
			} else {
				o.foreign[id] = true
			}
		}
		walk(s.Response, "", func(key string, v any) {
			note(key, v)
			if t, ok := v.(string); ok && isURL(t) {
				for _, w := range words(t) {
					if isOpaque(w) {
						answered[w] = true
					}
				}
			}
		})
	}
	return o
}

// own says whether the caller chose a value, rather than the service.
func (o *origin) own(v any) bool {
	s, ok := str(v)
	return ok && o.caller[s]
}

// before says whether an object was there before the recording began, and nothing in it changed that object until step i.
func (o *origin) before(v any, i int) bool {
	id := identity(v)
	at, changed := o.touched[id]
	return id != "" && o.foreign[id] && !(changed && at <= i)
}

type where int

const (
	inPath where = iota
	inQuery
	inBody
)

// A sentValue is one string of a request.
type sentValue struct {
	where where
	key   string
	value string
}

// sent is every scalar of a request.
func (s *Step) sent() []sentValue {
	var all []sentValue
	for _, seg := range strings.Split(s.Path, "/") {
		if plain, err := url.PathUnescape(seg); err == nil && plain != "" {
			all = append(all, sentValue{inPath, "", plain})
		}
	}
	form := func(raw string, at where) {
		if q, err := url.ParseQuery(raw); err == nil {
			for k, vs := range q {
				for _, v := range vs {
					all = append(all, sentValue{at, k, v})
				}
			}
		}
	}
	form(s.Query, inQuery)
	if t, ok := s.Body.(string); ok && s.isForm() {
		form(t, inBody)
	} else {
		walk(s.Body, "", func(key string, v any) {
			if t, ok := str(v); ok && t != "" {
				all = append(all, sentValue{inBody, key, t})
			}
		})
	}
	slices.SortFunc(all, func(a, b sentValue) int { return strings.Compare(a.key+"\x00"+a.value, b.key+"\x00"+b.value) })
	return all
}

// isForm says whether a body is a form, by its type or, if the recording does not say, by its looks.
func (s *Step) isForm() bool {
	t, ok := s.Body.(string)
	return strings.HasPrefix(s.Type, "application/x-www-form-urlencoded") || ok && s.Type == "" && strings.Contains(t, "=") && !strings.ContainsAny(t, " \n<{")
}

// ids are what a value names things of the service by. In a body only what stands alone where an id belongs counts: the
// rest may be the caller's own invention, a password or a name.
func (v sentValue) ids() []string {
	switch {
	case v.where == inBody && (!referenceKey.MatchString(v.key) || !mixed(v.value) || len(v.value) > 44 || strings.ContainsFunc(v.value, notWord)):
		return nil
	case isOpaque(v.value) || v.where == inPath && isNumber(v.value):
		return []string{v.value}
	}
	var all []string
	for _, w := range words(v.value) {
		if isOpaque(w) {
			all = append(all, w)
		}
	}
	return all
}

// referenceKey is what a member is called that refers to something: groupId, include, members.
var referenceKey = regexp.MustCompile(`(?i)(^id|_id|[a-z]ids?|include|exclude|[a-z]s|role|group|user|policy|parent|owner|channel)$`)

func notWord(r rune) bool { return r < 0x80 && !wordByte(byte(r)) }

func isNumber(s string) bool { return len(s) >= 5 && strings.Trim(s, "0123456789") == "" }
