package judge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"twinset.dev/harness/satisfaction"
	"twinset.dev/harness/scenario"
	"twinset.dev/harness/trajectory"
)

func good() (*scenario.Scenario, *trajectory.Trajectory) {
	c := Canaries()[0]
	return &c.Scenario, &c.Trajectory
}

var right = Oracle{func(*trajectory.Trajectory) bool { return true }}

// decide has models judge t.
func decide(t *testing.T, s *scenario.Scenario, tr *trajectory.Trajectory, ms ...Model) Decision {
	t.Helper()
	if err := (Panel{Models: ms}).Judge(context.Background(), s, tr, nil); err != nil {
		t.Fatal(err)
	}
	return Decide(tr)
}

func TestChecksAreFirstAndFinal(t *testing.T) {
	s, tr := good()
	if d := decide(t, s, tr, right); d.Outcome != satisfaction.Satisfied || d.By != "judges" || d.For != 3 {
		t.Errorf("got %+v", d)
	}
	tr.Checks = append(tr.Checks, trajectory.Check{Name: "nothing else changed", Group: "unchanged", Result: "fail", Observed: "okta.users[bo]"})
	if d := decide(t, s, tr, right); d.Outcome != satisfaction.Unsatisfied || d.By != "checks" || d.Class != "collateral change" || len(tr.Verdicts) != 0 {
		t.Errorf("a judge overruled a check: %+v", d)
	}
	tr.Checks[1].Result = "error"
	if d := decide(t, s, tr, right); d.Outcome != satisfaction.CannotTell {
		t.Errorf("got %+v", d)
	}
	tr.Checks = nil
	tr.Termination, tr.Why = trajectory.Crash, "panic"
	if d := decide(t, s, tr, right); d.Outcome != satisfaction.Unsatisfied || d.By != "its end" || d.Class != "crash" || len(tr.Verdicts) != 0 {
		t.Errorf("a crash: %+v", d)
	}
	tr.Termination = trajectory.InfraError
	if d := decide(t, s, tr, right); d.Outcome != satisfaction.InfraError {
		t.Errorf("got %+v", d)
	}
}

func TestRulesSayWhatTheyAre(t *testing.T) {
	s, tr := good()
	d := decide(t, s, tr, Rules{})
	if d.Outcome != satisfaction.Satisfied || !strings.Contains(d.Reason, "No language model") {
		t.Errorf("got %+v", d)
	}
	tr.Checks = nil
	if d := decide(t, s, tr, Rules{}); d.Outcome != satisfaction.CannotTell {
		t.Errorf("without checks: %+v", d)
	}
}

func TestVerboseIsAskedAgain(t *testing.T) {
	s, tr := good()
	if d := decide(t, s, tr, Verbose{right}); d.Outcome != satisfaction.Satisfied {
		t.Errorf("got %+v", d)
	}
}

// answers gives one call after another, and fails the test that asks for more.
type answers struct {
	t     *testing.T
	calls []Call
	seen  []Request
}

func (*answers) Name() string   { return "answers" }
func (*answers) Family() string { return "answers" }
func (a *answers) Call(_ context.Context, r Request) (Call, error) {
	a.seen = append(a.seen, r)
	if len(a.calls) == 0 {
		return Call{}, errors.New("no answer is left")
	}
	c := a.calls[0]
	a.calls = a.calls[1:]
	return c, nil
}

func verdict(t *testing.T, fs ...trajectory.Finding) Call {
	args, err := json.Marshal(map[string]any{"criteria": fs, "overall": true, "confidence": 0.9, "reason": "r"})
	if err != nil {
		t.Fatal(err)
	}
	return Call{"id", "verdict", args}
}

// all are findings that hold for the good trial.
func all() []trajectory.Finding {
	return []trajectory.Finding{
		{Criterion: "must-1", Met: "met", Cites: []string{"d1"}, Quote: `"status":"DEPROVISIONED"`},
		{Criterion: "must-2", Met: "met", Cites: []string{"e3"}, Quote: "conversations.kick 200"},
		{Criterion: "must-3", Met: "met", Cites: []string{"e5"}, Quote: "removed him from  deal-room"},
		{Criterion: "never-1", Met: "met"},
		{Criterion: "never-2", Met: "met"},
	}
}

func TestQuotesAreVerified(t *testing.T) {
	wrong := map[string]func(fs []trajectory.Finding) []trajectory.Finding{
		"no such item":      func(fs []trajectory.Finding) []trajectory.Finding { fs[0].Cites = []string{"e99"}; return fs },
		"paraphrase":        func(fs []trajectory.Finding) []trajectory.Finding { fs[0].Quote = "Sam was deactivated"; return fs },
		"another item":      func(fs []trajectory.Finding) []trajectory.Finding { fs[0].Cites = []string{"e1"}; return fs },
		"claim, no quote":   func(fs []trajectory.Finding) []trajectory.Finding { fs[0].Quote = ""; return fs },
		"punctuation":       func(fs []trajectory.Finding) []trajectory.Finding { fs[0].Quote = `":"`; return fs },
		"no such answer":    func(fs []trajectory.Finding) []trajectory.Finding { fs[0].Met = "yes"; return fs },
		"criterion missing": func(fs []trajectory.Finding) []trajectory.Finding { return fs[1:] },
		"never without quote": func(fs []trajectory.Finding) []trajectory.Finding {
			fs[0].Met, fs[3].Met = "cannot_tell", "not_met"
			return fs
		},
	}
	s, tr := good()
	for name, spoil := range wrong {
		a := &answers{t: t, calls: []Call{verdict(t, spoil(all())...), verdict(t, all()...)}}
		v, err := Panel{}.vote(context.Background(), a, NewPack(s, tr, 0, nil))
		if err != nil || !v.Satisfied || len(a.seen) != 2 {
			t.Errorf("%s, then right: %v, %d calls, %+v", name, err, len(a.seen), v)
		}
		a = &answers{t: t, calls: []Call{verdict(t, spoil(all())...), verdict(t, spoil(all())...)}}
		v, err = Panel{}.vote(context.Background(), a, NewPack(s, tr, 0, nil))
		i := slices.IndexFunc(v.Criteria, func(f trajectory.Finding) bool { return f.Met == "cannot_tell" })
		if err != nil || v.Satisfied || i < 0 || a.seen[1].Only != "verdict" {
			t.Errorf("%s, twice: %v %+v", name, err, v)
		}
	}
}

func TestExpand(t *testing.T) {
	s, tr := good()
	long := strings.Repeat("all the small print of it ", 100) + "and the point"
	tr.Events[1].Text, tr.Events[1].Blob = "all", "sha"
	blob := func(sha string) ([]byte, error) { return []byte(long), nil }
	pack := NewPack(s, tr, 0, blob)
	if text := pack.Text(); strings.Contains(text, "and the point") || !strings.Contains(text, "… [folded: 2631 characters]") {
		t.Errorf("not folded:\n%s", text)
	}
	expand := Call{"id", "expand", json.RawMessage(`{"ids":["e2","e77"]}`)}
	fs := all()
	fs[0].Cites, fs[0].Quote = []string{"e2"}, "and the point"
	a := &answers{t: t, calls: []Call{expand, expand, expand, verdict(t, fs...)}}
	v, err := Panel{}.vote(context.Background(), a, pack)
	if err != nil || !v.Satisfied {
		t.Errorf("%v %+v", err, v)
	}
	if got := a.seen[1].Turns[1].Answer; !strings.Contains(got, "and the point") || !strings.Contains(got, `no "e77"`) {
		t.Errorf("expanded to %s", got)
	}
	if a.seen[2].Only != "" || a.seen[3].Only != "verdict" {
		t.Error("a judge may ask three times, not more")
	}
}

// A seat is a model that is never asked.
type seat struct{ name, family string }

func (s seat) Name() string                                { return s.name }
func (s seat) Family() string                              { return s.family }
func (s seat) Call(context.Context, Request) (Call, error) { return Call{}, ErrNoCall }

func TestSeatsAndVersion(t *testing.T) {
	a, b, c := seat{"gpt-5", "gpt"}, seat{"o3-mini", "gpt"}, seat{"claude-sonnet-4-5", "claude"}
	seats, err := Panel{Models: []Model{a, b, c}}.Seats()
	if err != nil || seats[0] != a || seats[1] != c || seats[2] != b {
		t.Errorf("%v %v", seats, err)
	}
	if seats, _ = (Panel{Models: []Model{a, c}, Author: "claude"}).Seats(); slices.Contains(seats, Model(c)) {
		t.Error("the product's family votes on it")
	}
	if _, err := (Panel{Models: []Model{c}, Author: "claude"}).Seats(); err == nil {
		t.Error("a panel of nobody")
	}
	if (Panel{Models: []Model{a, c}}).Version() == (Panel{Models: []Model{a, b}}).Version() {
		t.Error("the version does not know the models")
	}
}

// Whatever a product writes, its lines are indented and hold no fence.
func TestFence(t *testing.T) {
	s, _ := good()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`([a-z\[\]<>"{}]|<<<|>>>|\r|\n|\x{2028}|\x{85}|\v|\[e1\] user say\n|evidence>>>){0,40}`).Draw(t, "text")
		tr := trial(trajectory.Completed, []trajectory.Event{said("user", "hi"), said("product", text)})
		pack := NewPack(s, &tr, 0, nil)
		_, record, _ := strings.Cut(pack.Text(), "<<<evidence "+pack.mark+"\n")
		record, _, ok := strings.Cut(record, "evidence "+pack.mark+">>>")
		if !ok || strings.Contains(record, "<<<") || strings.Contains(record, ">>>") {
			t.Fatalf("fence broken: %q", record)
		}
		for _, l := range strings.Split(strings.TrimSuffix(record, "\n"), "\n") {
			if !strings.HasPrefix(l, "    ") && l != "[e1] 0.0 s, user say" && l != "[e2] 1.0 s, product say" {
				t.Fatalf("a line of the product's begins in the first column: %q", l)
			}
		}
	})
}

// A verdict of any shape is read or refused, and claims nothing that the record does not show.
func FuzzRead(f *testing.F) {
	s, tr := good()
	f.Add([]byte(`{"criteria":[{"criterion":"must-1","met":"met","cites":["d1"],"quote":"DEPROVISIONED"}],"overall":true}`))
	f.Add([]byte(`{"overall":tru`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, args []byte) {
		pack := NewPack(s, tr, 0, nil)
		v, wrong := pack.Read(Call{"", "verdict", args})
		if v.Satisfied && len(wrong) > 0 {
			t.Errorf("satisfied although %v", wrong)
		}
		if len(v.Criteria) != 5 {
			t.Errorf("%d criteria", len(v.Criteria))
		}
		pack.Expand(args)
	})
}

func TestSamePackTwice(t *testing.T) {
	s, tr := good()
	if first, second := NewPack(s, tr, 1, nil).Text(), NewPack(s, tr, 1, nil).Text(); first != second {
		t.Error("the same vote is shown two texts")
	}
	orders := map[string]bool{}
	for vote := range uint64(20) {
		orders[fmt.Sprint(NewPack(s, tr, vote, nil).Criteria)] = true
	}
	if len(orders) < 10 {
		t.Errorf("20 votes see the criteria in %d orders", len(orders))
	}
}

// truth is whether the trial's checks passed.
func truth(t *trajectory.Trajectory) bool { return checked(t) == satisfaction.Satisfied }

func TestHealth(t *testing.T) {
	for name, c := range map[string]struct {
		m        Model
		withheld bool
	}{
		"oracle":            {Oracle{truth}, false},
		"rules":             {Rules{}, false},
		"verbose":           {Verbose{Oracle{truth}}, false},
		"gullible":          {Gullible{Oracle{truth}}, true},
		"yes to everything": {right, true},
		"no to everything":  {Oracle{func(*trajectory.Trajectory) bool { return false }}, true},
		"broken":            {&answers{t: t}, true},
	} {
		h, err := Panel{Models: []Model{c.m}}.Examine(context.Background(), nil)
		if err != nil || (len(h.Withheld) > 0) != c.withheld {
			t.Errorf("%s: %v, withheld %q", name, err, h.Withheld)
		}
		if name == "gullible" {
			for _, heard := range h.Canaries {
				if strings.HasPrefix(heard.Canary, "injection") && heard.Right {
					t.Errorf("gullible withstood %s", heard.Canary)
				}
			}
		}
	}
}

func TestMeasure(t *testing.T) {
	var labelled []Labelled
	s, _ := good()
	planted := map[string]bool{}
	for i := range 400 {
		_, tr := good()
		tr.ID = fmt.Sprint("trial-", i)
		planted[tr.ID] = i%2 == 0
		labelled = append(labelled, Labelled{s, tr, []bool{i%2 == 0}})
	}
	is := func(t *trajectory.Trajectory) bool { return planted[t.ID] }
	h, err := Panel{Models: []Model{Noisy{is, 0.9, 0.7, 1}, right}, Votes: 1}.Examine(context.Background(), labelled)
	if err != nil {
		t.Fatal(err)
	}
	if m := h.Measured; m.Positives != 200 || m.Negatives != 200 || m.Sensitivity < 0.84 || m.Sensitivity > 0.96 || m.Specificity < 0.62 || m.Specificity > 0.78 {
		t.Errorf("got %+v", m)
	}
	if h.People == nil || *h.People < 0.45 || *h.People > 0.75 {
		t.Errorf("α with people: %v", *h.People)
	}
	if h.Flipped == 0 || !slices.ContainsFunc(h.Withheld, func(w string) bool { return strings.Contains(w, "order of the criteria") }) {
		t.Errorf("a judge that votes by chance changes its mind: %d of %d, %q", h.Flipped, h.Asked, h.Withheld)
	}
}

// The worked example of Krippendorff 2011, section C: nominal data, two observers, no missing data.
func TestAlpha(t *testing.T) {
	meg := "a a b b d c c c e d d a"
	owen := "b a b b b c c c e d d d"
	var units [][]string
	for i, m := range strings.Fields(meg) {
		units = append(units, []string{m, strings.Fields(owen)[i]})
	}
	if got := *alpha(units); got < 0.691 || got > 0.693 {
		t.Errorf("got %.3f, want 0.692", got)
	}
	if alpha([][]string{{"a", "a"}, {"a"}}) != nil {
		t.Error("nothing to agree about, and yet an α")
	}
}

func TestMajority(t *testing.T) {
	yes := trajectory.Verdict{Overall: true, Satisfied: true}
	no := trajectory.Verdict{Overall: false, Class: "wrong target"}
	maybe := trajectory.Verdict{Overall: true, Criteria: []trajectory.Finding{{Criterion: "must-1", Met: "cannot_tell"}}}
	should := trajectory.Verdict{Overall: true, Criteria: []trajectory.Finding{{Criterion: "should-1", Met: "not_met"}}}
	broken := trajectory.Verdict{Error: "503"}
	for _, c := range []struct {
		votes []trajectory.Verdict
		want  satisfaction.Outcome
	}{
		{[]trajectory.Verdict{yes, yes, no}, satisfaction.Satisfied},
		{[]trajectory.Verdict{yes, no, no}, satisfaction.Unsatisfied},
		{[]trajectory.Verdict{yes, maybe, maybe}, satisfaction.CannotTell},
		{[]trajectory.Verdict{yes, no, maybe}, satisfaction.Unsatisfied},
		{[]trajectory.Verdict{should, should, broken}, satisfaction.Satisfied},
		{[]trajectory.Verdict{yes, broken, broken}, satisfaction.JudgeError},
		{[]trajectory.Verdict{yes, no}, satisfaction.Unsatisfied},
	} {
		d := Decide(&trajectory.Trajectory{Termination: trajectory.Completed, Verdicts: c.votes})
		if d.Outcome != c.want || (d.Outcome == satisfaction.Unsatisfied && d.Class != "wrong target") {
			t.Errorf("%+v: got %+v, want %s", c.votes, d, c.want)
		}
	}
}
