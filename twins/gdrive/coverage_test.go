package gdrive

import (
	"encoding/json"
	"flag"
	"fmt"
	"go/ast"
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

// played is what the tests have drawn: by operation the statuses, and all refusals.
var played = struct {
	sync.Mutex
	statuses map[string][]int
	refusals []string // "code reason message"
}{statuses: map[string][]int{}}

// hear notes an answer to a script, hearWorld the statuses of all that was asked of a world, and hearRefusal a refusal.
func hear(op string, x twintest.Exchange) {
	hearStatus(op, x.Status)
	hearRefusal(x.Status, x.Body)
}

func hearWorld(w *twin.World) {
	for _, e := range w.Journal.Since(0, 0) {
		hearStatus(e.Operation, e.Status)
	}
}

func hearStatus(op string, status int) {
	played.Lock()
	defer played.Unlock()
	played.statuses[op] = append(played.statuses[op], status)
}

func hearRefusal(status int, said []byte) {
	var body struct {
		Error struct {
			Message string
			Errors  []struct{ Reason, Location string }
		}
	}
	if json.Unmarshal(said, &body) == nil && len(body.Error.Errors) > 0 {
		played.Lock()
		defer played.Unlock()
		e := body.Error.Errors[0]
		played.refusals = append(played.refusals, strconv.Itoa(status)+" "+e.Reason+" "+body.Error.Message, e.Location+" "+body.Error.Message)
	}
}

// TestMain holds a run of all tests to what is declared full: see undrawn.
func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	if code == 0 && flag.Lookup("test.run").Value.String() == "" && flag.Lookup("test.bench").Value.String() == "" {
		for _, what := range undrawn() {
			fmt.Println(what)
			code = 1
		}
	}
	os.Exit(code)
}

// undrawn are the operations that are declared full although no test has drawn their answer, and the refusals that the
// package names and none has drawn. The pages are left to the browser's tests. 499 is how Google answers what is cancelled.
func undrawn() (all []string) {
	for _, op := range host().Operations() {
		drawn := slices.ContainsFunc(played.statuses[op.ID], func(s int) bool { return s < 400 || s == 499 })
		if op.Level == twin.Full && !drawn && !strings.HasPrefix(op.ID, "ui.") {
			all = append(all, op.ID+" is declared full, but no test draws its answer")
		}
	}
	for _, r := range refusals() {
		if !slices.ContainsFunc(played.refusals, regexp.MustCompile("^"+r.pattern+"$").MatchString) {
			all = append(all, r.at.String()+": no test draws "+r.pattern)
		}
	}
	return all
}

// A named refusal is one that the package's own files name.
type named struct {
	at      token.Position
	pattern string
}

// refusals are all calls of gapi.Because, and of invalidValue and errMissing for a parameter.
func refusals() (all []named) {
	err := twintest.Calls(func(at token.Position, call *ast.CallExpr) {
		if len(call.Args) == 0 {
			return
		}
		args := make([]string, len(call.Args))
		for i, a := range call.Args {
			if lit, ok := a.(*ast.BasicLit); ok {
				if args[i] = lit.Value; lit.Kind == token.STRING {
					args[i], _ = strconv.Unquote(lit.Value)
				}
			}
		}
		switch name := twintest.Called(call); {
		case name == "Because" && args[2] != "":
			words := regexp.MustCompile(`%[sdv]`).ReplaceAllString(regexp.QuoteMeta(args[2]), ".*")
			all = append(all, named{at, args[0] + " " + args[1] + " " + words})
		case name == "invalidValue" && args[0] != "":
			all = append(all, named{at, regexp.QuoteMeta(args[0]) + " Invalid Value"})
		case name == "errMissing" && args[0] != "":
			all = append(all, named{at, "400 required Required parameter: " + args[0]})
		}
	})
	if err != nil {
		panic(err) // the package's own files
	}
	return all
}
