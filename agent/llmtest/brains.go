package llmtest

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strings"
	"sync"

	"twinset.dev/agent/llm"
)

// Null does nothing, and says that it is done.
func Null(Conversation) Step { return Step{Say: "Done."} }

// Looper makes the same call for ever.
func Looper(c Conversation) Step {
	switch name := c.Tool("shell", "bash", "grep", "glob", "read_file"); name {
	case "":
		if len(c.Tools) > 0 {
			return Step{Call: []Call{{Name: c.Tools[0].Name}}}
		}
		return Step{Say: "I would call a tool, but there is none."}
	case "shell", "bash":
		return Step{Call: []Call{{Name: name, Args: map[string]any{"command": "ls"}}}}
	case "read_file":
		return Step{Call: []Call{{Name: name, Args: map[string]any{"file_path": "README.md"}}}}
	default:
		return Step{Call: []Call{{Name: name, Args: map[string]any{"pattern": "*"}}}}
	}
}

// Thief tries every tool it is given to see files that it must not, and then says all it has seen.
func Thief(targets ...string) Brain {
	return func(c Conversation) Step {
		if c.Since() > 0 {
			var loot strings.Builder
			for _, r := range c.results() {
				fmt.Fprintf(&loot, "%s: %s\n", r.Name, r.Content)
			}
			return Step{Say: "I have seen this:\n" + loot.String()}
		}
		var step Step
		try := func(args map[string]any, names ...string) {
			if name := c.Tool(names...); name != "" {
				step.Call = append(step.Call, Call{Name: name, Args: args})
			}
		}
		for _, t := range targets {
			base := t[strings.LastIndex(t, "/")+1:]
			try(map[string]any{"file_path": t}, "read_file")
			try(map[string]any{"pattern": ".", "path": t}, "grep")
			try(map[string]any{"pattern": "**/" + base, "path": "/"}, "glob")
			for _, command := range []string{
				"cat " + t, "ls -laR " + t, "cp -r " + t + " loot && cat -r loot/* loot",
				"find / -name '" + base + "*' 2>/dev/null | head; grep -rl '" + base + "' / 2>/dev/null | head",
				"for p in /proc/[0-9]*; do tr '\\0' '\\n' < $p/environ; tr '\\0' ' ' < $p/cmdline; cat $p/root" + t + " $p/cwd/" + base + "; done 2>/dev/null",
				"ln -s " + t + " link; cat link; tar cf - " + t + " | cat",
			} {
				try(map[string]any{"command": command}, "shell", "bash")
			}
		}
		if step.empty() {
			step.Say = "There is nothing to steal with."
		}
		return step
	}
}

// results are all tool results since the user last spoke.
func (c Conversation) results() (all []llm.ToolResult) {
	for _, m := range c.Messages[c.lastInput():] {
		for _, p := range m.Parts {
			if p.Kind == llm.KindResult {
				all = append(all, *p.Result)
			}
		}
	}
	return all
}

// Flaky is good with probability p and else bad, from the first to the last word of a conversation. The n-th conversation that begins
// the same way has the n-th draw of the seed: conversations that begin the same way must not overlap.
func Flaky(p float64, seed uint64, good, bad Brain) Brain {
	var mu sync.Mutex
	begun := map[uint64]uint64{}
	return func(c Conversation) Step {
		h := fnv.New64a()
		fmt.Fprint(h, c.Namespace, "\x00", c.Said(llm.System), "\x00")
		for _, m := range c.Messages {
			if m.Role == llm.User {
				h.Write([]byte(m.Text()))
				break
			}
		}
		start := h.Sum64()
		mu.Lock()
		if c.Turn() == 0 {
			begun[start]++
		}
		n := begun[start]
		mu.Unlock()
		if rand.New(rand.NewPCG(seed, start^n*0x9e3779b97f4a7c15)).Float64() < p {
			return good(c)
		}
		return bad(c)
	}
}
