package google

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"google.golang.org/api/drive/v3"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/sheets/v4"
)

// Types of what has no bytes.
const (
	folderType      = "application/vnd.google-apps.folder"
	documentType    = "application/vnd.google-apps.document"
	spreadsheetType = "application/vnd.google-apps.spreadsheet"
)

// makes creates a file with content, which is text, in folders if they are given.
func (c *client) makes(t *testing.T, name, content string, parents ...string) *drive.File {
	t.Helper()
	f, err := c.drive.Files.Create(&drive.File{Name: name, Parents: parents}).Media(strings.NewReader(content), googleapi.ContentType("text/plain")).Fields("*").Do()
	must(t, err)
	return f
}

// typed creates a file of one of Google's types.
func (c *client) typed(t *testing.T, name, mime string, parents ...string) *drive.File {
	t.Helper()
	f, err := c.drive.Files.Create(&drive.File{Name: name, MimeType: mime, Parents: parents}).Fields("*").Do()
	must(t, err)
	return f
}

// sees wants a file that somebody may see to have a name.
func (c *client) sees(t *testing.T, id string) *drive.File {
	t.Helper()
	f, err := c.drive.Files.Get(id).SupportsAllDrives(true).Fields("*").Do()
	must(t, err)
	return f
}

// read is what a download has.
func read(t *testing.T, res *http.Response, err error) string {
	t.Helper()
	must(t, err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	must(t, err)
	return string(b)
}

// names are the names of files, in order.
func names(files []*drive.File) string {
	var all []string
	for _, f := range files {
		all = append(all, f.Name)
	}
	return strings.Join(all, ", ")
}

func init() {
	row("drive", "FilesCreateCall.Do", func(t *testing.T) {
		e := world(t)
		plain, err := e.drive.Files.Create(&drive.File{Name: "note.txt"}).Do()
		must(t, err)
		want(t, "type", plain.MimeType, "application/octet-stream")
		folder := e.typed(t, "Launch 9", folderType)
		f := e.makes(t, "fuel.txt", "full", folder.Id)
		want(t, "type", f.MimeType, "text/plain")
		want(t, "size", f.Size, int64(4))
		want(t, "md5", f.Md5Checksum, "e9dc924f238fa6cc29465942875fe8f0")
		want(t, "parent", strings.Join(f.Parents, " "), folder.Id)
		want(t, "owner", f.Owners[0].EmailAddress, "ana@acme.example")
		want(t, "mine", f.OwnedByMe, true)
		_, err = e.drive.Files.Create(&drive.File{Name: "two parents", Parents: []string{folder.Id, "root"}}).Do()
		refused(t, err, 403, "cannotAddParent")
		_, err = e.drive.Files.Create(&drive.File{Name: "lost", Parents: []string{"nowhere"}}).Do()
		refused(t, err, 404, "notFound")
		ids, err := e.drive.Files.GenerateIds().Count(1).Do()
		must(t, err)
		given, err := e.drive.Files.Create(&drive.File{Id: ids.Ids[0], Name: "named before"}).Do()
		must(t, err)
		want(t, "id", given.Id, ids.Ids[0])
		_, err = e.drive.Files.Create(&drive.File{Id: ids.Ids[0], Name: "again"}).Do()
		refused(t, err, 409, "fileIdInUse")
	})
	row("drive", "FilesGetCall.Do", func(t *testing.T) {
		e := world(t)
		f := e.makes(t, "manual.txt", "Land upright.")
		got, err := e.drive.Files.Get(f.Id).Do()
		must(t, err)
		want(t, "kind", got.Kind, "drive#file")
		want(t, "name", got.Name, "manual.txt")
		want(t, "what was not asked for", got.Size, int64(0))
		got, err = e.drive.Files.Get(f.Id).Fields("size,owners/emailAddress").Do()
		must(t, err)
		want(t, "size", got.Size, int64(13))
		want(t, "what was not asked for", got.Name, "")
		_, err = e.drive.Files.Get(f.Id).Fields("colour").Do()
		refused(t, err, 400, "invalidParameter")
		_, err = e.as("bo").drive.Files.Get(f.Id).Do()
		refused(t, err, 404, "notFound")
	})
	row("drive", "FilesGetCall.Download", func(t *testing.T) {
		e := world(t)
		f := e.makes(t, "manual.txt", "Land upright.")
		res, err := e.drive.Files.Get(f.Id).Download()
		want(t, "content", read(t, res, err), "Land upright.")
		call := e.drive.Files.Get(f.Id)
		call.Header().Set("Range", "bytes=5-11")
		res, err = call.Download()
		want(t, "part", read(t, res, err), "upright")
		want(t, "status", res.StatusCode, http.StatusPartialContent)
		_, err = e.drive.Files.Get(e.typed(t, "plan", documentType).Id).Download()
		refused(t, err, 403, "fileNotDownloadable")
	})
	row("drive", "FilesListCall.Do", func(t *testing.T) {
		e := world(t)
		folder := e.typed(t, "Search here", folderType)
		in := "'" + folder.Id + "' in parents"
		e.makes(t, "b.txt", "the pump holds 40 bar", folder.Id)
		e.makes(t, "a.txt", "the valve leaks", folder.Id)
		star := e.typed(t, "it's a plan", documentType, folder.Id)
		_, err := e.drive.Files.Update(star.Id, &drive.File{Starred: true}).Do()
		must(t, err)
		for q, found := range map[string]string{
			in: "a.txt, b.txt, it's a plan",
			in + " and mimeType = '" + documentType + "'":                     "it's a plan",
			in + " and name contains 'a'":                                     "a.txt, it's a plan",
			in + ` and name = 'it\'s a plan'`:                                 "it's a plan",
			in + " and not name = 'a.txt' and starred = false":                "b.txt",
			in + " and (name = 'a.txt' or name = 'b.txt') and 'me' in owners": "a.txt, b.txt",
			in + " and modifiedTime > '2036-01-01T00:00:00'":                  "",
			in + " and trashed = true":                                        "",
		} {
			l, err := e.drive.Files.List().Q(q).OrderBy("name").Do()
			must(t, err)
			want(t, q, names(l.Files), found)
		}
		l, err := e.drive.Files.List().Q(in + " and fullText contains 'valve'").Do()
		must(t, err)
		want(t, "files with a valve", names(l.Files), "a.txt")
		l, err = e.drive.Files.List().Q(in).OrderBy("name desc").Fields("files/name").Do()
		must(t, err)
		want(t, "the other way round", names(l.Files), "it's a plan, b.txt, a.txt")
		_, err = e.drive.Files.List().Q("name is 'a'").Do()
		refused(t, err, 400, "invalid")
		l, err = e.as("bo").drive.Files.List().Q(in).Do()
		must(t, err)
		want(t, "what bo finds in ana's folder", len(l.Files), 0)
	})
	row("drive", "FilesListCall.Pages", func(t *testing.T) {
		e := world(t)
		folder := e.typed(t, "Pages", folderType)
		for _, n := range []string{"1", "2", "3", "4", "5"} {
			e.makes(t, n, n, folder.Id)
		}
		var pages, all []string
		err := e.drive.Files.List().Q("'"+folder.Id+"' in parents").PageSize(2).OrderBy("name").Pages(t.Context(), func(l *drive.FileList) error {
			pages = append(pages, names(l.Files))
			for _, f := range l.Files {
				all = append(all, f.Name)
			}
			return nil
		})
		must(t, err)
		want(t, "pages", strings.Join(pages, " | "), "1, 2 | 3, 4 | 5")
		_, err = e.drive.Files.List().PageToken("nonsense").Do()
		refused(t, err, 400, "invalid")
	})
	row("drive", "FilesUpdateCall.Do", func(t *testing.T) {
		e := world(t)
		folder, f := e.typed(t, "To", folderType), e.makes(t, "draft.txt", "one")
		got, err := e.drive.Files.Update(f.Id, &drive.File{Name: "final.txt", Description: "The last one", Properties: map[string]string{"stage": "2"}}).AddParents(folder.Id).RemoveParents(f.Parents[0]).Fields("*").Do()
		must(t, err)
		want(t, "name", got.Name, "final.txt")
		want(t, "parent", strings.Join(got.Parents, " "), folder.Id)
		want(t, "property", got.Properties["stage"], "2")
		got, err = e.drive.Files.Update(f.Id, &drive.File{}).Media(strings.NewReader("one two"), googleapi.ContentType("text/plain")).Fields("*").Do()
		must(t, err)
		want(t, "size", got.Size, int64(7))
		if got.HeadRevisionId == f.HeadRevisionId || got.Version <= f.Version {
			t.Fatal("new content is no new revision")
		}
		_, err = e.drive.Files.Update(f.Id, &drive.File{Trashed: true}).Do()
		must(t, err)
		want(t, "trashed", e.sees(t, f.Id).Trashed, true)
		must(t, share(e.client, f.Id, "bo@acme.example", "reader"))
		_, err = e.as("bo").drive.Files.Update(f.Id, &drive.File{Name: "mine"}).Do()
		refused(t, err, 403, "insufficientFilePermissions")
	})
	row("drive", "FilesCopyCall.Do", func(t *testing.T) {
		e := world(t)
		f := e.makes(t, "engine.txt", "two stages")
		got, err := e.drive.Files.Copy(f.Id, &drive.File{}).Do()
		must(t, err)
		want(t, "name", got.Name, "Copy of engine.txt")
		res, err := e.drive.Files.Get(got.Id).Download()
		want(t, "content", read(t, res, err), "two stages")
		table := e.typed(t, "Budget", spreadsheetType)
		_, err = e.sheets.Spreadsheets.Values.Update(table.Id, "A1", &sheets.ValueRange{Values: [][]any{{"fuel", 40}}}).ValueInputOption("RAW").Do()
		must(t, err)
		got, err = e.drive.Files.Copy(table.Id, &drive.File{Name: "Budget 2"}).Do()
		must(t, err)
		cells, err := e.sheets.Spreadsheets.Values.Get(got.Id, "A1:B1").Do()
		must(t, err)
		want(t, "a cell of the copy", cells.Values[0][0], any("fuel"))
		_, err = e.drive.Files.Copy(e.typed(t, "Folder", folderType).Id, &drive.File{}).Do()
		refused(t, err, 403, "cannotCopyFile")
	})
	row("drive", "FilesDeleteCall.Do", func(t *testing.T) {
		e := world(t)
		folder := e.typed(t, "Old", folderType)
		f := e.makes(t, "in.txt", "in", folder.Id)
		must(t, share(e.client, f.Id, "bo@acme.example", "writer"))
		refused(t, e.as("bo").drive.Files.Delete(f.Id).Do(), 403, "insufficientFilePermissions")
		must(t, e.drive.Files.Delete(folder.Id).Do())
		_, err := e.drive.Files.Get(f.Id).Do()
		refused(t, err, 404, "notFound")
		refused(t, e.drive.Files.Delete(folder.Id).Do(), 404, "notFound")
	})
	row("drive", "FilesEmptyTrashCall.Do", func(t *testing.T) {
		e := world(t)
		f, kept := e.makes(t, "bin.txt", "bin"), e.makes(t, "kept.txt", "kept")
		_, err := e.drive.Files.Update(f.Id, &drive.File{Trashed: true}).Do()
		must(t, err)
		must(t, e.drive.Files.EmptyTrash().Do())
		_, err = e.drive.Files.Get(f.Id).Do()
		refused(t, err, 404, "notFound")
		e.sees(t, kept.Id)
	})
	row("drive", "FilesExportCall.Do", func(t *testing.T) {
		e := world(t)
		refused(t, e.drive.Files.Export(e.makes(t, "x.txt", "x").Id, "application/pdf").Do(), 403, "fileNotExportable")
		refused(t, e.drive.Files.Export(e.typed(t, "Plan", documentType).Id, "image/gif").Do(), 400, "badRequest")
		must(t, e.drive.Files.Export(e.typed(t, "Plan", documentType).Id, "text/plain").Do())
	})
	row("drive", "FilesExportCall.Download", func(t *testing.T) {
		e := world(t)
		table := e.typed(t, "Budget", spreadsheetType)
		_, err := e.sheets.Spreadsheets.Values.Update(table.Id, "A1", &sheets.ValueRange{Values: [][]any{{"fuel", 40, `say "go"`}}}).ValueInputOption("RAW").Do()
		must(t, err)
		res, err := e.drive.Files.Export(table.Id, "text/csv").Download()
		want(t, "csv", strings.TrimSpace(read(t, res, err)), `fuel,40,"say ""go"""`)
		res, err = e.drive.Files.Export(table.Id, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet").Download()
		want(t, "xlsx", read(t, res, err)[:2], "PK")
	})
	row("drive", "FilesDownloadCall.Do", func(t *testing.T) {
		e := world(t)
		f := e.makes(t, "long.txt", "a long download")
		op, err := e.drive.Files.Download(f.Id).Do()
		must(t, err)
		want(t, "done", op.Done, true)
		if !bytes.Contains(op.Response, []byte("downloadUri")) {
			t.Fatalf("the operation has no address: %s", op.Response)
		}
	})
	row("drive", "OperationsGetCall.Do", func(t *testing.T) {
		e := world(t)
		op, err := e.drive.Files.Download(e.makes(t, "long.txt", "a long download").Id).Do()
		must(t, err)
		again, err := e.drive.Operations.Get(op.Name).Do()
		must(t, err)
		want(t, "answer", string(again.Response), string(op.Response))
		_, err = e.drive.Operations.Get("nothing").Do()
		refused(t, err, 404, "notFound")
	})
	row("drive", "FilesGenerateIdsCall.Do", func(t *testing.T) {
		e := world(t)
		ids, err := e.drive.Files.GenerateIds().Count(3).Do()
		must(t, err)
		want(t, "ids", len(ids.Ids), 3)
		want(t, "space", ids.Space, "drive")
		_, err = e.drive.Files.GenerateIds().Count(1001).Do()
		refused(t, err, 400, "invalidParameter")
	})
	row("drive", "FilesGenerateCseTokenCall.Do", func(t *testing.T) {
		e := world(t)
		made, err := e.drive.Files.GenerateCseToken().Do()
		must(t, err)
		want(t, "key service", made.CurrentKaclsName, "Acme key service")
		want(t, "parts of the token", len(strings.Split(made.Jwt, ".")), 3)
		f := e.makes(t, "secret.txt", "x")
		again, err := e.drive.Files.GenerateCseToken().FileId(f.Id).Do()
		must(t, err)
		want(t, "file", again.FileId, f.Id)
		_, err = e.as("bo").drive.Files.GenerateCseToken().FileId(f.Id).Do()
		refused(t, err, 404, "notFound")
	})
	row("drive", "FilesListLabelsCall.Do", func(t *testing.T) {
		e := world(t)
		l, err := e.drive.Files.ListLabels(e.makes(t, "plain.txt", "x").Id).Do()
		must(t, err)
		want(t, "labels", len(l.Labels), 0)
		_, err = e.drive.Files.ListLabels("nothing").Do()
		refused(t, err, 404, "notFound")
	})
	row("drive", "FilesListLabelsCall.Pages", func(t *testing.T) {
		e := world(t)
		f := e.makes(t, "labelled.txt", "x")
		label(t, e, f.Id, "review")
		var all []string
		must(t, e.drive.Files.ListLabels(f.Id).MaxResults(1).Pages(t.Context(), func(l *drive.LabelList) error {
			for _, one := range l.Labels {
				all = append(all, one.Id)
			}
			return nil
		}))
		want(t, "labels", strings.Join(all, " "), "review")
	})
	row("drive", "FilesModifyLabelsCall.Do", func(t *testing.T) {
		e := world(t)
		f := e.makes(t, "labelled.txt", "x")
		label(t, e, f.Id, "review")
		got, err := e.drive.Files.Get(f.Id).IncludeLabels("review").Fields("labelInfo").Do()
		must(t, err)
		want(t, "label", got.LabelInfo.Labels[0].Id, "review")
		_, err = e.drive.Files.ModifyLabels(f.Id, &drive.ModifyLabelsRequest{LabelModifications: []*drive.LabelModification{{LabelId: "review", RemoveLabel: true}}}).Do()
		must(t, err)
		l, err := e.drive.Files.ListLabels(f.Id).Do()
		must(t, err)
		want(t, "labels", len(l.Labels), 0)
	})
}

// label puts a label on a file.
func label(t *testing.T, e *env, file, id string) {
	t.Helper()
	out, err := e.drive.Files.ModifyLabels(file, &drive.ModifyLabelsRequest{LabelModifications: []*drive.LabelModification{{LabelId: id}}}).Do()
	must(t, err)
	want(t, "labels modified", len(out.ModifiedLabels), 1)
	want(t, "label", out.ModifiedLabels[0].Id, id)
}
