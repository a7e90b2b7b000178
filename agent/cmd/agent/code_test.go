package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"twinset.dev/agent/llmtest"
	"twinset.dev/agent/loop"
)

// asProgram in the environment makes the test binary the program.
const asProgram = "AGENT_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// A coding is one run of the program against a brain.
type coding struct {
	stdout, stderr string
	exit           int
	asked          []llmtest.Conversation
}

// child is the program under way.
var child atomic.Pointer[os.Process]

func code(t *testing.T, stdin string, brain llmtest.Brain, args ...string) coding {
	t.Helper()
	return ask(t, stdin, brain, append([]string{"code"}, args...)...)
}

func ask(t *testing.T, stdin string, brain llmtest.Brain, args ...string) (got coding) {
	t.Helper()
	var mu sync.Mutex
	web := httptest.NewServer(&llmtest.Server{Brain: func(c llmtest.Conversation) llmtest.Step {
		mu.Lock()
		defer mu.Unlock()
		got.asked = append(got.asked, c)
		return brain(c)
	}})
	defer web.Close()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Dir = t.TempDir() // where its store is
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "ANTHROPIC_API_KEY=k", "ANTHROPIC_BASE_URL=" + web.URL,
		"OPENAI_API_KEY=k", "OPENAI_BASE_URL=" + web.URL + "/v1", asProgram + "=1"}
	if brain == nil {
		cmd.Env = append(cmd.Env[:2], asProgram+"=1")
	}
	var stdout, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &stdout, &stderr
	var failed *exec.ExitError
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	child.Store(cmd.Process)
	if err := cmd.Wait(); err != nil && !errors.As(err, &failed) {
		t.Fatal(err)
	}
	got.stdout, got.stderr, got.exit = stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()
	return got
}

func shell(command string) llmtest.Step {
	return llmtest.Step{Say: "Let me try.", Call: []llmtest.Call{{Name: "shell", Args: map[string]any{"command": command}}}}
}

func TestCode(t *testing.T) {
	brain := func(c llmtest.Conversation) llmtest.Step {
		return []llmtest.Step{shell("echo hello | tee made"), {Say: "Made it."}}[c.Turn()]
	}
	work := t.TempDir()
	got := code(t, "", brain, "make something", "--work", work, "--model", "claude-x", "--effort", "low", "--instructions", "Be brief.")
	if got.exit != 0 || got.stdout != "Made it.\n" || got.stderr != "Let me try.\nshell {\"command\":\"echo hello | tee made\"}\n" {
		t.Errorf("exit %d\n%s\n%s", got.exit, got.stdout, got.stderr)
	}
	if data, _ := os.ReadFile(work + "/made"); string(data) != "hello\n" {
		t.Errorf("made %q", data)
	}
	if c := got.asked[0]; c.Input() != "make something" || c.Model != "claude-x" || c.Protocol != "anthropic" || !c.Stream || !strings.HasSuffix(c.Said("system"), "Be brief.") {
		t.Errorf("asked %s %s %q", c.Protocol, c.Model, c.Input())
	}
}

func TestCodeReadsTheTaskAndPrintsLines(t *testing.T) {
	got := code(t, "from stdin\n", func(c llmtest.Conversation) llmtest.Step { return llmtest.Step{Say: "ok"} }, "-", "--json", "--work", t.TempDir(), "--provider", "openai")
	var kinds []string
	for line := range strings.Lines(got.stdout) {
		var e loop.Event
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if e.Kind != loop.AssistantTextDelta {
			kinds = append(kinds, string(e.Kind))
		}
	}
	if want := "session_start user_input assistant_text_start assistant_text_end session_end"; strings.Join(kinds, " ") != want || got.exit != 0 || got.stderr != "" {
		t.Errorf("exit %d, events %v\n%s", got.exit, kinds, got.stderr)
	}
	if c := got.asked[0]; c.Input() != "from stdin\n" || c.Protocol != "responses" || c.Model == "" {
		t.Errorf("asked %s %s %q", c.Protocol, c.Model, c.Input())
	}
}

func TestCodeConfined(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "sealed.md")
	if err := os.WriteFile(secret, []byte("the holdout"), 0o644); err != nil {
		t.Fatal(err)
	}
	brain := func(c llmtest.Conversation) llmtest.Step {
		return []llmtest.Step{shell("cat " + secret + "; echo hello > made"), {Call: []llmtest.Call{{Name: "read_file", Args: map[string]any{"file_path": secret}},
			{Name: "read_file", Args: map[string]any{"file_path": "made"}}}}, {Say: "done"}}[c.Turn()]
	}
	for _, confined := range []bool{false, true} {
		work := t.TempDir()
		args := []string{"look around", "--work", work, "--store", work + "/store"}
		if confined {
			args = append(args, "--confined")
		}
		got := code(t, "", brain, args...)
		if strings.Contains(got.stderr, "no Landlock") {
			t.Skip(got.stderr)
		}
		if warned := strings.Contains(got.stderr, "can change "+work+"/store"); warned != confined {
			t.Errorf("confined %t: %s", confined, got.stderr)
		}
		last := string(got.asked[len(got.asked)-1].Raw)
		if got.exit != 0 || strings.Contains(last, "the holdout") == confined || !strings.Contains(last, "1 | hello") {
			t.Errorf("confined %t: exit %d, %s\n%s", confined, got.exit, got.stderr, last)
		}
	}
}

func TestCodeFails(t *testing.T) {
	loops := func(c llmtest.Conversation) llmtest.Step { return shell("true") }
	refuses := func(c llmtest.Conversation) llmtest.Step {
		return llmtest.Step{Fault: &llmtest.Fault{Status: 401, Message: "wrong key"}}
	}
	for _, c := range []struct {
		name  string
		brain llmtest.Brain
		args  []string
		exit  int
		says  string
	}{
		{"not done in time", loops, []string{"go", "--rounds", "2"}, 1, "not done after 2 rounds"},
		{"wrong key", refuses, []string{"go"}, 2, "wrong key"},
		{"no key", nil, []string{"go"}, 2, "set ANTHROPIC_API_KEY"},
		{"no task", loops, []string{" "}, 2, "the task is empty"},
		{"no arguments", loops, nil, 2, "accepts 1 arg"},
		{"no such directory", loops, []string{"go", "--work", "/nowhere"}, 2, "/nowhere"},
		{"no such server", loops, []string{"go", "--mcp", "http://127.0.0.1:1/"}, 2, "127.0.0.1:1"},
		{"no such provider", loops, []string{"go", "--provider", "acme", "--model", "m"}, 2, `no provider "acme"`},
		{"no model of the provider", loops, []string{"go", "--provider", "acme"}, 2, "name one with --model"},
		{"no such port", loops, []string{"go", "--confined", "--port", "70000"}, 2, "no port"},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := c.args
			if len(args) > 0 && !strings.Contains(strings.Join(args, " "), "--work") {
				args = append(args, "--work", t.TempDir())
			}
			got := code(t, "", c.brain, args...)
			if lines := strings.Split(strings.TrimSpace(got.stderr), "\n"); got.exit != c.exit || !strings.Contains(lines[len(lines)-1], c.says) || got.stdout != "" && c.exit == 2 {
				t.Errorf("exit %d, want %d with %q\n%s\n%s", got.exit, c.exit, c.says, got.stdout, got.stderr)
			}
		})
	}
}

// A pipeline's model stages are the model's, with the tools of the flags; without a key nothing pretends.
func TestRunAsksTheModel(t *testing.T) {
	work := t.TempDir()
	file := filepath.Join(t.TempDir(), "two.dot")
	if err := os.WriteFile(file, []byte(`digraph Two {
		start [shape=Mdiamond]; done [shape=Msquare]
		write [prompt="write it", llm_model="claude-x"]
		check [shape=parallelogram, tool_command="test -s made"]
		start -> write -> check; check -> done [condition="outcome=success"] }`), 0o644); err != nil {
		t.Fatal(err)
	}
	brain := func(c llmtest.Conversation) llmtest.Step {
		return []llmtest.Step{shell("echo hello | tee made"), {Say: "Made it."}}[c.Turn()]
	}
	got := ask(t, "", brain, "run", file, "--work", work, "--confined")
	if got.exit != 0 || got.asked[0].Model != "claude-x" || !strings.Contains(got.stdout, "success    check") {
		t.Errorf("exit %d\n%s\n%s", got.exit, got.stdout, got.stderr)
	}
	for _, c := range []struct {
		args []string
		exit int
		says string
	}{
		{[]string{"run", file}, 2, "set ANTHROPIC_API_KEY"},
		{[]string{"run", file, "--backend", "magic"}, 2, "choose model or simulate"},
		{[]string{"run", file, "--backend", "simulate", "--work", t.TempDir()}, 1, "agent: failed"},
	} {
		if got := ask(t, "", nil, c.args...); got.exit != c.exit || !strings.Contains(got.stderr, c.says) {
			t.Errorf("%v: exit %d, %s", c.args[1:], got.exit, got.stderr)
		}
	}
}
