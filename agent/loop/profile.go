package loop

import (
	"cmp"
	"context"
	"strings"
	"time"

	"twinset.dev/agent/llm"
)

// A Profile is how a model likes to work: its tools, its instructions, and the project documents that are meant for it.
type Profile struct {
	Provider string // of the llm client
	Model    string
	Window   int      // tokens that the model can read; 0 is not known
	Base     string   // the first part of the system prompt
	Docs     []string // project documents besides AGENTS.md
	Tools    toolset
	Options  map[string]map[string]any // see [llm.Request]
}

// With registers more tools; one with the name of another takes its place.
func (p Profile) With(tools ...Tool) Profile {
	p.Tools = p.Tools.with(tools...)
	return p
}

// Call runs one tool of the profile, without a session.
func (p Profile) Call(ctx context.Context, env Environment, c llm.ToolCall) llm.ToolResult {
	s := Session{profile: p, env: env, tools: p.Tools, config: Config{Now: time.Now}}
	return s.call(ctx, c)
}

// ProviderOf is the provider whose model it is, by the catalog or else by its name; empty if neither tells.
func ProviderOf(model string) string {
	if p := llm.Lookup(model).Provider; p != "" {
		return p
	}
	for prefix, provider := range map[string]string{"claude-": "anthropic", "gpt-": "openai", "gemini-": "gemini"} {
		if strings.HasPrefix(model, prefix) {
			return provider
		}
	}
	return ""
}

// ProfileOf is the profile for a provider's model. Without a provider it is the model's own.
func ProfileOf(provider, model string) Profile {
	provider = cmp.Or(provider, ProviderOf(model), "openai")
	p := Anthropic(model)
	switch provider {
	case "anthropic":
	case "openai":
		p = OpenAI(model)
	default: // nobody's own tools: those of exact replacement are the easiest to use
		p.Docs, p.Window = nil, 0
	}
	p.Provider, p.Window = provider, cmp.Or(llm.Lookup(model).Window, p.Window)
	return p
}

// Anthropic is the profile of Claude models: they edit by exact replacement.
func Anthropic(model string) Profile {
	return Profile{Provider: "anthropic", Model: model, Window: 200_000, Docs: []string{"CLAUDE.md"},
		Base:  base + editing,
		Tools: toolset{readFile, writeFile, editFile, Shell(2 * time.Minute), grep, glob}}
}

// OpenAI is the profile of GPT models: they edit by patches.
func OpenAI(model string) Profile {
	return Profile{Provider: "openai", Model: model, Window: 272_000, Docs: []string{".codex/instructions.md"},
		Base:  base + patching,
		Tools: toolset{readFile, applyPatch, writeFile, Shell(10 * time.Second), grep, glob}}
}

const base = `You are a coding agent. You work alone in a directory on a computer: nobody answers questions while you work, and what you
say is read when you are done.

How to work:
- Look before you change. Find the files that matter with grep and glob, and read them.
- Do what the task asks for, all of it and no more. Keep to the style of what is there.
- Prefer changing a file that exists to making a new one.
- Check what you did: build it, run its tests, run it. What a command says counts, not what you expect it to say.
- When a tool fails, read its message and act on it. Do not make the same call again and hope.
- Ask for several tools at once when their calls do not depend on each other.
- Never show or write down passwords, keys or tokens.
- When you are done, answer without a tool call: what you did, how you checked it, and what is left.
`

const editing = `
How to edit:
- Change files with edit_file: old_string is replaced by new_string. Copy old_string exactly from the file as you have just read it,
  blanks and all, but without the line numbers of read_file, and with enough around it that it occurs only once.
- Write whole files with write_file only when they are new or nothing of them stays.
`

const patching = `
How to edit:
- Change files with apply_patch. A patch lies between *** Begin Patch and *** End Patch and names what it does to each file: Add
  File, Delete File or Update File. Hunks of an update begin with @@ and a line above the change; show about three lines that stay
  before and after, each with a blank before it, and write - before what goes and + before what comes.
- Write a new file with write_file when a patch would say no more.
`
