package llm

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
)

// PriceSheet is what models cost from a day on. ID is its date and the beginning of the SHA-256 of its bytes, so that what was spent
// under a sheet stays with that sheet.
type PriceSheet struct {
	ID      string           `json:"-"`
	Date    string           `json:"date"`    // from which it holds, 2006-01-02
	Sources []string         `json:"sources"` // where the prices were read
	Models  map[string]Rates `json:"models"`  // by "provider/model"
}

// Rates are US dollars for a million tokens. Without a rate for the cache, the rate of the prompt holds.
type Rates struct {
	In         float64    `json:"in"`
	Out        float64    `json:"out"`
	CacheRead  *float64   `json:"cache_read,omitempty"`
	CacheWrite *float64   `json:"cache_write,omitempty"`
	Above      *LongRates `json:"above,omitempty"` // of long prompts
}

// LongRates hold for the whole of a request whose prompt is longer than Tokens.
type LongRates struct {
	Tokens int `json:"tokens"`
	Rates
}

//go:embed prices.json
var pricesJSON []byte

// Prices is the sheet that this program came with.
var Prices = sync.OnceValue(func() *PriceSheet {
	s, err := ParsePrices(pricesJSON)
	if err != nil {
		panic(err) // the file is part of the program, and a test reads it
	}
	return s
})

// ParsePrices reads a sheet, and refuses what it does not know: a misspelt rate would be a price of 0.
func ParsePrices(data []byte) (*PriceSheet, error) {
	var s PriceSheet
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		return nil, fmt.Errorf("price sheet: %w", err)
	}
	if s.Date == "" {
		return nil, fmt.Errorf("price sheet: no date")
	}
	sum := sha256.Sum256(data)
	s.ID = s.Date + "-" + hex.EncodeToString(sum[:4])
	return &s, nil
}

// Cost is what u costs in US dollars, and whether the sheet knows. A dated name (gpt-5.2-2025-12-11, claude-opus-4-5-20251101) has the
// price of the name without its date.
func (s *PriceSheet) Cost(provider, model string, u Usage) (usd float64, ok bool) {
	r, ok := s.Models[provider+"/"+model]
	if !ok {
		r, ok = s.Models[provider+"/"+undated(model)]
	}
	if !ok {
		return 0, false
	}
	if r.Above != nil && u.Input > r.Above.Tokens {
		r = r.Above.Rates
	}
	rate := func(p *float64) float64 {
		if p == nil {
			return r.In
		}
		return *p
	}
	read, write := deref(u.CacheRead), deref(u.CacheWrite)
	return (float64(u.Input-read-write)*r.In + float64(read)*rate(r.CacheRead) + float64(write)*rate(r.CacheWrite) +
		float64(u.Output)*r.Out) / 1e6, true
}

// undated is a model's name without the date at its end.
func undated(model string) string {
	digits := strings.TrimRight(model, "0123456789-")
	tail := model[len(digits):]
	for _, layout := range []string{"-2006-01-02", "-20060102"} {
		if n := len(tail) - len(layout); n >= 0 && isDate(tail[n:]) {
			return digits + tail[:n]
		}
	}
	return model
}

func isDate(s string) bool {
	d := strings.ReplaceAll(s, "-", "")
	return s[0] == '-' && len(d) == 8 && strings.HasPrefix(d, "20")
}
