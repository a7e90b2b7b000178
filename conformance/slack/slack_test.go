package slack

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/slack-go/slack"
)

// twin is the process that all tests share; TWIN_SLACK_URL names one that runs already.
var twin = sync.OnceValues(func() (string, error) {
	if url := os.Getenv("TWIN_SLACK_URL"); url != "" {
		return url, nil
	}
	bin, err := build()
	if err != nil {
		return "", err
	}
	cmd := exec.Command(bin, "-addr", "127.0.0.1:0")
	url, err := serve(cmd)
	if err == nil {
		cleanup = append(cleanup, func() { cmd.Process.Kill(); cmd.Wait() })
	}
	return url, err
})

// build makes the twin's binary, once.
var build = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "slack-twin")
	if err != nil {
		return "", err
	}
	cleanup = append(cleanup, func() { os.RemoveAll(dir) })
	bin := filepath.Join(dir, "slack-twin")
	if out, err := exec.Command("go", "build", "-o", bin, "twinset.dev/twins/slack/cmd/slack").CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return bin, nil
})

// serve starts a twin and returns the URL that it says it listens on.
func serve(cmd *exec.Cmd) (string, error) {
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := cmd.Start(); err != nil {
		return "", err
	}
	buf := make([]byte, 4096)
	var seen []byte
	for {
		n, err := out.Read(buf)
		seen = append(seen, buf[:n]...)
		if m := regexp.MustCompile(`on (http://\S+)\n`).FindSubmatch(seen); m != nil {
			go io.Copy(io.Discard, out)
			return string(m[1]), nil
		}
		if err != nil {
			return "", fmt.Errorf("the twin said %q: %w", seen, err)
		}
	}
}

var cleanup []func()

func TestMain(m *testing.M) {
	code := m.Run()
	for _, f := range slices.Backward(cleanup) {
		f()
	}
	os.Exit(code)
}

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

var worlds atomic.Int64

// world forks a world for the test and drops it afterwards.
func world(t *testing.T) *env {
	t.Helper()
	root, err := twin()
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("c%d-%d", os.Getpid(), worlds.Add(1))
	var made struct {
		Credentials credentials
	}
	control(t, http.MethodPost, root+"/_twin/worlds", map[string]any{"name": name}, &made)
	t.Cleanup(func() { control(t, http.MethodDelete, root+"/_twin/worlds/"+name, nil, nil) })
	return &env{t, root + "/w/" + name, made.Credentials}
}

// control calls the control plane.
func control(t *testing.T, method, url string, in, out any) {
	t.Helper()
	b, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	if in == nil {
		b = nil
	}
	req, err := http.NewRequest(method, url, bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(res.Body)
	if res.StatusCode >= 300 {
		t.Fatalf("%s %s: %s %s", method, url, res.Status, body)
	}
	if out != nil {
		if err := json.Unmarshal(body, out); err != nil {
			t.Fatalf("%s: %v: %s", url, err, body)
		}
	}
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

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// want fails the test unless got is what was wanted.
func want[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Fatalf("%s is %v, want %v", what, got, want)
	}
}

// eventually waits for something that happens on its own time.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("%s did not happen within 5 s", what)
}

// rows are the tests of the symbols, registered by the files of this package by family.
var rows = map[string]func(*testing.T){}

// row registers the test of a symbol, whose name goes without "slack.Client.".
func row(symbol string, f func(*testing.T)) {
	if !strings.Contains(symbol, ".") {
		symbol = "slack.Client." + symbol
	}
	if rows[symbol] != nil {
		panic(symbol + " has two rows")
	}
	rows[symbol] = f
}

// TestSymbols drives every symbol of slack-go that calls Slack, and says how many do what they should.
func TestSymbols(t *testing.T) {
	passed := atomic.Int64{}
	t.Run("row", func(t *testing.T) {
		for _, s := range Symbols {
			t.Run(strings.TrimPrefix(s.Name, "slack.Client."), func(t *testing.T) {
				f := rows[s.Name]
				if f == nil {
					t.Fatalf("%s has no row", s.Name)
				}
				t.Parallel()
				t.Cleanup(func() {
					if !t.Failed() {
						passed.Add(1)
					}
				})
				f(t)
			})
		}
	})
	t.Logf("slack: %d of %d symbols", passed.Load(), len(Symbols))
	report(t, "sdk", map[string]any{"sdk": map[string]int64{"passed": passed.Load(), "of": int64(len(Symbols))}})
}

// report leaves figures for the scoreboard, if somebody gathers them.
func report(t *testing.T, name string, figures any) {
	dir := os.Getenv("COUNTS")
	if dir == "" {
		return
	}
	b, err := json.Marshal(figures)
	must(t, err)
	must(t, os.WriteFile(filepath.Join(dir, "slack."+name+".json"), b, 0o644))
}
