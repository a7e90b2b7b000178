package attractor

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Severity of a diagnostic; a pipeline with an error is not run.
type Severity string

// How bad it is.
const (
	SeverityError   Severity = "error"
	SeverityWarning Severity = "warning"
)

// Diagnostic is one thing lint has to say about a node, an edge or the whole graph.
type Diagnostic struct {
	Rule     string     `json:"rule"`
	Severity Severity   `json:"severity"`
	Message  string     `json:"message"`
	Node     string     `json:"node_id,omitempty"`
	Edge     *[2]string `json:"edge,omitempty"`
	Fix      string     `json:"fix,omitempty"`
}

func (d Diagnostic) String() string { return fmt.Sprintf("%s %s: %s", d.Severity, d.Rule, d.Message) }

// Rule looks for one kind of mistake.
type Rule func(*Graph) []Diagnostic

// LintError is why a pipeline is not run.
type LintError []Diagnostic

func (e LintError) Error() string {
	var lines []string
	for _, d := range e {
		lines = append(lines, d.String())
	}
	return strings.Join(lines, "\n")
}

// Lint applies the built-in rules and then more; types are stage types beyond the built-in ones.
//
// https://github.com/strongdm/attractor/blob/main/attractor-spec.md#7-validation-and-linting
func Lint(g *Graph, types []string, more ...Rule) []Diagnostic {
	var out []Diagnostic
	for _, rule := range append([]Rule{lintEnds, lintReach, lintEdges, lintStylesheet, lintValues, lintTargets, lintStages(types), lintGates, lintParallel, lintHuman}, more...) {
		out = append(out, rule(g)...)
	}
	return out
}

// Errors are the diagnostics that keep a pipeline from running, as an error; nil when there are none.
func Errors(ds []Diagnostic) error {
	var bad LintError
	for _, d := range ds {
		if d.Severity == SeverityError {
			bad = append(bad, d)
		}
	}
	if bad == nil {
		return nil
	}
	return bad
}

func bad(rule, msg, fix string) Diagnostic {
	return Diagnostic{Rule: rule, Severity: SeverityError, Message: msg, Fix: fix}
}

func odd(rule, msg, fix string) Diagnostic {
	return Diagnostic{Rule: rule, Severity: SeverityWarning, Message: msg, Fix: fix}
}

func (d Diagnostic) at(n *Node) Diagnostic { d.Node = n.ID; return d }
func (d Diagnostic) on(e *Edge) Diagnostic { d.Edge = &[2]string{e.From, e.To}; return d }

func lintEnds(g *Graph) (out []Diagnostic) {
	starts, exits := g.OfType(TypeStart), g.OfType(TypeExit)
	if len(starts) != 1 {
		out = append(out, bad("start_node", fmt.Sprintf("a pipeline has exactly one start node, this one has %d", len(starts)), "give one node shape=Mdiamond"))
	}
	if len(exits) == 0 {
		out = append(out, bad("terminal_node", "the pipeline has no exit node", "give the last node shape=Msquare"))
	}
	for _, e := range g.Edges {
		if slices.ContainsFunc(starts, func(n *Node) bool { return n.ID == e.To }) {
			out = append(out, bad("start_no_incoming", fmt.Sprintf("edge %s -> %s leads into the start node", e.From, e.To), "lead it to the node after the start").on(e))
		}
		if slices.ContainsFunc(exits, func(n *Node) bool { return n.ID == e.From }) {
			out = append(out, bad("exit_no_outgoing", fmt.Sprintf("edge %s -> %s leaves the exit node", e.From, e.To), "remove it").on(e))
		}
	}
	return out
}

// reach are the ids one can get to from some nodes by edges and retry jumps without passing through another.
func reach(g *Graph, without string, from ...string) map[string]bool {
	seen := map[string]bool{}
	for todo := from; len(todo) > 0; todo = todo[1:] {
		id := todo[0]
		n := g.Node(id)
		if n == nil || seen[id] || id == without {
			continue
		}
		seen[id] = true
		for _, e := range g.Out(id) {
			todo = append(todo, e.To)
		}
		todo = append(todo, n.Attrs["retry_target"], n.Attrs["fallback_retry_target"])
	}
	return seen
}

func lintReach(g *Graph) (out []Diagnostic) {
	starts := g.OfType(TypeStart)
	if len(starts) != 1 {
		return nil
	}
	seen := reach(g, "", starts[0].ID, g.Attrs["retry_target"], g.Attrs["fallback_retry_target"])
	for _, n := range g.Nodes {
		if !seen[n.ID] {
			out = append(out, bad("reachability", fmt.Sprintf("node %s is unreachable (orphan)", n.ID), "lead an edge to it, or remove it").at(n))
		}
	}
	return out
}

func lintEdges(g *Graph) (out []Diagnostic) {
	for _, e := range g.Edges {
		for _, id := range []string{e.From, e.To} {
			if n := g.Node(id); !n.Declared {
				out = append(out, bad("edge_target_exists", fmt.Sprintf("edge %s -> %s: node %s is not declared", e.From, e.To, id), "declare it: "+id+" [label=\"…\"]").on(e))
			}
		}
		c, err := ParseCondition(e.Condition())
		if err != nil {
			out = append(out, bad("condition_syntax", fmt.Sprintf("edge %s -> %s: %v", e.From, e.To, err), "").on(e))
		}
		for _, cl := range c {
			switch {
			case cl.op == "":
				out = append(out, odd("bare_condition", fmt.Sprintf("edge %s -> %s: %q has no operator and tests whether the value is set", e.From, e.To, cl.key), "write "+cl.key+"=true").on(e))
			case cl.key != "outcome" && cl.key != "preferred_label" && !strings.HasPrefix(cl.key, "context."):
				out = append(out, odd("bare_condition", fmt.Sprintf("edge %s -> %s: the key %q lacks context.", e.From, e.To, cl.key), "write context."+cl.key).on(e))
			}
		}
	}
	return out
}

func lintStylesheet(g *Graph) []Diagnostic {
	if _, err := ParseStylesheet(g.Attrs["model_stylesheet"]); err != nil {
		return []Diagnostic{bad("stylesheet_syntax", err.Error(), "")}
	}
	return nil
}

var fidelities = []string{"full", "truncate", "compact", "summary:low", "summary:medium", "summary:high"}

// valueRules say which attributes take which values: what cannot be read would otherwise quietly become the default.
var valueRules = map[string]struct {
	ok   func(string) bool
	want string
}{
	"max_retries": {isCount, "a number"}, "default_max_retries": {isCount, "a number"}, "default_max_retry": {isCount, "a number"},
	"max_visits": {isCount, "a number"}, "max_steps": {isCount, "a number"}, "max_restarts": {isCount, "a number"}, "max_parallel": {isCount, "a number"},
	"manager.max_cycles": {isCount, "a number"}, "weight": {isInt, "a number"},
	"timeout": {isDuration, "a duration like 90s or 15m"}, "human.timeout": {isDuration, "a duration like 90s or 15m"}, "manager.poll_interval": {isDuration, "a duration like 45s"},
	"goal_gate": {isBool, "true or false"}, "auto_status": {isBool, "true or false"}, "allow_partial": {isBool, "true or false"}, "loop_restart": {isBool, "true or false"},
	"strict_gates": {isBool, "true or false"}, "unattended": {isBool, "true or false"}, "stack.child_autostart": {isBool, "true or false"},
	"join_policy":  {oneOf("wait_all", "first_success"), "wait_all or first_success"},
	"error_policy": {oneOf("continue", "fail_fast", "ignore"), "continue, fail_fast or ignore"},
}

func isCount(s string) bool    { n, err := strconv.Atoi(s); return err == nil && n >= 0 }
func isInt(s string) bool      { _, err := strconv.Atoi(s); return err == nil }
func isDuration(s string) bool { d, ok := parseDuration(s); return ok && d > 0 }
func isBool(s string) bool     { return s == "true" || s == "false" }
func oneOf(words ...string) func(string) bool {
	return func(s string) bool { return slices.Contains(words, s) }
}

func lintValues(g *Graph) (out []Diagnostic) {
	check := func(where string, a Attrs, place func(Diagnostic) Diagnostic) {
		for _, k := range slices.Sorted(maps.Keys(a)) {
			if r, ok := valueRules[k]; ok && !r.ok(a[k]) {
				out = append(out, place(bad("attribute_value", fmt.Sprintf("%s: %s=%q is not %s", where, k, a[k], r.want), "")))
			}
			if (k == "fidelity" || k == "default_fidelity") && !slices.Contains(fidelities, a[k]) {
				out = append(out, place(odd("fidelity_valid", fmt.Sprintf("%s: %s=%q is none of %s; compact is used", where, k, a[k], strings.Join(fidelities, ", ")), "")))
			}
		}
	}
	check("graph", g.Attrs, func(d Diagnostic) Diagnostic { return d })
	for _, n := range g.Nodes {
		check("node "+n.ID, n.Attrs, func(d Diagnostic) Diagnostic { return d.at(n) })
	}
	for _, e := range g.Edges {
		check(fmt.Sprintf("edge %s -> %s", e.From, e.To), e.Attrs, func(d Diagnostic) Diagnostic { return d.on(e) })
	}
	return out
}

func lintTargets(g *Graph) (out []Diagnostic) {
	check := func(where string, a Attrs) {
		for _, k := range []string{"retry_target", "fallback_retry_target"} {
			if id := a[k]; id != "" && g.Node(id) == nil {
				out = append(out, odd("retry_target_exists", fmt.Sprintf("%s: %s=%q is no node", where, k, id), ""))
			}
		}
	}
	check("graph", g.Attrs)
	for _, n := range g.Nodes {
		check("node "+n.ID, n.Attrs)
	}
	return out
}

func lintStages(types []string) Rule {
	return func(g *Graph) (out []Diagnostic) {
		for _, n := range g.Nodes {
			t := g.TypeOf(n)
			command := strings.TrimSpace(n.Attrs["tool_command"])
			switch {
			case !slices.Contains(slices.Collect(maps.Values(typeOfShape)), t) && !slices.Contains(types, t):
				out = append(out, odd("type_known", fmt.Sprintf("node %s: no handler for type %q; it runs as its shape says", n.ID, t), "").at(n))
			case t == TypeCodergen && n.Declared && n.Attrs["prompt"] == "" && n.Attrs["label"] == "":
				out = append(out, odd("prompt_on_llm_nodes", fmt.Sprintf("node %s asks a model but has neither prompt nor label", n.ID), "write a prompt").at(n))
			case t == TypeTool && command == "":
				out = append(out, bad("tool_command_set", fmt.Sprintf("node %s has no tool_command", n.ID), "").at(n))
			}
			routes := slices.ContainsFunc(g.Out(n.ID), func(e *Edge) bool { return strings.Contains(e.Condition(), "outcome") })
			if t == TypeTool && routes && (strings.HasSuffix(command, "|| true") || strings.HasSuffix(command, "|| :")) {
				out = append(out, odd("masked_exit", fmt.Sprintf("node %s can never fail: its command ends in || true, yet edges ask for its outcome", n.ID), "remove || true").at(n))
			}
			if t == TypeTool && routes && n.Attrs["max_retries"] == "" && defaultRetries(g) > 0 {
				out = append(out, odd("retried_signal", fmt.Sprintf("node %s: the graph's default retries repeat a failure that edges route on", n.ID), "set max_retries=0").at(n))
			}
		}
		return out
	}
}

func lintGates(g *Graph) (out []Diagnostic) {
	starts := g.OfType(TypeStart)
	for _, n := range g.Nodes {
		if !n.Attrs.Bool("goal_gate") {
			continue
		}
		if or(n.Attrs["retry_target"], n.Attrs["fallback_retry_target"], g.Attrs["retry_target"], g.Attrs["fallback_retry_target"]) == "" {
			out = append(out, odd("goal_gate_has_retry", fmt.Sprintf("goal gate %s has no retry_target: unmet, it fails the pipeline", n.ID), "set retry_target").at(n))
		}
		if len(starts) != 1 {
			continue
		}
		around := reach(g, n.ID, starts[0].ID)
		if !g.Attrs.Bool("strict_gates") && slices.ContainsFunc(g.OfType(TypeExit), func(x *Node) bool { return around[x.ID] }) {
			out = append(out, odd("gate_bypassed", fmt.Sprintf("goal gate %s can be bypassed: a way leads to the exit around it", n.ID), "close the way, or set strict_gates=true on the graph").at(n))
		}
	}
	return out
}

// join finds where the branches of a parallel node meet: the one fan-in that each reaches first, past the parallel nodes
// inside it.
func join(g *Graph, n *Node) (string, error) {
	meets := map[string]bool{}
	seen := map[string]bool{n.ID: true}
	var todo []string
	for _, e := range g.Out(n.ID) {
		todo = append(todo, e.To)
	}
	if len(todo) == 0 {
		return "", fmt.Errorf("parallel node %s has no branches", n.ID)
	}
	for ; len(todo) > 0; todo = todo[1:] {
		at := g.Node(todo[0])
		if at == nil || seen[at.ID] {
			continue
		}
		seen[at.ID] = true
		from := at.ID
		switch g.TypeOf(at) {
		case TypeFanIn:
			meets[at.ID] = true
			continue
		case TypeExit:
			return "", fmt.Errorf("a branch of %s leads to the exit %s without meeting the others", n.ID, at.ID)
		case TypeParallel:
			inner, err := join(g, at)
			if err != nil {
				return "", err
			}
			from = inner
		}
		for _, e := range g.Out(from) {
			todo = append(todo, e.To)
		}
	}
	if len(meets) != 1 {
		return "", fmt.Errorf("the branches of %s must meet in exactly one fan-in, they reach %d", n.ID, len(meets))
	}
	return slices.Collect(maps.Keys(meets))[0], nil
}

func lintParallel(g *Graph) (out []Diagnostic) {
	joined := map[string]bool{}
	for _, n := range g.OfType(TypeParallel) {
		id, err := join(g, n)
		if err != nil {
			out = append(out, bad("parallel_join", err.Error(), "lead every branch to one node with shape=tripleoctagon").at(n))
			continue
		}
		joined[id] = true
		for _, e := range g.Out(n.ID) {
			for in := range reach(g, id, e.To) {
				if m := g.Node(in); m.Attrs.Bool("goal_gate") {
					out = append(out, odd("gate_in_branch", fmt.Sprintf("goal gate %s is inside a branch of %s, where only the fan-in decides", in, n.ID), "move it behind the fan-in").at(m))
				}
			}
			if e.Condition() != "" {
				out = append(out, odd("branch_condition", fmt.Sprintf("edge %s -> %s: branches always run, the condition is not asked", e.From, e.To), "").on(e))
			}
		}
	}
	for _, n := range g.OfType(TypeFanIn) {
		if !joined[n.ID] {
			out = append(out, odd("parallel_join", fmt.Sprintf("fan-in %s joins no parallel node", n.ID), "").at(n))
		}
	}
	return out
}

func lintHuman(g *Graph) (out []Diagnostic) {
	for _, n := range g.OfType(TypeHuman) {
		if g.Attrs.Bool("unattended") {
			out = append(out, bad("unattended", fmt.Sprintf("node %s waits for a person, and the graph says unattended=true", n.ID), "let the pipeline decide, or run it by day").at(n))
		}
		if len(g.Out(n.ID)) == 0 {
			out = append(out, bad("human_choices", fmt.Sprintf("node %s asks a person, but no edge leaves it", n.ID), "").at(n))
		}
		for _, e := range g.Out(n.ID) {
			if e.Condition() != "" {
				out = append(out, bad("human_condition", fmt.Sprintf("edge %s -> %s: a person's choice decides here, a condition would overrule it", e.From, e.To), "remove the condition").on(e))
			}
			to := g.Node(e.To)
			words := strings.Fields(normalizeLabel(or(e.Label(), e.To)))
			if to != nil && g.TypeOf(to) == TypeExit && slices.ContainsFunc(words, func(w string) bool { return slices.Contains([]string{"stop", "quit", "reject", "abort", "cancel"}, w) }) {
				out = append(out, odd("stop_at_exit", fmt.Sprintf("edge %s -> %s: at the exit %q meets the goal gates, or counts as success", e.From, e.To, e.Label()),
					`lead it to a node that fails: give_up [shape=parallelogram, tool_command="exit 1"]`).on(e))
			}
		}
	}
	return out
}
