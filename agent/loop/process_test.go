package loop

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// gone waits until a process whose id a command wrote down is no more.
func gone(t *testing.T, file string) {
	t.Helper()
	data, err := os.ReadFile(file)
	pid, _ := strconv.Atoi(strings.TrimSpace(string(data)))
	if err != nil || pid == 0 {
		t.Fatalf("%s: %q, %v", file, data, err)
	}
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat"); err != nil || strings.Contains(string(stat), ") Z ") {
			return
		}
	}
	syscall.Kill(pid, syscall.SIGKILL)
	t.Errorf("process %d of %s lives", pid, filepath.Base(file))
}

// A command that takes too long is ended with its children and theirs, and what it wrote is kept.
func TestTimeoutEndsGrandchildren(t *testing.T) {
	env := folder(t, nil)
	r, err := env.Exec(t.Context(), Command{Line: "echo begun; (sleep 60 & echo $! > grandchild; wait) & echo err >&2; sleep 60", Timeout: time.Second})
	if !r.TimedOut || r.Stdout != "begun\n" || r.Stderr != "err\n" || err != nil {
		t.Errorf("%+v, %v", r, err)
	}
	if r.Took > time.Second+grace {
		t.Errorf("it was killed after %v, though it ends when asked", r.Took)
	}
	gone(t, env.Dir+"/grandchild")
}

// What does not end when it is asked to is killed two seconds later.
func TestTimeoutKillsTheDeaf(t *testing.T) {
	env := folder(t, nil)
	r, err := env.Exec(t.Context(), Command{Line: "trap '' TERM; echo $$ > deaf; while :; do sleep 0.1; done", Timeout: time.Second})
	if !r.TimedOut || r.Exit != -1 || r.Took < grace || err != nil {
		t.Errorf("%+v, %v", r, err)
	}
	gone(t, env.Dir+"/deaf")
}

// A command that is asked to end may clean up.
func TestTimeoutAsksFirst(t *testing.T) {
	r, err := folder(t, nil).Exec(t.Context(), Command{Line: "trap 'echo clean; exit 7' TERM; echo up; while :; do sleep 0.05; done", Timeout: time.Second})
	if !r.TimedOut || r.Stdout != "up\nclean\n" || r.Exit != 7 || err != nil {
		t.Errorf("%+v, %v", r, err)
	}
}

// What a command leaves in the background ends with it, and does not keep it waiting.
func TestBackgroundEndsWithTheCommand(t *testing.T) {
	env := folder(t, nil)
	r, err := env.Exec(t.Context(), Command{Line: "sleep 60 & echo $! > left; echo done"})
	if r.Stdout != "done\n" || r.Exit != 0 || r.Took > 5*time.Second || err != nil {
		t.Errorf("%+v, %v", r, err)
	}
	gone(t, env.Dir+"/left")
}

func TestCancelEndsTheCommand(t *testing.T) {
	env := folder(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		for { // until it runs
			if data, _ := os.ReadFile(env.Dir + "/pid"); len(data) > 0 {
				cancel()
				return
			}
			time.Sleep(time.Millisecond)
		}
	}()
	if _, err := env.Exec(ctx, Command{Line: "sleep 60 & echo $! > pid; wait"}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	gone(t, env.Dir+"/pid")
}

// A command may write more than fits, and need not read what it is told.
func TestExecBounds(t *testing.T) {
	env := folder(t, nil)
	r, err := env.Exec(t.Context(), Command{Line: "head -c 40000000 /dev/zero | tr '\\0' x"})
	if want := "\n[6445568 more bytes were not kept]\n"; len(r.Stdout) != kept+len(want) || !strings.HasSuffix(r.Stdout, want) || err != nil {
		t.Errorf("%d bytes, %v", len(r.Stdout), err)
	}
	if r, err := env.Exec(t.Context(), Command{Line: "true", Stdin: strings.Repeat("x", 1<<20)}); r.Exit != 0 || err != nil {
		t.Errorf("%+v, %v", r, err)
	}
	if r, _ := env.Exec(t.Context(), Command{Line: "nosuchcommand"}); r.Exit != 127 {
		t.Errorf("%+v", r)
	}
}

func TestShellTimeouts(t *testing.T) {
	env := folder(t, nil)
	for _, c := range []struct {
		args []any
		want string
	}{
		{[]any{"command", "echo up; sleep 60"}, "up\n[ERROR: Command timed out after 500ms"},
		{[]any{"command", "echo up; sleep 60", "timeout_ms", 600}, "up\n[ERROR: Command timed out after 600ms"},
		{[]any{"command", "sleep 0.7; echo late", "timeout_ms", 9000}, "late\n[exit code 0]"},
		{[]any{"command", "echo out; echo err >&2; exit 4"}, "out\nerr\n[exit code 4]"},
	} {
		out, err := toolset{Shell(500 * time.Millisecond)}.call(t.Context(), env, ask("shell", c.args...))
		if !strings.HasPrefix(out.Text, c.want) || err != nil {
			t.Errorf("%v: %q, %v", c.args, out.Text, err)
		}
	}
	asked := make(chan time.Duration, 1)
	spy := spyEnv{env, func(c Command) { asked <- c.Timeout }}
	toolset{Shell(time.Second)}.call(t.Context(), spy, ask("shell", "command", "true", "timeout_ms", 86_400_000))
	if got := <-asked; got != 10*time.Minute {
		t.Errorf("a day is cut to %v", got)
	}
	for p, want := range map[string]time.Duration{"anthropic": 2 * time.Minute, "openai": 10 * time.Second} {
		profile := map[string]Profile{"anthropic": Anthropic("m"), "openai": OpenAI("m")}[p]
		profile.Tools.call(t.Context(), spy, ask("shell", "command", "true"))
		if got := <-asked; got != want {
			t.Errorf("%s gives commands %v, want %v", p, got, want)
		}
	}
}

// A spyEnv tells what is executed.
type spyEnv struct {
	Environment
	tell func(Command)
}

func (s spyEnv) Exec(ctx context.Context, c Command) (Result, error) {
	s.tell(c)
	return s.Environment.Exec(ctx, c)
}

func TestWithoutSecrets(t *testing.T) {
	kept := []string{"PATH=/bin", "HOME=/h", "GOPATH=/g", "CARGO_HOME=/c", "NVM_DIR=/n", "LANG=C", "TMPDIR=/t", "API_KEYS=fine", "TOKENIZER=x", "EMPTY="}
	gone := []string{"OPENAI_API_KEY=s", "anthropic_api_key=s", "My_Secret=s", "GITHUB_TOKEN=s", "DB_PASSWORD=s", "AWS_CREDENTIAL=s", "GOOGLE_CREDENTIALS=s", "X_TOKEN="}
	if got := WithoutSecrets(append(slices.Clone(gone), kept...)); !slices.Equal(got, kept) {
		t.Errorf("kept %q, want %q", got, kept)
	}
	t.Setenv("LOOP_TEST_API_KEY", "sesame")
	r, err := folder(t, nil).Exec(t.Context(), Command{Line: "env"})
	if strings.Contains(r.Stdout, "sesame") || !strings.Contains(r.Stdout, "PATH=") || err != nil {
		t.Errorf("a command sees %q, %v", r.Stdout, err)
	}
}
