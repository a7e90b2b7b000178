package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"twinset.dev/agent/llm"
	"twinset.dev/agent/llm/cassette"
	"twinset.dev/agent/spend"
)

// A meter is what the flags say of what models may cost, and of whether they are asked at all.
type meter struct {
	run, stage, day    float64
	prices, mode, tape string
	pace               float64
}

func (m *meter) flags(f *pflag.FlagSet) {
	f.Float64Var(&m.run, "cap-run", 0, "US dollars after which no more is asked in this run; it stops at its last checkpoint")
	f.Float64Var(&m.stage, "cap-stage", 0, "US dollars for each stage")
	f.Float64Var(&m.day, "cap-day", 0, "US dollars for each day, of all that the store knows of")
	f.StringVar(&m.prices, "prices", "", "price sheet in JSON (default the program's own)")
	f.StringVar(&m.mode, "llm-mode", "passthrough", "passthrough, record (what models answer, on --tape), replay (it), or new_episodes (replay, and record what is missing)")
	f.StringVar(&m.tape, "tape", "", "the file of recorded answers")
	f.Float64Var(&m.pace, "pace", 0, "of a replay: 0 as fast as can be, 1 as it was")
}

// getenv is the environment, with keys for a replay: nobody is asked, so nobody needs them.
func (m *meter) getenv(name string) string {
	v := os.Getenv(name)
	if v == "" && m.mode == string(cassette.Replay) && strings.HasSuffix(name, "_API_KEY") {
		return "replay"
	}
	return v
}

// sheet is the prices that hold.
func (m *meter) sheet() (*llm.PriceSheet, error) {
	if m.prices == "" {
		return llm.Prices(), nil
	}
	data, err := os.ReadFile(m.prices)
	if err != nil {
		return nil, err
	}
	s, err := llm.ParsePrices(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", m.prices, err)
	}
	return s, nil
}

// open gives the middleware that goes next to the providers; done ends a recording. What the record says of today counts for the day.
func (m *meter) open(ctx context.Context, rec *recorder) (layers []llm.Middleware, done func() error, err error) {
	prices, err := m.sheet()
	if err != nil {
		return nil, nil, err
	}
	if m.run < 0 || m.stage < 0 || m.day < 0 {
		return nil, nil, errors.New("a cap is not below 0")
	}
	if m.run+m.stage+m.day > 0 {
		budget := &llm.Budget{Run: m.run, Stage: m.stage, Day: m.day, Prices: prices}
		if m.day > 0 && rec.api != nil {
			now := time.Now()
			earlier, _, err := spend.Today(ctx, rec.api, now)
			if err != nil {
				return nil, nil, err
			}
			budget.Add(llm.Tags{}, now, earlier)
		}
		layers = append(layers, budget.Middleware())
	}
	if (m.tape == "") != (m.mode == string(cassette.Passthrough)) {
		return nil, nil, fmt.Errorf("--llm-mode %s and --tape %q do not go together: say both, or neither", m.mode, m.tape)
	}
	tape, err := cassette.Open(m.tape, cassette.Mode(m.mode))
	if err != nil {
		return nil, nil, err
	}
	tape.Prices, tape.Pace = prices, m.pace
	return append(layers, tape.Middleware()), tape.Close, nil
}
