package google

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/oauth2"
	"google.golang.org/api/drive/v3"
	"google.golang.org/api/googleapi"
)

// A cutter breaks the connection in the middle of some requests, and asks again as its client would have.
type cutter struct {
	base http.RoundTripper
	mu   sync.Mutex
	cut  int // how often it still does
	cuts int // how often it has
}

type broken struct {
	io.Reader
	left int
}

func (b *broken) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, &net.OpError{Op: "write", Err: io.ErrClosedPipe}
	}
	n, err := b.Reader.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

func (c *cutter) RoundTrip(r *http.Request) (*http.Response, error) {
	c.mu.Lock()
	hit := c.cut > 0 && r.ContentLength > 1<<20
	if hit {
		c.cut--
		c.cuts++
	}
	c.mu.Unlock()
	if !hit {
		return c.base.RoundTrip(r)
	}
	half := r.Clone(r.Context())
	half.Body = io.NopCloser(&broken{r.Body, int(r.ContentLength / 2)})
	if res, err := c.base.RoundTrip(half); err == nil {
		return res, nil
	}
	// What a client makes of a lost connection is to try again: the SDK does when it is told so.
	return &http.Response{StatusCode: http.StatusServiceUnavailable, Status: "503 cut", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("")), Request: r}, nil
}

// TestUploadInterrupted uploads 64 MiB over connections that break three times, and finds every byte.
func TestUploadInterrupted(t *testing.T) {
	e := world(t)
	content := make([]byte, 64<<20)
	rand.NewChaCha8([32]byte{1}).Read(content)
	sum := md5.Sum(content)
	c := &cutter{base: http.DefaultTransport, cut: 3}
	token := oauth2.StaticTokenSource(&oauth2.Token{AccessToken: e.creds.Env["GOOGLE_TOKEN"]})
	cut := e.over(&http.Client{Transport: &oauth2.Transport{Source: token, Base: c}})
	last := int64(0)
	f, err := cut.drive.Files.Create(&drive.File{Name: "telemetry.bin"}).Media(bytes.NewReader(content), googleapi.ChunkSize(16<<20), googleapi.ChunkRetryDeadline(20*time.Second)).
		ProgressUpdater(func(now, _ int64) { last = now }).Fields("*").Do()
	must(t, err)
	want(t, "cuts", c.cuts, 3)
	want(t, "progress", last, int64(len(content)))
	want(t, "size", f.Size, int64(len(content)))
	want(t, "md5", f.Md5Checksum, hex.EncodeToString(sum[:]))
	res, err := e.drive.Files.Get(f.Id).Download()
	must(t, err)
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	must(t, err)
	if !bytes.Equal(got, content) {
		t.Fatal("what comes down is not what went up")
	}
}

// TestUploadResumed breaks off a session, asks how far it came, and goes on from there.
func TestUploadResumed(t *testing.T) {
	e := world(t)
	send := func(method, url string, body io.Reader, header map[string]string) *http.Response {
		t.Helper()
		req, err := http.NewRequest(method, url, body)
		must(t, err)
		for k, v := range header {
			req.Header.Set(k, v)
		}
		res, err := e.http.Do(req)
		must(t, err)
		t.Cleanup(func() { res.Body.Close() })
		return res
	}
	content := bytes.Repeat([]byte("0123456789abcdef"), 64<<10) // 1 MiB
	open := send("POST", e.url+"/upload/drive/v3/files?uploadType=resumable", strings.NewReader(`{"name":"resumed.bin"}`), map[string]string{"Content-Type": "application/json", "X-Upload-Content-Type": "application/x-launch", "X-Upload-Content-Length": "1048576"})
	want(t, "status", open.StatusCode, 200)
	session := open.Header.Get("Location")
	part := send("PUT", session, bytes.NewReader(content[:512<<10]), map[string]string{"Content-Range": "bytes 0-524287/1048576"})
	want(t, "status of the first half", part.StatusCode, 308)
	want(t, "range", part.Header.Get("Range"), "bytes=0-524287")
	asked := send("PUT", session, nil, map[string]string{"Content-Range": "bytes */1048576"})
	want(t, "status of the question", asked.StatusCode, 308)
	want(t, "range", asked.Header.Get("Range"), "bytes=0-524287")
	done := send("PUT", session, bytes.NewReader(content[512<<10:]), map[string]string{"Content-Range": "bytes 524288-1048575/1048576"})
	want(t, "status of the rest", done.StatusCode, 200)
	l, err := e.drive.Files.List().Q("name = 'resumed.bin'").Fields("files(size,mimeType)").Do()
	must(t, err)
	want(t, "size", l.Files[0].Size, int64(len(content)))
	want(t, "type", l.Files[0].MimeType, "application/x-launch")
}
