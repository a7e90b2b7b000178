// Package store keeps worlds: isolated copies of typed, ordered, indexed collections. They live in B-trees in
// memory, are written in place while nobody holds a snapshot and copied on write when somebody does. Given a
// directory, every commit is in Badger before it is acknowledged.
//
// Twins declare their collections on a [Schema], open a [DB] on it and work in its worlds:
//
//	channels := store.NewCollection(&schema, "slack.channels", func(c *Channel) string { return c.ID })
//	byName := channels.Unique("name", func(c *Channel) []string { return []string{c.Name} })
//	db, err := store.Open(&schema, store.Options{})
//	w, err := db.Create("default")
//	err = w.Update(func(tx *store.Tx) error { channels.Put(tx, Channel{ID: "C1", Name: "general"}); return nil })
package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"reflect"
	"slices"
	"sort"
	"strings"
	"sync/atomic"

	"github.com/tidwall/btree"
)

// A Schema is the list of collections that every world of a DB has. Its zero value is ready; all collections
// are registered before the first Open.
type Schema struct {
	// Check makes the store look, in tests, for records that were changed behind its back: it remembers each
	// record's JSON and panics where a read, a commit, a snapshot or a fork finds another one.
	Check bool

	defs   []*def
	byName map[string]*def
	opened atomic.Bool
	stamps atomic.Uint64 // the last one given
}

// A def is a collection without its type: what is done for all of them alike, once for the compiler too. Values are *T.
type def struct {
	schema  *Schema
	id      int // place in state.tables
	name    string
	indexes []*indexDef
	refs    func(v any) []string
	key     func(v any) string
	make    func() *row // with a zero T
	raw     bool        // T holds a json.RawMessage somewhere
}

type indexDef struct {
	def    *def
	name   string
	place  int // in table.indexes
	unique bool
	keys   func(v any) []string
}

// A Collection is an ordered set of records of one type, one to a primary key, in every world.
type Collection[T any] struct{ def *def }

// NewCollection registers a collection. A record's key is a function of the record alone. Records are logged with
// encoding/json: what that leaves out or alters, like strings that are not UTF-8, is different after a restart.
func NewCollection[T any](s *Schema, name string, key func(*T) string) *Collection[T] {
	return &Collection[T]{s.define(&def{
		name: name,
		key:  func(v any) string { return key(v.(*T)) },
		make: func() *row {
			x := &cell[T]{}
			x.row.val = &x.v
			return &x.row
		},
		raw: holdsRaw(reflect.TypeFor[T]()),
	})}
}

func (s *Schema) define(d *def) *def {
	s.beforeOpen(d.name)
	if s.byName[d.name] != nil {
		panic("store: two collections are named " + d.name)
	}
	if s.byName == nil {
		s.byName = map[string]*def{}
	}
	d.schema, d.id = s, len(s.defs)
	s.byName[d.name] = d
	s.defs = append(s.defs, d)
	return d
}

func (d *def) encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // which would also change the bytes of a json.RawMessage
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

func (d *def) decode(b []byte, strict bool) (*row, error) {
	w := d.make()
	if d.raw {
		defer func() { unnull(reflect.ValueOf(w.val)) }()
	}
	if !strict {
		return w, json.Unmarshal(b, w.val)
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(w.val); err != nil {
		return nil, err
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, errors.New("more than one value")
	}
	return w, nil
}

func (s *Schema) beforeOpen(name string) {
	if s.opened.Load() {
		panic("store: " + name + " is registered after Open")
	}
}

// Unique adds an index under whose keys there is at most one record. A record has zero, one or many keys;
// keys must be a function of the record alone.
func (c *Collection[T]) Unique(name string, keys func(*T) []string) *Index[T] {
	return c.index(name, keys, true)
}

// Index adds an index under whose keys there may be many records.
func (c *Collection[T]) Index(name string, keys func(*T) []string) *Index[T] {
	return c.index(name, keys, false)
}

func (c *Collection[T]) index(name string, keys func(*T) []string, unique bool) *Index[T] {
	return &Index[T]{c.def.index(&indexDef{name: name, unique: unique, keys: func(v any) []string { return keys(v.(*T)) }})}
}

func (d *def) index(x *indexDef) *indexDef {
	d.schema.beforeOpen(d.name + "." + x.name)
	for _, other := range d.indexes {
		if other.name == x.name {
			panic("store: two indexes are named " + d.name + "." + x.name)
		}
	}
	x.def, x.place = d, len(d.indexes)
	d.indexes = append(d.indexes, x)
	return x
}

// Blobs tells which blobs, by hash, a record keeps alive.
func (c *Collection[T]) Blobs(refs func(*T) []string) {
	c.def.schema.beforeOpen(c.def.name)
	c.def.refs = func(v any) []string { return refs(v.(*T)) }
}

// A row is a record as it is stored: immutable but for what is remembered beside it.
type row struct {
	val  any // *T
	memo atomic.Pointer[memo]
	json *[]byte // Schema.Check: what val was when it was put
}

type memo struct {
	variant string
	bytes   []byte
}

// A cell is a row and its record in one allocation.
type cell[T any] struct {
	row row
	v   T
}

// A table is one collection in one state. It is written in place by the world that owns it.
type table struct {
	rows    btree.Map[string, *row]     // primary key → row
	indexes []btree.Map[string, string] // index key, or index key and primary key, → primary key
	loops   int                         // iterations under way in the Tx that may write it
	stamp   uint64
}

// A state is a world at one version.
type state struct {
	version uint64
	tables  []*table
}

const degree = 16

func emptyState(defs []*def) *state {
	st := &state{}
	for _, d := range defs {
		t := &table{rows: *btree.NewMap[string, *row](degree), stamp: d.schema.stamps.Add(1)}
		for range d.indexes {
			t.indexes = append(t.indexes, *btree.NewMap[string, string](degree))
		}
		st.tables = append(st.tables, t)
	}
	return st
}

func (t *table) copy() *table {
	n := &table{rows: isolated(&t.rows), indexes: make([]btree.Map[string, string], len(t.indexes)), stamp: t.stamp}
	for i := range t.indexes {
		n.indexes[i] = isolated(&t.indexes[i])
	}
	return n
}

// isolated copies a tree that others may be reading or copying at this moment; IsoCopy alone would write to it.
func isolated[V any](m *btree.Map[string, V]) btree.Map[string, V] {
	c := *m
	return *c.IsoCopy()
}

// A change is what a write does to one table: old, which may be nil, gives way to new, which may be nil.
type change struct {
	old, new *row
	keys     [][2][]string // of old and new, by index
}

func (d *def) change(old, new *row) change {
	c := change{old, new, make([][2][]string, len(d.indexes))}
	for i, x := range d.indexes {
		if old != nil {
			c.keys[i][0] = x.keys(old.val)
		}
		if new != nil {
			c.keys[i][1] = x.keys(new.val)
		}
	}
	return c
}

// taken returns the index and the key under which another record than pk stands in the way of a change.
func (t *table) taken(d *def, pk string, c change) (*indexDef, string) {
	for i, x := range d.indexes {
		if !x.unique || slices.Equal(c.keys[i][0], c.keys[i][1]) {
			continue
		}
		for _, k := range c.keys[i][1] {
			if other, taken := t.indexes[i].Get(k); taken && other != pk {
				return x, k
			}
		}
	}
	return nil, ""
}

func (t *table) apply(d *def, pk string, c change) {
	t.stamp = d.schema.stamps.Add(1)
	for i, x := range d.indexes {
		if slices.Equal(c.keys[i][0], c.keys[i][1]) {
			continue
		}
		for _, k := range c.keys[i][0] {
			t.indexes[i].Delete(x.entry(k, pk))
		}
		for _, k := range c.keys[i][1] {
			t.indexes[i].Set(x.entry(k, pk), pk)
		}
	}
	if c.new == nil {
		t.rows.Delete(pk)
	} else {
		t.rows.Set(pk, c.new)
	}
}

// entry is the key in the index's tree. Under a multi-value index it is the escaped index key, an end mark and the
// primary key: entries sort by index key, then by primary key, whatever bytes either has.
func (x *indexDef) entry(key, pk string) string {
	if x.unique {
		return key
	}
	return escape(key) + entryEnd + pk
}

// key is the index key of an entry.
func (x *indexDef) key(entry, pk string) string {
	if x.unique {
		return entry
	}
	return strings.ReplaceAll(entry[:len(entry)-len(pk)-len(entryEnd)], "\x00\xff", "\x00")
}

const entryEnd = "\x00\x01"

func escape(key string) string {
	if strings.IndexByte(key, 0) < 0 {
		return key
	}
	return strings.ReplaceAll(key, "\x00", "\x00\xff")
}

// A Reader is what collections are read from: a *[Tx] or a *[Snapshot].
type Reader interface {
	table(d *def) *table
	schema() *Schema
	saw(d *def, pk string, r *row) // Schema.Check
}

// Get returns a copy of the record under key. Slices and maps inside it are shared with the store and must be
// cloned before they are changed.
func (c *Collection[T]) Get(r Reader, key string) (T, bool) { return value[T](c.def.row(r, key)) }

// Has reports whether there is a record under key.
func (c *Collection[T]) Has(r Reader, key string) bool {
	_, ok := r.table(c.def).rows.Get(key)
	return ok
}

// Len returns the number of records.
func (c *Collection[T]) Len(r Reader) int { return r.table(c.def).rows.Len() }

// Stamp returns a number by which what was made of a collection's records can be kept: where the number is the same, in whatever world
// and at whatever version, so are the records.
func (c *Collection[T]) Stamp(r Reader) uint64 { return r.table(c.def).stamp }

// All yields the records whose keys start with prefix, in ascending order of their keys' bytes.
func (c *Collection[T]) All(r Reader, prefix string) iter.Seq[T] {
	return c.Range(r, Range{Prefix: prefix})
}

// A Range selects keys that start with Prefix and are in [From, To), in order of their bytes. From and To are
// whole keys; empty means open. Desc walks from the high end.
type Range struct {
	Prefix, From, To string
	Desc             bool
}

// Range yields the records whose keys are in g. The loop's body may write: the loop goes on over the collection
// as it was when the loop began.
func (c *Collection[T]) Range(r Reader, g Range) iter.Seq[T] {
	return func(yield func(T) bool) {
		c.def.scan(r, g, func(w *row) bool { return yield(*w.val.(*T)) })
	}
}

// Rows is like Range, yielding rows.
func (c *Collection[T]) Rows(r Reader, g Range) iter.Seq[Row[T]] {
	return func(yield func(Row[T]) bool) {
		c.def.scan(r, g, func(w *row) bool { return yield(Row[T]{w}) })
	}
}

// Row returns the row under key.
func (c *Collection[T]) Row(r Reader, key string) (Row[T], bool) {
	w, ok := c.def.row(r, key)
	return Row[T]{w}, ok
}

// Put stores v under its key, in place of the record that was there. When another record has one of v's unique
// keys, v is not stored, the transaction is lost and its Update returns a *[UniqueError].
func (c *Collection[T]) Put(tx *Tx, v T) {
	x := &cell[T]{v: v}
	x.row.val = &x.v
	tx.put(c.def, &x.row)
}

// Delete removes the record under key and reports whether there was one.
func (c *Collection[T]) Delete(tx *Tx, key string) bool { return tx.delete(c.def, key) }

// A Row is a stored record. It may be kept for as long as one likes.
type Row[T any] struct{ row *row }

// Value returns the record itself, which must not be changed.
func (w Row[T]) Value() *T { return w.row.val.(*T) }

// Memo returns make's answer for the record, remembered beside the row for as long as the record is not replaced.
// A row remembers one variant: asking for another one replaces it. The bytes must not be changed.
func (w Row[T]) Memo(variant string, make func(*T) []byte) []byte {
	if m := w.row.memo.Load(); m != nil && m.variant == variant {
		return m.bytes
	}
	b := make(w.Value())
	w.row.memo.Store(&memo{variant, b})
	return b
}

// An Index finds a collection's records by other keys than the primary one.
type Index[T any] struct{ x *indexDef }

// Get returns the record under key, the one with the lowest primary key if there are several.
func (x *Index[T]) Get(r Reader, key string) (T, bool) { return value[T](x.x.row(r, key)) }

// All yields the records under exactly this key, by primary key.
func (x *Index[T]) All(r Reader, key string) iter.Seq[T] {
	return func(yield func(T) bool) {
		x.x.scan(r, x.x.only(key), func(w *row) bool { return yield(*w.val.(*T)) })
	}
}

// Range yields the records whose index keys are in g, by index key and then by primary key; a record with
// several such keys comes once for each.
func (x *Index[T]) Range(r Reader, g Range) iter.Seq[T] {
	return func(yield func(T) bool) {
		x.x.scan(r, x.x.within(g), func(w *row) bool { return yield(*w.val.(*T)) })
	}
}

// Rows is like Range, yielding rows.
func (x *Index[T]) Rows(r Reader, g Range) iter.Seq[Row[T]] {
	return func(yield func(Row[T]) bool) {
		x.x.scan(r, x.x.within(g), func(w *row) bool { return yield(Row[T]{w}) })
	}
}

// Keys yields the primary keys of the entries in g, in the order of Range. It reads no record.
func (x *Index[T]) Keys(r Reader, g Range) iter.Seq[string] {
	return func(yield func(string) bool) {
		t, done := begin(r, x.x.def)
		defer done()
		scan(&t.indexes[x.x.place], x.x.within(g), func(_, pk string) bool { return yield(pk) })
	}
}

// Count returns how many entries of the index are in g. It reads no record, and of many entries few.
func (x *Index[T]) Count(r Reader, g Range) int {
	t, done := begin(r, x.x.def)
	defer done()
	return count(&t.indexes[x.x.place], x.x.within(g))
}

// Where is like Rows, yielding those whose index key is as asked. The others' records are not looked at.
func (x *Index[T]) Where(r Reader, g Range, is func(key string) bool) iter.Seq[Row[T]] {
	return func(yield func(Row[T]) bool) {
		t, done := begin(r, x.x.def)
		defer done()
		scan(&t.indexes[x.x.place], x.x.within(g), func(entry, pk string) bool {
			if !is(x.x.key(entry, pk)) {
				return true
			}
			w, _ := t.rows.Get(pk)
			if x.x.def.schema.Check {
				r.saw(x.x.def, pk, w)
			}
			return yield(Row[T]{w})
		})
	}
}

func value[T any](w *row, ok bool) (v T, found bool) {
	if ok {
		v = *w.val.(*T)
	}
	return v, ok
}

func (d *def) row(r Reader, key string) (*row, bool) {
	w, ok := r.table(d).rows.Get(key)
	if ok && d.schema.Check {
		r.saw(d, key, w)
	}
	return w, ok
}

func (d *def) scan(r Reader, g Range, yield func(*row) bool) {
	t, done := begin(r, d)
	defer done()
	scan(&t.rows, g, func(pk string, w *row) bool {
		if d.schema.Check {
			r.saw(d, pk, w)
		}
		return yield(w)
	})
}

func (x *indexDef) row(r Reader, key string) (found *row, ok bool) {
	if x.unique {
		pk, ok := r.table(x.def).indexes[x.place].Get(key)
		if !ok {
			return nil, false
		}
		return x.def.row(r, pk)
	}
	x.scan(r, x.only(key), func(w *row) bool {
		found = w
		return false
	})
	return found, found != nil
}

// scan yields the rows whose entries in the index's tree are in g.
func (x *indexDef) scan(r Reader, g Range, yield func(*row) bool) {
	t, done := begin(r, x.def)
	defer done()
	scan(&t.indexes[x.place], g, func(_, pk string) bool {
		w, _ := t.rows.Get(pk)
		if x.def.schema.Check {
			r.saw(x.def, pk, w)
		}
		return yield(w)
	})
}

// only is the range of the entries of exactly this index key.
func (x *indexDef) only(key string) Range {
	if x.unique {
		return Range{From: key, To: key + "\x00"}
	}
	return Range{Prefix: escape(key) + entryEnd}
}

// within is the range of the entries whose index keys are in g.
func (x *indexDef) within(g Range) Range {
	if !x.unique {
		g.Prefix, g.From, g.To = escape(g.Prefix), escape(g.From), escape(g.To)
	}
	return g
}

// begin returns the table to iterate over. While the iteration lasts, a write to it goes to a copy.
func begin(r Reader, d *def) (_ *table, done func()) {
	t := r.table(d)
	if tx, ok := r.(*Tx); ok && tx.writable {
		t.loops++
		return t, func() { t.loops-- }
	}
	return t, func() {}
}

func scan[V any](m *btree.Map[string, V], g Range, yield func(string, V) bool) {
	lo := max(g.Prefix, g.From)
	if !g.Desc {
		m.Ascend(lo, func(k string, v V) bool {
			return strings.HasPrefix(k, g.Prefix) && (g.To == "" || k < g.To) && yield(k, v)
		})
		return
	}
	hi, bounded := g.end()
	down := func(k string, v V) bool {
		if bounded && k >= hi {
			return true
		}
		return k >= lo && yield(k, v)
	}
	if bounded {
		m.Descend(hi, down)
	} else {
		m.Reverse(down)
	}
}

// count counts a few entries one by one, and finds the places of the first and the last of many.
func count[V any](m *btree.Map[string, V], g Range) int {
	const few = 256
	n := 0
	scan(m, Range{Prefix: g.Prefix, From: g.From, To: g.To}, func(string, V) bool { n++; return n < few })
	if n < few {
		return n
	}
	place := func(key string) int {
		return sort.Search(m.Len(), func(i int) bool { k, _, _ := m.GetAt(i); return k >= key })
	}
	end := m.Len()
	if hi, bounded := g.end(); bounded {
		end = place(hi)
	}
	return end - place(max(g.Prefix, g.From))
}

// end is the lowest key behind the range, if there is one.
func (g Range) end() (string, bool) {
	hi, bounded := successor(g.Prefix)
	if g.To != "" && (!bounded || g.To < hi) {
		return g.To, true
	}
	return hi, bounded
}

// successor returns the lowest string above all that start with prefix, if there is one.
func successor(prefix string) (string, bool) {
	for i := len(prefix) - 1; i >= 0; i-- {
		if prefix[i] < 0xff {
			return prefix[:i] + string([]byte{prefix[i] + 1}), true
		}
	}
	return "", false
}

// Collections returns the names of all collections, in the order of their registration.
func (s *Schema) Collections() []string {
	var names []string
	for _, d := range s.defs {
		names = append(names, d.name)
	}
	return names
}

func (s *Schema) def(collection string) *def {
	d := s.byName[collection]
	if d == nil {
		panic("store: no collection " + collection)
	}
	return d
}

// Dump yields the key and the JSON of every record of a collection, which must exist.
func (s *Schema) Dump(r Reader, collection string) iter.Seq2[string, json.RawMessage] {
	d := s.def(collection)
	return func(yield func(string, json.RawMessage) bool) {
		t, done := begin(r, d)
		defer done()
		scan(&t.rows, Range{}, func(pk string, w *row) bool {
			b, err := d.encode(w.val)
			if err != nil {
				panic(fmt.Sprintf("store: %s %q: %v", collection, pk, err))
			}
			return yield(pk, b)
		})
	}
}

// Has reports whether there is a collection of that name.
func (s *Schema) Has(collection string) bool { return s.byName[collection] != nil }

// Records yields the key and the record, as *T and read only, of every record of a collection, which must exist. The pointer stays
// the same, in whatever world and at whatever version, for as long as the record does.
func (s *Schema) Records(r Reader, collection string) iter.Seq2[string, any] {
	d := s.def(collection)
	return func(yield func(string, any) bool) {
		d.scan(r, Range{}, func(w *row) bool { return yield(d.key(w.val), w.val) })
	}
}

// Load decodes a record and puts it. A field that the record's type does not have is an error.
func (s *Schema) Load(tx *Tx, collection string, record json.RawMessage) error {
	d := s.byName[collection]
	if d == nil {
		return fmt.Errorf("store: no collection %q", collection)
	}
	w, err := d.decode(record, true)
	if err != nil {
		return fmt.Errorf("store: %s: %w", collection, err)
	}
	tx.put(d, w)
	return tx.err
}

// Clear deletes every record of a collection, which must exist.
func (s *Schema) Clear(tx *Tx, collection string) {
	d := s.def(collection)
	for _, pk := range tx.table(d).rows.Keys() {
		tx.delete(d, pk)
	}
}
