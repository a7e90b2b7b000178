package jira

import (
	"slices"
	"time"

	"twinset.dev/kit/twin"
)

func (j *Jira) fieldDefaultsOperations() {
	j.on(twin.Full, "getDefaultValues", j.getDefaultValues)
	j.on(twin.Full, "setDefaultValues", j.setDefaultValues)
}

// A defaultKind is how a default value of a type of field is written: the type that it says, and the member that has it.
type defaultKind struct{ says, member string }

// defaultKinds are those of the types of fields that can have a default.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-custom-field-contexts/#api-rest-api-3-field-fieldid-context-defaultvalue-get
var defaultKinds = map[string]defaultKind{
	"select": {"option.single", "optionId"}, "radiobuttons": {"option.single", "optionId"}, "multiselect": {"option.multiple", "optionIds"}, "multicheckboxes": {"option.multiple", "optionIds"},
	"cascadingselect": {"option.cascading", "optionId"}, "userpicker": {"single.user.select", "accountId"}, "multiuserpicker": {"multi.user.select", "accountIds"}, "people": {"multi.user.select", "accountIds"},
	"grouppicker": {"grouppicker.single", "groupId"}, "multigrouppicker": {"grouppicker.multiple", "groupIds"}, "url": {"url", "url"}, "project": {"project", "projectId"}, "float": {"float", "number"},
	"labels": {"labels", "labels"}, "textfield": {"textfield", "text"}, "textarea": {"textarea", "text"}, "readonlyfield": {"readonly", "text"}, "datepicker": {"datepicker", "date"},
	"datetime": {"datetimepicker", "dateTime"}, "version": {"version.single", "versionId"}, "multiversion": {"version.multiple", "versionIds"},
}

func (f *field) defaultKind() (defaultKind, bool) {
	if f.custom == nil || len(f.custom.Type) < len(customTypes) {
		return defaultKind{}, false
	}
	k, ok := defaultKinds[f.custom.Type[len(customTypes):]]
	return k, ok
}

// now stands for the time at which an issue is created, as the default of a date.
const now = "now"

// currentDefault is a default as a new issue gets it.
func (c *call) currentDefault(f *field, v any) any {
	if v != now {
		return clone(v)
	}
	switch f.kind {
	case dateField:
		return c.Now.In(c.zone()).Format(time.DateOnly)
	case momentField:
		return float64(c.at())
	}
	return v
}

// getDefaultValues lists the default values of the contexts of a field.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-custom-field-contexts/#api-rest-api-3-field-fieldid-context-defaultvalue-get
func (j *Jira) getDefaultValues(c *call) (any, error) {
	f, rows, err := c.contextsAsked()
	if err != nil {
		return nil, err
	}
	rows = slices.DeleteFunc(rows, func(x Context) bool { return x.Default == nil })
	return pageBean(c, slices.Values(rows), 100, func(x Context) any { return defaultShown(f, x) })
}

func defaultShown(f *field, x Context) obj {
	v := obj{"contextId": id(x.ID)}
	k, ok := f.defaultKind()
	if !ok {
		return v
	}
	v["type"] = k.says
	switch {
	case x.Default == now:
		v["useCurrent"] = true
	case f.kind == momentField:
		v[k.member] = f.kind.show(nil, f, x.Default)
	case f.kind == cascadeField:
		for n, o := range list(x.Default) {
			v[[...]string{"optionId", "cascadingOptionId"}[min(n, 1)]] = o
		}
	default:
		v[k.member] = x.Default
	}
	if f.kind == userField {
		v["userFilter"] = x.UserFilter
		if x.UserFilter == nil {
			v["userFilter"] = obj{"enabled": false}
		}
	}
	return v
}

// setDefaultValues says what fields of new issues have: {defaultValues: [{contextId, type, …}]}.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-custom-field-contexts/#api-rest-api-3-field-fieldid-context-defaultvalue-put
func (j *Jira) setDefaultValues(c *call) (any, error) {
	doc, err := c.configuring(errContexts)
	if err != nil {
		return nil, err
	}
	f, ok := c.field(c.param("fieldId"))
	if !ok || f.custom == nil {
		return nil, errNoField
	}
	k, ok := f.defaultKind()
	values := list(doc["defaultValues"])
	switch {
	case len(values) == 0:
		return nil, badRequest("The defaultValues have to be provided.")
	case slices.ContainsFunc(values, func(v any) bool { return object(v)["type"] != object(values[0])["type"] }):
		return nil, badRequest("All default values in the request must have the same type.")
	case !ok || object(values[0])["type"] != k.says:
		return nil, badRequest("The type of the default value is invalid for the custom field type.")
	}
	seen := map[int64]bool{}
	for _, v := range values {
		m := object(v)
		x, ok := j.contexts.Get(c.Tx, key(number(m["contextId"])))
		switch {
		case m["contextId"] == nil:
			return nil, badRequest("The contextId has to be provided.")
		case !ok || x.Field != f.ID:
			return nil, errNoContext
		case seen[x.ID]:
			return nil, badRequest("The contextId must not be repeated.")
		}
		seen[x.ID] = true
		if x.Default, err = c.readDefault(f, k, x, m); err != nil {
			return nil, err
		}
		if filter, ok := m["userFilter"].(obj); ok {
			x.UserFilter = clone(filter)
		}
		j.contexts.Put(c.Tx, x)
	}
	return nil, nil
}

// readDefault reads the default value of a context, as it is kept; nil if it is to have none.
func (c *call) readDefault(f *field, k defaultKind, x Context, m obj) (any, error) {
	if truth(m["useCurrent"]) {
		return now, nil
	}
	written := m[k.member]
	if written == nil || written == "" {
		return nil, nil
	}
	has := func(option any, below int64) bool {
		return slices.ContainsFunc(x.Options, func(o Option) bool { return o.ID == number(option) && o.Parent == below && !o.Disabled })
	}
	badOption := func(v any) error {
		return notFound("The option with id '%s' was not found in the context.", plainWords(v))
	}
	switch {
	case f.kind == cascadeField:
		if !has(written, 0) {
			return nil, badOption(written)
		}
		kept := []any{plainWords(written)}
		if child := m["cascadingOptionId"]; child != nil {
			if !has(child, number(written)) {
				return nil, badOption(child)
			}
			kept = append(kept, plainWords(child))
		}
		return kept, nil
	case f.hasOptions() || f.kind.Type == "user" || f.kind.Items == "user" || f.kind.Type == "group" || f.kind.Items == "group" || f.kind.Type == "version" || f.kind.Items == "version" || f.kind == projectField:
		return c.readDefaultIDs(f, written, has, badOption)
	}
	if f.many() {
		return clone(list(written)), nil
	}
	kept, err := f.kind.read(c, f, &Issue{}, written)
	if err != nil {
		return nil, badRequest("The default value is invalid.")
	}
	return kept, nil
}

// readDefaultIDs reads the ids of things that are there.
func (c *call) readDefaultIDs(f *field, written any, has func(any, int64) bool, badOption func(any) error) (any, error) {
	several := list(written)
	if !f.many() {
		several = []any{written}
	}
	var kept []any
	for _, v := range several {
		said, ok := plainWords(v), true
		switch kind := f.kind.Type + f.kind.Items; kind {
		case "user", "arrayuser":
			ok = c.j.users.Has(c.Tx, said)
		case "group", "arraygroup":
			ok = c.j.groups.Has(c.Tx, said)
		case "project":
			ok = c.j.projects.Has(c.Tx, key(number(v)))
		case "version", "arrayversion":
			ok = c.j.versions.Has(c.Tx, key(number(v)))
		default:
			if !has(v, 0) {
				return nil, badOption(v)
			}
		}
		if !ok {
			return nil, badRequest("The default value '%s' was not found.", said)
		}
		kept = append(kept, said)
	}
	if f.many() {
		return kept, nil
	}
	return kept[0], nil
}
