package attractor

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// twelve is a pipeline of twelve nodes whose commands write into the work tree, append where a second time would show,
// stage, delete and commit; two of its nodes are parallel branches.
const twelve = `digraph Twelve {
	graph [goal="survive", retry_target=first]
	start  [shape=Mdiamond]
	first  [shape=parallelogram, tool_command="echo first >> log.txt; echo ignored > skip.tmp"]
	model  [prompt="think about $goal"]
	second [shape=parallelogram, tool_command="echo second >> log.txt; mkdir -p d; echo new > d/new.txt; rm seed.txt; git add d/new.txt"]
	fan    [shape=component]
	left   [shape=parallelogram, tool_command="echo left >> log.txt; echo l > left.txt"]
	right  [shape=parallelogram, tool_command="echo right >> log.txt; printf '{\"context_updates\":{\"score\":2}}' > $ATTRACTOR_STAGE_DIR/status.json"]
	join   [shape=tripleoctagon]
	commit [shape=parallelogram, tool_command="echo commit >> log.txt && git add -A && GIT_AUTHOR_DATE='1700000000 +0000' GIT_COMMITTER_DATE='1700000000 +0000' git -c user.name=t -c user.email=t@t commit -qm work"]
	flaky  [shape=parallelogram, max_retries=1, tool_command="echo flaky >> log.txt; test $(grep -c flaky log.txt) -ge 2"]
	check  [shape=parallelogram, goal_gate=true, tool_command="echo check >> log.txt"]
	done   [shape=Msquare]
	start -> first -> model -> second -> fan
	fan -> left -> join
	fan -> right -> join
	join -> commit -> flaky -> check -> done
}`

// TestMain lets the test binary be the process that is killed: it runs or resumes the pipeline and kills itself, the hard
// way, right after the event with the number in ATTRACTOR_KILL_AT.
func TestMain(m *testing.M) {
	dir := os.Getenv("ATTRACTOR_CRASH_DIR")
	if dir == "" {
		os.Exit(m.Run())
	}
	killAt, _ := strconv.Atoi(os.Getenv("ATTRACTOR_KILL_AT"))
	e := New(Options{Logs: filepath.Join(dir, "run"), Work: filepath.Join(dir, "work"), RunID: "twelve", Clock: newClock(), Observe: func(ev Event) {
		if ev.Seq == killAt {
			syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	}})
	play := func() (*Result, error) { return e.Run(context.Background(), []byte(os.Getenv("ATTRACTOR_PIPELINE"))) }
	if os.Getenv("ATTRACTOR_RESUME") != "" {
		play = func() (*Result, error) { return e.Resume(context.Background()) }
	}
	res, err := play()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	json.NewEncoder(os.Stdout).Encode(res)
	os.Exit(0)
}

// crashChild plays the pipeline in a process of its own; the result is nil when that was killed.
func crashChild(t *testing.T, pipeline, dir string, killAt int, resume bool) *Result {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "ATTRACTOR_PIPELINE="+pipeline, "ATTRACTOR_CRASH_DIR="+dir, fmt.Sprintf("ATTRACTOR_KILL_AT=%d", killAt))
	if resume {
		cmd.Env = append(cmd.Env, "ATTRACTOR_RESUME=1")
	}
	var complaint strings.Builder
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if st, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && st.Signaled() && st.Signal() == syscall.SIGKILL {
		return nil
	}
	if err != nil {
		t.Fatalf("killed at %d: %v: %s", killAt, err, &complaint)
	}
	var res Result
	if err := json.Unmarshal(out, &res); err != nil {
		t.Fatal(err)
	}
	return &res
}

func git(t *testing.T, dir string, args ...string) string {
	t.Helper()
	out, err := exec.Command("git", append([]string{"-C", dir}, args...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("git %v: %v: %s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// repository is a work tree with one commit, the same in every test.
func repository(t *testing.T, dir string) {
	t.Helper()
	for _, name := range []string{"log.txt", "seed.txt"} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(name+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, ".gitignore"), []byte("*.tmp\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	git(t, dir, "init", "-q", "-b", "main")
	git(t, dir, "add", "-A")
	t.Setenv("GIT_AUTHOR_DATE", "1600000000 +0000")
	t.Setenv("GIT_COMMITTER_DATE", "1600000000 +0000")
	git(t, dir, "-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", "seed")
}

// ending is all that must be the same however often a run was killed.
type ending struct {
	Status  Status
	Path    []string
	Context map[string]any
	Work    photo
}

func endingOf(t *testing.T, res *Result, work string) ending {
	t.Helper()
	p, err := (&worktree{work}).photograph()
	if err != nil {
		t.Fatal(err)
	}
	return ending{res.Status, res.Path, res.Context, p}
}

// TestResumeAfterKillAtEveryEvent kills a run after each of its events in turn and resumes it: context, path and work tree
// are those of a run that nobody killed.
func TestResumeAfterKillAtEveryEvent(t *testing.T) {
	if testing.Short() {
		t.Skip("starts some hundred processes")
	}
	root := t.TempDir()
	calm := filepath.Join(root, "calm")
	repository(t, filepath.Join(root, "seed"))
	if err := os.CopyFS(filepath.Join(calm, "work"), os.DirFS(filepath.Join(root, "seed"))); err != nil {
		t.Fatal(err)
	}
	want := endingOf(t, crashChild(t, twelve, calm, 0, false), filepath.Join(calm, "work"))
	log, err := os.ReadFile(filepath.Join(calm, "work", "log.txt"))
	if want.Status != Success || err != nil {
		t.Fatalf("the run nobody killed: %+v, %v", want, err)
	}
	if got := strings.Join(strings.Fields(string(log)), " "); got != "log.txt first second right commit flaky flaky check" {
		t.Fatalf("log.txt: %s", got)
	}
	events, err := ReadEvents(filepath.Join(calm, "run"))
	if err != nil || len(events) < 50 {
		t.Fatalf("%d events, %v", len(events), err)
	}
	kills := make(chan int)
	go func() {
		defer close(kills)
		for k := 1; k < len(events); k++ {
			kills <- k
		}
	}()
	t.Run("kills", func(t *testing.T) {
		for worker := range 2 {
			t.Run(strconv.Itoa(worker), func(t *testing.T) {
				t.Parallel()
				for k := range kills {
					dir := filepath.Join(root, strconv.Itoa(k))
					work := filepath.Join(dir, "work")
					if err := os.CopyFS(work, os.DirFS(filepath.Join(root, "seed"))); err != nil {
						t.Error(err)
						return
					}
					if res := crashChild(t, twelve, dir, k, false); res != nil {
						t.Errorf("event %d did not happen before the end", k)
					}
					res := crashChild(t, twelve, dir, 0, true)
					if got := endingOf(t, res, work); !reflect.DeepEqual(got, want) {
						t.Errorf("killed after event %d (%s)\n got %+v\nwant %+v", k, line(events[k-1]), got, want)
					}
				}
			})
		}
	})
	t.Logf("killed after each of %d events", len(events)-1)
}

// TestResumeAfterKillInsideACommand kills the run from inside one of its commands: the command ends with it, and what it had
// written is undone before it runs again.
func TestResumeAfterKillInsideACommand(t *testing.T) {
	dir := t.TempDir()
	repository(t, filepath.Join(dir, "work"))
	const pipeline = `digraph G { s [shape=Mdiamond] e [shape=Msquare] s -> a -> e
		a [shape=parallelogram, tool_command="echo a >> log.txt; test -e ../killed || { echo $$ > ../killed; kill -9 $PPID; sleep 5; }; echo b >> log.txt"] }`
	if res := crashChild(t, pipeline, dir, 0, false); res != nil {
		t.Fatalf("the run was not killed: %+v", res)
	}
	res := crashChild(t, pipeline, dir, 0, true)
	log, err := os.ReadFile(filepath.Join(dir, "work", "log.txt"))
	if res.Status != Success || err != nil || string(log) != "log.txt\na\nb\n" {
		t.Errorf("%+v, log %q, %v", res, log, err)
	}
	pid, err := os.ReadFile(filepath.Join(dir, "killed"))
	if err != nil {
		t.Fatal(err)
	}
	stat, err := os.ReadFile("/proc/" + strings.TrimSpace(string(pid)) + "/stat")
	if err == nil && !strings.Contains(string(stat), ") Z ") {
		t.Errorf("the command outlived its run: %s", stat)
	}
}
