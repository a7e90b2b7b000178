// Package outbox holds what a world sends out: webhooks and events, written in the transaction that caused
// them, attempted after it has committed, retried on the vendor's schedule in the world's own time.
package outbox

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"twinset.dev/kit/store"
)

// States of a Delivery.
const (
	Pending   = "pending"
	Delivered = "delivered"
	Failed    = "failed" // every attempt was made and none was accepted
)

// A Delivery is one message to one receiver and what became of it.
type Delivery struct {
	ID       string            `json:"id"`
	Twin     string            `json:"twin"`
	Kind     string            `json:"kind"` // the twin's name for how it travels: "events", "socket", …
	Topic    string            `json:"topic,omitempty"`
	Method   string            `json:"method,omitempty"` // POST if empty
	URL      string            `json:"url,omitempty"`
	Header   map[string]string `json:"header,omitempty"`
	Body     string            `json:"body"`
	Subject  string            `json:"subject,omitempty"` // the app or hook it is for, in the vendor's ids
	Created  time.Time         `json:"created"`
	State    string            `json:"state"`
	Due      time.Time         `json:"due,omitzero"` // of the next attempt
	Attempts []Attempt         `json:"attempts,omitempty"`
}

// An Attempt is one try to hand a Delivery over.
type Attempt struct {
	At     time.Time         `json:"at"` // world time
	Status int               `json:"status,omitempty"`
	Error  string            `json:"error,omitempty"`
	MS     float64           `json:"ms"`
	Header map[string]string `json:"header,omitempty"` // of the answer, as far as the twin asked for it
	Body   string            `json:"body,omitempty"`   // of the answer, at most 1 MiB
}

// OK reports whether the receiver accepted.
func (a Attempt) OK() bool { return a.Error == "" && a.Status >= 200 && a.Status < 300 }

// NewCollection registers the outbox of every world of s.
func NewCollection(s *store.Schema) *store.Collection[Delivery] {
	return store.NewCollection(s, "twin.outbox", func(d *Delivery) string { return d.ID })
}

// ErrEgress is returned for a receiver that is neither on this machine nor allowed by name.
var ErrEgress = errors.New("outbox: only loopback receivers are allowed; see --allow-egress")

// A Sender makes attempts over HTTP.
type Sender struct {
	Allow  []string // host names that may be reached although they are not loopback
	client *http.Client
}

// NewSender returns a Sender that reaches loopback and the allowed hosts. A name that is not allowed is
// judged by the address it resolves to, at the moment of dialling.
func NewSender(allow []string) *Sender {
	s := &Sender{Allow: allow}
	dial := &net.Dialer{Timeout: 3 * time.Second}
	s.client = &http.Client{
		Timeout:       10 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			MaxIdleConnsPerHost: 16, IdleConnTimeout: 30 * time.Second,
			DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
				host, _, err := net.SplitHostPort(addr)
				if err != nil {
					return nil, err
				}
				c, err := dial.DialContext(ctx, network, addr)
				if err != nil || slices.Contains(s.Allow, host) {
					return c, err
				}
				if ap, err := netip.ParseAddrPort(c.RemoteAddr().String()); err != nil || !ap.Addr().Unmap().IsLoopback() {
					c.Close()
					return nil, ErrEgress
				}
				return c, nil
			},
		},
	}
	return s
}

// Check refuses a receiver that could never be reached, before anything is dialled.
func (s *Sender) Check(raw string) error {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return fmt.Errorf("outbox: %q is not an http URL", raw)
	}
	host := u.Hostname()
	if a, err := netip.ParseAddr(host); err == nil && a.Unmap().IsLoopback() {
		return nil
	}
	if host == "localhost" || strings.HasSuffix(host, ".localhost") || slices.Contains(s.Allow, host) {
		return nil
	}
	return ErrEgress
}

// Post makes one attempt within the given time; keep names the answer's headers to remember.
func (s *Sender) Post(ctx context.Context, d Delivery, header map[string]string, within time.Duration, keep ...string) (a Attempt) {
	if err := s.Check(d.URL); err != nil {
		a.Error = err.Error()
		return a
	}
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	start := time.Now()
	defer func() { a.MS = float64(time.Since(start).Microseconds()) / 1000 }()
	req, err := http.NewRequestWithContext(ctx, cmp.Or(d.Method, http.MethodPost), d.URL, bytes.NewReader([]byte(d.Body)))
	if err != nil {
		a.Error = err.Error()
		return a
	}
	for _, h := range []map[string]string{d.Header, header} {
		for k, v := range h {
			req.Header.Set(k, v)
		}
	}
	res, err := s.client.Do(req)
	if err != nil {
		a.Error = err.Error()
		if errors.Is(err, context.DeadlineExceeded) {
			a.Error = "timeout"
		}
		return a
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	a.Status, a.Body = res.StatusCode, string(b)
	if err != nil {
		a.Error = err.Error()
	}
	for _, k := range keep {
		if v := res.Header.Get(k); v != "" {
			if a.Header == nil {
				a.Header = map[string]string{}
			}
			a.Header[k] = v
		}
	}
	return a
}
