package okta

import (
	"context"
	"net/http"
	"strings"
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
	if d.Kind == toSCIM {
		return o.Sender.Post(ctx, d, o.scimHeader(w, d), scimPatience)
	}
	return o.Sender.Post(ctx, d, nil, hookPatience)
}

// scimHeader is what goes with a request to an app. The app's secret is not kept in the outbox.
func (o *Okta) scimHeader(w *twin.World, d outbox.Delivery) map[string]string {
	h := map[string]string{"User-Agent": "Okta SCIM Client 1.0.0", "Accept": "application/scim+json", "Accept-Charset": "utf-8", "Content-Type": "application/scim+json; charset=utf-8"}
	w.View(func(tc *twin.Call) error {
		app, _, _ := strings.Cut(d.Subject, "/")
		a, _ := o.apps.Get(tc.Tx, app)
		if h["Authorization"] = text(a.Connection["token"]); !strings.Contains(h["Authorization"], " ") {
			h["Authorization"] = "Bearer " + h["Authorization"]
		}
		return nil
	})
	return h
}

// retry asks once more when nobody answered or the answer was the server's own failure.
//
// https://developer.okta.com/docs/concepts/event-hooks/#timeout-and-retry
func (o *Okta) retry(d outbox.Delivery, n int) (time.Duration, bool) {
	last := d.Attempts[n-1]
	if d.Kind == toSCIM {
		again := last.Error != "" || last.Status >= http.StatusInternalServerError || last.Status == http.StatusTooManyRequests
		return scimWaits[min(n, len(scimWaits))-1], again && n <= len(scimWaits)
	}
	return time.Second, n < hookTries && (last.Error != "" || last.Status >= http.StatusInternalServerError)
}
