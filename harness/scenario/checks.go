package scenario

import (
	"time"

	"twinset.dev/kit/twin"
)

// Checks are the engineer's part, the YAML block under "## Checks": the world that the story begins in, what other people do
// while it goes on, and what must hold after it whatever a judge thinks.
type Checks struct {
	World     World    `yaml:"world"`
	Player    []Act    `yaml:"player"`
	Final     []string `yaml:"final_state"` // expressions over the state that must be true
	Unchanged *Except  `yaml:"unchanged"`   // everything that is not listed must be as it was
	Order     []Order  `yaml:"order"`
	Limits    Limits   `yaml:"limits"`
}

// A World is the demo company at a moment, and what is different in it.
type World struct {
	Clock  time.Time      `yaml:"clock"` // Friday 6 March 2026, 16:40 UTC, if zero
	Seed   map[string]any `yaml:"seed"`  // a seed file's sections, merged into the demo company
	Faults []Fault        `yaml:"faults"`
}

// A Fault is one as the control plane takes it.
type Fault twin.Fault

// An Act is what somebody else does, or what goes wrong, before or after a step of the person. It is one of: an action of the
// control plane (do), an HTTP call of somebody (call), a fault, or the end of all faults (mend).
type Act struct {
	Before int    `yaml:"before"` // the step's number, from 1
	After  int    `yaml:"after"`
	As     string `yaml:"as"`   // whose credentials a call carries: a handle
	Do     string `yaml:"do"`   // message, react, click, …
	Call   string `yaml:"call"` // METHOD twin /path
	With   any    `yaml:"with"` // of an action or a call. What stands in ${…} is an expression, as in final_state
	Fault  *Fault `yaml:"fault"`
	Mend   bool   `yaml:"mend"`
}

// Except names what may differ: patterns such as okta.users[hana@*], slack.messages[support/*], created jira.issues[OPS-*].
type Except struct {
	Except []string `yaml:"except"`
}

// Order says that one thing happens before another does. Each is a phrase: "slack conversations.kick", "deleted
// slack.members[leads/hana]", "reply contains done", "step 3".
type Order struct {
	Before string `yaml:"before"`
	After  string `yaml:"after"`
}

// Limits bound what the subject does; 0 is no limit.
type Limits struct {
	RequestsPerTwin int     `yaml:"requests_per_twin"`
	LongestSilence  float64 `yaml:"longest_silence_s"` // of the machine's time, between what the person says and an answer
}
