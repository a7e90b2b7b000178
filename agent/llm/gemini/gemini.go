// Package gemini asks Gemini through generateContent, over plain HTTP.
//
// https://ai.google.dev/api/generate-content
package gemini

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"twinset.dev/agent/llm"
	"twinset.dev/agent/llm/internal/adapter"
)

const name = "gemini"

type provider struct {
	endpoint llm.Endpoint
	http     *http.Client
}

// New is Gemini at an endpoint, whose base URL ends before /v1beta. It never asks twice.
func New(e llm.Endpoint) llm.Caller {
	e.BaseURL = strings.TrimRight(cmp.Or(e.BaseURL, "https://generativelanguage.googleapis.com"), "/")
	return provider{e, adapter.HTTPClient(e, name)}
}

// post asks, and returns the answer if it is no refusal.
func (p provider) post(ctx context.Context, r llm.Request, method string) (io.ReadCloser, error) {
	b, err := body(r)
	if err != nil {
		return nil, err
	}
	data, err := json.Marshal(b)
	if err != nil {
		return nil, &llm.Error{Kind: llm.ErrInvalidRequest, Provider: name, Err: err}
	}
	at := p.endpoint.BaseURL + "/v1beta/models/" + url.PathEscape(r.Model) + ":" + method
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, at, bytes.NewReader(data))
	if err != nil {
		return nil, &llm.Error{Kind: llm.ErrConfiguration, Provider: name, Err: err}
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Goog-Api-Key", p.endpoint.Key)
	for k, v := range p.endpoint.Headers {
		req.Header.Set(k, v)
	}
	resp, err := p.http.Do(req)
	if err != nil {
		return nil, llm.NetError(ctx, name, err)
	}
	if resp.StatusCode == http.StatusOK {
		return resp.Body, nil
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, llm.NetError(ctx, name, err)
	}
	var in answer
	if json.Unmarshal(raw, &in) != nil || in.Error == nil {
		in.Error = &failure{Message: strings.TrimSpace(string(raw))}
	}
	return nil, in.Error.error(resp.StatusCode, resp.Header, raw)
}

func (p provider) Complete(ctx context.Context, r llm.Request) (*llm.Response, error) {
	rc, err := p.post(ctx, r, "generateContent")
	if err != nil {
		return nil, err
	}
	defer rc.Close()
	raw, err := io.ReadAll(rc)
	if err != nil {
		return nil, llm.NetError(ctx, name, err)
	}
	whole := collector{r: r}
	if err := whole.add(nil, raw); err != nil {
		return nil, err
	}
	resp, err := whole.response()
	if resp != nil {
		resp.Raw = raw
	}
	return resp, err
}

func (p provider) Stream(ctx context.Context, r llm.Request) llm.Stream {
	return func(yield func(llm.StreamEvent, error) bool) {
		rc, err := p.post(ctx, r, "streamGenerateContent?alt=sse")
		if err != nil {
			yield(llm.StreamEvent{}, err)
			return
		}
		defer rc.Close()
		whole := collector{r: r}
		var out *adapter.Segments
		for data, err := range adapter.Events(rc) {
			if err != nil {
				yield(llm.StreamEvent{}, llm.NetError(ctx, name, err))
				return
			}
			if out == nil {
				out = adapter.NewSegments(yield)
			}
			if err := whole.add(out, data); err != nil {
				out.Fail(err)
				return
			}
			if out.Stopped() {
				return
			}
		}
		resp, err := whole.response()
		if err != nil {
			yield(llm.StreamEvent{}, err)
			return
		}
		out.Finish(resp)
	}
}

// answer is a whole one or a chunk.
type answer struct {
	Candidates []struct {
		Content      struct{ Parts []part }
		FinishReason string
	}
	PromptFeedback struct{ BlockReason string }
	Usage          *struct {
		Prompt     int  `json:"promptTokenCount"`
		Candidates int  `json:"candidatesTokenCount"`
		Thoughts   *int `json:"thoughtsTokenCount"`
		Cached     *int `json:"cachedContentTokenCount"`
	} `json:"usageMetadata"`
	ModelVersion, ResponseID string
	Error                    *failure
}

type part struct {
	Text             string
	Thought          bool
	ThoughtSignature string
	FunctionCall     *struct {
		ID, Name string
		Args     json.RawMessage
	}
}

type failure struct {
	Code            int
	Message, Status string
	Details         []struct{ RetryDelay string }
}

// grpc are the HTTP statuses of the codes that errors inside of a stream carry.
//
// https://cloud.google.com/apis/design/errors
var grpc = map[string]int{"NOT_FOUND": 404, "INVALID_ARGUMENT": 400, "FAILED_PRECONDITION": 400, "UNAUTHENTICATED": 401,
	"PERMISSION_DENIED": 403, "RESOURCE_EXHAUSTED": 429, "UNAVAILABLE": 503, "DEADLINE_EXCEEDED": 408, "INTERNAL": 500}

func (f failure) error(status int, h http.Header, raw []byte) error {
	e := llm.HTTPError(name, cmp.Or(status, grpc[f.Status], f.Code), h, f.Status, f.Message, raw)
	for _, d := range f.Details {
		if wait, err := time.ParseDuration(d.RetryDelay); err == nil {
			e.RetryAfter = wait
		}
	}
	return e
}

// collector adds chunks up to an answer.
type collector struct {
	r      llm.Request
	resp   llm.Response
	finish string
	calls  int
}

// add reads a chunk and tells what it brings, if anybody listens. The vendor says neither when a segment begins nor when it ends.
func (c *collector) add(out *adapter.Segments, data []byte) error {
	var in answer
	if err := json.Unmarshal(data, &in); err != nil {
		return &llm.Error{Kind: llm.ErrStream, Provider: name, Err: err}
	}
	if in.Error != nil {
		return in.Error.error(0, nil, data)
	}
	if why := in.PromptFeedback.BlockReason; why != "" {
		return &llm.Error{Kind: llm.ErrContentFilter, Provider: name, Code: why, Message: "the prompt was blocked: " + why, Raw: data}
	}
	c.resp.ID, c.resp.Model = cmp.Or(c.resp.ID, in.ResponseID), cmp.Or(in.ModelVersion, c.resp.Model, c.r.Model)
	if u := in.Usage; u != nil {
		c.resp.Usage = llm.Usage{Input: u.Prompt, Output: u.Candidates, Reasoning: u.Thoughts, CacheRead: u.Cached}
		if u.Thoughts != nil {
			c.resp.Usage.Output += *u.Thoughts
		}
	}
	if len(in.Candidates) == 0 {
		return nil
	}
	c.finish = cmp.Or(in.Candidates[0].FinishReason, c.finish)
	for _, p := range in.Candidates[0].Content.Parts {
		c.part(out, p)
	}
	return nil
}

func (c *collector) part(out *adapter.Segments, p part) {
	parts := &c.resp.Message.Parts
	last := func(k llm.Kind) *llm.Part {
		if n := len(*parts); n > 0 && (*parts)[n-1].Kind == k {
			return &(*parts)[n-1]
		}
		*parts = append(*parts, llm.Part{Kind: k})
		return &(*parts)[len(*parts)-1]
	}
	switch {
	case p.FunctionCall != nil:
		c.calls++
		call := llm.ToolCall{ID: cmp.Or(p.FunctionCall.ID, fmt.Sprintf("call_%s_%d", c.resp.ID, c.calls)), Name: p.FunctionCall.Name,
			Args: adapter.Args(adapter.Compact(p.FunctionCall.Args)), Signature: p.ThoughtSignature}
		*parts = append(*parts, llm.Part{Kind: llm.KindCall, Call: &call})
		if out != nil {
			out.EndOthers("")
			out.Call(call.ID, llm.ToolCall{ID: call.ID, Name: call.Name, Signature: call.Signature}, call.Args)
			out.End(call.ID)
		}
	case p.Text == "":
	case p.Thought:
		t := last(llm.KindThinking)
		if t.Thinking == nil {
			t.Thinking = &llm.Thinking{Provider: name, Model: c.r.Model}
		}
		t.Thinking.Text += p.Text
		if out != nil {
			out.EndOthers("reasoning")
			out.Reasoning("reasoning", p.Text)
		}
	default:
		last(llm.KindText).Text += p.Text
		if out != nil {
			out.EndOthers("text")
			out.Text("text", p.Text)
		}
	}
}

// response is the answer, if the model came to an end: the reason is the last that a stream brings.
func (c *collector) response() (*llm.Response, error) {
	if c.finish == "" {
		return nil, &llm.Error{Kind: llm.ErrStream, Provider: name, Message: "the answer ended without a reason to finish"}
	}
	c.resp.Provider, c.resp.Message.Role = name, llm.Assistant
	c.resp.Finish = llm.Finish{Reason: llm.Other, Raw: c.finish}
	switch c.finish {
	case "STOP":
		if c.resp.Finish.Reason = llm.Stop; c.calls > 0 {
			c.resp.Finish.Reason = llm.ToolCalls
		}
	case "MAX_TOKENS":
		c.resp.Finish.Reason = llm.Length
	case "SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII":
		c.resp.Finish.Reason = llm.ContentFilter
	}
	return &c.resp, nil
}
