package gsheets

import (
	"encoding/json"
	"math/rand/v2"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"twinset.dev/twins/gsheets/internal/formula"
	"twinset.dev/twins/internal/google/files"
	"twinset.dev/twins/internal/testbed"
)

// FuzzRanges reads whatever names cells: it is refused, or is cells of a sheet whose own name for them means the same.
func FuzzRanges(f *testing.F) {
	for _, s := range []string{"A1", "Sheet1!B2:C", "'It''s'!3:4", "R1C1:R2C2", "'", "!", "a!b!c", "A1:1", "$A$1", "Sheet1", "ZZZ10000000", "A0", "'Sheet1'", "'Sheet1'!"} {
		f.Add(s)
	}
	b := &book{}
	for i, title := range []string{"Sheet1", "It's", "A1", "🌵 x"} {
		b.tabs = append(b.tabs, &tab{Sheet: Sheet{ID: i, Title: title, RowCount: 100, ColCount: 26, Type: "GRID"}, b: b})
	}
	b.Names = []NamedRange{{Name: "All", Area: formula.Area{Row1: formula.Open, Col1: formula.Open}}}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := b.span(text)
		if err != nil {
			return
		}
		again, err := b.span(r.a1(r.area()))
		if err != nil || again.tab != r.tab || again.area() != r.area() {
			t.Errorf("%q is %s, which is %+v (%v), not %+v", text, r.a1(r.area()), again.area(), err, r.area())
		}
	})
}

// FuzzValues writes whatever comes as values, reads it in every way and clears it: nothing is a 500.
func FuzzValues(f *testing.F) {
	for _, s := range []string{`[["x"]]`, `[[1, null, true], []]`, `"X"`, `[[{"a": [1]}]]`, `[["=A1"], ["=SUM(A:A)"]]`, `[["1e999"]]`, `[[1e308]]`, `[["=SEQUENCE(9,9)"]]`, `[["=\"\"&"]]`, `[["12/31/9999 25:00"]]`} {
		f.Add("A1", s)
	}
	s, w := world(f)
	var id string
	inCall(f, s, w, func(c *call) {
		file, _ := s.Create(c, files.File{Name: "Fuzz", Type: files.Spreadsheet})
		id = file.ID
	})
	h, bearer := testbed.Handler(s.API.Base, w), "Bearer "+token(f, w, "ana")
	f.Fuzz(func(t *testing.T, at, values string) {
		if !json.Valid([]byte(values)) {
			return
		}
		path := "/v4/spreadsheets/" + id + "/values/" + url.PathEscape(at)
		for _, x := range [][3]string{
			{"PUT", path + "?valueInputOption=USER_ENTERED&includeValuesInResponse=true", `{"values":` + values + `}`},
			{"POST", path + ":append?valueInputOption=RAW", `{"values":` + values + `,"majorDimension":"COLUMNS"}`},
			{"GET", path + "?valueRenderOption=FORMULA", ""},
			{"GET", "/v4/spreadsheets/" + id + "?includeGridData=true&ranges=A1:J20", ""},
			{"POST", path + ":clear", "{}"},
		} {
			r := httptest.NewRequest(x[0], x[1], strings.NewReader(x[2]))
			r.Header.Set("Authorization", bearer)
			rec := httptest.NewRecorder()
			h.ServeHTTP(rec, r)
			if rec.Code >= 500 || !json.Valid(rec.Body.Bytes()) {
				t.Fatalf("%s %s %s: %d %s", x[0], x[1], x[2], rec.Code, rec.Body)
			}
		}
	})
}

// TestReload holds that a graph that is made again of the cells computes as the one that has followed every change.
func TestReload(t *testing.T) {
	s, w := world(t)
	for seed := range uint64(6) {
		r := rand.New(rand.NewPCG(seed, 3))
		var one, two string
		inCall(t, s, w, func(c *call) {
			a, _ := s.Create(c, files.File{Name: "One", Type: files.Spreadsheet})
			b, _ := s.Create(c, files.File{Name: "Two", Type: files.Spreadsheet})
			one, two = a.ID, b.ID
		})
		for range 25 {
			row, col := r.IntN(12), r.IntN(6)
			text := randomFormula(r, col)
			for _, id := range []string{one, two} {
				inCall(t, s, w, func(c *call) {
					if id == two {
						s.graphs.take(graphKey{c.World, id}, nil)
					}
					f, _ := s.Files.Get(c.Tx, id)
					b, _ := s.load(c, f)
					b.tabs[0].typed(row, col, text)
					if err := b.commit(); err != nil {
						t.Fatal(err)
					}
				})
			}
			inCall(t, s, w, func(c *call) {
				a, _ := s.Files.Get(c.Tx, one)
				z, _ := s.Files.Get(c.Tx, two)
				x, _ := s.load(c, a)
				y, _ := s.load(c, z)
				got, want := string(y.tabs[0].csv()), string(x.tabs[0].csv())
				if got != want {
					t.Fatalf("seed %d, after %q at %d,%d: got\n%s\nwant\n%s", seed, text, row, col, got, want)
				}
			})
		}
	}
}

// randomFormula is a value, or a formula of cells in columns before its own: without circles.
func randomFormula(r *rand.Rand, col int) string {
	cell := func() string { return formula.CellName(r.IntN(12), r.IntN(max(1, col))) }
	kind := 4
	if col > 0 {
		kind = r.IntN(5)
	}
	switch kind {
	case 0:
		return "=SUM(" + cell() + ":" + cell() + ")"
	case 1:
		return "=" + cell() + "+1"
	case 2:
		return "=SEQUENCE(2,2)"
	case 3:
		return "=TRANSPOSE(" + cell() + ":" + cell() + ")"
	}
	return []string{"1", "2", "x", "TRUE"}[r.IntN(4)]
}
