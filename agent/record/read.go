package record

import (
	"context"
	"encoding/json"
	"fmt"

	"twinset.dev/agent/cxdb"
)

// A Reader is where records come from: a [cxdb.Space] or a [cxdb.Client].
type Reader interface {
	ScanTyped(ctx context.Context, after uint64, types []string, f func(cxdb.Typed) error) error
}

// Scan calls f with the records of one type, in the order they were written.
func Scan[R Record](ctx context.Context, r Reader, f func(R, Ref) error) error {
	var zero R
	return r.ScanTyped(ctx, 0, []string{zero.kind()}, func(t cxdb.Typed) error {
		var rec R
		if err := json.Unmarshal(t.Data, &rec); err != nil {
			return fmt.Errorf("record: turn %d: %w", t.ID, err)
		}
		return f(rec, Ref{t.Context, t.ID})
	})
}

// All returns the records of one type, in the order they were written.
func All[R Record](ctx context.Context, r Reader) (list []R, err error) {
	err = Scan(ctx, r, func(rec R, _ Ref) error {
		list = append(list, rec)
		return nil
	})
	return list, err
}
