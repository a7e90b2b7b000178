package cassette

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"twinset.dev/agent/llm"
)

var (
	environment = regexp.MustCompile(`(?s)<environment>.*?</environment>`)
	workdir     = regexp.MustCompile(`(?m)^\s*[Ww]orking directory: *(\S.*?)\s*$`)
	moment      = regexp.MustCompile(`\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?`)
	// lasted is how long a tool took, as it and the programs it runs tell.
	lasted = regexp.MustCompile(`\b\d+(?:\.\d+)?(?:ns|µs|us|ms|s)\b`)
	// secrets are the shapes that keys of well-known services have, and what is assigned to a name that ends like a secret's.
	secrets = regexp.MustCompile(`sk-[A-Za-z0-9_-]{16,}|AIza[A-Za-z0-9_-]{30,}|AKIA[A-Z0-9]{16}|gh[pousr]_[A-Za-z0-9]{20,}|xox[abeprs]-[A-Za-z0-9-]{10,}` +
		`|eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----`)
	assigned = regexp.MustCompile(`(?i)([A-Z0-9_]*(?:API_KEY|SECRET|TOKEN|PASSWORD|CREDENTIAL)\\?["']?\s*[=:]\s*\\?["']?)[^\s"'\\,;]{6,}`)
	bearer   = regexp.MustCompile(`(?i)(bearer\s+)[A-Za-z0-9._~+/=-]{8,}`)
	named    = regexp.MustCompile(`(?i)(?:api_?key|secret|token|password|credential)$`) // a field that has one
)

const hidden = "[secret]"

// mask hides what looks like a secret in the strings of a JSON value. It masks nothing twice.
func mask(v any) any {
	switch v := v.(type) {
	case string:
		s := secrets.ReplaceAllString(v, hidden)
		s = assigned.ReplaceAllString(s, "${1}"+hidden)
		return bearer.ReplaceAllString(s, "${1}"+hidden)
	case []any:
		for i := range v {
			v[i] = mask(v[i])
		}
	case map[string]any:
		for k := range v {
			if s, ok := v[k].(string); ok && s != "" && named.MatchString(k) {
				v[k] = hidden
			} else {
				v[k] = mask(v[k])
			}
		}
	}
	return v
}

// masked is v as JSON with its keys sorted and its secrets hidden.
func masked(v any) (json.RawMessage, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	var generic any
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if err := d.Decode(&generic); err != nil {
		return nil, err
	}
	return json.Marshal(mask(generic))
}

// canonical is what matters in a request: keys sorted; without metadata, without the ids that vendors make up, without the environment
// block, the working directory it names, dates, secrets, and how long tools took.
func canonical(r llm.Request, stream bool) json.RawMessage {
	cwd := ""
	for _, m := range r.Messages {
		if found := workdir.FindStringSubmatch(m.Text()); found != nil && len(found[1]) > 1 {
			cwd = found[1]
			break
		}
	}
	clean := func(s string) string {
		s = environment.ReplaceAllString(s, "[environment]")
		if cwd != "" {
			s = strings.ReplaceAll(s, cwd, "[cwd]")
		}
		return moment.ReplaceAllString(s, "[date]")
	}
	ids := map[string]string{} // calls are known by the order in which they were made
	known := func(s string) string {
		if ids[s] == "" {
			ids[s] = fmt.Sprintf("call_%d", len(ids)+1)
		}
		return ids[s]
	}
	r.Metadata = nil
	messages := make([]llm.Message, len(r.Messages))
	for i, m := range r.Messages {
		messages[i] = llm.Message{Role: m.Role}
		for _, p := range m.Parts {
			p.Text = clean(p.Text)
			if p.Call != nil {
				p.Call = &llm.ToolCall{ID: known(p.Call.ID), Name: p.Call.Name, Args: clean(p.Call.Args)}
			}
			if p.Result != nil {
				result := *p.Result
				result.CallID, result.Content = known(result.CallID), lasted.ReplaceAllString(clean(result.Content), "[time]")
				p.Result = &result
			}
			if p.Thinking != nil {
				p.Thinking = &llm.Thinking{Text: clean(p.Thinking.Text), Redacted: p.Thinking.Redacted}
			}
			messages[i].Parts = append(messages[i].Parts, p)
		}
	}
	r.Messages = messages
	b, err := masked(struct {
		llm.Request
		Stream bool `json:"stream"`
	}{r, stream})
	if err != nil { // options that are no JSON; the provider says so better
		return json.RawMessage(`"unreadable"`)
	}
	return b
}

func keyOf(request json.RawMessage) string {
	sum := sha256.Sum256(request)
	return hex.EncodeToString(sum[:])
}

// miss says what the nearest entry has that the request has not, and the other way round.
func (c *Cassette) miss(e Entry) string {
	want := lines(e.Request)
	var best *Entry
	most := -1
	for _, have := range c.all {
		if n := alike(want, lines(have.Request)); n > most {
			best, most = have, n
		}
	}
	if best == nil {
		return "the tape is empty"
	}
	if best.Key == e.Key {
		return fmt.Sprintf("the tape has this request, but not its repetition %d of trial %d", e.Ordinal+1, e.Trial)
	}
	return fmt.Sprintf("the tape does not have this request; nearest is one of %s, which differs:\n%s",
		best.Time.Format("2006-01-02 15:04"), diff(lines(best.Request), want))
}

func lines(request json.RawMessage) []string {
	var b bytes.Buffer
	json.Indent(&b, request, "", " ")
	return strings.Split(b.String(), "\n")
}

// alike counts the lines that a and b have in common.
func alike(a, b []string) (n int) {
	count := map[string]int{}
	for _, l := range a {
		count[l]++
	}
	for _, l := range b {
		if count[l] > 0 {
			count[l]--
			n++
		}
	}
	return n
}

// diff is what remains of both without the lines at the beginning and at the end that they share.
func diff(old, new []string) string {
	const most = 12 // lines of each
	for len(old) > 0 && len(new) > 0 && old[0] == new[0] {
		old, new = old[1:], new[1:]
	}
	for len(old) > 0 && len(new) > 0 && old[len(old)-1] == new[len(new)-1] {
		old, new = old[:len(old)-1], new[:len(new)-1]
	}
	var b strings.Builder
	for _, side := range []struct {
		sign  string
		lines []string
	}{{"- ", old}, {"+ ", new}} {
		for i, l := range side.lines {
			if i == most {
				fmt.Fprintf(&b, "%s… %d more lines\n", side.sign, len(side.lines)-most)
				break
			}
			if len(l) > 400 {
				l = l[:400] + "…"
			}
			b.WriteString(side.sign + l + "\n")
		}
	}
	return strings.TrimRight(b.String(), "\n")
}
