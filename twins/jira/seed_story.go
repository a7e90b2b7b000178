package jira

import (
	"fmt"
	"regexp"
	"strconv"
	"time"

	"twinset.dev/kit/clock"
)

// mentions are people in a seeded text, by their handles.
var mentions = regexp.MustCompile(`\[~accountid:([a-z]+)\]`)

// seedStory makes what has become of an issue since it was created: its sprints, work, comments, links and status.
func (c *call) seedStory(i Issue, x seededIssue, people map[string]string, sprints map[string]Sprint, now time.Time) error {
	created := c.Now
	at := func(ago, handle string) error {
		d := now.Sub(created) / 2
		if ago != "" {
			var err error
			if d, err = clock.ParseDuration(ago); err != nil {
				return err
			}
		}
		c.Now = now.Add(-d)
		if handle != "" {
			c.who, _ = c.j.users.Get(c.Tx, people[handle])
			if c.who.ID == "" {
				return fmt.Errorf("nobody is called %q", handle)
			}
		}
		return nil
	}
	change := func(set func(i *Issue)) {
		i, _ = c.j.issues.Get(c.Tx, key(i.ID))
		was := i
		i.Fields = clone(i.Fields)
		set(&i)
		i = c.save(was, i, nil)
	}
	for _, name := range x.Sprints {
		s, ok := sprints[name]
		if !ok {
			return fmt.Errorf("there is no sprint %q", name)
		}
		change(func(i *Issue) {
			ids, _ := i.Fields[sprintField].([]any)
			i.Fields[sprintField] = append(clone(ids), id(s.ID))
		})
	}
	if x.Estimate != "" {
		n, ok := c.parseSpan(x.Estimate)
		if !ok {
			return fmt.Errorf("%q is no time span", x.Estimate)
		}
		change(func(i *Issue) {
			i.Fields["timeoriginalestimate"], i.Fields["timeestimate"] = float64(n), float64(n)
		})
	}
	for _, w := range x.Work {
		if err := at(w.Ago, w.By); err != nil {
			return err
		}
		n, ok := c.parseSpan(w.Spent)
		if !ok {
			return fmt.Errorf("%q is no time span", w.Spent)
		}
		log := Worklog{ID: c.next("worklog", firstID), Issue: i.ID, Author: c.who.ID, Editor: c.who.ID, Started: c.at(), Seconds: n, Created: c.at(), Updated: c.at()}
		if w.Text != "" {
			log.Comment = w.Text
		}
		c.j.worklogs.Put(c.Tx, log)
		change(func(i *Issue) {
			spent, left := secondsOf(i, "timespent")+n, max(0, secondsOf(i, "timeestimate")-n)
			i.Fields["timespent"], i.Fields["timeestimate"] = float64(spent), float64(left)
		})
	}
	for _, y := range x.Comments {
		if err := at(y.Ago, y.By); err != nil {
			return err
		}
		body := mentions.ReplaceAllStringFunc(y.Text, func(s string) string { return "[~accountid:" + people[mentions.FindStringSubmatch(s)[1]] + "]" })
		c.j.comments.Put(c.Tx, Comment{ID: c.next("comment", firstID), Issue: i.ID, Author: c.who.ID, Editor: c.who.ID, Body: body, Created: c.at(), Updated: c.at()})
	}
	for _, who := range x.Watchers {
		c.watch(i.ID, people[who])
	}
	for _, who := range x.Votes {
		c.j.votes.Put(c.Tx, Vote{Issue: i.ID, User: people[who]})
	}
	for _, l := range x.Links {
		to, ok := c.findIssue(l.To)
		if !ok {
			return fmt.Errorf("there is no issue %s", l.To)
		}
		for t := range c.j.linkTypes.All(c.Tx, "") {
			link := Link{ID: c.next("link", firstID), Type: t.ID, Inward: i.ID, Outward: to.ID, Created: c.at()}
			switch l.Type {
			case t.Inward:
				link.Inward, link.Outward = to.ID, i.ID
			case t.Outward:
			default:
				continue
			}
			c.j.links.Put(c.Tx, link)
			break
		}
	}
	if x.Status == "" {
		return nil
	}
	who := x.Assignee
	if who == "" {
		who = x.Reporter
	}
	p, _ := c.j.projects.Get(c.Tx, key(i.Project))
	w, _ := c.workflowOf(&p, number(i.Fields["issuetype"]))
	steps := c.path(w, x.Status)
	for n, step := range steps {
		ago := ""
		if n == len(steps)-1 {
			ago = x.Done
		}
		if err := at(ago, who); err != nil {
			return err
		}
		i, _ = c.j.issues.Get(c.Tx, key(i.ID))
		var err error
		if i, err = c.transition(i, obj{"transition": obj{"id": strconv.Itoa(step.ID)}}); err != nil {
			return err
		}
	}
	if x.Resolution != "" {
		v, err := resolutionField.read(c, systemField["resolution"], &i, obj{"name": x.Resolution})
		if err != nil {
			return err
		}
		change(func(i *Issue) { i.Fields["resolution"] = v })
	}
	return nil
}

// path are the transitions that take an issue to a status, through work in progress if the status is a done one.
func (c *call) path(w Workflow, status string) (steps []Transition) {
	var goal Status
	for _, name := range []string{status, "In Progress"} {
		for _, t := range w.Transitions {
			s, _ := c.j.statuses.Get(c.Tx, key(t.To))
			if t.Type != "global" || s.Name != name {
				continue
			}
			if name == status {
				goal, steps = s, []Transition{t}
			} else if goal.Category == categoryDone {
				steps = []Transition{t, steps[0]}
			}
		}
	}
	return steps
}

func msTime(ms int64) time.Time { return time.UnixMilli(ms).UTC() }
