package cxdb

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"github.com/dgraph-io/badger/v4"
)

// A Space is what one namespace can see and do: its own contexts, their turns, and the blobs it has written. Ids and
// types are the store's; of another namespace's contexts it learns only that an id is not found.
type Space struct {
	s   *Store
	ns  string
	all bool // sees every namespace; what it creates belongs to ns
}

// Space returns the view of one namespace. The empty name is a namespace too.
func (s *Store) Space(namespace string) *Space { return &Space{s: s, ns: namespace} }

// Everything returns the view of the store's owner: all namespaces. What it creates belongs to the empty one, what it
// appends to the context's own.
func (s *Store) Everything() *Space { return &Space{s: s, all: true} }

func (p *Space) sees(namespace string) bool { return p.all || p.ns == namespace }

func (p *Space) context(r reader, id uint64) (Context, error) {
	c, err := r.context(id)
	if err == nil && !p.sees(c.Namespace) {
		return Context{}, refuse(ErrNotFound, "context %d not found", id)
	}
	return c, err
}

func (p *Space) turn(r reader, id uint64) (Turn, error) {
	t, err := r.turn(id)
	if err != nil || p.all {
		return t, err
	}
	if _, err := p.context(r, t.Context); err != nil {
		return Turn{}, refuse(ErrNotFound, "turn %d not found", id)
	}
	return t, nil
}

// Create makes a context: empty when base is 0, else a fork whose head is the turn base. It costs the same at any depth.
func (p *Space) Create(ctx context.Context, base uint64) (c Context, err error) {
	err = p.s.write(ctx, &op{size: 256, do: func(w *writer) error {
		c = Context{Namespace: p.ns, Created: p.s.now().UnixMilli(), Base: base, Head: base}
		if base != 0 {
			t, err := p.turn(w.reader, base)
			if err != nil {
				return err
			}
			from, err := w.context(t.Context)
			if err != nil {
				return err
			}
			c.Namespace, c.Depth, c.Parent, c.Root = from.Namespace, t.Depth, from.ID, from.Root
			c.Metadata = Metadata{Tag: from.Tag, Title: from.Title, Labels: from.Labels}
		}
		w.Context++
		if c.ID = w.Context; c.Root == 0 {
			c.Root = c.ID
		}
		w.set(contextKey(c.ID), seal(contextKey(c.ID), c))
		if c.Parent != 0 {
			w.set(forkKey(c.Parent, c.ID), nil)
		}
		return nil
	}, after: func() {
		p.s.bus.send(Event{c.Namespace, "context_created", map[string]any{
			"context_id": c.ID, "session_id": p.s.live.of(c.ID), "client_tag": c.Tag, "created_at": c.Created}})
	}})
	return c, err
}

// Context returns one context.
func (p *Space) Context(_ context.Context, id uint64) (c Context, err error) {
	err = p.s.view(func(r reader) error {
		c, err = p.context(r, id)
		return err
	})
	return c, err
}

// Contexts calls f with the contexts, newest first, until it says stop.
func (p *Space) Contexts(_ context.Context, f func(Context) (more bool)) error {
	return p.s.view(func(r reader) error {
		return r.each([]byte("c/"), []byte("c/\xff"), true, func(key []byte, item *badger.Item) (bool, error) {
			var c Context
			err := item.Value(func(b []byte) error { return unseal(key, b, &c) })
			if err != nil || !p.sees(c.Namespace) {
				return err == nil, err
			}
			return f(c), nil
		})
	})
}

// Append writes a turn and moves the context's head to it. A parent that is neither the head nor an ancestor of it is a
// conflict: that is what a fork is for.
func (p *Space) Append(ctx context.Context, id uint64, a Append) (t Turn, err error) {
	switch {
	case a.TypeID == "" || len(a.TypeID) > 1024:
		return t, refuse(ErrInvalid, "a turn needs a type id of at most 1024 bytes")
	case len(a.Payload) > MaxBlob:
		return t, refuse(ErrTooLarge, "a payload has at most %d bytes, not %d", MaxBlob, len(a.Payload))
	case len(a.Key) > 1024:
		return t, refuse(ErrInvalid, "an idempotency key has at most 1024 bytes")
	}
	at, err := p.Context(ctx, id)
	if err != nil {
		return t, err
	}
	var meta Metadata
	var told bool
	if at.Head == at.Base { // only the first turn of a context speaks for it
		meta, told = metadata(a.Payload)
	}
	h, packed := Sum(a.Payload), pack(a.Payload)
	var repeated bool
	err = p.s.write(ctx, &op{size: len(packed) + 512, do: func(w *writer) error {
		c, err := p.context(w.reader, id)
		if err != nil {
			return err
		}
		t = Turn{ID: w.Turn + 1, Context: id, TypeID: a.TypeID, TypeVersion: a.TypeVersion, Encoding: 1,
			Hash: h, Len: uint32(len(a.Payload)), Created: p.s.now().UnixMilli()}
		if a.Key != "" {
			if repeated, err = w.repeated(&t, a.Key); repeated || err != nil {
				return err
			}
		}
		parent, err := w.parent(c, a.Parent)
		if err != nil {
			return err
		}
		if err := w.under(parent, &t); err != nil {
			return err
		}
		if a.FS != (Hash{}) {
			if err := p.attach(w, c.Namespace, t.ID, a.FS); err != nil {
				return err
			}
		}
		if _, err := w.putBlob(c.Namespace, h, packed, len(a.Payload)); err != nil {
			return err
		}
		if told = told && c.Head == c.Base; told {
			w.describe(&c, meta)
		}
		c.Head, c.Depth = t.ID, t.Depth
		w.Turn = t.ID
		w.set(turnKey(t.ID), seal(turnKey(t.ID), t))
		w.set(childKey(t.Parent, t.ID), nil)
		w.set(contextKey(id), seal(contextKey(id), c))
		if a.Key != "" {
			k := onceKey(id, a.Key)
			w.setEntry(badger.NewEntry(k, seal(k, t.ID)).WithTTL(keyTTL))
		}
		at = c
		return nil
	}, after: func() {
		if !repeated {
			p.s.told(at, t, told)
		}
	}})
	return t, err
}

// repeated finds the turn that a key wrote before, which must be the same one.
func (w *writer) repeated(t *Turn, key string) (bool, error) {
	k := onceKey(t.Context, key)
	var id uint64
	ok, err := w.get(k, &id)
	if !ok || err != nil {
		return false, err
	}
	old, err := w.turn(id)
	if err == nil && (old.Hash != t.Hash || old.TypeID != t.TypeID || old.TypeVersion != t.TypeVersion) {
		err = refuse(ErrConflict, "idempotency key %q has written another turn, %d", key, id)
	}
	*t = old
	return true, err
}

// parent returns the turn that the next one follows, nil for a root.
func (w *writer) parent(c Context, id uint64) (*Turn, error) {
	if c.Head == 0 && id == 0 {
		return nil, nil
	}
	if c.Head == 0 {
		return nil, refuse(ErrConflict, "turn %d is not in context %d, which is empty", id, c.ID)
	}
	head, err := w.turn(c.Head)
	if err != nil || id == 0 || id == head.ID {
		return &head, err
	}
	switch ok, err := w.above(head, id); {
	case errors.Is(err, ErrNotFound), err == nil && !ok:
		return nil, refuse(ErrConflict, "turn %d is not in the line of context %d: fork it", id, c.ID)
	case err != nil:
		return nil, err
	}
	t, err := w.turn(id)
	return &t, err
}

// told says what an append did to those who listen.
func (s *Store) told(c Context, t Turn, described bool) {
	s.live.wrote(c.ID)
	s.bus.send(Event{c.Namespace, "turn_appended", map[string]any{
		"context_id": c.ID, "turn_id": t.ID, "parent_turn_id": t.Parent, "depth": t.Depth,
		"declared_type_id": t.TypeID, "declared_type_version": t.TypeVersion}})
	if described {
		s.bus.send(Event{c.Namespace, "context_metadata_updated", map[string]any{
			"context_id": c.ID, "client_tag": c.Tag, "title": c.Title, "labels": c.Labels,
			"has_provenance": c.Provenance != nil}})
	}
}

// Turn returns one turn.
func (p *Space) Turn(_ context.Context, id uint64) (t Turn, err error) {
	err = p.s.view(func(r reader) error {
		t, err = p.turn(r, id)
		return err
	})
	return t, err
}

// Last returns up to limit turns that end with the context's head, oldest first.
func (p *Space) Last(ctx context.Context, id uint64, limit int) ([]Turn, error) {
	return p.Before(ctx, id, 0, limit)
}

// Before returns up to limit turns that end just before a turn of the context, oldest first; 0 stands for after its head.
func (p *Space) Before(_ context.Context, id, before uint64, limit int) (turns []Turn, err error) {
	err = p.s.view(func(r reader) error {
		c, err := p.context(r, id)
		if err != nil {
			return err
		}
		next := c.Head
		if before != 0 {
			t, err := r.inLine(c, before)
			if err != nil {
				return err
			}
			next = t.Parent
		}
		for next != 0 && len(turns) < limit {
			t, err := r.turn(next)
			if err != nil {
				return err
			}
			turns, next = append(turns, t), t.Parent
		}
		return nil
	})
	slices.Reverse(turns)
	return turns, err
}

// inLine returns a turn that is the context's head or above it.
func (r reader) inLine(c Context, id uint64) (Turn, error) {
	absent := refuse(ErrNotFound, "turn %d is not in context %d", id, c.ID)
	if c.Head == 0 {
		return Turn{}, absent
	}
	head, err := r.turn(c.Head)
	if err != nil {
		return head, err
	}
	switch ok, err := r.above(head, id); {
	case errors.Is(err, ErrNotFound), err == nil && !ok:
		return Turn{}, absent
	case err != nil:
		return Turn{}, err
	}
	return r.turn(id)
}

// Children returns the turns that follow a turn, in the order they were written.
func (p *Space) Children(_ context.Context, id uint64) (ids []uint64, err error) {
	err = p.s.view(func(r reader) error {
		if _, err := p.turn(r, id); err != nil {
			return err
		}
		prefix := numbered("n/", id)
		return r.each(prefix, prefix, false, func(key []byte, _ *badger.Item) (bool, error) {
			ids = append(ids, number(key[len(prefix):]))
			return true, nil
		})
	})
	return ids, err
}

// Scan calls f with the turns that come after a turn id, in the order they were written, until it says stop. Only
// those of the types are passed, or all when there are none.
func (p *Space) Scan(_ context.Context, after uint64, types []string, f func(Turn) (more bool)) error {
	wanted := map[string]bool{}
	for _, t := range types {
		wanted[t] = true
	}
	seen := map[uint64]bool{} // by context
	return p.s.view(func(r reader) error {
		return r.each([]byte("t/"), turnKey(after+1), false, func(key []byte, item *badger.Item) (bool, error) {
			var t Turn
			err := item.Value(func(b []byte) error { return unseal(key, b, &t) })
			if err != nil || len(wanted) > 0 && !wanted[t.TypeID] {
				return err == nil, err
			}
			ours, known := seen[t.Context]
			if !known {
				c, err := r.context(t.Context)
				if err != nil {
					return false, err
				}
				ours = p.sees(c.Namespace)
				seen[t.Context] = ours
			}
			return !ours || f(t), nil
		})
	})
}

// Blob returns the bytes of a blob.
func (p *Space) Blob(_ context.Context, h Hash) (b []byte, err error) {
	err = p.s.view(func(r reader) error {
		if !p.all {
			if ours, err := r.has(ownKey(p.ns, h)); err != nil || !ours {
				return firstError(err, refuse(ErrNotFound, "blob %s not found", h))
			}
		}
		b, err = r.blob(h)
		return err
	})
	return b, err
}

// PutBlob keeps bytes under their hash. It says whether they are new to the namespace.
func (p *Space) PutBlob(ctx context.Context, b []byte) (h Hash, isNew bool, err error) {
	if len(b) > MaxBlob {
		return h, false, refuse(ErrTooLarge, "a blob has at most %d bytes, not %d", MaxBlob, len(b))
	}
	h = Sum(b)
	packed := pack(b)
	err = p.s.write(ctx, &op{size: len(packed) + 128, do: func(w *writer) error {
		had, err := w.putBlob(p.ns, h, packed, len(b))
		isNew = !had
		return err
	}})
	return h, isNew, err
}

// Forks returns the contexts whose parent is a context, in the order they were made.
func (p *Space) Forks(_ context.Context, id uint64) (forks []Context, err error) {
	err = p.s.view(func(r reader) error {
		prefix := numbered("p/", id)
		return r.each(prefix, prefix, false, func(key []byte, _ *badger.Item) (bool, error) {
			c, err := r.context(number(key[len(prefix):]))
			if err == nil && p.sees(c.Namespace) {
				forks = append(forks, c)
			}
			return true, err
		})
	})
	return forks, err
}

// PutBundle publishes types, to every namespace, and says whether they are new.
func (p *Space) PutBundle(ctx context.Context, raw []byte) (isNew bool, err error) {
	return p.s.PutBundle(ctx, raw)
}

// AppendJSON is Append for the data of a JSON object, encoded as its type says.
func (p *Space) AppendJSON(ctx context.Context, id uint64, a Append, data []byte) (Turn, error) {
	var err error
	if a.Payload, err = p.s.types.Encode(a.TypeID, a.TypeVersion, data); err != nil {
		return Turn{}, err
	}
	return p.Append(ctx, id, a)
}

// Typed returns up to limit turns with their data, as Before does.
func (p *Space) Typed(ctx context.Context, id, before uint64, limit int) ([]Typed, error) {
	turns, err := p.Before(ctx, id, before, limit)
	list := make([]Typed, len(turns))
	for i, t := range turns {
		if err == nil {
			list[i], err = p.typed(ctx, t)
		}
	}
	return list, err
}

// TypedTurn returns one turn with its data.
func (p *Space) TypedTurn(ctx context.Context, id uint64) (Typed, error) {
	t, err := p.Turn(ctx, id)
	if err != nil {
		return Typed{}, err
	}
	return p.typed(ctx, t)
}

// ScanTyped calls f with the turns of some types, or of all, that come after a turn id, in the order they were written.
func (p *Space) ScanTyped(ctx context.Context, after uint64, types []string, f func(Typed) error) error {
	var failed error
	err := p.Scan(ctx, after, types, func(t Turn) bool {
		var full Typed
		if full, failed = p.typed(ctx, t); failed == nil {
			failed = f(full)
		}
		return failed == nil
	})
	return firstError(failed, err)
}

func (p *Space) typed(ctx context.Context, t Turn) (Typed, error) {
	payload, err := p.payload(ctx, t)
	if err != nil {
		return Typed{}, err
	}
	var data any
	if shown, err := p.s.types.Project(payload, t.TypeID, t.TypeVersion, Render{Numbers: true, UnixMS: true}); err == nil {
		data = shown.Data
	} else if data, err = Plain(payload, Render{Numbers: true}); err != nil {
		return Typed{}, err
	}
	b, err := json.Marshal(data)
	return Typed{t, b}, err
}

// payload returns the bytes of a turn that the space has been shown.
func (p *Space) payload(_ context.Context, t Turn) (b []byte, err error) {
	err = p.s.view(func(r reader) error {
		b, err = r.blob(t.Hash)
		return err
	})
	return b, err
}
