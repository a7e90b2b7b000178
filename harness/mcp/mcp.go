// Package mcp offers running twins to agents by the Model Context Protocol: the control plane as tools, and the twins' own
// operations, found and called by name or each as a tool of its own.
//
// https://modelcontextprotocol.io/specification
package mcp

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"twinset.dev/harness/plane"
	"twinset.dev/kit/twin"
)

// Server returns a server whose tools drive the twins behind p. Operations that fit one of the globs, such as
// "slack/chat.*", are tools of their own; the others can be found and called all the same.
func Server(ctx context.Context, p plane.Client, globs ...string) (*mcp.Server, error) {
	s := mcp.NewServer(&mcp.Implementation{Name: "twinset", Version: "1"}, &mcp.ServerOptions{
		Instructions: "Digital twins of SaaS products. Work in a world of your own: fork one, act, look at its diff, drop it. Nothing reaches a real vendor.",
	})
	worldTools(s, p)
	c, err := catalog(ctx, p)
	if err != nil {
		return nil, err
	}
	return s, c.tools(s, globs)
}

// in is the world that a tool is about.
type in struct {
	World string `json:"world,omitempty" jsonschema:"the world; default if empty"`
}

func (i in) of(p plane.Client) plane.Client {
	if i.World != "" {
		p.World = i.World
	}
	return p
}

// tool adds a tool that asks the control plane, and answers what it says as JSON.
func tool[In any](s *mcp.Server, name, title string, ask func(ctx context.Context, in In) (any, error)) {
	mcp.AddTool(s, &mcp.Tool{Name: name, Description: title}, func(ctx context.Context, _ *mcp.CallToolRequest, in In) (*mcp.CallToolResult, any, error) {
		out, err := ask(ctx, in)
		if err != nil {
			return nil, nil, err
		}
		b, err := json.Marshal(out)
		if err != nil {
			return nil, nil, err
		}
		return text(string(b)), nil, nil
	})
}

func text(s string) *mcp.CallToolResult {
	return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: s}}}
}

// get is the answer of the control plane to a question.
func get(ctx context.Context, p plane.Client, path string) (out any, err error) {
	return out, p.Call(ctx, http.MethodGet, path, nil, &out)
}

// do is the answer of the control plane to an order; one that answers nothing is done.
func do(ctx context.Context, p plane.Client, method, path string, body any) (any, error) {
	res, err := p.Open(ctx, method, path, body, "application/json")
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	var out any
	if err := json.NewDecoder(res.Body).Decode(&out); err != nil {
		return map[string]any{"ok": true}, nil
	}
	return out, nil
}

// worldTools are the control plane: worlds and their time, what goes wrong in them, and what people do.
func worldTools(s *mcp.Server, p plane.Client) {
	tool(s, "list_worlds", "List the worlds there are, with their clocks.", func(ctx context.Context, _ struct{}) (any, error) {
		return get(ctx, p, "/_twin/worlds")
	})
	tool(s, "fork_world", "Copy a world with everything in it. Answers addresses and credentials of the copy.", func(ctx context.Context, in struct {
		Name     string `json:"name,omitempty" jsonschema:"of the copy; one is made up if empty"`
		From     string `json:"from,omitempty" jsonschema:"the world to copy; default if empty"`
		Snapshot string `json:"snapshot,omitempty" jsonschema:"copy this snapshot of it rather than now"`
	}) (any, error) {
		return do(ctx, p, http.MethodPost, "/_twin/worlds", in)
	})
	tool(s, "drop_world", "Forget a world and all that is in it.", func(ctx context.Context, in struct {
		World string `json:"world"`
	}) (any, error) {
		return do(ctx, p, http.MethodDelete, "/_twin/worlds/"+url.PathEscape(in.World), nil)
	})
	tool(s, "reset_world", "Return a world to its seed.", func(ctx context.Context, i in) (any, error) {
		w := i.of(p)
		return do(ctx, w, http.MethodPost, w.In("/reset"), nil)
	})
	tool(s, "seed_world", "Load a seed, as YAML or JSON, into a world.", func(ctx context.Context, i struct {
		in
		Seed  string `json:"seed"`
		Merge bool   `json:"merge,omitempty" jsonschema:"add to what is there"`
	}) (any, error) {
		w, mode := i.of(p), "replace"
		if i.Merge {
			mode = "merge"
		}
		return do(ctx, w, http.MethodPost, w.In("/seed?mode="+mode), []byte(i.Seed))
	})
	tool(s, "snapshot_world", "Remember a world as it is now.", func(ctx context.Context, i struct {
		in
		Name string `json:"name,omitempty"`
	}) (any, error) {
		w := i.of(p)
		return do(ctx, w, http.MethodPost, w.In("/snapshots"), map[string]string{"name": i.Name})
	})
	tool(s, "restore_world", "Give a world the state of one of its snapshots.", func(ctx context.Context, i struct {
		in
		Snapshot string `json:"snapshot"`
	}) (any, error) {
		w := i.of(p)
		return do(ctx, w, http.MethodPost, w.In("/restore"), map[string]string{"snapshot": i.Snapshot})
	})
	tool(s, "diff_world", "Say what has changed in a world: records created, updated and deleted, in the vendors' nouns.", func(ctx context.Context, i struct {
		in
		Since string `json:"since,omitempty" jsonschema:"a snapshot or a version; the seed if empty"`
	}) (any, error) {
		w := i.of(p)
		return get(ctx, w, w.In("/diff?since="+url.QueryEscape(i.Since)))
	})
	tool(s, "journal", "List the requests that a world has answered, oldest first.", func(ctx context.Context, i struct {
		in
		Since uint64 `json:"since,omitempty" jsonschema:"list what came after this seq"`
		Limit int    `json:"limit,omitempty" jsonschema:"at most so many; 100 if 0"`
	}) (any, error) {
		w := i.of(p)
		if i.Limit <= 0 {
			i.Limit = 100
		}
		return entries(ctx, w, i.Since, i.Limit)
	})
	tool(s, "credentials", "Answer addresses and ready credentials of a world.", func(ctx context.Context, i in) (any, error) {
		w := i.of(p)
		return get(ctx, w, w.In("/credentials"))
	})
	tool(s, "set_clock", "Freeze or set the clock of a world, or let it run.", func(ctx context.Context, i struct {
		in
		Mode string     `json:"mode,omitempty" jsonschema:"frozen or real"`
		Now  *time.Time `json:"now,omitempty"`
	}) (any, error) {
		w := i.of(p)
		return do(ctx, w, http.MethodPut, w.In("/clock"), map[string]any{"mode": i.Mode, "now": i.Now})
	})
	tool(s, "advance_clock", "Move the time of a world on, doing all that falls due on the way.", func(ctx context.Context, i struct {
		in
		By string `json:"by" jsonschema:"a duration such as 90s, 24h or 7d"`
	}) (any, error) {
		w := i.of(p)
		return do(ctx, w, http.MethodPost, w.In("/clock/advance"), map[string]string{"by": i.By})
	})
	tool(s, "break_twin", "Make requests go wrong on purpose, in the vendor's own words.", func(ctx context.Context, i struct {
		in
		Fault map[string]any `json:"fault" jsonschema:"whom it strikes (twin, operation glob, method, path glob), what it does (error, status, latency, drop, truncate) and how often (times, every, probability)"`
	}) (any, error) {
		w := i.of(p)
		return do(ctx, w, http.MethodPost, w.In("/faults"), i.Fault)
	})
	tool(s, "mend_twin", "Remove a fault, or all faults of a world.", func(ctx context.Context, i struct {
		in
		Fault string `json:"fault,omitempty" jsonschema:"its id; all if empty"`
	}) (any, error) {
		w, at := i.of(p), "/faults"
		if i.Fault != "" {
			at += "/" + url.PathEscape(i.Fault)
		}
		return do(ctx, w, http.MethodDelete, w.In(at), nil)
	})
	tool(s, "act_as_person", "Do what a person does in a product: click, approve, type a command. Without an action, list those there are.", func(ctx context.Context, i struct {
		in
		Action string         `json:"action,omitempty"`
		With   map[string]any `json:"with,omitempty" jsonschema:"the action's particulars"`
	}) (any, error) {
		w := i.of(p)
		if i.Action == "" {
			return get(ctx, w, w.In("/actions"))
		}
		return do(ctx, w, http.MethodPost, w.In("/actions/"+url.PathEscape(i.Action)), i.With)
	})
}

// entries is a piece of a world's journal.
func entries(ctx context.Context, p plane.Client, since uint64, limit int) (any, error) {
	res, err := p.Open(ctx, http.MethodGet, p.In(fmt.Sprintf("/journal?since=%d&limit=%d", since, limit)), nil, "application/x-ndjson")
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	all := []twin.Entry{}
	for dec := json.NewDecoder(res.Body); dec.More(); {
		var e twin.Entry
		if err := dec.Decode(&e); err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	return map[string]any{"entries": all}, nil
}

// Handler serves the same by streamable HTTP to whoever may use the control plane at p; a session adds globs with
// ?operations=GLOB.
func Handler(p plane.Client) http.Handler {
	return http.NewCrossOriginProtection().Handler(mcp.NewStreamableHTTPHandler(func(r *http.Request) *mcp.Server {
		p := p
		p.Admin = strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		s, err := Server(r.Context(), p, r.URL.Query()["operations"]...)
		if err != nil {
			return nil // answered as a bad request
		}
		return s
	}, nil))
}
