package okta

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"twinset.dev/kit/twin"
)

// originKind is a web site that may call Okta from a browser, be sent people to, or show Okta in a frame.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/TrustedOrigin/
var originKind = &kind{name: "trustedOrigins", noun: "TrustedOrigin", prefix: "tos", path: "/api/v1/trustedOrigins/%s", event: "security.trusted_origin", lifecycle: true}

func init() { originKind.check = checkOrigin }

func (o *Okta) originsOperations() {
	o.serveKind(twin.Full, originKind, crud{list: "listTrustedOrigins", create: "createTrustedOrigin", get: "getTrustedOrigin", replace: "replaceTrustedOrigin",
		delete: "deleteTrustedOrigin", activate: "activateTrustedOrigin", deactivate: "deactivateTrustedOrigin"}, nil)
}

func checkOrigin(c *call, doc obj, was *Record) error {
	name, origin := text(doc["name"]), text(doc["origin"])
	if err := nameFits(name, 255); err != nil {
		return err
	}
	switch {
	case origin == "":
		return blank("origin")
	}
	if u, err := url.Parse(origin); err != nil || u.Scheme == "" || u.Host == "" && u.Opaque == "" {
		return invalid("origin", "origin: Origin value is not valid")
	}
	for other := range c.all(originKind, "") {
		if was != nil && other.ID == was.ID {
			continue
		}
		for _, field := range []string{"name", "origin"} {
			if other.Doc[field] == doc[field] {
				return invalid(field, field+": An object with this field already exists")
			}
		}
	}
	if len(list(doc["scopes"])) == 0 {
		return blank("scopes")
	}
	for _, s := range list(doc["scopes"]) {
		if !slices.Contains([]string{"CORS", "REDIRECT", "IFRAME_EMBED"}, text(object(s)["type"])) {
			return invalid("scopes", "scopes: The field has an invalid value")
		}
	}
	c.authored(doc, was, "createdBy", "lastUpdatedBy")
	return nil
}

// authored notes who made something, and who changed it last.
func (c *call) authored(doc obj, was *Record, by, lastBy string) {
	doc[by], doc[lastBy] = c.who.user.ID, c.who.user.ID
	if was != nil {
		doc[by] = was.Doc[by]
	}
}

// trustedFor yields the origins that are trusted for a purpose: CORS, REDIRECT or IFRAME_EMBED.
func (c *call) trustedFor(scope string) (origins []string) {
	for r := range c.all(originKind, "") {
		if r.Status == "ACTIVE" && slices.ContainsFunc(list(r.Doc["scopes"]), func(s any) bool { return object(s)["type"] == scope }) {
			origins = append(origins, originOf(text(r.Doc["origin"])))
		}
	}
	return origins
}

// forEverybody are the paths that pages of every origin may read: they hold nothing that is anybody's.
var forEverybody = regexp.MustCompile(`^/(oauth2/[^/]+/)?\.well-known/|^/oauth2/([^/]+/)?v1/keys$`)

// crossOrigin lets pages of other origins call the API: with somebody's cookies those that are trusted, with an access
// token all of them.
//
// https://developer.okta.com/docs/guides/enable-cors/main/
func (o *Okta) crossOrigin(next echo.HandlerFunc) echo.HandlerFunc {
	return func(ec echo.Context) error {
		r := ec.Request()
		origin, path := r.Header.Get("Origin"), r.URL.Path
		if origin == "" || !strings.HasPrefix(path, "/api/v1/") && !strings.HasPrefix(path, "/oauth2/") && !strings.HasPrefix(path, "/idp/idx/") && !forEverybody.MatchString(path) {
			return next(ec)
		}
		asked := r.Header.Get("Access-Control-Request-Headers")
		preflight := r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != ""
		trusted := false
		if w, ok := o.Choose(ec, credentialOf(r).tagged()); ok {
			w.View(func(tc *twin.Call) error {
				trusted = slices.Contains((&call{Call: tc, o: o}).trustedFor("CORS"), origin)
				return nil
			})
		}
		scheme, _, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		h := ec.Response().Header()
		switch {
		case forEverybody.MatchString(path):
			h.Set("Access-Control-Allow-Origin", "*")
		case trusted:
			h.Set("Access-Control-Allow-Origin", origin)
			h.Set("Access-Control-Allow-Credentials", "true")
			h.Set("Vary", "Origin")
		case strings.EqualFold(scheme, "Bearer"), strings.EqualFold(scheme, "DPoP"), preflight && strings.Contains(strings.ToLower(asked), "authorization"):
			h.Set("Access-Control-Allow-Origin", origin)
			h.Set("Vary", "Origin")
		}
		if !preflight {
			h.Set("Access-Control-Expose-Headers", "Link, X-Okta-Request-Id, X-Rate-Limit-Limit, X-Rate-Limit-Remaining, X-Rate-Limit-Reset, DPoP-Nonce")
			return next(ec)
		}
		if h.Get("Access-Control-Allow-Origin") != "" {
			h.Set("Access-Control-Allow-Methods", r.Header.Get("Access-Control-Request-Method"))
			h.Set("Access-Control-Max-Age", "3600")
			if asked != "" {
				h.Set("Access-Control-Allow-Headers", asked)
			}
		}
		return ec.NoContent(http.StatusOK)
	}
}
