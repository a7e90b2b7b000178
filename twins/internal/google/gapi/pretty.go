package gapi

// pretty spreads compact JSON over lines, as Google answers unless prettyPrint is false.
func pretty(b []byte) []byte {
	out := make([]byte, 0, len(b)+len(b)/2)
	depth := 0
	line := func() {
		out = append(out, '\n')
		for range depth {
			out = append(out, ' ', ' ')
		}
	}
	for i := 0; i < len(b); i++ {
		switch ch := b[i]; ch {
		case '"':
			start := i
			for i++; b[i] != '"'; i++ {
				if b[i] == '\\' {
					i++
				}
			}
			out = append(out, b[start:i+1]...)
		case '{', '[':
			out = append(out, ch)
			if b[i+1] == ch+2 { // an empty one stays on its line
				i++
				out = append(out, b[i])
				continue
			}
			depth++
			line()
		case '}', ']':
			depth--
			line()
			out = append(out, ch)
		case ',':
			out = append(out, ch)
			line()
		case ':':
			out = append(out, ':', ' ')
		default:
			out = append(out, ch)
		}
	}
	return append(out, '\n')
}
