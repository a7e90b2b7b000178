package jira

import (
	"context"
	"net/http"
	"strconv"

	"twinset.dev/kit/outbox"
	"twinset.dev/kit/twin"
)

// deliver makes one attempt at a delivery. Mail has arrived when it is in the outbox.
func (j *Jira) deliver(ctx context.Context, _ *twin.World, d outbox.Delivery) outbox.Attempt {
	if d.Kind != toWebhook {
		return outbox.Attempt{Status: http.StatusOK}
	}
	var again map[string]string
	if n := len(d.Attempts); n > 0 {
		again = map[string]string{"X-Atlassian-Webhook-Retry": strconv.Itoa(n)}
	}
	return j.Sender.Post(ctx, d, again, webhookPatience)
}
