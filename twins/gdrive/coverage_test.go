package gdrive

import (
	"encoding/json"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"twinset.dev/kit/twin"
	"twinset.dev/kit/twintest"
)

// played is what the scripts have drawn: by operation the statuses, and all refusals.
var played = struct {
	sync.Mutex
	statuses map[string][]int
	refusals []string // "code reason message"
}{statuses: map[string][]int{}}

// hear notes an answer for checkFull.
func hear(op string, x twintest.Exchange) {
	played.Lock()
	defer played.Unlock()
	played.statuses[op] = append(played.statuses[op], x.Status)
	var body struct {
		Error struct {
			Message string
			Errors  []struct{ Reason, Location string }
		}
	}
	if json.Unmarshal(x.Body, &body) == nil && len(body.Error.Errors) > 0 {
		e := body.Error.Errors[0]
		played.refusals = append(played.refusals, strconv.Itoa(x.Status)+" "+e.Reason+" "+body.Error.Message, e.Location+" "+body.Error.Message)
	}
}

// drawnBy are answers that no script draws, and where they are drawn: by the operation, or by the beginning of the words.
var drawnBy = map[string]string{
	"Your My Drive can't contain more than 100 levels":       "limits_test.go",
	"The shared drive hierarchy depth will exceed the limit": "limits_test.go",
	"The limit of 100 properties on this file":               "limits_test.go",
	"The thumbnail is larger than":                           "uploads_test.go",
	"ui.":                                                    "the browser's tests",
	"drive.files.create.piece":                               "uploads_test.go",
	"drive.files.update.piece":                               "uploads_test.go",
	"drive.files.update.post":                                "uploads_test.go",
	"drive.files.create.cancel":                              "uploads_test.go",
	"drive.files.update.cancel":                              "uploads_test.go",
	"drive.batch":                                            "batch_test.go",
	"drive.links.tokenKeys":                                  "cse_test.go",
	"drive.files.watch":                                      "uploads_test.go",
	"drive.channels.stop":                                    "uploads_test.go",
	"Invalid X-Upload-Content-Length":                        "uploads_test.go",
	"The upload ended before all of it had come":             "uploads_test.go",
	"Invalid request.  According to the Content-Range":       "uploads_test.go",
	"More bytes have come than were announced":               "uploads_test.go",
	"Failed to parse Content-Range":                          "uploads_test.go",
	"Invalid request.  The number of bytes uploaded":         "uploads_test.go",
	"Another piece of the upload has come at the same time":  "uploads_test.go",
	"The number of revisions that are kept forever":          "revisions.go, two hundred of them",
}

func drawnElsewhere(said string) bool {
	for begins := range drawnBy {
		if strings.HasPrefix(said, begins) {
			return true
		}
	}
	return false
}

// checkFull holds every operation that is declared full to its word: some script has drawn its answer; and each refusal that
// the package names has been drawn.
func checkFull(t *testing.T) {
	if run := flag.Lookup("test.run"); run != nil && strings.Contains(run.Value.String(), "/") {
		return // one script alone says nothing of the rest
	}
	for _, op := range host().Operations() {
		if op.Level == twin.Full && !slices.ContainsFunc(played.statuses[op.ID], func(s int) bool { return s < 400 }) && !drawnElsewhere(op.ID) {
			t.Errorf("%s is declared full, but no script draws its answer", op.ID)
		}
	}
	for _, r := range refusals(t) {
		said := regexp.MustCompile("^" + r.pattern + "$")
		if !drawnElsewhere(r.says) && !slices.ContainsFunc(played.refusals, said.MatchString) {
			t.Errorf("%s: no script draws %s", r.at, r.pattern)
		}
	}
}

// A named refusal is one that the package's own files name.
type named struct {
	at            token.Position
	says, pattern string
}

// refusals are all calls of gapi.Because, and of invalidValue and errMissing for a parameter.
func refusals(t *testing.T) (all []named) {
	fset := token.NewFileSet()
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range files {
		if !strings.HasSuffix(entry.Name(), ".go") || strings.HasSuffix(entry.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(fset, entry.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) == 0 {
				return true
			}
			args := make([]string, len(call.Args))
			for i, a := range call.Args {
				if lit, ok := a.(*ast.BasicLit); ok {
					if args[i] = lit.Value; lit.Kind == token.STRING {
						args[i], _ = strconv.Unquote(lit.Value)
					}
				}
			}
			switch name := called(call); {
			case name == "Because" && args[2] != "":
				words := regexp.MustCompile(`%[sdv]`).ReplaceAllString(regexp.QuoteMeta(args[2]), ".*")
				all = append(all, named{fset.Position(n.Pos()), args[2], args[0] + " " + args[1] + " " + words})
			case name == "invalidValue" && args[0] != "":
				all = append(all, named{fset.Position(n.Pos()), "", regexp.QuoteMeta(args[0]) + " Invalid Value"})
			case name == "errMissing" && args[0] != "":
				all = append(all, named{fset.Position(n.Pos()), "", "400 required Required parameter: " + args[0]})
			}
			return true
		})
	}
	return all
}

func called(call *ast.CallExpr) string {
	switch f := call.Fun.(type) {
	case *ast.SelectorExpr:
		return f.Sel.Name
	case *ast.Ident:
		return f.Name
	}
	return ""
}
