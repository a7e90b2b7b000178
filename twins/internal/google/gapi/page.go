package gapi

import (
	"encoding/base64"
	"iter"
	"strings"
)

// A Page is the part of a list that a caller asks for.
type Page struct {
	Size  int
	after string // what the last item of the page before is called
}

// Page reads which part of a list is asked for: pageSize items, beginning after where pageToken says.
func (c *Call) Page(normal, least, most int) (Page, error) {
	size, err := c.QInt("pageSize", normal, least, most)
	if err != nil {
		return Page{}, err
	}
	p := Page{Size: size}
	if t := c.Q("pageToken"); t != "" {
		var ok bool
		if p.after, ok = c.open(t); !ok {
			return Page{}, Because(400, "invalid", "Invalid Value").At("pageToken")
		}
	}
	return p, nil
}

// Token is a page token that means s to this method alone.
func (c *Call) Token(s string) string {
	return "~!!~" + base64.RawURLEncoding.EncodeToString([]byte(c.Op.ID+"\x00"+s))
}

func (c *Call) open(token string) (string, bool) {
	b, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(token, "~!!~"))
	op, s, ok := strings.Cut(string(b), "\x00")
	return s, err == nil && ok && op == c.Op.ID && s != ""
}

// Take views the items of a page, in the order of seq. name tells items apart; next is the name of the last one if there
// are more.
func Take[T any](p Page, seq iter.Seq[T], name func(T) string, view func(T) any) (items []any, next string) {
	items = []any{}
	begun, last := p.after == "", ""
	for v := range seq {
		if !begun {
			begun = name(v) == p.after
			continue
		}
		if len(items) == p.Size {
			return items, last
		}
		items = append(items, view(v))
		last = name(v)
	}
	return items, ""
}

// List is a page as Drive answers it.
func (c *Call) List(kind, of string, items []any, next string) Obj {
	out := Obj{"kind": kind, of: items}
	if next != "" {
		out["nextPageToken"] = c.Token(next)
	}
	return out
}
