package gsheets

import (
	"crypto/subtle"
	"embed"
	"errors"
	"fmt"
	html "html/template"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"

	"twinset.dev/kit/twin"
	"twinset.dev/kit/ui"
	"twinset.dev/twins/gsheets/internal/calc"
	"twinset.dev/twins/gsheets/internal/formula"
	"twinset.dev/twins/internal/google/files"
	"twinset.dev/twins/internal/google/gapi"
	"twinset.dev/twins/internal/google/identity"
)

//go:embed ui
var uiFiles embed.FS

// pages are what people see in a browser; a twin that nobody looks at does not read them.
var pages = sync.OnceValue(func() *html.Template { return ui.Templates(ui.Folder(uiFiles, "ui"), nil) })

// A screen is what the template of a spreadsheet's page is given.
type screen struct {
	ui.Page
	Me      identity.User
	At      string // the page's own address, for the forms that come back to it
	Form    string // what a form of this session holds
	Do      string // where forms are sent
	Export  string // what addresses of downloads begin with
	Name    string
	CanEdit bool
	Tabs    []tabLink
	Sheet   *tab
	Columns []column
	Rows    []gridRow
	More    string // the address that shows more rows
	Cell    string // the one that is picked
	Entered string // what was typed there
	Charts  []drawing
}

type tabLink struct {
	Title, Href string
	Here        bool
}

type column struct {
	Name  string
	Width int
}

type gridRow struct {
	N     int
	Cells []gridCell
}

type gridCell struct {
	ID, Text, Entered, Link string
	Style                   html.CSS
	Rows, Cols              int
	Picked                  bool
}

// A drawing is a chart and where it lies on the grid, in pixels.
type drawing struct {
	Left, Top, Width, Height int
	SVG                      html.HTML
}

// Rows that a page shows at first, and how many more each time.
const pageRows = 100

// uiRoutes are the pages of people, at Sheets' own addresses.
func (s *Sheets) uiRoutes() {
	ui.Serve(s.Echo, "/spreadsheets/assets", ui.Folder(uiFiles, "ui"))
	s.Told = append(s.Told, func(c *call, ch files.Change) {
		c.Notify(twin.Notice{Twin: "gsheets", Topic: "change", Payload: ch.File})
	})
	get := func(id, path, notes string, do func(*twin.Request) (twin.Answer, error)) {
		op := s.Operation(&twin.Operation{ID: "ui." + id, Method: http.MethodGet, Path: strings.ReplaceAll(path, ":id", "{id}"), Level: twin.Full, Notes: notes})
		s.Echo.GET(path, func(ec echo.Context) error { return s.Serve(ec, op, sessionOf(ec.Request()), do) })
	}
	get("sheet", "/spreadsheets/d/:id/edit", "the grid that people see", s.page)
	get("export", "/spreadsheets/d/:id/export", "what people download", s.download)
	get("events", "/spreadsheets/d/:id/events", "tells a page that there is something new", s.uiEvents)
	for _, way := range [][2]string{{"open", "/spreadsheets/d/:id"}, {"view", "/spreadsheets/d/:id/view"}} {
		get(way[0], way[1], "leads to the grid", func(r *twin.Request) (twin.Answer, error) {
			return seeOther(rootOf(r.World) + "/spreadsheets/d/" + r.Echo.Param("id") + "/edit"), nil
		})
	}
	get("home", "/spreadsheets", "leads to Drive", func(r *twin.Request) (twin.Answer, error) { return seeOther(rootOf(r.World) + "/drive/my-drive"), nil })
	done := s.Operation(&twin.Operation{ID: "ui.do", Method: http.MethodPost, Path: "/spreadsheets/d/{id}/do", Level: twin.Full, Notes: "what people do on the grid"})
	s.Echo.POST("/spreadsheets/d/:id/do", func(ec echo.Context) error { return s.Serve(ec, done, sessionOf(ec.Request()), s.deed) })
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

func seeOther(to string) twin.Answer {
	return twin.Answer{Status: http.StatusSeeOther, Header: http.Header{"Location": {to}, "Cache-Control": {"no-store"}}}
}

// visitor is a call in the name of whoever's browser it is; of nobody, who sees what is public, if nobody is signed in.
func (s *Sheets) visitor(r *twin.Request, tc *twin.Call) (c *call, in bool) {
	me, in := s.SignedIn(tc, r.Echo.Request())
	c = s.API.By(tc, me)
	if r.Actor = me.Email; !in {
		c.Who = identity.Who{Key: true}
	}
	return c, in
}

// visit opens the spreadsheet of a page's address. Whoever may not see it signs in first.
func (s *Sheets) visit(r *twin.Request, f func(b *book, in bool) (twin.Answer, error)) (a twin.Answer, err error) {
	err = r.View(func(tc *twin.Call) error {
		c, in := s.visitor(r, tc)
		b, err := s.open(c, r.Echo.Param("id"), files.Reader)
		if err != nil && !in {
			a = seeOther(identity.SignIn(rootOf(r.World), r.Echo.Request().URL.RequestURI()))
			return nil
		}
		if err == nil {
			a, err = f(b, in)
		}
		return err
	})
	if refused := (*gapi.Refusal)(nil); errors.As(err, &refused) {
		body, err := ui.Render(pages(), "refused", screen{Page: ui.Page{Title: "Google Sheets", Root: rootOf(r.World)}, Name: refused.Message})
		return twin.Answer{Status: refused.Code, Type: "text/html; charset=utf-8", Header: ui.Headers(), Body: body, Error: refused.Status}, err
	}
	return a, err
}

// page shows a spreadsheet as a grid.
func (s *Sheets) page(r *twin.Request) (twin.Answer, error) {
	said := ui.Said(r.Echo)
	return s.visit(r, func(b *book, in bool) (twin.Answer, error) {
		root, q := rootOf(r.World), r.Echo.Request().URL.Query()
		at := root + "/spreadsheets/d/" + b.ID
		x := screen{
			Me: b.c.Who.User, Name: b.file.Name, CanEdit: in && b.role >= files.Writer, Cell: strings.ToUpper(q.Get("cell")),
			Page: ui.Page{Title: b.file.Name + " - Google Sheets", Root: root, Styles: []string{root + "/spreadsheets/assets/sheet.css"}, Script: []string{root + "/spreadsheets/assets/sheet.js"}, Events: at + "/events", Said: said},
			Do:   at + "/do", Export: at + "/export", Form: identity.FormKey(b.c.Call, r.Echo.Request()),
		}
		t := b.first()
		if id, err := strconv.Atoi(q.Get("gid")); err == nil {
			if other, ok := b.tab(id); ok {
				t = other
			}
		}
		x.Sheet, x.At = t, fmt.Sprintf("/spreadsheets/d/%s/edit?gid=%d", b.ID, t.ID)
		for _, o := range b.tabs {
			if !o.Hidden || o == t {
				x.Tabs = append(x.Tabs, tabLink{o.Title, fmt.Sprintf("%s/edit?gid=%d", at, o.ID), o == t})
			}
		}
		if _, _, ok := notation(x.Cell); !ok {
			x.Cell = "A1"
		}
		rows, _ := strconv.Atoi(q.Get("rows"))
		x.draw(max(rows, pageRows))
		if n := len(x.Rows); t.Type == "GRID" && max(rows, pageRows) < t.RowCount && n > 0 {
			x.More = fmt.Sprintf("%s/edit?gid=%d&rows=%d", at, t.ID, max(rows, pageRows)+pageRows*4)
		}
		body, err := ui.Render(pages(), "sheet", x)
		return twin.Answer{Type: "text/html; charset=utf-8", Header: ui.Headers(), Body: body}, err
	})
}

// draw fills in the cells of the first rows, and the charts.
func (x *screen) draw(most int) {
	t := x.Sheet
	if t.Type != "GRID" {
		x.Charts = t.drawings()
		return
	}
	_, used := t.used()
	rows, cols := min(most, t.RowCount), min(t.ColCount, max(26, used))
	covered := map[[2]int]bool{}
	spans := map[[2]int]formula.Area{}
	for _, m := range t.Merges {
		spans[[2]int{m.Row0, m.Col0}] = m
		for r := m.Row0; r < min(m.Row1, rows); r++ {
			for c := m.Col0; c < min(m.Col1, cols); c++ {
				covered[[2]int{r, c}] = r != m.Row0 || c != m.Col0
			}
		}
	}
	hidden := func(c int) bool { return c < len(t.Columns) && (t.Columns[c].Hidden || t.Columns[c].Filtered) }
	for c := range cols {
		if !hidden(c) {
			x.Columns = append(x.Columns, column{formula.ColumnName(c), t.width(c)})
		}
	}
	l := t.look()
	for r := range rows {
		row := t.row(r)
		if row != nil && (row.Hidden || row.Filtered) {
			continue
		}
		line := gridRow{N: r + 1}
		for c := range cols {
			if hidden(c) || covered[[2]int{r, c}] {
				continue
			}
			g := gridCell{ID: formula.CellName(r, c), Rows: 1, Cols: 1}
			if m, ok := spans[[2]int{r, c}]; ok {
				g.Rows, g.Cols = min(m.Row1, rows)-r, min(m.Col1, cols)-c
			}
			g.Picked = g.ID == x.Cell
			cell := Cell{}
			if row != nil && c < len(row.Cells) {
				cell = row.Cells[c]
			}
			if !cell.blank() {
				g.Text, g.Style = t.b.shown(&cell), html.CSS(l.css(r, c, &cell))
				if !cell.Spilled {
					g.Entered = t.b.editable(&cell)
				}
				if link := l.link(r, c, &cell); strings.HasPrefix(link, "http://") || strings.HasPrefix(link, "https://") {
					g.Link = link
				}
			}
			if g.Picked {
				x.Entered = g.Entered
			}
			line.Cells = append(line.Cells, g)
		}
		x.Rows = append(x.Rows, line)
	}
	x.Charts = t.drawings()
}

// editable is what stands in the formula bar: what would have to be typed to have the cell again.
func (b *book) editable(x *Cell) string {
	if x.Formula != "" {
		return x.Formula
	}
	switch v := x.Value; {
	case v.Kind == calc.KindText:
		return v.Text
	case v.Kind != calc.KindNumber || b.isTime(x) || b.patternOf(x) != nil && strings.HasSuffix(b.shown(x), "%"):
		return b.shown(x)
	default:
		s := strconv.FormatFloat(v.Num, 'f', -1, 64)
		if b.loc.Decimal == ',' {
			s = strings.Replace(s, ".", ",", 1)
		}
		return s
	}
}

// width is a column's, in pixels.
func (t *tab) width(c int) int {
	if c < len(t.Columns) && t.Columns[c].Size != 0 {
		return t.Columns[c].Size
	}
	return 100
}

// uiEvents tells a page to look again whenever its spreadsheet has changed.
func (s *Sheets) uiEvents(r *twin.Request) (twin.Answer, error) {
	id, sees := r.Echo.Param("id"), false
	r.View(func(tc *twin.Call) error {
		c, _ := s.visitor(r, tc)
		_, err := s.open(c, id, files.Reader)
		sees = err == nil
		return nil
	})
	if !sees {
		return twin.Answer{Status: http.StatusNoContent}, nil // an EventSource does not ask again
	}
	return twin.Answer{Stream: func(ec echo.Context) error {
		notices, stop := r.World.Watch(256)
		defer stop()
		return ui.Stream(ec, notices, func(n twin.Notice) (any, bool) {
			return Obj{}, n.Twin == "gsheets" && n.Payload == id || n.Twin == ""
		})
	}}, nil
}

// deed does what the page asks for: it enters a text into a cell or a block of cells, or adds a sheet.
func (s *Sheets) deed(r *twin.Request) (twin.Answer, error) {
	form, err := r.Echo.FormParams()
	if err != nil {
		return twin.Answer{Status: http.StatusBadRequest, Type: "text/plain; charset=utf-8", Body: []byte("This is no form.\n")}, nil
	}
	id, said := r.Echo.Param("id"), ui.Flash{}
	err = r.Update(func(tc *twin.Call) error {
		me, in := s.SignedIn(tc, r.Echo.Request())
		r.Actor = me.Email
		if !in || subtle.ConstantTimeCompare([]byte(identity.FormKey(tc, r.Echo.Request())), []byte(form.Get("form"))) != 1 {
			return gapi.Refuse(http.StatusForbidden, "Sign in and try again.")
		}
		if form.Get("press") == "add-sheet" {
			_, err := s.Do(tc, r, me, "spreadsheets.batchUpdate", []string{id}, nil, Obj{"requests": []any{Obj{"addSheet": Obj{}}}})
			return err
		}
		var values []any
		for line := range strings.SplitSeq(strings.TrimSuffix(form.Get("value"), "\n"), "\n") {
			var cells []any
			for cell := range strings.SplitSeq(strings.TrimSuffix(line, "\r"), "\t") {
				cells = append(cells, cell)
			}
			values = append(values, cells)
		}
		if form.Get("block") == "" {
			values = []any{[]any{strings.ReplaceAll(form.Get("value"), "\r\n", "\n")}}
		}
		_, err := s.Do(tc, r, me, "spreadsheets.values.update", []string{id, form.Get("at")}, url.Values{"valueInputOption": {"USER_ENTERED"}}, Obj{"values": values})
		return err
	})
	if refused := (*gapi.Refusal)(nil); errors.As(err, &refused) {
		said.Error = refused.Message
	} else if err != nil {
		return twin.Answer{}, err
	}
	ui.Say(r.Echo, said)
	return seeOther(rootOf(r.World) + ui.Back(form.Get("back"), "/spreadsheets/d/"+id+"/edit")), nil
}

// downloads are the formats that people download, by the name that stands in the address.
var downloads = map[string]string{"xlsx": typeXLSX, "ods": typeODS, "csv": typeCSV, "tsv": typeTSV, "pdf": typePDF, "zip": typeZIP}

// download sends the spreadsheet as a file; of the formats that have one sheet alone, the one that gid names.
func (s *Sheets) download(r *twin.Request) (twin.Answer, error) {
	return s.visit(r, func(b *book, in bool) (twin.Answer, error) {
		kind := r.Echo.QueryParam("format")
		mime := downloads[kind]
		if mime == "" {
			return twin.Answer{}, gapi.Invalid("Unsupported export format: %s", kind)
		}
		name := b.file.Name
		if id, err := strconv.Atoi(r.Echo.QueryParam("gid")); err == nil && (mime == typeCSV || mime == typeTSV) {
			t, ok := b.tab(id)
			if !ok {
				return twin.Answer{}, gapi.Invalid("No grid with id: %d", id)
			}
			b.tabs = []*tab{t}
			name += " - " + t.Title
		}
		out, err := exports[mime](b)
		return twin.Answer{Type: mime, Body: out, Header: http.Header{
			"Content-Disposition":     {`attachment; filename*=UTF-8''` + url.PathEscape(name+"."+kind)},
			"Content-Security-Policy": {"sandbox; default-src 'none'"}, "X-Content-Type-Options": {"nosniff"},
		}}, err
	})
}
