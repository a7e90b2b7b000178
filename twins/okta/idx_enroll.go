package okta

import (
	"slices"
	"strings"
)

// profilePolicy is what the app's policy says of people who are not known.
func (x *idxCall) profilePolicy() obj {
	p, err := x.fetch(policyKind, "", x.app.Enrollment)
	if err != nil || p.Status != "ACTIVE" {
		return nil
	}
	r, _ := x.governingRule(p, x.situationOf(User{}, text(x.address1())))
	return object(dig(r.Doc, "actions", "profileEnrollment"))
}

// signUp reports whether anybody may register for the app.
func (x *idxCall) signUp() bool {
	p := x.profilePolicy()
	return p["access"] == "ALLOW" && p["unknownUserAction"] == "REGISTER"
}

// enrollProfile begins for somebody who wants to register.
func (x *idxCall) enrollProfile() error {
	if err := x.in(idxIdentify, idxProfile); err != nil {
		return err
	}
	if !x.signUp() {
		return idxNoSignUp
	}
	x.t.Status = idxProfile
	return nil
}

// register makes a person of what somebody says of themselves. They are active once they have set up what they must have.
func (x *idxCall) register() error {
	if err := x.in(idxProfile); err != nil {
		return err
	}
	policy := x.profilePolicy()
	sent, profile := object(x.body["userProfile"]), obj{}
	for _, a := range list(policy["profileAttributes"]) {
		name := text(object(a)["name"])
		switch v := sent[name]; {
		case v != nil && v != "":
			profile[name] = v
		case truth(object(a)["required"]):
			return idxBlank.at(name)
		}
	}
	fill(profile, obj{"login": profile["email"]})
	if err := x.preregister(policy, profile); err != nil {
		return err
	}
	u := x.newUser()
	if err := x.profile(&u, profile, true); err != nil {
		return profileRefused(x.schema(u.Type), err)
	}
	var groups []Group
	for _, id := range texts(policy["targetGroupIds"]) {
		if g, ok := x.o.groups.Get(x.Tx, id); ok {
			groups = append(groups, g)
		}
	}
	x.arrive(&u, groups)
	x.begin(u)
	x.t.Required, x.t.Optional = x.enrollable()
	if truth(dig(policy, "activationRequirements", "emailVerification")) && !slices.Contains(x.t.Required, keyEmail) {
		x.t.Required = append([]string{keyEmail}, x.t.Required...)
	}
	x.t.Status, x.t.Factor, x.t.New = authEnroll, "", true
	return nil
}

// preregister lets an inline hook change what somebody says of themselves, or turn them away.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/InlineHook/#tag/InlineHook/operation/create-registration-hook
func (x *idxCall) preregister(policy, profile obj) error {
	for _, h := range list(policy["preRegistrationInlineHooks"]) {
		r, err := x.fetch(inlineHookKind, "", text(object(h)["inlineHookId"]))
		if err != nil || r.Status != "ACTIVE" {
			continue
		}
		said, why, err := x.hear(r, obj{"requestType": "self.service.registration", "data": obj{"context": obj{"request": x.hookRequest()}, "userProfile": profile, "action": "ALLOW"}})
		switch {
		case err != nil:
			return err
		case why != nil:
			return idxNoRegistration
		}
		denied := said["error"] != nil
		for _, command := range list(said["commands"]) {
			switch value := object(object(command)["value"]); object(command)["type"] {
			case "com.okta.user.profile.update":
				for k, v := range value {
					profile[k] = v
				}
			case "com.okta.action.update":
				denied = value["registration"] == "DENY"
			}
		}
		if denied {
			return deniedByHook(object(said["error"]))
		}
	}
	return nil
}

// deniedByHook is a hook's no in its own words, at the field that it names.
func deniedByHook(said obj) *remark {
	no := *idxNoRegistration
	if s := text(said["errorSummary"]); s != "" {
		no.message = s
	}
	for _, cause := range list(said["errorCauses"]) {
		no.message = otherwise(text(object(cause)["errorSummary"]), no.message)
		no.field = strings.TrimPrefix(text(object(cause)["location"]), "data.userProfile.")
		break
	}
	return &no
}

// profileRefused is why somebody cannot be registered, at the field that is wrong.
func profileRefused(s Schema, err error) error {
	refused, ok := err.(*refusal)
	if !ok || len(refused.causes) == 0 {
		return err
	}
	field, why, _ := strings.Cut(refused.causes[0], ": ")
	title := otherwise(text(s.property(field)["title"]), field)
	switch {
	case strings.Contains(why, "already exists"):
		if field == "login" {
			field, title = "email", "Email"
		}
		return &remark{status: 400, message: "A user with this " + title + " already exists", key: "registration.error.notUniqueWithinOrg", field: field}
	case strings.Contains(why, "email address"):
		return &remark{status: 400, message: "'" + title + "' must be in the form of an email address", key: "registration.error.invalidLoginEmail", field: field}
	}
	return &remark{status: 400, message: "Provided value for property '" + title + "' does not match required pattern", key: "registration.error.doesNotMatchPattern", field: field}
}

// enrollable are the authenticators that the enrollment policy wants somebody to have who has not, and those that they may have.
func (x *idxCall) enrollable() (required, optional []string) {
	p, _, _ := x.governing("", "MFA_ENROLL", x.situationOf(x.u, text(x.address1())))
	for _, a := range list(dig(p.Doc, "settings", "authenticators")) {
		key := text(object(a)["key"])
		active := slices.ContainsFunc(x.authenticators(), func(r Record) bool { return r.Doc["key"] == key && r.Status == "ACTIVE" })
		if _, known := enrollments[key]; !known || !active || slices.ContainsFunc(x.enrollments(), func(e enrolled) bool { return e.key == key }) {
			continue
		}
		switch dig(a, "enroll", "self") {
		case "REQUIRED":
			required = append(required, key)
		case "OPTIONAL":
			optional = append(optional, key)
		}
	}
	return required, optional
}

// enrollments are the factors that setting up an authenticator makes: for each method, the type and the provider.
var enrollments = map[string]map[string][2]string{
	keyPassword: {"password": {}}, keyEmail: {"email": {"email", "OKTA"}}, keyPhone: {"sms": {"sms", "OKTA"}, "voice": {"call", "OKTA"}}, keyQuestion: {"security_question": {"question", "OKTA"}},
	"google_otp": {"otp": {"token:software:totp", "GOOGLE"}}, "okta_verify": {"push": {"push", "OKTA"}}, "webauthn": {"webauthn": {"webauthn", "FIDO"}},
}

// offered are the authenticators that can be set up now.
func (x *idxCall) offered() []string {
	if len(x.t.Required) > 0 {
		return x.t.Required
	}
	return x.t.Optional
}

// skippable reports whether what is offered may be left out.
func (x *idxCall) skippable() bool { return len(x.t.Required) == 0 }

// enrollCredential begins to set up an authenticator.
func (x *idxCall) enrollCredential() error {
	if err := x.in(authEnroll, authEnrollActivate, idxEnrollData); err != nil {
		return err
	}
	sent := object(x.body["authenticator"])
	i := slices.IndexFunc(x.offered(), func(key string) bool { return x.authenticatorID(key) == text(sent["id"]) })
	if i < 0 {
		return idxNoSuchChoice
	}
	key, method, phone := x.offered()[i], text(sent["methodType"]), text(sent["phoneNumber"])
	if key == keyPassword || key == keyQuestion {
		x.t.Status, x.t.Factor = authEnrollActivate, key
		return nil
	}
	if key == keyPhone && (phone == "" || method == "") {
		x.t.Status, x.t.Factor = idxEnrollData, key
		return nil
	}
	kind, ok := enrollments[key][method]
	for _, only := range enrollments[key] {
		if !ok {
			kind = only
		}
	}
	profile := obj{}
	if phone != "" {
		profile["phoneNumber"] = phone
	}
	return x.enrollFactor(obj{"factorType": kind[0], "provider": kind[1], "profile": profile})
}

// enrollFactor begins to set up a factor, and goes on if that is all there is to it.
func (x *idxCall) enrollFactor(sent obj) error {
	f, err := x.enroll(x.u, sent)
	if refused, ok := err.(*refusal); ok {
		return &remark{status: 400, message: append(refused.causes, refused.summary)[0], key: "errors." + refused.code}
	} else if err != nil {
		return err
	}
	x.t.Status, x.t.Factor = authEnrollActivate, f.ID
	if f.Status == factorActive {
		return x.enrolledIn(f.authenticator()[0], amrOf(f))
	}
	return nil
}

// activated takes the proof that what is being set up works.
func (x *idxCall) activated(proof obj) error {
	if x.t.Factor == keyQuestion {
		return x.enrollFactor(obj{"factorType": "question", "provider": "OKTA", "profile": obj{"question": text(proof["questionKey"]), "answer": text(proof["answer"])}})
	}
	f, ok := x.o.factors.Get(x.Tx, x.u.ID+"/"+x.t.Factor)
	if !ok {
		return idxNotNow
	}
	if err := x.activates(x.u, &f, proof); err != nil {
		return idxRefused(f, err)
	}
	if f.Status != factorActive {
		return nil
	}
	return x.enrolledIn(f.authenticator()[0], amrOf(f))
}

// enrolledIn goes on when an authenticator is set up: with the next that somebody must have, or may have.
func (x *idxCall) enrolledIn(key, amr string) error {
	done := func(keys []string) []string {
		return slices.DeleteFunc(slices.Clone(keys), func(k string) bool { return k == key })
	}
	must := len(x.t.Required) > 0
	x.t.Required, x.t.Optional, x.t.Factor = done(x.t.Required), done(x.t.Optional), ""
	if !x.t.New {
		x.t.Required = nil // the policy wants one more proof, and there it is
		return x.passed(key, amr)
	}
	x.t.Proven, x.t.AMR = append(slices.Clone(x.t.Proven), key), append(slices.Clone(x.t.AMR), amr)
	if must && len(x.t.Required) == 0 {
		x.u, _ = x.o.users.Get(x.Tx, x.u.ID)
		x.u.activate(x.call)
		x.o.users.Put(x.Tx, x.u)
		x.logged("user.lifecycle.activate", "SUCCESS", x.u.target())
	}
	if len(x.offered()) > 0 {
		x.t.Status = authEnroll
		return nil
	}
	x.t.Status = authSuccess
	return nil
}
