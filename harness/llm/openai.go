package llm

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/shared"

	"twinset.dev/harness/judge"
)

type gpt struct {
	named
	client openai.Client
}

// OpenAI is a model behind the Chat Completions API, which most gateways and local servers speak, at base (which ends in /v1 for
// most of them) or at the vendor's own address.
func OpenAI(name, base, key string) model {
	o := []option.RequestOption{option.WithMaxRetries(0), option.WithRequestTimeout(patient),
		option.WithBaseURL(cmp.Or(base, "https://api.openai.com/v1")), option.WithAPIKey(cmp.Or(key, "none"))}
	return &gpt{named{name: name}, openai.NewClient(o...)}
}

func (m *gpt) Call(ctx context.Context, r judge.Request) (judge.Call, error) {
	p := openai.ChatCompletionNewParams{
		Model:             m.name,
		Messages:          []openai.ChatCompletionMessageParamUnion{openai.SystemMessage(r.System)},
		ParallelToolCalls: openai.Bool(false),
		ToolChoice:        openai.ChatCompletionToolChoiceOptionUnionParam{OfAuto: openai.String("required")},
	}
	if r.Only != "" {
		p.ToolChoice = openai.ToolChoiceOptionFunctionToolChoice(openai.ChatCompletionNamedToolChoiceFunctionParam{Name: r.Only})
	}
	for _, t := range r.Tools() {
		p.Tools = append(p.Tools, openai.ChatCompletionFunctionTool(shared.FunctionDefinitionParam{
			Name: t.Name, Description: openai.String(t.Description),
			Parameters: shared.FunctionParameters{"type": "object", "properties": t.Properties, "required": t.Required(), "additionalProperties": false},
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
	return m.once(func(cold bool) (judge.Call, error) {
		if p.Temperature = (openai.ChatCompletionNewParams{}).Temperature; cold {
			p.Temperature = openai.Float(0)
		}
		stream := m.client.Chat.Completions.NewStreaming(ctx, p)
		defer stream.Close()
		var c judge.Call
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
			return judge.Call{}, err
		}
		if finish == "" || finish == "length" {
			return judge.Call{}, judge.ErrCut
		}
		if c.Tool == "" {
			return judge.Call{}, judge.ErrNoCall
		}
		c.Args = json.RawMessage(args.String())
		return c, nil
	})
}

func (m *gpt) Say(ctx context.Context, system, user string) (string, error) {
	res, err := m.client.Chat.Completions.New(ctx, openai.ChatCompletionNewParams{
		Model:    m.name,
		Messages: []openai.ChatCompletionMessageParamUnion{openai.SystemMessage(system), openai.UserMessage(user)},
	})
	if err != nil {
		return "", err
	}
	if len(res.Choices) == 0 {
		return "", errors.New("it answered no choice")
	}
	return res.Choices[0].Message.Content, nil
}
