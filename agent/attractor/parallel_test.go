package attractor

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

func fan(attrs, branches string) string {
	return "digraph Fan { s [shape=Mdiamond] e [shape=Msquare] p [shape=component" + attrs + "] j [shape=tripleoctagon] " + branches + " s -> p j -> e }"
}

// TestJoinPolicies ends parallel nodes in each way.
func TestJoinPolicies(t *testing.T) {
	const three = `a [prompt=a, replies="{\"outcome\":\"fail\"}"] b [prompt=b] c [prompt=c] p -> a -> j p -> b -> j p -> c -> j`
	const failing = `a [prompt=a, replies="{\"outcome\":\"fail\"}"] b [prompt=b, replies="{\"outcome\":\"fail\"}"] p -> a -> j p -> b -> j`
	for name, c := range map[string]struct{ attrs, branches, want string }{
		"wait_all":               {"", three, "partial_success 2/1 b"},
		"wait_all, all well":     {"", `b [prompt=b] c [prompt=c] p -> c -> j p -> b -> j`, "success 2/0 b"},
		"wait_all, all failed":   {"", failing, "partial_success 0/2 all branches failed"},
		"first_success":          {", join_policy=first_success, max_parallel=1", three, "success 1/1 b"}, // c is not begun
		"first_success, none":    {", join_policy=first_success, max_parallel=1", failing, "fail 0/2 all branches failed"},
		"fail_fast":              {", error_policy=fail_fast, max_parallel=1", three, "partial_success 0/1 all branches failed"},
		"ignore":                 {", error_policy=ignore, max_parallel=1", three, "success 2/0 b"},
		"ignore, all failed":     {", error_policy=ignore", failing, "success 0/0 there are no parallel results to choose from"},
		"failed, own way back":   {", join_policy=first_success, max_parallel=1, retry_target=e", failing, "fail 0/2 "},
		"the same branch twice":  {", max_parallel=1", `a [prompt=a] p -> a p -> a a -> j`, "success 2/0 a"},
		"straight to the fan-in": {", max_parallel=1", `p -> j`, "success 1/0 j"},
	} {
		t.Run(name, func(t *testing.T) {
			res, events, _ := run(t, fan(c.attrs, c.branches), nil)
			got := fmt.Sprintf("%s %v/%v ", outcomeOf(events, "p").Status, res.Context["parallel.success_count"], res.Context["parallel.failure_count"])
			if o := outcomeOf(events, "j"); o != nil && o.Status == Fail {
				got += o.FailureReason
			} else if o != nil {
				got += fmt.Sprint(res.Context["parallel.fan_in.best_id"])
			}
			if got != c.want {
				t.Errorf("got %q want %q", got, c.want)
			}
		})
	}
}

// TestParallelIsBounded wants as many branches at once as max_parallel says, and no more.
func TestParallelIsBounded(t *testing.T) {
	for attrs, most := range map[string]int32{"": 4, ", max_parallel=2": 2} {
		var branches strings.Builder
		for i := range 8 {
			fmt.Fprintf(&branches, "b%d [type=mine] p -> b%d -> j ", i, i)
		}
		var now, peak atomic.Int32
		full := make(chan struct{})
		var once sync.Once
		run(t, fan(attrs, branches.String()), answers(func(*Stage) (*Outcome, error) {
			n := now.Add(1)
			defer now.Add(-1)
			for p := peak.Load(); n > p && !peak.CompareAndSwap(p, n); p = peak.Load() {
			}
			if n == most {
				once.Do(func() { close(full) })
			}
			<-full // all of them wait until as many as may run do
			return &Outcome{Status: Success}, nil
		}))
		if peak.Load() != most {
			t.Errorf("%q: %d at once, want %d", attrs, peak.Load(), most)
		}
	}
}

// TestBranchesAreIsolated wants nothing of a branch in the parent but its result, and the loser called off.
func TestBranchesAreIsolated(t *testing.T) {
	called := make(chan struct{})
	res, events, _ := run(t, fan(", join_policy=first_success", `a [type=mine] b [type=mine] p -> a -> j p -> b -> j`), func(o *Options) {
		o.Set = map[string]any{"shared": "parent"}
		o.Handlers = map[string]Handler{"mine": HandlerFunc(func(ctx context.Context, s *Stage) (*Outcome, error) {
			s.Context.Set("shared", s.Node.ID)
			if s.Node.ID == "a" {
				<-ctx.Done() // until b has won
				close(called)
				return nil, ctx.Err()
			}
			return &Outcome{Status: Success, Updates: map[string]any{"only": "b"}}, nil
		})}
	})
	<-called
	if res.Context["shared"] != "parent" || res.Context["only"] != nil || res.Context["parallel.fan_in.best_id"] != "b" || res.Status != Success {
		t.Errorf("context %v", res.Context)
	}
	i := slices.IndexFunc(events, func(ev Event) bool { return ev.Kind == ParallelBranchCompleted && ev.Target == "a" })
	if events[i].Outcome.Status != Skipped {
		t.Errorf("the loser: %+v", events[i])
	}
}

// TestBranchWorktrees lets branches write the same file, each in its own work tree; the winner's work is landed.
func TestBranchWorktrees(t *testing.T) {
	for name, dirty := range map[string]bool{"clean": false, "with work in progress": true} {
		t.Run(name, func(t *testing.T) {
			var o Options
			res, _, o := run(t, fan("", `
				a [shape=parallelogram, tool_command="echo a > log.txt; rm seed.txt; rm -f wip.txt; echo {} > $ATTRACTOR_STAGE_DIR/status.json"]
				b [shape=parallelogram, tool_command="echo b > log.txt; test ! -e wip.txt || grep -q wip wip.txt; git add -A; git -c user.name=t -c user.email=t@t commit -qm own; echo more > more.txt; printf '{\"context_updates\":{\"score\":1}}' > $ATTRACTOR_STAGE_DIR/status.json"]
				c [shape=parallelogram, tool_command="exit 1"]
				p -> a -> j p -> b -> j p -> c -> j`), func(o *Options) {
				repository(t, o.Work)
				if dirty {
					os.WriteFile(filepath.Join(o.Work, "wip.txt"), []byte("wip\n"), 0o644)
				}
			})
			log, _ := os.ReadFile(filepath.Join(o.Work, "log.txt"))
			if res.Status != Success || res.Context["parallel.fan_in.best_id"] != "b" || string(log) != "b\n" {
				t.Fatalf("%+v, log.txt %q", res, log)
			}
			if got := git(t, o.Work, "status", "--porcelain"); got != "" {
				t.Errorf("the work tree is dirty: %s", got)
			}
			want := "b of p\nown\nseed"
			if dirty {
				want = "b of p\nown\nwork before the branches\nseed"
			}
			if got := git(t, o.Work, "log", "--format=%s"); got != want {
				t.Errorf("history %q want %q", got, want)
			}
			if got := git(t, o.Work, "worktree", "list"); strings.Count(got, "\n") != 0 {
				t.Errorf("work trees are left: %s", got)
			}
			refs := git(t, o.Work, "for-each-ref", "--format=%(refname)", "refs/attractor")
			if want := "refs/attractor/run/checkpoint\nrefs/attractor/run/p-0-1/a\nrefs/attractor/run/p-0-1/b"; refs != want {
				t.Errorf("refs %q", refs)
			}
		})
	}
	t.Run("deletions land", func(t *testing.T) {
		_, _, o := run(t, fan("", `a [shape=parallelogram, tool_command="rm seed.txt wip.txt"] p -> a -> j`), func(o *Options) {
			repository(t, o.Work)
			os.WriteFile(filepath.Join(o.Work, "wip.txt"), nil, 0o644)
		})
		for _, name := range []string{"seed.txt", "wip.txt"} {
			if _, err := os.Stat(filepath.Join(o.Work, name)); err == nil {
				t.Errorf("%s is still there", name)
			}
		}
	})
	t.Run("no change, no commit", func(t *testing.T) {
		res, _, o := run(t, fan("", `a [shape=parallelogram, tool_command="true"] p -> a -> j`), func(o *Options) {
			repository(t, o.Work)
			os.WriteFile(filepath.Join(o.Work, "wip.txt"), nil, 0o644)
		})
		if got := git(t, o.Work, "log", "--format=%s"); got != "seed" || res.Status != Success {
			t.Errorf("history %q", got)
		}
	})
	t.Run("somebody else wrote", func(t *testing.T) {
		_, events, _ := run(t, fan("", `a [type=mine] p -> a -> j`), func(o *Options) {
			repository(t, o.Work)
			work := o.Work
			answers(func(s *Stage) (*Outcome, error) {
				os.WriteFile(filepath.Join(s.Work, "log.txt"), []byte("branch\n"), 0o644)
				os.WriteFile(filepath.Join(work, "log.txt"), []byte("somebody\n"), 0o644)
				return &Outcome{Status: Success}, nil
			})(o)
		})
		if got := outcomeOf(events, "j"); got.Status != Fail || !strings.Contains(got.FailureReason, "has changed since the branches began") {
			t.Errorf("%+v", got)
		}
	})
}

// TestJudge lets a model choose among the branches that succeeded.
func TestJudge(t *testing.T) {
	for reply, want := range map[string]string{`{"best_id":"b"}`: "b", `{"best_id":"a"}`: "", `none`: ""} {
		_, events, _ := run(t, strings.Replace(fan("", `a [prompt=a, replies="{\"outcome\":\"fail\"}"] b [prompt=b] p -> a -> j p -> b -> j`), "[shape=tripleoctagon]", `[shape=tripleoctagon, prompt="which", replies=`+quote(reply)+`]`, 1), nil)
		o := outcomeOf(events, "j")
		got, _ := o.Updates["parallel.fan_in.best_id"].(string)
		if got != want || (want == "") != (o.Status == Fail) {
			t.Errorf("%s: %+v", reply, o)
		}
	}
}
