package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// program is the test binary as agent, in a directory.
func program(t *testing.T, dir, stdin string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(stdin)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, asProgram + "=1"}
	return cmd
}

// agent runs it to its end.
func agent(t *testing.T, dir, stdin string, args ...string) (out string, exit int) {
	t.Helper()
	b, err := program(t, dir, stdin, args...).CombinedOutput()
	var failed *exec.ExitError
	if err != nil && !errors.As(err, &failed) {
		t.Fatal(err)
	} else if err != nil {
		exit = failed.ExitCode()
	}
	return string(b), exit
}

func dots(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, src := range map[string]string{
		"good.dot":   `digraph Good { goal="g" s [shape=Mdiamond] e [shape=Msquare] a [prompt=a] b [shape=parallelogram, tool_command="echo $ATTRACTOR_GOAL $(cat in)"] s -> a -> b -> e }`,
		"bad.dot":    `digraph Bad { s [shape=Mdiamond] e [shape=Msquare] a [shape=parallelogram, tool_command="echo no good; exit 1"] s -> a a -> e [condition="outcome=success"] }`,
		"lint.dot":   `digraph Lint { s [shape=Mdiamond] e [shape=Msquare] lost [label=x] s -> e }`,
		"broken.dot": "digraph Broken {\n  a -- b\n}",
		"ask.dot":    `digraph Ask { s [shape=Mdiamond] e [shape=Msquare] h [shape=hexagon, label="Go on?"] no [shape=parallelogram, tool_command="exit 1"] s -> h h -> e [label="Yes"] h -> no [label="No"] }`,
		"long.dot":   `digraph Long { s [shape=Mdiamond] e [shape=Msquare] a [shape=parallelogram, tool_command="test -e go || sleep 600"] s -> a -> e }`,
		"in":         "input\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(src), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestExitCodes holds run, resume, lint and print to what they say and how they exit.
func TestExitCodes(t *testing.T) {
	dir := dots(t)
	for _, c := range []struct {
		args  string
		stdin string
		exit  int
		want  string
	}{
		{"run good.dot --backend simulate --logs logs/good --goal mine", "", 0, "good: success in 4 stages"},
		{"run good.dot --backend simulate --logs logs/good", "", 2, "holds a run already"},
		{"resume logs/good --backend simulate", "", 0, "good: success in 4 stages"},
		{"resume nowhere --backend simulate", "", 2, "nothing to resume"},
		{"run bad.dot --backend simulate --logs logs/bad", "", 1, "agent: failed: exit status 1: no good"},
		{"run lint.dot --backend simulate --logs logs/lint", "", 2, "unreachable (orphan)"},
		{"run broken.dot --backend simulate --logs logs/broken", "", 2, "2:5: undirected edge"},
		{"run none.dot --backend simulate", "", 2, "no such file"},
		{"run good.dot --backend simulate --set nonsense", "", 2, "write key=value"},
		{"run ask.dot --backend simulate --logs logs/yes", "y\n", 0, "[?] Go on?\n  [Y] Yes\n  [N] No\nSelect: "},
		{"run ask.dot --backend simulate --logs logs/no", "maybe\nno\n", 1, "\"maybe\" is none of the choices"},
		{"run ask.dot --backend simulate --logs logs/auto --auto", "", 0, "success in 3 stages"},
		{"lint good.dot", "", 0, ""},
		{"lint good.dot lint.dot", "", 1, "lint.dot: error reachability: node lost is unreachable (orphan)\n    lead an edge to it"},
		{"lint broken.dot", "", 1, "broken.dot:2:5: undirected edge"},
		{"print good.dot", "", 0, "digraph Good {\n    graph [goal=g]\n    s [shape=Mdiamond]"},
		{"print broken.dot", "", 1, "2:5"},
		{"intent check spec", "", 2, "no such file"},
		{"check expect-fail -- true", "", 1, "proves nothing"},
		{"dance", "", 2, "unknown command"},
	} {
		out, exit := agent(t, dir, c.stdin, strings.Fields(c.args)...)
		if exit != c.exit || !strings.Contains(out, c.want) {
			t.Errorf("agent %s: exit %d, want %d and %q\n%s", c.args, exit, c.exit, c.want, out)
		}
	}
	if b, err := os.ReadFile(filepath.Join(dir, "logs/good/b/output.txt")); err != nil || string(b) != "mine input\n" {
		t.Errorf("output.txt %q, %v", b, err)
	}
	if out, exit := agent(t, dir, "", "run", "good.dot", "--backend", "simulate"); exit != 0 || !strings.Contains(out, filepath.Join(".factory", "runs", "good-")) {
		t.Errorf("exit %d: %s", exit, out)
	}
}

// TestInterrupt stops a run by Ctrl-C at its checkpoint, says how to go on, and goes on.
func TestInterrupt(t *testing.T) {
	dir := dots(t)
	cmd := program(t, dir, "", "run", "long.dot", "--backend", "simulate", "--logs", "logs/long")
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for sc := bufio.NewScanner(stdout); sc.Scan(); {
		if strings.HasPrefix(sc.Text(), "start") && strings.HasSuffix(sc.Text(), " a") {
			break
		}
	}
	cmd.Process.Signal(syscall.SIGINT)
	io.Copy(io.Discard, stdout)
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 2 || !strings.Contains(stderr.String(), "go on with: agent resume logs/long") {
		t.Fatalf("%v: %s", err, &stderr)
	}
	if err := os.WriteFile(filepath.Join(dir, "go"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if out, exit := agent(t, dir, "", "resume", "logs/long", "--backend", "simulate"); exit != 0 || strings.Contains(out, "start      s\n") {
		t.Errorf("exit %d: %s", exit, out)
	}
}

// TestServe serves until Ctrl-C; a run that is under way stops at its checkpoint.
func TestServe(t *testing.T) {
	dir := dots(t)
	cmd := program(t, dir, "", "serve", "--addr", "127.0.0.1:0", "--dir", "runs", "--backend", "simulate")
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	out := bufio.NewReader(stdout)
	url, err := out.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	src, _ := os.ReadFile(filepath.Join(dir, "long.dot"))
	res, err := http.Post(strings.TrimSpace(url)+"pipelines", "text/plain", bytes.NewReader(src))
	if err != nil || res.StatusCode != http.StatusCreated {
		t.Fatal(res, err)
	}
	res.Body.Close()
	events, err := http.Get(strings.TrimSpace(url) + "pipelines/Long-1/events")
	if err != nil {
		t.Fatal(err)
	}
	defer events.Body.Close()
	for sc := bufio.NewScanner(events.Body); sc.Scan(); {
		if strings.Contains(sc.Text(), `"kind":"stage_started"`) && strings.Contains(sc.Text(), `"node":"a"`) {
			break
		}
	}
	cmd.Process.Signal(syscall.SIGINT)
	io.Copy(io.Discard, out)
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	if out, exit := agent(t, dir, "", "lint", "long.dot"); exit != 0 {
		t.Error(out)
	}
	os.WriteFile(filepath.Join(dir, "go"), nil, 0o644)
	if out, exit := agent(t, dir, "", "resume", "runs/Long-1", "--backend", "simulate"); exit != 0 {
		t.Errorf("exit %d: %s", exit, out)
	}
}
