package gapi

import (
	"cmp"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
)

// An enumeration is the values that a field may have, and what Google calls it.
type enumeration struct {
	kind   string
	values []string
}

// words are the enumerations of an API, as its specification has them: by message and field, and by operation and parameter.
type words struct {
	messages   map[string]map[string]*enumeration
	parameters map[string]map[string]*enumeration
	places     sync.Map // reflect.Type to []place
}

// Words has the API refuse what its enumerations do not have, in bodies and in parameters. pkg is what the names of its messages
// begin with. The specification does not name an enumeration: its first value does, or else the field that has it. nested is for
// an API in which an enumeration that one message alone has belongs to it; called are those that have another name than that.
func (a *API) Words(pkg string, nested bool, called map[string]string) {
	a.words = sync.OnceValue(func() *words { return readWords(a.Base.Spec.JSON(), naming{pkg, nested, called}) })
}

// A naming is how Google names the enumerations of an API: see Words.
type naming struct {
	pkg    string
	nested bool
	called map[string]string
}

// A use is a field or a parameter that has an enumeration.
type use struct{ in, field string }

func readWords(document []byte, n naming) *words {
	type schema struct {
		Enum  []string
		Items *schema
	}
	var doc struct {
		Paths      map[string]map[string]json.RawMessage
		Components struct {
			Schemas map[string]struct{ Properties map[string]schema }
		}
	}
	if err := json.Unmarshal(document, &doc); err != nil {
		panic(fmt.Sprintf("gapi: the embedded specification: %v", err))
	}
	fields, parameters := map[use][]string{}, map[use][]string{}
	for message, s := range doc.Components.Schemas {
		for field, p := range s.Properties {
			if p.Items != nil {
				p = *p.Items
			}
			if p.Enum != nil {
				fields[use{message, field}] = p.Enum
			}
		}
	}
	for _, path := range doc.Paths {
		for _, raw := range path {
			var op struct {
				OperationID string
				Parameters  []struct {
					Name   string
					Schema schema
				}
			}
			if json.Unmarshal(raw, &op) != nil {
				continue // what all operations of a path share
			}
			for _, p := range op.Parameters {
				if p.Schema.Enum != nil {
					parameters[use{op.OperationID, p.Name}] = p.Schema.Enum
				}
			}
		}
	}
	return &words{messages: n.name(fields, parameters, fields), parameters: n.name(fields, parameters, parameters)}
}

// name gives the enumerations of some uses their names, which all uses have a part in.
func (n naming) name(fields, parameters, of map[use][]string) map[string]map[string]*enumeration {
	users := map[string][]use{}
	for _, uses := range []map[use][]string{fields, parameters} {
		for u, values := range uses {
			users[strings.Join(values, " ")] = append(users[strings.Join(values, " ")], u)
		}
	}
	out := map[string]map[string]*enumeration{}
	for u, values := range of {
		all := users[strings.Join(values, " ")]
		name := guess(values[0], all)
		name = cmp.Or(n.called[name], name)
		if alone := len(all) == 1; alone && n.nested {
			name = u.in + "." + name
		}
		if out[u.in] == nil {
			out[u.in] = map[string]*enumeration{}
		}
		out[u.in][u.field] = &enumeration{"type.googleapis.com/" + n.pkg + "." + name, values}
	}
	return out
}

// guess is the name of an enumeration: that of its first value, or of the field that most uses call it by.
func guess(first string, uses []use) string {
	for _, end := range []string{"_UNSPECIFIED", "_UNDEFINED"} {
		if begins, ok := strings.CutSuffix(first, end); ok {
			name := ""
			for part := range strings.SplitSeq(strings.ToLower(begins), "_") {
				name += upper(part)
			}
			return name
		}
	}
	times := map[string]int{}
	for _, u := range uses {
		times[u.field]++
	}
	return upper(slices.MinFunc(uses, func(a, b use) int {
		return cmp.Or(times[b.field]-times[a.field], len(a.field)-len(b.field), strings.Compare(a.field, b.field))
	}).field)
}

func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// A place is a field of a message in which words are, or below which some may be.
type place struct {
	index int
	snake string
	of    *enumeration
}

// A misfit is a word that its enumeration does not have, and where it stands.
type misfit struct {
	path, value string
	of          *enumeration
}

// field is the enumeration that a message's field is one of, or nil.
func (w *words) field(message, name string) *enumeration {
	if w == nil {
		return nil
	}
	return w.messages[message][name]
}

// misfits are all below a message.
func (w *words) misfits(message reflect.Value) (out []misfit) {
	if w == nil || message.Kind() != reflect.Struct {
		return nil
	}
	for _, p := range w.placesOf(message.Type()) {
		f := message.Field(p.index)
		if f.Kind() == reflect.Pointer {
			if f.IsNil() {
				continue
			}
			f = f.Elem()
		}
		below := func(v reflect.Value, at string) {
			if v.Kind() == reflect.String {
				if !slices.Contains(p.of.values, v.String()) {
					out = append(out, misfit{p.snake + at, v.String(), p.of})
				}
				return
			}
			for _, m := range w.misfits(v) {
				m.path = p.snake + at + "." + m.path
				out = append(out, m)
			}
		}
		switch f.Kind() {
		case reflect.Slice:
			for i := range f.Len() {
				below(f.Index(i), fmt.Sprintf("[%d]", i))
			}
		case reflect.Map:
			for _, k := range f.MapKeys() {
				below(f.MapIndex(k), "["+k.String()+"]")
			}
		default:
			below(f, "")
		}
	}
	return out
}

// placesOf are the places of a message in the order of its fields.
func (w *words) placesOf(t reflect.Type) []place {
	if known, ok := w.places.Load(t); ok {
		return known.([]place)
	}
	var out []place
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		of := w.field(t.Name(), name)
		if of != nil || w.reaches(t.Field(i).Type, map[reflect.Type]bool{}) {
			out = append(out, place{i, snake(name), of})
		}
	}
	w.places.Store(t, out)
	return out
}

// reaches reports whether there are words below a type.
func (w *words) reaches(t reflect.Type, seen map[reflect.Type]bool) bool {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || seen[t] {
		return false
	}
	seen[t] = true
	if len(w.messages[t.Name()]) > 0 {
		return true
	}
	for i := range t.NumField() {
		if w.reaches(t.Field(i).Type, seen) {
			return true
		}
	}
	return false
}

// checkWords refuses a parameter whose value its enumeration does not have.
func (c *Call) checkWords() error {
	if c.API.words == nil {
		return nil
	}
	var b binder
	all := c.API.words().parameters[c.Op.ID]
	for _, name := range c.Op.Params {
		if of := all[name]; of != nil {
			if said := c.Query.Get(name); said != "" && !slices.Contains(of.values, said) {
				b.mismatch(said, snake(name), of.kind)
			}
		}
	}
	return b.refusal()
}
