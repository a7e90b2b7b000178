package files

// A Comment is what somebody says of a file, or of a place in it, with what others answer. What is deleted leaves its
// place behind.
type Comment struct {
	File     string  `json:"file"`
	ID       string  `json:"id"`
	N        int64   `json:"n"` // in the order of time
	By       string  `json:"by"`
	Text     string  `json:"text"`
	Anchor   string  `json:"anchor,omitempty"`
	Quote    *Quote  `json:"quote,omitempty"`
	Created  int64   `json:"created"`
	Modified int64   `json:"modified"`
	Resolved bool    `json:"resolved,omitempty"`
	Deleted  bool    `json:"deleted,omitempty"`
	Replies  []Reply `json:"replies,omitempty"`
	Assigned string  `json:"assigned,omitempty"`
}

// A Quote is the text that a comment is about.
type Quote struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

// A Reply is an answer to a comment, which may settle it or open it again.
type Reply struct {
	ID       string `json:"id"`
	By       string `json:"by"`
	Text     string `json:"text,omitempty"`
	Action   string `json:"action,omitempty"` // resolve, reopen
	Created  int64  `json:"created"`
	Modified int64  `json:"modified"`
	Deleted  bool   `json:"deleted,omitempty"`
}
