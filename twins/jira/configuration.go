package jira

import (
	"cmp"
	"iter"
	"slices"
	"strings"
	"unicode/utf8"

	"twinset.dev/kit/store"
)

// What every part of a site's configuration has in common: who may change it, how it is named, and how lists of it are ordered.

// errPayload refuses a body that is not what the operation takes.
var errPayload = badRequest("Invalid request payload. Refer to the REST API documentation and try again.")

// configuring is the body of a call that changes what administrators alone may change; the sentence is for others.
func (c *call) configuring(sentence string) (obj, error) {
	doc, ok := c.body.(obj)
	switch {
	case !ok:
		return nil, errPayload
	case !c.isAdmin():
		return nil, forbidden("%s", sentence)
	}
	return doc, nil
}

// admins refuses who does not administer the site, with the sentence that Jira has for what they want.
func (c *call) admins(sentence string) error {
	if !c.isAdmin() {
		return forbidden("%s", sentence)
	}
	return nil
}

// errNotAuthorized is for the lists that issues have: priorities, resolutions.
const errNotAuthorized = "You are not authorized to perform this action. Administrator privileges are required."

// readName reads what a thing is called.
func readName(doc obj, most int) (string, error) {
	name, ok := doc["name"].(string)
	switch {
	case doc["name"] != nil && !ok:
		return "", errPayload
	case strings.TrimSpace(name) == "":
		return "", badRequest("The name has to be provided.")
	case utf8.RuneCountInString(name) > most:
		return "", badRequest("The length of the name must not exceed %d characters.", most)
	}
	return strings.TrimSpace(name), nil
}

// readDescription reads a description; the present one stays if there is none.
func readDescription(doc obj, now string, most int) (string, error) {
	v, ok := doc["description"]
	if !ok || v == nil {
		return now, nil
	}
	s, ok := v.(string)
	switch {
	case !ok:
		return "", errPayload
	case utf8.RuneCountInString(s) > most:
		return "", badRequest("The length of the description must not exceed %d characters.", most)
	}
	return s, nil
}

// entitled reads the {name, description} of a thing; what is not there stays. Taken refuses the name of another one. The parts are its
// id and where these two are.
func entitled[T any](x T, doc obj, others iter.Seq[T], parts func(*T) (id int64, name, description *string), mostName, mostDescription int, taken error) (_ T, err error) {
	own, name, description := parts(&x)
	if doc["name"] != nil || *name == "" {
		if *name, err = readName(doc, mostName); err != nil {
			return x, err
		}
	}
	for other := range others {
		if n, called, _ := parts(&other); n != own && strings.EqualFold(*called, *name) {
			return x, taken
		}
	}
	*description, err = readDescription(doc, *description, mostDescription)
	return x, err
}

// changed changes the thing that the path names by what an administrator has written, and no more than that.
func changed[T any](c *call, sentence string, named func() (T, error), read func(T, obj) (T, error), in *store.Collection[T]) error {
	doc, err := c.configuring(sentence)
	if err != nil {
		return err
	}
	x, err := named()
	if err != nil {
		return err
	}
	if x, err = read(x, doc); err != nil {
		return err
	}
	in.Put(c.Tx, x)
	return nil
}

// numbers reads a list of ids.
func numbers(v any) (out []int64) {
	for _, x := range list(v) {
		out = append(out, number(x))
	}
	return out
}

// ids are numbers as the API writes them in lists.
func ids(ns []int64) []any {
	out := make([]any, len(ns))
	for i, n := range ns {
		out[i] = id(n)
	}
	return out
}

// idsJoined are numbers as sentences have them.
func idsJoined(ns []int64) string {
	words := make([]string, len(ns))
	for i, n := range ns {
		words[i] = id(n)
	}
	return strings.Join(words, ", ")
}

// repeated reports whether an id is twice in a list.
func repeated(ns []int64) bool {
	seen := map[int64]bool{}
	for _, n := range ns {
		if seen[n] {
			return true
		}
		seen[n] = true
	}
	return false
}

// chosenIDs are those that the query names; all if it names none.
func (c *call) chosenIDs(name string) func(int64) bool {
	names := c.qs(name)
	return func(n int64) bool { return len(names) == 0 || slices.Contains(names, id(n)) }
}

// filtered are the entries that fit.
func filtered[T any](seq iter.Seq[T], fits func(T) bool) iter.Seq[T] {
	return func(yield func(T) bool) {
		for x := range seq {
			if fits(x) && !yield(x) {
				return
			}
		}
	}
}

// byOrder are the entries in the order that the query asks for with orderBy: the name of a column, with - before it for the last
// first.
func byOrder[T any](c *call, seq iter.Seq[T], otherwise string, columns map[string]func(a, b T) int) (iter.Seq[T], error) {
	by := cmp.Or(c.q("orderBy"), otherwise)
	by, down := strings.TrimLeft(by, "+ "), strings.HasPrefix(by, "-") // a "+" that is not escaped arrives as a space
	compare := columns[strings.TrimPrefix(by, "-")]
	if compare == nil {
		return nil, badRequest("The orderBy parameter is not valid. Valid values are: %s.", strings.Join(sorted(columns), ", "))
	}
	rows := slices.Collect(seq)
	slices.SortStableFunc(rows, func(a, b T) int {
		if down {
			return compare(b, a)
		}
		return compare(a, b)
	})
	return slices.Values(rows), nil
}

// inOrder compares names as lists are ordered by them.
func inOrder(a, b string) int { return cmp.Compare(strings.ToLower(a), strings.ToLower(b)) }

// holding reports whether a name has what the caller searches for; nothing is in every name.
func holding(name, query string) bool {
	return strings.Contains(strings.ToLower(name), strings.ToLower(query))
}

// movedTo are the ids of a list after some of them have gone to a place: after another one, or First or Last. It is nil if the place
// is not there.
func movedTo(all, some []int64, after int64, position string) []int64 {
	rest := slices.DeleteFunc(slices.Clone(all), func(n int64) bool { return slices.Contains(some, n) })
	at := len(rest)
	switch {
	case after != 0:
		i := slices.Index(rest, after)
		if i < 0 {
			return nil
		}
		at = i + 1
	case position == "First":
		at = 0
	}
	return slices.Insert(rest, at, some...)
}

// projectsUsing are the projects that are not in the trash and fit.
func (c *call) projectsUsing(fits func(Project) bool) iter.Seq[Project] {
	return filtered(c.j.projects.All(c.Tx, ""), func(p Project) bool { return p.Trashed == 0 && fits(p) })
}

// inPages is a list as it is inside another answer: a page bean of all of it.
func inPages(values []any) obj {
	return obj{"maxResults": max(len(values), usualPage), "startAt": 0, "total": len(values), "isLast": true, "values": values}
}

// projectsInPage are projects as a scheme shows them.
func (c *call) projectsInPage(ps iter.Seq[Project]) obj {
	out := []any{}
	for p := range ps {
		out = append(out, c.projectBrief(p))
	}
	return inPages(out)
}

// askedProjects are the projects that the query names, which have to be named.
func (c *call) askedProjects() ([]int64, error) {
	names := c.qs("projectId")
	if len(names) == 0 {
		return nil, wrong("projectId", "The ID of a project has to be provided.")
	}
	var out []int64
	for _, s := range names {
		if number(s) == 0 {
			return nil, badRequest("The project ID '%s' is not valid.", s)
		}
		out = append(out, number(s))
	}
	return out, nil
}

// schemesOfProjects are the schemes of some projects, each with those that have it: {the scheme, projectIds}.
func schemesOfProjects(c *call, of func(Project) int64) ([][2]any, error) {
	wanted, err := c.askedProjects()
	if err != nil {
		return nil, err
	}
	var order []int64
	by := map[int64][]int64{}
	for p := range c.projectsUsing(func(p Project) bool { return slices.Contains(wanted, p.ID) && !p.Team }) {
		n := of(p)
		if by[n] == nil {
			order = append(order, n)
		}
		by[n] = append(by[n], p.ID)
	}
	var out [][2]any
	for _, n := range order {
		out = append(out, [2]any{n, ids(by[n])})
	}
	return out, nil
}

// classicProject finds the project that a scheme is to be assigned to: {projectId}. Projects that their teams manage have schemes
// of their own.
func (c *call) classicProject(doc obj, kind string) (Project, error) {
	if number(doc["projectId"]) == 0 {
		return Project{}, badRequest("The projectId has to be provided.")
	}
	p, ok := c.j.projects.Get(c.Tx, key(number(doc["projectId"])))
	switch {
	case !ok || p.Trashed != 0:
		return p, notFound("The project was not found.")
	case p.Team:
		return p, badRequest("Only classic projects can have %s assigned.", kind)
	}
	return p, nil
}
