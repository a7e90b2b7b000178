package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// An object is a JSON object as read; numbers in it are json.Number, so that they are written as they were.
type object = map[string]any

func readJSON(b []byte) (object, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var o object
	return o, d.Decode(&o)
}

// compact returns v on one line with sorted keys.
func compact(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err) // everything here came out of a JSON or YAML document
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// writeSpec returns the document with one path, schema or other component per line.
func writeSpec(doc object) []byte {
	var b bytes.Buffer
	lines(&b, doc, func(key string) int {
		switch key {
		case "components":
			return 2
		case "paths":
			return 1
		}
		return 0
	})
	b.WriteByte('\n')
	return b.Bytes()
}

// lines writes o with a key per line; depth says how many levels below a key are broken up too.
func lines(b *bytes.Buffer, o object, depth func(key string) int) {
	b.WriteString("{\n")
	for i, k := range slices.Sorted(maps.Keys(o)) {
		if i > 0 {
			b.WriteString(",\n")
		}
		fmt.Fprintf(b, "%s:", compact(k))
		below, ok := o[k].(object)
		if n := depth(k); ok && n > 0 && len(below) > 0 {
			lines(b, below, func(string) int { return n - 1 })
		} else {
			b.Write(compact(o[k]))
		}
	}
	b.WriteString("\n}")
}

// sub returns the object at the path of keys in o, nil where there is none.
func sub(o object, path ...string) object {
	for _, k := range path {
		o, _ = o[k].(object)
	}
	return o
}

func text(v any) string { s, _ := v.(string); return s }

func list(v any) []any { l, _ := v.([]any); return l }

// texts returns the strings of a JSON array.
func texts(v any) []string {
	var s []string
	for _, x := range list(v) {
		s = append(s, text(x))
	}
	return s
}

// each calls f with every object in v, v itself first.
func each(v any, f func(object)) {
	switch v := v.(type) {
	case object:
		f(v)
		for _, k := range slices.Sorted(maps.Keys(v)) {
			each(v[k], f)
		}
	case []any:
		for _, x := range v {
			each(x, f)
		}
	}
}

// eachSchema calls f with every schema of an OpenAPI document or of a part of one, the outer before the inner.
// What f puts in place of a schema's own parts is visited in their stead.
func eachSchema(v any, f func(schema object)) { eachSchemaIn(v, false, f) }

func eachSchemaIn(v any, names bool, f func(object)) {
	switch v := v.(type) {
	case object:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			switch {
			case !names && k == "schema":
				inSchema(v[k], f)
			case !names && k == "schemas":
				for _, s := range sub(v, k) {
					inSchema(s, f)
				}
			default:
				eachSchemaIn(v[k], !names && slices.Contains(named, k), f)
			}
		}
	case []any:
		for _, x := range v {
			eachSchemaIn(x, false, f)
		}
	}
}

// inSchema calls f with a schema and all schemas written inside it.
func inSchema(v any, f func(object)) {
	s, ok := v.(object)
	if !ok {
		return
	}
	f(s)
	inSchema(s["items"], f)
	inSchema(s["additionalProperties"], f)
	inSchema(s["not"], f)
	for _, p := range sub(s, "properties") {
		inSchema(p, f)
	}
	for _, k := range []string{"allOf", "anyOf", "oneOf"} {
		for _, x := range list(s[k]) {
			inSchema(x, f)
		}
	}
}

// mergePatch applies an RFC 7396 merge patch.
//
// https://www.rfc-editor.org/rfc/rfc7396
func mergePatch(target, patch any) any {
	p, ok := patch.(object)
	if !ok {
		return patch
	}
	t, ok := target.(object)
	if !ok {
		t = object{}
	}
	for k, v := range p {
		if v == nil {
			delete(t, k)
		} else {
			t[k] = mergePatch(t[k], v)
		}
	}
	return t
}

// allowNulls makes nullable what a patch has put below x-nullable: by schema, the paths of properties, with dots between.
// A merge patch alone cannot: it replaces an allOf as a whole, and a reference takes nothing beside it.
func allowNulls(doc object) error {
	for name, paths := range sub(doc, "x-nullable") {
		for _, path := range paths.([]any) {
			holder, key := sub(doc, "components", "schemas", name), ""
			for i, k := range strings.Split(text(path), ".") {
				if i > 0 {
					holder = sub(holder, key)
				}
				if holder, key = propertiesWith(holder, k), k; holder == nil {
					return fmt.Errorf("x-nullable: %s has no %s", name, path)
				}
			}
			if p := sub(holder, key); p["$ref"] != nil {
				holder[key] = object{"allOf": []any{p}, "nullable": true}
			} else {
				p["nullable"] = true
			}
		}
	}
	delete(doc, "x-nullable")
	return nil
}

// propertiesWith are the properties of a schema, or of a part of its allOf, that name is one of; nil if it has none.
func propertiesWith(schema object, name string) object {
	if own := sub(schema, "properties"); own[name] != nil {
		return own
	}
	parts, _ := schema["allOf"].([]any)
	for _, part := range parts {
		if found := propertiesWith(part.(object), name); found != nil {
			return found
		}
	}
	return nil
}

// refPrefix begins every reference to a schema.
const refPrefix = "#/components/schemas/"

func ref(name string) object { return object{"$ref": refPrefix + name} }

// refName returns the name of the schema that s refers to.
func refName(s object) (string, bool) { return strings.CutPrefix(text(s["$ref"]), refPrefix) }

// clone returns a copy that shares nothing with v.
func clone(v any) any {
	switch v := v.(type) {
	case object:
		o := make(object, len(v))
		for k, x := range v {
			o[k] = clone(x)
		}
		return o
	case []any:
		l := make([]any, len(v))
		for i, x := range v {
			l[i] = clone(x)
		}
		return l
	}
	return v
}
