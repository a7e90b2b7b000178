package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestMain lets the tests' own program be twinset, for what only a process of its own can show.
func TestMain(m *testing.M) {
	if os.Getenv("TWINSET_AS_PROGRAM") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// twinset runs the program as a user does, and returns what it printed and how it exited.
func twinset(t testing.TB, env []string, stdin string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, self, args...)
	c.Env = append(append(os.Environ(), "TWINSET_AS_PROGRAM=1"), env...)
	c.Stdin = strings.NewReader(stdin)
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	if err := c.Run(); err != nil && c.ProcessState == nil {
		t.Fatal(err)
	}
	return out.String(), errs.String(), c.ProcessState.ExitCode()
}

// TestCommands is a session with twins in the background, from up to down.
func TestCommands(t *testing.T) {
	dir := t.TempDir()
	env := []string{"XDG_RUNTIME_DIR=" + dir, "TWINSET_URL=", "TWINSET_WORLD=", "TWINSET_ADMIN_TOKEN="}
	run := func(args ...string) (string, string, int) { t.Helper(); return twinset(t, env, "", args...) }
	says := func(want string, args ...string) string {
		t.Helper()
		out, errs, code := run(args...)
		if code != 0 || !regexp.MustCompile(want).MatchString(out) {
			t.Fatalf("twinset %s: exit %d\n%s%s\nwant %s", strings.Join(args, " "), code, out, errs, want)
		}
		return out
	}
	refuses := func(code int, want string, args ...string) {
		t.Helper()
		out, errs, got := run(args...)
		if got != code || !strings.Contains(errs, want) {
			t.Fatalf("twinset %s: exit %d\n%s%s\nwant exit %d and %s", strings.Join(args, " "), got, out, errs, code, want)
		}
	}

	refuses(1, "no twins were started", "down")
	refuses(2, `there is no twin "teams"`, "up", "teams")
	refuses(2, `"slack" is named twice`, "up", "slack", "slack")
	refuses(2, "invalid", "up", "--port", "70000")
	refuses(2, "it ended at once", "up", "--detach", "--seed", filepath.Join(dir, "absent.yaml"))

	greeting := says(`dashboard on http://127\.0\.0\.1:\d+/_twin/ui`, "up", "slack", "okta", "--detach", "--port", "0")
	url := regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(greeting)
	env[1] = "TWINSET_URL=" + url
	defer twinset(t, env, "", "down", "--url", url)

	says(`twinset is ok.*\n(?s:.*)slack +\d+ +\d+`, "status")
	var status struct {
		Twins []struct{ Service, URL string }
	}
	if err := json.Unmarshal([]byte(says("", "status", "--json")), &status); err != nil || len(status.Twins) != 2 || status.Twins[0].URL == status.Twins[1].URL {
		t.Fatalf("status: %+v %v", status, err)
	}
	says(`(?m)^export SLACK_BOT_TOKEN=xoxb-`, "env")
	says(`(?m)^OKTA_CLIENT_ORGURL=http://127`, "env", "--format", "dotenv")
	says(`(?m)^  OKTA_CLIENT_ORGURL: "http://host\.docker\.internal:\d+"$`, "env", "--format", "compose", "--host", "host.docker.internal")
	refuses(2, `no format "ini"`, "env", "--format", "ini")

	var creds struct{ SLACK_API_URL, SLACK_BOT_TOKEN string }
	if err := json.Unmarshal([]byte(says("", "env", "--json")), &creds); err != nil {
		t.Fatal(err)
	}
	post := func() string {
		t.Helper()
		req, _ := http.NewRequest("POST", creds.SLACK_API_URL+"chat.postMessage?channel=general&text=hello", nil)
		req.Header.Set("Authorization", "Bearer "+creds.SLACK_BOT_TOKEN)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		var said struct{ Error string }
		json.NewDecoder(res.Body).Decode(&said)
		return said.Error
	}

	says("", "snapshot", "before")
	refuses(2, `there is a snapshot "before" already`, "snapshot", "before")
	says(`before +\d+`, "snapshot", "ls")
	says(`^$`, "world", "diff", "--exit-code")
	if e := post(); e != "" {
		t.Fatal(e)
	}
	says(`(?m)^\+ slack messages .*hello`, "world", "diff", "--since", "before")
	refuses(1, "", "world", "diff", "--exit-code")
	says(`chat\.postMessage +POST`, "journal", "--twin", "slack")
	says(`^$`, "journal", "--failed")

	says(`export SLACK_BOT_TOKEN=`, "world", "fork", "trial")
	refuses(2, `there is a world "trial" already`, "world", "fork", "trial")
	says(`(?m)^trial +\d+`, "world", "ls")
	says("", "restore", "before")
	says(`^$`, "world", "diff")
	refuses(2, "name a snapshot or a version", "restore")
	says(`hello`, "seed", "--world", "trial")
	refuses(2, `there is no world "moon"`, "clock", "--world", "moon")

	says(`^2026-03-02T09:30:00Z +`, "clock", "set", "2026-03-02T09:30:00Z")
	says(`frozen`, "clock", "freeze")
	before := says(`frozen`, "clock")
	if after := says(`frozen`, "clock", "advance", "24h"); after == before || !strings.HasPrefix(after, "2026-03-03") {
		t.Fatalf("the clock went from %s to %s", before, after)
	}
	refuses(2, "it is a duration", "clock", "advance", "soon")
	refuses(2, "is no time", "clock", "set", "noon")
	says("real", "clock", "run")

	id := strings.TrimSpace(says(`\S`, "fault", "add", "--twin", "slack", "--error", "ratelimited", "--times", "1"))
	if e := post(); e != "ratelimited" {
		t.Fatalf("a fault is set and Slack says %q", e)
	}
	says(regexp.QuoteMeta(id)+` +slack 1 times +ratelimited +1 of 1`, "fault", "ls")
	says(`ratelimited, fault `+regexp.QuoteMeta(id), "journal", "--failed")
	says("", "fault", "rm", id)
	refuses(2, "there is no fault", "fault", "rm", id)
	refuses(2, "needs one of", "fault", "add", "--twin", "slack")
	says(`(?m)^slash$`, "act")
	refuses(2, `there is no action "dance"`, "act", "dance")
	refuses(2, "JSON", "act", "slash", "/rocket")
	says(`DELIVERY`, "outbox")
	if out, errs, code := twinset(t, env, "company: {name: Beta, domain: beta, email_domain: beta.example, people: [{handle: zoe, name: Zoe Adler}]}", "seed", "-"); code != 0 {
		t.Fatal(out, errs)
	}
	says(`Zoe Adler`, "seed")
	refuses(2, "not YAML or JSON", "seed", os.Args[0])
	says("", "reset")
	says("", "world", "drop", "trial")
	refuses(2, `there is no world "trial"`, "world", "drop", "trial")
	says(`(?m)^default$`, "__complete", "env", "--world", "")

	says(regexp.QuoteMeta("stopped "+url), "down")
	refuses(1, "nothing answers", "status")
}

// TestFollow sees a request in a journal that is being followed.
func TestFollow(t *testing.T) {
	env := []string{"XDG_RUNTIME_DIR=" + t.TempDir()}
	out, errs, code := twinset(t, env, "", "up", "slack", "-dq", "--port", "0")
	if code != 0 {
		t.Fatal(out, errs)
	}
	defer twinset(t, env, "", "down")
	files, _ := filepath.Glob(strings.TrimPrefix(env[0], "XDG_RUNTIME_DIR=") + "/twinset/*.json")
	var p process
	b, err := os.ReadFile(files[0])
	if err != nil || json.Unmarshal(b, &p) != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	self, _ := os.Executable()
	c := exec.CommandContext(ctx, self, "journal", "-f", "--url", p.URL)
	c.Env = append(os.Environ(), "TWINSET_AS_PROGRAM=1")
	pipe, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	defer c.Wait()
	defer cancel()
	port := p.URL[strings.LastIndex(p.URL, ":"):]
	req, _ := http.NewRequest("GET", p.URL+"/api/api.test", nil)
	req.Host = "slack.localhost" + port // the suite's port is every twin's, by name
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	line, err := bufio.NewReader(pipe).ReadString('\n')
	if err != nil || !strings.Contains(line, "api.test") {
		t.Fatalf("%q %v", line, err)
	}
}
