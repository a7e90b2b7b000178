package google

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/google"
	"google.golang.org/api/docs/v1"
	"google.golang.org/api/drive/v3"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/option"
	"google.golang.org/api/sheets/v4"

	"twinset.dev/conformance/internal/lab"
)

// twin is the process that all tests share: the three twins on one port.
var twin = lab.Of("google")

func TestMain(m *testing.M) { lab.Main(m) }

type credentials struct {
	Env    map[string]string
	Google struct {
		Tokens         map[string]string
		AuthorizedUser map[string]string `json:"authorized_user"`
		ServiceAccount map[string]string `json:"service_account"`
		Web, Installed struct {
			ClientID     string `json:"client_id"`
			ClientSecret string `json:"client_secret"`
		}
		Device struct {
			ClientID     string `json:"client_id"`
			ClientSecret string `json:"client_secret"`
		}
	}
}

// An env is a world of its own, and clients for it.
type env struct {
	t     *testing.T
	url   string
	creds credentials
	*client
}

// A client is somebody's: of each service.
type client struct {
	drive  *drive.Service
	sheets *sheets.Service
	docs   *docs.Service
	http   *http.Client
}

// world forks a world for the test and drops it afterwards. Its client is ana's, by a refresh token.
func world(t *testing.T) *env {
	t.Helper()
	var creds credentials
	url := twin.World(t, &creds)
	return at(t, url, creds)
}

func at(t *testing.T, url string, creds credentials) *env {
	t.Helper()
	e := &env{t: t, url: url, creds: creds}
	u := creds.Google.AuthorizedUser
	app := oauth2.Config{ClientID: u["client_id"], ClientSecret: u["client_secret"], Endpoint: oauth2.Endpoint{TokenURL: u["token_uri"], AuthStyle: oauth2.AuthStyleInParams}}
	e.client = e.by(app.TokenSource(context.Background(), &oauth2.Token{RefreshToken: u["refresh_token"]}))
	return e
}

// by are clients with the tokens of a source.
func (e *env) by(ts oauth2.TokenSource) *client {
	return e.over(&http.Client{Transport: &oauth2.Transport{Source: ts}})
}

// over are clients that send what they ask by an HTTP client.
func (e *env) over(h *http.Client) *client {
	e.t.Helper()
	ctx, c := context.Background(), &client{http: h}
	var err error
	c.drive, err = drive.NewService(ctx, option.WithEndpoint(e.url+"/drive/v3/"), option.WithHTTPClient(h))
	must(e.t, err)
	c.sheets, err = sheets.NewService(ctx, option.WithEndpoint(e.url+"/"), option.WithHTTPClient(h))
	must(e.t, err)
	c.docs, err = docs.NewService(ctx, option.WithEndpoint(e.url+"/"), option.WithHTTPClient(h))
	must(e.t, err)
	return c
}

// as are the clients of one of the company's people, or of anybody by their whole address.
func (e *env) as(name string) *client {
	e.t.Helper()
	if !strings.Contains(name, "@") {
		name += "@acme.example"
	}
	token := e.creds.Google.Tokens[name]
	if token == "" {
		e.t.Fatalf("there is no token of %s", name)
	}
	return e.by(oauth2.StaticTokenSource(&oauth2.Token{AccessToken: token}))
}

// robot are the clients of the service account, in somebody's name if one is given.
func (e *env) robot(subject string, scopes ...string) *client {
	e.t.Helper()
	conf, err := google.JWTConfigFromJSON([]byte(e.creds.Env["GOOGLE_APPLICATION_CREDENTIALS_JSON"]), scopes...)
	must(e.t, err)
	conf.Subject = subject
	return e.by(conf.TokenSource(context.Background()))
}

var must = lab.Must

func want[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	lab.Want(t, what, got, want)
}

// refused wants Google to have said no with a status and, in the older dialect, for a reason.
func refused(t *testing.T, err error, code int, reason string) {
	t.Helper()
	var said *googleapi.Error
	if !errors.As(err, &said) {
		t.Fatalf("got %v, want %d %s", err, code, reason)
	}
	if said.Code != code {
		t.Fatalf("refused with %d %s, want %d %s", said.Code, said.Message, code, reason)
	}
	if len(said.Errors) > 0 && said.Errors[0].Reason != reason || len(said.Errors) == 0 && !strings.Contains(said.Message, reason) {
		t.Fatalf("refused with %v, want %s", said, reason)
	}
}

// rows are the tests of the symbols, registered by the files of this package by family.
var rows = map[string]*lab.Rows{
	"gdrive": {Service: "gdrive", Prefix: "drive."}, "gsheets": {Service: "gsheets", Prefix: "sheets."}, "gdocs": {Service: "gdocs", Prefix: "docs."},
}

// row registers the test of a method of Drive, Sheets or Docs: "drive", "FilesListCall.Do".
func row(service, method string, f func(*testing.T)) {
	rows["g"+service].Row(service+"."+method, f)
}

// TestSymbols drives every method of google.golang.org/api that calls Drive, Sheets or Docs.
func TestSymbols(t *testing.T) {
	for _, service := range []string{"gdrive", "gsheets", "gdocs"} {
		t.Run(service, func(t *testing.T) {
			var names []string
			for _, s := range Symbols[service] {
				names = append(names, s.Name)
			}
			rows[service].Run(t, names)
		})
	}
}
