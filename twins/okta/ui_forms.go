package okta

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// A formField is something that a form asks for, and where the answer stands in what the API is sent.
type formField struct {
	At, Label, Kind string // At: a path, as settings.password.age.maxAgeDays; Kind: see the constants
	Of              []string
	Hint            string
	Need            bool
}

// The kinds of fields.
const (
	asText   = "text"
	asNumber = "number"
	asCheck  = "check"
	asChoice = "choice" // one of some
	asMany   = "many"   // several of some
	asLines  = "lines"  // a list, one to a line
)

// An option is one of the answers to choose from.
type option struct {
	Value, Label string
	Chosen       bool
}

// An input is a field as a page shows it, with what it holds now.
type input struct {
	formField
	Value   string
	Checked bool
	Options []option
}

// inputs are the fields of a form for a document.
func inputs(fields []formField, doc obj) []input {
	out := make([]input, len(fields))
	for i, f := range fields {
		v := dig(doc, strings.Split(f.At, ".")...)
		in := input{formField: f}
		switch f.Kind {
		case asNumber:
			if n, ok := v.(float64); ok {
				in.Value = strconv.FormatFloat(n, 'f', -1, 64)
			}
		case asCheck:
			in.Checked = truth(v)
		case asLines:
			in.Value = strings.Join(texts(v), "\n")
		case asChoice, asMany:
			for _, o := range f.Of {
				value, label, ok := strings.Cut(o, " ")
				if !ok {
					label = value
				}
				in.Options = append(in.Options, option{value, label, v == value || slices.Contains(texts(v), value)})
			}
		default:
			in.Value = text(v)
		}
		out[i] = in
	}
	return out
}

// answered writes the answers of a form into a document.
func answered(fields []formField, form url.Values, doc obj) obj {
	for _, f := range fields {
		path := strings.Split(f.At, ".")
		last := path[len(path)-1]
		in := part(doc, path[:len(path)-1]...)
		said := strings.TrimSpace(form.Get(f.At))
		switch f.Kind {
		case asCheck:
			in[last] = said != ""
		case asMany:
			in[last] = anys(slices.DeleteFunc(slices.Clone(form[f.At]), func(s string) bool { return s == "" }))
		case asLines:
			lines := []any{}
			for l := range strings.Lines(said) {
				if l = strings.TrimSpace(l); l != "" {
					lines = append(lines, l)
				}
			}
			in[last] = lines
		case asNumber:
			delete(in, last)
			if n, err := strconv.ParseFloat(said, 64); err == nil {
				in[last] = n
			}
		default:
			delete(in, last)
			if said != "" {
				in[last] = said
			}
		}
	}
	return doc
}

// groupOptions are the groups that a form lets choose.
func (c *call) groupOptions() (of []string) {
	for _, g := range c.allGroups() {
		of = append(of, g.ID+" "+g.name())
	}
	return of
}

func (c *call) recordOptions(k *kind) (of []string) {
	for r := range c.all(k, "") {
		of = append(of, r.ID+" "+r.Name)
	}
	return of
}
