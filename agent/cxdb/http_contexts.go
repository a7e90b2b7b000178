package cxdb

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
)

// view is a context as the API shows it.
func (c *call) view(x Context, provenance, lineage bool) (map[string]any, error) {
	live := c.v.Store.live
	o := map[string]any{
		"context_id": text(x.ID), "head_turn_id": text(x.Head), "head_depth": x.Depth, "base_turn_id": text(x.Base),
		"parent_context_id": text(x.Parent), "root_context_id": text(x.Root),
		"created_at": iso(x.Created), "created_at_unix_ms": x.Created, "is_live": live.isLive(x.ID),
	}
	for name, s := range map[string]string{"client_tag": x.Tag, "title": x.Title, "namespace": x.Namespace} {
		if s != "" {
			o[name] = s
		}
	}
	if len(x.Labels) > 0 {
		o["labels"] = x.Labels
	}
	if id := live.of(x.ID); id != 0 {
		o["session_id"] = text(id)
	}
	if provenance && x.Provenance != nil {
		o["provenance"] = x.Provenance
	}
	if lineage {
		children, err := c.space.Forks(c.Context(), x.ID)
		if err != nil {
			return nil, err
		}
		ids := make([]string, len(children))
		for i, child := range children {
			ids[i] = text(child.ID)
		}
		o["lineage"] = map[string]any{"parent_context_id": orNull(x.Parent), "root_context_id": text(x.Root),
			"child_context_ids": ids, "child_context_count": len(ids)}
	}
	return o, nil
}

// orNull is a string or an id, or null when there is none.
func orNull[T string | uint64](v T) any {
	var none T
	if v == none {
		return nil
	}
	return fmt.Sprint(v)
}

func (c *call) listContexts() error {
	q := c.URL.Query()
	limit, err := c.limit(q, 100)
	if err != nil {
		return err
	}
	offset, err := c.number("offset", q.Get("offset"), 0)
	if err != nil {
		return err
	}
	var found []Context
	total := uint64(0)
	err = c.space.Contexts(c.Context(), func(x Context) bool {
		if q.Has("tag") && x.Tag != q.Get("tag") {
			return true
		}
		if total++; total > offset && len(found) < limit {
			found = append(found, x)
		}
		return true
	})
	if err != nil {
		return err
	}
	list := []map[string]any{}
	for _, x := range found {
		o, err := c.view(x, truth(q, "include_provenance", false), truth(q, "include_lineage", false))
		if err != nil {
			return err
		}
		list = append(list, o)
	}
	sessions := c.v.Store.live.list(c.space)
	tags := []string{}
	for _, s := range sessions {
		if s.Tag != "" && !slices.Contains(tags, s.Tag) {
			tags = append(tags, s.Tag)
		}
	}
	return c.reply(http.StatusOK, map[string]any{"contexts": list, "count": len(list), "total": total,
		"active_sessions": sessions, "active_tags": tags})
}

func (c *call) searchContexts() error {
	q := c.URL.Query()
	limit, err := c.limit(q, 100)
	if err != nil {
		return err
	}
	query, err := ParseCQL(q.Get("q"))
	if err != nil {
		return err
	}
	s := c.v.Store
	start, total := s.now(), 0
	list := []map[string]any{}
	var failed error
	err = c.space.Contexts(c.Context(), func(x Context) bool {
		if !query.Match(x, s.live.isLive(x.ID), start) {
			return true
		}
		if total++; total <= limit {
			var o map[string]any
			o, failed = c.view(x, truth(q, "include_provenance", false), truth(q, "include_lineage", false))
			list = append(list, o)
		}
		return failed == nil
	})
	if err := firstError(err, failed); err != nil {
		return err
	}
	return c.reply(http.StatusOK, map[string]any{"contexts": list, "total_count": total, "query": q.Get("q"),
		"elapsed_ms": s.now().Sub(start).Milliseconds()})
}

func (c *call) getContext() error {
	id, err := c.id()
	if err != nil {
		return err
	}
	x, err := c.space.Context(c.Context(), id)
	if err != nil {
		return err
	}
	q := c.URL.Query()
	o, err := c.view(x, truth(q, "include_provenance", true), truth(q, "include_lineage", true))
	if err != nil {
		return err
	}
	return c.reply(http.StatusOK, o)
}

func (c *call) createContext() error { return c.create(false) }
func (c *call) forkContext() error   { return c.create(true) }

func (c *call) create(fork bool) error {
	var in struct {
		Base anyID `json:"base_turn_id"`
	}
	if c.ContentLength != 0 {
		if err := c.body(&in); err != nil {
			return err
		}
	}
	if fork && in.Base == 0 {
		return refuse(ErrInvalid, "a fork needs a base_turn_id")
	}
	x, err := c.space.Create(c.Context(), uint64(in.Base))
	if err != nil {
		return err
	}
	return c.reply(http.StatusCreated, map[string]any{"context_id": text(x.ID), "head_turn_id": text(x.Head), "head_depth": x.Depth})
}

func (c *call) childContexts() error {
	id, err := c.id()
	if err != nil {
		return err
	}
	q := c.URL.Query()
	limit, err := c.limit(q, 256)
	if err != nil {
		return err
	}
	if _, err := c.space.Context(c.Context(), id); err != nil {
		return err
	}
	seen := map[uint64]bool{id: true} // what clients say of their lineage may go in circles
	list := []map[string]any{}
	for queue := []uint64{id}; len(queue) > 0; queue = queue[1:] {
		children, err := c.space.Forks(c.Context(), queue[0])
		if err != nil {
			return err
		}
		for _, x := range children {
			if seen[x.ID] || len(list) == limit {
				continue
			}
			seen[x.ID] = true
			o, err := c.view(x, truth(q, "include_provenance", true), truth(q, "include_lineage", true))
			if err != nil {
				return err
			}
			list = append(list, o)
			if truth(q, "recursive", false) {
				queue = append(queue, x.ID)
			}
		}
	}
	return c.reply(http.StatusOK, map[string]any{"context_id": text(id), "children": list, "count": len(list)})
}

func (c *call) getProvenance() error {
	id, err := c.id()
	if err != nil {
		return err
	}
	x, err := c.space.Context(c.Context(), id)
	if err != nil {
		return err
	}
	return c.reply(http.StatusOK, map[string]any{"context_id": text(id), "provenance": x.Provenance})
}

func (c *call) putBundle() error {
	var raw json.RawMessage
	if err := c.body(&raw); err != nil {
		return err
	}
	isNew, err := c.v.Store.PutBundle(c.Context(), raw)
	if err != nil {
		return err
	}
	if !isNew {
		c.w.WriteHeader(http.StatusNoContent)
		return nil
	}
	b, err := parseBundle(raw)
	if err != nil {
		return err
	}
	return c.reply(http.StatusCreated, map[string]any{"bundle_id": b.ID})
}

func (c *call) getBundle() error {
	raw, ok := c.v.Store.types.Bundle(c.PathValue("id"))
	if !ok {
		return refuse(ErrNotFound, "bundle %q not found", c.PathValue("id"))
	}
	tag := `"` + Sum(raw).String() + `"`
	c.w.Header().Set("ETag", tag)
	c.w.Header().Set("Cache-Control", "public, max-age=31536000")
	if c.Header.Get("If-None-Match") == tag {
		c.w.WriteHeader(http.StatusNotModified)
		return nil
	}
	c.w.Header().Set("Content-Type", "application/json")
	c.w.Write(raw)
	return nil
}

func (c *call) listTypes() error {
	list := []map[string]any{}
	for _, t := range c.v.Store.types.Types() {
		list = append(list, map[string]any{"type_id": t.ID, "latest_version": t.Latest, "bundle_id": t.Bundle})
	}
	return c.reply(http.StatusOK, map[string]any{"types": list})
}

func (c *call) getType() error {
	n, err := c.number("version", c.PathValue("n"), 0)
	if err != nil {
		return err
	}
	spec := c.v.Store.types.version(c.PathValue("id"), uint32(n))
	if spec == nil || n == 0 || n>>32 != 0 {
		return refuse(ErrNotFound, "type %s version %d not found", c.PathValue("id"), n)
	}
	o := map[string]any{"type_id": c.PathValue("id"), "type_version": n, "fields": spec.fields}
	if spec.renderer != nil {
		o["renderer"] = spec.renderer
	}
	return c.reply(http.StatusOK, o)
}

func (c *call) renderers() error {
	out := map[string]*Renderer{}
	for _, t := range c.v.Store.types.Types() {
		if spec := c.v.Store.types.version(t.ID, t.Latest); spec != nil && spec.renderer != nil {
			out[t.ID] = spec.renderer
		}
	}
	return c.reply(http.StatusOK, map[string]any{"renderers": out})
}
