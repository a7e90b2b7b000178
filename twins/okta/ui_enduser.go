package okta

import "net/url"

// homeScreen is somebody's dashboard: the apps that they have.
func (o *Okta) homeScreen(c *call) (obj, error) {
	c.naming(url.Values{"userId": {"me"}})
	out, err := o.listAppLinks(c)
	return obj{"Apps": out}, err
}

// settingsScreen is what somebody may change of their own account.
func (o *Okta) settingsScreen(c *call) (obj, error) {
	v := obj{"User": c.person(c.who.user)}
	var factors []obj
	generator := false
	for _, f := range c.factorsOf(c.who.user) {
		row := c.factor(f)
		if f.Type == "token:software:totp" && f.Provider == "GOOGLE" {
			generator = true
			if f.Status == factorPending {
				row["secret"], row["otpauth"] = f.Secret, otpauth(c.orgName(), c.who.user.login(), f.Secret)
			}
		}
		factors = append(factors, row)
	}
	v["Factors"], v["Generator"] = factors, generator
	return v, nil
}

// otpauth is what a generator of codes is set up with.
//
// https://github.com/google/google-authenticator/wiki/Key-Uri-Format
func otpauth(issuer, login, secret string) string {
	return "otpauth://totp/" + url.PathEscape(issuer+":"+login) + "?secret=" + secret + "&issuer=" + url.PathEscape(issuer)
}

// ownDeeds are what people do on their own pages, all of it to themselves.
func (o *Okta) ownDeeds() map[string]deed {
	return map[string]deed{
		"changePassword": {serve: o.changePassword, said: saying("Your password is changed."), body: func(_ *call, f url.Values) obj {
			return obj{"oldPassword": obj{"value": f.Get("oldPassword")}, "newPassword": obj{"value": f.Get("newPassword")}}
		}},
		"enrollFactor": {serve: o.enrollFactor, said: saying("Add the key to your generator of codes, and type what it shows."), body: func(*call, url.Values) obj {
			return obj{"factorType": "token:software:totp", "provider": "GOOGLE"}
		}},
		"activateFactor": {serve: o.activateFactor, said: saying("The generator of codes is set up."), body: func(_ *call, f url.Values) obj { return obj{"passCode": f.Get("passCode")} }},
		"unenrollFactor": {serve: o.unenrollFactor, said: saying("It is removed.")},
	}
}

// saying is what is said of a deed whatever came of it.
func saying(sentence string) func(any) string { return func(any) string { return sentence } }
