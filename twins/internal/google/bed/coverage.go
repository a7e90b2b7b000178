package bed

import (
	"encoding/json"
	"flag"
	"go/ast"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"twinset.dev/kit/twin"
	"twinset.dev/kit/twintest"
)

// A Coverage is what scripts have drawn: by operation the statuses, and what all refusals say.
type Coverage struct {
	// Words are the functions of the package that make a refusal of words, with the place of the words among their arguments.
	Words map[string]int
	// Elsewhere are refusals and operations that no script draws, and what does: by the beginning of their words.
	Elsewhere map[string]string

	mu       sync.Mutex
	statuses map[string][]int
	refusals []string
}

// Hear notes an answer; it is for Bed.Heard.
func (v *Coverage) Hear(op string, x twintest.Exchange) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.statuses == nil {
		v.statuses = map[string][]int{}
	}
	v.statuses[op] = append(v.statuses[op], x.Status)
	var body struct{ Error struct{ Message string } }
	if json.Unmarshal(x.Body, &body) == nil && body.Error.Message != "" {
		v.refusals = append(v.refusals, body.Error.Message)
	}
}

// Refused notes a refusal that came without an answer: of a package that no server stands before.
func (v *Coverage) Refused(says string) { v.refusals = append(v.refusals, says) }

// Check holds every operation that is declared full to its word: some script has drawn its answer; and each refusal that the files of
// the working directory name has been drawn.
func (v *Coverage) Check(t *testing.T, operations []*twin.Operation) {
	if run := flag.Lookup("test.run"); run != nil && strings.Contains(run.Value.String(), "/") {
		return // one script alone says nothing of the rest
	}
	for _, op := range operations {
		if op.Level == twin.Full && !v.elsewhere(op.ID) && !slices.ContainsFunc(v.statuses[op.ID], func(s int) bool { return s < 400 }) {
			t.Errorf("%s is declared full, but no script draws its answer", op.ID)
		}
	}
	for _, r := range v.named(t) {
		if said := regexp.MustCompile(r.pattern); !v.elsewhere(r.says) && !slices.ContainsFunc(v.refusals, said.MatchString) {
			t.Errorf("%s: no script draws %q", r.at, r.says)
		}
	}
}

func (v *Coverage) elsewhere(says string) bool {
	for begins := range v.Elsewhere {
		if strings.HasPrefix(says, begins) {
			return true
		}
	}
	return false
}

// A named refusal is one that the package's own files name.
type named struct {
	at            token.Position
	says, pattern string
}

var verb = regexp.MustCompile(`%(\[\d\])?[sdvq]`)

// named are all calls that make a refusal of words of their own.
func (v *Coverage) named(t *testing.T) (all []named) {
	err := twintest.Calls(func(where token.Position, call *ast.CallExpr) {
		at, ok := v.Words[twintest.Called(call)]
		if !ok || at >= len(call.Args) {
			return
		}
		lit, ok := call.Args[at].(*ast.BasicLit)
		if !ok || lit.Kind != token.STRING {
			return
		}
		says, _ := strconv.Unquote(lit.Value)
		plain := strings.ReplaceAll(says, "%%", "%")
		all = append(all, named{where, says, verb.ReplaceAllString(regexp.QuoteMeta(plain), "(?s:.*)")})
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
