package check

import (
	"cmp"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"twinset.dev/harness/trajectory"
	"twinset.dev/kit/store"
)

// Changes returns what has become of the records of the world since it was forked, in the vendor's nouns, without the bookkeeping that
// the twins declare. A record is known by what people call it: slack.members[leads/hana]. The fields of one that was updated are
// those that differ. Each change says which event brought it about, if one of those given did.
func (st *State) Changes(events []Version) []trajectory.Change {
	list := []trajectory.Change{}
	for _, ch := range st.changes {
		service, noun, _ := strings.Cut(ch.Collection, ".")
		if service == "twin" || st.bookkeeping(service, noun) {
			continue
		}
		c := trajectory.Change{Twin: service, Collection: noun}
		switch {
		case ch.Old == nil:
			c.Kind, c.After, c.Key = "created", encode(ch.New), st.label(ch.Collection, ch.Key, ch.New)
		case ch.New == nil:
			c.Kind, c.Before, c.Key = "deleted", encode(ch.Old), st.memory.before.label(ch.Collection, ch.Key, ch.Old)
		default:
			a, b := st.differ(service, noun, ch.Old, ch.New)
			if len(a)+len(b) == 0 {
				continue
			}
			c.Kind, c.Before, c.After, c.Key = "updated", encode(a), encode(b), st.label(ch.Collection, ch.Key, ch.New)
		}
		at := ch.Version
		if ch.Old == nil {
			at = ch.First
		}
		i, _ := slices.BinarySearchFunc(events, at, func(e Version, v uint64) int { return int(int64(e.Version - v)) })
		if i < len(events) {
			c.Event = events[i].Event
		}
		list = append(list, c)
	}
	slices.SortStableFunc(list, func(a, b trajectory.Change) int {
		return strings.Compare(a.Twin+"."+a.Collection+"["+a.Key, b.Twin+"."+b.Collection+"["+b.Key)
	})
	return list
}

// A Version says by which event the world had come to a version. In order of versions.
type Version struct {
	Version uint64
	Event   int
}

func encode(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		b, _ = json.Marshal(fmt.Sprint(v))
	}
	return b
}

// bookkeeping reports whether a collection, or a field of one, only follows from what else happens.
func (st *State) bookkeeping(service, what string) bool {
	return derived(st, relation{service, what}, func() bool {
		b, ok := st.host.Twin(service)
		return ok && slices.ContainsFunc(b.Bookkeeping, func(glob string) bool {
			ok, _ := path.Match(glob, what)
			return ok && strings.Contains(glob, ".") == strings.Contains(what, ".")
		})
	})
}

// differ are the fields in which two records differ, before and after.
func (st *State) differ(service, noun string, old, new any) (before, after map[string]any) {
	before, after = map[string]any{}, map[string]any{}
	if plainStruct(old) {
		a, b := reflect.ValueOf(old).Elem(), reflect.ValueOf(new).Elem()
		for i := range a.NumField() {
			name, _, _ := strings.Cut(a.Type().Field(i).Tag.Get("json"), ",")
			name = cmp.Or(name, a.Type().Field(i).Name)
			if x, y := a.Field(i).Interface(), b.Field(i).Interface(); name != "-" && !reflect.DeepEqual(x, y) && !st.bookkeeping(service, noun+"."+name) {
				before[name], after[name] = x, y
			}
		}
		return before, after
	}
	a, b := fields(old), fields(new)
	for _, m := range []map[string]any{a, b} {
		for k := range m {
			if reflect.DeepEqual(a[k], b[k]) || st.bookkeeping(service, noun+"."+k) {
				continue
			}
			if v, ok := a[k]; ok {
				before[k] = v
			}
			if v, ok := b[k]; ok {
				after[k] = v
			}
		}
	}
	return before, after
}

// plainStruct reports whether a record's JSON is that of its fields, one by one.
func plainStruct(v any) bool {
	t := reflect.TypeOf(v).Elem()
	return t.Kind() == reflect.Struct && !marshals(t) && plainFields(t)
}

// plainFields reports whether a struct has no fields within fields, and none that JSON writes as something else.
func plainFields(t reflect.Type) bool {
	for f := range t.Fields() {
		if f.Anonymous || !f.IsExported() || strings.Contains(f.Tag.Get("json"), ",string") {
			return false
		}
	}
	return true
}

var (
	marshaler     = reflect.TypeFor[json.Marshaler]()
	textMarshaler = reflect.TypeFor[encoding.TextMarshaler]()
)

func fields(v any) (m map[string]any) {
	if json.Unmarshal(encode(v), &m) != nil {
		return map[string]any{"": v}
	}
	return m
}

// A holder is whom a token is for.
type holder struct{ User string }

// label is what people call a record.
func (st *State) label(collection, key string, rec any) string {
	switch collection {
	case "okta.users":
		return st.handle(text(decoded[oktaUser](st, rec).Profile["login"]))
	case "okta.groups":
		return decoded[oktaGroup](st, rec).Profile.Name
	case "okta.apps":
		return decoded[oktaApp](st, rec).Label
	case "okta.members", "okta.appUsers", "okta.appGroups", "okta.assignments", "okta.factors", "okta.sessions":
		return joined(key, st.oktaUsers(), st.oktaGroups(), st.oktaApps())
	case "slack.users":
		return decoded[slackUser](st, rec).Name
	case "slack.channels":
		return st.slackChannels().of(key)
	case "slack.usergroups":
		return decoded[slackGroup](st, rec).Handle
	case "slack.messages":
		m := decoded[slackMessage](st, rec)
		return joined(m.Channel+"/"+m.User, st.slackUsers(), st.slackChannels())
	case "jira.users":
		return st.jiraUsers().of(key)
	case "jira.issues":
		return joined(key, st.jiraIssues())
	case "google.users":
		return joined(key, st.googleUsers())
	case "google.groups":
		return st.handle(decoded[googleGroup](st, rec).Email)
	case "okta.tokens", "slack.tokens", "jira.tokens", "google.access_tokens", "google.refresh_tokens": // by holder: keys are secrets
		return joined(decoded[holder](st, rec).User, st.oktaUsers(), st.slackUsers(), st.jiraUsers(), st.googleUsers())
	case "jira.comments", "jira.watches", "jira.votes", "jira.worklogs":
		return joined(key, st.jiraIssues(), st.jiraUsers())
	case "jira.members":
		m := decoded[jiraMember](st, rec)
		return st.jiraGroups().of(m.Group) + "/" + st.jiraUsers().of(m.User)
	case "jira.links":
		l := decoded[jiraLink](st, rec)
		return st.jiraIssues().of(num(l.Inward)) + "/" + st.jiraIssues().of(num(l.Outward))
	case "gdrive.files", "gsheets.books", "gdocs.documents":
		return joined(key, st.files())
	case "gdrive.drives":
		return decoded[drive](st, rec).Name
	case "gdrive.permissions":
		p := decoded[permission](st, rec)
		return joined(p.File, st.files(), st.drives()) + "/" + st.holder(p)
	case "gdrive.comments":
		c := decoded[driveComment](st, rec)
		return joined(c.File, st.files()) + "/" + joined(c.By, st.googleUsers())
	case "gsheets.sheets":
		s := decoded[sheet](st, rec)
		return joined(s.Book, st.files()) + "/" + s.Title
	case "gsheets.blocks":
		b := decoded[block](st, rec)
		for s := range records[sheet](st, "gsheets.sheets") {
			if s.Book == b.Book && s.ID == b.Sheet {
				return joined(b.Book, st.files()) + "/" + s.Title
			}
		}
	}
	return joined(key, st.oktaUsers(), st.slackUsers(), st.slackChannels(), st.googleUsers(), st.files())
}

// joined is a key with slashes, each part by its name if it has one.
func joined(key string, by ...naming) string {
	parts := strings.Split(key, "/")
	for i, p := range parts {
		for _, m := range by {
			if name := cmp.Or(m.of(p), m.of(strings.TrimLeft(p, "0"))); name != "" { // Jira's numbers have leading zeros in keys
				parts[i] = name
				break
			}
		}
	}
	return strings.Join(parts, "/")
}

// A pattern is what may differ: [created |updated |deleted ]twin.collection[key glob][.field glob].
type pattern struct {
	source                       string
	kind, twin, noun, key, field string
}

var patterns = regexp.MustCompile(`^(?:(created|updated|deleted) )?([a-z*]+)\.([A-Za-z_*]+)(?:\[([^\]]*)\])?(?:\.([A-Za-z_*]+))?$`)

func parsePattern(src string, schema *store.Schema) (p pattern, err error) {
	m := patterns.FindStringSubmatch(src)
	if m == nil {
		return p, fmt.Errorf("%q is no pattern such as okta.users[hana], created slack.messages[support/*] or jira.issues[OPS-1].Fields", src)
	}
	p = pattern{src, m[1], m[2], m[3], m[4], m[5]}
	if m[4] == "" {
		p.key = "*"
	}
	if !slices.ContainsFunc(schema.Collections(), func(c string) bool {
		service, noun, _ := strings.Cut(c, ".")
		return glob(p.twin, service) && glob(p.noun, noun)
	}) {
		return p, fmt.Errorf("%q: there is no collection %s.%s", src, p.twin, p.noun)
	}
	if p.field != "" && p.kind != "" && p.kind != "updated" {
		return p, errors.New("only what is updated has fields")
	}
	return p, nil
}

// glob matches with * for anything, slashes too.
func glob(pattern, s string) bool {
	first, rest, star := strings.Cut(pattern, "*")
	if !star {
		return pattern == s
	}
	s, ok := strings.CutPrefix(s, first)
	if !ok {
		return false
	}
	for i := range len(s) + 1 {
		if glob(rest, s[i:]) {
			return true
		}
	}
	return false
}

// covers reports whether the pattern allows the whole of a change.
func (p pattern) covers(c trajectory.Change) bool {
	if !p.names(c) {
		return false
	}
	return p.field == "" || c.Kind == "updated"
}

func (p pattern) names(c trajectory.Change) bool {
	return (p.kind == "" || p.kind == c.Kind) && glob(p.twin, c.Twin) && glob(p.noun, c.Collection) && glob(p.key, c.Key)
}

// collateral looks for changes that no pattern allows. A change may be allowed field by field.
func (c *Checks) collateral(changes []trajectory.Change) trajectory.Check {
	out := trajectory.Check{Name: "nothing else has changed", Group: Unchanged, Result: Pass}
	var seen []string
	for _, ch := range changes {
		var open []string
		if ch.Kind == "updated" {
			open = ch.Fields()
		}
		allowed := false
		for _, p := range c.unchanged {
			if !p.covers(ch) {
				continue
			}
			if p.field == "" {
				allowed = true
				break
			}
			open = slices.DeleteFunc(open, func(f string) bool { return glob(p.field, f) })
			allowed = len(open) == 0
		}
		if allowed {
			continue
		}
		out.Result = Fail
		what := fmt.Sprintf("%s %s.%s[%s]", ch.Kind, ch.Twin, ch.Collection, ch.Key)
		if len(open) > 0 {
			what += " " + strings.Join(open, ", ")
		}
		if !slices.Contains(seen, what) && len(seen) < 20 {
			seen = append(seen, what)
		}
		if ch.Event != 0 && !slices.Contains(out.Events, ch.Event) {
			out.Events = append(out.Events, ch.Event)
		}
	}
	out.Observed = strings.Join(seen, "; ")
	slices.Sort(out.Events)
	return out
}
