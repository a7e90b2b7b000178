//go:build !linux

package holdout

import (
	"fmt"
	"os"
	"runtime"
	"syscall"
)

// Lacking says what this system cannot keep a subject from.
func Lacking() string {
	return fmt.Sprintf("%s has no Landlock: subjects are not confined and may read every file that you may.", runtime.GOOS)
}

func (b Box) become(args []string) error { return syscall.Exec(args[0], args, os.Environ()) }

// A bait needs a watch that only Linux has.
type bait struct{ dir string }

func layBait() (*bait, error) {
	dir, err := os.MkdirTemp("", "twinset-scenarios-")
	return &bait{dir}, err
}

func (b *bait) taken() []Breach { return nil }
func (b *bait) close() error    { return os.RemoveAll(b.dir) }
