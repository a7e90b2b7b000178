package attractor

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// client speaks to a server of its own.
type client struct {
	t   *testing.T
	url string
	dir string
	s   *Server
}

func serve(t *testing.T, dir string, o Options) *client {
	t.Helper()
	if o.Work == "" {
		o.Work = t.TempDir()
	}
	s, err := NewServer(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(s)
	t.Cleanup(func() { s.Close(); web.Close() })
	return &client{t, web.URL, dir, s}
}

// call sends a body and reads the answer; what is JSON is decoded.
func (c *client) call(method, path, body string) (int, map[string]any, string) {
	c.t.Helper()
	req, _ := http.NewRequest(method, c.url+path, strings.NewReader(body))
	if strings.HasPrefix(body, "{") {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	var v map[string]any
	json.Unmarshal(b, &v)
	return res.StatusCode, v, string(b)
}

// follow reads a run's stream until the event kind given, or the end.
func (c *client) follow(id string, after int, until string) (ids []string, events []string) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), 20*time.Second)
	defer cancel()
	req, _ := http.NewRequestWithContext(ctx, "GET", c.url+"/pipelines/"+id+"/events", nil)
	if after > 0 {
		req.Header.Set("Last-Event-ID", fmt.Sprint(after))
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer res.Body.Close()
	if got := res.Header.Get("Content-Type"); got != "text/event-stream" {
		c.t.Errorf("content type %s", got)
	}
	for sc := bufio.NewScanner(res.Body); sc.Scan(); {
		if id, ok := strings.CutPrefix(sc.Text(), "id: "); ok {
			ids = append(ids, id)
		}
		if kind, ok := strings.CutPrefix(sc.Text(), "event: "); ok {
			events = append(events, kind)
			if kind == until {
				return ids, events
			}
		}
	}
	return ids, events
}

// TestServer drives one run through every route.
func TestServer(t *testing.T) {
	c := serve(t, t.TempDir(), Options{Backend: &scripted{}})
	src, err := os.ReadFile("testdata/human.dot")
	if err != nil {
		t.Fatal(err)
	}
	if code, _, _ := c.call("GET", "/status", ""); code != 404 {
		t.Errorf("a status without runs: %d", code)
	}
	body, _ := json.Marshal(map[string]any{"dot": string(src), "goal": "ship it", "context": map[string]any{"k": "v"}})
	code, got, _ := c.call("POST", "/pipelines", string(body))
	if code != 201 || got["id"] != "Review-1" || got["status"] != "running" {
		t.Fatalf("submit: %d %v", code, got)
	}
	c.follow("Review-1", 0, "interview_started")
	var questions map[string]any
	for { // the event comes just before the question is there to be answered
		if _, questions, _ = c.call("GET", "/pipelines/Review-1/questions", ""); len(questions["questions"].([]any)) > 0 {
			break
		}
	}
	q := questions["questions"].([]any)[0].(map[string]any)
	if q["text"] != "Review Changes" || q["type"] != "multiple_choice" || q["id"] != "review_gate-1" || len(q["options"].([]any)) != 2 {
		t.Errorf("question %v", q)
	}
	_, status, _ := c.call("GET", "/pipelines/Review-1", "")
	if status["status"] != "running" || status["current_node"] != "review_gate" || fmt.Sprint(status["completed_nodes"]) != "[start]" || status["goal"] != "ship it" || status["questions"] != 1.0 {
		t.Errorf("status %v", status)
	}
	for body, want := range map[string]int{`{"answer":"perhaps"}`: 422, `{"answer":""}`: 422, `{nonsense`: 400} {
		if code, got, _ := c.call("POST", "/pipelines/Review-1/questions/review_gate-1/answer", body); code != want {
			t.Errorf("%s: %d %v", body, code, got)
		}
	}
	if code, _, _ := c.call("POST", "/pipelines/Review-1/questions/other/answer", `{"answer":"A"}`); code != 404 {
		t.Errorf("an unknown question: %d", code)
	}
	if code, got, _ := c.call("POST", "/pipelines/Review-1/questions/review_gate-1/answer", `{"answer":"F"}`); code != 200 {
		t.Errorf("answer: %d %v", code, got)
	}
	for { // the short form answers the oldest question of the newest run
		code, _, _ := c.call("POST", "/answer", `{"value":"approve"}`)
		if code == 200 {
			break
		} else if code != 404 {
			t.Fatal(code)
		}
	}
	ids, events := c.follow("Review-1", 0, "end")
	if events[len(events)-1] != "end" || !slices.Contains(events, "pipeline_completed") {
		t.Errorf("events %v", events)
	}
	for i, id := range ids {
		if id != fmt.Sprint(i+1) {
			t.Fatalf("ids %v", ids)
		}
	}
	replayed, _ := c.follow("Review-1", 5, "end")
	if !slices.Equal(replayed, ids[5:]) {
		t.Errorf("replayed %v", replayed)
	}
	_, status, _ = c.call("GET", "/status", "")
	if status["status"] != "success" || fmt.Sprint(status["completed_nodes"]) != "[start review_gate fixes review_gate ship_it exit]" {
		t.Errorf("status %v", status)
	}
	if _, ctx, _ := c.call("GET", "/pipelines/Review-1/context", ""); ctx["k"] != "v" || ctx["human.gate.selected"] != "A" || ctx["graph.goal"] != "ship it" {
		t.Errorf("context %v", ctx)
	}
	if _, cp, _ := c.call("GET", "/pipelines/Review-1/checkpoint", ""); cp["current_node"] != "exit" || cp["status"] != "success" {
		t.Errorf("checkpoint %v", cp)
	}
	if _, _, svg := c.call("GET", "/pipelines/Review-1/graph", ""); !strings.HasPrefix(svg, "<svg") || !strings.Contains(svg, `data-node="review_gate"`) {
		t.Errorf("graph %s", svg)
	}
	_, _, dot := c.call("GET", "/pipelines/Review-1/graph?format=dot", "")
	if Print(mustParse(t, dot)) != Print(mustParse(t, string(src))) {
		t.Errorf("dot %s", dot)
	}
	for _, page := range []string{"/", "/runs/Review-1", "/ui/run.js", "/ui/run.css"} {
		if code, _, _ := c.call("GET", page, ""); code != 200 {
			t.Errorf("%s: %d", page, code)
		}
	}
	for _, missing := range []string{"/pipelines/none", "/pipelines/none/events", "/runs/none"} {
		if code, _, _ := c.call("GET", missing, ""); code != 404 {
			t.Errorf("%s: %d", missing, code)
		}
	}
	if _, list, _ := c.call("GET", "/pipelines", ""); len(list["pipelines"].([]any)) != 1 {
		t.Errorf("list %v", list)
	}
	if code, _, _ := c.call("POST", "/pipelines/Review-1/cancel", ""); code != 409 {
		t.Errorf("cancel after the end: %d", code)
	}
	if code, _, _ := c.call("POST", "/pipelines/Review-1/resume", ""); code != 409 {
		t.Errorf("resume after the end: %d", code)
	}
}

func TestServerRefuses(t *testing.T) {
	c := serve(t, t.TempDir(), Options{})
	for body, want := range map[string]string{
		"digraph {":                 "1:9: expected the graph's name",
		"digraph G { a [label=x] }": "the pipeline cannot run",
		`{"dot": 1}`:                "cannot unmarshal",
		`{}`:                        "expected digraph",
	} {
		code, got, _ := c.call("POST", "/run", body)
		if code != 422 && code != 400 || !strings.Contains(fmt.Sprint(got["error"]), want) {
			t.Errorf("%s: %d %v", body, code, got)
		}
	}
	if entries, _ := os.ReadDir(c.dir); len(entries) != 0 {
		t.Errorf("%v is left behind", entries)
	}
	req, _ := http.NewRequest("POST", c.url+"/run", strings.NewReader("digraph G {}"))
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	res, err := http.DefaultClient.Do(req)
	if err != nil || res.StatusCode != 403 {
		t.Errorf("another site's page may start runs: %v %v", res, err)
	}
	req, _ = http.NewRequest("GET", c.url+"/pipelines", nil)
	req.Host = "elsewhere.example:7020"
	if res, err = http.DefaultClient.Do(req); err != nil || res.StatusCode != 403 {
		t.Errorf("another site's name is served: %v %v", res, err)
	}
}

// TestServerCancelAndResume stops a run, serves it from its directory after a restart, and lets it go on.
func TestServerCancelAndResume(t *testing.T) {
	dir := t.TempDir()
	c := serve(t, dir, Options{})
	if code, got, _ := c.call("POST", "/run", `digraph Long { s [shape=Mdiamond] e [shape=Msquare] a [shape=parallelogram, tool_command="test -e go || sleep 600"] s -> a -> e }`); code != 201 {
		t.Fatal(code, got)
	}
	c.follow("Long-1", 7, "stage_started")
	if code, _, _ := c.call("POST", "/pipelines/Long-1/cancel", ""); code != 202 {
		t.Fatal(code)
	}
	if _, events := c.follow("Long-1", 0, "end"); !slices.Contains(events, "pipeline_stopped") {
		t.Errorf("events %v", events)
	}
	again := serve(t, dir, Options{Work: t.TempDir()})
	os.WriteFile(filepath.Join(again.s.options.Work, "go"), nil, 0o644)
	if _, status, _ := again.call("GET", "/status", ""); status["status"] != "stopped" || fmt.Sprint(status["completed_nodes"]) != "[s]" {
		t.Errorf("status %v", status)
	}
	if code, got, _ := again.call("POST", "/pipelines/Long-1/resume", ""); code != 202 {
		t.Fatal(code, got)
	}
	if _, events := again.follow("Long-1", 0, "end"); !slices.Contains(events, "pipeline_stopped") || !slices.Contains(events, "pipeline_completed") {
		t.Errorf("events %v", events)
	}
	if _, status, _ := again.call("GET", "/status", ""); status["status"] != "success" {
		t.Errorf("status %v", status)
	}
}

// TestHeartbeat keeps idle streams alive, and a reader that does not read holds nobody up.
func TestHeartbeat(t *testing.T) {
	c := serve(t, t.TempDir(), Options{Clock: &clock{}})
	c.call("POST", "/run", asking(""))
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	req, _ := http.NewRequestWithContext(ctx, "GET", c.url+"/pipelines/G-1/events", nil)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	sc := bufio.NewScanner(res.Body)
	for sc.Scan() && sc.Text() != ": still here" {
	}
	if sc.Text() != ": still here" {
		t.Error("no heartbeat")
	}
	// From here nobody reads the stream; the run ends all the same.
	for {
		if code, _, _ := c.call("POST", "/answer", `{"answer":"Y"}`); code == 200 {
			break
		}
	}
	if _, events := c.follow("G-1", 0, "end"); events[len(events)-1] != "end" {
		t.Errorf("events %v", events)
	}
}

// TestSVG draws the pipelines: every node and edge, inside the picture, no node over another.
func TestSVG(t *testing.T) {
	files, _ := filepath.Glob("testdata/*.dot")
	more, _ := filepath.Glob("../pipelines/*.dot")
	for _, file := range append(files, more...) {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		g := mustParse(t, string(src))
		svg := SVG(g)
		if n := strings.Count(svg, `class="node"`); n != len(g.Nodes) {
			t.Errorf("%s: %d of %d nodes", file, n, len(g.Nodes))
		}
		if n := strings.Count(svg, `class="edge"`); n != len(g.Edges) {
			t.Errorf("%s: %d of %d edges", file, n, len(g.Edges))
		}
		d := &drawing{g: g, boxes: map[string]*box{}}
		d.layer()
		d.route()
		d.arrange()
		for _, a := range d.boxes {
			for _, b := range d.boxes {
				if a != b && a.layer == b.layer && max(a.x-a.w/2, b.x-b.w/2) < min(a.x+a.w/2, b.x+b.w/2) {
					t.Errorf("%s: %s lies over %s", file, a.node.ID, b.node.ID)
				}
			}
		}
	}
}
