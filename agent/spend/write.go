package spend

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"strings"
	"text/tabwriter"

	"twinset.dev/agent/internal/look"
)

// JSON writes the report as JSON.
func (r *Report) JSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

func money(usd float64) string { return fmt.Sprintf("$%.2f", usd) }

// each is a price per something, or that there is none and why.
func (r *Report) each(p *float64, of string) string {
	switch {
	case p != nil:
		return money(*p)
	case r.Week.Unpriced > 0:
		return "unknown: some tokens have no price"
	}
	return "none: no " + of
}

func (r *Report) cache() string {
	if r.CacheShare == nil {
		return "no prompts"
	}
	return fmt.Sprintf("%.0f %%", 100**r.CacheShare)
}

// Text writes the report for a terminal.
func (r *Report) Text(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "today\t%s\tof %s for %d on duty\t%s each\n", money(r.Today.USD), money(r.Target*float64(r.Engineers)), r.Engineers, money(r.PerEngineer))
	fmt.Fprintf(t, "forecast\t%s\tat %s an hour\n", money(r.Forecast), money(r.LastHour))
	fmt.Fprintf(t, "tokens\t%d\t%d calls, %d failed\n", r.Today.Tokens, r.Today.Calls, r.Today.Failed)
	if r.Today.Unpriced > 0 {
		fmt.Fprintf(t, "unpriced\t%d tokens\tin no dollar figure\n", r.Today.Unpriced)
	}
	fmt.Fprintf(t, "\nweek\t%s\t%d tokens, %d calls\n", money(r.Week.USD), r.Week.Tokens, r.Week.Calls)
	fmt.Fprintf(t, "per satisfied trajectory\t%s\t%d satisfied\n", r.each(r.PerSatisfied, "satisfied trajectory"), r.Satisfied)
	fmt.Fprintf(t, "per accepted change\t%s\t%d accepted\n", r.each(r.PerAccepted, "accepted change"), r.Accepted)
	fmt.Fprintf(t, "cache reads\t%s\tof prompt tokens\n", r.cache())
	if r.Simulated.Calls > 0 {
		fmt.Fprintf(t, "simulated\t%d calls\t%d tokens, in no other number\n", r.Simulated.Calls, r.Simulated.Tokens)
	}
	for _, d := range r.Days {
		fmt.Fprintf(t, "%s\t%s\t%d tokens, %d calls%s\n", d.Date, money(d.USD), d.Tokens, d.Calls, unpriced(d.Sum))
	}
	for _, s := range r.Splits() {
		fmt.Fprintf(t, "\nby %s\t\t\n", s.By)
		for _, p := range s.Parts {
			fmt.Fprintf(t, "%s\t%s\t%d tokens, %d calls%s\n", p.Name, money(p.USD), p.Tokens, p.Calls, unpriced(p.Sum))
		}
	}
	return t.Flush()
}

// unpriced says of a sum what its dollars leave out.
func unpriced(s Sum) string {
	if s.Unpriced == 0 {
		return ""
	}
	return fmt.Sprintf(", and %d unpriced tokens", s.Unpriced)
}

// Markdown writes the report as Markdown.
func (r *Report) Markdown(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# Spend\n\n%s today%s for %d on duty: %s each, of a target of %s. At the rate of the last hour the day ends at %s.\n\n",
		money(r.Today.USD), unpriced(r.Today), r.Engineers, money(r.PerEngineer), money(r.Target), money(r.Forecast))
	fmt.Fprintf(&b, "Of the last seven days (%s%s):\n\n- per satisfied trajectory: %s\n- per accepted change: %s\n- cache reads: %s of prompt tokens\n",
		money(r.Week.USD), unpriced(r.Week), r.each(r.PerSatisfied, "satisfied trajectory"), r.each(r.PerAccepted, "accepted change"), r.cache())
	if r.Simulated.Calls > 0 {
		fmt.Fprintf(&b, "- simulated, in no other number: %d calls, %d tokens\n", r.Simulated.Calls, r.Simulated.Tokens)
	}
	b.WriteString("\n| Day | Dollars | Tokens | Unpriced tokens | Calls |\n|---|---|---|---|---|\n")
	for _, d := range r.Days {
		fmt.Fprintf(&b, "| %s | %s | %d | %d | %d |\n", d.Date, money(d.USD), d.Tokens, d.Unpriced, d.Calls)
	}
	for _, s := range r.Splits() {
		fmt.Fprintf(&b, "\n| By %s | Dollars | Tokens | Unpriced tokens | Calls |\n|---|---|---|---|---|\n", s.By)
		for _, p := range s.Parts {
			fmt.Fprintf(&b, "| %s | %s | %d | %d | %d |\n", strings.ReplaceAll(p.Name, "|", "\\|"), money(p.USD), p.Tokens, p.Unpriced, p.Calls)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// A Split is the week's spend by something.
type Split struct {
	By    string
	Parts []Part
}

// Splits are the week's spend by purpose, use and model.
func (r *Report) Splits() []Split {
	return []Split{{"purpose", r.ByPurpose}, {"use", r.ByUse}, {"model", r.ByModel}}
}

//go:embed spend.html
var pageHTML string

var page = template.Must(template.New("spend").Funcs(template.FuncMap{"money": money}).Parse(pageHTML))

// HTML writes the report as a page that stands alone.
func (r *Report) HTML(w io.Writer) error {
	highest := r.Target
	for _, d := range r.Days {
		highest = max(highest, d.USD/float64(d.Engineers))
	}
	var b bytes.Buffer
	err := page.Execute(&b, map[string]any{"R": r, "Cache": r.cache(), "PerSatisfied": r.each(r.PerSatisfied, "satisfied trajectory"),
		"PerAccepted": r.each(r.PerAccepted, "accepted change"),
		"Width":       func(d Day) string { return fmt.Sprintf("%.1f%%", 100*d.USD/float64(d.Engineers)/highest) },
		"Line":        fmt.Sprintf("%.1f%%", 100*r.Target/highest)})
	if err != nil {
		return err
	}
	return look.Page(w, "Spend", template.HTML(b.String()))
}
