package loop

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// A Local is this machine, seen from one directory.
type Local struct {
	Dir string   // absolute
	Env []string // of commands
}

// NewLocal is this machine seen from dir. Commands get this process's environment without its secrets.
func NewLocal(dir string) (*Local, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if info, err := os.Stat(abs); err != nil {
		return nil, err
	} else if !info.IsDir() {
		return nil, fmt.Errorf("%s is not a directory", dir)
	}
	return &Local{abs, WithoutSecrets(os.Environ())}, nil
}

// WorkDir is where relative paths start.
func (l *Local) WorkDir() string { return l.Dir }

// System is this machine's.
func (l *Local) System() (platform, version string) {
	release, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	return runtime.GOOS, cmp.Or(strings.TrimSpace(string(release)), "unknown")
}

// tooLarge is the size of a file that no tool takes into memory.
const tooLarge = 16 << 20

// ReadFile refuses what is no regular file, so that no tool waits at a pipe.
func (l *Local) ReadFile(_ context.Context, path string) ([]byte, error) {
	full := resolve(l.Dir, path)
	info, err := os.Stat(full)
	switch {
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, fmt.Errorf("%s is a directory", path)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is not a regular file", path)
	case info.Size() > tooLarge:
		return nil, fmt.Errorf("%s has %d bytes, more than %d: look at parts of it in the shell", path, info.Size(), tooLarge)
	}
	return os.ReadFile(full)
}

// WriteFile keeps the mode of a file that is there.
func (l *Local) WriteFile(_ context.Context, path string, data []byte) error {
	full := resolve(l.Dir, path)
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		return err
	}
	return os.WriteFile(full, data, 0o644)
}

// Remove deletes one file.
func (l *Local) Remove(_ context.Context, path string) error { return os.Remove(resolve(l.Dir, path)) }

// Glob leaves out directories, and what is in hidden ones below dir.
func (l *Local) Glob(ctx context.Context, dir, pattern string) ([]string, error) {
	root := resolve(l.Dir, dir)
	if !doublestar.ValidatePattern(pattern) {
		return nil, fmt.Errorf("invalid pattern %q", pattern)
	}
	type file struct {
		path string
		at   int64
	}
	var found []file
	err := walk(ctx, root, func(rel string, d fs.DirEntry) error {
		if !doublestar.MatchUnvalidated(pattern, rel) {
			return nil
		}
		if info, err := d.Info(); err == nil {
			found = append(found, file{filepath.Join(root, rel), info.ModTime().UnixNano()})
		}
		return nil
	})
	slices.SortFunc(found, func(a, b file) int { return cmp.Or(cmp.Compare(b.at, a.at), cmp.Compare(a.path, b.path)) })
	paths := make([]string, len(found))
	for i, f := range found {
		paths[i] = l.short(f.path)
	}
	return paths, err
}

// Grep passes over hidden directories below the path, binary files and files that cannot be read.
func (l *Local) Grep(ctx context.Context, q Query) ([]Match, error) {
	if q.Fold {
		q.Pattern = "(?i)" + q.Pattern
	}
	re, err := regexp.Compile(q.Pattern)
	if err != nil {
		return nil, err
	}
	if !doublestar.ValidatePattern(q.Glob) {
		return nil, fmt.Errorf("invalid pattern %q", q.Glob)
	}
	root := resolve(l.Dir, q.Path)
	var found []Match
	err = walk(ctx, root, func(rel string, d fs.DirEntry) error {
		name := rel
		if !strings.Contains(q.Glob, "/") {
			name = d.Name()
		}
		if q.Glob != "" && !doublestar.MatchUnvalidated(q.Glob, name) {
			return nil
		}
		full := filepath.Join(root, rel)
		data, err := l.ReadFile(ctx, full)
		if err != nil || binary(data) {
			return nil
		}
		for i, line := range bytes.Split(bytes.TrimSuffix(data, []byte("\n")), []byte("\n")) {
			if !re.Match(line) {
				continue
			}
			found = append(found, Match{l.short(full), i + 1, clip(line)})
			if len(found) == q.Max {
				return fs.SkipAll
			}
		}
		return nil
	})
	return found, err
}

// walk visits the regular files under root, or root itself when it is one. Hidden directories are passed over, for they hold what
// tools keep for themselves, and symbolic links are not followed.
func walk(ctx context.Context, root string, visit func(rel string, d fs.DirEntry) error) error {
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil && path == root:
			return err
		case err != nil: // a directory that may not be read
			return nil
		case d.IsDir() && strings.HasPrefix(d.Name(), ".") && path != root:
			return fs.SkipDir
		case !d.Type().IsRegular():
			return nil
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		return visit(filepath.ToSlash(rel), d)
	})
}

// short is a path as the working directory sees it, when it is inside.
func (l *Local) short(path string) string {
	if rel, err := filepath.Rel(l.Dir, path); err == nil && filepath.IsLocal(rel) {
		return rel
	}
	return path
}

// binary says whether bytes are no text, by the rule that grep and git use.
func binary(data []byte) bool { return bytes.IndexByte(data[:min(len(data), 8000)], 0) >= 0 }

// longLine is how much of a matching line is shown, in bytes.
const longLine = 500

func clip(line []byte) string {
	if len(line) <= longLine {
		return string(line)
	}
	return strings.ToValidUTF8(string(line[:longLine]), "") + "…"
}

// Exec runs a line in bash, or in sh where there is none.
func (l *Local) Exec(ctx context.Context, c Command) (Result, error) {
	dir := resolve(l.Dir, c.Dir)
	if info, err := os.Stat(dir); err != nil {
		return Result{}, err
	} else if !info.IsDir() {
		return Result{}, errors.New(c.Dir + " is not a directory")
	}
	return run(ctx, []string{shell(), "-c", c.Line}, dir, append(slices.Clone(l.Env), c.Env...), c)
}

func shell() string {
	if _, err := os.Stat("/bin/bash"); err == nil {
		return "/bin/bash"
	}
	return "/bin/sh"
}
