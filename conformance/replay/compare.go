package replay

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// A comparison holds one recorded answer against the twin's. It binds first and counts then, for an answer may name a thing twice.
//
// Lists are aligned by what is bound, then by natural key, then by place. What was in the service before the recording
// began is another company's: an object like that is held to its keys alone until a request changes it, and in a list it is
// left out where the twin has none by that key. The order of items is not compared, but for lists in lists. Of items that only the twin has, those count that this recording made, and all in a list about something it made.
type comparison struct {
	o     *origin
	b     *bindings
	svc   *Service
	step  int
	ours  bool // the request is about something born in the recording
	exact bool // alike is what has no difference that counts

	known  map[string]string // bindings from before this answer
	want   map[string]bool   // recorded (path, type) pairs
	have   map[string]bool   // those of the answer
	equal  int
	of     int
	diffs  []Diff
	onKeys bool // compare keys alone
}

// compare fills in what the answer is worth, and binds what it names.
func (c *comparison) compare(r *Result, got any, contentType string) {
	then := r.step.Response
	c.known = maps.Clone(c.b.to)
	c.want, c.have = map[string]bool{}, map[string]bool{}
	if r.Want != r.Got {
		c.diffs = append(c.diffs, Diff{Path: "status", Want: r.Want, Got: r.Got, Note: "value"})
	}
	r.answered = got
	if text, ok := then.(string); r.Want/100 != r.Got/100 {
		// Nothing in a refusal is to be compared with what was granted.
	} else if ok {
		c.text(text, got, r.step.Header.Get("Content-Type"), contentType)
	} else {
		c.bind("", then, got)
		r.answered = c.value("", "", then, got)
	}
	r.Keys, r.Values = 1, 1
	if len(c.want) > 0 {
		n := 0
		for k := range c.want {
			if c.have[k] {
				n++
			}
		}
		r.Keys = float64(n) / float64(len(c.want))
	}
	if c.of > 0 {
		r.Values = float64(c.equal) / float64(c.of)
	}
	if r.Want != r.Got {
		r.Keys, r.Values = 0, 0
	}
	r.Diffs = c.diffs
	r.Alike = r.Want == r.Got && r.Keys >= alikeKeys && r.Values >= alikeValues
	if c.exact {
		r.Alike = len(r.counting()) == 0
	}
}

// bind walks two answers side by side and binds what the service made up.
func (c *comparison) bind(key string, then, now any) {
	switch t := then.(type) {
	case map[string]any:
		n, _ := now.(map[string]any)
		for _, k := range slices.Sorted(maps.Keys(t)) {
			if v, ok := n[c.b.text(k)]; ok {
				c.bind(k, t[k], v)
			}
		}
	case []any:
		n, _ := now.([]any)
		for i, j := range c.align(t, n) {
			if j >= 0 {
				c.bind(key, t[i], n[j])
			}
		}
	default:
		ts, ok := str(then)
		ns, ok2 := str(now)
		switch {
		case !ok || !ok2 || c.o.own(then) || ns == "":
		case isURL(ts):
			c.b.bindURL(ts, ns, c.o.own)
		case isID(key, then), ts != ns && (isTime(ts) && isTime(ns) || c.svc.generated(ts, ns)):
			c.b.bind(ts, ns)
		}
	}
}

// naturalKeys name an item of a list, the best first. With "+" it takes both.
var naturalKeys = []string{
	"name", "label", "login", "profile.login", "profile.name", "profile.displayName", "email", "kid", "title", "displayName", "domain", "key", "value",
	"source.name+target.name", "type", "range", "rel", "href",
}

// align says for each item of a recorded list which of the answer's is the same, or -1.
func (c *comparison) align(then, now []any) []int {
	at := make([]int, len(then))
	taken := make([]bool, len(now))
	for i := range at {
		at[i] = -1
	}
	match := func(of, in func(any) (string, bool)) {
		places := map[string][]int{}
		for j, v := range now {
			if s, ok := in(v); ok && !taken[j] {
				places[s] = append(places[s], j)
			}
		}
		for i, v := range then {
			s, ok := of(v)
			if l := places[s]; at[i] < 0 && ok && len(l) > 0 {
				at[i], taken[l[0]], places[s] = l[0], true, l[1:]
			}
		}
	}
	inOrder := func(may func(any) bool) []int {
		for i := range at {
			if len(then) == len(now) && at[i] < 0 && !taken[i] && may(then[i]) {
				at[i], taken[i] = i, true
			}
		}
		j := 0
		for i := range at {
			for j < len(now) && taken[j] {
				j++
			}
			if at[i] < 0 && j < len(now) && may(then[i]) {
				at[i], taken[j] = j, true
			}
		}
		return at
	}
	if !all(then, func(v any) bool { _, ok := v.(map[string]any); return ok }) {
		if all(then, func(v any) bool { _, ok := v.(string); return ok }) {
			match(func(v any) (string, bool) { return c.b.text(v.(string)), true }, func(v any) (string, bool) { s, ok := v.(string); return s, ok })
		}
		return inOrder(func(any) bool { return true })
	}
	match(func(v any) (string, bool) { s, ok := c.b.to[identity(v)]; return s, ok }, func(v any) (string, bool) { return identity(v), true })
	for _, k := range naturalKeys {
		seen := map[string]bool{}
		if !all(then, func(v any) bool {
			s, ok := natural(v, k)
			fresh := ok && !seen[s]
			seen[s] = true
			return fresh
		}) {
			continue
		}
		match(func(v any) (string, bool) { s, _ := natural(v, k); return c.b.text(s), true }, func(v any) (string, bool) { return natural(v, k) })
		last := k[strings.LastIndex(k, ".")+1:]
		return inOrder(func(v any) bool {
			id := identity(v)
			return id == "" && len(then) == len(now) || isID(last, field(v, k)) && !c.o.foreign[id]
		})
	}
	return inOrder(func(v any) bool { return len(then) == len(now) || !c.o.foreign[identity(v)] })
}

// natural is the natural key of an item, if it has that.
func natural(v any, key string) (string, bool) {
	a, b, both := strings.Cut(key, "+")
	s, ok := str(field(v, a))
	if both {
		s2, ok2 := str(field(v, b))
		return s + "\x00" + s2, ok && ok2
	}
	return s, ok
}

// field is a member of an object, or of an object in it: "profile.login".
func field(v any, path string) any {
	for k := range strings.SplitSeq(path, ".") {
		v = object(v)[k]
	}
	return v
}

func all(l []any, ok func(any) bool) bool {
	return !slices.ContainsFunc(l, func(v any) bool { return !ok(v) })
}

// absent stands in a list for an item that only the other has.
type absent struct{}

// value compares two values and returns the answered one as it is shown: what counts as equal as it was recorded, lists in the recorded order.
func (c *comparison) value(path, key string, then, now any) any {
	c.want[path+" "+kind(then)], c.have[path+" "+kind(now)] = true, true
	if kind(then) != kind(now) {
		c.note(path, then, now, "type")
		c.lose(path, key, then)
		return now
	}
	switch t := then.(type) {
	case map[string]any:
		return c.object(path, t, now.(map[string]any))
	case []any:
		return c.list(path, key, t, now.([]any))
	}
	verdict := c.scalar(key, then, now)
	if verdict == leftOut || c.onKeys {
		return then
	}
	c.of++
	if verdict == unequal {
		c.note(path, then, now, "value")
		return now
	}
	c.equal++
	return then
}

func (c *comparison) object(path string, then, now map[string]any) any {
	if !c.onKeys && c.o.before(then, c.step) {
		c.onKeys = true
		defer func() { c.onKeys = false }()
	}
	shown := map[string]any{}
	named := map[string]bool{}
	for _, k := range slices.Sorted(maps.Keys(then)) {
		name := c.b.text(k)
		named[name] = true
		if v, ok := now[name]; ok {
			shown[k] = c.value(path+"."+k, k, then[k], v)
			continue
		}
		c.note(path+"."+k, then[k], nil, "missing")
		c.lost(path+"."+k, k, then[k])
	}
	for _, k := range slices.Sorted(maps.Keys(now)) {
		if !named[k] {
			shown[k] = now[k]
			c.note(path+"."+k, nil, now[k], "extra")
		}
	}
	return shown
}

func (c *comparison) list(path, key string, then, now []any) any {
	at := c.align(then, now)
	taken := map[int]bool{}
	shown := []any{}
	strangers := false
	for i, j := range at {
		here := fmt.Sprintf("%s[%d]", path, i)
		switch {
		case j >= 0:
			taken[j] = true
			shown = append(shown, c.value(path+"[]", key, then[i], now[j]))
		case c.o.before(then[i], c.step):
			strangers = true
			shown = append(shown, then[i])
		default:
			c.note(here, then[i], nil, "missing")
			c.lost(path+"[]", key, then[i])
			shown = append(shown, absent{})
		}
	}
	for j, v := range now {
		id := identity(v)
		if taken[j] || c.onKeys || id != "" && !c.b.named[id] && (strangers || !c.ours) {
			continue
		}
		c.of++
		c.note(fmt.Sprintf("%s[+%d]", path, j), nil, v, "extra")
		shown = append(shown, v)
	}
	return shown
}

func (c *comparison) note(path string, then, now any, note string) {
	c.diffs = append(c.diffs, Diff{Path: strings.TrimPrefix(path, "."), Want: then, Got: now, Note: note})
}

// lost counts a recorded value that the answer does not have.
func (c *comparison) lost(path, key string, then any) {
	c.want[path+" "+kind(then)] = true
	c.lose(path, key, then)
}

// lose counts what is in a recorded value that the answer does not have.
func (c *comparison) lose(path, key string, then any) {
	switch t := then.(type) {
	case map[string]any:
		for k, v := range t {
			c.lost(path+"."+k, k, v)
		}
	case []any:
		for _, v := range t {
			c.lost(path+"[]", key, v)
		}
	default:
		if s, _ := str(then); !c.onKeys && !isTime(s) && !isURL(s) && !isID(key, then) {
			c.of++
		}
	}
}

type verdict int

const (
	equal verdict = iota
	unequal
	leftOut // it is made up, and could not be the same
)

// scalar compares two scalars of one type.
func (c *comparison) scalar(key string, then, now any) verdict {
	ts, ok := str(then)
	ns, _ := str(now)
	if !ok {
		return same(then == now)
	}
	known, isKnown := c.known[ts]
	switch {
	case c.o.own(then):
	case isTime(ts) && isTime(ns), isURL(ts) && isURL(ns), isEpoch(key, then) && isEpoch(key, now):
		return leftOut
	case isKnown && !isTime(ts) && !isURL(ts):
		return same(known == ns)
	case isID(key, then) && ns != "":
		if now, ok := c.b.to[ts]; ok && now != ns {
			return unequal
		}
		return leftOut
	case c.svc.generated(ts, ns):
		return leftOut
	}
	if _, ok := then.(json.Number); ok {
		t, err := strconv.ParseFloat(ts, 64)
		n, err2 := strconv.ParseFloat(ns, 64)
		return same(ts == ns || err == nil && err2 == nil && t == n)
	}
	return same(ts == ns || c.b.text(ts) == ns)
}

func same(is bool) verdict {
	if is {
		return equal
	}
	return unequal
}

func kind(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case json.Number:
		return "number"
	case []any:
		return "array"
	case map[string]any:
		return "object"
	}
	return "unknown"
}

// text compares what is not JSON: XML by the names of its elements, the rest by its content type.
func (c *comparison) text(then string, now any, thenType, nowType string) {
	nowText, ok := now.(string)
	switch {
	case then == "":
	case !ok:
		c.want["text"] = true
		c.note("", then, now, "type")
	case strings.HasPrefix(strings.TrimSpace(then), "<?xml") || strings.Contains(thenType, "xml"):
		c.want, c.have = elements(then), elements(nowText)
		for _, name := range slices.Sorted(maps.Keys(c.want)) {
			if !c.have[name] {
				c.note(name, "element", nil, "missing")
			}
		}
	default:
		if thenType == "" {
			nowType = "" // what the recording does not say is told by the texts
		}
		t, n := mediaType(thenType, then), mediaType(nowType, nowText)
		c.want[t], c.have[n] = true, true
		if t != n {
			c.note("content type", t, n, "value")
		}
	}
}

// mediaType is a content type without its parameters, told by the text if it is not said.
func mediaType(t, text string) string {
	if t == "" {
		t = http.DetectContentType([]byte(text))
	}
	t, _, _ = mime.ParseMediaType(t)
	return t
}

// elements are the paths of an XML document's elements, without their namespaces' prefixes.
func elements(doc string) map[string]bool {
	m := map[string]bool{}
	var path []string
	for d := xml.NewDecoder(strings.NewReader(doc)); ; {
		t, err := d.Token()
		if err != nil {
			return m
		}
		switch t := t.(type) {
		case xml.StartElement:
			path = append(path, t.Name.Local)
			m[strings.Join(path, "/")] = true
		case xml.EndElement:
			path = path[:len(path)-1]
		}
	}
}
