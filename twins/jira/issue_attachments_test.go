package jira

import (
	"bytes"
	"encoding/json"
	"image"
	"image/jpeg"
	"image/png"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"testing"

	"twinset.dev/kit/twin"
)

// caller asks a twin in a world of the test as somebody.
func caller(t *testing.T, as string) (j *Jira, w *twin.World, ask func(method, path, kind string, body []byte) *httptest.ResponseRecorder) {
	j, w = world(t)
	return j, w, func(method, path, kind string, body []byte) *httptest.ResponseRecorder {
		req := httptest.NewRequest(method, "/w/"+w.Name()+path, bytes.NewReader(body))
		req.Header.Set("Authorization", basic(t, j, w, as))
		if kind != "" {
			req.Header.Set("Content-Type", kind)
			req.Header.Set("X-Atlassian-Token", "no-check")
		}
		rec := httptest.NewRecorder()
		j.Echo.ServeHTTP(rec, req)
		return rec
	}
}

func form(t *testing.T, name string, content []byte) (kind string, body []byte) {
	var b bytes.Buffer
	f := multipart.NewWriter(&b)
	p, err := f.CreateFormFile("file", name)
	if err != nil {
		t.Fatal(err)
	}
	p.Write(content)
	f.Close()
	return f.FormDataContentType(), b.Bytes()
}

// A thumbnail shows the picture, as large as was asked for.
func TestThumbnails(t *testing.T) {
	_, _, ask := caller(t, "bo")
	img := image.NewRGBA(image.Rect(0, 0, 400, 100))
	for n := 0; n < len(img.Pix); n += 4 {
		img.Pix[n], img.Pix[n+3] = 200, 255
	}
	var asPNG, asJPEG bytes.Buffer
	png.Encode(&asPNG, img)
	jpeg.Encode(&asJPEG, img, nil)
	for name, content := range map[string][]byte{"wide.png": asPNG.Bytes(), "wide.jpg": asJPEG.Bytes()} {
		kind, body := form(t, name, content)
		rec := ask(http.MethodPost, "/rest/api/3/issue/ROCK-1/attachments", kind, body)
		var added []struct{ ID, Thumbnail string }
		if err := json.Unmarshal(rec.Body.Bytes(), &added); err != nil || len(added) != 1 || added[0].Thumbnail == "" {
			t.Fatalf("%s is answered with %d %s", name, rec.Code, rec.Body)
		}
		for query, want := range map[string]image.Point{"": {200, 50}, "&width=100": {100, 25}, "&width=40&height=5": {20, 5}, "&width=1000&height=1000": {400, 100}} {
			rec := ask(http.MethodGet, "/rest/api/3/attachment/thumbnail/"+added[0].ID+"?redirect=false"+query, "", nil)
			got, _, err := image.Decode(rec.Body)
			if err != nil {
				t.Fatalf("%s %s: %d: %v", name, query, rec.Code, err)
			}
			if got.Bounds().Size() != want {
				t.Errorf("%s %s is %v, want %v", name, query, got.Bounds().Size(), want)
			}
			if r, g, _, _ := got.At(1, 1).RGBA(); r>>8 < 190 || g>>8 > 10 {
				t.Errorf("%s %s does not show the picture", name, query)
			}
		}
	}
}

// A file larger than the limit is refused, and one as large as it is not.
func TestUploadLimit(t *testing.T) {
	_, _, ask := caller(t, "bo")
	for size, want := range map[int]int{uploadLimit: http.StatusOK, uploadLimit + 1: http.StatusRequestEntityTooLarge} {
		kind, body := form(t, "large.bin", make([]byte, size))
		if rec := ask(http.MethodPost, "/rest/api/3/issue/ROCK-1/attachments", kind, body); rec.Code != want {
			t.Errorf("%d bytes are answered with %d %.200s, want %d", size, rec.Code, rec.Body, want)
		}
	}
}
