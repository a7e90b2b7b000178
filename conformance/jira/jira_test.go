package jira

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/andygrunwald/go-jira"

	"twinset.dev/conformance/internal/lab"
)

// twin is the process that all tests share.
var twin = lab.Of("jira")

func TestMain(m *testing.M) { lab.Main(m) }

// An env is a world of its own and a client for it.
type env struct {
	t     *testing.T
	url   string
	creds credentials
	*jira.Client
}

type credentials struct {
	Env  map[string]string
	Jira struct {
		People map[string]struct{ AccountID, Email, Token string }
	}
}

// world forks a world for the test and drops it afterwards.
func world(t *testing.T) *env {
	t.Helper()
	var creds credentials
	url := twin.World(t, &creds)
	return at(t, url, creds)
}

// at is a client for the site at an address, of its first administrator.
func at(t *testing.T, url string, creds credentials) *env {
	t.Helper()
	e := &env{t: t, url: url, creds: creds}
	e.Client = e.signedIn(creds.Env["JIRA_USER"], creds.Env["JIRA_TOKEN"])
	return e
}

// signedIn is a client of somebody with an API token.
func (e *env) signedIn(email, token string) *jira.Client {
	e.t.Helper()
	tp := jira.BasicAuthTransport{Username: email, Password: token}
	c, err := jira.NewClient(tp.Client(), e.url)
	must(e.t, err)
	return c
}

// as is a client of one of the company's people.
func (e *env) as(name string) *jira.Client {
	e.t.Helper()
	p := e.creds.Jira.People[name]
	return e.signedIn(p.Email, p.Token)
}

// id is the account of one of the company's people.
func (e *env) id(name string) string { return e.creds.Jira.People[name].AccountID }

var must = lab.Must

func want[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	lab.Want(t, what, got, want)
}

// refused fails the test unless the site said no with a sentence that has these words in it.
func refused(t *testing.T, err error, words string) {
	t.Helper()
	if err == nil {
		t.Fatalf("nothing was refused, want %q", words)
	}
	said := err.Error()
	if je := (*jira.Error)(nil); errors.As(err, &je) {
		said += strings.Join(je.ErrorMessages, "\n")
		for _, s := range je.Errors {
			said += "\n" + s
		}
	}
	if !strings.Contains(said, words) {
		t.Fatalf("refused with %q, want %q", said, words)
	}
}

// keys are the keys of issues, in order.
func keys(issues []jira.Issue) string {
	var all []string
	for _, i := range issues {
		all = append(all, i.Key)
	}
	return strings.Join(all, " ")
}

// sorted are words in order.
func sorted(words []string) string {
	words = slices.Sorted(slices.Values(words))
	return strings.Join(words, " ")
}

// rows are the tests of the symbols, registered by the files of this package by family.
var rows = lab.Rows{Service: "jira", Prefix: "jira."}

// row registers the test of a symbol by service and method: "Board", "GetAllBoards".
func row(service, method string, f func(*testing.T)) {
	rows.Row("jira."+service+"Service."+method+"WithContext", f)
}

// TestSymbols drives every symbol of go-jira that calls Jira.
func TestSymbols(t *testing.T) {
	names := make([]string, len(Symbols))
	for i, s := range Symbols {
		names[i] = s.Name
	}
	rows.Run(t, names)
}
