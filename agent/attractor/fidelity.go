package attractor

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// remember decides how much of the past a stage is given: its fidelity, its session's key and its preamble.
//
// https://github.com/strongdm/attractor/blob/main/attractor-spec.md#54-context-fidelity
func remember(s *Stage, by *way) {
	var edge Attrs
	if by.edge != nil {
		edge = by.edge.Attrs
	}
	for _, f := range []string{edge["fidelity"], s.Node.Attrs["fidelity"], s.Graph.Attrs["default_fidelity"], "compact"} {
		if slices.Contains(fidelities, f) {
			s.Fidelity = f
			break
		}
	}
	// Sessions do not outlive the process: the first stage after a resume gets the past in words.
	if s.state.resumed && s.Fidelity == "full" {
		s.Fidelity = "summary:high"
	}
	s.state.resumed = false
	if s.Fidelity != "full" {
		s.Preamble = preamble(s, s.Fidelity)
		return
	}
	s.Thread = or(s.Node.Attrs["thread_id"], edge["thread_id"], s.Graph.Attrs["thread_id"], s.Node.Scope, s.Context.String("last_stage"), s.Node.ID)
	if s.Branch != "" {
		s.Thread = s.Branch + ":" + s.Thread
	}
	// A session that is not there yet knows nothing.
	if s.engine.newThread(s.Thread) {
		s.Preamble = preamble(s, "compact")
	}
}

// preambleCaps are the most characters of a preamble, at four to a token.
var preambleCaps = map[string]int{"truncate": 400, "compact": 4000, "summary:low": 4 * 600, "summary:medium": 4 * 1500, "summary:high": 4 * 3000}

// bookkeeping are context keys that tell a model nothing.
var bookkeeping = []string{"graph.", "internal.", "current_node", "last_stage", "outcome", "preferred_label", "parallel.results"}

// preamble tells the past in words: the goal and the run, then, as far as the fidelity goes, the stages and what is remembered.
func preamble(s *Stage, fidelity string) string {
	var b strings.Builder
	if goal := s.Graph.Goal(); goal != "" {
		fmt.Fprintf(&b, "Goal: %s\n", goal)
	}
	fmt.Fprintf(&b, "Run: %s\n", s.Run)
	stages := s.Context.Logs()
	switch fidelity {
	case "truncate":
		return head(b.String(), preambleCaps["truncate"])
	case "summary:low":
		counts := map[Status]int{}
		for _, o := range s.state.last {
			counts[o.Status]++
		}
		fmt.Fprintf(&b, "Stages so far: %d", len(s.state.path))
		for _, st := range slices.Sorted(maps.Keys(counts)) {
			fmt.Fprintf(&b, ", %s %d", st, counts[st])
		}
		b.WriteString("\n")
		stages = stages[max(0, len(stages)-3):]
	case "summary:medium":
		stages = stages[max(0, len(stages)-10):]
	}
	if len(stages) > 0 {
		b.WriteString("Stages:\n")
		for _, line := range stages {
			fmt.Fprintf(&b, "- %s\n", head(strings.ReplaceAll(line, "\n", " "), 300))
		}
	}
	values := s.Context.Snapshot()
	first := true
	for _, k := range slices.Sorted(maps.Keys(values)) {
		if slices.ContainsFunc(bookkeeping, func(p string) bool { return strings.HasPrefix(k, p) }) || fidelity == "summary:low" {
			continue
		}
		if first {
			b.WriteString("Known:\n")
			first = false
		}
		fmt.Fprintf(&b, "- %s = %s\n", k, tail(s.Context.String(k), preambleCaps[fidelity]/4))
	}
	return head(b.String(), preambleCaps[fidelity])
}
