package jql

import (
	"errors"
	"strconv"
	"strings"
	"unicode"
)

// A TextQuery is what stands right of ~: a *[TextTerm] or a *[TextGroup].
//
// https://support.atlassian.com/jira-software-cloud/docs/search-for-issues-using-the-text-field/
type TextQuery interface{ textQuery() }

// A TextTerm asks for one word, or for words that follow one another.
type TextTerm struct {
	Words  []string // as typed; one unless Phrase
	Phrase bool
	Slop   int     // how many words may be moved or stand between the words of a phrase
	Fuzzy  float64 // how alike a word is to be, 0 to 1; 0 means exactly alike
	Boost  float64 // what the term counts for, 1 unless said otherwise
}

// A TextGroup asks for all of its Must, none of its MustNot and, if it has no Must, one of its Should.
type TextGroup struct{ Must, Should, MustNot []TextQuery }

func (*TextTerm) textQuery()  {}
func (*TextGroup) textQuery() {}

// Wildcard reports whether the term is a word with * or ? in it.
func (t *TextTerm) Wildcard() bool { return !t.Phrase && strings.ContainsAny(t.Words[0], "*?") }

var errText = errors.New("the text cannot be parsed")

// ParseText reads a text query. Words stand for all of them together; AND, OR, NOT, +, -, parentheses, "phrases"~2,
// wild*cards, fuzzy~ and boosts^4 mean what they mean to Lucene.
func ParseText(text string) (TextQuery, error) {
	p := &textParser{in: []rune(text)}
	q, err := p.group(0)
	if err == nil && p.at < len(p.in) {
		err = errText
	}
	return q, err
}

type textParser struct {
	in []rune
	at int
}

func (p *textParser) space() {
	for p.at < len(p.in) && unicode.IsSpace(p.in[p.at]) {
		p.at++
	}
}

// take passes over one of the words if it comes next, as a whole word if it is one.
func (p *textParser) take(words ...string) bool {
	p.space()
	for _, w := range words {
		if !strings.HasPrefix(string(p.in[p.at:min(len(p.in), p.at+3)]), w) {
			continue
		}
		end := p.at + len(w)
		if unicode.IsLetter(rune(w[0])) && end < len(p.in) && !unicode.IsSpace(p.in[end]) && !strings.ContainsRune(`()"`, p.in[end]) {
			continue
		}
		p.at = end
		return true
	}
	return false
}

// group reads terms up to the end or the closing parenthesis. AND and OR bind the terms on both their sides, as in
// Lucene: the term before an AND becomes one that must be, the term before an OR one that may be.
func (p *textParser) group(depth int) (TextQuery, error) {
	const must, should, mustNot = '+', '?', '-'
	type clause struct {
		occurs rune
		query  TextQuery
	}
	var clauses []clause
	if depth > 50 {
		return nil, errText
	}
	for {
		p.space()
		if p.at == len(p.in) || p.in[p.at] == ')' {
			break
		}
		occurs := must
		switch {
		case p.take("AND", "&&"):
			if len(clauses) == 0 {
				return nil, errText
			}
			if last := &clauses[len(clauses)-1]; last.occurs == should {
				last.occurs = must
			}
		case p.take("OR", "||"):
			if len(clauses) == 0 {
				return nil, errText
			}
			occurs = should
			if last := &clauses[len(clauses)-1]; last.occurs == must {
				last.occurs = should
			}
		}
		switch {
		case p.take("NOT", "!", "-"):
			occurs = mustNot
		case p.take("+"):
			occurs = must
		}
		q, err := p.term(depth)
		if err != nil {
			return nil, err
		}
		clauses = append(clauses, clause{occurs, q})
	}
	if len(clauses) == 0 {
		return nil, errText
	}
	if len(clauses) == 1 && clauses[0].occurs != mustNot {
		return clauses[0].query, nil
	}
	g := &TextGroup{}
	for _, c := range clauses {
		switch c.occurs {
		case must:
			g.Must = append(g.Must, c.query)
		case should:
			g.Should = append(g.Should, c.query)
		case mustNot:
			g.MustNot = append(g.MustNot, c.query)
		}
	}
	return g, nil
}

func (p *textParser) term(depth int) (TextQuery, error) {
	p.space()
	if p.at == len(p.in) || p.take("AND", "OR", "NOT", "&&", "||") {
		return nil, errText
	}
	if p.take("(") {
		q, err := p.group(depth + 1)
		if err == nil && !p.take(")") {
			err = errText
		}
		if err == nil {
			_, err = p.suffix('^', 1)
		}
		return q, err
	}
	t := &TextTerm{Boost: 1}
	if p.in[p.at] == '"' {
		t.Phrase = true
		phrase, err := p.until(func(r rune) bool { return r == '"' })
		if err != nil {
			return nil, err
		}
		t.Words = strings.Fields(phrase)
		slop, err := p.suffix('~', 0)
		if err != nil {
			return nil, err
		}
		t.Slop = int(slop)
	} else {
		word := p.word()
		if word == "" {
			return nil, errText
		}
		t.Words = []string{word}
		fuzzy, err := p.suffix('~', 0.5)
		if err != nil {
			return nil, err
		}
		t.Fuzzy = fuzzy
	}
	boost, err := p.suffix('^', 0)
	if err != nil {
		return nil, err
	}
	if boost != 0 {
		t.Boost = boost
	}
	return t, nil
}

// until reads what is between the character at hand and the one that ends it.
func (p *textParser) until(end func(rune) bool) (string, error) {
	var b strings.Builder
	for p.at++; p.at < len(p.in); p.at++ {
		switch r := p.in[p.at]; {
		case end(r):
			p.at++
			return b.String(), nil
		case r == '\\' && p.at+1 < len(p.in):
			p.at++
			b.WriteRune(p.in[p.at])
		default:
			b.WriteRune(r)
		}
	}
	return "", errText
}

func (p *textParser) word() string {
	var b strings.Builder
	for ; p.at < len(p.in); p.at++ {
		r := p.in[p.at]
		if r == '\\' && p.at+1 < len(p.in) {
			p.at++
			b.WriteRune(p.in[p.at])
			continue
		}
		if unicode.IsSpace(r) || strings.ContainsRune(`()"~^[]{}!`, r) {
			break
		}
		b.WriteRune(r)
	}
	return b.String()
}

// suffix reads a mark and the number after it, which is alone if there is none; 0 without the mark.
func (p *textParser) suffix(mark rune, alone float64) (float64, error) {
	if p.at == len(p.in) || p.in[p.at] != mark {
		return 0, nil
	}
	p.at++
	start := p.at
	for p.at < len(p.in) && (unicode.IsDigit(p.in[p.at]) || p.in[p.at] == '.') {
		p.at++
	}
	if start == p.at {
		if mark == '^' {
			return 0, errText
		}
		return alone, nil
	}
	n, err := strconv.ParseFloat(string(p.in[start:p.at]), 64)
	if err != nil {
		return 0, errText
	}
	return n, nil
}
