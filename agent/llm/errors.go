package llm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// ErrKind is a class of error; errors.Is finds it in an *Error.
type ErrKind string

func (k ErrKind) Error() string { return strings.ReplaceAll(string(k), "_", " ") }

// The classes of errors.
const (
	ErrAuthentication  ErrKind = "authentication"
	ErrAccessDenied    ErrKind = "access_denied"
	ErrNotFound        ErrKind = "not_found"
	ErrInvalidRequest  ErrKind = "invalid_request"
	ErrRateLimit       ErrKind = "rate_limit"
	ErrServer          ErrKind = "server"
	ErrContentFilter   ErrKind = "content_filter"
	ErrContextLength   ErrKind = "context_length"
	ErrQuotaExceeded   ErrKind = "quota_exceeded"
	ErrTimeout         ErrKind = "timeout"
	ErrAbort           ErrKind = "abort"   // the caller's context ended
	ErrNetwork         ErrKind = "network" // no answer at all
	ErrStream          ErrKind = "stream"  // an answer broken off or garbled
	ErrInvalidToolCall ErrKind = "invalid_tool_call"
	ErrNoObject        ErrKind = "no_object_generated"
	ErrConfiguration   ErrKind = "configuration"
	ErrUnsupported     ErrKind = "unsupported"     // the provider cannot be asked this
	ErrBudgetExceeded  ErrKind = "budget_exceeded" // a spend cap is reached
	ErrCassette        ErrKind = "cassette"        // no recording answers the request
)

// Error is everything that can go wrong with a request.
type Error struct {
	Kind       ErrKind
	Provider   string
	Status     int    // of HTTP; 0 if there was none
	Code       string // the vendor's
	Message    string // the vendor's, or ours
	RetryAfter time.Duration
	Raw        json.RawMessage // the vendor's whole answer, if it was JSON
	Err        error
}

func (e *Error) Error() string {
	var b strings.Builder
	if e.Provider != "" {
		b.WriteString(e.Provider + ": ")
	}
	b.WriteString(e.Kind.Error())
	if e.Status != 0 {
		fmt.Fprintf(&b, " (%d)", e.Status)
	}
	if e.Message != "" {
		b.WriteString(": " + e.Message)
	} else if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	return b.String()
}

// Is makes errors.Is(err, ErrRateLimit) true of an *Error of that kind.
func (e *Error) Is(target error) bool { return target == error(e.Kind) }

func (e *Error) Unwrap() error { return e.Err }

// Retryable reports whether the same request may fare better a moment later. What nobody knows is worth another try.
func (e *Error) Retryable() bool {
	switch e.Kind {
	case ErrRateLimit, ErrServer, ErrTimeout, ErrNetwork, ErrStream:
		return true
	}
	return false
}

// Retryable reports whether err is an *Error worth another try.
func Retryable(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Retryable()
}

// HTTPError classifies a vendor's refusal by its status and, where that says too little, by its words.
func HTTPError(provider string, status int, header http.Header, code, message string, raw []byte) *Error {
	e := &Error{Kind: kindOf(status, strings.ToLower(code), strings.ToLower(message)),
		Provider: provider, Status: status, Code: code, Message: message, RetryAfter: retryAfter(header)}
	if json.Valid(raw) {
		e.Raw = raw
	}
	return e
}

func kindOf(status int, code, message string) ErrKind {
	says := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(code, w) || strings.Contains(message, w) {
				return true
			}
		}
		return false
	}
	switch {
	case status == http.StatusUnauthorized:
		return ErrAuthentication
	case status == http.StatusForbidden:
		return ErrAccessDenied
	case status == http.StatusNotFound:
		return ErrNotFound
	case status == http.StatusRequestTimeout:
		return ErrTimeout
	case status == http.StatusRequestEntityTooLarge:
		return ErrContextLength
	case says("insufficient_quota", "billing", "credit balance"): // a 429 of OpenAI's, a 400 of Anthropic's
		return ErrQuotaExceeded
	case status == http.StatusTooManyRequests:
		return ErrRateLimit
	case status >= 500:
		return ErrServer
	case says("context_length", "context length", "context window", "too many tokens", "prompt is too long"):
		return ErrContextLength
	case says("content_filter", "content filter", "content_policy", "safety"):
		return ErrContentFilter
	case says("unauthorized", "invalid key", "invalid api key", "api key not valid", "authentication_error"):
		return ErrAuthentication
	case says("not found", "does not exist", "not_found"):
		return ErrNotFound
	case says("rate_limit", "rate limit"):
		return ErrRateLimit
	case says("overloaded", "server_error", "api_error", "internal"): // inside of a stream there is no status
		return ErrServer
	case status >= 400:
		return ErrInvalidRequest
	case says("invalid_request", "invalid_prompt"):
		return ErrInvalidRequest
	}
	return ErrServer
}

// retryAfter reads both forms of the header: seconds, and a date.
func retryAfter(h http.Header) time.Duration {
	v := h.Get("Retry-After")
	if s, err := strconv.ParseFloat(v, 64); err == nil {
		return time.Duration(s * float64(time.Second))
	}
	if at, err := http.ParseTime(v); err == nil {
		return time.Until(at)
	}
	return 0
}

// NetError classifies an error that no refusal of the vendor's explains: an end of ctx, a timeout, a network that fails, an answer that
// breaks off or makes no sense.
func NetError(ctx context.Context, provider string, err error) *Error {
	var e *Error
	var late interface{ Timeout() bool }
	var unreachable *url.Error
	switch {
	case errors.As(err, &e):
		return e
	case errors.Is(context.Cause(ctx), context.Canceled):
		return &Error{Kind: ErrAbort, Provider: provider, Err: err}
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &late) && late.Timeout():
		return &Error{Kind: ErrTimeout, Provider: provider, Err: err}
	case errors.As(err, &unreachable):
		return &Error{Kind: ErrNetwork, Provider: provider, Err: err}
	}
	return &Error{Kind: ErrStream, Provider: provider, Err: err}
}
