package loop

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A Box is all that a confined environment can reach besides the system's directories.
type Box struct {
	Write []string `json:"write"`          // directories to read and write
	Read  []string `json:"read,omitempty"` // files and directories to read
	Ports []uint16 `json:"ports"`          // to connect to over TCP
}

// system is what programs need in order to run. Neither /proc nor /tmp is among it, nor anybody's home.
var system = []string{"/bin", "/sbin", "/lib", "/lib32", "/lib64", "/usr", "/opt", "/etc/alternatives", "/etc/ld.so.cache", "/etc/ld.so.conf",
	"/etc/ld.so.conf.d", "/etc/ssl", "/etc/ca-certificates", "/etc/pki", "/etc/hosts", "/etc/host.conf", "/etc/resolv.conf",
	"/etc/nsswitch.conf", "/etc/passwd", "/etc/group", "/etc/localtime", "/etc/services", "/etc/protocols", "/etc/mime.types",
	"/etc/gai.conf", "/etc/python3", "/etc/os-release", "/etc/gitconfig"}

// A Confined is a Local whose every file operation and command happens in a process that has given up all but a box.
// The kernel (Landlock) holds it to that, and so also what its commands start. It bounds files and TCP; not UDP.
type Confined struct {
	Local
	box  string // as JSON
	self string
	tmp  string
}

// ConfinedCommand is the name of the command that a program with confined environments must have: it calls [ServeConfined].
const ConfinedCommand = "confined"

// NewConfined confines local to its directory and a box. Commands get a home and a temporary directory that Close removes.
// It refuses where the kernel cannot enforce all of it.
func NewConfined(local *Local, box Box) (*Confined, error) {
	if err := enforceable(); err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	tmp, err := os.MkdirTemp("", "agent-")
	if err != nil {
		return nil, err
	}
	box.Write = append([]string{local.Dir, tmp}, box.Write...)
	spec, err := json.Marshal(box)
	if err != nil {
		return nil, err
	}
	env := append(slices.Clone(local.Env), "HOME="+tmp, "TMPDIR="+tmp)
	return &Confined{Local{local.Dir, env}, string(spec), self, tmp}, nil
}

// Close removes the temporary directory.
func (c *Confined) Close() error { return os.RemoveAll(c.tmp) }

// Exec runs a line in the box.
func (c *Confined) Exec(ctx context.Context, cmd Command) (Result, error) {
	argv := []string{c.self, ConfinedCommand, c.box, "--", shell(), "-c", cmd.Line}
	return run(ctx, argv, resolve(c.Dir, cmd.Dir), append(slices.Clone(c.Env), cmd.Env...), cmd)
}

// ReadFile reads in the box.
func (c *Confined) ReadFile(ctx context.Context, path string) ([]byte, error) {
	a, err := c.do(ctx, operation{Op: "read", Path: path})
	return a.Data, err
}

// WriteFile writes in the box.
func (c *Confined) WriteFile(ctx context.Context, path string, data []byte) error {
	_, err := c.do(ctx, operation{Op: "write", Path: path, Data: data})
	return err
}

// Remove deletes in the box.
func (c *Confined) Remove(ctx context.Context, path string) error {
	_, err := c.do(ctx, operation{Op: "remove", Path: path})
	return err
}

// Glob sees what is in the box.
func (c *Confined) Glob(ctx context.Context, dir, pattern string) ([]string, error) {
	a, err := c.do(ctx, operation{Op: "glob", Path: dir, Pattern: pattern})
	return a.Paths, err
}

// Grep sees what is in the box.
func (c *Confined) Grep(ctx context.Context, q Query) ([]Match, error) {
	a, err := c.do(ctx, operation{Op: "grep", Query: q})
	return a.Matches, err
}

// An operation is what a confined process is asked to do, on its standard input.
type operation struct {
	Op      string
	Dir     string
	Path    string
	Pattern string
	Data    []byte
	Query   Query
}

// An answer is what it says on its standard output.
type answer struct {
	Data    []byte   `json:",omitempty"`
	Paths   []string `json:",omitempty"`
	Matches []Match  `json:",omitempty"`
	Error   string   `json:",omitempty"`
	Missing bool     `json:",omitempty"` // the error is fs.ErrNotExist
}

func (c *Confined) do(ctx context.Context, op operation) (answer, error) {
	op.Dir = c.Dir
	in, err := json.Marshal(op)
	if err != nil {
		return answer{}, err
	}
	r, err := run(ctx, []string{c.self, ConfinedCommand, c.box}, c.Dir, c.Env, Command{Stdin: string(in)})
	if err != nil {
		return answer{}, err
	}
	var a answer
	if err := json.Unmarshal([]byte(r.Stdout), &a); err != nil {
		return answer{}, fmt.Errorf("confined: exit %d: %s", r.Exit, strings.TrimSpace(r.Stderr))
	}
	if a.Missing {
		return a, notThere(a.Error)
	}
	if a.Error != "" {
		return a, errors.New(a.Error)
	}
	return a, nil
}

// notThere is fs.ErrNotExist from another process, in its words.
type notThere string

func (e notThere) Error() string   { return string(e) }
func (e notThere) Is(t error) bool { return t == fs.ErrNotExist }

// ServeConfined gives up all but a box, for good. Its arguments are BOX, and either -- PROGRAM ARGS…, which it becomes, or
// nothing: then it does the one operation that in asks for, and answers on out.
func ServeConfined(args []string, in io.Reader, out io.Writer) error {
	if len(args) != 1 && (len(args) < 3 || args[1] != "--") {
		return fmt.Errorf("usage: %s BOX [-- PROGRAM ARG...]", ConfinedCommand)
	}
	var box Box
	if err := json.Unmarshal([]byte(args[0]), &box); err != nil {
		return fmt.Errorf("the box: %w", err)
	}
	if err := box.enter(); err != nil {
		return err
	}
	if len(args) > 1 {
		return become(args[2:])
	}
	var op operation
	if err := json.NewDecoder(in).Decode(&op); err != nil {
		return fmt.Errorf("the operation: %w", err)
	}
	a, err := op.do(context.Background())
	if err != nil {
		a.Error, a.Missing = err.Error(), errors.Is(err, fs.ErrNotExist)
	}
	var b bytes.Buffer
	if err := json.NewEncoder(&b).Encode(a); err != nil {
		return err
	}
	if b.Len() > kept {
		return fmt.Errorf("the answer has %d bytes", b.Len())
	}
	_, err = out.Write(b.Bytes())
	return err
}

func (op operation) do(ctx context.Context) (a answer, err error) {
	l := &Local{Dir: filepath.Clean(op.Dir)}
	switch op.Op {
	case "read":
		a.Data, err = l.ReadFile(ctx, op.Path)
	case "write":
		err = l.WriteFile(ctx, op.Path, op.Data)
	case "remove":
		err = l.Remove(ctx, op.Path)
	case "glob":
		a.Paths, err = l.Glob(ctx, op.Path, op.Pattern)
	case "grep":
		a.Matches, err = l.Grep(ctx, op.Query)
	default:
		err = fmt.Errorf("unknown operation %q", op.Op)
	}
	return a, err
}
