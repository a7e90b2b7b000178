package jira

import (
	"net/mail"
	"slices"
	"strconv"
	"strings"

	"twinset.dev/kit/twin"
)

func (j *Jira) projectPartsOperations() {
	j.on(twin.Full, "getAllProjectTypes", j.getAllProjectTypes).public()
	j.on(twin.Full, "getAllAccessibleProjectTypes", j.getAllProjectTypes)
	j.on(twin.Full, "getProjectTypeByKey", j.getProjectTypeByKey).public()
	j.on(twin.Full, "getAccessibleProjectTypeByKey", j.getProjectTypeByKey)
	j.on(twin.Full, "getFeaturesForProject", j.getFeaturesForProject)
	j.on(twin.Full, "toggleFeatureForProject", j.toggleFeatureForProject)
	j.on(twin.Full, "getProjectPropertyKeys", j.getProjectPropertyKeys).public()
	j.on(twin.Full, "getProjectProperty", j.getProjectProperty).public()
	j.on(twin.Full, "setProjectProperty", j.setProjectProperty)
	j.on(twin.Full, "deleteProjectProperty", j.deleteProjectProperty)
	j.on(twin.Full, "getProjectEmail", j.getProjectEmail)
	j.on(twin.Full, "updateProjectEmail", j.updateProjectEmail)
	j.on(twin.Full, "validateProjectKey", j.validateProjectKey).public()
	j.on(twin.Full, "getValidProjectKey", j.getValidProjectKey).public()
	j.on(twin.Full, "getValidProjectName", j.getValidProjectName).public()
}

// A projectType is a kind of project.
type projectType struct{ key, name, color, icon string }

// projectKinds are the kinds of projects that a site can have.
var projectKinds = []projectType{
	{"software", "Software", "#2684FF", projectIcon("#2684FF", "M8 10l-4 6 4 6M24 10l4 6-4 6M19 8l-6 16")},
	{"service_desk", "Service management", "#00C7E5", projectIcon("#00C7E5", "M6 18v-3a10 10 0 0 1 20 0v3M6 18h4v6H6zM22 18h4v6h-4z")},
	{"business", "Business", "#36B37E", projectIcon("#36B37E", "M5 11h22v14H5zM12 11V7h8v4M5 17h22")},
}

func projectTypeShown(t projectType) obj {
	return obj{"key": t.key, "formattedKey": t.name, "descriptionI18nKey": "jira.project.type." + strings.ReplaceAll(t.key, "_", "") + ".description", "icon": t.icon, "color": t.color}
}

// getAllProjectTypes returns the kinds of projects.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-types/#api-rest-api-3-project-type-get
func (j *Jira) getAllProjectTypes(*call) (any, error) {
	out := []any{}
	for _, t := range projectKinds {
		out = append(out, projectTypeShown(t))
	}
	return out, nil
}

// getProjectTypeByKey returns one kind of project.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-types/#api-rest-api-3-project-type-projecttypekey-get
func (j *Jira) getProjectTypeByKey(c *call) (any, error) {
	for _, t := range projectKinds {
		if t.key == c.param("projectTypeKey") {
			return projectTypeShown(t), nil
		}
	}
	return nil, notFound("The project type with key '%s' was not found.", c.param("projectTypeKey"))
}

// A feature is a part of a project that can be switched on and off.
type feature struct {
	key, name, description string
	needs                  []string
	locked, off            bool // locked: nobody switches it; off: until somebody does
}

// classicFeatures are those of a software project that administrators manage, teamFeatures those of one that its team manages.
var (
	classicFeatures = []feature{
		{"jsw.classic.roadmap", "Roadmap", "Your roadmap is an optimized location to create and manage your epics.", nil, false, false},
		{"jsw.classic.backlog", "Backlog", "Plan and prioritize work in a dedicated space. To enable and configure the backlog for each board, go to board settings.", nil, true, false},
		{"jsw.classic.sprint", "Sprints", "Define a fixed length for your work, and plan what your team will get done.", nil, true, false},
		{"jsw.classic.reports", "Reports", "Understand how your team is doing.", nil, true, false},
		{"jsw.classic.code", "Code", "See the code that belongs to your work.", nil, false, false},
		{"jsw.classic.releases", "Releases", "Plan and follow your releases.", nil, false, false},
		{"jsw.classic.deployments", "Deployments", "See where your work has been deployed.", nil, false, true},
	}
	teamFeatures = []feature{
		{"jsw.agility.timeline", "Timeline", "Plan and follow your epics over time.", nil, false, false},
		{"jsw.agility.backlog", "Backlog", "Plan and prioritize work in a dedicated space.", nil, false, false},
		{"jsw.agility.sprints", "Sprints", "Plan and begin work for a fixed length of time.", []string{"jsw.agility.backlog"}, false, true},
		{"jsw.agility.estimation", "Estimation", "Estimate how much work an issue is.", nil, false, true},
		{"jsw.agility.reports", "Reports", "Understand how your team is doing.", nil, false, false},
		{"jsw.agility.code", "Code", "See the code that belongs to your work.", nil, false, false},
		{"jsw.agility.releases", "Releases", "Plan and follow your releases.", nil, false, true},
	}
)

func featuresOf(p Project) []feature {
	switch {
	case p.Type != "software":
		return nil
	case p.Team:
		return teamFeatures
	}
	return classicFeatures
}

func (c *call) featureState(p Project, f feature) string {
	switch {
	case p.Features[f.key] != "":
		return p.Features[f.key]
	case f.off && !(strings.HasSuffix(f.key, ".sprints") && strings.HasSuffix(p.Template, "agility-scrum")):
		return "DISABLED"
	}
	return "ENABLED"
}

func (c *call) featuresShown(p Project) obj {
	out := []any{}
	for _, f := range featuresOf(p) {
		out = append(out, obj{"projectId": p.ID, "state": c.featureState(p, f), "toggleLocked": f.locked, "feature": f.key, "prerequisites": anys(f.needs),
			"localisedName": f.name, "localisedDescription": f.description, "imageUri": c.base + "/images/icons/features/" + f.key + ".svg"})
	}
	return obj{"features": out}
}

// getFeaturesForProject returns the features of a project.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-features/#api-rest-api-3-project-projectidorkey-features-get
func (j *Jira) getFeaturesForProject(c *call) (any, error) {
	p, err := c.managedProject(c.param("projectIdOrKey"))
	if err != nil {
		return nil, err
	}
	return c.featuresShown(p), nil
}

// toggleFeatureForProject switches a feature on or off.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-features/#api-rest-api-3-project-projectidorkey-features-featurekey-put
func (j *Jira) toggleFeatureForProject(c *call) (any, error) {
	p, err := c.managedProject(c.param("projectIdOrKey"))
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(featuresOf(p), func(f feature) bool { return f.key == c.param("featureKey") })
	state := text(object(c.body)["state"])
	switch {
	case at < 0:
		return nil, notFound("The feature '%s' does not exist in this project.", c.param("featureKey"))
	case state != "ENABLED" && state != "DISABLED":
		return nil, badRequest("The state of a feature has to be ENABLED or DISABLED.")
	}
	f := featuresOf(p)[at]
	if f.locked {
		return nil, badRequest("The feature '%s' cannot be switched on or off.", f.key)
	}
	for _, x := range featuresOf(p) {
		needed := slices.Contains(f.needs, x.key) && state == "ENABLED" && c.featureState(p, x) != "ENABLED"
		needs := slices.Contains(x.needs, f.key) && state == "DISABLED" && c.featureState(p, x) == "ENABLED"
		if needed || needs {
			return nil, badRequest("The feature '%s' depends on '%s'.", f.key, x.key)
		}
	}
	features := map[string]string{f.key: state}
	for k, v := range p.Features {
		if k != f.key {
			features[k] = v
		}
	}
	p.Features = features
	j.projects.Put(c.Tx, p)
	return c.featuresShown(p), nil
}

// getProjectPropertyKeys returns the keys of a project's properties.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-properties/#api-rest-api-3-project-projectidorkey-properties-get
func (j *Jira) getProjectPropertyKeys(c *call) (any, error) {
	p, err := c.seenProject(c.param("projectIdOrKey"))
	if err != nil {
		return nil, err
	}
	return c.propertyKeys("project/"+id(p.ID), "/project/"+c.param("projectIdOrKey"))
}

// getProjectProperty returns a property of a project.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-properties/#api-rest-api-3-project-projectidorkey-properties-propertykey-get
func (j *Jira) getProjectProperty(c *call) (any, error) {
	p, err := c.seenProject(c.param("projectIdOrKey"))
	if err != nil {
		return nil, err
	}
	return c.getProperty("project/" + id(p.ID))
}

// setProjectProperty keeps a property of a project.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-properties/#api-rest-api-3-project-projectidorkey-properties-propertykey-put
func (j *Jira) setProjectProperty(c *call) (any, error) {
	p, err := c.managedProject(c.param("projectIdOrKey"))
	if err != nil {
		return nil, err
	}
	return c.putProperty("project/" + id(p.ID))
}

// deleteProjectProperty deletes a property of a project.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-properties/#api-rest-api-3-project-projectidorkey-properties-propertykey-delete
func (j *Jira) deleteProjectProperty(c *call) (any, error) {
	p, err := c.managedProject(c.param("projectIdOrKey"))
	if err != nil {
		return nil, err
	}
	return c.deleteProperty("project/" + id(p.ID))
}

// getProjectEmail returns the address that a project's mail comes from.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-email/#api-rest-api-3-project-projectid-email-get
func (j *Jira) getProjectEmail(c *call) (any, error) {
	p, err := c.seenProject(c.param("projectId"))
	if err != nil {
		return nil, err
	}
	v := obj{"emailAddress": c.projectEmail(p)}
	if p.Email != "" && !strings.HasSuffix(p.Email, "@"+c.siteDomain()) {
		v["emailAddressStatus"] = []any{"Email address or domain not verified."}
	}
	return v, nil
}

func (c *call) projectEmail(p Project) string {
	if p.Email != "" {
		return p.Email
	}
	return "jira@" + c.siteDomain()
}

// siteDomain is where the site's own mail comes from.
func (c *call) siteDomain() string { return "twin.atlassian.net" }

// updateProjectEmail sets the address that a project's mail comes from; an empty one is the site's.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-email/#api-rest-api-3-project-projectid-email-put
func (j *Jira) updateProjectEmail(c *call) (any, error) {
	p, err := c.managedProject(c.param("projectId"))
	if err != nil {
		return nil, err
	}
	address := text(object(c.body)["emailAddress"])
	if _, err := mail.ParseAddress(address); address != "" && err != nil {
		return nil, wrong("emailAddress", "The email address is not valid.")
	}
	was := p.Email
	p.Email = address
	j.projects.Put(c.Tx, p)
	c.audited("Project sender email updated", "projects", projectItem(p), changedValues([3]string{"Email", was, address})...)
	return nil, nil
}

// validateProjectKey says what is wrong with a key, if anything.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-key-and-name-validation/#api-rest-api-3-projectvalidate-key-get
func (j *Jira) validateProjectKey(c *call) (any, error) {
	k := c.q("key")
	if k == "" {
		return wrong("projectKey", "You must specify a unique project key, at least 2 characters long, containing only uppercase letters.").said(), nil
	}
	if r, ok := c.checkProjectKey(k, 0).(*refusal); ok {
		return r.said(), nil
	}
	return obj{"errorMessages": []any{}, "errors": obj{}}, nil
}

// getValidProjectKey makes a key out of what the caller says that no project has.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-key-and-name-validation/#api-rest-api-3-projectvalidate-validprojectkey-get
func (j *Jira) getValidProjectKey(c *call) (any, error) {
	letters := func(s string) string {
		return strings.Map(func(r rune) rune {
			if r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
				return r
			}
			return -1
		}, strings.ToUpper(s))
	}
	k := strings.TrimLeft(letters(c.q("key")), "0123456789")
	k = k[:min(len(k), 10)]
	if len(k) < 2 {
		return "", nil
	}
	for n := 2; c.checkProjectKey(k, 0) != nil && n < 1000; n++ {
		tail := strconv.Itoa(n)
		k = strings.TrimRight(k, "0123456789")
		k = k[:min(len(k), 10-len(tail))] + tail
	}
	return k, nil
}

// getValidProjectName makes a name out of what the caller says that no project has.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-key-and-name-validation/#api-rest-api-3-projectvalidate-validprojectname-get
func (j *Jira) getValidProjectName(c *call) (any, error) {
	name := strings.TrimSpace(c.q("name"))
	if name == "" {
		return nil, badRequest("The project name is required.")
	}
	valid := name
	for n := 2; n < 1000 && c.checkProjectName(valid, 0) == errProjectName; n++ {
		valid = name + " " + strconv.Itoa(n)
	}
	return valid, nil
}
