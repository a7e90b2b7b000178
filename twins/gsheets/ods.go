package gsheets

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"html"
	"io"
	"regexp"
	"strconv"
	"strings"

	"twinset.dev/twins/gsheets/internal/calc"
	"twinset.dev/twins/gsheets/internal/format"
	"twinset.dev/twins/gsheets/internal/formula"
)

// ods is the spreadsheet as an OpenDocument spreadsheet: values, formulas, what cells show, merged cells.
//
// https://docs.oasis-open.org/office/OpenDocument/v1.3/
func (b *book) ods() ([]byte, error) {
	var body bytes.Buffer
	body.WriteString(xml.Header + `<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:of="urn:oasis:names:tc:opendocument:xmlns:of:1.2" office:version="1.3"><office:body><office:spreadsheet>`)
	for _, t := range b.tabs {
		fmt.Fprintf(&body, `<table:table table:name="%s">`, html.EscapeString(t.Title))
		t.odsRows(&body)
		body.WriteString(`</table:table>`)
	}
	body.WriteString(`</office:spreadsheet></office:body></office:document-content>`)
	return zipped([]zipFile{
		{"mimetype", []byte(typeODS)}, // first, and not compressed
		{"META-INF/manifest.xml", []byte(xml.Header + `<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.3"><manifest:file-entry manifest:full-path="/" manifest:media-type="` + typeODS + `"/><manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>`)},
		{"content.xml", body.Bytes()},
	})
}

type zipFile struct {
	name    string
	content []byte
}

// zipped is an archive of files. Only the first, if it is a mimetype, is not compressed.
func zipped(all []zipFile) ([]byte, error) {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, f := range all {
		method := zip.Deflate
		if f.name == "mimetype" {
			method = zip.Store
		}
		w, err := z.CreateHeader(&zip.FileHeader{Name: f.name, Method: method})
		if err != nil {
			return nil, err
		}
		if _, err := w.Write(f.content); err != nil {
			return nil, err
		}
	}
	err := z.Close()
	return out.Bytes(), err
}

func (t *tab) odsRows(w *bytes.Buffer) {
	rows, cols := t.used()
	fmt.Fprintf(w, `<table:table-column table:number-columns-repeated="%d"/>`, max(1, cols))
	for r := range max(1, rows) {
		w.WriteString(`<table:table-row>`)
		for c := range max(1, cols) {
			t.odsCell(w, r, c)
		}
		w.WriteString(`</table:table-row>`)
	}
}

func (t *tab) odsCell(w *bytes.Buffer, r, c int) {
	name, attrs := "table:table-cell", ""
	for _, m := range t.Merges {
		if m.Row0 == r && m.Col0 == c {
			attrs = fmt.Sprintf(` table:number-rows-spanned="%d" table:number-columns-spanned="%d"`, m.Rows(), m.Cols())
		} else if m.Contains(r, c) {
			name = "table:covered-table-cell"
		}
	}
	x := t.cell(r, c)
	if x == nil || x.blank() {
		fmt.Fprintf(w, "<%s%s/>", name, attrs)
		return
	}
	if x.Formula != "" {
		if e, err := formula.Parse(x.Formula, t.b.syntax()); err == nil {
			attrs += ` table:formula="` + html.EscapeString("of:="+openFormula(e)) + `"`
		}
	}
	switch v := x.Value; v.Kind {
	case calc.KindNumber:
		switch n := strconv.FormatFloat(v.Num, 'g', -1, 64); t.b.typeOf(x) {
		case format.Percent:
			attrs += ` office:value-type="percentage" office:value="` + n + `"`
		case format.Date:
			y, m, d := format.Civil(v.Num)
			attrs += fmt.Sprintf(` office:value-type="date" office:date-value="%04d-%02d-%02d"`, y, m, d)
		case format.DateTime:
			y, m, d := format.Civil(v.Num)
			h, min, s, _ := format.Clock(v.Num)
			attrs += fmt.Sprintf(` office:value-type="date" office:date-value="%04d-%02d-%02dT%02d:%02d:%02d"`, y, m, d, h, min, s)
		default:
			attrs += ` office:value-type="float" office:value="` + n + `"`
		}
	case calc.KindBool:
		attrs += fmt.Sprintf(` office:value-type="boolean" office:boolean-value="%t"`, v.Num != 0)
	case calc.KindText, calc.KindError:
		attrs += ` office:value-type="string"`
	}
	fmt.Fprintf(w, "<%s%s>", name, attrs)
	if x.Value.Kind != calc.KindEmpty {
		for line := range strings.SplitSeq(t.b.shown(x), "\n") {
			w.WriteString("<text:p>" + html.EscapeString(line) + "</text:p>")
		}
	}
	fmt.Fprintf(w, "</%s>", name)
}

// openFormula writes a formula as OpenDocument has it: references in brackets, semicolons between arguments.
//
// https://docs.oasis-open.org/office/OpenDocument/v1.3/os/part4-formula/
func openFormula(e formula.Expr) string {
	list := func(all []formula.Expr, sep string) string {
		parts := make([]string, len(all))
		for i, x := range all {
			parts[i] = openFormula(x)
		}
		return strings.Join(parts, sep)
	}
	switch e := e.(type) {
	case formula.Number:
		return strconv.FormatFloat(float64(e), 'g', -1, 64)
	case formula.Text:
		return `"` + strings.ReplaceAll(string(e), `"`, `""`) + `"`
	case formula.Bool:
		return strings.ToUpper(strconv.FormatBool(bool(e))) + "()"
	case formula.Error:
		return string(e)
	case formula.Name:
		return string(e)
	case *formula.Unary:
		if e.Op == '%' {
			return openFormula(e.X) + "%"
		}
		return string(e.Op) + "(" + openFormula(e.X) + ")"
	case *formula.Binary:
		op := string(e.Op)
		switch e.Op {
		case 'L':
			op = "<="
		case 'G':
			op = ">="
		case 'N':
			op = "<>"
		}
		return "(" + openFormula(e.X) + op + openFormula(e.Y) + ")"
	case formula.Array:
		rows := make([]string, len(e))
		for i, row := range e {
			rows[i] = list(row, ";")
		}
		return "{" + strings.Join(rows, "|") + "}"
	case *formula.Call:
		return e.Name + "(" + list(e.Args, ";") + ")"
	case *formula.Reference:
		r := e.Ref
		sheet := "."
		if r.HasSheet {
			sheet = "$" + formula.QuoteSheet(r.Sheet) + "."
			r.HasSheet = false
		}
		first, second, more := strings.Cut(r.String(), ":")
		if !more {
			return "[" + sheet + first + "]"
		}
		return "[" + sheet + first + ":." + second + "]"
	}
	return ""
}

// maxUnzipped bounds how large the content of an imported file may be.
const maxUnzipped = 256 << 20

// readODS makes the sheets of an OpenDocument spreadsheet.
func (b *book) readODS(content []byte) error {
	z, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return errUnreadable
	}
	f, err := z.Open("content.xml")
	if err != nil {
		return errUnreadable
	}
	defer f.Close()
	d := xml.NewDecoder(io.LimitReader(f, maxUnzipped))
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return errUnreadable
		}
		if e, ok := tok.(xml.StartElement); ok && e.Name.Local == "table" {
			id := b.newSheetID()
			if len(b.tabs) == 0 {
				id = 0
			}
			t := b.add(b.newSheet(id, attr(e, "name")))
			if err := t.readODS(d); err != nil {
				return err
			}
			t.fit()
		}
	}
	if len(b.tabs) == 0 || b.cells() > maxCells {
		return errUnreadable
	}
	return nil
}

func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func repeated(e xml.StartElement, name string) int {
	n, err := strconv.Atoi(attr(e, name))
	if err != nil {
		return 1
	}
	return max(1, n)
}

// maxRepeated is how often something is taken to be repeated when it is not empty.
const maxRepeated = 10_000

// readODS reads the rows of one table.
func (t *tab) readODS(d *xml.Decoder) error {
	row, col := 0, 0
	again := 1 // how often the row is repeated
	for {
		tok, err := d.Token()
		if err != nil {
			return errUnreadable
		}
		switch e := tok.(type) {
		case xml.StartElement:
			switch e.Name.Local {
			case "table-row":
				col, again = 0, repeated(e, "number-rows-repeated")
			case "table-cell", "covered-table-cell":
				n := repeated(e, "number-columns-repeated")
				text, err := odsText(d)
				if err != nil {
					return err
				}
				src, v, pattern := t.odsValue(e, text)
				if src == "" && v.Kind == calc.KindEmpty {
					col += n
					continue
				}
				for range min(n, maxRepeated) {
					for i := range min(again, maxRepeated) {
						if row+i >= formula.MaxRows || col >= formula.MaxCols {
							return errUnreadable
						}
						x := t.enter(row+i, col, src, v)
						if pattern != nil {
							x.Format = t.b.intern(Obj{"numberFormat": pattern})
						}
					}
					if rows, cols := repeated(e, "number-rows-spanned"), repeated(e, "number-columns-spanned"); rows*cols > 1 {
						t.Merges = append(t.Merges, formula.Area{Row0: row, Col0: col, Row1: row + rows, Col1: col + cols})
					}
					col++
				}
			}
		case xml.EndElement:
			switch e.Name.Local {
			case "table-row":
				row += again
			case "table":
				return nil
			}
		}
	}
}

// odsText is the text of a cell, and passes its end.
func odsText(d *xml.Decoder) (string, error) {
	var lines []string
	for depth := 1; depth > 0; {
		tok, err := d.Token()
		if err != nil {
			return "", errUnreadable
		}
		switch e := tok.(type) {
		case xml.StartElement:
			depth++
			if e.Name.Local == "p" {
				lines = append(lines, "")
			}
		case xml.EndElement:
			depth--
		case xml.CharData:
			if len(lines) > 0 {
				lines[len(lines)-1] += string(e)
			}
		}
	}
	return strings.Join(lines, "\n"), nil
}

// odsValue is what a cell holds: a formula or a value, and a number format.
func (t *tab) odsValue(e xml.StartElement, text string) (src string, v calc.Value, pattern Obj) {
	switch number := attr(e, "value"); attr(e, "value-type") {
	case "float", "currency", "percentage":
		n, _ := strconv.ParseFloat(number, 64)
		v = calc.Number(n)
		if attr(e, "value-type") == "percentage" {
			pattern = Obj{"type": "PERCENT", "pattern": "0.00%"}
		}
	case "date":
		if entry, ok := format.Read(strings.Replace(attr(e, "date-value"), "T", " ", 1), format.LocaleOf("en_US"), t.b.now()); ok {
			v = calc.Number(entry.Number)
			pattern = Obj{"type": string(entry.Type), "pattern": entry.Pattern}
		}
	case "boolean":
		v = calc.Bool(attr(e, "boolean-value") == "true")
	case "string":
		if s := attr(e, "string-value"); s != "" {
			text = s
		}
		v = calc.Text(text)
	}
	if open := attr(e, "formula"); open != "" {
		return formula.Translate(fromOpenFormula(open), formula.Point, t.b.syntax()), calc.Empty, pattern
	}
	return "", v, pattern
}

var (
	odsReference = regexp.MustCompile(`\[(\$?('(?:[^']|'')*'|[^\[\].:']*))?\.([^\[\]:]+?)(?::\$?(?:'(?:[^']|'')*'|[^\[\].:']*)?\.([^\[\]]+))?\]`)
	odsQuoted    = regexp.MustCompile(`"(?:[^"]|"")*"`)
)

// fromOpenFormula writes an OpenDocument formula as Sheets does. What is in quotes stays as it is.
func fromOpenFormula(s string) string {
	if _, rest, ok := strings.Cut(s, ":="); ok {
		s = "=" + rest
	}
	var out strings.Builder
	outside := func(part string) {
		part = odsReference.ReplaceAllStringFunc(part, func(ref string) string {
			m := odsReference.FindStringSubmatch(ref)
			r := m[3]
			if m[4] != "" {
				r += ":" + m[4]
			}
			if sheet := strings.TrimPrefix(m[1], "$"); sheet != "" {
				r = sheet + "!" + r
			}
			return r
		})
		if !strings.Contains(part, "{") {
			part = strings.ReplaceAll(part, ";", ",")
			out.WriteString(part)
			return
		}
		in := 0
		for _, r := range part { // {1;2|3;4} is {1,2;3,4}
			switch {
			case r == '{':
				in++
			case r == '}':
				in--
			case r == '|' && in > 0:
				r = ';'
			case r == ';':
				r = ','
			}
			out.WriteRune(r)
		}
	}
	at := 0
	for _, q := range odsQuoted.FindAllStringIndex(s, -1) {
		outside(s[at:q[0]])
		out.WriteString(s[q[0]:q[1]])
		at = q[1]
	}
	outside(s[at:])
	return out.String()
}
