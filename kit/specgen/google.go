package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// fetchGoogle makes an OpenAPI document of a discovery document.
//
// https://developers.google.com/discovery/v1/reference/apis
func fetchGoogle(f *fetcher, from []Source) (map[string]object, error) {
	b, err := f.file(from[0])
	if err != nil {
		return nil, err
	}
	d, err := readJSON(b)
	if err != nil {
		return nil, err
	}
	return map[string]object{"openapi": google(d)}, nil
}

func google(d object) object {
	g := discovery{paths: object{}, base: text(d["servicePath"])}
	schemas, parameters, scopes := object{}, object{}, object{}
	for name, s := range sub(d, "schemas") {
		schemas[name] = googleSchema(s.(object))
	}
	for _, name := range slices.Sorted(maps.Keys(sub(d, "parameters"))) {
		component := strings.ReplaceAll(name, "$", "_")
		parameters[component] = googleParameter(name, sub(d, "parameters", name))
		g.common = append(g.common, object{"$ref": "#/components/parameters/" + component})
	}
	for scope := range sub(d, "auth", "oauth2", "scopes") {
		scopes[scope] = ""
	}
	g.resource(d)
	doc := object{
		"openapi": "3.0.3",
		"info":    object{"title": "api", "version": fmt.Sprintf("%s %s", d["version"], d["revision"])},
		"servers": []any{object{"url": strings.TrimSuffix(text(d["rootUrl"]), "/")}},
		"paths":   g.paths,
		"components": object{
			"schemas":    schemas,
			"parameters": parameters,
			"securitySchemes": object{"oauth2": object{"type": "oauth2", "flows": object{"authorizationCode": object{
				"authorizationUrl": "https://accounts.google.com/o/oauth2/auth",
				"tokenUrl":         "https://oauth2.googleapis.com/token",
				"scopes":           scopes,
			}}}},
		},
	}
	prune(doc)
	doc["x-discovery"] = scalars(d, "description", "etag")
	return doc
}

// scalars are the facts of o that are no objects, but for those named. OpenAPI has no word for them; the twins write
// discovery documents again with these.
func scalars(o object, but ...string) object {
	kept := object{}
	for k, v := range o {
		switch v.(type) {
		case object, []any:
		default:
			if !slices.Contains(but, k) {
				kept[k] = v
			}
		}
	}
	return kept
}

// discovery collects the paths of one discovery document.
type discovery struct {
	paths  object
	base   string
	common []any // references to the parameters of every method
}

func (g *discovery) resource(r object) {
	for _, name := range slices.Sorted(maps.Keys(sub(r, "methods"))) {
		m := sub(r, "methods", name)
		path := text(m["flatPath"])
		if path == "" {
			path = text(m["path"])
		}
		var body object
		if request := sub(m, "request"); request != nil {
			body = object{"application/json": object{"schema": googleSchema(request)}}
		}
		g.method(g.base+path, m, body, false)
		// Clients use the simple path for resumable uploads too, and say so in uploadType.
		if upload := sub(m, "mediaUpload", "protocols", "simple"); upload != nil {
			file := object{"schema": object{"type": "string", "format": "binary"}}
			g.method(text(upload["path"]), m, object{"*/*": file, "multipart/related": file}, true)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(sub(r, "resources"))) {
		g.resource(sub(r, "resources", name))
	}
}

func (g *discovery) method(path string, m, body object, upload bool) {
	op := object{"operationId": m["id"]}
	if more := scalars(m, "id", "path", "flatPath", "httpMethod", "description", "deprecated"); !upload && len(more) > 0 {
		if media := sub(m, "mediaUpload"); media != nil {
			more["mediaUpload"] = media
		}
		op["x-discovery"] = more
	}
	var parameters []any
	for _, name := range slices.Sorted(maps.Keys(sub(m, "parameters"))) {
		parameters = append(parameters, googleParameter(name, sub(m, "parameters", name)))
	}
	if upload {
		op["operationId"] = text(m["id"]) + ".upload"
		parameters = append(parameters, object{"name": "uploadType", "in": "query", "required": true,
			"schema": object{"type": "string", "enum": []any{"media", "multipart", "resumable"}}})
	}
	if parameters != nil {
		op["parameters"] = parameters
	}
	if body != nil {
		op["requestBody"] = object{"content": body}
	}
	content := object{}
	if response := sub(m, "response"); response != nil {
		content["application/json"] = object{"schema": googleSchema(response)}
	}
	if m["supportsMediaDownload"] == true && !upload {
		content["*/*"] = object{"schema": object{"type": "string", "format": "binary"}}
	}
	answer := object{"description": ""}
	if len(content) > 0 {
		answer["content"] = content
	}
	op["responses"] = object{"200": answer}
	if m["deprecated"] == true {
		op["deprecated"] = true
	}
	var security []any
	for _, scope := range list(m["scopes"]) { // any one of them will do
		security = append(security, object{"oauth2": []any{scope}})
	}
	if security != nil {
		op["security"] = security
	}
	path = "/" + strings.TrimPrefix(strings.ReplaceAll(path, "{+", "{"), "/")
	item := sub(g.paths, path)
	if item == nil {
		item = object{"parameters": g.common}
		g.paths[path] = item
	}
	item[strings.ToLower(text(m["httpMethod"]))] = op
}

func googleParameter(name string, p object) object {
	schema := googleSchema(p)
	delete(schema, "deprecated")
	if p["repeated"] == true {
		schema = object{"type": "array", "items": schema}
	}
	o := object{"name": name, "in": p["location"], "schema": schema}
	for _, k := range []string{"required", "deprecated"} {
		if p[k] == true {
			o[k] = true
		}
	}
	if p["location"] == "path" {
		o["required"] = true
	}
	return o
}

func googleSchema(s object) object {
	if name := text(s["$ref"]); name != "" {
		return ref(name)
	}
	o := object{}
	if s["type"] != "any" && s["type"] != nil {
		o["type"] = s["type"]
	}
	for _, k := range []string{"format", "pattern", "enum", "readOnly", "deprecated"} {
		if v, ok := s[k]; ok {
			o[k] = v
		}
	}
	// Discovery documents write all values as strings.
	for _, k := range []string{"minimum", "maximum", "default"} {
		v, ok := s[k].(string)
		switch {
		case !ok:
		case s["type"] == "integer" || s["type"] == "number":
			o[k] = json.Number(v)
		case k == "default" && s["type"] == "boolean":
			o[k] = v == "true"
		case k == "default":
			o[k] = v
		}
	}
	if items := sub(s, "items"); items != nil {
		o["items"] = googleSchema(items)
	}
	if more := sub(s, "additionalProperties"); more != nil {
		o["additionalProperties"] = googleSchema(more)
	}
	if ps := sub(s, "properties"); ps != nil {
		properties := object{}
		for name, p := range ps {
			properties[name] = googleSchema(p.(object))
		}
		o["properties"] = properties
	}
	return o
}
