package slack

import (
	"bufio"
	"context"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"twinset.dev/kit/twin"
)

// A browser is somebody who looks at the pages without a script.
type browser struct {
	t    *testing.T
	s    *Slack
	w    *twin.World
	http *http.Client
	url  string // of the world
	csrf string
	team string
}

// visitor signs somebody in to a world.
func visitor(t *testing.T, s *Slack, w *twin.World, handle string) *browser {
	t.Helper()
	srv := httptest.NewServer(s.Echo)
	t.Cleanup(func() { srv.CloseClientConnections(); srv.Close() })
	jar, _ := cookiejar.New(nil)
	b := &browser{t: t, s: s, w: w, http: &http.Client{Jar: jar}, url: srv.URL + "/w/" + w.Name()}
	var id string
	w.View(func(c *twin.Call) error {
		u, _ := s.usersByName.Get(c.Tx, handle)
		id, b.team = u.ID, u.Team
		return nil
	})
	_, page, where := b.send("/signin", url.Values{"user": {id}})
	if m := regexp.MustCompile(`name="csrf" value="(\w+)"`).FindStringSubmatch(page); m != nil {
		b.csrf = m[1]
	}
	if !strings.HasSuffix(where, "/client/"+b.team) {
		t.Fatalf("%s signed in and is at %s", handle, where)
	}
	return b
}

func (b *browser) read(res *http.Response, err error) (int, string, string) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	var page strings.Builder
	bufio.NewReader(res.Body).WriteTo(&page)
	return res.StatusCode, page.String(), strings.TrimPrefix(res.Request.URL.String(), b.url)
}

func (b *browser) get(path string) (int, string, string) {
	b.t.Helper()
	return b.read(b.http.Get(b.url + path))
}

func (b *browser) send(path string, form url.Values) (int, string, string) {
	b.t.Helper()
	req, _ := http.NewRequest(http.MethodPost, b.url+path, strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.read(b.http.Do(req))
}

// do sends a form of the client.
func (b *browser) do(what string, form url.Values) (int, string, string) {
	b.t.Helper()
	form.Set("csrf", b.csrf)
	return b.send("/client/"+b.team+"/do/"+what, form)
}

func (b *browser) channel(name string) (id string) {
	b.w.View(func(c *twin.Call) error {
		ch, _ := b.s.channelsByName.Get(c.Tx, b.team+"/"+name)
		id = ch.ID
		return nil
	})
	return id
}

// TestPages walks through the client without a script: what one may see and do is what the Web API lets one.
func TestPages(t *testing.T) {
	s, w := world(t)
	ana, bo, hana := visitor(t, s, w, "ana"), visitor(t, s, w, "bo"), visitor(t, s, w, "hana")
	general, leads := ana.channel("general"), ana.channel("leads")
	_, page, where := ana.do("message", url.Values{"channel": {general}, "text": {"*Hello* @bo, <script>alert(1)</script>"}})
	if want := "/client/" + ana.team + "/" + general; where != want {
		t.Errorf("after writing one is at %s, want %s", where, want)
	}
	for _, want := range []string{"<b>Hello</b>", "&lt;script&gt;alert(1)&lt;/script&gt;", ">@bo</a>"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if strings.Contains(page, "<script>alert") {
		t.Error("the page runs what somebody wrote")
	}
	for _, c := range []struct {
		who    *browser
		path   string
		status int
		want   string
	}{
		{bo, "/client/" + bo.team + "/" + general, 200, `class="mention me"`},
		{bo, "/client/" + bo.team + "/" + leads, 404, "not there, or you are not in it"},
		{ana, "/client/" + bo.team + "/" + leads, 200, "headcount plan"},
		{hana, "/client/" + bo.team + "/" + general, 404, "Not here"},
		{bo, "/client/T0NOSUCH/" + general, 404, "not signed in to this workspace"},
		{bo, "/client/" + bo.team + "/" + general + "/thread/1.000000", 404, "not there any more"},
		{bo, "/client/" + bo.team + "/people?find=dara", 200, "Dara Kim"},
		{bo, "/client/" + bo.team + "/search?q=telemetry+in:%23incidents", 200, "1 message"},
		{bo, "/client/" + bo.team + "/browse-channels", 200, "random"},
		{bo, "/team/UNOSUCH", 404, "nobody like that"},
	} {
		if status, page, _ := c.who.get(c.path); status != c.status || !strings.Contains(page, c.want) {
			t.Errorf("%s answers %d, want %d with %q", c.path, status, c.status, c.want)
		}
	}
	var link string
	w.View(func(c *twin.Call) error {
		for m := range s.threads.Range(c.Tx, prefix(ana.channel("random")+"/")) {
			link = (&call{Call: c, s: s}).permalink(m)
		}
		return nil
	})
	if _, page, where := bo.get(link); !strings.Contains(where, "/thread/") || !strings.Contains(page, "Again?!") {
		t.Errorf("the permalink %s leads to %s", link, where)
	}
	for what, c := range map[string]struct {
		form url.Values
		said string
	}{
		"message": {url.Values{"channel": {ana.channel("launch-6")}, "text": {"hi"}}, "archived"},
		"create":  {url.Values{"name": {"general"}}, "There is a channel of that name already."},
		"delete":  {url.Values{"channel": {general}, "ts": {"1.000000"}}, "not there any more"},
	} {
		if _, page, _ := bo.do(what, c.form); !strings.Contains(page, c.said) {
			t.Errorf("%s is not refused with %q", what, c.said)
		}
	}
}

// TestSessions holds what a session is good for: this world, until it is reset or its person is gone, and its own forms.
func TestSessions(t *testing.T) {
	s, w := world(t)
	ana, bo := visitor(t, s, w, "ana"), visitor(t, s, w, "bo")
	if status, _, _ := bo.send("/client/"+bo.team+"/do/message", url.Values{"csrf": {ana.csrf}, "channel": {bo.channel("general")}, "text": {"forged"}}); status != http.StatusForbidden {
		t.Errorf("a form with another session's token is answered %d", status)
	}
	other, err := s.Fork(w.Snapshot(), "", false)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Drop(other.Name())
	u, _ := url.Parse(bo.url)
	req, _ := http.NewRequest(http.MethodGet, strings.Replace(bo.url, w.Name(), other.Name(), 1)+"/client", nil)
	for _, c := range bo.http.Jar.Cookies(u.JoinPath("/")) {
		req.AddCookie(c)
	}
	if res, err := http.DefaultClient.Do(req); err != nil || !strings.Contains(res.Request.URL.Path, "signin") {
		t.Errorf("a session of one world opens another: %v", err)
	}
	w.Update(func(c *twin.Call) error {
		u, _ := s.usersByName.Get(c.Tx, "bo")
		u.Deleted = true
		s.users.Put(c.Tx, u)
		return nil
	})
	if _, _, where := bo.get("/client"); !strings.HasPrefix(where, "/signin") {
		t.Errorf("somebody deactivated is at %s", where)
	}
	if _, _, where := ana.get("/client"); !strings.HasPrefix(where, "/client/") {
		t.Errorf("ana is at %s", where)
	}
	if err := w.Reset(); err != nil {
		t.Fatal(err)
	}
	if _, _, where := ana.get("/client"); !strings.HasPrefix(where, "/signin") {
		t.Errorf("after a reset ana is at %s", where)
	}
}

// TestLive tells a page of what its reader gets to know of, and of nothing else.
func TestLive(t *testing.T) {
	s, w := world(t)
	ana, bo := visitor(t, s, w, "ana"), visitor(t, s, w, "bo")
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	req, _ := http.NewRequestWithContext(ctx, http.MethodGet, bo.url+"/client/events", nil)
	res, err := bo.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	lines := bufio.NewScanner(res.Body)
	for lines.Scan() && lines.Text() != ": here" {
	}
	ana.do("message", url.Values{"channel": {ana.channel("leads")}, "text": {"between us"}})
	ana.do("message", url.Values{"channel": {ana.channel("engineering")}, "text": {"for all"}})
	for lines.Scan() {
		if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok && strings.Contains(data, `"message"`) {
			if strings.Contains(data, ana.channel("leads")) || !strings.Contains(data, ana.channel("engineering")) {
				t.Errorf("bo is told %s", data)
			}
			return
		}
	}
	t.Error("bo was told nothing")
}
