package jira

import (
	"slices"
	"strings"
)

// holderTypes are the ways in which people are named in schemes, and what has to be said with each.
var holderTypes = map[string]string{
	"anyone": "", "applicationRole": "application", "assignee": "", "group": "group", "groupCustomField": "field", "projectLead": "", "projectRole": "role",
	"reporter": "", "sd.customer.portal.only": "", "user": "user", "userCustomField": "field",
}

// readHolder reads somebody: {type, parameter, value}, where the value is an id and the parameter what it was before ids.
func (c *call) readHolder(v any) (Holder, error) {
	doc := object(v)
	written := text(doc["type"])
	h := Holder{}
	for name := range holderTypes {
		if strings.EqualFold(name, written) {
			h.Type = name
		}
	}
	if h.Type == "" {
		return h, wrong("holder", "Unrecognized holder type: '%s'", written)
	}
	parameter, value := plainWords(doc["parameter"]), plainWords(doc["value"])
	if doc["parameter"] == nil {
		parameter = ""
	}
	if doc["value"] == nil {
		value = ""
	}
	at := value
	if at == "" {
		at = parameter
	}
	switch holderTypes[h.Type] {
	case "group":
		g, ok := c.groupBy(value, parameter)
		if !ok {
			g, ok = c.groupBy(parameter, "") // as new clients have it
		}
		if !ok {
			return h, wrong("holder", "The group '%s' does not exist.", at)
		}
		h.Value = g.ID
	case "user":
		if !c.j.users.Has(c.Tx, at) {
			return h, wrong("holder", "The user '%s' does not exist.", at)
		}
		h.Value = at
	case "role":
		r, ok := c.j.roles.Get(c.Tx, key(number(at)))
		if !ok {
			return h, wrong("holder", "The project role with id '%s' does not exist.", at)
		}
		h.Value = id(r.ID)
	case "field":
		if _, ok := c.field(at); !ok {
			return h, wrong("holder", "The custom field with id '%s' does not exist.", at)
		}
		h.Value = at
	case "application":
		if at != "" && at != "jira-software" {
			return h, wrong("holder", "The application role with key '%s' does not exist.", at)
		}
		h.Value = at
	}
	return h, nil
}

// holderShown is somebody, and more of them if the caller expands it.
func (c *call) holderShown(h Holder) obj {
	v := obj{"type": h.Type}
	if h.Value != "" {
		v["parameter"], v["value"] = h.Value, h.Value
	}
	expands := func(name string) bool { return c.expands(name) || c.expands("all") }
	switch holderTypes[h.Type] {
	case "group":
		g, _ := c.j.groups.Get(c.Tx, h.Value)
		v["parameter"], v["expand"] = g.Name, "group"
		if expands("group") {
			v["group"] = c.groupShown(g)
		}
	case "user":
		if v["expand"] = "user"; expands("user") {
			v["user"] = c.userShown(h.Value)
		}
	case "role":
		if v["expand"] = "projectRole"; expands("projectRole") {
			r, _ := c.j.roles.Get(c.Tx, key(number(h.Value)))
			v["projectRole"] = c.roleBrief(r)
		}
	case "field":
		if v["expand"] = "field"; expands("field") {
			if f, ok := c.field(h.Value); ok {
				v["field"] = obj{"id": f.ID, "name": f.Name}
			}
		}
	}
	return v
}

// expandsAny reports whether the caller expands anything that schemes have.
func (c *call) expandsAny() bool {
	return slices.ContainsFunc([]string{"all", "permissions", "user", "group", "projectRole", "field", "notificationSchemeEvents"}, c.expands)
}
