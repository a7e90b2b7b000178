package twin

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"

	"twinset.dev/kit/clock"
	"twinset.dev/kit/store"
)

// A company has one directory of its people, and other products follow it. The twin that is the directory tells what has
// become of a person or a group; what is told is kept in the directory's own transaction, and every twin that follows does
// what it has to in one of its own, before the directory's caller has an answer or when the link's lag is over.

// What a directory says of somebody's account.
const (
	Active      Standing = "active"
	Suspended   Standing = "suspended"   // kept out for a while
	Deactivated Standing = "deactivated" // out of service
	Deleted     Standing = "deleted"
)

// A Standing says what somebody may do; "" is that of somebody a twin has not heard of.
type Standing string

// A Person is somebody as the directory has them.
type Person struct {
	Key      string   `json:"key"` // the directory's id of them, which stays
	Standing Standing `json:"standing"`
	Login    string   `json:"login,omitempty"`
	Email    string   `json:"email,omitempty"`
	Given    string   `json:"given,omitempty"`
	Family   string   `json:"family,omitempty"`
	Name     string   `json:"name,omitempty"`
	Title    string   `json:"title,omitempty"`
	Phone    string   `json:"phone,omitempty"`
	TimeZone string   `json:"time_zone,omitempty"`
	Manager  string   `json:"manager,omitempty"` // their address
}

// A Group is people of the directory. Whoever tells of one names its members by their keys; whoever follows is given the
// addresses under which it knows them, of those who are active.
type Group struct {
	Key         string   `json:"key"`
	Name        string   `json:"name"`
	Description string   `json:"description,omitempty"`
	Members     []string `json:"members,omitempty"`
	Deleted     bool     `json:"deleted,omitempty"`
}

// Handle is what a product calls a group whose names have no spaces: its letters and digits, small.
func (g Group) Handle() string { return handle(g.Name) }

// Named reports whether a product's group of that name is the one that the change is of.
func (ch Change) Named(name string) bool {
	return handle(name) == handle(cmp.Or(ch.OldName, ch.Group.Name))
}

func handle(name string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, name)
}

// Handle is what comes before the @ of somebody's login.
func (p Person) Handle() string {
	name, _, _ := strings.Cut(p.Login, "@")
	return name
}

func (g Group) same(o Group) bool {
	return g.Name == o.Name && g.Description == o.Description && g.Deleted == o.Deleted && slices.Equal(g.Members, o.Members)
}

// A Change is what a twin follows: what it has known of a person, or of a group, and what it shall know. Was is zero for
// somebody it has not heard of, and Is only says what the link lets through.
type Change struct {
	Link     Link
	Was, Is  Person
	Group    *Group // nil for a person
	OldName  string // of the group; "" if it is new
	In, Left []string
}

// A Link is how a twin follows the directory.
type Link struct {
	Twin       string `json:"twin"`
	Create     bool   `json:"create"`     // accounts for those who are new
	Deactivate bool   `json:"deactivate"` // and none for those who have left, until they are back
	Profile    bool   `json:"profile"`    // names, addresses and the like
	Groups     bool   `json:"groups"`     // and who is in them
	Assigned   bool   `json:"assigned"`   // only those to whom the directory has assigned the product, if it has an app of it
	Lag        string `json:"lag"`        // how much later, on the world's clock; "" is at once
	Files      string `json:"files"`      // of those who have left: keep, transfer, orphan
	To         string `json:"to"`         // who gets them, by handle; "" is the manager
}

// defaultLink is how a twin follows of which nothing is said.
func defaultLink(twin string) Link {
	return Link{Twin: twin, Create: true, Deactivate: true, Profile: true, Groups: true, Files: "keep"}
}

func (l Link) lag() time.Duration {
	d, _ := clock.ParseDuration(l.Lag) // it was read before it was kept
	return d
}

// ParseLinks reads links by the twins that follow. What a link does not say is as it is for one that is not there.
func (h *Host) ParseLinks(doc []byte) ([]Link, error) {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(doc, &raw); err != nil {
		return nil, err
	}
	var links []Link
	for _, name := range slices.Sorted(maps.Keys(raw)) {
		l := defaultLink(name)
		d := json.NewDecoder(bytes.NewReader(raw[name]))
		d.DisallowUnknownFields()
		if err := d.Decode(&l); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		b, here := h.Twin(name)
		switch {
		case !here && !known(name), here && b.Follow == nil, l.Twin != name:
			return nil, fmt.Errorf("%s: no twin of that name follows a directory", name)
		case !slices.Contains([]string{"keep", "transfer", "orphan"}, l.Files):
			return nil, fmt.Errorf("%s: files is %q; it can be keep, transfer or orphan", name, l.Files)
		}
		if d, err := clock.ParseDuration(l.Lag); l.Lag != "" && (err != nil || d < 0) {
			return nil, fmt.Errorf("%s: lag is %q; it is a duration such as 90s, 24h or 7d", name, l.Lag)
		}
		links = append(links, l)
	}
	return links, nil
}

// Links returns how each twin of the host follows the directory.
func (w *World) Links() []Link {
	links := []Link{}
	w.World.View(func(tx *store.Tx) error {
		for _, b := range w.Host.followers() {
			links = append(links, w.Host.link(tx, b.Service))
		}
		return nil
	})
	return links
}

// SetLinks replaces how twins follow the directory.
func (w *World) SetLinks(links []Link) error {
	return w.World.Update(func(tx *store.Tx) error { w.Host.setLinks(tx, links); return nil })
}

func (h *Host) setLinks(tx *store.Tx, links []Link) {
	h.Schema.Clear(tx, "twin.links")
	for _, l := range links {
		h.links.Put(tx, l)
	}
}

func (h *Host) link(tx *store.Tx, twin string) Link {
	if l, ok := h.links.Get(tx, twin); ok {
		return l
	}
	return defaultLink(twin)
}

func (h *Host) followers() (all []*Base) {
	for _, b := range h.twins {
		if b.Follow != nil {
			all = append(all, b)
		}
	}
	return all
}

// Followed reports whether any twin follows what b tells.
func (b *Base) Followed() bool { return len(b.followers()) > 0 }

// knowledge is what a twin that follows knows of a person or a group; that of no twin is what the directory has told last.
type knowledge struct {
	Twin     string   `json:"twin,omitempty"`
	Key      string   `json:"key"`
	N        string   `json:"n,omitempty"` // of the tiding it is from
	Person   Person   `json:"person,omitzero"`
	Group    *Group   `json:"group,omitempty"`
	Begun    bool     `json:"begun,omitempty"`    // everybody has begun with it, as the seed has it
	Withheld []string `json:"withheld,omitempty"` // products that the person is not assigned
}

// tiding is what a twin has been told and has not done yet.
type tiding struct {
	N     string    `json:"n"` // in the order of time
	Twin  string    `json:"twin"`
	By    string    `json:"by"`
	Cause string    `json:"cause"`
	Due   time.Time `json:"due,omitzero"` // of one that lags
	Of    knowledge `json:"of"`
}

func (h *Host) newLinks() {
	h.links = store.NewCollection(h.Schema, "twin.links", func(l *Link) string { return l.Twin })
	h.known = store.NewCollection(h.Schema, "twin.known", func(k *knowledge) string { return k.Twin + "/" + k.Key })
	h.tidings = store.NewCollection(h.Schema, "twin.tidings", func(t *tiding) string { return t.N + "/" + t.Twin })
}

// TellPerson lets those that follow b know how somebody stands now, to whom the products withheld are not assigned. While a
// world is seeded it only notes what everybody begins with. Of somebody deleted the key is enough.
func (b *Base) TellPerson(c *Call, p Person, withheld ...string) {
	if p.Standing == Deleted {
		last, ok := b.known.Get(c.Tx, "/"+p.Key)
		if !ok {
			return
		}
		p = last.Person
		p.Standing = Deleted
	}
	b.tell(c, knowledge{Key: p.Key, Person: p, Withheld: withheld})
}

// TellGroup is TellPerson for a group.
func (b *Base) TellGroup(c *Call, g Group) { b.tell(c, knowledge{Key: g.Key, Group: &g}) }

func (b *Base) tell(c *Call, now knowledge) {
	before, had := b.known.Get(c.Tx, "/"+now.Key)
	if had && now.Group == nil && before.Person == now.Person && slices.Equal(before.Withheld, now.Withheld) {
		return
	}
	now.Begun = c.seeding
	b.known.Put(c.Tx, now)
	c.n++
	t := tiding{N: fmt.Sprintf("%016d%06d", c.Version(), c.n), By: b.Service, Cause: c.cause(b), Of: now}
	for _, f := range b.followers() {
		if c.seeding {
			b.known.Delete(c.Tx, f.Service+"/"+now.Key)
			continue
		}
		if before.Begun && !b.known.Has(c.Tx, f.Service+"/"+now.Key) {
			begun := before
			begun.Twin, begun.Begun = f.Service, false
			b.known.Put(c.Tx, begun)
		}
		t.Twin, t.Due = f.Service, time.Time{}
		if lag := b.link(c.Tx, f.Service).lag(); lag > 0 {
			t.Due = c.Now.Add(lag)
			c.At(t.Due, f.Service, kindFollow, t.N+"/"+t.Twin)
		} else {
			c.told = true
		}
		b.tidings.Put(c.Tx, t)
	}
}

// kindFollow is the timer of something told that lags.
const kindFollow = "twin.follow"

// cause names the operation of b that c is, and the world's version after it.
func (c *Call) cause(b *Base) string {
	op := cmp.Or(c.timer, "action")
	if c.Request != nil && c.Request.Op != nil {
		op = c.Request.Op.ID
	}
	return fmt.Sprintf("%s %s v%d", b.Service, op, c.Version()+1)
}

// follow does what has been told and does not lag.
func (w *World) follow(r *Request, at time.Time) {
	w.following.Lock() // so that who has told something finds it done, be it by another
	defer w.following.Unlock()
	var due []string
	w.World.View(func(tx *store.Tx) error {
		for t := range w.Host.tidings.All(tx, "") {
			if t.Due.IsZero() {
				due = append(due, t.N+"/"+t.Twin)
			}
		}
		return nil
	})
	for _, key := range due {
		w.heed(r, at, key)
	}
}

// heed lets a twin do what it was told, as one transaction, and writes it into the journal. What it refuses is left undone.
func (w *World) heed(r *Request, at time.Time, key string) {
	h := w.Host
	var t tiding
	c := &Call{} // of a world that is gone there will be no other
	err := w.update(nil, at, func(call *Call) (err error) {
		c = call
		t, _ = h.tidings.Get(c.Tx, key)
		b, here := h.Twin(t.Twin)
		if !c.heard(t) || !here || b.Follow == nil { // it was not if a data directory's universe was larger
			return nil
		}
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("panic: %v", p)
			}
		}()
		if t.Of.Group != nil {
			return h.heedGroup(c, b, t)
		}
		return h.heedPerson(c, b, t)
	})
	e := Entry{At: c.Now, Twin: t.Twin, Actor: t.By, Cause: t.Cause, Status: http.StatusOK, Version: w.Version()}
	steps := c.steps
	if err != nil {
		w.Update(func(c *Call) error { c.heard(t); return nil })
		e.Error, e.Status, e.Version = err.Error(), http.StatusInternalServerError, 0
		if refused := (Refusal{}); errors.As(err, &refused) {
			e.Status = refused.Status
		}
		steps = steps[max(len(steps)-1, 0):]
		if len(steps) == 0 {
			steps = []Entry{{Operation: "follow"}}
		}
		h.Log.Warn("a twin has not followed", "world", w.Name(), "twin", t.Twin, "cause", t.Cause, "err", err)
	}
	for _, s := range steps {
		s.At, s.Twin, s.Actor, s.Cause, s.Version = e.At, e.Twin, e.Actor, e.Cause, e.Version
		if s.Error == "" {
			s.Status, s.Error = e.Status, e.Error
		}
		if r != nil && r.Op != nil {
			r.followed = append(r.followed, s)
		} else {
			w.Journal.add(s)
		}
	}
}

// heard forgets what a twin was told, and reports whether it had not been forgotten before.
func (c *Call) heard(t tiding) bool {
	key := t.N + "/" + t.Twin
	c.Cancel(t.Twin, kindFollow, key)
	return c.World.Host.tidings.Delete(c.Tx, key)
}

// A Refusal is why a twin does not follow: an HTTP status and the vendor's code.
type Refusal struct {
	Status int
	Code   string
}

func (r Refusal) Error() string { return r.Code }

// Did notes for the journal what a twin is about to do as it follows: what its product calls that, and to what.
func (c *Call) Did(operation, method, path string) {
	c.steps = append(c.steps, Entry{Operation: operation, Method: method, Path: path})
}

// DidNot notes what a twin could not do, and followed all the same in the rest.
func (c *Call) DidNot(operation, method, path string, why Refusal) {
	c.steps = append(c.steps, Entry{Operation: operation, Method: method, Path: path, Status: why.Status, Error: why.Code})
}

func (h *Host) heedPerson(c *Call, b *Base, t tiding) error {
	l := h.link(c.Tx, b.Service)
	k, _ := h.known.Get(c.Tx, b.Service+"/"+t.Of.Key)
	was, is := k.Person, t.Of.Person
	if l.Assigned && is.Standing == Active && slices.Contains(t.Of.Withheld, b.Service) {
		is.Standing = Deactivated
	}
	switch {
	case k.N > t.N, was.Standing == "" && (!l.Create || is.Standing != Active):
		return nil // it has heard of what came later already
	case was.Standing == "":
	case !l.Profile:
		standing := is.Standing
		if is = was; l.Deactivate {
			is.Standing = standing
		}
	case !l.Deactivate:
		is.Standing = was.Standing
	}
	if is == was {
		return nil
	}
	h.known.Put(c.Tx, knowledge{Twin: b.Service, Key: t.Of.Key, N: t.N, Person: is})
	return b.Follow(c, Change{Link: l, Was: was, Is: is})
}

func (h *Host) heedGroup(c *Call, b *Base, t tiding) error {
	g := *t.Of.Group
	l := h.link(c.Tx, b.Service)
	k, heard := h.known.Get(c.Tx, b.Service+"/"+g.Key)
	var was Group
	if heard {
		was = *k.Group
	}
	person := func(key string) Person {
		k, ok := h.known.Get(c.Tx, b.Service+"/"+key)
		if !ok {
			k, _ = h.known.Get(c.Tx, "/"+key)
		}
		return k.Person
	}
	g.Members = slices.DeleteFunc(slices.Clone(g.Members), func(key string) bool { return person(key).Standing != Active })
	if !l.Groups || k.N > t.N || heard && was.same(g) || !heard && g.Deleted {
		return nil
	}
	h.known.Put(c.Tx, knowledge{Twin: b.Service, Key: g.Key, N: t.N, Group: &g})
	addresses := func(keys, but []string) (all []string) {
		without := make(map[string]bool, len(but))
		for _, key := range but {
			without[key] = true
		}
		for _, key := range keys {
			if p := person(key); !without[key] && p.Email != "" {
				all = append(all, p.Email)
			}
		}
		return all
	}
	shown := g
	shown.Members = addresses(g.Members, nil)
	return b.Follow(c, Change{Link: l, Group: &shown, OldName: was.Name, In: addresses(g.Members, was.Members), Left: addresses(was.Members, g.Members)})
}
