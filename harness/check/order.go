package check

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"twinset.dev/harness/trajectory"
	"twinset.dev/kit/twin"
)

// A phrase names events: "slack conversations.kick" (a call that succeeded), "deleted slack.members[leads/hana]" (a change),
// "reply contains done", "user says yes", "step 3".
type phrase struct {
	source  string
	matches func(trajectory.Event) bool
	change  *pattern
}

func parsePhrase(src string, host *twin.Host) (phrase, error) {
	p := phrase{source: src}
	words := strings.Fields(src)
	switch {
	case strings.HasPrefix(src, "reply contains "):
		p.matches = says("product", strings.TrimPrefix(src, "reply contains "))
	case strings.HasPrefix(src, "user says "):
		p.matches = says("user", strings.TrimPrefix(src, "user says "))
	case len(words) == 2 && words[0] == "step":
		n, err := strconv.Atoi(words[1])
		if err != nil || n < 1 {
			return p, fmt.Errorf("%q is no step", src)
		}
		p.matches = func(e trajectory.Event) bool { return e.Kind == "step" && e.Text == words[1] }
	case len(words) > 1 && slices.Contains([]string{"created", "updated", "deleted", "changed"}, words[0]):
		c, err := parsePattern(strings.TrimPrefix(src, "changed "), host.Schema)
		if err != nil {
			return p, err
		}
		p.change = &c
	case len(words) == 2:
		b, ok := host.Twin(words[0])
		if !ok {
			return p, fmt.Errorf("%q: there is no twin %q", src, words[0])
		}
		if !slices.ContainsFunc(b.Operations(), func(o *twin.Operation) bool { ok, err := path.Match(words[1], o.ID); return ok && err == nil }) {
			return p, fmt.Errorf("%q: %s has no operation %s", src, words[0], words[1])
		}
		p.matches = func(e trajectory.Event) bool {
			ok, _ := path.Match(words[1], e.Operation)
			return ok && e.Kind == "http" && e.Actor == "twin:"+words[0] && e.OK()
		}
	default:
		return p, fmt.Errorf("%q is no phrase such as slack chat.postMessage, deleted slack.members[leads/hana], reply contains done, user says yes, step 2", src)
	}
	return p, nil
}

func says(actor, words string) func(trajectory.Event) bool {
	words = strings.Trim(words, `"“”`)
	return func(e trajectory.Event) bool { return e.Actor == actor && e.Kind == "say" && contains(e.Text, words) }
}

// all are the numbers of the events that the phrase names, in order.
func (p phrase) all(events []trajectory.Event, changes []trajectory.Change) (ns []int) {
	if p.change != nil {
		for _, c := range changes {
			if c.Event != 0 && p.change.names(c) {
				ns = append(ns, c.Event)
			}
		}
		slices.Sort(ns)
		return ns
	}
	for _, e := range events {
		if p.matches(e) {
			ns = append(ns, e.N)
		}
	}
	return ns
}

// order says that the last of some events comes before the first of others. Where the others never come, there is nothing to be late for.
type order struct{ before, after phrase }

func (o order) check(events []trajectory.Event, changes []trajectory.Change) trajectory.Check {
	c := trajectory.Check{Name: o.before.source + " before " + o.after.source, Group: InOrder, Result: Pass}
	before, after := o.before.all(events, changes), o.after.all(events, changes)
	switch {
	case len(after) == 0:
		c.Observed = "never: " + o.after.source
	case len(before) == 0:
		c.Result, c.Observed, c.Events = Fail, "never: "+o.before.source, after[:1]
	default:
		first, then := before[len(before)-1], after[0]
		c.Events = []int{first, then}
		if o.before.change == nil {
			first = before[0]
			c.Events[0] = first
		}
		if first >= then {
			c.Result, c.Observed = Fail, fmt.Sprintf("event %d is not before event %d", first, then)
		}
	}
	return c
}

// bounds checks the limits that are set.
func (c *Checks) bounds(events []trajectory.Event) (list []trajectory.Check) {
	if limit := c.limits.RequestsPerTwin; limit > 0 {
		counts := map[string]int{}
		most := ""
		for _, e := range events {
			if e.Kind == "http" {
				counts[e.Actor]++
				if counts[e.Actor] > counts[most] || counts[e.Actor] == counts[most] && e.Actor < most {
					most = e.Actor
				}
			}
		}
		out := trajectory.Check{Name: fmt.Sprintf("at most %d requests to a twin", limit), Group: Limits, Result: Pass}
		if counts[most] > limit {
			out.Result, out.Observed = Fail, fmt.Sprintf("%d to %s", counts[most], strings.TrimPrefix(most, "twin:"))
		}
		list = append(list, out)
	}
	if limit := c.limits.LongestSilence; limit > 0 {
		out := trajectory.Check{Name: fmt.Sprintf("an answer within %g s", limit), Group: Limits, Result: Pass}
		for i, e := range events {
			if e.Actor != "user" || e.Kind != "say" {
				continue
			}
			until := events[len(events)-1].MS
			for _, next := range events[i+1:] {
				if next.Kind == "say" {
					until = next.MS
					break
				}
			}
			if silence := float64(until-e.MS) / 1000; silence > limit {
				out.Result, out.Observed, out.Events = Fail, fmt.Sprintf("silence of %.0f s", silence), append(out.Events, e.N)
			}
		}
		list = append(list, out)
	}
	return list
}

// calls counts the calls that succeeded and that a phrase names.
func (st *State) calls(src string) (int, error) {
	p, err := parsePhrase(src, st.host)
	if err != nil {
		return 0, err
	}
	return len(p.all(st.events, nil)), nil
}
