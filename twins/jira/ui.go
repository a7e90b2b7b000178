package jira

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"embed"
	"encoding/hex"
	"errors"
	html "html/template"
	"io/fs"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"

	"twinset.dev/kit/twin"
	"twinset.dev/kit/ui"
)

//go:embed ui/pages
var uiFiles embed.FS

func uiPages() fs.FS {
	dir, err := fs.Sub(uiFiles, "ui/pages")
	if err != nil {
		panic(err)
	}
	return dir
}

// pages are what people see in a browser; a twin that nobody looks at does not read them.
var pages = sync.OnceValue(func() *html.Template {
	return ui.Templates(uiPages(), html.FuncMap{"dig": func(v any, keys ...string) any { return dig(v, keys...) }, "initials": initials, "dict": dict})
})

// dict is an object of names and values, for a template inside a template.
func dict(pairs ...any) obj {
	m := obj{}
	for n := 0; n+1 < len(pairs); n += 2 {
		m[text(pairs[n])] = pairs[n+1]
	}
	return m
}

// initials stand for somebody's picture.
func initials(name string) string {
	out := ""
	for _, w := range strings.Fields(name) {
		if out += string([]rune(w)[0]); len(out) >= 2 {
			break
		}
	}
	return out
}

// A screen is what the template of a page is given.
type screen struct {
	ui.Page
	Site, Me string
	At       string // the page's own address, for the forms that come back to it
	Form     string // what a form of this session holds
	Do       string // where forms are sent
	Key      string // of the project that the page is of
	Board    int64
	Nav      string // the page of the project
	V        obj    // what the page shows
}

// uiRoutes are the pages of people, at Jira's own addresses.
func (j *Jira) uiRoutes() {
	ui.Serve(j.Echo, "/jira/assets", uiPages())
	seen := j.Operation(&twin.Operation{ID: "ui.page", Method: http.MethodGet, Path: "/jira/*", Level: twin.Full, Notes: "the pages that people see"})
	page := func(path, name string, show func(*call) (screen, error)) {
		j.Echo.GET(path, func(ec echo.Context) error {
			return j.Serve(ec, seen, credentialOf(ec.Request()).secret, func(r *twin.Request) (twin.Answer, error) { return j.page(r, name, show) })
		})
	}
	page("/", "", nil)
	page("/jira", "", nil)
	page("/jira/your-work", "work", j.workScreen)
	page("/jira/projects", "projects", j.projectsScreen)
	page("/jira/create", "create", j.newIssueScreen)
	page("/jira/software/c/projects/:key/boards/:board", "board", j.boardScreen)
	page("/jira/software/c/projects/:key/boards/:board/backlog", "backlog", j.backlogScreen)
	page("/jira/software/c/projects/:key/settings", "settings", j.settingsScreen)
	page("/jira/plans/:plan/scenarios/:scenario/timeline", "plan", j.planScreen)
	page("/browse/:key", "issue", j.issueScreen)
	page("/issues", "search", j.searchScreen)
	page("/issues/", "search", j.searchScreen)

	j.Echo.GET("/login", func(ec echo.Context) error { return j.Serve(ec, seen, "", j.loginScreen) })
	done := j.Operation(&twin.Operation{ID: "ui.do", Method: http.MethodPost, Path: "/jira/do/{deed}", Level: twin.Full, Notes: "what people do on the pages"})
	j.Echo.POST("/login", func(ec echo.Context) error { return j.Serve(ec, done, "", j.login) })
	j.Echo.POST("/jira/do/:deed", func(ec echo.Context) error {
		return j.Serve(ec, done, credentialOf(ec.Request()).secret, j.do)
	})
	events := j.Operation(&twin.Operation{ID: "ui.events", Method: http.MethodGet, Path: "/jira/events", Level: twin.Full, Notes: "tells a page that there is something new"})
	j.Echo.GET("/jira/events", func(ec echo.Context) error {
		return j.Serve(ec, events, credentialOf(ec.Request()).secret, j.uiEvents)
	})
}

// root is what the addresses of pages begin with: "" or the world's prefix.
func root(w *twin.World) string {
	if w.Name() == twin.DefaultWorld {
		return ""
	}
	return "/w/" + w.Name()
}

func (c *call) root() string { return root(c.World) }

// visitor finds out whose browser it is. What they do on a page runs as the operation of the API that does it.
func (j *Jira) visitor(r *twin.Request, tc *twin.Call) (*call, bool) {
	c := j.newCall(tc)
	c.r, c.op, c.query = r, &operation{row: r.Op, open: true}, r.Echo.QueryParams()
	k := credentialOf(r.Echo.Request())
	if k.scheme != "session" || c.authenticate(k) != nil || c.who.ID == "" {
		return c, false
	}
	r.Actor = c.who.ID
	return c, true
}

// formOf is what a form of a session carries, so that no other site can send one in its name.
func (c *call) formOf(k credential) string {
	mac := hmac.New(sha256.New, c.World.Key("jira forms"))
	mac.Write([]byte(k.secret))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// page answers a page; whoever is not signed in signs in first.
func (j *Jira) page(r *twin.Request, name string, show func(*call) (screen, error)) (a twin.Answer, err error) {
	said := ui.Said(r.Echo)
	err = r.View(func(tc *twin.Call) error {
		c, ok := j.visitor(r, tc)
		at := r.Echo.Request().URL.RequestURI()
		if !ok {
			a = seeOther(c.root() + "/login?" + url.Values{"continue": {at}}.Encode())
			return nil
		}
		if show == nil {
			a = seeOther(c.root() + "/jira/your-work")
			return nil
		}
		s, err := show(c)
		status := http.StatusOK
		if refused := (*refusal)(nil); errors.As(err, &refused) {
			status, name, s = refused.status, "refused", screen{V: obj{"Status": refused.status, "Why": refused.code()}}
		} else if err != nil {
			return err
		}
		if to := text(s.V["Redirect"]); to != "" {
			a = seeOther(c.root() + to)
			return nil
		}
		title := s.Title
		if title == "" {
			title = "Jira"
		}
		s.Page = ui.Page{Title: title, Root: c.root(), Styles: []string{c.root() + "/jira/assets/jira.css"}, Script: []string{c.root() + "/jira/assets/jira.js"}, Events: c.root() + "/jira/events", Said: said, Class: "on-" + name}
		s.Site, s.Me, s.At, s.Form, s.Do = c.site.Title, c.who.Name, at, c.formOf(credentialOf(r.Echo.Request())), c.root()+"/jira/do/"
		b, err := ui.Render(pages(), name, s)
		a = twin.Answer{Status: status, Type: "text/html; charset=utf-8", Header: ui.Headers(), Body: b}
		return err
	})
	return a, err
}

func seeOther(to string) twin.Answer {
	return twin.Answer{Status: http.StatusSeeOther, Header: http.Header{"Location": {to}, "Cache-Control": {"no-store"}}}
}

// loginScreen asks who somebody is. Nobody has a password here: whoever opens the page picks a person.
func (j *Jira) loginScreen(r *twin.Request) (a twin.Answer, err error) {
	err = r.View(func(tc *twin.Call) error {
		c := j.newCall(tc)
		var people []User
		for u := range j.users.All(tc.Tx, "") {
			if u.Active && u.Type == "atlassian" {
				people = append(people, u)
			}
		}
		s := screen{Page: ui.Page{Title: "Log in", Root: c.root(), Styles: []string{c.root() + "/jira/assets/jira.css"}, Class: "on-login"}, Site: c.site.Title, V: obj{"People": people, "Continue": ui.Back(r.Echo.QueryParam("continue"), "/jira/your-work")}}
		b, err := ui.Render(pages(), "login", s)
		a = twin.Answer{Status: http.StatusOK, Type: "text/html; charset=utf-8", Header: ui.Headers(), Body: b}
		return err
	})
	return a, err
}

func (j *Jira) login(r *twin.Request) (a twin.Answer, err error) {
	err = r.Update(func(tc *twin.Call) error {
		c := j.newCall(tc)
		u, ok := j.users.Get(tc.Tx, r.Echo.FormValue("accountId"))
		if !ok || !u.Active {
			a = seeOther(c.root() + "/login")
			return nil
		}
		a = seeOther(c.root() + ui.Back(r.Echo.FormValue("continue"), "/jira/your-work"))
		a.Header.Set("Set-Cookie", c.signIn(u).String())
		return nil
	})
	return a, err
}

// signIn begins a session.
func (c *call) signIn(u User) *http.Cookie {
	s := Session{Secret: c.Rand(40, tokenAlphabet), User: u.ID, Created: c.at()}
	c.j.sessions.Put(c.Tx, s)
	u.LoginThen, u.LastLogin = u.LastLogin, c.at()
	c.j.users.Put(c.Tx, u)
	path := c.root()
	if path == "" {
		path = "/"
	}
	return &http.Cookie{Name: sessionCookie, Value: c.World.Seal(s.Secret), Path: path, HttpOnly: true, SameSite: http.SameSiteLaxMode}
}

// A deed is what a form does: an operation of the API, with what the API would be sent.
type deed struct {
	serve func(*call) (any, error)
	body  func(c *call, f url.Values) (any, error)
	said  string
	to    func(c *call, f url.Values, out any) string // the page that is shown then; where the form was if nil
}

// do does what a form asks for. Its fields are what the operation's path would name.
func (j *Jira) do(r *twin.Request) (twin.Answer, error) {
	d, known := j.deeds()[r.Echo.Param("deed")]
	form, err := r.Echo.FormParams()
	if err != nil || !known {
		return twin.Answer{Status: http.StatusNotFound, Type: "text/plain; charset=utf-8", Body: []byte("There is no such form.\n"), Error: "not_found"}, nil
	}
	to, said := "", ui.Flash{}
	err = r.Update(func(tc *twin.Call) error {
		c, in := j.visitor(r, tc)
		to = c.root() + ui.Back(form.Get("back"), "/jira/your-work")
		if !in || subtle.ConstantTimeCompare([]byte(c.formOf(credentialOf(r.Echo.Request()))), []byte(form.Get("form"))) != 1 {
			return errAnonymous
		}
		if d.body != nil {
			body, err := d.body(c, form)
			if err != nil {
				return err
			}
			c.body = body
		}
		var names, values []string
		for k := range form {
			names, values = append(names, k), append(values, url.PathEscape(form.Get(k)))
		}
		r.Echo.SetParamNames(names...)
		r.Echo.SetParamValues(values...)
		out, err := d.serve(c)
		if err != nil {
			return err
		}
		said.OK = d.said
		if d.to != nil {
			to = c.root() + d.to(c, form, out)
		}
		return nil
	})
	if refused := (*refusal)(nil); errors.As(err, &refused) {
		said.Error = refused.inWords()
	} else if err != nil {
		return twin.Answer{}, err
	}
	ui.Say(r.Echo, said)
	return seeOther(to), nil
}

// inWords is what a person is told of a refusal.
func (r *refusal) inWords() string {
	said := append([]string{}, r.messages...)
	for _, f := range sorted(r.fields) {
		said = append(said, r.fields[f])
	}
	return strings.Join(said, " ")
}

// uiEvents tells a page to look again whenever something has happened. It does not say what: the page asks for itself,
// and is shown what its reader may see.
func (j *Jira) uiEvents(r *twin.Request) (twin.Answer, error) {
	in := false
	r.View(func(tc *twin.Call) error {
		_, in = j.visitor(r, tc)
		return nil
	})
	if !in {
		return twin.Answer{Status: http.StatusNoContent}, nil // an EventSource does not ask again
	}
	return twin.Answer{Stream: func(ec echo.Context) error {
		notices, stop := r.World.Watch(256)
		defer stop()
		return ui.Stream(ec, notices, func(n twin.Notice) (any, bool) { return obj{}, n.Twin == "jira" || n.Twin == "" })
	}}, nil
}
