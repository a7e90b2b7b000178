package check

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
)

// observed says what the two sides of a failed comparison were, so that a report shows more than "false".
func (p *program) observed(st *State) string {
	var parts []string
	for _, n := range claims(p.code.Node()) {
		if v, err := expr.Eval(n.String(), *st.env); err == nil && v == true {
			continue // it is another of several claims that does not hold
		}
		if not, ok := n.(*ast.UnaryNode); ok {
			n = not.Node
		}
		b, ok := n.(*ast.BinaryNode)
		if !ok {
			continue
		}
		side := b.Left
		if _, constant := side.(*ast.ConstantNode); constant || literal(side) {
			side = b.Right
		}
		if v, err := expr.Eval(side.String(), *st.env); err == nil {
			parts = append(parts, fmt.Sprintf("%s is %s", side.String(), shown(v)))
		}
	}
	return strings.Join(parts, "; ")
}

// claims are the parts of a conjunction.
func claims(n ast.Node) []ast.Node {
	if b, ok := n.(*ast.BinaryNode); ok && (b.Operator == "&&" || b.Operator == "and") {
		return append(claims(b.Left), claims(b.Right)...)
	}
	return []ast.Node{n}
}

func literal(n ast.Node) bool {
	switch n.(type) {
	case *ast.StringNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.NilNode:
		return true
	}
	return false
}

func shown(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	if len(b) > 300 {
		b = append(b[:300], "…"...)
	}
	return string(b)
}
