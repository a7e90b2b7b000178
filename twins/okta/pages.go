package okta

import (
	_ "embed"
	"slices"
	"strconv"
	"strings"

	"twinset.dev/kit/twin"
)

// pageKind is a page of a brand that somebody has written: "sign-in", "error" or "sign-out" of some variant, by its name
// "sign-in/customized".
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/CustomPages/
var pageKind = &kind{name: "pages", noun: "CustomizedPage", prefix: "pag"}

// The pages that Okta shows while a brand has none of its own.
var (
	//go:embed pages/sign-in.html
	signInHTML string
	//go:embed pages/error.html
	errorHTML string
)

// widgetCustomizations are the words and switches of the Sign-In Widget, as the standard page has them.
var widgetCustomizations = obj{"signInLabel": "Sign In", "usernameLabel": "Username", "usernameInfoTip": "", "passwordLabel": "Password", "passwordInfoTip": "",
	"showPasswordVisibilityToggle": true, "showUserIdentifier": true, "forgotPasswordLabel": "Forgot password?", "forgotPasswordUrl": "", "unlockAccountLabel": "Unlock account?",
	"unlockAccountUrl": "", "helpLabel": "Help", "helpUrl": "", "customLink1Label": "", "customLink1Url": "", "customLink2Label": "", "customLink2Url": "",
	"authenticatorPageCustomLinkLabel": "", "authenticatorPageCustomLinkUrl": "", "classicRecoveryFlowEmailOrUsernameLabel": "Email or Username", "widgetGeneration": "G2"}

// standardPage is what a brand shows until it has a page of its own.
func standardPage(page string) obj {
	policy := obj{"mode": "enforced", "reportUri": nil, "srcList": []any{}}
	if page == "error" {
		return obj{"pageContent": errorHTML, "contentSecurityPolicySetting": policy}
	}
	return obj{"pageContent": signInHTML, "contentSecurityPolicySetting": policy, "widgetVersion": "^7", "widgetCustomizations": widgetCustomizations}
}

func (o *Okta) pagesOperations() {
	for _, p := range []struct{ page, word string }{{"sign-in", "SignInPage"}, {"error", "ErrorPage"}} {
		o.on(twin.Full, "get"+p.word, func(c *call) (any, error) { return c.pageRoot(p.page) })
		o.on(twin.Full, "getDefault"+p.word, func(c *call) (any, error) {
			_, err := c.brand()
			return standardPage(p.page), err
		})
		for _, v := range []string{"customized", "preview"} {
			id := strings.ToUpper(v[:1]) + v[1:] + p.word
			o.on(twin.Full, "get"+id, func(c *call) (any, error) {
				b, err := c.brand()
				if err != nil {
					return nil, err
				}
				r, err := c.page(b, p.page+"/"+v)
				return r.Doc, err
			})
			o.on(twin.Full, "replace"+id, func(c *call) (any, error) { return c.replacePage(p.page, v) })
			o.on(twin.Full, "delete"+id, func(c *call) (any, error) {
				b, err := c.brand()
				if err != nil {
					return nil, err
				}
				if r, ok := c.called(pageKind, b.ID, p.page+"/"+v); ok {
					o.tables[pageKind].records.Delete(c.Tx, r.ID)
					c.logged(eventOfPage[p.page]+".delete", "SUCCESS", brandKind.target(b))
				}
				return nil, nil
			})
		}
	}
	o.on(twin.Full, "getSignOutPageSettings", o.getSignOutPageSettings)
	o.on(twin.Full, "replaceSignOutPageSettings", o.replaceSignOutPageSettings)
	o.on(twin.Full, "listAllSignInWidgetVersions", o.listAllSignInWidgetVersions)
}

// eventOfPage is what the log's events of a page begin with.
var eventOfPage = map[string]string{"sign-in": "system.custom_signin", "error": "system.custom_error", "sign-out": "system.custom_signout"}

// page is a page of a brand by its name.
func (c *call) page(b Record, name string) (Record, error) {
	r, ok := c.called(pageKind, b.ID, name)
	if !ok {
		return r, notFound(b.ID, pageKind.noun)
	}
	return r, nil
}

// pageRoot says which variants of a page there are.
func (c *call) pageRoot(page string) (any, error) {
	b, err := c.brand()
	if err != nil {
		return nil, err
	}
	at := c.address(brandKind, b) + "/pages/" + page
	links := obj{"self": hints(at, "GET"), "default": hints(at+"/default", "GET"), "customized": hints(at+"/customized", "GET", "PUT", "DELETE"), "preview": hints(at+"/preview", "GET", "PUT", "DELETE")}
	v := obj{"_links": links}
	embedded := obj{}
	for _, e := range c.expanded() {
		switch e {
		case "default":
			embedded[e] = standardPage(page)
		case "customized", "preview":
			if r, ok := c.called(pageKind, b.ID, page+"/"+e); ok {
				embedded[e] = r.Doc
			}
		case "customizedUrl":
			embedded[e] = c.link("/login/" + page)
		case "previewUrl":
			embedded[e] = c.link("/login/" + page + "/preview")
		}
	}
	if len(c.expanded()) > 0 {
		v["_embedded"] = embedded
	}
	return v, nil
}

// replacePage writes a page. The brand that came with the org has none of its own.
func (c *call) replacePage(page, variant string) (any, error) {
	b, err := c.brand()
	if err != nil {
		return nil, err
	}
	if b.System {
		return nil, errDefaultPages
	}
	doc := obj{}
	for _, k := range []string{"pageContent", "contentSecurityPolicySetting", "widgetVersion", "widgetCustomizations"} {
		if v, ok := c.body[k]; ok && (page == "sign-in" || !strings.HasPrefix(k, "widget")) {
			doc[k] = copied(v)
		}
	}
	if text(doc["pageContent"]) == "" {
		return nil, blank("pageContent")
	}
	if policy := object(doc["contentSecurityPolicySetting"]); policy != nil {
		if mode := text(policy["mode"]); mode != "enforced" && mode != "report_only" {
			return nil, invalid("contentSecurityPolicySetting.mode", "contentSecurityPolicySetting.mode: The field must be one of enforced, report_only.")
		}
		fill(policy, obj{"reportUri": "", "srcList": []any{}})
	}
	if page == "sign-in" {
		if err := checkWidget(doc); err != nil {
			return nil, err
		}
	}
	name := page + "/" + variant
	r, ok := c.called(pageKind, b.ID, name)
	if !ok {
		r = Record{ID: c.id(pageKind.prefix), Parent: b.ID, Created: c.at(), Order: c.order()}
	}
	r.Updated, r.Doc = c.at(), doc
	c.keepPage(r, name)
	c.logged(eventOfPage[page]+".update", "SUCCESS", brandKind.target(b))
	return doc, nil
}

// keepPage stores a page, whose name is not in what was written.
func (c *call) keepPage(r Record, name string) {
	r.Name = name
	c.o.tables[pageKind].records.Put(c.Tx, r)
}

func checkWidget(doc obj) error {
	version := text(doc["widgetVersion"])
	if version == "" {
		return blank("widgetVersion")
	}
	if !slices.Contains(widgetVersions(), version) {
		return invalid("widgetVersion", "widgetVersion: The version is not supported.")
	}
	standard := obj{"postAuthKeepMeSignedInPrompt": obj{"title": nil, "subtitle": nil, "acceptButtonText": nil, "rejectButtonText": nil}}
	for k, v := range widgetCustomizations {
		standard[k] = v
		if _, words := v.(string); words {
			standard[k] = nil
		}
	}
	standard["widgetGeneration"] = "G2"
	w := object(doc["widgetCustomizations"])
	if w == nil {
		w = obj{}
		doc["widgetCustomizations"] = w
	}
	fill(w, standard)
	if g := text(w["widgetGeneration"]); g != "G2" && g != "G3" {
		return invalid("widgetCustomizations.widgetGeneration", "widgetCustomizations.widgetGeneration: The field must be one of G2, G3.")
	}
	return nil
}

func (o *Okta) getSignOutPageSettings(c *call) (any, error) {
	b, err := c.brand()
	if err != nil {
		return nil, err
	}
	if r, ok := c.called(pageKind, b.ID, "sign-out/customized"); ok {
		return r.Doc, nil
	}
	return obj{"type": "OKTA_DEFAULT"}, nil
}

// replaceSignOutPageSettings says where people go when they sign out.
func (o *Okta) replaceSignOutPageSettings(c *call) (any, error) {
	b, err := c.brand()
	if err != nil {
		return nil, err
	}
	doc := obj{"type": text(c.body["type"])}
	switch doc["type"] {
	case "OKTA_DEFAULT":
	case "EXTERNALLY_HOSTED":
		if doc["url"] = c.body["url"]; !isURL(text(doc["url"])) {
			return nil, invalid("url", "url: The field must be a valid URL.")
		}
	case "":
		return nil, blank("type")
	default:
		return nil, errMalformed
	}
	r, ok := c.called(pageKind, b.ID, "sign-out/customized")
	if !ok {
		r = Record{ID: c.id(pageKind.prefix), Parent: b.ID, Created: c.at(), Order: c.order()}
	}
	r.Updated, r.Doc = c.at(), doc
	c.keepPage(r, "sign-out/customized")
	c.logged(eventOfPage["sign-out"]+".update", "SUCCESS", brandKind.target(b))
	return doc, nil
}

func (o *Okta) listAllSignInWidgetVersions(c *call) (any, error) {
	_, err := c.brand()
	return anys(widgetVersions()), err
}

// widgetVersions are the versions of the Sign-In Widget that a page may ask for, the oldest first.
func widgetVersions() (out []string) {
	for _, major := range []struct {
		n           string
		first, last int
	}{{"5", 11, 16}, {"6", 0, 9}, {"7", 0, 38}} {
		for i := major.first; i <= major.last; i++ {
			out = append(out, major.n+"."+strconv.Itoa(i))
		}
		out = append(out, "^"+major.n)
	}
	return append(out, "*")
}
