// Package check holds what a twin answers against the vendor's specification. It is for tests and for
// strict mode: it links a validator, and takes some milliseconds for the first call of an operation.
package check

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"regexp"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"

	"twinset.dev/kit/spec"
)

// A Checker knows the operations of one or more specifications. It compiles an operation when it is first named.
// It may be used by several goroutines.
type Checker struct {
	docs  []*spec.Doc
	index func() (map[string]place, error)

	mu     sync.Mutex
	routes map[string]*routers.Route
}

// New returns a Checker for the specifications, which together name each operation once.
func New(docs ...*spec.Doc) *Checker {
	c := &Checker{docs: docs, routes: map[string]*routers.Route{}}
	c.index = sync.OnceValues(c.read)
	return c
}

// document is a specification whose parts are not parsed yet.
type document struct {
	OpenAPI    string                                `json:"openapi"`
	Info       json.RawMessage                       `json:"info"`
	Paths      map[string]map[string]json.RawMessage `json:"paths"`
	Components map[string]map[string]json.RawMessage `json:"components"`
}

// place is where an operation is written.
type place struct {
	doc          *document
	path, method string
}

func (c *Checker) read() (map[string]place, error) {
	index := map[string]place{}
	for _, d := range c.docs {
		doc := new(document)
		if err := json.Unmarshal(d.JSON(), doc); err != nil {
			return nil, fmt.Errorf("check: %w", err)
		}
		for path, item := range doc.Paths {
			for method, op := range item {
				if method == "parameters" {
					continue
				}
				var o struct{ OperationID string }
				if err := json.Unmarshal(op, &o); err != nil {
					return nil, fmt.Errorf("check: %s %s: %w", method, path, err)
				}
				index[o.OperationID] = place{doc, path, method}
			}
		}
	}
	return index, nil
}

var refs = regexp.MustCompile(`"#/components/([A-Za-z]+)/([^"]+)"`)

var errUnspecified = errors.New("the specification has no operation")

// route compiles an operation with the components it reaches and nothing else.
func (c *Checker) route(opID string) (*routers.Route, error) {
	index, err := c.index()
	if err != nil {
		return nil, err
	}
	at, ok := index[opID]
	if !ok {
		return nil, fmt.Errorf("%w %q", errUnspecified, opID)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if r := c.routes[opID]; r != nil {
		return r, nil
	}
	item := map[string]json.RawMessage{at.method: at.doc.Paths[at.path][at.method]}
	if p, ok := at.doc.Paths[at.path]["parameters"]; ok {
		item["parameters"] = p
	}
	components := map[string]map[string]json.RawMessage{"securitySchemes": at.doc.Components["securitySchemes"]}
	var reach func(b []byte)
	reach = func(b []byte) {
		for _, m := range refs.FindAllSubmatch(b, -1) {
			kind, name := string(m[1]), string(m[2])
			if components[kind] == nil {
				components[kind] = map[string]json.RawMessage{}
			}
			if _, ok := components[kind][name]; !ok {
				components[kind][name] = at.doc.Components[kind][name]
				reach(at.doc.Components[kind][name])
			}
		}
	}
	for _, b := range item {
		reach(b)
	}
	small, err := json.Marshal(map[string]any{
		"openapi": at.doc.OpenAPI, "info": at.doc.Info, "components": components,
		"paths": map[string]any{at.path: item},
	})
	if err != nil {
		return nil, err
	}
	doc, err := openapi3.NewLoader().LoadFromData(small)
	if err != nil {
		return nil, err
	}
	method := strings.ToUpper(at.method)
	pathItem := doc.Paths.Value(at.path)
	r := &routers.Route{Spec: doc, Path: at.path, PathItem: pathItem, Method: method, Operation: pathItem.GetOperation(method)}
	c.routes[opID] = r
	return r, nil
}

// Response returns what in an answer to the operation is not as specified. Of a refusal whose status is not in the
// specification nothing can be said, nor of an operation that is not; a success must be in it.
func (c *Checker) Response(opID string, status int, contentType string, body []byte) []error {
	r, err := c.route(opID)
	if errors.Is(err, errUnspecified) {
		return nil
	}
	if err != nil {
		return []error{err}
	}
	answer := r.Operation.Responses.Status(status)
	if answer == nil {
		answer = r.Operation.Responses.Default()
	}
	if answer == nil {
		if status < 300 {
			return []error{fmt.Errorf("%s: status %d is not in the specification", opID, status)}
		}
		return nil
	}
	content := answer.Value.Content
	if len(content) == 0 {
		return nil
	}
	media := content.Get(contentType)
	if media == nil {
		return []error{fmt.Errorf("%s: content type %q is not in the specification", opID, contentType)}
	}
	if media.Schema == nil || !isJSON(contentType) {
		return nil
	}
	value, err := decode(body)
	if err != nil {
		return []error{fmt.Errorf("%s: %w", opID, err)}
	}
	return explain(opID, media.Schema.Value.VisitJSON(value, openapi3.MultiErrors(), openapi3.VisitAsResponse()))
}

func isJSON(contentType string) bool {
	kind, _, _ := mime.ParseMediaType(contentType)
	return kind == "application/json" || strings.HasSuffix(kind, "+json")
}

func decode(body []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, fmt.Errorf("the body is not JSON: %w", err)
	}
	return v, nil
}

// explain returns one error per thing that a schema refuses, each with where it is.
func explain(opID string, err error) []error {
	if err == nil {
		return nil
	}
	if all, ok := errors.AsType[openapi3.MultiError](err); ok {
		var problems []error
		for _, err := range all {
			problems = append(problems, explain(opID, err)...)
		}
		return problems
	}
	if e, ok := errors.AsType[*openapi3.SchemaError](err); ok {
		return []error{fmt.Errorf("%s: /%s: %s", opID, strings.Join(e.JSONPointer(), "/"), e.Reason)}
	}
	return []error{fmt.Errorf("%s: %w", opID, err)}
}
