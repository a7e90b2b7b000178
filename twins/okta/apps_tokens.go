package okta

import (
	"twinset.dev/kit/twin"
)

// appTokensOperations are the refresh tokens that people have given an app.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/ApplicationTokens/
func (o *Okta) appTokensOperations() {
	o.on(twin.Partial, "listOAuth2TokensForApplication", o.listOAuth2TokensForApplication)
	o.on(twin.Partial, "getOAuth2TokenForApplication", o.getOAuth2TokenForApplication)
	o.on(twin.Partial, "revokeOAuth2TokensForApplication", o.revokeOAuth2TokensForApplication)
	o.on(twin.Partial, "revokeOAuth2TokenForApplication", o.getOAuth2TokenForApplication)
}

func (o *Okta) listOAuth2TokensForApplication(c *call) (any, error) {
	if err := withinClient(c, c.param("appId")); err != nil {
		return nil, err
	}
	return []any{}, nil
}

func (o *Okta) getOAuth2TokenForApplication(c *call) (any, error) {
	if err := withinClient(c, c.param("appId")); err != nil {
		return nil, err
	}
	return nil, notFound(c.param("appId")+"."+c.param("tokenId"), "OAuth2RefreshTokenTx")
}

func (o *Okta) revokeOAuth2TokensForApplication(c *call) (any, error) {
	return nil, withinClient(c, c.param("appId"))
}
