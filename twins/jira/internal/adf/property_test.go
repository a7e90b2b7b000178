package adf

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
)

// A writer makes up documents that wiki markup can say all of.
type writer struct{ *rand.Rand }

func (w writer) one(words ...string) string { return words[w.IntN(len(words))] }

// words are two or three plain words.
func (w writer) words() string {
	out := []string{}
	for range 1 + w.IntN(3) {
		out = append(out, w.one("alpha", "beta2", "Gäste", "snake_case", "x-y", "50%", "a&b", "<tag>", "C#", "don't", `"so"`))
	}
	return strings.Join(out, " ")
}

// line is text in which plain words stand around everything else.
func (w writer) line() []any {
	line := []any{textNode(w.words() + " ")}
	for range w.IntN(3) {
		switch w.IntN(6) {
		case 0:
			line = append(line, Node{"type": "mention", "attrs": Node{"id": "5b10", "text": `@Bo "B" <Olsen>`, "accessLevel": ""}})
		case 1:
			e := emoticons[7+w.IntN(len(emoticons)-7)]
			line = append(line, Node{"type": "emoji", "attrs": Node{"id": e.id, "shortName": e.shortName, "text": e.text}})
		case 2:
			line = append(line, Node{"type": "inlineCard", "attrs": Node{"url": w.one("https://x.example/z", "https://acme.example/w/one/browse/ACME-2#icft=ACME-2")}})
		case 3:
			line = append(line, textNode(w.words(), Node{"type": "code"}))
		default:
			line = append(line, textNode(w.words(), w.marks()...))
		}
		line = append(line, textNode(" "+w.words()+" "))
		if w.IntN(4) == 0 {
			line = append(line, Node{"type": "hardBreak"}, textNode(w.words()+" "))
		}
	}
	return line
}

// marks are styles in the order that markup says them, from the inside.
func (w writer) marks() []any {
	var marks []any
	for _, m := range []Node{
		{"type": "em"}, {"type": "strike"}, {"type": "strong"}, {"type": "subsup", "attrs": Node{"type": "sup"}}, {"type": "underline"},
		{"type": "textColor", "attrs": Node{"color": "#bf2600"}}, {"type": "link", "attrs": Node{"href": "https://x.example/a?b=c"}},
	} {
		if w.IntN(3) == 0 {
			marks = append(marks, m)
		}
	}
	if marks == nil {
		marks = []any{Node{"type": "strong"}}
	}
	return marks
}

func (w writer) paragraph() Node { return Node{"type": "paragraph", "content": w.line()} }

func (w writer) list(depth int) Node {
	var items []any
	for range 1 + w.IntN(3) {
		content := []any{w.paragraph()}
		if depth < 3 && w.IntN(3) == 0 {
			content = append(content, w.list(depth+1))
		}
		items = append(items, Node{"type": "listItem", "content": content})
	}
	if w.IntN(2) == 0 {
		return Node{"type": "orderedList", "attrs": Node{"order": 1.0}, "content": items}
	}
	return Node{"type": "bulletList", "content": items}
}

func (w writer) table() Node {
	var rows []any
	for range 1 + w.IntN(3) {
		var cells []any
		for range 1 + w.IntN(3) {
			cell := Node{"type": "tableCell", "attrs": Node{}, "content": []any{Node{"type": "paragraph", "content": []any{textNode(w.words())}}}}
			if w.IntN(3) == 0 {
				cell = Node{"type": "tableHeader", "attrs": Node{}, "content": []any{Node{"type": "paragraph", "content": []any{textNode(w.words(), Node{"type": "strong"})}}}}
			}
			cells = append(cells, cell)
		}
		rows = append(rows, Node{"type": "tableRow", "content": cells})
	}
	return Node{"type": "table", "attrs": Node{"isNumberColumnEnabled": false, "layout": "default"}, "content": rows}
}

func (w writer) block() Node {
	switch w.IntN(10) {
	case 0:
		return Node{"type": "heading", "attrs": Node{"level": float64(1 + w.IntN(6))}, "content": []any{textNode(w.words())}}
	case 1:
		return w.list(1)
	case 2:
		return w.table()
	case 3:
		return Node{"type": "rule"}
	case 4:
		return Node{"type": "codeBlock", "attrs": Node{"language": w.one("java", "go", "xml")}, "content": []any{textNode("if *x* {\n\t{{y}}\n}")}}
	case 5:
		return Node{"type": "codeBlock", "attrs": Node{}, "content": []any{textNode("[raw|text]  !a!")}}
	case 6:
		return Node{"type": "blockquote", "content": []any{w.paragraph(), w.paragraph()}}
	case 7:
		return Node{"type": "panel", "attrs": Node{"panelType": w.one(panelTypes...)}, "content": []any{w.paragraph(), w.list(1)}}
	case 8:
		return Node{"type": "mediaSingle", "attrs": Node{"layout": "center"}, "content": []any{Node{"type": "media", "attrs": Node{
			"type": "file", "id": "3d7f2a10-0000-4000-8000-000000000001", "collection": "", "width": 300.0, "height": 200.0}}}}
	}
	return w.paragraph()
}

func (w writer) document() Node {
	var content []any
	for range 1 + w.IntN(6) {
		content = append(content, w.block())
	}
	return Node{"type": "doc", "version": 1.0, "content": content}
}

// TestThereAndBack says that markup keeps all that it has notation for, and is itself once it has been read.
func TestThereAndBack(t *testing.T) {
	w := writer{rand.New(rand.NewPCG(1, 2))}
	for range 1000 {
		doc := w.document()
		if err := Check(doc); err != nil {
			t.Fatalf("%s: %v", encode(doc), err)
		}
		text := ToWiki(doc, company)
		back := FromWiki(text, company)
		if !reflect.DeepEqual(sent(doc), sent(back)) {
			t.Fatalf("%s\nwas\n%s\nis\n%s", text, encode(sent(doc)), encode(sent(back)))
		}
		if again := ToWiki(back, company); again != text {
			t.Fatalf("%q\nbecame\n%q", text, again)
		}
	}
}

// sent is a document as it is after it has been sent.
func sent(doc Node) Node {
	b, err := json.Marshal(doc)
	if err != nil {
		panic(err)
	}
	var n Node
	if err := json.Unmarshal(b, &n); err != nil {
		panic(err)
	}
	return n
}
