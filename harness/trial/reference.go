package trial

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Reference is the subject that does what a scenario wants: it plays the script that lies beside the scenario, NAME.reference.txt
// beside NAME.md, or the one it is given. It knows the twins by their addresses alone.
type Reference struct {
	Script *Script // nil is the scenario's own
	Label  string  // what it is called; "reference" if empty
	Blind  bool    // it goes on when a request is refused
}

// Name implements [Subject].
func (r Reference) Name() string {
	if r.Label == "" {
		return "reference"
	}
	return r.Label
}

// Meet implements [Subject].
func (r Reference) Meet(_ context.Context, s Session) (Conversation, error) {
	script := r.Script
	if script == nil {
		if s.Scenario == nil || s.Scenario.Path == "" {
			return nil, errors.New("reference: it is told neither a script nor a scenario")
		}
		var err error
		if script, err = ReadScript(ScriptOf(s.Scenario.Path)); err != nil {
			return nil, err
		}
	}
	return &reading{r: r, lines: script.lines, env: s.Env, vars: map[string]string{}}, nil
}

// ScriptOf is where the reference script of a scenario's file lies.
func ScriptOf(path string) string { return strings.TrimSuffix(path, ".md") + ".reference.txt" }

// A reading is a script that is being played.
type reading struct {
	r     Reference
	lines []scriptLine // that are left
	env   map[string]string
	vars  map[string]string
}

func (p *reading) Hear(ctx context.Context, _ string, say func(string)) error {
	if len(p.lines) == 0 {
		return nil
	}
	for p.lines = p.lines[1:]; len(p.lines) > 0 && p.lines[0].kind != "listen"; p.lines = p.lines[1:] {
		l := p.lines[0]
		if l.kind == "say" {
			say(p.expand(l.text))
			continue
		}
		if err := p.ask(ctx, l); err != nil && (!p.r.Blind || ctx.Err() != nil) {
			return fmt.Errorf("line %d: %w", l.n, err)
		}
	}
	return nil
}

func (*reading) Close() error { return nil }

var variable = regexp.MustCompile(`\$[a-z][A-Za-z0-9_]*`)

func (p *reading) expand(s string) string {
	return variable.ReplaceAllStringFunc(s, func(m string) string {
		if v, ok := p.vars[m[1:]]; ok {
			return v
		}
		return m
	})
}

// at is where a service is, and what a request there carries.
func (p *reading) at(service string) (base, authorization string) {
	switch service {
	case "okta":
		return p.env["OKTA_CLIENT_ORGURL"], "SSWS " + p.env["OKTA_CLIENT_TOKEN"]
	case "jira":
		return p.env["JIRA_URL"], "Basic " + base64.StdEncoding.EncodeToString([]byte(p.env["JIRA_USER"]+":"+p.env["JIRA_TOKEN"]))
	case "slack":
		return strings.TrimSuffix(p.env["SLACK_API_URL"], "/api/"), "Bearer " + p.env["SLACK_BOT_TOKEN"]
	case "slack:user":
		return strings.TrimSuffix(p.env["SLACK_API_URL"], "/api/"), "Bearer " + p.env["SLACK_USER_TOKEN"]
	}
	return p.env["DRIVE_URL"], "Bearer " + p.env["GOOGLE_TOKEN"]
}

// patience is how often a request is made again that the service had no time for.
const patience = 8

var client = &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 64}}

// ask makes one request and keeps what the script wants of the answer.
func (p *reading) ask(ctx context.Context, l scriptLine) error {
	base, auth := p.at(l.service)
	if base == "" {
		return fmt.Errorf("there is no address of %s in the environment", l.service)
	}
	body, kind := p.body(l)
	for try := 0; ; try++ {
		req, err := http.NewRequestWithContext(ctx, l.kind, base+strings.ReplaceAll(p.expand(l.path), " ", "%20"), bytes.NewReader(body))
		if err != nil {
			return err
		}
		req.Header.Set("Authorization", auth)
		req.Header.Set("Accept", "application/json")
		if body != nil {
			req.Header.Set("Content-Type", kind)
		}
		res, err := client.Do(req)
		if err != nil {
			return err
		}
		out, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil {
			return err
		}
		if (res.StatusCode == http.StatusTooManyRequests || res.StatusCode == http.StatusServiceUnavailable) && try < patience {
			select {
			case <-time.After(time.Millisecond << try):
				continue
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return p.answered(l, res.StatusCode, out)
	}
}

func (p *reading) answered(l scriptLine, status int, out []byte) error {
	var v any
	d := json.NewDecoder(bytes.NewReader(out))
	d.UseNumber()
	d.Decode(&v)
	m, _ := v.(map[string]any)
	if status >= 400 || m["ok"] == false {
		return fmt.Errorf("%s %s: %d %.300s", l.kind, l.path, status, out)
	}
	for _, k := range l.keep {
		path, err := parsePath(p.expand(k.path))
		if err != nil {
			return err
		}
		got, ok := path.find(v)
		if !ok {
			return fmt.Errorf("the answer to %s %s has no %s: %.300s", l.kind, l.path, k.path, out)
		}
		p.vars[k.name] = fmt.Sprint(got)
	}
	return nil
}

// body is what a request carries: JSON as it stands, or from lines of key=value a form for Slack and an object for the others.
func (p *reading) body(l scriptLine) (body []byte, kind string) {
	if len(l.body) == 0 {
		return nil, ""
	}
	if c := l.body[0][0]; c == '{' || c == '[' {
		return []byte(p.expand(strings.Join(l.body, "\n"))), "application/json"
	}
	form, object := url.Values{}, map[string]any{}
	for _, line := range l.body {
		k, v, _ := strings.Cut(line, "=")
		k, v = strings.TrimSpace(k), p.expand(strings.TrimSpace(v))
		form.Set(k, v)
		object[k] = v
	}
	if strings.HasPrefix(l.service, "slack") {
		return []byte(form.Encode()), "application/x-www-form-urlencoded"
	}
	body, _ = json.Marshal(object)
	return body, "application/json"
}

// A path leads to a value in an answer.
type path []pathStep

type pathStep struct {
	key      string
	where    []string // keys of the elements looked through; nil: key is a key or a place
	is       string
	contains bool
	not      bool
}

func parsePath(src string) (p path, err error) {
	for rest := src; rest != ""; {
		if cond, ok := strings.CutPrefix(rest, "["); ok {
			end := strings.Index(cond, "]")
			at := strings.IndexAny(cond, "=~")
			if end < 0 || at < 0 || at > end {
				return nil, fmt.Errorf("%q: what stands in [] is key=value or key~value", src)
			}
			key, not := strings.CutPrefix(cond[:at], "!")
			p = append(p, pathStep{where: strings.Split(key, "."), is: cond[at+1 : end], contains: cond[at] == '~', not: not})
			rest = strings.TrimPrefix(cond[end+1:], ".")
			continue
		}
		end := strings.IndexAny(rest, ".[")
		if end < 0 {
			end = len(rest)
		}
		if end == 0 {
			return nil, fmt.Errorf("%q is no path such as channels.[name=support].id", src)
		}
		p = append(p, pathStep{key: rest[:end]})
		rest = strings.TrimPrefix(rest[end:], ".")
	}
	return p, nil
}

func (p path) find(v any) (any, bool) {
	for _, s := range p {
		switch x := v.(type) {
		case map[string]any:
			if s.where != nil {
				return nil, false
			}
			next, ok := x[s.key]
			if !ok {
				return nil, false
			}
			v = next
		case []any:
			next, ok := s.in(x)
			if !ok {
				return nil, false
			}
			v = next
		default:
			return nil, false
		}
	}
	return v, true
}

func (s pathStep) in(list []any) (any, bool) {
	if s.where == nil {
		i, err := strconv.Atoi(s.key)
		if err != nil || i < 0 || i >= len(list) {
			return nil, false
		}
		return list[i], true
	}
	for _, e := range list {
		v := e
		for _, k := range s.where {
			m, _ := v.(map[string]any)
			v = m[k]
		}
		got := fmt.Sprint(v)
		if match := got == s.is || s.contains && strings.Contains(got, s.is); match != s.not {
			return e, true
		}
	}
	return nil, false
}
