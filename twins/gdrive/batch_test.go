package gdrive

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"twinset.dev/twins/internal/testbed"
)

// TestBatch makes many calls in one request: each has its own answer, in the order of the calls and under their names.
func TestBatch(t *testing.T) {
	d, w := world(t)
	srv := httptest.NewServer(testbed.Handler(d.API.Base, w))
	defer srv.Close()
	ana, bo := bearer(t, d, w, "ana"), bearer(t, d, w, "bo")
	part := func(id, call string) string {
		return "--b\r\nContent-Type: application/http\r\nContent-ID: " + id + "\r\n\r\n" + call + "\r\n"
	}
	batch := func(token, body string) (status int, parts []string) {
		t.Helper()
		res, out := do(t, "POST", srv.URL+"/batch/drive/v3", token, map[string]string{"Content-Type": "multipart/mixed; boundary=b"}, strings.NewReader(body+"--b--\r\n"))
		_, params, err := mime.ParseMediaType(res.Header.Get("Content-Type"))
		if err != nil {
			t.Fatal(err)
		}
		for all := multipart.NewReader(bytes.NewReader(out), params["boundary"]); res.StatusCode == 200; {
			p, err := all.NextPart()
			if err == io.EOF {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			r, err := http.ReadResponse(bufio.NewReader(p), nil)
			if err != nil {
				t.Fatal(err)
			}
			b, _ := io.ReadAll(r.Body)
			parts = append(parts, strings.TrimSpace(fmt.Sprint(p.Header.Get("Content-ID"), " ", r.StatusCode, " ", r.Header.Get("Location"), strings.Join(strings.Fields(string(b)), ""))))
		}
		return res.StatusCode, parts
	}
	_, made := batch(ana, part("<one>", "POST /drive/v3/files?fields=id HTTP/1.1\r\nContent-Type: application/json\r\n\r\n{\"name\": \"a\"}"))
	id := strings.Split(made[0], `"`)[3]
	file, long := "GET /drive/v3/files/"+id, strings.Repeat("a", 8000)
	for _, x := range []struct{ token, part, want string }{
		{ana, part("<a>", file+"?fields=name HTTP/1.1\r\nAccept-Encoding: gzip\r\nUser-Agent: me (gzip)\r\n"), `<response-a> 200 {"name":"a"}`},
		{ana, part("bare", file+"?fields=name"), `response-bare 200 {"name":"a"}`},
		{ana, part("<a>", file+"?fields=nam"), `<response-a> 400 {"error":{"code":400,"errors":[{"domain":"global","location":"fields","locationType":"parameter","message":"Invalidfieldselectionnam","reason":"invalidParameter"}],"message":"Invalidfieldselectionnam"}}`},
		{bo, part("<a>", file+"?fields=name\r\nAuthorization: Bearer "+ana+"\r\n"), `<response-a> 200 {"name":"a"}`},
		{"", part("<a>", file+"?fields=name\r\nAuthorization: Bearer "+ana+"\r\n"), `<response-a> 200 {"name":"a"}`},
		{ana, part("<a>", file+"?alt=media"), "<response-a> 302 " + srv.URL + "/w/" + w.Name() + "/download/drive/v3/files/" + id + "?alt=media"},
		{ana, part("<a>", "nonsense"), `<response-a> 400 {"error":{"code":400,"errors":[{"domain":"global","message":"Failedtoparsethecallofabatch:\"nonsense\"isnotthefirstlineofarequest.","reason":"badRequest"}],"message":"Failedtoparsethecallofabatch:\"nonsense\"isnotthefirstlineofarequest."}}`},
		{ana, part("<a>", file+"?q="+long), `<response-a> 414 {"error":{"code":414,"errors":[{"domain":"global","message":"Request-URITooLarge","reason":"badRequest"}],"message":"Request-URITooLarge"}}`},
		{ana, part("<a>", "POST /upload/drive/v3/files?uploadType=media\r\n\r\ncontent"), notInBatch},
		{ana, part("<a>", "POST /batch/drive/v3\r\n\r\ncontent"), notInBatch},
	} {
		if _, got := batch(x.token, x.part); len(got) != 1 || got[0] != x.want {
			t.Errorf("%s: got %s, want %s", x.part, got, x.want)
		}
	}
	if _, got := batch(bo, part("<a>", file)); !strings.HasPrefix(got[0], "<response-a> 404 ") {
		t.Errorf("a call of somebody who may not: %s", got)
	}
	many := func(n int) string { return strings.Repeat(part("<x>", file), n) }
	if _, got := batch(ana, many(101)); len(got) != 101 || !strings.HasPrefix(got[99], "<response-x> 200") || !strings.HasPrefix(got[100], "<response-x> 403") || !strings.Contains(got[100], "softlimit") {
		t.Errorf("101 calls: %s", got)
	}
	for name, body := range map[string]string{"1001 calls": many(1001), "no calls": ""} {
		if status, _ := batch(ana, body); status != 400 {
			t.Errorf("%s: %d", name, status)
		}
	}
}

const notInBatch = `<response-a> 404 {"error":{"code":404,"errors":[{"domain":"global","message":"NotFound","reason":"notFound"}],"message":"NotFound"}}`
