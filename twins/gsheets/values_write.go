package gsheets

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"twinset.dev/twins/gsheets/internal/api"
	"twinset.dev/twins/gsheets/internal/calc"
	"twinset.dev/twins/gsheets/internal/format"
	"twinset.dev/twins/gsheets/internal/formula"
	"twinset.dev/twins/internal/google/files"
	"twinset.dev/twins/internal/google/gapi"
)

// writeOptions are how values are written, and how the answer shows them.
type writeOptions struct {
	typed   bool // USER_ENTERED
	include bool // includeValuesInResponse
	how     rendering
}

func newWriteOptions(input string, include bool, value, time string) (w writeOptions, err error) {
	if input == "" || input == "INPUT_VALUE_OPTION_UNSPECIFIED" {
		return w, errNoInputOption
	}
	w.typed, w.include = input == "USER_ENTERED", include
	w.how, _ = readOptions(value, time, "")
	return w, nil
}

// queryWriteOptions are those of a method that has them in the query.
func queryWriteOptions(c *call) (writeOptions, error) {
	return newWriteOptions(c.Q("valueInputOption"), c.QTrue("includeValuesInResponse"), c.Q("responseValueRenderOption"), c.Q("responseDateTimeRenderOption"))
}

// valuesUpdate writes values into a range.
//
// https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets.values/update
func (s *Sheets) valuesUpdate(c *call) (any, error) {
	var in api.ValueRange
	if err := c.BindField("data", &in); err != nil {
		return nil, err
	}
	w, err := queryWriteOptions(c)
	if err != nil {
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
	if in.Range != nil && *in.Range != "" {
		if given, err := b.span(*in.Range); err != nil || given.tab != r.tab || given.asked != r.asked {
			return nil, gapi.Invalid("Requested range [%s] does not match the range of the values [%s]", c.Param("range"), *in.Range)
		}
	}
	done, err := r.write(in, w)
	if err != nil {
		return nil, err
	}
	if err := b.commit(); err != nil {
		return nil, err
	}
	return done.view(w), nil
}

// valuesBatchUpdate writes values into several ranges, all or none.
//
// https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets.values/batchUpdate
func (s *Sheets) valuesBatchUpdate(c *call) (any, error) {
	var in api.BatchUpdateValuesRequest
	if err := c.Bind(&in); err != nil {
		return nil, err
	}
	w, err := newWriteOptions(deref(in.ValueInputOption), deref(in.IncludeValuesInResponse), deref(in.ResponseValueRenderOption), deref(in.ResponseDateTimeRenderOption))
	if err != nil {
		return nil, err
	}
	b, err := s.open(c, c.Param("spreadsheetId"), files.Writer)
	if err != nil {
		return nil, err
	}
	var all []written
	for i, data := range in.Data {
		r, err := b.span(deref(data.Range))
		if err != nil {
			return nil, inData(i, err)
		}
		done, err := r.write(data, w)
		if err != nil {
			return nil, inData(i, err)
		}
		all = append(all, done)
	}
	if err := b.commit(); err != nil {
		return nil, err
	}
	out := b.totals(all)
	for _, done := range all {
		appendTo(out, "responses", done.view(w))
	}
	return out, nil
}

// inData says which of several ranges a refusal is about.
func inData(i int, err error) error {
	if r, ok := err.(*gapi.Refusal); ok && r.Status == "INVALID_ARGUMENT" {
		return gapi.Invalid("Invalid data[%d]: %s", i, r.Message)
	}
	return err
}

// A written is what a write has reached.
type written struct {
	span
	area  formula.Area // with no columns or no rows if nothing was given
	cells int
	major string
}

// write puts values into a span, from its first cell on.
func (r span) write(in api.ValueRange, w writeOptions) (written, error) {
	_, major := readOptions("", "", deref(in.MajorDimension))
	start := r.asked
	done := written{span: r, area: formula.Area{Row0: start.Row0, Col0: start.Col0, Row1: start.Row0, Col1: start.Col0}, major: major}
	for i, line := range in.Values {
		for k, raw := range line {
			row, col := start.Row0+i, start.Col0+k
			if major == "COLUMNS" {
				row, col = start.Row0+k, start.Col0+i
			}
			done.area.Row1, done.area.Col1 = max(done.area.Row1, row+1), max(done.area.Col1, col+1)
			if !r.one && (row >= start.Row1 || col >= start.Col1) {
				return done, r.errOutside(row, col)
			}
			if string(raw) != "null" {
				done.cells++
			}
		}
	}
	if done.area.Row1 > r.RowCount || done.area.Col1 > r.ColCount {
		return done, r.errLimits(done.area)
	}
	if err := r.guard(done.area); err != nil {
		return done, err
	}
	for i, line := range in.Values {
		for k, raw := range line {
			row, col := start.Row0+i, start.Col0+k
			if major == "COLUMNS" {
				row, col = start.Row0+k, start.Col0+i
			}
			if err := r.put(row, col, raw, w.typed); err != nil {
				return done, invalidValue(i, k, raw, err)
			}
		}
	}
	return done, nil
}

func (r span) errOutside(row, col int) error {
	where := fmt.Sprintf("row [%d]", row+1)
	if col >= r.asked.Col1 {
		where = fmt.Sprintf("column [%s]", formula.ColumnName(col))
	}
	return gapi.Invalid("Requested writing within range [%s], but tried writing to %s", r.a1(r.area()), where)
}

// maxText is how many characters a cell may have.
const maxText = 50_000

// errNoValue is for JSON that is no value of a cell.
var errNoValue = errors.New("no value of a cell")

// put gives a cell a value of JSON: null leaves it alone, an empty string clears it.
func (t *tab) put(row, col int, raw json.RawMessage, typed bool) error {
	switch raw[0] {
	case 'n':
	case 't', 'f':
		t.enter(row, col, "", calc.Bool(raw[0] == 't'))
	case '"':
		var text string
		if err := json.Unmarshal(raw, &text); err != nil {
			return err
		}
		if n := len(text); n > maxText && len([]rune(text)) > maxText {
			return errTooLong
		}
		switch {
		case text == "":
			if x := t.cell(row, col); x != nil && !x.blank() {
				t.enter(row, col, "", calc.Empty)
			}
		case typed:
			t.typed(row, col, text)
		default:
			t.enter(row, col, "", calc.Text(text))
		}
	case '{', '[':
		return errNoValue
	default:
		n, err := strconv.ParseFloat(string(raw), 64)
		if err != nil {
			return errNoValue
		}
		t.enter(row, col, "", calc.Number(n))
	}
	return nil
}

// typed enters a text as if a person had typed it.
//
// https://developers.google.com/workspace/sheets/api/reference/rest/v4/ValueInputOption
func (t *tab) typed(row, col int, text string) *Cell {
	if x := t.cell(row, col); x != nil && x.Format != nil && x.Format.Type == format.Text {
		return t.enter(row, col, "", calc.Text(strings.TrimPrefix(text, "'")))
	}
	e := format.Enter(text, t.b.loc, t.b.now())
	var x *Cell
	switch e.Kind {
	case format.NumberValue:
		x = t.enter(row, col, "", calc.Number(e.Number))
	case format.BoolValue:
		x = t.enter(row, col, "", calc.Bool(e.Bool))
	case format.FormulaValue:
		return t.enter(row, col, formula.Normalize(e.Text, t.b.syntax(), calc.Known), calc.Empty)
	case format.ErrorValue:
		x = t.enter(row, col, "", calc.Fail(codeOf(e.Text), ""))
	default:
		x = t.enter(row, col, "", calc.Text(e.Text))
	}
	if e.Type != format.Automatic && (x.Format == nil || x.Format.Type == format.Automatic || x.Format.Type != e.Type && e.Type != format.Number) {
		n := Obj{"type": string(e.Type)}
		if e.Pattern != "" {
			n["pattern"] = e.Pattern
		}
		x.Format = t.b.intern(with(x.Format.tree(), "numberFormat", n))
	}
	if e.Link != "" {
		rest := Rest{}
		if x.Rest != nil {
			rest = *x.Rest
		}
		rest.Link = e.Link
		x.Rest = &rest
	}
	return x
}

// tree is what a format says; nothing of none.
func (f *Format) tree() Obj {
	if f == nil {
		return nil
	}
	return f.Tree
}

// with is an object with one field more or another.
func with(o Obj, name string, v any) Obj {
	out := make(Obj, len(o)+1)
	for k, x := range o {
		out[k] = x
	}
	out[name] = v
	return out
}

// codeOf is the error that is written so.
func codeOf(text string) calc.Code {
	for code := calc.CodeNull; code <= calc.CodeError; code++ {
		if code.String() == text {
			return code
		}
	}
	return calc.CodeError
}

// now is the time of the call in the spreadsheet's zone.
func (b *book) now() time.Time {
	if b.zone == nil {
		if b.zone, _ = time.LoadLocation(b.TimeZone); b.zone == nil {
			b.zone = time.UTC
		}
	}
	return b.c.Now.In(b.zone)
}

// invalidValue says which value cannot be one, and writes it as Google's front does.
func invalidValue(i, k int, raw json.RawMessage, err error) error {
	if err != errNoValue {
		return err
	}
	var v any
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if d.Decode(&v) != nil {
		v = nil
	}
	return gapi.Invalid("Invalid values[%d][%d]: %s", i, k, protoText(v, ""))
}

// protoText is JSON as the text of a google.protobuf.Value.
func protoText(v any, in string) string {
	switch v := v.(type) {
	case map[string]any:
		s := in + "struct_value {\n"
		for _, k := range sortedKeys(v) {
			s += in + "  fields {\n" + in + "    key: " + strconv.Quote(k) + "\n" + in + "    value {\n" + protoText(v[k], in+"      ") + in + "    }\n" + in + "  }\n"
		}
		return s + in + "}\n"
	case []any:
		s := in + "list_value {\n"
		for _, x := range v {
			s += in + "  values {\n" + protoText(x, in+"    ") + in + "  }\n"
		}
		return s + in + "}\n"
	case string:
		return in + "string_value: " + strconv.Quote(v) + "\n"
	case bool:
		return in + "bool_value: " + strconv.FormatBool(v) + "\n"
	case json.Number:
		return in + "number_value: " + v.String() + "\n"
	}
	return in + "null_value: NULL_VALUE\n"
}

func sortedKeys(m map[string]any) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// view is an UpdateValuesResponse.
func (d written) view(w writeOptions) Obj {
	o := Obj{"spreadsheetId": d.b.ID}
	shown := d.area
	if d.area.Empty() {
		shown = formula.Cell(d.area.Row0, d.area.Col0)
		if !d.one {
			shown = d.span.area()
		}
	} else {
		o["updatedRows"], o["updatedColumns"] = d.area.Rows(), d.area.Cols()
		if d.cells > 0 {
			o["updatedCells"] = d.cells
		}
	}
	o["updatedRange"] = d.a1(shown)
	if w.include {
		r := d.span
		if r.one {
			r.asked = shown
		}
		o["updatedData"] = r.values(w.how, d.major)
	}
	return o
}

// totals is what several writes have reached together.
func (b *book) totals(all []written) Obj {
	o := Obj{"spreadsheetId": b.ID}
	rows, cols, sheets := map[[2]int]bool{}, map[[2]int]bool{}, map[int]bool{}
	cells := 0
	for _, d := range all {
		if d.area.Empty() {
			continue
		}
		for r := d.area.Row0; r < d.area.Row1; r++ {
			rows[[2]int{d.ID, r}] = true
		}
		for c := d.area.Col0; c < d.area.Col1; c++ {
			cols[[2]int{d.ID, c}] = true
		}
		sheets[d.ID] = true
		cells += d.cells
	}
	for name, n := range map[string]int{"totalUpdatedRows": len(rows), "totalUpdatedColumns": len(cols), "totalUpdatedCells": cells, "totalUpdatedSheets": len(sheets)} {
		if n > 0 {
			o[name] = n
		}
	}
	return o
}

// appendTo puts one more into a list of an object.
func appendTo(o Obj, name string, v any) {
	l, _ := o[name].([]any)
	o[name] = append(l, v)
}
