package spec_test

import (
	"bytes"
	"compress/gzip"
	"testing"

	"twinset.dev/kit/spec"
)

func TestOpenIsLazy(t *testing.T) {
	d := spec.Open([]byte("not compressed"))
	defer func() {
		if recover() == nil {
			t.Error("a damaged document was unpacked without complaint")
		}
	}()
	d.JSON()
}

func TestJSON(t *testing.T) {
	var gz bytes.Buffer
	z := gzip.NewWriter(&gz)
	z.Write([]byte(`{"openapi":"3.0.3"}`))
	z.Close()
	d := spec.Open(gz.Bytes())
	for range 2 {
		if got, want := string(d.JSON()), `{"openapi":"3.0.3"}`; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
