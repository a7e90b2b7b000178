package jira

import (
	"iter"
	"slices"
	"strings"

	"twinset.dev/kit/twin"
)

func (j *Jira) resolutionsOperations() {
	j.on(twin.Full, "getResolutions", j.getResolutions)
	j.on(twin.Full, "createResolution", j.createResolution)
	j.on(twin.Full, "setDefaultResolution", j.setDefaultResolution)
	j.on(twin.Full, "moveResolutions", j.moveResolutions)
	j.on(twin.Full, "searchResolutions", j.searchResolutions)
	j.on(twin.Full, "deleteResolution", j.deleteResolution)
	j.on(twin.Full, "getResolution", j.getResolution)
	j.on(twin.Full, "updateResolution", j.updateResolution)

	j.task("replaceResolution", func(c *call, t *Task) (any, error) {
		was, now := dig(t.Input, "was"), dig(t.Input, "now")
		return nil, c.replaceValue("resolution", text(was), text(now))
	})
}

// resolutionsInOrder are the resolutions as administrators have ordered them.
func (c *call) resolutionsInOrder() iter.Seq[Resolution] {
	rs := slices.Collect(c.j.resolutions.All(c.Tx, ""))
	slices.SortFunc(rs, func(a, b Resolution) int { return int(a.Order - b.Order) })
	return slices.Values(rs)
}

// theResolution is the one that the path names.
func (c *call) theResolution() (Resolution, error) {
	r, ok := c.j.resolutions.Get(c.Tx, key(number(c.param("id"))))
	if !ok {
		return r, notFound("Resolution with ID %s not found.", c.param("id"))
	}
	return r, nil
}

// getResolutions lists the resolutions.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-resolutions/#api-rest-api-3-resolution-get
func (j *Jira) getResolutions(c *call) (any, error) {
	out := []any{}
	for r := range c.resolutionsInOrder() {
		out = append(out, c.resolutionShown(r))
	}
	return out, nil
}

// getResolution returns a resolution.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-resolutions/#api-rest-api-3-resolution-id-get
func (j *Jira) getResolution(c *call) (any, error) {
	r, ok := j.resolutions.Get(c.Tx, key(number(c.param("id"))))
	if !ok {
		return nil, notFound("The resolution with id '%s' does not exist", c.param("id"))
	}
	return c.resolutionShown(r), nil
}

// searchResolutions lists resolutions page by page.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-resolutions/#api-rest-api-3-resolution-search-get
func (j *Jira) searchResolutions(c *call) (any, error) {
	wanted, only := c.chosenIDs("id"), c.qtrue("onlyDefault", false)
	rows := filtered(c.resolutionsInOrder(), func(r Resolution) bool { return wanted(r.ID) && (!only || r.Default) })
	return pageBean(c, rows, 1000, func(r Resolution) any {
		return obj{"id": id(r.ID), "name": r.Name, "description": r.Description, "isDefault": r.Default}
	})
}

// createResolution adds a resolution, as the last one.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-resolutions/#api-rest-api-3-resolution-post
func (j *Jira) createResolution(c *call) (any, error) {
	doc, err := c.configuring(errNotAuthorized)
	if err != nil {
		return nil, err
	}
	r := Resolution{}
	if r, err = c.readResolution(r, doc); err != nil {
		return nil, err
	}
	r.ID = c.next("resolution", firstID)
	for other := range j.resolutions.All(c.Tx, "") {
		r.Order = max(r.Order, other.Order+1)
	}
	j.resolutions.Put(c.Tx, r)
	return created(obj{"id": id(r.ID)}), nil
}

// readResolution reads {name, description}.
func (c *call) readResolution(r Resolution, doc obj) (Resolution, error) {
	r.Name = "" // which has to be said again
	return entitled(r, doc, c.j.resolutions.All(c.Tx, ""), func(r *Resolution) (int64, *string, *string) { return r.ID, &r.Name, &r.Description }, 60, 255,
		badRequest("A resolution with the name '%s' already exists.", strings.TrimSpace(text(doc["name"]))))
}

// updateResolution changes a resolution.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-resolutions/#api-rest-api-3-resolution-id-put
func (j *Jira) updateResolution(c *call) (any, error) {
	return nil, changed(c, errNotAuthorized, c.theResolution, c.readResolution, j.resolutions)
}

// setDefaultResolution says which resolution is chosen unless another one is; null means none.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-resolutions/#api-rest-api-3-resolution-default-put
func (j *Jira) setDefaultResolution(c *call) (any, error) {
	doc, err := c.configuring(errNotAuthorized)
	if err != nil {
		return nil, err
	}
	chosen, named := doc["id"]
	if !named {
		return nil, badRequest("The id has to be provided.")
	}
	if _, ok := j.resolutions.Get(c.Tx, key(number(chosen))); !ok && chosen != nil && chosen != "" {
		return nil, notFound("Resolution with ID %s not found.", plainWords(chosen))
	}
	for r := range j.resolutions.All(c.Tx, "") {
		if is := r.ID == number(chosen); r.Default != is {
			r.Default = is
			j.resolutions.Put(c.Tx, r)
		}
	}
	return nil, nil
}

// moveResolutions orders the resolutions.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-resolutions/#api-rest-api-3-resolution-move-put
func (j *Jira) moveResolutions(c *call) (any, error) {
	doc, err := c.configuring(errNotAuthorized)
	if err != nil {
		return nil, err
	}
	var all []int64
	for r := range c.resolutionsInOrder() {
		all = append(all, r.ID)
	}
	order, err := readMove(doc, all, "The IDs", "Resolution")
	if err != nil {
		return nil, err
	}
	for n, which := range order {
		r, _ := j.resolutions.Get(c.Tx, key(which))
		r.Order = int64(n + 1)
		j.resolutions.Put(c.Tx, r)
	}
	return nil, nil
}

// readMove reads {ids, after, position} and returns the new order of all.
func readMove(doc obj, all []int64, subject, kind string) ([]int64, error) {
	some, after, position := numbers(doc["ids"]), number(doc["after"]), text(doc["position"])
	switch {
	case len(some) == 0:
		return nil, badRequest("%s have to be provided.", subject)
	case len(some) > 1000:
		return nil, badRequest("%s must contain no more than 1,000 items.", subject)
	case repeated(some):
		return nil, badRequest("%s must not contain duplicates.", subject)
	case doc["after"] != nil && position != "":
		return nil, badRequest("'after' and 'position' were provided. Only 'after' or 'position' can be specified.")
	case doc["after"] == nil && position == "":
		return nil, badRequest("'after' or 'position' has to be provided.")
	case position != "" && position != "First" && position != "Last":
		return nil, badRequest("The position must be 'First' or 'Last'.")
	}
	for n, which := range some {
		if !slices.Contains(all, which) {
			return nil, notFound("%s with ID %s not found.", kind, plainWords(list(doc["ids"])[n]))
		}
	}
	order := movedTo(all, some, after, position)
	if order == nil {
		return nil, notFound("%s with ID %s not found.", kind, plainWords(doc["after"]))
	}
	return order, nil
}

// deleteResolution deletes a resolution; the issues that have it get another one.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-resolutions/#api-rest-api-3-resolution-id-delete
func (j *Jira) deleteResolution(c *call) (any, error) {
	if err := c.admins(errNotAuthorized); err != nil {
		return nil, err
	}
	r, err := c.theResolution()
	if err != nil {
		return nil, err
	}
	with := c.q("replaceWith")
	if with == "" {
		return nil, badRequest("The replaceWith has to be provided.")
	}
	now, ok := j.resolutions.Get(c.Tx, key(number(with)))
	switch {
	case !ok:
		return nil, notFound("Resolution with ID %s not found.", with)
	case now.ID == r.ID:
		return nil, badRequest("The resolution cannot be replaced with itself.")
	case c.running("replaceResolution"):
		return nil, errTaskRunning
	}
	j.resolutions.Delete(c.Tx, key(r.ID))
	t := c.begin("replaceResolution", "Remove resolution "+id(r.ID)+" and replace with resolution "+id(now.ID), obj{"was": id(r.ID), "now": id(now.ID)})
	return c.seeTask(t), nil
}

// running reports whether a task of a kind has yet to end.
func (c *call) running(kind string) bool {
	for t := range c.j.tasks.All(c.Tx, "") {
		if t.Kind == kind && (t.Status == "ENQUEUED" || t.Status == "RUNNING") {
			return true
		}
	}
	return false
}

var errTaskRunning = refuse(409, "Another task is currently running, please try again later.")

// replaceValue gives all issues that have a value of a field another one.
func (c *call) replaceValue(field, was, now string) error {
	for i := range c.j.issuesByValue.All(c.Tx, field+"="+was) {
		before := i
		i.Fields = with(i.Fields, obj{field: now})
		c.save(before, i, nil)
	}
	return nil
}
