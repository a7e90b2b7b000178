package gemini

import (
	"errors"
	"testing"
	"time"

	"twinset.dev/agent/llm"
)

// FuzzAnswer reads anything as an answer: it is one, or a typed error.
func FuzzAnswer(f *testing.F) {
	for _, s := range []string{
		`{"candidates":[{"content":{"parts":[{"text":"a"},{"functionCall":{"name":"f","args":{"a":1}},"thoughtSignature":"s"}]},"finishReason":"STOP"}]}`,
		`{"promptFeedback":{"blockReason":"SAFETY"}}`, `{"error":{"code":503,"status":"UNAVAILABLE"}}`, `{"candidates":[{"finishReason":"MAX_TOKENS"}],"usageMetadata":{"thoughtsTokenCount":3}}`, `[]`, `{`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c := collector{r: llm.Request{Provider: name, Model: "m"}}
		err := c.add(nil, data)
		if err == nil {
			_, err = c.response()
		}
		var typed *llm.Error
		if err != nil && !errors.As(err, &typed) {
			t.Errorf("%T: %v", err, err)
		}
	})
}

// TestRetryDelay reads when to come back from the details of a refusal, where this vendor says it.
func TestRetryDelay(t *testing.T) {
	c := collector{r: llm.Request{Model: "m"}}
	err := c.add(nil, []byte(`{"error":{"code":429,"message":"slow down","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34s"}]}}`))
	var e *llm.Error
	if !errors.As(err, &e) || e.Kind != llm.ErrRateLimit || e.RetryAfter != 34*time.Second {
		t.Errorf("got %#v", err)
	}
	c = collector{r: llm.Request{Model: "m"}}
	if err := c.add(nil, []byte(`{"promptFeedback":{"blockReason":"SAFETY"}}`)); !errors.Is(err, llm.ErrContentFilter) {
		t.Errorf("a prompt that is blocked: %v", err)
	}
}
