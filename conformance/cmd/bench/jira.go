package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// jiraBench measures reading and creating issues, and finding some among more and more of them.
func jiraBench(p *process, self string, rounds int, length time.Duration) error {
	var creds struct{ Env map[string]string }
	res, err := client.Get(p.url + "/_twin/credentials")
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(&creds); err != nil {
		return err
	}
	j := &jiraSite{url: p.url, auth: "Basic " + base64.StdEncoding.EncodeToString([]byte(creds.Env["JIRA_USER"]+":"+creds.Env["JIRA_TOKEN"]))}
	get := request{name: "issue", method: http.MethodGet, url: p.url + "/rest/api/3/issue/ROCK-8", auth: j.auth, bar: 0.5}
	create := request{name: "create issue", method: http.MethodPost, url: p.url + "/rest/api/3/issue", auth: j.auth, kind: "application/json", bar: 0.25,
		body: `{"fields":{"project":{"key":"OPS"},"issuetype":{"name":"Task"},"summary":"Deploy 412 of telemetry","labels":["deploy"]}}`}
	if err := beside(self, []request{get, create}, rounds, length); err != nil {
		return err
	}
	return j.finding(rounds)
}

type jiraSite struct {
	url, auth string
	made      int
}

// queries are what people and programs ask most. The first find about as many issues however many there are.
var queries = []string{
	`project = ROCK AND status = "In Progress"`,
	`assignee = currentUser() AND resolution = EMPTY ORDER BY updated DESC`,
	`project = BULK AND labels = rare ORDER BY created DESC`,
	`project = BULK AND priority in (High, Highest) AND status != Done ORDER BY rank`,
	`text ~ "turbine" AND created > -1d`,
	`project = BULK AND labels = common AND status changed to Done`,
}

// finding times the queries among 1,000, 10,000 and 100,000 issues.
func (j *jiraSite) finding(rounds int) error {
	if _, err := (request{method: http.MethodPost, url: j.url + "/rest/api/3/project", auth: j.auth, kind: "application/json",
		body: `{"key":"BULK","name":"Bulk","projectTypeKey":"software","projectTemplateKey":"com.pyxis.greenhopper.jira:gh-simplified-kanban-classic","leadAccountId":` + j.me() + `}`}).send(); err != nil {
		return err
	}
	for _, size := range []int{1000, 10000, 100000} {
		if err := j.fill(size); err != nil {
			return err
		}
		fmt.Printf("\namong %d issues\n", size)
		for _, q := range queries {
			var took []float64
			var found struct{ Issues []any }
			for range 4 * rounds {
				began := time.Now()
				b, err := (request{method: http.MethodGet, url: j.url + "/rest/api/3/search/jql?fields=summary,status&maxResults=50&jql=" + url.QueryEscape(q), auth: j.auth}).send()
				if err != nil {
					return fmt.Errorf("%s: %w", q, err)
				}
				took = append(took, float64(time.Since(began).Microseconds())/1000)
				if err := json.Unmarshal(b, &found); err != nil {
					return err
				}
			}
			verdict := ""
			if median(took) > 20 {
				verdict = "  above"
			}
			fmt.Printf("%-78s %7.1f ms (bar 20)%s  %d found on the page\n", q, median(took), verdict, len(found.Issues))
		}
	}
	return nil
}

// me is the caller's account, as JSON.
func (j *jiraSite) me() string {
	b, _ := (request{method: http.MethodGet, url: j.url + "/rest/api/3/myself", auth: j.auth}).send()
	var me struct{ AccountID string }
	json.Unmarshal(b, &me)
	return fmt.Sprintf("%q", me.AccountID)
}

// fill creates issues until there are so many, fifty at a time.
func (j *jiraSite) fill(size int) error {
	for j.made < size {
		var updates []string
		for range 50 {
			n := j.made
			labels := `"common"`
			if n%500 == 0 {
				labels += `,"rare"`
			}
			summary := fmt.Sprintf("Part %d of the engine", n)
			if n%1000 == 7 {
				summary = fmt.Sprintf("Turbine blade %d", n)
			}
			updates = append(updates, fmt.Sprintf(`{"fields":{"project":{"key":"BULK"},"issuetype":{"name":"Task"},"summary":%q,"labels":[%s],"priority":{"id":"%d"}}}`, summary, labels, n%5+1))
			j.made++
		}
		if _, err := (request{method: http.MethodPost, url: j.url + "/rest/api/3/issue/bulk", auth: j.auth, kind: "application/json", body: `{"issueUpdates":[` + strings.Join(updates, ",") + `]}`}).send(); err != nil {
			return err
		}
	}
	return nil
}
