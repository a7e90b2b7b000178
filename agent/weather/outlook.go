package weather

import (
	"maps"
	"slices"
	"time"

	"twinset.dev/agent/record"
)

// An Outlook is how a provider answered in the last hour.
type Outlook struct {
	Provider   string  `json:"provider"`
	Sky        string  `json:"sky"` // clear, cloudy, storm
	Calls      int     `json:"calls"`
	Errors     float64 `json:"error_rate"` // of the provider's making
	RateLimits float64 `json:"rate_limits"`
	P95Ms      int64   `json:"p95_ms"` // of calls that were answered
	UsualMs    int64   `json:"usual_p95_ms"`
}

// weatherErrors are the failures that are the provider's, not the caller's.
var weatherErrors = map[string]bool{"server": true, "timeout": true, "network": true, "stream": true, "rate_limit": true}

// outlook looks at the calls of the last hour, and compares their time with that of the day before it.
func outlook(calls []record.LLMCall, now time.Time) []Outlook {
	type sums struct {
		calls, errors, limits int
		ms, usual             []int64
	}
	by := map[string]*sums{}
	for _, c := range calls {
		t := c.Time.Time()
		if c.Simulated || t.After(now) || t.Before(now.Add(-25*time.Hour)) {
			continue
		}
		s := by[c.Provider]
		if s == nil {
			s = &sums{}
			by[c.Provider] = s
		}
		if t.Before(now.Add(-time.Hour)) {
			if c.ErrorClass == "" {
				s.usual = append(s.usual, c.MsTotal)
			}
			continue
		}
		s.calls++
		switch {
		case c.ErrorClass == "":
			s.ms = append(s.ms, c.MsTotal)
		case c.ErrorClass == "rate_limit":
			s.limits++
			s.errors++
		case weatherErrors[c.ErrorClass]:
			s.errors++
		}
	}
	list := []Outlook{}
	for _, name := range slices.Sorted(maps.Keys(by)) {
		s := by[name]
		if s.calls == 0 {
			continue
		}
		slices.Sort(s.ms)
		slices.Sort(s.usual)
		o := Outlook{Provider: name, Sky: "clear", Calls: s.calls, Errors: float64(s.errors) / float64(s.calls),
			RateLimits: float64(s.limits) / float64(s.calls), P95Ms: percentile(s.ms, .95), UsualMs: percentile(s.usual, .95)}
		slow := len(s.usual) >= enough && o.P95Ms > 2*o.UsualMs
		switch {
		case o.Errors >= .2:
			o.Sky = "storm"
		case o.Errors >= .05 || slow:
			o.Sky = "cloudy"
		}
		list = append(list, o)
	}
	return list
}
