package slack

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"twinset.dev/kit/twin"
)

// A Webhook is an address at which an app posts into one channel without a token.
//
// https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
type Webhook struct {
	ID      string `json:"id"`
	App     string `json:"app"`
	Team    string `json:"team"`
	Channel string `json:"channel"`
	User    string `json:"user"`
	Secret  string `json:"secret"` // bare
	Created int64  `json:"created"`
}

// newWebhook makes an incoming webhook of an app for a channel.
func (c *call) newWebhook(in Install, channel, user string) Webhook {
	w := Webhook{ID: c.id("B"), App: in.App, Team: in.Team, Channel: channel, User: user, Secret: c.Rand(24, secretAlphabet), Created: c.Now.Unix()}
	c.s.webhooks.Put(c.Tx, w)
	return w
}

func (c *call) webhookURL(w Webhook) string {
	return c.base + "/services/" + w.Team + "/" + w.ID + "/" + c.World.Seal(w.Secret)
}

// webhookView is an incoming webhook as an OAuth answer has it.
func (c *call) webhookView(w Webhook) reply {
	ch, _ := c.s.channels.Get(c.Tx, w.Channel)
	name := "#" + ch.Name
	if ch.IM {
		u, _ := c.s.users.Get(c.Tx, w.User)
		name = "@" + u.Name
	}
	return reply{"channel": name, "channel_id": w.Channel, "configuration_url": c.base + "/client/" + w.Team + "/app/" + w.App, "url": c.webhookURL(w)}
}

// webhookStatus is the HTTP status of a webhook's refusal. Webhooks alone say with it what went wrong.
//
// https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling_errors
var webhookStatus = map[string]int{
	"action_prohibited": http.StatusForbidden, "posting_to_general_channel_denied": http.StatusForbidden, "invalid_token": http.StatusForbidden,
	"channel_not_found": http.StatusNotFound, "no_service": http.StatusNotFound, "no_active_hooks": http.StatusNotFound, "no_team": http.StatusNotFound,
	"channel_is_archived": http.StatusGone,
}

// webhookRoutes are incoming webhooks and the triggers of workflows.
func (s *Slack) webhookRoutes() {
	hook := s.Operation(&twin.Operation{ID: "incoming_webhook", Method: http.MethodPost, Path: "/services/:team/:hook/:secret", Level: twin.Full})
	s.Echo.POST(hook.Path, func(ec echo.Context) error {
		said, status, problem := webhookBody(ec)
		return s.Serve(ec, hook, ec.Param("secret"), func(r *twin.Request) (twin.Answer, error) {
			code := ""
			err := r.Update(func(tc *twin.Call) error {
				w, ok := s.webhooks.Get(tc.Tx, ec.Param("hook"))
				in, installed := s.installs.Get(tc.Tx, w.App+"/"+w.Team)
				switch {
				case !s.teams.Has(tc.Tx, ec.Param("team")):
					code = "no_team"
				case !ok || w.Team != ec.Param("team") || !installed:
					code = "no_service"
				case w.Secret != tc.World.Unseal(ec.Param("secret")):
					code = "invalid_token"
				case problem != "":
					code = problem
				}
				if code != "" {
					return nil
				}
				r.Actor = w.App
				return s.actor(tc, in).postWebhook(w, said)
			})
			if refused := Error(""); errors.As(err, &refused) {
				code = string(refused)
			} else if err != nil {
				return twin.Answer{}, err
			}
			if code == "" {
				return twin.Answer{Type: "text/html", Body: []byte("ok")}, nil
			}
			at, ok := webhookStatus[code]
			if !ok {
				at = max(status, http.StatusBadRequest)
			}
			return twin.Answer{Status: at, Type: "text/html", Body: []byte(code), Error: code}, nil
		})
	})
	link := s.Operation(&twin.Operation{ID: "workflow_link", Method: http.MethodGet, Path: "/shortcuts/:trigger", Level: twin.Partial, Notes: "shows the app whose workflow it starts"})
	s.Echo.GET(link.Path, func(ec echo.Context) error {
		return s.Serve(ec, link, "", func(r *twin.Request) (out twin.Answer, err error) {
			err = r.View(func(tc *twin.Call) error {
				t, ok := s.links.Get(tc.Tx, ec.Param("trigger"))
				if out = to(root(r.World) + "/client/" + t.Team + "/app/" + t.App); !ok {
					out, err = s.notFound(r, errTriggerNotFound)
				}
				return err
			})
			return out, err
		})
	})
	trigger := s.Operation(&twin.Operation{ID: "webhook_trigger", Method: http.MethodPost, Path: "/triggers/:team/:trigger/:secret", Level: twin.Full})
	s.Echo.POST(trigger.Path, func(ec echo.Context) error {
		inputs := map[string]json.RawMessage{}
		bad := json.NewDecoder(http.MaxBytesReader(ec.Response(), ec.Request().Body, maxBody)).Decode(&inputs)
		return s.Serve(ec, trigger, ec.Param("secret"), func(r *twin.Request) (twin.Answer, error) {
			return s.runWebhookTrigger(r, ec.Param("team"), ec.Param("trigger"), ec.Param("secret"), inputs, bad)
		})
	})
}

// postWebhook posts what came through a webhook.
func (c *call) postWebhook(w Webhook, m said) error {
	ch, ok := c.s.channels.Get(c.Tx, w.Channel)
	switch {
	case !ok || ch.Deleted:
		return errChannelNotFound
	case ch.Archived:
		return Error("channel_is_archived")
	case ch.ReadOnly && ch.General:
		return errPostingToGeneralChannelDenied
	case ch.ReadOnly:
		return Error("action_prohibited")
	}
	msg, err := c.compose(m.content())
	if err != nil {
		return err
	}
	if m.Username != "" || m.IconEmoji != "" || m.IconURL != "" {
		msg.Username, msg.IconEmoji, msg.IconURL = m.Username, m.IconEmoji, m.IconURL
	}
	msg.Subtype = "bot_message"
	c.sign(&msg)
	if msg.Username == "" {
		if b, ok := c.s.botsByApp.Get(c.Tx, w.App); ok {
			msg.Username = b.Name
		}
	}
	_, err = c.post(ch, msg, m.ThreadTS, m.ReplyBroadcast)
	return err
}
