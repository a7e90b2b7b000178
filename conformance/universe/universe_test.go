// Package universe tests all twins side by side, as somebody who types `twinset up` finds them.
package universe

import (
	"encoding/json"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"twinset.dev/conformance/internal/lab"
)

// up starts every twin as a process of its own, and returns where the suite is.
func up(t *testing.T) (url string) {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "twinset")
	if out, err := exec.Command("go", "build", "-o", bin, "twinset.dev/harness/cmd/twinset").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	cmd := exec.Command(bin, "up", "--port", "0")
	page, err := lab.Serve(cmd)
	lab.Must(t, err)
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	return strings.TrimSuffix(page, "/_twin/ui")
}

// TestDashboard drives the suite's pages as a person does, at a desk and on a phone.
func TestDashboard(t *testing.T) {
	url := up(t)
	browser := lab.Browser(t)
	var creds struct{ Env map[string]string }
	lab.Control(t, http.MethodGet, url+"/_twin/credentials", nil, &creds)
	for _, screen := range lab.Screens {
		t.Run(screen.Name, func(t *testing.T) {
			w := lab.Open(t, browser, screen.Name, screen.Width, screen.Height)
			world := "look-" + screen.Name
			w.Goes(url + "/_twin/ui")
			for _, title := range []string{"Okta", "Jira", "Slack", "Google Drive", "Google Sheets", "Google Docs"} {
				w.Sees("main", title)
			}
			w.Types("[name=name]", world+"\r")
			w.Sees("#worlds", world)
			w.Shoot("overview")

			at := url + "/w/" + world + "/_twin/ui"
			w.Goes(at + "/snapshots")
			w.Types("[name=name]", "before\r")
			w.Sees("#snaps", "before")

			w.Goes(at + "/journal")
			w.Listens()
			req, err := http.NewRequest(http.MethodPost, creds.Env["SLACK_API_URL"]+"chat.postMessage?channel=general&text=lift+off", nil)
			lab.Must(t, err)
			req.Header.Set("Authorization", "Bearer "+slackToken(t, url, world))
			res, err := http.DefaultClient.Do(req)
			lab.Must(t, err)
			res.Body.Close()
			w.Sees("#log", "chat.postMessage")
			w.Shoot("journal")

			w.Goes(at + "/diff?since=before")
			w.Sees("#changes", "messages")
			w.Shoot("changes")
			w.Goes(at + "/diff?until=before")
			w.Sees("#changes", "Nothing has changed.")

			w.Goes(at + "/faults")
			w.Chooses("[name=twin]", "Slack")
			w.Types("[name=error]", "ratelimited")
			w.Presses("button", "Add fault")
			w.Sees("#faults", "slack everything answers ratelimited")
			w.Shoot("faults")

			w.Goes(at + "/operations?find=postMessage")
			w.Sees("main", "chat.postMessage")
			w.Shoot("operations")

			w.Goes(at + "/seed")
			w.Sees("main", "slack.messages")
			w.Shoot("seed")
			w.Run(`document.querySelector("[name=seed]").value = "slack: {messages: [{channel: random, user: bo, text: seeded by hand}]}"`)
			w.Presses("button", "Add to it")
			w.Sees("body", "The seed is loaded.")
			w.Goes(at + "/diff?since=before")
			w.Until(`document.querySelector("#changes").textContent.includes("seeded by hand")`)
			w.Quiet()
		})
	}
}

// slackToken is the bot's in a world.
func slackToken(t *testing.T, url, world string) string {
	t.Helper()
	var creds struct{ Env map[string]string }
	lab.Control(t, http.MethodGet, url+"/_twin/worlds/"+world+"/credentials", nil, &creds)
	return creds.Env["SLACK_BOT_TOKEN"]
}

// TestSuite sees one company in every product, and one clock, one seed and one journal over them all.
func TestSuite(t *testing.T) {
	url := up(t)
	var made struct {
		URLs        map[string]string `json:"urls"`
		Credentials struct{ Env map[string]string }
	}
	lab.Control(t, http.MethodPost, url+"/_twin/worlds", map[string]string{"name": "w"}, &made)
	env := made.Credentials.Env
	lab.Control(t, http.MethodPut, url+"/_twin/worlds/w/clock", map[string]any{"mode": "frozen", "now": "2026-03-02T09:30:00Z"}, nil)

	ask := func(path, authorization string) map[string]any {
		t.Helper()
		req, err := http.NewRequest(http.MethodGet, path, nil)
		lab.Must(t, err)
		req.Header.Set("Authorization", authorization)
		res, err := http.DefaultClient.Do(req)
		lab.Must(t, err)
		defer res.Body.Close()
		var out map[string]any
		lab.Must(t, json.NewDecoder(res.Body).Decode(&out))
		lab.Want(t, path, res.StatusCode, 200)
		return out
	}
	okta := ask(env["OKTA_CLIENT_ORGURL"]+"/api/v1/users/ana@acme.example", "SSWS "+env["OKTA_CLIENT_TOKEN"])
	lab.Want(t, "Okta's Ana", okta["profile"].(map[string]any)["firstName"], any("Ana"))
	slack := ask(env["SLACK_API_URL"]+"users.lookupByEmail?email=ana@acme.example", "Bearer "+env["SLACK_BOT_TOKEN"])
	lab.Want(t, "Slack's Ana", slack["user"].(map[string]any)["real_name"], any("Ana Silva"))
	drive := ask(env["DRIVE_URL"]+"/drive/v3/about?fields=user", "Bearer "+env["GOOGLE_TOKEN"])
	lab.Want(t, "Drive's Ana", drive["user"].(map[string]any)["emailAddress"], any("ana@acme.example"))
	for _, service := range []string{"okta", "jira", "slack", "google", "gdrive"} {
		if !strings.HasSuffix(made.URLs[service], "/w/w") || strings.HasPrefix(made.URLs[service], url+"/") {
			t.Errorf("%s is at %q, which is no port of its own", service, made.URLs[service])
		}
	}
	var diff struct{ Created, Updated, Deleted []any }
	lab.Control(t, http.MethodGet, url+"/_twin/worlds/w/diff", nil, &diff)
	lab.Want(t, "what reading changed", len(diff.Created)+len(diff.Deleted), 0)
}
