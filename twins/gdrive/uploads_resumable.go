package gdrive

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/gdrive/internal/api"
	"twinset.dev/twins/internal/google/gapi"
	"twinset.dev/twins/internal/google/identity"
)

// An Upload is a file that comes in pieces.
//
// https://developers.google.com/drive/api/guides/manage-uploads#resumable
type Upload struct {
	ID      string   `json:"id"` // a secret: who has it can go on
	File    string   `json:"file,omitempty"`
	Query   string   `json:"query,omitempty"`
	Meta    []byte   `json:"meta,omitempty"`
	User    string   `json:"user"`
	Client  string   `json:"client"`
	Scopes  []string `json:"scopes"`
	Type    string   `json:"type,omitempty"`
	Total   int64    `json:"total"` // -1 until somebody says
	Has     int64    `json:"has"`
	Pieces  []string `json:"pieces,omitempty"` // blobs
	Done    string   `json:"done,omitempty"`   // the file that came of it
	Expires int64    `json:"expires"`
}

// uploadLives is how long an upload can be gone on with.
const uploadLives = 7 * 24 * time.Hour

// grain is the size of which every piece but the last is a multiple.
const grain = 256 << 10

// beginning is an upload that is about to begin, and piece what has come of one.
type beginning struct {
	kind  string
	total int64
}

type piece struct {
	upload Upload // as it was when the piece came
	hash   string // of the piece
	size   int64  // of what of the piece is new
	total  int64
	asks   bool   // it has nothing, and asks how far the upload is
	whole  *media // the content, if this was the last piece
}

// piece is for the addresses at which there are only pieces.
func (d *Drive) piece(c *call) (any, error) {
	if m, ok := c.Media.(*piece); ok {
		return d.goOn(c, m)
	}
	return nil, errNoUpload
}

// begin notes what is to come, and tells where.
func (d *Drive) begin(c *call, b *beginning) (any, error) {
	u := Upload{Meta: c.Body, User: c.Who.User.ID, Client: c.Who.Client, Scopes: c.Who.Scopes, Type: b.kind, Total: b.total, Expires: c.Now.Add(uploadLives).UnixMilli()}
	if c.Op.Method == http.MethodPatch {
		v, err := d.find(c)
		switch {
		case err != nil:
			return nil, err
		case v.mayNot(edits):
			return nil, errForbidden(v.ID)
		}
		u.File = v.ID
	} else if err := (&call{API: c.API, Body: c.Body}).Bind(&api.File{}); err != nil {
		return nil, err
	}
	q := url.Values{}
	for k, v := range c.Query {
		if k != "access_token" && k != "oauth_token" && k != "key" && k != "uploadType" {
			q[k] = v
		}
	}
	u.Query = q.Encode()
	sealed := c.World.Seal("AHVrFx" + c.Rand(90, secretAlphabet))
	u.ID = c.World.Unseal(sealed)
	d.uploads.Put(c.Tx, u)
	q.Set("uploadType", "resumable")
	q.Set("upload_id", sealed)
	return gapi.Answer{Type: "text/html; charset=UTF-8", Header: http.Header{
		"Location":                      {c.Link + c.R.Echo.Request().URL.Path + "?" + q.Encode()},
		"X-Guploader-Uploadid":          {sealed},
		"X-Goog-Upload-Status":          {"active"},
		"Access-Control-Expose-Headers": {"Location"},
	}}, nil
}

const secretAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_"

// holder is whoever began the upload that an address names.
func (d *Drive) holder(c *call) (who identity.Who, ok bool) {
	id := c.Query.Get("upload_id")
	if id == "" {
		return who, false
	}
	u, ok := d.uploads.Get(c.Tx, c.World.Unseal(id))
	if !ok {
		return who, false
	}
	who = identity.Who{Client: u.Client, Scopes: u.Scopes}
	who.User, ok = d.Users.Get(c.Tx, u.User)
	return who, ok
}

// takePiece reads a piece of an upload, and the whole content if it is the last.
func (d *Drive) takePiece(c *call, r *http.Request, id string) (err error) {
	p := &piece{total: -1}
	c.Media = p
	found := false
	err = c.R.World.View(func(tc *twin.Call) error {
		p.upload, found = d.uploads.Get(tc.Tx, tc.World.Unseal(id))
		found = found && p.upload.Expires > tc.Now.UnixMilli()
		return nil
	})
	if err != nil {
		return err
	}
	if !found {
		return errNoUpload
	}
	if p.upload.Done != "" {
		return nil
	}
	start, end, err := d.rangeOf(p, r)
	if err != nil || p.asks {
		return err
	}
	if start > p.upload.Has {
		return gapi.Because(400, "badRequest", "Invalid request.  According to the Content-Range header, the upload offset is %d byte(s), which exceeds already uploaded size of %d byte(s).", start, p.upload.Has)
	}
	body := io.Reader(r.Body)
	if end >= 0 {
		body = io.LimitReader(body, end-start+1)
	}
	if _, err := io.CopyN(io.Discard, body, p.upload.Has-start); err != nil {
		p.asks = true // all of it is here already
		return nil
	}
	in := &pieces{r: body}
	if p.hash, p.size, err = d.DB.Blobs().Put(in); err != nil {
		return err
	}
	has := p.upload.Has + p.size
	if p.total < 0 && end < 0 && !in.cut {
		p.total = has // it has come all at once
	}
	switch {
	case p.total >= 0 && has > p.total:
		return gapi.Because(400, "badRequest", "More bytes have come than were announced.")
	case in.cut, has != p.total:
		return nil
	}
	all, done, err := d.whole(append(p.upload.Pieces, p.hash))
	if err != nil {
		return err
	}
	defer done()
	if p.whole, err = d.store(all, p.upload.Type); err != nil {
		return err
	}
	return d.readBack(p.whole, p.upload.Meta)
}

// rangeOf reads where a piece belongs. end is -1 if that is not said.
func (d *Drive) rangeOf(p *piece, r *http.Request) (start, end int64, err error) {
	text := r.Header.Get("Content-Range")
	p.total = p.upload.Total
	if text == "" {
		if r.ContentLength == 0 && p.total != 0 {
			p.asks = p.upload.Has > 0 || p.total > 0
		}
		if p.total < 0 && r.ContentLength >= 0 {
			p.total = r.ContentLength
		}
		return 0, -1, nil
	}
	bad := gapi.Because(400, "badRequest", "Failed to parse Content-Range header.")
	span, total, ok := strings.Cut(strings.TrimSpace(strings.TrimPrefix(text, "bytes")), "/")
	if !ok {
		return 0, 0, bad
	}
	if total != "*" {
		n, err := strconv.ParseInt(total, 10, 64)
		if err != nil || n < 0 || p.total >= 0 && p.total != n {
			return 0, 0, bad
		}
		p.total = n
	}
	if span == "*" {
		p.asks = p.total != p.upload.Has || p.total < 0
		return p.upload.Has, -1, nil
	}
	from, to, ok := strings.Cut(span, "-")
	if !ok {
		return 0, 0, bad
	}
	start, err1 := strconv.ParseInt(from, 10, 64)
	end, err2 := strconv.ParseInt(to, 10, 64)
	if err1 != nil || err2 != nil || start < 0 || end < start || p.total >= 0 && end >= p.total {
		return 0, 0, bad
	}
	if n := end - start + 1; n%grain != 0 && (p.total < 0 || end != p.total-1) {
		return 0, 0, gapi.Because(400, "badRequest", "Invalid request.  The number of bytes uploaded is required to be equal or greater than %d, except for the final request (it's recommended to be the exact multiple of %d).  The received request contained %d bytes, which does not meet this requirement.", grain, grain, n)
	}
	return start, end, nil
}

// pieces is a body of which only whole grains are kept if it breaks off.
type pieces struct {
	r    io.Reader
	buf  []byte
	rest []byte
	end  bool
	cut  bool
}

func (p *pieces) Read(b []byte) (int, error) {
	if len(p.rest) == 0 {
		if p.end {
			return 0, io.EOF
		}
		if p.buf == nil {
			p.buf = make([]byte, grain)
		}
		n := 0
		for n < grain && !p.end {
			m, err := p.r.Read(p.buf[n:])
			n += m
			p.end = err != nil
			p.cut = p.end && err != io.EOF
		}
		if p.cut {
			n = 0
		}
		if p.rest = p.buf[:n]; n == 0 {
			return 0, io.EOF
		}
	}
	n := copy(b, p.rest)
	p.rest = p.rest[n:]
	return n, nil
}

// whole reads blobs one after the other.
func (d *Drive) whole(hashes []string) (r io.Reader, done func(), err error) {
	var all []io.Reader
	var open []io.Closer
	done = func() {
		for _, f := range open {
			f.Close()
		}
	}
	for _, h := range hashes {
		f, _, err := d.DB.Blobs().Open(h)
		if err != nil {
			done()
			return nil, nil, fmt.Errorf("a piece of an upload is gone: %w", err)
		}
		all, open = append(all, f), append(open, f)
	}
	return io.MultiReader(all...), done, nil
}

// goOn adds a piece to its upload, and makes the file once all has come.
func (d *Drive) goOn(c *call, p *piece) (any, error) {
	u, ok := d.uploads.Get(c.Tx, c.World.Unseal(c.Query.Get("upload_id")))
	if !ok {
		return nil, errNoUpload
	}
	if u.Done != "" {
		f, ok := d.Files.Get(c.Tx, u.Done)
		if !ok {
			return nil, errNoUpload
		}
		return d.view(c, f, c.Mask), nil
	}
	if u.Has != p.upload.Has {
		return nil, gapi.Because(503, "backendError", "Another piece of the upload has come at the same time.")
	}
	if p.size > 0 {
		u.Has += p.size
		u.Pieces = append(u.Pieces[:len(u.Pieces):len(u.Pieces)], p.hash)
	}
	if p.total >= 0 {
		u.Total = p.total
	}
	if p.whole == nil {
		d.uploads.Put(c.Tx, u)
		return incomplete(c, u.Has), nil
	}
	// What is done now is what was asked for when the upload began.
	q, _ := url.ParseQuery(u.Query)
	for k, v := range q {
		if c.Query[k] == nil {
			c.Query[k] = v
		}
	}
	c.Body, c.Media = u.Meta, p.whole
	do := d.create
	if u.File != "" {
		do = d.update
	}
	f, err := do(c)
	if err != nil {
		return nil, err
	}
	u.Done, u.Pieces = f.ID, nil
	d.uploads.Put(c.Tx, u)
	return d.view(c, f, c.Mask), nil
}

// incomplete says how far an upload is: with a 308, which some clients take for a redirection, so that they can ask for
// a 200 that stands for it.
func incomplete(c *call, has int64) gapi.Answer {
	a := gapi.Answer{Status: http.StatusPermanentRedirect, Type: "text/plain; charset=utf-8", Header: http.Header{}}
	if has > 0 {
		a.Header.Set("Range", fmt.Sprintf("bytes=0-%d", has-1))
	}
	if strings.EqualFold(c.R.Echo.Request().Header.Get("X-GUploader-No-308"), "yes") {
		a.Status = http.StatusOK
		a.Header.Set("X-Http-Status-Code-Override", "308")
	}
	return a
}

// cancelUpload forgets an upload. 499 is what Google answers to it.
//
// https://developers.google.com/drive/api/guides/manage-uploads#resumable
func (d *Drive) cancelUpload(c *call) (any, error) {
	if !d.uploads.Delete(c.Tx, c.World.Unseal(c.Q("upload_id"))) {
		return nil, errNoUpload
	}
	return gapi.Answer{Status: 499}, nil
}
