package llm_test

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"twinset.dev/agent/llm"
)

var cents, _ = llm.ParsePrices([]byte(`{"date":"2026-01-02","models":{"p/dear":{"in":10000,"out":10000}}}`)) // a cent a token

// spends answers with a cent a token, as the model asked for.
func spends(tokens int) caller {
	return func(_ context.Context, r llm.Request) (*llm.Response, error) {
		return &llm.Response{Provider: r.Provider, Model: r.Model, Usage: llm.Usage{Input: tokens}, Message: llm.Message{Role: llm.Assistant}}, nil
	}
}

// TestBudget refuses once a cap is reached, by run, stage and day, and not before.
func TestBudget(t *testing.T) {
	now := time.Date(2026, 1, 2, 23, 0, 0, 0, time.Local)
	budget := func(b *llm.Budget) (ask func(run, stage, model string) error) {
		b.Prices, b.Now = cents, func() time.Time { return now }
		client := llm.NewClient(map[string]llm.Caller{"p": spends(100)}, "p", b.Middleware())
		stream := false
		return func(run, stage, model string) error {
			ctx := llm.WithTags(t.Context(), llm.Tags{Run: run, Stage: stage})
			var err error
			if stream = !stream; stream {
				_, err = llm.Collect(client.Stream(ctx, llm.Request{Model: model}))
			} else {
				_, err = client.Complete(ctx, llm.Request{Model: model})
			}
			return err
		}
	}
	refused := func(err error, who string) bool {
		return errors.Is(err, llm.ErrBudgetExceeded) && !llm.Retryable(err) && strings.Contains(err.Error(), who)
	}
	t.Run("run", func(t *testing.T) {
		ask := budget(&llm.Budget{Run: 2})
		for range 2 {
			if err := ask("r1", "s", "dear"); err != nil {
				t.Fatal(err)
			}
		}
		if err := ask("r1", "other", "dear"); !refused(err, "run r1 has spent $2.0000 of its $2.00") {
			t.Errorf("got %v", err)
		}
		if err := ask("r2", "s", "dear"); err != nil {
			t.Errorf("another run: %v", err)
		}
	})
	t.Run("stage", func(t *testing.T) {
		ask := budget(&llm.Budget{Stage: 1})
		if err := ask("r1", "s", "dear"); err != nil {
			t.Fatal(err)
		}
		if err := ask("r1", "s", "dear"); !refused(err, "stage r1/s") {
			t.Errorf("got %v", err)
		}
		if err := errors.Join(ask("r1", "t", "dear"), ask("r2", "s", "dear")); err != nil {
			t.Errorf("other stages: %v", err)
		}
	})
	t.Run("day", func(t *testing.T) {
		ask := budget(&llm.Budget{Day: 1})
		if err := ask("r1", "s", "dear"); err != nil {
			t.Fatal(err)
		}
		if err := ask("r2", "s", "dear"); !refused(err, "day 2026-01-02") {
			t.Errorf("got %v", err)
		}
		now = now.Add(2 * time.Hour)
		if err := ask("r2", "s", "dear"); err != nil {
			t.Errorf("after midnight: %v", err)
		}
	})
	t.Run("resumed", func(t *testing.T) {
		b := &llm.Budget{Run: 2}
		ask := budget(b)
		b.Add(llm.Tags{Run: "r1"}, now, 2)
		if err := ask("r1", "s", "dear"); !refused(err, "run r1") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("unpriced", func(t *testing.T) {
		b := &llm.Budget{Run: 1}
		ask := budget(b)
		for range 3 {
			if err := ask("r1", "s", "unknown"); err != nil {
				t.Fatal(err)
			}
		}
		if err := ask("r1", "s", "simulated/dear"); err != nil || b.Unpriced() != 300 {
			t.Errorf("%d unpriced tokens, %v", b.Unpriced(), err)
		}
		strict := budget(&llm.Budget{Run: 1, Strict: true})
		if err := strict("r1", "s", "unknown"); !refused(err, "no price for unknown") {
			t.Errorf("got %v", err)
		}
		if err := strict("r1", "s", "dear"); err != nil {
			t.Error(err)
		}
	})
}

// TestTrace records every attempt: what was asked, on whose behalf, what came, what it cost, and how long it took.
func TestTrace(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 0, 0, 0, time.UTC)
	var calls []llm.Call
	tracer := llm.Tracer{Prices: cents, NewID: func() string { return "id" },
		Now:    func() time.Time { now = now.Add(time.Second); return now },
		Record: func(_ context.Context, c llm.Call) { calls = append(calls, c) }}
	attempts := 0
	model := caller(func(_ context.Context, r llm.Request) (*llm.Response, error) {
		if attempts++; attempts%2 == 1 {
			return nil, &llm.Error{Kind: llm.ErrServer}
		}
		return &llm.Response{Provider: "p", Model: "dear", Usage: llm.Usage{Input: 3, Output: 2}, Finish: llm.Finish{Reason: llm.ToolCalls},
			Message: llm.Message{Parts: []llm.Part{
				{Kind: llm.KindCall, Call: &llm.ToolCall{Name: "t", Args: `{"n":1}`}}, {Kind: llm.KindCall, Call: &llm.ToolCall{Name: "t", Args: `{"n":"x"}`}},
				{Kind: llm.KindCall, Call: &llm.ToolCall{Name: "t", Args: `{`}}, {Kind: llm.KindCall, Call: &llm.ToolCall{Name: "u", Args: `{}`}}}}}, nil
	})
	policy := llm.RetryPolicy{Retries: 1, Sleep: func(context.Context, time.Duration) error { return nil }}
	client := llm.NewClient(map[string]llm.Caller{"p": model}, "p", llm.Retry(policy), llm.Trace(tracer))
	tags := llm.Tags{Run: "r", Stage: "s", Visit: 2, Attempt: 1, Session: "a", Purpose: "build", Use: "code"}
	r := llm.Request{Model: "asked", MaxTokens: 9, ReasoningEffort: "low",
		Tools: []llm.Tool{{Name: "t", Schema: []byte(`{"type":"object","properties":{"n":{"type":"integer"}}}`)}}}
	both(t, llm.WithTags(t.Context(), tags), client, r, func(how string, _ *llm.Response, err error) {
		if err != nil || len(calls) != 2 {
			t.Fatalf("%s: %d calls, %v", how, len(calls), err)
		}
		failed, done := calls[0], calls[1]
		if failed.ErrorClass != llm.ErrServer || failed.Retries != 0 || failed.USD != nil || failed.Tags != tags || failed.ModelServed != "" {
			t.Errorf("%s: failed: %+v", how, failed)
		}
		if done.USD == nil || *done.USD < 0.0499 || *done.USD > 0.0501 {
			t.Errorf("%s: cost %v", how, done.USD)
		}
		if done.MsFirst <= 0 || done.MsTotal < done.MsFirst || done.Time.IsZero() {
			t.Errorf("%s: times %+v", how, done)
		}
		done.USD, done.Time, done.MsFirst, done.MsTotal = nil, time.Time{}, 0, 0
		want := llm.Call{ID: "id", Tags: tags, Provider: "p", ModelRequested: "asked", ModelServed: "dear", Params: llm.Params{Effort: "low", MaxTokens: 9},
			Usage: llm.Usage{Input: 3, Output: 2}, PriceSheet: cents.ID, Finish: llm.ToolCalls, Retries: 1, ToolCalls: 4, BadToolArgs: 3}
		if !reflect.DeepEqual(done, want) {
			t.Errorf("%s:\n got %+v\nwant %+v", how, done, want)
		}
		calls = nil
	})
	for range client.Stream(t.Context(), r) {
		break
	}
	calls = nil
	for _, k := range []llm.ErrKind{llm.ErrBudgetExceeded, llm.ErrCassette, llm.ErrUnsupported} {
		both(t, t.Context(), llm.NewClient(map[string]llm.Caller{"p": fails(k)}, "p", llm.Trace(tracer)), r, func(how string, _ *llm.Response, err error) {
			if !errors.Is(err, k) || len(calls) != 0 {
				t.Errorf("%s: %v is recorded, though nobody was asked: %+v", how, err, calls)
			}
		})
	}
	client = llm.NewClient(map[string]llm.Caller{"p": says("hi")}, "p", llm.Trace(tracer))
	for range client.Stream(t.Context(), r) {
		break // nobody listens on
	}
	if len(calls) != 1 || calls[0].ErrorClass != llm.ErrAbort {
		t.Errorf("an answer that nobody heard: %+v", calls)
	}
	calls = nil
	if _, err := client.Complete(t.Context(), llm.Request{Model: "simulated/dear"}); err != nil || !calls[0].Simulated || calls[0].USD != nil {
		t.Errorf("a simulated answer: %+v, %v", calls, err)
	}
}
