package judge

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"twinset.dev/harness/satisfaction"
	"twinset.dev/harness/trajectory"
)

// A Tool is one that a judge may call; Properties is of its JSON schema, and every property is required.
type Tool struct {
	Name        string         `json:"name"`
	Description string         `json:"description"`
	Properties  map[string]any `json:"properties"`
}

// Required are the names of all properties: a tool has none that may be left out.
func (t Tool) Required() []string { return slices.Sorted(maps.Keys(t.Properties)) }

// Tools are all that a judge can do.
var Tools = []Tool{{
	Name:        "expand",
	Description: "Shows folded items in full.",
	Properties: map[string]any{
		"ids": map[string]any{"type": "array", "items": map[string]any{"type": "string"}, "description": "such as e12 or d3"},
	},
}, {
	Name:        "verdict",
	Description: "Says the verdict. Call it once, when you have seen enough.",
	Properties: map[string]any{
		"criteria": map[string]any{"type": "array", "items": map[string]any{
			"type":     "object",
			"required": []string{"criterion", "met", "cites", "quote", "why"},
			"properties": map[string]any{
				"criterion": map[string]any{"type": "string", "description": "its id, such as must-1"},
				"met":       map[string]any{"type": "string", "enum": []string{"met", "not_met", "cannot_tell"}},
				"cites":     map[string]any{"type": "array", "items": map[string]any{"type": "string"}, "description": "ids of the items it rests on"},
				"quote":     map[string]any{"type": "string", "description": "a few words of one of them, character by character; empty if there is nothing to quote"},
				"why":       map[string]any{"type": "string", "description": "one sentence"},
			},
			"additionalProperties": false,
		}},
		"overall":       map[string]any{"type": "boolean", "description": "would this person, knowing what the record shows, be satisfied?"},
		"confidence":    map[string]any{"type": "number", "description": "from 0 to 1, that overall is right"},
		"reason":        map[string]any{"type": "string", "description": "one or two sentences"},
		"failure_class": map[string]any{"type": "string", "enum": append([]string{""}, Classes...), "description": "empty if satisfied"},
	},
}}

// Read takes a verdict from a call and says what is wrong with it. A criterion with anything wrong has become cannot_tell, and
// so has one that is missing.
func (p *Pack) Read(c Call) (v trajectory.Verdict, wrong []string) {
	var in struct {
		Criteria []trajectory.Finding `json:"criteria"`
		Overall  *bool                `json:"overall"`
		Certain  float64              `json:"confidence"`
		Reason   string               `json:"reason"`
		Class    string               `json:"failure_class"`
	}
	dec := json.NewDecoder(bytes.NewReader(c.Args))
	if c.Tool != "verdict" {
		wrong = append(wrong, fmt.Sprintf("%q is not the tool verdict", c.Tool))
	} else if err := dec.Decode(&in); err != nil {
		wrong = append(wrong, "the arguments are not what the schema asks for: "+err.Error())
	} else if in.Overall == nil {
		wrong = append(wrong, "overall is missing")
	}
	v = trajectory.Verdict{Overall: in.Overall != nil && *in.Overall, Certainty: min(1, max(0, in.Certain)), Reason: in.Reason}
	if slices.Contains(Classes, in.Class) {
		v.Class = in.Class
	}
	for _, c := range p.Criteria {
		i := slices.IndexFunc(in.Criteria, func(f trajectory.Finding) bool { return f.Criterion == c.ID })
		f := trajectory.Finding{Criterion: c.ID}
		problem := "missing"
		if i >= 0 {
			f = in.Criteria[i]
			problem = p.verify(&f)
		}
		if problem != "" {
			wrong = append(wrong, c.ID+": "+problem)
			f = trajectory.Finding{Criterion: c.ID, Met: "cannot_tell", Why: "The judge's answer does not hold: " + problem}
		}
		v.Criteria = append(v.Criteria, f)
	}
	slices.SortFunc(v.Criteria, func(a, b trajectory.Finding) int { return byID(a.Criterion, b.Criterion) })
	if v.Satisfied = voted(v) == satisfaction.Satisfied; v.Satisfied {
		v.Class = ""
	}
	return v, wrong
}

// verify says what is wrong with a finding: what it rests on must be in the record, word for word.
func (p *Pack) verify(f *trajectory.Finding) string {
	if f.Met != "met" && f.Met != "not_met" && f.Met != "cannot_tell" {
		return fmt.Sprintf("%q is none of met, not_met and cannot_tell", f.Met)
	}
	var cited []Item
	for i, id := range f.Cites {
		it, ok := p.item(id)
		if !ok {
			return fmt.Sprintf("there is no item %q", id)
		}
		f.Cites[i] = it.ID
		cited = append(cited, it)
	}
	quote := plain(f.Quote)
	if quote == "" {
		claims := (f.Met == "met") != strings.HasPrefix(f.Criterion, "never-")
		if f.Met != "cannot_tell" && claims {
			return "it claims that something happened and quotes nothing that shows it"
		}
		return ""
	}
	for _, it := range cited {
		if strings.Contains(plain(it.Head+"\n"+it.Text), quote) {
			return ""
		}
	}
	return fmt.Sprintf("the quote %q is not in %s", f.Quote, cmp.Or(strings.Join(f.Cites, ", "), "any item that it cites"))
}

// plain is text without what a judge cannot be asked to copy: spacing, and how quotes are drawn. A quote without a letter or
// digit is none.
func plain(s string) string {
	s = strings.NewReplacer("“", `"`, "”", `"`, "‘", "'", "’", "'", "\u00a0", " ").Replace(fenced(s))
	if !strings.ContainsFunc(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
		return ""
	}
	return strings.Join(strings.Fields(s), " ")
}

// byID orders must-2 before must-10, and musts before shoulds before nevers.
func byID(a, b string) int {
	kind := func(s string) (int, int, string) {
		name, n, _ := strings.Cut(s, "-")
		return slices.Index([]string{"must", "should", "never"}, name), len(n), n
	}
	ak, al, an := kind(a)
	bk, bl, bn := kind(b)
	return cmp.Or(cmp.Compare(ak, bk), cmp.Compare(al, bl), cmp.Compare(an, bn))
}
