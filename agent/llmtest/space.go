package llmtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"twinset.dev/agent/llm"
)

// check refuses what every vendor refuses: results of calls that were not made, and thinking that this model did not write.
func (sp *space) check(c Conversation) error {
	if c.Model == "" {
		return errors.New("model: Field required")
	}
	calls := map[string]bool{}
	for _, m := range c.Messages {
		for _, p := range m.Parts {
			switch {
			case p.Kind == llm.KindCall:
				calls[p.Call.ID] = true
			case p.Kind == llm.KindResult && !calls[p.Result.CallID]:
				return fmt.Errorf("no tool call found for the result with id %s", p.Result.CallID)
			case p.Kind == llm.KindThinking && !sp.signed[seal(p.Thinking.Text, p.Thinking.Signature)]:
				return fmt.Errorf("invalid signature in thinking block: %q", p.Thinking.Signature)
			}
		}
	}
	return nil
}

func seal(text, signature string) string { return text + "\x00" + signature }

var unsafe = regexp.MustCompile(`[^A-Za-z0-9]+`)

// finish gives an answer its id, its model and its usage, and remembers what the next request may refer to.
func (sp *space) finish(a *answer) {
	sp.count++
	a.id = fmt.Sprintf("%s_%04d", unsafe.ReplaceAllString(a.c.Namespace, "_"), sp.count)
	a.model = a.Model
	if a.model == "" {
		a.model = "simulated/" + a.c.Model
	}
	if t := a.Think; t != nil {
		sp.signed[seal(t.Text, t.Signature)] = true
		if t.Redacted {
			sp.signed[seal("", t.Signature)] = true
		}
	}
	prompt := canonical(a.c)
	read := tokens(common(sp.prompt, prompt))
	sp.prompt = prompt
	a.usage = llm.Usage{Input: tokens(len(prompt)), Output: tokens(len(a.spoken()))}
	if a.Usage != nil {
		u := a.Usage
		a.usage = llm.Usage{Input: u.In, Output: u.Out, Reasoning: u.Reasoning, CacheRead: u.CacheRead, CacheWrite: u.CacheWrite}
		return
	}
	if a.Think != nil {
		n := tokens(len(a.Think.Text))
		a.usage.Reasoning = &n
	}
	if a.c.Protocol == "anthropic" { // which caches only what is marked, and charges for writing
		marked := strings.Contains(string(a.c.Raw), `"cache_control"`)
		write := a.usage.Input - read
		if !marked {
			read, write = 0, 0
		}
		a.usage.CacheWrite = &write
	}
	a.usage.CacheRead = &read
}

// canonical is a prompt as one text that grows at its end only.
func canonical(c Conversation) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.Encode(c.Tools)
	for _, m := range c.Messages {
		e.Encode(m)
	}
	return b.String()
}

// common is the length of what a and b begin with.
func common(a, b string) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

func tokens(chars int) int { return (chars + 3) / 4 }

// spoken is all that an answer says.
func (a answer) spoken() string {
	s := a.Say
	if a.Think != nil {
		s += a.Think.Text
	}
	for _, c := range a.Call {
		s += c.Name + c.args()
	}
	return s
}

// pieces cuts s as a stream does, between letters.
func pieces(s string) (out []string) {
	const size = 12
	r := []rune(s)
	for len(r) > size {
		out, r = append(out, string(r[:size])), r[size:]
	}
	if len(r) > 0 {
		out = append(out, string(r))
	}
	return out
}
