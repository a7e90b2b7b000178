package adf

import (
	"net/url"
	"strings"
	"unicode"
)

// ToHTML is a document as Jira renders it in renderedFields and renderedBody.
//
// Jira renders the wiki markup of a document, not the document: text in it that looks like markup is rendered as such, a
// bare URL is a link, and what markup cannot say is an empty comment. So the text of every block is read as markup here.
func ToHTML(doc Node, site Site) string {
	h := htmlWriter{site: site, wiki: wikiWriter{site: site}, reader: wikiReader{site: site, rendering: true}}
	if u, err := url.Parse(site.Base); err == nil {
		h.path = u.EscapedPath()
	}
	return h.blocks(doc, 0)
}

type htmlWriter struct {
	site   Site
	path   string // what paths on the site begin with
	wiki   wikiWriter
	reader wikiReader
	isRead bool // the nodes come from markup: their text is text
}

var (
	escapeText = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\x00", "")
	escapeAttr = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "\x00", "")
)

// blocks renders the blocks inside a node.
func (h htmlWriter) blocks(n Node, depth int) string {
	if depth > maxDepth {
		return ""
	}
	var parts []string
	for k := range kids(n) {
		parts = append(parts, h.block(k, depth+1))
	}
	return strings.Join(parts, "\n\n")
}

func (h htmlWriter) block(n Node, depth int) string {
	switch kind(n) {
	case "paragraph":
		return h.lines([]Node{n}, true, depth)
	case "heading":
		line := h.line(n)
		tag := "h" + decimal(min(max(number(n, "level"), 1), 6))
		return "<" + tag + `><a name="` + anchorName(line) + `"></a>` + h.inlines(line) + "</" + tag + ">"
	case "blockquote":
		return "<blockquote>" + h.blocks(n, depth) + "</blockquote>"
	case "panel":
		return h.panel(n, depth)
	case "expand":
		title := "<p><b>" + escapeText.Replace(attr(n, "title")) + "</b></p>"
		return title + "\n\n" + strings.Join(h.runs(n, true, depth), "\n\n")
	case "codeBlock":
		return codeHTML(n)
	case "rule":
		return "<hr />"
	case "bulletList", "orderedList":
		return h.list(n, "", depth) + "\n"
	case "taskList", "decisionList":
		return h.markup(h.wiki.block(n, depth), true, depth)
	case "mediaSingle", "mediaGroup":
		return "<p>" + h.media(n) + "</p>"
	case "blockCard":
		if attr(n, "url") != "" {
			return "<p>" + h.card(n, "smart-card") + "</p>"
		}
	case "embedCard":
		if attr(n, "url") != "" {
			return "<p>" + h.card(n, "smart-embed") + "</p>"
		}
	case "table":
		if !merged(n) {
			return h.table(n, depth)
		}
	}
	return unrendered(n)
}

// unrendered is what stands for a node that markup has no notation for.
func unrendered(n Node) string {
	if schema[kind(n)] == nil {
		return ""
	}
	return "<!-- ADF macro (type = '" + kind(n) + "') -->"
}

// line is the text of a heading, read as markup.
func (h htmlWriter) line(n Node) []Node {
	if h.isRead {
		var line []Node
		for k := range kids(n) {
			line = append(line, k)
		}
		return line
	}
	return h.reader.read(h.wiki.line(n), wiki{ignore: blocks | dashes})
}

// lines renders paragraphs that follow each other without a gap, as one with line breaks.
func (h htmlWriter) lines(paragraphs []Node, wrap bool, depth int) string {
	if !h.isRead {
		var text []string
		for _, p := range paragraphs {
			text = append(text, h.wiki.line(p))
		}
		return h.markup(strings.Join(text, "\n"), wrap, depth)
	}
	var line []Node
	for i, p := range paragraphs {
		if i > 0 {
			line = append(line, hardBreaks(1)...)
		}
		line = append(line, h.line(p)...)
	}
	return h.wrapped(line, wrap)
}

func (h htmlWriter) wrapped(line []Node, wrap bool) string {
	if !wrap || len(line) == 0 {
		return h.inlines(line)
	}
	return "<p>" + h.inlines(line) + "</p>"
}

// markup renders wiki markup. Where paragraphs are not wrapped there are no blocks in it but those that macros make.
func (h htmlWriter) markup(text string, wrap bool, depth int) string {
	if depth > maxDepth {
		return ""
	}
	at := wiki{}
	if !wrap {
		at.ignore = listLine | tableLine
	}
	h.isRead = true
	var parts []string
	for _, n := range normalize(h.reader.read(text, at)) {
		if kind(n) == "paragraph" {
			parts = append(parts, h.wrapped(h.line(n), wrap))
		} else {
			parts = append(parts, h.block(n, depth+1))
		}
	}
	return strings.Join(parts, "\n\n")
}

// runs renders what is in a node that keeps its paragraphs together: a list item, a cell.
func (h htmlWriter) runs(n Node, wrap bool, depth int) []string {
	if depth > maxDepth {
		return nil
	}
	var parts []string
	var run []Node
	flush := func() {
		if run != nil {
			parts = append(parts, h.lines(run, wrap, depth))
			run = nil
		}
	}
	for k := range kids(n) {
		if kind(k) == "paragraph" {
			run = append(run, k)
			continue
		}
		flush()
		parts = append(parts, h.block(k, depth+1))
	}
	flush()
	return parts
}

// anchorName is the name that a heading can be linked to by: its text without space and without what is coloured.
func anchorName(line []Node) string {
	var b strings.Builder
	for _, n := range line {
		if kind(n) == "text" && mark(n, "textColor") == nil {
			b.WriteString(str(n, "text"))
		}
	}
	name := strings.Map(func(c rune) rune {
		if space(c) {
			return -1
		}
		return c
	}, b.String())
	if name != "" && !unicode.IsLetter([]rune(name)[0]) {
		name = "a" + name
	}
	return url.QueryEscape(name)
}

func codeHTML(n Node) string {
	frame, pre := "preformatted", "<pre>"
	if language := codeLanguage(n); language != "" {
		frame, pre = "code", `<pre class="code-`+language+`">`
	}
	return `<div class="` + frame + ` panel" style="border-width: 1px;"><div class="` + frame + `Content panelContent">` + "\n" +
		pre + escapeText.Replace(plain(n)) + "</pre>\n</div></div>"
}

func (h htmlWriter) panel(n Node, depth int) string {
	frame, inside := "", ""
	if color := panelColors[attr(n, "panelType")]; color != "" {
		frame, inside = "background-color: "+color+";", ` style="background-color: `+color+`;"`
	}
	return `<div class="panel" style="` + frame + `border-width: 1px;"><div class="panelContent"` + inside + ">\n" +
		h.blocks(n, depth) + "\n</div></div>"
}

// list renders a list, each level of it one tab further in.
func (h htmlWriter) list(n Node, indent string, depth int) string {
	if depth > maxDepth {
		return ""
	}
	tag := "ul"
	if kind(n) == "orderedList" {
		tag = "ol"
	}
	var b strings.Builder
	b.WriteString("<" + tag + ">\n")
	for item := range kids(n) {
		b.WriteString(indent + "\t<li>")
		nested := false
		text, lists := parted(item)
		b.WriteString(strings.Join(h.runs(text, false, depth+1), "\n"))
		for _, l := range lists {
			nested = true
			if kind(l) == "taskList" {
				b.WriteString("\n" + h.block(l, depth+2))
			} else {
				b.WriteString("\n" + indent + "\t" + h.list(l, indent+"\t", depth+2))
			}
		}
		if nested {
			b.WriteString("\n" + indent + "\t")
		}
		b.WriteString("</li>\n")
	}
	b.WriteString(indent + "</" + tag + ">")
	return b.String()
}

// parted is a list item without the lists in it, and those.
func parted(item Node) (Node, []Node) {
	var text []any
	var lists []Node
	for k := range kids(item) {
		switch kind(k) {
		case "bulletList", "orderedList", "taskList":
			lists = append(lists, k)
		default:
			text = append(text, k)
		}
	}
	return Node{"type": "listItem", "content": text}, lists
}

func (h htmlWriter) table(n Node, depth int) string {
	var b strings.Builder
	b.WriteString("<div class='table-wrap'>\n<table class='confluenceTable'><tbody>\n")
	for row := range kids(n) {
		b.WriteString("<tr>\n")
		for cell := range kids(row) {
			tag, class := "td", "confluenceTd"
			if kind(cell) == "tableHeader" {
				tag, class = "th", "confluenceTh"
			}
			b.WriteString("<" + tag + " class='" + class + "'>" + h.cell(cell, depth+2) + "</" + tag + ">\n")
		}
		b.WriteString("</tr>\n")
	}
	b.WriteString("</tbody></table>\n</div>\n")
	return b.String()
}

// cell is what a cell holds: bare text, or blocks on lines of their own.
func (h htmlWriter) cell(n Node, depth int) string {
	for k := range kids(n) {
		if kind(k) != "paragraph" {
			return "\n" + strings.Join(h.runs(n, true, depth), "\n\n") + "\n"
		}
	}
	text := strings.Join(h.runs(n, false, depth), "")
	if text == "" {
		return "&nbsp;"
	}
	return text
}

// media renders files in their places, one on each line.
func (h htmlWriter) media(parent Node) string {
	var parts []string
	for n := range kids(parent) {
		switch kind(n) {
		case "media":
			parts = append(parts, h.file(n, parent))
		case "caption":
			parts = append(parts, h.inlines(h.line(n)))
		}
	}
	return strings.Join(parts, "<br/>\n")
}

func (h htmlWriter) file(n, parent Node) string {
	if attr(n, "type") == "external" {
		src := attr(n, "url")
		if !safeURL(src) {
			return ""
		}
		return image(src, n, parent)
	}
	file, attached := h.site.file(attr(n, "id"))
	switch {
	case !attached && parent != nil:
		return `<span class="error">Unable to render embedded object: File (` + escapeText.Replace(file.Name) + `) not found.</span>`
	case !attached:
		return `<span class="error">[^` + escapeText.Replace(file.Name) + `]</span>`
	case !file.Image || parent == nil:
		return h.attachment(file)
	case number(parent, "width") == 0 && number(n, "width") == 0 && number(n, "height") == 0 && attr(n, "alt") == "":
		return h.thumbnail(file)
	}
	return image(h.content(file), n, parent)
}

func (h htmlWriter) content(f File) string { return h.path + "/rest/api/3/attachment/content/" + f.ID }

// attrList is the attributes of an HTML element, from names and values in turn.
func attrList(pairs ...string) string {
	var b strings.Builder
	for i := 0; i+1 < len(pairs); i += 2 {
		b.WriteString(" " + pairs[i] + `="` + escapeAttr.Replace(pairs[i+1]) + `"`)
	}
	return b.String()
}

// image is a picture with the size that it or the frame around it has.
func image(src string, n, parent Node) string {
	pairs := []string{"src", src}
	if alt := attr(n, "alt"); alt != "" {
		pairs = append(pairs, "alt", alt)
	}
	if width := number(parent, "width"); width != 0 {
		pairs = append(pairs, "width", decimal(width)+"%")
	} else {
		for _, side := range []string{"height", "width"} {
			if size := number(n, side); size != 0 {
				pairs = append(pairs, side, decimal(size))
			}
		}
	}
	img := "<img" + attrList(pairs...) + ` style="border: 0px solid black" />`
	if href := attr(mark(n, "link"), "href"); href != "" && safeURL(href) {
		img = "<a" + attrList("href", href) + ">" + img + "</a>"
	}
	return `<span class="image-wrap" style="">` + img + `</span>`
}

func (h htmlWriter) thumbnail(f File) string {
	small := h.site.Base + "/rest/api/3/attachment/thumbnail/" + f.ID
	return `<span class="image-wrap" style=""><a` + attrList("id", f.ID+"_thumb", "href", h.content(f), "title", f.Name,
		"file-preview-type", "image", "file-preview-id", f.ID, "file-preview-title", f.Name) +
		"><jira-attachment-thumbnail" + attrList("url", small+"?default=false", "jira-url", small, "filename", f.Name) +
		"><img" + attrList("src", small, "data-attachment-name", f.Name, "data-attachment-type", "thumbnail",
		"data-media-services-id", f.Media, "data-media-services-type", "file") +
		` style="border: 0px solid black" /></jira-attachment-thumbnail></a></span>`
}

func (h htmlWriter) attachment(f File) string {
	return `<span class="nobr"><a` + attrList("href", h.content(f), "title", f.Name+" attached to "+h.site.Key,
		"data-attachment-type", "file", "data-attachment-name", f.Name, "data-media-services-type", "file",
		"data-media-services-id", f.Media, "rel", "noreferrer") + ">" + escapeText.Replace(f.Name) +
		`<sup><img class="rendericon" src="` + escapeAttr.Replace(h.path) +
		`/images/icons/link_attachment_7.gif" height="7" width="7" align="absmiddle" alt="" border="0"/></sup></a></span>`
}

func (h htmlWriter) inlines(line []Node) string {
	var b strings.Builder
	for _, n := range line {
		b.WriteString(h.inline(n))
	}
	return b.String()
}

// inline renders what is in a line, which is read from markup: it has no dates and no lozenges any more.
func (h htmlWriter) inline(n Node) string {
	switch kind(n) {
	case "text":
		return h.text(n)
	case "hardBreak":
		return "<br/>\n"
	case "mention":
		return h.mention(attr(n, "id"))
	case "emoji":
		if e := emoticonOfID[attr(n, "id")]; e != nil {
			return `<img class="emoticon" src="` + escapeAttr.Replace(h.path) + `/images/icons/emoticons/` + e.picture +
				`.png" height="16" width="16" align="absmiddle" alt="" border="0"/>`
		}
		return escapeText.Replace(emojiText(n))
	case "mediaInline":
		return h.file(n, nil)
	case "inlineCard":
		return h.card(n, "smart-link")
	}
	return unrendered(n)
}

// card is a link with the kind of card as its title, or an issue's key.
func (h htmlWriter) card(n Node, kind string) string {
	address := attr(n, "url")
	if key := cardKey.FindStringSubmatch(address); key != nil && h.site.Issue != nil {
		if summary, exists := h.site.Issue(key[1]); exists {
			return "<a" + attrList("href", h.site.Base+"/browse/"+key[1], "title", summary, "class", "issue-link", "data-issue-key", key[1]) +
				">" + key[1] + "</a>"
		}
	}
	if !safeURL(address) {
		return escapeText.Replace(address)
	}
	return "<a" + attrList("href", address, "title", kind, "class", "external-link", "rel", "nofollow noreferrer") + ">" +
		escapeText.Replace(address) + "</a>"
}

// mention links to a user's profile; an account that is not known stays markup.
func (h htmlWriter) mention(id string) string {
	name := h.site.user(id)
	if name == "" {
		return escapeText.Replace(mentionLink(id))
	}
	return "<a" + attrList("href", h.site.Base+"/secure/ViewProfile.jspa?accountId="+url.QueryEscape(id), "class", "user-hover",
		"rel", id, "data-account-id", id, "accountid", id, "rel", "noreferrer") + ">" + escapeText.Replace(name) + "</a>"
}

// tags are the elements that marks are in HTML.
var tags = map[string]string{"em": "em", "strong": "b", "strike": "del", "underline": "ins", "code": "tt"}

// text renders a run with its marks, which markup has in their order, the innermost first.
func (h htmlWriter) text(n Node) string {
	plain := str(n, "text")
	cite := false
	if rest, ok := strings.CutPrefix(plain, "— "); ok && mark(n, "em") != nil {
		plain, cite = rest, true
	}
	text := escapeText.Replace(plain)
	for m := range nodes(n["marks"]) {
		typ := kind(m)
		tag := tags[typ]
		switch {
		case typ == "em" && cite:
			tag = "cite"
		case typ == "subsup":
			tag = "sup"
			if attr(m, "type") == "sub" {
				tag = "sub"
			}
		case typ == "textColor":
			text = "<font" + attrList("color", attr(m, "color")) + ">" + text + "</font>"
		case typ == "link":
			text = link(attr(m, "href"), text)
		}
		if tag != "" {
			text = "<" + tag + ">" + text + "</" + tag + ">"
		}
	}
	return text
}

func link(href, text string) string {
	switch {
	case !safeURL(href):
		return text
	case strings.HasPrefix(href, "#"):
		return "<a" + attrList("href", href) + ">" + text + "</a>"
	}
	return "<a" + attrList("href", href, "class", "external-link", "rel", "nofollow noreferrer") + ">" + text + "</a>"
}
