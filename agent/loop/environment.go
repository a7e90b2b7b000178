package loop

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// An Environment is where a session's tools act: the files that they see and the commands that they run.
// Paths are absolute or relative to WorkDir. Its methods may be called at the same time.
type Environment interface {
	// WorkDir is an absolute path.
	WorkDir() string
	// System names the platform (linux, darwin) and its version.
	System() (platform, version string)
	// ReadFile gives a regular file's bytes. A missing file is [io/fs.ErrNotExist].
	ReadFile(ctx context.Context, path string) ([]byte, error)
	// WriteFile creates or replaces a file, and makes the directories above it.
	WriteFile(ctx context.Context, path string, data []byte) error
	// Remove deletes one file.
	Remove(ctx context.Context, path string) error
	// Glob names the files under a directory whose relative path matches a doublestar pattern, newest first.
	Glob(ctx context.Context, dir, pattern string) ([]string, error)
	// Grep finds the lines that match, in the order of their paths.
	Grep(ctx context.Context, q Query) ([]Match, error)
	// Exec runs a command line in the shell and ends with everything that it started. A command that fails or takes too long
	// is a Result; an error means that it could not be started, or that ctx ended.
	Exec(ctx context.Context, c Command) (Result, error)
}

// A Query is what Grep looks for.
type Query struct {
	Pattern string // RE2
	Path    string // file or directory; empty is the working directory
	Glob    string // of file names, or of relative paths when it has a slash; empty is every file
	Fold    bool   // upper and lower case alike
	Max     int    // matches; 0 is no limit
}

// A Match is one line that a Query found.
type Match struct {
	Path string
	Line int // from 1
	Text string
}

// A Command is one line for the shell.
type Command struct {
	Line    string
	Dir     string        // empty is the working directory
	Stdin   string        // what it reads
	Env     []string      // NAME=value, besides the environment's own
	Timeout time.Duration // 0 is none
}

// A Result is what a command did.
type Result struct {
	Stdout, Stderr string
	Exit           int // -1 when a signal ended it
	TimedOut       bool
	Took           time.Duration
}

// secret are the endings of the names of variables that hold secrets.
var secret = []string{"_API_KEY", "_SECRET", "_TOKEN", "_PASSWORD", "_CREDENTIAL", "_CREDENTIALS"}

// WithoutSecrets is an environment (NAME=value) without the variables whose names say that they hold a secret.
func WithoutSecrets(env []string) []string {
	return slices.DeleteFunc(slices.Clone(env), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return slices.ContainsFunc(secret, func(end string) bool { return strings.HasSuffix(strings.ToUpper(name), end) })
	})
}

// ReadOnly is an environment without its writes. Commands still run: where they must not write either, confine them.
func ReadOnly(env Environment) Environment { return readOnly{env} }

type readOnly struct{ Environment }

func (readOnly) WriteFile(context.Context, string, []byte) error { return errReadOnly }
func (readOnly) Remove(context.Context, string) error            { return errReadOnly }

var errReadOnly = errors.New("this environment is read-only")

// within is an environment seen from one of its directories.
type within struct {
	Environment
	dir string
}

// Within is an environment whose working directory is a directory of env's.
func Within(env Environment, dir string) (Environment, error) {
	abs := resolve(env.WorkDir(), dir)
	if rel, err := filepath.Rel(env.WorkDir(), abs); err != nil || !filepath.IsLocal(rel) {
		return nil, fmt.Errorf("%s is outside %s", dir, env.WorkDir())
	}
	return within{env, abs}, nil
}

func (w within) WorkDir() string { return w.dir }

func (w within) ReadFile(ctx context.Context, path string) ([]byte, error) {
	return w.Environment.ReadFile(ctx, resolve(w.dir, path))
}

func (w within) WriteFile(ctx context.Context, path string, data []byte) error {
	return w.Environment.WriteFile(ctx, resolve(w.dir, path), data)
}

func (w within) Remove(ctx context.Context, path string) error {
	return w.Environment.Remove(ctx, resolve(w.dir, path))
}

func (w within) Glob(ctx context.Context, dir, pattern string) ([]string, error) {
	return w.Environment.Glob(ctx, resolve(w.dir, dir), pattern)
}

func (w within) Grep(ctx context.Context, q Query) ([]Match, error) {
	q.Path = resolve(w.dir, q.Path)
	return w.Environment.Grep(ctx, q)
}

func (w within) Exec(ctx context.Context, c Command) (Result, error) {
	c.Dir = resolve(w.dir, c.Dir)
	return w.Environment.Exec(ctx, c)
}

// resolve is a path as seen from a directory.
func resolve(dir, path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(dir, path)
}
