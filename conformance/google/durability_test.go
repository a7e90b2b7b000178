package google

import (
	"fmt"
	"sync"
	"testing"

	"google.golang.org/api/drive/v3"
	"google.golang.org/api/sheets/v4"

	"twinset.dev/conformance/internal/lab"
)

// TestKillNine kills a twin that keeps its state in a directory while files are being made and cells written, again and
// again, and finds everything that was acknowledged.
func TestKillNine(t *testing.T) {
	var mu sync.Mutex
	files, table, rows := map[string]string{}, "", map[string]bool{} // name by id; what was appended
	twin.KillNine(t, func(round int, url string) func(writer, n int) error {
		var creds credentials
		lab.Control(t, "GET", url+"/_twin/credentials", nil, &creds)
		e := at(t, url, creds)
		if table == "" {
			s, err := e.sheets.Spreadsheets.Create(&sheets.Spreadsheet{}).Do()
			must(t, err)
			table = s.SpreadsheetId
		}
		got := map[string]string{}
		must(t, e.drive.Files.List().Q("name contains 'round'").PageSize(1000).Pages(t.Context(), func(l *drive.FileList) error {
			for _, f := range l.Files {
				got[f.Id] = f.Name
			}
			return nil
		}))
		for id, name := range files {
			if got[id] != name {
				t.Fatalf("round %d: file %s was acknowledged as %q and is %q", round, id, name, got[id])
			}
		}
		values, err := e.sheets.Spreadsheets.Values.Get(table, "A1:A100000").Do()
		must(t, err)
		there := map[string]bool{}
		for _, r := range values.Values {
			there[fmt.Sprint(r[0])] = true
		}
		for r := range rows {
			if !there[r] {
				t.Fatalf("round %d: row %q was acknowledged and is not there", round, r)
			}
		}
		return func(writer, n int) error {
			name := fmt.Sprintf("round %d writer %d file %d", round, writer, n)
			if writer == 0 {
				_, err := e.sheets.Spreadsheets.Values.Append(table, "A1", &sheets.ValueRange{Values: [][]any{{name}}}).ValueInputOption("RAW").Do()
				if err == nil {
					mu.Lock()
					rows[name] = true
					mu.Unlock()
				}
				return err
			}
			f, err := e.drive.Files.Create(&drive.File{Name: name}).Do()
			if err == nil {
				mu.Lock()
				files[f.Id] = name
				mu.Unlock()
			}
			return err
		}
	})
	if len(files) < 50 || len(rows) < 20 {
		t.Fatalf("only %d files and %d rows were acknowledged; the test proves little", len(files), len(rows))
	}
	t.Logf("%d acknowledged files and %d rows survived 12 kills", len(files), len(rows))
}
