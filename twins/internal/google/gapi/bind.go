package gapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"
)

// Bind reads a JSON body into a generated type as Google does: names in either case style, numbers also as strings, and
// what the type does not have refused where it stands.
//
// https://protobuf.dev/programming-guides/json/
func (c *Call) Bind(into any) error {
	if len(bytes.TrimSpace(c.Body)) == 0 {
		return nil
	}
	return c.bind(into, "")
}

// BindField is Bind for a method whose body is one field of its request, so that what is refused is said to be in there.
func (c *Call) BindField(name string, into any) error {
	if len(bytes.TrimSpace(c.Body)) == 0 {
		return nil
	}
	return c.bind(into, name)
}

func (c *Call) bind(into any, path string) error {
	var w *words
	if c.API.words != nil {
		w = c.API.words()
	}
	return bind(c.Body, into, c.API.older, path, w)
}

// Bind is Call.Bind for a body that has come another way. The older dialect passes over what it does not know.
func Bind(body []byte, into any, older bool) error { return bind(body, into, older, "", nil) }

func bind(body []byte, into any, older bool, path string, w *words) error {
	d := json.NewDecoder(bytes.NewReader(body))
	if !older {
		d.DisallowUnknownFields()
	}
	target, b := reflect.ValueOf(into).Elem(), binder{older: older, words: w}
	if d.Decode(into) == nil && !d.More() {
		for _, m := range w.misfits(target) {
			b.mismatch(m.value, dotted(path, m.path), m.of.kind)
		}
		return b.refusal()
	}
	// Something is not as the type has it: look closer, and either take it nevertheless or say where it is.
	d = json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var v any
	err := d.Decode(&v)
	if err == nil && d.More() {
		err = fmt.Errorf("more than one value")
	}
	if err != nil {
		if older {
			return errParse
		}
		return Invalid("Invalid JSON payload received. %s", syntax(body, err))
	}
	target.SetZero()
	b.value(target, v, path, nil)
	return b.refusal()
}

// refusal is what is to be said of all that was noted, or nil.
func (b *binder) refusal() error {
	if len(b.violations) == 0 {
		return nil
	}
	if b.older {
		return Because(400, "badRequest", "Invalid value for: %s", b.violations[0].description)
	}
	messages, details := make([]string, len(b.violations)), make([]any, len(b.violations))
	for i, x := range b.violations {
		messages[i] = x.description
		one := Obj{"description": x.description}
		if x.field != "" {
			one["field"] = x.field
		}
		details[i] = one
	}
	r := Invalid("%s", strings.Join(messages, "\n"))
	r.Details = []any{Obj{"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": details}}
	return r
}

// syntax is what Google says of text that is no JSON: what it met, and the text around it with a mark under the place.
func syntax(body []byte, err error) string {
	at := len(body)
	if s := (*json.SyntaxError)(nil); asSyntax(err, &s) {
		at = min(max(int(s.Offset)-1, 0), len(body))
	}
	what := "Unexpected token."
	if at >= len(body) {
		what = "Unexpected end of string."
	}
	from, to := max(at-20, 0), min(at+20, len(body))
	clean := func(b []byte) string { return strings.ReplaceAll(strings.ToValidUTF8(string(b), "?"), "\n", " ") }
	return what + "\n" + clean(body[from:to]) + "\n" + strings.Repeat(" ", len([]rune(clean(body[from:at])))) + "^"
}

func asSyntax(err error, s **json.SyntaxError) bool {
	e, ok := err.(*json.SyntaxError)
	*s = e
	return ok
}

type violation struct{ field, description string }

type binder struct {
	older      bool
	words      *words
	violations []violation
}

func (b *binder) refuse(field, format string, args ...any) {
	if len(b.violations) < 20 {
		b.violations = append(b.violations, violation{field, fmt.Sprintf(format, args...)})
	}
}

// value puts v where the type wants it. path is where v stands, as Google spells it; of is the enumeration that it is one of.
func (b *binder) value(t reflect.Value, v any, path string, of *enumeration) {
	if v == nil {
		return // null is what is not there
	}
	if t.Type() == rawType {
		j, _ := json.Marshal(v)
		t.SetBytes(j)
		return
	}
	switch t.Kind() {
	case reflect.Pointer:
		p := reflect.New(t.Type().Elem())
		n := len(b.violations)
		b.value(p.Elem(), v, path, of)
		if len(b.violations) == n {
			t.Set(p)
		}
	case reflect.Interface:
		t.Set(reflect.ValueOf(plain(v)))
	case reflect.Struct:
		m, ok := v.(map[string]any)
		if !ok {
			b.mismatch(v, path, "type.googleapis.com/"+t.Type().Name())
			return
		}
		fs := fieldsOf(t.Type())
		keys := make([]string, 0, len(m))
		for k := range m {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		for _, k := range keys {
			f, ok := fs[k]
			if !ok {
				if !b.older {
					b.refuse(path, `Invalid JSON payload received. Unknown name "%s"%s: Cannot find field.`, k, at(path))
				}
				continue
			}
			b.value(t.Field(f.index), m[k], dotted(path, f.snake), b.words.field(t.Type().Name(), f.name))
		}
	case reflect.Slice:
		l, ok := v.([]any)
		if !ok {
			l = []any{v} // one value stands for a list of one
			if _, is := v.(map[string]any); !is && t.Type().Elem().Kind() == reflect.Slice {
				b.mismatch(v, path, "type.googleapis.com/google.protobuf.ListValue")
				return
			}
		}
		out := reflect.MakeSlice(t.Type(), len(l), len(l))
		for i, x := range l {
			if _, is := x.([]any); !is && out.Index(i).Kind() == reflect.Slice && out.Index(i).Type() != rawType {
				b.mismatch(x, fmt.Sprintf("%s[%d]", path, i), "type.googleapis.com/google.protobuf.ListValue")
				continue
			}
			b.value(out.Index(i), x, fmt.Sprintf("%s[%d]", path, i), of)
		}
		t.Set(out)
	case reflect.Map:
		m, ok := v.(map[string]any)
		if !ok {
			b.mismatch(v, path, "Map")
			return
		}
		out := reflect.MakeMapWithSize(t.Type(), len(m))
		for k, x := range m {
			e := reflect.New(t.Type().Elem()).Elem()
			b.value(e, x, path+"["+k+"]", of)
			out.SetMapIndex(reflect.ValueOf(k), e)
		}
		t.Set(out)
	case reflect.String:
		s, isText := v.(string)
		n, isNumber := whole(v)
		switch {
		case isText && (of == nil || slices.Contains(of.values, s)):
			t.SetString(s)
		case of == nil:
			b.mismatch(v, path, "TYPE_STRING")
		case isNumber && n >= 0 && int(n) < len(of.values): // a value of an enumeration may be its number
			t.SetString(of.values[n])
		default:
			b.mismatch(v, path, of.kind)
		}
	case reflect.Bool:
		switch v {
		case true, "true":
			t.SetBool(true)
		case false, "false":
		default:
			b.mismatch(v, path, "TYPE_BOOL")
		}
	case reflect.Int32, reflect.Int64, reflect.Int:
		bits := t.Type().Bits()
		n, ok := whole(v)
		if !ok || bits == 32 && (n > math.MaxInt32 || n < math.MinInt32) {
			b.mismatch(v, path, fmt.Sprintf("TYPE_INT%d", bits))
			return
		}
		t.SetInt(n)
	case reflect.Float64, reflect.Float32:
		f, err := strconv.ParseFloat(fmt.Sprint(v), 64)
		if err != nil {
			b.mismatch(v, path, "TYPE_DOUBLE")
			return
		}
		t.SetFloat(f)
	default:
		panic("gapi: cannot bind " + t.Type().String())
	}
}

func (b *binder) mismatch(v any, path, kind string) {
	j, _ := json.Marshal(v)
	if _, compound := v.(map[string]any); compound {
		b.refuse(path, `Invalid JSON payload received. Unknown name ""%s: Starting an object on a scalar field`, at(path))
		return
	}
	b.refuse(path, "Invalid value%s (%s), %s", at(path), kind, j)
}

func at(path string) string {
	if path == "" {
		return ""
	}
	return " at '" + path + "'"
}

func dotted(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// plain turns the numbers of a tree into float64.
func plain(v any) any {
	switch v := v.(type) {
	case json.Number:
		f, _ := v.Float64()
		return f
	case map[string]any:
		for k, x := range v {
			v[k] = plain(x)
		}
	case []any:
		for i, x := range v {
			v[i] = plain(x)
		}
	}
	return v
}

// whole reads a number that has no fraction, also one in a string.
func whole(v any) (int64, bool) {
	s := ""
	switch v := v.(type) {
	case json.Number:
		s = string(v)
	case string:
		s = v
	default:
		return 0, false
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return n, true
	}
	f, err := strconv.ParseFloat(s, 64)
	return int64(f), err == nil && f == math.Trunc(f) && math.Abs(f) < 1<<62
}

type bound struct {
	index       int
	name, snake string
}

var (
	rawType = reflect.TypeFor[json.RawMessage]()
	known   sync.Map // reflect.Type to map[string]bound
)

// fieldsOf returns the fields of a generated type under both spellings of their names.
func fieldsOf(t reflect.Type) map[string]bound {
	if m, ok := known.Load(t); ok {
		return m.(map[string]bound)
	}
	m := map[string]bound{}
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		f := bound{i, name, snake(name)}
		m[name], m[f.snake] = f, f
	}
	known.Store(t, m)
	return m
}

// snake spells a name as the protocol buffer has it.
func snake(name string) string {
	var b strings.Builder
	for i, r := range name {
		if unicode.IsUpper(r) && i > 0 {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
