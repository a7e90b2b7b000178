package slack

import (
	"bytes"
	_ "embed"
	"html/template"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"twinset.dev/kit/twin"
)

// downloadRoutes serve the bytes of files to tokens that may see them, their thumbnails, everyone's pictures, and the
// pages that permalinks lead to.
//
// https://docs.slack.dev/reference/objects/file-object#authentication
func (s *Slack) downloadRoutes() {
	get := func(id, path string, level twin.Level, serve func(*twin.Request) (twin.Answer, error)) {
		op := s.Operation(&twin.Operation{ID: id, Method: http.MethodGet, Path: path, Level: level})
		h := func(ec echo.Context) error { return s.Serve(ec, op, credential(ec), serve) }
		s.Echo.GET(path, h)
		s.Echo.HEAD(path, h)
	}
	get("download", "/files-pri/:ref/:name", twin.Full, s.download)
	get("download.attachment", "/files-pri/:ref/download/:name", twin.Full, s.download)
	get("thumbnail", "/files-tmb/:ref/:name", twin.Full, s.thumbnail)
	get("avatar", "/avatars/:name", twin.Full, s.avatar)
	get("page.file", "/files/:user/:file/:name", twin.Full, s.filePage)
	get("page.file.edit", "/files/:user/:file/:name/edit", twin.Full, s.filePage)
	get("page.canvas", "/docs/:team/:file", twin.Full, s.filePage)
	get("page.list", "/lists/:team/:file", twin.Full, s.filePage)
	get("page.public", "/slack-files/:ref", twin.Full, s.publicPage)
}

// credential is what a request for a file carries: a token, or the secret of a public link.
func credential(ec echo.Context) string {
	r := ec.Request()
	if h := r.Header.Get("Authorization"); len(h) > 7 && strings.EqualFold(h[:7], "Bearer ") {
		return strings.TrimSpace(h[7:])
	}
	q := r.URL.Query()
	for _, name := range []string{"token", "t", "pub_secret"} {
		if v := q.Get(name); v != "" {
			return v
		}
	}
	if c, err := ec.Cookie(sessionCookie); err == nil { // somebody who looks at it in the client
		return c.Value
	}
	ref := ec.Param("ref")
	return ref[strings.LastIndexByte(ref, '-')+1:]
}

// downloads stands for what a token needs to see a file's bytes.
var downloads = &method{name: "download", bot: []string{"files:read", "remote_files:read", "canvases:read", "lists:read"},
	user: []string{"files:read", "remote_files:read", "canvases:read", "lists:read"}}

// opened finds the file that a request is for. Without a token that may see it there is none.
func (s *Slack) opened(r *twin.Request, tc *twin.Call) (c *call, f File, ok bool) {
	ec := r.Echo
	c = &call{Call: tc, s: s, m: downloads, args: &arguments{token: credential(ec)}, base: s.URL(tc)}
	parts := strings.Split(ec.Param("ref"), "-")
	if len(parts) < 2 {
		return c, f, false
	}
	if f, ok = s.files.Get(tc.Tx, parts[1]); !ok || f.Deleted || f.Team != parts[0] {
		return c, f, false
	}
	if secret := ec.QueryParam("pub_secret"); secret != "" {
		return c, f, f.Public && r.World.Unseal(secret) == f.Secret
	}
	if c.authenticate() != nil {
		return c, f, false
	}
	r.Actor = c.token.User
	return c, f, c.seesFile(f)
}

// signin sends a request that may not see a file to where its sender could sign in, as Slack does: a client that
// follows gets a page where it expected a file.
func signin(r *twin.Request) twin.Answer {
	base := r.Base.URLIn(r.World, r)
	path := r.Echo.Request().URL.EscapedPath()
	if u, err := url.Parse(base); err == nil {
		path = u.EscapedPath() + path
	}
	return twin.Answer{Status: http.StatusFound, Header: http.Header{"Location": {base + "/signin?redir=" + url.QueryEscape(path)}}, Error: "not_authed"}
}

// download answers with the bytes of a file, or a part of them.
func (s *Slack) download(r *twin.Request) (a twin.Answer, err error) {
	attach := strings.Contains(r.Echo.Path(), "/download/")
	if attach {
		err := r.Update(func(tc *twin.Call) error {
			if c, f, ok := s.opened(r, tc); ok && c.user.ID != "" {
				c.audit("file_downloaded", aboutFile(f), nil)
			}
			return nil
		})
		if err != nil {
			return a, err
		}
	}
	err = r.View(func(tc *twin.Call) error {
		c, f, ok := s.opened(r, tc)
		if !ok {
			a = signin(r)
			return nil
		}
		at := time.Unix(f.Updated, 0)
		switch f.Mode {
		case modeExternal:
			a = twin.Answer{Status: http.StatusFound, Header: http.Header{"Location": {f.ExternalURL}}}
		case modeCanvas:
			a = stream(r, bytes.NewReader([]byte(c.canvasHTML(f))), nil, "text/html; charset=utf-8", f.Name+".html", at, attach)
		case modeList:
			l, _ := s.lists.Get(tc.Tx, f.ID)
			x, _ := s.listExports.Get(tc.Tx, f.ID+"/"+r.Echo.QueryParam("job"))
			if x.Format == "json" {
				a = stream(r, bytes.NewReader(c.listJSON(f, l, x.Archived)), nil, "application/json", f.Title+".json", at, attach)
			} else {
				a = stream(r, bytes.NewReader(c.listCSV(l, x.Archived)), nil, "text/csv; charset=utf-8", f.Title+".csv", at, attach)
			}
		default:
			b, _, err := s.DB.Blobs().Open(f.Blob)
			if err != nil {
				return err
			}
			kind := filetypeByID[f.Type].mime
			if strings.HasPrefix(kind, "text/") {
				kind += "; charset=utf-8"
			}
			a = stream(r, b, b, kind, f.Name, at, attach)
		}
		return nil
	})
	return a, err
}

// stream answers with content, which is read once the world's turn is over.
func stream(r *twin.Request, content io.ReadSeeker, closer io.Closer, kind, name string, at time.Time, attach bool) twin.Answer {
	disposition := "inline"
	if attach {
		disposition = "attachment"
	}
	h := http.Header{
		"Content-Type":            {kind},
		"Content-Disposition":     {mime.FormatMediaType(disposition, map[string]string{"filename": name})},
		"Cache-Control":           {"private, max-age=21600"},
		"X-Content-Type-Options":  {"nosniff"},
		"Content-Security-Policy": {"sandbox"}, // whatever somebody uploads, it is not this site's page
	}
	return twin.Answer{Header: h, Stream: func(ec echo.Context) error {
		if closer != nil {
			defer closer.Close()
		}
		http.ServeContent(ec.Response(), r.Echo.Request(), "", at, content)
		return nil
	}}
}

// thumbnail answers with a smaller picture of a file.
func (s *Slack) thumbnail(r *twin.Request) (a twin.Answer, err error) {
	var f File
	var content io.ReadSeekCloser
	err = r.View(func(tc *twin.Call) error {
		var ok bool
		if _, f, ok = s.opened(r, tc); !ok || f.Width == 0 {
			a = signin(r)
			return nil
		}
		var err error
		content, _, err = s.DB.Blobs().Open(f.Blob)
		return err
	})
	if content == nil {
		return a, err
	}
	name := r.Echo.Param("name")
	what := name[strings.LastIndexByte(name, '_')+1:]
	at := time.Unix(f.Updated, 0)
	if strings.HasSuffix(name, "_deanimate_gif.png") {
		what = "1024.png"
	}
	if what == "360.gif" || what == "480.gif" { // a moving picture stays as it is
		return stream(r, content, content, "image/gif", name, at, false), nil
	}
	defer content.Close()
	for _, t := range thumbnailSizes {
		size, format, _ := strings.Cut(what, ".")
		w, h, _ := t.fit(f.Width, f.Height)
		if size != t.name || format != "png" && format != "jpg" {
			continue
		}
		b, err := shrink(content, w, h, t.square, format)
		if err != nil {
			return plain(http.StatusUnsupportedMediaType, "No preview", "no_preview"), nil
		}
		return stream(r, bytes.NewReader(b), nil, mime.TypeByExtension("."+format), name, at, false), nil
	}
	return plain(http.StatusNotFound, "Not Found", "not_found"), nil
}

//go:embed ui/file.html
var filePageHTML string

var filePage = template.Must(template.New("file").Parse(filePageHTML))

// pageFacts are what a page says: of a file, or that there is none to see.
type pageFacts struct {
	Title, Text string
	File        *pageFile
}

type pageFile struct {
	Type, By, On, Image, Alt, Preview, Download string
	Size                                        int64
	HTML                                        template.HTML
}

func show(status int, p pageFacts) (twin.Answer, error) {
	var b bytes.Buffer
	if err := filePage.Execute(&b, p); err != nil {
		return twin.Answer{}, err
	}
	return twin.Answer{Status: status, Type: "text/html; charset=utf-8", Body: b.Bytes()}, nil
}

// facts are what a page shows of a file. Its bytes are for those who may see them.
func (c *call) facts(f File) pageFacts {
	u, _ := c.s.users.Get(c.Tx, f.User)
	p := pageFile{Type: filetypeByID[f.Type].pretty, By: or(u.RealName, u.Name), On: time.Unix(f.Created, 0).UTC().Format("2 January 2006 15:04"), Size: f.Size, Alt: f.Alt}
	v := c.fileFacts(f)
	switch f.Mode {
	case modeCanvas:
		p.HTML = template.HTML(sectionsHTML(f.Sections))
	case modeExternal:
		p.Download = f.ExternalURL
	default:
		p.Download, p.Preview = v["url_private_download"].(string), f.Preview
	}
	return pageFacts{Title: f.Title, File: &p}
}

// filePage shows what a permalink leads to.
func (s *Slack) filePage(r *twin.Request) (a twin.Answer, err error) {
	p := pageFacts{Title: "There is no such file", Text: "It may have been deleted, or the link may be wrong."}
	r.View(func(tc *twin.Call) error {
		c := &call{Call: tc, s: s, args: &arguments{}, base: s.URL(tc)}
		if f, ok := s.files.Get(tc.Tx, r.Echo.Param("file")); ok && !f.Deleted {
			p = c.facts(f)
		}
		return nil
	})
	if p.File == nil {
		return show(http.StatusNotFound, p)
	}
	return show(http.StatusOK, p)
}

// publicPage shows what a public link leads to, to anyone.
func (s *Slack) publicPage(r *twin.Request) (a twin.Answer, err error) {
	p := pageFacts{Title: "This link does not work", Text: "The file may have been deleted, or its owner may have revoked the link."}
	r.View(func(tc *twin.Call) error {
		parts := strings.SplitN(r.Echo.Param("ref"), "-", 3)
		if len(parts) < 3 {
			return nil
		}
		f, ok := s.files.Get(tc.Tx, parts[1])
		if !ok || !f.Public || f.Team != parts[0] || r.World.Unseal(parts[2]) != f.Secret {
			return nil
		}
		c := &call{Call: tc, s: s, args: &arguments{}, base: s.URL(tc)}
		p = c.facts(f)
		secret := "?pub_secret=" + parts[2]
		p.File.Download += secret
		if f.Width > 0 {
			p.File.Image = c.fileFacts(f)["url_private"].(string) + secret
		}
		return nil
	})
	if p.File == nil {
		return show(http.StatusNotFound, p)
	}
	return show(http.StatusOK, p)
}
