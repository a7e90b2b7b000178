package okta

import (
	"strings"
	"time"
)

// authnRecovery begins the recovery of a password or of a locked account, by a mail, a text message or a call; without
// one of these whoever asks, an administrator, is given the token itself. Who does not exist is answered like everybody else.
func (o *Okta) authnRecovery(kind string) func(*call) (any, error) {
	return func(c *call) (any, error) {
		name, way := text(c.body["username"]), text(c.body["factorType"])
		switch {
		case c.body == nil:
			return nil, errMalformed
		case name == "":
			return nil, blank("username")
		}
		u, ok := c.userCalled(name)
		able := ok && u.Provider == nil && (u.Status == statusActive || u.Status == statusExpired || u.Status == statusRecovery || u.Status == statusLocked)
		t := AuthTransaction{Token: "00" + c.Rand(40, idAlphabet), User: u.ID, RecoveryType: kind, RelayState: text(c.body["relayState"])}
		v := obj{"status": authRecoveryAsked, "factorResult": "WAITING", "factorType": way, "recoveryType": kind}
		if t.RelayState != "" {
			v["relayState"] = t.RelayState
		}
		switch way {
		case "EMAIL":
			if able && (kind == "PASSWORD") != (u.Status == statusLocked) {
				token := c.oneTime("recovery", u, time.Hour)
				url := c.link("/reset_password/" + token.Token)
				c.email(map[string]string{"PASSWORD": "ForgotPassword", "UNLOCK": "SelfServiceUnlock"}[kind], u, text(u.Profile["email"]), map[string]string{"resetPasswordLink": url, "unlockAccountLink": url, "recoveryToken": token.Token, "oneTimePassword": token.Token})
			}
			return v, nil
		case "SMS", "CALL":
			phone := c.recoveryPhone(u)
			if able && phone == "" {
				return nil, errNoPhone
			}
			t.RecoveryToken = c.Rand(6, "0123456789")
			t.Status, t.Expires = authRecoveryAsked, c.at()+authLife
			if able {
				o.transactions.Put(c.Tx, t)
				c.message(u, strings.ToLower(way), phone, t.RecoveryToken)
			}
			at := c.link("/api/v1/authn/recovery/factors/" + way)
			v["stateToken"], v["expiresAt"] = t.Token, stamp(t.Expires)
			delete(v, "factorResult")
			v["_links"] = obj{"next": rel(hints(at+"/verify", "POST"), "verify"), "cancel": hints(c.link("/api/v1/authn/cancel"), "POST"), "resend": rel(hints(at+"/resend", "POST"), strings.ToLower(way))}
			return v, nil
		case "":
			if err := c.authenticateAgain(); err != nil {
				return nil, errForbidden
			}
			if !ok {
				return nil, errNoSuchRecovery
			}
			if !able {
				return nil, errForgot
			}
			token := c.oneTime("recovery", u, time.Hour)
			view := obj{"recoveryToken": token.Token, "expiresAt": stamp(token.Expires), "status": authRecovery, "recoveryType": kind, "_embedded": obj{"user": obj{"id": u.ID, "passwordChanged": stamp(u.PasswordChanged),
				"profile": obj{"login": u.login(), "firstName": u.Profile["firstName"], "lastName": u.Profile["lastName"], "locale": "en_US", "timeZone": "America/Los_Angeles"}, "recovery_question": obj{"question": u.Question}}},
				"_links": obj{"next": rel(hints(c.link("/api/v1/authn/recovery/token"), "POST"), "recovery"), "self": hints(c.link("/api/v1/authn"), "POST")}}
			return view, nil
		}
		return nil, invalid("factorType", "factorType: The field has an invalid value")
	}
}

func rel(link obj, name string) obj { return with(link, obj{"name": name}) }

// authenticateAgain asks who calls an operation that anybody may call.
func (c *call) authenticateAgain() error {
	op := *c.op
	op.open = false
	asked := *c
	asked.op = &op
	return asked.authenticate(credentialOf(c.r.Echo.Request()))
}

// recoveryPhone is the number of somebody that is known to be theirs.
func (c *call) recoveryPhone(u User) string {
	for _, f := range c.factorsOf(u) {
		if f.Status == factorActive && (f.Type == "sms" || f.Type == "call") {
			return text(f.Profile["phoneNumber"])
		}
	}
	return ""
}

// authnVerifyRecovery checks the code that was sent.
func (o *Okta) authnVerifyRecovery(c *call) (any, error) {
	t, err := c.transaction(authRecoveryAsked)
	switch {
	case err != nil:
		return nil, err
	case t.RecoveryToken != text(c.body["passCode"]):
		return nil, errPassCode
	}
	u, _ := o.users.Get(c.Tx, t.User)
	return c.recovers(t, u), nil
}

func (o *Okta) authnResendRecovery(c *call) (any, error) {
	t, err := c.transaction(authRecoveryAsked)
	switch {
	case err != nil:
		return nil, err
	case t.Expires-c.Now.UnixMilli() > authLife-30*1000:
		return nil, errSentJustNow
	}
	u, _ := o.users.Get(c.Tx, t.User)
	t.RecoveryToken = c.Rand(6, "0123456789")
	c.message(u, strings.ToLower(c.param("factorType")), c.recoveryPhone(u), t.RecoveryToken)
	return c.goOn(t, authRecoveryAsked), nil
}

// authnRecoveryToken goes on with the link that somebody was sent.
func (o *Okta) authnRecoveryToken(c *call) (any, error) {
	u, err := c.redeem(text(c.body["recoveryToken"]), "recovery")
	if err != nil {
		return nil, err
	}
	t := AuthTransaction{Token: "00" + c.Rand(40, idAlphabet), User: u.ID, RecoveryType: "PASSWORD"}
	if u.Status == statusLocked {
		t.RecoveryType = "UNLOCK"
	}
	return c.recovers(t, u), nil
}

// recovers asks somebody for the answer to their question, if they have one.
func (c *call) recovers(t AuthTransaction, u User) any {
	if u.Question != "" {
		return c.goOn(t, authRecovery)
	}
	return c.recovered(t, u)
}

// recovered gives somebody their account back.
func (c *call) recovered(t AuthTransaction, u User) any {
	if t.RecoveryType != "UNLOCK" {
		return c.goOn(t, authPasswordReset)
	}
	c.unlock(&u)
	c.o.transactions.Delete(c.Tx, t.Token)
	return obj{"status": authSuccess, "recoveryType": t.RecoveryType, "_embedded": obj{"user": obj{"id": u.ID, "profile": obj{"login": u.login(), "firstName": u.Profile["firstName"], "lastName": u.Profile["lastName"]}}}}
}

func (c *call) unlock(u *User) {
	u.Status, u.Changed, u.Failures = statusActive, c.at(), 0
	c.o.users.Put(c.Tx, *u)
	c.logged("user.account.unlock", "SUCCESS", u.target())
}

// authnRecoveryAnswer checks the answer to the recovery question.
func (o *Okta) authnRecoveryAnswer(c *call) (any, error) {
	t, err := c.transaction(authRecovery)
	if err != nil {
		return nil, err
	}
	u, _ := o.users.Get(c.Tx, t.User)
	if !matches(u.Answer, strings.ToLower(text(c.body["answer"]))) {
		return nil, errRecoveryAnswer
	}
	return c.recovered(t, u), nil
}
