package gdrive

import (
	"crypto/subtle"
	"embed"
	"errors"
	html "html/template"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"twinset.dev/kit/twin"
	"twinset.dev/kit/ui"
	"twinset.dev/twins/internal/google/files"
	"twinset.dev/twins/internal/google/gapi"
	"twinset.dev/twins/internal/google/identity"
)

//go:embed ui
var uiFiles embed.FS

// pages are what people see in a browser; a twin that nobody looks at does not read them.
var pages = sync.OnceValue(func() *html.Template {
	return ui.Templates(ui.Folder(uiFiles, "ui"), html.FuncMap{"size": inWords, "when": shortly, "href": href, "kindOf": kindOf, "words": typeWords})
})

// A screen is what the template of a page is given.
type screen struct {
	ui.Page
	Me       identity.User
	At       string // the page's own address, for the forms that come back to it
	Here     string // the same with nothing picked and no dialog
	Form     string // what a form of this session holds
	Do       string // where forms are sent
	Nav      string
	Heading  string
	Query    string
	Folder   string // that new files go into
	Crumbs   []obj
	Files    []any
	More     string // address of the next page
	Grid     bool
	Picked   obj // the file whose details are shown
	Access   []any
	Versions []any
	Dialog   string
	Folders  []any
	Used     any
	Domain   string
}

// To is the address of the page with a file picked and a dialog open, if any.
func (s screen) To(file any, dialog string) string {
	u, _ := url.Parse(s.Here)
	q := u.Query()
	if id, _ := file.(string); id != "" {
		q.Set("sel", id)
	}
	if dialog != "" {
		q.Set("do", dialog)
	}
	u.RawQuery = q.Encode()
	return s.Root + u.String()
}

// A visit is somebody who looks at a page. What they see and do is what the API answers them.
type visit struct {
	d    *Drive
	tc   *twin.Call
	r    *twin.Request
	me   identity.User
	root string
}

// do runs a method of the API in the visitor's name.
func (v *visit) do(id string, params []string, query url.Values, body any) (obj, error) {
	if query == nil {
		query = url.Values{}
	}
	query.Set("supportsAllDrives", "true")
	out, err := v.d.Do(v.tc, v.r, v.me, id, params, query, body)
	m, _ := out.(map[string]any)
	return m, err
}

// uiRoutes are the pages of people, at Drive's own addresses.
func (d *Drive) uiRoutes() {
	ui.Serve(d.Echo, "/drive/assets", ui.Folder(uiFiles, "ui"))
	d.Told = append(d.Told, func(c *call, _ files.Change) { c.Notify(twin.Notice{Twin: "gdrive", Topic: "change"}) })

	seen := d.Operation(&twin.Operation{ID: "ui.page", Method: http.MethodGet, Path: "/drive/*", Level: twin.Full, Notes: "the pages that people see"})
	page := func(path string, show func(*visit) (screen, error)) {
		d.Echo.GET(path, func(ec echo.Context) error {
			return d.Serve(ec, seen, sessionOf(ec.Request()), func(r *twin.Request) (twin.Answer, error) { return d.page(r, show) })
		})
	}
	for _, root := range []string{"/", "/drive", "/drive/", "/drive/home", "/drive/u/:n/:rest"} {
		d.Echo.GET(root, func(ec echo.Context) error {
			return d.Serve(ec, seen, sessionOf(ec.Request()), func(r *twin.Request) (twin.Answer, error) {
				return seeOther(rootOf(r.World) + "/drive/" + cmpOr(ec.Param("rest"), "my-drive")), nil
			})
		})
	}
	page("/drive/my-drive", func(v *visit) (screen, error) { return v.folder(v.me.Root) })
	page("/drive/folders/:id", func(v *visit) (screen, error) { return v.folder(v.r.Echo.Param("id")) })
	page("/drive/shared-with-me", listing("shared", "Shared with me", "sharedWithMe and trashed = false", "sharedWithMeTime desc"))
	page("/drive/recent", listing("recent", "Recent", "trashed = false", "recency desc"))
	page("/drive/starred", listing("starred", "Starred", "starred = true and trashed = false", "folder,name_natural"))
	page("/drive/trash", listing("trash", "Trash", "trashed = true", "modifiedTime desc"))
	page("/drive/search", (*visit).found)
	page("/drive/shared-drives", (*visit).sharedDrives)
	page("/file/d/:id/view", (*visit).preview)
	page("/file/d/:id/edit", (*visit).preview)
	page("/file/d/:id", (*visit).preview)
	page("/open", (*visit).open)
	d.Echo.GET("/uc", func(ec echo.Context) error {
		return d.Serve(ec, seen, sessionOf(ec.Request()), d.fetch)
	})

	done := d.Operation(&twin.Operation{ID: "ui.do", Method: http.MethodPost, Path: "/drive/do/{deed}", Level: twin.Full, Notes: "what people do on the pages"})
	d.Echo.POST("/drive/do/:deed", func(ec echo.Context) error {
		return d.Serve(ec, done, sessionOf(ec.Request()), d.deed)
	})
	events := d.Operation(&twin.Operation{ID: "ui.events", Method: http.MethodGet, Path: "/drive/events", Level: twin.Full, Notes: "tells a page that there is something new"})
	d.Echo.GET("/drive/events", func(ec echo.Context) error {
		return d.Serve(ec, events, sessionOf(ec.Request()), d.uiEvents)
	})
}

func sessionOf(r *http.Request) string {
	if ck, err := r.Cookie(identity.SessionCookie); err == nil {
		return ck.Value
	}
	return ""
}

// rootOf is what the addresses of pages begin with: "" or the world's prefix.
func rootOf(w *twin.World) string {
	if w.Name() == twin.DefaultWorld {
		return ""
	}
	return "/w/" + w.Name()
}

func cmpOr(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func seeOther(to string) twin.Answer {
	return twin.Answer{Status: http.StatusSeeOther, Header: http.Header{"Location": {to}, "Cache-Control": {"no-store"}}}
}

// visitor finds out whose browser it is.
func (d *Drive) visitor(r *twin.Request, tc *twin.Call) (*visit, bool) {
	me, in := d.SignedIn(tc, r.Echo.Request())
	r.Actor = me.Email
	return &visit{d, tc, r, me, rootOf(r.World)}, in
}

// movedTo is the answer of a page that is at another address.
type movedTo string

func (e movedTo) Error() string { return string(e) }

// page answers a page. Whoever is not signed in signs in first, unless everybody may see it.
func (d *Drive) page(r *twin.Request, show func(*visit) (screen, error)) (a twin.Answer, err error) {
	said := ui.Said(r.Echo)
	err = r.View(func(tc *twin.Call) error {
		v, in := d.visitor(r, tc)
		at := r.Echo.Request().URL.RequestURI()
		public := strings.HasPrefix(at, "/file/") || strings.HasPrefix(at, "/open") || strings.HasPrefix(at, "/drive/folders/")
		if !in && !public {
			a = seeOther(identity.SignIn(v.root, at))
			return nil
		}
		s, err := show(v)
		status, name := http.StatusOK, "drive"
		var to movedTo
		var refused *gapi.Refusal
		switch {
		case errors.As(err, &to):
			a = seeOther(v.root + string(to))
			return nil
		case errors.As(err, &refused) && !in:
			a = seeOther(identity.SignIn(v.root, at))
			return nil
		case errors.As(err, &refused):
			status, name, s = refused.Code, "refused", screen{Heading: refused.Words()}
			if status == http.StatusNotFound {
				s.Heading = "You need access"
				if id := r.Echo.Param("id"); d.Files.Has(tc.Tx, id) {
					s.Picked = obj{"id": id}
				}
			}
		case err != nil:
			return err
		case s.Nav == "preview":
			name = "preview"
		}
		q := r.Echo.Request().URL.Query()
		if name == "drive" {
			if err := v.details(&s, q.Get("sel"), q.Get("do")); err != nil {
				return err
			}
		}
		q.Del("sel")
		q.Del("do")
		s.Here = (&url.URL{Path: r.Echo.Request().URL.Path, RawQuery: q.Encode()}).RequestURI()
		s.Page = ui.Page{Title: cmpOr(s.Heading, "My Drive") + " - Google Drive", Root: v.root, Styles: []string{v.root + "/drive/assets/drive.css"}, Script: []string{v.root + "/drive/assets/drive.js"}, Said: said, Class: "on-" + name}
		if in {
			s.Events = v.root + "/drive/events"
		}
		s.Me, s.At, s.Form, s.Do, s.Domain = v.me, at, identity.FormKey(tc, r.Echo.Request()), v.root+"/drive/do/", v.me.Domain
		if ck, err := r.Echo.Cookie("view"); err == nil {
			s.Grid = ck.Value == "grid"
		}
		b, err := ui.Render(pages(), name, s)
		a = twin.Answer{Status: status, Type: "text/html; charset=utf-8", Header: ui.Headers(), Body: b}
		return err
	})
	return a, err
}

// uiEvents tells a page to look again whenever something has happened. It does not say what: the page asks for itself,
// and is shown what its reader may see.
func (d *Drive) uiEvents(r *twin.Request) (twin.Answer, error) {
	in := false
	r.View(func(tc *twin.Call) error {
		_, in = d.visitor(r, tc)
		return nil
	})
	if !in {
		return twin.Answer{Status: http.StatusNoContent}, nil // an EventSource does not ask again
	}
	return twin.Answer{Stream: func(ec echo.Context) error {
		notices, stop := r.World.Watch(256)
		defer stop()
		return ui.Stream(ec, notices, func(n twin.Notice) (any, bool) { return obj{}, n.Twin == "gdrive" || n.Twin == "" })
	}}, nil
}

// fetch sends what is in a file, as its webContentLink does.
func (d *Drive) fetch(r *twin.Request) (a twin.Answer, err error) {
	err = r.View(func(tc *twin.Call) error {
		v, _ := d.visitor(r, tc)
		id, rev := r.Echo.QueryParam("id"), r.Echo.QueryParam("revision")
		method, params := "files.get", []string{id}
		if rev != "" {
			method, params = "revisions.get", []string{id, rev}
		}
		out, err := d.Do(tc, r, v.me, method, params, url.Values{"alt": {"media"}, "supportsAllDrives": {"true"}}, nil)
		x, ok := out.(gapi.Answer)
		if err != nil || !ok {
			return err
		}
		a = twin.Answer{Status: x.Status, Type: x.Type, Header: x.Header, Body: x.Body, Stream: x.Stream}
		if a.Header == nil {
			a.Header = http.Header{}
		}
		a.Header.Set("Content-Security-Policy", "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; media-src 'self'") // somebody else has written it
		return nil
	})
	if refused := (*gapi.Refusal)(nil); errors.As(err, &refused) {
		return twin.Answer{Status: refused.Code, Type: "text/plain; charset=utf-8", Body: []byte(refused.Words() + "\n"), Error: refused.Reason}, nil
	}
	return a, err
}

// deed does what a form asks for.
func (d *Drive) deed(r *twin.Request) (a twin.Answer, err error) {
	form, err := r.Echo.FormParams()
	name := r.Echo.Param("deed")
	do := deeds[name]
	if err != nil || do == nil {
		return twin.Answer{Status: http.StatusNotFound, Type: "text/plain; charset=utf-8", Body: []byte("There is no such form.\n"), Error: "not_found"}, nil
	}
	said := ui.Flash{}
	var to string
	err = r.Update(func(tc *twin.Call) error {
		v, in := d.visitor(r, tc)
		to = v.root + ui.Back(form.Get("back"), "/drive/my-drive")
		if !in || subtle.ConstantTimeCompare([]byte(identity.FormKey(tc, r.Echo.Request())), []byte(form.Get("form"))) != 1 {
			return gapi.Refuse(http.StatusForbidden, "Sign in and try again.")
		}
		if name == "token" { // for the page's own script, which uploads as any client does
			a = twin.Answer{Type: "application/json", Header: http.Header{"Cache-Control": {"no-store"}}, Body: []byte(strconv.Quote(d.Mint(tc, identity.Token{User: v.me.ID, Client: "browser", Scopes: identity.Scopes})))}
			return nil
		}
		out, err := do(v, form)
		if err != nil {
			return err
		}
		said.OK = out.said
		if out.to != "" {
			to = v.root + out.to
		}
		return nil
	})
	if refused := (*gapi.Refusal)(nil); errors.As(err, &refused) {
		said.Error = refused.Words()
	} else if err != nil {
		return twin.Answer{}, err
	}
	if a.Body != nil {
		return a, nil
	}
	ui.Say(r.Echo, said)
	return seeOther(to), nil
}

// inWords is a size as a person reads it; Drive says sizes as texts.
func inWords(v any) string {
	s, _ := v.(string)
	n, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return "—"
	}
	for _, unit := range []string{"bytes", "KB", "MB", "GB"} {
		if n < 1024 || unit == "GB" {
			digits := 0
			if n < 10 && unit != "bytes" {
				digits = 1
			}
			return strconv.FormatFloat(n, 'f', digits, 64) + " " + unit
		}
		n /= 1024
	}
	return s
}

// shortly is a moment as a list shows it.
func shortly(v any) html.HTML {
	s, _ := v.(string)
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return ""
	}
	return html.HTML(`<time datetime="` + t.Format(time.RFC3339) + `" title="` + t.Format("2 Jan 2006, 15:04:05 MST") + `">` + t.Format("2 Jan 2006") + `</time>`)
}

// kindOf is the sort of thing that a type is, which says how it is drawn.
func kindOf(v any) string {
	mime, _ := v.(string)
	switch mime {
	case files.Folder:
		return "folder"
	case files.Document:
		return "document"
	case files.Spreadsheet:
		return "spreadsheet"
	case files.Shortcut:
		return "shortcut"
	case "application/vnd.google-apps.presentation":
		return "presentation"
	case "application/pdf":
		return "pdf"
	case "application/json", "application/xml", "application/javascript":
		return "text"
	}
	major, _, _ := strings.Cut(mime, "/")
	switch major {
	case "image", "video", "audio", "text":
		return major
	}
	return "file"
}

// typeWords is what a person calls a type.
func typeWords(v any) string {
	switch k := kindOf(v); k {
	case "document":
		return "Google Docs"
	case "spreadsheet":
		return "Google Sheets"
	case "presentation":
		return "Google Slides"
	case "folder":
		return "Google Drive Folder"
	case "pdf":
		return "PDF"
	case "file":
		return "Binary file"
	default:
		return strings.ToUpper(k[:1]) + k[1:]
	}
}

// href is where a file opens.
func href(root string, f map[string]any) string {
	id, _ := f["id"].(string)
	mime := f["mimeType"]
	if s, ok := f["shortcutDetails"].(map[string]any); ok {
		id, _ = s["targetId"].(string)
		mime = s["targetMimeType"]
	}
	switch kindOf(mime) {
	case "folder":
		return root + "/drive/folders/" + id
	case "document":
		return root + "/document/d/" + id + "/edit"
	case "spreadsheet":
		return root + "/spreadsheets/d/" + id + "/edit"
	}
	return root + "/file/d/" + id + "/view"
}
