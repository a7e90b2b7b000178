package storecmd

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"twinset.dev/agent/cxdb"
	"twinset.dev/agent/record"
)

// run runs a command and returns what it printed.
func run(t *testing.T, c *cobra.Command, in string, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	c.SilenceErrors, c.SilenceUsage = true, true
	c.SetArgs(args)
	c.SetIn(strings.NewReader(in))
	c.SetOut(&out)
	c.SetErr(io.Discard)
	err := c.ExecuteContext(context.Background())
	return out.String(), err
}

func says(t *testing.T, want, in string, args ...string) {
	t.Helper()
	got, err := run(t, Cxdb(), in, args...)
	if err != nil || got != want {
		t.Fatalf("cxdb %s: got %q, %v; want %q", strings.Join(args, " "), got, err, want)
	}
}

func refuses(t *testing.T, want string, args ...string) {
	t.Helper()
	if _, err := run(t, Cxdb(), "{}", args...); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("cxdb %s: got %v, want %q", strings.Join(args, " "), err, want)
	}
}

func TestCommands(t *testing.T) {
	t.Setenv("CXDB_STORE", filepath.Join(t.TempDir(), "store"))
	refuses(t, "no store", "ls")
	refuses(t, "no store", "verify")
	says(t, "0 contexts, 0 turns, 0 blobs, 0 problems\n", `{"end":{}}`, "import")
	says(t, "1\n", "", "fork", "0")
	says(t, "1\n", `{"text": "hi", "n": 9007199254740993}`, "append", "1", "--type", "my.Note", "--key", "k")
	says(t, "1\n", `{"text": "hi", "n": 9007199254740993}`, "append", "1", "--type", "my.Note", "--key", "k")
	says(t, "2\n", `{"text": "more"}`, "append", "1", "--type", "my.Note")
	says(t, "2\n", "", "fork", "1")
	if b, err := os.ReadFile(filepath.Join(os.Getenv("CXDB_STORE"), ".gitignore")); err != nil || string(b) != "*\n" {
		t.Errorf("git would take the store for a part of the work: %q, %v", b, err)
	}
	got, err := run(t, Cxdb(), "", "get", "turn", "1")
	if err != nil || !strings.HasSuffix(got, `"data":{"n":9007199254740993,"text":"hi"}}`+"\n") {
		t.Fatal(got, err)
	}
	var turn cxdb.Turn
	if err := json.Unmarshal([]byte(got), &turn); err != nil {
		t.Fatal(err)
	}
	if got, err := run(t, Cxdb(), "", "get", "context", "1", "--limit", "1"); err != nil || strings.Count(got, "\n") != 1 || !strings.Contains(got, "more") {
		t.Error(got, err)
	}
	if blob, err := run(t, Cxdb(), "", "get", "blob", turn.Hash.String()); err != nil || cxdb.Sum([]byte(blob)) != turn.Hash {
		t.Errorf("%q %v", blob, err)
	}
	if got, err := run(t, Cxdb(), "", "ls", "parent = 1"); err != nil || strings.Count(got, "\n") != 2 || !strings.Contains(got, "1 at 1") {
		t.Error(got, err)
	}
	says(t, "2 contexts, 2 turns, 2 blobs, 0 problems\n", "", "verify")
	dump, err := run(t, Cxdb(), "", "export")
	if err != nil {
		t.Fatal(err)
	}
	says(t, "2 contexts, 2 turns, 2 blobs, 0 problems\n", dump, "import", "--store", t.TempDir())

	refuses(t, "turn 9 not found", "get", "turn", "9")
	refuses(t, "is not an id", "get", "turn", "nine")
	refuses(t, "get what?", "get", "thing", "1")
	refuses(t, "64 hexadecimal digits", "get", "blob", "ab")
	refuses(t, "CQL at 0", "ls", "colour = 1")
	refuses(t, `required flag(s) "type"`, "append", "1")
	refuses(t, "is not an id", "fork", "x")
	refuses(t, "the store's directory", "export", "--store", "http://127.0.0.1:1")
	refuses(t, "connection refused", "ls", "--store", "http://127.0.0.1:1")
}

// TestServe serves a store with tokens, and reads it through the commands of somebody else.
func TestServe(t *testing.T) {
	dir := t.TempDir()
	tokens := filepath.Join(dir, "tokens")
	if err := os.WriteFile(tokens, []byte("# who may see what\nagent a-token\n* o-token read-only\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	c := Cxdb()
	r, w := io.Pipe()
	c.SetOut(w)
	c.SetErr(io.Discard)
	c.SetArgs([]string{"serve", "--dir", filepath.Join(dir, "store"), "--addr", "127.0.0.1:0", "--binary", "127.0.0.1:0", "--tokens", tokens})
	done := make(chan error)
	go func() { done <- c.ExecuteContext(ctx) }()
	lines := bufio.NewScanner(r)
	lines.Scan()
	address := strings.TrimPrefix(lines.Text(), "binary protocol on ")
	lines.Scan()
	t.Setenv("CXDB_STORE", strings.TrimPrefix(lines.Text(), "export CXDB_STORE="))

	refuses(t, "token is missing", "ls")
	t.Setenv("CXDB_TOKEN", "a-token")
	says(t, "1\n", "", "fork", "0")
	says(t, "1\n", `{"x": 1}`, "append", "1", "--type", "t")
	if conn, err := cxdb.Dial(ctx, address, "test", "a-token"); err != nil {
		t.Error(err)
	} else if x, err := conn.Head(ctx, 1); err != nil || x.Head != 1 {
		t.Error(x, err)
	}
	t.Setenv("CXDB_TOKEN", "o-token")
	if got, err := run(t, Cxdb(), "", "get", "context", "1"); err != nil || !strings.Contains(got, `"data":{"x":1}`) {
		t.Error(got, err)
	}
	refuses(t, "read-only", "fork", "0")
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestTokenFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokens")
	for text, want := range map[string]string{
		"agent\n": ":1: a line is", "\nagent t writes\n": ":2: a line is", "a t\nb t\n": ":2: the token opens", "# none\n": "no tokens"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := readTokens(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := readTokens(path); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Error("everybody may read the tokens: ", err)
	}
}

// TestReports reads one store in both reports: they agree on the number of calls.
func TestReports(t *testing.T) {
	dir := t.TempDir()
	s, err := cxdb.Open(dir, cxdb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, price := context.Background(), .5
	run1, err := record.Begin(ctx, s.Everything(), record.RunStarted{Run: "r", Pipeline: "p"})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"a", "b", "c"} {
		if err := run1.Call(ctx, record.LLMCall{ID: id, Time: record.At(time.Now()), Use: "code", Provider: "p", Requested: "m", In: 10, USD: &price}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	t.Setenv("CXDB_STORE", dir)
	if got, err := run(t, Weather(), "", "prefer", "code", "best", "--by", "dana", "--reason", "demo"); err != nil {
		t.Fatal(got, err)
	}
	out := t.TempDir()
	if _, err := run(t, Weather(), "", "--dir", filepath.Join(out, "new")); err != nil {
		t.Fatal(err)
	}
	var w struct {
		Calls struct{ Total int64 }
	}
	var sp struct{ Today struct{ Calls int64 } }
	b, err := os.ReadFile(filepath.Join(out, "new", "weather.json"))
	if err != nil || json.Unmarshal(b, &w) != nil {
		t.Fatal(err, string(b))
	}
	text, err := run(t, Spend(), "", "--format", "json", "--engineers", "3")
	if err != nil || json.Unmarshal([]byte(text), &sp) != nil || w.Calls.Total != 3 || sp.Today.Calls != 3 {
		t.Errorf("weather counts %d, spend %d: %v %s", w.Calls.Total, sp.Today.Calls, err, text)
	}
	for _, name := range []string{"weather.html", "weather.md", "feed.xml"} {
		if b, err := os.ReadFile(filepath.Join(out, "new", name)); err != nil || len(b) == 0 {
			t.Error(name, err)
		}
	}
	if got, err := run(t, Spend(), ""); err != nil || !strings.Contains(got, "$1.50") || !strings.Contains(got, "none: no satisfied trajectory") {
		t.Error(got, err)
	}
	for _, args := range [][]string{{"--format", "pdf"}, {"--engineers", "0"}, {"--calendar", "nowhere.json"}} {
		if _, err := run(t, Spend(), "", args...); err == nil {
			t.Errorf("spend %v: no error", args)
		}
	}
}
