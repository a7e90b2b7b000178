package okta

import (
	"slices"
	"strings"
	"time"

	"twinset.dev/kit/twin"
)

// usersCredentialsOperations are passwords and recovery questions.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/UserCred/
func (o *Okta) usersCredentialsOperations() {
	o.on(twin.Full, "expirePassword", o.expirePassword)
	o.on(twin.Full, "expirePasswordWithTempPassword", o.expirePasswordWithTempPassword)
	o.on(twin.Full, "resetPassword", o.resetPassword)
	o.on(twin.Full, "changePassword", o.changePassword)
	o.on(twin.Full, "changeRecoveryQuestion", o.changeRecoveryQuestion)
	o.on(twin.Full, "forgotPassword", o.forgotPassword)
	o.on(twin.Full, "forgotPasswordSetNewPassword", o.forgotPasswordSetNewPassword)
}

// setCredentials takes over what an administrator writes: a password or its hash, a recovery question, and who keeps the password.
func (c *call) setCredentials(u *User, cr obj) error {
	if p := object(cr["provider"]); p != nil {
		switch text(p["type"]) {
		case "OKTA", "IMPORT":
			u.Provider = nil
		case "FEDERATION", "SOCIAL", "ACTIVE_DIRECTORY", "LDAP":
			u.Provider = clone(p)
		default:
			return invalid("provider", "provider: The field has an invalid value")
		}
	}
	if p := object(cr["password"]); p != nil {
		v, h, hook := text(p["value"]), object(p["hash"]), object(p["hook"])
		switch {
		case (v != "" || h != nil || hook != nil) && u.Provider != nil:
			return errCredentialsScheme
		case hook != nil && hook["type"] != "default":
			return invalid("password", "password: The hook type must be default.")
		case hook != nil:
			u.Password, u.PasswordChanged, u.Temporary = hookedPassword, c.at(), false
		case v != "":
			if causes := c.passwordFaults(*u, v); causes != nil {
				return invalid("password", prefixed("password: ", causes)...)
			}
			c.setPassword(u, v)
		case h != nil:
			kept, cause := imported(h)
			if cause != "" {
				return invalid("password", "password: "+cause)
			}
			u.Password, u.PasswordChanged, u.Temporary = kept, c.at(), false
		}
	}
	if q := object(cr["recovery_question"]); q != nil {
		if cause := setQuestion(u, q); cause != "" {
			return invalid("recovery_question", cause)
		}
	}
	return nil
}

func prefixed(with string, list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = with + s
	}
	return out
}

// setQuestion takes over a recovery question and its answer, or says what is wrong with them.
func setQuestion(u *User, q obj) string {
	question, answer := text(q["question"]), text(q["answer"])
	switch {
	case question == "":
		return "recovery_question: The field cannot be left blank"
	case answer != "" && len(answer) < 4:
		return "The security question answer must be at least 4 characters in length"
	case strings.Contains(strings.ToLower(question), strings.ToLower(answer)) && answer != "":
		return "The security question answer must not be part of the question."
	}
	u.Question = question
	if answer != "" {
		u.Answer = hashed(strings.ToLower(answer))
	}
	return ""
}

// setPassword makes a password somebody's, and remembers the one before it.
func (c *call) setPassword(u *User, password string) {
	if u.Password != "" {
		u.Passwords = slices.Concat([]string{u.Password}, u.Passwords[:min(len(u.Passwords), 30)])
	}
	u.Password, u.PasswordChanged, u.Temporary, u.Failures = hashed(password), c.at(), false, 0
}

// expirePassword makes somebody choose a new password when they sign in next. Clients from before
// expire_password_with_temp_password ask for a password here, with tempPassword.
func (o *Okta) expirePassword(c *call) (any, error) {
	if c.query.Get("tempPassword") == "true" {
		return o.expirePasswordWithTempPassword(c)
	}
	u, err := c.expire()
	if err != nil {
		return nil, err
	}
	o.users.Put(c.Tx, u)
	return c.person(u), nil
}

// expirePasswordWithTempPassword does so, and gives them one to sign in with.
func (o *Okta) expirePasswordWithTempPassword(c *call) (any, error) {
	u, err := c.expire()
	if err != nil {
		return nil, err
	}
	password := "A1a" + c.Rand(9, idAlphabet)
	c.setPassword(&u, password)
	u.Temporary = true
	o.users.Put(c.Tx, u)
	if c.query.Get("revokeSessions") == "true" {
		c.signOut(u)
	}
	return obj{"tempPassword": password}, nil
}

func (c *call) expire() (User, error) {
	u, err := c.user()
	switch {
	case err != nil:
		return u, err
	case u.Password == "" || !slices.Contains([]string{statusActive, statusExpired, statusRecovery, statusLocked}, u.Status):
		return u, errStatus
	}
	u.Status, u.Updated = statusExpired, c.at()
	c.logged("user.account.expire_password", "SUCCESS", u.target())
	return u, nil
}

// resetPassword sends somebody a link to choose a new password; the old one is good no longer.
func (o *Okta) resetPassword(c *call) (any, error) {
	u, err := c.user()
	switch {
	case err != nil:
		return nil, err
	case u.Provider != nil || !slices.Contains([]string{statusActive, statusProvisioned, statusExpired, statusRecovery, statusLocked}, u.Status):
		return nil, errStatus
	}
	u.Status, u.Changed, u.Updated = statusRecovery, c.at(), c.at()
	o.users.Put(c.Tx, u)
	if c.query.Get("revokeSessions") == "true" {
		c.signOut(u)
	}
	c.logged("user.account.reset_password", "SUCCESS", u.target())
	return c.recovery(u, "PasswordResetByAdmin", c.mailed(true)), nil
}

// recovery mails somebody a link to choose a new password, in the words of a template, or answers with it.
func (c *call) recovery(u User, template string, mail bool) any {
	token := c.oneTime("recovery", u, time.Hour).Token
	url := c.link("/reset_password/" + token)
	if mail {
		c.email(template, u, text(u.Profile["email"]), map[string]string{"resetPasswordLink": url, "resetPasswordUrl": url, "oneTimePassword": token})
		return done
	}
	return obj{"resetPasswordUrl": url}
}

// changePassword changes a password for somebody who knows the old one.
func (o *Okta) changePassword(c *call) (any, error) {
	u, err := c.user()
	was, now := text(dig(c.body, "oldPassword", "value")), text(dig(c.body, "newPassword", "value"))
	switch {
	case err != nil:
		return nil, err
	case c.body == nil:
		return nil, errMalformed
	case u.Provider != nil || !slices.Contains([]string{statusStaged, statusActive, statusExpired, statusRecovery}, u.Status):
		return nil, errChangePassword
	case was == "":
		return nil, blank("oldPassword")
	case now == "":
		return nil, blank("newPassword")
	case !matches(u.Password, was):
		return nil, errCredentials.because("Old Password is not correct")
	}
	if causes := c.passwordFaults(u, now); causes != nil && c.query.Get("strict") != "false" {
		return nil, errCredentials.because(causes...)
	}
	if c.query.Get("strict") == "true" && c.usedBefore(u, now) {
		return nil, errCredentials.because("Password has been used too recently")
	}
	c.setPassword(&u, now)
	if u.Status == statusExpired || u.Status == statusRecovery {
		u.Status, u.Changed = statusActive, c.at()
	}
	u.Updated = c.at()
	o.users.Put(c.Tx, u)
	if truth(c.body["revokeSessions"]) {
		c.signOut(u)
	}
	c.logged("user.account.update_password", "SUCCESS", u.target())
	return u.credentials(), nil
}

// changeRecoveryQuestion changes the question for somebody who knows the password.
func (o *Okta) changeRecoveryQuestion(c *call) (any, error) {
	u, err := c.user()
	switch {
	case err != nil:
		return nil, err
	case c.body == nil:
		return nil, errMalformed
	case u.Provider != nil || !slices.Contains([]string{statusStaged, statusActive, statusExpired, statusRecovery}, u.Status):
		return nil, errChangeQuestion
	case !matches(u.Password, text(dig(c.body, "password", "value"))):
		return nil, errCredentials.because("Password is not correct")
	}
	q := object(c.body["recovery_question"])
	if text(q["answer"]) == "" {
		return nil, errCredentials.because("The security question answer must be at least 4 characters in length")
	}
	if cause := setQuestion(&u, q); cause != "" {
		return nil, errCredentials.because(cause)
	}
	u.Updated = c.at()
	o.users.Put(c.Tx, u)
	c.logged("user.account.update_profile", "SUCCESS", u.target())
	return u.credentials(), nil
}

// forgotPassword sends somebody a link who has forgotten their password. Clients from before
// forgot_password_recovery_question answer the question here.
func (o *Okta) forgotPassword(c *call) (any, error) {
	if c.body["recovery_question"] != nil {
		return o.forgotPasswordSetNewPassword(c)
	}
	u, err := c.user()
	switch {
	case err != nil:
		return nil, err
	case u.Provider != nil || u.Status != statusActive:
		return nil, errForgot
	}
	c.logged("user.account.reset_password", "SUCCESS", u.target())
	return c.recovery(u, "ForgotPassword", c.mailed(true)), nil
}

// forgotPasswordSetNewPassword sets a new password for somebody who knows the answer to their question.
func (o *Okta) forgotPasswordSetNewPassword(c *call) (any, error) {
	u, err := c.user()
	answer, now := text(dig(c.body, "recovery_question", "answer")), text(dig(c.body, "password", "value"))
	switch {
	case err != nil:
		return nil, err
	case c.body == nil:
		return nil, errMalformed
	case u.Provider != nil || u.Question == "" || !slices.Contains([]string{statusActive, statusExpired, statusRecovery}, u.Status):
		return nil, errForgot
	case !matches(u.Answer, strings.ToLower(answer)):
		return nil, errRecoveryAnswer
	}
	if causes := c.passwordFaults(u, now); causes != nil {
		return nil, errCredentials.because(causes...)
	}
	if c.usedBefore(u, now) {
		return nil, errCredentials.because("Password has been used too recently")
	}
	c.setPassword(&u, now)
	u.Status, u.Updated = statusActive, c.at()
	o.users.Put(c.Tx, u)
	c.logged("user.account.reset_password", "SUCCESS", u.target())
	return u.credentials(), nil
}
