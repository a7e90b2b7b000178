package check

import (
	"fmt"
	"iter"
	"slices"
	"sync"

	"twinset.dev/harness/trajectory"
	"twinset.dev/kit/store"
	"twinset.dev/kit/twin"
)

// A State is what the expressions of checks see: a world at one version, and what has happened in it. It belongs to one goroutine.
type State struct {
	host    *twin.Host
	schema  *store.Schema
	at      store.Reader
	memory  *Memory
	events  []trajectory.Event
	changes []store.Change  // since the world was forked
	changed map[string]bool // the collections of those
	own     map[any]any     // what memory has not; nil: memory may be written, this is the state that it is of

	env     *env
	missing error // the first lookup that found nothing
}

// A Memory keeps what was worked out of a world that others are forked from: its records, decoded, and what follows from collections
// that a fork has not changed. It may be used by many goroutines.
type Memory struct {
	before *State
	known  sync.Map
}

// Remember returns a Memory of w, filled with what the given checks look at.
func Remember(w *twin.World, c *Checks) *Memory {
	m := &Memory{}
	m.before = &State{host: w.Host, schema: w.Host.Schema, at: w.Snapshot(), memory: m}
	st := *m.before
	st.view(c.needs())
	for _, p := range c.final {
		p.run(&st)
	}
	return m
}

// NewState returns what w is at this moment. The events are those of the trial so far; memory is of the world that w was forked from, or
// nil.
func NewState(w *twin.World, memory *Memory, events []trajectory.Event) (*State, error) {
	changes, err := w.Changes(w.Born())
	if err != nil {
		return nil, err
	}
	st := &State{host: w.Host, schema: w.Host.Schema, at: w.Snapshot(), memory: memory, events: events, changes: changes, changed: map[string]bool{}, own: map[any]any{}}
	for _, ch := range changes {
		st.changed[ch.Collection] = true
	}
	return st, nil
}

// records yields the records of a collection as T, which takes the fields it knows from the record's JSON. A collection of a twin
// that is not there has none.
func records[T any](st *State, collection string) iter.Seq[*T] {
	return func(yield func(*T) bool) {
		if !st.schema.Has(collection) {
			return
		}
		for _, rec := range st.schema.Records(st.at, collection) {
			if !yield(decoded[T](st, rec)) {
				return
			}
		}
	}
}

// decoded is a record as T.
func decoded[T any](st *State, rec any) *T {
	if v, ok := st.kept(rec); ok {
		if t, ok := v.(*T); ok { // not what records() has made of it
			return t
		}
	}
	if st.memory != nil && st.own != nil {
		if v, ok := st.memory.known.Load(rec); ok {
			if t, ok := v.(*T); ok {
				return t
			}
		}
	}
	t := new(T)
	if err := copyTo(t, rec); err != nil {
		panic(fmt.Sprintf("check: %T: %v", rec, err))
	}
	st.keep(rec, t)
	return t
}

// derived is what make makes of some collections, made once: for all states of one memory if none of the collections has changed.
func derived[V any](st *State, what any, make func() V, of ...string) V {
	if st.memory == nil || slices.ContainsFunc(of, func(c string) bool { return st.changed[c] }) {
		return once(st, what, make)
	}
	return once(st.memory.before, what, make)
}

// once is what make makes, made once in a state.
func once[V any](st *State, what any, make func() V) V {
	if v, ok := st.kept(what); ok {
		return v.(V)
	}
	v := make()
	st.keep(what, v)
	return v
}

func (st *State) kept(key any) (any, bool) {
	if st.own != nil {
		v, ok := st.own[key]
		return v, ok
	}
	return st.memory.known.Load(key)
}

func (st *State) keep(key, v any) {
	if st.own != nil {
		st.own[key] = v
	} else {
		st.memory.known.Store(key, v)
	}
}

// A relation names what is derived from a collection: names, or its records by what they belong to.
type relation struct{ what, of string }

// A naming says what the records of a collection are called, by id: those that the world was forked with, and those that differ now.
type naming struct{ before, now map[string]string }

func (n naming) of(id string) string {
	if name, ok := n.now[id]; ok {
		return name
	}
	return n.before[id]
}

// renamed reports whether something has another name than it had.
func (n naming) renamed() bool {
	for id, name := range n.now {
		if was, ok := n.before[id]; ok && was != name {
			return true
		}
	}
	return false
}

// names are what the records of a collection are called. What the names depend on besides is named too.
func names[T any](st *State, collection string, name func(*T) (id, name string), also ...naming) (n naming) {
	key := relation{"names", collection}
	whole := func(st *State) map[string]string {
		return once(st, key, func() map[string]string {
			m := map[string]string{}
			for rec := range records[T](st, collection) {
				id, as := name(rec)
				m[id] = as
			}
			return m
		})
	}
	if st.memory == nil {
		return naming{now: whole(st)}
	}
	n.before = whole(st.memory.before)
	switch {
	case slices.ContainsFunc(also, naming.renamed):
		n.now = whole(st)
	case st.changed[collection]:
		n.now = once(st, key, func() map[string]string {
			m := map[string]string{}
			for _, ch := range st.changes {
				if ch.Collection == collection && ch.New != nil {
					id, as := name(decoded[T](st, ch.New))
					m[id] = as
				}
			}
			return m
		})
	}
	return n
}

// grouped are the records of a collection by what they belong to.
func grouped[T any](st *State, collection, by string, of func(*T) string) map[string][]*T {
	return derived(st, relation{by, collection}, func() map[string][]*T {
		m := map[string][]*T{}
		for rec := range records[T](st, collection) {
			m[of(rec)] = append(m[of(rec)], rec)
		}
		return m
	}, collection)
}

// none says that a lookup found nothing: the check that made it fails, whatever else it says.
func (st *State) none(format string, args ...any) error {
	err := fmt.Errorf(format, args...)
	if st.missing == nil {
		st.missing = err
	}
	return err
}
