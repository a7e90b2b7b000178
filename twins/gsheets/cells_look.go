package gsheets

import (
	"strings"

	"twinset.dev/twins/gsheets/internal/calc"
	"twinset.dev/twins/gsheets/internal/format"
	"twinset.dev/twins/gsheets/internal/formula"
)

// A look tells how the cells of a sheet look.
type look struct {
	*tab
	under func(r, c int) Obj          // what shows where a cell's own format says nothing: bands, tables
	over  func(r, c int, x *Cell) Obj // what shows whatever that says: conditional formats
	known map[looks]*shown
	base  Obj
}

// A shown is an effectiveFormat, and its JSON once somebody has written it.
type shown struct {
	tree Obj
	json []byte
}

// looks is what most cells' formats follow from.
type looks struct {
	format *Format
	kind   calc.Kind
	hint   calc.Hint
	text   bool // that is not empty
	link   string
}

func (t *tab) look() *look {
	base := with(t.b.defaultFormat(), "textFormat", nil)
	text, _ := t.b.defaultFormat()["textFormat"].(Obj)
	base["textFormat"] = with(text, "fontFamily", t.b.font(text))
	return &look{tab: t, under: t.bands(), over: t.conditional(), known: map[looks]*shown{}, base: base}
}

// font is the font of a text format: the theme's where it is a new spreadsheet's.
func (b *book) font(text Obj) any {
	if text["fontFamily"] == "arial,sans,sans-serif" {
		return b.theme()["primaryFontFamily"]
	}
	return text["fontFamily"]
}

// format is the effectiveFormat of a cell.
func (l *look) format(r, c int, x *Cell, link string) Obj { return l.at(r, c, x, link).tree }

// at is what a cell shows; cells that look alike share one.
func (l *look) at(r, c int, x *Cell, link string) *shown {
	k := looks{x.Format, x.Value.Kind, x.Value.Hint, x.Value.Text != "", link}
	under, over := l.under(r, c), l.over(r, c, x)
	if under == nil && over == nil {
		if o, ok := l.known[k]; ok {
			return o
		}
	}
	o := Obj{}
	if v := x.Value; v.Kind != calc.KindEmpty {
		o["hyperlinkDisplayType"] = "PLAIN_TEXT"
		switch v.Kind {
		case calc.KindNumber:
			o["horizontalAlignment"] = "RIGHT"
			if t := v.Hint.Type(); t != format.Automatic {
				n := Obj{"type": string(t)}
				if v.Text != "" {
					n["pattern"] = v.Text
				}
				o["numberFormat"] = n
			}
		case calc.KindText:
			o["horizontalAlignment"] = "LEFT"
		default:
			o["horizontalAlignment"] = "CENTER"
		}
	}
	o = merged(l.base, o)
	if link != "" && x.Value.Kind != calc.KindEmpty {
		blue := l.b.themeColor("LINK")
		o = merged(o, Obj{"hyperlinkDisplayType": "LINKED", "textFormat": Obj{
			"foregroundColor": blue, "foregroundColorStyle": Obj{"rgbColor": blue}, "underline": true, "link": Obj{"uri": link}}})
	}
	s := &shown{tree: merged(merged(merged(o, under), x.Format.tree()), over)}
	if under == nil && over == nil {
		l.known[k] = s
	}
	return s
}

// themeColor is the colour that a theme has for something.
func (b *book) themeColor(kind string) any {
	pairs, _ := b.theme()["themeColors"].([]any)
	for _, p := range pairs {
		if p, _ := p.(Obj); p["colorType"] == kind {
			c, _ := p["color"].(Obj)
			return c["rgbColor"]
		}
	}
	return Obj{}
}

// merged is a tree with another one over it. Colours are not mixed.
func merged(under, over Obj) Obj {
	if len(over) == 0 {
		return under
	}
	out := make(Obj, len(under)+len(over))
	for k, v := range under {
		out[k] = v
	}
	for k, v := range over {
		if part, ok := v.(Obj); ok && (k == "textFormat" || k == "padding" || k == "borders") {
			if was, ok := out[k].(Obj); ok {
				v = merged(was, part)
			}
		}
		out[k] = v
	}
	return out
}

// link is where a cell leads.
func (l *look) link(r, c int, x *Cell) string {
	if x.Rest != nil && x.Rest.Link != "" {
		return x.Rest.Link
	}
	if x.Format != nil {
		text, _ := x.Format.Tree["textFormat"].(Obj)
		if to, ok := text["link"].(Obj); ok {
			uri, _ := to["uri"].(string)
			return uri
		}
	}
	if x.Formula != "" && len(x.Formula) > 11 && strings.EqualFold(x.Formula[:11], "=HYPERLINK(") {
		if e, err := formula.Parse(x.Formula, l.b.syntax()); err == nil {
			if call, ok := e.(*formula.Call); ok && call.Name == "HYPERLINK" && len(call.Args) > 0 {
				v := calc.Evaluate(call.Args[0], l.b, &calc.Setting{Locale: l.b.loc, Now: l.b.now()}, calc.Position{Sheet: l.ID, Row: r, Col: c})
				if v.Kind == calc.KindText {
					return v.Text
				}
			}
		}
	}
	return ""
}

// bands tells the colours that banded ranges and tables give cells.
func (t *tab) bands() func(r, c int) Obj {
	type band struct {
		formula.Area
		rows, cols Obj
	}
	var all []band
	for _, o := range t.Banded {
		r, _ := o["range"].(Obj)
		rows, _ := o["rowProperties"].(Obj)
		cols, _ := o["columnProperties"].(Obj)
		all = append(all, band{areaOf(r).Clip(t.RowCount, t.ColCount), rows, cols})
	}
	for _, o := range t.Tables {
		r, _ := o["range"].(Obj)
		rows, _ := o["rowsProperties"].(Obj)
		all = append(all, band{Area: areaOf(r).Clip(t.RowCount, t.ColCount), rows: rows})
	}
	return func(r, c int) Obj {
		for _, b := range all {
			if !b.Contains(r, c) {
				continue
			}
			style := stripe(b.rows, r-b.Row0, b.Rows())
			if style == nil {
				style = stripe(b.cols, c-b.Col0, b.Cols())
			}
			if style != nil {
				o := Obj{"backgroundColorStyle": style}
				if rgb, ok := style["rgbColor"]; ok {
					o["backgroundColor"] = rgb
				}
				return o
			}
		}
		return nil
	}
}

// stripe is the colour of one of n rows or columns.
func stripe(p Obj, i, n int) Obj {
	pick := func(name string) Obj {
		style, _ := p[name+"Style"].(Obj)
		return style
	}
	header, footer := pick("headerColor"), pick("footerColor")
	switch {
	case p == nil:
		return nil
	case i == 0 && header != nil:
		return header
	case i == n-1 && footer != nil:
		return footer
	}
	if header != nil {
		i--
	}
	if second := pick("secondBandColor"); i%2 == 1 && second != nil {
		return second
	} else if i%2 == 1 {
		return nil
	}
	return pick("firstBandColor")
}
