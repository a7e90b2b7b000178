package scenario

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// A Finding is something that keeps a scenario from being a good one, or may.
type Finding struct {
	Rule  string `json:"rule"`
	Text  string `json:"text"`
	Error bool   `json:"error"` // not only a warning
}

// Lint holds a scenario against what makes one good: a coherent story of a person with a worry, credible, motivating, complex enough,
// and easy to evaluate. The others are those it is kept with; their canaries must differ.
func Lint(s *Scenario, others ...*Scenario) (list []Finding) {
	wrong := func(rule, format string, args ...any) {
		list = append(list, Finding{rule, fmt.Sprintf(format, args...), true})
	}
	doubtful := func(rule, format string, args ...any) {
		list = append(list, Finding{rule, fmt.Sprintf(format, args...), false})
	}

	if !strings.Contains(s.Story, s.Person) {
		wrong("story", "the story does not name %s, who it is about", s.Person)
	}
	if !aTime.MatchString(s.Story) {
		wrong("story", "the story does not say when it happens: a day, an hour, a deadline")
	}
	if !aWorry.MatchString(s.Story) {
		wrong("story", "the story does not say what %s is worried about, or what goes wrong if it is not done", s.Person)
	}
	if len(s.Must) == 0 {
		wrong("evaluate", "there is no [must]")
	}
	if len(s.Never) == 0 {
		wrong("evaluate", "there is no [never]")
	}
	for _, c := range slices.Concat(s.Must, s.Should, s.Never) {
		if sentences(c) != 1 {
			wrong("evaluate", "%q is not one sentence that ends with a full stop", c)
		}
		if m := mechanics.FindString(c); m != "" {
			doubtful("evaluate", "%q speaks of mechanics (%s); say what %s sees", c, m, s.Person)
		}
	}
	if s.apps() < 2 && len(s.Checks.World.Faults) == 0 && !slices.ContainsFunc(s.Checks.Player, func(a Act) bool { return a.Fault != nil }) {
		wrong("complex", "one twin and nothing goes wrong: take two twins, or a fault")
	}
	for i, st := range s.Steps {
		acted := slices.ContainsFunc(s.Checks.Player, func(a Act) bool { return a.Before+a.After == i+1 })
		if len(st.Say) == 0 && st.After == 0 && !acted {
			wrong("story", "in step %d nobody says anything: put what %s says in quotes", i+1, s.Person)
		}
	}
	if !slices.ContainsFunc(s.Steps, func(st Step) bool { return len(st.Say) > 0 }) {
		wrong("story", "%s never says anything", s.Person)
	}
	if len(s.Checks.Final) == 0 {
		wrong("evaluate", "final_state has no expression")
	}
	if s.Checks.Unchanged == nil {
		wrong("evaluate", "there is no unchanged: say what may differ, everything else must not")
	}
	if slices.Contains(s.Checks.Final, "TODO") || strings.Contains(s.Story+s.Setting+s.Facts+strings.Join(s.Must, "")+strings.Join(s.Never, ""), "TODO") {
		wrong("todo", "there is still a TODO")
	}
	for _, o := range others {
		if o.Path != s.Path && o.Canary == s.Canary {
			wrong("canary", "%s has the same canary", o.Path)
		}
	}
	return list
}

// apps counts the products that a scenario is about: google is three.
func (s *Scenario) apps() int {
	if slices.Contains(s.Twins, "google") {
		return max(2, len(s.Twins))
	}
	return len(s.Twins)
}

var (
	aTime     = regexp.MustCompile(`(?i)\b(\d{1,2}:\d\d|monday|tuesday|wednesday|thursday|friday|saturday|sunday|today|tonight|tomorrow|morning|noon|afternoon|evening|midnight|weekend|quarter|month|year|o'clock|deadline|(?:in|for|last|next) \w+ (?:minutes?|hours?|days?|weeks?))\b`)
	aWorry    = regexp.MustCompile(`(?i)\b(worr(?:y|ied|ies)|afraid|fear(?:s|ed)?|anxious|nervous|burnt|uneasy|concern(?:ed|s)?|dread(?:s|ed)?|scared|stress(?:ed)?|embarrass\w*|angry|upset|panic\w*|risk(?:s|ed)?|trouble|lost|last time|pressure|frustrat\w*|annoy\w*|ashamed|desperate|tired of|sick of|cannot afford)\b`)
	mechanics = regexp.MustCompile(`(?i)\b(calls|API call|endpoints?|functions?|requests?|API|JSON|HTTP|status code|payload|field)\b`)
	endOf     = regexp.MustCompile(`[.!?](?:["”)]*)(?:\s|$)`)
)

// sentences counts sentences; a text without an end has none.
func sentences(s string) int {
	if !strings.HasSuffix(strings.TrimRight(s, `"”)`), ".") {
		return 0
	}
	return len(endOf.FindAllString(s, -1))
}
