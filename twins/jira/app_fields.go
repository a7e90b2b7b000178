package jira

import (
	"iter"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"twinset.dev/kit/twin"
)

func (j *Jira) appFieldsOperations() {
	j.on(twin.Full, "getAllIssueFieldOptions", j.getAllIssueFieldOptions)
	j.on(twin.Full, "createIssueFieldOption", j.createIssueFieldOption)
	j.on(twin.Full, "getIssueFieldOption", j.getIssueFieldOption)
	j.on(twin.Full, "updateIssueFieldOption", j.updateIssueFieldOption)
	j.on(twin.Full, "deleteIssueFieldOption", j.deleteIssueFieldOption)
	j.on(twin.Full, "getSelectableIssueFieldOptions", j.getSelectableIssueFieldOptions)
	j.on(twin.Full, "getVisibleIssueFieldOptions", j.getVisibleIssueFieldOptions)
	j.on(twin.Full, "replaceIssueFieldOption", j.replaceIssueFieldOption)

	j.on(twin.Full, "updateCustomFieldValue", j.updateCustomFieldValue)
	j.on(twin.Full, "updateMultipleCustomFieldValues", j.updateMultipleCustomFieldValues)
	j.on(twin.Full, "getCustomFieldConfiguration", j.getCustomFieldConfiguration)
	j.on(twin.Full, "getCustomFieldsConfigurations", j.getCustomFieldsConfigurations).readsOnly()
	j.on(twin.Full, "updateCustomFieldConfiguration", j.updateCustomFieldConfiguration)
}

// appOf is the app that a type of field is of, as its name says: its key, two underscores, and the key of a module.
func (c *call) appOf(kind string) string {
	app, _, ok := strings.Cut(kind, "__")
	if ok && c.j.connectApps.Has(c.Tx, app) {
		return app
	}
	return ""
}

// appOptionField is one of the values that an app keeps for a field of its own.
var appOptionField = &fieldKind{Type: "option", Operations: sets,
	read: func(c *call, f *field, i *Issue, v any) (any, error) {
		if m := object(v); m != nil {
			v = m["id"]
		}
		o, ok := c.j.fieldOptions.Get(c.Tx, f.custom.Type+"/"+key(number(v)))
		if !ok || !c.isFor(o, i.Project) || o.notSelectable() {
			return nil, wrong(f.ID, "Option id '%s' is not valid", plainWords(v))
		}
		return id(o.ID), nil
	},
	show: func(c *call, f *field, v any) any {
		o, ok := c.j.fieldOptions.Get(c.Tx, f.custom.Type+"/"+key(number(v)))
		if !ok {
			return nil
		}
		return obj{"self": c.api("/field/" + f.custom.Type + "/option/" + id(o.ID)), "id": o.ID, "value": o.Value, "properties": fieldOptionShown(o)["properties"]}
	},
	words: func(c *call, f *field, v any) string {
		o, _ := c.j.fieldOptions.Get(c.Tx, f.custom.Type+"/"+key(number(v)))
		return o.Value
	},
	allowed: func(c *call, f *field, project, _ int64) []any {
		out := []any{}
		for o := range c.j.fieldOptions.All(c.Tx, f.custom.Type+"/") {
			if c.isFor(o, project) && !o.notSelectable() {
				out = append(out, obj{"id": o.ID, "value": o.Value})
			}
		}
		return out
	},
}

func (o FieldOption) notSelectable() bool {
	return slices.Contains(texts(o.Config["attributes"]), "notSelectable")
}

// isFor reports whether an option is one for a project: all are, unless their scope names some.
func (c *call) isFor(o FieldOption, project int64) bool {
	scope := object(o.Config["scope"])
	some := list(scope["projects"])
	for _, x := range list(scope["projects2"]) {
		some = append(some, object(x)["id"])
	}
	return project == 0 || len(some) == 0 || slices.ContainsFunc(some, func(n any) bool { return number(n) == project })
}

// appField finds the field of an app that the path names by its key.
func (c *call) appField() (*field, error) {
	named := c.param("fieldKey")
	app := c.appOf(named)
	if app == "" || app != c.connect && !c.isAdmin() {
		return nil, forbidden("The issue field '%s' is not provided by the app, and you are not a Jira administrator.", named)
	}
	return c.fieldOfType(named)
}

func (c *call) fieldOfType(kind string) (*field, error) {
	for x := range c.j.customFields.All(c.Tx, "") {
		if x.Type == kind && x.Trashed == 0 {
			return customField(x), nil
		}
	}
	return nil, notFound("The issue field '%s' was not found.", kind)
}

// theFieldOption is the option that the path names.
func (c *call) theFieldOption() (*field, FieldOption, error) {
	f, err := c.appField()
	if err != nil {
		return nil, FieldOption{}, err
	}
	o, ok := c.j.fieldOptions.Get(c.Tx, f.custom.Type+"/"+key(number(c.param("optionId"))))
	if !ok {
		return f, o, notFound("The option with id '%s' was not found.", c.param("optionId"))
	}
	return f, o, nil
}

func fieldOptionShown(o FieldOption) obj {
	v := obj{"id": o.ID, "value": o.Value, "properties": o.Properties, "config": o.Config}
	if o.Properties == nil {
		v["properties"] = obj{}
	}
	return v
}

// getAllIssueFieldOptions lists the options of a field of an app.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-custom-field-options--apps-/#api-rest-api-3-field-fieldkey-option-get
func (j *Jira) getAllIssueFieldOptions(c *call) (any, error) {
	f, err := c.appField()
	if err != nil {
		return nil, err
	}
	return pageBean(c, j.fieldOptions.All(c.Tx, f.custom.Type+"/"), 1000, func(o FieldOption) any { return fieldOptionShown(o) })
}

// readFieldOption reads {value, properties, config}.
func readFieldOption(o FieldOption, doc obj) (FieldOption, error) {
	o.Value = strings.TrimSpace(text(doc["value"]))
	switch {
	case o.Value == "":
		return o, badRequest("The value has to be provided.")
	case utf8.RuneCountInString(o.Value) > 255:
		return o, badRequest("The length of the value must not exceed 255 characters.")
	}
	o.Properties = clone(object(doc["properties"]))
	if o.Config = clone(object(doc["config"])); o.Config == nil {
		o.Config = obj{}
	}
	for _, s := range texts(o.Config["attributes"]) {
		if s != "notSelectable" && s != "defaultValue" {
			return o, badRequest("The attribute '%s' is not valid.", s)
		}
	}
	scope := with(obj{"projects": []any{}, "projects2": []any{}}, object(o.Config["scope"]))
	if len(list(scope["projects"]))+len(list(scope["projects2"])) == 0 && scope["global"] == nil {
		scope["global"] = obj{}
	}
	o.Config = with(obj{"attributes": []any{}}, with(o.Config, obj{"scope": scope}))
	return o, nil
}

// createIssueFieldOption adds an option to a field of an app.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-custom-field-options--apps-/#api-rest-api-3-field-fieldkey-option-post
func (j *Jira) createIssueFieldOption(c *call) (any, error) {
	f, err := c.appField()
	if err != nil {
		return nil, err
	}
	o, err := readFieldOption(FieldOption{Field: f.custom.Type}, object(c.body))
	if err != nil {
		return nil, err
	}
	o.ID = c.next("fieldOption "+o.Field, 1)
	j.fieldOptions.Put(c.Tx, o)
	return fieldOptionShown(o), nil
}

// getIssueFieldOption returns an option of a field of an app.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-custom-field-options--apps-/#api-rest-api-3-field-fieldkey-option-optionid-get
func (j *Jira) getIssueFieldOption(c *call) (any, error) {
	_, o, err := c.theFieldOption()
	if err != nil {
		return nil, err
	}
	return fieldOptionShown(o), nil
}

// updateIssueFieldOption writes an option of a field of an app; one that is not there yet is made.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-custom-field-options--apps-/#api-rest-api-3-field-fieldkey-option-optionid-put
func (j *Jira) updateIssueFieldOption(c *call) (any, error) {
	f, err := c.appField()
	if err != nil {
		return nil, err
	}
	n, doc := number(c.param("optionId")), object(c.body)
	if n == 0 || number(doc["id"]) != n {
		return nil, badRequest("The id of the option must be the one in the path.")
	}
	o, err := readFieldOption(FieldOption{ID: n, Field: f.custom.Type}, doc)
	if err != nil {
		return nil, err
	}
	j.fieldOptions.Put(c.Tx, o)
	if last, _ := j.counters.Get(c.Tx, "fieldOption "+o.Field); last.N < n {
		j.counters.Put(c.Tx, Counter{Name: "fieldOption " + o.Field, N: n})
	}
	return fieldOptionShown(o), nil
}

// deleteIssueFieldOption deletes an option that no issue has.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-custom-field-options--apps-/#api-rest-api-3-field-fieldkey-option-optionid-delete
func (j *Jira) deleteIssueFieldOption(c *call) (any, error) {
	f, o, err := c.theFieldOption()
	if err != nil {
		return nil, err
	}
	for i := range j.issues.All(c.Tx, "") {
		if hasOption(i.Fields[f.ID], o.ID) {
			return nil, refuse(http.StatusConflict, "The option with id '%d' is selected for issues.", o.ID)
		}
	}
	j.fieldOptions.Delete(c.Tx, o.Field+"/"+key(o.ID))
	return nil, nil
}

// optionsFor are the options of a field for the project that the query names.
func (c *call) optionsFor(fits func(FieldOption) bool) (any, error) {
	f, err := c.fieldOfType(c.param("fieldKey"))
	if err != nil {
		return nil, err
	}
	project := number(c.q("projectId"))
	if project != 0 {
		if _, err := c.seenProject(id(project)); err != nil {
			return nil, err
		}
	}
	var rows iter.Seq[FieldOption] = filtered(c.j.fieldOptions.All(c.Tx, f.custom.Type+"/"), func(o FieldOption) bool { return c.isFor(o, project) && fits(o) })
	return pageBean(c, rows, 1000, func(o FieldOption) any {
		v := fieldOptionShown(o)
		delete(v, "config")
		return v
	})
}

// getSelectableIssueFieldOptions lists the options that the caller can choose.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-custom-field-options--apps-/#api-rest-api-3-field-fieldkey-option-suggestions-edit-get
func (j *Jira) getSelectableIssueFieldOptions(c *call) (any, error) {
	return c.optionsFor(func(o FieldOption) bool { return !o.notSelectable() })
}

// getVisibleIssueFieldOptions lists the options that the caller can search for.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-custom-field-options--apps-/#api-rest-api-3-field-fieldkey-option-suggestions-search-get
func (j *Jira) getVisibleIssueFieldOptions(c *call) (any, error) {
	return c.optionsFor(func(FieldOption) bool { return true })
}

// replaceIssueFieldOption takes an option from the issues that have it, or gives them another one, as a task.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-custom-field-options--apps-/#api-rest-api-3-field-fieldkey-option-optionid-issue-delete
func (j *Jira) replaceIssueFieldOption(c *call) (any, error) {
	f, o, err := c.theFieldOption()
	if err != nil {
		return nil, err
	}
	now, jql := c.q("replaceWith"), c.q("jql")
	over := c.qtrue("overrideScreenSecurity", false)
	over = c.qtrue("overrideEditableFlag", false) || over
	switch {
	case over && c.connect == "":
		return nil, forbidden("Connect and Forge app users with Administer Jira global permission can override screen security.")
	case now != "" && !j.fieldOptions.Has(c.Tx, f.custom.Type+"/"+key(number(now))):
		return nil, notFound("The option with id '%s' was not found.", now)
	}
	if _, err := c.matching(jql); err != nil {
		return nil, err
	}
	return c.seeTask(c.begin("replaceOption", replacing(o.ID, number(now), jql), obj{"field": f.ID, "was": id(o.ID), "now": now, "jql": jql})), nil
}

// ownField finds a field by its id or the key of its type, which has to be one of the app that calls.
func (c *call) ownField(named string) (*field, error) {
	f, ok := c.field(named)
	if !ok {
		var err error
		if f, err = c.fieldOfType(named); err != nil {
			return nil, notFound("The custom field '%s' was not found.", named)
		}
	}
	if f.custom == nil || c.connect == "" || c.appOf(f.custom.Type) != c.connect {
		return nil, forbidden("Only the app that owns the custom field or custom field type can update its values with this operation.")
	}
	return f, nil
}

// writeValues sets a field of several issues: {issueIds, value}. If the caller says so, their history does not have it.
func (c *call) writeValues(f *field, m obj) error {
	numbered := numbers(m["issueIds"])
	switch value, given := m["value"]; {
	case len(numbered) == 0:
		return badRequest("The issueIds have to be provided.")
	case !given:
		return badRequest("The value has to be provided.")
	default:
		for _, n := range numbered {
			i, ok := c.j.issues.Get(c.Tx, key(n))
			if !ok {
				return notFound("The issue with id '%d' was not found.", n)
			}
			was := i
			i.Fields = clone(i.Fields)
			delete(i.Fields, f.ID)
			if value != nil {
				kept, err := f.kind.read(c, f, &i, value)
				if err != nil {
					return err
				}
				i.Fields[f.ID] = kept
			}
			if c.qtrue("generateChangelog", true) {
				c.save(was, i, nil)
			} else {
				i.Updated = c.at()
				c.j.issues.Put(c.Tx, i)
			}
		}
	}
	return nil
}

// updateCustomFieldValue sets a field of the app that calls in some issues: {updates: [{issueIds, value}]}.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-custom-field-values--apps-/#api-rest-api-3-app-field-fieldidorkey-value-put
func (j *Jira) updateCustomFieldValue(c *call) (any, error) {
	f, err := c.ownField(c.param("fieldIdOrKey"))
	if err != nil {
		return nil, err
	}
	for _, x := range list(object(c.body)["updates"]) {
		if err := c.writeValues(f, object(x)); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// updateMultipleCustomFieldValues sets fields of the app that calls in some issues: {updates: [{customField, issueIds, value}]}.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-custom-field-values--apps-/#api-rest-api-3-app-field-value-post
func (j *Jira) updateMultipleCustomFieldValues(c *call) (any, error) {
	for _, x := range list(object(c.body)["updates"]) {
		f, err := c.ownField(text(object(x)["customField"]))
		if err != nil {
			return nil, err
		}
		if err := c.writeValues(f, object(x)); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// configuredField finds a field whose configuration the caller may see: of their app, or any for an administrator.
func (c *call) configuredField(named string) (*field, error) {
	f, ok := c.field(named)
	if !ok {
		var err error
		if f, err = c.fieldOfType(named); err != nil {
			return nil, notFound("The custom field '%s' was not found.", named)
		}
	}
	app := ""
	if f.custom != nil {
		app = c.appOf(f.custom.Type)
	}
	switch {
	case app == "":
		return nil, badRequest("The custom field '%s' is not provided by an app.", named)
	case app != c.connect && !c.isAdmin():
		return nil, forbidden("Only Jira administrators and the app that provides the custom field can access its configuration.")
	}
	return f, nil
}

// configurations are the contexts of fields that the query asks for.
func (c *call) configurations(fields []*field, whole bool) (any, error) {
	one, in := c.chosenIDs("id"), c.chosenIDs("fieldContextId")
	project, kind := int64(0), number(c.q("issueTypeId"))
	if named := c.q("projectKeyOrId"); named != "" {
		p, err := c.seenProject(named)
		if err != nil {
			return nil, err
		}
		project = p.ID
	}
	if named := c.q("issueId"); named != "" {
		i, p, err := c.issue(named)
		if err != nil {
			return nil, err
		}
		project, kind = p.ID, number(i.Fields["issuetype"])
	}
	type row struct {
		f *field
		x Context
	}
	var rows []row
	for _, f := range fields {
		for x := range c.j.contextsOf.All(c.Tx, f.ID) {
			here, ok := c.context(f, project, kind)
			if one(x.ID) && in(x.ID) && (project == 0 || ok && here.ID == x.ID) {
				rows = append(rows, row{f, x})
			}
		}
	}
	return pageOf(c, slices.Values(rows), 100, 1000, func(r row) any {
		v := obj{"id": id(r.x.ID), "fieldContextId": id(r.x.ID)}
		if whole {
			v["customFieldId"] = r.f.ID
		}
		for name, part := range object(r.x.Configuration) {
			v[name] = part
		}
		return v
	})
}

// getCustomFieldConfiguration lists how a field of an app is set up in its contexts.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-custom-field-configuration--apps-/#api-rest-api-3-app-field-fieldidorkey-context-configuration-get
func (j *Jira) getCustomFieldConfiguration(c *call) (any, error) {
	f, err := c.configuredField(c.param("fieldIdOrKey"))
	if err != nil {
		return nil, err
	}
	return c.configurations([]*field{f}, false)
}

// getCustomFieldsConfigurations lists how several fields of apps are set up: {fieldIdsOrKeys}.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-custom-field-configuration--apps-/#api-rest-api-3-app-field-context-configuration-list-post
func (j *Jira) getCustomFieldsConfigurations(c *call) (any, error) {
	named := texts(object(c.body)["fieldIdsOrKeys"])
	if len(named) == 0 {
		return nil, badRequest("The fieldIdsOrKeys have to be provided.")
	}
	var fields []*field
	for _, s := range named {
		f, err := c.configuredField(s)
		if err != nil {
			return nil, err
		}
		fields = append(fields, f)
	}
	return c.configurations(fields, true)
}

// updateCustomFieldConfiguration sets up a field of an app in its contexts: {configurations: [{id, configuration, schema}]}.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-custom-field-configuration--apps-/#api-rest-api-3-app-field-fieldidorkey-context-configuration-put
func (j *Jira) updateCustomFieldConfiguration(c *call) (any, error) {
	f, err := c.configuredField(c.param("fieldIdOrKey"))
	if err != nil {
		return nil, err
	}
	written := list(object(c.body)["configurations"])
	if len(written) == 0 {
		return nil, badRequest("The configurations have to be provided.")
	}
	seen := map[int64]bool{}
	for _, v := range written {
		m := object(v)
		x, ok := j.contexts.Get(c.Tx, key(number(m["id"])))
		switch {
		case !ok || x.Field != f.ID:
			return nil, notFound("The configuration with id '%s' was not found.", plainWords(m["id"]))
		case seen[x.ID]:
			return nil, badRequest("The configuration with id '%d' must not be repeated.", x.ID)
		}
		seen[x.ID] = true
		kept := obj{}
		for _, part := range []string{"configuration", "schema"} {
			if m[part] != nil {
				kept[part] = clone(m[part])
			}
		}
		x.Configuration = kept
		j.contexts.Put(c.Tx, x)
	}
	return obj{}, nil
}
