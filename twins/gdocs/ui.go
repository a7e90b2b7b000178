package gdocs

import (
	"crypto/subtle"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"html/template"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf16"

	"github.com/labstack/echo/v4"

	"twinset.dev/kit/twin"
	"twinset.dev/kit/ui"
	"twinset.dev/twins/gdocs/internal/api"
	"twinset.dev/twins/gdocs/internal/convert"
	"twinset.dev/twins/gdocs/internal/document"
	"twinset.dev/twins/internal/google/files"
	"twinset.dev/twins/internal/google/gapi"
	"twinset.dev/twins/internal/google/identity"
)

//go:embed ui
var uiFiles embed.FS

// pages are what people see in a browser; a twin that nobody looks at does not read them.
var pages = sync.OnceValue(func() *template.Template {
	return ui.Templates(ui.Folder(uiFiles, "ui"), template.FuncMap{
		"pair":    func(s screen, b []uiBlock) map[string]any { return map[string]any{"S": s, "B": b} },
		"formats": func() []string { return slices.Sorted(maps.Keys(formats)) },
	})
})

// uiRoutes are the pages of people, at the addresses that Docs has.
func (s *Docs) uiRoutes() {
	ui.Serve(s.Echo, "/document/assets", ui.Folder(uiFiles, "ui"))
	seen := s.Operation(&twin.Operation{ID: "docs.ui.page", Method: http.MethodGet, Path: "/document/*", Level: twin.Full, Notes: "the pages that people see"})
	get := func(path string, serve func(*twin.Request) (twin.Answer, error)) {
		s.Echo.GET(path, func(ec echo.Context) error { return s.Serve(ec, seen, sessionOf(ec.Request()), serve) })
	}
	for _, end := range []string{"", "/", "/edit", "/view", "/preview", "/mobilebasic"} {
		get("/document/d/:id"+end, s.page)
	}
	get("/document/d/:id/export", s.exportPage)
	get("/document/events", s.uiEvents)
	done := s.Operation(&twin.Operation{ID: "docs.ui.do", Method: http.MethodPost, Path: "/document/do/{id}", Level: twin.Full, Notes: "what people write on the pages"})
	s.Echo.POST("/document/do/:id", func(ec echo.Context) error { return s.Serve(ec, done, sessionOf(ec.Request()), s.write) })
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

// A screen is what the template of a document is given.
type screen struct {
	ui.Page
	Me       identity.User
	ID, Name string
	At, Form string
	Revision string
	Tab      string
	Tabs     []uiTab
	Edits    bool
	Width    string
	Blocks   []uiBlock
	Header   []uiBlock
	Footer   []uiBlock
	Notes    []uiBlock
	Why      string
}

type uiTab struct {
	ID, Title, Icon string
	Level           int
	On              bool
}

type uiBlock struct {
	ID, Hash string
	Par      *uiPar
	Table    [][]uiCell
	Section  bool
}

type uiCell struct {
	Rows, Cols int
	Style      template.CSS
	Blocks     []uiBlock
}

type uiPar struct {
	Start         int
	Segment, Kind string
	Style         template.CSS
	Glyph, Text   string
	Level         int
	Runs          []uiRun
}

type uiRun struct {
	Text, Link, Thing string
	Style             template.CSS
	Image             string
	Width, Height     int
	Insert, Delete    bool
	Break, Rule       bool
}

// page answers a document as a page. Whoever may see it sees it; whoever may write in it writes in its paragraphs.
func (s *Docs) page(r *twin.Request) (a twin.Answer, err error) {
	said := ui.Said(r.Echo)
	err = r.View(func(tc *twin.Call) error {
		me, in := s.SignedIn(tc, r.Echo.Request())
		r.Actor = me.Email
		root, at, id := rootOf(r.World), r.Echo.Request().URL.RequestURI(), r.Echo.Param("id")
		view, err := s.look(tc, r, me, id)
		d, _ := s.docs.Get(tc.Tx, id)
		sc := screen{Me: me, ID: id, At: at, Form: identity.FormKey(tc, r.Echo.Request())}
		status, name := http.StatusOK, "document"
		var no *gapi.Refusal
		switch {
		case errors.As(err, &no) && !in:
			a = seeOther(identity.SignIn(root, at))
			return nil
		case errors.As(err, &no):
			status, name, sc.Why = no.Code, "refused", no.Words()
			if no.Code == http.StatusForbidden {
				sc.Why = "You need access"
			}
		case err != nil:
			return err
		default:
			sc.Name = view.title
			sc.Revision, sc.Edits = view.revision, view.revision != "" && !strings.HasSuffix(r.Echo.Path(), "view")
			content := d.Content
			if view.mode == without {
				content = content.Preview(false)
			}
			s.draw(&sc, content, r.Echo.QueryParam("tab"), root)
		}
		sc.Page = ui.Page{Title: sc.Name + " - Google Docs", Root: root, Styles: []string{root + "/document/assets/docs.css"}, Script: []string{root + "/document/assets/docs.js"}, Said: said, Class: "on-" + name}
		if in {
			sc.Events = root + "/document/events"
		}
		b, err := ui.Render(pages(), name, sc)
		a = twin.Answer{Status: status, Type: "text/html; charset=utf-8", Header: ui.Headers(), Body: b}
		return err
	})
	return a, err
}

type seenAs struct{ title, revision, mode string }

// look asks the API how the visitor sees a document.
func (s *Docs) look(tc *twin.Call, r *twin.Request, me identity.User, id string) (seenAs, error) {
	out, err := s.Do(tc, r, me, "documents.get", []string{id}, url.Values{"fields": {"title,revisionId,suggestionsViewMode"}}, nil)
	m, _ := out.(map[string]any)
	text := func(k string) string { v, _ := m[k].(string); return v }
	return seenAs{text("title"), text("revisionId"), text("suggestionsViewMode")}, err
}

// draw fills a screen with a tab.
func (s *Docs) draw(sc *screen, d *document.Document, tab, root string) {
	on := d.Tabs[0]
	var list func(tabs []*document.Tab, level int)
	list = func(tabs []*document.Tab, level int) {
		for _, t := range tabs {
			if t.ID == tab {
				on = t
			}
			sc.Tabs = append(sc.Tabs, uiTab{ID: t.ID, Title: t.Title, Icon: t.Icon, Level: level})
			list(t.Children, level+1)
		}
	}
	list(d.Tabs, 0)
	for i := range sc.Tabs {
		sc.Tabs[i].On = sc.Tabs[i].ID == on.ID
	}
	if len(sc.Tabs) == 1 {
		sc.Tabs = nil
	}
	sc.Tab = on.ID
	width := 612.0
	if p := on.Style.PageSize; p != nil && p.Width != nil && p.Width.Magnitude != nil {
		width = *p.Width.Magnitude
	}
	sc.Width = strconv.FormatFloat(width, 'f', -1, 64) + "pt"
	dr := &drawer{tab: on, root: root, glyph: convert.Glyphs(on), notes: map[string]int{}}
	sc.Blocks = dr.blocks(on.Body.Content, "", 0, "b")
	for _, h := range on.Headers {
		sc.Header = append(sc.Header, dr.blocks(h.Content, h.ID, 0, "h"+h.ID)...)
	}
	for _, f := range on.Footers {
		sc.Footer = append(sc.Footer, dr.blocks(f.Content, f.ID, 0, "f"+f.ID)...)
	}
	for _, n := range on.Footnotes {
		sc.Notes = append(sc.Notes, dr.blocks(n.Content, n.ID, 0, "n"+n.ID)...)
	}
}

type drawer struct {
	tab   *document.Tab
	root  string
	glyph func(*document.Bullet) string
	notes map[string]int
}

func (d *drawer) blocks(c document.Content, segment string, at int, id string) []uiBlock {
	var out []uiBlock
	for i := range c {
		b := &c[i]
		x := uiBlock{ID: id + strconv.Itoa(i)}
		switch {
		case b.Paragraph != nil:
			x.Par = d.paragraph(b.Paragraph, segment, at)
		case b.Table != nil:
			inner := at + 1
			for r, row := range b.Table.Rows {
				inner++
				var cells []uiCell
				for k, cell := range row.Cells {
					u := uiCell{Rows: 1, Cols: 1, Blocks: d.blocks(cell.Content, segment, inner+1, fmt.Sprintf("%s-%d-%d-", x.ID, r, k))}
					if n := cell.Style.RowSpan; n != nil {
						u.Rows = int(*n)
					}
					if n := cell.Style.ColumnSpan; n != nil {
						u.Cols = int(*n)
					}
					inner += 1 + cell.Content.Size()
					if !b.Table.Covered(r, k) {
						cells = append(cells, u)
					}
				}
				x.Table = append(x.Table, cells)
			}
		case b.Section != nil:
			x.Section = i > 0
		}
		h := fnv.New64a()
		_ = json.NewEncoder(h).Encode(x)
		x.Hash = strconv.FormatUint(h.Sum64(), 36)
		out = append(out, x)
		at += b.Size()
	}
	return out
}

func (d *drawer) paragraph(p *document.Paragraph, segment string, at int) *uiPar {
	out := &uiPar{Start: at, Segment: segment, Kind: "NORMAL_TEXT", Style: template.CSS(convert.ParagraphCSS(d.tab.ParagraphStyle(p), p.Bullet != nil))}
	if p.Style.NamedStyleType != nil {
		out.Kind = *p.Style.NamedStyleType
	}
	if p.Bullet != nil {
		out.Glyph, out.Level = d.glyph(p.Bullet), p.Bullet.Level
	}
	for _, e := range p.Elements {
		r := uiRun{Style: template.CSS(convert.TextCSS(d.tab.TextStyle(p, e.Style))), Text: strings.TrimSuffix(e.Text, "\n")}
		if e.Style != nil && e.Style.Link != nil && e.Style.Link.URL != nil {
			r.Link = *e.Style.Link.URL
		}
		if e.Mark != nil {
			r.Insert, r.Delete = len(e.Mark.Insert) > 0, len(e.Mark.Delete) > 0
		}
		if t := e.Thing; t != nil {
			d.thing(&r, t)
			out.Text += "\ufffc"
		}
		out.Text += strings.TrimSuffix(e.Text, "\n")
		if r.Text != "" || e.Thing != nil {
			out.Runs = append(out.Runs, r)
		}
	}
	return out
}

// thing draws what takes one unit of text.
func (d *drawer) thing(r *uiRun, t *document.Thing) {
	r.Thing = t.Words()
	switch {
	case t.Image != "":
		r.Thing = "image"
		for _, o := range d.tab.Objects {
			if o.ID != t.Image {
				continue
			}
			if r.Image = o.ContentURI(); strings.HasPrefix(r.Image, "/") {
				r.Image = d.root + r.Image
			}
			if z := o.Embedded().Size; z != nil && z.Width != nil && z.Height != nil && z.Width.Magnitude != nil && z.Height.Magnitude != nil {
				r.Width, r.Height = int(*z.Width.Magnitude/0.75), int(*z.Height.Magnitude/0.75)
			}
		}
	case t.Footnote != "":
		if d.notes[t.Footnote] == 0 {
			d.notes[t.Footnote] = len(d.notes) + 1
		}
		r.Thing = strconv.Itoa(d.notes[t.Footnote])
	case t.Link != nil && t.Link.RichLinkProperties.URI != nil:
		r.Link = *t.Link.RichLinkProperties.URI
	case t.PageBreak, t.ColumnBreak:
		r.Break = true
	case t.Rule:
		r.Rule = true
	}
}

// write does what somebody has done to a paragraph: typed in it, joined it to the one before, or given it a style. It is
// a batch of the API's requests, written against the revision that they saw.
func (s *Docs) write(r *twin.Request) (a twin.Answer, err error) {
	form, err := r.Echo.FormParams()
	if err != nil {
		return twin.Answer{Status: http.StatusBadRequest, Type: "text/plain; charset=utf-8", Body: []byte("There is no such form.\n"), Error: "bad_form"}, nil
	}
	id, answer := r.Echo.Param("id"), map[string]any{}
	err = r.Update(func(tc *twin.Call) error {
		me, in := s.SignedIn(tc, r.Echo.Request())
		r.Actor = me.Email
		if !in || subtle.ConstantTimeCompare([]byte(identity.FormKey(tc, r.Echo.Request())), []byte(form.Get("form"))) != 1 {
			return gapi.Refuse(http.StatusForbidden, "Sign in and try again.")
		}
		if requests := written(form); len(requests) > 0 {
			body := map[string]any{"requests": requests}
			if rev := form.Get("revision"); rev != "" {
				body["writeControl"] = map[string]any{"targetRevisionId": rev}
			}
			if _, err := s.Do(tc, r, me, "documents.batchUpdate", []string{id}, nil, body); err != nil {
				return err
			}
		}
		d, _ := s.docs.Get(tc.Tx, id)
		answer["revision"] = d.Revision
		if block := form.Get("block"); block != "" { // what the page has of it already: it need not be drawn again
			sc := screen{}
			s.draw(&sc, d.Content, form.Get("tab"), rootOf(r.World))
			for _, b := range slices.Concat(sc.Blocks, sc.Header, sc.Footer, sc.Notes) {
				if b.ID == block {
					answer["hash"] = b.Hash
				}
			}
		}
		return nil
	})
	status := http.StatusOK
	if no := (*gapi.Refusal)(nil); errors.As(err, &no) {
		status, answer = no.Code, map[string]any{"error": no.Words()}
	} else if err != nil {
		return twin.Answer{}, err
	}
	if r.Echo.Request().Header.Get("Accept") != "application/json" { // a plain form
		said := ui.Flash{}
		if why, ok := answer["error"].(string); ok {
			said.Error = why
		}
		ui.Say(r.Echo, said)
		return seeOther(rootOf(r.World) + ui.Back(form.Get("back"), "/document/d/"+id+"/edit")), nil
	}
	b, err := json.Marshal(answer)
	return twin.Answer{Status: status, Type: "application/json", Header: http.Header{"Cache-Control": {"no-store"}}, Body: b}, err
}

// written are the requests that a form stands for.
func written(form url.Values) []api.Request {
	tab, segment := form.Get("tab"), form.Get("segment")
	start, _ := strconv.Atoi(form.Get("start"))
	spot := func(at int) *api.Location {
		i := int32(at)
		return &api.Location{Index: &i, TabID: &tab, SegmentID: &segment}
	}
	stretch := func(from, to int) *api.Range {
		a, b := int32(from), int32(to)
		return &api.Range{StartIndex: &a, EndIndex: &b, TabID: &tab, SegmentID: &segment}
	}
	switch form.Get("do") {
	case "append":
		text := "\n" + strings.ReplaceAll(form.Get("text"), "\r", "")
		return []api.Request{{InsertText: &api.InsertTextRequest{Text: &text, EndOfSegmentLocation: &api.EndOfSegmentLocation{TabID: &tab}}}}
	case "join":
		return []api.Request{{DeleteContentRange: &api.DeleteContentRangeRequest{Range: stretch(start-1, start)}}}
	case "style":
		kind, fields := form.Get("kind"), "namedStyleType"
		return []api.Request{{UpdateParagraphStyle: &api.UpdateParagraphStyleRequest{Range: stretch(start, start+1), ParagraphStyle: &api.ParagraphStyle{NamedStyleType: &kind}, Fields: &fields}}}
	}
	old, now := utf16.Encode([]rune(form.Get("old"))), utf16.Encode([]rune(form.Get("text")))
	head := 0
	for head < len(old) && head < len(now) && old[head] == now[head] {
		head++
	}
	if head > 0 && utf16.IsSurrogate(rune(old[head-1])) && old[head-1] < 0xDC00 {
		head--
	}
	tail := 0
	for tail < len(old)-head && tail < len(now)-head && old[len(old)-1-tail] == now[len(now)-1-tail] {
		tail++
	}
	if tail > 0 && old[len(old)-tail] >= 0xDC00 && old[len(old)-tail] < 0xE000 {
		tail--
	}
	var out []api.Request
	if text := strings.ReplaceAll(string(utf16.Decode(now[head:len(now)-tail])), "\ufffc", ""); text != "" {
		out = append(out, api.Request{InsertText: &api.InsertTextRequest{Text: &text, Location: spot(start + head)}})
		if n := len(old) - head - tail; n > 0 { // what stood there goes after, so that the new takes its looks
			at := start + head + len(utf16.Encode([]rune(text)))
			out = append(out, api.Request{DeleteContentRange: &api.DeleteContentRangeRequest{Range: stretch(at, at+n)}})
		}
	} else if n := len(old) - head - tail; n > 0 {
		out = append(out, api.Request{DeleteContentRange: &api.DeleteContentRangeRequest{Range: stretch(start+head, start+head+n)}})
	}
	return out
}

// formats are what the menu of downloads offers, by the names that Docs' addresses have for them.
var formats = map[string]string{
	"txt": convert.Text, "html": convert.HTML, "zip": convert.Zip, "md": convert.Markdown, "rtf": convert.RTF, "pdf": convert.PDF, "epub": convert.EPUB, "odt": convert.ODT, "docx": convert.DOCX,
}

// exportPage sends a document in another format.
func (s *Docs) exportPage(r *twin.Request) (a twin.Answer, err error) {
	err = r.View(func(tc *twin.Call) error {
		me, in := s.SignedIn(tc, r.Echo.Request())
		r.Actor = me.Email
		id, format := r.Echo.Param("id"), r.Echo.QueryParam("format")
		if format == "" {
			format = "docx"
		}
		seen, err := s.look(tc, r, me, id)
		if no := (*gapi.Refusal)(nil); errors.As(err, &no) && !in {
			a = seeOther(identity.SignIn(rootOf(r.World), r.Echo.Request().URL.RequestURI()))
			return nil
		} else if errors.As(err, &no) || formats[format] == "" {
			a = twin.Answer{Status: http.StatusNotFound, Type: "text/plain; charset=utf-8", Body: []byte("There is no such file.\n"), Error: "not_found"}
			return nil
		} else if err != nil {
			return err
		}
		b, err := s.Export(s.API.By(tc, me), files.File{ID: id, Name: seen.title}, formats[format])
		if err != nil {
			return err
		}
		name := strings.NewReplacer(`"`, "'", "\n", " ", "\r", " ").Replace(seen.title) + "." + format
		a = twin.Answer{Status: http.StatusOK, Type: formats[format], Body: b, Header: http.Header{
			"Content-Disposition": {`attachment; filename="` + name + `"`}, "Content-Security-Policy": {"sandbox"}, "X-Content-Type-Options": {"nosniff"},
		}}
		return nil
	})
	return a, err
}

// uiEvents tells a page to look again whenever a file has changed.
func (s *Docs) uiEvents(r *twin.Request) (twin.Answer, error) {
	in := false
	_ = r.View(func(tc *twin.Call) error {
		_, in = s.SignedIn(tc, r.Echo.Request())
		return nil
	})
	if !in {
		return twin.Answer{Status: http.StatusNoContent}, nil // an EventSource does not ask again
	}
	return twin.Answer{Stream: func(ec echo.Context) error {
		notices, stop := r.World.Watch(256)
		defer stop()
		return ui.Stream(ec, notices, func(n twin.Notice) (any, bool) { return map[string]any{}, n.Twin == "gdocs" || n.Twin == "" })
	}}, nil
}
