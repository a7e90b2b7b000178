package judge

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/anthropics/anthropic-sdk-go"
	anthropicoption "github.com/anthropics/anthropic-sdk-go/option"
	"github.com/openai/openai-go/v3"
	openaioption "github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/shared"
)

// errCut is an answer that stopped before it said that it was whole.
var errCut = errors.New("judge: the answer was cut off before its last event")

// errNoCall is an answer in prose, where a call was forced.
var errNoCall = errors.New("judge: the model answered without calling a tool")

const (
	longest = 4096            // tokens of an answer
	patient = 3 * time.Minute // for one answer
)

// Parse reads what the command line calls a judge: rules, anthropic:MODEL or openai:MODEL, the latter two with @URL where the
// vendor's own address is not meant. Keys come from ANTHROPIC_API_KEY and OPENAI_API_KEY.
func Parse(s string) (Model, error) {
	if s == "rules" {
		return Rules{}, nil
	}
	vendor, rest, ok := strings.Cut(s, ":")
	name, base, _ := strings.Cut(rest, "@")
	if !ok || name == "" {
		return nil, fmt.Errorf("%q is no judge: it is rules, anthropic:MODEL[@URL] or openai:MODEL[@URL]", s)
	}
	if base != "" {
		if u, err := url.Parse(base); err != nil || u.Host == "" {
			return nil, fmt.Errorf("%q is no URL", base)
		}
	}
	switch vendor {
	case "anthropic":
		return Anthropic(name, base, os.Getenv("ANTHROPIC_API_KEY")), nil
	case "openai":
		return OpenAI(name, base, os.Getenv("OPENAI_API_KEY")), nil
	}
	return nil, fmt.Errorf("judges speak anthropic or openai, not %q", vendor)
}

// llm is what both protocols have in common.
type llm struct {
	name string
	warm atomic.Bool // the model refuses to be given a temperature
}

func (l *llm) Name() string { return l.name }

// Family is the beginning of the model's name without its maker: claude, gpt, llama. OpenAI's o1, o3, … are of the family of gpt.
func (l *llm) Family() string {
	name := strings.ToLower(l.name[strings.LastIndex(l.name, "/")+1:])
	if len(name) > 1 && name[0] == 'o' && name[1] >= '0' && name[1] <= '9' {
		return "gpt"
	}
	return strings.TrimRight(strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune("-_:. ", r) })[0], "0123456789")
}

// once asks with temperature 0 and, where the model takes none, without.
func (l *llm) once(ask func(cold bool) (Call, error)) (Call, error) {
	cold := !l.warm.Load()
	c, err := ask(cold)
	if s, text := refusal(err); s == http.StatusBadRequest && cold && strings.Contains(text, "temperature") {
		l.warm.Store(true)
		c, err = ask(false)
	}
	if _, text := refusal(err); text != "" {
		err = fmt.Errorf("%s: %w: %s", l.name, err, text)
	}
	return c, err
}

// allowed are the tools of a request.
func allowed(r Request) []Tool {
	if r.Only == "" {
		return Tools
	}
	return slices.DeleteFunc(slices.Clone(Tools), func(t Tool) bool { return t.Name != r.Only })
}

func (t Tool) required() []string {
	var names []string
	for name := range t.Properties {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

type claude struct {
	llm
	client anthropic.Client
}

// Anthropic is a model behind the Messages API, at base or at the vendor's own address.
func Anthropic(name, base, key string) Model {
	o := []anthropicoption.RequestOption{anthropicoption.WithoutEnvironmentDefaults(), anthropicoption.WithAPIKey(key),
		anthropicoption.WithMaxRetries(0), anthropicoption.WithRequestTimeout(patient)}
	if base != "" {
		o = append(o, anthropicoption.WithBaseURL(base))
	}
	return &claude{llm{name: name}, anthropic.NewClient(o...)}
}

func (m *claude) Call(ctx context.Context, r Request) (Call, error) {
	p := anthropic.MessageNewParams{
		Model:     m.name,
		MaxTokens: longest,
		System:    []anthropic.TextBlockParam{{Text: r.System}},
		ToolChoice: anthropic.ToolChoiceUnionParam{OfAny: &anthropic.ToolChoiceAnyParam{
			DisableParallelToolUse: anthropic.Bool(true)}},
	}
	if r.Only != "" {
		p.ToolChoice = anthropic.ToolChoiceUnionParam{OfTool: &anthropic.ToolChoiceToolParam{
			Name: r.Only, DisableParallelToolUse: anthropic.Bool(true)}}
	}
	for _, t := range Tools { // all of them in every request: earlier turns name them
		p.Tools = append(p.Tools, anthropic.ToolUnionParam{OfTool: &anthropic.ToolParam{
			Name: t.Name, Description: anthropic.String(t.Description),
			InputSchema: anthropic.ToolInputSchemaParam{Properties: t.Properties, Required: t.required()},
		}})
	}
	for _, t := range r.Turns {
		if t.Call == nil {
			p.Messages = append(p.Messages, anthropic.NewUserMessage(anthropic.NewTextBlock(t.User)))
			continue
		}
		p.Messages = append(p.Messages,
			anthropic.NewAssistantMessage(anthropic.NewToolUseBlock(t.Call.ID, object(t.Call.Args), t.Call.Tool)),
			anthropic.NewUserMessage(anthropic.NewToolResultBlock(t.Call.ID, t.Answer, false)))
	}
	return m.once(func(cold bool) (Call, error) {
		if p.Temperature = (anthropic.MessageNewParams{}).Temperature; cold {
			p.Temperature = anthropic.Float(0)
		}
		stream := m.client.Messages.NewStreaming(ctx, p)
		defer stream.Close()
		var msg anthropic.Message
		whole := false
		for stream.Next() {
			e := stream.Current()
			if err := msg.Accumulate(e); err != nil {
				return Call{}, fmt.Errorf("judge: %w", err)
			}
			whole = whole || e.Type == "message_stop"
		}
		if err := stream.Err(); err != nil {
			return Call{}, err
		}
		if !whole || msg.StopReason == anthropic.StopReasonMaxTokens {
			return Call{}, errCut
		}
		for _, b := range msg.Content {
			if b.Type == "tool_use" {
				return Call{b.ID, b.Name, b.Input}, nil
			}
		}
		return Call{}, errNoCall
	})
}

type gpt struct {
	llm
	client openai.Client
}

// OpenAI is a model behind the Chat Completions API, which most gateways and local servers speak, at base (which ends in /v1 for
// most of them) or at the vendor's own address.
func OpenAI(name, base, key string) Model {
	o := []openaioption.RequestOption{openaioption.WithMaxRetries(0), openaioption.WithRequestTimeout(patient),
		openaioption.WithBaseURL(cmp.Or(base, "https://api.openai.com/v1")), openaioption.WithAPIKey(cmp.Or(key, "none"))}
	return &gpt{llm{name: name}, openai.NewClient(o...)}
}

func (m *gpt) Call(ctx context.Context, r Request) (Call, error) {
	p := openai.ChatCompletionNewParams{
		Model:             m.name,
		Messages:          []openai.ChatCompletionMessageParamUnion{openai.SystemMessage(r.System)},
		ParallelToolCalls: openai.Bool(false),
		ToolChoice:        openai.ChatCompletionToolChoiceOptionUnionParam{OfAuto: openai.String("required")},
	}
	if r.Only != "" {
		p.ToolChoice = openai.ToolChoiceOptionFunctionToolChoice(openai.ChatCompletionNamedToolChoiceFunctionParam{Name: r.Only})
	}
	for _, t := range allowed(r) {
		p.Tools = append(p.Tools, openai.ChatCompletionFunctionTool(shared.FunctionDefinitionParam{
			Name: t.Name, Description: openai.String(t.Description),
			Parameters: shared.FunctionParameters{"type": "object", "properties": t.Properties, "required": t.required(), "additionalProperties": false},
		}))
	}
	for _, t := range r.Turns {
		if t.Call == nil {
			p.Messages = append(p.Messages, openai.UserMessage(t.User))
			continue
		}
		p.Messages = append(p.Messages, openai.ChatCompletionMessageParamUnion{OfAssistant: &openai.ChatCompletionAssistantMessageParam{
			ToolCalls: []openai.ChatCompletionMessageToolCallUnionParam{{OfFunction: &openai.ChatCompletionMessageFunctionToolCallParam{
				ID:       t.Call.ID,
				Function: openai.ChatCompletionMessageFunctionToolCallFunctionParam{Name: t.Call.Tool, Arguments: string(t.Call.Args)},
			}}},
		}}, openai.ToolMessage(t.Answer, t.Call.ID))
	}
	return m.once(func(cold bool) (Call, error) {
		if p.Temperature = (openai.ChatCompletionNewParams{}).Temperature; cold {
			p.Temperature = openai.Float(0)
		}
		stream := m.client.Chat.Completions.NewStreaming(ctx, p)
		defer stream.Close()
		var c Call
		var args strings.Builder
		var finish string
		for stream.Next() {
			for _, choice := range stream.Current().Choices {
				finish = cmp.Or(choice.FinishReason, finish)
				for _, t := range choice.Delta.ToolCalls {
					if t.Index == 0 {
						c.ID, c.Tool = cmp.Or(c.ID, t.ID), cmp.Or(c.Tool, t.Function.Name)
						args.WriteString(t.Function.Arguments)
					}
				}
			}
		}
		if err := stream.Err(); err != nil {
			return Call{}, err
		}
		if finish == "" || finish == "length" {
			return Call{}, errCut
		}
		if c.Tool == "" {
			return Call{}, errNoCall
		}
		c.Args = json.RawMessage(args.String())
		return c, nil
	})
}

// object is args if they are a JSON object, as the Messages API wants them to be when they are sent back to it.
func object(args json.RawMessage) any {
	var v map[string]any
	if json.Unmarshal(args, &v) != nil {
		return map[string]any{"unreadable": string(args)}
	}
	return v
}

// refusal is the HTTP status of an error of either SDK, and what the server said; 0 if it is none.
func refusal(err error) (int, string) {
	var a *anthropic.Error
	var o *openai.Error
	switch {
	case errors.As(err, &a):
		return a.StatusCode, a.RawJSON()
	case errors.As(err, &o):
		return o.StatusCode, o.RawJSON()
	}
	return 0, ""
}

// worthAgain reports whether the same call may fare better a moment later.
func worthAgain(err error) bool {
	var unreachable net.Error
	s, _ := refusal(err)
	return s == http.StatusRequestTimeout || s == http.StatusConflict || s == http.StatusTooManyRequests || s >= 500 ||
		errors.Is(err, errCut) || errors.Is(err, errNoCall) || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &unreachable)
}
