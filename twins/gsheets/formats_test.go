package gsheets

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"twinset.dev/twins/gsheets/internal/calc"
	"twinset.dev/twins/internal/google/files"
)

// TestRoundTrips writes random spreadsheets as workbooks and reads them again: values, formulas, what they give, merged
// cells and number formats are the same.
func TestRoundTrips(t *testing.T) {
	s, w := world(t)
	for _, mime := range []string{typeXLSX, typeODS} {
		for seed := range uint64(8) {
			r := rand.New(rand.NewPCG(seed, 7))
			inCall(t, s, w, func(c *call) {
				f, err := s.Create(c, files.File{Name: "Out", Type: files.Spreadsheet})
				if err != nil {
					t.Fatal(err)
				}
				b, _ := s.load(c, f)
				b.add(b.newSheet(7, "It's & <two>"))
				for range 60 {
					sh := b.tabs[r.IntN(2)]
					sh.typed(r.IntN(100), r.IntN(8), randomEntry(r))
				}
				b.commit()
				out, err := editor{s}.Export(c, f, mime)
				if err != nil {
					t.Fatal(err)
				}
				g := f
				g.ID = files.NewID(c, files.Spreadsheet)
				s.Files.Put(c.Tx, g)
				if err := (editor{s}).Import(c, g, mime, out); err != nil {
					t.Fatal(err)
				}
				again, _ := s.load(c, g)
				for i := range b.tabs {
					if got, want := cellsOf(again.tabs[i], mime), cellsOf(b.tabs[i], mime); !reflect.DeepEqual(got, want) {
						for k := range want {
							if got[k] != want[k] {
								t.Errorf("%s: %s: got %s, want %s", mime, k, got[k], want[k])
							}
						}
						t.Fatalf("%s, seed %d: %d cells, want %d", mime, seed, len(got), len(want))
					}
				}
			})
		}
	}
}

func randomEntry(r *rand.Rand) string {
	switch r.IntN(9) {
	case 0:
		return fmt.Sprint(r.IntN(1000))
	case 1:
		return fmt.Sprint(r.NormFloat64())
	case 2:
		return []string{"TRUE", "FALSE"}[r.IntN(2)]
	case 3:
		return []string{"plain", "'007", "a\nb", "<&>\"'", "naïve ☃", " blanks "}[r.IntN(6)]
	case 4:
		return fmt.Sprintf("%d/%d/2026", r.IntN(12)+1, r.IntN(28)+1)
	case 5:
		return fmt.Sprintf("%d.5%%", r.IntN(100))
	case 6:
		return fmt.Sprintf("=SUM(A%d:B%d)+%d", r.IntN(50)+1, r.IntN(50)+1, r.IntN(9))
	case 7:
		return fmt.Sprintf("='It''s & <two>'!C%d&\"; [.A1] \"", r.IntN(50)+1)
	}
	return fmt.Sprintf("=IF(Sheet1!A%d>=2,-1,\"no\")", r.IntN(50)+1)
}

func cellsOf(t *tab, mime string) map[string]string {
	out := map[string]string{}
	t.walk(t.all(), func(r, c int, x *Cell) bool {
		if x.Value.Kind != calc.KindEmpty || x.Formula != "" {
			v := x.Value
			if v.Kind == calc.KindNumber || mime == typeODS && x.Formula != "" {
				v.Text = "" // how a date is shown is not in every file
			}
			out[fmt.Sprint(r, ",", c)] = fmt.Sprint(strings.NewReplacer("(", "", ")", "").Replace(x.Formula), " ", v.Kind, v.Num, strings.TrimSpace(v.Text))
		}
		return true
	})
	return out
}

// TestExports looks at what is written for people and other programs.
func TestExports(t *testing.T) {
	s, w := world(t)
	inCall(t, s, w, func(c *call) {
		f, _ := s.Create(c, files.File{Name: "Out", Type: files.Spreadsheet})
		b, _ := s.load(c, f)
		for i, line := range [][]string{{"name", "share"}, {"a, \"b\"", "12%"}, {}, {"", "=B2"}} {
			for k, text := range line {
				if text != "" {
					b.tabs[0].typed(i, k, text)
				}
			}
		}
		b.commit()
		for mime, want := range map[string]string{
			typeCSV: "name,share\r\n\"a, \"\"b\"\"\",12%\r\n,\r\n,12%",
			typeTSV: "name\tshare\r\na, \"b\"\t12%\r\n\t\r\n\t12%",
		} {
			if got, err := (editor{s}).Export(c, f, mime); err != nil || string(got) != want {
				t.Errorf("%s: got %q (%v), want %q", mime, got, err, want)
			}
		}
		if got, err := (editor{s}).Export(c, f, typePDF); err != nil || !bytes.HasPrefix(got, []byte("%PDF-")) || !bytes.Contains(got, []byte("(12%) Tj")) {
			t.Errorf("no PDF: %v", err)
		}
		out, err := editor{s}.Export(c, f, typeZIP)
		if err != nil {
			t.Fatal(err)
		}
		z, err := zip.NewReader(bytes.NewReader(out), int64(len(out)))
		if err != nil {
			t.Fatal(err)
		}
		page, err := z.Open("Sheet1.html")
		if err != nil {
			t.Fatal(err)
		}
		html, _ := io.ReadAll(page)
		if !strings.Contains(string(html), ">a, &#34;b&#34;</td>") {
			t.Errorf("the page is %s", html)
		}
		if text := (editor{s}).Text(c, f); text != "Sheet1\nname\nshare\na, \"b\"\n12%\n12%\n" {
			t.Errorf("the text is %q", text)
		}
	})
}

// FuzzImports reads whatever comes: it is refused or becomes a spreadsheet.
func FuzzImports(f *testing.F) {
	f.Add("text/csv", []byte("a,b\n\"1\n"))
	f.Add(typeXLSX, []byte("PK"))
	f.Add(typeODS, []byte("PK"))
	f.Add(typeTSV, []byte("\xff\tx"))
	s, w := world(f)
	f.Fuzz(func(t *testing.T, mime string, content []byte) {
		if imports[mime] == nil {
			return
		}
		inCall(t, s, w, func(c *call) {
			file, _ := s.Create(c, files.File{Name: "In", Type: files.Spreadsheet})
			_ = editor{s}.Import(c, file, mime, content)
		})
	})
}
