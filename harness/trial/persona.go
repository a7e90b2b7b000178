package trial

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"twinset.dev/harness/scenario"
	"twinset.dev/harness/trajectory"
)

//go:embed persona.md
var personaPrompt string

// A Persona plays the person with a language model, which knows the story, the setting and the steps but not what would satisfy the
// person nor what is checked. It does not ask again: what goes wrong is a player error, which says nothing about the subject.
type Persona struct {
	Model string
	Say   func(ctx context.Context, system, user string) (string, error)
}

// Who implements [Player].
func (p Persona) Who() trajectory.Player {
	sum := sha256.Sum256([]byte(personaPrompt))
	return trajectory.Player{Kind: "llm", Model: p.Model, Prompt: hex.EncodeToString(sum[:])}
}

// What a persona answers when it has nothing to say, or has had enough.
const (
	silence = "[nothing]"
	givesUp = "[give up]"
)

// Play implements [Player].
func (p Persona) Play(ctx context.Context, s *scenario.Scenario, step int, events []trajectory.Event) (words []string, enough bool, err error) {
	said, err := p.Say(ctx, personaSystem(s), personaTurn(s, step, events))
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
