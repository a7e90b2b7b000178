package numeric

import (
	"strconv"
	"strings"
)

// ParseComplex reads a number as spreadsheets write complex ones: 3, -2i, 3+4i, 1.5e3-j. The suffix is i, j, or 0 for none.
func ParseComplex(s string) (z complex128, suffix byte, ok bool) {
	if s == "" {
		return 0, 0, false
	}
	last := s[len(s)-1]
	if last != 'i' && last != 'j' {
		re, err := strconv.ParseFloat(s, 64)
		return complex(re, 0), 0, err == nil && plain(s)
	}
	s = s[:len(s)-1]
	cut := 0
	for i := len(s) - 1; i > 0; i-- {
		if (s[i] == '+' || s[i] == '-') && s[i-1]|0x20 != 'e' {
			cut = i
			break
		}
	}
	re, im := 0.0, 1.0
	var err error
	if cut > 0 {
		if re, err = strconv.ParseFloat(s[:cut], 64); err != nil || !plain(s[:cut]) {
			return 0, 0, false
		}
	}
	switch part := s[cut:]; part {
	case "", "+":
	case "-":
		im = -1
	default:
		if im, err = strconv.ParseFloat(part, 64); err != nil || !plain(part) {
			return 0, 0, false
		}
	}
	return complex(re, im), last, true
}

// plain says if a number is written in decimal digits.
func plain(s string) bool { return strings.Trim(s, "0123456789.eE+-") == "" }
