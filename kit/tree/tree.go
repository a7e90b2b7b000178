// Package tree writes JSON trees, the maps and lists that handlers build, with the bytes that encoding/json writes and
// in a fraction of its time.
package tree

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"sync"
	"unicode/utf8"
)

// Marshal returns v as JSON, as Append has it, in a slice of exactly its length.
func Marshal(v any) ([]byte, error) {
	room := rooms.Get().(*[]byte)
	defer rooms.Put(room)
	b, err := Append((*room)[:0], v)
	if err != nil {
		return nil, err
	}
	*room = b
	return slices.Clone(b), nil
}

// rooms are buffers that Marshal writes in.
var rooms = sync.Pool{New: func() any { return new([]byte) }}

// Append appends v as JSON to b: objects with their keys in order, HTML not escaped, no newline at the end. What is no map, list,
// string, number, boolean, null or json.RawMessage goes through encoding/json; the error is that of encoding/json.
func Append(b []byte, v any) (_ []byte, err error) {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...), nil
	case string:
		return AppendString(b, v), nil
	case bool:
		return strconv.AppendBool(b, v), nil
	case int:
		return strconv.AppendInt(b, int64(v), 10), nil
	case int64:
		return strconv.AppendInt(b, v, 10), nil
	case float64:
		return AppendNumber(b, v)
	case json.RawMessage:
		return append(b, v...), nil
	case map[string]any:
		if v == nil {
			return append(b, "null"...), nil
		}
		var room [48]string
		keys := room[:0]
		for k := range v {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		b = append(b, '{')
		for i, k := range keys {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(AppendString(b, k), ':')
			if b, err = Append(b, v[k]); err != nil {
				return nil, err
			}
		}
		return append(b, '}'), nil
	case []any:
		return list(b, v)
	case []map[string]any:
		return list(b, v)
	case []string:
		return list(b, v)
	}
	return other(b, v)
}

func list[T any](b []byte, v []T) (_ []byte, err error) {
	if v == nil {
		return append(b, "null"...), nil
	}
	b = append(b, '[')
	for i, x := range v {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = Append(b, x); err != nil {
			return nil, err
		}
	}
	return append(b, ']'), nil
}

// other appends what is no tree.
func other(b []byte, v any) ([]byte, error) {
	w := &buffer{b}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return w.b[:len(w.b)-1], nil // without the newline
}

type buffer struct{ b []byte }

func (w *buffer) Write(p []byte) (int, error) {
	w.b = append(w.b, p...)
	return len(p), nil
}

// AppendNumber appends a number as encoding/json does, which has none for infinities and for what is not a number.
func AppendNumber(b []byte, f float64) ([]byte, error) {
	abs := math.Abs(f)
	switch {
	case math.IsNaN(f) || abs > math.MaxFloat64:
		return other(b, f)
	case f == math.Trunc(f) && abs < 1<<53 && (f != 0 || !math.Signbit(f)):
		return strconv.AppendInt(b, int64(f), 10), nil
	case abs < 1e21 && (abs >= 1e-6 || f == 0):
		return strconv.AppendFloat(b, f, 'f', -1, 64), nil
	}
	b = strconv.AppendFloat(b, f, 'e', -1, 64)
	if n := len(b) - 2; b[n] == '0' && b[n-1] == '-' { // e-07 is written e-7
		b = append(b[:n], b[n+1])
	}
	return b, nil
}

const hex = "0123456789abcdef"

// plain are the bytes that stand for themselves in a string.
var plain = func() (is [256]bool) {
	for c := ' '; c < utf8.RuneSelf; c++ {
		is[c] = c != '"' && c != '\\'
	}
	return is
}()

// AppendString appends a string with quotes around it and escapes in it.
func AppendString(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if plain[c] {
			i++
			continue
		}
		if c < utf8.RuneSelf {
			b = append(b, s[start:i]...)
			switch c {
			case '"', '\\':
				b = append(b, '\\', c)
			case '\b':
				b = append(b, '\\', 'b')
			case '\f':
				b = append(b, '\\', 'f')
			case '\n':
				b = append(b, '\\', 'n')
			case '\r':
				b = append(b, '\\', 'r')
			case '\t':
				b = append(b, '\\', 't')
			default:
				b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
			}
			i++
			start = i
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			b = append(append(b, s[start:i]...), `\ufffd`...)
		case r == '\u2028' || r == '\u2029':
			b = append(append(b, s[start:i]...), '\\', 'u', '2', '0', '2', hex[r&15])
		default:
			i += size
			continue
		}
		i += size
		start = i
	}
	return append(append(b, s[start:]...), '"')
}
