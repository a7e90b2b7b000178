// Package pyramid keeps summaries of a text at doubling sizes, each of which leads back to the text: survey the short
// levels, and expand only what matters.
//
// A level is a blob in a context store, found by the hash of its source, its size, the model and the prompt that made it;
// so it is made once.
package pyramid

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"twinset.dev/agent/cxdb"
	"twinset.dev/agent/record"
)

// Sizes are the levels of a pyramid in words, each twice the one before.
var Sizes = []int{2, 4, 8, 16, 32, 64}

// Prompt is what a model is asked when nobody says otherwise; %d is the number of words.
const Prompt = "Summarise the text in at most %d words. Answer with the summary alone."

// A Level is one summary of a text.
type Level struct {
	ID     cxdb.Hash `json:"-"`      // of its blob
	Source cxdb.Hash `json:"source"` // the text that it is of
	Words  int       `json:"words"`  // at most
	Model  string    `json:"model"`
	Prompt string    `json:"prompt_sha"` // SHA-256 of the prompt, hex
	Text   string    `json:"text"`
}

// A Model writes summaries.
type Model struct {
	Name string
	Ask  func(ctx context.Context, prompt, text string) (string, error)
}

// A Store finds levels and makes those that are missing. It is safe for concurrent use.
type Store struct {
	api cxdb.API
	now func() time.Time

	mu     sync.Mutex
	levels map[key]cxdb.Hash
	run    *record.Run // where new levels are noted; begun with the first
}

// A key says which level is meant.
type key struct {
	source        cxdb.Hash
	words         int
	model, prompt string
}

// Open reads which levels there are.
func Open(ctx context.Context, api cxdb.API, now func() time.Time) (*Store, error) {
	s := &Store{api: api, now: now, levels: map[key]cxdb.Hash{}}
	return s, record.Scan(ctx, api, func(r record.Summary, _ record.Ref) error {
		source, err := cxdb.ParseHash(r.Source)
		level, err2 := cxdb.ParseHash(r.Level)
		s.levels[key{source, int(r.Words), r.Model, r.Prompt}] = level
		return errors.Join(err, err2)
	})
}

// Put keeps a text, and returns the id under which its levels are found.
func (s *Store) Put(ctx context.Context, text string) (cxdb.Hash, error) {
	h, _, err := s.api.PutBlob(ctx, []byte(text))
	return h, err
}

// Levels returns the levels of a text, the shortest first. The id may be of the text or of one of its levels.
func (s *Store) Levels(ctx context.Context, id cxdb.Hash) (list []Level, err error) {
	if level, err := s.level(ctx, id); err == nil {
		id = level.Source
	}
	s.mu.Lock()
	var found []cxdb.Hash
	for k, h := range s.levels {
		if k.source == id {
			found = append(found, h)
		}
	}
	s.mu.Unlock()
	for _, h := range found {
		l, err := s.level(ctx, h)
		if err != nil {
			return nil, err
		}
		list = append(list, l)
	}
	slices.SortFunc(list, func(a, b Level) int {
		return cmp.Or(cmp.Compare(a.Words, b.Words), cmp.Compare(a.Model, b.Model), cmp.Compare(a.Prompt, b.Prompt))
	})
	return list, nil
}

// Expand returns the text that a level is of. Of any other blob it returns the bytes themselves.
func (s *Store) Expand(ctx context.Context, id cxdb.Hash) (string, error) {
	s.mu.Lock()
	known := false
	for _, h := range s.levels {
		known = known || h == id
	}
	s.mu.Unlock()
	if known {
		l, err := s.level(ctx, id)
		if err != nil {
			return "", err
		}
		id = l.Source
	}
	b, err := s.api.Blob(ctx, id)
	return string(b), err
}

// level reads the blob of a level.
func (s *Store) level(ctx context.Context, id cxdb.Hash) (l Level, err error) {
	b, err := s.api.Blob(ctx, id)
	if err != nil {
		return l, err
	}
	if err := json.Unmarshal(b, &l); err != nil || l.Words == 0 || l.Source == (cxdb.Hash{}) {
		return l, fmt.Errorf("pyramid: %s is no level", id)
	}
	l.ID = id
	return l, nil
}

// Build returns the levels of a text at some sizes, and asks the model for those that are missing. An empty prompt stands
// for the package's own. A summary that is empty or too long is asked for once more, and then an error.
func (s *Store) Build(ctx context.Context, source cxdb.Hash, sizes []int, prompt string, m Model) (list []Level, err error) {
	prompt = cmp.Or(prompt, Prompt)
	sum := sha256.Sum256([]byte(prompt))
	var text string
	for _, words := range sizes {
		if words < 1 {
			return list, fmt.Errorf("pyramid: a level of %d words", words)
		}
		k := key{source, words, m.Name, hex.EncodeToString(sum[:])}
		s.mu.Lock()
		id, made := s.levels[k]
		s.mu.Unlock()
		if made {
			l, err := s.level(ctx, id)
			if err != nil {
				return list, err
			}
			list = append(list, l)
			continue
		}
		if text == "" {
			b, err := s.api.Blob(ctx, source)
			if err != nil {
				return list, err
			}
			text = string(b)
		}
		l := Level{Source: source, Words: words, Model: m.Name, Prompt: k.prompt}
		if l.Text, err = ask(ctx, m, strings.ReplaceAll(prompt, "%d", fmt.Sprint(words)), text, words); err != nil {
			return list, err
		}
		if l.ID, err = s.keep(ctx, k, l); err != nil {
			return list, err
		}
		list = append(list, l)
	}
	return list, nil
}

func ask(ctx context.Context, m Model, prompt, text string, words int) (string, error) {
	var n int
	for range 2 {
		said, err := m.Ask(ctx, prompt, text)
		if err != nil {
			return "", err
		}
		said = strings.TrimSpace(said)
		if n = len(strings.Fields(said)); n > 0 && n <= words {
			return said, nil
		}
		prompt += fmt.Sprintf("\nThe answer before had %d words.", n)
	}
	return "", fmt.Errorf("pyramid: %s was asked for at most %d words, twice, and wrote %d", m.Name, words, n)
}

// keep writes a level, and notes where it is.
func (s *Store) keep(ctx context.Context, k key, l Level) (cxdb.Hash, error) {
	b, err := json.Marshal(l)
	if err != nil {
		return cxdb.Hash{}, err
	}
	id, _, err := s.api.PutBlob(ctx, b)
	if err != nil {
		return id, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.run == nil {
		run, err := record.Begin(ctx, s.api, record.RunStarted{Run: "pyramid-" + s.now().UTC().Format("20060102T150405.000"),
			Pipeline: "pyramid", Started: record.At(s.now())})
		if err != nil {
			return id, err
		}
		s.run = run
	}
	s.levels[k] = id
	return id, s.run.Put(ctx, record.Summary{Source: k.source.String(), Words: int64(k.words), Model: k.model, Prompt: k.prompt,
		Level: id.String(), Time: record.At(s.now())})
}
