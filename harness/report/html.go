package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"

	"twinset.dev/harness/satisfaction"
	"twinset.dev/harness/trajectory"
)

//go:embed report.html
var page string

//go:embed report.css
var style string

var tmpl = template.Must(template.New("report").Funcs(template.FuncMap{
	"pct":     func(f float64) string { return fmt.Sprintf("%.1f%%", 100*f) },
	"two":     func(f float64) string { return fmt.Sprintf("%.2f", f) },
	"outcome": func(o satisfaction.Outcome) string { return strings.ReplaceAll(string(o), "_", " ") },
	"class":   class,
	"add":     func(a, b int) int { return a + b },
	"health":  healthLine,
	"yard":    func() string { return Yardstick },
	"style":   func() template.CSS { return template.CSS(style) },
}).Parse(page))

// HTML writes the report as one page that needs nothing but itself.
func (rep *Report) HTML(w io.Writer) error { return tmpl.Execute(w, rep) }

// class is how an outcome or a result looks.
func class(v any) string {
	switch fmt.Sprint(v) {
	case "satisfied", "met", "pass":
		return "good"
	case "not_satisfied", "not_met", "fail":
		return "bad"
	}
	return "unsure"
}

// A Row is one event of a timeline, with the changes that it brought about.
type Row struct {
	trajectory.Event
	Anchor  string
	Seconds string
	Who     string // the kind of actor: user, product, twin or harness
	Parts   []Part // its text
	Changes []ChangeRow
}

// A Part is a piece of text, and whether a judge quoted it.
type Part struct {
	Text   string
	Quoted bool
}

// A ChangeRow is one change of a record.
type ChangeRow struct {
	Anchor string
	trajectory.Change
}

// Timeline is a trial's events in order.
func (t Trial) Timeline() (rows []Row) {
	quotes := map[string][]string{}
	for _, v := range t.Record.Verdicts {
		for _, f := range v.Criteria {
			for _, cite := range f.Cites {
				if f.Quote != "" {
					quotes[cite] = append(quotes[cite], f.Quote)
				}
			}
		}
	}
	for _, e := range t.Record.Events {
		who, _, _ := strings.Cut(e.Actor, ":")
		row := Row{Event: e, Anchor: t.anchor(fmt.Sprint("e", e.N)), Who: who, Seconds: fmt.Sprintf("%.1f s", float64(e.MS)/1000)}
		row.Parts = mark(e.Text, quotes[fmt.Sprint("e", e.N)])
		for i, d := range t.Record.Diff {
			if d.Event == e.N {
				row.Changes = append(row.Changes, ChangeRow{t.anchor(fmt.Sprint("d", i+1)), d})
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// Others are changes that no event is known to have brought about.
func (t Trial) Others() (rows []ChangeRow) {
	for i, d := range t.Record.Diff {
		if !slices.ContainsFunc(t.Record.Events, func(e trajectory.Event) bool { return e.N == d.Event }) {
			rows = append(rows, ChangeRow{t.anchor(fmt.Sprint("d", i+1)), d})
		}
	}
	return rows
}

// mark splits text where a quote begins and ends. Of quotes that overlap the first wins.
func mark(text string, quotes []string) []Part {
	slices.SortStableFunc(quotes, func(a, b string) int { return len(b) - len(a) })
	for _, q := range quotes {
		if before, after, ok := strings.Cut(text, q); ok {
			return slices.Concat(mark(before, quotes), []Part{{q, true}}, mark(after, quotes))
		}
	}
	if text == "" {
		return nil
	}
	return []Part{{text, false}}
}

// A Link leads to what a verdict rests on.
type Link struct{ Name, Anchor string }

// Links are the items that a finding cites.
func (t Trial) Links(f trajectory.Finding) (links []Link) {
	for _, c := range f.Cites {
		links = append(links, Link{c, t.anchor(c)})
	}
	return links
}

// Anchor is where on the page an item of the trial is.
func (t Trial) Anchor() string { return t.anchor("") }

// CheckAnchor is where on the page a check is, by its index.
func (t Trial) CheckAnchor(i int) string { return t.anchor(fmt.Sprint("c", i+1)) }

func (t Trial) anchor(item string) string {
	id := strings.Map(func(r rune) rune {
		if r == '-' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '_'
	}, t.ID)
	return strings.TrimSuffix(id+"."+item, ".")
}

// Text is what the scenario says of the criterion.
func (s Story) Text(criterion string) string {
	for _, c := range s.Wants {
		if c.ID == criterion {
			return c.Text
		}
	}
	return criterion
}

// About is the scenario's story, if it may be shown.
func (s Story) About() string {
	if s.text == nil {
		return ""
	}
	return s.text.Story
}
