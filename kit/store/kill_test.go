package store

import (
	"bufio"
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	killWriters = 16
	killWorlds  = 4
)

// A trio is what one writer writes in one commit: two records with the same number, one that is there when the
// number is even.
func (h *house) trio(tx *Tx, g, n int) {
	pad := strings.Repeat(string(rune('a'+n%26)), 100+n*37%900)
	if n%25 == 0 {
		pad = strings.Repeat(pad, 40) // for the value log
	}
	h.items.Put(tx, item{ID: fmt.Sprint(g, "a"), Email: fmt.Sprint(g, "@", n), Room: pad, N: n})
	h.items.Put(tx, item{ID: fmt.Sprint(g, "b"), Room: pad, N: n})
	h.items.Delete(tx, fmt.Sprint(g, "t"))
	if n%2 == 0 {
		h.items.Put(tx, item{ID: fmt.Sprint(g, "t"), N: n})
	}
	if n%60 == 0 {
		for i := range 300 { // more than one Badger transaction takes
			h.notes.Put(tx, note{fmt.Sprint(g, "-", i), pad[:100]})
		}
	}
}

// trioAt returns a writer's latest number, or what is wrong.
func (h *house) trioAt(r Reader, g int) (n int, wrong string) {
	a, _ := h.items.Get(r, fmt.Sprint(g, "a"))
	b, _ := h.items.Get(r, fmt.Sprint(g, "b"))
	c, even := h.items.Get(r, fmt.Sprint(g, "t"))
	big := 0
	for range h.notes.All(r, fmt.Sprint(g, "-")) {
		big++
	}
	switch {
	case a.N != b.N || a.Room != b.Room:
		return 0, fmt.Sprint(a.N, " and ", b.N)
	case a.N > 0 && even != (a.N%2 == 0), even && c.N != a.N:
		return 0, fmt.Sprint(a.N, " with ", c.N, even)
	case big != 0 && big != 300, a.N >= 60 && big == 0:
		return 0, fmt.Sprint(a.N, " with ", big, " notes")
	}
	return a.N, ""
}

// TestKillChild is the process that TestKill kills. It says what it finds, then what it was told is durable.
func TestKillChild(t *testing.T) {
	dir := os.Getenv("STORE_KILL_DIR")
	if dir == "" {
		t.Skip("only TestKill starts this")
	}
	say := func(a ...any) { os.Stdout.WriteString(fmt.Sprintln(a...)) }
	h := &house{}
	h.register()
	var err error
	if h.DB, err = Open(&h.Schema, Options{Dir: dir, memTable: 256 << 10}); err != nil {
		say("wrong", err)
		return
	}
	worlds := make([]*World, killWorlds)
	for i := range worlds {
		name := fmt.Sprint("w", i)
		w, ok := h.World(name)
		if !ok {
			if w, err = h.Create(name); err != nil {
				say("wrong", err)
				return
			}
		}
		worlds[i] = w
	}
	start := make([]int, killWriters)
	for g := range start {
		n, wrong := h.trioAt(worlds[g%killWorlds].Snapshot(), g)
		if wrong != "" {
			say("wrong", g, wrong)
		}
		start[g] = n
		say("found", g, n)
	}
	round := 0
	for _, name := range h.Worlds() {
		w, _ := h.World(name)
		if name[0] != 'x' {
			continue
		}
		say("world", name, len(w.Saved()))
		fmt.Sscanf(name, "x%d", &round)
		snaps := []*Snapshot{w.Snapshot()}
		for _, saved := range w.Saved() {
			s, ok := w.Load(saved.Name)
			if !ok {
				say("wrong", name, saved)
				return
			}
			snaps = append(snaps, s)
		}
		for _, s := range snaps {
			for g := 0; g < killWriters; g += killWorlds {
				if _, wrong := h.trioAt(s, g); wrong != "" {
					say("wrong", name, g, wrong)
				}
			}
		}
	}
	say("ready")

	for g := range killWriters {
		go func() {
			for n := start[g] + 1; ; n++ {
				err := worlds[g%killWorlds].Update(func(tx *Tx) error { h.trio(tx, g, n); return nil })
				if err != nil {
					say("wrong", err)
				}
				say("wrote", g, n)
			}
		}()
	}
	for {
		time.Sleep(time.Duration(rand.IntN(50)) * time.Millisecond)
		round++
		name := fmt.Sprintf("x%06d", round)
		f, err := h.Fork(worlds[0].Snapshot(), name, true)
		if err != nil {
			say("wrong", err)
			continue
		}
		say("forked", name)
		s, err := f.Save("s")
		if err != nil {
			say("wrong", err)
			continue
		}
		say("saved", name)
		if err := f.Restore(worlds[0].Snapshot()); err != nil {
			say("wrong", err)
		}
		if err := f.Restore(s); err != nil {
			say("wrong", err)
		}
		for _, old := range h.Worlds() {
			if old[0] == 'x' && old < name {
				say("dropping", old)
				if err := h.Drop(old); err != nil {
					say("wrong", err)
				}
				say("dropped", old)
			}
		}
	}
}

// Invariant 6: a store that is killed at any moment opens again and has everything that it had acknowledged, each
// commit whole.
func TestKill(t *testing.T) {
	kills := 100
	if testing.Short() {
		kills = 15
	}
	dir := t.TempDir()
	r := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 6))
	acknowledged := make([]int, killWriters)
	worlds := map[string]string{} // forked, saved, dropping
	gone := map[string]bool{}
	total, early := 0, 0
	for done := 0; done < kills; {
		cmd := exec.Command(os.Args[0], "-test.run=^TestKillChild$")
		cmd.Env = append(os.Environ(), "STORE_KILL_DIR="+dir)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		kill := func() { cmd.Process.Kill() }
		timeout := time.AfterFunc(30*time.Second, kill)
		if r.IntN(8) == 0 { // while it opens, perhaps
			time.AfterFunc(time.Duration(r.IntN(80))*time.Millisecond, kill)
		}
		ready := false
		found := map[string]string{}
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			f := strings.Fields(lines.Text())
			if len(f) == 0 {
				continue
			}
			var g, n int
			if len(f) == 3 {
				fmt.Sscan(f[1], &g)
				fmt.Sscan(f[2], &n)
			}
			switch f[0] {
			case "found":
				if n < acknowledged[g] {
					t.Errorf("after %d kills writer %d has %d of %d", done, g, n, acknowledged[g])
				}
			case "world":
				found[f[1]] = f[2]
			case "ready":
				ready = true
				for name, state := range worlds {
					saved, there := found[name]
					if state != "dropping" && !there || state == "saved" && saved != "1" {
						t.Errorf("after %d kills %s, which was %s, is %v with %s snapshots", done, name, state, there, saved)
					}
					if !there {
						delete(worlds, name)
					}
				}
				for name := range found {
					if gone[name] {
						t.Errorf("after %d kills %s is back", done, name)
					}
					if worlds[name] == "" { // written, but killed before it said so
						worlds[name] = "forked"
					}
				}
				time.AfterFunc(time.Duration(r.IntN(150))*time.Millisecond, kill)
			case "wrote":
				acknowledged[g] = max(acknowledged[g], n)
				total++
			case "forked", "saved", "dropping":
				worlds[f[1]] = f[0]
			case "dropped":
				delete(worlds, f[1])
				gone[f[1]] = true
			default:
				t.Errorf("after %d kills: %s", done, lines.Text())
				kill()
			}
		}
		cmd.Wait()
		timeout.Stop()
		if ready {
			done++
		} else if early++; early > kills {
			t.Fatalf("the child does not get ready: %s", stderr.String())
		}
		if t.Failed() {
			t.Fatal(stderr.String())
		}
	}
	if slices.Min(acknowledged) == 0 {
		t.Error("a writer never wrote: ", acknowledged)
	}
	t.Logf("%d kills after and %d before the child was ready, %d acknowledged commits", kills, early, total)
}
