package okta

import "twinset.dev/kit/twin"

// uiSchemaKind is how the fields of an enrollment form look.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/UISchema/
var uiSchemaKind = &kind{name: "ui_schemas", noun: "UISchemaEntity", prefix: "uis", path: "/api/v1/meta/uischemas/%s", event: "system.uischema"}

func init() {
	uiSchemaKind.check = checkUISchema
}

func (o *Okta) uiSchemasOperations() {
	o.serveKind(twin.Full, uiSchemaKind, crud{list: "listUISchemas", create: "createUISchema", get: "getUISchema", replace: "replaceUISchemas"}, nil)
	o.on(twin.Full, "deleteUISchemas", o.deleteUISchemas)
}

// deleteUISchemas takes a schema away. One that is not there is gone too.
func (o *Okta) deleteUISchemas(c *call) (any, error) {
	if r, err := c.fetch(uiSchemaKind, "", c.param("id")); err == nil {
		return nil, c.remove(uiSchemaKind, r)
	}
	return nil, nil
}

func checkUISchema(c *call, doc obj, was *Record) error {
	s := object(doc["uiSchema"])
	if s == nil {
		return blank("uiSchema")
	}
	clear(doc)
	doc["uiSchema"] = fill(clone(s), obj{"type": "Group", "label": "Sign in", "buttonLabel": "Submit", "elements": []any{}})
	for _, e := range list(object(doc["uiSchema"])["elements"]) {
		for _, k := range []string{"type", "scope"} {
			if text(object(e)[k]) == "" {
				return blank("uiSchema.elements." + k)
			}
		}
	}
	return nil
}
