package scenario

import (
	"crypto/rand"
	"fmt"
	"path/filepath"
	"strings"
)

// Template is a scenario to begin with, for a file of that name. It lints clean but for its TODOs.
func Template(path string) string {
	id := strings.Trim(strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '-'
	}, strings.TrimSuffix(filepath.Base(path), ".md")), "-")
	for strings.Contains(id, "--") {
		id = strings.ReplaceAll(id, "--", "-")
	}
	if id == "" {
		id = "todo"
	}
	var b [16]byte
	rand.Read(b[:])
	return strings.NewReplacer("ID", id, "CANARY", fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])).Replace(template)
}

const template = `---
id: ID
title: TODO in one line, what the story is about
owner: dara@acme.example
pool: open
twins: [okta, slack]
seed: 1
trials: 3
budget: {minutes: 5, usd: 1}
risk: medium
canary: CANARY
---
# Story
TODO It is 16:40 on Friday. Dara, who runs people operations, is worried about something: say what she wants, why today, and what
happened last time.

## Setting
TODO What is there when the story begins, and what is awkward about it.

## What Dara does
1. Asks "TODO what Dara says."
2. (5 minutes later) Asks "Is it done?"

## She is satisfied if
- [must] TODO something is as she wanted it.
- [should] She can tell from the answer what was done.

## She would be furious if
- [never] TODO somebody else loses something.

## Facts only the judge knows
TODO What a judge has to know and the product does not.

## Checks
` + "```yaml" + `
final_state:
  - okta.user("hana").status == "ACTIVE"
  - said("done")
unchanged:
  except: ["created slack.messages[support/*]"]
limits: {requests_per_twin: 100}
` + "```\n"
