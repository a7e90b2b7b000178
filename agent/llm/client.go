package llm

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Caller is anything that answers requests: a provider, a client, a middleware around either. It must be safe for concurrent use.
// Complete waits for the whole answer; Stream does nothing until it is ranged over. Neither asks twice. Every error is an *Error.
type Caller interface {
	Complete(ctx context.Context, r Request) (*Response, error)
	Stream(ctx context.Context, r Request) Stream
}

// Middleware wraps a Caller. The first that a client was given is the first to see a request and the last to see its answer.
type Middleware func(next Caller) Caller

// Client routes requests to providers.
type Client struct {
	providers map[string]Caller
	fallback  string
	layers    []Middleware
	chain     Caller
}

// NewClient is a client of providers by name. Requests that name none go to the one called fallback, which may be empty: the client
// never guesses.
func NewClient(providers map[string]Caller, fallback string, layers ...Middleware) *Client {
	c := &Client{providers: providers, fallback: fallback, layers: layers}
	c.chain = router{c}
	for _, m := range slices.Backward(layers) {
		c.chain = m(c.chain)
	}
	return c
}

// With is the client with more middleware, inside of what it has.
func (c *Client) With(layers ...Middleware) *Client {
	return NewClient(c.providers, c.fallback, append(slices.Clone(c.layers), layers...)...)
}

// Providers are the names that requests may use, sorted, and the one for those that use none.
func (c *Client) Providers() (names []string, fallback string) {
	return slices.Sorted(maps.Keys(c.providers)), c.fallback
}

// Complete asks and waits.
func (c *Client) Complete(ctx context.Context, r Request) (*Response, error) {
	r.Provider = cmp.Or(r.Provider, c.fallback) // before any middleware sees it
	if _, err := c.provider(r); err != nil {
		return nil, err
	}
	return c.chain.Complete(ctx, r)
}

// Stream asks and tells the answer as it arrives.
func (c *Client) Stream(ctx context.Context, r Request) Stream {
	r.Provider = cmp.Or(r.Provider, c.fallback)
	if _, err := c.provider(r); err != nil {
		return failed(err)
	}
	return c.chain.Stream(ctx, r)
}

// provider is the one that a request names.
func (c *Client) provider(r Request) (Caller, error) {
	p, ok := c.providers[r.Provider]
	switch {
	case r.Provider == "":
		return nil, &Error{Kind: ErrConfiguration, Message: "the request names no provider, and the client has no default"}
	case !ok:
		names, _ := c.Providers()
		return nil, &Error{Kind: ErrConfiguration, Message: fmt.Sprintf("no provider %q: there is %s", r.Provider,
			cmp.Or(strings.Join(names, ", "), "none; is a key in the environment?"))}
	case r.Model == "":
		return nil, &Error{Kind: ErrConfiguration, Provider: r.Provider, Message: "the request names no model"}
	}
	return p, nil
}

// router is the innermost of the onion.
type router struct{ c *Client }

func (t router) Complete(ctx context.Context, r Request) (*Response, error) {
	p, err := t.c.provider(r)
	if err != nil {
		return nil, err
	}
	return p.Complete(ctx, r)
}

func (t router) Stream(ctx context.Context, r Request) Stream {
	p, err := t.c.provider(r)
	if err != nil {
		return failed(err)
	}
	return p.Stream(ctx, r)
}
