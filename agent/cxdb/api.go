package cxdb

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
)

// An API is a store in this process or elsewhere: a [Space] or a [Client].
type API interface {
	Create(ctx context.Context, base uint64) (Context, error)
	Context(ctx context.Context, id uint64) (Context, error)
	Contexts(ctx context.Context, f func(Context) (more bool)) error
	Search(ctx context.Context, query string, limit int) ([]Context, error)
	AppendJSON(ctx context.Context, id uint64, a Append, data []byte) (Turn, error)
	Typed(ctx context.Context, id, before uint64, limit int) ([]Typed, error)
	TypedTurn(ctx context.Context, id uint64) (Typed, error)
	ScanTyped(ctx context.Context, after uint64, types []string, f func(Typed) error) error
	Blob(ctx context.Context, h Hash) ([]byte, error)
	PutBlob(ctx context.Context, b []byte) (h Hash, isNew bool, err error)
	PutBundle(ctx context.Context, raw []byte) (isNew bool, err error)
}

var _, _ API = (*Space)(nil), (*Client)(nil)

// Connect opens a store by its URL, with a token, or by its directory, which git is told to leave alone: it often is in
// the work tree of what it records. Close ends it.
func Connect(where, token string) (api API, close func() error, err error) {
	if strings.HasPrefix(where, "http://") || strings.HasPrefix(where, "https://") {
		return &Client{URL: where, Token: token}, func() error { return nil }, nil
	}
	s, err := Open(where, Options{})
	if err != nil {
		return nil, nil, err
	}
	if err := os.WriteFile(filepath.Join(where, ".gitignore"), []byte("*\n"), 0o600); err != nil {
		return nil, nil, errors.Join(err, s.Close())
	}
	return s.Everything(), s.Close, nil
}

// Search returns the contexts that a CQL query is for, newest first.
func (p *Space) Search(ctx context.Context, query string, limit int) (found []Context, err error) {
	q, err := ParseCQL(query)
	if err != nil {
		return nil, err
	}
	now := p.s.now()
	err = p.Contexts(ctx, func(c Context) bool {
		if q.Match(c, p.s.live.isLive(c.ID), now) {
			found = append(found, c)
		}
		return len(found) < limit
	})
	return found, err
}
