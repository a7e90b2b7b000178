package jira

import (
	"net/http"
	"strconv"
	"strings"

	"twinset.dev/kit/twin"
)

func (j *Jira) issueRedactionOperations() {
	j.on(twin.Full, "redact", j.redact)
	j.on(twin.Full, "getRedactionStatus", j.getRedactionStatus)
	j.task(taskRedact, redactAll)
}

const (
	taskRedact    = "issue.redact"
	maxRedactions = 200
	blackened     = '█' // is in the place of what was redacted
)

// redact blackens parts of fields, comments and worklogs for good, in the histories too, as a task.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-redaction/#api-rest-api-3-redact-post
func (j *Jira) redact(c *call) (any, error) {
	if err := c.adminOnly(); err != nil {
		return nil, err
	}
	wanted := list(object(c.body)["redactions"])
	switch {
	case len(wanted) == 0:
		return nil, badRequest("redactions is required and must not be empty.")
	case len(wanted) > maxRedactions:
		return nil, badRequest("The number of redactions must not exceed the limit '%d'", maxRedactions)
	}
	for _, v := range wanted {
		m := object(v)
		for _, path := range [][]string{{"externalId"}, {"reason"}, {"contentItem", "entityId"}, {"contentItem", "entityType"}, {"contentItem", "id"}, {"redactionPosition", "expectedText"}} {
			if text(dig(m, path...)) == "" {
				return nil, badRequest("%s is required.", strings.Join(path, "."))
			}
		}
		from, ok := dig(m, "redactionPosition", "from").(float64)
		to, also := dig(m, "redactionPosition", "to").(float64)
		if !ok || !also || from < 0 || to < from || to > maxText {
			return nil, badRequest("redactionPosition.from and redactionPosition.to must be a range.")
		}
	}
	job := c.uuid()
	c.begin(taskRedact, "Redact", obj{"job": job, "redactions": clone(wanted)})
	return accepted(job), nil
}

// getRedactionStatus tells how far a redaction is, and which parts of it have succeeded.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-redaction/#api-rest-api-3-redact-status-jobid-get
func (j *Jira) getRedactionStatus(c *call) (any, error) {
	if err := c.adminOnly(); err != nil {
		return nil, err
	}
	for t := range j.tasks.All(c.Tx, "") {
		if t.Kind != taskRedact || object(t.Input)["job"] != c.param("jobId") {
			continue
		}
		v := obj{"jobStatus": "PENDING", "bulkRedactionResponse": obj{"results": []any{}}}
		if t.Status == "COMPLETE" {
			v["jobStatus"], v["bulkRedactionResponse"] = "COMPLETED", obj{"results": t.Result}
		}
		return v, nil
	}
	return nil, refuse(http.StatusNotFound, "The redaction job '%s' was not found.", c.param("jobId"))
}

func redactAll(c *call, t *Task) (any, error) {
	results := []any{}
	for _, v := range list(object(t.Input)["redactions"]) {
		results = append(results, obj{"externalId": object(v)["externalId"], "successful": c.redact1(object(v))})
	}
	return results, nil
}

// redact1 blackens one part, if it is still what the caller expects it to be.
func (c *call) redact1(m obj) bool {
	item, at := object(m["contentItem"]), object(m["redactionPosition"])
	i, _, err := c.issue(text(item["entityId"]))
	if err != nil {
		return false
	}
	switch strings.ToLower(text(item["entityType"])) {
	case "issuefieldvalue":
		name := text(item["id"])
		now, ok := blacken(clone[any](i.Fields[name]), at)
		if !ok {
			return false
		}
		i.Fields = clone(i.Fields)
		i.Fields[name] = now
		c.j.issues.Put(c.Tx, i)
		c.blackenHistory(i, name, text(at["expectedText"]))
	case "issue-comment":
		x, err := c.comment(&i, text(item["id"]))
		now, ok := blacken(clone[any](x.Body), at)
		if err != nil || !ok {
			return false
		}
		x.Body = now
		c.j.comments.Put(c.Tx, x)
	case "issue-worklog":
		x, err := c.worklog(&i, text(item["id"]))
		now, ok := blacken(clone[any](x.Comment), at)
		if err != nil || !ok {
			return false
		}
		x.Comment = now
		c.j.worklogs.Put(c.Tx, x)
	default:
		return false
	}
	return true
}

// blacken replaces characters of a text, or of the text that a pointer names in a document, which it changes.
func blacken(v any, at obj) (any, bool) {
	from, _ := at["from"].(float64)
	to, _ := at["to"].(float64)
	if s, ok := v.(string); ok {
		letters := []rune(s)
		if int(to) > len(letters) || string(letters[int(from):int(to)]) != at["expectedText"] {
			return v, false
		}
		for n := int(from); n < int(to); n++ {
			letters[n] = blackened
		}
		return string(letters), true
	}
	head, rest, ok := strings.Cut(strings.TrimPrefix(text(at["adfPointer"]), "/"), "/")
	below := with(at, obj{"adfPointer": rest})
	if !ok {
		delete(below, "adfPointer")
	}
	switch x := v.(type) {
	case obj:
		if now, ok := blacken(x[head], below); ok {
			x[head] = now
			return x, true
		}
	case []any:
		if n, err := strconv.Atoi(head); err == nil && n >= 0 && n < len(x) {
			if now, ok := blacken(x[n], below); ok {
				x[n] = now
				return x, true
			}
		}
	}
	return v, false
}

// blackenHistory blackens a text in what the history of an issue says of a field.
func (c *call) blackenHistory(i Issue, field, secret string) {
	black := strings.Repeat(string(blackened), len([]rune(secret)))
	for x := range c.j.changes.All(c.Tx, key(i.ID)+"/") {
		items := make([]ChangeItem, len(x.Items))
		found := false
		for n, it := range x.Items {
			if it.FieldID == field {
				for _, v := range []*any{&it.From, &it.FromText, &it.To, &it.ToText} {
					if s, ok := (*v).(string); ok && strings.Contains(s, secret) {
						*v, found = strings.ReplaceAll(s, secret, black), true
					}
				}
			}
			items[n] = it
		}
		if found {
			x.Items = items
			c.j.changes.Put(c.Tx, x)
		}
	}
}
