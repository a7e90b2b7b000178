package cxdb

import (
	"slices"
	"sync"
	"time"
)

// A meter counts what a server does: calls, errors and times by name, over its life and the last minutes.
type meter struct {
	mu      sync.Mutex
	now     func() time.Time
	started time.Time
	ops     map[string]*opMeter
	errors  map[string]uint64
}

type opMeter struct {
	total   uint64
	minutes [5]uint64 // a ring by minute
	minute  int64     // of the newest
	ms      []float64 // the last samples, a ring by total
}

const samples = 2048

func newMeter(now func() time.Time) *meter {
	return &meter{now: now, started: now(), ops: map[string]*opMeter{}, errors: map[string]uint64{}}
}

func (m *meter) count(name string, took time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	o := m.ops[name]
	if o == nil {
		o = &opMeter{}
		m.ops[name] = o
	}
	o.roll(m.now().Unix() / 60)
	o.minutes[o.minute%5]++
	ms := float64(took.Microseconds()) / 1000
	if len(o.ms) < samples {
		o.ms = append(o.ms, ms)
	} else {
		o.ms[o.total%samples] = ms
	}
	o.total++
}

// roll empties the minutes that have passed.
func (o *opMeter) roll(minute int64) {
	for i := max(o.minute+1, minute-4); i <= minute; i++ {
		o.minutes[i%5] = 0
	}
	o.minute = max(o.minute, minute)
}

func (m *meter) fail(kind string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.errors[kind]++
}

// perf returns rates per second over the last one to two and the last five minutes, and the percentiles of times.
func (m *meter) perf() map[string]any {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := map[string]any{}
	for name, o := range m.ops {
		o.roll(m.now().Unix() / 60)
		var five uint64
		for _, n := range o.minutes {
			five += n
		}
		sorted := slices.Sorted(slices.Values(o.ms))
		at := func(q float64) float64 { return sorted[int(q*float64(len(sorted)-1))] }
		out[name] = map[string]any{"total": o.total, "tps_1m": float64(o.minutes[o.minute%5]) / 60, "tps_5m": float64(five) / 300,
			"latency_ms": map[string]any{"p50": at(.5), "p95": at(.95), "p99": at(.99), "count": len(sorted)}}
	}
	return out
}

func (m *meter) failures() map[string]any {
	m.mu.Lock()
	defer m.mu.Unlock()
	var total uint64
	byType := map[string]uint64{}
	for kind, n := range m.errors {
		total += n
		byType[kind] = n
	}
	return map[string]any{"total": total, "by_type": byType}
}
