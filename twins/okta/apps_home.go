package okta

import (
	"bytes"
	_ "embed"
	"encoding/pem"
	"html/template"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"net/http"
	"sync"

	"twinset.dev/kit/twin"
)

// defaultLogo is where the picture of an app is that has none.
const defaultLogo = "/assets/img/logos/default.6770228fb0dab49a1695ef440a5279bb.png"

// homeOperations are what the links of an app lead to: the app itself, how to set it up, its picture.
func (o *Okta) homeOperations() {
	o.pageRoute(http.MethodGet, "/home/{appName}/{appId}/{link}", "app.open", o.openApp)
	o.beyond(twin.Full, "appSetupInstructions", http.MethodGet, "/app/{appName}/{appId}/setup/help/{mode}/{document}", o.setupInstructions).needs("okta.apps")
	o.beyond(twin.Full, "defaultLogo", http.MethodGet, defaultLogo, func(*call) (any, error) { return answer{body: plainLogo(), kind: "image/png"}, nil }).public()
}

// openApp takes a person to an app that they have, signing them in to it on the way.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/UserResources/#tag/UserResources/operation/listAppLinks
func (o *Okta) openApp(c *oauthCall) (any, error) {
	a, ok := o.apps.Get(c.Tx, c.param("appId"))
	if !ok || a.Name != c.param("appName") || a.Status != "ACTIVE" {
		return c.problem(badRequest("not_found", "The app you are looking for is not here."))
	}
	s, ok := c.browserSession()
	if !ok {
		return c.showSignIn(Pending{To: c.link("/home/" + a.Name + "/" + a.ID + "/" + c.param("link"))}, "", "")
	}
	u, _ := o.users.Get(c.Tx, s.User)
	if !c.assigned(a, u) {
		return c.problem(badRequest("access_denied", "User is not assigned to this application."))
	}
	to := a.opens()
	if a.SignOnMode == modeSAML20 {
		to = c.link("/app/" + a.Name + "/" + a.Key + "/sso/saml")
	}
	if to == "" {
		return c.problem(badRequest("not_found", "The app has no page that could be opened."))
	}
	c.logged("user.authentication.sso", "SUCCESS", u.target(), a.target())
	return c.redirect(to), nil
}

// opens is where the app itself is, "" if Okta does not know.
func (a App) opens() string {
	app := object(dig(a.Doc, "settings", "app"))
	return firstText(dig(a.Doc, "settings", "oauthClient", "initiate_login_uri"), dig(a.Doc, "settings", "signOn", "loginUrl"), app["url"], app["targetURL"], app["siteURL"], app["loginURL"], app["baseUrl"])
}

//go:embed pages/setup.html
var setupHTML string

// setupPage is read when somebody first asks how an app is set up.
var setupPage = sync.OnceValue(func() *template.Template { return template.Must(template.New("setup").Parse(setupHTML)) })

// setupInstructions say what the other side of an app must know of Okta.
func (o *Okta) setupInstructions(c *call) (any, error) {
	a, err := c.appOf()
	if err != nil {
		return nil, err
	}
	k, ok := o.keys.Get(c.Tx, a.ID+"/"+a.SigningKey)
	if !ok || a.Name != c.param("appName") {
		return nil, notFound(a.ID, "AppInstance")
	}
	var b bytes.Buffer
	err = setupPage().Execute(&b, obj{"Label": a.Label, "URL": c.link("/app/" + a.Name + "/" + a.Key + "/sso/saml"), "Issuer": "http://www.okta.com/" + a.Key,
		"Certificate": string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.certificate(k)}))})
	return answer{status: http.StatusOK, body: b.Bytes(), kind: "text/html; charset=utf-8"}, err
}

// plainLogo is a square in one colour.
func plainLogo() []byte {
	m := image.NewRGBA(image.Rect(0, 0, 96, 96))
	draw.Draw(m, m.Bounds(), image.NewUniform(color.RGBA{0x16, 0x62, 0xdd, 0xff}), image.Point{}, draw.Src)
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		panic(err) // a buffer takes everything
	}
	return b.Bytes()
}
