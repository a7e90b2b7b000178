package technique

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
)

// Intent is what a check of a specification found: whether work can be done to it without asking.
type Intent struct {
	Requirements int       `json:"requirements"`
	Clear        int       `json:"clear"` // testable, and shown by a scenario
	Questions    int       `json:"open_questions"`
	Score        float64   `json:"score"` // clear requirements among requirements and open questions
	Findings     []Finding `json:"findings"`
}

// Finding is one thing that is missing.
type Finding struct {
	File string `json:"file"`
	Line int    `json:"line"`
	Kind string `json:"kind"` // open question, untestable or no scenario
	Text string `json:"text"`
}

var (
	heading     = regexp.MustCompile(`^(#+)\s+(.*)`)
	requirement = regexp.MustCompile(`(?i)\b(must|shall|has to|have to|is required to|never|always)\b`)
	undecided   = regexp.MustCompile(`(?i)\b(TBD|TODO|FIXME|to be (decided|defined|discussed|determined)|not (yet )?decided|unclear)\b|\?\?`)
	vague       = regexp.MustCompile(`(?i)\b(fast|quick(ly)?|slow|user[- ]friendly|easy|easily|intuitive(ly)?|robust(ly)?|scalable|efficient(ly)?|appropriate(ly)?|reasonabl[ey]|flexibl[ey]|seamless(ly)?|simpl[ey]|modern|nice(ly)?|good|better|best|sufficient(ly)?|as needed|if possible|where possible|and so on|etc)\b`)
	measure     = regexp.MustCompile(`\d`)
	scenario    = regexp.MustCompile(`(?i)^(#+\s+)?(\W*)(scenarios?|examples?|acceptance|given)\b`)
	listMark    = regexp.MustCompile(`^\s*([-*+]|\d+[.)])\s+(\[[ xX]\]\s+)?`)
	sentenceEnd = regexp.MustCompile(`[.!?](\s|$)`)
)

// section is a heading with what stands under it.
type section struct {
	title    string
	level    int  // of its heading; 0 before the first
	shown    bool // a scenario stands in it
	required []Finding
}

// CheckIntent reads the Markdown files of a directory. A sentence with must, shall, always or never is a requirement. It is
// clear when it has no word that nobody can test, or a number beside it, and when a scenario, example or acceptance test stands
// in its section or names the section. Code blocks are not read.
func CheckIntent(dir string) (*Intent, error) {
	var sections []*section
	var scenarios strings.Builder
	in := &Intent{Findings: []Finding{}}
	files := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".md" {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		sections = append(sections, in.read(path, b, &scenarios)...)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if files == 0 {
		return nil, fmt.Errorf("%s has no .md files", dir)
	}
	told := strings.ToLower(scenarios.String())
	for _, s := range sections {
		shown := s.shown || s.title != "" && strings.Contains(told, strings.ToLower(s.title))
		for _, r := range s.required {
			in.Requirements++
			switch {
			case vague.MatchString(r.Text) && !measure.MatchString(r.Text):
				r.Kind = "untestable"
			case !shown:
				r.Kind = "no scenario"
			default:
				in.Clear++
				continue
			}
			in.Findings = append(in.Findings, r)
		}
	}
	if n := in.Requirements + in.Questions; n > 0 {
		in.Score = float64(in.Clear) / float64(n)
	}
	return in, nil
}

// read takes one file apart. Text in a scenario's section, or in a directory called scenarios, is no requirement.
func (in *Intent) read(path string, b []byte, scenarios *strings.Builder) []*section {
	all := strings.Contains(filepath.ToSlash(path), "/scenarios/")
	s := &section{}
	out := []*section{s}
	code, open, level := false, false, 0 // open and level: a scenario's section, and how deep its heading is
	for i, line := range bytes.Split(b, []byte("\n")) {
		text := strings.TrimSpace(string(line))
		if strings.HasPrefix(text, "```") {
			code = !code
			continue
		}
		if code || text == "" {
			continue
		}
		if m := heading.FindStringSubmatch(text); m != nil {
			if open && len(m[1]) <= level {
				open = false
			}
			if scenario.MatchString(m[2]) {
				if open, level = true, len(m[1]); level <= s.level {
					s = &section{level: level} // beside the section before, not in it
				}
				s.shown = true
			} else if !open {
				s = &section{title: m[2], level: len(m[1])}
				out = append(out, s)
			}
			if all || open {
				scenarios.WriteString(m[2] + "\n")
			}
			continue
		}
		text = listMark.ReplaceAllString(text, "")
		if all || open || scenario.MatchString(text) {
			s.shown = true
			scenarios.WriteString(text + "\n")
			continue
		}
		for _, sentence := range sentences(text) {
			f := Finding{File: path, Line: i + 1, Text: sentence}
			switch {
			case strings.HasSuffix(sentence, "?"), undecided.MatchString(sentence):
				f.Kind = "open question"
				in.Questions++
				in.Findings = append(in.Findings, f)
			case requirement.MatchString(sentence):
				s.required = append(s.required, f)
			}
		}
	}
	return out
}

func sentences(text string) (out []string) {
	for text != "" {
		end := len(text)
		if m := sentenceEnd.FindStringIndex(text); m != nil {
			end = m[1]
		}
		out = append(out, strings.TrimSpace(text[:end]))
		text = text[end:]
	}
	return out
}

func intentCommand() *cobra.Command {
	c := &cobra.Command{Use: "intent", Short: "Is a specification complete enough to work to without asking?"}
	var least float64
	var asJSON bool
	check := &cobra.Command{
		Use:   "check DIR",
		Short: "Find open questions, untestable claims and requirements without a scenario; exits with 1 when there are any",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			in, err := CheckIntent(args[0])
			if err != nil {
				return err
			}
			if asJSON {
				err = json.NewEncoder(c.OutOrStdout()).Encode(in)
			} else {
				for _, f := range in.Findings {
					fmt.Fprintf(c.OutOrStdout(), "%s:%d: %s: %s\n", f.File, f.Line, f.Kind, f.Text)
				}
				fmt.Fprintf(c.OutOrStdout(), "%d of %d requirements are clear, %d questions are open: score %.2f\n", in.Clear, in.Requirements, in.Questions, in.Score)
			}
			if err != nil {
				return err
			}
			if err := tell(map[string]any{"intent.score": in.Score, "intent.open_questions": in.Questions, "intent.requirements": in.Requirements}); err != nil {
				return err
			}
			switch {
			case in.Requirements == 0:
				return not("nothing is said that must hold")
			case in.Score < least:
				return not("the score %.2f is below %.2f", in.Score, least)
			}
			return nil
		},
	}
	check.Flags().Float64Var(&least, "min", 1, "the score that is enough, 0 to 1")
	check.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.AddCommand(check)
	return c
}
