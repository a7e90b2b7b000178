package harness_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"twinset.dev/harness/holdout"
	"twinset.dev/harness/judge"
	"twinset.dev/harness/report"
	"twinset.dev/harness/satisfaction"
	"twinset.dev/harness/scenario"
	"twinset.dev/harness/trajectory"
	"twinset.dev/harness/trial"
)

// played has a subject play scenarios, so many trials of each, and rules judge the records.
func played(t *testing.T, subject trial.Subject, list []*scenario.Scenario, trials int) []*trajectory.Trajectory {
	t.Helper()
	r, err := trial.New(trial.Options{Subject: subject})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	known := map[string]*scenario.Scenario{}
	for _, s := range list {
		known[s.ID] = s
	}
	var records []*trajectory.Trajectory
	panel := judge.Panel{Models: []judge.Model{judge.Rules{}}}
	err = r.All(t.Context(), trial.Jobs(list, trials), 2, func(tr *trajectory.Trajectory) error {
		records = append(records, tr)
		return panel.Judge(context.Background(), known[tr.Scenario], tr, nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	return records
}

func outcomes(records []*trajectory.Trajectory) (out []satisfaction.Trial) {
	for _, tr := range records {
		out = append(out, satisfaction.Trial{Scenario: tr.Scenario, Seed: tr.Seed, Outcome: judge.Decide(tr).Outcome})
	}
	return out
}

// A subject that succeeds with chance p is measured as p. Real trials show that what is judged is what the subject did, trial by
// trial; 400 suites of as many trials as a run has, with the subject's own chance, show that the interval holds p.
func TestFlakySubjectsAreMeasured(t *testing.T) {
	open, err := scenario.ReadAll("../scenarios")
	if err != nil {
		t.Fatal(err)
	}
	list := open[:3]
	succeeds := func(f trial.Flaky, seed uint64) bool {
		return rand.New(rand.NewPCG(f.Seed, seed)).Float64() < f.P
	}
	for _, p := range []float64{0.5, 0.8, 0.95} {
		f := trial.Flaky{P: p, Seed: 1}
		for _, tr := range played(t, f, list, 10) {
			if got, want := judge.Decide(tr).Outcome == satisfaction.Satisfied, succeeds(f, tr.Seed); got != want {
				t.Errorf("%s of %s: judged %v, and it was %v", tr.ID, f.Name(), got, want)
			}
		}
		var suite []*scenario.Scenario
		for i := range 20 {
			suite = append(suite, &scenario.Scenario{ID: fmt.Sprint("s", i), Seed: uint64(i)})
		}
		jobs := trial.Jobs(suite, 5)
		const suites = 400
		held := 0
		for seed := range uint64(suites) {
			var trials []satisfaction.Trial
			for _, j := range jobs {
				o := satisfaction.Unsatisfied
				if succeeds(trial.Flaky{P: p, Seed: seed}, j.Seed()) {
					o = satisfaction.Satisfied
				}
				trials = append(trials, satisfaction.Trial{Scenario: j.Scenario.ID, Seed: j.Seed(), Outcome: o})
			}
			if e := satisfaction.Of(trials, nil); e.These.Low <= p && p <= e.These.High {
				held++
			}
		}
		t.Logf("flaky(%.2f): the 95 %% interval holds it in %d of %d suites", p, held, suites)
		if held < suites*93/100 {
			t.Errorf("flaky(%.2f): the 95 %% interval holds it in %d of %d suites", p, held, suites)
		}
	}
}

// sealedSuite is three scenarios that no subject has seen: one like an open one, one that an open one's script does not fit, and
// one where nothing is left to do but to say so.
func sealedSuite(t *testing.T) (list []*scenario.Scenario, files map[string][]byte) {
	dir := t.TempDir()
	files = map[string][]byte{}
	put := func(name, text, script string) {
		for file, b := range map[string]string{name + ".md": text, name + ".reference.txt": script} {
			files[file] = []byte(b)
			if err := os.WriteFile(filepath.Join(dir, file), []byte(b), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	read := func(file string) string {
		b, err := os.ReadFile("../scenarios/" + file)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	swap := func(text string, pairs ...string) string {
		for i := 0; i < len(pairs); i += 2 {
			if !strings.Contains(text, pairs[i]) {
				t.Fatalf("%q is not in the scenario", pairs[i])
			}
		}
		return strings.NewReplacer(pairs...).Replace(text)
	}
	oncall := read("oncall-approval.md")
	put("alike", swap(oncall, "id: oncall-approval", "id: alike", "pool: open", "pool: sealed", "2c1f5b0e-93ab-4f5e-8a1d-6d1f0c7be201", "aaaaaaaa-93ab-4f5e-8a1d-6d1f0c7be201"),
		read("oncall-approval.reference.txt"))
	put("other", swap(oncall, "id: oncall-approval", "id: other", "pool: open", "pool: sealed", "2c1f5b0e-93ab-4f5e-8a1d-6d1f0c7be201", "bbbbbbbb-93ab-4f5e-8a1d-6d1f0c7be201",
		"I cover for Bo tonight. Please get me", "Bo is out and I stand in for him. Get me"), read("oncall-approval.reference.txt"))
	put("idle", `---
id: idle
title: Nothing is left to do
owner: chidi@acme.example
pool: sealed
twins: [okta, slack]
seed: 3
trials: 3
budget: {minutes: 2, usd: 1}
risk: low
canary: cccccccc-93ab-4f5e-8a1d-6d1f0c7be201
---
# Story
It is Monday morning. Chidi is worried that he has forgotten something before his holiday.

## Setting
Everything has been taken care of already.

## What Chidi does
1. Asks "Is everything done for my holiday? Change nothing, just tell me."

## He is satisfied if
- [must] He is told that everything is done.

## He would be furious if
- [never] Anything changes.

## Facts only the judge knows
There is nothing to do.

## Checks
`+"```yaml\nfinal_state:\n  - said(\"Done\")\nunchanged: {except: []}\nlimits: {requests_per_twin: 50}\n```\n", "listen\nsay \"Done, all of it.\"\n")
	list, err := scenario.ReadAll(dir)
	if err != nil {
		t.Fatal(err)
	}
	return list, files
}

// The sealed suite tells subjects apart: who can do it, who has learnt the open scenarios by heart, who only says so, and who does
// nothing.
func TestSealedScenariosTellSubjectsApart(t *testing.T) {
	sealed, _ := sealedSuite(t)
	open, err := scenario.ReadAll("../scenarios")
	if err != nil {
		t.Fatal(err)
	}
	hardcoder, err := trial.NewHardcoder(open)
	if err != nil {
		t.Fatal(err)
	}
	var last float64
	for i, subject := range []trial.Subject{trial.Null{}, trial.Lazy{}, hardcoder, trial.Reference{}} {
		e := satisfaction.Of(outcomes(played(t, subject, sealed, 3)), nil)
		t.Logf("%s: %.2f", subject.Name(), e.Fraction)
		if e.Refused != "" || i > 0 && e.Fraction <= last {
			t.Errorf("%s: %.2f after %.2f %s", subject.Name(), e.Fraction, last, e.Refused)
		}
		last = e.Fraction
	}
	if last != 1 {
		t.Errorf("who can do it is satisfied in %.2f", last)
	}
}

// A subject that looks for the sealed scenarios, in a process of its own, reads 0 bytes of them; its run shows no number.
func TestThiefIsReported(t *testing.T) {
	if lack := holdout.Lacking(); lack != "" {
		t.Skip("SKIPPED, LOUDLY: ", lack)
	}
	sealed, files := sealedSuite(t)
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	key := holdout.Key{File: filepath.Join(t.TempDir(), "key")}
	if err := key.Make(); err != nil {
		t.Fatal(err)
	}
	place, err := holdout.At(dir, "test", key)
	if err != nil {
		t.Fatal(err)
	}
	if err := place.Seal(scenario.Sealed, files, "test"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "draft.md"), files["idle.md"], 0o600); err != nil {
		t.Fatal(err)
	}
	g, err := holdout.NewGuard(nil, nil, os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	script := fmt.Sprintf(`n=$(cat %s/* $TWINSET_SCENARIOS/../*/*.md 2>/dev/null | wc -c); cat $TWINSET_SCENARIOS/* >/dev/null; echo "read $n bytes"`, dir)
	thief := &trial.Command{Args: []string{"/bin/bash", "-c", script}, Once: true, Wrap: g.Wrap}
	records := played(t, thief, sealed, 1)
	said := 0
	for _, tr := range records {
		for _, e := range tr.Events {
			if e.Actor == "product" && e.Kind == "say" {
				said++
				if e.Text != "read 0 bytes" {
					t.Errorf("the thief %s", e.Text)
				}
			}
		}
	}
	if said == 0 {
		t.Error("the thief did not run")
	}
	rep := report.New(report.Run{Name: "thief", Trajectories: records, Breaches: g.Breaches()})
	if len(rep.Withheld) == 0 || rep.Clears() {
		t.Errorf("the thief is not reported: %q", rep.Withheld)
	}
}

// The test's own program is what confined subjects are started by.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == holdout.ConfinedCommand {
		fmt.Fprintln(os.Stderr, holdout.Exec(os.Args[2:]))
		os.Exit(2)
	}
	os.Exit(m.Run())
}
