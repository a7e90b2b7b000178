// Command scoreboard gathers what the tests counted into scoreboard.json and each twin's FIDELITY.md. With -check it
// writes nothing: it fails if a figure is lower than the one committed, and says so if the files could be written anew.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A Score is one twin's row of the scoreboard.
type Score struct {
	SDK          Count  `json:"sdk"`
	Events       *Count `json:"events,omitempty"`
	Operations   Levels `json:"operations"`
	Beyond       Levels `json:"beyond"` // served though the public specification has them not
	Scripts      Count  `json:"scripts"`
	SchemaErrors int    `json:"schema_errors"`
	Recordings   *Count `json:"recordings,omitempty"`
	Samples      *Count `json:"samples,omitempty"` // keys and types of the public example answers
	Kinds        *Count `json:"kinds,omitempty"`   // of requests that a batch may hold, and the twin does
}

// A Count is how many of how many.
type Count struct {
	Passed int `json:"passed"`
	Of     int `json:"of"`
}

func (c *Count) String() string {
	if c == nil {
		return "-"
	}
	return fmt.Sprintf("%d/%d", c.Passed, c.Of)
}

// Levels counts operations by how far they are twinned.
type Levels struct {
	Full    int `json:"full"`
	Partial int `json:"partial"`
	Shape   int `json:"shape"`
	None    int `json:"none"`
}

// A Report is what the tests of one twin write: NAME.json in the folder, in as many parts as there are tests.
type Report struct {
	Score
	Title  string `json:"title"`
	Source string `json:"source"`
	Rows   []Row  `json:"rows"`

	Exceptions []string `json:"exceptions"`
}

// A Row is an operation of a twin.
type Row struct {
	ID, Fidelity, Notes string
	Beyond              bool // the public specification
}

func main() {
	check := flag.Bool("check", false, "write nothing; fail if a figure is lower than the one committed")
	dir := flag.String("dir", "", "`folder` with what the tests counted, by twin and test: slack.scripts.json, slack.sdk.json")
	root := flag.String("root", ".", "the project's `folder`")
	flag.Parse()
	if err := run(*dir, *root, *check); err != nil {
		log.Fatal(err)
	}
}

func run(dir, root string, check bool) error {
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil || len(files) == 0 {
		return fmt.Errorf("no counts in %q", dir)
	}
	reports := map[string]*Report{}
	for _, f := range files {
		name, _, _ := bytes.Cut([]byte(filepath.Base(f)), []byte("."))
		b, err := os.ReadFile(f)
		if err != nil {
			return err
		}
		r := reports[string(name)]
		if r == nil {
			r = &Report{}
			reports[string(name)] = r
		}
		if err := json.Unmarshal(b, r); err != nil {
			return fmt.Errorf("%s: %w", f, err)
		}
	}
	scores := map[string]Score{}
	fmt.Printf("%-8s %11s %11s %11s %7s %9s %9s %7s %6s %12s\n", "", "sdk", "events", "alike", "kinds", "full", "partial", "shape", "none", "schema errors")
	var out []file
	for _, name := range slices.Sorted(maps.Keys(reports)) {
		r := reports[name]
		scores[name] = r.Score
		o := r.Operations
		fmt.Printf("%-8s %11s %11s %11s %7s %9d %9d %7d %6d %12d\n", name, &r.SDK, r.Events, r.Recordings, r.Kinds, o.Full, o.Partial, o.Shape, o.None, r.SchemaErrors)
		fmt.Printf("%s: %d of %d operations at least partial, %d full\n", name, o.Full+o.Partial, o.Full+o.Partial+o.Shape+o.None, o.Full)
		out = append(out, file{filepath.Join(root, "twins", name, "FIDELITY.md"), fidelity(r)})
	}
	b, err := json.MarshalIndent(scores, "", "  ")
	if err != nil {
		return err
	}
	board := filepath.Join(root, "scoreboard.json")
	out = append(out, file{board, append(b, '\n')})
	old := map[string]Score{}
	if b, err := os.ReadFile(board); err == nil {
		if err := json.Unmarshal(b, &old); err != nil {
			return err
		}
	}
	var fell []error
	for name, was := range old {
		fell = append(fell, lower(name, was, scores[name])...)
	}
	if err := errors.Join(fell...); err != nil {
		return err
	}
	for _, f := range out {
		if check {
			if b, _ := os.ReadFile(f.path); !bytes.Equal(b, f.text) {
				fmt.Printf("%s could be written anew: make scoreboard\n", f.path)
			}
			continue
		}
		if err := os.WriteFile(f.path, f.text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

type file struct {
	path string
	text []byte
}

// lower lists the figures of a twin that are worse than they were.
func lower(name string, was, is Score) (fell []error) {
	worse := func(what string, was, is int) {
		if is < was {
			fell = append(fell, fmt.Errorf("%s: %s fell from %d to %d", name, what, was, is))
		}
	}
	worse("sdk symbols", was.SDK.Passed, is.SDK.Passed)
	worse("operations at full", was.Operations.Full, is.Operations.Full)
	worse("operations at partial or full", was.Operations.Full+was.Operations.Partial, is.Operations.Full+is.Operations.Partial)
	worse("scripts", was.Scripts.Passed, is.Scripts.Passed)
	if was.Scripts.Of == is.Scripts.Of { // a new script may show what is not right yet
		worse("answers without schema errors", -was.SchemaErrors, -is.SchemaErrors)
	}
	if was.Events != nil && is.Events != nil {
		worse("events", was.Events.Passed, is.Events.Passed)
	}
	if was.Recordings != nil && is.Recordings != nil {
		worse("recorded steps alike", was.Recordings.Passed, is.Recordings.Passed)
	}
	if was.Kinds != nil && is.Kinds != nil {
		worse("kinds of batched requests", was.Kinds.Passed, is.Kinds.Passed)
	}
	if was.Samples != nil && is.Samples != nil && was.Samples.Of == is.Samples.Of { // an example more, or fewer, is another measure
		worse("keys and types of example answers", was.Samples.Passed, is.Samples.Passed)
	}
	return fell
}

func fidelity(r *Report) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# How faithful the %s twin is\n\nGenerated by `make scoreboard` from test runs; never edited.\n\nSpecification: %s\n\n", r.Title, r.Source)
	fmt.Fprintf(&b, "| measure | figure |\n|---|---|\n| SDK symbols asserted by effect | %d of %d |\n", r.SDK.Passed, r.SDK.Of)
	if r.Events != nil {
		fmt.Fprintf(&b, "| event and payload types caused and parsed | %d of %d |\n", r.Events.Passed, r.Events.Of)
	}
	if r.Recordings != nil {
		fmt.Fprintf(&b, "| steps of recorded traffic of the real service answered alike | %d of %d |\n", r.Recordings.Passed, r.Recordings.Of)
	}
	if r.Kinds != nil {
		fmt.Fprintf(&b, "| kinds of requests that a batchUpdate may hold | %d of %d |\n", r.Kinds.Passed, r.Kinds.Of)
	}
	if r.Samples != nil {
		fmt.Fprintf(&b, "| keys and types of the public example answers | %d of %d |\n", r.Samples.Passed, r.Samples.Of)
	}
	fmt.Fprintf(&b, "| operations full | %d |\n| operations partial | %d |\n| operations of which only the shape is there | %d |\n| operations that answer 501 | %d |\n| conversation scripts | %d of %d |\n| answers of scripts that differ from the schema | %d |\n\n",
		r.Operations.Full, r.Operations.Partial, r.Operations.Shape, r.Operations.None, r.Scripts.Passed, r.Scripts.Of, r.SchemaErrors)
	b.WriteString("An operation is *full* when its state, errors, pagination and scopes are the vendor's and a script draws its answer and each of its refusals.\n\n| operation | fidelity | notes |\n|---|---|---|\n")
	slices.SortStableFunc(r.Rows, func(a, b Row) int { return strings.Compare(a.ID, b.ID) }) // some are declared in no order
	for _, row := range r.Rows {
		if row.Beyond {
			row.Notes = strings.TrimSpace("beyond the public specification. " + row.Notes)
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", row.ID, row.Fidelity, row.Notes)
	}
	if len(r.Exceptions) > 0 {
		b.WriteString("\nKnown differences from the schema:\n\n")
		for _, e := range r.Exceptions {
			fmt.Fprintf(&b, "- %s\n", e)
		}
	}
	return b.Bytes()
}
