package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestVerify records one Slack twin and holds another, whose ids are all different, against the recording.
func TestVerify(t *testing.T) {
	dir := t.TempDir()
	record(t, filepath.Join(dir, "channel.har"))
	junit := filepath.Join(dir, "verify.xml")

	out, err := run(t, dir, "--service", "slack", "--min-alike", "1", "--min-whole", "1", "--exact", "--junit", junit)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if want := "slack: 13 of 13 scored steps alike (100.0%), 1 of 1 recordings whole (100.0%); 13 steps in all"; !strings.Contains(out, want) {
		t.Errorf("got %s\nwant %s", out, want)
	}
	var suite struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
	}
	if b, err := os.ReadFile(junit); err != nil || xml.Unmarshal(b, &suite) != nil || suite.Tests != 1 || suite.Failures != 0 {
		t.Errorf("JUnit says %+v, %v", suite, err)
	}

	t.Run("a fault shows", func(t *testing.T) {
		url := serve(t, 3)
		post(t, url+"/_twin/faults", "application/json", "", `{"operation":"pins.list","error":"fatal_error"}`)
		out, err := run(t, dir, "--service", "slack", "--url", url, "--min-alike", "0.95", "-v")
		if !errors.Is(err, errBelow) {
			t.Errorf("got %v, want an error that is below", err)
		}
		for _, want := range []string{"12 of 13 scored steps alike", "0 of 1 recordings whole", "pins.list", `recorded true, answered false`} {
			if !strings.Contains(out, want) {
				t.Errorf("the report does not say %q:\n%s", want, out)
			}
		}
		out, _ = run(t, dir, "--service", "slack", "--url", url, "--json", "--op", "pins.add")
		var r struct {
			Alike, Scored, Whole int
			Operations, Unlike   []any
		}
		if err := json.Unmarshal([]byte(out), &r); err != nil || r.Alike != 12 || r.Scored != 13 || r.Whole != 0 || len(r.Operations) != 1 || len(r.Unlike) != 0 {
			t.Errorf("JSON says %+v, %v", r, err)
		}
	})
	t.Run("a lost connection shows", func(t *testing.T) {
		url := serve(t, 3)
		post(t, url+"/_twin/faults", "application/json", "", `{"operation":"chat.update","drop":true}`)
		if out, _ := run(t, dir, "--service", "slack", "--url", url); !strings.Contains(out, "status: recorded 200, answered 0") {
			t.Errorf("got %s", out)
		}
	})
}

// TestVerifyRefuses pins what cannot be done.
func TestVerifyRefuses(t *testing.T) {
	dir := t.TempDir()
	bad := filepath.Join(dir, "bad.json")
	os.WriteFile(bad, []byte(`{"steps":[{"method":"GET"}]}`), 0o600)
	good := filepath.Join(dir, "good.json")
	os.WriteFile(good, []byte(`{"steps":[{"method":"POST","path":"/api/api.test","status":200,"response":{"ok":true}}]}`), 0o600)
	for want, args := range map[string][]string{
		`there is no service "github"`:     {good, "--service", "github"},
		`bad.json: step 0: its path is ""`: {bad, "--service", "slack"},
		"no such file":                     {filepath.Join(dir, "gone"), "--service", "slack"},
		"no recording to play":             {good, "--service", "slack", "--only", "x*"},
		"syntax error in pattern":          {good, "--service", "slack", "--only", "["},
		"no twin at http://127.0.0.1:1":    {good, "--service", "slack", "--url", "http://127.0.0.1:1"},
		"name it with --service":           {good},
		"is of slack, not of okta":         {good, "--service", "okta", "--url", serve(t, 1)},
	} {
		if out, err := run(t, args...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: got %v, want %q; %s", args, err, want, out)
		}
	}
}

func run(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	c := verifyCommand()
	c.SilenceErrors, c.SilenceUsage = true, true
	c.SetArgs(args)
	c.SetOut(&out)
	err := c.ExecuteContext(t.Context())
	return out.String(), err
}

func serve(t *testing.T, seed uint64) string {
	t.Helper()
	url, stop, err := start("slack", seed)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return url
}

func post(t *testing.T, url, contentType, token, body string) (*http.Request, *http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "POST", url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", contentType)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return req, res, string(b)
}

// record lets a client work with a Slack twin, and writes what it saw as an HTTP archive.
func record(t *testing.T, file string) {
	url := serve(t, 2)
	res, err := http.Get(url + "/_twin/credentials")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var cred struct{ Env map[string]string }
	if err := json.NewDecoder(res.Body).Decode(&cred); err != nil {
		t.Fatal(err)
	}
	type m = map[string]any
	var entries []m
	call := func(method, contentType, body string) m {
		t.Helper()
		token := cred.Env["SLACK_BOT_TOKEN"]
		if strings.Contains(body, "token=") {
			token = ""
		}
		req, res, answer := post(t, url+"/api/"+method, contentType, token, body)
		var got m
		if err := json.Unmarshal([]byte(answer), &got); err != nil {
			t.Fatal(err)
		}
		entries = append(entries, m{
			"request":  m{"method": "POST", "url": "https://slack.com/api/" + method, "headers": har(req.Header), "postData": m{"mimeType": contentType, "text": body}},
			"response": m{"status": res.StatusCode, "headers": har(res.Header), "content": m{"mimeType": res.Header.Get("Content-Type"), "text": answer}},
		})
		return got
	}
	const asJSON, asForm = "application/json; charset=utf-8", "application/x-www-form-urlencoded"
	call("auth.test", asForm, "token="+cred.Env["SLACK_BOT_TOKEN"])
	call("users.list", asForm, "limit=3")
	ch := call("conversations.create", asJSON, `{"name":"recorded"}`)["channel"].(m)["id"].(string)
	call("conversations.setTopic", asJSON, `{"channel":"`+ch+`","topic":"what happened"}`)
	ts := call("chat.postMessage", asJSON, `{"channel":"`+ch+`","text":"hello"}`)["ts"].(string)
	call("chat.update", asJSON, `{"channel":"`+ch+`","ts":"`+ts+`","text":"hello again"}`)
	call("reactions.add", asForm, "channel="+ch+"&timestamp="+ts+"&name=tada")
	call("pins.add", asJSON, `{"channel":"`+ch+`","timestamp":"`+ts+`"}`)
	call("pins.list", asForm, "channel="+ch)
	call("conversations.history", asForm, "channel="+ch+"&token="+cred.Env["SLACK_USER_TOKEN"])
	call("pins.add", asJSON, `{"channel":"`+ch+`","timestamp":"1.2"}`)
	call("conversations.archive", asJSON, `{"channel":"`+ch+`"}`)
	call("chat.postMessage", asJSON, `{"channel":"`+ch+`","text":"too late"}`)
	b, err := json.Marshal(m{"log": m{"version": "1.2", "entries": entries}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func har(h http.Header) []map[string]string {
	var l []map[string]string
	for k, vs := range h {
		for _, v := range vs {
			l = append(l, map[string]string{"name": k, "value": v})
		}
	}
	return l
}
