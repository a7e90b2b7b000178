package trial

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"twinset.dev/harness/scenario"
	"twinset.dev/harness/trajectory"
	"twinset.dev/kit/twin"
)

const folder = "../../scenarios"

// TestMain lets the test's own program be a subject.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && strings.HasPrefix(os.Args[1], "subject=") {
		if err := be(strings.TrimPrefix(os.Args[1], "subject=")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func be(kind string) error {
	env := map[string]string{}
	for _, kv := range os.Environ() {
		k, v, _ := strings.Cut(kv, "=")
		env[k] = v
	}
	switch kind {
	case "environment":
		b, _ := json.Marshal(env)
		fmt.Println(string(b))
		return nil
	case "crasher":
		return fmt.Errorf("out of luck")
	}
	script, err := ReadScript(kind)
	if err != nil {
		return err
	}
	return Serve(context.Background(), Reference{Script: script}, Session{Env: env}, os.Stdin, os.Stdout)
}

func runner(t *testing.T, s Subject) *Runner {
	t.Helper()
	r, err := New(Options{Subject: s})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

func open(t *testing.T) []*scenario.Scenario {
	t.Helper()
	all, err := scenario.ReadAll(folder)
	if err != nil || len(all) == 0 {
		t.Fatalf("%d scenarios, %v", len(all), err)
	}
	return all
}

// TestAccepted accepts every open scenario: it tells the reference from those that do nothing, pretend, or go wrong in one way.
func TestAccepted(t *testing.T) {
	r := runner(t, Null{})
	for _, s := range open(t) {
		t.Run(s.ID, func(t *testing.T) {
			t.Parallel()
			for _, f := range scenario.Lint(s) {
				t.Errorf("lint: %s: %s", f.Rule, f.Text)
			}
			a, err := Accept(t.Context(), r, s)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range a.Runs {
				if p.Did != p.Must {
					t.Errorf("%s must %s: %s", p.Subject, p.Must, p.Why)
				}
			}
		})
	}
}

func mustDefault(t *testing.T, r *Runner) *twin.World {
	t.Helper()
	w, ok := r.Host().World(twin.DefaultWorld)
	if !ok {
		t.Fatal("there is no default world")
	}
	return w
}

// told is what a record says but for wall time and the ports of this universe.
func told(t *testing.T, r *Runner, rec *trajectory.Trajectory) string {
	t.Helper()
	rec.Started, rec.Ended = time.Time{}, time.Time{}
	for i := range rec.Events {
		rec.Events[i].MS = 0
	}
	b, err := json.Marshal([]any{rec, rec.Events, rec.Diff, rec.Checks})
	if err != nil {
		t.Fatal(err)
	}
	for _, tw := range r.u.Twins {
		b = bytes.ReplaceAll(b, []byte(strings.TrimPrefix(tw.URLIn(mustDefault(t, r), nil), "http://")), []byte(tw.Service))
	}
	return string(b)
}

// TestReproducible plays the same trials in two universes, one after the other in one and side by side in the other: the same events,
// the same ids, the same changes. Another trial of the same scenario has another chance.
func TestReproducible(t *testing.T) {
	jobs := Jobs(open(t), 2)
	var first map[string]string
	for _, parallel := range []int{1, 4} {
		r := runner(t, Reference{})
		got := map[string]string{}
		err := r.All(t.Context(), jobs, parallel, func(rec *trajectory.Trajectory) error {
			if !Good(rec) {
				t.Errorf("%s: %s", rec.ID, Why(rec))
			}
			got[rec.ID] = told(t, r, rec)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = got
			continue
		}
		for id, want := range first {
			if got[id] != want {
				t.Errorf("%s: first\n%s\nthen\n%s", id, want, got[id])
			}
		}
	}
	one, two := first["incident-room.1"], first["incident-room.2"]
	if strings.ReplaceAll(one, "incident-room.1", "incident-room.2") == two || one == "" {
		t.Error("two trials have the same chance")
	}
}

// TestCommand plays a scenario with a program: it speaks lines of JSON over its standard streams, and knows the twins from its environment.
func TestCommand(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	s := open(t)[0]
	script, err := filepath.Abs(ScriptOf(s.Path))
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("SECRET_OF_THE_HARNESS", "x")
	r := runner(t, Null{})

	t.Run("reference", func(t *testing.T) {
		here, err := os.Getwd()
		if err != nil {
			t.Fatal(err)
		}
		relative, err := filepath.Rel(here, self)
		if err != nil {
			t.Fatal(err)
		}
		rec := r.With(&Command{Args: []string{relative, "subject=" + script}}).Run(t.Context(), Job{s, 1})
		if !Good(rec) {
			t.Error(Why(rec))
		}
		want := r.With(Reference{}).Run(t.Context(), Job{s, 1})
		rec.Subject = want.Subject
		if got, want := told(t, r, rec), told(t, r, want); got != want {
			t.Errorf("the command did\n%s\nand in this process it is\n%s", got, want)
		}
	})
	t.Run("environment", func(t *testing.T) {
		rec := r.With(&Command{Args: []string{self, "subject=environment"}, Once: true}).Run(t.Context(), Job{s, 2})
		var env map[string]string
		for _, e := range rec.Events {
			if e.Actor == "product" {
				if err := json.Unmarshal([]byte(e.Text), &env); err != nil {
					t.Fatal(err)
				}
			}
		}
		if env["SECRET_OF_THE_HARNESS"] != "" || env["OKTA_CLIENT_TOKEN"] == "" || !strings.Contains(env["SLACK_API_URL"], "/w/"+rec.ID+"/") {
			t.Errorf("it is given %v", env)
		}
		if _, err := os.Stat(env["HOME"]); err == nil {
			t.Errorf("its directory %s is still there", env["HOME"])
		}
	})
	t.Run("crash", func(t *testing.T) {
		rec := r.With(&Command{Args: []string{self, "subject=crasher"}}).Run(t.Context(), Job{s, 3})
		if rec.Termination != trajectory.Crash || !strings.Contains(rec.Why, "out of luck") {
			t.Errorf("%s: %s", rec.Termination, rec.Why)
		}
	})
	t.Run("budget", func(t *testing.T) {
		short := *s
		short.Budget.Minutes = 0.5 / 60
		pids := filepath.Join(t.TempDir(), "pid")
		sh := `sleep 1000 & echo $! > ` + pids + `; wait`
		began := time.Now()
		rec := r.With(&Command{Args: []string{"sh", "-c", sh}}).Run(t.Context(), Job{&short, 4})
		if rec.Termination != trajectory.OverBudget {
			t.Errorf("%s: %s", rec.Termination, rec.Why)
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("it took %s to end it", took)
		}
		b, err := os.ReadFile(pids)
		if err != nil {
			t.Fatal(err)
		}
		pid, _ := strconv.Atoi(strings.TrimSpace(string(b)))
		for range 50 {
			if syscall.Kill(pid, 0) != nil || zombie(pid) {
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
		t.Errorf("process %d, which it had started, lives on", pid)
	})
}

func zombie(pid int) bool {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return bytes.Contains(b, []byte(") Z "))
}

// TestURL plays a scenario with a service.
func TestURL(t *testing.T) {
	s := open(t)[0]
	talks := map[string]Conversation{}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		var in struct {
			Conversation, Text string
			Env                map[string]string
		}
		if err := json.NewDecoder(req.Body).Decode(&in); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		conv := talks[in.Conversation]
		if conv == nil {
			conv, _ = Reference{}.Meet(req.Context(), Session{Env: in.Env, Scenario: s})
			talks[in.Conversation] = conv
		}
		var said []string
		if err := conv.Hear(req.Context(), in.Text, func(words string) { said = append(said, words) }); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		json.NewEncoder(w).Encode(map[string]string{"text": strings.Join(said, " ")})
	}))
	defer srv.Close()
	r := runner(t, URL(srv.URL))
	if rec := r.Run(t.Context(), Job{s, 1}); !Good(rec) {
		t.Error(Why(rec))
	}
	if rec := r.With(URL(srv.URL+"0")).Run(t.Context(), Job{s, 2}); rec.Termination != trajectory.Crash {
		t.Errorf("a service that is not there: %s: %s", rec.Termination, rec.Why)
	}
}

// TestFlaky holds the share of good trials against the subject's probability.
func TestFlaky(t *testing.T) {
	s := open(t)[0]
	r := runner(t, Flaky{P: 0.8, Seed: 3})
	good := 0
	err := r.All(t.Context(), Jobs([]*scenario.Scenario{s}, 60), 4, func(rec *trajectory.Trajectory) error {
		if Good(rec) {
			good++
		}
		return nil
	})
	if err != nil || good < 40 || good > 56 {
		t.Errorf("%d of 60 are good, %v", good, err)
	}
}

// TestPlayerErrors lets the player and the scenario go wrong: the subject is not blamed.
func TestPlayerErrors(t *testing.T) {
	s := *open(t)[0]
	r := runner(t, Reference{})
	r.Player = Persona{Model: "m", Say: func(context.Context, string, string) (string, error) { return "", errors.New("overloaded") }}
	if rec := r.Run(t.Context(), Job{&s, 1}); rec.Termination != trajectory.PlayerError || rec.Player.Model != "m" {
		t.Errorf("%s: %s", rec.Termination, rec.Why)
	}
	s.SHA256 = "another"
	s.Checks.Player = []scenario.Act{{Before: 1, Do: "message", With: map[string]any{"user": "nobody", "channel": "support", "text": "hi"}}}
	if rec := runner(t, Reference{}).Run(t.Context(), Job{&s, 1}); rec.Termination != trajectory.PlayerError || !strings.Contains(rec.Why, "nobody") {
		t.Errorf("%s: %s", rec.Termination, rec.Why)
	}
}

// TestPersona plays the person with a model that says what is in quotes: it is never shown what would satisfy the person.
func TestPersona(t *testing.T) {
	s := open(t)[0]
	r := runner(t, Reference{})
	r.Player = Persona{Model: "m", Say: func(_ context.Context, system, user string) (string, error) {
		for _, secret := range append([]string{s.Facts, s.Canary}, append(s.Must, s.Never...)...) {
			if strings.Contains(system+user, secret) {
				t.Errorf("the player is told %q", secret)
			}
		}
		var step int
		fmt.Sscanf(user[strings.LastIndex(user, "You are at step "):], "You are at step %d.", &step)
		return s.Steps[step-1].Say[0], nil
	}}
	if rec := r.Run(t.Context(), Job{s, 1}); !Good(rec) {
		t.Error(Why(rec))
	}
}

// TestHardcoder knows open scenarios by heart, and nothing else.
func TestHardcoder(t *testing.T) {
	all := open(t)
	h, err := NewHardcoder(all)
	if err != nil {
		t.Fatal(err)
	}
	r := runner(t, h)
	if rec := r.Run(t.Context(), Job{all[0], 1}); !Good(rec) {
		t.Error(Why(rec))
	}
	sealed := *all[0]
	sealed.Steps = append([]scenario.Step{{Say: []string{"Hana Sato leaves today. All her access goes."}}}, sealed.Steps[1:]...)
	if rec := r.Run(t.Context(), Job{&sealed, 2}); Good(rec) {
		t.Error("it does a scenario that it has not seen")
	}
}
