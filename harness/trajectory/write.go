package trajectory

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Files of a record's directory.
const (
	fileTrajectory = "trajectory.json"
	fileEvents     = "events.jsonl"
	fileDiff       = "diff.json"
	fileChecks     = "checks.json"
	dirVerdicts    = "verdicts"
	dirBlobs       = "blobs"
)

// maxText bounds the text of an event, in characters; a longer one is cut and kept whole in a blob.
const maxText = 2000

// Write writes the record of a trial into a directory of its own below dir, named after it, and seals it: its SHA becomes that of all
// that it says, the SHA of the record before it included.
func Write(dir string, t *Trajectory, prev string) error {
	at := filepath.Join(dir, t.ID)
	if err := os.MkdirAll(at, 0o755); err != nil {
		return err
	}
	for i := range t.Events {
		if err := t.Events[i].fold(filepath.Join(at, dirBlobs)); err != nil {
			return err
		}
	}
	t.Prev = prev
	files, err := t.files()
	if err != nil {
		return err
	}
	t.SHA = digest(files)
	if files[fileTrajectory], err = document(t); err != nil {
		return err
	}
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(at, name), b, 0o644); err != nil {
			return err
		}
	}
	return WriteVerdicts(dir, t)
}

// WriteVerdicts replaces the verdicts of a record that has been written. They are not sealed: a trial may be judged again.
func WriteVerdicts(dir string, t *Trajectory) error {
	at := filepath.Join(dir, t.ID, dirVerdicts)
	if err := os.RemoveAll(at); err != nil || len(t.Verdicts) == 0 {
		return err
	}
	if err := os.MkdirAll(at, 0o755); err != nil {
		return err
	}
	for i, v := range t.Verdicts {
		b, err := document(v)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(at, strconv.Itoa(i+1)+".json"), b, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// fold moves the whole of a long text into a blob.
func (e *Event) fold(blobs string) error {
	if utf8.RuneCountInString(e.Text) <= maxText {
		return nil
	}
	sum := sha256.Sum256([]byte(e.Text))
	e.Blob = hex.EncodeToString(sum[:])
	if err := os.MkdirAll(blobs, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(blobs, e.Blob), []byte(e.Text), 0o644); err != nil {
		return err
	}
	e.Text = string([]rune(e.Text)[:maxText])
	return nil
}

// files are the record's files but for its verdicts and blobs, which events name by their digests. The SHA is left out.
func (t *Trajectory) files() (map[string][]byte, error) {
	bare := *t
	bare.SHA = ""
	head, err := document(bare)
	if err != nil {
		return nil, err
	}
	var events bytes.Buffer
	enc := json.NewEncoder(&events)
	enc.SetEscapeHTML(false)
	for _, e := range t.Events {
		if err := enc.Encode(e); err != nil {
			return nil, err
		}
	}
	diff, err := document(some(t.Diff))
	if err != nil {
		return nil, err
	}
	checks, err := document(some(t.Checks))
	if err != nil {
		return nil, err
	}
	return map[string][]byte{fileTrajectory: head, fileEvents: events.Bytes(), fileDiff: diff, fileChecks: checks}, nil
}

func some[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func document(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(v)
	return b.Bytes(), err
}

func digest(files map[string][]byte) string {
	h := sha256.New()
	for _, name := range []string{fileTrajectory, fileEvents, fileDiff, fileChecks} {
		fmt.Fprintf(h, "%s %d\n", name, len(files[name]))
		h.Write(files[name])
	}
	return hex.EncodeToString(h.Sum(nil))
}

// ErrSeal says that a record is not what was written.
var ErrSeal = errors.New("trajectory: the record has been changed")

// Read reads the record in a directory, and holds it against its seal.
func Read(dir string) (*Trajectory, error) {
	t := &Trajectory{}
	if err := read(filepath.Join(dir, fileTrajectory), t); err != nil {
		return nil, err
	}
	if err := errors.Join(read(filepath.Join(dir, fileDiff), &t.Diff), read(filepath.Join(dir, fileChecks), &t.Checks)); err != nil {
		return nil, err
	}
	f, err := os.Open(filepath.Join(dir, fileEvents))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	for d := json.NewDecoder(bufio.NewReader(f)); ; {
		var e Event
		if err := d.Decode(&e); err == io.EOF {
			break
		} else if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name(), err)
		}
		t.Events = append(t.Events, e)
	}
	votes, err := filepath.Glob(filepath.Join(dir, dirVerdicts, "*.json"))
	if err != nil {
		return nil, err
	}
	slices.SortFunc(votes, func(a, b string) int { return place(a) - place(b) })
	for _, v := range votes {
		var one Verdict
		if err := read(v, &one); err != nil {
			return nil, err
		}
		t.Verdicts = append(t.Verdicts, one)
	}
	files, err := t.files()
	if err != nil {
		return nil, err
	}
	if digest(files) != t.SHA {
		return t, fmt.Errorf("%w: %s", ErrSeal, dir)
	}
	return t, nil
}

func place(path string) int {
	n, _ := strconv.Atoi(strings.TrimSuffix(filepath.Base(path), ".json"))
	return n
}

func read(path string, into any) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, into); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// ReadAll reads the records of a run in the order in which they were chained, and holds the chain together.
func ReadAll(dir string) ([]*Trajectory, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	after := map[string]*Trajectory{}
	for _, e := range entries {
		if _, err := os.Stat(filepath.Join(dir, e.Name(), fileTrajectory)); err != nil {
			continue
		}
		t, err := Read(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		if other := after[t.Prev]; other != nil {
			return nil, fmt.Errorf("%w: %s and %s come after the same one", ErrSeal, other.ID, t.ID)
		}
		after[t.Prev] = t
	}
	var list []*Trajectory
	for t := after[""]; t != nil; t = after[t.SHA] {
		list = append(list, t)
	}
	if len(list) != len(after) {
		return list, fmt.Errorf("%w: %d records and a chain of %d", ErrSeal, len(after), len(list))
	}
	return list, nil
}
