package okta

import (
	"net/http"
	"strings"
	"time"
)

// newTOTPSecret is what a generator of codes is given.
func newTOTPSecret(c *call) string { return c.Rand(16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") }

// totp is the code of a time step, as RFC 6238 makes it.
func totp(secret string, step int64) string { return otp(ownGenerator, secret, step) }

// activateFactor ends the setting up of a factor, by a proof that it works.
func (o *Okta) activateFactor(c *call) (any, error) {
	u, f, err := c.userFactor()
	switch {
	case err != nil:
		return nil, err
	case f.Status != factorPending && f.Type != "push":
		return nil, errStatus
	}
	if err := c.activates(u, &f, c.body); err != nil {
		return nil, err
	}
	if f.Type == "push" && f.Status == factorPending {
		return obj{"factorResult": f.pushed(c.Now), "expiresAt": stamp(f.CodeUntil), "_links": obj{"poll": hints(c.link("/api/v1/users/"+u.ID+"/factors/"+f.ID+"/lifecycle/activate"), "POST")}}, nil
	}
	return c.factor(f), nil
}

// activates makes a factor active if what was sent proves it. A push is proven on the device.
func (c *call) activates(u User, f *Factor, sent obj) error {
	if f.Type == "push" || f.Type == "signed_nonce" {
		if f.TransactionDone != "SUCCESS" {
			return nil
		}
	} else if err := c.proven(f, sent); err != nil {
		c.logged("user.mfa.factor.activate", "FAILURE", u.target())
		return err
	}
	f.Status, f.Updated, f.Transaction, f.TransactionDone = factorActive, c.at(), "", ""
	if f.Type == "webauthn" || f.Type == "u2f" {
		f.Profile = obj{"credentialId": f.Secret, "authenticatorName": "Security Key"}
	}
	c.o.factors.Put(c.Tx, *f)
	c.logged("user.mfa.factor.activate", "SUCCESS", u.target())
	return nil
}

// proven refuses what does not prove a factor, and remembers a code that is good once.
func (c *call) proven(f *Factor, sent obj) error {
	code := text(sent["passCode"])
	switch f.Type {
	case "question":
		if !matches(f.Secret, strings.ToLower(text(sent["answer"]))) {
			return errPassCode
		}
	case "sms", "call", "email":
		if f.Code == "" || f.Code != code || c.Now.UnixMilli() > f.CodeUntil {
			return errPassCode
		}
		f.Code = ""
	case "token:software:totp":
		return c.generated(f, ownGenerator, code)
	case "token:hotp":
		r, err := c.fetch(hotpProfileKind, "", f.Generator)
		if err != nil {
			return err
		}
		return c.generated(f, object(r.Doc["settings"]), code)
	case "token":
		if code == "" {
			return errPassCode
		}
	case "token:hardware":
		if len(code) < 44 || code[:len(code)-32] != f.Secret {
			return errPassCode
		}
	case "webauthn", "u2f":
		if text(sent["clientData"]) == "" || text(sent["attestation"])+text(sent["registrationData"])+text(sent["signatureData"]) == "" {
			return errPassCode
		}
	default:
		return errPassCode
	}
	f.LastUsed = c.at()
	return nil
}

// resendEnrollFactor sends the code again, not more often than every 30 seconds.
func (o *Okta) resendEnrollFactor(c *call) (any, error) {
	u, f, err := c.userFactor()
	switch {
	case err != nil:
		return nil, err
	case f.Type != "sms" && f.Type != "call" && f.Type != "email":
		return nil, invalid("factorType", "Only sms, call and email factors can be sent again.")
	case f.CodeUntil-c.Now.UnixMilli() > (5*60-30)*1000:
		return nil, errSentJustNow
	}
	c.sendCode(u, &f)
	o.factors.Put(c.Tx, f)
	return c.factor(f), nil
}

// verifyFactor asks somebody for the proof of a factor, or checks the one that is sent.
func (o *Okta) verifyFactor(c *call) (any, error) {
	u, f, err := c.userFactor()
	switch {
	case err != nil:
		return nil, err
	case f.Status != factorActive:
		return nil, errStatus
	case u.Status == statusLocked:
		return nil, errLockedOut
	}
	at := c.link("/api/v1/users/" + u.ID + "/factors/" + f.ID)
	links := obj{"verify": hints(at+"/verify", "POST"), "factor": hints(at, "GET", "DELETE")}
	switch {
	case f.Type == "push" || f.Type == "signed_nonce":
		f.Transaction, f.TransactionDone, f.CodeUntil = "v2mst."+c.Rand(22, idAlphabet), "", c.Now.UnixMilli()+5*60*1000
		o.factors.Put(c.Tx, f)
		poll := at + "/transactions/" + f.Transaction
		return answer{status: http.StatusCreated, body: obj{"factorResult": "WAITING", "profile": f.Profile, "expiresAt": stamp(f.CodeUntil), "_links": obj{"poll": hints(poll, "GET"), "cancel": hints(poll, "DELETE")}}}, nil
	case (f.Type == "sms" || f.Type == "call" || f.Type == "email") && text(c.body["passCode"]) == "":
		if f.CodeUntil-c.Now.UnixMilli() > (5*60-30)*1000 && f.Code != "" {
			return nil, errSentJustNow
		}
		c.sendCode(u, &f)
		o.factors.Put(c.Tx, f)
		return obj{"factorResult": "CHALLENGE", "profile": f.Profile, "_links": links}, nil
	case (f.Type == "webauthn" || f.Type == "u2f") && text(c.body["clientData"]) == "":
		f.Code = c.Rand(22, idAlphabet)
		o.factors.Put(c.Tx, f)
		return obj{"factorResult": "CHALLENGE", "profile": f.Profile, "_embedded": obj{"challenge": obj{"challenge": f.Code, "extensions": obj{}}}, "_links": links}, nil
	}
	if err := c.proven(&f, c.body); err != nil {
		c.logged("user.authentication.auth_via_mfa", "FAILURE", u.target())
		return nil, err
	}
	o.factors.Put(c.Tx, f)
	c.logged("user.authentication.auth_via_mfa", "SUCCESS", u.target())
	return obj{"factorResult": "SUCCESS"}, nil
}

// getFactorTransactionStatus says what has become of a push.
func (o *Okta) getFactorTransactionStatus(c *call) (any, error) {
	u, f, err := c.userFactor()
	if err != nil {
		return nil, err
	}
	id := c.param("transactionId")
	if f.Transaction == "" || f.Transaction != id {
		return nil, notFound(id, "FactorTransaction")
	}
	at := c.link("/api/v1/users/" + u.ID + "/factors/" + f.ID)
	poll := at + "/transactions/" + id
	switch result := f.pushed(c.Now); result {
	case "WAITING":
		return obj{"factorResult": result, "profile": f.Profile, "expiresAt": stamp(f.CodeUntil), "_links": obj{"poll": hints(poll, "GET"), "cancel": hints(poll, "DELETE")}}, nil
	case "SUCCESS":
		return obj{"factorResult": result}, nil
	default:
		return obj{"factorResult": result, "profile": f.Profile, "_links": obj{"verify": hints(at+"/verify", "POST"), "factor": hints(at, "GET", "DELETE")}}, nil
	}
}

// pushed is what has become of a push.
func (f Factor) pushed(now time.Time) string {
	switch {
	case f.TransactionDone != "":
		return f.TransactionDone
	case now.UnixMilli() > f.CodeUntil:
		return "TIMEOUT"
	}
	return "WAITING"
}
