package adf

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
)

// FuzzFromWiki reads any text: what it makes is a document that Jira takes, and the HTML of it is harmless.
func FuzzFromWiki(f *testing.F) {
	for _, text := range []string{
		"h1. *a* _b_\n* c\n## d\n|e||f|\n{code:x|title=y}z{code}", "{quote}{panel}{color:red}a{color}{panel}{quote}", `[a|javascript:b] !x"onerror=!|thumbnail!`,
		"{adf}{\"type\":\"paragraph\"}{adf}", "(/) [~accountid:5b10] ACME-2 [^plan (4).png]", "{*}a{*}\\\\b -- ---- c", "<script>alert(1)</script>", `{color:"><script>}x{color}`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 4000 {
			return
		}
		text = strings.ToValidUTF8(text, "")
		doc := FromWiki(text, company)
		if err := Check(doc); err != nil {
			t.Fatalf("%q: %v: %s", text, err, encode(doc))
		}
		everything(t, doc)
		harmless(t, WikiToHTML(text, company))
	})
}

// FuzzDocument takes any JSON for a document.
func FuzzDocument(f *testing.F) {
	w := writer{rand.New(rand.NewPCG(3, 4))}
	for range 50 {
		f.Add(encode(w.document()))
	}
	f.Add(`{"type":"doc","content":[{"type":"heading","attrs":{"level":"1"},"content":[1,null,{"type":"text","marks":[3,{"type":"link","attrs":{"href":"javascript:x"}}]}]},{"type":"mediaSingle","content":[{"type":"media","attrs":{"type":"external","url":"javascript:x"}}]},{"type":"a-->"}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		var v any
		if len(text) > 8000 || json.Unmarshal([]byte(text), &v) != nil {
			return
		}
		_ = Check(v)
		if doc, ok := v.(map[string]any); ok {
			everything(t, doc)
		}
	})
}

// TestHostile reads and writes as much as Jira lets one write, of what is slowest to read.
func TestHostile(t *testing.T) {
	const limit = 32767
	for _, part := range []string{
		" *a", "*a ", "{{a ", "[a|", "!a|", "** ", "|a", "|a\n", "{color:red}", "{quote}{Quote}", "{panel}", `\`, "(", "{", "A-1 ", "{*}a",
		"http://", "*a{color:red}x{color}", "\n|a|\n# ", " *_-+^~", "- a\n\n", "[^a]\n", "{adf}", "??a ", "bq. ",
	} {
		started := time.Now()
		everything(t, FromWiki(strings.Repeat(part, limit/len(part)), company))
		if took := time.Since(started); took > 5*time.Second {
			t.Errorf("%q takes %v", part, took)
		}
	}
	deep := Node{"type": "paragraph"}
	for range 10 * maxDepth {
		deep = Node{"type": "bulletList", "content": []any{Node{"type": "listItem", "content": []any{deep}}}}
	}
	everything(t, Node{"type": "doc", "version": 1.0, "content": []any{deep}})
}

// everything does all there is with a document, and looks at the HTML.
func everything(t *testing.T, doc Node) {
	FromWiki(ToWiki(doc, company), company)
	ToText(doc)
	Mentions(doc)
	harmless(t, ToHTML(doc, company))
	harmless(t, ToHTML(doc, Site{}))
}

var harmlessTags = map[string]bool{}

func init() {
	for tag := range strings.FieldsSeq("html head body p br b em cite del ins sup sub tt font a h1 h2 h3 h4 h5 h6 ul ol li blockquote div pre table tbody tr th td span img hr jira-attachment-thumbnail") {
		harmlessTags[tag] = true
	}
}

// harmless parses HTML as a browser does, and fails when there is more in it than text, its form and links.
func harmless(t *testing.T, text string) {
	root, err := html.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	for n := range root.Descendants() {
		switch n.Type {
		case html.CommentNode:
			if schema[strings.TrimSuffix(strings.TrimPrefix(n.Data, " ADF macro (type = '"), "') ")] == nil {
				t.Fatalf("comment %q in %s", n.Data, text)
			}
		case html.ElementNode:
			if !harmlessTags[n.Data] {
				t.Fatalf("element %q in %s", n.Data, text)
			}
			for _, a := range n.Attr {
				if strings.HasPrefix(a.Key, "on") {
					t.Fatalf("handler %q in %s", a.Key, text)
				}
				if (a.Key == "href" || a.Key == "src") && !safeURL(a.Val) {
					t.Fatalf("address %q in %s", a.Val, text)
				}
			}
		}
	}
}
