package okta

import (
	"context"
	"net/http"
	"time"

	"twinset.dev/kit/outbox"
	"twinset.dev/kit/twin"
)

// Kinds of deliveries, beside emails.
const (
	toEventHook  = "event_hook"
	toInlineHook = "inline_hook"
	toLogStream  = "log_stream"
	toReceiver   = "ssf"
	toIDP        = "idp"
)

// Okta waits this long for a hook's answer, and asks once more.
const (
	hookPatience = 3 * time.Second
	hookTries    = 2
)

// deliver makes one attempt to tell somebody something. An email is delivered by being in the outbox.
func (o *Okta) deliver(ctx context.Context, w *twin.World, d outbox.Delivery) outbox.Attempt {
	if d.Kind == toMailbox {
		return outbox.Attempt{Status: http.StatusOK}
	}
	return o.Sender.Post(ctx, d, nil, hookPatience)
}

// retry asks once more when nobody answered or the answer was the server's own failure.
//
// https://developer.okta.com/docs/concepts/event-hooks/#timeout-and-retry
func (o *Okta) retry(d outbox.Delivery, n int) (time.Duration, bool) {
	last := d.Attempts[n-1]
	return time.Second, n < hookTries && (last.Error != "" || last.Status >= http.StatusInternalServerError)
}
