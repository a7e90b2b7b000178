package gdrive

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"twinset.dev/kit/outbox"
	"twinset.dev/kit/twin"
	"twinset.dev/twins/gdrive/internal/api"
	"twinset.dev/twins/internal/google/files"
	"twinset.dev/twins/internal/google/gapi"
	"twinset.dev/twins/internal/google/identity"
)

// A Channel tells an address on the web of changes until it expires or is stopped.
//
// https://developers.google.com/drive/api/guides/push
type Channel struct {
	ID       string `json:"id"`
	Resource string `json:"resource"`
	URI      string `json:"uri"`
	File     string `json:"file,omitempty"` // none for changes of everything
	Drive    string `json:"drive,omitempty"`
	Query    string `json:"query,omitempty"` // which changes it tells, as changes.list is asked
	User     string `json:"user"`
	Client   string `json:"client"`
	Address  string `json:"address"`
	Token    string `json:"token,omitempty"`
	Payload  bool   `json:"payload,omitempty"`
	Expires  int64  `json:"expires"`
	N        int64  `json:"n"` // messages so far
}

func (d *Drive) channelsOperations() {
	d.On(twin.Full, "files.watch", d.filesWatch).Answers(api.Channel{}, "")
	d.On(twin.Full, "channels.stop", d.channelsStop)
}

// How long a channel lives: one of a file an hour unless its maker says otherwise, and a day at most; one of changes a
// week at most.
const (
	channelLives       = time.Hour
	fileChannelMost    = 24 * time.Hour
	changesChannelMost = 7 * 24 * time.Hour
)

// timerChannel ends a channel.
const timerChannel = "channel"

// toChannel and toMailbox are the kinds of what leaves Drive.
const (
	toChannel = "channel"
	toMailbox = "mail"
)

// filesWatch tells of changes of one file.
//
// https://developers.google.com/drive/api/reference/rest/v3/files/watch
func (d *Drive) filesWatch(c *call) (any, error) {
	v, err := d.find(c)
	if err != nil {
		return nil, err
	}
	return d.watch(c, Channel{File: v.ID, URI: c.Link + "/drive/v3/files/" + v.ID + "?alt=json"}, fileChannelMost)
}

// changesWatch tells of changes of all that the caller sees, or of a shared drive.
//
// https://developers.google.com/drive/api/reference/rest/v3/changes/watch
func (d *Drive) changesWatch(c *call) (any, error) {
	drive, err := d.logged(c)
	if err != nil {
		return nil, err
	}
	if _, err := d.from(c); err != nil {
		return nil, err
	}
	q := asked(c, "driveId", "includeItemsFromAllDrives", "includeRemoved", "includeTeamDriveItems", "pageToken", "restrictToMyDrive", "spaces", "supportsAllDrives", "supportsTeamDrives", "teamDriveId")
	q.Set("alt", "json")
	return d.watch(c, Channel{Drive: drive, Query: q.Encode(), URI: c.Link + "/drive/v3/changes?" + q.Encode()}, changesChannelMost)
}

// asked are those parameters of a call that have these names.
func asked(c *call, names ...string) url.Values {
	q := url.Values{}
	for _, name := range names {
		if v := c.Qs(name); v != nil {
			q[name] = v
		}
	}
	return q
}

// watch opens a channel, and says over it that it is open.
func (d *Drive) watch(c *call, ch Channel, most time.Duration) (any, error) {
	var in api.Channel
	if err := c.Bind(&in); err != nil {
		return nil, err
	}
	ch.ID, ch.Address, ch.Token, ch.User, ch.Client = deref(in.ID), deref(in.Address), deref(in.Token), c.Who.User.ID, c.Who.Client
	ch.Payload = deref(in.Payload)
	u, err := url.Parse(ch.Address)
	switch kind := deref(in.Type); {
	case kind == "":
		return nil, gapi.Because(400, "required", "Required").At("entity.type")
	case kind != "web_hook" && kind != "webhook":
		return nil, gapi.Because(400, "channelTypeUnknown", "Unknown channel type: %s", kind).At("entity.type")
	case ch.ID == "":
		return nil, gapi.Because(400, "required", "entity.id is required").At("entity.id")
	case len(ch.ID) > 64 || strings.ContainsFunc(ch.ID, func(r rune) bool { return !strings.ContainsRune(channelLetters, r) }):
		return nil, gapi.Because(400, "invalid", "Channel id must match the pattern [A-Za-z0-9\\-_\\+/=]+ and be at most 64 characters.").At("entity.id")
	case len(ch.Token) > 256:
		return nil, gapi.Because(400, "invalid", "Channel token is longer than 256 characters.").At("entity.token")
	case ch.Address == "":
		return nil, gapi.Because(400, "required", "entity.address is required").At("entity.address")
	case err != nil || u.Host == "" || u.Scheme != "https" && d.Sender.Check(ch.Address) != nil:
		return nil, gapi.Because(400, "push.webhookUrlNotHttps", "WebHook callback must be HTTPS: %s", ch.Address)
	case d.channels.Has(c.Tx, ch.Client+"/"+ch.ID):
		return nil, gapi.Because(400, "channelIdNotUnique", "Channel id %s not unique", ch.ID)
	}
	ch.Expires = c.Now.Add(channelLives).UnixMilli()
	if most == changesChannelMost {
		ch.Expires = c.Now.Add(most).UnixMilli()
	}
	if in.Expiration != nil {
		ms, err := strconv.ParseInt(*in.Expiration, 10, 64)
		if err != nil || ms <= c.Now.UnixMilli() {
			return nil, gapi.Because(400, "invalid", "Channel expiration must be in the future.").At("entity.expiration")
		}
		ch.Expires = min(ms, c.Now.Add(most).UnixMilli())
	}
	ch.Resource = c.Rand(27, secretAlphabet)
	c.At(time.UnixMilli(ch.Expires), "gdrive", timerChannel, ch.Client+"/"+ch.ID)
	d.notify(c, ch, "sync", "")
	out := obj{"kind": "api#channel", "id": ch.ID, "resourceId": ch.Resource, "resourceUri": ch.URI, "expiration": decimal(ch.Expires)}
	if ch.Token != "" {
		out["token"] = ch.Token
	}
	return out, nil
}

const channelLetters = secretAlphabet + "+/="

// channelsStop closes a channel.
//
// https://developers.google.com/drive/api/reference/rest/v3/channels/stop
func (d *Drive) channelsStop(c *call) (any, error) {
	var in api.Channel
	if err := c.Bind(&in); err != nil {
		return nil, err
	}
	key := c.Who.Client + "/" + deref(in.ID)
	ch, ok := d.channels.Get(c.Tx, key)
	if !ok || ch.Resource != deref(in.ResourceID) || ch.User != c.Who.User.ID {
		return nil, gapi.Because(404, "notFound", "Channel '%s' not found for project '%s'", deref(in.ID), identity.Project)
	}
	d.channels.Delete(c.Tx, key)
	c.Cancel("gdrive", timerChannel, key)
	return nil, nil
}

// notify sends a message over a channel: what it says is in its headers.
func (d *Drive) notify(c *call, ch Channel, state, changed string) {
	ch.N++
	d.channels.Put(c.Tx, ch)
	header := map[string]string{
		"X-Goog-Channel-Id": ch.ID, "X-Goog-Message-Number": strconv.FormatInt(ch.N, 10), "X-Goog-Resource-Id": ch.Resource, "X-Goog-Resource-Uri": ch.URI,
		"X-Goog-Resource-State": state, "X-Goog-Channel-Expiration": time.UnixMilli(ch.Expires).UTC().Format(http.TimeFormat),
		"User-Agent": "APIs-Google; (+https://developers.google.com/webmasters/APIs-Google.html)", "Accept": "*/*",
	}
	if ch.Token != "" {
		header["X-Goog-Channel-Token"] = ch.Token
	}
	if changed != "" {
		header["X-Goog-Changed"] = changed
	}
	c.Deliver(outbox.Delivery{Twin: "gdrive", Kind: toChannel, Topic: state, URL: ch.Address, Header: header, Subject: ch.Client + "/" + ch.ID})
}

// told tells the channels that a change concerns.
func (d *Drive) told(c *call, change files.Change) {
	for ch := range d.channels.All(c.Tx, "") {
		if ch.Expires <= c.Now.UnixMilli() {
			continue
		}
		u, ok := d.Users.Get(c.Tx, ch.User)
		if !ok || ch.File != "" && ch.File != change.File {
			continue
		}
		watcher := d.API.By(c.Call, u)
		if ch.File == "" {
			watcher.Query, _ = url.ParseQuery(ch.Query)
			if _, ok := d.changeView(watcher, change, ch.Drive, &gapi.Mask{}); ok {
				d.notify(c, ch, "change", "")
			}
			continue
		}
		f, role := d.Find(watcher, change.File)
		switch gone := role == files.None; {
		case gone && !d.lost(watcher, change):
		case gone:
			d.notify(c, ch, "remove", "")
		default:
			state, changed := change.What(f)
			d.notify(c, ch, state, changed)
		}
	}
}

// fire ends a channel that has expired.
func (d *Drive) fire(c *twin.Call, t twin.Timer) error {
	if t.Kind == timerChannel {
		d.channels.Delete(c.Tx, t.Key)
	}
	return nil
}

// Google waits this long for a channel's receiver.
const channelPatience = 30 * time.Second

// deliver makes one attempt at a delivery. Mail has arrived when it is in the outbox.
func (d *Drive) deliver(ctx context.Context, _ *twin.World, x outbox.Delivery) outbox.Attempt {
	if x.Kind != toChannel {
		return outbox.Attempt{Status: http.StatusOK}
	}
	return d.Sender.Post(ctx, x, nil, channelPatience)
}

// retry tries again, after longer and longer, when the receiver says that it could not.
//
// https://developers.google.com/drive/api/guides/push#responding-to-notifications
func (d *Drive) retry(x outbox.Delivery, n int) (time.Duration, bool) {
	last := x.Attempts[n-1]
	again := last.Error != "" || last.Status == 500 || last.Status == 502 || last.Status == 503 || last.Status == 504
	return time.Second << min(n, 8), again && n < 8
}
