package llm_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"twinset.dev/agent/llm"
)

// caller answers with what a test gives it.
type caller func(context.Context, llm.Request) (*llm.Response, error)

func (f caller) Complete(ctx context.Context, r llm.Request) (*llm.Response, error) { return f(ctx, r) }

// Stream is the answer in one piece.
func (f caller) Stream(ctx context.Context, r llm.Request) llm.Stream {
	return func(yield func(llm.StreamEvent, error) bool) {
		resp, err := f(ctx, r)
		if err != nil {
			yield(llm.StreamEvent{}, err)
			return
		}
		_ = yield(llm.StreamEvent{Type: llm.StreamStart}, nil) && yield(llm.StreamEvent{Type: llm.TextDelta, Delta: resp.Message.Text()}, nil) &&
			yield(llm.StreamEvent{Type: llm.StreamFinish, Response: resp}, nil)
	}
}

func says(text string) caller {
	return func(_ context.Context, r llm.Request) (*llm.Response, error) {
		return &llm.Response{Provider: r.Provider, Model: r.Model, Message: llm.AssistantText(text), Finish: llm.Finish{Reason: llm.Stop}}, nil
	}
}

func fails(k llm.ErrKind) caller {
	return func(context.Context, llm.Request) (*llm.Response, error) { return nil, &llm.Error{Kind: k} }
}

// both asks whole and as a stream.
func both(t *testing.T, ctx context.Context, c llm.Caller, r llm.Request, check func(how string, resp *llm.Response, err error)) {
	t.Helper()
	resp, err := c.Complete(ctx, r)
	check("whole", resp, err)
	resp, err = llm.Collect(c.Stream(ctx, r))
	check("stream", resp, err)
}

// TestRouting sends a request to the provider it names, or to the default, and never guesses.
func TestRouting(t *testing.T) {
	providers := map[string]llm.Caller{"a": says("a"), "b": says("b")}
	for _, c := range []struct {
		fallback string
		r        llm.Request
		want     string // the text, or the beginning of an error
	}{
		{"a", llm.Request{Model: "m"}, "a"},
		{"a", llm.Request{Provider: "b", Model: "m"}, "b"},
		{"", llm.Request{Provider: "b", Model: "m"}, "b"},
		{"", llm.Request{Model: "claude-opus-5"}, "configuration: the request names no provider"},
		{"a", llm.Request{Provider: "c", Model: "m"}, `configuration: no provider "c": there is a, b`},
		{"a", llm.Request{}, "a: configuration: the request names no model"},
	} {
		both(t, t.Context(), llm.NewClient(providers, c.fallback), c.r, func(how string, resp *llm.Response, err error) {
			switch {
			case err == nil && resp.Message.Text() != c.want,
				err != nil && (!strings.HasPrefix(err.Error(), c.want) || !errors.Is(err, llm.ErrConfiguration)):
				t.Errorf("%s %+v: got %+v, %v", how, c.r, resp, err)
			}
		})
	}
}

// TestMiddleware is an onion: first in, last out, for both ways to ask; what is added later is inside.
func TestMiddleware(t *testing.T) {
	var log []string
	layer := func(name string) llm.Middleware {
		return func(next llm.Caller) llm.Caller { return logging{name, &log, next} }
	}
	client := llm.NewClient(map[string]llm.Caller{"p": says("hi")}, "p", layer("1"), layer("2")).With(layer("3"))
	want := []string{"1> m", "2> m1", "3> m12", "<3", "<2", "<1"}
	both(t, t.Context(), client, llm.Request{Model: "m"}, func(how string, resp *llm.Response, err error) {
		if err != nil || !slices.Equal(log, want) || resp.Model != "m123" {
			t.Errorf("%s: %v, %+v, %v", how, log, resp, err)
		}
		log = nil
	})
}

// logging changes the request too.
type logging struct {
	name string
	log  *[]string
	next llm.Caller
}

func (l logging) enter(r *llm.Request) {
	*l.log = append(*l.log, l.name+"> "+r.Model)
	r.Model += l.name
}

func (l logging) leave() { *l.log = append(*l.log, "<"+l.name) }

func (l logging) Complete(ctx context.Context, r llm.Request) (*llm.Response, error) {
	l.enter(&r)
	defer l.leave()
	return l.next.Complete(ctx, r)
}

func (l logging) Stream(ctx context.Context, r llm.Request) llm.Stream {
	return func(yield func(llm.StreamEvent, error) bool) {
		l.enter(&r)
		for e, err := range l.next.Stream(ctx, r) {
			if e.Type == llm.StreamFinish {
				l.leave()
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

// astray is a middleware that sends requests to a provider that is not there.
type astray struct{ llm.Caller }

func (a astray) Complete(ctx context.Context, r llm.Request) (*llm.Response, error) {
	r.Provider = "nobody"
	return a.Caller.Complete(ctx, r)
}

func (a astray) Stream(ctx context.Context, r llm.Request) llm.Stream {
	r.Provider = "nobody"
	return a.Caller.Stream(ctx, r)
}

// TestAstray refuses what a middleware routes to nobody.
func TestAstray(t *testing.T) {
	client := llm.NewClient(map[string]llm.Caller{"p": says("hi")}, "p", func(next llm.Caller) llm.Caller { return astray{next} })
	both(t, t.Context(), client, llm.Request{Model: "m"}, func(how string, _ *llm.Response, err error) {
		if !errors.Is(err, llm.ErrConfiguration) {
			t.Errorf("%s: %v", how, err)
		}
	})
}

// TestBackoff is the published table of delays, and what changes it.
func TestBackoff(t *testing.T) {
	for _, c := range []struct {
		name   string
		policy llm.RetryPolicy
		err    *llm.Error
		want   []time.Duration
	}{
		{"doubles", llm.RetryPolicy{Retries: 5, Base: time.Second, Max: time.Minute, Rand: func() float64 { return 0.5 }}, &llm.Error{Kind: llm.ErrServer},
			[]time.Duration{1e9, 2e9, 4e9, 8e9, 16e9}},
		{"least jitter", llm.RetryPolicy{Retries: 2, Base: time.Second, Max: time.Minute, Rand: func() float64 { return 0 }}, &llm.Error{Kind: llm.ErrNetwork},
			[]time.Duration{5e8, 1e9}},
		{"most jitter", llm.RetryPolicy{Retries: 2, Base: time.Second, Max: time.Minute, Rand: func() float64 { return 1 }}, &llm.Error{Kind: llm.ErrStream},
			[]time.Duration{15e8, 3e9}},
		{"capped", llm.RetryPolicy{Retries: 3, Base: time.Second, Max: 2 * time.Second, Rand: func() float64 { return 0.5 }}, &llm.Error{Kind: llm.ErrTimeout},
			[]time.Duration{1e9, 2e9, 2e9}},
		{"the vendor's wish", llm.DefaultRetry, &llm.Error{Kind: llm.ErrRateLimit, RetryAfter: 7 * time.Second}, []time.Duration{7e9, 7e9}},
		{"a wish too long", llm.DefaultRetry, &llm.Error{Kind: llm.ErrRateLimit, RetryAfter: 61 * time.Second}, nil},
		{"off", llm.RetryPolicy{}, &llm.Error{Kind: llm.ErrServer}, nil},
		{"401", llm.DefaultRetry, &llm.Error{Kind: llm.ErrAuthentication}, nil},
		{"403", llm.DefaultRetry, &llm.Error{Kind: llm.ErrAccessDenied}, nil},
		{"404", llm.DefaultRetry, &llm.Error{Kind: llm.ErrNotFound}, nil},
		{"400", llm.DefaultRetry, &llm.Error{Kind: llm.ErrInvalidRequest}, nil},
		{"budget", llm.DefaultRetry, &llm.Error{Kind: llm.ErrBudgetExceeded}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			var slept, told []time.Duration
			asked := 0
			c.policy.Sleep = func(_ context.Context, d time.Duration) error { slept = append(slept, d); return nil }
			c.policy.OnRetry = func(_ error, n int, d time.Duration) {
				if n != len(told)+1 {
					t.Errorf("retry %d is called the %d.", len(told)+1, n)
				}
				told = append(told, d)
			}
			broken := caller(func(context.Context, llm.Request) (*llm.Response, error) { asked++; return nil, c.err })
			both(t, t.Context(), llm.Retry(c.policy)(broken), llm.Request{}, func(how string, _ *llm.Response, err error) {
				if !errors.Is(err, c.err.Kind) || !slices.Equal(slept, c.want) || !slices.Equal(told, c.want) || asked != len(c.want)+1 {
					t.Errorf("%s: %v; slept %v, told %v, asked %d times", how, err, slept, told, asked)
				}
				slept, told, asked = nil, nil, 0
			})
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := llm.Retry(llm.DefaultRetry)(fails(llm.ErrServer)).Complete(ctx, llm.Request{}); !errors.Is(err, llm.ErrServer) {
		t.Errorf("a caller who has gone: %v", err)
	}
}

// TestErrors classifies refusals by status, and by words where that says too little.
func TestErrors(t *testing.T) {
	for _, c := range []struct {
		status        int
		code, message string
		want          llm.ErrKind
		retry         bool
	}{
		{400, "", "", llm.ErrInvalidRequest, false}, {401, "", "", llm.ErrAuthentication, false}, {403, "", "", llm.ErrAccessDenied, false},
		{404, "", "", llm.ErrNotFound, false}, {408, "", "", llm.ErrTimeout, true}, {413, "", "", llm.ErrContextLength, false},
		{422, "", "", llm.ErrInvalidRequest, false}, {429, "", "", llm.ErrRateLimit, true}, {500, "", "", llm.ErrServer, true},
		{502, "", "", llm.ErrServer, true}, {503, "", "", llm.ErrServer, true}, {504, "", "", llm.ErrServer, true}, {529, "overloaded_error", "", llm.ErrServer, true},
		{400, "context_length_exceeded", "", llm.ErrContextLength, false}, {400, "", "too many tokens", llm.ErrContextLength, false},
		{400, "content_filter", "", llm.ErrContentFilter, false}, {400, "", "API key not valid", llm.ErrAuthentication, false},
		{400, "", "The model does not exist", llm.ErrNotFound, false}, {429, "insufficient_quota", "", llm.ErrQuotaExceeded, false},
		{400, "", "Your credit balance is too low", llm.ErrQuotaExceeded, false},
		{0, "rate_limit_error", "", llm.ErrRateLimit, true}, {0, "overloaded_error", "", llm.ErrServer, true},
		{0, "invalid_request_error", "", llm.ErrInvalidRequest, false}, {0, "who knows", "", llm.ErrServer, true},
	} {
		e := llm.HTTPError("p", c.status, nil, c.code, c.message, nil)
		if e.Kind != c.want || e.Retryable() != c.retry || !errors.Is(e, c.want) || !llm.Retryable(fmt.Errorf("x: %w", e)) == c.retry {
			t.Errorf("%d %s %s: %s, retryable %v", c.status, c.code, c.message, e.Kind, e.Retryable())
		}
	}
	for header, want := range map[string]time.Duration{"": 0, "soon": 0, "1.5": 1500 * time.Millisecond} {
		if got := llm.HTTPError("p", 429, http.Header{"Retry-After": {header}}, "", "", nil).RetryAfter; got != want {
			t.Errorf("Retry-After %q: %v", header, got)
		}
	}
	at := time.Now().Add(40 * time.Second).UTC().Format(http.TimeFormat)
	if got := llm.HTTPError("p", 429, http.Header{"Retry-After": {at}}, "", "", nil).RetryAfter; got < 30*time.Second || got > 40*time.Second {
		t.Errorf("Retry-After %s: %v", at, got)
	}
	if e := llm.HTTPError("p", 500, nil, "c", "m", []byte("<html>")); e.Raw != nil || e.Error() != "p: server (500): m" {
		t.Errorf("%v with %s", e, e.Raw)
	}
}

// TestUsage adds up, and keeps untold what nobody told.
func TestUsage(t *testing.T) {
	n := rapid.IntRange(0, 1e9)
	usage := rapid.Custom(func(t *rapid.T) llm.Usage {
		p := rapid.Ptr(n, true)
		return llm.Usage{Input: n.Draw(t, "in"), Output: n.Draw(t, "out"), Reasoning: p.Draw(t, "r"), CacheRead: p.Draw(t, "cr"), CacheWrite: p.Draw(t, "cw")}
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := usage.Draw(t, "a"), usage.Draw(t, "b"), usage.Draw(t, "c")
		if !reflect.DeepEqual(a.Add(b).Add(c), c.Add(b.Add(a))) || !reflect.DeepEqual(a.Add(llm.Usage{}), a) {
			t.Fatal("the order matters")
		}
		if a.Add(b).Total() != a.Total()+b.Total() || (a.Add(b).CacheRead == nil) != (a.CacheRead == nil && b.CacheRead == nil) {
			t.Fatal("something is lost")
		}
	})
}

// TestPrices computes by hand what some answers cost, and prices nothing it does not know.
func TestPrices(t *testing.T) {
	sheet, err := llm.ParsePrices([]byte(`{"date":"2026-01-02","models":{
		"a/m":{"in":3,"out":15,"cache_read":0.3,"cache_write":3.75},
		"a/plain":{"in":2,"out":10},
		"a/long":{"in":1,"out":2,"above":{"tokens":100,"in":10,"out":20}},
		"local/free":{"in":0,"out":0}}}`))
	if err != nil || !strings.HasPrefix(sheet.ID, "2026-01-02-") {
		t.Fatal(sheet, err)
	}
	p := func(n int) *int { return &n }
	for _, c := range []struct {
		provider, model string
		u               llm.Usage
		want            float64 // dollars for a million of these answers; -1 if nobody knows
	}{
		{"a", "m", llm.Usage{Input: 1000, Output: 10, CacheRead: p(600), CacheWrite: p(300), Reasoning: p(9)}, 100*3 + 600*0.3 + 300*3.75 + 10*15},
		{"a", "m-2026-01-31", llm.Usage{Input: 10}, 30},
		{"a", "m-20260131", llm.Usage{Input: 10}, 30},
		{"a", "m-2", llm.Usage{Input: 10}, -1},
		{"b", "m", llm.Usage{Input: 10}, -1},
		{"a", "plain", llm.Usage{Input: 10, CacheRead: p(4)}, 20},
		{"a", "long", llm.Usage{Input: 100, Output: 1}, 102},
		{"a", "long", llm.Usage{Input: 101, Output: 1}, 1030},
		{"local", "free", llm.Usage{Input: 10}, 0},
	} {
		usd, ok := sheet.Cost(c.provider, c.model, c.u)
		if ok != (c.want >= 0) || ok && (usd*1e6 < c.want-1e-6 || usd*1e6 > c.want+1e-6) {
			t.Errorf("%s/%s: %v, %v", c.provider, c.model, usd*1e6, ok)
		}
	}
	for _, bad := range []string{``, `{}`, `{"date":"x","models":{"m":{"inn":1}}}`} {
		if _, err := llm.ParsePrices([]byte(bad)); err == nil {
			t.Errorf("%s is a price sheet", bad)
		}
	}
	other, _ := llm.ParsePrices([]byte(`{"date":"2026-01-02","models":{}}`))
	if other.ID == sheet.ID || llm.Prices().Date == "" {
		t.Error("two sheets of a day are one")
	}
}

// TestCatalog finds models by their names, and is priced where it can be.
func TestCatalog(t *testing.T) {
	for name, want := range map[string]string{"claude-opus-5-5": "claude-opus-5-5", "opus": "claude-opus-5-5", "gpt-5.2-2025-12-11": "gpt-5.2",
		"claude-haiku-4-5-20251001": "claude-haiku-4-5", "nobody-1": ""} {
		if got := llm.Lookup(name).ID; got != want {
			t.Errorf("%s is %q", name, got)
		}
	}
	seen := map[string]bool{}
	for _, m := range llm.Models("") {
		for _, n := range append(m.Aliases, m.ID) {
			if seen[n] {
				t.Errorf("%s is two models", n)
			}
			seen[n] = true
		}
		if m.Provider == "" || m.Name == "" {
			t.Errorf("%+v", m)
		}
	}
	for name := range llm.Prices().Models {
		if provider, model, _ := strings.Cut(name, "/"); model == "" || llm.Lookup(model).ID != "" && llm.Lookup(model).Provider != provider {
			t.Errorf("a price for %s", name)
		}
	}
	if m, ok := llm.Latest("anthropic", "vision"); !ok || m.ID != llm.Models("anthropic")[0].ID || !m.Vision {
		t.Errorf("latest: %+v", m)
	}
	if _, ok := llm.Latest("anthropic", "smell"); ok {
		t.Error("a model can smell")
	}
	if len(llm.Models("gemini")) == 0 || len(llm.Models("gemini")) == len(llm.Models("")) {
		t.Error("models by provider")
	}
}

// TestCollect takes no stream for whole that does not say so.
func TestCollect(t *testing.T) {
	cut := func(yield func(llm.StreamEvent, error) bool) {
		yield(llm.StreamEvent{Type: llm.TextDelta, Delta: "x"}, nil)
	}
	if _, err := llm.Collect(cut); !errors.Is(err, llm.ErrStream) || !llm.Retryable(err) {
		t.Errorf("got %v", err)
	}
}

// TestMessage reads and stores messages.
func TestMessage(t *testing.T) {
	m := llm.Message{Role: llm.Assistant, Parts: []llm.Part{
		{Kind: llm.KindThinking, Thinking: &llm.Thinking{Provider: "p", Text: "hm", Signature: "s"}}, llm.Text("a"),
		{Kind: llm.KindCall, Call: &llm.ToolCall{ID: "1", Name: "t", Args: `{}`}}, llm.Text("b"),
	}}
	if m.Text() != "ab" || m.Reasoning() != "hm" || len(m.Calls()) != 1 {
		t.Errorf("%+v", m)
	}
	b, err := json.Marshal(m)
	var back llm.Message
	if err != nil || json.Unmarshal(b, &back) != nil || !reflect.DeepEqual(m, back) {
		t.Errorf("%s", b)
	}
}
