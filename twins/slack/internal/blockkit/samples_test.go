package blockkit

import (
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
)

// What the real service answers and nobody can send: it looks at pictures, and remembers what it removed.
var answeredOnly = map[string][]string{
	"image": {"fallback", "image_width", "image_height", "image_bytes", "is_animated"},
}

// Every member that the real service answers of a block or an element is one that the schema knows.
func TestSamples(t *testing.T) {
	const samples = "../../../../../shared/samples/slack"
	if _, err := os.Stat(samples); err != nil {
		t.Skipf("SKIPPED: the samples are not here: %v", err)
	}
	// Where a place can hold several kinds the samples go on to mix them all into one: only the first of a kind is pure.
	seen := map[string]Object{}
	var collect func(v any)
	collect = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, item := range v {
				collect(item)
			}
		case Object:
			if name := v.Str("type"); seen[name] == nil {
				seen[name] = v
			}
			for _, m := range v {
				collect(m.Value)
			}
		}
	}
	for _, name := range []string{"api/views.open.json", "api/chat.postMessage.json", "interactive-components/MessageShortcutPayload.json"} {
		raw, err := fs.ReadFile(os.DirFS(samples), name)
		if err != nil {
			t.Fatal(err)
		}
		v, err := decode(raw)
		if err != nil {
			t.Fatal(err)
		}
		collect(v)
	}
	checked := 0
	for name, sample := range seen {
		for _, table := range []map[string]rule{elements, blocks, richElements, richParts} {
			r := table[name]
			if r == nil {
				continue
			}
			checked++
			c := newCheck(Message, nil)
			r(c, "", sample)
			for _, sentence := range c.errs {
				_, member, ok := strings.Cut(sentence, "invalid additional property: ")
				member, at, _ := strings.Cut(member, " ")
				if ok && at == "[json-pointer:]" && !slices.Contains(answeredOnly[name], member) {
					t.Errorf("%s may not have a %s", name, member)
				}
			}
		}
	}
	if checked < 40 {
		t.Errorf("only %d kinds were found", checked)
	}
	t.Logf("%d kinds checked", checked)
}
