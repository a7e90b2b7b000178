package adf

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// A macroText is a macro as it is written: {name:arguments}body{name}.
type macroText struct {
	name, arguments, body string
	length                int
}

// readMacro reads the macro that a text begins with. One that is not closed has no body; {anchor} never has.
func readMacro(in string) (m macroText, ok bool) {
	for _, known := range macros {
		if len(in) <= len(known.name) || !strings.EqualFold(in[1:1+len(known.name)], known.name) {
			continue
		}
		m.name = in[1 : 1+len(known.name)]
		head := in[1+len(known.name):]
		if rest, found := strings.CutPrefix(head, ":"); found {
			n := strings.IndexAny(rest, "{\n}")
			if n < 0 {
				return m, false
			}
			m.arguments, head = rest[:n], rest[n:]
		}
		if !strings.HasPrefix(head, "}") {
			return m, false
		}
		m.length = len(in) - len(head) + 1
		if end := "{" + m.name + "}"; known.sign != anchor {
			if body, _, closed := strings.Cut(in[m.length:], end); closed {
				m.body = body
				m.length += len(body) + len(end)
			}
		}
		return m, true
	}
	return m, false
}

// arguments reads a|b=c as {"a": "", "b": "c"}; of two with one name the first that says something counts.
func arguments(text, sep string) (byName map[string]string, names []string) {
	byName = map[string]string{}
	if text == "" {
		return byName, nil
	}
	for part := range strings.SplitSeq(text, sep) {
		name, value, _ := strings.Cut(part, "=")
		if byName[name] == "" {
			byName[name] = value
		}
		names = append(names, name)
	}
	return byName, names
}

func (r wikiReader) macro(in string, at place) piece {
	m, ok := readMacro(in)
	if !ok {
		return textPiece(in[:1])
	}
	args, names := arguments(m.arguments, "|")
	switch macroSign(in) {
	case codeMacro:
		if r.rendering {
			return nodePiece(m.length, codeBlock(m.body, Node{"language": renderedLanguage(names), "title": args["title"]}))
		}
		return nodePiece(m.length, append(title(args), codeBlock(m.body, Node{"language": languageOf(names)}))...)
	case noformat:
		if r.rendering {
			return nodePiece(m.length, codeBlock(m.body, Node{"title": args["title"]}))
		}
		return nodePiece(m.length, append(title(args), codeBlock(m.body, Node{}))...)
	case quoteMacro:
		return r.quote(m.body, m.length, at)
	case panelMacro:
		return r.panel(m, args, at)
	case colorMacro:
		return r.colored(m, names, at)
	case adfMacro:
		return r.embedded(m)
	}
	return piece{length: m.length} // an anchor has no place in a document
}

// title is what a macro says above its body, which a document says as a strong paragraph.
func title(args map[string]string) []Node {
	if args["title"] == "" {
		return nil
	}
	return []Node{{"type": "paragraph", "content": []any{textNode(args["title"], Node{"type": "strong"})}}}
}

// languages are those that a code block of a document may have, as {code} says them.
var languages = strings.Fields("abap actionscript ada arduino autoit c c++ clojure coffeescript csharp css cuda d dart delphi elixir erlang fortran foxpro go groovy haskell haxe html java javascript json julia kotlin latex livescript lua mathematica matlab objective-c objective-j objectpascal ocaml octave perl php powershell prolog puppet python qml r racket restructuredtext ruby rust sass scala scheme shell smalltalk sql standardml swift tcl tex typescript vala vbnet verilog vhdl xml xquery")

// languageOf is the language among the arguments of {code}; without one it is Java.
func languageOf(names []string) string {
	for _, language := range languages {
		if slices.ContainsFunc(names, func(n string) bool { return strings.ToLower(n) == language }) {
			return language
		}
	}
	if slices.ContainsFunc(names, func(n string) bool { return strings.ToLower(n) == "objc" }) {
		return "objective-c"
	}
	return "java"
}

// renderedLanguage is the language that {code} colours, which is Java where none that it knows is named.
func renderedLanguage(names []string) string {
	for _, n := range names {
		if n = strings.ToLower(n); slices.Contains(codeLanguages, n) {
			return n
		}
	}
	return "java"
}

func codeBlock(body string, attrs Node) Node {
	n := Node{"type": "codeBlock", "attrs": attrs}
	if text := strings.TrimFunc(body, space); text != "" {
		n["content"] = []any{textNode(text)}
	}
	return n
}

// embedded reads {adf}, the JSON of a node that has no notation.
func (r wikiReader) embedded(m macroText) piece {
	var n Node
	if json.Unmarshal([]byte(m.body), &n) == nil {
		places, may := schema["doc"].inside[kind(n)]
		if kind(n) == "nestedExpand" || inline(n) {
			places, may = schema["expand"].inside[kind(n)], true
			if inline(n) {
				places = schema["paragraph"].inside[kind(n)]
			}
		}
		if may && valid(n, schema[kind(n)], places, 1) {
			if r.rendering {
				n = Node{"type": "adf", "attrs": Node{"type": kind(n), "inline": inline(n)}}
			}
			return nodePiece(m.length, n)
		}
	}
	block := codeBlock("", Node{})
	if m.body != "" {
		block["content"] = []any{textNode("Invalid ADF Macro: " + m.body)}
	}
	return nodePiece(m.length, block)
}

// quote reads a quotation. What may not stand in one is put after it, and what follows begins another.
func (r wikiReader) quote(body string, length int, at place) piece {
	if body == "" {
		return nodePiece(length, Node{"type": "blockquote", "content": []any{emptyParagraph()}})
	}
	content := normalize(r.read(body, at.inside(none)))
	if r.rendering {
		return nodePiece(length, Node{"type": "blockquote", "content": list(content)})
	}
	var out, in []Node
	for _, n := range content {
		switch kind(n) {
		case "paragraph", "bulletList", "orderedList", "codeBlock", "mediaSingle", "mediaGroup":
			in = append(in, n)
		case "heading":
			in = append(in, quotedHeading(n))
		default:
			if in != nil {
				out = append(out, Node{"type": "blockquote", "content": list(in)})
			}
			out, in = append(out, n), nil
		}
	}
	if in != nil {
		out = append(out, Node{"type": "blockquote", "content": list(in)})
	}
	return nodePiece(length, out...)
}

// quotedHeading is a heading as a paragraph that looks like one: the levels differ in case, weight, slant and colour.
func quotedHeading(heading Node) Node {
	level := number(heading, "level")
	for n := range kids(heading) {
		if kind(n) == "text" && level == 1 {
			n["text"] = strings.ToUpper(str(n, "text"))
		}
		if level <= 4 {
			addMark(n, Node{"type": "strong"})
		}
		if level == 2 || level == 5 {
			addMark(n, Node{"type": "em"})
		}
		if level > 3 {
			addMark(n, Node{"type": "textColor", "attrs": Node{"color": "#97a0af"}})
		}
	}
	return Node{"type": "paragraph", "content": heading["content"]}
}

// panel reads a panel. What may not stand in one is put between two.
func (r wikiReader) panel(m macroText, args map[string]string, at place) piece {
	content := normalize(r.read(m.body, at.inside(none)))
	if r.rendering {
		return nodePiece(m.length, Node{"type": "panel", "attrs": Node{"title": args["title"], "color": args["bgColor"]}, "content": list(content)})
	}
	typ := panelType(args["bgColor"])
	panel := func(content []Node) Node {
		return Node{"type": "panel", "attrs": Node{"panelType": typ}, "content": list(content)}
	}
	var out []Node
	in := title(args)
	for _, n := range content {
		switch kind(n) {
		case "paragraph", "heading", "orderedList", "bulletList":
			in = append(in, n)
		default:
			if in == nil {
				in = []Node{emptyParagraph()}
			}
			out = append(out, panel(in), n)
			in = nil
		}
	}
	if in != nil {
		out = append(out, panel(in))
	}
	return nodePiece(m.length, out...)
}

func (r wikiReader) colored(m macroText, names []string, at place) piece {
	hex := "#000000"
	if len(names) > 0 {
		if c, ok := color(names[0]); ok {
			hex = c
			if r.rendering {
				hex = names[0]
			}
		}
	}
	nodes := r.read(m.body, at.inside(dashes|tableLine))
	for _, n := range nodes {
		addMark(n, Node{"type": "textColor", "attrs": Node{"color": hex}})
	}
	return nodePiece(m.length, nodes...)
}

// linkText is the [link] that a text begins with, "" when it is none.
func linkText(in string) string {
	n := strings.IndexAny(in[1:], "[]\n")
	if n <= 0 || in[1+n] != ']' {
		return ""
	}
	return in[:n+2]
}

// link reads [text|address|title], in which the address may be a URL, ^attachment, ~account or a key.
func (r wikiReader) link(in string, at place) piece {
	whole := linkText(in)
	if whole == "" {
		return textPiece("[")
	}
	original := whole[1 : len(whole)-1]
	text, rest := linkBody(strings.Replace(original, "&#039;", "'", 1))
	address, tip, _ := strings.Cut(rest, "|")
	address, tip = trim(address), trim(tip)

	if name := attachmentName(address); name != "" {
		file, _ := r.site.file(name)
		attached := Node{"type": "media", "attrs": Node{"type": "file", "id": file.Media, "collection": ""}}
		if r.rendering {
			attached["type"] = "mediaInline"
			return nodePiece(len(whole), attached)
		}
		return nodePiece(len(whole), mediaGroup([]any{attached}))
	}
	if id, ok := strings.CutPrefix(address, "~"); ok {
		if id == "" || strings.EqualFold(id, "accountid:") {
			return textPiece("[")
		}
		return nodePiece(len(whole), r.mention(id))
	}
	if r.rendering && strings.HasPrefix(tip, "smart-") && safeURL(address) {
		return nodePiece(len(whole), Node{"type": "inlineCard", "attrs": Node{"url": address, "title": tip}})
	}
	switch tip {
	case "smart-card", "block-link":
		return nodePiece(len(whole), Node{"type": "blockCard", "attrs": Node{"url": address}})
	case "smart-link":
		return nodePiece(len(whole), Node{"type": "inlineCard", "attrs": Node{"url": address}})
	case "smart-embed":
		return nodePiece(len(whole), Node{"type": "embedCard", "attrs": Node{"url": address, "layout": "center"}})
	}
	if r.site.Issue != nil && keyLength(original) == len(original) {
		if _, exists := r.site.Issue(original); exists {
			return nodePiece(len(whole), r.card(original))
		}
	}
	if !safeURL(address) {
		return nodePiece(len(whole), r.read(whole, at.inside(dashes|tableLine|ruleLine|bareLink|linkSign))...)
	}
	if text == "" {
		text = address
	}
	nodes := r.read(strings.TrimPrefix(text, "mailto:"), at.inside(dashes|bareLink|issueKey))
	href := Node{"type": "link", "attrs": Node{"href": address}}
	if r.rendering && tip != "" {
		href = Node{"type": "link", "attrs": Node{"href": address, "title": tip}}
	}
	said := false
	for _, n := range nodes {
		said = said || kind(n) == "text"
		addMark(n, href)
	}
	if !said && text != "" {
		nodes = append(nodes, textNode(text, href))
	}
	return nodePiece(len(whole), nodes...)
}

// linkBody parts the text of a link from its address. A bar between two exclamation marks belongs to an image.
func linkBody(in string) (text, rest string) {
	bar := strings.IndexByte(in, '|')
	if bang := strings.IndexByte(in, '!'); bang >= 0 && bang < bar && bang != strings.LastIndexByte(in, '!') {
		image := false
		bar = strings.IndexFunc(in, func(c rune) bool {
			image = image != (c == '!')
			return c == '|' && !image
		})
	}
	if bar < 0 {
		return "", in
	}
	return in[:bar], in[bar+1:]
}

// attachmentName is the file that an address names after ^, whatever stands before it.
func attachmentName(address string) string {
	if !strings.HasPrefix(address, "~") {
		if i := strings.LastIndexByte(address, '@'); i >= 0 && trim(address[i+1:]) != "" {
			return ""
		}
	}
	if i := strings.IndexByte(address, ':'); i >= 0 {
		address = address[i+1:]
	}
	_, name, _ := strings.Cut(address, "^")
	return trim(name)
}

func trim(s string) string { return strings.TrimFunc(s, space) }

// mention is a user: in Cloud an account id, in text from before it a user name.
func (r wikiReader) mention(id string) Node {
	const prefix = "accountid:"
	if len(id) > len(prefix) && strings.EqualFold(id[:len(prefix)], prefix) {
		id = id[len(prefix):]
	}
	text := ""
	if name := r.site.user(id); name != "" {
		text = "@" + name
	}
	return Node{"type": "mention", "attrs": Node{"id": id, "text": text, "accessLevel": ""}}
}

// Images without a size have the size of a thumbnail.
const (
	thumbnailWidth  = 200
	thumbnailHeight = 183
)

// image reads !file! or !url!, with options: !file|width=300,alt=text!.
func (r wikiReader) image(in string, i int, at place) piece {
	inside, length, ok := at.open.between(in, i, "!", "!")
	name, options, _ := strings.Cut(inside, "|")
	if !ok || name == "" {
		return textPiece("!")
	}
	options, _, _ = strings.Cut(options, "|")
	args, _ := arguments(options, ",")
	if r.rendering {
		return nodePiece(length, Node{"type": "mediaInline", "attrs": imageAttrs(name, args)})
	}

	media := Node{"width": float64(thumbnailWidth), "height": float64(thumbnailHeight)}
	single := Node{"layout": "center"}
	if percent, ok := strings.CutSuffix(args["width"], "%"); ok {
		media = Node{}
		if n, ok := leadingNumber(percent); ok {
			single["width"] = min(max(n, 0), 100)
		}
	} else {
		for _, side := range []string{"width", "height"} {
			if n, ok := leadingNumber(args[side]); ok {
				media[side] = n
			}
		}
	}
	if alt := unquote(args["alt"]); alt != "" {
		media["alt"] = alt
	}
	if bareURL(name) != "" {
		media["type"], media["url"] = "external", name
	} else {
		file, _ := r.site.file(name)
		media["type"], media["id"], media["collection"] = "file", file.Media, ""
	}
	n := Node{"type": "media", "attrs": media}
	if href := unquote(args["href"]); href != "" {
		n["marks"] = []any{Node{"type": "link", "attrs": Node{"href": href}}}
	}
	return nodePiece(length, Node{"type": "mediaSingle", "attrs": single, "content": []any{n}})
}

// imageAttrs are what HTML needs of an image: the file's name, and the options as they are written.
func imageAttrs(name string, args map[string]string) Node {
	a := Node{"type": "image", "id": name}
	for _, option := range []string{"alt", "height", "width", "href"} {
		if v := unquote(args[option]); v != "" {
			a[option] = v
		}
	}
	if _, small := args["thumbnail"]; small {
		a["thumbnail"] = true
	}
	return a
}

// leadingNumber is the number that a text such as "300px" begins with.
func leadingNumber(s string) (float64, bool) {
	s = trim(s)
	n := count(s, "0123456789")
	if n == 0 && strings.HasPrefix(s, "-") {
		n = 1 + count(s[1:], "0123456789")
	}
	f, err := strconv.ParseFloat(s[:n], 64)
	return f, err == nil
}

func unquote(s string) string {
	if len(s) > 2 && s[0] == '"' && s[len(s)-1] == '"' {
		return s[1 : len(s)-1]
	}
	return s
}

// maxList is how deep a list may nest.
const maxList = 20

// A wikiList is a list being read: its items, each with the lists inside it.
type wikiList struct {
	typ    string
	square bool // its bullets are dashes
	items  []*wikiItem
	parent *wikiItem // nil for the outermost
}

type wikiItem struct {
	content []Node
	lists   []*wikiList
	parent  *wikiList
}

func listType(bullets string) string {
	if strings.HasSuffix(bullets, "#") {
		return "orderedList"
	}
	return "bulletList"
}

// list reads a list up to an empty line. Lines without a bullet go on with the item above them.
func (r wikiReader) list(in string, start int, at place) piece {
	var (
		out     []Node
		root    *wikiList
		last    *wikiList // the one that the last item went to
		depth   int
		bullets string
		text    []byte
	)
	endItem := func() {
		if bullets == "" {
			return
		}
		content := r.read(string(text), place{ignore: dash4 | listLine | tableLine, spaces: true, depth: at.depth + 1})
		content = normalize(content)
		if !r.rendering {
			content = listed(content)
		}
		last, depth = last.add(bullets, depth, content)
		text = text[:0]
	}
	i, newLine := start, true
	for i < len(in) {
		if newLine {
			newLine = false
			if emptyLine(in[i:]) {
				break
			}
			lead := count(in[i:], " ")
			n := count(in[i+lead:], "*-#")
			mark := in[i+lead : i+lead+n]
			if n > 0 && n <= maxList && strings.HasPrefix(in[i+lead+n:], " ") && !ruled(mark, in[i:]) {
				if len(text) > 0 || bullets != "" {
					endItem()
				}
				if root == nil || len(mark) == 1 && listType(mark) != root.typ {
					if root != nil {
						out = append(out, root.nodes(r.rendering)...)
					}
					root = &wikiList{typ: listType(mark), square: mark == "-"}
					last, depth = root, 1
				}
				bullets = mark
				i += lead + n + 1
				continue
			}
		}
		switch n := newline(in[i:]); {
		case n > 0:
			text = append(text, in[i:i+n]...)
			i += n
			newLine = true
		case in[i] == '{' && macroSign(in[i:]) != none:
			n := 1
			if m, ok := readMacro(in[i:]); ok && macroSign(in[i:]) != lorem {
				n = m.length
			}
			text = append(text, in[i:i+n]...)
			i += n
		default:
			text = append(text, in[i])
			i++
		}
	}
	if root == nil {
		return textPiece(in[start : start+1])
	}
	endItem()
	return nodePiece(i-start, append(out, root.nodes(r.rendering)...)...)
}

// ruled says whether a line of bullets is a rule.
func ruled(bullets, line string) bool {
	return strings.HasPrefix(bullets, "----") && emptyLine(line[min(len(line), count(line, "-")):])
}

// add puts an item as deep as its bullets say, and answers the list that it is in.
func (l *wikiList) add(bullets string, depth int, content []Node) (*wikiList, int) {
	typ := listType(bullets)
	for ; depth < len(bullets); depth++ {
		if len(l.items) == 0 {
			l.items = []*wikiItem{{parent: l}}
		}
		item := l.items[len(l.items)-1]
		nested := &wikiList{typ: typ, parent: item}
		item.lists = append(item.lists, nested)
		l = nested
	}
	for ; depth > len(bullets); depth-- {
		l = l.parent.parent
	}
	if l.typ != typ && l.parent != nil {
		l = &wikiList{typ: typ, parent: l.parent}
		l.parent.lists = append(l.parent.lists, l)
	}
	l.items = append(l.items, &wikiItem{content: content, parent: l})
	return l, len(bullets)
}

// nodes are the list, in pieces where something stands in it that may not.
func (l *wikiList) nodes(rendering bool) []Node {
	var out []Node
	var items []any
	flush := func() {
		if items == nil {
			return
		}
		n := Node{"type": l.typ, "content": items}
		switch {
		case l.typ == "orderedList":
			n["attrs"] = Node{"order": float64(1)}
		case l.square && rendering:
			n["attrs"] = Node{"square": true}
		}
		out = append(out, n)
		items = nil
	}
	for _, item := range l.items {
		for _, n := range item.nodes(rendering) {
			if kind(n) == "listItem" {
				items = append(items, n)
				continue
			}
			flush()
			out = append(out, n)
		}
	}
	flush()
	return out
}

func (i *wikiItem) nodes(rendering bool) []Node {
	content := i.content
	for _, l := range i.lists {
		content = append(content, l.nodes(rendering)...)
	}
	if rendering {
		return []Node{{"type": "listItem", "content": list(content)}}
	}
	var out, in []Node
	for _, n := range content {
		switch kind(n) {
		case "paragraph":
			if !blank(n) {
				in = append(in, n)
			}
		case "orderedList", "bulletList", "mediaSingle", "codeBlock":
			in = append(in, n)
		default:
			out = append(out, listItem(in), n)
			in = nil
		}
	}
	if in != nil {
		out = append(out, listItem(in))
	}
	return out
}

// blank says whether a paragraph has nothing but space.
func blank(n Node) bool {
	for k := range kids(n) {
		if kind(k) != "text" || trim(str(k, "text")) != "" {
			return false
		}
	}
	return true
}

func listItem(content []Node) Node {
	if len(content) == 0 || kind(content[0]) == "codeBlock" {
		content = append([]Node{emptyParagraph()}, content...)
	}
	return Node{"type": "listItem", "content": list(content)}
}

// listed is the content of an item as an item may have it: a quotation without its frame, a heading in capitals.
func listed(nodes []Node) []Node {
	var out []Node
	for _, n := range nodes {
		switch kind(n) {
		case "blockquote":
			for k := range kids(n) {
				out = append(out, k)
			}
		case "heading":
			for k := range kids(n) {
				if kind(k) == "text" {
					k["text"] = strings.ToUpper(str(k, "text"))
				}
				addMark(k, Node{"type": "strong"})
			}
			out = append(out, Node{"type": "paragraph", "content": n["content"]})
		default:
			out = append(out, n)
		}
	}
	return out
}

// rowStart is the space and the bars that a row begins with, "" when a line is none.
func rowStart(in string) string {
	bars := strings.TrimLeft(in, " \t")
	if !strings.HasPrefix(bars, "|") {
		return ""
	}
	return in[:len(in)-len(bars)+count(bars, "|")]
}

// A wikiTable is a table being read: its rows, the cells of the row that is not ended, and the text of the last cell.
type wikiTable struct {
	wikiReader
	at    place
	rows  []any
	cells []any
	bars  string // what the last cell began with
	text  []byte
	bad   bool // a cell has what no cell may have
}

// table reads a table up to an empty line. Lines that begin without a bar go on with the cell above them.
func (r wikiReader) table(in string, start int, at place) piece {
	at.open = unclosed{}
	t := &wikiTable{wikiReader: r, at: at}
	i := start
	for i < len(in) {
		first := rowStart(in[i:])
		if first == "" {
			break
		}
		t.bars = trim(first)
		i += len(first)
		for ended := false; !ended && i < len(in); {
			n := newline(in[i:])
			if n == 0 {
				i += t.next(in, i)
				continue
			}
			ended = in[i-1] == '|'
			if !ended {
				t.text = append(t.text, in[i:i+n]...)
			}
			i += n
			if !ended && emptyLine(in[i:]) {
				t.endCell()
			}
			ended = ended || emptyLine(in[i:]) || rowStart(in[i:]) != ""
		}
		t.endRow()
		if emptyLine(in[i:]) {
			break
		}
	}
	if t.bad {
		return textPiece("|")
	}
	if t.rows == nil {
		t.rows = []any{Node{"type": "tableRow", "content": []any{Node{"type": "tableCell", "attrs": Node{}, "content": []any{emptyParagraph()}}}}}
	}
	return nodePiece(i-start, Node{"type": "table", "attrs": Node{"isNumberColumnEnabled": false, "layout": "default"}, "content": t.rows})
}

// next reads on in a row, and answers how far. A bar ends the cell, unless it belongs to a link, an image or a macro.
func (t *wikiTable) next(in string, i int) int {
	rest := in[i:]
	n := 1
	switch rest[0] {
	case '|':
		t.endCell()
		n = count(rest, "|")
		t.bars = rest[:n]
		return n
	case '!':
		if _, length, ok := t.at.open.between(in, i, "!", "!"); ok {
			n = length
		}
	case ':', ';', '(':
		_, n = emoticonAt(rest)
	case '[':
		n = max(len(linkText(rest)), 1)
	case '{':
		if m, ok := readMacro(rest); ok && macroSign(rest) != lorem {
			n = m.length
		}
	}
	t.text = append(t.text, rest[:n]...)
	return n
}

func (t *wikiTable) endCell() {
	if len(t.text) == 0 {
		return
	}
	content := t.read(string(t.text), t.at.inside(dashes|tableLine|ruleLine))
	t.text = t.text[:0]
	typ := "tableCell"
	if strings.Contains(t.bars, "||") {
		typ = "tableHeader"
	}
	if t.bars == "||" && !t.rendering {
		for _, n := range content {
			embolden(n)
		}
	}
	content = normalize(content)
	for _, n := range content {
		t.bad = t.bad || !t.rendering && schema[typ].inside[kind(n)] == nil
	}
	t.cells = append(t.cells, Node{"type": typ, "attrs": Node{}, "content": list(content)})
}

func (t *wikiTable) endRow() {
	if trim(string(t.text)) != "" {
		t.endCell()
	}
	if t.cells != nil {
		t.rows = append(t.rows, Node{"type": "tableRow", "content": t.cells})
		t.cells = nil
	}
}

// embolden makes all text in a header strong.
func embolden(n Node) {
	if kind(n) == "codeBlock" {
		return
	}
	addMark(n, Node{"type": "strong"})
	for k := range kids(n) {
		embolden(k)
	}
}
