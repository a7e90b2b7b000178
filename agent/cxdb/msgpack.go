package cxdb

import (
	"bytes"
	"math"
	"strconv"

	"github.com/vmihailenco/msgpack/v5"
	"github.com/vmihailenco/msgpack/v5/msgpcode"
)

// A mapping is a msgpack map as it was written: any key, in order, even twice. Other values are nil, bool, uint64,
// int64 when negative, float64, string, []byte, []any and extension.
type mapping []pair

type pair struct{ key, value any }

type extension struct{}

// deepest is how many maps and arrays may be inside each other.
const deepest = 64

// decode reads one msgpack value that is the whole of b.
func decode(b []byte) (any, error) {
	r := bytes.NewReader(b)
	v, err := decodeValue(msgpack.NewDecoder(r), r, 0)
	if err != nil {
		return nil, refuse(ErrInvalid, "msgpack: %v", err)
	}
	if r.Len() > 0 {
		return nil, refuse(ErrInvalid, "msgpack: %d bytes after the value", r.Len())
	}
	return v, nil
}

func decodeValue(d *msgpack.Decoder, r *bytes.Reader, depth int) (any, error) {
	c, err := d.PeekCode()
	switch {
	case err != nil:
		return nil, err
	case depth > deepest:
		return nil, refuse(ErrInvalid, "more than %d levels", deepest)
	case c == msgpcode.Nil:
		return nil, d.DecodeNil()
	case c == msgpcode.True, c == msgpcode.False:
		return d.DecodeBool()
	case c == msgpcode.Float, c == msgpcode.Double:
		return d.DecodeFloat64()
	case c == msgpcode.Uint64:
		return d.DecodeUint64()
	case msgpcode.IsFixedNum(c), c >= msgpcode.Uint8 && c <= msgpcode.Int64:
		n, err := d.DecodeInt64()
		if n >= 0 {
			return uint64(n), err
		}
		return n, err
	case msgpcode.IsString(c):
		return d.DecodeString()
	case msgpcode.IsBin(c):
		return d.DecodeBytes()
	case msgpcode.IsFixedArray(c), c == msgpcode.Array16, c == msgpcode.Array32:
		n, err := d.DecodeArrayLen()
		list := []any{}
		for i := 0; i < n && err == nil; i++ {
			var v any
			v, err = decodeValue(d, r, depth+1)
			list = append(list, v)
		}
		return list, err
	case msgpcode.IsFixedMap(c), c == msgpcode.Map16, c == msgpcode.Map32:
		n, err := d.DecodeMapLen()
		m := mapping{}
		for i := 0; i < n && err == nil; i++ {
			var p pair
			if p.key, err = decodeValue(d, r, depth+1); err == nil {
				p.value, err = decodeValue(d, r, depth+1)
			}
			m = append(m, p)
		}
		return m, err
	case msgpcode.IsExt(c):
		_, n, err := d.DecodeExtHeader()
		if err == nil && n > r.Len() {
			err = refuse(ErrInvalid, "an extension longer than the payload")
		}
		if err == nil {
			err = d.ReadFull(make([]byte, n))
		}
		return extension{}, err
	}
	return nil, refuse(ErrInvalid, "code 0x%x", c)
}

// encode writes a value in the shortest form, so that equal values have equal hashes.
func encode(v any) []byte {
	var b bytes.Buffer
	e := msgpack.NewEncoder(&b)
	e.UseCompactInts(true)
	if err := encodeValue(e, v); err != nil {
		panic(err) // a buffer takes all
	}
	return b.Bytes()
}

func encodeValue(e *msgpack.Encoder, v any) error {
	switch v := v.(type) {
	case mapping:
		err := e.EncodeMapLen(len(v))
		for i := 0; i < len(v) && err == nil; i++ {
			if err = encodeValue(e, v[i].key); err == nil {
				err = encodeValue(e, v[i].value)
			}
		}
		return err
	case []any:
		err := e.EncodeArrayLen(len(v))
		for i := 0; i < len(v) && err == nil; i++ {
			err = encodeValue(e, v[i])
		}
		return err
	case extension:
		return e.EncodeNil()
	default:
		return e.Encode(v)
	}
}

// tag reads the key of a field: an integer, or digits in a string, which is what some encoders write.
func tag(key any) (uint64, bool) {
	switch k := key.(type) {
	case uint64:
		return k, true
	case string:
		n, err := strconv.ParseUint(k, 10, 64)
		return n, err == nil
	}
	return 0, false
}

// tags returns the fields of a map by tag; keys that are no tags are left out.
func (m mapping) tags() map[uint64]any {
	fields := make(map[uint64]any, len(m))
	for _, p := range m {
		if n, ok := tag(p.key); ok {
			fields[n] = p.value
		}
	}
	return fields
}

// signed returns an integer as an int64, if it is one and fits.
func signed(v any) (int64, bool) {
	switch n := v.(type) {
	case uint64:
		return int64(n), n <= math.MaxInt64
	case int64:
		return n, true
	}
	return 0, false
}
