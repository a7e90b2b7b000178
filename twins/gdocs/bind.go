package gdocs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"

	"twinset.dev/twins/gdocs/internal/api"
	"twinset.dev/twins/internal/google/gapi"
)

// checked refuses what the generated types let through: a request that is two, and a word that its enumeration does not have.
func checked(body []byte, in *api.BatchUpdateDocumentRequest) error {
	for i := range in.Requests {
		v := reflect.ValueOf(&in.Requests[i]).Elem()
		set := 0
		for k := range v.NumField() {
			if !v.Field(k).IsNil() {
				set++
			}
		}
		if set > 1 {
			return gapi.Invalid("Invalid value at 'requests[%d]' (oneof), oneof field 'request' is already set. Cannot set '%s'", i, second(body, i))
		}
		if err := words(v, fmt.Sprintf("requests[%d]", i)); err != nil {
			return err
		}
	}
	if in.WriteControl != nil {
		return words(reflect.ValueOf(in.WriteControl).Elem(), "write_control")
	}
	return nil
}

// second is the second name of a request as it was sent.
func second(body []byte, request int) string {
	var in struct{ Requests []json.RawMessage }
	if json.Unmarshal(body, &in) != nil || request >= len(in.Requests) {
		return ""
	}
	d := json.NewDecoder(bytes.NewReader(in.Requests[request]))
	_, _ = d.Token()
	for n := 0; d.More(); {
		name, _ := d.Token()
		var value json.RawMessage
		if d.Decode(&value) != nil {
			break
		}
		if n++; string(value) == "null" {
			n--
		}
		if n == 2 {
			return fmt.Sprint(name)
		}
	}
	return ""
}

// words refuses the first word below a value that is not one of its field's.
func words(v reflect.Value, path string) error {
	t := v.Type()
	enums := enumerations()[t.Name()]
	for i := range v.NumField() {
		f := v.Field(i)
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		at := path + "." + snake(name)
		if f.Kind() == reflect.Slice {
			for k := range f.Len() {
				if f.Index(k).Kind() == reflect.Struct {
					if err := words(f.Index(k), fmt.Sprintf("%s[%d]", at, k)); err != nil {
						return err
					}
				}
			}
			continue
		}
		if f.Kind() != reflect.Pointer || f.IsNil() {
			continue
		}
		switch f = f.Elem(); {
		case f.Kind() == reflect.Struct:
			if err := words(f, at); err != nil {
				return err
			}
		case f.Kind() == reflect.String && enums[name] != nil && !slices.Contains(enums[name], f.String()):
			return gapi.Invalid("Invalid value at '%s' (type.googleapis.com/google.apps.docs.v1.%s), \"%s\"", at, enumName(t.Name(), name), f.String())
		}
	}
	return nil
}

func snake(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r >= 'A' && r <= 'Z' {
			b.WriteByte('_')
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return b.String()
}

// enumName is what Google calls an enumeration: some stand alone, the others belong to the message that has them.
func enumName(message, field string) string {
	switch field {
	case "namedStyleType":
		return "NamedStyleType"
	case "direction", "contentDirection":
		return "ContentDirection"
	case "commentAction", "suggestionAction":
		return message + "." + strings.ToUpper(field[:1]) + field[1:] + "Type"
	case "dashStyle":
		return "DashStyle"
	case "sectionType":
		return "SectionType"
	}
	return message + "." + strings.ToUpper(field[:1]) + field[1:]
}

// enumerations are the words of every field that has some, by message and field. The specification says them.
var enumerations = sync.OnceValue(func() map[string]map[string][]string {
	var doc struct {
		Components struct {
			Schemas map[string]struct {
				Properties map[string]struct{ Enum []string }
			}
		}
	}
	if err := json.Unmarshal(api.Spec.JSON(), &doc); err != nil {
		panic(fmt.Sprintf("gdocs: the embedded specification: %v", err))
	}
	out := map[string]map[string][]string{}
	for message, s := range doc.Components.Schemas {
		for field, p := range s.Properties {
			if p.Enum != nil {
				if out[message] == nil {
					out[message] = map[string][]string{}
				}
				out[message][field] = p.Enum
			}
		}
	}
	return out
})
