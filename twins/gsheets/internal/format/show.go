package format

import (
	"bytes"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// General is a number as a cell without a format shows it: ten significant digits, of which no more than fifteen decimals, whole
// numbers of up to twenty-one digits in full, and an exponent beyond.
func General(x float64, l *Locale) string {
	var room [40]byte
	return string(AppendGeneral(room[:0], x, l))
}

// AppendGeneral appends what General returns.
func AppendGeneral(out []byte, x float64, l *Locale) []byte {
	var room [40]byte
	b, abs := room[:0], math.Abs(x)
	switch {
	case math.IsNaN(x) || math.IsInf(x, 0):
		return append(out, "#NUM!"...)
	case abs < 5e-16:
		return append(out, '0')
	case abs >= 1e21:
		b = strconv.AppendFloat(b, x, 'E', 5, 64)
		e := bytes.IndexByte(b, 'E')
		b = append(trimZeros(b[:e:e]), b[e:]...)
	case abs < 1e15 && abs == math.Trunc(abs):
		return strconv.AppendInt(out, int64(x), 10)
	case abs >= 1e10:
		d := decimalOf(abs)
		d.round(0)
		if x < 0 {
			b = append(b, '-')
		}
		b = append(b, d.whole()...)
	default:
		b = trimZeros(strconv.AppendFloat(b, x, 'f', min(15, max(0, 9-int(math.Floor(math.Log10(abs))))), 64))
	}
	if i := bytes.IndexByte(b, '.'); i >= 0 {
		b[i] = l.Decimal
	}
	return append(out, b...)
}

func trimZeros(b []byte) []byte {
	if bytes.IndexByte(b, '.') < 0 {
		return b
	}
	for b[len(b)-1] == '0' {
		b = b[:len(b)-1]
	}
	if b[len(b)-1] == '.' {
		b = b[:len(b)-1]
	}
	return b
}

// digits is a number not negative: its significant digits, and how many of them stand before the point.
type digits struct {
	d     []byte
	point int
}

// decimalOf has the fifteen digits Sheets calculates with, so that 1.005 rounds as it is written.
func decimalOf(x float64) digits {
	if x == 0 {
		return digits{}
	}
	var buf [32]byte
	b := strconv.AppendFloat(buf[:0], x, 'e', 14, 64)
	e, _ := strconv.Atoi(string(b[17:]))
	d := append([]byte{b[0]}, b[2:16]...)
	for len(d) > 0 && d[len(d)-1] == '0' {
		d = d[:len(d)-1]
	}
	return digits{d, e + 1}
}

// round keeps n digits after the point, the half going up.
func (d *digits) round(n int) {
	keep := d.point + n
	switch {
	case keep < 0:
		d.d, d.point = nil, 0
	case keep < len(d.d):
		up := d.d[keep] >= '5'
		d.d = d.d[:keep]
		if !up {
			break
		}
		i := keep - 1
		for ; i >= 0 && d.d[i] == '9'; i-- {
			d.d[i] = '0'
		}
		if i >= 0 {
			d.d[i]++
			break
		}
		d.d = append([]byte{'1'}, d.d...)
		d.point++
	}
}

// at is the digit i places right of the point, 0 being the first one after it, -1 the last one before it.
func (d *digits) at(i int) byte {
	if n := d.point + i; n >= 0 && n < len(d.d) {
		return d.d[n]
	}
	return '0'
}

// whole is the part before the point, "" when that is nothing.
func (d *digits) whole() string {
	if d.point <= 0 {
		return ""
	}
	var b strings.Builder
	for i := -d.point; i < 0; i++ {
		b.WriteByte(d.at(i))
	}
	return strings.TrimLeft(b.String(), "0")
}

// pick is the section that shows a number, and whether the section says itself that the number is negative.
func (p *Pattern) pick(x float64) (s *section, signed bool) {
	n := len(p.sections)
	if p.byRule {
		for i := range p.sections {
			s := &p.sections[i]
			if s.rule == "" && i < n-1 && x < 0 {
				continue
			}
			if s.rule == "" || s.holds(x) {
				return s, s.rule != "" && s.rule[0] == '<' && s.bound <= 0
			}
		}
		return nil, false
	}
	switch {
	case n == 0:
		return nil, false
	case x < 0 && n >= 2:
		return &p.sections[1], true
	case x == 0 && n >= 3:
		return &p.sections[2], true
	}
	return &p.sections[0], false
}

func (s *section) holds(x float64) bool {
	switch s.rule {
	case "<":
		return x < s.bound
	case "<=":
		return x <= s.bound
	case ">":
		return x > s.bound
	case ">=":
		return x >= s.bound
	case "<>":
		return x != s.bound
	}
	return x == s.bound
}

// Number shows a number.
func (p *Pattern) Number(x float64, l *Locale) string {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return "#NUM!"
	}
	s, signed := p.pick(x)
	switch {
	case s == nil && len(p.sections) > 0:
		return "#"
	case s == nil:
		return p.Text(General(x, l))
	case s.date:
		return s.showDate(x, l)
	case s.general || !s.numeric && len(s.tokens) > 0 && s.has(at):
		minus := ""
		if x < 0 && !signed {
			minus = "-"
		}
		return minus + s.literals(General(math.Abs(x), l))
	case len(s.tokens) == 0 && len(p.sections) == 1:
		return General(x, l)
	}
	out := s.showNumber(math.Abs(x), l)
	if x < 0 && !signed {
		return "-" + out
	}
	return out
}

// Text shows a text.
func (p *Pattern) Text(v string) string {
	if p.text == nil {
		return v
	}
	return p.text.literals(v)
}

// literals writes a section around one value.
func (s *section) literals(v string) string {
	var b strings.Builder
	for _, t := range s.tokens {
		switch t.kind {
		case literal:
			b.WriteString(t.text)
		case at, automatic:
			b.WriteString(v)
		}
	}
	return b.String()
}

// showNumber shows a number that is not negative.
func (s *section) showNumber(x float64, l *Locale) string {
	for range s.percents {
		x *= 100
	}
	for range s.scale {
		x /= 1000
	}
	if math.IsInf(x, 0) {
		return "#NUM!"
	}
	if s.fraction {
		return s.showFraction(x)
	}
	d := decimalOf(x)
	power := 0
	if s.exponent {
		d, power = s.mantissa(d)
	} else {
		d.round(s.decimals)
	}
	shown := s.decimals // decimals but for the zeros at the end that # and ? leave out
	for i := len(s.tokens) - 1; i >= 0 && shown > 0; i-- {
		if t := s.tokens[i]; t.kind == decimal {
			if t.text == "0" || d.at(shown-1) != '0' {
				break
			}
			shown--
		}
	}

	whole := d.whole()
	var b strings.Builder
	left := s.whole // placeholders before the point not yet written
	place := 0      // decimals written
	write := func(c byte, rest int) {
		b.WriteByte(c)
		if s.group && rest > 0 && rest%3 == 0 {
			b.WriteString(l.Group)
		}
	}
	for _, t := range s.tokens {
		switch t.kind {
		case literal:
			b.WriteString(t.text)
		case digit:
			if left == s.whole {
				for i := range max(0, len(whole)-left) {
					write(whole[i], len(whole)-i-1)
				}
			}
			left--
			switch {
			case left < len(whole):
				write(whole[len(whole)-left-1], left)
			case t.text == "0":
				write('0', left)
			case t.text == "?":
				b.WriteByte(' ')
			}
		case point:
			if s.whole == 0 && whole != "" {
				for i := range whole {
					write(whole[i], len(whole)-i-1)
				}
			}
			b.WriteByte(l.Decimal)
		case decimal:
			switch {
			case place < shown:
				b.WriteByte(d.at(place))
			case t.text == "?":
				b.WriteByte(' ')
			}
			place++
		case exp:
			b.WriteByte('E')
			if power < 0 {
				b.WriteByte('-')
			} else if s.plus {
				b.WriteByte('+')
			}
			e := strconv.Itoa(max(power, -power))
			for range s.expDigits - len(e) {
				b.WriteByte('0')
			}
			b.WriteString(e)
		}
	}
	return b.String()
}

// mantissa moves the point so that the number has as many digits before it as the section has places; with more
// than one place the exponent is a multiple of their count.
func (s *section) mantissa(d digits) (digits, int) {
	if len(d.d) == 0 {
		return d, 0
	}
	step := max(s.whole, 1)
	shift := func(d digits) int {
		if s.has(point) && s.whole == 0 {
			return d.point
		}
		if step == 1 {
			return d.point - 1
		}
		return floorDiv(d.point-1, step) * step
	}
	power := shift(d)
	m := digits{append([]byte(nil), d.d...), d.point - power}
	m.round(s.decimals)
	if more := shift(m); more > 0 {
		m.point -= more
		power += more
	}
	return m, power
}

// showFraction shows a number as a whole and a fraction, or as a fraction alone.
func (s *section) showFraction(x float64) string {
	whole := math.Floor(x)
	mixed := s.whole > 0
	if !mixed {
		whole = 0
	}
	over, under := fractionOf(x-whole, s.denominator, s.denomDigits)
	if mixed && over == under {
		whole++
		over = 0
	}
	digits := strconv.FormatFloat(whole, 'f', 0, 64)
	if whole == 0 {
		digits = ""
	}
	var b strings.Builder
	left, blank := s.whole, false
	for i, t := range s.tokens {
		switch t.kind {
		case digit:
			if left == s.whole && len(digits) > left {
				b.WriteString(digits[:len(digits)-left])
			}
			left--
			switch {
			case left < len(digits):
				b.WriteByte(digits[len(digits)-left-1])
			case t.text == "0":
				b.WriteByte('0')
			case t.text == "?":
				b.WriteByte(' ')
			case left == 0 && over == 0:
				b.WriteByte('0')
			}
		case numerator:
			blank = mixed && over == 0
			b.WriteString(pad(strconv.Itoa(over), t.text, true, blank))
		case divisor:
			b.WriteString(pad(strconv.Itoa(under), t.text, false, blank))
		case literal:
			if blank && t.text == "/" && i+1 < len(s.tokens) && s.tokens[i+1].kind == divisor {
				b.WriteByte(' ')
				continue
			}
			if digits == "" && mixed && left <= 0 && i > 0 && s.tokens[i-1].kind == digit && s.tokens[i-1].text == "#" && over != 0 {
				continue
			}
			b.WriteString(t.text)
		}
	}
	return b.String()
}

// pad fills a numerator on its left and a denominator on its right to the places its placeholders hold.
func pad(n, places string, right, blank bool) string {
	fill := " "
	if blank {
		return strings.Repeat(" ", len(places))
	}
	if strings.Contains(places, "#") {
		return n
	}
	if strings.Contains(places, "0") && right {
		fill = "0"
	}
	if len(n) >= len(places) {
		return n
	}
	if right {
		return strings.Repeat(fill, len(places)-len(n)) + n
	}
	return n + strings.Repeat(" ", len(places)-len(n))
}

// fractionOf is the fraction nearest to x with a given denominator, or with one of at most so many digits.
func fractionOf(x float64, denominator, places int) (over, under int) {
	if denominator > 0 {
		return int(math.Round(math.Min(x*float64(denominator), 1e15))), denominator
	}
	limit := int(math.Pow10(places)) - 1
	h0, h1, k0, k1 := 0, 1, 1, 0
	best, bestOver, bestUnder := math.Inf(1), 0, 1
	for y := x; ; {
		a := int(math.Min(math.Floor(y), 1e12))
		h2, k2 := a*h1+h0, a*k1+k0
		if k2 > limit || k2 <= 0 {
			if k1 > 0 {
				a = (limit - k0) / k1
				h2, k2 = a*h1+h0, a*k1+k0
				if k2 > 0 && math.Abs(x-float64(h2)/float64(k2)) < best {
					bestOver, bestUnder = h2, k2
				}
			}
			break
		}
		if miss := math.Abs(x - float64(h2)/float64(k2)); miss < best {
			best, bestOver, bestUnder = miss, h2, k2
		}
		rest := y - math.Floor(y)
		if rest < 1e-11 || best < 1e-14 {
			break
		}
		h0, h1, k0, k1 = h1, h2, k1, k2
		y = 1 / rest
	}
	return bestOver, bestUnder
}

// showDate shows a serial as date, time of day or time elapsed.
func (s *section) showDate(x float64, l *Locale) string {
	ms := millis(x)
	var b strings.Builder
	if s.has(elapsedHour) || s.has(elapsedMinute) || s.has(elapsedSecond) {
		if ms < 0 {
			b.WriteByte('-')
			ms = -ms
		}
	}
	serial := float64(floorDiv(ms, 86400000))
	y, m, d := Civil(serial)
	clock := ms - floorDiv(ms, 86400000)*86400000
	for _, t := range s.tokens {
		switch t.kind {
		case literal:
			b.WriteString(t.text)
		case point:
			b.WriteByte(l.Decimal)
		case year:
			if t.n <= 2 {
				writeInt(&b, ((y%100)+100)%100, 2)
			} else {
				writeInt(&b, y, 4)
			}
		case month:
			switch t.n {
			case 1, 2:
				writeInt(&b, m, t.n)
			case 3:
				b.WriteString(l.words.monthsShort[m-1])
			case 5:
				_, size := utf8.DecodeRuneInString(l.words.months[m-1])
				b.WriteString(l.words.months[m-1][:size])
			default:
				b.WriteString(l.words.months[m-1])
			}
		case day:
			switch t.n {
			case 1, 2:
				writeInt(&b, d, t.n)
			case 3:
				b.WriteString(l.words.daysShort[Weekday(serial)])
			default:
				b.WriteString(l.words.days[Weekday(serial)])
			}
		case hour:
			h := clock / 3600000
			if s.half {
				h = (h+11)%12 + 1
			}
			writeInt(&b, h, min(t.n, 2))
		case minute:
			writeInt(&b, clock/60000%60, min(t.n, 2))
		case second:
			writeInt(&b, clock/1000%60, min(t.n, 2))
		case elapsedHour:
			writeInt(&b, ms/3600000, t.n)
		case elapsedMinute:
			writeInt(&b, ms/60000, t.n)
		case elapsedSecond:
			writeInt(&b, ms/1000, t.n)
		case fractional:
			f := strconv.Itoa(1000 + ms%1000)
			if ms < 0 {
				f = strconv.Itoa(1000 + clock%1000)
			}
			for i := range t.n {
				if i < 3 {
					b.WriteByte(f[1+i])
				} else {
					b.WriteByte('0')
				}
			}
		case halfDay:
			half := "AM"
			if clock >= 43200000 {
				half = "PM"
			}
			if t.n == 1 {
				half = half[:1]
				if t.text[0] == 'a' {
					half = strings.ToLower(half)
				}
			}
			b.WriteString(half)
		}
	}
	return b.String()
}

func writeInt(b *strings.Builder, n, width int) {
	if n < 0 {
		b.WriteByte('-')
		n = -n
	}
	var buf [20]byte
	s := strconv.AppendInt(buf[:0], int64(n), 10)
	for range min(width, 64) - len(s) {
		b.WriteByte('0')
	}
	b.Write(s)
}
