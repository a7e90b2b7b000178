package holdout

import (
	"fmt"
	"hash/fnv"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"twinset.dev/harness/scenario"
	"twinset.dev/harness/trajectory"
)

// shingle is how many words in a row are taken for a copy.
const shingle = 8

// A Breach is text of a scenario where it must not be, or a subject caught reaching for it.
type Breach struct {
	Scenario string `json:"scenario,omitempty"`
	Kind     string `json:"kind"`  // canary, copy or bait
	Where    string `json:"where"` // a trial and its event, or a file
}

func (b Breach) String() string {
	return strings.TrimSpace(fmt.Sprintf("%s in %s %s", b.Kind, b.Where, b.Scenario))
}

// A Scanner knows scenarios by their canaries and by every eight words in a row.
type Scanner struct {
	canaries map[string]string   // canary to scenario
	shingles map[uint64][]string // to scenarios
}

// NewScanner learns scenarios. What the person in one says, the subject is told: it is no secret.
func NewScanner(scenarios ...*scenario.Scenario) *Scanner {
	s := &Scanner{map[string]string{}, map[uint64][]string{}}
	for _, sc := range scenarios {
		if sc.Canary != "" {
			s.canaries[strings.ToLower(sc.Canary)] = sc.ID
		}
		secret := map[uint64]bool{}
		for _, text := range secrets(sc) {
			for h := range shingles(text) {
				secret[h] = true
			}
		}
		for _, step := range sc.Steps {
			for _, said := range step.Say {
				for h := range shingles(said) {
					delete(secret, h)
				}
			}
		}
		for h := range secret {
			s.shingles[h] = append(s.shingles[h], sc.ID)
		}
	}
	return s
}

// secrets are the texts of a scenario that a subject is not told.
func secrets(sc *scenario.Scenario) []string {
	texts := slices.Concat([]string{sc.Story, sc.Setting, sc.Facts}, sc.Must, sc.Should, sc.Never, sc.Checks.Final)
	for _, step := range sc.Steps {
		texts = append(texts, step.Text)
	}
	return texts
}

// tokens are the words of a text, in lower case and without punctuation.
func tokens(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// shingles are the digests of every eight words in a row.
func shingles(text string) map[uint64]bool {
	words := tokens(text)
	out := map[uint64]bool{}
	for i := 0; i+shingle <= len(words); i++ {
		h := fnv.New64a()
		for _, w := range words[i : i+shingle] {
			h.Write([]byte(w))
			h.Write([]byte{0})
		}
		out[h.Sum64()] = true
	}
	return out
}

// Text looks for canaries and copies in a text that came from where.
func (s *Scanner) Text(where, text string) []Breach {
	found := map[Breach]bool{}
	low := strings.ToLower(text)
	for canary, id := range s.canaries {
		if strings.Contains(low, canary) {
			found[Breach{id, "canary", where}] = true
		}
	}
	for h := range shingles(text) {
		for _, id := range s.shingles[h] {
			found[Breach{id, "copy", where}] = true
		}
	}
	return slices.SortedFunc(maps.Keys(found), func(a, b Breach) int { return strings.Compare(a.String(), b.String()) })
}

// Trial looks through what the subject said and did. A person played by a model may have told it some of the story; that is left
// out.
func (s *Scanner) Trial(t *trajectory.Trajectory) (all []Breach) {
	told := map[uint64]bool{}
	for _, e := range t.Events {
		if e.Actor == "user" {
			for h := range shingles(e.Text) {
				told[h] = true
			}
		}
	}
	known := *s
	known.shingles = maps.Clone(s.shingles)
	for h := range told {
		delete(known.shingles, h)
	}
	for _, e := range t.Events {
		if e.Actor != "user" && e.Actor != "harness" {
			all = append(all, known.Text(fmt.Sprintf("%s e%d", t.ID, e.N), e.Text+"\n"+string(e.Detail))...)
		}
	}
	for i, d := range t.Diff {
		all = append(all, known.Text(fmt.Sprintf("%s d%d", t.ID, i+1), string(d.After))...)
	}
	return all
}

// largest is how much of a file is looked through.
const largest = 16 << 20

// Files looks through all files under dir, such as what a subject has left in its directory or a repository that it commits to.
func (s *Scanner) Files(dir string) (all []Breach, err error) {
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		if info, err := d.Info(); err != nil || info.Size() > largest {
			return err
		}
		b, err := os.ReadFile(path)
		if err == nil {
			all = append(all, s.Text(path, string(b))...)
		}
		return err
	})
	return all, err
}
