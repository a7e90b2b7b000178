package okta

import (
	"cmp"
	"iter"
	"regexp"
	"slices"
	"strings"

	"twinset.dev/kit/store"
	"twinset.dev/kit/twin"
)

// A kind is one sort of thing that an org keeps as the caller wrote it: created, read, replaced and deleted whole, and
// perhaps switched on and off. What is particular to a kind stands in its functions; each may be nil.
type kind struct {
	name      string   // of its collection, in the plural
	noun      string   // what Okta's refusals call one
	prefix    string   // of ids
	path      string   // of one of them, with %s for its parent and for itself: "/api/v1/zones/%s"
	title     string   // the member that is its name, "name" if empty
	event     string   // what the log's events begin with: "zone" for zone.create
	past      bool     // the log says created, not create
	lifecycle bool     // it has a status, ACTIVE from the start
	restates  bool     // who replaces one may say its status
	drops     []string // further members of the caller's that are not kept

	// newID makes the id of a new one, if it does not begin with prefix.
	newID func(c *call) string
	// check refuses what will not do, and adds to doc what Okta adds. was is nil for a new one.
	check func(c *call, doc obj, was *Record) error
	// links are those of one of its things; self is there already.
	links func(c *call, r Record, links obj)
	// view changes what the caller sees.
	view func(c *call, r Record, v obj)
	// deletes refuses, or does what goes with it.
	deletes func(c *call, r Record) error
	// seen reports whether the caller sees one in a list.
	seen func(c *call, r Record) bool
	// turns refuses a change of status, or does what goes with it.
	turns func(c *call, r *Record, status string) error
}

// A table is the records of a kind.
type table struct {
	records *store.Collection[Record]
	under   *store.Index[Record] // by parent
	byName  *store.Index[Record] // by parent and name
}

func newTable(sc *store.Schema, k *kind) *table {
	t := &table{records: store.NewCollection(sc, "okta."+k.name, func(r *Record) string { return r.ID })}
	t.under = t.records.Index("parent", func(r *Record) []string { return []string{r.Parent} })
	t.byName = t.records.Index("name", func(r *Record) []string { return []string{r.Parent + "/" + r.Name} })
	return t
}

// fetch returns the record of that id, below its parent if it has one.
func (c *call) fetch(k *kind, parent, id string) (Record, error) {
	r, ok := c.o.tables[k].records.Get(c.Tx, id)
	if !ok || r.Parent != parent {
		return r, notFound(id, k.noun)
	}
	return r, nil
}

// called returns the record of that name.
func (c *call) called(k *kind, parent, name string) (Record, bool) {
	return c.o.tables[k].byName.Get(c.Tx, parent+"/"+name)
}

// nameFits refuses a name that is missing, or longer than so many letters.
func nameFits(name string, most int) error {
	switch {
	case name == "":
		return blank("name")
	case len([]rune(name)) > most:
		return invalid("name", "name: The field is too long")
	}
	return nil
}

// taken reports whether another record than was, which is nil for a new one, has the name.
func (c *call) taken(k *kind, parent, name string, was *Record) bool {
	other, ok := c.called(k, parent, name)
	return ok && (was == nil || other.ID != was.ID)
}

// all yields the records below a parent, the oldest first.
func (c *call) all(k *kind, parent string) iter.Seq[Record] {
	return slices.Values(slices.SortedStableFunc(c.o.tables[k].under.All(c.Tx, parent), func(a, b Record) int {
		return cmp.Or(cmp.Compare(a.Created, b.Created), cmp.Compare(a.Order, b.Order))
	}))
}

// order is a number that grows from thing to thing, for those of one second.
func (c *call) order() int64 {
	n, _ := c.o.counters.Get(c.Tx, "order")
	n.Name, n.N = "order", n.N+1
	c.o.counters.Put(c.Tx, n)
	return n.N
}

// tell writes into the log what has become of a record.
func (c *call) tell(k *kind, verb string, r Record) {
	if k.past {
		verb = strings.TrimSuffix(verb, "e") + "ed"
	}
	c.logged(k.event+"."+verb, "SUCCESS", k.target(r))
}

// sought yields those of a kind below a parent that the call asks for: q by how the name begins, filter by expression.
func (c *call) sought(k *kind, parent string) (iter.Seq[Record], error) {
	match, err := c.filtered("filter")
	if err != nil {
		return nil, err
	}
	q := strings.ToLower(c.query.Get("q"))
	return func(yield func(Record) bool) {
		for r := range c.all(k, parent) {
			if strings.HasPrefix(strings.ToLower(r.Name), q) && match(object(c.shown(k, r))) && (k.seen == nil || k.seen(c, r)) && !yield(r) {
				return
			}
		}
	}, nil
}

// keep stores a record that has changed.
func (c *call) keep(k *kind, r Record) Record {
	r.Name = text(r.Doc[k.titled()])
	c.o.tables[k].records.Put(c.Tx, r)
	return r
}

func (k *kind) titled() string {
	if k.title == "" {
		return "name"
	}
	return k.title
}

// ours are the members that Okta alone writes.
var ours = []string{"id", "created", "lastUpdated", "status", "_links", "_embedded"}

// make creates a record from what the caller sent.
func (c *call) make(k *kind, parent string, doc obj) (Record, error) {
	if doc == nil {
		return Record{}, errMalformed
	}
	r := Record{ID: c.id(k.prefix), Parent: parent, Created: c.at(), Updated: c.at(), Order: c.order()}
	if k.newID != nil {
		r.ID = k.newID(c)
	}
	if k.lifecycle {
		r.Status = "ACTIVE"
	}
	r.Doc = clone(without(doc, append(k.drops, ours...)...))
	if k.check != nil {
		if err := k.check(c, r.Doc, nil); err != nil {
			return r, err
		}
	}
	r = c.keep(k, r)
	c.tell(k, "create", r)
	return r, nil
}

// replace puts what the caller sent in the place of what was.
func (c *call) replace(k *kind, r Record, doc obj) (Record, error) {
	if doc == nil {
		return r, errMalformed
	}
	was := r
	r.Doc, r.Updated = clone(without(doc, append(k.drops, ours...)...)), c.at()
	if k.check != nil {
		if err := k.check(c, r.Doc, &was); err != nil {
			return r, err
		}
	}
	if s := text(doc["status"]); k.restates && (s == "ACTIVE" || s == "INACTIVE") {
		r.Status = s
	}
	r = c.keep(k, r)
	c.tell(k, "update", r)
	return r, nil
}

// patch changes what the caller sent of a record, and leaves the rest.
func (c *call) patch(k *kind, r Record) (any, error) {
	if c.body == nil {
		return nil, errMalformed
	}
	r, err := c.replace(k, r, with(r.Doc, c.body))
	if err != nil {
		return nil, err
	}
	return c.shown(k, r), nil
}

// comes keeps a record that comes with the org: the same in every world, and older than what people make.
func (c *call) comes(k *kind, parent, name string, doc obj) Record {
	org, _ := c.o.orgs.Get(c.Tx, "org")
	at := org.Created
	for range c.all(k, parent) {
		at += 1000 // so that they are listed in the order in which they are made
	}
	r := Record{ID: seedID(k.prefix, k.name+"/"+parent+"/"+name), Parent: parent, System: true, Created: at, Updated: at, Doc: with(doc, obj{k.titled(): name})}
	if k.lifecycle {
		r.Status = "ACTIVE"
	}
	return c.keep(k, r)
}

// remove deletes a record.
func (c *call) remove(k *kind, r Record) error {
	if k.deletes != nil {
		if err := k.deletes(c, r); err != nil {
			return err
		}
	}
	c.o.tables[k].records.Delete(c.Tx, r.ID)
	c.tell(k, "delete", r)
	return nil
}

// turn switches a record on or off.
func (c *call) turn(k *kind, r Record, status string) (Record, error) {
	if k.turns != nil {
		if err := k.turns(c, &r, status); err != nil {
			return r, err
		}
	}
	if r.Status == status {
		return r, nil
	}
	r.Status, r.Updated = status, c.at()
	r = c.keep(k, r)
	c.tell(k, map[string]string{"ACTIVE": "activate", "INACTIVE": "deactivate"}[status], r)
	return r, nil
}

// shown is a record as the caller sees it.
func (c *call) shown(k *kind, r Record) any {
	v := with(r.Doc, obj{"id": r.ID, "created": stamp(r.Created), "lastUpdated": stamp(r.Updated)})
	at := c.address(k, r)
	links := obj{"self": hints(at, "GET", "PUT", "DELETE")}
	if k.lifecycle {
		v["status"] = r.Status
		if r.Status == "ACTIVE" {
			links["deactivate"] = hints(at+"/lifecycle/deactivate", "POST")
		} else {
			links["activate"] = hints(at+"/lifecycle/activate", "POST")
		}
	}
	if k.links != nil {
		k.links(c, r, links)
	}
	v["_links"] = links
	if k.view != nil {
		k.view(c, r, v)
	}
	return v
}

// address is where a record is found.
func (c *call) address(k *kind, r Record) string {
	p := k.path
	if strings.Count(p, "%s") == 2 {
		p = strings.Replace(p, "%s", r.Parent, 1)
	}
	return c.link(strings.Replace(p, "%s", r.ID, 1))
}

// target is a record as the log names it.
func (k *kind) target(r Record) target { return target{r.ID, k.noun, r.Name} }

// crud are the operations of a kind, by their ids; those that are "" it does not have.
type crud struct {
	list, create, get, replace, delete, activate, deactivate string
	made                                                     int  // the status of what has been created, 200 if zero
	quiet                                                    bool // activating and deactivating answer nothing
}

var pathParams = regexp.MustCompile(`\{([A-Za-z]+)\}`)

// place is the parent and the id that a call's path names. first is found, or there is nothing below it.
func (c *call) place() (parent, id string) {
	names := pathParams.FindAllStringSubmatch(c.op.Path, -1)
	if len(names) == 0 {
		return "", ""
	}
	id = c.param(names[len(names)-1][1])
	if len(names) > 1 {
		parent = c.param(names[len(names)-2][1])
	}
	return parent, id
}

// serveKind serves the operations of a kind. within finds what the records are below, nil if they stand alone.
func (o *Okta) serveKind(level twin.Level, k *kind, ops crud, within func(c *call, id string) error) {
	parent := func(c *call, list bool) (string, error) {
		if within == nil {
			return "", nil
		}
		p, id := c.place()
		if list {
			p = id
		}
		return p, within(c, p)
	}
	on := func(id string, serve func(*call) (any, error)) {
		if id != "" {
			o.on(level, id, serve)
		}
	}
	one := func(f func(c *call, r Record) (any, error)) func(*call) (any, error) {
		return func(c *call) (any, error) {
			p, err := parent(c, false)
			if err != nil {
				return nil, err
			}
			_, id := c.place()
			r, err := c.fetch(k, p, id)
			if err != nil {
				return nil, err
			}
			return f(c, r)
		}
	}
	on(ops.list, func(c *call) (any, error) {
		p, err := parent(c, true)
		if err != nil {
			return nil, err
		}
		seq, err := c.sought(k, p)
		if err != nil {
			return nil, err
		}
		return paged(c, seq, func(r Record) string { return r.ID }, 200, 200, func(r Record) any { return c.shown(k, r) })
	})
	on(ops.create, func(c *call) (any, error) {
		p, err := parent(c, true)
		if err != nil {
			return nil, err
		}
		r, err := c.make(k, p, c.body)
		if err != nil {
			return nil, err
		}
		return answer{status: ops.made, body: c.shown(k, r)}, nil
	})
	on(ops.get, one(func(c *call, r Record) (any, error) { return c.shown(k, r), nil }))
	on(ops.replace, one(func(c *call, r Record) (any, error) {
		r, err := c.replace(k, r, c.body)
		return c.shown(k, r), err
	}))
	on(ops.delete, one(func(c *call, r Record) (any, error) { return nil, c.remove(k, r) }))
	turn := func(status string) func(*call) (any, error) {
		// These paths end in /lifecycle/…, so the id is still the last parameter.
		return one(func(c *call, r Record) (any, error) {
			r, err := c.turn(k, r, status)
			if ops.quiet {
				return nil, err
			}
			return c.shown(k, r), err
		})
	}
	on(ops.activate, turn("ACTIVE"))
	on(ops.deactivate, turn("INACTIVE"))
}
