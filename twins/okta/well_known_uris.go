package okta

import (
	"slices"

	"twinset.dev/kit/twin"
)

// wellKnownURIs are what a brand can answer at addresses that devices look at: what a path of it is when nobody has said.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/AssociatedDomainCustomizations/
var wellKnownURIs = []struct {
	path  string
	empty any
}{{"apple-app-site-association", obj{}}, {"assetlinks.json", []any{}}, {"webauthn", obj{}}}

func (o *Okta) wellKnownURIsOperations() {
	o.on(twin.Full, "getAllWellKnownURIs", o.getAllWellKnownURIs)
	o.on(twin.Full, "getRootBrandWellKnownURI", o.getRootBrandWellKnownURI)
	o.on(twin.Full, "getBrandWellKnownURI", o.getBrandWellKnownURI)
	o.on(twin.Full, "replaceBrandWellKnownURI", o.replaceBrandWellKnownURI)
	for id, path := range map[string]string{"getAppleAppSiteAssociationWellKnownURI": "apple-app-site-association", "getAssetLinksWellKnownURI": "assetlinks.json", "getWebAuthnWellKnownURI": "webauthn"} {
		o.on(twin.Full, id, func(c *call) (any, error) {
			b, err := c.fetch(brandKind, "", seedID("bnd", "default"))
			if err != nil {
				return nil, err
			}
			return c.published(b, path), nil
		}).public()
	}
}

// wellKnown is the brand and the path that were asked for.
func (c *call) wellKnown() (b Record, path string, err error) {
	if b, err = c.brand(); err != nil {
		return b, "", err
	}
	path = c.param("path")
	for _, w := range wellKnownURIs {
		if w.path == path {
			return b, path, nil
		}
	}
	return b, path, notFound(path, "WellKnownURI")
}

func (c *call) wellKnownAddress(b Record, path string) string {
	return c.address(brandKind, b) + "/well-known-uris/" + path
}

// representation is what a brand answers at a path.
func (c *call) representation(b Record, path string) any {
	if v, ok := object(b.Hidden["wellKnown"])[path]; ok {
		return v
	}
	for _, w := range wellKnownURIs {
		if w.path == path {
			return w.empty
		}
	}
	return nil
}

// published is what the world sees at a path: for Apple, with what Okta Verify needs.
func (c *call) published(b Record, path string) any {
	v := c.representation(b, path)
	if path != "apple-app-site-association" {
		return v
	}
	return with(object(v), obj{"authsrv": obj{"apps": []any{"B7F62B65BN.com.okta.mobile", "B7F62B65BN.com.okta.mobile.auth-service-extension"}}})
}

func (c *call) customizedURI(b Record, path string) any {
	return obj{"representation": c.representation(b, path), "_links": obj{"self": hints(c.wellKnownAddress(b, path)+"/customized", "GET", "PUT")}}
}

func (o *Okta) getAllWellKnownURIs(c *call) (any, error) {
	b, err := c.brand()
	if err != nil {
		return nil, err
	}
	links := obj{"self": hints(c.address(brandKind, b)+"/well-known-uris", "GET")}
	embedded := obj{}
	for _, w := range wellKnownURIs {
		links[w.path] = hints(c.wellKnownAddress(b, w.path), "GET")
		if slices.Contains(c.expanded(), "all") || slices.Contains(c.expanded(), w.path) {
			embedded[w.path] = obj{"customized": c.customizedURI(b, w.path)}
		}
	}
	v := obj{"_links": links}
	if len(embedded) > 0 {
		v["_embedded"] = embedded
	}
	return v, nil
}

func (o *Okta) getRootBrandWellKnownURI(c *call) (any, error) {
	b, path, err := c.wellKnown()
	if err != nil {
		return nil, err
	}
	at := c.wellKnownAddress(b, path)
	v := obj{"representation": c.published(b, path), "_links": obj{"self": hints(at, "GET"), "customized": hints(at+"/customized", "GET", "PUT")}}
	if slices.Contains(c.expanded(), "customized") {
		v["_embedded"] = obj{"customized": c.customizedURI(b, path)}
	}
	return v, nil
}

func (o *Okta) getBrandWellKnownURI(c *call) (any, error) {
	b, path, err := c.wellKnown()
	if err != nil {
		return nil, err
	}
	return c.customizedURI(b, path), nil
}

// replaceBrandWellKnownURI says what a brand answers at a path.
func (o *Okta) replaceBrandWellKnownURI(c *call) (any, error) {
	b, path, err := c.wellKnown()
	if err != nil {
		return nil, err
	}
	v := c.body["representation"]
	_, isList := v.([]any)
	switch {
	case v == nil:
		return nil, blank("representation")
	case isList != (path == "assetlinks.json") || !isList && object(v) == nil:
		return nil, invalid("representation", "representation: The representation is not valid.")
	case path == "apple-app-site-association" && object(v)["authsrv"] != nil:
		return nil, invalid("representation", "representation: The authsrv field is Okta's own.")
	}
	b.Hidden = with(b.Hidden, obj{"wellKnown": with(object(b.Hidden["wellKnown"]), obj{path: copied(v)})})
	b = c.keep(brandKind, b)
	return c.customizedURI(b, path), nil
}
