package llm

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"

	"github.com/google/jsonschema-go/jsonschema"
)

// Object asks for an answer of a shape, and returns it checked against r.Schema. Each provider enforces the shape in its own way;
// what it returns all the same is not believed. An answer of another shape is ErrNoObject, and is not asked for again; the response
// is returned beside it.
func Object(ctx context.Context, c Caller, r Request) (json.RawMessage, *Response, error) {
	if r.Schema == nil {
		return nil, nil, &Error{Kind: ErrInvalidRequest, Provider: r.Provider, Message: "an object is asked for without its schema"}
	}
	resp, err := c.Complete(ctx, r)
	if err != nil {
		return nil, nil, err
	}
	text := resp.Message.Text()
	if err := validate(r.Schema.Schema, text); err != nil {
		return nil, resp, &Error{Kind: ErrNoObject, Provider: resp.Provider, Message: err.Error(), Raw: resp.Raw}
	}
	return json.RawMessage(text), resp, nil
}

// CheckArgs reports as ErrInvalidToolCall what is wrong with a call: a tool that is not among tools, arguments that are no JSON or do
// not fit the tool's schema.
func CheckArgs(tools []Tool, c ToolCall) error {
	i := slices.IndexFunc(tools, func(t Tool) bool { return t.Name == c.Name })
	if i < 0 {
		return &Error{Kind: ErrInvalidToolCall, Message: fmt.Sprintf("there is no tool %q", c.Name)}
	}
	if err := validate(tools[i].Schema, c.Args); err != nil {
		return &Error{Kind: ErrInvalidToolCall, Message: fmt.Sprintf("arguments of %s: %v", c.Name, err)}
	}
	return nil
}

var resolved sync.Map // schema text -> *jsonschema.Resolved: the same few tools come with every call

func validate(schema json.RawMessage, text string) error {
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		return fmt.Errorf("not JSON: %w", err)
	}
	if s, ok := resolved.Load(string(schema)); ok {
		return s.(*jsonschema.Resolved).Validate(v)
	}
	var s jsonschema.Schema
	if err := json.Unmarshal(schema, &s); err != nil {
		return fmt.Errorf("the schema itself: %w", err)
	}
	rs, err := s.Resolve(nil)
	if err != nil {
		return fmt.Errorf("the schema itself: %w", err)
	}
	resolved.Store(string(schema), rs)
	return rs.Validate(v)
}
