// Package bigquery is a small data warehouse: tables with typed columns, and the part of GoogleSQL that reads one of them.
//
// https://cloud.google.com/bigquery/docs/reference/standard-sql/query-syntax
package bigquery

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"twinset.dev/twins/gsheets/internal/calc"
	"twinset.dev/twins/gsheets/internal/format"
)

// A Table is rows under columns. A value of a row is as JSON has it; dates and times are written as BigQuery writes them.
type Table struct {
	Project string   `json:"project"`
	Dataset string   `json:"dataset"`
	Name    string   `json:"name"`
	Columns []Column `json:"columns"`
	Rows    [][]any  `json:"rows,omitempty"`
	Readers []string `json:"readers,omitempty"` // by their addresses; nobody is everybody
}

// A Column is one of a table.
type Column struct {
	Name string `json:"name"`
	Type string `json:"type"` // STRING, INTEGER, FLOAT, NUMERIC, BOOLEAN, DATE, DATETIME, TIMESTAMP, TIME, or what Sheets cannot show
}

// Path is a table's full name.
func (t *Table) Path() string { return t.Project + ":" + t.Dataset + "." + t.Name }

// LetsRead reports whether somebody may read the table.
func (t *Table) LetsRead(email string) bool {
	return len(t.Readers) == 0 || slices.Contains(t.Readers, email)
}

// A Result is what a query gives.
type Result struct {
	Names []string
	Rows  [][]calc.Value
}

// An Error is why a query gives nothing.
type Error struct {
	Code    string // as DataExecutionStatus has it: ENGINE, PARAMETER_INVALID, UNSUPPORTED_DATA_TYPE …
	Message string
}

func (e *Error) Error() string { return e.Message }

func fail(code, format string, args ...any) *Error { return &Error{code, fmt.Sprintf(format, args...)} }

// Check refuses a table that says of its columns or rows what cannot be.
func (t *Table) Check() error {
	if t.Project == "" || t.Dataset == "" || t.Name == "" || len(t.Columns) == 0 {
		return fmt.Errorf("%s: a table needs a project, a dataset, a name and columns", t.Path())
	}
	for i, row := range t.Rows {
		if len(row) > len(t.Columns) {
			return fmt.Errorf("%s: row %d has more values than there are columns", t.Path(), i+1)
		}
		for k, v := range row {
			if _, err := valueOf(v, t.Columns[k].Type); err != nil && shown[t.Columns[k].Type] {
				return fmt.Errorf("%s: row %d: %w", t.Path(), i+1, err)
			}
		}
	}
	return nil
}

// shown are the types of columns that Sheets can show.
var shown = map[string]bool{"STRING": true, "INTEGER": true, "INT64": true, "FLOAT": true, "FLOAT64": true, "NUMERIC": true, "BIGNUMERIC": true,
	"BOOLEAN": true, "BOOL": true, "DATE": true, "DATETIME": true, "TIMESTAMP": true, "TIME": true}

// All is the whole table.
func (t *Table) All() (*Result, *Error) {
	out := &Result{}
	for _, c := range t.Columns {
		if !shown[c.Type] {
			return nil, fail("UNSUPPORTED_DATA_TYPE", "Column %s has the type %s, which is not supported.", c.Name, c.Type)
		}
		out.Names = append(out.Names, c.Name)
	}
	for _, row := range t.Rows {
		out.Rows = append(out.Rows, t.values(row))
	}
	return out, nil
}

// values are a row's, as formulas have them.
func (t *Table) values(row []any) []calc.Value {
	out := make([]calc.Value, len(t.Columns))
	for i, v := range row {
		out[i], _ = valueOf(v, t.Columns[i].Type) // Check has read them
	}
	return out
}

// valueOf is a value of a column.
func valueOf(v any, kind string) (calc.Value, error) {
	switch v := v.(type) {
	case nil:
		return calc.Empty, nil
	case float64:
		return calc.Number(v), nil
	case json.Number:
		n, err := v.Float64()
		return calc.Number(n), err
	case bool:
		return calc.Bool(v), nil
	case string:
		switch kind {
		case "DATE", "DATETIME", "TIMESTAMP", "TIME":
			return moment(v, kind)
		}
		return calc.Text(v), nil
	}
	return calc.Empty, fmt.Errorf("%v is no value", v)
}

// layouts are how BigQuery writes dates and times.
var layouts = map[string][]string{
	"DATE": {"2006-01-02"}, "TIME": {"15:04:05"},
	"DATETIME":  {"2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02"},
	"TIMESTAMP": {time.RFC3339, "2006-01-02 15:04:05 UTC", "2006-01-02 15:04:05", "2006-01-02"},
}

// moment reads a date or a time.
func moment(s, kind string) (calc.Value, error) {
	for _, layout := range layouts[kind] {
		at, err := time.Parse(layout, s)
		if err != nil {
			continue
		}
		at = at.UTC()
		clock := float64(at.Hour()*3600+at.Minute()*60+at.Second()) / 86400
		switch kind {
		case "TIME":
			return calc.Date(clock, calc.HintTime), nil
		case "DATE":
			return calc.Date(format.Serial(at.Year(), int(at.Month()), at.Day()), calc.HintDate), nil
		}
		return calc.Date(format.Serial(at.Year(), int(at.Month()), at.Day())+clock, calc.HintDateTime), nil
	}
	return calc.Empty, fmt.Errorf("invalid %s %q", strings.ToLower(kind), s)
}
