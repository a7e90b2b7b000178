package identity

import (
	"embed"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"twinset.dev/kit/store"
	"twinset.dev/kit/twin"
	"twinset.dev/kit/ui"
)

//go:embed pages
var pageFiles embed.FS

// pages are what people see when they sign in; a twin that nobody looks at does not read them.
var pages = sync.OnceValue(func() *template.Template { return ui.Templates(ui.Folder(pageFiles, "pages"), nil) })

// A screen is what the template of a page is given.
type screen struct {
	ui.Page
	User   User
	Users  []User
	Client Client
	Scopes []choice
	Form   string // what a form of this session holds
	Post   string // where it is sent
	Code   string // of a device
	Word   string // invalid_request
	Why    string
	Status int
}

// A choice is a scope as a person reads it.
type choice struct {
	Scope, Words string
	Fixed        bool // cannot be left out
}

// signInRoutes are the pages of accounts.google.com. Nobody has a password here: whoever opens them picks a person.
func (i *Identity) signInRoutes() {
	ui.Serve(i.Echo, "/accounts/assets", ui.Folder(pageFiles, "pages"))
	i.endpoint(http.MethodGet, "/AccountChooser", "accounts.chooser", (*flow).chooser)
	i.endpoint(http.MethodGet, "/ServiceLogin", "accounts.login", (*flow).chooser)
	i.endpoint(http.MethodPost, "/AccountChooser", "accounts.choose", (*flow).choose)
	i.endpoint(http.MethodGet, "/Logout", "accounts.logout", (*flow).logout)
	for _, path := range []string{"/o/oauth2/v2/auth", "/o/oauth2/auth"} {
		i.endpoint(http.MethodGet, path, "oauth2.authorize"+strings.ReplaceAll(path, "/", "."), (*flow).authorize)
		i.endpoint(http.MethodPost, path, "oauth2.consent"+strings.ReplaceAll(path, "/", "."), (*flow).consent)
	}
	i.endpoint(http.MethodGet, "/device", "oauth2.device", (*flow).device)
	i.endpoint(http.MethodPost, "/device", "oauth2.letDevice", (*flow).letDevice)
}

// page shows a template.
func (f *flow) page(name string, s screen) (any, error) {
	s.Root, s.Class = f.root, "accounts on-"+name
	s.Styles = []string{f.root + "/accounts/assets/accounts.css"}
	b, err := ui.Render(pages(), name, s)
	h := ui.Headers()
	// An app's address is where the form leads in the end.
	h.Set("Content-Security-Policy", strings.Replace(h.Get("Content-Security-Policy"), "form-action 'self'; ", "", 1))
	return twin.Answer{Status: s.Status, Type: "text/html; charset=utf-8", Header: h, Body: b, Error: s.Word}, err
}

func (f *flow) seeOther(to string) twin.Answer {
	return twin.Answer{Status: http.StatusFound, Header: http.Header{"Location": {to}, "Cache-Control": {"no-store"}}}
}

// SessionCookie is the name of the cookie that a browser is signed in with.
const SessionCookie = "SID"

// SignedIn returns whose browser it is.
func (i *Identity) SignedIn(c *twin.Call, r *http.Request) (User, bool) {
	ck, err := r.Cookie(SessionCookie)
	if err != nil {
		return User{}, false
	}
	s, ok := i.sessions.Get(c.Tx, c.World.Unseal(ck.Value))
	if !ok {
		return User{}, false
	}
	u, ok := i.Users.Get(c.Tx, s.User)
	return u, ok && !u.Suspended
}

// SignIn is the address of the page that asks who somebody is, and returns to an address within the twin.
func SignIn(root, back string) string {
	return root + "/ServiceLogin?" + url.Values{"continue": {back}}.Encode()
}

// FormKey is what a form of a browser's session carries, so that no other site can send one in its name.
func FormKey(c *twin.Call, r *http.Request) string {
	ck, err := r.Cookie(SessionCookie)
	if err != nil {
		return ""
	}
	return (&flow{Call: c}).mac("forms", ck.Value)
}

func (f *flow) signedIn() (User, bool) { return f.i.SignedIn(f.Call, f.req) }

// people are the accounts that somebody can pick, those of a domain if one is asked for.
func (i *Identity) people(r store.Reader, domain string) (out []User) {
	for u := range i.Users.All(r, "") {
		if !u.Robot && !u.Suspended && (domain == "" || domain == "*" && u.Domain != "" || strings.EqualFold(u.Domain, domain)) {
			out = append(out, u)
		}
	}
	slices.SortFunc(out, func(a, b User) int { return strings.Compare(a.Domain+a.Name, b.Domain+b.Name) })
	slices.SortStableFunc(out, func(a, b User) int { // strangers last
		return strings.Compare(b.Domain, a.Domain)
	})
	return out
}

// chooser asks who somebody is.
func (f *flow) chooser() (any, error) {
	return f.ask(ui.Back(f.form.Get("continue"), "/drive/my-drive"), Client{}, "")
}

func (f *flow) ask(back string, cl Client, domain string) (any, error) {
	s := screen{Users: f.i.people(f.Tx, domain), Client: cl, Post: f.root + "/AccountChooser?" + url.Values{"continue": {back}}.Encode()}
	s.Title = "Sign in - Google Accounts"
	return f.page("chooser", s)
}

// choose signs somebody in.
func (f *flow) choose() (any, error) {
	u, ok := f.i.Users.Get(f.Tx, f.form.Get("user"))
	if !ok || u.Robot || u.Suspended {
		return f.chooser()
	}
	s := Session{Secret: f.World.Unseal(f.World.Seal(f.Rand(60, secretAlphabet))), User: u.ID}
	f.i.sessions.Put(f.Tx, s)
	a := f.seeOther(f.root + ui.Back(f.form.Get("continue"), "/drive/my-drive"))
	a.Status = http.StatusSeeOther
	a.Header.Set("Set-Cookie", f.cookie(f.World.Reveal(s.Secret), 0).String())
	return a, nil
}

func (f *flow) cookie(value string, age int) *http.Cookie {
	path := f.root
	if path == "" {
		path = "/"
	}
	return &http.Cookie{Name: SessionCookie, Value: value, Path: path, MaxAge: age, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: f.req.TLS != nil}
}

// logout ends the session of a browser.
func (f *flow) logout() (any, error) {
	if ck, err := f.req.Cookie(SessionCookie); err == nil {
		f.i.sessions.Delete(f.Tx, f.World.Unseal(ck.Value))
	}
	a := f.seeOther(f.root + ui.Back(f.form.Get("continue"), "/ServiceLogin"))
	a.Header.Set("Set-Cookie", f.cookie("", -1).String())
	return a, nil
}
