package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// components writes a Go type for every schema of the documents and for every body that is written out where it is
// used. A document's schema that an earlier document has under the same name gets the document's name before its own.
func components(g *gen) {
	for i, d := range g.docs {
		if d.derive != nil {
			continue // its schemas are those of the documents it is made of
		}
		g.names = map[string]string{}
		schemas := d.doc.Components.Schemas
		for _, name := range slices.Sorted(maps.Keys(schemas)) {
			n := ident(name)
			if g.used[n] && i > 0 {
				n = ident(d.file) + n
			}
			g.names[name] = g.unique(n)
		}
		for _, name := range slices.Sorted(maps.Keys(schemas)) {
			g.define(g.names[name], "is the schema "+name, schemas[name].Value)
		}
		for _, o := range g.ops {
			if o.doc == d.doc {
				g.bodies(o)
			}
		}
		for len(g.queue) > 0 {
			next := g.queue[0]
			g.queue = g.queue[1:]
			next()
		}
	}
}

// bodies defines what an operation takes and answers, unless these are components.
func (g *gen) bodies(o operation) {
	name := ident(o.id)
	if o.op.RequestBody != nil {
		if m := o.op.RequestBody.Value.Content.Get("application/json"); m != nil && m.Schema != nil {
			g.body(m.Schema, name+"Request", "is the body of "+o.id)
		}
	}
	for _, status := range []string{"200", "201", "202", "2XX"} {
		if r := o.op.Responses.Value(status); r != nil {
			if m := r.Value.Content["application/json"]; m != nil && m.Schema != nil {
				g.body(m.Schema, name+"Response", "is the answer of "+o.id)
			}
		}
	}
}

func (g *gen) body(r *openapi3.SchemaRef, name, what string) {
	if s := r.Value; r.Ref == "" && (len(s.Properties) > 0 || len(s.AllOf) > 1) {
		g.define(g.unique(name), what, s)
	} else if r.Ref == "" && s.Items != nil {
		g.typ(s.Items, name+"Item", inside(what))
	}
}

// typ is the Go type of a schema; hint is the name it gets if it needs one, and what its comment.
func (g *gen) typ(r *openapi3.SchemaRef, hint, what string) string {
	if r == nil {
		return "json.RawMessage"
	}
	if name, ok := g.names[strings.TrimPrefix(r.Ref, refPrefix)]; ok && r.Ref != "" {
		return name
	}
	s := r.Value
	switch {
	case only(s) != nil:
		return g.typ(only(s), hint, what)
	case len(s.OneOf) > 0 || len(s.AnyOf) > 0:
		return "json.RawMessage"
	case len(s.AllOf) > 0 || len(s.Properties) > 0:
		n := g.unique(hint)
		g.queue = append(g.queue, func() { g.define(n, what, s) })
		return n
	case s.Type.Is("string"):
		return "string"
	case s.Type.Is("integer") && s.Format == "int32":
		return "int32"
	case s.Type.Is("integer"):
		return "int64"
	case s.Type.Is("number"):
		return "float64"
	case s.Type.Is("boolean"):
		return "bool"
	case s.Type.Is("array"):
		return "[]" + g.typ(s.Items, hint+"Item", inside(what))
	case s.Type.Is("object") && s.AdditionalProperties.Schema != nil:
		return "map[string]" + g.typ(s.AdditionalProperties.Schema, hint+"Value", inside(what))
	case s.Type.Is("object"):
		return "map[string]json.RawMessage"
	}
	return "json.RawMessage"
}

// inside turns a comment on a list or a map into one on what is in it.
func inside(what string) string { return "is one of " + strings.TrimPrefix(what, "is ") }

// only is the one schema that s refers to and says nothing of, but that it is nullable, read-only or has a default.
func only(s *openapi3.Schema) *openapi3.SchemaRef {
	var found *openapi3.SchemaRef
	for _, part := range s.AllOf {
		switch v := part.Value; {
		case part.Ref != "" && found == nil:
			found = part
		case part.Ref != "" || v.Type != nil || len(v.Properties)+len(v.AllOf)+len(v.AnyOf)+len(v.OneOf) > 0:
			return nil
		}
	}
	if len(s.Properties) > 0 {
		return nil
	}
	return found
}

// define writes the type n. Alternatives stay JSON; an allOf is the sum of its parts.
func (g *gen) define(n, what string, s *openapi3.Schema) {
	fmt.Fprintf(&g.out, "// %s %s.\n", n, what)
	fields, required := openapi3.Schemas{}, map[string]bool{}
	flatten(s, fields, required, map[*openapi3.Schema]bool{})
	switch {
	case len(s.AllOf) == 0 && len(s.Properties) == 0:
		fmt.Fprintf(&g.out, "type %s = %s\n\n", n, g.typ(&openapi3.SchemaRef{Value: s}, n+"Value", inside(what)))
		return
	case len(fields) == 0:
		fmt.Fprintf(&g.out, "type %s = json.RawMessage\n\n", n)
		return
	}
	fmt.Fprintf(&g.out, "type %s struct {\n", n)
	names := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		f := ident(name)
		for i := 2; names[f]; i++ {
			f = fmt.Sprint(ident(name), i)
		}
		names[f] = true
		t, tag := g.typ(fields[name], n+f, "is the "+name+" of "+n), name
		if !required[name] {
			tag += ",omitempty"
		}
		if !strings.HasPrefix(t, "[]") && !strings.HasPrefix(t, "map[") && t != "json.RawMessage" && (!required[name] || t == n) {
			t = "*" + t
		}
		fmt.Fprintf(&g.out, "%s %s `json:%q`\n", f, t, tag)
	}
	fmt.Fprintf(&g.out, "}\n\n")
}

// flatten adds the properties of s and of all that it is the sum of.
func flatten(s *openapi3.Schema, fields openapi3.Schemas, required map[string]bool, seen map[*openapi3.Schema]bool) {
	if seen[s] {
		return
	}
	seen[s] = true
	for _, part := range s.AllOf {
		flatten(part.Value, fields, required, seen)
	}
	maps.Copy(fields, s.Properties)
	for _, name := range s.Required {
		required[name] = true
	}
}
