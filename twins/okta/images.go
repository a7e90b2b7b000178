package okta

import (
	"bytes"
	"image"
	_ "image/gif"
	_ "image/jpeg"
	_ "image/png"
	"io"
	"net/http"
	"slices"
	"strings"

	"twinset.dev/kit/twin"
)

// What an org shows while nobody has uploaded anything.
const (
	oktaLogo    = "/assets/img/logos/okta-logo.svg"
	oktaFavicon = "/favicon.ico"
)

// The pictures of Okta's own: a plain ring and a dot.
const (
	oktaLogoSVG    = `<svg xmlns="http://www.w3.org/2000/svg" width="96" height="32" viewBox="0 0 96 32"><circle cx="16" cy="16" r="11" fill="none" stroke="#1662dd" stroke-width="7"/><rect x="40" y="10" width="48" height="12" rx="6" fill="#1662dd"/></svg>`
	oktaFaviconSVG = `<svg xmlns="http://www.w3.org/2000/svg" width="32" height="32" viewBox="0 0 32 32"><circle cx="16" cy="16" r="11" fill="none" stroke="#1662dd" stroke-width="7"/></svg>`
)

// A pictureRule is what may be uploaded in some place.
type pictureRule struct {
	types []string
	most  int64 // bytes
	ratio bool  // as wide as it is high
}

var pictureRules = map[string]pictureRule{
	"logo":            {types: []string{"image/png", "image/jpeg", "image/gif", "image/svg+xml"}, most: 100 << 10},
	"favicon":         {types: []string{"image/png", "image/x-icon"}, most: 100 << 10, ratio: true},
	"backgroundImage": {types: []string{"image/png", "image/jpeg", "image/gif"}, most: 2 << 20},
	"org":             {types: []string{"image/png", "image/jpeg", "image/gif", "image/svg+xml"}, most: 1 << 20},
}

// imagesOperations open the addresses of pictures, to everybody.
func (o *Okta) imagesOperations() {
	o.beyond(twin.Full, "image", http.MethodGet, "/fs/bco/1/{imageId}", o.image).public()
	o.beyond(twin.Full, "oktaLogo", http.MethodGet, oktaLogo, func(*call) (any, error) { return answer{body: []byte(oktaLogoSVG), kind: "image/svg+xml"}, nil }).public()
	o.beyond(twin.Full, "oktaFavicon", http.MethodGet, oktaFavicon, func(*call) (any, error) { return answer{body: []byte(oktaFaviconSVG), kind: "image/svg+xml"}, nil }).public()
}

func (o *Okta) image(c *call) (any, error) {
	i, ok := o.images.Get(c.Tx, c.param("imageId"))
	if !ok {
		return nil, notFound(c.param("imageId"), "FileStore")
	}
	f, _, err := o.DB.Blobs().Open(i.Blob)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	return answer{body: b, kind: i.Type}, err
}

// path is where a picture is found.
func (i Image) path() string { return "/fs/bco/1/" + i.ID }

// imageAt is the id of the picture at a path.
func imageAt(path string) string { return strings.TrimPrefix(path, "/fs/bco/1/") }

// uploaded stores the file that was sent, if it is a picture as the rule wants it.
func (c *call) uploaded(rule pictureRule) (Image, error) {
	h, err := c.r.Echo.FormFile("file")
	if err != nil {
		return Image{}, invalid("file", "file: The field cannot be left blank")
	}
	if h.Size > rule.most {
		return Image{}, invalid("file", "file: The file is too large.")
	}
	f, err := h.Open()
	if err != nil {
		return Image{}, err
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	if err != nil {
		return Image{}, err
	}
	kind := typeOfImage(b)
	if !slices.Contains(rule.types, kind) {
		return Image{}, invalid("file", "file: The file type is not supported.")
	}
	if size, _, err := image.DecodeConfig(bytes.NewReader(b)); rule.ratio && err == nil && size.Width != size.Height {
		return Image{}, invalid("file", "file: The image must have a 1:1 ratio.")
	}
	hash, _, err := c.o.DB.Blobs().Put(bytes.NewReader(b))
	if err != nil {
		return Image{}, err
	}
	i := Image{ID: c.id("fs0"), Type: kind, Blob: hash}
	c.o.images.Put(c.Tx, i)
	return i, nil
}

func typeOfImage(b []byte) string {
	if head := bytes.TrimSpace(b[:min(len(b), 512)]); bytes.HasPrefix(head, []byte("<svg")) || bytes.HasPrefix(head, []byte("<?xml")) && bytes.Contains(head, []byte("<svg")) {
		return "image/svg+xml"
	}
	return strings.Replace(http.DetectContentType(b), "vnd.microsoft.icon", "x-icon", 1)
}
