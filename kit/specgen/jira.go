package main

import (
	"maps"
	"slices"
	"strings"
)

// fetchJira makes the platform's document of an archived specification and of what jira.js has beside it, and the
// Agile document of jira.js alone, because no package has that specification.
func fetchJira(f *fetcher, from []Source) (map[string]object, error) {
	b, err := f.file(from[0])
	if err != nil {
		return nil, err
	}
	archive, err := readJSON(b)
	if err != nil {
		return nil, err
	}
	if _, err := f.path(from[1]); err != nil {
		return nil, err
	}
	sdk, err := f.types("jira.mjs")
	if err != nil {
		return nil, err
	}
	platform := facts(archive)
	platform["info"] = object{"title": "api", "version": from[1].Name + " " + from[1].Version}
	jiraGadgets(platform)
	eachSchema(platform, func(s object) {
		if s["format"] == "date-time" { // Jira writes offsets without their colon, which is no date-time
			delete(s, "format")
		}
	})
	mergeJira(platform, sub(sdk, "platform"))
	prune(platform)

	agile := object{
		"openapi":    "3.0.1",
		"info":       platform["info"],
		"servers":    platform["servers"],
		"security":   []any{object{"basicAuth": []any{}}},
		"paths":      object{},
		"components": object{"schemas": object{}, "securitySchemes": object{"basicAuth": object{"type": "http", "scheme": "basic"}}},
	}
	mergeJira(agile, sub(sdk, "agile"))
	prefixOperations(agile, "agile.")
	dedupe(agile)
	prune(agile)
	return map[string]object{"platform-v3": platform, "agile": agile}, nil
}

// jiraV2 is version 3 with plain text for rich text and without the bulk operations, which are new in version 3.
func jiraV2(docs map[string]object) object {
	doc := clone(docs["platform-v3"]).(object)
	paths := object{}
	for path, item := range sub(doc, "paths") {
		rest, ok := strings.CutPrefix(path, "/rest/api/3/")
		if ok && !strings.HasPrefix(rest, "bulk/") {
			paths["/rest/api/2/"+rest] = item
		}
	}
	doc["paths"] = paths
	schemas := sub(doc, "components", "schemas")
	for schema, field := range map[string]string{"Comment": "body", "Worklog": "comment"} {
		sub(schemas, schema, "properties")[field] = object{"type": "string"}
	}
	prefixOperations(doc, "v2.")
	prune(doc)
	return doc
}

// prefixOperations makes the operation IDs of a document unlike those of the twin's other documents.
func prefixOperations(doc object, prefix string) {
	each(doc["paths"], func(o object) {
		if id := text(o["operationId"]); id != "" {
			o["operationId"] = prefix + id
		}
	})
}

// jiraGadgets names a gadget's coordinates, where the published schema has sentences for names.
func jiraGadgets(doc object) {
	position := sub(doc, "components", "schemas", "DashboardGadgetPosition")
	properties := object{}
	for name, schema := range sub(position, "properties") {
		for _, axis := range []string{"column", "row"} {
			if strings.Contains(name, axis) {
				properties[axis] = schema
			}
		}
	}
	position["properties"], position["required"] = properties, []any{"column", "row"}
}

// mergeJira adds to doc the operations, parameters and properties that only jira.js knows. Where both know a thing,
// the document is the more exact.
func mergeJira(doc, sdk object) {
	schemas := sub(doc, "components", "schemas")
	rename := jiraNames(schemas, sub(sdk, "schemas"))
	mended := func(v any) any {
		each(v, func(o object) {
			if name, ok := refName(o); ok {
				o["$ref"] = refPrefix + rename[name]
			}
		})
		return v
	}
	for _, name := range slices.Sorted(maps.Keys(sub(sdk, "schemas"))) {
		schema := mended(sub(sdk, "schemas", name)).(object)
		inSchema(schema, jiraIntegers)
		for property := range sub(schema, "properties") {
			if strings.Contains(property, " ") {
				delete(sub(schema, "properties"), property)
			}
		}
		if known := sub(schemas, rename[name]); known == nil {
			schemas[rename[name]] = schema
		} else {
			addProperties(known, schema)
		}
	}
	byShape := map[string]object{} // path items
	for path, item := range sub(doc, "paths") {
		byShape[template.ReplaceAllString(path, "{}")] = item.(object)
	}
	for _, v := range list(sdk["operations"]) {
		o := mended(v).(object)
		shape := template.ReplaceAllString(text(o["path"]), "{}")
		item := byShape[shape]
		if item == nil {
			item = object{}
			byShape[shape], sub(doc, "paths")[text(o["path"])] = item, item
		}
		method := text(o["method"])
		if known := sub(item, method); known == nil {
			item[method] = jiraOperation(o)
		} else {
			addParameters(doc, known, o)
		}
	}
	// Paths that jira.js names otherwise: /field/{id} and /field/{fieldId}.
	unitePaths(sub(doc, "paths"))
	jiraPathParameters(sub(doc, "paths"))
}

// jiraNames says what the document calls each schema of jira.js, which leaves out the "Bean" in a name.
func jiraNames(schemas, sdk object) map[string]string {
	plain := func(name string) string {
		return strings.ReplaceAll(strings.ReplaceAll(strings.ToLower(name), "jsonbean", ""), "bean", "")
	}
	known := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(schemas)) {
		if _, taken := known[plain(name)]; !taken || plain(name) == strings.ToLower(name) {
			known[plain(name)] = name
		}
	}
	names := map[string]string{}
	for name := range sdk {
		names[name] = name
		if schemas[name] != nil {
			continue
		}
		if other, ok := known[plain(name)]; ok {
			names[name] = other
		}
	}
	return names
}

// jiraFractions are the numbers of Jira that are not whole, among those that TypeScript only calls numbers.
var jiraFractions = []string{"amount", "capacity", "decimalValue", "doubleValue", "number", "numberValue",
	"popularity", "value", "valueAsDouble", "weight", "workingDaysPerWeek", "workingHoursPerDay"}

// jiraIntegers makes integers of a schema's numbers.
func jiraIntegers(schema object) {
	whole := func(s any) {
		if s, ok := s.(object); ok && s["type"] == "number" {
			s["type"], s["format"] = "integer", "int64"
		}
	}
	for name, s := range sub(schema, "properties") {
		if !slices.Contains(jiraFractions, name) {
			whole(s)
		}
	}
	whole(schema["items"])
	for _, s := range list(schema["anyOf"]) {
		whole(s)
	}
}

// addProperties adds to a schema the properties that only other has.
func addProperties(schema, other object) {
	known := sub(schema, "properties")
	if known == nil || schema["allOf"] != nil || schema["oneOf"] != nil || schema["anyOf"] != nil {
		return
	}
	for name, s := range sub(other, "properties") {
		if known[name] == nil {
			known[name] = s
		}
	}
}

// addParameters adds to an operation the query parameters and body fields that only jira.js has.
func addParameters(doc, op, o object) {
	have := map[string]bool{}
	for _, p := range list(op["parameters"]) {
		p := p.(object)
		if name, ok := strings.CutPrefix(text(p["$ref"]), "#/components/parameters/"); ok {
			p = sub(doc, "components", "parameters", name)
		}
		have[text(p["in"])+" "+text(p["name"])] = true
	}
	for _, p := range list(o["parameters"]) {
		p := jiraParameter(p.(object))
		if p["in"] == "query" && !have["query "+text(p["name"])] {
			delete(p, "required")
			op["parameters"] = append(list(op["parameters"]), p)
		}
	}
	body := sub(op, "requestBody", "content", "application/json", "schema")
	if name, ok := refName(body); ok {
		body = sub(doc, "components", "schemas", name)
	}
	if sdk := sub(o, "body"); body != nil && sdk != nil {
		inSchema(sdk, jiraIntegers)
		addProperties(body, sdk)
	}
}

// jiraOperation is an operation as jira.js calls it. It does not say which of the 2xx it is answered with.
func jiraOperation(o object) object {
	answer := object{"description": ""}
	if schema := sub(o, "answer"); schema != nil {
		inSchema(schema, jiraIntegers)
		answer["content"] = object{"application/json": object{"schema": schema}}
	}
	op := object{"operationId": o["id"], "responses": object{"2XX": answer}}
	if o["deprecated"] == true {
		op["deprecated"] = true
	}
	var parameters []any
	for _, p := range list(o["parameters"]) {
		parameters = append(parameters, jiraParameter(p.(object)))
	}
	if parameters != nil {
		op["parameters"] = parameters
	}
	if schema := sub(o, "body"); schema != nil {
		inSchema(schema, jiraIntegers)
		kind := "application/json"
		if o["form"] == true {
			kind = "multipart/form-data"
		}
		op["requestBody"] = object{"content": object{kind: object{"schema": schema}}}
	}
	return op
}

func jiraParameter(p object) object {
	schema := sub(p, "schema")
	inSchema(schema, jiraIntegers)
	if schema["type"] == "number" {
		schema["type"], schema["format"] = "integer", "int64"
	}
	q := object{"in": p["in"], "name": p["name"], "schema": schema}
	if p["required"] == true {
		q["required"] = true
	}
	return q
}

// jiraPathParameters gives the path parameters of an operation the names that its path has for them.
func jiraPathParameters(paths object) {
	for path, item := range paths {
		names := template.FindAllStringSubmatch(path, -1)
		for _, op := range item.(object) {
			op, ok := op.(object)
			if !ok {
				continue
			}
			i := 0
			for _, p := range list(op["parameters"]) {
				if p := p.(object); p["in"] == "path" {
					if !slices.ContainsFunc(names, func(m []string) bool { return m[1] == p["name"] }) {
						p["name"] = names[i][1]
					}
					i++
				}
			}
		}
	}
}
