package judge

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strconv"
	"strings"

	"twinset.dev/harness/scenario"
	"twinset.dev/harness/trajectory"
)

// folded and foldedSaid are how many characters of an item are shown before it is folded: of what systems answered, and of
// what was said.
const (
	folded     = 600
	foldedSaid = 4000
	words      = 16 // what is left of a folded item
)

// A Criterion is one thing that the person wants, or would be furious about.
type Criterion struct {
	ID   string // must-1, should-1, never-1
	Text string
}

// Criteria are all of a scenario's: musts, then shoulds, then nevers.
func Criteria(s *scenario.Scenario) (all []Criterion) {
	for _, kind := range []struct {
		name  string
		texts []string
	}{{"must", s.Must}, {"should", s.Should}, {"never", s.Never}} {
		for i, text := range kind.texts {
			all = append(all, Criterion{fmt.Sprint(kind.name, "-", i+1), text})
		}
	}
	return all
}

// An Item is one piece of evidence that may be cited: an event, a change or a check.
type Item struct {
	ID   string // e12, d3, c2
	Head string // when and who: ours
	Text string // what: the product's or a system's, not to be trusted
	fold int
}

// A Pack is what a judge is shown, built by code alone.
type Pack struct {
	Scenario   *scenario.Scenario
	Trajectory *trajectory.Trajectory
	Criteria   []Criterion // in an order that differs by trial and vote
	Items      []Item
	Vote       uint64

	mark   string // of the fence
	hidden bool   // checks that failed are not shown: what canaries ask is whether a judge sees it too
}

// NewPack gathers the evidence of a trial for one vote.
func NewPack(s *scenario.Scenario, t *trajectory.Trajectory, vote uint64, blob func(sha string) ([]byte, error)) *Pack {
	h := fnv.New64a()
	fmt.Fprint(h, t.Scenario, t.Trial, t.Seed, t.SHA, t.ID)
	r := rand.New(rand.NewPCG(h.Sum64(), vote))
	p := &Pack{Scenario: s, Trajectory: t, Vote: vote, mark: fmt.Sprintf("%016x", r.Uint64())}
	p.Criteria = Criteria(s)
	r.Shuffle(len(p.Criteria), func(i, j int) { p.Criteria[i], p.Criteria[j] = p.Criteria[j], p.Criteria[i] })
	for i, c := range t.Checks {
		p.Items = append(p.Items, Item{fmt.Sprint("c", i+1), c.Group + " check, " + c.Result, join(c.Name, c.Observed), folded})
	}
	for i, d := range t.Diff {
		head := strings.Join([]string{d.Twin, d.Collection, d.Kind}, " ")
		p.Items = append(p.Items, Item{fmt.Sprint("d", i+1), head, changed(d), folded})
	}
	for _, e := range t.Events {
		p.Items = append(p.Items, event(e, blob))
	}
	return p
}

func event(e trajectory.Event, blob func(sha string) ([]byte, error)) Item {
	text := e.Text
	if e.Blob != "" && blob != nil {
		if whole, err := blob(e.Blob); err == nil {
			text = string(whole)
		}
	}
	it := Item{ID: fmt.Sprint("e", e.N), Text: join(text, string(e.Detail)), fold: folded}
	it.Head = strings.TrimRight(fmt.Sprintf("%.1f s, %s %s %s", float64(e.MS)/1000, e.Actor, e.Kind, e.Operation), " ")
	if e.Status != 0 {
		it.Head += " " + strconv.Itoa(e.Status)
	}
	if e.Error != "" {
		it.Head += " refused: " + strings.Join(strings.Fields(fenced(e.Error)), " ")
	}
	if e.Kind == "say" {
		it.fold = foldedSaid
	}
	return it
}

// changed prints a change: its key, and the fields that it brought, took or altered.
func changed(d trajectory.Change) string {
	return join(d.Key, join(line("before", d.Before), line("after", d.After)))
}

func line(name string, v []byte) string {
	if len(v) == 0 {
		return ""
	}
	return name + " " + string(v)
}

func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "\n" + b
}

// Text is the whole of what a model is shown first.
func (p *Pack) Text() string {
	var b strings.Builder
	s, t := p.Scenario, p.Trajectory
	section := func(title, text string) {
		if text = strings.TrimSpace(text); text != "" {
			fmt.Fprintf(&b, "# %s\n%s\n\n", title, text)
		}
	}
	section("The person and the story", s.Story)
	section("Setting", s.Setting)
	var steps []string
	for i, step := range s.Steps {
		steps = append(steps, fmt.Sprintf("%d. %s", i+1, step.Text))
	}
	section("What the person does", strings.Join(steps, "\n"))
	section("Facts that only you know", s.Facts)
	var criteria []string
	for _, c := range p.Criteria {
		criteria = append(criteria, "- "+c.ID+": "+c.Text)
	}
	section("Criteria, in no particular order", strings.Join(criteria, "\n"))
	section("How the session ended", join(string(t.Termination), t.Why))
	fmt.Fprintf(&b, "# The record\n<<<evidence %s\n", p.mark)
	for _, it := range p.Items {
		if !p.hidden || !strings.HasSuffix(it.Head, ", fail") {
			b.WriteString(it.shown(true))
		}
	}
	fmt.Fprintf(&b, "evidence %s>>>\n\nCall expand or verdict.", p.mark)
	return b.String()
}

// shown prints an item so that no line of its text can pass for the beginning of another, or for a fence.
func (it Item) shown(fold bool) string {
	text := fenced(it.Text)
	if n := len([]rune(text)); fold && n > it.fold {
		first := strings.Fields(text)
		text = strings.Join(first[:min(words, len(first))], " ")
		if r := []rune(text); len(r) > it.fold { // one word without end
			text = string(r[:it.fold])
		}
		text += fmt.Sprintf(" … [folded: %d characters]", n)
	}
	return fmt.Sprintf("[%s] %s\n    %s\n", it.ID, it.Head, strings.ReplaceAll(text, "\n", "\n    "))
}

// fenced rewrites what could end the fence or a line: every character that a reader may take for a line break is one.
func fenced(s string) string {
	return strings.NewReplacer("<<<", "‹‹‹", ">>>", "›››", "\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n", "\u0085", "\n", "\v", "\n", "\f", "\n").
		Replace(strings.ToValidUTF8(s, "�"))
}

// Expand prints the whole of the items that a judge asks for.
func (p *Pack) Expand(args json.RawMessage) string {
	var in struct {
		IDs []string `json:"ids"`
	}
	if err := json.Unmarshal(args, &in); err != nil {
		return `Refused: expand takes {"ids": ["e12", …]}.`
	}
	var b strings.Builder
	fmt.Fprintf(&b, "<<<evidence %s\n", p.mark)
	for _, id := range in.IDs {
		if it, ok := p.item(id); ok {
			b.WriteString(it.shown(false))
		} else {
			fmt.Fprintf(&b, "There is no %s.\n", strconv.Quote(id))
		}
	}
	fmt.Fprintf(&b, "evidence %s>>>", p.mark)
	return b.String()
}

func (p *Pack) item(id string) (Item, bool) {
	for _, it := range p.Items {
		if it.ID == strings.Trim(id, "[] ") {
			return it, true
		}
	}
	return Item{}, false
}
