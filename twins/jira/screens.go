package jira

import (
	"slices"
	"strconv"
	"strings"

	"twinset.dev/kit/twin"
)

func (j *Jira) screensOperations() {
	j.on(twin.Full, "getScreens", j.getScreens)
	j.on(twin.Full, "createScreen", j.newScreen)
	j.on(twin.Full, "addFieldToDefaultScreen", j.addFieldToDefaultScreen)
	j.on(twin.Full, "getBulkScreenTabs", j.getBulkScreenTabs)
	j.on(twin.Full, "updateScreen", j.updateScreen)
	j.on(twin.Full, "deleteScreen", j.deleteScreen)
	j.on(twin.Full, "getAvailableScreenFields", j.getAvailableScreenFields)
	j.on(twin.Full, "getScreensForField", j.getScreensForField)
	j.on(twin.Full, "getAllScreenTabs", j.getAllScreenTabs)
	j.on(twin.Full, "addScreenTab", j.addScreenTab)
	j.on(twin.Full, "renameScreenTab", j.renameScreenTab)
	j.on(twin.Full, "deleteScreenTab", j.deleteScreenTab)
	j.on(twin.Full, "moveScreenTab", j.moveScreenTab)
	j.on(twin.Full, "getAllScreenTabFields", j.getAllScreenTabFields)
	j.on(twin.Full, "addScreenTabField", j.addScreenTabField)
	j.on(twin.Full, "removeScreenTabField", j.removeScreenTabField)
	j.on(twin.Full, "moveScreenTabField", j.moveScreenTabField)
}

const (
	errScreens    = "Only Jira administrators can manage screens."
	defaultScreen = 1
)

// theScreen is the one that the path names.
func (c *call) theScreen() (Screen, error) {
	s, ok := c.j.screens.Get(c.Tx, key(number(c.param("screenId"))))
	if !ok {
		return s, notFound("The screen was not found.")
	}
	return s, nil
}

// theTab is the tab that the path names, by its place in its screen. Tabs are changed in a copy of the screen's own.
func (c *call) theTab() (Screen, int, error) {
	s, err := c.theScreen()
	if err != nil {
		return s, 0, err
	}
	s.Tabs = slices.Clone(s.Tabs)
	n := slices.IndexFunc(s.Tabs, func(t Tab) bool { return t.ID == number(c.param("tabId")) })
	if n < 0 {
		return s, 0, notFound("The screen tab was not found.")
	}
	return s, n, nil
}

func screenShown(s Screen) obj {
	v := obj{"id": s.ID, "name": s.Name, "description": s.Description}
	if s.Project != 0 {
		v["scope"] = obj{"type": "PROJECT", "project": obj{"id": id(s.Project)}}
	}
	return v
}

func tabShown(t Tab) obj { return obj{"id": t.ID, "name": t.Name} }

// getScreens lists the screens.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-screens/#api-rest-api-3-screens-get
func (j *Jira) getScreens(c *call) (any, error) {
	if err := c.admins(errScreens); err != nil {
		return nil, err
	}
	wanted, query, scopes := c.chosenIDs("id"), c.q("queryString"), c.qs("scope")
	if len(scopes) == 0 {
		scopes = []string{"GLOBAL", "PROJECT"}
	}
	rows := filtered(j.screens.All(c.Tx, ""), func(s Screen) bool {
		scope := "GLOBAL"
		if s.Project != 0 {
			scope = "PROJECT"
		}
		return wanted(s.ID) && holding(s.Name, query) && slices.Contains(scopes, scope)
	})
	rows, err := byOrder(c, rows, "id", map[string]func(a, b Screen) int{
		"id": func(a, b Screen) int { return int(a.ID - b.ID) }, "name": func(a, b Screen) int { return inOrder(a.Name, b.Name) },
	})
	if err != nil {
		return nil, err
	}
	return pageOf(c, rows, 100, 100, func(s Screen) any { return screenShown(s) })
}

// readScreen reads the name and the description of a screen.
func (c *call) readScreen(s Screen, doc obj) (Screen, error) {
	return entitled(s, doc, c.j.screens.All(c.Tx, ""), func(s *Screen) (int64, *string, *string) { return s.ID, &s.Name, &s.Description }, 255, 255,
		badRequest("The name is used by another screen."))
}

// newScreen makes a screen with one tab, which is empty.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-screens/#api-rest-api-3-screens-post
func (j *Jira) newScreen(c *call) (any, error) {
	doc, err := c.configuring(errScreens)
	if err != nil {
		return nil, err
	}
	s, err := c.readScreen(Screen{}, doc)
	if err != nil {
		return nil, err
	}
	s.ID, s.Tabs = c.next("screen", firstID), []Tab{{ID: c.next("tab", firstID), Name: "Field Tab"}}
	j.screens.Put(c.Tx, s)
	return created(screenShown(s)), nil
}

// updateScreen changes a screen.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-screens/#api-rest-api-3-screens-screenid-put
func (j *Jira) updateScreen(c *call) (any, error) {
	doc, err := c.configuring(errScreens)
	if err != nil {
		return nil, err
	}
	s, err := c.theScreen()
	if err != nil {
		return nil, err
	}
	if s, err = c.readScreen(s, doc); err != nil {
		return nil, err
	}
	j.screens.Put(c.Tx, s)
	return screenShown(s), nil
}

// deleteScreen deletes a screen that nothing shows.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-screens/#api-rest-api-3-screens-screenid-delete
func (j *Jira) deleteScreen(c *call) (any, error) {
	if err := c.admins(errScreens); err != nil {
		return nil, err
	}
	s, err := c.theScreen()
	switch {
	case err != nil:
		return nil, err
	case s.ID == defaultScreen:
		return nil, badRequest("The default screen cannot be deleted.")
	}
	for scheme := range j.screenSchemes.All(c.Tx, "") {
		for _, n := range scheme.Screens {
			if n == s.ID {
				return nil, badRequest("The screen is used in a screen scheme.")
			}
		}
	}
	for w := range j.workflows.All(c.Tx, "") {
		if slices.ContainsFunc(w.Transitions, func(t Transition) bool { return t.Screen == s.ID }) {
			return nil, badRequest("The screen is used in a workflow.")
		}
	}
	j.screens.Delete(c.Tx, key(s.ID))
	return nil, nil
}

// addFieldToDefaultScreen puts a field on the first tab of the default screen.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-screens/#api-rest-api-3-screens-addtodefault-fieldid-post
func (j *Jira) addFieldToDefaultScreen(c *call) (any, error) {
	if err := c.admins(errScreens); err != nil {
		return nil, err
	}
	s, _ := j.screens.Get(c.Tx, key(defaultScreen))
	s.Tabs = slices.Clone(s.Tabs)
	if _, err := c.putOnTab(&s, 0, c.param("fieldId")); err != nil {
		return nil, err
	}
	return obj{}, nil
}

// putOnTab puts a field at the end of a tab.
func (c *call) putOnTab(s *Screen, tab int, name string) (*field, error) {
	f, ok := c.field(name)
	switch {
	case !ok || !f.order:
		return nil, notFound("Field with id '%s' does not exist or can't be put on a screen.", name)
	case c.screenOf(s.ID)[name]:
		return nil, wrong("fieldId", "The field with id '%s' already exists on the screen.", name)
	}
	s.Tabs[tab].Fields = append(slices.Clone(s.Tabs[tab].Fields), name)
	c.j.screens.Put(c.Tx, *s)
	return f, nil
}

// getBulkScreenTabs lists the tabs of screens.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-screen-tabs/#api-rest-api-3-screens-tabs-get
func (j *Jira) getBulkScreenTabs(c *call) (any, error) {
	if err := c.admins(errScreens); err != nil {
		return nil, err
	}
	screens, tabs := c.chosenIDs("screenId"), c.chosenIDs("tabId")
	rows := func(yield func(obj) bool) {
		for s := range j.screens.All(c.Tx, "") {
			for _, t := range s.Tabs {
				if screens(s.ID) && tabs(t.ID) && !yield(obj{"screenId": s.ID, "tabId": t.ID, "tabName": t.Name}) {
					return
				}
			}
		}
	}
	if n := c.q("maxResult"); n != "" { // so this one is called here
		c.query.Set("maxResults", n)
	}
	return pageOf(c, rows, 100, 100, func(row obj) any { return row })
}

// getAvailableScreenFields lists the fields that could be put on a screen.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-screens/#api-rest-api-3-screens-screenid-availablefields-get
func (j *Jira) getAvailableScreenFields(c *call) (any, error) {
	if err := c.admins(errScreens); err != nil {
		return nil, err
	}
	s, err := c.theScreen()
	if err != nil {
		return nil, err
	}
	there, out := c.screenOf(s.ID), []any{}
	for f := range c.fields() {
		if f.order && !there[f.ID] {
			out = append(out, obj{"id": f.ID, "name": f.Name})
		}
	}
	return out, nil
}

// getScreensForField lists the screens that a field is on.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-screens/#api-rest-api-3-field-fieldid-screens-get
func (j *Jira) getScreensForField(c *call) (any, error) {
	if err := c.admins(errScreens); err != nil {
		return nil, err
	}
	f, ok := c.field(c.param("fieldId"))
	if !ok {
		return nil, notFound("The field was not found.")
	}
	type place struct {
		Screen
		tab Tab
	}
	rows := func(yield func(place) bool) {
		for s := range j.screens.All(c.Tx, "") {
			for _, t := range s.Tabs {
				if slices.Contains(t.Fields, f.ID) && !yield(place{s, t}) {
					return
				}
			}
		}
	}
	return pageOf(c, rows, 100, 100, func(p place) any {
		v := screenShown(p.Screen)
		if c.expands("tab") {
			v["tab"] = tabShown(p.tab)
		}
		return v
	})
}

// seesScreen lets administrators see a screen, and those of a project that shows it.
func (c *call) seesScreen() (Screen, error) {
	s, err := c.theScreen()
	if err != nil {
		return s, err
	}
	if named := c.q("projectKey"); named != "" && !c.isAdmin() {
		p, ok := c.project(named)
		if ok && c.may("ADMINISTER_PROJECTS", &p, nil) && c.shows(p, s.ID) {
			return s, nil
		}
	}
	return s, c.admins(errScreens)
}

// shows reports whether a project shows a screen.
func (c *call) shows(p Project, screen int64) bool {
	types, _ := c.j.typeScreenSchemes.Get(c.Tx, key(p.Screens))
	for _, n := range types.Mappings {
		scheme, _ := c.j.screenSchemes.Get(c.Tx, key(n))
		for _, s := range scheme.Screens {
			if s == screen {
				return true
			}
		}
	}
	return false
}

// getAllScreenTabs lists the tabs of a screen.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-screen-tabs/#api-rest-api-3-screens-screenid-tabs-get
func (j *Jira) getAllScreenTabs(c *call) (any, error) {
	s, err := c.seesScreen()
	if err != nil {
		return nil, err
	}
	out := []any{}
	for _, t := range s.Tabs {
		out = append(out, tabShown(t))
	}
	return out, nil
}

// readTabName reads what a tab of a screen is called.
func readTabName(s Screen, own int64, doc obj) (string, error) {
	name := strings.TrimSpace(text(doc["name"]))
	switch {
	case name == "":
		return "", wrong("name", "The name of the tab has to be provided.")
	case len(name) > 255:
		return "", wrong("name", "The name of the tab must not exceed 255 characters.")
	case slices.ContainsFunc(s.Tabs, func(t Tab) bool { return t.ID != own && strings.EqualFold(t.Name, name) }):
		return "", wrong("name", "A tab with the name '%s' already exists on the screen.", name)
	}
	return name, nil
}

// addScreenTab adds a tab to a screen.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-screen-tabs/#api-rest-api-3-screens-screenid-tabs-post
func (j *Jira) addScreenTab(c *call) (any, error) {
	doc, err := c.configuring(errScreens)
	if err != nil {
		return nil, err
	}
	s, err := c.theScreen()
	if err != nil {
		return nil, err
	}
	name, err := readTabName(s, 0, doc)
	if err != nil {
		return nil, err
	}
	t := Tab{ID: c.next("tab", firstID), Name: name}
	s.Tabs = append(slices.Clone(s.Tabs), t)
	j.screens.Put(c.Tx, s)
	return tabShown(t), nil
}

// renameScreenTab renames a tab.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-screen-tabs/#api-rest-api-3-screens-screenid-tabs-tabid-put
func (j *Jira) renameScreenTab(c *call) (any, error) {
	doc, err := c.configuring(errScreens)
	if err != nil {
		return nil, err
	}
	s, n, err := c.theTab()
	if err != nil {
		return nil, err
	}
	if s.Tabs[n].Name, err = readTabName(s, s.Tabs[n].ID, doc); err != nil {
		return nil, err
	}
	j.screens.Put(c.Tx, s)
	return tabShown(s.Tabs[n]), nil
}

// deleteScreenTab deletes a tab and takes its fields off the screen.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-screen-tabs/#api-rest-api-3-screens-screenid-tabs-tabid-delete
func (j *Jira) deleteScreenTab(c *call) (any, error) {
	if err := c.admins(errScreens); err != nil {
		return nil, err
	}
	s, n, err := c.theTab()
	if err != nil {
		return nil, err
	}
	s.Tabs = slices.Delete(s.Tabs, n, n+1)
	j.screens.Put(c.Tx, s)
	return nil, nil
}

// moveScreenTab moves a tab to a place, the first of which is 0.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-screen-tabs/#api-rest-api-3-screens-screenid-tabs-tabid-move-pos-post
func (j *Jira) moveScreenTab(c *call) (any, error) {
	if err := c.admins(errScreens); err != nil {
		return nil, err
	}
	s, n, err := c.theTab()
	if err != nil {
		return nil, err
	}
	to, err := strconv.Atoi(c.param("pos"))
	if err != nil || to < 0 || to >= len(s.Tabs) {
		return nil, badRequest("Invalid position '%s'.", c.param("pos"))
	}
	t := s.Tabs[n]
	s.Tabs = slices.Insert(slices.Delete(s.Tabs, n, n+1), to, t)
	j.screens.Put(c.Tx, s)
	return nil, nil
}

// getAllScreenTabFields lists the fields of a tab.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-screen-tab-fields/#api-rest-api-3-screens-screenid-tabs-tabid-fields-get
func (j *Jira) getAllScreenTabFields(c *call) (any, error) {
	if _, err := c.seesScreen(); err != nil {
		return nil, err
	}
	s, n, err := c.theTab()
	if err != nil {
		return nil, err
	}
	out := []any{}
	for _, name := range s.Tabs[n].Fields {
		if f, ok := c.field(name); ok {
			out = append(out, obj{"id": f.ID, "name": f.Name})
		}
	}
	return out, nil
}

// addScreenTabField puts a field on a tab.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-screen-tab-fields/#api-rest-api-3-screens-screenid-tabs-tabid-fields-post
func (j *Jira) addScreenTabField(c *call) (any, error) {
	doc, err := c.configuring(errScreens)
	if err != nil {
		return nil, err
	}
	s, n, err := c.theTab()
	if err != nil {
		return nil, err
	}
	name := text(doc["fieldId"])
	if name == "" {
		return nil, wrong("fieldId", "The fieldId has to be provided.")
	}
	f, err := c.putOnTab(&s, n, name)
	if err != nil {
		return nil, err
	}
	return obj{"id": f.ID, "name": f.Name}, nil
}

// theTabField is the field that the path names, by its place on its tab.
func (c *call) theTabField() (s Screen, tab, at int, err error) {
	if s, tab, err = c.theTab(); err != nil {
		return s, 0, 0, err
	}
	if at = slices.Index(s.Tabs[tab].Fields, c.param("id")); at < 0 {
		return s, 0, 0, notFound("The field with id '%s' was not found on the screen tab.", c.param("id"))
	}
	s.Tabs[tab].Fields = slices.Clone(s.Tabs[tab].Fields)
	return s, tab, at, nil
}

// removeScreenTabField takes a field off a tab.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-screen-tab-fields/#api-rest-api-3-screens-screenid-tabs-tabid-fields-id-delete
func (j *Jira) removeScreenTabField(c *call) (any, error) {
	if err := c.admins(errScreens); err != nil {
		return nil, err
	}
	s, tab, at, err := c.theTabField()
	if err != nil {
		return nil, err
	}
	s.Tabs[tab].Fields = slices.Delete(s.Tabs[tab].Fields, at, at+1)
	j.screens.Put(c.Tx, s)
	return nil, nil
}

// moveScreenTabField moves a field within its tab: after another one, or to a position.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-screen-tab-fields/#api-rest-api-3-screens-screenid-tabs-tabid-fields-id-move-post
func (j *Jira) moveScreenTabField(c *call) (any, error) {
	doc, err := c.configuring(errScreens)
	if err != nil {
		return nil, err
	}
	s, tab, at, err := c.theTabField()
	if err != nil {
		return nil, err
	}
	fields := slices.Delete(s.Tabs[tab].Fields, at, at+1)
	to := 0
	if after := text(doc["after"]); after != "" {
		other := slices.Index(fields, after[strings.LastIndexByte(after, '/')+1:])
		if other < 0 {
			return nil, badRequest("The field with id '%s' was not found on the screen tab.", after)
		}
		to = other + 1
	} else {
		switch doc["position"] {
		case "First":
		case "Last":
			to = len(fields)
		case "Earlier":
			to = max(at-1, 0)
		case "Later":
			to = min(at+1, len(fields))
		default:
			return nil, badRequest("Either 'after' or 'position' has to be provided.")
		}
	}
	s.Tabs[tab].Fields = slices.Insert(fields, to, c.param("id"))
	j.screens.Put(c.Tx, s)
	return nil, nil
}

// configuration hides are on no screen.
//
// https://support.atlassian.com/jira-cloud-administration/docs/manage-issue-screens/
func (c *call) screenFields(p *Project, issueType int64, operation string) map[string]bool {
	types, _ := c.j.typeScreenSchemes.Get(c.Tx, key(p.Screens))
	scheme, ok := types.Mappings[id(issueType)]
	if !ok {
		scheme = types.Mappings["default"]
	}
	s, _ := c.j.screenSchemes.Get(c.Tx, key(scheme))
	screen, ok := s.Screens[operation]
	if !ok {
		screen = s.Screens["default"]
	}
	fields := c.screenOf(screen)
	for name, item := range c.fieldItems(p, issueType) {
		if item.Hidden {
			delete(fields, name)
		}
	}
	fields["project"], fields["issuetype"] = true, true
	if operation == "edit" {
		fields["comment"] = true // of every issue, though no screen shows it as a field
	}
	return fields
}

// screenOf are the fields of one screen.
func (c *call) screenOf(n int64) map[string]bool {
	fields := map[string]bool{}
	s, _ := c.j.screens.Get(c.Tx, key(n))
	for _, t := range s.Tabs {
		for _, f := range t.Fields {
			fields[f] = true
		}
	}
	return fields
}

// fieldItems are how fields behave for issues of a type in a project, where that differs from the usual.
func (c *call) fieldItems(p *Project, issueType int64) map[string]FieldItem {
	if s := c.fieldSchemeOf(p.ID); s.ID != defaultFieldScheme || p.Fields == 0 && len(s.Fields) > 0 {
		return c.schemeItems(s, issueType)
	}
	return c.fieldConfigOf(p, issueType).Items
}

// fieldConfigOf is the field configuration that issues of a type have in a project.
func (c *call) fieldConfigOf(p *Project, issueType int64) FieldConfig {
	s, _ := c.j.fieldConfigSchemes.Get(c.Tx, key(p.Fields))
	n, ok := s.Mappings[id(issueType)]
	if !ok {
		n = s.Mappings["default"]
	}
	x, ok := c.j.fieldConfigs.Get(c.Tx, key(n))
	if !ok {
		x, _ = c.j.fieldConfigs.Get(c.Tx, key(defaultFieldConfig))
	}
	return x
}

// defaultFieldConfig is the field configuration of what has no other.
const defaultFieldConfig = 10000
