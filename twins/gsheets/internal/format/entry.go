package format

import (
	"math"
	"net/netip"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Kind is what a typed string turned out to be.
type Kind uint8

// What a cell can be given by typing.
const (
	Empty Kind = iota
	NumberValue
	BoolValue
	TextValue
	FormulaValue
	ErrorValue
)

// Entry is what USER_ENTERED makes of a typed string.
//
// https://developers.google.com/workspace/sheets/api/reference/rest/v4/ValueInputOption
type Entry struct {
	Kind    Kind
	Number  float64
	Bool    bool
	Text    string // the text, the formula with its equals sign, or the error's code
	Type    Type   // the number format the cell takes on, Automatic for none
	Pattern string // "" for the type's own in the locale, which follows the locale when that is changed
	Link    string // where a text that is an address leads
}

var errorCodes = map[string]bool{
	"#NULL!": true, "#DIV/0!": true, "#VALUE!": true, "#REF!": true, "#NAME?": true, "#NUM!": true, "#N/A": true, "#ERROR!": true,
}

// Enter reads what a person typed; now completes a date without its year.
func Enter(typed string, l *Locale, now time.Time) Entry {
	if typed == "" {
		return Entry{}
	}
	if typed[0] == '\'' {
		return Entry{Kind: TextValue, Text: typed[1:]}
	}
	if typed[0] == '=' && len(typed) > 1 {
		return Entry{Kind: FormulaValue, Text: typed}
	}
	if e, ok := Read(typed, l, now); ok {
		return e
	}
	s := strings.TrimSpace(typed)
	switch {
	case errorCodes[strings.ToUpper(s)]:
		return Entry{Kind: ErrorValue, Text: strings.ToUpper(s)}
	case s != "" && s[0] == '+' && len(s) > 1:
		return Entry{Kind: FormulaValue, Text: "=" + s}
	}
	return Entry{Kind: TextValue, Text: typed, Link: linkOf(typed)}
}

// Read reads a number, a truth value or a date as Enter does, and says no to every other text.
func Read(typed string, l *Locale, now time.Time) (Entry, bool) {
	s := strings.TrimFunc(typed, unicode.IsSpace)
	if s == "" || len(s) > 120 {
		return Entry{}, false
	}
	switch up := strings.ToUpper(s); up {
	case "TRUE", l.True:
		return Entry{Kind: BoolValue, Bool: true}, true
	case "FALSE", l.False:
		return Entry{Kind: BoolValue}, true
	}
	if !strings.ContainsAny(s, "0123456789") {
		return Entry{}, false
	}
	if e, ok := number(s, l); ok {
		return e, true
	}
	return dateTime(s, l, now)
}

// number reads a number with what may surround it: sign, brackets, currency, percent, thousands, exponent.
func number(s string, l *Locale) (Entry, bool) {
	e := Entry{Kind: NumberValue}
	negative, signed := false, false
	if s[0] == '(' && s[len(s)-1] == ')' {
		s = strings.TrimSpace(s[1 : len(s)-1])
		negative, signed = true, true
	}
	sign := func() bool {
		for _, m := range []string{"-", "+", "−"} {
			if rest, ok := strings.CutPrefix(s, m); ok && !signed {
				negative, signed = m != "+", true
				s = strings.TrimLeft(rest, " ")
				return true
			}
		}
		return false
	}
	sign()
	symbol := ""
	percent := false
	if rest, ok := strings.CutPrefix(s, "%"); ok {
		s, percent = rest, true
	}
	if sym, rest := currencyPrefix(s, l); sym != "" {
		symbol, s = sym, strings.TrimLeft(rest, " \u00a0\u202f")
		sign()
	} else if sym, rest := currencySuffix(s, l); sym != "" {
		symbol, s = sym, strings.TrimRight(rest, " \u00a0\u202f")
	}
	if rest, ok := strings.CutSuffix(s, "%"); ok && !percent && symbol == "" {
		s, percent = strings.TrimRight(rest, " \u00a0\u202f"), true
	}
	plain, grouped, decimals, exponent, ok := plainNumber(s, l)
	if !ok {
		return e, false
	}
	x, err := strconv.ParseFloat(plain, 64)
	if err != nil || math.IsInf(x, 0) {
		return e, false
	}
	if negative {
		x = -x
	}
	if percent {
		// The division is on the text, so that 5.1% is the number 0.051 and not a neighbour of it.
		mantissa, power, _ := strings.Cut(plain, "e")
		p, _ := strconv.Atoi(power)
		if y, err := strconv.ParseFloat(mantissa+"e"+strconv.Itoa(p-2), 64); err == nil {
			x = math.Copysign(y, x)
		}
	}
	if x == 0 {
		x = 0
	}
	e.Number = x
	places := ""
	if decimals {
		places = ".00"
	}
	switch {
	case percent:
		e.Type, e.Pattern = Percent, "0"+places+"%"
	case symbol != "":
		e.Type, e.Pattern = Currency, currencyPattern(symbol, places, l)
	case exponent:
		e.Type, e.Pattern = Scientific, "0.00E+00"
	case grouped:
		e.Type, e.Pattern = Number, "#,##0"+places
	}
	return e, true
}

// currencyPattern is the locale's own for its own currency, the dollar's shape for another.
func currencyPattern(symbol, places string, l *Locale) string {
	own := strings.Replace(l.Currency, ".00", "", 1)
	if symbol != l.Symbol {
		own = strings.Replace(own, `"`+l.Symbol+`"`, "[$"+symbol+"]", 1)
	}
	return strings.Replace(own, "#,##0", "#,##0"+places, 1)
}

var currencySigns = []string{"$", "€", "£", "¥", "₹", "₽", "₩", "₪", "₫", "₴", "₺", "₱", "฿", "₦", "₡", "₲", "₵", "₸", "₾", "₿"}

func currencyPrefix(s string, l *Locale) (sign, rest string) {
	if r, ok := strings.CutPrefix(s, l.Symbol); ok {
		return l.Symbol, r
	}
	for _, c := range currencySigns {
		if r, ok := strings.CutPrefix(s, c); ok {
			return c, r
		}
	}
	return "", s
}

func currencySuffix(s string, l *Locale) (sign, rest string) {
	if r, ok := strings.CutSuffix(s, l.Symbol); ok {
		return l.Symbol, r
	}
	for _, c := range currencySigns {
		if r, ok := strings.CutSuffix(s, c); ok {
			return c, r
		}
	}
	return "", s
}

// plainNumber turns digits with the locale's signs into Go's; group signs must stand before three digits each.
func plainNumber(s string, l *Locale) (plain string, grouped, decimals, exponent, ok bool) {
	b := make([]byte, 0, len(s))
	seen, sinceGroup, point := 0, 0, false
	for i := 0; i < len(s); {
		c := s[i]
		g := l.groupAt(s[i:])
		switch {
		case c >= '0' && c <= '9':
			b = append(b, c)
			seen++
			sinceGroup++
		case c == l.Decimal && !point && !exponent:
			if grouped && sinceGroup != 3 {
				return
			}
			point = true
			b = append(b, '.')
		case g > 0 && !point && !exponent && seen > 0:
			if grouped && sinceGroup != 3 || !grouped && seen > 3 {
				return
			}
			grouped, sinceGroup = true, 0
			i += g
			continue
		case (c == 'e' || c == 'E') && !exponent && seen > 0 && i+1 < len(s):
			exponent = true
			b = append(b, 'e')
			if s[i+1] == '+' || s[i+1] == '-' {
				i++
				b = append(b, s[i])
			}
			if i+1 == len(s) || len(s)-i > 5 {
				return
			}
		default:
			return
		}
		i++
	}
	if seen == 0 || grouped && !point && !exponent && sinceGroup != 3 {
		return
	}
	// A point with nothing behind it is no decimal.
	decimals = point && b[len(b)-1] != '.'
	return string(b), grouped, decimals, exponent, true
}

// groupAt is the length of the group sign that s begins with; any space or apostrophe does for the odd ones.
func (l *Locale) groupAt(s string) int {
	if strings.HasPrefix(s, l.Group) {
		return len(l.Group)
	}
	r, size := utf8.DecodeRuneInString(s)
	switch l.Group {
	case "\u00a0", "\u202f":
		if r == ' ' || r == '\u00a0' || r == '\u202f' {
			return size
		}
	case "’":
		if r == '\'' {
			return size
		}
	}
	return 0
}

// dateTime reads a date, a time or both.
func dateTime(s string, l *Locale, now time.Time) (Entry, bool) {
	p := scanner{l: l, now: now}
	if !p.scan(s) {
		return Entry{}, false
	}
	if day, pattern, rest, ok := p.date(p.parts); ok {
		if len(rest) == 0 {
			return dated(day, Date, pattern, l), true
		}
		// Between day and clock stand blanks, or a comma and a blank.
		gap := rest[0].sep
		if strings.Trim(gap, " ,") != "" || !strings.Contains(gap, " ") {
			return Entry{}, false
		}
		clock, clockPattern, ok := p.clock(rest, true)
		if !ok {
			return Entry{}, false
		}
		return dated(day+clock, DateTime, pattern+" "+clockPattern, l), true
	}
	if clock, pattern, ok := p.clock(p.parts, false); ok {
		return dated(clock, Time, pattern, l), true
	}
	return Entry{}, false
}

// dated is a date or a time; what is typed as the locale writes it needs no pattern.
func dated(serial float64, t Type, pattern string, l *Locale) Entry {
	if strings.EqualFold(pattern, strings.TrimSuffix(Default(t, l), ".")) {
		pattern = ""
	}
	return Entry{Kind: NumberValue, Number: serial, Type: t, Pattern: pattern}
}

// part is a number or a word of a date, with what stands before it.
type part struct {
	sep   string
	text  string
	n     int
	month int // 1 to 12 when the word names one
	long  bool
	digit bool
}

type scanner struct {
	l     *Locale
	now   time.Time
	parts []part
}

// scan cuts a string into numbers and words.
func (p *scanner) scan(s string) bool {
	for i := 0; i < len(s); {
		start := i
		for i < len(s) {
			r, size := utf8.DecodeRuneInString(s[i:])
			if r >= '0' && r <= '9' || unicode.IsLetter(r) {
				break
			}
			i += size
		}
		t := part{sep: s[start:i]}
		if i == len(s) {
			// Only a month's or a Hungarian date's own full stop may end it.
			if t.sep != "." || len(p.parts) == 0 || !(p.parts[len(p.parts)-1].month > 0 || strings.HasSuffix(p.l.Date, ".") || strings.EqualFold(p.parts[len(p.parts)-1].text, "m")) {
				return false
			}
			return true
		}
		start = i
		if s[i] >= '0' && s[i] <= '9' {
			t.digit = true
			for i < len(s) && s[i] >= '0' && s[i] <= '9' {
				i++
			}
			if i-start > 9 {
				return false
			}
			t.n, _ = strconv.Atoi(s[start:i])
			t.text = s[start:i]
		} else {
			for i < len(s) {
				r, size := utf8.DecodeRuneInString(s[i:])
				if !unicode.IsLetter(r) {
					break
				}
				i += size
			}
			t.text = s[start:i]
			t.month, t.long = p.l.monthNamed(t.text)
		}
		p.parts = append(p.parts, t)
		if len(p.parts) > 10 {
			return false
		}
	}
	return len(p.parts) > 0 && p.parts[0].sep == ""
}

// monthNamed finds a month by its name in the locale's language or in English.
func (l *Locale) monthNamed(word string) (n int, long bool) {
	if utf8.RuneCountInString(word) < 3 {
		return 0, false
	}
	for _, w := range []*words{l.words, languages["en"]} {
		for i, name := range w.months {
			if strings.EqualFold(name, word) {
				return i + 1, !strings.EqualFold(w.monthsShort[i], word)
			}
		}
		for i, name := range w.monthsShort {
			if strings.EqualFold(strings.TrimSuffix(name, "."), word) {
				return i + 1, false
			}
		}
	}
	if strings.EqualFold(word, "sept") {
		return 9, false
	}
	return 0, false
}

func (l *Locale) dayNamed(word string) (long, ok bool) {
	for _, w := range []*words{l.words, languages["en"]} {
		for i, name := range w.days {
			if strings.EqualFold(name, word) {
				return true, true
			}
			if strings.EqualFold(strings.TrimSuffix(w.daysShort[i], "."), word) {
				return false, true
			}
		}
	}
	return false, false
}

func letters(c byte, n int) string { return strings.Repeat(string(c), n) }

func width(t part) int { return min(len(t.text), 2) }

// date reads the longest date the parts begin with: its serial, the pattern that shows it as typed, what is left.
func (p *scanner) date(in []part) (serial float64, pattern string, rest []part, ok bool) {
	prefix := ""
	if !in[0].digit && in[0].month == 0 {
		long, named := p.l.dayNamed(in[0].text)
		if !named || len(in) < 2 {
			return
		}
		prefix = "ddd"
		if long {
			prefix = "dddd"
		}
		sep := in[1].sep
		if strings.Trim(sep, " ,.") != "" {
			return
		}
		prefix += sep
		in = in[1:]
	}
	for n := min(3, len(in)); n >= 2; n-- {
		if y, m, d, pat, fine := p.form(in[:n], len(in) == n); fine {
			if y < 0 || y > 9999 || m < 1 || m > 12 || d < 1 || d > DaysIn(y, m) {
				continue
			}
			return Serial(y, m, d), prefix + pat, in[n:], true
		}
	}
	return
}

// form reads two or three parts as one of the forms a date has; alone says nothing follows.
func (p *scanner) form(t []part, alone bool) (y, m, d int, pattern string, ok bool) {
	for _, x := range t[1:] {
		if !dateSeparator(x.sep) {
			return
		}
	}
	named := -1
	for i, x := range t {
		if x.month > 0 && named < 0 {
			named = i
		} else if !x.digit {
			return
		}
	}
	if named >= 0 {
		return p.named(t, named)
	}
	sep := t[1].sep
	if strings.Contains(sep, ",") || sep == " " {
		return
	}
	if len(t) == 2 {
		a, b := t[0], t[1]
		switch {
		case sep == "." && p.l.Decimal == '.':
			return
		case len(a.text) == 4 && len(b.text) <= 2:
			return a.n, b.n, 1, "yyyy" + sep + letters('m', width(b)), b.n >= 1 && alone
		case len(b.text) == 4 && len(a.text) <= 2:
			return b.n, a.n, 1, letters('m', width(a)) + sep + "yyyy", a.n >= 1 && alone
		case len(a.text) > 2 || len(b.text) > 2:
			return
		case p.l.Order == DMY && b.n <= 12:
			return p.now.Year(), b.n, a.n, letters('d', width(a)) + sep + letters('m', width(b)), true
		default:
			return p.now.Year(), a.n, b.n, letters('m', width(a)) + sep + letters('d', width(b)), true
		}
	}
	if t[2].sep != sep {
		return
	}
	a, b, c := t[0], t[1], t[2]
	order := p.l.Order
	switch {
	case len(b.text) > 2:
		return
	case len(a.text) == 4 && len(c.text) <= 2:
		order = YMD
	case len(a.text) > 2:
		return
	case len(c.text) == 4 && order == YMD:
		order = MDY
	case len(c.text) != 4 && len(c.text) > 2:
		return
	case sep == "." && order == MDY && len(c.text) != 4:
		return
	}
	switch order {
	case YMD:
		pattern = yearLetters(a) + sep + letters('m', width(b)) + sep + letters('d', width(c))
		return fullYear(a), b.n, c.n, pattern, true
	case MDY:
		if a.n > 12 && b.n <= 12 {
			return
		}
		pattern = letters('m', width(a)) + sep + letters('d', width(b)) + sep + yearLetters(c)
		return fullYear(c), a.n, b.n, pattern, true
	}
	pattern = letters('d', width(a)) + sep + letters('m', width(b)) + sep + yearLetters(c)
	return fullYear(c), b.n, a.n, pattern, true
}

// named reads a date whose month is a word.
func (p *scanner) named(t []part, at int) (y, m, d int, pattern string, ok bool) {
	letter := "mmm"
	if t[at].long {
		letter = "mmmm"
	}
	m = t[at].month
	switch {
	case len(t) == 2 && at == 0 && len(t[1].text) == 4: // March 2020
		return t[1].n, m, 1, letter + t[1].sep + "yyyy", true
	case len(t) == 2 && at == 0 && len(t[1].text) <= 2: // March 5
		return p.now.Year(), m, t[1].n, letter + t[1].sep + letters('d', width(t[1])), true
	case len(t) == 2 && at == 1 && len(t[0].text) <= 2: // 5 March
		return p.now.Year(), m, t[0].n, letters('d', width(t[0])) + t[1].sep + letter, true
	case len(t) == 3 && at == 0 && len(t[1].text) <= 2 && yearLike(t[2]): // March 5, 2020
		return fullYear(t[2]), m, t[1].n, letter + t[1].sep + letters('d', width(t[1])) + t[2].sep + yearLetters(t[2]), true
	case len(t) == 3 && at == 1 && len(t[0].text) <= 2 && yearLike(t[2]): // 5 March 2020
		return fullYear(t[2]), m, t[0].n, letters('d', width(t[0])) + t[1].sep + letter + t[2].sep + yearLetters(t[2]), true
	case len(t) == 3 && at == 1 && len(t[0].text) == 4 && len(t[2].text) <= 2: // 2020-Mar-05
		return t[0].n, m, t[2].n, "yyyy" + t[1].sep + letter + t[2].sep + letters('d', width(t[2])), true
	}
	return
}

func yearLike(t part) bool { return len(t.text) == 4 || len(t.text) <= 2 }

func yearLetters(t part) string {
	if len(t.text) == 4 {
		return "yyyy"
	}
	return "yy"
}

// fullYear gives two digits their century: until 29 this one.
func fullYear(t part) int {
	switch {
	case len(t.text) == 4:
		return t.n
	case t.n < 30:
		return 2000 + t.n
	}
	return 1900 + t.n
}

func dateSeparator(s string) bool {
	switch s {
	case "/", "-", ".", " ", ", ", ",", ". ", "\u00a0":
		return true
	}
	return false
}

// clock reads a time of day, or a duration when it stands alone and is longer than a day.
func (p *scanner) clock(t []part, dated bool) (serial float64, pattern string, ok bool) {
	half := -1
	if last := t[len(t)-1]; !last.digit {
		switch strings.ToLower(last.text) {
		case "am", "a":
			half = 0
		case "pm", "p":
			half = 1
		default:
			return
		}
		if strings.TrimLeft(last.sep, " \u00a0\u202f") != "" {
			return
		}
		t = t[:len(t)-1]
	}
	if len(t) == 0 || len(t) > 4 || len(t) == 1 && half < 0 {
		return
	}
	for i, x := range t {
		sep := ":"
		switch {
		case i == 0 && !dated:
			sep = ""
		case i == 0:
			sep = x.sep
		case i == 3:
			sep = string(p.l.Decimal)
		case strings.Contains(p.l.Time, "."):
			sep = x.sep // the locale's clock is written with full stops
			if sep != "." && sep != ":" || sep == "." && len(t) == 2 && !dated {
				return
			}
		}
		if !x.digit || x.sep != sep || i > 0 && i < 3 && (len(x.text) > 2 || x.n > 59) {
			return
		}
	}
	h := t[0].n
	if len(t[0].text) > 6 || half >= 0 && (h < 1 || h > 12) || dated && h > 23 {
		return
	}
	switch {
	case half == 1 && h < 12:
		h += 12
	case half == 0 && h == 12:
		h = 0
	}
	ms := h * 3600000
	hours := letters('h', width(t[0]))
	if width(t[0]) == 2 && t[0].text[0] != '0' || half < 0 {
		hours = "h"
	}
	if h > 23 {
		hours = "[h]"
	}
	pattern = hours
	if len(t) > 1 {
		ms += t[1].n * 60000
		pattern += ":mm"
	}
	if len(t) > 2 {
		ms += t[2].n * 1000
		pattern += ":ss"
	}
	if len(t) == 2 && h > 23 {
		pattern += ":ss"
	}
	serial = float64(ms) / 86400000
	if len(t) > 3 {
		frac, err := strconv.ParseFloat("0."+t[3].text, 64)
		if err != nil {
			return
		}
		serial += frac / 86400
		pattern += "." + letters('0', min(len(t[3].text), 3))
	}
	if half >= 0 {
		pattern += " am/pm"
	}
	return serial, pattern, true
}

// linkOf is where a typed address leads, "" for other text.
func linkOf(s string) string {
	s = strings.TrimSpace(s)
	if strings.ContainsAny(s, " \t\r\n\"<>") {
		return ""
	}
	low := strings.ToLower(s)
	for _, scheme := range []string{"http://", "https://", "ftp://", "mailto:"} {
		if rest, ok := strings.CutPrefix(low, scheme); ok && rest != "" {
			return s
		}
	}
	if strings.HasPrefix(low, "www.") && strings.Count(low, ".") >= 2 {
		return "http://" + s
	}
	if IsEmail(s) {
		return "mailto:" + s
	}
	return ""
}

// IsEmail says whether a text has the shape of an e-mail address.
func IsEmail(s string) bool {
	name, host, ok := strings.Cut(s, "@")
	if !ok || name == "" || len(s) > 254 || strings.ContainsAny(s, " ,;:<>()[]\\\"") || strings.Contains(s, "..") || name[0] == '.' || name[len(name)-1] == '.' {
		return false
	}
	return isHost(host)
}

// isHost says whether a text is a name with a top-level domain of letters.
func isHost(host string) bool {
	labels := strings.Split(host, ".")
	if len(labels) < 2 {
		return false
	}
	for _, label := range labels {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, r := range label {
			if r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
				return false
			}
		}
	}
	top := labels[len(labels)-1]
	return utf8.RuneCountInString(top) >= 2 && strings.IndexFunc(top, unicode.IsDigit) < 0
}

// IsURL says whether a text has the shape of an address on the web: a host with a known kind of top-level domain, with or
// without its scheme.
func IsURL(s string) bool {
	if strings.ContainsAny(s, " \t\r\n\"<>") {
		return false
	}
	rest := s
	if scheme, after, ok := strings.Cut(s, "://"); ok {
		switch strings.ToLower(scheme) {
		case "http", "https", "ftp", "ftps", "gopher", "telnet", "aim":
		default:
			return false
		}
		rest = after
	} else if after, ok := strings.CutPrefix(strings.ToLower(s), "mailto:"); ok {
		return IsEmail(after)
	} else if strings.Contains(s, "@") {
		return false
	}
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		rest = rest[:i]
	}
	if i := strings.LastIndexByte(rest, '@'); i >= 0 {
		rest = rest[i+1:]
	}
	host, port, ported := strings.Cut(rest, ":")
	if _, err := strconv.ParseUint(port, 10, 16); ported && err != nil {
		return false
	}
	_, err := netip.ParseAddr(host)
	return err == nil || isHost(host) || host == "localhost"
}
