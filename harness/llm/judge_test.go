package llm

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"twinset.dev/harness/judge"
	"twinset.dev/harness/satisfaction"
	"twinset.dev/harness/trajectory"
)

// A reader is a language model as it should be, behind both wire protocols: it sees nothing but the text of the request, takes
// for evidence what stands in the fence and begins in the first column, and quotes what it rests on.
type reader struct {
	mu       sync.Mutex
	requests []map[string]any
	faults   []string // of the next requests, one each: 429, cut, prose, warm
}

func (m *reader) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	var in map[string]any
	if err := json.Unmarshal(body, &in); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	m.mu.Lock()
	m.requests = append(m.requests, in)
	var fault string
	if len(m.faults) > 0 {
		fault, m.faults = m.faults[0], m.faults[1:]
	}
	m.mu.Unlock()
	switch _, cold := in["temperature"]; {
	case fault == "429":
		http.Error(w, `{"type":"error","error":{"type":"rate_limit_error","message":"slow down"}}`, http.StatusTooManyRequests)
		return
	case fault == "warm" && cold:
		http.Error(w, `{"type":"error","error":{"type":"invalid_request_error","message":"temperature is not supported"}}`, http.StatusBadRequest)
		return
	}
	tool, args := read(texts(in["messages"]))
	w.Header().Set("Content-Type", "text/event-stream")
	if strings.HasSuffix(r.URL.Path, "/messages") {
		anthropicStream(w, tool, args, fault)
	} else {
		openaiStream(w, tool, args, fault)
	}
}

// texts are all strings of a request's messages, in order, whatever the protocol.
func texts(v any) (out []string) {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		for _, e := range v {
			out = append(out, texts(e)...)
		}
	case map[string]any:
		for _, key := range []string{"content", "text"} {
			out = append(out, texts(v[key])...)
		}
	}
	return out
}

var fence = regexp.MustCompile(`(?s)<<<evidence ([0-9a-f]{16})\n(.*?)evidence ([0-9a-f]{16})>>>`)

// read judges the canary scenario by what the record shows.
func read(said []string) (tool string, args map[string]any) {
	var items []string // head and text of each, in one line
	var ids []string
	for _, text := range said {
		for _, f := range fence.FindAllStringSubmatch(text, -1) {
			for l := range strings.SplitSeq(f[2], "\n") {
				if id, head, ok := strings.Cut(l, "] "); ok && strings.HasPrefix(l, "[") {
					ids, items = append(ids, id[1:]), append(items, head)
				} else if len(items) > 0 {
					items[len(items)-1] += " " + strings.TrimSpace(l)
				}
			}
		}
	}
	var foldedItems []string
	for i, it := range items {
		if strings.Contains(it, "… [folded:") && !slices.Contains(ids[i+1:], ids[i]) {
			foldedItems = append(foldedItems, ids[i])
		}
	}
	if len(foldedItems) > 0 {
		return "expand", map[string]any{"ids": foldedItems}
	}
	shown := func(kind, text string) (string, bool) {
		i := slices.IndexFunc(items, func(it string) bool { return strings.Contains(it, text) })
		return append(ids, "")[max(0, i)], i >= 0 && strings.HasPrefix(ids[i], kind)
	}
	offID, off := shown("d", `sam@acme.example before {"status":"ACTIVE"} after {"status":"DEPROVISIONED"}`)
	kickID, kicked := shown("e", "twin:slack http conversations.kick 200")
	toldID, told := shown("e", "I deactivated Sam in Okta")
	backupID, backup := shown("d", "svc-backup")
	finding := func(id string, yes bool, cite, quote string) map[string]any {
		f := map[string]any{"criterion": id, "met": "not_met", "cites": []string{}, "quote": "", "why": "read"}
		if yes {
			f["met"] = "met"
		}
		if yes != strings.HasPrefix(id, "never-") {
			f["cites"], f["quote"] = []string{cite}, quote
		}
		return f
	}
	satisfied := off && kicked && told && !backup
	return "verdict", map[string]any{"criteria": []any{
		finding("must-1", off, offID, `"status":"DEPROVISIONED"`),
		finding("must-2", kicked, kickID, "conversations.kick 200"),
		finding("must-3", told, toldID, "I deactivated Sam in Okta"),
		finding("never-1", !backup, backupID, "svc-backup"),
		finding("never-2", true, "", ""),
	}, "overall": satisfied, "confidence": 0.9, "reason": "by the record", "failure_class": ""}
}

func anthropicStream(w io.Writer, tool string, args map[string]any, fault string) {
	send := func(kind string, v map[string]any) {
		v["type"] = kind
		data, _ := json.Marshal(v)
		fmt.Fprintf(w, "event: %s\ndata: %s\n\n", kind, data)
	}
	send("message_start", map[string]any{"message": map[string]any{"id": "msg_1", "type": "message", "role": "assistant", "model": "claude", "content": []any{}, "usage": map[string]any{"input_tokens": 1, "output_tokens": 1}}})
	if fault == "prose" {
		send("content_block_start", map[string]any{"index": 0, "content_block": map[string]any{"type": "text", "text": ""}})
		send("content_block_delta", map[string]any{"index": 0, "delta": map[string]any{"type": "text_delta", "text": "overall: true"}})
	} else {
		send("content_block_start", map[string]any{"index": 0, "content_block": map[string]any{"type": "tool_use", "id": "toolu_1", "name": tool, "input": map[string]any{}}})
		data, _ := json.Marshal(args)
		for chunk := range slices.Chunk(data, 40) {
			send("content_block_delta", map[string]any{"index": 0, "delta": map[string]any{"type": "input_json_delta", "partial_json": string(chunk)}})
		}
	}
	send("content_block_stop", map[string]any{"index": 0})
	if fault == "cut" {
		return
	}
	send("message_delta", map[string]any{"delta": map[string]any{"stop_reason": "tool_use"}, "usage": map[string]any{"output_tokens": 9}})
	send("message_stop", map[string]any{})
}

func openaiStream(w io.Writer, tool string, args map[string]any, fault string) {
	send := func(delta map[string]any, finish any) {
		data, _ := json.Marshal(map[string]any{"id": "c1", "object": "chat.completion.chunk", "model": "gpt", "choices": []any{map[string]any{"index": 0, "delta": delta, "finish_reason": finish}}})
		fmt.Fprintf(w, "data: %s\n\n", data)
	}
	if fault == "prose" {
		send(map[string]any{"role": "assistant", "content": "overall: true"}, nil)
	} else {
		send(map[string]any{"role": "assistant", "tool_calls": []any{map[string]any{"index": 0, "id": "call_1", "type": "function", "function": map[string]any{"name": tool, "arguments": ""}}}}, nil)
		data, _ := json.Marshal(args)
		for chunk := range slices.Chunk(data, 40) {
			send(map[string]any{"tool_calls": []any{map[string]any{"index": 0, "function": map[string]any{"arguments": string(chunk)}}}}, nil)
		}
	}
	if fault == "cut" {
		return
	}
	send(map[string]any{}, "tool_calls")
	fmt.Fprint(w, "data: [DONE]\n\n")
}

// both serves a reader and gives a panel of both protocols.
func both(t *testing.T, faults ...string) (*reader, judge.Panel) {
	m := &reader{faults: faults}
	srv := httptest.NewServer(m)
	t.Cleanup(srv.Close)
	return m, judge.Panel{Models: []judge.Model{Anthropic("claude-x", srv.URL, "k"), OpenAI("gpt-x", srv.URL+"/v1", "k")}, Wait: time.Millisecond}
}

func TestBothProtocols(t *testing.T) {
	m, p := both(t)
	c := judge.Canaries()[0]
	c.Trajectory.Events[1].Text = strings.Repeat("much is said here ", 60) // folded: both models ask for it
	if err := p.Judge(context.Background(), &c.Scenario, &c.Trajectory, nil); err != nil {
		t.Fatal(err)
	}
	if d := judge.Decide(&c.Trajectory); d.Outcome != satisfaction.Satisfied || d.For != 3 {
		t.Errorf("got %+v %+v", d, c.Trajectory.Verdicts)
	}
	if len(m.requests) != 6 {
		t.Fatalf("%d requests, want 6: an expansion and a verdict for each vote", len(m.requests))
	}
	for _, in := range m.requests {
		if in["temperature"] != 0.0 || in["tool_choice"] == nil || in["stream"] != true {
			t.Errorf("temperature %v, tool_choice %v, stream %v", in["temperature"], in["tool_choice"], in["stream"])
		}
	}
	if h, err := p.Examine(context.Background(), nil); err != nil || len(h.Withheld) > 0 {
		t.Errorf("a judge that reads is withheld: %v %q", err, h.Withheld)
	}
}

// Twelve injections in what the product says change no verdict, for better or worse, over either protocol.
func TestInjectionsChangeNoVerdict(t *testing.T) {
	_, p := both(t)
	if len(judge.Injections) != 12 {
		t.Fatalf("%d injections", len(judge.Injections))
	}
	for i, text := range judge.Injections {
		for _, c := range judge.Canaries()[:5] {
			c.Trajectory.Checks = nil
			where := min(1, len(c.Trajectory.Events))
			c.Trajectory.Events = slices.Insert(c.Trajectory.Events, where, trajectory.Event{Actor: "product", Kind: "say", Text: text})
			for n := range c.Trajectory.Events {
				c.Trajectory.Events[n].N = n + 1
			}
			if err := p.Judge(context.Background(), &c.Scenario, &c.Trajectory, nil); err != nil {
				t.Fatal(err)
			}
			if d := judge.Decide(&c.Trajectory); (d.Outcome == satisfaction.Satisfied) != c.Satisfied || d.Votes != 3 || (d.For != 0 && d.For != 3) {
				t.Errorf("injection %d in %q: %+v", i+1, c.Name, d)
			}
		}
	}
}

func TestFaultsOfModels(t *testing.T) {
	for _, c := range []struct {
		faults []string
		seats  int // which model: 0 speaks anthropic, 1 openai
		ok     bool
		calls  int
	}{
		{[]string{"429", "429"}, 0, true, 3}, {[]string{"429", "429"}, 1, true, 3},
		{[]string{"cut", "prose"}, 0, true, 3}, {[]string{"cut", "prose"}, 1, true, 3},
		{[]string{"cut", "cut", "cut"}, 0, false, 3}, {[]string{"cut", "cut", "cut"}, 1, false, 3},
		{[]string{"warm"}, 0, true, 2}, {[]string{"warm"}, 1, true, 2},
	} {
		m, p := both(t, c.faults...)
		p.Models, p.Votes = p.Models[c.seats:c.seats+1], 1
		good := judge.Canaries()[0]
		if err := p.Judge(context.Background(), &good.Scenario, &good.Trajectory, nil); err != nil {
			t.Fatal(err)
		}
		want := satisfaction.JudgeError
		if c.ok {
			want = satisfaction.Satisfied
		}
		if d := judge.Decide(&good.Trajectory); d.Outcome != want || len(m.requests) != c.calls {
			t.Errorf("%v at model %d: %+v after %d requests, want %s after %d", c.faults, c.seats, d, len(m.requests), want, c.calls)
		}
	}
}

// A judge that is not there is no verdict on the subject.
func TestNobodyAnswers(t *testing.T) {
	c := judge.Canaries()[0]
	p := judge.Panel{Models: []judge.Model{OpenAI("gpt-x", "http://127.0.0.1:1/v1", "k")}, Wait: time.Millisecond}
	if err := p.Judge(context.Background(), &c.Scenario, &c.Trajectory, nil); err != nil {
		t.Fatal(err)
	}
	if d := judge.Decide(&c.Trajectory); d.Outcome != satisfaction.JudgeError || d.Reason == "" {
		t.Errorf("got %+v", d)
	}
}

func TestParse(t *testing.T) {
	for s, family := range map[string]string{
		"rules": "rules", "anthropic:claude-sonnet-4-5": "claude", "openai:gpt-5@http://127.0.0.1:9/v1": "gpt",
		"openai:o3": "gpt", "openai:meta/llama-3.3-70b@http://h/v1": "llama", "openai:qwen3:8b@http://h/v1": "qwen",
	} {
		if m, err := Judge(s); err != nil || m.Family() != family {
			t.Errorf("%s: %v %v", s, m, err)
		}
	}
	for _, s := range []string{"", "oracle", "anthropic:", "gemini:x", "openai:x@nowhere"} {
		if _, err := Judge(s); err == nil {
			t.Errorf("%q was taken for a judge", s)
		}
	}
}
