package format

import (
	"math"
	"testing"
	"time"
)

var now = time.Date(2024, 5, 17, 9, 30, 0, 0, time.UTC)

func TestNumber(t *testing.T) {
	for _, c := range []struct {
		pattern string
		x       float64
		want    string
	}{
		{"####.#", 12345.125, "12345.1"},
		{"000.0####", 12.34, "012.34"},
		{"#.0#", 12, "12.0"},
		{"# ???/???", 5.125, "5   1/8  "},
		{"# ?/?", 0.5, "1/2"},
		{"?/?", 1.5, "3/2"},
		{"# ?/8", 2.26, "2 2/8"},
		{"#,##0.00", 1234567.891, "1,234,567.89"},
		{"#,##0.00", -1234.5, "-1,234.50"},
		{"#,##0", 999999.5, "1,000,000"},
		{"0.00%", 0.1234, "12.34%"},
		{"0%", 0.005, "1%"},
		{"0.00", 1.005, "1.01"},
		{"0.0,,", 12200000, "12.2"},
		{"0,", 1500, "2"},
		{"0.00E+00", 12345, "1.23E+04"},
		{"0.00E+00", 0.00012345, "1.23E-04"},
		{"0.00E+00", 9.999, "1.00E+01"},
		{"##0.0E+0", 12345, "12.3E+3"},
		{"0.00E-00", 12345, "1.23E04"},
		{`"$"#,##0.00`, 5, "$5.00"},
		{`"$"#,##0.00`, -5, "-$5.00"},
		{`$#,##0.00;($#,##0.00)`, -5, "($5.00)"},
		{`[$€-407] #,##0.00`, 5, "€ 5.00"},
		{"0;-0;zero;@", 0, "zero"},
		{"[Red]0;[Blue]-0", -3, "-3"},
		{`[<100]"low";[>=1000]"high";0`, 5, "low"},
		{`[<100]"low";[>=1000]"high";0`, 500, "500"},
		{`[<100]"low";[>=1000]"high";0`, 5000, "high"},
		{"(000) 000-0000", 5551234567, "(555) 123-4567"},
		{"000-00-0000", 123456789, "123-45-6789"},
		{"0.##", 5, "5."},
		{"#.##", 0.25, ".25"},
		{"?0.0?", 5.5, " 5.5 "},
		{`0 "kg"`, 12, "12 kg"},
		{`0\x`, 3, "3x"},
		{"_(0_)", 3, " 3 "},
		{"* 0", 3, "3"},
		{"@", 3.5, "3.5"},
		{"General", 3.5, "3.5"},
		{"00000", 42, "00042"},
		{"yyyy-mm-dd", 43831, "2020-01-01"},
		{"m/d/yy", 43831, "1/1/20"},
		{"M/d/yyyy H:mm:ss", 43831.5, "1/1/2020 12:00:00"},
		{"dddd, mmmm d, yyyy", 43831, "Wednesday, January 1, 2020"},
		{"ddd mmm dd", 43831, "Wed Jan 01"},
		{"mmmmm", 43831, "J"},
		{"h:mm am/pm", 0.75, "6:00 PM"},
		{"hh:mm:ss a/p", 0.25, "06:00:00 a"},
		{"h:mm:ss A/P", 0, "12:00:00 A"},
		{"hh:mm:ss.000", 0.5 + 1.5/86400, "12:00:01.500"},
		{"[h]:mm:ss", 1.5, "36:00:00"},
		{"[hh]:[mm]", 0.125, "03:180"},
		{"[mm]:ss", 1.0 / 24, "60:00"},
		{"[s]", 1, "86400"},
		{"[h]:mm", -0.5, "-12:00"},
		{"mm:ss", 0.5 + 62.0/86400, "01:02"},
		{"yyyy-mm-dd", -1, "1899-12-29"},
		{"yyyy-mm-dd", 60, "1900-02-28"},
		{"yyyy-mm-dd", 61, "1900-03-01"},
		{"hh:mm:ss", 43831 + 36000.0/86400, "10:00:00"},
	} {
		p, err := Parse(c.pattern)
		if err != nil {
			t.Errorf("%s: %v", c.pattern, err)
			continue
		}
		if got := p.Number(c.x, LocaleOf("en_US")); got != c.want {
			t.Errorf("%s of %v: got %q, want %q", c.pattern, c.x, got, c.want)
		}
	}
}

func TestText(t *testing.T) {
	for _, c := range []struct{ pattern, v, want string }{
		{"0", "x", "x"},
		{"@", "x", "x"},
		{`"Dear "@`, "Ann", "Dear Ann"},
		{`0;0;0;"<"@">"`, "x", "<x>"},
	} {
		p, err := Parse(c.pattern)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Text(c.v); got != c.want {
			t.Errorf("%s of %q: got %q, want %q", c.pattern, c.v, got, c.want)
		}
	}
	for _, bad := range []string{`"open`, "0;0;0;0;0", "[nonsense]0", "[<x]0"} {
		if _, err := Parse(bad); err == nil {
			t.Errorf("%s is taken", bad)
		}
	}
}

func TestDefault(t *testing.T) {
	for _, c := range []struct {
		locale string
		typ    Type
		x      float64
		want   string
	}{
		{"en_US", Number, 1234.5, "1,234.50"},
		{"en_US", Currency, 1000.12, "$1,000.12"},
		{"en_US", Date, 43831, "1/1/2020"},
		{"en_US", Time, 0.75, "6:00:00 PM"},
		{"en_US", DateTime, 43831.75, "1/1/2020 18:00:00"},
		{"en_US", Scientific, 1234, "1.23E+03"},
		{"en_US", Percent, 0.5, "50.00%"},
		{"en_GB", Currency, 5, "£5.00"},
		{"en_GB", Date, 43832, "02/01/2020"},
		{"de_DE", Currency, 1234.5, "1.234,50\u00a0€"},
		{"de_DE", Date, 43832, "02.01.2020"},
		{"fr_FR", Number, 1234.5, "1\u202f234,50"},
		{"ja_JP", Currency, 1234.5, "¥1,235"},
		{"pt_BR", Currency, 1234.5, "R$\u00a01.234,50"},
		{"sv_SE", Date, 43832, "2020-01-02"},
		{"xx_YY", Date, 43832, "02/01/2020"},
		{"de", Date, 43832, "02.01.2020"},
	} {
		l := LocaleOf(c.locale)
		p, err := Parse(Default(c.typ, l))
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Number(c.x, l); got != c.want {
			t.Errorf("%s %s: got %q, want %q", c.locale, c.typ, got, c.want)
		}
	}
}

func TestGeneral(t *testing.T) {
	us, de := LocaleOf("en_US"), LocaleOf("de_DE")
	for _, c := range []struct {
		x    float64
		l    *Locale
		want string
	}{
		{0, us, "0"}, {1, us, "1"}, {-1.5, us, "-1.5"}, {1.5, de, "1,5"},
		{1.0 / 3, us, "0.3333333333"}, {1000.0 / 3, us, "333.3333333"}, {math.Pi, us, "3.141592654"},
		{0.1 + 0.2, us, "0.3"}, {123456789012, us, "123456789012"}, {12345678901.5, us, "12345678902"},
		{2432902008176640000, us, "2432902008176640000"}, {1e20, us, "100000000000000000000"},
		{12345678901234567890, us, "12345678901234600000"},
		{1e21, us, "1E+21"}, {math.Pow(2, 100), us, "1.26765E+30"}, {1.2246467991473532e-16, us, "0"}, {-171.12692103319392, us, "-171.126921"}, {0.09050773266525769, us, "0.09050773267"},
		{0.00001, us, "0.00001"}, {99999.999999999, us, "100000"}, {1e300, us, "1E+300"},
	} {
		if got := General(c.x, c.l); got != c.want {
			t.Errorf("%v: got %q, want %q", c.x, got, c.want)
		}
	}
}

func TestEnter(t *testing.T) {
	num := func(x float64, typ Type, pattern string) Entry {
		return Entry{Kind: NumberValue, Number: x, Type: typ, Pattern: pattern}
	}
	text := func(s string) Entry { return Entry{Kind: TextValue, Text: s} }
	plain := func(x float64) Entry { return num(x, "", "") }
	for _, c := range []struct {
		locale, typed string
		want          Entry
	}{
		{"en_US", "", Entry{}},
		{"en_US", "5", plain(5)},
		{"en_US", " -5.25 ", plain(-5.25)},
		{"en_US", "+5", plain(5)},
		{"en_US", ".5", plain(.5)},
		{"en_US", "007", plain(7)},
		{"en_US", "(5)", plain(-5)},
		{"en_US", "1,234", num(1234, Number, "#,##0")},
		{"en_US", "1,234.5", num(1234.5, Number, "#,##0.00")},
		{"en_US", "1,23", text("1,23")},
		{"en_US", "12,34,567", text("12,34,567")},
		{"en_US", "1e3", num(1000, Scientific, "0.00E+00")},
		{"en_US", "5%", num(.05, Percent, "0%")},
		{"en_US", "5.1%", num(.051, Percent, "0.00%")},
		{"en_US", "$5", num(5, Currency, `"$"#,##0`)},
		{"en_US", "-$1,000.5", num(-1000.5, Currency, `"$"#,##0.00`)},
		{"en_US", "€5", num(5, Currency, `[$€]#,##0`)},
		{"en_US", "TRUE", Entry{Kind: BoolValue, Bool: true}},
		{"en_US", "false", Entry{Kind: BoolValue}},
		{"en_US", "'5", text("5")},
		{"en_US", "=A1+1", Entry{Kind: FormulaValue, Text: "=A1+1"}},
		{"en_US", "+A1", Entry{Kind: FormulaValue, Text: "=+A1"}},
		{"en_US", "=", text("=")},
		{"en_US", "#N/A", Entry{Kind: ErrorValue, Text: "#N/A"}},
		{"en_US", "https://example.com/x", Entry{Kind: TextValue, Text: "https://example.com/x", Link: "https://example.com/x"}},
		{"en_US", "ann@example.com", Entry{Kind: TextValue, Text: "ann@example.com", Link: "mailto:ann@example.com"}},
		{"en_US", "2020-01-01", num(43831, Date, "yyyy-mm-dd")},
		{"en_US", "1/2/2020", num(43832, Date, "")},
		{"en_US", "01/02/2020", num(43832, Date, "mm/dd/yyyy")},
		{"en_US", "1/2/20", num(43832, Date, "m/d/yy")},
		{"en_US", "13/2/2020", text("13/2/2020")},
		{"en_US", "2/30/2020", text("2/30/2020")},
		{"en_US", "5/6", num(45418, Date, "m/d")},
		{"en_US", "Jan 2, 2020", num(43832, Date, "mmm d, yyyy")},
		{"en_US", "January 2, 2020", num(43832, Date, "mmmm d, yyyy")},
		{"en_US", "2 January 2020", num(43832, Date, "d mmmm yyyy")},
		{"en_US", "2-Jan-2020", num(43832, Date, "d-mmm-yyyy")},
		{"en_US", "Thursday, January 2, 2020", num(43832, Date, "dddd, mmmm d, yyyy")},
		{"en_US", "January 2020", num(43831, Date, "mmmm yyyy")},
		{"en_US", "1/2/2020 10:30", num(43832.4375, DateTime, "m/d/yyyy h:mm")},
		{"en_US", "1/2/2020 10:30:00", num(43832.4375, DateTime, "")},
		{"en_US", "2020-01-02 10:30:00", num(43832.4375, DateTime, "yyyy-mm-dd h:mm:ss")},
		{"en_US", "2020-01-02T10:30:00Z", text("2020-01-02T10:30:00Z")},
		{"en_US", "10:30", num(.4375, Time, "h:mm")},
		{"en_US", "10:30 PM", num(.9375, Time, "h:mm am/pm")},
		{"en_US", "10:30:00 AM", num(.4375, Time, "")},
		{"sv_SE", "2020-01-02", num(43832, Date, "")},
		{"de_DE", "10:30:00", num(.4375, Time, "")},
		{"en_US", "12 am", num(0, Time, "h am/pm")},
		{"en_US", "10:30:36.5", num(.4375+36.5/86400, Time, "h:mm:ss.0")},
		{"en_US", "36:00:00", num(1.5, Time, "[h]:mm:ss")},
		{"en_US", "10:75", text("10:75")},
		{"en_US", "1.2.3", text("1.2.3")},
		{"en_US", "192.168.1.1", text("192.168.1.1")},
		{"en_US", "12 apples", text("12 apples")},
		{"en_US", "-", text("-")},
		{"en_GB", "1/2/2020", num(43862, Date, "d/m/yyyy")},
		{"en_GB", "01/02/2020", num(43862, Date, "")},
		{"en_GB", "£5.5", num(5.5, Currency, `"£"#,##0.00`)},
		{"de_DE", "1,5", plain(1.5)},
		{"de_DE", "1.234,5", num(1234.5, Number, "#,##0.00")},
		{"de_DE", "01.02.2020", num(43862, Date, "")},
		{"de_DE", "2. Januar 2020", num(43832, Date, "d. mmmm yyyy")},
		{"de_DE", "5,50 €", num(5.5, Currency, "#,##0.00\u00a0\"€\"")},
		{"de_DE", "WAHR", Entry{Kind: BoolValue, Bool: true}},
		{"fr_FR", "1 234,5", num(1234.5, Number, "#,##0.00")},
		{"fr_FR", "2 janvier 2020", num(43832, Date, "d mmmm yyyy")},
		{"ja_JP", "2020/01/02", num(43832, Date, "")},
		{"nl_NL", "2-1-2020", num(43832, Date, "")},
	} {
		if got := Enter(c.typed, LocaleOf(c.locale), now); got != c.want {
			t.Errorf("%s %q:\n got %+v\nwant %+v", c.locale, c.typed, got, c.want)
		}
	}
}

func TestCivil(t *testing.T) {
	for day := -800000; day < 3000000; day += 37 {
		y, m, d := Civil(float64(day))
		if got := Serial(y, m, d); got != float64(day) {
			t.Fatalf("%d is %d-%d-%d is %v", day, y, m, d, got)
		}
	}
}

// What an exact pattern shows is read back as the number it shows, and the cell it is typed in shows it again.
func FuzzRoundTrip(f *testing.F) {
	f.Add(43831.5, 0)
	f.Add(-12.25, 5)
	f.Fuzz(func(t *testing.T, x float64, n int) {
		names := []string{"en_US", "en_GB", "de_DE", "fr_FR", "es_ES", "it_IT", "pt_BR", "ja_JP", "nl_NL", "sv_SE", "pl_PL"}
		l := LocaleOf(names[uint(n)%uint(len(names))])
		if math.IsNaN(x) || math.Abs(x) > 1e9 {
			return
		}
		day := math.Mod(math.Abs(math.Trunc(x)), 2000000)
		second := math.Mod(math.Abs(math.Round(x*7)), 86400)
		cents := math.Round(x*100) / 100
		for _, c := range []struct {
			typ Type
			x   float64
		}{{Number, cents}, {Currency, math.Round(x)}, {Date, day}, {DateTime, day + second/86400}, {Time, second / 86400}, {Scientific, math.Round(x/1e6) / 1e3}} {
			if c.typ == Scientific && math.Abs(c.x) >= 10 {
				continue
			}
			p, _ := Parse(Default(c.typ, l))
			shown := p.Number(c.x, l)
			e := Enter(shown, l, now)
			if e.Kind != NumberValue || math.Abs(e.Number-c.x) > 1e-9*max(1, math.Abs(c.x)) {
				if c.typ == Scientific && math.Abs(e.Number-c.x) <= 0.005 {
					continue
				}
				t.Fatalf("%s %s %v shows %q which reads %+v", l.Name, c.typ, c.x, shown, e)
			}
			if e.Pattern == "" {
				continue
			}
			q, err := Parse(e.Pattern)
			if err != nil {
				t.Fatalf("%q: pattern %q: %v", shown, e.Pattern, err)
			}
			if again := q.Number(e.Number, l); Enter(again, l, now).Number != e.Number {
				t.Fatalf("%q typed shows %q by %s", shown, again, e.Pattern)
			}
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"#,##0.00;(0)", "[h]:mm:ss.000", "# ??/??", "0.0E+0", `[<1]"a"0;@`, "yyyy-mm-dd am/pm", "[$-409]0,,", "0/010/"} {
		f.Add(s, 1234.5)
	}
	f.Fuzz(func(t *testing.T, pattern string, x float64) {
		if p, err := Parse(pattern); err == nil {
			p.Number(x, LocaleOf("de_DE"))
			p.Text(pattern)
			p.Kind()
		}
	})
}

func FuzzEnter(f *testing.F) {
	for _, s := range []string{"1/2/2020 10:30 pm", "$1,234.50", "(5%)", "Mon, Jan 5", "25:00:00.5", "=1", "a@b.c", "1.2.", "1年2月"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, name := range []string{"en_US", "de_DE", "fi_FI", "hu_HU"} {
			l := LocaleOf(name)
			e := Enter(s, l, now)
			if e.Pattern != "" {
				p, err := Parse(e.Pattern)
				if err != nil {
					t.Fatalf("%q: %v", e.Pattern, err)
				}
				p.Number(e.Number, l)
			}
		}
	})
}

func BenchmarkGeneral(b *testing.B) {
	l := LocaleOf("en_US")
	for i := range b.N {
		General(float64(i)/7, l)
	}
}

func BenchmarkEnter(b *testing.B) {
	l := LocaleOf("en_US")
	for range b.N {
		Enter("hello world, this is text", l, now)
	}
}
