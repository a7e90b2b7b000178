package holdout

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"twinset.dev/harness/judge"
	"twinset.dev/harness/scenario"
	"twinset.dev/harness/trajectory"
)

// A Complaint is all that the makers of a subject are told about a sealed trial: no scenario, no criterion, no name.
type Complaint struct {
	Class string   `json:"class"`           // one of judge.Classes
	Area  string   `json:"area"`            // one of Areas
	Band  string   `json:"band"`            // one of Bands: how the run as a whole went
	Words string   `json:"words,omitempty"` // of the person, two sentences at most
	Log   []string `json:"log,omitempty"`   // up to three lines that the subject wrote itself
}

// Areas are what a complaint may be about.
var Areas = []string{"accounts", "issues", "messages", "files", "several"}

// Bands are what is said of satisfaction: a number would let a subject climb it.
var Bands = []string{"hardly ever", "sometimes", "often", "mostly", "nearly always"}

// Band is the band of a fraction.
func Band(fraction float64) string {
	for i, upper := range []float64{0.2, 0.5, 0.8, 0.95} {
		if fraction < upper {
			return Bands[i]
		}
	}
	return Bands[4]
}

// A Redactor puts into the person's words what went wrong. It is shown what was said and done and what kind of failure it was; it
// never sees criteria, facts or checks.
type Redactor interface {
	Redact(ctx context.Context, class string, events []trajectory.Event) (string, error)
}

// Phrases is the Redactor that needs no model: a sentence for each class.
type Phrases struct{}

var phrases = map[string]string{
	"wrong target":               "It did what I asked, but to something that I did not mean.",
	"not finished but said so":   "I was told that it was finished. It was not.",
	"unclear explanation":        "I could not tell from the answer what had been done.",
	"no confirmation":            "It went ahead before I had agreed.",
	"collateral change":          "Something changed that I had not asked for.",
	"lost on rate limit":         "It gave up when a service asked it to wait.",
	"permission error shown raw": "I was shown an error that meant nothing to me.",
	"too slow":                   "It took too long, or far too many steps.",
	"crash":                      "It stopped in the middle and did not come back.",
	"data lost":                  "Something that I needed is gone.",
	"wrong person":               "It was done for, or to, the wrong person.",
	"other":                      "What I had asked for was not done as I need it.",
}

// Redact gives the phrase of the class.
func (Phrases) Redact(_ context.Context, class string, _ []trajectory.Event) (string, error) {
	return phrases[class], nil
}

// Complain makes the complaint about a trial that did not satisfy, and lets code strike out of it whatever may come from the
// scenario: if any is left in the words, they are dropped.
func Complain(ctx context.Context, s *scenario.Scenario, t *trajectory.Trajectory, fraction float64, r Redactor) (Complaint, error) {
	c := Complaint{Class: judge.Decide(t).Class, Area: area(t.Twins), Band: Band(fraction)}
	if !slices.Contains(judge.Classes, c.Class) {
		c.Class = "other"
	}
	words, err := r.Redact(ctx, c.Class, t.Events)
	if err != nil {
		return Complaint{}, err
	}
	secret := newSecret(s)
	if words = sentences(strings.Join(strings.Fields(words), " "), 2); !secret.in(words) {
		c.Words = words
	}
	for _, e := range t.Events {
		if e.Actor == "product" && e.Kind == "log" && len(c.Log) < 3 {
			if line := cut(strings.Join(strings.Fields(e.Text), " "), longestLine); !secret.in(line) {
				c.Log = append(c.Log, line)
			}
		}
	}
	return c, nil
}

// longestLine bounds what a complaint repeats of the subject's own log, in characters.
const longestLine = 200

func cut(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}

func area(twins []string) string {
	of := map[string]string{"okta": "accounts", "jira": "issues", "slack": "messages", "google": "files", "gdrive": "files", "gsheets": "files", "gdocs": "files"}
	found := ""
	for _, t := range twins {
		if a := of[t]; a != "" && found != "" && a != found {
			return "several"
		} else if a != "" {
			found = a
		}
	}
	if found == "" {
		return "several"
	}
	return found
}

// sentences are the first n of a text.
func sentences(text string, n int) string {
	for i, r := range text {
		if strings.ContainsRune(".!?", r) && (i+1 == len(text) || text[i+1] == ' ') {
			if n--; n == 0 {
				return text[:i+1]
			}
		}
	}
	return text
}

// A secret is what must not be in a complaint about a scenario.
type secret struct {
	scanner  *Scanner
	entities map[string]bool
	title    string
}

func newSecret(s *scenario.Scenario) *secret {
	bare := *s // what the person says is no secret to the subject, but it names the scenario to others
	bare.Steps = slices.Clone(s.Steps)
	texts := append(secrets(s), s.ID, s.Title, s.Owner, s.Person)
	for i := range bare.Steps {
		texts = append(texts, bare.Steps[i].Say...)
		bare.Story += "\n" + strings.Join(bare.Steps[i].Say, "\n")
		bare.Steps[i].Say = nil
	}
	return &secret{NewScanner(&bare), entities(texts), strings.ToLower(s.Title)}
}

// in reports whether a text holds anything of the scenario: a copy, its canary, or a name, number or id from it.
func (x *secret) in(text string) bool {
	if len(x.scanner.Text("", text)) > 0 {
		return true
	}
	for _, w := range names(text) {
		if x.entities[w] {
			return true
		}
	}
	return strings.ContainsFunc(text, unicode.IsDigit)
}

// entities are the names, numbers and identifiers in texts, in lower case: words with a digit, capital or sign within, words that
// begin with a capital where no sentence does, and whatever those are made of.
func entities(texts []string) map[string]bool {
	all := map[string]bool{}
	begins := true
	for _, text := range texts {
		begins = true
		for _, w := range strings.Fields(text) {
			bare := strings.TrimFunc(w, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '#' && r != '@' })
			first := strings.IndexFunc(bare, unicode.IsUpper) == 0
			odd := strings.ContainsFunc(bare, unicode.IsDigit) || strings.ContainsAny(bare, "@#_-./:") || strings.LastIndexFunc(bare, unicode.IsUpper) > 0
			if odd || first && (!begins || !ordinary[strings.ToLower(bare)]) {
				for _, n := range names(bare) {
					if !ordinary[n] {
						all[n] = true
					}
				}
			}
			begins = strings.ContainsAny(w[len(w)-1:], ".!?:")
		}
	}
	return all
}

var separators = regexp.MustCompile(`[^\pL\pN]+`)

// names are the words of a text, in lower case, without a possessive 's.
func names(text string) (out []string) {
	text = strings.NewReplacer("'s", "", "’s", "").Replace(strings.ToLower(text))
	for _, w := range separators.Split(text, -1) {
		if len([]rune(w)) > 1 {
			out = append(out, w)
		}
	}
	return out
}

// ordinary are words that may begin a sentence or be part of an identifier without naming anything.
var ordinary = func() map[string]bool {
	m := map[string]bool{}
	for _, text := range append(slices.Clone(judge.Classes), `a an the this that these those it its he she they i we you his her their my our your him them me us is
		are was were be been has have had do does did not no yes and or but if when while where who what which how why as at by for from in into
		of off on out over to up with without after before then than there here all any each every some one two nobody nothing somebody something
		only also still just again last next new old says said told tells asks asked wants needs may must should can could will would today
		tomorrow yesterday now done finished ask agrees opens comes okta slack jira google drive sheets docs`) {
		for _, w := range names(text) {
			m[w] = true
		}
	}
	for _, text := range phrases {
		for _, w := range names(text) {
			m[w] = true
		}
	}
	return m
}()

// budget is how many bits of a scenario feedback may give away before it counts as known.
const budget = 40

// A Ledger counts what complaints have given away, by scenario, in bits.
type Ledger struct {
	path  string
	Spent map[string]Spent `json:"spent"`
}

// Spent is what complaints about one scenario have given away.
type Spent struct {
	Bits      float64 `json:"bits"`
	Messages  int     `json:"messages"`
	Graduated bool    `json:"graduated,omitempty"` // it is in the dev pool now: replace it
}

// ErrGraduated refuses feedback about a scenario whose budget is spent: it belongs in the dev pool, where it may be read in full.
var ErrGraduated = errors.New("holdout: so much has been told of this scenario that it is no secret any more: it graduates to the dev pool")

// Ledger opens the ledger of the place.
func (p *Place) Ledger() (*Ledger, error) {
	l := &Ledger{path: p.path("ledger.json"), Spent: map[string]Spent{}}
	b, err := os.ReadFile(l.path)
	if errors.Is(err, fs.ErrNotExist) {
		return l, nil
	}
	if err == nil {
		err = json.Unmarshal(b, l)
	}
	return l, err
}

// Spend puts a complaint down before it is sent, or refuses it. The message that uses up the budget is the last.
func (l *Ledger) Spend(scenario string, c Complaint) error {
	s := l.Spent[scenario]
	if s.Graduated {
		return ErrGraduated
	}
	s.Bits += c.Bits()
	s.Messages++
	s.Graduated = s.Bits >= budget
	l.Spent[scenario] = s
	b, err := json.MarshalIndent(l, "", "  ")
	if err != nil {
		return err
	}
	return replace(l.path, b)
}

// Bits bounds what a complaint can tell: which class, area and band it is of all there are, and its free text by what English
// carries at most, about a bit and a half per character. A phrase that follows from the class tells nothing more than whether it
// is there.
func (c Complaint) Bits() float64 {
	bits := math.Log2(float64(len(judge.Classes) * len(Areas) * len(Bands)))
	bits++ // that there are words, or none
	if c.Words != phrases[c.Class] {
		bits += textBits(c.Words)
	}
	for _, l := range c.Log {
		bits += textBits(l)
	}
	return bits + 2 // how many lines there are
}

func textBits(s string) float64 { return 1.5 * float64(len([]rune(s))) }

func (c Complaint) String() string {
	text := fmt.Sprintf("%s, about %s; people are satisfied %s.", c.Class, c.Area, c.Band)
	if c.Words != "" {
		text += " “" + c.Words + "”"
	}
	return text
}
