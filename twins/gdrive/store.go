package gdrive

import (
	"fmt"

	"twinset.dev/kit/store"
)

// state is what Drive alone keeps; the files themselves are in the table that all Google twins share.
type state struct {
	uploads     *store.Collection[Upload]
	operations  *store.Collection[Operation]
	channels    *store.Collection[Channel]
	comments    *store.Collection[Comment]
	commentByID *store.Index[Comment]
}

func newState(s *store.Schema) state {
	st := state{
		uploads:    store.NewCollection(s, "gdrive.uploads", func(u *Upload) string { return u.ID }),
		operations: store.NewCollection(s, "gdrive.operations", func(o *Operation) string { return o.Name }),
		channels:   store.NewCollection(s, "gdrive.channels", func(c *Channel) string { return c.Client + "/" + c.ID }),
		comments:   store.NewCollection(s, "gdrive.comments", func(c *Comment) string { return fmt.Sprintf("%s/%016d", c.File, c.N) }),
	}
	st.uploads.Blobs(func(u *Upload) []string { return u.Pieces })
	st.commentByID = st.comments.Unique("id", func(c *Comment) []string { return []string{c.File + "/" + c.ID} })
	return st
}
