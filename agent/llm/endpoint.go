package llm

import "time"

// Endpoint is where a provider is reached, and for how long it is waited for.
type Endpoint struct {
	Key     string
	BaseURL string            // the vendor's own if empty
	Headers map[string]string // sent with every request
	Connect time.Duration     // to open a connection; 10 s if 0
	Request time.Duration     // for a whole answer, and until a stream begins; 120 s if 0
	Idle    time.Duration     // between two reads of a stream; 30 s if 0
}
