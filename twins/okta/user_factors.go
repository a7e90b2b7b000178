package okta

import (
	"slices"
	"strings"

	"twinset.dev/kit/twin"
)

// userFactorsOperations are what people prove themselves with beside the password.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/UserFactor/
func (o *Okta) userFactorsOperations() {
	o.on(twin.Full, "listFactors", o.listFactors)
	o.on(twin.Full, "enrollFactor", o.enrollFactor)
	o.on(twin.Full, "getFactor", o.getFactor)
	o.on(twin.Full, "unenrollFactor", o.unenrollFactor)
	o.on(twin.Full, "listSupportedFactors", o.listSupportedFactors)
	o.on(twin.Full, "listSupportedSecurityQuestions", o.listSupportedSecurityQuestions)
	o.on(twin.Full, "activateFactor", o.activateFactor)
	o.on(twin.Full, "resendEnrollFactor", o.resendEnrollFactor)
	o.on(twin.Full, "verifyFactor", o.verifyFactor).noted("security keys are believed: the signature of an assertion is not checked; so are the codes of RSA and Symantec tokens")
	o.on(twin.Full, "getFactorTransactionStatus", o.getFactorTransactionStatus)
	o.beyond(twin.Full, "updateFactor", "PUT", "/api/v1/users/{userId}/factors/{factorId}", o.updateFactor).needs("okta.users")
}

// A factorType is a sort of factor that the org has.
type factorType struct {
	kind, provider, vendor string
	prefix                 string // of ids
}

var factorTypes = []factorType{
	{"token:software:totp", "GOOGLE", "GOOGLE", "ufg"},
	{"push", "OKTA", "OKTA", "opf"},
	{"token:software:totp", "OKTA", "OKTA", "ost"},
	{"signed_nonce", "OKTA", "OKTA", "sno"},
	{"webauthn", "FIDO", "FIDO", "fwf"},
	{"u2f", "FIDO", "FIDO", "fuf"},
	{"sms", "OKTA", "OKTA", "mbl"},
	{"call", "OKTA", "OKTA", "clf"},
	{"email", "OKTA", "OKTA", "emf"},
	{"question", "OKTA", "OKTA", "ufs"},
	{"token:hardware", "YUBICO", "YUBICO", "ykf"},
}

// boughtFactors are those that people can be given, but are not offered.
var boughtFactors = []factorType{
	{"token:hotp", "CUSTOM", "CUSTOM", "chf"},
	{"token", "RSA", "RSA", "rsf"},
	{"token", "SYMANTEC", "SYMANTEC", "syf"},
}

const (
	factorPending = "PENDING_ACTIVATION"
	factorActive  = "ACTIVE"
)

// securityQuestions are those that people can choose from.
var securityQuestions = [][2]string{
	{"disliked_food", "What is the food you least liked as a child?"},
	{"name_of_first_plush_toy", "What is the name of your first stuffed animal?"},
	{"first_award", "What did you earn your first medal or award for?"},
	{"favorite_security_question", "What is your favorite security question?"},
	{"favorite_toy", "What is the toy/stuffed animal you liked the most as a kid?"},
	{"first_computer_game", "What was the first computer game you played?"},
	{"favorite_movie_quote", "What is your favorite movie quote?"},
	{"first_sports_team_mascot", "What was the mascot of the first sports team you played on?"},
	{"first_music_purchase", "What music album or song did you first purchase?"},
	{"favorite_art_piece", "What is your favorite piece of art?"},
	{"grandmother_favorite_desert", "What was your grandmother's favorite dessert?"},
	{"first_thing_cooked", "What was the first thing you learned to cook?"},
	{"childhood_dream_job", "What was your dream job as a child?"},
	{"place_where_significant_other_was_met", "Where did you meet your spouse/significant other?"},
	{"favorite_vacation_location", "Where did you go for your favorite vacation?"},
	{"new_years_two_thousand", "Where were you on New Year's Eve in the year 2000?"},
	{"favorite_speaker_actor", "Who is your favorite speaker/orator?"},
	{"favorite_book_movie_character", "Who is your favorite book/movie character?"},
	{"favorite_sports_player", "Who is your favorite sports player?"},
}

func (o *Okta) listFactors(c *call) (any, error) {
	u, err := c.user()
	if err != nil {
		return nil, err
	}
	views := []any{}
	for _, f := range c.factorsOf(u) {
		views = append(views, c.factor(f))
	}
	return views, nil
}

// factorsOf are somebody's factors, the oldest first.
func (c *call) factorsOf(u User) (found []Factor) {
	for f := range c.o.factors.All(c.Tx, u.ID+"/") {
		if f.Type != tacType {
			found = append(found, f)
		}
	}
	return inOrder(found, func(f Factor) int64 { return f.Order }, func(f Factor) string { return f.ID })
}

// enrollFactor begins what a person sets up. What needs no proof is active at once, or if the caller says so.
func (o *Okta) enrollFactor(c *call) (any, error) {
	u, err := c.user()
	switch {
	case err != nil:
		return nil, err
	case u.Status == statusDeprovisioned || u.Status == statusSuspended:
		return nil, errStatus
	}
	f, err := c.enroll(u, c.body)
	if err != nil {
		return nil, err
	}
	return c.factorBegun(f), nil
}

func (c *call) enroll(u User, sent obj) (Factor, error) {
	kind, provider := text(sent["factorType"]), text(sent["provider"])
	sorts := slices.Concat(factorTypes, boughtFactors)
	i := slices.IndexFunc(sorts, func(t factorType) bool { return t.kind == kind && t.provider == provider })
	switch {
	case sent == nil:
		return Factor{}, errMalformed
	case kind == "":
		return Factor{}, blank("factorType")
	case i < 0:
		return Factor{}, invalid("factorEnrollRequest", "Invalid factor type or provider.")
	}
	t := sorts[i]
	f := Factor{ID: c.id(t.prefix), User: u.ID, Type: kind, Provider: provider, Vendor: t.vendor, Status: factorPending, Order: c.order(), Created: c.at(), Updated: c.at(), Profile: object(clone(object(sent["profile"]))), Generator: text(sent["factorProfileId"])}
	if f.Profile == nil {
		f.Profile = obj{}
	}
	for _, other := range c.factorsOf(u) {
		if other.Type != kind || other.Provider != provider || kind == "webauthn" || kind == "u2f" {
			continue
		}
		switch {
		case other.Status == factorActive && (kind == "sms" || kind == "call") && c.query.Get("updatePhone") != "true" && other.Profile["phoneNumber"] != f.Profile["phoneNumber"]:
			return f, invalid("factorEnrollRequest", "There is an existing verified phone number.")
		case other.Status == factorActive && kind != "sms" && kind != "call":
			return f, invalid("factorEnrollRequest", "A factor of this type is already set up.")
		}
		c.o.factors.Delete(c.Tx, other.User+"/"+other.ID)
	}
	if err := c.prepare(u, &f, object(sent["credentials"])); err != nil {
		return f, err
	}
	if c.query.Get("activate") == "true" && kind != "push" && kind != "webauthn" && kind != "u2f" {
		f.Status = factorActive
	}
	c.o.factors.Put(c.Tx, f)
	if f.Status == factorActive {
		c.logged("user.mfa.factor.activate", "SUCCESS", u.target())
	}
	return f, nil
}

// prepare checks what a factor of each type needs, and sends or makes what it begins with.
func (c *call) prepare(u User, f *Factor, credentials obj) error {
	switch f.Type {
	case "question":
		if err := setSecurityQuestion(f); err != nil {
			return err
		}
		f.Status = factorActive
	case "sms", "call":
		phone := text(f.Profile["phoneNumber"])
		if phone == "" {
			return blank("phoneNumber")
		}
		if phone = phoneNumber(phone); phone == "" {
			return errPhone
		}
		f.Profile["phoneNumber"] = phone
		c.sendCode(u, f)
	case "email":
		if f.Profile["email"] == nil {
			f.Profile["email"] = u.Profile["email"]
		}
		if !emailShape.MatchString(text(f.Profile["email"])) {
			return invalid("email", "email: Does not match required pattern")
		}
		c.sendCode(u, f)
	case "token:software:totp":
		// A secret that is known already can be sent with Google's.
		if f.Secret = strings.TrimRight(text(f.Profile["sharedSecret"]), "="); f.Secret == "" || f.Provider != "GOOGLE" {
			f.Secret = newTOTPSecret(c)
		} else if totp(f.Secret, 0) == "" {
			return invalid("sharedSecret", "sharedSecret: The field has an invalid value")
		}
		f.Profile = obj{"credentialId": u.login()}
	case "token:hotp":
		r, err := c.fetch(hotpProfileKind, "", f.Generator)
		if err != nil {
			return err
		}
		f.Secret, f.Vendor = text(f.Profile["sharedSecret"]), r.Name
		if f.Secret == "" {
			return blank("sharedSecret")
		}
		if otp(object(r.Doc["settings"]), f.Secret, 0) == "" {
			return invalid("sharedSecret", "sharedSecret: The field has an invalid value")
		}
		f.Profile = obj{"credentialId": u.login()}
	case "token":
		if text(f.Profile["credentialId"]) == "" {
			return blank("credentialId")
		}
		f.Profile = obj{"credentialId": f.Profile["credentialId"]}
		f.Status = factorActive
	case "push", "signed_nonce":
		f.Secret = newTOTPSecret(c)
		f.Profile = obj{"credentialId": u.login()}
		f.Transaction, f.CodeUntil = "ft"+c.Rand(18, idAlphabet), f.Created+5*60*1000
	case "webauthn", "u2f":
		f.Secret = c.Rand(22, idAlphabet)
		f.Profile = obj{}
	case "token:hardware":
		code := text(credentials["passCode"])
		if len(code) < 44 {
			return errPassCode
		}
		f.Secret = code[:len(code)-32]
		f.Profile = obj{"credentialId": f.Secret}
		f.Status = factorActive
	}
	return nil
}

// setSecurityQuestion takes a question's answer out of the profile, and puts its text there.
func setSecurityQuestion(f *Factor) error {
	question, answer := text(f.Profile["question"]), text(f.Profile["answer"])
	i := slices.IndexFunc(securityQuestions, func(q [2]string) bool { return q[0] == question })
	switch {
	case question == "":
		return blank("question")
	case i < 0:
		return invalid("factorEnrollRequest", "Invalid question: "+question)
	case len(answer) < 4:
		return invalid("factorEnrollRequest", "The security question answer must be at least 4 characters in length")
	}
	f.Secret = hashed(strings.ToLower(answer))
	f.Profile = obj{"question": question, "questionText": securityQuestions[i][1]}
	return nil
}

// phoneNumber is a number with its country's in front, as Okta keeps it; "" if it is none.
func phoneNumber(s string) string {
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
	if !strings.HasPrefix(strings.TrimSpace(s), "+") && len(digits) == 10 {
		digits = "1" + digits
	}
	if strings.Trim(s, "+0123456789 ().-") != "" || len(digits) < 8 || len(digits) > 15 {
		return ""
	}
	return "+" + digits
}

// sendCode sends somebody a code for a factor, good for five minutes.
func (c *call) sendCode(u User, f *Factor) {
	f.Code, f.CodeUntil = c.Rand(6, "0123456789"), c.Now.UnixMilli()+5*60*1000
	if f.Type == "email" {
		c.email("EmailFactorVerification", u, text(f.Profile["email"]), map[string]string{"oneTimePassword": f.Code, "verificationToken": f.Code, "verificationLink": c.link("/login/login.htm")})
		return
	}
	c.message(u, f.Type, text(f.Profile["phoneNumber"]), f.Code)
}

func (o *Okta) getFactor(c *call) (any, error) {
	_, f, err := c.userFactor()
	if err != nil {
		return nil, err
	}
	return c.factor(f), nil
}

// userFactor is the factor that the path names.
func (c *call) userFactor() (User, Factor, error) {
	u, err := c.user()
	if err != nil {
		return u, Factor{}, err
	}
	id := c.param("factorId")
	f, ok := c.o.factors.Get(c.Tx, u.ID+"/"+id)
	if !ok {
		return u, f, notFound(id, "UserFactor")
	}
	return u, f, nil
}

// updateFactor changes a question, which clients do though the reference does not have it.
func (o *Okta) updateFactor(c *call) (any, error) {
	_, f, err := c.userFactor()
	switch {
	case err != nil:
		return nil, err
	case f.Type != "question":
		return nil, errMethod
	}
	f.Profile = clone(object(c.body["profile"]))
	if err := setSecurityQuestion(&f); err != nil {
		return nil, err
	}
	f.Updated = c.at()
	o.factors.Put(c.Tx, f)
	return c.factor(f), nil
}

func (o *Okta) unenrollFactor(c *call) (any, error) {
	u, f, err := c.userFactor()
	if err != nil {
		return nil, err
	}
	o.factors.Delete(c.Tx, f.User+"/"+f.ID)
	c.logged("user.mfa.factor.deactivate", "SUCCESS", u.target())
	return nil, nil
}

// listSupportedFactors returns what somebody can set up, and what of it they have.
func (o *Okta) listSupportedFactors(c *call) (any, error) {
	u, err := c.user()
	if err != nil {
		return nil, err
	}
	at := c.link("/api/v1/users/" + u.ID + "/factors")
	views := []any{}
	for _, t := range factorTypes {
		status := "NOT_SETUP"
		for _, f := range c.factorsOf(u) {
			if f.Type == t.kind && f.Provider == t.provider {
				status = f.Status
			}
		}
		links := obj{"enroll": hints(at, "POST")}
		if t.kind == "question" {
			links["questions"] = hints(at+"/questions", "GET")
		}
		views = append(views, obj{"factorType": t.kind, "provider": t.provider, "vendorName": t.vendor, "status": status, "enrollment": "OPTIONAL", "_links": links})
	}
	return views, nil
}

func (o *Okta) listSupportedSecurityQuestions(c *call) (any, error) {
	if _, err := c.user(); err != nil {
		return nil, err
	}
	views := []any{}
	for _, q := range securityQuestions {
		views = append(views, obj{"question": q[0], "questionText": q[1]})
	}
	return views, nil
}

// factor is a factor as the caller sees it.
func (c *call) factor(f Factor) obj {
	user := c.link("/api/v1/users/" + f.User)
	at := user + "/factors/" + f.ID
	links := obj{"self": hints(at, "GET", "DELETE"), "user": hints(user, "GET")}
	v := obj{"id": f.ID, "factorType": f.Type, "provider": f.Provider, "vendorName": f.Vendor, "status": f.Status, "created": stamp(f.Created), "lastUpdated": stamp(f.Updated), "profile": f.Profile, "_links": links}
	if f.LastUsed != 0 {
		v["lastVerified"] = stamp(f.LastUsed)
	}
	switch {
	case f.Status == factorPending:
		links["self"] = hints(at, "GET")
		links["activate"] = hints(at+"/lifecycle/activate", "POST")
		switch f.Type {
		case "sms", "call", "email":
			links["resend"] = []any{with(hints(at+"/resend", "POST"), obj{"name": f.Type})}
		case "push":
			links["poll"] = with(hints(at+"/lifecycle/activate/poll", "POST"), obj{"name": "poll"})
		}
	case f.Type == "question":
		links["questions"] = hints(user+"/factors/questions", "GET")
	}
	if f.Status == factorActive && f.Type != "question" {
		links["verify"] = hints(at+"/verify", "POST")
	}
	return v
}

// factorBegun is a factor that is being set up, with what setting it up needs.
func (c *call) factorBegun(f Factor) any {
	v := c.factor(f)
	if f.Status != factorPending {
		return v
	}
	at := c.link("/api/v1/users/" + f.User + "/factors/" + f.ID)
	qr := obj{"qrcode": obj{"href": at + "/qr/" + f.Secret, "type": "image/png"}}
	switch f.Type {
	case "token:software:totp":
		v["_embedded"] = obj{"activation": obj{"timeStep": 30, "sharedSecret": f.Secret, "encoding": "base32", "keyLength": 16, "_links": qr}}
	case "push":
		qr["send"] = []any{with(hints(at+"/lifecycle/activate/email", "POST"), obj{"name": "email"}), with(hints(at+"/lifecycle/activate/sms", "POST"), obj{"name": "sms"})}
		v["_embedded"] = obj{"activation": obj{"expiresAt": stamp(f.CodeUntil), "factorResult": "WAITING", "_links": qr}}
	case "webauthn":
		u, _ := c.o.users.Get(c.Tx, f.User)
		v["_embedded"] = obj{"activation": obj{"attestation": "direct", "challenge": f.Secret, "rp": obj{"name": c.orgName()}, "user": obj{"displayName": u.display(), "name": u.login(), "id": u.ID},
			"pubKeyCredParams": []any{obj{"type": "public-key", "alg": -7}, obj{"type": "public-key", "alg": -257}}, "authenticatorSelection": obj{"userVerification": "optional", "requireResidentKey": false}, "excludeCredentials": []any{}}}
	case "u2f":
		v["_embedded"] = obj{"activation": obj{"version": "U2F_V2", "nonce": f.Secret, "timeoutSeconds": 20}}
	}
	return v
}

func (c *call) orgName() string {
	org, _ := c.o.orgs.Get(c.Tx, "org")
	return org.Name
}
