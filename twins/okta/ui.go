package okta

import (
	"cmp"
	"crypto/subtle"
	"embed"
	"encoding/json"
	"errors"
	"html/template"
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

// screens are what people and administrators see in a browser; a twin that nobody looks at does not read them.
var screens = sync.OnceValue(func() *template.Template {
	return ui.Templates(ui.Folder(uiFiles, "ui/pages"), template.FuncMap{"dig": func(v any, keys ...string) any { return dig(v, keys...) }, "roles": func() map[string]string { return roleLabels }})
})

// A screen is what the template of a page is given.
type screen struct {
	ui.Page
	Org, Me string
	Admin   bool // is an administrator
	may     func(permission string) bool
	At      string // the page's own address, for the forms that come back to it
	Form    string // what a form of this session holds
	Do      string // where forms are sent
	V       obj    // what the page shows
}

// May reports whether who looks at the page has a permission.
func (s screen) May(permission string) bool { return s.may(permission) }

// A tab is a part of the pages of administrators: where it begins, what it takes, and what its addresses begin with.
type tab struct {
	Path, Label, permission, under string
	Here                           bool
}

var tabs = []tab{
	{Path: "/admin/dashboard", Label: "Overview", permission: "okta.logs.read", under: "/admin/dashboard"}, {Path: "/admin/users", Label: "People", permission: "okta.users.read", under: "/admin/user"},
	{Path: "/admin/groups", Label: "Groups", permission: "okta.groups.read", under: "/admin/group"}, {Path: "/admin/apps/active", Label: "Applications", permission: "okta.apps.read", under: "/admin/app"},
	{Path: "/admin/policies", Label: "Policies", permission: "okta.policies.read", under: "/admin/polic"}, {Path: "/admin/oauth2/as", Label: "API", permission: "okta.authzServers.read", under: "/admin/oauth2"},
	{Path: "/report/system_log_2", Label: "System Log", permission: "okta.logs.read", under: "/report"},
}

// Tabs are those that who looks at the page may see.
func (s screen) Tabs() (out []tab) {
	for _, t := range tabs {
		if s.may(t.permission) {
			t.Here = strings.HasPrefix(s.At, t.under)
			out = append(out, t)
		}
	}
	return out
}

// A button is a form with nothing to fill in.
type button struct {
	screen
	Deed, Label, Class string
	Fields             [][2]string
}

// Button does a deed with some fields, in pairs of name and value.
func (s screen) Button(deed, label string, fields ...string) button {
	b := button{screen: s, Deed: deed, Label: label}
	for i := 0; i+1 < len(fields); i += 2 {
		b.Fields = append(b.Fields, [2]string{fields[i], fields[i+1]})
	}
	return b
}

// Danger is a button that takes something away.
func (s screen) Danger(deed, label string, fields ...string) button {
	b := s.Button(deed, label, fields...)
	b.Class = "danger"
	return b
}

// uiRoutes are the pages of people and of administrators, at Okta's own addresses.
func (o *Okta) uiRoutes() {
	ui.Serve(o.Echo, "/assets/ui", ui.Folder(uiFiles, "ui/pages"))
	seen := o.Operation(&twin.Operation{ID: "ui.page", Method: http.MethodGet, Path: "/admin/*", Level: twin.Full, Notes: "the pages of administrators, and the dashboard and settings of everybody"})
	page := func(path, name, title, permission string, show func(*call) (obj, error)) {
		o.Echo.GET(path, func(ec echo.Context) error {
			return o.Serve(ec, seen, credentialOf(ec.Request()).tagged(), func(r *twin.Request) (twin.Answer, error) { return o.screen(r, name, title, permission, show) })
		})
	}
	page("/", "", "", "", nil)
	page("/admin", "", "", "", nil)
	page("/app/UserHome", "home", "My apps", "", o.homeScreen)
	page("/enduser/settings", "settings", "Settings", "", o.settingsScreen)
	page("/admin/dashboard", "overview", "Dashboard", "okta.logs.read", o.overviewScreen)
	page("/admin/users", "people", "People", "okta.users.read", o.peopleScreen)
	page("/admin/user/profile/view/:userId", "person", "Person", "okta.users.read", o.personScreen)
	page("/admin/groups", "groups", "Groups", "okta.groups.read", o.groupsScreen)
	page("/admin/groups/rules", "grouprules", "Group rules", "okta.groups.read", o.groupRulesScreen)
	page("/admin/group/:groupId", "group", "Group", "okta.groups.read", o.groupScreen)
	page("/admin/apps/active", "apps", "Applications", "okta.apps.read", o.appsScreen)
	page("/admin/apps/new", "newapp", "New app", "okta.apps.manage", o.newAppScreen)
	page("/admin/app/:appName/instance/:appId", "app", "Application", "okta.apps.read", o.appScreen)
	page("/admin/policies", "policies", "Policies", "okta.policies.read", o.policiesScreen)
	page("/admin/policy/:policyId", "policy", "Policy", "okta.policies.read", o.policyScreen)
	page("/admin/oauth2/as", "authservers", "Authorization servers", "okta.authzServers.read", o.authServersScreen)
	page("/admin/oauth2/as/:authServerId", "authserver", "Authorization server", "okta.authzServers.read", o.authServerScreen)
	page("/admin/oauth2/as/:authServerId/policies/:policyId", "policy", "Access policy", "okta.authzServers.read", o.policyScreen)
	page("/report/system_log_2", "log", "System Log", "okta.logs.read", o.logScreen)

	done := o.Operation(&twin.Operation{ID: "ui.do", Method: http.MethodPost, Path: "/admin/do/{deed}", Level: twin.Full, Notes: "what an administrator does on the pages"})
	own := o.Operation(&twin.Operation{ID: "ui.own", Method: http.MethodPost, Path: "/enduser/do/{deed}", Level: twin.Full, Notes: "what people do on their own pages"})
	o.Echo.POST("/admin/do/:deed", func(ec echo.Context) error {
		return o.Serve(ec, done, credentialOf(ec.Request()).tagged(), func(r *twin.Request) (twin.Answer, error) { return o.do(r, o.adminDeeds(), true) })
	})
	o.Echo.POST("/enduser/do/:deed", func(ec echo.Context) error {
		return o.Serve(ec, own, credentialOf(ec.Request()).tagged(), func(r *twin.Request) (twin.Answer, error) { return o.do(r, o.ownDeeds(), false) })
	})
	events := o.Operation(&twin.Operation{ID: "ui.events", Method: http.MethodGet, Path: "/enduser/events", Level: twin.Full, Notes: "tells a page that there is something new"})
	o.Echo.GET("/enduser/events", func(ec echo.Context) error {
		return o.Serve(ec, events, credentialOf(ec.Request()).tagged(), o.uiEvents)
	})
}

// visitor finds out whose browser it is. What they do on a page runs as the operation of the API that does it.
func (o *Okta) visitor(r *twin.Request, tc *twin.Call) (*call, bool) {
	c := &call{Call: tc, o: o, r: r, op: &operation{row: r.Op}, base: o.URL(tc), query: r.Echo.QueryParams(), more: http.Header{}}
	s, ok := c.browserSession()
	if !ok {
		return c, false
	}
	u, ok := o.users.Get(c.Tx, s.User)
	c.who = principal{user: u, session: s}
	r.Actor = c.who.actor()
	return c, ok
}

// root is what the addresses of pages begin with: "" or the world's prefix.
func (c *call) root() string { return strings.TrimSuffix(c.cookiePath(), "/") }

// screen answers a page; whoever is not signed in signs in first. A page of administrators takes a permission over
// everything of its sort: those who see to some things alone do that by the API.
func (o *Okta) screen(r *twin.Request, name, title, permission string, show func(*call) (obj, error)) (a twin.Answer, err error) {
	said := ui.Said(r.Echo)
	err = r.View(func(tc *twin.Call) error {
		c, ok := o.visitor(r, tc)
		at := r.Echo.Request().URL.RequestURI()
		if !ok {
			a = seeOther(c.root() + "/login/login.htm?" + url.Values{"fromURI": {at}}.Encode())
			return nil
		}
		if show == nil {
			to := "/app/UserHome"
			if first := (screen{may: c.mayEverywhere}).Tabs(); len(first) > 0 {
				to = first[0].Path
			}
			a = seeOther(c.root() + to)
			return nil
		}
		admin := strings.HasPrefix(permission, "okta.")
		s := screen{Page: ui.Page{Title: title + " – " + c.orgName(), Root: c.root(), Styles: []string{c.root() + "/assets/ui/okta.css"}, Events: c.root() + "/enduser/events", Said: said},
			Org: c.orgName(), Me: c.who.user.display(), Admin: c.powers().all || len(c.powers().some) > 0, may: c.mayEverywhere, At: at, Form: formOf(c.who.session),
			Do: c.root() + map[bool]string{true: "/admin/do/", false: "/enduser/do/"}[admin]}
		status := http.StatusOK
		if admin && !c.mayEverywhere(permission) {
			status, name, s.V = http.StatusForbidden, "refused", obj{"Status": 403, "Why": errForbidden.summary}
		} else if v, err := show(c); err != nil {
			refused := (*refusal)(nil)
			if !errors.As(err, &refused) {
				return err
			}
			status, name, s.V = refused.status, "refused", obj{"Status": refused.status, "Why": inWords(refused)}
		} else {
			s.V = v
		}
		b, err := ui.Render(screens(), name, s)
		a = twin.Answer{Status: status, Type: "text/html; charset=utf-8", Header: ui.Headers(), Body: b}
		return err
	})
	return a, err
}

func seeOther(to string) twin.Answer {
	return twin.Answer{Status: http.StatusSeeOther, Header: http.Header{"Location": {to}, "Cache-Control": {"no-store"}}}
}

// inWords is what a person is told of a refusal.
func inWords(r *refusal) string {
	if len(r.causes) > 0 {
		return strings.Join(r.causes, ". ")
	}
	return r.summary
}

// A deed is what a form does: an operation of the API, the one that is called like it if none is named, with what the API
// would be sent.
type deed struct {
	op    string
	serve func(*call) (any, error) // in the place of the operation, for what the API does not have
	query url.Values
	body  func(*call, url.Values) obj
	said  func(out any) string // once it is done
	to    func(out any) string // the page that is shown then; where the form was if nil
}

// do does what a form asks for. Its fields are what the operation's path would name.
func (o *Okta) do(r *twin.Request, deeds map[string]deed, admin bool) (twin.Answer, error) {
	name := r.Echo.Param("deed")
	d, known := deeds[name]
	form, err := r.Echo.FormParams()
	if err != nil || !known {
		return twin.Answer{Status: http.StatusNotFound, Type: "text/plain; charset=utf-8", Body: []byte("There is no such form.\n"), Error: "not_found"}, nil
	}
	root, to, said := "", "", ui.Flash{}
	err = r.Update(func(tc *twin.Call) error {
		c, in := o.visitor(r, tc)
		root = c.root()
		to = ui.Back(form.Get("back"), "/")
		if !in || subtle.ConstantTimeCompare([]byte(formOf(c.who.session)), []byte(form.Get("form"))) != 1 {
			return errInvalidSession
		}
		params := url.Values{}
		for k := range form {
			params.Set(k, form.Get(k))
		}
		if !admin {
			params.Set("userId", c.who.user.ID)
		}
		c.query = d.query
		c.naming(params)
		if op := o.served[cmp.Or(d.op, name)]; admin {
			if c.op = op; d.serve == nil {
				d.serve = op.serve
			}
			if err := c.mayCall(); err != nil {
				return err
			}
		}
		if d.body != nil {
			c.body = d.body(c, form)
		}
		out, err := d.serve(c)
		if err != nil {
			return err
		}
		c.provision()
		said.OK = d.said(out)
		if d.to != nil {
			to = d.to(out)
		}
		return nil
	})
	if refused := (*refusal)(nil); errors.As(err, &refused) {
		said.Error = inWords(refused)
	} else if err != nil {
		return twin.Answer{}, err
	}
	ui.Say(r.Echo, said)
	return seeOther(root + to), nil
}

// naming has params stand in the place of what an operation's path names.
func (c *call) naming(params url.Values) {
	var names, values []string
	for k := range params {
		names, values = append(names, k), append(values, url.PathEscape(params.Get(k)))
	}
	c.r.Echo.SetParamNames(names...)
	c.r.Echo.SetParamValues(values...)
}

// list is what an operation that lists things answers the caller.
func (c *call) list(serve func(*call) (any, error), query url.Values) (page, error) {
	inner := *c
	inner.query = query
	out, err := serve(&inner)
	p, ok := out.(page)
	switch {
	case err != nil:
		return p, err
	case !ok:
		return page{items: list(out)}, nil
	case p.raw != nil:
		err = json.Unmarshal(p.raw, &p.items)
	}
	return p, err
}

// uiEvents tells a page to look again whenever something has come into the log. It does not say what: the page asks
// for itself, and is shown what its reader may see.
func (o *Okta) uiEvents(r *twin.Request) (twin.Answer, error) {
	in := false
	r.View(func(tc *twin.Call) error {
		_, in = o.visitor(r, tc)
		return nil
	})
	if !in {
		return twin.Answer{Status: http.StatusNoContent}, nil // an EventSource does not ask again
	}
	return twin.Answer{Stream: func(ec echo.Context) error {
		notices, stop := r.World.Watch(256)
		defer stop()
		return ui.Stream(ec, notices, func(n twin.Notice) (any, bool) { return obj{}, n.Twin == "okta" || n.Twin == "" })
	}}, nil
}
