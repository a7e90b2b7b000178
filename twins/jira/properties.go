package jira

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
)

// Properties are JSON values that apps keep with things: an issue, a comment, a project, an account.
//
// https://developer.atlassian.com/cloud/jira/platform/jira-entity-properties/

// Bounds of a property.
const (
	maxPropertyKey   = 255
	maxPropertyValue = 32768
)

// setProperty keeps a JSON value with something.
func (c *call) setProperty(of, name string, v any) (was bool) {
	was = c.j.properties.Has(c.Tx, of+"/"+name)
	c.j.properties.Put(c.Tx, Property{Of: of, Key: name, Value: clone(v), Updated: c.at()})
	return was
}

// fitProperty refuses a property that is too big to be kept.
func fitProperty(name string, v any) error {
	b, _ := json.Marshal(v)
	switch {
	case name == "" || len(name) > maxPropertyKey:
		return badRequest("The property key cannot be longer than %d characters.", maxPropertyKey)
	case len(b) > maxPropertyValue:
		return badRequest("The property value cannot be longer than %d characters.", maxPropertyValue)
	}
	return nil
}

// dropProperties deletes all properties of something.
func (c *call) dropProperties(of string) {
	for x := range c.j.properties.All(c.Tx, of+"/") {
		c.j.properties.Delete(c.Tx, x.Of+"/"+x.Key)
	}
}

// propertyKeys answers with the keys of the properties of something, at an address of the API.
func (c *call) propertyKeys(of, at string) (any, error) {
	keys := []any{}
	for x := range c.j.properties.All(c.Tx, of+"/") {
		keys = append(keys, obj{"self": c.api(at + "/properties/" + url.PathEscape(x.Key)), "key": x.Key})
	}
	return obj{"keys": keys}, nil
}

// getProperty answers with the property that the path names.
func (c *call) getProperty(of string) (any, error) {
	x, ok := c.j.properties.Get(c.Tx, of+"/"+c.param("propertyKey"))
	if !ok {
		return nil, notFound("The property with key '%s' does not exist.", c.param("propertyKey"))
	}
	return obj{"key": x.Key, "value": x.Value}, nil
}

// putProperty keeps the body as the property that the path names: 201 if it is a new one.
func (c *call) putProperty(of string) (any, error) {
	name := c.param("propertyKey")
	if c.body == nil && !bytes.Equal(bytes.TrimSpace(c.sent), []byte("null")) {
		return nil, badRequest("The property value cannot be empty.")
	}
	if err := fitProperty(name, c.body); err != nil {
		return nil, err
	}
	if c.setProperty(of, name, c.body) {
		return answer{status: http.StatusOK, body: obj{}}, nil
	}
	return created(obj{}), nil
}

// deleteProperty deletes the property that the path names.
func (c *call) deleteProperty(of string) (any, error) {
	if !c.j.properties.Delete(c.Tx, of+"/"+c.param("propertyKey")) {
		return nil, notFound("The property with key '%s' does not exist.", c.param("propertyKey"))
	}
	return nil, nil
}

// propertiesShown are the properties of something that the caller names; "*all" names all.
func (c *call) propertiesShown(of string, names []string) obj {
	w := chosen(names, "*all")
	out := obj{}
	for x := range c.j.properties.All(c.Tx, of+"/") {
		if !w.no[x.Key] && (w.all || w.yes[x.Key]) {
			out[x.Key] = x.Value
		}
	}
	return out
}

// propertyList are all properties of something, as comments and worklogs show them.
func (c *call) propertyList(of string) []any {
	out := []any{}
	for x := range c.j.properties.All(c.Tx, of+"/") {
		out = append(out, obj{"key": x.Key, "value": x.Value})
	}
	return out
}
