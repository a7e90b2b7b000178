// Package anthropic asks Claude through the Messages API.
//
// https://platform.claude.com/docs/en/api/messages
package anthropic

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	sdk "github.com/anthropics/anthropic-sdk-go"
	"github.com/anthropics/anthropic-sdk-go/option"
	"github.com/anthropics/anthropic-sdk-go/packages/param"

	"twinset.dev/agent/llm"
	"twinset.dev/agent/llm/internal/adapter"
)

const name = "anthropic"

// answer is the tool that a model is made to call when its answer must have a shape.
const answer = "answer"

type provider struct{ client sdk.Client }

// New is Claude at an endpoint. It never asks twice.
func New(e llm.Endpoint) llm.Caller {
	o := []option.RequestOption{option.WithoutEnvironmentDefaults(), option.WithAPIKey(e.Key), option.WithMaxRetries(0),
		option.WithHTTPClient(adapter.HTTPClient(e, name))}
	if e.BaseURL != "" {
		o = append(o, option.WithBaseURL(e.BaseURL))
	}
	for k, v := range e.Headers {
		o = append(o, option.WithHeader(k, v))
	}
	return provider{sdk.NewClient(o...)}
}

func (p provider) Complete(ctx context.Context, r llm.Request) (*llm.Response, error) {
	b, err := body(r)
	if err != nil {
		return nil, err
	}
	m, err := p.client.Messages.New(ctx, param.Override[sdk.MessageNewParams](b), betas(r)...)
	if err != nil {
		return nil, translate(ctx, err)
	}
	return response(r, m, nil), nil
}

func (p provider) Stream(ctx context.Context, r llm.Request) llm.Stream {
	return func(yield func(llm.StreamEvent, error) bool) {
		b, err := body(r)
		if err != nil {
			yield(llm.StreamEvent{}, err)
			return
		}
		stream := p.client.Messages.NewStreaming(ctx, param.Override[sdk.MessageNewParams](b), betas(r)...)
		defer stream.Close()
		var m sdk.Message
		var out *adapter.Segments
		written := map[string]string{} // what the model wrote as arguments; the SDK empties what is no JSON
		for stream.Next() {
			e := stream.Current()
			if err := m.Accumulate(e); err != nil {
				yield(llm.StreamEvent{}, llm.NetError(ctx, name, err))
				return
			}
			if out == nil {
				out = adapter.NewSegments(yield)
			}
			if tell(out, r, &m, e, written); out.Stopped() {
				return
			}
			if e.Type == "message_stop" {
				out.Finish(response(r, &m, written))
				return
			}
		}
		err = stream.Err()
		if err == nil {
			err = &llm.Error{Kind: llm.ErrStream, Provider: name, Message: "the stream ended before message_stop"}
		}
		yield(llm.StreamEvent{}, translate(ctx, err))
	}
}

// tell passes an event of the vendor's on. Blocks are known by their index, and calls by their own ids.
func tell(out *adapter.Segments, r llm.Request, m *sdk.Message, e sdk.MessageStreamEventUnion, written map[string]string) {
	if e.Type != "content_block_start" && e.Type != "content_block_delta" && e.Type != "content_block_stop" {
		return
	}
	b := m.Content[e.Index]
	id := strconv.FormatInt(e.Index, 10)
	switch {
	case e.Type == "content_block_stop":
		out.End(cmp.Or(b.ID, id))
	case b.Type == "text":
		out.Text(id, e.Delta.Text)
	case b.Type == "thinking":
		out.Reasoning(id, e.Delta.Thinking)
	case b.Type == "tool_use" && forced(r):
		out.Text(b.ID, e.Delta.PartialJSON)
	case b.Type == "tool_use":
		written[b.ID] += e.Delta.PartialJSON
		out.Call(b.ID, llm.ToolCall{ID: b.ID, Name: b.Name}, e.Delta.PartialJSON)
	}
}

// forced reports whether the shape of the answer is had by a forced tool call. The newest models refuse that, and keep to a schema
// instead.
//
// https://platform.claude.com/docs/en/build-with-claude/structured-outputs
func forced(r llm.Request) bool {
	return r.Schema != nil && !llm.Lookup(r.Model).Structured
}

func response(r llm.Request, m *sdk.Message, written map[string]string) *llm.Response {
	resp := &llm.Response{ID: m.ID, Provider: name, Model: string(m.Model), Raw: json.RawMessage(m.RawJSON()),
		Message: llm.Message{Role: llm.Assistant},
		Finish:  llm.Finish{Reason: reason(m.StopReason), Raw: string(m.StopReason)},
		Usage:   usage(m.Usage)}
	add := func(p llm.Part) { resp.Message.Parts = append(resp.Message.Parts, p) }
	for _, b := range m.Content {
		switch {
		case b.Type == "text":
			add(llm.Text(b.Text))
		case b.Type == "thinking":
			add(llm.Part{Kind: llm.KindThinking, Thinking: &llm.Thinking{Provider: name, Model: r.Model, Text: b.Thinking, Signature: b.Signature}})
		case b.Type == "redacted_thinking":
			add(llm.Part{Kind: llm.KindThinking, Thinking: &llm.Thinking{Provider: name, Model: r.Model, Signature: b.Data, Redacted: true}})
		case b.Type == "tool_use" && forced(r):
			add(llm.Text(adapter.Compact(b.Input)))
			resp.Finish.Reason = llm.Stop
		case b.Type == "tool_use":
			add(llm.Part{Kind: llm.KindCall, Call: &llm.ToolCall{ID: b.ID, Name: b.Name, Args: adapter.Args(adapter.Compact([]byte(cmp.Or(written[b.ID], string(b.Input)))))}})
		}
	}
	return resp
}

func reason(s sdk.StopReason) llm.Reason {
	switch s {
	case sdk.StopReasonEndTurn, sdk.StopReasonStopSequence:
		return llm.Stop
	case sdk.StopReasonMaxTokens, sdk.StopReasonModelContextWindowExceeded:
		return llm.Length
	case sdk.StopReasonToolUse:
		return llm.ToolCalls
	case sdk.StopReasonRefusal:
		return llm.ContentFilter
	}
	return llm.Other
}

// usage adds up what the vendor counts apart: input_tokens are those that the cache neither gave nor took.
func usage(u sdk.Usage) llm.Usage {
	read, write := int(u.CacheReadInputTokens), int(u.CacheCreationInputTokens)
	out := llm.Usage{Input: int(u.InputTokens) + read + write, Output: int(u.OutputTokens)}
	if u.JSON.CacheReadInputTokens.Valid() {
		out.CacheRead = &read
	}
	if u.JSON.CacheCreationInputTokens.Valid() {
		out.CacheWrite = &write
	}
	if u.OutputTokensDetails.JSON.ThinkingTokens.Valid() {
		thinking := int(u.OutputTokensDetails.ThinkingTokens)
		out.Reasoning = &thinking
	}
	return out
}

func translate(ctx context.Context, err error) error {
	var e *sdk.Error
	if !errors.As(err, &e) {
		return llm.NetError(ctx, name, err)
	}
	var said struct {
		Error struct{ Type, Message string }
	}
	if json.Unmarshal([]byte(e.RawJSON()), &said) != nil {
		said.Error.Message = strings.TrimSpace(e.RawJSON())
	}
	status := e.StatusCode
	if status == 200 {
		status = 0 // an error inside of a stream
	}
	return llm.HTTPError(name, status, e.Response.Header, said.Error.Type, cmp.Or(said.Error.Message, fmt.Sprint(status)), []byte(e.RawJSON()))
}
