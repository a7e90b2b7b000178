package slack

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"twinset.dev/kit/store"
	"twinset.dev/kit/twin"
	"twinset.dev/twins/slack/internal/api"
	"twinset.dev/twins/slack/internal/query"
)

// searchMethods are the search.* methods.
//
// https://docs.slack.dev/reference/methods?family=search
func (s *Slack) searchMethods() {
	read(s, "search.all", about{twin.Full, tier2, "-", "search:read"}, s.searchAll)
	read(s, "search.files", about{twin.Full, tier2, "-", "search:read"}, s.searchFiles)
	read(s, "search.messages", about{twin.Full, tier2, "-", "search:read"}, s.searchMessages)
}

// searchMessages finds messages in the conversations that the caller sees.
//
// https://docs.slack.dev/reference/methods/search.messages
func (s *Slack) searchMessages(c *call, in *api.SearchMessagesRequest) (any, error) {
	sr, err := c.search(*in)
	if err != nil {
		return nil, err
	}
	messages, next, err := sr.messages()
	if err != nil {
		return nil, err
	}
	out := reply{"query": in.Query, "messages": messages}
	if in.Cursor != "" {
		out["response_metadata"] = reply{"next_cursor": next}
	}
	return out, nil
}

// searchFiles finds files that were shared where the caller sees them.
//
// https://docs.slack.dev/reference/methods/search.files
func (s *Slack) searchFiles(c *call, in *api.SearchFilesRequest) (any, error) {
	sr, err := c.search(api.SearchMessagesRequest{Count: in.Count, Highlight: in.Highlight, Page: in.Page, Query: in.Query, Sort: in.Sort, SortDir: in.SortDir, TeamID: in.TeamID})
	if err != nil {
		return nil, err
	}
	return reply{"query": in.Query, "files": sr.files()}, nil
}

// searchAll finds messages and files.
//
// https://docs.slack.dev/reference/methods/search.all
func (s *Slack) searchAll(c *call, in *api.SearchAllRequest) (any, error) {
	sr, err := c.search(api.SearchMessagesRequest{Count: in.Count, Highlight: in.Highlight, Page: in.Page, Query: in.Query, Sort: in.Sort, SortDir: in.SortDir, TeamID: in.TeamID})
	if err != nil {
		return nil, err
	}
	messages, _, err := sr.messages()
	if err != nil {
		return nil, err
	}
	return reply{"query": in.Query, "messages": messages, "files": sr.files()}, nil
}

// searching is one search by one caller.
type searching struct {
	*call
	in    api.SearchMessagesRequest
	now   *call // the same on what there is, which the call itself lags behind in a world that does
	team  string
	query query.Query
	count int64
	names map[string]query.Named
	stars map[string]bool
}

func (c *call) search(in api.SearchMessagesRequest) (*searching, error) {
	team, err := c.inWorkspace(in.TeamID)
	if err != nil {
		return nil, err
	}
	if strings.TrimSpace(in.Query) == "" {
		return nil, errNoQuery
	}
	then := *c
	then.Call = c.Call.Past()
	sr := &searching{call: &then, now: c, in: in, team: team, query: query.Parse(in.Query, c.Now.In(zoneOf(c.user))), names: map[string]query.Named{}, stars: map[string]bool{}}
	sr.query.Me = c.user.ID
	sr.count = int64(limit(in.Count, 20, 100))
	for st := range c.s.starsByUser.Range(c.Tx, store.Range{Prefix: c.user.ID + "/"}) {
		sr.stars[st.item()] = true
	}
	return sr, nil
}

// A hit is what a search has found.
type hit struct {
	score   float64
	ts, key string
	channel Channel
	message Message
	file    File
}

// sort orders hits as the caller wants them: the best first, of equals the newest.
func (sr *searching) sort(hits []hit) {
	slices.SortStableFunc(hits, func(a, b hit) int {
		by := cmp.Compare(a.ts, b.ts)
		if sr.in.Sort != "timestamp" {
			by = cmp.Or(cmp.Compare(a.score, b.score), by)
		}
		by = cmp.Or(by, cmp.Compare(a.key, b.key))
		if sr.in.SortDir == "asc" {
			return by
		}
		return -by
	})
}

// found is a page of hits with where it is in the whole.
func (sr *searching) found(hits []hit, view func(hit) any) reply {
	sr.sort(hits)
	cut, p := pageOf(hits, sr.count, sr.in.Page)
	list := []any{}
	for _, h := range cut {
		list = append(list, view(h))
	}
	first := (p.Page-1)*p.Count + 1
	pagination := reply{"total_count": p.Total, "page": p.Page, "per_page": p.Count, "page_count": p.Pages, "first": first, "last": first + int64(len(cut)) - 1}
	return reply{"total": p.Total, "matches": list, "paging": p, "pagination": pagination}
}

// messages finds the messages that answer the query. A cursor, which begins with *, takes the place of the page.
func (sr *searching) messages() (found reply, next string, err error) {
	var hits []hit
	for ch := range sr.s.channels.All(sr.Tx, "") {
		if ch.Deleted || !sr.sees(ch) || !inTeam(ch, sr.token.Team) {
			continue
		}
		for m := range sr.s.messages.All(sr.Tx, ch.ID+"/") {
			if ok, score := sr.matches(ch, m); ok && sr.still(&ch, &m) {
				hits = append(hits, hit{score: score, ts: m.TS, key: ch.ID, channel: ch, message: m})
			}
		}
	}
	if sr.in.Cursor != "" && sr.in.Cursor != "*" {
		at, err := from("search", sr.in.Cursor)
		if err != nil {
			return nil, "", err
		}
		if _, err := fmt.Sscan(at, &sr.in.Page); err != nil {
			return nil, "", errInvalidCursor
		}
	}
	found = sr.found(hits, func(h hit) any { return sr.matchView(h.channel, h.message) })
	if p := found["paging"].(paging); p.Page < p.Pages {
		next = cursor("search", fmt.Sprint(p.Page+1))
	}
	return found, next, nil
}

// still brings a message that was found up to date, and reports whether the caller may see it.
func (sr *searching) still(ch *Channel, m *Message) bool {
	if sr.Lag() == 0 {
		return true
	}
	now, there := sr.s.channels.Get(sr.now.Tx, ch.ID)
	message, ok := sr.s.messages.Get(sr.now.Tx, messageKey(ch.ID, m.TS))
	if !there || !ok || now.Deleted || message.Hidden || !sr.now.sees(now) {
		return false
	}
	*ch, *m = now, message
	return true
}

func (sr *searching) stillFile(f *File) bool {
	if sr.Lag() == 0 {
		return true
	}
	now, ok := sr.s.files.Get(sr.now.Tx, f.ID)
	if !ok || now.Deleted || !sr.now.seesFile(now) {
		return false
	}
	*f = now
	return true
}

// matches reports whether a message answers the query, and how well.
func (sr *searching) matches(ch Channel, m Message) (bool, float64) {
	if m.Hidden || m.Ephemeral != "" || strings.HasSuffix(m.Subtype, "_join") || strings.HasSuffix(m.Subtype, "_leave") {
		return false, 0
	}
	d := query.Doc{Text: m.Text + attached(m.Attachments), Author: sr.named(m.User), Channel: query.Named{ID: ch.ID, Names: []string{ch.Name}}, ChannelType: typeOf(ch),
		Time: timeOf(m.TS), Reactions: map[string][]string{}}
	if m.Username != "" {
		d.Author.Names = append(slices.Clone(d.Author.Names), m.Username)
	}
	if ch.IM || ch.MPIM {
		for _, id := range ch.Peers {
			d.Members = append(d.Members, sr.named(id))
		}
	}
	if m.ThreadTS != "" {
		root, _ := sr.s.messages.Get(sr.Tx, messageKey(ch.ID, m.ThreadTS))
		d.Thread = []query.Named{sr.named(root.User)}
		for _, id := range root.Repliers {
			d.Thread = append(d.Thread, sr.named(id))
		}
	}
	for _, r := range m.Reactions {
		d.Reactions[r.Name] = r.Users
	}
	if m.Pinned {
		d.Has = append(d.Has, "pin", "pinned")
	}
	if len(m.Files) > 0 {
		d.Has = append(d.Has, "file")
	}
	if sr.stars[Star{Channel: ch.ID, TS: m.TS}.item()] {
		d.Has = append(d.Has, "star", "starred", "saved")
	}
	return sr.query.Match(d)
}

// attached is the text of a message's attachments.
func attached(j json.RawMessage) string {
	var list []struct{ Pretext, Title, Text, Fallback string }
	if len(j) == 0 || json.Unmarshal(j, &list) != nil {
		return ""
	}
	var b strings.Builder
	for _, a := range list {
		b.WriteString("\n" + a.Pretext + " " + a.Title + " " + or(a.Text, a.Fallback))
	}
	return b.String()
}

// timeOf is the time that a ts says.
func timeOf(ts string) time.Time {
	sec, frac, _ := strings.Cut(ts, ".")
	var s, us int64
	fmt.Sscan(sec, &s)
	fmt.Sscan(strings.TrimLeft(frac, "0"), &us)
	return time.Unix(s, us*1000)
}

// named is a user with all the names that a query may use.
func (sr *searching) named(id string) query.Named {
	n, ok := sr.names[id]
	if !ok {
		u, _ := sr.s.users.Get(sr.Tx, id)
		n = query.Named{ID: id, Names: []string{u.Name, u.RealName, u.DisplayName}}
		sr.names[id] = n
	}
	return n
}

// matchView is a message as search shows it, with the two before it and the two after it.
func (sr *searching) matchView(ch Channel, m Message) reply {
	u, _ := sr.s.users.Get(sr.Tx, m.User)
	name := ch.Name
	if ch.IM {
		for _, p := range ch.Peers {
			if p != sr.user.ID || len(ch.Peers) == 1 {
				name = p
			}
		}
	}
	v := reply{
		"iid": iid(ch.ID, m.TS), "team": m.Team, "type": "message", "user": m.User, "username": or(m.Username, u.Name), "ts": m.TS, "text": sr.highlight(m.Text),
		"permalink": sr.permalink(m), "no_reactions": len(m.Reactions) == 0,
		"channel": reply{"id": ch.ID, "name": name, "is_channel": typeOf(ch) == "public_channel", "is_group": typeOf(ch) == "private_channel", "is_im": ch.IM, "is_mpim": ch.MPIM,
			"is_private": ch.Private || ch.MPIM, "is_shared": len(ch.External) > 0 || len(ch.Teams) > 1, "is_org_shared": len(ch.Teams) > 1 || ch.OrgWide,
			"is_ext_shared": len(ch.External) > 0, "is_pending_ext_shared": len(ch.Pending) > 0, "pending_shared": ids(ch.Pending)},
	}
	if len(m.Blocks) > 0 {
		v["blocks"] = m.Blocks
	}
	if len(m.Attachments) > 0 {
		v["attachments"] = m.Attachments
	}
	if len(m.Files) > 0 {
		v["files"] = sr.fileViews(m.Files)
	}
	around := func(name string, r store.Range) {
		n := 0
		for x := range sr.s.history.Range(sr.Tx, r) {
			if n++; n > 2 {
				break
			}
			key := name
			if n == 2 {
				key += "_2"
			}
			u, _ := sr.s.users.Get(sr.Tx, x.User)
			v[key] = reply{"type": "message", "user": x.User, "username": or(x.Username, u.Name), "text": x.Text, "ts": x.TS, "iid": iid(ch.ID, x.TS), "permalink": sr.permalink(x)}
		}
	}
	around("previous", store.Range{Prefix: ch.ID + "/", To: messageKey(ch.ID, m.TS), Desc: true})
	around("next", store.Range{Prefix: ch.ID + "/", From: messageKey(ch.ID, m.TS) + "\x00"})
	return v
}

func (sr *searching) highlight(text string) string {
	if !sr.in.Highlight {
		return text
	}
	return sr.query.Highlight(text)
}

// iid is the id of a match, the same for the same message.
func iid(channel, ts string) string {
	h := sha256.Sum256([]byte(channel + ts))
	return fmt.Sprintf("%x-%x-4%03x-8%03x-%x", h[:4], h[4:6], uint16(h[6])<<4, uint16(h[7])<<4, h[8:14])
}

// files finds the files that answer the query, among those that the caller sees.
func (sr *searching) files() reply {
	var hits []hit
	for f := range sr.s.files.All(sr.Tx, "") {
		if f.Deleted || f.Team != sr.team && f.Team != "" || !sr.seesFile(f) {
			continue
		}
		if ok, score := sr.matchesFile(f); ok && sr.stillFile(&f) {
			hits = append(hits, hit{score: score, ts: formatTS(f.Created * 1e6), key: f.ID, file: f})
		}
	}
	return sr.found(hits, func(h hit) any {
		v := sr.fileView(h.file)
		v["title"] = sr.highlight(h.file.Title)
		return v
	})
}

// matchesFile reports whether a file answers the query by its name, its title or what it says, and how well.
func (sr *searching) matchesFile(f File) (ok bool, score float64) {
	d := query.Doc{Text: strings.Join([]string{f.Title, f.Name, f.Preview, f.Searchable, markdown(f.Sections)}, " "), Author: sr.named(f.User), Time: time.Unix(f.Created, 0), Has: []string{"file"}}
	if sr.stars[Star{File: f.ID}.item()] {
		d.Has = append(d.Has, "star", "starred", "saved")
	}
	if ok, score = sr.query.Match(d); ok {
		return ok, score
	}
	for _, share := range f.Shares {
		ch, _ := sr.channel(share.Channel)
		d.Channel, d.ChannelType = query.Named{ID: ch.ID, Names: []string{ch.Name}}, typeOf(ch)
		if ok, score = sr.query.Match(d); ok {
			return ok, score
		}
	}
	return false, 0
}
