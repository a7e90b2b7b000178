package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strings"

	"twinset.dev/harness/trial"
)

// story is the scenario of the trials: somebody moves from one team to another, in four products.
const story = `---
id: bench
title: Fatima joins the on-call rota
owner: chidi@acme.example
pool: open
twins: [okta, jira, slack, google]
canary: 00000000-0000-4000-8000-000000000000
---
# Story
It is Friday. Chidi is worried that nobody is on call tonight.

## Setting
Fatima is willing.

## What Chidi does
1. Asks "Fatima joins the on-call rota."

## He is satisfied if
- [must] Fatima is in the rota.

## He would be furious if
- [never] Somebody else is not in it any more.

## Facts only the judge knows
None.

## Checks
` + "```yaml" + `
final_state:
  - okta.user("fatima").status == "ACTIVE"
  - okta.group("Product").members == ["dara", "emre", "fatima"]
  - any(slack.in("incidents"), .text contains "rota")
  - jira.issue("OPS-4").comments[0].text contains "rota"
  - any(google.files, .name == "Rota")
unchanged:
  except: ["updated okta.users[fatima]", "created slack.messages[*]", "created jira.comments[OPS-4/*]", "created jira.watches[OPS-4/ana]", "updated slack.users[fatima]", "updated jira.issues[OPS-4]", "created gdrive.*[*]", "*.*[Rota*]"]
order:
  - {before: "created slack.messages[incidents/*]", after: reply contains done}
limits: {requests_per_twin: 10}
` + "```\n"

var client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256, DisableCompression: true}}

// work makes twenty requests, five to each twin: three that read, two that write.
func work(ctx context.Context, s trial.Session, _ string, say func(string)) error {
	slack := strings.TrimSuffix(s.Env["SLACK_API_URL"], "/api/")
	for _, to := range [...]struct {
		base, auth string
		requests   [5][3]string
	}{
		{s.Env["OKTA_CLIENT_ORGURL"], "SSWS " + s.Env["OKTA_CLIENT_TOKEN"], [5][3]string{
			{"GET", "/api/v1/users/fatima@acme.example"},
			{"GET", "/api/v1/users/fatima@acme.example/groups"},
			{"GET", "/api/v1/groups?limit=3"},
			{"POST", "/api/v1/users/fatima@acme.example", `{"profile":{"title":"Designer on call"}}`},
			{"POST", "/api/v1/users/fatima@acme.example", `{"profile":{"nickName":"Fati"}}`},
		}},
		{slack, "Bearer " + s.Env["SLACK_BOT_TOKEN"], [5][3]string{
			{"GET", "/api/auth.test"},
			{"GET", "/api/conversations.list?limit=20"},
			{"GET", "/api/users.lookupByEmail?email=fatima@acme.example"},
			{"POST", "/api/chat.postMessage", `{"channel":"#incidents","text":"Fatima joins the rota."}`},
			{"POST", "/api/chat.postMessage", `{"channel":"#general","text":"Fatima is on call tonight."}`},
		}},
		{s.Env["JIRA_URL"], "Basic " + base64.StdEncoding.EncodeToString([]byte(s.Env["JIRA_USER"]+":"+s.Env["JIRA_TOKEN"])), [5][3]string{
			{"GET", "/rest/api/3/issue/OPS-4?fields=summary,status"},
			{"GET", "/rest/api/3/myself"},
			{"GET", "/rest/api/3/issue/OPS-4/transitions"},
			{"POST", "/rest/api/2/issue/OPS-4/comment", `{"body":"Fatima joins the rota."}`},
			{"PUT", "/rest/api/3/issue/OPS-4", `{"fields":{"labels":["oncall"]}}`},
		}},
		{s.Env["DRIVE_URL"], "Bearer " + s.Env["GOOGLE_TOKEN"], [5][3]string{
			{"GET", "/drive/v3/about?fields=user"},
			{"GET", "/drive/v3/files?pageSize=5&fields=files(id,name)"},
			{"GET", "/drive/v3/drives?pageSize=5"},
			{"POST", "/drive/v3/files?fields=id", `{"name":"Rota","mimeType":"application/vnd.google-apps.folder"}`},
			{"POST", "/drive/v3/files?fields=id", `{"name":"Rota archive","mimeType":"application/vnd.google-apps.folder"}`},
		}},
	} {
		for _, r := range to.requests {
			if err := ask(ctx, r[0], to.base+r[1], to.auth, r[2]); err != nil {
				return err
			}
		}
	}
	say("Done.")
	return nil
}

func ask(ctx context.Context, method, url, auth, body string) error {
	var r io.Reader
	if body != "" {
		r = strings.NewReader(body)
	}
	req, err := http.NewRequestWithContext(ctx, method, url, r)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", auth)
	if body != "" {
		req.Header.Set("Content-Type", "application/json; charset=utf-8")
	}
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err == nil && (res.StatusCode >= 400 || strings.HasPrefix(string(b), `{"ok":false`)) {
		err = fmt.Errorf("%s %s: %d %.200s", method, url, res.StatusCode, b)
	}
	return err
}
