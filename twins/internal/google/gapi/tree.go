package gapi

import (
	"encoding/json"
	"reflect"
	"strings"
	"sync"
)

// Tree is a value of a generated type as encoding/json would write it and read it again: its numbers are float64.
func Tree(v any) any { return treeOf(reflect.ValueOf(v)) }

func treeOf(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return nil
		}
		return treeOf(v.Elem())
	case reflect.Struct:
		out := Obj{}
		for i, name := range namesOf(v.Type()) {
			if f := v.Field(i); !empty(f) {
				out[name] = treeOf(f)
			}
		}
		return out
	case reflect.Slice:
		if v.Type() == rawType {
			var out any
			if err := json.Unmarshal(v.Bytes(), &out); err != nil {
				panic(err)
			}
			return out
		}
		out := make([]any, v.Len())
		for i := range out {
			out[i] = treeOf(v.Index(i))
		}
		return out
	case reflect.Map:
		out := make(Obj, v.Len())
		for it := v.MapRange(); it.Next(); {
			out[it.Key().String()] = treeOf(it.Value())
		}
		return out
	case reflect.String:
		return v.String()
	case reflect.Bool:
		return v.Bool()
	case reflect.Int, reflect.Int32, reflect.Int64:
		return float64(v.Int())
	case reflect.Float32, reflect.Float64:
		return v.Float()
	}
	panic("gapi: no tree of " + v.Type().String())
}

// empty reports whether a field is left out.
func empty(f reflect.Value) bool {
	switch f.Kind() {
	case reflect.Slice, reflect.Map:
		return f.Len() == 0
	case reflect.Struct:
		return false
	}
	return f.IsZero()
}

var fieldNames sync.Map // reflect.Type to []string

// namesOf are the names of a generated type's fields, all of which are left out when they are empty.
func namesOf(t reflect.Type) []string {
	if names, ok := fieldNames.Load(t); ok {
		return names.([]string)
	}
	names := make([]string, t.NumField())
	for i := range names {
		names[i], _, _ = strings.Cut(t.Field(i).Tag.Get("json"), ",")
	}
	fieldNames.Store(t, names)
	return names
}
