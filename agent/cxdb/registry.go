package cxdb

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/dgraph-io/badger/v4"
)

// A Bundle publishes types and enums: what the numeric tags of payloads mean. It is immutable under its id.
type Bundle struct {
	RegistryVersion uint32                       `json:"registry_version"`
	ID              string                       `json:"bundle_id"`
	Types           map[string]TypeEntry         `json:"types,omitempty"`
	Enums           map[string]map[string]string `json:"enums,omitempty"` // by id, then number to label
}

// A TypeEntry holds the versions of a type by number.
type TypeEntry struct {
	Versions map[string]TypeVersion `json:"versions"`
}

// A TypeVersion holds the fields of one version by tag.
type TypeVersion struct {
	Fields   map[string]Field `json:"fields"`
	Renderer *Renderer        `json:"renderer,omitempty"`
}

// A Renderer is the module that a page may show the type with.
type Renderer struct {
	URL       string `json:"esm_url"`
	Component string `json:"component,omitempty"`
	Integrity string `json:"integrity,omitempty"`
}

// A Field is one tag of a type. A later version may add tags, and may not reuse one with another type or enum.
type Field struct {
	Name     string `json:"name"`
	Type     string `json:"type"` // string bool u64 i64 u32 … f64 bytes array map ref unix_ms any
	Enum     string `json:"enum,omitempty"`
	Ref      string `json:"ref,omitempty"`
	Optional bool   `json:"optional,omitempty"`
	Semantic string `json:"semantic,omitempty"` // unix_ms makes an integer a time
	Items    *Items `json:"items,omitempty"`
}

// Items is what an array holds: a simple type, or a reference to one of the registry.
type Items struct{ Type, Ref string }

// UnmarshalJSON takes "string", {"type": "string"}, {"type": "ref", "ref": id} and {"ref": id}.
func (i *Items) UnmarshalJSON(b []byte) error {
	if json.Unmarshal(b, &i.Type) == nil {
		return nil
	}
	var o struct{ Type, Ref string }
	if err := json.Unmarshal(b, &o); err != nil {
		return err
	}
	*i = o
	return nil
}

func (i Items) MarshalJSON() ([]byte, error) {
	if i.Ref != "" {
		return json.Marshal(map[string]string{"type": "ref", "ref": i.Ref})
	}
	return json.Marshal(i.Type)
}

// A Registry holds all the bundles of a store. It is the same for every namespace.
type Registry struct {
	mu      sync.RWMutex
	bundles map[string][]byte
	last    string
	types   map[string]*typeSpec
	enums   map[string]map[string]string
}

type typeSpec struct {
	bundle   string // that brought the newest version
	latest   uint32
	versions map[uint32]*versionSpec
}

type versionSpec struct {
	version  uint32
	tags     []uint64 // sorted
	fields   map[uint64]Field
	renderer *Renderer
}

// loadRegistry reads the bundles in the order they were put.
func loadRegistry(r reader) (*Registry, error) {
	g := &Registry{bundles: map[string][]byte{}, types: map[string]*typeSpec{}, enums: map[string]map[string]string{}}
	err := r.each([]byte("r/"), nil, false, func(key []byte, item *badger.Item) (bool, error) {
		var raw []byte
		if err := item.Value(func(b []byte) error { return unseal(key, b, &raw) }); err != nil {
			return false, err
		}
		b, err := parseBundle(raw)
		if err != nil {
			return false, err
		}
		err = g.merge(b)
		g.bundles[b.ID], g.last = raw, b.ID
		return true, err
	})
	return g, err
}

func parseBundle(raw []byte) (b Bundle, err error) {
	if err := json.Unmarshal(raw, &b); err != nil {
		return b, refuse(ErrInvalid, "bundle: %v", err)
	}
	if b.ID == "" || b.RegistryVersion == 0 {
		return b, refuse(ErrInvalid, "a bundle needs a bundle_id and a registry_version above 0")
	}
	return b, nil
}

// PutBundle publishes a bundle, and says whether it is new. The same id with other content is refused, and so is a tag
// or an enum that already means something else; then nothing of the bundle counts.
func (s *Store) PutBundle(ctx context.Context, raw []byte) (isNew bool, err error) {
	b, err := parseBundle(raw)
	if err != nil {
		return false, err
	}
	var compact bytes.Buffer // so that white space makes no difference
	if err := json.Compact(&compact, raw); err != nil {
		return false, refuse(ErrInvalid, "bundle: %v", err)
	}
	raw = compact.Bytes()
	err = s.write(ctx, &op{size: len(raw) + 64, do: func(w *writer) error {
		if old, ok := s.types.Bundle(b.ID); ok {
			if !bytes.Equal(old, raw) {
				return refuse(ErrInvalid, "bundle %q exists with other content", b.ID)
			}
			return nil
		}
		next := s.types.clone()
		if err := next.merge(b); err != nil {
			return err
		}
		isNew = true
		next.bundles[b.ID], next.last = raw, b.ID
		w.Bundle++
		w.set(bundleKey(w.Bundle), seal(bundleKey(w.Bundle), raw))
		s.types.replace(next)
		return nil
	}})
	return isNew, err
}

func (g *Registry) clone() *Registry {
	g.mu.RLock()
	defer g.mu.RUnlock()
	n := &Registry{bundles: maps.Clone(g.bundles), last: g.last, enums: maps.Clone(g.enums), types: map[string]*typeSpec{}}
	for id, t := range g.types {
		n.types[id] = &typeSpec{t.bundle, t.latest, maps.Clone(t.versions)}
	}
	return n
}

func (g *Registry) replace(n *Registry) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.bundles, g.last, g.types, g.enums = n.bundles, n.last, n.types, n.enums
}

// merge adds a bundle to a registry that nobody else uses yet.
func (g *Registry) merge(b Bundle) error {
	for id, labels := range b.Enums {
		if old, ok := g.enums[id]; ok && !maps.Equal(old, labels) {
			return refuse(ErrInvalid, "enum %s exists with other labels", id)
		}
		for n := range labels {
			if _, err := strconv.ParseUint(n, 10, 64); err != nil {
				return refuse(ErrInvalid, "enum %s: %q is not a number", id, n)
			}
		}
		g.enums[id] = labels
	}
	for _, id := range slices.Sorted(maps.Keys(b.Types)) {
		versions := b.Types[id].Versions
		for _, name := range slices.Sorted(maps.Keys(versions)) {
			n, err := strconv.ParseUint(name, 10, 32)
			if err != nil {
				return refuse(ErrInvalid, "type %s: %q is not a version", id, name)
			}
			if err := g.mergeVersion(id, uint32(n), versions[name], b.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

func (g *Registry) mergeVersion(id string, n uint32, v TypeVersion, bundle string) error {
	spec := &versionSpec{n, nil, map[uint64]Field{}, v.Renderer}
	names := map[string]bool{}
	for digits, f := range v.Fields {
		tag, err := strconv.ParseUint(digits, 10, 64)
		switch _, known := g.enums[f.Enum]; {
		case err != nil:
			return refuse(ErrInvalid, "type %s version %d: %q is not a tag", id, n, digits)
		case f.Name == "" || f.Type == "" || names[f.Name]:
			return refuse(ErrInvalid, "type %s version %d tag %s: a field needs a type and a name of its own", id, n, digits)
		case f.Enum != "" && !known:
			return refuse(ErrInvalid, "type %s version %d tag %s: enum %s is missing", id, n, digits, f.Enum)
		}
		names[f.Name] = true
		spec.fields[tag] = f
		spec.tags = append(spec.tags, tag)
	}
	slices.Sort(spec.tags)
	t := g.types[id]
	if t == nil {
		t = &typeSpec{versions: map[uint32]*versionSpec{}}
		g.types[id] = t
	}
	for _, other := range slices.Sorted(maps.Keys(t.versions)) {
		old := t.versions[other]
		for _, tag := range spec.tags {
			f := spec.fields[tag]
			if was, ok := old.fields[tag]; ok && (was.Type != f.Type || was.Enum != f.Enum) {
				return refuse(ErrInvalid, "type %s tag %d is a %s in version %d", id, tag, strings.TrimSpace(was.Type+" "+was.Enum), other)
			}
		}
	}
	if old := t.versions[n]; old != nil {
		if !maps.EqualFunc(old.fields, spec.fields, sameField) {
			return refuse(ErrInvalid, "type %s version %d exists with other fields", id, n)
		}
		if spec.renderer == nil {
			spec.renderer = old.renderer
		}
	}
	t.versions[n] = spec
	if n >= t.latest {
		t.latest, t.bundle = n, bundle
	}
	return nil
}

func sameField(a, b Field) bool {
	items := func(i *Items) Items {
		if i == nil {
			return Items{}
		}
		return *i
	}
	x, y := items(a.Items), items(b.Items)
	a.Items, b.Items = nil, nil
	return a == b && x == y
}

// Bundle returns a bundle as it was put, without white space.
func (g *Registry) Bundle(id string) ([]byte, bool) {
	g.mu.RLock()
	defer g.mu.RUnlock()
	raw, ok := g.bundles[id]
	return raw, ok
}

// version returns a version of a type, the newest when n is 0, or nil.
func (g *Registry) version(id string, n uint32) *versionSpec {
	g.mu.RLock()
	defer g.mu.RUnlock()
	t := g.types[id]
	switch {
	case t == nil:
		return nil
	case n == 0:
		return t.versions[t.latest]
	}
	return t.versions[n]
}

// label returns the name of an enum's number.
func (g *Registry) label(enum string, n uint64) (string, bool) {
	g.mu.RLock()
	defer g.mu.RUnlock()
	l, ok := g.enums[enum][strconv.FormatUint(n, 10)]
	return l, ok
}

// numbered returns the number of an enum's label.
func (g *Registry) labelled(enum, label string) (uint64, bool) {
	g.mu.RLock()
	defer g.mu.RUnlock()
	for digits, l := range g.enums[enum] {
		if l == label {
			n, err := strconv.ParseUint(digits, 10, 64)
			return n, err == nil
		}
	}
	return 0, false
}

// A TypeInfo is one type of a registry.
type TypeInfo struct {
	ID     string
	Latest uint32
	Bundle string // that brought the latest version
}

// Types returns the types, by id.
func (g *Registry) Types() []TypeInfo {
	g.mu.RLock()
	defer g.mu.RUnlock()
	var list []TypeInfo
	for id, t := range g.types {
		list = append(list, TypeInfo{id, t.latest, t.bundle})
	}
	slices.SortFunc(list, func(a, b TypeInfo) int { return strings.Compare(a.ID, b.ID) })
	return list
}

func (g *Registry) lastBundle() string {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.last
}
