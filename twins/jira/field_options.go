package jira

import (
	"slices"
	"strings"
	"unicode/utf8"

	"twinset.dev/kit/twin"
)

func (j *Jira) fieldOptionsOperations() {
	j.on(twin.Full, "getCustomFieldOption", j.getCustomFieldOption)
	j.on(twin.Full, "getOptionsForContext", j.getOptionsForContext)
	j.on(twin.Full, "createCustomFieldOption", j.createCustomFieldOption)
	j.on(twin.Full, "updateCustomFieldOption", j.updateCustomFieldOption)
	j.on(twin.Full, "reorderCustomFieldOptions", j.reorderCustomFieldOptions)
	j.on(twin.Full, "deleteCustomFieldOption", j.deleteCustomFieldOption)
	j.on(twin.Full, "replaceCustomFieldOption", j.replaceCustomFieldOption)

	j.task("replaceOption", (*call).replaceOption)
}

const errOptions = "Only Jira administrators can manage custom field options."

// optionsContext is the context that the path names, of a field that has options.
func (c *call) optionsContext() (*field, Context, error) {
	f, x, err := c.theContext(errOptions)
	if err == nil && !f.hasOptions() {
		err = badRequest("The custom field doesn't support options.")
	}
	return f, x, err
}

// hasOptions reports whether values of the field are chosen from a list of its own.
func (f *field) hasOptions() bool {
	return f.kind == optionField || f.kind == cascadeField || f.kind.Items == "option"
}

// getCustomFieldOption returns an option.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-custom-field-options/#api-rest-api-3-customfieldoption-id-get
func (j *Jira) getCustomFieldOption(c *call) (any, error) {
	for x := range j.contexts.All(c.Tx, "") {
		for _, o := range x.Options {
			if o.ID == number(c.param("id")) && c.seesContext(x) {
				return obj{"self": c.api("/customFieldOption/" + id(o.ID)), "value": o.Value}, nil
			}
		}
	}
	return nil, notFound("A custom field option with id '%s' does not exist", c.param("id"))
}

// seesContext reports whether the caller sees a project in which a context holds.
func (c *call) seesContext(x Context) bool {
	if c.isAdmin() {
		return true
	}
	for p := range c.projectsUsing(func(p Project) bool { return len(x.Projects) == 0 || slices.Contains(x.Projects, p.ID) }) {
		if c.may("BROWSE_PROJECTS", &p, nil) {
			return true
		}
	}
	return false
}

func optionOfContext(o Option) obj {
	v := obj{"id": id(o.ID), "value": o.Value, "disabled": o.Disabled}
	if o.Parent != 0 {
		v["optionId"] = id(o.Parent)
	}
	return v
}

// getOptionsForContext lists the options of a context: those of the first level in their order, each followed by those below it.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-custom-field-options/#api-rest-api-3-field-fieldid-context-contextid-option-get
func (j *Jira) getOptionsForContext(c *call) (any, error) {
	_, x, err := c.optionsContext()
	if err != nil {
		return nil, err
	}
	one, only := number(c.q("optionId")), c.qtrue("onlyOptions", false)
	rows := filtered(slices.Values(x.Options), func(o Option) bool {
		return (one == 0 || o.ID == one || o.Parent == one) && (!only || o.Parent == 0)
	})
	return pageOf(c, rows, 100, 1000, func(o Option) any { return optionOfContext(o) })
}

// createCustomFieldOption adds options to a context: {options: [{value, disabled, optionId}]}, where optionId is the one that
// a cascading one is below.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-custom-field-options/#api-rest-api-3-field-fieldid-context-contextid-option-post
func (j *Jira) createCustomFieldOption(c *call) (any, error) {
	doc, err := c.configuring(errOptions)
	if err != nil {
		return nil, err
	}
	f, x, err := c.optionsContext()
	if err != nil {
		return nil, err
	}
	written := list(doc["options"])
	switch {
	case len(written) == 0:
		return nil, badRequest("The options have to be provided.")
	case len(written) > 1000:
		return nil, badRequest("The options must contain no more than 1,000 items.")
	}
	x.Options = slices.Clone(x.Options)
	added := []any{}
	for _, v := range written {
		m := object(v)
		o := Option{Parent: number(m["optionId"]), Disabled: truth(m["disabled"])}
		if o.Value, err = readOptionValue(x, o, m); err != nil {
			return nil, err
		}
		if m["optionId"] != nil {
			above := slices.IndexFunc(x.Options, func(p Option) bool { return p.ID == o.Parent && p.Parent == 0 })
			switch {
			case f.kind != cascadeField:
				return nil, badRequest("The custom field doesn't support cascading options.")
			case above < 0:
				return nil, notFound("The option with id '%s' was not found.", plainWords(m["optionId"]))
			}
		}
		o.ID = c.next("option", firstID)
		x.Options = append(x.Options, o)
		added = append(added, optionOfContext(o))
	}
	x.Options = belowTheirOwn(x.Options)
	j.contexts.Put(c.Tx, x)
	return obj{"options": added}, nil
}

// readOptionValue reads the value of an option, which no other on its level has.
func readOptionValue(x Context, own Option, m obj) (string, error) {
	s := strings.TrimSpace(text(m["value"]))
	switch {
	case s == "":
		return "", badRequest("The value has to be provided.")
	case utf8.RuneCountInString(s) > 255:
		return "", badRequest("The length of the value must not exceed 255 characters.")
	case slices.ContainsFunc(x.Options, func(o Option) bool {
		return o.ID != own.ID && o.Parent == own.Parent && strings.EqualFold(o.Value, s)
	}):
		return "", badRequest("The option value '%s' is already in use.", s)
	}
	return s, nil
}

// belowTheirOwn puts every cascading option behind the one that it is below.
func belowTheirOwn(all []Option) (out []Option) {
	for _, top := range all {
		if top.Parent != 0 {
			continue
		}
		out = append(out, top)
		for _, o := range all {
			if o.Parent == top.ID {
				out = append(out, o)
			}
		}
	}
	return out
}

// updateCustomFieldOption changes options: {options: [{id, value, disabled}]}.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-custom-field-options/#api-rest-api-3-field-fieldid-context-contextid-option-put
func (j *Jira) updateCustomFieldOption(c *call) (any, error) {
	doc, err := c.configuring(errOptions)
	if err != nil {
		return nil, err
	}
	_, x, err := c.optionsContext()
	if err != nil {
		return nil, err
	}
	written := list(doc["options"])
	if len(written) == 0 {
		return nil, badRequest("The options have to be provided.")
	}
	x.Options = slices.Clone(x.Options)
	changed := []any{}
	for _, v := range written {
		m := object(v)
		n := slices.IndexFunc(x.Options, func(o Option) bool { return o.ID == number(m["id"]) })
		if n < 0 {
			return nil, notFound("The option with id '%s' was not found.", plainWords(m["id"]))
		}
		if m["value"] != nil {
			if x.Options[n].Value, err = readOptionValue(x, x.Options[n], m); err != nil {
				return nil, err
			}
		}
		if d, ok := m["disabled"].(bool); ok {
			x.Options[n].Disabled = d
		}
		changed = append(changed, optionOfContext(x.Options[n]))
	}
	j.contexts.Put(c.Tx, x)
	return obj{"options": changed}, nil
}

// reorderCustomFieldOptions moves options of one level.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-custom-field-options/#api-rest-api-3-field-fieldid-context-contextid-option-move-put
func (j *Jira) reorderCustomFieldOptions(c *call) (any, error) {
	doc, err := c.configuring(errOptions)
	if err != nil {
		return nil, err
	}
	_, x, err := c.optionsContext()
	if err != nil {
		return nil, err
	}
	some, after, position := numbers(doc["customFieldOptionIds"]), number(doc["after"]), text(doc["position"])
	switch {
	case len(some) == 0:
		return nil, badRequest("The customFieldOptionIds have to be provided.")
	case repeated(some):
		return nil, badRequest("The customFieldOptionIds must not contain duplicates.")
	case doc["after"] != nil && position != "":
		return nil, badRequest("'after' and 'position' were provided. Only 'after' or 'position' can be specified.")
	case doc["after"] == nil && position != "First" && position != "Last":
		return nil, badRequest("'after' or 'position' has to be provided.")
	}
	by, all := map[int64]Option{}, []int64{}
	for _, o := range x.Options {
		by[o.ID] = o
		all = append(all, o.ID)
	}
	for _, n := range some {
		if _, ok := by[n]; !ok {
			return nil, notFound("The option with id '%d' was not found.", n)
		}
		if by[n].Parent != by[some[0]].Parent {
			return nil, badRequest("The options must be at the same level.")
		}
	}
	order := movedTo(all, some, after, position)
	if order == nil {
		return nil, notFound("The option with id '%s' was not found.", plainWords(doc["after"]))
	}
	x.Options = nil
	for _, n := range order {
		x.Options = append(x.Options, by[n])
	}
	x.Options = belowTheirOwn(x.Options)
	j.contexts.Put(c.Tx, x)
	return nil, nil
}

// deleteCustomFieldOption deletes an option that no issue has, and that none is below.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-custom-field-options/#api-rest-api-3-field-fieldid-context-contextid-option-optionid-delete
func (j *Jira) deleteCustomFieldOption(c *call) (any, error) {
	f, x, err := c.optionsContext()
	if err != nil {
		return nil, err
	}
	o := number(c.param("optionId"))
	n := slices.IndexFunc(x.Options, func(p Option) bool { return p.ID == o })
	switch {
	case n < 0:
		return nil, notFound("The option with id '%s' was not found.", c.param("optionId"))
	case slices.ContainsFunc(x.Options, func(p Option) bool { return p.Parent == o }):
		return nil, badRequest("The option with id '%d' has cascading options. Delete the cascading options first.", o)
	}
	for i := range j.issues.All(c.Tx, "") {
		if hasOption(i.Fields[f.ID], o) {
			return nil, badRequest("The option with id '%d' is used by issues.", o)
		}
	}
	x.Options = slices.Delete(slices.Clone(x.Options), n, n+1)
	j.contexts.Put(c.Tx, x)
	return nil, nil
}

// hasOption reports whether an option is in a value, or is it.
func hasOption(v any, n int64) bool {
	return v == id(n) || slices.Contains(list(v), any(id(n)))
}

// replaceCustomFieldOption takes an option from the issues that have it, or gives them another one.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-custom-field-options/#api-rest-api-3-field-fieldid-context-contextid-option-optionid-issue-delete
func (j *Jira) replaceCustomFieldOption(c *call) (any, error) {
	f, x, err := c.optionsContext()
	if err != nil {
		return nil, err
	}
	has := func(n int64) bool { return slices.ContainsFunc(x.Options, func(o Option) bool { return o.ID == n }) }
	was, now, jql := number(c.param("optionId")), c.q("replaceWith"), c.q("jql")
	switch {
	case !has(was):
		return nil, notFound("The option with id '%s' was not found.", c.param("optionId"))
	case now != "" && !has(number(now)):
		return nil, notFound("The option with id '%s' was not found.", now)
	}
	if _, err := c.matching(jql); err != nil {
		return nil, err
	}
	return c.seeTask(c.begin("replaceOption", replacing(was, number(now), jql), obj{"field": f.ID, "was": id(was), "now": now, "jql": jql})), nil
}

// replacing says what the task does that replaces an option.
func replacing(was, now int64, jql string) string {
	if jql == "" {
		jql = "*"
	}
	said := "Remove option " + id(was) + " from issues matched by '" + jql + "'"
	if now != 0 {
		said += ", and replace with option " + id(now)
	}
	return said
}

// replaceOption does what replaceCustomFieldOption and replaceIssueFieldOption begin.
func (c *call) replaceOption(t *Task) (any, error) {
	f, ok := c.field(text(dig(t.Input, "field")))
	if !ok {
		return nil, errNoField
	}
	was, now := number(dig(t.Input, "was")), text(dig(t.Input, "now"))
	matches, err := c.matching(text(dig(t.Input, "jql")))
	if err != nil {
		return nil, err
	}
	modified, unmodified := []any{}, []any{}
	for i := range c.j.issues.All(c.Tx, "") {
		v := i.Fields[f.ID]
		if !hasOption(v, was) {
			continue
		}
		if !matches(&i) {
			unmodified = append(unmodified, float64(i.ID))
			continue
		}
		before := i
		i.Fields = clone(i.Fields)
		delete(i.Fields, f.ID)
		switch {
		case f.many():
			kept := []any{}
			for _, x := range list(v) {
				if x == id(was) {
					x = any(now)
				}
				if x != "" && !slices.Contains(kept, x) {
					kept = append(kept, x)
				}
			}
			if len(kept) > 0 {
				i.Fields[f.ID] = kept
			}
		case f.kind == cascadeField && now != "":
			i.Fields[f.ID] = []any{now}
		case now != "":
			i.Fields[f.ID] = now
		}
		c.save(before, i, nil)
		modified = append(modified, float64(i.ID))
	}
	return obj{"modifiedIssues": modified, "unmodifiedIssues": unmodified, "errors": obj{"errorMessages": []any{}, "errors": obj{}, "httpStatusCode": obj{"empty": false, "present": true}}}, nil
}

// matching is whether issues fit a query; all do if there is none.
func (c *call) matching(query string) (func(*Issue) bool, error) {
	if query == "" {
		return func(*Issue) bool { return true }, nil
	}
	f, _, err := c.searchedFor(query, "")
	if err != nil {
		return nil, err
	}
	return func(i *Issue) bool { return f.where.holds(i) && f.sees(i) }, nil
}
