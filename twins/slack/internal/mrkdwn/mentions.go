package mrkdwn

import "slices"

// Mentioned is whom a stored text calls.
type Mentioned struct {
	Users, Channels, Subteams []string // ids, each once, in the order they appear
	Here, Channel, Everyone   bool
}

// Mentions reads off a stored text whom it calls.
func Mentions(text string) Mentioned {
	var m Mentioned
	once := func(ids *[]string, id string) {
		if !slices.Contains(*ids, id) {
			*ids = append(*ids, id)
		}
	}
	for t := range tokens(text) {
		switch t.kind {
		case user:
			once(&m.Users, t.target)
		case channel:
			once(&m.Channels, t.target)
		case subteam:
			once(&m.Subteams, t.target)
		case broadcast:
			m.Here = m.Here || t.target == "here"
			m.Channel = m.Channel || t.target == "channel" || t.target == "group"
			m.Everyone = m.Everyone || t.target == "everyone"
		}
	}
	return m
}
