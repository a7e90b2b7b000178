package okta

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"twinset.dev/kit/twin"
)

// usersLifecycleOperations change the status of people.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/UserLifecycle/
func (o *Okta) usersLifecycleOperations() {
	o.on(twin.Full, "activateUser", o.activateUser)
	o.on(twin.Full, "reactivateUser", o.reactivateUser)
	o.on(twin.Full, "deactivateUser", o.deactivateUser)
	o.on(twin.Full, "suspendUser", o.suspendUser)
	o.on(twin.Full, "unsuspendUser", o.unsuspendUser)
	o.on(twin.Full, "unlockUser", o.unlockUser)
	o.on(twin.Full, "resetFactors", o.resetFactors)
}

// done is the answer of an operation that has nothing to say.
var done = answer{status: http.StatusOK, body: obj{}}

// mailed reports whether the caller wants somebody to be told by mail; if not, the caller is given what would be in it.
func (c *call) mailed(otherwise bool) bool {
	switch c.query.Get("sendEmail") {
	case "true":
		return true
	case "false":
		return false
	}
	return otherwise
}

// activateUser lets somebody sign in who is new, or who was deactivated.
func (o *Okta) activateUser(c *call) (any, error) {
	u, err := c.user()
	switch {
	case err != nil:
		return nil, err
	case u.Status != statusStaged && u.Status != statusDeprovisioned:
		return nil, errAlreadyActive
	}
	u.activate(c)
	o.users.Put(c.Tx, u)
	c.logged("user.lifecycle.activate", "SUCCESS", u.target())
	c.applyRules(u)
	return c.activation(u, c.mailed(true)), nil
}

// reactivateUser sends somebody a new link who has not used the one they were sent.
func (o *Okta) reactivateUser(c *call) (any, error) {
	u, err := c.user()
	switch {
	case err != nil:
		return nil, err
	case u.Status != statusProvisioned && u.Status != statusRecovery:
		return nil, errStatus
	}
	u.Status, u.Changed, u.Updated = statusProvisioned, c.at(), c.at()
	o.users.Put(c.Tx, u)
	c.logged("user.lifecycle.reactivate", "SUCCESS", u.target())
	return c.activation(u, c.mailed(false)), nil
}

// activation mails somebody a link to activate their account, or answers with it.
func (c *call) activation(u User, mail bool) any {
	t := c.oneTime("activation", u, 7*24*time.Hour)
	url := c.link("/tokens/" + t.Token + "/verify")
	if mail {
		c.email("UserActivation", u, text(u.Profile["email"]), map[string]string{"activationLink": url, "activationToken": t.Token})
		return done
	}
	return obj{"activationUrl": url, "activationToken": t.Token}
}

// message sends somebody a text message with a code, or calls them to say it.
func (c *call) message(u User, channel, to, code string) {
	c.o.messages.Put(c.Tx, Message{ID: fmt.Sprintf("%013d", c.order()), User: u.ID, Channel: channel, To: to, Code: code, Sent: c.Now.UnixMilli()})
}

// oneTime makes a token that is good once, in the place of those before it.
func (c *call) oneTime(use string, u User, life time.Duration) OneTimeToken {
	for t := range c.o.oneTimeTokens.All(c.Tx, "") {
		if t.User == u.ID && t.Use == use {
			c.o.oneTimeTokens.Delete(c.Tx, t.Token)
		}
	}
	t := OneTimeToken{Token: c.Rand(20, idAlphabet), Use: use, User: u.ID, Expires: c.Now.Add(life).UnixMilli()}
	c.o.oneTimeTokens.Put(c.Tx, t)
	return t
}

// deactivateUser takes somebody out of service.
func (o *Okta) deactivateUser(c *call) (any, error) {
	u, err := c.user()
	if err != nil {
		return nil, err
	}
	if u.Status != statusDeprovisioned {
		c.deactivateWhenAsked(u)
	}
	return done, nil
}

// Timers of what Okta does with people when it has the time.
const (
	afterDeactivation = "user_deactivation"
	afterDeletion     = "user_deletion"
	backgroundTakes   = time.Second
)

// deactivationEmail tells an administrator that somebody was deactivated. Nobody can change its words.
var deactivationEmail = emailTemplate{name: "UserDeactivated", subject: "${deactivated.login} was deactivated", line: "The account of ${deactivated.login} was deactivated."}

// respondsAsync reports whether the caller does not want to wait for the operation to be over.
func (c *call) respondsAsync() bool {
	return strings.EqualFold(c.r.Echo.Request().Header.Get("Prefer"), "respond-async")
}

// deactivateWhenAsked deactivates somebody, at once or in the background, and tells the administrator by mail who asks for that.
func (c *call) deactivateWhenAsked(u User) {
	if b, err := c.fetch(brandKind, "", seedID("bnd", "default")); err == nil && c.mailed(false) && c.who.user.ID != "" {
		c.mail(brandedTemplate{emailTemplate: deactivationEmail, brand: b}, c.who.user, []string{text(c.who.user.Profile["email"])}, "", map[string]string{"deactivated.login": u.login()})
	}
	if !c.respondsAsync() {
		c.deactivate(u)
		return
	}
	u.Transitioning, u.Updated = statusDeprovisioned, c.at()
	c.o.users.Put(c.Tx, u)
	c.At(c.Now.Add(backgroundTakes), "okta", afterDeactivation, u.ID)
}

func (c *call) deactivate(u User) {
	u.Transitioning = ""
	u.Status, u.Changed, u.Updated, u.Activated = statusDeprovisioned, c.at(), c.at(), 0
	u.Password, u.Question, u.Answer, u.PasswordChanged, u.Temporary = "", "", "", 0, false
	c.o.users.Put(c.Tx, u)
	c.signOut(u)
	c.takeApps(u)
	for f := range c.o.factors.All(c.Tx, u.ID+"/") {
		c.o.factors.Delete(c.Tx, f.User+"/"+f.ID)
	}
	for a := range c.o.assignments.All(c.Tx, u.ID+"/") {
		c.o.assignments.Delete(c.Tx, a.Assignee+"/"+a.ID)
	}
	for t := range c.o.tokens.All(c.Tx, "") {
		if t.User == u.ID {
			c.o.tokens.Delete(c.Tx, t.ID)
		}
	}
	c.logged("user.lifecycle.deactivate", "SUCCESS", u.target())
}

// suspendUser keeps somebody out, who stays where they are.
func (o *Okta) suspendUser(c *call) (any, error) {
	return c.turnUser("user.lifecycle.suspend", errSuspendNotActive, statusSuspended, statusActive)
}

func (o *Okta) unsuspendUser(c *call) (any, error) {
	return c.turnUser("user.lifecycle.unsuspend", errUnsuspendNotSo, statusActive, statusSuspended)
}

// unlockUser lets somebody try again who has failed too often.
func (o *Okta) unlockUser(c *call) (any, error) {
	return c.turnUser("user.account.unlock_by_admin", errUnlock, statusActive, statusLocked)
}

// turnUser brings the person that the path names from one of some statuses into another.
func (c *call) turnUser(event string, otherwise error, to string, from ...string) (any, error) {
	u, err := c.user()
	switch {
	case err != nil:
		return nil, err
	case u.Transitioning != "":
		return nil, errStatus
	case !slices.Contains(from, u.Status):
		return nil, otherwise
	}
	u.Status, u.Changed, u.Updated, u.Failures, u.Blocked = to, c.at(), c.at(), 0, false
	c.o.users.Put(c.Tx, u)
	if to == statusSuspended {
		c.signOut(u)
	}
	c.logged(event, "SUCCESS", u.target())
	return done, nil
}

// resetFactors takes from somebody all that they prove themselves with beside the password.
func (o *Okta) resetFactors(c *call) (any, error) {
	u, err := c.user()
	switch {
	case err != nil:
		return nil, err
	case u.Status == statusDeprovisioned:
		return nil, errStatus
	}
	for f := range o.factors.All(c.Tx, u.ID+"/") {
		o.factors.Delete(c.Tx, f.User+"/"+f.ID)
	}
	c.logged("user.mfa.factor.reset_all", "SUCCESS", u.target())
	return done, nil
}
