package cxdb

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// killRounds is how often TestKill kills its child.
const killRounds = 200

const killWriters = 8

// TestKillChild is the process that TestKill kills. Its writers say of each turn what it is, after it was acknowledged.
func TestKillChild(t *testing.T) {
	dir := os.Getenv("CXDB_KILL_DIR")
	if dir == "" {
		t.Skip("only TestKill starts this")
	}
	ctx := context.Background()
	s, err := Open(dir, Options{})
	if err != nil {
		fmt.Println("wrong", err)
		return
	}
	p := s.Everything()
	for range 3 {
		if _, err := p.Create(ctx, 0); err != nil {
			fmt.Println("wrong", err)
			return
		}
	}
	fmt.Println("ready")
	var wg sync.WaitGroup
	for w := range killWriters {
		wg.Go(func() {
			var c Context
			var last Turn
			var err error
			for n := 0; ; n++ {
				if n%9 == 0 { // a new context, which then is a fork
					c, err = p.Create(ctx, last.ID)
				} else if n%9 == 4 { // one that others write to as well
					c, err = p.Context(ctx, uint64(w%3+1))
				}
				if err != nil {
					fmt.Println("wrong", err)
					return
				}
				a := say(fmt.Sprint(os.Getpid(), " ", w, " ", n, strings.Repeat(" text", n%50)))
				if n%40 == 39 { // for the value log
					a = say(fmt.Sprint(os.Getpid(), " ", w, " ", n) + strings.Repeat(randomText(w, n), 20_000))
				}
				if last, err = p.Append(ctx, c.ID, a); err != nil {
					fmt.Println("wrong", err)
					return
				}
				fmt.Println("turn", last.ID, last.Hash, last.Parent, last.Depth)
			}
		})
	}
	wg.Wait()
}

func randomText(w, n int) string {
	rng := rand.New(rand.NewPCG(uint64(w), uint64(n)))
	b := make([]byte, 16)
	for i := range b {
		b[i] = byte('a' + rng.IntN(26))
	}
	return string(b)
}

// TestKill kills a process that writes, over and over, and finds in the store all that it was told is there.
func TestKill(t *testing.T) {
	if testing.Short() {
		t.Skip("takes most of a minute")
	}
	ctx, dir := context.Background(), t.TempDir()
	rng := rand.New(rand.NewPCG(5, 6))
	acknowledged, fresh := map[uint64]string{}, 0
	for round := range killRounds {
		cmd := exec.Command(os.Args[0], "-test.run=^TestKillChild$")
		cmd.Env = append(os.Environ(), "CXDB_KILL_DIR="+dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		if !lines.Scan() || lines.Text() != "ready" {
			t.Fatalf("round %d: %q", round, lines.Text())
		}
		kill := time.AfterFunc(time.Duration(rng.IntN(60_000))*time.Microsecond, func() { cmd.Process.Kill() })
		for lines.Scan() {
			var id uint64
			if line := lines.Text(); strings.HasPrefix(line, "wrong") {
				t.Fatalf("round %d: %s", round, line)
			} else if n, _ := fmt.Sscanf(line, "turn %d", &id); n == 1 && strings.Count(line, " ") == 4 {
				_, acknowledged[id], _ = strings.Cut(line[5:], " ")
				fresh++
			}
		}
		kill.Stop()
		cmd.Wait()
		if round%20 != 19 && round != killRounds-1 {
			continue
		}
		s, err := Open(dir, Options{})
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		for id, want := range acknowledged {
			turn, err := s.Everything().Turn(ctx, id)
			got := fmt.Sprintf("%v %d %d", turn.Hash, turn.Parent, turn.Depth)
			if err == nil {
				_, err = s.Everything().Blob(ctx, turn.Hash)
			}
			if err != nil || got != want {
				t.Fatalf("round %d: turn %d was acknowledged as %q, is %q: %v", round, id, want, got, err)
			}
		}
		found, err := s.Verify(ctx)
		if err != nil || len(found.Problems) > 0 {
			t.Fatalf("round %d: %v %v", round, err, found.Problems)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if fresh < killRounds {
		t.Fatalf("only %d turns were acknowledged in %d rounds", fresh, killRounds)
	}
	t.Logf("%d rounds, %d turns acknowledged, none lost", killRounds, fresh)
}
