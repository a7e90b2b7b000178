package adf

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestCheck says of single blocks, which stand in a document here, whether Jira takes them.
func TestCheck(t *testing.T) {
	const text = `{"type":"text","text":"a"}`
	paragraph := func(inside string) string { return `{"type":"paragraph","content":[` + inside + `]}` }
	marked := func(marks string) string { return paragraph(`{"type":"text","text":"a","marks":[` + marks + `]}`) }
	for _, c := range []struct {
		name, block string
		ok          bool
	}{
		{"paragraph", paragraph(text), true},
		{"paragraph without content", `{"type":"paragraph"}`, true},
		{"empty marks", `{"type":"paragraph","marks":[]}`, true},
		{"empty text", paragraph(`{"type":"text","text":""}`), false},
		{"text without text", paragraph(`{"type":"text"}`), false},
		{"text with content", paragraph(`{"type":"text","text":"a","content":[]}`), false},
		{"text at the top", text, false},
		{"unknown node", `{"type":"paragraf"}`, false},
		{"no type", `{"content":[]}`, false},
		{"unknown member", `{"type":"rule","style":"x"}`, false},
		{"content is no list", `{"type":"paragraph","content":{}}`, false},
		{"content is null", `{"type":"paragraph","content":null}`, false},
		{"paragraph in a paragraph", paragraph(paragraph(text)), false},
		{"local id", `{"type":"rule","attrs":{"localId":"x"}}`, true},
		{"unknown attribute", `{"type":"rule","attrs":{"width":1}}`, false},

		{"strong link", marked(`{"type":"strong"},{"type":"link","attrs":{"href":"https://x.example"}}`), true},
		{"code link", marked(`{"type":"code"},{"type":"link","attrs":{"href":"https://x.example"}}`), true},
		{"strong code", marked(`{"type":"strong"},{"type":"code"}`), false},
		{"link without address", marked(`{"type":"link","attrs":{}}`), false},
		{"strong with attributes", marked(`{"type":"strong","attrs":{}}`), false},
		{"unknown mark", marked(`{"type":"bold"}`), false},
		{"mark without type", marked(`{}`), false},
		{"colour by name", marked(`{"type":"textColor","attrs":{"color":"red"}}`), false},
		{"colour", marked(`{"type":"textColor","attrs":{"color":"#Ff0000"}}`), true},
		{"background", marked(`{"type":"backgroundColor","attrs":{"color":"#ff0000"}}`), true},
		{"sub", marked(`{"type":"subsup","attrs":{"type":"sub"}}`), true},
		{"alignment of text", marked(`{"type":"alignment","attrs":{"align":"end"}}`), false},
		{"alignment", `{"type":"paragraph","marks":[{"type":"alignment","attrs":{"align":"end"}}]}`, true},
		{"indentation", `{"type":"heading","attrs":{"level":1},"marks":[{"type":"indentation","attrs":{"level":6}}]}`, true},
		{"alignment and indentation", `{"type":"paragraph","marks":[{"type":"alignment","attrs":{"align":"end"}},{"type":"indentation","attrs":{"level":1}}]}`, false},

		{"heading", `{"type":"heading","attrs":{"level":6}}`, true},
		{"heading without level", `{"type":"heading"}`, false},
		{"heading 7", `{"type":"heading","attrs":{"level":7}}`, false},
		{"heading with a word for level", `{"type":"heading","attrs":{"level":"1"}}`, false},
		{"list", `{"type":"bulletList","content":[{"type":"listItem","content":[` + paragraph(text) + `]}]}`, true},
		{"list in a list", `{"type":"orderedList","attrs":{"order":0},"content":[{"type":"listItem","content":[{"type":"bulletList","content":[{"type":"listItem","content":[{"type":"paragraph"}]}]}]}]}`, true},
		{"empty list", `{"type":"bulletList","content":[]}`, false},
		{"paragraph in a list", `{"type":"bulletList","content":[{"type":"paragraph"}]}`, false},
		{"heading in an item", `{"type":"bulletList","content":[{"type":"listItem","content":[{"type":"heading","attrs":{"level":1}}]}]}`, false},
		{"tasks", `{"type":"taskList","attrs":{"localId":""},"content":[{"type":"taskItem","attrs":{"localId":"a","state":"DONE"},"content":[` + text + `]}]}`, true},
		{"tasks without id", `{"type":"taskList","content":[{"type":"taskItem","attrs":{"localId":"a","state":"DONE"}}]}`, false},
		{"task of another state", `{"type":"taskList","attrs":{"localId":"l"},"content":[{"type":"taskItem","attrs":{"localId":"a","state":"OPEN"}}]}`, false},
		{"decisions", `{"type":"decisionList","attrs":{"localId":"l"},"content":[{"type":"decisionItem","attrs":{"localId":"a","state":"DECIDED"}}]}`, true},
		{"code", `{"type":"codeBlock","attrs":{"language":"klingon"},"content":[` + text + `]}`, true},
		{"strong in code", `{"type":"codeBlock","content":[{"type":"text","text":"a","marks":[{"type":"strong"}]}]}`, false},
		{"wide code", `{"type":"codeBlock","marks":[{"type":"breakout","attrs":{"mode":"wide"}}]}`, true},
		{"panel", `{"type":"panel","attrs":{"panelType":"info"},"content":[{"type":"paragraph"},{"type":"heading","attrs":{"level":2}}]}`, true},
		{"panel of another type", `{"type":"panel","attrs":{"panelType":"danger"},"content":[{"type":"paragraph"}]}`, false},
		{"panel in a panel", `{"type":"panel","attrs":{"panelType":"info"},"content":[{"type":"panel","attrs":{"panelType":"info"},"content":[{"type":"paragraph"}]}]}`, false},
		{"table in a panel", `{"type":"panel","attrs":{"panelType":"info"},"content":[{"type":"table","content":[{"type":"tableRow","content":[]}]}]}`, false},
		{"quote", `{"type":"blockquote","content":[{"type":"paragraph"}]}`, true},
		{"heading in a quote", `{"type":"blockquote","content":[{"type":"heading","attrs":{"level":1}}]}`, false},
		{"table", `{"type":"table","attrs":{"isNumberColumnEnabled":true,"layout":"default"},"content":[{"type":"tableRow","content":[{"type":"tableHeader","attrs":{"colspan":2,"colwidth":[1,2]},"content":[{"type":"paragraph"}]}]}]}`, true},
		{"cell without content", `{"type":"table","content":[{"type":"tableRow","content":[{"type":"tableCell","content":[]}]}]}`, false},
		{"table in a table", `{"type":"table","content":[{"type":"tableRow","content":[{"type":"tableCell","content":[{"type":"table","content":[{"type":"tableRow","content":[]}]}]}]}]}`, false},
		{"expand in a cell", `{"type":"table","content":[{"type":"tableRow","content":[{"type":"tableCell","content":[{"type":"nestedExpand","attrs":{},"content":[{"type":"paragraph"}]}]}]}]}`, true},
		{"expand", `{"type":"expand","attrs":{"title":"t"},"content":[{"type":"nestedExpand","attrs":{"title":""},"content":[{"type":"paragraph"}]}]}`, true},
		{"nested expand without attributes", `{"type":"expand","content":[{"type":"nestedExpand","content":[{"type":"paragraph"}]}]}`, false},
		{"expand in an expand", `{"type":"expand","content":[{"type":"expand","content":[{"type":"paragraph"}]}]}`, false},
		{"columns", `{"type":"layoutSection","content":[{"type":"layoutColumn","attrs":{"width":50},"content":[{"type":"paragraph"}]},{"type":"layoutColumn","attrs":{"width":50},"content":[{"type":"paragraph"}]}]}`, true},
		{"one column", `{"type":"layoutSection","content":[{"type":"layoutColumn","attrs":{"width":100},"content":[{"type":"paragraph"}]}]}`, false},

		{"media", `{"type":"mediaSingle","attrs":{"layout":"center"},"content":[{"type":"media","attrs":{"type":"file","id":"x","collection":""}}]}`, true},
		{"media without frame attributes", `{"type":"mediaSingle","content":[{"type":"media","attrs":{"type":"external","url":"https://x.example"}}]}`, true},
		{"media with a caption", `{"type":"mediaSingle","content":[{"type":"media","attrs":{"type":"external","url":"https://x.example"}},{"type":"caption","content":[` + text + `]}]}`, true},
		{"caption first", `{"type":"mediaSingle","content":[{"type":"caption"},{"type":"media","attrs":{"type":"external","url":"https://x.example"}}]}`, false},
		{"media without id", `{"type":"mediaGroup","content":[{"type":"media","attrs":{"type":"file","collection":""}}]}`, false},
		{"media without frame", `{"type":"media","attrs":{"type":"file","id":"x","collection":""}}`, false},
		{"wide in percent", `{"type":"mediaSingle","attrs":{"layout":"wide","width":120},"content":[{"type":"media","attrs":{"type":"external","url":"u"}}]}`, false},
		{"wide in pixels", `{"type":"mediaSingle","attrs":{"layout":"wide","width":120,"widthType":"pixel"},"content":[{"type":"media","attrs":{"type":"external","url":"u"}}]}`, true},

		{"mention", paragraph(`{"type":"mention","attrs":{"id":"5b10","text":"@Bo","userType":"APP"}}`), true},
		{"mention of nobody", paragraph(`{"type":"mention","attrs":{"text":"@Bo"}}`), false},
		{"mention without attributes", paragraph(`{"type":"mention"}`), false},
		{"emoji", paragraph(`{"type":"emoji","attrs":{"shortName":":smile:"}}`), true},
		{"date as a number", paragraph(`{"type":"date","attrs":{"timestamp":1758067200000}}`), false},
		{"status", paragraph(`{"type":"status","attrs":{"text":"a","color":"#a0b1c2","style":""}}`), true},
		{"status without text", paragraph(`{"type":"status","attrs":{"text":"","color":"red"}}`), false},
		{"card", paragraph(`{"type":"inlineCard","attrs":{"url":"https://x.example"}}`), true},
		{"card of data", paragraph(`{"type":"inlineCard","attrs":{"data":{}}}`), true},
		{"card of nothing", paragraph(`{"type":"inlineCard","attrs":{}}`), false},
		{"card of a query", `{"type":"blockCard","attrs":{"datasource":{"id":"d","parameters":{},"views":[{"type":"table"}]}}}`, true},
		{"card of a query without views", `{"type":"blockCard","attrs":{"datasource":{"id":"d","parameters":{},"views":[]}}}`, false},
		{"embed without layout", `{"type":"embedCard","attrs":{"url":"u"}}`, false},
		{"break", paragraph(`{"type":"hardBreak","attrs":{"text":"\n"}}`), true},
		{"extension", `{"type":"extension","attrs":{"extensionKey":"k","extensionType":"t","parameters":{"a":[]}},"marks":[{"type":"fragment","attrs":{"localId":"f"}}]}`, true},
		{"extension without key", `{"type":"extension","attrs":{"extensionKey":"","extensionType":"t"}}`, false},
		{"bodied extension", `{"type":"bodiedExtension","attrs":{"extensionKey":"k","extensionType":"t"},"content":[` + paragraph(text) + `]}`, true},
	} {
		doc := `{"type":"doc","version":1,"content":[` + c.block + `]}`
		var v any
		if err := json.Unmarshal([]byte(doc), &v); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		want := error(nil)
		if !c.ok {
			want = ErrInvalid
		}
		if got := Check(v); got != want {
			t.Errorf("%s: %v, want %v", c.name, got, want)
		}
	}
}

func TestCheckDocument(t *testing.T) {
	deep := strings.Repeat(`{"type":"bulletList","content":[{"type":"listItem","content":[`, maxDepth) + `{"type":"paragraph"}` + strings.Repeat(`]}]}`, maxDepth)
	for text, want := range map[string]error{
		`{"type":"doc","version":1,"content":[]}`: nil,
		`"text"`:                      ErrNotDocument,
		`12`:                          ErrNotDocument,
		`[]`:                          ErrNotDocument,
		`null`:                        ErrNotDocument,
		`{}`:                          ErrInvalid,
		`{"type":"doc","content":[]}`: ErrInvalid,
		`{"type":"doc","version":2,"content":[]}`:                                        ErrInvalid,
		`{"type":"doc","version":"1","content":[]}`:                                      ErrInvalid,
		`{"type":"doc","version":1}`:                                                     ErrInvalid,
		`{"type":"doc","version":1,"content":[],"attrs":{}}`:                             ErrInvalid,
		`{"type":"paragraph","version":1,"content":[]}`:                                  ErrInvalid,
		`{"type":"doc","version":1,"content":["a"]}`:                                     ErrInvalid,
		`{"type":"doc","version":1,"content":[` + deep + `]}`:                            ErrInvalid,
		`{"type":"doc","version":1,"content":[{"type":"doc","version":1,"content":[]}]}`: ErrInvalid,
	} {
		var v any
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			t.Fatal(err)
		}
		if got := Check(v); got != want {
			t.Errorf("%.80s: %v, want %v", text, got, want)
		}
	}
}
