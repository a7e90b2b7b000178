package gdrive

import (
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"image"
	_ "image/gif"  // pictures whose size is told
	_ "image/jpeg" // likewise
	_ "image/png"  // likewise
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/gdrive/internal/api"
	"twinset.dev/twins/internal/google/files"
	"twinset.dev/twins/internal/google/gapi"
)

// Content comes in three ways: alone, beside the metadata, or in pieces. It is in the blob store before the transaction
// begins that makes a file of it.
//
// https://developers.google.com/drive/api/guides/manage-uploads

func (d *Drive) uploadsOperations() {
	d.Echo.Pre(fronts)
	d.On(twin.Full, "files.create.upload", d.uploaded(d.filesCreate)).Streams(d.take).Ticket(d.holder).Answers(api.File{}, normal)
	d.On(twin.Full, "files.update.upload", d.uploaded(d.filesUpdate)).Streams(d.take).Ticket(d.holder).Answers(api.File{}, normal)
	// The pieces of a file go to the address that its upload was given.
	d.Beyond(twin.Full, "files.create.piece", http.MethodPut, "/upload/drive/v3/files", nil, d.piece).Streams(d.take).Ticket(d.holder).Answers(api.File{}, normal)
	d.Beyond(twin.Full, "files.update.piece", http.MethodPut, "/upload/drive/v3/files/{fileId}", nil, d.piece).Streams(d.take).Ticket(d.holder).Answers(api.File{}, normal)
	d.Beyond(twin.Full, "files.update.post", http.MethodPost, "/upload/drive/v3/files/{fileId}", nil, d.piece).Streams(d.take).Ticket(d.holder).Answers(api.File{}, normal)
	for _, path := range []string{"/upload/drive/v3/files", "/upload/drive/v3/files/{fileId}"} {
		id := map[bool]string{true: "files.update.cancel", false: "files.create.cancel"}[strings.HasSuffix(path, "}")]
		d.Beyond(twin.Full, id, http.MethodDelete, path, nil, d.cancelUpload).Ticket(d.holder)
	}
}

// fronts is for the other addresses at which content is taken and given: those of the resumable protocol in discovery
// documents, and those of downloads that batches name.
func fronts(next echo.HandlerFunc) echo.HandlerFunc {
	return func(ec echo.Context) error {
		u := ec.Request().URL
		for front, of := range map[string]string{"/resumable": "/upload/", "/download": "/drive/"} {
			if path, ok := strings.CutPrefix(u.Path, front); ok && strings.HasPrefix(path, of) {
				u.Path, u.RawPath = path, strings.TrimPrefix(u.RawPath, front)
			}
		}
		return next(ec)
	}
}

// media is content that has come, to make a file of.
type media struct {
	*files.Content
	Type  string // what the sender calls it, or what it looks like
	Text  string // how it begins, read as text whatever it is
	Bytes []byte // all of it, if a file of one of Google's own types is to be made of it
}

// take reads the content of an upload into the blob store.
func (d *Drive) take(c *call, r *http.Request) error {
	if id := c.Query.Get("upload_id"); id != "" {
		return d.takePiece(c, r, id)
	}
	switch kind := c.Query.Get("uploadType"); kind {
	case "media", "":
		m, err := d.store(r.Body, r.Header.Get("Content-Type"))
		c.Media = m
		return err
	case "multipart":
		return d.takeBoth(c, r)
	case "resumable":
		total := int64(-1)
		if s := r.Header.Get("X-Upload-Content-Length"); s != "" {
			n, err := strconv.ParseInt(s, 10, 64)
			if err != nil || n < 0 {
				return gapi.Because(400, "badRequest", "Invalid X-Upload-Content-Length: %s", s)
			}
			total = n
		}
		body, err := io.ReadAll(io.LimitReader(r.Body, maxMetadata))
		if err != nil {
			return errUploadBroken
		}
		c.Body, c.Media = body, &beginning{r.Header.Get("X-Upload-Content-Type"), total}
		return nil
	default:
		return gapi.Because(400, "badRequest", "Invalid upload type: %s", kind)
	}
}

// maxMetadata bounds the metadata that comes with content.
const maxMetadata = 1 << 20

var (
	errUploadBroken = gapi.Because(400, "badRequest", "The upload ended before all of it had come.")
	errMalformed    = gapi.Because(400, "badContent", "Malformed multipart body.")
	errNoUpload     = gapi.Because(404, "notFound", "No upload session has this id, or it has expired.")
)

// takeBoth reads metadata and content, the parts of one body in this order.
func (d *Drive) takeBoth(c *call, r *http.Request) error {
	_, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || params["boundary"] == "" {
		return errMalformed
	}
	parts := multipart.NewReader(r.Body, params["boundary"])
	meta, err := parts.NextRawPart()
	if err != nil {
		return errMalformed
	}
	if c.Body, err = io.ReadAll(io.LimitReader(meta, maxMetadata)); err != nil {
		return errMalformed
	}
	content, err := parts.NextPart()
	if err != nil {
		return errMalformed
	}
	var body io.Reader = content
	if strings.EqualFold(content.Header.Get("Content-Transfer-Encoding"), "base64") {
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	m, err := d.store(body, content.Header.Get("Content-Type"))
	if err != nil {
		return err
	}
	c.Media = m
	return d.readBack(m, c.Body)
}

// kept is content that was sent, for a file that is kept as it is. Its sender may want it searched although it is no text.
func kept(c *call, m *media) *files.Content {
	if c.QTrue("useContentAsIndexableText") {
		m.Words = m.Text
	}
	return m.Content
}

// mostImported is how large content may be of which a document or a spreadsheet is to be made.
const mostImported = 100 << 20

// readBack reads content again if its metadata want it converted.
func (d *Drive) readBack(m *media, meta []byte) error {
	if !bytes.Contains(meta, []byte("application/vnd.google-apps.")) || m.Size > mostImported {
		return nil
	}
	r, _, err := d.DB.Blobs().Open(m.Hash)
	if err != nil {
		return err
	}
	defer r.Close()
	m.Bytes, err = io.ReadAll(r)
	return err
}

// store keeps content, and finds out what there is to know of it. The type is what its sender says, if they say one.
func (d *Drive) store(r io.Reader, kind string) (*media, error) {
	m5, s1, head := md5.New(), sha1.New(), &first{most: headSize}
	slow := newBeside(m5)
	hash, size, err := d.DB.Blobs().Put(io.TeeReader(r, io.MultiWriter(slow, s1, head)))
	slow.finish()
	if err != nil {
		return nil, errUploadBroken
	}
	m := &media{Content: &files.Content{Hash: hash, Size: size, MD5: hex.EncodeToString(m5.Sum(nil)), SHA1: hex.EncodeToString(s1.Sum(nil))}}
	if m.Type, _, _ = mime.ParseMediaType(kind); m.Type == "" {
		m.Type = "application/octet-stream"
		if size > 0 {
			m.Type, _, _ = mime.ParseMediaType(http.DetectContentType(head.Bytes()))
		}
	}
	if strings.HasPrefix(m.Type, "image/") {
		if cfg, _, err := image.DecodeConfig(bytes.NewReader(head.Bytes())); err == nil {
			m.Width, m.Height = cfg.Width, cfg.Height
		}
	}
	m.Text = strings.ToValidUTF8(string(head.Bytes()[:min(head.Len(), maxText)]), " ")
	if strings.HasPrefix(m.Type, "text/") || m.Type == "application/json" {
		m.Words = m.Text
	}
	return m, nil
}

// A beside writes to a slow writer in pieces, while what comes after them is read.
type beside struct {
	piece       []byte
	full, empty chan []byte
	done        chan struct{}
}

const pieceSize = 512 << 10

func newBeside(slow io.Writer) *beside {
	b := &beside{full: make(chan []byte, 2), empty: make(chan []byte, 3), done: make(chan struct{})}
	b.empty <- nil
	b.empty <- nil
	go func() {
		for piece := range b.full {
			slow.Write(piece)
			b.empty <- piece[:0]
		}
		close(b.done)
	}()
	return b
}

func (b *beside) Write(p []byte) (n int, err error) {
	for n < len(p) {
		k := min(len(p)-n, pieceSize-len(b.piece))
		b.piece, n = append(b.piece, p[n:n+k]...), n+k
		if len(b.piece) == pieceSize {
			b.full <- b.piece
			b.piece = <-b.empty
		}
	}
	return n, nil
}

// finish returns once everything is written.
func (b *beside) finish() {
	b.full <- b.piece
	close(b.full)
	<-b.done
}

const (
	headSize = 256 << 10 // of content that is looked into
	maxText  = 100 << 10 // of what is searched
)

// first keeps the beginning of what is written.
type first struct {
	bytes.Buffer
	most int
}

func (f *first) Write(p []byte) (int, error) {
	f.Buffer.Write(p[:min(len(p), f.most-f.Len())])
	return len(p), nil
}

// uploaded is a method that is sent content: it begins an upload, goes on with one, or does what it is for.
func (d *Drive) uploaded(serve gapi.Handler) gapi.Handler {
	return func(c *call) (any, error) {
		switch m := c.Media.(type) {
		case *beginning:
			return d.begin(c, m)
		case *piece:
			return d.goOn(c, m)
		}
		return serve(c)
	}
}
