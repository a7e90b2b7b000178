package check

import (
	"encoding/json"
	"reflect"
	"strings"
	"sync"
)

// A copier sets a value from a record or a part of one, as decoding the JSON of the one into the other would.
type copier func(to, from reflect.Value) error

// copiers are those that have been made, by both types.
var copiers sync.Map

// copyTo sets what to points at from what from points at.
func copyTo(to, from any) error {
	t, f := reflect.ValueOf(to).Elem(), reflect.ValueOf(from).Elem()
	return copierOf(t.Type(), f.Type())(t, f)
}

func copierOf(to, from reflect.Type) copier {
	key := [2]reflect.Type{to, from}
	if c, ok := copiers.Load(key); ok {
		return c.(copier)
	}
	c := newCopier(to, from)
	copiers.Store(key, c)
	return c
}

func newCopier(to, from reflect.Type) copier {
	switch {
	case marshals(from):
		return byJSON
	case to.Kind() == from.Kind() && basic(to.Kind()):
		return func(to, from reflect.Value) error { to.Set(from.Convert(to.Type())); return nil }
	case to == from && to == reflect.TypeFor[[]string]():
		return func(to, from reflect.Value) error { to.Set(from); return nil }
	case to.Kind() == reflect.Struct && from.Kind() == reflect.Struct && plainFields(from):
		return structCopier(to, from)
	case to.Kind() == reflect.Slice && from.Kind() == reflect.Slice && from.Elem().Kind() == reflect.Struct:
		each := newCopier(to.Elem(), from.Elem())
		return func(to, from reflect.Value) error {
			if from.IsNil() {
				return nil
			}
			list := reflect.MakeSlice(to.Type(), from.Len(), from.Len())
			for i := range from.Len() {
				if err := each(list.Index(i), from.Index(i)); err != nil {
					return err
				}
			}
			to.Set(list)
			return nil
		}
	}
	return byJSON
}

func structCopier(to, from reflect.Type) copier {
	type pair struct {
		to, from int
		copy     copier
	}
	var pairs []pair
	for i := range to.NumField() {
		for j := range from.NumField() {
			name, hidden := jsonName(from.Field(j))
			if wanted, _ := jsonName(to.Field(i)); !hidden && strings.EqualFold(wanted, name) {
				pairs = append(pairs, pair{i, j, newCopier(to.Field(i).Type, from.Field(j).Type)})
			}
		}
	}
	return func(to, from reflect.Value) error {
		for _, p := range pairs {
			if err := p.copy(to.Field(p.to), from.Field(p.from)); err != nil {
				return err
			}
		}
		return nil
	}
}

func jsonName(f reflect.StructField) (name string, hidden bool) {
	name, _, _ = strings.Cut(f.Tag.Get("json"), ",")
	switch name {
	case "":
		return f.Name, false
	case "-":
		return "", true
	}
	return name, false
}

func byJSON(to, from reflect.Value) error {
	if from.IsZero() && from.Kind() != reflect.Struct {
		return nil
	}
	b, err := json.Marshal(from.Interface())
	if err != nil {
		return err
	}
	return json.Unmarshal(b, to.Addr().Interface())
}

func basic(k reflect.Kind) bool {
	return k == reflect.String || k == reflect.Bool || k >= reflect.Int && k <= reflect.Float64
}

// marshals reports whether the JSON of a type is what the type itself says.
func marshals(t reflect.Type) bool {
	return t.Implements(marshaler) || reflect.PointerTo(t).Implements(marshaler) || t.Implements(textMarshaler) || reflect.PointerTo(t).Implements(textMarshaler)
}
