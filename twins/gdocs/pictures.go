package gdocs

import (
	"bytes"
	"errors"
	"image"
	_ "image/gif"
	_ "image/jpeg"
	_ "image/png"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/gdocs/internal/document"
	"twinset.dev/twins/internal/google/files"
)

// pictures is where documents' own copies of images are: an image is kept as this and the hash of its bytes.
const pictures = "/docsz/"

// What Docs takes of an image.
const (
	mostBytes  = 50 << 20
	mostPixels = 25_000_000
)

func badPicture(why string) error { return &document.Error{Status: 400, Message: why} }

const unreachable = "There was a problem retrieving the image. The provided image should be publicly accessible, within size limit, and in supported formats."

// picture fetches an image: a file of this world that anyone may see, or a document's copy. Nothing else can be reached from here.
func (s *Docs) picture(c *call, uri string) (document.Picture, error) {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return document.Picture{}, badPicture("The provided image URI is invalid.")
	}
	hash := ""
	if _, at, ok := strings.Cut(u.Path, pictures); ok {
		hash = at
		if !s.shown(c.Call, hash) {
			return document.Picture{}, badPicture(unreachable)
		}
	} else {
		f, ok := s.Files.Get(c.Tx, fileID(uri))
		if !ok || f.Content == nil || !s.public(c, f) {
			return document.Picture{}, badPicture(unreachable)
		}
		hash = f.Content.Hash
	}
	blob, size, err := s.DB.Blobs().Open(hash)
	if err != nil {
		return document.Picture{}, badPicture(unreachable)
	}
	defer blob.Close()
	conf, kind, err := image.DecodeConfig(blob)
	switch {
	case errors.Is(err, image.ErrFormat), err == nil && kind != "png" && kind != "jpeg" && kind != "gif":
		return document.Picture{}, badPicture("The provided image is in an unsupported format.")
	case err != nil:
		return document.Picture{}, badPicture(unreachable)
	case size > mostBytes, conf.Width*conf.Height > mostPixels:
		return document.Picture{}, badPicture("The provided image is too large.")
	}
	return document.Picture{ContentURI: pictures + hash, Width: conf.Width, Height: conf.Height}, nil
}

// shown says whether a document of this world has an image; nothing else in the blob store is served.
func (s *Docs) shown(c *twin.Call, hash string) bool {
	for range s.byPicture.All(c.Tx, hash) {
		return true
	}
	return false
}

// public says whether anybody at all may see a file.
func (s *Docs) public(c *call, f files.File) (ok bool) {
	s.Grants(c.Tx, f, func(p files.Permission, _ string) bool {
		ok = ok || p.Type == "anyone"
		return !ok
	})
	return ok
}

var inPath = regexp.MustCompile(`/(?:d|files|folders)/([A-Za-z0-9_-]{10,})`)

// fileID is the file that an address of Drive leads to, or "".
func fileID(uri string) string {
	u, err := url.Parse(uri)
	if err != nil {
		return ""
	}
	if id := u.Query().Get("id"); id != "" {
		return id
	}
	if m := inPath.FindStringSubmatch(u.Path); m != nil {
		return m[1]
	}
	return ""
}

// pictureBytes are the bytes of a document's image.
func (s *Docs) pictureBytes(uri string) ([]byte, error) {
	blob, _, err := s.DB.Blobs().Open(strings.TrimPrefix(uri, pictures))
	if err != nil {
		return nil, err
	}
	defer blob.Close()
	return io.ReadAll(io.LimitReader(blob, mostBytes))
}

// keep takes the bytes of an image that an import brings along.
func (s *Docs) keep(b []byte) (document.Picture, error) {
	conf, _, err := image.DecodeConfig(bytes.NewReader(b))
	if err != nil {
		return document.Picture{}, err
	}
	hash, _, err := s.DB.Blobs().Put(bytes.NewReader(b))
	return document.Picture{ContentURI: pictures + hash, Width: conf.Width, Height: conf.Height}, err
}

// pictureRoute serves the content addresses of images. As at Google, whoever knows one may look.
func (s *Docs) pictureRoute() {
	op := s.Operation(&twin.Operation{ID: "docs.pictures.get", Method: http.MethodGet, Path: pictures + "{hash}", Level: twin.Full, Notes: "the content of a document's images"})
	s.Echo.GET(pictures+":hash", func(ec echo.Context) error {
		return s.Serve(ec, op, "", func(r *twin.Request) (twin.Answer, error) {
			hash, found := ec.Param("hash"), false
			if err := r.View(func(c *twin.Call) error { found = s.shown(c, hash); return nil }); err != nil {
				return twin.Answer{}, err
			}
			b, err := s.pictureBytes(hash)
			if err != nil || !found {
				return twin.Answer{Status: http.StatusNotFound, Type: "text/plain; charset=utf-8", Body: []byte("Not found")}, nil
			}
			return twin.Answer{Status: http.StatusOK, Type: http.DetectContentType(b), Body: b, Header: http.Header{"Cache-Control": {"private, max-age=86400"}, "Last-Modified": {time.Unix(0, 0).UTC().Format(http.TimeFormat)}}}, nil
		})
	})
}
