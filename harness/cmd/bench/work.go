package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"

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

// work makes twenty requests, five to each twin: three that read, two that write.
func work(_ context.Context, s trial.Session, _ string, say func(string)) error {
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
			if err := ask(r[0], to.base+r[1], to.auth, r[2]); err != nil {
				return err
			}
		}
	}
	say("Done.")
	return nil
}

// ask makes one request over a connection that is kept: what is measured is the universe, not the transport of net/http, which would
// take as long again.
func ask(method, url, auth, body string) error {
	addr, path, _ := strings.Cut(strings.TrimPrefix(url, "http://"), "/")
	c, err := dial(addr)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.w, "%s /%s HTTP/1.1\r\nHost: %s\r\nAuthorization: %s\r\n", method, path, addr, auth)
	if body != "" {
		fmt.Fprintf(c.w, "Content-Type: application/json; charset=utf-8\r\nContent-Length: %d\r\n", len(body))
	}
	c.w.WriteString("\r\n")
	c.w.WriteString(body)
	if err := c.w.Flush(); err != nil {
		return err
	}
	res, err := http.ReadResponse(c.r, &http.Request{Method: method})
	if err != nil {
		return err
	}
	b, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode >= 400 || bytes.HasPrefix(b, []byte(`{"ok":false`)) {
		return fmt.Errorf("%s %s: %d %.200s", method, url, res.StatusCode, b)
	}
	if !res.Close {
		idleConns(addr).Put(c)
	}
	return nil
}

// A conn is a connection to a twin.
type conn struct {
	r *bufio.Reader
	w *bufio.Writer
}

// pools are the connections that are not in use, by address.
var pools sync.Map

func idleConns(addr string) *sync.Pool {
	p, ok := pools.Load(addr)
	if !ok {
		p, _ = pools.LoadOrStore(addr, &sync.Pool{})
	}
	return p.(*sync.Pool)
}

func dial(addr string) (*conn, error) {
	if c, ok := idleConns(addr).Get().(*conn); ok {
		return c, nil
	}
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	return &conn{bufio.NewReader(c), bufio.NewWriter(c)}, nil
}
