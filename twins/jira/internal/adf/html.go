package adf

import (
	"net/url"
	"strings"
	"unicode"
)

// ToHTML is a document as Jira renders it in renderedFields and renderedBody.
//
// Jira renders the wiki markup of a document, not the document: text in it that looks like markup is rendered as such, a
// bare URL is a link, and what markup cannot say is an empty comment.
func ToHTML(doc Node, site Site) string { return WikiToHTML(ToWiki(doc, site), site) }

// WikiToHTML is wiki markup as Jira renders it.
func WikiToHTML(text string, site Site) string {
	h := htmlWriter{site: site}
	if u, err := url.Parse(site.Base); err == nil {
		h.path = u.EscapedPath()
	}
	r := wikiReader{site: site, rendering: true}
	return h.blocks(normalize(r.read(text, place{})), 0)
}

type htmlWriter struct {
	site Site
	path string // what paths on the site begin with
}

var (
	escapeText = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\x00", "")
	escapeAttr = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "\x00", "")
)

// inside are the nodes inside a node.
func inside(n Node) []Node {
	var all []Node
	for k := range kids(n) {
		all = append(all, k)
	}
	return all
}

func (h htmlWriter) blocks(nodes []Node, depth int) string {
	if depth > maxDepth {
		return ""
	}
	var parts []string
	for _, n := range nodes {
		parts = append(parts, h.block(n, depth+1))
	}
	return strings.Join(parts, "\n\n")
}

func (h htmlWriter) block(n Node, depth int) string {
	switch kind(n) {
	case "paragraph":
		if text := h.line(n); text != "" {
			return "<p>" + text + "</p>"
		}
		return ""
	case "heading":
		tag := "h" + decimal(number(n, "level"))
		return "<" + tag + `><a name="` + anchorName(n) + `"></a>` + h.line(n) + "</" + tag + ">"
	case "blockquote":
		return "<blockquote>" + h.blocks(inside(n), depth) + "</blockquote>"
	case "panel":
		return h.panel(n, depth)
	case "codeBlock":
		return codeHTML(n)
	case "rule":
		return "<hr />"
	case "bulletList", "orderedList":
		return h.list(n, "", depth) + "\n"
	case "table":
		return h.table(n, depth)
	case "adf":
		return unrendered(n)
	}
	return ""
}

// unrendered is what stands for a node that markup has no notation for.
func unrendered(n Node) string { return "<!-- ADF macro (type = '" + attr(n, "type") + "') -->" }

// anchorName is the name that a heading can be linked to by: its text without space and without what is coloured.
func anchorName(heading Node) string {
	var b strings.Builder
	for n := range kids(heading) {
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

// titled is the header of a panel that has a title.
func titled(n Node, prefix, style string) string {
	title := attr(n, "title")
	if title == "" {
		return ""
	}
	return `<div` + attrList("class", prefix+"panelHeader", "style", "border-bottom-width: 1px;"+style) + `><b>` + escapeText.Replace(title) + `</b></div>`
}

func codeHTML(n Node) string {
	frame, pre := "preformatted", "<pre>"
	if language := attr(n, "language"); language != "" {
		frame, pre = "code", "<pre"+attrList("class", "code-"+language)+">"
	}
	return `<div class="` + frame + ` panel" style="border-width: 1px;">` + titled(n, frame+"Header ", "") +
		`<div class="` + frame + `Content panelContent">` + "\n" + pre + escapeText.Replace(plain(n)) + "</pre>\n</div></div>"
}

func (h htmlWriter) panel(n Node, depth int) string {
	background, style := "", ""
	if c := attr(n, "color"); c != "" {
		if _, ok := color(c); ok {
			background = "background-color: " + c + ";"
			style = attrList("style", background)
		}
	}
	return "<div" + attrList("class", "panel", "style", background+"border-width: 1px;") + ">" + titled(n, "", background) +
		`<div class="panelContent"` + style + ">\n" + h.blocks(inside(n), depth) + "\n</div></div>"
}

// list renders a list, each level of it one tab further in.
func (h htmlWriter) list(n Node, indent string, depth int) string {
	if depth > maxDepth {
		return ""
	}
	open, end := "<ul>", "</ul>"
	switch {
	case kind(n) == "orderedList":
		open, end = "<ol>", "</ol>"
	case attrs(n)["square"] == true:
		open = `<ul class="alternate" type="square">`
	}
	var b strings.Builder
	b.WriteString(open + "\n")
	for item := range kids(n) {
		b.WriteString(indent + "\t<li>")
		nested := false
		for i, k := range inside(item) {
			switch kind(k) {
			case "bulletList", "orderedList":
				nested = true
				b.WriteString("\n" + indent + "\t" + h.list(k, indent+"\t", depth+2))
				continue
			}
			if i > 0 {
				b.WriteByte('\n')
			}
			if kind(k) == "paragraph" {
				b.WriteString(h.line(k))
			} else {
				b.WriteString(h.block(k, depth+2))
			}
		}
		if nested {
			b.WriteString("\n" + indent + "\t")
		}
		b.WriteString("</li>\n")
	}
	b.WriteString(indent + end)
	return b.String()
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
	content := inside(n)
	if len(content) != 1 || kind(content[0]) != "paragraph" {
		return "\n" + h.blocks(content, depth) + "\n"
	}
	if text := h.line(content[0]); text != "" {
		return text
	}
	return "&nbsp;"
}

// attrList is the attributes of an HTML element, from names and values in turn.
func attrList(pairs ...string) string {
	var b strings.Builder
	for i := 0; i+1 < len(pairs); i += 2 {
		b.WriteString(" " + pairs[i] + `="` + escapeAttr.Replace(pairs[i+1]) + `"`)
	}
	return b.String()
}

// file is an image in its place, or an attachment as a link.
func (h htmlWriter) file(n Node) string {
	ref := attr(n, "id")
	shown := attr(n, "type") == "image"
	if shown && bareURL(ref) != "" {
		return image(ref, n)
	}
	file, attached := h.site.file(ref)
	switch {
	case !attached && shown:
		return `<span class="error">Unable to render embedded object: File (` + escapeText.Replace(file.Name) + `) not found.</span>`
	case !attached:
		return `<span class="error">[^` + escapeText.Replace(file.Name) + `]</span>`
	case !shown || !file.Image:
		return h.attachment(file)
	case attrs(n)["thumbnail"] == true:
		return h.thumbnail(file)
	}
	return image(h.content(file), n)
}

func (h htmlWriter) content(f File) string { return h.path + "/rest/api/3/attachment/content/" + f.ID }

// image is a picture with the options that markup gives it.
func image(src string, n Node) string {
	pairs := []string{"src", src}
	for _, option := range []string{"alt", "height", "width"} {
		if v := attr(n, option); v != "" {
			pairs = append(pairs, option, v)
		}
	}
	img := "<img" + attrList(pairs...) + ` style="border: 0px solid black" />`
	if href := attr(n, "href"); href != "" && safeURL(href) {
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

// line renders the text inside a node.
func (h htmlWriter) line(n Node) string {
	var b strings.Builder
	for k := range kids(n) {
		b.WriteString(h.inline(k))
	}
	return b.String()
}

// inline renders what is in a line. Markup has no dates and no lozenges: they are text there.
func (h htmlWriter) inline(n Node) string {
	switch kind(n) {
	case "text":
		return text(n)
	case "hardBreak":
		if attrs(n)["forced"] == true {
			return `<br class="atl-forced-newline" />`
		}
		return "<br/>\n"
	case "mention":
		return h.mention(attr(n, "id"))
	case "emoji":
		if e := emoticonOfID[attr(n, "id")]; e != nil {
			return `<img class="emoticon" src="` + escapeAttr.Replace(h.path) + `/images/icons/emoticons/` + e.picture +
				`.png" height="16" width="16" align="absmiddle" alt="" border="0"/>`
		}
	case "mediaInline":
		return h.file(n)
	case "inlineCard":
		return h.card(n)
	case "adf":
		return unrendered(n)
	}
	return ""
}

// card is an issue's key as a link to it, or a link with the kind of card as its title.
func (h htmlWriter) card(n Node) string {
	address := attr(n, "url")
	if key := cardKey.FindStringSubmatch(address); key != nil && h.site.Issue != nil {
		if summary, exists := h.site.Issue(key[1]); exists {
			return "<a" + attrList("href", h.site.Base+"/browse/"+key[1], "title", summary, "class", "issue-link", "data-issue-key", key[1]) +
				">" + key[1] + "</a>"
		}
	}
	return link(address, attr(n, "title"), escapeText.Replace(address))
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
func text(n Node) string {
	plain, cite := str(n, "text"), false
	if rest, ok := strings.CutPrefix(plain, "— "); ok && mark(n, "em") != nil {
		plain, cite = rest, true
	}
	html := escapeText.Replace(plain)
	for m := range nodes(n["marks"]) {
		tag := tags[kind(m)]
		switch kind(m) {
		case "em":
			if cite {
				tag = "cite"
			}
		case "subsup":
			tag = attr(m, "type")
		case "textColor":
			html = "<font" + attrList("color", attr(m, "color")) + ">" + html + "</font>"
		case "link":
			html = link(attr(m, "href"), attr(m, "title"), html)
		}
		if tag != "" {
			html = "<" + tag + ">" + html + "</" + tag + ">"
		}
	}
	return html
}

// link is a link with an optional title; an address that may not be linked to leaves the text.
func link(href, title, html string) string {
	var pairs []string
	if title != "" {
		pairs = []string{"title", title}
	}
	switch {
	case !safeURL(href):
		return html
	case !strings.HasPrefix(href, "#"):
		pairs = append(pairs, "class", "external-link", "rel", "nofollow noreferrer")
	}
	return "<a" + attrList("href", href) + attrList(pairs...) + ">" + html + "</a>"
}
