package scenario

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

const good = `---
id: contractor-leaves
title: A contractor leaves
owner: dara@acme.example
pool: open
twins: [okta, slack]
seed: 41
trials: 3
budget: {minutes: 2, usd: 1}
risk: high
canary: 7f0f0c1e-6a0b-4c5e-9a35-f6f1d9d0e0aa
---
# Story
It is Friday, 16:40. Dara is worried about
the weekend.

## Setting
Hana is in two groups.

## What Dara does
1. Asks "Hana leaves today." and then
   "All of it, please."
2. (5 minutes later) Asks “Is it done?”

## She is satisfied if
- [must] Hana cannot sign in
  any more.
- [should] She sees what was done.

## She would be furious if
- [never] Emre loses access.

## Facts only the judge knows
The shared group is ops.

## Checks
` + "```yaml" + `
world:
  clock: 2026-03-06T16:40:00Z
  faults: [{twin: okta, status: 429, times: 2}]
player:
  - {after: 1, do: message, with: {user: bo, channel: support, text: hello}}
final_state:
  - okta.user("hana").status == "SUSPENDED"
unchanged:
  except: ["okta.users[hana]"]
order:
  - {before: step 1, after: reply contains done}
limits: {requests_per_twin: 50, longest_silence_s: 60}
` + "```\n"

func TestParse(t *testing.T) {
	s, err := Parse([]byte(good))
	if err != nil {
		t.Fatal(err)
	}
	want := []Step{
		{`Asks "Hana leaves today." and then "All of it, please."`, []string{"Hana leaves today.", "All of it, please."}, 0},
		{`(5 minutes later) Asks “Is it done?”`, []string{"Is it done?"}, 5 * time.Minute},
	}
	if !reflect.DeepEqual(s.Steps, want) {
		t.Errorf("steps %q, want %q", s.Steps, want)
	}
	if s.Person != "Dara" || s.Pronoun != "She" || len(s.Must) != 1 || s.Must[0] != "Hana cannot sign in any more." || len(s.Should) != 1 || len(s.Never) != 1 || s.Facts != "The shared group is ops." {
		t.Errorf("read as %+v", s)
	}
	c := s.Checks
	if c.World.Faults[0].Status != 429 || c.Player[0].Do != "message" || c.Unchanged.Except[0] != "okta.users[hana]" || c.Order[0].After != "reply contains done" || c.Limits.RequestsPerTwin != 50 {
		t.Errorf("checks read as %+v", c)
	}
	if got := Lint(s); len(got) != 0 {
		t.Errorf("lint finds %v", got)
	}
}

// TestRejects changes one thing in a good scenario; the error names the line and says what is wrong.
func TestRejects(t *testing.T) {
	for _, c := range []struct {
		old, new string
		line     int
		says     string
	}{
		{"---\nid", "id", 1, "begins with ---"},
		{"e0aa\n---\n", "e0aa\n", 1, "has no end"},
		{"id: contractor-leaves", "id: Contractor leaves", 1, "small letters"},
		{"id: contractor-leaves\n", "", 1, "id is missing"},
		{"title: A contractor leaves\n", "", 1, "title is missing"},
		{"owner: dara@acme.example\n", "", 1, "owner is missing"},
		{"pool: open\n", "", 1, "pool is missing"},
		{"pool: open", "pool: public", 1, "the pool is"},
		{"risk: high", "risk: huge", 1, "the risk is"},
		{"twins: [okta, slack]", "twins: []", 1, "twins is missing"},
		{"twins: [okta, slack]", "twins: [octa]", 1, "there is no twin"},
		{"canary: 7f0f0c1e", "canary: 7f0f0c1", 1, "not a UUID"},
		{"seed: 41", "seed: many", 7, "many"},
		{"trials: 3", "trials: -3", 1, "cannot be negative"},
		{"trials: 3", "tries: 3", 8, "tries"},
		{"budget: {minutes: 2, usd: 1}", "budget: {hours: 2}", 9, "hours"},
		{"risk: high", "risk: [", 10, "did not find"},
		{"# Story\n", "", 13, "before the first heading"},
		{"# Story", "# The story", 13, "there is no heading"},
		{"## Setting\nHana is in two groups.\n", "", 49, "## Setting is missing"},
		{"## Setting", "# Story", 17, "comes twice"},
		{"Hana is in two groups.", "", 17, "nothing stands under"},
		{"## What Dara does", "## What does", 20, "there is no heading"},
		{"1. Asks", "Asks", 21, "list of numbered steps"},
		{"1. Asks", "3. Asks", 21, "this is step 1"},
		{"2. (5 minutes", "(5 minutes", 23, "list of numbered steps"},
		{"(5 minutes later)", "(50000 minutes later)", 23, "too much later"},
		{"- [must] Hana", "- Hana", 26, "begins with [must] or [should]"},
		{"- [must] Hana", "- [never] Hana", 26, "begins with [must] or [should]"},
		{"- [never] Emre", "- [must] Emre", 31, "begins with [never]"},
		{"- [never] Emre loses access.", "Emre loses access.", 31, "list of criteria"},
		{"The shared group is ops.", "", 33, "nothing stands under"},
		{"```yaml\n", "", 36, "begins with ```yaml"},
		{"usd: 1}", "usd: 1, eur: 2}", 9, "eur"},
		{"longest_silence_s: 60}\n```\n", "longest_silence_s: 60}\n", 37, "has no end"},
		{"longest_silence_s: 60}\n```\n", "longest_silence_s: 60}\n```\nMore.\n", 51, "nothing else"},
		{"final_state:", "finally:", 43, "finally"},
		{"{after: 1, do", "{after: 4, do", 37, "there is no step 4"},
		{"{after: 1, do", "{after: 1, mend: true, do", 37, "one of do, call"},
		{"{after: 1, do: message", "{after: 1, before: 2, do: message", 37, "before or after"},
		{"{after: 1, do: message", "{after: 1, call: GET okta, as: ana", 37, "METHOD twin /path"},
		{"{after: 1, do: message", "{after: 1, call: GET okta /api", 37, "as whom"},
		{"status: 429, times: 2", "status: 29, times: 2", 40, "no HTTP status"},
		{"status: 429, times: 2", "state: 429", 40, "unknown field"},
		{"{before: step 1, after", "{before: step 1, then", 48, "then"},
		{"{before: step 1, after: reply contains done}", "{before: step 1}", 37, "needs before and after"},
	} {
		src := strings.Replace(good, c.old, c.new, 1)
		if src == good {
			t.Fatalf("%q is not in the scenario", c.old)
		}
		_, err := Parse([]byte(src))
		e, ok := errors.AsType[*Error](err)
		if !ok {
			t.Errorf("%q for %q: %v", c.new, c.old, err)
		} else if e.Line != c.line || !strings.Contains(e.Text, c.says) {
			t.Errorf("%q for %q: line %d: %s; want line %d and %q", c.new, c.old, e.Line, e.Text, c.line, c.says)
		}
	}
}

// TestLint takes from a good scenario what makes it one.
func TestLint(t *testing.T) {
	for _, c := range []struct{ old, new, rule string }{
		{"Dara is worried", "Somebody is worried", "story"},
		{"It is Friday, 16:40. Dara is worried about\nthe weekend.", "Dara is worried about Hana.", "story"},
		{"Dara is worried about\nthe weekend.", "Dara thinks of the weekend.", "story"},
		{"- [must] Hana cannot sign in\n  any more.\n", "", "evaluate"},
		{"Emre loses access.", "Emre loses access. So does Bo.", "evaluate"},
		{"Emre loses access.", "The delete endpoint fails.", "evaluate"},
		{"Emre loses access.", "Emre loses access", "evaluate"},
		{`(5 minutes later) Asks “Is it done?”`, "Waits.", "story"},
		{"final_state:\n  - okta.user(\"hana\").status == \"SUSPENDED\"\n", "", "evaluate"},
		{"unchanged:\n  except: [\"okta.users[hana]\"]\n", "", "evaluate"},
		{"Hana is in two groups.", "TODO", "todo"},
	} {
		src := strings.Replace(good, c.old, c.new, 1)
		s, err := Parse([]byte(src))
		if src == good || err != nil {
			t.Fatalf("%q for %q: %v", c.new, c.old, err)
		}
		got := Lint(s)
		if len(got) != 1 || got[0].Rule != c.rule {
			t.Errorf("%q for %q: %v, want one of %s", c.new, c.old, got, c.rule)
		}
	}
	one, _ := Parse([]byte(strings.Replace(strings.Replace(good, "[okta, slack]", "[okta]", 1), "  faults: [{twin: okta, status: 429, times: 2}]\n", "", 1)))
	if got := Lint(one); len(got) != 1 || got[0].Rule != "complex" {
		t.Errorf("one twin without a fault: %v", got)
	}
	a, _ := Parse([]byte(good))
	b, _ := Parse([]byte(good))
	a.Path, b.Path = "a.md", "b.md"
	if got := Lint(a, a, b); len(got) != 1 || got[0].Rule != "canary" {
		t.Errorf("two with one canary: %v", got)
	}
}

func TestTemplate(t *testing.T) {
	s, err := Parse([]byte(Template("somewhere/Quarterly review (2).md")))
	if err != nil {
		t.Fatal(err)
	}
	if s.ID != "quarterly-review-2" {
		t.Errorf("its id is %q", s.ID)
	}
	for _, f := range Lint(s) {
		if f.Rule != "todo" && !strings.Contains(f.Text, "TODO") {
			t.Errorf("lint finds %v", f)
		}
	}
}

func TestReadAll(t *testing.T) {
	dir := t.TempDir()
	for name, src := range map[string]string{"b.md": good, "a.md": strings.Replace(good, "id: contractor-leaves", "id: another", 1), "README.md": "# Not one"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(src), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	all, err := ReadAll(dir)
	if err != nil || len(all) != 2 || all[0].ID != "another" {
		t.Errorf("%v, %v", all, err)
	}
	if _, err := ReadAll(dir, filepath.Join(dir, "b.md")); err == nil || !strings.Contains(err.Error(), "same id") {
		t.Errorf("the same scenario twice: %v", err)
	}
}

// FuzzParse holds the parser against whatever comes: it returns, an error names a line of the file, and what it takes has all parts.
func FuzzParse(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte(Template("x.md")))
	f.Add([]byte("---\n---\n# Story\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := Parse(b)
		if err != nil {
			e, ok := errors.AsType[*Error](err)
			if !ok || e.Line < 1 || e.Line > strings.Count(string(b), "\n")+2 {
				t.Fatalf("%#v", err)
			}
			return
		}
		if s.Person == "" || len(s.Steps) == 0 || s.Story == "" || s.Canary == "" {
			t.Fatalf("%+v", s)
		}
		Lint(s)
	})
}
