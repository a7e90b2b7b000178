package document

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"twinset.dev/twins/gdocs/internal/api"
)

const deepestTab = 2 // tabs nest three levels, as in the editor

// addDocumentTab adds an empty tab at a place among its siblings, or at their end.
func (e *edit) addDocumentTab(in *api.AddDocumentTabRequest) (*api.AddDocumentTabResponse, error) {
	props := val(in.TabProperties)
	if props.TabID != nil {
		return nil, bad("Tab ID should not be specified in the properties when adding a tab.")
	}
	siblings, level, err := e.siblings(props.ParentTabID)
	if err != nil {
		return nil, err
	}
	if level > deepestTab {
		return nil, bad("Tabs cannot be nested more than 3 levels deep.")
	}
	at := len(*siblings)
	if in.TabProperties != nil && props.Index != nil {
		at = int(*props.Index)
	}
	if at < 0 || at > len(*siblings) {
		return nil, bad("The tab index %d is out of bounds.", at)
	}
	title := val(props.Title)
	if title == "" {
		title = e.freeTitle()
	}
	if err := e.checkTab(nil, &title, props.IconEmoji); err != nil {
		return nil, err
	}
	t := newTab(e.ID("t."), title)
	t.Icon = val(props.IconEmoji)
	*siblings = slices.Insert(*siblings, at, t)
	return &api.AddDocumentTabResponse{TabProperties: tabProperties(t, props.ParentTabID, at, level)}, nil
}

// siblings are the tabs below a parent, or the first level; level is theirs.
func (e *edit) siblings(parent *string) (*[]*Tab, int, error) {
	if val(parent) == "" {
		return &e.doc.Tabs, 0, nil
	}
	var find func(tabs []*Tab, level int) (*Tab, int)
	find = func(tabs []*Tab, level int) (*Tab, int) {
		for _, t := range tabs {
			if t.ID == *parent {
				return t, level
			}
			if hit, n := find(t.Children, level+1); hit != nil {
				return hit, n
			}
		}
		return nil, 0
	}
	t, level := find(e.doc.Tabs, 0)
	if t == nil {
		return nil, 0, bad("Tab with ID %s was not found.", *parent)
	}
	return &t.Children, level + 1, nil
}

// freeTitle is "Tab n", the first that is not taken.
func (e *edit) freeTitle() string {
	for n := len(e.doc.AllTabs()) + 1; ; n++ {
		title := "Tab " + strconv.Itoa(n)
		if !slices.ContainsFunc(e.doc.AllTabs(), func(t *Tab) bool { return t.Title == title }) {
			return title
		}
	}
}

func (e *edit) checkTab(self *Tab, title, icon *string) error {
	if title != nil && slices.ContainsFunc(e.doc.AllTabs(), func(t *Tab) bool { return t != self && t.Title == *title }) {
		return bad("Tab title must be unique")
	}
	if icon != nil && *icon != "" && !emoji(*icon) {
		return bad("The icon emoji is invalid.")
	}
	return nil
}

// emoji says whether s is one emoji: symbols joined, varied or toned into one, a flag or a keycap.
func emoji(s string) bool {
	first, _ := utf8.DecodeRuneInString(s)
	flag := first >= 0x1F1E6 && first <= 0x1F1FF
	if !flag && !unicode.Is(unicode.So, first) && !strings.HasSuffix(s, "\uFE0F") && !strings.HasSuffix(s, "\u20E3") {
		return false
	}
	bases, joined := 0, false
	for _, r := range s {
		switch {
		case r == 0x200D:
			joined = true
			continue
		case r == 0xFE0F || r == 0x20E3 || r >= 0x1F3FB && r <= 0x1F3FF || r >= 0xE0020 && r <= 0xE007F:
		case !joined:
			bases++
		}
		joined = false
	}
	return bases == 1 || flag && bases == 2
}

// updateDocumentTabProperties renames a tab, changes its icon or moves it.
func (e *edit) updateDocumentTabProperties(in *api.UpdateDocumentTabPropertiesRequest) error {
	m, err := parseMask[api.TabProperties](in.Fields)
	if err != nil {
		return err
	}
	if in.TabProperties == nil || val(in.TabProperties.TabID) == "" {
		return bad("The tab ID must be specified.")
	}
	want := in.TabProperties
	t, err := e.tab(want.TabID)
	if err != nil {
		return err
	}
	if m.has("title") {
		if val(want.Title) == "" {
			return bad("The tab title must not be empty.")
		}
		if err := e.checkTab(t, want.Title, nil); err != nil {
			return err
		}
		t.Title = *want.Title
	}
	if m.has("iconEmoji") {
		if err := e.checkTab(t, nil, want.IconEmoji); err != nil {
			return err
		}
		t.Icon = val(want.IconEmoji)
	}
	if m.has("parentTabId") || m.has("index") {
		return e.moveTab(t, m, want)
	}
	return nil
}

func (e *edit) moveTab(t *Tab, m mask, want *api.TabProperties) error {
	from := e.home(t)
	to, level := from, 0
	if m.has("parentTabId") {
		var err error
		if to, level, err = e.siblings(want.ParentTabID); err != nil {
			return err
		}
		inside := &Document{Tabs: []*Tab{t}}
		if slices.ContainsFunc(inside.AllTabs(), func(c *Tab) bool { return c.ID == val(want.ParentTabID) }) {
			return bad("A tab cannot be moved below itself.")
		}
		if level+depth(t) > deepestTab {
			return bad("Tabs cannot be nested more than 3 levels deep.")
		}
	}
	at := int(val(want.Index))
	room := len(*to)
	if from == to {
		room--
	}
	if !m.has("index") {
		at = room
	}
	if at < 0 || at > room {
		return bad("The tab index %d is out of bounds.", at)
	}
	*from = drop(*from, func(c *Tab) bool { return c == t })
	*to = slices.Insert(*to, at, t)
	return nil
}

// depth is how many levels hang below a tab.
func depth(t *Tab) int {
	n := 0
	for _, c := range t.Children {
		n = max(n, 1+depth(c))
	}
	return n
}

// home is the list of tabs that a tab stands in.
func (e *edit) home(t *Tab) *[]*Tab {
	if slices.Contains(e.doc.Tabs, t) {
		return &e.doc.Tabs
	}
	for _, parent := range e.doc.AllTabs() {
		if slices.Contains(parent.Children, t) {
			return &parent.Children
		}
	}
	return &e.doc.Tabs
}

// deleteTab removes a tab and those below it. A document keeps at least one.
func (e *edit) deleteTab(in *api.DeleteTabRequest) error {
	if val(in.TabID) == "" {
		return bad("The tab ID must be specified.")
	}
	t, err := e.tab(in.TabID)
	if err != nil {
		return err
	}
	if home := e.home(t); home == &e.doc.Tabs && len(e.doc.Tabs) == 1 {
		return bad("Cannot delete the last tab of the document.")
	} else {
		*home = drop(*home, func(c *Tab) bool { return c == t })
	}
	return nil
}
