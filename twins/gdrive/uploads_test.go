package gdrive

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/internal/testbed"
)

// served puts a world of its own behind an address, with ana's token.
func served(t *testing.T) (_ *twin.World, base, secret string) {
	d, w := world(t)
	srv := httptest.NewServer(testbed.Handler(d.API.Base, w))
	t.Cleanup(srv.Close)
	return w, srv.URL, bearer(t, d, w, "ana")
}

func do(t *testing.T, method, at, token string, header map[string]string, body io.Reader) (*http.Response, []byte) {
	t.Helper()
	r, err := http.NewRequest(method, at, body)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for k, v := range header {
		r.Header.Set(k, v)
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	hearRefusal(res.StatusCode, b)
	return res, b
}

// begin begins an upload and returns its address.
func begin(t *testing.T, base, token, meta string) string {
	t.Helper()
	res, body := do(t, "POST", base+"/upload/drive/v3/files?uploadType=resumable&fields=id,size,md5Checksum", token, map[string]string{"Content-Type": "application/json"}, strings.NewReader(meta))
	if res.StatusCode != 200 || len(body) != 0 {
		t.Fatalf("begin: %d %s", res.StatusCode, body)
	}
	at := res.Header.Get("Location")
	u, err := url.Parse(at)
	if err != nil || u.Query().Get("upload_id") == "" {
		t.Fatalf("begin: the address is %q", at)
	}
	// The handler of a test lives elsewhere than it says.
	return base + u.Path + "?" + u.RawQuery
}

// TestResumablePath begins an upload at the address that discovery documents have for it.
func TestResumablePath(t *testing.T) {
	_, base, token := served(t)
	res, _ := do(t, "POST", base+"/resumable/upload/drive/v3/files?uploadType=resumable", token, nil, strings.NewReader(`{"name": "a"}`))
	u, err := url.Parse(res.Header.Get("Location"))
	if err != nil || res.StatusCode != 200 {
		t.Fatalf("begin: %d, at %q", res.StatusCode, res.Header.Get("Location"))
	}
	if res, body := do(t, "PUT", base+u.RequestURI(), "", nil, strings.NewReader("Land upright.")); res.StatusCode != 200 {
		t.Errorf("the content: %d %s", res.StatusCode, body)
	}
}

// TestPieces uploads content in pieces, breaks off in the middle of one, asks how far it is, goes on, and finds all of it.
func TestPieces(t *testing.T) {
	_, base, token := served(t)
	content := make([]byte, 3*grain+1000)
	rnd := rand.New(rand.NewPCG(1, 2))
	for i := range content {
		content[i] = byte(rnd.Uint32())
	}
	at := begin(t, base, token, `{"name": "big.bin"}`)

	put := func(from, to int, total string, header map[string]string) (*http.Response, []byte) {
		h := map[string]string{"Content-Range": fmt.Sprintf("bytes %d-%d/%s", from, to-1, total)}
		for k, v := range header {
			h[k] = v
		}
		return do(t, "PUT", at, "", h, bytes.NewReader(content[from:to])) // its address proves who asks
	}
	res, _ := put(0, grain, "*", nil)
	if res.StatusCode != 308 || res.Header.Get("Range") != fmt.Sprintf("bytes=0-%d", grain-1) {
		t.Fatalf("the first piece: %d, Range %q", res.StatusCode, res.Header.Get("Range"))
	}
	if res, body := put(3*grain, len(content), fmt.Sprint(len(content)), nil); res.StatusCode != 400 || !strings.Contains(string(body), "exceeds already uploaded size") {
		t.Fatalf("a piece too far: %d %s", res.StatusCode, body)
	}
	if res, body := put(grain, grain+10, "*", nil); res.StatusCode != 400 || !strings.Contains(string(body), "does not meet this requirement") {
		t.Fatalf("a piece too small: %d %s", res.StatusCode, body)
	}

	// A connection that breaks in the middle of a grain leaves the whole ones.
	u, _ := url.Parse(at)
	conn, err := net.Dial("tcp", u.Host)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(conn, "PUT %s HTTP/1.1\r\nHost: %s\r\nContent-Range: bytes %d-%d/%d\r\nContent-Length: %d\r\n\r\n", u.RequestURI(), u.Host, grain, len(content)-1, len(content), len(content)-grain)
	conn.Write(content[grain : 2*grain+100])
	conn.(*net.TCPConn).CloseWrite()
	io.Copy(io.Discard, conn)
	conn.Close()
	for wait := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		res, _ = do(t, "PUT", at, "", map[string]string{"Content-Range": fmt.Sprintf("bytes */%d", len(content)), "X-GUploader-No-308": "yes"}, nil)
		if res.Header.Get("Range") == fmt.Sprintf("bytes=0-%d", 2*grain-1) {
			break
		}
		if time.Since(wait) > 5*time.Second {
			t.Fatalf("how far: %d, Range %q", res.StatusCode, res.Header.Get("Range"))
		}
	}
	if res.StatusCode != 200 || res.Header.Get("X-Http-Status-Code-Override") != "308" {
		t.Fatalf("how far: %d, %q", res.StatusCode, res.Header.Get("X-Http-Status-Code-Override"))
	}

	// What has come already may come again.
	res, body := put(grain, len(content), fmt.Sprint(len(content)), nil)
	var f struct{ ID, Size, MD5Checksum string }
	if err := json.Unmarshal(body, &f); err != nil || res.StatusCode != 200 {
		t.Fatalf("the last piece: %d %s", res.StatusCode, body)
	}
	if _, got := do(t, "GET", base+"/drive/v3/files/"+f.ID+"?alt=media", token, nil, nil); !bytes.Equal(got, content) {
		t.Fatalf("%d bytes came back of %d, or others", len(got), len(content))
	}
	if res, again := do(t, "PUT", at, "", map[string]string{"Content-Range": fmt.Sprintf("bytes */%d", len(content))}, nil); res.StatusCode != 200 || !bytes.Equal(again, body) {
		t.Fatalf("asked again: %d %s", res.StatusCode, again)
	}
}

// TestOtherContent gives a file that is there other content in pieces, by either method, and thinks better of it.
func TestOtherContent(t *testing.T) {
	_, base, token := served(t)
	_, body := do(t, "POST", base+"/drive/v3/files", token, nil, strings.NewReader(`{"name": "a"}`))
	var f struct{ ID string }
	json.Unmarshal(body, &f)
	for method, want := range map[string]int{"PUT": 200, "POST": 200, "DELETE": 499} {
		res, _ := do(t, "PATCH", base+"/upload/drive/v3/files/"+f.ID+"?uploadType=resumable", token, nil, strings.NewReader("{}"))
		u, err := url.Parse(res.Header.Get("Location"))
		if err != nil {
			t.Fatal(err)
		}
		if res, body := do(t, method, base+u.RequestURI(), "", nil, strings.NewReader(method)); res.StatusCode != want {
			t.Errorf("%s: %d %s", method, res.StatusCode, body)
		}
		if _, got := do(t, "GET", base+"/drive/v3/files/"+f.ID+"?alt=media", token, nil, nil); want == 200 && string(got) != method {
			t.Errorf("%s: the content is %q", method, got)
		}
	}
}

// raw sends the head of a request, and what is sent after what the other side said to it, and reads the answer.
func raw(t *testing.T, at, head string, next func(said string) string) (int, string) {
	t.Helper()
	u, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", u.Host)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	in := bufio.NewReader(conn)
	fmt.Fprintf(conn, head, u.RequestURI(), u.Host)
	said, _ := in.ReadString('\n')
	in.ReadString('\n')
	io.WriteString(conn, next(said))
	conn.(*net.TCPConn).CloseWrite()
	res, err := http.ReadResponse(in, nil)
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(res.Body)
	hearRefusal(res.StatusCode, body)
	return res.StatusCode, string(body)
}

// TestUploadsBroken breaks off an upload, and sends a piece while another one is on its way.
func TestUploadsBroken(t *testing.T) {
	_, base, token := served(t)
	code, body := raw(t, base+"/upload/drive/v3/files?uploadType=media", "POST %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer "+token+"\r\nExpect: 100-continue\r\nContent-Length: 10\r\n\r\n",
		func(string) string { return "half" })
	if code != 400 || !strings.Contains(body, "ended before") {
		t.Errorf("a broken upload: %d %s", code, body)
	}
	at := begin(t, base, token, `{}`)
	code, body = raw(t, at, "PUT %s HTTP/1.1\r\nHost: %s\r\nExpect: 100-continue\r\nContent-Range: bytes 0-9/10\r\nContent-Length: 10\r\n\r\n", func(said string) string {
		if !strings.Contains(said, "100") {
			t.Errorf("the head was answered %q", said)
		}
		do(t, "PUT", at, "", map[string]string{"Content-Range": fmt.Sprintf("bytes 0-%d/*", grain-1)}, bytes.NewReader(make([]byte, grain)))
		return "0123456789"
	})
	if code != 503 || !strings.Contains(body, "at the same time") {
		t.Errorf("two pieces at the same time: %d %s", code, body)
	}
}

// TestUploadAtOnce sends all of an upload's content in one piece that says nothing of itself, and cancels another upload.
func TestUploadAtOnce(t *testing.T) {
	_, base, token := served(t)
	for _, content := range []string{"", "all of it"} {
		at := begin(t, base, token, `{"name": "note.txt", "mimeType": "text/plain"}`)
		res, body := do(t, "PUT", at, "", nil, strings.NewReader(content))
		var f struct{ ID string }
		if err := json.Unmarshal(body, &f); err != nil || res.StatusCode != 200 {
			t.Fatalf("%q: %d %s", content, res.StatusCode, body)
		}
		if _, got := do(t, "GET", base+"/drive/v3/files/"+f.ID+"?alt=media", token, nil, nil); string(got) != content {
			t.Errorf("got %q, want %q", got, content)
		}
	}
	at := begin(t, base, token, `{}`)
	if res, _ := do(t, "DELETE", at, "", nil, nil); res.StatusCode != 499 {
		t.Errorf("cancel: %d, want 499", res.StatusCode)
	}
	if res, _ := do(t, "PUT", at, "", nil, strings.NewReader("x")); res.StatusCode != 404 {
		t.Errorf("after cancelling: %d, want 404", res.StatusCode)
	}
}

// receiver is an address that channels tell, and want what it is told next: number, state, what changed, token.
func receiver(t *testing.T, w *twin.World) (url string, want func(what string)) {
	heard := make(chan string, 10)
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		heard <- r.Header.Get("X-Goog-Message-Number") + " " + r.Header.Get("X-Goog-Resource-State") + " " + r.Header.Get("X-Goog-Changed") + " " + r.Header.Get("X-Goog-Channel-Token")
	}))
	t.Cleanup(hook.Close)
	return hook.URL, func(what string) {
		t.Helper()
		select {
		case got := <-heard:
			if strings.TrimSpace(got) != what {
				t.Fatalf("heard %q, want %q", got, what)
			}
		case <-time.After(5 * time.Second):
			t.Fatalf("heard nothing, want %q; the outbox has %v", what, w.Outbox())
		}
	}
}

// TestWatchOfChanges hears of those changes alone that changes.list would tell if it were asked the same.
func TestWatchOfChanges(t *testing.T) {
	w, base, token := served(t)
	hook, want := receiver(t, w)
	jsonType := map[string]string{"Content-Type": "application/json"}
	res, body := do(t, "POST", base+"/drive/v3/changes/watch?pageToken=1&includeRemoved=false", token, jsonType, strings.NewReader(`{"id": "c", "type": "web_hook", "address": "`+hook+`"}`))
	if res.StatusCode != 200 || !strings.Contains(string(body), "includeRemoved=false") {
		t.Fatalf("watch: %d %s", res.StatusCode, body)
	}
	want("1 sync")
	for _, heard := range []string{"2 change", "3 change"} { // and nothing when what was made is deleted
		_, body = do(t, "POST", base+"/drive/v3/files", token, jsonType, strings.NewReader(`{"name": "a"}`))
		var f struct{ ID string }
		json.Unmarshal(body, &f)
		want(heard)
		do(t, "DELETE", base+"/drive/v3/files/"+f.ID, token, nil, nil)
	}
}

// TestWatch opens a channel on a file, and hears of what becomes of it until the channel is stopped.
func TestWatch(t *testing.T) {
	w, base, token := served(t)
	hook, want := receiver(t, w)
	jsonType := map[string]string{"Content-Type": "application/json"}
	_, body := do(t, "POST", base+"/drive/v3/files", token, jsonType, strings.NewReader(`{"name": "a"}`))
	var f struct{ ID string }
	json.Unmarshal(body, &f)
	_, body = do(t, "POST", base+"/drive/v3/files/"+f.ID+"/watch", token, jsonType, strings.NewReader(`{"id": "c", "type": "web_hook", "token": "t", "address": "`+hook+`"}`))
	var ch struct{ ResourceID string }
	if json.Unmarshal(body, &ch); ch.ResourceID == "" {
		t.Fatalf("watch: %s", body)
	}
	want("1 sync  t")
	do(t, "PATCH", base+"/upload/drive/v3/files/"+f.ID+"?uploadType=media", token, map[string]string{"Content-Type": "text/plain"}, strings.NewReader("x"))
	want("2 update content,properties t")
	do(t, "DELETE", base+"/drive/v3/files/"+f.ID, token, nil, nil)
	want("3 remove  t")
	if res, body := do(t, "POST", base+"/drive/v3/channels/stop", token, jsonType, strings.NewReader(`{"id": "c", "resourceId": "`+ch.ResourceID+`"}`)); res.StatusCode != 204 {
		t.Fatalf("stop: %d %s", res.StatusCode, body)
	}
}

// TestThumbnailTooLarge gives a file a small picture that is not small.
func TestThumbnailTooLarge(t *testing.T) {
	_, base, token := served(t)
	image := base64.StdEncoding.EncodeToString(make([]byte, mostThumbnail+1))
	res, body := do(t, "POST", base+"/drive/v3/files", token, map[string]string{"Content-Type": "application/json"}, strings.NewReader(`{"contentHints": {"thumbnail": {"image": "`+image+`", "mimeType": "image/png"}}}`))
	if res.StatusCode != 400 || !strings.Contains(string(body), "larger than 2097152 bytes") {
		t.Errorf("%d %.200s", res.StatusCode, body)
	}
}

// TestPiecesRefused sends pieces that cannot be of their upload.
func TestPiecesRefused(t *testing.T) {
	_, base, token := served(t)
	refused := func(what string, res *http.Response, body []byte, says string) {
		t.Helper()
		if res.StatusCode != 400 || !strings.Contains(string(body), says) {
			t.Errorf("%s: %d %s", what, res.StatusCode, body)
		}
	}
	res, body := do(t, "POST", base+"/upload/drive/v3/files?uploadType=resumable", token, map[string]string{"X-Upload-Content-Length": "many"}, nil)
	refused("a length that is no number", res, body, "Invalid X-Upload-Content-Length")
	at := begin(t, base, token, `{}`)
	for _, span := range []string{"bytes", "bytes x/10", "bytes 5-2/10", "bytes 0-20/10", "bytes 0-9/x"} {
		res, body = do(t, "PUT", at, "", map[string]string{"Content-Range": span}, strings.NewReader("0123456789"))
		refused(span, res, body, "Failed to parse Content-Range header.")
	}
	at = begin(t, base, token, `{}`)
	res, _ = do(t, "PUT", at, "", map[string]string{"Content-Range": fmt.Sprintf("bytes 0-%d/%d", grain-1, grain+2)}, bytes.NewReader(make([]byte, grain)))
	if res.StatusCode != 308 {
		t.Fatalf("the first piece: %d", res.StatusCode)
	}
	res, body = do(t, "PUT", at, "", nil, bytes.NewReader(make([]byte, grain+9)))
	refused("too much", res, body, "More bytes have come than were announced.")
}
