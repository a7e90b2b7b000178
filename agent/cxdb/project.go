package cxdb

import (
	"encoding/base64"
	"encoding/hex"
	"math"
	"strconv"
	"time"
)

// A Render says how a payload becomes JSON. The zero value renders bytes as base64, 64-bit integers as strings, enums
// by label and times as RFC 3339, and leaves unknown tags out.
type Render struct {
	HexBytes, LenBytes     bool // bytes as hexadecimal, or their number alone
	Numbers                bool // 64-bit integers as JSON numbers
	EnumNumbers, EnumPairs bool // enums by number, or as {label, value}
	UnixMS                 bool // times as milliseconds
	Unknown                bool // tags that the type does not have, apart
}

// A Projection is a payload as JSON.
type Projection struct {
	Data    map[string]any
	Unknown map[string]any // by tag; nil unless asked for
}

// Project renders a payload with a version of a type. Version 0 is the newest.
func (g *Registry) Project(payload []byte, typeID string, version uint32, o Render) (p Projection, err error) {
	spec := g.version(typeID, version)
	if spec == nil {
		return p, refuse(ErrNoType, "no type descriptor for %s version %d", typeID, version)
	}
	v, err := decode(payload)
	if err != nil {
		return p, err
	}
	m, ok := v.(mapping)
	if !ok {
		return p, refuse(ErrInvalid, "the payload is not a map")
	}
	fields := m.tags()
	p.Data = g.fields(spec, fields, o, 0)
	if o.Unknown {
		p.Unknown = map[string]any{}
		for n, v := range fields {
			if _, ok := spec.fields[n]; !ok {
				p.Unknown[strconv.FormatUint(n, 10)] = plain(v, o)
			}
		}
	}
	return p, nil
}

// Plain renders any payload without a type.
func Plain(payload []byte, o Render) (any, error) {
	v, err := decode(payload)
	if err != nil {
		return nil, err
	}
	return plain(v, o), nil
}

func (g *Registry) fields(spec *versionSpec, values map[uint64]any, o Render, depth int) map[string]any {
	data := map[string]any{}
	for _, n := range spec.tags {
		if v, ok := values[n]; ok {
			data[spec.fields[n].Name] = g.field(v, spec.fields[n], o, depth)
		}
	}
	return data
}

func (g *Registry) field(v any, f Field, o Render, depth int) any {
	if n, ok := v.(uint64); ok && f.Enum != "" {
		if label, ok := g.label(f.Enum, n); ok {
			switch {
			case o.EnumNumbers:
				return n
			case o.EnumPairs:
				return map[string]any{"label": label, "value": n}
			}
			return label
		}
	}
	if f.Ref != "" && (f.Type == "ref" || f.Type == "map") {
		return g.ref(v, f.Ref, o, depth)
	}
	switch kind(f) {
	case "time":
		return moment(v, o)
	case "int64":
		return wide(v, o)
	case "int":
		if n, ok := signed(v); ok {
			return n
		}
		return nil
	case "float":
		if n, ok := signed(v); ok {
			return n
		}
		return plain(v, o)
	case "string":
		return only[string](v)
	case "bool":
		return only[bool](v)
	case "bytes":
		return only[[]byte](v, o)
	case "array":
		list, ok := v.([]any)
		if !ok {
			return nil
		}
		out := make([]any, len(list))
		for i, item := range list {
			switch {
			case f.Items == nil:
				out[i] = plain(item, o)
			case f.Items.Ref != "":
				out[i] = g.ref(item, f.Items.Ref, o, depth)
			default:
				out[i] = g.field(item, Field{Type: f.Items.Type}, o, depth)
			}
		}
		return out
	}
	return plain(v, o)
}

// kind groups the names of types by how they are rendered; all else is rendered as it is.
func kind(f Field) string {
	if f.Semantic == "unix_ms" {
		return "time"
	}
	switch f.Type {
	case "unix_ms", "time_ms", "timestamp_ms":
		return "time"
	case "u64", "uint64", "i64", "int64":
		return "int64"
	case "u8", "uint8", "u16", "uint16", "u32", "uint32", "i8", "int8", "i16", "int16", "i32", "int32":
		return "int"
	case "f32", "f64", "float32", "float64":
		return "float"
	case "bytes", "typed_blob":
		return "bytes"
	}
	return f.Type
}

// ref renders a map with the newest version of another type, or as it is when there is none.
func (g *Registry) ref(v any, id string, o Render, depth int) any {
	m, ok := v.(mapping)
	spec := g.version(id, 0)
	if !ok || spec == nil || depth > deepest {
		return plain(v, o)
	}
	return g.fields(spec, m.tags(), o, depth+1)
}

// only renders a value of the type that the field has, and null for any other.
func only[T any](v any, o ...Render) any {
	if _, ok := v.(T); !ok {
		return nil
	}
	return plain(v, append(o, Render{})[0])
}

func wide(v any, o Render) any {
	switch n := v.(type) {
	case uint64:
		if !o.Numbers {
			return strconv.FormatUint(n, 10)
		}
		return n
	case int64:
		if !o.Numbers {
			return strconv.FormatInt(n, 10)
		}
		return n
	}
	return nil
}

func moment(v any, o Render) any {
	ms, ok := signed(v)
	if !ok {
		return nil
	}
	t := time.UnixMilli(ms).UTC()
	if o.UnixMS || t.Year() < 0 || t.Year() > 9999 { // RFC 3339 has no other years
		return ms
	}
	return t.Format("2006-01-02T15:04:05.000Z07:00")
}

// plain renders a value by what it is.
func plain(v any, o Render) any {
	switch v := v.(type) {
	case uint64, int64:
		return wide(v, o)
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil
		}
		return v
	case []byte:
		switch {
		case o.HexBytes:
			return hex.EncodeToString(v)
		case o.LenBytes:
			return len(v)
		}
		return base64.StdEncoding.EncodeToString(v)
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = plain(item, o)
		}
		return out
	case mapping:
		out := map[string]any{}
		for _, p := range v {
			switch k := p.key.(type) {
			case string:
				out[k] = plain(p.value, o)
			case uint64, int64:
				out[wide(k, Render{}).(string)] = plain(p.value, o)
			}
		}
		return out
	case extension:
		return nil
	}
	return v
}
