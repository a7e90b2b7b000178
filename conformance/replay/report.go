package replay

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// A Report is what a twin made of recordings. A recording is whole when all its scored steps are alike; one without a
// scored step counts neither way.
type Report struct {
	Service    string         `json:"service"`
	Recordings int            `json:"recordings"` // that have a scored step
	Whole      int            `json:"whole"`
	Steps      int            `json:"steps"`
	Scored     int            `json:"scored"`
	Alike      int            `json:"alike"`
	Unscored   map[string]int `json:"unscored"` // steps by the reason why they do not count
	Operations []Operation    `json:"operations"`
	Unlike     []*Result      `json:"unlike"` // the scored steps that are not alike, in order

	played [][]Result
}

// An Operation is how one operation of the service did.
type Operation struct {
	Name   string  `json:"operation"`
	Scored int     `json:"scored"`
	Alike  int     `json:"alike"`
	Worst  *Result `json:"worst,omitempty"` // nil if all are alike
	// Differences are what its unlike answers have in common, the most frequent first.
	Differences []Difference `json:"differences,omitempty"`

	lost  float64
	tally map[string]*Difference
}

// A Difference is one that several answers to an operation have; First is an example.
type Difference struct {
	Steps int  `json:"steps"`
	First Diff `json:"first"`
}

func newReport(service string, played [][]Result) *Report {
	r := &Report{Service: service, Unscored: map[string]int{}, Unlike: []*Result{}, played: played}
	ops := map[string]*Operation{}
	for _, steps := range played {
		scored, alike := 0, 0
		for i := range steps {
			s := &steps[i]
			r.Steps++
			if !s.scored() {
				r.Unscored[s.Unscored]++
				continue
			}
			scored++
			op := ops[s.Operation]
			if op == nil {
				op = &Operation{Name: s.Operation, tally: map[string]*Difference{}}
				ops[s.Operation] = op
			}
			op.Scored++
			if s.Alike {
				alike++
				op.Alike++
				continue
			}
			r.Unlike = append(r.Unlike, s)
			op.lost += 1 - s.score()
			op.count(s)
			if op.Worst == nil || s.score() < op.Worst.score() {
				op.Worst = s
			}
		}
		r.Scored += scored
		r.Alike += alike
		if scored > 0 {
			r.Recordings++
			if scored == alike {
				r.Whole++
			}
		}
	}
	for _, op := range ops {
		for _, d := range op.tally {
			op.Differences = append(op.Differences, *d)
		}
		slices.SortFunc(op.Differences, func(a, b Difference) int {
			return cmp.Or(cmp.Compare(b.Steps, a.Steps), cmp.Compare(a.First.Path, b.First.Path), cmp.Compare(a.First.Note, b.First.Note))
		})
		r.Operations = append(r.Operations, *op)
	}
	// The worst first: what most unlike steps come from.
	slices.SortFunc(r.Operations, func(a, b Operation) int {
		return cmp.Or(cmp.Compare(b.Scored-b.Alike, a.Scored-a.Alike), cmp.Compare(b.lost, a.lost), cmp.Compare(a.Name, b.Name))
	})
	return r
}

var place = regexp.MustCompile(`\[\+?\d+\]`)

// count adds the differences of one answer, each once.
func (op *Operation) count(s *Result) {
	seen := map[string]bool{}
	for _, d := range s.counting() {
		kind := place.ReplaceAllString(d.Path, "[]") + " " + d.Note
		if d.Path == "status" {
			kind = d.String()
		}
		if seen[kind] {
			continue
		}
		seen[kind] = true
		if op.tally[kind] == nil {
			op.tally[kind] = &Difference{First: d}
		}
		op.tally[kind].Steps++
	}
}

// AlikeShare is the share of scored steps that are alike; of none it is 1.
func (r *Report) AlikeShare() float64 { return share(r.Alike, r.Scored) }

// WholeShare is the share of recordings that are whole; of none it is 1.
func (r *Report) WholeShare() float64 { return share(r.Whole, r.Recordings) }

func share(n, of int) float64 {
	if of == 0 {
		return 1
	}
	return float64(n) / float64(of)
}

// Filter keeps the unlike steps and the operations of this name or, if there is none, of those that contain it. Totals stay.
func (r *Report) Filter(op string) {
	other := func(name string) bool { return !strings.Contains(name, op) }
	if slices.ContainsFunc(r.Operations, func(o Operation) bool { return o.Name == op }) {
		other = func(name string) bool { return name != op }
	}
	r.Unlike = slices.DeleteFunc(r.Unlike, func(s *Result) bool { return other(s.Operation) })
	r.Operations = slices.DeleteFunc(r.Operations, func(o Operation) bool { return other(o.Name) })
}

// WriteText writes the report for a person: totals, the show worst operations, and where each recording first differs.
func (r *Report) WriteText(w io.Writer, show int) {
	fmt.Fprintf(w, "%s: %d of %d scored steps alike (%.1f%%), %d of %d recordings whole (%.1f%%); %d steps in all\n",
		r.Service, r.Alike, r.Scored, 100*r.AlikeShare(), r.Whole, r.Recordings, 100*r.WholeShare(), r.Steps)
	for _, why := range slices.Sorted(maps.Keys(r.Unscored)) {
		fmt.Fprintf(w, "  not scored: %5d  %s\n", r.Unscored[why], why)
	}
	worst := slices.DeleteFunc(slices.Clone(r.Operations), func(o Operation) bool { return o.Worst == nil })
	if len(worst) == 0 {
		return
	}
	fmt.Fprintf(w, "\n  alike/scored  operation\n")
	for i, op := range worst {
		if i == show {
			fmt.Fprintf(w, "  … and %d more operations; --show %d shows them\n", len(worst)-show, len(worst))
			break
		}
		fmt.Fprintf(w, "  %5d/%-6d  %s   (%s, step %d)\n", op.Alike, op.Scored, op.Name, op.Worst.Recording, op.Worst.Index)
		for _, d := range op.Differences[:min(4, len(op.Differences))] {
			fmt.Fprintf(w, "           %5d×  %s\n", d.Steps, d.First)
		}
	}
	first := r.firstUnlike()
	fmt.Fprintf(w, "\n  the first unlike step of each recording that is not whole\n")
	for i, s := range first {
		if i == show {
			fmt.Fprintf(w, "  … and %d more recordings\n", len(first)-show)
			break
		}
		fmt.Fprintf(w, "  %s  step %d  %s\n", s.Recording, s.Index, s.Operation)
		for _, line := range s.brief(1) {
			fmt.Fprintf(w, "                  %s\n", line)
		}
	}
}

// firstUnlike is the first unlike step of each recording, of those that Filter kept.
func (r *Report) firstUnlike() []*Result {
	var all []*Result
	for _, s := range r.Unlike {
		if len(all) == 0 || all[len(all)-1].Recording != s.Recording {
			all = append(all, s)
		}
	}
	return all
}

// brief is the first n differences that count, a line each.
func (r *Result) brief(n int) []string {
	var lines []string
	for _, d := range r.counting() {
		if len(lines) == n {
			break
		}
		lines = append(lines, d.String())
	}
	return lines
}

// counting is the differences that the score saw. Members that only the answer has are not among them.
func (r *Result) counting() []Diff {
	return slices.DeleteFunc(slices.Clone(r.Diffs), func(d Diff) bool { return d.Note == "extra" && !strings.HasSuffix(d.Path, "]") })
}

func (d Diff) String() string {
	switch d.Note {
	case "missing":
		return fmt.Sprintf("%s: recorded %s, missing", d.Path, compact(d.Want, 60))
	case "extra":
		return fmt.Sprintf("%s: not recorded, answered %s", d.Path, compact(d.Got, 60))
	}
	return fmt.Sprintf("%s: recorded %s, answered %s", d.Path, compact(d.Want, 60), compact(d.Got, 60))
}

// WriteJUnit writes one test case a recording, failing where it is not whole.
func (r *Report) WriteJUnit(w io.Writer) error {
	type failure struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
	type testcase struct {
		Class   string    `xml:"classname,attr"`
		Name    string    `xml:"name,attr"`
		Failure *failure  `xml:"failure"`
		Skipped *struct{} `xml:"skipped"`
	}
	suite := struct {
		XMLName  xml.Name   `xml:"testsuite"`
		Name     string     `xml:"name,attr"`
		Tests    int        `xml:"tests,attr"`
		Failures int        `xml:"failures,attr"`
		Skipped  int        `xml:"skipped,attr"`
		Cases    []testcase `xml:"testcase"`
	}{Name: "twinset verify " + r.Service, Tests: len(r.played), Failures: r.Recordings - r.Whole, Skipped: len(r.played) - r.Recordings}
	for _, steps := range r.played {
		if len(steps) == 0 {
			suite.Tests, suite.Skipped = suite.Tests-1, suite.Skipped-1
			continue
		}
		c := testcase{Class: r.Service, Name: steps[0].Recording}
		scored := 0
		var text strings.Builder
		for i := range steps {
			s := &steps[i]
			if !s.scored() {
				continue
			}
			scored++
			if s.Alike {
				continue
			}
			if c.Failure == nil {
				c.Failure = &failure{Message: fmt.Sprintf("step %d, %s", s.Index, s.Operation)}
			}
			fmt.Fprintf(&text, "step %d %s\n  %s\n", s.Index, s.Operation, strings.Join(s.brief(5), "\n  "))
		}
		if c.Failure != nil {
			c.Failure.Text = text.String()
		}
		if scored == 0 {
			c.Skipped = &struct{}{}
		}
		suite.Cases = append(suite.Cases, c)
	}
	io.WriteString(w, xml.Header)
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	return e.Encode(suite)
}
