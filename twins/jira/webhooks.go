package jira

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/jira/internal/jql"
)

func (j *Jira) webhooksOperations() {
	j.on(twin.Full, "getDynamicWebhooksForApp", j.getDynamicWebhooksForApp)
	j.on(twin.Full, "registerDynamicWebhooks", j.registerDynamicWebhooks)
	j.on(twin.Full, "deleteWebhookById", j.deleteWebhookById)
	j.on(twin.Full, "getFailedWebhooks", j.getFailedWebhooks)
	j.on(twin.Full, "refreshWebhooks", j.refreshWebhooks)
	j.beyond(twin.Full, "webhooks.list", http.MethodGet, "/rest/webhooks/1.0/webhook", j.adminWebhooks)
	j.beyond(twin.Full, "webhooks.create", http.MethodPost, "/rest/webhooks/1.0/webhook", j.createAdminWebhook)
	j.beyond(twin.Full, "webhooks.get", http.MethodGet, "/rest/webhooks/1.0/webhook/{id}", j.getAdminWebhook)
	j.beyond(twin.Full, "webhooks.update", http.MethodPut, "/rest/webhooks/1.0/webhook/{id}", j.updateAdminWebhook)
	j.beyond(twin.Full, "webhooks.delete", http.MethodDelete, "/rest/webhooks/1.0/webhook/{id}", j.deleteAdminWebhook)
}

// webhookLife is how long a webhook of an app is kept unless the app says again that it wants it.
const webhookLife = 30 * 24 * time.Hour

// mostWebhooks an app can have.
const mostWebhooks = 100

// dynamicEvents are those that apps can be told of.
var dynamicEvents = []string{"jira:issue_created", "jira:issue_updated", "jira:issue_deleted", "comment_created", "comment_updated", "comment_deleted", "issue_property_set", "issue_property_deleted"}

// webhookFields are the fields that the filter of an app's webhook can ask about, and custom fields beside them.
var webhookFields = []string{"issuekey", "key", "issue", "id", "project", "issuetype", "type", "status", "assignee", "reporter", "issue.property"}

// app is the app that is calling, "" if it is none.
func (c *call) app() string {
	if c.grant != nil {
		return c.grant.App
	}
	return c.connect
}

var errAppOnly = forbidden("Only Connect and OAuth 2.0 apps can use this operation.")

func (c *call) webhookShown(w Webhook) obj {
	v := obj{"id": w.ID, "url": w.URL, "events": anys(w.Events), "jqlFilter": w.JQL, "expirationDate": stamp(w.Expires)}
	if len(w.Fields) > 0 {
		v["fieldIdsFilter"] = anys(w.Fields)
	}
	if len(w.Properties) > 0 {
		v["issuePropertyKeysFilter"] = anys(w.Properties)
	}
	return v
}

// getDynamicWebhooksForApp returns the webhooks of the app that calls.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-webhooks/#api-rest-api-3-webhook-get
func (j *Jira) getDynamicWebhooksForApp(c *call) (any, error) {
	if c.app() == "" {
		return nil, errAppOnly
	}
	return pageOf(c, filtered(j.webhooks.All(c.Tx, ""), func(w Webhook) bool { return w.App == c.app() }), 100, 100, func(w Webhook) any { return c.webhookShown(w) })
}

// registerDynamicWebhooks lets the app that calls be told of events. Each webhook is accepted or refused by itself.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-webhooks/#api-rest-api-3-webhook-post
func (j *Jira) registerDynamicWebhooks(c *call) (any, error) {
	if c.app() == "" {
		return nil, errAppOnly
	}
	doc := object(c.body)
	to := text(doc["url"])
	if u, err := url.Parse(to); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, badRequest("The URL '%s' is not valid.", to)
	}
	wanted := list(doc["webhooks"])
	if len(wanted) == 0 {
		return nil, badRequest("At least one webhook has to be specified.")
	}
	has := 0
	for w := range j.webhooks.All(c.Tx, "") {
		if w.App == c.app() {
			has++
		}
	}
	out := []any{}
	for _, x := range wanted {
		x := object(x)
		w := Webhook{App: c.app(), URL: to, JQL: text(x["jqlFilter"]), Events: texts(x["events"]), Fields: texts(x["fieldIdsFilter"]), Properties: texts(x["issuePropertyKeysFilter"]), By: c.who.ID, Updated: c.at(), Expires: c.at() + webhookLife.Milliseconds()}
		problems := c.webhookProblems(w)
		if has++; has > mostWebhooks {
			problems = append(problems, "The maximum number of webhooks ("+strconv.Itoa(mostWebhooks)+") has been reached.")
		}
		if len(problems) > 0 {
			has--
			out = append(out, obj{"errors": anys(problems)})
			continue
		}
		w.ID = c.next("webhook", firstID)
		c.keepWebhook(w)
		out = append(out, obj{"createdWebhookId": w.ID})
	}
	return obj{"webhookRegistrationResult": out}, nil
}

// keepWebhook keeps an app's webhook until it expires.
func (c *call) keepWebhook(w Webhook) {
	c.j.webhooks.Put(c.Tx, w)
	c.At(msTime(w.Expires), "jira", timerWebhook, id(w.ID))
}

// webhookProblems is what is wrong with what an app wants to be told of.
func (c *call) webhookProblems(w Webhook) (bad []string) {
	if len(w.Events) == 0 {
		bad = append(bad, "At least one event has to be specified.")
	}
	for _, e := range w.Events {
		if !slices.Contains(dynamicEvents, e) {
			bad = append(bad, "The event "+e+" is unsupported")
		}
	}
	if w.JQL == "" {
		return append(bad, "The JQL filter has to be specified.")
	}
	q, err := jql.Parse(w.JQL)
	if err != nil {
		return append(bad, err.Error())
	}
	if q.Where != nil {
		jql.Walk(q.Where, func(t *jql.Term) {
			name := strings.ToLower(t.Field.Name)
			switch {
			case !slices.Contains(webhookFields, name) && !strings.HasPrefix(name, "cf["):
				bad = append(bad, "The clause "+t.Field.Name+" is unsupported")
			case !slices.Contains([]jql.Op{jql.Eq, jql.NotEq, jql.In, jql.NotIn}, t.Op):
				bad = append(bad, "The operator "+string(t.Op)+" is unsupported for the clause "+t.Field.Name)
			}
		})
	}
	if len(bad) == 0 {
		bad = c.find(q).errors
	}
	return bad
}

// ownWebhooks are the webhooks of the app that calls among those whose ids the body has.
func (c *call) ownWebhooks() (ws []Webhook, err error) {
	if c.app() == "" {
		return nil, errAppOnly
	}
	ids := list(object(c.body)["webhookIds"])
	if len(ids) == 0 {
		return nil, badRequest("At least one webhook ID has to be specified.")
	}
	for _, n := range ids {
		if w, ok := c.j.webhooks.Get(c.Tx, key(number(n))); ok && w.App == c.app() {
			ws = append(ws, w)
		}
	}
	return ws, nil
}

// deleteWebhookById deletes webhooks of the app that calls. Those of others are left out.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-webhooks/#api-rest-api-3-webhook-delete
func (j *Jira) deleteWebhookById(c *call) (any, error) {
	ws, err := c.ownWebhooks()
	if err != nil {
		return nil, err
	}
	for _, w := range ws {
		j.webhooks.Delete(c.Tx, key(w.ID))
		c.Cancel("jira", timerWebhook, id(w.ID))
	}
	return accepted(obj{}), nil
}

// refreshWebhooks lets webhooks of the app that calls live for another 30 days.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-webhooks/#api-rest-api-3-webhook-refresh-put
func (j *Jira) refreshWebhooks(c *call) (any, error) {
	ws, err := c.ownWebhooks()
	if err != nil {
		return nil, err
	}
	until := c.at() + webhookLife.Milliseconds()
	for _, w := range ws {
		w.Expires = until
		c.keepWebhook(w)
	}
	return obj{"expirationDate": stamp(until)}, nil
}

// failuresKept is how long it is known what an app could not be told.
const failuresKept = 72 * time.Hour

// getFailedWebhooks returns what the app that calls could not be told, the earliest first.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-webhooks/#api-rest-api-3-webhook-failed-get
func (j *Jira) getFailedWebhooks(c *call) (any, error) {
	if c.app() == "" {
		return nil, errAppOnly
	}
	most, err := c.qint("maxResults", 100)
	if err != nil {
		return nil, err
	}
	after, err := c.qint("after", 0)
	if err != nil {
		return nil, err
	}
	most = min(max(most, 1), 100)
	out, more, last := []any{}, false, int64(0)
	for f := range j.failedWebhooks.All(c.Tx, "") {
		if f.App != c.app() || f.At <= int64(after) || f.At < c.at()-failuresKept.Milliseconds() {
			continue
		}
		if more = len(out) == most; more {
			break
		}
		v := obj{"id": id(f.ID), "url": f.URL, "failureTime": f.At}
		if f.Body != "" {
			v["body"] = f.Body
		}
		out, last = append(out, v), f.At
	}
	v := obj{"values": out, "maxResults": most}
	if more {
		v["next"] = c.api("/webhook/failed?after=" + strconv.FormatInt(last, 10) + "&maxResults=" + strconv.Itoa(most))
	}
	return v, nil
}

// adminEvents are those that administrators can have others told of, beside those of apps.
var adminEvents = []string{"worklog_created", "worklog_updated", "worklog_deleted", "issuelink_created", "issuelink_deleted", "attachment_created", "attachment_deleted",
	"project_created", "project_updated", "project_deleted", "project_soft_deleted", "project_restored_deleted", "project_archived", "project_restored_archived",
	"jira:version_released", "jira:version_unreleased", "jira:version_created", "jira:version_moved", "jira:version_updated", "jira:version_deleted", "jira:version_merged",
	"user_created", "user_updated", "user_deleted", "option_voting_changed", "option_watching_changed", "option_unassigned_issues_changed", "option_subtasks_changed", "option_attachments_changed", "option_issuelinks_changed", "option_timetracking_changed",
	"sprint_created", "sprint_deleted", "sprint_updated", "sprint_started", "sprint_closed", "board_created", "board_updated", "board_deleted", "board_configuration_changed", "jira_expression_evaluation_failed"}

// issueSection is where an administrator's webhook has the query for issues.
const issueSection = "issue-related-events-section"

func (c *call) adminWebhookShown(w Webhook) obj {
	filters := obj{}
	if w.JQL != "" {
		filters[issueSection] = w.JQL
	}
	return obj{"self": c.base + "/rest/webhooks/1.0/webhook/" + id(w.ID), "name": w.Name, "description": w.Description, "url": w.URL, "events": anys(w.Events), "filters": filters, "excludeBody": w.NoBody, "enabled": !w.Disabled,
		"isSigned": w.Secret != "", "lastUpdatedUser": w.By, "lastUpdatedDisplayName": c.nameOf(w.By), "lastUpdated": w.Updated}
}

// adminWebhook finds the administrators' webhook that the path names.
func (c *call) adminWebhook() (Webhook, error) {
	if err := c.adminOnly(); err != nil {
		return Webhook{}, err
	}
	w, ok := c.j.webhooks.Get(c.Tx, key(number(c.param("id"))))
	if !ok || w.App != "" {
		return w, notFound("The webhook with id %s does not exist.", c.param("id"))
	}
	return w, nil
}

// adminWebhookDetails reads what an administrator says of a webhook.
func (c *call) adminWebhookDetails(w *Webhook, doc obj) error {
	bad := problems{}
	for name, s := range map[string]*string{"name": &w.Name, "description": &w.Description, "url": &w.URL} {
		if v, ok := doc[name]; ok {
			*s = strings.TrimSpace(text(v))
		}
	}
	if w.Name == "" {
		bad.add(wrong("name", "The name of the webhook must be specified."))
	}
	if u, err := url.Parse(strings.NewReplacer("${", "", "}", "").Replace(w.URL)); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		bad.add(wrong("url", "The URL of the webhook is not valid."))
	}
	if v, ok := doc["events"]; ok {
		w.Events = texts(v)
		for _, e := range w.Events {
			if !slices.Contains(dynamicEvents, e) && !slices.Contains(adminEvents, e) {
				bad.add(wrong("events", "The event '%s' does not exist.", e))
			}
		}
	}
	query, ok := dig(doc, "filters", issueSection).(string)
	if !ok {
		query, ok = doc["jqlFilter"].(string)
	}
	if ok {
		w.JQL = query
		if _, _, err := c.searchedFor(query, ""); err != nil {
			bad.add(err)
		}
	}
	if v, ok := doc["excludeBody"].(bool); ok {
		w.NoBody = v
	}
	if v, ok := doc["enabled"].(bool); ok {
		w.Disabled = !v
	}
	if v, ok := doc["secret"].(string); ok {
		w.Secret = v
	}
	if len(bad) > 0 {
		return bad.refusal()
	}
	w.By, w.Updated = c.who.ID, c.at()
	c.j.webhooks.Put(c.Tx, *w)
	return nil
}

// adminWebhooks returns the webhooks of administrators.
//
// https://developer.atlassian.com/cloud/jira/platform/webhooks/#registering-a-webhook-via-the-rest-api
func (j *Jira) adminWebhooks(c *call) (any, error) {
	if err := c.adminOnly(); err != nil {
		return nil, err
	}
	out := []any{}
	for w := range j.webhooks.All(c.Tx, "") {
		if w.App == "" {
			out = append(out, c.adminWebhookShown(w))
		}
	}
	return out, nil
}

// createAdminWebhook makes a webhook.
//
// https://developer.atlassian.com/cloud/jira/platform/webhooks/#registering-a-webhook-via-the-rest-api
func (j *Jira) createAdminWebhook(c *call) (any, error) {
	if err := c.adminOnly(); err != nil {
		return nil, err
	}
	w := Webhook{ID: c.next("adminWebhook", 1)}
	if err := c.adminWebhookDetails(&w, object(c.body)); err != nil {
		return nil, err
	}
	c.audited("Webhook created", "webhooks", item(id(w.ID), w.Name, "WEBHOOK"))
	return created(c.adminWebhookShown(w)), nil
}

// getAdminWebhook returns a webhook.
//
// https://developer.atlassian.com/cloud/jira/platform/webhooks/#registering-a-webhook-via-the-rest-api
func (j *Jira) getAdminWebhook(c *call) (any, error) {
	w, err := c.adminWebhook()
	if err != nil {
		return nil, err
	}
	return c.adminWebhookShown(w), nil
}

// updateAdminWebhook changes a webhook.
//
// https://developer.atlassian.com/cloud/jira/platform/webhooks/#registering-a-webhook-via-the-rest-api
func (j *Jira) updateAdminWebhook(c *call) (any, error) {
	w, err := c.adminWebhook()
	if err != nil {
		return nil, err
	}
	if err := c.adminWebhookDetails(&w, object(c.body)); err != nil {
		return nil, err
	}
	c.audited("Webhook updated", "webhooks", item(id(w.ID), w.Name, "WEBHOOK"))
	return c.adminWebhookShown(w), nil
}

// deleteAdminWebhook deletes a webhook.
//
// https://developer.atlassian.com/cloud/jira/platform/webhooks/#registering-a-webhook-via-the-rest-api
func (j *Jira) deleteAdminWebhook(c *call) (any, error) {
	w, err := c.adminWebhook()
	if err != nil {
		return nil, err
	}
	j.webhooks.Delete(c.Tx, key(w.ID))
	c.audited("Webhook deleted", "webhooks", item(id(w.ID), w.Name, "WEBHOOK"))
	return nil, nil
}
