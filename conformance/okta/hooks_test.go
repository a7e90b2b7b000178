package okta

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/okta/okta-sdk-golang/v2/okta"
	"github.com/okta/okta-sdk-golang/v2/okta/query"

	"twinset.dev/conformance/internal/lab"
)

// A listener is a server of the test's that Okta's hooks call.
type listener struct {
	url    string
	events chan string // the types of the events that it is told of
}

// listen answers hooks as Okta wants it: event hooks with their challenge, inline hooks with a command.
func (e *env) listen() listener {
	e.t.Helper()
	l := listener{events: make(chan string, 100)}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "open sesame" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if r.Method == http.MethodGet {
			json.NewEncoder(w).Encode(map[string]string{"verification": r.Header.Get("X-Okta-Verification-Challenge")})
			return
		}
		b, _ := io.ReadAll(r.Body)
		var told struct {
			Data struct {
				Events []struct{ EventType string }
			}
		}
		json.Unmarshal(b, &told)
		for _, e := range told.Data.Events {
			l.events <- e.EventType
		}
		io.WriteString(w, `{"commands":[{"type":"com.okta.action.update","value":[{"op":"add","path":"/wings","value":"two"}]}]}`)
	}))
	e.t.Cleanup(srv.Close)
	l.url = srv.URL
	return l
}

// eventHook is a hook that wants to know of new groups.
func eventHook(name, url string) okta.EventHook {
	return okta.EventHook{Name: name, Events: &okta.EventSubscriptions{Type: "EVENT_TYPE", Items: []string{"group.lifecycle.create"}},
		Channel: &okta.EventHookChannel{Type: "HTTP", Version: "1.0.0", Config: &okta.EventHookChannelConfig{Uri: url,
			AuthScheme: &okta.EventHookChannelConfigAuthScheme{Type: "HEADER", Key: "Authorization", Value: "open sesame"}}}}
}

// eventHook makes such a hook.
func (e *env) eventHook(name, url string) *okta.EventHook {
	e.t.Helper()
	h, _, err := e.EventHook.CreateEventHook(e.ctx, eventHook(name, url))
	must(e.t, err)
	return h
}

// told makes a group, and says how often a hook has been told of new groups by then.
func (e *env) told(hook, group string) (times int) {
	e.t.Helper()
	e.group(group)
	for _, d := range e.outbox() {
		if d.Subject == hook && d.Topic == "group.lifecycle.create" {
			times++
		}
	}
	return times
}

// A delivery is something that has left Okta: a call of a hook, an email.
type delivery struct{ Topic, Subject, Body string }

func (e *env) outbox() []delivery {
	e.t.Helper()
	var out struct{ Deliveries []delivery }
	lab.Control(e.t, http.MethodGet, e.url+"/_twin/outbox", nil, &out)
	return out.Deliveries
}

// inlineHook is a hook of a type.
func inlineHook(name, kind, url string) okta.InlineHook {
	return okta.InlineHook{Name: name, Type: kind, Version: "1.0.0", Channel: &okta.InlineHookChannel{Type: "HTTP", Version: "1.0.0", Config: &okta.InlineHookChannelConfig{Uri: url, Method: "POST",
		AuthScheme: &okta.InlineHookChannelConfigAuthScheme{Type: "HEADER", Key: "Authorization", Value: "open sesame"}}}}
}

// tokenHook makes a hook that adds to tokens.
func (e *env) tokenHook(name, url string) *okta.InlineHook {
	e.t.Helper()
	h, _, err := e.InlineHook.CreateInlineHook(e.ctx, inlineHook(name, "com.okta.oauth2.tokens.transform", url))
	must(e.t, err)
	return h
}

func init() {
	row("EventHook", "CreateEventHook", func(t *testing.T) {
		e := world(t)
		h := e.eventHook("Gossip", "https://gossip.example.com")
		want(t, "status", h.Status, "ACTIVE")
		want(t, "verification", h.VerificationStatus, "UNVERIFIED")
		want(t, "times that a hook nobody has verified is told", e.told(h.Id, "Pilots"), 0)
		_, _, err := e.EventHook.CreateEventHook(e.ctx, eventHook("Gossip", "https://gossip.example.com"))
		refused(t, err, "E0000001", "already exists")
		_, _, err = e.EventHook.CreateEventHook(e.ctx, eventHook("Whisper", ""))
		refused(t, err, "E0000001", "channel.config.uri")
	})
	row("EventHook", "GetEventHook", func(t *testing.T) {
		e := world(t)
		got, _, err := e.EventHook.GetEventHook(e.ctx, e.eventHook("Gossip", "https://gossip.example.com").Id)
		must(t, err)
		want(t, "event", got.Events.Items[0], "group.lifecycle.create")
		want(t, "key", got.Channel.Config.AuthScheme.Key, "Authorization")
		want(t, "secret", got.Channel.Config.AuthScheme.Value, "")
		_, _, err = e.EventHook.GetEventHook(e.ctx, "whonone")
		refused(t, err, "E0000007", "whonone")
	})
	row("EventHook", "ListEventHooks", func(t *testing.T) {
		e := world(t)
		e.eventHook("Gossip", "https://gossip.example.com")
		e.eventHook("Whisper", "https://whisper.example.com")
		all, _, err := e.EventHook.ListEventHooks(e.ctx)
		must(t, err)
		want(t, "hooks", len(all), 2)
		want(t, "first", all[0].Name, "Gossip")
		want(t, "second", all[1].Name, "Whisper")
	})
	row("EventHook", "VerifyEventHook", func(t *testing.T) {
		e := world(t)
		l := e.listen()
		h := e.eventHook("Gossip", l.url)
		got, _, err := e.EventHook.VerifyEventHook(e.ctx, h.Id)
		must(t, err)
		want(t, "verification", got.VerificationStatus, "VERIFIED")
		e.group("Pilots")
		select {
		case kind := <-l.events:
			want(t, "event", kind, "group.lifecycle.create")
		case <-time.After(5 * time.Second):
			t.Fatal("the hook was not told of the group")
		}
		deaf := httptest.NewServer(http.NotFoundHandler())
		t.Cleanup(deaf.Close)
		_, _, err = e.EventHook.VerifyEventHook(e.ctx, e.eventHook("Deaf", deaf.URL).Id)
		refused(t, err, "E0000001", "Unable to verify event hook")
	})
	row("EventHook", "UpdateEventHook", func(t *testing.T) {
		e := world(t)
		l := e.listen()
		h := e.eventHook("Gossip", l.url)
		_, _, err := e.EventHook.VerifyEventHook(e.ctx, h.Id)
		must(t, err)
		renamed := eventHook("Whisper", l.url)
		got, _, err := e.EventHook.UpdateEventHook(e.ctx, h.Id, renamed)
		must(t, err)
		want(t, "verification at the same address", got.VerificationStatus, "VERIFIED")
		renamed.Events.Items = []string{"group.lifecycle.delete"}
		_, _, err = e.EventHook.UpdateEventHook(e.ctx, h.Id, renamed)
		must(t, err)
		want(t, "times that it is told of what it does not listen for", e.told(h.Id, "Pilots"), 0)
		got, _, err = e.EventHook.UpdateEventHook(e.ctx, h.Id, eventHook("Whisper", "https://whisper.example.com"))
		must(t, err)
		want(t, "verification at another address", got.VerificationStatus, "UNVERIFIED")
		want(t, "name", got.Name, "Whisper")
		_, _, err = e.EventHook.UpdateEventHook(e.ctx, h.Id, okta.EventHook{Name: "Whisper", Channel: renamed.Channel})
		refused(t, err, "E0000001", "events")
	})
	row("EventHook", "DeactivateEventHook", func(t *testing.T) {
		e := world(t)
		h := e.eventHook("Gossip", e.listen().url)
		_, _, err := e.EventHook.VerifyEventHook(e.ctx, h.Id)
		must(t, err)
		want(t, "times told", e.told(h.Id, "Pilots"), 1)
		got, _, err := e.EventHook.DeactivateEventHook(e.ctx, h.Id)
		must(t, err)
		want(t, "status", got.Status, "INACTIVE")
		want(t, "times told after", e.told(h.Id, "Captains"), 1)
	})
	row("EventHook", "ActivateEventHook", func(t *testing.T) {
		e := world(t)
		h := e.eventHook("Gossip", e.listen().url)
		_, _, err := e.EventHook.VerifyEventHook(e.ctx, h.Id)
		must(t, err)
		_, _, err = e.EventHook.DeactivateEventHook(e.ctx, h.Id)
		must(t, err)
		want(t, "times told before", e.told(h.Id, "Pilots"), 0)
		got, _, err := e.EventHook.ActivateEventHook(e.ctx, h.Id)
		must(t, err)
		want(t, "status", got.Status, "ACTIVE")
		want(t, "times told after", e.told(h.Id, "Captains"), 1)
	})
	row("EventHook", "DeleteEventHook", func(t *testing.T) {
		e := world(t)
		h := e.eventHook("Gossip", "https://gossip.example.com")
		_, err := e.EventHook.DeleteEventHook(e.ctx, h.Id)
		refused(t, err, "E0000006", "permission")
		_, _, err = e.EventHook.DeactivateEventHook(e.ctx, h.Id)
		must(t, err)
		_, err = e.EventHook.DeleteEventHook(e.ctx, h.Id)
		must(t, err)
		_, _, err = e.EventHook.GetEventHook(e.ctx, h.Id)
		refused(t, err, "E0000007", h.Id)
	})
	inlineHooks()
}

func inlineHooks() {
	row("InlineHook", "CreateInlineHook", func(t *testing.T) {
		e := world(t)
		h := e.tokenHook("Painter", "https://painter.example.com")
		want(t, "status", h.Status, "ACTIVE")
		want(t, "secret", h.Channel.Config.AuthScheme.Value, "")
		got, _, err := e.InlineHook.GetInlineHook(e.ctx, h.Id)
		must(t, err)
		want(t, "address", got.Channel.Config.Uri, "https://painter.example.com")
		_, _, err = e.InlineHook.CreateInlineHook(e.ctx, inlineHook("Other", "com.okta.paint", "https://painter.example.com"))
		refused(t, err, "E0000001", "type")
	})
	row("InlineHook", "GetInlineHook", func(t *testing.T) {
		e := world(t)
		got, _, err := e.InlineHook.GetInlineHook(e.ctx, e.tokenHook("Painter", "https://painter.example.com").Id)
		must(t, err)
		want(t, "type", got.Type, "com.okta.oauth2.tokens.transform")
		_, _, err = e.InlineHook.GetInlineHook(e.ctx, "calnone")
		refused(t, err, "E0000007", "calnone")
	})
	row("InlineHook", "ListInlineHooks", func(t *testing.T) {
		e := world(t)
		e.tokenHook("Painter", "https://painter.example.com")
		_, _, err := e.InlineHook.CreateInlineHook(e.ctx, inlineHook("Operator", "com.okta.telephony.provider", "https://operator.example.com"))
		must(t, err)
		all, _, err := e.InlineHook.ListInlineHooks(e.ctx, nil)
		must(t, err)
		want(t, "hooks", len(all), 2)
		found, _, err := e.InlineHook.ListInlineHooks(e.ctx, query.NewQueryParams(query.WithType("com.okta.telephony.provider")))
		must(t, err)
		want(t, "hooks of a type", len(found), 1)
		want(t, "name", found[0].Name, "Operator")
	})
	row("InlineHook", "UpdateInlineHook", func(t *testing.T) {
		e := world(t)
		h := e.tokenHook("Painter", "https://painter.example.com")
		_, _, err := e.InlineHook.UpdateInlineHook(e.ctx, h.Id, inlineHook("Sprayer", "com.okta.oauth2.tokens.transform", e.listen().url))
		must(t, err)
		got, _, err := e.InlineHook.GetInlineHook(e.ctx, h.Id)
		must(t, err)
		want(t, "name", got.Name, "Sprayer")
		said, _, err := e.InlineHook.ExecuteInlineHook(e.ctx, h.Id, okta.InlineHookPayload{})
		must(t, err)
		want(t, "commands from the new address", len(said.Commands), 1)
		_, _, err = e.InlineHook.UpdateInlineHook(e.ctx, h.Id, inlineHook("", "com.okta.oauth2.tokens.transform", "https://painter.example.com"))
		refused(t, err, "E0000001", "name")
	})
	row("InlineHook", "ExecuteInlineHook", func(t *testing.T) {
		e := world(t)
		said, _, err := e.InlineHook.ExecuteInlineHook(e.ctx, e.tokenHook("Painter", e.listen().url).Id, okta.InlineHookPayload{})
		must(t, err)
		want(t, "command", said.Commands[0].Type, "com.okta.action.update")
		want(t, "value", *said.Commands[0].Value[0], okta.InlineHookResponseCommandValue{Op: "add", Path: "/wings", Value: "two"})
		deaf := httptest.NewServer(http.NotFoundHandler())
		t.Cleanup(deaf.Close)
		_, _, err = e.InlineHook.ExecuteInlineHook(e.ctx, e.tokenHook("Deaf", deaf.URL).Id, okta.InlineHookPayload{})
		refused(t, err, "E0000134", "inline hook")
	})
	row("InlineHook", "DeactivateInlineHook", func(t *testing.T) {
		e := world(t)
		got, _, err := e.InlineHook.DeactivateInlineHook(e.ctx, e.tokenHook("Painter", e.listen().url).Id)
		must(t, err)
		want(t, "status", got.Status, "INACTIVE")
		_, _, err = e.InlineHook.ExecuteInlineHook(e.ctx, got.Id, okta.InlineHookPayload{})
		refused(t, err, "E0000001", "not active")
	})
	row("InlineHook", "ActivateInlineHook", func(t *testing.T) {
		e := world(t)
		h := e.tokenHook("Painter", e.listen().url)
		_, _, err := e.InlineHook.DeactivateInlineHook(e.ctx, h.Id)
		must(t, err)
		_, _, err = e.InlineHook.ActivateInlineHook(e.ctx, h.Id)
		must(t, err)
		said, _, err := e.InlineHook.ExecuteInlineHook(e.ctx, h.Id, okta.InlineHookPayload{})
		must(t, err)
		want(t, "commands", len(said.Commands), 1)
	})
	row("InlineHook", "DeleteInlineHook", func(t *testing.T) {
		e := world(t)
		h := e.tokenHook("Painter", "https://painter.example.com")
		_, err := e.InlineHook.DeleteInlineHook(e.ctx, h.Id)
		refused(t, err, "E0000006", "permission")
		_, _, err = e.InlineHook.DeactivateInlineHook(e.ctx, h.Id)
		must(t, err)
		_, err = e.InlineHook.DeleteInlineHook(e.ctx, h.Id)
		must(t, err)
		_, _, err = e.InlineHook.GetInlineHook(e.ctx, h.Id)
		refused(t, err, "E0000007", h.Id)
	})
}
