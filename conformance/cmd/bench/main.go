// Command bench measures twins over loopback beside a bare Echo handler that answers the same number of bytes, in
// the same run: throughput with one and with sixteen connections, time to the first answer, memory at rest, forks.
//
// Rounds of twin and bare handler alternate, and medians of the rounds are quoted, since machines are noisy.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"
)

func main() {
	rounds := flag.Int("rounds", 5, "rounds of each measurement; medians are quoted")
	length := flag.Duration("time", 700*time.Millisecond, "length of a round")
	service := flag.String("twin", "slack", "whose twin: slack, okta, jira, google")
	bare := flag.String("bare", "", "internal: serve the bare handler on this address")
	flag.Parse()
	if *bare != "" {
		log.Fatal(serveBare(*bare))
	}
	if err := run(*service, *rounds, *length); err != nil {
		log.Fatal(err)
	}
}

// serveBare answers GET and POST /{n} with n bytes of JSON, as little work as Echo can do; a body is read.
func serveBare(addr string) error {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	bodies := sync.Map{}
	h := func(c echo.Context) error {
		io.Copy(io.Discard, c.Request().Body)
		n, err := strconv.Atoi(c.Param("n"))
		if err != nil {
			return err
		}
		b, ok := bodies.Load(n)
		if !ok {
			b, _ = bodies.LoadOrStore(n, []byte(`{"ok":true,"pad":"`+strings.Repeat("x", max(0, n-20))+`"}`))
		}
		return c.JSONBlob(http.StatusOK, b.([]byte))
	}
	e.GET("/:n", h)
	e.POST("/:n", h)
	return e.Start(addr)
}

// rest is how long after the last request a twin has given back what it does not need.
const rest = 2500 * time.Millisecond

// A process is a server that was started for the bench.
type process struct {
	cmd *exec.Cmd
	url string
}

func start(path string, args ...string) (*process, time.Duration, error) {
	addr, err := free()
	if err != nil {
		return nil, 0, err
	}
	for i := range args {
		args[i] = strings.ReplaceAll(args[i], "ADDR", addr)
	}
	p := &process{exec.Command(path, args...), "http://" + addr}
	p.cmd.Stderr = os.Stderr
	began := time.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, 0, err
	}
	for time.Since(began) < 10*time.Second {
		res, err := http.Get(p.url + "/_twin/health")
		if err == nil {
			res.Body.Close()
			return p, time.Since(began), nil
		}
		time.Sleep(time.Millisecond)
	}
	return nil, 0, errors.New(path + " does not answer")
}

func (p *process) stop() { p.cmd.Process.Kill(); p.cmd.Wait() }

// rss is the process's resident memory in MiB.
func (p *process) rss() float64 {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(b)) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == "VmRSS:" {
			kb, _ := strconv.ParseFloat(f[1], 64)
			return kb / 1024
		}
	}
	return 0
}

func free() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// A request is what a client sends over and over.
type request struct {
	name, method, url, auth, body, kind string // auth and kind: the headers Authorization and Content-Type
	bar                                 float64
}

var client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true}}

func (r request) send() ([]byte, error) {
	var body io.Reader
	if r.body != "" {
		body = strings.NewReader(r.body)
	}
	req, err := http.NewRequest(r.method, r.url, body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", r.auth)
	if r.body != "" {
		req.Header.Set("Content-Type", r.kind)
	}
	res, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err == nil && (res.StatusCode >= 300 || bytes.HasPrefix(b, []byte(`{"ok":false`))) {
		err = fmt.Errorf("%s: %.200s", res.Status, b)
	}
	return b, err
}

// rate is how many requests a second n connections get through.
func (r request) rate(n int, d time.Duration) (float64, error) {
	return rate(n, d, func() error {
		_, err := r.send()
		return err
	})
}

// rate is how often a second n hands at once do something, for as long as d.
func rate(n int, d time.Duration, do func() error) (float64, error) {
	var done atomic.Int64
	var failed atomic.Value
	var wg sync.WaitGroup
	began := time.Now()
	for range n {
		wg.Go(func() {
			for time.Since(began) < d && failed.Load() == nil {
				if err := do(); err != nil {
					failed.Store(err)
					return
				}
				done.Add(1)
			}
		})
	}
	wg.Wait()
	if err, ok := failed.Load().(error); ok {
		return 0, err
	}
	return float64(done.Load()) / time.Since(began).Seconds(), nil
}

func median(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)/2]
}

func build(dir, service string) (string, error) {
	bin := filepath.Join(dir, service+"-twin")
	c := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", bin, "twinset.dev/twins/"+service+"/cmd/"+service)
	c.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := c.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return bin, nil
}

func run(service string, rounds int, length time.Duration) error {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	bin, err := build(dir, service)
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	var starts []float64
	for range rounds {
		p, took, err := start(bin, "-addr", "ADDR", "-quiet")
		if err != nil {
			return err
		}
		starts = append(starts, float64(took.Microseconds())/1000)
		p.stop()
	}
	fmt.Printf("start to first answer   %.0f ms (median of %d, bar 50)\n", median(starts), rounds)

	tw, _, err := start(bin, "-addr", "ADDR", "-quiet")
	if err != nil {
		return err
	}
	defer tw.stop()
	time.Sleep(rest)
	fmt.Printf("memory at rest          %.1f MiB (bar 40)\n", tw.rss())
	if err := forks(tw); err != nil {
		return err
	}
	switch service {
	case "okta":
		return oktaBench(bin, rounds, length)
	case "jira":
		return jiraBench(tw, self, rounds, length)
	case "google":
		return googleBench(tw, self, rounds, length)
	}
	reqs, err := requests(tw)
	if err != nil {
		return err
	}
	if err := beside(self, reqs, rounds, length); err != nil {
		return err
	}
	time.Sleep(rest)
	fmt.Printf("\nmemory after the load   %.1f MiB\n", tw.rss())
	return nil
}

// beside measures requests beside a bare handler that answers the same number of bytes.
func beside(self string, reqs []request, rounds int, length time.Duration) error {
	b, _, err := start(self, "-bare", "ADDR")
	if err != nil {
		return err
	}
	defer b.stop()
	fmt.Printf("\n%-24s %5s %10s %10s %7s %5s\n", "", "conns", "twin/s", "bare/s", "ratio", "bar")
	for _, r := range reqs {
		body, err := r.send()
		if err != nil {
			return err
		}
		bareReq := r
		bareReq.url = b.url + "/" + strconv.Itoa(len(body))
		for _, n := range []int{1, 16} {
			var mine, theirs, ratio []float64
			for range rounds {
				m, err := r.rate(n, length)
				if err != nil {
					return fmt.Errorf("%s: %w", r.name, err)
				}
				t, err := bareReq.rate(n, length)
				if err != nil {
					return err
				}
				mine, theirs, ratio = append(mine, m), append(theirs, t), append(ratio, m/t)
			}
			verdict := ""
			if median(ratio) < r.bar {
				verdict = "  below"
			}
			fmt.Printf("%-24s %5d %10.0f %10.0f %7.2f %5.2f%s  (%d bytes)\n", r.name, n, median(mine), median(theirs), median(ratio), r.bar, verdict, len(body))
		}
	}
	return nil
}

// forks measures making and keeping worlds over the control plane. What a fork itself costs, without HTTP, is a benchmark of kit/store.
func forks(p *process) error {
	before := p.rss()
	began := time.Now()
	const n = 1000
	for i := range n {
		res, err := client.Post(p.url+"/_twin/worlds", "application/json", strings.NewReader(fmt.Sprintf(`{"name":"bench%d"}`, i)))
		if err != nil {
			return err
		}
		io.Copy(io.Discard, res.Body)
		res.Body.Close()
		if res.StatusCode != http.StatusCreated {
			return fmt.Errorf("fork: %s", res.Status)
		}
	}
	took := time.Since(began)
	time.Sleep(rest)
	grown := p.rss() - before
	for i := range n {
		req, _ := http.NewRequest(http.MethodDelete, p.url+fmt.Sprintf("/_twin/worlds/bench%d", i), nil)
		res, err := client.Do(req)
		if err != nil {
			return err
		}
		res.Body.Close()
	}
	fmt.Printf("1,000 idle forks        %.1f MiB of resident memory (bar 5); %.2f ms each over HTTP\n", grown, float64(took.Microseconds())/1000/n)
	return nil
}

// requests fills a channel with 100 messages and returns what is measured.
func requests(p *process) ([]request, error) {
	var creds struct{ Env map[string]string }
	res, err := client.Get(p.url + "/_twin/credentials")
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(&creds); err != nil {
		return nil, err
	}
	auth, api := "Bearer "+creds.Env["SLACK_BOT_TOKEN"], p.url+"/api/"
	post := request{name: "chat.postMessage", method: http.MethodPost, url: api + "chat.postMessage", auth: auth, kind: "application/x-www-form-urlencoded", bar: 0.45,
		body: "channel=%23engineering&text=Deploy+412+of+telemetry+is+done%2C+all+checks+are+green"}
	var id struct{ Channel string }
	for range 120 {
		b, err := post.send()
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(b, &id); err != nil {
			return nil, err
		}
	}
	history := request{name: "conversations.history 100", method: http.MethodGet, url: api + "conversations.history?limit=100&channel=" + id.Channel, auth: auth, bar: 0.5}
	users := request{name: "users.list", method: http.MethodGet, url: api + "users.list", auth: auth, bar: 0.5}
	return []request{history, users, post}, nil
}
