package jira

// condition reports whether one condition of a transition lets the caller take it.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflows/#supported-workflow-rules
func (c *call) condition(rule string, with obj, p *Project, i *Issue) bool {
	return true
}

// validate refuses what a transition's validators do not let through.
func (c *call) validate(w *Workflow, t Transition, p *Project, i *Issue, doc obj) error {
	return nil
}

// act does what a transition does beside moving the issue.
func (c *call) act(t Transition, p *Project, i *Issue) {
	for _, v := range t.Actions {
		rule, with := object(v), object(object(v)["parameters"])
		if text(rule["ruleKey"]) != "system:update-field" {
			continue
		}
		if value := text(with["value"]); value == "" {
			delete(i.Fields, text(with["field"]))
		} else {
			i.Fields[text(with["field"])] = value
		}
	}
}
