package control

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"twinset.dev/kit/twin"
)

// console is a twin that does nothing, and a browser at its console.
func console(t *testing.T, admin string) (*twin.Host, func(path string, form url.Values) (int, string)) {
	h := twin.NewHost(twin.Options{Demo: []byte("company: {}"), Admin: admin})
	b := h.Mount(twin.Config{Service: "demo", Title: "Demo"})
	b.Operation(&twin.Operation{ID: "thing.get", Method: "GET", Path: "/thing", Level: twin.Full})
	if err := h.Open(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	Mount(b, b)
	srv := httptest.NewServer(b.Echo)
	t.Cleanup(srv.Close)
	jar, _ := cookiejar.New(nil)
	client := &http.Client{Jar: jar}
	return h, func(path string, form url.Values) (int, string) {
		t.Helper()
		req, _ := http.NewRequest(http.MethodGet, srv.URL+path, nil)
		if form != nil {
			req, _ = http.NewRequest(http.MethodPost, srv.URL+path, strings.NewReader(form.Encode()))
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		res, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		page, _ := io.ReadAll(res.Body)
		return res.StatusCode, string(page)
	}
}

func TestConsole(t *testing.T) {
	h, send := console(t, "")
	for _, path := range []string{"", "/journal", "/faults", "/outbox", "/snapshots", "/diff", "/operations", "/assets/ui.css", "/assets/live.js", "/console/console.css"} {
		if status, _ := send("/_twin/ui"+path, nil); status != http.StatusOK {
			t.Errorf("/_twin/ui%s answers %d", path, status)
		}
	}
	w, _ := h.World(twin.DefaultWorld)
	start := w.Clock().Now()
	for _, c := range []struct {
		what string
		form url.Values
		said string
	}{
		{"fork", url.Values{"name": {"two"}}, "World two is there."},
		{"fork", url.Values{"name": {"two"}}, "There is a world &#34;two&#34; already"},
		{"fork", url.Values{"name": {"a b"}}, "is not"},
		{"drop", url.Values{"world": {"two"}}, "World two is gone."},
		{"drop", url.Values{"world": {"default"}}, "The default world stays"},
		{"clock", url.Values{"mode": {"frozen"}}, "The clock stands still."},
		{"advance", url.Values{"by": {"", "24h"}}, "Advanced by 24h."},
		{"advance", url.Values{"by": {"soon"}}, "is no duration"},
		{"snapshot", url.Values{"name": {"here"}}, "Snapshot here is taken."},
		{"clock", url.Values{"mode": {"real"}}, "The clock runs"},
		{"restore", url.Values{"snapshot": {"here"}}, "The world is as it was at here."},
		{"restore", url.Values{"snapshot": {"there"}}, "There is no snapshot"},
		{"fault", url.Values{"operation": {"thing.*"}, "status": {"500"}}, "is in force."},
		{"fault", url.Values{"status": {"x"}}, "a number is needed"},
		{"fault", url.Values{}, "A fault needs one of"},
		{"redeliver", url.Values{"id": {"D1"}}, "not there any more"},
	} {
		if _, page := send("/_twin/ui/do/"+c.what, c.form); !strings.Contains(page, c.said) {
			t.Errorf("%s %v does not say %q", c.what, c.form, c.said)
		}
	}
	if c := w.Clock(); !c.Frozen || c.Now().Sub(start).Hours() < 24 {
		t.Errorf("the clock is %s at %s", c.Mode(), c.Now())
	}
	if fs := w.Faults(); len(fs) != 1 || fs[0].Status != 500 {
		t.Errorf("the faults are %+v", fs)
	}
	if _, page := send("/_twin/ui/do/reset", url.Values{}); !strings.Contains(page, "as it was seeded") || len(w.Faults()) != 0 {
		t.Error("reset did not reset")
	}
}

func TestConsoleAsksForAdmin(t *testing.T) {
	h, send := console(t, "s3cret")
	if status, page := send("/_twin/ui", nil); status != http.StatusUnauthorized || !strings.Contains(page, "Admin token") {
		t.Errorf("without the token the console answers %d", status)
	}
	send("/_twin/ui/do/fork", url.Values{"name": {"two"}})
	send("/_twin/ui/enter", url.Values{"token": {"wrong"}})
	if status, _ := send("/_twin/ui/journal", nil); status != http.StatusUnauthorized {
		t.Errorf("with a wrong token the console answers %d", status)
	}
	if _, there := h.World("two"); there {
		t.Error("somebody without the token has forked")
	}
	if status, page := send("/_twin/ui/enter", url.Values{"token": {"s3cret"}}); status != http.StatusOK || strings.Contains(page, "Admin token") {
		t.Errorf("with the token the console answers %d", status)
	}
}

func TestConsoleRefusesOtherSites(t *testing.T) {
	h, _ := console(t, "")
	b, _ := h.Twin("demo")
	req := httptest.NewRequest(http.MethodPost, "/_twin/ui/do/fork", strings.NewReader("name=two"))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	res := httptest.NewRecorder()
	b.Echo.ServeHTTP(res, req)
	if _, there := h.World("two"); there || res.Code != http.StatusForbidden {
		t.Errorf("a form of another site is answered %d", res.Code)
	}
}
