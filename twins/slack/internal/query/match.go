package query

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

// A Doc is a message or a file as search sees it.
type Doc struct {
	Text        string // as it is stored
	Author      Named
	Channel     Named
	ChannelType string              // public_channel, private_channel, mpim or im
	Members     []Named             // of an im or mpim
	Thread      []Named             // who writes in the thread it is in; nil outside threads
	Time        time.Time           // when it was sent
	Has         []string            // pin, star, saved, file, image, …: what has: and is: may ask for
	Reactions   map[string][]string // the ids of who reacted, by emoji
}

// Named is somebody or something that a query may call by its id or by any of its names.
type Named struct {
	ID    string
	Names []string
}

// Match reports whether a message answers a query, and how well. Filters of one kind are alternatives where a message
// can only have one answer (in:, from:, to:, with:), and conditions elsewhere.
func (q Query) Match(d Doc) (ok bool, score float64) {
	alternatives := map[string]bool{}
	for _, f := range q.Filters {
		holds := q.holds(f, d)
		switch {
		case f.Not:
			if holds {
				return false, 0
			}
		case f.Key == "in" || f.Key == "from" || f.Key == "to" || f.Key == "with":
			alternatives[f.Key] = alternatives[f.Key] || holds
		case !holds:
			return false, 0
		}
	}
	for _, held := range alternatives {
		if !held {
			return false, 0
		}
	}
	words := split(d.Text, true)
	for _, t := range q.Terms {
		n := len(t.find(words))
		if (n > 0) == t.Not {
			return false, 0
		}
		if !t.Not { // a further mention adds less than the one before, a phrase counts for its words
			score += float64(n) / float64(n+1) * float64(len(t.Words))
		}
	}
	return true, score
}

var hyperlink = regexp.MustCompile(`<https?://[^<>]+>`)

func (q Query) holds(f Filter, d Doc) bool {
	value := strings.ToLower(f.Value)
	direct := d.ChannelType == "im" || d.ChannelType == "mpim"
	among := func(people []Named) bool {
		return slices.ContainsFunc(people, func(n Named) bool { return q.is(n, f.Value) })
	}
	switch f.Key {
	case "in":
		return q.is(d.Channel, f.Value) && !strings.HasPrefix(value, "@") || direct && !strings.HasPrefix(value, "#") && among(d.Members)
	case "from":
		return q.is(d.Author, f.Value)
	case "to":
		return direct && among(d.Members) && !q.is(d.Author, f.Value) || q.is(d.Channel, f.Value) && !direct
	case "with":
		return among(d.Thread) || direct && among(d.Members)
	case "has":
		emoji := strings.Trim(value, ":")
		switch value {
		case "link":
			return hyperlink.MatchString(d.Text) || slices.Contains(d.Has, "link")
		case "reaction":
			return len(d.Reactions) > 0
		}
		return slices.Contains(d.Has, value) || len(d.Reactions[emoji]) > 0
	case "hasmy":
		emoji := strings.Trim(value, ":")
		for name, people := range d.Reactions {
			if (name == emoji || value == "reaction") && slices.Contains(people, q.Me) {
				return true
			}
		}
		return false
	case "is":
		switch value {
		case "thread":
			return d.Thread != nil
		case "dm":
			return direct
		}
		return slices.Contains(d.Has, value)
	case "before":
		return d.Time.Before(f.From)
	case "after":
		return !d.Time.Before(f.To)
	case "on", "during":
		return !d.Time.Before(f.From) && d.Time.Before(f.To)
	}
	return false
}

// mention is how the search box writes somebody it knows.
var mention = regexp.MustCompile(`^<[@#]([A-Z0-9]+)(?:\|[^>]*)?>$`)

// is reports whether a query means n by value: "me", an id, <@id>, or a name with or without its @ or #.
func (q Query) is(n Named, value string) bool {
	if m := mention.FindStringSubmatch(value); m != nil {
		return n.ID == m[1]
	}
	value = strings.TrimLeft(value, "@#")
	if strings.EqualFold(value, "me") {
		return q.Me != "" && n.ID == q.Me
	}
	return value != "" && (strings.EqualFold(value, n.ID) ||
		slices.ContainsFunc(n.Names, func(name string) bool { return strings.EqualFold(name, value) }))
}
