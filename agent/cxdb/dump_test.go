package cxdb

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestDumpRoundTrip exports a random store, imports it, and exports the same again.
func TestDumpRoundTrip(t *testing.T) {
	ctx := context.Background()
	for seed := range uint64(15) {
		s := open(t)
		rng := rand.New(rand.NewPCG(seed, 0))
		if _, err := s.PutBundle(ctx, []byte(bundle)); err != nil {
			t.Fatal(err)
		}
		var turns, contexts []uint64
		for range rng.IntN(40) {
			p := s.Space(fmt.Sprint("ns", rng.IntN(2)))
			if len(contexts) == 0 || rng.IntN(4) == 0 {
				base := uint64(0)
				if len(turns) > 0 && rng.IntN(2) == 0 {
					base = turns[rng.IntN(len(turns))]
				}
				if c, err := p.Create(ctx, base); err == nil {
					contexts = append(contexts, c.ID)
				}
				continue
			}
			a := say(strings.Repeat("word ", rng.IntN(30)))
			switch rng.IntN(5) {
			case 0:
				a.Payload = encode(mapping{{uint64(30), mapping{{uint64(2), "title"}, {uint64(10), mapping{{uint64(1), uint64(1)}}}}}})
			case 1:
				a.FS, _, _ = p.PutBlob(ctx, encodeTree([]Entry{{Name: "f", Hash: Sum(nil)}}))
			case 2:
				p.PutBlob(ctx, make([]byte, rng.IntN(40_000)))
			}
			if turn, err := p.Append(ctx, contexts[rng.IntN(len(contexts))], a); err == nil {
				turns = append(turns, turn.ID)
			}
		}
		var first, second bytes.Buffer
		if err := s.Export(ctx, &first); err != nil {
			t.Fatal(err)
		}
		back := open(t)
		f, err := back.Import(ctx, bytes.NewReader(first.Bytes()))
		if err != nil || len(f.Problems) > 0 {
			t.Fatal(err, f)
		}
		if err := back.Export(ctx, &second); err != nil || !bytes.Equal(first.Bytes(), second.Bytes()) {
			t.Fatalf("seed %d: %v\n%s\n%s", seed, err, &first, &second)
		}
		c, err := back.Everything().Create(ctx, 0) // ids go on after those there were
		if err != nil || c.ID != uint64(len(contexts)+1) {
			t.Fatal(c, err)
		}
	}
}

func TestDumpRefusals(t *testing.T) {
	ctx, s := context.Background(), open(t)
	p := s.Everything()
	c := must(p.Create(ctx, 0))(t)
	must(p.Append(ctx, c.ID, say("x")))(t)
	var b bytes.Buffer
	if err := s.Export(ctx, &b); err != nil {
		t.Fatal(err)
	}
	_, err := s.Import(ctx, &b)
	wantErr(t, err, ErrConflict)
	whole := b.String()
	lines := strings.SplitAfter(strings.TrimSuffix(whole, "\n"), "\n")
	without := func(i int) string { return strings.Join(append(append([]string{}, lines[:i]...), lines[i+1:]...), "") }
	for name, dump := range map[string]string{
		"cut":            whole[:len(whole)/2],
		"no end":         without(len(lines) - 1),
		"no blob":        without(0),
		"no context":     without(2),
		"another blob":   strings.Replace(whole, `"bytes":"g`, `"bytes":"h`, 1),
		"nothing":        "",
		"something else": "{}\n" + whole,
	} {
		f, err := open(t).Import(ctx, strings.NewReader(dump))
		if err == nil && len(f.Problems) == 0 {
			t.Errorf("%s: taken", name)
		}
	}
	if err := s.Export(ctx, failing{}); !errors.Is(err, io.ErrShortWrite) {
		t.Error(err)
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, io.ErrShortWrite }
