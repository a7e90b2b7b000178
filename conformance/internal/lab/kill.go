package lab

import (
	"math/rand/v2"
	"os/exec"
	"sync"
	"testing"
	"time"
)

// KillNine kills a twin that keeps its state in a directory while four writers are at work, twelve times over. visit
// is called each time that it is up again: it checks that all that was acknowledged is there, and returns what the
// n-th write of a writer does; an error means that the twin is dead.
func (w *Twin) KillNine(t *testing.T, visit func(round int, url string) func(writer, n int) error) {
	t.Helper()
	bin, err := w.Build()
	Must(t, err)
	dir := t.TempDir()
	for round := range 12 {
		cmd := exec.Command(bin, "-addr", "127.0.0.1:0", "-data", dir)
		url, err := Serve(cmd)
		Must(t, err)
		write := visit(round, url)
		var wg sync.WaitGroup
		for i := range 4 {
			wg.Go(func() {
				for n := 0; write(i, n) == nil; n++ {
				}
			})
		}
		time.Sleep(time.Duration(50+rand.IntN(150)) * time.Millisecond)
		Must(t, cmd.Process.Kill())
		cmd.Wait()
		wg.Wait()
	}
}
