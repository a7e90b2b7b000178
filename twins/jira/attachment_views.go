package jira

import (
	"archive/zip"
	"bytes"
	"fmt"
	"image"
	_ "image/gif" // decoded by image.Decode
	"image/jpeg"
	"image/png"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/image/draw"
)

// Views of attachments that are not their bytes: thumbnails of pictures, lists of what is in archives.

// thumbnailSide is how large a thumbnail is unless the caller asks for another size, and thumbnailMost how large it can be.
const (
	thumbnailSide = 200
	thumbnailMost = 2000
	maxPixels     = 50 << 20 // of a picture that is drawn smaller
)

// getAttachmentThumbnail sends the caller to a smaller picture of an attachment, or sends it.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-attachments/#api-rest-api-3-attachment-thumbnail-id-get
func (j *Jira) getAttachmentThumbnail(c *call) (any, error) {
	a, _, _, err := c.attachment()
	if err != nil {
		return nil, err
	}
	if c.qtrue("redirect", true) {
		q := url.Values{}
		for _, name := range []string{"width", "height", "fallbackToDefault"} {
			if s := c.q(name); s != "" {
				q.Set(name, s)
			}
		}
		to := "/secure/thumbnail/" + id(a.ID) + "/" + url.PathEscape(a.Name)
		if len(q) > 0 {
			to += "?" + q.Encode()
		}
		return c.seeOther(to), nil
	}
	return c.thumbnail(a)
}

// secureThumbnail is the address of a thumbnail in a browser.
func (j *Jira) secureThumbnail(c *call) (any, error) {
	a, _, _, err := c.attachment()
	if err != nil {
		return nil, err
	}
	return c.thumbnail(a)
}

// thumbnail draws an attachment within the width and height that the caller asks for, or a grey square for one that is no picture.
func (c *call) thumbnail(a Attachment) (any, error) {
	var side [2]int
	for n, name := range []string{"width", "height"} {
		side[n] = thumbnailSide
		if s := c.q(name); s != "" {
			x, err := strconv.Atoi(s)
			if err != nil || x <= 0 {
				return nil, badRequest("The value '%s' of the query parameter '%s' is not a positive number.", s, name)
			}
			side[n] = min(x, thumbnailMost)
		}
	}
	otherwise := c.qtrue("fallbackToDefault", true)
	content, _, err := c.j.DB.Blobs().Open(a.Blob)
	if err != nil {
		return nil, err
	}
	defer content.Close()
	kind, b, err := "image/png", []byte(nil), error(nil)
	if isPicture(a.Type) {
		kind, b, err = shrink(content, side[0], side[1])
	}
	if b == nil || err != nil {
		if !otherwise {
			return nil, notFound("The attachment with id '%d' has no thumbnail.", a.ID)
		}
		kind, b = "image/png", greySquare(min(side[0], side[1]))
	}
	return answer{body: b, kind: kind, header: fileHeader("inline", a.Name, kind)}, nil
}

// shrink draws a picture so that it fits into a size, as JPEG if it is one and else as PNG.
func shrink(content io.ReadSeeker, width, height int) (kind string, b []byte, err error) {
	size, format, err := image.DecodeConfig(content)
	if err != nil {
		return "", nil, err
	}
	if size.Width*size.Height > maxPixels {
		return "", nil, image.ErrFormat
	}
	content.Seek(0, io.SeekStart)
	img, _, err := image.Decode(content)
	if err != nil {
		return "", nil, err
	}
	if size.Width > width || size.Height > height {
		scale := min(float64(width)/float64(size.Width), float64(height)/float64(size.Height))
		small := image.NewRGBA(image.Rect(0, 0, max(1, int(float64(size.Width)*scale+.5)), max(1, int(float64(size.Height)*scale+.5))))
		draw.CatmullRom.Scale(small, small.Bounds(), img, img.Bounds(), draw.Src, nil)
		img = small
	}
	var out bytes.Buffer
	if format == "jpeg" {
		err = jpeg.Encode(&out, img, nil)
		return "image/jpeg", out.Bytes(), err
	}
	err = png.Encode(&out, img)
	return "image/png", out.Bytes(), err
}

// greySquare stands for a file that is no picture.
func greySquare(side int) []byte {
	img := image.NewGray(image.Rect(0, 0, side, side))
	for n := range img.Pix {
		img.Pix[n] = 0xdd
	}
	var b bytes.Buffer
	png.Encode(&b, img)
	return b.Bytes()
}

// archiveShown is how many entries of an archive are listed.
const archiveShown = 30

// archive opens an attachment that is an archive.
func (c *call) archive() (a Attachment, files []*zip.File, err error) {
	a, _, _, err = c.attachment()
	if err != nil {
		return a, nil, err
	}
	content, size, err := c.j.DB.Blobs().Open(a.Blob)
	if err != nil {
		return a, nil, err
	}
	defer content.Close()
	at, ok := content.(io.ReaderAt)
	if !ok {
		b, err := io.ReadAll(content)
		if err != nil {
			return a, nil, err
		}
		at = bytes.NewReader(b)
	}
	r, err := zip.NewReader(at, size)
	if err != nil {
		return a, nil, refuse(http.StatusConflict, "The attachment with id '%d' is not a supported archive.", a.ID)
	}
	for _, f := range r.File {
		if !f.FileInfo().IsDir() {
			files = append(files, f)
		}
	}
	return a, files, nil
}

// expandAttachmentForHumans lists what is in an archive, to be shown to people.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-attachments/#api-rest-api-3-attachment-id-expand-human-get
func (j *Jira) expandAttachmentForHumans(c *call) (any, error) {
	a, files, err := c.archive()
	if err != nil {
		return nil, err
	}
	entries := []any{}
	for n, f := range files[:min(archiveShown, len(files))] {
		entries = append(entries, obj{"index": n, "path": f.Name, "label": shortPath(f.Name), "mediaType": mediaType("", f.Name, nil), "size": humanSize(f.UncompressedSize64)})
	}
	return obj{"id": a.ID, "name": a.Name, "mediaType": a.Type, "totalEntryCount": len(files), "entries": entries}, nil
}

// expandAttachmentForMachines lists what is in an archive.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-attachments/#api-rest-api-3-attachment-id-expand-raw-get
func (j *Jira) expandAttachmentForMachines(c *call) (any, error) {
	_, files, err := c.archive()
	if err != nil {
		return nil, err
	}
	entries := []any{}
	for n, f := range files[:min(archiveShown, len(files))] {
		entries = append(entries, obj{"entryIndex": n, "name": f.Name, "abbreviatedName": shortPath(f.Name), "mediaType": mediaType("", f.Name, nil), "size": f.UncompressedSize64})
	}
	return obj{"totalEntryCount": len(files), "entries": entries}, nil
}

// shortPath leaves out the middle of a long path.
func shortPath(p string) string {
	const most = 40
	if len(p) <= most {
		return p
	}
	parts := strings.Split(p, "/")
	if len(parts) < 4 {
		return p
	}
	head, tail := parts[:1], parts[len(parts)-1:]
	for _, next := range parts[1 : len(parts)-2] {
		if len(strings.Join(head, "/"))+len(next)+len(tail[0]) > most-6 {
			break
		}
		head = append(head, next)
	}
	return strings.Join(head, "/") + "/.../" + strings.Join(tail, "/")
}

// humanSize is a number of bytes as Jira writes it for people.
func humanSize(n uint64) string {
	switch kb := float64(n) / 1024; {
	case kb < 1:
		return fmt.Sprintf("%.1f kB", kb)
	case kb < 1024:
		return fmt.Sprintf("%.0f kB", kb)
	default:
		return fmt.Sprintf("%.2f MB", kb/1024)
	}
}
