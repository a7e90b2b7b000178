package jira

// screenFields are the fields that an issue's screen for an operation has: create, edit or view. Fields that the field
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
	s, _ := c.j.fieldConfigSchemes.Get(c.Tx, key(p.Fields))
	n, ok := s.Mappings[id(issueType)]
	if !ok {
		n = s.Mappings["default"]
	}
	x, ok := c.j.fieldConfigs.Get(c.Tx, key(n))
	if !ok {
		for d := range c.j.fieldConfigs.All(c.Tx, "") {
			if d.Default {
				x = d
			}
		}
	}
	return x.Items
}
