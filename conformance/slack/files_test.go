package slack

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/slack-go/slack"
)

// uploadText puts a text into a channel, or nowhere, and returns its id.
func uploadText(t *testing.T, api *slack.Client, channel, name, text string) string {
	t.Helper()
	f, err := api.UploadFileContext(t.Context(), slack.UploadFileParameters{Filename: name, Content: text, FileSize: len(text), Channel: channel})
	must(t, err)
	return f.ID
}

// fileInfo returns a file.
func fileInfo(t *testing.T, api *slack.Client, id string) *slack.File {
	t.Helper()
	f, _, _, err := api.GetFileInfoContext(t.Context(), id, 0, 0)
	must(t, err)
	return f
}

// fileContent returns the bytes of a file.
func fileContent(t *testing.T, api *slack.Client, f *slack.File) string {
	t.Helper()
	var b bytes.Buffer
	must(t, api.GetFileContext(t.Context(), f.URLPrivateDownload, &b))
	return b.String()
}

// latestMessage returns the newest message of a channel.
func latestMessage(t *testing.T, api *slack.Client, channel string) slack.Message {
	t.Helper()
	h, err := api.GetConversationHistoryContext(t.Context(), &slack.GetConversationHistoryParameters{ChannelID: channel, Limit: 1})
	must(t, err)
	want(t, "messages", len(h.Messages), 1)
	return h.Messages[0]
}

func init() {
	row("GetUploadURLExternalContext", func(t *testing.T) {
		e := world(t)
		u, err := e.bot().GetUploadURLExternalContext(t.Context(), slack.GetUploadURLExternalParameters{FileName: "a.go", FileSize: 7, SnippetType: "go", AltTxt: "x"})
		must(t, err)
		if !strings.HasPrefix(u.UploadURL, e.url+"/") || !strings.HasPrefix(u.FileID, "F") {
			t.Fatalf("it answers %+v", u)
		}
		_, err = e.bot().GetUploadURLExternalContext(t.Context(), slack.GetUploadURLExternalParameters{FileName: "a", FileSize: 7, SnippetType: "runes"})
		refused(t, err, "unknown_snippet_type")
	})
	row("UploadToURL", func(t *testing.T) {
		e := world(t)
		u, err := e.bot().GetUploadURLExternalContext(t.Context(), slack.GetUploadURLExternalParameters{FileName: "a.bin", FileSize: 4})
		must(t, err)
		must(t, e.bot().UploadToURL(t.Context(), slack.UploadToURLParameters{UploadURL: u.UploadURL, Reader: strings.NewReader("\x00\x01\x02\x03"), Filename: "a.bin"}))
		_, err = e.bot().CompleteUploadExternalContext(t.Context(), slack.CompleteUploadExternalParameters{Files: []slack.FileSummary{{ID: u.FileID}}})
		must(t, err)
		want(t, "the bytes", fileContent(t, e.bot(), fileInfo(t, e.bot(), u.FileID)), "\x00\x01\x02\x03")
		if err := e.bot().UploadToURL(t.Context(), slack.UploadToURLParameters{UploadURL: u.UploadURL, Content: "more", Filename: "a.bin"}); err == nil {
			t.Fatal("bytes are taken after the upload is complete")
		}
	})
	row("CompleteUploadExternalContext", func(t *testing.T) {
		e := world(t)
		var files []slack.FileSummary
		for _, name := range []string{"one.txt", "two.txt"} {
			u, err := e.bot().GetUploadURLExternalContext(t.Context(), slack.GetUploadURLExternalParameters{FileName: name, FileSize: 3})
			must(t, err)
			must(t, e.bot().UploadToURL(t.Context(), slack.UploadToURLParameters{UploadURL: u.UploadURL, Content: "abc", Filename: name}))
			files = append(files, slack.FileSummary{ID: u.FileID, Title: "Title of " + name})
		}
		general, engineering := e.channel("general"), e.channel("engineering")
		_, err := e.bot().CompleteUploadExternalContext(t.Context(), slack.CompleteUploadExternalParameters{Files: files, Channels: []string{general, "C0NONE00000"}})
		refused(t, err, "invalid_channel")
		done, err := e.bot().CompleteUploadExternalContext(t.Context(), slack.CompleteUploadExternalParameters{
			Files: files, Channels: []string{general, engineering}, InitialComment: "Two of them"})
		must(t, err)
		want(t, "title", done.Files[1].Title, "Title of two.txt")
		for _, ch := range []string{general, engineering} {
			m := latestMessage(t, e.user("bo"), ch)
			want(t, "text", m.Text, "Two of them")
			want(t, "files of the message", len(m.Files), 2)
		}
	})
	row("UploadFileContext", func(t *testing.T) {
		e := world(t)
		general := e.channel("general")
		root, err := e.bot().GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: general, Limit: 1})
		must(t, err)
		f, err := e.bot().UploadFileContext(t.Context(), slack.UploadFileParameters{
			Filename: "notes.txt", Title: "Notes", Reader: strings.NewReader("a\nb\nc\nd\ne\nf\n"), FileSize: 12, Channel: general,
			ThreadTimestamp: root.Messages[0].Timestamp, InitialComment: "See below"})
		must(t, err)
		replies, _, _, err := e.bot().GetConversationRepliesContext(t.Context(), &slack.GetConversationRepliesParameters{ChannelID: general, Timestamp: root.Messages[0].Timestamp})
		must(t, err)
		last := replies[len(replies)-1]
		want(t, "text of the reply", last.Text, "See below")
		want(t, "file of the reply", last.Files[0].ID, f.ID)
		got := fileInfo(t, e.user("bo"), f.ID)
		want(t, "title", got.Title, "Notes")
		want(t, "mode", got.Mode, "snippet")
		want(t, "lines", got.Lines, 6)
		want(t, "lines more", got.LinesMore, 1)
		want(t, "preview", got.Preview, "a\nb\nc\nd\ne")
		want(t, "thread of the share", got.Shares.Public[general][0].ThreadTs, root.Messages[0].Timestamp)
		_, err = e.bot().UploadFileContext(t.Context(), slack.UploadFileParameters{Filename: "x.txt", Content: "x", FileSize: 1, Channel: e.channel("random")})
		refused(t, err, "CompleteUploadExternal: not_in_channel")
	})
	row("GetFileContext", func(t *testing.T) {
		e := world(t)
		var b bytes.Buffer
		must(t, png.Encode(&b, image.NewGray(image.Rect(0, 0, 600, 400))))
		f, err := e.bot().UploadFileContext(t.Context(), slack.UploadFileParameters{Filename: "plan.png", Reader: bytes.NewReader(b.Bytes()), FileSize: b.Len(), Channel: e.channel("engineering")})
		must(t, err)
		got := fileInfo(t, e.user("bo"), f.ID)
		want(t, "the bytes", fileContent(t, e.user("bo"), got), b.String())
		want(t, "width", got.OriginalW, 600)
		want(t, "height of the thumbnail", got.Thumb480H, 320)
		var thumb bytes.Buffer
		must(t, e.user("bo").GetFileContext(t.Context(), got.Thumb480, &thumb))
		cfg, err := png.DecodeConfig(&thumb)
		must(t, err)
		want(t, "width of the thumbnail", cfg.Width, 480)
		err = e.client("xoxb-nobody").GetFileContext(t.Context(), got.URLPrivate, io.Discard)
		if err == nil || !strings.Contains(err.Error(), "sign-in page") {
			t.Fatalf("a token that nobody knows gets %v", err)
		}
	})
	row("GetFileInfoContext", func(t *testing.T) {
		e := world(t)
		id := uploadText(t, e.user("ana"), e.channel("leads"), "budget.csv", "a,b\n1,2\n")
		f, comments, paging, err := e.user("ana").GetFileInfoContext(t.Context(), id, 10, 1)
		must(t, err)
		want(t, "type", f.Filetype+" "+f.PrettyType+" "+f.Mimetype, "csv CSV text/csv")
		want(t, "user", f.User, e.person("ana"))
		want(t, "groups", fmt.Sprint(f.Groups), "["+e.channel("leads")+"]")
		want(t, "public", f.IsPublic, false)
		want(t, "comments", len(comments), 0)
		want(t, "page", paging.Page, 1)
		res, err := http.Get(f.Permalink)
		must(t, err)
		res.Body.Close()
		want(t, "the permalink", res.StatusCode, http.StatusOK)
		_, _, _, err = e.user("bo").GetFileInfoContext(t.Context(), id, 10, 1)
		refused(t, err, "file_not_found")
	})
	row("GetFilesContext", func(t *testing.T) {
		e := world(t)
		general := e.channel("general")
		for _, name := range []string{"1.txt", "2.txt", "3.pdf"} {
			uploadText(t, e.bot(), general, name, "%PDF "+name)
		}
		fs, paging, err := e.user("bo").GetFilesContext(t.Context(), slack.GetFilesParameters{Channel: general, Count: 2, Page: 2, Types: "all", TimestampTo: -1})
		must(t, err)
		want(t, "files of the second page", len(fs), 1)
		want(t, "total", paging.Total, 3)
		want(t, "pages", paging.Pages, 2)
		params := slack.NewGetFilesParameters()
		params.Types = "pdfs"
		fs, _, err = e.user("bo").GetFilesContext(t.Context(), params)
		must(t, err)
		want(t, "PDFs", len(fs), 1)
		want(t, "name", fs[0].Name, "3.pdf")
		params.Types = "scrolls"
		_, _, err = e.user("bo").GetFilesContext(t.Context(), params)
		refused(t, err, "unknown_type")
	})
	row("ListFilesContext", func(t *testing.T) {
		e := world(t)
		var ids []string
		for i := range 5 {
			ids = append(ids, uploadText(t, e.bot(), e.channel("general"), fmt.Sprintf("%d.txt", i), "x"))
		}
		var seen []string
		params := &slack.ListFilesParameters{Limit: 2}
		for pages := 0; ; pages++ {
			fs, next, err := e.user("bo").ListFilesContext(t.Context(), *params)
			must(t, err)
			for _, f := range fs {
				seen = append(seen, f.ID)
			}
			if params = next; params.Cursor == "" {
				want(t, "pages after the first", pages, 2)
				break
			}
		}
		slices.Sort(ids)
		slices.Sort(seen)
		want(t, "files", fmt.Sprint(seen), fmt.Sprint(ids))
	})
	row("DeleteFileContext", func(t *testing.T) {
		e := world(t)
		general := e.channel("general")
		id := uploadText(t, e.bot(), general, "a.txt", "x")
		refused(t, e.user("bo").DeleteFileContext(t.Context(), id), "cant_delete_file")
		must(t, e.bot().DeleteFileContext(t.Context(), id))
		_, _, _, err := e.bot().GetFileInfo(id, 0, 0)
		refused(t, err, "file_deleted")
		m := latestMessage(t, e.bot(), general)
		want(t, "what is left of it", m.Files[0].ID+" "+m.Files[0].Mode, id+" tombstone")
	})
	row("DeleteFileCommentContext", func(t *testing.T) {
		e := world(t)
		id := uploadText(t, e.user("bo"), e.channel("general"), "a.txt", "x")
		res, err := http.PostForm(e.url+"/api/files.comments.add", url.Values{"token": {e.creds.Env["SLACK_BOT_TOKEN"]}, "file": {id}, "comment": {"Nice"}})
		must(t, err)
		defer res.Body.Close()
		var added struct{ Comment struct{ ID string } }
		must(t, json.NewDecoder(res.Body).Decode(&added))
		_, comments, _, err := e.user("bo").GetFileInfo(id, 10, 1)
		must(t, err)
		want(t, "comments", len(comments), 1)
		want(t, "comment", comments[0].Comment, "Nice")
		must(t, e.bot().DeleteFileCommentContext(t.Context(), id, added.Comment.ID))
		_, comments, _, err = e.user("bo").GetFileInfo(id, 10, 1)
		must(t, err)
		want(t, "comments left", len(comments), 0)
		refused(t, e.bot().DeleteFileComment(id, added.Comment.ID), "comment_not_found")
	})
	row("ShareFilePublicURLContext", func(t *testing.T) {
		e := world(t)
		id := uploadText(t, e.user("bo"), "", "a.txt", "for everyone")
		f, _, _, err := e.user("bo").ShareFilePublicURLContext(t.Context(), id)
		must(t, err)
		want(t, "shared", f.PublicURLShared, true)
		res, err := http.Get(f.PermalinkPublic)
		must(t, err)
		res.Body.Close()
		want(t, "the page", res.StatusCode, http.StatusOK)
		secret := f.PermalinkPublic[strings.LastIndex(f.PermalinkPublic, "-")+1:]
		res, err = http.Get(f.URLPrivate + "?pub_secret=" + secret)
		must(t, err)
		defer res.Body.Close()
		b, _ := io.ReadAll(res.Body)
		want(t, "the bytes", string(b), "for everyone")
		_, _, _, err = e.bot().ShareFilePublicURL(id)
		refused(t, err, "not_allowed_token_type")
	})
	row("RevokeFilePublicURLContext", func(t *testing.T) {
		e := world(t)
		id := uploadText(t, e.user("bo"), "", "a.txt", "for everyone")
		shared, _, _, err := e.user("bo").ShareFilePublicURL(id)
		must(t, err)
		f, err := e.user("bo").RevokeFilePublicURLContext(t.Context(), id)
		must(t, err)
		want(t, "shared", f.PublicURLShared, false)
		res, err := http.Get(shared.PermalinkPublic)
		must(t, err)
		res.Body.Close()
		want(t, "the page", res.StatusCode, http.StatusNotFound)
		_, err = e.user("ana").RevokeFilePublicURL(id)
		refused(t, err, "file_not_found")
	})
	remote := func(t *testing.T, e *env) *slack.RemoteFile {
		t.Helper()
		f, err := e.bot().AddRemoteFileContext(t.Context(), slack.RemoteFileParameters{ExternalID: "doc-1", ExternalURL: "https://docs.example.com/1", Title: "Plan"})
		must(t, err)
		return f
	}
	row("AddRemoteFileContext", func(t *testing.T) {
		e := world(t)
		var b bytes.Buffer
		must(t, png.Encode(&b, image.NewGray(image.Rect(0, 0, 40, 20))))
		f, err := e.bot().AddRemoteFileContext(t.Context(), slack.RemoteFileParameters{
			ExternalID: "doc-1", ExternalURL: "https://docs.example.com/1", Title: "Plan", Filetype: "gdoc", PreviewImageReader: &b})
		must(t, err)
		want(t, "preview", f.HasRichPreview, true)
		got, err := e.bot().GetRemoteFileInfo("doc-1", "")
		must(t, err)
		want(t, "id", got.ID, f.ID)
		want(t, "type", got.Filetype+" "+got.ExternalType, "gdoc app")
		_, err = e.user("ana").AddRemoteFile(slack.RemoteFileParameters{ExternalID: "doc-2", ExternalURL: "https://docs.example.com/2", Title: "x"})
		refused(t, err, "bot_user_required")
	})
	row("GetRemoteFileInfoContext", func(t *testing.T) {
		e := world(t)
		f := remote(t, e)
		got, err := e.bot().GetRemoteFileInfoContext(t.Context(), "", f.ID)
		must(t, err)
		want(t, "external id", got.ExternalID, "doc-1")
		want(t, "URL", got.ExternalURL+" "+got.URLPrivate, "https://docs.example.com/1 https://docs.example.com/1")
		_, err = e.bot().GetRemoteFileInfo("doc-9", "")
		refused(t, err, "file_not_found")
	})
	row("ListRemoteFilesContext", func(t *testing.T) {
		e := world(t)
		f := remote(t, e)
		uploadText(t, e.bot(), e.channel("general"), "a.txt", "not remote")
		fs, err := e.bot().ListRemoteFilesContext(t.Context(), slack.ListRemoteFilesParameters{Limit: 10})
		must(t, err)
		want(t, "files", len(fs), 1)
		want(t, "file", fs[0].ID, f.ID)
		fs, err = e.bot().ListRemoteFiles(slack.ListRemoteFilesParameters{Channel: e.channel("general")})
		must(t, err)
		want(t, "files of a channel", len(fs), 0)
	})
	row("ShareRemoteFileContext", func(t *testing.T) {
		e := world(t)
		f := remote(t, e)
		general := e.channel("general")
		got, err := e.bot().ShareRemoteFileContext(t.Context(), []string{general}, "doc-1", "")
		must(t, err)
		want(t, "channels", fmt.Sprint(got.Channels), "["+general+"]")
		want(t, "file of the message", latestMessage(t, e.user("bo"), general).Files[0].ID, f.ID)
		_, err = e.bot().ShareRemoteFile([]string{e.channel("random")}, "doc-1", "")
		refused(t, err, "not_in_channel")
	})
	row("UpdateRemoteFileContext", func(t *testing.T) {
		e := world(t)
		f := remote(t, e)
		_, err := e.bot().UpdateRemoteFileContext(t.Context(), f.ID, slack.RemoteFileParameters{Title: "Plan B"})
		must(t, err)
		got, err := e.bot().GetRemoteFileInfo("", f.ID)
		must(t, err)
		want(t, "title", got.Title, "Plan B")
		_, err = e.bot().UpdateRemoteFile("F0NONE00000", slack.RemoteFileParameters{Title: "x"})
		refused(t, err, "file_not_found")
	})
	row("RemoveRemoteFileContext", func(t *testing.T) {
		e := world(t)
		f := remote(t, e)
		general := e.channel("general")
		_, err := e.bot().ShareRemoteFile([]string{general}, "", f.ID)
		must(t, err)
		must(t, e.bot().RemoveRemoteFileContext(t.Context(), "doc-1", ""))
		want(t, "what is left of it", latestMessage(t, e.bot(), general).Files[0].Mode, "tombstone")
		refused(t, e.bot().RemoveRemoteFile("doc-1", ""), "file_not_found")
	})
}
