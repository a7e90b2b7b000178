package gdrive

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
)

// TestBatch makes many calls in one request: each has its own answer, in the order of the calls and under their names.
func TestBatch(t *testing.T) {
	_, base, token := served(t)
	part := func(id, call string) string {
		return "--b\r\nContent-Type: application/http\r\nContent-ID: <" + id + ">\r\n\r\n" + call + "\r\n"
	}
	body := part("one", "POST /drive/v3/files?fields=name HTTP/1.1\r\nContent-Type: application/json\r\n\r\n{\"name\": \"a\"}") +
		part("two", "GET /drive/v3/files/none\r\n") + part("three", "nonsense") + "--b--\r\n"
	batch := func(body string) (*http.Response, []byte) {
		return do(t, "POST", base+"/batch/drive/v3", token, map[string]string{"Content-Type": "multipart/mixed; boundary=b"}, strings.NewReader(body))
	}
	res, out := batch(body)
	_, params, err := mime.ParseMediaType(res.Header.Get("Content-Type"))
	if err != nil || res.StatusCode != 200 {
		t.Fatalf("%d %s", res.StatusCode, out)
	}
	var got []string
	for parts := multipart.NewReader(bytes.NewReader(out), params["boundary"]); ; {
		p, err := parts.NextPart()
		if err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		r, err := http.ReadResponse(bufio.NewReader(p), nil)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprint(p.Header.Get("Content-ID"), " ", r.StatusCode))
	}
	if want := "<response-one> 200,<response-two> 404,<response-three> 400"; strings.Join(got, ",") != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if res, out := batch(strings.Repeat(part("x", "GET /drive/v3/files/none"), 101) + "--b--\r\n"); res.StatusCode != 400 {
		t.Errorf("101 calls: %d %s", res.StatusCode, out)
	}
	if res, out := batch("--b--\r\n"); res.StatusCode != 400 {
		t.Errorf("no calls: %d %s", res.StatusCode, out)
	}
}
