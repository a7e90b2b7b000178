package okta

import (
	"slices"

	"twinset.dev/kit/twin"
)

// apiTokensOperations are the tokens of the management API.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/ApiToken/
func (o *Okta) apiTokensOperations() {
	o.on(twin.Full, "listApiTokens", o.listAPITokens)
	o.on(twin.Full, "getApiToken", o.getAPIToken)
	o.on(twin.Full, "upsertApiToken", o.upsertAPIToken)
	o.on(twin.Full, "revokeApiToken", o.revokeAPIToken)
	o.on(twin.Full, "revokeCurrentApiToken", o.revokeCurrentAPIToken)
}

func (o *Okta) listAPITokens(c *call) (any, error) {
	tokens := inOrder(slices.Collect(o.tokens.All(c.Tx, "")), func(t APIToken) int64 { return t.Created }, func(t APIToken) string { return t.ID })
	views := make([]any, len(tokens))
	for i, t := range tokens {
		views[i] = c.apiToken(t)
	}
	return views, nil
}

func (o *Okta) getAPIToken(c *call) (any, error) {
	t, err := c.apiTokenOf()
	if err != nil {
		return nil, err
	}
	return c.apiToken(t), nil
}

func (c *call) apiTokenOf() (APIToken, error) {
	id := c.param("apiTokenId")
	t, ok := c.o.tokens.Get(c.Tx, id)
	if !ok {
		return t, notFound(id, "Token")
	}
	return t, nil
}

// upsertAPIToken changes a token's name and from where it may be used.
func (o *Okta) upsertAPIToken(c *call) (any, error) {
	t, err := c.apiTokenOf()
	switch {
	case err != nil:
		return nil, err
	case c.body == nil:
		return nil, errMalformed
	}
	if name := text(c.body["name"]); name != "" {
		t.Name = name
	}
	if n := object(c.body["network"]); n != nil {
		if !slices.Contains([]string{"ANYWHERE", "ZONE"}, text(n["connection"])) {
			return nil, invalid("network", "connection: The field has an invalid value")
		}
		t.Network = clone(n)
	}
	o.tokens.Put(c.Tx, t)
	c.logged("system.api_token.update", "SUCCESS", target{t.ID, "Token", t.Name})
	return c.apiToken(t), nil
}

func (o *Okta) revokeAPIToken(c *call) (any, error) {
	t, err := c.apiTokenOf()
	if err != nil {
		return nil, err
	}
	c.revokeAPIToken(t)
	return nil, nil
}

// revokeCurrentAPIToken revokes the token that the call is made with.
func (o *Okta) revokeCurrentAPIToken(c *call) (any, error) {
	if c.who.token.ID == "" {
		return nil, errInvalidToken
	}
	c.revokeAPIToken(c.who.token)
	return nil, nil
}

func (c *call) revokeAPIToken(t APIToken) {
	c.o.tokens.Delete(c.Tx, t.ID)
	c.logged("system.api_token.revoke", "SUCCESS", target{t.ID, "Token", t.Name})
}

// apiToken is a token as the caller sees it. It lasts thirty days from its last use, and one that is looked at is in use.
func (c *call) apiToken(t APIToken) any {
	network := t.Network
	if network == nil {
		network = obj{"connection": "ANYWHERE"}
	}
	return obj{"id": t.ID, "name": t.Name, "userId": t.User, "clientName": "Okta API", "tokenWindow": "P30D", "network": network, "created": stamp(t.Created), "lastUpdated": stamp(max(t.Created, t.LastUsed)), "expiresAt": stamp(c.at() + 30*24*60*60*1000),
		"_links": obj{"self": hints(c.link("/api/v1/api-tokens/"+t.ID), "GET", "DELETE"), "user": hints(c.link("/api/v1/users/"+t.User), "GET")}}
}
