package blockkit

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

// An Object is a JSON object whose members keep their order, which is part of how Slack's answers look.
//
// Its values are Objects, []any, strings, json.Numbers, bools and nil.
type Object []Member

// A Member is one name of an Object with its value.
type Member struct {
	Name  string
	Value any
}

// Get returns the value of a member, nil if there is none.
func (o Object) Get(name string) any {
	for _, m := range o {
		if m.Name == name {
			return m.Value
		}
	}
	return nil
}

// Has reports whether there is a member of that name, be it null.
func (o Object) Has(name string) bool {
	for _, m := range o {
		if m.Name == name {
			return true
		}
	}
	return false
}

// Str returns the value of a member that is a string, "" otherwise.
func (o Object) Str(name string) string {
	s, _ := o.Get(name).(string)
	return s
}

// Obj returns the value of a member that is an object, nil otherwise.
func (o Object) Obj(name string) Object {
	v, _ := o.Get(name).(Object)
	return v
}

// List returns the value of a member that is an array, nil otherwise.
func (o Object) List(name string) []any {
	v, _ := o.Get(name).([]any)
	return v
}

// MarshalJSON writes the members in their order, and no object as null.
func (o Object) MarshalJSON() ([]byte, error) {
	if o == nil {
		return []byte("null"), nil
	}
	b := []byte{'{'}
	for i, m := range o {
		name, err := encode(m.Name)
		if err != nil {
			return nil, err
		}
		value, err := encode(m.Value)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(append(b, name...), ':'), value...)
	}
	return append(b, '}'), nil
}

// encode is json.Marshal that leaves < > & to whoever marshals the whole.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// UnmarshalJSON reads the members in their order; of two with one name the last wins.
func (o *Object) UnmarshalJSON(raw []byte) error {
	v, err := decode(raw)
	if err != nil {
		return err
	}
	got, ok := v.(Object)
	if !ok && v != nil {
		return errors.New("not a JSON object")
	}
	*o = got
	return nil
}

// decode reads one JSON value.
func decode(raw []byte) (any, error) {
	if !json.Valid(raw) { // also bounds how deep it nests
		return nil, errors.New("not JSON")
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	return decodeValue(d)
}

func decodeValue(d *json.Decoder) (any, error) {
	t, err := d.Token()
	if err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	switch t {
	case json.Delim('['):
		list := []any{}
		for d.More() {
			v, err := decodeValue(d)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err = d.Token()
		return list, err
	case json.Delim('{'):
		o := Object{}
		at := map[string]int{}
		for d.More() {
			name, err := d.Token()
			if err != nil {
				return nil, err
			}
			v, err := decodeValue(d)
			if err != nil {
				return nil, err
			}
			key := name.(string)
			if i, ok := at[key]; ok {
				o[i].Value = v
				continue
			}
			at[key] = len(o)
			o = append(o, Member{key, v})
		}
		_, err = d.Token()
		return o, err
	}
	return t, nil
}
