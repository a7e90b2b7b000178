package jira

import (
	"strings"
	"time"

	"twinset.dev/kit/store"
	"twinset.dev/kit/twin"
)

func (j *Jira) auditOperations() {
	j.on(twin.Full, "getAuditRecords", j.getAuditRecords)
}

// audited writes a line of the audit log: what was done, in which of Jira's categories ("projects", "permissions", "workflows",
// "fields", …), with what, and what of it changed.
func (c *call) audited(summary, category string, object obj, changed ...obj) {
	c.auditedWith(summary, category, object, nil, changed...)
}

// auditedWith is the same for what others have a part in.
func (c *call) auditedWith(summary, category string, object obj, others []any, changed ...obj) {
	c.j.audit.Put(c.Tx, AuditRecord{ID: c.next("audit", 1), Created: c.at(), Summary: summary, Author: c.who.ID, Category: category, Object: object, Associated: others, Changed: anys(changed)})
}

// item names what an audit record is of: its id, its name, and what it is ("PROJECT", "SCHEME", "USER", "GROUP", …).
func item(id, name, kind string) obj { return obj{"id": id, "name": name, "typeName": kind} }

// accountItem and groupItem are of the directory that a site's people come from.
func accountItem(u User) obj { return with(item(u.ID, u.Name, "USER"), directory) }
func groupItem(g Group) obj  { return with(item(g.ID, g.Name, "GROUP"), directory) }

var directory = obj{"parentId": "10000", "parentName": "com.atlassian.crowd.directory.IdentityPlatformRemoteDirectory"}

// changedValue is one value that an audit record says has changed; "" is none.
func changedValue(field, from, to string) obj {
	v := obj{"fieldName": field}
	if from != "" {
		v["changedFrom"] = from
	}
	if to != "" {
		v["changedTo"] = to
	}
	return v
}

// changedValues are those of some values that differ.
func changedValues(values ...[3]string) (out []obj) {
	for _, v := range values {
		if v[1] != v[2] {
			out = append(out, changedValue(v[0], v[1], v[2]))
		}
	}
	return out
}

// getAuditRecords returns the audit log, the newest first.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-audit-records/#api-rest-api-3-auditing-record-get
func (j *Jira) getAuditRecords(c *call) (any, error) {
	if err := c.adminOnly(); err != nil {
		return nil, err
	}
	offset, err := c.qint("offset", 0)
	if err != nil {
		return nil, err
	}
	limit, err := c.qint("limit", 1000)
	if err != nil {
		return nil, err
	}
	limit = min(max(limit, 0), 1000)
	from, err := c.auditTime("from")
	if err != nil {
		return nil, err
	}
	to, err := c.auditTime("to")
	if err != nil {
		return nil, err
	}
	words := strings.Fields(strings.ToLower(c.q("filter")))
	records, total := []any{}, 0
	for r := range j.audit.Range(c.Tx, store.Range{Desc: true}) {
		if r.Created < from || to != 0 && r.Created > to || !r.mentions(words) {
			continue
		}
		if total++; total > offset && len(records) < limit {
			records = append(records, c.auditShown(r))
		}
	}
	return obj{"offset": offset, "limit": limit, "total": total, "records": records}, nil
}

// auditTime reads a bound of the log: a time with its zone, or one without in the site's.
func (c *call) auditTime(name string) (int64, error) {
	s := c.q(name)
	if s == "" {
		return 0, nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05.000-0700", "2006-01-02T15:04:05.000", "2006-01-02T15:04:05", "2006-01-02"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UnixMilli(), nil
		}
	}
	return 0, badRequest("Unable to parse date %s", s)
}

// mentions reports whether every word is in one of the texts of a record.
func (r *AuditRecord) mentions(words []string) bool {
	said := []string{r.Summary, r.Category, r.Source, text(r.Object["name"])}
	for _, x := range r.Changed {
		for _, v := range object(x) {
			said = append(said, text(v))
		}
	}
	for _, x := range r.Associated {
		said = append(said, text(object(x)["name"]))
	}
	all := strings.ToLower(strings.Join(said, "\n"))
	for _, w := range words {
		if !strings.Contains(all, w) {
			return false
		}
	}
	return true
}

func (c *call) auditShown(r AuditRecord) obj {
	v := obj{"id": r.ID, "summary": r.Summary, "created": stamp(r.Created), "category": r.Category, "eventSource": r.Source}
	if r.Author != "" {
		v["authorKey"], v["authorAccountId"], v["remoteAddress"] = r.Author, r.Author, "127.0.0.1"
	}
	if r.Object != nil {
		v["objectItem"] = r.Object
	}
	if len(r.Changed) > 0 {
		v["changedValues"] = r.Changed
	}
	if len(r.Associated) > 0 {
		v["associatedItems"] = r.Associated
	}
	return v
}
