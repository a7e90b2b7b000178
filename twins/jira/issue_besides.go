package jira

// writers write what is kept beside an issue, by the field that stands for it on screens.
var writers = map[string]func(e *edit, verb string, v any) error{
	"timetracking": writeTimeTracking,
	"comment":      writeComment,
	"worklog":      writeWorklog,
	"issuelinks":   writeLink,
	epicLinkField:  writeEpicLink,
}

// writeTimeTracking sets the estimates: {originalEstimate, remainingEstimate}.
func writeTimeTracking(e *edit, _ string, v any) error {
	m := object(v)
	if m == nil {
		return wrong("timetracking", "data was not an object")
	}
	for _, x := range []struct{ name, field string }{{"originalEstimate", "timeoriginalestimate"}, {"remainingEstimate", "timeestimate"}} {
		written, ok := m[x.name]
		if !ok {
			continue
		}
		if written == nil || written == "" {
			delete(e.i.Fields, x.field)
			continue
		}
		n, ok := e.c.parseSpan(plainWords(written))
		if !ok {
			return wrong("timetracking_"+map[string]string{"originalEstimate": "originalestimate", "remainingEstimate": "remainingestimate"}[x.name], "%s", badSpan(x.name))
		}
		e.i.Fields[x.field] = float64(n)
	}
	if m["originalEstimate"] != nil && m["remainingEstimate"] == nil && e.i.Fields["timeestimate"] == nil {
		e.i.Fields["timeestimate"] = e.i.Fields["timeoriginalestimate"]
	}
	return nil
}

func badSpan(name string) string {
	return map[string]string{"originalEstimate": "Original", "remainingEstimate": "Remaining"}[name] + " Estimate is invalid. The format of this is ' *w *d *h *m ' (representing weeks, days, hours and minutes - where * can be any number)"
}

// writeEpicLink puts an issue below an epic, by the field that boards had before issues had parents: its key, or null.
func writeEpicLink(e *edit, _ string, v any) error {
	if v == nil || v == "" {
		delete(e.i.Fields, "parent")
		return nil
	}
	epic, _, err := e.c.issue(plainWords(v))
	t, _ := e.c.j.issueTypes.Get(e.c.Tx, key(number(epic.Fields["issuetype"])))
	switch {
	case err != nil:
		return wrong(epicLinkField, "Epic with key '%s' does not exist or you do not have permission to see it.", plainWords(v))
	case t.Level != 1:
		return wrong(epicLinkField, "Issue '%s' is not an Epic.", e.c.keyOf(&epic))
	}
	if err := e.c.fitsBelow(e.i, id(epic.ID)); err != nil {
		return wrong(epicLinkField, "%s", err.(*refusal).fields["parent"])
	}
	e.i.Fields["parent"] = id(epic.ID)
	return nil
}
