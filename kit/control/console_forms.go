package control

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"twinset.dev/kit/clock"
	"twinset.dev/kit/store"
	"twinset.dev/kit/twin"
)

// no is why something was not done, in a sentence for a person.
func no(format string, args ...any) error { return sentence(fmt.Sprintf(format, args...)) }

type sentence string

func (s sentence) Error() string { return string(s) }

func (p *plane) doFork(ec echo.Context, w *twin.World) (string, error) {
	name := strings.TrimSpace(ec.FormValue("name"))
	if name != "" && !validName(name) {
		return "", no("A world's name is letters, digits, dots, dashes and underscores; %q is not", name)
	}
	snap := w.Snapshot()
	if from := ec.FormValue("snapshot"); from != "" {
		var ok bool
		if snap, ok = w.Load(from); !ok {
			return "", no("There is no snapshot %q", from)
		}
	}
	f, err := p.Fork(snap, name, true)
	if errors.Is(err, store.ErrExists) {
		return "", no("There is a world %q already", name)
	} else if err != nil {
		return "", err
	}
	return "World " + f.Name() + " is there.", nil
}

func (p *plane) doDrop(ec echo.Context, w *twin.World) (string, error) {
	name := ec.FormValue("world")
	if name == twin.DefaultWorld {
		return "", no("The default world stays; reset it instead.")
	}
	if _, ok := p.World(name); !ok {
		return "", no("There is no world %q", name)
	}
	return "World " + name + " is gone.", p.Drop(name)
}

func (p *plane) doReset(ec echo.Context, w *twin.World) (string, error) {
	return "The world is as it was seeded.", w.Reset()
}

func (p *plane) doClock(ec echo.Context, w *twin.World) (string, error) {
	c := w.Clock()
	t := c.Now()
	if s := ec.FormValue("now"); s != "" {
		var err error
		if t, err = time.Parse("2006-01-02T15:04:05", (s + ":00")[:19]); err != nil {
			return "", no("%q is no time", s)
		}
	}
	switch ec.FormValue("mode") {
	case "frozen":
		return "The clock stands still.", w.SetClock(c.Set(t, true))
	case "set":
		return "The clock is set.", w.SetClock(c.Set(t, c.Frozen))
	}
	return "The clock runs with this machine's.", w.SetClock(clock.Clock{})
}

func (p *plane) doAdvance(ec echo.Context, w *twin.World) (string, error) {
	by := ""
	for _, given := range ec.Request().PostForm["by"] { // the field, and the button that says for itself
		by = or(given, by)
	}
	d, err := clock.ParseDuration(by)
	if err != nil || d < 0 {
		return "", no("%q is no duration; say 90s, 24h or 7d", by)
	}
	ctx, cancel := context.WithTimeout(ec.Request().Context(), time.Minute)
	defer cancel()
	return "Advanced by " + by + ".", w.Advance(ctx, d)
}

func (p *plane) doFault(ec echo.Context, w *twin.World) (string, error) {
	f := twin.Fault{Twin: ec.FormValue("twin"), Operation: ec.FormValue("operation"), Path: ec.FormValue("path"), Error: ec.FormValue("error"), Latency: ec.FormValue("latency"), When: ec.FormValue("when"), Drop: ec.FormValue("drop") != ""}
	for name, to := range map[string]*int{"status": &f.Status, "times": &f.Times, "every": &f.Every, "retry_after": &f.RetryAfter} {
		if s := ec.FormValue(name); s != "" {
			n, err := strconv.Atoi(s)
			if err != nil {
				return "", no("%s is %q; a number is needed", name, s)
			}
			*to = n
		}
	}
	if s := ec.FormValue("probability"); s != "" {
		n, err := strconv.ParseFloat(s, 64)
		if err != nil {
			return "", no("The probability is %q; a number between 0 and 1 is needed", s)
		}
		f.Probability = n
	}
	f, err := w.AddFault(f)
	if err != nil {
		s := err.Error()
		return "", no("%s", strings.ToUpper(s[:1])+s[1:])
	}
	return "Fault " + f.ID + " is in force.", nil
}

func (p *plane) doUnfault(ec echo.Context, w *twin.World) (string, error) {
	_, err := w.RemoveFault(ec.FormValue("fault"))
	return "", err
}

func (p *plane) doLimits(ec echo.Context, w *twin.World) (string, error) {
	_, err := w.AddFault(twin.Fault{RateLimits: ec.FormValue("limits")})
	return "", err
}

func (p *plane) doRedeliver(ec echo.Context, w *twin.World) (string, error) {
	found, err := w.Redeliver(ec.FormValue("id"))
	if err == nil && !found {
		err = no("This delivery is not there any more.")
	}
	return "On its way again.", err
}

func (p *plane) doSnapshot(ec echo.Context, w *twin.World) (string, error) {
	name := or(strings.TrimSpace(ec.FormValue("name")), fmt.Sprintf("v%d", w.Version()))
	if !validName(name) {
		return "", no("%q is no name for a snapshot", name)
	}
	_, err := w.Save(name)
	if errors.Is(err, store.ErrExists) {
		err = no("There is a snapshot %q already", name)
	}
	return "Snapshot " + name + " is taken.", err
}

func (p *plane) doRestore(ec echo.Context, w *twin.World) (string, error) {
	s, ok := w.Load(ec.FormValue("snapshot"))
	if !ok {
		return "", no("There is no snapshot %q", ec.FormValue("snapshot"))
	}
	return "The world is as it was at " + ec.FormValue("snapshot") + ".", w.RestoreTo(s)
}

func (p *plane) doUnsave(ec echo.Context, w *twin.World) (string, error) {
	return "", w.Unsave(ec.FormValue("snapshot"))
}

// doSeed loads what was pasted, or a file if there is one, into the world.
func (p *plane) doSeed(ec echo.Context, w *twin.World) (string, error) {
	doc := []byte(ec.FormValue("seed"))
	if f, err := ec.FormFile("file"); err == nil && f.Size > 0 {
		src, err := f.Open()
		if err != nil {
			return "", err
		}
		defer src.Close()
		if doc, err = io.ReadAll(src); err != nil {
			return "", err
		}
	}
	if len(bytes.TrimSpace(doc)) == 0 {
		return "", no("There is nothing to load")
	}
	if err := w.Reseed(doc, ec.FormValue("mode") == "merge"); err != nil {
		return "", no("%v", err)
	}
	return "The seed is loaded.", nil
}
