package slack

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"twinset.dev/kit/outbox"
	"twinset.dev/kit/twin"
)

// Kinds of deliveries. One whose URL is empty goes through the app's socket.
const (
	toEvents   = "events"
	toInteract = "interactive"
	toCommand  = "slash_commands"
)

// patience is how long Slack waits for an app's answer.
const patience = 3 * time.Second

// deliver makes one attempt to tell an app something, over HTTP or through its socket.
//
// https://docs.slack.dev/apis/events-api/#responding
func (s *Slack) deliver(ctx context.Context, w *twin.World, d outbox.Delivery) outbox.Attempt {
	if d.URL == "" {
		return s.deliverSocket(ctx, w, d)
	}
	header := map[string]string{"User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)", "Accept": "*/*"}
	w.View(func(c *twin.Call) error {
		app, _ := s.apps.Get(c.Tx, d.Subject)
		stamp := strconv.FormatInt(c.Now.Unix(), 10)
		header["X-Slack-Request-Timestamp"] = stamp
		header["X-Slack-Signature"] = sign(s.signingSecret(c, app), stamp, d.Body)
		return nil
	})
	if n := len(d.Attempts); n > 0 {
		header["X-Slack-Retry-Num"] = strconv.Itoa(n)
		header["X-Slack-Retry-Reason"] = reason(d.Attempts[n-1])
	}
	for range maxRedirects + 1 {
		a := s.Sender.Post(ctx, d, header, patience, "X-Slack-No-Retry", "Content-Type", "Location")
		to := a.Header["Location"]
		if a.Status < 300 || a.Status >= 400 || to == "" {
			return a
		}
		next, err := url.Parse(d.URL)
		if err == nil {
			next, err = next.Parse(to)
		}
		if err != nil {
			return a
		}
		d.URL = next.String()
	}
	return outbox.Attempt{Error: "too_many_redirects"}
}

// maxRedirects is how many times Slack follows an answer that sends it elsewhere.
const maxRedirects = 2

// sign is the signature by which an app knows that a request comes from Slack.
//
// https://docs.slack.dev/authentication/verifying-requests-from-slack
func sign(secret, stamp, body string) string {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte("v0:" + stamp + ":" + body))
	return "v0=" + hex.EncodeToString(h.Sum(nil))
}

// reason is what Slack calls the failure of an attempt when it makes the next one.
//
// https://docs.slack.dev/apis/events-api/#retries
func reason(a outbox.Attempt) string {
	e := a.Error
	switch {
	case e == "" || a.Status != 0:
		return "http_error"
	case e == "too_many_redirects":
		return e
	case e == "timeout" || strings.Contains(e, "deadline"):
		return "http_timeout"
	case strings.Contains(e, "tls") || strings.Contains(e, "x509") || strings.Contains(e, "certificate"):
		return "ssl_error"
	case strings.Contains(e, "dial") || strings.Contains(e, "refused") || strings.Contains(e, "lookup") || e == outbox.ErrEgress.Error():
		return "connection_failed"
	}
	return "unknown_error"
}

// retry returns when Slack tries an event again: nearly at once, after a minute, after five. What a person is waiting for
// is not tried again.
func (s *Slack) retry(d outbox.Delivery, n int) (time.Duration, bool) {
	waits := []time.Duration{0, time.Minute, 5 * time.Minute}
	if d.Kind != toEvents || n > len(waits) || d.Attempts[n-1].Header["X-Slack-No-Retry"] == "1" {
		return 0, false
	}
	return waits[n-1], true
}

// notifyApp writes the delivery of one event to one app.
//
// https://docs.slack.dev/apis/events-api/#callback-field
func (s *Slack) notifyApp(tc *twin.Call, app App, in Install, a authorization, e event) {
	if limited := s.limitEvents(tc, app, in); limited {
		return
	}
	body := reply{
		"token": tc.World.Seal(app.Verification), "team_id": in.Team, "api_app_id": app.ID, "event": in.shown(e.Body), "type": "event_callback",
		"event_id": newID(tc, "Ev"), "event_time": tc.Now.Unix(), "is_ext_shared_channel": len(e.Channel.External) > 0,
		"context_team_id": in.Team, "context_enterprise_id": null(in.Enterprise),
		"event_context":  eventContext{e.Type, in.Team, app.ID, e.Channel.ID, e.To}.String(),
		"authorizations": []reply{a.view(in)},
	}
	if in.Enterprise != "" {
		body["enterprise_id"] = in.Enterprise
	}
	s.tell(tc, app, e.Type, body)
}

// shown is an event without what the app's scopes do not let it see: email addresses.
func (in Install) shown(body reply) reply {
	u, _ := body["user"].(reply)
	p, _ := u["profile"].(reply)
	if _, ok := p["email"]; !ok || in.has("users:read.email") {
		return body
	}
	p, u, body = maps.Clone(p), maps.Clone(u), maps.Clone(body)
	delete(p, "email")
	u["profile"], body["user"] = p, u
	return body
}

// has reports whether the app's bot or anybody who has authorized it has a scope.
func (in Install) has(scope string) bool {
	if slices.Contains(in.BotScopes, scope) {
		return true
	}
	for _, granted := range in.UserScopes {
		if slices.Contains(granted, scope) {
			return true
		}
	}
	return false
}

// tell writes the delivery of a message of the Events API.
func (s *Slack) tell(tc *twin.Call, app App, topic string, body reply) {
	d := outbox.Delivery{Twin: "slack", Kind: toEvents, Topic: topic, Subject: app.ID, Body: string(encode(body))}
	if !app.SocketMode {
		d.URL, d.Header = app.RequestURL, map[string]string{"Content-Type": "application/json"}
	}
	tc.Deliver(d)
}

func (a authorization) view(in Install) reply {
	return reply{"enterprise_id": null(in.Enterprise), "team_id": in.Team, "user_id": a.User, "is_bot": a.Bot, "is_enterprise_install": in.Org}
}

// An eventContext says what happened where, for apps.event.authorizations.list.
type eventContext struct {
	Event   string   `json:"et"`
	Team    string   `json:"tid"`
	App     string   `json:"aid"`
	Channel string   `json:"cid,omitempty"`
	To      []string `json:"uid,omitempty"`
}

func (e eventContext) String() string {
	return "4-" + base64.RawStdEncoding.EncodeToString(encode(e))
}

func parseEventContext(text string) (e eventContext, err error) {
	coded, ok := strings.CutPrefix(text, "4-")
	if !ok {
		return e, errors.New("not an event context")
	}
	b, err := base64.RawStdEncoding.DecodeString(coded)
	if err != nil {
		return e, err
	}
	return e, json.Unmarshal(b, &e)
}

// An EventRate counts the events that an app was told of in the current hour.
type EventRate struct {
	App          string `json:"app"`
	Team         string `json:"team"`
	Since        int64  `json:"since"`
	Events       int    `json:"events"`
	ToldOfMinute int64  `json:"told_of_minute"`
}

// eventsPerHour is how many events Slack tells an app of in an hour and workspace.
//
// https://docs.slack.dev/apis/events-api/#rate-limiting
const eventsPerHour = 30000

// limitEvents reports whether an app gets no more events for now, and tells it so once a minute.
func (s *Slack) limitEvents(tc *twin.Call, app App, in Install) bool {
	if !tc.VendorLimits() {
		return false
	}
	r, _ := s.rates.Get(tc.Tx, app.ID+"/"+in.Team)
	now := tc.Now.Unix()
	if now >= r.Since+3600 {
		r = EventRate{App: app.ID, Team: in.Team, Since: now}
	}
	r.Events++
	minute := now - now%60
	over := r.Events > eventsPerHour
	if over && r.ToldOfMinute != minute {
		r.ToldOfMinute = minute
		s.tell(tc, app, "app_rate_limited", reply{"token": tc.World.Seal(app.Verification), "type": "app_rate_limited", "team_id": in.Team,
			"minute_rate_limited": minute, "api_app_id": app.ID})
	}
	s.rates.Put(tc.Tx, r)
	return over
}

// challenge asks a request URL to prove that it expects Slack.
//
// https://docs.slack.dev/reference/events/url_verification
func (s *Slack) challenge(ctx context.Context, w *twin.World, app App, to string) error {
	var d outbox.Delivery
	word := ""
	err := w.Update(func(c *twin.Call) error {
		word = c.Rand(52, secretAlphabet)
		d = outbox.Delivery{Twin: "slack", Kind: "url_verification", Topic: "url_verification", Subject: app.ID, URL: to,
			Header: map[string]string{"Content-Type": "application/json"},
			Body:   string(encode(reply{"token": c.World.Seal(app.Verification), "challenge": word, "type": "url_verification"}))}
		return nil
	})
	if err != nil {
		return err
	}
	d, err = w.Send(ctx, s.Base, d)
	if err != nil {
		return err
	}
	a := d.Attempts[0]
	var said struct{ Challenge string }
	switch {
	case a.Error != "":
		return errors.New("Your URL didn't answer: " + reason(a) + ".")
	case a.Status != http.StatusOK:
		return errors.New("Your URL didn't respond with a 200: it said " + strconv.Itoa(a.Status) + ".")
	case strings.TrimSpace(a.Body) == word:
		return nil
	}
	if form, err := url.ParseQuery(a.Body); err == nil && form.Get("challenge") == word {
		return nil
	}
	if json.Unmarshal([]byte(a.Body), &said) == nil && said.Challenge == word {
		return nil
	}
	return errors.New("the URL didn't respond with the value of the challenge parameter")
}
