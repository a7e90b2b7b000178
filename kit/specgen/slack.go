package main

import (
	"maps"
	"slices"
	"strings"
)

// fetchSlack makes one document of what the SDK's types and the archived spec know: the types have every method of
// today with its arguments and answer, the archive has HTTP verbs, scopes and error codes, and twelve methods that
// left the SDK.
func fetchSlack(f *fetcher, from []Source) (map[string]object, error) {
	if _, err := f.path(from[0]); err != nil {
		return nil, err
	}
	sdk, err := f.types("slack.mjs")
	if err != nil {
		return nil, err
	}
	b, err := f.file(from[1])
	if err != nil {
		return nil, err
	}
	archive, err := readJSON(b)
	if err != nil {
		return nil, err
	}
	return map[string]object{"openapi": slack(from[0].Version, sdk, archive)}, nil
}

func slack(version string, sdk, archive object) object {
	archive = slackArchive(archive)
	paths, schemas := object{}, object{}
	for name, schema := range sub(sdk, "schemas") {
		schemas[name] = schema
	}
	answers := object{} // by method
	for name, m := range sub(sdk, "methods") {
		args := sub(sdk, "methods", name, "args")
		verb, old := slackOperation(archive, name)
		_, oldArgs := slackArguments(old)
		for arg, schema := range oldArgs {
			if sub(args, "properties")[arg] == nil {
				properties(args)[arg] = schema
			}
		}
		answers[name] = m.(object)["answer"]
		op := slackMethod(name, verb, slackArgs(args), answers[name], old, schemas)
		if m.(object)["deprecated"] == true {
			op["deprecated"] = true
		}
		paths["/api/"+name] = object{verb: op}
	}
	for path := range sub(archive, "paths") {
		name := strings.TrimPrefix(path, "/")
		if paths["/api/"+name] != nil {
			continue
		}
		verb, old := slackOperation(archive, name)
		required, args := slackArguments(old)
		schema := object{"type": "object", "properties": args}
		if len(required) > 0 {
			schema["required"] = required
		}
		answers[name] = sub(old, "responses", "200", "content", "application/json")["schema"]
		paths["/api/"+name] = object{verb: slackMethod(name, verb, slackArgs(schema), answers[name], old, schemas)}
	}
	for name, schema := range sub(archive, "components", "schemas") {
		schemas[name] = schema
	}
	slackNullable(answers, schemas)

	doc := object{
		"openapi":  "3.0.3",
		"info":     object{"title": "api", "version": version},
		"servers":  []any{object{"url": "https://slack.com"}},
		"security": []any{object{"bearer": []any{}}},
		"paths":    paths,
		"components": object{
			"schemas":         schemas,
			"securitySchemes": object{"bearer": object{"type": "http", "scheme": "bearer"}},
		},
	}
	dedupe(doc)
	prune(doc)
	return doc
}

// slackMethod is one method as an operation. Its arguments are query parameters where the documented verb is GET
// and a form or a JSON object where it is POST; Slack itself takes either from anywhere.
func slackMethod(name, verb string, args object, answer any, old, schemas object) object {
	op := object{
		"operationId": name,
		"responses": object{"200": object{
			"description": "",
			"content":     object{"application/json": object{"schema": answer}},
		}},
	}
	if scopes := slackScopes(old); len(scopes) > 0 {
		op["x-slack-scopes"] = scopes
	}
	if errors := sub(old, "responses", "default", "content", "application/json", "schema", "properties", "error")["enum"]; errors != nil {
		codes := texts(errors)
		slices.Sort(codes)
		op["x-slack-errors"] = slices.Compact(codes)
	}
	if len(sub(args, "properties")) == 0 {
		return op
	}
	if verb == "post" {
		component := ident(name) + "Request"
		schemas[component] = args
		content := object{"application/json": object{"schema": ref(component)}}
		form := object{"schema": ref(component)}
		if encoding := slackEncoding(args); len(encoding) > 0 {
			form["encoding"] = encoding
		}
		content["application/x-www-form-urlencoded"] = form
		op["requestBody"] = object{"content": content}
		return op
	}
	var parameters []any
	for _, arg := range slices.Sorted(maps.Keys(sub(args, "properties"))) {
		schema := sub(args, "properties", arg)
		p := object{"in": "query", "name": arg}
		switch {
		case scalar(schema):
			p["schema"] = schema
		case listOfStrings(schema):
			p["schema"], p["style"], p["explode"] = schema, "form", false
		default:
			p["content"] = object{"application/json": object{"schema": schema}}
		}
		if slices.Contains(texts(args["required"]), arg) {
			p["required"] = true
		}
		parameters = append(parameters, p)
	}
	op["parameters"] = parameters
	return op
}

// slackEncoding says how a form carries what is not a plain value: lists of strings with commas, all else as JSON.
func slackEncoding(args object) object {
	encoding := object{}
	for arg, schema := range sub(args, "properties") {
		switch schema := schema.(object); {
		case scalar(schema):
		case listOfStrings(schema):
			encoding[arg] = object{"style": "form", "explode": false}
		default:
			encoding[arg] = object{"contentType": "application/json"}
		}
	}
	return encoding
}

// slackArgs mends a method's arguments: the token is authorization, not an argument, and no number takes a fraction
// (timestamps with one are strings).
func slackArgs(args object) object {
	args = clone(args).(object)
	delete(properties(args), "token")
	args["required"] = slices.DeleteFunc(list(args["required"]), func(name any) bool { return name == "token" })
	if len(list(args["required"])) == 0 {
		delete(args, "required")
	}
	for name, schema := range properties(args) {
		switch schema := schema.(object); {
		case name == "ts" || strings.HasSuffix(name, "_ts") && schema["type"] == "number" && name != "expiration_ts":
			schema["type"] = "string"
		case schema["type"] == "number":
			schema["type"] = "integer"
		case scalar(schema) && schema["anyOf"] != nil, stringOrList(schema):
			// A number or a string, a list or its members with commas: the wider of the two.
			for _, s := range list(schema["anyOf"]) {
				if s := s.(object); s["type"] == "string" && scalar(schema) || s["type"] == "array" {
					args["properties"].(object)[name] = s
				}
			}
		}
	}
	return args
}

func properties(schema object) object {
	p := sub(schema, "properties")
	if p == nil {
		p = object{}
		schema["properties"] = p
	}
	return p
}

func scalar(schema object) bool {
	if all := list(schema["anyOf"]); all != nil {
		return !slices.ContainsFunc(all, func(s any) bool { return !scalar(s.(object)) })
	}
	return slices.Contains([]any{"string", "boolean", "integer", "number"}, schema["type"])
}

func listOfStrings(schema object) bool {
	return schema["type"] == "array" && sub(schema, "items")["type"] == "string"
}

func stringOrList(schema object) bool {
	all := list(schema["anyOf"])
	return len(all) > 0 && !slices.ContainsFunc(all, func(s any) bool {
		return s.(object)["type"] != "string" && !listOfStrings(s.(object))
	})
}

// slackArchive is the archived spec with its bodies written where they are used and its schemas under names of their own.
func slackArchive(doc object) object {
	for _, item := range sub(doc, "paths") {
		for _, op := range item.(object) {
			if op, ok := op.(object); ok {
				if body := sub(op, "requestBody"); body["$ref"] != nil {
					op["requestBody"] = sub(doc, "components", "requestBodies", text(body["$ref"])[len("#/components/requestBodies/"):])
				}
			}
		}
	}
	doc = strip(doc, false).(object)
	mend(doc, false)
	return doc
}

// slackOperation finds a method in the archive, or says POST, which every method answers.
func slackOperation(archive object, name string) (verb string, op object) {
	for verb := range sub(archive, "paths", "/"+name) {
		return verb, sub(archive, "paths", "/"+name, verb)
	}
	return "post", nil
}

func slackScopes(op object) []string {
	var scopes []string
	for _, requirement := range list(op["security"]) {
		for _, all := range requirement.(object) {
			scopes = append(scopes, texts(all)...)
		}
	}
	scopes = slices.DeleteFunc(scopes, func(s string) bool { return s == "none" })
	slices.Sort(scopes)
	return slices.Compact(scopes)
}

// slackArguments collects an archived method's arguments, wherever it says they stand.
func slackArguments(op object) (required []any, args object) {
	args = object{}
	for _, p := range list(op["parameters"]) {
		p := p.(object)
		args[text(p["name"])] = p["schema"]
		if p["required"] == true {
			required = append(required, p["name"])
		}
	}
	for _, body := range sub(op, "requestBody", "content") {
		schema := sub(body.(object), "schema")
		for name, s := range sub(schema, "properties") {
			args[name] = s
		}
		required = append(required, list(schema["required"])...)
	}
	return required, args
}

// slackNullable allows null for every property of every answer: the types come from samples, in which a value
// that was not null that day says nothing about the next.
func slackNullable(answers, schemas object) {
	seen := map[string]bool{}
	var allow func(schema object)
	allow = func(schema object) {
		for name, p := range sub(schema, "properties") {
			if p := p.(object); p["$ref"] != nil {
				sub(schema, "properties")[name] = object{"nullable": true, "anyOf": []any{p}}
			} else {
				p["nullable"] = true
				if values, ok := p["enum"].([]any); ok && !slices.Contains(values, nil) {
					p["enum"] = append(values, nil)
				}
			}
		}
		if name, ok := refName(schema); ok && !seen[name] {
			seen[name] = true
			inSchema(schemas[name], allow)
		}
	}
	for _, answer := range answers {
		inSchema(answer, allow)
	}
}
