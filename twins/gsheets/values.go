package gsheets

import (
	"encoding/json"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/gsheets/internal/api"
	"twinset.dev/twins/gsheets/internal/calc"
	"twinset.dev/twins/gsheets/internal/formula"
	"twinset.dev/twins/internal/google/files"
	"twinset.dev/twins/internal/google/gapi"
)

func (s *Sheets) valuesOperations() {
	s.On(twin.Full, "spreadsheets.values.get", s.valuesGet).Answers(api.ValueRange{}, "").Public()
	s.On(twin.Full, "spreadsheets.values.batchGet", s.valuesBatchGet).Answers(api.BatchGetValuesResponse{}, "").Public()
	s.On(twin.Full, "spreadsheets.values.update", s.valuesUpdate).Answers(api.UpdateValuesResponse{}, "")
	s.On(twin.Full, "spreadsheets.values.batchUpdate", s.valuesBatchUpdate).Answers(api.BatchUpdateValuesResponse{}, "")
	s.On(twin.Full, "spreadsheets.values.append", s.valuesAppend).Answers(api.AppendValuesResponse{}, "")
	s.On(twin.Full, "spreadsheets.values.clear", s.valuesClear).Answers(api.ClearValuesResponse{}, "")
	s.On(twin.Full, "spreadsheets.values.batchClear", s.valuesBatchClear).Answers(api.BatchClearValuesResponse{}, "")
}

// valuesGet answers the values of a range.
//
// https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets.values/get
func (s *Sheets) valuesGet(c *call) (any, error) {
	how, major := readOptions(c.Q("valueRenderOption"), c.Q("dateTimeRenderOption"), c.Q("majorDimension"))
	b, err := s.open(c, c.Param("spreadsheetId"), files.Reader)
	if err != nil {
		return nil, err
	}
	r, err := b.span(c.Param("range"))
	if err != nil {
		return nil, err
	}
	return r.values(how, major), nil
}

// valuesBatchGet answers the values of several ranges.
//
// https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets.values/batchGet
func (s *Sheets) valuesBatchGet(c *call) (any, error) {
	how, major := readOptions(c.Q("valueRenderOption"), c.Q("dateTimeRenderOption"), c.Q("majorDimension"))
	b, err := s.open(c, c.Param("spreadsheetId"), files.Reader)
	if err != nil {
		return nil, err
	}
	out := Obj{"spreadsheetId": b.ID}
	var all []any
	for _, text := range c.Qs("ranges") {
		r, err := b.span(text)
		if err != nil {
			return nil, err
		}
		all = append(all, r.values(how, major))
	}
	if all != nil {
		out["valueRanges"] = all
	}
	return out, nil
}

// readOptions are how values are read.
func readOptions(value, time, major string) (rendering, string) {
	r := rendering{value, time}
	if r.value == "" {
		r.value = "FORMATTED_VALUE"
	}
	if r.time == "" {
		r.time = "SERIAL_NUMBER"
	}
	if major != "COLUMNS" {
		major = "ROWS"
	}
	return r, major
}

// values is the ValueRange of a span, without what is empty at the end.
func (r span) values(how rendering, major string) Obj {
	a := r.area()
	o := Obj{"range": r.a1(a), "majorDimension": major}
	lines := r.rows
	if major == "COLUMNS" {
		lines = r.columns
	}
	if all := lines(a, how); all != nil {
		o["values"] = json.RawMessage(all)
	}
	return o
}

// rows are the values of an area as a list of its rows, nil if it has none.
func (r span) rows(a formula.Area, how rendering) []byte {
	all, next := make([]byte, 0, min(a.Rows()*a.Cols()*8, 64<<10)), a.Row0
	r.walkRows(a.Row0, a.Row1, func(at int, row *Row) bool {
		n := min(a.Col1, len(row.Cells))
		for n > a.Col0 && row.Cells[n-1].Value.Kind == calc.KindEmpty {
			n--
		}
		if n <= a.Col0 {
			return true
		}
		out := all
		for ; next < at; next++ {
			out = append(append(out, sep(out)), "[]"...)
		}
		out = append(out, sep(out))
		for i, open := a.Col0, byte('['); i < n; i, open = i+1, ',' {
			out = r.b.appendValue(append(out, open), &row.Cells[i], how)
		}
		all, next = append(out, ']'), at+1
		return true
	})
	return closed(all)
}

// columns are the values of an area as a list of its columns, nil if it has none.
func (r span) columns(a formula.Area, how rendering) (all []byte) {
	var cols [][]byte
	var full []int // how many values each has
	r.walk(a, func(row, col int, x *Cell) bool {
		if x.Value.Kind == calc.KindEmpty {
			return true
		}
		at := col - a.Col0
		for len(cols) <= at {
			cols, full = append(cols, nil), append(full, 0)
		}
		line := cols[at]
		for ; full[at] < row-a.Row0; full[at]++ {
			line = append(append(line, sep(line)), `""`...)
		}
		cols[at] = r.b.appendValue(append(line, sep(line)), x, how)
		full[at]++
		return true
	})
	for _, line := range cols {
		if all = append(all, sep(all)); line == nil {
			line = []byte{'['}
		}
		all = append(append(all, line...), ']')
	}
	return closed(all)
}

// sep is what stands before the next item of a JSON list that has been written so far.
func sep(list []byte) byte {
	if len(list) == 0 {
		return '['
	}
	return ','
}

// closed is a list that is written; nil if nothing is in it.
func closed(list []byte) []byte {
	if len(list) == 0 {
		return nil
	}
	return append(list, ']')
}

// valuesClear takes the values out of a range and leaves everything else.
//
// https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets.values/clear
func (s *Sheets) valuesClear(c *call) (any, error) {
	if err := c.Bind(&api.ClearValuesRequest{}); err != nil {
		return nil, err
	}
	b, err := s.open(c, c.Param("spreadsheetId"), files.Writer)
	if err != nil {
		return nil, err
	}
	r, err := b.span(c.Param("range"))
	if err != nil {
		return nil, err
	}
	if err := r.clear(); err != nil {
		return nil, err
	}
	if err := b.commit(); err != nil {
		return nil, err
	}
	return Obj{"spreadsheetId": b.ID, "clearedRange": r.a1(r.area())}, nil
}

// valuesBatchClear clears several ranges.
//
// https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets.values/batchClear
func (s *Sheets) valuesBatchClear(c *call) (any, error) {
	var in api.BatchClearValuesRequest
	if err := c.Bind(&in); err != nil {
		return nil, err
	}
	b, err := s.open(c, c.Param("spreadsheetId"), files.Writer)
	if err != nil {
		return nil, err
	}
	out := Obj{"spreadsheetId": b.ID}
	for i, text := range in.Ranges {
		r, err := b.span(text)
		if err == nil {
			err = r.clear()
		}
		if err != nil {
			return nil, inRanges(i, err)
		}
		appendTo(out, "clearedRanges", r.a1(r.area()))
	}
	return out, b.commit()
}

func inRanges(i int, err error) error {
	if r, ok := err.(*gapi.Refusal); ok && r.Status == "INVALID_ARGUMENT" {
		return gapi.Invalid("Invalid ranges[%d]: %s", i, r.Message)
	}
	return err
}

// clear takes the values out of a span.
func (r span) clear() error {
	a := r.area()
	if err := r.guard(a); err != nil {
		return err
	}
	r.walk(a, func(row, col int, x *Cell) bool {
		if x.Formula != "" || x.Value.Kind != calc.KindEmpty && !x.Spilled {
			r.enter(row, col, "", calc.Empty)
		}
		return true
	})
	r.b.edited = true
	return nil
}
