package okta

import "twinset.dev/kit/twin"

// logStreamSchemasOperations say what the settings of each type of log stream have to look like.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Schema/#tag/Schema/operation/listLogStreamSchemas
func (o *Okta) logStreamSchemasOperations() {
	o.on(twin.Full, "listLogStreamSchemas", o.listLogStreamSchemas)
	o.on(twin.Full, "getLogStreamSchema", o.getLogStreamSchema)
}

// logStreamTypes are the types of log streams, and what people call them.
var logStreamTypes = [][2]string{{"aws_eventbridge", "AWS EventBridge"}, {"splunk_cloud_logstreaming", "Splunk Cloud"}}

// logStreamTitles are what people call the settings.
var logStreamTitles = map[string]string{"accountId": "AWS Account ID", "eventSourceName": "AWS Event Source Name", "region": "AWS Region", "host": "Host", "edition": "Splunk Cloud edition", "token": "HEC Token"}

func (o *Okta) listLogStreamSchemas(c *call) (any, error) {
	views := []any{}
	for _, t := range logStreamTypes {
		views = append(views, c.logStreamSchema(t[0], t[1]))
	}
	return views, nil
}

func (o *Okta) getLogStreamSchema(c *call) (any, error) {
	kind := c.param("logStreamType")
	for _, t := range logStreamTypes {
		if t[0] == kind {
			return c.logStreamSchema(t[0], t[1]), nil
		}
	}
	return nil, notFound(kind, "LogStreamType")
}

func (c *call) logStreamSchema(kind, title string) any {
	settings, required := obj{}, []any{}
	for _, t := range []string{"accountId", "edition", "eventSourceName", "host", "region", "token"} {
		shape := logStreamSettings[kind][t]
		if shape == nil {
			continue
		}
		settings[t] = obj{"title": logStreamTitles[t], "type": "string", "pattern": shape.String(), "writeOnce": t != "host" && t != "edition"}
		required = append(required, t)
	}
	at := c.link("/api/v1/meta/schemas/logStream/" + kind)
	return obj{"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": at, "id": at, "title": title, "type": "object", "required": []any{"name", "settings"},
		"properties": obj{"name": obj{"title": "Name", "type": "string", "writeOnce": false}, "settings": obj{"type": "object", "properties": settings, "required": required}},
		"_links":     obj{"self": hints(at, "GET")}}
}
