package cassette

import (
	"bytes"
	"fmt"
	"time"

	"twinset.dev/agent/llm"
)

// Doctor lists what is wrong with a tape: entries older than age, recorded under another price sheet or of models that the catalog no
// longer has, known by a key that is not theirs, there twice, or with a secret in them. An error is a tape that cannot be read.
func Doctor(path string, now time.Time, age time.Duration, prices *llm.PriceSheet) ([]string, error) {
	entries, raw, err := read(path)
	if err != nil {
		return nil, err
	}
	var out []string
	seen := map[id]bool{}
	for i, e := range entries {
		say := func(format string, args ...any) {
			out = append(out, fmt.Sprintf("entry %d: ", i+1)+fmt.Sprintf(format, args...))
		}
		if old := now.Sub(e.Time); old > age {
			say("stale: recorded %s, %d days ago", e.Time.Format(time.DateOnly), int(old.Hours()/24))
		}
		if prices != nil && e.PriceSheet != "" && e.PriceSheet != prices.ID {
			say("recorded under price sheet %s; today's is %s", e.PriceSheet, prices.ID)
		}
		if r := e.Response; r != nil && llm.Lookup(r.Model).ID == "" {
			say("answered by %s, which the catalog does not have", r.Model)
		}
		if keyOf(e.Request) != e.Key {
			say("its key is not that of its request")
		}
		if seen[id{e.Key, e.Trial, e.Ordinal}] {
			say("it is there twice")
		}
		seen[id{e.Key, e.Trial, e.Ordinal}] = true
		if hid, err := masked(e); err != nil || bytes.Count(hid, []byte(hidden)) > bytes.Count(raw[i], []byte(hidden)) {
			say("it has a secret in it")
		}
	}
	return out, nil
}
