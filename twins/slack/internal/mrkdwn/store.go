package mrkdwn

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Kind says what a name or an id belongs to.
type Kind int

// The kinds of things a text can name.
const (
	User Kind = iota
	Channel
	Subteam
)

// A Lookup finds the id for a name when a text is stored, and the name for an id when it is shown.
type Lookup func(Kind, string) (string, bool)

// Options are the arguments of chat.postMessage that decide how its text is read.
//
// https://docs.slack.dev/reference/methods/chat.postMessage
type Options struct {
	Parse     string // "", "none" or "full"
	LinkNames bool   // @name and #name become mentions, as they always do when Parse is "full"
	IDs       Lookup // by name, without its @ or #
}

// Store turns a posted text into the one Slack keeps and answers: control sequences stay, every other & < >
// becomes an entity, and bare URLs and addresses become links unless Parse is "none". What Store has made,
// Store leaves alone.
//
// https://docs.slack.dev/messaging/formatting-message-text#escaping
func Store(text string, o Options) string {
	var b strings.Builder
	before := ' ' // what a literal run follows decides whether its first @ starts a name
	for t := range tokens(text) {
		if t.kind == literal {
			b.WriteString(storeLiteral(t.raw, before, o))
		} else {
			b.WriteByte('<')
			b.WriteString(Literal(t.raw[1 : len(t.raw)-1]))
			b.WriteByte('>')
		}
		before, _ = utf8.DecodeLastRuneInString(t.raw)
	}
	return b.String()
}

var (
	entity     = `&(?:amp|lt|gt);`
	bareURL    = `(?i:https?|ftp)://[^\s<>|]+`
	bareEmail  = `[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}`
	bareDomain = `(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+(?:com|org|net|edu|gov|io|dev|co|ai|app|me|info|biz|us|uk|de|fr|jp|ca|au|in|nl|eu)\b(?:/[^\s<>|]*)?`
	bareName   = `[@#][\p{L}\p{N}_][\p{L}\p{N}._-]*`

	// Leftmost wins, and among those the first: an address before its domain.
	bare = regexp.MustCompile(`(` + bareURL + `)|(` + bareEmail + `)|(` + bareDomain + `)|(` + bareName + `)|` + entity)
)

func storeLiteral(s string, before rune, o Options) string {
	if o.Parse != "full" && !strings.ContainsAny(s, "@#") && !strings.Contains(s, "://") {
		return Literal(s) // as most texts are: nothing in it can become a link or a mention
	}
	var b strings.Builder
	for s != "" {
		m := bare.FindStringSubmatchIndex(s)
		if m == nil {
			break
		}
		from, to := m[0], m[1]
		b.WriteString(Literal(s[:from]))
		if from > 0 {
			before, _ = utf8.DecodeLastRuneInString(s[:from])
		}
		made, n := "", 0
		if !unicode.IsLetter(before) && !unicode.IsDigit(before) && !strings.ContainsRune("_/@", before) {
			switch found := s[from:to]; {
			case m[2] >= 0 && o.Parse != "none":
				if u := trimURL(found); !strings.HasSuffix(u, "://") {
					made, n = "<"+Literal(u)+">", len(u)
				}
			case m[4] >= 0 && o.Parse != "none":
				made, n = "<mailto:"+found+"|"+found+">", len(found)
			case m[6] >= 0 && o.Parse == "full":
				u := trimURL(found)
				made, n = "<http://"+Literal(u)+"|"+Literal(u)+">", len(u)
			case m[8] >= 0 && (o.LinkNames || o.Parse == "full"):
				made, n = mentionOf(found, o.IDs)
			}
		}
		if n > 0 {
			b.WriteString(made)
			before, to = '>', from+n
		} else {
			b.WriteString(Literal(s[from:to]))
			before, _ = utf8.DecodeLastRuneInString(s[from:to])
		}
		s = s[to:]
	}
	b.WriteString(Literal(s))
	return b.String()
}

// trimURL drops what a run of URL characters ends with and the sentence around it owns: punctuation, a bracket
// not opened inside, and everything from an escaped < or > on.
func trimURL(u string) string {
	for _, bracket := range []string{"&lt;", "&gt;"} {
		u, _, _ = strings.Cut(u, bracket)
	}
	for u != "" && !strings.HasSuffix(u, "://") && !strings.HasSuffix(u, "&amp;") {
		last := u[len(u)-1]
		if strings.IndexByte(".,;:!?'\"*_~`", last) < 0 &&
			(last != ')' || strings.Count(u, "(") >= strings.Count(u, ")")) &&
			(last != ']' || strings.Count(u, "[") >= strings.Count(u, "]")) &&
			(last != '}' || strings.Count(u, "{") >= strings.Count(u, "}")) {
			break
		}
		u = u[:len(u)-1]
	}
	return u
}

// mentionOf makes the control sequence for @name or #name and says how much of it was the name, none if nobody
// has it: in "@bo." the full stop belongs to the sentence unless somebody is called "bo.".
func mentionOf(name string, ids Lookup) (string, int) {
	for n := len(name); n > 1; n-- {
		if n < len(name) && strings.IndexByte("._-", name[n]) < 0 {
			break
		}
		bare := name[1:n]
		switch {
		case name[0] == '@' && (bare == "here" || bare == "channel" || bare == "everyone"):
			return "<!" + bare + ">", n
		case ids == nil:
			continue
		case name[0] == '#':
			if id, ok := ids(Channel, bare); ok {
				return "<#" + id + "|" + bare + ">", n
			}
		default:
			if id, ok := ids(User, bare); ok {
				return "<@" + id + ">", n
			}
			if id, ok := ids(Subteam, bare); ok {
				return "<!subteam^" + id + ">", n
			}
		}
	}
	return "", 0
}
