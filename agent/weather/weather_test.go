package weather

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"twinset.dev/agent/cxdb"
	"twinset.dev/agent/record"
)

var now = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)

func near(a, b float64) bool { return math.Abs(a-b) < 5e-4 }

func TestWilson(t *testing.T) {
	// The lower bounds at 35 of 35, 73 of 73 and 10 of 10, and Newcombe's example (Statistics in Medicine 17, 1998): 81 of 263.
	for _, c := range []struct {
		k, n      int
		low, high float64
	}{{35, 35, .9011, 1}, {73, 73, .9500, 1}, {10, 10, .7225, 1}, {81, 263, .2553, .3662}, {0, 20, 0, .1611}, {0, 0, 0, 1}} {
		if r := wilson(c.k, c.n); !near(r.Low, c.low) || !near(r.High, c.high) {
			t.Errorf("%d of %d: %+v", c.k, c.n, r)
		}
	}
}

func TestFisherAndHolm(t *testing.T) {
	// Fisher's tea: 3 of 4 against 1 of 4, and a table with a known p.
	for _, c := range []struct {
		k1, n1, k2, n2 int
		p              float64
	}{{3, 4, 1, 4, .4857}, {1, 10, 11, 14, .0028}, {5, 10, 5, 10, 1}, {0, 20, 0, 20, 1}, {20, 20, 0, 20, 1.45e-11}} {
		if p := fisher(c.k1, c.n1, c.k2, c.n2); !near(p, c.p) || c.p < 1e-9 && p > 1e-9 {
			t.Errorf("%+v: %v", c, p)
		}
	}
	if got := holm([]float64{.04, .001, .03, .004}, .05); !slices.Equal(got, []bool{false, true, false, true}) {
		t.Error(got)
	}
	if got := holm([]float64{.03, .04}, .05); !slices.Equal(got, []bool{false, false}) {
		t.Error("the first that fails stops the rest: ", got)
	}
}

// visits makes n first visits of a model at a use, k of which succeed, that ended some days ago.
func visits(name, model string, n, k int, daysAgo float64, change func(i int, s *record.StageFinished)) (list []record.StageFinished) {
	for i := range n {
		s := record.StageFinished{Run: fmt.Sprint(name, model, daysAgo, i), Node: "n", Use: name, Provider: "p", Model: model, Visit: 1, Attempt: 1,
			Outcome: "fail", Ms: int64(1000 * (i + 1)), USD: .5, Tokens: 100, Calls: 1,
			Ended: record.At(now.Add(-time.Duration(daysAgo * 24 * float64(time.Hour))))}
		if i < k {
			s.Outcome = "success"
		}
		if change != nil {
			change(i, &s)
		}
		list = append(list, s)
	}
	return list
}

func TestRows(t *testing.T) {
	random := func(_ int, s *record.StageFinished) { s.Experiment = &record.Experiment{AssignedBy: "random"} }
	var stages []record.StageFinished
	stages = append(stages, visits("code", "good", 40, 36, 1, random)...)
	stages = append(stages, visits("code", "small", 19, 19, 1, random)...)
	stages = append(stages, visits("code", "cheap", 40, 36, 1, func(_ int, s *record.StageFinished) { s.USD = .1 })...)
	stages = append(stages, visits("code", "bad", 40, 10, 1, func(i int, s *record.StageFinished) {
		s.Loops, s.BadArgs, s.EditsFailed = 1, 2, 3
		s.Unpriced = int64(i % 2)
	})...)
	// A retry that helps: the first try failed, the visit succeeded. Later visits, other windows, simulated calls and
	// stages without a model are left out.
	stages = append(stages, record.StageFinished{Run: "retry", Node: "n", Use: "plan", Model: "good", Visit: 1, Attempt: 1, Outcome: "fail", WillRetry: true, Ended: record.At(now.Add(-time.Hour))},
		record.StageFinished{Run: "retry", Node: "n", Use: "plan", Model: "good", Visit: 1, Attempt: 2, Outcome: "partial_success", Ended: record.At(now.Add(-time.Hour))},
		record.StageFinished{Run: "retry", Node: "n", Use: "plan", Model: "good", Visit: 2, Attempt: 1, Outcome: "fail", Ended: record.At(now.Add(-time.Hour))},
		record.StageFinished{Run: "sim", Node: "n", Use: "plan", Model: "good", Visit: 1, Attempt: 1, Outcome: "fail", Simulated: true, Ended: record.At(now.Add(-time.Hour))},
		record.StageFinished{Run: "tool", Node: "n", Use: "plan", Visit: 1, Attempt: 1, Outcome: "fail", Ended: record.At(now.Add(-time.Hour))},
		record.StageFinished{Run: "future", Node: "n", Use: "plan", Model: "good", Visit: 1, Attempt: 1, Outcome: "fail", Ended: record.At(now.Add(time.Hour))})
	calls := []record.LLMCall{
		{Use: "code", Provider: "p", Requested: "good", Time: record.At(now.Add(-48 * time.Hour))},
		{Use: "code", Provider: "p", Requested: "good", Time: record.At(now.Add(-48 * time.Hour))},
		{Use: "code", Provider: "p", Requested: "bad", Time: record.At(now.Add(-48 * time.Hour))},
		{Use: "code", Provider: "p", Requested: "bad", Time: record.At(now.Add(-48 * time.Hour)), Simulated: true},
		{Use: "code", Provider: "p", Requested: "bad", Time: record.At(now.Add(-8 * 24 * time.Hour))},
	}
	rep := compile(stages, calls, nil, Options{Now: now})
	if rep.Calls != (Calls{4, 1}) {
		t.Errorf("calls: %+v", rep.Calls)
	}
	if len(rep.Uses) != 2 || rep.Uses[0].Use != "code" || rep.Uses[1].Use != "plan" {
		t.Fatalf("%+v", rep.Uses)
	}
	var order []string
	for _, m := range rep.Uses[0].Models {
		order = append(order, m.Model)
	}
	if got := strings.Join(order, " "); got != "cheap good bad small" {
		t.Error("by the lower bound, then the price, then what is not known: ", got)
	}
	good, bad, small := rep.Uses[0].Models[1], rep.Uses[0].Models[2], rep.Uses[0].Models[3]
	if good.Success != wilson(36, 40) || good.Assigned != "measured" || *good.USD != 40*.5/36 || *good.Tokens != 4000/36 ||
		good.MedianMs != 20_000 || good.P95Ms != 38_000 || !near(good.Share, 2./3) || good.Calls != 2 {
		t.Errorf("%+v", good)
	}
	if bad.Loops != 40 || bad.BadArgs != 80 || bad.EditsFailed != 120 || bad.USD != nil || bad.Unpriced != 20 || bad.Assigned != "observed" {
		t.Errorf("%+v", bad)
	}
	if small.Enough || small.USD != nil || small.Tokens != nil {
		t.Errorf("n = 19 says something: %+v", small)
	}
	plan := rep.Uses[1].Models[0]
	if plan.N != 1 || plan.Success.K != 1 || plan.FirstTry.K != 0 {
		t.Errorf("%+v", plan)
	}
}

func TestChanges(t *testing.T) {
	var stages []record.StageFinished
	stages = append(stages, visits("code", "fell", 60, 20, 1, nil)...)
	stages = append(stages, visits("code", "fell", 60, 55, 8, nil)...)
	stages = append(stages, visits("code", "same", 60, 50, 1, nil)...)
	stages = append(stages, visits("code", "same", 60, 54, 8, nil)...)
	stages = append(stages, visits("code", "few", 60, 10, 1, nil)...)
	stages = append(stages, visits("code", "few", 19, 19, 8, nil)...)
	rep := compile(stages, nil, nil, Options{Now: now})
	for _, m := range rep.Uses[0].Models {
		if changed := m.Change != nil; changed != (m.Model == "fell") {
			t.Errorf("%s: %+v", m.Model, m.Change)
		} else if changed && (m.Change.Before != wilson(55, 60) || m.Change.P > 1e-6) {
			t.Errorf("%+v", m.Change)
		}
	}
}

// TestChangesAreHeldTogether shows a change that one test would call one and a report of many rows does not.
func TestChangesAreHeldTogether(t *testing.T) {
	alone := append(visits("code", "m", 60, 40, 1, nil), visits("code", "m", 60, 54, 8, nil)...)
	if m := compile(alone, nil, nil, Options{Now: now}).Uses[0].Models[0]; m.Change == nil || m.Change.P < .001 {
		t.Fatalf("the example does not show it: %+v", m.Change)
	}
	for i := range 20 {
		name := fmt.Sprint("quiet", i)
		alone = append(append(alone, visits("code", name, 60, 50, 1, nil)...), visits("code", name, 60, 50, 8, nil)...)
	}
	for _, m := range compile(alone, nil, nil, Options{Now: now}).Uses[0].Models {
		if m.Change != nil {
			t.Errorf("%s changed", m.Model)
		}
	}
}

func TestOutlook(t *testing.T) {
	var calls []record.LLMCall
	add := func(provider, class string, n int, ms int64, ago time.Duration) {
		for range n {
			calls = append(calls, record.LLMCall{Provider: provider, ErrorClass: class, MsTotal: ms, Time: record.At(now.Add(-ago))})
		}
	}
	add("clear", "", 99, 100, time.Minute)
	add("clear", "server", 1, 100, time.Minute)
	add("clear", "server", 50, 100, 2*time.Hour) // past
	add("limited", "", 9, 100, time.Minute)
	add("limited", "rate_limit", 1, 100, time.Minute)
	add("stormy", "", 3, 100, time.Minute)
	add("stormy", "network", 1, 100, time.Minute)
	add("slow", "", 20, 100, 3*time.Hour)
	add("slow", "", 5, 300, time.Minute)
	add("mine", "", 1, 100, time.Minute)
	add("mine", "invalid_request", 5, 100, time.Minute) // the caller's fault
	add("gone", "", 5, 100, 5*time.Hour)
	var got []string
	for _, o := range outlook(calls, now) {
		got = append(got, fmt.Sprintf("%s:%s:%.2f:%.2f", o.Provider, o.Sky, o.Errors, o.RateLimits))
	}
	if g := strings.Join(got, " "); g != "clear:clear:0.01:0.00 limited:cloudy:0.10:0.10 mine:clear:0.00:0.00 slow:cloudy:0.00:0.00 stormy:storm:0.25:0.00" {
		t.Error(g)
	}
}

// TestWritten reads a report from a store and writes it in all its forms.
func TestWritten(t *testing.T) {
	ctx := context.Background()
	s, err := cxdb.Open(t.TempDir(), cxdb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	run, err := record.Begin(ctx, s.Everything(), record.RunStarted{Run: "r", Pipeline: "p"})
	if err != nil {
		t.Fatal(err)
	}
	var stages []record.StageFinished
	stages = append(stages, visits("code", "old|model", 30, 25, 20, nil)...)
	stages = append(stages, visits("code", "old|model", 30, 15, 2, nil)...)
	stages = append(stages, visits("code", "new", 30, 30, 2, func(_ int, s *record.StageFinished) { s.Effort = "high" })...)
	stages = append(stages, visits("<plan>", "new", 3, 3, 2, nil)...)
	records := []record.Record{
		record.Override{Use: "code", Model: "pinned", Reason: "demo on Friday", By: "dana", From: record.At(now.Add(-time.Hour)), Until: record.At(now.Add(time.Hour))},
		record.Override{Use: "<plan>", Model: "expired", From: record.At(now.Add(-time.Hour)), Until: record.At(now.Add(-time.Minute))},
		record.LLMCall{ID: "c", Use: "code", Provider: "p", Requested: "new", Time: record.At(now.Add(-time.Minute)), MsTotal: 1500},
	}
	for _, s := range stages {
		records = append(records, s)
	}
	for _, r := range records {
		if err := run.Put(ctx, r); err != nil {
			t.Fatal(err)
		}
	}
	rep, err := Read(ctx, s.Everything(), Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	write := func(f func(*bytes.Buffer) error) string {
		var b bytes.Buffer
		if err := f(&b); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	md := write(func(b *bytes.Buffer) error { return rep.Markdown(b) })
	for _, want := range []string{
		"\n\n| Use | Models (by preference) | Parameters | Notes |\n|---|---|---|---|\n| <plan> | – |  | not enough weather |\n" +
			"| code | pinned, new, old\\|model | high | set by dana until 2026-03-10: demo on Friday; new 100 % [89, 100] of 30 at the first visit, observed |\n",
		"| p | clear | 1 | 0 % | 0 % | 1.5s |", "not enough weather | not enough weather |",
	} {
		if !strings.Contains(md, want) {
			t.Errorf("weather.md lacks %q:\n%s", want, md)
		}
	}
	if first := strings.Index(md, "|"); !strings.HasPrefix(md[first:], "| Use | Models (by preference) | Parameters | Notes |") {
		t.Error("the first table is not the one that readers know")
	}
	page := write(func(b *bytes.Buffer) error { return rep.HTML(b) })
	for _, want := range []string{"&lt;plan&gt;", "set by a person", "not enough weather", "old|model", "89, 100"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, not := range []string{"<plan>", "http://", "https://", "expired"} {
		if strings.Contains(page, not) {
			t.Errorf("the page has %q", not)
		}
	}
	var back Report
	if err := json.Unmarshal([]byte(write(func(b *bytes.Buffer) error { return rep.JSON(b) })), &back); err != nil || len(back.Uses) != 2 {
		t.Error(err, back)
	}
	var feed struct {
		Items []struct {
			Title       string `xml:"title"`
			Description string `xml:"description"`
		} `xml:"channel>item"`
	}
	if err := xml.Unmarshal([]byte(write(func(b *bytes.Buffer) error { return rep.Feed(b) })), &feed); err != nil {
		t.Fatal(err)
	}
	if len(feed.Items) != 2 || feed.Items[0].Title != "code: new high" || feed.Items[1].Title != "code: old|model" ||
		!strings.Contains(feed.Items[0].Description, "100 % [89, 100] of 30 first visits") ||
		!strings.Contains(feed.Items[0].Description, "Before it was old|model, with 50 % [33, 67] of 30") {
		t.Errorf("%+v", feed.Items)
	}
}
