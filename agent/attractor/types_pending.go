package attractor

// Engine walks graphs.
type Engine struct{ Options }

type state struct{}

// Rule is one lint rule.
type Rule func(*Graph) []Diagnostic

// Severity of a diagnostic.
type Severity string

// Diagnostic is what lint has to say.
type Diagnostic struct {
	Rule     string     `json:"rule"`
	Severity Severity   `json:"severity"`
	Message  string     `json:"message"`
	Node     string     `json:"node_id,omitempty"`
	Edge     *[2]string `json:"edge,omitempty"`
	Fix      string     `json:"fix,omitempty"`
}

// Transform makes a graph of a graph; it must not change the one it is given.
type Transform func(*Graph) (*Graph, error)
