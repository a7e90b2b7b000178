package cassette_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"twinset.dev/agent/llm"
	"twinset.dev/agent/llm/anthropic"
	"twinset.dev/agent/llm/cassette"
	"twinset.dev/agent/llmtest"
)

const script = `
steps:
  - {say: "first answer, in pieces", think: {text: hm, signature: sig}, usage: {in: 10, out: 5}, model: claude-opus-5}
  - {fault: {status: 429, retry_after: "2", message: slow down}}
  - {say: "second, with a key: sk-abcdefghijklmnopqrstuvwxyz", call: [{name: grep, args: {pattern: x}}], model: claude-opus-5}
  - {say: "third", model: claude-opus-5}
`

// play runs the same conversation through a client: a stream, a failure, two whole answers. What was said and thrown is its result.
func play(t *testing.T, c llm.Caller, request func() llm.Request, trial int) (out []any) {
	t.Helper()
	ctx := llm.WithTags(t.Context(), llm.Tags{Trial: trial})
	for e, err := range c.Stream(ctx, request()) {
		if e.Response != nil {
			e.Response = plain(e.Response)
		}
		out = append(out, e, message(err))
	}
	for range 3 {
		resp, err := c.Complete(ctx, request())
		out = append(out, plain(resp), message(err))
	}
	return out
}

func plain(r *llm.Response) *llm.Response {
	if r == nil {
		return nil
	}
	p := *r
	p.Raw, p.Simulated = nil, false
	b, _ := json.Marshal(p)
	p = llm.Response{}
	json.Unmarshal([]byte(strings.ReplaceAll(string(b), "sk-abcdefghijklmnopqrstuvwxyz", "[secret]")), &p)
	return &p
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func hello() llm.Request {
	return llm.Request{Provider: "anthropic", Model: "claude-opus-5", Messages: []llm.Message{llm.UserText("hello")}}
}

// model is a scripted one, and how to ask it through a cassette.
func model(t *testing.T) (url string, through func(*cassette.Cassette) llm.Caller, asked func() int) {
	t.Helper()
	s, err := llmtest.ParseScript([]byte(script))
	if err != nil {
		t.Fatal(err)
	}
	server := &llmtest.Server{}
	server.Play("k", s)
	web := httptest.NewServer(server)
	t.Cleanup(web.Close)
	provider := anthropic.New(llm.Endpoint{Key: "k", BaseURL: web.URL})
	return web.URL, func(c *cassette.Cassette) llm.Caller { return c.Middleware()(provider) },
		func() int { return len(server.Requests("k")) }
}

func open(t *testing.T, path string, mode cassette.Mode) *cassette.Cassette {
	t.Helper()
	c, err := cassette.Open(path, mode)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// TestReplay answers from the tape as the model did, errors and all, without asking it.
func TestReplay(t *testing.T) {
	_, through, asked := model(t)
	path := filepath.Join(t.TempDir(), "tape.jsonl")
	recorded := play(t, through(open(t, path, cassette.Record)), hello, 0)
	if asked() != 4 {
		t.Fatalf("asked %d times", asked())
	}
	for _, mode := range []cassette.Mode{cassette.Replay, cassette.NewEpisodes} {
		if got := play(t, through(open(t, path, mode)), hello, 0); !reflect.DeepEqual(got, recorded) {
			t.Errorf("%s:\n got %+v\nwant %+v", mode, got, recorded)
		}
	}
	if asked() != 4 {
		t.Error("a replay asks the model")
	}
	resp, err := llm.Collect(through(open(t, path, cassette.Replay)).Stream(t.Context(), hello()))
	if err != nil || !resp.Simulated {
		t.Errorf("a replay does not say that nobody was asked: %v", err)
	}
	tape, _ := os.ReadFile(path)
	if strings.Contains(string(tape), "sk-abc") || !strings.Contains(string(tape), "[secret]") {
		t.Error("a secret is on the tape")
	}
}

// TestMiss fails loudly, and shows what differs.
func TestMiss(t *testing.T) {
	_, through, _ := model(t)
	path := filepath.Join(t.TempDir(), "tape.jsonl")
	play(t, through(open(t, path, cassette.Record)), hello, 0)
	c := through(open(t, path, cassette.Replay))
	other := hello()
	other.Messages[0] = llm.UserText("good evening")
	_, err := c.Complete(t.Context(), other)
	if !errors.Is(err, llm.ErrCassette) || llm.Retryable(err) || !strings.Contains(err.Error(), `"good evening"`) || !strings.Contains(err.Error(), `-`) ||
		!strings.Contains(err.Error(), `"hello"`) || strings.Contains(err.Error(), "claude") {
		t.Errorf("got %v", err)
	}
	for range 3 {
		c.Complete(t.Context(), hello())
	}
	if _, err := c.Complete(t.Context(), hello()); !errors.Is(err, llm.ErrCassette) || !strings.Contains(err.Error(), "repetition 4") {
		t.Errorf("a repetition that was not recorded: %v", err)
	}
	if _, err := llm.Collect(c.Stream(llm.WithTags(t.Context(), llm.Tags{Trial: 2}), hello())); !errors.Is(err, llm.ErrCassette) {
		t.Errorf("another trial gets the first one's answer: %v", err)
	}
	if _, err := cassette.Open(path+".not", cassette.Replay); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a tape that is not there: %v", err)
	}
	if _, err := cassette.Open(path, "rewind"); err == nil {
		t.Error("an unknown mode is taken")
	}
}

// TestNewEpisodes asks for what the tape does not have, once.
func TestNewEpisodes(t *testing.T) {
	_, through, asked := model(t)
	path := filepath.Join(t.TempDir(), "tape.jsonl")
	first := play(t, through(open(t, path, cassette.NewEpisodes)), hello, 3)
	second := play(t, through(open(t, path, cassette.NewEpisodes)), hello, 3)
	if !reflect.DeepEqual(first, second) || asked() != 4 {
		t.Errorf("asked %d times", asked())
	}
	c := open(t, path, cassette.Passthrough)
	if _, err := through(c).Complete(t.Context(), hello()); err == nil || asked() != 5 {
		t.Errorf("passthrough: asked %d times, %v", asked(), err)
	}
}

// TestPace replays a stream as it came, by a clock of the test's own.
func TestPace(t *testing.T) {
	_, through, _ := model(t)
	path := filepath.Join(t.TempDir(), "tape.jsonl")
	c := open(t, path, cassette.Record)
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	c.Now = func() time.Time { now = now.Add(10 * time.Millisecond); return now }
	if _, err := llm.Collect(through(c).Stream(t.Context(), hello())); err != nil {
		t.Fatal(err)
	}
	for _, pace := range []float64{0, 1, 2} {
		c := open(t, path, cassette.Replay)
		var slept time.Duration
		c.Pace, c.Sleep = pace, func(_ context.Context, d time.Duration) error { slept += d; return nil }
		events := 0
		for range through(c).Stream(t.Context(), hello()) {
			events++
		}
		if want := time.Duration(float64(events) * pace * float64(10*time.Millisecond)); slept != want || events < 4 {
			t.Errorf("pace %v: slept %v for %d events, want %v", pace, slept, events, want)
		}
	}
}

// TestKey is the same for requests that differ in nothing that matters, and only for them.
func TestKey(t *testing.T) {
	_, through, _ := model(t)
	path := filepath.Join(t.TempDir(), "tape.jsonl")
	request := func(dir, date, id, question, took string) llm.Request {
		return llm.Request{Provider: "anthropic", Model: "claude-opus-5", Metadata: map[string]string{"run": id}, Messages: []llm.Message{
			llm.SystemText("<environment>\nWorking directory: " + dir + "\nGit branch: b-" + id + "\n</environment>\nToday is " + date + "."),
			llm.UserText(question + " in " + dir + "/a.go"),
			{Role: llm.Assistant, Parts: []llm.Part{{Kind: llm.KindCall, Call: &llm.ToolCall{ID: "call_" + id, Name: "grep", Args: `{"path":"` + dir + `"}`}}}},
			llm.ToolResults(llm.ToolResult{CallID: "call_" + id, Name: "grep", Content: "API_KEY=" + id + "123456; ok in " + took}),
		}}
	}
	if _, err := through(open(t, path, cassette.Record)).Complete(t.Context(), request("/tmp/one", "2026-01-02", "aaa", "what", "0.31s")); err != nil {
		t.Fatal(err)
	}
	replay := func(r llm.Request) error {
		_, err := through(open(t, path, cassette.Replay)).Complete(t.Context(), r)
		return err
	}
	if err := replay(request("/home/two", "2026-11-22T10:00:00Z", "bbb", "what", "12ms")); err != nil {
		t.Errorf("the same question elsewhere, another day: %v", err)
	}
	if err := replay(request("/tmp/one", "2026-01-02", "aaa", "why", "0.31s")); !errors.Is(err, llm.ErrCassette) {
		t.Errorf("another question: %v", err)
	}
	for name, change := range map[string]func(*llm.Request){
		"model": func(r *llm.Request) { r.Model = "other" }, "temperature": func(r *llm.Request) { r.Temperature = new(float64) },
		"tools":   func(r *llm.Request) { r.Tools = []llm.Tool{{Name: "x", Schema: json.RawMessage(`{}`)}} },
		"options": func(r *llm.Request) { r.ProviderOptions = map[string]map[string]any{"anthropic": {"top_k": 1}} },
	} {
		r := request("/tmp/one", "2026-01-02", "aaa", "what", "0.31s")
		change(&r)
		if err := replay(r); !errors.Is(err, llm.ErrCassette) {
			t.Errorf("another %s: %v", name, err)
		}
	}
	tape, _ := os.ReadFile(path)
	if strings.Contains(string(tape), "aaa123456") || strings.Contains(string(tape), "/tmp/one") {
		t.Errorf("on the tape: %s", tape)
	}
}

// TestDoctor finds what is planted in a tape.
func TestDoctor(t *testing.T) {
	_, through, _ := model(t)
	path := filepath.Join(t.TempDir(), "tape.jsonl")
	c := open(t, path, cassette.Record)
	c.Prices = llm.Prices()
	play(t, through(c), hello, 0)
	now := time.Now()
	if found, err := cassette.Doctor(path, now, time.Hour, llm.Prices()); err != nil || len(found) > 0 {
		t.Errorf("a fresh tape: %v, %v", found, err)
	}
	if found, _ := cassette.Doctor(path, now.Add(48*time.Hour), time.Hour, nil); len(found) != 4 || !strings.Contains(found[0], "stale") {
		t.Errorf("two days later: %v", found)
	}
	tape, _ := os.ReadFile(path)
	for planted, bad := range map[string]string{
		"secret":      strings.Replace(string(tape), "[secret]", "sk-abcdefghijklmnopqrstuvwxyz", 1),
		"not that of": strings.Replace(string(tape), `"text":"hello"`, `"text":"goodbye"`, 1),
		"there twice": string(tape) + strings.SplitAfter(string(tape), "\n")[0],
		"price sheet": strings.ReplaceAll(string(tape), llm.Prices().ID, "1999-01-01-0000"),
		"catalog":     strings.ReplaceAll(string(tape), `"model":"claude-opus-5"`, `"model":"claude-1"`),
	} {
		if bad == string(tape) {
			t.Fatalf("%s: nothing was planted", planted)
		}
		if err := os.WriteFile(path, []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		if found, err := cassette.Doctor(path, now, time.Hour, llm.Prices()); err != nil || !strings.Contains(strings.Join(found, "\n"), planted) {
			t.Errorf("%s: %v, %v", planted, found, err)
		}
	}
	if err := os.WriteFile(path, []byte("{}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := cassette.Doctor(path, now, time.Hour, nil); err == nil {
		t.Error("a line that is no entry is taken")
	}
}

// TestMask is a property: what was recorded can be replayed, whatever the texts are.
func TestMask(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tape.jsonl")
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.StringMatching(`(?s).{0,40}( API_KEY="?[a-z]{0,9}| Bearer [a-z]{6,12}| 2026-01-0[1-9]|<environment>|\[secret\])?.{0,40}`).Draw(rt, "text")
		r := llm.Request{Provider: "p", Model: "m", Messages: []llm.Message{llm.UserText(text)}}
		for _, mode := range []cassette.Mode{cassette.Record, cassette.Replay} {
			c, err := cassette.Open(path, mode)
			if err != nil {
				rt.Fatal(err)
			}
			resp, err := c.Middleware()(parrot{}).Complete(context.Background(), r)
			c.Close()
			if err != nil || resp.Model != "m" {
				rt.Fatalf("%s: %v", mode, err)
			}
		}
	})
}

type parrot struct{}

func (parrot) Complete(_ context.Context, r llm.Request) (*llm.Response, error) {
	return &llm.Response{Model: r.Model, Message: r.Messages[0]}, nil
}

func (parrot) Stream(context.Context, llm.Request) llm.Stream { panic("not asked for") }

// FuzzTape opens anything as a tape, and answers from it or says what is wrong.
func FuzzTape(f *testing.F) {
	f.Add([]byte(`{"key":"k","request":{},"response":{"id":"1"},"events":[{"ms":1,"event":{"type":"text_delta"}}]}`))
	f.Add([]byte(`{"key":"k","error":{"kind":"server"}}` + "\n\n{"))
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "tape.jsonl")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		cassette.Doctor(path, time.Now(), time.Hour, nil)
		c, err := cassette.Open(path, cassette.Replay)
		if err != nil {
			return
		}
		if _, err := llm.Collect(c.Middleware()(parrot{}).Stream(t.Context(), hello())); err != nil && !errors.Is(err, llm.ErrCassette) {
			t.Errorf("got %v", err)
		}
	})
}
