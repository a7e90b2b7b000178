package okta

import (
	"net/http"
	"slices"
	"strings"
)

// recoveryPages are where the links of an activation and of a recovery lead: somebody chooses a password there.
func (o *Okta) recoveryPages() {
	o.pageRoute("GET", "/tokens/{token}/verify", "recovery.activate", o.showNewPassword)
	o.pageRoute("GET", "/reset_password/{token}", "recovery.page", o.showNewPassword)
	o.pageRoute("POST", "/login/new-password", "recovery.password", o.setNewPassword)
}

// tokenLinked is the token of a link that is good still, and whose it is.
func (c *call) tokenLinked(token string) (OneTimeToken, User, bool) {
	t, ok := c.o.oneTimeTokens.Get(c.Tx, token)
	u, known := c.o.users.Get(c.Tx, t.User)
	return t, u, ok && known && c.Now.UnixMilli() <= t.Expires && !slices.Contains([]string{statusDeprovisioned, statusSuspended}, u.Status)
}

func (o *Okta) showNewPassword(c *oauthCall) (any, error) {
	return c.newPasswordPage(c.param("token"), "")
}

func (c *oauthCall) newPasswordPage(token, wrong string) (any, error) {
	t, u, ok := c.tokenLinked(token)
	if !ok {
		return c.problem(&oauthError{code: errRecoveryToken.code, description: errRecoveryToken.summary})
	}
	data := obj{"Title": "Reset your password", "User": u.login(), "Token": token, "Wrong": wrong, "Question": u.Question, "Rules": c.passwordPolicy(u).inWords()}
	if t.Use != "recovery" {
		data["Title"], data["Question"] = map[string]string{"activation": "Welcome! Choose a password", "expired": "Your password has expired"}[t.Use], ""
	}
	return c.page(http.StatusOK, "newPassword", data), nil
}

// setNewPassword takes the password, and uses the link up.
func (o *Okta) setNewPassword(c *oauthCall) (any, error) {
	token, password := c.form.Get("token"), c.form.Get("password")
	t, u, ok := c.tokenLinked(token)
	switch {
	case !ok:
		return c.newPasswordPage(token, "")
	case t.Use == "recovery" && u.Question != "" && !matches(u.Answer, strings.ToLower(c.form.Get("answer"))):
		return c.newPasswordPage(token, errRecoveryAnswer.summary)
	}
	if err := c.choosePassword(&u, password); err != nil {
		return c.newPasswordPage(token, strings.Join(err.(*refusal).causes, " "))
	}
	o.oneTimeTokens.Delete(c.Tx, token)
	return c.page(http.StatusOK, "newPasswordSet", obj{}), nil
}
