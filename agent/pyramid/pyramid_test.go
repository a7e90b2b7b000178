package pyramid

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"twinset.dev/agent/cxdb"
)

var now = func() time.Time { return time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC) }

func open(t *testing.T, s *cxdb.Store) *Store {
	t.Helper()
	p, err := Open(context.Background(), s.Everything(), now)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// clipper is a model that takes the first words; it counts its calls.
func clipper(calls *int) Model {
	return Model{"clipper", func(_ context.Context, prompt, text string) (string, error) {
		*calls++
		var n int
		if _, err := fmt.Sscanf(prompt, "Summarise the text in at most %d words.", &n); err != nil {
			return "", err
		}
		words := strings.Fields(text)
		return strings.Join(words[:min(n, len(words))], " "), nil
	}}
}

const text = "Priya runs people operations for forty staff and worries about what a contractor who left early may still read over the weekend"

func TestPyramid(t *testing.T) {
	ctx := context.Background()
	s, err := cxdb.Open(t.TempDir(), cxdb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	p, calls := open(t, s), 0
	source, err := p.Put(ctx, text)
	if err != nil {
		t.Fatal(err)
	}
	built, err := p.Build(ctx, source, Sizes[:4], "", clipper(&calls))
	if err != nil || len(built) != 4 || calls != 4 {
		t.Fatal(built, calls, err)
	}
	for i, l := range built {
		if n := len(strings.Fields(l.Text)); l.Words != Sizes[i] || n > l.Words || n == 0 {
			t.Errorf("%d words at the level of %d", n, l.Words)
		}
		// Every level leads to the identical source, and to its siblings.
		if back, err := p.Expand(ctx, l.ID); err != nil || back != text {
			t.Errorf("level %d expands to %q, %v", l.Words, back, err)
		}
		if all, err := p.Levels(ctx, l.ID); err != nil || len(all) != 4 || all[i] != l {
			t.Error(all, err)
		}
	}
	if back, err := p.Expand(ctx, source); err != nil || back != text {
		t.Error(back, err)
	}

	// Another process finds what was made: no call.
	again := open(t, s)
	if same, err := again.Build(ctx, source, Sizes[:4], "", clipper(&calls)); err != nil || calls != 4 || same[3] != built[3] {
		t.Errorf("%d calls, %v", calls, err)
	}
	// Another model or prompt is another level, and two texts with one summary are told apart.
	other := clipper(&calls)
	other.Name = "other"
	if _, err := again.Build(ctx, source, []int{2}, "", other); err != nil || calls != 5 {
		t.Error(calls, err)
	}
	if _, err := again.Build(ctx, source, []int{2}, Prompt+" In English.", clipper(&calls)); err != nil || calls != 6 {
		t.Error(calls, err)
	}
	twin, err := again.Put(ctx, text+" and beyond")
	if err != nil {
		t.Fatal(err)
	}
	short, err := again.Build(ctx, twin, []int{2}, "", clipper(&calls))
	if err != nil || short[0].Text != built[0].Text || short[0].ID == built[0].ID {
		t.Fatal(short, err)
	}
	if back, err := again.Expand(ctx, short[0].ID); err != nil || back != text+" and beyond" {
		t.Error(back, err)
	}
	if all, err := again.Levels(ctx, source); err != nil || len(all) != 6 {
		t.Error(len(all), err)
	}
}

func TestBadModels(t *testing.T) {
	ctx := context.Background()
	s, err := cxdb.Open(t.TempDir(), cxdb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	p := open(t, s)
	source, err := p.Put(ctx, text)
	if err != nil {
		t.Fatal(err)
	}
	answers := []string{text, "people operations"}
	var prompts []string
	m := Model{"wordy", func(_ context.Context, prompt, _ string) (string, error) {
		prompts = append(prompts, prompt)
		a := answers[0]
		answers = answers[1:]
		return a, nil
	}}
	if l, err := p.Build(ctx, source, []int{2}, "", m); err != nil || l[0].Text != "people operations" || !strings.Contains(prompts[1], "had 22 words") {
		t.Error(l, err, prompts)
	}
	answers = []string{text, ""}
	if _, err := p.Build(ctx, source, []int{4}, "", m); err == nil || !strings.Contains(err.Error(), "wrote 0") {
		t.Error(err)
	}
	if all, err := p.Levels(ctx, source); err != nil || len(all) != 1 {
		t.Error("a refused summary was kept: ", all, err)
	}
	if _, err := p.Build(ctx, cxdb.Sum([]byte("nobody")), []int{2}, "", m); !errors.Is(err, cxdb.ErrNotFound) {
		t.Error(err)
	}
	if _, err := p.Build(ctx, source, []int{0}, "", m); err == nil {
		t.Error("a level of no words")
	}
}
