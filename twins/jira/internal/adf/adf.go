// Package adf is Jira's rich text: the Atlassian Document Format that REST v3 speaks, the wiki markup that REST v2
// speaks, the HTML of rendered fields, and the plain text that a search reads.
//
// A document is the JSON object it is sent as. Every function but Check takes any document at all, valid or not, and
// never fails: what it does not understand it leaves out.
//
// https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/
package adf

import (
	"bytes"
	"iter"
)

// A Node is one node or mark of a document: "type", and as its kind has them "attrs", "content", "marks", "text",
// as encoding/json decodes them.
type Node = map[string]any

// A Site answers what a document only points at. A nil function knows nothing.
type Site struct {
	Base  string                                         // scheme, host and path that links begin with
	Key   string                                         // the issue that the document belongs to
	User  func(accountID string) string                  // display name, empty when unknown
	File  func(ref string) (File, bool)                  // an attachment of the issue, by media id or by file name
	Issue func(key string) (summary string, exists bool) // an issue that a text names
}

// A File is an attachment as documents refer to it.
type File struct {
	ID    string // the attachment's id
	Media string // the id in a media node, a UUID
	Name  string // the file name, which is what wiki markup says
	Image bool   // whether it is shown in place, and not as a link
}

func (s Site) user(id string) string {
	if s.User == nil {
		return ""
	}
	return s.User(id)
}

// file finds an attachment; when there is none, the reference is all that is known of it.
func (s Site) file(ref string) (File, bool) {
	if s.File != nil {
		if f, ok := s.File(ref); ok {
			return f, true
		}
	}
	return File{Media: ref, Name: ref, Image: true}, false
}

// maxDepth is how deep a document may nest. Nothing that people write comes near; it keeps a hostile one from the stack.
const maxDepth = 100

func kind(n Node) string { return str(n, "type") }

func str(n Node, name string) string {
	s, _ := n[name].(string)
	return s
}

func attrs(n Node) Node {
	a, _ := n["attrs"].(map[string]any)
	return a
}

func attr(n Node, name string) string { return str(attrs(n), name) }

// number is an attribute that is a number, 0 when there is none. Documents come from JSON or from FromWiki, which agree on float64.
func number(n Node, name string) float64 {
	f, _ := attrs(n)[name].(float64)
	return f
}

// kids are the nodes inside a node.
func kids(n Node) iter.Seq[Node] { return nodes(n["content"]) }

func nodes(list any) iter.Seq[Node] {
	return func(yield func(Node) bool) {
		l, _ := list.([]any)
		for _, v := range l {
			if k, ok := v.(map[string]any); ok && !yield(k) {
				return
			}
		}
	}
}

// mark is the mark of that type on a node, nil when there is none.
func mark(n Node, typ string) Node {
	for m := range nodes(n["marks"]) {
		if kind(m) == typ {
			return m
		}
	}
	return nil
}

// Mentions are the account ids that a document mentions, each once, in their order.
func Mentions(doc Node) []string {
	var ids []string
	seen := map[string]bool{}
	walk(doc, 0, func(n Node) {
		if id := attr(n, "id"); kind(n) == "mention" && id != "" && !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	})
	return ids
}

func walk(n Node, depth int, visit func(Node)) {
	if depth > maxDepth {
		return
	}
	visit(n)
	for k := range kids(n) {
		walk(k, depth+1, visit)
	}
}

// ToText is what a document says, without its form: a line for each block, a space between the cells of a row.
func ToText(doc Node) string {
	return string(bytes.TrimRight(appendText(nil, doc, 0), "\n "))
}

func appendText(b []byte, n Node, depth int) []byte {
	if depth > maxDepth {
		return b
	}
	switch kind(n) {
	case "text":
		b = append(b, str(n, "text")...)
	case "hardBreak":
		b = append(b, '\n')
	case "mention", "status", "placeholder", "extension", "inlineExtension":
		b = append(b, attr(n, "text")...)
	case "emoji":
		b = append(b, emojiText(n)...)
	case "date":
		b = append(b, day(n)...)
	case "inlineCard", "blockCard", "embedCard":
		b = append(b, attr(n, "url")...)
	case "media", "mediaInline":
		b = append(b, attr(n, "alt")...)
	case "expand", "nestedExpand":
		if title := attr(n, "title"); title != "" {
			b = append(append(b, title...), '\n')
		}
	}
	for k := range kids(n) {
		b = appendText(b, k, depth+1)
		switch {
		case inline(k):
		case kind(n) == "tableRow":
			b = append(bytes.TrimRight(b, "\n "), ' ')
		default:
			b = append(bytes.TrimRight(b, "\n "), '\n')
		}
	}
	return b
}

// inline says whether a node stands in a line of text rather than on its own.
func inline(n Node) bool {
	switch kind(n) {
	case "adf":
		return attrs(n)["inline"] == true
	case "text", "hardBreak", "mention", "emoji", "date", "status", "inlineCard", "placeholder", "inlineExtension", "mediaInline":
		return true
	}
	return false
}
