package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// arguments writes one request struct per operation, with plain fields for all that can be given to it:
// what is not given is the zero value, as it is for the vendor.
func arguments(g *gen) {
	for _, o := range g.ops {
		fields := map[string]*openapi3.Schema{}
		for _, p := range o.op.Parameters {
			if schema := p.Value.Schema; schema != nil {
				fields[p.Value.Name] = schema.Value
			} else {
				fields[p.Value.Name] = p.Value.Content["application/json"].Schema.Value
			}
		}
		if o.op.RequestBody != nil {
			for name, p := range o.op.RequestBody.Value.Content["application/json"].Schema.Value.Properties {
				fields[name] = p.Value
			}
		}
		name := g.unique(ident(o.id) + "Request")
		fmt.Fprintf(&g.out, "// %s has the arguments of %s.\ntype %s struct {\n", name, o.id, name)
		names := slices.SortedFunc(maps.Keys(fields), func(a, b string) int { return cmp.Compare(a, b) })
		seen := map[string]bool{}
		for _, arg := range names {
			field := ident(arg)
			for seen[field] {
				field += "_"
			}
			seen[field] = true
			fmt.Fprintf(&g.out, "%s %s `json:%q`\n", field, plain(fields[arg]), arg)
		}
		fmt.Fprintf(&g.out, "}\n\n")
	}
}

// plain is the Go type of an argument.
func plain(s *openapi3.Schema) string {
	switch {
	case s.Type.Is("string"):
		return "string"
	case s.Type.Is("boolean"):
		return "bool"
	case s.Type.Is("integer"):
		return "int64"
	case s.Type.Is("number"):
		return "float64"
	case s.Type.Is("array") && s.Items.Value.Type.Is("string"):
		return "[]string"
	}
	return "json.RawMessage"
}

// unique returns a Go name that is not used yet.
func (g *gen) unique(name string) string {
	n := name
	for i := 2; g.used[n]; i++ {
		n = strings.TrimRight(name, "0123456789") + fmt.Sprint(i)
	}
	g.used[n] = true
	return n
}

func (g *gen) typesFile(t twin) []byte {
	head := fmt.Sprintf(header+"package api\n\n", sourcesOf(t))
	if strings.Contains(g.out.String(), "json.RawMessage") {
		head += "import \"encoding/json\"\n\n"
	}
	return append([]byte(head), g.out.Bytes()...)
}
