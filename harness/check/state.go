package check

import (
	"encoding/json"
	"fmt"
	"iter"

	"twinset.dev/harness/trajectory"
	"twinset.dev/kit/store"
	"twinset.dev/kit/twin"
)

// A State is what the expressions of checks see: a world at one version, and what has happened in it.
type State struct {
	host   *twin.Host
	schema *store.Schema
	at     store.Reader
	memory *Memory
	events []trajectory.Event

	env     *env
	names   names
	missing error // the first lookup that found nothing
}

// A Memory keeps records that were decoded once: most are the same in all worlds that come of one. It is filled from the world that
// trials are forked from and read only after that, so that trials share it.
type Memory struct {
	decoded map[any]any // by record
	filling bool
}

// NewState returns what w is at this moment. The events are those of the trial so far; memory may be nil.
func NewState(w *twin.World, memory *Memory, events []trajectory.Event) *State {
	st := StateAt(w, w.Snapshot(), memory)
	st.events = events
	return st
}

// StateAt returns what w was at a snapshot of it.
func StateAt(w *twin.World, at *store.Snapshot, memory *Memory) *State {
	if memory == nil {
		memory = &Memory{}
	}
	return &State{host: w.Host, schema: w.Host.Schema, at: at, memory: memory}
}

// Remember returns a Memory of all that the given checks look at in w.
func Remember(w *twin.World, c *Checks) *Memory {
	m := &Memory{decoded: map[any]any{}, filling: true}
	st := NewState(w, m, nil)
	st.view(all)
	for _, p := range c.final {
		p.run(st)
	}
	m.filling = false
	return m
}

// records yields the records of a collection as T, which takes the fields it knows from the record's JSON. A collection of a twin
// that is not there has none.
func records[T any](st *State, collection string) iter.Seq2[string, *T] {
	return func(yield func(string, *T) bool) {
		if !st.schema.Has(collection) {
			return
		}
		for key, rec := range st.schema.Records(st.at, collection) {
			if !yield(key, decoded[T](st, rec)) {
				return
			}
		}
	}
}

// decoded is a record as T. One record is always decoded as the same type.
func decoded[T any](st *State, rec any) *T {
	if v, ok := st.memory.decoded[rec]; ok {
		if t, ok := v.(*T); ok {
			return t
		}
	}
	t := new(T)
	b, err := json.Marshal(rec)
	if err == nil {
		err = json.Unmarshal(b, t)
	}
	if err != nil {
		panic(fmt.Sprintf("check: %T: %v", rec, err))
	}
	if st.memory.filling {
		st.memory.decoded[rec] = t
	}
	return t
}

// none says that a lookup found nothing: the check that made it fails, whatever else it says.
func (st *State) none(format string, args ...any) error {
	err := fmt.Errorf(format, args...)
	if st.missing == nil {
		st.missing = err
	}
	return err
}
