package twin

import (
	"fmt"
	"math/rand/v2"
	"path"
	"strings"
	"time"

	"twinset.dev/kit/store"
)

// A Fault is something that goes wrong on purpose for the requests it matches.
type Fault struct {
	ID          string  `json:"id"`
	Twin        string  `json:"twin,omitempty"`
	Operation   string  `json:"operation,omitempty"` // operation id or a glob of one: "chat.*"
	Method      string  `json:"method,omitempty"`
	Path        string  `json:"path,omitempty"`    // glob
	Error       string  `json:"error,omitempty"`   // the vendor's code, answered in the vendor's shape
	Status      int     `json:"status,omitempty"`  // HTTP status
	Latency     string  `json:"latency,omitempty"` // "250ms", waited on the machine's clock
	Drop        bool    `json:"drop,omitempty"`    // the connection ends without an answer
	Truncate    int     `json:"truncate,omitempty"`
	When        string  `json:"when,omitempty"`        // "before" (the default) or "after" the commit
	Times       int     `json:"times,omitempty"`       // how often; 0 = always
	Every       int     `json:"every,omitempty"`       // only each n-th match
	Probability float64 `json:"probability,omitempty"` // seeded; 0 = 1
	RetryAfter  int     `json:"retry_after,omitempty"` // seconds
	RateLimits  string  `json:"rate_limits,omitempty"` // "vendor" or "off": a mode rather than a fault
	Matched     int     `json:"matched"`
	Fired       int     `json:"fired"`
}

// Check says what is wrong with a fault that a user asks for.
func (f Fault) Check() error {
	switch {
	case f.RateLimits != "" && f.RateLimits != "off" && f.RateLimits != "vendor":
		return fmt.Errorf("rate_limits is %q; it can be off or vendor", f.RateLimits)
	case f.When != "" && f.When != "before" && f.When != "after":
		return fmt.Errorf("when is %q; it can be before or after", f.When)
	case f.Status != 0 && (f.Status < 100 || f.Status > 599):
		return fmt.Errorf("status %d is no HTTP status", f.Status)
	case f.Probability < 0 || f.Probability > 1:
		return fmt.Errorf("probability %v is not between 0 and 1", f.Probability)
	case f.Times < 0 || f.Every < 0 || f.Truncate < 0 || f.RetryAfter < 0:
		return fmt.Errorf("times, every, truncate and retry_after cannot be negative")
	case f.Error == "" && f.Status == 0 && f.Latency == "" && !f.Drop && f.Truncate == 0 && f.RateLimits == "":
		return fmt.Errorf("a fault needs one of error, status, latency, drop, truncate or rate_limits")
	}
	if f.Latency != "" {
		if d, err := time.ParseDuration(f.Latency); err != nil || d < 0 {
			return fmt.Errorf("latency %q is not a duration", f.Latency)
		}
	}
	for _, glob := range []string{f.Operation, f.Path} {
		if _, err := path.Match(glob, ""); err != nil {
			return fmt.Errorf("%q: %w", glob, err)
		}
	}
	return nil
}

func (f Fault) matches(r *Request) bool {
	if f.RateLimits != "" || f.Twin != "" && f.Twin != r.Base.Service {
		return false
	}
	if f.Operation != "" {
		if ok, _ := path.Match(f.Operation, r.Op.ID); !ok {
			return false
		}
	}
	if f.Method != "" && !strings.EqualFold(f.Method, r.Echo.Request().Method) {
		return false
	}
	if f.Path != "" {
		if ok, _ := path.Match(f.Path, r.Echo.Request().URL.Path); !ok {
			return false
		}
	}
	return true
}

// fault returns the fault that strikes this request, counting it. Its chance is the world's own, so that the
// same requests in the same world fail again.
func (r *Request) fault() (hit Fault, ok bool) {
	h := r.World.Host
	if !h.disturbed.Load() {
		return hit, false
	}
	r.World.World.View(func(tx *store.Tx) error {
		r.disturbed = h.faults.Len(tx) > 0
		return nil
	})
	if !r.disturbed {
		return hit, false
	}
	r.World.Update(func(c *Call) error {
		for f := range h.faults.All(c.Tx, "") {
			if !f.matches(r) || f.Times > 0 && f.Fired >= f.Times {
				continue
			}
			f.Matched++
			strike := f.Every == 0 || f.Matched%f.Every == 0
			if strike && f.Probability > 0 {
				strike = rand.New(rand.NewPCG(c.state.chance(h), uint64(f.Matched))).Float64() < f.Probability
			}
			if strike {
				f.Fired++
			}
			h.faults.Put(c.Tx, f)
			if strike {
				hit, ok = f, true
				return nil
			}
		}
		return nil
	})
	return hit, ok
}

// AddFault puts a fault in force and returns it with its id.
func (w *World) AddFault(f Fault) (Fault, error) {
	if err := f.Check(); err != nil {
		return f, err
	}
	w.Host.disturbed.Store(true)
	err := w.Update(func(c *Call) error {
		if f.RateLimits != "" {
			f.ID = "rate_limits"
			if f.RateLimits == "off" {
				w.Host.faults.Delete(c.Tx, f.ID)
				return nil
			}
		}
		if f.ID == "" {
			f.ID = "F" + c.Rand(8, "ABCDEFGHJKLMNPQRSTUVWXYZ23456789")
		}
		f.Matched, f.Fired = 0, 0
		w.Host.faults.Put(c.Tx, f)
		return nil
	})
	return f, err
}

// Faults returns the faults in force, by id.
func (w *World) Faults() (fs []Fault) {
	w.World.View(func(tx *store.Tx) error {
		for f := range w.Host.faults.All(tx, "") {
			fs = append(fs, f)
		}
		return nil
	})
	return fs
}

// RemoveFault ends a fault, or all of them if id is empty, and reports whether there was any.
func (w *World) RemoveFault(id string) (found bool, err error) {
	err = w.World.Update(func(tx *store.Tx) error {
		if id != "" {
			found = w.Host.faults.Delete(tx, id)
			return nil
		}
		found = w.Host.faults.Len(tx) > 0
		for f := range w.Host.faults.All(tx, "") {
			w.Host.faults.Delete(tx, f.ID)
		}
		return nil
	})
	return found, err
}

// VendorLimits reports whether the world keeps the vendor's rate limits.
func (c *Call) VendorLimits() bool { return c.World.Host.faults.Has(c.Tx, "rate_limits") }

// VendorLimits reports whether the world keeps the vendor's rate limits, as it was when the request came in.
func (r *Request) VendorLimits() (on bool) {
	if r.disturbed {
		r.View(func(c *Call) error { on = c.VendorLimits(); return nil })
	}
	return on
}
