package jira

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"twinset.dev/kit/twin"
)

func (j *Jira) issueAttachmentsOperations() {
	j.on(twin.Full, "addAttachment", j.addAttachment).public().uploads()
	j.on(twin.Full, "getAttachmentMeta", j.getAttachmentMeta)
	j.on(twin.Full, "getAttachment", j.getAttachment).public()
	j.on(twin.Full, "removeAttachment", j.removeAttachment).public()
	j.on(twin.Full, "getAttachmentContent", j.getAttachmentContent).public()
	j.on(twin.Full, "getAttachmentThumbnail", j.getAttachmentThumbnail).public()
	j.on(twin.Full, "expandAttachmentForHumans", j.expandAttachmentForHumans).public()
	j.on(twin.Full, "expandAttachmentForMachines", j.expandAttachmentForMachines).public()
	j.beyond(twin.Full, "secure.attachment", http.MethodGet, "/secure/attachment/{id}/{name}", j.secureAttachment).public()
	j.beyond(twin.Full, "secure.attachment.nameless", http.MethodGet, "/secure/attachment/{id}/", j.secureAttachment).public()
	j.beyond(twin.Full, "secure.thumbnail", http.MethodGet, "/secure/thumbnail/{id}/{name}", j.secureThumbnail).public()
}

// A sentFile is a file of a form, whose bytes are kept already.
type sentFile struct {
	name, kind, blob string
	size             int64
	tooLarge         bool
}

// uploadLimit is how many bytes an attachment can have, and maxAttachments how many of them an issue.
const (
	uploadLimit    = 10 << 20
	maxAttachments = 2000
)

// filesOf keeps the files that a form has under the name "file". It is done before the call has its turn in the world.
func (j *Jira) filesOf(r *http.Request) (files []sentFile, err error) {
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, errMediaType
	}
	for {
		part, err := parts.NextPart()
		if err == io.EOF {
			return files, nil
		}
		if err != nil {
			return nil, badRequest("The request body is not a valid multipart form.")
		}
		if part.FormName() != "file" || part.FileName() == "" {
			continue
		}
		f := sentFile{name: path.Base(strings.ReplaceAll(part.FileName(), `\`, "/"))}
		head := make([]byte, 512)
		n, err := io.ReadFull(part, head)
		if err != nil && err != io.EOF && !errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, badRequest("The request body is not a valid multipart form.")
		}
		f.kind = mediaType(part.Header.Get("Content-Type"), f.name, head[:n])
		f.blob, f.size, err = j.DB.Blobs().Put(io.LimitReader(io.MultiReader(bytes.NewReader(head[:n]), part), uploadLimit+1))
		if err != nil {
			return nil, err
		}
		f.tooLarge = f.size > uploadLimit
		files = append(files, f)
	}
}

// mediaType is what a file is: as its sender says, or as its name or its first bytes do.
func mediaType(said, name string, head []byte) string {
	if kind, _, err := mime.ParseMediaType(said); err == nil && kind != "application/octet-stream" {
		return kind
	}
	for _, kind := range []string{mime.TypeByExtension(strings.ToLower(path.Ext(name))), http.DetectContentType(head)} {
		if kind, _, err := mime.ParseMediaType(kind); err == nil {
			return kind
		}
	}
	return "application/octet-stream"
}

// xsrfChecked refuses a form that another site's page could have sent.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/intro/#special-request-headers
func (c *call) xsrfChecked() error {
	switch c.r.Echo.Request().Header.Get("X-Atlassian-Token") {
	case "no-check", "nocheck":
		return nil
	}
	return &refusal{status: http.StatusForbidden, messages: []string{"XSRF check failed"}, text: "XSRF check failed"}
}

// addAttachment adds the files of a form to an issue.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-attachments/#api-rest-api-3-issue-issueidorkey-attachments-post
func (j *Jira) addAttachment(c *call) (any, error) {
	if err := c.xsrfChecked(); err != nil {
		return nil, err
	}
	i, p, err := c.issue(c.param("issueIdOrKey"))
	if err != nil {
		return nil, err
	}
	if !c.may("CREATE_ATTACHMENTS", &p, &i) {
		return nil, forbidden("You do not have permission to create attachments for this issue.")
	}
	for _, f := range c.files {
		if f.tooLarge {
			return nil, refuse(http.StatusRequestEntityTooLarge, "The field file exceeds its maximum permitted size of %d bytes.", uploadLimit)
		}
	}
	if n := len(slices.Collect(j.attachmentsOf.All(c.Tx, key(i.ID)))) + len(c.files); n > maxAttachments {
		return nil, refuse(http.StatusRequestEntityTooLarge, "The issue has reached the limit of %d attachments.", maxAttachments)
	}
	out := []any{}
	for _, f := range c.files {
		a := Attachment{ID: c.next("attachment", firstID), Issue: i.ID, Author: c.who.ID, Name: f.name, Type: f.kind, Blob: f.blob, Size: f.size, Created: c.at(), UUID: c.uuid()}
		j.attachments.Put(c.Tx, a)
		i = c.attachmentHistory(i, ChangeItem{Field: "Attachment", FieldID: "attachment", FieldType: "jira", To: id(a.ID), ToText: a.Name})
		c.told(event{Name: "attachment_created", Issue: &i, More: obj{"attachment": c.plainly().attachmentShown(a)}})
		out = append(out, c.attachmentShown(a))
	}
	return answer{status: http.StatusOK, body: out}, nil
}

// attachmentHistory notes in the history of an issue that a file has come or gone.
func (c *call) attachmentHistory(i Issue, item ChangeItem) Issue {
	return c.saveAs("issue_updated", i, i, Change{Items: []ChangeItem{item}})
}

// getAttachmentMeta says whether files can be attached, and of what size.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-attachments/#api-rest-api-3-attachment-meta-get
func (j *Jira) getAttachmentMeta(*call) (any, error) {
	return obj{"enabled": true, "uploadLimit": uploadLimit}, nil
}

// attachment finds the attachment that the path names, whose issue the caller sees.
func (c *call) attachment() (a Attachment, i Issue, p Project, err error) {
	n := c.param("id")
	a, ok := c.j.attachments.Get(c.Tx, key(number(n)))
	if !ok {
		return a, i, p, notFound("The attachment with id '%s' does not exist", n)
	}
	i, _ = c.j.issues.Get(c.Tx, key(a.Issue))
	p, _ = c.j.projects.Get(c.Tx, key(i.Project))
	if !c.may("BROWSE_PROJECTS", &p, &i) {
		return a, i, p, forbidden("You do not have permission to view attachment with id: %s", n)
	}
	return a, i, p, nil
}

// getAttachment returns what is known of an attachment.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-attachments/#api-rest-api-3-attachment-id-get
func (j *Jira) getAttachment(c *call) (any, error) {
	a, _, _, err := c.attachment()
	if err != nil {
		return nil, err
	}
	return with(c.attachmentShown(a), obj{"id": a.ID}), nil // a number here alone
}

// removeAttachment deletes an attachment.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-attachments/#api-rest-api-3-attachment-id-delete
func (j *Jira) removeAttachment(c *call) (any, error) {
	a, i, p, err := c.attachment()
	switch {
	case err != nil:
		return nil, err
	case !c.may("DELETE_ALL_ATTACHMENTS", &p, &i) && !(a.Author == c.who.ID && c.who.ID != "" && c.may("DELETE_OWN_ATTACHMENTS", &p, &i)):
		return nil, forbidden("You do not have permission to delete attachment with id: %d", a.ID)
	}
	c.told(event{Name: "attachment_deleted", Issue: &i, More: obj{"attachment": c.plainly().attachmentShown(a)}})
	j.attachments.Delete(c.Tx, key(a.ID))
	c.attachmentHistory(i, ChangeItem{Field: "Attachment", FieldID: "attachment", FieldType: "jira", From: id(a.ID), FromText: a.Name})
	return nil, nil
}

// getAttachmentContent sends the caller to the bytes of an attachment, or sends them.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-attachments/#api-rest-api-3-attachment-content-id-get
func (j *Jira) getAttachmentContent(c *call) (any, error) {
	a, _, _, err := c.attachment()
	if err != nil {
		return nil, err
	}
	if c.qtrue("redirect", true) {
		return c.seeOther("/secure/attachment/" + id(a.ID) + "/" + url.PathEscape(a.Name)), nil
	}
	return c.bytesOf(a)
}

// seeOther sends the caller to another address of the site.
func (c *call) seeOther(path string) answer {
	return answer{status: http.StatusSeeOther, body: []byte{}, kind: "text/plain", header: http.Header{"Location": {c.base + path}}}
}

// secureAttachment is the address of an attachment in a browser.
func (j *Jira) secureAttachment(c *call) (any, error) {
	a, _, _, err := c.attachment()
	if err != nil {
		return nil, err
	}
	return c.bytesOf(a)
}

// bytesOf sends an attachment, or the part of it that the caller asks for.
func (c *call) bytesOf(a Attachment) (any, error) {
	content, _, err := c.j.DB.Blobs().Open(a.Blob)
	if err != nil {
		return nil, err
	}
	return answer{kind: a.Type, header: fileHeader("attachment", a.Name, a.Type), stream: func(ec echo.Context) error {
		defer content.Close()
		http.ServeContent(ec.Response(), ec.Request(), "", msTime(a.Created), content)
		return nil
	}}, nil
}

// fileHeader is how something that somebody has uploaded is sent: whatever it is, it is no page of this site.
func fileHeader(disposition, name, kind string) http.Header {
	return http.Header{"Content-Type": {kind}, "Content-Disposition": {mime.FormatMediaType(disposition, map[string]string{"filename": name})},
		"Content-Security-Policy": {"sandbox"}, "Cache-Control": {"private, max-age=31536000"}}
}

// attachmentShown is an attachment as issues show it.
func (c *call) attachmentShown(a Attachment) obj {
	v := obj{"self": c.api("/attachment/" + id(a.ID)), "id": id(a.ID), "filename": a.Name, "created": stamp(a.Created), "size": a.Size, "mimeType": a.Type, "content": c.api("/attachment/content/" + id(a.ID))}
	if who := c.userShown(a.Author); who != nil {
		v["author"] = who
	}
	if isPicture(a.Type) {
		v["thumbnail"] = c.api("/attachment/thumbnail/" + id(a.ID))
	}
	return v
}
