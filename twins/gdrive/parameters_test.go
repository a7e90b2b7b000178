package gdrive

import (
	"go/ast"
	"go/types"
	"slices"
	"strconv"
	"strings"
	"testing"

	"twinset.dev/kit/twintest"
	"twinset.dev/twins/gdrive/internal/api"
)

// without are the parameters that an operation takes and that change nothing here, and why. A name alone is of all
// operations.
var without = map[string]string{
	"ocrLanguage":             "pictures carry no text here that could be read",
	"ignoreDefaultVisibility": "the company's own default is that files are private",
	"enforceSingleParent":     "deprecated: there is one parent",
	"enforceExpansiveAccess":  "deprecated: all requests are made by the expansive rules",
	"acknowledgeAbuse":        "nothing here is found to be malware",
	"includeCorpusRemovals":   "noted at changes.list",

	"drive.changes.watch includeLabels":             "messages do not say what is in a file",
	"drive.changes.watch includePermissionsForView": "likewise",
	"drive.changes.watch pageSize":                  "messages have no pages",
	"drive.files.watch includeLabels":               "messages do not say what is in a file",
	"drive.files.watch includePermissionsForView":   "likewise",
}

// TestParameters finds, for each operation, the parameters of the specification that its handler and what that calls never
// ask for.
func TestParameters(t *testing.T) {
	src := twintest.ReadSource(t)
	handlers := map[string][]types.Object{}
	for _, f := range src.Funcs {
		ast.Inspect(f, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && twintest.Called(call) == "On" && len(call.Args) == 3 {
				if id, ok := call.Args[1].(*ast.BasicLit); ok {
					name, _ := strconv.Unquote(id.Value)
					handlers["drive."+name] = src.Names(call.Args[2])
				}
			}
			return true
		})
	}
	used, takers := map[string]bool{}, map[string]int{}
	for _, op := range api.Operations {
		for _, p := range op.Params {
			takers[p]++
		}
	}
	for _, op := range api.Operations {
		asked := asks(src, handlers[op.ID])
		for _, p := range op.Params {
			_, everywhere := without[p]
			_, here := without[op.ID+" "+p]
			switch {
			case strings.Contains(op.Path, "{"+p+"}"), asked[p], takers[p] == len(api.Operations): // the last are gapi's to read
			case everywhere:
				used[p] = true
			case here:
				used[op.ID+" "+p] = true
			default:
				t.Errorf("%s never asks for %s", op.ID, p)
			}
		}
	}
	for name := range without {
		if !used[name] {
			t.Errorf("%s is asked for", name)
		}
	}
}

// asks are the parameters of the query that functions, and what these call, ask for.
func asks(src *twintest.Source, from []types.Object) map[string]bool {
	names, seen := map[string]bool{}, slices.Clone(from)
	for i := 0; i < len(seen); i++ {
		var n ast.Node = src.Values[seen[i]]
		if f := src.Funcs[seen[i]]; f != nil {
			n = f.Body
		}
		for _, o := range src.Names(n) {
			if !slices.Contains(seen, o) {
				seen = append(seen, o)
			}
		}
		ast.Inspect(n, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			switch twintest.Called(call) {
			case "Page":
				names["pageSize"], names["pageToken"] = true, true
			case "Q", "Qs", "QTrue", "QInt", "Get", "pageSize", "since", "asked":
				for _, arg := range call.Args {
					if lit, ok := arg.(*ast.BasicLit); ok {
						name, _ := strconv.Unquote(lit.Value)
						names[name] = true
					}
				}
			}
			return true
		})
	}
	return names
}
