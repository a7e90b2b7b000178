package cxdb

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"
)

// bundle has a field of each type; version 2 adds one.
const bundle = `{"registry_version": 1, "bundle_id": "2026-01-01T00:00:00Z#one", "types": {
  "test.All": {"versions": {
    "1": {"fields": {
      "1": {"name": "role", "type": "u8", "enum": "test.Role"},
      "2": {"name": "text", "type": "string", "optional": true},
      "3": {"name": "big", "type": "u64"},
      "4": {"name": "signed", "type": "i64"},
      "5": {"name": "small", "type": "u32"},
      "6": {"name": "at", "type": "unix_ms"},
      "7": {"name": "since", "type": "u64", "semantic": "unix_ms"},
      "8": {"name": "data", "type": "bytes"},
      "9": {"name": "ok", "type": "bool"},
      "10": {"name": "ratio", "type": "f64"},
      "11": {"name": "words", "type": "array", "items": "string"},
      "12": {"name": "parts", "type": "array", "items": {"type": "ref", "ref": "test.Part"}},
      "13": {"name": "part", "type": "ref", "ref": "test.Part"},
      "14": {"name": "any", "type": "any"}}},
    "2": {"fields": {
      "2": {"name": "text", "type": "string"},
      "15": {"name": "added", "type": "string"}}}}},
  "test.Part": {"versions": {"1": {"fields": {"1": {"name": "name", "type": "string"}, "2": {"name": "inner", "type": "ref", "ref": "test.Part"}}}}}},
  "enums": {"test.Role": {"1": "system", "2": "user"}}}`

func registry(t testing.TB) *Registry {
	t.Helper()
	s := open(t)
	if isNew, err := s.PutBundle(context.Background(), []byte(bundle)); err != nil || !isNew {
		t.Fatal(isNew, err)
	}
	return s.types
}

func project(t testing.TB, g *Registry, payload []byte, version uint32, o Render) string {
	t.Helper()
	p := must(g.Project(payload, "test.All", version, o))(t)
	b := must(json.Marshal(p.Data))(t)
	if p.Unknown != nil {
		b = fmt.Appendf(b, " unknown %s", must(json.Marshal(p.Unknown))(t))
	}
	return string(b)
}

func TestProjection(t *testing.T) {
	g := registry(t)
	part := mapping{{uint64(1), "a"}, {uint64(2), mapping{{"1", "b"}}}}
	full := encode(mapping{
		{uint64(1), uint64(2)}, {"2", "hi"}, {uint64(3), uint64(math.MaxUint64)}, {uint64(4), int64(-1 << 62)},
		{uint64(5), uint64(9)}, {uint64(6), uint64(1767225600123)}, {uint64(7), uint64(0)}, {uint64(8), []byte{0xff, 0}},
		{uint64(9), true}, {uint64(10), 0.5}, {uint64(11), []any{"x", "y"}}, {uint64(12), []any{part}}, {uint64(13), part},
		{uint64(14), mapping{{"k", []any{nil, uint64(1 << 60)}}}}, {uint64(99), "new"}, {"word", "no tag"},
	})
	for _, test := range []struct {
		name, want string
		version    uint32
		o          Render
	}{
		{"default", `{"any":{"k":[null,"1152921504606846976"]},"at":"2026-01-01T00:00:00.123Z","big":"18446744073709551615","data":"/wA=",` +
			`"ok":true,"part":{"inner":{"name":"b"},"name":"a"},"parts":[{"inner":{"name":"b"},"name":"a"}],"ratio":0.5,"role":"user",` +
			`"signed":"-4611686018427387904","since":"1970-01-01T00:00:00.000Z","small":9,"text":"hi","words":["x","y"]}`, 1, Render{}},
		{"numbers", `{"any":{"k":[null,1152921504606846976]},"at":1767225600123,"big":18446744073709551615,"data":"ff00",` +
			`"ok":true,"part":{"inner":{"name":"b"},"name":"a"},"parts":[{"inner":{"name":"b"},"name":"a"}],"ratio":0.5,"role":2,` +
			`"signed":-4611686018427387904,"since":0,"small":9,"text":"hi","words":["x","y"]}`, 1,
			Render{Numbers: true, UnixMS: true, EnumNumbers: true, HexBytes: true}},
		{"v1 by v2", `{"text":"hi"} unknown {"1":"2","10":0.5,"11":["x","y"],"12":[{"1":"a","2":{"1":"b"}}],"13":{"1":"a","2":{"1":"b"}},` +
			`"14":{"k":[null,"1152921504606846976"]},"3":"18446744073709551615","4":"-4611686018427387904","5":"9","6":"1767225600123",` +
			`"7":"0","8":2,"9":true,"99":"new"}`, 2, Render{Unknown: true, LenBytes: true}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := project(t, g, full, test.version, test.o); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
	t.Run("v2 by v1", func(t *testing.T) {
		v2 := encode(mapping{{uint64(2), "hi"}, {uint64(15), "later"}})
		if got, want := project(t, g, v2, 1, Render{Unknown: true}), `{"text":"hi"} unknown {"15":"later"}`; got != want {
			t.Errorf("got %s", got)
		}
		if got, want := project(t, g, v2, 0, Render{EnumPairs: true}), `{"added":"later","text":"hi"}`; got != want {
			t.Errorf("latest: got %s", got)
		}
	})
	t.Run("enum", func(t *testing.T) {
		for n, want := range map[uint64]string{1: `{"role":{"label":"system","value":1}}`, 7: `{"role":7}`} {
			if got := project(t, g, encode(mapping{{uint64(1), n}}), 1, Render{EnumPairs: true}); got != want {
				t.Errorf("got %s", got)
			}
		}
	})
	t.Run("wrong types are null", func(t *testing.T) {
		wrong := encode(mapping{{uint64(2), uint64(1)}, {uint64(3), "x"}, {uint64(5), "x"}, {uint64(6), "x"}, {uint64(8), "x"},
			{uint64(9), "x"}, {uint64(11), "x"}, {uint64(10), math.NaN()}})
		want := `{"at":null,"big":null,"data":null,"ok":null,"ratio":null,"small":null,"text":null,"words":null}`
		if got := project(t, g, wrong, 1, Render{}); got != want {
			t.Errorf("got %s", got)
		}
	})
	t.Run("refused", func(t *testing.T) {
		_, err := g.Project(encode([]any{}), "test.All", 1, Render{})
		wantErr(t, err, ErrInvalid)
		_, err = g.Project([]byte{0xc1}, "test.All", 1, Render{})
		wantErr(t, err, ErrInvalid)
		_, err = g.Project(encode(mapping{}), "test.All", 3, Render{})
		wantErr(t, err, ErrNoType)
		_, err = g.Project(bytes.Repeat([]byte{0x91}, 1000), "test.All", 1, Render{})
		wantErr(t, err, ErrInvalid)
	})
}

func TestEncode(t *testing.T) {
	g := registry(t)
	for data, want := range map[string]string{
		`{"role": "user", "big": "18446744073709551615", "at": "2026-01-01T00:00:00.123Z"}`: `{"at":"2026-01-01T00:00:00.123Z","big":"18446744073709551615","role":"user"}`,
		`{"role": 2, "big": 7, "signed": -7, "at": 5, "99": "x"}`:                           `{"at":"1970-01-01T00:00:00.005Z","big":"7","role":"user","signed":"-7"}`,
		`{"role": {"label": "user", "value": 2}, "data": "/wA=", "text": null}`:             `{"data":"/wA=","role":"user","text":null}`,
		`{"parts": [{"name": "a", "inner": {"name": "b"}}], "words": []}`:                   `{"parts":[{"inner":{"name":"b"},"name":"a"}],"words":[]}`,
		`{"any": {"b": 1.5, "a": [true]}}`:                                                  `{"any":{"a":[true],"b":1.5}}`,
	} {
		payload, err := g.Encode("test.All", 1, []byte(data))
		if err != nil {
			t.Errorf("%s: %v", data, err)
		} else if got := project(t, g, payload, 1, Render{}); got != want {
			t.Errorf("%s: got %s, want %s", data, got, want)
		}
	}
	for _, data := range []string{`[]`, `null`, `{} {}`, `{"nope": 1}`, `{"big": "x"}`, `{"big": 1.5}`, `{"text": 1}`, `{"ratio": "1"}`, `{"ratio": 1e999}`, `{"ok": "yes"}`,
		`{"data": "!"}`, `{"words": "x"}`, `{"words": [1]}`, `{"role": "boss"}`, `{"at": "soon"}`, `{"part": {"nope": 1}}`, `{"text": "a", "2": "b"}`} {
		_, err := g.Encode("test.All", 1, []byte(data))
		wantErr(t, err, ErrInvalid)
	}
	untyped := must(g.Encode("test.Unknown", 1, []byte(`{"b": 1, "a": {"1": "x"}}`)))(t)
	if got := must(Plain(untyped, Render{}))(t); fmt.Sprint(got) != "map[a:map[1:x] b:1]" {
		t.Error(got)
	}
}

// TestJSONRoundTrip encodes what was projected, and gets the same bytes.
func TestJSONRoundTrip(t *testing.T) {
	g := registry(t)
	rapid.Check(t, func(rt *rapid.T) {
		o := map[string]any{}
		maybe := func(name string, v any) {
			if rapid.Bool().Draw(rt, "has "+name) {
				o[name] = v
			}
		}
		maybe("role", rapid.SampledFrom([]any{"system", "user", 5}).Draw(rt, "role"))
		maybe("text", rapid.String().Draw(rt, "text"))
		maybe("big", rapid.Uint64().Draw(rt, "big"))
		maybe("signed", rapid.Int64().Draw(rt, "signed"))
		maybe("small", rapid.Uint32().Draw(rt, "small"))
		maybe("at", rapid.Int64Range(-1e15, 1e15).Draw(rt, "at"))
		maybe("data", rapid.SliceOf(rapid.Byte()).Draw(rt, "data"))
		maybe("ok", rapid.Bool().Draw(rt, "ok"))
		maybe("ratio", rapid.Float64().Draw(rt, "ratio"))
		maybe("words", rapid.SliceOf(rapid.String()).Draw(rt, "words"))
		maybe("part", map[string]any{"name": rapid.String().Draw(rt, "name"), "inner": map[string]any{"name": "x"}})
		first := must(g.Encode("test.All", 1, must(json.Marshal(o))(t)))(t)
		render := Render{Numbers: rapid.Bool().Draw(rt, "n"), UnixMS: rapid.Bool().Draw(rt, "ms"), EnumPairs: rapid.Bool().Draw(rt, "pairs")}
		second, err := g.Encode("test.All", 1, []byte(project(t, g, first, 1, render)))
		if err != nil || !bytes.Equal(first, second) {
			rt.Fatalf("%v: %x became %x: %v", o, first, second, err)
		}
	})
}

func TestRegistryEvolution(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	s := openAt(t, dir)
	put := func(id, types, enums string) error {
		_, err := s.PutBundle(ctx, fmt.Appendf(nil, `{"registry_version": 1, "bundle_id": %q, "types": %s, "enums": %s}`, id, types, enums))
		return err
	}
	one := `{"t": {"versions": {"1": {"fields": {"1": {"name": "a", "type": "string"}}}}}}`
	for _, ok := range []error{
		put("1", one, `{"e": {"1": "x"}}`), put("1", one, `{"e": {"1": "x"}}`),
		put("2", `{"t": {"versions": {"2": {"fields": {"1": {"name": "renamed", "type": "string"}, "2": {"name": "b", "type": "u8", "enum": "e"}}}}}}`, `{}`),
		put("3", `{"t": {"versions": {"1": {"fields": {"1": {"name": "a", "type": "string"}}, "renderer": {"esm_url": "builtin:T"}}}}}`, `{}`),
	} {
		if ok != nil {
			t.Fatal(ok)
		}
	}
	for name, err := range map[string]error{
		"same id, other content": put("1", `{}`, `{}`),
		"tag with another type":  put("4", `{"t": {"versions": {"3": {"fields": {"1": {"name": "a", "type": "u64"}}}}}}`, `{}`),
		"tag with another enum":  put("4", `{"t": {"versions": {"3": {"fields": {"2": {"name": "b", "type": "u8"}}}}}}`, `{}`),
		"version redefined":      put("4", `{"t": {"versions": {"1": {"fields": {"1": {"name": "z", "type": "string"}}}}}}`, `{}`),
		"enum redefined":         put("4", `{}`, `{"e": {"1": "y"}}`),
		"enum missing":           put("4", `{"t": {"versions": {"3": {"fields": {"5": {"name": "c", "type": "u8", "enum": "no"}}}}}}`, `{}`),
		"two fields, one name":   put("4", `{"t": {"versions": {"3": {"fields": {"5": {"name": "c", "type": "u8"}, "6": {"name": "c", "type": "u8"}}}}}}`, `{}`),
		"bad tag":                put("4", `{"t": {"versions": {"3": {"fields": {"x": {"name": "c", "type": "u8"}}}}}}`, `{}`),
		"bad version":            put("4", `{"t": {"versions": {"x": {}}}}`, `{}`),
		"no id":                  put("", `{}`, `{}`),
		"good enum, bad type":    put("4", `{"t": {"versions": {"x": {}}}}`, `{"fresh": {"1": "x"}}`),
	} {
		if wantErr(t, err, ErrInvalid); err == nil {
			t.Error(name)
		}
	}
	if _, ok := s.types.labelled("fresh", "x"); ok {
		t.Error("a refused bundle left its enum behind")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openAt(t, dir)
	if got := s.types.Types(); len(got) != 1 || got[0] != (TypeInfo{"t", 2, "2"}) || s.types.lastBundle() != "3" {
		t.Errorf("after a reopen: %+v %s", got, s.types.lastBundle())
	}
}

func FuzzProject(f *testing.F) {
	g := registry(f)
	f.Add(encode(mapping{{uint64(1), uint64(2)}, {uint64(13), mapping{{uint64(1), "x"}}}, {uint64(14), extension{}}}))
	f.Add([]byte{0xdf, 0xff, 0xff, 0xff, 0xff})
	f.Add([]byte{0x81, 0xc4, 0x01, 0x00, 0xc7, 0xff, 0x05})
	f.Fuzz(func(t *testing.T, payload []byte) {
		p, err := g.Project(payload, "test.All", 1, Render{Unknown: true})
		metadata(payload)
		decodeTree(payload)
		if err != nil {
			return
		}
		data, err := json.Marshal(p.Data)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := json.Marshal(p.Unknown); err != nil {
			t.Fatal(err)
		}
		// What was shown can be written, and then shows the same.
		again, err := g.Encode("test.All", 1, data)
		if err != nil {
			return // of the wrong type, such as an enum's number below zero
		}
		q, err := g.Project(again, "test.All", 1, Render{})
		if err != nil {
			t.Fatal(err)
		}
		if b, err := json.Marshal(q.Data); err != nil || !bytes.Equal(b, data) {
			t.Fatalf("%s became %s: %v", data, b, err)
		}
	})
}
