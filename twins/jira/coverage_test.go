package jira

import (
	"encoding/json"
	"flag"
	"go/ast"
	"go/token"
	"go/types"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"twinset.dev/kit/twin"
	"twinset.dev/kit/twintest"
)

// played is what the scripts have drawn from each operation, in whichever version of the API.
var played = struct {
	sync.Mutex
	answers map[string][]drawnAnswer
}{answers: map[string][]drawnAnswer{}}

// A drawnAnswer is one answer: its status, and every sentence in it, alone and as "key: sentence".
type drawnAnswer struct {
	status int
	said   []string
}

// hear notes an answer for checkFull.
func hear(op string, x twintest.Exchange) {
	h := drawnAnswer{status: x.Status}
	var v any
	if json.Unmarshal(x.Body, &v) != nil && x.Status >= 300 {
		v = strings.TrimSpace(string(x.Body))
	}
	h.said = sentences("", v)
	played.Lock()
	defer played.Unlock()
	op = strings.TrimPrefix(op, "v2.")
	played.answers[op] = append(played.answers[op], h)
}

// sentences are the strings in a JSON value.
func sentences(key string, v any) (out []string) {
	switch v := v.(type) {
	case string:
		out = append(out, v, key+": "+v)
	case []any:
		for _, x := range v {
			out = append(out, sentences(key, x)...)
		}
	case obj:
		for k, x := range v {
			out = append(out, sentences(k, x)...)
		}
	}
	return out
}

// checkFull holds every operation that is declared full to its word. Some script has drawn its answer; and each refusal that
// the package names has been drawn from an operation whose handler leads to where it is named.
func checkFull(t *testing.T) {
	if run := flag.Lookup("test.run"); run != nil && strings.Contains(run.Value.String(), "/") {
		return // one script alone says nothing of the rest
	}
	src := readSource(t)
	drawn := map[*refused]bool{}
	reached := map[*refused][]string{}
	used := map[string]bool{}
	excused := func(key string) bool {
		used[key] = true
		return elsewhere[key] != ""
	}
	for _, op := range host().Operations() {
		if strings.HasPrefix(op.ID, "v2.") || !strings.HasPrefix(op.Path, "/rest/") && !strings.HasPrefix(op.Path, "/secure/") { // conformance/jira holds pages and OAuth to their word
			continue
		}
		answers, roots := played.answers[op.ID], src.roots(op.ID)
		if op.Level == twin.Full && roots == nil {
			t.Errorf("%s is declared where this test does not see it", op.ID)
		}
		for o := range src.reach(roots) {
			for _, r := range src.refuses[o] {
				drawn[r] = drawn[r] || slices.ContainsFunc(answers, r.is)
				if op.Level == twin.Full {
					reached[r] = append(reached[r], op.ID)
				}
			}
		}
		if op.Level == twin.Full && !slices.ContainsFunc(answers, func(h drawnAnswer) bool { return h.status < 400 }) && !excused(op.ID) {
			t.Errorf("%s is declared full, but no script draws its answer", op.ID)
		}
	}
	for r, ops := range reached {
		if !drawn[r] && !excused(r.key()) {
			slices.Sort(ops)
			t.Errorf("%s: %s: no script draws %d %q, which %s can refuse with", r.at, r.in, r.status, r.says, strings.Join(ops[:min(len(ops), 4)], ", "))
		}
	}
	for key := range elsewhere {
		if !used[key] {
			t.Errorf("%s is drawn after all, or is nothing that could be", key)
		}
	}
}

// elsewhere are refusals that no script draws, and why; by the operation, or by the function and the words.
var elsewhere = map[string]string{
	`archiveIssuesAsync: The number of issues to archive or unarchive exceeds the hard limit of .*\. Precondition failed\.`: tooMuch,
	`addAttachment: The issue has reached the limit of .* attachments\.`:                                                    tooMuch,
	`addAttachment: The field file exceeds its maximum permitted size of .* bytes\.`:                                        "issue_attachments_test.go",
	`submitBulkMove: The number of issues must not exceed the limit .*\.`:                                                   tooMuch,
	`commented: The issue has reached the limit of .* comments\.`:                                                           tooMuch,
	`link: The issue '.*' has reached the limit of .* issue links\.`:                                                        tooMuch,
	`createOrUpdateRemoteIssueLink: The issue '.*' has reached the limit of .* remote issue links\.`:                        tooMuch,
	`newWorklog: The issue has reached the limit of .* worklogs\.`:                                                          tooMuch,
	`createUIModification: The number of UI modifications must not exceed 3000\.`:                                           tooMuch,
	`readIssueType: name: An issue type with this name already exists\.`:                                                    "it becomes a 409",
	`evaluateJiraExpression: The expression is too complex: its result has more than .* values\.`:                           "what makes so many values ends before",
	`smartly: There is no transition '.*' that you can take\.`:                                                              "development.txt has it as mail to the author of the commit",
	`cast: The actor '.*' of the role '.*' does not exist\.`:                                                                inTask,
	`resolved: The reference 'pcri:.*:ref:.*' is to nothing in the template\.`:                                              inTask,
	`build: The project role with id '.*' does not exist\.`:                                                                 inTask,
	`getValidProjectName: projectName: A project with that name already exists\.`:                                           "it is compared with, and another name found",
}

// tooMuch is of limits that a script would take thousands of steps to reach.
const tooMuch = "so many are not made in a script"

// inTask is of refusals of a template that somebody sends, which are in what becomes of the task.
const inTask = "project_templates.txt has it as the message of a task"

// A refused is one place where a function names a refusal.
type refused struct {
	in     string // the function
	at     token.Position
	status int    // 0 if that is not known before
	says   string // a regular expression, with .* for what is not known before
}

func (r *refused) key() string { return r.in + ": " + r.says }

// is reports whether an answer is this refusal, or has it within: what does many things says of each how it went.
func (r *refused) is(h drawnAnswer) bool {
	if r.status != 0 && h.status != r.status && (h.status >= 300 || strings.Trim(r.says, ".*: ") == "") {
		return false
	}
	return slices.ContainsFunc(h.said, regexp.MustCompile("(?s)^("+r.says+")$").MatchString)
}

// An ownSource is what the package's own files say of its operations.
type ownSource struct {
	*twintest.Source
	refuses map[types.Object][]*refused     // by the function, or the variable, that names it
	names   map[types.Object][]types.Object // what each function and variable names
	serves  map[string][]types.Object       // what the declaration of an operation names, by its id
}

func readSource(t *testing.T) *ownSource {
	src := &ownSource{twintest.ReadSource(t), map[types.Object][]*refused{}, map[types.Object][]types.Object{}, map[string][]types.Object{}}
	for o, v := range src.Values {
		if !refusalName(o.Name()) {
			src.read(o, v)
		}
	}
	for o, fn := range src.Funcs {
		if makers[o.Name()] == nil {
			src.declarations(fn)
			src.read(o, fn.Body)
		}
	}
	return src
}

func refusalName(name string) bool { return strings.HasPrefix(name, "err") || name == "badCredentials" }

// roots are where the handling of an operation begins. A family's own declarer may put the family before the id.
func (src *ownSource) roots(id string) []types.Object {
	if _, short, ok := strings.Cut(id, "."); ok && src.serves[id] == nil {
		id = short
	}
	return src.serves[id]
}

// declarations notes where the operations begin that a function declares, one by one or in a loop over a list of them.
func (src *ownSource) declarations(fn *ast.FuncDecl) {
	var listed []types.Object
	var ids []string
	loops := false
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if name := twintest.Called(n); len(n.Args) < 2 || name != "on" && name != "beyond" {
				return true
			}
			var named []types.Object
			for _, arg := range n.Args {
				named = append(named, src.Names(arg)...)
			}
			if at := slices.IndexFunc(n.Args, isSpelled); at >= 0 {
				id, _ := spelled(n.Args[at])
				src.serves[id] = append(src.serves[id], named...)
			} else {
				loops, listed = true, append(listed, named...)
			}
			return false
		case *ast.CompositeLit:
			ast.Inspect(n, func(n ast.Node) bool {
				if e, ok := n.(ast.Expr); ok {
					if s, ok := spelled(e); ok {
						ids = append(ids, s)
					}
				}
				return true
			})
		}
		return true
	})
	if loops {
		for _, id := range ids {
			src.serves[id] = append(src.serves[id], listed...)
		}
	}
}

// read notes what n, which is in o, names, and the refusals among that.
func (src *ownSource) read(o types.Object, n ast.Node) {
	src.names[o] = append(src.names[o], src.Names(n)...)
	ast.Inspect(n, func(n ast.Node) bool {
		e, ok := n.(ast.Expr)
		if !ok {
			return true
		}
		status, says := src.refusal(e)
		if says != "" {
			src.refuses[o] = append(src.refuses[o], &refused{o.Name(), src.At(n), status, says})
		}
		return says == ""
	})
}

// spelled is the string that an expression spells out.
func spelled(e ast.Expr) (string, bool) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(lit.Value)
	return s, err == nil
}

func isSpelled(e ast.Expr) bool { _, ok := spelled(e); return ok }

// makers are the functions that make refusals, by how their arguments are read.
var makers = map[string]func(src *ownSource, args []ast.Expr) (status int, says string){
	"badRequest":     said(http.StatusBadRequest),
	"forbidden":      said(http.StatusForbidden),
	"notFound":       said(http.StatusNotFound),
	"connectRefusal": said(http.StatusBadRequest),
	"wrongBulk":      said(http.StatusBadRequest),
	"refuse":         statusAnd(1),
	"plain":          statusAnd(1),
	"spoken":         statusAnd(1),
	"toolRefusal":    statusAnd(1),
	"deskRefusal":    statusAnd(2),
	"wrong": func(src *ownSource, args []ast.Expr) (int, string) {
		return http.StatusBadRequest, src.words(args[0]) + ": " + src.words(args[1])
	},
}

func said(status int) func(*ownSource, []ast.Expr) (int, string) {
	return func(src *ownSource, args []ast.Expr) (int, string) { return status, src.words(args[0]) }
}

func statusAnd(i int) func(*ownSource, []ast.Expr) (int, string) {
	return func(src *ownSource, args []ast.Expr) (int, string) { return src.status(args[0]), src.words(args[i]) }
}

// refusal reads an expression that is one: its status and what it says; that is "" of any other.
func (src *ownSource) refusal(e ast.Expr) (status int, says string) {
	switch e := e.(type) {
	case *ast.Ident:
		if v := src.Values[src.Object(e)]; v != nil && refusalName(e.Name) {
			return src.refusal(v)
		}
	case *ast.UnaryExpr:
		lit, ok := e.X.(*ast.CompositeLit)
		if !ok || e.Op != token.AND {
			return 0, ""
		}
		if id, ok := lit.Type.(*ast.Ident); !ok || id.Name != "refusal" {
			return 0, ""
		}
		for _, el := range lit.Elts {
			if kv := el.(*ast.KeyValueExpr); kv.Key.(*ast.Ident).Name == "status" {
				status = src.status(kv.Value)
			}
		}
		return status, ".*"
	case *ast.CallExpr:
		if id, ok := e.Fun.(*ast.Ident); ok && makers[id.Name] != nil {
			return makers[id.Name](src, e.Args)
		}
	}
	return 0, ""
}

// statuses are those that net/http names and the package refuses with.
var statuses = map[string]int{"StatusBadRequest": 400, "StatusUnauthorized": 401, "StatusForbidden": 403, "StatusNotFound": 404, "StatusMethodNotAllowed": 405,
	"StatusConflict": 409, "StatusPreconditionFailed": 412, "StatusRequestEntityTooLarge": 413, "StatusUnsupportedMediaType": 415, "StatusUnprocessableEntity": 422,
	"StatusTooManyRequests": 429, "StatusInternalServerError": 500, "StatusNotImplemented": 501, "StatusSeeOther": 303}

func (src *ownSource) status(e ast.Expr) int {
	switch e := e.(type) {
	case *ast.BasicLit:
		n, _ := strconv.Atoi(e.Value)
		return n
	case *ast.SelectorExpr:
		return statuses[e.Sel.Name]
	}
	return 0
}

var verb = regexp.MustCompile(`%[a-z]`)

// words is a string expression, or a format, as a regular expression.
func (src *ownSource) words(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		if s, ok := spelled(e); ok {
			return verb.ReplaceAllString(regexp.QuoteMeta(s), ".*")
		}
	case *ast.BinaryExpr:
		return src.words(e.X) + src.words(e.Y)
	case *ast.Ident:
		switch v := src.Values[src.Object(e)].(type) {
		case *ast.BasicLit, *ast.BinaryExpr:
			return src.words(v)
		}
	}
	return ".*"
}

// reach is all that the roots lead to.
func (src *ownSource) reach(roots []types.Object) map[types.Object]bool {
	found := map[types.Object]bool{}
	for len(roots) > 0 {
		o := roots[0]
		roots = roots[1:]
		if !found[o] {
			found[o] = true
			roots = append(roots, src.names[o]...)
		}
	}
	return found
}
