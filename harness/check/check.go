// Package check decides what can be decided without judging: the deterministic checks of a scenario. The state after a trial is looked
// at through expressions, everything that may not differ must be as it was, things happened in the order they should, within limits.
package check

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/vm"

	"twinset.dev/harness/scenario"
	"twinset.dev/harness/trajectory"
	"twinset.dev/kit/store"
	"twinset.dev/kit/twin"
)

// Groups of checks.
const (
	FinalState = "final_state"
	Unchanged  = "unchanged"
	InOrder    = "order"
	Limits     = "limits"
)

// Results of a check.
const (
	Pass  = "pass"
	Fail  = "fail"
	Error = "error" // the check itself is wrong
)

// Checks are a scenario's, compiled.
type Checks struct {
	final     []*program
	unchanged []pattern // nil: there is no such check
	order     []order
	limits    scenario.Limits
}

// Compile reads the checks of a scenario. What is no expression, or names what there is not, is an error that says where.
func Compile(c *scenario.Checks, host *twin.Host) (*Checks, error) {
	out := &Checks{limits: c.Limits}
	for i, src := range c.Final {
		p, err := compile(src, host.Schema, expr.AsBool())
		if err != nil {
			return nil, fmt.Errorf("final_state[%d]: %w", i, err)
		}
		out.final = append(out.final, p)
	}
	if c.Unchanged != nil {
		out.unchanged = []pattern{}
		for i, src := range c.Unchanged.Except {
			p, err := parsePattern(src, host.Schema)
			if err != nil {
				return nil, fmt.Errorf("unchanged.except[%d]: %w", i, err)
			}
			out.unchanged = append(out.unchanged, p)
		}
	}
	for i, o := range c.Order {
		before, err := parsePhrase(o.Before, host)
		if err != nil {
			return nil, fmt.Errorf("order[%d].before: %w", i, err)
		}
		after, err := parsePhrase(o.After, host)
		if err != nil {
			return nil, fmt.Errorf("order[%d].after: %w", i, err)
		}
		out.order = append(out.order, order{before, after})
	}
	return out, nil
}

// Run checks a trial that has ended: the state that it left, what it changed, and its events.
func (c *Checks) Run(st *State, changes []trajectory.Change) []trajectory.Check {
	list := make([]trajectory.Check, 0, len(c.final)+len(c.order)+3)
	st.view(c.needs())
	for _, p := range c.final {
		list = append(list, p.check(st))
	}
	if c.unchanged != nil {
		list = append(list, c.collateral(changes))
	}
	for _, o := range c.order {
		list = append(list, o.check(st.events, changes))
	}
	return append(list, c.bounds(st.events)...)
}

// Passed reports whether all checks passed.
func Passed(list []trajectory.Check) bool {
	return !slices.ContainsFunc(list, func(c trajectory.Check) bool { return c.Result != Pass })
}

// env is what expressions see.
type env struct {
	Okta    Okta                                `expr:"okta"`
	Slack   Slack                               `expr:"slack"`
	Jira    Jira                                `expr:"jira"`
	Google  Google                              `expr:"google"`
	Replies []string                            `expr:"replies"` // what the product said
	Said    func(words string) bool             `expr:"said"`    // whether one of the replies contains this, in whatever case
	Calls   func(phrase string) (int, error)    `expr:"calls"`   // how many calls succeeded: calls("slack chat.postMessage")
	Records func(collection string) []any       `expr:"records"` // any collection, as an export of the world has it
	One     func(handle string) (string, error) `expr:"email"`   // of a person of the company
}

// A program is an expression, and which lists of records it goes through.
type program struct {
	source string
	code   *vm.Program
	lists  lists
}

// lists are the views of whole collections: "okta.users".
type lists map[string]bool

// all are all the lists there are.
var all = lists{"okta.users": true, "okta.groups": true, "slack.users": true, "slack.channels": true, "slack.messages": true, "slack.usergroups": true, "jira.issues": true, "jira.users": true, "google.files": true, "google.drives": true}

// Visit notes the lists that an expression names.
func (l lists) Visit(n *ast.Node) {
	if m, ok := (*n).(*ast.MemberNode); ok {
		of, isName := m.Node.(*ast.IdentifierNode)
		field, isField := m.Property.(*ast.StringNode)
		if isName && isField && all[of.Value+"."+field.Value] {
			l[of.Value+"."+field.Value] = true
		}
	}
}

// collectionsNamed checks what records() is given.
type collectionsNamed struct {
	schema *store.Schema
	err    error
}

func (c *collectionsNamed) Visit(n *ast.Node) {
	call, ok := (*n).(*ast.CallNode)
	if !ok || len(call.Arguments) != 1 {
		return
	}
	if f, ok := call.Callee.(*ast.IdentifierNode); ok && f.Value == "records" {
		if name, ok := call.Arguments[0].(*ast.StringNode); ok && !c.schema.Has(name.Value) && c.err == nil {
			c.err = fmt.Errorf("there is no collection %q", name.Value)
		}
	}
}

// compile makes a program of an expression that gives what kind says: expr.AsBool or expr.AsAny.
func compile(src string, schema *store.Schema, kind expr.Option) (*program, error) {
	p := &program{source: src, lists: lists{}}
	names := &collectionsNamed{schema: schema}
	var err error
	if p.code, err = expr.Compile(src, expr.Env(env{}), kind, expr.Patch(p.lists), expr.Patch(names)); err == nil {
		err = names.err
	}
	return p, err
}

// needs are the lists that the checks go through.
func (c *Checks) needs() lists {
	l := lists{}
	for _, p := range c.final {
		for name := range p.lists {
			l[name] = true
		}
	}
	return l
}

// view makes what expressions see of the state, with the lists that are needed.
func (st *State) view(l lists) {
	e := &env{Okta: st.okta(), Slack: st.slack(), Jira: st.jira(), Google: st.google()}
	if l["okta.users"] {
		e.Okta.Users = views(st, "okta.users", st.oktaUser)
	}
	if l["okta.groups"] {
		e.Okta.Groups = views(st, "okta.groups", st.oktaGroup)
	}
	if l["slack.users"] {
		e.Slack.Users = views(st, "slack.users", st.slackUser)
	}
	if l["slack.channels"] {
		e.Slack.Channels = views(st, "slack.channels", st.channel)
	}
	if l["slack.messages"] {
		e.Slack.Messages = st.messages(func(*slackMessage) bool { return true })
	}
	if l["slack.usergroups"] {
		e.Slack.Usergroups = views(st, "slack.usergroups", st.usergroup)
	}
	if l["jira.issues"] {
		e.Jira.Issues = views(st, "jira.issues", st.issue)
	}
	if l["jira.users"] {
		e.Jira.Users = views(st, "jira.users", st.jiraUser)
	}
	if l["google.files"] {
		e.Google.Files = views(st, "gdrive.files", st.file)
	}
	if l["google.drives"] {
		e.Google.Drives = views(st, "gdrive.drives", func(d *drive) Drive { return Drive{d.ID, d.Name, st.access(d.ID)} })
	}
	for _, ev := range st.events {
		if ev.Actor == "product" && ev.Kind == "say" {
			e.Replies = append(e.Replies, ev.Text)
		}
	}
	e.Said = func(words string) bool {
		return slices.ContainsFunc(e.Replies, func(r string) bool { return contains(r, words) })
	}
	e.Calls = st.calls
	e.Records = func(collection string) (rows []any) {
		for r := range records[map[string]any](st, collection) {
			rows = append(rows, *r)
		}
		return rows
	}
	e.One = func(handle string) (string, error) {
		u, err := e.Okta.User(handle)
		return u.Login, err
	}
	st.env = e
}

func views[R, V any](st *State, collection string, view func(*R) V) []V {
	list := []V{}
	for r := range records[R](st, collection) {
		list = append(list, view(r))
	}
	return list
}

func contains(text, words string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(words))
}

// run evaluates the program. What a lookup did not find is no error of the program.
func (p *program) run(st *State) (v any, missing, err error) {
	st.missing = nil
	v, err = expr.Run(p.code, *st.env)
	return v, st.missing, err
}

func (p *program) check(st *State) trajectory.Check {
	c := trajectory.Check{Name: p.source, Group: FinalState}
	v, missing, err := p.run(st)
	switch {
	case missing != nil:
		c.Result, c.Observed = Fail, missing.Error()
	case err != nil && strings.Contains(err.Error(), "<nil>"):
		c.Result, c.Observed = Fail, "what it looks for is not there: "+oneLine(err)
	case err != nil:
		c.Result, c.Observed = Error, oneLine(err)
	case v == true:
		c.Result = Pass
	default:
		c.Result, c.Observed = Fail, p.observed(st)
	}
	return c
}

func oneLine(err error) string {
	if fe, ok := err.(*file.Error); ok {
		return cmp.Or(fe.Message, fe.Error())
	}
	first, _, _ := strings.Cut(err.Error(), "\n")
	return first
}
