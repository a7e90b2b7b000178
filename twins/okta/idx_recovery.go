package okta

import (
	"slices"
	"strings"
	"time"
)

// recoverPassword begins for whoever has forgotten their password; who they are is asked for first.
func (x *idxCall) recoverPassword() error {
	if err := x.in(idxIdentify, authRequired, authChallenge); err != nil {
		return err
	}
	if x.t.User == "" {
		x.t.Status = idxIdentifyLost
		return nil
	}
	return x.beginRecovery("PASSWORD")
}

// unlockAccount begins for whoever is locked out.
func (x *idxCall) unlockAccount() error {
	if err := x.in(idxIdentify); err != nil {
		return err
	}
	if !x.selfService("selfServiceUnlock") {
		return idxNoUnlock
	}
	x.t.Status, x.t.RecoveryType = idxUnlock, "UNLOCK"
	return nil
}

// selfService reports whether the password policy lets somebody help themselves, or anybody as long as nobody is known.
func (x *idxCall) selfService(action string) bool {
	_, r, _ := x.governing("", "PASSWORD", x.situationOf(x.u, text(x.address1())))
	return dig(r.Doc, "actions", action, "access") == "ALLOW"
}

// beginRecovery lets somebody choose how they prove that the account is theirs.
func (x *idxCall) beginRecovery(kind string) error {
	action, refused := "selfServicePasswordReset", idxNoReset
	if kind == "UNLOCK" {
		action, refused = "selfServiceUnlock", idxNoUnlock
	}
	able := slices.Contains([]string{statusActive, statusExpired, statusRecovery, statusLocked}, x.u.Status) && x.u.Provider == nil
	if x.t.RecoveryType = kind; !able || !x.selfService(action) || len(x.provable()) == 0 {
		return refused
	}
	x.t.Proven, x.t.AMR = nil, nil
	return x.nextProof()
}

// recoverable are the ways in which the password policy lets somebody prove that an account is theirs.
func (x *idxCall) recoverable() (out []enrolled) {
	_, r, _ := x.governing("", "PASSWORD", x.situationOf(x.u, text(x.address1())))
	methods := texts(dig(r.Doc, "actions", "selfServicePasswordReset", "requirement", "primary", "methods"))
	if len(methods) == 0 {
		methods = []string{"email"}
	}
	if mail := text(x.u.Profile["email"]); mail != "" && slices.Contains(methods, "email") {
		out = append(out, enrolled{id: "eae" + x.u.ID[3:], key: keyEmail, name: "Email", kind: "email", methods: []string{"email"}, profile: obj{"email": mail}})
	}
	for _, e := range x.enrollments() {
		if e.key == keyPhone && slices.ContainsFunc(e.methods, func(m string) bool { return slices.Contains(methods, m) }) {
			out = append(out, e)
		}
	}
	return out
}

// sendRecovery sends the code that shows that an account is somebody's.
func (x *idxCall) sendRecovery(e enrolled, method string) error {
	x.t.Status, x.t.Factor, x.t.RecoveryToken = authChallenge, e.id, x.Rand(6, "0123456789")
	if e.key == keyPhone {
		x.message(x.u, map[string]string{"sms": "sms", "voice": "call"}[method], text(e.profile["phoneNumber"]), x.t.RecoveryToken)
		return nil
	}
	url := x.link("/reset_password/" + x.oneTime("recovery", x.u, time.Hour).Token)
	x.email(map[string]string{"PASSWORD": "ForgotPassword", "UNLOCK": "SelfServiceUnlock"}[x.t.RecoveryType], x.u, text(e.profile["email"]),
		map[string]string{"oneTimePassword": x.t.RecoveryToken, "resetPasswordLink": url, "unlockAccountLink": url})
	return nil
}

// answerRecovery takes that code and, where the policy wants it too, the answer to the security question.
func (x *idxCall) answerRecovery(passcode, answer string) error {
	if x.t.Factor == keyQuestion {
		if !matches(x.u.Answer, strings.ToLower(answer)) {
			return idxAnswerWrong.at("answer")
		}
		x.t.Status, x.t.Factor = authPasswordReset, keyPassword
		return nil
	}
	if x.t.RecoveryToken == "" || passcode != x.t.RecoveryToken {
		return idxCode.at("passcode")
	}
	x.t.RecoveryToken, x.t.Proven = "", []string{keyEmail}
	if x.t.RecoveryType == "UNLOCK" {
		if x.u.Status == statusLocked {
			x.unlock(&x.u)
		}
		x.t.Status = idxEnded
		return idxUnlocked
	}
	_, r, _ := x.governing("", "PASSWORD", x.situationOf(x.u, text(x.address1())))
	if truth(dig(r.Doc, "actions", "selfServicePasswordReset", "requirement", "stepUp", "required")) && x.u.Question != "" {
		x.t.Factor = keyQuestion
		return nil
	}
	x.t.Status, x.t.Factor = authPasswordReset, keyPassword
	return nil
}

// newPassword takes the password that somebody chooses who had none, or none that is good.
func (x *idxCall) newPassword(password string) error {
	was, u := x.t.Status, x.u
	if err := x.choosePassword(&u, password); err != nil {
		return &remark{status: 400, message: strings.Join(err.(*refusal).causes, " "), key: "password.passwordRequirementsNotMet", field: "passcode"}
	}
	if truth(dig(x.body, "credentials", "revokeSessions")) {
		for s := range x.o.sessionsOf.All(x.Tx, u.ID) {
			x.o.sessions.Delete(x.Tx, s.ID)
		}
	}
	x.u, x.t.RecoveryType, x.t.Factor = u, "", ""
	if was == authEnrollActivate {
		return x.enrolledIn(keyPassword, "pwd")
	}
	x.t.Proven = slices.DeleteFunc(slices.Clone(x.t.Proven), func(key string) bool { return key == keyPassword })
	x.t.AMR = slices.DeleteFunc(slices.Clone(x.t.AMR), func(amr string) bool { return amr == "pwd" })
	return x.passed(keyPassword, "pwd")
}
