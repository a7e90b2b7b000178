package jira

import (
	"maps"
	"slices"

	"twinset.dev/kit/twin"
)

func (j *Jira) fieldConfigurationsOperations() {
	j.on(twin.Full, "getAllFieldConfigurations", j.getAllFieldConfigurations)
	j.on(twin.Full, "createFieldConfiguration", j.createFieldConfiguration)
	j.on(twin.Full, "updateFieldConfiguration", j.updateFieldConfiguration)
	j.on(twin.Full, "deleteFieldConfiguration", j.deleteFieldConfiguration)
	j.on(twin.Full, "getFieldConfigurationItems", j.getFieldConfigurationItems)
	j.on(twin.Full, "updateFieldConfigurationItems", j.updateFieldConfigurationItems)

	j.on(twin.Full, "getAllFieldConfigurationSchemes", j.getAllFieldConfigurationSchemes)
	j.on(twin.Full, "createFieldConfigurationScheme", j.createFieldConfigurationScheme)
	j.on(twin.Full, "updateFieldConfigurationScheme", j.updateFieldConfigurationScheme)
	j.on(twin.Full, "deleteFieldConfigurationScheme", j.deleteFieldConfigurationScheme)
	j.on(twin.Full, "getFieldConfigurationSchemeMappings", j.getFieldConfigurationSchemeMappings)
	j.on(twin.Full, "setFieldConfigurationSchemeMapping", j.setFieldConfigurationSchemeMapping)
	j.on(twin.Full, "removeIssueTypesFromGlobalFieldConfigurationScheme", j.removeIssueTypesFromGlobalFieldConfigurationScheme)
	j.on(twin.Full, "getFieldConfigurationSchemeProjectMapping", j.getFieldConfigurationSchemeProjectMapping)
	j.on(twin.Full, "assignFieldConfigurationSchemeToProject", j.assignFieldConfigurationSchemeToProject)
}

const errFieldConfigs = "Only Jira administrators can access field configurations."

// theFieldConfig is the one that the path names.
func (c *call) theFieldConfig() (FieldConfig, error) {
	x, ok := c.j.fieldConfigs.Get(c.Tx, key(number(c.param("id"))))
	if !ok {
		return x, notFound("The field configuration was not found.")
	}
	return x, nil
}

func fieldConfigShown(x FieldConfig) obj {
	v := obj{"id": x.ID, "name": x.Name, "description": x.Description}
	if x.Default {
		v["isDefault"] = true
	}
	return v
}

// getAllFieldConfigurations lists the field configurations.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-field-configurations/#api-rest-api-3-fieldconfiguration-get
func (j *Jira) getAllFieldConfigurations(c *call) (any, error) {
	if err := c.admins(errFieldConfigs); err != nil {
		return nil, err
	}
	wanted, query, only := c.chosenIDs("id"), c.q("query"), c.qtrue("isDefault", false)
	rows := filtered(j.fieldConfigs.All(c.Tx, ""), func(x FieldConfig) bool {
		return wanted(x.ID) && (!only || x.Default) && (holding(x.Name, query) || holding(x.Description, query))
	})
	return pageBean(c, rows, 100, func(x FieldConfig) any { return fieldConfigShown(x) })
}

// readFieldConfig reads the name and the description of a configuration.
func (c *call) readFieldConfig(x FieldConfig, doc obj) (FieldConfig, error) {
	x.Name = "" // which has to be said again
	return entitled(x, doc, c.j.fieldConfigs.All(c.Tx, ""), func(x *FieldConfig) (int64, *string, *string) { return x.ID, &x.Name, &x.Description }, 255, 255,
		badRequest("A field configuration is using this name."))
}

// createFieldConfiguration makes a configuration in which every field is as usual.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-field-configurations/#api-rest-api-3-fieldconfiguration-post
func (j *Jira) createFieldConfiguration(c *call) (any, error) {
	doc, err := c.configuring(errFieldConfigs)
	if err != nil {
		return nil, err
	}
	x, err := c.readFieldConfig(FieldConfig{Items: map[string]FieldItem{}}, doc)
	if err != nil {
		return nil, err
	}
	x.ID = c.next("fieldConfig", firstID)
	j.fieldConfigs.Put(c.Tx, x)
	c.audited("Field configuration created", "fields", item(id(x.ID), x.Name, "SCHEME"))
	return fieldConfigShown(x), nil
}

// updateFieldConfiguration renames a configuration.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-field-configurations/#api-rest-api-3-fieldconfiguration-id-put
func (j *Jira) updateFieldConfiguration(c *call) (any, error) {
	doc, err := c.configuring(errFieldConfigs)
	if err != nil {
		return nil, err
	}
	x, err := c.theFieldConfig()
	switch {
	case err != nil:
		return nil, err
	case x.Default:
		return nil, badRequest("The default field configuration can't be updated.")
	}
	if x, err = c.readFieldConfig(x, doc); err != nil {
		return nil, err
	}
	j.fieldConfigs.Put(c.Tx, x)
	return nil, nil
}

// deleteFieldConfiguration deletes a configuration that no scheme has.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-field-configurations/#api-rest-api-3-fieldconfiguration-id-delete
func (j *Jira) deleteFieldConfiguration(c *call) (any, error) {
	if err := c.admins(errFieldConfigs); err != nil {
		return nil, err
	}
	x, err := c.theFieldConfig()
	switch {
	case err != nil:
		return nil, err
	case x.Default:
		return nil, badRequest("The default field configuration can't be deleted.")
	}
	for s := range j.fieldConfigSchemes.All(c.Tx, "") {
		if slices.Contains(slices.Collect(maps.Values(s.Mappings)), x.ID) {
			return nil, badRequest("The field configuration is associated with a field configuration scheme and can't be deleted.")
		}
	}
	j.fieldConfigs.Delete(c.Tx, key(x.ID))
	c.audited("Field configuration deleted", "fields", item(id(x.ID), x.Name, "SCHEME"))
	return nil, nil
}

// getFieldConfigurationItems lists how fields behave in a configuration.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-field-configurations/#api-rest-api-3-fieldconfiguration-id-fields-get
func (j *Jira) getFieldConfigurationItems(c *call) (any, error) {
	if err := c.admins(errFieldConfigs); err != nil {
		return nil, err
	}
	x, err := c.theFieldConfig()
	if err != nil {
		return nil, err
	}
	rows := filtered(c.fields(), func(f *field) bool { return f.order })
	return pageBean(c, rows, 100, func(f *field) any {
		it := x.Items[f.ID]
		v := obj{"id": f.ID, "isHidden": it.Hidden, "isRequired": it.Required || f.ID == "summary" || f.ID == "issuetype"}
		if it.Description != "" {
			v["description"] = it.Description
		}
		if it.Renderer != "" || f.kind == richField {
			v["renderer"] = it.Renderer
			if it.Renderer == "" {
				v["renderer"] = wikiRenderer
			}
		}
		return v
	})
}

// Renderers of text: as wiki markup, or as it is.
const (
	wikiRenderer = "wiki-renderer"
	textRenderer = "text-renderer"
)

// updateFieldConfigurationItems says how fields behave: {fieldConfigurationItems: [{id, isHidden, isRequired, description, renderer}]}.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-field-configurations/#api-rest-api-3-fieldconfiguration-id-fields-put
func (j *Jira) updateFieldConfigurationItems(c *call) (any, error) {
	doc, err := c.configuring(errFieldConfigs)
	if err != nil {
		return nil, err
	}
	x, err := c.theFieldConfig()
	if err != nil {
		return nil, err
	}
	written := list(doc["fieldConfigurationItems"])
	if len(written) == 0 {
		return nil, badRequest("The fieldConfigurationItems have to be provided.")
	}
	x.Items = maps.Clone(x.Items)
	for _, v := range written {
		m := object(v)
		f, ok := c.field(text(m["id"]))
		if !ok || !f.order {
			return nil, notFound("The field '%s' was not found.", text(m["id"]))
		}
		it := x.Items[f.ID]
		for name, to := range map[string]*bool{"isHidden": &it.Hidden, "isRequired": &it.Required} {
			if b, ok := m[name].(bool); ok {
				*to = b
			}
		}
		for name, to := range map[string]*string{"description": &it.Description, "renderer": &it.Renderer} {
			if s, ok := m[name].(string); ok {
				*to = s
			}
		}
		switch {
		case it.Hidden && (f.ID == "summary" || f.ID == "issuetype"):
			return nil, badRequest("The field '%s' can't be hidden.", f.ID)
		case it.Hidden && it.Required:
			return nil, badRequest("The field '%s' can't be both hidden and required.", f.ID)
		case it.Renderer != "" && it.Renderer != wikiRenderer && it.Renderer != textRenderer:
			return nil, badRequest("The renderer '%s' is invalid.", it.Renderer)
		}
		x.Items[f.ID] = it
	}
	j.fieldConfigs.Put(c.Tx, x)
	return nil, nil
}

// theFieldConfigScheme is the one that the path names.
func (c *call) theFieldConfigScheme() (FieldConfigScheme, error) {
	s, ok := c.j.fieldConfigSchemes.Get(c.Tx, key(number(c.param("id"))))
	if !ok {
		return s, errNoFieldConfigScheme
	}
	s.Mappings = maps.Clone(s.Mappings)
	return s, nil
}

var errNoFieldConfigScheme = notFound("The field configuration scheme was not found.")

func fieldConfigSchemeShown(s FieldConfigScheme) obj {
	v := obj{"id": id(s.ID), "name": s.Name}
	if s.Description != "" {
		v["description"] = s.Description
	}
	return v
}

// getAllFieldConfigurationSchemes lists the schemes.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-field-configurations/#api-rest-api-3-fieldconfigurationscheme-get
func (j *Jira) getAllFieldConfigurationSchemes(c *call) (any, error) {
	if err := c.admins(errFieldConfigs); err != nil {
		return nil, err
	}
	wanted := c.chosenIDs("id")
	rows := filtered(j.fieldConfigSchemes.All(c.Tx, ""), func(s FieldConfigScheme) bool { return wanted(s.ID) })
	return pageBean(c, rows, 100, func(s FieldConfigScheme) any { return fieldConfigSchemeShown(s) })
}

// readFieldConfigScheme reads the name and the description of a scheme.
func (c *call) readFieldConfigScheme(s FieldConfigScheme, doc obj) (FieldConfigScheme, error) {
	s.Name = "" // which has to be said again
	return entitled(s, doc, c.j.fieldConfigSchemes.All(c.Tx, ""), func(s *FieldConfigScheme) (int64, *string, *string) { return s.ID, &s.Name, &s.Description }, 255, 1024,
		badRequest("A field configuration scheme is using this name."))
}

// createFieldConfigurationScheme makes a scheme that has the default configuration for every type.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-field-configurations/#api-rest-api-3-fieldconfigurationscheme-post
func (j *Jira) createFieldConfigurationScheme(c *call) (any, error) {
	doc, err := c.configuring(errFieldConfigs)
	if err != nil {
		return nil, err
	}
	s, err := c.readFieldConfigScheme(FieldConfigScheme{Mappings: map[string]int64{"default": defaultFieldConfig}}, doc)
	if err != nil {
		return nil, err
	}
	s.ID = c.next("fieldConfigScheme", firstID)
	j.fieldConfigSchemes.Put(c.Tx, s)
	c.audited("Field configuration scheme created", "fields", item(id(s.ID), s.Name, "SCHEME"))
	return created(fieldConfigSchemeShown(s)), nil
}

// updateFieldConfigurationScheme renames a scheme.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-field-configurations/#api-rest-api-3-fieldconfigurationscheme-id-put
func (j *Jira) updateFieldConfigurationScheme(c *call) (any, error) {
	return nil, changed(c, errFieldConfigs, c.theFieldConfigScheme, c.readFieldConfigScheme, j.fieldConfigSchemes)
}

// deleteFieldConfigurationScheme deletes a scheme that no project has.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-field-configurations/#api-rest-api-3-fieldconfigurationscheme-id-delete
func (j *Jira) deleteFieldConfigurationScheme(c *call) (any, error) {
	if err := c.admins(errFieldConfigs); err != nil {
		return nil, err
	}
	s, err := c.theFieldConfigScheme()
	if err != nil {
		return nil, err
	}
	for range c.projectsUsing(func(p Project) bool { return p.Fields == s.ID }) {
		return nil, badRequest("The field configuration scheme is assigned to one or more projects and can't be deleted.")
	}
	j.fieldConfigSchemes.Delete(c.Tx, key(s.ID))
	c.audited("Field configuration scheme deleted", "fields", item(id(s.ID), s.Name, "SCHEME"))
	return nil, nil
}

// getFieldConfigurationSchemeMappings lists the mappings of schemes, a row for each.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-field-configurations/#api-rest-api-3-fieldconfigurationscheme-mapping-get
func (j *Jira) getFieldConfigurationSchemeMappings(c *call) (any, error) {
	if err := c.admins(errFieldConfigs); err != nil {
		return nil, err
	}
	for _, n := range c.qs("fieldConfigurationSchemeId") {
		if !j.fieldConfigSchemes.Has(c.Tx, key(number(n))) {
			return nil, errNoFieldConfigScheme
		}
	}
	wanted := c.chosenIDs("fieldConfigurationSchemeId")
	rows := func(yield func(obj) bool) {
		for s := range j.fieldConfigSchemes.All(c.Tx, "") {
			for _, kind := range sorted(s.Mappings) {
				if wanted(s.ID) && !yield(obj{"fieldConfigurationSchemeId": id(s.ID), "issueTypeId": kind, "fieldConfigurationId": id(s.Mappings[kind])}) {
					return
				}
			}
		}
	}
	return pageBean(c, rows, 100, func(row obj) any { return row })
}

// setFieldConfigurationSchemeMapping says which configuration issues of some types have: {mappings: [{issueTypeId, fieldConfigurationId}]}.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-field-configurations/#api-rest-api-3-fieldconfigurationscheme-id-mapping-put
func (j *Jira) setFieldConfigurationSchemeMapping(c *call) (any, error) {
	doc, err := c.configuring(errFieldConfigs)
	if err != nil {
		return nil, err
	}
	s, err := c.theFieldConfigScheme()
	if err != nil {
		return nil, err
	}
	written := list(doc["mappings"])
	if len(written) == 0 {
		return nil, badRequest("The mappings have to be provided.")
	}
	seen := map[string]bool{}
	for _, v := range written {
		kind, n := plainWords(object(v)["issueTypeId"]), number(object(v)["fieldConfigurationId"])
		switch {
		case kind == "":
			return nil, badRequest("The issueTypeId has to be provided.")
		case n == 0:
			return nil, badRequest("The fieldConfigurationId has to be provided.")
		case seen[kind]:
			return nil, badRequest("The issueTypeIds must not contain duplicates.")
		case kind != "default" && len(c.unknownTypes([]int64{number(kind)})) > 0:
			return nil, notFound("These issue types were not found: %s", kind)
		case !j.fieldConfigs.Has(c.Tx, key(n)):
			return nil, notFound("The field configuration was not found.")
		}
		seen[kind] = true
		s.Mappings[kind] = n
	}
	j.fieldConfigSchemes.Put(c.Tx, s)
	return nil, nil
}

// removeIssueTypesFromGlobalFieldConfigurationScheme makes issues of some types have the configuration of the default.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-field-configurations/#api-rest-api-3-fieldconfigurationscheme-id-mapping-delete-post
func (j *Jira) removeIssueTypesFromGlobalFieldConfigurationScheme(c *call) (any, error) {
	doc, err := c.configuring(errFieldConfigs)
	if err != nil {
		return nil, err
	}
	s, err := c.theFieldConfigScheme()
	if err != nil {
		return nil, err
	}
	types := numbers(doc["issueTypeIds"])
	switch {
	case len(types) == 0:
		return nil, badRequest("The issueTypeIds have to be provided.")
	case repeated(types):
		return nil, badRequest("The issueTypeIds must not contain duplicates.")
	}
	for _, n := range types {
		if s.Mappings[id(n)] == 0 {
			return nil, notFound("The issue type '%d' was not found in the field configuration scheme.", n)
		}
		delete(s.Mappings, id(n))
	}
	j.fieldConfigSchemes.Put(c.Tx, s)
	return nil, nil
}

// getFieldConfigurationSchemeProjectMapping lists the schemes of projects; one without has the default.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-field-configurations/#api-rest-api-3-fieldconfigurationscheme-project-get
func (j *Jira) getFieldConfigurationSchemeProjectMapping(c *call) (any, error) {
	if err := c.admins(errFieldConfigs); err != nil {
		return nil, err
	}
	rows, err := schemesOfProjects(c, func(p Project) int64 { return p.Fields })
	if err != nil {
		return nil, err
	}
	return pageBean(c, slices.Values(rows), 100, func(row [2]any) any {
		v := obj{"projectIds": row[1]}
		if s, ok := j.fieldConfigSchemes.Get(c.Tx, key(row[0].(int64))); ok {
			v["fieldConfigurationScheme"] = fieldConfigSchemeShown(s)
		}
		return v
	})
}

// assignFieldConfigurationSchemeToProject gives a project a scheme; null gives it the default.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-field-configurations/#api-rest-api-3-fieldconfigurationscheme-project-put
func (j *Jira) assignFieldConfigurationSchemeToProject(c *call) (any, error) {
	doc, err := c.configuring(errFieldConfigs)
	if err != nil {
		return nil, err
	}
	p, err := c.classicProject(doc, "field configuration schemes")
	if err != nil {
		return nil, err
	}
	s, ok := j.fieldConfigSchemes.Get(c.Tx, key(number(doc["fieldConfigurationSchemeId"])))
	if doc["fieldConfigurationSchemeId"] != nil && !ok {
		return nil, errNoFieldConfigScheme
	}
	p.Fields = s.ID
	j.projects.Put(c.Tx, p)
	c.audited("Field configuration scheme added to project", "fields", item(id(s.ID), s.Name, "SCHEME"))
	return nil, nil
}
