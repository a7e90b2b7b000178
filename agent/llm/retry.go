package llm

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"time"
)

// RetryPolicy says how often and how soon a request is made again. The zero value never does.
type RetryPolicy struct {
	Retries int            // after the first attempt
	Base    time.Duration  // before the first retry; doubled before each more
	Max     time.Duration  // of a delay; a vendor that wants more is not asked again
	Rand    func() float64 // from 0 to 1: a delay is stretched by a half to one and a half; random if nil
	Sleep   func(ctx context.Context, d time.Duration) error
	OnRetry func(err error, attempt int, delay time.Duration) // before each delay; attempt counts from 1
}

// DefaultRetry is two retries, after about one and two seconds.
var DefaultRetry = RetryPolicy{Retries: 2, Base: time.Second, Max: time.Minute}

// delay is how long to wait after the n-th failure, counted from 0, and whether to wait at all.
func (p RetryPolicy) delay(err error, n int) (time.Duration, bool) {
	var e *Error
	if n >= p.Retries || !errors.As(err, &e) || !e.Retryable() || e.RetryAfter > p.Max {
		return 0, false
	}
	if e.RetryAfter > 0 {
		return e.RetryAfter, true
	}
	random := p.Rand
	if random == nil {
		random = rand.Float64
	}
	d := min(float64(p.Base)*math.Pow(2, float64(n)), float64(p.Max))
	return time.Duration(d * (0.5 + random())), true
}

// again waits after the n-th failure; false if err is final.
func (p RetryPolicy) again(ctx context.Context, err error, n int) bool {
	d, ok := p.delay(err, n)
	if !ok {
		return false
	}
	if p.OnRetry != nil {
		p.OnRetry(err, n+1, d)
	}
	sleep := p.Sleep
	if sleep == nil {
		sleep = pause
	}
	return sleep(ctx, d) == nil
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// Retry asks again after errors that may pass. A stream is begun anew only as long as nothing of it was told: no delta is ever
// repeated.
func Retry(p RetryPolicy) Middleware {
	return func(next Caller) Caller { return retrier{p, next} }
}

type retrier struct {
	policy RetryPolicy
	next   Caller
}

func (r retrier) Complete(ctx context.Context, req Request) (*Response, error) {
	for n := 0; ; n++ {
		resp, err := r.next.Complete(withAttempt(ctx, n), req)
		if err == nil || !r.policy.again(ctx, err, n) {
			return resp, err
		}
	}
}

func (r retrier) Stream(ctx context.Context, req Request) Stream {
	return func(yield func(StreamEvent, error) bool) {
		for n := 0; ; n++ {
			var failure error
			var held []StreamEvent // starts, told with the first of what they start
			told := false
			for e, err := range r.next.Stream(withAttempt(ctx, n), req) {
				if err != nil {
					failure = err
					break
				}
				held = append(held, e)
				switch e.Type {
				case StreamStart, TextStart, ReasoningStart, CallStart:
					if !told {
						continue
					}
				}
				told = true
				for _, e := range held {
					if !yield(e, nil) {
						return
					}
				}
				held = held[:0]
			}
			if failure == nil {
				return
			}
			if told || !r.policy.again(ctx, failure, n) {
				yield(StreamEvent{}, failure)
				return
			}
		}
	}
}

type attemptKey struct{}

func withAttempt(ctx context.Context, n int) context.Context {
	return context.WithValue(ctx, attemptKey{}, n)
}

// attempt is how many failures of the same request went before.
func attempt(ctx context.Context) int {
	n, _ := ctx.Value(attemptKey{}).(int)
	return n
}
