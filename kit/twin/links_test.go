package twin_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"twinset.dev/kit/store"
	"twinset.dev/kit/twin"
)

// company is a directory and a twin that follows it.
type company struct {
	*twin.Host
	directory *twin.Base
	accounts  *store.Collection[account]
}

type account struct {
	ID       string
	Standing twin.Standing
	Followed int
}

// open opens a company; before is called within the transaction of whoever follows.
func open(t *testing.T, o twin.Options, before func(c *twin.Call, ch twin.Change) error) *company {
	t.Helper()
	o.Demo = []byte("okta: {}\n")
	h := twin.NewHost(o)
	f := &company{Host: h, accounts: store.NewCollection(h.Schema, "bell.accounts", func(a *account) string { return a.ID })}
	f.directory = h.Mount(twin.Config{Service: "okta", Fire: func(*twin.Call, twin.Timer) error { return nil }})
	h.Mount(twin.Config{Service: "slack", Fire: func(*twin.Call, twin.Timer) error { return nil }, Follow: func(c *twin.Call, ch twin.Change) error {
		c.Did("people.follow", "PUT", "/people/"+ch.Is.Key)
		if before != nil {
			if err := before(c, ch); err != nil {
				return err
			}
		}
		a, _ := f.accounts.Get(c.Tx, ch.Is.Key)
		f.accounts.Put(c.Tx, account{ch.Is.Key, ch.Is.Standing, a.Followed + 1})
		return nil
	}})
	if err := h.Open(); err != nil {
		t.Fatal(err)
	}
	return f
}

func (f *company) tell(t *testing.T, p twin.Person) *twin.World {
	t.Helper()
	w, _ := f.World(twin.DefaultWorld)
	if err := w.Update(func(c *twin.Call) error { f.directory.TellPerson(c, p); return nil }); err != nil {
		t.Fatal(err)
	}
	return w
}

func (f *company) account(w *twin.World, key string) (a account) {
	w.View(func(c *twin.Call) error { a, _ = f.accounts.Get(c.Tx, key); return nil })
	return a
}

// A process that is killed when the directory has its change and the follower has not followed yet leaves a data directory
// whose next process follows, once.
func TestKilledBeforeFollowing(t *testing.T) {
	dir, killed := t.TempDir(), filepath.Join(t.TempDir(), "killed")
	bo := twin.Person{Key: "bo", Standing: twin.Active, Email: "bo@acme.example"}
	f := open(t, twin.Options{Data: dir, WorldSeed: 1}, func(c *twin.Call, ch twin.Change) error {
		if ch.Is.Standing == twin.Deactivated {
			return os.CopyFS(killed, os.DirFS(dir)) // what is on the disk now is what a kill would leave
		}
		return nil
	})
	f.tell(t, bo)
	bo.Standing = twin.Deactivated
	w := f.tell(t, bo)
	want := account{"bo", twin.Deactivated, 2}
	if got := f.account(w, "bo"); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	for _, at := range []string{killed, killed, dir} {
		f := open(t, twin.Options{Data: at, WorldSeed: 1}, nil)
		w, _ := f.World(twin.DefaultWorld)
		if got := f.account(w, "bo"); got != want {
			t.Errorf("reopened: got %v, want %v", got, want)
		}
		f.Close()
	}
}

// What a follower refuses, or fails at, does not undo the directory's change, and is tried again with the next one.
func TestRefusedFollowing(t *testing.T) {
	refusing := true
	f := open(t, twin.Options{}, func(c *twin.Call, ch twin.Change) error {
		switch {
		case ch.Is.Name == "panic":
			panic("boom")
		case refusing:
			return twin.Refusal{Status: 403, Code: "not_authorized"}
		}
		return nil
	})
	defer f.Close()
	f.tell(t, twin.Person{Key: "bo", Standing: twin.Active})
	f.tell(t, twin.Person{Key: "bo", Standing: twin.Active, Name: "panic"})
	refusing = false
	w := f.tell(t, twin.Person{Key: "bo", Standing: twin.Active, Title: "Pilot"})
	if got, want := f.account(w, "bo"), (account{"bo", twin.Active, 1}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
	var got []int
	for _, e := range w.Journal.Since(0, 0) {
		if e.Operation != "people.follow" || e.Cause == "" || e.Twin != "slack" {
			t.Errorf("entry %+v", e)
		}
		got = append(got, e.Status)
	}
	if want := []int{403, 500, 200}; !slices.Equal(got, want) {
		t.Errorf("the journal has %v, want %v", got, want)
	}
	if w.Links()[0] != (twin.Link{Twin: "slack", Create: true, Deactivate: true, Profile: true, Groups: true, Files: "keep"}) {
		t.Errorf("links are %+v", w.Links())
	}
}

// A change that lags never comes after one that was told later.
func TestLagKeepsOrder(t *testing.T) {
	f := open(t, twin.Options{}, nil)
	defer f.Close()
	w, _ := f.World(twin.DefaultWorld)
	w.SetClock(w.Clock().Set(time.Unix(1e9, 0), true))
	set := func(doc string) {
		links, err := f.ParseLinks([]byte(doc))
		if err != nil {
			t.Fatal(err)
		}
		w.SetLinks(links)
	}
	set(`{"slack":{"lag":"1h"}}`)
	f.tell(t, twin.Person{Key: "bo", Standing: twin.Active})
	set(`{}`)
	f.tell(t, twin.Person{Key: "bo", Standing: twin.Active, Name: "Bo"})
	f.tell(t, twin.Person{Key: "bo", Standing: twin.Deactivated, Name: "Bo"})
	w.Advance(t.Context(), 2*time.Hour)
	if got, want := f.account(w, "bo"), (account{"bo", twin.Deactivated, 2}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

func BenchmarkForkDrop(b *testing.B) {
	h := twin.NewHost(twin.Options{Demo: []byte("okta: {}\n")})
	h.Mount(twin.Config{Service: "okta"})
	if err := h.Open(); err != nil {
		b.Fatal(err)
	}
	defer h.Close()
	w, _ := h.World(twin.DefaultWorld)
	s := w.Snapshot()
	for b.Loop() {
		f, err := h.Fork(s, "fork", false)
		if err != nil {
			b.Fatal(err)
		}
		if err := h.Drop(f.Name()); err != nil {
			b.Fatal(err)
		}
	}
}
