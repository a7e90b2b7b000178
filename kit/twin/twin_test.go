package twin_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"twinset.dev/kit/clock"
	"twinset.dev/kit/control"
	"twinset.dev/kit/outbox"
	"twinset.dev/kit/store"
	"twinset.dev/kit/twin"
)

// A bell is the smallest twin: notes that can be written and read, alarms that ring, and a hook that is told.
type bell struct {
	*twin.Base
	notes *store.Collection[note]
	rung  *store.Collection[note]
}

type note struct {
	ID, Text string
	At       time.Time
}

var errNo = errors.New("no")

func newBell(t testing.TB, o twin.Options) (*bell, *httptest.Server) {
	t.Helper()
	if o.Demo == nil {
		o.Demo = []byte("okta: {}\n")
	}
	h := twin.NewHost(o)
	b := &bell{notes: store.NewCollection(h.Schema, "bell.notes", func(n *note) string { return n.ID }),
		rung: store.NewCollection(h.Schema, "bell.rung", func(n *note) string { return n.ID })}
	b.Base = h.Mount(twin.Config{
		Service: "bell",
		Fire: func(c *twin.Call, t twin.Timer) error {
			b.rung.Put(c.Tx, note{ID: t.Key, At: c.Now})
			return nil
		},
		Refuse: func(_ *twin.Request, f twin.Fault) twin.Answer {
			return twin.Answer{Status: f.Status, Body: []byte(f.Error), Error: f.Error}
		},
		Deliver: func(ctx context.Context, w *twin.World, d outbox.Delivery) outbox.Attempt {
			return h.Sender.Post(ctx, d, nil, time.Second)
		},
		Retry: func(_ outbox.Delivery, n int) (time.Duration, bool) { return time.Minute, n < 3 },
		Credentials: func(c *twin.Call) (map[string]string, map[string]any) {
			return map[string]string{"BELL": c.World.Seal("bell-secret-")}, nil
		},
	})
	add := b.Operation(&twin.Operation{ID: "notes.add", Method: "POST", Path: "/notes"})
	get := b.Operation(&twin.Operation{ID: "notes.get", Method: "GET", Path: "/notes"})
	serve := func(op *twin.Operation, f func(c *twin.Call, ec echo.Context) (string, error)) echo.HandlerFunc {
		return func(ec echo.Context) error {
			return b.Serve(ec, op, ec.Request().Header.Get("Secret"), func(r *twin.Request) (twin.Answer, error) {
				var out string
				err := r.Update(func(c *twin.Call) (err error) { out, err = f(c, ec); return err })
				if errors.Is(err, errNo) {
					return twin.Answer{Status: 422, Body: []byte("no"), Error: "no"}, nil
				}
				return twin.Answer{Body: []byte(out)}, err
			})
		}
	}
	b.Echo.POST("/notes", serve(add, func(c *twin.Call, ec echo.Context) (string, error) {
		text, _ := io.ReadAll(ec.Request().Body)
		n := note{ID: c.Rand(6, "abcdef"), Text: string(text), At: c.Now}
		b.notes.Put(c.Tx, n)
		switch ec.QueryParam("how") {
		case "refuse":
			return "", errNo
		case "keep":
			return "", twin.Keep(errNo)
		case "panic":
			panic("boom")
		case "alarm":
			c.At(c.Now.Add(time.Hour), "bell", "alarm", n.ID)
		case "hook":
			c.Deliver(outbox.Delivery{Twin: "bell", Kind: "hook", URL: ec.QueryParam("url"), Body: n.ID})
		}
		return n.ID + " " + b.URL(c), nil
	}))
	b.Echo.GET("/notes", serve(get, func(c *twin.Call, ec echo.Context) (string, error) {
		var all []string
		for n := range b.notes.All(c.Tx, "") {
			all = append(all, n.Text)
		}
		slices.Sort(all)
		return strings.Join(all, ","), nil
	}))
	if err := h.Open(); err != nil {
		t.Fatal(err)
	}
	control.Mount(b.Base, b.Base)
	srv := httptest.NewServer(b.Echo)
	t.Cleanup(func() { srv.Close(); h.Close() })
	return b, srv
}

func call(t testing.TB, method, url, body string, header ...string) (int, string) {
	t.Helper()
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err.Error()
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		return res.StatusCode, err.Error()
	}
	return res.StatusCode, string(b)
}

func frozen(t testing.TB, b *bell, world string) *twin.World {
	t.Helper()
	w, ok := b.World(world)
	if !ok {
		t.Fatalf("no world %q", world)
	}
	if err := w.SetClock(clock.Clock{Frozen: true, At: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}); err != nil {
		t.Fatal(err)
	}
	return w
}

func TestRefusedRequestLeavesNothing(t *testing.T) {
	_, srv := newBell(t, twin.Options{})
	call(t, "POST", srv.URL+"/notes", "a")
	for how, want := range map[string]int{"refuse": 422, "keep": 422, "panic": 500} {
		if code, body := call(t, "POST", srv.URL+"/notes?how="+how, how); code != want {
			t.Errorf("%s answers %d %s, want %d", how, code, body, want)
		}
	}
	if _, got := call(t, "GET", srv.URL+"/notes", ""); got != "a,keep" {
		t.Errorf("notes are %q, want those not refused and the one kept on purpose", got)
	}
	_, journal := call(t, "GET", srv.URL+"/_twin/journal", "")
	if !strings.Contains(journal, "panic: boom") || !strings.Contains(journal, "twin_test.go") {
		t.Error("the journal has no stack of the panic")
	}
	if code, body := call(t, "POST", srv.URL+"/notes?how=panic", ""); strings.Contains(body, "boom") {
		t.Errorf("a caller sees the panic: %d %s", code, body)
	}
}

func TestWorldIsChosenByPathHeaderAndCredential(t *testing.T) {
	_, srv := newBell(t, twin.Options{})
	call(t, "POST", srv.URL+"/notes", "home")
	code, body := call(t, "POST", srv.URL+"/_twin/worlds", `{"name":"b"}`)
	var made struct {
		URL         string
		Credentials struct{ Env map[string]string }
	}
	if err := json.Unmarshal([]byte(body), &made); err != nil || code != 201 {
		t.Fatal(code, body, err)
	}
	if made.URL != srv.URL+"/w/b" {
		t.Errorf("the fork's url is %s", made.URL)
	}
	call(t, "POST", srv.URL+"/w/b/notes", "path")
	call(t, "POST", srv.URL+"/notes", "header", "Twin-World", "b")
	_, link := call(t, "POST", srv.URL+"/notes", "credential", "Secret", made.Credentials.Env["BELL"])
	if !strings.HasSuffix(link, " "+srv.URL+"/w/b") {
		t.Errorf("links into the fork begin with %q", link)
	}
	if _, got := call(t, "GET", srv.URL+"/w/b/w/b/notes", ""); got != "credential,header,home,path" {
		t.Errorf("with the prefix twice: %q", got)
	}
	if _, got := call(t, "GET", srv.URL+"/w/b/notes", ""); got != "credential,header,home,path" {
		t.Errorf("the fork has %q", got)
	}
	if _, got := call(t, "GET", srv.URL+"/notes", ""); got != "home" {
		t.Errorf("the default world has %q", got)
	}
	if code, _ := call(t, "GET", srv.URL+"/w/nowhere/notes", ""); code != 404 {
		t.Errorf("a world that is not there answers %d", code)
	}
}

func TestSecretsOfOneWorldNeverWorkInAnother(t *testing.T) {
	b, _ := newBell(t, twin.Options{})
	d, _ := b.World(twin.DefaultWorld)
	f, err := b.Fork(d.Snapshot(), "f", false)
	if err != nil {
		t.Fatal(err)
	}
	minted, chosen := d.Seal("bare"), d.Literal("my-own-token")
	if d.Unseal(minted) != "bare" || d.Unseal("my-own-token") != chosen {
		t.Error("a world does not know its own secrets")
	}
	if f.Unseal(minted) == "bare" || f.Unseal("my-own-token") == chosen {
		t.Error("a fork takes its parent's secrets")
	}
	if d.Reveal("bare") != minted || d.Reveal(chosen) != "my-own-token" {
		t.Error("Reveal is not the inverse of Unseal")
	}
}

func TestSameCallsSameBytes(t *testing.T) {
	var answers [2]string
	for i := range answers {
		b, srv := newBell(t, twin.Options{WorldSeed: 7, BaseURL: "http://x"})
		frozen(t, b, twin.DefaultWorld)
		for range 5 {
			_, a := call(t, "POST", srv.URL+"/notes", "n")
			answers[i] += a
		}
		call(t, "POST", srv.URL+"/_twin/reset", "")
	}
	if answers[0] != answers[1] {
		t.Errorf("the same calls answered %q and %q", answers[0], answers[1])
	}
}

func TestClockFiresWhatIsDue(t *testing.T) {
	b, srv := newBell(t, twin.Options{})
	w := frozen(t, b, twin.DefaultWorld)
	_, made := call(t, "POST", srv.URL+"/notes?how=alarm", "wake up")
	id, _, _ := strings.Cut(made, " ")
	rung := func() (n note, ok bool) {
		w.View(func(c *twin.Call) error { n, ok = b.rung.Get(c.Tx, id); return nil })
		return n, ok
	}
	call(t, "POST", srv.URL+"/_twin/clock/advance", `{"by":"59m"}`)
	if _, ok := rung(); ok {
		t.Fatal("it rang an hour early")
	}
	if code, body := call(t, "POST", srv.URL+"/_twin/clock/advance", `{"by":"7d"}`); code != 200 || !strings.Contains(body, "2026-01-08T00:59:00Z") {
		t.Fatal(code, body)
	}
	n, ok := rung()
	if !ok || !n.At.Equal(time.Date(2026, 1, 1, 1, 0, 0, 0, time.UTC)) {
		t.Errorf("it rang at %v, want at the time it was due", n.At)
	}
}

func TestSchedulerFiresInRunningWorlds(t *testing.T) {
	b, srv := newBell(t, twin.Options{})
	w, _ := b.World(twin.DefaultWorld)
	if err := w.Update(func(c *twin.Call) error { c.At(c.Now.Add(30*time.Millisecond), "bell", "alarm", "soon"); return nil }); err != nil {
		t.Fatal(err)
	}
	wait(t, "the alarm", func() (ok bool) {
		w.View(func(c *twin.Call) error { ok = b.rung.Has(c.Tx, "soon"); return nil })
		return ok
	})
	// Jumping ahead makes due what was far away.
	call(t, "POST", srv.URL+"/notes?how=alarm", "later")
	call(t, "PUT", srv.URL+"/_twin/clock", fmt.Sprintf(`{"mode":"real","now":%q}`, time.Now().Add(2*time.Hour).Format(time.RFC3339)))
	wait(t, "the later alarm", func() (ok bool) {
		w.View(func(c *twin.Call) error { ok = b.rung.Len(c.Tx) == 2; return nil })
		return ok
	})
}

func wait(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("%s did not happen", what)
}

func TestDeliveriesAreRetriedInWorldTime(t *testing.T) {
	b, srv := newBell(t, twin.Options{})
	w := frozen(t, b, twin.DefaultWorld)
	var hits atomic.Int32
	hook := httptest.NewServer(http.HandlerFunc(func(res http.ResponseWriter, r *http.Request) {
		if hits.Add(1) < 3 {
			res.WriteHeader(500)
		}
	}))
	defer hook.Close()
	call(t, "POST", srv.URL+"/notes?how=hook&url="+hook.URL, "x")
	wait(t, "the first attempt", func() bool { return len(w.Outbox()[0].Attempts) == 1 })
	call(t, "POST", srv.URL+"/_twin/clock/advance", `{"by":"10m"}`)
	d := w.Outbox()[0]
	if d.State != outbox.Delivered || len(d.Attempts) != 3 || d.Attempts[2].At.Sub(d.Created) != 2*time.Minute {
		t.Errorf("after ten minutes the delivery is %+v", d)
	}
	call(t, "POST", srv.URL+"/_twin/outbox/redeliver", `{"id":"`+d.ID+`"}`)
	wait(t, "the redelivery", func() bool { return hits.Load() == 4 })
	call(t, "POST", srv.URL+"/notes?how=hook&url=http://example.com/hook", "out")
	wait(t, "the refusal", func() bool { return len(w.Outbox()) == 2 && len(w.Outbox()[1].Attempts) == 1 })
	if e := w.Outbox()[1].Attempts[0].Error; !strings.Contains(e, "loopback") {
		t.Errorf("a delivery to the internet ended with %q", e)
	}
}

func TestFaults(t *testing.T) {
	_, srv := newBell(t, twin.Options{})
	add := func(f string) string {
		t.Helper()
		code, body := call(t, "POST", srv.URL+"/_twin/faults", f)
		if code != 201 {
			t.Fatal(code, body)
		}
		return body
	}
	add(`{"operation":"notes.add","status":503,"error":"busy","times":1}`)
	if code, body := call(t, "POST", srv.URL+"/notes", "lost"); code != 503 || body != "busy" {
		t.Error(code, body)
	}
	add(`{"method":"POST","path":"/notes","status":500,"error":"late","when":"after","times":1}`)
	if code, body := call(t, "POST", srv.URL+"/notes", "kept"); code != 500 || body != "late" {
		t.Error(code, body)
	}
	if _, got := call(t, "GET", srv.URL+"/notes", ""); got != "kept" {
		t.Errorf("notes are %q: a fault before the commit writes nothing, one after it keeps what was written", got)
	}
	add(`{"operation":"notes.add","drop":true,"times":1}`)
	if code, body := call(t, "POST", srv.URL+"/notes", "dropped"); code != 0 {
		t.Error("not dropped:", code, body)
	}
	add(`{"operation":"notes.get","truncate":2,"times":1}`)
	if code, body := call(t, "GET", srv.URL+"/notes", ""); code != 200 || !strings.Contains(body, "unexpected EOF") {
		t.Error("not truncated:", code, body)
	}
	add(`{"operation":"notes.*","latency":"40ms","times":1}`)
	began := time.Now()
	if call(t, "GET", srv.URL+"/notes", ""); time.Since(began) < 40*time.Millisecond {
		t.Error("no latency")
	}
	add(`{"operation":"notes.get","status":500,"error":"third","every":3}`)
	codes := ""
	for range 6 {
		code, _ := call(t, "GET", srv.URL+"/notes", "")
		codes += fmt.Sprint(code, " ")
	}
	if codes != "200 200 500 200 200 500 " {
		t.Error("every third:", codes)
	}
	for _, bad := range []string{`{}`, `{"when":"later","status":500}`, `{"latency":"soon"}`, `{"status":99}`, `{"operation":"[","status":500}`, `{"probability":2,"status":500}`, `{"nonsense":1}`, `nonsense`} {
		if code, body := call(t, "POST", srv.URL+"/_twin/faults", bad); code != 400 {
			t.Errorf("%s answers %d %s", bad, code, body)
		}
	}
	if code, _ := call(t, "DELETE", srv.URL+"/_twin/faults", ""); code != 204 {
		t.Error("faults cannot be ended:", code)
	}
	if _, body := call(t, "GET", srv.URL+"/_twin/faults", ""); body != `{"faults":[]}`+"\n" {
		t.Error(body)
	}
}

func TestRestoreDiffAndReset(t *testing.T) {
	b, srv := newBell(t, twin.Options{})
	call(t, "POST", srv.URL+"/notes", "one")
	call(t, "POST", srv.URL+"/_twin/snapshots", `{"name":"s"}`)
	call(t, "POST", srv.URL+"/notes", "two")
	w, _ := b.World(twin.DefaultWorld)
	version := w.Version()
	call(t, "POST", srv.URL+"/notes", "three")
	_, body := call(t, "GET", srv.URL+"/_twin/diff?since=s", "")
	var diff struct {
		Created, Updated, Deleted []struct{ Twin, Collection string }
	}
	if err := json.Unmarshal([]byte(body), &diff); err != nil || len(diff.Created) != 2 || diff.Created[0].Collection != "notes" || len(diff.Updated)+len(diff.Deleted) != 0 {
		t.Errorf("diff since the snapshot: %v %s", err, body)
	}
	call(t, "POST", srv.URL+"/_twin/restore", fmt.Sprintf(`{"version":%d}`, version))
	if _, got := call(t, "GET", srv.URL+"/notes", ""); got != "one,two" {
		t.Errorf("at version %d there is %q", version, got)
	}
	call(t, "POST", srv.URL+"/_twin/restore", `{"snapshot":"s"}`)
	if _, got := call(t, "GET", srv.URL+"/notes", ""); got != "one" {
		t.Errorf("at the snapshot there is %q", got)
	}
	if code, _ := call(t, "POST", srv.URL+"/_twin/snapshots", `{"name":"s"}`); code != 409 {
		t.Error("a name is taken twice:", code)
	}
	call(t, "POST", srv.URL+"/_twin/reset", "")
	if _, got := call(t, "GET", srv.URL+"/notes", ""); got != "" {
		t.Errorf("after the reset there is %q", got)
	}
}

func TestExportThenImportIsTheSameWorld(t *testing.T) {
	b, srv := newBell(t, twin.Options{})
	frozen(t, b, twin.DefaultWorld)
	call(t, "POST", srv.URL+"/notes?how=alarm", "one")
	call(t, "POST", srv.URL+"/notes", `two "quoted": - yaml`)
	for _, format := range []string{"json", "yaml"} {
		_, doc := call(t, "GET", srv.URL+"/_twin/seed?format="+format, "")
		call(t, "POST", srv.URL+"/_twin/worlds", `{"name":"`+format+`"}`)
		call(t, "POST", srv.URL+"/w/"+format+"/notes", "other")
		if code, body := call(t, "POST", srv.URL+"/_twin/worlds/"+format+"/seed", doc); code != 200 {
			t.Fatal(format, code, body)
		}
		_, again := call(t, "GET", srv.URL+"/_twin/worlds/"+format+"/seed?format="+format, "")
		if again != doc {
			t.Errorf("%s: export, import, export gives\n%s\nwant\n%s", format, again, doc)
		}
	}
	for _, bad := range []string{"[", "records: {bell.nothing: []}", "records: {bell.notes: [{Wrong: 1}]}", "nobody: {}"} {
		if code, body := call(t, "POST", srv.URL+"/_twin/seed", bad); code != 400 {
			t.Errorf("%q answers %d %s", bad, code, body)
		}
	}
	if _, got := call(t, "GET", srv.URL+"/notes", ""); !strings.HasPrefix(got, "one,") {
		t.Errorf("a refused seed changed the world: %q", got)
	}
}

func TestAdminTokenGuardsTheControlPlane(t *testing.T) {
	_, srv := newBell(t, twin.Options{Admin: "s3cret"})
	if code, _ := call(t, "POST", srv.URL+"/_twin/reset", ""); code != 401 {
		t.Error("no token answers", code)
	}
	if code, _ := call(t, "POST", srv.URL+"/_twin/reset", "", "Authorization", "Bearer s3cret"); code != 200 {
		t.Error("the token answers", code)
	}
	if code, _ := call(t, "GET", srv.URL+"/_twin/health", ""); code != 200 {
		t.Error("health answers", code)
	}
}

func TestJournalFollowsLive(t *testing.T) {
	_, srv := newBell(t, twin.Options{})
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	req, _ := http.NewRequestWithContext(ctx, "GET", srv.URL+"/_twin/journal", nil)
	req.Header.Set("Accept", "text/event-stream")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	call(t, "POST", srv.URL+"/notes", "x")
	buf := make([]byte, 4096)
	n, err := res.Body.Read(buf)
	if err != nil || !strings.Contains(string(buf[:n]), `"operation":"notes.add"`) {
		t.Errorf("the stream says %q, %v", buf[:n], err)
	}
}

func TestRaceOfWorldsAndRequests(t *testing.T) {
	b, srv := newBell(t, twin.Options{})
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			name := fmt.Sprintf("r%d", i)
			for range 5 {
				call(t, "POST", srv.URL+"/_twin/worlds", `{"name":"`+name+`"}`)
				call(t, "POST", srv.URL+"/w/"+name+"/notes?how=alarm", name)
				call(t, "POST", srv.URL+"/_twin/worlds/"+name+"/clock/advance", `{"by":"2h"}`)
				if _, got := call(t, "GET", srv.URL+"/w/"+name+"/notes", ""); got != name {
					t.Errorf("%s sees %q", name, got)
				}
				call(t, "POST", srv.URL+"/_twin/worlds/"+name+"/reset", "")
				call(t, "DELETE", srv.URL+"/_twin/worlds/"+name, "")
			}
		})
	}
	wg.Wait()
	if got := b.DB.Worlds(); len(got) != 1 {
		t.Errorf("worlds left: %v", got)
	}
}

// TestRaceOfUnnamedForks holds that two forks without a name never quarrel over one.
func TestRaceOfUnnamedForks(t *testing.T) {
	b, srv := newBell(t, twin.Options{})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				if status, got := call(t, "POST", srv.URL+"/_twin/worlds", `{}`); status != http.StatusCreated {
					t.Errorf("%d %s", status, got)
				}
			}
		})
	}
	wg.Wait()
	if got := len(b.DB.Worlds()); got != 161 {
		t.Errorf("%d worlds, want 161", got)
	}
}

func TestDurableWorldsComeBack(t *testing.T) {
	dir := t.TempDir()
	o := twin.Options{Data: dir, WorldSeed: 3}
	func() {
		b, srv := newBell(t, o)
		call(t, "POST", srv.URL+"/notes?how=alarm", "kept")
		call(t, "POST", srv.URL+"/_twin/worlds", `{"name":"f"}`)
		call(t, "POST", srv.URL+"/w/f/notes", "forked")
		call(t, "POST", srv.URL+"/_twin/worlds", `{"name":"gone","durable":false}`)
		srv.Close()
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
	}()
	b, srv := newBell(t, o)
	if _, got := call(t, "GET", srv.URL+"/notes", ""); got != "kept" {
		t.Errorf("after a restart there is %q", got)
	}
	if _, got := call(t, "GET", srv.URL+"/w/f/notes", ""); got != "forked,kept" {
		t.Errorf("after a restart the fork has %q", got)
	}
	if got := b.DB.Worlds(); !slices.Equal(got, []string{"default", "f"}) {
		t.Errorf("worlds after a restart: %v", got)
	}
	call(t, "POST", srv.URL+"/_twin/reset", "")
	if _, got := call(t, "GET", srv.URL+"/notes", ""); got != "" {
		t.Errorf("a reset after a restart leaves %q", got)
	}
}
