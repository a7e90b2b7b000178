package gsheets

import (
	"cmp"
	"strings"

	"github.com/xuri/excelize/v2"
)

// textConditions are the types of conditions that look at text, as conditional formats of a workbook name them.
var textConditions = []struct{ kind, format string }{
	{"TEXT_CONTAINS", "containing"}, {"TEXT_NOT_CONTAINS", "not containing"}, {"TEXT_STARTS_WITH", "begins with"}, {"TEXT_ENDS_WITH", "ends with"},
}

// conditionalOut is a conditional format as a workbook has it.
func (w *xlsxWriter) conditionalOut(o Obj) (out excelize.ConditionalFormatOptions, ok bool) {
	if g, ok := o["gradientRule"].(Obj); ok {
		return gradientOut(g), true
	}
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
	if strings.HasPrefix(kind, "TEXT_") && len(values) == 1 && !strings.ContainsAny(values[0], `"=`) { // a workbook's text is part of a formula
		for _, c := range textConditions {
			if kind == c.kind {
				out.Type, out.Criteria, out.Value = "text", c.format, values[0]
				return out, true
			}
		}
		if kind == "TEXT_EQ" {
			out.Type, out.Criteria, out.Value = "cell", "equal to", `"`+values[0]+`"`
			return out, true
		}
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
	case "text":
		for _, c := range textConditions {
			if opts.Criteria == c.format {
				return condition(c.kind, opts.Value)
			}
		}
	case "cell":
		if text, quoted := strings.CutPrefix(opts.Value, `"`); quoted && opts.Criteria == "equal to" {
			return condition("TEXT_EQ", strings.TrimSuffix(text, `"`))
		}
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

// points are the types of a gradient's points, as a workbook names them.
var points = [][2]string{{"MIN", "min"}, {"MAX", "max"}, {"NUMBER", "num"}, {"PERCENT", "percent"}, {"PERCENTILE", "percentile"}}

// gradientOut is a gradient as a workbook's scale of two or three colours.
func gradientOut(g Obj) excelize.ConditionalFormatOptions {
	out := excelize.ConditionalFormatOptions{Type: "2_color_scale", Criteria: "="}
	point := func(name string) (kind, value, color string) {
		p, _ := g[name].(Obj)
		for _, x := range points {
			if p["type"] == x[0] {
				kind = x[1]
			}
		}
		value, _ = p["value"].(string)
		return kind, value, "#" + cmp.Or(colorOf(p, "color"), "FFFFFF")
	}
	out.MinType, out.MinValue, out.MinColor = point("minpoint")
	out.MaxType, out.MaxValue, out.MaxColor = point("maxpoint")
	if g["midpoint"] != nil {
		out.Type = "3_color_scale"
		out.MidType, out.MidValue, out.MidColor = point("midpoint")
	}
	return out
}

// gradientIn is a workbook's scale of colours; nil if Sheets has none such.
func gradientIn(opts excelize.ConditionalFormatOptions) Obj {
	out, known := Obj{}, opts.Type == "2_color_scale" || opts.Type == "3_color_scale"
	point := func(name, kind, value, color string) {
		p := Obj{}
		for _, x := range points {
			if kind == x[1] {
				p["type"] = x[0]
			}
		}
		switch p["type"] {
		case nil:
			known = false // a formula
		case "NUMBER", "PERCENT", "PERCENTILE":
			p["value"] = cmp.Or(value, "0")
		}
		setColor(p, "color", color)
		out[name] = p
	}
	point("minpoint", opts.MinType, opts.MinValue, opts.MinColor)
	point("maxpoint", opts.MaxType, opts.MaxValue, opts.MaxColor)
	if opts.Type == "3_color_scale" {
		point("midpoint", opts.MidType, opts.MidValue, opts.MidColor)
	}
	if !known {
		return nil
	}
	return out
}
