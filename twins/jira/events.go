package jira

import "twinset.dev/kit/twin"

// told lets whoever looks on know what has happened to an issue.
func (c *call) told(event string, i *Issue, x Change) {
	c.Notify(twin.Notice{Twin: "jira", Topic: event, Payload: obj{"issue": c.keyOf(i)}})
}
