package trial

import (
	"cmp"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/anthropics/anthropic-sdk-go"
	anthropicoption "github.com/anthropics/anthropic-sdk-go/option"
	"github.com/openai/openai-go/v3"
	openaioption "github.com/openai/openai-go/v3/option"

	"twinset.dev/harness/scenario"
	"twinset.dev/harness/trajectory"
)

//go:embed persona.md
var personaPrompt string

// patientWith is how long a model may take to say what the person says.
const patientWith = 2 * time.Minute

// A Persona plays the person with a language model, which knows the story, the setting and the steps but not what would satisfy the
// person nor what is checked. It does not ask again: what goes wrong is a player error, which says nothing about the subject.
type Persona struct {
	model string
	ask   func(ctx context.Context, system, user string) (string, error)
}

// ParsePlayer reads what a player is called on a command line: scripted, anthropic:MODEL[@URL] or openai:MODEL[@URL]. Keys come from
// ANTHROPIC_API_KEY and OPENAI_API_KEY.
func ParsePlayer(src string) (Player, error) {
	if src == "scripted" {
		return Scripted{}, nil
	}
	vendor, rest, _ := strings.Cut(src, ":")
	model, base, _ := strings.Cut(rest, "@")
	if u, err := url.Parse(base); base != "" && (err != nil || u.Host == "") {
		return nil, fmt.Errorf("%q is no URL", base)
	}
	switch {
	case model == "":
	case vendor == "anthropic":
		return &Persona{model, askAnthropic(model, base, os.Getenv("ANTHROPIC_API_KEY"))}, nil
	case vendor == "openai":
		return &Persona{model, askOpenAI(model, base, os.Getenv("OPENAI_API_KEY"))}, nil
	}
	return nil, fmt.Errorf("%q is no player: it is scripted, anthropic:MODEL[@URL] or openai:MODEL[@URL]", src)
}

// Who implements [Player].
func (p *Persona) Who() trajectory.Player {
	sum := sha256.Sum256([]byte(personaPrompt))
	return trajectory.Player{Kind: "llm", Model: p.model, Prompt: hex.EncodeToString(sum[:])}
}

// What a persona answers when it has nothing to say, or has had enough.
const (
	silence = "[nothing]"
	givesUp = "[give up]"
)

// Play implements [Player].
func (p *Persona) Play(ctx context.Context, s *scenario.Scenario, step int, events []trajectory.Event) (words []string, enough bool, err error) {
	said, err := p.ask(ctx, personaSystem(s), personaTurn(s, step, events))
	if err != nil {
		return nil, false, fmt.Errorf("the player's model: %w", err)
	}
	said = strings.TrimSpace(said)
	said, enough = strings.CutSuffix(said, givesUp)
	switch said = strings.TrimSpace(said); said {
	case silence:
		return nil, enough, nil
	case "":
		if !enough {
			return nil, false, errors.New("the player's model answered nothing")
		}
		return nil, true, nil
	}
	return []string{said}, enough, nil
}

func personaSystem(s *scenario.Scenario) string {
	return strings.NewReplacer("{{person}}", s.Person, "{{story}}", s.Story, "{{setting}}", s.Setting).Replace(personaPrompt)
}

// personaTurn is what has been said so far, and what the person does now.
func personaTurn(s *scenario.Scenario, step int, events []trajectory.Event) string {
	var b strings.Builder
	b.WriteString("What you do in this story:\n")
	for i, st := range s.Steps {
		fmt.Fprintf(&b, "%d. %s\n", i+1, st.Text)
	}
	b.WriteString("\nThe conversation so far:\n")
	for _, e := range events {
		if e.Kind == "say" {
			who := "The product"
			if e.Actor == "user" {
				who = "You"
			}
			fmt.Fprintf(&b, "%s: %s\n", who, strings.ReplaceAll(e.Text, "\n", "\n  "))
		}
	}
	fmt.Fprintf(&b, "\nYou are at step %d. What do you say?", step+1)
	return b.String()
}

func askAnthropic(model, base, key string) func(context.Context, string, string) (string, error) {
	o := []anthropicoption.RequestOption{anthropicoption.WithoutEnvironmentDefaults(), anthropicoption.WithAPIKey(key),
		anthropicoption.WithMaxRetries(0), anthropicoption.WithRequestTimeout(patientWith)}
	if base != "" {
		o = append(o, anthropicoption.WithBaseURL(base))
	}
	client := anthropic.NewClient(o...)
	return func(ctx context.Context, system, user string) (string, error) {
		msg, err := client.Messages.New(ctx, anthropic.MessageNewParams{
			Model: model, MaxTokens: 1024, System: []anthropic.TextBlockParam{{Text: system}},
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
}

func askOpenAI(model, base, key string) func(context.Context, string, string) (string, error) {
	client := openai.NewClient(openaioption.WithMaxRetries(0), openaioption.WithRequestTimeout(patientWith),
		openaioption.WithBaseURL(cmp.Or(base, "https://api.openai.com/v1")), openaioption.WithAPIKey(cmp.Or(key, "none")))
	return func(ctx context.Context, system, user string) (string, error) {
		res, err := client.Chat.Completions.New(ctx, openai.ChatCompletionNewParams{
			Model:    model,
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
}
