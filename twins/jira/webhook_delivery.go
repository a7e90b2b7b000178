package jira

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"hash/fnv"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"twinset.dev/kit/outbox"
	"twinset.dev/kit/twin"
	"twinset.dev/twins/jira/internal/jql"
)

// toWebhook is the kind of the deliveries that tell webhooks.
const toWebhook = "webhook"

// Jira waits this long for a webhook's answer, and tries so often.
const (
	webhookPatience = 30 * time.Second
	webhookTries    = 6
)

// tellWebhooks tells those who want to know of an event.
func (c *call) tellWebhooks(e event) {
	var payload []byte
	for w := range c.j.webhooks.All(c.Tx, "") {
		if w.Disabled || !slices.Contains(w.Events, e.Name) || !c.concerns(w, e) {
			continue
		}
		if payload == nil {
			payload, _ = json.Marshal(c.payload(e))
		}
		c.tellWebhook(w, e, payload)
	}
}

// tellWebhook sends one webhook what is told of an event.
func (c *call) tellWebhook(w Webhook, e event, body []byte) {
	if w.NoBody {
		body = nil
	}
	header := map[string]string{"Content-Type": "application/json; charset=UTF-8", "User-Agent": "Atlassian Webhook HTTP Client", "X-Atlassian-Webhook-Identifier": c.uuid(), "X-Atlassian-Webhook-Flow": "Primary"}
	if w.Secret != "" {
		mac := hmac.New(sha256.New, []byte(w.Secret))
		mac.Write(body)
		header["X-Hub-Signature"] = "sha256=" + hex.EncodeToString(mac.Sum(nil))
	}
	c.Deliver(outbox.Delivery{Twin: "jira", Kind: toWebhook, Topic: e.Name, URL: c.webhookURL(w, e), Header: header, Body: string(body), Subject: id(w.ID)})
}

// concerns reports whether an event is one that a webhook's filters let through.
func (c *call) concerns(w Webhook, e event) bool {
	if e.Issue != nil && w.JQL != "" {
		q, err := jql.Parse(w.JQL)
		if err != nil || !c.find(q).where.holds(e.Issue) {
			return false
		}
	}
	if len(w.Fields) > 0 && e.Name == "jira:issue_updated" && !slices.ContainsFunc(e.Change.Items, func(x ChangeItem) bool { return slices.Contains(w.Fields, x.FieldID) }) {
		return false
	}
	if property, ok := dig(e.More, "property", "key").(string); ok && len(w.Properties) > 0 && !slices.Contains(w.Properties, property) {
		return false
	}
	return true
}

// webhookURL is where a webhook is told of an event: its address can have the names of things in it.
//
// https://developer.atlassian.com/cloud/jira/platform/webhooks/#variable-substitution-in-the-webhook-url
func (c *call) webhookURL(w Webhook, e event) string {
	if !strings.Contains(w.URL, "${") {
		return w.URL
	}
	names := []string{"${modifiedUser.accountId}", c.who.ID}
	if e.Issue != nil {
		p, _ := c.j.projects.Get(c.Tx, key(e.Issue.Project))
		names = append(names, "${issue.id}", id(e.Issue.ID), "${issue.key}", c.keyOf(e.Issue), "${project.id}", id(p.ID), "${project.key}", p.Key)
	}
	for _, what := range []string{"project", "version", "comment", "worklog", "attachment", "sprint", "board", "user"} {
		for _, name := range []string{"id", "key", "accountId"} {
			if v := dig(e.More, what, name); v != nil {
				names = append(names, "${"+what+"."+name+"}", plainWords(v))
			}
		}
	}
	return strings.NewReplacer(names...).Replace(w.URL)
}

// retry tries five times more, after five to fifteen minutes each, when nobody has answered or the receiver says that it could not.
//
// https://developer.atlassian.com/cloud/jira/platform/webhooks/#webhook-retry-policy
func (j *Jira) retry(d outbox.Delivery, n int) (time.Duration, bool) {
	last := d.Attempts[n-1]
	again := last.Error != "" || last.Status >= 500 || slices.Contains([]int{http.StatusRequestTimeout, http.StatusConflict, http.StatusTooEarly, http.StatusTooManyRequests}, last.Status)
	h := fnv.New32a()
	h.Write([]byte(d.ID + strconv.Itoa(n)))
	return 5*time.Minute + time.Duration(h.Sum32()%600)*time.Second, again && n < webhookTries
}

// settled remembers what an app could not be told.
func (j *Jira) settled(tc *twin.Call, d outbox.Delivery) error {
	if d.Kind != toWebhook || d.State != outbox.Failed {
		return nil
	}
	c := j.newCall(tc)
	n, _ := strconv.ParseInt(d.Subject, 10, 64)
	if w, ok := j.webhooks.Get(c.Tx, key(n)); ok && w.App != "" {
		j.failedWebhooks.Put(c.Tx, FailedWebhook{ID: c.next("failedWebhook", 1), App: w.App, URL: d.URL, Body: d.Body, At: c.at()})
	}
	return nil
}
