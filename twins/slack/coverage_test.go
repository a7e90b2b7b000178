package slack

import (
	"flag"
	"go/ast"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"

	"twinset.dev/kit/twin"
	"twinset.dev/kit/twintest"
	"twinset.dev/twins/slack/internal/api"
)

// checkFull holds every method that is declared full to its word: some script has drawn its answer, and each refusal
// that its handler names, and each that the public specification lists and a function that the handler calls names.
func checkFull(t *testing.T) {
	if run := flag.Lookup("test.run"); run != nil && strings.Contains(run.Value.String(), "/") {
		return // one script alone says nothing of the rest
	}
	src := readSource(t)
	documented := map[string][]string{}
	for _, op := range api.Operations {
		documented[op.ID] = op.Errors
	}
	for _, op := range host().Operations() {
		m := host().methods[op.ID]
		if m == nil || op.Level != twin.Full {
			continue
		}
		got := played.answers[op.ID]
		if !got[""] {
			t.Errorf("%s is declared full, but no script draws its answer", op.ID)
		}
		for _, code := range src.refusals(op.ID, documented[op.ID]) {
			if !got[code] {
				t.Errorf("%s is declared full, but no script draws %s", op.ID, code)
			}
		}
	}
}

// source is what the package's own files say of its methods.
type source struct {
	handler map[string]string   // the function that serves a method
	errors  map[string][]string // the errors that a function names, in its own body
	calls   map[string][]string // the functions that a function calls
	code    map[string]string   // of an error by its name in errors.go
}

func readSource(t *testing.T) source {
	src := source{map[string]string{}, map[string][]string{}, map[string][]string{}, map[string]string{}}
	files := twintest.ReadSource(t)
	for o, v := range files.Values {
		if code, ok := value([]ast.Expr{v}); ok && strings.HasPrefix(o.Name(), "err") {
			src.code[o.Name()] = code
		}
	}
	for _, fn := range files.Funcs {
		src.read(fn)
	}
	return src
}

func value(vs []ast.Expr) (string, bool) {
	if len(vs) != 1 {
		return "", false
	}
	lit, ok := vs[0].(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(lit.Value)
	return s, err == nil
}

func (src source) read(fn *ast.FuncDecl) {
	name := fn.Name.Name
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			if code, ok := src.code[n.Name]; ok {
				src.errors[name] = append(src.errors[name], code)
			}
		case *ast.CallExpr:
			switch called := twintest.Called(n); called {
			case "Error":
				if code, ok := value(n.Args); ok {
					src.errors[name] = append(src.errors[name], code)
				}
			case "invalid", "missing":
				src.errors[name] = append(src.errors[name], "invalid_arguments")
			case "need", "needFor":
				src.errors[name] = append(src.errors[name], "missing_scope")
			case "write", "read":
				if len(n.Args) == 4 {
					method, ok := value(n.Args[1:2])
					h, is := n.Args[3].(*ast.SelectorExpr)
					if ok && is {
						src.handler[method] = h.Sel.Name
					}
				}
			default:
				src.calls[name] = append(src.calls[name], called)
			}
		}
		return true
	})
}

// refusals are the error codes that a method can answer beside those that all methods share.
func (src source) refusals(method string, documented []string) []string {
	fn := src.handler[method]
	codes := slices.Clone(src.errors[fn])
	for _, f := range src.calls[fn] {
		for _, code := range src.errors[f] {
			if slices.Contains(documented, code) {
				codes = append(codes, code)
			}
		}
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}
