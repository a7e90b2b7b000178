package slack

import (
	"net/http"
	"slices"
	"testing"

	"github.com/slack-go/slack"

	"twinset.dev/conformance/internal/lab"
)

// twin is the process that all tests share.
var twin = lab.Of("slack")

func TestMain(m *testing.M) { lab.Main(m) }

// An env is a world of its own and clients for it.
type env struct {
	t     *testing.T
	url   string // of the world
	creds credentials
}

type credentials struct {
	Env   map[string]string
	Slack struct {
		Apps []struct {
			ID, Name          string
			ClientID          string `json:"client_id"`
			ClientSecret      string `json:"client_secret"`
			SigningSecret     string `json:"signing_secret"`
			VerificationToken string `json:"verification_token"`
		}
		Tokens []struct {
			App, Kind, User, Name, Token string
			Scopes                       []string
		}
	}
}

// world forks a world for the test and drops it afterwards.
func world(t *testing.T) *env {
	t.Helper()
	e := &env{t: t}
	e.url = twin.World(t, &e.creds)
	return e
}

// act does what a person does: an action of the control plane.
func (e *env) act(action string, in any, out any) {
	e.t.Helper()
	control(e.t, http.MethodPost, e.url+"/_twin/actions/"+action, in, out)
}

// bot is slack-go with the bot's token; user with that of a person who has authorized the demo's app ("ana", "bo").
func (e *env) bot(more ...slack.Option) *slack.Client {
	return e.client(e.creds.Env["SLACK_BOT_TOKEN"], more...)
}

func (e *env) user(name string, more ...slack.Option) *slack.Client {
	e.t.Helper()
	for _, tok := range e.creds.Slack.Tokens {
		if tok.Kind == "user" && tok.Name == name {
			return e.client(tok.Token, more...)
		}
	}
	e.t.Fatalf("nobody called %q has a token", name)
	return nil
}

func (e *env) client(token string, more ...slack.Option) *slack.Client {
	return slack.New(token, append([]slack.Option{
		slack.OptionAPIURL(e.url + "/api/"), slack.OptionAuditAPIURL(e.url + "/"), slack.OptionAppLevelToken(e.creds.Env["SLACK_APP_TOKEN"]),
	}, more...)...)
}

// channel returns the id of a channel of the demo company by its name, and user ids likewise.
func (e *env) channel(name string) string {
	e.t.Helper()
	cursor := ""
	for {
		chs, next, err := e.user("ana").GetConversations(&slack.GetConversationsParameters{Cursor: cursor, Types: []string{"public_channel", "private_channel"}})
		must(e.t, err)
		for _, ch := range chs {
			if ch.Name == name {
				return ch.ID
			}
		}
		if cursor = next; next == "" {
			e.t.Fatalf("there is no channel %q", name)
		}
	}
}

func (e *env) person(name string) string {
	e.t.Helper()
	us, err := e.bot().GetUsers()
	must(e.t, err)
	i := slices.IndexFunc(us, func(u slack.User) bool { return u.Name == name })
	if i < 0 {
		e.t.Fatalf("there is nobody called %q", name)
	}
	return us[i].ID
}

var (
	must       = lab.Must
	control    = lab.Control
	eventually = lab.Eventually
)

func want[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	lab.Want(t, what, got, want)
}

// rows are the tests of the symbols, registered by the files of this package by family.
var rows = lab.Rows{Service: "slack", Prefix: "slack.Client."}

func row(symbol string, f func(*testing.T)) { rows.Row(symbol, f) }

// TestSymbols drives every symbol of slack-go that calls Slack.
func TestSymbols(t *testing.T) {
	names := make([]string, len(Symbols))
	for i, s := range Symbols {
		names[i] = s.Name
	}
	rows.Run(t, names)
}
