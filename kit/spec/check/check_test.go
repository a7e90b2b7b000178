package check_test

import (
	"bytes"
	"compress/gzip"
	"strings"
	"testing"

	"twinset.dev/kit/spec"
	"twinset.dev/kit/spec/check"
)

const document = `{
"openapi": "3.0.3",
"info": {"title": "api", "version": "1"},
"paths": {
  "/notes/{id}": {
    "parameters": [{"in": "path", "name": "id", "required": true, "schema": {"type": "integer"}}],
    "get": {
      "operationId": "getNote",
      "parameters": [{"in": "query", "name": "limit", "schema": {"type": "integer"}}, {"in": "query", "name": "tags", "style": "form", "explode": false, "schema": {"type": "array", "items": {"type": "string"}}}],
      "responses": {"200": {"description": "", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Note"}}}}, "4XX": {"description": ""}}
    }
  },
  "/notes": {
    "post": {
      "operationId": "postNote",
      "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/NewNote"}}, "application/x-www-form-urlencoded": {"schema": {"$ref": "#/components/schemas/NewNote"}}}},
      "responses": {"2XX": {"description": ""}}
    }
  }
},
"components": {"schemas": {
  "Note": {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}, "by": {"nullable": true, "anyOf": [{"$ref": "#/components/schemas/Person"}]}, "any": {"nullable": true}}},
  "Person": {"type": "object", "additionalProperties": false, "properties": {"name": {"type": "string"}}},
  "NewNote": {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}, "pinned": {"type": "boolean"}, "tags": {"type": "array", "items": {"type": "string"}}, "blocks": {"type": "array", "items": {"type": "object", "required": ["type"]}}}}
}}
}`

func checker(t *testing.T) *check.Checker {
	t.Helper()
	var gz bytes.Buffer
	z := gzip.NewWriter(&gz)
	z.Write([]byte(document))
	z.Close()
	return check.New(spec.Open(gz.Bytes()))
}

func joined(errs []error) string {
	var s []string
	for _, err := range errs {
		s = append(s, err.Error())
	}
	return strings.Join(s, "; ")
}

func TestResponse(t *testing.T) {
	c := checker(t)
	for _, test := range []struct {
		op          string
		status      int
		contentType string
		body, want  string
	}{
		{"getNote", 200, "application/json", `{"id": 1, "by": {"name": "Bo"}, "any": null}`, ""},
		{"getNote", 200, "application/json;charset=UTF-8", `{"id": 1, "by": null}`, ""},
		{"getNote", 200, "application/json", `{"by": {"name": 1, "age": 2}}`, `getNote: /by: doesn't match any schema from "anyOf"; getNote: /id: property "id" is missing`},
		{"getNote", 200, "application/json", `{"id": `, "getNote: the body is not JSON: unexpected EOF"},
		{"getNote", 200, "text/html", `<p>`, `getNote: content type "text/html" is not in the specification`},
		{"getNote", 404, "text/html", `<p>`, ""},
		{"getNote", 503, "text/html", `<p>`, ""},
		{"getNote", 204, "", ``, "getNote: status 204 is not in the specification"},
		{"postNote", 201, "application/json", `{}`, ""},
		{"noNote", 200, "application/json", `{}`, ""},
	} {
		got := joined(c.Response(test.op, test.status, test.contentType, []byte(test.body)))
		if got != test.want {
			t.Errorf("%s %d %s: got %q, want %q", test.op, test.status, test.body, got, test.want)
		}
	}
}
