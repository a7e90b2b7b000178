package okta

import (
	"cmp"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"

	"twinset.dev/kit/outbox"
	"twinset.dev/kit/twin"
)

// logStreamKind is a place that the system log is sent to as it grows.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/LogStream/
var logStreamKind = &kind{name: "log_streams", noun: "AppInstance", prefix: "0oa", path: "/api/v1/logStreams/%s", event: "system.log_stream.lifecycle", lifecycle: true}

func init() {
	logStreamKind.check, logStreamKind.links, logStreamKind.view = checkLogStream, linksOfLogStream, viewLogStream
}

// logStreamSettings are the settings of each type of stream, and what each has to look like.
var logStreamSettings = map[string]map[string]*regexp.Regexp{
	"aws_eventbridge": {
		"accountId":       regexp.MustCompile(`^\d{12}$`),
		"eventSourceName": regexp.MustCompile(`^[a-zA-Z0-9.\-_]{1,75}$`),
		"region":          regexp.MustCompile(`^(ca-central-1|eu-central-1|eu-north-1|eu-south-1|eu-west-1|eu-west-2|eu-west-3|us-east-1|us-east-2|us-west-1|us-west-2|ap-[a-z]+-\d|sa-east-1|us-gov-(east|west)-1)$`),
	},
	"splunk_cloud_logstreaming": {
		"host":    regexp.MustCompile(`^[a-zA-Z0-9-]{1,100}\.splunkcloud(gc|fed)?\.(com|mil)$`),
		"edition": regexp.MustCompile(`^(aws|aws_govcloud|gcp)$`),
		"token":   regexp.MustCompile(`(?i)^[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`),
	},
}

func (o *Okta) logStreamsOperations() {
	o.serveKind(twin.Full, logStreamKind, crud{create: "createLogStream", get: "getLogStream", replace: "replaceLogStream", delete: "deleteLogStream"}, nil)
	o.on(twin.Full, "listLogStreams", o.listLogStreams)
	o.on(twin.Full, "listLogStreamSchemas", o.listLogStreamSchemas)
	o.on(twin.Full, "getLogStreamSchema", o.getLogStreamSchema)
	o.on(twin.Full, "activateLogStream", func(c *call) (any, error) { return c.turnLogStream("ACTIVE") })
	o.on(twin.Full, "deactivateLogStream", func(c *call) (any, error) { return c.turnLogStream("INACTIVE") })
}

// listLogStreams returns streams by name; filter is about their type and status.
func (o *Okta) listLogStreams(c *call) (any, error) {
	match, err := c.filtered("filter")
	if err != nil {
		return nil, err
	}
	streams := slices.DeleteFunc(slices.Collect(c.all(logStreamKind, "")), func(r Record) bool {
		return !match(obj{"type": r.Doc["type"], "status": r.Status, "name": r.Name, "id": r.ID})
	})
	slices.SortStableFunc(streams, func(a, b Record) int { return cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) })
	return paged(c, slices.Values(streams), func(r Record) string { return r.ID }, 20, 200, func(r Record) any { return c.shown(logStreamKind, r) })
}

// turnLogStream switches a stream on or off. It answers nothing, and with 200.
func (c *call) turnLogStream(status string) (any, error) {
	r, err := c.fetch(logStreamKind, "", c.param("logStreamId"))
	if err != nil {
		return nil, err
	}
	if r.Status == status {
		r.Updated = c.at()
		c.keep(logStreamKind, r)
	}
	_, err = c.turn(logStreamKind, r, status)
	return answer{body: []byte{}}, err
}

func checkLogStream(c *call, doc obj, was *Record) error {
	name, kind, settings := text(doc["name"]), text(doc["type"]), object(doc["settings"])
	if err := nameFits(name, 100); err != nil {
		return err
	}
	switch {
	case kind == "":
		return blank("type")
	case logStreamSettings[kind] == nil:
		return errMalformed
	case settings == nil:
		return blank("settings")
	}
	if c.taken(logStreamKind, "", name, was) {
		return invalid("name", "name: An object with this field already exists")
	}
	if was != nil && text(was.Doc["type"]) != kind {
		return invalid("type", "type: The type of a log stream cannot be changed.")
	}
	kept := obj{}
	for _, k := range []string{"accountId", "eventSourceName", "region", "host", "edition", "token"} {
		rule := logStreamSettings[kind][k]
		if rule == nil {
			continue
		}
		s := text(settings[k])
		if s == "" && was != nil && k == "token" {
			s = text(dig(was.Doc, "settings", k))
		}
		switch {
		case s == "":
			return blank(k)
		case !rule.MatchString(s):
			return invalid(k, k+": The field is not valid.")
		case was != nil && kind == "aws_eventbridge" && s != text(dig(was.Doc, "settings", k)):
			return invalid(k, k+": The field cannot be changed.")
		}
		kept[k] = s
	}
	clear(doc)
	doc["name"], doc["type"], doc["settings"] = name, kind, kept
	return nil
}

func linksOfLogStream(c *call, r Record, links obj) {
	at := c.address(logStreamKind, r)
	clear(links)
	links["self"] = obj{"href": at, "method": "GET"}
	verb := map[string]string{"ACTIVE": "deactivate", "INACTIVE": "activate"}[r.Status]
	links[verb] = obj{"href": at + "/lifecycle/" + verb, "method": "POST"}
}

func viewLogStream(c *call, r Record, v obj) {
	v["settings"] = without(object(r.Doc["settings"]), "token")
}

// tellStreams sends an event of the log to every stream. The twin has no way to Amazon or Splunk: what they would be
// sent is in the outbox, where the attempt to reach them fails.
func (c *call) tellStreams(kind string, event obj) {
	for r := range c.all(logStreamKind, "") {
		if r.Status != "ACTIVE" {
			continue
		}
		s := object(r.Doc["settings"])
		d := outbox.Delivery{Twin: "okta", Kind: toLogStream, Topic: kind, Subject: r.ID}
		var body []byte
		switch text(r.Doc["type"]) {
		case "splunk_cloud_logstreaming":
			d.URL = "https://http-inputs-" + text(s["host"]) + "/services/collector/event"
			d.Header = map[string]string{"Authorization": "Splunk " + text(s["token"]), "Content-Type": "application/json"}
			body, _ = json.Marshal(obj{"time": c.Now.Unix(), "host": c.base, "source": "Okta", "sourcetype": "OktaIM2:log", "event": event})
		default:
			d.URL = "https://events." + text(s["region"]) + ".amazonaws.com/"
			body, _ = json.Marshal(obj{"source": "aws.partner/okta.com/" + text(s["eventSourceName"]), "detail-type": "SystemLog", "account": s["accountId"], "region": s["region"], "time": stamp(c.Now.UnixMilli()), "detail": event})
		}
		d.Body = string(body)
		c.Deliver(d)
	}
}

// logStreamTypes are the types of streams, and what each is called.
var logStreamTypes = []struct{ name, title string }{{"aws_eventbridge", "AWS EventBridge"}, {"splunk_cloud_logstreaming", "Splunk Cloud"}}

// logStreamSchema says what a stream of a type is made of, as JSON Schema.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Schema/#tag/Schema/operation/getLogStreamSchema
func (c *call) logStreamSchema(kind, title string) any {
	at := c.link("/api/v1/meta/schemas/logStream/" + kind)
	settings, required := obj{}, []any{}
	for _, k := range slices.Sorted(maps.Keys(logStreamSettings[kind])) {
		p := obj{"title": logStreamTitles[k], "type": "string", "writeOnly": k == "token", "pattern": logStreamSettings[kind][k].String()}
		settings[k], required = p, append(required, k)
	}
	return obj{"$schema": "http://json-schema.org/draft-07/schema#", "id": at, "title": title, "type": "object",
		"properties": obj{"name": obj{"title": "Name", "type": "string", "writeOnly": false, "pattern": "^.{1,100}$"}, "settings": obj{"title": "Configuration", "type": "object", "properties": settings, "required": required}},
		"required":   []any{"name", "settings"}, "errorMessage": obj{"properties": obj{"name": "Name can't exceed 100 characters."}}, "_links": obj{"self": hints(at, "GET")}}
}

// logStreamTitles are what forms call the settings.
var logStreamTitles = map[string]string{"accountId": "AWS Account ID", "eventSourceName": "AWS Event Source Name", "region": "AWS Region", "host": "Host", "edition": "Splunk edition", "token": "HEC Token"}

func (o *Okta) listLogStreamSchemas(c *call) (any, error) {
	out := []any{}
	for _, t := range logStreamTypes {
		out = append(out, c.logStreamSchema(t.name, t.title))
	}
	return out, nil
}

func (o *Okta) getLogStreamSchema(c *call) (any, error) {
	kind := c.param("logStreamType")
	for _, t := range logStreamTypes {
		if t.name == kind {
			return c.logStreamSchema(t.name, t.title), nil
		}
	}
	return nil, notFound(kind, "LogStreamType")
}
