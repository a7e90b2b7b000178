// Package adapter is what the providers of package llm have in common: an HTTP client that does not wait for ever, and the bookkeeping
// of a stream's segments.
package adapter

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"twinset.dev/agent/llm"
)

// HTTPClient keeps the times of an endpoint, and refuses answers that are neither JSON nor a stream of events.
func HTTPClient(e llm.Endpoint, provider string) *http.Client {
	base := http.DefaultTransport.(*http.Transport).Clone()
	base.DialContext = (&net.Dialer{Timeout: cmp.Or(e.Connect, 10*time.Second)}).DialContext
	return &http.Client{Transport: patience{base, provider, cmp.Or(e.Request, 2*time.Minute), cmp.Or(e.Idle, 30*time.Second)}}
}

// patience ends what takes too long.
type patience struct {
	base          http.RoundTripper
	provider      string
	request, idle time.Duration
}

func (p patience) late(what string, d time.Duration) error {
	return &llm.Error{Kind: llm.ErrTimeout, Provider: p.provider, Message: fmt.Sprintf("no %s for %v", what, d)}
}

func (p patience) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(r.Context())
	timer := time.AfterFunc(p.request, func() { cancel(p.late("answer", p.request)) })
	resp, err := p.base.RoundTrip(r.WithContext(ctx))
	if err != nil {
		timer.Stop()
		return nil, cause(ctx, err)
	}
	body := &patientBody{resp.Body, ctx, cancel, timer, 0}
	resp.Body = body
	switch kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); {
	case resp.StatusCode >= 400 || kind == "application/json" || kind == "":
	case kind == "text/event-stream":
		body.idle = p.idle
		timer.Stop() // its func is bound to the whole request
		body.timer = time.AfterFunc(p.idle, func() { cancel(p.late("event", p.idle)) })
	default:
		body.Close()
		return nil, &llm.Error{Kind: llm.ErrStream, Provider: p.provider, Status: resp.StatusCode,
			Message: "the answer is " + kind + ", not JSON and not a stream of events"}
	}
	return resp, nil
}

// cause is the timeout that ended ctx, or err if that was something else.
func cause(ctx context.Context, err error) error {
	var late *llm.Error
	if errors.As(context.Cause(ctx), &late) {
		return late
	}
	return err
}

type patientBody struct {
	io.ReadCloser
	ctx    context.Context
	cancel context.CancelCauseFunc
	timer  *time.Timer
	idle   time.Duration // 0: the timer runs to the end of the answer
}

func (b *patientBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		return n, cause(b.ctx, err)
	}
	if b.idle > 0 {
		b.timer.Reset(b.idle)
	}
	return n, err
}

func (b *patientBody) Close() error {
	b.timer.Stop()
	err := b.ReadCloser.Close()
	b.cancel(nil)
	return err
}

// Image is where a part's picture is, or its bytes in base64 and their type. A path is read, and a data: URL taken apart.
func Image(m *llm.Media) (url, data, kind string, err error) {
	kind = cmp.Or(m.Type, "image/png")
	local := strings.HasPrefix(m.URL, "/") || strings.HasPrefix(m.URL, "./") || strings.HasPrefix(m.URL, "~")
	switch {
	case len(m.Data) > 0:
		return "", base64.StdEncoding.EncodeToString(m.Data), kind, nil
	case strings.HasPrefix(m.URL, "data:"):
		kind, data, ok := strings.Cut(strings.TrimPrefix(m.URL, "data:"), ";base64,")
		if !ok {
			return "", "", "", &llm.Error{Kind: llm.ErrInvalidRequest, Message: "a picture's data: URL is not in base64"}
		}
		return "", data, kind, nil
	case !local:
		return m.URL, "", cmp.Or(m.Type, mime.TypeByExtension(filepath.Ext(m.URL)), kind), nil
	}
	path := m.URL
	if rest, ok := strings.CutPrefix(path, "~"); ok {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", "", "", &llm.Error{Kind: llm.ErrInvalidRequest, Err: err}
		}
		path = home + rest
	}
	bytes, err := os.ReadFile(path)
	if err != nil {
		return "", "", "", &llm.Error{Kind: llm.ErrInvalidRequest, Err: err}
	}
	return "", base64.StdEncoding.EncodeToString(bytes), cmp.Or(m.Type, mime.TypeByExtension(filepath.Ext(path)), kind), nil
}

// DataURI is a picture as a URL, be it where it is or all of it.
func DataURI(m *llm.Media) (string, error) {
	url, data, kind, err := Image(m)
	if data != "" {
		url = "data:" + kind + ";base64," + data
	}
	return url, err
}

// Unsupported is the refusal of what a provider cannot be asked.
func Unsupported(provider, format string, args ...any) error {
	return &llm.Error{Kind: llm.ErrUnsupported, Provider: provider, Message: fmt.Sprintf(format, args...)}
}

// Merge sets the caller's options for a provider in its body, last of all, but for those that are words to the adapter.
func Merge(body map[string]any, options map[string]any, words ...string) {
	maps.Copy(body, options)
	for _, w := range words {
		delete(body, w)
	}
}

// Object is a tool's arguments as an object, however broken they came: they are sent back to a vendor that takes only objects.
func Object(args string) any {
	var v map[string]any
	if err := unmarshal(args, &v); err != nil {
		return map[string]any{"unreadable": args}
	}
	return v
}
