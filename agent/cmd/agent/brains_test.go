package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"twinset.dev/agent/llmtest"
)

// factory is a small loop: write, check against what users want, complain, write again.
const factory = `digraph factory {
  graph [goal="a shop that refunds"]
  start [shape=Mdiamond]
  done [shape=Msquare]
  implement [prompt="Write the shop. Carry out complaints.md if present.", max_visits=4]
  validate [shape=parallelogram, goal_gate=true, max_retries=0, tool_command="grep -q 'refund(o)' shop.txt || { echo 'Priya got no REFUND.' > complaints.md; exit 1; }"]
  start -> implement -> validate
  validate -> done [condition="outcome=success"]
  validate -> implement [condition="outcome=fail"]
}`

const knowledge = `
read: [complaints.md]
rules:
  - complaint: (?i)refund
    edits: [{file: shop.txt, old: "return", new: "refund(o); return"}]
    lazy: [{file: shop.txt, content: "refunds are coming soon"}]
    check: grep refund shop.txt
  - input: (?i)write the shop
    edits: [{file: shop.txt, content: "return\n"}]
    lazy: [{file: shop.txt, content: "true\n"}]
    hardcode: [{file: shop.txt, content: "return 7\n"}]
`

// TestBrains has the brains work in a pipeline through the vendors' protocols, with the agent's own tools: who mends what is complained
// of passes in the second round, and nobody else does.
func TestBrains(t *testing.T) {
	p, err := llmtest.ParsePatches([]byte(knowledge))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		brain llmtest.Brain
		exit  int
	}{{"fixer", llmtest.Fixer(p), 0}, {"lazy", llmtest.Lazy(p), 1}, {"hardcoder", llmtest.Hardcoder(p), 1}, {"null", llmtest.Null, 1}} {
		for _, provider := range []string{"anthropic", "openai"} {
			t.Run(c.name+" "+provider, func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				graph := filepath.Join(dir, "factory.dot")
				if err := os.WriteFile(graph, []byte(factory), 0o600); err != nil {
					t.Fatal(err)
				}
				got := ask(t, "", c.brain, "run", graph, "--work", dir, "--provider", provider)
				if got.exit != c.exit {
					t.Fatalf("exit %d\n%s%s", got.exit, got.stdout, got.stderr)
				}
				if rounds := strings.Count(got.stdout, "start      implement"); c.exit == 0 && rounds != 2 || c.exit != 0 && rounds < 3 {
					t.Errorf("%d rounds\n%s", rounds, got.stdout)
				}
			})
		}
	}
}
