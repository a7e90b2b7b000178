package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"twinset.dev/conformance/replay"
)

// recordings is the folder with what the real services answered, which a user's clone has not.
const recordings = "../../../../shared/recordings"

// TestRecordings plays what real services were asked at their twins, and leaves for the scoreboard how much they answer alike.
func TestRecordings(t *testing.T) {
	if _, err := os.Stat(recordings); err != nil {
		t.Skip("SKIPPED: no recorded traffic beside this clone; no twin is held against any")
	}
	for service, folders := range map[string][]string{"okta": {"okta-python", "okta-terraform"}} {
		t.Run(service, func(t *testing.T) {
			url, stop, err := start(service, 1)
			if err != nil {
				t.Fatal(err)
			}
			defer stop()
			svc, err := replay.Lookup(service)
			if err != nil {
				t.Fatal(err)
			}
			alike, scored := 0, 0
			for _, f := range folders {
				recs, err := replay.Read(filepath.Join(recordings, f))
				if err != nil {
					t.Fatal(err)
				}
				r, err := replay.Run(t.Context(), url, svc, recs, replay.Options{})
				if err != nil {
					t.Fatal(err)
				}
				t.Logf("%s: %d of %d recorded steps alike, %d of %d recordings whole", f, r.Alike, r.Scored, r.Whole, r.Recordings)
				alike, scored = alike+r.Alike, scored+r.Scored
			}
			dir := os.Getenv("COUNTS")
			if dir == "" {
				return
			}
			b, err := json.Marshal(map[string]any{"recordings": map[string]int{"passed": alike, "of": scored}})
			if err == nil {
				err = os.WriteFile(filepath.Join(dir, service+".recordings.json"), b, 0o644)
			}
			if err != nil {
				t.Fatal(err)
			}
		})
	}
}
