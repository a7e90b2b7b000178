package okta

import (
	"regexp"
	"slices"
	"strconv"

	"twinset.dev/kit/twin"
)

// themeKind is the theme of a brand: its colours, pictures, and where they are used. Each brand has one.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Themes/
var themeKind = &kind{name: "themes", noun: "Theme", prefix: "the", path: "/api/v1/brands/%s/themes/%s", event: "system.theme",
	drops: []string{"logo", "favicon", "backgroundImage"}}

func init() {
	themeKind.check, themeKind.links, themeKind.view = checkTheme, linksOfTheme, viewTheme
}

// touchPoints are the places that a theme is used in, and what each can show of it.
var touchPoints = map[string][]string{
	"signInPageTouchPointVariant":       {"OKTA_DEFAULT", "BACKGROUND_SECONDARY_COLOR", "BACKGROUND_IMAGE"},
	"endUserDashboardTouchPointVariant": {"OKTA_DEFAULT", "WHITE_LOGO_BACKGROUND", "FULL_THEME", "LOGO_ON_FULL_WHITE_BACKGROUND"},
	"errorPageTouchPointVariant":        {"OKTA_DEFAULT", "BACKGROUND_SECONDARY_COLOR", "BACKGROUND_IMAGE"},
	"emailTemplateTouchPointVariant":    {"OKTA_DEFAULT", "FULL_THEME"},
	"loadingPageTouchPointVariant":      {"OKTA_DEFAULT", "NONE"},
}

func (o *Okta) themesOperations() {
	within := func(c *call, id string) error { _, err := c.fetch(brandKind, "", id); return err }
	o.serveKind(twin.Full, themeKind, crud{get: "getBrandTheme", replace: "replaceBrandTheme"}, within)
	o.on(twin.Full, "listBrandThemes", o.listBrandThemes)
	for _, p := range []struct{ upload, delete, member string }{
		{"uploadBrandThemeLogo", "deleteBrandThemeLogo", "logo"},
		{"uploadBrandThemeFavicon", "deleteBrandThemeFavicon", "favicon"},
		{"uploadBrandThemeBackgroundImage", "deleteBrandThemeBackgroundImage", "backgroundImage"},
	} {
		o.on(twin.Full, p.upload, func(c *call) (any, error) { return c.uploadToTheme(p.member) })
		o.on(twin.Full, p.delete, func(c *call) (any, error) { return nil, c.deleteFromTheme(p.member) })
	}
}

func (c *call) bootstrapTheme(b Record, id string) {
	c.keep(themeKind, Record{ID: id, Parent: b.ID, Created: b.Created, Updated: b.Updated, Order: c.order(), Doc: obj{
		"primaryColorHex": "#1662dd", "primaryColorContrastHex": "#ffffff", "secondaryColorHex": "#ebebed", "secondaryColorContrastHex": "#000000",
		"signInPageTouchPointVariant": "OKTA_DEFAULT", "endUserDashboardTouchPointVariant": "OKTA_DEFAULT", "errorPageTouchPointVariant": "OKTA_DEFAULT",
		"emailTemplateTouchPointVariant": "OKTA_DEFAULT", "loadingPageTouchPointVariant": "OKTA_DEFAULT"}})
}

func (o *Okta) listBrandThemes(c *call) (any, error) {
	b, err := c.brand()
	if err != nil {
		return nil, err
	}
	return c.themesOf(b), nil
}

func (c *call) themesOf(b Record) []any {
	out := []any{}
	for t := range c.all(themeKind, b.ID) {
		out = append(out, c.shown(themeKind, t))
	}
	return out
}

// theme is the theme that the path names.
func (c *call) theme() (Record, error) {
	b, err := c.brand()
	if err != nil {
		return b, err
	}
	return c.fetch(themeKind, b.ID, c.param("themeId"))
}

// uploadToTheme gives a theme a picture.
func (c *call) uploadToTheme(member string) (any, error) {
	t, err := c.theme()
	if err != nil {
		return nil, err
	}
	i, err := c.uploaded(pictureRules[member])
	if err != nil {
		return nil, err
	}
	t.Doc = with(t.Doc, obj{member: i.path()})
	t.Updated = c.at()
	c.keep(themeKind, t)
	c.logged("system.theme.update", "SUCCESS", themeKind.target(t))
	if member == "logo" {
		return obj{"url": c.link(i.path())}, nil
	}
	return created(obj{"url": c.link(i.path())}), nil
}

// deleteFromTheme lets a theme use Okta's own picture again.
func (c *call) deleteFromTheme(member string) error {
	t, err := c.theme()
	if err != nil {
		return err
	}
	if p := text(t.Doc[member]); p != "" {
		c.o.images.Delete(c.Tx, imageAt(p))
	}
	t.Doc, t.Updated = without(t.Doc, member), c.at()
	c.keep(themeKind, t)
	c.logged("system.theme.update", "SUCCESS", themeKind.target(t))
	return nil
}

var hexColor = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)

func checkTheme(c *call, doc obj, was *Record) error {
	for _, k := range []string{"primaryColorHex", "secondaryColorHex"} {
		switch s := text(doc[k]); {
		case s == "":
			return blank(k)
		case !hexColor.MatchString(s):
			return invalid(k, k+": The color must be a hexadecimal code, for example #ffffff.")
		}
		contrast := k[:len(k)-len("Hex")] + "ContrastHex"
		switch s := text(doc[contrast]); s {
		case "":
			doc[contrast] = contrasting(text(doc[k]))
		case "#000000", "#ffffff":
		default:
			return invalid(contrast, contrast+": The contrast color must be #000000 or #ffffff.")
		}
	}
	for _, k := range []string{"signInPageTouchPointVariant", "endUserDashboardTouchPointVariant", "errorPageTouchPointVariant", "emailTemplateTouchPointVariant", "loadingPageTouchPointVariant"} {
		s := text(doc[k])
		if s == "" && k == "loadingPageTouchPointVariant" {
			s = "OKTA_DEFAULT"
		}
		if s == "" {
			return blank(k)
		}
		if !slices.Contains(touchPoints[k], s) {
			return errMalformed
		}
		doc[k] = s
	}
	for _, k := range []string{"logo", "favicon", "backgroundImage"} {
		if p, ok := was.Doc[k]; ok {
			doc[k] = p
		}
	}
	return nil
}

// contrasting is black or white, whichever can be read on a colour.
func contrasting(hex string) string {
	n, err := strconv.ParseUint(hex[1:], 16, 32)
	if err != nil {
		return "#000000"
	}
	r, g, b := n>>16, n>>8&0xff, n&0xff
	if (r*299+g*587+b*114)/1000 >= 128 {
		return "#000000"
	}
	return "#ffffff"
}

func linksOfTheme(c *call, r Record, links obj) {
	at := c.address(themeKind, r)
	links["self"] = hints(at, "GET", "PUT")
	for _, k := range []string{"logo", "favicon", "background-image"} {
		links[k] = hints(at+"/"+k, "POST", "DELETE")
	}
}

func viewTheme(c *call, r Record, v obj) {
	delete(v, "created")
	delete(v, "lastUpdated")
	for k, standard := range map[string]any{"logo": c.link(oktaLogo), "favicon": c.link(oktaFavicon), "backgroundImage": nil} {
		v[k] = standard
		if p := text(r.Doc[k]); p != "" {
			v[k] = c.link(p)
		}
	}
}
