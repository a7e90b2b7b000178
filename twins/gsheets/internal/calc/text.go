package calc

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"twinset.dev/twins/gsheets/internal/format"
)

// Places and lengths in texts count UTF-16 units, as Google Sheets counts them; the functions that end in B count the bytes of
// the double-byte sets, two for a letter of East Asia.
//
// https://support.google.com/docs/table/25273 (Text)
func init() {
	text := func(name string, f func(string) string) {
		function(name, "t", func(_ *Call, a []Value) Value { return Text(f(a[0].Text)) })
	}
	text("UPPER", strings.ToUpper)
	text("LOWER", strings.ToLower)
	text("PROPER", proper)
	text("TRIM", func(s string) string {
		return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == ' ' }), " ")
	})
	text("CLEAN", func(s string) string {
		return strings.Map(func(r rune) rune {
			if r < 32 || r == 127 {
				return -1
			}
			return r
		}, s)
	})
	text("ASC", narrow)
	function("LEN", "t", func(_ *Call, a []Value) Value { return Number(float64(units(a[0].Text))) })
	function("LENB", "t", func(_ *Call, a []Value) Value { return Number(float64(doubleBytes(a[0].Text))) })
	function("EXACT", "t t", func(_ *Call, a []Value) Value { return Bool(a[0].Text == a[1].Text) })
	function("CONCATENATE", "a...", func(c *Call, a []Value) Value {
		var b strings.Builder
		failed := c.texts(a, false, func(s string) { b.WriteString(s) })
		if failed.IsError() {
			return failed
		}
		return c.longText(b.String())
	})
	function("JOIN", "t a...", func(c *Call, a []Value) Value { return c.joinTexts(a[0].Text, a[1:], false) })
	function("TEXTJOIN", "t b a...", func(c *Call, a []Value) Value { return c.joinTexts(a[0].Text, a[2:], a[1].True()) })
	function("REPT", "t n", func(c *Call, a []Value) Value {
		n := int(math.Min(1e9, a[1].Num))
		if n < 0 {
			return c.negative(2, a[1].Num)
		}
		if n*len(a[0].Text) > maxText {
			return c.tooLong()
		}
		return Text(strings.Repeat(a[0].Text, n))
	})
	function("SUBSTITUTE", "t t t [n]", func(c *Call, a []Value) Value {
		s, old, with := a[0].Text, a[1].Text, a[2].Text
		if old == "" {
			return a[0]
		}
		if len(a) < 4 {
			return c.longText(strings.ReplaceAll(s, old, with))
		}
		nth := int(a[3].Num)
		if nth < 1 {
			return c.Refuse(CodeValue, 4, "value is %d. It should be greater than or equal to 1.", nth)
		}
		for from := 0; ; {
			i := strings.Index(s[from:], old)
			if i < 0 {
				return a[0]
			}
			if nth--; nth == 0 {
				return c.longText(s[:from+i] + with + s[from+i+len(old):])
			}
			from += i + len(old)
		}
	})

	// Each of these comes in two kinds: over units and over bytes.
	function("LEFT", "t [n]", func(c *Call, a []Value) Value { return c.slice(a[0].Text, 0, or(a, 1, 1), 2, units, cut) })
	function("LEFTB", "t [n]", func(c *Call, a []Value) Value { return c.slice(a[0].Text, 0, or(a, 1, 1), 2, doubleBytes, cutBytes) })
	function("RIGHT", "t [n]", func(c *Call, a []Value) Value {
		n := math.Trunc(or(a, 1, 1))
		return c.slice(a[0].Text, math.Max(0, float64(units(a[0].Text))-n), n, 2, units, cut)
	})
	function("RIGHTB", "t [n]", func(c *Call, a []Value) Value {
		n := math.Trunc(or(a, 1, 1))
		return c.slice(a[0].Text, math.Max(0, float64(doubleBytes(a[0].Text))-n), n, 2, doubleBytes, cutBytes)
	})
	// Where MIDB and REPLACEB begin is counted in letters all the same; only how far they go is counted in bytes.
	mid := func(name string, length func(string) int, cut func(string, int, int) string) {
		function(name, "t n n", func(c *Call, a []Value) Value {
			if a[1].Num < 1 {
				return c.Refuse(CodeNum, 2, "value is %s. It should be greater than or equal to 1.", c.plain(a[1].Num))
			}
			return c.slice(a[0].Text, float64(length(before(a[0].Text, a[1].Num))), a[2].Num, 3, length, cut)
		})
	}
	mid("MID", units, cut)
	mid("MIDB", doubleBytes, cutBytes)
	replace := func(name string, length func(string) int, cut func(string, int, int) string) {
		function(name, "t n n t", func(c *Call, a []Value) Value {
			switch {
			case a[1].Num < 1:
				return c.Refuse(CodeValue, 2, "value is %s. It should be greater than or equal to 1.", c.plain(a[1].Num))
			case a[2].Num < 0:
				return c.Refuse(CodeValue, 3, "value is %s. It should be greater than or equal to 0.", c.plain(a[2].Num))
			}
			head := before(a[0].Text, a[1].Num)
			from, all := length(head), length(a[0].Text)
			to := int(math.Min(float64(from)+math.Trunc(a[2].Num), float64(all)))
			return c.longText(head + a[3].Text + cut(a[0].Text, to, all))
		})
	}
	replace("REPLACE", units, cut)
	replace("REPLACEB", doubleBytes, cutBytes)
	function("FIND", "t t [n]", func(c *Call, a []Value) Value { return c.find(a, strings.Index, units, cut) })
	function("FINDB", "t t [n]", func(c *Call, a []Value) Value { return c.find(a, strings.Index, doubleBytes, cutBytes) })
	function("SEARCH", "t t [n]", func(c *Call, a []Value) Value { return c.find(a, indexWild, units, cut) })
	function("SEARCHB", "t t [n]", func(c *Call, a []Value) Value { return c.find(a, indexWild, doubleBytes, cutBytes) })

	function("CHAR", "n", func(c *Call, a []Value) Value { return c.letter(a[0].Num, CodeNum) })
	function("UNICHAR", "n", func(c *Call, a []Value) Value { return c.letter(a[0].Num, CodeValue) })
	function("CODE", "t", func(c *Call, a []Value) Value { return c.codePoint(a[0].Text) })
	function("UNICODE", "t", func(c *Call, a []Value) Value { return c.codePoint(a[0].Text) })

	function("REGEXMATCH", "v v", func(c *Call, a []Value) Value {
		re, refused := c.expression(a)
		if refused.IsError() {
			return refused
		}
		return Bool(re.MatchString(a[0].Text))
	})
	function("REGEXEXTRACT", "v v", func(c *Call, a []Value) Value {
		re, refused := c.expression(a)
		if refused.IsError() {
			return refused
		}
		m := re.FindStringSubmatchIndex(a[0].Text)
		if m == nil {
			return Fail(CodeNA, "Function REGEXEXTRACT parameter 2 value \""+a[1].Text+"\" does not match text of Function REGEXEXTRACT parameter 1 value \""+a[0].Text+"\".")
		}
		if len(m) == 2 {
			return Text(a[0].Text[m[0]:m[1]])
		}
		cells := make([]Value, len(m)/2-1)
		for i := range cells {
			if from, to := m[2*i+2], m[2*i+3]; from >= 0 {
				cells[i] = Text(a[0].Text[from:to])
			}
		}
		if len(cells) == 1 {
			if cells[0].Kind == KindEmpty {
				return Text("")
			}
			return cells[0]
		}
		return Row(cells)
	})
	function("REGEXREPLACE", "v v v", func(c *Call, a []Value) Value {
		re, refused := c.expression(a)
		if refused.IsError() {
			return refused
		}
		return c.longText(re.ReplaceAllString(a[0].Text, replacement(a[2].Text)))
	})
	function("SPLIT", "t t [b b]", split)

	function("T", "e", func(_ *Call, a []Value) Value {
		if a[0].Kind == KindText || a[0].IsError() {
			return a[0]
		}
		return Text("")
	})
	function("TEXT", "v t", func(c *Call, a []Value) Value {
		v := a[0]
		if v.Kind == KindText {
			if n, ok := c.readNumber(v.Text); ok {
				v = n
			}
		}
		p, err := format.Parse(a[1].Text)
		switch {
		case err != nil || a[1].Text == "":
			return c.Refuse(CodeValue, 2, "value '%s' is not a valid format.", a[1].Text)
		case v.Kind == KindText:
			return Text(p.Text(v.Text))
		case v.Kind == KindBool:
			return Text(c.TextOf(v))
		}
		return Text(p.Number(v.Num, c.Locale))
	})
	function("VALUE", "v", func(c *Call, a []Value) Value {
		switch a[0].Kind {
		case KindNumber:
			return Number(a[0].Num)
		case KindEmpty:
			return Number(0)
		case KindText:
			if a[0].Text == "" {
				return Number(0)
			}
			if n, ok := c.readNumber(a[0].Text); ok {
				return Number(n.Num)
			}
		}
		return Fail(CodeValue, "VALUE parameter '"+c.TextOf(a[0])+"' cannot be parsed to number.")
	})
	function("FIXED", "n [n b]", func(c *Call, a []Value) Value {
		n, refused := c.decimals(a)
		if refused.IsError() {
			return refused
		}
		pattern := "#,##0"
		if len(a) > 2 && a[2].True() {
			pattern = "0"
		}
		return c.fixed(a[0].Num, n, pattern, "")
	})
	function("DOLLAR", "n [n]", func(c *Call, a []Value) Value {
		n, refused := c.decimals(a)
		if refused.IsError() {
			return refused
		}
		pattern := strings.Replace(c.Locale.Currency, ".00", "", 1)
		return c.fixed(a[0].Num, n, pattern, "("+pattern+")")
	})
	function("ARABIC", "t", func(c *Call, a []Value) Value {
		n, ok := arabic(a[0].Text)
		if !ok {
			return Fail(CodeValue, "Invalid roman numeral in ARABIC evaluation.")
		}
		return Number(float64(n))
	})
	function("ROMAN", "n [v]", func(c *Call, a []Value) Value {
		n := int(a[0].Num)
		if n < 1 || n > 3999 {
			return c.OutOfRange(1, a[0].Num, 1, 3999)
		}
		form := 0
		if len(a) > 1 {
			switch f := a[1]; {
			case f.Kind == KindBool && f.Num == 0:
				form = 4
			case f.Kind == KindNumber:
				if form = int(f.Num); form < 0 || form > 4 {
					return c.OutOfRange(2, f.Num, 0, 4)
				}
			}
		}
		return Text(roman(n, form))
	})
}

// maxText is how many letters a cell holds.
const maxText = 50_000

func (c *Call) longText(s string) Value {
	if len(s) > maxText && units(s) > maxText {
		return c.tooLong()
	}
	return Text(s)
}

func (c *Call) tooLong() Value {
	return Fail(CodeValue, "Text result of "+c.Func.Name+" is longer than the limit of 50000 characters.")
}

// texts gives every value of the arguments as a text, empty ones only if asked for.
func (c *Call) texts(a []Value, empty bool, yield func(s string)) Value {
	for _, v := range a {
		failed := Empty
		each := func(v Value) bool {
			if v.IsError() {
				failed = v
				return false
			}
			yield(c.TextOf(v))
			return true
		}
		if empty {
			for _, v := range c.Array(v).Cells {
				if !each(v) {
					break
				}
			}
		} else {
			c.Walk(v, func(_, _ int, v Value) bool { return each(v) })
		}
		if failed.IsError() {
			return failed
		}
	}
	return Empty
}

func (c *Call) joinTexts(delimiter string, a []Value, skip bool) Value {
	var parts []string
	failed := c.texts(a, !skip, func(s string) {
		if s != "" || !skip {
			parts = append(parts, s)
		}
	})
	if failed.IsError() {
		return failed
	}
	return c.longText(strings.Join(parts, delimiter))
}

// units is a text's length in UTF-16.
func units(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r > 0xFFFF {
			n++
		}
	}
	return n
}

// cut is a text from one UTF-16 unit to another.
func cut(s string, from, to int) string {
	if isASCII(s) {
		return s[from:to]
	}
	return string(utf16.Decode(utf16.Encode([]rune(s))[from:to]))
}

// before is what stands before a place in a text, which counts from 1.
func before(s string, place float64) string {
	return cut(s, 0, int(math.Min(math.Trunc(place)-1, float64(units(s)))))
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// doubleBytes is a text's length in a double-byte set.
func doubleBytes(s string) int {
	n := 0
	for _, r := range s {
		n += byteWidth(r)
	}
	return n
}

func byteWidth(r rune) int {
	if r < 0x100 || r >= 0xFF61 && r <= 0xFF9F {
		return 1
	}
	return 2
}

// cutBytes is a text from one byte of a double-byte set to another; half letters are left out.
func cutBytes(s string, from, to int) string {
	var b strings.Builder
	at := 0
	for _, r := range s {
		w := byteWidth(r)
		if at >= from && at+w <= to {
			b.WriteRune(r)
		}
		at += w
	}
	return b.String()
}

// slice is n places of a text from a place on, as many as there are.
func (c *Call) slice(s string, from, n float64, param int, length func(string) int, cut func(string, int, int) string) Value {
	if n < 0 {
		return c.Refuse(CodeValue, param, "value is %s. It should be greater than or equal to 0.", c.plain(n))
	}
	all := float64(length(s))
	i := math.Min(from, all)
	return Text(cut(s, int(i), int(math.Min(all, i+math.Trunc(n)))))
}

// find is the place, from 1, of a text in another.
func (c *Call) find(a []Value, index func(s, sub string) int, length func(string) int, cut func(string, int, int) string) Value {
	sub, s := a[0].Text, a[1].Text
	start := int(or(a, 2, 1))
	all := length(s)
	if start < 1 || start > all+1 {
		return c.OutOfRange(3, or(a, 2, 1), 1, all)
	}
	tail := cut(s, start-1, all)
	i := index(tail, sub)
	if i < 0 {
		return Fail(CodeValue, "In "+c.Func.Name+" evaluation, cannot find '"+sub+"' within '"+s+"'.")
	}
	return Number(float64(start + length(tail[:i])))
}

// indexWild finds a text that may have * and ? in another, without regard to case.
func indexWild(s, sub string) int {
	if sub == "" {
		return 0
	}
	w := newWildcard(sub + "*")
	for i := range s {
		if w.matches(s[i:]) {
			return i
		}
	}
	return -1
}

// proper begins each word with a capital.
func proper(s string) string {
	inside := false
	return strings.Map(func(r rune) rune {
		letter := unicode.IsLetter(r)
		switch {
		case letter && inside:
			r = unicode.ToLower(r)
		case letter:
			r = unicode.ToTitle(r)
		}
		inside = letter
		return r
	}, s)
}

// narrow writes full-width letters of East Asia at half width.
func narrow(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == 0x3000:
			b.WriteByte(' ')
		case r >= 0xFF01 && r <= 0xFF5E:
			b.WriteRune(r - 0xFEE0)
		default:
			if half, ok := halfKana[r]; ok {
				b.WriteString(half)
			} else {
				b.WriteRune(r)
			}
		}
	}
	return b.String()
}

// halfKana has the half-width form of every katakana that has one; a voiced one is two letters.
var halfKana = func() map[rune]string {
	m := map[rune]string{}
	full, half := []rune("。「」、・ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン゛゜"), rune(0xFF61)
	for i, r := range full {
		m[r] = string(half + rune(i))
	}
	for _, r := range "カキクケコサシスセソタチツテトハヒフヘホ" {
		m[r+1] = m[r] + "ﾞ"
	}
	for _, r := range "ハヒフヘホ" {
		m[r+2] = m[r] + "ﾟ"
	}
	m['ヴ'] = m['ウ'] + "ﾞ"
	return m
}()

// letter is the one with a number in Unicode; the code is that of the error for a number that none has.
func (c *Call) letter(x float64, code Code) Value {
	n := math.Trunc(x)
	if n < 1 || n > unicode.MaxRune || n >= 0xD800 && n < 0xE000 {
		return c.Refuse(code, 1, "value %s is out of range.", c.plain(n))
	}
	return Text(string(rune(n)))
}

func (c *Call) codePoint(s string) Value {
	if s == "" {
		return c.Refuse(CodeValue, 1, "value should be non-empty.")
	}
	r, _ := utf8.DecodeRuneInString(s)
	return Number(float64(r))
}

var unicodeClass = regexp.MustCompile(`(^|[^\\])(\\\\)*\\[pP]`)

// expression compiles a REGEX function's second argument; all of its arguments must be texts.
func (c *Call) expression(a []Value) (*regexp.Regexp, Value) {
	for i, v := range a {
		switch v.Kind {
		case KindNumber:
			return nil, Fail(CodeValue, "Function "+c.Func.Name+" parameter "+strconv.Itoa(i+1)+" expects text values. But '"+c.TextOf(v)+"' is a number and cannot be coerced to a text.")
		case KindBool:
			return nil, Fail(CodeValue, "Function "+c.Func.Name+" parameter "+strconv.Itoa(i+1)+" expects text values. But '"+c.TextOf(v)+"' is a boolean and cannot be coerced to a text.")
		}
	}
	// RE2 as Google builds it does not know the classes of Unicode.
	re, err := regexp.Compile(a[1].Text)
	if err != nil || unicodeClass.MatchString(a[1].Text) {
		return nil, Fail(CodeRef, "Function "+c.Func.Name+" parameter 2 value \""+a[1].Text+"\" is not a valid regular expression.")
	}
	return re, Empty
}

// replacement writes RE2's \1 and $1 as Go's ${1}.
func replacement(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		next := byte(0)
		if i+1 < len(s) {
			next = s[i+1]
		}
		switch {
		case (s[i] == '$' || s[i] == '\\') && next >= '0' && next <= '9':
			b.WriteString("${" + string(next) + "}")
			i++
		case s[i] == '\\' && next != 0:
			if next == '$' {
				b.WriteByte('$')
			}
			b.WriteByte(next)
			i++
		case s[i] == '$':
			b.WriteString("$$")
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// split cuts a text at a delimiter, or at each of its letters, into a row; parts that read as numbers are numbers.
//
// https://support.google.com/docs/answer/3094136
func split(c *Call, a []Value) Value {
	s, delimiter := a[0].Text, a[1].Text
	byEach, noEmpty := len(a) < 3 || a[2].True(), len(a) < 4 || a[3].True()
	switch {
	case s == "":
		return c.Refuse(CodeValue, 1, "value should be non-empty.")
	case delimiter == "":
		return c.Refuse(CodeValue, 2, "value should be non-empty.")
	}
	var parts []string
	if byEach {
		from := 0
		for i, r := range s {
			if strings.ContainsRune(delimiter, r) {
				parts = append(parts, s[from:i])
				from = i + utf8.RuneLen(r)
			}
		}
		parts = append(parts, s[from:])
	} else {
		parts = strings.Split(s, delimiter)
	}
	var cells []Value
	for _, p := range parts {
		if p == "" {
			if !noEmpty {
				cells = append(cells, Empty)
			}
			continue
		}
		cells = append(cells, c.typed(p))
	}
	if len(cells) == 0 {
		return Text("")
	}
	if len(cells) == 1 {
		return cells[0]
	}
	return Row(cells)
}

// typed is a text as if it were typed into a cell.
func (c *Call) typed(s string) Value {
	if e, ok := format.Read(s, c.Locale, c.Now); ok {
		if e.Kind == format.BoolValue {
			return Bool(e.Bool)
		}
		return Value{Kind: KindNumber, Num: e.Number, Hint: HintOf(e.Type), Text: e.Pattern}
	}
	return Text(s)
}

// decimals is the second argument of FIXED and DOLLAR.
func (c *Call) decimals(a []Value) (int, Value) {
	n := int(math.Max(-1000, math.Min(1000, or(a, 1, 2))))
	if n < -20 || n > 127 {
		return 0, c.OutOfRange(2, or(a, 1, 2), -20, 127)
	}
	return n, Empty
}

// fixed shows a number with so many decimals by the pattern of a whole one; negative is the pattern below zero, if it has its own.
func (c *Call) fixed(x float64, n int, pattern, negative string) Value {
	x = roundHalf(x, n)
	if n > 0 {
		places := "." + strings.Repeat("0", n)
		pattern, negative = strings.Replace(pattern, "#,##0", "#,##0"+places, 1), strings.Replace(negative, "#,##0", "#,##0"+places, 1)
		if pattern == "0" {
			pattern += places
		}
	}
	if negative != "" {
		pattern += ";" + negative
	}
	p, err := format.Parse(pattern)
	if err != nil {
		return Fail(CodeValue, err.Error())
	}
	return Text(p.Number(x, c.Locale))
}

var romans = []struct {
	n int
	s string
}{{1000, "M"}, {900, "CM"}, {500, "D"}, {400, "CD"}, {100, "C"}, {90, "XC"}, {50, "L"}, {40, "XL"}, {10, "X"}, {9, "IX"}, {5, "V"}, {4, "IV"}, {1, "I"}}

// looserRomans are what each form above the classic adds, greatest first.
var looserRomans = [][]struct {
	n int
	s string
}{
	1: {{950, "LM"}, {450, "LD"}, {95, "VC"}, {45, "VL"}},
	2: {{990, "XM"}, {490, "XD"}, {99, "IC"}, {49, "IL"}},
	3: {{995, "VM"}, {495, "VD"}},
	4: {{999, "IM"}, {499, "ID"}},
}

// roman writes a number; each form from 1 to 4 may leave out more of its letters.
func roman(n, form int) string {
	var b strings.Builder
	for n > 0 {
		best, letters := 0, ""
		for _, r := range romans {
			if r.n <= n {
				best, letters = r.n, r.s
				break
			}
		}
		for f := 1; f <= form; f++ {
			for _, r := range looserRomans[f] {
				if r.n <= n && r.n > best {
					best, letters = r.n, r.s
				}
			}
		}
		b.WriteString(letters)
		n -= best
	}
	return b.String()
}

// arabic reads a Roman number of any form.
func arabic(s string) (int, bool) {
	s = strings.ToUpper(strings.TrimSpace(s))
	sign := 1
	if rest, ok := strings.CutPrefix(s, "-"); ok {
		sign, s = -1, rest
	}
	value := map[byte]int{'I': 1, 'V': 5, 'X': 10, 'L': 50, 'C': 100, 'D': 500, 'M': 1000}
	total := 0
	for i := range len(s) {
		v := value[s[i]]
		if v == 0 {
			return 0, false
		}
		if i+1 < len(s) && v < value[s[i+1]] {
			v = -v
		}
		total += v
	}
	return sign * total, len(s) <= 255
}
