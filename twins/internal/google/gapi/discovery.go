package gapi

import (
	_ "embed"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"

	"twinset.dev/kit/spec"
	"twinset.dev/kit/twin"
	"twinset.dev/twins/internal/google/identity"
)

// oauth2JSON is the discovery document of the accounts' own API, which has no specification to make it from.
//
//go:embed oauth2.json
var oauth2JSON []byte

// A discovery knows the documents that clients learn the APIs from.
//
// https://developers.google.com/discovery/v1/reference/apis
type discovery struct {
	*API
	documents []func() Obj
}

// Discovery serves the directory of the APIs that the twins have a specification of, and the document of each.
func Discovery(id *identity.Identity, described ...*twin.Base) {
	d := &discovery{API: &API{Base: id.Base, Identity: id, name: "discovery"}}
	for _, b := range described {
		d.documents = append(d.documents, sync.OnceValue(func() Obj { return describe(b.Spec) }))
	}
	d.documents = append(d.documents, sync.OnceValue(func() Obj { return read(oauth2JSON) }))
	d.serve("/discovery/v1/apis", "apis.list", d.apisList)
	d.serve("/discovery/v1/apis/:api/:version/rest", "apis.getRest", d.apisGetRest)
	d.serve("/$discovery/rest", "rest", d.rest)
}

// serve answers anybody, whoever they are.
func (d *discovery) serve(path, id string, serve Handler) {
	op := &Operation{row: d.Operation(&twin.Operation{ID: d.name + "." + id, Method: http.MethodGet, Path: path, Level: twin.Full})}
	d.Echo.GET(path, func(ec echo.Context) error {
		return d.Serve(ec, op.row, "", func(r *twin.Request) (twin.Answer, error) {
			c := &Call{API: d.API, R: r, Op: op, Query: ec.QueryParams(), asked: map[string]bool{}}
			var out any
			err := r.View(func(tc *twin.Call) (err error) {
				c.Call, c.Link = tc, d.URL(tc)
				if err = c.fields(); err == nil {
					out, err = serve(c)
				}
				return err
			})
			r.Ignored = c.ignored()
			return d.encode(c, out, err)
		})
	})
}

var errNoDocument = Refuse(http.StatusNotFound, "Requested entity was not found.")

// apisList lists the APIs.
//
// https://developers.google.com/discovery/v1/reference/apis/list
func (d *discovery) apisList(c *Call) (any, error) {
	name, items := c.Q("name"), []any{}
	c.Q("preferred") // there is one version of each, which is the preferred one
	for _, document := range d.documents {
		doc := document()
		if name != "" && name != doc["name"] {
			continue
		}
		item := Obj{"kind": "discovery#directoryItem", "preferred": true}
		for _, k := range []string{"id", "name", "version", "title", "documentationLink"} {
			item[k] = doc[k]
		}
		item["discoveryRestUrl"] = c.Link + "/discovery/v1/apis/" + doc["name"].(string) + "/" + doc["version"].(string) + "/rest"
		items = append(items, item)
	}
	return Obj{"kind": "discovery#directoryList", "discoveryVersion": "v1", "items": items}, nil
}

// apisGetRest describes an API.
//
// https://developers.google.com/discovery/v1/reference/apis/getRest
func (d *discovery) apisGetRest(c *Call) (any, error) {
	name, version := c.R.Echo.Param("api"), c.R.Echo.Param("version")
	for _, document := range d.documents {
		if doc := document(); doc["name"] == name && doc["version"] == version {
			return here(doc, c.Link), nil
		}
	}
	return nil, errNoDocument
}

// rest describes the API that has a version, as each of Google's hosts does for the API that it serves. Here they share a
// host, and no two of them have the same version.
func (d *discovery) rest(c *Call) (any, error) {
	version := c.Q("version")
	for _, document := range d.documents {
		if doc := document(); doc["version"] == version {
			return here(doc, c.Link), nil
		}
	}
	return nil, Refuse(http.StatusNotFound, "Discovery document not found for API service: %s format: rest version: %s", c.R.Echo.Request().Host, version)
}

// here is a document whose addresses are those of the twin, in a world.
func here(doc Obj, link string) Obj {
	doc = maps.Clone(doc)
	doc["rootUrl"], doc["mtlsRootUrl"] = link+"/", link+"/"
	doc["baseUrl"] = link + "/" + doc["servicePath"].(string)
	return doc
}

func read(b []byte) (o Obj) {
	if err := json.Unmarshal(b, &o); err != nil {
		panic(err) // it is part of the program
	}
	return o
}

// in is the object at a path of keys; nil if there is none.
func in(o Obj, path ...string) Obj {
	for _, k := range path {
		o, _ = o[k].(Obj)
	}
	return o
}

// describe makes the discovery document again that a specification was made from.
func describe(s *spec.Doc) Obj {
	open := read(s.JSON())
	doc := maps.Clone(in(open, "x-discovery"))
	parameters, schemas, scopes := Obj{}, Obj{}, Obj{}
	for _, p := range in(open, "components", "parameters") {
		parameters[p.(Obj)["name"].(string)] = describeParameter(p.(Obj))
	}
	for name, s := range in(open, "components", "schemas") {
		one := describeSchema(s.(Obj))
		one["id"] = name
		schemas[name] = one
	}
	for scope := range in(open, "components", "securitySchemes", "oauth2", "flows", "authorizationCode", "scopes") {
		scopes[scope] = Obj{"description": ""}
	}
	doc["parameters"], doc["schemas"], doc["auth"] = parameters, schemas, Obj{"oauth2": Obj{"scopes": scopes}}
	base := "/" + doc["servicePath"].(string)
	for path, item := range in(open, "paths") {
		for verb, op := range item.(Obj) {
			op, _ := op.(Obj) // beside them stands a list: the parameters that all methods have
			id, _ := op["operationId"].(string)
			if path, served := strings.CutPrefix(path, base); served && id != "" && !strings.HasSuffix(id, ".upload") {
				names := strings.Split(id, ".")
				at := doc
				for _, resource := range names[1 : len(names)-1] {
					at = within(within(at, "resources"), resource)
				}
				within(at, "methods")[names[len(names)-1]] = describeMethod(id, verb, path, op)
			}
		}
	}
	return doc
}

// within is an object in o, made if there is none.
func within(o Obj, key string) Obj {
	if o[key] == nil {
		o[key] = Obj{}
	}
	return o[key].(Obj)
}

func describeMethod(id, verb, path string, op Obj) Obj {
	m := Obj{"id": id, "httpMethod": strings.ToUpper(verb), "path": path, "flatPath": path}
	maps.Copy(m, in(op, "x-discovery"))
	parameters, places := Obj{}, map[string]int{}
	list, _ := op["parameters"].([]any)
	for _, p := range list {
		p := p.(Obj)
		name := p["name"].(string)
		parameters[name] = describeParameter(p)
		if p["required"] == true {
			places[name] = strings.Index(path, "{"+name+"}")
			if p["in"] != "path" {
				places[name] = len(path)
			}
		}
	}
	order := slices.SortedFunc(maps.Keys(places), func(a, b string) int { return places[a] - places[b] })
	m["parameters"], m["parameterOrder"] = parameters, append([]string{}, order...)
	if s := in(op, "requestBody", "content", "application/json", "schema"); s != nil {
		m["request"] = describeSchema(s)
	}
	if s := in(op, "responses", "200", "content", "application/json", "schema"); s != nil {
		m["response"] = describeSchema(s)
	}
	var scopes []any
	security, _ := op["security"].([]any)
	for _, one := range security {
		scopes = append(scopes, one.(Obj)["oauth2"].([]any)...)
	}
	if scopes != nil {
		m["scopes"] = scopes
	}
	if op["deprecated"] == true {
		m["deprecated"] = true
	}
	return m
}

func describeParameter(p Obj) Obj {
	schema := in(p, "schema")
	repeated := schema["type"] == "array"
	if repeated {
		schema = in(schema, "items")
	}
	o := describeSchema(schema)
	o["location"] = p["in"]
	for _, k := range []string{"required", "deprecated"} {
		if p[k] == true {
			o[k] = true
		}
	}
	if repeated {
		o["repeated"] = true
	}
	return o
}

func describeSchema(s Obj) Obj {
	if to, ok := s["$ref"].(string); ok {
		return Obj{"$ref": to[strings.LastIndexByte(to, '/')+1:]}
	}
	o := Obj{"type": "any"}
	for k, v := range s {
		switch v := v.(type) {
		case Obj:
			if k == "properties" {
				properties := Obj{}
				for name, p := range v {
					properties[name] = describeSchema(p.(Obj))
				}
				o[k] = properties
			} else {
				o[k] = describeSchema(v)
			}
		default:
			if slices.Contains([]string{"default", "minimum", "maximum"}, k) { // which a discovery document writes as strings
				text, _ := json.Marshal(v)
				v = strings.Trim(string(text), `"`)
			}
			if k != "nullable" {
				o[k] = v
			}
		}
	}
	return o
}
