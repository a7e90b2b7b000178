package gdrive

import (
	"context"
	"net/http"

	"twinset.dev/kit/outbox"
	"twinset.dev/kit/twin"
)

// deliver makes one attempt at a delivery. Mail has arrived when it is in the outbox.
func (d *Drive) deliver(ctx context.Context, w *twin.World, del outbox.Delivery) outbox.Attempt {
	return outbox.Attempt{Status: http.StatusOK}
}
