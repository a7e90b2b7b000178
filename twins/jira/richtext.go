package jira

import (
	"errors"
	"unicode/utf8"

	"twinset.dev/twins/jira/internal/adf"
)

// Rich text is kept as it was written: through version 3 as an Atlassian Document, an object; through version 2 as wiki
// markup, text. Each version reads what the other wrote in its own form.

// maxText is how many characters a rich text can have.
const maxText = 32767

// richText reads what somebody wrote into a field.
func (c *call) richText(field string, v any) (any, error) {
	if c.version == "3" {
		doc := object(v)
		switch err := adf.Check(v); {
		case errors.Is(err, adf.ErrInvalid):
			return nil, badRequest("%s", err)
		case err != nil:
			return nil, wrong(field, "%s", err)
		}
		if utf8.RuneCountInString(adf.ToText(doc)) > maxText {
			return nil, wrong(field, "The entered text is too long. It exceeds the allowed limit of 32,767 characters.")
		}
		return clone(v), nil
	}
	s, ok := v.(string)
	switch {
	case !ok:
		return nil, wrong(field, "Operation value must be a string")
	case utf8.RuneCountInString(s) > maxText:
		return nil, wrong(field, "The entered text is too long. It exceeds the allowed limit of 32,767 characters.")
	case s == "":
		return nil, nil
	}
	return s, nil
}

// richShown is rich text as the caller's version of the API has it.
func (c *call) richShown(v any) any {
	switch {
	case v == nil:
		return nil
	case c.version == "3":
		return c.document(v)
	}
	return c.wiki(v)
}

// wiki is rich text as wiki markup.
func (c *call) wiki(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	return adf.ToWiki(object(v), c.linked())
}

// document is rich text as an Atlassian Document.
func (c *call) document(v any) obj {
	if s, ok := v.(string); ok {
		return adf.FromWiki(s, c.linked())
	}
	return object(v)
}

// wordsIn are the words of rich text, without any form.
func (c *call) wordsIn(v any) string {
	if v == nil {
		return ""
	}
	return adf.ToText(c.document(v))
}

// rendered is rich text as it is rendered, in the issue that it belongs to.
func (c *call) rendered(v any, i *Issue) string {
	if v == nil {
		return ""
	}
	return adf.ToHTML(c.document(v), c.linkedIn(i))
}

// linked is what rich text can point at.
func (c *call) linked() adf.Site {
	return adf.Site{Base: c.base, User: func(who string) string {
		u, _ := c.j.users.Get(c.Tx, who)
		return u.Name
	}, Issue: func(key string) (string, bool) {
		i, _, err := c.issue(key)
		return text(i.Fields["summary"]), err == nil
	}}
}

// linkedIn is what rich text of an issue can point at: its attachments too.
func (c *call) linkedIn(i *Issue) adf.Site {
	s := c.linked()
	s.Key = c.keyOf(i)
	s.File = func(ref string) (adf.File, bool) {
		for a := range c.j.attachmentsOf.All(c.Tx, key(i.ID)) {
			if a.UUID == ref || a.Name == ref {
				return adf.File{ID: id(a.ID), Media: a.UUID, Name: a.Name, Image: isPicture(a.Type)}, true
			}
		}
		return adf.File{}, false
	}
	return s
}
