package okta

import (
	"slices"
	"strconv"
	"strings"
)

// An enrolled authenticator is what somebody has set up of one: a factor for each of its methods.
type enrolled struct {
	id, key, name, kind string
	methods             []string
	factors             []Factor // as the methods
	profile             obj
}

// methodOf is what the Identity Engine calls the method that a factor is.
func methodOf(f Factor) string {
	switch {
	case f.Type == "question":
		return keyQuestion
	case f.Type == "call":
		return "voice"
	case f.Type == "token:software:totp" && f.Provider == "OKTA":
		return "totp"
	case f.Type == "token:software:totp", f.Type == "token:hardware":
		return "otp"
	}
	return f.Type
}

// amrOf is how a token says that somebody has proven a factor.
//
// https://developer.okta.com/docs/api/openapi/okta-oauth/guides/overview/#reserved-claims
func amrOf(f Factor) string {
	switch f.Type {
	case "question":
		return "kba"
	case "sms", "email":
		return "sms"
	case "call":
		return "tel"
	case "push", "signed_nonce", "u2f", "webauthn":
		return "swk"
	}
	return "otp"
}

// authenticatorID is the id of the org's authenticator of a key.
func (x *idxCall) authenticatorID(key string) string {
	for _, r := range x.authenticators() {
		if r.Doc["key"] == key {
			return r.ID
		}
	}
	return seedID("aut", key)
}

// enrollments are what somebody can prove themselves with: the password, and each authenticator that they have set up.
func (x *idxCall) enrollments() (out []enrolled) {
	if x.u.Password != "" {
		out = append(out, enrolled{id: "laps" + x.u.ID[4:], key: keyPassword, name: "Password", kind: "password", methods: []string{"password"}})
	}
	for _, f := range x.factorsOf(x.u) {
		if f.Status != factorActive {
			continue
		}
		a := f.authenticator()
		i := slices.IndexFunc(out, func(e enrolled) bool {
			return e.key == a[0] && e.key != "webauthn" && e.profile["phoneNumber"] == f.Profile["phoneNumber"]
		})
		if i < 0 {
			out = append(out, enrolled{id: f.ID, key: a[0], kind: a[1], name: a[2], profile: f.Profile})
			i = len(out) - 1
		}
		out[i].methods, out[i].factors = append(out[i].methods, methodOf(f)), append(out[i].factors, f)
	}
	return out
}

// provable are those with which somebody can prove themselves now.
func (x *idxCall) provable() []enrolled {
	if x.t.RecoveryType != "" {
		return x.recoverable()
	}
	return slices.DeleteFunc(x.enrollments(), func(e enrolled) bool {
		return slices.Contains(x.t.Proven, e.key) || len(x.t.Proven) == 0 && e.key != keyPassword && x.passwordFirst()
	})
}

// state is how the transaction stands, and how it can go on.
func (x *idxCall) state(said *remark) obj {
	v := obj{"version": "1.0.0"}
	if said != nil && said.field == "" {
		v["messages"] = obj{"type": "array", "value": []any{said.view()}}
	}
	if x.t.Token == "" {
		return v
	}
	v["stateHandle"], v["expiresAt"], v["intent"] = x.World.Seal(x.t.Token), stamp(x.t.Expires), "LOGIN"
	v["app"] = typed("object", obj{"name": x.app.Name, "label": x.app.Label, "id": x.app.ID})
	v["authentication"] = typed("object", obj{"protocol": "OAUTH2.0", "issuer": obj{"id": x.server.id, "name": otherwise(x.server.record.Name, x.orgName()), "uri": x.server.issuer}, "request": x.request()})
	if x.t.Status == idxEnded {
		return v
	}
	v["cancel"] = x.form("cancel", "cancel")
	if x.u.ID != "" {
		v["user"] = typed("object", obj{"id": x.u.ID, "identifier": x.u.login(), "profile": obj{"firstName": x.u.Profile["firstName"], "lastName": x.u.Profile["lastName"],
			"timeZone": otherwise(text(x.u.Profile["timezone"]), "America/Los_Angeles"), "locale": otherwise(text(x.u.Profile["locale"]), "en_US")}})
	}
	if x.t.Status == authSuccess {
		if x.t.Code != "" {
			v["successWithInteractionCode"] = x.issues()
		}
		return v
	}
	var forms []any
	switch x.t.Status {
	case idxIdentify:
		forms = x.identifyForms(v)
	case idxIdentifyLost:
		forms = []any{x.form("identify-recovery", "identify", field("identifier", "Username"))}
	case idxUnlock:
		mail := enrolled{id: x.authenticatorID(keyEmail), key: keyEmail, name: "Email", kind: "email", methods: []string{"email"}}
		forms = []any{x.form("select-authenticator-unlock-account", "challenge", field("identifier", "Username"), x.choice([]enrolled{mail}, "authenticators", v))}
		v["authenticators"] = typed("array", []any{x.authenticator(keyEmail)})
	case authRequired:
		forms = []any{x.form("select-authenticator-authenticate", "challenge", x.choice(x.provable(), "authenticatorEnrollments", v))}
	case idxVerifyData:
		forms = x.verificationForms(v)
	case authChallenge:
		forms = x.challengeForms(v, said)
	case authPasswordExpired:
		forms = []any{with(x.form("reenroll-authenticator", "challenge/answer", x.credentials(said, secret("passcode", "New password"))), obj{"relatesTo": []any{"$.currentAuthenticator"}})}
		v["currentAuthenticator"] = typed("object", x.passwordAuthenticator())
	case authPasswordReset:
		forms = []any{with(x.form("reset-authenticator", "challenge/answer", x.credentials(said, secret("passcode", "New password"), obj{"name": "revokeSessions", "type": "boolean", "label": "Sign me out of all other devices"})), obj{"relatesTo": []any{"$.currentAuthenticator"}})}
		v["currentAuthenticator"] = typed("object", x.passwordAuthenticator())
	case authEnroll, authEnrollActivate, idxEnrollData:
		forms = x.enrollForms(v, said)
	case idxProfile:
		forms = []any{x.form("enroll-profile", "enroll/new", x.profileField(said)), x.form("select-identify", "identify/select")}
	case idxConsent:
		forms = []any{x.form("consent", "consent", obj{"name": "consent", "required": true, "type": "boolean"})}
	}
	v["remediation"] = typed("array", forms)
	return v
}

func typed(kind string, value any) obj { return obj{"type": kind, "value": value} }

func field(name, label string) obj { return obj{"name": name, "label": label} }

func secret(name, label string) obj { return obj{"name": name, "label": label, "secret": true} }

func fixed(name string, value any, required bool) obj {
	return obj{"name": name, "required": required, "value": value, "mutable": false}
}

func (r *remark) view() any {
	v := obj{"message": r.message, "class": otherwise(r.class, "ERROR")}
	if r.key != "" {
		v["i18n"] = obj{"key": r.key, "params": []any{}}
	}
	return v
}

// noted is a field with what is wrong with it.
func noted(f obj, said *remark) obj {
	if said != nil && said.field == text(f["name"]) {
		return with(f, obj{"messages": typed("array", []any{said.view()})})
	}
	return f
}

// form is a way to go on.
func (x *idxCall) form(name, path string, fields ...any) obj {
	fields = append(fields, obj{"name": "stateHandle", "required": true, "value": x.World.Seal(x.t.Token), "visible": false, "mutable": false})
	return obj{"rel": []any{"create-form"}, "name": name, "href": x.link("/idp/idx/" + path), "method": "POST", "produces": ionJSON, "value": fields, "accepts": "application/json; okta-version=1.0.0"}
}

func (x *idxCall) credentials(said *remark, fields ...obj) obj {
	form := make([]any, len(fields))
	for i, f := range fields {
		form[i] = noted(f, said)
	}
	return obj{"name": "credentials", "type": "object", "required": true, "form": obj{"value": form}}
}

// request is what the app asked with.
func (x *idxCall) request() obj {
	age, err := strconv.Atoi(x.params.Get("max_age"))
	if err != nil {
		age = -1
	}
	v := obj{"max_age": age, "response_mode": otherwise(x.params.Get("response_mode"), "query")}
	for _, k := range []string{"scope", "response_type", "redirect_uri", "state", "nonce", "code_challenge", "code_challenge_method"} {
		if s := x.params.Get(k); s != "" {
			v[k] = s
		}
	}
	return v
}

// issues is the form for which the app gets tokens.
func (x *idxCall) issues() obj {
	return obj{"rel": []any{"create-form"}, "name": "issue", "href": x.server.base + "/v1/token", "method": "POST", "accepts": "application/x-www-form-urlencoded", "value": []any{
		obj{"name": "grant_type", "required": true, "value": "interaction_code"}, obj{"name": "interaction_code", "required": true, "value": x.World.Seal(x.t.Code)},
		obj{"name": "client_id", "required": true, "value": x.t.Client}, obj{"name": "client_secret", "required": true}, obj{"name": "code_verifier", "required": true, "value": x.params.Get("code_challenge")}}}
}

// identifyForms are the ways in for somebody who is not known.
func (x *idxCall) identifyForms(v obj) []any {
	fields := []any{field("identifier", "Username")}
	if x.passwordFirst() {
		fields = append(fields, x.credentials(nil, secret("passcode", "Password")))
		v["currentAuthenticator"] = typed("object", with(x.authenticator(keyPassword), obj{"recover": x.form("recover", "recover")}))
	}
	forms := []any{x.form("identify", "identify", append(fields, obj{"name": "rememberMe", "type": "boolean", "label": "Remember this device"})...)}
	for _, r := range x.routed() {
		forms = append(forms, obj{"name": "redirect-idp", "type": r.Doc["type"], "idp": obj{"id": r.ID, "name": r.Name}, "method": "GET", "href": x.link("/sso/idps/" + r.ID + "?stateToken=" + x.World.Seal(x.t.Token))})
	}
	if x.signUp() {
		forms = append(forms, x.form("select-enroll-profile", "enroll"))
	}
	if x.selfService("selfServiceUnlock") {
		forms = append(forms, x.form("unlock-account", "unlock-account"))
	}
	return forms
}

// choice is the field in which somebody says which authenticator they use. What they choose from stands beside the forms.
func (x *idxCall) choice(from []enrolled, list string, v obj) obj {
	options, shown := []any{}, []any{}
	for i, e := range from {
		values := []any{fixed("id", x.authenticatorID(e.key), true), methodField(e.methods)}
		if e.key == keyPhone || e.key == "webauthn" {
			values = append(values, fixed("enrollmentId", e.id, true))
		}
		options = append(options, obj{"label": e.name, "value": obj{"form": obj{"value": values}}, "relatesTo": "$." + list + ".value[" + strconv.Itoa(i) + "]"})
		shown = append(shown, x.enrollmentOf(e))
	}
	v[list] = typed("array", shown)
	return obj{"name": "authenticator", "type": "object", "options": options}
}

var methodLabels = map[string]string{"sms": "SMS", "voice": "Voice call", "totp": "Enter a code", "push": "Get a push notification", "signed_nonce": "Use Okta FastPass"}

func methodField(methods []string) obj {
	if len(methods) == 1 {
		return fixed("methodType", methods[0], false)
	}
	options := make([]any, len(methods))
	for i, m := range methods {
		options[i] = obj{"label": otherwise(methodLabels[m], m), "value": m}
	}
	return obj{"name": "methodType", "type": "string", "required": false, "options": options}
}

// authenticator is one of the org's.
func (x *idxCall) authenticator(key string) obj {
	sort := authenticatorSorts[key]
	methods := []any{}
	for method := range enrollments[key] {
		methods = append(methods, method)
	}
	slices.SortFunc(methods, func(a, b any) int { return strings.Compare(a.(string), b.(string)) })
	for i, m := range methods {
		methods[i] = obj{"type": m}
	}
	return obj{"type": sort.kind, "key": key, "id": x.authenticatorID(key), "displayName": sort.name, "methods": methods}
}

// enrollmentOf is what somebody has set up, with addresses made hard to read.
func (x *idxCall) enrollmentOf(e enrolled) obj {
	methods := []any{}
	for _, m := range e.methods {
		methods = append(methods, obj{"type": m})
	}
	v := obj{"type": e.kind, "key": e.key, "id": e.id, "displayName": e.name, "methods": methods}
	switch e.key {
	case keyEmail:
		v["profile"] = obj{"email": maskedEmail(text(e.profile["email"]))}
	case keyPhone:
		n := text(e.profile["phoneNumber"])
		v["profile"] = obj{"phoneNumber": n[:max(0, len(n)-10)] + " XXX-XXX-" + n[max(0, len(n)-4):]}
	}
	return v
}

// maskedEmail is an address of which the first and the last letter of the name are left.
func maskedEmail(s string) string {
	name, domain, _ := strings.Cut(s, "@")
	if len(name) < 2 {
		return "*@" + domain
	}
	return name[:1] + "***" + name[len(name)-1:] + "@" + domain
}

// passwordAuthenticator is the password with what one must be like.
func (x *idxCall) passwordAuthenticator() obj {
	p := x.passwordPolicy(x.u)
	return with(x.authenticator(keyPassword), obj{"settings": obj{"complexity": with(p.complexity(), obj{"excludeAttributes": anys(p.noAttributes)}), "age": obj{"minAgeMinutes": 0, "historyCount": p.history}}})
}

// verificationForms ask how somebody wants to be sent a code.
func (x *idxCall) verificationForms(v obj) []any {
	left := x.provable()
	i := slices.IndexFunc(left, func(e enrolled) bool { return e.id == x.t.Factor })
	if i < 0 {
		return nil
	}
	e := left[i]
	values := []any{fixed("id", x.authenticatorID(e.key), true), methodField(e.methods)}
	if e.key == keyPhone {
		values = append(values, fixed("enrollmentId", e.id, true))
	}
	v["currentAuthenticatorEnrollment"] = typed("object", x.enrollmentOf(e))
	verify := x.form("authenticator-verification-data", "challenge", obj{"name": "authenticator", "label": e.name, "form": obj{"value": values}})
	verify["relatesTo"] = []any{"$.currentAuthenticatorEnrollment"}
	return x.orAnother(verify, left, v)
}

// orAnother is a form with, if there is more than one, the choice of another authenticator.
func (x *idxCall) orAnother(form obj, left []enrolled, v obj) []any {
	choice := x.choice(left, "authenticatorEnrollments", v)
	if len(left) < 2 {
		return []any{form}
	}
	return []any{form, x.form("select-authenticator-authenticate", "challenge", choice)}
}

// challengeForms ask for the proof of the authenticator that somebody has chosen.
func (x *idxCall) challengeForms(v obj, said *remark) []any {
	left := x.provable()
	var e enrolled
	method, f := "", Factor{}
	for _, have := range left {
		if have.id == x.t.Factor || have.key == x.t.Factor {
			e, method = have, have.methods[0]
		}
		for i, hf := range have.factors {
			if hf.ID == x.t.Factor {
				e, method, f = have, have.methods[i], hf
			}
		}
	}
	if x.t.Factor == keyQuestion {
		e, method, f.Profile = enrolled{id: "qae" + x.u.ID[3:], key: keyQuestion, name: "Security Question", kind: keyQuestion, methods: []string{keyQuestion}}, keyQuestion, obj{"questionText": x.u.Question}
	}
	current := x.enrollmentOf(e)
	current["methods"] = []any{obj{"type": method}}
	credentials := x.credentials(said, field("passcode", "Enter code"))
	switch {
	case e.key == keyPassword:
		credentials = x.credentials(said, secret("passcode", "Password"))
		current["recover"] = x.form("recover", "recover")
	case e.key == keyQuestion:
		credentials = x.credentials(said, fixed("questionKey", otherwise(text(f.Profile["question"]), "custom"), true), secret("answer", "Answer"))
		current["contextualData"] = obj{"enrolledQuestion": obj{"questionKey": otherwise(text(f.Profile["question"]), "custom"), "question": f.Profile["questionText"]}}
	case method == "push":
		poll := with(x.form("challenge-poll", "challenge/poll"), obj{"refresh": 4000, "relatesTo": []any{"$.currentAuthenticatorEnrollment"}})
		v["currentAuthenticatorEnrollment"] = typed("object", current)
		return x.orAnother(poll, left, v)
	case method == "totp":
		credentials = x.credentials(said, field("totp", "Enter code"))
	case e.key == keyEmail || e.key == keyPhone:
		current["resend"] = x.form("resend", "challenge/resend")
		if e.key == keyEmail {
			current["poll"] = with(x.form("poll", "challenge/poll"), obj{"refresh": 4000})
		}
	}
	v["currentAuthenticatorEnrollment"] = typed("object", current)
	return x.orAnother(with(x.form("challenge-authenticator", "challenge/answer", credentials), obj{"relatesTo": []any{"$.currentAuthenticatorEnrollment"}}), left, v)
}

// profileField asks what the app's policy wants to know of somebody who registers.
func (x *idxCall) profileField(said *remark) obj {
	form := []any{}
	s := x.schema(defaultType)
	for _, a := range list(x.profilePolicy()["profileAttributes"]) {
		name := text(object(a)["name"])
		form = append(form, noted(obj{"name": name, "label": otherwise(text(object(a)["label"]), text(s.property(name)["title"])), "required": truth(object(a)["required"])}, said))
	}
	return obj{"name": "userProfile", "type": "object", "required": true, "form": obj{"value": form}}
}

// enrollForms offer what can be set up, and ask for the proof of what somebody sets up.
func (x *idxCall) enrollForms(v obj, said *remark) []any {
	options, all := []any{}, []any{}
	for i, key := range x.offered() {
		a := x.authenticator(key)
		methods := []string{}
		for _, m := range list(a["methods"]) {
			methods = append(methods, text(object(m)["type"]))
		}
		values := []any{fixed("id", a["id"], true), methodField(methods)}
		switch key {
		case keyPhone:
			values = append(values, obj{"name": "phoneNumber", "required": false, "type": "string"})
		case "okta_verify":
			values = append(values, obj{"name": "channel", "type": "string", "required": false, "options": []any{obj{"label": "QRCODE", "value": "qrcode"}}})
		}
		options = append(options, obj{"label": a["displayName"], "value": obj{"form": obj{"value": values}}, "relatesTo": "$.authenticators.value[" + strconv.Itoa(i) + "]"})
		all = append(all, a)
	}
	v["authenticators"] = typed("array", all)
	shown := []any{}
	for _, e := range x.enrollments() {
		shown = append(shown, x.enrollmentOf(e))
	}
	v["authenticatorEnrollments"] = typed("array", shown)
	forms := []any{x.form("select-authenticator-enroll", "credential/enroll", obj{"name": "authenticator", "type": "object", "options": options})}
	switch {
	case x.t.Status == idxEnrollData:
		a := x.authenticator(x.t.Factor)
		v["currentAuthenticator"] = typed("object", a)
		data := x.form("authenticator-enrollment-data", "credential/enroll", obj{"name": "authenticator", "label": a["displayName"], "form": obj{"value": []any{fixed("id", a["id"], true),
			methodField([]string{"sms", "voice"}), obj{"name": "phoneNumber", "required": true, "type": "string", "label": "Phone number"}}}})
		data["relatesTo"] = []any{"$.currentAuthenticator"}
		return append([]any{data}, forms...)
	case x.t.Status == authEnrollActivate:
		return append([]any{x.activateForm(v, said)}, forms...)
	case x.skippable():
		forms = append(forms, x.form("skip", "skip"))
	}
	return forms
}

// activateForm asks for the proof that what is being set up works.
func (x *idxCall) activateForm(v obj, said *remark) obj {
	f, _ := x.o.factors.Get(x.Tx, x.u.ID+"/"+x.t.Factor)
	key := otherwise(f.authenticator()[0], x.t.Factor)
	current, credentials := x.authenticator(key), x.credentials(said, field("passcode", "Enter code"))
	switch key {
	case keyPassword:
		current, credentials = x.passwordAuthenticator(), x.credentials(said, secret("passcode", "Enter password"))
	case keyQuestion:
		questions, keys, options := []any{}, []any{}, []any{}
		for _, q := range securityQuestions {
			questions = append(questions, obj{"questionKey": q[0], "question": q[1]})
			keys = append(keys, q[0])
			options = append(options, obj{"label": q[1], "value": q[0]})
		}
		current["contextualData"] = obj{"questions": questions, "questionKeys": keys}
		credentials = x.credentials(said, obj{"name": "questionKey", "type": "string", "label": "Choose a security question", "required": true, "options": options}, secret("answer", "Answer"))
	case "google_otp":
		current["contextualData"] = obj{"qrcode": obj{"method": "embedded", "href": x.link("/api/v1/users/" + x.u.ID + "/factors/" + f.ID + "/qr/" + f.Secret), "type": "image/png"}, "sharedSecret": f.Secret}
	case "okta_verify":
		current["contextualData"] = obj{"selectedChannel": "qrcode", "qrcode": obj{"method": "embedded", "href": x.link("/api/v1/users/" + x.u.ID + "/factors/" + f.ID + "/qr/" + f.Secret), "type": "image/png"}}
		v["currentAuthenticator"] = typed("object", current)
		return with(x.form("enroll-poll", "challenge/poll"), obj{"refresh": 4000, "relatesTo": []any{"$.currentAuthenticator"}})
	case keyEmail, keyPhone:
		current["resend"] = x.form("resend", "challenge/resend")
	case "webauthn":
		current["contextualData"] = obj{"activationData": dig(x.factorBegun(f), "_embedded", "activation")}
		credentials = x.credentials(said, field("clientData", "Client Data"), field("attestation", "Attestation"))
	}
	v["currentAuthenticator"] = typed("object", current)
	return with(x.form("enroll-authenticator", "challenge/answer", credentials), obj{"relatesTo": []any{"$.currentAuthenticator"}})
}
