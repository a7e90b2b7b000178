package jira

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"image"
	"image/color"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"twinset.dev/kit/outbox"
	"twinset.dev/kit/twin"
)

// A receiver is told of events, and answers as it is told to.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	status int
	got    []*http.Request
	bodies []string
}

func newReceiver(t *testing.T) *receiver {
	r := &receiver{status: http.StatusOK}
	r.Server = httptest.NewServer(http.HandlerFunc(func(res http.ResponseWriter, req *http.Request) {
		b, _ := io.ReadAll(req.Body)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.got, r.bodies = append(r.got, req), append(r.bodies, string(b))
		res.WriteHeader(r.status)
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) answer(status int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status = status
}

// wait returns what the receiver has got once it is so much.
func (r *receiver) wait(t *testing.T, n int) (*http.Request, string) {
	t.Helper()
	for range 200 {
		r.mu.Lock()
		got := len(r.got)
		if got == n {
			defer r.mu.Unlock()
			return r.got[n-1], r.bodies[n-1]
		}
		r.mu.Unlock()
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("the receiver has got %d, want %d", len(r.got), n)
	return nil, ""
}

// say sends JSON to a world's twin in somebody's name.
func say(t *testing.T, j *Jira, w *twin.World, as, method, path, body string) (int, map[string]any) {
	t.Helper()
	return sayWith(t, j, w, as, method, path, []byte(body), map[string]string{"Content-Type": "application/json"})
}

func sayWith(t *testing.T, j *Jira, w *twin.World, as, method, path string, body []byte, header map[string]string) (int, map[string]any) {
	t.Helper()
	req := httptest.NewRequest(method, "/w/"+w.Name()+path, bytes.NewReader(body))
	for k, v := range header {
		req.Header.Set(k, v)
	}
	req.Header.Set("Authorization", basic(t, j, w, as))
	rec := httptest.NewRecorder()
	j.Echo.ServeHTTP(rec, req)
	v := map[string]any{}
	json.Unmarshal(rec.Body.Bytes(), &v)
	return rec.Code, v
}

// An administrator's webhook is told, with a signature, of the issues that its query finds, and of no others.
func TestAdminWebhook(t *testing.T) {
	j, w := world(t)
	r := newReceiver(t)
	status, _ := say(t, j, w, "ana", "POST", "/rest/webhooks/1.0/webhook", `{"name": "Wall", "url": "`+r.URL+`/${issue.key}", "secret": "s3cret",
		"events": ["jira:issue_created", "jira:version_released", "project_created"], "filters": {"issue-related-events-section": "project = ROCK"}}`)
	if status != http.StatusCreated {
		t.Fatalf("registered with %d", status)
	}
	create := func(project string) {
		say(t, j, w, "bo", "POST", "/rest/api/3/issue", `{"fields": {"project": {"key": "`+project+`"}, "issuetype": {"name": "Task"}, "summary": "New"}}`)
	}
	create("OPS")
	create("ROCK")
	req, body := r.wait(t, 1)
	mac := hmac.New(sha256.New, []byte("s3cret"))
	mac.Write([]byte(body))
	if got, want := req.Header.Get("X-Hub-Signature"), "sha256="+hex.EncodeToString(mac.Sum(nil)); got != want {
		t.Errorf("signed %q, want %q", got, want)
	}
	if req.URL.Path != "/ROCK-19" || req.Header.Get("X-Atlassian-Webhook-Identifier") == "" {
		t.Errorf("told at %s with %v", req.URL.Path, req.Header)
	}
	var told map[string]any
	json.Unmarshal([]byte(body), &told)
	if told["webhookEvent"] != "jira:issue_created" || dig(told, "issue", "key") != "ROCK-19" || dig(told, "issue", "fields", "summary") != "New" || dig(told, "user", "displayName") != "Bo Lindqvist" {
		t.Errorf("told %s", body)
	}
	if status, _ := say(t, j, w, "ana", "PUT", "/rest/api/3/version/10001", `{"released": true}`); status != http.StatusOK {
		t.Fatalf("released with %d", status)
	}
	if _, body = r.wait(t, 2); !strings.Contains(body, `"jira:version_released"`) || !strings.Contains(body, `"Launch 7"`) {
		t.Errorf("told %s", body)
	}
}

// An app's webhook is tried again for as long as Jira does, and then the app can ask what it has missed.
func TestWebhookRetries(t *testing.T) {
	j, w := world(t)
	r := newReceiver(t)
	r.answer(http.StatusServiceUnavailable)
	say(t, j, w, "app", "POST", "/rest/api/3/webhook", `{"url": "`+r.URL+`", "webhooks": [{"jqlFilter": "project = ROCK", "events": ["jira:issue_updated"], "fieldIdsFilter": ["summary"]}]}`)
	say(t, j, w, "bo", "PUT", "/rest/api/3/issue/ROCK-1", `{"fields": {"labels": ["quiet"]}}`)
	say(t, j, w, "bo", "PUT", "/rest/api/3/issue/ROCK-1", `{"fields": {"summary": "Loud"}}`)
	r.wait(t, 1)
	if err := w.Advance(t.Context(), 3*time.Hour); err != nil {
		t.Fatal(err)
	}
	r.wait(t, webhookTries)
	for n, req := range r.got[1:] {
		if again := req.Header.Get("X-Atlassian-Webhook-Retry"); again != id(int64(n+1)) {
			t.Errorf("retry %d says %q", n+1, again)
		}
	}
	for _, d := range w.Outbox() {
		if d.Kind == toWebhook && d.State != outbox.Failed {
			t.Errorf("the delivery is %s", d.State)
		}
	}
	_, failed := say(t, j, w, "app", "GET", "/rest/api/3/webhook/failed", "")
	if values := list(failed["values"]); len(values) != 1 || !strings.Contains(text(object(values[0])["body"]), "Loud") {
		t.Errorf("failed: %v", failed)
	}
}

// A picture that somebody uploads is cut out, kept, chosen, seen and deleted.
func TestUploadAvatar(t *testing.T) {
	j, w := world(t)
	m := image.NewRGBA(image.Rect(0, 0, 40, 20))
	for x := range 40 {
		for y := range 20 {
			m.Set(x, y, color.RGBA{uint8(x * 6), 0, 0, 255})
		}
	}
	var b bytes.Buffer
	png.Encode(&b, m)
	upload := func(query string) (int, map[string]any) {
		return sayWith(t, j, w, "ana", "POST", "/rest/api/3/project/ROCK/avatar2"+query, b.Bytes(), map[string]string{"Content-Type": "image/png", "X-Atlassian-Token": "no-check"})
	}
	if status, _ := upload("?x=30&y=0&size=20"); status != http.StatusBadRequest {
		t.Errorf("a square outside the picture: %d", status)
	}
	status, avatar := upload("?x=20&y=0&size=20")
	if status != http.StatusCreated || avatar["isSystemAvatar"] != false {
		t.Fatalf("%d %v", status, avatar)
	}
	at := text(avatar["id"])
	if status, v := say(t, j, w, "ana", "PUT", "/rest/api/3/project/ROCK/avatar", `{"id": "`+at+`"}`); status != http.StatusNoContent {
		t.Fatalf("%d %v", status, v)
	}
	rec := httptest.NewRecorder()
	req := httptest.NewRequest("GET", "/w/"+w.Name()+"/rest/api/3/universal_avatar/view/type/project/avatar/"+at+"?size=xsmall", nil)
	j.Echo.ServeHTTP(rec, req)
	seen, err := png.Decode(rec.Body)
	if err != nil || seen.Bounds().Dx() != 16 {
		t.Fatalf("%v, %v", rec.Header(), err)
	}
	if red, _, _, _ := seen.At(0, 8).RGBA(); red>>8 < 110 {
		t.Errorf("the left half was not cut off: %d", red>>8)
	}
	if status, _ := say(t, j, w, "ana", "DELETE", "/rest/api/3/project/ROCK/avatar/"+at, ""); status != http.StatusNoContent {
		t.Errorf("deleted with %d", status)
	}
	if _, p := say(t, j, w, "ana", "GET", "/rest/api/3/project/ROCK", ""); !strings.HasSuffix(text(dig(p, "avatarUrls", "48x48")), id(firstProjectAvatar)) {
		t.Errorf("the project has %v", p["avatarUrls"])
	}
}
