package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// prose are the keywords that carry a vendor's sentences, samples or house-keeping: what a spec says besides facts.
var prose = []string{"description", "summary", "example", "examples", "externalDocs", "contact", "license",
	"termsOfService", "title", "tags", "xml", "links", "callbacks"}

// named are the keywords whose keys are names, so that a property called "description" stays.
var named = []string{"properties", "patternProperties", "schemas", "parameters", "responses", "requestBodies",
	"headers", "securitySchemes", "paths", "content", "variables", "scopes", "mapping", "encoding"}

// data are the keywords whose values are not schemas and are kept as they are.
var data = []string{"enum", "default", "required", "security"}

// facts strips an OpenAPI 3 document to what a client can rely on, and mends what validators refuse in it.
func facts(doc object) object {
	doc = strip(doc, false).(object)
	info := sub(doc, "info")
	doc["info"] = object{"title": "api", "version": fmt.Sprint(info["version"])}
	mend(doc, false)
	unitePaths(sub(doc, "paths"))
	if c := sub(doc, "components"); c != nil {
		delete(c, "examples")
	}
	prune(doc)
	return doc
}

// strip returns v without prose and extensions. names says that v's keys are names.
func strip(v any, names bool) any {
	switch v := v.(type) {
	case object:
		o := object{}
		for k, x := range v {
			switch {
			case !names && (slices.Contains(prose, k) || strings.HasPrefix(k, "x-")):
			case !names && slices.Contains(data, k):
				o[k] = x
			case !names && k == "scopes":
				scopes := object{}
				for scope := range x.(object) {
					scopes[scope] = ""
				}
				o[k] = scopes
			default:
				o[k] = strip(x, !names && slices.Contains(named, k))
			}
		}
		return o
	case []any:
		l := make([]any, len(v))
		for i, x := range v {
			l[i] = strip(x, false)
		}
		return l
	}
	return v
}

// mend repairs, everywhere in v, the defects of published specs that no validator accepts.
func mend(v any, names bool) {
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			mend(x, false)
		}
	case object:
		if !names {
			mendOne(v)
		}
		for k, x := range v {
			mend(x, !names && slices.Contains(named, k))
		}
	}
}

func mendOne(o object) {
	if o["$ref"] != nil { // nothing may stand beside a reference
		maps.DeleteFunc(o, func(k string, _ any) bool { return k != "$ref" })
		return
	}
	if items, ok := o["items"].([]any); ok { // a tuple, which OpenAPI 3.0 does not know
		o["items"] = object{"anyOf": items}
		if len(items) == 0 {
			o["items"] = object{}
		}
	}
	if types, ok := o["type"].([]any); ok {
		delete(o, "type")
		var kept []any
		for _, t := range types {
			if t == "null" {
				o["nullable"] = true
			} else {
				kept = append(kept, t)
			}
		}
		if len(kept) == 1 {
			o["type"] = kept[0]
		}
	}
	switch o["type"] {
	case "null":
		delete(o, "type")
		o["nullable"] = true
	case "any", "unknown":
		delete(o, "type")
	case "array":
		if o["items"] == nil {
			o["items"] = object{}
		}
	}
	if f := text(o["format"]); strings.Contains(f, " ") { // a sentence, and so is the default beside it
		delete(o, "format")
		delete(o, "default")
	}
	if parts, ok := o["allOf"].([]any); ok { // a part that only held a description
		o["allOf"] = slices.DeleteFunc(parts, func(p any) bool { return len(p.(object)) == 0 })
	}
	if o["in"] == "path" && o["name"] != nil {
		o["required"] = true
	}
	if p, ok := o["pattern"].(string); ok {
		if _, err := regexp.Compile(p); err != nil { // an expression that RE2 does not have
			delete(o, "pattern")
		}
	}
	if v, ok := o["default"]; ok && o["type"] != nil && !accepts(o, v) {
		delete(o, "default")
	}
	if values, ok := o["enum"].([]any); ok && o["type"] != nil {
		var kept []any
		for _, v := range values {
			if !slices.Contains(kept, v) {
				kept = append(kept, v)
			}
		}
		o["enum"] = kept
		if len(kept) == 0 {
			delete(o, "enum")
		}
	}
	for _, r := range sub(o, "responses") {
		if r, ok := r.(object); ok && r["$ref"] == nil {
			r["description"] = ""
		}
	}
}

var date = regexp.MustCompile(`^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d))?$`)

// accepts reports whether v can be a default of the schema.
func accepts(schema object, v any) bool {
	if v == nil {
		return schema["nullable"] == true
	}
	var ok bool
	switch schema["type"] {
	case "string":
		var s string
		s, ok = v.(string)
		if f := schema["format"]; f == "date-time" || f == "date" {
			ok = date.MatchString(s)
		}
	case "integer", "number":
		_, ok = v.(json.Number)
	case "boolean":
		_, ok = v.(bool)
	case "array":
		_, ok = v.([]any)
	case "object":
		_, ok = v.(object)
	}
	if values, has := schema["enum"].([]any); ok && has {
		return slices.Contains(values, v)
	}
	return ok
}

var template = regexp.MustCompile(`\{([^}]+)\}`)

// unitePaths gives paths that differ only in what they call their parameters one name: /field/{id} and /field/{fieldId}.
func unitePaths(paths object) {
	first := map[string]string{}
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		shape := template.ReplaceAllString(path, "{}")
		kept, ok := first[shape]
		if !ok {
			first[shape] = path
			continue
		}
		rename := map[string]string{}
		names := template.FindAllStringSubmatch(kept, -1)
		for i, m := range template.FindAllStringSubmatch(path, -1) {
			rename[m[1]] = names[i][1]
		}
		each(paths[path], func(o object) {
			if o["in"] == "path" {
				if name, ok := rename[text(o["name"])]; ok {
					o["name"] = name
				}
			}
		})
		for method, op := range paths[path].(object) {
			if _, taken := sub(paths, kept)[method]; !taken {
				sub(paths, kept)[method] = op
			}
		}
		delete(paths, path)
	}
}

// prune removes the components that nothing refers to.
func prune(doc object) {
	components := sub(doc, "components")
	for again := true; again; {
		again = false
		used := map[string]bool{}
		each(doc, func(o object) {
			used[text(o["$ref"])] = true
			for _, target := range sub(o, "mapping") {
				used[text(target)] = true
			}
		})
		for kind, all := range components {
			if kind == "securitySchemes" {
				continue
			}
			maps.DeleteFunc(all.(object), func(name string, _ any) bool {
				gone := !used["#/components/"+kind+"/"+name]
				again = again || gone
				return gone
			})
			if len(all.(object)) == 0 {
				delete(components, kind)
			}
		}
	}
}

// dedupe keeps one of the component schemas that say the same, under the shortest of their names.
func dedupe(doc object) {
	schemas := sub(doc, "components", "schemas")
	for {
		alike := map[string][]string{}
		for _, name := range slices.Sorted(maps.Keys(schemas)) {
			body := string(compact(schemas[name]))
			alike[body] = append(alike[body], name)
		}
		renamed := map[string]string{}
		for _, group := range alike {
			slices.SortStableFunc(group, func(a, b string) int { return len(a) - len(b) })
			for _, name := range group[1:] {
				renamed[name] = group[0]
				delete(schemas, name)
			}
		}
		if len(renamed) == 0 {
			return
		}
		each(doc, func(o object) {
			if name, ok := refName(o); ok && renamed[name] != "" {
				o["$ref"] = refPrefix + renamed[name]
			}
		})
	}
}

// anyAllowsNull says of a schema that allows anything that it allows null too: kin-openapi wants to be told.
func anyAllowsNull(schema object) {
	if len(schema) == 0 {
		schema["nullable"] = true
	}
}
