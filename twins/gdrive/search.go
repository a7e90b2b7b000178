package gdrive

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"twinset.dev/twins/gdrive/internal/query"
	"twinset.dev/twins/internal/google/files"
)

// is reports whether a file is as a query asks.
//
// https://developers.google.com/workspace/drive/api/guides/ref-search-terms
func (s *search) is(n query.Node, v *fileView) bool {
	switch n := n.(type) {
	case query.And:
		return s.is(n.Left, v) && s.is(n.Right, v)
	case query.Or:
		return s.is(n.Left, v) || s.is(n.Right, v)
	case query.Not:
		return !s.is(n.Of, v)
	case query.Is:
		return s.compares(n, v)
	}
	return true
}

func (s *search) compares(is query.Is, v *fileView) bool {
	switch is.Term {
	case "name":
		if is.Op == "contains" {
			return query.Starts(v.Name, is.Text)
		}
		return strings.EqualFold(v.Name, is.Text) == (is.Op == "=")
	case "fullText":
		return query.Holds(s.words(v), is.Text)
	case "mimeType":
		if is.Op == "contains" {
			return strings.Contains(v.Type, strings.ToLower(is.Text))
		}
		return strings.EqualFold(v.Type, is.Text) == (is.Op == "=")
	case "visibility":
		return (v.visibility() == is.Text) == (is.Op == "=")
	case "shortcutDetails.targetId":
		return (v.Target == is.Text) == (is.Op == "=")
	case "createdTime":
		return ordered(v.Created, is)
	case "modifiedTime":
		return ordered(v.Modified, is)
	case "viewedByMeTime":
		return ordered(v.ViewedBy[v.me()], is)
	case "sharedWithMeTime":
		return ordered(v.sharedAt(), is)
	case "trashed":
		return (s.d.Trashed(s.c.Tx, v.File) == is.Bool) == (is.Op == "=")
	case "starred":
		return (slices.Contains(v.Starred, v.me()) == is.Bool) == (is.Op == "=")
	case "sharedWithMe":
		_, shared := s.d.sharedWith(s.c, v.File)
		return (shared == is.Bool) == (is.Op == "=")
	case "parents":
		return v.Parent == s.folderID(is.Text)
	case "owners":
		owner, _ := s.d.Users.Get(s.c.Tx, v.Owner)
		return strings.EqualFold(owner.Email, s.address(is.Text))
	case "writers":
		return v.grantedTo(s.address(is.Text), files.Writer)
	case "readers":
		return v.grantedTo(s.address(is.Text), files.Reader)
	case "properties":
		value, ok := v.Properties[is.Key]
		return ok && value == is.Text
	case "appProperties":
		value, ok := v.AppProperties[s.c.Who.Client][is.Key]
		return ok && value == is.Text
	}
	return s.labelled(is, v)
}

// ordered compares a time; what never was is before nothing and after nothing.
func ordered(ms int64, is query.Is) bool {
	return ms != 0 && byOp(time.UnixMilli(ms).Compare(is.Time), is.Op)
}

func byOp(n int, op string) bool {
	switch op {
	case "=":
		return n == 0
	case "!=":
		return n != 0
	case "<":
		return n < 0
	case "<=":
		return n <= 0
	case ">":
		return n > 0
	}
	return n >= 0
}

// address is whom a text means: me is the caller.
func (s *search) address(text string) string {
	if text == "me" {
		return s.c.Who.User.Email
	}
	return text
}

// grantedTo reports whether an address has been given at least a role.
func (v *fileView) grantedTo(address string, least files.Role) bool {
	return slices.ContainsFunc(v.accesses(), func(a files.Access) bool {
		return a.Role >= least && (strings.EqualFold(a.Grantee(), address) || a.Type == "domain" && strings.EqualFold(a.Domain, address))
	})
}

// visibility is how many can find a file.
func (v *fileView) visibility() string {
	found := map[string]bool{}
	for _, a := range v.accesses() {
		how := "WithLink"
		if a.Found {
			how = "CanFind"
		}
		if a.Type == "anyone" || a.Type == "domain" {
			found[a.Type+how] = true
		}
	}
	for _, how := range []string{"anyoneCanFind", "anyoneWithLink", "domainCanFind", "domainWithLink"} {
		if found[how] {
			return how
		}
	}
	return "limited"
}

// words are all that a search for text looks through.
func (s *search) words(v *fileView) []string {
	text := v.Name + "\n" + v.Description + "\n" + v.Text
	if v.Content != nil {
		text += "\n" + v.Content.Words
	} else if e := s.d.Editors[v.Type]; e != nil {
		text += "\n" + e.Text(s.c, v.File)
	}
	return query.Words(text)
}

// relevance is larger the likelier it is that a file is meant: its name has what is looked for.
func (s *search) relevance(v *fileView) (n int64) {
	var look func(query.Node)
	look = func(node query.Node) {
		switch node := node.(type) {
		case query.And:
			look(node.Left)
			look(node.Right)
		case query.Or:
			look(node.Left)
			look(node.Right)
		case query.Is:
			if node.Term == "fullText" && query.Holds(query.Words(v.Name), node.Text) {
				n++
			}
		}
	}
	look(s.q)
	return n
}

// labelled reports whether a file has a label, or a label's field as a query asks.
func (s *search) labelled(is query.Is, v *fileView) bool {
	id := is.ID
	if is.Op == "in" && is.Field == "" {
		id = strings.TrimPrefix(is.Text, "labels/")
	}
	id, _, _ = strings.Cut(id, "@")
	i := slices.IndexFunc(v.Labels, func(l files.Label) bool { return l.ID == id })
	switch {
	case i < 0:
		return is.Op == "null"
	case is.Field == "":
		return true
	}
	value, ok := v.Labels[i].Fields[is.Field]
	if is.Op == "null" || is.Op == "not null" {
		return ok == (is.Op == "not null")
	}
	return ok && slices.ContainsFunc(value.Values, func(have string) bool {
		switch {
		case is.Op == "contains" || is.Op == "in":
			return strings.Contains(strings.ToLower(have), strings.ToLower(is.Text))
		case value.Type == "integer":
			return byOp(cmp.Compare(atoi(have), is.Number), is.Op)
		}
		return byOp(strings.Compare(have, is.Text), is.Op)
	})
}
