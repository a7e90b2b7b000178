package llm

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"
)

// Budget refuses requests once what went before has reached a cap: with an *Error of kind ErrBudgetExceeded, so that a run can stop at
// a checkpoint. Requests under way when a cap is reached are not stopped. It belongs next to the providers, inside of Trace.
type Budget struct {
	Run, Stage, Day float64 // US dollars: for each run, each stage of a run, all runs of a local day; 0 is no cap
	Prices          *PriceSheet
	Strict          bool             // refuse models without a price
	Now             func() time.Time // time.Now if nil

	mu       sync.Mutex
	spent    map[string]float64
	unpriced int
}

// scopes are what a request counts for, and the caps of each.
func (b *Budget) scopes(t Tags, at time.Time) [3]struct {
	name string
	cap  float64
} {
	return [3]struct {
		name string
		cap  float64
	}{
		{strings.TrimSpace("run " + t.Run), b.Run},
		{"stage " + t.Run + "/" + t.Stage, b.Stage},
		{"day " + at.Format(time.DateOnly), b.Day},
	}
}

// Add counts what was spent already, as when a run is resumed.
func (b *Budget) Add(t Tags, at time.Time, usd float64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.spent == nil {
		b.spent = map[string]float64{}
	}
	for _, s := range b.scopes(t, at) {
		b.spent[s.name] += usd
	}
}

// Unpriced are the tokens that were used at nobody knows what price.
func (b *Budget) Unpriced() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.unpriced
}

func (b *Budget) now() time.Time {
	if b.Now != nil {
		return b.Now()
	}
	return time.Now()
}

// check refuses what a cap forbids.
func (b *Budget) check(ctx context.Context, r Request) error {
	if _, ok := b.Prices.Cost(r.Provider, r.Model, Usage{}); !ok && b.Strict {
		return &Error{Kind: ErrBudgetExceeded, Provider: r.Provider, Message: fmt.Sprintf("price sheet %s has no price for %s", b.Prices.ID, r.Model)}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range b.scopes(TagsOf(ctx), b.now()) {
		if s.cap > 0 && b.spent[s.name] >= s.cap {
			return &Error{Kind: ErrBudgetExceeded, Provider: r.Provider,
				Message: fmt.Sprintf("%s has spent $%.4f of its $%.2f", s.name, b.spent[s.name], s.cap)}
		}
	}
	return nil
}

// count adds what an answer cost; an answer that nobody gave costs nothing.
func (b *Budget) count(ctx context.Context, resp *Response) {
	if resp == nil || resp.simulated() {
		return
	}
	usd, ok := b.Prices.Cost(resp.Provider, resp.Model, resp.Usage)
	if !ok {
		b.mu.Lock()
		b.unpriced += resp.Usage.Total()
		b.mu.Unlock()
		return
	}
	b.Add(TagsOf(ctx), b.now(), usd)
}

// Middleware is the budget in the way of requests.
func (b *Budget) Middleware() Middleware {
	return func(next Caller) Caller { return budgeted{b, next} }
}

type budgeted struct {
	b    *Budget
	next Caller
}

func (m budgeted) Complete(ctx context.Context, r Request) (*Response, error) {
	if err := m.b.check(ctx, r); err != nil {
		return nil, err
	}
	resp, err := m.next.Complete(ctx, r)
	m.b.count(ctx, resp)
	return resp, err
}

func (m budgeted) Stream(ctx context.Context, r Request) Stream {
	return func(yield func(StreamEvent, error) bool) {
		if err := m.b.check(ctx, r); err != nil {
			yield(StreamEvent{}, err)
			return
		}
		for e, err := range m.next.Stream(ctx, r) {
			m.b.count(ctx, e.Response)
			if !yield(e, err) {
				return
			}
		}
	}
}
