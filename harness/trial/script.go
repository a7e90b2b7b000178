package trial

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
)

// A Script is what the reference subject does in one scenario, line by line:
//
//	# Hana is found, and locked out once Ana agrees.
//	listen
//	GET okta /api/v1/users?limit=200
//	  -> hana = [profile.login=hana@acme.example].id
//	say "I will deactivate Hana in Okta. Shall I?"
//	listen
//	POST okta /api/v1/users/$hana/lifecycle/deactivate
//	POST slack /api/chat.postMessage
//	  channel=support
//	  text=Hana has left.
//	say "Done: Hana cannot sign in any more."
//
// It listens until the person has said something, asks the twins over HTTP, keeps values of their answers and says things. An indented
// body is JSON, or lines of key=value. A value's path is keys and places with dots between; [key=value] is the first element of a list
// with that value, [key~value] one that contains it. $name is a kept value. Slack is asked as the bot, slack:user as the person.
type Script struct{ lines []scriptLine }

type scriptLine struct {
	n       int    // in the file
	kind    string // listen, say or a method
	service string
	path    string
	body    []string
	keep    []kept
	text    string // of a say
}

type kept struct{ name, path string }

// writes reports whether the line changes something.
func (l scriptLine) writes() bool { return l.service != "" && l.kind != "GET" }

var (
	request = regexp.MustCompile(`^(GET|POST|PUT|PATCH|DELETE) (okta|jira|slack|slack:user|google) (/\S.*)$`)
	keeping = regexp.MustCompile(`^-> ([a-z][A-Za-z0-9_]*) = (\S.*)$`)
	saying  = regexp.MustCompile(`^say "(.*)"$`)
)

// ReadScript reads a script's file.
func ReadScript(path string) (*Script, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	s, err := ParseScript(string(b))
	if err != nil {
		return nil, fmt.Errorf("%s:%w", path, err)
	}
	return s, nil
}

// ParseScript reads a script. Errors begin with the number of the line.
func ParseScript(src string) (*Script, error) {
	s := &Script{}
	for i, line := range strings.Split(src, "\n") {
		trimmed := strings.TrimSpace(line)
		wrong := func(format string, args ...any) error {
			return fmt.Errorf("%d: %s", i+1, fmt.Sprintf(format, args...))
		}
		switch {
		case trimmed == "" || strings.HasPrefix(trimmed, "#"):
		case line[0] == ' ' || line[0] == '\t':
			if len(s.lines) == 0 || s.lines[len(s.lines)-1].service == "" {
				return nil, wrong("an indented line belongs to a request, and there is none above it")
			}
			l := &s.lines[len(s.lines)-1]
			if m := keeping.FindStringSubmatch(trimmed); m != nil {
				if _, err := parsePath(m[2]); err != nil {
					return nil, wrong("%v", err)
				}
				l.keep = append(l.keep, kept{m[1], m[2]})
			} else if strings.HasPrefix(trimmed, "->") {
				return nil, wrong("a value is kept with -> name = path")
			} else {
				l.body = append(l.body, trimmed)
			}
		case trimmed == "listen":
			s.lines = append(s.lines, scriptLine{n: i + 1, kind: "listen"})
		case saying.MatchString(trimmed):
			s.lines = append(s.lines, scriptLine{n: i + 1, kind: "say", text: saying.FindStringSubmatch(trimmed)[1]})
		case request.MatchString(trimmed):
			m := request.FindStringSubmatch(trimmed)
			s.lines = append(s.lines, scriptLine{n: i + 1, kind: m[1], service: m[2], path: m[3]})
		default:
			return nil, wrong("%q is none of listen, say \"…\" and METHOD okta|jira|slack|slack:user|google /path", trimmed)
		}
	}
	if len(s.lines) == 0 || s.lines[0].kind != "listen" {
		return nil, errors.New("1: a script begins by listening: listen")
	}
	return s, nil
}

// A Mutant is a script that goes wrong in one way.
type Mutant struct {
	Name   string // what is wrong with it
	Script *Script
}

// Mutants are the ways in which a script can go wrong that scenarios must notice: each write left out, each thing it looks up
// mistaken for another, and the last words said before the work is done.
func (s *Script) Mutants() (list []Mutant) {
	for i, l := range s.lines {
		if l.writes() {
			m := s.clone()
			m.lines = append(m.lines[:i], m.lines[i+1:]...)
			list = append(list, Mutant{fmt.Sprintf("skips %s %s in line %d", l.kind, l.path, l.n), m})
		}
	}
	for i, l := range s.lines {
		for k, v := range l.keep {
			at := strings.LastIndex(v.path, "[")
			if at < 0 || !s.written(i, v.name) {
				continue
			}
			m := s.clone()
			m.lines[i].keep[k].path = v.path[:at] + "[!" + v.path[at+1:]
			list = append(list, Mutant{fmt.Sprintf("takes another %s in line %d", v.name, l.n), m})
		}
	}
	if m := s.early(); m != nil {
		list = append(list, Mutant{"says it is done before it is", m})
	}
	return list
}

func (s *Script) clone() *Script {
	c := &Script{lines: append([]scriptLine(nil), s.lines...)}
	for i := range c.lines {
		c.lines[i].keep = append([]kept(nil), c.lines[i].keep...)
	}
	return c
}

// written reports whether a kept value ends up in a later write, itself or through other lookups.
func (s *Script) written(from int, name string) bool {
	for i, l := range s.lines[from+1:] {
		if !strings.Contains(l.path+strings.Join(l.body, "\n"), "$"+name) {
			continue
		}
		if l.writes() {
			return true
		}
		for _, k := range l.keep {
			if s.written(from+1+i, k.name) {
				return true
			}
		}
	}
	return false
}

// early is the script with the words of the last turn that writes said at its beginning, and its work put off until the person
// speaks again. If that never happens it is never done.
func (s *Script) early() *Script {
	last := -1
	for i, l := range s.lines {
		if l.writes() {
			last = i
		}
	}
	if last < 0 {
		return nil
	}
	begin, end := 0, len(s.lines)
	for i, l := range s.lines {
		if l.kind == "listen" && i < last {
			begin = i
		} else if l.kind == "listen" && end == len(s.lines) && i > last {
			end = i
		}
	}
	m := &Script{lines: append([]scriptLine(nil), s.lines[:begin+1]...)}
	var work []scriptLine
	for _, l := range s.lines[begin+1 : end] {
		if l.kind == "say" {
			m.lines = append(m.lines, l)
		} else {
			work = append(work, l)
		}
	}
	if end == len(s.lines) {
		m.lines = append(m.lines, scriptLine{kind: "listen"})
		m.lines = append(m.lines, work...)
		return m
	}
	m.lines = append(m.lines, s.lines[end])
	m.lines = append(m.lines, work...)
	m.lines = append(m.lines, s.lines[end+1:]...)
	return m
}

// ScriptTemplate is a script to begin with.
const ScriptTemplate = `# What a good product would do. See "twinset scenario new --help".
listen
GET okta /api/v1/users?limit=200
  -> hana = [profile.login=hana@acme.example].id
say "I am going to TODO. Shall I?"
listen
POST okta /api/v1/users/$hana/lifecycle/suspend
say "Done: TODO."
`
