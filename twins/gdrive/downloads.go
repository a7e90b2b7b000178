package gdrive

import (
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/gdrive/internal/api"
	"twinset.dev/twins/internal/google/files"
	"twinset.dev/twins/internal/google/gapi"
)

func (d *Drive) downloadsOperations() {
	d.On(twin.Full, "files.download", d.filesDownload).Answers(api.Operation{}, "")
	d.On(twin.Full, "operations.get", d.operationsGet).Answers(api.Operation{}, "")
}

var (
	errNotDownloadable = gapi.Because(403, "fileNotDownloadable", "Only files with binary content can be downloaded. Use Export with Docs Editors files.").At("alt")
	errCannotDownload  = gapi.Because(403, "cannotDownloadFile", "This file cannot be downloaded by the user.")
)

// download answers content as it is: what "alt=media" asks for. Parts of it can be asked for.
//
// https://developers.google.com/drive/api/guides/manage-downloads
func (d *Drive) download(c *call, v *fileView, content *files.Content) (any, error) {
	switch {
	case content == nil:
		return nil, errNotDownloadable
	case v.mayNot(downloads):
		return nil, errCannotDownload
	}
	return d.stream(content, v.Type, v.Modified, "attachment", v.Name), nil
}

// stream answers bytes of the blob store, or the range of them that is asked for.
func (d *Drive) stream(content *files.Content, kind string, modified int64, disposition, name string) gapi.Answer {
	return gapi.Answer{Stream: func(ec echo.Context) error {
		var bytes io.ReadSeeker = strings.NewReader("") // of what has none nothing is kept
		if content.Size > 0 {
			blob, _, err := d.DB.Blobs().Open(content.Hash)
			if err != nil {
				return err
			}
			defer blob.Close()
			bytes = blob
		}
		h := ec.Response().Header()
		h.Set("Content-Type", kind)
		h.Set("Content-Disposition", disposition+`; filename="`+strings.NewReplacer(`"`, "'", "\n", " ", "\r", " ").Replace(name)+`"`)
		h.Set("X-Goog-Hash", "md5="+content.MD5)
		http.ServeContent(ec.Response(), ec.Request(), "", time.UnixMilli(modified), bytes)
		return nil
	}}
}

// filesDownload answers where a file, or what it is exported as, can be had. It is done at once.
//
// https://developers.google.com/drive/api/reference/rest/v3/files/download
func (d *Drive) filesDownload(c *call) (any, error) {
	f, err := d.find(c)
	if err != nil {
		return nil, err
	}
	mime, revision := c.Q("mimeType"), c.Q("revisionId")
	e := d.Editors[f.Type]
	switch {
	case f.Type == files.Folder || f.Type == files.Shortcut:
		return nil, errNotDownloadable
	case f.mayNot(downloads):
		return nil, errCannotDownload
	case f.Content != nil && mime != "" && mime != f.Type:
		return nil, gapi.Because(400, "badRequest", "The requested conversion is not supported.").At("mimeType")
	case e != nil && mime != "" && !contains(e.Exports(), mime):
		return nil, gapi.Because(400, "badRequest", "The requested conversion is not supported.").At("mimeType")
	}
	at := c.Link + "/drive/v3/files/" + f.ID
	switch {
	case revision != "":
		r, ok := d.Revision(c.Tx, f.ID, revision)
		if !ok {
			return nil, errNoRevision(revision)
		}
		at += "/revisions/" + r.ID + "?alt=media"
	case f.Content != nil:
		at += "?alt=media"
	default:
		if mime == "" {
			mime = "application/pdf"
		}
		at += "/export?mimeType=" + mime
	}
	op := Operation{Name: "operations/" + c.Rand(32, secretAlphabet), URI: at, User: c.Who.User.ID, Partial: f.Content != nil}
	d.operations.Put(c.Tx, op)
	return op.view(), nil
}

// An Operation is a download that was asked for.
type Operation struct {
	Name    string `json:"name"`
	URI     string `json:"uri"`
	User    string `json:"user"`
	Partial bool   `json:"partial,omitempty"`
}

func (o Operation) view() obj {
	return obj{
		"name": strings.TrimPrefix(o.Name, "operations/"), "done": true,
		"metadata": obj{"@type": "type.googleapis.com/google.apps.drive.v3.DownloadFileMetadata"},
		"response": obj{"@type": "type.googleapis.com/google.apps.drive.v3.DownloadFileResponse", "downloadUri": o.URI, "partialDownloadAllowed": o.Partial},
	}
}

// operationsGet answers how far an operation is.
//
// https://developers.google.com/drive/api/reference/rest/v3/operations/get
func (d *Drive) operationsGet(c *call) (any, error) {
	o, ok := d.operations.Get(c.Tx, "operations/"+strings.TrimPrefix(c.Param("name"), "operations/"))
	if !ok || o.User != c.Who.User.ID {
		return nil, gapi.Because(404, "notFound", "Operation not found: %s.", c.Param("name")).At("name")
	}
	return o.view(), nil
}
