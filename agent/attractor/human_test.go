package attractor

import (
	"bytes"
	"context"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
)

const asks = `digraph G { s [shape=Mdiamond] e [shape=Msquare] h [shape=hexagon, label="Ship?"%s] a [prompt=a] b [prompt=b] c [prompt=c]
	s -> h h -> a [label="[Y] Yes"] h -> b [label="No way"] h -> c [label="Never"] a -> e b -> e c -> e }`

func asking(attrs string) string { return strings.Replace(asks, "%s", attrs, 1) }

func TestHumanGate(t *testing.T) {
	for name, c := range map[string]struct {
		answers []Answer
		want    string // the path, or why it failed
	}{
		"key":               {[]Answer{{Value: "y"}}, "s h a e"},
		"own key":           {[]Answer{{Value: "3"}}, "s h c e"}, // N is taken by the label before
		"label":             {[]Answer{{Value: "no way"}}, "s h b e"},
		"label with key":    {[]Answer{{Text: "[Y] yes"}}, "s h a e"},
		"node":              {[]Answer{{Value: "c"}}, "s h c e"},
		"option":            {[]Answer{{Option: &Option{"N", "No way"}}}, "s h b e"},
		"typing error":      {[]Answer{{Value: "yse"}, {Value: "y"}}, "s h a e"},
		"three errors":      {[]Answer{{Value: "1"}, {Value: "2"}, {Value: "?"}, {Value: "y"}}, "the question was skipped: no answer was one of the choices"},
		"skipped":           {[]Answer{{Value: Skip}}, "the question was skipped"},
		"nobody, no choice": {nil, "the question was skipped"},
	} {
		t.Run(name, func(t *testing.T) {
			rec := &Recording{Inner: &Queue{Answers: c.answers}}
			res, events, _ := run(t, asking(", retry_target=zz"), func(o *Options) { o.Interviewer = rec })
			got := strings.Join(res.Path, " ")
			if o := outcomeOf(events, "h"); o.Status == Fail {
				got = o.FailureReason
			}
			if got != c.want {
				t.Errorf("got %q want %q", got, c.want)
			}
			asked := rec.Interviews()
			if want := max(1, min(3, len(c.answers))); len(asked) != want && name != "three errors" {
				t.Errorf("asked %d times", len(asked))
			}
			q := asked[0].Question
			if q.Text != "Ship?" || q.Type != MultipleChoice || q.Stage != "h" || !slices.Equal(q.Options, []Option{{"Y", "[Y] Yes"}, {"N", "No way"}, {"3", "Never"}}) {
				t.Errorf("asked %+v", q)
			}
		})
	}
	res, events, _ := run(t, asking(""), func(o *Options) { o.Interviewer = nil })
	if res.Context["human.gate.selected"] != "Y" || res.Context["human.gate.label"] != "[Y] Yes" || outcomeOf(events, "h").PreferredLabel != "[Y] Yes" || outcomeOf(events, "h").SuggestedNext[0] != "a" {
		t.Errorf("context %v", res.Context)
	}
}

// TestHumanTimeout lets nobody answer.
func TestHumanTimeout(t *testing.T) {
	nobody := Callback(func(ctx context.Context, _ Question) (Answer, error) { <-ctx.Done(); return Answer{}, ctx.Err() })
	for attrs, want := range map[string]string{
		", timeout=1h, human.default_choice=c":                          "c",
		`, human.timeout=1h, timeout=2h, human.default_choice="no way"`: "b",
		", timeout=1h": "nobody answered in time, and there is no default",
	} {
		clk := newClock()
		res, events, _ := run(t, asking(attrs), func(o *Options) { o.Interviewer, o.Clock = nobody, clk })
		got := res.Path[2]
		if o := outcomeOf(events, "h"); o.Status == Fail {
			got = o.FailureReason
		}
		if got != want || !slices.Contains(kinds(events), "interview_timeout h") || clk.waits[0] != time.Hour {
			t.Errorf("%s: got %q want %q, waits %v, %v", attrs, got, want, clk.waits, kinds(events))
		}
	}
	// A question's own default comes first.
	def := Answer{Value: Yes}
	res, _, _ := run(t, one("type=mine"), func(o *Options) {
		o.Interviewer = nobody
		answers(func(s *Stage) (*Outcome, error) {
			a, err := s.Ask(t.Context(), Question{Text: "Sure?", Type: YesNo, Timeout: time.Minute, Default: &def})
			return &Outcome{Status: Success, Updates: map[string]any{"answer": a.Value}}, err
		})(o)
	})
	if res.Context["answer"] != Yes {
		t.Errorf("context %v", res.Context)
	}
}

// TestQuestionTypes puts every type of question to every interviewer that answers itself.
func TestQuestionTypes(t *testing.T) {
	options := []Option{{"A", "Approve"}, {"R", "[R] Reject"}}
	for name, c := range map[string]struct {
		typed string
		q     Question
		auto  Answer
		want  Answer
	}{
		"yes_no":          {"maybe\nY\n", Question{Text: "?", Type: YesNo}, Answer{Value: Yes}, Answer{Value: Yes}},
		"no":              {"no\n", Question{Text: "?", Type: YesNo}, Answer{Value: Yes}, Answer{Value: No}},
		"confirmation":    {"n\n", Question{Text: "?", Type: Confirmation}, Answer{Value: Yes}, Answer{Value: No}},
		"multiple_choice": {"x\nreject\n", Question{Text: "?", Type: MultipleChoice, Options: options}, Answer{Value: "A", Option: &options[0]}, Answer{Value: "R", Option: &options[1]}},
		"freeform":        {"\nsome words\n", Question{Text: "?", Type: Freeform}, Answer{Value: "auto-approved", Text: "auto-approved"}, Answer{Text: "some words"}},
		"end of input":    {"", Question{Text: "?", Type: Freeform}, Answer{Value: "auto-approved", Text: "auto-approved"}, Answer{Value: Skip}},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			got, err := NewConsole(strings.NewReader(c.typed), &out).Ask(t.Context(), c.q)
			if err != nil || got.Value != c.want.Value || got.Text != c.want.Text || (got.Option == nil) != (c.want.Option == nil) || got.Option != nil && *got.Option != *c.want.Option {
				t.Errorf("console: got %+v, %v; it showed %s", got, err, &out)
			}
			if auto, _ := (AutoApprove{}).Ask(t.Context(), c.q); auto.Value != c.auto.Value || auto.Text != c.auto.Text || (auto.Option == nil) != (c.auto.Option == nil) {
				t.Errorf("auto: got %+v", auto)
			}
			if c.want.Value != Skip && c.q.Fits(c.want) != nil {
				t.Errorf("the answer does not fit: %v", c.q.Fits(c.want))
			}
		})
	}
	var out bytes.Buffer
	NewConsole(strings.NewReader("q\na\n"), &out).Ask(t.Context(), Question{Text: "Go?", Type: MultipleChoice, Options: options})
	if want := "[?] Go?\n  [A] Approve\n  [R] [R] Reject\nSelect: \"q\" is none of the choices\nSelect: "; out.String() != want {
		t.Errorf("console showed %q", &out)
	}
	// A question that is called off leaves what is typed to the next one.
	in, typed := io.Pipe()
	console := NewConsole(in, io.Discard)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := console.Ask(ctx, Question{Type: YesNo}); err == nil {
		t.Error("a question that was called off is answered")
	}
	go func() { io.WriteString(typed, "y\n") }()
	if a, err := console.Ask(t.Context(), Question{Type: YesNo}); a.Value != Yes || err != nil {
		t.Errorf("got %+v, %v", a, err)
	}
}
