package cxdb

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"path"
)

// A rendering is how a caller wants turns to look.
type rendering struct {
	typed, raw bool
	hint       string // inherit, latest, explicit, or best: what there is, rather than a refusal
	typeID     string
	version    uint32
	Render
}

// choice reads a parameter that has a few values; the first is the default.
func choice(q url.Values, name string, values ...string) (string, error) {
	if !q.Has(name) {
		return values[0], nil
	}
	for _, v := range values {
		if q.Get(name) == v {
			return v, nil
		}
	}
	return "", refuse(ErrInvalid, "%s is one of %v, not %q", name, values, q.Get(name))
}

func (c *call) rendering() (o rendering, err error) {
	q := c.URL.Query()
	pick := func(name string, values ...string) string {
		v, e := choice(q, name, values...)
		err = firstError(err, e)
		return v
	}
	view := pick("view", "typed", "raw", "both")
	o.typed, o.raw = view != "raw", view != "typed"
	o.hint = pick("type_hint_mode", "inherit", "latest", "explicit", "best")
	bytes := pick("bytes_render", "base64", "hex", "len_only")
	o.HexBytes, o.LenBytes = bytes == "hex", bytes == "len_only"
	o.Numbers = pick("u64_format", "string", "number") == "number"
	enum := pick("enum_render", "label", "number", "both")
	o.EnumNumbers, o.EnumPairs = enum == "number", enum == "both"
	o.UnixMS = pick("time_render", "iso", "unix_ms") == "unix_ms"
	o.Unknown = truth(q, "include_unknown", false)
	if o.hint == "explicit" {
		o.typeID = q.Get("as_type_id")
		n, e := c.number("as_type_version", q.Get("as_type_version"), 0)
		o.version = uint32(n)
		if err = firstError(err, e); err == nil && (o.typeID == "" || n == 0) {
			err = refuse(ErrInvalid, "type_hint_mode=explicit needs as_type_id and as_type_version")
		}
	}
	return o, err
}

// turnView is a turn as the API shows it.
func (c *call) turnView(t Turn, o rendering) (map[string]any, error) {
	out := map[string]any{"turn_id": text(t.ID), "parent_turn_id": text(t.Parent), "depth": t.Depth, "context_id": text(t.Context),
		"created_at": iso(t.Created), "created_at_unix_ms": t.Created, "content_hash_b3": t.Hash, "uncompressed_len": t.Len,
		"declared_type": map[string]any{"type_id": t.TypeID, "type_version": t.TypeVersion}}
	payload, err := c.space.payload(c.Context(), t)
	if err != nil {
		return nil, err
	}
	if o.typed {
		typeID, version := t.TypeID, t.TypeVersion
		switch o.hint {
		case "explicit":
			typeID, version = o.typeID, o.version
		case "latest":
			version = 0
		}
		p, err := c.v.Store.types.Project(payload, typeID, version, o.Render)
		switch {
		case err == nil:
			if version == 0 {
				version = c.v.Store.types.version(typeID, 0).version
			}
			out["decoded_as"] = map[string]any{"type_id": typeID, "type_version": version}
			out["data"] = p.Data
			if p.Unknown != nil {
				out["unknown"] = p.Unknown
			}
		case o.hint != "best":
			return nil, err
		default:
			if out["data"], err = Plain(payload, o.Render); err != nil {
				out["data_error"] = err.Error()
			}
		}
	}
	if o.raw {
		out["encoding"], out["compression"] = t.Encoding, 0
		switch {
		case o.HexBytes:
			out["bytes_hex"] = hex.EncodeToString(payload)
		case o.LenBytes:
			out["bytes_len"] = len(payload)
		default:
			out["bytes_b64"] = base64.StdEncoding.EncodeToString(payload)
		}
	}
	return out, nil
}

func (c *call) listTurns() error {
	id, err := c.id()
	if err != nil {
		return err
	}
	o, err := c.rendering()
	if err != nil {
		return err
	}
	q := c.URL.Query()
	limit, err := c.limit(q, 64)
	if err != nil {
		return err
	}
	before, err := c.number("before_turn_id", q.Get("before_turn_id"), 0)
	if err != nil {
		return err
	}
	x, err := c.space.Context(c.Context(), id)
	if err != nil {
		return err
	}
	turns, err := c.space.Before(c.Context(), id, before, limit)
	if err != nil {
		return err
	}
	list := []map[string]any{}
	for _, t := range turns {
		v, err := c.turnView(t, o)
		if err != nil {
			return err
		}
		list = append(list, v)
	}
	var next any
	if len(turns) > 0 && turns[0].Parent != 0 {
		next = text(turns[0].ID)
	}
	return c.reply(http.StatusOK, map[string]any{"turns": list, "next_before_turn_id": next,
		"meta": map[string]any{"context_id": text(id), "head_turn_id": text(x.Head), "head_depth": x.Depth,
			"registry_bundle_id": orNull(c.v.Store.types.lastBundle())}})
}

// appendTurn writes the data of a JSON object as the type's payload.
func (c *call) appendTurn() error {
	id, err := c.id()
	if err != nil {
		return err
	}
	var in struct {
		TypeID  string          `json:"type_id"`
		Version uint32          `json:"type_version"`
		Data    json.RawMessage `json:"data"`
		Payload json.RawMessage `json:"payload"`
		Parent  anyID           `json:"parent_turn_id"`
		Key     string          `json:"idempotency_key"`
		FS      Hash            `json:"fs_root_hash"`
	}
	if err := c.body(&in); err != nil {
		return err
	}
	if in.Key == "" {
		in.Key = c.Header.Get("Idempotency-Key")
	}
	switch {
	case in.TypeID == "" || in.Version == 0:
		return refuse(ErrInvalid, "type_id and type_version are required")
	case in.Data == nil && in.Payload == nil:
		return refuse(ErrInvalid, "data is required")
	case in.Data == nil:
		in.Data = in.Payload
	}
	t, err := c.space.AppendJSON(c.Context(), id, Append{Parent: uint64(in.Parent), TypeID: in.TypeID,
		TypeVersion: in.Version, Key: in.Key, FS: in.FS}, in.Data)
	if err != nil {
		return err
	}
	return c.reply(http.StatusCreated, map[string]any{"context_id": text(id), "turn_id": text(t.ID), "parent_turn_id": text(t.Parent),
		"depth": t.Depth, "content_hash": t.Hash, "created_at_unix_ms": t.Created})
}

func (c *call) getTurn() error {
	id, err := c.id()
	if err != nil {
		return err
	}
	o, err := c.rendering()
	if err != nil {
		return err
	}
	t, err := c.space.Turn(c.Context(), id)
	if err != nil {
		return err
	}
	v, err := c.turnView(t, o)
	if err != nil {
		return err
	}
	return c.reply(http.StatusOK, v)
}

// scanTurns lists turns of all contexts in the order they were written: after_turn_id, type_id (repeatable), limit.
func (c *call) scanTurns() error {
	o, err := c.rendering()
	if err != nil {
		return err
	}
	q := c.URL.Query()
	limit, err := c.limit(q, 1000)
	if err != nil {
		return err
	}
	after, err := c.number("after_turn_id", q.Get("after_turn_id"), 0)
	if err != nil {
		return err
	}
	var turns []Turn
	err = c.space.Scan(c.Context(), after, q["type_id"], func(t Turn) bool {
		if len(turns) < limit {
			turns = append(turns, t)
		}
		return len(turns) < limit
	})
	if err != nil {
		return err
	}
	list := []map[string]any{}
	for _, t := range turns {
		v, err := c.turnView(t, o)
		if err != nil {
			return err
		}
		list = append(list, v)
	}
	var next any
	if len(turns) == limit && limit > 0 {
		next = text(turns[limit-1].ID)
	}
	return c.reply(http.StatusOK, map[string]any{"turns": list, "next_after_turn_id": next})
}

func (c *call) childTurns() error {
	id, err := c.id()
	if err != nil {
		return err
	}
	ids, err := c.space.Children(c.Context(), id)
	if err != nil {
		return err
	}
	list := make([]string, len(ids))
	for i, id := range ids {
		list[i] = text(id)
	}
	return c.reply(http.StatusOK, map[string]any{"turn_id": text(id), "child_turn_ids": list})
}

func (c *call) putBlob() error {
	b, err := io.ReadAll(http.MaxBytesReader(c.w, c.Body, MaxBlob))
	if err != nil {
		return refuse(ErrTooLarge, "a blob has at most %d bytes", MaxBlob)
	}
	h, isNew, err := c.space.PutBlob(c.Context(), b)
	if err != nil {
		return err
	}
	return c.reply(http.StatusCreated, map[string]any{"content_hash": h, "stored": isNew})
}

func (c *call) getBlob() error {
	h, err := ParseHash(c.PathValue("hash"))
	if err != nil {
		return err
	}
	b, err := c.space.Blob(c.Context(), h)
	if err != nil {
		return err
	}
	c.w.Header().Set("Content-Type", "application/octet-stream")
	c.w.Header().Set("Content-Disposition", "attachment")
	c.w.Write(b)
	return nil
}

func (c *call) attachFS() error {
	id, err := c.id()
	if err != nil {
		return err
	}
	var in struct {
		Root Hash `json:"fs_root_hash"`
	}
	if err := c.body(&in); err != nil {
		return err
	}
	if err := c.space.AttachFS(c.Context(), id, in.Root); err != nil {
		return err
	}
	return c.reply(http.StatusOK, map[string]any{"turn_id": text(id), "fs_root_hash": in.Root})
}

var kinds = [...]string{"file", "dir", "symlink"}

func entryView(e Entry) map[string]any {
	return map[string]any{"name": e.Name, "kind": kinds[e.Kind], "mode": fmt.Sprintf("%o", e.Mode), "size": e.Size, "hash": e.Hash}
}

func (c *call) listFS() error { return c.fs(c.URL.Query().Get("path")) }
func (c *call) getFS() error  { return c.fs(c.PathValue("path")) }

// fs answers what is at a path: a listing, or the content with its hash and mode in headers.
func (c *call) fs(name string) error {
	id, err := c.id()
	if err != nil {
		return err
	}
	root, err := c.space.FSRoot(c.Context(), id)
	if err != nil {
		return err
	}
	e, entries, err := c.space.Open(c.Context(), root, name)
	if err != nil {
		return err
	}
	if e.Kind == KindDir {
		list := []map[string]any{}
		for _, e := range entries {
			list = append(list, entryView(e))
		}
		return c.reply(http.StatusOK, map[string]any{"turn_id": text(id), "path": name, "fs_root_hash": root, "entries": list})
	}
	b, err := c.space.Blob(c.Context(), e.Hash)
	if err != nil {
		return err
	}
	if c.URL.Query().Get("format") == "json" {
		o := entryView(e)
		o["turn_id"], o["path"], o["content_base64"] = text(id), name, base64.StdEncoding.EncodeToString(b)
		return c.reply(http.StatusOK, o)
	}
	h := c.w.Header()
	h.Set("Content-Type", "application/octet-stream")
	if t := mime.TypeByExtension(path.Ext(name)); t != "" {
		h.Set("Content-Type", t)
	}
	h.Set("Content-Security-Policy", "sandbox") // somebody's file, under our name
	h.Set("X-Fs-Hash", e.Hash.String())
	h.Set("X-Fs-Mode", fmt.Sprintf("%o", e.Mode))
	c.w.Write(b)
	return nil
}
