package loop

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"

	"github.com/google/jsonschema-go/jsonschema"
	"twinset.dev/agent/llm"
)

// A Tool is something the model may call.
type Tool struct {
	Name        string
	Description string
	Schema      json.RawMessage // JSON Schema of its arguments; the root is an object
	Writes      bool            // it changes files: calls of one answer run one after another
	// Run does it. The arguments fit the schema. An error is told to the model.
	Run func(ctx context.Context, env Environment, args json.RawMessage) (Output, error)
}

// Output is what a tool found.
type Output struct {
	Text  string
	Image *llm.Media // for models that see
}

// NewTool is a tool whose arguments are the fields of In: its schema comes from them (json and jsonschema tags).
func NewTool[In any](name, description string, run func(ctx context.Context, env Environment, in In) (string, error)) Tool {
	return newTool(name, description, func(ctx context.Context, env Environment, in In) (Output, error) {
		text, err := run(ctx, env, in)
		return Output{Text: text}, err
	})
}

func newTool[In any](name, description string, run func(ctx context.Context, env Environment, in In) (Output, error)) Tool {
	schema, err := jsonschema.For[In](nil)
	if err != nil {
		panic(fmt.Sprintf("tool %s: %s has no schema: %v", name, reflect.TypeFor[In](), err)) // a mistake in the program
	}
	text, err := json.Marshal(schema)
	if err != nil {
		panic(err)
	}
	return Tool{Name: name, Description: description, Schema: text, Run: func(ctx context.Context, env Environment, args json.RawMessage) (Output, error) {
		var in In
		if err := json.Unmarshal(args, &in); err != nil {
			return Output{}, err
		}
		return run(ctx, env, in)
	}}
}

// writing marks a tool as one that changes files.
func writing(t Tool) Tool {
	t.Writes = true
	return t
}

// A toolset holds tools by name, in the order in which their names were first registered.
type toolset []Tool

// with registers tools; a later one of the same name takes the place of the earlier.
func (ts toolset) with(tools ...Tool) toolset {
	ts = slices.Clone(ts)
	for _, t := range tools {
		if i := slices.IndexFunc(ts, func(o Tool) bool { return o.Name == t.Name }); i >= 0 {
			ts[i] = t
		} else {
			ts = append(ts, t)
		}
	}
	return ts
}

func (ts toolset) find(name string) (Tool, bool) {
	i := slices.IndexFunc(ts, func(t Tool) bool { return t.Name == name })
	if i < 0 {
		return Tool{}, false
	}
	return ts[i], true
}

// definitions is what the model is told.
func (ts toolset) definitions() []llm.Tool {
	out := make([]llm.Tool, len(ts))
	for i, t := range ts {
		out[i] = llm.Tool{Name: t.Name, Description: t.Description, Schema: t.Schema}
	}
	return out
}

// call runs what a model asked for: it looks the tool up, reads the arguments, checks them against the schema, and runs it.
func (ts toolset) call(ctx context.Context, env Environment, c llm.ToolCall) (Output, error) {
	t, ok := ts.find(c.Name)
	if !ok {
		return Output{}, fmt.Errorf("unknown tool %q", c.Name)
	}
	c.Args = canonical(t, c.Args)
	if err := llm.CheckArgs([]llm.Tool{{Name: t.Name, Schema: t.Schema}}, c); err != nil {
		return Output{}, err
	}
	return t.Run(ctx, env, json.RawMessage(c.Args))
}

// canonical are arguments without the two liberties that models take: none at all for an empty object, and path for file_path.
func canonical(t Tool, args string) string {
	if args == "" {
		return "{}"
	}
	var in map[string]json.RawMessage
	var schema struct{ Properties map[string]any }
	if json.Unmarshal([]byte(args), &in) != nil || json.Unmarshal(t.Schema, &schema) != nil {
		return args
	}
	path, ok := in["path"]
	if _, known := schema.Properties["path"]; !ok || known || schema.Properties["file_path"] == nil || in["file_path"] != nil {
		return args
	}
	delete(in, "path")
	in["file_path"] = path
	b, err := json.Marshal(in)
	if err != nil {
		return args
	}
	return string(b)
}
