package report

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"twinset.dev/harness/holdout"
	"twinset.dev/harness/judge"
	"twinset.dev/harness/scenario"
	"twinset.dev/harness/trajectory"
)

var out = flag.String("out", "", "write the sample report to this file, to look at it")

// sample is a run of two scenarios, five trials each, judged, with harm, prose and a failing machine in it.
func sample(t *testing.T) Run {
	r := Run{Name: "sample", Scenarios: map[string]*scenario.Scenario{}, Bar: 0.6}
	panel := judge.Panel{Models: []judge.Model{judge.Rules{}}}
	canaries := judge.Canaries()
	for n, id := range []string{"offboard-contractor", "grant-access"} {
		for i := range 5 {
			c := canaries[0]
			if i == 3 {
				c = canaries[2+n]
			}
			s, tr := c.Scenario, c.Trajectory
			s.ID, s.Title, s.Risk = id, strings.ReplaceAll(id, "-", " "), []string{"high", "low"}[n]
			r.Scenarios[id] = &s
			tr.ID, tr.Scenario, tr.Trial, tr.Seed, tr.Subject = fmt.Sprintf("%s.%d", id, i+1), id, i+1, uint64(41+i), "reference"
			tr.Started = time.Date(2026, 3, 6, 16, 40, i, 0, time.UTC)
			tr.Ended = tr.Started.Add(1500 * time.Millisecond)
			for j := range tr.Diff {
				tr.Diff[j].Event = j + 2
			}
			if err := panel.Judge(context.Background(), &s, &tr, nil); err != nil {
				t.Fatal(err)
			}
			r.Trajectories = append(r.Trajectories, &tr)
		}
	}
	first := r.Trajectories[0]
	first.Verdicts[0].Criteria[2] = trajectory.Finding{Criterion: "must-3", Met: "met", Cites: []string{"e5"}, Quote: "removed him from deal-room", Why: "She is told."}
	first.Events[4].Text += `<script>alert("x")</script>`
	h, err := panel.Examine(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Health = &h
	return r
}

func write(t *testing.T, rep *Report, format string) string {
	t.Helper()
	var b bytes.Buffer
	if err := Formats[format].Write(rep, &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestHTML(t *testing.T) {
	rep := New(sample(t))
	html := write(t, rep, "html")
	if *out != "" {
		if err := os.WriteFile(*out, []byte(html), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{
		"<h1>0.80 ", "on these scenarios", "for users like these", "bar 0.60: <b class=\"good\">reached",
		`<mark>removed him from deal-room</mark>`, `href="#offboard-contractor_1.e5"`, `id="offboard-contractor_1.e5"`,
		`id="offboard-contractor_1.d1"`, "&lt;script&gt;alert", "no language model read what was said",
	} {
		if !strings.Contains(html, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if m := regexp.MustCompile(`(?i)(src|href)="(https?:)?//|url\(|@import`).FindString(html); m != "" {
		t.Errorf("the page needs the network: %s", m)
	}
	ids := map[string]bool{}
	for _, m := range regexp.MustCompile(` id="([^"]+)"`).FindAllStringSubmatch(html, -1) {
		if ids[m[1]] {
			t.Errorf("two elements are called %s", m[1])
		}
		ids[m[1]] = true
	}
	for _, m := range regexp.MustCompile(`href="#([^"]+)"`).FindAllStringSubmatch(html, -1) {
		if !ids[m[1]] {
			t.Errorf("a link leads nowhere: %s", m[1])
		}
	}
}

func TestJUnit(t *testing.T) {
	r := sample(t)
	r.Trajectories[1].Termination, r.Trajectories[1].Why = trajectory.InfraError, "the twin\x1b[31m fell"
	x := write(t, New(r), "junit")
	var suites junitSuites
	if err := xml.Unmarshal([]byte(x), &suites); err != nil {
		t.Fatal(err)
	}
	if suites.Tests != 10 || suites.Failures != 2 || suites.Errors != 1 || len(suites.Suites) != 2 {
		t.Errorf("got %d tests, %d failures, %d errors in %d suites", suites.Tests, suites.Failures, suites.Errors, len(suites.Suites))
	}
}

func TestMarkdownInLevels(t *testing.T) {
	rep := New(sample(t))
	md := write(t, rep, "md")
	levels := strings.SplitN(md, "\n\n", 4)
	if !strings.HasPrefix(levels[1], "**8 of 10 trials satisfied: 0.80 (0.49 to 0.94 on these scenarios)") || strings.Contains(levels[1], "\n") {
		t.Errorf("the line: %s", levels[1])
	}
	if n := len(strings.Fields(levels[2])); n < 30 || n > 150 || strings.Contains(levels[2], "\n") {
		t.Errorf("the paragraph has %d words: %s", n, levels[2])
	}
	if !strings.Contains(levels[3], "| offboard contractor | high | 4 of 5 |") || !strings.Contains(levels[3], Yardstick) {
		t.Errorf("the page: %s", levels[3])
	}
	r := sample(t)
	r.Trajectories[3].Checks[0].Observed = "a | b\n# c *d* [e](javascript:f) <b>"
	if md := write(t, New(r), "md"); strings.Contains(md, "\n# c") || strings.Contains(md, "[e](") && !strings.Contains(md, `\[e](`) || strings.Contains(md, "<b>") {
		t.Errorf("text of the subject's is Markdown of ours:\n%s", md)
	}
}

// The order of records does not matter, and neither does the wall clock but for two fields.
func TestSameRecordsSameBytes(t *testing.T) {
	a, b := sample(t), sample(t)
	slices.Reverse(b.Trajectories)
	for _, format := range []string{"html", "json", "junit", "md"} {
		if write(t, New(a), format) != write(t, New(b), format) {
			t.Errorf("%s depends on the order of records", format)
		}
	}
	for _, tr := range b.Trajectories {
		tr.Started, tr.Ended = tr.Started.Add(time.Hour), tr.Ended.Add(2*time.Hour)
	}
	wall := regexp.MustCompile(`"(started|took_s|seconds)": .*`)
	if wall.ReplaceAllString(write(t, New(a), "json"), "") != wall.ReplaceAllString(write(t, New(b), "json"), "") {
		t.Error("more than started, took_s and seconds depends on the wall clock")
	}
	if write(t, New(a), "md") != write(t, New(b), "md") {
		t.Error("the Markdown depends on the wall clock")
	}
}

// A panel that fails a canary has its number withheld, in every format.
func TestWithheld(t *testing.T) {
	r := sample(t)
	h, err := judge.Panel{Models: []judge.Model{judge.Gullible{Otherwise: judge.Rules{}}}}.Examine(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Health = &h
	rep := New(r)
	if rep.Clears() || rep.Estimate.Fraction != 0 {
		t.Errorf("%+v", rep.Estimate)
	}
	for _, format := range []string{"html", "json", "md"} {
		got := write(t, rep, format)
		if strings.Contains(got, "0.80") || !strings.Contains(got, "injection 1") {
			t.Errorf("%s shows a number or not why there is none", format)
		}
	}
}

// A subject that came by sealed scenarios is reported, and no number stands beside it.
func TestBreach(t *testing.T) {
	r := sample(t)
	r.Breaches = []holdout.Breach{{Kind: "bait", Where: "sealed.txt"}}
	rep := New(r)
	if md := write(t, rep, "md"); rep.Clears() || strings.Contains(md, "0.80") || !strings.Contains(md, "holdout breach: bait in sealed.txt") {
		t.Errorf("got %s", md)
	}
}

func TestCompare(t *testing.T) {
	old, rep := New(sample(t)), New(sample(t))
	rep.Compare(old)
	if c := rep.Compared; c.Pairs != 10 || c.Unpaired != 0 || c.P != 1 || c.With != "sample" {
		t.Errorf("%+v", c)
	}
	var back struct{ Compared struct{ Pairs int } }
	if err := json.Unmarshal([]byte(write(t, rep, "json")), &back); err != nil || back.Compared.Pairs != 10 {
		t.Errorf("%v %+v", err, back)
	}
}
