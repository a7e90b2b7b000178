package gapi

import (
	"encoding/json"
	"net/http"
	"net/url"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/internal/google/identity"
)

// Do runs a method in somebody's name within a transaction, as if they had asked for it over the network: what a page
// shows and does is what the API answers. params are the values of its path; body is what would be sent as JSON, nil for
// nothing. The answer is nil, an Answer, or JSON as encoding/json reads it.
func (a *API) Do(tc *twin.Call, r *twin.Request, u identity.User, id string, params []string, query url.Values, body any) (any, error) {
	op := a.served[a.name+"."+id]
	if op == nil {
		return nil, errNotTwinned
	}
	if query == nil {
		query = url.Values{}
	}
	who := identity.Who{User: u, Client: browser, Scopes: identity.Scopes}
	if u.ID == "" {
		who = identity.Who{Key: true}
	}
	c := &Call{API: a, R: r, Op: op, Call: tc, Who: who, Link: a.URL(tc), Query: query, params: params, asked: map[string]bool{}, More: http.Header{}}
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		c.Body = b
	}
	if err := c.fields(); err != nil {
		return nil, err
	}
	out, err := op.serve(c)
	if _, raw := out.(Answer); err != nil || raw || out == nil {
		return out, err
	}
	b, err := c.Mask.Append(nil, out)
	if err != nil {
		return nil, err
	}
	var plain any
	return plain, json.Unmarshal(b, &plain)
}

// browser is the client that people's own browsers are.
const browser = "browser"

// Words is what a person is told of a refusal.
func (r *Refusal) Words() string {
	if r.Short != "" {
		return r.Short
	}
	return r.Message
}
