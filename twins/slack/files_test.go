package slack

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"testing"

	"twinset.dev/kit/outbox"
	"twinset.dev/kit/twin"
	"twinset.dev/twins/internal/demo"
)

// A client calls a twin's handler as one of a world's people.
type client struct {
	t     *testing.T
	h     http.Handler
	token string
	world string // prefix of its paths
}

// as returns a client of the world for a name as scripts use them.
func as(t *testing.T, s *Slack, w *twin.World, name string) client {
	prefix := ""
	if w.Name() != twin.DefaultWorld {
		prefix = "/w/" + w.Name()
	}
	return client{t, s.Echo, mint(t, s, w, name), prefix}
}

func (c client) do(method, target, kind string, body io.Reader) *httptest.ResponseRecorder {
	c.t.Helper()
	if !strings.HasPrefix(target, "http") && !strings.HasPrefix(target, "/w/") {
		target = c.world + target
	}
	r := httptest.NewRequest(method, target, body)
	r.Host = "slack.test"
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	rec := httptest.NewRecorder()
	c.h.ServeHTTP(rec, r)
	return rec
}

// call calls a method with arguments as a form and returns its answer, which must be ok.
func (c client) call(method string, args ...string) map[string]any {
	c.t.Helper()
	form := url.Values{}
	for i := 0; i < len(args); i += 2 {
		form.Set(args[i], args[i+1])
	}
	rec := c.do(http.MethodPost, "/api/"+method, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
	var v map[string]any
	if err := json.Unmarshal(rec.Body.Bytes(), &v); err != nil || v["ok"] != true {
		c.t.Fatalf("%s: %d %.500s", method, rec.Code, rec.Body)
	}
	return v
}

// upload announces, sends and completes a file and returns it.
func (c client) upload(name, channel string, size int64, body io.Reader) map[string]any {
	c.t.Helper()
	v := c.call("files.getUploadURLExternal", "filename", name, "length", fmt.Sprint(size))
	rec := c.do(http.MethodPost, v["upload_url"].(string), "application/octet-stream", body)
	if want := fmt.Sprintf("OK - %d", size); rec.Code != http.StatusOK || rec.Body.String() != want {
		c.t.Fatalf("the upload answers %d %.200s, want %s", rec.Code, rec.Body, want)
	}
	done := c.call("files.completeUploadExternal", "files", `[{"id":"`+v["file_id"].(string)+`"}]`, "channel_id", channel)
	return done["files"].([]any)[0].(map[string]any)
}

// demoChannel returns a channel of the demo company.
func demoChannel(t *testing.T, s *Slack, w *twin.World, name string) (ch Channel) {
	t.Helper()
	w.View(func(c *twin.Call) error {
		for ch = range s.channels.All(c.Tx, "") {
			if ch.Name == name {
				return nil
			}
		}
		t.Fatalf("there is no channel %q", name)
		return nil
	})
	return ch
}

// endless yields n bytes that no store can compress or keep twice, without keeping them itself.
type endless struct{ n, at int64 }

func (e *endless) Read(p []byte) (int, error) {
	if e.at >= e.n {
		return 0, io.EOF
	}
	p = p[:min(int64(len(p)), e.n-e.at)]
	for i := range p {
		p[i] = byte((e.at + int64(i)) * 2654435761 >> 13)
	}
	e.at += int64(len(p))
	return len(p), nil
}

// opened mounts a twin on a directory.
func opened(t *testing.T, dir string) (*Slack, *twin.World) {
	t.Helper()
	h := twin.NewHost(twin.Options{Demo: demo.YAML, WorldSeed: 1, Data: dir, NoSync: true})
	s := mount(h)
	if err := h.Open(); err != nil {
		t.Fatal(err)
	}
	w, _ := h.World(twin.DefaultWorld)
	return s, w
}

// A large file goes through the twin without ever being in memory whole, a fork shares its bytes, and they outlive a restart.
func TestLargeFile(t *testing.T) {
	const size = 64 << 20
	dir := t.TempDir()
	s, w := opened(t, dir)
	general := demoChannel(t, s, w, "general").ID
	sum := sha256.New()
	io.Copy(sum, &endless{n: size})
	want := sum.Sum(nil)

	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	f := as(t, s, w, "bot").upload("big.bin", general, size, &endless{n: size})
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; took > 16<<20 {
		t.Errorf("uploading %d MiB allocated %d MiB", size>>20, took>>20)
	}

	fork, err := s.Fork(w.Snapshot(), "fork", true)
	if err != nil {
		t.Fatal(err)
	}
	get := func(s *Slack, w *twin.World, limit uint64) {
		t.Helper()
		path := f["url_private"].(string)[len("http://slack.test"):]
		got := sha256.New()
		c := as(t, s, w, "bo")
		r := httptest.NewRequest(http.MethodGet, c.world+path, nil)
		r.Header.Set("Authorization", "Bearer "+c.token)
		res := &sink{w: got, header: http.Header{}}
		runtime.ReadMemStats(&before)
		c.h.ServeHTTP(res, r)
		runtime.ReadMemStats(&after)
		if !bytes.Equal(got.Sum(nil), want) || res.code != http.StatusOK {
			t.Errorf("in %s the bytes are others: %d", w.Name(), res.code)
		}
		if took := after.TotalAlloc - before.TotalAlloc; took > limit {
			t.Errorf("downloading allocated %d MiB", took>>20)
		}
	}
	get(s, w, 16<<20)
	get(s, fork, 16<<20)

	// What is deleted in the fork is not in the world it came from.
	as(t, s, fork, "bot").call("files.delete", "file", f["id"].(string))
	s.DB.Blobs().Sweep()
	get(s, w, 16<<20)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	s, w = opened(t, dir)
	defer s.Close()
	get(s, w, 16<<20)
	v := as(t, s, w, "bo").call("files.info", "file", f["id"].(string))
	if got := v["file"].(map[string]any)["size"]; got != float64(size) {
		t.Errorf("after a restart the file is of %v bytes", got)
	}
}

// sink is a response whose body goes elsewhere.
type sink struct {
	w      io.Writer
	header http.Header
	code   int
}

func (d *sink) Header() http.Header { return d.header }
func (d *sink) WriteHeader(code int) {
	if d.code == 0 {
		d.code = code
	}
}
func (d *sink) Write(b []byte) (int, error) {
	d.WriteHeader(http.StatusOK)
	return d.w.Write(b)
}

// picture draws an image of w by h whose left half is red and whose right half is blue.
func picture(w, h int) image.Image {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.RGBA{R: 255, A: 255}
			if x >= w/2 {
				c = color.RGBA{B: 255, A: 255}
			}
			img.Set(x, y, c)
		}
	}
	return img
}

// Thumbnails have the sizes that Slack gives them, and show the image.
func TestThumbnails(t *testing.T) {
	s, w := world(t)
	c := as(t, s, w, "bo")
	general := demoChannel(t, s, w, "general").ID
	encoded := func(encode func(io.Writer) error) *bytes.Buffer {
		var b bytes.Buffer
		if err := encode(&b); err != nil {
			t.Fatal(err)
		}
		return &b
	}
	for _, tt := range []struct {
		name string
		body *bytes.Buffer
		want map[string][2]int // key to size
		none []string
	}{
		{"portrait.PNG", encoded(func(w io.Writer) error { return png.Encode(w, picture(900, 1200)) }),
			map[string][2]int{"64": {64, 64}, "80": {80, 80}, "160": {160, 160}, "360": {270, 360}, "480": {360, 480}, "720": {540, 720}, "800": {800, 1067}, "960": {720, 960}, "1024": {768, 1024}}, nil},
		{"small.jpg", encoded(func(w io.Writer) error { return jpeg.Encode(w, picture(176, 226), nil) }),
			map[string][2]int{"64": {64, 64}, "160": {160, 160}, "360": {176, 226}}, []string{"thumb_480", "thumb_800", "thumb_1024", "thumb_360_gif"}},
		{"moving.gif", encoded(func(w io.Writer) error { return gif.Encode(w, picture(500, 300), nil) }),
			map[string][2]int{"360": {360, 216}, "480": {480, 288}, "360_gif": {500, 300}}, []string{"thumb_720"}},
	} {
		f := c.upload(tt.name, general, int64(tt.body.Len()), tt.body)
		for key, size := range tt.want {
			link, _ := f["thumb_"+key].(string)
			rec := c.do(http.MethodGet, link, "", nil)
			img, _, err := image.Decode(rec.Body)
			if err != nil {
				t.Errorf("%s: thumb_%s at %q answers %d: %v", tt.name, key, link, rec.Code, err)
				continue
			}
			if got := [2]int{img.Bounds().Dx(), img.Bounds().Dy()}; got != size {
				t.Errorf("%s: thumb_%s is %v, want %v", tt.name, key, got, size)
			}
			if w, ok := f["thumb_"+key+"_w"]; ok && (w != float64(size[0]) || f["thumb_"+key+"_h"] != float64(size[1])) {
				t.Errorf("%s: thumb_%s says it is %v by %v, want %v", tt.name, key, w, f["thumb_"+key+"_h"], size)
			}
			r, _, b, _ := img.At(2, size[1]/2).RGBA()
			r2, _, b2, _ := img.At(size[0]-3, size[1]/2).RGBA()
			if r < b || r2 > b2 {
				t.Errorf("%s: thumb_%s does not show the image", tt.name, key)
			}
		}
		for _, key := range tt.none {
			if f[key] != nil {
				t.Errorf("%s has %s", tt.name, key)
			}
		}
	}
	f := c.upload("x.png", general, 3, strings.NewReader("no!")) // by its name a picture, by its bytes none
	if f["mode"] != "hosted" || f["thumb_64"] != nil || f["mimetype"] != "image/png" {
		t.Errorf("a broken picture is %v", f)
	}
}

// Without a token that may see the file there is a redirect to a page, as SDKs check for; ranges are served.
func TestDownload(t *testing.T) {
	s, w := world(t)
	bo := as(t, s, w, "bo")
	f := bo.upload("secret plan.bin", demoChannel(t, s, w, "engineering").ID, 10, strings.NewReader("0123\x00\x0156789"[:10]))
	link := f["url_private_download"].(string)
	rec := as(t, s, w, "hana").do(http.MethodGet, link, "", nil)
	to, err := url.Parse(rec.Header().Get("Location"))
	if err != nil || rec.Code != http.StatusFound || "http://slack.test"+to.Query().Get("redir") != link {
		t.Errorf("a guest gets %d to %s, want the sign-in page with redir=%s", rec.Code, rec.Header().Get("Location"), link)
	}
	rec = bo.do(http.MethodGet, link, "", nil)
	for k, want := range map[string]string{"Content-Type": "application/octet-stream", "Content-Length": "10", "Accept-Ranges": "bytes", "Content-Disposition": `attachment; filename="secret plan.bin"`} {
		if got := rec.Header().Get(k); got != want {
			t.Errorf("%s is %q, want %q", k, got, want)
		}
	}
	rec = bo.do(http.MethodHead, link, "", nil)
	if rec.Code != http.StatusOK || rec.Body.Len() != 0 {
		t.Errorf("HEAD answers %d with %d bytes", rec.Code, rec.Body.Len())
	}
}

// A preview image of a remote file is drawn as a thumbnail, and one of excessive size is refused.
func TestRemotePreview(t *testing.T) {
	s, w := world(t)
	c := as(t, s, w, "bot")
	add := func(img image.Image) map[string]any {
		var b bytes.Buffer
		form := multipart.NewWriter(&b)
		for k, v := range map[string]string{"external_id": "d1", "external_url": "https://docs.example.com/d1", "title": "Doc"} {
			form.WriteField(k, v)
		}
		part, _ := form.CreateFormFile("preview_image", "preview.png")
		png.Encode(part, img)
		form.Close()
		rec := c.do(http.MethodPost, "/api/files.remote.add", form.FormDataContentType(), &b)
		var v map[string]any
		json.Unmarshal(rec.Body.Bytes(), &v)
		return v
	}
	v := add(picture(400, 200))
	f, _ := v["file"].(map[string]any)
	if f["has_rich_preview"] != true || f["thumb_360_h"] != 180.0 {
		t.Fatalf("the file is %v", v)
	}
	if rec := c.do(http.MethodGet, f["thumb_360"].(string), "", nil); rec.Code != http.StatusOK {
		t.Errorf("the thumbnail answers %d", rec.Code)
	}
	if v := add(image.NewPaletted(image.Rect(0, 0, 10001, 1), color.Palette{color.Black})); v["error"] != "too_large" {
		t.Errorf("an image of 10001 pixels answers %v", v)
	}
}

// A text that comes as an argument is smaller than a file may be.
func TestContentIsBounded(t *testing.T) {
	s, w := world(t)
	form := url.Values{"content": {strings.Repeat("x", maxContent+1)}}
	rec := as(t, s, w, "bo").do(http.MethodPost, "/api/files.upload", "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
	if !strings.Contains(rec.Body.String(), `"error":"post_contents_too_large"`) {
		t.Errorf("a long text answers %s", rec.Body)
	}
}

// A list takes no more rows than its limit says.
func TestListIsFull(t *testing.T) {
	s, w := world(t)
	c := as(t, s, w, "bot")
	id := c.call("slackLists.create", "name", "Many")["list_id"].(string)
	w.Update(func(tc *twin.Call) error {
		for i := range maxRows {
			s.listItems.Put(tc.Tx, ListItem{List: id, ID: fmt.Sprintf("Rec%08d", i), Position: int64(i)})
		}
		return nil
	})
	rec := c.do(http.MethodPost, "/api/slackLists.items.create", "application/x-www-form-urlencoded", strings.NewReader("list_id="+id))
	if !strings.Contains(rec.Body.String(), `"error":"over_row_maximum"`) {
		t.Errorf("another row answers %s", rec.Body)
	}
}

// Apps that subscribe hear of files as they come, are shown, change and go.
func TestFileEvents(t *testing.T) {
	s, w := world(t)
	if s.Deliver == nil { // what is delivered is looked at in the outbox
		s.Deliver = func(context.Context, *twin.World, outbox.Delivery) outbox.Attempt {
			return outbox.Attempt{Status: http.StatusOK}
		}
	}
	events := []string{"file_created", "file_shared", "file_public", "file_unshared", "file_change", "file_deleted",
		"file_comment_added", "file_comment_edited", "file_comment_deleted", "message.channels", "call_rejected"}
	w.Update(func(c *twin.Call) error {
		for app := range s.apps.All(c.Tx, "") {
			app.RequestURL, app.BotEvents = "http://127.0.0.1:1/events", events
			s.apps.Put(c.Tx, app)
			in, _ := s.installs.Get(c.Tx, app.ID+"/"+app.Team)
			in.BotEvents, in.BotScopes = events, slices.Concat(in.BotScopes, []string{"calls:read"})
			s.installs.Put(c.Tx, in)
		}
		return nil
	})
	heard := func() (names []string, bodies []map[string]any) {
		for _, d := range w.Outbox() {
			var v struct {
				Event map[string]any `json:"event"`
			}
			if err := json.Unmarshal([]byte(d.Body), &v); err != nil {
				t.Fatal(err)
			}
			name := v.Event["type"].(string)
			if sub, ok := v.Event["subtype"].(string); ok {
				name += "." + sub
			}
			names, bodies = append(names, name), append(bodies, v.Event)
		}
		return names, bodies
	}
	bo := as(t, s, w, "bo")
	general, leads := demoChannel(t, s, w, "general").ID, demoChannel(t, s, w, "leads").ID
	f := bo.upload("a.txt", general, 2, strings.NewReader("hi"))
	id := f["id"].(string)
	ts := f["shares"].(map[string]any)["public"].(map[string]any)[general].([]any)[0].(map[string]any)["ts"].(string)
	comment := bo.call("files.comments.add", "file", id, "comment", "x")["comment"].(map[string]any)["id"].(string)
	bo.call("files.comments.edit", "file", id, "id", comment, "comment", "y")
	bo.call("files.comments.delete", "file", id, "id", comment)
	bo.call("files.edit", "file", id, "title", "A")
	bo.call("chat.delete", "channel", general, "ts", ts)
	as(t, s, w, "ana").upload("b.txt", leads, 2, strings.NewReader("ho")) // the bot is not there
	g := bo.upload("c.txt", general, 2, strings.NewReader("hu"))
	bo.call("files.delete", "file", g["id"].(string))

	names, bodies := heard()
	want := []string{
		"file_created", "message.file_share", "file_public", "file_shared",
		"file_comment_added", "file_comment_edited", "file_comment_deleted", "file_change",
		"file_unshared", "message.message_deleted",
		"file_created", "message.file_share", "file_public", "file_shared",
		"message.message_changed", "file_deleted",
	}
	if !slices.Equal(names, want) {
		t.Errorf("the bot hears\n%v, want\n%v", names, want)
	}
	for _, b := range bodies {
		files, _ := b["files"].([]any)
		if b["subtype"] == "file_share" && (len(files) != 1 || files[0].(map[string]any)["is_public"] != true || b["upload"] != false) {
			t.Errorf("the message of a file is %v", b)
		}
		if b["type"] == "file_deleted" && (b["file_id"] != g["id"] || fmt.Sprint(b["channel_ids"]) != "["+general+"]") {
			t.Errorf("the end of a file is %v", b)
		}
		if b["type"] == "file_shared" && (b["channel_id"] != general || b["user_id"] != bo.call("auth.test")["user_id"]) {
			t.Errorf("the sharing of a file is %v", b)
		}
		if b["subtype"] == "message_changed" {
			now := b["message"].(map[string]any)["files"].([]any)[0].(map[string]any)
			was := b["previous_message"].(map[string]any)["files"].([]any)[0].(map[string]any)
			if now["mode"] != "tombstone" || was["mode"] != "snippet" {
				t.Errorf("the message of a file that is gone is %v, was %v", now, was)
			}
		}
	}
}

// Upload URLs and public links are good in their own world alone.
func TestSecretsOfFilesStayInTheirWorld(t *testing.T) {
	s, w := world(t)
	c := as(t, s, w, "bo")
	link := c.call("files.getUploadURLExternal", "filename", "a.txt", "length", "2")["upload_url"].(string)
	f := c.upload("b.txt", demoChannel(t, s, w, "general").ID, 2, strings.NewReader("hi"))
	public := c.call("files.sharedPublicURL", "file", f["id"].(string))["file"].(map[string]any)["permalink_public"].(string)
	other, err := s.Fork(w.Snapshot(), w.Name()+"-2", false)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Drop(other.Name())
	elsewhere := func(link string) string { return strings.Replace(link, "/w/"+w.Name()+"/", "/w/"+other.Name()+"/", 1) }
	if rec := c.do(http.MethodPost, elsewhere(link), "text/plain", strings.NewReader("hi")); rec.Code != http.StatusNotFound {
		t.Errorf("the upload URL answers %d in another world", rec.Code)
	}
	if rec := c.do(http.MethodGet, elsewhere(public), "", nil); rec.Code != http.StatusNotFound {
		t.Errorf("the public link answers %d in another world", rec.Code)
	}
	if rec := c.do(http.MethodGet, public, "", nil); rec.Code != http.StatusOK {
		t.Errorf("the public link answers %d in its own world", rec.Code)
	}
}

// Types are told by name first, then by content.
func TestFiletypeOf(t *testing.T) {
	for _, tt := range []struct{ name, head, want string }{
		{"a.py", "", "python"}, {"a.tar.GZ", "", "gzip"}, {"Dockerfile", "", "dockerfile"}, {"README", "hello", "text"}, {"x", "\x00\x01", "binary"},
		{"x", "\x89PNG\r\n\x1a\n", "png"}, {"x", "%PDF-1.7", "pdf"}, {"x", "caf\xc3", "text"}, {"x", "\xff\xfe\xfa caf", "binary"}, {"x", "", "text"},
		{"a.unknown", "text", "text"}, {"report.docx", "", "docx"}, {".env", "A=1", "text"}, {"list.list", "", "text"}, {"a.", "", "text"},
	} {
		if got := filetypeOf(tt.name, []byte(tt.head)).id; got != tt.want {
			t.Errorf("filetypeOf(%q, %q) is %s, want %s", tt.name, tt.head, got, tt.want)
		}
	}
}
