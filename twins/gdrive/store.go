package gdrive

import (
	"twinset.dev/kit/store"
)

// state is what Drive alone keeps; the files themselves are in the table that all Google twins share.
type state struct {
	uploads    *store.Collection[Upload]
	operations *store.Collection[Operation]
	channels   *store.Collection[Channel]
}

func newState(s *store.Schema) state {
	st := state{
		uploads:    store.NewCollection(s, "gdrive.uploads", func(u *Upload) string { return u.ID }),
		operations: store.NewCollection(s, "gdrive.operations", func(o *Operation) string { return o.Name }),
		channels:   store.NewCollection(s, "gdrive.channels", func(c *Channel) string { return c.Client + "/" + c.ID }),
	}
	st.uploads.Blobs(func(u *Upload) []string { return u.Pieces })
	return st
}
