package check

import (
	"context"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"twinset.dev/harness/scenario"
	"twinset.dev/harness/trajectory"
	"twinset.dev/harness/universe"
	"twinset.dev/kit/store"
	"twinset.dev/kit/twin"
)

func state(t *testing.T, w *twin.World, m *Memory, events []trajectory.Event) *State {
	t.Helper()
	st, err := NewState(w, m, events)
	if err != nil {
		t.Fatal(err)
	}
	return st
}

func world(t *testing.T) *twin.World {
	t.Helper()
	u, err := universe.New(twin.Options{WorldSeed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := u.Listen("127.0.0.1", 0); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- u.Serve(ctx) }()
	t.Cleanup(func() { stop(); <-served })
	w, _ := u.World(twin.DefaultWorld)
	return w
}

// TestExpressions asks of the demo company, in every way a check may.
func TestExpressions(t *testing.T) {
	w := world(t)
	events := []trajectory.Event{
		{N: 1, Actor: "user", Kind: "say", Text: "Hello"}, {N: 2, Actor: "product", Kind: "say", Text: "All DONE here."},
		{N: 3, Actor: "twin:slack", Kind: "http", Operation: "chat.postMessage", Status: 200},
		{N: 4, Actor: "twin:slack", Kind: "http", Operation: "chat.postMessage", Status: 200, Error: "not_in_channel"},
	}
	for src, want := range map[string]string{
		`okta.user("hana").status == "ACTIVE"`:                                                                    Pass,
		`okta.user("hana@acme.example").login == "hana@acme.example"`:                                             Pass,
		`okta.user("ana").roles == ["SUPER_ADMIN"] || "SUPER_ADMIN" in okta.user("ana").roles`:                    Pass,
		`okta.group("On call").members == ["bo", "chidi"]`:                                                        Pass,
		`"Engineering" in okta.user("bo").groups`:                                                                 Pass,
		`count(okta.users, .status == "ACTIVE") == 8`:                                                             Pass,
		`okta.user("hana").status == "SUSPENDED"`:                                                                 Fail + ` okta.user("hana").status is "ACTIVE"`,
		`okta.user("hanna").status == "ACTIVE"`:                                                                   Fail + ` there is no "hanna" in Okta`,
		`any(okta.groups, .name == "On call" && len(.members) == 2)`:                                              Pass,
		`slack.user("hana").guest && !slack.user("hana").deleted`:                                                 Pass,
		`slack.user("ivan").deleted`:                                                                              Pass,
		`slack.channel("#leads").members == ["ana", "dara", "gus"]`:                                               Pass,
		`slack.channel("leads").private and slack.channel("launch-6").archived`:                                   Pass,
		`any(slack.in("incidents"), .user == "rocketbot" && .text contains "INC-12")`:                             Pass,
		`any(slack.messages, .channel == "general" && .pinned && .reactions["tada"] == ["bo", "dara", "fatima"])`: Pass,
		`any(slack.in("incidents"), .thread != "" && .user == "bo")`:                                              Pass,
		`len(slack.direct("hana")) == 0`:                                                                          Pass,
		`slack.usergroup("oncall").users == ["bo", "chidi"]`:                                                      Pass,
		`jira.issue("ROCK-11").status == "In Progress" && jira.issue("ROCK-11").assignee == "chidi"`:              Pass,
		`jira.issue("ROCK-11").priority == "Highest" && jira.issue("ROCK-11").parent == "ROCK-2" && jira.issue("ROCK-11").labels == ["incident"]`: Pass,
		`jira.issue("ROCK-4").links == ["blocks ROCK-3"]`:                                                                                                             Pass,
		`jira.issue("ROCK-12").links == ["is blocked by ROCK-11"]`:                                                                                                    Pass,
		`jira.issue("ROCK-3").comments[0].author == "ana"`:                                                                                                            Pass,
		`count(jira.issues, .project == "OPS") == 4`:                                                                                                                  Pass,
		`jira.user("hana").active && "oncall" in jira.user("bo").groups`:                                                                                              Pass,
		`jira.group("oncall") == ["bo", "chidi"]`:                                                                                                                     Pass,
		`google.file("Launch").access == {"ana": "owner", "group:engineering": "writer", "dara": "commenter"}`:                                                        Pass,
		`google.file("Valve specification.txt").drive == "Engineering"`:                                                                                               Pass,
		`google.file("checklist.txt").folder == "Launch" && google.file("checklist.txt").text contains "valves"`:                                                      Pass,
		`google.file("checklist.txt").comments == ["Which valves?", "In Portuguese?"]`:                                                                                Pass,
		`google.drive("Archive").members == {"gus": "organizer", "ana": "reader"}`:                                                                                    Pass,
		`google.doc("Launch plan") contains "land upright" && google.doc("Launch plan") contains "Landing pad" && not (google.doc("Launch plan") contains "a bonus")`: Pass,
		`google.cell("Budget 2026", "Plan", 2, 3) == 1200`:                                                                                                            Pass,
		`google.row("Budget 2026", "Plan", "Fuel")[4] == -450`:                                                                                                        Pass,
		`google.row("Budget 2026", "By team", "Operations")[1] == 15000`:                                                                                              Pass,
		`google.rows("Payroll", "June") == []`:                                                                                                                        Fail + ` the spreadsheet "Payroll" has no sheet "June"`,
		`any(google.files, .name == "Handbook" && .access["domain"] == "reader")`:                                                                                     Pass,
		`said("done")`:                  Pass,
		`said("finished")`:              Fail,
		`calls("slack chat.*") == 1`:    Pass,
		`len(records("okta.apps")) > 3`: Pass,
		`replies == []`:                 Fail + ` replies is ["All DONE here."]`,
		`find(jira.issues, .summary == "No such").status == "Done"`: Fail,
	} {
		c, err := Compile(&scenario.Checks{Final: []string{src}}, w.Host)
		if err != nil {
			t.Errorf("%s: %v", src, err)
			continue
		}
		for _, memory := range []*Memory{nil, Remember(w, c)} {
			got := c.Run(state(t, w, memory, events), nil)[0]
			if said := strings.TrimSpace(got.Result + " " + got.Observed); !strings.HasPrefix(said, want) {
				t.Errorf("%s: %s, want %s", src, said, want)
			}
		}
	}
}

// TestCompile refuses what is no check, and says where.
func TestCompile(t *testing.T) {
	u, err := universe.New(twin.Options{WorldSeed: 1})
	if err != nil {
		t.Fatal(err)
	}
	for want, c := range map[string]scenario.Checks{
		"staus":                     {Final: []string{`okta.user("hana").staus == "ACTIVE"`}},
		"userz":                     {Final: []string{`one(okta.userz, .id == "")`}},
		"nick":                      {Final: []string{`any(slack.users, .nick == "")`}},
		"expected bool":             {Final: []string{`okta.user("hana").status`}},
		`"okta.user"`:               {Final: []string{`len(records("okta.user")) > 0`}},
		"final_state[1]":            {Final: []string{`true`, `okta.`}},
		"no collection slack.chans": {Unchanged: &scenario.Except{Except: []string{"slack.chans[*]"}}},
		"is no pattern":             {Unchanged: &scenario.Except{Except: []string{"everything"}}},
		"only what is updated":      {Unchanged: &scenario.Except{Except: []string{"created okta.users[*].Status"}}},
		"no twin":                   {Order: []scenario.Order{{Before: "github merge", After: "step 1"}}},
		"no operation":              {Order: []scenario.Order{{Before: "slack chat.shout", After: "step 1"}}},
		"is no phrase":              {Order: []scenario.Order{{Before: "step 1", After: "and then it was all over"}}},
		"is no step":                {Order: []scenario.Order{{Before: "step one", After: "step 1"}}},
	} {
		if _, err := Compile(&c, u.Host); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %s", c, err, want)
		}
	}
}

func TestOrder(t *testing.T) {
	u, err := universe.New(twin.Options{WorldSeed: 1})
	if err != nil {
		t.Fatal(err)
	}
	events := []trajectory.Event{
		{N: 1, Actor: "harness", Kind: "step", Text: "1"}, {N: 2, Actor: "user", Kind: "say", Text: "Yes, do"},
		{N: 3, Actor: "twin:okta", Kind: "http", Operation: "deactivateUser", Status: 429},
		{N: 4, Actor: "product", Kind: "say", Text: "Done!"},
		{N: 5, Actor: "twin:okta", Kind: "http", Operation: "deactivateUser", Status: 200},
		{N: 6, Actor: "harness", Kind: "step", Text: "2"},
	}
	changes := []trajectory.Change{{Twin: "okta", Collection: "users", Key: "hana", Kind: "updated", Event: 5}, {Twin: "slack", Collection: "members", Key: "a/hana", Kind: "deleted", Event: 2}, {Twin: "slack", Collection: "members", Key: "b/hana", Kind: "deleted", Event: 5}}
	for _, c := range []struct{ before, after, want string }{
		{"user says yes", "okta deactivateUser", Pass},
		{"okta deactivateUser", "reply contains done", Fail},
		{"okta deactivate*", "step 2", Pass},
		{"updated okta.users[hana]", "reply contains done", Fail},
		{"updated okta.users[hana]", "reply contains finished", Pass},
		{"created okta.users[hana]", "reply contains done", Fail},
		{"deleted slack.members[*/hana]", "reply contains done", Fail},
		{"deleted slack.members[a/hana]", "reply contains done", Pass},
		{"step 2", "step 1", Fail},
	} {
		k, err := Compile(&scenario.Checks{Order: []scenario.Order{{Before: c.before, After: c.after}}}, u.Host)
		if err != nil {
			t.Fatal(err)
		}
		if got := k.order[0].check(events, changes); got.Result != c.want {
			t.Errorf("%s before %s: %+v, want %s", c.before, c.after, got, c.want)
		}
	}
}

func TestCollateral(t *testing.T) {
	change := func(kind, twin, noun, key, before, after string) trajectory.Change {
		return trajectory.Change{Kind: kind, Twin: twin, Collection: noun, Key: key, Before: []byte(before), After: []byte(after), Event: 3}
	}
	u, err := universe.New(twin.Options{WorldSeed: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		change trajectory.Change
		except string
		want   string
	}{
		{change("updated", "okta", "users", "hana", `{"Status":"ACTIVE"}`, `{"Status":"SUSPENDED"}`), "okta.users[hana]", Pass},
		{change("updated", "okta", "users", "hana", `{"Status":"ACTIVE"}`, `{"Status":"SUSPENDED"}`), "okta.users[emre]", Fail},
		{change("updated", "okta", "users", "hana", `{"Status":"ACTIVE"}`, `{"Status":"SUSPENDED"}`), "okta.users[hana].Status", Pass},
		{change("updated", "okta", "users", "hana", `{"Status":"ACTIVE","Risk":""}`, `{"Status":"SUSPENDED","Risk":"HIGH"}`), "okta.users[hana].Status", Fail},
		{change("deleted", "slack", "members", "leads/hana", "", ""), "deleted slack.members[*/hana]", Pass},
		{change("created", "slack", "members", "leads/hana", "", ""), "deleted slack.members[*/hana]", Fail},
		{change("created", "slack", "members", "leads/hana", "", ""), "*.*[*hana*]", Pass},
	} {
		k, err := Compile(&scenario.Checks{Unchanged: &scenario.Except{Except: []string{c.except}}}, u.Host)
		if err != nil {
			t.Fatal(err)
		}
		if got := k.collateral([]trajectory.Change{c.change}); got.Result != c.want {
			t.Errorf("%s of %+v: %+v, want %s", c.except, c.change, got, c.want)
		}
	}
}

func TestBounds(t *testing.T) {
	c := &Checks{limits: scenario.Limits{RequestsPerTwin: 1, LongestSilence: 2}}
	events := []trajectory.Event{{N: 1, Actor: "user", Kind: "say"}, {N: 2, Actor: "twin:okta", Kind: "http"}, {N: 3, MS: 1999, Actor: "product", Kind: "say"}}
	if got := c.bounds(events); got[0].Result != Pass || got[1].Result != Pass {
		t.Errorf("%+v", got)
	}
	events = append(events, trajectory.Event{N: 4, MS: 2000, Actor: "user", Kind: "say"}, trajectory.Event{N: 5, MS: 4100, Actor: "twin:okta", Kind: "http"})
	if got := c.bounds(events); got[0].Result != Fail || got[0].Observed != "2 to okta" || got[1].Result != Fail || got[1].Events[0] != 4 {
		t.Errorf("%+v", got)
	}
}

// FuzzGlob holds globs against regular expressions.
func FuzzGlob(f *testing.F) {
	f.Add("*/hana", "leads/hana")
	f.Add("a*b*", "ab")
	f.Fuzz(func(t *testing.T, pattern, s string) {
		if strings.Count(pattern, "*") > 4 || len(s) > 40 || strings.ContainsAny(pattern+s, "\n") || !utf8.ValidString(pattern) || !utf8.ValidString(s) {
			return
		}
		want := regexp.MustCompile("^(?s:" + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, ".*") + ")$").MatchString(s)
		if glob(pattern, s) != want {
			t.Fatalf("%q on %q is %v", pattern, s, !want)
		}
	})
}

// FuzzPattern holds the parsers of patterns and phrases against whatever comes.
func FuzzPattern(f *testing.F) {
	schema := &store.Schema{}
	store.NewCollection(schema, "okta.users", func(*struct{ ID string }) string { return "" })
	f.Add("created okta.users[hana].Status")
	f.Fuzz(func(t *testing.T, src string) {
		p, err := parsePattern(src, schema)
		if err == nil && (p.twin == "" || p.noun == "" || p.source != src) {
			t.Fatalf("%q is %+v", src, p)
		}
	})
}

// TestTemplate fills in what other people's acts name: texts and numbers, plain and within JSON.
func TestTemplate(t *testing.T) {
	w := world(t)
	for src, want := range map[string]string{
		`/files/${google.file("Handbook").name}?n=${len(okta.group("On call").members)}`: "/files/Handbook?n=2",
		`nothing to fill in`: "nothing to fill in",
		`${slack.channel("incidents").topic} and ${jira.issue("ROCK-1").key}`: "On call: Chidi and ROCK-1",
	} {
		tmpl, err := ParseTemplate(src, w.Host)
		if err != nil {
			t.Errorf("%s: %v", src, err)
			continue
		}
		if got, err := tmpl.Fill(state(t, w, nil, nil), false); err != nil || got != want {
			t.Errorf("%s: %q %v, want %q", src, got, err, want)
		}
	}
	if _, err := ParseTemplate("${okta.user(", w.Host); err == nil {
		t.Error("a template without its end is one")
	}
}
