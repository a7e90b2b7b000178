package slack

import (
	"context"
	"encoding/json"
	"errors"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/slack/internal/api"
)

// entityMethods are the entity.* methods.
//
// https://docs.slack.dev/messaging/work-objects
func (s *Slack) entityMethods() {
	write(s, "entity.presentDetails", about{twin.Full, tier3, "", ""}, s.entityPresentDetails).requires("trigger_id")
}

// entityPresentDetails shows the person who has opened a work object its details, an error or a way to sign in.
//
// https://docs.slack.dev/reference/methods/entity.presentDetails
func (s *Slack) entityPresentDetails(c *call, in *api.EntityPresentDetailsRequest) (any, error) {
	var metadata workObject
	var problem struct {
		Status string `json:"status"`
	}
	switch {
	case present(in.Metadata) != nil && (json.Unmarshal(in.Metadata, &metadata) != nil || metadata.Type == "" || metadata.Payload == nil):
		return nil, Error("invalid_metadata")
	case present(in.Error) != nil && (json.Unmarshal(in.Error, &problem) != nil || problem.Status == ""):
		return nil, invalid("[ERROR] missing required field: status [json-pointer:/error]")
	case in.UserAuthRequired && in.UserAuthURL == "":
		return nil, Error("user_auth_url_missing")
	case present(in.Metadata) == nil && present(in.Error) == nil && !in.UserAuthRequired:
		return nil, missing("metadata")
	}
	t, err := c.exchange(in.TriggerID, errInvalidTriggerID, errInvalidTriggerID, errInvalidTriggerID)
	if err != nil {
		return nil, err
	}
	d := EntityDetails{User: t.User, App: t.App, Metadata: in.Metadata, Error: in.Error, AuthRequired: in.UserAuthRequired, AuthURL: in.UserAuthURL}
	s.details.Put(c.Tx, d)
	c.emit(event{Type: "entity_details", To: []string{t.User}, Screen: true, Body: detailsView(d)})
	return nil, nil
}

// A workObject is what an app says of something of its own that is behind a link.
type workObject struct {
	Type         string `json:"entity_type"`
	URL          string
	AppUnfurlURL string      `json:"app_unfurl_url"`
	Ref          externalRef `json:"external_ref"`
	Payload      *struct {
		Attributes struct {
			Title struct{ Text string }
		}
	} `json:"entity_payload"`
}

func (w workObject) title() string {
	if w.Payload != nil && w.Payload.Attributes.Title.Text != "" {
		return w.Payload.Attributes.Title.Text
	}
	return w.Type
}

type externalRef struct {
	ID   string `json:"id"`
	Type string `json:"type,omitempty"`
}

// EntityDetails are what a person sees of a work object that they have opened, until they open another.
type EntityDetails struct {
	User         string          `json:"user"`
	App          string          `json:"app"`
	Metadata     json.RawMessage `json:"metadata"`
	Error        json.RawMessage `json:"error"`
	AuthRequired bool            `json:"auth_required"`
	AuthURL      string          `json:"auth_url"`
}

func detailsView(d EntityDetails) reply {
	return reply{"app_id": d.App, "metadata": d.Metadata, "error": d.Error, "user_auth_required": d.AuthRequired, "user_auth_url": d.AuthURL}
}

// openEntity is a person's click on the work object under a message: the app is asked for its details.
func (s *Slack) openEntity(ctx context.Context, r *twin.Request, in *struct{ User, Channel, TS, URL string }) (out any, err error) {
	err = r.Update(func(tc *twin.Call) error {
		c, err := s.person(tc, in.User)
		if err != nil {
			return err
		}
		ch, m, err := c.item(c.channelID(in.Channel), in.TS)
		if err != nil {
			return err
		}
		var unfurls []struct {
			App    string      `json:"app_id"`
			URL    string      `json:"from_url"`
			Entity *workObject `json:"work_object_entity"`
		}
		json.Unmarshal(m.Attachments, &unfurls)
		for _, u := range unfurls {
			if u.Entity == nil || in.URL != "" && u.URL != in.URL {
				continue
			}
			app, _ := s.apps.Get(tc.Tx, u.App)
			domain, _ := app.unfurls(u.URL)
			trigger := c.trigger(Trigger{App: app.ID, Channel: ch.ID})
			body := reply{"user": c.user.ID, "external_ref": u.Entity.Ref, "entity_url": u.Entity.URL, "link": reply{"url": u.URL, "domain": domain},
				"app_unfurl_url": u.URL, "trigger_id": trigger, "user_locale": or(c.user.Locale, "en-US"), "channel": ch.ID, "message_ts": m.TS}
			if m.ThreadTS != "" {
				body["thread_ts"] = m.ThreadTS
			}
			s.details.Delete(tc.Tx, c.user.ID)
			for install := range s.installs.All(tc.Tx, app.ID+"/") {
				if install.Team == c.token.Team {
					c.emit(event{Type: "entity_details_requested", To: []string{install.BotUser}, Body: body})
				}
			}
			out = reply{"trigger_id": trigger}
			return nil
		}
		return errors.New("there is no work object under this message")
	})
	return out, err
}
