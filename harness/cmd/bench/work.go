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
  except: ["updated okta.users[fatima]", "created slack.messages[*]", "created jira.comments[OPS-4/*]", "updated jira.issues[OPS-4]", "created gdrive.*[*]", "*.*[Rota*]"]
order:
  - {before: "created slack.messages[incidents/*]", after: reply contains done}
limits: {requests_per_twin: 10}
` + "```\n"

var client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256, DisableCompression: true}}

// work makes twenty requests, five to each twin: three that read, two that write.
func work(ctx context.Context, s trial.Session, _ string, say func(string)) error {
	okta, slack, jira, google := s.Env["OKTA_CLIENT_ORGURL"], strings.TrimSuffix(s.Env["SLACK_API_URL"], "/api/"), s.Env["JIRA_URL"], s.Env["DRIVE_URL"]
	ssws := "SSWS " + s.Env["OKTA_CLIENT_TOKEN"]
	bot := "Bearer " + s.Env["SLACK_BOT_TOKEN"]
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte(s.Env["JIRA_USER"]+":"+s.Env["JIRA_TOKEN"]))
	bearer := "Bearer " + s.Env["GOOGLE_TOKEN"]
	incidents, leads := s.Env["BENCH_CHANNEL"], ""
	_ = leads
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
