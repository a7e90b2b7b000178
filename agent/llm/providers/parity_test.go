package providers_test

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"twinset.dev/agent/llm"
)

const errand = `
name: errand
strict: true
steps:
  - when: {turn: 0, system_contains: "working directory", user_contains: fix}
    think: {text: "First I check the parser, then I look for more.", signature: sig-1}
    say: "I will look at the file, and search for — what else? — TODOs."
    call: [{name: read_file, args: {file_path: a.go}}, {name: grep, args: {pattern: "TO\"DO"}}]
    usage: {in: 1000, out: 40, reasoning: 9, cache_read: 600, cache_write: 300}
    model: served-1
  - when: {turn: 1, tool_result: {name: grep, contains: "none", is_error: false}}
    say: Done.
    usage: {in: 1200, out: 2, cache_read: 1000, cache_write: 0}
    model: served-1
`

// TestParity holds the same errand with every provider, streamed and not, and wants the same answers.
func TestParity(t *testing.T) {
	everywhere(t, func(t *testing.T, provider, model string, stream bool) {
		l := newLab(t, errand)
		r := llm.Request{Provider: provider, Model: model, Tools: tools, Messages: []llm.Message{
			llm.SystemText("The working directory is /tmp."), llm.UserText("Please fix the bug.")}}
		first, _, err := l.ask(t.Context(), stream, r)
		if err != nil {
			t.Fatal(err)
		}
		calls := first.Message.Calls()
		if len(calls) != 2 || calls[0].ID == "" || calls[0].ID == calls[1].ID {
			t.Fatalf("calls: %+v", calls)
		}
		got, want := plain(first), answer{
			Provider: provider, Model: "served-1", Reason: llm.ToolCalls,
			Said:  "I will look at the file, and search for — what else? — TODOs.",
			Mused: "First I check the parser, then I look for more.",
			Calls: []string{`read_file {"file_path":"a.go"}`, `grep {"pattern":"TO\"DO"}`},
			Usage: llm.Usage{Input: 1000, Output: 40, Reasoning: ptr(9), CacheRead: ptr(600), CacheWrite: ptr(300)},
		}
		if provider == "gemini" { // which does not tell what it writes to its cache
			want.Usage.CacheWrite = nil
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("first answer:\n got %+v\nwant %+v", got, want)
		}
		r.Messages = append(r.Messages, first.Message, llm.ToolResults(
			llm.ToolResult{CallID: calls[0].ID, Name: "read_file", Content: "package a"},
			llm.ToolResult{CallID: calls[1].ID, Name: "grep", Content: "none"}))
		second, _, err := l.ask(t.Context(), stream, r)
		if err != nil {
			t.Fatal(err)
		}
		want = answer{Provider: provider, Model: "served-1", Reason: llm.Stop, Said: "Done.",
			Usage: llm.Usage{Input: 1200, Output: 2, CacheRead: ptr(1000), CacheWrite: ptr(0)}}
		if provider == "gemini" {
			want.Usage.CacheWrite = nil
		}
		if got := plain(second); !reflect.DeepEqual(got, want) {
			t.Errorf("second answer:\n got %+v\nwant %+v", got, want)
		}
		if first.ID == "" || first.ID == second.ID || first.Finish.Raw == "" {
			t.Errorf("ids %q and %q, raw reason %q", first.ID, second.ID, first.Finish.Raw)
		}
		l.spent(t)
	})
}

// answer is a response without what differs between vendors by nature.
type answer struct {
	Provider, Model, Said, Mused string
	Reason                       llm.Reason
	Calls                        []string
	Usage                        llm.Usage
}

func plain(r *llm.Response) answer {
	a := answer{Provider: r.Provider, Model: r.Model, Said: r.Message.Text(), Mused: r.Message.Reasoning(), Reason: r.Finish.Reason, Usage: r.Usage}
	for _, c := range r.Message.Calls() {
		a.Calls = append(a.Calls, c.Name+" "+c.Args)
	}
	return a
}

// TestStreamEvents checks that every segment starts, grows and ends, and that its pieces make up the whole.
func TestStreamEvents(t *testing.T) {
	for _, v := range vendors {
		t.Run(v.provider, func(t *testing.T) {
			l := newLab(t, errand)
			resp, events, err := l.ask(t.Context(), true, llm.Request{Provider: v.provider, Model: v.model, Tools: tools,
				Messages: []llm.Message{llm.SystemText("working directory"), llm.UserText("fix")}})
			if err != nil {
				t.Fatal(err)
			}
			var said, mused strings.Builder
			args, ended := map[string]string{}, map[string]string{}
			open := map[string]llm.EventType{}
			deltas := 0
			for i, e := range events {
				if (i == 0) != (e.Type == llm.StreamStart) || (i == len(events)-1) != (e.Type == llm.StreamFinish) {
					t.Fatalf("event %d of %d is %s", i, len(events), e.Type)
				}
				kind, phase := e.Type, ""
				if at := strings.LastIndex(string(e.Type), "_"); at > 0 {
					kind, phase = e.Type[:at], string(e.Type[at+1:])
				}
				switch {
				case e.Type == llm.StreamStart || e.Type == llm.StreamFinish:
				case phase == "start":
					if open[e.ID] != "" {
						t.Errorf("%s starts twice", e.ID)
					}
					open[e.ID] = kind
				case open[e.ID] != kind:
					t.Errorf("%s of %s, which is not open", e.Type, e.ID)
				case phase == "end":
					delete(open, e.ID)
				}
				switch e.Type {
				case llm.TextDelta:
					deltas++
					said.WriteString(e.Delta)
				case llm.ReasoningDelta:
					mused.WriteString(e.Delta)
				case llm.CallStart:
					if e.Call.Name == "" || e.Call.ID == "" || e.Call.Args != "" {
						t.Errorf("a call starts as %+v", e.Call)
					}
				case llm.CallDelta:
					args[e.ID] += e.Delta
				case llm.CallEnd:
					ended[e.Call.ID] = e.Call.Args
				}
			}
			if len(open) > 0 {
				t.Errorf("never ended: %v", open)
			}
			if said.String() != resp.Message.Text() || mused.String() != resp.Message.Reasoning() {
				t.Errorf("deltas make %q and %q, not the response's text and reasoning", &said, &mused)
			}
			if deltas < 2 {
				t.Errorf("the text came in %d pieces", deltas)
			}
			for _, c := range resp.Message.Calls() {
				if args[c.ID] != c.Args || ended[c.ID] != c.Args {
					t.Errorf("arguments %s: deltas %q, end %q, response %q", c.Name, args[c.ID], ended[c.ID], c.Args)
				}
			}
		})
	}
}

// TestFinish maps the reasons why a model stops.
func TestFinish(t *testing.T) {
	raw := map[string][2]string{ // of length and of a filter
		"anthropic": {"max_tokens", "refusal"}, "openai": {"max_output_tokens", "content_filter"},
		"openai-compatible": {"length", "content_filter"}, "gemini": {"MAX_TOKENS", "SAFETY"},
	}
	everywhere(t, func(t *testing.T, provider, model string, stream bool) {
		l := newLab(t, "steps: [{say: cut, finish: length}, {say: no, finish: content_filter}, {say: cut, fault: {incomplete: max_output_tokens}}]")
		for i, want := range []llm.Finish{{Reason: llm.Length, Raw: raw[provider][0]}, {Reason: llm.ContentFilter, Raw: raw[provider][1]},
			{Reason: llm.Length, Raw: raw[provider][0]}} {
			resp, _, err := l.ask(t.Context(), stream, llm.Request{Provider: provider, Model: model, Messages: []llm.Message{llm.UserText("hi")}})
			if err != nil || resp.Finish != want {
				t.Errorf("answer %d: got %+v, %v, want %+v", i, resp, err, want)
			}
		}
	})
}

// TestBadArguments passes on arguments that are no JSON, as the model wrote them, where the vendor does.
func TestBadArguments(t *testing.T) {
	for _, v := range vendors[:3] {
		t.Run(v.provider, func(t *testing.T) {
			l := newLab(t, `steps: [{call: [{name: grep, raw: '{"pattern":'}]}, {say: sorry}]`)
			r := llm.Request{Provider: v.provider, Model: v.model, Tools: tools, Messages: []llm.Message{llm.UserText("hi")}}
			resp, _, err := l.ask(t.Context(), true, r)
			if err != nil {
				t.Fatal(err)
			}
			call := resp.Message.Calls()[0]
			if call.Args != `{"pattern":` || !errors.Is(llm.CheckArgs(tools, call), llm.ErrInvalidToolCall) {
				t.Errorf("got %q", call.Args)
			}
			r.Messages = append(r.Messages, resp.Message, llm.ToolResults(llm.ToolResult{CallID: call.ID, Name: "grep", Content: "not JSON", IsError: true}))
			if _, _, err := l.ask(t.Context(), true, r); err != nil {
				t.Errorf("the broken call cannot be sent back: %v", err)
			}
		})
	}
}

// TestThinking sends thinking back byte for byte to the model that wrote it, and not at all to another.
func TestThinking(t *testing.T) {
	const script = `
steps:
  - think: {text: "A\n  b é \"c\"", signature: "sig=/+1"}
    call: [{name: grep, args: {pattern: x}}]
  - think: {signature: "opaque==", redacted: true}
    call: [{name: grep, args: {pattern: y}}]
    when: {thinking_roundtrip: "sig=/+1"}
  - when: {thinking_roundtrip: "opaque=="}
    say: done
  - say: other
`
	for _, provider := range []string{"anthropic", "openai"} {
		for _, stream := range []bool{false, true} {
			l := newLab(t, script)
			r := llm.Request{Provider: provider, Model: "m-1", Tools: tools, Messages: []llm.Message{llm.UserText("go")}}
			for range 2 {
				resp, _, err := l.ask(t.Context(), stream, r)
				if err != nil {
					t.Fatal(err)
				}
				b, err := json.Marshal(resp.Message) // it survives being stored
				var stored llm.Message
				if err != nil || json.Unmarshal(b, &stored) != nil {
					t.Fatal(err)
				}
				r.Messages = append(r.Messages, stored,
					llm.ToolResults(llm.ToolResult{CallID: resp.Message.Calls()[0].ID, Name: "grep", Content: "-"}))
			}
			if _, _, err := l.ask(t.Context(), stream, r); err != nil { // the server refuses what it did not sign
				t.Errorf("%s: %v", provider, err)
			}
			r.Model = "m-2"
			resp, _, err := l.ask(t.Context(), stream, r)
			if err != nil || resp.Message.Text() != "other" {
				t.Fatalf("%s: %v", provider, err)
			}
			requests := l.server.Requests(l.key)
			if s := string(requests[3].Body); strings.Contains(s, "sig=") || strings.Contains(s, "opaque") {
				t.Errorf("%s: another model is shown the thinking: %s", provider, s)
			}
		}
	}
	t.Run("gemini", func(t *testing.T) { // which signs calls
		l := newLab(t, `steps: [{think: {text: hm, signature: s1}, call: [{name: grep, args: {pattern: x}}]}, {when: {thinking_roundtrip: s1}, say: done}]`)
		r := llm.Request{Provider: "gemini", Model: "gemini-test", Tools: tools, Messages: []llm.Message{llm.UserText("go")}}
		resp, _, err := l.ask(t.Context(), true, r)
		if err != nil {
			t.Fatal(err)
		}
		r.Messages = append(r.Messages, resp.Message, llm.ToolResults(llm.ToolResult{CallID: resp.Message.Calls()[0].ID, Name: "grep", Content: "-"}))
		if _, _, err := l.ask(t.Context(), true, r); err != nil {
			t.Error(err)
		}
	})
}

// TestObject gets an answer of a shape from every provider, and refuses another.
func TestObject(t *testing.T) {
	schema := &llm.Schema{Name: "person", Strict: true, Schema: json.RawMessage(
		`{"type":"object","properties":{"name":{"type":"string"},"age":{"type":"integer"}},"required":["name","age"],"additionalProperties":false}`)}
	for _, v := range append(vendors, struct{ provider, model string }{"anthropic", "claude-opus-5-5"}) { // which cannot be forced to a tool
		t.Run(v.provider+" "+v.model, func(t *testing.T) {
			l := newLab(t, `steps: [{say: '{"name": "Alice", "age": 30}'}, {say: '{"name": "Alice"}'}, {say: "Alice is 30."}]`)
			r := llm.Request{Provider: v.provider, Model: v.model, Schema: schema, Messages: []llm.Message{llm.UserText("Who?")}}
			v, resp, err := llm.Object(t.Context(), l, r)
			var got struct {
				Name string
				Age  int
			}
			if err != nil || json.Unmarshal(v, &got) != nil || got.Name != "Alice" || got.Age != 30 || resp.Finish.Reason != llm.Stop {
				t.Fatalf("got %s, %v", v, err)
			}
			for range 2 {
				if _, _, err := llm.Object(t.Context(), l, r); !errors.Is(err, llm.ErrNoObject) || llm.Retryable(err) {
					t.Errorf("got %v", err)
				}
			}
			if n := len(l.server.Requests(l.key)); n != 3 {
				t.Errorf("%d requests: a wrong shape is not asked for again", n)
			}
		})
	}
	l := newLab(t, "")
	if _, _, err := llm.Object(context.Background(), l, llm.Request{Model: "m"}); !errors.Is(err, llm.ErrInvalidRequest) {
		t.Errorf("without a schema: %v", err)
	}
}
