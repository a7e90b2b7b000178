// Package ui is what the twins' pages have in common: one frame, its style, and a small script that keeps pages
// live. It needs no network. What a page does works with plain forms; the script makes it quicker.
package ui

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html/template"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
)

//go:embed *.html *.css *.js
var files embed.FS

// A Page is what the frame needs to know; a page's data embeds it. A template begins with {{template "top" .}} and
// ends with {{template "bottom" .}}.
type Page struct {
	Title  string
	Class  string   // of the body
	Root   string   // what the page's links begin with: "" or the world's prefix
	Styles []string // further style sheets, by address
	Script []string // further scripts, by address
	Events string   // address of the server-sent events that say when to look again; "" for a page that stands still
	Said   Flash
}

// A Flash is what a page says of the last thing that was done.
type Flash struct {
	OK     string            `json:"ok,omitempty"`
	Error  string            `json:"error,omitempty"`
	Fields map[string]string `json:"fields,omitempty"` // what is wrong with a form, by field
	Form   string            `json:"form,omitempty"`   // the form that the fields are of
}

// A Table is a list of things with the same facts. A cell is text, or anything a template may print.
type Table struct {
	Caption string
	Head    []string
	Rows    [][]any
	Empty   string // said when there is no row
}

// A Field is one line of a form.
type Field struct {
	Label, Name, Value, Hint, Error string
	Type                            string // of the input; "text" if empty
	Options                         []string
	Required                        bool
}

// Folder is a folder of the files that a twin embeds; it panics if there is none.
func Folder(files embed.FS, name string) fs.FS {
	dir, err := fs.Sub(files, name)
	if err != nil {
		panic(err)
	}
	return dir
}

// Templates reads the pages in *.html of a folder, with the frame and these functions beside the house's own.
func Templates(pages fs.FS, funcs template.FuncMap) *template.Template {
	t := template.New("").Funcs(template.FuncMap{
		"time": Time,
		"field": func(label, name, value, hint string) Field {
			return Field{Label: label, Name: name, Value: value, Hint: hint}
		},
		"json":   indented,
		"plural": Plural,
		"asset":  func(root string) string { return root + assets },
	}).Funcs(funcs)
	return template.Must(template.Must(t.ParseFS(files, "*.html")).ParseFS(pages, "*.html"))
}

func indented(v any) (string, error) {
	b, err := json.MarshalIndent(v, "", "  ")
	return string(b), err
}

// Plural is a number with the noun that goes with it.
func Plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// Time is a moment as the frame shows it: short, with the whole of it on a closer look.
func Time(t time.Time) template.HTML {
	if t.IsZero() {
		return ""
	}
	return template.HTML(`<time datetime="` + t.UTC().Format(time.RFC3339Nano) + `" title="` + t.Format("Monday, 2 January 2006, 15:04:05.000 MST") + `">` +
		t.Format("2 Jan 15:04:05") + `</time>`)
}

// assets is where the frame's own style and script are.
const assets = "/_twin/ui/assets"

// Assets serves the frame's style and script on e.
func Assets(e *echo.Echo) { Serve(e, assets, files) }

// Serve serves the style sheets, scripts and pictures of a folder under a path.
func Serve(e *echo.Echo, at string, files fs.FS) {
	e.GET(at+"/:name", func(ec echo.Context) error {
		name := ec.Param("name")
		if ext := path.Ext(name); ext != ".css" && ext != ".js" && ext != ".svg" && ext != ".png" {
			return ec.NoContent(http.StatusNotFound)
		}
		b, err := fs.ReadFile(files, name)
		if err != nil {
			return ec.NoContent(http.StatusNotFound)
		}
		sum := sha256.Sum256(b)
		h := ec.Response().Header()
		h.Set("Content-Type", mime.TypeByExtension(path.Ext(name)))
		h.Set("ETag", `"`+hex.EncodeToString(sum[:8])+`"`)
		h.Set("Cache-Control", "no-cache")
		h.Set("X-Content-Type-Options", "nosniff")
		http.ServeContent(ec.Response(), ec.Request(), "", time.Time{}, bytes.NewReader(b))
		return nil
	})
}

// Headers are what every page is sent with: it takes nothing from elsewhere and cannot be put into a frame. Pictures
// may come from this machine.
func Headers() http.Header {
	return http.Header{
		"Content-Security-Policy": {"default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; connect-src 'self'; font-src 'self'; " +
			"img-src 'self' data: blob: http://127.0.0.1:* http://localhost:*; media-src 'self'; object-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"},
		"X-Content-Type-Options": {"nosniff"},
		"Referrer-Policy":        {"same-origin"},
		"Cache-Control":          {"no-store"},
	}
}

// Render makes a page of a template.
func Render(t *template.Template, name string, data any) ([]byte, error) {
	var b bytes.Buffer
	err := t.ExecuteTemplate(&b, name, data)
	return b.Bytes(), err
}

const flashCookie = "twin_said"

// Say makes the next page of this browser say something.
func Say(ec echo.Context, f Flash) {
	b, err := json.Marshal(f)
	if err != nil || len(b) > 2500 {
		b, _ = json.Marshal(Flash{Error: f.Error, OK: f.OK})
	}
	ec.SetCookie(&http.Cookie{Name: flashCookie, Value: base64.RawURLEncoding.EncodeToString(b), Path: "/", MaxAge: 60, HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

// Said returns what the page is to say, and forgets it.
func Said(ec echo.Context) (f Flash) {
	c, err := ec.Cookie(flashCookie)
	if err != nil || c.Value == "" {
		return f
	}
	b, _ := base64.RawURLEncoding.DecodeString(c.Value)
	json.Unmarshal(b, &f)
	ec.SetCookie(&http.Cookie{Name: flashCookie, Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	return f
}

// Back is the address within this twin that a form wants to return to; otherwise is for one that names none, or one
// that is somewhere else.
func Back(asked, otherwise string) string {
	if !strings.HasPrefix(asked, "/") || strings.HasPrefix(asked, "//") || strings.ContainsAny(asked, "\\\r\n\t") {
		return otherwise
	}
	return asked
}

// Stream sends server-sent events: one for each thing that arrives, with a comment now and then so that nobody
// between takes the line for dead. It ends when the reader leaves or the source dries up.
func Stream[T any](ec echo.Context, arrive <-chan T, tell func(T) (data any, ok bool)) error {
	res := ec.Response()
	h := res.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	res.WriteHeader(http.StatusOK)
	fmt.Fprint(res, "retry: 500\n: here\n\n")
	res.Flush()
	beat := time.NewTicker(15 * time.Second)
	defer beat.Stop()
	for {
		select {
		case v, ok := <-arrive:
			if !ok {
				return nil
			}
			data, ok := tell(v)
			if !ok {
				continue
			}
			b, err := json.Marshal(data)
			if err != nil {
				return err
			}
			if _, err := fmt.Fprintf(res, "data: %s\n\n", b); err != nil {
				return nil
			}
		case <-beat.C:
			if _, err := fmt.Fprint(res, ": beat\n\n"); err != nil {
				return nil
			}
		case <-ec.Request().Context().Done():
			return nil
		}
		res.Flush()
	}
}
