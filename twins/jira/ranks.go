package jira

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"twinset.dev/kit/store"
	"twinset.dev/kit/twin"
)

func (j *Jira) ranksOperations() {
	j.on(twin.Full, "agile.rankIssues", j.rankIssues)
}

// rankKind is where an issue stands among all others.
var rankKind = &fieldKind{Type: "any", Operations: sets,
	show:  func(_ *call, _ *field, v any) any { return v },
	words: func(_ *call, _ *field, v any) string { return text(v) },
}

// Ranks are "0|", a number to the base of 36, six digits long, with room between them, ":" and, where the room was used up,
// further digits.
//
// https://support.atlassian.com/jira-software-cloud/docs/rank-an-issue/
const (
	firstRank = 18*36*36*36*36*36 - 1 // hzzzzz
	rankStep  = 8
)

func rankAt(n int64) string {
	s := strconv.FormatInt(n, 36)
	return "0|" + strings.Repeat("0", max(0, 6-len(s))) + s + ":"
}

// rankParts are the number of a rank and the digits after it.
func rankParts(rank string) (n int64, digits string) {
	number, digits, _ := strings.Cut(strings.TrimPrefix(rank, "0|"), ":")
	n, _ = strconv.ParseInt(number, 36, 64)
	return n, digits
}

// rankBetween is a rank after one and before another, "" for none.
func rankBetween(after, before string) string {
	a, low := rankParts(after)
	b, high := rankParts(before)
	switch {
	case after == "" && before == "":
		return rankAt(firstRank)
	case before == "":
		return rankAt(a + rankStep)
	case after == "" && b > rankStep:
		return rankAt(b - rankStep)
	case b-a > 1:
		return rankAt(a + (b-a)/2)
	case a < b:
		high = ""
	}
	return rankAt(a) + digitsBetween(low, high)
}

const rankDigits = "0123456789abcdefghijklmnopqrstuvwxyz"

// digitsBetween are digits after some and before others, "" for the end, that do not end in 0: something fits before them too.
func digitsBetween(low, high string) string {
	if high != "" {
		n := 0
		for n < len(high) && (n < len(low) && low[n] == high[n] || n >= len(low) && high[n] == '0') {
			n++
		}
		if n > 0 {
			return high[:n] + digitsBetween(low[min(n, len(low)):], high[n:])
		}
	}
	a, b := 0, len(rankDigits)
	if low != "" {
		a = strings.IndexByte(rankDigits, low[0])
	}
	if high != "" {
		b = strings.IndexByte(rankDigits, high[0])
	}
	switch {
	case b-a > 1:
		return rankDigits[(a+b)/2 : (a+b)/2+1]
	case len(high) > 1:
		return high[:1]
	case low == "":
		return rankDigits[a:a+1] + digitsBetween("", "")
	}
	return low[:1] + digitsBetween(low[1:], "")
}

// lastRank is a place after all issues.
func (c *call) lastRank() string {
	for i := range c.j.issuesByRank.Range(c.Tx, store.Range{Desc: true}) {
		return rankBetween(text(i.Fields[rankField]), "")
	}
	return rankAt(firstRank)
}

// rank puts issues, in their order, right before or right after another one.
func (c *call) rank(issues []Issue, other Issue, before bool) {
	moving := map[int64]bool{}
	for _, i := range issues {
		moving[i.ID] = true
	}
	at := text(other.Fields[rankField])
	low, high := "", at
	g := store.Range{To: at, Desc: true}
	if !before {
		low, high, g = at, "", store.Range{From: at + "\x00"}
	}
	for i := range c.j.issuesByRank.Range(c.Tx, g) {
		if moving[i.ID] || i.ID == other.ID {
			continue
		}
		if before {
			low = text(i.Fields[rankField])
		} else {
			high = text(i.Fields[rankField])
		}
		break
	}
	for _, i := range issues {
		was := i
		i.Fields = clone(i.Fields)
		i.Fields[rankField] = rankBetween(low, high)
		low = text(i.Fields[rankField])
		c.save(was, i, nil)
	}
}

// ranking is what the history of an issue says of another rank.
func ranking(item ChangeItem, was, now any) ChangeItem {
	item.From, item.FromText, item.To, item.ToText = "", "", "", "Ranked lower"
	if text(now) < text(was) {
		item.ToText = "Ranked higher"
	}
	return item
}

// rankIssues puts issues before or after another.
//
// https://developer.atlassian.com/cloud/jira/software/rest/api-group-issue/#api-rest-agile-1-0-issue-rank-put
func (j *Jira) rankIssues(c *call) (any, error) {
	doc := object(c.body)
	names := list(doc["issues"])
	switch {
	case len(names) == 0:
		return nil, badRequest("At least one issue must be specified.")
	case len(names) > maxMoved:
		return nil, badRequest("The maximum number of issues that can be ranked in one operation is %d.", maxMoved)
	}
	other, before, err := c.rankPlace(doc)
	if err != nil {
		return nil, err
	}
	if other.ID == 0 {
		return nil, badRequest("Either rankBeforeIssue or rankAfterIssue must be specified.")
	}
	entries, issues, refused := []any{}, []Issue{}, false
	for _, n := range names {
		i, p, err := c.issue(plainWords(n))
		entry := obj{"issueId": i.ID, "issueKey": c.keyOf(&i), "status": http.StatusOK}
		switch {
		case err != nil:
			entry = obj{"issueKey": plainWords(n), "status": http.StatusNotFound, "errors": []any{errNoIssue.messages[0]}}
		case !c.may("SCHEDULE_ISSUES", &p, &i):
			entry["status"], entry["errors"] = http.StatusForbidden, []any{errNoRank.messages[0]}
		case i.ID == other.ID:
			entry["status"], entry["errors"] = http.StatusBadRequest, []any{"An issue cannot be ranked relative to itself."}
		default:
			issues = append(issues, i)
		}
		refused = refused || entry["status"] != http.StatusOK
		entries = append(entries, entry)
	}
	c.rank(issues, other, before)
	if refused {
		return answer{status: http.StatusMultiStatus, body: obj{"entries": entries}}, nil
	}
	return nil, nil
}

var errNoRank = forbidden("To rank issues you must have the Schedule Issues permission.")

// rankPlace reads next to which issue others are to be put: {rankBeforeIssue or rankAfterIssue, rankCustomFieldId}. There may be none.
func (c *call) rankPlace(doc obj) (other Issue, before bool, err error) {
	if n := doc["rankCustomFieldId"]; n != nil && customPrefix+id(number(n)) != rankField {
		return other, false, badRequest("The rank field with id %s does not exist.", plainWords(n))
	}
	name := doc["rankAfterIssue"]
	if doc["rankBeforeIssue"] != nil {
		if name != nil {
			return other, false, badRequest("Only one of rankBeforeIssue and rankAfterIssue can be specified.")
		}
		name, before = doc["rankBeforeIssue"], true
	}
	if name == nil {
		return other, false, nil
	}
	if other, _, err = c.issue(plainWords(name)); err != nil {
		return other, before, badRequest("The issue with key '%s' does not exist or you do not have permission to see it.", plainWords(name))
	}
	return other, before, nil
}

// rankedAsAsked ranks issues that have been moved, if the body says where.
func (c *call) rankedAsAsked(issues []Issue) (any, error) {
	other, before, err := c.rankPlace(object(c.body))
	if err != nil || other.ID == 0 {
		return nil, err
	}
	c.rank(slices.DeleteFunc(issues, func(i Issue) bool { return i.ID == other.ID }), other, before)
	return nil, nil
}
