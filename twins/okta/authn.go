package okta

import (
	"slices"
	"strings"
	"time"

	"twinset.dev/kit/twin"
)

// authnOperations are the authentication API: a sign-in is a transaction that goes from state to state.
//
// https://developer.okta.com/docs/reference/api/authn/
func (o *Okta) authnOperations() {
	for _, x := range []struct {
		id, path string
		serve    func(*call) (any, error)
	}{
		{"authn", "", o.authn},
		{"authnCancel", "/cancel", o.authnCancel},
		{"authnPrevious", "/previous", o.authnPrevious},
		{"authnSkip", "/skip", o.authnSkip},
		{"authnChangePassword", "/credentials/change_password", o.authnChangePassword},
		{"authnResetPassword", "/credentials/reset_password", o.authnResetPassword},
		{"authnEnrollFactor", "/factors", o.authnEnrollFactor},
		{"authnActivateFactor", "/factors/{factorId}/lifecycle/activate", o.authnActivateFactor},
		{"authnPollEnrollment", "/factors/{factorId}/lifecycle/activate/poll", o.authnActivateFactor},
		{"authnResendEnrollment", "/factors/{factorId}/lifecycle/resend", o.authnResend},
		{"authnVerifyFactor", "/factors/{factorId}/verify", o.authnVerifyFactor},
		{"authnResendFactor", "/factors/{factorId}/verify/resend", o.authnResend},
		{"authnForgotPassword", "/recovery/password", o.authnRecovery("PASSWORD")},
		{"authnUnlock", "/recovery/unlock", o.authnRecovery("UNLOCK")},
		{"authnRecoveryToken", "/recovery/token", o.authnRecoveryToken},
		{"authnRecoveryAnswer", "/recovery/answer", o.authnRecoveryAnswer},
		{"authnVerifyRecovery", "/recovery/factors/{factorType}/verify", o.authnVerifyRecovery},
		{"authnResendRecovery", "/recovery/factors/{factorType}/resend", o.authnResendRecovery},
	} {
		o.beyond(twin.Full, x.id, "POST", "/api/v1/authn"+x.path, x.serve).public()
	}
}

// The states of a transaction.
const (
	authSuccess         = "SUCCESS"
	authPasswordExpired = "PASSWORD_EXPIRED"
	authPasswordReset   = "PASSWORD_RESET"
	authRecovery        = "RECOVERY"
	authRecoveryAsked   = "RECOVERY_CHALLENGE"
	authLocked          = "LOCKED_OUT"
	authEnroll          = "MFA_ENROLL"
	authEnrollActivate  = "MFA_ENROLL_ACTIVATE"
	authRequired        = "MFA_REQUIRED"
	authChallenge       = "MFA_CHALLENGE"
)

// authLife is how long a transaction waits for its next step, in milliseconds.
const authLife = 5 * 60 * 1000

// authn begins a transaction with a name and a password, or with the token of an activation; with a state token alone it says where that stands.
func (o *Okta) authn(c *call) (any, error) {
	name, password := text(c.body["username"]), text(c.body["password"])
	switch {
	case c.body == nil:
		return nil, errMalformed
	case text(c.body["stateToken"]) != "" && name == "":
		t, err := c.transaction()
		if err != nil {
			return nil, err
		}
		return c.authState(t), nil
	case text(c.body["token"]) != "":
		return c.redeemActivation(text(c.body["token"]))
	case name == "" || password == "":
		return nil, errAuthentication
	}
	u, ok, err := c.checkPassword(name, password)
	switch {
	case err != nil:
		return nil, err
	case !ok:
		return c.refuseLogin(u)
	}
	t := AuthTransaction{Token: "00" + c.Rand(40, idAlphabet), User: u.ID, RelayState: text(c.body["relayState"]), AMR: []string{"pwd"}}
	if u.Status == statusExpired {
		return c.goOn(t, authPasswordExpired), nil
	}
	return c.passwordDone(t, u)
}

// checkPassword returns who signs in with a name and a password, and whether it is theirs. That it is not is counted.
func (c *call) checkPassword(name, password string) (u User, ok bool, err error) {
	if u, ok = c.userCalled(name); !ok || name == "me" {
		return User{}, false, nil
	}
	u = c.aged(u)
	if u.Status != statusActive && u.Status != statusExpired {
		return u, false, nil
	}
	if ok = matches(u.Password, password); u.Password == hookedPassword {
		if ok, err = c.verifiedElsewhere(u, password); err != nil {
			return u, false, err
		}
	}
	if ok {
		u.Failures = 0
		if strings.HasPrefix(u.Password, importedMark) {
			u.Password = hashed(password) // from now on it is Okta's own
		}
		c.o.users.Put(c.Tx, u)
		return u, true, nil
	}
	u.Failures++
	c.loggedBecause("user.session.start", "FAILURE", "INVALID_CREDENTIALS", u.target())
	if most := c.passwordPolicy(u).attempts; most > 0 && u.Failures >= most {
		u.Status, u.Changed = statusLocked, c.at()
		c.logged("user.account.lock", "FAILURE", u.target())
	}
	c.o.users.Put(c.Tx, u)
	return u, false, nil
}

// verifiedElsewhere asks the hook of whoever kept somebody's password until now whether this is it.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/InlineHook/#tag/InlineHook/operation/createPasswordImportInlineHook
func (c *call) verifiedElsewhere(u User, password string) (bool, error) {
	for r := range c.all(inlineHookKind, "") {
		if r.Status != "ACTIVE" || r.Doc["type"] != "com.okta.user.credential.password.import" {
			continue
		}
		said, _, err := c.hear(r, obj{"data": obj{"context": obj{"request": c.hookRequest(), "credential": obj{"username": u.login(), "password": password}}, "action": obj{"credential": "UNVERIFIED"}}})
		for _, command := range list(said["commands"]) {
			if object(command)["type"] == "com.okta.action.update" && dig(command, "value", "credential") == "VERIFIED" {
				return true, err
			}
		}
		return false, err
	}
	return false, nil
}

// aged is somebody with what time has done to them, as the password policy says: a lock is over, a password is too old.
func (c *call) aged(u User) User {
	p := c.passwordPolicy(u)
	over := func(since int64, d time.Duration) bool { return d > 0 && !c.Now.Before(time.UnixMilli(since).Add(d)) }
	switch {
	case u.Status == statusLocked && over(u.Changed, p.unlock):
		u.Status, u.Failures = statusActive, 0
	case u.Status == statusActive && u.Password != "" && over(u.PasswordChanged, p.age):
		u.Status = statusExpired
	default:
		return u
	}
	u.Changed = c.at()
	c.o.users.Put(c.Tx, u)
	return u
}

// refuseLogin says to somebody that they cannot sign in, and keeps what was counted. That an account is locked is said if the policy wants it.
func (c *call) refuseLogin(u User) (any, error) {
	if u.Status == statusLocked && c.passwordPolicy(u).showLocked {
		return obj{"status": authLocked, "_embedded": obj{}, "_links": obj{"next": with(hints(c.link("/api/v1/authn/recovery/unlock"), "POST"), obj{"name": "unlock"})}}, nil
	}
	return nil, twin.Keep(errAuthentication)
}

// redeemActivation lets somebody in who follows the link that they were sent, to choose a password.
func (c *call) redeemActivation(token string) (any, error) {
	u, err := c.redeem(token, "activation")
	if err != nil {
		return nil, err
	}
	t := AuthTransaction{Token: "00" + c.Rand(40, idAlphabet), User: u.ID}
	if u.Password == "" {
		return c.goOn(t, authPasswordReset), nil
	}
	return c.passwordDone(t, u)
}

// redeem uses a token up that is good once.
func (c *call) redeem(token, use string) (User, error) {
	t, ok := c.o.oneTimeTokens.Get(c.Tx, token)
	if !ok || t.Use != use || c.Now.UnixMilli() > t.Expires {
		return User{}, errRecoveryToken
	}
	u, ok := c.o.users.Get(c.Tx, t.User)
	if !ok || u.Status == statusDeprovisioned || u.Status == statusSuspended {
		return User{}, errRecoveryToken
	}
	c.o.oneTimeTokens.Delete(c.Tx, token)
	return u, nil
}

// passwordDone goes on with a transaction after the password: what the sign-on policy asks for beside it comes first.
func (c *call) passwordDone(t AuthTransaction, u User) (any, error) {
	next, err := c.afterFirst(u, App{})
	switch {
	case err != nil:
		return nil, err
	case next == authSuccess:
		return c.succeed(t), nil
	}
	return c.goOn(t, next), nil
}

// afterFirst is what the policies of the org and of an app, if there is one, want of somebody who has proven themselves
// in one way: authRequired is another way, authEnroll that they set one up. That an app's policy wants two ways is
// asked only of those who have them.
//
// https://help.okta.com/oie/en-us/content/topics/identity-engine/policies/about-policies.htm
func (c *call) afterFirst(u User, app App) (string, error) {
	session := c.signOn(u)
	another := truth(session["requireFactor"])
	has := slices.ContainsFunc(c.factorsOf(u), func(f Factor) bool { return f.Status == factorActive })
	if p, err := c.fetch(policyKind, "", app.Policy); err == nil {
		r, _ := c.governingRule(p, c.situationOf(u, text(c.address1())))
		sign := object(dig(r.Doc, "actions", "appSignOn"))
		if sign["access"] == "DENY" {
			return "", errSignOnDenied
		}
		another = another || has && dig(sign, "verificationMethod", "factorMode") == "2FA"
	}
	switch {
	case session["access"] == "DENY":
		return "", errSignOnDenied
	case !another:
		return authSuccess, nil
	case has:
		return authRequired, nil
	}
	return authEnroll, nil
}

// goOn brings a transaction into a state, and says so.
func (c *call) goOn(t AuthTransaction, status string) any {
	t.Status, t.Expires = status, c.at()+authLife
	c.o.transactions.Put(c.Tx, t)
	return c.authState(t)
}

// succeed ends a transaction with a session token.
func (c *call) succeed(t AuthTransaction) any {
	c.o.transactions.Delete(c.Tx, t.Token)
	t.Token = "20111" + c.Rand(50, idAlphabet)
	t.Status, t.Expires, t.Factor = authSuccess, c.at()+authLife, ""
	c.o.transactions.Put(c.Tx, t)
	return c.authState(t)
}

// transaction is the one whose state token was sent, if it is in one of some states.
func (c *call) transaction(states ...string) (AuthTransaction, error) {
	t, ok := c.o.transactions.Get(c.Tx, text(c.body["stateToken"]))
	switch {
	case !ok || t.Client != "" || t.Status == authSuccess || c.Now.UnixMilli() > t.Expires:
		return t, errInvalidToken
	case len(states) > 0 && !slices.Contains(states, t.Status):
		return t, errAuthState
	}
	return t, nil
}

// authState is a transaction as the caller sees it, with the steps that lead on from it.
func (c *call) authState(t AuthTransaction) any {
	u, _ := c.o.users.Get(c.Tx, t.User)
	at := c.link("/api/v1/authn")
	next := func(name, path string) obj { return with(hints(at+path, "POST"), obj{"name": name}) }
	links := obj{"cancel": hints(at+"/cancel", "POST")}
	user := obj{"id": u.ID, "passwordChanged": stamp(u.PasswordChanged), "profile": obj{"login": u.login(), "firstName": u.Profile["firstName"], "lastName": u.Profile["lastName"],
		"locale": otherwise(text(u.Profile["locale"]), "en_US"), "timeZone": otherwise(text(u.Profile["timezone"]), "America/Los_Angeles")}}
	embedded := obj{"user": user}
	v := obj{"stateToken": t.Token, "expiresAt": stamp(t.Expires), "status": t.Status, "_embedded": embedded, "_links": links}
	if t.RelayState != "" {
		v["relayState"] = t.RelayState
	}
	if t.RecoveryType != "" {
		v["recoveryType"] = t.RecoveryType
	}
	switch t.Status {
	case authSuccess:
		delete(v, "stateToken")
		v["sessionToken"] = t.Token
	case authPasswordExpired:
		links["next"] = next("changePassword", "/credentials/change_password")
		embedded["policy"] = obj{"complexity": c.passwordPolicy(u).complexity()}
	case authPasswordReset:
		links["next"] = next("resetPassword", "/credentials/reset_password")
		embedded["policy"] = obj{"complexity": c.passwordPolicy(u).complexity()}
	case authRecovery:
		links["next"] = next("answer", "/recovery/answer")
		user["recovery_question"] = obj{"question": u.Question}
	case authRequired:
		var factors []any
		for _, f := range c.factorsOf(u) {
			if f.Status == factorActive {
				factors = append(factors, c.authFactor(f))
			}
		}
		embedded["factors"] = factors
		embedded["policy"] = obj{"allowRememberDevice": false, "rememberDeviceLifetimeInMinutes": 0, "rememberDeviceByDefault": false, "factorsPolicyInfo": obj{}}
	case authEnroll:
		var factors []any
		for _, ft := range factorTypes {
			factors = append(factors, obj{"factorType": ft.kind, "provider": ft.provider, "vendorName": ft.vendor, "status": "NOT_SETUP", "enrollment": "OPTIONAL", "_links": obj{"enroll": hints(at+"/factors", "POST")}})
		}
		embedded["factors"] = factors
	case authEnrollActivate:
		f, _ := c.o.factors.Get(c.Tx, u.ID+"/"+t.Factor)
		path := "/factors/" + f.ID + "/lifecycle"
		embedded["factor"] = without(object(c.factorBegun(f)), "_links")
		links["next"], links["prev"] = next("activate", path+"/activate"), hints(at+"/previous", "POST")
		if f.Type == "push" {
			v["factorResult"] = "WAITING"
			links["next"] = next("poll", path+"/activate/poll")
		}
		if f.Code != "" {
			links["resend"] = []any{next(f.Type, path+"/resend")}
		}
	case authChallenge:
		f, _ := c.o.factors.Get(c.Tx, u.ID+"/"+t.Factor)
		path := "/factors/" + f.ID + "/verify"
		embedded["factor"] = c.authFactor(f)
		links["next"], links["prev"] = next("verify", path), hints(at+"/previous", "POST")
		if f.Type == "push" {
			v["factorResult"] = f.pushed(c.Now)
			links["next"] = next("poll", path)
		} else if f.Code != "" {
			links["resend"] = []any{next(f.Type, path+"/resend")}
		}
	}
	return v
}

func otherwise(s, instead string) string {
	if s == "" {
		return instead
	}
	return s
}

// authFactor is a factor as a transaction shows it.
func (c *call) authFactor(f Factor) any {
	v := without(c.factor(f), "status", "created", "lastUpdated", "lastVerified")
	profile := clone(f.Profile)
	if p := text(profile["phoneNumber"]); len(p) > 4 {
		profile["phoneNumber"] = p[:2] + strings.Repeat("X", len(p)-6) + p[len(p)-4:]
	}
	v["profile"] = profile
	v["_links"] = obj{"verify": hints(c.link("/api/v1/authn/factors/"+f.ID+"/verify"), "POST")}
	return v
}

// authnCancel gives a transaction up.
func (o *Okta) authnCancel(c *call) (any, error) {
	t, err := c.transaction()
	if err != nil {
		return nil, err
	}
	o.transactions.Delete(c.Tx, t.Token)
	v := obj{}
	if t.RelayState != "" {
		v["relayState"] = t.RelayState
	}
	return v, nil
}

// authnPrevious goes back from a factor to the choice of one.
func (o *Okta) authnPrevious(c *call) (any, error) {
	t, err := c.transaction(authEnrollActivate, authChallenge)
	if err != nil {
		return nil, err
	}
	back := map[string]string{authEnrollActivate: authEnroll, authChallenge: authRequired}[t.Status]
	t.Factor = ""
	return c.goOn(t, back), nil
}

// authnSkip leaves out a step that may be left out; none of those that this org asks for may.
func (o *Okta) authnSkip(c *call) (any, error) {
	if _, err := c.transaction(); err != nil {
		return nil, err
	}
	return nil, errAuthState
}

// authnChangePassword changes a password that is good no longer.
func (o *Okta) authnChangePassword(c *call) (any, error) {
	t, err := c.transaction(authPasswordExpired)
	if err != nil {
		return nil, err
	}
	u, _ := o.users.Get(c.Tx, t.User)
	if !matches(u.Password, text(c.body["oldPassword"])) {
		return nil, errCredentials.because("Old Password is not correct")
	}
	return c.newPassword(t, u)
}

// authnResetPassword sets a password for somebody who has shown that they may.
func (o *Okta) authnResetPassword(c *call) (any, error) {
	t, err := c.transaction(authPasswordReset)
	if err != nil {
		return nil, err
	}
	u, _ := o.users.Get(c.Tx, t.User)
	return c.newPassword(t, u)
}

func (c *call) newPassword(t AuthTransaction, u User) (any, error) {
	if err := c.choosePassword(&u, text(c.body["newPassword"])); err != nil {
		return nil, err
	}
	t.AMR = []string{"pwd"}
	return c.passwordDone(t, u)
}

// choosePassword makes a password somebody's who may choose one, and them active.
func (c *call) choosePassword(u *User, password string) error {
	if causes := c.passwordFaults(*u, password); causes != nil {
		return errPasswordPolicy.because(causes...)
	}
	if c.usedBefore(*u, password) {
		return errPasswordPolicy.because("Password has been used too recently")
	}
	c.setPassword(u, password)
	u.Status, u.Changed, u.Updated = statusActive, c.at(), c.at()
	c.o.users.Put(c.Tx, *u)
	c.logged("user.account.update_password", "SUCCESS", u.target())
	return nil
}

// authnEnrollFactor begins what the policy wants somebody to have.
func (o *Okta) authnEnrollFactor(c *call) (any, error) {
	t, err := c.transaction(authEnroll)
	if err != nil {
		return nil, err
	}
	u, _ := o.users.Get(c.Tx, t.User)
	f, err := c.enroll(u, c.body)
	if err != nil {
		return nil, err
	}
	t.Factor = f.ID
	if f.Status == factorActive {
		t.AMR = append(slices.Clone(t.AMR), "mfa")
		return c.succeed(t), nil
	}
	return c.goOn(t, authEnrollActivate), nil
}

// authFactorOf is the factor that the path names, of the person whose transaction it is.
func (c *call) authFactorOf(t AuthTransaction) (u User, f Factor, err error) {
	u, _ = c.o.users.Get(c.Tx, t.User)
	f, ok := c.o.factors.Get(c.Tx, t.User+"/"+c.param("factorId"))
	if !ok {
		return u, f, notFound(c.param("factorId"), "UserFactor")
	}
	return u, f, nil
}

func (o *Okta) authnActivateFactor(c *call) (any, error) {
	t, err := c.transaction(authEnrollActivate)
	if err != nil {
		return nil, err
	}
	u, f, err := c.authFactorOf(t)
	if err != nil {
		return nil, err
	}
	if err := c.activates(u, &f, c.body); err != nil {
		return nil, err
	}
	if f.Status == factorPending {
		return c.authState(t), nil
	}
	t.AMR = append(slices.Clone(t.AMR), "mfa")
	return c.succeed(t), nil
}

// authnVerifyFactor asks somebody for the proof of a factor, or checks the one that is sent.
func (o *Okta) authnVerifyFactor(c *call) (any, error) {
	t, err := c.transaction(authRequired, authChallenge)
	if err != nil {
		return nil, err
	}
	u, f, err := c.authFactorOf(t)
	if err != nil {
		return nil, err
	}
	sent := text(c.body["passCode"]) + text(c.body["answer"]) + text(c.body["clientData"])
	switch {
	case f.Type == "push" && t.Factor == f.ID && f.TransactionDone != "SUCCESS" && f.Transaction != "":
	case f.Type != "push" && sent == "" || f.Type == "push" && (t.Factor != f.ID || f.Transaction == ""):
		c.challenge(u, &f)
	default:
		if err := c.answered(u, &f, c.body); err != nil {
			return nil, twin.Keep(err)
		}
		t.AMR = append(slices.Clone(t.AMR), "mfa")
		return c.succeed(t), nil
	}
	t.Factor = f.ID
	return c.goOn(t, authChallenge), nil
}

// challenge asks somebody for the proof of a factor: by a code, or on their phone.
func (c *call) challenge(u User, f *Factor) {
	switch f.Type {
	case "push":
		f.Transaction, f.TransactionDone, f.CodeUntil = "v2mst."+c.Rand(22, idAlphabet), "", c.Now.UnixMilli()+authLife
	case "sms", "call", "email":
		c.sendCode(u, f)
	}
	c.o.factors.Put(c.Tx, *f)
}

// answered takes the proof of a factor, or refuses it. That of a push was given on the phone.
func (c *call) answered(u User, f *Factor, sent obj) error {
	if f.Type == "push" && f.TransactionDone == "SUCCESS" {
		f.Transaction, f.TransactionDone, f.LastUsed = "", "", c.at()
	} else if err := c.proven(f, sent); err != nil {
		c.logged("user.authentication.auth_via_mfa", "FAILURE", u.target())
		return err
	}
	c.o.factors.Put(c.Tx, *f)
	c.logged("user.authentication.auth_via_mfa", "SUCCESS", u.target())
	return nil
}

// authnResend sends a code again, not more often than every 30 seconds.
func (o *Okta) authnResend(c *call) (any, error) {
	t, err := c.transaction(authChallenge, authEnrollActivate)
	if err != nil {
		return nil, err
	}
	u, f, err := c.authFactorOf(t)
	switch {
	case err != nil:
		return nil, err
	case f.Code == "":
		return nil, errAuthState
	case f.CodeUntil-c.Now.UnixMilli() > (5*60-30)*1000:
		return nil, errSentJustNow
	}
	c.sendCode(u, &f)
	o.factors.Put(c.Tx, f)
	return c.goOn(t, t.Status), nil
}

// signOn is what the sign-on policy says of somebody.
func (c *call) signOn(u User) obj {
	_, r, _ := c.governing("", "OKTA_SIGN_ON", c.situationOf(u, text(c.address1())))
	return object(dig(r.Doc, "actions", "signon"))
}

// complexity is what a password must be, as a transaction says it.
func (p passwordPolicy) complexity() obj {
	return obj{"minLength": p.length, "minLowerCase": p.lower, "minUpperCase": p.upper, "minNumber": p.digit, "minSymbol": p.symbol, "excludeUsername": p.noLogin}
}
