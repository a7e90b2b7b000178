package blockkit

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A check goes over one payload. It has two stages, as Slack's has: what the schema refuses is collected first, and
// only a payload that passes is held against the rules that relate its parts to each other.
type check struct {
	surface Surface
	random  func(n int) string
	errs    []string
	rules   []func() // the second stage

	blockIDs  map[string]bool
	actionIDs map[string]bool // of the block being checked
	unnamed   []*any          // ids to generate
	nested    int             // blocks inside layouts, which count as the surface's own
	depth     int             // of containers and layouts inside each other
	focused   bool
	cells     int // characters in tables
	markdown  int // characters in markdown blocks
}

// A rule checks the value at a JSON pointer and returns it as Slack stores it.
type rule func(c *check, at string, v any) any

// refuse says no in the words Slack has for response_metadata.messages.
func (c *check) refuse(at, format string, args ...any) {
	c.errs = append(c.errs, "[ERROR] "+fmt.Sprintf(format, args...)+" [json-pointer:"+at+"]")
}

// refuseRule is refuse in the second stage, whose pointers into a view lack their first slash.
func (c *check) refuseRule(at, format string, args ...any) {
	if c.surface != Message {
		at = strings.TrimPrefix(at, "/")
	}
	c.refuse(at, format, args...)
}

// then adds to the second stage.
func (c *check) then(f func()) { c.rules = append(c.rules, f) }

// finish runs the second stage, and names what came without a name if all is well.
func (c *check) finish() bool {
	if len(c.errs) == 0 {
		for _, f := range c.rules {
			f()
		}
	}
	if len(c.errs) > 0 {
		return false
	}
	for _, id := range c.unnamed {
		name := c.random(5)
		for try := 0; c.blockIDs[name] && try < 10; try++ {
			name = c.random(5)
		}
		c.blockIDs[name] = true
		*id = name
	}
	return true
}

// str accepts a string of min to max characters; a max of 0 is none.
func str(min, max int) rule {
	return func(c *check, at string, v any) any {
		s, ok := v.(string)
		switch n := utf8.RuneCountInString(s); {
		case !ok:
			c.refuse(at, "must provide a string")
		case n < min:
			c.refuse(at, "must be more than %d characters", min-1)
		case max > 0 && n > max:
			c.refuse(at, "must be less than %d characters", max+1)
		}
		return v
	}
}

// link accepts a URL of up to max characters.
func link(max int, schemes ...string) rule {
	length := str(1, max)
	return func(c *check, at string, v any) any {
		length(c, at, v)
		c.then(func() {
			u, err := url.Parse(v.(string))
			if err != nil || u.Scheme == "" || u.Host == "" && u.Opaque == "" || len(schemes) > 0 && !slices.Contains(schemes, u.Scheme) {
				c.refuseRule(at, "invalid url")
			}
		})
		return v
	}
}

func enum(values ...string) rule {
	return func(c *check, at string, v any) any {
		if s, ok := v.(string); !ok {
			c.refuse(at, "must provide a string")
		} else if !slices.Contains(values, s) {
			c.refuse(at, "must be a valid enum value")
		}
		return v
	}
}

func boolean(c *check, at string, v any) any {
	if _, ok := v.(bool); !ok {
		c.refuse(at, "must provide a boolean")
	}
	return v
}

// integer accepts a whole number from min to max.
func integer(min, max int64) rule {
	return func(c *check, at string, v any) any {
		number, _ := v.(json.Number)
		n, err := strconv.ParseInt(string(number), 10, 64)
		switch {
		case err != nil:
			c.refuse(at, "must provide an integer")
		case n < min:
			c.refuse(at, "must be more than %d", min-1)
		case n > max:
			c.refuse(at, "must be less than %d", max+1)
		}
		return v
	}
}

func number(c *check, at string, v any) any {
	if _, ok := v.(json.Number); !ok {
		c.refuse(at, "must provide a number")
	}
	return v
}

// array accepts min to max items; a max of 0 is none.
func array(min, max int, each rule) rule {
	return func(c *check, at string, v any) any {
		list, ok := v.([]any)
		switch {
		case !ok:
			c.refuse(at, "must provide an array")
			return v
		case len(list) < min:
			c.refuse(at, "must provide at least %d items", min)
		case max > 0 && len(list) > max:
			c.refuse(at, "no more than %d items allowed", max)
			return v
		}
		out := make([]any, len(list))
		for i, item := range list {
			out[i] = each(c, at+"/"+strconv.Itoa(i), item)
		}
		return out
	}
}

// A field is one member an object may have.
type field struct {
	name     string
	rule     rule
	required bool
	value    any  // what Slack answers when it was absent, if not nil
	id       bool // what is absent or empty gets a generated name
	drop     bool // accepted, not kept
}

func req(name string, r rule) field           { return field{name: name, rule: r, required: true} }
func opt(name string, r rule) field           { return field{name: name, rule: r} }
func or(name string, r rule, value any) field { return field{name: name, rule: r, value: value} }

// object accepts these members and no others, and answers them in this order.
func object(fields ...field) rule {
	return func(c *check, at string, v any) any {
		o, ok := v.(Object)
		if !ok {
			c.refuse(at, "must provide an object")
			return v
		}
		for _, f := range fields {
			if f.required && !o.Has(f.name) {
				c.refuse(at, "missing required field: %s", f.name)
			}
		}
		out := make(Object, 0, len(fields))
		var ids []int
		for _, f := range fields {
			value := f.value
			switch {
			case o.Has(f.name):
				value = f.rule(c, at+"/"+f.name, o.Get(f.name))
				if f.drop {
					continue
				}
			case f.value == nil && !f.id:
				continue
			}
			if f.id && (value == nil || value == "") {
				ids = append(ids, len(out))
			}
			out = append(out, Member{f.name, value})
		}
		for _, i := range ids {
			c.unnamed = append(c.unnamed, &out[i].Value)
		}
		for _, m := range o {
			if !slices.ContainsFunc(fields, func(f field) bool { return f.name == m.Name }) {
				c.refuse(at, "invalid additional property: %s", m.Name)
			}
		}
		return out
	}
}

// related adds a second-stage rule about the members of an object.
func related(r rule, f func(c *check, at string, o Object)) rule {
	return func(c *check, at string, v any) any {
		out := r(c, at, v)
		c.then(func() { f(c, at, out.(Object)) })
		return out
	}
}

// all is a rule that Slack writes as several schemas which must all match: it first says that they do not.
func all(r rule) rule {
	return func(c *check, at string, v any) any {
		before := len(c.errs)
		out := r(c, at, v)
		if len(c.errs) > before {
			found := slices.Clone(c.errs[before:])
			c.errs = c.errs[:before]
			c.refuse(at, "failed to match all allowed schemas")
			c.errs = append(c.errs, found...)
		}
		return out
	}
}

// typed picks the rule for an object by its type.
func typed(c *check, at string, v any, pick func(name string) rule) any {
	o, ok := v.(Object)
	if !ok {
		c.refuse(at, "must provide an object")
		return v
	}
	name, ok := o.Get("type").(string)
	switch {
	case !o.Has("type"):
		c.refuse(at, "missing required field: type")
	case !ok:
		c.refuse(at+"/type", "must provide a string")
	default:
		if r := pick(name); r != nil {
			return r(c, at, v)
		}
		c.refuse(at+"/type", "unsupported type: %s", name)
	}
	return v
}

// oneOf accepts an object whose type is one of these names in a table.
func oneOf(table map[string]rule, names ...string) rule {
	return func(c *check, at string, v any) any {
		return typed(c, at, v, func(name string) rule {
			if slices.Contains(names, name) {
				return table[name]
			}
			return nil
		})
	}
}

// kind is the type member of an object whose type has been looked at.
var kind = req("type", func(_ *check, _ string, v any) any { return v })
