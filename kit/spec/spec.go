// Package spec is what a twin knows of its vendor's public specification: a table of operations, and the
// specification itself, which stays compressed until somebody asks for it. Package check holds answers against it.
package spec

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"sync"
)

// An Operation is one thing a vendor's API can do.
type Operation struct {
	// ID is the vendor's own name of the operation, unique in a twin: chat.postMessage, activateUser.
	ID string
	// Method and Path are where it is served; the path has its parameters in braces.
	Method, Path string
	// Params are the names it can be given: those of the path as they stand there, then those of query and form.
	Params []string
	// Scopes are those that the specification names. Vendors differ in whether any or all of them are needed.
	Scopes []string
	// Errors are the vendor's codes for what can go wrong, where the specification lists them.
	Errors []string
}

// A Doc is a specification embedded in a binary.
type Doc struct {
	gz   []byte
	json func() []byte
}

// Open returns the specification that gz holds, compressed by specgen. Nothing is unpacked yet.
func Open(gz []byte) *Doc {
	d := &Doc{gz: gz}
	d.json = sync.OnceValue(d.unpack)
	return d
}

// JSON returns the OpenAPI document. The caller must not change it.
func (d *Doc) JSON() []byte { return d.json() }

func (d *Doc) unpack() []byte {
	z, err := gzip.NewReader(bytes.NewReader(d.gz))
	if err != nil {
		panic(fmt.Sprintf("spec: the embedded document is damaged: %v", err))
	}
	b, err := io.ReadAll(z)
	if err != nil {
		panic(fmt.Sprintf("spec: the embedded document is damaged: %v", err))
	}
	return b
}
