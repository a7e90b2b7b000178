// Package cassette records what models answer, and answers from the record: a middleware between a client and its providers.
//
// A cassette is a file of one JSON object a line, written as answers come. A request is known by the SHA-256 of what matters in it (see
// canonical), by how often it was made before, and by the trial of its tags: the trials of an experiment must be able to differ.
package cassette

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"twinset.dev/agent/llm"
)

// Mode is what a cassette does with a request.
type Mode string

// The modes.
const (
	Record      Mode = "record"       // ask, and write the answer to a new tape
	Replay      Mode = "replay"       // answer from the tape, or not at all
	NewEpisodes Mode = "new_episodes" // answer from the tape; ask and write what it does not have
	Passthrough Mode = "passthrough"  // ask
)

// Entry is a request and what came of it.
type Entry struct {
	Key        string          `json:"key"`
	Ordinal    int             `json:"ordinal,omitempty"` // the same request came that often before
	Trial      int             `json:"trial,omitempty"`
	Time       time.Time       `json:"time"`
	PriceSheet string          `json:"price_sheet,omitempty"`
	Request    json.RawMessage `json:"request"` // canonical
	Response   *llm.Response   `json:"response,omitempty"`
	Events     []Timed         `json:"events,omitempty"` // of a stream, but for its finish
	MS         int64           `json:"ms"`               // until the end
	Error      *failure        `json:"error,omitempty"`
}

// Timed is an event and when it came.
type Timed struct {
	MS    int64           `json:"ms"`
	Event llm.StreamEvent `json:"event"`
}

// failure is an error as it is stored.
type failure struct {
	Kind       llm.ErrKind `json:"kind"`
	Status     int         `json:"status,omitempty"`
	Code       string      `json:"code,omitempty"`
	Message    string      `json:"message,omitempty"`
	RetryAfter int64       `json:"retry_after_ms,omitempty"`
}

// Cassette is an open tape.
type Cassette struct {
	Prices *llm.PriceSheet // noted with each entry; may be nil
	Pace   float64         // of a replay: 0 as fast as can be, 1 as it was
	Now    func() time.Time
	Sleep  func(context.Context, time.Duration) error

	mode Mode
	mu   sync.Mutex
	tape *os.File // nil if nothing is written
	have map[id]*Entry
	all  []*Entry
	seen map[id]int // by key and trial: requests so far
}

type id struct {
	key            string
	trial, ordinal int
}

// Open opens a tape. Recording begins it anew; replaying needs it to be there.
func Open(path string, mode Mode) (*Cassette, error) {
	c := &Cassette{mode: mode, have: map[id]*Entry{}, seen: map[id]int{}, Now: time.Now, Sleep: sleep}
	flags := os.O_CREATE | os.O_WRONLY | os.O_APPEND
	switch mode {
	case Passthrough:
		return c, nil
	case Record:
		flags |= os.O_TRUNC
	case Replay, NewEpisodes:
		entries, _, err := read(path)
		if err != nil && !(mode == NewEpisodes && errors.Is(err, os.ErrNotExist)) {
			return nil, err
		}
		for _, e := range entries {
			c.have[id{e.Key, e.Trial, e.Ordinal}] = e
		}
		c.all = entries
	default:
		return nil, fmt.Errorf("%q is no mode: there are record, replay, new_episodes and passthrough", mode)
	}
	if mode == Replay {
		return c, nil
	}
	tape, err := os.OpenFile(path, flags, 0o600)
	c.tape = tape
	return c, err
}

// Close ends the recording.
func (c *Cassette) Close() error {
	if c.tape == nil {
		return nil
	}
	return c.tape.Close()
}

// read reads a tape: its entries, and the line of each.
func read(path string) (entries []*Entry, raw [][]byte, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, err
	}
	for n, line := range bytes.Split(data, []byte("\n")) {
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		var e Entry
		if err := json.Unmarshal(line, &e); err != nil {
			return nil, nil, fmt.Errorf("%s, line %d: %w", path, n+1, err)
		}
		if e.Response == nil && e.Error == nil {
			return nil, nil, fmt.Errorf("%s, line %d: neither an answer nor an error", path, n+1)
		}
		entries, raw = append(entries, &e), append(raw, line)
	}
	return entries, raw, nil
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// Middleware is the cassette in the way of requests. It belongs next to the providers.
func (c *Cassette) Middleware() llm.Middleware {
	return func(next llm.Caller) llm.Caller {
		if c.mode == Passthrough {
			return next
		}
		return player{c, next}
	}
}

type player struct {
	c    *Cassette
	next llm.Caller
}

// take names a request, and finds its entry: nil, if it must be asked.
func (c *Cassette) take(ctx context.Context, r llm.Request, stream bool) (Entry, *Entry, error) {
	request := canonical(r, stream)
	e := Entry{Key: keyOf(request), Trial: llm.TagsOf(ctx).Trial, Time: c.Now().UTC(), Request: request}
	if c.Prices != nil {
		e.PriceSheet = c.Prices.ID
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	series := id{key: e.Key, trial: e.Trial}
	e.Ordinal = c.seen[series]
	c.seen[series]++
	found := c.have[id{e.Key, e.Trial, e.Ordinal}]
	if found == nil && c.mode == Replay {
		return e, nil, &llm.Error{Kind: llm.ErrCassette, Provider: r.Provider, Message: c.miss(e)}
	}
	return e, found, nil
}

// write puts an entry on the tape, without secrets.
func (c *Cassette) write(e Entry, resp *llm.Response, err error) error {
	e.Response, e.MS = resp, c.Now().Sub(e.Time).Milliseconds()
	var failed *llm.Error
	if errors.As(err, &failed) {
		e.Error = &failure{failed.Kind, failed.Status, failed.Code, failed.Message, failed.RetryAfter.Milliseconds()}
		if e.Error.Message == "" && failed.Err != nil {
			e.Error.Message = failed.Err.Error()
		}
	}
	line, err := masked(e)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	_, err = c.tape.Write(append(line, '\n'))
	return err
}

// keep reports whether an outcome is worth keeping: that the caller went away says nothing of the model.
func keep(err error) bool { return !errors.Is(err, llm.ErrAbort) }

func (p player) Complete(ctx context.Context, r llm.Request) (*llm.Response, error) {
	e, found, err := p.c.take(ctx, r, false)
	if err != nil {
		return nil, err
	}
	if found != nil {
		if err := p.c.wait(ctx, r, found.MS); err != nil {
			return nil, err
		}
		return found.answer(r)
	}
	resp, err := p.next.Complete(ctx, r)
	if keep(err) {
		if werr := p.c.write(e, resp, err); werr != nil {
			return nil, &llm.Error{Kind: llm.ErrCassette, Provider: r.Provider, Err: werr}
		}
	}
	return resp, err
}

func (p player) Stream(ctx context.Context, r llm.Request) llm.Stream {
	return func(yield func(llm.StreamEvent, error) bool) {
		e, found, err := p.c.take(ctx, r, true)
		switch {
		case err != nil:
			yield(llm.StreamEvent{}, err)
		case found != nil:
			p.c.replay(ctx, r, found, yield)
		default:
			p.record(ctx, r, e, yield)
		}
	}
}

func (p player) record(ctx context.Context, r llm.Request, e Entry, yield func(llm.StreamEvent, error) bool) {
	for event, err := range p.next.Stream(ctx, r) {
		if err == nil && event.Type != llm.StreamFinish {
			e.Events = append(e.Events, Timed{p.c.Now().Sub(e.Time).Milliseconds(), event})
		} else if keep(err) {
			if werr := p.c.write(e, event.Response, err); werr != nil {
				yield(llm.StreamEvent{}, &llm.Error{Kind: llm.ErrCassette, Provider: r.Provider, Err: werr})
				return
			}
		}
		if !yield(event, err) {
			return // and the answer, which nobody heard to its end, is not kept
		}
	}
}

// wait waits until ms of the recorded time have passed since the moment before.
func (c *Cassette) wait(ctx context.Context, r llm.Request, ms int64) error {
	if c.Pace == 0 || ms <= 0 {
		return nil
	}
	if err := c.Sleep(ctx, time.Duration(float64(ms)*c.Pace*float64(time.Millisecond))); err != nil {
		return llm.NetError(ctx, r.Provider, err)
	}
	return nil
}

func (c *Cassette) replay(ctx context.Context, r llm.Request, e *Entry, yield func(llm.StreamEvent, error) bool) {
	var at int64
	for _, t := range e.Events {
		if err := c.wait(ctx, r, t.MS-at); err != nil {
			yield(llm.StreamEvent{}, err)
			return
		}
		at = t.MS
		if !yield(t.Event, nil) {
			return
		}
	}
	if err := c.wait(ctx, r, e.MS-at); err != nil {
		yield(llm.StreamEvent{}, err)
		return
	}
	resp, err := e.answer(r)
	if err != nil {
		yield(llm.StreamEvent{}, err)
		return
	}
	yield(llm.StreamEvent{Type: llm.StreamFinish, Response: resp}, nil)
}

// answer is what came of a request, as if it came now; but it says that nobody was asked.
func (e *Entry) answer(r llm.Request) (*llm.Response, error) {
	if f := e.Error; f != nil {
		return nil, &llm.Error{Kind: f.Kind, Provider: r.Provider, Status: f.Status, Code: f.Code, Message: f.Message,
			RetryAfter: time.Duration(f.RetryAfter) * time.Millisecond}
	}
	resp := *e.Response
	resp.Simulated = true
	return &resp, nil
}
