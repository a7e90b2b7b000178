// Package llm makes judges and players of language models, over the two protocols that nearly all of them speak: Anthropic's Messages and
// OpenAI's Chat Completions, each through its official SDK. The packages that use a model do not know the SDKs.
package llm

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/anthropics/anthropic-sdk-go"
	"github.com/openai/openai-go/v3"

	"twinset.dev/harness/judge"
	"twinset.dev/harness/trial"
)

const (
	longest = 4096            // tokens of an answer
	patient = 3 * time.Minute // for one answer
)

// A model calls a judge's tools, and speaks for a person.
type model interface {
	judge.Model
	Say(ctx context.Context, system, user string) (string, error)
}

// Judge reads what the command line calls a judge: rules, anthropic:MODEL or openai:MODEL, the latter two with @URL where the
// vendor's own address is not meant. Keys come from ANTHROPIC_API_KEY and OPENAI_API_KEY.
func Judge(s string) (judge.Model, error) {
	if s == "rules" {
		return judge.Rules{}, nil
	}
	m, err := parse(s)
	if err != nil {
		return nil, fmt.Errorf("%w: a judge is rules, anthropic:MODEL[@URL] or openai:MODEL[@URL]", err)
	}
	return m, nil
}

// Player reads what the command line calls a player: scripted, or a model as [Judge] reads it.
func Player(s string) (trial.Player, error) {
	if s == "scripted" {
		return trial.Scripted{}, nil
	}
	m, err := parse(s)
	if err != nil {
		return nil, fmt.Errorf("%w: a player is scripted, anthropic:MODEL[@URL] or openai:MODEL[@URL]", err)
	}
	return trial.Persona{Model: m.Name(), Say: m.Say}, nil
}

func parse(s string) (model, error) {
	vendor, rest, _ := strings.Cut(s, ":")
	name, base, _ := strings.Cut(rest, "@")
	if u, err := url.Parse(base); base != "" && (err != nil || u.Host == "") {
		return nil, fmt.Errorf("%q is no URL", base)
	}
	switch {
	case name == "":
	case vendor == "anthropic":
		return Anthropic(name, base, os.Getenv("ANTHROPIC_API_KEY")), nil
	case vendor == "openai":
		return OpenAI(name, base, os.Getenv("OPENAI_API_KEY")), nil
	}
	return nil, fmt.Errorf("%q is no model", s)
}

// named is what both protocols have in common.
type named struct {
	name string
	warm atomic.Bool // the model refuses to be given a temperature
}

func (n *named) Name() string { return n.name }

// Family is the beginning of the model's name without its maker: claude, gpt, llama. OpenAI's o1, o3, … are of the family of gpt.
func (n *named) Family() string {
	name := strings.ToLower(n.name[strings.LastIndex(n.name, "/")+1:])
	if len(name) > 1 && name[0] == 'o' && name[1] >= '0' && name[1] <= '9' {
		return "gpt"
	}
	return strings.TrimRight(strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune("-_:. ", r) })[0], "0123456789")
}

// once asks with temperature 0 and, where the model takes none, without.
func (n *named) once(ask func(cold bool) (judge.Call, error)) (judge.Call, error) {
	cold := !n.warm.Load()
	c, err := ask(cold)
	if r := refusal(err); cold && r != nil && r.Status == http.StatusBadRequest && strings.Contains(r.Said, "temperature") {
		n.warm.Store(true)
		c, err = ask(false)
	}
	if r := refusal(err); r != nil {
		r.Model, err = n.name, r
	}
	return c, err
}

// refusal is what the server said, if the error is of either SDK.
func refusal(err error) *judge.Refusal {
	var a *anthropic.Error
	var o *openai.Error
	switch {
	case errors.As(err, &a):
		return &judge.Refusal{Status: a.StatusCode, Said: a.RawJSON()}
	case errors.As(err, &o):
		return &judge.Refusal{Status: o.StatusCode, Said: o.RawJSON()}
	}
	return nil
}
