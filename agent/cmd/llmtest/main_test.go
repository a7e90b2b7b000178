package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestServe plays a script from the command line, prints what to export, and says at its end what was left.
func TestServe(t *testing.T) {
	file := filepath.Join(t.TempDir(), "script.yaml")
	if err := os.WriteFile(file, []byte("steps: [{say: one}, {say: two}]"), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	cmd := command()
	r, w := io.Pipe()
	cmd.SetOut(w)
	cmd.SetArgs([]string{"--listen", "127.0.0.1:0", "--script", file})
	done := make(chan error, 1)
	go func() { done <- cmd.ExecuteContext(ctx); w.Close() }()
	lines := bufio.NewScanner(r)
	var url string
	for range 3 {
		lines.Scan()
		if m := regexp.MustCompile(`OPENAI_BASE_URL=(\S+)`).FindStringSubmatch(lines.Text()); m != nil {
			url = m[1]
		}
	}
	req, err := http.NewRequest("POST", url+"/chat/completions", strings.NewReader(`{"model":"m","messages":[{"role":"user","content":"hi"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer test-key")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	if !strings.Contains(string(body), `"one"`) || !strings.Contains(string(body), `simulated/m`) {
		t.Errorf("it says %s", body)
	}
	stop()
	lines.Scan()
	if err := <-done; !errors.Is(err, errLeft) || lines.Text() != "test-key: nobody asked for: two" {
		t.Errorf("at the end: %v, %q", err, lines.Text())
	}
}

// TestFlags refuses what makes no sense, and takes every brain there is.
func TestFlags(t *testing.T) {
	patches := filepath.Join(t.TempDir(), "patches.yaml")
	if err := os.WriteFile(patches, []byte("rules: []"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, o := range []options{{}, {script: "a", brain: "null"}, {script: "/no/such"}, {brain: "genius"}, {brain: "thief"}, {brain: "fixer"},
		{brain: "fixer", patches: "/no/such"}, {brain: "oracle"}, {brain: "oracle", truth: "("}} {
		if _, err := o.server(); err == nil {
			t.Errorf("%+v is taken", o)
		}
	}
	for _, b := range []string{"fixer", "lazy", "hardcoder", "null", "looper", "thief", "flaky", "oracle", "noisy", "gullible", "verbose"} {
		if s, err := (options{brain: b, patches: patches, targets: []string{"/x"}, truth: "x"}).server(); err != nil || s.Brain == nil {
			t.Errorf("%s: %v", b, err)
		}
	}
}
