package cxdb

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// A Client speaks the HTTP API of a store. It has the calls of a [Space], with JSON data.
type Client struct {
	URL   string // such as http://127.0.0.1:9010
	Token string
	HTTP  *http.Client // http.DefaultClient when nil
}

// do sends one request and decodes the answer into out: JSON, or the bytes themselves.
func (c *Client) do(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	kind := "application/json"
	switch in := in.(type) {
	case nil:
	case []byte:
		body, kind = bytes.NewReader(in), "application/octet-stream"
	default:
		b, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(c.URL, "/")+path, body)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", kind)
	if c.Token != "" {
		req.Header.Set("Authorization", "Bearer "+c.Token)
	}
	client := c.HTTP
	if client == nil {
		client = http.DefaultClient
	}
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode >= 300 {
		var e struct {
			Error struct{ Message string } `json:"error"`
		}
		if json.Unmarshal(b, &e) != nil || e.Error.Message == "" {
			e.Error.Message = fmt.Sprintf("%s %s: %s", method, path, res.Status)
		}
		return refuse(reason(res.StatusCode), "%s", e.Error.Message)
	}
	switch out := out.(type) {
	case nil:
		return nil
	case *[]byte:
		*out = b
		return nil
	}
	if len(b) == 0 {
		return nil
	}
	return json.Unmarshal(b, out)
}

// Create makes a context, or a fork of a turn. Of the answer it knows the id, the head and its depth.
func (c *Client) Create(ctx context.Context, base uint64) (x Context, err error) {
	err = c.do(ctx, "POST", "/v1/contexts/create", map[string]string{"base_turn_id": text(base)}, &x)
	return x, err
}

// Context returns one context.
func (c *Client) Context(ctx context.Context, id uint64) (x Context, err error) {
	err = c.do(ctx, "GET", "/v1/contexts/"+text(id)+"?include_lineage=0", nil, &x)
	return x, err
}

// Contexts calls f with the contexts, newest first, until it says stop.
func (c *Client) Contexts(ctx context.Context, f func(Context) bool) error {
	for offset, page := 0, 1000; ; offset += page {
		var out struct{ Contexts []Context }
		if err := c.do(ctx, "GET", fmt.Sprintf("/v1/contexts?limit=%d&offset=%d&include_provenance=1", page, offset), nil, &out); err != nil {
			return err
		}
		for _, x := range out.Contexts {
			if !f(x) {
				return nil
			}
		}
		if len(out.Contexts) < page {
			return nil
		}
	}
}

// AppendJSON writes a turn. Of the answer it knows id, parent, depth, hash and time.
func (c *Client) AppendJSON(ctx context.Context, id uint64, a Append, data []byte) (Turn, error) {
	in := map[string]any{"type_id": a.TypeID, "type_version": a.TypeVersion, "data": json.RawMessage(data),
		"parent_turn_id": text(a.Parent), "idempotency_key": a.Key}
	if a.FS != (Hash{}) {
		in["fs_root_hash"] = a.FS
	}
	var out struct {
		Turn
		Hash Hash `json:"content_hash"`
	}
	err := c.do(ctx, "POST", "/v1/contexts/"+text(id)+"/append", in, &out)
	out.Turn.Hash, out.TypeID, out.TypeVersion, out.Encoding = out.Hash, a.TypeID, a.TypeVersion, 1
	return out.Turn, err
}

// A Typed is a turn with its data as JSON.
type Typed struct {
	Turn
	Data json.RawMessage
}

// typedTurn is a turn in the API's shape.
type typedTurn struct {
	Turn
	Declared struct {
		ID      string `json:"type_id"`
		Version uint32 `json:"type_version"`
	} `json:"declared_type"`
	Data json.RawMessage `json:"data"`
}

func (t typedTurn) typed() Typed {
	t.TypeID, t.TypeVersion = t.Declared.ID, t.Declared.Version
	return Typed{t.Turn, t.Data}
}

// exact asks for turns such that nothing of them is lost in JSON.
const exact = "u64_format=number&time_render=unix_ms&type_hint_mode=best"

// Typed returns up to limit turns that end just before a turn of the context, or with its head, oldest first.
func (c *Client) Typed(ctx context.Context, id, before uint64, limit int) ([]Typed, error) {
	var out struct{ Turns []typedTurn }
	path := fmt.Sprintf("/v1/contexts/%d/turns?%s&limit=%d", id, exact, limit)
	if before != 0 {
		path += "&before_turn_id=" + text(before)
	}
	if err := c.do(ctx, "GET", path, nil, &out); err != nil {
		return nil, err
	}
	list := make([]Typed, len(out.Turns))
	for i, t := range out.Turns {
		list[i] = t.typed()
	}
	return list, nil
}

// TypedTurn returns one turn with its data.
func (c *Client) TypedTurn(ctx context.Context, id uint64) (Typed, error) {
	var t typedTurn
	err := c.do(ctx, "GET", "/v1/turns/"+text(id)+"?"+exact, nil, &t)
	return t.typed(), err
}

// ScanTyped calls f with the turns of some types, or of all, that come after a turn id, in the order they were written.
func (c *Client) ScanTyped(ctx context.Context, after uint64, types []string, f func(Typed) error) error {
	q := "&type_id=" + strings.Join(mapped(types, url.QueryEscape), "&type_id=")
	if len(types) == 0 {
		q = ""
	}
	for {
		var out struct {
			Turns []typedTurn
			Next  *anyID `json:"next_after_turn_id"`
		}
		if err := c.do(ctx, "GET", "/v1/turns?"+exact+"&after_turn_id="+text(after)+q, nil, &out); err != nil {
			return err
		}
		for _, t := range out.Turns {
			if err := f(t.typed()); err != nil {
				return err
			}
		}
		if out.Next == nil {
			return nil
		}
		after = uint64(*out.Next)
	}
}

func mapped(list []string, f func(string) string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = f(s)
	}
	return out
}

// Blob returns the bytes of a blob, proven by their hash.
func (c *Client) Blob(ctx context.Context, h Hash) (b []byte, err error) {
	if err = c.do(ctx, "GET", "/v1/blobs/"+h.String(), nil, &b); err == nil && Sum(b) != h {
		err = refuse(ErrCorrupt, "blob %s does not match its hash", h)
	}
	return b, err
}

// PutBlob keeps bytes under their hash, and says whether they are new to the namespace.
func (c *Client) PutBlob(ctx context.Context, b []byte) (h Hash, isNew bool, err error) {
	var out struct {
		Hash   Hash `json:"content_hash"`
		Stored bool
	}
	if b == nil {
		b = []byte{}
	}
	if err = c.do(ctx, "POST", "/v1/blobs", b, &out); err == nil && out.Hash != Sum(b) {
		err = refuse(ErrCorrupt, "the store says %s of a blob that is %s", out.Hash, Sum(b))
	}
	return out.Hash, out.Stored, err
}

// PutBundle publishes types, and says whether they are new.
func (c *Client) PutBundle(ctx context.Context, raw []byte) (isNew bool, err error) {
	b, err := parseBundle(raw)
	if err != nil {
		return false, err
	}
	var answer []byte
	err = c.do(ctx, "PUT", "/v1/registry/bundles/"+url.PathEscape(b.ID), json.RawMessage(raw), &answer)
	return len(answer) > 0, err
}

// Search returns the contexts that a CQL query is for, newest first.
func (c *Client) Search(ctx context.Context, query string, limit int) ([]Context, error) {
	var out struct{ Contexts []Context }
	err := c.do(ctx, "GET", fmt.Sprintf("/v1/contexts/search?q=%s&limit=%d", url.QueryEscape(query), limit), nil, &out)
	return out.Contexts, err
}
