package scenario

// Checks are what must hold after a trial whatever a judge thinks: the YAML block under "## Checks".
type Checks struct {
	Final     []string `yaml:"final_state"` // expressions over the state that must be true
	Unchanged Except   `yaml:"unchanged"`   // everything that is not listed must be as it was
	Order     []Order  `yaml:"order"`
	Limits    Limits   `yaml:"limits"`
}

// Except names what may differ: patterns such as okta.users[sam@acme.example], slack.messages[*], *.audit.
type Except struct {
	Except []string `yaml:"except"`
}

// Order says that something happened before something else: each a phrase such as "slack conversations.kick" or "reply contains done".
type Order struct {
	Before string `yaml:"before"`
	After  string `yaml:"after"`
}

// Limits bound what the subject did.
type Limits struct {
	RequestsPerTwin int     `yaml:"requests_per_twin"`
	LongestSilence  float64 `yaml:"longest_silence_s"`
}
