package mcp

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"twinset.dev/harness/plane"
)

// An operation is one of a twin's, as the manifest has it, with what its specification says that it takes.
type operation struct {
	Twin     string `json:"twin"`
	ID       string `json:"id"`
	Method   string `json:"method"`
	Path     string `json:"path"`
	Fidelity string `json:"fidelity"`
	Notes    string `json:"notes,omitempty"`

	params []parameter
	body   map[string]any // schema of the body; nil if it takes none or none is known
	form   bool           // the body is sent as a form
}

type parameter struct {
	Name     string         `json:"name"`
	In       string         `json:"in"`
	Required bool           `json:"required"`
	Schema   map[string]any `json:"schema"`
}

// operations are those of all twins that a control plane spans.
type operations struct {
	p   plane.Client
	all []operation
}

// catalog reads the manifest and the specifications.
func catalog(ctx context.Context, p plane.Client) (*operations, error) {
	var m struct {
		manifest
		Twins []manifest
	}
	if err := p.Call(ctx, http.MethodGet, "/_twin/manifest", nil, &m); err != nil {
		return nil, err
	}
	if m.Twins == nil {
		m.Twins = []manifest{m.manifest}
	}
	c := &operations{p: p}
	for _, t := range m.Twins {
		var doc specification
		if res, err := p.Open(ctx, http.MethodGet, "/_twin/openapi.json?service="+t.Service, nil, "application/json"); err == nil {
			err = json.NewDecoder(res.Body).Decode(&doc)
			res.Body.Close()
			if err != nil {
				return nil, fmt.Errorf("specification of %s: %w", t.Service, err)
			}
		}
		for _, op := range t.Operations {
			if op.Fidelity == "none" || op.Fidelity == "shape" {
				continue
			}
			op.Twin = t.Service
			doc.describe(&op)
			c.all = append(c.all, op)
		}
	}
	return c, nil
}

type manifest struct {
	Service    string
	Operations []operation
}

// A specification is what is read of a public one.
type specification struct {
	Paths      map[string]map[string]json.RawMessage
	Components struct {
		Schemas    map[string]map[string]any
		Parameters map[string]parameter
	}
}

// describe adds to op what it takes.
func (d *specification) describe(op *operation) {
	var said struct {
		Parameters  []json.RawMessage
		RequestBody struct {
			Content map[string]struct{ Schema map[string]any }
		}
	}
	at := d.Paths[op.Path]
	shared := struct{ Parameters []json.RawMessage }{}
	json.Unmarshal(at["parameters"], &shared.Parameters)
	json.Unmarshal(at[strings.ToLower(op.Method)], &said)
	for _, raw := range append(shared.Parameters, said.Parameters...) {
		var p parameter
		var ref struct {
			Ref string `json:"$ref"`
		}
		json.Unmarshal(raw, &p)
		json.Unmarshal(raw, &ref)
		if ref.Ref != "" {
			p = d.Components.Parameters[path.Base(ref.Ref)]
		}
		if p.In == "path" || p.In == "query" {
			p.Schema = d.plain(p.Schema, 1)
			op.params = append(op.params, p)
		}
	}
	for _, name := range regexp.MustCompile(`\{(\w+)\}`).FindAllStringSubmatch(op.Path, -1) {
		if !slices.ContainsFunc(op.params, func(p parameter) bool { return p.Name == name[1] }) {
			op.params = append(op.params, parameter{Name: name[1], In: "path", Required: true, Schema: map[string]any{"type": "string"}})
		}
	}
	for kind, c := range said.RequestBody.Content {
		if kind == "application/json" || op.body == nil {
			op.body, op.form = d.plain(c.Schema, 3), kind == "application/x-www-form-urlencoded"
		}
	}
	if op.body == nil && (op.Method == http.MethodPost || op.Method == http.MethodPut || op.Method == http.MethodPatch) {
		op.body = map[string]any{}
	}
}

// plain is a schema with what it refers to written in, as deep as is worth telling; what lies deeper is anything.
func (d *specification) plain(schema map[string]any, depth int) map[string]any {
	if ref, ok := schema["$ref"].(string); ok {
		if depth == 0 {
			return map[string]any{}
		}
		return d.plain(d.Components.Schemas[path.Base(ref)], depth-1)
	}
	out := map[string]any{}
	for _, key := range []string{"type", "enum", "format", "required"} {
		if v, ok := schema[key]; ok {
			out[key] = v
		}
	}
	if props, ok := schema["properties"].(map[string]any); ok {
		told := map[string]any{}
		for name, v := range props {
			if s, ok := v.(map[string]any); ok {
				told[name] = d.plain(s, depth)
			}
		}
		out["properties"] = told
	}
	if items, ok := schema["items"].(map[string]any); ok {
		out["items"] = d.plain(items, depth)
	}
	if out["type"] == "file" {
		out["type"] = "string"
	}
	return out
}

// tools adds what finds and calls any operation, and a tool for each that fits a glob.
func (c *operations) tools(s *mcp.Server, globs []string) error {
	tool(s, "find_operations", "Find the twins' own operations by words of their names and paths.", func(_ context.Context, in struct {
		Words string `json:"words" jsonschema:"such as: slack post message"`
		Limit int    `json:"limit,omitempty" jsonschema:"at most so many; 20 if 0"`
	}) (any, error) {
		return map[string]any{"operations": c.find(in.Words, cmp.Or(max(in.Limit, 0), 20))}, nil
	})
	mcp.AddTool(s, &mcp.Tool{Name: "describe_operation", Description: "Say what an operation takes, as a JSON schema."}, func(_ context.Context, _ *mcp.CallToolRequest, in which) (*mcp.CallToolResult, any, error) {
		op, err := c.named(in)
		if err != nil {
			return nil, nil, err
		}
		b, err := json.Marshal(op.schema())
		return text(string(b)), nil, err
	})
	mcp.AddTool(s, &mcp.Tool{Name: "call_operation", Description: "Call an operation of a twin over HTTP, as a person or as the demo app. Answers status and body."}, func(ctx context.Context, _ *mcp.CallToolRequest, in struct {
		which
		With map[string]any `json:"with,omitempty" jsonschema:"its parameters by name; the body under body; as and world"`
	}) (*mcp.CallToolResult, any, error) {
		op, err := c.named(in.which)
		if err != nil {
			return nil, nil, err
		}
		out, err := c.call(ctx, op, in.With)
		return out, nil, err
	})
	for _, glob := range globs {
		if _, err := path.Match(glob, ""); err != nil {
			return fmt.Errorf("%q: %w", glob, err)
		}
	}
	for _, op := range c.all {
		if !slices.ContainsFunc(globs, func(g string) bool { ok, _ := path.Match(g, op.Twin+"/"+op.ID); return ok }) {
			continue
		}
		s.AddTool(&mcp.Tool{Name: op.name(), Description: op.Method + " " + op.Path, InputSchema: op.schema()}, func(ctx context.Context, req *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			var with map[string]any
			if err := json.Unmarshal(req.Params.Arguments, &with); err != nil {
				return nil, err
			}
			out, err := c.call(ctx, op, with)
			if err != nil {
				out = text(err.Error())
				out.IsError = true
			}
			return out, nil
		})
	}
	return nil
}

type which struct {
	Twin      string `json:"twin"`
	Operation string `json:"operation" jsonschema:"its id"`
}

func (c *operations) named(in which) (operation, error) {
	for _, op := range c.all {
		if op.ID == in.Operation && (op.Twin == in.Twin || in.Twin == "") {
			return op, nil
		}
	}
	return operation{}, fmt.Errorf("%s has no operation %q; find_operations finds one", cmp.Or(in.Twin, "no twin"), in.Operation)
}

// find returns the operations that have all the words, those with the shortest names first.
func (c *operations) find(words string, limit int) []operation {
	found := []operation{}
	for _, op := range c.all {
		hay := strings.ToLower(op.Twin + " " + op.ID + " " + op.Method + " " + op.Path)
		if !slices.ContainsFunc(strings.Fields(strings.ToLower(words)), func(w string) bool { return !strings.Contains(hay, w) }) {
			found = append(found, op)
		}
	}
	slices.SortStableFunc(found, func(a, b operation) int { return cmp.Compare(len(a.ID), len(b.ID)) })
	return found[:min(limit, len(found))]
}

var notInNames = regexp.MustCompile(`[^A-Za-z0-9_-]`)

// name is the operation's as a tool: slack_chat_postMessage.
func (op operation) name() string {
	name := notInNames.ReplaceAllString(op.Twin+"_"+op.ID, "_")
	return name[:min(len(name), 128)]
}

// schema is what the operation takes as a tool.
func (op operation) schema() map[string]any {
	props := map[string]any{
		"world": map[string]any{"type": "string", "description": "the world; default if empty"},
		"as":    map[string]any{"type": "string", "description": "the person who calls, by handle; the ready credentials if empty"},
	}
	var required []string
	for _, p := range op.params {
		props[p.Name] = p.Schema
		if p.Required {
			required = append(required, p.Name)
		}
	}
	if op.body != nil {
		props["body"] = op.body
	}
	out := map[string]any{"type": "object", "properties": props}
	if required != nil {
		out["required"] = required
	}
	return out
}

// call sends the request that op and its parameters make, and answers what came back.
func (c *operations) call(ctx context.Context, op operation, with map[string]any) (*mcp.CallToolResult, error) {
	p := c.p
	if w, _ := with["world"].(string); w != "" {
		p.World = w
	}
	as, _ := with["as"].(string)
	who, err := credentials(ctx, p, op.Twin, as)
	if err != nil {
		return nil, err
	}
	at, query := op.Path, url.Values{}
	for _, par := range op.params {
		v, ok := with[par.Name]
		switch {
		case !ok && par.In == "path":
			return nil, fmt.Errorf("%s is missing", par.Name)
		case !ok:
		case par.In == "path":
			at = strings.ReplaceAll(at, "{"+par.Name+"}", url.PathEscape(word(v)))
		default:
			list, many := v.([]any)
			if !many {
				list = []any{v}
			}
			for _, v := range list {
				query.Add(par.Name, word(v))
			}
		}
	}
	var body io.Reader
	kind := ""
	if sent, ok := with["body"]; ok {
		b, err := json.Marshal(sent)
		if err != nil {
			return nil, err
		}
		body, kind = bytes.NewReader(b), "application/json; charset=utf-8"
		if fields, ok := sent.(map[string]any); ok && op.form {
			form := url.Values{}
			for k, v := range fields {
				form.Set(k, word(v))
			}
			body, kind = strings.NewReader(form.Encode()), "application/x-www-form-urlencoded"
		}
	}
	if len(query) > 0 {
		at += "?" + query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, op.Method, who.base+at, body)
	if err != nil {
		return nil, err
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	req.Header.Set("Authorization", who.authorization)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, 16<<20))
	if err != nil {
		return nil, err
	}
	answer := map[string]any{"status": res.StatusCode}
	switch {
	case json.Valid(b):
		answer["body"] = json.RawMessage(b)
	case utf8.Valid(b):
		answer["text"] = string(b)
	default:
		answer["base64"] = base64.StdEncoding.EncodeToString(b)
	}
	said, err := json.Marshal(answer)
	if err != nil {
		return nil, err
	}
	out := text(string(said))
	out.IsError = res.StatusCode >= 400
	return out, nil
}

// word is a parameter as it stands in an address or a form.
func word(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	b, _ := json.Marshal(v)
	return string(b)
}
