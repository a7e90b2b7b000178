// Package clock keeps a world's time, which can run, stand still or be stepped.
package clock

import (
	"fmt"
	"time"
)

// A Clock says what time it is in one world. The zero Clock is the machine's own time.
// A Clock is a value: it lives in a world's records, so that snapshots, forks and restores carry it.
type Clock struct {
	Frozen bool          `json:"frozen,omitempty"`
	At     time.Time     `json:"at,omitzero"`      // the time shown while frozen
	Offset time.Duration `json:"offset,omitempty"` // what a running clock is ahead of the machine's, in nanoseconds
}

// Now returns the world's time, in UTC.
func (c Clock) Now() time.Time {
	if c.Frozen {
		return c.At
	}
	return time.Now().Add(c.Offset).Round(0).UTC()
}

// Set returns the clock showing t, standing still if frozen, else running on from there.
func (c Clock) Set(t time.Time, frozen bool) Clock {
	t = t.Round(0).UTC()
	if frozen {
		return Clock{Frozen: true, At: t}
	}
	return Clock{Offset: time.Until(t)}
}

// Advance returns the clock moved on by d.
func (c Clock) Advance(d time.Duration) Clock {
	if c.Frozen {
		c.At = c.At.Add(d)
	} else {
		c.Offset += d
	}
	return c
}

// Real returns how long the machine has to wait until the clock shows t; false if it never will by itself.
func (c Clock) Real(t time.Time) (time.Duration, bool) {
	if c.Frozen {
		return 0, !t.After(c.At)
	}
	return time.Until(t) - c.Offset, true
}

// Mode is "real" or "frozen", as the control plane says it.
func (c Clock) Mode() string {
	if c.Frozen {
		return "frozen"
	}
	return "real"
}

// ParseDuration reads Go's durations and also days and weeks: "24h", "90m", "7d", "2w".
func ParseDuration(s string) (time.Duration, error) {
	if d, err := time.ParseDuration(s); err == nil {
		return d, nil
	}
	var n float64
	var unit string
	if _, err := fmt.Sscanf(s, "%f%s", &n, &unit); err == nil {
		switch unit {
		case "d":
			return time.Duration(n * float64(24*time.Hour)), nil
		case "w":
			return time.Duration(n * float64(7*24*time.Hour)), nil
		}
	}
	return 0, fmt.Errorf("clock: %q is not a duration such as 90s, 24h or 7d", s)
}
