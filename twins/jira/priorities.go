package jira

import (
	"iter"
	"regexp"
	"slices"
	"strings"

	"twinset.dev/kit/twin"
)

func (j *Jira) prioritiesOperations() {
	j.on(twin.Full, "getPriorities", j.getPriorities)
	j.on(twin.Full, "createPriority", j.createPriority)
	j.on(twin.Full, "setDefaultPriority", j.setDefaultPriority)
	j.on(twin.Full, "movePriorities", j.movePriorities)
	j.on(twin.Full, "searchPriorities", j.searchPriorities)
	j.on(twin.Full, "deletePriority", j.deletePriority)
	j.on(twin.Full, "getPriority", j.getPriority)
	j.on(twin.Full, "updatePriority", j.updatePriority)

	j.task("replacePriority", func(c *call, t *Task) (any, error) {
		return nil, c.replaceValue("priority", text(dig(t.Input, "was")), text(dig(t.Input, "now")))
	})
}

// prioritiesInOrder are the priorities of the site, the most urgent first.
func (c *call) prioritiesInOrder() iter.Seq[Priority] {
	ps := slices.Collect(c.j.priorities.All(c.Tx, ""))
	slices.SortFunc(ps, func(a, b Priority) int { return int(a.Order - b.Order) })
	return slices.Values(ps)
}

// thePriority is the one that the path names.
func (c *call) thePriority() (Priority, error) {
	p, ok := c.j.priorities.Get(c.Tx, key(number(c.param("id"))))
	if !ok {
		return p, notFound("Priority with ID %s not found.", c.param("id"))
	}
	return p, nil
}

func (c *call) priorityShown(p Priority) obj {
	v := c.priorityBrief(p)
	v["statusColor"], v["description"], v["isDefault"] = p.Color, p.Description, p.Default
	return v
}

// getPriorities lists the priorities.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-priorities/#api-rest-api-3-priority-get
func (j *Jira) getPriorities(c *call) (any, error) {
	out := []any{}
	for p := range c.prioritiesInOrder() {
		out = append(out, c.priorityShown(p))
	}
	return out, nil
}

// getPriority returns a priority.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-priorities/#api-rest-api-3-priority-id-get
func (j *Jira) getPriority(c *call) (any, error) {
	p, ok := j.priorities.Get(c.Tx, key(number(c.param("id"))))
	if !ok {
		return nil, notFound("The issue priority with id '%s' does not exist", c.param("id"))
	}
	return c.priorityShown(p), nil
}

// searchPriorities lists priorities page by page.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-priorities/#api-rest-api-3-priority-search-get
func (j *Jira) searchPriorities(c *call) (any, error) {
	wanted, only, name := c.chosenIDs("id"), c.qtrue("onlyDefault", false), c.q("priorityName")
	var in []int64
	projects := c.qs("projectId")
	for _, n := range projects {
		for _, p := range c.prioritiesOf(number(n)) {
			in = append(in, p.ID)
		}
	}
	rows := filtered(c.prioritiesInOrder(), func(p Priority) bool {
		return wanted(p.ID) && (!only || p.Default) && holding(p.Name, name) && (len(projects) == 0 || slices.Contains(in, p.ID))
	})
	return pageBean(c, rows, 1000, func(p Priority) any {
		v := c.priorityShown(p)
		if c.expands("schemes") {
			schemes := []any{}
			for s := range c.prioritySchemes() {
				if slices.Contains(s.Priorities, p.ID) {
					schemes = append(schemes, c.prioritySchemeBrief(s))
				}
			}
			v["schemes"] = inPages(schemes)
		}
		return v
	})
}

var hexadecimal = regexp.MustCompile(`^#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$`)

// readPriority reads {name, description, statusColor, iconUrl}; what is not there stays.
func (c *call) readPriority(p Priority, doc obj) (_ Priority, err error) {
	if p, err = entitled(p, doc, c.j.priorities.All(c.Tx, ""), func(p *Priority) (int64, *string, *string) { return p.ID, &p.Name, &p.Description }, 60, 255,
		badRequest("A priority with the name '%s' already exists.", strings.TrimSpace(text(doc["name"])))); err != nil {
		return p, err
	}
	if doc["statusColor"] != nil || p.ID == 0 {
		p.Color = text(doc["statusColor"])
	}
	if p.Color == "" {
		return p, badRequest("The statusColor has to be provided.")
	}
	if !hexadecimal.MatchString(p.Color) {
		return p, badRequest("The statusColor must be a 3-digit or 6-digit hexadecimal color.")
	}
	if s := text(doc["iconUrl"]); s != "" {
		if !slices.Contains(priorityIcons, strings.TrimPrefix(s, c.base)) {
			return p, badRequest("The iconUrl is not one of the built-in priority icons.")
		}
		p.Icon = strings.TrimPrefix(s, c.base)
	}
	return p, nil
}

// priorityIcons are the pictures that a priority can have.
var priorityIcons = func() (icons []string) {
	for _, name := range strings.Fields("blocker critical high highest low lowest major medium minor trivial") {
		icons = append(icons, "/images/icons/priorities/"+name+".png", "/images/icons/priorities/"+name+"_new.png", "/images/icons/priorities/"+name+".svg")
	}
	return icons
}()

// createPriority adds a priority, as the least urgent one.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-priorities/#api-rest-api-3-priority-post
func (j *Jira) createPriority(c *call) (any, error) {
	doc, err := c.configuring(errNotAuthorized)
	if err != nil {
		return nil, err
	}
	p, err := c.readPriority(Priority{Icon: "/images/icons/priorities/medium.svg"}, doc)
	if err != nil {
		return nil, err
	}
	p.ID = c.next("priority", firstID)
	for other := range j.priorities.All(c.Tx, "") {
		p.Order = max(p.Order, other.Order+1)
	}
	j.priorities.Put(c.Tx, p)
	s, _ := j.prioritySchemes.Get(c.Tx, key(defaultPriorityScheme))
	s.Priorities = append(slices.Clone(s.Priorities), p.ID)
	j.prioritySchemes.Put(c.Tx, s)
	return created(obj{"id": id(p.ID)}), nil
}

// updatePriority changes a priority.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-priorities/#api-rest-api-3-priority-id-put
func (j *Jira) updatePriority(c *call) (any, error) {
	doc, err := c.configuring(errNotAuthorized)
	if err != nil {
		return nil, err
	}
	p, err := c.thePriority()
	if err != nil {
		return nil, err
	}
	if len(doc) == 0 {
		return nil, badRequest("At least one property has to be provided.")
	}
	if p, err = c.readPriority(p, doc); err != nil {
		return nil, err
	}
	j.priorities.Put(c.Tx, p)
	return nil, nil
}

// setDefaultPriority says which priority new issues have; null means none.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-priorities/#api-rest-api-3-priority-default-put
func (j *Jira) setDefaultPriority(c *call) (any, error) {
	doc, err := c.configuring(errNotAuthorized)
	if err != nil {
		return nil, err
	}
	chosen, named := doc["id"]
	if !named {
		return nil, badRequest("The id has to be provided.")
	}
	if _, ok := j.priorities.Get(c.Tx, key(number(chosen))); !ok && chosen != nil && chosen != "" {
		return nil, notFound("Priority with ID %s not found.", plainWords(chosen))
	}
	for p := range j.priorities.All(c.Tx, "") {
		if is := p.ID == number(chosen); p.Default != is {
			p.Default = is
			j.priorities.Put(c.Tx, p)
		}
	}
	s, _ := j.prioritySchemes.Get(c.Tx, key(defaultPriorityScheme))
	s.Default = number(chosen)
	j.prioritySchemes.Put(c.Tx, s)
	return nil, nil
}

// movePriorities orders the priorities.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-priorities/#api-rest-api-3-priority-move-put
func (j *Jira) movePriorities(c *call) (any, error) {
	doc, err := c.configuring(errNotAuthorized)
	if err != nil {
		return nil, err
	}
	var all []int64
	for p := range c.prioritiesInOrder() {
		all = append(all, p.ID)
	}
	order, err := readMove(doc, all, "The ids", "Priority")
	if err != nil {
		return nil, err
	}
	for n, which := range order {
		p, _ := j.priorities.Get(c.Tx, key(which))
		p.Order = int64(n + 1)
		j.priorities.Put(c.Tx, p)
	}
	return nil, nil
}

// deletePriority deletes a priority; the issues that have it get that of the query, or else the default of their project.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-priorities/#api-rest-api-3-priority-id-delete
func (j *Jira) deletePriority(c *call) (any, error) {
	if err := c.admins(errNotAuthorized); err != nil {
		return nil, err
	}
	p, err := c.thePriority()
	if err != nil {
		return nil, err
	}
	with := c.q("replaceWith")
	if with == "" {
		return nil, badRequest("The newPriority has to be provided.")
	}
	now, ok := j.priorities.Get(c.Tx, key(number(with)))
	switch {
	case !ok:
		return nil, notFound("Priority with ID %s not found.", with)
	case now.ID == p.ID:
		return nil, badRequest("The priority cannot be replaced with itself.")
	case c.running("replacePriority"):
		return nil, errTaskRunning
	}
	for s := range c.prioritySchemes() {
		if n := slices.Index(s.Priorities, p.ID); n >= 0 {
			s.Priorities = slices.Delete(slices.Clone(s.Priorities), n, n+1)
			if s.Default == p.ID {
				s.Default = 0
			}
			j.prioritySchemes.Put(c.Tx, s)
		}
	}
	j.priorities.Delete(c.Tx, key(p.ID))
	return c.seeTask(c.begin("replacePriority", "Remove priority "+id(p.ID)+" and replace with priority "+id(now.ID), obj{"was": id(p.ID), "now": id(now.ID)})), nil
}
