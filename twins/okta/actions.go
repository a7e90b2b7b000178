package okta

import (
	"context"
	"encoding/json"
	"errors"

	"twinset.dev/kit/twin"
)

// actions are what people do outside the API: the control plane's POST /_twin/actions/NAME.
func (o *Okta) actions() map[string]twin.Action {
	return map[string]twin.Action{
		"answer_push":   act(o, o.answerPush),
		"messages":      act(o, o.readMessages),
		"import_people": act(o, o.importNow),
	}
}

// act runs an action as one transaction.
func act[In any](o *Okta, do func(*call, In) (any, error)) twin.Action {
	return func(_ context.Context, w *twin.World, r *twin.Request, body json.RawMessage) (out any, err error) {
		var in In
		if err := json.Unmarshal(body, &in); err != nil {
			return nil, err
		}
		err = w.Update(func(tc *twin.Call) error {
			out, err = do(&call{Call: tc, o: o, base: o.URL(tc)}, in)
			return err
		})
		if refused := (*refusal)(nil); errors.As(err, &refused) {
			return nil, errors.New(refused.summary)
		}
		return out, err
	}
}

// whose is an action of somebody, by id or login.
type whose struct {
	User   string
	Answer string // approve, reject
}

// answerPush approves or rejects what somebody's phone asks: a sign-in, that it be set up, or that an app be let in behind
// their back.
func (o *Okta) answerPush(c *call, in whose) (any, error) {
	u, ok := c.userCalled(in.User)
	if !ok {
		return nil, notFound(in.User, "User")
	}
	done := map[string]string{"approve": "SUCCESS", "reject": "REJECTED"}[in.Answer]
	if done == "" {
		return nil, invalid("answer", "answer: approve or reject")
	}
	c.who.user = u
	for _, f := range c.factorsOf(u) {
		if f.Transaction != "" && f.pushed(c.Now) == "WAITING" {
			f.TransactionDone = done
			if f.Status == factorPending && done == "SUCCESS" {
				return obj{"factor": f.ID, "factorResult": done}, c.activates(u, &f, nil)
			}
			o.factors.Put(c.Tx, f)
			if done == "REJECTED" {
				c.logged("user.mfa.okta_verify.deny_push", "FAILURE", u.target())
			}
			return obj{"factor": f.ID, "factorResult": done}, nil
		}
	}
	if d, ok := c.asksBehind(u); ok {
		if d.Denied = done == "REJECTED"; !d.Denied {
			d.User, d.AuthTime, d.AMR = u.ID, c.Now.Unix(), []string{"swk"}
		}
		o.devicesWaiting.Put(c.Tx, d)
		return obj{"client": d.Client, "bindingMessage": d.Message, "factorResult": done}, nil
	}
	return nil, notFound(in.User, "FactorTransaction")
}

// readMessages returns the text messages and calls that somebody was sent, the newest first.
func (o *Okta) readMessages(c *call, in whose) (any, error) {
	u, ok := c.userCalled(in.User)
	if !ok {
		return nil, notFound(in.User, "User")
	}
	messages := []any{}
	for m := range o.messages.All(c.Tx, u.ID+"/") {
		messages = append([]any{obj{"channel": m.Channel, "to": m.To, "code": m.Code, "sent": stamp(m.Sent)}}, messages...)
	}
	return messages, nil
}
