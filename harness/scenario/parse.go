package scenario

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"twinset.dev/kit/twin"
)

// An Error says in which line of a scenario something is wrong.
type Error struct {
	Path string
	Line int
	Text string
}

func (e *Error) Error() string {
	if e.Path == "" {
		return fmt.Sprintf("line %d: %s", e.Line, e.Text)
	}
	return fmt.Sprintf("%s:%d: %s", e.Path, e.Line, e.Text)
}

// Read reads the scenario in a file.
func Read(path string) (*Scenario, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	s, err := Parse(b)
	if e, ok := errors.AsType[*Error](err); ok {
		e.Path = path
	}
	if s != nil {
		s.Path = path
	}
	return s, err
}

// ReadAll reads the scenarios in files and folders, in the order they are named and by file name within a folder. Two scenarios with
// one id are an error.
func ReadAll(paths ...string) (all []*Scenario, err error) {
	for _, p := range paths {
		err := filepath.WalkDir(p, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || path != p && filepath.Ext(path) != ".md" || filepath.Base(path) == "README.md" {
				return err
			}
			s, err := Read(path)
			if err != nil {
				return err
			}
			for _, other := range all {
				if other.ID == s.ID {
					return fmt.Errorf("%s and %s have the same id %q", other.Path, path, s.ID)
				}
			}
			all = append(all, s)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Parse reads a scenario. It is strict: a heading, key or mark that is not known is an *Error.
func Parse(b []byte) (*Scenario, error) {
	sum := sha256.Sum256(b)
	s := &Scenario{SHA256: hex.EncodeToString(sum[:]), Source: b}
	p := &parser{s: s, lines: strings.Split(strings.ReplaceAll(string(b), "\r\n", "\n"), "\n")}
	if err := p.file(); err != nil {
		return nil, err
	}
	return s, nil
}

type parser struct {
	s     *Scenario
	lines []string
	at    int // index of the next line
}

func (p *parser) wrong(line int, format string, args ...any) error {
	return &Error{Line: line, Text: fmt.Sprintf(format, args...)}
}

// A section is what stands under a heading.
type section struct {
	heading string
	line    int // of the heading, from 1
	lines   []string
}

// text is the section without the empty lines around it.
func (x section) text() string { return strings.TrimSpace(strings.Join(x.lines, "\n")) }

func (p *parser) file() error {
	if err := p.frontMatter(); err != nil {
		return err
	}
	sections, err := p.sections()
	if err != nil {
		return err
	}
	order := []string{"story", "setting", "steps", "satisfied", "furious", "facts", "checks"}
	last, seen := -1, map[string]bool{}
	for _, x := range sections {
		kind, who := kindOf(x.heading)
		place := slices.Index(order, kind)
		switch {
		case place < 0:
			return p.wrong(x.line, "there is no heading %q in a scenario; it has # Story, ## Setting, ## What NAME does, ## She is satisfied if, ## She would be furious if, ## Facts only the judge knows, ## Checks", x.heading)
		case seen[kind]:
			return p.wrong(x.line, "the heading %q comes twice", x.heading)
		case place < last:
			return p.wrong(x.line, "the heading %q comes too late", x.heading)
		}
		seen[kind], last = true, place
		if err := p.section(kind, who, x); err != nil {
			return err
		}
	}
	for i, kind := range order {
		if !seen[kind] {
			return p.wrong(len(p.lines), "the heading %s is missing", headings[i])
		}
	}
	return nil
}

var headings = []string{"# Story", "## Setting", "## What NAME does", "## She is satisfied if", "## She would be furious if", "## Facts only the judge knows", "## Checks"}

var (
	whatDoes    = regexp.MustCompile(`^## What (\S.*) does$`)
	isSatisfied = regexp.MustCompile(`^## (\S.*) (?:is|are) satisfied if$`)
	isFurious   = regexp.MustCompile(`^## (?:\S.*) would be furious if$`)
)

// kindOf says which of the fixed headings a heading is, and whom it names.
func kindOf(heading string) (kind, who string) {
	switch heading {
	case "# Story":
		return "story", ""
	case "## Setting":
		return "setting", ""
	case "## Facts only the judge knows":
		return "facts", ""
	case "## Checks":
		return "checks", ""
	}
	if m := whatDoes.FindStringSubmatch(heading); m != nil {
		return "steps", m[1]
	}
	if m := isSatisfied.FindStringSubmatch(heading); m != nil {
		return "satisfied", m[1]
	}
	if isFurious.MatchString(heading) {
		return "furious", ""
	}
	return "", ""
}

func (p *parser) section(kind, who string, x section) (err error) {
	s := p.s
	switch kind {
	case "story":
		s.Story, err = p.prose(x)
	case "setting":
		s.Setting, err = p.prose(x)
	case "facts":
		s.Facts, err = p.prose(x)
	case "steps":
		s.Person = who
		err = p.steps(x)
	case "satisfied":
		s.Pronoun = who
		err = p.criteria(x, map[string]*[]string{"must": &s.Must, "should": &s.Should})
	case "furious":
		err = p.criteria(x, map[string]*[]string{"never": &s.Never})
	case "checks":
		err = p.checks(x)
	}
	return err
}

func (p *parser) prose(x section) (string, error) {
	if x.text() == "" {
		return "", p.wrong(x.line, "nothing stands under %q", x.heading)
	}
	return x.text(), nil
}

func (p *parser) frontMatter() error {
	if p.lines[0] != "---" {
		return p.wrong(1, "a scenario begins with --- and its id, title, owner, pool, twins and canary")
	}
	end := slices.Index(p.lines[1:], "---")
	if end < 0 {
		return p.wrong(1, "the block that begins with --- has no end")
	}
	p.at = end + 2
	if err := p.yaml(1, p.lines[1:end+1], p.s); err != nil {
		return err
	}
	s := p.s
	need := func(key, value string) error {
		if value == "" {
			return p.wrong(1, "%s is missing", key)
		}
		return nil
	}
	if err := errors.Join(need("id", s.ID), need("title", s.Title), need("owner", s.Owner), need("pool", string(s.Pool)), need("canary", s.Canary)); err != nil {
		return err.(interface{ Unwrap() []error }).Unwrap()[0]
	}
	switch {
	case !identifier.MatchString(s.ID):
		return p.wrong(1, "the id %q is not made of small letters, digits and dashes", s.ID)
	case !slices.Contains([]Pool{Open, Dev, Sealed, Vault}, s.Pool):
		return p.wrong(1, "the pool is %q; it can be open, dev, sealed or vault", s.Pool)
	case !slices.Contains([]string{"", "low", "medium", "high"}, s.Risk):
		return p.wrong(1, "the risk is %q; it can be low, medium or high", s.Risk)
	case !uuid.MatchString(s.Canary):
		return p.wrong(1, "the canary %q is not a UUID", s.Canary)
	case len(s.Twins) == 0:
		return p.wrong(1, "twins is missing")
	case s.Trials < 0 || s.Budget.Minutes < 0 || s.Budget.USD < 0:
		return p.wrong(1, "trials and budget cannot be negative")
	}
	for _, t := range s.Twins {
		if !slices.Contains(Services, t) {
			return p.wrong(1, "there is no twin %q; there are %s", t, strings.Join(Services, ", "))
		}
	}
	return nil
}

// Services are the twins that a scenario may be about.
var Services = []string{"okta", "jira", "slack", "google", "gdrive", "gsheets", "gdocs"}

var (
	identifier = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	uuid       = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
	yamlLine   = regexp.MustCompile(`line (\d+): `)
)

// yaml decodes a block strictly; line is that of the line before it.
func (p *parser) yaml(line int, block []string, into any) (err error) {
	defer func() {
		if r := recover(); r != nil { // go-yaml panics on a few documents that are not YAML
			err = p.wrong(line+1, "this is not YAML: %v", r)
		}
	}()
	d := yaml.NewDecoder(bytes.NewBufferString(strings.Join(block, "\n")))
	d.KnownFields(true)
	err = d.Decode(into)
	if err == nil && d.Decode(new(any)) != io.EOF {
		return p.wrong(line+1, "this is more than one YAML document")
	}
	if err == nil || errors.Is(err, io.EOF) {
		return nil
	}
	text, at := err.Error(), line+1
	if te, ok := errors.AsType[*yaml.TypeError](err); ok {
		text = te.Errors[0]
	}
	if m := yamlLine.FindStringSubmatchIndex(text); m != nil {
		n, _ := strconv.Atoi(text[m[2]:m[3]])
		at, text = line+n, text[m[1]:]
		if strings.HasPrefix(text, "did not find expected") {
			at++ // go-yaml's parser, unlike its scanner, counts lines from 0
		}
	}
	return p.wrong(at, "%s", strings.TrimPrefix(text, "yaml: "))
}

// sections cuts what follows the front matter at its headings. A fence hides what is in it.
func (p *parser) sections() (list []section, err error) {
	fenced := false
	for ; p.at < len(p.lines); p.at++ {
		line := strings.TrimRight(p.lines[p.at], " \t")
		if strings.HasPrefix(line, "```") {
			fenced = !fenced
		}
		switch {
		case !fenced && strings.HasPrefix(line, "#"):
			list = append(list, section{heading: line, line: p.at + 1})
		case len(list) > 0:
			list[len(list)-1].lines = append(list[len(list)-1].lines, line)
		case line != "":
			return nil, p.wrong(p.at+1, "text before the first heading; a scenario begins with # Story")
		}
	}
	return list, nil
}

var (
	numbered = regexp.MustCompile(`^(\d+)\.\s+(\S.*)$`)
	bullet   = regexp.MustCompile(`^[-*]\s+(\S.*)$`)
	marked   = regexp.MustCompile(`^\[([a-z]+)\]\s+(\S.*)$`)
	quoted   = regexp.MustCompile(`"([^"]+)"|“([^”]+)”`)
	later    = regexp.MustCompile(`\((\d+) (second|minute|hour|day|week)s? later\)`)
)

// items joins the lines of a list to its items, each with the number of its first line.
func (p *parser) items(x section, begins *regexp.Regexp, kind string) (items []string, at []int, err error) {
	for i, line := range x.lines {
		switch {
		case line == "":
		case begins.MatchString(line):
			items, at = append(items, line), append(at, x.line+1+i)
		case strings.HasPrefix(line, " ") && len(items) > 0:
			items[len(items)-1] += " " + strings.TrimSpace(line)
		default:
			return nil, nil, p.wrong(x.line+1+i, "under %q stands a list of %s", x.heading, kind)
		}
	}
	if len(items) == 0 {
		return nil, nil, p.wrong(x.line, "nothing stands under %q", x.heading)
	}
	return items, at, nil
}

func (p *parser) steps(x section) error {
	items, at, err := p.items(x, numbered, "numbered steps")
	if err != nil {
		return err
	}
	for i, item := range items {
		m := numbered.FindStringSubmatch(item)
		if m[1] != strconv.Itoa(i+1) {
			return p.wrong(at[i], "this is step %d; it says %s", i+1, m[1])
		}
		st := Step{Text: m[2]}
		for _, q := range quoted.FindAllStringSubmatch(m[2], -1) {
			st.Say = append(st.Say, q[1]+q[2])
		}
		for _, l := range later.FindAllStringSubmatch(m[2], -1) {
			n, err := strconv.Atoi(l[1])
			if err != nil || n > 10000 {
				return p.wrong(at[i], "%s is too much later", l[1])
			}
			st.After += time.Duration(n) * map[string]time.Duration{"second": time.Second, "minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour, "week": 7 * 24 * time.Hour}[l[2]]
		}
		p.s.Steps = append(p.s.Steps, st)
	}
	return nil
}

func (p *parser) criteria(x section, into map[string]*[]string) error {
	items, at, err := p.items(x, bullet, "criteria: - [must] …")
	if err != nil {
		return err
	}
	for i, item := range items {
		m := marked.FindStringSubmatch(bullet.FindStringSubmatch(item)[1])
		if m == nil || into[m[1]] == nil {
			return p.wrong(at[i], "a criterion here begins with %s", strings.Join(marks(into), " or "))
		}
		*into[m[1]] = append(*into[m[1]], m[2])
	}
	return nil
}

func marks(into map[string]*[]string) (list []string) {
	for m := range into {
		list = append(list, "["+m+"]")
	}
	slices.Sort(list)
	return list
}

func (p *parser) checks(x section) error {
	first := slices.IndexFunc(x.lines, func(l string) bool { return l != "" })
	if first < 0 || x.lines[first] != "```yaml" {
		return p.wrong(x.line, "under ## Checks stands one block that begins with ```yaml")
	}
	end := slices.Index(x.lines[first+1:], "```")
	if end < 0 {
		return p.wrong(x.line+1+first, "the block has no end")
	}
	for i, l := range x.lines[first+end+2:] {
		if l != "" {
			return p.wrong(x.line+first+end+3+i, "under ## Checks stands one block and nothing else")
		}
	}
	c := &p.s.Checks
	line := x.line + 1 + first
	if err := p.yaml(line, x.lines[first+1:first+1+end], c); err != nil {
		return err
	}
	for i, a := range c.Player {
		if err := a.check(len(p.s.Steps)); err != nil {
			return p.wrong(line, "player[%d]: %v", i, err)
		}
	}
	for i, o := range c.Order {
		if o.Before == "" || o.After == "" {
			return p.wrong(line, "order[%d] needs before and after", i)
		}
	}
	return nil
}

func (a Act) check(steps int) error {
	what := 0
	for _, is := range []bool{a.Do != "", a.Call != "", a.Fault != nil, a.Mend} {
		if is {
			what++
		}
	}
	switch n := a.Before + a.After; {
	case a.Before < 0 || a.After < 0 || a.Before > 0 == (a.After > 0):
		return errors.New("say before or after which step")
	case n > steps:
		return fmt.Errorf("there is no step %d", n)
	case what != 1:
		return errors.New("say one of do, call, fault and mend")
	case a.Call != "" && len(strings.SplitN(a.Call, " ", 3)) != 3:
		return fmt.Errorf("call is METHOD twin /path, not %q", a.Call)
	case a.Call != "" && a.As == "":
		return errors.New("say as whom the call is made")
	}
	return nil
}

// UnmarshalYAML reads a fault as the control plane would.
func (f *Fault) UnmarshalYAML(n *yaml.Node) error {
	var v map[string]any
	if err := n.Decode(&v); err != nil {
		return err
	}
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("line %d: %w", n.Line, err)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(f); err != nil {
		return fmt.Errorf("line %d: fault: %s", n.Line, strings.TrimPrefix(err.Error(), "json: "))
	}
	if err := twin.Fault(*f).Check(); err != nil {
		return fmt.Errorf("line %d: fault: %w", n.Line, err)
	}
	return nil
}
