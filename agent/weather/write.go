package weather

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"html/template"
	"io"
	"strings"
	"time"

	"twinset.dev/agent/internal/look"
)

// JSON writes weather.json.
func (r *Report) JSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

// preferred are the models of a use that have enough weather, best first; an override goes before them.
func (u Use) preferred() (names, params, notes []string) {
	if o := u.Override; o != nil {
		names, params = append(names, o.Model), append(params, o.Effort)
		notes = append(notes, fmt.Sprintf("set by %s until %s: %s", o.By, o.Until.Time().Format(time.DateOnly), o.Reason))
	}
	for _, m := range u.Models {
		if m.Enough {
			names, params = append(names, m.Model), append(params, m.Effort)
		}
	}
	if len(names) == 0 {
		return []string{"–"}, nil, []string{"not enough weather"}
	}
	for _, m := range u.Models {
		if m.Enough {
			return names, params, append(notes, fmt.Sprintf("%s %s of %d at the first visit, %s", m.Model, percent(m.Success), m.N, m.Assigned))
		}
	}
	return names, params, notes
}

func percent(r Rate) string {
	return fmt.Sprintf("%.0f %% [%.0f, %.0f]", 100*r.P, 100*r.Low, 100*r.High)
}

func seconds(ms int64) string { return time.Duration(ms * 1e6).Round(100 * time.Millisecond).String() }

func dollars(p *float64) string {
	if p == nil {
		return "–"
	}
	return fmt.Sprintf("$%.4f", *p)
}

func count(n *int64) string {
	if n == nil {
		return "–"
	}
	return fmt.Sprint(*n)
}

// cell keeps text inside a cell of a Markdown table.
func cell(s string) string { return strings.NewReplacer("|", "\\|", "\n", " ").Replace(s) }

// Markdown writes weather.md: first the four columns that readers of such reports know, then all the numbers.
func (r *Report) Markdown(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# Weather report\n\n%s to %s, %d calls", r.From.Format(time.DateOnly), r.To.Format(time.DateOnly), r.Calls.Total)
	if r.Calls.Simulated > 0 {
		fmt.Fprintf(&b, " (%d simulated, in no number below)", r.Calls.Simulated)
	}
	b.WriteString("\n\n| Use | Models (by preference) | Parameters | Notes |\n|---|---|---|---|\n")
	for _, u := range r.Uses {
		names, params, notes := u.preferred()
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", cell(u.Use), cell(strings.Join(names, ", ")), cell(strings.Join(distinct(params), ", ")),
			cell(strings.Join(notes, "; ")))
	}
	if len(r.Outlook) > 0 {
		b.WriteString("\n## Outlook, from the last hour\n\n| Provider | Sky | Calls | Errors | 429 | p95 |\n|---|---|---|---|---|---|\n")
		for _, o := range r.Outlook {
			fmt.Fprintf(&b, "| %s | %s | %d | %.0f %% | %.0f %% | %s |\n", cell(o.Provider), o.Sky, o.Calls, 100*o.Errors, 100*o.RateLimits, seconds(o.P95Ms))
		}
	}
	b.WriteString("\n## Numbers\n\n| Use | Model | Share | n | Success | First try | Loops / bad arguments / failed edits | Median, p95 | $ per success | Tokens per success | Change | Notes |\n" +
		"|---|---|---|---|---|---|---|---|---|---|---|---|\n")
	for _, u := range r.Uses {
		for _, m := range u.Models {
			fmt.Fprintf(&b, "| %s | %s | %.0f %% | %d | %s | %s | %d / %d / %d | %s, %s | %s | %s | %s | %s |\n", cell(u.Use), cell(m.name()),
				100*m.Share, m.N, m.rate(m.Success), m.rate(m.FirstTry), m.Loops, m.BadArgs, m.EditsFailed, seconds(m.MedianMs),
				seconds(m.P95Ms), dollars(m.USD), count(m.Tokens), m.change(), cell(strings.Join(append([]string{m.Assigned}, m.Notes...), "; ")))
		}
	}
	b.WriteString("\nRates are of first visits with Wilson's 95 % interval; below n = 20 none is shown. A change is shown when Fisher's exact test holds at 0.01, with Holm's correction over the rows. " +
		"Measured: the model was drawn at random. Observed: it was not, so the work may differ as well as the model.\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func distinct(list []string) (out []string) {
	seen := map[string]bool{"": true}
	for _, s := range list {
		if !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}

func (m Model) name() string { return strings.TrimSpace(m.Model + " " + m.Effort) }

// rate is a rate in words, or that there is none.
func (m Model) rate(r Rate) string {
	if !m.Enough {
		return "not enough weather"
	}
	return percent(r)
}

func (m Model) change() string {
	if m.Change == nil {
		return ""
	}
	sign := "up"
	if m.Success.P < m.Change.Before.P {
		sign = "down"
	}
	return fmt.Sprintf("%s from %s", sign, percent(m.Change.Before))
}

//go:embed weather.html
var pageHTML string

var page = template.Must(template.New("weather").Funcs(template.FuncMap{
	"percent": percent, "seconds": seconds, "dollars": dollars, "count": count, "join": strings.Join,
	"day":  func(t time.Time) string { return t.Format(time.DateOnly) },
	"x":    func(p float64) float64 { return 100 * p },
	"name": Model.name, "change": Model.change,
	"span": func(r Rate) float64 { return 100 * (r.High - r.Low) },
}).Parse(pageHTML))

// HTML writes the report as a page that stands alone.
func (r *Report) HTML(w io.Writer) error {
	var b bytes.Buffer
	if err := page.Execute(&b, r); err != nil {
		return err
	}
	return look.Page(w, "Weather report", template.HTML(b.String()))
}

// Feed writes feed.xml, an RSS 2.0 feed with an item for each change of a preferred model.
func (r *Report) Feed(w io.Writer) error {
	type item struct {
		Title       string `xml:"title"`
		Description string `xml:"description"`
		PubDate     string `xml:"pubDate"`
		GUID        struct {
			Permalink bool   `xml:"isPermaLink,attr"`
			ID        string `xml:",chardata"`
		} `xml:"guid"`
	}
	type rss struct {
		XMLName xml.Name `xml:"rss"`
		Version string   `xml:"version,attr"`
		Title   string   `xml:"channel>title"`
		Link    string   `xml:"channel>link"`
		About   string   `xml:"channel>description"`
		Items   []item   `xml:"channel>item"`
	}
	feed := rss{Version: "2.0", Title: "Weather report: preferred models", Link: "weather.html", About: "Which model is preferred for which use, and the numbers behind each change"}
	for _, c := range r.Items {
		it := item{Title: fmt.Sprintf("%s: %s", c.Use, c.After.name()), PubDate: c.Day.Format(time.RFC1123Z),
			Description: fmt.Sprintf("%s succeeds at %s of %d first visits, %s per success (%s).", c.After.name(), percent(c.After.Success), c.After.N, dollars(c.After.USD), c.After.Assigned)}
		if c.Before != nil {
			it.Description += fmt.Sprintf(" Before it was %s, with %s of %d, %s per success.", c.Before.name(), percent(c.Before.Success), c.Before.N, dollars(c.Before.USD))
		}
		it.GUID.ID = fmt.Sprintf("%s %s %s/%s", c.Day.Format(time.DateOnly), c.Use, c.After.Provider, c.After.name())
		feed.Items = append(feed.Items, it)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	return e.Encode(feed)
}
