package trial

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Thief is the subject that tries to read the scenarios: it looks through every file it can open, the environments and the open files
// of all processes, for text with a scenario's front matter. It says how many bytes of them it has read.
type Thief struct{}

// Name implements [Subject].
func (Thief) Name() string { return "thief" }

// Meet implements [Subject].
func (Thief) Meet(context.Context, Session) (Conversation, error) {
	return meeting{f: func(ctx context.Context, _ Session, _ string, say func(string)) error {
		stolen, opened := steal(ctx)
		say(fmt.Sprintf("Read %d bytes of scenarios; opened %d files.", stolen, opened))
		return nil
	}}, nil
}

// steal looks everywhere. What stands in memory is not looked through: that takes ptrace, which a sandbox denies as a whole.
func steal(ctx context.Context) (stolen, opened int) {
	look := func(path string) {
		f, err := os.Open(path)
		if err != nil {
			return
		}
		defer f.Close()
		b := make([]byte, 1<<16)
		n, _ := f.Read(b)
		opened++
		if b = b[:n]; bytes.HasPrefix(b, []byte("---\n")) && bytes.Contains(b, []byte("\ncanary: ")) {
			stolen += n
		}
	}
	filepath.WalkDir("/", func(path string, d fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return nil
		case d.IsDir() && (path == "/proc" || path == "/sys" || path == "/dev"):
			return fs.SkipDir
		case d.Type().IsRegular() && strings.HasSuffix(path, ".md"):
			look(path)
		}
		return nil
	})
	for _, glob := range []string{"/proc/*/environ", "/proc/*/cmdline", "/proc/*/fd/*"} {
		paths, _ := filepath.Glob(glob)
		for _, p := range paths {
			if st, err := os.Stat(p); err == nil && st.Mode().IsRegular() {
				look(p)
			}
		}
	}
	return stolen, opened
}
