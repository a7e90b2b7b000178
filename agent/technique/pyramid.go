package technique

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"twinset.dev/agent/cxdb"
	"twinset.dev/agent/pyramid"
)

// Models finds a model that writes summaries; "" is whichever is at hand.
type Models func(name string) (pyramid.Model, error)

// items are what a pyramid stands on: ids (paths below the indexed directory) and the hashes of their texts.
type items map[string]cxdb.Hash

// readTSV reads lines of an id, a tab and a value.
func readTSV(path string) (map[string]string, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for i, line := range strings.Split(strings.TrimSuffix(string(b), "\n"), "\n") {
		id, value, ok := strings.Cut(line, "\t")
		if !ok {
			return nil, fmt.Errorf("%s:%d: expected an id, a tab and a value", path, i+1)
		}
		out[id] = value
	}
	return out, nil
}

func writeTSV(path string, rows map[string]string) error {
	var b strings.Builder
	for _, id := range slices.Sorted(maps.Keys(rows)) {
		fmt.Fprintf(&b, "%s\t%s\n", id, strings.Join(strings.Fields(rows[id]), " "))
	}
	return replace(path, []byte(b.String()))
}

func readIndex(dir string) (items, error) {
	rows, err := readTSV(filepath.Join(dir, "index.tsv"))
	if err != nil {
		return nil, err
	}
	out := items{}
	for id, h := range rows {
		if out[id], err = cxdb.ParseHash(h); err != nil {
			return nil, fmt.Errorf("%s: item %s: %w", dir, id, err)
		}
	}
	return out, nil
}

// index puts every file of a directory into the store.
func index(ctx context.Context, s *pyramid.Store, in, dir string) (int, error) {
	rows := map[string]string{}
	err := filepath.WalkDir(in, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		id, err := filepath.Rel(in, path)
		if err != nil {
			return err
		}
		if strings.ContainsAny(id, "\t\n[]") {
			return fmt.Errorf("%s: an id may hold no tabs, line breaks or square brackets", path)
		}
		h, err := s.Put(ctx, string(text))
		rows[filepath.ToSlash(id)] = h.String()
		return err
	})
	if err == nil && len(rows) == 0 {
		err = fmt.Errorf("%s has no files", in)
	}
	if err != nil {
		return 0, err
	}
	return len(rows), writeTSV(filepath.Join(dir, "index.tsv"), rows)
}

// summarise builds the levels of all items, eight at a time, and writes each level to level-N.tsv. It returns how often the
// model was asked: levels that are in the store are not made again.
func summarise(ctx context.Context, s *pyramid.Store, m pyramid.Model, sizes []int, dir string) (int64, error) {
	list, err := readIndex(dir)
	if err != nil {
		return 0, err
	}
	var asked atomic.Int64
	counted := pyramid.Model{Name: m.Name, Ask: func(ctx context.Context, prompt, text string) (string, error) {
		asked.Add(1)
		return m.Ask(ctx, prompt, text)
	}}
	var mu sync.Mutex
	var failures []error
	levels := map[int]map[string]string{}
	for _, n := range sizes {
		levels[n] = map[string]string{}
	}
	slots := make(chan struct{}, 8)
	var wg sync.WaitGroup
	for id, h := range list {
		slots <- struct{}{}
		wg.Add(1)
		go func() {
			defer wg.Done()
			defer func() { <-slots }()
			built, err := s.Build(ctx, h, sizes, "", counted)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				failures = append(failures, fmt.Errorf("%s: %w", id, err))
				return
			}
			for _, l := range built {
				levels[l.Words][id] = l.Text
			}
		}()
	}
	wg.Wait()
	if err := errors.Join(failures...); err != nil {
		return asked.Load(), err
	}
	for n, rows := range levels {
		if err := writeTSV(filepath.Join(dir, fmt.Sprintf("level-%d.tsv", n)), rows); err != nil {
			return asked.Load(), err
		}
	}
	return asked.Load(), nil
}

// faults checks that every row of every level is a level in the store that leads back to its item's very text.
func faults(ctx context.Context, s *pyramid.Store, dir string) (rows int, wrong []string, err error) {
	list, err := readIndex(dir)
	if err != nil {
		return 0, nil, err
	}
	files, err := filepath.Glob(filepath.Join(dir, "level-*.tsv"))
	if err != nil {
		return 0, nil, err
	}
	for _, file := range files {
		var words int
		if _, err := fmt.Sscanf(filepath.Base(file), "level-%d.tsv", &words); err != nil {
			return rows, nil, fmt.Errorf("%s is no level's name", file)
		}
		texts, err := readTSV(file)
		if err != nil {
			return rows, nil, err
		}
		for _, id := range slices.Sorted(maps.Keys(list)) {
			rows++
			if why := fault(ctx, s, list[id], words, texts[id]); why != "" {
				wrong = append(wrong, fmt.Sprintf("%s: %s: %s", filepath.Base(file), id, why))
			}
			delete(texts, id)
		}
		for _, id := range slices.Sorted(maps.Keys(texts)) {
			wrong = append(wrong, fmt.Sprintf("%s: %s is no item", filepath.Base(file), id))
		}
	}
	return rows, wrong, nil
}

func fault(ctx context.Context, s *pyramid.Store, source cxdb.Hash, words int, text string) string {
	if n := len(strings.Fields(text)); n == 0 || n > words {
		return fmt.Sprintf("has %d words", n)
	}
	levels, err := s.Levels(ctx, source)
	if err != nil {
		return err.Error()
	}
	for _, l := range levels {
		if l.Words == words && strings.Join(strings.Fields(l.Text), " ") == text {
			original, err := s.Expand(ctx, l.ID)
			if err != nil {
				return err.Error()
			}
			if h, err := s.Put(ctx, original); err != nil || h != source {
				return "does not lead back to its source"
			}
			return ""
		}
	}
	return "is not in the store"
}

// expand writes the full texts of items, in the order asked for, until the tokens (four characters each) are used up; those
// left over are returned.
func expand(ctx context.Context, s *pyramid.Store, dir string, ids []string, tokens int) (left []string, err error) {
	list, err := readIndex(dir)
	if err != nil {
		return nil, err
	}
	out := filepath.Join(dir, "expanded")
	if err := os.RemoveAll(out); err != nil {
		return nil, err
	}
	for i, id := range ids {
		h, ok := list[id]
		if !ok {
			return nil, not("%s is no item", id)
		}
		text, err := s.Expand(ctx, h)
		if err != nil {
			return nil, err
		}
		if tokens -= len(text) / 4; tokens < 0 {
			return ids[i:], nil
		}
		if err := replace(filepath.Join(out, filepath.FromSlash(id)), []byte(text)); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

var citation = regexp.MustCompile(`\[([^\]\n]+)\]`)

// uncited finds the claims of an answer (paragraphs and list entries) that cite no item which was expanded in full, and
// citations of items that were not. Headings and code claim nothing.
func uncited(answer, expanded string) (wrong []string) {
	code := false
	var block []string
	at := 1
	flush := func(line int) {
		text := strings.TrimSpace(strings.Join(block, " "))
		start := at
		block, at = nil, line+1
		if text == "" {
			return
		}
		cited := 0
		for _, m := range citation.FindAllStringSubmatch(text, -1) {
			for _, id := range strings.Split(m[1], ",") {
				if id = strings.TrimSpace(id); filepath.IsLocal(id) {
					if st, err := os.Stat(filepath.Join(expanded, filepath.FromSlash(id))); err == nil && !st.IsDir() {
						cited++
						continue
					}
				}
				wrong = append(wrong, fmt.Sprintf("line %d: [%s] was not opened in full", start, id))
			}
		}
		if cited == 0 {
			wrong = append(wrong, fmt.Sprintf("line %d: nothing is cited for: %.80s", start, text))
		}
	}
	lines := strings.Split(answer, "\n")
	for i, l := range lines {
		text := strings.TrimSpace(l)
		switch {
		case strings.HasPrefix(text, "```"):
			flush(i + 1)
			code = !code
		case code, text == "", heading.MatchString(text):
			flush(i + 1)
		case listMark.MatchString(l):
			flush(i)
			block = append(block, listMark.ReplaceAllString(l, ""))
		default:
			block = append(block, text)
		}
	}
	flush(len(lines))
	return wrong
}

func pyramidCommand(models Models) *cobra.Command {
	var dir, where string
	c := &cobra.Command{Use: "pyramid", Short: "Summaries of many texts at doubling sizes, each of which leads back to its text"}
	c.PersistentFlags().StringVar(&dir, "dir", ".factory/pyramid", "where the index and the levels are written")
	store := os.Getenv("CXDB_STORE")
	if store == "" {
		store = ".factory/cxdb"
	}
	c.PersistentFlags().StringVar(&where, "store", store, "the context store: its directory, or its URL with the token in CXDB_TOKEN (default from CXDB_STORE)")
	with := func(ctx context.Context, f func(*pyramid.Store) error) error {
		api, done, err := cxdb.Connect(where, os.Getenv("CXDB_TOKEN"))
		if err != nil {
			return err
		}
		s, err := pyramid.Open(ctx, api, time.Now)
		if err == nil {
			err = f(s)
		}
		return errors.Join(err, done())
	}

	var in string
	indexed := &cobra.Command{Use: "index", Short: "Put the files of a directory into the store", Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		return with(c.Context(), func(s *pyramid.Store) error {
			n, err := index(c.Context(), s, in, dir)
			if err == nil {
				fmt.Fprintf(c.OutOrStdout(), "%d items\n", n)
			}
			return err
		})
	}}
	indexed.Flags().StringVar(&in, "in", "items", "the directory")

	var sizes []int
	var model string
	mapped := &cobra.Command{Use: "map", Short: "Have a model summarise every item at every size; what is there already is not made again", Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		m, err := models(model)
		if err != nil {
			return err
		}
		return with(c.Context(), func(s *pyramid.Store) error {
			n, err := summarise(c.Context(), s, m, sizes, dir)
			fmt.Fprintf(c.OutOrStdout(), "%s was asked %d times\n", m.Name, n)
			return err
		})
	}}
	mapped.Flags().IntSliceVar(&sizes, "levels", pyramid.Sizes, "how many words the levels have")
	mapped.Flags().StringVar(&model, "model", "", "the model (default the first provider's newest)")

	verify := &cobra.Command{Use: "verify", Short: "Does every level lead back to its source? Exits with 1 when one does not", Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		return with(c.Context(), func(s *pyramid.Store) error {
			rows, wrong, err := faults(c.Context(), s, dir)
			if err != nil {
				return err
			}
			for _, w := range wrong {
				fmt.Fprintln(c.OutOrStdout(), w)
			}
			fmt.Fprintf(c.OutOrStdout(), "%d of %d levels lead back\n", rows-len(wrong), rows)
			if len(wrong) > 0 || rows == 0 {
				return not("%d of %d levels are wrong", len(wrong), rows)
			}
			return nil
		})
	}}

	var ids string
	var tokens int
	expanded := &cobra.Command{Use: "expand", Short: "Write the full texts of the items that a file lists", Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		b, err := os.ReadFile(ids)
		if err != nil {
			return err
		}
		return with(c.Context(), func(s *pyramid.Store) error {
			wanted := slices.DeleteFunc(strings.Split(strings.ReplaceAll(string(b), "\r", ""), "\n"), func(l string) bool { return strings.TrimSpace(l) == "" })
			left, err := expand(c.Context(), s, dir, wanted, tokens)
			if err != nil {
				return err
			}
			for _, id := range left {
				fmt.Fprintf(c.OutOrStdout(), "%s does not fit any more\n", id)
			}
			fmt.Fprintf(c.OutOrStdout(), "%d of %d expanded\n", len(wanted)-len(left), len(wanted))
			return tell(map[string]any{"pyramid.expanded": len(wanted) - len(left), "pyramid.left": len(left)})
		})
	}}
	expanded.Flags().StringVar(&ids, "ids", ".factory/pyramid/expand.txt", "a file with one item id a line")
	expanded.Flags().IntVar(&tokens, "max-tokens", 40000, "stop before the texts are longer, four characters a token")

	var answer string
	cites := &cobra.Command{Use: "check-citations", Short: "Does every claim of an answer cite, as [id], an item that was expanded? Exits with 1 when one does not", Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		b, err := os.ReadFile(answer)
		if err != nil {
			return err
		}
		if strings.TrimSpace(string(b)) == "" {
			return not("%s is empty", answer)
		}
		wrong := uncited(string(b), filepath.Join(dir, "expanded"))
		for _, w := range wrong {
			fmt.Fprintln(c.OutOrStdout(), w)
		}
		if len(wrong) > 0 {
			return not("%d claims are without ground", len(wrong))
		}
		fmt.Fprintln(c.OutOrStdout(), "every claim cites what was read")
		return nil
	}}
	cites.Flags().StringVar(&answer, "answer", ".factory/pyramid/answer.md", "the answer")
	c.AddCommand(indexed, mapped, verify, expanded, cites)
	return c
}
