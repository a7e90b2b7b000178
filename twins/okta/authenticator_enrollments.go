package okta

import (
	"strings"
	"time"

	"twinset.dev/kit/twin"
)

// authenticatorEnrollmentsOperations are people's factors as the Identity Engine names them.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/UserAuthenticatorEnrollments/
func (o *Okta) authenticatorEnrollmentsOperations() {
	o.on(twin.Full, "listAuthenticatorEnrollments", o.listAuthenticatorEnrollments)
	o.on(twin.Full, "createAuthenticatorEnrollment", o.createAuthenticatorEnrollment)
	o.on(twin.Full, "createTacAuthenticatorEnrollment", o.createTacAuthenticatorEnrollment)
	o.on(twin.Full, "getAuthenticatorEnrollment", o.getAuthenticatorEnrollment)
	o.on(twin.Full, "deleteAuthenticatorEnrollment", o.deleteAuthenticatorEnrollment)
}

// tacType is the type of a temporary access code, which is no factor of the older API.
const tacType = "tac"

// authenticatorOf says which authenticator a type of factor belongs to: its key, type and name.
var authenticatorOf = map[string][3]string{
	"question": {"security_question", "security_question", "Security Question"}, "sms": {"phone_number", "phone", "Phone"}, "call": {"phone_number", "phone", "Phone"}, "email": {"okta_email", "email", "Email"},
	"push": {"okta_verify", "app", "Okta Verify"}, "signed_nonce": {"okta_verify", "app", "Okta Verify"}, "token:software:totp": {"google_otp", "app", "Google Authenticator"},
	"webauthn": {"webauthn", "security_key", "Security Key or Biometric"}, "u2f": {"webauthn", "security_key", "Security Key or Biometric"}, "token:hardware": {"yubikey_token", "security_key", "YubiKey Authenticator"},
	tacType: {"tac", "tac", "Temporary Access Code"},
}

func (o *Okta) listAuthenticatorEnrollments(c *call) (any, error) {
	u, err := c.user()
	if err != nil {
		return nil, err
	}
	views := []any{}
	if u.Password != "" {
		at := c.link("/api/v1/users/" + u.ID)
		id := "laps" + u.ID[4:]
		views = append(views, obj{"id": id, "key": "okta_password", "type": "password", "name": "Password", "status": "ACTIVE", "created": stamp(u.Created), "lastUpdated": stamp(u.PasswordChanged),
			"_links": obj{"self": hints(at+"/authenticator-enrollments/"+id, "GET"), "user": hints(at, "GET")}})
	}
	for f := range o.factors.All(c.Tx, u.ID+"/") {
		views = append(views, c.enrollment(f))
	}
	return views, nil
}

// createAuthenticatorEnrollment gives somebody a phone, which an administrator knows to be theirs.
func (o *Okta) createAuthenticatorEnrollment(c *call) (any, error) {
	u, err := c.user()
	phone := phoneNumber(text(dig(c.body, "profile", "phoneNumber")))
	switch {
	case err != nil:
		return nil, err
	case c.body == nil:
		return nil, errMalformed
	case text(c.body["authenticatorId"]) == "":
		return nil, blank("authenticatorId")
	case phone == "":
		return nil, errPhone
	}
	f := Factor{ID: c.id("sms"), User: u.ID, Type: "sms", Provider: "OKTA", Vendor: "OKTA", Status: factorActive, Order: c.order(), Created: c.at(), Updated: c.at(), Profile: obj{"phoneNumber": phone}}
	o.factors.Put(c.Tx, f)
	c.logged("user.mfa.factor.activate", "SUCCESS", u.target())
	return c.enrollment(f), nil
}

// createTacAuthenticatorEnrollment gives somebody a code to sign in with for a while.
func (o *Okta) createTacAuthenticatorEnrollment(c *call) (any, error) {
	u, err := c.user()
	switch {
	case err != nil:
		return nil, err
	case c.body == nil:
		return nil, errMalformed
	case text(c.body["authenticatorId"]) == "":
		return nil, blank("authenticatorId")
	}
	life := 120 * time.Minute
	if ttl := text(dig(c.body, "profile", "ttl")); ttl != "" {
		d, err := time.ParseDuration(ttl + "m")
		if err != nil || d < time.Minute || d > 10*24*time.Hour {
			return nil, invalid("ttl", "ttl: The field has an invalid value")
		}
		life = d
	}
	for f := range o.factors.All(c.Tx, u.ID+"/") {
		if f.Type == tacType {
			o.factors.Delete(c.Tx, f.User+"/"+f.ID)
		}
	}
	code := c.Rand(16, idAlphabet)
	f := Factor{ID: c.id("tac"), User: u.ID, Type: tacType, Provider: "OKTA", Vendor: "OKTA", Status: factorActive, Order: c.order(), Created: c.at(), Updated: c.at(), Secret: hashed(code),
		Profile: obj{"multiUse": truth(dig(c.body, "profile", "multiUse")), "expiresAt": stamp(c.Now.Add(life).UnixMilli())}}
	o.factors.Put(c.Tx, f)
	c.logged("user.mfa.factor.activate", "SUCCESS", u.target())
	v := c.enrollment(f)
	v["profile"] = with(f.Profile, obj{"tac": code})
	return v, nil
}

func (c *call) enrollmentOf() (Factor, error) {
	u, err := c.user()
	if err != nil {
		return Factor{}, err
	}
	id := c.param("enrollmentId")
	f, ok := c.o.factors.Get(c.Tx, u.ID+"/"+id)
	if !ok {
		return f, notFound(id, "AuthenticatorEnrollment")
	}
	return f, nil
}

func (o *Okta) getAuthenticatorEnrollment(c *call) (any, error) {
	f, err := c.enrollmentOf()
	if err != nil {
		return nil, err
	}
	return c.enrollment(f), nil
}

func (o *Okta) deleteAuthenticatorEnrollment(c *call) (any, error) {
	f, err := c.enrollmentOf()
	if err != nil {
		return nil, err
	}
	o.factors.Delete(c.Tx, f.User+"/"+f.ID)
	c.logged("user.mfa.factor.deactivate", "SUCCESS", target{f.User, "User", ""})
	return nil, nil
}

// authenticator is the key, the type and the name of the authenticator that a factor belongs to.
func (f Factor) authenticator() [3]string {
	if f.Type == "token:software:totp" && f.Provider == "OKTA" {
		return authenticatorOf["push"]
	}
	return authenticatorOf[f.Type]
}

// enrollment is a factor as the Identity Engine names it.
func (c *call) enrollment(f Factor) obj {
	a := f.authenticator()
	user := c.link("/api/v1/users/" + f.User)
	status := f.Status
	if strings.HasPrefix(status, "PENDING") {
		status = "INACTIVE"
	}
	return obj{"id": f.ID, "key": a[0], "type": a[1], "name": a[2], "status": status, "created": stamp(f.Created), "lastUpdated": stamp(f.Updated), "profile": f.Profile,
		"_links": obj{"self": hints(user+"/authenticator-enrollments/"+f.ID, "GET", "DELETE"), "user": hints(user, "GET"), "authenticator": hints(c.link("/api/v1/authenticators/"+seedID("aut", a[0])), "GET")}}
}
