package okta

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"twinset.dev/kit/twin"
)

// idxOperations are the Identity Engine: a sign-in for an app is a transaction that says itself, in forms, how it can go on.
//
// https://developer.okta.com/docs/guides/implement-grant-type/interactioncode/main/
func (o *Okta) idxOperations() {
	for _, x := range []struct {
		id, path string
		serve    func(*idxCall) error
	}{
		{"idxIntrospect", "introspect", func(*idxCall) error { return nil }},
		{"idxIdentify", "identify", (*idxCall).identify},
		{"idxSelectIdentify", "identify/select", (*idxCall).startAgain},
		{"idxCancel", "cancel", (*idxCall).startAgain},
		{"idxChallenge", "challenge", (*idxCall).choose},
		{"idxAnswer", "challenge/answer", (*idxCall).answer},
		{"idxPoll", "challenge/poll", (*idxCall).poll},
		{"idxResend", "challenge/resend", (*idxCall).resend},
		{"idxRecover", "recover", (*idxCall).recoverPassword},
		{"idxUnlock", "unlock-account", (*idxCall).unlockAccount},
		{"idxEnrollCredential", "credential/enroll", (*idxCall).enrollCredential},
		{"idxSkip", "skip", (*idxCall).skip},
		{"idxEnroll", "enroll", (*idxCall).enrollProfile},
		{"idxEnrollNew", "enroll/new", (*idxCall).register},
		{"idxConsent", "consent", (*idxCall).consentTo},
	} {
		o.beyond(twin.Full, x.id, "POST", "/idp/idx/"+x.path, serveIDX(x.serve)).public()
	}
	o.pageRoute("GET", "/login/token/redirect", "idx.redirect", o.idxRedirect)
}

// The states of a transaction that the Identity Engine alone knows.
const (
	idxIdentify     = "IDENTIFY"
	idxIdentifyLost = "IDENTIFY_RECOVERY"
	idxUnlock       = "UNLOCK_ACCOUNT"
	idxVerifyData   = "VERIFICATION_DATA"
	idxEnrollData   = "ENROLLMENT_DATA"
	idxProfile      = "ENROLL_PROFILE"
	idxConsent      = "CONSENT"
	idxEnded        = "TERMINAL"
)

// ionJSON is the type of the Identity Engine's answers.
const ionJSON = "application/ion+json; okta-version=1.0.0"

// The authenticators that are more than a factor.
const (
	keyPassword = "okta_password"
	keyEmail    = "okta_email"
	keyPhone    = "phone_number"
	keyQuestion = "security_question"
)

// A remark is what the Identity Engine says beside the forms, or at the field of one.
type remark struct {
	status       int
	message, key string
	class        string // ERROR if it is none
	field        string // of the credentials, "" for all of the answer
	kept         bool   // what was written stays
}

func (r *remark) Error() string { return r.key }

func (r *remark) at(field string) *remark { at := *r; at.field = field; return &at }

var (
	idxExpired        = &remark{status: 401, message: "The session has expired.", key: "idx.session.expired"}
	idxFailed         = &remark{status: 401, message: "Authentication failed", key: "errors.E0000004", kept: true}
	idxLocked         = &remark{status: 401, message: "Your account is locked. Please contact your administrator.", key: "errors.E0000119", kept: true}
	idxPassword       = &remark{status: 401, message: "Password is incorrect", key: "incorrectPassword", kept: true}
	idxCode           = &remark{status: 401, message: "Invalid code. Try again.", key: "api.authn.error.PASSCODE_INVALID", kept: true}
	idxReplayed       = &remark{status: 401, message: "Each code can only be used once. Please wait for a new code and try again.", key: "api.authn.error.PASSCODE_REPLAYED", kept: true}
	idxAnswerWrong    = &remark{status: 401, message: "Your answer doesn't match our records. Please try again.", key: "authfactor.challenge.question_factor.answer_invalid", kept: true}
	idxRejected       = &remark{status: 400, message: "You have chosen to reject this login.", key: "core.auth.factor.push.rejected", kept: true}
	idxDenied         = &remark{status: 403, message: "You do not have permission to perform the requested action.", key: "security.access_denied"}
	idxUnassigned     = &remark{status: 400, message: "User is not assigned to this application"}
	idxNoPolicy       = &remark{status: 400, message: "You are not allowed to access this app. To request access, contact an admin.", key: "idx.error.code.no_matching_policy"}
	idxNoReset        = &remark{status: 403, message: "Reset password is not allowed at this time. Please contact support for assistance.", key: "oie.selfservice.reset.password.not.allowed"}
	idxNoUnlock       = &remark{status: 403, message: "Your account is not allowed to be unlocked at this time. Please contact support for assistance.", key: "oie.selfservice.unlock_user.challenge.failed.permissions"}
	idxNoSignUp       = &remark{status: 403, message: "Sign up is not enabled for this organization.", key: "oie.registration.is.not.enabled"}
	idxNoRegistration = &remark{status: 400, message: "There was an error creating your account. Please try registering again.", key: "registration.inlinehook.denied"}
	idxBlank          = &remark{status: 400, message: "This field cannot be left blank", key: "api.error.field_cannot_be_left_blank"}
	idxUnlocked       = &remark{status: 200, message: "Account successfully unlocked!", key: "oie.selfservice.unlock_user.success.message", class: "SUCCESS"}
	idxSentJustNow    = &remark{status: 429, message: "Too many requests", key: "tooManyRequests"}
	idxNotNow         = &remark{status: 400, message: "This operation is not allowed in the current authentication state.", key: "errors.E0000079"}
	idxNoSuchChoice   = &remark{status: 400, message: "The authenticator is not available.", key: "errors.E0000003"}
)

// idxUnknown says that nobody is called so.
func idxUnknown(name string) *remark {
	return &remark{status: 200, message: "There is no account with the Username " + name + ".", key: "idx.unknown.user", class: "INFO"}
}

// An idxCall brings a transaction of the Identity Engine a step further.
type idxCall struct {
	*call
	t      AuthTransaction
	u      User // who goes through it, as soon as they have said so
	app    App
	server oauthServer
	params url.Values // what the app asked with
}

// oauthInteract begins a transaction for an app that brings its own pages.
func (o *Okta) oauthInteract(c *oauthCall) (any, error) {
	app, err := c.client()
	if err != nil {
		return nil, err
	}
	if grants := texts(dig(app.Doc, "settings", "oauthClient", "grant_types")); !slices.Contains(grants, "interaction_code") {
		return nil, badRequest("unauthorized_client", "The client is not authorized to use the provided grant type. Configured grant types: ["+strings.Join(grants, ", ")+"].")
	}
	params := c.requested(app)
	params.Set("response_type", "code")
	if _, err := c.asked(params); err != nil {
		return nil, err
	}
	if params.Get("code_challenge") == "" {
		return nil, badRequest("invalid_request", "PKCE code challenge is required.")
	}
	if err := c.wellFormed(app, params); err != nil {
		return nil, err
	}
	t := AuthTransaction{Token: "02" + c.Rand(40, idAlphabet), Handle: c.Rand(43, idAlphabet), Status: idxIdentify, Client: app.clientID(), Server: c.server.id, Query: params.Encode(), Expires: c.Now.Add(pendingLife).UnixMilli()}
	s, ok := c.browserSession()
	if age, err := strconv.Atoi(params.Get("max_age")); ok && (err != nil || c.Now.UnixMilli()-s.Created <= int64(age)*1000) {
		u, _ := o.users.Get(c.Tx, s.User)
		if next, err := c.afterFirst(u, app); err == nil && (next == authSuccess || s.MFAVerified != 0) {
			t.User, t.Session, t.AMR, t.Status = s.User, s.ID, s.AMR, authSuccess
		}
	}
	for use, token := range map[string]string{"recovery": params.Get("recovery_token"), "activation": params.Get("activation_token")} {
		if token != "" {
			u, err := c.redeem(token, use)
			if err != nil {
				return nil, badRequest("invalid_"+use+"_token", "The "+use+" token is invalid")
			}
			t.User, t.Session, t.Status, t.RecoveryType, t.Proven = u.ID, "", authPasswordReset, "PASSWORD", []string{keyEmail}
		}
	}
	o.transactions.Put(c.Tx, t)
	return obj{"interaction_handle": c.World.Seal(t.Handle)}, nil
}

// byInteraction redeems an interaction code.
func (c *oauthCall) byInteraction(app App) (*grant, error) {
	return c.redeemCode(app, "interaction_code", c.form.Get("interaction_code"), "")
}

// serveIDX finds the transaction of a call, brings it further, and says how it can go on.
func serveIDX(serve func(*idxCall) error) func(*call) (any, error) {
	return func(c *call) (any, error) {
		x, err := c.idxCall()
		if err == nil {
			if err = serve(x); err == nil && x.t.Status == authSuccess && x.t.Code == "" {
				err = x.finish()
			}
		}
		said := (*remark)(nil)
		switch {
		case err == nil:
		case !errors.As(err, &said):
			return nil, err
		case said.status >= 400:
			refused := &refusal{status: said.status, code: said.key, body: x.state(said)}
			if said.kept {
				x.keep()
				return nil, twin.Keep(refused)
			}
			return nil, refused
		}
		if x.t.Status == idxEnded {
			c.o.transactions.Delete(c.Tx, x.t.Token)
		} else {
			x.keep()
		}
		return answer{body: x.state(said), kind: ionJSON}, nil
	}
}

func (x *idxCall) keep() {
	x.t.Handle = "" // it was good for finding the transaction once it had begun
	x.o.transactions.Put(x.Tx, x.t)
}

// idxCall is the transaction that a call names, by its state handle or, before it has begun, by its interaction handle.
func (c *call) idxCall() (*idxCall, error) {
	x := &idxCall{call: c}
	if c.body == nil {
		return x, errMalformed
	}
	ok := false
	if handle := text(c.body["interactionHandle"]); handle != "" && c.op.ID == "idxIntrospect" {
		x.t, ok = c.o.interactions.Get(c.Tx, c.World.Unseal(handle))
	} else {
		x.t, ok = c.o.transactions.Get(c.Tx, c.World.Unseal(firstText(c.body["stateHandle"], c.body["stateToken"])))
	}
	if !ok || x.t.Client == "" || c.Now.UnixMilli() > x.t.Expires {
		x.t = AuthTransaction{}
		return x, idxExpired
	}
	x.u, _ = c.o.users.Get(c.Tx, x.t.User)
	if x.app, ok = c.clientCalled(x.t.Client); !ok {
		return x, idxExpired
	}
	x.params, _ = url.ParseQuery(x.t.Query)
	var err error
	x.server, err = c.findServer(x.t.Server)
	x.who.user = x.u
	return x, err
}

// in refuses what cannot be done in the state that the transaction is in.
func (x *idxCall) in(states ...string) error {
	if !slices.Contains(states, x.t.Status) {
		return idxNotNow
	}
	return nil
}

// oauth is the transaction as a request to its authorization server.
func (x *idxCall) oauth() *oauthCall {
	return &oauthCall{call: x.call, server: x.server, form: x.params}
}

// startAgain forgets what has been done.
func (x *idxCall) startAgain() error {
	x.o.transactions.Delete(x.Tx, x.t.Token)
	x.t = AuthTransaction{Token: "02" + x.Rand(40, idAlphabet), Status: idxIdentify, Client: x.t.Client, Server: x.t.Server, Query: x.t.Query, Expires: x.t.Expires}
	x.u = User{}
	return nil
}

// identify takes a name and, where the sign-on policy wants both at once, a password.
func (x *idxCall) identify() error {
	if err := x.in(idxIdentify, idxIdentifyLost); err != nil {
		return err
	}
	name := text(x.body["identifier"])
	if name == "" {
		return idxBlank
	}
	u, known := x.userCalled(name)
	if passcode := text(dig(x.body, "credentials", "passcode")); passcode != "" && x.t.Status == idxIdentify && x.passwordFirst() {
		u, ok, err := x.checkPassword(name, passcode)
		switch {
		case err != nil:
			return err
		case !ok:
			return x.loginRefused(u, idxFailed)
		}
		x.begin(u)
		return x.passed(keyPassword, "pwd")
	}
	switch {
	case !known || name == "me":
		return idxUnknown(name)
	case u.Status == statusDeprovisioned || u.Status == statusSuspended:
		return idxDenied
	}
	x.begin(x.aged(u))
	if x.t.Status == idxIdentifyLost {
		return x.beginRecovery("PASSWORD")
	}
	return x.nextProof()
}

// begin makes the transaction somebody's.
func (x *idxCall) begin(u User) { x.u, x.t.User, x.who.user = u, u.ID, u }

// passwordFirst reports whether the sign-on policy wants the password before all else.
func (x *idxCall) passwordFirst() bool { return text(x.signOn(x.u)["primaryFactor"]) == "PASSWORD_IDP" }

// loginRefused says that somebody may not come in, and, if the policy lets it, that they are locked out.
func (x *idxCall) loginRefused(u User, said *remark) error {
	if u.Status == statusLocked && x.passwordPolicy(u).showLocked {
		return idxLocked
	}
	return said
}

// nextProof asks for one more proof: for the only one that is left, or which.
func (x *idxCall) nextProof() error {
	switch left := x.provable(); len(left) {
	case 0:
		return idxDenied
	case 1:
		return x.ask(left[0], "")
	}
	x.t.Status, x.t.Factor = authRequired, ""
	return nil
}

// ask asks for the proof of an enrollment. Whoever has a phone or a mailbox says first how they want to be sent a code.
func (x *idxCall) ask(e enrolled, method string) error {
	switch {
	case e.key == keyPassword:
		x.t.Status, x.t.Factor = authChallenge, keyPassword
		return nil
	case method == "" && (e.key == keyPhone || e.key == keyEmail):
		x.t.Status, x.t.Factor = idxVerifyData, e.id
		return nil
	case x.t.RecoveryType != "":
		return x.sendRecovery(e, method)
	}
	i := max(0, slices.Index(e.methods, method))
	x.challenge(x.u, &e.factors[i])
	x.t.Status, x.t.Factor = authChallenge, e.factors[i].ID
	return nil
}

// choose takes which authenticator somebody wants to prove themselves with.
func (x *idxCall) choose() error {
	if err := x.in(authRequired, authChallenge, idxVerifyData, idxUnlock); err != nil {
		return err
	}
	if x.t.Status == idxUnlock {
		u, ok := x.userCalled(text(x.body["identifier"]))
		if !ok {
			return idxUnknown(text(x.body["identifier"]))
		}
		x.begin(x.aged(u))
		if err := x.beginRecovery("UNLOCK"); err != nil {
			return err
		}
	}
	sent := object(x.body["authenticator"])
	id, enrollment := text(sent["id"]), text(sent["enrollmentId"])
	for _, e := range x.provable() {
		if (x.authenticatorID(e.key) == id || e.id == id) && (enrollment == "" || e.id == enrollment) {
			method := text(sent["methodType"])
			if method == "" && e.key == keyEmail {
				method = "email" // there is one way to be sent a mail
			}
			return x.ask(e, method)
		}
	}
	return idxNoSuchChoice
}

// answer takes a proof, or a new password.
func (x *idxCall) answer() error {
	sent := object(x.body["credentials"])
	passcode := firstText(sent["passcode"], sent["totp"], sent["otp"])
	proof := with(sent, obj{"passCode": passcode, "answer": firstText(sent["answer"], sent["passcode"])})
	switch {
	case x.t.Status == authPasswordExpired || x.t.Status == authPasswordReset || x.t.Status == authEnrollActivate && x.t.Factor == keyPassword:
		return x.newPassword(passcode)
	case x.t.Status == authEnrollActivate:
		return x.activated(proof)
	case x.t.Status != authChallenge:
		return idxNotNow
	case x.t.Factor == keyPassword:
		if u, ok, err := x.checkPassword(x.u.login(), passcode); err != nil {
			return err
		} else if !ok {
			return x.loginRefused(u, idxPassword.at("passcode"))
		}
		x.u, _ = x.o.users.Get(x.Tx, x.u.ID)
		return x.passed(keyPassword, "pwd")
	case x.t.RecoveryType != "":
		return x.answerRecovery(passcode, text(proof["answer"]))
	}
	f, _ := x.o.factors.Get(x.Tx, x.u.ID+"/"+x.t.Factor)
	if err := x.answered(x.u, &f, proof); err != nil {
		return idxRefused(f, err)
	}
	return x.passed(f.authenticator()[0], amrOf(f))
}

// idxRefused is why a proof was refused, in the words of the Identity Engine.
func idxRefused(f Factor, err error) error {
	switch {
	case f.Type == "question":
		return idxAnswerWrong.at("answer")
	case err == errReplayed:
		return idxReplayed.at("passcode")
	}
	return idxCode.at("passcode")
}

// passed goes on after a proof: with what the policies ask for beside it.
func (x *idxCall) passed(key, amr string) error {
	x.t.Proven, x.t.AMR = append(slices.Clone(x.t.Proven), key), append(slices.Clone(x.t.AMR), amr)
	if key == keyPassword && x.u.Status == statusExpired {
		x.t.Status, x.t.Factor = authPasswordExpired, keyPassword
		return nil
	}
	next, err := x.afterFirst(x.u, x.app)
	if err != nil {
		return idxDenied
	}
	if next == authRequired && len(x.t.Proven) < 2 && len(x.provable()) > 0 {
		return x.nextProof()
	}
	if next == authEnroll && len(x.t.Proven) < 2 {
		x.t.Required = slices.Concat(x.enrollable())
		x.t.Status, x.t.Factor = authEnroll, ""
		return nil
	}
	x.t.Status = authSuccess
	return nil
}

// poll looks whether somebody has answered on their phone.
func (x *idxCall) poll() error {
	if err := x.in(authChallenge, authEnrollActivate); err != nil {
		return err
	}
	f, ok := x.o.factors.Get(x.Tx, x.u.ID+"/"+x.t.Factor)
	switch {
	case !ok || f.Type != "push":
		return nil
	case f.TransactionDone == "REJECTED":
		return idxRejected
	case x.t.Status == authEnrollActivate && f.Status == factorActive:
		return x.enrolledIn(f.authenticator()[0], amrOf(f))
	case f.TransactionDone != "SUCCESS":
		return nil
	}
	if err := x.answered(x.u, &f, nil); err != nil {
		return idxRefused(f, err)
	}
	return x.passed(f.authenticator()[0], amrOf(f))
}

// resend sends a code again, not more often than every 30 seconds.
func (x *idxCall) resend() error {
	if err := x.in(authChallenge, authEnrollActivate); err != nil {
		return err
	}
	if x.t.RecoveryType != "" {
		for _, e := range x.provable() {
			if e.id == x.t.Factor {
				return x.sendRecovery(e, e.methods[0])
			}
		}
		return idxNotNow
	}
	f, ok := x.o.factors.Get(x.Tx, x.u.ID+"/"+x.t.Factor)
	switch {
	case !ok || f.Code == "":
		return idxNotNow
	case f.CodeUntil-x.Now.UnixMilli() > (5*60-30)*1000:
		return idxSentJustNow
	}
	x.sendCode(x.u, &f)
	x.o.factors.Put(x.Tx, f)
	return nil
}

// finish gives the app the code for which it gets tokens, if the person may have the app and the server's policy lets it.
func (x *idxCall) finish() error {
	c := x.oauth()
	if !x.assigned(x.app, x.u) {
		return idxUnassigned
	}
	scopes, err := c.scopes(x.app, &x.u)
	if err != nil {
		return idxNoPolicy
	}
	g := &grant{kind: "interaction_code", user: x.u.ID, scopes: scopes}
	if _, err := c.policyFor(x.app, g); err != nil {
		return idxNoPolicy
	}
	if len(c.consentNeeded(x.app, x.u, scopes, false)) > 0 {
		x.t.Status = idxConsent
		return nil
	}
	s, ok := x.o.sessions.Get(x.Tx, x.t.Session)
	if !ok {
		if len(x.t.Proven) > 1 {
			x.t.AMR = append(slices.Clone(x.t.AMR), "mfa")
		}
		s = x.signIn(x.u, x.t.AMR)
		c.cookie = x.World.Seal(s.Secret)
		c.withCookie(x.more)
	}
	k := Code{Key: x.Rand(43, idAlphabet), Interaction: true, Client: x.t.Client, Server: x.t.Server, User: x.u.ID, Scopes: scopes, Redirect: x.params.Get("redirect_uri"), Nonce: x.params.Get("nonce"),
		Challenge: x.params.Get("code_challenge"), AuthTime: s.Created / 1000, AMR: s.AMR, Session: s.ID, Family: x.id("oar"), Expires: x.Now.Add(codeLife).UnixMilli()}
	x.o.codes.Put(x.Tx, k)
	x.usedFor(s, x.app)
	x.t.Session, x.t.Code = s.ID, k.Key
	x.logged("user.authentication.sso", "SUCCESS", x.u.target(), x.app.target())
	return nil
}

// consentTo takes what somebody says to what the app asks for.
func (x *idxCall) consentTo() error {
	if err := x.in(idxConsent); err != nil {
		return err
	}
	if !truth(x.body["consent"]) {
		x.t.Status = idxEnded
		return &remark{status: 200, message: "The resource owner denied the request.", key: "access_denied"}
	}
	c := x.oauth()
	scopes, err := c.scopes(x.app, &x.u)
	if err != nil {
		return idxNoPolicy
	}
	c.consent(x.app, x.u, c.consentNeeded(x.app, x.u, scopes, false))
	x.t.Status = authSuccess
	return nil
}

// interactionDone ends a transaction for somebody who has proven themselves elsewhere, and sends them to the app.
func (c *oauthCall) interactionDone(p Pending, u User, s Session) (any, error) {
	c.body = obj{"stateHandle": c.World.Seal(p.Interaction)}
	x, err := c.idxCall()
	if err == nil {
		x.begin(u)
		x.t.Session, x.t.Status = s.ID, authSuccess
		err = x.finish()
	}
	if said := (*remark)(nil); errors.As(err, &said) {
		return c.problem(badRequest("access_denied", said.message))
	} else if err != nil {
		return nil, err
	}
	x.keep()
	return c.redirect(c.link("/login/token/redirect?stateToken=" + c.World.Seal(x.t.Token))), nil
}

// idxRedirect opens a session in the browser for somebody whose transaction is done, and sends them to the app.
func (o *Okta) idxRedirect(c *oauthCall) (any, error) {
	t, ok := o.transactions.Get(c.Tx, c.World.Unseal(c.form.Get("stateToken")))
	s, open := o.sessions.Get(c.Tx, t.Session)
	if !ok || !open || t.Code == "" || c.Now.UnixMilli() > t.Expires {
		return c.problem(badRequest("session_expired", idxExpired.message))
	}
	params, _ := url.ParseQuery(t.Query)
	o.transactions.Delete(c.Tx, t.Token)
	c.cookie = c.World.Seal(s.Secret)
	a := c.back(params, url.Values{"interaction_code": {c.World.Seal(t.Code)}})
	if a.Status == http.StatusFound {
		a.Status = http.StatusSeeOther
	}
	return a, nil
}

// skip leaves out what may be left out.
func (x *idxCall) skip() error {
	if x.t.Status != authEnroll || !x.skippable() {
		return idxNotNow
	}
	x.t.Status, x.t.Optional = authSuccess, nil
	return nil
}
