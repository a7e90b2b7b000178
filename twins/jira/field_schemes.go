package jira

import (
	"iter"
	"maps"
	"net/http"
	"slices"

	"twinset.dev/kit/twin"
)

func (j *Jira) fieldSchemesOperations() {
	j.on(twin.Full, "getFieldAssociationSchemes", j.getFieldAssociationSchemes)
	j.on(twin.Full, "createFieldAssociationScheme", j.createFieldAssociationScheme)
	j.on(twin.Full, "getFieldAssociationSchemeById", j.getFieldAssociationSchemeByID)
	j.on(twin.Full, "updateFieldAssociationScheme", j.updateFieldAssociationScheme)
	j.on(twin.Full, "deleteFieldAssociationScheme", j.deleteFieldAssociationScheme)
	j.on(twin.Full, "searchFieldAssociationSchemeFields", j.searchFieldAssociationSchemeFields)
	j.on(twin.Full, "updateFieldsAssociatedWithSchemes", j.updateFieldsAssociatedWithSchemes)
	j.on(twin.Full, "removeFieldsAssociatedWithSchemes", j.removeFieldsAssociatedWithSchemes)
	j.on(twin.Full, "getFieldAssociationSchemeItemParameters", j.getFieldAssociationSchemeItemParameters)
	j.on(twin.Full, "updateFieldAssociationSchemeItemParameters", j.updateFieldAssociationSchemeItemParameters)
	j.on(twin.Full, "removeFieldAssociationSchemeItemParameters", j.removeFieldAssociationSchemeItemParameters)
	j.on(twin.Full, "searchFieldAssociationSchemeProjects", j.searchFieldAssociationSchemeProjects)
	j.on(twin.Full, "getProjectsWithFieldSchemes", j.getProjectsWithFieldSchemes)
	j.on(twin.Full, "associateProjectsToFieldAssociationSchemes", j.associateProjectsToFieldAssociationSchemes)
	j.beyond(twin.Full, "cloneFieldAssociationScheme", http.MethodPost, "/rest/api/3/config/fieldschemes/{id}/clone", j.cloneFieldAssociationScheme)
}

const errFieldSchemes = "Only Jira administrators can access field schemes."

// defaultFieldScheme is that of the projects that are in no other. It has every field.
const defaultFieldScheme = 10000

// theFieldScheme is the one that the path names.
func (c *call) theFieldScheme() (FieldScheme, error) {
	s, ok := c.j.fieldSchemes.Get(c.Tx, key(number(c.param("id"))))
	if !ok {
		return s, notFound("Scheme %s doesn't exist", c.param("id"))
	}
	return s, nil
}

// fieldSchemeOf is the scheme of a project.
func (c *call) fieldSchemeOf(project int64) FieldScheme {
	for s := range c.j.fieldSchemes.All(c.Tx, "") {
		if slices.Contains(s.Projects, project) {
			return s
		}
	}
	s, _ := c.j.fieldSchemes.Get(c.Tx, key(defaultFieldScheme))
	return s
}

// association is how a field stands in a scheme; the default scheme has every field.
func (s FieldScheme) association(name string) (FieldAssociation, bool) {
	a, ok := s.Fields[name]
	return a, ok || s.ID == defaultFieldScheme
}

// schemeItems are how fields behave in a project that has a field scheme of its own: what is not in the scheme is hidden.
func (c *call) schemeItems(s FieldScheme, issueType int64) map[string]FieldItem {
	items := map[string]FieldItem{}
	for f := range c.fields() {
		a, ok := s.association(f.ID)
		it := FieldItem{Hidden: !ok || len(a.Types) > 0 && !slices.Contains(a.Types, issueType), Description: a.Description, Required: a.Required}
		if own, ok := a.ByType[id(issueType)]; ok {
			it.Description, it.Required = own.Description, own.Required
		}
		it.Required = it.Required && !it.Hidden
		items[f.ID] = it
	}
	return items
}

func (c *call) fieldSchemeShown(s FieldScheme) obj {
	at := c.api("/config/fieldschemes/" + id(s.ID))
	return obj{"id": s.ID, "name": s.Name, "description": s.Description, "links": obj{"associations": at + "/fields", "projects": at + "/projects"}}
}

func (c *call) countFields(s FieldScheme) (n int) {
	for f := range c.fields() {
		if _, in := s.association(f.ID); in && f.order {
			n++
		}
	}
	return n
}

// projectsOfFieldScheme are the projects that a scheme holds for.
func (c *call) projectsOfFieldScheme(s FieldScheme) iter.Seq[Project] {
	return c.projectsUsing(func(p Project) bool { return !p.Team && c.fieldSchemeOf(p.ID).ID == s.ID })
}

// getFieldAssociationSchemes lists the schemes.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-field-schemes/#api-rest-api-3-config-fieldschemes-get
func (j *Jira) getFieldAssociationSchemes(c *call) (any, error) {
	if err := c.admins(errFieldSchemes); err != nil {
		return nil, err
	}
	query, wanted := c.q("query"), c.qs("projectId")
	matched := func(s FieldScheme) (in []any) {
		for p := range c.projectsOfFieldScheme(s) {
			if slices.Contains(wanted, id(p.ID)) {
				in = append(in, p.ID)
			}
		}
		return in
	}
	rows := filtered(j.fieldSchemes.All(c.Tx, ""), func(s FieldScheme) bool {
		return (holding(s.Name, query) || holding(s.Description, query)) && (len(wanted) == 0 || len(matched(s)) > 0)
	})
	return pageBean(c, rows, 100, func(s FieldScheme) any {
		v := c.fieldSchemeShown(s)
		v["isDefault"], v["fieldsCount"] = s.ID == defaultFieldScheme, c.countFields(s)
		filters := obj{}
		if query != "" {
			filters["query"] = query
		}
		if in := matched(s); len(in) > 0 {
			filters["projectIds"] = in
		}
		if len(filters) > 0 {
			v["matchedFilters"] = filters
		}
		return v
	})
}

// readFieldScheme reads the name and the description of a scheme.
func (c *call) readFieldScheme(s FieldScheme, doc obj) (FieldScheme, error) {
	return entitled(s, doc, c.j.fieldSchemes.All(c.Tx, ""), func(s *FieldScheme) (int64, *string, *string) { return s.ID, &s.Name, &s.Description }, 255, 1024,
		refuse(http.StatusConflict, "The name is used by another scheme."))
}

// createFieldAssociationScheme makes a scheme that has Jira's own fields.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-field-schemes/#api-rest-api-3-config-fieldschemes-post
func (j *Jira) createFieldAssociationScheme(c *call) (any, error) {
	own := map[string]FieldAssociation{}
	for _, f := range systemFields {
		if f.order {
			own[f.ID] = FieldAssociation{}
		}
	}
	return c.makeFieldScheme(own)
}

// cloneFieldAssociationScheme makes a scheme that has the fields of another.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-field-schemes/#api-rest-api-3-config-fieldschemes-id-clone-post
func (j *Jira) cloneFieldAssociationScheme(c *call) (any, error) {
	if err := c.admins(errFieldSchemes); err != nil {
		return nil, err
	}
	s, err := c.theFieldScheme()
	if err != nil {
		return nil, err
	}
	fields := maps.Clone(s.Fields)
	if s.ID == defaultFieldScheme {
		for f := range c.fields() {
			if _, ok := fields[f.ID]; f.order && !ok {
				fields[f.ID] = FieldAssociation{}
			}
		}
	}
	return c.makeFieldScheme(fields)
}

func (c *call) makeFieldScheme(fields map[string]FieldAssociation) (any, error) {
	doc, err := c.configuring(errFieldSchemes)
	if err != nil {
		return nil, err
	}
	s, err := c.readFieldScheme(FieldScheme{Fields: fields}, doc)
	if err != nil {
		return nil, err
	}
	s.ID = c.next("fieldScheme", defaultFieldScheme+1)
	c.j.fieldSchemes.Put(c.Tx, s)
	return c.fieldSchemeShown(s), nil
}

// getFieldAssociationSchemeByID returns a scheme.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-field-schemes/#api-rest-api-3-config-fieldschemes-id-get
func (j *Jira) getFieldAssociationSchemeByID(c *call) (any, error) {
	if err := c.admins(errFieldSchemes); err != nil {
		return nil, err
	}
	s, err := c.theFieldScheme()
	if err != nil {
		return nil, err
	}
	return with(c.fieldSchemeShown(s), obj{"id": id(s.ID), "isDefault": s.ID == defaultFieldScheme, "fieldsCount": c.countFields(s)}), nil
}

// updateFieldAssociationScheme renames a scheme.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-field-schemes/#api-rest-api-3-config-fieldschemes-id-put
func (j *Jira) updateFieldAssociationScheme(c *call) (any, error) {
	doc, err := c.configuring(errFieldSchemes)
	if err != nil {
		return nil, err
	}
	s, err := c.theFieldScheme()
	if err != nil {
		return nil, err
	}
	if s, err = c.readFieldScheme(s, doc); err != nil {
		return nil, err
	}
	j.fieldSchemes.Put(c.Tx, s)
	return c.fieldSchemeShown(s), nil
}

// deleteFieldAssociationScheme deletes a scheme that no project has.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-field-schemes/#api-rest-api-3-config-fieldschemes-id-delete
func (j *Jira) deleteFieldAssociationScheme(c *call) (any, error) {
	if err := c.admins(errFieldSchemes); err != nil {
		return nil, err
	}
	s, err := c.theFieldScheme()
	switch {
	case err != nil:
		return nil, err
	case s.ID == defaultFieldScheme:
		return nil, badRequest("The default field scheme can't be deleted.")
	case len(s.Projects) > 0:
		return nil, badRequest("The field scheme is associated with one or more projects and can't be deleted.")
	}
	j.fieldSchemes.Delete(c.Tx, key(s.ID))
	return obj{"id": id(s.ID), "deleted": true}, nil
}

func associationShown(a FieldAssociation) obj {
	v := obj{"isRequired": a.Required}
	if a.Description != "" {
		v["description"] = a.Description
	}
	return v
}

// byType are the parameters of a field that are otherwise for some types; their ids are written with show.
func (a FieldAssociation) byType(show func(string) any) []any {
	out := []any{}
	for _, kind := range sorted(a.ByType) {
		out = append(out, with(associationShown(FieldAssociation{Description: a.ByType[kind].Description, Required: a.ByType[kind].Required}), obj{"workTypeId": show(kind)}))
	}
	return out
}

// searchFieldAssociationSchemeFields lists the fields of a scheme.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-field-schemes/#api-rest-api-3-config-fieldschemes-id-fields-get
func (j *Jira) searchFieldAssociationSchemeFields(c *call) (any, error) {
	if err := c.admins(errFieldSchemes); err != nil {
		return nil, err
	}
	s, err := c.theFieldScheme()
	if err != nil {
		return nil, err
	}
	wanted := c.qs("fieldId")
	rows := filtered(c.fields(), func(f *field) bool {
		_, in := s.association(f.ID)
		return in && f.order && (len(wanted) == 0 || slices.Contains(wanted, f.ID))
	})
	return pageBean(c, rows, 100, func(f *field) any {
		a, _ := s.association(f.ID)
		operations := []any{"REMOVE", "CHANGE_REQUIRED", "CHANGE_DESCRIPTION"}
		if stays(f.ID) {
			operations = []any{"CHANGE_DESCRIPTION"}
		}
		return obj{"fieldId": f.ID, "allowedOperations": operations, "parameters": associationShown(a), "restrictedToWorkTypes": ids(a.Types), "workTypeParameters": a.byType(func(s string) any { return s })}
	})
}

// stays reports whether a field cannot be taken out of a scheme.
func stays(name string) bool { return name == "summary" || name == "issuetype" }

// getFieldAssociationSchemeItemParameters returns how a field behaves in a scheme.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-field-schemes/#api-rest-api-3-config-fieldschemes-id-fields-fieldid-parameters-get
func (j *Jira) getFieldAssociationSchemeItemParameters(c *call) (any, error) {
	if err := c.admins(errFieldSchemes); err != nil {
		return nil, err
	}
	s, err := c.theFieldScheme()
	if err != nil {
		return nil, err
	}
	name := c.param("fieldId")
	_, known := c.field(name)
	a, in := s.association(name)
	if !known || !in {
		return nil, notFound("The field '%s' is not associated with the scheme '%d'.", name, s.ID)
	}
	return obj{"fieldId": name, "parameters": associationShown(a), "workTypeParameters": a.byType(func(s string) any { return number(s) })}, nil
}

// A change is of one field in one scheme; it says what is wrong, if anything is.
type fieldChange struct {
	field  string
	scheme int64
	said   obj // what the result says beside the two
	apply  func(s *FieldScheme) any
}

// changeFields makes changes of fields in schemes, each for itself: 200 if all could be made, 400 if none could, else 207.
func (c *call) changeFields(changes []fieldChange) (any, error) {
	var done []bool
	results := []any{}
	for _, x := range changes {
		s, ok := c.j.fieldSchemes.Get(c.Tx, key(x.scheme))
		_, known := c.field(x.field)
		var bad any
		switch {
		case !ok:
			bad = "Scheme " + id(x.scheme) + " doesn't exist"
		case !known:
			bad = "Field " + x.field + " doesn't exist"
		default:
			if s.Fields = maps.Clone(s.Fields); s.Fields == nil {
				s.Fields = map[string]FieldAssociation{}
			}
			if bad = x.apply(&s); bad == nil {
				c.j.fieldSchemes.Put(c.Tx, s)
			}
		}
		v := with(obj{"fieldId": x.field, "schemeId": x.scheme, "success": bad == nil}, x.said)
		if bad != nil {
			v["error"] = bad
		}
		done, results = append(done, bad == nil), append(results, v)
	}
	return severally(done, results), nil
}

// severally is the answer to several changes that were made each for itself.
func severally(done []bool, results []any) answer {
	status := http.StatusOK
	switch {
	case !slices.Contains(done, true):
		status = http.StatusBadRequest
	case slices.Contains(done, false):
		status = http.StatusMultiStatus
	}
	return answer{status: status, body: obj{"results": results}}
}

// changesOf reads {field: [entry]} with what read makes of an entry.
func (c *call) changesOf(read func(name string, m obj) []fieldChange) (any, error) {
	doc, err := c.configuring(errFieldSchemes)
	if err != nil {
		return nil, err
	}
	var changes []fieldChange
	for _, name := range sorted(doc) {
		entries, ok := doc[name].([]any)
		if !ok {
			entries = []any{doc[name]}
		}
		for _, x := range entries {
			changes = append(changes, read(name, object(x))...)
		}
	}
	if len(changes) == 0 {
		return nil, errPayload
	}
	return c.changeFields(changes)
}

// updateFieldsAssociatedWithSchemes puts fields into schemes: {field: [{schemeIds, restrictedToWorkTypes}]}.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-field-schemes/#api-rest-api-3-config-fieldschemes-fields-put
func (j *Jira) updateFieldsAssociatedWithSchemes(c *call) (any, error) {
	return c.changesOf(func(name string, m obj) (out []fieldChange) {
		types := numbers(m["restrictedToWorkTypes"])
		for _, n := range numbers(m["schemeIds"]) {
			out = append(out, fieldChange{name, n, obj{"workTypeIds": anys(types)}, func(s *FieldScheme) any {
				if unknown := c.unknownTypes(types); len(unknown) > 0 {
					return "Work type " + idsJoined(unknown) + " doesn't exist"
				}
				a := s.Fields[name]
				a.Types = types
				s.Fields[name] = a
				return nil
			}})
		}
		return out
	})
}

// removeFieldsAssociatedWithSchemes takes fields out of schemes: {field: {schemeIds}}.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-field-schemes/#api-rest-api-3-config-fieldschemes-fields-delete
func (j *Jira) removeFieldsAssociatedWithSchemes(c *call) (any, error) {
	return c.changesOf(func(name string, m obj) (out []fieldChange) {
		for _, n := range numbers(m["schemeIds"]) {
			out = append(out, fieldChange{name, n, nil, func(s *FieldScheme) any {
				_, in := s.Fields[name]
				switch {
				case stays(name) || s.ID == defaultFieldScheme:
					return "Field " + name + " can't be removed from the scheme"
				case !in:
					return notAssociated(name, s)["message"]
				}
				delete(s.Fields, name)
				return nil
			}})
		}
		return out
	})
}

func notAssociated(name string, s *FieldScheme) obj {
	return obj{"code": "FIELD_IS_NOT_ASSOCIATED", "message": "The field '" + name + "' is not associated with the scheme '" + id(s.ID) + "'."}
}

// updateFieldAssociationSchemeItemParameters says how fields behave in schemes: {field: [{schemeIds, parameters: {description,
// isRequired}, workTypeParameters: [{workTypeId, description, isRequired}]}]}.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-field-schemes/#api-rest-api-3-config-fieldschemes-fields-parameters-put
func (j *Jira) updateFieldAssociationSchemeItemParameters(c *call) (any, error) {
	set := func(description *string, required *bool, m obj) {
		if s, ok := m["description"].(string); ok {
			*description = s
		}
		if b, ok := m["isRequired"].(bool); ok {
			*required = b
		}
	}
	return c.changesOf(func(name string, m obj) (out []fieldChange) {
		for _, n := range numbers(m["schemeIds"]) {
			if p := object(m["parameters"]); p != nil {
				out = append(out, fieldChange{name, n, nil, func(s *FieldScheme) any {
					a, in := s.association(name)
					if !in {
						return notAssociated(name, s)["message"]
					}
					set(&a.Description, &a.Required, p)
					s.Fields[name] = a
					return nil
				}})
			}
			for _, x := range list(m["workTypeParameters"]) {
				kind := number(object(x)["workTypeId"])
				out = append(out, fieldChange{name, n, obj{"workTypeId": kind}, func(s *FieldScheme) any {
					a, in := s.association(name)
					switch {
					case !in:
						return notAssociated(name, s)["message"]
					case len(c.unknownTypes([]int64{kind})) > 0:
						return "Work type " + id(kind) + " doesn't exist"
					}
					it := FieldItem{Description: a.Description, Required: a.Required}
					set(&it.Description, &it.Required, object(x))
					if a.ByType = maps.Clone(a.ByType); a.ByType == nil {
						a.ByType = map[string]FieldItem{}
					}
					a.ByType[id(kind)] = it
					s.Fields[name] = a
					return nil
				}})
			}
		}
		return out
	})
}

// removeFieldAssociationSchemeItemParameters makes fields behave as usual again: {field: [{schemeId, workTypeIds, parameters}]}.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-field-schemes/#api-rest-api-3-config-fieldschemes-fields-parameters-delete
func (j *Jira) removeFieldAssociationSchemeItemParameters(c *call) (any, error) {
	return c.changesOf(func(name string, m obj) []fieldChange {
		types, named := numbers(m["workTypeIds"]), texts(m["parameters"])
		gone := func(parameter string) bool { return len(named) == 0 || slices.Contains(named, parameter) }
		return []fieldChange{{name, number(m["schemeId"]), obj{"workTypeIds": anys(types)}, func(s *FieldScheme) any {
			a, in := s.association(name)
			if !in {
				return notAssociated(name, s)
			}
			if len(types) == 0 {
				a.Required, a.Description = a.Required && !gone("isRequired"), map[bool]string{false: a.Description}[gone("description")]
			}
			a.ByType = maps.Clone(a.ByType)
			for _, n := range types {
				it, ok := a.ByType[id(n)]
				if !ok {
					continue
				}
				if gone("isRequired") {
					it.Required = a.Required
				}
				if gone("description") {
					it.Description = a.Description
				}
				if a.ByType[id(n)] = it; it.Required == a.Required && it.Description == a.Description {
					delete(a.ByType, id(n))
				}
			}
			s.Fields[name] = a
			return nil
		}}}
	})
}

// searchFieldAssociationSchemeProjects lists the projects of a scheme.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-field-schemes/#api-rest-api-3-config-fieldschemes-id-projects-get
func (j *Jira) searchFieldAssociationSchemeProjects(c *call) (any, error) {
	if err := c.admins(errFieldSchemes); err != nil {
		return nil, err
	}
	s, err := c.theFieldScheme()
	if err != nil {
		return nil, err
	}
	wanted := c.chosenIDs("projectId")
	rows := filtered(c.projectsOfFieldScheme(s), func(p Project) bool { return wanted(p.ID) })
	return pageBean(c, rows, 100, func(p Project) any { return obj{"id": id(p.ID), "name": p.Name} })
}

// getProjectsWithFieldSchemes says which scheme projects have.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-field-schemes/#api-rest-api-3-config-fieldschemes-projects-get
func (j *Jira) getProjectsWithFieldSchemes(c *call) (any, error) {
	if err := c.admins(errFieldSchemes); err != nil {
		return nil, err
	}
	wanted, err := c.askedProjects()
	if err != nil {
		return nil, err
	}
	rows := c.projectsUsing(func(p Project) bool { return !p.Team && slices.Contains(wanted, p.ID) })
	return pageBean(c, rows, 100, func(p Project) any { return obj{"projectId": p.ID, "schemeId": c.fieldSchemeOf(p.ID).ID} })
}

// associateProjectsToFieldAssociationSchemes gives projects schemes: {scheme: {projectIds}}.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-field-schemes/#api-rest-api-3-config-fieldschemes-projects-put
func (j *Jira) associateProjectsToFieldAssociationSchemes(c *call) (any, error) {
	doc, err := c.configuring(errFieldSchemes)
	if err != nil {
		return nil, err
	}
	var done []bool
	results := []any{}
	for _, named := range sorted(doc) {
		for _, n := range numbers(object(doc[named])["projectIds"]) {
			p, ok := j.projects.Get(c.Tx, key(n))
			s, found := j.fieldSchemes.Get(c.Tx, key(number(named)))
			v := obj{"projectId": n, "schemeId": number(named), "success": found && ok}
			switch {
			case !found:
				v["error"] = "Field scheme #" + named + " doesn't exist"
			case !ok || p.Trashed != 0:
				v["success"], v["error"] = false, "Project #"+id(n)+" doesn't exist"
			default:
				c.enterFieldScheme(s, n)
			}
			done, results = append(done, v["error"] == nil), append(results, v)
		}
	}
	if len(results) == 0 {
		return nil, errPayload
	}
	return severally(done, results), nil
}

// enterFieldScheme takes a project out of its scheme and into another.
func (c *call) enterFieldScheme(s FieldScheme, project int64) {
	for other := range c.j.fieldSchemes.All(c.Tx, "") {
		if n := slices.Index(other.Projects, project); n >= 0 {
			other.Projects = slices.Delete(slices.Clone(other.Projects), n, n+1)
			c.j.fieldSchemes.Put(c.Tx, other)
		}
	}
	if s.ID != defaultFieldScheme {
		s, _ = c.j.fieldSchemes.Get(c.Tx, key(s.ID))
		s.Projects = append(slices.Clone(s.Projects), project)
		c.j.fieldSchemes.Put(c.Tx, s)
	}
}
