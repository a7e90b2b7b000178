package jira

import "slices"

// expandIssue adds to an issue the parts that the caller asks for.
func (c *call) expandIssue(v obj, i *Issue, w choice) {
	if c.expands("names") {
		names := obj{}
		for f := range c.fields() {
			if w.has(f) {
				names[f.ID] = f.Name
			}
		}
		v["names"] = names
	}
	if c.expands("schema") {
		schema := obj{}
		for f := range c.fields() {
			if w.has(f) && f.kind.Type != "" {
				schema[f.ID] = f.schema()
			}
		}
		v["schema"] = schema
	}
	p, _ := c.j.projects.Get(c.Tx, key(i.Project))
	if c.expands("renderedFields") {
		v["renderedFields"] = c.renderedFields(i, w)
	}
	if c.expands("versionedRepresentations") { // which take the place of fields
		versions := obj{}
		for name, shown := range object(v["fields"]) {
			versions[name] = obj{"1": shown}
		}
		v["versionedRepresentations"] = versions
		delete(v, "fields")
	}
	if c.expands("operations") {
		v["operations"] = c.operations(&p, i)
	}
	if c.expands("editmeta") {
		v["editmeta"] = obj{"fields": c.editFields(&p, i, false, false)}
	}
	if c.expands("transitions") {
		out := []any{}
		for _, t := range c.open(&p, i) {
			out = append(out, c.transitionShown(&p, i, t))
		}
		v["transitions"] = out
	}
	if c.expands("changelog") {
		out := []any{}
		for x := range c.j.changes.All(c.Tx, key(i.ID)+"/") {
			out = append(out, c.changeShown(x))
		}
		slices.Reverse(out)
		v["changelog"] = obj{"startAt": 0, "maxResults": len(out), "total": len(out), "histories": out}
	}
}

// fieldsMeta says of the fields of a screen how they can be written: for create, edit or a transition.
func (c *call) fieldsMeta(p *Project, i *Issue, screen map[string]bool, operation string) obj {
	out := obj{}
	for f := range c.fields() {
		if m := c.fieldMeta(p, i, f, screen, operation); m != nil {
			out[f.ID] = m
		}
	}
	return out
}

// fieldMeta says how one field can be written, nil if it cannot.
func (c *call) fieldMeta(p *Project, i *Issue, f *field, screen map[string]bool, operation string) obj {
	issueType := number(i.Fields["issuetype"])
	if !screen[f.ID] && !(operation == "create" && f.ID == "parent") || f.custom != nil && !c.applies(f, i) {
		return nil
	}
	if need := needed[f.ID]; need != "" && !c.may(need, p, i) || operation == "edit" && f.ID == "project" {
		return nil
	}
	item := c.fieldItems(p, issueType)[f.ID]
	required := item.Required || f.ID == "summary" || operation == "create" && (f.ID == "project" || f.ID == "issuetype")
	m := obj{"required": required, "schema": f.schema(), "name": f.Name, "key": f.ID, "operations": anys(f.kind.Operations)}
	if f.kind.allowed != nil {
		switch f.ID {
		case "project":
			m["allowedValues"] = []any{c.projectBrief(*p)}
		case "issuetype":
			if operation == "create" {
				t, _ := c.j.issueTypes.Get(c.Tx, key(issueType))
				m["allowedValues"] = []any{c.issueTypeShown(t)}
				break
			}
			m["allowedValues"] = f.kind.allowed(c, f, p.ID, issueType)
		default:
			m["allowedValues"] = f.kind.allowed(c, f, p.ID, issueType)
		}
	}
	if operation != "edit" {
		d := c.defaultOf(f, p.ID, issueType)
		m["hasDefaultValue"] = d != nil
		if d != nil {
			probe := Issue{Project: p.ID, Fields: obj{f.ID: d, "issuetype": id(issueType)}}
			m["defaultValue"] = c.valueShown(f, &probe)
		}
	}
	switch f.kind.Type {
	case "user":
		if f.ID == "assignee" {
			m["autoCompleteUrl"] = c.api("/user/assignable/search?issueKey=" + c.keyOf(i) + "&query=")
			if i.ID == 0 {
				m["autoCompleteUrl"] = c.api("/user/assignable/search?project=" + p.Key + "&query=")
			}
		} else {
			m["autoCompleteUrl"] = c.api("/user/recommend?context=" + f.Name + "&issueKey=" + c.keyOf(i))
		}
	}
	if f.ID == "labels" {
		m["autoCompleteUrl"] = c.base + "/rest/api/1.0/labels/suggest?query="
	}
	return m
}

func (c *call) changeShown(x Change) obj {
	v := obj{"id": id(x.ID), "created": stamp(x.Created), "items": c.changeItems(x)}
	if who := c.userShown(x.Author); who != nil {
		v["author"] = who
	}
	if x.Metadata != nil {
		v["historyMetadata"] = x.Metadata
	}
	return v
}

func (c *call) changeItems(x Change) []any {
	items := []any{}
	for _, it := range x.Items {
		v := obj{"field": it.Field, "fieldtype": it.FieldType, "from": it.From, "fromString": it.FromText, "to": it.To, "toString": it.ToText}
		if it.FieldID != "" {
			v["fieldId"] = it.FieldID
		}
		items = append(items, v)
	}
	return items
}
