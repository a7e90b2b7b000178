package adf

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"
)

// FromWiki reads wiki markup as the document that Jira makes of it: what REST v2 is given and v3 then answers.
//
// https://jira.atlassian.com/secure/WikiRendererHelpAction.jspa?section=all
func FromWiki(text string, site Site) Node {
	r := wikiReader{site: site}
	content := normalize(r.read(strings.ReplaceAll(text, "\x00", ""), place{}))
	if len(content) == 1 && kind(content[0]) == "paragraph" && len(slices.Collect(kids(content[0]))) == 0 {
		content = nil
	}
	for _, n := range content {
		if kind(n) == "nestedExpand" {
			n["type"] = "expand"
		}
	}
	return Node{"type": "doc", "version": float64(1), "content": list(content)}
}

// maxNesting is how often markup is read inside markup; deeper it is text.
const maxNesting = 16

type wikiReader struct {
	site      Site
	rendering bool // for HTML, which has all that markup says, also what a document has no place for
}

// A place is what a piece of markup is read as part of.
type place struct {
	ignore sign // what has no meaning here
	spaces bool // whether space at the start of a line is text
	depth  int  // how many pieces this one is inside
	open   unclosed
}

// unclosed is how far it is known that nothing closes a sign: lines in which a sign stands many times are read once.
type unclosed map[string]int

func (at place) inside(ignore sign) place { return place{ignore: ignore, depth: at.depth + 1} }

// A sign is the beginning of something other than text.
type sign uint64

const (
	none        sign = 0
	adfMacro    sign = 1 << iota // {adf}
	anchor                       // {anchor}
	codeMacro                    // {code}
	quoteMacro                   // {quote}
	noformat                     // {noformat}
	panelMacro                   // {panel}
	colorMacro                   // {color}
	lorem                        // {loremipsum}
	quoteLine                    // bq.
	headingLine                  // h1.
	ruleLine                     // ----
	listLine                     // *, # or -
	tableLine                    // | or ||
	issueKey                     // KEY-1
	linkSign                     // [
	bareLink                     // http://
	imageSign                    // !
	lineEnd
	forcedEnd // two backslashes
	dash4     // ----
	dash3     // ---
	dash2     // --
	strongSign
	emSign
	strikeSign
	underlineSign
	supSign
	subSign
	codeSign // {{
	citeSign // ??
	emojiSign

	dashes = dash2 | dash3 | dash4
	every  = ^none
	blocks = quoteLine | headingLine | ruleLine | listLine | tableLine // what only the start of a line may be
)

// A piece is what the markup at a place means: nodes, or if there are none some text, and its length in the markup.
type piece struct {
	nodes  []Node
	text   string
	length int
	isNode bool
}

func textPiece(text string) piece           { return piece{text: text, length: len(text)} }
func nodePiece(length int, n ...Node) piece { return piece{nodes: n, length: length, isNode: true} }

// read reads markup as a run of blocks and of nodes that are not yet in a paragraph.
func (r wikiReader) read(in string, at place) []Node {
	if at.depth > maxNesting {
		at.ignore = every &^ lineEnd
	}
	var (
		out, line []Node
		short     [128]byte // most texts need no more
		text      = short[:0]
		breaks    int // line ends since the last node, which become breaks, or a new paragraph, when something follows
		start     = true
	)
	at.open = unclosed{}
	endParagraph := func() {
		out = append(out, normalize(line)...)
		line, breaks = nil, 0
	}
	for i := 0; i < len(in); {
		if start && (in[i] == ' ' || in[i] == '\t') {
			if at.spaces {
				text = append(text, in[i])
			}
			i++
			continue
		}
		if n := r.plain(in[i:]); n > 0 && !start {
			text = append(text, in[i:i+n]...)
			i += n
			continue
		}
		what := none
		if start {
			what = lineSign(in[i:])
		}
		if what == none && (start || !bytes.HasSuffix(text, []byte("{"))) {
			what = macroSign(in[i:])
		}
		if what == none {
			what = textSign(in[i:])
		}
		if what == none && r.site.Issue != nil && keyLength(in[i:]) > 0 {
			what = issueKey
		}
		start = false
		if what == none || what&at.ignore != 0 {
			if in[i] == '\\' {
				t, n := escaped(in, i)
				text = append(text, t...)
				i += n
			} else {
				text = append(text, in[i])
				i++
			}
			continue
		}
		var p piece
		if what == lineEnd {
			p = piece{length: newline(in[i:]), isNode: true}
		} else {
			p = r.piece(what, in, i, at)
		}
		i += max(p.length, 1)
		start = what == lineEnd || r.rendering && what == tableLine && p.isNode
		if !p.isNode {
			text = append(text, p.text...)
			continue
		}
		if breaks >= 2 && (what != lineEnd || len(text) > 0) {
			groups := len(line) > 0 && kind(line[len(line)-1]) == "mediaGroup" && len(p.nodes) > 0 && kind(p.nodes[0]) == "mediaGroup"
			parted := breaks
			endParagraph()
			if groups {
				line = hardBreaks(parted)
			}
		}
		if len(line) == 0 {
			breaks = 0
		}
		if breaks > 0 && parts(line, len(text) > 0, p.nodes) {
			line, breaks = append(line, hardBreaks(breaks)...), 0
		}
		line = appendRun(line, text)
		text = text[:0]
		if what == lineEnd {
			breaks++
		} else if line = append(line, p.nodes...); len(p.nodes) > 0 {
			breaks = 0
		}
	}
	if len(text) > 0 {
		if breaks >= 2 {
			endParagraph()
		}
		if breaks > 0 && len(line) > 0 && inline(line[len(line)-1]) {
			line = append(line, hardBreaks(breaks)...)
		}
		line = appendRun(line, text)
	}
	if out == nil {
		return line
	}
	return append(out, line...)
}

// signs are the bytes that something other than text may begin with, anywhere in a line.
const signs = "[hfjim\\\r\n!-{:(;+*^~_?"

var isSign = func() (is [256]bool) {
	for i := range len(signs) {
		is[signs[i]] = true
	}
	return is
}()

// plain is the length of the text up to where something else may begin.
func (r wikiReader) plain(in string) int {
	n := 0
	for n < len(in) && !isSign[in[n]] && (r.site.Issue == nil || in[n] < 'A' || in[n] > 'Z') {
		n++
	}
	return n
}

// parts says whether line ends between what is read and what comes next are breaks: they are between text, not beside blocks.
func parts(line []Node, text bool, next []Node) bool {
	if len(line) == 0 {
		return false
	}
	last := inline(line[len(line)-1])
	if text {
		return last
	}
	return len(next) > 0 && kind(next[0]) != "hardBreak" && inline(next[0]) && last
}

func hardBreaks(n int) []Node {
	b := make([]Node, n)
	for i := range b {
		b[i] = Node{"type": "hardBreak"}
	}
	return b
}

func appendRun(line []Node, text []byte) []Node {
	if len(text) == 0 {
		return line
	}
	return append(line, textNode(string(text)))
}

func textNode(text string, marks ...any) Node {
	n := Node{"type": "text", "text": text}
	if len(marks) > 0 {
		n["marks"] = marks
	}
	return n
}

func list(nodes []Node) []any {
	l := make([]any, len(nodes))
	for i, n := range nodes {
		l[i] = n
	}
	return l
}

// lineSign is what a line begins with.
func lineSign(in string) sign {
	switch in[0] {
	case 'b':
		if strings.HasPrefix(in, "bq.") {
			return quoteLine
		}
	case 'h':
		if len(in) > 2 && in[1] >= '1' && in[1] <= '6' && in[2] == '.' {
			return headingLine
		}
	case '-':
		switch n := count(in, "-"); {
		case (n == 4 || n == 5) && blankAt(in, n):
			return ruleLine
		case n == 3 && len(in) > 3 && blankAt(in, n):
			return dash3
		case n == 2 && len(in) > 2 && blankAt(in, n):
			return dash2
		case n == 1 && len(in) > 1 && in[1] == ' ':
			return listLine
		}
	case '*', '#':
		if n := count(in, "*#"); n <= maxList && n < len(in) && in[n] == ' ' {
			return listLine
		}
	case '|':
		return tableLine
	}
	return none
}

// count is how many of the given signs a text begins with.
func count(in, of string) int { return len(in) - len(strings.TrimLeft(in, of)) }

// blankAt says whether the text ends there or has a space.
func blankAt(in string, i int) bool {
	if i >= len(in) {
		return true
	}
	c, _ := utf8.DecodeRuneInString(in[i:])
	return space(c)
}

// space is what markup takes for white space.
func space(c rune) bool {
	return c == ' ' || c >= '\t' && c <= '\r' || c == 0xa0 || c == 0xfeff || c == 0x1680 || c >= 0x2000 && c <= 0x200a ||
		c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000
}

// macros are the macros that mean something, by the first letters of their name.
var macros = []struct {
	name string
	sign sign
}{
	{"adf", adfMacro}, {"anchor", anchor}, {"code", codeMacro}, {"quote", quoteMacro},
	{"noformat", noformat}, {"panel", panelMacro}, {"color", colorMacro}, {"loremipsum", lorem},
}

func macroSign(in string) sign {
	if in[0] != '{' {
		return none
	}
	for _, m := range macros {
		if len(in) > len(m.name) && strings.EqualFold(in[1:1+len(m.name)], m.name) {
			if m.sign == colorMacro && in[1:6] != "color" {
				continue
			}
			return m.sign
		}
	}
	return none
}

// textSign is what may stand anywhere in a line.
func textSign(in string) sign {
	switch c := in[0]; c {
	case '[':
		return linkSign
	case 'h', 'f', 'j', 'i', 'm':
		for _, scheme := range []string{"http", "ftp", "jamfselfservice", "irc", "mailto"} {
			if strings.HasPrefix(in, scheme) {
				return bareLink
			}
		}
	case '\\':
		if strings.HasPrefix(in, `\\`) {
			return forcedEnd
		}
	case '\r', '\n':
		return lineEnd
	case '!':
		return imageSign
	case '-':
		switch {
		case strings.HasPrefix(in, "----"):
			return dash4
		case strings.HasPrefix(in, "---"):
			return dash3
		case strings.HasPrefix(in, "--"):
			return dash2
		}
		return strikeSign
	case '{':
		for _, s := range styles {
			if strings.HasPrefix(in[1:], s.open) && strings.HasPrefix(in[1+len(s.open):], "}") {
				return s.sign
			}
		}
		if strings.HasPrefix(in, "{{") {
			return codeSign
		}
	case ':', '(', ';':
		return emojiSign
	case '+', '*', '^', '~', '_', '?':
		for _, s := range styles {
			if strings.HasPrefix(in, s.open) {
				return s.sign
			}
		}
	}
	return none
}

// A style is a mark that two signs around words make.
type style struct {
	sign        sign
	open, close string
	mark        Node
	ignore      sign // what has no meaning between them
}

var styles = []style{
	{strikeSign, "-", "-", Node{"type": "strike"}, dashes | issueKey | tableLine},
	{underlineSign, "+", "+", Node{"type": "underline"}, dashes | issueKey | tableLine},
	{strongSign, "*", "*", Node{"type": "strong"}, dashes | issueKey | tableLine},
	{supSign, "^", "^", Node{"type": "subsup", "attrs": Node{"type": "sup"}}, dashes | issueKey | tableLine},
	{subSign, "~", "~", Node{"type": "subsup", "attrs": Node{"type": "sub"}}, dashes | issueKey | tableLine},
	{emSign, "_", "_", Node{"type": "em"}, dashes | issueKey | tableLine},
	{codeSign, "{{", "}}", Node{"type": "code"}, every},
	{citeSign, "??", "??", Node{"type": "em"}, dashes | issueKey},
}

// escapable are the signs that a backslash before them makes text of.
const escapable = "-#*_+?^~|%{}[]()!@"

// escaped is the text that a backslash and what follows it mean, and their length.
func escaped(in string, i int) (string, int) {
	_, n := utf8.DecodeRuneInString(in[i+1:])
	if n == 0 {
		return in[i:], 1
	}
	next := in[i+1 : i+1+n]
	if !strings.Contains(escapable, next) || i > 0 && in[i-1] == '\\' {
		return in[i : i+1+n], 1 + n
	}
	return next, 1 + n
}

// newline is the length of the line end that a text begins with.
func newline(in string) int {
	switch {
	case strings.HasPrefix(in, "\r\n"):
		return 2
	case in != "" && (in[0] == '\r' || in[0] == '\n'):
		return 1
	}
	return 0
}

// emptyLine says whether a text begins with a line of nothing but space.
func emptyLine(in string) bool {
	in = strings.TrimLeft(in, " \t")
	return strings.HasPrefix(in, "\n") || strings.HasPrefix(in, "\r\n")
}

// restOfLine is the text up to the line's end.
func restOfLine(in string) string {
	if i := strings.IndexAny(in, "\r\n\u2028\u2029"); i >= 0 {
		return in[:i]
	}
	return in
}

// piece reads what a sign begins.
func (r wikiReader) piece(what sign, in string, i int, at place) piece {
	switch what {
	case forcedEnd:
		return r.forcedBreak(in, i)
	case ruleLine:
		return nodePiece(dashesAndSpace(in[i:]), Node{"type": "rule"})
	case dash4:
		if n := count(in[i:], "-"); blankAt(in[i:], n) {
			return textPiece(in[i : i+dashesAndSpace(in[i:])])
		}
		return textPiece("----")
	case dash3:
		return dash(in, i, "---", "—")
	case dash2:
		return dash(in, i, "--", "–")
	case headingLine:
		return r.heading(in[i:], at)
	case quoteLine:
		line := restOfLine(in[i:])
		return r.quote(line[len("bq."):], len(line), at)
	case listLine:
		return r.list(in, i, at)
	case tableLine:
		return r.table(in, i, at)
	case linkSign:
		return r.link(in[i:], at)
	case bareLink:
		return readURL(in[i:])
	case imageSign:
		return r.image(in, i, at)
	case emojiSign:
		return emoji(in[i:])
	case issueKey:
		return r.key(in, i)
	case adfMacro, anchor, codeMacro, quoteMacro, noformat, panelMacro, colorMacro:
		return r.macro(in[i:], at)
	case lorem:
		return textPiece("{")
	}
	return r.styled(what, in, i, at)
}

// dashesAndSpace is the length of the dashes that a text begins with and of the white space, one sign, after them.
func dashesAndSpace(in string) int {
	n := count(in, "-")
	_, width := utf8.DecodeRuneInString(in[n:])
	return n + width
}

// forcedBreak reads \\, which is text when another backslash is near: file paths have those.
func (r wikiReader) forcedBreak(in string, i int) piece {
	word := in[i+2:]
	end := strings.IndexFunc(word, func(c rune) bool { return c == '\\' || space(c) })
	if i > 0 && in[i-1] == '\\' || end >= 0 && word[end] == '\\' {
		return textPiece(`\\`)
	}
	if r.rendering {
		return nodePiece(2, Node{"type": "hardBreak", "attrs": Node{"forced": true}})
	}
	return nodePiece(2, Node{"type": "hardBreak"})
}

func dash(in string, i int, sign, means string) piece {
	before, _ := utf8.DecodeLastRuneInString(in[:i])
	if i > 0 && !space(before) || !blankAt(in[i:], len(sign)) {
		return textPiece(sign)
	}
	return piece{text: means, length: len(sign)}
}

func (r wikiReader) heading(in string, at place) piece {
	line := restOfLine(in)
	content := r.read(line[len("h1."):], at.inside(dashes))
	for _, n := range content {
		if !inline(n) {
			return piece{length: min(len("h1. "), len(in))}
		}
	}
	return nodePiece(len(line), Node{"type": "heading", "attrs": Node{"level": float64(line[1] - '0')}, "content": join(content)})
}

func emoji(in string) piece {
	e, n := emoticonAt(in)
	if e == nil {
		return textPiece(in[:n])
	}
	return nodePiece(n, Node{"type": "emoji", "attrs": Node{"shortName": e.shortName, "id": e.id, "text": e.text}})
}

// emoticonAt is the emoticon that a text begins with, which no letter or digit may follow, and its length.
func emoticonAt(in string) (*emoticon, int) {
	for n := 2; n <= longestSign && n <= len(in); n++ {
		e := emoticonOfSign[in[:n]]
		if e != nil && (n == len(in) || !alphanumeric(in[n])) {
			return e, n
		}
	}
	return nil, 1
}

func alphanumeric(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

// keyLength is the length of the issue key that a text begins with, 0 when there is none.
func keyLength(in string) int {
	n := 0
	for n < len(in) && (in[n] >= 'A' && in[n] <= 'Z' || n > 0 && (in[n] >= '0' && in[n] <= '9' || in[n] == '_')) {
		n++
	}
	if n < 2 || n+1 >= len(in) || in[n] != '-' {
		return 0
	}
	digits := count(in[n+1:], "0123456789")
	if digits == 0 {
		return 0
	}
	return n + 1 + digits
}

// key reads an issue key that stands alone as a card, when there is such an issue.
func (r wikiReader) key(in string, i int) piece {
	n := keyLength(in[i:])
	before, _ := utf8.DecodeLastRuneInString(in[:i])
	after, _ := utf8.DecodeRuneInString(in[i+n:])
	if i > 0 && !besideKey(before) || i+n < len(in) && !besideKey(after) {
		return textPiece(in[i : i+1])
	}
	if _, exists := r.site.Issue(in[i : i+n]); !exists {
		return textPiece(in[i : i+1])
	}
	return nodePiece(n, r.card(in[i:i+n]))
}

func besideKey(c rune) bool { return space(c) || strings.ContainsRune("()!.,/:", c) }

// card is a key as a card; its URL says that it was no more than a key.
func (r wikiReader) card(key string) Node {
	return Node{"type": "inlineCard", "attrs": Node{"url": r.site.Base + "/browse/" + key + "#icft=" + key}}
}

// styled reads words between two signs that mark them: *strong*, or {*}strong{*} inside a word.
func (r wikiReader) styled(what sign, in string, i int, at place) piece {
	s := styles[slices.IndexFunc(styles, func(s style) bool { return s.sign == what })]
	opening, closing := s.open, s.close
	if strings.HasPrefix(in[i:], "{"+s.open+"}") {
		opening = "{" + s.open + "}"
	}
	start := i + len(opening)
	if n := strings.Index(in[start:], s.close); n >= 0 && in[start+n-1] == '{' && strings.HasPrefix(in[start+n+len(s.close):], "}") {
		closing = "{" + s.close + "}"
	}
	words, n, ok := at.open.between(in, i, opening, closing)
	if !ok {
		return textPiece(opening)
	}
	nodes := r.read(words, at.inside(s.ignore))
	if s.sign == citeSign && len(nodes) > 0 && kind(nodes[0]) == "text" && mark(nodes[0], "code") == nil && mark(nodes[0], "em") == nil {
		nodes[0]["text"] = "— " + str(nodes[0], "text")
	}
	for _, n := range nodes {
		addMark(n, s.mark)
	}
	return nodePiece(n, nodes...)
}

// addMark marks a text, unless it has a mark of that type or is code, which bears no style.
func addMark(n, m Node) {
	if kind(n) != "text" || mark(n, kind(m)) != nil || mark(n, "code") != nil {
		return
	}
	old, _ := n["marks"].([]any)
	n["marks"] = append(slices.Clip(old), any(m))
}

// between finds the words between two signs in one line, and the length of it all. The signs stand at the edges of
// words; links and colours between them are passed over whole, and no other macro may be there.
func (u unclosed) between(in string, i int, opening, closing string) (words string, length int, ok bool) {
	loose := func(sign string) bool { return sign[0] != '{' || sign[len(sign)-1] != '}' }
	if i > 0 && loose(opening) && wordBefore(in[:i]) {
		return "", 0, false
	}
	at := i + len(opening)
	if u[closing] > i || !strings.HasPrefix(in[i:], opening) || strings.HasPrefix(in[at:], " ") {
		return "", 0, false
	}
	var b []byte
	for at < len(in) && newline(in[at:]) == 0 {
		rest := in[at:]
		switch c := in[at]; {
		case strings.HasPrefix(rest, closing):
			at += len(closing)
			if len(b) == 0 {
				return "", 0, false
			}
			if loose(closing) && wordAfter(in[at:]) {
				b = append(b, closing...)
				continue
			}
			if b[len(b)-1] == ' ' {
				return "", 0, false
			}
			return string(b), at - i, true
		case strings.HasPrefix(rest, "{{"):
			b = append(b, "{{"...)
			at += 2
		case c == '{':
			what := macroSign(rest)
			m, is := readMacro(rest)
			switch {
			case !is || what == lorem:
				b = append(b, c)
				at++
			case what == anchor:
				at += m.length
			case what == colorMacro:
				b = append(b, rest[:m.length]...)
				at += m.length
			default:
				return "", 0, false
			}
		case c == '[':
			n := max(len(linkText(rest)), 1)
			b = append(b, rest[:n]...)
			at += n
		case c == '\\':
			t, n := escaped(in, at)
			b = append(b, t...)
			at += n
		default:
			b = append(b, c)
			at++
		}
	}
	u[closing] = at
	return "", 0, false
}

// wordBefore says whether a text ends within a word. Everything beyond ASCII but the no-break space is part of one.
func wordBefore(in string) bool {
	c := in[len(in)-1]
	return alphanumeric(c) || c >= utf8.RuneSelf && !strings.HasSuffix(in, "\u00a0")
}

func wordAfter(in string) bool {
	return in != "" && (alphanumeric(in[0]) || in[0] >= utf8.RuneSelf && !strings.HasPrefix(in, "\u00a0"))
}

// join makes one text node of neighbours that bear the same marks.
func join(nodes []Node) []any {
	out := make([]any, 0, len(nodes))
	var last Node
	for _, n := range nodes {
		if last != nil && kind(last) == "text" && kind(n) == "text" && sameMarks(last["marks"], n["marks"]) {
			last["text"] = str(last, "text") + str(n, "text")
			continue
		}
		out = append(out, n)
		last = n
	}
	return out
}

func sameMarks(a, b any) bool {
	x, _ := a.([]any)
	y, _ := b.([]any)
	if len(x) != len(y) {
		return false
	}
	if len(x) == 0 {
		return true
	}
	p, errP := json.Marshal(x)
	q, errQ := json.Marshal(y)
	return errP == nil && errQ == nil && bytes.Equal(p, q)
}

// normalize puts what stands in no block into paragraphs, and attachments that follow each other into one group.
func normalize(nodes []Node) []Node {
	var out, line []Node
	paragraph := func() {
		if slices.ContainsFunc(line, func(n Node) bool { return kind(n) != "hardBreak" }) {
			out = append(out, Node{"type": "paragraph", "content": join(line)})
		}
		line = nil
	}
	for _, n := range groups(nodes) {
		if inline(n) {
			line = append(line, n)
			continue
		}
		paragraph()
		out = append(out, n)
	}
	if paragraph(); out == nil {
		out = []Node{emptyParagraph()}
	}
	return out
}

func emptyParagraph() Node { return Node{"type": "paragraph", "content": []any{}} }

// groups merges the attachments that only space, or one line end, parts.
func groups(nodes []Node) []Node {
	if !slices.ContainsFunc(nodes, func(n Node) bool { return kind(n) == "mediaGroup" }) {
		return nodes
	}
	var out, between []Node
	var files []any
	for _, n := range nodes {
		content, _ := n["content"].([]any)
		switch {
		case kind(n) == "mediaGroup" && len(content) == 1:
			files = append(files, content[0])
			between = nil
		case files == nil:
			out = append(out, n)
		case separates(n, between):
			out = append(append(append(out, mediaGroup(files)), between...), n)
			files, between = nil, nil
		default:
			between = append(between, n)
		}
	}
	if files != nil {
		out = append(out, mediaGroup(files))
	}
	return append(out, between...)
}

func mediaGroup(files []any) Node { return Node{"type": "mediaGroup", "content": files} }

func separates(n Node, after []Node) bool {
	isBreak := func(n Node) bool { return kind(n) == "hardBreak" }
	said := false
	walk(n, 0, func(n Node) { said = said || strings.TrimSpace(str(n, "text")) != "" })
	return said || kind(n) == "mediaGroup" || isBreak(n) && slices.ContainsFunc(after, isBreak)
}
