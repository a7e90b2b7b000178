package replay

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
)

// bindings are what the service made up then, and what stands for it now.
type bindings struct {
	to    map[string]string
	start map[string][]string // by their first bytes, what can be inside a longer string; longest first
	named map[string]bool     // what a binding leads to
}

const prefix = 4 // what is shorter is replaced only where it stands alone

func newBindings() *bindings {
	return &bindings{map[string]string{}, map[string][]string{}, map[string]bool{}}
}

// bind remembers that now stands for then. The first binding stays.
func (b *bindings) bind(then, now string) {
	if _, ok := b.to[then]; ok || then == "" || now == "" {
		return
	}
	b.to[then], b.named[now] = now, true
	if len(then) < prefix || then == now {
		return
	}
	l := append(b.start[then[:prefix]], then)
	slices.SortFunc(l, func(x, y string) int { return len(y) - len(x) })
	b.start[then[:prefix]] = l
}

// bindURL binds the parts in which two URLs of one shape differ, if they are made up.
func (b *bindings) bindURL(then, now string, own func(any) bool) {
	t, err := url.Parse(then)
	n, err2 := url.Parse(now)
	if err != nil || err2 != nil {
		return
	}
	ts, ns := strings.Split(strings.Trim(t.Path, "/"), "/"), strings.Split(strings.Trim(n.Path, "/"), "/")
	ahead := max(0, len(ns)-len(ts)) // the twin's own prefix: w/{world}
	front := strings.Join(append([]string{n.Scheme + "://" + n.Host}, ns[:ahead]...), "/")
	if ns = ns[ahead:]; len(ts) == len(ns) {
		for i := range ts {
			if ts[i] != ns[i] && isID("", ts[i]) && !own(ts[i]) {
				b.bind(ts[i], ns[i])
			}
		}
		if t.Host != "" && ts[0] != "" && b.path(strings.Join(ts, "/")) == strings.Join(ns, "/") {
			b.bind(t.Scheme+"://"+t.Host, front)
		}
	}
	for k, vs := range t.Query() {
		if v := n.Query().Get(k); v != "" && vs[0] != v && isID(k, vs[0]) && !own(vs[0]) {
			b.bind(vs[0], v)
		}
	}
}

// text replaces what is bound in s: all of it, or else whole tokens, the longest first.
func (b *bindings) text(s string) string {
	if now, ok := b.to[s]; ok {
		return now
	}
	var out strings.Builder
	done := 0
	for i := 0; i+prefix <= len(s); i++ {
		if i > 0 && wordByte(s[i-1]) && wordByte(s[i]) {
			continue
		}
		for _, then := range b.start[s[i:i+prefix]] {
			end := i + len(then)
			if strings.HasPrefix(s[i:], then) && (end == len(s) || !wordByte(s[end]) || !wordByte(s[end-1])) {
				out.WriteString(s[done:i])
				out.WriteString(b.to[then])
				done = end
				i = end - 1
				break
			}
		}
	}
	if done == 0 {
		return s
	}
	out.WriteString(s[done:])
	return out.String()
}

// value replaces what is bound in a JSON value, the names of an object's members too.
func (b *bindings) value(v any) any {
	switch v := v.(type) {
	case map[string]any:
		m := make(map[string]any, len(v))
		for k, one := range v {
			m[b.text(k)] = b.value(one)
		}
		return m
	case []any:
		l := make([]any, len(v))
		for i, one := range v {
			l[i] = b.value(one)
		}
		return l
	case string:
		return b.text(v)
	case json.Number:
		if now, ok := b.to[v.String()]; ok && isNumber(now) {
			return json.Number(now)
		}
	}
	return v
}

// path replaces what is bound in an escaped path, a segment at a time.
func (b *bindings) path(p string) string {
	segs := strings.Split(p, "/")
	for i, seg := range segs {
		if plain, err := url.PathUnescape(seg); err == nil {
			if now := b.text(plain); now != plain {
				segs[i] = url.PathEscape(now)
			}
		}
	}
	return strings.Join(segs, "/")
}

// form replaces what is bound in a query or a form, and leaves its order.
func (b *bindings) form(raw string) string {
	if raw == "" {
		return raw
	}
	parts := strings.Split(raw, "&")
	for i, part := range parts {
		k, v, _ := strings.Cut(part, "=")
		if plain, err := url.QueryUnescape(v); err == nil {
			if now := b.text(plain); now != plain {
				parts[i] = k + "=" + url.QueryEscape(now)
			}
		}
	}
	return strings.Join(parts, "&")
}
