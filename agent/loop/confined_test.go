package loop

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// confined is an environment in a box, and a secret beside it.
func confined(t *testing.T, ports ...uint16) (env *Confined, secret string) {
	t.Helper()
	if err := enforceable(); err != nil {
		t.Skip(err)
	}
	secret = filepath.Join(t.TempDir(), "sealed.md")
	if err := os.WriteFile(secret, []byte("the holdout"), 0o644); err != nil {
		t.Fatal(err)
	}
	env, err := NewConfined(folder(t, map[string]string{"a.txt": "one\ntwo\n"}), Box{Ports: ports})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { env.Close() })
	return env, secret
}

// Every environment answers alike.
func TestEnvironments(t *testing.T) {
	for _, kind := range []string{"local", "confined", "within"} {
		t.Run(kind, func(t *testing.T) {
			ctx := t.Context()
			var env Environment
			switch kind {
			case "local":
				env = folder(t, map[string]string{"a.txt": "one\ntwo\n"})
			case "confined":
				env, _ = confined(t)
			case "within":
				var err error
				if env, err = Within(folder(t, map[string]string{"sub/a.txt": "one\ntwo\n", "b.txt": "two"}), "sub"); err != nil {
					t.Fatal(err)
				}
			}
			if data, err := env.ReadFile(ctx, "a.txt"); string(data) != "one\ntwo\n" || err != nil {
				t.Errorf("ReadFile: %q, %v", data, err)
			}
			if _, err := env.ReadFile(ctx, "none.txt"); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("ReadFile of no file: %v", err)
			}
			if _, err := env.ReadFile(ctx, "."); err == nil || errors.Is(err, fs.ErrNotExist) {
				t.Errorf("ReadFile of a directory: %v", err)
			}
			if err := env.WriteFile(ctx, "deep/er/c.txt", []byte("two\x00")); err != nil {
				t.Error(err)
			}
			if data, err := env.ReadFile(ctx, filepath.Join(env.WorkDir(), "deep/er/c.txt")); string(data) != "two\x00" || err != nil {
				t.Errorf("ReadFile by an absolute path: %q, %v", data, err)
			}
			if err := env.WriteFile(ctx, "new.txt", []byte("Two")); err != nil {
				t.Error(err)
			}
			past := time.Now().Add(-time.Hour)
			os.Chtimes(filepath.Join(env.WorkDir(), "a.txt"), past, past)
			if got, err := env.Glob(ctx, "", "**/*.txt"); !slices.Contains([]string{"[new.txt deep/er/c.txt a.txt]", "[deep/er/c.txt new.txt a.txt]"}, fmt.Sprint(names(env, got))) || err != nil {
				t.Errorf("Glob: %v, %v", got, err)
			}
			if _, err := env.Glob(ctx, "", "[a"); err == nil {
				t.Error("Glob takes [a")
			}
			got, err := env.Grep(ctx, Query{Pattern: "^tw", Fold: true, Glob: "*.txt"})
			for i := range got {
				got[i].Path = filepath.Base(got[i].Path)
			}
			if want := []Match{{"a.txt", 2, "two"}, {"new.txt", 1, "Two"}}; !slices.Equal(got, want) || err != nil {
				t.Errorf("Grep: %v, %v; want %v", got, err, want)
			}
			if got, err := env.Grep(ctx, Query{Pattern: "t", Path: "a.txt", Max: 1}); len(got) != 1 || err != nil {
				t.Errorf("Grep in a file: %v, %v", got, err)
			}
			if _, err := env.Grep(ctx, Query{Pattern: "("}); err == nil {
				t.Error("Grep takes (")
			}
			if _, err := env.Grep(ctx, Query{Pattern: "x", Path: "none"}); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("Grep in no file: %v", err)
			}
			r, err := env.Exec(ctx, Command{Line: "pwd; cat; echo $MORE >&2; exit 3", Stdin: "in\n", Env: []string{"MORE=more"}})
			if r.Stdout != env.WorkDir()+"\nin\n" || r.Stderr != "more\n" || r.Exit != 3 || err != nil {
				t.Errorf("Exec: %+v, %v", r, err)
			}
			if r, err := env.Exec(ctx, Command{Line: "pwd", Dir: "deep"}); r.Stdout != env.WorkDir()+"/deep\n" || err != nil {
				t.Errorf("Exec in a directory: %+v, %v", r, err)
			}
			if _, err := env.Exec(ctx, Command{Line: "true", Dir: "none"}); err == nil {
				t.Error("Exec runs in a directory that is not there")
			}
			if err := env.Remove(ctx, "new.txt"); err != nil {
				t.Error(err)
			}
			if err := env.Remove(ctx, "new.txt"); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("Remove twice: %v", err)
			}
			if platform, version := env.System(); platform == "" || version == "" {
				t.Errorf("System: %q %q", platform, version)
			}
		})
	}
}

// names are paths as the environment's directory sees them.
func names(env Environment, paths []string) (out []string) {
	for _, p := range paths {
		out = append(out, strings.TrimPrefix(strings.TrimPrefix(p, "sub/"), env.WorkDir()+"/"))
	}
	return out
}

func TestReadOnly(t *testing.T) {
	local := folder(t, map[string]string{"a.txt": "one\n"})
	env := ReadOnly(local)
	for _, c := range []struct {
		tool Tool
		args []any
		err  string
	}{
		{writeFile, []any{"file_path", "b.txt", "content", "x"}, "read-only"},
		{editFile, []any{"file_path", "a.txt", "old_string", "one", "new_string", "two"}, "read-only"},
		{applyPatch, []any{"patch", "*** Begin Patch\n*** Delete File: a.txt\n*** End Patch"}, "read-only"},
		{readFile, []any{"file_path", "a.txt"}, ""},
	} {
		_, err := toolset{c.tool}.call(t.Context(), env, ask(c.tool.Name, c.args...))
		if (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: %v, want %q", c.tool.Name, err, c.err)
		}
	}
	if got := contents(t, local.Dir); fmt.Sprint(got) != "map[a.txt:one\n]" {
		t.Errorf("files are %v", got)
	}
}

func TestWithinRefusesToLeave(t *testing.T) {
	for _, dir := range []string{"..", "/", "../x", "a/../.."} {
		if _, err := Within(folder(t, nil), dir); err == nil {
			t.Errorf("Within takes %s", dir)
		}
	}
}

// What is not in the box cannot be reached: by no tool, by no command, by no link, and not by who is root either.
func TestConfinedKeepsFromTheRest(t *testing.T) {
	env, secret := confined(t)
	ctx := t.Context()
	if _, err := env.Exec(ctx, Command{Line: "ln -s " + secret + " link"}); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{secret, "link", "/proc/self/environ", "/etc/shadow"} {
		if data, err := env.ReadFile(ctx, path); err == nil {
			t.Errorf("ReadFile of %s gives %d bytes", path, len(data))
		}
	}
	if err := env.WriteFile(ctx, filepath.Dir(secret)+"/new", nil); err == nil {
		t.Error("WriteFile writes beside the box")
	}
	if err := env.WriteFile(ctx, "link", []byte("gone")); err == nil {
		t.Error("WriteFile writes through a link")
	}
	if err := env.Remove(ctx, secret); err == nil {
		t.Error("Remove removes outside the box")
	}
	if got, err := env.Grep(ctx, Query{Pattern: "holdout", Path: filepath.Dir(secret)}); len(got) > 0 {
		t.Errorf("Grep finds %v, %v", got, err)
	}
	if got, err := env.Glob(ctx, filepath.Dir(secret), "**"); len(got) > 0 {
		t.Errorf("Glob finds %v, %v", got, err)
	}
	for _, line := range []string{"cat " + secret, "cat link", "ls " + filepath.Dir(secret), "cp " + secret + " here && cat here",
		"cat /proc/*/environ", "cat /proc/*/cwd/*", "bash -c 'exec 3<" + secret + "; cat <&3'", "find / -name sealed.md 2>/dev/null | grep .", "ln " + secret + " hard && cat hard"} {
		if r, err := env.Exec(ctx, Command{Line: line}); r.Exit == 0 || strings.Contains(r.Stdout, "holdout") || err != nil {
			t.Errorf("%s: %+v, %v", line, r, err)
		}
	}
	if data, _ := os.ReadFile(secret); string(data) != "the holdout" {
		t.Errorf("the secret is %q", data)
	}
	if r, err := env.Exec(ctx, Command{Line: "echo x > $TMPDIR/x && cat ~/x && echo y > /dev/null && head -c1 /dev/urandom | wc -c"}); r.Exit != 0 || r.Stdout != "x\n1\n" || err != nil {
		t.Errorf("a home and a temporary directory: %+v, %v", r, err)
	}
}

// Only the ports in the box can be connected to.
func TestConfinedPorts(t *testing.T) {
	open, shut := listen(t), listen(t)
	env, _ := confined(t, open)
	for port, want := range map[uint16]int{open: 0, shut: 1} {
		r, err := env.Exec(t.Context(), Command{Line: fmt.Sprintf("exec 3<>/dev/tcp/127.0.0.1/%d", port)})
		if min(r.Exit, 1) != want || err != nil {
			t.Errorf("port %d: %+v, %v; want exit %d", port, r, err, want)
		}
	}
}

func listen(t *testing.T) uint16 {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return uint16(l.Addr().(*net.TCPAddr).Port)
}

func TestServeConfinedRefuses(t *testing.T) {
	for _, args := range [][]string{nil, {"{}", "--"}, {"{}", "x", "y"}, {"not json"}, {"not json", "--", "/bin/true"}} {
		if err := ServeConfined(args, strings.NewReader("{}"), os.Stdout); err == nil {
			t.Errorf("ServeConfined takes %q", args)
		}
	}
}
