package check

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/expr-lang/expr"

	"twinset.dev/kit/twin"
)

// A Template is text in which ${…} is an expression over the state.
type Template struct {
	text  []string   // around the expressions, one more than them
	exprs []*program // each gives a value
}

// ParseTemplate reads a template.
func ParseTemplate(src string, host *twin.Host) (*Template, error) {
	t := &Template{}
	for {
		before, rest, ok := strings.Cut(src, "${")
		t.text = append(t.text, before)
		if !ok {
			return t, nil
		}
		e, after, ok := strings.Cut(rest, "}")
		if !ok {
			return nil, fmt.Errorf("%q: ${ has no end", src)
		}
		var plain string
		if json.Unmarshal([]byte(`"`+e+`"`), &plain) == nil { // it stands in JSON
			e = plain
		}
		p, err := compile(e, host.Schema, expr.AsAny())
		if err != nil {
			return nil, fmt.Errorf("${%s}: %w", e, err)
		}
		t.exprs = append(t.exprs, p)
		src = after
	}
}

// Fill puts in what the expressions give; inJSON, they stand within strings of JSON.
func (t *Template) Fill(st *State, inJSON bool) (string, error) {
	if len(t.exprs) == 0 {
		return t.text[0], nil
	}
	l := lists{}
	for _, p := range t.exprs {
		for name := range p.lists {
			l[name] = true
		}
	}
	st.view(l)
	var b strings.Builder
	for i, text := range t.text {
		b.WriteString(text)
		if i == len(t.exprs) {
			break
		}
		v, missing, err := t.exprs[i].run(st)
		if missing != nil {
			err = missing
		}
		if err != nil {
			return "", err
		}
		s := fmt.Sprint(v)
		if inJSON {
			q, _ := json.Marshal(s)
			s = string(q[1 : len(q)-1])
		}
		b.WriteString(s)
	}
	return b.String(), nil
}
