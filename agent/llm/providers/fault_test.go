package providers_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"twinset.dev/agent/llm"
	"twinset.dev/agent/llm/anthropic"
	"twinset.dev/agent/llm/gemini"
	"twinset.dev/agent/llm/openai"
)

var hello = []llm.Message{llm.UserText("hello")}

// TestFaults is every way in which an answer fails, with each provider, streamed and not: a typed error, and never a whole answer.
func TestFaults(t *testing.T) {
	const words = "{say: a long answer that comes in several pieces}"
	for _, f := range []struct {
		name, fault   string
		whole, stream llm.ErrKind
		retry         bool
	}{
		{"400", "{status: 400, message: bad}", llm.ErrInvalidRequest, llm.ErrInvalidRequest, false},
		{"401", "{status: 401}", llm.ErrAuthentication, llm.ErrAuthentication, false},
		{"403", "{status: 403}", llm.ErrAccessDenied, llm.ErrAccessDenied, false},
		{"404", "{status: 404}", llm.ErrNotFound, llm.ErrNotFound, false},
		{"408", "{status: 408}", llm.ErrTimeout, llm.ErrTimeout, true},
		{"413", "{status: 413}", llm.ErrContextLength, llm.ErrContextLength, false},
		{"too long", "{status: 400, message: 'prompt is too long: 210000 tokens'}", llm.ErrContextLength, llm.ErrContextLength, false},
		{"429", "{status: 429, retry_after: '7'}", llm.ErrRateLimit, llm.ErrRateLimit, true},
		{"quota", "{status: 429, code: insufficient_quota}", llm.ErrQuotaExceeded, llm.ErrQuotaExceeded, false},
		{"500", "{status: 500}", llm.ErrServer, llm.ErrServer, true},
		{"529", "{status: 529}", llm.ErrServer, llm.ErrServer, true},
		{"cut", "{cut_after_events: 3}", llm.ErrStream, llm.ErrStream, true},
		{"cut at once", "{cut_after_events: 0}", llm.ErrStream, llm.ErrStream, true},
		{"malformed", "{malformed_sse: true}", llm.ErrStream, llm.ErrStream, true},
		{"error inside", "{mid_stream_error: overloaded_error}", llm.ErrServer, llm.ErrServer, true},
		{"rate limit inside", "{mid_stream_error: rate_limit_error}", llm.ErrServer, llm.ErrRateLimit, true},
		{"failed", "{response_failed: server_error}", llm.ErrServer, llm.ErrServer, true},
		{"a page", "{wrong_content_type: true}", llm.ErrStream, llm.ErrStream, true},
	} {
		t.Run(f.name, func(t *testing.T) {
			everywhere(t, func(t *testing.T, provider, model string, stream bool) {
				l := newLab(t, fmt.Sprintf("strict: true\nsteps: [{fault: %s}, %s]", f.fault, words))
				r := llm.Request{Provider: provider, Model: model, Messages: hello}
				_, _, err := l.ask(t.Context(), stream, r)
				want := f.whole
				if stream {
					want = f.stream
				}
				if provider == "gemini" && f.name == "rate limit inside" {
					want = llm.ErrServer // it has one code for all that goes wrong inside
				}
				var e *llm.Error
				if !errors.As(err, &e) || e.Kind != want || e.Retryable() != f.retry || e.Provider != provider {
					t.Fatalf("got %#v, want kind %s, retryable %v", err, want, f.retry)
				}
				if f.name == "429" && (e.RetryAfter != 7*time.Second || e.Status != 429 || e.Raw == nil) {
					t.Errorf("got %#v", e)
				}
				if n := len(l.server.Requests(l.key)); n != 1 {
					t.Errorf("%d requests were made for one call: somebody retries", n)
				}
				if resp, _, err := l.ask(t.Context(), stream, r); err != nil || resp.Message.Text() == "" {
					t.Errorf("afterwards: %v", err)
				}
				l.spent(t)
			})
		})
	}
}

// TestTerminalEvent cuts a stream after each of its events: none but the last makes it an answer.
func TestTerminalEvent(t *testing.T) {
	for _, v := range vendors {
		t.Run(v.provider, func(t *testing.T) {
			for n := 0; ; n++ {
				l := newLab(t, fmt.Sprintf("steps: [{fault: {cut_after_events: %d}, say: a long answer in pieces, call: [{name: grep}]}]", n))
				_, events, err := l.ask(t.Context(), true, llm.Request{Provider: v.provider, Model: v.model, Messages: hello})
				if err == nil {
					if n < 4 {
						t.Errorf("a stream of %d events is whole", n)
					}
					if last := events[len(events)-1]; last.Type != llm.StreamFinish {
						t.Errorf("it ends with %s", last.Type)
					}
					return // there was nothing left to cut
				}
				if !errors.Is(err, llm.ErrStream) {
					t.Fatalf("cut after %d events: %v", n, err)
				}
			}
		})
	}
}

// TestRetry gets over what passes, and never tells a delta twice.
func TestRetry(t *testing.T) {
	var slept []time.Duration
	policy := llm.DefaultRetry
	policy.Rand = func() float64 { return 0.5 }
	policy.Sleep = func(_ context.Context, d time.Duration) error { slept = append(slept, d); return nil }
	for _, v := range vendors {
		for _, stream := range []bool{false, true} {
			slept = nil
			l := newLab(t, "strict: true\nsteps: [{fault: {status: 429, retry_after: '3'}}, {fault: {status: 503}}, {say: a long answer in pieces}]",
				llm.Retry(policy))
			resp, events, err := l.ask(t.Context(), stream, llm.Request{Provider: v.provider, Model: v.model, Messages: hello})
			if err != nil || resp.Message.Text() != "a long answer in pieces" {
				t.Fatalf("%s: %v", v.provider, err)
			}
			if len(slept) != 2 || slept[0] != 3*time.Second || slept[1] != 2*time.Second {
				t.Errorf("%s: slept %v", v.provider, slept)
			}
			if stream && said(events) != resp.Message.Text() {
				t.Errorf("%s: the deltas make %q", v.provider, said(events))
			}
			l.spent(t)
		}
	}
}

// TestNoDeltaTwice breaks the stream at each event, with retries: whoever listens hears the beginning of the answer, once.
func TestNoDeltaTwice(t *testing.T) {
	const answer = "a long answer that comes in several pieces"
	policy := llm.RetryPolicy{Retries: 2, Max: time.Minute, Sleep: func(context.Context, time.Duration) error { return nil }}
	for _, v := range vendors {
		whole, broken := 0, 0
		for n := range 8 {
			l := newLab(t, fmt.Sprintf("steps: [{fault: {cut_after_events: %d}}, {say: %s}]", n, answer), llm.Retry(policy))
			_, events, err := l.ask(t.Context(), true, llm.Request{Provider: v.provider, Model: v.model, Messages: hello})
			heard := said(events)
			switch {
			case err == nil && heard == answer:
				whole++
			case err != nil && heard != "" && strings.HasPrefix(answer, heard) && len(l.server.Requests(l.key)) == 1:
				broken++ // it was begun to be told, so it is not asked for again
			default:
				t.Errorf("%s, cut after %d: heard %q, error %v", v.provider, n, heard, err)
			}
			starts := 0
			for _, e := range events {
				if e.Type == llm.StreamStart {
					starts++
				}
			}
			if starts > 1 {
				t.Errorf("%s: the stream started %d times", v.provider, starts)
			}
		}
		if whole == 0 || broken == 0 {
			t.Errorf("%s: %d whole, %d broken: both must occur", v.provider, whole, broken)
		}
	}
}

func said(events []llm.StreamEvent) string {
	var b strings.Builder
	for _, e := range events {
		if e.Type == llm.TextDelta {
			b.WriteString(e.Delta)
		}
	}
	return b.String()
}

// makers are the providers by themselves, with times of their own.
var makers = map[string]func(llm.Endpoint) llm.Caller{
	"anthropic": anthropic.New, "openai": openai.New, "openai-compatible": openai.NewChat, "gemini": gemini.New,
}

// base is a server's address as a provider wants it.
func base(provider, url string) string {
	if strings.HasPrefix(provider, "openai") {
		return url + "/v1"
	}
	return url
}

// TestTimeouts ends what takes too long: an answer, a stream's next event, a connection.
func TestTimeouts(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0") // its queue takes the connection, and nobody ever answers
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	everywhere(t, func(t *testing.T, provider, model string, stream bool) {
		l := newLab(t, "steps: [{fault: {hang: true}, say: hello there}, {fault: {slow_ms: 10}, say: hello there}]")
		patience := llm.Endpoint{Key: l.key, BaseURL: base(provider, l.url), Request: time.Second, Idle: time.Second}
		l.Client = llm.NewClient(map[string]llm.Caller{provider: makers[provider](patience)}, provider)
		r := llm.Request{Model: model, Messages: hello}
		if _, _, err := l.ask(t.Context(), stream, r); !errors.Is(err, llm.ErrTimeout) || !llm.Retryable(err) {
			t.Errorf("silence: %v", err)
		}
		if _, _, err := l.ask(t.Context(), stream, r); err != nil {
			t.Errorf("an answer that is slow, but not too slow: %v", err)
		}
		patience.BaseURL, patience.Request = base(provider, "http://"+silent.Addr().String()), 50*time.Millisecond
		l.Client = llm.NewClient(map[string]llm.Caller{provider: makers[provider](patience)}, provider)
		if _, _, err := l.ask(t.Context(), stream, r); !errors.Is(err, llm.ErrTimeout) {
			t.Errorf("no answer at all: %v", err)
		}
	})
}

// TestNetwork is a server that is not there.
func TestNetwork(t *testing.T) {
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	everywhere(t, func(t *testing.T, provider, model string, stream bool) {
		l := lab{Client: llm.NewClient(map[string]llm.Caller{provider: makers[provider](llm.Endpoint{Key: "k", BaseURL: base(provider, gone.URL)})}, provider)}
		if _, _, err := l.ask(t.Context(), stream, llm.Request{Model: model, Messages: hello}); !errors.Is(err, llm.ErrNetwork) || !llm.Retryable(err) {
			t.Errorf("got %v", err)
		}
	})
}

// TestCancel ends a request with its context, and with the loop that reads it.
func TestCancel(t *testing.T) {
	everywhere(t, func(t *testing.T, provider, model string, stream bool) {
		l := newLab(t, "steps: [{fault: {hang: true}, say: hello}]")
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(50*time.Millisecond, cancel)
		_, _, err := l.ask(ctx, stream, llm.Request{Provider: provider, Model: model, Messages: hello})
		if !errors.Is(err, llm.ErrAbort) || llm.Retryable(err) {
			t.Errorf("got %v", err)
		}
	})
	for _, v := range vendors {
		l := newLab(t, "steps: [{fault: {slow_ms: 5}, say: a long answer that comes in several pieces}]")
		heard := 0
		for _, err := range l.Stream(t.Context(), llm.Request{Provider: v.provider, Model: v.model, Messages: hello}) {
			if heard++; err != nil || heard == 3 {
				break
			}
		}
		if heard != 3 {
			t.Errorf("%s: heard %d events", v.provider, heard)
		}
	}
}

// TestUnsupported refuses what no provider here can show to a model, before anybody is asked.
func TestUnsupported(t *testing.T) {
	everywhere(t, func(t *testing.T, provider, model string, stream bool) {
		l := newLab(t, "")
		for _, k := range []llm.Kind{llm.KindAudio, llm.KindDocument} {
			m := llm.Message{Role: llm.User, Parts: []llm.Part{{Kind: k, Media: &llm.Media{Data: []byte{1}}}}}
			_, _, err := l.ask(t.Context(), stream, llm.Request{Provider: provider, Model: model, Messages: []llm.Message{m}})
			if !errors.Is(err, llm.ErrUnsupported) || !strings.Contains(err.Error(), string(k)) {
				t.Errorf("%s: %v", k, err)
			}
		}
		_, _, err := l.ask(t.Context(), stream, llm.Request{Provider: provider, Model: model, Messages: hello, Tools: tools, ToolChoice: llm.ToolChoice{Mode: "sometimes"}})
		if !errors.Is(err, llm.ErrUnsupported) {
			t.Errorf("an unknown tool choice: %v", err)
		}
		if n := len(l.server.Requests(l.key)); n != 0 {
			t.Errorf("%d requests were made", n)
		}
	})
}

// TestProxy is something between us and the vendor that answers in its own words: a page with a status, and a page without an error.
func TestProxy(t *testing.T) {
	for status, want := range map[int]llm.ErrKind{502: llm.ErrServer, 503: llm.ErrServer, 401: llm.ErrAuthentication, 429: llm.ErrRateLimit, 200: llm.ErrStream, 307: llm.ErrStream} {
		proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.Header().Set("Retry-After", "9")
			w.WriteHeader(status)
			w.Write([]byte("<html><body>Bad gateway</body></html>"))
		}))
		t.Cleanup(proxy.Close)
		everywhere(t, func(t *testing.T, provider, model string, stream bool) {
			l := lab{Client: llm.NewClient(map[string]llm.Caller{provider: makers[provider](llm.Endpoint{Key: "k", BaseURL: base(provider, proxy.URL)})}, provider)}
			_, _, err := l.ask(t.Context(), stream, llm.Request{Model: model, Messages: hello})
			var e *llm.Error
			if !errors.As(err, &e) || e.Kind != want || e.Status != status {
				t.Errorf("%d: got %#v", status, err)
			}
			if status == 429 && (e == nil || e.RetryAfter != 9*time.Second) {
				t.Errorf("%d: got %#v", status, err)
			}
		})
	}
}
