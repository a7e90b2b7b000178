package gsheets

import (
	"bytes"
	"encoding/json"
	"strconv"

	"twinset.dev/kit/tree"
	"twinset.dev/twins/gsheets/internal/calc"
	"twinset.dev/twins/gsheets/internal/format"
)

// newFormat is a format of a tree, which is not changed afterwards. It is nil for a tree that says nothing.
func newFormat(t Obj) *Format {
	if len(t) == 0 {
		return nil
	}
	f := &Format{Tree: t}
	if n, ok := t["numberFormat"].(Obj); ok {
		kind, _ := n["type"].(string)
		f.Type = format.Type(kind)
		f.Pattern, _ = n["pattern"].(string)
		if f.Pattern != "" {
			f.shown, _ = format.Parse(f.Pattern)
		}
	}
	return f
}

// blank reports whether a cell has nothing at all.
func (x *Cell) blank() bool {
	return x.Value.Kind == calc.KindEmpty && x.Formula == "" && x.Format == nil && x.Rest == nil
}

// plain reports whether a cell has a typed value and nothing else.
func (x *Cell) plain() bool {
	return x.Formula == "" && !x.Spilled && x.Format == nil && x.Rest == nil && x.Value.Hint == calc.HintNone && x.Value.Kind != calc.KindError
}

// blank reports whether a row has nothing and is as in a new sheet.
func (r *Row) blank() bool { return len(r.Cells) == 0 && r.Dimension.asNew() }

func (d *Dimension) asNew() bool {
	return d.Size == 0 && !d.Hidden && !d.Filtered && d.Source == nil
}

// A storedCell is a cell that is not plain, as it is kept on disk.
type storedCell struct {
	Value   any       `json:"v,omitempty"`
	Error   calc.Code `json:"e,omitempty"`
	Hint    calc.Hint `json:"h,omitempty"`
	Pattern string    `json:"p,omitempty"` // of the hint
	Formula string    `json:"f,omitempty"`
	Spilled bool      `json:"s,omitempty"`
	Fills   [2]int32  `json:"n,omitzero"`  // rows and columns
	Format  int       `json:"m,omitempty"` // place in the block's formats, from 1
	Rest    *Rest     `json:"r,omitempty"`
}

// MarshalJSON writes a block as {"book", "sheet", "id", "formats": […], "rows": [[cell, …], …]}: plain cells as their values,
// others as objects, and rows that are not as in a new sheet as {"cells": […], …}.
func (b Block) MarshalJSON() ([]byte, error) {
	var formats []any
	place := map[*Format]int{}
	out := []byte(`{"book":` + strconv.Quote(b.Book) + `,"sheet":` + strconv.Itoa(b.Sheet) + `,"id":` + strconv.Itoa(b.ID) + `,"rows":[`)
	var err error
	for i, r := range b.Rows {
		if i > 0 {
			out = append(out, ',')
		}
		if !r.asNew() {
			d, err := json.Marshal(r.Dimension)
			if err != nil {
				return nil, err
			}
			out = append(append(out, `{"how":`...), d...)
			out = append(out, `,"cells":`...)
		}
		out = append(out, '[')
		for k := range r.Cells {
			x := &r.Cells[k]
			if k > 0 {
				out = append(out, ',')
			}
			v := storedValue(x.Value)
			if x.plain() {
				if out, err = tree.Append(out, v); err != nil {
					return nil, err
				}
				continue
			}
			sc := storedCell{Value: v, Error: x.Value.Code, Hint: x.Value.Hint, Formula: x.Formula, Spilled: x.Spilled, Fills: [2]int32{x.Rows, x.Cols}, Rest: x.Rest}
			if x.Value.Hint != calc.HintNone {
				sc.Pattern = x.Value.Text
			}
			if x.Format != nil {
				if place[x.Format] == 0 {
					formats = append(formats, x.Format.Tree)
					place[x.Format] = len(formats)
				}
				sc.Format = place[x.Format]
			}
			j, err := json.Marshal(sc)
			if err != nil {
				return nil, err
			}
			out = append(out, j...)
		}
		out = append(out, ']')
		if !r.asNew() {
			out = append(out, '}')
		}
	}
	out = append(out, ']')
	if formats != nil {
		out = append(out, `,"formats":`...)
		if out, err = tree.Append(out, formats); err != nil {
			return nil, err
		}
	}
	return append(out, '}'), nil
}

// storedValue is a value as JSON has it; an error is its sentence.
func storedValue(v calc.Value) any {
	switch v.Kind {
	case calc.KindNumber:
		return v.Num
	case calc.KindText, calc.KindError:
		return v.Text
	case calc.KindBool:
		return v.Num != 0
	}
	return nil
}

func loadedValue(v any) calc.Value {
	switch v := v.(type) {
	case float64:
		return calc.Number(v)
	case string:
		return calc.Text(v)
	case bool:
		return calc.Bool(v)
	}
	return calc.Empty
}

// UnmarshalJSON reads what MarshalJSON has written.
func (b *Block) UnmarshalJSON(j []byte) error {
	var in struct {
		Book    string
		Sheet   int
		ID      int
		Formats []Obj
		Rows    []json.RawMessage
	}
	if err := json.Unmarshal(j, &in); err != nil {
		return err
	}
	formats := make([]*Format, len(in.Formats))
	for i, t := range in.Formats {
		formats[i] = newFormat(t)
	}
	*b = Block{Book: in.Book, Sheet: in.Sheet, ID: in.ID}
	if len(in.Rows) > 0 {
		b.Rows = make([]Row, len(in.Rows))
	}
	for i, raw := range in.Rows {
		r := &b.Rows[i]
		var cells []json.RawMessage
		if bytes.HasPrefix(raw, []byte("{")) {
			var how struct {
				How   Dimension
				Cells []json.RawMessage
			}
			if err := json.Unmarshal(raw, &how); err != nil {
				return err
			}
			r.Dimension, cells = how.How, how.Cells
		} else if err := json.Unmarshal(raw, &cells); err != nil {
			return err
		}
		if len(cells) > 0 {
			r.Cells = make([]Cell, len(cells))
		}
		for k, raw := range cells {
			if err := r.Cells[k].load(raw, formats); err != nil {
				return err
			}
		}
	}
	return nil
}

func (x *Cell) load(raw json.RawMessage, formats []*Format) error {
	if len(raw) == 0 || raw[0] != '{' {
		var v any
		if err := json.Unmarshal(raw, &v); err != nil {
			return err
		}
		x.Value = loadedValue(v)
		return nil
	}
	var sc storedCell
	if err := json.Unmarshal(raw, &sc); err != nil {
		return err
	}
	*x = Cell{Value: loadedValue(sc.Value), Formula: sc.Formula, Spilled: sc.Spilled, Rows: sc.Fills[0], Cols: sc.Fills[1], Rest: sc.Rest}
	switch {
	case sc.Error != 0:
		x.Value = calc.Fail(sc.Error, x.Value.Text)
	case sc.Hint != 0:
		x.Value.Hint, x.Value.Text = sc.Hint, sc.Pattern
	}
	if sc.Format > 0 && sc.Format <= len(formats) {
		x.Format = formats[sc.Format-1]
	}
	return nil
}
