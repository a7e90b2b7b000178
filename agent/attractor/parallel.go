package attractor

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
)

// candidate is what a parallel branch leaves behind: an entry of the context's parallel.results.
type candidate struct {
	ID       string   `json:"id"` // the branch's first node
	Outcome  Status   `json:"outcome"`
	Score    float64  `json:"score"` // the branch's context key score, else 0
	Notes    string   `json:"notes,omitempty"`
	Reason   string   `json:"failure_reason,omitempty"`
	Response string   `json:"response,omitempty"`
	Path     []string `json:"path"`
	Base     string   `json:"base,omitempty"`   // the commit the branches began from
	Commit   string   `json:"commit,omitempty"` // what the branch made of it; "" when it changed no file
}

var errSettled = errors.New("the parallel node is settled without this branch")

// parallel walks all branches, each with its own copy of the context and, in a git work tree, of the files.
//
// https://github.com/strongdm/attractor/blob/main/attractor-spec.md#48-parallel-handler
func parallel(ctx context.Context, s *Stage) (*Outcome, error) {
	meet, err := join(s.Graph, s.Node)
	if err != nil {
		return Failed(Terminal, "%v", err), nil
	}
	policy, onError := or(s.Node.Attrs["join_policy"], "wait_all"), or(s.Node.Attrs["error_policy"], "continue")
	branches, err := fanOut(s)
	if err != nil {
		return nil, err
	}
	clock := s.engine.Clock
	began := clock.Now()
	s.Emit(Event{Kind: ParallelStarted, Count: len(branches)})
	all, settle := context.WithCancelCause(ctx)
	defer settle(nil)
	slots := make(chan struct{}, max(1, s.Node.Attrs.Int("max_parallel", 4)))
	results := make([]candidate, len(branches))
	errs := make([]error, len(branches))
	var wg sync.WaitGroup
	for i, b := range branches {
		slots <- struct{}{} // branches begin in source order
		wg.Add(1)
		go func() {
			defer wg.Done()
			defer func() { <-slots }()
			results[i], errs[i] = b.run(all, s, meet)
			switch {
			case errs[i] != nil && !errors.Is(errs[i], errSettled):
				settle(errs[i])
			case policy == "first_success" && results[i].Outcome == Success, onError == "fail_fast" && results[i].Outcome == Fail:
				settle(errSettled)
			}
		}()
	}
	wg.Wait()
	for _, b := range branches {
		if b.tree != nil {
			errs = append(errs, b.from.discard(b.tree))
		}
	}
	for _, err := range errs {
		if err != nil && !errors.Is(err, errSettled) {
			return nil, fmt.Errorf("%w: %w", ErrStop, err)
		}
	}
	results = slices.DeleteFunc(results, func(c candidate) bool { return onError == "ignore" && !c.Outcome.OK() })
	succeeded, failed := 0, 0
	for _, c := range results {
		if c.Outcome == Success {
			succeeded++
		} else if c.Outcome == Fail {
			failed++
		}
	}
	s.Emit(Event{Kind: ParallelCompleted, Count: succeeded, Failures: failed, Duration: clock.Now().Sub(began)})
	o := &Outcome{Status: Success, next: meet, Notes: fmt.Sprintf("%d of %d branches succeeded", succeeded, len(branches)),
		Updates: map[string]any{"parallel.results": results, "parallel.success_count": succeeded, "parallel.failure_count": failed}}
	switch {
	case policy == "first_success" && succeeded == 0:
		o.Status, o.FailureReason, o.FailureClass = Fail, "no branch succeeded", Terminal
	case policy == "wait_all" && failed > 0:
		o.Status = PartialSuccess
	}
	return o, nil
}

// branch is one way out of a parallel node.
type branch struct {
	id   string
	edge *Edge
	from *worktree // nil outside of git
	base string
	tree *worktree // the branch's own copy
	ref  string
}

// fanOut makes the branches; in a git work tree each gets a work tree of its own.
func fanOut(s *Stage) ([]*branch, error) {
	var out []*branch
	seen := map[string]int{}
	for _, e := range s.Graph.Out(s.Node.ID) {
		b := &branch{id: e.To, edge: e}
		if seen[e.To]++; seen[e.To] > 1 {
			b.id = fmt.Sprintf("%s_%d", e.To, seen[e.To])
		}
		out = append(out, b)
	}
	tree := openWorktree(s.Work)
	if tree == nil {
		return out, nil
	}
	base, err := tree.base()
	if err != nil {
		return nil, err
	}
	for _, b := range out {
		b.from, b.base = tree, base
		b.ref = s.engine.ref(fmt.Sprintf("%s-%d-%d/%s", s.Node.ID, s.state.restarts, s.Visit, b.id))
		if b.tree, err = tree.branch(filepath.Join(s.Dir, "branches", b.id, "work"), base); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// run walks the branch to where the branches meet.
func (b *branch) run(ctx context.Context, s *Stage, meet string) (candidate, error) {
	e := s.engine
	st := newState(filepath.Join(s.Dir, "branches", b.id), s.Work, s.Context.Clone())
	st.branch = s.Node.ID + "/" + b.id
	if s.Branch != "" {
		st.branch = s.Branch + "/" + st.branch
	}
	st.previous = s.state.previous
	if b.tree != nil {
		st.work = b.tree.dir
	}
	began := e.Clock.Now()
	told := func(ev Event) {
		ev.Branch = st.branch
		s.Emit(ev)
	}
	c := candidate{ID: b.id, Outcome: Skipped, Path: []string{}, Base: b.base}
	if err := context.Cause(ctx); err != nil {
		return c, err
	}
	told(Event{Kind: ParallelBranchStarted, Target: b.edge.To})
	o, err := e.walk(ctx, s.Graph, st, &way{edge: b.edge, to: b.edge.To, rule: "branch"}, meet, func(string, *way) error { return nil })
	if err != nil {
		told(Event{Kind: ParallelBranchCompleted, Target: b.edge.To, Text: err.Error(), Outcome: &Outcome{Status: Skipped}, Duration: e.Clock.Now().Sub(began)})
		return c, err
	}
	c.Outcome, c.Notes, c.Reason, c.Path = o.Status, o.Notes, o.FailureReason, st.path
	if said := st.context.String("last_response"); said != s.Context.String("last_response") {
		c.Response = said
	}
	fmt.Sscan(st.context.String("score"), &c.Score)
	if b.tree != nil {
		c.Commit, err = b.tree.finish(b.base, b.ref, fmt.Sprintf("%s of %s", b.id, s.Node.ID))
	}
	told(Event{Kind: ParallelBranchCompleted, Target: b.edge.To, Outcome: o, Duration: e.Clock.Now().Sub(began)})
	return c, err
}

// fanIn picks the best branch, by status, score and id or, with a prompt, by a model's judgement, and moves the work tree
// forward to what that branch made.
//
// https://github.com/strongdm/attractor/blob/main/attractor-spec.md#49-fan-in-handler
func fanIn(ctx context.Context, s *Stage) (*Outcome, error) {
	var candidates []candidate
	raw, _ := s.Context.Get("parallel.results")
	b, _ := json.Marshal(raw)
	if err := json.Unmarshal(b, &candidates); err != nil || len(candidates) == 0 {
		return Failed(Terminal, "there are no parallel results to choose from"), nil
	}
	rank := map[Status]int{Success: 0, PartialSuccess: 1, Retry: 2, Skipped: 3, Fail: 4}
	slices.SortFunc(candidates, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(rank[a.Outcome], rank[b.Outcome]), cmp.Compare(b.Score, a.Score), cmp.Compare(a.ID, b.ID))
	})
	able := slices.DeleteFunc(candidates, func(c candidate) bool { return !c.Outcome.OK() })
	if len(able) == 0 {
		return Failed(Terminal, "all branches failed"), nil
	}
	best := able[0]
	if s.Node.Attrs["prompt"] != "" && s.engine.Backend != nil {
		chosen, err := s.judge(ctx, able)
		if err != nil {
			return nil, err
		}
		if chosen == nil {
			return Failed("", "the model named none of the candidates"), nil
		}
		best = *chosen
	}
	if tree := openWorktree(s.Work); tree != nil && best.Commit != "" {
		if err := tree.land(best.Base, best.Commit); err != nil {
			return Failed(Terminal, "%v", err), nil
		}
	}
	return &Outcome{Status: Success, Notes: "Selected best candidate: " + best.ID,
		Updates: map[string]any{"parallel.fan_in.best_id": best.ID, "parallel.fan_in.best_outcome": string(best.Outcome)}}, nil
}

// judge asks the model for the best candidate; nil when its answer names none.
func (s *Stage) judge(ctx context.Context, able []candidate) (*candidate, error) {
	list, _ := json.MarshalIndent(able, "", "  ")
	prompt := modelPrompt(s, s.Node.Attrs["prompt"]) + "\n\nCandidates:\n" + string(list) + "\n\nEnd your answer with one line of JSON: {\"best_id\": \"…\"}\n"
	if err := writeFile(filepath.Join(s.Dir, "prompt.md"), []byte(prompt)); err != nil {
		return nil, err
	}
	reply, err := s.engine.Backend.Run(ctx, s, prompt)
	if err != nil {
		return nil, err
	}
	if err := writeFile(filepath.Join(s.Dir, "response.md"), []byte(reply.Text)); err != nil {
		return nil, err
	}
	var answer struct {
		BestID string `json:"best_id"`
	}
	eachObject(tail(reply.Text, answerEnd), func(raw []byte) { _ = json.Unmarshal(raw, &answer) })
	for i, c := range able {
		if c.ID == answer.BestID {
			return &able[i], nil
		}
	}
	return nil, nil
}
