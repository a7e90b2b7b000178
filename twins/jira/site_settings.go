package jira

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"twinset.dev/kit/twin"
)

func (j *Jira) siteSettingsOperations() {
	j.on(twin.Full, "getBanner", j.getBanner)
	j.on(twin.Full, "setBanner", j.setBanner)
	j.on(twin.Full, "getAllApplicationRoles", j.getAllApplicationRoles)
	j.on(twin.Full, "getApplicationRole", j.getApplicationRole)
	j.on(twin.Full, "getApplicationProperty", j.getApplicationProperty)
	j.on(twin.Full, "getAdvancedSettings", j.getAdvancedSettings)
	j.on(twin.Full, "setApplicationProperty", j.setApplicationProperty)
	j.on(twin.Full, "getConfiguration", j.getConfiguration)
	j.on(twin.Full, "getSelectedTimeTrackingImplementation", j.getSelectedTimeTrackingImplementation)
	j.on(twin.Full, "selectTimeTrackingImplementation", j.selectTimeTrackingImplementation)
	j.on(twin.Full, "getAvailableTimeTrackingImplementations", j.getAvailableTimeTrackingImplementations)
	j.on(twin.Full, "getSharedTimeTrackingConfiguration", j.getSharedTimeTrackingConfiguration)
	j.on(twin.Full, "setSharedTimeTrackingConfiguration", j.setSharedTimeTrackingConfiguration)
	j.on(twin.Full, "getIssueNavigatorDefaultColumns", j.getIssueNavigatorDefaultColumns)
	j.on(twin.Full, "setIssueNavigatorDefaultColumns", j.setIssueNavigatorDefaultColumns).bytes()
	j.on(twin.Full, "getLicense", j.getLicense)
	j.on(twin.Full, "getApproximateLicenseCount", j.getApproximateLicenseCount)
	j.on(twin.Full, "getApproximateApplicationLicenseCount", j.getApproximateApplicationLicenseCount)
	j.on(twin.Full, "getAllLabels", j.getAllLabels).public()
	j.on(twin.Full, "getPolicy", j.getPolicy)
	j.on(twin.Full, "getPolicies", j.getPolicies)
}

// setting is what the site has been set to.
func (c *call) setting(name string) any { return c.site.Settings[name] }

// set sets something of the site.
func (c *call) set(name string, v any) {
	c.site.Settings = maps.Clone(c.site.Settings)
	c.site.Settings[name] = clone(v)
	c.j.sites.Put(c.Tx, c.site)
}

// getBanner returns the announcement that people see above every page.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-announcement-banner/#api-rest-api-3-announcementbanner-get
func (j *Jira) getBanner(c *call) (any, error) {
	if err := c.admins("Only admins can read banner configuration."); err != nil {
		return nil, err
	}
	v := obj{"isDismissible": false, "isEnabled": false, "message": "", "visibility": "public", "hashId": ""}
	return with(v, object(c.setting("banner"))), nil
}

// setBanner changes the announcement.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-announcement-banner/#api-rest-api-3-announcementbanner-put
func (j *Jira) setBanner(c *call) (any, error) {
	if err := c.admins("Only admins can update banner configuration."); err != nil {
		return nil, err
	}
	doc := object(c.body)
	v := with(obj{"isDismissible": false, "isEnabled": false, "message": "", "visibility": "public", "hashId": ""}, object(c.setting("banner")))
	for _, name := range []string{"isDismissible", "isEnabled"} {
		if b, ok := doc[name].(bool); ok {
			v[name] = b
		}
	}
	if x, ok := doc["message"]; ok {
		if x == nil {
			return nil, badRequest("Banner message cannot be null.")
		}
		if utf8.RuneCountInString(text(x)) > 1000 {
			return nil, badRequest("The banner message must not exceed 1000 characters in length.")
		}
		v["message"], v["hashId"] = text(x), strings.ToUpper(c.Rand(32, "0123456789abcdefghijklmnopqrstuv"))
	}
	if x, ok := doc["visibility"]; ok {
		if v["visibility"] = strings.ToLower(text(x)); v["visibility"] != "public" && v["visibility"] != "private" {
			return nil, badRequest("The visibility of the banner has to be public or private.")
		}
	}
	c.set("banner", v)
	c.audited("Announcement banner updated", "system", nil)
	return nil, nil
}

// roleKey is that of the one product that a site has.
const roleKey = "jira-software"

// applicationRole is who may use Jira.
func (c *call) applicationRole() obj {
	names, details, first := []any{}, []any{}, []any{}
	n := map[string]bool{}
	for _, groupID := range texts(c.setting("productGroups")) {
		g, ok := c.j.groups.Get(c.Tx, groupID)
		if !ok {
			continue
		}
		names, details = append(names, g.Name), append(details, c.groupShown(g))
		for m := range c.j.members.All(c.Tx, g.ID+"/") {
			n[m.User] = true
		}
	}
	if len(details) > 0 {
		first = details[:1]
	}
	v := obj{"key": roleKey, "name": "Jira Software", "groups": names, "groupDetails": details, "defaultGroups": []any{}, "defaultGroupsDetails": first, "selectedByDefault": true, "defined": true, "numberOfSeats": 35000, "remainingSeats": 35000 - len(n), "userCount": len(n),
		"userCountDescription": "users", "hasUnlimitedSeats": false, "platform": false}
	if len(names) > 0 {
		v["defaultGroups"] = names[:1]
	}
	return v
}

// getAllApplicationRoles returns the products of the site.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-application-roles/#api-rest-api-3-applicationrole-get
func (j *Jira) getAllApplicationRoles(c *call) (any, error) {
	if err := c.adminOnly(); err != nil {
		return nil, err
	}
	return []any{c.applicationRole()}, nil
}

// getApplicationRole returns one product of the site.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-application-roles/#api-rest-api-3-applicationrole-key-get
func (j *Jira) getApplicationRole(c *call) (any, error) {
	if err := c.adminOnly(); err != nil {
		return nil, err
	}
	if c.param("key") != roleKey {
		return nil, notFound("The application role with key '%s' does not exist.", c.param("key"))
	}
	return c.applicationRole(), nil
}

// An applicationProperty is a setting of the site that has a name.
type applicationProperty struct {
	key, name, kind, usual string
	allowed                []string
	advanced               bool
}

// applicationProperties are those that a site has.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-jira-settings/#api-rest-api-3-application-properties-id-put
var applicationProperties = []applicationProperty{
	{"jira.title", "Title", "string", "Jira", nil, false},
	{"jira.baseurl", "Base URL", "string", "", nil, false},
	{"jira.home", "jira.home", "string", "/var/jira/jira-home", nil, true},
	{"jira.clone.prefix", "The prefix added to the Summary field of cloned issues", "string", "CLONE -", nil, true},
	{"jira.date.picker.java.format", "jira.date.picker.java.format", "string", "d/MMM/yy", nil, true},
	{"jira.date.picker.javascript.format", "jira.date.picker.javascript.format", "string", "%e/%b/%y", nil, true},
	{"jira.date.time.picker.java.format", "jira.date.time.picker.java.format", "string", "dd/MMM/yy h:mm a", nil, true},
	{"jira.date.time.picker.javascript.format", "jira.date.time.picker.javascript.format", "string", "%e/%b/%y %I:%M %p", nil, true},
	{"jira.issue.actions.order", "jira.issue.actions.order", "enum", "asc", []string{"asc", "desc"}, true},
	{"jira.view.issue.links.sort.order", "jira.view.issue.links.sort.order", "string", "type, status, priority", nil, true},
	{"jira.comment.collapsing.minimum.hidden", "jira.comment.collapsing.minimum.hidden", "uint", "4", nil, true},
	{"jira.newsletter.tip.delay.days", "jira.newsletter.tip.delay.days", "uint", "7", nil, true},
	{"jira.lf.date.time", "Time Format", "string", "h:mm a", nil, false},
	{"jira.lf.date.day", "Day Format", "string", "EEEE h:mm a", nil, false},
	{"jira.lf.date.complete", "Complete Date/Time Format", "string", "dd/MMM/yy h:mm a", nil, false},
	{"jira.lf.date.dmy", "Day/Month/Year Format", "string", "dd/MMM/yy", nil, false},
	{"jira.date.time.picker.use.iso8061", "Use ISO8601 standard in Date Picker", "boolean", "false", nil, false},
	{"jira.lf.logo.url", "Logo URL", "string", "/images/icon-jira-logo.png", nil, false},
	{"jira.lf.logo.show.application.title", "Show application title", "boolean", "false", nil, false},
	{"jira.lf.favicon.url", "Favicon URL", "string", "/favicon.ico", nil, false},
	{"jira.lf.top.bgcolour", "Header background color", "string", "#205081", nil, false},
	{"jira.lf.top.textcolour", "Header text color", "string", "#ffffff", nil, false},
	{"jira.option.watching", "Allow users to watch issues", "boolean", "true", nil, false},
	{"jira.option.voting", "Allow users to vote on issues", "boolean", "true", nil, false},
	{"jira.option.issuelinking", "Allow issue linking", "boolean", "true", nil, false},
	{"jira.option.allowunassigned", "Allow unassigned issues", "boolean", "true", nil, false},
}

func (c *call) propertyValue(p applicationProperty) string {
	switch p.key {
	case "jira.title":
		return c.site.Title
	case "jira.baseurl":
		return c.base
	}
	if v, ok := object(c.setting("properties"))[p.key].(string); ok {
		return v
	}
	return p.usual
}

func (c *call) applicationPropertyShown(p applicationProperty) obj {
	v := obj{"id": p.key, "key": p.key, "value": c.propertyValue(p), "name": p.name, "desc": "", "type": p.kind, "defaultValue": p.usual}
	if p.allowed != nil {
		v["allowedValues"] = anys(p.allowed)
	}
	return v
}

// getApplicationProperty returns settings of the site: all, one, or those whose names fit.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-jira-settings/#api-rest-api-3-application-properties-get
func (j *Jira) getApplicationProperty(c *call) (any, error) {
	if err := c.adminOnly(); err != nil {
		return nil, err
	}
	name, part := c.q("key"), strings.TrimSuffix(strings.TrimPrefix(c.q("keyFilter"), ".*"), ".*")
	c.q("permissionLevel")
	out := []any{}
	for _, p := range applicationProperties {
		if name != "" && p.key == name {
			return c.applicationPropertyShown(p), nil
		}
		if strings.Contains(p.key, part) {
			out = append(out, c.applicationPropertyShown(p))
		}
	}
	if name != "" {
		return nil, notFound("No property with key '%s' exists.", name)
	}
	return out, nil
}

// getAdvancedSettings returns the settings of the site that few people change.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-jira-settings/#api-rest-api-3-application-properties-advanced-settings-get
func (j *Jira) getAdvancedSettings(c *call) (any, error) {
	if err := c.adminOnly(); err != nil {
		return nil, err
	}
	out := []any{}
	for _, p := range applicationProperties {
		if p.advanced {
			out = append(out, c.applicationPropertyShown(p))
		}
	}
	return out, nil
}

// setApplicationProperty changes a setting of the site.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-jira-settings/#api-rest-api-3-application-properties-id-put
func (j *Jira) setApplicationProperty(c *call) (any, error) {
	if err := c.adminOnly(); err != nil {
		return nil, err
	}
	at := slices.IndexFunc(applicationProperties, func(p applicationProperty) bool { return p.key == c.param("id") })
	if at < 0 {
		return nil, notFound("No property with key '%s' exists.", c.param("id"))
	}
	p := applicationProperties[at]
	value, ok := object(c.body)["value"].(string)
	_, notNumber := strconv.ParseUint(value, 10, 32)
	switch {
	case !ok:
		return nil, badRequest("The value of the property has to be specified.")
	case p.key == "jira.home" || p.key == "jira.baseurl":
		return nil, forbidden("The property '%s' cannot be changed.", p.key)
	case p.kind == "boolean" && value != "true" && value != "false", p.kind == "uint" && notNumber != nil, p.allowed != nil && !slices.Contains(p.allowed, value):
		return nil, badRequest("The value '%s' is not valid for the property '%s'.", value, p.key)
	}
	was := c.propertyValue(p)
	if p.key == "jira.title" {
		c.site.Title = value
		j.sites.Put(c.Tx, c.site)
	} else {
		c.set("properties", with(object(c.setting("properties")), obj{p.key: value}))
	}
	c.audited("Application property updated", "system", item(p.key, p.name, "APPLICATION_PROPERTY"), changedValues([3]string{p.name, was, value})...)
	return c.applicationPropertyShown(p), nil
}

// siteOption reports whether people may do something on the whole site.
func (c *call) siteOption(key string) bool {
	for _, p := range applicationProperties {
		if p.key == key {
			return c.propertyValue(p) == "true"
		}
	}
	return false
}

// getConfiguration returns what people may do on the site.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-jira-settings/#api-rest-api-3-configuration-get
func (j *Jira) getConfiguration(c *call) (any, error) {
	return obj{"votingEnabled": c.siteOption("jira.option.voting"), "watchingEnabled": c.siteOption("jira.option.watching"), "unassignedIssuesAllowed": c.siteOption("jira.option.allowunassigned"), "subTasksEnabled": true,
		"issueLinkingEnabled": c.siteOption("jira.option.issuelinking"), "timeTrackingEnabled": true, "timeTrackingConfiguration": c.timeTrackingOptions(), "attachmentsEnabled": true}, nil
}

func (c *call) timeTrackingOptions() obj {
	v := obj{"workingHoursPerDay": 8.0, "workingDaysPerWeek": 5.0, "timeFormat": "pretty", "defaultUnit": "minute"}
	return with(v, object(c.setting("timeTracking")))
}

// timeTrackingProvider is the one that every site has.
var timeTrackingProvider = obj{"key": "JIRA", "name": "JIRA provided time tracking", "url": "/secure/admin/TimeTrackingAdmin.jspa"}

// getSelectedTimeTrackingImplementation returns with what people log their work.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-time-tracking/#api-rest-api-3-configuration-timetracking-get
func (j *Jira) getSelectedTimeTrackingImplementation(c *call) (any, error) {
	if err := c.adminOnly(); err != nil {
		return nil, err
	}
	return timeTrackingProvider, nil
}

// selectTimeTrackingImplementation says with what people log their work.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-time-tracking/#api-rest-api-3-configuration-timetracking-put
func (j *Jira) selectTimeTrackingImplementation(c *call) (any, error) {
	if err := c.adminOnly(); err != nil {
		return nil, err
	}
	if name := text(object(c.body)["key"]); !strings.EqualFold(name, "jira") {
		return nil, badRequest("The time tracking provider with key '%s' does not exist.", name)
	}
	return nil, nil
}

// getAvailableTimeTrackingImplementations returns with what people can log their work.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-time-tracking/#api-rest-api-3-configuration-timetracking-list-get
func (j *Jira) getAvailableTimeTrackingImplementations(c *call) (any, error) {
	if err := c.adminOnly(); err != nil {
		return nil, err
	}
	return []any{timeTrackingProvider}, nil
}

// getSharedTimeTrackingConfiguration returns how long days and weeks are, and how time is written.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-time-tracking/#api-rest-api-3-configuration-timetracking-options-get
func (j *Jira) getSharedTimeTrackingConfiguration(c *call) (any, error) {
	if err := c.adminOnly(); err != nil {
		return nil, err
	}
	return c.timeTrackingOptions(), nil
}

// setSharedTimeTrackingConfiguration says how long days and weeks are, and how time is written.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-time-tracking/#api-rest-api-3-configuration-timetracking-options-put
func (j *Jira) setSharedTimeTrackingConfiguration(c *call) (any, error) {
	if err := c.adminOnly(); err != nil {
		return nil, err
	}
	doc := object(c.body)
	hours, _ := doc["workingHoursPerDay"].(float64)
	days, _ := doc["workingDaysPerWeek"].(float64)
	bad := problems{}
	if hours <= 0 || hours > 24 {
		bad.add(wrong("workingHoursPerDay", "The working hours per day must be between 0 and 24."))
	}
	if days <= 0 || days > 7 {
		bad.add(wrong("workingDaysPerWeek", "The working days per week must be between 0 and 7."))
	}
	if !slices.Contains([]string{"pretty", "days", "hours"}, text(doc["timeFormat"])) {
		bad.add(wrong("timeFormat", "The time format must be one of pretty, days, hours."))
	}
	if !slices.Contains([]string{"minute", "hour", "day", "week"}, text(doc["defaultUnit"])) {
		bad.add(wrong("defaultUnit", "The default unit must be one of minute, hour, day, week."))
	}
	if len(bad) > 0 {
		return nil, bad.refusal()
	}
	c.set("timeTracking", obj{"workingHoursPerDay": hours, "workingDaysPerWeek": days, "timeFormat": doc["timeFormat"], "defaultUnit": doc["defaultUnit"]})
	c.audited("Time tracking configuration updated", "system", nil)
	return c.timeTrackingOptions(), nil
}

// getIssueNavigatorDefaultColumns returns the columns of everybody who has no others.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-navigator-settings/#api-rest-api-3-settings-columns-get
func (j *Jira) getIssueNavigatorDefaultColumns(c *call) (any, error) {
	if err := c.adminOnly(); err != nil {
		return nil, err
	}
	return c.columnsShown(c.siteColumns()), nil
}

// setIssueNavigatorDefaultColumns sets the columns of everybody who has no others.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-navigator-settings/#api-rest-api-3-settings-columns-put
func (j *Jira) setIssueNavigatorDefaultColumns(c *call) (any, error) {
	if err := c.adminOnly(); err != nil {
		return nil, err
	}
	names, err := c.readColumns()
	if err != nil {
		return nil, err
	}
	c.set("columns", anys(names))
	return answer{status: http.StatusOK, body: obj{}}, nil
}

// getLicense returns the plans of the site's products.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-instance-information/#api-rest-api-3-instance-license-get
func (j *Jira) getLicense(*call) (any, error) {
	return obj{"applications": []any{obj{"id": roleKey, "plan": "PAID"}}}, nil
}

// getApproximateLicenseCount returns how many people use the site.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-license-metrics/#api-rest-api-3-license-approximatelicensecount-get
func (j *Jira) getApproximateLicenseCount(c *call) (any, error) {
	if err := c.admins("Only Jira administrators can access license details."); err != nil {
		return nil, err
	}
	return obj{"key": "license.totalApproximateUserCount", "value": plainWords(float64(c.applicationRole()["userCount"].(int)))}, nil
}

// getApproximateApplicationLicenseCount returns how many people use a product of the site.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-license-metrics/#api-rest-api-3-license-approximatelicensecount-product-applicationkey-get
func (j *Jira) getApproximateApplicationLicenseCount(c *call) (any, error) {
	if err := c.admins("Only Jira administrators can access license details."); err != nil {
		return nil, err
	}
	product, n := c.param("applicationKey"), 0
	if product == roleKey {
		n = c.applicationRole()["userCount"].(int)
	}
	return obj{"key": "license." + product + ".approximateUserCount", "value": strconv.Itoa(n)}, nil
}

// getAllLabels returns the labels that issues have.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-labels/#api-rest-api-3-label-get
func (j *Jira) getAllLabels(c *call) (any, error) {
	labels := map[string]bool{}
	for i := range j.issues.All(c.Tx, "") {
		for _, l := range texts(i.Fields["labels"]) {
			labels[l] = true
		}
	}
	return pageOf(c, slices.Values(sorted(labels)), 1000, 1000, func(l string) any { return l })
}

var errPolicyApp = refuse(http.StatusUnauthorized, "Only apps can access this resource.")

// getPolicy returns whether any of the site's data is kept from the app that asks.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-app-data-policies/#api-rest-api-3-data-policy-get
func (j *Jira) getPolicy(c *call) (any, error) {
	if c.app() == "" {
		return nil, errPolicyApp
	}
	return obj{"anyContentBlocked": false}, nil
}

// getPolicies returns whether data of some projects is kept from the app that asks.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-app-data-policies/#api-rest-api-3-data-policy-project-get
func (j *Jira) getPolicies(c *call) (any, error) {
	if c.app() == "" {
		return nil, errPolicyApp
	}
	out := []any{}
	for _, n := range c.qs("ids") {
		p, ok := c.project(n)
		if !ok || !c.visible(p) {
			return nil, badRequest("Invalid request: some projects are not available or do not exist.")
		}
		out = append(out, obj{"id": p.ID, "dataPolicy": obj{"anyContentBlocked": false}})
	}
	return obj{"projectDataPolicies": out}, nil
}
