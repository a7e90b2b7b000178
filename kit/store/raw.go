package store

import (
	"bytes"
	"encoding/json"
	"reflect"
)

// A nil json.RawMessage is written as null and would be read as a message that says null. A record has to come back
// as it was put, so such messages are made nil again.

var rawMessage = reflect.TypeFor[json.RawMessage]()

// holdsRaw reports whether a value of type t can have a json.RawMessage in it.
func holdsRaw(t reflect.Type) bool { return reachesRaw(t, map[reflect.Type]bool{}) }

// reachesRaw leaves out the types that have been looked at.
func reachesRaw(t reflect.Type, seen map[reflect.Type]bool) bool {
	if t == rawMessage {
		return true
	}
	if seen[t] {
		return false
	}
	seen[t] = true
	switch t.Kind() {
	case reflect.Struct:
		for i := range t.NumField() {
			if f := t.Field(i); f.IsExported() && reachesRaw(f.Type, seen) {
				return true
			}
		}
	case reflect.Slice, reflect.Array, reflect.Pointer, reflect.Map:
		return reachesRaw(t.Elem(), seen)
	}
	return false
}

// unnull makes every json.RawMessage that says null nil.
func unnull(v reflect.Value) {
	if v.Type() == rawMessage {
		if string(v.Bytes()) == "null" && v.CanSet() {
			v.SetZero()
		}
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Field(i); v.Type().Field(i).IsExported() && holdsRaw(f.Type()) {
				unnull(f)
			}
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			unnull(v.Index(i))
		}
	case reflect.Pointer:
		if !v.IsNil() {
			unnull(v.Elem())
		}
	case reflect.Map:
		for _, k := range v.MapKeys() {
			e := reflect.New(v.Type().Elem()).Elem()
			e.Set(v.MapIndex(k))
			unnull(e)
			v.SetMapIndex(k, e)
		}
	}
}

// alike reports whether two values are deeply equal but for white space in JSON.
func alike(a, b reflect.Value) bool {
	if !holdsRaw(a.Type()) {
		return reflect.DeepEqual(a.Interface(), b.Interface())
	}
	switch a.Kind() {
	case reflect.Struct:
		for i := range a.NumField() {
			if a.Type().Field(i).IsExported() && !alike(a.Field(i), b.Field(i)) {
				return false
			}
		}
		return true
	case reflect.Pointer:
		return a.IsNil() == b.IsNil() && (a.IsNil() || alike(a.Elem(), b.Elem()))
	case reflect.Map:
		for _, k := range a.MapKeys() {
			if e := b.MapIndex(k); !e.IsValid() || !alike(a.MapIndex(k), e) {
				return false
			}
		}
		return a.Len() == b.Len() && a.IsNil() == b.IsNil()
	}
	if a.Type() == rawMessage {
		var x, y bytes.Buffer
		return a.IsNil() == b.IsNil() && json.Compact(&x, a.Bytes()) == nil && json.Compact(&y, b.Bytes()) == nil && bytes.Equal(x.Bytes(), y.Bytes()) || a.Len()+b.Len() == 0
	}
	for i := range a.Len() {
		if i >= b.Len() || !alike(a.Index(i), b.Index(i)) {
			return false
		}
	}
	return a.Len() == b.Len()
}
