package gapi

import (
	"iter"
	"maps"
	"slices"
	"strings"

	"twinset.dev/kit/tree"
)

// A Mask is what a caller wants of an answer, as the parameter "fields" says it. A nil Mask wants everything.
//
//	kind,files(id,owners/emailAddress),sheets.properties.title,*
//
// https://developers.google.com/drive/api/guides/fields-parameter
type Mask struct {
	all bool // "*": everything that is not named
	sub map[string]*Mask
}

// ParseMask reads a mask. It is false if the text is none. The empty text is nil, as is "*".
func ParseMask(s string) (*Mask, bool) {
	if s = strings.TrimSpace(s); s == "" || s == "*" {
		return nil, true
	}
	p := maskParser{s: s}
	m := &Mask{}
	ok := p.list(m, 0) && p.at == len(s)
	return m, ok
}

type maskParser struct {
	s  string
	at int
}

// maskDepth bounds how deep a mask may be nested.
const maskDepth = 64

func (p *maskParser) list(m *Mask, depth int) bool {
	for {
		if !p.path(m, depth) {
			return false
		}
		if p.at == len(p.s) || p.s[p.at] != ',' {
			return true
		}
		p.at++
	}
}

func (p *maskParser) path(m *Mask, depth int) bool {
	for p.at < len(p.s) && p.s[p.at] == ' ' {
		p.at++
	}
	start := p.at
	for p.at < len(p.s) && nameByte(p.s[p.at]) {
		p.at++
	}
	name := p.s[start:p.at]
	if name == "" || depth > maskDepth {
		return false
	}
	for p.at < len(p.s) && p.s[p.at] == ' ' {
		p.at++
	}
	if p.at < len(p.s) {
		switch p.s[p.at] {
		case '/', '.':
			p.at++
			return p.path(m.open(name), depth+1)
		case '(':
			p.at++
			if !p.list(m.open(name), depth+1) || p.at == len(p.s) || p.s[p.at] != ')' {
				return false
			}
			p.at++
			return true
		}
	}
	if name == "*" {
		m.all = true
		return true
	}
	if m.sub == nil {
		m.sub = map[string]*Mask{}
	}
	m.sub[name] = nil // all of it, whatever was said of its parts
	return true
}

// open returns the mask of a part that is not wanted whole, so far.
func (m *Mask) open(name string) *Mask {
	if name == "*" {
		name = every
	}
	if m.sub == nil {
		m.sub = map[string]*Mask{}
	}
	s, named := m.sub[name]
	if named && s == nil {
		return &Mask{} // wanted whole already
	}
	if s == nil {
		s = &Mask{}
		m.sub[name] = s
	}
	return s
}

// every is the part that stands for each part: "*/id".
const every = "*"

func nameByte(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || b == '_' || b == '*' || b == '-' || b == '@' || b == '$'
}

// Has reports whether a part is wanted, or something of it.
func (m *Mask) Has(name string) bool {
	if m == nil || m.all {
		return true
	}
	if _, ok := m.sub[name]; ok {
		return true
	}
	_, ok := m.sub[every]
	return ok
}

// Sub is what is wanted of a part that is wanted.
func (m *Mask) Sub(name string) *Mask {
	if m == nil {
		return nil
	}
	if s, ok := m.sub[name]; ok {
		return s
	}
	return m.sub[every]
}

// Append appends what is wanted of v as JSON, as tree.Append has it. Lists are looked through: a mask of a list is one of
// each of its items.
func (m *Mask) Append(b []byte, v any) (_ []byte, err error) {
	if m == nil {
		return tree.Append(b, v)
	}
	switch v := v.(type) {
	case Obj:
		var room [48]string
		keys := room[:0]
		for k := range v {
			if m.Has(k) {
				keys = append(keys, k)
			}
		}
		slices.Sort(keys)
		b = append(b, '{')
		for i, k := range keys {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(tree.AppendString(b, k), ':')
			if b, err = m.Sub(k).Append(b, v[k]); err != nil {
				return nil, err
			}
		}
		return append(b, '}'), nil
	case []any:
		b = append(b, '[')
		for i, x := range v {
			if i > 0 {
				b = append(b, ',')
			}
			if b, err = m.Append(b, x); err != nil {
				return nil, err
			}
		}
		return append(b, ']'), nil
	}
	return tree.Append(b, v)
}

// Also is the mask with what else says of a name, at every depth: another name that is wanted whole beside it.
func (m *Mask) Also(other func(name string) (string, bool)) *Mask {
	if m == nil {
		return nil
	}
	out := &Mask{all: m.all, sub: make(map[string]*Mask, len(m.sub))}
	for name, part := range m.sub {
		out.sub[name] = part.Also(other)
	}
	for name := range m.sub {
		if also, ok := other(name); ok {
			out.sub[also] = nil
		}
	}
	return out
}

// Parts are the names that the mask names, with what is wanted of each: nil is all of it.
func (m *Mask) Parts() iter.Seq2[string, *Mask] { return maps.All(m.sub) }

// Names calls f with the path of every part that the mask names, until f is false.
func (m *Mask) Names(f func(path []string) bool) { m.names(nil, f) }

func (m *Mask) names(at []string, f func([]string) bool) bool {
	if m == nil {
		return true
	}
	for name, s := range m.sub {
		path := append(at, name)
		if !f(path) || !s.names(path, f) {
			return false
		}
	}
	return true
}
