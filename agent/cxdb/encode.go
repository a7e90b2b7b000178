package cxdb

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strconv"
	"time"
)

// Encode makes the payload of a JSON object: with numeric tags when the registry has the type, else with the object's
// own keys. Integers of 64 bits may be strings, bytes are base64, enums labels or numbers, times RFC 3339 or
// milliseconds: what Project makes, Encode takes back.
func (g *Registry) Encode(typeID string, version uint32, data []byte) ([]byte, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var o map[string]any
	if err := d.Decode(&o); err != nil || o == nil || d.More() {
		return nil, refuse(ErrInvalid, "the data of a turn is one JSON object")
	}
	spec := g.version(typeID, version)
	if spec == nil || version == 0 {
		return encode(fromJSON(o)), nil
	}
	m, err := g.tagged(spec, o, typeID, 0)
	if err != nil {
		return nil, err
	}
	return encode(m), nil
}

// tagged gives the members of an object their tags, in their order. Digits are taken as a tag the type does not know.
func (g *Registry) tagged(spec *versionSpec, o map[string]any, path string, depth int) (mapping, error) {
	if depth > deepest {
		return nil, refuse(ErrInvalid, "%s: more than %d levels", path, deepest)
	}
	m := mapping{}
	byName := map[string]uint64{}
	for n, f := range spec.fields {
		byName[f.Name] = n
	}
	for name, v := range o {
		n, known := byName[name]
		if !known {
			var err error
			if n, err = strconv.ParseUint(name, 10, 64); err != nil {
				return nil, refuse(ErrInvalid, "%s has no field %q", path, name)
			}
			f, taken := spec.fields[n]
			if _, both := o[f.Name]; taken && both {
				return nil, refuse(ErrInvalid, "%s: %q and %q are one field", path, name, f.Name)
			}
		}
		value, err := g.value(v, spec.fields[n], path+"."+name, depth)
		if err != nil {
			return nil, err
		}
		m = append(m, pair{n, value})
	}
	slices.SortFunc(m, func(a, b pair) int { return cmp.Compare(a.key.(uint64), b.key.(uint64)) })
	return m, nil
}

// value makes the msgpack value of a field.
func (g *Registry) value(v any, f Field, path string, depth int) (any, error) {
	wrong := refuse(ErrInvalid, "%s is not a %s", path, f.Type)
	if v == nil {
		return nil, nil
	}
	if f.Enum != "" {
		return g.enum(v, f, wrong)
	}
	if o, ok := v.(map[string]any); ok && f.Ref != "" && (f.Type == "ref" || f.Type == "map") {
		if spec := g.version(f.Ref, 0); spec != nil {
			return g.tagged(spec, o, path, depth+1)
		}
	}
	switch kind(f) {
	case "time":
		if s, ok := v.(string); ok {
			if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
				return t.UnixMilli(), nil
			}
		}
		return integer(v, wrong)
	case "int64", "int":
		return integer(v, wrong)
	case "float":
		n, _ := v.(json.Number)
		f, err := n.Float64()
		if err != nil {
			return nil, wrong
		}
		return f, nil
	case "string":
		if _, ok := v.(string); !ok {
			return nil, wrong
		}
	case "bool":
		if _, ok := v.(bool); !ok {
			return nil, wrong
		}
	case "bytes":
		s, ok := v.(string)
		b, err := base64.StdEncoding.DecodeString(s)
		if !ok || err != nil {
			return nil, wrong
		}
		return b, nil
	case "array":
		list, ok := v.([]any)
		if !ok {
			return nil, wrong
		}
		if f.Items == nil {
			break
		}
		item := Field{Type: f.Items.Type}
		if f.Items.Ref != "" {
			item = Field{Type: "ref", Ref: f.Items.Ref}
		}
		out := make([]any, len(list))
		for i, v := range list {
			var err error
			if out[i], err = g.value(v, item, path+"["+strconv.Itoa(i)+"]", depth); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	return fromJSON(v), nil
}

func (g *Registry) enum(v any, f Field, wrong error) (any, error) {
	if o, ok := v.(map[string]any); ok {
		v = o["value"]
	}
	if label, ok := v.(string); ok {
		if n, ok := g.labelled(f.Enum, label); ok {
			return n, nil
		}
	}
	return integer(v, wrong)
}

// integer reads a JSON number or a string of digits.
func integer(v any, wrong error) (any, error) {
	s, ok := v.(string)
	if n, isNumber := v.(json.Number); isNumber {
		s, ok = n.String(), true
	}
	if n, err := strconv.ParseUint(s, 10, 64); ok && err == nil {
		return n, nil
	}
	if n, err := strconv.ParseInt(s, 10, 64); ok && err == nil {
		return n, nil
	}
	return nil, wrong
}

// fromJSON makes the msgpack value of a JSON value, with sorted keys.
func fromJSON(v any) any {
	switch v := v.(type) {
	case json.Number:
		if n, err := integer(v, refuse(ErrInvalid, "")); err == nil {
			return n
		}
		f, _ := v.Float64() // beyond its range: infinite
		return f
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = fromJSON(item)
		}
		return out
	case map[string]any:
		m := make(mapping, 0, len(v))
		for k, item := range v {
			m = append(m, pair{k, fromJSON(item)})
		}
		slices.SortFunc(m, func(a, b pair) int { return cmp.Compare(a.key.(string), b.key.(string)) })
		return m
	}
	return v
}
