package jira

import (
	"slices"
	"strconv"
	"strings"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/jira/internal/jql"
)

func (j *Jira) jqlOperations() {
	j.on(twin.Full, "getAutoComplete", j.getAutoComplete).public()
	j.on(twin.Full, "getAutoCompletePost", j.getAutoComplete).public().readsOnly()
	j.on(twin.Full, "getFieldAutoCompleteForQueryString", j.getFieldAutoCompleteForQueryString).public()
	j.on(twin.Full, "parseJqlQueries", j.parseJqlQueries).public().readsOnly()
	j.on(twin.Full, "migrateQueries", j.migrateQueries).readsOnly()
	j.on(twin.Full, "sanitiseJqlQueries", j.sanitiseJqlQueries).readsOnly()
	j.on(twin.Partial, "getPrecomputations", j.getPrecomputations).noted(noAppFunctions)
	j.on(twin.Partial, "getPrecomputationsByID", j.getPrecomputationsByID).readsOnly().noted(noAppFunctions)
	j.on(twin.Partial, "updatePrecomputations", j.updatePrecomputations).readsOnly().noted(noAppFunctions)
}

const noAppFunctions = "no app brings functions of its own, so that none are computed beforehand"

// ofApp refuses who is no app.
func (c *call) ofApp() error {
	if c.who.Type != "app" {
		return forbidden("The request is not authenticated as the app that provided the function.")
	}
	return nil
}

// getPrecomputations lists what an app's functions have found beforehand.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-jql-functions-apps/#api-rest-api-3-jql-function-computation-get
func (j *Jira) getPrecomputations(c *call) (any, error) {
	for _, name := range []string{"functionKey", "startAt", "maxResults", "orderBy", "filter"} {
		c.q(name)
	}
	return obj{"isLast": true, "maxResults": 100, "startAt": 0, "total": 0, "values": []any{}}, c.ofApp()
}

// getPrecomputationsByID returns what an app's functions have found beforehand, by id.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-jql-functions-apps/#api-rest-api-3-jql-function-computation-search-post
func (j *Jira) getPrecomputationsByID(c *call) (any, error) {
	c.q("orderBy")
	return obj{"precomputations": []any{}, "notFoundPrecomputationIDs": anys(texts(object(c.body)["precomputationIDs"]))}, c.ofApp()
}

// updatePrecomputations changes what an app's functions have found beforehand.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-jql-functions-apps/#api-rest-api-3-jql-function-computation-post
func (j *Jira) updatePrecomputations(c *call) (any, error) {
	if err := c.ofApp(); err != nil {
		return nil, err
	}
	missing := []any{}
	for _, v := range list(object(c.body)["values"]) {
		missing = append(missing, text(object(v)["id"]))
	}
	switch {
	case len(missing) == 0:
		return nil, badRequest("The values have to be provided.")
	case !c.qtrue("skipNotFoundPrecomputations", false):
		return nil, notFound("Precomputation with id %s not found.", missing[0])
	}
	return obj{"notFoundPrecomputationIDs": missing}, nil
}

// getAutoComplete lists the fields and functions that queries can have, and the words that need quotes. With a body, it
// keeps to the custom fields of some projects, and gives fields of the same name and type one entry.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-jql/#api-rest-api-3-jql-autocompletedata-get
func (j *Jira) getAutoComplete(c *call) (any, error) {
	var projects []int64
	for _, p := range list(object(c.body)["projectIds"]) {
		projects = append(projects, number(p))
	}
	fields := []any{}
	for _, x := range jqlFields {
		if x.id != sprintField {
			fields = append(fields, jqlFieldShown(x, x.names[0], x.names[0]))
		}
	}
	names := map[string]int{}
	for x := range c.fields() {
		if x.custom != nil {
			names[strings.ToLower(x.Name)]++
		}
	}
	collapsed := map[string]bool{}
	for x := range c.fields() {
		if x.custom == nil || !x.search || projects != nil && !slices.ContainsFunc(projects, func(p int64) bool { _, ok := c.context(x, p, 0); return ok }) {
			continue
		}
		clause, _ := customClause(x)
		cf := x.Clauses[0]
		value := cf
		if names[strings.ToLower(x.Name)] == 1 && jqlNames[strings.ToLower(x.Name)] == nil || x.ID == sprintField {
			value = jql.Quote(x.Name)
		}
		v := jqlFieldShown(clause, value, x.Name+" - "+cf)
		v["cfid"] = cf
		fields = append(fields, v)
		whole := x.Name + "[" + typeName(x) + "]"
		if truth(object(c.body)["includeCollapsedFields"]) && !collapsed[whole] {
			collapsed[whole] = true
			fields = append(fields, jqlFieldShown(clause, strconv.Quote(whole), x.Name+" - "+whole))
		}
	}
	functions := []any{}
	for _, fn := range jqlFunctionList {
		shown := fn.shown
		if shown == "" {
			shown = fn.name + "()"
		}
		v := obj{"value": shown, "displayName": shown, "types": []any{fn.types}}
		if fn.list {
			v["isList"] = "true"
		}
		functions = append(functions, v)
	}
	return obj{"visibleFieldNames": fields, "visibleFunctionNames": functions, "jqlReservedWords": anys(jql.Reserved())}, nil
}

func jqlFieldShown(x *jqlField, value, shown string) obj {
	v := obj{"value": value, "displayName": shown, "orderable": strconv.FormatBool(x.sort != nil), "searchable": strconv.FormatBool(len(x.ops) > 0), "types": []any{x.types}}
	operators := []any{}
	for _, op := range []jql.Op{jql.Eq, jql.NotEq, jql.Like, jql.NotLike, jql.GreatEq, jql.Greater, jql.LessEq, jql.Less, jql.Is, jql.IsNot, jql.In, jql.NotIn} {
		if slices.Contains(x.ops, op) {
			operators = append(operators, string(op))
		}
	}
	if x.past != "" {
		for _, op := range []jql.Op{jql.Was, jql.WasIn, jql.WasNotIn, jql.WasNot, jql.Changed} {
			operators = append(operators, string(op))
		}
	}
	v["operators"] = operators
	if x.suggest != nil {
		v["auto"] = "true"
	}
	return v
}

// suggestionsSize is how many suggestions are made at most.
const suggestionsSize = 15

// getFieldAutoCompleteForQueryString offers values of a field that begin with what somebody types, or people for a predicate.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-jql/#api-rest-api-3-jql-autocompletedata-suggestions-get
func (j *Jira) getFieldAutoCompleteForQueryString(c *call) (any, error) {
	name, typed := c.q("fieldName"), c.q("fieldValue")
	results := []any{}
	f := c.find(jql.Query{})
	x, ok := f.fieldNamed(jql.Field{Name: strings.Trim(name, `"`)})
	if n, custom := strings.CutPrefix(name, "cf["); custom {
		x, ok = f.fieldNamed(jql.Field{Name: "cf[" + n})
	}
	suggest := suggestPeople
	switch predicate := c.q("predicateName"); {
	case predicate == "by":
		typed = c.q("predicateValue")
	case !ok || x.suggest == nil:
		return obj{"results": results}, nil
	default:
		suggest = x.suggest
		if predicate != "" {
			typed = c.q("predicateValue")
		}
	}
	typed = strings.ToLower(strings.Trim(typed, `"' `))
	suggest(f, func(value, shown string) bool {
		for _, w := range append(strings.FieldsFunc(shown, func(r rune) bool { return r == ' ' || r == '(' || r == '-' }), shown) {
			if strings.HasPrefix(strings.ToLower(w), typed) {
				results = append(results, obj{"value": value, "displayName": emphasized(shown, typed)})
				break
			}
		}
		return len(results) < suggestionsSize
	})
	return obj{"results": results}, nil
}

// parseJqlQueries takes queries apart, and checks them as strictly as the caller asks for.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-jql/#api-rest-api-3-jql-parse-post
func (j *Jira) parseJqlQueries(c *call) (any, error) {
	queries := list(object(c.body)["queries"])
	if len(queries) == 0 {
		return nil, badRequest("The queries has to be provided.")
	}
	validation := strings.ToLower(c.q("validation"))
	if !slices.Contains([]string{"", "strict", "warn", "none"}, validation) {
		return nil, badRequest("The validation '%s' is not one of strict, warn and none.", validation)
	}
	out := []any{}
	for _, v := range queries {
		q, err := jql.Parse(text(v))
		shown := obj{"query": v}
		out = append(out, shown)
		if err != nil {
			shown["errors"] = []any{err.Error()}
			continue
		}
		if validation != "none" {
			f := c.find(q)
			if len(f.errors) > 0 {
				shown["errors"] = anys(f.errors)
			}
			if len(f.warnings) > 0 {
				shown["warnings"] = anys(f.warnings)
			}
			if len(f.errors) > 0 && validation != "warn" {
				continue
			}
		}
		shown["structure"] = structure(q)
	}
	return obj{"queries": out}, nil
}

// structure is a query as an object.
func structure(q jql.Query) obj {
	out := obj{}
	if q.Where != nil {
		out["where"] = clauseShown(q.Where)
	}
	if len(q.OrderBy) > 0 {
		fields := []any{}
		for _, s := range q.OrderBy {
			v := obj{"field": fieldInQuery(s.Field)}
			if s.Order != "" {
				v["direction"] = strings.ToLower(s.Order)
			}
			fields = append(fields, v)
		}
		out["orderBy"] = obj{"fields": fields}
	}
	return out
}

func clauseShown(c jql.Clause) obj {
	join := func(operator string, clauses ...jql.Clause) obj {
		all := []any{}
		for _, c := range clauses {
			all = append(all, clauseShown(c))
		}
		return obj{"operator": operator, "clauses": all}
	}
	switch c := c.(type) {
	case *jql.And:
		return join("and", c.Clauses...)
	case *jql.Or:
		return join("or", c.Clauses...)
	case *jql.Not:
		return join("not", c.Clause)
	}
	t := c.(*jql.Term)
	v := obj{"field": fieldInQuery(t.Field), "operator": string(t.Op)}
	if t.Operand != nil {
		v["operand"] = operandShown(t.Operand)
	}
	if t.Op.IsHistory() {
		predicates := []any{}
		for _, p := range t.Predicates {
			predicates = append(predicates, obj{"operator": p.Op, "operand": operandShown(p.Operand)})
		}
		v["predicates"] = predicates
	}
	return v
}

func fieldInQuery(f jql.Field) obj {
	name := f.Name
	properties := []any{}
	for _, p := range f.Properties {
		name += "[" + p.Key + "]"
		if p.Path != "" {
			name += "." + p.Path
		}
		entity, _, _ := strings.Cut(f.Name, ".")
		properties = append(properties, obj{"entity": entity, "key": p.Key, "path": p.Path})
	}
	v := obj{"name": name, "encodedName": f.String()}
	if len(properties) > 0 {
		v["property"] = properties
	}
	return v
}

func operandShown(o jql.Operand) obj {
	switch o := o.(type) {
	case jql.Value:
		return obj{"value": o.Text, "encodedValue": o.String()}
	case jql.Function:
		return obj{"function": o.Name, "arguments": anys(o.Args), "encodedOperand": o.String()}
	case jql.List:
		values := []any{}
		for _, x := range o {
			values = append(values, operandShown(x))
		}
		return obj{"values": values, "encodedOperand": o.String()}
	}
	return obj{"keyword": "empty"}
}

// rewritten is a query with other operands.
func rewritten(q jql.Query, operand func(t *jql.Term, o jql.Operand) jql.Operand) jql.Query {
	var within func(t *jql.Term, o jql.Operand) jql.Operand
	within = func(t *jql.Term, o jql.Operand) jql.Operand {
		l, ok := o.(jql.List)
		if !ok {
			return operand(t, o)
		}
		l = slices.Clone(l)
		for n := range l {
			l[n] = within(t, l[n])
		}
		return l
	}
	jql.Walk(q.Where, func(t *jql.Term) {
		if t.Operand != nil {
			t.Operand = within(t, t.Operand)
		}
	})
	return q
}

// migrateQueries puts account ids in the place of names of people, and "unknown" in the place of names that nobody has.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-jql/#api-rest-api-3-jql-pdcleaner-post
func (j *Jira) migrateQueries(c *call) (any, error) {
	queries := list(object(c.body)["queryStrings"])
	if len(queries) == 0 {
		return nil, badRequest("The queryStrings has to be provided.")
	}
	converted, unknown := []any{}, []any{}
	f := c.find(jql.Query{})
	for _, v := range queries {
		q, err := jql.Parse(text(v))
		if err != nil {
			return nil, badRequest("%s", err)
		}
		known, changed := true, false
		q = rewritten(q, func(t *jql.Term, o jql.Operand) jql.Operand {
			x, ok := f.fieldNamed(t.Field)
			value, plain := o.(jql.Value)
			if !ok || !plain || x.types != typeUser {
				return o
			}
			found := findPeople(f, literal{text: value.Text})
			if len(found) == 0 {
				known, changed = false, true
				return jql.Value{Text: "unknown"}
			}
			changed = changed || found[0] != value.Text
			return jql.Value{Text: found[0]}
		})
		out := text(v)
		if changed {
			out = q.String()
		}
		if known {
			converted = append(converted, out)
		} else {
			unknown = append(unknown, obj{"originalQuery": v, "convertedQuery": out})
		}
	}
	out := obj{"queryStrings": converted}
	if len(unknown) > 0 {
		out["queriesWithUnknownUsers"] = unknown
	}
	return out, nil
}

// sanitiseJqlQueries puts ids in the place of names that somebody, or anybody, does not see.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-jql/#api-rest-api-3-jql-sanitize-post
func (j *Jira) sanitiseJqlQueries(c *call) (any, error) {
	if !c.isAdmin() {
		return nil, forbidden("You are not authorized to perform this action. Administrator privileges are required.")
	}
	queries := list(object(c.body)["queries"])
	if len(queries) == 0 {
		return nil, badRequest("The queries has to be provided.")
	}
	out := []any{}
	for _, v := range queries {
		asked := object(v)
		shown := obj{"initialQuery": asked["query"]}
		out = append(out, shown)
		other := *c
		other.who = User{}
		if who := text(asked["accountId"]); who != "" {
			shown["accountId"] = who
			u, ok := c.j.users.Get(c.Tx, who)
			if !ok {
				shown["errors"] = obj{"errorMessages": []any{"The user with the specified account ID does not exist: " + who}, "errors": obj{}}
				continue
			}
			other.who = u
		}
		q, err := jql.Parse(text(asked["query"]))
		if err != nil {
			shown["errors"] = obj{"errorMessages": []any{err.Error()}, "errors": obj{}}
			continue
		}
		if f := other.find(jql.Query{}); f.sanitise(q) {
			shown["sanitizedQuery"] = q.String()
		} else {
			shown["sanitizedQuery"] = asked["query"]
		}
	}
	return obj{"queries": out}, nil
}

// sanitise writes ids for what the caller does not see into a query, and reports whether there was any.
func (f *finder) sanitise(q jql.Query) (changed bool) {
	rewritten(q, func(t *jql.Term, o jql.Operand) jql.Operand {
		switch o := o.(type) {
		case jql.Value:
			x, ok := f.fieldNamed(t.Field)
			if !ok {
				return o
			}
			if n, hidden := f.hidden(x.types, o.Text); hidden {
				changed = true
				return jql.Value{Text: n, Number: true}
			}
		case jql.Function:
			fn := jqlFunctions[strings.ToLower(o.Name)]
			if fn == nil || len(o.Args) == 0 || fn.types != typeVersion && fn.types != typeIssue {
				return o
			}
			kind := typeIssue
			if fn.types == typeVersion {
				kind = typeProject
			}
			if n, hidden := f.hidden(kind, o.Args[0]); hidden {
				changed = true
				o.Args = append([]string{n}, o.Args[1:]...)
			}
			return o
		}
		return o
	})
	return changed
}

// hidden finds the id of a project or an issue that is there and that the caller does not see.
func (f *finder) hidden(kind, name string) (string, bool) {
	switch kind {
	case typeProject:
		for p := range f.j.projects.All(f.Tx, "") {
			if strings.EqualFold(p.Key, name) || strings.EqualFold(p.Name, name) {
				return id(p.ID), !f.projectSeen(p.ID).all
			}
		}
	case typeIssue:
		if i, ok := f.findIssue(name); ok && name != id(i.ID) {
			return id(i.ID), !f.sees(&i)
		}
	}
	return "", false
}
