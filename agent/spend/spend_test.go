package spend

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"twinset.dev/agent/cxdb"
	"twinset.dev/agent/record"
)

// Tuesday 18:00 in Tokyo, where the day begins while it is Monday in UTC.
var (
	tokyo = time.FixedZone("JST", 9*3600)
	now   = time.Date(2026, 3, 10, 18, 0, 0, 0, tokyo)
)

func usd(f float64) *float64 { return &f }

func at(hoursAgo float64) record.Millis {
	return record.At(now.Add(-time.Duration(hoursAgo * float64(time.Hour))))
}

var calls = []record.LLMCall{
	{Time: at(.5), Purpose: "build", Use: "code", Provider: "a", Requested: "m", Served: "m-1", In: 100, Out: 10, CacheRead: 80, USD: usd(300), PriceSheet: "s2"},
	{Time: at(17.5), Purpose: "judge", Use: "judge", Provider: "a", Requested: "m", In: 100, Out: 10, USD: usd(200), PriceSheet: "s1"}, // 00:30 today, yesterday in UTC
	{Time: at(18.5), Use: "code", Provider: "b", Requested: "n", In: 40, Out: 5, USD: usd(50)},                                         // 23:30 yesterday
	{Time: at(.4), Purpose: "build", Provider: "b", Requested: "n", ErrorClass: "server", USD: usd(1)},                                 // failed, and paid for
	{Time: at(.3), Purpose: "build", Use: "code", Provider: "local", Requested: "llama", In: 1000, Out: 100, USD: usd(0)},
	{Time: at(.2), Purpose: "build", Use: "code", Provider: "a", Requested: "m", In: 9, Out: 1, USD: usd(999), Simulated: true},
	{Time: at(.2), Purpose: "simulated", Provider: "a", Requested: "m", In: 9, Out: 1, USD: usd(999)},
	{Time: at(8 * 24), Provider: "a", Requested: "m", In: 1, USD: usd(7777)},
	{Time: at(-1), Provider: "a", Requested: "m", In: 1, USD: usd(7777)},
}

var outcomes = []record.Outcome{
	{Time: at(1), Satisfied: 9, Accepted: true}, {Time: at(30), Satisfied: 2, Accepted: true}, {Time: at(2), Accepted: true, Reverted: true},
	{Time: at(6*24 + 17.9), Satisfied: 1}, {Time: at(8 * 24), Satisfied: 100, Accepted: true}, {Time: at(-1), Satisfied: 100},
}

func TestReport(t *testing.T) {
	rep := compile(calls, outcomes, Options{Now: now, Calendar: Calendar{Weekdays: map[string]int{"tue": 2}}})
	if rep.Today != (Sum{Calls: 4, Failed: 1, USD: 501, Tokens: 1320}) {
		t.Errorf("today: %+v", rep.Today)
	}
	if rep.Engineers != 2 || rep.PerEngineer != 250.5 || rep.LastHour != 301 || rep.Forecast != 501+6*301 {
		t.Errorf("%+v", rep)
	}
	if rep.Week != (Sum{Calls: 5, Failed: 1, USD: 551, Tokens: 1365}) || rep.Simulated != (Sum{Calls: 2, USD: 1998, Tokens: 20}) {
		t.Errorf("week %+v, simulated %+v", rep.Week, rep.Simulated)
	}
	if d := rep.Days; len(d) != 7 || d[0].Date != "2026-03-04" || d[5].USD != 50 || d[5].Engineers != 1 || d[6].USD != 501 {
		t.Errorf("%+v", d)
	}
	if rep.Satisfied != 12 || rep.Accepted != 2 || *rep.PerSatisfied != 551./12 || *rep.PerAccepted != 551./2 {
		t.Errorf("%d %d %v %v", rep.Satisfied, rep.Accepted, *rep.PerSatisfied, *rep.PerAccepted)
	}
	if *rep.CacheShare != 80./1240 || !reflect.DeepEqual(rep.Sheets, []string{"s1", "s2"}) {
		t.Error(*rep.CacheShare, rep.Sheets)
	}
	names := func(parts []Part) (s string) {
		for _, p := range parts {
			s += p.Name + " "
		}
		return s
	}
	if got := names(rep.ByPurpose) + "| " + names(rep.ByUse) + "| " + names(rep.ByModel); got != "build judge | code judge other | a/m-1 a/m b/n local/llama " {
		t.Error(got)
	}
}

func TestUnpricedIsNotFree(t *testing.T) {
	rep := compile(append([]record.LLMCall{{Time: at(.1), Provider: "x", Requested: "unknown", In: 70, Out: 7}}, calls...), outcomes, Options{Now: now})
	if rep.Today.Unpriced != 77 || rep.Today.USD != 501 || rep.PerSatisfied != nil || rep.PerAccepted != nil {
		t.Errorf("%+v", rep)
	}
	var b bytes.Buffer
	for _, f := range []func() error{func() error { return rep.Text(&b) }, func() error { return rep.Markdown(&b) }, func() error { return rep.HTML(&b) }} {
		b.Reset()
		if err := f(); err != nil {
			t.Fatal(err)
		}
		if s := b.String(); !strings.Contains(s, "unknown: some tokens have no price") || !strings.Contains(s, "77") {
			t.Error("the price of what has none is not said to be unknown:", s)
		}
	}
}

func TestNothing(t *testing.T) {
	rep := compile(nil, nil, Options{Now: now})
	if rep.Engineers != 1 || rep.PerEngineer != 0 || rep.PerSatisfied != nil || rep.CacheShare != nil {
		t.Errorf("%+v", rep)
	}
	var b bytes.Buffer
	if err := rep.HTML(&b); err != nil || !strings.Contains(b.String(), "Nothing was asked of a model") {
		t.Error(err)
	}
	b.Reset()
	if err := rep.JSON(&b); err != nil || !json.Valid(b.Bytes()) {
		t.Error(err)
	}
}

func TestCalendar(t *testing.T) {
	path := filepath.Join(t.TempDir(), "duty.json")
	write := func(s string) (Calendar, error) {
		if err := os.WriteFile(path, []byte(s), 0o600); err != nil {
			t.Fatal(err)
		}
		return ReadCalendar(path)
	}
	c, err := write(`{"weekdays": {"mon": 3, "tue": 4}, "days": {"2026-03-10": 1, "2026-03-11": 0}}`)
	if err != nil {
		t.Fatal(err)
	}
	for day, want := range map[int]int{9: 3, 10: 1, 11: 1, 12: 1, 17: 4} {
		if got := c.On(time.Date(2026, 3, day, 0, 0, 0, 0, tokyo)); got != want {
			t.Errorf("March %d: %d on duty, want %d", day, got, want)
		}
	}
	for _, bad := range []string{`{"weekdays": {"monday": 3}}`, `{"weekdays": {"mon": -1}}`, `{"days": {"Christmas": 1}}`, `[`} {
		if _, err := write(bad); err == nil {
			t.Error("taken: ", bad)
		}
	}
}

// TestAgrees reads both what a store holds and what was put there: the number of calls is the same to the unit.
func TestAgrees(t *testing.T) {
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
	for i, c := range calls {
		c.ID = string(rune('a' + i))
		if err := run.Call(ctx, c); err != nil {
			t.Fatal(err)
		}
	}
	rep, err := Read(ctx, s.Everything(), Options{Now: now})
	if err != nil || rep.Week.Calls+rep.Simulated.Calls != 7 || rep.Today.USD != 501 {
		t.Errorf("%+v %v", rep, err)
	}
	if day, unpriced, err := Today(ctx, s.Everything(), now); day != 501 || unpriced != 0 || err != nil {
		t.Error(day, unpriced, err)
	}
}
