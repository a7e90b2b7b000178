package tree

import (
	"bytes"
	"encoding/json"
	"math"
	"testing"
)

// theirs is what encoding/json writes.
func theirs(t testing.TB, v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

func same(t *testing.T, v any) {
	t.Helper()
	got, err := Append(nil, v)
	if err != nil {
		t.Fatal(err)
	}
	if want := theirs(t, v); !bytes.Equal(got, want) {
		t.Errorf("%#v: got %s, want %s", v, got, want)
	}
}

func TestAppend(t *testing.T) {
	for _, v := range []any{nil, "", "a\"b\\c\n\t\r\b\f\x00\x1f\x7f<&>\u2028\u2029é\U0001F680\xff", true, false, 0, -7, int64(1) << 60, 1.0, math.Copysign(0, -1), 0.1, 1e21, 1e20, 1e-7, 12345678901234567.0, -3.5,
		map[string]any(nil), []any(nil), []map[string]any(nil), []map[string]any{{"a": 1}, nil}, []string(nil), map[string]any{}, []any{}, map[string]any{"b": []any{1.0, "x", nil}, "a": map[string]any{"z": true}}, []string{"a", "<"}, struct{ A int }{3}, json.RawMessage(`{"x":1}`)} {
		same(t, v)
	}
	if _, err := Append(nil, map[string]any{"f": func() {}}); err == nil {
		t.Error("a function became JSON")
	}
}

func FuzzAppend(f *testing.F) {
	f.Add([]byte(`{"a":[1,2.5,-0,1e400,"\u2028x\ud800",null,true,{"":{}}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var v any
		if json.Unmarshal(b, &v) == nil {
			same(t, v)
		}
		same(t, string(b))
	})
}

func BenchmarkAppend(b *testing.B) {
	v := map[string]any{"id": "10000", "key": "ROCK-1", "fields": map[string]any{"summary": "Launch", "labels": []any{"a", "b"}, "n": 12.0, "user": map[string]any{"name": "Ana", "active": true}}}
	b.Run("tree", func(b *testing.B) {
		var out []byte
		for b.Loop() {
			out, _ = Append(out[:0], v)
		}
	})
	b.Run("encoding/json", func(b *testing.B) {
		for b.Loop() {
			theirs(b, v)
		}
	})
}
