package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
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
	for service, p := range map[string]struct {
		folders      []string
		alike, whole float64 // shares that it may not fall below
	}{
		"okta":   {[]string{"okta-python", "okta-terraform"}, 0, 0},
		"google": {[]string{"gspread"}, 0.95, 0.80},
	} {
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
			counts := map[string]*count{}
			for _, f := range p.folders {
				recs, err := replay.Read(filepath.Join(recordings, f))
				if err != nil {
					t.Fatal(err)
				}
				r, err := replay.Run(t.Context(), url, svc, recs, replay.Options{})
				if err != nil {
					t.Fatal(err)
				}
				t.Logf("%s: %d of %d recorded steps alike, %d of %d recordings whole", f, r.Alike, r.Scored, r.Whole, r.Recordings)
				if r.AlikeShare() < p.alike || r.WholeShare() < p.whole {
					t.Errorf("%s: %.3f of the steps are alike and %.3f of the recordings whole; it may not be less than %v and %v", f, r.AlikeShare(), r.WholeShare(), p.alike, p.whole)
				}
				for _, op := range r.Operations {
					twin := twinOf(service, op.Name)
					if counts[twin] == nil {
						counts[twin] = &count{}
					}
					counts[twin].Passed += op.Alike
					counts[twin].Of += op.Scored
				}
			}
			dir := os.Getenv("COUNTS")
			if dir == "" {
				return
			}
			for twin, c := range counts {
				b, err := json.Marshal(map[string]any{"recordings": c})
				if err == nil {
					err = os.WriteFile(filepath.Join(dir, twin+".recordings.json"), b, 0o644)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

type count struct {
	Passed int `json:"passed"`
	Of     int `json:"of"`
}

// twinOf is the twin whose an operation is, of those that share a port.
func twinOf(service, operation string) string {
	_, path, _ := strings.Cut(operation, " ")
	for prefix, twin := range map[string]string{"/drive/": "gdrive", "/upload/drive/": "gdrive", "/v4/": "gsheets", "/v1/documents": "gdocs"} {
		if service == "google" && strings.HasPrefix(path, prefix) {
			return twin
		}
	}
	return service
}
