package gsheets

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"twinset.dev/twins/gsheets/internal/formula"
)

// What workbooks have beside cells: notes, links, validation, conditional formats, tables, what is protected, and charts: see xlsx_*.go.
// What the one side has and the other has not is left out.

// comparisons are the types of conditions that compare numbers, as validation and conditional formats of a workbook name them.
var comparisons = []struct{ kind, validation, format string }{
	{"GREATER", "greaterThan", "greater than"}, {"GREATER_THAN_EQ", "greaterThanOrEqual", "greater than or equal to"},
	{"LESS", "lessThan", "less than"}, {"LESS_THAN_EQ", "lessThanOrEqual", "less than or equal to"},
	{"EQ", "equal", "equal to"}, {"NOT_EQ", "notEqual", "not equal to"}, {"BETWEEN", "between", "between"}, {"NOT_BETWEEN", "notBetween", "not between"},
}

// objects writes what lies on a sheet that has been written.
func (w *xlsxWriter) objects(t *tab, name string) (err error) {
	rules := map[string][]string{} // where each rule of validation is
	t.walk(t.all(), func(r, c int, x *Cell) bool {
		at := formula.CellName(r, c)
		if x.Rest != nil && x.Rest.Note != "" && err == nil {
			err = w.AddComment(name, excelize.Comment{Cell: at, Author: "Google Sheets", Text: x.Rest.Note})
		}
		if uri := linkIn(x); uri != "" && err == nil {
			err = w.SetCellHyperLink(name, at, uri, "External")
		}
		if x.Rest != nil && x.Rest.Validation != nil {
			j, _ := json.Marshal(x.Rest.Validation)
			rules[string(j)] = append(rules[string(j)], at)
		}
		return err == nil
	})
	for _, j := range slices.Sorted(maps.Keys(rules)) {
		if dv := validationOut(literal(j)); dv != nil && err == nil {
			dv.Sqref = strings.Join(rules[j], " ")
			err = w.AddDataValidation(name, dv)
		}
	}
	for _, o := range t.Conditional {
		if opts, ok := w.conditionalOut(o); ok && err == nil {
			var refs []string
			for _, r := range o["ranges"].([]any) {
				a := areaOf(r.(Obj)).Clip(t.RowCount, t.ColCount)
				refs = append(refs, formula.CellName(a.Row0, a.Col0)+":"+formula.CellName(a.Row1-1, a.Col1-1))
			}
			err = w.SetConditionalFormat(name, strings.Join(refs, " "), []excelize.ConditionalFormatOptions{opts})
		}
	}
	for _, o := range t.Tables {
		r, _ := o["range"].(Obj)
		a := areaOf(r).Clip(t.RowCount, t.ColCount)
		title, _ := o["name"].(string)
		if err == nil && a.Rows() > 1 {
			err = w.AddTable(name, &excelize.Table{Range: formula.CellName(a.Row0, a.Col0) + ":" + formula.CellName(a.Row1-1, a.Col1-1), Name: title, StyleName: "TableStyleMedium2"})
		}
	}
	for _, o := range t.Charts {
		if err == nil {
			err = w.chart(t, o, name)
		}
	}
	if err == nil {
		err = w.protect(t, name)
	}
	if rgb := hexColor(t.Color); rgb != "" && err == nil {
		err = w.SetSheetProps(name, &excelize.SheetPropsOptions{TabColorRGB: &rgb})
	}
	return err
}

// linkIn is the address that a cell leads to by itself.
func linkIn(x *Cell) string {
	if x.Rest != nil && x.Rest.Link != "" {
		return x.Rest.Link
	}
	text, _ := x.Format.tree()["textFormat"].(Obj)
	link, _ := text["link"].(Obj)
	uri, _ := link["uri"].(string)
	return uri
}

// valuesIn are what a condition compares with.
func valuesIn(condition Obj) (out []string) {
	list, _ := condition["values"].([]any)
	for _, v := range list {
		s, _ := v.(Obj)["userEnteredValue"].(string)
		out = append(out, s)
	}
	return out
}

// condition is one of a type with values.
func condition(kind string, values ...string) Obj {
	o := Obj{"type": kind}
	for _, v := range values {
		appendTo(o, "values", Obj{"userEnteredValue": v})
	}
	return o
}

// validationOut is a rule of validation as a workbook has it; nil if it has none such.
func validationOut(rule Obj) *excelize.DataValidation {
	cond, _ := rule["condition"].(Obj)
	kind, _ := cond["type"].(string)
	values := valuesIn(cond)
	dv := excelize.NewDataValidation(true)
	dv.ShowErrorMessage, dv.ShowDropDown = rule["strict"] == true, rule["showCustomUi"] != true
	if s, _ := rule["inputMessage"].(string); s != "" {
		dv.SetInput("", s)
	}
	switch {
	case kind == "ONE_OF_LIST":
		if dv.SetDropList(values) != nil || strings.Contains(strings.Join(values, ""), ",") {
			return nil
		}
		return dv
	case kind == "ONE_OF_RANGE":
		dv.SetSqrefDropList(strings.TrimPrefix(values[0], "="))
		return dv
	case kind == "CUSTOM_FORMULA":
		dv.Type, dv.Formula1 = "custom", strings.TrimPrefix(values[0], "=")
		return dv
	}
	for prefix, of := range map[string]string{"NUMBER_": "decimal", "DATE_": "date"} {
		for _, c := range comparisons {
			if kind == prefix+c.kind && len(values) > 0 && len(values) <= 2 {
				dv.Type, dv.Operator, dv.Formula1 = of, c.validation, strings.TrimPrefix(values[0], "=")
				if len(values) == 2 {
					dv.Formula2 = strings.TrimPrefix(values[1], "=")
				}
				return dv
			}
		}
	}
	return nil
}

// validationIn is a workbook's rule of validation; nil if Sheets has none such.
func validationIn(dv *excelize.DataValidation) Obj {
	o := Obj{}
	list, quoted := strings.CutPrefix(dv.Formula1, `"`)
	switch {
	case dv.Type == "list" && quoted:
		o["condition"] = condition("ONE_OF_LIST", strings.Split(strings.TrimSuffix(strings.ReplaceAll(list, `""`, `"`), `"`), ",")...)
	case dv.Type == "list":
		o["condition"] = condition("ONE_OF_RANGE", "="+dv.Formula1)
	case dv.Type == "custom":
		o["condition"] = condition("CUSTOM_FORMULA", "="+dv.Formula1)
	case dv.Type == "decimal", dv.Type == "whole", dv.Type == "date":
		for _, c := range comparisons {
			if operator := dv.Operator; operator == c.validation || operator == "" && c.kind == "BETWEEN" {
				values := []string{dv.Formula1}
				if strings.HasSuffix(c.kind, "BETWEEN") {
					values = append(values, dv.Formula2)
				}
				for i, v := range values {
					if _, err := strconv.ParseFloat(v, 64); err != nil {
						values[i] = "=" + v
					}
				}
				o["condition"] = condition(map[bool]string{true: "DATE_", false: "NUMBER_"}[dv.Type == "date"]+c.kind, values...)
			}
		}
	}
	if o["condition"] == nil {
		return nil
	}
	if dv.ShowErrorMessage {
		o["strict"] = true
	}
	if dv.Type == "list" && !dv.ShowDropDown {
		o["showCustomUi"] = true
	}
	if dv.Prompt != nil && *dv.Prompt != "" {
		o["inputMessage"] = *dv.Prompt
	}
	return o
}

// objects reads what lies on a sheet whose cells have been read.
func (r *xlsxReader) objects(t *tab, name string) error {
	notes, _ := r.GetComments(name)
	for _, n := range notes {
		if ref, ok := formula.ParseRef(n.Cell); ok {
			t.within(ref.Area(), func(row, col int) {
				text := n.Text
				if text == "" {
					for _, p := range n.Paragraph {
						text += p.Text
					}
				}
				t.editRest(row, col, func(rest *Rest) { rest.Note = text })
			})
		}
	}
	rules, _ := r.GetDataValidations(name)
	for _, dv := range rules {
		rule := validationIn(dv)
		for sqref := range strings.FieldsSeq(dv.Sqref) {
			if ref, ok := formula.ParseRef(sqref); ok && rule != nil {
				t.within(ref.Area(), func(row, col int) {
					t.editRest(row, col, func(rest *Rest) { rest.Validation = rule })
				})
			}
		}
	}
	formats, _ := r.GetConditionalFormats(name)
	for _, sqref := range slices.Sorted(maps.Keys(formats)) {
		var ranges []any
		for one := range strings.FieldsSeq(sqref) {
			if ref, ok := formula.ParseRef(one); ok {
				ranges = append(ranges, t.gridRange(ref.Area().Clip(t.RowCount, t.ColCount)))
			}
		}
		for _, opts := range formats[sqref] {
			if scale := gradientIn(opts); scale != nil && len(ranges) > 0 {
				t.Conditional = append(t.Conditional, Obj{"ranges": ranges, "gradientRule": scale})
				continue
			}
			cond, look := conditionalIn(opts), Obj{}
			if opts.Format != nil {
				if s, err := r.GetConditionalStyle(*opts.Format); err == nil {
					look = styleTree(s)
				}
			}
			if cond != nil && len(ranges) > 0 {
				t.Conditional = append(t.Conditional, Obj{"ranges": ranges, "booleanRule": Obj{"condition": cond, "format": look}})
			}
		}
	}
	tables, _ := r.GetTables(name)
	for _, x := range tables {
		if ref, ok := formula.ParseRef(x.Range); ok {
			o := Obj{"tableId": strconv.Itoa(r.number()), "name": x.Name, "range": t.gridRange(ref.Area().Clip(t.RowCount, t.ColCount))}
			for i := range ref.Area().Cols() {
				column := fmt.Sprintf("Column %d", i+1)
				if cell := t.cell(ref.Area().Row0, ref.Area().Col0+i); cell != nil && r.shown(cell) != "" {
					column = r.shown(cell)
				}
				p := Obj{"columnName": column}
				if i > 0 {
					p["columnIndex"] = float64(i)
				}
				appendTo(o, "columnProperties", p)
			}
			t.Tables = append(t.Tables, o)
		}
	}
	r.protection(t, name)
	t.touch()
	return nil
}

// within gives the cells of an area that the sheet has, and not more than so many as people mark by hand.
func (t *tab) within(a formula.Area, yield func(row, col int)) {
	const most = 100_000
	a = a.Clip(t.RowCount, t.ColCount)
	if a.Rows()*a.Cols() > most {
		a.Row1 = a.Row0 + max(1, most/a.Cols())
	}
	for row := a.Row0; row < a.Row1; row++ {
		for col := a.Col0; col < a.Col1; col++ {
			yield(row, col)
		}
	}
}
