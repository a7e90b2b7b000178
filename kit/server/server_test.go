package server

import (
	"io"
	"net/http"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"twinset.dev/kit/twin"
)

// TestLinesToPaste starts a twin as a user does and calls the address that its lines name.
func TestLinesToPaste(t *testing.T) {
	mount := func(h *twin.Host) *twin.Base {
		var b *twin.Base
		b = h.Mount(twin.Config{Service: "bell", Title: "Bell", Credentials: func(c *twin.Call) (map[string]string, map[string]any) {
			return map[string]string{"BELL_URL": b.URL(c)}, nil
		}})
		return b
	}
	said, out := io.Pipe()
	done := make(chan error, 1)
	go func() { done <- run([]string{"-addr", "127.0.0.1:0"}, out, nil, mount) }()
	lines := ""
	b := make([]byte, 1024)
	for !strings.Contains(lines, "control") {
		n, err := said.Read(b)
		if err != nil {
			t.Fatalf("after %q: %v", lines, err)
		}
		lines += string(b[:n])
	}
	go io.Copy(io.Discard, said)
	m := regexp.MustCompile(`export BELL_URL=(\S+)`).FindStringSubmatch(lines)
	if m == nil {
		t.Fatalf("no line to paste in %s", lines)
	}
	res, err := http.Get(m[1] + "/_twin/health")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Errorf("%s answers %s", m[1], res.Status)
	}
	syscall.Kill(syscall.Getpid(), syscall.SIGTERM)
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Error("the twin does not stop")
	}
}
