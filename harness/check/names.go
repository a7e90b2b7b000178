package check

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// What checks see of each twin is in the vendor's nouns. People are named by their handles: the name before the @ of the company's
// addresses, the whole address for anybody else.

// handle is what a person with an address is called.
func (st *State) handle(email string) string {
	return strings.TrimSuffix(email, derived(st, relation{"domain", ""}, st.domain))
}

// domain is that of the company's addresses, with its @. No trial changes it.
func (st *State) domain() string {
	for t := range records[slackTeam](st, "slack.teams") {
		return "@" + t.EmailDomain
	}
	for w := range records[struct{ Domain string }](st, "google.workspace") {
		return "@" + w.Domain
	}
	return "@"
}

func num(n int64) string { return strconv.FormatInt(n, 10) }

func text(v any) string {
	s, _ := v.(string)
	return s
}

// called are the names of ids, sorted; one without a name stands for itself.
func called(by naming, ids []string) []string {
	out := make([]string, 0, len(ids))
	for _, id := range ids {
		out = append(out, cmp.Or(by.of(id), id))
	}
	slices.Sort(out)
	return out
}
