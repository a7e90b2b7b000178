package okta

import (
	"encoding/json"
	"flag"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"net/http"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"
	"testing"

	"twinset.dev/kit/twin"
	"twinset.dev/kit/twintest"
	"twinset.dev/twins/okta/internal/api"
)

// played is what the scripts have drawn from each operation.
var played = struct {
	sync.Mutex
	answers map[string][]drawnAnswer
}{answers: map[string][]drawnAnswer{}}

// A drawnAnswer is one answer: what a refusal said, "" of what went well.
type drawnAnswer struct {
	status int
	said   string
}

// hear notes an answer for checkFull.
func hear(op string, x twintest.Exchange) {
	h := drawnAnswer{status: x.Status}
	var v struct {
		ErrorCode, ErrorSummary string
		ErrorCauses             []struct{ ErrorSummary string }
	}
	if x.Status >= 400 && json.Unmarshal(x.Body, &v) == nil {
		h.said = v.ErrorCode + " " + v.ErrorSummary
		for _, c := range v.ErrorCauses {
			h.said += "\n" + c.ErrorSummary
		}
	}
	played.Lock()
	defer played.Unlock()
	played.answers[op] = append(played.answers[op], h)
}

// checkFull holds every operation that is declared full to its word. Some script has drawn its answer; each refusal that
// the package names has been drawn from an operation whose handler leads to where it is named; and each status that the
// public specification lists for an operation, if its handler or what that calls refuses so, from the operation itself.
func checkFull(t *testing.T) {
	if run := flag.Lookup("test.run"); run != nil && strings.Contains(run.Value.String(), "/") {
		return // one script alone says nothing of the rest
	}
	src := readSource(t)
	documented := documentation(t)
	drawn := map[*refused]bool{}
	used := map[string]bool{}
	excused := func(key string) bool {
		used[key] = true
		return elsewhere[key] != ""
	}
	reached := map[*refused][]string{}
	for _, op := range host().Operations() {
		roots, answers := src.serves[op.ID], played.answers[op.ID]
		full := op.Level == twin.Full && (strings.HasPrefix(op.Path, "/api/") || documented[op.ID].statuses != nil) // conformance holds pages and the OAuth endpoints to their word
		for name := range src.reach(roots, -1) {
			for _, r := range src.refuses[name] {
				drawn[r] = drawn[r] || slices.ContainsFunc(answers, r.is)
				if full {
					reached[r] = append(reached[r], op.ID)
				}
			}
		}
		if !full {
			continue
		}
		if !slices.ContainsFunc(answers, func(h drawnAnswer) bool { return h.status < 400 }) && !excused(op.ID) {
			t.Errorf("%s is declared full, but no script draws its answer", op.ID)
		}
		for _, status := range src.statuses(roots, op, documented[op.ID]) {
			if !slices.ContainsFunc(answers, func(h drawnAnswer) bool { return h.status == status }) && !excused(fmt.Sprint(op.ID, " ", status)) {
				t.Errorf("%s is declared full, but no script draws its %d", op.ID, status)
			}
		}
	}
	for r, ops := range reached {
		if !drawn[r] && !excused(r.key()) {
			sort.Strings(ops)
			t.Errorf("%s: %s: no script draws %q, which %s can refuse with", r.at, r.in, r.says, strings.Join(ops[:min(len(ops), 4)], ", "))
		}
	}
	for key := range elsewhere {
		if !used[key] {
			t.Errorf("%s is drawn after all, or is nothing that could be", key)
		}
	}
}

// elsewhere are refusals that no conversation can draw, and why; by the operation and the status, or by the function and the words.
var elsewhere = map[string]string{
	"deleteUISchemas 404": "an org answers 204",

	// What can only be refused to who changes something, though the same function checks what is new.
	"createBehaviorDetectionRule 403": unchanging, "createDeviceAssurancePolicy 403": unchanging, "createOAuth2Claim 403": unchanging, "createOAuth2Scope 403": unchanging, "createPolicyRule 403": unchanging,
	"replaceCaptchaInstance 403": "only a second CAPTCHA is refused",

	// What comes with the org is active, and an authorization server's policies are all somebody's own.
	"activatePolicy 403": ownPolicies, "activatePolicyRule 403": ownPolicies, "activateAuthorizationServerPolicy 403": ownPolicies, "activateAuthorizationServerPolicyRule 403": ownPolicies,
	"deactivateAuthorizationServerPolicy 403": ownPolicies, "deactivateAuthorizationServerPolicyRule 403": ownPolicies, "deleteAuthorizationServerPolicy 403": ownPolicies, "deleteAuthorizationServerPolicyRule 403": ownPolicies,
	"replaceAuthorizationServerPolicy 403": ownPolicies, "replaceAuthorizationServerPolicyRule 403": ownPolicies,
	"deactivateDevice 403": "every status leads to it",
	"mapResourceToPolicy":  "it is refused to everybody",
	"authnSkip":            "it is refused to everybody",
	"generateCSR: E0000001 Api validation failed: csr\nThe certificate signing request metadata is invalid\\.": "what cannot be signed is refused before",
	"sendTestEmail: " + errForbidden.said():        "only a client that signs for its token is nobody",
	"retryAgentPoolsUpdate":                        "no update fails at a twin",
	"deactivateOAuth2ResourceServerJsonWebKey 400": "what goes from ACTIVE is never refused",
	"publishCSR: E0000001 Api validation failed: certificate\nThe certificate validity period is less than 90 days\\.": certTest,
	"upsertCertificate: " + errMalformed.said(): certTest,
	"upsertCertificate: E0000001 Api validation failed: privateKey\nprivateKey: The private key does not match the certificate\\.": certTest,
	"upsertCertificate: E0000001 Api validation failed: certificate\ncertificate: The certificate is not for this domain\\.":       certTest,
	"checkJWK: E0000001 Api validation failed: JsonWebKey\nYou have reached the maximum number of keys per client\\.":              certTest,
	"askHook: " + errHookTimeout.said(): "hooks_test.go",

	// A consent is given in a browser, and a certificate and a signed event are made with a key.
	"getUserGrant": conformance, "revokeUserGrant": conformance,
	"publishCsrForIdentityProvider": certTest, "publishCsrFromApplication": certTest, "upsertCertificate": conformance, "publishSecurityEventTokens": "hooks_test.go",
}

const (
	unchanging  = "nothing is there yet that could not be changed"
	ownPolicies = "there is none that is so"
	certTest    = "certificates_test.go"
	conformance = "conformance/okta"
)

// said is what a refusal says, as a regular expression.
func (r *refusal) said() string { return r.code + " " + regexp.QuoteMeta(r.summary) }

// A refused is one place where a function names a refusal.
type refused struct {
	in     string // the function
	at     token.Position
	status int
	says   string // what is said, with .* for what is not known before
}

func (r *refused) key() string { return r.in + ": " + r.says }

// is reports whether an answer is this refusal.
func (r *refused) is(h drawnAnswer) bool {
	return h.status == r.status && regexp.MustCompile("(?s)^"+r.says).MatchString(h.said)
}

// source is what the package's own files say of its operations.
type source struct {
	*twintest.Source
	refuses map[types.Object][]*refused     // by the function, or the variable, that names it
	names   map[types.Object][]types.Object // what each function and variable names
	serves  map[string][]types.Object       // where the handling of an operation begins, by its id: what its declaration names
	hooks   map[string][]types.Object       // what a kind's functions are, as "zoneKind.check"
}

func readSource(t *testing.T) *source {
	src := &source{twintest.ReadSource(t), map[types.Object][]*refused{}, map[types.Object][]types.Object{}, map[string][]types.Object{}, map[string][]types.Object{}}
	for o, v := range src.Values {
		if !strings.HasPrefix(o.Name(), "err") {
			src.read(o, v)
		}
		ast.Inspect(v, func(n ast.Node) bool {
			if kv, ok := n.(*ast.KeyValueExpr); ok {
				src.hook(o, kv.Key, kv.Value)
			}
			return true
		})
	}
	for _, fn := range src.Inits {
		ast.Inspect(fn.Body, func(n ast.Node) bool {
			if a, ok := n.(*ast.AssignStmt); ok {
				for i, left := range a.Lhs {
					if of := src.Names(left); len(of) > 0 && i < len(a.Rhs) {
						src.read(of[0], a.Rhs[i])
						src.hook(of[0], left.(*ast.SelectorExpr).Sel, a.Rhs[i])
					}
				}
			}
			return true
		})
	}
	for o, fn := range src.Funcs {
		if !slices.Contains(makers, o.Name()) {
			src.declarations(fn)
			src.read(o, fn.Body)
		}
	}
	return src
}

func (src *source) hook(of types.Object, name ast.Node, is ast.Expr) {
	if id, ok := name.(*ast.Ident); ok {
		key := of.Name() + "." + id.Name
		src.hooks[key] = append(src.hooks[key], src.Names(is)...)
	}
}

// kindDoes is what serveKind does for each of a kind's operations, and the kind's own function that it runs.
var kindDoes = map[string]struct{ hook, first, then string }{
	"list": {"", "sought", "paged"}, "create": {"check", "make", ""}, "get": {"", "fetch", ""}, "replace": {"check", "fetch", "replace"},
	"delete": {"deletes", "fetch", "remove"}, "activate": {"turns", "fetch", "turn"}, "deactivate": {"turns", "fetch", "turn"},
}

// makers are the functions that make refusals: what they name is what their caller says.
var makers = []string{"notFound", "invalid", "blank", "illegal", "readOnly"}

// declarations notes where the operations begin that a function declares.
func (src *source) declarations(fn *ast.FuncDecl) {
	var looped []types.Object // what is named where a loop declares operations, and where it has their ids from
	var ids []string
	loops := false
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			switch name := twintest.Called(n); {
			case name == "serveKind":
				src.kindDeclared(n)
			case name != "on" && name != "beyond":
				return true
			case len(literals(n)) > 0:
				for _, id := range literals(n) {
					src.serves[id] = append(src.serves[id], src.Names(n)...)
				}
			default:
				loops = true
				looped = append(looped, src.Names(n)...)
			}
			return false
		case *ast.CompositeLit:
			looped = append(looped, src.Names(n)...)
			ids = append(ids, literals(n)...)
		}
		return true
	})
	if !loops {
		return
	}
	for _, id := range ids {
		src.serves[id] = append(src.serves[id], looped...)
	}
}

// kindDeclared notes where the operations begin that a call of serveKind declares.
func (src *source) kindDeclared(c *ast.CallExpr) {
	for _, el := range c.Args[2].(*ast.CompositeLit).Elts {
		kv := el.(*ast.KeyValueExpr)
		does := kindDoes[kv.Key.(*ast.Ident).Name]
		for _, id := range literals(kv.Value) {
			src.serves[id] = slices.Concat(src.hooks[src.Names(c.Args[1])[0].Name()+"."+does.hook], src.Names(c.Args[3]), src.called(does.first), src.called(does.then))
		}
	}
}

// called are the functions of a name.
func (src *source) called(name string) (list []types.Object) {
	for o := range src.Funcs {
		if o.Name() == name {
			list = append(list, o)
		}
	}
	return list
}

// read notes what n, which is in o, names, and the refusals among that.
func (src *source) read(o types.Object, n ast.Node) {
	src.names[o] = append(src.names[o], src.Names(n)...)
	ast.Inspect(n, func(n ast.Node) bool {
		e, ok := n.(ast.Expr)
		if !ok {
			return true
		}
		status, says := src.refusal(e)
		if status != 0 && status != errTooMany.status {
			src.refuses[o] = append(src.refuses[o], &refused{o.Name(), src.At(n), status, says})
		}
		return status == 0
	})
}

// literals are the strings in n.
func literals(n ast.Node) (list []string) {
	ast.Inspect(n, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			s, _ := strconv.Unquote(lit.Value)
			list = append(list, s)
		}
		return true
	})
	return list
}

// refusal reads an expression that is one: its status and what it says.
func (src *source) refusal(e ast.Expr) (status int, says string) {
	switch e := e.(type) {
	case *ast.Ident:
		if v := src.Values[src.Object(e)]; v != nil && strings.HasPrefix(e.Name, "err") {
			return src.refusal(v)
		}
	case *ast.UnaryExpr:
		if lit, ok := e.X.(*ast.CompositeLit); ok && e.Op == token.AND {
			return src.literal(lit)
		}
	case *ast.CallExpr:
		var words []string
		for _, a := range e.Args {
			words = append(words, src.words(a))
		}
		if e.Ellipsis.IsValid() {
			words[len(words)-1] = ".*"
		}
		switch f := twintest.Called(e); {
		case f == "because":
			status, says = src.refusal(e.Fun.(*ast.SelectorExpr).X)
			says, _, _ = strings.Cut(says, "\n")
			return status, says + "\n" + strings.Join(words, "\n")
		case !slices.Contains(makers, f):
		case f == "notFound":
			return 404, "E0000007 Not found: Resource not found: " + words[0] + ` \(` + words[1] + `\)`
		case f == "invalid":
			return 400, "E0000001 Api validation failed: " + strings.Join(words, "\n")
		case f == "blank":
			return 400, "E0000001 Api validation failed: " + words[0] + "\n" + words[0] + ": The field cannot be left blank"
		case f == "illegal":
			return 400, "E0000002 The request was not valid: " + words[0]
		case f == "readOnly":
			return 403, "E0000077 Cannot modify the " + words[0] + " attribute"
		}
	}
	return 0, ""
}

// literal reads a &refusal{…}.
func (src *source) literal(lit *ast.CompositeLit) (status int, says string) {
	if id, ok := lit.Type.(*ast.Ident); !ok || id.Name != "refusal" {
		return 0, ""
	}
	var code, summary, causes string
	for _, el := range lit.Elts {
		kv := el.(*ast.KeyValueExpr)
		switch kv.Key.(*ast.Ident).Name {
		case "status":
			if n, ok := kv.Value.(*ast.BasicLit); ok {
				status, _ = strconv.Atoi(n.Value)
			}
		case "code":
			code = src.words(kv.Value)
		case "summary":
			summary = src.words(kv.Value)
		case "causes":
			causes = "\n.*"
			if list, ok := kv.Value.(*ast.CompositeLit); ok {
				causes = ""
				for _, c := range list.Elts {
					causes += "\n" + src.words(c)
				}
			}
		}
	}
	return status, code + " " + summary + causes
}

// words is a string expression as a regular expression.
func (src *source) words(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		if s, err := strconv.Unquote(e.Value); err == nil {
			return regexp.QuoteMeta(s)
		}
	case *ast.BinaryExpr:
		return src.words(e.X) + src.words(e.Y)
	case *ast.Ident:
		if v, ok := src.Values[src.Object(e)].(*ast.BasicLit); ok {
			return src.words(v)
		}
	}
	return ".*"
}

// reach is all that the roots lead to within so many steps, or however many if that is less than none.
func (src *source) reach(roots []types.Object, steps int) map[types.Object]bool {
	found := map[types.Object]bool{}
	for _, r := range roots {
		found[r] = true
	}
	for next := roots; len(next) > 0 && steps != 0; steps-- {
		var after []types.Object
		for _, o := range next {
			for _, n := range src.names[o] {
				if !found[n] {
					found[n] = true
					after = append(after, n)
				}
			}
		}
		next = after
	}
	return found
}

// statuses are those that an operation's handler, or what it calls, refuses with. Whom the org does not allow to do a
// thing, and who asks too often, is refused before.
func (src *source) statuses(roots []types.Object, op *twin.Operation, documented documents) (list []int) {
	for o := range src.reach(roots, 1) {
		for _, r := range src.refuses[o] {
			bodiless := !documented.body && strings.HasPrefix(r.says, errMalformed.code)
			pathless := r.status == http.StatusNotFound && !strings.Contains(op.Path, "{")
			before := strings.HasPrefix(r.says, errForbidden.code)
			if documented.statuses[r.status] && !bodiless && !pathless && !before && !slices.Contains(list, r.status) {
				list = append(list, r.status)
			}
		}
	}
	return list
}

// documents are what the public specification says of an operation.
type documents struct {
	statuses map[int]bool
	body     bool
}

func documentation(t *testing.T) map[string]documents {
	var doc struct {
		Paths map[string]map[string]json.RawMessage
	}
	if err := json.Unmarshal(api.Spec.JSON(), &doc); err != nil {
		t.Fatal(err)
	}
	all := map[string]documents{}
	for _, item := range doc.Paths {
		for method, raw := range item {
			var op struct {
				OperationID string
				Responses   map[string]json.RawMessage
				RequestBody json.RawMessage
			}
			if method != "parameters" && json.Unmarshal(raw, &op) == nil {
				d := documents{map[int]bool{}, op.RequestBody != nil}
				for s := range op.Responses {
					n, _ := strconv.Atoi(s)
					d.statuses[n] = true
				}
				all[op.OperationID] = d
			}
		}
	}
	return all
}
