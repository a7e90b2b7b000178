package okta

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"iter"
	"mime"
	"slices"
	"strings"

	"twinset.dev/kit/store"
)

// listUsers finds people. Without an expression those who are deactivated are left out. What it walks are the stored
// rows, and a person's part of the answer is made once: a search among ten thousand takes milliseconds.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/User/#tag/User/operation/listUsers
func (o *Okta) listUsers(c *call) (any, error) {
	q, search, filter := strings.ToLower(c.query.Get("q")), c.query.Get("search"), c.query.Get("filter")
	normal := 200
	var wanted []attributes
	match := func(u *User) bool { return u.Status != statusDeprovisioned }
	switch {
	case search != "" && (filter != "" || q != ""):
		return nil, errSearchAndFilter
	case search != "":
		m, e, ok := matchUsers(search, nil)
		if !ok {
			return nil, errSearch
		}
		match, wanted = m, e.sought()
	case filter != "":
		m, _, ok := matchUsers(filter, filterable)
		if !ok {
			return nil, errSearch
		}
		match = m
	}
	if q != "" {
		normal = 10
		match = and(match, func(u *User) bool {
			for _, k := range []string{"firstName", "lastName", "email"} {
				if strings.HasPrefix(strings.ToLower(text(u.Profile[k])), q) {
					return true
				}
			}
			return false
		})
	}
	if !c.mayEverywhere("okta.users.read") {
		match = and(match, func(u *User) bool { return c.may("okta.users.read", *u) })
	}
	limit, err := c.limitOf(normal, 200)
	if err != nil {
		return nil, err
	}
	after := c.query.Get("after")
	then := c
	if search != "" {
		then = c.past()
	}
	found := then.usersSince(after)
	if few, ok := then.usersWith(wanted, after); ok {
		found = few
	}
	if sortBy := c.query.Get("sortBy"); sortBy != "" && search != "" {
		found = following(then.usersSorted(match, sortBy, strings.EqualFold(c.query.Get("sortOrder"), "desc")), after)
	}
	variant, omit := c.omitted()
	var parts [][]byte
	var last *User
	more := false
	for row := range found {
		u := row.Value()
		if !match(u) || then != c && !o.users.Has(c.Tx, u.ID) {
			continue
		}
		if len(parts) == limit {
			more = true
			break
		}
		last = u
		show := func(u *User) []byte { return encoded(omit(c.personInList(*u).(obj))) }
		if c.conceals() {
			parts = append(parts, show(u))
			continue
		}
		parts = append(parts, row.Memo(variant, show))
	}
	p := page{raw: slices.Concat([]byte("["), bytes.Join(parts, []byte(",")), []byte("]"))}
	if more {
		p.after = cursorOf(last)
	}
	return p, nil
}

// past is the call on what searches and the log's readers know, which is itself unless the world lags.
func (c *call) past() *call {
	if c.Lag() == 0 {
		return c
	}
	then := *c
	then.Call = c.Call.Past()
	return &then
}

func and(a, b func(*User) bool) func(*User) bool {
	return func(u *User) bool { return a(u) && b(u) }
}

// cursorOf is where a page ends: people are listed as they were made.
func cursorOf(u *User) string { return fmt.Sprintf("%013d%s", u.Order, u.ID) }

// usersSince yields people as they were made, beginning after a cursor.
func (c *call) usersSince(after string) iter.Seq[store.Row[User]] {
	return func(yield func(store.Row[User]) bool) {
		for row := range c.o.usersInOrder.Rows(c.Tx, store.Range{From: after[:min(13, len(after))]}) {
			if after != "" && cursorOf(row.Value()) <= after {
				continue
			}
			if !yield(row) {
				return
			}
		}
	}
}

// few is how many are looked at one by one; more are found as quickly by going through all, for the page is full soon.
const few = 1000

// usersWith yields those who have one of some attributes that all who are asked for have, as they were made; ok is false if they are too many.
func (c *call) usersWith(wanted []attributes, after string) (found iter.Seq[store.Row[User]], ok bool) {
	for _, w := range wanted {
		var rows []store.Row[User]
		for row := range c.o.usersByAttribute.Where(c.Tx, w.Range, w.is) {
			if cursorOf(row.Value()) <= after {
				continue
			}
			if rows = append(rows, row); len(rows) > few {
				break
			}
		}
		if len(rows) <= few {
			rows = inOrder(rows, func(r store.Row[User]) int64 { return r.Value().Order }, func(r store.Row[User]) string { return r.Value().ID })
			return slices.Values(slices.CompactFunc(rows, func(a, b store.Row[User]) bool { return a == b })), true
		}
	}
	return nil, false
}

// attributes are the texts of somebody's profile, as they are looked up.
func (u *User) attributes() (keys []string) {
	for name, v := range u.Profile {
		for _, s := range append(texts(v), text(v)) {
			if s != "" {
				keys = append(keys, attribute(name, s))
			}
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// Attributes are some of those that people are looked up by: those in a range that are as asked.
type attributes struct {
	store.Range
	is func(attribute string) bool
}

func attribute(name, value string) string {
	return strings.ToLower(name) + "=" + strings.ToLower(value)
}

// sought are the attributes that whoever matches has: those of which the expression says what they are, how they begin or
// end, or what is in them.
func (e *filterExpr) sought() (wanted []attributes) {
	if len(e.Or) > 1 {
		return nil
	}
	for _, t := range e.Or[0].And {
		name, ok := strings.CutPrefix(t.Path, "profile.")
		if !ok || t.Value == nil || t.Value.Text == nil || *t.Value.Text == "" {
			continue
		}
		every := func(string) bool { return true }
		all, value := attribute(name, ""), strings.ToLower(*t.Value.Text)
		switch strings.ToLower(t.Op) {
		case "eq":
			wanted = append(wanted, attributes{store.Range{From: all + value, To: all + value + "\x00"}, every})
		case "sw":
			wanted = append(wanted, attributes{store.Range{Prefix: all + value}, every})
		case "ew":
			wanted = append(wanted, attributes{store.Range{Prefix: all}, func(a string) bool { return strings.HasSuffix(a[len(all):], value) }})
		case "co":
			wanted = append(wanted, attributes{store.Range{Prefix: all}, func(a string) bool { return strings.Contains(a[len(all):], value) }})
		}
	}
	return wanted
}

// following yields what comes after the one that a cursor names.
func following(found iter.Seq[store.Row[User]], after string) iter.Seq[store.Row[User]] {
	return func(yield func(store.Row[User]) bool) {
		begun := after == ""
		for row := range found {
			if begun && !yield(row) {
				return
			}
			begun = begun || cursorOf(row.Value()) == after
		}
	}
}

// usersSorted yields those who match, in the order of a property.
func (c *call) usersSorted(match func(*User) bool, sortBy string, desc bool) iter.Seq[store.Row[User]] {
	type keyed struct {
		row store.Row[User]
		key string
	}
	path := strings.Split(sortBy, ".")
	var rows []keyed
	for row := range c.o.users.Rows(c.Tx, store.Range{}) {
		if u := row.Value(); match(u) {
			k := ""
			if v := valueAt(memberOfUser(u, path[0], obj{}), path); v != nil {
				k = strings.ToLower(fmt.Sprint(v))
			}
			rows = append(rows, keyed{row, k})
		}
	}
	slices.SortStableFunc(rows, func(a, b keyed) int {
		if desc {
			return cmp.Compare(b.key, a.key)
		}
		return cmp.Compare(a.key, b.key)
	})
	return func(yield func(store.Row[User]) bool) {
		for _, r := range rows {
			if !yield(r.row) {
				return
			}
		}
	}
}

func valueAt(v any, path []string) any {
	for _, k := range path {
		v = object(v)[k]
	}
	return v
}

// filterable are the properties that a filter may speak of; a search may speak of all.
var filterable = []string{"id", "status", "lastupdated", "profile.firstname", "profile.lastname", "profile.email", "profile.login"}

// searchable are the members of a person that a search may speak of; of the deep ones only what they hold.
var (
	searchable = []string{"profile", "type", "credentials", "id", "status", "created", "activated", "statusChanged", "lastLogin", "lastUpdated", "passwordChanged", "realmId"}
	deep       = searchable[:3]
)

// matchUsers reads an expression about people.
func matchUsers(text string, allowed []string) (func(*User) bool, *filterExpr, bool) {
	e, ok := readFilter(text)
	if !ok {
		return nil, nil, false
	}
	var heads []string
	for _, p := range e.paths() {
		if allowed != nil && !slices.Contains(allowed, strings.ToLower(p)) {
			return nil, nil, false
		}
		head, _, below := strings.Cut(p, ".")
		i := slices.IndexFunc(searchable, func(s string) bool { return strings.EqualFold(s, head) })
		if i < 0 || below != slices.Contains(deep, searchable[i]) {
			return nil, nil, false
		}
		heads = append(heads, searchable[i])
	}
	m := e.compiled()
	v := obj{} // made anew for each person, in the same place
	return func(u *User) bool {
		for _, h := range heads {
			memberOfUser(u, h, v)
		}
		return m(v)
	}, e, true
}

// memberOfUser puts one member of a person, as a caller sees it, into v.
func memberOfUser(u *User, member string, v obj) obj {
	switch member {
	case "profile":
		v[member] = u.Profile
	case "id":
		v[member] = u.ID
	case "status":
		v[member] = u.Status
	case "created":
		v[member] = stamp(u.Created)
	case "activated":
		v[member] = stamp(u.Activated)
	case "statusChanged":
		v[member] = stamp(u.Changed)
	case "lastLogin":
		v[member] = stamp(u.LastLogin)
	case "lastUpdated":
		v[member] = stamp(u.Updated)
	case "passwordChanged":
		v[member] = stamp(u.PasswordChanged)
	case "type":
		v[member] = obj{"id": u.Type}
	case "realmId":
		v[member] = u.Realm
	case "credentials":
		v[member] = obj{"provider": u.provider()}
	}
	return v
}

// omitted is what the caller does not want to see of people, as a function and as a name.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/User/#tag/User/operation/listUsers!in=header&path=Content-Type
func (c *call) omitted() (variant string, omit func(obj) obj) {
	_, params, _ := mime.ParseMediaType(c.r.Echo.Request().Header.Get("Content-Type"))
	what := strings.Split(params["okta-response"], ",")
	return c.base + " " + params["okta-response"], func(v obj) obj {
		for _, w := range what {
			switch strings.TrimSpace(w) {
			case "omitCredentials":
				delete(v, "credentials")
			case "omitTransitioningToStatus":
				delete(v, "transitioningToStatus")
			}
		}
		return v
	}
}

func encoded(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err) // it came from JSON
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
