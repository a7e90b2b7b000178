package agent

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// checklists are the packages that owe a row for each behaviour of their list, with the ids' letter and number.
var checklists = map[string]struct {
	letter string
	rows   int
}{"attractor": {"P", 62}, "loop": {"G", 31}, "llm": {"L", 30}}

var row = regexp.MustCompile(`(?m)^\| ([A-Z]\d+) \| (.+?) \| (.+?) \|$`)

// TestChecklists holds every behaviour to a test: each id has a row, and each row names tests that exist or says why it is
// left out.
func TestChecklists(t *testing.T) {
	for pkg, list := range checklists {
		t.Run(pkg, func(t *testing.T) {
			b, err := os.ReadFile(filepath.Join(pkg, "CHECKLIST.md"))
			if err != nil {
				t.Fatal(err)
			}
			rows := map[string]string{}
			for _, m := range row.FindAllStringSubmatch(string(b), -1) {
				if rows[m[1]] != "" {
					t.Errorf("%s has two rows", m[1])
				}
				rows[m[1]] = m[3]
			}
			for n := 1; n <= list.rows; n++ {
				id := list.letter + strconv.Itoa(n)
				tests, ok := rows[id]
				if !ok {
					t.Errorf("%s has no row", id)
				}
				if why, out := strings.CutPrefix(tests, "left out: "); out && why != "" {
					continue
				}
				for _, name := range strings.FieldsFunc(tests, func(r rune) bool { return r == ',' || r == ' ' || r == '`' }) {
					if err := exists(name); err != nil {
						t.Errorf("%s: %v", id, err)
					}
				}
				delete(rows, id)
			}
		})
	}
}

// exists says whether a test is there: package.TestName, or package.TestName/sub where the function's text has the
// subtest's name, with spaces for underscores if it was written so.
func exists(name string) error {
	pkg, test, ok := strings.Cut(name, ".")
	if !ok {
		return fmt.Errorf("%q is no package.TestName", name)
	}
	test, sub, _ := strings.Cut(test, "/")
	files, _ := filepath.Glob(filepath.Join(pkg, "*_test.go"))
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, file, src, 0)
		if err != nil {
			return err
		}
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Recv != nil || fn.Name.Name != test {
				continue
			}
			body := string(src[fset.Position(fn.Pos()).Offset:fset.Position(fn.End()).Offset])
			golden := filepath.Join(pkg, "testdata", sub+".dot")
			if _, err := os.Stat(golden); sub == "" || err == nil && strings.Contains(body, "testdata/*.dot") {
				return nil
			}
			if strings.Contains(body, strconv.Quote(sub)) || strings.Contains(body, strconv.Quote(strings.ReplaceAll(sub, "_", " "))) {
				return nil
			}
			return fmt.Errorf("%s has no subtest %q", test, sub)
		}
	}
	return fmt.Errorf("there is no test %s", name)
}
