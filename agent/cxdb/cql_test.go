package cxdb

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestCQL(t *testing.T) {
	now := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	c := Context{ID: 7, Parent: 3, Root: 1, Depth: 12, Created: now.Add(-5 * time.Hour).UnixMilli(),
		Metadata: Metadata{Tag: "amplifier", Title: "Fix the \"bug\"", Labels: []string{"code", "Urgent"},
			Provenance: &Provenance{User: "alice", Service: "worker-1", Host: "h1", TraceID: "t9"}}}
	for query, want := range map[string]bool{
		`tag = "amplifier"`: true, `tag = amplifier`: true, `tag = "other"`: false, `tag != "other"`: true,
		`tag ^= "amp"`: true, `tag ^= "AMP"`: false, `tag ^~= "AMP"`: true, `tag ~= "AmpliFier"`: true,
		`tag IN ("a", "amplifier")`: true, `tag in ("a")`: false, `title = "Fix the \"bug\""`: true,
		`label = "code"`: true, `label = "urgent"`: false, `label ~= "urgent"`: true, `label != "code"`: false,
		`user = "alice" AND service ^= "worker"`: true, `host = "h1" and trace_id = "t9"`: true,
		`id = 7`: true, `id IN (1, 7)`: true, `id != 7`: false, `parent = 3 AND root = 1`: true,
		`depth >= 12`: true, `depth > 12`: false, `depth < 13`: true, `depth <= 11`: false,
		`created > "-24h"`: true, `created > "-4h"`: false, `created > -6h`: true, `created < "-30m"`: true,
		`created > "-1d"`: true, `created < "2026-01-01"`: false, `created >= 2026-03-10`: true,
		`created = "2026-03-10T07:00:00Z"`: true, `is_live = true`: true, `is_live = false`: false, `is_live != false`: true,
		`NOT tag = "x"`: true, `NOT NOT tag = "x"`: false,
		// NOT binds tighter than AND, AND tighter than OR.
		`tag = "amplifier" OR tag = "b" AND tag = "c"`:                        true,
		`(tag = "amplifier" OR tag = "b") AND tag = "c"`:                      false,
		`NOT tag = "x" AND tag = "amplifier"`:                                 true,
		`(service = "worker-1" OR service = "api") AND NOT label = "nothing"`: true,
	} {
		q, err := ParseCQL(query)
		if err != nil {
			t.Errorf("%s: %v", query, err)
		} else if got := q.Match(c, true, now); got != want {
			t.Errorf("%s: %v", query, got)
		}
	}
	if q, err := ParseCQL(`user != "bob"`); err != nil || !q.Match(Context{}, false, now) {
		t.Error("a context without a user is not bob's: ", err)
	}
}

func TestCQLErrors(t *testing.T) {
	for query, want := range map[string]QueryError{
		``:                           {0, "", "a comparison is missing"},
		`tag`:                        {3, "", "a value is missing"},
		`tag = "x`:                   {6, "", "the string does not end"},
		`colour = "red"`:             {0, "colour", `there is no field "colour"`},
		`tag = "x" AND`:              {13, "", "a comparison is missing"},
		`tag = "x" tag = "y"`:        {10, "", `"tag" is not expected here`},
		`(tag = "x"`:                 {10, "", ") is missing"},
		`tag > "x"`:                  {0, "tag", "> does not compare text"},
		`tag = "x" AND depth = "no"`: {14, "depth", `"no" is not a number`},
		`depth ^= 1`:                 {0, "depth", "^= does not compare numbers"},
		`created > "soon"`:           {0, "created", `"soon" is not a time`},
		`is_live = maybe`:            {0, "is_live", `"maybe" is not true or false`},
		`is_live > true`:             {0, "is_live", "> does not compare booleans"},
		`id IN 7`:                    {6, "", "IN needs a list in parentheses"},
		`id IN (7 8)`:                {9, "", ", or ) is missing"},
		`tag = )`:                    {6, "", "a value is missing"},
		`tag ! "x"`:                  {4, "", `"!" is not CQL`},
	} {
		_, err := ParseCQL(query)
		e, ok := errors.AsType[*QueryError](err)
		if !ok || *e != want {
			t.Errorf("%s: got %v, want %v", query, err, &want)
		}
	}
	_, err := ParseCQL(strings.Repeat("(", 100_000))
	wantErr(t, err, ErrInvalid)
	_, err = ParseCQL(strings.Repeat("NOT ", 100_000))
	wantErr(t, err, ErrInvalid)
}

func FuzzCQL(f *testing.F) {
	f.Add(`(tag = "a" OR NOT label ^~= "b") AND id IN (1, 2) AND created > "-7d"`)
	f.Add(`title = "\"" AND is_live = true`)
	f.Fuzz(func(t *testing.T, text string) {
		q, err := ParseCQL(text)
		if err != nil {
			if e, ok := errors.AsType[*QueryError](err); !ok || e.Position < 0 || e.Position > len(text) || e.Text == "" {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		c := Context{ID: 1, Metadata: Metadata{Tag: "a", Labels: []string{"b"}}}
		not, err := ParseCQL("NOT (" + text + ")")
		if err != nil {
			if strings.Contains(err.Error(), "levels") {
				return
			}
			t.Fatalf("%q can be asked, its negation cannot: %v", text, err)
		}
		if now := time.Unix(1e9, 0); q.Match(c, true, now) == not.Match(c, true, now) {
			t.Fatalf("%q and its negation agree", text)
		}
	})
}
