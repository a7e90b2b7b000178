package okta

import (
	"iter"
	"slices"

	"twinset.dev/kit/twin"
)

// A tokenHolder is what refresh tokens are listed and revoked below: an app, a client of an authorization server, or a
// client of somebody.
type tokenHolder struct {
	of   func(c *call) ([]RefreshToken, error) // those below what the path names
	none func(c *call, id string) error        // says that there is none of that id
	view func(c *call, t RefreshToken) any
}

// serve serves the four operations on the refresh tokens below a holder, by their ids.
func (h tokenHolder) serve(o *Okta, list, get, revoke, revokeAll string) {
	o.on(twin.Full, list, func(c *call) (any, error) {
		tokens, err := h.of(c)
		if err != nil {
			return nil, err
		}
		return paged(c, slices.Values(tokens), func(t RefreshToken) string { return t.ID }, 20, 200, func(t RefreshToken) any { return h.view(c, t) })
	})
	one := func(f func(c *call, t RefreshToken) any) func(*call) (any, error) {
		return func(c *call) (any, error) {
			tokens, err := h.of(c)
			if err != nil {
				return nil, err
			}
			id := c.param("tokenId")
			i := slices.IndexFunc(tokens, func(t RefreshToken) bool { return t.ID == id })
			if i < 0 {
				return nil, h.none(c, id)
			}
			return f(c, tokens[i]), nil
		}
	}
	o.on(twin.Full, get, one(h.view))
	o.on(twin.Full, revoke, one(func(c *call, t RefreshToken) any { c.revokeToken(t); return nil }))
	o.on(twin.Full, revokeAll, func(c *call) (any, error) {
		tokens, err := h.of(c)
		for _, t := range tokens {
			c.revokeToken(t)
		}
		return nil, err
	})
}

// goodTokens are those that are good still and fit, the oldest first.
func (c *call) goodTokens(all iter.Seq[RefreshToken], fits func(RefreshToken) bool) (found []RefreshToken) {
	for t := range all {
		if fits(t) && c.Now.UnixMilli() < t.Expires {
			found = append(found, t)
		}
	}
	return inOrder(found, func(t RefreshToken) int64 { return t.Created }, func(t RefreshToken) string { return t.ID })
}

// revokeToken makes a refresh token good no longer.
func (c *call) revokeToken(t RefreshToken) {
	c.o.refreshTokens.Delete(c.Tx, t.ID)
	c.logged("app.oauth2.token.revoke", "SUCCESS", target{t.ID, "refresh_token", t.Client})
}
