package gdrive

import (
	"strings"

	"twinset.dev/kit/store"
)

// state is what Drive alone keeps; the files themselves are in the table that all Google twins share.
type state struct {
	uploads     *store.Collection[Upload]
	operations  *store.Collection[Operation]
	channels    *store.Collection[Channel]
	labels      *store.Collection[Label]
	apps        *store.Collection[App]
	proposals   *store.Collection[Proposal]
	approvals   *store.Collection[Approval]
	budgets     *store.Collection[Budget]
	keyServices *store.Collection[KeyService]
}

// A Label is what files can be labelled with.
type Label struct {
	ID       string       `json:"id"`
	Name     string       `json:"name"`
	Revision string       `json:"revision"`
	Fields   []LabelField `json:"fields,omitempty"`
}

// A LabelField is a field of a label.
type LabelField struct {
	ID      string   `json:"id"`
	Name    string   `json:"name"`
	Type    string   `json:"type"` // dateString, integer, selection, text, user
	Choices []string `json:"choices,omitempty"`
	Many    bool     `json:"many,omitempty"` // takes more than one value
}

// An App is one that opens files, as the people see it who have installed it.
type App struct {
	ID         string   `json:"id"`
	Client     string   `json:"client,omitempty"` // its OAuth client
	Name       string   `json:"name"`
	About      string   `json:"about,omitempty"`
	Makes      string   `json:"makes,omitempty"` // what it calls the things it makes: Chart
	Types      []string `json:"types,omitempty"`
	Extensions []string `json:"extensions,omitempty"`
	MoreTypes  []string `json:"more_types,omitempty"`
	OpenURL    string   `json:"open_url,omitempty"`
	CreateURL  string   `json:"create_url,omitempty"`
	Users      []string `json:"users,omitempty"` // who has installed it
}

// A Proposal is somebody's wish to be let at a file.
type Proposal struct {
	ID        string   `json:"id"`
	File      string   `json:"file"`
	Requester string   `json:"requester"` // addresses
	Recipient string   `json:"recipient"`
	Roles     []string `json:"roles"`
	View      string   `json:"view,omitempty"`
	Message   string   `json:"message,omitempty"`
	Created   int64    `json:"created"`
}

// An Approval is a question to reviewers whether a file is good.
type Approval struct {
	ID        string     `json:"id"`
	File      string     `json:"file"`
	Initiator string     `json:"initiator"` // a user's id
	Status    string     `json:"status"`
	OnChange  string     `json:"on_change"` // what a change of the file does to it
	Reviewers []Reviewer `json:"reviewers"`
	Log       []Entry    `json:"log,omitempty"`
	Revision  string     `json:"revision,omitempty"` // that is reviewed
	Created   int64      `json:"created"`
	Modified  int64      `json:"modified"`
	Completed int64      `json:"completed,omitempty"`
	Due       int64      `json:"due,omitempty"`
}

// A Reviewer is who is asked, and what they said.
type Reviewer struct {
	User     string `json:"user"`
	Response string `json:"response"`
}

// An Entry is one step of an approval.
type Entry struct {
	At      int64  `json:"at"`
	By      string `json:"by"`
	What    string `json:"what"`
	Message string `json:"message,omitempty"`
}

// A Budget is what somebody has used of their quota within a minute.
type Budget struct {
	User   string `json:"user"`
	Minute int64  `json:"minute"`
	Used   int    `json:"used"`
}

func newState(s *store.Schema) state {
	st := state{
		uploads:     store.NewCollection(s, "gdrive.uploads", func(u *Upload) string { return u.ID }),
		operations:  store.NewCollection(s, "gdrive.operations", func(o *Operation) string { return o.Name }),
		channels:    store.NewCollection(s, "gdrive.channels", func(c *Channel) string { return c.Client + "/" + c.ID }),
		labels:      store.NewCollection(s, "gdrive.labels", func(l *Label) string { return l.ID }),
		apps:        store.NewCollection(s, "gdrive.apps", func(a *App) string { return a.ID }),
		proposals:   store.NewCollection(s, "gdrive.access_proposals", func(p *Proposal) string { return p.File + "/" + p.ID }),
		approvals:   store.NewCollection(s, "gdrive.approvals", func(a *Approval) string { return a.File + "/" + a.ID }),
		keyServices: store.NewCollection(s, "gdrive.key_services", func(*KeyService) string { return "keys" }),
		budgets:     store.NewCollection(s, "gdrive.budgets", func(b *Budget) string { return strings.ToLower(b.User) }),
	}
	st.uploads.Blobs(func(u *Upload) []string { return u.Pieces })
	return st
}
