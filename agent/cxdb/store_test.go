package cxdb

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/dgraph-io/badger/v4"
	"pgregory.net/rapid"
)

func open(t testing.TB) *Store { return openAt(t, t.TempDir()) }

func openAt(t testing.TB, dir string) *Store {
	t.Helper()
	s, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// say is a turn of no registered type.
func say(text string) Append {
	return Append{TypeID: "test.Note", TypeVersion: 1, Payload: encode(mapping{{uint64(1), text}})}
}

func wantErr(t testing.TB, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("got %v, want %v", err, want)
	}
}

// texts returns what the turns of a context say, oldest first.
func texts(t testing.TB, p *Space, id uint64) string {
	t.Helper()
	var all []string
	for _, turn := range must(p.Last(context.Background(), id, 1000))(t) {
		b := must(p.Blob(context.Background(), turn.Hash))(t)
		v := must(decode(b))(t)
		all = append(all, v.(mapping).tags()[1].(string))
	}
	return strings.Join(all, " ")
}

func TestForksShareAndDiverge(t *testing.T) {
	ctx, p := context.Background(), open(t).Everything()
	a := must(p.Create(ctx, 0))(t)
	var turns []Turn
	for _, s := range []string{"one", "two", "three"} {
		turns = append(turns, must(p.Append(ctx, a.ID, say(s)))(t))
	}
	b := must(p.Create(ctx, turns[1].ID))(t)
	if b.Head != turns[1].ID || b.Depth != 1 || b.Parent != a.ID || b.Root != a.ID {
		t.Fatalf("fork: %+v", b)
	}
	must(p.Append(ctx, b.ID, say("drei")))(t)
	if got := texts(t, p, a.ID) + " | " + texts(t, p, b.ID); got != "one two three | one two drei" {
		t.Fatal(got)
	}

	// Going back to an ancestor is legal, to another line is not.
	back := say("zwei")
	back.Parent = turns[0].ID
	must(p.Append(ctx, a.ID, back))(t)
	if got := texts(t, p, a.ID); got != "one zwei" {
		t.Fatal(got)
	}
	foreign := say("x")
	for _, id := range []uint64{turns[2].ID, 999} {
		foreign.Parent = id
		_, err := p.Append(ctx, a.ID, foreign)
		wantErr(t, err, ErrConflict)
	}
	if got := fmt.Sprint(must(p.Children(ctx, turns[0].ID))(t)); got != fmt.Sprint([]uint64{turns[1].ID, 5}) {
		t.Fatal(got)
	}
	forks := must(p.Forks(ctx, a.ID))(t)
	if len(forks) != 1 || forks[0].ID != b.ID {
		t.Fatal(forks)
	}
	_, err := p.Before(ctx, a.ID, turns[2].ID, 10)
	wantErr(t, err, ErrNotFound)
	if page := must(p.Before(ctx, b.ID, turns[1].ID, 10))(t); len(page) != 1 || page[0].ID != turns[0].ID {
		t.Fatal(page)
	}
}

func TestRefusals(t *testing.T) {
	ctx, p := context.Background(), open(t).Everything()
	_, err := p.Context(ctx, 7)
	wantErr(t, err, ErrNotFound)
	_, err = p.Create(ctx, 7)
	wantErr(t, err, ErrNotFound)
	_, err = p.Append(ctx, 7, say("x"))
	wantErr(t, err, ErrNotFound)
	_, err = p.Turn(ctx, 7)
	wantErr(t, err, ErrNotFound)
	_, err = p.Blob(ctx, Hash{})
	wantErr(t, err, ErrNotFound)
	c := must(p.Create(ctx, 0))(t)
	_, err = p.Append(ctx, c.ID, Append{})
	wantErr(t, err, ErrInvalid)
	a := say("x")
	a.Parent = 1
	_, err = p.Append(ctx, c.ID, a)
	wantErr(t, err, ErrConflict)
	a = say("x")
	a.FS = Sum([]byte("no tree"))
	_, err = p.Append(ctx, c.ID, a)
	wantErr(t, err, ErrNotFound)
	if got := p.s.Totals(); got.Turns != 0 || got.Blobs != 0 || got.Contexts != 1 {
		t.Fatalf("refusals left something behind: %+v", got)
	}
}

func TestAppendIsIdempotent(t *testing.T) {
	ctx, p := context.Background(), open(t).Everything()
	c := must(p.Create(ctx, 0))(t)
	a := say("once")
	a.Key = "k"
	first := must(p.Append(ctx, c.ID, a))(t)
	must(p.Append(ctx, c.ID, say("between")))(t)
	if again := must(p.Append(ctx, c.ID, a))(t); again != first {
		t.Fatalf("got %+v, want %+v", again, first)
	}
	other := say("other")
	other.Key = "k"
	_, err := p.Append(ctx, c.ID, other)
	wantErr(t, err, ErrConflict)
	elsewhere := must(p.Create(ctx, 0))(t)
	if t2 := must(p.Append(ctx, elsewhere.ID, a))(t); t2.ID == first.ID {
		t.Fatal("a key of one context answered for another")
	}
	if got := texts(t, p, c.ID); got != "once between" {
		t.Fatal(got)
	}
}

func TestBlobsAreKeptOnce(t *testing.T) {
	ctx, s := context.Background(), open(t)
	p := s.Everything()
	c := must(p.Create(ctx, 0))(t)
	for range 4 {
		must(p.Append(ctx, c.ID, say(strings.Repeat("again ", 1000))))(t)
	}
	got := s.Totals()
	if got.Blobs != 1 || got.Turns != 4 || got.DedupHitRate != .75 || got.StoredBytes > got.RawBytes/10 {
		t.Fatalf("%+v", got)
	}
}

// TestAncestors compares the walk by jumps with the walk by parents on a random tree.
func TestAncestors(t *testing.T) {
	ctx, s := context.Background(), open(t)
	p := s.Everything()
	var turns []Turn
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range 300 {
		base := uint64(0)
		if i > 0 {
			base = turns[max(0, i-1-rng.IntN(3))].ID
		}
		c := must(p.Create(ctx, base))(t)
		turns = append(turns, must(p.Append(ctx, c.ID, say(fmt.Sprint(i))))(t))
	}
	rapid.Check(t, func(rt *rapid.T) {
		low := turns[rapid.IntRange(0, len(turns)-1).Draw(rt, "low")]
		high := turns[rapid.IntRange(0, len(turns)-1).Draw(rt, "high")]
		want := false
		for id := low.ID; id != 0 && !want; id = must(p.Turn(ctx, id))(t).Parent {
			want = id == high.ID
		}
		err := s.view(func(r reader) error {
			got, err := r.above(low, high.ID)
			if err == nil && got != want {
				err = fmt.Errorf("above(%d, %d) is %v", low.ID, high.ID, got)
			}
			return err
		})
		if err != nil {
			rt.Fatal(err)
		}
	})
}

// TestForkIsConstant counts what a fork does at depth 10 and at depth 5,000.
func TestForkIsConstant(t *testing.T) {
	ctx, s := context.Background(), open(t)
	p := s.Everything()
	c := must(p.Create(ctx, 0))(t)
	chain := func(n int) {
		var wg sync.WaitGroup
		for i := range n { // queued together, so that they share syncs
			wg.Go(func() {
				if _, err := p.Append(ctx, c.ID, say(fmt.Sprint(i))); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	}
	work := func(base uint64) float64 {
		return testing.AllocsPerRun(100, func() { must(p.Create(ctx, base))(t) })
	}
	chain(10)
	shallow := must(p.Context(ctx, c.ID))(t)
	few := work(shallow.Head)
	chain(5_000)
	deep := must(p.Context(ctx, c.ID))(t)
	if deep.Depth != 5_009 {
		t.Fatalf("depth %d: depths are not consecutive", deep.Depth)
	}
	if many := work(deep.Head); many > 2*few {
		t.Fatalf("a fork makes %v allocations at depth %d, %v at depth %d", many, deep.Depth, few, shallow.Depth)
	}
	found := must(s.Verify(ctx))(t)
	if len(found.Problems) > 0 {
		t.Fatal(found.Problems)
	}
}

func TestBigBlob(t *testing.T) {
	dir := t.TempDir()
	ctx, s := context.Background(), openAt(t, dir)
	big := make([]byte, 70<<20)
	rng := rand.NewChaCha8([32]byte{1})
	rng.Read(big)
	h, isNew, err := s.Everything().PutBlob(ctx, big)
	if err != nil || !isNew {
		t.Fatal(isNew, err)
	}
	zeros := make([]byte, 70<<20)
	z, _, err := s.Everything().PutBlob(ctx, zeros)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openAt(t, dir)
	if b := must(s.Everything().Blob(ctx, h))(t); !bytes.Equal(b, big) {
		t.Fatal("70 MB did not come back")
	}
	if b := must(s.Everything().Blob(ctx, z))(t); !bytes.Equal(b, zeros) {
		t.Fatal("70 MB of zeros did not come back")
	}
	if got := s.Totals(); got.StoredBytes > 71<<20 {
		t.Fatalf("%d bytes stored: zeros were not compressed", got.StoredBytes)
	}
	_, _, err = s.Everything().PutBlob(ctx, make([]byte, MaxBlob+1))
	wantErr(t, err, ErrTooLarge)
}

// TestConcurrency appends to few contexts from many sides, and reads, while tables are compacted.
func TestConcurrency(t *testing.T) {
	ctx, s := context.Background(), open(t)
	p := s.Everything()
	var contexts []Context
	for range 3 {
		contexts = append(contexts, must(p.Create(ctx, 0))(t))
	}
	const writers, each = 12, 60
	var writing, others sync.WaitGroup
	done := make(chan struct{})
	for w := range writers {
		writing.Go(func() {
			for i := range each {
				a := say(fmt.Sprint(w, " ", i, strings.Repeat(" padding", i*20)))
				turn, err := p.Append(ctx, contexts[w%3].ID, a)
				if err != nil {
					t.Error(err)
					return
				}
				if b, err := p.Blob(ctx, turn.Hash); err != nil || !bytes.Equal(b, a.Payload) {
					t.Error("an acknowledged turn cannot be read: ", err)
				}
			}
		})
	}
	others.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
			}
			if err := s.db.Flatten(1); err != nil {
				t.Error(err)
			}
			if err := s.db.RunValueLogGC(.01); err != nil && !errors.Is(err, badger.ErrNoRewrite) {
				t.Error(err)
			}
			for _, c := range contexts {
				if _, err := p.Typed(ctx, c.ID, 0, 100); err != nil {
					t.Error(err)
				}
			}
		}
	})
	writing.Wait()
	close(done)
	others.Wait()
	for _, c := range contexts {
		for i, turn := range must(p.Last(ctx, c.ID, 10_000))(t) {
			if turn.Depth != uint32(i) {
				t.Fatalf("turn %d of context %d has depth %d", i, c.ID, turn.Depth)
			}
		}
		if got := must(p.Context(ctx, c.ID))(t); got.Depth != writers/3*each-1 {
			t.Errorf("context %d has depth %d", c.ID, got.Depth)
		}
	}
	if found := must(s.Verify(ctx))(t); len(found.Problems) > 0 || found.Turns != writers*each {
		t.Error(found)
	}
}

// TestCloseWhileReading closes a store in the middle of a scan that reads more: what was begun ends, what follows is refused.
func TestCloseWhileReading(t *testing.T) {
	ctx, s := context.Background(), open(t)
	p := s.Everything()
	c := must(p.Create(ctx, 0))(t)
	for range 3 {
		must(p.Append(ctx, c.ID, say("x")))(t)
	}
	closed := make(chan error)
	seen := 0
	err := p.Scan(ctx, 0, nil, func(Turn) bool {
		if seen++; seen == 1 {
			go func() { closed <- s.Close() }()
			for {
				if _, err := p.Context(ctx, c.ID); errors.Is(err, ErrClosed) {
					return true
				}
			}
		}
		return true
	})
	if err != nil || seen != 3 {
		t.Error(seen, err)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
	_, err = p.Append(ctx, c.ID, say("x"))
	wantErr(t, err, ErrClosed)
}

func TestNamespaces(t *testing.T) {
	ctx, s := context.Background(), open(t)
	agent, harness, owner := s.Space("agent"), s.Space("harness"), s.Everything()
	secret := must(harness.Create(ctx, 0))(t)
	turn := must(harness.Append(ctx, secret.ID, say("the holdout")))(t)
	tree, _, err := harness.PutBlob(ctx, encodeTree(nil))
	if err != nil {
		t.Fatal(err)
	}
	events, stop := agent.Listen()
	defer stop()
	must(harness.Append(ctx, secret.ID, say("the verdict")))(t)

	denied := map[string]error{}
	_, denied["context"] = agent.Context(ctx, secret.ID)
	_, denied["turn"] = agent.Turn(ctx, turn.ID)
	_, denied["last"] = agent.Last(ctx, secret.ID, 9)
	_, denied["typed"] = agent.Typed(ctx, secret.ID, 0, 9)
	_, denied["blob"] = agent.Blob(ctx, turn.Hash)
	_, denied["fork"] = agent.Create(ctx, turn.ID)
	_, denied["append"] = agent.Append(ctx, secret.ID, say("mine"))
	_, denied["children"] = agent.Children(ctx, turn.ID)
	_, denied["fs root"] = agent.FSRoot(ctx, turn.ID)
	_, _, denied["tree"] = agent.Open(ctx, tree, "")
	denied["attach"] = agent.AttachFS(ctx, turn.ID, tree)
	for name, err := range denied {
		if !errors.Is(err, ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	seen := 0
	if err := agent.Scan(ctx, 0, nil, func(Turn) bool { seen++; return true }); err != nil || seen > 0 {
		t.Error("scan sees another namespace: ", seen, err)
	}
	if err := agent.Contexts(ctx, func(Context) bool { seen++; return true }); err != nil || seen > 0 {
		t.Error("the list has another namespace: ", seen, err)
	}
	if forks := must(agent.Forks(ctx, secret.ID))(t); len(forks) > 0 {
		t.Error("forks of another namespace: ", forks)
	}
	select {
	case e := <-events:
		t.Errorf("an event of another namespace: %+v", e)
	default:
	}
	// The same bytes are kept once, and that somebody else has them does not show.
	h, isNew, err := agent.PutBlob(ctx, say("the holdout").Payload)
	if err != nil || !isNew || h != turn.Hash || s.Totals().Blobs != 3 {
		t.Error(h, isNew, err, s.Totals().Blobs)
	}
	must(agent.Blob(ctx, h))(t)

	// The owner sees all, and a fork stays where its base is.
	fork := must(owner.Create(ctx, turn.ID))(t)
	if fork.Namespace != "harness" {
		t.Errorf("the fork is in %q", fork.Namespace)
	}
	must(harness.Append(ctx, fork.ID, say("go on")))(t)
}
