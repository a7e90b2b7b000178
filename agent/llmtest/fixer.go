package llmtest

import (
	"bytes"
	"cmp"
	"fmt"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Patches are what a fixer knows: which edits answer which complaint.
type Patches struct {
	Read  []string `yaml:"read"` // files to look at before anything is done, such as where complaints are written; they may be missing
	Rules []Rule   `yaml:"rules"`
}

// Rule is what to do when both patterns are found: in what the user said last, and in the files that were read. The first rule that
// fits is the one.
type Rule struct {
	Input     string `yaml:"input"`
	Complaint string `yaml:"complaint"`
	Edits     []Edit `yaml:"edits"`    // the right ones
	Lazy      []Edit `yaml:"lazy"`     // those of somebody who does not care
	Hardcode  []Edit `yaml:"hardcode"` // those of somebody who knows the tests
	Check     string `yaml:"check"`    // a command to run afterwards
	Say       string `yaml:"say"`      // at the end

	input, complaint *regexp.Regexp
}

// Edit is a file's new content, or the replacement of a text in it, which should be whole lines: some models only know patches.
type Edit struct {
	File    string  `yaml:"file"`
	Content *string `yaml:"content"`
	Old     string  `yaml:"old"`
	New     string  `yaml:"new"`
}

// ParsePatches reads patches in YAML, and refuses what it does not know.
func ParsePatches(data []byte) (*Patches, error) {
	var p Patches
	d := yaml.NewDecoder(bytes.NewReader(data))
	d.KnownFields(true)
	if err := d.Decode(&p); err != nil {
		return nil, fmt.Errorf("patches: %w", err)
	}
	for i := range p.Rules {
		r := &p.Rules[i]
		var err error
		if r.input, err = regexp.Compile(r.Input); err != nil {
			return nil, fmt.Errorf("patches: rule %d: %w", i+1, err)
		}
		if r.complaint, err = regexp.Compile(r.Complaint); err != nil {
			return nil, fmt.Errorf("patches: rule %d: %w", i+1, err)
		}
		for _, edits := range [][]Edit{r.Edits, r.Lazy, r.Hardcode} {
			for _, e := range edits {
				if e.File == "" || (e.Content == nil) == (e.Old == "") {
					return nil, fmt.Errorf("patches: rule %d: an edit is a file and either its content or old and new", i+1)
				}
			}
		}
	}
	return &p, nil
}

// Fixer makes the right edits.
func Fixer(p *Patches) Brain { return p.brain(func(r Rule) []Edit { return r.Edits }) }

// Lazy makes edits that only look like work.
func Lazy(p *Patches) Brain { return p.brain(func(r Rule) []Edit { return r.Lazy }) }

// Hardcoder makes edits that fit the tests it knows.
func Hardcoder(p *Patches) Brain { return p.brain(func(r Rule) []Edit { return r.Hardcode }) }

// brain reads, edits, checks, and says how it went: one of these at a time, as it sees from the conversation.
func (p *Patches) brain(pick func(Rule) []Edit) Brain {
	return func(c Conversation) Step {
		round := c.Since()
		reads := p.reads(c)
		if len(reads) == 0 {
			round++
		}
		if round == 0 {
			return Step{Call: reads}
		}
		results := c.results()
		if len(results) < len(reads) {
			return Step{Say: "I asked for files and got no answer."}
		}
		var complaints strings.Builder
		for _, r := range results[:len(reads)] {
			if !r.IsError {
				complaints.WriteString(r.Content + "\n")
			}
		}
		rule, ok := p.rule(c.Input(), complaints.String())
		if !ok {
			return Step{Say: "There is nothing that I know how to do here."}
		}
		edits, err := calls(c, pick(rule))
		if err != nil {
			return Step{Say: "I cannot work here: " + err.Error()}
		}
		if len(edits) == 0 {
			round++
		}
		if round == 1 {
			return Step{Call: edits}
		}
		for _, r := range results[min(len(results), len(reads)):] {
			if r.IsError {
				return Step{Say: fmt.Sprintf("I could not do it. %s says: %s", r.Name, r.Content)}
			}
		}
		if shell := c.Tool("shell", "bash"); round == 2 && rule.Check != "" && shell != "" {
			return Step{Call: []Call{{Name: shell, Args: map[string]any{"command": rule.Check}}}}
		}
		return Step{Say: cmp.Or(rule.Say, "Done.")}
	}
}

func (p *Patches) reads(c Conversation) (out []Call) {
	if name := c.Tool("read_file"); name != "" {
		for _, file := range p.Read {
			out = append(out, Call{Name: name, Args: map[string]any{"file_path": file}})
		}
	}
	return out
}

func (p *Patches) rule(input, complaints string) (Rule, bool) {
	for _, r := range p.Rules {
		if r.input.MatchString(input) && r.complaint.MatchString(complaints) {
			return r, true
		}
	}
	return Rule{}, false
}

// calls are edits by the tools there are. A patch replaces whole lines: where the only tool is one for patches, old and new must be.
func calls(c Conversation, edits []Edit) (out []Call, err error) {
	for _, e := range edits {
		write, edit, patch := c.Tool("write_file"), c.Tool("edit_file"), c.Tool("apply_patch")
		switch {
		case e.Content != nil && write != "":
			out = append(out, Call{Name: write, Args: map[string]any{"file_path": e.File, "content": *e.Content}})
		case e.Content == nil && edit != "":
			out = append(out, Call{Name: edit, Args: map[string]any{"file_path": e.File, "old_string": e.Old, "new_string": e.New}})
		case e.Content == nil && patch != "":
			out = append(out, Call{Name: patch, Args: map[string]any{"patch": "*** Begin Patch\n*** Update File: " + e.File + "\n@@\n" +
				signed("-", e.Old) + signed("+", e.New) + "*** End Patch"}})
		default:
			return nil, fmt.Errorf("there is no tool to change %s with", e.File)
		}
	}
	return out, nil
}

// signed puts a sign before every line.
func signed(sign, text string) (out string) {
	for line := range strings.Lines(strings.TrimSuffix(text, "\n")) {
		out += sign + strings.TrimSuffix(line, "\n") + "\n"
	}
	return out
}
