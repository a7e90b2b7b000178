package document

import (
	"reflect"
	"strings"
	"unicode"

	"twinset.dev/twins/gdocs/internal/api"
)

func pt(n float64) *api.Dimension { return &api.Dimension{Magnitude: some(n), Unit: p("PT")} }

func points(d *api.Dimension) float64 {
	if d == nil {
		return 0
	}
	return val(d.Magnitude)
}

func gray(v float64) *api.OptionalColor {
	return &api.OptionalColor{Color: &api.Color{RGBColor: &api.RGBColor{Red: p(v), Green: p(v), Blue: p(v)}}}
}

// linkBlue is the color Docs gives a new link.
func linkBlue() *api.OptionalColor {
	return &api.OptionalColor{Color: &api.Color{RGBColor: &api.RGBColor{Red: p(0.06666667), Green: p(0.33333334), Blue: p(0.8)}}}
}

func defaultDocumentStyle() *api.DocumentStyle {
	return &api.DocumentStyle{
		Background:      &api.Background{Color: &api.OptionalColor{}},
		PageNumberStart: p(int32(1)),
		MarginTop:       pt(72), MarginBottom: pt(72), MarginRight: pt(72), MarginLeft: pt(72),
		PageSize:                     &api.Size{Height: pt(792), Width: pt(612)},
		MarginHeader:                 pt(36),
		MarginFooter:                 pt(36),
		UseCustomHeaderFooterMargins: p(true),
		DocumentFormat:               &api.DocumentFormat{DocumentMode: p("PAGES")},
	}
}

func plainBorder() *api.ParagraphBorder {
	return &api.ParagraphBorder{Color: &api.OptionalColor{}, Width: pt(0), Padding: pt(0), DashStyle: p("SOLID")}
}

// defaultNamedStyles is what a new document has, in the API's order. Only NORMAL_TEXT says everything; the rest inherit.
func defaultNamedStyles() []api.NamedStyle {
	heading := func(name string, t api.TextStyle, above, below float64) api.NamedStyle {
		return api.NamedStyle{NamedStyleType: p(name), TextStyle: &t, ParagraphStyle: &api.ParagraphStyle{
			NamedStyleType: p("NORMAL_TEXT"), Direction: p("LEFT_TO_RIGHT"), SpaceAbove: pt(above), SpaceBelow: pt(below),
			KeepLinesTogether: p(true), KeepWithNext: p(true), PageBreakBefore: p(false),
		}}
	}
	arial := &api.WeightedFontFamily{FontFamily: p("Arial"), Weight: p(int32(400))}
	return []api.NamedStyle{
		{
			NamedStyleType: p("NORMAL_TEXT"),
			TextStyle: &api.TextStyle{
				Bold: p(false), Italic: p(false), Underline: p(false), Strikethrough: p(false), SmallCaps: p(false),
				BackgroundColor: &api.OptionalColor{}, ForegroundColor: &api.OptionalColor{Color: &api.Color{RGBColor: &api.RGBColor{}}},
				FontSize: pt(11), WeightedFontFamily: arial, BaselineOffset: p("NONE"),
			},
			ParagraphStyle: &api.ParagraphStyle{
				NamedStyleType: p("NORMAL_TEXT"), Alignment: p("START"), LineSpacing: p(115.0), Direction: p("LEFT_TO_RIGHT"),
				SpacingMode: p("COLLAPSE_LISTS"), SpaceAbove: pt(0), SpaceBelow: pt(0),
				BorderBetween: plainBorder(), BorderTop: plainBorder(), BorderBottom: plainBorder(), BorderLeft: plainBorder(), BorderRight: plainBorder(),
				IndentFirstLine: pt(0), IndentStart: pt(0), IndentEnd: pt(0),
				KeepLinesTogether: p(false), KeepWithNext: p(false), AvoidWidowAndOrphan: p(true),
				Shading: &api.Shading{BackgroundColor: &api.OptionalColor{}}, PageBreakBefore: p(false),
			},
		},
		heading("HEADING_1", api.TextStyle{FontSize: pt(20)}, 20, 6),
		heading("HEADING_2", api.TextStyle{Bold: p(false), FontSize: pt(16)}, 18, 6),
		heading("HEADING_3", api.TextStyle{Bold: p(false), ForegroundColor: gray(0.2627451), FontSize: pt(14)}, 16, 4),
		heading("HEADING_4", api.TextStyle{ForegroundColor: gray(0.4), FontSize: pt(12)}, 14, 4),
		heading("HEADING_5", api.TextStyle{ForegroundColor: gray(0.4), FontSize: pt(11)}, 12, 4),
		heading("HEADING_6", api.TextStyle{Italic: p(true), ForegroundColor: gray(0.4), FontSize: pt(11)}, 12, 4),
		heading("TITLE", api.TextStyle{FontSize: pt(26)}, 0, 3),
		heading("SUBTITLE", api.TextStyle{Italic: p(false), ForegroundColor: gray(0.4), FontSize: pt(15), WeightedFontFamily: arial}, 0, 16),
	}
}

// cellParagraphStyle is what a paragraph of a new table's cell inherits from the table: the plain style in full.
func cellParagraphStyle() *api.ParagraphStyle {
	s := *defaultNamedStyles()[0].ParagraphStyle
	s.LineSpacing, s.AvoidWidowAndOrphan = p(100.0), p(false)
	return &s
}

// namedStyle is the text and paragraph style of a named style type with all that it inherits.
func (t *Tab) namedStyle(kind string) (api.TextStyle, api.ParagraphStyle) {
	var txt api.TextStyle
	var par api.ParagraphStyle
	for _, want := range []string{"NORMAL_TEXT", kind} {
		for _, n := range t.Named {
			if val(n.NamedStyleType) == want {
				overlay(&txt, n.TextStyle)
				overlay(&par, n.ParagraphStyle)
			}
		}
	}
	par.NamedStyleType = p(kind)
	return txt, par
}

// TextStyle is the whole style a run is drawn in.
func (t *Tab) TextStyle(pg *Paragraph, run *api.TextStyle) api.TextStyle {
	txt, _ := t.namedStyle(val(pg.Style.NamedStyleType))
	overlay(&txt, run)
	return txt
}

// ParagraphStyle is the whole style a paragraph is drawn in.
func (t *Tab) ParagraphStyle(pg *Paragraph) api.ParagraphStyle {
	_, par := t.namedStyle(val(pg.Style.NamedStyleType))
	overlay(&par, pg.Style)
	return par
}

// overlay sets every field of dst that src sets.
func overlay[T any](dst, src *T) {
	if src == nil {
		return
	}
	d, s := reflect.ValueOf(dst).Elem(), reflect.ValueOf(src).Elem()
	for i := range d.NumField() {
		if !s.Field(i).IsZero() {
			d.Field(i).Set(s.Field(i))
		}
	}
}

func same[T any](a, b *T) bool { return a == b || reflect.DeepEqual(a, b) }

// A mask is the fields of an update: paths in the API's camel case.
type mask []string

// parseMask reads a FieldMask. "*" is every field of the style. A name the style does not have is refused.
func parseMask[T any](fields *string) (mask, error) {
	var m mask
	for f := range strings.SplitSeq(val(fields), ",") {
		sent := strings.TrimSpace(f)
		f = camel(sent)
		if f == "" {
			continue
		}
		if f == "*" {
			t := reflect.TypeFor[T]()
			for i := range t.NumField() {
				m = append(m, jsonName(t.Field(i)))
			}
			continue
		}
		if !hasPath(reflect.TypeFor[T](), f) {
			return nil, bad("Invalid field: %s", sent)
		}
		m = append(m, f)
	}
	if len(m) == 0 {
		return nil, bad("At least one field must be listed in 'fields'. (Use '*' to indicate all fields.)")
	}
	return m, nil
}

func (m mask) has(field string) bool {
	for _, f := range m {
		if f == field || strings.HasPrefix(f, field+".") {
			return true
		}
	}
	return false
}

// apply is dst with the mask's fields taken from src. What src leaves unset is unset in the result.
func apply[T any](m mask, dst, src *T) *T {
	var out, from T
	if dst != nil {
		out = *dst
	}
	if src != nil {
		from = *src
	}
	for _, f := range m {
		setPath(reflect.ValueOf(&out).Elem(), reflect.ValueOf(&from).Elem(), f)
	}
	return &out
}

func setPath(dst, src reflect.Value, path string) {
	head, rest, deeper := strings.Cut(path, ".")
	i := fieldIndex(dst.Type(), head)
	if i < 0 {
		return
	}
	d, s := dst.Field(i), src.Field(i)
	if !deeper || d.Kind() != reflect.Pointer {
		d.Set(s)
		return
	}
	fresh := reflect.New(d.Type().Elem()) // what hangs in a document is not written to
	if !d.IsNil() {
		fresh.Elem().Set(d.Elem())
	}
	from := reflect.Zero(d.Type().Elem())
	if !s.IsNil() {
		from = s.Elem()
	}
	setPath(fresh.Elem(), from, rest)
	d.Set(fresh)
}

func hasPath(t reflect.Type, path string) bool {
	head, rest, deeper := strings.Cut(path, ".")
	i := fieldIndex(t, head)
	if i < 0 || !deeper {
		return i >= 0
	}
	ft := t.Field(i).Type
	return ft.Kind() == reflect.Pointer && ft.Elem().Kind() == reflect.Struct && hasPath(ft.Elem(), rest)
}

func fieldIndex(t reflect.Type, name string) int {
	for i := range t.NumField() {
		if jsonName(t.Field(i)) == name {
			return i
		}
	}
	return -1
}

func jsonName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}

// camel turns a mask's snake_case into the JSON names; both are accepted.
func camel(s string) string {
	if !strings.Contains(s, "_") {
		return s
	}
	var b strings.Builder
	up := false
	for _, r := range s {
		switch {
		case r == '_':
			up = true
		case up:
			b.WriteRune(unicode.ToUpper(r))
			up = false
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// normalize drops from a request what proto3 cannot tell from unset: zero numbers, empty strings and unspecified enums.
// A false is kept, in a style it is a value; so are the ends of a range and the place of a tab, which say whether they were given.
func normalize(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			normalize(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			normalize(v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			f := v.Field(i)
			if f.Kind() == reflect.Pointer && !f.IsNil() && unset(f.Elem()) && v.Type() != reflect.TypeFor[api.Range]() && v.Type() != reflect.TypeFor[api.TabProperties]() {
				f.SetZero()
				continue
			}
			normalize(f)
		}
	}
}

func unset(v reflect.Value) bool {
	switch {
	case v.CanInt() || v.CanFloat():
		return v.IsZero()
	case v.Kind() == reflect.String:
		return v.String() == "" || unspecified[v.String()]
	}
	return false
}

// unspecified is the zero value of every enum that a request can carry.
var unspecified = map[string]bool{
	"ALIGNMENT_UNSPECIFIED": true, "BASELINE_OFFSET_UNSPECIFIED": true, "BULLET_GLYPH_PRESET_UNSPECIFIED": true,
	"COLUMN_SEPARATOR_STYLE_UNSPECIFIED": true, "COMMENT_ACTION_TYPE_UNSPECIFIED": true, "CONTENT_ALIGNMENT_UNSPECIFIED": true,
	"CONTENT_DIRECTION_UNSPECIFIED": true, "DASH_STYLE_UNSPECIFIED": true, "DATE_FORMAT_UNSPECIFIED": true,
	"DOCUMENT_MODE_UNSPECIFIED": true, "HEADER_FOOTER_TYPE_UNSPECIFIED": true, "IMAGE_REPLACE_METHOD_UNSPECIFIED": true,
	"NAMED_STYLE_TYPE_UNSPECIFIED": true, "SECTION_TYPE_UNSPECIFIED": true, "SPACING_MODE_UNSPECIFIED": true,
	"SUGGESTION_ACTION_TYPE_UNSPECIFIED": true, "TAB_STOP_ALIGNMENT_UNSPECIFIED": true, "TIME_FORMAT_UNSPECIFIED": true,
	"UNIT_UNSPECIFIED": true, "WIDTH_TYPE_UNSPECIFIED": true,
}

// inheritFields unsets the mask's fields that equal the parent's.
func inheritFields[T any](m mask, s, parent *T) {
	v, up := reflect.ValueOf(s).Elem(), reflect.ValueOf(parent).Elem()
	for _, f := range m {
		head, _, _ := strings.Cut(f, ".")
		if i := fieldIndex(v.Type(), head); i >= 0 && !v.Field(i).IsZero() && reflect.DeepEqual(v.Field(i).Interface(), up.Field(i).Interface()) {
			v.Field(i).SetZero()
		}
	}
}
