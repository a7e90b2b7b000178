package gdrive

import "twinset.dev/kit/store"

// state is what Drive alone keeps; the files themselves are in the table that all Google twins share.
type state struct{}

func newState(*store.Schema) state { return state{} }
