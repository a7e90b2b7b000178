package adf

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// ToWiki writes a document as wiki markup, the way REST v2 answers one that was written in the editor.
//
// Jira escapes little: text that looks like *markup* is markup from then on. What has no notation stands as JSON in an
// {adf} macro.
//
// https://jira.atlassian.com/secure/WikiRendererHelpAction.jspa?section=all
func ToWiki(doc Node, site Site) string {
	w := wikiWriter{site: site}
	return strings.ReplaceAll(w.join(doc, "\n\n", 0), "\x00", "")
}

type wikiWriter struct{ site Site }

// join writes the blocks inside a node.
func (w wikiWriter) join(n Node, sep string, depth int) string {
	if depth > maxDepth {
		return ""
	}
	var parts []string
	for k := range kids(n) {
		parts = append(parts, w.block(k, depth+1))
	}
	return strings.Join(parts, sep)
}

func (w wikiWriter) block(n Node, depth int) string {
	switch kind(n) {
	case "paragraph", "caption":
		return w.line(n)
	case "heading":
		return "h" + decimal(number(n, "level")) + ". " + w.line(n)
	case "blockquote":
		return "{quote}" + w.join(n, "\n\n", depth) + "{quote}"
	case "panel":
		return "{panel:bgColor=" + panelColors[attr(n, "panelType")] + "}\n" + w.join(n, "\n\n", depth) + "\n{panel}"
	case "expand":
		return "*" + attr(n, "title") + "*\n\n" + w.join(n, "\n", depth)
	case "bodiedSyncBlock":
		return w.join(n, "\n", depth)
	case "codeBlock":
		return w.code(n)
	case "rule":
		return "----"
	case "bulletList":
		return w.list(n, "*", depth)
	case "orderedList":
		return w.list(n, "#", depth)
	case "taskList":
		return w.tasks(n, "*", depth)
	case "decisionList":
		return w.decisions(n)
	case "mediaSingle", "mediaGroup":
		return w.mediaOf(n, depth)
	case "mediaInline":
		return w.inline(n)
	case "blockCard":
		if url := attr(n, "url"); url != "" {
			return "[" + url + "|" + url + "|smart-card]"
		}
	case "embedCard":
		if url := attr(n, "url"); url != "" {
			return "[" + url + "|" + url + "|smart-embed]"
		}
	case "table":
		if !merged(n) {
			return w.table(n, depth)
		}
	}
	return macro(n)
}

// macro is a node that wiki markup has no notation for.
func macro(n Node) string {
	if inline(n) {
		return "{adf:display=inline}" + encode(n) + "{adf}"
	}
	return "{adf:display=block}\n" + encode(n) + "\n{adf}"
}

// encode is a node as JSON, its members in the order that documents are written in.
func encode(n Node) string {
	type member struct {
		Type    any    `json:"type,omitempty"`
		Attrs   any    `json:"attrs,omitempty"`
		Content []any  `json:"content,omitempty"`
		Text    string `json:"text,omitempty"`
		Marks   any    `json:"marks,omitempty"`
	}
	var order func(n Node, depth int) member
	order = func(n Node, depth int) member {
		m := member{Type: n["type"], Attrs: n["attrs"], Text: str(n, "text"), Marks: n["marks"]}
		if depth < maxDepth {
			for k := range kids(n) {
				m.Content = append(m.Content, order(k, depth+1))
			}
		}
		return m
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(order(n, 0)) != nil {
		return ""
	}
	return strings.TrimSpace(b.String())
}

// codeLanguages are those that {code} of a classic Jira colours; a block in any other is {noformat}.
var codeLanguages = strings.Fields("actionscript ada applescript bash c c# c++ cpp css erlang go groovy haskell html java javascript js json lua none nyan objc perl php python r rainbow ruby scala sh sql swift visualbasic xml yaml")

// codeLanguage is the language that a code block keeps in wiki markup, "" when it is only preformatted there.
func codeLanguage(n Node) string {
	if language := attr(n, "language"); slices.Contains(codeLanguages, language) {
		return language
	}
	return ""
}

func (w wikiWriter) code(n Node) string {
	if language := codeLanguage(n); language != "" {
		return "{code:" + language + "}" + plain(n) + "{code}"
	}
	return "{noformat}" + plain(n) + "{noformat}"
}

// plain is the text inside a code block.
func plain(n Node) string {
	var b strings.Builder
	for k := range kids(n) {
		b.WriteString(str(k, "text"))
	}
	return b.String()
}

func (w wikiWriter) list(n Node, bullet string, depth int) string {
	var items []string
	for k := range kids(n) {
		items = append(items, w.item(k, bullet, depth+1))
	}
	return strings.Join(items, "\n")
}

func (w wikiWriter) item(n Node, bullet string, depth int) string {
	if depth > maxDepth {
		return ""
	}
	var parts, lines []string
	flush := func() {
		if lines != nil {
			parts = append(parts, bullet+" "+strings.Join(lines, "\n"))
			lines = nil
		}
	}
	for k := range kids(n) {
		switch kind(k) {
		case "bulletList", "orderedList", "taskList":
			flush()
			nested := strings.Split(w.block(k, depth+1), "\n")
			for i, line := range nested {
				if strings.HasPrefix(line, "#") || strings.HasPrefix(line, "*") {
					nested[i] = bullet + line
				}
			}
			parts = append(parts, strings.Join(nested, "\n"))
		case "paragraph", "codeBlock", "mediaSingle":
			lines = append(lines, w.block(k, depth+1))
		default:
			lines = append(lines, macro(k))
		}
	}
	flush()
	return strings.Join(parts, "\n")
}

// tasks writes a task list as a bullet list, in which what is done is struck out. Jira begins the item anew for each
// run of text in it.
func (w wikiWriter) tasks(n Node, bullets string, depth int) string {
	if depth > maxDepth {
		return ""
	}
	var items []string
	for k := range kids(n) {
		if kind(k) == "taskList" {
			items = append(items, w.tasks(k, bullets+"*", depth+1))
			continue
		}
		var b strings.Builder
		for run := range kids(k) {
			if attr(k, "state") == "DONE" {
				b.WriteString(bullets + " -" + w.inline(run) + "-")
			} else {
				b.WriteString(bullets + " " + w.inline(run))
			}
		}
		items = append(items, b.String())
	}
	return strings.Join(items, "\n")
}

func (w wikiWriter) decisions(n Node) string {
	var items []string
	for k := range kids(n) {
		var b strings.Builder
		for run := range kids(k) {
			b.WriteString("* <> " + w.inline(run))
		}
		items = append(items, b.String())
	}
	return strings.Join(items, "\n")
}

// merged says whether a cell of a table spans more than its place, which wiki markup cannot say.
func merged(table Node) bool {
	for row := range kids(table) {
		for cell := range kids(row) {
			if spans(cell, "colspan") || spans(cell, "rowspan") {
				return true
			}
		}
	}
	return false
}

func spans(cell Node, way string) bool {
	f := number(cell, way)
	return f != 0 && f != 1
}

func (w wikiWriter) table(n Node, depth int) string {
	var rows []string
	for row := range kids(n) {
		var b strings.Builder
		bar := "|"
		for cell := range kids(row) {
			bar = "|"
			if kind(cell) == "tableHeader" {
				bar = "||"
			}
			text := strings.TrimSpace(w.join(cell, "\n", depth+2))
			if text == "" {
				text = " "
			}
			b.WriteString(bar + text)
		}
		b.WriteString(bar)
		rows = append(rows, b.String())
	}
	return strings.Join(rows, "\n")
}

func (w wikiWriter) mediaOf(n Node, depth int) string {
	var parts []string
	for k := range kids(n) {
		if kind(k) == "media" {
			parts = append(parts, w.media(k, n))
		} else {
			parts = append(parts, w.block(k, depth+1))
		}
	}
	return strings.Join(parts, "\n")
}

// media writes a file in its place: an image with its size, or as a thumbnail when it has none; anything else as a link.
func (w wikiWriter) media(n, parent Node) string {
	name := attr(n, "url")
	if attr(n, "type") != "external" {
		file, _ := w.site.file(attr(n, "id"))
		if !file.Image {
			return "[^" + file.Name + "]"
		}
		name = file.Name
	}
	var options []string
	if width := number(parent, "width"); width != 0 {
		options = append(options, "width="+decimal(width)+"%")
	} else {
		for _, side := range []string{"width", "height"} {
			if size := number(n, side); size != 0 {
				options = append(options, side+"="+decimal(size))
			}
		}
	}
	if alt := attr(n, "alt"); alt != "" {
		options = append(options, `alt="`+alt+`"`)
	}
	if link := mark(n, "link"); link != nil {
		options = append(options, `href="`+attr(link, "href")+`"`)
	}
	if options == nil {
		options = []string{"thumbnail"}
	}
	return "!" + name + "|" + strings.Join(options, ",") + "!"
}

// line writes the text inside a paragraph or a heading.
func (w wikiWriter) line(n Node) string {
	var b strings.Builder
	for k := range kids(n) {
		b.WriteString(w.inline(k))
	}
	return b.String()
}

func (w wikiWriter) inline(n Node) string {
	switch kind(n) {
	case "text":
		return w.text(n)
	case "hardBreak":
		return "\n"
	case "mention":
		return mentionLink(attr(n, "id"))
	case "emoji":
		return emojiWiki(n)
	case "date":
		return "{{" + day(n) + "}}"
	case "status":
		return "{color:" + statusColor(attr(n, "color")) + "}*[ " + strings.ToUpper(attr(n, "text")) + " ]*{color}"
	case "mediaInline":
		file, _ := w.site.file(attr(n, "id"))
		return "[^" + file.Name + "]"
	case "inlineCard":
		url := attr(n, "url")
		if key := cardKey.FindStringSubmatch(url); key != nil {
			return "[" + key[1] + "]"
		}
		if url != "" {
			return "[" + url + "|" + url + "|smart-link]"
		}
	}
	return macro(n)
}

// cardKey is how the URL of a card says that it was an issue key in the text.
var cardKey = regexp.MustCompile(`#icft=([A-Z][A-Z]+-[0-9]+)`)

func mentionLink(id string) string {
	if id == "UNKNOWN_USER" || strings.HasPrefix(strings.ToLower(id), "accountid:") {
		return "[~" + id + "]"
	}
	return "[~accountid:" + id + "]"
}

// day is a date node's day, in UTC: its timestamp is in milliseconds.
func day(n Node) string {
	ms, err := strconv.ParseFloat(attr(n, "timestamp"), 64)
	if err != nil {
		return ""
	}
	return time.UnixMilli(int64(ms)).UTC().Format("2006-01-02")
}

var (
	escapedStart = regexp.MustCompile(`\[~|\{(adf|anchor|code|quote|noformat|panel|color|loremipsum)`)
	escapedImage = regexp.MustCompile(`(![^ !]+)!`)
	escapedFile  = regexp.MustCompile(`(\[\^[^ ]+)\]`)
)

// escape guards the text that would be a mention, a macro, an image or an attachment. Jira guards nothing else.
func escape(text string) string {
	if strings.ContainsAny(text, "[{") {
		text = escapedStart.ReplaceAllString(text, `\$0`)
	}
	if strings.Count(text, "!") > 1 {
		text = escapedImage.ReplaceAllString(text, `\$1\!`)
	}
	if strings.Contains(text, "[^") {
		text = escapedFile.ReplaceAllString(text, `\$1\]`)
	}
	return text
}

// text writes a run with its marks, the innermost first.
func (w wikiWriter) text(n Node) string {
	text := str(n, "text")
	code := mark(n, "code") != nil
	if !code {
		text = escape(text)
	}
	if mark(n, "em") != nil {
		if cite, ok := strings.CutPrefix(text, "— "); ok {
			text = around(cite, "??")
		} else {
			text = around(text, "_")
		}
	}
	if mark(n, "strike") != nil {
		text = around(text, "-")
	}
	if mark(n, "strong") != nil {
		text = around(text, "*")
	}
	if m := mark(n, "subsup"); m != nil {
		if attr(m, "type") == "sub" {
			text = around(text, "~")
		} else {
			text = around(text, "^")
		}
	}
	if mark(n, "underline") != nil {
		text = around(text, "+")
	}
	if m := mark(n, "textColor"); m != nil {
		text = "{color:" + attr(m, "color") + "}" + text + "{color}"
	}
	if m := mark(n, "link"); m != nil {
		text = "[" + text + "|" + attr(m, "href") + "]"
	}
	if code {
		text = "{{" + text + "}}"
	}
	return text
}

// around puts a sign at both ends of the words, and not of the space around them, where it would not be read.
func around(text, sign string) string {
	left := strings.TrimLeftFunc(text, unicode.IsSpace)
	words := strings.TrimRightFunc(left, unicode.IsSpace)
	if words == "" {
		return text
	}
	return text[:len(text)-len(left)] + sign + words + sign + left[len(words):]
}

func decimal(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }
