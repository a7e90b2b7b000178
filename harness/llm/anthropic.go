package llm

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/anthropics/anthropic-sdk-go"
	"github.com/anthropics/anthropic-sdk-go/option"

	"twinset.dev/harness/judge"
)

type claude struct {
	named
	client anthropic.Client
}

// Anthropic is a model behind the Messages API, at base or at the vendor's own address.
func Anthropic(name, base, key string) model {
	o := []option.RequestOption{option.WithoutEnvironmentDefaults(), option.WithAPIKey(key),
		option.WithMaxRetries(0), option.WithRequestTimeout(patient)}
	if base != "" {
		o = append(o, option.WithBaseURL(base))
	}
	return &claude{named{name: name}, anthropic.NewClient(o...)}
}

func (m *claude) Call(ctx context.Context, r judge.Request) (judge.Call, error) {
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
	for _, t := range judge.Tools { // all of them in every request: earlier turns name them
		p.Tools = append(p.Tools, anthropic.ToolUnionParam{OfTool: &anthropic.ToolParam{
			Name: t.Name, Description: anthropic.String(t.Description),
			InputSchema: anthropic.ToolInputSchemaParam{Properties: t.Properties, Required: t.Required()},
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
	return m.once(func(cold bool) (judge.Call, error) {
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
				return judge.Call{}, fmt.Errorf("llm: %w", err)
			}
			whole = whole || e.Type == "message_stop"
		}
		if err := stream.Err(); err != nil {
			return judge.Call{}, err
		}
		if !whole || msg.StopReason == anthropic.StopReasonMaxTokens {
			return judge.Call{}, judge.ErrCut
		}
		for _, b := range msg.Content {
			if b.Type == "tool_use" {
				return judge.Call{ID: b.ID, Tool: b.Name, Args: b.Input}, nil
			}
		}
		return judge.Call{}, judge.ErrNoCall
	})
}

func (m *claude) Say(ctx context.Context, system, user string) (string, error) {
	msg, err := m.client.Messages.New(ctx, anthropic.MessageNewParams{
		Model: m.name, MaxTokens: longest, System: []anthropic.TextBlockParam{{Text: system}},
		Messages: []anthropic.MessageParam{anthropic.NewUserMessage(anthropic.NewTextBlock(user))},
	})
	if err != nil {
		return "", err
	}
	var text string
	for _, b := range msg.Content {
		if b.Type == "text" {
			text += b.Text
		}
	}
	return text, nil
}

// object is args if they are a JSON object, as the Messages API wants them to be when they are sent back to it.
func object(args json.RawMessage) any {
	var v map[string]any
	if json.Unmarshal(args, &v) != nil {
		return map[string]any{"unreadable": string(args)}
	}
	return v
}
