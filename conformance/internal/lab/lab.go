// Package lab is what the conformance tests of all twins share: the twin as a process, a world for each test, and
// the rows of the table that says which symbols of an SDK do what they should.
package lab

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
)

// A Twin is the process that the tests of one service share; TWIN_SLACK_URL and the like name one that runs already.
type Twin struct {
	Service string
	Build   func() (string, error) // makes the binary, once
	url     func() (string, error)
	worlds  atomic.Int64
}

// Of is the twin of a service. Nothing is started yet.
func Of(service string) *Twin {
	t := &Twin{Service: service}
	t.Build = sync.OnceValues(t.build)
	t.url = sync.OnceValues(t.start)
	return t
}

func (w *Twin) start() (string, error) {
	if url := os.Getenv("TWIN_" + strings.ToUpper(w.Service) + "_URL"); url != "" {
		return url, nil
	}
	bin, err := w.Build()
	if err != nil {
		return "", err
	}
	cmd := exec.Command(bin, "-addr", "127.0.0.1:0")
	url, err := Serve(cmd)
	if err == nil {
		cleanup = append(cleanup, func() { cmd.Process.Kill(); cmd.Wait() })
	}
	return url, err
}

func (w *Twin) build() (string, error) {
	dir, err := os.MkdirTemp("", w.Service+"-twin")
	if err != nil {
		return "", err
	}
	cleanup = append(cleanup, func() { os.RemoveAll(dir) })
	bin := filepath.Join(dir, w.Service+"-twin")
	if out, err := exec.Command("go", "build", "-o", bin, "twinset.dev/twins/"+w.Service+"/cmd/"+w.Service).CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return bin, nil
}

// Serve starts a twin and returns the URL that it says it listens on.
func Serve(cmd *exec.Cmd) (string, error) {
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
		if m := listening.FindSubmatch(seen); m != nil {
			go io.Copy(io.Discard, out)
			return string(m[1]), nil
		}
		if err != nil {
			return "", fmt.Errorf("the twin said %q: %w", seen, err)
		}
	}
}

var (
	listening = regexp.MustCompile(`on (http://\S+)\n`)
	cleanup   []func()
)

// Main runs a package's tests and ends what they started.
func Main(m *testing.M) {
	code := m.Run()
	for _, f := range slices.Backward(cleanup) {
		f()
	}
	os.Exit(code)
}

// World forks a world for the test and drops it afterwards. It returns the world's URL, and its credentials in creds.
func (w *Twin) World(t *testing.T, creds any) string {
	t.Helper()
	root, err := w.url()
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("c%d-%d", os.Getpid(), w.worlds.Add(1))
	made := struct{ Credentials any }{creds}
	Control(t, http.MethodPost, root+"/_twin/worlds", map[string]any{"name": name}, &made)
	t.Cleanup(func() { Control(t, http.MethodDelete, root+"/_twin/worlds/"+name, nil, nil) })
	return root + "/w/" + name
}

// Control calls the control plane.
func Control(t *testing.T, method, url string, in, out any) {
	t.Helper()
	b, err := json.Marshal(in)
	Must(t, err)
	if in == nil {
		b = nil
	}
	req, err := http.NewRequest(method, url, bytes.NewReader(b))
	Must(t, err)
	res, err := http.DefaultClient.Do(req)
	Must(t, err)
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

// Must fails the test on an error.
func Must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Want fails the test unless got is what was wanted.
func Want[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Fatalf("%s is %v, want %v", what, got, want)
	}
}

// Eventually waits for something that happens on its own time.
func Eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("%s did not happen within 5 s", what)
}

// Rows are the tests of an SDK's symbols.
type Rows struct {
	Service string
	Prefix  string // what a symbol may be named without
	tests   map[string]func(*testing.T)
}

// Row registers the test of a symbol.
func (r *Rows) Row(symbol string, f func(*testing.T)) {
	if !strings.Contains(symbol, ".") {
		symbol = r.Prefix + symbol
	}
	if r.tests[symbol] != nil {
		panic(symbol + " has two rows")
	}
	if r.tests == nil {
		r.tests = map[string]func(*testing.T){}
	}
	r.tests[symbol] = f
}

// Run drives every symbol, and says how many do what they should.
func (r *Rows) Run(t *testing.T, symbols []string) {
	passed := atomic.Int64{}
	t.Run("row", func(t *testing.T) {
		for _, s := range symbols {
			t.Run(strings.TrimPrefix(s, r.Prefix), func(t *testing.T) {
				f := r.tests[s]
				if f == nil {
					t.Skip("nothing drives it yet") // and so it does not count
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
	t.Logf("%s: %d of %d symbols", r.Service, passed.Load(), len(symbols))
	Report(t, r.Service, "sdk", map[string]any{"sdk": map[string]int64{"passed": passed.Load(), "of": int64(len(symbols))}})
}

// Report leaves figures for the scoreboard, if somebody gathers them.
func Report(t *testing.T, service, name string, figures any) {
	dir := os.Getenv("COUNTS")
	if dir == "" {
		return
	}
	b, err := json.Marshal(figures)
	Must(t, err)
	Must(t, os.WriteFile(filepath.Join(dir, service+"."+name+".json"), b, 0o644))
}
