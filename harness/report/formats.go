package report

import (
	"cmp"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"twinset.dev/harness/judge"
	"twinset.dev/harness/satisfaction"
)

// Formats are how a report can be written, and the file each is written to.
var Formats = map[string]struct {
	File  string
	Write func(*Report, io.Writer) error
}{
	"html":  {"report.html", (*Report).HTML},
	"json":  {"report.json", (*Report).JSON},
	"junit": {"junit.xml", (*Report).JUnit},
	"md":    {"report.md", (*Report).Markdown},
}

// JSON writes the report for programs.
func (rep *Report) JSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(rep)
}

type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Errors   int          `xml:"errors,attr"`
	Time     string       `xml:"time,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Class   string        `xml:"classname,attr"`
	Name    string        `xml:"name,attr"`
	Time    string        `xml:"time,attr"`
	Failure *junitProblem `xml:"failure"`
	Error   *junitProblem `xml:"error"`
}

type junitProblem struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",chardata"`
}

// JUnit writes a suite for each scenario and a case for each trial. A trial that says nothing about the subject is an error.
func (rep *Report) JUnit(w io.Writer) error {
	all := junitSuites{Name: rep.Run, Time: fmt.Sprintf("%.3f", rep.Took)}
	for _, s := range rep.Stories {
		suite := junitSuite{Name: clean(cmp.Or(s.Title, s.ID))}
		for _, t := range s.Trials {
			c := junitCase{Class: s.ID, Name: fmt.Sprintf("trial %d", t.Trial), Time: fmt.Sprintf("%.3f", t.Seconds)}
			p := &junitProblem{Message: clean(t.Reason), Type: cmp.Or(t.Class, string(t.Outcome)), Text: clean(failures(t))}
			switch {
			case !t.Outcome.Counts():
				c.Error = p
				suite.Errors++
			case t.Outcome != satisfaction.Satisfied:
				c.Failure = p
				suite.Failures++
			}
			suite.Tests++
			suite.Cases = append(suite.Cases, c)
		}
		all.Tests, all.Failures, all.Errors = all.Tests+suite.Tests, all.Failures+suite.Failures, all.Errors+suite.Errors
		all.Suites = append(all.Suites, suite)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// failures lists the checks and criteria that did not hold.
func failures(t Trial) string {
	var b strings.Builder
	for _, c := range t.Record.Checks {
		if c.Result != "pass" {
			fmt.Fprintf(&b, "%s: %s %s\n", c.Result, c.Name, c.Observed)
		}
	}
	for _, v := range t.Record.Verdicts {
		for _, f := range v.Criteria {
			if f.Met != "met" {
				fmt.Fprintf(&b, "%s: %s %s (%s)\n", v.Judge, f.Criterion, f.Met, f.Why)
			}
		}
		if v.Error != "" {
			fmt.Fprintf(&b, "%s: %s\n", v.Judge, v.Error)
		}
	}
	return b.String()
}

// clean drops what XML cannot hold, such as the escape sequences that programs colour their output with.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0xFFFE || r == 0xFFFF {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "�"))
}

// Markdown writes the report in levels: a line, a paragraph, a page.
func (rep *Report) Markdown(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# Satisfaction: %s\n\n**%s**\n\n%s\n\n", inline(rep.Run), inline(rep.Line()), inline(rep.Paragraph()))
	e := rep.Estimate
	if len(rep.Withheld) > 0 {
		b.WriteString("## Why there is no number\n\n")
		for _, why := range rep.Withheld {
			fmt.Fprintf(&b, "- %s\n", inline(why))
		}
		b.WriteString("\n")
	} else {
		b.WriteString("## The number\n\n| | fraction | 95 % interval |\n|---|---|---|\n")
		fmt.Fprintf(&b, "| on these scenarios | %.2f | %v |\n", e.Fraction, e.These)
		if e.LikeThese != nil {
			fmt.Fprintf(&b, "| for users like these | %.2f | %v |\n", e.Fraction, *e.LikeThese)
		}
		if c := e.Corrected; c != nil {
			fmt.Fprintf(&b, "| corrected for the judges | %.2f | %v |\n", c.Fraction, c.Interval)
		}
		b.WriteString("\nChance that k trials of a scenario in a row satisfy:")
		for k, p := range e.PassK {
			fmt.Fprintf(&b, " k=%d %.2f", k+1, p)
		}
		fmt.Fprintf(&b, "\n\n%s\n\n", Yardstick)
	}
	b.WriteString("## Scenarios\n\n| scenario | risk | satisfied | what went wrong |\n|---|---|---|---|\n")
	for _, s := range rep.Stories {
		fmt.Fprintf(&b, "| %s | %s | %d of %d | %s |\n", inline(cmp.Or(s.Title, s.ID)), inline(s.Risk), s.Tally.K, s.Tally.N, inline(s.Wrong()))
	}
	list := func(title string, counts []Count) {
		if len(counts) > 0 {
			fmt.Fprintf(&b, "\n## %s\n\n", title)
			for _, c := range counts {
				fmt.Fprintf(&b, "- %s: %d\n", inline(c.Name), c.N)
			}
		}
	}
	list("Failures by kind", rep.Classes)
	list("Operations that the subject drove", rep.Driven)
	if h := rep.Health; h != nil {
		fmt.Fprintf(&b, "\n## The judges\n\n%s\n", inline(healthLine(h)))
	}
	if len(rep.Access) > 0 {
		b.WriteString("\n## Who opened sealed scenarios\n\n")
		for _, l := range rep.Access {
			fmt.Fprintf(&b, "- %s\n", inline(l))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Yardstick stands next to every number.
const Yardstick = "For scale: 10 of 10 says at least 0.72, 35 of 35 at least 0.90, 73 of 73 at least 0.95."

func healthLine(h *judge.Health) string {
	right := 0
	for _, c := range h.Canaries {
		if c.Right {
			right++
		}
	}
	line := fmt.Sprintf("%d of %d canaries judged rightly (%s)", right, len(h.Canaries), h.Version)
	if m := h.Measured; m != nil {
		line += fmt.Sprintf(", sensitivity %.2f of %d, specificity %.2f of %d labelled trials", m.Sensitivity, m.Positives, m.Specificity, m.Negatives)
	}
	if h.Between != nil {
		line += fmt.Sprintf(", α between votes %.2f", *h.Between)
	}
	if h.People != nil {
		line += fmt.Sprintf(", α with people %.2f", *h.People)
	}
	if h.Asked > 0 {
		line += fmt.Sprintf(", %d of %d verdicts changed with the order of criteria", h.Flipped, h.Asked)
	}
	return line + "."
}

// Wrong is why trials of a scenario did not satisfy, each reason once.
func (s Story) Wrong() string {
	n := map[string]int{}
	for _, t := range s.Trials {
		if t.Outcome != satisfaction.Satisfied {
			n[t.Reason]++
		}
	}
	var list []string
	for _, c := range counts(n) {
		list = append(list, fmt.Sprintf("%s (%d)", c.Name, c.N))
	}
	return strings.Join(list, "; ")
}

// inline keeps text of others from being Markdown of ours.
func inline(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	return strings.NewReplacer(`\`, `\\`, "|", `\|`, "*", `\*`, "_", `\_`, "`", "\\`", "[", `\[`, "<", "&lt;", "#", `\#`).Replace(s)
}
