package jira

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"twinset.dev/kit/twin"
)

func (j *Jira) classificationLevelsOperations() {
	j.on(twin.Full, "getAllUserDataClassificationLevels", j.getAllUserDataClassificationLevels)
	j.on(twin.Full, "getDefaultProjectClassification", j.getDefaultProjectClassification)
	j.on(twin.Full, "updateDefaultProjectClassification", j.updateDefaultProjectClassification)
	j.on(twin.Full, "removeDefaultProjectClassification", j.removeDefaultProjectClassification)
}

// classificationTags begins the ids of levels.
const classificationTags = "ari:cloud:platform::classification-tag/"

// bootstrapClassifications are the levels of an organization that has set up no others.
func (c *call) bootstrapClassifications() {
	for n, x := range []Classification{
		{Name: "Restricted", Status: "published", Description: "For the few who need it to do their work.", Guideline: "Ask before you share.", Color: "RED"},
		{Name: "Confidential", Status: "published", Description: "For people of the company.", Guideline: "Do not share outside.", Color: "ORANGE"},
		{Name: "Public", Status: "published", Description: "For everybody.", Guideline: "Share as you like.", Color: "GREEN"},
		{Name: "Internal", Status: "archived", Description: "As it was before.", Guideline: "Use another one.", Color: "BLUE"},
	} {
		x.ID, x.Rank = classificationTags+"5b0f1c62-5a1e-4c3e-9d0f-00000000000"+id(int64(n+1)), n+1
		c.j.classifications.Put(c.Tx, x)
	}
}

// seedClassifications puts levels in the place of those, in their order.
func (c *call) seedClassifications(all []Classification) {
	if len(all) == 0 {
		return
	}
	for x := range c.j.classifications.All(c.Tx, "") {
		c.j.classifications.Delete(c.Tx, x.ID)
	}
	for n, x := range all {
		x.ID, x.Rank, x.Status = cmp.Or(x.ID, classificationTags+seedUUID("classification "+x.Name)), n+1, strings.ToLower(cmp.Or(x.Status, "published"))
		c.j.classifications.Put(c.Tx, x)
	}
}

// getAllUserDataClassificationLevels returns how closely data can be kept.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-classification-levels/#api-rest-api-3-classification-levels-get
func (j *Jira) getAllUserDataClassificationLevels(c *call) (any, error) {
	states := c.qs("status")
	for _, s := range states {
		if !slices.Contains([]string{"PUBLISHED", "ARCHIVED", "DRAFT"}, strings.ToUpper(s)) {
			return nil, badRequest("The status '%s' is not valid.", s)
		}
	}
	fit := filtered(j.classifications.All(c.Tx, ""), func(x Classification) bool {
		return len(states) == 0 || slices.ContainsFunc(states, func(s string) bool { return strings.EqualFold(s, x.Status) })
	})
	byRank := func(a, b Classification) int { return cmp.Compare(a.Rank, b.Rank) }
	rows, err := byOrder(c, fit, "rank", map[string]func(a, b Classification) int{"rank": byRank})
	if err != nil {
		return nil, err
	}
	out := []any{}
	for x := range rows {
		out = append(out, x.shown())
	}
	return obj{"classifications": out}, nil
}

func (x Classification) shown() obj {
	guide, _ := json.Marshal(obj{"version": 1, "type": "doc", "content": []any{obj{"type": "paragraph", "content": []any{obj{"type": "text", "text": x.Guideline}}}}})
	return obj{"id": x.ID, "status": x.Status, "name": x.Name, "rank": x.Rank, "description": x.Description, "guideline": x.Guideline, "guidelineADF": string(guide), "color": x.Color}
}

// classified finds the project that the path names, if the caller administers it, and what its level is kept under.
func (c *call) classified() (Project, string, error) {
	p, err := c.managedProject(c.param("projectIdOrKey"))
	return p, "classification/" + id(p.ID), err
}

// getDefaultProjectClassification returns how closely a project's data is kept.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-classification-levels/#api-rest-api-3-project-projectidorkey-classification-level-default-get
func (j *Jira) getDefaultProjectClassification(c *call) (any, error) {
	_, name, err := c.classified()
	if err != nil {
		return nil, err
	}
	if x, ok := j.classifications.Get(c.Tx, text(c.setting(name))); ok {
		return obj{"classification": x.shown()}, nil
	}
	return obj{}, nil
}

// updateDefaultProjectClassification says how closely a project's data is kept.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-classification-levels/#api-rest-api-3-project-projectidorkey-classification-level-default-put
func (j *Jira) updateDefaultProjectClassification(c *call) (any, error) {
	p, name, err := c.classified()
	if err != nil {
		return nil, err
	}
	level := text(object(c.body)["id"])
	x, ok := j.classifications.Get(c.Tx, level)
	if !ok || x.Status != "published" {
		return nil, badRequest("The classification level '%s' does not exist or is not published.", level)
	}
	was, _ := j.classifications.Get(c.Tx, text(c.setting(name)))
	c.set(name, level)
	c.audited("Project default classification level updated", "projects", projectItem(p), changedValues([3]string{"Classification level", was.Name, x.Name})...)
	return nil, nil
}

// removeDefaultProjectClassification says nothing of how closely a project's data is kept.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-classification-levels/#api-rest-api-3-project-projectidorkey-classification-level-default-delete
func (j *Jira) removeDefaultProjectClassification(c *call) (any, error) {
	_, name, err := c.classified()
	if err != nil {
		return nil, err
	}
	c.set(name, nil)
	return nil, nil
}
