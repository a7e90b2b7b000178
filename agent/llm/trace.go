package llm

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"time"
)

// Tags say on whose behalf a request is made. They travel in the context, and end in every Call.
type Tags struct {
	Run       string `json:"run_id,omitempty"`
	Stage     string `json:"stage,omitempty"`
	Visit     int    `json:"visit,omitempty"`
	Attempt   int    `json:"attempt,omitempty"`
	Session   string `json:"agent_session,omitempty"`
	Purpose   string `json:"purpose,omitempty"` // build, user_player, judge, redactor, twin, summary
	Use       string `json:"use,omitempty"`     // the class of work
	Trial     int    `json:"trial,omitempty"`   // repetition of an experiment: recordings of trials are told apart
	Simulated bool   `json:"simulated,omitempty"`
}

type tagsKey struct{}

// WithTags is ctx with tags instead of those it had.
func WithTags(ctx context.Context, t Tags) context.Context {
	return context.WithValue(ctx, tagsKey{}, t)
}

// TagsOf are the tags of ctx.
func TagsOf(ctx context.Context) Tags {
	t, _ := ctx.Value(tagsKey{}).(Tags)
	return t
}

// Params are the settings of a Call.
type Params struct {
	Effort      string   `json:"effort,omitempty"`
	Temperature *float64 `json:"temp,omitempty"`
	MaxTokens   int      `json:"max,omitempty"`
}

// Call is the record of one attempt to get an answer, whether it came or not.
type Call struct {
	ID   string    `json:"id"`
	Time time.Time `json:"ts"`
	Tags
	Provider       string   `json:"provider"`
	ModelRequested string   `json:"model_requested"`
	ModelServed    string   `json:"model_served,omitempty"`
	Params         Params   `json:"params"`
	Usage          Usage    `json:"usage"`
	PriceSheet     string   `json:"price_sheet_id,omitempty"`
	USD            *float64 `json:"usd"` // nil: no price is known, which is not a price of 0
	MsFirst        int64    `json:"ms_first"`
	MsTotal        int64    `json:"ms_total"`
	Finish         Reason   `json:"finish,omitempty"`
	ErrorClass     ErrKind  `json:"error_class,omitempty"`
	Retries        int      `json:"retries"` // failures of the same request before this attempt
	ToolCalls      int      `json:"tool_calls"`
	BadToolArgs    int      `json:"bad_tool_args"`
}

// Tracer hands a Call to Record for every attempt that passes it and reaches a provider, or a recording. It belongs inside of Retry, and
// outside of recordings and caps.
type Tracer struct {
	Prices *PriceSheet // may be nil: then nothing has a price
	Record func(context.Context, Call)
	Now    func() time.Time // time.Now if nil
	NewID  func() string    // random if nil
}

// Trace is the middleware of a Tracer.
func Trace(t Tracer) Middleware {
	if t.Now == nil {
		t.Now = time.Now
	}
	if t.NewID == nil {
		t.NewID = func() string { return "call_" + strings.ToLower(rand.Text()) }
	}
	return func(next Caller) Caller { return tracing{t, next} }
}

type tracing struct {
	Tracer
	next Caller
}

func (t tracing) Complete(ctx context.Context, r Request) (*Response, error) {
	began := t.Now()
	resp, err := t.next.Complete(ctx, r)
	t.note(ctx, r, began, t.Now(), resp, err)
	return resp, err
}

func (t tracing) Stream(ctx context.Context, r Request) Stream {
	return func(yield func(StreamEvent, error) bool) {
		began := t.Now()
		var first time.Time
		for e, err := range t.next.Stream(ctx, r) {
			if first.IsZero() && e.Type != StreamStart {
				first = t.Now()
			}
			if err != nil || e.Type == StreamFinish {
				t.note(ctx, r, began, first, e.Response, err)
				yield(e, err)
				return
			}
			if !yield(e, nil) {
				t.note(ctx, r, began, first, nil, &Error{Kind: ErrAbort, Provider: r.Provider, Message: "nobody listened to the end"})
				return
			}
		}
		t.note(ctx, r, began, first, nil, &Error{Kind: ErrStream, Provider: r.Provider})
	}
}

func (t tracing) note(ctx context.Context, r Request, began, first time.Time, resp *Response, err error) {
	if first.IsZero() {
		first = t.Now()
	}
	c := Call{ID: t.NewID(), Time: began.UTC(), Tags: TagsOf(ctx), Provider: r.Provider, ModelRequested: r.Model,
		Params:  Params{r.ReasoningEffort, r.Temperature, r.MaxTokens},
		MsFirst: first.Sub(began).Milliseconds(), MsTotal: t.Now().Sub(began).Milliseconds(), Retries: attempt(ctx)}
	var e *Error
	if errors.As(err, &e) {
		switch c.ErrorClass = e.Kind; e.Kind {
		case ErrBudgetExceeded, ErrCassette, ErrConfiguration, ErrUnsupported:
			return // nobody was asked
		}
	}
	if resp != nil {
		c.ModelServed, c.Usage, c.Finish = resp.Model, resp.Usage, resp.Finish.Reason
		c.Simulated = c.Simulated || resp.simulated()
		for _, call := range resp.Message.Calls() {
			c.ToolCalls++
			if CheckArgs(r.Tools, call) != nil {
				c.BadToolArgs++
			}
		}
		if t.Prices != nil {
			c.PriceSheet = t.Prices.ID
			if usd, ok := t.Prices.Cost(r.Provider, resp.Model, resp.Usage); ok {
				c.USD = &usd
			}
		}
	}
	t.Record(ctx, c)
}
