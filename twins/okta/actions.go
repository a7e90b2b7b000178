package okta

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"

	"twinset.dev/kit/twin"
)

// actions are what people do with their own hands, by name.
func (o *Okta) actions() map[string]twin.Action {
	return map[string]twin.Action{"answer_push": o.answerPush}
}

// answerPush takes up somebody's phone, which pairs a device that is being set up, and says yes or no to a push on one
// that is: {"user": "ana", "answer": "approve"} or "reject".
func (o *Okta) answerPush(_ context.Context, _ *twin.World, r *twin.Request, body json.RawMessage) (any, error) {
	var in struct{ User, Answer string }
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil {
		return nil, err
	}
	result, ok := map[string]string{"approve": "SUCCESS", "reject": "REJECTED"}[in.Answer]
	if !ok {
		return nil, errors.New(`the answer is "approve" or "reject"`)
	}
	err := r.Update(func(tc *twin.Call) error {
		c := &call{Call: tc, o: o, base: tc.Base(), query: url.Values{}}
		u, ok := c.userCalled(in.User)
		if !ok {
			return fmt.Errorf("there is nobody called %q", in.User)
		}
		c.who.user = u
		for _, f := range c.factorsOf(u) {
			if f.Transaction == "" || f.pushed(c.Now) != "WAITING" {
				continue
			}
			f.TransactionDone = result
			if f.Status == factorPending {
				return c.activates(u, &f, nil)
			}
			o.factors.Put(c.Tx, f)
			if in.Answer == "reject" {
				c.logged("user.mfa.okta_verify.deny_push", "FAILURE", u.target())
			}
			return nil
		}
		return fmt.Errorf("nothing waits on %s's phone", in.User)
	})
	return obj{"factorResult": result}, err
}
