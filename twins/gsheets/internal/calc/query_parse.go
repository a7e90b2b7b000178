package calc

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"twinset.dev/twins/gsheets/internal/format"
)

// queryParser reads a query.
type queryParser struct {
	c       *Call
	src     string
	columns []string
	pos     int
	tok     string // as written; "" at the end
	kind    byte   // i word, ` quoted word, s text, n number, o sign
	at      int
	failed  string
}

func (p *queryParser) advance() {
	for p.pos < len(p.src) {
		r, n := utf8.DecodeRuneInString(p.src[p.pos:])
		if !unicode.IsSpace(r) {
			break
		}
		p.pos += n
	}
	p.at = p.pos
	rest := p.src[p.pos:]
	if rest == "" {
		p.tok, p.kind = "", 0
		return
	}
	switch c := rest[0]; {
	case c == '\'' || c == '"' || c == '`':
		i := strings.IndexByte(rest[1:], c)
		if i < 0 {
			p.fail()
			return
		}
		p.tok, p.kind = rest[1:i+1], 's'
		if c == '`' {
			p.kind = '`'
		}
		p.pos += i + 2
	case c-'0' < 10 || c == '.' && len(rest) > 1 && rest[1]-'0' < 10:
		n := 1
		for n < len(rest) && (rest[n]-'0' < 10 || rest[n] == '.' || rest[n]|0x20 == 'e') {
			n++
		}
		p.tok, p.kind = rest[:n], 'n'
		p.pos += n
	case c|0x20-'a' < 26 || c == '_' || c >= 0x80:
		n := 1
		for n < len(rest) && (rest[n]|0x20-'a' < 26 || rest[n]-'0' < 10 || rest[n] == '_' || rest[n] >= 0x80) {
			n++
		}
		p.tok, p.kind = rest[:n], 'i'
		p.pos += n
	default:
		n := 1
		if len(rest) > 1 && (rest[:2] == "!=" || rest[:2] == "<>" || rest[:2] == "<=" || rest[:2] == ">=") {
			n = 2
		}
		_, size := utf8.DecodeRuneInString(rest)
		n = max(n, size)
		p.tok, p.kind = rest[:n], 'o'
		p.pos += n
	}
}

// fail ends the reading; the first failure is told.
func (p *queryParser) fail() *queryExpr {
	if p.failed == "" {
		line := 1 + strings.Count(p.src[:p.at], "\n")
		column := p.at - strings.LastIndexByte(p.src[:p.at], '\n')
		token := `"<EOF>"`
		switch p.kind {
		case 'i':
			token = `" <ID> "` + p.tok + ` ""`
		case 's':
			token = `" <STRING_LITERAL> "'` + p.tok + `' ""`
		case 'n':
			token = `" <INTEGER_LITERAL> "` + p.tok + ` ""`
		case 'o', '`':
			token = `"` + p.tok + `"`
		}
		p.failed = "PARSE_ERROR: Encountered " + token + " at line " + itoa(line) + ", column " + itoa(column) + "."
	}
	p.pos, p.tok, p.kind = len(p.src), "", 0
	return &queryExpr{op: "literal"}
}

// word goes past a keyword of one or two words if it comes next.
func (p *queryParser) word(words ...string) bool {
	before := *p
	for _, w := range words {
		if p.kind != 'i' || !strings.EqualFold(p.tok, w) {
			*p = before
			return false
		}
		p.advance()
	}
	return true
}

func (p *queryParser) sign(s string) bool {
	if p.kind == 'o' && p.tok == s {
		p.advance()
		return true
	}
	return false
}

func (p *queryParser) list() []*queryExpr {
	es := []*queryExpr{p.sum()}
	for p.sign(",") {
		es = append(es, p.sum())
	}
	return es
}

func (p *queryParser) parse() (*querySpec, bool) {
	q := &querySpec{limit: -1, labels: map[string]string{}, formats: map[string]string{}}
	p.advance()
	if p.word("select") && !p.sign("*") {
		q.selected = p.list()
	}
	if p.word("where") {
		q.where = p.or()
	}
	if p.word("group", "by") {
		q.group = p.list()
	}
	if p.word("pivot") {
		q.pivot = p.list()
	}
	if p.word("order", "by") {
		for {
			o := queryOrder{by: p.sum()}
			if p.word("desc") {
				o.descend = true
			} else {
				p.word("asc")
			}
			q.order = append(q.order, o)
			if !p.sign(",") {
				break
			}
		}
	}
	if p.word("skipping") {
		q.skipping = p.count()
	}
	if p.word("limit") {
		q.limit = p.count()
	}
	if p.word("offset") {
		q.offset = p.count()
	}
	if p.word("label") {
		p.texts(q.labels)
	}
	if p.word("format") {
		p.texts(q.formats)
	}
	if p.word("options") {
		for p.kind == 'i' {
			switch {
			case p.word("no_values"):
				q.headOnly = true
			case p.word("no_format"):
				q.unformatted = true
			default:
				p.fail()
			}
		}
	}
	if p.kind != 0 {
		p.fail()
	}
	return q, p.failed == ""
}

func (p *queryParser) count() int {
	n, err := strconv.Atoi(p.tok)
	if p.kind != 'n' || err != nil {
		p.fail()
		return 0
	}
	p.advance()
	return n
}

// texts reads what label and format give to expressions.
func (p *queryParser) texts(into map[string]string) {
	for {
		e := p.sum()
		if p.kind != 's' {
			p.fail()
			return
		}
		into[e.String()] = p.tok
		p.advance()
		if !p.sign(",") {
			return
		}
	}
}

func (p *queryParser) or() *queryExpr {
	e := p.and()
	for p.word("or") {
		e = &queryExpr{op: "or", args: []*queryExpr{e, p.and()}}
	}
	return e
}

func (p *queryParser) and() *queryExpr {
	e := p.not()
	for p.word("and") {
		e = &queryExpr{op: "and", args: []*queryExpr{e, p.not()}}
	}
	return e
}

func (p *queryParser) not() *queryExpr {
	if p.word("not") {
		return &queryExpr{op: "not", args: []*queryExpr{p.not()}}
	}
	return p.condition()
}

func (p *queryParser) condition() *queryExpr {
	left := p.sum()
	switch {
	case p.word("is", "null"):
		return &queryExpr{op: "is null", args: []*queryExpr{left}}
	case p.word("is", "not", "null"):
		return &queryExpr{op: "not", args: []*queryExpr{{op: "is null", args: []*queryExpr{left}}}}
	case p.word("contains"):
		return p.textual("contains", left)
	case p.word("starts", "with"):
		return p.textual("starts with", left)
	case p.word("ends", "with"):
		return p.textual("ends with", left)
	case p.word("matches"):
		e := p.textual("matches", left)
		e.like, _ = regexp.Compile("^(?s:" + e.args[1].value.Text + ")$")
		return e
	case p.word("like"):
		e := p.textual("like", left)
		pattern := strings.NewReplacer("%", ".*", "_", ".").Replace(regexp.QuoteMeta(e.args[1].value.Text))
		e.like, _ = regexp.Compile("^(?s:" + pattern + ")$")
		return e
	}
	for _, op := range []string{"=", "!=", "<>", "<=", ">=", "<", ">"} {
		if p.sign(op) {
			if op == "<>" {
				op = "!="
			}
			return &queryExpr{op: op, args: []*queryExpr{left, p.sum()}}
		}
	}
	return left
}

func (p *queryParser) textual(op string, left *queryExpr) *queryExpr {
	right := p.sum()
	if right.op != "literal" && p.failed == "" {
		p.fail()
	}
	return &queryExpr{op: op, args: []*queryExpr{left, right}}
}

func (p *queryParser) sum() *queryExpr {
	e := p.product()
	for p.kind == 'o' && (p.tok == "+" || p.tok == "-") {
		op := p.tok
		p.advance()
		e = &queryExpr{op: op, args: []*queryExpr{e, p.product()}}
	}
	return e
}

func (p *queryParser) product() *queryExpr {
	e := p.primary()
	for p.kind == 'o' && (p.tok == "*" || p.tok == "/") {
		op := p.tok
		p.advance()
		e = &queryExpr{op: op, args: []*queryExpr{e, p.primary()}}
	}
	return e
}

func literal(v Value) *queryExpr { return &queryExpr{op: "literal", value: v} }

func (p *queryParser) primary() *queryExpr {
	text := p.tok
	switch p.kind {
	case 'n':
		x, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return p.fail()
		}
		p.advance()
		return literal(Number(x))
	case 's':
		p.advance()
		return literal(Text(text))
	case 'o':
		switch {
		case p.sign("-"):
			e := p.primary()
			if e.op == "literal" && e.value.Kind == KindNumber {
				return literal(Number(-e.value.Num))
			}
			return p.fail()
		case p.sign("("):
			e := p.or() // a value in brackets, or a condition
			if !p.sign(")") {
				return p.fail()
			}
			return e
		}
		return p.fail()
	case '`':
		return p.column(text)
	case 'i':
		switch low := strings.ToLower(text); low {
		case "true", "false":
			p.advance()
			return literal(Bool(low == "true"))
		case "date", "datetime", "timestamp", "timeofday":
			before := *p
			if p.advance(); p.kind == 's' {
				return p.moment(low)
			}
			*p = before
		}
		return p.columnOrCall(text)
	}
	return p.fail()
}

// columnOrCall reads a column, or a function and its arguments.
func (p *queryParser) columnOrCall(name string) *queryExpr {
	before := *p
	p.advance()
	low := strings.ToLower(name)
	arity, scalar := queryFunctions[low]
	if !(p.kind == 'o' && p.tok == "(") || !scalar && !queryAggregates[low] {
		*p = before
		return p.column(name)
	}
	if queryAggregates[low] {
		arity = 1
	}
	p.advance()
	e := &queryExpr{op: low}
	if arity > 0 {
		e.args = p.list()
	}
	if len(e.args) != arity || !p.sign(")") {
		return p.fail()
	}
	return e
}

func (p *queryParser) column(id string) *queryExpr {
	i := slices.Index(p.columns, id)
	if i < 0 {
		if p.failed == "" {
			if queryWords[strings.ToLower(id)] && p.kind == 'i' {
				return p.fail()
			}
			p.fail()
			p.failed = "NO_COLUMN: " + id
		}
		return &queryExpr{op: "literal"}
	}
	p.advance()
	return &queryExpr{op: "column", col: i}
}

// queryWords cannot be columns.
var queryWords = map[string]bool{
	"select": true, "where": true, "group": true, "by": true, "pivot": true, "order": true, "skipping": true, "limit": true, "offset": true, "label": true,
	"format": true, "options": true, "and": true, "or": true, "not": true, "asc": true, "desc": true, "true": true, "false": true,
}

// moment reads the text behind date, datetime, timestamp or timeofday.
func (p *queryParser) moment(kind string) *queryExpr {
	day, clock, _ := strings.Cut(p.tok, " ")
	if kind == "timeofday" {
		day, clock = "", p.tok
	}
	v := Date(0, HintDate)
	if day != "" {
		var ymd [3]int
		for i, s := range strings.SplitN(day, "-", 3) {
			ymd[i], _ = strconv.Atoi(s)
		}
		if strings.Count(day, "-") != 2 || ymd[1] < 1 || ymd[1] > 12 || ymd[2] < 1 || ymd[2] > 31 {
			p.failed = "Invalid date literal [" + p.tok + "]. Date literals should be of form yyyy-MM-dd."
			return p.fail()
		}
		v.Num = format.Serial(ymd[0], ymd[1], ymd[2])
	}
	switch kind {
	case "timeofday":
		v.Hint = HintTime
	case "datetime", "timestamp":
		v.Hint = HintDateTime
	}
	if clock != "" {
		unit := 1.0 / 24
		for _, s := range strings.SplitN(clock, ":", 3) {
			x, _ := strconv.ParseFloat(s, 64)
			v.Num += x * unit
			unit /= 60
		}
	}
	p.advance()
	return literal(v)
}
