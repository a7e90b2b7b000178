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

// What workbooks have beside cells: notes, links, validation, conditional formats, tables, and, on the way out alone, charts. What the
// one side has and the other has not is left out.

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
			err = w.chart(o, name)
		}
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

// conditionalOut is a conditional format as a workbook has it.
func (w *xlsxWriter) conditionalOut(o Obj) (out excelize.ConditionalFormatOptions, ok bool) {
	rule, ok := o["booleanRule"].(Obj)
	if !ok {
		return out, false
	}
	look, _ := rule["format"].(Obj)
	id, err := w.NewConditionalStyle(excelStyle(newFormat(look), w.loc))
	if err != nil {
		return out, false
	}
	out.Format = &id
	cond, _ := rule["condition"].(Obj)
	kind, _ := cond["type"].(string)
	values := valuesIn(cond)
	switch kind {
	case "CUSTOM_FORMULA":
		out.Type, out.Criteria = "formula", strings.TrimPrefix(values[0], "=")
		return out, true
	case "BLANK":
		out.Type = "blanks"
		return out, true
	case "NOT_BLANK":
		out.Type = "no_blanks"
		return out, true
	}
	for _, c := range comparisons {
		if kind == "NUMBER_"+c.kind && len(values) > 0 {
			out.Type, out.Criteria = "cell", c.format
			if len(values) == 2 {
				out.MinValue, out.MaxValue = values[0], values[1]
			} else {
				out.Value = values[0]
			}
			return out, true
		}
	}
	return out, false
}

// conditionalIn is a workbook's conditional format as a boolean condition; nil if Sheets has none such.
func conditionalIn(opts excelize.ConditionalFormatOptions) Obj {
	switch opts.Type {
	case "formula":
		return condition("CUSTOM_FORMULA", "="+opts.Criteria)
	case "blanks":
		return condition("BLANK")
	case "no_blanks":
		return condition("NOT_BLANK")
	case "cell":
		for _, c := range comparisons {
			if opts.Criteria == c.format && strings.HasSuffix(c.kind, "BETWEEN") {
				return condition("NUMBER_"+c.kind, opts.MinValue, opts.MaxValue)
			} else if opts.Criteria == c.format {
				return condition("NUMBER_"+c.kind, opts.Value)
			}
		}
	}
	return nil
}

// chart writes a chart whose kind workbooks have too.
func (w *xlsxWriter) chart(o Obj, name string) error {
	spec, _ := o["spec"].(Obj)
	at, _ := o["position"].(Obj)
	over, _ := at["overlayPosition"].(Obj)
	if over == nil || spec["dataSourceChartProperties"] != nil {
		return nil
	}
	out := &excelize.Chart{Dimension: excelize.ChartDimension{Width: uint(whole(over["widthPixels"], objectWidth)), Height: uint(whole(over["heightPixels"], objectHeight))}}
	if title, _ := spec["title"].(string); title != "" {
		out.Title = []excelize.RichTextRun{{Text: title}}
	}
	if basic, ok := spec["basicChart"].(Obj); ok {
		kind, known := map[any]excelize.ChartType{"COLUMN": excelize.Col, "BAR": excelize.Bar, "LINE": excelize.Line, "AREA": excelize.Area, "SCATTER": excelize.Scatter}[basic["chartType"]]
		domains, _ := basic["domains"].([]any)
		series, _ := basic["series"].([]any)
		if !known {
			return nil
		}
		out.Type = kind
		head, categories := whole(basic["headerCount"], 0), ""
		if len(domains) > 0 {
			_, categories = w.sourceRef(domains[0].(Obj)["domain"], head)
		}
		for _, s := range series {
			title, values := w.sourceRef(s.(Obj)["series"], head)
			out.Series = append(out.Series, excelize.ChartSeries{Name: title, Categories: categories, Values: values})
		}
	} else if pie, ok := spec["pieChart"].(Obj); ok {
		_, categories := w.sourceRef(pie["domain"], 0)
		_, values := w.sourceRef(pie["series"], 0)
		out.Type, out.Series = excelize.Pie, []excelize.ChartSeries{{Categories: categories, Values: values}}
	}
	if len(out.Series) == 0 {
		return nil
	}
	anchor, _ := over["anchorCell"].(Obj)
	return w.AddChart(name, formula.CellName(numberIn(anchor, "rowIndex", 0), numberIn(anchor, "columnIndex", 0)), out)
}

// sourceRef are the references to the head and to the rest of the first range of a ChartData.
func (w *xlsxWriter) sourceRef(data any, head int) (title, values string) {
	d, _ := data.(Obj)
	from, _ := d["sourceRange"].(Obj)
	all, _ := from["sources"].([]any)
	if len(all) == 0 {
		return "", ""
	}
	r := all[0].(Obj)
	t, ok := w.tab(numberIn(r, "sheetId", 0))
	if !ok {
		return "", ""
	}
	a := areaOf(r).Clip(t.RowCount, t.ColCount)
	sheet := formula.QuoteSheet(t.Title) + "!"
	if head > 0 {
		title = sheet + absolute(formula.Cell(a.Row0, a.Col0))
		a.Row0 += head
	}
	return title, sheet + absolute(a)
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
