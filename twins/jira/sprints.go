package jira

import (
	"strconv"
	"strings"
	"time"

	"twinset.dev/kit/store"
)

// epicLinkKind is the epic of an issue, by the field that boards had before issues had parents.
var epicLinkKind = &fieldKind{Type: "any", Operations: sets, computed: func(c *call, i *Issue) any {
	p, ok := c.j.issues.Get(c.Tx, key(number(i.Fields["parent"])))
	if !ok {
		return nil
	}
	if t, _ := c.j.issueTypes.Get(c.Tx, key(number(p.Fields["issuetype"]))); t.Level != 1 {
		return nil
	}
	return c.keyOf(&p)
}}

// rankKind is where an issue stands among all others.
var rankKind = &fieldKind{Type: "any", Operations: sets,
	show:  func(_ *call, _ *field, v any) any { return v },
	words: func(_ *call, _ *field, v any) string { return text(v) },
}

// lastRank is a place after all issues.
//
// https://support.atlassian.com/jira-software-cloud/docs/rank-an-issue/
func (c *call) lastRank() string {
	for i := range c.j.issuesByRank.Range(c.Tx, store.Range{Desc: true}) {
		if n, err := strconv.ParseInt(strings.TrimPrefix(strings.Split(text(i.Fields[rankField]), ":")[0], "0|"), 36, 64); err == nil {
			return rankAt(n + rankStep)
		}
	}
	return rankAt(firstRank)
}

// Ranks are numbers to the base of 36, six digits long, with room between them.
const (
	firstRank = 18*36*36*36*36*36 - 1 // hzzzzz
	rankStep  = 8
)

func rankAt(n int64) string {
	s := strconv.FormatInt(n, 36)
	return "0|" + strings.Repeat("0", max(0, 6-len(s))) + s + ":"
}

// sprintKind is the sprints that an issue is or has been in.
var sprintKind = &fieldKind{Type: "array", Items: "json", Operations: sets,
	read: func(c *call, f *field, _ *Issue, v any) (any, error) {
		n := number(v)
		s, ok := c.j.sprints.Get(c.Tx, key(n))
		switch {
		case n == 0:
			return nil, wrong(f.ID, "Number value expected as the Sprint id.")
		case !ok:
			return nil, wrong(f.ID, "Sprint with id %d does not exist", n)
		case s.State == "closed":
			return nil, wrong(f.ID, "Issue can be assigned only active or future sprints.")
		}
		return id(n), nil
	},
	show: func(c *call, _ *field, v any) any {
		s, ok := c.j.sprints.Get(c.Tx, key(number(v)))
		if !ok {
			return nil
		}
		out := obj{"id": s.ID, "name": s.Name, "state": s.State, "boardId": s.Board, "goal": s.Goal}
		for name, at := range map[string]int64{"startDate": s.Start, "endDate": s.End, "completeDate": s.Complete} {
			if at != 0 {
				out[name] = sprintStamp(at)
			}
		}
		return out
	},
	words: func(c *call, _ *field, v any) string {
		s, _ := c.j.sprints.Get(c.Tx, key(number(v)))
		return s.Name
	},
}

// sprintStamp is a time as sprints have it.
func sprintStamp(ms int64) any {
	if ms == 0 {
		return nil
	}
	return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z")
}
